/* SPDX-License-Identifier: Apache-2.0 */
/* The doctor's rounds: the platform as it is, upstream where that can tell more, then the
 * platform again as the fetch has left it. */
#include "serve/control_platforms_parts.h"
#include "serve/doctor.h"

/* ---- facts ---------------------------------------------------------------------- */

/* The TCB that was asked with; else the one that the platform was last seen at. */
static void find_raw_tcb(const struct errand *errand, const struct platform *platform,
                         struct doctor_facts *facts)
{
    const struct platform_raw_tcb *last = NULL;

    facts->has_raw_tcb = errand->ask.has_raw_tcb;
    facts->raw = errand->ask.raw;
    if (facts->has_raw_tcb || platform == NULL)
        return;
    for (size_t i = 0; i < platform->raw_tcb_count; i++)
        if (last == NULL || platform->raw_tcbs[i].last_seen_s > last->last_seen_s)
            last = &platform->raw_tcbs[i];
    facts->has_raw_tcb = last != NULL;
    if (last != NULL)
        facts->raw = last->raw;
}

/* One that is not known may be denied by its name all the same. pck: the certificate that
 * is chosen. */
static const char *find_denial(struct errand *errand, const struct platform_look *look,
                               size_t pck)
{
    const struct control_platforms_options *options = &errand->control->options;
    struct platform stranger = { .has_name = true, .name = errand->ask.name };
    const struct platform *platform = look == NULL ? &stranger : &look->platform;
    int64_t now_s = clock_wall_s(options->clock);
    struct key_name key_name = { .is_known = false };

    if (denials_permit_platform(options->denials, platform, now_s, &errand->denial)
        && (pck == PCK_NONE
            || denials_permit_key(options->denials, platform->pcks[pck].der, &key_name,
                                  now_s, &errand->denial)))
        return NULL;
    return errand->denial.text;
}

/* look: NULL where the platform is not known. */
static struct doctor_facts facts_of(struct errand *errand,
                                    const struct platform_look *look)
{
    const struct config *config = errand->control->options.config;
    const struct platform *platform = look == NULL ? NULL : &look->platform;
    struct doctor_facts facts = {
        .fill = config->intel.fill,
        .has_upstreams = config->intel.upstream_count > 0,
        .view = look == NULL ? NULL : &look->view,
        .has_encrypted_ppid = errand->ask.has_encrypted_ppid
                              || (platform != NULL && platform->encrypted_ppid.len > 0),
        .has_manifest = platform != NULL && platform->manifest.len > 0,
        .report = errand->has_report ? &errand->report : NULL,
    };
    size_t pck = PCK_NONE;

    find_raw_tcb(errand, platform, &facts);
    if (look != NULL && facts.has_raw_tcb) {
        pck = platform_view_choose(&look->view, &facts.raw);
        facts.verdict = pck == PCK_NONE ? ERROR_NONE : look->pcks[pck].why.kind;
    }
    facts.denial = find_denial(errand, look, pck);
    return facts;
}

struct queue_search {
    const struct platform_name *name;
    bool found;
};

static bool is_another(void *search_, int64_t mark,
                       const struct registration *registration)
{
    struct queue_search *search = search_;

    (void)mark;
    search->found = platform_name_compare(search->name, &registration->name) == 0;
    return !search->found;
}

/* A queue that can't be read has nothing to say here; the registry logs it. */
static bool is_queued(const struct errand *errand)
{
    struct host_readers *readers = errand->control->readers;
    struct queue_search search = { .name = &errand->ask.name };

    struct platform_reader *reader = host_readers_take(readers, NULL);
    if (reader == NULL)
        return false;
    bool well = registrations_walk(reader, QUEUE_NEW, is_another, &search, NULL);
    host_readers_give_back(readers, reader);
    return well && search.found;
}

/* ---- asking upstream ------------------------------------------------------------ */

/* An encrypted PPID is another each time that it is made, so only upstream can say
 * whether it is the one that is bound. A manifest that is kept says more than it does. */
static bool brings_another_ppid(const struct errand *errand,
                                const struct platform *platform)
{
    return errand->ask.has_encrypted_ppid && platform->manifest.len == 0
           && !bytes_equal(bytes_of(errand->ask.encrypted_ppid, ENCRYPTED_PPID_LEN),
                           platform->encrypted_ppid);
}

