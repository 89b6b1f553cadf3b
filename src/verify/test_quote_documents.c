/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/text.h"
#include "verify/test_pki_parts.h"
#include "verify/test_quotes.h"

/* ---- what Intel would write -------------------------------------------------------- */

static void put_hex(struct buf *out, const char *name, const uint8_t *at, size_t len)
{
    buf_addf(out, "\"%s\":\"", name);
    hex_add(out, bytes_of(at, len));
    buf_add_text(out, "\"");
}

static void put_status(struct buf *out, enum tcb_status status, int64_t tcb_date_s,
                       const struct bytes *advisories, size_t advisory_count)
{
    buf_addf(out, "\"tcbDate\":\"%s\",\"tcbStatus\":\"%s\",\"advisoryIDs\":[",
             utc(tcb_date_s).s, tcb_status_name(status));
    for (size_t i = 0; i < advisory_count; i++)
        buf_addf(out, "%s\"%s\"", i == 0 ? "" : ",", safe(advisories[i]).s);
    buf_add_text(out, "]}");
}

static void put_components(struct buf *out, const char *name,
                           const struct tcb_component components[16])
{
    buf_addf(out, "\"%s\":[", name);
    for (size_t i = 0; i < 16; i++)
        buf_addf(out, "%s{\"svn\":%u}", i == 0 ? "" : ",", components[i].svn);
    buf_add_text(out, "],");
}

static void put_levels(struct buf *out, const struct tcb_info *info)
{
    buf_add_text(out, "\"tcbLevels\":[");
    for (size_t i = 0; i < info->level_count; i++) {
        const struct tcb_level *level = &info->levels[i];
        buf_addf(out, "%s{\"tcb\":{", i == 0 ? "" : ",");
        put_components(out, "sgxtcbcomponents", level->sgx);
        if (info->tee == TEE_TDX)
            put_components(out, "tdxtcbcomponents", level->tdx);
        buf_addf(out, "\"pcesvn\":%u},", level->pcesvn);
        put_status(out, level->status, level->tcb_date_s, level->advisories,
                   level->advisory_count);
    }
    buf_add_text(out, "]");
}

static void put_enclave_levels(struct buf *out, const struct enclave_tcb_level *levels,
                               size_t count)
{
    buf_add_text(out, "\"tcbLevels\":[");
    for (size_t i = 0; i < count; i++) {
        buf_addf(out, "%s{\"tcb\":{\"isvsvn\":%u},", i == 0 ? "" : ",", levels[i].isvsvn);
        put_status(out, levels[i].status, levels[i].tcb_date_s, levels[i].advisories,
                   levels[i].advisory_count);
    }
    buf_add_text(out, "]");
}

static void put_module(struct buf *out, const struct tdx_module *module)
{
    put_hex(out, "mrsigner", module->mrsigner, sizeof module->mrsigner);
    buf_add_text(out, ",");
    put_hex(out, "attributes", module->attributes, sizeof module->attributes);
    buf_add_text(out, ",");
    put_hex(out, "attributesMask", module->attributes_mask,
            sizeof module->attributes_mask);
}

static void put_modules(struct buf *out, const struct tcb_info *info)
{
    buf_add_text(out, "\"tdxModule\":{");
    put_module(out, &info->module);
    buf_add_text(out, "},");
    if (info->module_identity_count == 0)
        return;
    buf_add_text(out, "\"tdxModuleIdentities\":[");
    for (size_t i = 0; i < info->module_identity_count; i++) {
        const struct tdx_module *module = &info->module_identities[i];
        buf_addf(out, "%s{\"id\":\"TDX_%02X\",", i == 0 ? "" : ",", module->version);
        put_module(out, module);
        buf_add_text(out, ",");
        put_enclave_levels(out, module->levels, module->level_count);
        buf_add_text(out, "}");
    }
    buf_add_text(out, "],");
}

static void put_heading(struct buf *out, const char *id, unsigned version,
                        int64_t issue_date_s, int64_t next_update_s, uint32_t number)
{
    buf_addf(out,
             "{\"id\":\"%s\",\"version\":%u,\"issueDate\":\"%s\",\"nextUpdate\":\"%s\","
             "\"tcbEvaluationDataNumber\":%u,",
             id, version, utc(issue_date_s).s, utc(next_update_s).s, (unsigned)number);
}

struct buf test_tcb_info_text(const struct tcb_info *info)
{
    struct buf out;

    buf_init(&out, TEST_BODY_CEILING);
    put_heading(&out, info->tee == TEE_TDX ? "TDX" : "SGX", info->version,
                info->issue_date_s, info->next_update_s, info->evaluation_data_number);
    put_hex(&out, "fmspc", info->fmspc, sizeof info->fmspc);
    buf_add_text(&out, ",");
    put_hex(&out, "pceId", info->pce_id, sizeof info->pce_id);
    buf_add_text(&out, ",\"tcbType\":0,");
    if (info->tee == TEE_TDX)
        put_modules(&out, info);
    put_levels(&out, info);
    buf_add_text(&out, "}");
    assert_false(out.failed);
    return out;
}

struct buf test_identity_text(const struct qe_identity *identity)
{
    struct buf out;

