/* SPDX-License-Identifier: Apache-2.0 */
#include "format/platform_bundle.h"

#include "format/crl.h"
#include "format/signed_json.h"
#include "format/test_edit.h"
#include "format/test_vectors.h"
#include "kit/text.h"

enum { ROOM = 64 << 20 };

#define CHAIN "-----BEGIN%20CERTIFICATE-----%0A%2B%2F8A%0A-----END%20CERTIFICATE-----%0A"
#define TCBM "000000000000000000000000000000000D00"
#define CERTS                                                                 \
    "[{\"tcbm\":\"" TCBM "\",\"cert\":\"" CHAIN "\"},{\"tcbm\":\"" TCBM "\"," \
    "\"cert\":\"Not available\"}]"
#define PLATFORMS                                                           \
    "[{\"qe_id\":\"0A\",\"pce_id\":\"0100\"},{\"qe_id\":\"0B\",\"pce_id\":" \
    "\"0200\",\"cpu_svn\":\"\",\"pce_svn\":\"\",\"enc_ppid\":\"\"}]"
#define PCK_CERTS \
    "[{\"qe_id\":\"0A\",\"pce_id\":\"0100\",\"enc_ppid\":\"\",\"certs\":" CERTS "}]"
#define TCB_INFOS                                                                \
    "[{\"sgx_tcbinfo\":{\"tcbInfo\": {\"id\": \"a  b\", \"x\": [1, 2]},\n"       \
    " \"signature\": \"00\"},\"tdx_tcbinfo_early\":\"{ \\\"tcbInfo\\\": {} }\"," \
    "\"fmspc\":\"00A06D080000\"}]"
#define CERTIFICATES                                                                   \
    "{\"SGX-PCK-Certificate-Issuer-Chain\":{\"PROCESSOR\":\"" CHAIN "\",\"PLATFORM\":" \
    "\"" CHAIN CHAIN "\"},\"TCB-Info-Issuer-Chain\":\"" CHAIN "\","                    \
    "\"SGX-Enclave-Identity-Issuer-Chain\":\"" CHAIN "\"}"
#define CRLS "\"pckcacrl\":{\"processorCrl\":\"3001ab\",\"platformCrl\":\"3002ABCD\"}"
#define IDENTITIES                                                           \
    "\"qeidentity\":\"{\\\"enclaveIdentity\\\":1}\",\"tdqeidentity_early\":" \
    "{\"enclaveIdentity\": 2},\"qveidentity\":\"\",\"qveidentity_early\":null"
#define WHOLE                                                                            \
    "{\"platforms\":" PLATFORMS                                                          \
    ",\"collaterals\":{\"version\":4,\"pck_certs\":" PCK_CERTS                           \
    ",\"tcbinfos\":" TCB_INFOS "," CRLS "," IDENTITIES ",\"certificates\":" CERTIFICATES \
    ",\"rootcacrl\":\"30\",\"rootcacrl_cdp\":\"https://x\"}}"

#define CHAIN_LINES                                                                      \
    "collaterals.certificates.SGX-PCK-Certificate-Issuer-Chain.PROCESSOR: chain 1 of "   \
    "1\n"                                                                                \
    "collaterals.certificates.SGX-PCK-Certificate-Issuer-Chain.PLATFORM: chain 2 of 2\n" \
    "collaterals.certificates.TCB-Info-Issuer-Chain: chain 3 of 1\n"                     \
    "collaterals.certificates.SGX-Enclave-Identity-Issuer-Chain: chain 4 of 1\n"
#define PLATFORM_LINES              \
    "platforms[0]: platform 0a/1\n" \
    "platforms[1]: platform 0b/2\n" \
    "collaterals.pck_certs[0]: PCKs of 0a/1: 2\n"
#define TCB_INFO_LINES                                                            \
    "collaterals.tcbinfos[0].sgx_tcbinfo: TCB info 00a06d080000 SGX "             \
    "{\"tcbInfo\":{\"id\":\"a  b\",\"x\":[1,2]},\"signature\":\"00\"}\n"          \
    "collaterals.tcbinfos[0].tdx_tcbinfo_early: TCB info 00a06d080000 early TDX " \
    "{ \"tcbInfo\": {} }\n"
