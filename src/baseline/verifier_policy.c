/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/verifier_policy.h"

#include "baseline/sets.h"
#include "kit/text.h"

#define ADVISORY_MAX 32
#define BIT(standing) (1u << (standing))
#define OUT_OF_DATE \
    (BIT(STANDING_OUT_OF_DATE) | BIT(STANDING_OUT_OF_DATE_CONFIGURATION_NEEDED))
#define RELAUNCH                       \
    (BIT(STANDING_TD_RELAUNCH_ADVISED) \
     | BIT(STANDING_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED))

static const struct { /* by enum tcb_standing: what a policy may accept */
    const char *name;
    unsigned parts; /* QAL's reports have a list; so has what they are compared with */
} statuses[] = {
    [STANDING_UP_TO_DATE] = { "UpToDate", BIT(STANDING_UP_TO_DATE) },
    [STANDING_SW_HARDENING_NEEDED] = { "SWHardeningNeeded",
                                       BIT(STANDING_SW_HARDENING_NEEDED) },
    [STANDING_CONFIGURATION_NEEDED] = { "ConfigurationNeeded",
                                        BIT(STANDING_CONFIGURATION_NEEDED) },
    [STANDING_CONFIGURATION_AND_SW_HARDENING_NEEDED] = { "ConfigurationAndSWHardeningNeed"
                                                         "ed",
                                                         BIT(STANDING_CONFIGURATION_NEEDED)
                                                             | BIT(
                                                                 STANDING_SW_HARDENING_NEEDED) },
    [STANDING_OUT_OF_DATE] = { "OutOfDate", BIT(STANDING_OUT_OF_DATE) },
    [STANDING_OUT_OF_DATE_CONFIGURATION_NEEDED] = { "OutOfDateConfigurationNeeded",
                                                    BIT(STANDING_OUT_OF_DATE)
                                                        | BIT(
                                                            STANDING_CONFIGURATION_NEEDED) },
    [STANDING_TD_RELAUNCH_ADVISED] = { "TDRelaunchAdvised",
                                       BIT(STANDING_TD_RELAUNCH_ADVISED) },
    [STANDING_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED] = { "TDRelaunchAdvisedConfigurati"
                                                            "onNeeded",
                                                            BIT(STANDING_TD_RELAUNCH_ADVISED)
                                                                | BIT(
                                                                    STANDING_CONFIGURATION_NEEDED) },
};

bool verifier_status_named(struct bytes name, enum tcb_standing *out)
{
    for (size_t i = 0; i < COUNT_OF(statuses); i++)
        if (statuses[i].name != NULL && bytes_equal_text(name, statuses[i].name)) {
            *out = (enum tcb_standing)i;
            return true;
        }
    return false;
}

/* ---- parts that several formats share -----------------------------------------------
 */

struct writing {
    const struct verifier_policy *policy;
    struct buf *out, *notes;
};

static unsigned accepted_by(const struct verifier_policy *policy)
{
    return policy->accepted | BIT(STANDING_UP_TO_DATE);
}

static const struct verifier_floor *floor_of(const struct verifier_policy *policy,
                                             enum tee tee)
{
    return &policy->floors[sets_index(tee)];
}

static void note(const struct writing *w, const char *line)
{
    buf_add_text(w->notes, line);
    buf_add_byte(w->notes, '\n');
}

/* "A", "B": the brackets around them are the format's. */
static void add_statuses(struct buf *out, unsigned bits)
{
    const char *between = "";

    for (size_t i = 0; i < COUNT_OF(statuses); i++)
        if ((bits & BIT(i)) != 0 && statuses[i].name != NULL) {
            buf_addf(out, "%s\"%s\"", between, statuses[i].name);
            between = ", ";
        }
}

static void add_advisories(struct buf *out, const struct verifier_advisories *advisories)
{
    for (size_t i = 0; i < advisories->count; i++)
        buf_addf(out, "%s\"%s\"", i == 0 ? "" : ", ", advisories->ids[i]);
}

static void note_common(const struct writing *w)
{
    note(w,
         "Numbers that an FMSPC has of its own in the baseline, and the day on which a "
         "pin ends: write the policy again when thim baseline history shows a step.");
    note(w, "Hosts that the operator denies (deny.yaml).");
}

static void note_date(const struct writing *w, const char *why)
{
    if ((w->policy->accepted & OUT_OF_DATE) != 0)
        note(w, why);
}

