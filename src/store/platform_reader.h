/* SPDX-License-Identifier: Apache-2.0 */
/* Reading platforms beside the store thread: a read-only connection of one's own.
 *
 * A reader is for one thread at a time, and sees what was committed when each call began.
 * It takes at most PLATFORM_READER_CACHE_BYTES of memory for pages. */
#ifndef THIM_STORE_PLATFORM_READER_H
#define THIM_STORE_PLATFORM_READER_H

#include "store/platforms.h"
#include "store/registrations.h"

#define PLATFORM_READER_CACHE_BYTES (2 * 1024 * 1024)

struct platform_reader;

/* directory: the store's, which must be open (its file is there and checked). */
bool platform_reader_open(const char *directory, struct platform_reader **out,
                          struct error *err) MUST_CHECK;
void platform_reader_close(struct platform_reader *reader); /* accepts NULL */
DEFINE_OWNED(struct platform_reader *, platform_reader_close)

/* One platform with its raw TCBs and certificates, copied into the arena. ERROR_NOT_FOUND
 * where there is none; ERROR_FORMAT where its rows are damaged (names what): a single
 * damaged certificate is left out and logged, never the platform. */
bool platform_find(struct platform_reader *reader, const struct platform_name *name,
                   struct arena *arena, struct platform *out, struct error *err)
    MUST_CHECK;
bool platform_find_located(struct platform_reader *reader, const uint8_t locator[32],
                           struct arena *arena, struct platform *out, struct error *err)
    MUST_CHECK;
bool platform_find_row(struct platform_reader *reader, int64_t platform,
                       struct arena *arena, struct platform *out, struct error *err)
    MUST_CHECK;

/* Calls visit for platforms after the given row in the order of rows, at most `most`,
 * until it returns false; fmspc NULL: all. Their certificates are not read (pck_count is
 * right, pcks is NULL), their raw TCBs are. *last: the last row visited, 0 for none. */
bool platforms_walk(struct platform_reader *reader, int64_t after, const uint8_t *fmspc,
                    size_t most,
                    bool (*visit)(void *context, const struct platform *platform),
                    void *context, int64_t *last, struct error *err) MUST_CHECK;

/* The rows of platforms that are due, the longest due first, at most `most`. */
bool platforms_due(struct platform_reader *reader, int64_t now_s, size_t most,
                   int64_t *rows, size_t *count, struct error *err) MUST_CHECK;

struct platform_counts {
    uint64_t platforms, waiting, pcks, raw_tcbs, queued;
};
bool platforms_count(struct platform_reader *reader, struct platform_counts *out,
                     struct error *err) MUST_CHECK;

/* The queue, oldest first; see store/registrations.h. */
bool registrations_walk(struct platform_reader *reader, enum registration_queue queue,
                        bool (*visit)(void *context, int64_t mark,
                                      const struct registration *registration),
                        void *context, struct error *err) MUST_CHECK;

/* Default policies of one FMSPC, SGX's before TDX's; see store/policies.h. */
bool policies_walk(struct platform_reader *reader, const uint8_t fmspc[6],
                   bool (*visit)(void *context, struct bytes jws), void *context,
                   struct error *err) MUST_CHECK;

/* The newest entries of the audit, newest first. */
struct audit_entry;
bool audit_walk(struct platform_reader *reader, size_t most,
                bool (*visit)(void *context, const struct audit_entry *entry),
                void *context, struct error *err) MUST_CHECK;

#endif
