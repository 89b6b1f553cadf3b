/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/faults.h"

static const struct row {
    const char *name;
    enum world_bend bend;
    unsigned status; /* answered instead of asking the world */
    enum wire_manner manner;
} rows[FAULT_KINDS] = {
    [FAULT_NONE] = { .name = "none" },
    [FAULT_DOWN] = { .name = "down", .manner = WIRE_RESET },
    [FAULT_HANG] = { .name = "hang", .manner = WIRE_SILENT },
    [FAULT_SLOW] = { .name = "slow" },
    [FAULT_CUT] = { .name = "cut", .manner = WIRE_CUT },
    [FAULT_429] = { .name = "429", .status = 429 },
    [FAULT_500] = { .name = "500", .status = 500 },
    [FAULT_503] = { .name = "503", .status = 503 },
    [FAULT_404] = { .name = "404", .status = 404 },
    [FAULT_410] = { .name = "410", .status = 410 },
    [FAULT_REDIRECT] = { .name = "redirect", .status = 302 },
    [FAULT_WRONG_DATE] = { .name = "wrong_date" },
    [FAULT_HUGE] = { .name = "huge" },
    [FAULT_NO_CHAIN] = { .name = "no_chain" },
    [FAULT_GARBAGE_CHAIN] = { .name = "garbage_chain" },
    [FAULT_GARBAGE] = { .name = "garbage" },
    [FAULT_TRUNCATED] = { .name = "truncated" },
    [FAULT_BAD_SIGNATURE] = { .name = "bad_signature" },
    [FAULT_EXTRA_MEMBERS] = { .name = "extra_members" },
    [FAULT_EXPIRED] = { .name = "expired", .bend = WORLD_EXPIRED },
    [FAULT_OLDER] = { .name = "older", .bend = WORLD_OLDER },
    [FAULT_FUTURE] = { .name = "future", .bend = WORLD_FUTURE },
    [FAULT_OTHER] = { .name = "other", .bend = WORLD_OTHER_FMSPC },
    [FAULT_IMPOSTOR] = { .name = "impostor", .bend = WORLD_IMPOSTOR },
    [FAULT_LOWER_STANDARD] = { .name = "lower_standard", .bend = WORLD_LOWER_STANDARD },
    [FAULT_FROZEN] = { .name = "frozen" },
};

static const char *const kind_names[WORLD_KINDS] = {
    [WORLD_TCB] = "tcb",
    [WORLD_QE_IDENTITY] = "qe_identity",
    [WORLD_TD_QE_IDENTITY] = "td_qe_identity",
    [WORLD_QVE_IDENTITY] = "qve_identity",
    [WORLD_QAE_IDENTITY] = "qae_identity",
    [WORLD_PCKCRL] = "pckcrl",
    [WORLD_ROOTCACRL] = "rootcacrl",
    [WORLD_FMSPCS] = "fmspcs",
    [WORLD_NUMBERS] = "numbers",
    [WORLD_PCKCERTS] = "pckcerts",
    [WORLD_PCKCERT] = "pckcert",
    [WORLD_REGISTRATION] = "registration",
    [WORLD_VCEK] = "vcek",
    [WORLD_VLEK] = "vlek",
    [WORLD_AMD_CHAIN] = "amd_chain",
    [WORLD_AMD_CRL] = "amd_crl",
};

const char *fault_name(enum fault_kind kind)
{
    return rows[kind].name;
}

const char *world_kind_name(enum world_kind kind)
{
    return kind_names[kind];
}

/* ---- choosing -------------------------------------------------------------------- */

static bool matches_question(const struct fault *fault,
                             const struct world_question *question)
{
    if (fault->matches_kind && fault->of_kind != question->kind)
        return false;
    if (fault->matches_fmspc
        && (question->kind != WORLD_TCB
            || memcmp(fault->of_fmspc, question->fmspc, FMSPC_LEN) != 0))
        return false;
    if (fault->matches_ca
        && (question->kind != WORLD_PCKCRL || fault->of_ca != question->ca))
        return false;
    bool is_amds = question->kind >= WORLD_VCEK;
    if (fault->matches_product && (!is_amds || fault->of_product != question->product))
        return false;
    return !fault->matches_tee || (!is_amds && fault->of_tee == question->tee);
}