static void note_allowed(const struct writing *w)
{
    if (w->policy->allowed.count > 0)
        note(w, "A list of advisories that alone are allowed: any that is not blocked "
                "passes.");
}

static void note_platform_flags(const struct writing *w)
{
    note(w, "Dynamic platforms, cached keys and SMT are none of a baseline's business: "
            "they stay at the verifier's own defaults; allow them as the fleet needs.");
}

/* The notes as the format's comments; they have been said then. */
static void comment(const struct writing *w, const char *what)
{
    struct bytes rest = buf_bytes(w->notes);

    buf_addf(w->out, "# THIM: baseline %s, for %s\n# It cannot express:\n",
             w->policy->baseline, what);
    while (rest.len > 0) {
        size_t line = bytes_find(rest, bytes_of_text("\n"));
        buf_add_text(w->out, "#  - ");
        buf_add(w->out, bytes_first(rest, line + 1));
        rest = bytes_after(rest, line + 1);
    }
    if (w->notes->failed)
        w->out->failed = true;
    buf_clear(w->notes);
}

/* ---- trustee ------------------------------------------------------------------------
 */

static const char *const tee_names[2] = { "sgx", "tdx" };

static bool all_dates_known(const struct verifier_policy *policy)
{
    for (size_t i = 0; i < 2; i++)
        if (policy->floors[i].number > 0 && policy->floors[i].tcb_date_s == 0)
            return false;
    return true;
}

static void add_set(struct buf *out, const char *name,
                    const struct verifier_advisories *advisories)
{
    buf_addf(out, "%s := ", name);
    buf_add_text(out, advisories->count == 0 ? "set()" : "{");
    add_advisories(out, advisories);
    buf_add_text(out, advisories->count == 0 ? "\n" : "}\n");
}

static void add_floors(const struct writing *w)
{
    buf_add_text(w->out, "thim_floors := {\n");
    for (size_t i = 0; i < 2; i++) {
        const struct verifier_floor *floor = &w->policy->floors[i];
        if (floor->number == 0)
            continue;
        buf_addf(w->out, "\t\"%s\": {\"number\": %u", tee_names[i], floor->number);
        if (floor->tcb_date_s != 0)
            buf_addf(w->out, ", \"tcb_date\": \"%s\"", utc(floor->tcb_date_s).s);
        buf_add_text(w->out, "},\n");
    }
    buf_add_text(w->out, "}\n\n");
}

static void add_rules(const struct writing *w, bool has_dates)
{
    buf_add_text(w->out, "\nthim_tcb_accepted(claims, tee) if {\n"
                         "\tclaims.collateral_expiration_status == \"0\"\n"
                         "\tclaims.tcb_eval_num >= thim_floors[tee].number\n"
                         "\tclaims.tcb_status in thim_accepted_statuses\n");
    if (has_dates)
        buf_add_text(w->out, "\tthim_recent_enough(claims, tee)\n");
    buf_add_text(w->out, "\tadvisories := {id | some id in claims.advisory_ids}\n"
                         "\tcount(advisories & thim_blocked_advisories) == 0\n");
    if (w->policy->allowed.count > 0)
        buf_add_text(w->out, "\tcount(advisories - thim_allowed_advisories) == 0\n");
    buf_add_text(w->out, "}\n");
    if (has_dates)
        buf_add_text(w->out,
                     "\nthim_recent_enough(claims, tee) if {\n"
                     "\tnot startswith(claims.tcb_status, \"OutOfDate\")\n"
                     "}\n"
                     "\nthim_recent_enough(claims, tee) if {\n"
                     "\tfloor := time.parse_rfc3339_ns(thim_floors[tee].tcb_date)\n"
                     "\ttime.parse_rfc3339_ns(claims.tcb_date) >= floor\n"
                     "}\n");
}

