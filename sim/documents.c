/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/documents.h"

#include <assert.h>

#include "kit/text.h"

enum { LEVELS_MAX = 5, COMPONENTS = 16, DAY_S = 86400 };

static const char zeros_48[] =
    "0000000000000000000000000000000000000000000000000000000000"
    "00000000000000000000000000000000000000";

static void add_dates(struct buf *out, struct document_dates dates)
{
    buf_addf(out, "\"issueDate\":\"%s\",\"nextUpdate\":\"%s\",", utc(dates.issue_s).s,
             utc(dates.next_update_s).s);
}

/* The oldest event that still has a level beside that of number. */
static unsigned oldest_level(unsigned number)
{
    return number < CALENDAR_FIRST + LEVELS_MAX ? CALENDAR_FIRST
                                                : number - LEVELS_MAX + 1;
}

/* Events are dated by the day, and fixes are in force from the day after. */
static int64_t event_day_s(const struct calendar *calendar, unsigned number)
{
    int64_t event_s = calendar_event_s(calendar, number);

    return event_s - event_s % DAY_S;
}

static int64_t tcb_date_s(const struct calendar *calendar, unsigned number)
{
    return event_day_s(calendar, number) + DAY_S;
}

/* The end of every level: its date, its status and what is open in it. */
static void add_verdict(struct buf *out, const struct calendar *calendar, unsigned level,
                        bool newest, bool needs_hardening)
{
    const char *status =
        newest ? needs_hardening ? "SWHardeningNeeded" : "UpToDate" : "OutOfDate";

    buf_addf(out, "\"tcbDate\":\"%s\",\"tcbStatus\":\"%s\"",
             utc(tcb_date_s(calendar, level)).s, status);
    if (!newest || needs_hardening)
        buf_addf(out, ",\"advisoryIDs\":[\"INTEL-SA-%05u\",\"INTEL-SA-%05u\"]",
                 600 + level, 700 + level);
    buf_add_text(out, "}");
}

/* ---- TCB info ------------------------------------------------------------------- */

struct component {
    uint8_t svn;      /* where it does not follow the event */
    bool rises;       /* SVN is the event's number */
    const char *more; /* category and type */
};

static const struct component sgx_components[COMPONENTS] = {
    { .rises = true,
      .more = ",\"category\":\"BIOS\",\"type\":\"Early Microcode Update\"" },
    { .rises = true,
      .more = ",\"category\":\"OS/VMM\",\"type\":\"SGX Late Microcode Update\"" },
    { .more = ",\"category\":\"OS/VMM\",\"type\":\"TXT SINIT\"" },
    { .svn = 3, .more = ",\"category\":\"BIOS\"" },
    { .svn = 3, .more = ",\"category\":\"BIOS\"" },
    { .svn = 255, .more = ",\"category\":\"BIOS\"" },
    { .svn = 0 },
    { .svn = 2, .more = ",\"category\":\"OS/VMM\",\"type\":\"SEAMLDR ACM\"" },
};

static const struct component tdx_components[COMPONENTS] = {
    { .svn = 3, .more = ",\"category\":\"OS/VMM\",\"type\":\"TDX Module\"" },
    { .svn = 0, .more = ",\"category\":\"OS/VMM\",\"type\":\"TDX Module\"" },
    { .rises = true,
      .more = ",\"category\":\"OS/VMM\",\"type\":\"TDX Late Microcode Update\"" },
};

static void add_components(struct buf *out, const char *name,
                           const struct component components[COMPONENTS], unsigned level)
{
    buf_addf(out, "\"%s\":[", name);
    for (size_t i = 0; i < COMPONENTS; i++) {
        const struct component *c = &components[i];
        unsigned svn = c->rises ? level & 0xff : c->svn;

        buf_addf(out, "%s{\"svn\":%u%s}", i == 0 ? "" : ",", svn,
                 c->more == NULL ? "" : c->more);
    }
    buf_add_text(out, "]");
}

