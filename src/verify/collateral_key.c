/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/collateral_key.h"

#include <stdio.h>

#include "kit/cursor.h"
#include "kit/text.h"

/* The words of keys, in one place for writing and reading; index is the value. */
static const char *const kind_names[] = {
    [COLLATERAL_ROOT_CRL] = "root_crl",
    [COLLATERAL_PCK_CRL] = "pck_crl",
    [COLLATERAL_TCB_INFO] = "tcb_info",
    [COLLATERAL_IDENTITY] = "identity",
    [COLLATERAL_EVALUATION_NUMBERS] = "evaluation_numbers",
};
static const char *const ca_names[] = {
    [PCK_CA_PROCESSOR] = "processor",
    [PCK_CA_PLATFORM] = "platform",
};
static const char *const enclave_names[] = {
    [ENCLAVE_QE] = "qe",
    [ENCLAVE_TD_QE] = "td_qe",
    [ENCLAVE_QVE] = "qve",
    [ENCLAVE_QAE] = "qae",
};
static const char *const version_names[] = { [2] = "v2", [3] = "v3" };

static const char *name_of(const char *const names[], size_t count, size_t value)
{
    return value < count && names[value] != NULL ? names[value] : "?";
}
#define NAME_OF(names, value) name_of((names), COUNT_OF(names), (size_t)(value))

const char *collateral_kind_name(enum collateral_kind kind)
{
    return NAME_OF(kind_names, kind);
}

const char *pck_ca_name(enum pck_ca ca)
{
    return NAME_OF(ca_names, ca);
}

/* "/17"; nothing for a subject, which names all its numbers. */
static struct collateral_key_text number_suffix(const struct collateral_key *key)
{
    struct collateral_key_text out = { "" };

    if (key->evaluation_data_number != 0)
        snprintf(out.s, sizeof out.s, "/%u", (unsigned)key->evaluation_data_number);
    return out;
}

struct collateral_key_text collateral_key_text(const struct collateral_key *key)
{
    const char *kind = collateral_kind_name(key->kind);
    struct collateral_key_text out;

    switch (key->kind) {
    case COLLATERAL_PCK_CRL:
        snprintf(out.s, sizeof out.s, "%s/%s", kind, pck_ca_name(key->ca));
        break;
    case COLLATERAL_TCB_INFO:
        snprintf(out.s, sizeof out.s, "%s/%s/%s/%.12s%.11s", kind, tee_name(key->tee),
                 NAME_OF(version_names, key->version), hex(key->fmspc, 6).s,
                 number_suffix(key).s);
        break;
    case COLLATERAL_IDENTITY:
        snprintf(out.s, sizeof out.s, "%s/%s%.11s", kind,
                 NAME_OF(enclave_names, key->enclave), number_suffix(key).s);
        break;
    case COLLATERAL_EVALUATION_NUMBERS:
        snprintf(out.s, sizeof out.s, "%s/%s", kind, tee_name(key->tee));
        break;
    case COLLATERAL_ROOT_CRL:
    default:
        snprintf(out.s, sizeof out.s, "%s", kind);
        break;
    }
    return out;
}

/* Reading: word by word, "/" between; the first that does not fit ends it. */
struct words {
    struct bytes left; /* .at is NULL once the last word is taken */
    bool failed;
};

static struct bytes next_word(struct words *w)
{
    if (w->left.at == NULL) {
        w->failed = true;
        return w->left;
    }
    size_t end = bytes_find(w->left, bytes_of_text("/"));
    struct bytes word = bytes_first(w->left, end);

    w->left = end < w->left.len ? bytes_after(w->left, end + 1) : bytes_of(NULL, 0);
    return word;
}

static size_t next_name(struct words *w, const char *const names[], size_t count)
{
    struct bytes word = next_word(w);

    for (size_t i = 0; i < count; i++)
        if (names[i] != NULL && bytes_equal_text(word, names[i]))
            return i;
    w->failed = true;
    return 0;
}
#define NEXT_NAME(w, names) next_name((w), (names), COUNT_OF(names))

