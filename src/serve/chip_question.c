/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chip_question.h"

#include "kit/text.h"

#define METADATA_PATH "/metadata/THIM/amd/certification"
#define REGIONAL_PATH "/SevSnpVM/certificates/"
#define POST_PATH "/thim/v1/amd/vcek"

static const struct {
    const char *begins;
    enum chip_route route;
    bool is_exact; /* KDS's paths are compared with case */
} routes[] = {
    { "/vcek/", CHIP_ROUTE_KDS, true },
    { "/vlek/", CHIP_ROUTE_KDS, true },
    { "/metadata/THIM/amd/", CHIP_ROUTE_METADATA, false },
    { "/SevSnpVM/", CHIP_ROUTE_REGIONAL, false },
    { POST_PATH, CHIP_ROUTE_POST, false },
};

enum chip_route chip_route_of(struct bytes target)
{
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        struct bytes begins = bytes_of_text(routes[i].begins);
        struct bytes its = bytes_first(target, begins.len);
        if (routes[i].is_exact ? bytes_equal(its, begins)
                               : text_equal_nocase(its, begins))
            return routes[i].route;
    }
    return CHIP_ROUTE_NONE;
}

/* ---- parts of a name ----------------------------------------------------------------
 */

static bool read_chip_id(struct bytes digits, struct chip_name *out, struct error *err)
{
    size_t turin = snp_product_facts(SNP_TURIN)->hwid_len;

    out->chip_id_len = digits.len / 2;
    if ((digits.len != 2 * sizeof out->chip_id && digits.len != 2 * turin)
        || !hex_read(digits, out->chip_id, out->chip_id_len))
        return error_set(err, ERROR_FORMAT,
                         "chip id \"%s\" is not %zu hex digits, nor %zu as Turin's",
                         safe(digits).s, 2 * sizeof out->chip_id, 2 * turin);
    return true;
}

static bool read_tcb(struct bytes digits, struct chip_name *out, struct error *err)
{
    out->has_tcb = tcb_version_hex_read(digits, &out->tcb);
    return out->has_tcb
           || error_set(err, ERROR_FORMAT, "TCB_VERSION \"%s\" is not 1 to 16 hex digits",
                        safe(digits).s);
}

/* "Milan", "Bergamo", and "Milan-B0" as certificates have it. */
static bool read_product(struct bytes name, struct chip_name *out, struct error *err)
{
    struct bytes line = bytes_first(name, bytes_find(name, bytes_of_text("-")));

    out->product = snp_product_named(line);
    if (out->product == 0)
        out->product = snp_product_behind(line);
    return out->product != 0
           || error_set(err, ERROR_FORMAT,
                        "productName \"%s\" is not known; products are spelled as in "
                        "\"%s\"",
                        safe(name).s, snp_product_facts(SNP_MILAN)->name);
}

/* ---- routes -------------------------------------------------------------------------
 */

static struct bytes without_slash(struct bytes path)
{
    return path.len > 1 && path.at[path.len - 1] == '/' ? bytes_first(path, path.len - 1)
                                                        : path;
}

static bool is_path(const struct http_target *target, const char *path)
{
    return text_equal_nocase(without_slash(target->path), bytes_of_text(path));
}

static bool read_kds(const struct http_target *target, struct chip_question *out,
                     struct error *err)
{
    return kds_target_read(target, &out->key, err);
}

static bool read_metadata(const struct http_target *target, struct chip_question *out,
                          struct error *err)
{
    const struct http_parameter *id = http_parameter(target, "platformId");
    const struct http_parameter *tcb = http_parameter(target, "tcbVersion");
    const struct http_parameter *product = http_parameter(target, "productName");

