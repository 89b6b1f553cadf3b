/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of thim baseline: baseline_command.c hands the arguments after the verb to
 * one of these, each of which prints and gives an exit status. What they print is made of
 * what the service answers (serve/control_baselines.h). */
#ifndef THIM_THIM_BASELINE_PARTS_H
#define THIM_THIM_BASELINE_PARTS_H

#include "thim/service_client.h"

int baseline_list(int argc, char **argv);
int baseline_history(int argc, char **argv);
int baseline_show(int argc, char **argv);    /* baseline_show.c */
int baseline_diff(int argc, char **argv);    /* baseline_diff.c */
int baseline_preview(int argc, char **argv); /* baseline_preview.c */
int baseline_export(int argc, char **argv);  /* baseline_export.c */
/* promote, hold, release, pin, unpin, rollback; baseline_order.c */
int baseline_order(const char *verb, int argc, char **argv);

/* Says why on standard error and, as_json, on standard output too; the exit status. */
int baseline_fail(const char *verb, const struct error *err, bool as_json);
int baseline_usage(const char *verb, const struct error *err);

bool baseline_is_name(const char *text);

#define BASELINE_PATH_MAX 512
#define BASELINES_URL "/thim/v1/baselines"

/* "URL/NAME" and what follows it; name NULL: the default baseline, which the service is
 * asked for. ERROR_FORMAT for what is no name. */
bool baseline_path(const struct service_address *address, const char *name,
                   const char *after, char out[BASELINE_PATH_MAX], struct error *err)
    MUST_CHECK;

/* Adds "?name=value" or "&name=value", the value percent-encoded; nothing for NULL.
 * ERROR_LIMIT where the path has no room. */
bool baseline_query(char path[BASELINE_PATH_MAX], const char *name, const char *value,
                    struct error *err) MUST_CHECK;

/* ---- what is printed, on standard output ----------------------------------------- */

void baseline_print_list(const json_t *tree);
void baseline_print_whole(const json_t *tree);
void baseline_print_history(const json_t *tree);
void baseline_print_diff(const json_t *tree);
void baseline_print_preview(const json_t *tree);
void baseline_print_order(const json_t *tree);

/* "2026-11-30" of a time; "-" of anything else. */
struct day_text {
    char s[11];
};
struct day_text day_of(const json_t *tree, const char *name);

/* A number, or "-". */
struct number_text {
    char s[24];
};
struct number_text number_of(const json_t *tree, const char *name);

/* What is known of an advisory and where to read of it, each on a line. */
void baseline_print_links(const json_t *advisories);

#endif
