/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/tcb_baselines.h"

#include "format/json_text.h"
#include "kit/text.h"

#define PREFIX "/tcbbaselines/"
#define PREVIEW "-preview"

enum { DAY_LEN = sizeof "2022-09-01" - 1 };

struct listing {
    const struct baseline_view *view;
    const struct tcb_release_table *releases;
    struct buf *body;
    bool has_items;
};

/* ---- members ------------------------------------------------------------------------
 */

static void begin_item(struct listing *listing)
{
    buf_add_text(listing->body, listing->has_items ? ",{" : "{");
    listing->has_items = true;
}

static void add_text(struct listing *listing, const char *name, const char *text)
{
    if (text == NULL)
        return;
    buf_addf(listing->body, ",\"%s\":", name);
    json_text_write(listing->body, bytes_of_text(text));
}

static void end_item(struct listing *listing, bool is_selected)
{
    buf_addf(listing->body, ",\"isSelectedTcb\":%s}", is_selected ? "true" : "false");
}

/* ---- SGX ----------------------------------------------------------------------------
 */

static const struct set_shelf *shelf_of(const struct listing *listing)
{
    return sets_of(&listing->view->sets, TEE_SGX);
}

/* 0: none is in force. */
static uint32_t selected_of(const struct listing *listing)
{
    const struct baseline_view *view = listing->view;

    return view->stands[view->law->default_policy][sets_index(TEE_SGX)].decision.number;
}

/* By the signed list; 0 where it does not name the number. */
static int64_t listed_date_s(const struct listing *listing, uint32_t number)
{
    const struct evaluation_numbers *list = shelf_of(listing)->list;

    for (size_t i = 0; list != NULL && i < list->count; i++)
        if (list->numbers[i].number == number)
            return list->numbers[i].tcb_date_s;
    return 0;
}

static void add_number(struct listing *listing, uint32_t number)
{
    static const struct tcb_release unknown;
    const struct tcb_release *release = tcb_release_find(listing->releases, number);
    int64_t date_s =
        release != NULL ? release->released_s : listed_date_s(listing, number);

    if (release == NULL)
        release = &unknown;
    begin_item(listing);
    buf_addf(listing->body, "\"tcbIdentifier\":\"%u\",\"tcbEvaluationDataNumber\":%u",
             number, number);
    add_text(listing, "tcbReleaseDate", date_s == 0 ? NULL : utc(date_s).s);
    add_text(listing, "minimumPswLinuxVersion", release->psw_linux);
    add_text(listing, "minimumPswWindowsVersion", release->psw_windows);
    end_item(listing, number == selected_of(listing));
}

/* One that is served though it has expired is listed too: it is in force. */
static void list_sgx(struct listing *listing)
{
    const struct set_shelf *shelf = shelf_of(listing);
    uint32_t selected = selected_of(listing);
    bool is_due = selected != 0;

    for (size_t i = shelf->number_count; i-- > 0;) { /* the highest stands first */
        const struct set_number *held = &shelf->numbers[i];
        if (is_due && selected <= held->number) {
            add_number(listing, selected);
            is_due = false;
        }
        if (held->is_whole && held->number != selected)
            add_number(listing, held->number);
    }
    if (is_due)
        add_number(listing, selected);
}

/* ---- the others ---------------------------------------------------------------------
 */

static void list_snp(struct listing *listing)
{
    const struct baseline_law *law = listing->view->law;
    const struct baseline_policy *policy = &law->policies[law->default_policy];

    for (enum snp_product product = SNP_MILAN; product < SNP_PRODUCTS; product++) {
        if (!policy->has_min_tcb[product])
            continue;
        begin_item(listing);
        buf_addf(listing->body, "\"tcbIdentifier\":\"%s-%s\"",
                 snp_product_facts(product)->name,
                 tcb_version_hex(product, &policy->min_tcb[product]).s);
        end_item(listing, true);
    }
}

static void list_none(struct listing *listing)
{
    (void)listing;
}

/* ---- answering ----------------------------------------------------------------------
 */

static const struct {
    const char *name;
    void (*list)(struct listing *listing);
} types[] = {
    { "SgxEnclave", list_sgx },
    { "OpenEnclave", list_sgx },
    { "SevSnpVm", list_snp },
    { "Tpm", list_none },
};

static bool refuse(struct buf *body, unsigned *status, const char *code,
                   const char *message)
{
    buf_clear(body);
    buf_addf(body, "{\"error\":{\"code\":\"%s\",\"message\":", code);
    json_text_write(body, bytes_of_text(message));
    buf_add_text(body, "}}");
    *status = 400;
    return !body->failed;
}

/* A day, and perhaps "-preview". */
static bool is_api_version(struct bytes text)
{
    char moment[32] = "";
    int64_t day_s;

    if (text.len != DAY_LEN && !bytes_equal_text(bytes_after(text, DAY_LEN), PREVIEW))
        return false;
    memcpy(moment, text.at, DAY_LEN);
    memcpy(moment + DAY_LEN, "T00:00:00Z", sizeof "T00:00:00Z");
    return utc_read(bytes_of_text(moment), &day_s);
}

bool tcb_baselines_is_asked(struct bytes path)
{
    return text_equal_nocase(bytes_first(path, sizeof PREFIX - 1), bytes_of_text(PREFIX));
}

bool tcb_baselines_answer(const struct baseline_view *view,
                          const struct tcb_release_table *releases,
                          const struct http_target *target, struct buf *body,
                          unsigned *status)
{
    struct listing listing = { .view = view, .releases = releases, .body = body };
    struct bytes type = bytes_after(target->path, sizeof PREFIX - 1);
    const struct http_parameter *version = http_parameter(target, "api-version");

    if (version == NULL)
        return refuse(body, status, "MissingApiVersionParameter",
                      "The parameter api-version is missing: 2022-09-01-preview.");
    if (!is_api_version(version->value))
        return refuse(body, status, "InvalidApiVersionParameter",
                      "api-version is not like 2022-09-01-preview.");
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (!text_equal_nocase(type, bytes_of_text(types[i].name)))
            continue;
        buf_add_text(body, "{\"tcbBaselines\":[");
        types[i].list(&listing);
        buf_add_text(body, "]}");
        *status = 200;
        return !body->failed;
    }
    return refuse(body, status, "InvalidAttestationType",
                  "The type is none of SgxEnclave, OpenEnclave, SevSnpVm, Tpm.");
}
