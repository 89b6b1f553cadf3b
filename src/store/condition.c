/* SPDX-License-Identifier: Apache-2.0 */
#include "store/condition.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct conditions {
    pthread_mutex_t lock;     /* guards all that follows */
    struct condition **items; /* sorted by name */
    size_t count, room;
    struct upstream_condition upstreams[CONDITION_UPSTREAMS_MAX]; /* sorted by name */
    size_t upstream_count;
};

struct conditions *conditions_create(void)
{
    struct conditions *conditions = calloc(1, sizeof *conditions);

    if (conditions != NULL && pthread_mutex_init(&conditions->lock, NULL) != 0) {
        free(conditions);
        return NULL;
    }
    return conditions;
}

void conditions_destroy(struct conditions *conditions)
{
    if (conditions == NULL)
        return;
    for (size_t i = 0; i < conditions->count; i++)
        free(conditions->items[i]);
    free(conditions->items);
    pthread_mutex_destroy(&conditions->lock);
    free(conditions);
}

/* The first place whose name is not below; *found where it is that very name. */
static size_t place_of(const struct conditions *c, const char *name, bool *found)
{
    size_t low = 0, high = c->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(c->items[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < c->count && strcmp(c->items[low]->name, name) == 0;
    return low;
}

static void take_out(struct conditions *c, size_t place)
{
    free(c->items[place]);
    c->count--;
    memmove(c->items + place, c->items + place + 1,
            (c->count - place) * sizeof *c->items);
}

static void forget_one(struct conditions *c)
{
    size_t oldest = 0;

    for (size_t i = 1; i < c->count; i++)
        if (c->items[i]->tried_s < c->items[oldest]->tried_s)
            oldest = i;
    take_out(c, oldest);
}

static bool make_room(struct conditions *c)
{
    if (c->count < c->room)
        return true;
    size_t room = c->room == 0 ? 64 : c->room * 2;
    struct condition **items = realloc(c->items, room * sizeof *items);
    if (items == NULL)
        return false;
    c->items = items;
    c->room = room;
    return true;
}

static void insert(struct conditions *c, const struct condition *condition)
{
    bool found;

    if (c->count == CONDITIONS_MAX)
        forget_one(c);
    struct condition *own = malloc(sizeof *own);
    if (own == NULL || !make_room(c)) {
        free(own); /* status is the first thing to do without when memory ends */
        return;
    }
    *own = *condition;
    size_t place = place_of(c, own->name, &found);
    memmove(c->items + place + 1, c->items + place,
            (c->count - place) * sizeof *c->items);
    c->items[place] = own;
    c->count++;
}

void conditions_set(struct conditions *conditions, const struct condition *condition)
{
    struct condition copy = *condition;
    bool found;

    copy.name[sizeof copy.name - 1] = 0;
    copy.upstream[sizeof copy.upstream - 1] = 0;
    copy.why[sizeof copy.why - 1] = 0;
    pthread_mutex_lock(&conditions->lock);
    size_t place = place_of(conditions, copy.name, &found);
    if (found)
        *conditions->items[place] = copy;
    else
        insert(conditions, &copy);
    pthread_mutex_unlock(&conditions->lock);
}

void conditions_remove(struct conditions *conditions, const char *name)
{
    bool found;

    pthread_mutex_lock(&conditions->lock);
    size_t place = place_of(conditions, name, &found);
    if (found)
        take_out(conditions, place);
    pthread_mutex_unlock(&conditions->lock);
}

void conditions_set_upstream(struct conditions *conditions,
                             const struct upstream_condition *condition)
{
    struct upstream_condition copy = *condition;
    size_t place = 0;

    copy.name[sizeof copy.name - 1] = 0;
    pthread_mutex_lock(&conditions->lock);
    struct upstream_condition *all = conditions->upstreams;
    size_t count = conditions->upstream_count;
    while (place < count && strcmp(all[place].name, copy.name) < 0)
        place++;
    if (place < count && strcmp(all[place].name, copy.name) == 0) {
        all[place] = copy;
    } else if (count < CONDITION_UPSTREAMS_MAX) {
        memmove(all + place + 1, all + place, (count - place) * sizeof *all);
        all[place] = copy;
        conditions->upstream_count++;
    }
    pthread_mutex_unlock(&conditions->lock);
}

bool condition_is_meant(const char *subject, const char *name)
{
    size_t len = strlen(subject);

    return strncmp(subject, name, len) == 0
           && (len == 0 || name[len] == 0 || name[len] == ' ' || name[len] == '/');
}

/* A copy of the first one whose name lies above `after`; NULL: the very first. */
static bool next_after(struct conditions *c, const char *after, struct condition *out)
{
    bool found = false;

    pthread_mutex_lock(&c->lock);
    size_t place = after == NULL ? 0 : place_of(c, after, &found);
    if (found)
        place++;
    bool there = place < c->count;
    if (there)
        *out = *c->items[place];
    pthread_mutex_unlock(&c->lock);
    return there;
}

/* The lock is not held while visiting, so that a visitor may take its time. */
void conditions_visit(struct conditions *conditions,
                      void (*visit)(void *context, const struct condition *condition),
                      void *context)
{
    struct condition copy;
    bool there = next_after(conditions, NULL, &copy);

    while (there) {
        char name[CONDITION_NAME_MAX];
        memcpy(name, copy.name, sizeof name);
        visit(context, &copy);
        there = next_after(conditions, name, &copy);
    }
}

void conditions_visit_upstreams(struct conditions *conditions,
                                void (*visit)(void *context,
                                              const struct upstream_condition *condition),
                                void *context)
{
    struct upstream_condition copies[CONDITION_UPSTREAMS_MAX];

    pthread_mutex_lock(&conditions->lock);
    size_t count = conditions->upstream_count;
    memcpy(copies, conditions->upstreams, count * sizeof *copies);
    pthread_mutex_unlock(&conditions->lock);
    for (size_t i = 0; i < count; i++)
        visit(context, &copies[i]);
}
