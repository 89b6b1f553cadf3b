/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/snp_report.h"

#include "kit/crypto.h"

enum {
    AT_VERSION = 0x00,
    AT_GUEST_SVN = 0x04,
    AT_POLICY = 0x08,
    AT_FAMILY_ID = 0x10,
    AT_IMAGE_ID = 0x20,
    AT_VMPL = 0x30,
    AT_SIGNATURE_ALGORITHM = 0x34,
    AT_CURRENT_TCB = 0x38,
    AT_PLATFORM_INFO = 0x40,
    AT_SIGNER = 0x48, /* bit 0 author key, 1 masked, 2 to 4 which key */
    AT_RESERVED = 0x4c,
    AT_REPORT_DATA = 0x50,
    AT_MEASUREMENT = 0x90,
    AT_HOST_DATA = 0xc0,
    AT_ID_KEY_DIGEST = 0xe0,
    AT_AUTHOR_KEY_DIGEST = 0x110,
    AT_REPORT_ID_MA = 0x160,
    AT_REPORTED_TCB = 0x180,
    AT_CPUID = 0x188,
    AT_CHIP_ID = 0x1a0,
    AT_COMMITTED_TCB = 0x1e0,
    AT_CURRENT_VERSION = 0x1e8, /* build, minor, major; the committed ones from 0x1ec */
    AT_LAUNCH_TCB = 0x1f0,
    AT_SIGNATURE = 0x2a0, /* also how much is signed */
    AT_SIGNATURE_TAIL = 0x2a0 + 144,
    SIGNATURE_INTEGER_LEN = 72,
    SIGNER_VLEK = 1,
    SIGNER_UNKNOWN = 3,
    SIGNER_NONE = 7,
    DEBUG_BYTE = 2, /* of the policy: bit 19 */
    DEBUG_BIT = 8
};

/* A little-endian number as long as this. */
static void put_number(uint8_t *out, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(value >> 8 * i);
}

/* ---- what it says -------------------------------------------------------------------
 */

static uint8_t signer_of(const struct snp_order *order, const struct snp_shape *shape)
{
    bool says_vlek = shape->is_vlek != snp_has(order, SNP_DEFECT_SIGNER_OTHER);
    unsigned key = snp_has(order, SNP_DEFECT_SIGNER_NONE)      ? SIGNER_NONE
                   : snp_has(order, SNP_DEFECT_SIGNER_UNKNOWN) ? SIGNER_UNKNOWN
                   : says_vlek                                 ? SIGNER_VLEK
                                                               : 0;

    return (uint8_t)(key << 2);
}

/* What guest and host chose. */
static void fill_guest(const struct snp_order *order, uint8_t *out)
{
    static const struct {
        size_t at, len, order;
    } given[] = {
        { AT_FAMILY_ID, 16, offsetof(struct snp_order, family_id) },
        { AT_IMAGE_ID, 16, offsetof(struct snp_order, image_id) },
        { AT_REPORT_DATA, 64, offsetof(struct snp_order, report_data) },
        { AT_MEASUREMENT, 48, offsetof(struct snp_order, measurement) },
        { AT_HOST_DATA, 32, offsetof(struct snp_order, host_data) },
        { AT_ID_KEY_DIGEST, 48, offsetof(struct snp_order, id_key_digest) },
        { AT_AUTHOR_KEY_DIGEST, 48, offsetof(struct snp_order, author_key_digest) },
    };
    struct sha384 measurement = sha384(bytes_of_text("a guest"));
    uint8_t *policy = out + AT_POLICY;

    put_number(out + AT_GUEST_SVN, given_or(&order->guest_svn, 0), 4);
    put_number(out + AT_VMPL, given_or(&order->vmpl, 0), 4);
    memcpy(policy, "\0\0\x03", 3); /* SMT, and the bit that is always one */
    snp_order_tcb(&order->policy, policy);
    if (order->debug.is_given)
        policy[DEBUG_BYTE] |= DEBUG_BIT;
    if (snp_has(order, SNP_DEFECT_POLICY_17))
        policy[2] = (uint8_t)(policy[2] & ~2U);
    memcpy(out + AT_MEASUREMENT, measurement.digest, sizeof measurement.digest);
    for (size_t i = 0; i < COUNT_OF(given); i++)
        put_given(
            out + given[i].at,
            (const struct given *)(const void *)((const char *)order + given[i].order),
            given[i].len);
    memset(out + AT_REPORT_ID_MA, 0xff, 32); /* no migration agent */
}

