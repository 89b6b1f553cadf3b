/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/baselines.h"

#include <stdio.h>
#include <stdlib.h>

#include "kit/log.h"
#include "kit/text.h"
#include "serve/baselines_parts.h"

#define HISTORY_BYTES_MAX ((size_t)256 << 20)

/* ---- what was decided before ----------------------------------------------------- */

static struct board_baseline *add_past(struct board_past *past)
{
    if (past->count == past->room) {
        size_t room = past->room > 0 ? 2 * past->room : BASELINES_MAX;
        struct board_baseline *more = reallocarray(past->entries, room, sizeof *more);
        if (more == NULL)
            return NULL;
        past->entries = more;
        past->room = room;
    }
    past->entries[past->count] = (struct board_baseline){ 0 };
    return &past->entries[past->count++];
}

/* NULL without memory, and for a name that no baseline can have. */
static struct baseline_past *past_of(struct board_past *past, const char *baseline,
                                     enum tee tee)
{
    for (size_t i = 0; i < past->count; i++)
        if (strcmp(past->entries[i].name, baseline) == 0)
            return &past->entries[i].of[sets_index(tee)];
    if (strlen(baseline) >= BASELINE_NAME_MAX)
        return NULL;
    struct board_baseline *added = add_past(past);
    if (added == NULL)
        return NULL;
    memcpy(added->name, baseline, strlen(baseline) + 1);
    return &added->of[sets_index(tee)];
}

void board_note(struct board_past *past, const char *baseline, enum tee tee,
                const struct baseline_step *step)
{
    struct baseline_past *of = past_of(past, baseline, tee);

    if (of == NULL)
        return;
    uint32_t before = of->state.number;
    baseline_state_apply(&of->state, step);
    if (of->state.number != before && before != 0)
        of->previous = before;
}

static bool read_history(struct baselines *b, struct error *err)
{
    const struct baseline_row *rows;
    struct arena arena;
    size_t count;

    arena_init(&arena, HISTORY_BYTES_MAX);
    bool read = baseline_rows_read(b->options.state_directory, NULL, 0, &arena, &rows,
                                   &count, err);
    for (size_t i = 0; read && i < count; i++) {
        struct baseline_step step = { .from = rows[i].from,
                                      .to = rows[i].to,
                                      .at_s = rows[i].at_s,
                                      .until_s = rows[i].until_s,
                                      .days_left = rows[i].days_left };
        bool is_of_a_set = rows[i].tee == TEE_SGX || rows[i].tee == TEE_TDX;
        if (is_of_a_set && baseline_step_named(bytes_of_text(rows[i].step), &step.kind))
            board_note(&b->past, rows[i].baseline, (enum tee)rows[i].tee, &step);
    }
    arena_fini(&arena);
    return read;
}

/* ---- views ----------------------------------------------------------------------- */

static bool copy_pasts(struct baselines *b, const struct baseline_law *law,
                       struct baseline_past (*out)[2])
{
    for (size_t i = 0; i < law->count; i++)
        for (unsigned k = 0; k < 2; k++) {
            const struct baseline_past *past =
                past_of(&b->past, law->policies[i].name, k == 0 ? TEE_SGX : TEE_TDX);
            if (past == NULL)
                return false;
            out[i][k] = *past;
        }
    return true;
}

bool board_make_view(struct baselines *b, struct error *err)
{
    struct baseline_past(*pasts)[2] = NULL;
    const struct baseline_view *view = NULL;
    const struct baseline_law *law = law_book_law(b->book);

    if (b->holdings == NULL)
        return true;
    pasts = calloc(law->count, sizeof *pasts);
    if (pasts == NULL || !copy_pasts(b, law, pasts)) {
        free(pasts);
        return error_set(err, ERROR_SYSTEM, "no memory for the baselines");
    }
    struct baseline_view_spec spec = {
        .book = b->book,
        .holdings = b->holdings,
        .pasts = (const struct baseline_past(*)[2])pasts,
        .now_s = clock_wall_s(b->options.clock),
    };
    bool made = baseline_view_make(&spec, &view, err);
    free(pasts);
    if (!made)
        return false;
    baseline_view_release(b->view);
    b->view = view;
    return true;
}

bool baselines_publish(struct baselines *b, const struct holdings *holdings,
                       struct error *err)
{
    pthread_mutex_lock(&b->lock);
    if (holdings != NULL) {
        struct holdings *replaced = b->holdings;
        b->holdings = holdings_hold(holdings);
        holdings_release(replaced);
    }
    bool made = board_make_view(b, err);
    b->is_due = true;
    pthread_cond_signal(&b->woken);
    pthread_mutex_unlock(&b->lock);
    return made;
}

const struct baseline_view *baselines_view(struct baselines *b)
{
    pthread_mutex_lock(&b->lock);
    const struct baseline_view *view =
        b->view == NULL ? NULL : baseline_view_hold(b->view);
    pthread_mutex_unlock(&b->lock);
    return view;
}

void baselines_set_law(struct baselines *b, struct law_book *book)
{
    struct error err = { 0 };

    pthread_mutex_lock(&b->lock);
    struct law_book *replaced = b->book;
    b->book = book;
    if (!board_make_view(b, &err))
        log_event(LOG_ERROR, "baseline", "the new law is not in force yet why=\"%s\"",
                  err.text);
    b->is_due = true;
    pthread_cond_signal(&b->woken);
    pthread_mutex_unlock(&b->lock);
    law_book_release(replaced);
}

