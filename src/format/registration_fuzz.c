/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/json.h"
#include "format/registration.h"

enum { ROOM = 4 << 20 };

static void check_registration(const struct registration *r)
{
    size_t len = strlen(r->name.qe_id);

    FUZZ_CHECK(len >= 1 && len <= QE_ID_MAX);
    FUZZ_CHECK(strspn(r->name.qe_id, "0123456789abcdef") == len);
    FUZZ_CHECK(r->encrypted_ppid.len == 0 || r->encrypted_ppid.len == ENCRYPTED_PPID_LEN);
    FUZZ_CHECK(r->manifest.len == 0
               || (r->manifest.len >= MANIFEST_LEAST && r->manifest.len <= MANIFEST_MAX));
}

static bool read_row(struct bytes text, struct arena *arena, struct registration *out)
{
    struct error err = { 0 };
    struct json json;

    json_begin_up_to(&json, text, REGISTRATION_BYTES_MAX, arena, &err);
    registration_read(&json, true, out);
    return json_end(&json);
}

/* What was written says the same, and is written the same. */
static void writes_back(const struct registration *r, struct arena *arena)
{
    struct registration again;
    struct buf first, second;

    buf_init(&first, ROOM);
    buf_init(&second, ROOM);
    registration_write(&first, r);
    FUZZ_CHECK(read_row(buf_bytes(&first), arena, &again));
    FUZZ_CHECK(platform_name_compare(&r->name, &again.name) == 0);
    FUZZ_CHECK(r->has_raw_tcb == again.has_raw_tcb);
    FUZZ_CHECK(memcmp(r->raw.cpusvn, again.raw.cpusvn, sizeof r->raw.cpusvn) == 0);
    FUZZ_CHECK(r->raw.pcesvn == again.raw.pcesvn);
    FUZZ_CHECK(bytes_equal(r->encrypted_ppid, again.encrypted_ppid));
    FUZZ_CHECK(bytes_equal(r->manifest, again.manifest));
    registration_write(&second, &again);
    FUZZ_CHECK(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
    buf_fini(&first);
    buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct bytes in = bytes_of(at, len);
    struct registration r, row;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, ROOM);
    bool is_body = registration_parse(in, &arena, &r, &err);
    FUZZ_CHECK(is_body || err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
    FUZZ_CHECK(!is_body || r.has_raw_tcb || r.manifest.len > 0);
    bool is_row = read_row(in, &arena, &row);
    FUZZ_CHECK(is_row || !is_body); /* a bundle asks for less */
    if (is_row) {
        check_registration(&row);
        writes_back(&row, &arena);
    }
    if (registration_read_csv(in, &arena, &r, &err)) {
        check_registration(&r);
        writes_back(&r, &arena);
    }
    arena_fini(&arena);
    return 0;
}
