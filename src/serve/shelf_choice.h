/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the documents that are held a request means that names no number: what the
 * baseline has, or what is early. Pure; the view says which generation. */
#ifndef THIM_SERVE_SHELF_CHOICE_H
#define THIM_SERVE_SHELF_CHOICE_H

#include "serve/baseline_view.h"
#include "serve/question.h"

/* Whose set a document belongs to; an identity's key has no TEE of its own. */
enum tee shelf_choice_tee(const struct collateral_key *key);

/* Whether entry `index` of the view's holdings, a TCB info or an identity, is meant by
 * CHOOSE_EARLY, or by CHOOSE_BASELINE under this policy. Dates are looked at only to
 * choose between documents of one subject.
 *
 * Of a set that is the document of the set's number, and nothing beside it, so that no
 * host is given a TCB info and an identity of different numbers. An FMSPC that the set
 * lacks, as one that nobody asked for while the set was signed, has nothing meanwhile;
 * only one that Intel has left behind, for it is standard lower down where no identity is
 * in date any more, has what Intel calls standard for it: nobody can have a set of it.
 * Before the baseline's first number the identity is the one that Intel calls standard.
 * QvE and QAE belong to no set and have numbers of their own; of TCB infos of version 2,
 * of which nobody says what is standard, it is the highest in date. */
bool shelf_choice_means(const struct baseline_view *view, size_t index,
                        enum number_choice choice, size_t policy);

/* The number that the choice comes to for this subject, for whoever has to fetch it; 0:
 * what upstream calls so. */
uint32_t shelf_choice_number(const struct baseline_view *view,
                             const struct collateral_key *subject,
                             enum number_choice choice, size_t policy);

/* The number of what is given for it: the same but where something else stands in. */
uint32_t shelf_choice_given(const struct baseline_view *view,
                            const struct collateral_key *subject,
                            enum number_choice choice, size_t policy);

#endif
