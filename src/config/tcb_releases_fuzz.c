/* SPDX-License-Identifier: Apache-2.0 */
/* Of whatever file of TCB releases is accepted: the table is sorted without twins, has
 * all the built-in numbers, and its versions are digits and dots. What is refused says
 * where.
 */
#include "config/tcb_releases.h"
#include "kit/fuzz.h"

static void check_version(const char *version)
{
    if (version == NULL)
        return;
    FUZZ_CHECK(version[0] != 0 && strlen(version) < TCB_RELEASE_VERSION_MAX);
    FUZZ_CHECK(version[strspn(version, "0123456789.")] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct tcb_release_table table;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, (size_t)16 << 20);
    if (tcb_releases_parse(bytes_of(at, len), "fuzz.yaml", &arena, &table, &err)) {
        FUZZ_CHECK(table.count <= TCB_RELEASES_MAX);
        for (size_t i = 0; i < table.count; i++) {
            FUZZ_CHECK(i == 0 || table.rows[i - 1].number < table.rows[i].number);
            check_version(table.rows[i].psw_linux);
            check_version(table.rows[i].psw_windows);
        }
        for (size_t i = 0; i < tcb_releases_known.count; i++)
            FUZZ_CHECK(tcb_release_find(&table, tcb_releases_known.rows[i].number)
                       != NULL);
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(strncmp(err.text, "fuzz.yaml", 9) == 0);
    }
    arena_fini(&arena);
    return 0;
}
