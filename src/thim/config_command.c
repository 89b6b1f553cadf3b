/* SPDX-License-Identifier: Apache-2.0 */
/* thim config check: reads a configuration as thimd would, and says what is wrong. */
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/commands.h"

static const char *const CONFIG_FILE = "/etc/thim/thim.yaml";

int command_config(int argc, char **argv)
{
    const char *plain[2] = { NULL, CONFIG_FILE };
    struct config config = { 0 };
    struct error err = { 0 };
    size_t count;

    if (!arguments_read(argc, argv, NULL, 0, plain, 2, &count, &err)) {
        fprintf(stderr, "thim: config: %s\n", err.text);
        return EXIT_USAGE;
    }
    if (count == 0 || strcmp(plain[0], "check") != 0) {
        fprintf(stderr, "thim: config: usage: thim config check [FILE]\n");
        return EXIT_USAGE;
    }
    if (!config_read(plain[1], &config, &err)) {
        fprintf(stderr, "thim: config: %s\n", err.text);
        return EXIT_USAGE;
    }
    printf("%s: good, %zu listeners, %zu upstreams\n", safe_string(plain[1]).s,
           config.listener_count, config.intel.upstream_count);
    config_fini(&config);
    return EXIT_YES;
}
