/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pck_cert.h"

#include "format/der.h"
#include "format/x509_parts.h"

/* Entries by the arc that follows 1.2.840.113741.1.13.1, and below .2 and .7. */
enum { PPID = 1, TCB = 2, PCE_ID = 3, FMSPC = 4, SGX_TYPE = 5, PLATFORM = 6, CONFIG = 7 };
enum { COMPONENT_LAST = 16, PCESVN = 17, CPUSVN = 18 };
enum { DYNAMIC_PLATFORM = 1, CACHED_KEYS = 2, SMT_ENABLED = 3 };

#define BITS(from, to) ((1U << ((to) + 1)) - (1U << (from)))

static const unsigned PROCESSOR_ENTRIES = BITS(PPID, SGX_TYPE);
static const unsigned PLATFORM_ENTRIES = BITS(PLATFORM, CONFIG);

static const struct {
    const char *name;
    size_t offset, len; /* of an OCTET STRING, in struct pck_cert; len 0 where it is
                           something else */
} kinds[] = {
#define OCTETS(field) \
    offsetof(struct pck_cert, field), sizeof((struct pck_cert *)0)->field
    [PPID] = { "PPID", OCTETS(ppid) },
    [TCB] = { "TCB", 0, 0 },
    [PCE_ID] = { "PCE-ID", OCTETS(pce_id) },
    [FMSPC] = { "FMSPC", OCTETS(fmspc) },
    [SGX_TYPE] = { "SGX type", 0, 0 },
    [PLATFORM] = { "platform instance id", OCTETS(platform_instance_id) },
    [CONFIG] = { "configuration", 0, 0 },
};

/* One of the lists: what arcs it may hold, and which of them came. */
struct entries {
    struct der list;
    struct bytes prefix; /* OID content before the arc */
    unsigned last;       /* arcs run from 1 to this one */
    unsigned seen;       /* bit per arc */
    const char *name;
};

/* Goes into the next SEQUENCE { OID, value } and gives its arc; 0 where it is refused.
 * Arcs stay below 128, one byte each. */
static unsigned next_entry(struct entries *entries, struct der *entry)
{
    *entry = der_enter(&entries->list, DER_SEQUENCE, entries->name);
    struct bytes oid = der_oid(entry, entries->name);
    unsigned arc = 0;

    if (der_failed(entry))
        return 0;
    if (oid.len == entries->prefix.len + 1
        && bytes_equal(bytes_first(oid, entries->prefix.len), entries->prefix))
        arc = oid.at[oid.len - 1];
    if (arc == 0 || arc > entries->last) {
        der_refuse(entry, ERROR_FORMAT, "%s: entry that the profile does not have",
                   entries->name);
        return 0;
    }
    if ((entries->seen & 1U << arc) != 0) {
        der_refuse(entry, ERROR_FORMAT, "%s: entry %u occurs twice", entries->name, arc);
        return 0;
    }
    entries->seen |= 1U << arc;
    return arc;
}

static void read_octets(struct der *d, uint8_t *to, size_t len, const char *field)
{
    struct bytes b = der_content(d, DER_OCTET_STRING, field);

    if (der_failed(d))
        return;
    if (b.len != len)
        der_refuse(d, ERROR_FORMAT, "%s of %zu bytes, expected %zu", field, b.len, len);
    else
        memcpy(to, b.at, len);
}

static void read_tcb(struct der *d, struct bytes oid, struct pck_cert *out)
{
    struct entries tcb = { .list = der_enter(d, DER_SEQUENCE, "TCB"),
                           .prefix = oid,
                           .last = CPUSVN,
                           .name = "TCB" };
    struct der entry;

    while (der_more(&tcb.list)) {
        unsigned arc = next_entry(&tcb, &entry);
        if (arc == CPUSVN)
            read_octets(&entry, out->cpusvn, sizeof out->cpusvn, "CPUSVN");
        else if (arc == PCESVN)
            out->pcesvn = (uint16_t)der_small(&entry, DER_INTEGER, UINT16_MAX, "PCESVN");
        else if (arc != 0)
            out->components[arc - 1] = (uint8_t)der_small(&entry, DER_INTEGER, UINT8_MAX,
                                                          "SGX TCB component SVN");
        der_end(&entry, "TCB entry");
    }
    if (tcb.seen != BITS(1, CPUSVN))
        der_refuse(d, ERROR_FORMAT, "TCB: an entry is missing, of %d", CPUSVN);
}

