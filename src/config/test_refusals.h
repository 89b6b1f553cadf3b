/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations that break one rule each, and the exact words that refuse them. */
#ifndef THIM_CONFIG_TEST_REFUSALS_H
#define THIM_CONFIG_TEST_REFUSALS_H

#include <string.h>

#include "config/config.h"
#include "kit/test.h"

struct refusal {
    const char *claim, *yaml, *text; /* text: how the refusal begins */
    enum error_kind kind;            /* 0: ERROR_FORMAT */
};

static inline void assert_refusals(const struct refusal *refusals, size_t count)
{
    for (const struct refusal *r = refusals; r < refusals + count; r++) {
        enum error_kind kind = r->kind != 0 ? r->kind : ERROR_FORMAT;
        struct error err = { 0 };
        struct config config;
        if (config_parse(bytes_of_text(r->yaml), "t.yaml", &config, &err))
            fail_msg("%s: accepted", r->claim);
        if (err.kind != kind || strncmp(err.text, r->text, strlen(r->text)) != 0)
            fail_msg("%s: %s \"%s\", expected %s \"%s\"", r->claim,
                     error_kind_name(err.kind), err.text, error_kind_name(kind), r->text);
    }
}

#endif
