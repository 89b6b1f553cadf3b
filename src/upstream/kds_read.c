/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/kds_read.h"

#include "format/http_head.h"
#include "format/pem.h"
#include "upstream/schedule.h"

enum {
    CRL_BODY_MAX = 1024 * 1024,
    CHAIN_BODY_MAX = 64 * 1024,
    DER_SEQUENCE = 0x30,
};

/* Whom to ask: the base of the URL, NULL where there is none for this. */
static const char *base_of(const struct config_amd_upstream *upstream,
                           const struct kds_key *key, bool *wants_client_certificate)
{
    bool is_vlek = key->resource == KDS_CERTIFICATE && key->vek == VEK_VLEK;

    *wants_client_certificate = is_vlek && upstream->vlek_url != NULL
                                && upstream->client_certificate_file != NULL;
    if (is_vlek && upstream->vlek_url != NULL)
        return upstream->vlek_url;
    return is_vlek && upstream->kind == AMD_UPSTREAM_KDS ? NULL : upstream->url;
}

static size_t body_max(enum kds_resource resource)
{
    static const size_t limits[] = { [KDS_CERTIFICATE] = X509_CERTIFICATE_MAX,
                                     [KDS_CHAIN] = CHAIN_BODY_MAX,
                                     [KDS_CRL] = CRL_BODY_MAX };

    return limits[resource];
}

bool kds_request_write(const struct config_amd_upstream *upstream,
                       const struct kds_key *key, struct kds_request *out)
{
    const char *base = base_of(upstream, key, &out->wants_client_certificate);
    struct buf url;

    if (base == NULL)
        return false;
    size_t len = strlen(base);
    while (len > 0 && base[len - 1] == '/')
        len--;
    buf_init(&url, sizeof out->url - 1);
    buf_add(&url, bytes_of(base, len));
    kds_target_write(&url, key);
    bool fits = !url.failed;
    if (fits)
        memcpy(out->url, buf_text(&url), url.len + 1);
    buf_fini(&url);
    out->body_max = body_max(key->resource);
    return fits;
}

enum kds_reply kds_reply_read(unsigned status, struct bytes retry_after, int64_t now_s,
                              int64_t *wait_s)
{
    bool says_when =
        retry_after.len > 0
        && http_retry_after_read(retry_after, now_s, SCHEDULE_RETRY_AFTER_MAX_S, wait_s);

    if (!says_when || (status != 429 && status != 503))
        *wait_s = 0;
    if (status == 200)
        return KDS_OK;
    if (status == 404)
        return KDS_ABSENT;
    if (status == 429 || (status == 503 && says_when))
        return KDS_THROTTLED;
    return status >= 500 ? KDS_BROKEN : KDS_REFUSED;
}

bool kds_body_check(struct bytes body, enum kds_resource resource, struct error *err)
{
    if (resource == KDS_CHAIN ? pem_looks_like(body)
                              : body.len > 0 && body.at[0] == DER_SEQUENCE)
        return true;
    if (body.len == 0)
        return error_set(err, ERROR_FORMAT, "upstream answered 200 with an empty body");
    return error_set(err, ERROR_FORMAT, "upstream answered 200 with what is no %s%s",
                     resource == KDS_CHAIN ? "PEM" : "DER",
                     body.at[0] == '<' ? " but a page in HTML" : "");
}
