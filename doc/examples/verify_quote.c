/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an SGX or TDX quote is to be believed, by files alone.
 *
 *     cc verify_quote.c $(pkg-config --cflags --libs thim)
 *     ./a.out QUOTE DIRECTORY [POLICY.json [TIME [TEST-ROOT.pem]]]
 *
 * DIRECTORY has the files named below, as Intel's PCS, a PCCS or THIM answers them. TIME
 * is in seconds since 1970; now, where there is none. Ends with 0 for yes, 1 for no, 3
 * where nobody can say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thim.h>
#include <time.h>

#define FILE_MAX ((size_t)4 << 20)

/* A file, whole; none: no bytes. */
static struct thim_bytes read_file(const char *directory, const char *name)
{
    struct thim_bytes bytes = { NULL, 0 };
    unsigned char *content;
    char path[4096];
    FILE *file;

    snprintf(path, sizeof path, "%s%s%s", directory, directory[0] != '\0' ? "/" : "",
             name);
    if ((file = fopen(path, "rb")) == NULL)
        return bytes;
    if ((content = malloc(FILE_MAX)) != NULL) {
        bytes.at = content;
        bytes.len = fread(content, 1, FILE_MAX, file);
    }
    fclose(file);
    return bytes;
}

static void forget(struct thim_bytes bytes)
{
    free((void *)(uintptr_t)bytes.at);
}

static bool make_trust(const char *test_root, struct thim_trust **out,
                       struct thim_error *error)
{
    if (!thim_trust_new(out, error))
        return false;
    if (test_root == NULL)
        return true;
    struct thim_bytes pem = read_file("", test_root);
    bool well = thim_trust_add(*out, THIM_ROOT_TEST, pem.at, pem.len, error);
    forget(pem);
    return well;
}

/* Read and verified once; a service keeps it for all quotes of this FMSPC and TEE, and
 * makes another when the vendor has signed anew. */
static bool make_collateral(const char *directory, const struct thim_trust *trust,
                            struct thim_collateral **out, struct thim_error *error)
{
    struct thim_collateral_options options = { .size = sizeof options };

    options.root_ca_crl = read_file(directory, "root_ca_crl");
    options.pck_crl = read_file(directory, "pck_crl");
    options.pck_crl_issuer_chain = read_file(directory, "pck_crl_issuer_chain");
    options.tcb_info = read_file(directory, "tcb_info");
    options.tcb_info_issuer_chain = read_file(directory, "tcb_info_issuer_chain");
    options.qe_identity = read_file(directory, "qe_identity");
    options.qe_identity_issuer_chain = read_file(directory, "qe_identity_issuer_chain");
    bool well = thim_collateral_new(trust, &options, out, error);
    forget(options.root_ca_crl);
    forget(options.pck_crl);
    forget(options.pck_crl_issuer_chain);
    forget(options.tcb_info);
    forget(options.tcb_info_issuer_chain);
    forget(options.qe_identity);
    forget(options.qe_identity_issuer_chain);
    return well;
}

static bool make_policy(const char *file, struct thim_policy **out,
                        struct thim_error *error)
{
    if (file == NULL)
        return true; /* the default: UpToDate and SWHardeningNeeded, no debugging */
    struct thim_bytes json = read_file("", file);
    bool well = thim_policy_new((const char *)json.at, json.len, out, error);
    forget(json);
    return well;
}

static void print_field(const struct thim_verdict *verdict, const char *name,
                        enum thim_field field)
{
    struct thim_bytes bytes = thim_verdict_field(verdict, field);

    if (bytes.len == 0)
        return;
    printf("%-12s ", name);
    for (size_t i = 0; i < bytes.len; i++)
        printf("%02x", bytes.at[i]);
    printf("\n");
}

static void print_verdict(const struct thim_verdict *verdict)
{
    printf("%-12s %s\n", "evidence", thim_evidence_name(thim_verdict_evidence(verdict)));
    printf("%-12s %s\n", "status",
           thim_status_name(thim_verdict_status(verdict, THIM_PART_WHOLE)));
    for (size_t i = 0; i < thim_verdict_advisory_count(verdict, THIM_PART_WHOLE); i++) {
        struct thim_bytes advisory = thim_verdict_advisory(verdict, THIM_PART_WHOLE, i);
        printf("%-12s %.*s\n", "advisory", (int)advisory.len, (const char *)advisory.at);
    }
    if (!thim_verdict_valid(verdict))
        printf("%-12s %s: %s\n", "not valid",
               thim_check_name(thim_verdict_failure(verdict)), thim_verdict_why(verdict));
    else if (!thim_verdict_accepted(verdict))
        printf("%-12s %s: %s\n", "denied by", thim_verdict_denied_by(verdict),
               thim_verdict_why(verdict));
    print_field(verdict, "mrenclave", THIM_FIELD_SGX_MRENCLAVE);
    print_field(verdict, "mrtd", THIM_FIELD_TDX_MRTD);
    print_field(verdict, "report data", THIM_FIELD_REPORT_DATA);
}

int main(int argc, char **argv)
{
    struct thim_trust *trust = NULL;
    struct thim_collateral *collateral = NULL;
    struct thim_policy *policy = NULL;
    struct thim_verifier *verifier = NULL;
    struct thim_verdict *verdict = NULL;
    struct thim_error error = { .text = "" };
    int answer = 3;

    if (argc < 3 || argc > 6) {
        fprintf(stderr, "usage: %s QUOTE DIRECTORY [POLICY [TIME [TEST-ROOT]]]\n",
                argv[0]);
        return 2;
    }
    int64_t now_s = argc > 4 ? strtoll(argv[4], NULL, 10) : (int64_t)time(NULL);
    const char *policy_file = argc > 3 && argv[3][0] != '\0' ? argv[3] : NULL;
    struct thim_bytes quote = read_file("", argv[1]);

    if (make_trust(argc > 5 ? argv[5] : NULL, &trust, &error)
        && make_collateral(argv[2], trust, &collateral, &error)
        && make_policy(policy_file, &policy, &error)
        && thim_verifier_new(NULL, &verifier, &error)
        && thim_verdict_new(&verdict, &error)) {
        answer = thim_verify_quote(verifier, collateral, quote.at, quote.len, now_s,
                                   policy, NULL, verdict)
                     ? 0
                     : 1;
        print_verdict(verdict);
    } else {
        fprintf(stderr, "%s: %s\n", argv[0], error.text);
    }
    thim_verdict_free(verdict);
    thim_verifier_free(verifier);
    thim_policy_release(policy);
    thim_collateral_release(collateral);
    thim_trust_free(trust);
    forget(quote);
    return answer;
}
