/* SPDX-License-Identifier: Apache-2.0 */
/* Intel PCS in HTTP: which path asks for what, and the shape of the answers.
 *
 * Source: Intel PCS API v4 and its recorded answers; for the PCCS flavour Intel's PCCS
 * 1.27. The host of the root's CRL (certificates.trustedservices.intel.com) is the same
 * process. A PCCS names no evaluation data numbers and takes none, has no list of FMSPCs
 * and no QAE identity, gives CRLs as hex text unless told otherwise, and the root's CRL
 * by /rootcacrl and /crl?uri=. Version 3 has ended for both. What is posted,
 * and what only PCK certificates have, is in pcs_platforms.h. Another vendor's API will
 * stand beside these files, over the same worlds. */
#ifndef THIM_SIM_PCS_H
#define THIM_SIM_PCS_H

#include "sim/wire.h"
#include "sim/world.h"

enum pcs_flavour { PCS = 1, PCCS = 2 };
enum pcs_encoding { PCS_JSON, PCS_PEM, PCS_DER, PCS_HEX, PCS_TEXT, PCS_OCTETS };

struct pcs_request {
    struct world_question question; /* but for now_s and bend */
    enum pcs_encoding encoding;
    enum pcs_flavour flavour;
    struct buf manifest; /* what the question's looks at, where it came as hex */
};

/* Both readers begin with this; whoever calls one ends with pcs_request_fini. */
void pcs_request_init(struct pcs_request *request, enum pcs_flavour flavour);
void pcs_request_fini(struct pcs_request *request);

/* Reads a target (path and query as they came). 200 where it is a question that a world
 * can be asked; else the status to answer with, *why being a constant sentence. */
unsigned pcs_read(enum pcs_flavour flavour, struct bytes target, struct pcs_request *out,
                  const char **why);

/* The world's answer as HTTP: headers, the encoding that was asked for. */
bool pcs_answer(const struct pcs_request *request, const struct world_answer *answer,
                struct wire_answer *out, struct error *err) MUST_CHECK;

/* An answer that no world was asked for, or that a world refused. code: what PCS calls a
 * 400, NULL for InvalidRequestSyntax. */
void pcs_refuse(enum pcs_flavour flavour, unsigned status, const char *code,
                const char *why, struct wire_answer *out);

#endif
