/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/quote_body.h"

#include "kit/crypto.h"
#include "sim/documents.h"

enum { /* of an SGX report */
       SGX_CPUSVN = 0,
       SGX_MISCSELECT = 16,
       SGX_ATTRIBUTES = 48,
       SGX_XFRM = 56,
       SGX_MRENCLAVE = 64,
       SGX_MRSIGNER = 128,
       SGX_ISVPRODID = 256,
       SGX_ISVSVN = 258,
       ATTRIBUTE_INIT = 1, /* the first byte of attributes */
       ATTRIBUTE_DEBUG = 2,
       ATTRIBUTE_MODE64 = 4,
       ATTRIBUTE_PROVISION_KEY = 16
};

enum { /* of a TD report */
       TD_TEE_TCB_SVN = 0,
       TD_MRSEAM = 16,
       TD_MRSIGNERSEAM = 64,
       TD_SEAMATTRIBUTES = 112,
       TD_ATTRIBUTES = 120,
       TD_XFAM = 128,
       TD_MRTD = 136,
       TD_MRCONFIGID = 184,
       TD_MROWNER = 232,
       TD_MROWNERCONFIG = 280,
       TD_RTMRS = 328,
       TD_REPORT_DATA = 520,
       TD_TEE_TCB_SVN2 = 584, /* 1.5 from here */
       TD_MRSERVICETD = 600,
       TD_ID = 649, /* 1.5 Ex from here */
       TD_INIT_CPUSVN = 785,
       TD_INIT_TEE_TCB_SVN = 801,
       TD_INIT_TEE_FMSPC = 817,
       MR_LEN = 48
};

void put_u16(uint8_t *out, unsigned value)
{
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
}

size_t quote_body_len(enum quote_body body)
{
    static const size_t lens[] = { [QUOTE_SGX] = SGX_REPORT_LEN,
                                   [QUOTE_TD_10] = 584,
                                   [QUOTE_TD_15] = 648,
                                   [QUOTE_TD_15_EX] = QUOTE_BODY_MAX };

    return lens[body];
}

/* Somebody's measurement: the digest of who it is. */
static void measure_256(uint8_t *out, const char *who)
{
    struct sha256 digest = sha256(bytes_of_text(who));

    memcpy(out, digest.digest, sizeof digest.digest);
}

static void measure_384(uint8_t *out, const char *who, const struct given *given)
{
    struct sha384 digest = sha384(bytes_of_text(who));

    memcpy(out, digest.digest, sizeof digest.digest);
    put_given(out, given, MR_LEN);
}

/* ---- enclaves ---------------------------------------------------------------------- */

static void fill_enclave(const struct quote_order *order,
                         const struct quote_platform *platform, uint8_t *out)
{
    memcpy(out + SGX_CPUSVN, platform->cpusvn, CPUSVN_LEN);
    out[SGX_ATTRIBUTES] = ATTRIBUTE_INIT | ATTRIBUTE_MODE64;
    if (order->debug.is_given)
        out[SGX_ATTRIBUTES] |= ATTRIBUTE_DEBUG;
    out[SGX_XFRM] = 0xe7;
    measure_256(out + SGX_MRENCLAVE, "an enclave");
    put_given(out + SGX_MRENCLAVE, &order->mrenclave, 32);
    measure_256(out + SGX_MRSIGNER, "an enclave's signer");
    put_given(out + SGX_MRSIGNER, &order->mrsigner, 32);
    put_u16(out + SGX_ISVPRODID, (unsigned)given_or(&order->isv_prod_id, 1));
    put_u16(out + SGX_ISVSVN, (unsigned)given_or(&order->isv_svn, 1));
    put_given(out + QUOTE_BODY_REPORT_DATA, &order->report_data, 64);
}

static void bend_qe(const struct quote_order *order, uint8_t *out)
{
    static const struct {
        enum quote_defect defect;
        size_t place;
        uint8_t bits;
    } bends[] = {
        { DEFECT_QE_MRSIGNER, SGX_MRSIGNER, 0x80 },
        { DEFECT_QE_ISVPRODID, SGX_ISVPRODID, 0x40 },
        { DEFECT_QE_MISCSELECT, SGX_MISCSELECT, 1 },
        { DEFECT_QE_ATTRIBUTES, SGX_ATTRIBUTES, ATTRIBUTE_PROVISION_KEY },
        { DEFECT_QE_DEBUG, SGX_ATTRIBUTES, ATTRIBUTE_DEBUG },
    };

    for (size_t i = 0; i < COUNT_OF(bends); i++)
        if (quote_has(order, bends[i].defect))
            out[bends[i].place] ^= bends[i].bits;
}

