/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/platform_name.h"

#include <stdio.h>
#include <strings.h>

#include "kit/text.h"
#include "thim/tree.h"

enum { PAGE = 1000 };

bool platform_page(const struct service_address *address, const char *fmspc,
                   long long after, json_t **page, struct error *err)
{
    char path[128];

    snprintf(path, sizeof path, "/thim/v1/platforms?limit=%d&after=%lld%s%.12s", PAGE,
             after, fmspc == NULL ? "" : "&fmspc=", fmspc == NULL ? "" : fmspc);
    return service_ask(address, path, NULL, page, err);
}

/* ---- the beginning of a QE ID --------------------------------------------------- */

struct search {
    const char *begin, *pce_id;
    size_t found;
    struct platform_target *out;
};

static void look_at(struct search *search, const json_t *platform)
{
    const char *qe_id = tree_text(platform, "qe_id");
    const char *pce_id = tree_text(platform, "pce_id");

    if (strncasecmp(qe_id, search->begin, strlen(search->begin)) != 0
        || (search->pce_id != NULL && strcasecmp(pce_id, search->pce_id) != 0))
        return;
    if (search->found++ == 0) {
        snprintf(search->out->qe_id, sizeof search->out->qe_id, "%s", qe_id);
        snprintf(search->out->pce_id, sizeof search->out->pce_id, "%.4s", pce_id);
    }
}

static bool search_all(const struct service_address *address, struct search *search,
                       struct error *err)
{
    long long after = 0;

    do {
        json_t *page;
        if (!platform_page(address, NULL, after, &page, err))
            return false;
        for (size_t i = 0; i < tree_count(page, "platforms"); i++)
            look_at(search, tree_item(page, "platforms", i));
        after = tree_number(page, "next");
        json_decref(page);
    } while (after > 0);
    if (search->found == 0)
        return error_set(err, ERROR_NOT_FOUND, "no platform's QE ID begins with %s",
                         search->begin);
    return search->found == 1
           || error_set(err, ERROR_FORMAT,
                        "%zu platforms begin with %s, %s among them; give more of the QE "
                        "ID%s",
                        search->found, search->begin, search->out->qe_id,
                        search->pce_id == NULL ? ", or --pce-id" : "");
}

/* ---- the whole ------------------------------------------------------------------ */

bool platform_target_find(const struct service_address *address, const char *qe_id,
                          const char *pce_id, struct platform_target *out,
                          struct error *err)
{
    uint16_t number;
    struct search search = { .begin = out->qe_id, .pce_id = pce_id, .out = out };
    char begin[QE_ID_MAX + 1];

    *out = (struct platform_target){ .pce_id = "0000" };
    if (!qe_id_read(bytes_of_text(qe_id), "QE ID", begin, err)
        || (pce_id != NULL
            && !u16le_hex_read(bytes_of_text(pce_id), "--pce-id", &number, err)))
        return false;
    search.begin = begin;
    if (strlen(begin) < QE_ID_LEAST)
        return error_set(err, ERROR_FORMAT, "QE ID %s: give at least %d of its digits",
                         begin, QE_ID_LEAST);
    if (strlen(begin) < QE_ID_USUAL)
        return search_all(address, &search, err);
    snprintf(out->qe_id, sizeof out->qe_id, "%s", begin);
    if (pce_id != NULL)
        snprintf(out->pce_id, sizeof out->pce_id, "%.4s", pce_id);
    return true;
}