    if (!is_path(target, METADATA_PATH))
        return error_set(err, ERROR_NOT_FOUND,
                         "below /metadata/THIM/amd is "
                         "certification only");
    out->name.vek = VEK_VCEK;
    if (id != NULL && tcb == NULL)
        return error_set(err, ERROR_FORMAT,
                         "platformId came without tcbVersion: a chip has a certificate "
                         "for each TCB_VERSION");
    return (id == NULL || read_chip_id(id->value, &out->name, err))
           && (tcb == NULL || read_tcb(tcb->value, &out->name, err))
           && (product == NULL || read_product(product->value, &out->name, err));
}

static bool read_regional(const struct http_target *target, struct chip_question *out,
                          struct error *err)
{
    struct bytes start = bytes_of_text(REGIONAL_PATH);
    struct bytes rest = bytes_after(without_slash(target->path), start.len);
    size_t slash = bytes_find(rest, bytes_of_text("/"));

    if (!text_equal_nocase(bytes_first(target->path, start.len), start)
        || slash == rest.len)
        return error_set(err, ERROR_NOT_FOUND,
                         "a path here is " REGIONAL_PATH "{chip id}/{TCB_VERSION}");
    out->name.vek = VEK_VCEK;
    return read_chip_id(bytes_first(rest, slash), &out->name, err)
           && read_tcb(bytes_after(rest, slash + 1), &out->name, err);
}

static bool read_post(const struct http_target *target, struct chip_question *out,
                      struct error *err)
{
    (void)out;
    return is_path(target, POST_PATH)
           || error_set(err, ERROR_NOT_FOUND, "certificates are brought to " POST_PATH);
}

static bool (*const readers[])(const struct http_target *target,
                               struct chip_question *out, struct error *err) = {
    [CHIP_ROUTE_KDS] = read_kds,
    [CHIP_ROUTE_METADATA] = read_metadata,
    [CHIP_ROUTE_REGIONAL] = read_regional,
    [CHIP_ROUTE_POST] = read_post,
};

bool chip_question_read(struct bytes raw, struct arena *arena, struct chip_question *out,
                        struct error *err)
{
    struct http_target target;

    *out = (struct chip_question){ .route = chip_route_of(raw) };
    if (out->route == CHIP_ROUTE_NONE)
        return error_set(err, ERROR_NOT_FOUND, "there is no such path here");
    return http_target_parse(raw, arena, &target, err)
           && readers[out->route](&target, out, err);
}

/* ---- products -----------------------------------------------------------------------
 */

static bool is_short(const struct chip_name *name)
{
    size_t end = snp_product_facts(SNP_TURIN)->hwid_len;

    for (size_t i = end; i < name->chip_id_len; i++)
        if (name->chip_id[i] != 0)
            return false;
    return name->chip_id_len > 0;
}

static bool write_key(const struct chip_name *name, enum snp_product product,
                      struct kds_key *out, struct error *err)
{
    struct bytes id = bytes_of(name->chip_id, name->chip_id_len);

    *out = (struct kds_key){ .resource = KDS_CERTIFICATE,
                             .vek = name->vek,
                             .product = product };
    if (name->vek == VEK_VCEK && !snp_hwid_read(product, id, &out->hwid, err))
        return false;
    return tcb_version_read(product, name->tcb, &out->tcb, err)
           || error_within(err, "TCB_VERSION of %s", snp_product_facts(product)->name);
}

bool chip_name_keys(const struct chip_name *name, enum snp_product likely,
                    struct kds_key keys[CHIP_KEYS_MAX], size_t *count, struct error *err)
{
    enum snp_product products[CHIP_KEYS_MAX] = { SNP_MILAN, SNP_GENOA };
    size_t wanted = 2;

    if (likely == SNP_GENOA) {
        products[0] = SNP_GENOA;
        products[1] = SNP_MILAN;
    }
    if (name->product != 0 || is_short(name)) {
        products[0] = name->product != 0 ? name->product : SNP_TURIN;
        wanted = 1;
    }
    *count = 0;
    for (size_t i = 0; i < wanted; i++)
        if (!write_key(name, products[i], &keys[(*count)++], err))
            return false;
    return true;
}
