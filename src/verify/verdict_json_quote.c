/* SPDX-License-Identifier: Apache-2.0 */
/* What a verdict tells of a quote: its TCB in parts, what it was judged by, the platform,
 * the enclave or trust domain. */
#include "verify/verdict_json_parts.h"

/* ---- the TCB in parts ---------------------------------------------------------------
 */

static void write_advisories(const struct bytes *advisories, size_t count,
                             struct buf *out)
{
    json_write_begin(out, "advisories", '[');
    for (size_t i = 0; i < count; i++)
        json_write_text(out, NULL, advisories[i]);
    json_write_end(out, ']');
}

static void write_date(const char *name, int64_t seconds, struct buf *out)
{
    if (seconds == 0)
        json_write_null(out, name);
    else
        json_write_date(out, name, seconds);
}

static void write_part(const char *name, const char *status, int64_t tcb_date_s,
                       const struct bytes *advisories, size_t count, struct buf *out)
{
    json_write_begin(out, name, '{');
    json_write_word(out, "status", status);
    write_date("tcb_date", tcb_date_s, out);
    write_advisories(advisories, count, out);
    json_write_end(out, '}');
}

/* No level: the part was judged, and reaches none of them. */
static void write_no_level(const char *name, struct buf *out)
{
    write_part(name, tcb_standing_name(STANDING_NOT_SUPPORTED), 0, NULL, 0, out);
}

static void write_level(const char *name, const struct tcb_level *level, struct buf *out)
{
    if (level == NULL)
        write_no_level(name, out);
    else
        write_part(name, tcb_status_name(level->status), level->tcb_date_s,
                   level->advisories, level->advisory_count, out);
}

static void write_enclave_level(const char *name, const struct enclave_tcb_level *level,
                                struct buf *out)
{
    if (level == NULL)
        write_no_level(name, out);
    else
        write_part(name, tcb_status_name(level->status), level->tcb_date_s,
                   level->advisories, level->advisory_count, out);
}

/* A module takes part where it has a major version: TEE_TCB_SVN's second byte. */
static void write_module(struct bytes tee_tcb_svn, const struct tcb_side *side,
                         struct buf *out)
{
    if (tee_tcb_svn.len < 2 || tee_tcb_svn.at[1] == 0)
        json_write_null(out, "module");
    else
        write_enclave_level("module", side->module_level, out);
}

static void write_side(const char *name, struct bytes tee_tcb_svn,
                       const struct tcb_side *side, struct buf *out)
{
    json_write_begin(out, name, '{');
    json_write_word(out, "status", tcb_standing_name(side->standing));
    write_date("tcb_date", side->tcb_date_s, out);
    write_level("platform", side->level, out);
    write_module(tee_tcb_svn, side, out);
    json_write_end(out, '}');
}

static void write_tcb(const struct quote_facts *facts, struct buf *out)
{
    const struct td_report *td = &facts->quote.td;

    if (!facts->has_tcb) {
        json_write_null(out, "parts");
        json_write_null(out, "launch");
        json_write_null(out, "current");
        return;
    }
    json_write_begin(out, "parts", '{');
    write_level("platform", facts->tcb.launch.level, out);
    write_module(td->tee_tcb_svn, &facts->tcb.launch, out);
    write_enclave_level("qe", facts->tcb.qe_level, out);
    json_write_end(out, '}');
    if (td->tee_tcb_svn2.at == NULL) {
        json_write_null(out, "launch");
        json_write_null(out, "current");
        return;
    }
    write_side("launch", td->tee_tcb_svn, &facts->tcb.launch, out);
    write_side("current", td->tee_tcb_svn2, &facts->tcb.current, out);
}

/* ---- what it was judged by ------------------------------------------------------ */

static void write_tcb_info(const struct tcb_info *info, struct buf *out)
{
    if (info == NULL) {
        json_write_null(out, "tcb_info");
        return;
    }
    json_write_begin(out, "tcb_info", '{');
    json_write_number(out, "evaluation_data_number", info->evaluation_data_number);
    json_write_number(out, "version", info->version);
    json_write_hex(out, "fmspc", bytes_of(info->fmspc, sizeof info->fmspc));
    json_write_date(out, "issue_date", info->issue_date_s);
    json_write_date(out, "next_update", info->next_update_s);
    json_write_end(out, '}');
}

