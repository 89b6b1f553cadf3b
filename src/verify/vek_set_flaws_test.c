/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody brings for a Milan's reports, wrong in one thing before anybody signed
 * it: what a report that needs it comes to, and that a list harms no VCEK. */
#include "kit/test.h"
#include "verify/test_reports.h"
#include "verify/vek_set.h"

#define CEILING ((size_t)1 << 20)

struct plan {
    struct test_amd_certificate vek, issuer, root;
    struct amd_entry entries[AMD_ENTRIES_MAX]; /* the VCEK's extensions */
    struct test_amd_crl list;
};

static struct plan plan_plain(void)
{
    struct plan plan = { .vek = test_vcek(),
                         .issuer = test_amd_ask(),
                         .root = test_ark(),
                         .list = test_milan_crl() };

    memcpy(plan.entries, milan_vcek, sizeof plan.entries);
    return plan;
}

static struct vek_set *bring(struct plan *plan, const struct trust *trust)
{
    struct buf issuer = test_amd_make(&plan->issuer), root = test_amd_make(&plan->root);
    const struct der_chain ders = { { buf_bytes(&issuer), buf_bytes(&root) }, 2 };
    struct vek_set *set = NULL;
    struct error err = { 0 };
    struct buf chain;

    plan->vek.amd = plan->entries;
    struct buf vek = test_amd_make(&plan->vek), list = test_amd_crl_make(&plan->list);
    buf_init(&chain, CEILING);
    pem_chain_write(&chain, &ders);
    const struct vek_texts texts = { buf_bytes(&vek), buf_bytes(&chain),
                                     buf_bytes(&list) };
    assert_ok(vek_set_make(&texts, trust, &set, &err), err);
    struct buf *all[] = { &issuer, &root, &vek, &list, &chain };
    for (size_t i = 0; i < COUNT_OF(all); i++)
        buf_fini(all[i]);
    return set;
}

static void judge(const struct vek_set *set, const struct trust *trust,
                  struct verdict *verdict)
{
    const struct report_law law = { .source = vek_set_source(set),
                                    .trust = trust,
                                    .now_s = TEST_AMD_NOW_S };
    struct test_report report = test_report_milan();

    report_verify(bytes_of(report.at, SNP_REPORT_LEN), &law, NULL, verdict);
    verdict->amd.report = (struct snp_report){ 0 }; /* its bytes go with this call */
}

/* ---- the VCEK ---------------------------------------------------------------------- */

static void as_it_is(struct plan *plan)
{
    (void)plan;
}

static void no_extensions(struct plan *plan)
{
    memset(plan->entries, 0, sizeof plan->entries);
}

static void no_snp_spl(struct plan *plan)
{
    amd_entry_edit(plan->entries, LITERAL_BYTES("\x03\x03"), bytes_of(NULL, 0));
}

static void a_chip_and_a_provider(struct plan *plan)
{
    amd_entry_edit(plan->entries, LITERAL_BYTES("\x05"), LITERAL_BYTES("\x16\x02me"));
}

static void a_provider(struct plan *plan)
{
    amd_entry_edit(plan->entries, LITERAL_BYTES("\x04"), bytes_of(NULL, 0));
    a_chip_and_a_provider(plan);
}

static void another_product(struct plan *plan)
{
    amd_entry_edit(plan->entries, LITERAL_BYTES("\x02"), LITERAL_BYTES("\x16\x05Genoa"));
}

static void something_critical(struct plan *plan)
{
    plan->vek.unknown_critical = true;
}

static void another_curve(struct plan *plan)
{
    plan->vek.key = TEST_P256_KEY;
}

static void signed_by_the_ark(struct plan *plan)
{
    plan->vek.signer = TEST_ARK_KEY;
}

static void another_issuers_name(struct plan *plan)
{
    plan->vek.issuer_name = "SEV-Genoa";
}

/* ---- its chain --------------------------------------------------------------------- */

static void signed_by_genoas_ark(struct plan *plan)
{
    plan->issuer.signer = TEST_OTHER_KEY; /* which is trusted, too */
}

static void a_foreign_root(struct plan *plan)
{
    plan->root.key = plan->root.signer = plan->issuer.signer = TEST_ASK_KEY;
}

static void genoas_root(struct plan *plan)
{
    plan->issuer.issuer_name = "ARK-Genoa";
    plan->issuer.signer = TEST_OTHER_KEY;
    plan->root = test_genoa_ark();
}

/* ---- the list ---------------------------------------------------------------------- */

static void a_list_of_genoas_ark(struct plan *plan)
{
    plan->list.issuer_name = "ARK-Genoa";
    plan->list.signer = TEST_OTHER_KEY;
}

static void a_list_signed_by_it(struct plan *plan)
{
    plan->list.signer = TEST_OTHER_KEY;
}

static void a_list_of_the_ask(struct plan *plan)
{
    plan->list.issuer_name = "SEV-Milan";
    plan->list.signer = TEST_ASK_KEY;
}

/* ---- claims ------------------------------------------------------------------------ */