static unsigned module_isvsvn_of(unsigned level)
{
    return level - CALENDAR_FIRST + 1;
}

/* PCESVN moves with every second event. */
static unsigned pcesvn_of(unsigned level)
{
    return 10 + (level - CALENDAR_FIRST) / 2;
}

void document_tcbm(unsigned level, uint8_t out[TCBM_LEN])
{
    for (size_t i = 0; i < COMPONENTS; i++)
        out[i] = sgx_components[i].rises ? (uint8_t)level : sgx_components[i].svn;
    out[CPUSVN_LEN] = (uint8_t)pcesvn_of(level);
    out[CPUSVN_LEN + 1] = (uint8_t)(pcesvn_of(level) >> 8);
}

void document_tee_tcb_svn(unsigned level, bool has_identity, uint8_t out[CPUSVN_LEN])
{
    for (size_t i = 0; i < COMPONENTS; i++)
        out[i] = tdx_components[i].rises ? (uint8_t)level : tdx_components[i].svn;
    if (!has_identity)
        return;
    out[0] = (uint8_t)module_isvsvn_of(level);
    out[1] = 1;
}

static void add_tcb_level(struct buf *out, enum world_tee tee, unsigned level)
{
    buf_add_text(out, "{\"tcb\":{");
    add_components(out, "sgxtcbcomponents", sgx_components, level);
    buf_addf(out, ",\"pcesvn\":%u", pcesvn_of(level));
    if (tee == WORLD_TDX) {
        buf_add_text(out, ",");
        add_components(out, "tdxtcbcomponents", tdx_components, level);
    }
    buf_add_text(out, "},");
}

static void add_module_identities(struct buf *out, const struct calendar *calendar,
                                  unsigned number)
{
    static const char *const ids[] = { "TDX_03", "TDX_01" };

    buf_addf(out,
             "\"tdxModule\":{\"mrsigner\":\"%s\",\"attributes\":\"0000000000000000\","
             "\"attributesMask\":\"FFFFFFFFFFFFFFFF\"},\"tdxModuleIdentities\":[",
             zeros_48);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        buf_addf(out,
                 "%s{\"id\":\"%s\",\"mrsigner\":\"%s\","
                 "\"attributes\":\"0000000000000000\","
                 "\"attributesMask\":\"FFFFFFFFFFFFFFFF\",\"tcbLevels\":[",
                 i == 0 ? "" : ",", ids[i], zeros_48);
        for (unsigned level = number; level >= oldest_level(number); level--) {
            buf_addf(out, "%s{\"tcb\":{\"isvsvn\":%u},", level == number ? "" : ",",
                     module_isvsvn_of(level));
            add_verdict(out, calendar, level, level == number, false);
        }
        buf_add_text(out, "]}");
    }
    buf_add_text(out, "],");
}

void document_tcb_info(struct buf *out, const struct calendar *calendar,
                       enum world_tee tee, const uint8_t fmspc[FMSPC_LEN],
                       unsigned number, struct document_dates dates)
{
    buf_addf(out, "{\"id\":\"%s\",\"version\":3,", tee == WORLD_TDX ? "TDX" : "SGX");
    add_dates(out, dates);
    buf_add_text(out, "\"fmspc\":\"");
    for (size_t i = 0; i < FMSPC_LEN; i++)
        buf_addf(out, "%02X", fmspc[i]);
    buf_addf(out, "\",\"pceId\":\"0000\",\"tcbType\":0,\"tcbEvaluationDataNumber\":%u,",
             number);
    if (tee == WORLD_TDX)
        add_module_identities(out, calendar, number);
    buf_add_text(out, "\"tcbLevels\":[");
    for (unsigned level = number; level >= oldest_level(number); level--) {
        buf_add_text(out, level == number ? "" : ",");
        add_tcb_level(out, tee, level);
        add_verdict(out, calendar, level, level == number, (fmspc[0] & 1) != 0);
    }
    buf_add_text(out, "]}");
}