static bool may_be_given_better(const struct doctor_facts *facts)
{
    struct diagnosis diagnosis;

    diagnose(facts, &diagnosis);
    switch (diagnosis.ailment) {
    case AILMENT_NOT_REGISTERED:
        return facts->fill == FILL_LAZY;
    case AILMENT_WAITING:
    case AILMENT_BELOW:
    case AILMENT_CERTIFICATE_GAP:
    case AILMENT_IMPOSSIBLE_CPUSVN:
    case AILMENT_EXPIRED:
    case AILMENT_UNSOUND:
    case AILMENT_OTHER_DATA_CENTRE:
        return true;
    case AILMENT_NONE:
    case AILMENT_DENIED:
    case AILMENT_ZERO_PPID:
    case AILMENT_MANIFEST_MISSING:
    case AILMENT_PACKAGE_REVOKED:
    case AILMENT_REVOKED:
    case AILMENT_BOUND_TO_ANOTHER:
    case AILMENT_NO_TCB_INFO:
    case AILMENT_UPSTREAM:
        break;
    }
    return false;
}

static bool is_worth_asking(const struct errand *errand, const struct doctor_facts *facts)
{
    if (errand->has_report || !errand->caller.is_operator || !facts->has_upstreams
        || facts->fill == FILL_OFFLINE
        || !(facts->has_encrypted_ppid || facts->has_manifest))
        return false;
    return (facts->view != NULL && brings_another_ppid(errand, facts->view->platform))
           || may_be_given_better(facts);
}

static void told(void *errand_, const struct platform_report *report)
{
    struct errand *errand = errand_;
    static const struct error busy = { .kind = ERROR_UNREACHABLE,
                                       .text = "too much is waiting already" };

    errand->has_report = true;
    errand->report = *report;
    if (report->outcome == FETCH_KEPT)
        errand->control->options.platform_changed(errand->control->options.context,
                                                  &errand->ask.name);
    if (!workroom_give(errand->control->room, errand_doctor, errand))
        errand_fail(errand, &busy);
}

/* With what the request has brought it is asked as for a stranger, so that looking for a
 * cause binds nothing anew. */
static void ask_upstream(struct errand *errand, const struct platform *platform)
{
    const struct platform_ask *ask = &errand->ask;
    struct platform_demand demand = {
        .has_name = true,
        .name = ask->name,
        .bound_by = BOUND_BY_ASKING,
        .has_encrypted_ppid = ask->has_encrypted_ppid,
        .has_raw_tcb = ask->has_raw_tcb,
        .raw = ask->raw,
        .context = errand,
        .told = told,
    };

    memcpy(demand.encrypted_ppid, ask->encrypted_ppid, sizeof demand.encrypted_ppid);
    if (platform != NULL && !brings_another_ppid(errand, platform)) {
        demand.bound_by = platform->bound_by;
        demand.manifest = platform->manifest;
        demand.has_encrypted_ppid = platform->encrypted_ppid.len == ENCRYPTED_PPID_LEN;
        if (demand.has_encrypted_ppid)
            memcpy(demand.encrypted_ppid, platform->encrypted_ppid.at,
                   ENCRYPTED_PPID_LEN);
    }
    errand->control->options.fetch_platform(errand->control->options.context, &demand);
}

/* ---- the answer ----------------------------------------------------------------- */

static void tell_diagnosis(struct errand *errand, const struct doctor_facts *facts,
                           const struct platform *platform)
{
    struct diagnosis diagnosis;
    struct object o = object_begin();

    diagnose(facts, &diagnosis);
    object_put_text(&o, "ailment", ailment_name(diagnosis.ailment));
    object_put_text(&o, "finding", diagnosis.finding);
    object_put_text(&o, "remedy", diagnosis.remedy);
    object_put_flag(&o, "asked", errand->has_report);
    object_put(&o, "platform", platform == NULL ? json_null() : platform_json(platform));
    errand_tell(errand, object_end(&o));
}

void errand_doctor(void *errand_)
{
    struct errand *errand = errand_;
    struct platform_look look;
    struct error err = { 0 };

    bool found = errand_look(errand, &look, &err);
    if (!found && err.kind != ERROR_NOT_FOUND) {
        errand_fail(errand, &err);
    } else {
        const struct platform *platform = found ? &look.platform : NULL;
        struct doctor_facts facts = facts_of(errand, found ? &look : NULL);
        facts.is_queued = !found && is_queued(errand);
        if (is_worth_asking(errand, &facts))
            ask_upstream(errand, platform);
        else
            tell_diagnosis(errand, &facts, platform);
    }
    platform_look_end(&look);
}
