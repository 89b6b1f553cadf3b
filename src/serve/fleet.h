/* SPDX-License-Identifier: Apache-2.0 */
/* The known hosts, read from the store as the groups that baselines judge. */
#ifndef THIM_SERVE_FLEET_H
#define THIM_SERVE_FLEET_H

#include "baseline/host_group.h"
#include "store/host_reader.h"

/* Standing: registered by token, operator or import, with a registered raw TCB, and seen
 * within host_ttl_s of now_s counts; a chip likewise by its registration, and by when it
 * was asked for. Everything lies in the arena. Errors as host_tallies_read. */
bool fleet_read(const char *state_directory, int64_t now_s, int64_t host_ttl_s,
                struct arena *arena, struct host_groups *out, struct error *err)
    MUST_CHECK;

/* Up to max hosts of one group, seen last first; as host_row has them. With the now_s and
 * host_ttl_s of the reading that gave the group, so that a host is in one of them. */
bool fleet_members(const char *state_directory, int64_t now_s, int64_t host_ttl_s,
                   const struct host_group *group, size_t max,
                   void (*visit)(void *context, const struct host_row *row),
                   void *context, struct error *err) MUST_CHECK;
bool fleet_chip_members(const char *state_directory, int64_t now_s, int64_t host_ttl_s,
                        const struct chip_group *group, size_t max,
                        void (*visit)(void *context, const struct host_row *row),
                        void *context, struct error *err) MUST_CHECK;

#endif
