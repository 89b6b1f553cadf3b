/* SPDX-License-Identifier: Apache-2.0 */
/* What other threads ask of the upstream thread beside collateral (platforms, bundles,
 * steps of baselines): written down with what it looks at, and read by that thread. */
#include <stdio.h>
#include <stdlib.h>

#include "kit/log.h"
#include "upstream/keeper.h"

enum letter_kind {
    LETTER_FETCH = 1,
    LETTER_ROUND,
    LETTER_RELAY,
    LETTER_IMPORT,
    LETTER_BASELINES,
};

struct letter {
    struct letter *next;
    enum letter_kind kind;
    union {
        struct platform_demand fetch;
        struct platform_round *round;
        struct relay_demand relay;
        struct import_demand import;
        struct baseline_demand baselines;
    };
    size_t len; /* of the manifest, or the body */
    uint8_t bytes[];
};

static struct letter *letter_write(enum letter_kind kind, struct bytes enclosed)
{
    struct letter *letter = calloc(1, sizeof *letter + enclosed.len);

    if (letter == NULL)
        return NULL;
    letter->kind = kind;
    letter->len = enclosed.len;
    if (enclosed.len > 0)
        memcpy(letter->bytes, enclosed.at, enclosed.len);
    return letter;
}

/* False where the box is full, or the thread is stopping: then the letter is gone. */
static bool letter_post(struct refresh *refresh, struct letter *letter)
{
    struct letter_box *box = &refresh->letters;

    if (letter == NULL)
        return false;
    pthread_mutex_lock(&refresh->lock);
    bool is_taken = !refresh->stopping && box->count < LETTERS_MAX
                    && box->bytes + letter->len <= LETTER_BYTES_MAX;
    if (is_taken) {
        *box->end = letter;
        box->end = &letter->next;
        box->count++;
        box->bytes += letter->len;
        http_client_wake(refresh->client); /* held by the lock until we stop */
    }
    pthread_mutex_unlock(&refresh->lock);
    if (!is_taken)
        free(letter);
    return is_taken;
}

/* ---- refusals before anything is done ------------------------------------------------
 */

static void say_fetch(const struct platform_demand *demand, enum platform_fetch outcome,
                      const char *why)
{
    struct platform_report report = {
        .outcome = outcome,
        .retry_after_s = outcome == FETCH_BUSY ? 1 : 0,
    };

    if (demand->told == NULL)
        return;
    snprintf(report.why, sizeof report.why, "%s", why);
    demand->told(demand->context, &report);
}

static void say_relay(const struct relay_demand *demand, const char *why)
{
    struct relay_answer answer = { .failure = why };

    demand->told(demand->context, &answer);
}

static void say_import(const struct import_demand *demand, const char *why)
{
    struct error err = { 0 };

    error_set(&err, ERROR_SYSTEM, "%s", why);
    demand->told(demand->context, false, &err);
}

static void say_baselines(const struct baseline_demand *demand, const char *why)
{
    struct error err = { 0 };

    error_set(&err, ERROR_SYSTEM, "%s", why);
    demand->done(demand->context, &err);
}

/* ---- what can be asked for -----------------------------------------------------------
 */

static const char STOPPING[] = "the service is stopping";
static const char FULL[] = "too much waits for the upstream thread";

void refresh_fetch_platform(struct refresh *refresh, const struct platform_demand *demand)
{
    enum fill_mode fill = refresh->options.config->intel.fill;

    if (fill == FILL_OFFLINE) {
        say_fetch(demand, FETCH_NOT_FOUND, "intel.fill is offline: nobody is asked");
        return;
    }
    if (fill == FILL_REQ && demand->bound_by <= BOUND_BY_ASKING) {
        say_fetch(demand, FETCH_NOT_FOUND,
                  "intel.fill is req: upstream is asked for registered platforms alone");
        return;
    }
    struct letter *letter = letter_write(LETTER_FETCH, demand->manifest);
    if (letter != NULL) {
        letter->fetch = *demand;
        letter->fetch.manifest = bytes_of(letter->bytes, letter->len);
    }
    if (!letter_post(refresh, letter))
        say_fetch(demand, FETCH_BUSY, FULL);
}

void refresh_doubt_platform(struct refresh *refresh, int64_t platform)
{
    struct letter_box *box = &refresh->letters;
    bool is_known = false;

    if (refresh->options.config->intel.fill == FILL_OFFLINE)
        return;
    pthread_mutex_lock(&refresh->lock);
    for (size_t i = 0; i < box->doubt_count; i++)
        is_known = is_known || box->doubts[i] == platform;
    if (!is_known && !refresh->stopping && box->doubt_count < PLATFORM_DOUBTS_MAX) {
        box->doubts[box->doubt_count++] = platform;
        http_client_wake(refresh->client);
    }
    pthread_mutex_unlock(&refresh->lock);
}

