/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/pcs.h"

#include "kit/crypto.h"
#include "kit/text.h"
#include "sim/pcs_platforms.h"
#include "sim/pki.h"

/* Parameters that a path takes; all others are passed over, as PCS does. */
enum {
    FMSPC = 1 << 0,
    UPDATE = 1 << 1,
    CA = 1 << 2,
    ENCODING = 1 << 3,
    PLATFORM = 1 << 4,
    NUMBER = 1 << 5,
    URI = 1 << 6,
    QE_ID = 1 << 7,
    ENCRYPTED_PPID = 1 << 8,
    PCE_ID = 1 << 9,
    CPUSVN = 1 << 10,
    PCESVN = 1 << 11
};

static const struct parameter {
    const char *name;
    unsigned bit;
} parameters[] = {
    { "fmspc", FMSPC },
    { "update", UPDATE },
    { "ca", CA },
    { "encoding", ENCODING },
    { "platform", PLATFORM },
    { "tcbEvaluationDataNumber", NUMBER },
    { "uri", URI },
    { "qeid", QE_ID },
    { "encrypted_ppid", ENCRYPTED_PPID },
    { "pceid", PCE_ID },
    { "cpusvn", CPUSVN },
    { "pcesvn", PCESVN },
};

enum { BOTH = PCS | PCCS, RAW_TCB = CPUSVN | PCESVN };

static const struct route {
    const char *path;
    unsigned flavours;
    enum world_kind kind;
    enum world_tee tee;
    enum pcs_encoding encoding; /* where the request names none */
    unsigned takes, needs;
} routes[] = {
    { "/sgx/certification/v4/tcb", BOTH, WORLD_TCB, WORLD_SGX, PCS_JSON,
      FMSPC | UPDATE | NUMBER, FMSPC },
    { "/tdx/certification/v4/tcb", BOTH, WORLD_TCB, WORLD_TDX, PCS_JSON,
      FMSPC | UPDATE | NUMBER, FMSPC },
    { "/sgx/certification/v4/qe/identity", BOTH, WORLD_QE_IDENTITY, WORLD_SGX, PCS_JSON,
      UPDATE | NUMBER, 0 },
    { "/tdx/certification/v4/qe/identity", BOTH, WORLD_TD_QE_IDENTITY, WORLD_TDX,
      PCS_JSON, UPDATE | NUMBER, 0 },
    { "/sgx/certification/v4/qve/identity", BOTH, WORLD_QVE_IDENTITY, WORLD_SGX, PCS_JSON,
      UPDATE | NUMBER, 0 },
    { "/sgx/certification/v4/qae/identity", PCS, WORLD_QAE_IDENTITY, WORLD_SGX, PCS_JSON,
      UPDATE | NUMBER, 0 },
    { "/sgx/certification/v4/pckcrl", PCS, WORLD_PCKCRL, WORLD_SGX, PCS_PEM,
      CA | ENCODING, CA },
    { "/sgx/certification/v4/pckcrl", PCCS, WORLD_PCKCRL, WORLD_SGX, PCS_HEX,
      CA | ENCODING, CA },
    { "/IntelSGXRootCA.der", PCS, WORLD_ROOTCACRL, WORLD_SGX, PCS_DER, 0, 0 },
    { "/sgx/certification/v4/rootcacrl", PCCS, WORLD_ROOTCACRL, WORLD_SGX, PCS_HEX, 0,
      0 },
    { "/sgx/certification/v4/crl", PCCS, WORLD_ROOTCACRL, WORLD_SGX, PCS_DER, URI, URI },
    { "/sgx/certification/v4/fmspcs", PCS, WORLD_FMSPCS, WORLD_SGX, PCS_JSON, PLATFORM,
      0 },
    { "/sgx/certification/v4/tcbevaluationdatanumbers", PCS, WORLD_NUMBERS, WORLD_SGX,
      PCS_JSON, 0, 0 },
    { "/tdx/certification/v4/tcbevaluationdatanumbers", PCS, WORLD_NUMBERS, WORLD_TDX,
      PCS_JSON, 0, 0 },
    { "/sgx/certification/v4/pckcerts", PCS, WORLD_PCKCERTS, WORLD_SGX, PCS_JSON,
      ENCRYPTED_PPID | PCE_ID, ENCRYPTED_PPID | PCE_ID },
    { "/sgx/certification/v4/pckcert", PCS, WORLD_PCKCERT, WORLD_SGX, PCS_PEM,
      ENCRYPTED_PPID | PCE_ID | RAW_TCB, ENCRYPTED_PPID | PCE_ID | RAW_TCB },
    { "/sgx/certification/v4/pckcert", PCCS, WORLD_PCKCERT, WORLD_SGX, PCS_PEM,
      QE_ID | ENCRYPTED_PPID | PCE_ID | RAW_TCB, QE_ID | PCE_ID | RAW_TCB },
};

/* ---- requests -------------------------------------------------------------------- */

/* One of two words; false for a third. */
static bool read_choice(struct bytes value, const char *no, const char *yes, bool *chosen)
{
    *chosen = bytes_equal_text(value, yes);
    return *chosen || bytes_equal_text(value, no);
}

