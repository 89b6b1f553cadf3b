/* SPDX-License-Identifier: Apache-2.0 */
/* The key that was probably meant by a word that is none. */
#include "kit/nearest.h"
#include "config/schema.h"

const struct schema_key *schema_nearest(const struct schema_key *rows, struct bytes text)
{
    const struct schema_key *key = NULL;
    struct nearest nearest = { 0 };

    for (; rows->name != NULL; rows++) {
        nearest_consider(&nearest, text, rows->name);
        if (nearest.name == rows->name)
            key = rows;
    }
    return key;
}
