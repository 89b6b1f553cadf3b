/* SPDX-License-Identifier: Apache-2.0 */
/* What the operator decided: one YAML file, strictly read into one struct.
 *
 * doc/thim.yaml is the commented example, loaded by a test. Every refusal names file,
 * line and the nearest key ("/etc/thim/thim.yaml:12: unknown key "listners", did you mean
 * "listen"?"). Without a file, config_defaults is a working configuration.
 * Lifetime: everything lies in the struct and its arena; config_fini drops it whole. */
#ifndef THIM_CONFIG_CONFIG_H
#define THIM_CONFIG_CONFIG_H

#include "kit/arena.h"
#include "kit/error.h"
#include "verify/roots.h"

#define CONFIG_FILE_MAX (1024 * 1024)
#define CONFIG_LISTENERS_MAX 16
#define CONFIG_UPSTREAMS_MAX 16
#define CONFIG_FMSPCS_MAX 4096

struct config_listener {
    const char *address; /* numeric, without brackets */
    uint16_t port;
    bool tls;
    const char *certificate_file, *key_file; /* tls; NULL: the state directory's own */
    int line; /* where it stands in the file; 0: a default */
};

enum upstream_kind { UPSTREAM_PCS = 1, UPSTREAM_PCCS, UPSTREAM_THIM };

struct config_upstream {
    const char *name;
    enum upstream_kind kind;
    const char *url;              /* scheme and authority, path prefix allowed, no "/" at
                                     the end: https://api.trustedservices.intel.com */
    const char *root_crl_url;     /* NULL: kind's default */
    const char *ca_file;          /* NULL: the system's trust store */
    const char *proxy;            /* NULL: the environment's */
    const char *api_key_file;     /* NULL: none; sent to this upstream only */
    int64_t connect_ms, total_ms; /* deadlines of one call */
    int line;
};

enum fmspc_choice {
    FMSPCS_ON_DEMAND = 1, /* those that were asked for or are kept already */
    FMSPCS_ALL,           /* every FMSPC that the upstream lists */
    FMSPCS_LISTED,        /* intel.fmspcs is a list */
};

enum compat_v3 { COMPAT_V3_SERVE = 1, COMPAT_V3_GONE };
enum crl_form { CRL_FORM_HEX = 1, CRL_FORM_PEM, CRL_FORM_DER };

struct config {
    struct arena arena;
    const char *file; /* NULL: defaults */

    struct config_listener listeners[CONFIG_LISTENERS_MAX];
    size_t listener_count;
    const char *state_directory; /* /var/lib/thim */
    const char *admin_socket;    /* /run/thim/admin.sock */

    struct {
        struct config_upstream upstreams[CONFIG_UPSTREAMS_MAX]; /* asked in this order */
        size_t upstream_count;
        enum fmspc_choice fmspc_choice;
        const uint8_t (*fmspcs)[6]; /* FMSPCS_LISTED */
        size_t fmspc_count;
        int64_t crl_refresh_s; /* 21600 */
        int64_t refresh_s;     /* 86400 */
    } intel;

    struct {
        struct trust roots; /* pinned, plus extra and test roots, less distrusted ones */
        bool unsafe;        /* test roots or a moved clock beyond loopback are meant */
    } trust;

    struct {
        unsigned per_address;         /* 64 connections; loopback exempt */
        unsigned connections;         /* 4096 */
        unsigned waiters;             /* 2000 */
        int64_t miss_wait_ms;         /* 15000: how long a host waits for an upstream */
        unsigned upstream_per_minute; /* 300: calls caused by misses */
        unsigned upstream_per_minute_per_address; /* 30 */
        int64_t max_age_s; /* 3600: longest Cache-Control max-age, 1..86400 */
        int64_t drain_ms;  /* 10000 */
    } limits;

    struct {
        enum compat_v3 v3; /* serve */
        enum crl_form
            bare_crl; /* hex: what a CRL request with no hint of its form gets */
    } compat;

    const char *log_level; /* "info" */
};

void config_defaults(struct config *out);
bool config_read(const char *path, struct config *out, struct error *err) MUST_CHECK;
bool config_parse(struct bytes yaml, const char *name, struct config *out,
                  struct error *err) MUST_CHECK; /* name: what refusals call the file */
void config_fini(struct config *config);

/* Contradictions that only the whole shows; the readers call it, and so does whoever has
 * changed a config by flags. clock_moved: --clock was given. */
bool config_check(const struct config *config, bool clock_moved, struct error *err)
    MUST_CHECK;

#endif
