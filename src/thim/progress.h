/* SPDX-License-Identifier: Apache-2.0 */
/* How far a long command has come, on standard error: a bar that is drawn over itself on
 * a terminal, else a line now and then. Nothing for what is short. */
#ifndef THIM_THIM_PROGRESS_H
#define THIM_THIM_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "kit/text.h"

struct progress {
    struct safe_text what;
    size_t total;
    size_t told; /* tenths */
    bool is_terminal;
};

void progress_begin(struct progress *progress, const char *what, size_t total);
void progress_at(struct progress *progress, size_t done);
void progress_end(struct progress *progress); /* wipes the bar */

#endif