static void write_identity(const struct qe_identity *identity, struct buf *out)
{
    if (identity == NULL) {
        json_write_null(out, "qe_identity");
        return;
    }
    json_write_begin(out, "qe_identity", '{');
    json_write_word(out, "id", enclave_id_name(identity->id));
    json_write_number(out, "evaluation_data_number", identity->evaluation_data_number);
    json_write_date(out, "issue_date", identity->issue_date_s);
    json_write_date(out, "next_update", identity->next_update_s);
    json_write_end(out, '}');
}

/* ---- whose it is ------------------------------------------------------------------- */

static void write_flag(const char *name, bool is_known, bool value, struct buf *out)
{
    if (is_known)
        json_write_boolean(out, name, value);
    else
        json_write_null(out, name);
}

static void write_platform(const struct quote_facts *facts, struct buf *out)
{
    static const char *const sgx_types[] = {
        [PCK_STANDARD] = "Standard",
        [PCK_SCALABLE] = "Scalable",
        [PCK_SCALABLE_WITH_INTEGRITY] = "ScalableWithIntegrity",
    };
    const struct pck_cert *pck = &facts->pck;
    bool has = pck->has_platform;

    if (!facts->has_pck) {
        json_write_null(out, "platform");
        return;
    }
    json_write_begin(out, "platform", '{');
    json_write_hex(out, "fmspc", bytes_of(pck->fmspc, sizeof pck->fmspc));
    json_write_hex(out, "pce_id", bytes_of(pck->pce_id, sizeof pck->pce_id));
    json_write_hex(out, "ppid", bytes_of(pck->ppid, sizeof pck->ppid));
    json_write_hex(out, "platform_instance_id",
                   bytes_of(has ? pck->platform_instance_id : NULL,
                            sizeof pck->platform_instance_id));
    json_write_word(out, "ca", facts->ca == 0 ? NULL : pck_ca_name(facts->ca));
    json_write_word(out, "sgx_type", sgx_types[pck->sgx_type]);
    write_flag("dynamic_platform", has, pck->dynamic_platform, out);
    write_flag("cached_keys", has, pck->cached_keys, out);
    write_flag("smt_enabled", has, pck->smt_enabled, out);
    json_write_hex(out, "cpusvn", bytes_of(pck->cpusvn, sizeof pck->cpusvn));
    json_write_begin(out, "components", '[');
    for (size_t i = 0; i < sizeof pck->components; i++)
        json_write_number(out, NULL, pck->components[i]);
    json_write_end(out, ']');
    json_write_number(out, "pcesvn", pck->pcesvn);
    json_write_end(out, '}');
}

static void write_quote(const struct quote *quote, struct buf *out)
{
    json_write_begin(out, "quote", '{');
    json_write_number(out, "version", quote->version);
    json_write_hex(out, "qe_id", quote->qe_id);
    json_write_hex(out, "user_data", quote->user_data);
    json_write_number(out, "certification_type", quote->certification);
    json_write_number(out, "trailing", quote->trailing);
    json_write_end(out, '}');
}

static void write_enclave(const char *name, const struct sgx_report_body *body,
                          struct buf *out)
{
    static const struct json_hex_member members[] = {
        { "mrenclave", offsetof(struct sgx_report_body, mrenclave) },
        { "mrsigner", offsetof(struct sgx_report_body, mrsigner) },
        { "report_data", offsetof(struct sgx_report_body, report_data) },
        { "attributes", offsetof(struct sgx_report_body, attributes) },
        { "miscselect", offsetof(struct sgx_report_body, miscselect) },
        { "cpusvn", offsetof(struct sgx_report_body, cpusvn) },
        { "config_id", offsetof(struct sgx_report_body, config_id) },
        { "isv_ext_prod_id", offsetof(struct sgx_report_body, isv_ext_prod_id) },
        { "isv_family_id", offsetof(struct sgx_report_body, isv_family_id) },
    };

    json_write_begin(out, name, '{');
    verdict_json_hexes(members, COUNT_OF(members), body, out);
    json_write_number(out, "isv_prod_id", body->isv_prod_id);
    json_write_number(out, "isv_svn", body->isv_svn);
    json_write_number(out, "config_svn", body->config_svn);
    json_write_boolean(out, "debug", body->is_debug);
    json_write_end(out, '}');
}