#define OTHER_LINES                                                              \
    "collaterals.pckcacrl.processorCrl: PCK CRL processor 3001ab\n"              \
    "collaterals.pckcacrl.platformCrl: PCK CRL platform 3002abcd\n"              \
    "collaterals.qeidentity: identity 1 {\"enclaveIdentity\":1}\n"               \
    "collaterals.tdqeidentity_early: identity 2 early {\"enclaveIdentity\":2}\n" \
    "collaterals.rootcacrl: root CRL 30\n"

/* What the visitor was told, a line for each part. */
struct record {
    struct buf lines;
    size_t parts, faults, end_at; /* after how many parts it ends the walk; 0 for never */
};

static void add_document(struct buf *lines, const char *what,
                         const struct bundle_part *part)
{
    buf_add_text(lines, what);
    if (part->is_early)
        buf_add_text(lines, " early");
    if (part->kind == BUNDLE_TCB_INFO)
        buf_add_text(lines, part->is_tdx ? " TDX" : " SGX");
    buf_add_text(lines, " ");
    buf_add(lines, part->document);
}

static void add_part(struct buf *lines, const struct bundle_part *part)
{
    const struct platform_name *name = &part->registration.name;

    switch (part->kind) {
    case BUNDLE_PLATFORM:
        buf_addf(lines, "platform %s/%u", name->qe_id, name->pce_id);
        break;
    case BUNDLE_PCKS:
        buf_addf(lines, "PCKs of %s/%u: %zu", name->qe_id, name->pce_id,
                 part->pcks.count);
        break;
    case BUNDLE_TCB_INFO:
        buf_addf(lines, "TCB info %s", part->has_fmspc ? hex(part->fmspc, 6).s : "-");
        add_document(lines, "", part);
        break;
    case BUNDLE_IDENTITY:
        buf_addf(lines, "identity %d", part->identity);
        add_document(lines, "", part);
        break;
    case BUNDLE_PCK_CRL:
        buf_addf(lines, "PCK CRL %s %s", part->is_platform_ca ? "platform" : "processor",
                 hex(part->crl.at, part->crl.len).s);
        break;
    case BUNDLE_ROOT_CRL:
        buf_addf(lines, "root CRL %s", hex(part->crl.at, part->crl.len).s);
        break;
    case BUNDLE_CHAIN:
        buf_addf(lines, "chain %d of %zu", part->chain_of, part->chain.count);
        break;
    }
}

static bool record_part(void *context, const struct bundle_part *part, struct error *err)
{
    struct record *record = context;

    buf_addf(&record->lines, "%s: ", part->where);
    add_part(&record->lines, part);
    buf_add_text(&record->lines, "\n");
    record->parts++;
    return record->parts != record->end_at
           || error_set(err, ERROR_SYSTEM, "enough after %zu", record->parts);
}

static void record_fault(void *context, const char *where, const struct error *why)
{
    struct record *record = context;

    buf_addf(&record->lines, "%s: fault, %s: %s\n", where, error_kind_name(why->kind),
             why->text);
    record->faults++;
}

static bool walk(struct record *record, struct bytes text, size_t end_at,
                 struct error *err)
{
    const struct bundle_visitor visitor = { record, record_part, record_fault };

    *record = (struct record){ .end_at = end_at };
    buf_init(&record->lines, ROOM);
    return platform_bundle_walk(text, &visitor, err);
}

static void assert_walk(const char *claim, struct bytes text, const char *expected)
{
    struct error err = { 0 };
    struct record record;

    if (!walk(&record, text, 0, &err))
        fail_msg("%s: %s", claim, err.text);
    if (strcmp(buf_text(&record.lines), expected) != 0)
        fail_msg("%s:\n%s\nexpected:\n%s", claim, buf_text(&record.lines), expected);
    buf_fini(&record.lines);
}

static void a_bundle_is_walked_chains_first(void **state)
{
    (void)state;
    assert_walk("whole", bytes_of_text(WHOLE),
                CHAIN_LINES PLATFORM_LINES TCB_INFO_LINES OTHER_LINES);
}

/* The order of the members is the document's, but for the chains. */
static void each_order_of_members_is_well(void **state)
{
    (void)state;
    assert_walk("collaterals before platforms, certificates first",
                bytes_of_text("{\"collaterals\":{\"certificates\":" CERTIFICATES
                              "," IDENTITIES ",\"tcbinfos\":" TCB_INFOS
                              ",\"pck_certs\":[],\"version\":3},\"more\":[{}],"
                              "\"platforms\":[]}"),
                CHAIN_LINES "collaterals.qeidentity: identity 1 {\"enclaveIdentity\":1}\n"
                            "collaterals.tdqeidentity_early: identity 2 early "
                            "{\"enclaveIdentity\":2}\n" TCB_INFO_LINES);
    assert_walk("nothing in it",
                bytes_of_text("{\"platforms\":[],\"collaterals\":{\"version\":4,"
                              "\"pck_certs\":[],\"tcbinfos\":[],\"certificates\":{}}}"),
                "");
}

