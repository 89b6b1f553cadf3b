/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a line of a log holds, what goes to the service is parameters that it knows
 * with hex digits for values, and reads as itself. */
#include "thim/doctor_request.h"

#include <stdlib.h>

#include "kit/fuzz.h"

enum { TEXT_MAX = 64 * 1024, QUERY_MAX = 8 * 1024 };

static const char *const names[] = { "qeid", "pceid", "cpusvn", "pcesvn",
                                     "encrypted_ppid" };

static bool is_known(struct bytes name)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (bytes_equal_text(name, names[i]))
            return true;
    return false;
}

static void check_query(struct bytes query)
{
    while (query.len > 0) {
        size_t end = bytes_find(query, bytes_of_text("&"));
        struct bytes pair = bytes_first(query, end);
        size_t equals = bytes_find(pair, bytes_of_text("="));
        struct bytes value = bytes_after(pair, equals + 1);
        FUZZ_CHECK(is_known(bytes_first(pair, equals)) && value.len > 0);
        for (size_t i = 0; i < value.len; i++)
            FUZZ_CHECK(strchr("0123456789abcdefABCDEF", value.at[i]) != NULL);
        query = bytes_after(query, end + 1);
    }
}

static void check_again(const struct buf *query)
{
    struct buf again;

    buf_init(&again, QUERY_MAX);
    FUZZ_CHECK(doctor_request_is(buf_text(query)));
    FUZZ_CHECK(doctor_request_read(buf_text(query), &again, NULL));
    FUZZ_CHECK(bytes_equal(buf_bytes(query), buf_bytes(&again)));
    buf_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct error err = { 0 };
    struct buf text, query;

    buf_init(&text, TEXT_MAX);
    buf_init(&query, QUERY_MAX);
    buf_add(&text, bytes_of(at, len));
    if (doctor_request_read(buf_text(&text), &query, &err)) {
        check_query(buf_bytes(&query));
        check_again(&query);
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
    }
    buf_fini(&query);
    buf_fini(&text);
    return 0;
}
