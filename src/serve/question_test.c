/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/question.h"

#include <stdio.h>

#include "kit/test.h"
#include "kit/text.h"
#include "serve/question_uri.h"

#define V4 "/sgx/certification/v4/"
#define T4 "/tdx/certification/v4/"
#define THIM "/metadata/THIM"
#define CDN "https://certificates.trustedservices.intel.com/"
#define API "https://api.trustedservices.intel.com/sgx/certification/"

static const struct asker plain = { .bare_crl = CRL_FORM_HEX, .v3 = COMPAT_V3_SERVE };
static const struct asker metadata = { .has_metadata_header = true,
                                       .bare_crl = CRL_FORM_HEX,
                                       .v3 = COMPAT_V3_SERVE };

/* What is read stands until the next one is. */
static bool read_as(const char *target, const struct asker *asker, struct question *out,
                    struct error *err)
{
    static struct arena arena;

    arena_fini(&arena);
    arena_init(&arena, 64 * 1024);
    return question_read(bytes_of_text(target), asker, &arena, out, err);
}

static struct question must_read(const char *target, const struct asker *asker)
{
    struct question question;
    struct error err = { 0 };

    if (!read_as(target, asker, &question, &err))
        fail_msg("%s: %s", target, err.text);
    return question;
}

static void each_route_names_its_collateral(void **state)
{
    static const struct {
        const char *target, *key;
        enum number_choice choice;
        enum crl_form form;
        unsigned version;
    } cases[] = {
        { V4 "tcb?fmspc=00906EA10000", "tcb_info/sgx/v3/00906ea10000", CHOOSE_BASELINE, 0,
          4 },
        { V4 "tcb?fmspc=00906ea10000", "tcb_info/sgx/v3/00906ea10000", CHOOSE_BASELINE, 0,
          4 },
        { T4 "tcb?fmspc=00906EA10000", "tcb_info/tdx/v3/00906ea10000", CHOOSE_BASELINE, 0,
          4 },
        { V4 "tcb?fmspc=00906ea10000&update=standard", "tcb_info/sgx/v3/00906ea10000",
          CHOOSE_BASELINE, 0, 4 },
        { V4 "tcb?fmspc=00906ea10000&update=EARLY", "tcb_info/sgx/v3/00906ea10000",
          CHOOSE_EARLY, 0, 4 },
        { V4 "tcb?FMSPC=00906ea10000&tcbEvaluationDataNumber=17",
          "tcb_info/sgx/v3/00906ea10000/17", CHOOSE_NUMBER, 0, 4 },
        { "/sgx/certification/v3/tcb?fmspc=00906ea10000", "tcb_info/sgx/v3/00906ea10000",
          CHOOSE_BASELINE, 0, 3 },
        { "/sgx/certification/v2/tcb?fmspc=00906ea10000", "tcb_info/sgx/v3/00906ea10000",
          CHOOSE_BASELINE, 0, 2 },
        { V4 "qe/identity", "identity/qe", CHOOSE_BASELINE, 0, 4 },
        { V4 "qe/identity?update=early", "identity/qe", CHOOSE_EARLY, 0, 4 },
        { V4 "qe/identity?tcbEvaluationDataNumber=18", "identity/qe/18", CHOOSE_NUMBER, 0,
          4 },
        { T4 "qe/identity", "identity/td_qe", CHOOSE_BASELINE, 0, 4 },
        { V4 "qve/identity", "identity/qve", CHOOSE_BASELINE, 0, 4 },
        { V4 "qae/identity", "identity/qae", CHOOSE_BASELINE, 0, 4 },
        { "/sgx/certification/v3/qae/identity", "identity/qae", CHOOSE_BASELINE, 0, 3 },
        { V4 "pckcrl?ca=processor", "pck_crl/processor", 0, CRL_FORM_HEX, 4 },
        { V4 "pckcrl?ca=PLATFORM", "pck_crl/platform", 0, CRL_FORM_HEX, 4 },
        { V4 "pckcrl?ca=platform&encoding=der", "pck_crl/platform", 0, CRL_FORM_DER, 4 },
        { V4 "pckcrl?ca=platform&encoding=PEM", "pck_crl/platform", 0, CRL_FORM_PEM, 4 },
        { V4 "rootcacrl", "root_crl", 0, CRL_FORM_HEX, 4 },
        { V4 "rootcacrl?encoding=der", "root_crl", 0, CRL_FORM_DER, 4 },
        { V4 "crl?uri=" CDN "IntelSGXRootCA.der", "root_crl", 0, CRL_FORM_DER, 4 },
        { V4 "crl?uri=" API "v4/pckcrl?ca=processor", "pck_crl/processor", 0,
          CRL_FORM_DER, 4 },
        { "/IntelSGXRootCA.der", "root_crl", 0, CRL_FORM_DER, 4 },
        { "/IntelSGXRootCA.crl", "root_crl", 0, CRL_FORM_PEM, 4 },
        { V4 "tcbevaluationdatanumbers", "evaluation_numbers/sgx", 0, 0, 4 },
        { T4 "tcbevaluationdatanumbers", "evaluation_numbers/tdx", 0, 0, 4 },
        /* as PCCS's routes: any case, one slash at the end */
        { "/SGX/Certification/V4/QE/Identity/", "identity/qe", CHOOSE_BASELINE, 0, 4 },
        /* a collateral service below another path */
        { "/other" V4 "qe/identity", "identity/qe", CHOOSE_BASELINE, 0, 4 },
        { "/a/b/c/d" V4 "qe/identity", "identity/qe", CHOOSE_BASELINE, 0, 4 },
        { "/other/IntelSGXRootCA.der", "root_crl", 0, CRL_FORM_DER, 4 },
        /* unknown parameters, and those of other routes, are ignored */
        { V4 "rootcacrl?update=nonsense&x=1&fmspc=zz", "root_crl", 0, CRL_FORM_HEX, 4 },
        { V4 "tcb?fmspc=00906ea10000&encrypted_ppid=&ca=moon",
          "tcb_info/sgx/v3/00906ea10000", CHOOSE_BASELINE, 0, 4 },
        /* twice the same is once */
        { V4 "pckcrl?ca=platform&ca=platform", "pck_crl/platform", 0, CRL_FORM_HEX, 4 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct question q = must_read(cases[i].target, &plain);
        if (q.kind != ASK_COLLATERAL
            || strcmp(collateral_key_text(&q.key).s, cases[i].key) != 0
            || q.choice != cases[i].choice || q.crl_form != cases[i].form
            || q.api_version != cases[i].version || q.azure_shape)
            fail_msg("%s: %d %s %d %d v%u", cases[i].target, (int)q.kind,
                     collateral_key_text(&q.key).s, (int)q.choice, (int)q.crl_form,
                     q.api_version);
    }
}

/* Each of these has PEM as its form: clientid, api-version, the metadata path, or uri=
 * with pckcrl. */
static void azure_shapes_name_their_crl_and_get_pem(void **state)
{
#define ONCE_CDN "https%3A%2F%2Fcertificates.trustedservices.intel.com%2F"
#define TWICE_CDN "https%253a%252f%252fcertificates.trustedservices.intel.com%252f"
#define ONCE_API "https%3A%2F%2Fapi.trustedservices.intel.com%2Fsgx%2Fcertification%2F"
    static const struct {
        const char *target, *key;
    } cases[] = {
        { V4 "pckcrl?ca=processor&clientid=c", "pck_crl/processor" },
        { V4 "rootcacrl?clientid=c", "root_crl" },
        { V4 "rootcacrl?api-version=2020-02-12-preview", "root_crl" },
        { "/sgx/certificates/pckcrl?uri=" CDN "intelsgxrootca.crl", "root_crl" },
        { "/sgx/certificates/pckcrl?uri=" ONCE_CDN "IntelSGXPCKProcessor.crl",
          "pck_crl/processor" },
        { "/sgx/certificates/pckcrl?uri=" TWICE_CDN "intelsgxpckplatform.der",
          "pck_crl/platform" },
        { "/sgx/certification/v2/pckcrl?uri=" TWICE_CDN "intelsgxpckprocessor.crl",
          "pck_crl/processor" },
        { "/sgx/certification/v3/pckcrl?uri=" TWICE_CDN "intelsgxrootca.crl",
          "root_crl" },
        { V4 "pckcrl?uri=" ONCE_API "v1%2Fpckcrl%3Fca%3Dprocessor", "pck_crl/processor" },
        { V4 "pckcrl?uri=" ONCE_API "v3%2Fpckcrl%3Fca%3Dplatform%26encoding%3Dpem",
          "pck_crl/platform" },
        { V4 "pckcrl?uri="
             "https%253A%252F%252Fapi.trustedservices.intel.com%252Fsgx%252F"
             "certification%252Fv4%252Fpckcrl%253Fca%253Dplatform%2526encoding%253Dpem",
          "pck_crl/platform" },
        { V4 "pckcrl?uri=" API "v3/pckcrl?ca=platform&encoding=pem", "pck_crl/platform" },
        { V4 "pckcrl?uri=https://sbx-certificates.trustedservices.intel.com/"
             "IntelSGXRootCA.der",
          "root_crl" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct question q = must_read(cases[i].target, &plain);
        if (q.kind != ASK_COLLATERAL || q.crl_form != CRL_FORM_PEM
            || strcmp(collateral_key_text(&q.key).s, cases[i].key) != 0)
            fail_msg("%s: %s in form %d", cases[i].target, collateral_key_text(&q.key).s,
                     (int)q.crl_form);
    }
    /* its own encoding speaks before the shape */
    assert_int_equal(
        must_read(V4 "pckcrl?ca=processor&encoding=der&clientid=c", &plain).crl_form,
        CRL_FORM_DER);
    assert_int_equal(must_read(V4 "crl?uri=" ONCE_API
                                  "v3%2Fpckcrl%3Fca%3Dplatform%26encoding%3Dpem",
                               &plain)
                         .crl_form,
                     CRL_FORM_PEM);
}

static void metadata_path_has_the_same_routes_behind_its_header(void **state)
{
    static const struct {
        const char *target, *key;
        unsigned version;
    } cases[] = {
        { THIM V4 "tcb?fmspc=00806f050000", "tcb_info/sgx/v3/00806f050000", 4 },
        { THIM T4 "tcb?fmspc=00806f050000", "tcb_info/tdx/v3/00806f050000", 4 },
        { "/Metadata/Thim/sgx/certification/v2/qe/identity", "identity/qe", 2 },
        { THIM "/sgx/certification/v3/pckcrl?ca=platform", "pck_crl/platform", 3 },
        { THIM "/sgx/certificates/pckcrl?uri=" CDN "intelsgxrootca.crl", "root_crl", 4 },
    };
    struct question q;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        q = must_read(cases[i].target, &metadata);
        if (q.kind != ASK_COLLATERAL || !q.azure_shape
            || q.api_version != cases[i].version
            || strcmp(collateral_key_text(&q.key).s, cases[i].key) != 0)
            fail_msg("%s: %s v%u", cases[i].target, collateral_key_text(&q.key).s,
                     q.api_version);
        assert_false(read_as(cases[i].target, &plain, &q, &err));
        assert_refused(err, ERROR_FORMAT, "\"Metadata: true\" is missing");
    }
    assert_int_equal(must_read(THIM V4 "rootcacrl", &metadata).crl_form, CRL_FORM_PEM);
}

static void other_paths_are_unknown(void **state)
{
    static const char *const targets[] = {
        "/",
        "/favicon.ico",
        "/sgx",
        "/sgx/certification",
        "/sgx/certification/v4",
        "/sgx/certification/v4/",
        "/sgx/certification/v4/nonsense",
        "/sgx/certification/v4/tcb/more",
        "/sgx/certification/v4/qe",
        "/sgx/certification/v4/identity",
        "/sgx/certification/v4//tcb?fmspc=00906ea10000",
        "/sgx/certification/v4/tcb//?fmspc=00906ea10000",
        "/sgx/certification/v1/tcb?fmspc=00906ea10000",
        "/sgx/certification/v5/tcb?fmspc=00906ea10000",
        "/sgx/certification/v44/tcb?fmspc=00906ea10000",
        "/sgx/certification/tcb?fmspc=00906ea10000",
        "/sgx/certification/v4pckcrl?ca=platform",
        "/tdx/certification/v4/pckcert?qeid=00",
        "/tdx/certification/v4/platforms",
        "/sgx/registration/v2/platform",
        "/sgx/registration/v1",
        "/sgx/registration/v1/platforms",
        "/metadata/THIM/sgx/registration/v1/platform",
        "/sgx/certificates/tcb?fmspc=00906ea10000",
        "/tdx/certification/v3/tcb?fmspc=00906ea10000",
        "/tdx/certification/v4/pckcrl?ca=platform",
        "/tdx/certification/v4/rootcacrl",
        "/tdx/certification/v4/qve/identity",
        "/tdx/certification/v4/fmspcs",
        ("/tdx/certificates/pckcrl?uri=" CDN "intelsgxrootca.crl"),
        "/metadata/THIM/IntelSGXRootCA.der",
        "/IntelSGXRootCA.pem",
        "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(targets); i++)
        if (must_read(targets[i], &metadata).kind != ASK_ROUTE_UNKNOWN)
            fail_msg("%s has a route", targets[i]);
}

static void what_stands_in_front_is_not_mistaken_for_nothing(void **state)
{
    static const char *const fronts[] = {
        "/other/baseline/steady",
        "/metadata",
        "/metadata/THIM/other",
        "/other/metadata/THIM",
        "/thim/v1",
        "/sgx",
        "/a/b/c/d/e",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(fronts); i++) {
        char target[128];
        snprintf(target, sizeof target, "%s" V4 "qe/identity", fronts[i]);
        if (must_read(target, &metadata).kind != ASK_ROUTE_UNKNOWN)
            fail_msg("%s has a route", target);
    }
}

static void routes_of_the_registry_are_told_apart(void **state)
{
    static const struct {
        const char *target;
        enum registry_route route;
    } cases[] = {
        { V4 "pckcerts?encrypted_ppid=00&pceid=0000", REGISTRY_PCK_CERTS },
        { V4 "appraisalpolicy?fmspc=00906EA10000", REGISTRY_POLICY },
        { "/other" V4 "platforms?source=reg", REGISTRY_PLATFORMS },
        { "/sgx/certification/v3/PlatformCollateral", REGISTRY_BUNDLE },
        { V4 "refresh?type=certs&fmspc=all", REGISTRY_REFRESH },
        { "/sgx/registration/v1/platform", REGISTRY_RELAY_PLATFORM },
        { "/sgx/registration/v1/package/", REGISTRY_RELAY_PACKAGE },
    };
    static const struct asker gone = { .v3 = COMPAT_V3_GONE };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct question q = must_read(cases[i].target, &plain);
        if (q.kind != ASK_REGISTRY || q.route != cases[i].route)
            fail_msg("%s: kind %d, route %d", cases[i].target, (int)q.kind, (int)q.route);
        assert_int_equal(must_read(cases[i].target, &gone).kind, ASK_REGISTRY);
    }
}

static void malformed_requests_are_refused_by_name(void **state)
{
    static const struct {
        const char *target, *part;
    } cases[] = {
        { V4 "tcb", "parameter fmspc is missing" },
        { V4 "tcb?fmspc=", "parameter fmspc is \"\", expected 12 hex digits" },
        { V4 "tcb?fmspc=00906ea1000", "expected 12 hex digits" },
        { V4 "tcb?fmspc=00906ea100000", "expected 12 hex digits" },
        { V4 "tcb?fmspc=00906ea1000g", "expected 12 hex digits" },
        { V4 "tcb?fmspc=00906ea10000&fmspc=00906ea10001", "fmspc\" comes twice" },
        { V4 "tcb?fmspc=00906ea10000&update=late", "expected standard or early" },
        { V4 "tcb?fmspc=00906ea10000&update=", "expected standard or early" },
        { V4 "tcb?fmspc=00906ea10000&update=early&UPDATE=standard", "comes twice" },
        { V4 "tcb?fmspc=00906ea10000&tcbEvaluationDataNumber=0", "a number from 1" },
        { V4 "tcb?fmspc=00906ea10000&tcbEvaluationDataNumber=017", "a number from 1" },
        { V4 "tcb?fmspc=00906ea10000&tcbEvaluationDataNumber=4294967296",
          "a number from 1" },
        { V4 "qe/identity?tcbEvaluationDataNumber=+17", "a number from 1" },
        { V4 "tcb?fmspc=00906ea10000&update=early&tcbEvaluationDataNumber=17",
          "exclude each other" },
        { V4 "pckcrl", "parameter ca is missing" },
        { V4 "pckcrl?ca=root",
          "parameter ca is \"root\", expected processor or platform" },
        { V4 "pckcrl?ca=platform&encoding=hex", "expected der or pem" },
        { V4 "pckcrl?ca=platform&uri=" CDN "intelsgxrootca.crl", "exclude each other" },
        { V4 "crl", "parameter uri is missing" },
        { V4 "crl?uri=", "names no CRL" },
        { V4 "crl?uri=IntelSGXRootCA.der", "names no CRL" },
        { V4 "crl?uri=ftp://certificates.trustedservices.intel.com/IntelSGXRootCA.der",
          "names no CRL" },
        { V4 "crl?uri=https://evil.example/IntelSGXRootCA.der", "names no CRL" },
        { V4 "crl?uri=https://evil.example/x.certificates.trustedservices.intel.com/"
             "IntelSGXRootCA.der",
          "names no CRL" },
        { V4 "crl?uri=https://evil@certificates.trustedservices.intel.com/"
             "IntelSGXRootCA.der",
          "names no CRL" },
        { V4 "crl?uri=https://certificates.trustedservices.intel.com:80/"
             "IntelSGXRootCA.der",
          "names no CRL" },
        { V4 "crl?uri=" CDN "IntelSGXRootCA.pem", "names no CRL" },
        { V4 "crl?uri=" CDN "x/IntelSGXRootCA.der", "names no CRL" },
        { V4 "crl?uri=" CDN "IntelSGXRootCB.der", "names no CRL" },
        { V4 "crl?uri=" API "v4/pckcrl?ca=moon", "names no CRL" },
        { V4 "crl?uri=" API "v4/pckcrl", "names no CRL" },
        { V4 "crl?uri=" API "v44/pckcrl?ca=platform", "names no CRL" },
        { V4 "crl?uri=" API "v4/tcb?ca=platform", "names no CRL" },
        { V4 "crl?uri=%25zz", "parameter uri: bad percent-escape" },
        /* three times encoded is twice decoded, and no further */
        { V4 "crl?uri=https%25253A%25252F%25252Fcertificates.trustedservices.intel.com"
             "%25252FIntelSGXRootCA.der",
          "names no CRL" },
        { V4 "fmspcs?platform=E7", "expected all, client, E3 or E5" },
        { V4 "tcb?fmspc=%zz", "bad percent-escape" },
        { V4 "../v4/tcb?fmspc=00906ea10000", "segment \"..\"" },
        { "http://host" V4 "tcb?fmspc=00906ea10000", "does not begin with" },
        { "*", "does not begin with" },
        { "", "does not begin with" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct question q;
        struct error err = { 0 };
        if (read_as(cases[i].target, &plain, &q, &err))
            fail_msg("%s was taken", cases[i].target);
        if (err.kind != ERROR_FORMAT || strstr(err.text, cases[i].part) == NULL)
            fail_msg("%s: %s \"%s\"", cases[i].target, error_kind_name(err.kind),
                     err.text);
    }
}

static void what_is_too_long_is_a_limit(void **state)
{
    char target[HTTP_TARGET_MAX + 2];
    struct question q;
    struct error err = { 0 };

    (void)state;
    memset(target, 'a', sizeof target - 1);
    target[sizeof target - 1] = 0;
    target[0] = '/';
    assert_false(read_as(target, &plain, &q, &err));
    assert_refused(err, ERROR_LIMIT, "request target of 8193 bytes");

    memcpy(target, V4 "crl?uri=", sizeof V4 "crl?uri=" - 1);
    target[2048 + sizeof V4 "crl?uri="] = 0;
    assert_false(read_as(target, &plain, &q, &err));
    assert_refused(err, ERROR_LIMIT, "parameter uri has 2049 bytes");
}

static void lists_of_fmspcs_are_asked_by_platform(void **state)
{
    static const struct {
        const char *target;
        enum fmspc_platform platform;
    } cases[] = {
        { V4 "fmspcs", 0 },
        { V4 "fmspcs?platform=all", 0 },
        { V4 "fmspcs?platform=Client", FMSPC_CLIENT },
        { V4 "fmspcs?platform=E3", FMSPC_E3 },
        { V4 "fmspcs?platform=e5", FMSPC_E5 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct question q = must_read(cases[i].target, &plain);
        assert_int_equal(q.kind, ASK_FMSPCS);
        assert_int_equal(q.platform, cases[i].platform);
    }
}

static void older_versions_are_gone_where_the_operator_says_so(void **state)
{
    static const struct asker strict = { .bare_crl = CRL_FORM_PEM, .v3 = COMPAT_V3_GONE };
    struct question q;

    (void)state;
    q = must_read("/sgx/certification/v3/tcb?fmspc=00906ea10000", &strict);
    assert_int_equal(q.kind, ASK_GONE);
    assert_int_equal(q.key.kind, COLLATERAL_TCB_INFO);
    assert_int_equal(must_read("/sgx/certification/v2/rootcacrl", &strict).kind,
                     ASK_GONE);
    assert_int_equal(must_read("/sgx/certification/v3/fmspcs", &strict).kind, ASK_GONE);
    assert_int_equal(must_read(V4 "fmspcs", &strict).kind, ASK_FMSPCS);
    q = must_read(V4 "rootcacrl", &strict);
    assert_int_equal(q.kind, ASK_COLLATERAL);
    assert_int_equal(q.crl_form, CRL_FORM_PEM); /* the configuration's bare form */
}

/* The texts are those that Azure's client and QPL put on the wire. */
static void custom_parameter_chooses_a_number(void **state)
{
#define NUMBER_14 "dGNiRXZhbHVhdGlvbkRhdGFOdW1iZXI9MTQ7cmVnaW9uPXVzIGNlbnRyYWw"
    static const struct {
        const char *claim, *query, *part; /* part: of the refusal; NULL: number 14 */
    } cases[] = {
        { "raw, with the zero at its end", "customParameter=" NUMBER_14 "A", NULL },
        { "escaped padding", "customParameter=" NUMBER_14 "%3D", NULL },
        { "raw padding", "customParameter=" NUMBER_14 "=", NULL },
        { "beside update", "update=standard&customParameter=" NUMBER_14 "A", NULL },
        { "beside the same number",
          "tcbEvaluationDataNumber=14&customParameter=" NUMBER_14 "A", NULL },
        { "beside another number, which counts",
          "tcbEvaluationDataNumber=14&customParameter="
          "dGNiRXZhbHVhdGlvbkRhdGFOdW1iZXI9MTU=",
          NULL },
        { "the pairs themselves",
          "customParameter=tcbEvaluationDataNumber%3D14%3Bregion"
          "%3Dx",
          NULL },
        { "the pairs, one of them unknown", "customParameter=colour%3Dblue%3Bregion%3Dx",
          "unknown key \"colour\"" },
        { "a key misspelt", "customParameter=dGNiRXZhbHVhdGlvbkRhdGFOdW09MTEA",
          "unknown key \"tcbEvaluationDataNum\"" },
        { "not base64", "customParameter=%21", "is not base64" },
        { "URL-safe base64", "customParameter=-_-_", "is not base64" },
        { "number 0", "customParameter=dGNiRXZhbHVhdGlvbkRhdGFOdW1iZXI9MA==",
          "expected a number from 1" },
        { "two numbers",
          "customParameter=dGNiRXZhbHVhdGlvbkRhdGFOdW1iZXI9MTQ7"
          "dGNiRXZhbHVhdGlvbkRhdGFOdW1iZXI9MTU=",
          "comes twice" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char target[256];
        struct question q;
        struct error err = { 0 };
        snprintf(target, sizeof target, V4 "qe/identity?%s", cases[i].query);
        bool read = read_as(target, &plain, &q, &err);
        if (cases[i].part == NULL
                ? !read || q.choice != CHOOSE_NUMBER || q.key.evaluation_data_number != 14
                : read || strstr(err.text, cases[i].part) == NULL)
            fail_msg("%s: number %u, \"%s\"", cases[i].claim,
                     (unsigned)q.key.evaluation_data_number, err.text);
    }
    /* a region alone changes nothing; on CRLs nothing is looked at */
    assert_int_equal(
        must_read(V4 "qe/identity?customParameter=cmVnaW9uPXg=", &plain).choice,
        CHOOSE_BASELINE);
    assert_int_equal(must_read(V4 "rootcacrl?customParameter=%21", &plain).key.kind,
                     COLLATERAL_ROOT_CRL);
}

static void a_baseline_is_named_by_header_or_path(void **state)
{
    static const struct {
        const char *target, *header;
        const char *baseline; /* NULL: none is named */
        enum baseline_source source;
        enum question_kind kind;
    } cases[] = {
        { V4 "qe/identity", NULL, NULL, 0, ASK_COLLATERAL },
        { V4 "qe/identity", "canary", "canary", BASELINE_BY_HEADER, ASK_COLLATERAL },
        { "/baseline/canary" V4 "qe/identity", NULL, "canary", BASELINE_BY_PATH,
          ASK_COLLATERAL },
        { "/Baseline/canary" T4 "qe/identity", NULL, "canary", BASELINE_BY_PATH,
          ASK_COLLATERAL },
        { "/baseline/canary/other" V4 "rootcacrl", NULL, "canary", BASELINE_BY_PATH,
          ASK_COLLATERAL },
        { "/baseline/canary/IntelSGXRootCA.der", NULL, "canary", BASELINE_BY_PATH,
          ASK_COLLATERAL },
        { "/baseline/canary" V4 "qe/identity", "steady", "steady", BASELINE_BY_HEADER,
          ASK_COLLATERAL },
        /* no name, no route, or one in the wrong place: never just any prefix */
        { "/baseline" V4 "qe/identity", NULL, NULL, 0, ASK_ROUTE_UNKNOWN },
        { "/baseline//sgx/certification/v4/qe/identity", NULL, NULL, 0,
          ASK_ROUTE_UNKNOWN },
        { "/other/baseline/canary" V4 "qe/identity", NULL, NULL, 0, ASK_ROUTE_UNKNOWN },
        { "/baseline/a/baseline/b" V4 "qe/identity", NULL, NULL, 0, ASK_ROUTE_UNKNOWN },
        { "/baseline/canary", NULL, NULL, 0, ASK_ROUTE_UNKNOWN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct asker asker = plain;
        asker.baseline = cases[i].header; /* and the name lies where the request does */
        struct question q;
        struct arena arena;
        struct error err = { 0 };
        arena_init(&arena, 64 * 1024);
        assert_ok(question_read(bytes_of_text(cases[i].target), &asker, &arena, &q, &err),
                  err);
        bool is_named = cases[i].baseline != NULL;
        if (q.kind != cases[i].kind || q.baseline_source != cases[i].source
            || (is_named ? !bytes_equal_text(q.baseline, cases[i].baseline)
                         : q.baseline.len != 0))
            fail_msg("%s: kind %d, source %d, \"%s\"", cases[i].target, (int)q.kind,
                     (int)q.baseline_source, safe(q.baseline).s);
        arena_fini(&arena);
    }
}

static void small_requests_are_read_in_lent_memory(void **state)
{
    _Alignas(max_align_t) uint8_t storage[4096];
    struct arena arena;
    struct question q;
    struct error err = { 0 };

    (void)state;
    arena_init_over(&arena, storage, sizeof storage, 64 * 1024);
    assert_ok(question_read(bytes_of_text(V4 "pckcrl?uri=" TWICE_CDN
                                             "intelsgxpckprocessor.crl&clientid=c"),
                            &plain, &arena, &q, &err),
              err);
    assert_ptr_equal(arena.newest, storage);
    arena_fini(&arena);
}

/* ---- what the real clients sent ------------------------------------------------- */

struct expected {
    char key[COLLATERAL_KEY_TEXT_MAX];
    enum number_choice choice;
    enum crl_form form;
};

/* What the real client needs, told from the line by its letters alone (clients: A2, A3,
 * B2, B3). */
static struct expected expect(const char *line)
{
    struct expected e = { .choice = CHOOSE_BASELINE };
    const char *fmspc = strstr(line, "fmspc=");
    const char *tee = strstr(line, "/tdx/") != NULL ? "tdx" : "sgx";

    if (strstr(line, "/tcb?") != NULL) {
        struct hex_text low;
        uint8_t raw[6];
        assert_true(fmspc != NULL && hex_read(bytes_of(fmspc + 6, 12), raw, 6));
        low = hex(raw, 6);
        snprintf(e.key, sizeof e.key, "tcb_info/%s/v3/%.12s", tee, low.s);
    } else if (strstr(line, "/qve/identity") != NULL) {
        snprintf(e.key, sizeof e.key, "identity/qve");
    } else if (strstr(line, "/qe/identity") != NULL) {
        snprintf(e.key, sizeof e.key, "identity/%s", tee[0] == 't' ? "td_qe" : "qe");
    } else {
        bool is_root = strstr(line, "rootca") != NULL || strstr(line, "RootCA") != NULL;
        bool is_platform = strstr(line, "platform") != NULL;
        snprintf(e.key, sizeof e.key, "%s",
                 is_root       ? "root_crl"
                 : is_platform ? "pck_crl/platform"
                               : "pck_crl/processor");
        e.choice = 0;
        e.form =
            strstr(line, "clientid=") != NULL ? CRL_FORM_PEM
            : strstr(line, "encoding=der") != NULL || strstr(line, "/crl?uri") != NULL
                ? CRL_FORM_DER
                : CRL_FORM_HEX;
    }
    if (strstr(line, "update=early") != NULL)
        e.choice = CHOOSE_EARLY;
    return e;
}

static void check_line(char *line)
{
    char *space = strchr(line + 4, ' ');

    assert_non_null(space);
    *space = 0;
    struct expected e = expect(line);
    struct question q = must_read(line + 4, &plain);
    if (q.kind != ASK_COLLATERAL || strcmp(collateral_key_text(&q.key).s, e.key) != 0
        || q.choice != e.choice || q.crl_form != e.form)
        fail_msg("%s: %s, choice %d, form %d; expected %s, %d, %d", line,
                 collateral_key_text(&q.key).s, (int)q.choice, (int)q.crl_form, e.key,
                 (int)e.choice, (int)e.form);
}

static size_t check_recording(const char *name)
{
    struct buf recording = test_shared_file(name);
    size_t checked = 0;

    for (char *rest = (char *)recording.at, *line;
         (line = strsep(&rest, "\n")) != NULL;) {
        if (strncmp(line, "GET ", 4) != 0 || strstr(line, "customParameter") != NULL
            || strstr(line, "/pckcert?") != NULL || strstr(line, "appraisal") != NULL)
            continue;
        check_line(line);
        checked++;
    }
    buf_fini(&recording);
    return checked;
}

static void recorded_requests_are_understood(void **state)
{
    (void)state;
    if (test_shared("vectors/requests") == NULL) {
        print_message("the shared vectors are not there\n");
        skip();
        return;
    }
    assert_true(check_recording("vectors/requests/intel-qpl-1.13.110.txt") >= 35);
    assert_true(check_recording("vectors/requests/azure-dcap-client-1.13.1.txt") >= 20);
}

static void verify_is_asked_under_a_law_like_collateral(void **state)
{
    static const struct {
        const char *target;
        enum question_kind kind;
        enum number_choice choice;
        uint32_t number;
        const char *baseline;
    } cases[] = {
        { "/thim/v1/verify", ASK_VERIFY, CHOOSE_BASELINE, 0, "" },
        { "/thim/v1/verify?update=early", ASK_VERIFY, CHOOSE_EARLY, 0, "" },
        { "/thim/v1/verify?tcbEvaluationDataNumber=17", ASK_VERIFY, CHOOSE_NUMBER, 17,
          "" },
        { "/baseline/canary/thim/v1/verify", ASK_VERIFY, CHOOSE_BASELINE, 0, "canary" },
        /* ours, and not a client's that has a path of its own in front */
        { "/other/thim/v1/verify", ASK_ROUTE_UNKNOWN, 0, 0, "" },
        { "/metadata/THIM/thim/v1/verify", ASK_ROUTE_UNKNOWN, 0, 0, "" },
        { "/thim/v1/verify/more", ASK_ROUTE_UNKNOWN, 0, 0, "" },
        { "/thim/v2/verify", ASK_ROUTE_UNKNOWN, 0, 0, "" },
    };
    struct question q;
    struct error err = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        q = must_read(cases[i].target, &plain);
        if (q.kind != cases[i].kind || q.choice != cases[i].choice
            || q.key.evaluation_data_number != cases[i].number
            || !bytes_equal_text(q.baseline, cases[i].baseline))
            fail_msg("%s: kind %d, choice %d, number %u", cases[i].target, (int)q.kind,
                     (int)q.choice, q.key.evaluation_data_number);
    }
    assert_false(read_as("/thim/v1/verify?tcbEvaluationDataNumber=0", &plain, &q, &err));
    assert_refused(err, ERROR_FORMAT, "tcbEvaluationDataNumber is \"0\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_route_names_its_collateral),
        cmocka_unit_test(azure_shapes_name_their_crl_and_get_pem),
        cmocka_unit_test(metadata_path_has_the_same_routes_behind_its_header),
        cmocka_unit_test(other_paths_are_unknown),
        cmocka_unit_test(what_stands_in_front_is_not_mistaken_for_nothing),
        cmocka_unit_test(routes_of_the_registry_are_told_apart),
        cmocka_unit_test(malformed_requests_are_refused_by_name),
        cmocka_unit_test(what_is_too_long_is_a_limit),
        cmocka_unit_test(lists_of_fmspcs_are_asked_by_platform),
        cmocka_unit_test(older_versions_are_gone_where_the_operator_says_so),
        cmocka_unit_test(custom_parameter_chooses_a_number),
        cmocka_unit_test(a_baseline_is_named_by_header_or_path),
        cmocka_unit_test(small_requests_are_read_in_lent_memory),
        cmocka_unit_test(verify_is_asked_under_a_law_like_collateral),
        cmocka_unit_test(recorded_requests_are_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