static bool concerns(const struct fault *fault, const struct world_question *question,
                     struct bytes target, int64_t now_s)
{
    bool is_picky = fault->matches_kind || fault->matches_fmspc || fault->matches_tee
                    || fault->matches_ca || fault->matches_product;

    if (fault->times == 0 || now_s < fault->from_s || now_s >= fault->until_s)
        return false;
    if (!bytes_equal_text(bytes_first(target, strlen(fault->of_path)), fault->of_path))
        return false;
    return question == NULL ? !is_picky : matches_question(fault, question);
}

/* Whether this one is of the share that sees the fault: evenly spread, so that of every
 * five at 20 % it is the fifth. */
static bool is_of_share(struct fault *fault)
{
    int64_t before = fault->matched * fault->share / 100;

    fault->matched++;
    return fault->matched * fault->share / 100 > before;
}

struct fault faults_next(struct faults *faults, const struct world_question *question,
                         struct bytes target, int64_t now_s)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->list[i];
        if (!concerns(fault, question, target, now_s))
            continue;
        if (fault->after > 0) {
            fault->after--;
            continue;
        }
        if (!is_of_share(fault))
            continue;
        if (fault->times > 0)
            fault->times--;
        fault->shown++;
        return *fault;
    }
    return (struct fault){ .kind = FAULT_NONE };
}

/* ---- showing --------------------------------------------------------------------- */

/* What is told instead; a TCB info of another FMSPC, or the certificate of another
 * chip, is for the world to find. */
static void ask_for_other(struct world_question *question)
{
    static const enum world_kind others[WORLD_KINDS] = {
        [WORLD_TCB] = WORLD_TCB,
        [WORLD_QE_IDENTITY] = WORLD_QVE_IDENTITY,
        [WORLD_TD_QE_IDENTITY] = WORLD_QE_IDENTITY,
        [WORLD_QVE_IDENTITY] = WORLD_QE_IDENTITY,
        [WORLD_QAE_IDENTITY] = WORLD_QVE_IDENTITY,
        [WORLD_PCKCRL] = WORLD_PCKCRL,
        [WORLD_ROOTCACRL] = WORLD_PCKCRL,
        [WORLD_FMSPCS] = WORLD_FMSPCS,
        [WORLD_NUMBERS] = WORLD_NUMBERS,
        [WORLD_PCKCERTS] = WORLD_PCKCERTS,
        [WORLD_PCKCERT] = WORLD_PCKCERT,
        [WORLD_REGISTRATION] = WORLD_REGISTRATION,
        [WORLD_VCEK] = WORLD_VCEK,
        [WORLD_VLEK] = WORLD_VLEK,
        [WORLD_AMD_CHAIN] = WORLD_AMD_CHAIN,
        [WORLD_AMD_CRL] = WORLD_AMD_CRL,
    };

    if (question->kind == WORLD_PCKCRL)
        question->ca = question->ca == WORLD_PLATFORM ? WORLD_PROCESSOR : WORLD_PLATFORM;
    if (question->kind == WORLD_NUMBERS)
        question->tee = question->tee == WORLD_TDX ? WORLD_SGX : WORLD_TDX;
    if (question->kind >= WORLD_AMD_CHAIN)
        question->product =
            (enum world_product)((question->product + 1) % WORLD_PRODUCTS);
    question->kind = others[question->kind];
}

unsigned fault_status(const struct fault *fault)
{
    return rows[fault->kind].status;
}

void fault_bend(const struct fault *fault, struct world_question *question)
{
    question->bend = rows[fault->kind].bend;
    if (fault->kind == FAULT_FROZEN)
        question->now_s = fault->set_s;
    if (fault->kind == FAULT_OTHER)
        ask_for_other(question);
}