static enum tee next_tee(struct words *w)
{
    struct bytes word = next_word(w);

    if (bytes_equal_text(word, tee_name(TEE_TDX)))
        return TEE_TDX;
    if (!bytes_equal_text(word, tee_name(TEE_SGX)))
        w->failed = true;
    return TEE_SGX;
}

/* 0 where there is no further word. */
static uint32_t next_number(struct words *w)
{
    uint64_t number = 0;

    if (w->left.at != NULL
        && (!decimal_read(next_word(w), UINT32_MAX, &number) || number == 0))
        w->failed = true;
    return (uint32_t)number;
}

/* hex_read takes both cases; a key has one spelling. */
static void next_fmspc(struct words *w, uint8_t fmspc[6])
{
    struct bytes word = next_word(w);

    if (!hex_read(word, fmspc, 6) || !bytes_equal_text(word, hex(fmspc, 6).s))
        w->failed = true;
}

bool collateral_key_read(struct bytes text, struct collateral_key *out)
{
    struct words w = { .left = text.len > 0 ? text : bytes_of(NULL, 0) };

    *out = (struct collateral_key){ .kind =
                                        (enum collateral_kind)NEXT_NAME(&w, kind_names) };
    switch (out->kind) {
    case COLLATERAL_PCK_CRL:
        out->ca = (enum pck_ca)NEXT_NAME(&w, ca_names);
        break;
    case COLLATERAL_TCB_INFO:
        out->tee = next_tee(&w);
        out->version = (unsigned)NEXT_NAME(&w, version_names);
        next_fmspc(&w, out->fmspc);
        out->evaluation_data_number = next_number(&w);
        break;
    case COLLATERAL_IDENTITY:
        out->enclave = (enum enclave_id)NEXT_NAME(&w, enclave_names);
        out->evaluation_data_number = next_number(&w);
        break;
    case COLLATERAL_EVALUATION_NUMBERS:
        out->tee = next_tee(&w);
        break;
    case COLLATERAL_ROOT_CRL:
    default:
        break;
    }
    return !w.failed && w.left.at == NULL;
}

static int order(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

int collateral_key_compare(const struct collateral_key *a, const struct collateral_key *b)
{
    int found = order(a->kind, b->kind);

    if (found == 0)
        found = order(a->ca, b->ca);
    if (found == 0)
        found = order(a->tee, b->tee);
    if (found == 0)
        found = order(a->version, b->version);
    if (found == 0)
        found = bytes_compare(bytes_of(a->fmspc, sizeof a->fmspc), bytes_of(b->fmspc, 6));
    if (found == 0)
        found = order(a->enclave, b->enclave);
    if (found == 0)
        found = order(a->evaluation_data_number, b->evaluation_data_number);
    return found;
}

struct collateral_key collateral_subject(const struct collateral_key *key)
{
    struct collateral_key subject = *key;

    subject.evaluation_data_number = 0;
    return subject;
}

struct collateral_key key_root_crl(void)
{
    return (struct collateral_key){ .kind = COLLATERAL_ROOT_CRL };
}

struct collateral_key key_pck_crl(enum pck_ca ca)
{
    return (struct collateral_key){ .kind = COLLATERAL_PCK_CRL, .ca = ca };
}

struct collateral_key key_tcb_info(enum tee tee, unsigned version, const uint8_t fmspc[6],
                                   uint32_t evaluation_data_number)
{
    struct collateral_key key = {
        .kind = COLLATERAL_TCB_INFO,
        .tee = tee,
        .version = version,
        .evaluation_data_number = evaluation_data_number,
    };

    memcpy(key.fmspc, fmspc, sizeof key.fmspc);
    return key;
}

struct collateral_key key_identity(enum enclave_id id, uint32_t evaluation_data_number)
{
    return (struct collateral_key){
        .kind = COLLATERAL_IDENTITY,
        .enclave = id,
        .evaluation_data_number = evaluation_data_number,
    };
}

struct collateral_key key_evaluation_numbers(enum tee tee)
{
    return (struct collateral_key){ .kind = COLLATERAL_EVALUATION_NUMBERS, .tee = tee };
}
