/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chip_host.h"

#include <pthread.h>
#include <stdlib.h>

#include "format/snp_report.h"
#include "kit/file.h"
#include "kit/log.h"
#include "serve/snp_machine.h"

enum { REPORT_MAX = 16 * 1024, RETRY_MS = 60 * 1000 };

struct chip_host {
    const struct config *config;
    int64_t due_ms; /* 0: at once; the ticking thread's */

    pthread_mutex_t lock; /* guards the rest */
    bool is_known;
    struct chip_name name;
    struct error why;
};

/* ---- where it comes from ------------------------------------------------------------
 */

static void name_configured(const struct config *config, struct chip_name *out)
{
    *out = (struct chip_name){
        .vek = VEK_VCEK,
        .product = config->amd.host.product,
        .chip_id_len = config->amd.host.hwid.len,
        .has_tcb = true,
        .tcb = tcb_version_value(config->amd.host.product, &config->amd.host.tcb),
    };
    memcpy(out->chip_id, config->amd.host.hwid.at, sizeof out->chip_id);
}

/* A report of version 2 does not say which product: then the configuration may. */
static bool name_reported(const struct config *config, struct bytes report,
                          struct chip_name *out, struct error *err)
{
    static const uint8_t masked[CHIP_ID_LEN];
    struct snp_report parsed;

    if (!snp_report_parse(report, &parsed, err))
        return false;
    *out = (struct chip_name){
        .vek = parsed.signed_by == VEK_VLEK ? VEK_VLEK : VEK_VCEK,
        .product = snp_report_product(&parsed),
        .has_tcb = true,
        .tcb = parsed.reported_tcb,
    };
    if (out->product == 0)
        out->product = config->amd.host.product;
    if (out->vek == VEK_VLEK)
        return true;
    if (memcmp(parsed.chip_id.at, masked, sizeof masked) == 0)
        return error_set(err, ERROR_NOT_FOUND,
                         "the host masks its chip id (MASK_CHIP_ID): nobody can say "
                         "which certificate is its own; name it in amd.host");
    out->chip_id_len = parsed.chip_id.len;
    memcpy(out->chip_id, parsed.chip_id.at, parsed.chip_id.len);
    return true;
}

static bool read_report(const struct config *config, struct buf *out, struct error *err)
{
    if (config->amd.host.source == AMD_HOST_MACHINE)
        return snp_machine_report(out, err);
    if (file_read(config->amd.host.report_file, out, err))
        return true;
    if (err->kind == ERROR_NOT_FOUND) /* not yet: who writes it may be slower than us */
        err->kind = ERROR_UNREACHABLE;
    return false;
}

static bool find_name(const struct config *config, struct chip_name *out,
                      struct error *err)
{
    struct buf report;

    if (config->amd.host.source == AMD_HOST_NAMED) {
        name_configured(config, out);
        return true;
    }
    buf_init(&report, REPORT_MAX);
    bool found = read_report(config, &report, err)
                 && name_reported(config, buf_bytes(&report), out, err);
    buf_fini(&report);
    return found || error_within(err, "this host's attestation report");
}

/* ---- the one that is kept -----------------------------------------------------------
 */

bool chip_host_create(const struct config *config, struct chip_host **out,
                      struct error *err)
{
    struct chip_host *host = calloc(1, sizeof *host);

    if (host == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for this host's chip");
    host->config = config;
    pthread_mutex_init(&host->lock, NULL);
    error_set(&host->why,
              config->amd.host.source == AMD_HOST_NONE ? ERROR_NOT_FOUND
                                                       : ERROR_UNREACHABLE,
              config->amd.host.source == AMD_HOST_NONE
                  ? "amd.host is not configured: there is no chip that is this host's"
                  : "this host's attestation report has not been read yet");
    *out = host;
    return true;
}

void chip_host_destroy(struct chip_host *host)
{
    if (host == NULL)
        return;
    pthread_mutex_destroy(&host->lock);
    free(host);
}

static bool is_same(const struct chip_name *a, const struct chip_name *b)
{
    return a->vek == b->vek && a->product == b->product && a->tcb == b->tcb
           && bytes_equal(bytes_of(a->chip_id, a->chip_id_len),
                          bytes_of(b->chip_id, b->chip_id_len));
}

/* True where it is news. */
static bool keep(struct chip_host *host, const struct chip_name *name)
{
    pthread_mutex_lock(&host->lock);
    bool is_news = !host->is_known || !is_same(&host->name, name);
    host->is_known = true;
    host->name = *name;
    pthread_mutex_unlock(&host->lock);
    return is_news;
}

/* Whatever is wrong with a report is not the asking guest's mistake. */
static void keep_why(struct chip_host *host, const struct error *why)
{
    pthread_mutex_lock(&host->lock);
    bool is_news = strcmp(host->why.text, why->text) != 0;
    host->why = *why;
    if (why->kind != ERROR_NOT_FOUND)
        host->why.kind = ERROR_UNREACHABLE;
    pthread_mutex_unlock(&host->lock);
    if (is_news)
        log_event(LOG_WARNING, "chips", "host=own not read why=\"%s\"", why->text);
}

bool chip_host_tick(struct chip_host *host, int64_t real_ms)
{
    enum amd_host_source source = host->config->amd.host.source;
    struct chip_name name;
    struct error err = { 0 };

    if (source == AMD_HOST_NONE || (host->due_ms != 0 && real_ms < host->due_ms))
        return false;
    if (source == AMD_HOST_NAMED)
        host->due_ms = INT64_MAX;
    else
        host->due_ms = real_ms + host->config->amd.host_refresh_s * 1000;
    if (find_name(host->config, &name, &err))
        return keep(host, &name);
    host->due_ms = real_ms + RETRY_MS;
    keep_why(host, &err);
    return false;
}

bool chip_host_name(struct chip_host *host, struct chip_name *out, struct error *err)
{
    pthread_mutex_lock(&host->lock);
    bool is_known = host->is_known;
    if (is_known)
        *out = host->name;
    else
        error_set(err, host->why.kind, "%s", host->why.text);
    pthread_mutex_unlock(&host->lock);
    return is_known;
}
