/* SPDX-License-Identifier: Apache-2.0 */
/* A report; then, as texts with a zero between them, the certificates, ARK among them,
 * and the ARK's CRL. The ARK is trusted where it is sound. */
#include "kit/fuzz.h"

#include "format/pem.h"
#include "verify/test_fuzz_verdict.h"
#include "verify/vek_set.h"

struct input {
    struct bytes report;
    struct vek_texts texts;
    struct trust trust;
};

static void read_input(struct bytes in, struct input *out)
{
    struct bytes texts = bytes_after(in, SNP_REPORT_LEN);
    size_t end = 0;

    *out = (struct input){ .report = bytes_first(in, SNP_REPORT_LEN) };
    while (end < texts.len && texts.at[end] != 0)
        end++;
    out->texts.vek = bytes_first(texts, end);
    out->texts.crl = bytes_after(texts, end + 1);
}

static void trust_roots(struct input *input)
{
    struct error err = { 0 };
    struct der_chain ders;
    struct arena arena;

    arena_init(&arena, 1 << 20);
    if (pem_chain_read(input->texts.vek, &arena, &ders, &err))
        for (size_t i = 0; i < ders.count; i++)
            if (!amd_chain_add_root(ders.certificates[i], ROOT_TEST, &input->trust, &err))
                FUZZ_CHECK(err.text[0] != 0);
    arena_fini(&arena);
}

/* Said only of a report that its chip has signed, for it is said last. */
static bool is_of_signed(enum verify_check check)
{
    return check == CHECK_PASSED || check == CHECK_AMD_CRL_MISSING
           || check == CHECK_CRL_EXPIRED || check == CHECK_VEK_CHAIN_EXPIRED;
}

static void check(const struct verdict *verdict, const struct report_law *law)
{
    const struct report_facts *facts = &verdict->amd;
    enum verify_check failure = verdict->failure;
    bool has_chip = facts->has_vek && facts->vek.kind == VEK_VCEK;

    check_verdict(verdict);
    FUZZ_CHECK(!is_of_signed(failure)
               || verdict->has_status == law->has_min_tcb[SNP_MILAN]);
    FUZZ_CHECK(!verdict->valid || law->crl_optional || verdict->revocation_checked);
    FUZZ_CHECK(!verdict->revocation_checked
               || (verdict->dates[DATED_AMD_CRL].is_known
                   && !verdict->dates[DATED_AMD_CRL].is_out));
    FUZZ_CHECK(!facts->has_vek || trust_find_spki(law->trust, facts->root_spki_sha256));
    if (!verdict->has_status)
        return;
    FUZZ_CHECK(facts->has_vek && facts->has_min_tcb);
    FUZZ_CHECK(facts->vek.kind == facts->report.signed_by);
    FUZZ_CHECK(facts->vek.product == facts->product);
    FUZZ_CHECK(tcb_version_equal(&facts->vek.tcb, &facts->reported));
    FUZZ_CHECK(tcb_version_value(facts->product, &facts->reported)
               == facts->report.reported_tcb);
    FUZZ_CHECK(!has_chip || facts->report.chip_id.at[0] == 0
               || facts->report.chip_id.at[0] == facts->vek.hwid.at[0]);
    FUZZ_CHECK((verdict->status == STANDING_UP_TO_DATE)
               == tcb_version_meets(&facts->reported, &facts->min_tcb, NULL));
}

/* No bit of it may be another, and nobody may vouch for it but its own root. */
static void check_valid(struct bytes report, const struct report_law *law,
                        struct known_signers *known, struct verdict *verdict)
{
    uint8_t other[SNP_REPORT_LEN];
    struct report_law strangers = *law;
    struct trust nobody = { .count = 0 };

    for (size_t at = report.at[0x50]; at < SNP_REPORT_LEN; at += 97) {
        memcpy(other, report.at, sizeof other);
        other[at] ^= (uint8_t)(1 << at % 8);
        FUZZ_CHECK(!report_verify(bytes_of(other, sizeof other), law, known, verdict));
    }
    strangers.trust = &nobody;
    FUZZ_CHECK(!report_verify(report, &strangers, known, verdict));
    FUZZ_CHECK(verdict->failure == CHECK_VEK_CHAIN_UNTRUSTED);
}

static void judge(const struct input *input, const struct vek_set *set,
                  struct known_signers *known)
{
    static struct verdict verdict; /* large */
    struct report_law law = { .source = vek_set_source(set), .trust = &input->trust };

    if (vek_set_vek(set) != NULL)
        law.now_s = vcek_facts(vek_set_vek(set))->valid_from_s;
    for (size_t i = 0; i < 4; i++) {
        law.crl_optional = i % 2 != 0;
        memset(law.has_min_tcb, i >= 2, sizeof law.has_min_tcb);
        bool valid = report_verify(input->report, &law, NULL, &verdict);
        enum verify_check failure = verdict.failure;
        check(&verdict, &law);
        FUZZ_CHECK(report_verify(input->report, &law, known, &verdict) == valid);
        FUZZ_CHECK(verdict.failure == failure);
    }
    if (verdict.valid)
        check_valid(input->report, &law, known, &verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    OWNED(known_signers_destroy) struct known_signers *known = NULL;
    OWNED(vek_set_free) struct vek_set *set = NULL;
    struct error err = { 0 };
    struct input input;

    read_input(bytes_of(at, len), &input);
    trust_roots(&input);
    FUZZ_CHECK(vek_set_make(&input.texts, &input.trust, &set, &err));
    FUZZ_CHECK(known_signers_create(&(struct known_limits){ 1, 1, 1 }, &known, &err));
    judge(&input, set, known);
    return 0;
}
