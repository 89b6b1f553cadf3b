/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/doctor.h"

#include "baseline/test_pck_lists.h"

/* A view as platform_view_make gives it, of three certificates and one gap, without a
 * store: the newest at 5, the others at 3 and 2, the gap at 4. */
static const struct tcb tcbs[] = { { { 5, 5 }, 10 }, { { 3, 3 }, 10 }, { { 2, 2 }, 9 } };
static const struct tcb gap_tcb = { { 4, 4 }, 10 };

enum { CERTIFICATES = COUNT_OF(tcbs), ROWS = CERTIFICATES + 1, GAP_AT = CERTIFICATES };

struct ward {
    struct arena arena;
    struct tcb_info info;
    struct platform platform;
    struct platform_pck rows[ROWS];
    struct view_pck pcks[ROWS];
    struct pck_candidate candidates[CERTIFICATES];
    struct pck_rank ranks[CERTIFICATES];
    uint16_t pck_of[CERTIFICATES];
    struct holding tcb_info;
    struct platform_view view;
};

static void put_row(struct ward *ward, size_t i, const struct tcb *tcb)
{
    struct view_pck *pck = &ward->pcks[i];

    memcpy(ward->rows[i].tcbm, tcb->begin, 16);
    ward->rows[i].tcbm[16] = (uint8_t)tcb->pcesvn;
    *pck = (struct view_pck){ .row = &ward->rows[i],
                              .is_gap = i == GAP_AT,
                              .is_read = i != GAP_AT,
                              .not_after_s = 1900000000 };
    memcpy(pck->cert.cpusvn, tcb->begin, 16);
    pck->cert.pcesvn = tcb->pcesvn;
}

static void ward_open(struct ward *ward)
{
    struct error err = { 0 };

    *ward = (struct ward){ 0 };
    arena_init(&ward->arena, (size_t)4 << 20);
    ward->info = info_of(tcbs, CERTIFICATES, fmspc, &ward->arena);
    for (size_t i = 0; i < CERTIFICATES; i++) {
        put_row(ward, i, &tcbs[i]);
        ward->candidates[i] = candidate_of(&tcbs[i]);
        ward->pck_of[i] = (uint16_t)i;
    }
    put_row(ward, GAP_AT, &gap_tcb);
    assert_ok(pck_rank(&ward->info, ward->candidates, CERTIFICATES, ward->ranks, &err),
              err);
    ward->platform = (struct platform){ .state = PLATFORM_HELD, .due_s = 1762000000 };
    memcpy(ward->platform.fmspc, fmspc, 6);
    ward->view = (struct platform_view){ .platform = &ward->platform,
                                         .tcb_info = &ward->tcb_info,
                                         .pcks = ward->pcks,
                                         .pck_count = ROWS,
                                         .candidates = ward->candidates,
                                         .pck_of = ward->pck_of,
                                         .ranks = ward->ranks,
                                         .count = CERTIFICATES };
}

/* What else is the matter with the platform, before it is looked at. */
enum trouble {
    NO_TROUBLE,
    ALL_EXPIRED,
    ALL_UNTRUSTED,
    ALL_UNREADABLE,
    NO_TCB_INFO,
    KEYS_ELSEWHERE,
    LAST_FETCH_FAILED,
};

static void flaw_all(struct ward *ward, enum pck_flaw flaw)
{
    for (size_t i = 0; i < CERTIFICATES; i++)
        platform_view_reject(&ward->view, i, flaw);
}

static void bring(struct ward *ward, enum trouble trouble)
{
    switch (trouble) {
    case NO_TROUBLE:
        break;
    case ALL_EXPIRED:
        flaw_all(ward, PCK_EXPIRED);
        break;
    case ALL_UNTRUSTED:
        flaw_all(ward, PCK_UNTRUSTED);
        break;
    case ALL_UNREADABLE:
        flaw_all(ward, PCK_UNREADABLE);
        break;
    case NO_TCB_INFO:
        ward->view.tcb_info = NULL;
        ward->view.ranks = NULL;
        break;
    case KEYS_ELSEWHERE:
        ward->platform.has_cached_keys = true;
        ward->platform.failures = 1;
        break;
    case LAST_FETCH_FAILED:
        ward->platform.failures = 3;
        snprintf(ward->platform.why, sizeof ward->platform.why, "sim: no connection");
        break;
    }
}

