/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/pck_cert.h"
#include "format/test_certificate.h"

static const uint8_t SGX_OID[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01 };
enum { OID_LEN = sizeof SGX_OID };

/* SEQUENCE { OID, value }, with one or two arcs behind the extension's own OID. */
static void put_entry(struct buf *out, unsigned arc, unsigned below, unsigned tag,
                      struct bytes value)
{
    uint8_t oid[OID_LEN + 2];
    size_t opened = der_open(out);

    memcpy(oid, SGX_OID, OID_LEN);
    oid[OID_LEN] = (uint8_t)arc;
    oid[OID_LEN + 1] = (uint8_t)below;
    der_put(out, DER_OID, bytes_of(oid, OID_LEN + (below == 0 ? 1 : 2)));
    der_put(out, tag, value);
    der_close(out, DER_SEQUENCE, opened);
}

static void put_svn(struct buf *out, unsigned below, unsigned svn)
{
    uint8_t b[] = { 0, (uint8_t)(svn >> 8), (uint8_t)svn };
    size_t skip = svn < 0x80 ? 2 : svn < 0x8000 ? 1 : 0;

    put_entry(out, 2, below, DER_INTEGER, bytes_of(b + skip, 3 - skip));
}

static void put_tcb(struct buf *out, const struct pck_cert *pck)
{
    struct buf tcb;

    buf_init(&tcb, 4096);
    for (unsigned i = 0; i < 16; i++)
        put_svn(&tcb, i + 1, pck->components[i]);
    put_svn(&tcb, 17, pck->pcesvn);
    put_entry(&tcb, 2, 18, DER_OCTET_STRING, bytes_of(pck->cpusvn, 16));
    put_entry(out, 2, 0, DER_SEQUENCE, buf_bytes(&tcb));
    buf_fini(&tcb);
}

static void put_platform(struct buf *out, const struct pck_cert *pck)
{
    const bool flags[] = { pck->dynamic_platform, pck->cached_keys, pck->smt_enabled };
    struct buf list;

    buf_init(&list, 4096);
    for (unsigned i = 0; i < COUNT_OF(flags); i++)
        put_entry(&list, 7, i + 1, DER_BOOLEAN,
                  bytes_of(flags[i] ? (uint8_t[]){ 0xff } : (uint8_t[]){ 0 }, 1));
    put_entry(out, 6, 0, DER_OCTET_STRING, bytes_of(pck->platform_instance_id, 16));
    put_entry(out, 7, 0, DER_SEQUENCE, buf_bytes(&list));
    buf_fini(&list);
}

/* Any certificate with this extension, read. */
static bool parse(struct bytes extension, struct pck_cert *out)
{
    struct x509_certificate c;
    struct error err = { 0 };
    struct buf list, der;

    buf_init(&list, X509_CERTIFICATE_MAX);
    buf_init(&der, 2 * X509_CERTIFICATE_MAX);
    der_put_extension(&list, bytes_of(SGX_OID, OID_LEN), false, extension);
    put_certificate_with_extensions(&der, buf_bytes(&list));
    FUZZ_CHECK(x509_parse(buf_bytes(&der), &c, &err));
    bool ok = pck_cert_parse(&c, out, &err);
    FUZZ_CHECK(ok || (err.kind == ERROR_FORMAT && err.text[0] != 0));
    buf_fini(&list);
    buf_fini(&der);
    return ok;
}

/* What was read, written in the profile's order, has the length of what came (order is
 * free) and is read as the same. The early form has nothing to be written as. */
static void check_written_again(const struct pck_cert *pck, size_t len)
{
    uint8_t type = (uint8_t)pck->sgx_type;
    struct pck_cert again;
    struct buf out;

    if (!pck->has_platform && (pck->dynamic_platform || pck->cached_keys))
        return;
    buf_init(&out, 4096);
    put_entry(&out, 1, 0, DER_OCTET_STRING, bytes_of(pck->ppid, 16));
    put_tcb(&out, pck);
    put_entry(&out, 3, 0, DER_OCTET_STRING, bytes_of(pck->pce_id, 2));
    put_entry(&out, 4, 0, DER_OCTET_STRING, bytes_of(pck->fmspc, 6));
    put_entry(&out, 5, 0, DER_ENUMERATED, bytes_of(&type, 1));
    if (pck->has_platform)
        put_platform(&out, pck);
    der_close(&out, DER_SEQUENCE, 0);
    FUZZ_CHECK(out.len <= len);
    FUZZ_CHECK(parse(buf_bytes(&out), &again));
    FUZZ_CHECK(memcmp(again.ppid, pck->ppid, 16) == 0
               && memcmp(again.components, pck->components, 16) == 0
               && memcmp(again.cpusvn, pck->cpusvn, 16) == 0
               && memcmp(again.pce_id, pck->pce_id, 2) == 0
               && memcmp(again.fmspc, pck->fmspc, 6) == 0
               && memcmp(again.platform_instance_id, pck->platform_instance_id, 16) == 0);
    FUZZ_CHECK(again.pcesvn == pck->pcesvn && again.sgx_type == pck->sgx_type
               && again.has_platform == pck->has_platform
               && again.dynamic_platform == pck->dynamic_platform
               && again.cached_keys == pck->cached_keys
               && again.smt_enabled == pck->smt_enabled);
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct x509_certificate c;
    struct pck_cert pck;
    struct error err = { 0 };

    /* the input as a certificate, and as the extension itself */
    if (x509_parse(bytes_of(at, len), &c, &err) && pck_cert_parse(&c, &pck, &err))
        check_written_again(&pck, len);
    if (len <= X509_CERTIFICATE_MAX / 2 && parse(bytes_of(at, len), &pck))
        check_written_again(&pck, len);
    return 0;
}
