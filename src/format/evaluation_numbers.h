/* SPDX-License-Identifier: Apache-2.0 */
/* The signed list of TCB evaluation data numbers of one TEE.
 *
 * Source: Intel PCS API v4, "Get TCB Evaluation Data Numbers"; the real answer's member
 * is tcbEvalNumbers. The list may name numbers that PCS no longer signs (410). */
#ifndef THIM_FORMAT_EVALUATION_NUMBERS_H
#define THIM_FORMAT_EVALUATION_NUMBERS_H

#include "format/tcb_info.h"

#define EVALUATION_NUMBERS_MAX 64

struct evaluation_number {
    uint32_t number;
    int64_t recovery_event_s; /* tcbRecoveryEventDate */
    int64_t tcb_date_s;
};

struct evaluation_numbers {
    enum tee tee; /* id "SGX" or "TDX" */
    int64_t issue_date_s, next_update_s;
    struct evaluation_number
        numbers[EVALUATION_NUMBERS_MAX]; /* highest first, no twins */
    size_t count;                        /* 1 or more */
};

/* Reads the value of "tcbEvaluationDataNumbers". Version 1 only. */
bool evaluation_numbers_parse(struct bytes text, struct arena *arena,
                              struct evaluation_numbers *out, struct error *err)
    MUST_CHECK;

bool evaluation_numbers_name(const struct evaluation_numbers *list, uint32_t number);

#endif
