/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/test_amd.h"

#include <time.h>

#include "kit/test.h"

#define CEILING ((size_t)1 << 20)

/* ---- parts ---------------------------------------------------------------------- */

#define SHA384_NULL "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00"
#define PSS_OID "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
#define PSS_PARAMETERS                                                                \
    "\xa0\x0f" SHA384_NULL "\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" \
    "\x08" SHA384_NULL "\xa2\x03\x02\x01\x30"

static void put_algorithm(struct buf *out, bool old_pss)
{
    if (old_pss)
        buf_add(out, LITERAL_BYTES("\x30\x46" PSS_OID "\x30\x39" PSS_PARAMETERS
                                   "\xa3\x03\x02\x01\x01"));
    else
        buf_add(out, LITERAL_BYTES("\x30\x41" PSS_OID "\x30\x34" PSS_PARAMETERS));
}

static void put_attribute(struct buf *out, unsigned attribute, const char *value)
{
    const uint8_t oid[] = { 0x55, 0x04, (uint8_t)attribute };
    size_t opened = der_open(out);

    der_put(out, DER_OID, bytes_of(oid, sizeof oid));
    der_put(out, DER_UTF8_STRING, bytes_of_text(value));
    der_close(out, DER_SEQUENCE, opened);
    der_close(out, DER_SET, opened);
}

static void put_name(struct buf *out, const char *common_name, const char *organization)
{
    size_t opened = der_open(out);

    put_attribute(out, 11, "Engineering");
    put_attribute(out, 6, "US");
    put_attribute(out, 7, "Santa Clara");
    put_attribute(out, 8, "CA");
    put_attribute(out, 10,
                  organization != NULL ? organization : "Advanced Micro Devices");
    put_attribute(out, 3, common_name);
    der_close(out, DER_SEQUENCE, opened);
}

static void put_time(struct buf *out, int64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm civil;
    char text[32]; /* with a century in front, which UTCTime has not */

    assert_non_null(gmtime_r(&t, &civil));
    assert_int_equal(strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &civil), 15);
    der_put(out, DER_UTC_TIME, bytes_of_text(text + 2));
}

static void put_number(struct buf *out, uint32_t number)
{
    uint8_t b[] = { 0, (uint8_t)(number >> 24), (uint8_t)(number >> 16),
                    (uint8_t)(number >> 8), (uint8_t)number };
    size_t skip = 0;

    while (skip < 4 && b[skip] == 0 && b[skip + 1] < 0x80)
        skip++;
    der_put(out, DER_INTEGER, bytes_of(b + skip, sizeof b - skip));
}

static void put_key_usage(struct buf *out, unsigned usage)
{
    unsigned bits = 0, unused = 0;

    for (unsigned i = 0; i < 8; i++)
        bits |= (usage >> i & 1U) << (7 - i);
    while ((bits >> unused & 1U) == 0)
        unused++;
    const uint8_t value[] = { 0x03, 0x02, (uint8_t)unused, (uint8_t)bits };
    der_put_extension(out, LITERAL_BYTES("\x55\x1d\x0f"), true,
                      bytes_of(value, sizeof value));
}

static void put_basic_constraints(struct buf *out, int path_len)
{
    struct buf value;

    buf_init(&value, CEILING);
    der_put(&value, DER_BOOLEAN, LITERAL_BYTES("\xff"));
    if (path_len >= 0)
        put_number(&value, (uint32_t)path_len);
    der_close(&value, DER_SEQUENCE, 0);
    der_put_extension(out, LITERAL_BYTES("\x55\x1d\x13"), true, buf_bytes(&value));
    buf_fini(&value);
}

static void put_extensions(struct buf *out, const struct test_amd_certificate *spec)
{
    size_t opened = der_open(out);

    if (spec->key_usage != 0)
        put_key_usage(out, spec->key_usage);
    if (spec->is_ca)
        put_basic_constraints(out, spec->path_len);
    if (spec->unknown_critical)
        der_put_extension(out, LITERAL_BYTES("\x2a\x03"), true,
                          LITERAL_BYTES("\x05\x00"));
    if (spec->amd != NULL)
        put_amd_extensions(out, spec->amd);
    if (out->len == opened) /* a list of none cannot be; this one says nothing */
        der_put_extension(out, LITERAL_BYTES("\x2a\x04"), false,
                          LITERAL_BYTES("\x05\x00"));
    der_close(out, DER_SEQUENCE, opened);
    der_close(out, DER_CONTEXT_CONSTRUCTED + 3, opened);
}

/* The signed part is closed and lies alone in out; algorithm and signature follow. */
static void put_signature(struct buf *out, enum test_amd_key signer, bool old_pss)
{
    struct buf signature;

    buf_init(&signature, CEILING);
    buf_add_byte(&signature, 0); /* no unused bits */
    test_amd_sign(signer, buf_bytes(out), &signature);
    put_algorithm(out, old_pss);
    der_put(out, DER_BIT_STRING, buf_bytes(&signature));
    der_close(out, DER_SEQUENCE, 0);
    buf_fini(&signature);
    assert_false(out->failed);
}

/* ---- certificates --------------------------------------------------------------- */

struct buf test_amd_make(const struct test_amd_certificate *spec)
{
    struct buf out;

    buf_init(&out, CEILING);
    buf_add(&out, LITERAL_BYTES("\xa0\x03\x02\x01\x02"));
    put_number(&out, spec->serial);
    put_algorithm(&out, spec->old_pss);
    put_name(&out, spec->issuer_name, NULL);
    size_t opened = der_open(&out);
    put_time(&out, spec->not_before_s);
    put_time(&out, spec->not_after_s);
    der_close(&out, DER_SEQUENCE, opened);
    put_name(&out, spec->common_name, spec->organization);
    test_amd_put_key(&out, spec->key);
    put_extensions(&out, spec);
    der_close(&out, DER_SEQUENCE, 0);
    put_signature(&out, spec->signer, spec->old_pss);
    return out;
}