static void fill_tcbs(const struct snp_order *order, const struct snp_shape *shape,
                      uint8_t *out)
{
    const struct {
        size_t at;
        const struct given *given;
    } tcbs[] = {
        { AT_CURRENT_TCB, &order->current_tcb },
        { AT_REPORTED_TCB, &order->tcb },
        { AT_COMMITTED_TCB, &order->committed_tcb },
        { AT_LAUNCH_TCB, &order->launch_tcb },
    };

    for (size_t i = 0; i < COUNT_OF(tcbs); i++) {
        memcpy(out + tcbs[i].at, shape->tcb_version, TCB_VERSION_LEN);
        snp_order_tcb(tcbs[i].given, out + tcbs[i].at);
    }
}

/* What the chip is, and its firmware. */
static void fill_chip(const struct amd_desk *desk, const struct snp_order *order,
                      const struct snp_shape *shape, uint8_t *out)
{
    static const uint8_t firmware[] = { 29, 55, 1, 0, 29, 55, 1, 0 };
    bool lies = snp_has(order, SNP_DEFECT_CPUID_OTHER);
    const struct amd_product *product =
        amd_product(!lies                           ? shape->product
                    : shape->product == WORLD_TURIN ? WORLD_MILAN
                                                    : WORLD_TURIN);
    const uint8_t cpuid[] = { product->family, product->model, product->stepping };

    if (shape->version >= 3)
        memcpy(out + AT_CPUID, cpuid, sizeof cpuid);
    if (!order->mask_chip.is_given)
        chip_id(desk->chips, shape->chip, out + AT_CHIP_ID);
    memcpy(out + AT_CURRENT_VERSION, firmware, sizeof firmware);
    put_number(out + AT_PLATFORM_INFO, 1, 8); /* SMT */
    snp_order_tcb(&order->platform_info, out + AT_PLATFORM_INFO);
}

static void fill(const struct amd_desk *desk, const struct snp_order *order,
                 const struct snp_shape *shape, uint8_t out[SNP_REPORT_LEN])
{
    unsigned version = snp_has(order, SNP_DEFECT_VERSION_LOW)       ? 1
                       : snp_has(order, SNP_DEFECT_VERSION_UNKNOWN) ? 9
                                                                    : shape->version;

    memset(out, 0, SNP_REPORT_LEN);
    put_number(out + AT_VERSION, version, 4);
    /* ECDSA P-384 with SHA-384 */
    put_number(out + AT_SIGNATURE_ALGORITHM, snp_has(order, SNP_DEFECT_ALGORITHM) ? 2 : 1,
               4);
    out[AT_SIGNER] = signer_of(order, shape);
    if (snp_has(order, SNP_DEFECT_RESERVED))
        out[AT_RESERVED] = 1;
    fill_guest(order, out);
    fill_tcbs(order, shape, out);
    fill_chip(desk, order, shape, out);
}

/* ---- who signs ----------------------------------------------------------------------
 */

/* The certificate, and so the key; of somebody else where that is the defect. */
static struct vek_order vek_of(const struct snp_order *order,
                               const struct snp_shape *shape, int64_t now_s)
{
    struct vek_order vek = { .product = shape->product,
                             .is_vlek = shape->is_vlek,
                             .chip = shape->chip,
                             .now_s = now_s,
                             .bend =
                                 snp_has(order, SNP_DEFECT_FOREIGN_ROOT)  ? WORLD_IMPOSTOR
                                 : snp_has(order, SNP_DEFECT_VEK_EXPIRED) ? WORLD_EXPIRED
                                 : snp_has(order, SNP_DEFECT_VEK_FUTURE)
                                     ? WORLD_FUTURE
                                     : WORLD_STRAIGHT };

    memcpy(vek.tcb_version, shape->tcb_version, TCB_VERSION_LEN);
    if (snp_has(order, SNP_DEFECT_TCB_OTHER)) /* the microcode's, of every product */
        vek.tcb_version[TCB_VERSION_LEN - 1]--;
    if (snp_has(order, SNP_DEFECT_CHIP_OTHER))
        vek.chip =
            (shape->chip + WORLD_PRODUCTS) % (CHIPS_MAX - CHIPS_MAX % WORLD_PRODUCTS);
    if (snp_has(order, SNP_DEFECT_PRODUCT_OTHER)) {
        vek.product = (enum world_product)((shape->product + 1) % WORLD_PRODUCTS);
        vek.chip = vek.product; /* the first of it */
        memcpy(vek.tcb_version, amd_product(vek.product)->tcb_version, TCB_VERSION_LEN);
    }
    return vek;
}

static void put_reversed(uint8_t *out, const uint8_t integer[ECDSA_INTEGER_MAX])
{
    for (size_t i = 0; i < ECDSA_INTEGER_MAX; i++)
        out[i] = integer[ECDSA_INTEGER_MAX - 1 - i];
}

