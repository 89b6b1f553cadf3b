/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/pcs.h"

#include <stdio.h>

#include "kit/text.h"

static const char *const PCS_CERTIFICATES_ROOT_CRL =
    "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";
static const char *const PCS_HOST = "https://api.trustedservices.intel.com";

struct pcs_item_name pcs_item_name(const struct pcs_item *item)
{
    struct pcs_item_name name;

    if (item->is_fmspc_list)
        snprintf(name.s, sizeof name.s, "fmspcs");
    else if (item->update != 0)
        snprintf(name.s, sizeof name.s, "%s %s", collateral_key_text(&item->key).s,
                 update_name(item->update));
    else
        snprintf(name.s, sizeof name.s, "%s", collateral_key_text(&item->key).s);
    return name;
}

bool pcs_item_read(struct bytes name, struct pcs_item *out)
{
    size_t space = bytes_find(name, bytes_of_text(" "));
    struct bytes update = bytes_after(name, space + 1);

    *out = (struct pcs_item){ 0 };
    if (bytes_equal_text(name, "fmspcs")) {
        out->is_fmspc_list = true;
        return true;
    }
    if (!collateral_key_read(bytes_first(name, space), &out->key))
        return false;
    if (bytes_equal_text(update, "standard"))
        out->update = UPDATE_STANDARD;
    else if (bytes_equal_text(update, "early"))
        out->update = UPDATE_EARLY;
    return space == name.len || out->update != 0;
}

static const char *identity_resource(enum enclave_id id)
{
    switch (id) {
    case ENCLAVE_QE:
    case ENCLAVE_TD_QE:
        return "qe/identity";
    case ENCLAVE_QVE:
        return "qve/identity";
    case ENCLAVE_QAE:
        return "qae/identity";
    }
    return NULL;
}

/* "update=standard", or the number where it was asked for by number. */
static struct pcs_item_name number_parameter(const struct pcs_item *item)
{
    struct pcs_item_name text;

    if (item->update != 0)
        snprintf(text.s, sizeof text.s, "update=%s", update_name(item->update));
    else
        snprintf(text.s, sizeof text.s, "tcbEvaluationDataNumber=%u",
                 (unsigned)item->key.evaluation_data_number);
    return text;
}

static bool is_pccs(const struct config_upstream *upstream)
{
    return upstream->kind == UPSTREAM_PCCS;
}

/* A PCCS knows standard and early only, and neither numbers nor lists nor the QAE. */
static bool is_offered(const struct config_upstream *upstream,
                       const struct pcs_item *item)
{
    if (!is_pccs(upstream))
        return true;
    if (item->is_fmspc_list || item->key.kind == COLLATERAL_EVALUATION_NUMBERS)
        return false;
    if (item->key.kind == COLLATERAL_IDENTITY && item->key.enclave == ENCLAVE_QAE)
        return false;
    bool numbered =
        item->key.kind == COLLATERAL_TCB_INFO || item->key.kind == COLLATERAL_IDENTITY;
    return !numbered || item->update != 0;
}

static void root_crl_url(const struct config_upstream *upstream, struct pcs_request *out)
{
    if (upstream->root_crl_url != NULL)
        snprintf(out->url, sizeof out->url, "%s", upstream->root_crl_url);
    else if (is_pccs(upstream))
        snprintf(out->url, sizeof out->url, "%s/sgx/certification/v4/rootcacrl",
                 upstream->url);
    else if (strcmp(upstream->url, PCS_HOST) == 0)
        snprintf(out->url, sizeof out->url, "%s", PCS_CERTIFICATES_ROOT_CRL);
    else
        snprintf(out->url, sizeof out->url, "%s/IntelSGXRootCA.der", upstream->url);
}

