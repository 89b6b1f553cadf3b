/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict at a glance: the answer first, then what it rests on. */
#include <stdio.h>
#include <string.h>

#include "baseline/explain.h"
#include "kit/text.h"
#include "thim/baseline_parts.h"
#include "thim/tree.h"
#include "thim/verify_parts.h"

enum { LINK_MAX = 256 };

static bool is_there(const json_t *tree, const char *name)
{
    const json_t *member = json_object_get(tree, name);

    return member != NULL && !json_is_null(member);
}

static void print_field(const char *head, const char *text)
{
    printf("  %-13s %s\n", head, text);
}

/* ---- the answer ---------------------------------------------------------------------
 */

static void print_answer(const json_t *verdict)
{
    if (!tree_flag(verdict, "valid"))
        printf("NOT VALID (%s): %s\n", tree_text(verdict, "failure"),
               tree_text(verdict, "why"));
    else if (!tree_flag(verdict, "accepted"))
        printf("VALID, but DENIED by %s: %s\n", tree_text(verdict, "denied_by"),
               tree_text(verdict, "denied_why"));
    else
        printf("VALID, ACCEPTED: %s%s%s\n", tree_text(verdict, "tee"),
               is_there(verdict, "status") ? ", " : "",
               is_there(verdict, "status") ? tree_text(verdict, "status") : "");
}

static void print_evidence(const json_t *verdict)
{
    const json_t *taken = json_object_get(verdict, "taken_for");
    const json_t *quote = json_object_get(verdict, "quote");
    long long trailing = tree_number(quote, "trailing");

    if (json_is_object(taken))
        printf("  %-13s %s, %s, %lld bytes\n", "taken for", tree_text(taken, "kind"),
               tree_text(taken, "encoding"), tree_number(taken, "bytes"));
    if (trailing > 0)
        printf("  %-13s %lld bytes behind the quote, which nobody signs\n", "trailing",
               trailing);
}

/* TCB info's and identity's may differ: the lower counts. */
static void print_number(const json_t *verdict)
{
    const json_t *info = json_object_get(verdict, "tcb_info");
    const json_t *identity = json_object_get(verdict, "qe_identity");

    if (!is_there(verdict, "evaluation_data_number"))
        return;
    printf("  %-13s %lld", "number", tree_number(verdict, "evaluation_data_number"));
    if (json_is_object(info) && json_is_object(identity)
        && tree_number(info, "evaluation_data_number")
               != tree_number(identity, "evaluation_data_number"))
        printf(" (TCB info %lld, QE identity %lld)",
               tree_number(info, "evaluation_data_number"),
               tree_number(identity, "evaluation_data_number"));
    putchar('\n');
}

static void print_root(const json_t *verdict)
{
    const json_t *root = json_object_get(verdict, "root");
    const char *origin = tree_text(root, "origin");

    if (!json_is_object(root))
        return;
    if (strcmp(origin, "pinned") == 0)
        print_field("root", "pinned");
    else
        printf("  %-13s %s ROOT, SPKI %s\n", "root",
               strcmp(origin, "test") == 0 ? "TEST" : "EXTRA",
               tree_text(root, "spki_sha256"));
}

static void print_remedy(const json_t *verdict)
{
    if (is_there(verdict, "remedy"))
        print_field("what to do", tree_text(verdict, "remedy"));
    if (is_there(verdict, "failure"))
        printf("  %-13s thim explain code %s\n", "more of it",
               tree_text(verdict, "failure"));
}

static void print_summary(const json_t *verdict)
{
    print_remedy(verdict);
    print_evidence(verdict);
    if (is_there(verdict, "status"))
        print_field("status", tree_text(verdict, "status"));
    else
        print_field("status", strcmp(tree_text(verdict, "tee"), "sev-snp") == 0
                                  ? "none: no minimum TCB was given"
                                  : "not reached");
    if (is_there(verdict, "tcb_date"))
        print_field("TCB date", day_of(verdict, "tcb_date").s);
    print_number(verdict);
    if (is_there(verdict, "baseline"))
        print_field("baseline", tree_text(verdict, "baseline"));
    print_field("judged at", tree_text(verdict, "at"));
    print_field("revocation", tree_text(verdict, "revocation"));
    print_root(verdict);
}