    buf_init(&out, TEST_BODY_CEILING);
    put_heading(&out, enclave_id_name(identity->id), 2, identity->issue_date_s,
                identity->next_update_s, identity->evaluation_data_number);
    const struct {
        const char *name;
        const uint8_t *at;
        size_t len;
    } values[] = {
        { "miscselect", identity->miscselect, 4 },
        { "miscselectMask", identity->miscselect_mask, 4 },
        { "attributes", identity->attributes, 16 },
        { "attributesMask", identity->attributes_mask, 16 },
        { "mrsigner", identity->mrsigner, 32 },
    };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        put_hex(&out, values[i].name, values[i].at, values[i].len);
        buf_add_text(&out, ",");
    }
    buf_addf(&out, "\"isvprodid\":%u,", identity->isvprodid);
    put_enclave_levels(&out, identity->levels, identity->level_count);
    buf_add_text(&out, "}");
    assert_false(out.failed);
    return out;
}

/* ---- the court --------------------------------------------------------------------- */

static const struct verified_collateral *find(void *court_,
                                              const struct collateral_key *subject)
{
    const struct test_court *court = court_;

    switch (subject->kind) {
    case COLLATERAL_ROOT_CRL:
        return court->root_crl;
    case COLLATERAL_PCK_CRL:
        return court->pck_crl;
    case COLLATERAL_TCB_INFO: /* of version 3 only */
        return subject->version == 3 ? court->tcb_info : NULL;
    case COLLATERAL_IDENTITY:
        return court->identity;
    default:
        fail_msg("asked for %s", collateral_key_text(subject).s);
        return NULL;
    }
}

static const struct verified_pck *find_pck(void *court_, const struct quote *quote,
                                           struct error *why)
{
    const struct test_court *court = court_;

    (void)quote;
    (void)why;
    return court->pck;
}

static struct verified_collateral *publish(const struct test_court *court,
                                           enum signed_json_kind kind,
                                           const struct collateral_key *key,
                                           struct buf text, int64_t now_s)
{
    struct buf body = test_world_sign(court->world, kind, buf_bytes(&text));
    struct verified_collateral *item =
        test_world_verify(court->world, key, buf_bytes(&body), now_s);

    buf_fini(&body);
    buf_fini(&text);
    return item;
}

void test_court_publish(struct test_court *court)
{
    const struct tcb_info *info = &court->plans.info;
    const struct qe_identity *identity = &court->plans.identity;
    struct collateral_key info_key =
        key_tcb_info(info->tee, 3, info->fmspc, info->evaluation_data_number);
    struct collateral_key identity_key =
        key_identity(identity->id, identity->evaluation_data_number);

    verified_release(court->tcb_info);
    verified_release(court->identity);
    court->tcb_info = publish(court, SIGNED_TCB_INFO, &info_key, test_tcb_info_text(info),
                              info->issue_date_s);
    court->identity = publish(court, SIGNED_ENCLAVE_IDENTITY, &identity_key,
                              test_identity_text(identity), identity->issue_date_s);
}

static void plan_documents(struct world *plans, const struct test_pck *pck,
                           const struct quote_parts *parts)
{
    struct tcb_info *info = &plans->info;
    struct qe_identity *identity = &plans->identity;
    const uint8_t *qe = parts->qe_report;

    memcpy(info->fmspc, pck->sgx.fmspc, sizeof info->fmspc);
    memcpy(info->pce_id, pck->sgx.pce_id, sizeof info->pce_id);
    identity->id = info->tee == TEE_TDX ? ENCLAVE_TD_QE : ENCLAVE_QE;
    info->evaluation_data_number = identity->evaluation_data_number = 17;
    info->issue_date_s = identity->issue_date_s = DATE_S;
    info->next_update_s = identity->next_update_s = DATE_S + 30 * TEST_DAY_S;
    memset(identity->miscselect_mask, 0xff, sizeof identity->miscselect_mask);
    memcpy(identity->attributes, qe + SGX_ATTRIBUTES, sizeof identity->attributes);
    memset(identity->attributes_mask, 0xff, sizeof identity->attributes_mask);
    memcpy(identity->mrsigner, qe + SGX_MRSIGNER, sizeof identity->mrsigner);
    identity->isvprodid = qe[SGX_ISVPRODID];
}

void test_court_open(struct test_court *court, const struct test_world *world,
                     enum tee tee)
{
    struct test_quote plain = tee == TEE_TDX ? test_quote_plain(4, tee, BODY_TD_10)
                                             : test_quote_plain(3, tee, BODY_SGX);

    *court = (struct test_court){
        .world = world,
        .trust = test_world_trust(world),
        .root_crl = test_world_root_crl(world),
        .pck_crl = test_world_pck_crl(world, PCK_CA_PLATFORM),
        .pck = test_world_pck(world, &plain.pck),
    };
    world_make(&court->plans, tee);
    plan_documents(&court->plans, &plain.pck, &plain.parts);
    court->law =
        (struct quote_law){ .trust = &court->trust,
                            .source = { .context = court, .find = find, .pck = find_pck },
                            .now_s = TEST_COURT_NOW_S };
    test_court_publish(court);
}

void test_court_close(struct test_court *court)
{
    verified_release(court->tcb_info);
    verified_release(court->identity);
    pck_release(court->pck);
}
