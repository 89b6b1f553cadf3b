/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_baselines_ask.h"

#include <stdio.h>

#include "baseline/sets.h"
#include "kit/text.h"

#define BASELINES_PATH "/thim/v1/baselines"

enum { DAY_LEN = sizeof "2026-11-30" - 1 };

/* ---- paths ---------------------------------------------------------------------- */

static bool split(struct bytes rest, struct baselines_path *out)
{
    struct bytes slash = bytes_of_text("/");

    if (rest.len < 2 || rest.at[0] != '/')
        return false;
    rest = bytes_after(rest, 1);
    size_t end = bytes_find(rest, slash);
    out->name = bytes_first(rest, end);
    out->verb = bytes_after(rest, end + 1);
    bool ends = end == rest.len;
    out->place = ends ? BASELINES_ONE : BASELINES_VERB;
    if (ends && bytes_equal_text(out->name, "diff"))
        *out = (struct baselines_path){ .place = BASELINES_DIFF };
    return ends || (out->verb.len > 0 && bytes_find(out->verb, slash) == out->verb.len);
}

bool baselines_path_read(struct bytes path, struct baselines_path *out)
{
    struct bytes root = bytes_of_text(BASELINES_PATH);

    *out = (struct baselines_path){ 0 };
    if (bytes_equal_text(path, "/thim/v1/explain"))
        out->place = BASELINES_EXPLAIN;
    else if (bytes_equal(path, root))
        out->place = BASELINES_ALL;
    if (out->place != 0)
        return true;
    return bytes_equal(bytes_first(path, root.len), root)
           && split(bytes_after(path, root.len), out);
}

static bool is_of_a_name(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || c == '-' || c == '_';
}

bool baseline_name_read(struct bytes text, char out[BASELINE_NAME_MAX], struct error *err)
{
    bool well = text.len > 0 && text.len < BASELINE_NAME_MAX;

    for (size_t i = 0; well && i < text.len; i++)
        well = is_of_a_name(text.at[i]);
    if (!well)
        return error_set(err, ERROR_FORMAT, "\"%s\" is no name of a baseline",
                         safe(text).s);
    memcpy(out, text.at, text.len);
    out[text.len] = 0;
    return true;
}

/* ---- words that stand in bodies, too ---------------------------------------------- */

bool baselines_tees_read(struct bytes text, unsigned *out, struct error *err)
{
    *out = 3;
    if (bytes_equal_text(text, "sgx"))
        *out = 1U << sets_index(TEE_SGX);
    else if (bytes_equal_text(text, "tdx"))
        *out = 1U << sets_index(TEE_TDX);
    else if (text.len > 0)
        return error_set(err, ERROR_FORMAT, "tee is \"%s\", expected sgx or tdx",
                         safe(text).s);
    return true;
}

bool baselines_until_read(struct bytes text, int64_t *out, struct error *err)
{
    char moment[sizeof "2026-11-30T00:00:00Z"];

    snprintf(moment, sizeof moment, "%.*sT00:00:00Z", DAY_LEN, safe(text).s);
    return utc_read(text, out)
           || (text.len == DAY_LEN && utc_read(bytes_of_text(moment), out))
           || error_set(err, ERROR_FORMAT,
                        "until is \"%s\", expected a day as 2026-11-30, or a time as "
                        "2026-11-30T12:00:00Z",
                        safe(text).s);
}

/* ---- parameters ------------------------------------------------------------------- */

static struct bytes value_of(const struct http_target *target, const char *name)
{
    const struct http_parameter *p = http_parameter(target, name);

    return p == NULL ? (struct bytes){ 0 } : p->value;
}

/* What is not given stays as it is. */
static bool read_number(const struct http_target *target, const char *name, uint64_t most,
                        uint64_t *out, struct error *err)
{
    struct bytes text = value_of(target, name);

    return text.len == 0 || decimal_read(text, most, out)
           || error_set(err, ERROR_FORMAT,
                        "parameter %s is \"%s\", expected a number up to %llu", name,
                        safe(text).s, (unsigned long long)most);
}

