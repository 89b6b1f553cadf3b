/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/options.h"

#include <string.h>

#define OPTIONS_SIZE_MAX 4096 /* what no version has: the size was not set */

static bool read_size(const void *given, size_t least, size_t *size,
                      struct thim_error *error)
{
    memcpy(size, given, sizeof *size);
    return (*size >= least && *size <= OPTIONS_SIZE_MAX)
           || errors_tell_usage(error,
                                "options: size is %zu, expected at least %zu: set it to "
                                "sizeof of the struct",
                                *size, least);
}

bool options_read(const void *given, size_t least, void *known, size_t known_size,
                  struct thim_error *error)
{
    const uint8_t *bytes = given;
    size_t size;

    memset(known, 0, known_size);
    if (given == NULL)
        return true;
    if (!read_size(given, least, &size, error))
        return false;
    for (size_t i = known_size; i < size; i++)
        if (bytes[i] != 0)
            return errors_tell_usage(
                error,
                "options: byte %zu asks for what libthim %s does not "
                "know",
                i, thim_version());
    memcpy(known, given, size < known_size ? size : known_size);
    return true;
}

bool options_fill(void *given, size_t least, const void *known, size_t known_size,
                  struct thim_error *error)
{
    size_t size, head = sizeof size;

    if (!read_size(given, least, &size, error))
        return false;
    memset((uint8_t *)given + head, 0, size - head);
    memcpy((uint8_t *)given + head, (const uint8_t *)known + head,
           (size < known_size ? size : known_size) - head);
    return true;
}
