/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an AMD SEV-SNP report is to be believed, by files alone; the verdict as JSON.
 *
 *     cc verify_report.c $(pkg-config --cflags --libs thim)
 *     ./a.out REPORT VEK CHAIN [CRL [TIME [TEST-ROOT.pem]]]
 *
 * VEK, CHAIN and CRL are what AMD's KDS or THIM answers for the chip. Without a CRL
 * ("") the report is judged all the same, and the verdict says "unchecked". Ends with 0
 * for yes, 1 for no, 3 where nobody can say. */
#include <stdio.h>
#include <stdlib.h>
#include <thim.h>
#include <time.h>

#define FILE_MAX ((size_t)1 << 20)

static struct thim_bytes read_file(const char *path)
{
    struct thim_bytes bytes = { NULL, 0 };
    unsigned char *content;
    FILE *file = path[0] != '\0' ? fopen(path, "rb") : NULL;

    if (file == NULL)
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

static bool print_json(const struct thim_verdict *verdict)
{
    size_t len = thim_verdict_json(verdict, NULL, 0);
    char *text = malloc(len + 1);

    if (len == 0 || text == NULL) {
        free(text);
        fprintf(stderr, "%s\n", thim_verdict_why(verdict));
        return false;
    }
    thim_verdict_json(verdict, text, len + 1);
    printf("%s\n", text);
    free(text);
    return true;
}

static bool make_collateral(char **files, const struct thim_trust *trust,
                            struct thim_amd_collateral **out, struct thim_error *error)
{
    struct thim_amd_collateral_options options = { .size = sizeof options };

    options.vek = read_file(files[0]);
    options.chain = read_file(files[1]);
    if (files[2] != NULL)
        options.crl = read_file(files[2]);
    bool well = thim_amd_collateral_new(trust, &options, out, error);
    forget(options.vek);
    forget(options.chain);
    forget(options.crl);
    return well;
}

static bool add_test_root(struct thim_trust *trust, const char *path,
                          struct thim_error *error)
{
    struct thim_bytes pem = read_file(path);
    bool well = thim_trust_add(trust, THIM_ROOT_TEST, pem.at, pem.len, error);

    forget(pem);
    return well;
}

int main(int argc, char **argv)
{
    struct thim_verify_options options = { .size = sizeof options };
    struct thim_amd_collateral *collateral = NULL;
    struct thim_verifier *verifier = NULL;
    struct thim_verdict *verdict = NULL;
    struct thim_trust *trust = NULL;
    struct thim_error error = { .text = "" };
    int answer = 3;

    if (argc < 4 || argc > 7) {
        fprintf(stderr, "usage: %s REPORT VEK CHAIN [CRL [TIME [TEST-ROOT]]]\n", argv[0]);
        return 2;
    }
    int64_t now_s = argc > 5 ? strtoll(argv[5], NULL, 10) : (int64_t)time(NULL);
    struct thim_bytes report = read_file(argv[1]);
    char *files[] = { argv[2], argv[3], argc > 4 ? argv[4] : NULL };

    if (files[2] == NULL || files[2][0] == '\0')
        options.flags |= THIM_VERIFY_CRL_OPTIONAL;
    if (thim_trust_new(&trust, &error)
        && (argc < 7 || add_test_root(trust, argv[6], &error))
        && make_collateral(files, trust, &collateral, &error)
        && thim_verifier_new(NULL, &verifier, &error)
        && thim_verdict_new(&verdict, &error)) {
        answer = thim_verify_report(verifier, collateral, report.at, report.len, now_s,
                                    NULL, &options, verdict)
                     ? 0
                     : 1;
        if (!print_json(verdict))
            answer = 3;
    } else {
        fprintf(stderr, "%s: %s\n", argv[0], error.text);
    }
    thim_verdict_free(verdict);
    thim_verifier_free(verifier);
    thim_amd_collateral_release(collateral);
    thim_trust_free(trust);
    forget(report);
    return answer;
}
