/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_waiters.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "kit/clock.h"
#include "net/http_worker.h"

struct http_waiting_room {
    pthread_mutex_t lock; /* over everything here and in the waiters */
    pthread_cond_t sooner;
    struct http_waiter *first;
    unsigned count, places, refs;
    int64_t next_ms; /* what the watcher sleeps until */
    bool closed, woken;
};

struct http_waiter {
    struct http_waiting_room *room;
    struct http_waiter *next, **place; /* place is NULL once answered */
    struct MHD_Connection *connection; /* suspended, hence alive, until then */
    int bell;
    struct http_reply *late, *reply;
    int64_t deadline_ms;
    unsigned refs;
};

struct http_waiting_room *http_waiting_room_open(unsigned places)
{
    struct http_waiting_room *room = calloc(1, sizeof *room);
    pthread_condattr_t monotonic;

    if (room == NULL)
        return NULL;
    pthread_mutex_init(&room->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&room->sooner, &monotonic);
    pthread_condattr_destroy(&monotonic);
    room->places = places;
    room->refs = 1;
    room->next_ms = INT64_MAX;
    return room;
}

static void unlock_and_drop(struct http_waiting_room *room)
{
    bool last = --room->refs == 0;

    pthread_mutex_unlock(&room->lock);
    if (!last)
        return;
    pthread_cond_destroy(&room->sooner);
    pthread_mutex_destroy(&room->lock);
    free(room);
}

void http_waiting_room_release(struct http_waiting_room *room)
{
    if (room == NULL)
        return;
    pthread_mutex_lock(&room->lock);
    unlock_and_drop(room);
}

static void answer_locked(struct http_waiter *waiter, struct http_reply *reply)
{
    struct http_waiting_room *room = waiter->room;

    if (waiter->place == NULL)
        return;
    *waiter->place = waiter->next;
    if (waiter->next != NULL)
        waiter->next->place = waiter->place;
    waiter->place = NULL;
    waiter->reply = http_reply_hold(reply);
    room->count--;
    MHD_resume_connection(waiter->connection);
    http_bell_ring(waiter->bell);
}

void http_waiting_room_close(struct http_waiting_room *room, struct http_reply *reply)
{
    pthread_mutex_lock(&room->lock);
    room->closed = true;
    while (room->first != NULL)
        answer_locked(room->first, reply);
    pthread_mutex_unlock(&room->lock);
}

static void sit_down(struct http_waiting_room *room, struct http_waiter *waiter)
{
    waiter->next = room->first;
    waiter->place = &room->first;
    if (waiter->next != NULL)
        waiter->next->place = &waiter->next;
    room->first = waiter;
    room->count++;
    room->refs++;
    if (waiter->deadline_ms < room->next_ms)
        pthread_cond_signal(&room->sooner);
}

struct http_waiter *http_waiting_room_enter(struct http_waiting_room *room,
                                            struct MHD_Connection *connection, int bell,
                                            int64_t deadline_ms, struct http_reply *late)
{
    struct http_waiter *waiter = calloc(1, sizeof *waiter);

    if (waiter == NULL)
        return NULL;
    pthread_mutex_lock(&room->lock);
    if (room->closed || room->count >= room->places) {
        pthread_mutex_unlock(&room->lock);
        free(waiter);
        return NULL;
    }
    *waiter = (struct http_waiter){ .room = room,
                                    .connection = connection,
                                    .bell = bell,
                                    .late = http_reply_hold(late),
                                    .deadline_ms = deadline_ms,
                                    .refs = 2 };
    MHD_suspend_connection(connection);
    sit_down(room, waiter);
    pthread_mutex_unlock(&room->lock);
    return waiter;
}

/* Takes the room's lock with it. */
static void unlock_and_drop_waiter(struct http_waiter *waiter)
{
    struct http_waiting_room *room = waiter->room;

    if (--waiter->refs > 0) {
        pthread_mutex_unlock(&room->lock);
        return;
    }
    unlock_and_drop(room);
    http_reply_release(waiter->late);
    http_reply_release(waiter->reply);
    free(waiter);
}

void http_waiter_answer(struct http_waiter *waiter, struct http_reply *reply)
{
    pthread_mutex_lock(&waiter->room->lock);
    answer_locked(waiter, reply);
    unlock_and_drop_waiter(waiter);
}

struct http_reply *http_waiter_leave(struct http_waiter *waiter)
{
    pthread_mutex_lock(&waiter->room->lock);
    struct http_reply *reply = TAKE(waiter->reply);
    unlock_and_drop_waiter(waiter);
    return reply;
}

static int64_t answer_late(struct http_waiting_room *room, int64_t now_ms)
{
    int64_t next_ms = INT64_MAX;

    for (struct http_waiter *waiter = room->first, *next; waiter != NULL; waiter = next) {
        next = waiter->next;
        if (waiter->deadline_ms <= now_ms)
            answer_locked(waiter, waiter->late);
        else if (waiter->deadline_ms < next_ms)
            next_ms = waiter->deadline_ms;
    }
    return next_ms;
}

void http_waiting_room_watch(struct http_waiting_room *room, int64_t until_ms)
{
    pthread_mutex_lock(&room->lock);
    int64_t next_ms = answer_late(room, clock_real_ms());
    room->next_ms = next_ms < until_ms ? next_ms : until_ms;
    struct timespec until = { .tv_sec = room->next_ms / 1000,
                              .tv_nsec = room->next_ms % 1000 * 1000000 };
    if (!room->woken)
        pthread_cond_timedwait(&room->sooner, &room->lock, &until);
    room->woken = false;
    answer_late(room, clock_real_ms());
    pthread_mutex_unlock(&room->lock);
}

void http_waiting_room_wake(struct http_waiting_room *room)
{
    pthread_mutex_lock(&room->lock);
    room->woken = true;
    pthread_cond_signal(&room->sooner);
    pthread_mutex_unlock(&room->lock);
}

unsigned http_waiting_room_count(struct http_waiting_room *room)
{
    pthread_mutex_lock(&room->lock);
    unsigned count = room->count;
    pthread_mutex_unlock(&room->lock);
    return count;
}
