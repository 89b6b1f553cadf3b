/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/faults_json.h"

#include <stdio.h>
#include <string.h>

#include "kit/text.h"

DEFINE_OWNED(json_t *, json_decref)

static const char *const tees[] = { "sgx", "tdx" };
static const char *const cas[] = { "processor", "platform" };
static const char *const products[] = { "Milan", "Genoa", "Turin" };

/* ---- reading --------------------------------------------------------------------- */

/* The members an object may have; a misspelt one would be a fault that never shows. */
bool json_only_members(const json_t *object, const char *const *names, size_t count,
                       struct error *err)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)object, name, value)
    {
        size_t i = 0;
        while (i < count && strcmp(names[i], name) != 0)
            i++;
        if (i == count)
            return error_set(err, ERROR_FORMAT, "no member \"%s\" is known here",
                             safe_string(name).s);
    }
    return true;
}

bool json_read_word(const json_t *order, const char *member, const char *const *names,
                    size_t count, size_t *place, struct error *err)
{
    const char *word = json_string_value(json_object_get(order, member));

    for (*place = 0; word != NULL && *place < count; (*place)++)
        if (strcmp(names[*place], word) == 0)
            return true;
    return error_set(err, ERROR_FORMAT, "%s: \"%s\" is not known", member,
                     safe_string(word).s);
}

/* The text of a member: NULL where absent, and *wrong where it is not a string. */
static const char *text_of(const json_t *object, const char *name, bool *wrong)
{
    const json_t *value = json_object_get(object, name);

    if (value != NULL && !json_is_string(value))
        *wrong = true;
    return json_string_value(value);
}

/* The place of a word among names; count where it is not there. */
static size_t place_of(const char *word, const char *const *names, size_t count)
{
    size_t i = 0;

    while (i < count && strcmp(names[i], word) != 0)
        i++;
    return i;
}

static bool read_word(const json_t *match, const char *member, const char *const *names,
                      size_t count, bool *given, size_t *place, struct error *err)
{
    bool wrong = false;
    const char *word = text_of(match, member, &wrong);

    *given = word != NULL;
    *place = word == NULL ? 0 : place_of(word, names, count);
    if (wrong || *place == count)
        return error_set(err, ERROR_FORMAT, "match.%s: \"%s\" is not known", member,
                         safe_string(word).s);
    return true;
}

static bool read_match(const json_t *match, struct fault *fault, struct error *err)
{
    static const char *const members[] = {
        "kind", "fmspc", "tee", "ca", "product", "path"
    };
    const char *kinds[WORLD_KINDS];
    size_t kind, tee, ca, product;
    bool wrong = false;

    for (int i = 0; i < WORLD_KINDS; i++)
        kinds[i] = world_kind_name((enum world_kind)i);
    if (!json_only_members(match, members, COUNT_OF(members), err)
        || !read_word(match, "kind", kinds, COUNT_OF(kinds), &fault->matches_kind, &kind,
                      err)
        || !read_word(match, "tee", tees, COUNT_OF(tees), &fault->matches_tee, &tee, err)
        || !read_word(match, "ca", cas, COUNT_OF(cas), &fault->matches_ca, &ca, err)
        || !read_word(match, "product", products, COUNT_OF(products),
                      &fault->matches_product, &product, err))
        return false;
    fault->of_kind = (enum world_kind)kind;
    fault->of_tee = (enum world_tee)tee;
    fault->of_ca = (enum world_ca)ca;
    fault->of_product = (enum world_product)product;
    const char *fmspc = text_of(match, "fmspc", &wrong);
    fault->matches_fmspc = fmspc != NULL;
    if (wrong
        || (fmspc != NULL && !hex_read(bytes_of_text(fmspc), fault->of_fmspc, FMSPC_LEN)))
        return error_set(err, ERROR_FORMAT, "match.fmspc: expected 12 hex digits");
    const char *path = text_of(match, "path", &wrong);
    if (wrong
        || (path != NULL
            && (size_t)snprintf(fault->of_path, FAULT_PATH_MAX, "%s", path)
                   >= FAULT_PATH_MAX))
        return error_set(err, ERROR_FORMAT, "match.path: expected a text below %d bytes",
                         FAULT_PATH_MAX);
    return true;
}

static bool read_count(const json_t *object, const char *name, int64_t least,
                       int64_t most, int64_t *value, struct error *err)
{
    const json_t *member = json_object_get(object, name);

    if (member == NULL)
        return true;
    if (!json_is_integer(member) || json_integer_value(member) < least
        || json_integer_value(member) > most)
        return error_set(err, ERROR_FORMAT, "%s: expected a number from %lld to %lld",
                         name, (long long)least, (long long)most);
    *value = json_integer_value(member);
    return true;
}

static bool read_time(const json_t *object, const char *name, int64_t *value,
                      struct error *err)
{
    bool wrong = false;
    const char *text = text_of(object, name, &wrong);

    if (wrong || (text != NULL && !utc_read(bytes_of_text(text), value)))
        return error_set(err, ERROR_FORMAT,
                         "%s: expected a time like 2025-06-20T00:00:00Z", name);
    return true;
}