/* ---- the thread's inbox ----------------------------------------------------------- */

void baselines_review(struct baselines *b, void (*done)(void *context), void *context)
{
    struct board_waiter *waiter = malloc(sizeof *waiter);

    pthread_mutex_lock(&b->lock);
    bool waits = waiter != NULL && !b->stopping;
    if (waits) {
        *waiter = (struct board_waiter){ b->waiters, done, context };
        b->waiters = waiter;
    }
    b->is_due = true;
    pthread_cond_signal(&b->woken);
    pthread_mutex_unlock(&b->lock);
    if (waits)
        return;
    free(waiter);
    done(context);
}

static const char ENDING[] = "the service is ending";

static void refuse_order(const struct baselines_order *order, enum error_kind kind,
                         const char *text)
{
    struct error why = { 0 };

    error_set(&why, kind, "%s", text);
    order->done(order->context, 0, &why);
}

void baselines_give_order(struct baselines *b, const struct baselines_order *order)
{
    struct board_order *letter = calloc(1, sizeof *letter);

    if (letter == NULL) {
        refuse_order(order, ERROR_SYSTEM, "no memory for the order");
        return;
    }
    letter->order = *order;
    snprintf(letter->baseline, sizeof letter->baseline, "%s", order->baseline);
    snprintf(letter->who, sizeof letter->who, "%s", order->who);
    snprintf(letter->why, sizeof letter->why, "%s", order->why);
    pthread_mutex_lock(&b->lock);
    bool stopping = b->stopping;
    bool fits = b->order_count < BOARD_ORDERS_MAX && !stopping;
    if (fits) {
        *b->orders_end = letter;
        b->orders_end = &letter->next;
        b->order_count++;
        pthread_cond_signal(&b->woken);
    }
    pthread_mutex_unlock(&b->lock);
    if (!fits) {
        if (stopping)
            refuse_order(order, ERROR_SYSTEM, ENDING);
        else
            refuse_order(order, ERROR_LIMIT, "too many orders wait already");
        free(letter);
    }
}

/* What has come since: true where there is something to do, false at the end. */
static bool wait_for_work(struct baselines *b, struct board_work *work)
{
    pthread_mutex_lock(&b->lock);
    while (!b->stopping && !b->is_due && b->orders == NULL && b->waiters == NULL)
        pthread_cond_wait(&b->woken, &b->lock);
    *work = (struct board_work){ .orders = b->orders, .waiters = b->waiters };
    b->orders = NULL;
    b->orders_end = &b->orders;
    b->order_count = 0;
    b->waiters = NULL;
    b->is_due = false;
    bool goes_on = !b->stopping;
    pthread_mutex_unlock(&b->lock);
    return goes_on;
}

static void tell_waiters(struct board_waiter *waiters)
{
    while (waiters != NULL) {
        struct board_waiter *next = waiters->next;
        waiters->done(waiters->context);
        free(waiters);
        waiters = next;
    }
}

static void *run(void *b_)
{
    struct baselines *b = b_;
    struct board_work work;

    for (bool goes_on = true; goes_on;) {
        goes_on = wait_for_work(b, &work);
        while (work.orders != NULL) {
            struct board_order *next = work.orders->next;
            if (goes_on)
                board_obey(b, work.orders);
            else
                refuse_order(&work.orders->order, ERROR_SYSTEM, ENDING);
            free(work.orders);
            work.orders = next;
        }
        if (goes_on)
            board_review(b);
        tell_waiters(work.waiters);
    }
    return NULL;
}

/* ---- making and ending ------------------------------------------------------------ */

bool baselines_create(const struct baselines_options *options, struct law_book *book,
                      struct baselines **out, struct error *err)
{
    OWNED(baselines_destroy) struct baselines *b = calloc(1, sizeof *b);

    if (b == NULL) {
        law_book_release(book);
        return error_set(err, ERROR_SYSTEM, "no memory for the baselines");
    }
    b->options = *options;
    b->book = book;
    b->orders_end = &b->orders;
    b->watch.falls_ahead = counters_named(options->counters, "baseline_falls_ahead");
    b->watch.levels_changed =
        counters_named(options->counters, "baseline_levels_changed");
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->woken, NULL);
    if (!read_history(b, err))
        return error_within(err, "history of baselines");
    *out = TAKE(b);
    return true;
}

bool baselines_begin(struct baselines *b, struct error *err)
{
    b->has_thread = pthread_create(&b->thread, NULL, run, b) == 0;
    return b->has_thread || error_set(err, ERROR_SYSTEM, "no thread for the baselines");
}

void baselines_end(struct baselines *b)
{
    if (b == NULL)
        return;
    pthread_mutex_lock(&b->lock);
    b->stopping = true;
    pthread_cond_signal(&b->woken);
    pthread_mutex_unlock(&b->lock);
    if (b->has_thread)
        pthread_join(b->thread, NULL);
    b->has_thread = false;
}

void baselines_destroy(struct baselines *b)
{
    if (b == NULL)
        return;
    baseline_view_release(b->view);
    holdings_release(b->holdings);
    law_book_release(b->book);
    free(b->past.entries);
    board_watch_fini(&b->watch);
    pthread_cond_destroy(&b->woken);
    pthread_mutex_destroy(&b->lock);
    free(b);
}
