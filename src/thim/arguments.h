/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of one subcommand: a table of its options, and what remains. */
#ifndef THIM_THIM_ARGUMENTS_H
#define THIM_THIM_ARGUMENTS_H

#include "kit/error.h"

enum exit_status { /* of every command */
                   EXIT_YES = 0,
                   EXIT_NO = 1,
                   EXIT_USAGE = 2,
                   EXIT_UNAVAILABLE = 3,
};

struct argument_option {
    const char *name;   /* "--chain" */
    const char **value; /* where its value goes; NULL for a switch */
    bool *given;        /* may be NULL */
};

/* Reads options in any order, "--name value" or "--name=value"; the rest goes to *plain
 * (views into argv), at most plain_max of them. "--" ends the options; "-" is plain.
 * ERROR_FORMAT names the argument. */
bool arguments_read(int argc, char **argv, const struct argument_option *options,
                    size_t option_count, const char **plain, size_t plain_max,
                    size_t *plain_count, struct error *err) MUST_CHECK;

#endif
