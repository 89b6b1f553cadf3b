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
    "  thim platform list [--fmspc FMSPC]\n"
    "  thim platform show QEID [--pce-id P]\n"
    "      the platforms that are known; one with its certificates, and which of them "
    "it\n"
    "      is given at each TCB and why. The beginning of a QE ID will do\n"
    "  thim platform register FILE...\n"
    "      bring what PCKIDRetrievalTool has written (CSV), or JSON in PCCS's shape; "
    "goes\n"
    "      on after a row that is refused (- is standard input)\n"
    "  thim platform import pccs FILE\n"
    "      bring all that a PCCS has: its SQLite file, or a platform_collaterals.json\n"
    "  thim platform forget QEID [--pce-id P]\n"
    "  thim platform rebind FILE\n"
    "      forget a platform; say that a processor was exchanged, with its registration\n"
    "  thim platform doctor QEID [--pce-id P] [--cpusvn C --pcesvn V]\n"
    "  thim platform doctor 'REQUEST'\n"
    "      why a host gets no certificate, or one below its TCB; REQUEST is its pckcert\n"
    "      URL, or a line of a log with it\n"
    "  thim platform audit [--limit N]\n"
    "      who has changed what\n"
    "      all with [--state DIR | --socket PATH] [--json]\n"
    "  thim amd import FILE|DIR|-... [--product P] [--tcb HEX] [--wait]\n"
    "      have VCEKs fetched before they are asked for: lists of chips (CSV or JSON:\n"
    "      product, chip_id, tcb_version; or URLs of snphost show vcek-url), "
    "attestation\n"
    "      reports, and certificates, certificate tables and OfflineStore directories,\n"
    "      whose VCEKs are taken as they are. --tcb: at a firmware's TCB that is to "
    "come\n"
    "  thim amd list [--chip ID] [--tcb HEX]\n"
    "  thim amd export --offline-store DIR | --pem DIR [--chip ID] [--tcb HEX]\n"
    "  thim amd export --host-file FILE --chip ID --tcb HEX\n"
    "      write what is held for trustee's OfflineStore, as PEM, or one chip's as\n"
    "      host-amd-cert-base64\n"
    "  thim amd forget ID [--tcb HEX]\n"
    "      all with [--state DIR | --socket PATH] [--json]\n"
    "  thim inspect FILE [--chain FILE] [--at TIME] [--root FILE] [--json]\n"
    "      what a certificate, CRL, TCB info, enclave identity, number list or chain is\n"
    "      (PEM, DER, hex or JSON; - is standard input), who signed it, and whether the\n"
    "      pinned roots, or the root of --root, vouch for it\n"
    "  thim config check [FILE]\n"
    "      read a configuration as thimd would\n"
    "  thim config import pccs FILE... [--api-key-file PATH]\n"
    "      print a configuration that does what a PCCS's did (default.json and\n"
    "      production.json); its API key goes into PATH, or stays where it is\n"
    "  thim token make [--name NAME] [--role ROLE]\n"
    "      make a token, and the lines of configuration that let it in as host, reader,\n"
    "      registrar or admin\n"
    "\n"
    "Exit status: 0 yes, 1 the answer is no, 2 usage or configuration, 3 the service\n"
    "cannot be reached.\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "amd", command_amd },         { "config", command_config },
    { "inspect", command_inspect }, { "platform", command_platform },
    { "refresh", command_refresh }, { "status", command_status },
    { "token", command_token },
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
