/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of thimd, read into one struct. */
#ifndef THIM_THIMD_OPTIONS_H
#define THIM_THIMD_OPTIONS_H

#include "config/config.h"
#include "kit/clock.h"

#define OPTIONS_NAMES_MAX 16

enum options_command { COMMAND_SERVE = 1, COMMAND_INIT, COMMAND_HELP, COMMAND_VERSION };

struct options {
    enum options_command command;
    const char *config_file;     /* NULL: /etc/thim/thim.yaml where there is one */
    const char *state_directory; /* NULL: the configuration's */
    struct config_listener listeners[CONFIG_LISTENERS_MAX]; /* instead of those of file */
    size_t listener_count;
    char addresses[CONFIG_LISTENERS_MAX][64]; /* what listeners[].address points at */
    bool has_clock, clock_stands;
    int64_t clock_s;                      /* where the clock starts; with has_clock */
    const char *names[OPTIONS_NAMES_MAX]; /* init */
    size_t name_count;
};

/* Views into argv; out must stay where it is. ERROR_FORMAT names the argument. */
bool options_read(int argc, char **argv, struct options *out, struct error *err)
    MUST_CHECK;

/* "127.0.0.1:8081", "[::1]:0", with "http://" or "https://" in front; without either a
 * loopback address is http and any other https. */
bool options_read_listener(const char *text, struct config_listener *out, char *address,
                           size_t address_room, struct error *err) MUST_CHECK;

/* "2025-06-20T00:00:00Z" runs from there; "step" and "step:2025-..." stand still. */
bool options_read_clock(const char *text, struct options *out, struct error *err)
    MUST_CHECK;

extern const char OPTIONS_HELP[];

#endif
