/* SPDX-License-Identifier: Apache-2.0 */
/* How the members of a policy are read, for format/verification_policy*.c alone. Each
 * function reads the value that is due to where its member lies; errors stick in the
 * reader. */
#ifndef THIM_FORMAT_VERIFICATION_POLICY_PARTS_H
#define THIM_FORMAT_VERIFICATION_POLICY_PARTS_H

#include "format/json_fields.h"
#include "format/verification_policy.h"

/* A member that is not there demands nothing. */
#define MEMBER(NAME, TYPE, FIELD, FUNCTION)                                              \
    {                                                                                    \
        NAME, FIELD_READ(FUNCTION), .at = offsetof(struct TYPE, FIELD), .optional = true \
    }
#define NUMBER(NAME, KIND, TYPE, FIELD)                              \
    {                                                                \
        NAME, FIELD_INTO(KIND, struct TYPE, FIELD), .optional = true \
    }

/* struct policy_values: hex of so many bytes, one or a list. */
void policy_read_values_2(struct json *json, void *into);
void policy_read_values_6(struct json *json, void *into);
void policy_read_values_16(struct json *json, void *into);
void policy_read_values_32(struct json *json, void *into);
void policy_read_values_48(struct json *json, void *into);
void policy_read_values_64(struct json *json, void *into);

/* struct policy_masked: the value, and the mask, which is a member of its own. */
void policy_read_masked_4(struct json *json, void *into);
void policy_read_masked_8(struct json *json, void *into);
void policy_read_masked_16(struct json *json, void *into);
void policy_read_mask_4(struct json *json, void *into);
void policy_read_mask_8(struct json *json, void *into);
void policy_read_mask_16(struct json *json, void *into);
/* Both have been read: a mask has a value, and the value nothing beside it. */
void policy_check_masked(struct json *json, const struct policy_masked *masked,
                         const char *name);

/* struct policy_numbers: one or a list. */
void policy_read_numbers(struct json *json, struct policy_numbers *out, uint32_t most);
void policy_read_numbers_u16(struct json *json, void *into);

void policy_read_boolean(struct json *json, void *into); /* bool */
void policy_read_demand(struct json *json, void *into);  /* enum policy_demand */
void policy_read_leave(struct json *json, void *into);   /* enum policy_leave */

/* A list of choices, to bits. A choice of the value POLICY_NEVER is refused: nothing that
 * is so is valid. */
#define POLICY_NEVER 31
void policy_read_set(struct json *json, unsigned *set, const struct json_choice *choices);

/* The member "snp": struct policy_snp. */
void policy_read_snp(struct json *json, void *into);

#endif