/* ---- parts --------------------------------------------------------------------------
 */

static void print_part(const char *name, const json_t *part)
{
    if (json_is_object(part))
        printf("  %-13s %-38s %s\n", name, tree_text(part, "status"),
               day_of(part, "tcb_date").s);
}

static void print_parts(const json_t *verdict)
{
    const json_t *parts = json_object_get(verdict, "parts");

    if (!json_is_object(parts))
        return;
    printf("\n  %-13s %-38s %s\n", "PART", "STATUS", "TCB DATE");
    print_part("platform", json_object_get(parts, "platform"));
    print_part("TDX module", json_object_get(parts, "module"));
    print_part("QE", json_object_get(parts, "qe"));
    print_part("at launch", json_object_get(verdict, "launch"));
    print_part("now", json_object_get(verdict, "current"));
}

static void print_advisories(const json_t *verdict)
{
    char link[LINK_MAX];

    if (tree_count(verdict, "advisories") > 0)
        puts("\n  ADVISORIES");
    for (size_t i = 0; i < tree_count(verdict, "advisories"); i++) {
        const char *id = json_string_value(tree_item(verdict, "advisories", i));
        if (id != NULL)
            printf("  %-18s  %s\n", id,
                   advisory_link(bytes_of_text(id), link, sizeof link)
                       ? link
                       : "no page is known");
    }
}

/* ---- dates --------------------------------------------------------------------------
 */

static void print_dates(const json_t *verdict)
{
    const char *name;
    json_t *dated;
    bool begun = false;

    json_object_foreach(json_object_get(verdict, "dates"), name, dated)
    {
        if (!json_is_object(dated))
            continue;
        if (!begun)
            printf("\n  %-24s %-20s  %s\n", "DATES", "FROM", "UNTIL");
        begun = true;
        printf("  %-24s %-20s  %-20s%s\n", safe_string(name).s, tree_text(dated, "from"),
               tree_text(dated, "until"), tree_flag(dated, "in_date") ? "" : "  EXPIRED");
    }
}

/* ---- who and what -------------------------------------------------------------------
 */

struct row {
    const char *head, *member;
};

static void print_rows(const json_t *tree, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_there(tree, rows[i].member))
            print_field(rows[i].head, tree_text(tree, rows[i].member));
}

static void print_platform(const json_t *platform)
{
    static const struct row rows[] = {
        { "FMSPC", "fmspc" },   { "PCE-ID", "pce_id" },
        { "PPID", "ppid" },     { "instance", "platform_instance_id" },
        { "PCK CA", "ca" },     { "SGX type", "sgx_type" },
        { "CPUSVN", "cpusvn" },
    };
    static const struct row flags[] = {
        { "multi-package", "dynamic_platform" },
        { "cached keys", "cached_keys" },
        { "SMT", "smt_enabled" },
    };

    if (!json_is_object(platform))
        return;
    puts("\n  PLATFORM");
    print_rows(platform, rows, COUNT_OF(rows));
    printf("  %-13s %lld\n", "PCESVN", tree_number(platform, "pcesvn"));
    for (size_t i = 0; i < COUNT_OF(flags); i++)
        if (is_there(platform, flags[i].member))
            print_field(flags[i].head,
                        tree_flag(platform, flags[i].member) ? "yes" : "no");
}

static void print_debug(const json_t *body)
{
    if (tree_flag(body, "debug"))
        print_field("DEBUG", "on: the host can read and change it");
}