static void write_td(const struct td_report *td, struct buf *out)
{
    static const char *const forms[] = {
        [TD_REPORT_10] = "1.0", [TD_REPORT_15] = "1.5", [TD_REPORT_15_EX] = "1.5 Ex"
    };
    static const struct json_hex_member members[] = {
        { "mrtd", offsetof(struct td_report, mrtd) },
        { "rtmr0", offsetof(struct td_report, rtmrs[0]) },
        { "rtmr1", offsetof(struct td_report, rtmrs[1]) },
        { "rtmr2", offsetof(struct td_report, rtmrs[2]) },
        { "rtmr3", offsetof(struct td_report, rtmrs[3]) },
        { "report_data", offsetof(struct td_report, report_data) },
        { "td_attributes", offsetof(struct td_report, td_attributes) },
        { "xfam", offsetof(struct td_report, xfam) },
        { "mrconfigid", offsetof(struct td_report, mrconfigid) },
        { "mrowner", offsetof(struct td_report, mrowner) },
        { "mrownerconfig", offsetof(struct td_report, mrownerconfig) },
        { "mrservicetd", offsetof(struct td_report, mrservicetd) },
        { "mrseam", offsetof(struct td_report, mrseam) },
        { "mrsignerseam", offsetof(struct td_report, mrsignerseam) },
        { "seam_attributes", offsetof(struct td_report, seam_attributes) },
        { "tee_tcb_svn", offsetof(struct td_report, tee_tcb_svn) },
        { "tee_tcb_svn2", offsetof(struct td_report, tee_tcb_svn2) },
        { "td_id", offsetof(struct td_report, td_id) },
        { "dev_info", offsetof(struct td_report, dev_info) },
        { "init_servtd_hash", offsetof(struct td_report, init_servtd_hash) },
        { "init_servtd_attr", offsetof(struct td_report, init_servtd_attr) },
        { "init_cpusvn", offsetof(struct td_report, init_cpusvn) },
        { "init_tee_tcb_svn", offsetof(struct td_report, init_tee_tcb_svn) },
        { "init_tee_fmspc", offsetof(struct td_report, init_tee_fmspc) },
        { "current_servtd_hash", offsetof(struct td_report, current_servtd_hash) },
        { "current_servtd_attr", offsetof(struct td_report, current_servtd_attr) },
    };

    json_write_begin(out, "td", '{');
    json_write_word(out, "form", forms[td->form]);
    verdict_json_hexes(members, COUNT_OF(members), td, out);
    if (td->form == TD_REPORT_15_EX)
        json_write_number(out, "vm_id", td->vm_id);
    else
        json_write_null(out, "vm_id");
    json_write_boolean(out, "debug", td->is_debug);
    json_write_end(out, '}');
}

/* Whose words these are is for `valid` to say. */
static void write_bodies(const struct quote *quote, struct buf *out)
{
    if (quote->tee == TEE_TDX)
        write_td(&quote->td, out);
    else
        write_enclave("enclave", &quote->sgx, out);
    write_enclave("qe", &quote->qe_report, out);
}

void verdict_json_quote(const struct verdict *verdict, struct buf *out)
{
    const struct quote_facts *facts = &verdict->intel;
    bool is_tdx = verdict->evidence == EVIDENCE_TDX;

    write_tcb(facts, out);
    write_tcb_info(facts->tcb_info, out);
    write_identity(facts->identity, out);
    json_write_hex(out, "root_ca_crl_num", facts->root_crl_number);
    json_write_hex(out, "pck_crl_num", facts->pck_crl_number);
    verdict_json_root(facts->root_spki_sha256,
                      bytes_of(facts->root_key_id, sizeof facts->root_key_id),
                      facts->root_origin, out);
    write_platform(facts, out);
    if (facts->quote.version == 0) {
        json_write_null(out, "quote");
        json_write_null(out, is_tdx ? "td" : "enclave");
        json_write_null(out, "qe");
        return;
    }
    write_quote(&facts->quote, out);
    write_bodies(&facts->quote, out);
}