enum knowing { UNKNOWN, QUEUED, WAITING, HELD };
enum { PPID = 1, MANIFEST = 2 };

#define RAW(first, pce) .has_raw_tcb = true, .raw = { { first, first }, pce }
#define SAID(what, words) .has_report = true, .outcome = what, .code = words

static const struct visit {
    const char *name;
    enum knowing knowing;
    enum fill_mode fill; /* 0: lazy */
    bool no_upstreams, has_raw_tcb;
    struct tcb raw;
    unsigned brings; /* PPID, MANIFEST */
    const char *denial;
    enum error_kind verdict;
    enum trouble trouble;
    bool has_report;
    enum platform_fetch outcome;
    const char *code;
    enum ailment ailment;
    const char *finding, *remedy; /* parts; NULL: any */
} visits[] = {
    { "a certificate for exactly this TCB", HELD, RAW(5, 10), .ailment = AILMENT_NONE,
      .finding = "exactly this TCB (0505" },
    { "the raw TCB is above the best certificate", HELD, RAW(6, 11),
      .ailment = AILMENT_BELOW,
      .finding = "CPUSVN component 1 is 6, the certificate's 5" },
    { "above in PCESVN alone", HELD, RAW(5, 11), .ailment = AILMENT_BELOW,
      .finding = "PCESVN is 11, the certificate's 10" },
    { "above a gap, at a lower certificate", HELD, RAW(4, 10), .ailment = AILMENT_BELOW },
    { "held, and nobody says at which TCB", HELD, .ailment = AILMENT_NONE,
      .remedy = "--cpusvn" },
    { "the one to be given is revoked", HELD, RAW(5, 10), .verdict = ERROR_REVOKED,
      .ailment = AILMENT_REVOKED, .finding = "0505" },
    { "denied, though all is well", HELD, RAW(5, 10), .denial = "The list says: stolen",
      .ailment = AILMENT_DENIED, .finding = "The list says: stolen",
      .remedy = "thim deny" },
    { "denied, and nobody knows it", UNKNOWN, .denial = "The list says: stolen",
      .ailment = AILMENT_DENIED },
    { "the one to be given has run out", HELD, RAW(5, 10), .verdict = ERROR_STALE,
      .ailment = AILMENT_EXPIRED },
    { "the one to be given does not verify", HELD, RAW(5, 10), .verdict = ERROR_UNTRUSTED,
      .ailment = AILMENT_UNSOUND },
    { "all that fit have run out", HELD, RAW(5, 10), .trouble = ALL_EXPIRED,
      .ailment = AILMENT_EXPIRED },
    { "none that fits verifies", HELD, RAW(5, 10), .trouble = ALL_UNTRUSTED,
      .ailment = AILMENT_UNSOUND, .finding = "it is untrusted" },
    { "none can even be read", HELD, RAW(1, 1), .trouble = ALL_UNREADABLE,
      .ailment = AILMENT_UNSOUND },
    { "a TCB below all", HELD, RAW(1, 9), .ailment = AILMENT_IMPOSSIBLE_CPUSVN,
      .finding = "CPUSVN component 1 is 1, and the lowest certificate (0202" },
    { "below all in PCESVN alone", HELD, RAW(2, 8), .ailment = AILMENT_IMPOSSIBLE_CPUSVN,
      .finding = "PCESVN is 8" },
    { "a gap is all that it reaches", HELD, RAW(4, 10), .trouble = ALL_UNREADABLE,
      .ailment = AILMENT_CERTIFICATE_GAP, .finding = "0404" },
    { "nothing to choose by", HELD, RAW(5, 10), .trouble = NO_TCB_INFO,
      .ailment = AILMENT_NO_TCB_INFO, .finding = "123456780000" },
    { "nothing fits, and another has its manifest", HELD, RAW(1, 1),
      .trouble = KEYS_ELSEWHERE, .ailment = AILMENT_OTHER_DATA_CENTRE,
      .finding = "CachedKeys" },
    { "with the manifest here that explains nothing", HELD, RAW(1, 1), .brings = MANIFEST,
      .trouble = KEYS_ELSEWHERE, .ailment = AILMENT_IMPOSSIBLE_CPUSVN },
    { "the QE ID is another's, though a certificate would be given", HELD, RAW(5, 10),
      .brings = PPID, SAID(FETCH_CONFLICT, ""), .ailment = AILMENT_BOUND_TO_ANOTHER,
      .remedy = "rebind" },
    { "upstream is away, and what is held does", HELD, RAW(5, 10),
      SAID(FETCH_UNREACHABLE, ""), .ailment = AILMENT_NONE },

    { "nobody has registered it", UNKNOWN, .fill = FILL_REQ, .brings = PPID, RAW(5, 10),
      .ailment = AILMENT_NOT_REGISTERED, .finding = "intel.fill", .remedy = "register" },
    { "nor is there anybody to ask", UNKNOWN, .no_upstreams = true, .brings = PPID,
      RAW(5, 10), .ailment = AILMENT_NOT_REGISTERED, .finding = "no upstream" },
    { "never heard of", UNKNOWN, .ailment = AILMENT_NOT_REGISTERED },
    { "not known, and can be asked for", UNKNOWN, .brings = PPID, RAW(5, 10),
      .ailment = AILMENT_NOT_REGISTERED, .finding = "first request" },
    { "a request of zeros", UNKNOWN, RAW(5, 10), .ailment = AILMENT_ZERO_PPID,
      .remedy = "virtual machine" },
    { "Intel knows it by its manifest alone", UNKNOWN, .brings = PPID, RAW(5, 10),
      SAID(FETCH_NOT_FOUND, ""), .ailment = AILMENT_MANIFEST_MISSING,
      .remedy = "manifest" },
    { "not even by its manifest", WAITING, .brings = MANIFEST, SAID(FETCH_NOT_FOUND, ""),
      .ailment = AILMENT_OTHER_DATA_CENTRE },
    { "another registration server", WAITING, .brings = MANIFEST,
      SAID(FETCH_REFUSED, "InvalidRegistrationServer"),
      .ailment = AILMENT_OTHER_DATA_CENTRE, .finding = "(InvalidRegistrationServer)",
      .remedy = "factory reset" },
    { "keys that Intel must not keep", WAITING, .brings = PPID,
      SAID(FETCH_REFUSED, "CachedKeysPolicyViolation"),
      .ailment = AILMENT_OTHER_DATA_CENTRE },
    { "a revoked package", WAITING, .brings = MANIFEST,
      SAID(FETCH_REFUSED, "InvalidOrRevokedPackage"),
      .ailment = AILMENT_PACKAGE_REVOKED },
    { "a refusal that is not known", WAITING, .brings = MANIFEST,
      SAID(FETCH_REFUSED, "Newfangled"), .ailment = AILMENT_UPSTREAM,
      .finding = "(Newfangled)" },
    { "upstream cannot be reached", WAITING, .brings = PPID, SAID(FETCH_UNREACHABLE, ""),
      .ailment = AILMENT_UPSTREAM, .remedy = "thim status" },
    { "upstream is wrong", UNKNOWN, .brings = PPID, SAID(FETCH_UNTRUSTED, ""),
      .ailment = AILMENT_UPSTREAM, .finding = "does not verify" },
    { "too much is asked", UNKNOWN, .brings = PPID, SAID(FETCH_BUDGET, ""),
      .ailment = AILMENT_UPSTREAM },
    { "too much waits", UNKNOWN, .brings = PPID, SAID(FETCH_BUSY, ""),
      .ailment = AILMENT_UPSTREAM },
    { "it conflicts before it is held", WAITING, .brings = PPID, SAID(FETCH_CONFLICT, ""),
      .ailment = AILMENT_BOUND_TO_ANOTHER },

    { "it waits for the next fetch", WAITING, .brings = PPID,
      .trouble = LAST_FETCH_FAILED, .ailment = AILMENT_WAITING,
      .finding = "2025-11-01T12:26:40Z. The last one failed: sim: no connection" },
    { "it stands in the queue", QUEUED, .fill = FILL_OFFLINE, .brings = PPID,
      .ailment = AILMENT_WAITING, .finding = "queue", .remedy = "import pccs" },
    { "it waits for a bundle", WAITING, .fill = FILL_OFFLINE, .brings = PPID,
      .ailment = AILMENT_WAITING, .finding = "queue", .remedy = "import pccs" },
    { "it waits, and there is nobody to ask", WAITING, .no_upstreams = true,
      .brings = PPID, .ailment = AILMENT_WAITING, .remedy = "import pccs" },
    { "it waits with nothing to be asked by", WAITING, .ailment = AILMENT_ZERO_PPID },
};