static bool sign(struct amd_desk *desk, const struct snp_order *order,
                 const struct vek_order *vek, uint8_t out[SNP_REPORT_LEN],
                 struct error *err)
{
    uint8_t r[ECDSA_INTEGER_MAX], s[ECDSA_INTEGER_MAX];

    if (!vek_sign(desk->mint, vek, bytes_of(out, AT_SIGNATURE), r, s, err))
        return false;
    if (snp_has(order, SNP_DEFECT_SIGNATURE))
        s[20] ^= 1;
    if (!snp_has(order, SNP_DEFECT_SIGNATURE_ZERO)) {
        put_reversed(out + AT_SIGNATURE, r);
        put_reversed(out + AT_SIGNATURE + SIGNATURE_INTEGER_LEN, s);
    }
    if (snp_has(order, SNP_DEFECT_R_LONG))
        out[AT_SIGNATURE + ECDSA_INTEGER_MAX] = 1;
    if (snp_has(order, SNP_DEFECT_S_LONG))
        out[AT_SIGNATURE + SIGNATURE_INTEGER_LEN + ECDSA_INTEGER_MAX] = 1;
    if (snp_has(order, SNP_DEFECT_SIGNATURE_TAIL))
        out[AT_SIGNATURE_TAIL] = 1;
    if (snp_has(order, SNP_DEFECT_BODY_EDITED))
        out[AT_REPORT_DATA] ^= 1;
    return true;
}

bool snp_report_mint(struct amd_desk *desk, const struct snp_order *order, int64_t now_s,
                     struct buf *out, struct error *err)
{
    uint8_t report[SNP_REPORT_LEN];
    struct snp_shape shape;
    size_t start = out->len;

    if (!snp_order_shape(order, desk->chips, now_s, &shape, err))
        return false;
    struct vek_order vek = vek_of(order, &shape, now_s);
    fill(desk, order, &shape, report);
    if (!sign(desk, order, &vek, report, err))
        return false;
    buf_add(out, bytes_of(report, sizeof report));
    return bend_minted(&order->trailing, &order->truncate, &order->flip, start, out, err);
}

/* ---- what goes with it ---------------------------------------------------------------
 */

static bool mint_vek(struct amd_desk *desk, const struct snp_order *order,
                     const struct snp_shape *shape, int64_t now_s, struct buf *out,
                     struct error *err)
{
    struct vek_order vek = vek_of(order, shape, now_s);

    if (!vek_mint(desk->mint, &vek, out, err))
        return false;
    if (snp_has(order, SNP_DEFECT_VEK_SIGNATURE))
        out->at[out->len - 1] ^= 1;
    return true;
}

/* Those of whoever signs, so that with another product's certificate comes its chain. */
static bool ask_desk(struct amd_desk *desk, const struct snp_order *order,
                     const struct snp_shape *shape, enum snp_companion which,
                     int64_t now_s, struct buf *out, struct error *err)
{
    bool is_crl = which == SNP_CRL;
    bool is_other =
        snp_has(order, is_crl ? SNP_DEFECT_CRL_OTHER : SNP_DEFECT_CHAIN_OTHER);
    bool is_old =
        snp_has(order, is_crl ? SNP_DEFECT_CRL_EXPIRED : SNP_DEFECT_CHAIN_EXPIRED);
    const struct world_question question = {
        .kind = is_crl ? WORLD_AMD_CRL : WORLD_AMD_CHAIN,
        .product = (enum world_product)((vek_of(order, shape, now_s).product + is_other)
                                        % WORLD_PRODUCTS),
        .is_vlek = shape->is_vlek,
        .bend = snp_has(order, SNP_DEFECT_FOREIGN_ROOT) ? WORLD_IMPOSTOR
                : is_old                                ? WORLD_EXPIRED
                                                        : WORLD_STRAIGHT,
        .now_s = now_s,
    };
    struct world_answer answer;

    world_answer_init(&answer);
    bool made = is_crl && snp_has(order, SNP_DEFECT_REVOKED)
                    ? amd_desk_revoking_crl(desk, &question, &answer.body, err)
                    : amd_desk_answer(desk, &question, &answer, err);
    buf_add(out, buf_bytes(&answer.body));
    world_answer_fini(&answer);
    return made;
}

bool snp_companion_mint(struct amd_desk *desk, const struct snp_order *order,
                        enum snp_companion which, int64_t now_s, struct buf *out,
                        struct error *err)
{
    struct snp_shape shape;

    if (!snp_order_shape(order, desk->chips, now_s, &shape, err))
        return false;
    return which == SNP_VEK ? mint_vek(desk, order, &shape, now_s, out, err)
                            : ask_desk(desk, order, &shape, which, now_s, out, err);
}
