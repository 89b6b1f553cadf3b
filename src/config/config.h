/* SPDX-License-Identifier: Apache-2.0 */
/* What the operator decided: one YAML file, strictly read into one struct.
 *
 * doc/thim.yaml is the commented example, loaded by a test. Every refusal names file,
 * line and the nearest key (/etc/thim/thim.yaml:12: unknown key "listners", did you mean
 * "listen"?). A key is named as the field it fills. Without a file, config_defaults is a
 * working configuration.
 * SIGHUP: the file is read again, whole, into a config of its own, and of that thimd
 * takes over `baselines`, its webhook too, and reads the deny list again; every other key
 * waits for a start. Where the file is refused, what is in force stays. Lifetime:
 * everything lies in the struct and its arena; config_fini drops it whole. The struct may
 * be moved, not copied. */
#ifndef THIM_CONFIG_CONFIG_H
#define THIM_CONFIG_CONFIG_H

#include "baseline/policy.h"
#include "format/tcb_version.h"
#include "kit/arena.h"
#include "kit/crypto.h"
#include "kit/error.h"
#include "verify/roots.h"

#define CONFIG_FILE_MAX (1024 * 1024)
#define CONFIG_LISTENERS_MAX 16
#define CONFIG_UPSTREAMS_MAX 16
#define CONFIG_FMSPCS_MAX 4096
#define CONFIG_ROOTS_MAX 16 /* in each of trust's lists */
#define CONFIG_AMD_UPSTREAMS_MAX 8
#define CONFIG_TOKENS_MAX 64
#define CONFIG_POLICY_KEYS_MAX 16

struct config_listener {
    const char *address; /* numeric, without brackets */
    uint16_t port;       /* 0: any free one */
    bool tls;
    const char *certificate_file, *key_file; /* tls; NULL: the state directory's own */
    int line; /* where it stands in the file; 0: a default */
};

enum upstream_kind { UPSTREAM_PCS = 1, UPSTREAM_PCCS, UPSTREAM_THIM };

struct config_upstream {
    const char *name;
    enum upstream_kind kind;
    const char *url;          /* scheme and authority, path prefix allowed, no "/" at
                                 the end: https://api.trustedservices.intel.com */
    const char *root_crl_url; /* NULL: kind's default */
    const char *ca_file;      /* NULL: the system's trust store */
    const char *proxy;        /* NULL: none */
    const char *api_key_file; /* one line: PCS's subscription key, a THIM's token; sent to
                                 this upstream alone; NULL: none is sent */
    int64_t connect_ms, total_ms; /* deadlines of one call: 5000, 30000 */
    int line;
};

enum amd_upstream_kind { AMD_UPSTREAM_KDS = 1, AMD_UPSTREAM_THIM };

struct config_amd_upstream {
    const char *name;
    enum amd_upstream_kind kind;
    const char *url;     /* as struct config_upstream has it: https://kdsintf.amd.com */
    const char *ca_file; /* NULL: the system's trust store */
    const char *proxy;   /* NULL: none */
    const char *api_key_file; /* a THIM's token; NULL: none is sent */
    /* PEM: what a VLEK is asked for with, at vlek_url; NULL: this upstream has none. */
    const char *client_certificate_file, *client_key_file, *vlek_url;
    int64_t connect_ms, total_ms; /* 5000, 30000 */
    int64_t interval_ms; /* 10000: a token of its bucket; KDS tolerates about one VCEK in
                            so long from one address. THIM: 0, no bucket */
    unsigned burst;      /* 3: tokens that the bucket holds */
    int line;
};

enum amd_crl { AMD_CRL_REQUIRED = 1, AMD_CRL_OPTIONAL };
enum unknown_chips { UNKNOWN_CHIPS_FETCH = 1, UNKNOWN_CHIPS_REFUSE };
enum amd_host_source { /* whose certificate the metadata endpoint gives unasked */
                       AMD_HOST_NONE = 1,
                       AMD_HOST_NAMED,   /* product, chip_id, tcb_version */
                       AMD_HOST_REPORT,  /* report_file: an attestation report */
                       AMD_HOST_MACHINE, /* configfs-tsm, else /dev/sev-guest */
};

