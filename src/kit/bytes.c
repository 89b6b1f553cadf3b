/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/bytes.h"

int bytes_compare(struct bytes a, struct bytes b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.at, b.at, common);

    if (order == 0)
        order = (a.len > b.len) - (a.len < b.len);
    return (order > 0) - (order < 0);
}

size_t bytes_find(struct bytes hay, struct bytes needle)
{
    if (needle.len == 0)
        return 0;
    const uint8_t *hit =
        hay.len < needle.len ? NULL : memmem(hay.at, hay.len, needle.at, needle.len);
    return hit == NULL ? hay.len : (size_t)(hit - hay.at);
}
