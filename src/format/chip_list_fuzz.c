/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/chip_list.h"

static const struct chip_hint hint = { .product = SNP_GENOA };

/* Whatever was read is a VCEK that KDS could be asked for. */
static void is_a_chip(const struct kds_key *key)
{
    struct kds_key again;

    FUZZ_CHECK(key->resource == KDS_CERTIFICATE && key->vek == VEK_VCEK);
    FUZZ_CHECK(kds_key_read(bytes_of_text(kds_key_text(key).s), &again));
    FUZZ_CHECK(kds_key_compare(key, &again) == 0);
}

/* An id with nothing behind Turin's length is taken for Turin's, whoever else has it. */
static bool looks_like_turin(const struct snp_hwid *hwid)
{
    for (size_t i = snp_product_facts(SNP_TURIN)->hwid_len; i < hwid->len; i++)
        if (hwid->at[i] != 0)
            return false;
    return true;
}

static void is_written_back(const struct kds_key *key)
{
    struct chip_hint same = { .product = key->product };
    struct kds_key again;
    struct error err = { 0 };
    struct buf path;

    buf_init(&path, CHIP_TEXT_MAX);
    chip_path_write(&path, key);
    FUZZ_CHECK(chip_path_read(buf_bytes(&path), &same, &again, &err));
    FUZZ_CHECK(kds_key_compare(key, &again) == 0);
    buf_fini(&path);
}

static void check(bool is_read, const struct kds_key *key, const struct error *err)
{
    if (!is_read) {
        FUZZ_CHECK(err->kind == ERROR_FORMAT || err->kind == ERROR_LIMIT
                   || err->kind == ERROR_NOT_FOUND);
        return;
    }
    is_a_chip(key);
    if (key->product == SNP_TURIN || !looks_like_turin(&key->hwid))
        is_written_back(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct bytes in = bytes_of(at, len);
    struct error errs[4] = { { 0 } };
    struct kds_key key;
    struct arena arena;

    arena_init(&arena, 1 << 20);
    check(chip_line_read(in, &hint, &arena, &key, &errs[0]), &key, &errs[0]);
    check(chip_object_read(in, &hint, &arena, &key, &errs[1]), &key, &errs[1]);
    check(chip_path_read(in, &hint, &key, &errs[2]), &key, &errs[2]);
    check(chip_report_read(in, &hint, &key, &errs[3]), &key, &errs[3]);
    (void)chip_line_is_empty(in);
    arena_fini(&arena);
    return 0;
}
