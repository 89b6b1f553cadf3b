/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pck_cert.h"
#include "format/pem.h"
#include "format/quote.h"
#include "format/snp_report.h"
#include "lib/options.h"
#include "verify/chain.h"

#define SCRATCH_CEILING ((size_t)4 << 20)

/* What the chain in the quote says: whose FMSPC, and whose CRL is asked for. */
static bool read_chain(struct bytes pem, struct thim_claim *claim, struct arena *arena,
                       struct error *why)
{
    struct x509_certificate leaf;
    struct der_chain chain;
    struct pck_cert pck;

    if (!pem_chain_read(pem, arena, &chain, why)
        || !x509_parse(chain.certificates[0], &leaf, why)
        || !pck_cert_parse(&leaf, &pck, why))
        return error_within(why, "PCK certificate in the quote");
    claim->has_fmspc = true;
    memcpy(claim->fmspc, pck.fmspc, sizeof claim->fmspc);
    enum chain_role ca = chain_role_of(leaf.issuer_cn);
    if (ca == CHAIN_INTEL_PCK_PROCESSOR)
        claim->pck_ca = THIM_PCK_CA_PROCESSOR;
    else if (ca == CHAIN_INTEL_PCK_PLATFORM)
        claim->pck_ca = THIM_PCK_CA_PLATFORM;
    return true;
}

static bool read_quote(struct bytes in, struct thim_claim *claim, struct error *why)
{
    struct quote quote;
    struct arena arena;
    bool well = true;

    if (!quote_parse(in, &quote, why))
        return false;
    claim->evidence = quote.tee == TEE_SGX ? THIM_EVIDENCE_SGX : THIM_EVIDENCE_TDX;
    claim->version = quote.version;
    claim->certification_type = quote.certification;
    memcpy(claim->qe_id, quote.qe_id.at, sizeof claim->qe_id);
    if (quote.certification == CERTIFICATION_PCK_CHAIN
        || quote.certification == CERTIFICATION_PCK_LEAF) {
        arena_init(&arena, SCRATCH_CEILING);
        well = read_chain(quote.certification_data, claim, &arena, why);
        arena_fini(&arena);
    }
    return well;
}

static bool read_report(struct bytes in, struct thim_claim *claim, struct error *why)
{
    struct snp_report report;

    if (!snp_report_parse(in, &report, why))
        return false;
    claim->evidence = THIM_EVIDENCE_SEV_SNP;
    claim->version = report.version;
    claim->product = (enum thim_snp_product)snp_report_product(&report);
    claim->signed_by = (enum thim_vek_kind)report.signed_by;
    claim->reported_tcb = report.reported_tcb;
    memcpy(claim->chip_id, report.chip_id.at, sizeof claim->chip_id);
    return true;
}

bool thim_claim_read(const void *evidence, size_t len, struct thim_claim *claim,
                     struct thim_error *error)
{
    struct thim_claim known = { .size = sizeof known };
    struct bytes in = bytes_of(evidence, len);
    struct error why = { 0 };

    if (evidence == NULL || claim == NULL)
        return errors_tell_usage(error, "claim: no evidence, or no place for it");
    if (!options_fill(claim, sizeof known, &known, sizeof known, error))
        return false;
    bool well = snp_report_looks_like(in) ? read_report(in, &known, &why)
                                          : read_quote(in, &known, &why);
    return well ? options_fill(claim, sizeof known, &known, sizeof known, error)
                : errors_tell(error, &why);
}
