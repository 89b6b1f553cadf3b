/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "kit/clock.h"
#include "kit/text.h"

static _Atomic int least_level = LOG_INFO;

void log_set_level(enum log_level least)
{
    atomic_store(&least_level, (int)least);
}

void log_event(enum log_level level, const char *what, const char *format, ...)
{
    static const char *const names[] = { "debug", "info", "warning", "error" };
    char line[LOG_LINE_MAX];
    va_list args;

    if ((int)level < atomic_load(&least_level) || level >= LOG_SILENT)
        return;
    int used = snprintf(line, sizeof line, "%s %s %s ", utc(clock_real_wall_s()).s,
                        names[level], what);
    va_start(args, format);
    int more = vsnprintf(line + used, sizeof line - (size_t)used, format, args);
    va_end(args);
    size_t len = (size_t)used + (more > 0 ? (size_t)more : 0);
    if (len > sizeof line - 2)
        len = sizeof line - 2;
    line[len++] = '\n';
    if (write(STDERR_FILENO, line, len) < 0)
        return; /* nowhere left to say so */
}
