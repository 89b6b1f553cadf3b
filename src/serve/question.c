/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/question.h"

#include "kit/text.h"
#include "serve/question_uri.h"

enum {
    SEGMENTS_MAX = 16,
    PREFIX_MAX = 4, /* segments that may stand in front */
    FMSPC_LEN = 6,
};

struct reading { /* one request on its way to a question */
    const struct http_target *target;
    const struct asker *asker;
    struct arena *arena;
    enum tee tee;
    const struct route *route;
};

struct route {
    const char *resource; /* what stands below the version, one or two segments */
    bool has_tdx;
    int which; /* enum enclave_id of an identity, enum registry_route */
    bool (*ask)(const struct reading *r, struct question *out, struct error *err);
};

static bool equals(struct bytes b, const char *text)
{
    return text_equal_nocase(b, bytes_of_text(text));
}

/* ---- parameters ----------------------------------------------------------------- */

struct word {
    const char *text;
    int value;
};

/* One of a few words. False where it is given and none of them; out stays where it is
 * absent. */
static bool read_word(const struct reading *r, const char *name, const char *expected,
                      const struct word *words, size_t word_count, int *out,
                      struct error *err)
{
    const struct http_parameter *p = http_parameter(r->target, name);

    if (p == NULL)
        return true;
    for (size_t i = 0; i < word_count; i++) {
        if (equals(p->value, words[i].text)) {
            *out = words[i].value;
            return true;
        }
    }
    return error_set(err, ERROR_FORMAT, "parameter %s is \"%s\", expected %s", name,
                     safe(p->value).s, expected);
}

static bool read_fmspc(const struct reading *r, uint8_t fmspc[FMSPC_LEN],
                       struct error *err)
{
    const struct http_parameter *p = http_parameter(r->target, "fmspc");

    if (p == NULL)
        return error_set(err, ERROR_FORMAT,
                         "parameter fmspc is missing, expected 12 hex digits");
    return hex_read(p->value, fmspc, FMSPC_LEN)
           || error_set(err, ERROR_FORMAT,
                        "parameter fmspc is \"%s\", expected 12 hex digits",
                        safe(p->value).s);
}

static bool read_number(const struct reading *r, uint32_t *out, struct error *err)
{
    const struct http_parameter *p = http_parameter(r->target, "tcbEvaluationDataNumber");
    uint64_t number = 0;

    if (p == NULL)
        return true;
    if (!decimal_read(p->value, UINT32_MAX, &number) || number == 0)
        return error_set(err, ERROR_FORMAT,
                         "parameter tcbEvaluationDataNumber is \"%s\", expected a number "
                         "from 1",
                         safe(p->value).s);
    *out = (uint32_t)number;
    return true;
}

/* Intel refuses update beside a number. customParameter beside update is what QPL sends
 * always, and there the number is meant (clients: D8); beside a number that one counts.
 */
static bool read_choice(const struct reading *r, struct question *out, struct error *err)
{
    static const struct word updates[] = { { "standard", CHOOSE_BASELINE },
                                           { "early", CHOOSE_EARLY } };
    const struct http_parameter *custom = http_parameter(r->target, "customParameter");
    uint32_t number = 0, custom_number = 0;
    int choice = CHOOSE_BASELINE;

    if (!read_word(r, "update", "standard or early", updates, COUNT_OF(updates), &choice,
                   err)
        || !read_number(r, &number, err)
        || (custom != NULL && !custom_parameter_read(custom->value, &custom_number, err)))
        return false;
    if (number != 0 && http_parameter(r->target, "update") != NULL)
        return error_set(err, ERROR_FORMAT,
                         "parameters update and tcbEvaluationDataNumber exclude each "
                         "other");
    if (number == 0)
        number = custom_number;
    out->choice = number != 0 ? CHOOSE_NUMBER : (enum number_choice)choice;
    out->key.evaluation_data_number = number;
    return true;
}

/* The form of a CRL, by the request's shape (clients: D3): what encoding= says; else what
 * the uri's own says; else PEM where the shape is Azure's; else the route's custom. */
static bool read_form(const struct reading *r, enum crl_form of_uri,
                      enum crl_form of_route, struct question *out, struct error *err)
{
    static const struct word forms[] = { { "der", CRL_FORM_DER },
                                         { "pem", CRL_FORM_PEM } };
    int form = (int)of_uri;

