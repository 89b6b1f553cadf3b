/* SPDX-License-Identifier: Apache-2.0 */
#include "format/appraisal_policy.h"

#include "format/der.h"
#include "format/json_fields.h"
#include "format/pem.h"
#include "kit/crypto.h"
#include "kit/text.h"

/* Intel DCAP, quote appraisal: the class ids of qal_script.rego. PCCS 1.27 takes those of
 * platforms and of the TD-QE; a policy about what runs on a platform comes from who
 * appraises, never from the platform's side. */
static const struct policy_class {
    const char *id;
    unsigned tee; /* 0: not of a platform */
    const char *what;
} classes[] = {
    { "3123ec35-8d38-4ea5-87a5-d6c48b567570", POLICY_SGX, "an SGX platform" },
    { "9eec018b-7481-4b1c-8e1a-9f7c0c8c777f", POLICY_TDX_1_0, "a TDX 1.0 platform" },
    { "f708b97f-0fb2-4e6b-8b03-8a5bcd1221d3", POLICY_TDX_1_5, "a TDX 1.5 platform" },
    { "3769258c-75e6-4bc7-8d72-d2b0e224cad2", POLICY_TD_QE, "a TD-QE" },
    { "bef7cb8c-31aa-42c1-854c-10db005d5c41", 0, "an enclave" },
    { "a1e4ee9c-a12e-48ac-bed0-e3f89297f687", 0, "a TD of TDX 1.0" },
    { "45b734fc-aa4e-4c3d-ad28-e43d08880e68", 0, "a TD of TDX 1.5" },
};

/* RFC 7518, 3.1; any other name is JWS_OTHER. */
static const struct signature_kind {
    const char *name;
    enum jws_algorithm algorithm;
    size_t signature_len;
} signature_kinds[] = {
    { "none", JWS_NONE, 0 },
    { "ES256", JWS_ES256, P256_SIGNATURE_LEN },
    { "ES384", JWS_ES384, P384_SIGNATURE_LEN },
};

struct jws {
    struct bytes header, payload, signature; /* as they stand there */
};

static struct bytes take_segment(struct bytes *rest)
{
    size_t len = bytes_find(*rest, bytes_of_text("."));
    struct bytes segment = bytes_first(*rest, len);

    *rest = bytes_after(*rest, len + 1);
    return segment;
}

/* RFC 7515, 7.1: three segments; the last may be empty. */
static bool split(struct bytes text, struct jws *out, struct error *err)
{
    size_t dots = 0;

    for (size_t i = 0; i < text.len; i++)
        dots += text.at[i] == '.';
    if (dots != 2)
        return error_set(err, ERROR_FORMAT,
                         "no JWS in compact form: %zu dots, expected 2 (RFC 7515, 7.1)",
                         dots);
    out->header = take_segment(&text);
    out->payload = take_segment(&text);
    out->signature = text;
    return true;
}

/* The bytes of a segment, in the arena. */
static bool decode(struct bytes segment, const char *what, struct arena *arena,
                   struct bytes *out, struct error *err)
{
    struct buf decoded;

    buf_init(&decoded, APPRAISAL_POLICY_MAX);
    bool ok = base64url_read(segment, &decoded);
    if (!ok)
        error_set(err, ERROR_FORMAT, "%s: no base64url without padding", what);
    *out = arena_copy(arena, buf_bytes(&decoded));
    if (ok && out->at == NULL)
        ok = error_set(err, ERROR_LIMIT, "%s: no memory left", what);
    buf_fini(&decoded);
    return ok;
}

static void read_algorithm(struct json *json, void *into)
{
    struct appraisal_policy *out = into;
    struct bytes name = json_read_string(json);

    out->algorithm = JWS_OTHER;
    for (size_t i = 0; i < COUNT_OF(signature_kinds); i++)
        if (bytes_equal_text(name, signature_kinds[i].name))
            out->algorithm = signature_kinds[i].algorithm;
}

