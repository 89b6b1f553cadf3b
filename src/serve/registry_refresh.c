/* SPDX-License-Identifier: Apache-2.0 */
/* POST /refresh: collateral, or with type=certs the platforms' certificates. */
#include <stdio.h>
#include <stdlib.h>

#include "kit/text.h"
#include "serve/registry_listing.h"

enum { REFRESH_WAIT_MS = 300 * 1000, ROUND_FMSPCS_MAX = LISTING_FMSPCS_MAX };

struct round { /* all that one request has begun */
    struct registry_wait wait;
    atomic_size_t left; /* to be told of, and one while they are being begun */
    atomic_bool went_wrong;
};

static const struct refusal late = {
    .status = 503,
    .code = "late",
    .message = "not settled yet; it goes on without you",
};
static const struct refusal not_all = {
    .status = 503,
    .code = "not_all",
    .message = "not everything could be fetched; what was held is still served; see thim "
               "status",
};

static void settle_one(struct round *round)
{
    struct registry_wait *wait = &round->wait;

    if (atomic_fetch_sub(&round->left, 1) != 1)
        return;
    if (atomic_load(&round->went_wrong))
        registry_wait_refuse(wait, &not_all);
    else
        registry_wait_end(wait, registry_well(&wait->id));
    free(round);
}

static void done(void *round_, bool all_well)
{
    struct round *round = round_;

    if (!all_well)
        atomic_store(&round->went_wrong, true);
    settle_one(round);
}

/* ---- what is asked for ---------------------------------------------------------- */

struct refresh_request {
    bool is_certs;
    uint8_t fmspcs[ROUND_FMSPCS_MAX][6];
    size_t fmspc_count; /* 0: all */
};

static bool read_request(const struct registry_call *call, struct refresh_request *out,
                         struct error *err)
{
    const struct bytes *type = registry_parameter(call, "type");
    const struct bytes *fmspc = registry_parameter(call, "fmspc");

    out->fmspc_count = 0;
    out->is_certs = type != NULL && text_equal_nocase(*type, bytes_of_text("certs"));
    if (type != NULL && !out->is_certs)
        return error_set(err, ERROR_FORMAT, "parameter type is \"%s\", expected certs",
                         safe(*type).s);
    if (fmspc != NULL && !out->is_certs)
        return error_set(err, ERROR_FORMAT, "parameter fmspc goes with type=certs alone");
    if (fmspc == NULL || text_equal_nocase(*fmspc, bytes_of_text("all")))
        return true;
    return fmspc_names_read(*fmspc, ROUND_FMSPCS_MAX, out->fmspcs, &out->fmspc_count, err)
           || error_within(err, "parameter fmspc");
}

static bool begin_one(struct round *round, const uint8_t *fmspc, bool is_certs,
                      struct error *err)
{
    const struct registry_options *options = &round->wait.registry->options;

    return is_certs
               ? options->refresh_platforms(options->context, fmspc, done, round, err)
               : options->refresh(options->context, "", done, round, err);
}

/* What can't be begun is what did not go well. */
static void begin(struct round *round, const struct refresh_request *request)
{
    size_t count = request->fmspc_count > 0 ? request->fmspc_count : 1;
    struct error err = { 0 };

    atomic_store(&round->left, count + 1);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *fmspc = request->fmspc_count > 0 ? request->fmspcs[i] : NULL;
        if (!begin_one(round, fmspc, request->is_certs, &err))
            done(round, false);
    }
    settle_one(round);
}

static void note(const struct registry_call *call, const struct refresh_request *request)
{
    struct audit_note note =
        registry_note(call->caller.name, call->caller.from, "refresh",
                      request->fmspc_count > 0 ? hex(request->fmspcs[0], 6).s : "all");

    snprintf(note.outcome, sizeof note.outcome, "begun: %s of %zu FMSPCs",
             request->is_certs ? "certificates" : "collateral", request->fmspc_count);
    if (request->fmspc_count == 0)
        snprintf(note.outcome, sizeof note.outcome, "begun: all %s",
                 request->is_certs ? "certificates" : "collateral");
    audit_note_send(&note, call->registry->options.writer, NULL, NULL);
}

void registry_post_refresh(struct registry_call *call)
{
    struct refresh_request request;
    struct error err = { 0 };

    if (call->registry->options.config->intel.fill == FILL_OFFLINE) {
        registry_refuse(call, registry_refusal(REGISTRY_OFFLINE));
        return;
    }
    if (!read_request(call, &request, &err)) {
        registry_refuse_malformed(call, &err);
        return;
    }
    struct round *round = calloc(1, sizeof *round);
    if (round == NULL)
        return;
    if (!registry_wait_begin(call, REFRESH_WAIT_MS, &late, &round->wait)) {
        free(round);
        return;
    }
    note(call, &request);
    begin(round, &request);
}