/* The place of a digit inside the signed text that can become another without making the
 * document malformed: the seconds of nextUpdate in JSON, of thisUpdate in a CRL,
 * of notBefore in a certificate. */
static size_t harmless_digit(struct bytes body)
{
    static const char json_mark[] = "\"nextUpdate\":\"2025-06-20T00:00:0";
    static const uint8_t utc_time[] = { 0x17, 0x0d }; /* tag and length, X.690 8.26 */
    size_t is_json = body.len > 0 && body.at[0] == '{';
    size_t mark = is_json ? bytes_find(body, bytes_of(json_mark, 14))
                          : bytes_find(body, bytes_of(utc_time, sizeof utc_time));
    size_t digit = mark + (is_json ? sizeof json_mark - 1 : 2 + 11);

    return mark < body.len && digit < body.len ? digit : body.len;
}

/* In a list of PCK certificates, or in a PEM chain: the place of a base64 digit in the
 * last quarter of the first one's signature, the body's length where there is no
 * certificate. */
static size_t signature_digit(struct bytes body)
{
    size_t mark = bytes_find(body, bytes_of_text("-----END"));
    size_t at = mark - 16; /* beyond padding and line ends */

    if (mark == body.len || mark < 32)
        return body.len;
    while (body.at[at] == '\n' || body.at[at] == '%' || body.at[at - 1] == '%'
           || body.at[at - 2] == '%')
        at--;
    return at;
}

static void spoil_signature(struct buf *body)
{
    bool is_list = body->len > 0 && (body->at[0] == '[' || body->at[0] == '-');
    size_t digit =
        is_list ? signature_digit(buf_bytes(body)) : harmless_digit(buf_bytes(body));

    if (digit == body->len)
        return;
    body->at[digit] =
        is_list ? (body->at[digit] == 'A' ? 'B' : 'A') : body->at[digit] ^ 1;
}

static void add_member(struct buf *body)
{
    if (body->len == 0)
        return;
    if (body->at[0] == '{') {
        body->len--; /* the closing brace */
        buf_add_text(body, ",\"comment\":\"not signed\"}");
    } else if (body->at[0] == '-') {
        buf_add_text(body, "-----BEGIN COMMENT-----\n"); /* PEM that goes on */
    } else if (body->at[0] != '[') {
        buf_add_byte(body, 0); /* DER with something after its end */
    }
}

void fault_spoil(const struct fault *fault, struct world_answer *answer)
{
    struct buf *body = &answer->body;

    if (answer->status >= 400)
        return;
    switch (fault->kind) {
    case FAULT_GARBAGE:
        buf_clear(body);
        buf_add_text(body, "<!DOCTYPE html><html><body>Under maintenance</body></html>");
        break;
    case FAULT_NO_CHAIN:
        buf_clear(&answer->chain);
        break;
    case FAULT_GARBAGE_CHAIN:
        buf_clear(&answer->chain);
        buf_add_text(&answer->chain, "-----BEGIN CERTIFICATE-----\nno%such%chain\n");
        break;
    case FAULT_BAD_SIGNATURE:
        spoil_signature(body);
        break;
    case FAULT_TRUNCATED:
        body->len /= 2;
        break;
    case FAULT_EXTRA_MEMBERS:
        add_member(body);
        break;
    default:
        break;
    }
}

void fault_dress(const struct fault *fault, struct bytes target, struct wire_answer *out)
{
    if (fault->retry_after_s > 0)
        buf_addf(&out->headers, "Retry-After: %u\r\n", fault->retry_after_s);
    if (fault->kind == FAULT_REDIRECT)
        buf_addf(&out->headers, "Location: /sim/followed%.*s\r\n", (int)target.len,
                 (const char *)target.at);
    if (fault->kind == FAULT_WRONG_DATE)
        out->date_off_s = fault->date_off_s;
    if (fault->kind == FAULT_HUGE)
        out->padding = FAULT_HUGE_LEN;
    out->delay_ms = fault->delay_ms;
    out->manner = rows[fault->kind].manner;
}
