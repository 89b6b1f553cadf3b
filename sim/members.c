/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/members.h"

#include <assert.h>

#include "kit/text.h"

static bool is_name(const char *name, struct bytes text)
{
    size_t len = strlen(name);

    if (text.len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] != (text.at[i] == '_' ? '-' : (char)text.at[i]))
            return false;
    return true;
}

const struct member *member_named(struct members members, struct bytes name)
{
    for (size_t i = 0; i < members.count; i++)
        if (is_name(members.rows[i].name, name))
            return &members.rows[i];
    return NULL;
}

static bool set_flag(const struct member *member, struct given *given, struct bytes text,
                     struct error *err)
{
    bool is_false = bytes_equal_text(text, "false");

    if (text.len > 0 && !is_false && !bytes_equal_text(text, "true"))
        return error_set(err, ERROR_FORMAT, "%s: expected true or false", member->name);
    *given = (struct given){ .is_given = !is_false, .number = !is_false };
    return true;
}

static bool set_bit(const struct member *member, struct given *given, struct bytes text,
                    struct error *err)
{
    size_t colon = bytes_find(text, bytes_of_text(":"));
    uint64_t offset = 0, bit = 0;

    if (!decimal_read(bytes_first(text, colon), member->max, &offset)
        || (colon < text.len && !decimal_read(bytes_after(text, colon + 1), 7, &bit)))
        return error_set(err, ERROR_FORMAT, "%s: expected OFFSET or OFFSET:BIT, not %s",
                         member->name, safe(text).s);
    given->number = 8 * offset + bit;
    return true;
}

static bool set_word(const struct member *member, struct given *given, struct bytes text,
                     struct error *err)
{
    for (uint64_t i = 0; member->words[i] != NULL; i++)
        if (text_equal_nocase(text, bytes_of_text(member->words[i]))) {
            given->number = i;
            return true;
        }
    return error_set(err, ERROR_FORMAT, "%s: expected %s, not %s", member->name,
                     member->value, safe(text).s);
}

static bool set_choice(const struct member *member, struct given *given,
                       struct bytes text, struct error *err)
{
    assert(member->choice_count <= GIVEN_LEN_MAX);
    for (size_t i = 0; i < member->choice_count; i++)
        if (bytes_equal_text(text, member->choices[i].name)) {
            given->at[i] = 1;
            return true;
        }
    return error_set(err, ERROR_FORMAT, "%s: there is no %s; --%ss lists what there is",
                     member->name, safe(text).s, member->name);
}

static bool set_value(const struct member *member, struct given *given, struct bytes text,
                      struct error *err)
{
    switch (member->kind) {
    case MEMBER_FLAG:
        return set_flag(member, given, text, err);
    case MEMBER_NUMBER:
        return decimal_read(text, member->max, &given->number)
               || error_set(err, ERROR_FORMAT, "%s: expected a number up to %llu, not %s",
                            member->name, (unsigned long long)member->max, safe(text).s);
    case MEMBER_BIT:
        return set_bit(member, given, text, err);
    case MEMBER_BYTES:
        assert(member->max <= GIVEN_LEN_MAX);
        return hex_read(text, given->at, (size_t)member->max)
               || error_set(err, ERROR_FORMAT, "%s: expected %llu hex digits",
                            member->name, 2 * (unsigned long long)member->max);
    case MEMBER_WORD:
        return set_word(member, given, text, err);
    default:
        return set_choice(member, given, text, err);
    }
}

bool member_set(const struct member *member, void *order, struct bytes text,
                struct error *err)
{
    struct given *given = (struct given *)(void *)((char *)order + member->place);
    struct given made = *given;

    made.is_given = true;
    if (!set_value(member, &made, text, err))
        return false;
    *given = made;
    return true;
}

bool members_fit(const struct member *member, const struct given *made, unsigned there,
                 struct error *err)
{
    for (size_t i = 0; i < member->choice_count; i++)
        if (is_chosen(made, i) && (member->choices[i].needs & ~there) != 0)
            return error_set(err, ERROR_FORMAT, "%s %s: cannot show in this order (%s)",
                             member->name, member->choices[i].name,
                             member->choices[i].sentence);
    return true;
}

void members_help(struct members members, struct buf *out)
{
    for (size_t i = 0; i < members.count; i++) {
        const struct member *member = &members.rows[i];
        const char *value = member->value == NULL ? "" : member->value;
        int used = (int)(strlen(member->name) + strlen(value));

        buf_addf(out, "  --%s %s%*s  %s\n", member->name, value,
                 used < 25 ? 25 - used : 0, "", member->help);
    }
}

void choices_help(const struct member *member, struct buf *out)
{
    for (size_t i = 0; i < member->choice_count; i++)
        buf_addf(out, "%-28s %s\n", member->choices[i].name, member->choices[i].sentence);
}

bool bend_minted(const struct given *trailing, const struct given *truncate,
                 const struct given *flip, size_t start, struct buf *out,
                 struct error *err)
{
    for (uint64_t i = 0; i < given_or(trailing, 0); i++)
        buf_add_byte(out, (uint8_t)(i * 7));
    if (out->failed)
        return error_set(err, ERROR_LIMIT, "no room for so many bytes");
    if (truncate->is_given && truncate->number < out->len - start)
        out->len = start + (size_t)truncate->number;
    if (!flip->is_given)
        return true;
    size_t place = (size_t)(flip->number / 8);
    if (place >= out->len - start)
        return error_set(err, ERROR_NOT_FOUND, "flip: there are %zu bytes",
                         out->len - start);
    out->at[start + place] ^= (uint8_t)(1U << flip->number % 8);
    return true;
}