    if (!read_word(r, "encoding", "der or pem", forms, COUNT_OF(forms), &form, err))
        return false;
    if (form != 0)
        out->crl_form = (enum crl_form)form;
    else
        out->crl_form = out->azure_shape ? CRL_FORM_PEM : of_route;
    return true;
}

static bool read_uri(const struct reading *r, enum crl_form of_route,
                     struct question *out, struct error *err)
{
    const struct http_parameter *p = http_parameter(r->target, "uri");
    struct crl_uri uri;

    if (p == NULL)
        return error_set(err, ERROR_FORMAT,
                         "parameter uri is missing, expected the address of a CRL");
    if (!crl_uri_read(p->value, r->arena, &uri, err))
        return false;
    out->key = uri.key;
    return read_form(r, uri.form, of_route, out, err);
}

/* ---- routes --------------------------------------------------------------------- */

static bool ask_tcb(const struct reading *r, struct question *out, struct error *err)
{
    uint8_t fmspc[FMSPC_LEN];

    if (!read_fmspc(r, fmspc, err))
        return false;
    out->key = key_tcb_info(r->tee, 3, fmspc, 0);
    return read_choice(r, out, err);
}

static bool ask_identity(const struct reading *r, struct question *out, struct error *err)
{
    bool is_tdx = r->tee == TEE_TDX;

    out->key = key_identity(is_tdx ? ENCLAVE_TD_QE : (enum enclave_id)r->route->which, 0);
    return read_choice(r, out, err);
}

static bool ask_pck_crl(const struct reading *r, struct question *out, struct error *err)
{
    static const struct word cas[] = { { "processor", PCK_CA_PROCESSOR },
                                       { "platform", PCK_CA_PLATFORM } };
    int ca = 0;

    if (http_parameter(r->target, "ca") == NULL) {
        if (http_parameter(r->target, "uri") != NULL)
            return read_uri(r, CRL_FORM_PEM, out, err);
        return error_set(err, ERROR_FORMAT,
                         "parameter ca is missing, expected processor or platform");
    }
    if (http_parameter(r->target, "uri") != NULL)
        return error_set(err, ERROR_FORMAT, "parameters ca and uri exclude each other");
    if (!read_word(r, "ca", "processor or platform", cas, COUNT_OF(cas), &ca, err))
        return false;
    out->key = key_pck_crl((enum pck_ca)ca);
    return read_form(r, 0, r->asker->bare_crl, out, err);
}

static bool ask_root_crl(const struct reading *r, struct question *out, struct error *err)
{
    out->key = key_root_crl();
    return read_form(r, 0, r->asker->bare_crl, out, err);
}

static bool ask_crl(const struct reading *r, struct question *out, struct error *err)
{
    return read_uri(r, CRL_FORM_DER, out, err);
}

static bool ask_fmspcs(const struct reading *r, struct question *out, struct error *err)
{
    static const struct word platforms[] = {
        { "all", 0 }, { "client", FMSPC_CLIENT }, { "E3", FMSPC_E3 }, { "E5", FMSPC_E5 }
    };
    int platform = 0;

    if (!read_word(r, "platform", "all, client, E3 or E5", platforms, COUNT_OF(platforms),
                   &platform, err))
        return false;
    out->kind = ASK_FMSPCS;
    out->platform = (enum fmspc_platform)platform;
    return true;
}

static bool ask_numbers(const struct reading *r, struct question *out, struct error *err)
{
    (void)err;
    out->key = key_evaluation_numbers(r->tee);
    return true;
}

/* Unlike collateral, a platform's certificate is not of a version of the API. */
static bool ask_pck_cert(const struct reading *r, struct question *out, struct error *err)
{
    out->kind = ASK_PCK_CERT;
    return pck_question_read(r->target, r->arena, &out->pck, err);
}

static bool ask_registry(const struct reading *r, struct question *out, struct error *err)
{
    (void)err;
    out->kind = ASK_REGISTRY;
    out->route = (enum registry_route)r->route->which;
    return true;
}

static bool ask_verify(const struct reading *r, struct question *out, struct error *err)
{
    out->kind = ASK_VERIFY;
    return read_choice(r, out, err);
}