static void print_enclave(const json_t *enclave)
{
    static const struct row rows[] = {
        { "MRENCLAVE", "mrenclave" },
        { "MRSIGNER", "mrsigner" },
        { "attributes", "attributes" },
        { "report data", "report_data" },
    };

    if (!json_is_object(enclave))
        return;
    puts("\n  ENCLAVE");
    print_rows(enclave, rows, COUNT_OF(rows));
    printf("  %-13s %lld, ISVSVN %lld\n", "ISVPRODID",
           tree_number(enclave, "isv_prod_id"), tree_number(enclave, "isv_svn"));
    print_debug(enclave);
}

static void print_td(const json_t *td)
{
    static const struct row rows[] = {
        { "MRTD", "mrtd" },
        { "RTMR0", "rtmr0" },
        { "RTMR1", "rtmr1" },
        { "RTMR2", "rtmr2" },
        { "RTMR3", "rtmr3" },
        { "MRCONFIGID", "mrconfigid" },
        { "MROWNER", "mrowner" },
        { "MRSEAM", "mrseam" },
        { "attributes", "td_attributes" },
        { "XFAM", "xfam" },
        { "TEE TCB SVN", "tee_tcb_svn" },
        { "  now", "tee_tcb_svn2" },
        { "report data", "report_data" },
    };

    if (!json_is_object(td))
        return;
    puts("\n  TRUST DOMAIN");
    print_rows(td, rows, COUNT_OF(rows));
    print_debug(td);
}

/* ---- SEV-SNP ------------------------------------------------------------------------
 */

static void print_tcbs(const json_t *tcb)
{
    const json_t *reported = json_object_get(tcb, "reported");
    const json_t *minimum = json_object_get(tcb, "min");
    const char *name;
    json_t *value;

    if (!json_is_object(reported))
        return;
    printf("\n  %-13s %s", "TCB", tree_text(reported, "value"));
    if (json_is_object(minimum))
        printf(", minimum %s", tree_text(minimum, "value"));
    putchar('\n');
    json_object_foreach((json_t *)(uintptr_t)reported, name, value)
    {
        if (!json_is_integer(value))
            continue;
        printf("  %-13s %4lld", safe_string(name).s, tree_number(reported, name));
        if (json_is_object(minimum))
            printf("  of %lld%s", tree_number(minimum, name),
                   tree_number(reported, name) < tree_number(minimum, name) ? "  short"
                                                                            : "");
        putchar('\n');
    }
}

static void print_report(const json_t *verdict)
{
    static const struct row rows[] = {
        { "measurement", "measurement" }, { "report data", "report_data" },
        { "host data", "host_data" },     { "family ID", "family_id" },
        { "image ID", "image_id" },       { "policy", "policy_value" },
        { "signed by", "signed_by" },
    };
    const json_t *report = json_object_get(verdict, "report");

    if (!json_is_object(report))
        return;
    print_tcbs(json_object_get(verdict, "tcb"));
    puts("\n  GUEST");
    print_field("product", tree_text(verdict, "product"));
    print_field("chip ID", tree_text(verdict, "chip_id"));
    print_rows(report, rows, COUNT_OF(rows));
    printf("  %-13s %lld, guest SVN %lld\n", "VMPL", tree_number(report, "vmpl"),
           tree_number(report, "guest_svn"));
    print_debug(report);
}

/* ---- files --------------------------------------------------------------------------
 */

static void print_files(const json_t *verdict)
{
    const json_t *files = json_object_get(verdict, "files");
    const char *name;
    json_t *path;

    if (!json_is_object(files) || json_object_size(files) == 0)
        return;
    puts("\n  COLLATERAL CHOSEN");
    json_object_foreach((json_t *)(uintptr_t)files, name, path)
    {
        print_field(name, json_is_string(path) ? json_string_value(path) : "-");
    }
}

void verify_print(const json_t *verdict)
{
    print_answer(verdict);
    print_summary(verdict);
    print_parts(verdict);
    print_advisories(verdict);
    print_dates(verdict);
    print_platform(json_object_get(verdict, "platform"));
    print_enclave(json_object_get(verdict, "enclave"));
    print_td(json_object_get(verdict, "td"));
    print_report(verdict);
    print_files(verdict);
}
