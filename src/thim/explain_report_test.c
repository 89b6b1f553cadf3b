/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/arguments.h"
#include "thim/explain_parts.h"
#include "thim/test_printed.h"

#define WHOLES                                                       \
    "[{'name':'steady','default':true,'policy':{'min_tcb':{'Milan':" \
    "'d308000000000004','Turin':'0000000000000001'}}},"              \
    "{'name':'lenient','default':false,'policy':{'min_tcb':{}}},"    \
    "{'name':'odd','policy':{'min_tcb':{'Milan':'x'}}}]"

static const uint8_t chip[CHIP_ID_LEN] = { 0xc0 };

/* family 19h: model 1 is a Milan */
static struct snp_report milan(uint32_t version, uint64_t reported)
{
    return (struct snp_report){ .version = version,
                                .reported_tcb = reported,
                                .family = version >= 3 ? 0x19 : 0,
                                .model = version >= 3 ? 1 : 0,
                                .chip_id = bytes_of(chip, sizeof chip) };
}

static bool explain(const struct snp_report *report, const char *product, json_t **tree,
                    struct error *err)
{
    json_t *wholes = tree_of_text(WHOLES);
    bool well = explain_report_tree(report, product, wholes, tree, err);

    json_decref(wholes);
    return well;
}

static int print(int argc, char **argv)
{
    struct snp_report report = milan(3, 0xdb18000000000003);
    struct error err = { 0 };
    json_t *tree;

    (void)argc;
    (void)argv;
    assert_ok(explain(&report, NULL, &tree, &err), err);
    explain_report_print(tree);
    json_decref(tree);
    return EXIT_YES;
}

static void each_baseline_s_minimum_stands_beside_the_report(void **state)
{
    static const char *const lines[] = {
        "report       version 3, NOT VERIFIED",
        "product      Milan\n",
        "chip ID      c000",
        "TCB          reported db18000000000003",
        "steady (the default): BELOW the minimum\n",
        "COMPONENT  HAVE  NEED   (minimum d308000000000004)\n",
        "blSPL         3     4   short\n",
        "teeSPL        0     0\n",
        "snpSPL       24     8\n",
        "ucodeSPL    219   211\n",
        "lenient: has no minimum for this product\n",
        "odd: has no minimum for this product\n",
        NULL,
    };
    struct said said = SAID_BY(print, "");

    (void)state;
    assert_lines(&said, lines);
    said_forget(&said);
}

static void a_report_at_the_minimum_meets_it(void **state)
{
    struct snp_report report = milan(3, 0xd308000000000004);
    struct error err = { 0 };
    json_t *tree;

    (void)state;
    assert_ok(explain(&report, "milan", &tree, &err), err);
    json_t *first = json_array_get(json_object_get(tree, "baselines"), 0);
    assert_true(json_is_true(json_object_get(first, "meets")));
    json_decref(tree);
}

static void the_product_must_be_known_and_the_reports_own(void **state)
{
    static const struct {
        uint32_t version;
        uint64_t reported;
        const char *product, *why; /* NULL: accepted */
    } cases[] = {
        { 3, 3, NULL, NULL },
        { 2, 3, "milan", NULL },
        { 2, 3, "Genoa", NULL },
        { 2, 3, NULL, "version 2 does not tell its product" },
        { 2, 3, "rome", "--product rome: milan, genoa or turin" },
        { 3, 3, "genoa", "--product genoa: the report is of Milan" },
        { 3, 0x010000, NULL, "" }, /* a byte that Milan does not use */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct snp_report report = milan(cases[i].version, cases[i].reported);
        struct error err = { 0 };
        json_t *tree;
        bool well = explain(&report, cases[i].product, &tree, &err);
        assert_int_equal(well, cases[i].why == NULL);
        if (!well)
            assert_refused(err, ERROR_FORMAT, cases[i].why);
        json_decref(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_baseline_s_minimum_stands_beside_the_report),
        cmocka_unit_test(a_report_at_the_minimum_meets_it),
        cmocka_unit_test(the_product_must_be_known_and_the_reports_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
