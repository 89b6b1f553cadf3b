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
    "  thim platform tdx QEID --tee-tcb-svn HEX [--pce-id P]\n"
    "      say which TDX module a host runs, by TEE_TCB_SVN of its reports: unless it "
    "is\n"
    "      known, no baseline takes a TDX host for safe\n"
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
    "  thim baseline list\n"
    "  thim baseline show [NAME]\n"
    "      which number each baseline has, and why; one with the numbers that are held\n"
    "      and when they end. Without NAME: the default baseline, here and below\n"
    "  thim baseline preview [NAME] [--to N|early|standard|BASELINE] [--tee sgx|tdx]\n"
    "                        [--names K] [--unseen-days N] [--csv]\n"
    "      what a move would do to the known hosts: who falls, by which component and\n"
    "      which advisory. Exit status 1 when anybody does\n"
    "  thim baseline promote|rollback [NAME] [--to N] --why TEXT [--tee sgx|tdx]\n"
    "  thim baseline hold [NAME] [--until DAY] --why TEXT [--tee sgx|tdx]\n"
    "  thim baseline pin [NAME] --to N --until DAY --why TEXT [--tee sgx|tdx]\n"
    "  thim baseline release|unpin [NAME] --why TEXT [--tee sgx|tdx]\n"
    "      move a baseline, or keep it where it is, by hand\n"
    "  thim baseline history [NAME] [--limit N]\n"
    "  thim baseline diff A B --fmspc FMSPC [--tee sgx|tdx]\n"
    "      what a baseline has been through; which levels and advisories changed "
    "between\n"
    "      two numbers\n"
    "      all with [--state DIR | --socket PATH] [--json]\n"
    "  thim baseline export --for trustee|go-tdx-guest|dcap-qvl|intel-qal\n"
    "                       [--baseline NAME | --number N [--tcb-date TIME]]\n"
    "                       [--accept STATUS,...] [--accept-advisory ID]...\n"
    "                       [--block-advisory ID]... [--state DIR | --socket PATH]\n"
    "      a baseline in a verifier's own words, and what those cannot express\n"
    "  thim deny add KIND VALUE --why TEXT [--by NAME] [--until TIME]\n"
    "  thim deny list\n"
    "  thim deny remove KIND VALUE\n"
    "      what is given no certificate, whatever its vendor says: a chip_id, qe_id,\n"
    "      ppid_digest, fmspc, key_digest or advisory. In force at once\n"
    "      all with [--state DIR | --socket PATH] [--json]\n"
    "  thim explain QEID | FILE | --fmspc F --cpusvn C --pcesvn P\n"
    "               [--tee-tcb-svn T [--tee-tcb-svn2 T]] [--qe-isvsvn N] [--tee "
    "sgx|tdx]\n"
    "               [--state DIR | --socket PATH | --url URL [--ca FILE]\n"
    "               [--token-file FILE]] [--product P] [--json]\n"
    "      why a platform, a quote or PCK certificate (FILE, or - for standard input) or "
    "a\n"
    "      TCB has its status under each number, which component is short, and what "
    "would\n"
    "      raise it; for an SEV-SNP report (FILE), each baseline's minimum beside it\n"
    "  thim explain code [CODE] [--json]\n"
    "      what a code of a quote provider, a verifier or a verdict means, and what to\n"
    "      do: 0xE019, 57369, SGX_QL_NETWORK_ERROR, 461, crl_expired. Needs no service\n"
    "  thim verify FILE [--collateral DIR] [--tcb-info FILE] [--qe-identity FILE]\n"
    "              [--root-crl FILE] [--pck-crl FILE] [--signing-chain FILE]\n"
    "              [--identity-chain FILE] [--pck-crl-chain FILE] [--pck-chain FILE]\n"
    "              [--vek FILE] [--chain FILE] [--crl FILE] [--at TIME] [--number N]\n"
    "              [--min-tcb PRODUCT=HEX,...] [--root FILE] [--policy FILE] [--json]\n"
    "      whether a quote or SEV-SNP report (raw, hex, base64, PEM; - is standard "
    "input)\n"
    "      is true, at which TCB, and whether the policy accepts that, by collateral in\n"
    "      files alone: of a directory (in the vendor's layout, or flat) what is in "
    "force\n"
    "      at TIME, of the newest number or N; or each named by its option\n"
    "  thim verify FILE [--state DIR | --socket PATH | --url URL [--ca FILE]\n"
    "              [--token-file FILE]] [--baseline NAME | --number N] [--policy FILE]\n"
    "              [--json]\n"
    "      the same by what thimd, or another THIM, holds\n"
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
    "cannot be reached, or collateral is missing.\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "amd", command_amd },           { "baseline", command_baseline },
    { "config", command_config },     { "deny", command_deny },
    { "explain", command_explain },   { "inspect", command_inspect },
    { "platform", command_platform }, { "refresh", command_refresh },
    { "status", command_status },     { "token", command_token },
    { "verify", command_verify },
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
