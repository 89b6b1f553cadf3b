/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/quote_pck.h"

#include "sim/documents.h"
#include "sim/synthetic.h"

enum { CHAIN_MAX = 4 * PCK_CERTIFICATE_MAX, PPID_RSA2048_LEN = 256 };

/* ---- the choice -------------------------------------------------------------------- */

bool quote_pck_choose(const struct quote_pck *pcks, const struct quote_order *order,
                      const struct quote_shape *shape, int64_t now_s,
                      struct quote_pck_choice *out, struct error *err)
{
    const struct platforms *platforms = pcks->desk->platforms;
    unsigned newest = calendar_early(pcks->desk->calendar, now_s);
    unsigned oldest = platforms_oldest_level(platforms, newest);
    uint64_t level = given_or(&order->tcb, newest);
    uint8_t tcbm[TCBM_LEN];

    if (level < oldest || level > newest)
        return error_set(err, ERROR_NOT_FOUND, "tcb: there are levels from %u to %u",
                         oldest, newest);
    out->index = (uint32_t)given_or(&order->platform, 0);
    out->now_s = now_s;
    out->platform.level = (unsigned)level;
    platform_fmspc(platforms, out->index, out->platform.fmspc);
    if (shape->tee == WORLD_TDX && !synthetic_has_tdx(out->platform.fmspc))
        return error_set(err, ERROR_NOT_FOUND,
                         "platform: %u is a client, which has no TDX; 0 is a server",
                         out->index);
    document_tcbm((unsigned)level, tcbm);
    put_given(tcbm, &order->cpusvn, CPUSVN_LEN);
    if (order->pcesvn.is_given)
        put_u16(tcbm + CPUSVN_LEN, (unsigned)order->pcesvn.number);
    memcpy(out->platform.cpusvn, tcbm, CPUSVN_LEN);
    out->pcesvn = tcbm[CPUSVN_LEN] | (unsigned)tcbm[CPUSVN_LEN + 1] << 8;
    out->level = pck_desk_level(pcks->desk, tcbm, now_s);
    return out->level != 0
           || error_set(err, ERROR_NOT_FOUND, "cpusvn: no PCK certificate for this TCB");
}

/* ---- certification data ------------------------------------------------------------ */

/* PPID, CPUSVN, PCESVN, PCE-ID. */
static void add_ppid(const struct quote_pck *pcks, unsigned type,
                     const struct quote_pck_choice *choice, struct buf *out)
{
    const struct platforms *platforms = pcks->desk->platforms;
    uint8_t ppid[PLATFORM_NAME_LEN], encrypted[ENCRYPTED_PPID_LEN], svn[2];

    platform_name(platforms, PLATFORM_PPID, choice->index, ppid);
    platform_encrypt_ppid(platforms, choice->index, 0, encrypted);
    if (type == 1)
        buf_add(out, bytes_of(ppid, sizeof ppid));
    else /* the shorter one is one that only Intel could read */
        buf_add(out,
                bytes_of(encrypted, type == 2 ? PPID_RSA2048_LEN : sizeof encrypted));
    buf_add(out, bytes_of(choice->platform.cpusvn, CPUSVN_LEN));
    put_u16(svn, choice->pcesvn);
    buf_add(out, bytes_of(svn, sizeof svn));
    buf_add(out, bytes_of("\0\0", 2));
}

/* The nearest platform of the same CA that has another FMSPC, where there is one. */
static uint32_t other_platform(const struct platforms *platforms, uint32_t index)
{
    uint8_t fmspc[FMSPC_LEN], other[FMSPC_LEN];

    platform_fmspc(platforms, index, fmspc);
    for (uint32_t i = index % 2; i < index % 2 + 2 * SYNTHETIC_FMSPCS_MAX; i += 2) {
        platform_fmspc(platforms, i, other);
        if (memcmp(fmspc, other, FMSPC_LEN) != 0)
            return i;
    }
    return index + 2;
}

static enum pck_oddity oddity_of(const struct quote_order *order)
{
    return quote_has(order, DEFECT_FOREIGN_ROOT)     ? PCK_IMPOSTOR
           : quote_has(order, DEFECT_PCK_UNREADABLE) ? PCK_UNREADABLE
           : quote_has(order, DEFECT_PCK_EXPIRED)    ? PCK_EXPIRED
           : quote_has(order, DEFECT_PCK_FUTURE)     ? PCK_FUTURE
                                                     : PCK_STRAIGHT;
}

/* As PEM. The signature's last byte is the certificate's. */
static bool add_leaf(const struct quote_pck *pcks, const struct quote_order *order,
                     const struct quote_pck_choice *choice, struct buf *out,
                     struct error *err)
{
    const struct platforms *platforms = pcks->desk->platforms;
    const struct pck_order leaf = {
        .platform = quote_has(order, DEFECT_PCK_OTHER)
                        ? other_platform(platforms, choice->index)
                        : choice->index,
        .level = choice->level,
        .disclosed_s = calendar_event_s(pcks->desk->calendar, choice->level),
        .now_s = choice->now_s,
        .how = oddity_of(order),
    };
    struct buf der;

    buf_init(&der, PCK_CERTIFICATE_MAX);
    bool made = pck_mint(pcks->desk->mint, &leaf, &der, err);
    if (made && quote_has(order, DEFECT_PCK_SIGNATURE))
        der.at[der.len - 1] ^= 1;
    made = made && pem_add(out, "CERTIFICATE", buf_bytes(&der), err);
    buf_fini(&der);
    return made;
}

/* Leaf, CA, root, and the NUL that Intel's quoting enclave puts behind. */
static bool add_chain(const struct quote_pck *pcks, const struct quote_order *order,
                      const struct quote_pck_choice *choice, struct buf *out,
                      struct error *err)
{
    const struct pki *pki =
        quote_has(order, DEFECT_FOREIGN_ROOT) ? pcks->impostor : pcks->pki;
    enum pki_role ca =
        platform_ca(choice->index) == WORLD_PLATFORM ? PKI_PLATFORM_CA : PKI_PROCESSOR_CA;
    bool is_turned = quote_has(order, DEFECT_CHAIN_ORDER);
    bool is_alone = quote_has(order, DEFECT_CHAIN_LEAF_ALONE);
    bool has_root = !is_alone && !quote_has(order, DEFECT_CHAIN_WITHOUT_ROOT);

    if (!add_leaf(pcks, order, choice, out, err)
        || (is_turned && !pki_certificate(pki, PKI_ROOT, out, err))
        || (!is_alone && !pki_certificate(pki, ca, out, err))
        || (has_root && !is_turned && !pki_certificate(pki, PKI_ROOT, out, err)))
        return false;
    buf_add_byte(out, 0);
    return true;
}

bool quote_pck_certify(const struct quote_pck *pcks, const struct quote_order *order,
                       const struct quote_shape *shape,
                       const struct quote_pck_choice *choice, struct buf *out,
                       struct error *err)
{
    switch (shape->certification) {
    case 4:
        return add_leaf(pcks, order, choice, out, err);
    case 5:
        return add_chain(pcks, order, choice, out, err);
    default:
        add_ppid(pcks, shape->certification, choice, out);
        return true;
    }
}
