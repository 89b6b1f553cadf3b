/* SPDX-License-Identifier: Apache-2.0 */
/* One line per event on standard error, for people and for log collectors:
 *
 *     2025-06-20T00:00:00Z warning refresh fmspc=30606a000000 kept=41 why="..."
 *
 * Dates are the machine's own, never a moved clock's. A line is written with one write(2)
 * and is at most LOG_LINE_MAX bytes. Text from outside goes through safe() first; key
 * material, PPIDs and tokens never come here. May be called from any thread. */
#ifndef THIM_KIT_LOG_H
#define THIM_KIT_LOG_H

#include "kit/base.h"

#define LOG_LINE_MAX 2048

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_SILENT };

/* The least level that is written; LOG_INFO until said otherwise. */
void log_set_level(enum log_level least);

/* what: the room that speaks ("refresh", "store"); format: key=value pairs. */
void log_event(enum log_level level, const char *what, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
