/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/arguments.h"

#include <string.h>

#include "kit/text.h"

static const struct argument_option *find(const struct argument_option *options,
                                          size_t count, const char *argument,
                                          const char *equals)
{
    size_t len = equals == NULL ? strlen(argument) : (size_t)(equals - argument);

    for (size_t i = 0; i < count; i++)
        if (strlen(options[i].name) == len && memcmp(options[i].name, argument, len) == 0)
            return &options[i];
    return NULL;
}

static bool take_option(const struct argument_option *option, const char *equals,
                        const char *next, bool *used_next, struct error *err)
{
    *used_next = false;
    if (option->given != NULL)
        *option->given = true;
    if (option->value == NULL) {
        if (equals != NULL)
            return error_set(err, ERROR_FORMAT, "%s takes no value", option->name);
        return true;
    }
    *used_next = equals == NULL;
    *option->value = equals != NULL ? equals + 1 : next;
    if (*option->value == NULL)
        return error_set(err, ERROR_FORMAT, "%s wants a value", option->name);
    return true;
}

bool arguments_read(int argc, char **argv, const struct argument_option *options,
                    size_t option_count, const char **plain, size_t plain_max,
                    size_t *plain_count, struct error *err)
{
    bool only_plain = false;

    *plain_count = 0;
    for (int i = 0; i < argc; i++) {
        const char *argument = argv[i];
        bool is_option = !only_plain && argument[0] == '-' && argument[1] != 0;
        if (is_option && strcmp(argument, "--") == 0) {
            only_plain = true;
            continue;
        }
        if (is_option) {
            const char *equals = strchr(argument, '=');
            const struct argument_option *option =
                find(options, option_count, argument, equals);
            bool used_next;
            if (option == NULL)
                return error_set(err, ERROR_FORMAT, "unknown option %s",
                                 safe_string(argument).s);
            if (!take_option(option, equals, argv[i + 1], &used_next, err))
                return false;
            i += used_next;
            continue;
        }
        if (*plain_count == plain_max)
            return error_set(err, ERROR_FORMAT, "what is \"%s\"?",
                             safe_string(argument).s);
        plain[(*plain_count)++] = argument;
    }
    return true;
}
