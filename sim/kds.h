/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's KDS in HTTP: which path asks for what, and the shape of the answers.
 *
 * Source: AMD, "VCEK Certificate and KDS Interface" 57230, chapter 4, and what is known
 * of kdsintf.amd.com's answers. SPLs come in any order, with zeros in front or without;
 * one that is not given is 0. Whatever KDS does not have is 404 with the same text. */
#ifndef THIM_SIM_KDS_H
#define THIM_SIM_KDS_H

#include "sim/wire.h"
#include "sim/world.h"

/* Whether a target is one of KDS's, good or bad. */
bool kds_is_target(struct bytes target);

/* Reads a target. 200 where it is a question that a world can be asked, and fills what
 * KDS's have of it; else 400 or 404. */
unsigned kds_read(struct bytes target, struct world_question *out);

/* The world's answer as HTTP. */
void kds_answer(const struct world_question *question, const struct world_answer *answer,
                struct wire_answer *out);

/* An answer without a document. */
void kds_refuse(unsigned status, struct wire_answer *out);

#endif