static void write_trustee(const struct writing *w)
{
    bool has_dates =
        (w->policy->accepted & OUT_OF_DATE) != 0 && all_dates_known(w->policy);

    note_common(w);
    note(w, "Measurements: this judges the TCB alone.");
    if (!has_dates)
        note_date(w, "How old an accepted OutOfDate may be: the number's TCB date is not "
                     "known.");
    comment(w, "trustee's attestation policy");
    buf_add_text(
        w->out, "# How to use it: put these rules into the attestation policy, and\n"
                "#     thim_tcb_accepted(input.tdx, \"tdx\")\n"
                "# where it compares input.tdx.tcb_status; likewise input.sgx, \"sgx\".\n"
                "package policy\n"
                "\n"
                "import rego.v1\n"
                "\n");
    add_floors(w);
    buf_add_text(w->out, "thim_accepted_statuses := {");
    add_statuses(w->out, accepted_by(w->policy));
    buf_add_text(w->out, "}\n");
    add_set(w->out, "thim_blocked_advisories", &w->policy->blocked);
    if (w->policy->allowed.count > 0)
        add_set(w->out, "thim_allowed_advisories", &w->policy->allowed);
    add_rules(w, has_dates);
}

/* ---- go-tdx-guest -------------------------------------------------------------------
 */

static void write_go_tdx_guest(const struct writing *w)
{
    const struct verifier_floor *floor = floor_of(w->policy, TEE_TDX);

    note_common(w);
    note(w, "A minimum evaluation data number: it judges by the TCB info that it is "
            "handed, so let it ask a THIM whose default is this baseline.");
    if (accepted_by(w->policy) != BIT(STANDING_UP_TO_DATE))
        note(w, "A status beside UpToDate: none other passes.");
    note_date(w, "A minimum TCB date: an option of its library since June 2026, not of "
                 "this file.");
    if (w->policy->allowed.count + w->policy->blocked.count > 0)
        note(w, "Advisories, neither those that are allowed nor those that are blocked.");
    note(w, "Anything of SGX.");
    comment(w, "go-tdx-guest's check -config");
    buf_addf(w->out, "# The baseline's number for TDX is %u", floor->number);
    if (floor->tcb_date_s != 0)
        buf_addf(w->out, ", of TCB date %s", utc(floor->tcb_date_s).s);
    buf_add_text(w->out, ". Without the two switches below, both off by default,\n"
                         "# it looks at neither TCB status nor revocation.\n"
                         "root_of_trust {\n"
                         "  check_crl: true\n"
                         "  get_collateral: true\n"
                         "}\n");
}

/* ---- dcap-qvl -----------------------------------------------------------------------
 */

/* One number for both TEEs: the lower, lest the other's hosts be refused. */
static uint32_t common_number(const struct writing *w)
{
    uint32_t sgx = floor_of(w->policy, TEE_SGX)->number;
    uint32_t tdx = floor_of(w->policy, TEE_TDX)->number;

    if (sgx == 0 || tdx == 0)
        return sgx + tdx;
    if (sgx != tdx)
        buf_addf(w->notes,
                 "A number for each TEE: SGX has %u and TDX %u, the lower is written.\n",
                 sgx, tdx);
    return sgx < tdx ? sgx : tdx;
}

static void write_dcap_qvl(const struct writing *w)
{
    note_common(w);
    buf_add_text(w->out, "{\n  \"allowed_statuses\": [");
    add_statuses(w->out, accepted_by(w->policy) & ~RELAUNCH);
    buf_add_text(w->out, "],\n  \"rejected_advisory_ids\": [");
    add_advisories(w->out, &w->policy->blocked);
    buf_addf(w->out, "],\n  \"min_tcb_eval_data_number\": %u\n}\n", common_number(w));
    if ((w->policy->accepted & RELAUNCH) != 0)
        note(w, "TDRelaunchAdvised: it does not know the status.");
    note_date(w, "How old an accepted OutOfDate may be as a date: it counts from its own "
                 "clock (platform_grace_period_secs), which a file cannot know.");
    note_allowed(w);
    note_platform_flags(w);
}

/* ---- Intel's QAL --------------------------------------------------------------------
 */

static const struct {
    enum tee tee;
    bool is_qe;
    const char *class_id;
} classes[] = {
    { TEE_SGX, false, "3123ec35-8d38-4ea5-87a5-d6c48b567570" },
    { TEE_TDX, false, "9eec018b-7481-4b1c-8e1a-9f7c0c8c777f" }, /* TDX 1.0 */
    { TEE_TDX, false, "f708b97f-0fb2-4e6b-8b03-8a5bcd1221d3" }, /* TDX 1.5 */
    { TEE_TDX, true, "3769258c-75e6-4bc7-8d72-d2b0e224cad2" },  /* its TD-QE */
};