static void read_configuration(struct der *d, struct bytes oid, struct pck_cert *out)
{
    struct entries config = { .list = der_enter(d, DER_SEQUENCE, "configuration"),
                              .prefix = oid,
                              .last = SMT_ENABLED,
                              .name = "configuration" };
    bool *const flags[] = { [DYNAMIC_PLATFORM] = &out->dynamic_platform,
                            [CACHED_KEYS] = &out->cached_keys,
                            [SMT_ENABLED] = &out->smt_enabled };
    struct der entry;

    while (der_more(&config.list)) {
        unsigned arc = next_entry(&config, &entry);
        if (arc != 0)
            *flags[arc] = der_boolean(&entry, "configuration flag");
        der_end(&entry, "configuration entry");
    }
    if (config.seen != BITS(DYNAMIC_PLATFORM, SMT_ENABLED))
        der_refuse(d, ERROR_FORMAT, "configuration: an entry is missing, of %d",
                   SMT_ENABLED);
}

/* The early form of .6 and .7; false, and nothing read, where it is not that. */
static bool read_early_flag(struct der *d, unsigned arc, struct pck_cert *out)
{
    if ((PLATFORM_ENTRIES & 1U << arc) == 0 || !der_next_is(d, DER_BOOLEAN))
        return false;
    bool flag = der_boolean(d, "flag of the early form");
    *(arc == PLATFORM ? &out->dynamic_platform : &out->cached_keys) = flag;
    return true;
}

static void read_entry(struct der *d, unsigned arc, struct pck_cert *out)
{
    uint8_t oid[16] = { 0 };
    struct bytes below = bytes_of(oid, OID_SGX_EXTENSION.len + 1);

    memcpy(oid, OID_SGX_EXTENSION.at, OID_SGX_EXTENSION.len);
    oid[OID_SGX_EXTENSION.len] = (uint8_t)arc;
    if (kinds[arc].len > 0)
        read_octets(d, (uint8_t *)out + kinds[arc].offset, kinds[arc].len,
                    kinds[arc].name);
    else if (arc == TCB)
        read_tcb(d, below, out);
    else if (arc == CONFIG)
        read_configuration(d, below, out);
    else
        out->sgx_type = (enum pck_sgx_type)der_small(
            d, DER_ENUMERATED, PCK_SCALABLE_WITH_INTEGRITY, kinds[arc].name);
}

/* Every entry of the Processor CA, and the Platform CA's two or neither, both of one
 * form. */
static void check_complete(struct entries *all, unsigned early)
{
    unsigned missing = PROCESSOR_ENTRIES & ~all->seen;

    if ((all->seen & PLATFORM_ENTRIES) != 0)
        missing |= PLATFORM_ENTRIES & ~all->seen;
    for (unsigned arc = PPID; arc <= CONFIG; arc++)
        if ((missing & 1U << arc) != 0)
            der_refuse(&all->list, ERROR_FORMAT, "%s is missing", kinds[arc].name);
    if (early != 0 && early != PLATFORM_ENTRIES)
        der_refuse(&all->list, ERROR_FORMAT,
                   "one of %s and %s is of the early form, the other is not",
                   kinds[PLATFORM].name, kinds[CONFIG].name);
}

bool pck_cert_parse(const struct x509_certificate *certificate, struct pck_cert *out,
                    struct error *err)
{
    struct error refusal = { 0 };
    struct bytes value;
    struct der entry;
    unsigned early = 0;

    *out = (struct pck_cert){ 0 };
    if (!x509_extension(certificate, OID_SGX_EXTENSION, &value))
        return error_set(err, ERROR_FORMAT,
                         "no SGX extension: not a PCK certificate (PCK profile, 1.3.5)");
    struct der outside = der_over(value, &refusal);
    struct entries all = { .list = der_enter(&outside, DER_SEQUENCE, "SGX extension"),
                           .prefix = OID_SGX_EXTENSION,
                           .last = CONFIG,
                           .name = "SGX extension" };
    der_end(&outside, "after the SGX extension");
    while (der_more(&all.list)) {
        unsigned arc = next_entry(&all, &entry);
        if (arc != 0 && read_early_flag(&entry, arc, out))
            early |= 1U << arc;
        else if (arc != 0)
            read_entry(&entry, arc, out);
        der_end(&entry, "SGX extension entry");
    }
    check_complete(&all, early);
    out->has_platform = (all.seen & PLATFORM_ENTRIES) != 0 && early == 0;
    return der_done(&refusal, err) || error_within(err, "SGX extension");
}
