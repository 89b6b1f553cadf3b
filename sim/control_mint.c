/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/control_mint.h"

#include "sim/snp_report.h"

static bool set_one(struct mint_order *order, const char *name, const json_t *value,
                    struct error *err)
{
    char digits[24];
    const char *text = json_string_value(value);

    if (json_is_integer(value)) {
        snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(value));
        text = digits;
    } else if (json_is_boolean(value)) {
        text = json_is_true(value) ? "true" : "false";
    }
    if (text == NULL)
        return error_set(err, ERROR_FORMAT, "%s: expected a string, number or boolean",
                         safe_string(name).s);
    return mint_order_set(order, bytes_of_text(name), bytes_of_text(text), err);
}

/* What may be given several times is given as an array. */
static bool read_order(const json_t *members, struct mint_order *order, struct error *err)
{
    const char *name;
    json_t *value;
    size_t i;

    json_object_foreach((json_t *)members, name, value)
    {
        bool is_list = json_is_array(value);
        for (i = 0; i < (is_list ? json_array_size(value) : 1); i++)
            if (!set_one(order, name, is_list ? json_array_get(value, i) : value, err))
                return false;
    }
    return true;
}

static bool set_base64(json_t *answer, const char *name, const struct buf *bytes,
                       struct error *err)
{
    struct buf text;

    buf_init(&text, 2 * MINTED_MAX);
    base64_add(&text, buf_bytes(bytes));
    bool failed = text.failed || bytes->failed;
    json_object_set_new(answer, name, json_string(buf_text(&text)));
    buf_fini(&text);
    return !failed || error_set(err, ERROR_LIMIT, "no room for an answer");
}

static bool set_companions(json_t *answer, const struct mint_order *order,
                           struct amd_desk *amd, int64_t now_s, struct buf *bytes,
                           struct error *err)
{
    static const char *const names[] = {
        [SNP_VEK] = "vek", [SNP_CHAIN] = "chain", [SNP_CRL] = "crl"
    };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        buf_clear(bytes);
        if (!snp_companion_mint(amd, &order->report, (enum snp_companion)i, now_s, bytes,
                                err))
            return false;
        if (i == SNP_CHAIN)
            json_object_set_new(answer, names[i], json_string(buf_text(bytes)));
        else if (!set_base64(answer, names[i], bytes, err))
            return false;
    }
    return true;
}

json_t *control_mint(const struct simulator *simulator, enum minted what,
                     const json_t *members, struct error *err)
{
    struct world world = simulator->world;
    struct mint_order order = { .what = what };
    int64_t now_s = clock_wall_s(simulator->clock);
    json_t *answer = json_object();
    struct buf bytes;

    buf_init(&bytes, MINTED_MAX);
    bool made =
        read_order(members, &order, err)
        && mint_order_fill(&order, &world, now_s, &bytes, err)
        && set_base64(answer, what == MINTED_QUOTE ? "quote" : "report", &bytes, err)
        && (what == MINTED_QUOTE
            || set_companions(answer, &order, world.amd, now_s, &bytes, err));
    buf_fini(&bytes);
    if (made)
        return answer;
    json_decref(answer);
    return NULL;
}