static unsigned parts_of(unsigned accepted)
{
    unsigned parts = 0;

    for (size_t i = 0; i < COUNT_OF(statuses); i++)
        if ((accepted & BIT(i)) != 0)
            parts |= statuses[i].parts;
    return parts;
}

static void add_class(const struct writing *w, size_t which, bool is_first)
{
    unsigned parts = parts_of(accepted_by(w->policy));

    if (classes[which].is_qe)
        parts &= ~RELAUNCH;
    buf_addf(w->out,
             "%s    {\n"
             "      \"environment\": {\"class_id\": \"%s\"},\n"
             "      \"reference\": {\n"
             "        \"accepted_tcb_status\": [",
             is_first ? "" : ",\n", classes[which].class_id);
    add_statuses(w->out, parts);
    if (w->policy->blocked.count > 0) {
        buf_add_text(w->out, "],\n        \"rejected_advisory_ids\": [");
        add_advisories(w->out, &w->policy->blocked);
    }
    buf_addf(w->out, "],\n        \"min_eval_num\": %u\n      }\n    }",
             floor_of(w->policy, classes[which].tee)->number);
}

static void write_intel_qal(const struct writing *w)
{
    bool is_first = true;

    buf_add_text(w->out, "{\n  \"policy_array\": [\n");
    for (size_t i = 0; i < COUNT_OF(classes); i++) {
        if (floor_of(w->policy, classes[i].tee)->number == 0)
            continue;
        add_class(w, i, is_first);
        is_first = false;
    }
    buf_add_text(w->out, "\n  ]\n}\n");
    note_common(w);
    if (parts_of(w->policy->accepted) != (w->policy->accepted & parts_of(~0u)))
        note(w, "Two statuses that are accepted only together: each is accepted alone, "
                "too.");
    note_date(w, "How old an accepted OutOfDate may be: min_eval_num excludes its grace "
                 "periods, and its rule for min_tcb_level_date passes everything.");
    note_allowed(w);
    note_platform_flags(w);
    note(w, "Who decided so: sign it (JWS, ES384) before the QAL is given it.");
}

/* ---- all of them --------------------------------------------------------------------
 */

static const struct {
    const char *name;
    void (*write)(const struct writing *w);
    bool is_tdx_only;
} verifiers[] = {
    [VERIFIER_TRUSTEE] = { "trustee", write_trustee, false },
    [VERIFIER_GO_TDX_GUEST] = { "go-tdx-guest", write_go_tdx_guest, true },
    [VERIFIER_DCAP_QVL] = { "dcap-qvl", write_dcap_qvl, false },
    [VERIFIER_INTEL_QAL] = { "intel-qal", write_intel_qal, false },
};

bool verifier_named(struct bytes name, enum verifier *out)
{
    for (size_t i = 0; i < COUNT_OF(verifiers); i++)
        if (verifiers[i].name != NULL && bytes_equal_text(name, verifiers[i].name)) {
            *out = (enum verifier)i;
            return true;
        }
    return false;
}

/* Capitals, digits and dashes: it goes into other programs' languages. */
static bool is_advisory(const char *id)
{
    size_t len = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    return len > 0 && len <= ADVISORY_MAX && id[len] == 0;
}

static bool check_advisories(const struct verifier_advisories *advisories,
                             struct error *err)
{
    for (size_t i = 0; i < advisories->count; i++)
        if (!is_advisory(advisories->ids[i]))
            return error_set(err, ERROR_FORMAT,
                             "\"%s\" is no advisory; they look like INTEL-SA-00615",
                             safe_string(advisories->ids[i]).s);
    return true;
}

bool verifier_policy_write(enum verifier verifier, const struct verifier_policy *policy,
                           struct buf *out, struct buf *notes, struct error *err)
{
    struct writing w = { .policy = policy, .out = out, .notes = notes };
    bool has_number =
        floor_of(policy, TEE_TDX)->number != 0
        || (!verifiers[verifier].is_tdx_only && floor_of(policy, TEE_SGX)->number != 0);

    if (!has_number)
        return error_set(err, ERROR_NOT_FOUND,
                         "baseline %s has no number that %s could go by",
                         policy->baseline, verifiers[verifier].name);
    if (!check_advisories(&policy->allowed, err)
        || !check_advisories(&policy->blocked, err))
        return false;
    verifiers[verifier].write(&w);
    return (!out->failed && !notes->failed)
           || error_set(err, ERROR_LIMIT, "the policy is too long");
}