static void whoever_is_wrong_in_one_thing_is_refused_for_it(void **state)
{
    static const struct {
        const char *claim;
        void (*edit)(struct plan *plan);
        enum verify_check check;
        const char *part;
    } cases[] = {
        { "as it is", as_it_is, CHECK_PASSED, "" },
        { "no extensions", no_extensions, CHECK_VEK_INVALID,
          "no VCEK or VLEK: none of AMD's extensions" },
        { "no snpSPL", no_snp_spl, CHECK_VEK_INVALID,
          "no VCEK or VLEK: AMD's extensions: snpSPL" },
        { "chip and provider", a_chip_and_a_provider, CHECK_VEK_INVALID,
          "hwID and cspID are both there" },
        { "a VLEK by the ASK", a_provider, CHECK_VEK_CHAIN_UNTRUSTED,
          "common name is \"SEV-Milan\", expected SEV-VLEK-Milan" },
        { "a Genoa's by Milan's", another_product, CHECK_VEK_CHAIN_UNTRUSTED,
          "common name is \"ARK-Milan\", expected ARK-Genoa" },
        { "a critical extension", something_critical, CHECK_VEK_INVALID,
          "VCEK of Milan: unknown critical extension" },
        { "P-256", another_curve, CHECK_VEK_CHAIN_UNTRUSTED,
          "key is not a point on P-384" },
        { "signed by the ARK", signed_by_the_ark, CHECK_VEK_CHAIN_UNTRUSTED,
          "signature by \"SEV-Milan\"" },
        { "another issuer's name", another_issuers_name, CHECK_VEK_CHAIN_UNTRUSTED,
          "its issuer \"SEV-Genoa\" and the ARK, was not given" },
        { "an ASK by Genoa's ARK", signed_by_genoas_ark, CHECK_VEK_CHAIN_UNTRUSTED,
          "signature by \"ARK-Milan\"" },
        { "an ARK of the right name", a_foreign_root, CHECK_VEK_CHAIN_UNTRUSTED,
          "no trusted root has its key" },
        { "Genoa's ARK above it all", genoas_root, CHECK_VEK_CHAIN_UNTRUSTED,
          "common name is \"ARK-Genoa\", expected ARK-Milan" },
        { "Genoa's list", a_list_of_genoas_ark, CHECK_AMD_CRL_INVALID,
          "CRL's issuer \"ARK-Genoa\" is not \"ARK-Milan\"" },
        { "a list by Genoa's key", a_list_signed_by_it, CHECK_AMD_CRL_INVALID,
          "CRL by \"ARK-Milan\"" },
        { "a list by the ASK", a_list_of_the_ask, CHECK_AMD_CRL_INVALID,
          "CRL's issuer \"SEV-Milan\" is not \"ARK-Milan\"" },
    };
    static struct verdict verdict;
    struct trust trust = test_amd_trust();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct plan plan = plan_plain();
        cases[i].edit(&plan);
        OWNED(vek_set_free) struct vek_set *set = bring(&plan, &trust);
        judge(set, &trust, &verdict);
        if (verdict.failure != cases[i].check
            || strstr(verdict.why.text, cases[i].part) == NULL)
            fail_msg("%s: \"%s\", expected \"%s\"", cases[i].claim, verdict.why.text,
                     cases[i].part);
        bool passes = cases[i].check == CHECK_PASSED;
        bool is_list = cases[i].check == CHECK_AMD_CRL_INVALID;
        assert_int_equal(vek_set_vek(set) != NULL, passes || is_list);
        assert_int_equal(vek_set_crl(set) != NULL, passes);
    }
}

/* Dates are for each verdict to judge. */
static void what_is_out_of_date_is_kept_all_the_same(void **state)
{
    static struct verdict verdict;
    struct trust trust = test_amd_trust();
    struct plan plan = plan_plain();

    (void)state;
    plan.vek.not_after_s = TEST_AMD_NOW_S - 1;
    plan.list.this_update_s = TEST_AMD_FROM_S;
    plan.list.next_update_s = TEST_AMD_NOW_S - 1;
    OWNED(vek_set_free) struct vek_set *set = bring(&plan, &trust);
    assert_non_null(vek_set_vek(set));
    assert_non_null(vek_set_crl(set));
    judge(set, &trust, &verdict);
    assert_int_equal(verdict.failure, CHECK_VEK_CHAIN_EXPIRED);
    assert_true(verdict.dates[DATED_VEK].is_out && verdict.dates[DATED_AMD_CRL].is_out);
    assert_false(verdict.dates[DATED_VEK_CHAIN].is_out);
}

/* Who is on a list has a VCEK all the same, for each verdict to say so. */
static void a_list_is_kept_whoever_is_on_it(void **state)
{
    static const uint32_t serials[] = { 0x10001 };
    static struct verdict verdict;
    struct trust trust = test_amd_trust();
    struct plan plan = plan_plain();

    (void)state;
    plan.list.revoked = serials;
    plan.list.revoked_count = 1;
    OWNED(vek_set_free) struct vek_set *set = bring(&plan, &trust);
    assert_non_null(vek_set_vek(set));
    judge(set, &trust, &verdict);
    assert_int_equal(verdict.failure, CHECK_VEK_ISSUER_REVOKED);
    assert_refused(verdict.why, ERROR_REVOKED,
                   "(\"SEV-Milan\"): serial number 010001 is on the CRL of 2026-01-01");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_is_wrong_in_one_thing_is_refused_for_it),
        cmocka_unit_test(what_is_out_of_date_is_kept_all_the_same),
        cmocka_unit_test(a_list_is_kept_whoever_is_on_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