static bool read_numbers(const json_t *object, struct fault *fault, struct error *err)
{
    int64_t retry_after_s = 0;

    fault->delay_ms = fault->kind == FAULT_SLOW ? 1000 : 0;
    fault->date_off_s = 86400;
    fault->times = -1;
    fault->share = 100;
    fault->from_s = INT64_MIN;
    fault->until_s = INT64_MAX;
    if (!read_count(object, "retry_after", 0, INT32_MAX, &retry_after_s, err)
        || !read_count(object, "delay_ms", 0, FAULT_DELAY_MS_MAX, &fault->delay_ms, err)
        || !read_count(object, "date_off_s", INT32_MIN, INT32_MAX, &fault->date_off_s,
                       err)
        || !read_count(object, "after", 0, INT32_MAX, &fault->after, err)
        || !read_count(object, "share", 1, 100, &fault->share, err)
        || !read_count(object, "times", 0, INT32_MAX, &fault->times, err)
        || !read_time(object, "from", &fault->from_s, err)
        || !read_time(object, "until", &fault->until_s, err))
        return false;
    fault->retry_after_s = (unsigned)retry_after_s;
    return true;
}

static bool read_fault(const json_t *object, struct fault *fault, struct error *err)
{
    static const char *const members[] = { "fault",    "match",      "retry_after",
                                           "delay_ms", "date_off_s", "after",
                                           "times",    "from",       "until",
                                           "shown",    "share" };
    const json_t *match = json_object_get(object, "match");
    bool wrong = false;

    if (!json_is_object(object))
        return error_set(err, ERROR_FORMAT, "a fault is an object");
    const char *name = text_of(object, "fault", &wrong);
    for (int kind = FAULT_NONE + 1; name != NULL && kind < FAULT_KINDS; kind++)
        if (strcmp(fault_name((enum fault_kind)kind), name) == 0)
            fault->kind = (enum fault_kind)kind;
    if (fault->kind == FAULT_NONE)
        return error_set(err, ERROR_FORMAT, "fault: \"%s\" is not known",
                         safe_string(name).s);
    if (match != NULL && !json_is_object(match))
        return error_set(err, ERROR_FORMAT, "match: expected an object");
    return json_only_members(object, members, COUNT_OF(members), err)
           && (match == NULL || read_match(match, fault, err))
           && read_numbers(object, fault, err);
}

bool faults_read(struct faults *faults, struct bytes json, int64_t now_s,
                 struct error *err)
{
    struct faults read = { .count = 0 };
    OWNED(json_decref)
    json_t *value =
        json_loadb((const char *)json.at, json.len, JSON_REJECT_DUPLICATES, NULL);

    if (value == NULL)
        return error_set(err, ERROR_FORMAT, "faults: not JSON");
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    if (count > FAULTS_MAX)
        return error_set(err, ERROR_LIMIT, "%zu faults, at most %d", count, FAULTS_MAX);
    for (; read.count < count; read.count++) {
        const json_t *one =
            json_is_array(value) ? json_array_get(value, read.count) : value;
        if (!read_fault(one, &read.list[read.count], err))
            return error_within(err, "fault %zu", read.count);
        read.list[read.count].set_s = now_s;
    }
    *faults = read;
    return true;
}

/* ---- writing --------------------------------------------------------------------- */

static json_t *write_match(const struct fault *fault)
{
    json_t *match = json_object();

    if (fault->matches_kind)
        json_object_set_new(match, "kind", json_string(world_kind_name(fault->of_kind)));
    if (fault->matches_fmspc)
        json_object_set_new(match, "fmspc",
                            json_string(hex(fault->of_fmspc, FMSPC_LEN).s));
    if (fault->matches_tee)
        json_object_set_new(match, "tee", json_string(tees[fault->of_tee]));
    if (fault->matches_ca)
        json_object_set_new(match, "ca", json_string(cas[fault->of_ca]));
    if (fault->matches_product)
        json_object_set_new(match, "product", json_string(products[fault->of_product]));
    if (fault->of_path[0] != 0)
        json_object_set_new(match, "path", json_string(fault->of_path));
    return match;
}

/* The numbers that say something. */
static void write_number(json_t *one, const char *name, int64_t value, int64_t silent)
{
    if (value != silent)
        json_object_set_new(one, name, json_integer(value));
}

static void write_time(json_t *one, const char *name, int64_t value, int64_t silent)
{
    if (value != silent)
        json_object_set_new(one, name, json_string(utc(value).s));
}

static json_t *write_fault(const struct fault *fault)
{
    json_t *one = json_object();

    json_object_set_new(one, "fault", json_string(fault_name(fault->kind)));
    json_object_set_new(one, "match", write_match(fault));
    write_number(one, "retry_after", fault->retry_after_s, 0);
    write_number(one, "delay_ms", fault->delay_ms, 0);
    if (fault->kind == FAULT_WRONG_DATE)
        write_number(one, "date_off_s", fault->date_off_s, 0);
    write_number(one, "after", fault->after, 0);
    write_number(one, "share", fault->share, 100);
    write_number(one, "times", fault->times, -1);
    write_time(one, "from", fault->from_s, INT64_MIN);
    write_time(one, "until", fault->until_s, INT64_MAX);
    json_object_set_new(one, "shown", json_integer((json_int_t)fault->shown));
    return one;
}

json_t *faults_write(const struct faults *faults)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < faults->count; i++)
        json_array_append_new(list, write_fault(&faults->list[i]));
    return list;
}
