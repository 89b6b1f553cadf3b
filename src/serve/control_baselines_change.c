/* SPDX-License-Identifier: Apache-2.0 */
/* Orders by hand: read, given to the board, written into the audit, answered. */
#include <stdio.h>
#include <stdlib.h>

#include "kit/text.h"
#include "serve/control_baselines_parts.h"
#include "serve/registry_audit.h"

static const struct order_kind {
    const char *verb;
    enum baseline_step_kind kind;
    bool takes_to, needs_to, takes_until, needs_until;
} kinds[] = {
    { "promote", STEP_PROMOTED, true, false, false, false },
    { "hold", STEP_HELD, false, false, true, false },
    { "release", STEP_RELEASED, false, false, false, false },
    { "pin", STEP_PINNED, true, true, true, true },
    { "unpin", STEP_UNPINNED, false, false, false, false },
    { "rollback", STEP_ROLLED_BACK, true, false, false, false },
};

struct letter { /* an order on its way, and what came of it */
    struct baselines_errand *errand;
    struct baseline_order order;
    unsigned tees;
    char why[BASELINE_STEP_TEXT_MAX];
    uint32_t before[2];
    uint64_t generation;
    struct error refusal; /* ERROR_NONE: it is in force */
    json_t *answer;
};

/* ---- reading -------------------------------------------------------------------- */

static const struct order_kind *kind_of(const char *verb)
{
    const struct order_kind *kind = kinds;

    while (strcmp(kind->verb, verb) != 0) /* the routes know no other */
        kind++;
    return kind;
}

/* It stands in logs, in the history and on terminals. */
static bool read_why(const json_t *value, char out[BASELINE_STEP_TEXT_MAX],
                     struct error *err)
{
    const char *text = json_string_value(value);
    size_t len = text == NULL ? 0 : strlen(text);
    bool well = len > 0 && len < BASELINE_STEP_TEXT_MAX;

    for (size_t i = 0; well && i < len; i++)
        well = text[i] >= ' ' && text[i] <= '~' && text[i] != '"' && text[i] != '\\';
    if (!well)
        return error_set(err, ERROR_FORMAT,
                         "'why' is missing, or not 1 to %d characters of printable "
                         "ASCII without quotes",
                         BASELINE_STEP_TEXT_MAX - 1);
    memcpy(out, text, len + 1);
    return true;
}

static struct bytes text_of(const json_t *value)
{
    return bytes_of_text(json_is_string(value) ? json_string_value(value) : "?");
}

static bool read_member(const struct order_kind *kind, const char *name,
                        const json_t *value, struct letter *out, struct error *err)
{
    if (strcmp(name, "why") == 0)
        return read_why(value, out->why, err);
    if (strcmp(name, "tee") == 0)
        return baselines_tees_read(text_of(value), &out->tees, err);
    if (strcmp(name, "until") == 0 && kind->takes_until)
        return baselines_until_read(text_of(value), &out->order.until_s, err);
    if (strcmp(name, "to") != 0 || !kind->takes_to)
        return error_set(err, ERROR_FORMAT, "%s takes no member '%s'", kind->verb,
                         safe_string(name).s);
    json_int_t number = json_integer_value(value);
    out->order.number = (uint32_t)number;
    return (number > 0 && number <= BASELINE_NUMBER_MAX)
           || error_set(err, ERROR_FORMAT, "'to' is not a number from 1 to %d",
                        BASELINE_NUMBER_MAX);
}

static bool check_whole(const struct order_kind *kind, const struct letter *letter,
                        struct error *err)
{
    if (letter->why[0] == 0)
        return read_why(NULL, NULL, err);
    if (kind->needs_to && letter->order.number == 0)
        return error_set(err, ERROR_FORMAT, "%s needs 'to', a number", kind->verb);
    return !kind->needs_until || letter->order.until_s != 0
           || error_set(err, ERROR_FORMAT, "%s needs 'until', a day", kind->verb);
}

static bool read_members(const struct order_kind *kind, json_t *json, struct letter *out,
                         struct error *err)
{
    const char *name;
    json_t *value;

    json_object_foreach(json, name, value)
    {
        if (!read_member(kind, name, value, out, err))
            return false;
    }
    return check_whole(kind, out, err);
}

static bool read_order(const struct baselines_errand *errand, struct letter *out,
                       struct error *err)
{
    const struct order_kind *kind = kind_of(errand->verb);
    json_t *json = json_loadb((const char *)errand->body, errand->body_len,
                              JSON_REJECT_DUPLICATES, NULL);

    out->order.kind = kind->kind;
    out->tees = 3;
    bool read = json_is_object(json)
                    ? read_members(kind, json, out, err)
                    : error_set(err, ERROR_FORMAT, "the body is not one JSON object");
    json_decref(json);
    return read;
}

/* ---- where it leads -------------------------------------------------------------- */

static void note_numbers(const struct baseline_view *view, size_t policy, uint32_t out[2])
{
    for (size_t i = 0; i < COUNT_OF(control_tees); i++)
        out[i] = view->stands[policy][i].number;
}

/* A promotion that names no number goes where the baseline would go by itself. */
static bool choose_target(const struct baseline_view *view, size_t policy,
                          struct letter *letter, struct error *err)
{
    uint32_t target = 0;

