/* SPDX-License-Identifier: Apache-2.0 */
/* What a verdict tells of an SEV-SNP report: its TCB_VERSIONs, who signed it, and every
 * field. */
#include "verify/verdict_json_parts.h"

/* ---- TCB_VERSIONs ---------------------------------------------------------------- */

/* The eight bytes as a number, and by component where the product is known. */
static void write_tcb(const char *name, uint64_t value, enum snp_product product,
                      const struct tcb_version *tcb, struct buf *out)
{
    json_write_begin(out, name, '{');
    json_write_hex64(out, "value", value);
    for (unsigned spl = 0; product != 0 && spl < SPL_COUNT; spl++)
        if (snp_product_facts(product)->has[spl])
            json_write_number(out, spl_parameter((enum spl)spl), tcb->spl[spl]);
    json_write_end(out, '}');
}

static void write_tcbs(const struct report_facts *facts, struct buf *out)
{
    const struct snp_report *report = &facts->report;
    enum snp_product product = facts->product;

    json_write_begin(out, "tcb", '{');
    write_tcb("reported", report->reported_tcb, product, &facts->reported, out);
    write_tcb("current", report->current_tcb, product, &facts->current, out);
    write_tcb("committed", report->committed_tcb, product, &facts->committed, out);
    write_tcb("launch", report->launch_tcb, product, &facts->launch, out);
    if (product != 0 && facts->has_min_tcb)
        write_tcb("min", tcb_version_value(product, &facts->min_tcb), product,
                  &facts->min_tcb, out);
    else
        json_write_null(out, "min");
    json_write_end(out, '}');
}

/* ---- who signed it ----------------------------------------------------------------- */

static void write_vek(const struct report_facts *facts, struct buf *out)
{
    const struct vcek *vek = &facts->vek;

    if (!facts->has_vek) {
        json_write_null(out, "vek");
        return;
    }
    json_write_begin(out, "vek", '{');
    json_write_word(out, "kind", vek_kind_name(vek->kind));
    json_write_text(out, "product_name", vek->product_name);
    json_write_hex(out, "hwid",
                   bytes_of(vek->hwid.len == 0 ? NULL : vek->hwid.at, vek->hwid.len));
    json_write_text(out, "csp_id",
                    vek->csp_id.len == 0 ? (struct bytes){ 0 } : vek->csp_id);
    json_write_end(out, '}');
}

/* ---- the report -------------------------------------------------------------------- */

static void write_policy(const struct snp_report *report, struct buf *out)
{
    static const struct json_bit_member bits[] = {
        { "smt", SNP_POLICY_SMT },
        { "migrate_ma", SNP_POLICY_MIGRATE_MA },
        { "debug", SNP_POLICY_DEBUG },
        { "single_socket", SNP_POLICY_SINGLE_SOCKET },
        { "cxl_allow", SNP_POLICY_CXL_ALLOW },
        { "mem_aes_256_xts", SNP_POLICY_MEM_AES_256_XTS },
        { "rapl_dis", SNP_POLICY_RAPL_DIS },
        { "ciphertext_hiding", SNP_POLICY_CIPHERTEXT_HIDING },
        { "page_swap_disable", SNP_POLICY_PAGE_SWAP_DISABLE },
    };

    json_write_hex64(out, "policy_value", report->policy);
    verdict_json_bits("policy", bits, COUNT_OF(bits), report->policy, out);
    json_write_number(out, "abi_major", report->abi_major);
    json_write_number(out, "abi_minor", report->abi_minor);
}

static void write_platform_info(const struct snp_report *report, struct buf *out)
{
    static const struct json_bit_member bits[] = {
        { "smt_en", SNP_PLATFORM_SMT_EN },
        { "tsme_en", SNP_PLATFORM_TSME_EN },
        { "ecc_en", SNP_PLATFORM_ECC_EN },
        { "rapl_dis", SNP_PLATFORM_RAPL_DIS },
        { "ciphertext_hiding", SNP_PLATFORM_CIPHERTEXT_HIDING },
        { "alias_check_complete", SNP_PLATFORM_ALIAS_CHECK_COMPLETE },
        { "tio_en", SNP_PLATFORM_TIO_EN },
    };

    json_write_hex64(out, "platform_info_value", report->platform_info);
    verdict_json_bits("platform_info", bits, COUNT_OF(bits), report->platform_info, out);
}