static void the_names_of_version_3_are_known(void **state)
{
    (void)state;
    assert_walk(
        "version 3",
        bytes_of_text("{\"platforms\":[],\"collaterals\":{\"version\":3,"
                      "\"pck_certs\":[],\"tcbinfos\":[{\"fmspc\":null,\"tcbinfo\":"
                      "{\"a\":1},\"tcbinfo_early\":{\"b\":2}}],\"certificates\":{"
                      "\"SGX-TCB-Info-Issuer-Chain\":\"" CHAIN "\"}}}"),
        "collaterals.certificates.SGX-TCB-Info-Issuer-Chain: chain 3 of 1\n"
        "collaterals.tcbinfos[0].tcbinfo: TCB info - SGX {\"a\":1}\n"
        "collaterals.tcbinfos[0].tcbinfo_early: TCB info - early SGX {\"b\":2}\n");
}

static void an_identity_is_taken_in_each_form(void **state)
{
    static const struct {
        const char *claim, *value, *line;
    } cases[] = {
        { "a string, as given", "\" { \\\"a\\\" : \\u0031 } \"", " { \"a\" : 1 } " },
        { "an object, without its white space", "{ \"a\\\\\" :\t[ \" \\\" \" ,\r\n1 ] }",
          "{\"a\\\\\":[\" \\\" \",1]}" },
        { "an object with a brace in a string", "{\"}\" : \"{\"}", "{\"}\":\"{\"}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text, expected;
        buf_init(&text, ROOM);
        buf_init(&expected, ROOM);
        buf_addf(&text,
                 "{\"platforms\":[],\"collaterals\":{\"version\":4,\"pck_certs\":[],"
                 "\"tcbinfos\":[],\"certificates\":{},\"qveidentity\":%s}}",
                 cases[i].value);
        buf_addf(&expected, "collaterals.qveidentity: identity 3 %s\n", cases[i].line);
        assert_walk(cases[i].claim, buf_bytes(&text), buf_text(&expected));
        buf_fini(&text);
        buf_fini(&expected);
    }
}

/* One part is odd; every other is visited as before. */
static void an_odd_part_is_told_and_the_walk_goes_on(void **state)
{
    static const struct {
        const char *claim, *find, *put, *fault;
        size_t parts;
    } cases[] = {
        { "a platform without a PCE ID", "[{\"qe_id\":\"0A\",\"pce_id\":\"0100\"},",
          "[{\"qe_id\":\"0A\"},",
          "platforms[0]: fault, format: at byte 14: lacks \"pce_id\"\n", 13 },
        { "a platform that is null", "[{\"qe_id\":\"0A\",\"pce_id\":\"0100\"},", "[null,",
          "platforms[0]: fault, format: at byte 14: expected an object, found null\n",
          13 },
        { "half a TCB", "\"pce_svn\":\"\"", "\"pce_svn\":\"0D00\"",
          "platforms[1]: fault, format: at byte 45: pce_svn without cpu_svn\n", 13 },
        { "a list that is none", "\"certs\":" CERTS, "\"certs\":{}",
          "collaterals.pck_certs[0]: fault, format: certs, at byte 209: expected an "
          "array, found an object\n",
          13 },
        { "no list", ",\"certs\":" CERTS, "",
          "collaterals.pck_certs[0]: fault, format: at byte 157: lacks \"certs\"\n", 13 },
        { "an entry that is none", "{\"tcbm\":\"" TCBM "\",\"cert\":\"Not available\"}",
          "{\"tcbm\":\"" TCBM "\"}",
          "collaterals.pck_certs[0]: fault, format: certs[1], at byte 341: lacks "
          "\"cert\"\n",
          13 },
        { "PCKs of nobody", "\"enc_ppid\":\"\",\"certs\"", "\"enc_ppid\":\"0\",\"certs\"",
          "collaterals.pck_certs[0]: fault, format: at byte 157: enc_ppid of 1 "
          "characters, expected 768 hex digits\n",
          13 },
        { "an FMSPC that is none", "00A06D080000", "00A06D08",
          "collaterals.tcbinfos[0]: fault, format: fmspc, at byte 553: \"00A06D08\" is "
          "not 12 hex digits\n",
          12 },
        { "TCB infos that are none", TCB_INFOS, "[7]",
          "collaterals.tcbinfos[0]: fault, format: at byte 427: expected an object, "
          "found a number\n",
          12 },
        { "an identity that is a number", "\"qveidentity\":\"\"", "\"qveidentity\":1",
          "collaterals.qveidentity: fault, format: at byte 729: expected a string, found "
          "a number\n",
          14 },
        { "CRLs that are none", CRLS, "\"pckcacrl\":[]",
          "collaterals.pckcacrl: fault, format: at byte 581: expected an object, found "
          "an array\n",
          12 },
        { "a CRL of an odd number of digits", "3001ab", "3001a",
          "collaterals.pckcacrl.processorCrl: fault, format: at byte 597: \"3001a\" is "
          "no "
          "CRL in hex digits, nor in PEM\n",
          13 },
        { "a certificate for a CRL", "3001ab",
          "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----",
          "collaterals.pckcacrl.processorCrl: fault, format: at byte 597: PEM: a block "
          "of CERTIFICATE, expected X509 CRL\n",
          13 },
        { "a chain that is none", "\"TCB-Info-Issuer-Chain\":\"" CHAIN "\"",
          "\"TCB-Info-Issuer-Chain\":\"none\"",
          "collaterals.certificates.TCB-Info-Issuer-Chain: fault, format: at byte 1082: "
          "issuer chain header: PEM: no \"-----BEGIN \" at \"none\"\n",
          13 },
        { "PCK chains that are none",
          "{\"PROCESSOR\":\"" CHAIN "\",\"PLATFORM\":\"" CHAIN CHAIN "\"}", "\"\"",
          "collaterals.certificates.SGX-PCK-Certificate-Issuer-Chain: fault, format: at "
          "byte 808: expected an object, found a string\n",
          12 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text = edited(bytes_of_text(WHOLE), cases[i].find, cases[i].put);
        struct error err = { 0 };
        struct record record;
        if (!walk(&record, buf_bytes(&text), 0, &err))
            fail_msg("%s: %s", cases[i].claim, err.text);
        if (strstr(buf_text(&record.lines), cases[i].fault) == NULL)
            fail_msg("%s:\n%s", cases[i].claim, buf_text(&record.lines));
        assert_int_equal(record.faults, 1);
        assert_int_equal(record.parts, cases[i].parts);
        buf_fini(&record.lines);
        buf_fini(&text);
    }
}

static void what_is_optional_may_be_null_or_empty_or_missing(void **state)
{
    static const struct {
        const char *find, *put;
        size_t parts;
    } cases[] = {
        { "\"{\\\"enclaveIdentity\\\":1}\"", "null", 13 },
        { "\"{\\\"enclaveIdentity\\\":1}\"", "\"\"", 13 },
        { "{\"processorCrl\":\"3001ab\",\"platformCrl\":\"3002ABCD\"}", "null", 12 },
        { "{\"processorCrl\":\"3001ab\",\"platformCrl\":\"3002ABCD\"}", "{}", 12 },
        { "\"3001ab\"", "null", 13 },
        { "\"3001ab\"", "\"\"", 13 },
        { "\"30\"", "\"\"", 13 },
        { "\"" CHAIN CHAIN "\"", "null", 13 },
        { "\"" CHAIN CHAIN "\"", "\"\"", 13 },
        { "\"{ \\\"tcbInfo\\\": {} }\"", "null", 13 },
        { ",\"rootcacrl\":\"30\"", "", 13 },
        { "\"enc_ppid\":\"\",\"certs\"", "\"enc_ppid\":null,\"certs\"", 14 },
        { "\"cpu_svn\":\"\",", "\"cpu_svn\":null,", 14 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text = edited(bytes_of_text(WHOLE), cases[i].find, cases[i].put);
        struct error err = { 0 };
        struct record record;
        assert_ok(walk(&record, buf_bytes(&text), 0, &err), err);
        if (record.faults > 0 || record.parts != cases[i].parts)
            fail_msg("%s:\n%s", cases[i].put, buf_text(&record.lines));
        buf_fini(&record.lines);
        buf_fini(&text);
    }
}

static void what_is_no_bundle_is_refused_before_any_part(void **state)
{
    static const struct {
        const char *claim, *find, *put, *refusal;
    } cases[] = {
        { "no platforms", "\"platforms\":" PLATFORMS ",", "",
          "at byte 0: lacks \"platforms\"" },
        { "platforms that are null", PLATFORMS, "null",
          "platforms, at byte 13: expected an array" },
        { "no collaterals", "\"collaterals\"", "\"other\"", "lacks \"collaterals\"" },
        { "no version", "\"version\":4,", "",
          "collaterals, at byte 131: lacks \"version\"" },
        { "a version to come", "\"version\":4", "\"version\":5",
          "collaterals.version, at byte 142: 5, expected 3 or 4" },
        { "a version as text", "\"version\":4", "\"version\":\"4\"",
          "collaterals.version, at byte 142: expected a number" },
        { "no PCK certificates", "\"pck_certs\"", "\"pcks\"", "lacks \"pck_certs\"" },
        { "PCK certificates in an object", PCK_CERTS, "{}",
          "collaterals.pck_certs, at byte 156: expected an array" },
        { "no TCB infos", "\"tcbinfos\"", "\"tcbs\"", "lacks \"tcbinfos\"" },
        { "TCB infos in an object", TCB_INFOS, "{}",
          "collaterals.tcbinfos, at byte 426: expected an array" },
        { "no certificates", "\"certificates\"", "\"chains\"", "lacks \"certificates\"" },
        { "certificates that are null", CERTIFICATES, "null",
          "collaterals.certificates, at byte 772: expected an object" },
        { "a platform that is no JSON", "\"qe_id\":\"0B\"", "qe_id:\"0B\"",
          "platforms[1], at byte" },
        { "a second document", "x\"}}", "x\"}}{}", "nothing after the document" },
        { "no end", "x\"}}", "x\"}", "found the end" },
        { "a list", WHOLE, "[]", "expected an object, found an array" },
        { "nothing", WHOLE, "", "expected an object, found the end" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text = edited(bytes_of_text(WHOLE), cases[i].find, cases[i].put);
        struct error err = { 0 };
        struct record record;
        if (walk(&record, buf_bytes(&text), 0, &err))
            fail_msg("%s: accepted", cases[i].claim);
        assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        assert_int_equal(record.parts + record.faults, 0);
        buf_fini(&record.lines);
        buf_fini(&text);
    }
}

static void every_cut_is_refused(void **state)
{
    struct bytes text = bytes_of_text(WHOLE);

    (void)state;
    for (size_t len = 0; len < text.len; len++) {
        uint8_t *cut = exact_copy(bytes_first(text, len));
        struct error err = { 0 };
        struct record record;
        assert_false(walk(&record, bytes_of(cut, len), 0, &err));
        assert_int_equal(err.kind, ERROR_FORMAT);
        assert_int_equal(record.parts, 0);
        buf_fini(&record.lines);
        free(cut);
    }
}

static void the_visitor_may_end_the_walk_at_any_part(void **state)
{
    (void)state;
    for (size_t end_at = 1; end_at <= 14; end_at++) {
        struct error err = { 0 };
        struct record record;
        assert_false(walk(&record, bytes_of_text(WHOLE), end_at, &err));
        assert_refused(err, ERROR_SYSTEM, "enough after");
        assert_int_equal(record.parts, end_at);
        buf_fini(&record.lines);
    }
}

static void a_crl_may_be_pem(void **state)
{
    struct buf text = edited(bytes_of_text(WHOLE), "3001ab",
                             "-----BEGIN X509 CRL-----\\nMAGr\\n-----END X509 CRL-----");
    struct error err = { 0 };
    struct record record;

    (void)state;
    assert_ok(walk(&record, buf_bytes(&text), 0, &err), err);
    assert_non_null(
        strstr(buf_text(&record.lines), "processorCrl: PCK CRL processor 3001ab\n"));
    buf_fini(&record.lines);
    buf_fini(&text);
}

static void a_crl_has_so_many_bytes(void **state)
{
    static const char *const faults[] = { NULL,
                                          "limit: at byte 597: CRL of 4194305 bytes",
                                          "limit: 9437186 bytes, at most 8389632" };
    static const size_t lengths[] = { CRL_MAX, CRL_MAX + 1, CRL_MAX / 8 * 9 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct buf text;
        struct error err = { 0 };
        struct record record;
        size_t at = bytes_find(bytes_of_text(WHOLE), bytes_of_text("3001ab"));
        buf_init(&text, ROOM);
        buf_add(&text, bytes_of(WHOLE, at));
        for (size_t k = 0; k < lengths[i]; k++)
            buf_add_text(&text, "ab");
        buf_add_text(&text, &WHOLE[at + 6]);
        assert_ok(walk(&record, buf_bytes(&text), 0, &err), err);
        assert_int_equal(record.parts, faults[i] == NULL ? 14 : 13);
        if (faults[i] != NULL)
            assert_non_null(strstr(buf_text(&record.lines), faults[i]));
        buf_fini(&record.lines);
        buf_fini(&text);
    }
}

/* As many as there may be, and one more: each counted, none kept. */
static void platforms_have_a_limit(void **state)
{
    static const char row[] = "{\"qe_id\":\"0\",\"pce_id\":\"0000\"}";
    struct error err = { 0 };
    struct record record = { .end_at = 0 };
    struct buf text;

    (void)state;
    buf_init(&text, ROOM);
    buf_add_text(&text,
                 "{\"collaterals\":{\"version\":4,\"pck_certs\":[],\"tcbinfos\":[],"
                 "\"certificates\":{}},\"platforms\":[");
    for (size_t i = 0; i <= BUNDLE_PLATFORMS_MAX; i++) {
        buf_add_text(&text, i == 0 ? "" : ",");
        buf_add_text(&text, row);
    }
    buf_add_text(&text, "]}");
    assert_false(text.failed);
    assert_false(walk(&record, buf_bytes(&text), 0, &err));
    assert_refused(err, ERROR_LIMIT, "platforms[1000000], at byte");
    assert_int_equal(record.parts, BUNDLE_PLATFORMS_MAX);
    buf_fini(&record.lines);
    buf_fini(&text);
}

/* pcsclient's way with a document: read and written again with blanks. The signed text
 * comes out as Intel signed it. */
static void put_with_blanks(struct buf *out, struct bytes text)
{
    bool in_string = false;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        in_string ^= c == '"';
        buf_add_byte(out, c);
        if (!in_string && (c == ':' || c == ','))
            buf_add_text(out, " ");
    }
}

static void walk_real_tcb_info(const char *path, struct bytes content, void *context)
{
    struct signed_json document;
    struct error err = { 0 };
    struct record record;
    struct arena arena;
    struct buf text;

    (void)context;
    if (strstr(path, "reformatted") != NULL)
        return;
    arena_init(&arena, ROOM);
    assert_ok(signed_json_parse(content, &arena, &document, &err), err);
    buf_init(&text, ROOM);
    buf_add_text(&text,
                 "{\"platforms\":[],\"collaterals\":{\"version\":4,\"pck_certs\":[],"
                 "\"certificates\":{},\"tcbinfos\":[{\"sgx_tcbinfo\":");
    put_with_blanks(&text, content);
    buf_add_text(&text, "}]}}");
    assert_ok(walk(&record, buf_bytes(&text), 0, &err), err);
    if (bytes_find(buf_bytes(&record.lines), document.signed_text) == record.lines.len)
        fail_msg("%s: its bytes are not those that were signed", path);
    buf_fini(&record.lines);
    buf_fini(&text);
    arena_fini(&arena);
}

static void real_documents_come_out_as_they_were_signed(void **state)
{
    (void)state;
    assert_true(each_vector("vectors/intel/tcbinfo", ".json", walk_real_tcb_info, NULL)
                > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_is_walked_chains_first),
        cmocka_unit_test(each_order_of_members_is_well),
        cmocka_unit_test(the_names_of_version_3_are_known),
        cmocka_unit_test(an_identity_is_taken_in_each_form),
        cmocka_unit_test(an_odd_part_is_told_and_the_walk_goes_on),
        cmocka_unit_test(what_is_optional_may_be_null_or_empty_or_missing),
        cmocka_unit_test(what_is_no_bundle_is_refused_before_any_part),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(the_visitor_may_end_the_walk_at_any_part),
        cmocka_unit_test(a_crl_may_be_pem),
        cmocka_unit_test(a_crl_has_so_many_bytes),
        cmocka_unit_test(platforms_have_a_limit),
        cmocka_unit_test(real_documents_come_out_as_they_were_signed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
