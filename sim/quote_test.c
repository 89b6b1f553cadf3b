/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/quote.h"

#include "sim/test_minted.h"

static struct world world;

static int open_world(void **state)
{
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_ok(synthetic_open("test", test_time(TEST_NOW), 4, &world, &err), err);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

/* ---- a quote taken apart, by the tables of Intel's document ---------------------------
 */

struct apart {
    struct bytes signed_part, signature, key, qe_report, qe_signature, auth_data, data;
    unsigned type; /* of the certification data */
    bool is_exact; /* every length fills what it stands in */
};

static unsigned u16_at(struct bytes b, size_t at)
{
    assert_true(at + 2 <= b.len);
    return b.at[at] | (unsigned)b.at[at + 1] << 8;
}

static size_t u32_at(struct bytes b, size_t at)
{
    return u16_at(b, at) | (size_t)u16_at(b, at + 2) << 16;
}

static struct bytes part(struct bytes b, size_t at, size_t len)
{
    return bytes_first(bytes_after(b, at), len);
}

static struct apart take_apart(struct bytes quote)
{
    unsigned version = u16_at(quote, 0);
    size_t body_len = version == 5            ? 6 + u32_at(quote, 50)
                      : u32_at(quote, 4) == 0 ? 384
                                              : 584;
    struct apart apart = { .signed_part = bytes_first(quote, 48 + body_len) };
    struct bytes data = bytes_after(quote, 48 + body_len + 4),
                 qe = bytes_after(data, 128);

    apart.is_exact = u32_at(quote, 48 + body_len) == data.len;
    apart.signature = part(data, 0, 64);
    apart.key = part(data, 64, 64);
    if (version > 3) {
        apart.is_exact &= u16_at(qe, 0) == 6 && u32_at(qe, 2) == qe.len - 6;
        qe = bytes_after(qe, 6);
    }
    apart.qe_report = part(qe, 0, 384);
    apart.qe_signature = part(qe, 384, 64);
    apart.auth_data = part(qe, 450, u16_at(qe, 448));
    qe = bytes_after(qe, 450 + apart.auth_data.len);
    apart.type = u16_at(qe, 0);
    apart.data = bytes_after(qe, 6);
    apart.is_exact &= u32_at(qe, 2) == apart.data.len;
    return apart;
}

/* NULL where it is no point. */
static EVP_PKEY *key_of_point(struct bytes point)
{
    uint8_t octets[65] = { 4 };
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);

    memcpy(octets + 1, point.at, 64);
    OSSL_PARAM parameters[] = {
        { "group", OSSL_PARAM_UTF8_STRING, (void *)"P-256", 5, 0 },
        { "pub", OSSL_PARAM_OCTET_STRING, octets, sizeof octets, 0 },
        { NULL, 0, NULL, 0, 0 },
    };
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    if (EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    return key;
}

/* What holds of a quote. */
enum {
    QUOTE_SIGNED = 1, /* by the key that it has */
    BOUND = 2,        /* that key and the authentication data to the QE report */
    QE_SIGNED = 4,    /* the QE report, by the PCK */
    CHAINED = 8,      /* leaf, CA and root, each by the next */
    ALL = 15
};

static bool is_quote_signed(const struct apart *apart)
{
    EVP_PKEY *key = key_of_point(apart->key);
    bool holds =
        key != NULL
        && test_raw_signature_holds(key, apart->signed_part, apart->signature.at);

    EVP_PKEY_free(key);
    return holds;
}

static bool is_bound(const struct apart *apart)
{
    static const uint8_t zeros[32];
    struct buf text;

    buf_init(&text, 70000);
    buf_add(&text, apart->key);
    buf_add(&text, apart->auth_data);
    struct sha256 digest = sha256(buf_bytes(&text));
    buf_fini(&text);
    return memcmp(apart->qe_report.at + 320, digest.digest, 32) == 0
           && memcmp(apart->qe_report.at + 352, zeros, 32) == 0;
}

static bool is_qe_signed(const struct apart *apart)
{
    X509 *leaf = test_certificate(apart->data, 0);
    bool holds = leaf != NULL
                 && test_raw_signature_holds(X509_get0_pubkey(leaf), apart->qe_report,
                                             apart->qe_signature.at);

    X509_free(leaf);
    return holds;
}

static bool is_chained(const struct apart *apart)
{
    X509 *leaf = test_certificate(apart->data, 0), *ca = test_certificate(apart->data, 1);
    X509 *root = test_certificate(apart->data, 2);
    struct error err = { .kind = ERROR_NONE };
    struct buf pem;

    buf_init(&pem, WORLD_CHAIN_MAX);
    assert_ok(world.root(world.context, &pem, &err), err);
    X509 *pinned = test_certificate(buf_bytes(&pem), 0);
    bool holds = leaf != NULL && ca != NULL && root != NULL
                 && X509_verify(leaf, X509_get0_pubkey(ca)) == 1
                 && X509_verify(ca, X509_get0_pubkey(root)) == 1
                 && X509_cmp(root, pinned) == 0;
    X509_free(leaf);
    X509_free(ca);
    X509_free(root);
    X509_free(pinned);
    buf_fini(&pem);
    return holds;
}

static unsigned what_holds(const struct apart *apart)
{
    return (is_quote_signed(apart) ? QUOTE_SIGNED : 0) | (is_bound(apart) ? BOUND : 0)
           | (is_qe_signed(apart) ? QE_SIGNED : 0) | (is_chained(apart) ? CHAINED : 0);
}

/* ---- good ones ------------------------------------------------------------------------
 */

static void every_kind_is_signed_bound_and_chained(void **state)
{
    static const struct {
        const char *order;
        size_t body_at, body_len;
    } cases[] = {
        { "", 48, 384 },
        { "platform=1", 48, 384 },
        { "version=4", 48, 384 },
        { "version=5", 54, 384 },
        { "tee=tdx", 48, 584 },
        { "version=5 body=td10", 54, 584 },
        { "tee=tdx version=5", 54, 648 },
        { "body=td15ex", 54, 885 },
        { "body=td15 auth-data-len=0", 54, 648 },
        { "auth-data-len=60000", 48, 384 },
        { "tcb=5 qe-isvsvn=3", 48, 384 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf quote = test_minted(&world, MINTED_QUOTE, cases[i].order);
        struct apart apart = take_apart(buf_bytes(&quote));

        if (what_holds(&apart) != ALL || !apart.is_exact || apart.type != 5)
            fail_msg("%s: %u holds", cases[i].order, what_holds(&apart));
        assert_int_equal(apart.signed_part.len, cases[i].body_at + cases[i].body_len);
        buf_fini(&quote);
    }
}

static void certification_is_told_in_five_ways(void **state)
{
    static const size_t lens[] = { 0, 36, 276, 404 };
    struct buf whole = test_minted(&world, MINTED_QUOTE, "platform=2");
    struct apart full = take_apart(buf_bytes(&whole));

    (void)state;
    for (unsigned type = 1; type <= 4; type++) {
        char order[60];
        snprintf(order, sizeof order, "platform=2 certification=%u", type);
        struct buf quote = test_minted(&world, MINTED_QUOTE, order);
        struct apart apart = take_apart(buf_bytes(&quote));

        assert_int_equal(apart.type, type);
        assert_true(apart.is_exact);
        if (type < 4)
            assert_int_equal(apart.data.len, lens[type]);
        else
            assert_memory_equal(apart.data.at, full.data.at, apart.data.len);
        assert_true(is_quote_signed(&apart) && is_bound(&apart));
        apart.data = full.data; /* the leaf that a store would have */
        assert_true(is_qe_signed(&apart));
        buf_fini(&quote);
    }
    buf_fini(&whole);
}

/* Whether a document of the world has a member of these bytes in hex. */
static bool document_has(enum world_kind kind, const char *member, struct bytes value)
{
    struct world_question question = { .kind = kind, .now_s = test_time(TEST_NOW) };
    struct world_answer answer;
    struct error err = { .kind = ERROR_NONE };
    struct buf digits;

    world_answer_init(&answer);
    buf_init(&digits, 200);
    assert_ok(world.answer(world.context, &question, &answer, &err), err);
    hex_add(&digits, value);
    bool has = text_equal_nocase(
        bytes_of_text(test_member(buf_bytes(&answer.body), member)), buf_bytes(&digits));
    buf_fini(&digits);
    world_answer_fini(&answer);
    return has;
}

static void a_quoting_enclave_is_the_identitys(void **state)
{
    static const struct {
        const char *order;
        enum world_kind kind;
        bool is_same;
    } cases[] = {
        { "", WORLD_QE_IDENTITY, true },
        { "tee=tdx", WORLD_TD_QE_IDENTITY, true },
        { "tee=tdx", WORLD_QE_IDENTITY, false },
        { "defect=qe_other_tee", WORLD_TD_QE_IDENTITY, true },
        { "defect=qe_mrsigner", WORLD_QE_IDENTITY, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf quote = test_minted(&world, MINTED_QUOTE, cases[i].order);
        struct apart apart = take_apart(buf_bytes(&quote));

        assert_int_equal(
            document_has(cases[i].kind, "mrsigner", part(apart.qe_report, 128, 32)),
            cases[i].is_same);
        buf_fini(&quote);
    }
}

static void what_is_ordered_stands_in_its_place(void **state)
{
    static const struct {
        const char *order;
        size_t at;
        const char *bytes;
    } cases[] = {
        { "debug", 48 + 48, "\7\0" },
        { "isv-svn=772 isv-prod-id=258", 48 + 256, "\2\1\4\3" },
        { "tee=tdx debug", 48 + 120, "\1\0\0\x10" },
        { "tee=tdx", 48, "\3\0\x11" },
        { "body=td15", 54, "\x0d\1\x11" },
        { "body=td15 tcb=14", 54, "\x0a\1\x0e" },
        { "body=td15 tcb=14 tee-tcb-svn2=0d011100000000000000000000000000", 54 + 584,
          "\x0d\1\x11" },
        { "version=3 defect=version_unknown", 0, "\6\0" },
        { "tee=tdx defect=tee_type_other", 4, "\0\0" },
        { "flip=0:7", 0, "\x83\0" },
        { "version=5 defect=body_type_unknown", 48, "\11\0" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf quote = test_minted(&world, MINTED_QUOTE, cases[i].order);
        size_t len = strlen(cases[i].bytes) < 2 ? 2 : strlen(cases[i].bytes);

        if (memcmp(quote.at + cases[i].at, cases[i].bytes, len) != 0)
            fail_msg("%s: %s", cases[i].order, hex(quote.at + cases[i].at, len).s);
        buf_fini(&quote);
    }
}

static void a_raw_tcb_brings_the_best_certificate_for_it(void **state)
{
    struct buf raw = test_minted(&world, MINTED_QUOTE,
                                 "cpusvn=100f000303ff00020000000000000000 pcesvn=99");
    struct buf level = test_minted(&world, MINTED_QUOTE, "tcb=15");
    struct apart one = take_apart(buf_bytes(&raw)), other = take_apart(buf_bytes(&level));

    (void)state;
    assert_true(bytes_equal(one.data, other.data));
    assert_memory_equal(one.qe_report.at, "\x10\x0f", 2);
    assert_int_equal(what_holds(&one), ALL);
    buf_fini(&raw);
    buf_fini(&level);
}

static void the_same_order_has_the_same_bytes(void **state)
{
    struct buf one = test_minted(&world, MINTED_QUOTE, "tee=tdx version=5");
    struct buf other = test_minted(&world, MINTED_QUOTE, "version=5 body=td15");
    struct buf longer = test_minted(&world, MINTED_QUOTE, "body=td15 trailing=70");
    struct buf shorter = test_minted(&world, MINTED_QUOTE, "body=td15 truncate=1000");

    (void)state;
    assert_true(bytes_equal(buf_bytes(&one), buf_bytes(&other)));
    assert_int_equal(longer.len, one.len + 70);
    assert_memory_equal(longer.at, one.at, one.len);
    assert_int_equal(shorter.len, 1000);
    assert_memory_equal(shorter.at, one.at, 1000);
    buf_fini(&one);
    buf_fini(&other);
    buf_fini(&longer);
    buf_fini(&shorter);
}

/* ---- defects
 * --------------------------------------------------------------------------- */

static void a_defect_breaks_what_it_says_and_nothing_else(void **state)
{
    static const struct {
        const char *defect;
        unsigned holds;
    } cases[] = {
        { "vendor", ALL },
        { "key_type", ALL },
        { "reserved", ALL },
        { "quote_signature", ALL & ~QUOTE_SIGNED },
        { "quote_signature_zero", ALL & ~QUOTE_SIGNED },
        { "body_edited", ALL & ~QUOTE_SIGNED },
        { "qe_report_signature", ALL & ~QE_SIGNED },
        { "qe_report_edited", ALL & ~QE_SIGNED },
        { "attestation_key_other", ALL & ~BOUND },
        { "attestation_key_off_curve", ALL & ~QUOTE_SIGNED },
        { "qe_report_data", ALL & ~BOUND },
        { "qe_report_data_upper", ALL & ~BOUND },
        { "qe_mrsigner", ALL },
        { "qe_isvprodid", ALL },
        { "qe_miscselect", ALL },
        { "qe_attributes", ALL },
        { "qe_debug", ALL },
        { "qe_other_tee", ALL },
        { "seam_signer", ALL },
        { "seam_attributes", ALL },
        { "module_unknown", ALL },
        { "foreign_root", ALL & ~CHAINED },
        { "chain_order", ALL & ~CHAINED },
        { "chain_without_root", ALL & ~CHAINED },
        { "chain_leaf_alone", ALL & ~CHAINED },
        { "pck_signature", ALL & ~CHAINED },
        { "pck_other", ALL & ~QE_SIGNED },
        { "pck_unreadable", QUOTE_SIGNED | BOUND },
        { "pck_expired", ALL },
        { "pck_future", ALL },
    };

    (void)state;
    struct buf good = test_minted(&world, MINTED_QUOTE, "tee=tdx");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char order[80];
        snprintf(order, sizeof order, "tee=tdx defect=%s", cases[i].defect);
        struct buf quote = test_minted(&world, MINTED_QUOTE, order);
        struct apart apart = take_apart(buf_bytes(&quote));

        if (what_holds(&apart) != cases[i].holds || !apart.is_exact)
            fail_msg("%s: %u holds, expected %u", cases[i].defect, what_holds(&apart),
                     cases[i].holds);
        assert_false(bytes_equal(buf_bytes(&good), buf_bytes(&quote)));
        buf_fini(&quote);
    }
    buf_fini(&good);
}

/* Where the four lengths of a version 4 quote of SGX stand, with 32 bytes of
 * authentication data. */
static void a_length_is_off_by_one(void **state)
{
    static const struct {
        const char *name;
        size_t at;
    } lengths[] = {
        { "signature_data", 432 },
        { "qe_certification", 566 },
        { "auth_data", 1018 },
        { "certification_data", 1054 },
    };
    struct buf good = test_minted(&world, MINTED_QUOTE, "version=4");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        static const struct {
            const char *how;
            int off, more;
        } cases[] = { { "short", -1, 0 }, { "long", 1, 0 }, { "padded", 1, 1 } };
        for (size_t j = 0; j < COUNT_OF(cases); j++) {
            char order[80];
            snprintf(order, sizeof order, "version=4 defect=%s_%s", lengths[i].name,
                     cases[j].how);
            struct buf quote = test_minted(&world, MINTED_QUOTE, order);

            if (u16_at(buf_bytes(&quote), lengths[i].at)
                    != u16_at(buf_bytes(&good), lengths[i].at) + (unsigned)cases[j].off
                || quote.len != good.len + (size_t)cases[j].more)
                fail_msg("%s: %zu bytes of %zu", order, quote.len, good.len);
            buf_fini(&quote);
        }
    }
    buf_fini(&good);
}

static void what_does_not_go_together_is_refused(void **state)
{
    static const struct {
        const char *order;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        { "version=2", ERROR_FORMAT, "version: expected 3, 4 or 5" },
        { "version=6", ERROR_FORMAT, "version: expected a number up to 5" },
        { "tee=tdx version=3", ERROR_FORMAT, "TDX has 4 and 5" },
        { "tee=tdx body=sgx", ERROR_FORMAT, "tdx has no sgx" },
        { "tee=sgx body=td10", ERROR_FORMAT, "sgx has no td10" },
        { "version=4 body=td15", ERROR_FORMAT, "td15 has 5 alone" },
        { "certification=0", ERROR_FORMAT, "expected 1 to 5" },
        { "tee=tdx platform=1", ERROR_NOT_FOUND, "a client, which has no TDX" },
        { "tcb=4", ERROR_NOT_FOUND, "levels from 5 to 17" },
        { "tcb=18", ERROR_NOT_FOUND, "levels from 5 to 17" },
        { "cpusvn=00000000000000000000000000000000", ERROR_NOT_FOUND, "no PCK" },
        { "platform=1048576", ERROR_FORMAT, "up to 1048575" },
        { "report-data=00", ERROR_FORMAT, "expected 128 hex digits" },
        { "defect=none", ERROR_FORMAT, "there is no none" },
        { "defect=seam_signer", ERROR_FORMAT, "cannot show" },
        { "certification=4 defect=chain_order", ERROR_FORMAT, "cannot show" },
        { "version=4 defect=body_padded", ERROR_FORMAT, "cannot show" },
        { "truncate=10 flip=10", ERROR_NOT_FOUND, "10 bytes" },
        { "flip=1:8", ERROR_FORMAT, "OFFSET:BIT" },
        { "flop=1", ERROR_FORMAT, "flop: there is no such member" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        test_not_minted(&world, MINTED_QUOTE, cases[i].order, cases[i].kind,
                        cases[i].part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_signed_bound_and_chained),
        cmocka_unit_test(certification_is_told_in_five_ways),
        cmocka_unit_test(a_quoting_enclave_is_the_identitys),
        cmocka_unit_test(what_is_ordered_stands_in_its_place),
        cmocka_unit_test(a_raw_tcb_brings_the_best_certificate_for_it),
        cmocka_unit_test(the_same_order_has_the_same_bytes),
        cmocka_unit_test(a_defect_breaks_what_it_says_and_nothing_else),
        cmocka_unit_test(a_length_is_off_by_one),
        cmocka_unit_test(what_does_not_go_together_is_refused),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
