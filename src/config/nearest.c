/* SPDX-License-Identifier: Apache-2.0 */
/* The key that was probably meant by a word that is none. */
#include "config/schema.h"

#define NEAR_MAX 48 /* longer words are near to nothing */

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Letters to insert, take out or exchange to get from one word to the other
 * (Levenshtein), one row of the usual table at a time. */
static size_t distance(struct bytes a, struct bytes b)
{
    size_t row[NEAR_MAX + 1];

    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t above = row[j];
            row[j] = least_of(above + 1, row[j - 1] + 1,
                              diagonal + (a.at[i - 1] != b.at[j - 1]));
            diagonal = above;
        }
    }
    return row[b.len];
}

const struct schema_key *schema_nearest(const struct schema_key *rows, struct bytes text)
{
    const struct schema_key *nearest = NULL;
    size_t least = SIZE_MAX;

    if (text.len == 0 || text.len > NEAR_MAX)
        return NULL;
    for (; rows->name != NULL; rows++) {
        struct bytes name = bytes_of_text(rows->name);
        size_t longer = name.len > text.len ? name.len : text.len;
        size_t far = distance(text, name);
        if (2 * far <= longer && far < least) {
            least = far;
            nearest = rows;
        }
    }
    return nearest;
}