static void collateral_request(const struct config_upstream *upstream,
                               const struct pcs_item *item, struct pcs_request *out)
{
    const struct collateral_key *key = &item->key;
    const char *tee = tee_name(key->tee);

    switch (key->kind) {
    case COLLATERAL_ROOT_CRL:
        root_crl_url(upstream, out);
        break;
    case COLLATERAL_PCK_CRL:
        snprintf(out->url, sizeof out->url,
                 "%s/sgx/certification/v4/pckcrl?ca=%s&encoding=der", upstream->url,
                 pck_ca_name(key->ca));
        out->chain_header = "SGX-PCK-CRL-Issuer-Chain";
        break;
    case COLLATERAL_TCB_INFO:
        snprintf(out->url, sizeof out->url, "%s/%s/certification/v4/tcb?fmspc=%s&%s",
                 upstream->url, tee, hex(key->fmspc, sizeof key->fmspc).s,
                 number_parameter(item).s);
        out->chain_header = "TCB-Info-Issuer-Chain";
        out->other_chain_header = "SGX-TCB-Info-Issuer-Chain";
        break;
    case COLLATERAL_IDENTITY:
        tee = key->enclave == ENCLAVE_TD_QE ? "tdx" : "sgx";
        snprintf(out->url, sizeof out->url, "%s/%s/certification/v4/%s?%s", upstream->url,
                 tee, identity_resource(key->enclave), number_parameter(item).s);
        out->chain_header = "SGX-Enclave-Identity-Issuer-Chain";
        break;
    case COLLATERAL_EVALUATION_NUMBERS:
        snprintf(out->url, sizeof out->url,
                 "%s/%s/certification/v4/tcbevaluationdatanumbers", upstream->url, tee);
        out->chain_header = "TCB-Evaluation-Data-Numbers-Issuer-Chain";
        break;
    }
}

bool pcs_request(const struct config_upstream *upstream, const struct pcs_item *item,
                 struct pcs_request *out)
{
    *out = (struct pcs_request){ .body_max = COLLATERAL_BODY_MAX };
    if (!is_offered(upstream, item))
        return false;
    if (item->is_fmspc_list) {
        snprintf(out->url, sizeof out->url, "%s/sgx/certification/v4/fmspcs",
                 upstream->url);
        return true;
    }
    if (item->key.kind == COLLATERAL_ROOT_CRL || item->key.kind == COLLATERAL_PCK_CRL)
        out->body_max = 2 * (size_t)CRL_MAX;
    collateral_request(upstream, item, out);
    return true;
}

enum pcs_reply pcs_read_status(unsigned status)
{
    switch (status) {
    case 200:
        return PCS_OK;
    case 304:
        return PCS_UNCHANGED;
    case 404:
    case 461: /* PCCS: the platform was not found in the cache */
        return PCS_ABSENT;
    case 410:
        return PCS_GONE;
    case 429:
    case 503:
        return PCS_BUSY;
    default:
        return status >= 500 ? PCS_BROKEN : PCS_REFUSED;
    }
}

bool pcs_read_crl(struct bytes body, struct arena *arena, struct bytes *der,
                  struct error *err)
{
    if (body.len > 0 && body.at[0] == 0x30) {
        *der = body; /* a SEQUENCE; as hex it would begin with the digits "30", 33 30 */
        return true;
    }
    if (pem_looks_like(body))
        return pem_block_read(body, "X509 CRL", arena, der, err);
    while (body.len > 0
           && (body.at[body.len - 1] == '\n' || body.at[body.len - 1] == '\r'))
        body.len--;
    uint8_t *bytes = arena_alloc(arena, body.len / 2 + 1, 1);
    if (bytes == NULL)
        return error_set(err, ERROR_LIMIT, "CRL of %zu bytes is too large", body.len);
    if (!hex_read(body, bytes, body.len / 2))
        return error_set(err, ERROR_FORMAT,
                         "CRL is neither DER, PEM nor hex; begins \"%s\"",
                         safe(bytes_first(body, 32)).s);
    *der = bytes_of(bytes, body.len / 2);
    return true;
}