static const struct route routes[] = {
    { "tcb", true, 0, ask_tcb },
    { "qe/identity", true, ENCLAVE_QE, ask_identity },
    { "qve/identity", false, ENCLAVE_QVE, ask_identity },
    { "qae/identity", false, ENCLAVE_QAE, ask_identity },
    { "pckcrl", false, 0, ask_pck_crl },
    { "rootcacrl", false, 0, ask_root_crl },
    { "crl", false, 0, ask_crl },
    { "fmspcs", false, 0, ask_fmspcs },
    { "tcbevaluationdatanumbers", true, 0, ask_numbers },
    { "pckcert", false, 0, ask_pck_cert },
    { "pckcerts", false, REGISTRY_PCK_CERTS, ask_registry },
    { "appraisalpolicy", false, REGISTRY_POLICY, ask_registry },
    { "platforms", false, REGISTRY_PLATFORMS, ask_registry },
    { "platformcollateral", false, REGISTRY_BUNDLE, ask_registry },
    { "refresh", false, REGISTRY_REFRESH, ask_registry },
};

/* Below sgx/registration/v1. */
static const struct route registration_routes[] = {
    { "platform", false, REGISTRY_RELAY_PLATFORM, ask_registry },
    { "package", false, REGISTRY_RELAY_PACKAGE, ask_registry },
};

/* Ours, with nothing in front but baseline/NAME. */
static const struct route verify_route = { "thim/v1/verify", false, 0, ask_verify };

/* ---- paths ---------------------------------------------------------------------- */

struct path { /* its segments; the one slash at the end is gone, and so is baseline/NAME
               */
    struct bytes segments[SEGMENTS_MAX];
    size_t count;
    struct bytes baseline; /* the NAME; empty where there was none */
};

static bool split(struct bytes text, struct path *out)
{
    *out = (struct path){ 0 };
    text = bytes_after(text, 1);
    while (text.len > 0) {
        if (out->count == SEGMENTS_MAX)
            return false;
        size_t at = bytes_find(text, bytes_of_text("/"));
        out->segments[out->count++] = bytes_first(text, at);
        text = bytes_after(text, at + 1);
    }
    return true;
}

static bool segment_is(const struct path *path, size_t i, const char *text)
{
    return i < path->count && equals(path->segments[i], text);
}

/* Takes baseline/NAME off the front. A path that is no more than these, or has no name,
 * is left as it is, and no route. */
static void take_baseline(struct path *path)
{
    if (!segment_is(path, 0, "baseline") || path->count < 3 || path->segments[1].len == 0)
        return;
    path->baseline = path->segments[1];
    path->count -= 2;
    memmove(path->segments, path->segments + 2, path->count * sizeof path->segments[0]);
}

/* "v2" to "v4": 2 to 4; else 0. */
static unsigned version_of(struct bytes segment)
{
    bool is_version = segment.len == 2 && (segment.at[0] | 0x20) == 'v'
                      && segment.at[1] >= '2' && segment.at[1] <= '4';

    return is_version ? (unsigned)(segment.at[1] - '0') : 0;
}

struct route_table {
    const struct route *routes;
    size_t count;
};
static const struct route_table certification = { routes, COUNT_OF(routes) };
static const struct route_table registration = { registration_routes,
                                                 COUNT_OF(registration_routes) };

static const struct route *find_route(const struct route_table *table,
                                      const struct path *path, size_t from, enum tee tee)
{
    struct bytes rest = { 0 };

    if (from >= path->count || path->count - from > 2)
        return NULL;
    rest.at = path->segments[from].at;
    const struct bytes *last = &path->segments[path->count - 1];
    rest.len = (size_t)(last->at + last->len - rest.at);
    for (size_t i = 0; i < table->count; i++)
        if (equals(rest, table->routes[i].resource)
            && (tee == TEE_SGX || table->routes[i].has_tdx))
            return &table->routes[i];
    return NULL;
}

/* What may stand in front of a route. Words that mean something as a prefix, now or in
 * Azure's and our own surfaces, are never taken for just any prefix: a host that asks for
 * a baseline must not be given another one. */
static bool prefix_is_fine(const struct path *path, size_t len, bool *is_metadata)
{
    static const char *const reserved[] = { "metadata",     "thim", "baseline",
                                            "tcbbaselines", "sgx",  "tdx" };

    *is_metadata =
        len == 2 && segment_is(path, 0, "metadata") && segment_is(path, 1, "thim");
    if (*is_metadata)
        return true;
    for (size_t i = 0; i < len; i++)
        for (size_t k = 0; k < COUNT_OF(reserved); k++)
            if (segment_is(path, i, reserved[k]))
                return false;
    return len <= PREFIX_MAX;
}

struct place { /* where a request has arrived */
    const struct route *route;
    unsigned api_version;
    enum tee tee;
    bool is_metadata;
    enum crl_form file_form; /* of IntelSGXRootCA.*, where there is no route */
};

