/* SPDX-License-Identifier: Apache-2.0 */
#include "config/amd.h"

#include <stdio.h>

#include "config/readers.h"
#include "config/rows.h"
#include "kit/text.h"

#define INTERVAL_MOST_MS (60 * MINUTE_MS)
#define HOST_REFRESH_LEAST_S 60

static const struct schema_choice upstream_kinds[] = { { "kds", AMD_UPSTREAM_KDS },
                                                       { "thim", AMD_UPSTREAM_THIM },
                                                       { 0 } };
static const struct schema_choice crl_choices[] = { { "required", AMD_CRL_REQUIRED },
                                                    { "optional", AMD_CRL_OPTIONAL },
                                                    { 0 } };
static const struct schema_choice unknown_choices[] = {
    { "fetch", UNKNOWN_CHIPS_FETCH }, { "refuse", UNKNOWN_CHIPS_REFUSE }, { 0 }
};
static const struct schema_choice product_names[] = {
    { "Milan", SNP_MILAN }, { "Genoa", SNP_GENOA }, { "Turin", SNP_TURIN }, { 0 }
};
static const struct schema_choice host_sources[] = { { "none", AMD_HOST_NONE },
                                                     { "named", AMD_HOST_NAMED },
                                                     { "report", AMD_HOST_REPORT },
                                                     { "machine", AMD_HOST_MACHINE },
                                                     { 0 } };

/* ---- products ------------------------------------------------------------------- */

static bool read_product(struct schema_walk *walk, const struct schema_key *key,
                         const struct value *value, void *base, struct error *err)
{
    const struct schema_key one = { .at = key->at, .choices = product_names };
    enum snp_product served_as =
        value->kind == VALUE_SCALAR ? snp_product_behind(value->text) : 0;

    if (served_as != 0)
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "AMD serves \"%s\" as %s: write that", safe(value->text).s,
                             snp_product_facts(served_as)->name);
    return schema_choice(walk, &one, value, base, err);
}

static bool read_products(struct schema_walk *walk, const struct schema_key *key,
                          const struct value *value, void *base, struct error *err)
{
    const struct schema_key one = { 0 };
    bool products[SNP_PRODUCTS] = { false };

    if (value->kind != VALUE_LIST)
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "is %s; expected a list of products",
                             value_kind_name(value->kind));
    if (value->count == 0)
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "has no product in it; leave the key out for all of them");
    for (const struct value *v = value->first; v != NULL; v = v->next) {
        enum snp_product product = 0;
        if (!read_product(walk, &one, v, &product, err))
            return false;
        if (products[product])
            return schema_refuse(walk, v->line, err, ERROR_FORMAT,
                                 "%s stands there a second time", safe(v->text).s);
        products[product] = true;
    }
    memcpy((char *)base + key->at, products, sizeof products);
    return true;
}

/* ---- this host ------------------------------------------------------------------ */

struct host_words { /* as written: an id can be read only once the product is known */
    enum amd_host_source source;
    enum snp_product product; /* 0: not given, as NULL below */
    const char *chip_id, *tcb_version, *report_file;
    int64_t refresh_s;
};

#define IN_HOST struct host_words
static const struct schema_key host_keys[] = {
    CHOICE("source", IN_HOST, source, host_sources),
    { .name = "product", .read = read_product, SCHEMA_AT(IN_HOST, product) },
    { .name = "chip_id",
      .read = schema_text,
      SCHEMA_AT(IN_HOST, chip_id),
      .least = 1,
      .most = (int64_t)2 * CHIP_ID_LEN },
    { .name = "tcb_version",
      .read = schema_text,
      SCHEMA_AT(IN_HOST, tcb_version),
      .least = 1,
      .most = 16 },
    PATH("report_file", IN_HOST, report_file),
    NUMBER("refresh_s", IN_HOST, refresh_s, HOST_REFRESH_LEAST_S, WEEK_S),
    { 0 }
};

/* Each source has the keys that it needs, and none of another's: an operator would take
 * them for being in force. */
static bool fits_source(struct schema_walk *walk, const struct host_words *words,
                        struct error *err)
{
    const struct {
        const char *name;
        bool is_given;
        enum amd_host_source source;
        const char *source_name;
    } keys[] = {
        { "product", words->product != 0, AMD_HOST_NAMED, "named" },
        { "chip_id", words->chip_id != NULL, AMD_HOST_NAMED, "named" },
        { "tcb_version", words->tcb_version != NULL, AMD_HOST_NAMED, "named" },
        { "report_file", words->report_file != NULL, AMD_HOST_REPORT, "report" },
    };
    char why[96];

    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        bool is_needed = keys[i].source == words->source;
        if (is_needed == keys[i].is_given)
            continue;
        if (is_needed)
            snprintf(why, sizeof why, "%s needs %s beside it", keys[i].source_name,
                     keys[i].name);
        else
            snprintf(why, sizeof why, "needs source: %s beside it", keys[i].source_name);
        return schema_refuse_below(walk, is_needed ? "source" : keys[i].name, 0, err,
                                   "%s", why);
    }
    return true;
}

