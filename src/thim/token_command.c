/* SPDX-License-Identifier: Apache-2.0 */
/* thim token make: a token that nobody has seen, and the lines that let it in. */
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "kit/buf.h"
#include "serve/access.h"
#include "thim/arguments.h"
#include "thim/commands.h"

#define YAML_MAX 4096

static int fail(const struct error *err)
{
    fprintf(stderr, "thim: token: %s\n", err->text);
    return EXIT_USAGE;
}

/* The reader that will meet the lines judges them, and with them the name and role. */
static bool write_lines(const char *name, const char *role, const char *hash,
                        struct buf *yaml, struct error *err)
{
    struct config config;

    buf_addf(yaml,
             "tokens:\n"
             "  - name: %s\n"
             "    role: %s\n"
             "    scrypt: \"%s\"\n",
             name, role, hash + strlen("scrypt:"));
    if (yaml->failed)
        return error_set(err, ERROR_LIMIT, "name or role is too long");
    if (!config_parse(buf_bytes(yaml), "the lines for it", &config, err))
        return false;
    bool is_meant = config.token_count == 1 && strcmp(config.tokens[0].name, name) == 0;
    config_fini(&config);
    return is_meant
           || error_set(err, ERROR_FORMAT, "that name cannot be written in YAML");
}

static int make(const char *name, const char *role)
{
    char token[44], hash[128];
    struct error err = { 0 };
    struct buf yaml;

    buf_init(&yaml, YAML_MAX);
    bool well = access_make_token(token, hash, &err)
                && write_lines(name, role, hash, &yaml, &err);
    if (well)
        printf("The token, shown this once:\n\n%s\n\nFor /etc/thim/thim.yaml:\n\n%s",
               token, buf_text(&yaml));
    explicit_bzero(token, sizeof token);
    buf_fini(&yaml);
    return well ? EXIT_YES : fail(&err);
}

int command_token(int argc, char **argv)
{
    const char *name = "site", *role = "registrar";
    const struct argument_option options[] = { { "--name", &name, NULL },
                                               { "--role", &role, NULL } };
    const char *verb = NULL;
    struct error err = { 0 };
    size_t count;

    if (!arguments_read(argc, argv, options, COUNT_OF(options), &verb, 1, &count, &err))
        return fail(&err);
    if (count == 1 && strcmp(verb, "make") == 0)
        return make(name, role);
    fputs("thim: token: usage: thim token make [--name NAME] [--role ROLE]\n", stderr);
    return EXIT_USAGE;
}
