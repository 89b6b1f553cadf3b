/* SPDX-License-Identifier: Apache-2.0 */
/* The name that was probably meant by a word that is none. */
#ifndef THIM_KIT_NEAREST_H
#define THIM_KIT_NEAREST_H

#include "kit/bytes.h"

struct nearest {      /* begins as zero */
    const char *name; /* the least far of those near enough to have been meant; or NULL */
    size_t distance;
};

void nearest_consider(struct nearest *nearest, struct bytes word, const char *name);

#endif