static bool find_file(const struct path *path, struct place *out)
{
    size_t last = path->count - 1;
    bool is_der = segment_is(path, last, "IntelSGXRootCA.der");
    bool is_metadata;

    if (!is_der && !segment_is(path, last, "IntelSGXRootCA.crl"))
        return false;
    if (!prefix_is_fine(path, last, &is_metadata) || is_metadata)
        return false;
    out->file_form = is_der ? CRL_FORM_DER : CRL_FORM_PEM;
    return true;
}

/* The version and the route below "certification". */
static bool find_versioned(const struct path *path, size_t at, struct place *out)
{
    if (at + 2 >= path->count)
        return false;
    unsigned version = version_of(path->segments[at + 2]);
    if (version == 0 || (out->tee == TEE_TDX && version < 4))
        return false;
    out->api_version = version;
    out->route = find_route(&certification, path, at + 3, out->tee);
    return out->route != NULL;
}

static bool is_verify(const struct path *path)
{
    return path->count == 3 && segment_is(path, 0, "thim") && segment_is(path, 1, "v1")
           && segment_is(path, 2, "verify");
}

static bool find_place(const struct path *path, struct place *out)
{
    size_t at = 0;

    *out = (struct place){ .api_version = 4 };
    if (path->count == 0)
        return false;
    if (is_verify(path)) {
        out->route = &verify_route;
        return true;
    }
    if (find_file(path, out))
        return true;
    while (at < path->count && !segment_is(path, at, "sgx")
           && !segment_is(path, at, "tdx"))
        at++;
    if (!prefix_is_fine(path, at, &out->is_metadata))
        return false;
    out->tee = segment_is(path, at, "tdx") ? TEE_TDX : TEE_SGX;
    if (segment_is(path, at + 1, "certification"))
        return find_versioned(path, at, out);
    if (out->tee == TEE_SGX && segment_is(path, at + 1, "certificates")
        && segment_is(path, at + 2, "pckcrl"))
        out->route = find_route(&certification, path, at + 2, TEE_SGX);
    if (out->tee == TEE_SGX && !out->is_metadata
        && segment_is(path, at + 1, "registration") && segment_is(path, at + 2, "v1"))
        out->route = find_route(&registration, path, at + 3, TEE_SGX);
    return out->route != NULL;
}

/* ---- the whole ------------------------------------------------------------------ */

static bool ask(const struct reading *r, const struct place *place, struct question *out,
                struct error *err)
{
    if (place->route == NULL) {
        out->key = key_root_crl();
        out->crl_form = place->file_form;
        return true;
    }
    if (!place->route->ask(r, out, err))
        return false;
    bool is_versioned = out->kind == ASK_COLLATERAL || out->kind == ASK_FMSPCS;
    if (place->api_version < 4 && is_versioned && r->asker->v3 == COMPAT_V3_GONE)
        out->kind = ASK_GONE;
    return true;
}

/* The header is the stronger of the two. */
static void name_baseline(const struct asker *asker, const struct path *path,
                          struct question *out)
{
    if (asker->baseline != NULL) {
        out->baseline = bytes_of_text(asker->baseline);
        out->baseline_source = BASELINE_BY_HEADER;
    } else if (path->baseline.len > 0) {
        out->baseline = path->baseline;
        out->baseline_source = BASELINE_BY_PATH;
    }
}

bool question_read(struct bytes text, const struct asker *asker, struct arena *arena,
                   struct question *out, struct error *err)
{
    struct http_target target;
    struct path path;
    struct place place;

    *out = (struct question){ .kind = ASK_ROUTE_UNKNOWN, .api_version = 4 };
    if (!http_target_parse(text, arena, &target, err))
        return false;
    if (!split(target.path, &path))
        return true;
    take_baseline(&path);
    if (!find_place(&path, &place))
        return true;
    if (place.is_metadata && !asker->has_metadata_header)
        return error_set(err, ERROR_FORMAT,
                         "the header \"Metadata: true\" is missing, which every request "
                         "below /metadata needs");
    out->kind = ASK_COLLATERAL;
    out->api_version = place.api_version;
    out->azure_shape = place.is_metadata || asker->has_metadata_header
                       || http_parameter(&target, "api-version") != NULL
                       || http_parameter(&target, "clientid") != NULL;
    name_baseline(asker, &path, out);
    struct reading r = { .target = &target,
                         .asker = asker,
                         .arena = arena,
                         .tee = place.tee,
                         .route = place.route };
    return ask(&r, &place, out, err);
}
