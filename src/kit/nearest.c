/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/nearest.h"

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

void nearest_consider(struct nearest *nearest, struct bytes word, const char *name)
{
    struct bytes given = bytes_of_text(name);
    size_t longer = given.len > word.len ? given.len : word.len;

    if (word.len == 0 || longer > NEAR_MAX)
        return;
    size_t far = distance(word, given);
    if (2 * far <= longer && (nearest->name == NULL || far < nearest->distance))
        *nearest = (struct nearest){ .name = name, .distance = far };
}