static void see(const struct visit *visit, struct diagnosis *out)
{
    struct platform_report report = { .outcome = visit->outcome };
    struct ward ward;

    ward_open(&ward);
    bring(&ward, visit->trouble);
    if (visit->knowing == WAITING)
        ward.platform.state = PLATFORM_WAITING;
    if (visit->code != NULL)
        snprintf(report.code, sizeof report.code, "%s", visit->code);
    struct doctor_facts facts = {
        .fill = visit->fill != 0 ? visit->fill : FILL_LAZY,
        .has_upstreams = !visit->no_upstreams,
        .view = visit->knowing <= QUEUED ? NULL : &ward.view,
        .denial = visit->denial,
        .is_queued = visit->knowing == QUEUED,
        .has_raw_tcb = visit->has_raw_tcb,
        .raw = raw_of(&visit->raw),
        .has_encrypted_ppid = (visit->brings & PPID) != 0,
        .has_manifest = (visit->brings & MANIFEST) != 0,
        .verdict = visit->verdict,
        .report = visit->has_report ? &report : NULL,
    };
    diagnose(&facts, out);
    arena_fini(&ward.arena);
}

static void each_cause_is_told_from_the_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(visits); i++) {
        const struct visit *visit = &visits[i];
        struct diagnosis found;
        see(visit, &found);
        if (found.ailment != visit->ailment
            || (visit->finding != NULL && strstr(found.finding, visit->finding) == NULL)
            || (visit->remedy != NULL && strstr(found.remedy, visit->remedy) == NULL))
            fail_msg("%s: %s, \"%s\" \"%s\"", visit->name, ailment_name(found.ailment),
                     found.finding, found.remedy);
    }
}

/* The texts are bounded; none is cut, and each ailment is told of in some visit. */
static void every_ailment_has_a_name_a_finding_and_a_remedy(void **state)
{
    bool seen[AILMENT_WAITING + 1] = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(visits); i++) {
        struct diagnosis found;
        see(&visits[i], &found);
        seen[found.ailment] = true;
        assert_in_range(strlen(found.finding), 20, sizeof found.finding - 2);
        assert_in_range(strlen(found.remedy), 20, sizeof found.remedy - 2);
    }
    for (enum ailment i = AILMENT_NONE; i < COUNT_OF(seen); i++) {
        assert_true(seen[i]);
        for (enum ailment other = AILMENT_NONE; other < i; other++)
            assert_string_not_equal(ailment_name(i), ailment_name(other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_cause_is_told_from_the_others),
        cmocka_unit_test(every_ailment_has_a_name_a_finding_and_a_remedy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
