/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/crl.h"
#include "format/platform_bundle.h"

struct told {
    size_t parts, faults, end_at; /* after how many parts it ends the walk; 0 for never */
    bool chains_are_over;
};

static void check_registration(const struct registration *r)
{
    size_t len = strlen(r->name.qe_id);

    FUZZ_CHECK(len >= 1 && len <= QE_ID_MAX);
    FUZZ_CHECK(strspn(r->name.qe_id, "0123456789abcdef") == len);
}

/* What each kind has, and nothing of another. */
static bool check_part(void *context, const struct bundle_part *part, struct error *err)
{
    struct told *told = context;
    bool is_chain = part->kind == BUNDLE_CHAIN;
    bool has_document = part->kind == BUNDLE_TCB_INFO || part->kind == BUNDLE_IDENTITY;
    bool has_crl = part->kind == BUNDLE_PCK_CRL || part->kind == BUNDLE_ROOT_CRL;

    (void)err;
    FUZZ_CHECK(part->where[0] != 0);
    FUZZ_CHECK(!is_chain || !told->chains_are_over);
    told->chains_are_over |= !is_chain;
    FUZZ_CHECK(is_chain == (part->chain.count > 0));
    FUZZ_CHECK(is_chain == (part->chain_of != 0));
    FUZZ_CHECK(has_document == (part->document.len > 0));
    FUZZ_CHECK((part->kind == BUNDLE_IDENTITY) == (part->identity != 0));
    FUZZ_CHECK(has_crl || part->crl.len == 0);
    FUZZ_CHECK(part->crl.len <= CRL_MAX);
    FUZZ_CHECK(part->pcks.count <= PCK_LIST_MAX);
    if (part->kind == BUNDLE_PLATFORM || part->kind == BUNDLE_PCKS)
        check_registration(&part->registration);
    told->parts++;
    return told->parts != told->end_at;
}

static void check_fault(void *context, const char *where, const struct error *why)
{
    struct told *told = context;

    FUZZ_CHECK(where[0] != 0 && why->text[0] != 0);
    FUZZ_CHECK(why->kind == ERROR_FORMAT || why->kind == ERROR_LIMIT);
    told->faults++;
}

static bool walk(struct bytes in, size_t end_at, struct told *told)
{
    const struct bundle_visitor visitor = { told, check_part, check_fault };
    struct error err = { 0 };

    *told = (struct told){ .end_at = end_at };
    bool ok = platform_bundle_walk(in, &visitor, &err);
    FUZZ_CHECK(ok || end_at > 0 || err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
    /* below the limits, what is no bundle is refused before anything is told */
    FUZZ_CHECK(ok || end_at > 0 || told->parts + told->faults == 0);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct bytes in = bytes_of(at, len);
    struct told told, ended;

    if (!walk(in, 0, &told))
        return 0;
    for (size_t end_at = 1; end_at <= told.parts && end_at <= 4; end_at++) {
        FUZZ_CHECK(!walk(in, end_at, &ended));
        FUZZ_CHECK(ended.parts == end_at);
    }
    return 0;
}
