/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "serve/question.h"

/* The first byte chooses who asks; the rest is the target. */
static struct asker asker_of(uint8_t choice)
{
    return (struct asker){ .has_metadata_header = (choice & 1) != 0,
                           .bare_crl = (enum crl_form)(CRL_FORM_HEX + (choice >> 1) % 3),
                           .v3 = (choice & 8) != 0 ? COMPAT_V3_GONE : COMPAT_V3_SERVE };
}

static void check_key(const struct question *q)
{
    struct collateral_key_text text = collateral_key_text(&q->key);
    struct collateral_key again;
    bool is_crl = q->key.kind == COLLATERAL_ROOT_CRL || q->key.kind == COLLATERAL_PCK_CRL;
    bool is_numbered =
        q->key.kind == COLLATERAL_TCB_INFO || q->key.kind == COLLATERAL_IDENTITY;

    FUZZ_CHECK(collateral_key_read(bytes_of_text(text.s), &again));
    FUZZ_CHECK(collateral_key_compare(&again, &q->key) == 0);
    FUZZ_CHECK(is_crl == (q->crl_form >= CRL_FORM_HEX && q->crl_form <= CRL_FORM_DER));
    FUZZ_CHECK(is_numbered
               == (q->choice >= CHOOSE_BASELINE && q->choice <= CHOOSE_NUMBER));
    FUZZ_CHECK((q->choice == CHOOSE_NUMBER) == (q->key.evaluation_data_number != 0));
}

/* What is asked for by name can be: its digits are folded and bounded. */
static void check_pck(const struct question *q)
{
    const struct pck_question *pck = &q->pck;
    size_t len = strnlen(pck->name.qe_id, sizeof pck->name.qe_id);

    FUZZ_CHECK(pck->has_name || pck->has_encrypted_ppid);
    FUZZ_CHECK(pck->has_name ? len >= 1 && len <= QE_ID_MAX : len == 0);
    FUZZ_CHECK(strspn(pck->name.qe_id, "0123456789abcdef") == len);
}

static void check(const struct question *q, const struct asker *asker)
{
    FUZZ_CHECK((q->kind == ASK_REGISTRY) == (q->route != 0));
    if (q->kind == ASK_PCK_CERT)
        check_pck(q);
    FUZZ_CHECK(q->api_version >= 2 && q->api_version <= 4);
    FUZZ_CHECK(!asker->has_metadata_header || q->azure_shape
               || q->kind == ASK_ROUTE_UNKNOWN);
    FUZZ_CHECK(q->kind != ASK_GONE
               || (asker->v3 == COMPAT_V3_GONE && q->api_version < 4));
    FUZZ_CHECK(q->kind == ASK_GONE || asker->v3 != COMPAT_V3_GONE || q->api_version == 4
               || q->kind == ASK_PCK_CERT || q->kind == ASK_REGISTRY);
    if (q->kind == ASK_VERIFY)
        FUZZ_CHECK((q->choice == CHOOSE_NUMBER) == (q->key.evaluation_data_number != 0)
                   && q->key.kind == 0 && q->choice != 0);
    else if (q->kind == ASK_COLLATERAL || (q->kind == ASK_GONE && q->key.kind != 0))
        check_key(q);
    else
        FUZZ_CHECK(q->key.kind == 0 && q->choice == 0 && q->crl_form == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct bytes in = bytes_of(at, len);
    struct asker asker = asker_of(len > 0 ? at[0] : 0);
    struct arena arena;
    struct question q, again;
    struct error err = { 0 };

    arena_init(&arena, 64 * 1024);
    if (question_read(bytes_after(in, 1), &asker, &arena, &q, &err)) {
        check(&q, &asker);
        FUZZ_CHECK(question_read(bytes_after(in, 1), &asker, &arena, &again, &err));
        FUZZ_CHECK(collateral_key_compare(&q.key, &again.key) == 0
                   && q.kind == again.kind);
    } else {
        FUZZ_CHECK((err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT)
                   && err.text[0] != 0);
    }
    arena_fini(&arena);
    return 0;
}
