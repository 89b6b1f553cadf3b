/* SPDX-License-Identifier: Apache-2.0 */
/* For serve's tests: an offline bundle of a test world, as pcsclient would write it, with
 * whatever a test wants wrong about it. */
#ifndef THIM_SERVE_TEST_BUNDLE_H
#define THIM_SERVE_TEST_BUNDLE_H

#include <stdio.h>
#include <stdlib.h>

#include "format/platform_bundle.h"
#include "kit/test.h"
#include "kit/text.h"
#include "serve/test_stock.h"
#include "verify/test_pck.h"

enum { TEST_BUNDLE_MAX = 16 * 1024 * 1024 };

struct test_bundle { /* what is in it; the world's plain things but for what is set */
    const struct test_world *world;
    const struct test_world *pck_world; /* who signs the certificates; NULL: world */
    size_t platforms;  /* QE IDs 00..00, 00..01, ...: each its own PPID */
    uint8_t ppid_flaw; /* added to each PPID */
    uint8_t odd_ppid;  /* to that of the second certificate of each */
    bool has_gap, has_odd_cert;
    bool without_lists, without_chains, without_pcks;
    int64_t issued_s, due_s;           /* 0: STOCK_ISSUED_S, STOCK_DUE_S */
    int64_t crls_issued_s, crls_due_s; /* 0: the same */
    uint32_t number, early_number;     /* 0: 17 */
    uint32_t revoked_leaf; /* its serial on the platform CA's CRL; 0: nobody's */
    const char *spoil;     /* a text in the bundle of which one byte is changed */
};

static inline void bundle_add_text(struct buf *out, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"' || text.at[i] == '\\')
            buf_add_byte(out, '\\');
        buf_add_byte(out, text.at[i]);
    }
}

static inline void bundle_add_pem(struct buf *out, struct der_chain chain)
{
    struct buf pem;

    buf_init(&pem, 256 * 1024);
    pem_chain_write(&pem, &chain);
    percent_add(out, buf_bytes(&pem));
    buf_fini(&pem);
}

static inline const char *bundle_qe_id(size_t i)
{
    static _Thread_local char text[33];

    snprintf(text, sizeof text, "%032zx", i);
    return text;
}

static inline void bundle_add_cert(struct buf *out, const struct test_bundle *b,
                                   size_t platform, uint8_t svn, const char *comma)
{
    struct raw_tcb tcb = { .pcesvn = 13 };
    const struct test_world *world = b->pck_world != NULL ? b->pck_world : b->world;

    memset(tcb.cpusvn, svn, sizeof tcb.cpusvn);
    struct test_pck pck = test_pck_plain(PCK_CA_PLATFORM, &tcb);
    pck.sgx.ppid[0] = (uint8_t)(platform >> 8);
    pck.sgx.ppid[1] = (uint8_t)platform;
    pck.sgx.ppid[2] = (uint8_t)(b->ppid_flaw + (svn > 3 ? b->odd_ppid : 0));
    pck.certificate.serial = 1000 + svn;
    struct buf der = test_pck_der(world, &pck);
    buf_addf(out, "%s{\"tcbm\":\"%s0d00\",\"cert\":\"", comma,
             hex(tcb.cpusvn, sizeof tcb.cpusvn).s);
    bundle_add_pem(out,
                   (struct der_chain){ .certificates = { buf_bytes(&der) }, .count = 1 });
    buf_add_text(out, "\"}");
    buf_fini(&der);
}

static inline void bundle_add_enc_ppid(struct buf *out, size_t platform)
{
    for (size_t i = 0; i < ENCRYPTED_PPID_LEN; i++)
        buf_addf(out, "%02zx", (platform + i) % 255 + 1);
}

static inline void bundle_add_platforms(struct buf *out, const struct test_bundle *b)
{
    for (size_t i = 0; i < b->platforms; i++) {
        buf_addf(out,
                 "%s{\"qe_id\":\"%s\",\"pce_id\":\"0000\",\"cpu_svn\":"
                 "\"05050505050505050505050505050505\",\"pce_svn\":\"0d00\","
                 "\"enc_ppid\":\"",
                 i > 0 ? "," : "", bundle_qe_id(i));
        bundle_add_enc_ppid(out, i);
        buf_add_text(out, "\"}");
    }
}

static inline void bundle_add_pcks(struct buf *out, const struct test_bundle *b)
{
    for (size_t i = 0; i < b->platforms && !b->without_pcks; i++) {
        buf_addf(out, "%s{\"qe_id\":\"%s\",\"pce_id\":\"0000\",\"enc_ppid\":\"",
                 i > 0 ? "," : "", bundle_qe_id(i));
        bundle_add_enc_ppid(out, i);
        buf_add_text(out, "\",\"certs\":[");
        bundle_add_cert(out, b, i, 5, "");
        bundle_add_cert(out, b, i, 3, ",");
        if (b->has_gap)
            buf_add_text(out, ",{\"tcbm\":\"090909090909090909090909090909090d00\","
                              "\"cert\":\"Not available\"}");
        if (b->has_odd_cert)
            buf_add_text(out, ",{\"tcbm\":\"080808080808080808080808080808080d00\","
                              "\"cert\":\"nonsense\"}");
        buf_add_text(out, "]}");
    }
}