void quote_qe_report_fill(const struct quote_order *order,
                          const struct quote_shape *shape,
                          const struct quote_platform *platform,
                          uint8_t out[SGX_REPORT_LEN])
{
    bool is_tdx = (shape->tee == WORLD_TDX) != quote_has(order, DEFECT_QE_OTHER_TEE);
    struct document_enclave qe;

    document_enclave(is_tdx ? WORLD_TD_QE_IDENTITY : WORLD_QE_IDENTITY, &qe);
    memset(out, 0, SGX_REPORT_LEN);
    memcpy(out + SGX_CPUSVN, platform->cpusvn, CPUSVN_LEN);
    memcpy(out + SGX_MISCSELECT, qe.miscselect, sizeof qe.miscselect);
    memcpy(out + SGX_ATTRIBUTES, qe.attributes, sizeof qe.attributes);
    out[SGX_ATTRIBUTES] |= ATTRIBUTE_MODE64; /* which identities leave open */
    out[SGX_XFRM] = 0xe7;
    measure_256(out + SGX_MRENCLAVE,
                is_tdx ? "a TD quoting enclave" : "a quoting enclave");
    memcpy(out + SGX_MRSIGNER, qe.mrsigner, sizeof qe.mrsigner);
    put_u16(out + SGX_ISVPRODID, qe.isvprodid);
    put_u16(out + SGX_ISVSVN, (unsigned)given_or(&order->qe_isvsvn, platform->level));
    bend_qe(order, out);
}

/* ---- trust domains ----------------------------------------------------------------- */

static void fill_module(const struct quote_order *order, const struct quote_shape *shape,
                        const struct quote_platform *platform, uint8_t *out)
{
    document_tee_tcb_svn(platform->level, shape->body > QUOTE_TD_10,
                         out + TD_TEE_TCB_SVN);
    put_given(out + TD_TEE_TCB_SVN, &order->tee_tcb_svn, CPUSVN_LEN);
    if (quote_has(order, DEFECT_MODULE_UNKNOWN))
        out[TD_TEE_TCB_SVN + 1] = 0x7f;
    measure_384(out + TD_MRSEAM, "a TDX module", &order->mrseam);
    if (quote_has(order, DEFECT_SEAM_SIGNER))
        out[TD_MRSIGNERSEAM] = 1;
    if (quote_has(order, DEFECT_SEAM_ATTRIBUTES))
        out[TD_SEAMATTRIBUTES] = 1;
}

static void fill_td_15(const struct quote_order *order, uint8_t *out)
{
    memcpy(out + TD_TEE_TCB_SVN2, out + TD_TEE_TCB_SVN, CPUSVN_LEN);
    put_given(out + TD_TEE_TCB_SVN2, &order->tee_tcb_svn2, CPUSVN_LEN);
    put_given(out + TD_MRSERVICETD, &order->mr_service_td, MR_LEN);
}

static void fill_td_15_ex(const struct quote_platform *platform, uint8_t *out)
{
    measure_256(out + TD_ID, "a trust domain's id");
    memcpy(out + TD_INIT_CPUSVN, platform->cpusvn, CPUSVN_LEN);
    memcpy(out + TD_INIT_TEE_TCB_SVN, out + TD_TEE_TCB_SVN, CPUSVN_LEN);
    memcpy(out + TD_INIT_TEE_FMSPC, platform->fmspc, FMSPC_LEN);
}

static void fill_trust_domain(const struct quote_order *order,
                              const struct quote_shape *shape,
                              const struct quote_platform *platform, uint8_t *out)
{
    static const char *const rtmrs[QUOTE_RTMRS] = { "firmware", "kernel", "system",
                                                    "nothing yet" };
    static const uint8_t sept_ve_disable = 0x10, xfam[] = { 0xe7, 0x02, 0x06 };

    fill_module(order, shape, platform, out);
    out[TD_ATTRIBUTES + 3] = sept_ve_disable;
    put_given(out + TD_ATTRIBUTES, &order->td_attributes, 8);
    if (order->debug.is_given)
        out[TD_ATTRIBUTES] |= 1;
    memcpy(out + TD_XFAM, xfam, sizeof xfam);
    put_given(out + TD_XFAM, &order->xfam, 8);
    measure_384(out + TD_MRTD, "a trust domain", &order->mrtd);
    put_given(out + TD_MRCONFIGID, &order->mr_config_id, MR_LEN);
    put_given(out + TD_MROWNER, &order->mr_owner, MR_LEN);
    put_given(out + TD_MROWNERCONFIG, &order->mr_owner_config, MR_LEN);
    for (size_t i = 0; i < QUOTE_RTMRS; i++)
        measure_384(out + TD_RTMRS + i * MR_LEN, rtmrs[i], &order->rtmrs[i]);
    put_given(out + TD_REPORT_DATA, &order->report_data, 64);
    if (shape->body >= QUOTE_TD_15)
        fill_td_15(order, out);
    if (shape->body == QUOTE_TD_15_EX)
        fill_td_15_ex(platform, out);
}

void quote_body_fill(const struct quote_order *order, const struct quote_shape *shape,
                     const struct quote_platform *platform, uint8_t out[QUOTE_BODY_MAX])
{
    memset(out, 0, QUOTE_BODY_MAX);
    if (shape->body == QUOTE_SGX)
        fill_enclave(order, platform, out);
    else
        fill_trust_domain(order, shape, platform, out);
}
