/* SPDX-License-Identifier: Apache-2.0 */
/* A few readers of the store, shared by the threads that answer. A thread that finds all
 * of them busy waits for one: reading a platform takes a fraction of a millisecond. */
#ifndef THIM_SERVE_HOST_READERS_H
#define THIM_SERVE_HOST_READERS_H

#include "store/platform_reader.h"

#define HOST_READERS_MAX 8

struct host_readers;

/* directory: of the store, which must be open. */
bool host_readers_create(const char *directory, struct host_readers **out,
                         struct error *err) MUST_CHECK;
void host_readers_destroy(struct host_readers *readers); /* accepts NULL */
DEFINE_OWNED(struct host_readers *, host_readers_destroy)

/* For one use, to be given back; NULL with ERROR_SYSTEM where none can be opened. */
struct platform_reader *host_readers_take(struct host_readers *readers,
                                          struct error *err);
void host_readers_give_back(struct host_readers *readers, struct platform_reader *reader);

#endif