static bool read_evaluation_number(const struct http_target *target, const char *name,
                                   uint32_t *out, struct error *err)
{
    uint64_t number = 0;

    if (!read_number(target, name, BASELINE_NUMBER_MAX, &number, err))
        return false;
    *out = (uint32_t)number;
    return true;
}

static bool read_goal(struct bytes text, struct baselines_ask *out, struct error *err)
{
    uint64_t number;

    out->goal = GOAL_NEXT;
    if (text.len == 0)
        return true;
    if (bytes_equal_text(text, "early")) {
        out->goal = GOAL_EARLY;
    } else if (bytes_equal_text(text, "standard")) {
        out->goal = GOAL_STANDARD;
    } else if (decimal_read(text, BASELINE_NUMBER_MAX, &number)) {
        out->goal = GOAL_NUMBER;
        out->number = (uint32_t)number;
    } else {
        out->goal = GOAL_BASELINE;
        return baseline_name_read(text, out->baseline, err)
               || error_within(err, "parameter to: not a number, early or standard, and");
    }
    return true;
}

static bool read_format(struct bytes text, bool *as_csv, struct error *err)
{
    *as_csv = bytes_equal_text(text, "csv");
    return *as_csv || text.len == 0 || bytes_equal_text(text, "json")
           || error_set(err, ERROR_FORMAT,
                        "parameter format is \"%s\", expected json or csv", safe(text).s);
}

static bool read_preview(const struct http_target *target, struct baselines_ask *out,
                         struct error *err)
{
    out->names = PREVIEW_NAMES_USUAL;
    return read_goal(value_of(target, "to"), out, err)
           && read_number(target, "names", PREVIEW_NAMES_MAX, &out->names, err)
           && read_format(value_of(target, "format"), &out->as_csv, err)
           && read_number(target, "unseen_days", PREVIEW_UNSEEN_DAYS_MAX,
                          &out->unseen_days, err);
}

static bool read_svns(const struct http_target *target, const char *name, bool *has,
                      uint8_t out[16], struct error *err)
{
    struct bytes text = value_of(target, name);

    *has = text.len > 0;
    return !*has || hex_read(text, out, 16)
           || error_set(err, ERROR_FORMAT,
                        "parameter %s is \"%s\", expected 32 hex digits", name,
                        safe(text).s);
}

static bool read_subject(const struct http_target *target, struct tcb_subject *out,
                         struct error *err)
{
    uint64_t qe_isvsvn = 0;

    if (!read_svns(target, "tee_tcb_svn", &out->has_tdx, out->tee_tcb_svn, err)
        || !read_svns(target, "tee_tcb_svn2", &out->has_current, out->tee_tcb_svn2, err)
        || !read_number(target, "qe_isvsvn", UINT16_MAX, &qe_isvsvn, err))
        return false;
    out->has_qe = value_of(target, "qe_isvsvn").len > 0;
    out->qe_isvsvn = (uint16_t)qe_isvsvn;
    return !out->has_current || out->has_tdx
           || error_set(err, ERROR_FORMAT,
                        "parameter tee_tcb_svn2 stands beside tee_tcb_svn, which is "
                        "missing");
}

bool baselines_ask_read(const struct http_target *target, struct arena *arena,
                        struct baselines_ask *out, struct error *err)
{
    *out = (struct baselines_ask){ 0 };
    return platform_ask_read(target, arena, &out->common, err)
           && (baselines_tees_read(value_of(target, "tee"), &out->tees, err)
               || error_within(err, "parameter"))
           && read_preview(target, out, err)
           && read_evaluation_number(target, "a", &out->a, err)
           && read_evaluation_number(target, "b", &out->b, err)
           && read_subject(target, &out->subject, err);
}
