/* SPDX-License-Identifier: Apache-2.0 */
/* A file, and after a line "--" its issuer chain, whose last certificate is trusted where
 * it is a sound root; so is the file itself where it is one. */
#include "kit/fuzz.h"

#include "verify/chain.h"
#include "verify/inspect.h"
#include "verify/inspect_file.h"

#define IN_FORCE_S INT64_C(1590000000) /* 2020-05-20, within the corpus's dates */
#define LONG_PAST_S INT64_C(0)

/* True where there was a root to trust. */
static bool trust_last(struct bytes text, struct arena *arena, struct trust *trust)
{
    struct inspect_file content;

    return inspect_file_read(text, INSPECT_FILE_MAX, arena, &content, NULL)
           && content.ders.count > 0
           && chain_add_root(content.ders.certificates[content.ders.count - 1], ROOT_TEST,
                             trust, NULL);
}

static void check_report(const struct inspection *found)
{
    bool has_certificates =
        found->kind == INSPECTED_CERTIFICATE || found->kind == INSPECTED_CHAIN;

    FUZZ_CHECK(strcmp(inspected_kind_name(found->kind), "?") != 0);
    FUZZ_CHECK(found->encoding != NULL);
    FUZZ_CHECK(found->certificate_count <= X509_CHAIN_MAX);
    FUZZ_CHECK((found->certificate_count > 0) == has_certificates);
    FUZZ_CHECK((found->certificate_count == 1) == (found->kind == INSPECTED_CERTIFICATE));
    FUZZ_CHECK(found->trusted == (found->root != NULL));
    FUZZ_CHECK(found->trusted == (found->why.kind == ERROR_NONE));
    FUZZ_CHECK(found->trusted || found->why.text[0] != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct bytes in = bytes_of(at, len), mark = bytes_of_text("\n--\n");
    struct bytes file = bytes_first(in, bytes_find(in, mark));
    struct bytes chain = bytes_after(in, file.len + mark.len);
    struct trust trust = { .count = 0 }, nobody = trust;
    struct inspection found, other;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, INSPECT_ARENA_MAX);
    bool rooted = trust_last(file, &arena, &trust);
    rooted = trust_last(chain, &arena, &trust) || rooted;
    if (inspect(file, chain, &trust, IN_FORCE_S, &arena, &found, &err)) {
        check_report(&found);
        FUZZ_CHECK(rooted || !found.trusted);
        /* whom nobody trusts, and what has not begun, is the same thing, untrusted */
        FUZZ_CHECK(inspect(file, chain, &nobody, IN_FORCE_S, &arena, &other, &err));
        FUZZ_CHECK(!other.trusted && other.kind == found.kind);
        FUZZ_CHECK(inspect(file, chain, &trust, LONG_PAST_S, &arena, &other, &err));
        FUZZ_CHECK(!found.trusted || (!other.trusted && other.why.kind == ERROR_STALE));
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(err.text[0] != 0);
    }
    arena_fini(&arena);
    return 0;
}
