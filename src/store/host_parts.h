/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind store/host_reader.h share: host_reader.c (platforms, and the
 * whole) and host_chips.c. */
#ifndef THIM_STORE_HOST_PARTS_H
#define THIM_STORE_HOST_PARTS_H

#include "store/host_reader.h"
#include "store/sql.h"

struct host_look { /* one reading of the whole */
    struct sql_kept *kept;
    int64_t recent_from_s;
    struct arena *arena;
    struct host_tallies *out;
};

/* Room for as many as `question` counts, at most HOST_TALLIES_MAX; NULL with the error.
 */
void *host_room(const struct host_look *look, const char *question, size_t size,
                size_t *most, struct error *err) MUST_CHECK;

bool host_tally_chips(struct host_look *look, struct error *err) MUST_CHECK;

/* Visits each row of the question that read takes for a host's; others are logged. */
bool host_members(const char *directory, const char *question,
                  const struct sql_value *values, size_t count,
                  bool (*read)(const struct sql_rows *rows, struct host_row *out),
                  void (*visit)(void *context, const struct host_row *row), void *context,
                  struct error *err) MUST_CHECK;
struct sql_value host_limit(size_t max);

#endif