/* ---- identities, numbers, the envelope ------------------------------------------- */

static const struct identity {
    const char *id, *attributes, *mrsigner;
    unsigned isvprodid;
} identities[WORLD_KINDS] = {
    [WORLD_QE_IDENTITY] = { "QE", "11000000000000000000000000000000",
                            "8C4F5775D796503E96137F77C68A829A"
                            "0056AC8DED70140B081B094490C57BFF",
                            1 },
    [WORLD_TD_QE_IDENTITY] = { "TD_QE", "11000000000000000000000000000000",
                               "DC9E2A7C6F948F17474E34A7FC43ED03"
                               "0F7C1563F1BABDDF6340C82E0E54A8C5",
                               2 },
    [WORLD_QVE_IDENTITY] = { "QVE", "01000000000000000000000000000000",
                             "8C4F5775D796503E96137F77C68A829A"
                             "0056AC8DED70140B081B094490C57BFF",
                             2 },
    [WORLD_QAE_IDENTITY] = { "QAE", "01000000000000000000000000000000",
                             "8C4F5775D796503E96137F77C68A829A"
                             "0056AC8DED70140B081B094490C57BFF",
                             3 },
};

void document_identity(struct buf *out, const struct calendar *calendar,
                       enum world_kind kind, unsigned number, struct document_dates dates)
{
    const struct identity *identity = &identities[kind];

    assert(identity->id != NULL);
    buf_addf(out, "{\"id\":\"%s\",\"version\":2,", identity->id);
    add_dates(out, dates);
    buf_addf(out,
             "\"tcbEvaluationDataNumber\":%u,\"miscselect\":\"00000000\","
             "\"miscselectMask\":\"FFFFFFFF\",\"attributes\":\"%s\","
             "\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\","
             "\"mrsigner\":\"%s\",\"isvprodid\":%u,\"tcbLevels\":[",
             number, identity->attributes, identity->mrsigner, identity->isvprodid);
    for (unsigned level = number; level >= oldest_level(number); level--) {
        buf_addf(out, "%s{\"tcb\":{\"isvsvn\":%u},", level == number ? "" : ",", level);
        add_verdict(out, calendar, level, level == number, false);
    }
    buf_add_text(out, "]}");
}

void document_enclave(enum world_kind kind, struct document_enclave *out)
{
    const struct identity *identity = &identities[kind];
    bool is_hex = hex_read(bytes_of_text(identity->attributes), out->attributes,
                           sizeof out->attributes)
                  && hex_read(bytes_of_text(identity->mrsigner), out->mrsigner,
                              sizeof out->mrsigner);

    assert(is_hex);
    (void)is_hex;
    memset(out->miscselect, 0, sizeof out->miscselect);
    out->isvprodid = (uint16_t)identity->isvprodid;
}

void document_numbers(struct buf *out, const struct calendar *calendar,
                      enum world_tee tee, unsigned oldest, unsigned newest,
                      struct document_dates dates)
{
    buf_addf(out, "{\"id\":\"%s\",\"version\":1,", tee == WORLD_TDX ? "TDX" : "SGX");
    add_dates(out, dates);
    buf_add_text(out, "\"tcbEvalNumbers\":[");
    for (unsigned number = newest; number >= oldest; number--)
        buf_addf(out,
                 "%s{\"tcbEvaluationDataNumber\":%u,\"tcbRecoveryEventDate\":\"%s\","
                 "\"tcbDate\":\"%s\"}",
                 number == newest ? "" : ",", number,
                 utc(event_day_s(calendar, number)).s,
                 utc(tcb_date_s(calendar, number)).s);
    buf_add_text(out, "]}");
}

void document_envelope(struct buf *out, const char *name, struct bytes text,
                       struct bytes signature_hex)
{
    buf_addf(out, "{\"%s\":", name);
    buf_add(out, text);
    buf_add_text(out, ",\"signature\":\"");
    buf_add(out, signature_hex);
    buf_add_text(out, "\"}");
}
