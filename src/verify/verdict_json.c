/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/verdict_json.h"

#include "verify/verdict_json_parts.h"

static const char *origin_name(enum root_origin origin)
{
    static const char *const names[] = {
        [ROOT_PINNED] = "pinned", [ROOT_EXTRA] = "extra", [ROOT_TEST] = "test"
    };

    return names[origin];
}

void verdict_json_root(const uint8_t spki_sha256[32], struct bytes key_id,
                       enum root_origin origin, struct buf *out)
{
    if (origin == 0) {
        json_write_null(out, "root");
        return;
    }
    json_write_begin(out, "root", '{');
    json_write_hex(out, "spki_sha256", bytes_of(spki_sha256, 32));
    json_write_hex(out, "key_id", key_id);
    json_write_word(out, "origin", origin_name(origin));
    json_write_end(out, '}');
}

void verdict_json_hexes(const struct json_hex_member *members, size_t count,
                        const void *from, struct buf *out)
{
    for (size_t i = 0; i < count; i++)
        json_write_hex(
            out, members[i].name,
            *(const struct bytes *)(const void *)((const char *)from + members[i].at));
}

void verdict_json_bits(const char *name, const struct json_bit_member *members,
                       size_t count, uint64_t value, struct buf *out)
{
    json_write_begin(out, name, '{');
    for (size_t i = 0; i < count; i++)
        json_write_boolean(out, members[i].name, (value & members[i].bit) != 0);
    json_write_end(out, '}');
}

/* ---- what it comes down to ------------------------------------------------------ */

static void write_sentence(struct buf *out, const char *name, bool is_there,
                           const struct error *why)
{
    if (is_there)
        json_write_text(out, name, bytes_of_text(why->text));
    else
        json_write_null(out, name);
}

static void write_head(const struct verdict *verdict, struct buf *out)
{
    const char *tee = verdict->evidence == 0 ? NULL : evidence_name(verdict->evidence);

    json_write_word(out, "tee", tee);
    json_write_word(out, "status",
                    verdict->has_status ? tcb_standing_name(verdict->status) : NULL);
    json_write_begin(out, "advisories", '[');
    for (size_t i = 0; i < verdict->advisory_count; i++)
        json_write_text(out, NULL, verdict->advisories[i]);
    json_write_end(out, ']');
    if (verdict->tcb_date_s == 0)
        json_write_null(out, "tcb_date");
    else
        json_write_date(out, "tcb_date", verdict->tcb_date_s);
    if (verdict->evaluation_data_number == 0)
        json_write_null(out, "evaluation_data_number");
    else
        json_write_number(out, "evaluation_data_number", verdict->evaluation_data_number);
}

static void write_answer(const struct verdict *verdict,
                         const struct policy_answer *answer, struct buf *out)
{
    bool has_failed = verdict->failure != CHECK_PASSED;

    json_write_boolean(out, "valid", verdict->valid);
    json_write_word(out, "failure",
                    has_failed ? verify_check_name(verdict->failure) : NULL);
    write_sentence(out, "why", has_failed, &verdict->why);
    json_write_begin(out, "expired", '[');
    for (unsigned i = 0; i < DATED_ITEMS; i++)
        if (verdict->dates[i].is_known && verdict->dates[i].is_out)
            json_write_word(out, NULL, dated_item_name((enum dated_item)i));
    json_write_end(out, ']');
    json_write_word(out, "revocation",
                    verdict->revocation_checked ? "checked" : "unchecked");
    json_write_boolean(out, "accepted", answer->accepted);
    json_write_word(out, "denied_by", answer->denied_by);
    write_sentence(out, "denied_why", answer->denied_by != NULL, &answer->why);
    json_write_date(out, "at", verdict->now_s);
}

static bool is_shown(const struct verdict *verdict, enum dated_item item)
{
    bool is_amd = item == DATED_VEK || item == DATED_VEK_CHAIN || item == DATED_AMD_CRL;

    return verdict->evidence != 0 && is_amd == (verdict->evidence == EVIDENCE_SEV_SNP);
}

static void write_dates(const struct verdict *verdict, struct buf *out)
{
    json_write_begin(out, "dates", '{');
    for (unsigned i = 0; i < DATED_ITEMS; i++) {
        const struct dated *dated = &verdict->dates[i];
        const char *name = dated_item_name((enum dated_item)i);
        if (!is_shown(verdict, (enum dated_item)i))
            continue;
        if (!dated->is_known) {
            json_write_null(out, name);
            continue;
        }
        json_write_begin(out, name, '{');
        json_write_date(out, "from", dated->from_s);
        json_write_date(out, "until", dated->until_s);
        json_write_boolean(out, "in_date", !dated->is_out);
        json_write_end(out, '}');
    }
    json_write_end(out, '}');
}

static void write_bounds(const struct verdict *verdict, struct buf *out)
{
    int64_t first_s = INT64_MAX, last_s = INT64_MIN, end_s = INT64_MAX;
    bool is_any = false;

    for (size_t i = 0; i < DATED_ITEMS; i++) {
        const struct dated *dated = &verdict->dates[i];
        if (!dated->is_known)
            continue;
        is_any = true;
        first_s = dated->from_s < first_s ? dated->from_s : first_s;
        last_s = dated->from_s > last_s ? dated->from_s : last_s;
        end_s = dated->until_s < end_s ? dated->until_s : end_s;
    }
    if (!is_any) {
        json_write_null(out, "earliest_issue");
        json_write_null(out, "latest_issue");
        json_write_null(out, "earliest_expiration");
        return;
    }
    json_write_date(out, "earliest_issue", first_s);
    json_write_date(out, "latest_issue", last_s);
    json_write_date(out, "earliest_expiration", end_s);
}

void verdict_json_write(const struct verdict *verdict, const struct policy_answer *answer,
                        struct bytes more, struct buf *out)
{
    buf_add_byte(out, '{');
    write_head(verdict, out);
    write_answer(verdict, answer, out);
    write_dates(verdict, out);
    write_bounds(verdict, out);
    if (verdict->evidence == EVIDENCE_SGX || verdict->evidence == EVIDENCE_TDX)
        verdict_json_quote(verdict, out);
    else if (verdict->evidence == EVIDENCE_SEV_SNP)
        verdict_json_report(verdict, out);
    if (more.len > 0) {
        buf_add_byte(out, ',');
        buf_add(out, more);
    }
    buf_add_byte(out, '}');
}
