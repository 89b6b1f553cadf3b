/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/test_vcek.h"
#include "format/vcek.h"

/* Any certificate with these extensions, read; der keeps its bytes. */
static bool parse(struct bytes list, struct buf *der, struct vcek *out)
{
    struct x509_certificate c;
    struct error err = { 0 };

    buf_init(der, 2 * X509_CERTIFICATE_MAX);
    put_certificate_with_extensions(der, list);
    bool ok = x509_parse(buf_bytes(der), &c, NULL) && vcek_parse(&c, out, &err);
    FUZZ_CHECK(ok || err.kind == ERROR_NONE
               || (err.kind == ERROR_FORMAT && err.text[0] != 0));
    return ok;
}

static void put_number(struct buf *list, struct bytes below, unsigned number)
{
    uint8_t value[] = { 0x02, 0x02, 0x00, (uint8_t)number };

    if (number >= 0x80)
        put_amd_extension(list, below, bytes_of(value, 4));
    else
        put_amd_extension(list, below,
                          bytes_of((uint8_t[]){ 0x02, 0x01, (uint8_t)number }, 3));
}

static void put_text(struct buf *list, struct bytes below, struct bytes text)
{
    struct buf value;

    buf_init(&value, X509_CERTIFICATE_MAX);
    der_put(&value, DER_IA5_STRING, text);
    put_amd_extension(list, below, buf_bytes(&value));
    buf_fini(&value);
}

/* What was read, written as KDS would, is read as the same. */
static void check_written_again(const struct vcek *vcek)
{
    static const uint8_t numbers[] = { [SPL_FMC] = 9,
                                       [SPL_BOOT_LOADER] = 1,
                                       [SPL_TEE] = 2,
                                       [SPL_SNP] = 3,
                                       [SPL_MICROCODE] = 8 };
    const struct snp_product_facts *facts = snp_product_facts(vcek->product);
    struct vcek again;
    struct buf list, der;

    buf_init(&list, X509_CERTIFICATE_MAX);
    put_number(&list, LITERAL_BYTES("\x01"), facts->struct_version);
    put_text(&list, LITERAL_BYTES("\x02"), vcek->product_name);
    for (enum spl i = 0; i < SPL_COUNT; i++) {
        if (facts->has[i])
            put_number(&list, bytes_of((uint8_t[]){ 3, numbers[i] }, 2),
                       vcek->tcb.spl[i]);
        else
            FUZZ_CHECK(vcek->tcb.spl[i] == 0);
    }
    if (vcek->kind == VEK_VCEK)
        put_amd_extension(&list, LITERAL_BYTES("\x04"),
                          bytes_of(vcek->hwid.at, vcek->hwid.len));
    else
        put_text(&list, LITERAL_BYTES("\x05"), vcek->csp_id);
    FUZZ_CHECK(parse(buf_bytes(&list), &der, &again));
    FUZZ_CHECK(again.kind == vcek->kind && again.product == vcek->product
               && tcb_version_equal(&again.tcb, &vcek->tcb)
               && memcmp(&again.hwid, &vcek->hwid, sizeof again.hwid) == 0
               && bytes_equal(again.csp_id, vcek->csp_id)
               && bytes_equal(again.product_name, vcek->product_name));
    buf_fini(&list);
    buf_fini(&der);
}

static void check(const struct vcek *vcek)
{
    FUZZ_CHECK(vcek->product > 0 && vcek->product < SNP_PRODUCTS);
    FUZZ_CHECK((vcek->kind == VEK_VCEK) == (vcek->hwid.len > 0));
    FUZZ_CHECK((vcek->kind == VEK_VLEK) == (vcek->csp_id.len > 0));
    check_written_again(vcek);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct x509_certificate c;
    struct vcek vcek;
    struct buf der;

    /* the input as a certificate, and as its extensions, one after another */
    if (x509_parse(bytes_of(at, len), &c, NULL) && vcek_parse(&c, &vcek, NULL))
        check(&vcek);
    if (len > X509_CERTIFICATE_MAX / 2)
        return 0;
    if (parse(bytes_of(at, len), &der, &vcek))
        check(&vcek);
    buf_fini(&der);
    return 0;
}
