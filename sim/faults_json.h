/* SPDX-License-Identifier: Apache-2.0 */
/* The list of faults as JSON, which doc/thim-sim.md describes. */
#ifndef THIM_SIM_FAULTS_JSON_H
#define THIM_SIM_FAULTS_JSON_H

#include <jansson.h>

#include "kit/error.h"
#include "sim/faults.h"

#define FAULT_DELAY_MS_MAX 600000

/* Replaces the list by what the text says: an array of faults, or one. On failure the
 * list stays; ERROR_FORMAT names the member, ERROR_LIMIT past FAULTS_MAX. */
bool faults_read(struct faults *faults, struct bytes json, int64_t now_s,
                 struct error *err) MUST_CHECK;

/* The list with its counts; NULL without memory. The caller's. */
json_t *faults_write(const struct faults *faults);

/* For readers of other JSON: every member of object is among names. */
bool json_only_members(const json_t *object, const char *const *names, size_t count,
                       struct error *err) MUST_CHECK;

/* For them too: the place among names of the word that a member has. */
bool json_read_word(const json_t *object, const char *member, const char *const *names,
                    size_t count, size_t *place, struct error *err) MUST_CHECK;

#endif
