/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/test_pck.h"

#include "format/test_der.h"
#include "verify/test_pki_parts.h"

struct test_pck test_pck_plain(enum pck_ca ca, const struct raw_tcb *tcb)
{
    struct test_certificate certificates[TEST_SIGNERS];
    struct test_pck pck = {
        .ca = ca,
        .sgx = { .pcesvn = 13,
                 .fmspc = { 0x00, 0x90, 0x6e, 0xa1, 0x00, 0x00 },
                 .sgx_type = PCK_SCALABLE,
                 .has_platform = ca == PCK_CA_PLATFORM,
                 .dynamic_platform = true,
                 .cached_keys = true,
                 .smt_enabled = true },
    };

    test_certificate_defaults(certificates);
    pck.certificate = certificates[TEST_PCK_LEAF];
    memset(pck.sgx.ppid, 5, sizeof pck.sgx.ppid);
    memset(pck.sgx.platform_instance_id, 5, sizeof pck.sgx.platform_instance_id);
    memset(pck.sgx.cpusvn, 5, sizeof pck.sgx.cpusvn);
    if (tcb != NULL) {
        memcpy(pck.sgx.cpusvn, tcb->cpusvn, sizeof pck.sgx.cpusvn);
        pck.sgx.pcesvn = tcb->pcesvn;
    }
    memcpy(pck.sgx.components, pck.sgx.cpusvn, sizeof pck.sgx.components);
    return pck;
}

/* ---- the SGX extension ------------------------------------------------------------ */

#define SGX_OID "\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01"

/* SEQUENCE { OID, value }; the OID is the extension's with one or two arcs behind. */
static void put_entry(struct buf *out, unsigned arc, unsigned below, unsigned tag,
                      struct bytes value)
{
    uint8_t oid[sizeof SGX_OID + 1] = SGX_OID;
    size_t opened = der_open(out);

    oid[sizeof SGX_OID - 1] = (uint8_t)arc;
    oid[sizeof SGX_OID] = (uint8_t)below;
    der_put(out, DER_OID, bytes_of(oid, sizeof SGX_OID + (below > 0 ? 1 : 0)));
    der_put(out, tag, value);
    der_close(out, DER_SEQUENCE, opened);
}

static void put_svn(struct buf *out, unsigned below, unsigned svn)
{
    const uint8_t b[] = { 0, (uint8_t)(svn >> 8), (uint8_t)svn };
    size_t skip = svn < 0x80 ? 2 : svn < 0x8000 ? 1 : 0;

    put_entry(out, 2, below, DER_INTEGER, bytes_of(b + skip, sizeof b - skip));
}

static void put_tcb(struct buf *out, const struct pck_cert *sgx)
{
    struct buf tcb;

    buf_init(&tcb, TEST_BODY_CEILING);
    for (unsigned i = 0; i < 16; i++)
        put_svn(&tcb, i + 1, sgx->components[i]);
    put_svn(&tcb, 17, sgx->pcesvn);
    put_entry(&tcb, 2, 18, DER_OCTET_STRING, bytes_of(sgx->cpusvn, 16));
    put_entry(out, 2, 0, DER_SEQUENCE, buf_bytes(&tcb));
    buf_fini(&tcb);
}

static void put_configuration(struct buf *out, const struct pck_cert *sgx)
{
    const bool flags[] = { sgx->dynamic_platform, sgx->cached_keys, sgx->smt_enabled };
    struct buf list;

    buf_init(&list, TEST_BODY_CEILING);
    for (unsigned i = 0; i < COUNT_OF(flags); i++)
        put_entry(&list, 7, i + 1, DER_BOOLEAN, bytes_of(flags[i] ? "\xff" : "\x00", 1));
    put_entry(out, 7, 0, DER_SEQUENCE, buf_bytes(&list));
    buf_fini(&list);
}

void test_sgx_extension_put(struct buf *out, const struct test_pck *pck)
{
    const struct pck_cert *sgx = &pck->sgx;
    const uint8_t type = (uint8_t)sgx->sgx_type;
    const struct {
        unsigned arc, tag;
        struct bytes value;
    } plain[] = {
        { 1, DER_OCTET_STRING, bytes_of(sgx->ppid, 16) },
        { 3, DER_OCTET_STRING, bytes_of(sgx->pce_id, 2) },
        { 4, DER_OCTET_STRING, bytes_of(sgx->fmspc, 6) },
        { 5, DER_ENUMERATED, bytes_of(&type, 1) },
        { 6, DER_OCTET_STRING, bytes_of(sgx->platform_instance_id, 16) },
    };
    unsigned left_out = pck->leave_out_sgx | (sgx->has_platform ? 0 : 1U << 6 | 1U << 7);
    size_t opened = der_open(out);

    if (pck->leave_out_sgx == TEST_SGX_ALL)
        return;
    for (size_t i = 0; i < COUNT_OF(plain); i++)
        if ((left_out & 1U << plain[i].arc) == 0)
            put_entry(out, plain[i].arc, 0, plain[i].tag, plain[i].value);
    if ((left_out & 1U << 2) == 0)
        put_tcb(out, sgx);
    if ((left_out & 1U << 7) == 0)
        put_configuration(out, sgx);
    der_close(out, DER_SEQUENCE, opened);
}

