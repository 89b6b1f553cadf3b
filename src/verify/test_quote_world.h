/* SPDX-License-Identifier: Apache-2.0 */
/* What one group of quote_verify's tests stands on: a world, for keys are dear, and the
 * verdict last found, for it is large. Tests only. */
#ifndef THIM_VERIFY_TEST_QUOTE_WORLD_H
#define THIM_VERIFY_TEST_QUOTE_WORLD_H

#include "verify/test_quote_forms.h"

static struct test_world *world;
static struct verdict verdict;

static inline int make_world(void **state)
{
    (void)state;
    world = test_world_make(NULL);
    return 0;
}

static inline int free_world(void **state)
{
    (void)state;
    test_world_free(world);
    return 0;
}

#endif