static void write_firmware(const char *name, const struct snp_firmware_version *firmware,
                           struct buf *out)
{
    json_write_begin(out, name, '{');
    json_write_number(out, "major", firmware->major);
    json_write_number(out, "minor", firmware->minor);
    json_write_number(out, "build", firmware->build);
    json_write_end(out, '}');
}

static void write_processor(const struct snp_report *report, struct buf *out)
{
    if (report->version < 3) {
        json_write_null(out, "cpuid");
    } else {
        json_write_begin(out, "cpuid", '{');
        json_write_number(out, "family", report->family);
        json_write_number(out, "model", report->model);
        json_write_number(out, "stepping", report->stepping);
        json_write_end(out, '}');
    }
    if (report->version < 5) {
        json_write_null(out, "launch_mitigations");
        json_write_null(out, "current_mitigations");
    } else {
        json_write_hex64(out, "launch_mitigations", report->launch_mitigations);
        json_write_hex64(out, "current_mitigations", report->current_mitigations);
    }
}

static void write_report(const struct snp_report *report, struct buf *out)
{
    static const struct json_hex_member members[] = {
        { "measurement", offsetof(struct snp_report, measurement) },
        { "report_data", offsetof(struct snp_report, report_data) },
        { "host_data", offsetof(struct snp_report, host_data) },
        { "family_id", offsetof(struct snp_report, family_id) },
        { "image_id", offsetof(struct snp_report, image_id) },
        { "id_key_digest", offsetof(struct snp_report, id_key_digest) },
        { "author_key_digest", offsetof(struct snp_report, author_key_digest) },
        { "report_id", offsetof(struct snp_report, report_id) },
        { "report_id_ma", offsetof(struct snp_report, report_id_ma) },
        { "chip_id", offsetof(struct snp_report, chip_id) },
    };

    json_write_begin(out, "report", '{');
    json_write_number(out, "version", report->version);
    json_write_number(out, "guest_svn", report->guest_svn);
    json_write_number(out, "vmpl", report->vmpl);
    verdict_json_hexes(members, COUNT_OF(members), report, out);
    write_policy(report, out);
    write_platform_info(report, out);
    json_write_word(out, "signed_by",
                    report->signed_by == 0 ? NULL : vek_kind_name(report->signed_by));
    json_write_number(out, "signature_algorithm", report->signature_algorithm);
    json_write_boolean(out, "author_key_en", report->author_key_en);
    json_write_boolean(out, "mask_chip_key", report->mask_chip_key);
    write_firmware("current_firmware", &report->current, out);
    write_firmware("committed_firmware", &report->committed, out);
    write_processor(report, out);
    json_write_boolean(out, "debug", (report->policy & SNP_POLICY_DEBUG) != 0);
    json_write_end(out, '}');
}

void verdict_json_report(const struct verdict *verdict, struct buf *out)
{
    const struct report_facts *facts = &verdict->amd;
    bool is_read = facts->report.signed_part.len > 0;

    json_write_word(out, "product",
                    facts->product == 0 ? NULL : snp_product_facts(facts->product)->name);
    verdict_json_root(facts->root_spki_sha256, (struct bytes){ 0 }, facts->root_origin,
                      out);
    write_vek(facts, out);
    if (!is_read) {
        json_write_null(out, "chip_id");
        json_write_null(out, "tcb");
        json_write_null(out, "report");
        return;
    }
    json_write_hex(out, "chip_id", facts->report.chip_id);
    write_tcbs(facts, out);
    write_report(&facts->report, out);
}