struct test_amd_certificate test_ark(void)
{
    return (struct test_amd_certificate){
        .common_name = "ARK-Milan",
        .issuer_name = "ARK-Milan",
        .key = TEST_ARK_KEY,
        .signer = TEST_ARK_KEY,
        .serial = 0x10000,
        .not_before_s = TEST_AMD_FROM_S,
        .not_after_s = TEST_AMD_UNTIL_S,
        .is_ca = true,
        .path_len = -1,
        .key_usage = X509_KEY_CERT_SIGN | X509_CRL_SIGN,
        .old_pss = true,
    };
}

struct test_amd_certificate test_amd_ask(void)
{
    struct test_amd_certificate ask = test_ark();

    ask.common_name = "SEV-Milan";
    ask.key = TEST_ASK_KEY;
    ask.serial = 0x10001;
    ask.path_len = 0;
    ask.key_usage = X509_KEY_CERT_SIGN;
    return ask;
}

struct test_amd_certificate test_vcek(void)
{
    return (struct test_amd_certificate){
        .common_name = "SEV-VCEK",
        .issuer_name = "SEV-Milan",
        .key = TEST_CHIP_KEY,
        .signer = TEST_ASK_KEY,
        .not_before_s = TEST_AMD_NOW_S - TEST_AMD_DAY_S,
        .not_after_s = TEST_AMD_NOW_S + 7 * 365 * TEST_AMD_DAY_S,
        .path_len = -1,
        .amd = milan_vcek,
    };
}

struct test_amd_certificate test_genoa_ark(void)
{
    struct test_amd_certificate ark = test_ark();

    ark.common_name = ark.issuer_name = "ARK-Genoa";
    ark.key = ark.signer = TEST_OTHER_KEY;
    ark.serial = 0x20000;
    return ark;
}

struct test_amd_certificate test_asvk(void)
{
    struct test_amd_certificate asvk = test_amd_ask();

    asvk.common_name = "SEV-VLEK-Genoa";
    asvk.issuer_name = "ARK-Genoa";
    asvk.signer = TEST_OTHER_KEY;
    asvk.serial = 0x20101;
    return asvk;
}

struct test_amd_certificate test_vlek(void)
{
    struct test_amd_certificate vlek = test_vcek();

    vlek.common_name = "SEV-VLEK";
    vlek.issuer_name = "SEV-VLEK-Genoa";
    vlek.amd = genoa_vlek;
    return vlek;
}

struct test_amd_certificate test_turin_ark(void)
{
    struct test_amd_certificate ark = test_ark();

    ark.common_name = ark.issuer_name = "ARK-Turin";
    ark.serial = 0x30000;
    return ark;
}

struct test_amd_certificate test_turin_ask(void)
{
    struct test_amd_certificate ask = test_amd_ask();

    ask.common_name = "SEV-Turin";
    ask.issuer_name = "ARK-Turin";
    ask.serial = 0x30001;
    return ask;
}

struct test_amd_certificate test_turin_vcek(void)
{
    struct test_amd_certificate vcek = test_vcek();

    vcek.issuer_name = "SEV-Turin";
    vcek.amd = turin_vcek;
    return vcek;
}

/* ---- the list ------------------------------------------------------------------- */

struct test_amd_crl test_milan_crl(void)
{
    return (struct test_amd_crl){
        .issuer_name = "ARK-Milan",
        .signer = TEST_ARK_KEY,
        .this_update_s = TEST_AMD_NOW_S,
        .next_update_s = TEST_AMD_NOW_S + 30 * TEST_AMD_DAY_S,
        .number = 7,
    };
}

static void put_revoked(struct buf *out, const struct test_amd_crl *spec)
{
    size_t list = der_open(out);

    for (size_t i = 0; i < spec->revoked_count; i++) {
        size_t entry = der_open(out);
        put_number(out, spec->revoked[i]);
        put_time(out, spec->this_update_s);
        der_close(out, DER_SEQUENCE, entry);
    }
    if (spec->revoked_count > 0)
        der_close(out, DER_SEQUENCE, list);
}

struct buf test_amd_crl_make(const struct test_amd_crl *spec)
{
    struct buf out, number;

    buf_init(&out, CEILING);
    buf_init(&number, CEILING);
    put_number(&out, 1); /* version 2 */
    put_algorithm(&out, false);
    put_name(&out, spec->issuer_name, NULL);
    put_time(&out, spec->this_update_s);
    put_time(&out, spec->next_update_s);
    put_revoked(&out, spec);
    if (spec->number != 0) {
        size_t opened = der_open(&out);
        put_number(&number, spec->number);
        der_put_extension(&out, LITERAL_BYTES("\x55\x1d\x14"), false, buf_bytes(&number));
        der_close(&out, DER_SEQUENCE, opened);
        der_close(&out, DER_CONTEXT_CONSTRUCTED + 0, opened);
    }
    der_close(&out, DER_SEQUENCE, 0);
    put_signature(&out, spec->signer, false);
    buf_fini(&number);
    return out;
}

struct trust test_amd_trust(void)
{
    const struct test_amd_certificate arks[] = { test_ark(), test_genoa_ark() };
    struct trust trust = { .count = 0 };
    struct error err = { 0 };

    for (size_t i = 0; i < COUNT_OF(arks); i++) {
        struct buf ark = test_amd_make(&arks[i]);
        assert_ok(amd_chain_add_root(buf_bytes(&ark), ROOT_TEST, &trust, &err), err);
        buf_fini(&ark);
    }
    return trust;
}