bool refresh_platforms(struct refresh *refresh, const uint8_t *fmspc,
                       void (*done)(void *context, bool all_well), void *context,
                       struct error *err)
{
    if (refresh->options.config->intel.fill == FILL_OFFLINE)
        return error_set(err, ERROR_UNREACHABLE,
                         "intel.fill is offline: nobody is asked; bring a bundle");
    struct platform_round *round = calloc(1, sizeof *round);
    struct letter *letter = letter_write(LETTER_ROUND, (struct bytes){ 0 });
    if (round == NULL || letter == NULL) {
        free(round);
        free(letter);
        return error_set(err, ERROR_SYSTEM, "no memory for a refresh");
    }
    *round = (struct platform_round){
        .has_fmspc = fmspc != NULL,
        .all_well = true,
        .context = context,
        .done = done,
    };
    if (fmspc != NULL)
        memcpy(round->fmspc, fmspc, sizeof round->fmspc);
    letter->round = round;
    if (letter_post(refresh, letter))
        return true;
    free(round);
    return error_set(err, ERROR_LIMIT, "%s", FULL);
}

void refresh_relay(struct refresh *refresh, const struct relay_demand *demand)
{
    const struct config *config = refresh->options.config;

    if (config->intel.registration_relay == RELAY_OFF
        || config->intel.fill == FILL_OFFLINE) {
        say_relay(demand, config->intel.fill == FILL_OFFLINE
                              ? "intel.fill is offline: nobody is asked"
                              : "intel.registration_relay is off");
        return;
    }
    struct letter *letter = letter_write(LETTER_RELAY, demand->body);
    if (letter != NULL) {
        letter->relay = *demand;
        letter->relay.body = bytes_of(letter->bytes, letter->len);
    }
    if (!letter_post(refresh, letter))
        say_relay(demand, FULL);
}

void refresh_import(struct refresh *refresh, const struct import_demand *demand)
{
    struct letter *letter = letter_write(LETTER_IMPORT, (struct bytes){ 0 });

    if (letter != NULL)
        letter->import = *demand;
    if (!letter_post(refresh, letter))
        say_import(demand, FULL);
}

void refresh_keep_baselines(struct refresh *refresh, const struct baseline_demand *demand)
{
    struct letter *letter = letter_write(LETTER_BASELINES, (struct bytes){ 0 });

    if (letter != NULL)
        letter->baselines = *demand;
    if (!letter_post(refresh, letter))
        say_baselines(demand, FULL);
}

/* ---- reading -------------------------------------------------------------------------
 */

static void letter_obey(struct refresh *keeper, const struct letter *letter)
{
    switch (letter->kind) {
    case LETTER_FETCH:
        platform_fetch(keeper, &letter->fetch);
        break;
    case LETTER_ROUND:
        platform_round_add(keeper, letter->round);
        break;
    case LETTER_RELAY:
        platform_relay(keeper, &letter->relay);
        break;
    case LETTER_IMPORT:
        import_publish(keeper, &letter->import);
        break;
    case LETTER_BASELINES:
        publish_baselines(keeper, &letter->baselines);
        break;
    }
}

static void letter_refuse(struct letter *letter)
{
    switch (letter->kind) {
    case LETTER_FETCH:
        say_fetch(&letter->fetch, FETCH_BUSY, STOPPING);
        break;
    case LETTER_ROUND:
        letter->round->done(letter->round->context, false);
        free(TAKE(letter->round));
        break;
    case LETTER_RELAY:
        say_relay(&letter->relay, STOPPING);
        break;
    case LETTER_IMPORT:
        say_import(&letter->import, STOPPING);
        break;
    case LETTER_BASELINES:
        say_baselines(&letter->baselines, STOPPING);
        break;
    }
}

void letters_take(struct refresh *keeper)
{
    struct letter_box *box = &keeper->letters;
    int64_t doubts[PLATFORM_DOUBTS_MAX];

    pthread_mutex_lock(&keeper->lock);
    struct letter *letter = TAKE(box->first);
    box->end = &box->first;
    box->count = 0;
    box->bytes = 0;
    size_t doubt_count = box->doubt_count;
    if (doubt_count > 0)
        memcpy(doubts, box->doubts, doubt_count * sizeof doubts[0]);
    box->doubt_count = 0;
    pthread_mutex_unlock(&keeper->lock);
    while (letter != NULL) {
        struct letter *next = letter->next;
        if (keeper->ending)
            letter_refuse(letter);
        else
            letter_obey(keeper, letter);
        free(letter);
        letter = next;
    }
    if (!keeper->ending)
        platform_doubts_take(keeper, doubts, doubt_count);
}