static inline void bundle_add_document(struct buf *out, const struct test_bundle *b,
                                       const char *name, struct collateral_key key,
                                       bool is_early)
{
    uint32_t number = is_early ? b->early_number : b->number;
    int64_t issued_s = b->issued_s != 0 ? b->issued_s : STOCK_ISSUED_S;

    key.evaluation_data_number = number != 0 ? number : 17;
    struct buf body =
        test_world_body(b->world, &key, issued_s, b->due_s != 0 ? b->due_s : STOCK_DUE_S);
    buf_addf(out, "\"%s\":\"", name);
    bundle_add_text(out, buf_bytes(&body));
    buf_add_text(out, "\",");
    buf_fini(&body);
}

static inline void bundle_add_hex_crl(struct buf *out, const struct test_bundle *b,
                                      const char *name, enum test_signer issuer,
                                      uint32_t revoked)
{
    int64_t issued_s = b->issued_s != 0 ? b->issued_s : STOCK_ISSUED_S;
    int64_t due_s = b->due_s != 0 ? b->due_s : STOCK_DUE_S;
    struct test_crl crl = {
        .this_update_s = b->crls_issued_s != 0 ? b->crls_issued_s : issued_s,
        .next_update_s = b->crls_due_s != 0 ? b->crls_due_s : due_s,
        .revoked = &revoked,
        .revoked_count = revoked != 0,
    };
    struct buf der = test_world_crl(b->world, issuer, &crl);

    buf_addf(out, "\"%s\":\"", name);
    hex_add(out, buf_bytes(&der));
    buf_add_text(out, "\"");
    buf_fini(&der);
}

static inline void bundle_add_lists(struct buf *out, const struct test_bundle *b)
{
    if (b->without_lists)
        return;
    buf_add_text(out, "\"pckcacrl\":{");
    bundle_add_hex_crl(out, b, "processorCrl", TEST_PCK_PROCESSOR, 0);
    buf_add_text(out, ",");
    bundle_add_hex_crl(out, b, "platformCrl", TEST_PCK_PLATFORM, b->revoked_leaf);
    buf_add_text(out, "},");
    bundle_add_hex_crl(out, b, "rootcacrl", TEST_ROOT, 0);
    buf_add_text(out, ",");
}

static inline void bundle_add_chain(struct buf *out, const struct test_bundle *b,
                                    enum test_signer signer)
{
    buf_add_text(out, "\"");
    if (!b->without_chains)
        bundle_add_pem(out, test_world_chain(b->world, signer));
    buf_add_text(out, "\"");
}

static inline void bundle_spoil(struct buf *out, const char *text)
{
    size_t at = text == NULL ? out->len : bytes_find(buf_bytes(out), bytes_of_text(text));

    if (text == NULL)
        return;
    assert_true(at < out->len);
    at += strlen(text) - 1;
    out->at[at] = out->at[at] == '0' ? '1' : '0';
}

/* The caller's. */
static inline struct buf test_bundle_write(const struct test_bundle *b)
{
    struct buf out;

    buf_init(&out, TEST_BUNDLE_MAX);
    buf_add_text(&out, "{\"platforms\":[");
    bundle_add_platforms(&out, b);
    buf_add_text(&out, "],\"collaterals\":{\"version\":4,\"pck_certs\":[");
    bundle_add_pcks(&out, b);
    buf_addf(&out, "],\"tcbinfos\":[{");
    bundle_add_document(&out, b, "sgx_tcbinfo", key_tcb_info(TEE_SGX, 3, stock_fmspc, 0),
                        false);
    bundle_add_document(&out, b, "sgx_tcbinfo_early",
                        key_tcb_info(TEE_SGX, 3, stock_fmspc, 0), true);
    bundle_add_document(&out, b, "tdx_tcbinfo", key_tcb_info(TEE_TDX, 3, stock_fmspc, 0),
                        false);
    buf_addf(&out, "\"fmspc\":\"%s\"}],", hex(stock_fmspc, 6).s);
    bundle_add_lists(&out, b);
    bundle_add_document(&out, b, "qeidentity", key_identity(ENCLAVE_QE, 0), false);
    bundle_add_document(&out, b, "qeidentity_early", key_identity(ENCLAVE_QE, 0), true);
    buf_add_text(&out, "\"certificates\":{\"SGX-PCK-Certificate-Issuer-Chain\":{"
                       "\"PROCESSOR\":");
    bundle_add_chain(&out, b, TEST_PCK_PROCESSOR);
    buf_add_text(&out, ",\"PLATFORM\":");
    bundle_add_chain(&out, b, TEST_PCK_PLATFORM);
    buf_add_text(&out, "},\"TCB-Info-Issuer-Chain\":");
    bundle_add_chain(&out, b, TEST_TCB_SIGNING);
    buf_add_text(&out, ",\"SGX-Enclave-Identity-Issuer-Chain\":");
    bundle_add_chain(&out, b, TEST_TCB_SIGNING);
    buf_add_text(&out, "}}}");
    assert_false(out.failed);
    bundle_spoil(&out, b->spoil);
    return out;
}

#endif
