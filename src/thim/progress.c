/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/progress.h"

#include <stdio.h>
#include <unistd.h>

enum { SHORT = 20, BAR = 40, TENTHS = 10 };

void progress_begin(struct progress *progress, const char *what, size_t total)
{
    *progress = (struct progress){ .what = safe_string(what),
                                   .total = total,
                                   .is_terminal = isatty(STDERR_FILENO) == 1 };
}

static void draw(const struct progress *progress, size_t done)
{
    static const char full[] = "########################################";
    int filled = (int)(done * BAR / progress->total);

    fprintf(stderr, "\r%s [%-*.*s] %zu of %zu", progress->what.s, BAR, filled, full, done,
            progress->total);
    fflush(stderr);
}

void progress_at(struct progress *progress, size_t done)
{
    size_t tenth = progress->total == 0 ? 0 : done * TENTHS / progress->total;

    if (progress->total < SHORT)
        return;
    if (progress->is_terminal) {
        draw(progress, done);
    } else if (tenth > progress->told) {
        progress->told = tenth;
        fprintf(stderr, "%s: %zu of %zu\n", progress->what.s, done, progress->total);
    }
}

void progress_end(struct progress *progress)
{
    if (progress->is_terminal && progress->total >= SHORT)
        fputs("\r\033[K", stderr);
}