static bool read_header(struct bytes text, struct arena *arena,
                        struct appraisal_policy *out, struct error *err)
{
    static const struct json_field fields[] = {
        { "alg", FIELD_READ(read_algorithm) },
        { "crit", .kind = FIELD_REFUSED,
          .why = "no extension is understood (RFC 7515, 4.1.11)" },
    };
    struct json json;

    json_begin(&json, text, arena, err);
    json_fields(&json, fields, COUNT_OF(fields), out);
    return json_end(&json);
}

static void read_class(struct json *json, void *into)
{
    unsigned *tees = into;
    struct bytes id = json_read_string(json);

    if (!json_ok(json))
        return;
    for (size_t i = 0; i < COUNT_OF(classes); i++) {
        if (!text_equal_nocase(id, bytes_of_text(classes[i].id)))
            continue;
        *tees |= classes[i].tee;
        if (classes[i].tee == 0)
            json_refuse(json, "%s is about %s: no policy of a platform", classes[i].id,
                        classes[i].what);
        return;
    }
    json_refuse(json, "\"%.80s\" is no class that is known", safe(id).s);
}

static void read_environment(struct json *json, void *into)
{
    static const struct json_field fields[] = {
        { "class_id", FIELD_READ(read_class) },
    };

    json_fields(json, fields, COUNT_OF(fields), into);
}

static void read_policies(struct json *json, void *into)
{
    static const struct json_field fields[] = {
        { "environment", FIELD_READ(read_environment) },
    };
    const unsigned *tees = into;

    json_read_array(json);
    while (json_element(json))
        json_fields(json, fields, COUNT_OF(fields), into);
    if (json_ok(json) && (*tees & ~(unsigned)POLICY_TD_QE) == 0)
        json_refuse(json, "no policy about a platform for SGX or TDX");
}

/* The JSON text that the payload carries as a string. */
static bool read_policy_text(struct bytes text, struct arena *arena, unsigned *tees,
                             struct error *err)
{
    static const struct json_field fields[] = {
        { "policy_array", FIELD_READ(read_policies) },
    };
    struct json json;

    *tees = 0;
    json_begin(&json, text, arena, err);
    json_fields(&json, fields, COUNT_OF(fields), tees);
    return json_end(&json);
}

static bool read_payload(struct bytes text, struct arena *arena, unsigned *tees,
                         struct error *err)
{
    static const struct json_field fields[] = {
        { "policy_payload", .kind = FIELD_TEXT },
    };
    struct bytes policy;
    struct json json;

    json_begin(&json, text, arena, err);
    json_fields(&json, fields, COUNT_OF(fields), &policy);
    return json_end(&json)
           && (read_policy_text(policy, arena, tees, err)
               || error_within(err, "policy_payload"));
}

static bool read_signature(struct bytes segment, struct arena *arena,
                           struct appraisal_policy *out, struct error *err)
{
    struct bytes signature;

    if (!decode(segment, "signature", arena, &signature, err))
        return false;
    for (size_t i = 0; i < COUNT_OF(signature_kinds); i++) {
        if (signature_kinds[i].algorithm != out->algorithm)
            continue;
        if (signature.len != signature_kinds[i].signature_len)
            return error_set(err, ERROR_FORMAT, "signature of %zu bytes, %s has %zu",
                             signature.len, signature_kinds[i].name,
                             signature_kinds[i].signature_len);
        out->signature_len = signature.len;
        if (signature.len > 0)
            memcpy(out->signature, signature.at, signature.len);
    }
    return true;
}

/* Files of policies end as text files do. */
static struct bytes without_line_end(struct bytes text)
{
    while (text.len > 0
           && (text.at[text.len - 1] == '\n' || text.at[text.len - 1] == '\r'))
        text.len--;
    return text;
}

static bool parse(struct bytes text, struct arena *arena, struct appraisal_policy *out,
                  struct error *err)
{
    struct bytes header, payload;
    struct jws jws;

    if (!split(text, &jws, err))
        return false;
    out->signed_part = bytes_first(text, jws.header.len + 1 + jws.payload.len);
    if (!decode(jws.header, "header", arena, &header, err)
        || !decode(jws.payload, "payload", arena, &payload, err))
        return false;
    if (!read_header(header, arena, out, err))
        return error_within(err, "header");
    if (!read_payload(payload, arena, &out->tees, err))
        return error_within(err, "payload");
    return read_signature(jws.signature, arena, out, err);
}

