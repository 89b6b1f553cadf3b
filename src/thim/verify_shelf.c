/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/verify_shelf.h"

#include "format/crl.h"
#include "format/pck_cert.h"
#include "kit/text.h"
#include "verify/inspect.h"
#include "verify/inspect_file.h"

enum { CHAIN_TEXT_MAX = 128 * 1024, FIT_OTHER_TCB = 1, FIT_EXACT = 2 };

/* ---- which is better --------------------------------------------------------------- */

static bool is_in_force(const struct shelf_item *item, int64_t at_s)
{
    return item->from_s <= at_s && at_s <= item->until_s;
}

bool shelf_is_better(const struct shelf_item *fresh, const struct shelf_item *kept,
                     int64_t at_s)
{
    bool fresh_begun = fresh->from_s <= at_s, kept_begun = kept->from_s <= at_s;
    bool fresh_lives = is_in_force(fresh, at_s), kept_lives = is_in_force(kept, at_s);

    if (kept->path == NULL)
        return true;
    if (fresh->fit != kept->fit)
        return fresh->fit > kept->fit;
    if (fresh_lives != kept_lives)
        return fresh_lives;
    if (fresh_begun != kept_begun)
        return fresh_begun;
    if (fresh->version != kept->version)
        return fresh->version > kept->version;
    if (fresh->number != kept->number)
        return fresh->number > kept->number;
    return fresh->from_s > kept->from_s;
}

/* The paths and contents given are copied; where the arena is full, it is passed over. */
static void keep(struct shelf *shelf, enum shelf_part part, const struct shelf_item *item)
{
    struct shelf_item fresh = *item;

    if (!shelf_is_better(&fresh, &shelf->items[part], shelf->wish.at_s))
        return;
    fresh.content = arena_copy(shelf->arena, item->content);
    fresh.path = (const char *)arena_copy(shelf->arena,
                                          bytes_of(item->path, strlen(item->path) + 1))
                     .at;
    if (fresh.content.at != NULL && fresh.path != NULL)
        shelf->items[part] = fresh;
}

/* ---- documents --------------------------------------------------------------------- */

static bool is_wanted_number(const struct shelf *shelf, uint32_t number)
{
    return shelf->wish.number == 0 || shelf->wish.number == number;
}

static void offer_tcb_info(struct shelf *shelf, struct shelf_item *item,
                           struct bytes signed_text, struct arena *arena)
{
    struct tcb_info info;
    struct error ignored;

    if (!tcb_info_parse(signed_text, arena, &info, &ignored)
        || info.tee != shelf->wish.quote->tee || !shelf->has_platform
        || memcmp(info.fmspc, shelf->fmspc, sizeof info.fmspc) != 0
        || !is_wanted_number(shelf, info.evaluation_data_number))
        return;
    item->version = info.version;
    item->number = info.evaluation_data_number;
    item->from_s = info.issue_date_s;
    item->until_s = info.next_update_s;
    keep(shelf, SHELF_TCB_INFO, item);
}

static void offer_identity(struct shelf *shelf, struct shelf_item *item,
                           struct bytes signed_text, struct arena *arena)
{
    enum enclave_id wanted =
        shelf->wish.quote->tee == TEE_TDX ? ENCLAVE_TD_QE : ENCLAVE_QE;
    struct qe_identity identity;
    struct error ignored;

    if (!qe_identity_parse(signed_text, arena, &identity, &ignored)
        || identity.id != wanted
        || !is_wanted_number(shelf, identity.evaluation_data_number))
        return;
    item->number = identity.evaluation_data_number;
    item->from_s = identity.issue_date_s;
    item->until_s = identity.next_update_s;
    keep(shelf, SHELF_IDENTITY, item);
}

static void offer_json(struct shelf *shelf, struct shelf_item *item, struct arena *arena)
{
    struct signed_json document;
    struct error ignored;

    if (shelf->wish.quote == NULL
        || !signed_json_parse(item->content, arena, &document, &ignored))
        return;
    if (document.kind == SIGNED_TCB_INFO)
        offer_tcb_info(shelf, item, document.signed_text, arena);
    if (document.kind == SIGNED_ENCLAVE_IDENTITY)
        offer_identity(shelf, item, document.signed_text, arena);
}

/* ---- lists ------------------------------------------------------------------------- */

static bool part_of_list(const struct shelf *shelf, struct bytes issuer,
                         enum shelf_part *part)
{
    enum chain_role role = chain_role_of(issuer);
    enum chain_role of_ca = shelf->ca == PCK_CA_PROCESSOR ? CHAIN_INTEL_PCK_PROCESSOR
                                                          : CHAIN_INTEL_PCK_PLATFORM;

    if (shelf->wish.quote != NULL) {
        *part = role == CHAIN_INTEL_ROOT ? SHELF_ROOT_CRL : SHELF_PCK_CRL;
        return role == CHAIN_INTEL_ROOT || (shelf->has_platform && role == of_ca);
    }
    *part = SHELF_AMD_CRL;
    return shelf->product != 0
           && bytes_equal_text(issuer, snp_product_facts(shelf->product)->root_name);
}