static bool read_platform(struct bytes value, const char **platform)
{
    static const char *const names[] = { "client", "E3", "E5" };

    *platform = NULL;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (bytes_equal_text(value, names[i]))
            *platform = names[i];
    return *platform != NULL || bytes_equal_text(value, "all");
}

/* A PCCS knows "der" and takes every other word for none. */
static bool read_encoding(struct bytes value, struct pcs_request *out)
{
    bool is_der = bytes_equal_text(value, "der");

    if (is_der)
        out->encoding = PCS_DER;
    return is_der || out->encoding == PCS_HEX || bytes_equal_text(value, "pem");
}

static bool contains(struct bytes text, const char *part)
{
    return bytes_find(text, bytes_of_text(part)) < text.len;
}

/* One of Intel's distribution points, by its last part. */
static bool read_uri(struct bytes uri, struct pcs_request *out)
{
    if (contains(uri, "/IntelSGXRootCA."))
        return true;
    out->question.kind = WORLD_PCKCRL;
    out->question.ca = contains(uri, "ca=platform") ? WORLD_PLATFORM : WORLD_PROCESSOR;
    return contains(uri, "/pckcrl?ca=platform") || contains(uri, "/pckcrl?ca=processor");
}

/* A PCCS takes any text for a QE ID; what is none of this world's names nobody. */
static bool read_qe_id(struct bytes value, struct world_question *question)
{
    if (!hex_read(value, question->qe_id, sizeof question->qe_id))
        memset(question->qe_id, 0, sizeof question->qe_id);
    return value.len > 0 && value.len <= 260;
}

static bool read_value(unsigned bit, struct bytes value, struct pcs_request *out)
{
    struct world_question *question = &out->question;
    bool chosen = false, known = false;

    switch (bit) {
    case FMSPC:
        return hex_read(value, question->fmspc, FMSPC_LEN);
    case UPDATE:
        known = read_choice(value, "standard", "early", &chosen);
        question->update = chosen ? WORLD_EARLY : WORLD_STANDARD;
        return known;
    case NUMBER:
        question->update = WORLD_NUMBERED;
        return decimal_read(value, UINT32_MAX, &question->number);
    case CA:
        known = read_choice(value, "processor", "platform", &chosen);
        question->ca = chosen ? WORLD_PLATFORM : WORLD_PROCESSOR;
        return known;
    case ENCODING:
        return read_encoding(value, out);
    case URI:
        return read_uri(value, out);
    case QE_ID:
        return read_qe_id(value, question);
    case ENCRYPTED_PPID:
        return hex_read(value, question->encrypted_ppid, ENCRYPTED_PPID_LEN);
    case PCE_ID:
        return hex_read(value, question->pce_id, sizeof question->pce_id);
    case CPUSVN:
        return hex_read(value, question->raw_tcb, CPUSVN_LEN);
    case PCESVN:
        return hex_read(value, question->raw_tcb + CPUSVN_LEN, TCBM_LEN - CPUSVN_LEN);
    default:
        return read_platform(value, &question->platform);
    }
}

static unsigned parameter_bit(struct bytes name)
{
    for (size_t i = 0; i < COUNT_OF(parameters); i++)
        if (bytes_equal_text(name, parameters[i].name))
            return parameters[i].bit;
    return 0;
}

static const char *read_pair(struct bytes pair, unsigned takes, unsigned *seen,
                             struct pcs_request *out)
{
    size_t equals = bytes_find(pair, bytes_of_text("="));
    unsigned bit = parameter_bit(bytes_first(pair, equals)) & takes;
    struct buf value;

    if (bit == 0)
        return NULL;
    if ((*seen & bit) != 0)
        return "a parameter is repeated";
    *seen |= bit;
    buf_init(&value, 2048);
    bool is_good = percent_read(bytes_after(pair, equals + 1), &value) && !value.failed
                   && read_value(bit, buf_bytes(&value), out);
    buf_fini(&value);
    return is_good ? NULL : "a parameter has a wrong value";
}

static const char *read_query(struct bytes query, unsigned takes, unsigned needs,
                              struct pcs_request *out)
{
    unsigned seen = 0;

    while (query.len > 0) {
        size_t end = bytes_find(query, bytes_of_text("&"));
        const char *wrong = read_pair(bytes_first(query, end), takes, &seen, out);
        if (wrong != NULL)
            return wrong;
        query = bytes_after(query, end + 1);
    }
    if ((seen & UPDATE) != 0 && (seen & NUMBER) != 0)
        return "update and tcbEvaluationDataNumber exclude one another";
    return (seen & needs) == needs ? NULL : "a parameter is missing";
}

static bool begins_with(struct bytes text, const char *prefix)
{
    return bytes_equal_text(bytes_first(text, strlen(prefix)), prefix);
}

