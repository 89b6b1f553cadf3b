/* SPDX-License-Identifier: Apache-2.0 */
#include "format/kds_url.h"

#include <stdio.h>

#include "kit/text.h"

#define CHAIN_SEGMENT "cert_chain"
#define CRL_SEGMENT "crl"
#define VLEK_SEGMENT "cert"

static const char *const vek_segments[] = { [VEK_VCEK] = "vcek", [VEK_VLEK] = "vlek" };

static struct bytes next_segment(struct bytes *rest)
{
    size_t end = bytes_find(*rest, bytes_of_text("/"));
    struct bytes segment = bytes_first(*rest, end);

    *rest = bytes_after(*rest, end + 1);
    return segment;
}

static enum vek_kind vek_named(struct bytes segment)
{
    for (enum vek_kind vek = VEK_VCEK; vek <= VEK_VLEK; vek++)
        if (bytes_equal_text(segment, vek_segments[vek]))
            return vek;
    return 0;
}

static bool read_product(struct bytes name, enum snp_product *out, struct error *err)
{
    *out = snp_product_named(name);
    if (*out != 0)
        return true;
    enum snp_product behind = snp_product_behind(name);
    if (behind != 0)
        return error_set(err, ERROR_NOT_FOUND, "KDS has %s under %s; ask for that",
                         safe(name).s, snp_product_facts(behind)->name);
    return error_set(err, ERROR_NOT_FOUND,
                     "product \"%s\" is not known; KDS spells them as in \"%s\"",
                     safe(name).s, snp_product_facts(SNP_MILAN)->name);
}

/* Only as long as the product's are: KDS has nothing under the whole CHIP_ID of a Turin.
 */
static bool read_hwid(struct bytes digits, struct kds_key *out, struct error *err)
{
    const struct snp_product_facts *facts = snp_product_facts(out->product);
    uint8_t id[CHIP_ID_LEN];

    if (!hex_read(digits, id, facts->hwid_len))
        return error_set(err, ERROR_FORMAT,
                         "chip id is not hex digits, %zu of them for %s: the first %zu "
                         "bytes of its CHIP_ID",
                         2 * facts->hwid_len, facts->name, facts->hwid_len);
    return snp_hwid_read(out->product, bytes_of(id, facts->hwid_len), &out->hwid, err);
}

static bool read_resource(struct bytes segment, struct kds_key *out, struct error *err)
{
    out->resource = KDS_CERTIFICATE;
    if (bytes_equal_text(segment, CHAIN_SEGMENT))
        out->resource = KDS_CHAIN;
    else if (bytes_equal_text(segment, CRL_SEGMENT))
        out->resource = KDS_CRL;
    else if (out->vek == VEK_VCEK)
        return read_hwid(segment, out, err);
    else if (!bytes_equal_text(segment, VLEK_SEGMENT))
        return error_set(err, ERROR_NOT_FOUND,
                         "below /vlek/v1/%s are cert, cert_chain and crl only",
                         snp_product_facts(out->product)->name);
    return true;
}

static bool read_path(struct bytes path, struct kds_key *out, struct error *err)
{
    struct bytes rest = bytes_after(path, 1);

    out->vek = vek_named(next_segment(&rest));
    if (out->vek == 0 || !bytes_equal_text(next_segment(&rest), "v1"))
        return error_set(err, ERROR_NOT_FOUND,
                         "path is not below /vcek/v1 or /vlek/v1, which is all of KDS");
    struct bytes product = next_segment(&rest);
    if (!read_product(product, &out->product, err))
        return false;
    if (bytes_find(rest, bytes_of_text("/")) < rest.len || rest.len == 0)
        return error_set(err, ERROR_NOT_FOUND, "one segment follows the product's name");
    return read_resource(rest, out, err);
}

/* Zeros in front do not count; but something must be there, of three digits at most. */
static bool read_spl(const struct http_parameter *p, uint8_t *out, struct error *err)
{
    struct bytes digits = p->value;
    uint64_t level = 0;

    while (digits.len > 1 && digits.len <= 3 && digits.at[0] == '0')
        digits = bytes_after(digits, 1);
    if (!decimal_read(digits, UINT8_MAX, &level))
        return error_set(err, ERROR_FORMAT, "%s is \"%s\", not a number from 0 to 255",
                         safe(p->name).s, safe(p->value).s);
    *out = (uint8_t)level;
    return true;
}

static bool read_tcb(const struct http_target *target, struct kds_key *out,
                     struct error *err)
{
    const struct snp_product_facts *facts = snp_product_facts(out->product);

