/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of thim amd, and what they share: amd_command.c hands the arguments after the
 * verb to one of these, each of which prints and gives an exit status. */
#ifndef THIM_THIM_AMD_PARTS_H
#define THIM_THIM_AMD_PARTS_H

#include "format/chip_list.h"
#include "thim/service_client.h"

int amd_import(int argc, char **argv); /* amd_import.c */
int amd_export(int argc, char **argv); /* amd_export.c */
int amd_list(int argc, char **argv);
int amd_forget(int argc, char **argv);

/* Says why on standard error and, as_json, on standard output too; the exit status. */
int amd_fail(const char *verb, const struct error *err, bool as_json);
int amd_usage(const char *verb, const struct error *err);

/* ---- what options say; NULL is not given. ERROR_FORMAT names the option ----------- */

bool amd_read_product(const char *name, enum snp_product *out, struct error *err)
    MUST_CHECK;
bool amd_read_tcb(const char *digits, bool *given, uint64_t *value, struct error *err)
    MUST_CHECK;

/* ---- chips that the service knows ------------------------------------------------- */

struct amd_choice {      /* which of them */
    const char *chip_id; /* how it begins; NULL: any */
    bool has_tcb;
    uint64_t tcb_version;
};

bool amd_is_chosen(const struct amd_choice *choice, const json_t *chip);

/* Every row, in the service's order; *counts (may be NULL) is the caller's. A visit that
 * returns false ends it, with its own err. */
bool amd_walk(const struct service_address *address,
              bool (*visit)(void *context, const json_t *chip, struct error *err),
              void *context, json_t **counts, struct error *err) MUST_CHECK;

/* "PATH?product=..&chip_id=..&tcb_version=.." of a row; without its TCB if not at_tcb. */
#define AMD_PATH_MAX 320
void amd_path(char out[AMD_PATH_MAX], const char *path, const json_t *chip, bool at_tcb);

#endif
