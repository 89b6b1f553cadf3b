/* SPDX-License-Identifier: Apache-2.0 */
/* Baselines as JSON; the shapes stand in serve/control_baselines.h. All: the caller's,
 * NULL where memory is out. */
#ifndef THIM_SERVE_CONTROL_BASELINES_JSON_H
#define THIM_SERVE_CONTROL_BASELINES_JSON_H

#include "serve/baseline_view.h"
#include "serve/control_json.h"
#include "store/baseline_steps.h"

extern const enum tee control_tees[2]; /* by sets_index */

/* 0 is null. */
void object_put_evaluation_number(struct object *object, const char *name,
                                  uint32_t number);
/* Text from outside, however long, in printable ASCII. */
void object_put_safe(struct object *object, const char *name, const char *text);
void object_put_hex(struct object *object, const char *name, const void *at, size_t len);

/* [{ "id", "link" }] */
json_t *advisories_json(const struct bytes *advisories, size_t count);

json_t *baseline_json(const struct baseline_view *view, size_t policy);
json_t *baseline_whole_json(const struct baseline_view *view, size_t policy);
json_t *baselines_list_json(const struct baseline_view *view);
json_t *baselines_json(const struct baseline_view *view);

/* For the status: each, by the present view. control_baselines_look.c. */
struct control_baselines;
json_t *control_baselines_list(struct control_baselines *control);

json_t *baseline_row_json(const struct baseline_row *row);

/* What the configuration says of it; control_baselines_policy.c. */
json_t *baseline_policy_json(const struct baseline_policy *policy);
json_t *baseline_rules_json(const struct baseline_law *law, size_t policy);

#endif