enum fmspc_choice {
    FMSPCS_ON_DEMAND = 1, /* those that were asked for or are kept already */
    FMSPCS_ALL,           /* every FMSPC that the upstream lists */
    FMSPCS_LISTED,        /* intel.fmspcs is a list */
};

/* What a miss may cause, in PCCS's words. LAZY: upstream is asked. REQ: for registered
 * platforms and scheduled refreshes alone. OFFLINE: nobody is ever asked; everything
 * comes in bundles. */
enum fill_mode { FILL_LAZY = 1, FILL_REQ, FILL_OFFLINE };

/* Who may have direct registrations handed on to Intel (/sgx/registration/v1/...). */
enum relay_choice { RELAY_OFF = 1, RELAY_REGISTRAR, RELAY_ANYONE };

enum role { /* bits; a token has one, and role_includes says what that brings along */
            ROLE_HOST = 1 << 0,
            ROLE_READER = 1 << 1,    /* and host */
            ROLE_REGISTRAR = 1 << 2, /* and host */
            ROLE_ADMIN = 1 << 3,     /* and all others */
};
unsigned role_includes(enum role role); /* a set of roles */
const char *role_name(enum role role);  /* "host", "reader", "registrar", "admin" */

enum token_hash { TOKEN_SHA512 = 1, TOKEN_SCRYPT };

struct config_token { /* several may have one name: two are valid while one is rotated */
    const char *name; /* in audit and logs: letters, digits, - _ . */
    enum role role;
    enum token_hash hash;
    uint8_t sha512[64];      /* TOKEN_SHA512: of the token, unsalted, as PCCS has it */
    struct scrypt_cost cost; /* TOKEN_SCRYPT: "LOG2N:R:P:SALT:HASH", the last two hex */
    uint8_t salt[16], scrypt[32];
    int line;
};

/* Who may have quotes and reports judged (POST /thim/v1/verify, and explain). */
enum verify_access { VERIFY_BY_READERS = 1, VERIFY_BY_ANYONE };

enum compat_v3 { COMPAT_V3_SERVE = 1, COMPAT_V3_GONE };
enum crl_form { CRL_FORM_HEX = 1, CRL_FORM_PEM, CRL_FORM_DER };

struct config_root { /* a key that the operator trusts, or no longer does */
    bool has_spki;   /* else the certificate in certificate_file says which */
    uint8_t spki_sha256[32];
    const char *certificate_file; /* PEM or DER, a P-256 root like Intel's; NULL: none */
    const char *name;             /* with spki_sha256; else the certificate's */
    const char *why, *by;         /* extra_roots: both; else NULL where not given */
    int line;
};

struct schema_place; /* where keys stand in the file: config/schema.h */

struct config {
    struct arena arena;
    const char *file; /* NULL: defaults */
    const struct schema_place *places;

    struct config_listener listeners[CONFIG_LISTENERS_MAX];
    size_t listener_count;       /* without a file one: 127.0.0.1:8081, plain */
    const char *state_directory; /* /var/lib/thim */
    const char *admin_socket;    /* /run/thim/admin.sock */

    struct {
        struct config_upstream upstreams[CONFIG_UPSTREAMS_MAX]; /* asked in this order */
        size_t
            upstream_count; /* none is allowed: what is kept is served, nothing asked */
        enum fmspc_choice fmspc_choice;
        const uint8_t (*fmspcs)[6]; /* FMSPCS_LISTED */
        size_t fmspc_count;
        int64_t crl_refresh_s;                /* 21600 */
        int64_t refresh_s;                    /* 86400 */
        enum fill_mode fill;                  /* lazy */
        enum relay_choice registration_relay; /* off */
        int64_t platform_refresh_s; /* 2592000: pause between two fetches of a platform's
                                       certificates */
        unsigned platform_fetches_per_minute; /* 60: of those that nobody waits for */
        const char *policy_keys[CONFIG_POLICY_KEYS_MAX]; /* PEM files: who may sign
                                                            appraisal policies */
        size_t policy_key_count; /* 0: signatures are not checked */
    } intel;