static void offer_list(struct shelf *shelf, struct shelf_item *item, struct arena *arena)
{
    struct crl crl;
    enum shelf_part part;
    struct error ignored;

    if (!crl_parse(item->content, arena, &crl, &ignored)
        || !part_of_list(shelf, crl.issuer_cn, &part))
        return;
    item->from_s = crl.this_update_s;
    item->until_s = crl.next_update_s;
    keep(shelf, part, item);
}

/* ---- certificates ------------------------------------------------------------------ */

static void offer_intel_certificate(struct shelf *shelf,
                                    const struct x509_certificate *certificate,
                                    const struct shelf_item *item)
{
    enum chain_role role = chain_role_of(certificate->subject_cn);
    enum chain_role of_ca = shelf->ca == PCK_CA_PROCESSOR ? CHAIN_INTEL_PCK_PROCESSOR
                                                          : CHAIN_INTEL_PCK_PLATFORM;

    if (role == CHAIN_INTEL_TCB_SIGNING)
        keep(shelf, SHELF_TCB_SIGNER, item);
    else if (role == CHAIN_INTEL_ROOT)
        keep(shelf, SHELF_INTEL_ROOT, item);
    else if (role == CHAIN_INTEL_PCK_LEAF && !shelf->brings_pck)
        keep(shelf, SHELF_PCK, item);
    else if (shelf->has_platform && role == of_ca)
        keep(shelf, SHELF_PCK_CA, item);
}

/* The chip's own, at the reported TCB or, so that the verdict says so, at another. */
static unsigned fit_of_vek(const struct snp_report *report, const struct vcek *vek)
{
    struct tcb_version reported;
    struct snp_hwid hwid;
    struct error ignored = { 0 };
    bool masked = false;

    if (vek->kind != report->signed_by
        || !tcb_version_read(vek->product, report->reported_tcb, &reported, &ignored))
        return 0;
    if (vek->kind == VEK_VCEK) {
        bool has_chip = snp_hwid_read(vek->product, report->chip_id, &hwid, &ignored);
        masked = !has_chip && ignored.kind == ERROR_NOT_FOUND;
        if (!masked
            && (!has_chip
                || !bytes_equal(bytes_of(hwid.at, hwid.len),
                                bytes_of(vek->hwid.at, vek->hwid.len))))
            return 0;
    }
    return tcb_version_equal(&reported, &vek->tcb) ? FIT_EXACT : FIT_OTHER_TCB;
}

static void offer_vek(struct shelf *shelf, const struct x509_certificate *certificate,
                      struct shelf_item *item)
{
    struct vcek vek;
    struct error ignored;

    if (!vcek_parse(certificate, &vek, &ignored)
        || (shelf->product != 0 && vek.product != shelf->product))
        return;
    item->fit = fit_of_vek(shelf->wish.report, &vek);
    if (item->fit > 0)
        keep(shelf, SHELF_VEK, item);
}

static void offer_amd_certificate(struct shelf *shelf,
                                  const struct x509_certificate *certificate,
                                  struct shelf_item *item)
{
    const struct snp_product_facts *facts =
        shelf->product == 0 ? NULL : snp_product_facts(shelf->product);
    const char *issuer = facts == NULL                               ? NULL
                         : shelf->wish.report->signed_by == VEK_VLEK ? facts->vlek_issuer
                                                                     : facts->vcek_issuer;

    if (facts != NULL && bytes_equal_text(certificate->subject_cn, facts->root_name))
        keep(shelf, SHELF_ARK, item);
    else if (facts != NULL && bytes_equal_text(certificate->subject_cn, issuer))
        keep(shelf, SHELF_VEK_ISSUER, item);
    else
        offer_vek(shelf, certificate, item);
}

static void offer_certificate(struct shelf *shelf, const char *path, struct bytes der)
{
    struct shelf_item item = { .path = path, .content = der };
    struct x509_certificate certificate;
    struct error ignored;

    if (!x509_parse(der, &certificate, &ignored))
        return;
    item.from_s = certificate.not_before_s;
    item.until_s = certificate.not_after_s;
    if (shelf->wish.quote != NULL)
        offer_intel_certificate(shelf, &certificate, &item);
    else
        offer_amd_certificate(shelf, &certificate, &item);
}

/* ---- any file ---------------------------------------------------------------------- */

void shelf_offer(struct shelf *shelf, const char *path, struct bytes content)
{
    struct inspect_file file;
    struct error ignored;
    struct arena arena;

    arena_init(&arena, INSPECT_ARENA_MAX);
    if (inspect_file_read(content, INSPECT_FILE_MAX, &arena, &file, &ignored)) {
        struct shelf_item item = { .path = path, .content = file.json };
        if (file.json.len > 0)
            offer_json(shelf, &item, &arena);
        item.content = file.crl;
        if (file.crl.len > 0)
            offer_list(shelf, &item, &arena);
        for (size_t i = 0; i < file.ders.count; i++)
            offer_certificate(shelf, path, file.ders.certificates[i]);
    }
    arena_fini(&arena);
}

