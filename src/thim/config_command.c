/* SPDX-License-Identifier: Apache-2.0 */
/* thim config check: reads a configuration as thimd would, and says what is wrong.
 * thim config import pccs: writes one that does what a PCCS's did. */
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "kit/file.h"
#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/commands.h"
#include "thim/pccs_config.h"

#define FILES_MAX 4 /* default.json, production.json, ... */

static const char *const CONFIG_FILE = "/etc/thim/thim.yaml";

static int fail(const struct error *err)
{
    fprintf(stderr, "thim: config: %s\n", err->text);
    return EXIT_USAGE;
}

static int check(const char *path)
{
    struct config config = { 0 };
    struct error err = { 0 };

    if (!config_read(path, &config, &err))
        return fail(&err);
    printf("%s: good, %zu listeners, %zu upstreams\n", safe_string(path).s,
           config.listener_count, config.intel.upstream_count);
    config_fini(&config);
    return EXIT_YES;
}

/* ---- import --------------------------------------------------------------------- */

static bool read_files(const char *const *paths, size_t count, json_t *into,
                       struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct buf text;
        buf_init(&text, CONFIG_FILE_MAX);
        bool well = file_read(paths[i], &text, err)
                    && pccs_config_read(&text, paths[i], into, err);
        buf_fini(&text);
        if (!well)
            return false;
    }
    return true;
}

static bool write_api_key(const char *path, char *api_key, struct error *err)
{
    struct buf line;

    if (path == NULL || api_key[0] == 0)
        return true;
    buf_init(&line, SECRET_ROOM + 1);
    buf_addf(&line, "%s\n", api_key);
    bool well = file_write(path, buf_bytes(&line), 0600, err)
                && secret_file_read(path, api_key, err);
    explicit_bzero(line.at, line.len);
    buf_fini(&line);
    return well || error_within(err, "ApiKey");
}

static int import_pccs(const char *const *paths, size_t count, const char *api_key_file)
{
    char api_key[SECRET_ROOM] = "";
    json_t *from = json_object();
    struct error err = { 0 };
    struct buf yaml;

    buf_init(&yaml, CONFIG_FILE_MAX);
    bool well = read_files(paths, count, from, &err)
                && pccs_config_translate(from, api_key_file, &yaml, api_key, &err)
                && write_api_key(api_key_file, api_key, &err);
    if (well)
        fputs(buf_text(&yaml), stdout);
    explicit_bzero(api_key, sizeof api_key);
    json_decref(from);
    buf_fini(&yaml);
    return well ? EXIT_YES : fail(&err);
}

int command_config(int argc, char **argv)
{
    const char *api_key_file = NULL;
    const struct argument_option options[] = { { "--api-key-file", &api_key_file,
                                                 NULL } };
    const char *plain[2 + FILES_MAX] = { NULL };
    struct error err = { 0 };
    size_t count;

    if (!arguments_read(argc, argv, options, COUNT_OF(options), plain, COUNT_OF(plain),
                        &count, &err))
        return fail(&err);
    if ((count == 1 || count == 2) && strcmp(plain[0], "check") == 0
        && api_key_file == NULL)
        return check(count == 2 ? plain[1] : CONFIG_FILE);
    if (count > 2 && strcmp(plain[0], "import") == 0 && strcmp(plain[1], "pccs") == 0)
        return import_pccs(&plain[2], count - 2, api_key_file);
    fputs("thim: config: usage: thim config check [FILE]\n"
          "                     thim config import pccs FILE... [--api-key-file PATH]\n",
          stderr);
    return EXIT_USAGE;
}