    struct {
        struct config_amd_upstream upstreams[CONFIG_AMD_UPSTREAMS_MAX];
        size_t upstream_count; /* none: what is kept is served, nothing asked; so it is
                                  where intel.fill is offline and none is written */
        enum amd_crl crl;      /* required */
        bool products[SNP_PRODUCTS]; /* whose chains and CRLs are kept: all of them */
        enum unknown_chips unknown_chips; /* fetch */
        unsigned unknown_share_percent;   /* 20: of the slots, at most, for strangers */
        unsigned unknown_per_minute_per_address; /* 6 */
        int64_t crl_refresh_s, chain_refresh_s;  /* 21600, 86400 */
        int64_t host_refresh_s;                  /* 3600: AMD_HOST_MACHINE, _REPORT */
        struct {
            enum amd_host_source source; /* none */
            enum snp_product product;
            struct snp_hwid hwid;
            struct tcb_version tcb;
            const char *report_file;
        } host;
        bool named_hosts; /* true: the metadata endpoint answers for a platformId, too */
        int line;
    } amd;

    struct baseline_law baselines; /* baseline_law_default */
    /* Where alerts are posted, https or http to loopback; NULL: nowhere. Whom to believe
     * there; NULL: the system's trust store. */
    const char *baseline_webhook, *baseline_webhook_ca_file;
    const char *deny_file;         /* NULL: deny.yaml in the state directory */
    const char *tcb_releases_file; /* NULL: the table that is built in */

    struct config_token tokens[CONFIG_TOKENS_MAX];
    size_t token_count;

    struct {
        struct trust roots; /* pinned, plus extra and test roots, less distrusted ones */
        bool unsafe; /* test roots, a moved clock, or tokens without TLS are meant to be
                        beyond loopback */
        struct config_root extra_roots[CONFIG_ROOTS_MAX], test_roots[CONFIG_ROOTS_MAX],
            distrust[CONFIG_ROOTS_MAX]; /* as written: roots is made of them */
        size_t extra_root_count, test_root_count, distrust_count;
    } trust;

    struct {
        unsigned per_address;         /* 64 connections; loopback exempt */
        unsigned connections;         /* 4096 */
        unsigned waiters;             /* 2000 */
        int64_t miss_wait_ms;         /* 15000: how long a host waits for an upstream */
        unsigned upstream_per_minute; /* 600: calls caused by misses */
        unsigned upstream_per_minute_per_address; /* 120 */
        int64_t max_age_s;            /* 3600: longest Cache-Control max-age, 1..86400 */
        int64_t drain_ms;             /* 10000 */
        unsigned platform_cache_mib;  /* 128: platforms and their answers in memory */
        unsigned queue_per_registrar; /* 10000 rows of registrations that wait */
        unsigned failed_tokens_per_minute; /* 10: wrong tokens from one address before it
                                              is made to wait */
    } limits;

    struct {
        enum verify_access access; /* reader; anyone: without a token within a budget */
        unsigned max_in_flight;    /* 256: requests with a body that has not been judged
                                      yet, each of up to 1 MiB */
        unsigned per_minute, per_minute_per_address; /* 60000, 600: without a token, and
                                                        not from this machine */
    } verify;

    struct {
        enum compat_v3 v3; /* serve */
        enum crl_form
            bare_crl; /* hex: what a CRL request with no hint of its form gets */
    } compat;

    const char *log_level; /* "info"; debug, info, warning, error or silent */
};

void config_defaults(struct config *out);

/* Both leave a config that needs no config_fini where they fail. ERROR_NOT_FOUND where
 * there is no such file, ERROR_LIMIT past a size limit, ERROR_FORMAT for the rest. What
 * passes has passed config_check with an unmoved clock. config_parse opens no file: roots
 * given as certificate files are trusted after config_read only. */
bool config_read(const char *path, struct config *out, struct error *err) MUST_CHECK;
bool config_parse(struct bytes yaml, const char *name, struct config *out,
                  struct error *err) MUST_CHECK; /* name: what refusals call the file */
void config_fini(struct config *config);

/* Contradictions that only the whole shows; the readers call it, and so does whoever has
 * changed a config by flags. clock_moved: --clock was given. */
bool config_check(const struct config *config, bool clock_moved, struct error *err)
    MUST_CHECK;

#endif
