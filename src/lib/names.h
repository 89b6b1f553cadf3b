/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's enumerations under the public numbers, which never change. */
#ifndef THIM_LIB_NAMES_H
#define THIM_LIB_NAMES_H

#include "thim.h"
#include "verify/verdict.h"

enum thim_check names_check(enum verify_check check);
enum thim_status names_status(enum tcb_standing standing);

/* False where this library knows no such item. */
bool names_item(enum thim_item item, enum dated_item *out);

#endif
