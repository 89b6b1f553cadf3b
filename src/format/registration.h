/* SPDX-License-Identifier: Apache-2.0 */
/* A platform as its host registers it: the body of PCCS's POST /platforms, an item of a
 * bundle's "platforms", a row of PCKIDRetrievalTool's CSV.
 *
 * Source: PCCS 1.27, platform registration schema; PCKIDRetrievalTool CSV order enc_ppid,
 * pce_id, cpu_svn, pce_svn, qe_id[, platform_manifest]. Hex of either case; pce_id and
 * pce_svn are little endian on the wire ("0600" is 6), as QPL sends them.
 * Lifetime: bytes lie in the arena. */
#ifndef THIM_FORMAT_REGISTRATION_H
#define THIM_FORMAT_REGISTRATION_H

#include "kit/arena.h"
#include "kit/buf.h"
#include "kit/error.h"

struct json; /* format/json.h */

#define QE_ID_MAX 260          /* hex digits: PCCS's bound; QPL's have 32 */
#define ENCRYPTED_PPID_LEN 384 /* RSA-OAEP with 3072 bits */
#define MANIFEST_LEAST 8431    /* bytes: PCS, 16862 to 112884 hex digits */
#define MANIFEST_MAX 56442
#define REGISTRATION_BYTES_MAX (256 * 1024) /* bytes of one body */

struct platform_name {         /* what a platform is found by */
    char qe_id[QE_ID_MAX + 1]; /* lower-case hex digits, 1 to QE_ID_MAX of them */
    uint16_t pce_id;
};

struct raw_tcb { /* what a platform runs at, by its own word */
    uint8_t cpusvn[16];
    uint16_t pcesvn;
};

struct registration {
    struct platform_name name;
    bool has_raw_tcb; /* cpu_svn and pce_svn, both or neither */
    struct raw_tcb raw;
    struct bytes
        encrypted_ppid;    /* ENCRYPTED_PPID_LEN bytes, or empty; all zero is none */
    struct bytes manifest; /* the platform manifest's bytes, or empty */
};

/* Reads one object. qe_id and pce_id are required; with no manifest also cpu_svn, pce_svn
 * and enc_ppid (PCCS's law), which with one may be empty or missing. What may be
 * missing may be null or "" too. Unknown members are passed over. ERROR_FORMAT names the
 * member, ERROR_LIMIT past a bound. */
bool registration_parse(struct bytes text, struct arena *arena, struct registration *out,
                        struct error *err) MUST_CHECK;

/* The same out of a document that is being read (format/json.h): the object that is due.
 * is_bundle: a bundle's rows need qe_id and pce_id alone. */
bool registration_read(struct json *json, bool is_bundle, struct registration *out);

/* One line of the CSV, without its line end; fields may stand in double quotes. */
bool registration_read_csv(struct bytes line, struct arena *arena,
                           struct registration *out, struct error *err) MUST_CHECK;

/* PCCS's shape: {"enc_ppid":..,"pce_id":..,"cpu_svn":..,"pce_svn":..,"qe_id":..,
 * "platform_manifest":..}, what is not there being "". For GET /platforms and bundles. */
void registration_write(struct buf *out, const struct registration *registration);

/* The pieces, for requests and CSV alike. All take hex of either case and say what is
 * wrong, naming `what`. */
bool qe_id_read(struct bytes text, const char *what, char out[QE_ID_MAX + 1],
                struct error *err) MUST_CHECK;
bool u16le_hex_read(struct bytes text, const char *what, uint16_t *out, struct error *err)
    MUST_CHECK; /* "0600" is 6 */
bool cpusvn_read(struct bytes text, const char *what, uint8_t out[16], struct error *err)
    MUST_CHECK;
/* All zeros reads as empty: that is how QPL says that it has none. */
bool encrypted_ppid_read(struct bytes text, const char *what, struct arena *arena,
                         struct bytes *out, struct error *err) MUST_CHECK;
bool manifest_read(struct bytes text, const char *what, struct arena *arena,
                   struct bytes *out, struct error *err) MUST_CHECK;

int platform_name_compare(const struct platform_name *a, const struct platform_name *b);

#endif