static bool read_chip_id(enum snp_product product, struct bytes digits,
                         struct snp_hwid *out, struct error *err)
{
    const struct snp_product_facts *facts = snp_product_facts(product);
    uint8_t chip_id[CHIP_ID_LEN];

    if (digits.len % 2 != 0 || !hex_read(digits, chip_id, digits.len / 2))
        return error_set(err, ERROR_FORMAT,
                         "\"%s\" is not %zu hex digits, as %s has them", safe(digits).s,
                         2 * facts->hwid_len, facts->name);
    return snp_hwid_read(product, bytes_of(chip_id, digits.len / 2), out, err);
}

static bool read_tcb_version(enum snp_product product, struct bytes digits,
                             struct tcb_version *out, struct error *err)
{
    uint64_t value;

    if (!tcb_version_hex_read(digits, &value))
        return error_set(err, ERROR_FORMAT, "\"%s\" is not 1 to 16 hex digits",
                         safe(digits).s);
    return tcb_version_read(product, value, out, err);
}

static bool read_host(struct schema_walk *walk, const struct schema_key *key,
                      const struct value *value, void *base, struct error *err)
{
    struct config *config = base;
    struct host_words words = { .source = config->amd.host.source,
                                .refresh_s = config->amd.host_refresh_s };
    struct error why = { 0 };

    if (!schema_section(walk, key, value, &words, err) || !fits_source(walk, &words, err))
        return false;
    config->amd.host.source = words.source;
    config->amd.host.report_file = words.report_file;
    config->amd.host_refresh_s = words.refresh_s;
    if (words.source != AMD_HOST_NAMED)
        return true;
    config->amd.host.product = words.product;
    if (!read_chip_id(words.product, bytes_of_text(words.chip_id), &config->amd.host.hwid,
                      &why))
        return schema_refuse_below(walk, "chip_id", 0, err, "%s", why.text);
    if (!read_tcb_version(words.product, bytes_of_text(words.tcb_version),
                          &config->amd.host.tcb, &why))
        return schema_refuse_below(walk, "tcb_version", 0, err, "%s", why.text);
    return true;
}

/* ---- the section ---------------------------------------------------------------- */

#define INTERVAL_OF_KIND (-1) /* the kind may be written below it */

static const struct config_amd_upstream upstream_default = {
    .connect_ms = 5000,
    .total_ms = 30000,
    .interval_ms = INTERVAL_OF_KIND,
    .burst = AMD_BURST,
};

#define IN_UPSTREAM struct config_amd_upstream
static const struct schema_key upstream_keys[] = {
    UPSTREAM_ROWS(IN_UPSTREAM, upstream_kinds),
    PATH("client_certificate_file", IN_UPSTREAM, client_certificate_file),
    PATH("client_key_file", IN_UPSTREAM, client_key_file),
    { .name = "vlek_url", .read = read_upstream_url, SCHEMA_AT(IN_UPSTREAM, vlek_url) },
    NUMBER("interval_ms", IN_UPSTREAM, interval_ms, 0, INTERVAL_MOST_MS),
    NUMBER("burst", IN_UPSTREAM, burst, 1, 1000),
    { 0 }
};

const struct schema_key amd_keys[] = {
    ITEMS("upstreams", amd.upstreams, amd.upstream_count, 0, CONFIG_AMD_UPSTREAMS_MAX,
          upstream_keys, config_amd_upstream, .item_default = &upstream_default),
    CHOICE("crl", IN_CONFIG, amd.crl, crl_choices),
    { .name = "products", .read = read_products, SCHEMA_AT(IN_CONFIG, amd.products) },
    CHOICE("unknown_chips", IN_CONFIG, amd.unknown_chips, unknown_choices),
    NUMBER("unknown_share_percent", IN_CONFIG, amd.unknown_share_percent, 1, 100),
    NUMBER("unknown_per_minute_per_address", IN_CONFIG,
           amd.unknown_per_minute_per_address, 1, 100000),
    NUMBER("crl_refresh_s", IN_CONFIG, amd.crl_refresh_s, REFRESH_LEAST_S, WEEK_S),
    NUMBER("chain_refresh_s", IN_CONFIG, amd.chain_refresh_s, REFRESH_LEAST_S, WEEK_S),
    { .name = "host", .read = read_host, .below = host_keys },
    FLAG("named_hosts", IN_CONFIG, amd.named_hosts),
    { 0 }
};

bool read_amd(struct schema_walk *walk, const struct schema_key *key,
              const struct value *value, void *base, struct error *err)
{
    struct config *config = base;

    config->amd.line = schema_line(walk->places, walk->path);
    if (!schema_section(walk, key, value, base, err))
        return false;
    for (size_t i = 0; i < config->amd.upstream_count; i++) {
        struct config_amd_upstream *u = &config->amd.upstreams[i];
        if (u->interval_ms == INTERVAL_OF_KIND)
            u->interval_ms = u->kind == AMD_UPSTREAM_KDS ? AMD_KDS_INTERVAL_MS : 0;
    }
    return true;
}
