/* SPDX-License-Identifier: Apache-2.0 */
/* What every *_fuzz.c defines: one function that is given any bytes at all and asserts
 * what must hold of whatever parses. Under `make fuzz` libFuzzer calls it; in every other
 * build kit/fuzz.c calls it with each file of tests/corpus/MODULE and with cut and
 * flipped versions of them, as a test. */
#ifndef THIM_KIT_FUZZ_H
#define THIM_KIT_FUZZ_H

#include <stdlib.h>

#include "kit/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* Holds in every build, unlike assert. */
#define FUZZ_CHECK(claim) \
    do {                  \
        if (!(claim))     \
            abort();      \
    } while (0)

#endif
