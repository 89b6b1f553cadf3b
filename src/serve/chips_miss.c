/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chips_parts.h"

#include <stdlib.h>

enum { OWN_AGAIN_MS = 60 * 1000 };

struct miss { /* a suspended request, from the asking to the telling */
    struct chips *chips;
    struct http_waiter *waiter;
    struct http_peer peer;
    struct chip_request asked;
    size_t at; /* which of its keys upstream is asked for */
    int64_t deadline_ms;
};

static void ask_upstream(struct miss *miss);

/* ---- being told ---------------------------------------------------------------------
 */

/* The reply goes out and is released; the miss is over. */
static void settle(struct miss *miss, struct http_reply *reply)
{
    if (reply == NULL)
        reply = http_reply_hold(miss->chips->spare);
    http_waiter_answer(miss->waiter, reply);
    http_reply_release(reply);
    free(miss);
}

static void settle_refused(struct miss *miss, const struct refusal *refusal)
{
    settle(miss,
           refusal_reply_shaped(refusal, chip_shape(miss->asked.route), &miss->asked.id));
}

static void look_again(struct miss *miss)
{
    struct chip_found found;
    struct error err = { 0 };
    struct http_reply *reply = chips_look(miss->chips, &miss->asked, NULL, &found, &err);

    if (reply != NULL) {
        if (found.known_by < miss->asked.known_by) /* another's demand was the first */
            chips_make_known(miss->chips, &miss->asked.keys[found.at],
                             miss->asked.known_by);
        settle(miss, reply);
        return;
    }
    struct refusal refusal = err.kind == ERROR_NOT_FOUND
                                 ? *chip_refusal(CHIP_REFUSE_UNREACHABLE)
                                 : chip_refusal_of(&err);
    settle_refused(miss, &refusal);
}

/* A name without a product may stand for another one still. */
static void told(void *miss_, const struct chip_report *report)
{
    struct miss *miss = miss_;

    if (report->outcome == CHIP_KEPT) {
        look_again(miss);
    } else if (report->outcome == CHIP_NOT_FOUND && miss->at + 1 < miss->asked.count) {
        miss->at++;
        ask_upstream(miss);
    } else {
        struct refusal refusal = chip_report_refusal(report);
        settle_refused(miss, &refusal);
    }
}

/* ---- asking -------------------------------------------------------------------------
 */

static void ask_upstream(struct miss *miss)
{
    const struct chips_options *options = &miss->chips->options;
    struct bytes address = http_peer_address(&miss->peer);
    int64_t left_ms = miss->deadline_ms - clock_real_ms();
    struct chip_demand demand = {
        .key = miss->asked.keys[miss->at],
        .known_by = miss->asked.known_by,
        .wait_ms = left_ms > 1 ? left_ms : 1,
        .context = miss,
        .told = told,
    };

    if (!miss->asked.is_own && address.len <= sizeof demand.address) {
        memcpy(demand.address, address.at, address.len);
        demand.address_len = address.len;
    }
    options->fetch(options->context, &demand);
}

static void wait_for_upstream(struct chips *chips, struct http_request *request,
                              const struct chip_request *asked)
{
    int64_t wait_ms = chips->options.config->limits.miss_wait_ms;
    struct miss *miss = malloc(sizeof *miss);

    if (miss == NULL)
        return; /* the server says 500 */
    *miss = (struct miss){ .chips = chips,
                           .asked = *asked,
                           .deadline_ms = clock_real_ms() + wait_ms };
    http_request_peer(request, &miss->peer);
    struct http_reply *late = refusal_reply_shaped(chip_refusal(CHIP_REFUSE_LATE),
                                                   chip_shape(asked->route), &asked->id);
    if (late != NULL)
        miss->waiter = http_request_suspend(request, wait_ms, late);
    http_reply_release(late);
    if (miss->waiter == NULL) {
        free(miss);
        chips_refuse(request, asked->route, chip_refusal(CHIP_REFUSE_BUSY));
        return;
    }
    ask_upstream(miss);
}

enum chip_known_by chips_who_asks(struct chips *chips, const struct http_request *request)
{
    struct caller caller;

    access_judge(chips->options.access, request, &caller);
    return (caller.roles & ROLE_HOST) != 0 ? CHIP_BY_TOKEN : CHIP_BY_ASKING;
}

/* What is held and out of date, or was damaged, upstream may have afresh. */
static bool is_worth_asking(const struct error *why)
{
    return why->kind == ERROR_NOT_FOUND || why->kind == ERROR_STALE
           || why->kind == ERROR_UNTRUSTED || why->kind == ERROR_FORMAT;
}

void chips_miss(struct chips *chips, struct http_request *request,
                const struct chip_request *asked_, const struct error *why)
{
    struct chip_request asked = *asked_;
    enum unknown_chips unknown = chips->options.config->amd.unknown_chips;

    if (!is_worth_asking(why)) {
        struct refusal refusal = chip_refusal_of(why);
        chips_refuse(request, asked.route, &refusal);
        return;
    }
    chips_mark_own(chips, &asked);
    asked.known_by = asked.is_own ? CHIP_BY_OPERATOR : chips_who_asks(chips, request);
    bool is_known = chips_narrow(chips, &asked) || asked.known_by > CHIP_BY_ASKING;
    if (chips->options.config->amd.upstream_count == 0)
        chips_refuse(request, asked.route, chip_refusal(CHIP_REFUSE_NOBODY));
    else if (!is_known && unknown == UNKNOWN_CHIPS_REFUSE)
        chips_refuse(request, asked.route, chip_refusal(CHIP_REFUSE_UNKNOWN));
    else
        wait_for_upstream(chips, request, &asked);
}

/* ---- this host's own ----------------------------------------------------------------
 */

/* Of several products that a report of version 2 may be of, one after another. */
void chips_want_own(struct chips *chips)
{
    struct chip_request own = { .form = CHIP_FORM_DER, .is_own = true };
    const struct chips_options *options = &chips->options;
    struct chip_name name;
    struct chip_found found;
    struct error err = { 0 };

    if (options->config->amd.upstream_count == 0 || clock_real_ms() < chips->own_due_ms
        || !chip_host_name(chips->host, &name, &err)
        || !chip_name_keys(&name, 0, own.keys, &own.count, &err))
        return;
    chips->own_due_ms = clock_real_ms() + OWN_AGAIN_MS;
    struct http_reply *reply = chips_look(chips, &own, NULL, &found, &err);
    http_reply_release(reply);
    if (reply != NULL)
        chips_make_known(chips, &own.keys[found.at], CHIP_BY_OPERATOR);
    if (reply != NULL || !is_worth_asking(&err))
        return;
    struct chip_demand demand = { .key = own.keys[chips->own_tries++ % own.count],
                                  .known_by = CHIP_BY_OPERATOR };
    options->fetch(options->context, &demand);
}