/* ---- certificates ----------------------------------------------------------------- */

static enum test_signer signer_of(enum pck_ca ca)
{
    return ca == PCK_CA_PROCESSOR ? TEST_PCK_PROCESSOR : TEST_PCK_PLATFORM;
}

struct buf test_pck_der(const struct test_world *world, const struct test_pck *pck)
{
    X509 *certificate = X509_new();
    struct buf sgx;

    assert_non_null(certificate);
    buf_init(&sgx, TEST_BODY_CEILING);
    test_sgx_extension_put(&sgx, pck);
    test_certificate_sign(world, signer_of(pck->ca), &pck->certificate, buf_bytes(&sgx),
                          world->keys[TEST_PCK_LEAF], certificate);
    struct buf out = test_certificate_der(certificate);
    X509_free(certificate);
    buf_fini(&sgx);
    return out;
}

/* ---- verdicts --------------------------------------------------------------------- */

const struct verified_pck_issuer *test_world_pck_issuer(const struct test_world *world,
                                                        enum pck_ca ca)
{
    struct test_world *own = (struct test_world *)(uintptr_t)world; /* a cache */
    struct der_chain chain = test_world_chain(world, signer_of(ca));
    struct error err = { 0 };

    if (own->pck_issuers[ca] == NULL)
        assert_ok(verify_pck_issuer(&chain, &world->trust, &own->pck_issuers[ca], &err),
                  err);
    return own->pck_issuers[ca];
}

const struct verified_collateral *test_world_pck_crl(const struct test_world *world,
                                                     enum pck_ca ca)
{
    struct test_world *own = (struct test_world *)(uintptr_t)world;
    struct collateral_key key = key_pck_crl(ca);

    if (own->pck_crls[ca] == NULL)
        own->pck_crls[ca] =
            test_world_item(world, &key, TEST_WORLD_FROM_S, TEST_WORLD_UNTIL_S);
    return own->pck_crls[ca];
}

struct verified_collateral *test_world_kept_crl(
    const struct test_world *world, const struct collateral_key *key,
    const struct test_crl *crl, const struct verified_collateral *root_crl)
{
    struct buf body = test_world_crl(world, test_signer_of(key), crl);
    struct collateral_candidate candidate = { .asked = *key,
                                              .body = buf_bytes(&body),
                                              .chain = test_world_chain_for(world, key) };
    struct judgement judgement = { .trust = &world->trust, .root_crl = root_crl };
    struct verified_collateral *item = NULL;
    struct error err = { 0 };

    assert_ok(verify_kept_collateral(&candidate, &judgement, &item, &err), err);
    buf_fini(&body);
    return item;
}

struct pck_law test_world_pck_law(const struct test_world *world, enum pck_ca ca,
                                  int64_t now_s)
{
    return (struct pck_law){ .root_crl = test_world_root_crl(world),
                             .pck_crl = test_world_pck_crl(world, ca),
                             .now_s = now_s };
}

struct verified_pck *test_world_pck(const struct test_world *world,
                                    const struct test_pck *pck)
{
    struct pck_law law =
        test_world_pck_law(world, pck->ca, pck->certificate.not_before_s);
    struct buf der = test_pck_der(world, pck);
    struct verified_pck *out = NULL;
    struct error err = { 0 };

    assert_ok(verify_pck(buf_bytes(&der), test_world_pck_issuer(world, pck->ca), &law,
                         &out, &err),
              err);
    buf_fini(&der);
    return out;
}

void test_world_platform(const struct test_world *world, const struct test_pck *like,
                         const struct raw_tcb *tcbs, size_t count,
                         struct verified_pck **out)
{
    for (size_t i = 0; i < count; i++) {
        struct test_pck pck = *like;
        pck.certificate.serial += (uint32_t)i;
        memcpy(pck.sgx.cpusvn, tcbs[i].cpusvn, sizeof pck.sgx.cpusvn);
        memcpy(pck.sgx.components, tcbs[i].cpusvn, sizeof pck.sgx.components);
        pck.sgx.pcesvn = tcbs[i].pcesvn;
        out[i] = test_world_pck(world, &pck);
    }
}
