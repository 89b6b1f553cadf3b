/* SPDX-License-Identifier: Apache-2.0 */
/* What thim explain prints of the service's answer (serve/control_explain_json.h): for
 * each TEE a table with a column for each number that is held. */
#ifndef THIM_THIM_EXPLAIN_PRINT_H
#define THIM_THIM_EXPLAIN_PRINT_H

#include <jansson.h>

/* On standard output. */
void explain_print(const json_t *tree);

#endif