bool appraisal_policy_parse(struct bytes jws, struct arena *arena,
                            struct appraisal_policy *out, struct error *err)
{
    *out = (struct appraisal_policy){ 0 };
    if (jws.len > APPRAISAL_POLICY_MAX)
        return error_set(err, ERROR_LIMIT, "appraisal policy of %zu bytes, at most %d",
                         jws.len, APPRAISAL_POLICY_MAX);
    if (parse(without_line_end(jws), arena, out, err))
        return true;
    *out = (struct appraisal_policy){ 0 };
    return error_within(err, "appraisal policy");
}

/* The SubjectPublicKeyInfo of a certificate, which is not looked at otherwise: the key is
 * trusted because the operator has named it. (RFC 5280, 4.1.) */
static struct bytes find_key(struct bytes certificate, struct error *refusal)
{
    static const char *const before[] = { "version", "serialNumber", "signature",
                                          "issuer",  "validity",     "subject" };
    struct der outside = der_over(certificate, refusal);
    struct der signed_object = der_enter(&outside, DER_SEQUENCE, "certificate");
    struct der tbs = der_enter(&signed_object, DER_SEQUENCE, "certificate");

    for (size_t i = 0; i < COUNT_OF(before); i++)
        der_skip(&tbs, before[i]);
    return der_whole(&tbs, DER_SEQUENCE, "subjectPublicKeyInfo");
}

static bool find_spki(struct bytes pem, struct arena *arena, struct bytes *spki,
                      struct error *err)
{
    struct error refusal = { 0 };
    struct bytes der;

    if (bytes_find(pem, bytes_of_text("-----BEGIN CERTIFICATE-----")) == pem.len)
        return pem_block_read(pem, "PUBLIC KEY", arena, spki, err);
    if (!pem_block_read(pem, "CERTIFICATE", arena, &der, err))
        return false;
    *spki = find_key(der, &refusal);
    return der_done(&refusal, err);
}

bool policy_key_read(struct bytes pem, struct arena *arena, struct policy_key *out,
                     struct error *err)
{
    struct x509_certificate key;
    struct bytes spki;

    *out = (struct policy_key){ 0 };
    if (!find_spki(pem, arena, &spki, err) || !x509_key_parse(spki, &key, err))
        return error_within(err, "policy key");
    if (key.key_kind != X509_KEY_P256 && key.key_kind != X509_KEY_P384)
        return error_set(err, ERROR_FORMAT,
                         "policy key: an RSA key, expected one on P-256 or P-384");
    out->is_p384 = key.key_kind == X509_KEY_P384;
    memcpy(out->point, key.public_key.at, key.public_key.len);
    return true;
}

static bool verify_with(const struct appraisal_policy *policy,
                        const struct policy_key *key, struct error *err)
{
    return key->is_p384
               ? p384_verify(key->point, policy->signed_part, policy->signature, err)
               : p256_verify(key->point, policy->signed_part, policy->signature, err);
}

bool appraisal_policy_verify(const struct appraisal_policy *policy,
                             const struct policy_key *keys, size_t count,
                             struct error *err)
{
    struct error why = { 0 };

    if (policy->algorithm != JWS_ES256 && policy->algorithm != JWS_ES384)
        return error_set(err, ERROR_UNTRUSTED,
                         policy->algorithm == JWS_NONE
                             ? "appraisal policy: not signed (alg \"none\")"
                             : "appraisal policy: signed with neither ES256 nor ES384");
    for (size_t i = 0; i < count; i++) {
        if (keys[i].is_p384 != (policy->algorithm == JWS_ES384))
            continue;
        if (verify_with(policy, &keys[i], &why))
            return true;
        if (why.kind == ERROR_SYSTEM)
            return error_set(err, ERROR_SYSTEM, "appraisal policy: %s", why.text);
    }
    return error_set(err, ERROR_UNTRUSTED,
                     "appraisal policy: none of %zu policy keys has signed it", count);
}
