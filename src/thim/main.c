/* SPDX-License-Identifier: Apache-2.0 */
/* thim: the operator's command. */
#include <stdio.h>
#include <string.h>

#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/commands.h"

static const char HELP[] =
    "thim, the operator's command\n"
    "\n"
    "  thim status  [--state DIR | --socket PATH] [--json]\n"
    "      what thimd holds and serves, how each thing's keeping goes, its upstreams\n"
    "  thim refresh [SUBJECT] [--state DIR | --socket PATH] [--json]\n"
    "      ask the upstreams now, for everything or for SUBJECT (a name of thim status)\n"
    "  thim inspect FILE [--chain FILE] [--at TIME] [--root FILE] [--json]\n"
    "      what a certificate, CRL, TCB info, enclave identity, number list or chain is\n"
    "      (PEM, DER, hex or JSON; - is standard input), who signed it, and whether the\n"
    "      pinned roots, or the root of --root, vouch for it\n"
    "  thim config check [FILE]\n"
    "      read a configuration as thimd would\n"
    "\n"
    "Exit status: 0 yes, 1 the answer is no, 2 usage or configuration, 3 the service\n"
    "cannot be reached.\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "config", command_config },
    { "inspect", command_inspect },
    { "refresh", command_refresh },
    { "status", command_status },
};

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run(argc - 2, argv + 2);
    if (strcmp(name, "--version") == 0) {
        puts("thim " THIM_VERSION);
        return EXIT_YES;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0
        || strcmp(name, "help") == 0) {
        fputs(HELP, stdout);
        return EXIT_YES;
    }
    if (name[0] != 0)
        fprintf(stderr, "thim: unknown command %s\n\n", safe_string(name).s);
    fputs(HELP, stderr);
    return EXIT_USAGE;
}