/* Versions that have ended, and paths that never were. */
static unsigned read_unknown(struct bytes path, const char **why)
{
    *why = "versions before 4 have ended";
    if (begins_with(path, "/sgx/certification/v3/")
        || begins_with(path, "/sgx/certification/v2/")
        || begins_with(path, "/sgx/certification/v1/"))
        return 410;
    *why = "no such path";
    return 404;
}

void pcs_request_init(struct pcs_request *request, enum pcs_flavour flavour)
{
    *request = (struct pcs_request){ .encoding = PCS_JSON, .flavour = flavour };
    buf_init(&request->manifest, WIRE_BODY_MAX);
}

void pcs_request_fini(struct pcs_request *request)
{
    buf_fini(&request->manifest);
}

unsigned pcs_read(enum pcs_flavour flavour, struct bytes target, struct pcs_request *out,
                  const char **why)
{
    size_t mark = bytes_find(target, bytes_of_text("?"));
    struct bytes path = bytes_first(target, mark);

    pcs_request_init(out, flavour);
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        const struct route *route = &routes[i];
        if ((route->flavours & flavour) == 0 || !bytes_equal_text(path, route->path))
            continue;
        unsigned takes = route->takes & (flavour == PCCS ? ~(unsigned)NUMBER : ~0U);
        out->question.kind = route->kind;
        out->question.tee = route->tee;
        out->encoding = route->encoding;
        *why = read_query(bytes_after(target, mark + 1), takes, route->needs, out);
        return *why == NULL ? 200 : 400;
    }
    return read_unknown(path, why);
}

/* ---- answers --------------------------------------------------------------------- */

static void add_request_id(struct wire_answer *out)
{
    uint8_t id[16];

    random_fill(id, sizeof id);
    wire_header(out, "Request-ID", hex(id, sizeof id).s);
}

static const char *chain_header(enum world_kind kind)
{
    static const char *const names[WORLD_KINDS] = {
        [WORLD_TCB] = "TCB-Info-Issuer-Chain",
        [WORLD_QE_IDENTITY] = "SGX-Enclave-Identity-Issuer-Chain",
        [WORLD_TD_QE_IDENTITY] = "SGX-Enclave-Identity-Issuer-Chain",
        [WORLD_QVE_IDENTITY] = "SGX-Enclave-Identity-Issuer-Chain",
        [WORLD_QAE_IDENTITY] = "SGX-Enclave-Identity-Issuer-Chain",
        [WORLD_PCKCRL] = "SGX-PCK-CRL-Issuer-Chain",
        [WORLD_NUMBERS] = "TCB-Evaluation-Data-Numbers-Issuer-Chain",
        [WORLD_PCKCERTS] = "SGX-PCK-Certificate-Issuer-Chain",
        [WORLD_PCKCERT] = "SGX-PCK-Certificate-Issuer-Chain",
    };

    return names[kind];
}

static void add_chain(struct wire_answer *out, enum world_kind kind, struct bytes chain)
{
    if (chain.len == 0 || chain_header(kind) == NULL)
        return;
    buf_addf(&out->headers, "%s: ", chain_header(kind));
    percent_add(&out->headers, chain);
    buf_add_text(&out->headers, "\r\n");
}

/* As Intel labels them; the root's CRL is pkix-crl even where it is hex. */
static const char *content_type(const struct pcs_request *request)
{
    if (request->encoding == PCS_JSON)
        return "application/json";
    if (request->encoding == PCS_TEXT)
        return "text/plain";
    if (request->encoding == PCS_OCTETS)
        return "application/octet-stream";
    return request->encoding == PCS_DER || request->question.kind == WORLD_ROOTCACRL
               ? "application/pkix-crl"
               : "application/x-pem-file";
}

bool pcs_answer(const struct pcs_request *request, const struct world_answer *answer,
                struct wire_answer *out, struct error *err)
{
    struct bytes body = buf_bytes(&answer->body);
    bool is_der = body.len > 0 && body.at[0] == 0x30; /* else a fault has been at it */

    out->status = answer->status;
    add_request_id(out);
    wire_header(out, "Content-Type", content_type(request));
    add_chain(out, request->question.kind, buf_bytes(&answer->chain));
    pcs_platforms_headers(request, answer, out);
    if (request->encoding == PCS_HEX && is_der)
        hex_add(&out->body, body);
    else if (request->encoding == PCS_PEM && is_der)
        return pem_add(&out->body,
                       request->question.kind == WORLD_PCKCERT ? "CERTIFICATE"
                                                               : "X509 CRL",
                       body, err);
    else
        buf_add(&out->body, body);
    return true;
}

void pcs_refuse(enum pcs_flavour flavour, unsigned status, const char *code,
                const char *why, struct wire_answer *out)
{
    out->status = status;
    add_request_id(out);
    if (flavour == PCCS) {
        wire_header(out, "Content-Type", "text/html; charset=utf-8");
        buf_add_text(&out->body, status == 400   ? "Invalid request parameters."
                                 : status == 404 ? "No cache data for this platform."
                                                 : why);
    } else if (status == 400) {
        wire_header(out, "Error-Code", code == NULL ? "InvalidRequestSyntax" : code);
        wire_header(out, "Error-Message", why);
    }
}