    for (enum spl i = 0; i < SPL_COUNT; i++) {
        const struct http_parameter *p = http_parameter(target, spl_parameter(i));
        if (facts->has[i] && p == NULL)
            return error_set(err, ERROR_FORMAT, "parameter %s is missing",
                             spl_parameter(i));
        if (!facts->has[i] && p != NULL)
            return error_set(err, ERROR_FORMAT, "parameter %s: %s has no such component",
                             spl_parameter(i), facts->name);
        if (p != NULL && !read_spl(p, &out->tcb.spl[i], err))
            return false;
    }
    return true;
}

static bool is_spl(struct bytes name)
{
    for (enum spl i = 0; i < SPL_COUNT; i++)
        if (text_equal_nocase(name, bytes_of_text(spl_parameter(i))))
            return true;
    return false;
}

static bool check_parameters(const struct http_target *target, const struct kds_key *key,
                             struct error *err)
{
    for (size_t i = 0; i < target->parameter_count; i++)
        if (key->resource != KDS_CERTIFICATE || !is_spl(target->parameters[i].name))
            return error_set(err, ERROR_FORMAT, "parameter \"%s\" means nothing here",
                             safe(target->parameters[i].name).s);
    return true;
}

bool kds_target_read(const struct http_target *target, struct kds_key *out,
                     struct error *err)
{
    *out = (struct kds_key){ 0 };
    return read_path(target->path, out, err) && check_parameters(target, out, err)
           && (out->resource != KDS_CERTIFICATE || read_tcb(target, out, err));
}

/* What stands last in the path. */
static const char *last_segment(const struct kds_key *key, struct hex_text *room)
{
    if (key->resource == KDS_CHAIN)
        return CHAIN_SEGMENT;
    if (key->resource == KDS_CRL)
        return CRL_SEGMENT;
    if (key->vek == VEK_VLEK)
        return VLEK_SEGMENT;
    *room = hex(key->hwid.at, key->hwid.len);
    return room->s;
}

void kds_target_write(struct buf *out, const struct kds_key *key)
{
    const struct snp_product_facts *facts = snp_product_facts(key->product);
    struct hex_text room;
    char mark = '?';

    buf_addf(out, "/%s/v1/%s/%s", vek_segments[key->vek], facts->name,
             last_segment(key, &room));
    for (enum spl i = 0; i < SPL_COUNT && key->resource == KDS_CERTIFICATE; i++) {
        if (!facts->has[i])
            continue;
        buf_addf(out, "%c%s=%02u", mark, spl_parameter(i), key->tcb.spl[i]);
        mark = '&';
    }
}

struct kds_key_text kds_key_text(const struct kds_key *key)
{
    const char *product = snp_product_facts(key->product)->name;
    bool dated = key->resource == KDS_CERTIFICATE;
    struct kds_key_text out;
    struct hex_text room;

    snprintf(out.s, sizeof out.s, "%s/%.8s/%.128s%s%.16s", vek_segments[key->vek],
             product, last_segment(key, &room), dated ? "/" : "",
             dated ? tcb_version_hex(key->product, &key->tcb).s : "");
    return out;
}

/* Leniently, and then by the text: a key has one spelling. */
bool kds_key_read(struct bytes text, struct kds_key *out)
{
    struct bytes rest = text;
    uint64_t tcb = 0;

    *out = (struct kds_key){ .vek = vek_named(next_segment(&rest)) };
    out->product = snp_product_named(next_segment(&rest));
    if (out->vek == 0 || out->product == 0
        || !read_resource(next_segment(&rest), out, NULL))
        return false;
    if (out->resource == KDS_CERTIFICATE
        && (!tcb_version_hex_read(rest, &tcb)
            || !tcb_version_read(out->product, tcb, &out->tcb, NULL)))
        return false;
    return bytes_equal_text(text, kds_key_text(out).s);
}

static int order(size_t a, size_t b)
{
    return a < b ? -1 : a > b;
}

int kds_key_compare(const struct kds_key *a, const struct kds_key *b)
{
    int found = order(a->resource, b->resource);

    if (found == 0)
        found = order(a->vek, b->vek);
    if (found == 0)
        found = order(a->product, b->product);
    if (found == 0)
        found = bytes_compare(bytes_of(a->hwid.at, a->hwid.len),
                              bytes_of(b->hwid.at, b->hwid.len));
    if (found == 0)
        found = bytes_compare(bytes_of(a->tcb.spl, SPL_COUNT),
                              bytes_of(b->tcb.spl, SPL_COUNT));
    return found;
}

struct kds_key kds_key_of(const struct vcek *vcek)
{
    return (struct kds_key){
        .resource = KDS_CERTIFICATE,
        .vek = vcek->kind,
        .product = vcek->product,
        .hwid = vcek->hwid,
        .tcb = vcek->tcb,
    };
}