static bool platform_of(struct shelf *shelf, const struct x509_certificate *leaf)
{
    struct pck_cert pck;
    struct error ignored;

    if (chain_role_of(leaf->subject_cn) != CHAIN_INTEL_PCK_LEAF
        || !pck_cert_parse(leaf, &pck, &ignored))
        return false;
    memcpy(shelf->fmspc, pck.fmspc, sizeof shelf->fmspc);
    shelf->ca = chain_role_of(leaf->issuer_cn) == CHAIN_INTEL_PCK_PROCESSOR
                    ? PCK_CA_PROCESSOR
                    : PCK_CA_PLATFORM;
    shelf->has_platform = true;
    return true;
}

bool shelf_take_platform(struct shelf *shelf, struct bytes chain)
{
    struct x509_certificate certificate;
    struct inspect_file file;
    struct error ignored;
    struct arena arena;
    bool taken = false;

    arena_init(&arena, INSPECT_ARENA_MAX);
    if (inspect_file_read(chain, INSPECT_FILE_MAX, &arena, &file, &ignored))
        for (size_t i = 0; i < file.ders.count && !taken; i++)
            taken = x509_parse(file.ders.certificates[i], &certificate, &ignored)
                    && platform_of(shelf, &certificate);
    arena_fini(&arena);
    return taken;
}

/* ---- giving ------------------------------------------------------------------------ */

static void give(const struct shelf *shelf, enum shelf_part part, struct bytes *text)
{
    if (text->len == 0 && shelf->items[part].path != NULL)
        *text = shelf->items[part].content;
}

/* Those of the two that are there, as PEM. */
static bool give_chain(const struct shelf *shelf, enum shelf_part first,
                       enum shelf_part second, struct bytes *text, struct error *err)
{
    struct buf pem;

    if (text->len > 0 || shelf->items[first].path == NULL)
        return true;
    buf_init(&pem, CHAIN_TEXT_MAX);
    pem_write(&pem, "CERTIFICATE", shelf->items[first].content);
    if (shelf->items[second].path != NULL)
        pem_write(&pem, "CERTIFICATE", shelf->items[second].content);
    *text = arena_copy(shelf->arena, buf_bytes(&pem));
    bool well = !pem.failed && text->at != NULL;
    buf_fini(&pem);
    return well || error_set(err, ERROR_LIMIT, "no room for a chain");
}

bool shelf_give_collateral(const struct shelf *shelf, struct collateral_texts *texts,
                           struct error *err)
{
    give(shelf, SHELF_ROOT_CRL, &texts->root_crl);
    give(shelf, SHELF_PCK_CRL, &texts->pck_crl);
    give(shelf, SHELF_TCB_INFO, &texts->tcb_info);
    give(shelf, SHELF_IDENTITY, &texts->identity);
    give(shelf, SHELF_PCK, &texts->pck_chain);
    return give_chain(shelf, SHELF_TCB_SIGNER, SHELF_INTEL_ROOT, &texts->tcb_info_chain,
                      err)
           && give_chain(shelf, SHELF_PCK_CA, SHELF_INTEL_ROOT, &texts->pck_crl_chain,
                         err);
}

bool shelf_give_veks(const struct shelf *shelf, struct vek_texts *texts,
                     struct error *err)
{
    give(shelf, SHELF_VEK, &texts->vek);
    give(shelf, SHELF_AMD_CRL, &texts->crl);
    return give_chain(shelf, SHELF_VEK_ISSUER, SHELF_ARK, &texts->chain, err);
}

json_t *shelf_paths(const struct shelf *shelf)
{
    static const char *const names[SHELF_PARTS] = {
        [SHELF_ROOT_CRL] = "root_crl",
        [SHELF_PCK_CRL] = "pck_crl",
        [SHELF_TCB_INFO] = "tcb_info",
        [SHELF_IDENTITY] = "qe_identity",
        [SHELF_TCB_SIGNER] = "tcb_signer",
        [SHELF_PCK_CA] = "pck_ca",
        [SHELF_INTEL_ROOT] = "root",
        [SHELF_PCK] = "pck",
        [SHELF_VEK] = "vek",
        [SHELF_VEK_ISSUER] = "vek_issuer",
        [SHELF_ARK] = "ark",
        [SHELF_AMD_CRL] = "crl",
    };
    json_t *tree = json_object();

    for (size_t i = 0; i < SHELF_PARTS; i++)
        if (shelf->items[i].path != NULL)
            (void)json_object_set_new(tree, names[i],
                                      json_string(safe_string(shelf->items[i].path).s));
    return tree;
}
