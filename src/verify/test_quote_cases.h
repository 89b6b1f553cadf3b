/* SPDX-License-Identifier: Apache-2.0 */
/* The cases of vectors/CASES.tsv, each with its quote and the collateral of its time, as
 * somebody would bring them. Tests only; the shared folder must be there. */
#ifndef THIM_VERIFY_TEST_QUOTE_CASES_H
#define THIM_VERIFY_TEST_QUOTE_CASES_H

#include <stdio.h>
#include <stdlib.h>

#include "kit/test.h"
#include "kit/text.h"
#include "verify/collateral_set.h"
#include "verify/test_intel.h"

#define QUOTE_CASES_MAX 64

enum quote_case_column {
    CASE_NAME,
    CASE_QUOTE,
    CASE_AT,
    CASE_UNIX,
    CASE_TCB_INFO,
    CASE_IDENTITY,
    CASE_ROOT_CRL,
    CASE_PCK_CRL,
    CASE_STATED,
    CASE_STATED_WHERE,
    CASE_STATUS,
    CASE_ADVISORIES,
    CASE_TCB_DATE,
    CASE_SIGNATURES,
    CASE_COLUMNS,
};

struct quote_case {
    char *columns[CASE_COLUMNS]; /* "-" where there is nothing */
    int64_t at_s;
};

struct quote_cases {
    struct buf file;
    struct quote_case cases[QUOTE_CASES_MAX];
    size_t count;
};

static inline void quote_case_read(char *line, struct quote_case *out)
{
    for (size_t i = 0; i < CASE_COLUMNS; i++) {
        out->columns[i] = strsep(&line, "\t");
        assert_non_null(out->columns[i]);
    }
    out->at_s = strtoll(out->columns[CASE_UNIX], NULL, 10);
}

/* Skips the test where the shared folder is not there. */
static inline void quote_cases_read(struct quote_cases *out)
{
    out->count = 0;
    if (test_shared("vectors/CASES.tsv") == NULL)
        skip();
    out->file = test_shared_file("vectors/CASES.tsv");
    char *rest = (char *)out->file.at;
    strsep(&rest, "\n"); /* titles */
    for (char *line; (line = strsep(&rest, "\n")) != NULL && line[0] != 0;) {
        assert_true(out->count < QUOTE_CASES_MAX);
        quote_case_read(line, &out->cases[out->count++]);
    }
}

static inline void quote_cases_forget(struct quote_cases *cases)
{
    buf_fini(&cases->file);
}

static inline struct bytes quote_case_file(const struct quote_case *c,
                                           enum quote_case_column column,
                                           struct arena *arena)
{
    if (strcmp(c->columns[column], "-") == 0)
        return (struct bytes){ .len = 0 };
    return intel_file(c->columns[column], arena);
}

/* The TCB signing chain of a document of its time. */
static inline struct bytes quote_case_chain(const struct quote_case *c,
                                            enum quote_case_column column, bool lasting,
                                            struct arena *arena)
{
    struct collateral_key key;
    struct buf pem;

    if (strcmp(c->columns[column], "-") == 0)
        return (struct bytes){ .len = 0 };
    assert_true(intel_key_of(c->columns[column], &key));
    struct der_chain chain = intel_chain_at(&key, c->at_s, lasting, arena);
    buf_init(&pem, 65536);
    pem_chain_write(&pem, &chain);
    struct bytes kept = arena_copy(arena, buf_bytes(&pem));
    buf_fini(&pem);
    return kept;
}

static inline struct collateral_texts quote_case_texts(const struct quote_case *c,
                                                       struct arena *arena)
{
    return (struct collateral_texts){
        .root_crl = quote_case_file(c, CASE_ROOT_CRL, arena),
        .pck_crl = quote_case_file(c, CASE_PCK_CRL, arena),
        .tcb_info = quote_case_file(c, CASE_TCB_INFO, arena),
        .identity = quote_case_file(c, CASE_IDENTITY, arena),
        .tcb_info_chain = quote_case_chain(c, CASE_TCB_INFO, false, arena),
        .identity_chain = quote_case_chain(c, CASE_IDENTITY, false, arena),
        .quote = quote_case_file(c, CASE_QUOTE, arena),
    };
}

#endif