    for (unsigned i = 0; i < COUNT_OF(control_tees); i++) {
        const struct baseline_stand *stand = &view->stands[policy][i];
        uint32_t own = stand->decision.target;
        if ((letter->tees & (1U << i)) == 0 || own == 0 || own == letter->before[i])
            continue;
        if (target != 0 && own != target)
            return error_set(err, ERROR_FORMAT,
                             "sgx would move to %u and tdx to %u: 'tee' says which, or "
                             "'to' the number",
                             (unsigned)target, (unsigned)own);
        target = own;
    }
    letter->order.number = target;
    return target != 0
           || error_set(err, ERROR_FORMAT,
                        "%s has what it follows; 'to' says which number it is to move to",
                        letter->errand->name);
}

static bool prepare(struct letter *letter, struct error *err)
{
    OWNED(baseline_view_release) const struct baseline_view *view = NULL;
    size_t policy;

    if (!read_order(letter->errand, letter, err)
        || !baselines_errand_policy(letter->errand, &view, &policy, err))
        return false;
    note_numbers(view, policy, letter->before);
    return letter->order.kind != STEP_PROMOTED || letter->order.number != 0
           || choose_target(view, policy, letter, err);
}

/* ---- what came of it --------------------------------------------------------------- */

#define NOTE                                                                          \
    "Clients follow as what they were answered runs out. Intel's QPL looks at no "    \
    "max-age: it keeps collateral for its own verify_collateral_cache_expire_hours, " \
    "168 in the configuration that Intel ships."

static json_t *move_json(uint32_t from, uint32_t to)
{
    struct object o = object_begin();

    object_put_evaluation_number(&o, "from", from);
    object_put_evaluation_number(&o, "to", to);
    return object_end(&o);
}

static json_t *answer_json(const struct letter *letter, const uint32_t after[2])
{
    const struct control_baselines_options *options = &letter->errand->control->options;
    bool moved = after[0] != letter->before[0] || after[1] != letter->before[1];
    int64_t followed_s = clock_wall_s(options->clock) + options->config->limits.max_age_s;
    struct object o = object_begin();

    object_put_text(&o, "baseline", letter->errand->name);
    object_put_text(&o, "order", letter->errand->verb);
    object_put_number(&o, "generation", (int64_t)letter->generation);
    for (size_t i = 0; i < COUNT_OF(control_tees); i++)
        object_put(&o, tee_name(control_tees[i]), move_json(letter->before[i], after[i]));
    object_put_time(&o, "followed_by", moved ? followed_s : 0);
    object_put(&o, "note", moved ? json_string(NOTE) : json_null());
    return object_end(&o);
}

static void take_answer(struct letter *letter)
{
    OWNED(baseline_view_release) const struct baseline_view *view = NULL;
    uint32_t after[2] = { 0 };
    size_t policy;

    if (baselines_errand_policy(letter->errand, &view, &policy, NULL))
        note_numbers(view, policy, after);
    letter->answer = answer_json(letter, after);
}

/* The audit has it. */
static void finish(void *letter_)
{
    struct letter *letter = letter_;

    if (letter->refusal.kind == ERROR_NONE)
        baselines_errand_tell(letter->errand, letter->answer);
    else
        baselines_errand_fail(letter->errand, &letter->refusal);
    free(letter);
}

static void end(struct letter *letter)
{
    static const char *const tees[] = { "", " sgx", " tdx", "" };
    const struct baselines_errand *errand = letter->errand;
    struct audit_note note = { .who = "" };

    snprintf(note.who, sizeof note.who, "%s", errand->caller.name);
    snprintf(note.from, sizeof note.from, "%s", errand->caller.from);
    snprintf(note.what, sizeof note.what, "%s", errand->verb);
    snprintf(note.subject, sizeof note.subject, "baseline %s%s", errand->name,
             tees[letter->tees]);
    if (letter->refusal.kind == ERROR_NONE)
        snprintf(note.outcome, sizeof note.outcome, "in force, generation %llu",
                 (unsigned long long)letter->generation);
    else
        snprintf(note.outcome, sizeof note.outcome, "refused: %.140s",
                 letter->refusal.text);
    audit_note_send(&note, errand->control->options.writer, finish, letter);
}

static void ordered(void *letter_, uint64_t generation, const struct error *why)
{
    struct letter *letter = letter_;

    letter->generation = generation;
    if (why != NULL)
        letter->refusal = *why;
    else
        take_answer(letter);
    end(letter);
}

void baselines_errand_order(void *errand_)
{
    struct baselines_errand *errand = errand_;
    struct letter *letter = calloc(1, sizeof *letter);
    struct error err = { 0 };

    if (letter == NULL) {
        error_set(&err, ERROR_SYSTEM, "no memory for an order");
        baselines_errand_fail(errand, &err);
        return;
    }
    letter->errand = errand;
    if (!prepare(letter, &letter->refusal)) {
        end(letter);
        return;
    }
    struct baselines_order order = { .baseline = errand->name,
                                     .tees = letter->tees,
                                     .order = letter->order,
                                     .who = errand->caller.name,
                                     .why = letter->why,
                                     .context = letter,
                                     .done = ordered };
    baselines_give_order(errand->control->options.baselines, &order);
}
