/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chip_metadata.h"

#include <jansson.h>

#include "format/test_vectors.h"

static const char *member(json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));

    if (text == NULL)
        fail_msg("%s is no text", name);
    return text;
}

static void the_members_stand_as_azures_do(void **state)
{
    (void)state;
    uint8_t der[100] = { 0x30 };
    struct kds_key key = { .resource = KDS_CERTIFICATE,
                           .vek = VEK_VCEK,
                           .product = SNP_MILAN,
                           .tcb.spl = { [SPL_BOOT_LOADER] = 10, [SPL_MICROCODE] = 219 } };
    struct der_chain issuers = { .certificates = { bytes_of(der, 60), bytes_of(der, 61) },
                                 .count = 2 };
    struct buf out;

    buf_init(&out, 64 * 1024);
    chip_metadata_write(&out, bytes_of(der, 100), &key, &issuers, 60);
    assert_false(out.failed);
    const char *text = buf_text(&out);
    assert_memory_equal(text, "{\"vcekCert\":\"-----BEGIN CERTIFICATE-----\\n", 40);
    assert_non_null(strstr(text, "-----END CERTIFICATE-----\\n\","
                                 "\"tcbm\":\"db0000000000000a\","
                                 "\"certificateChain\":\"-----BEGIN CERTIFICATE-----"));
    assert_non_null(
        strstr(text, "-----END CERTIFICATE-----\\n\",\"cacheControl\":\"60\"}"));
    buf_fini(&out);
    buf_init(&out, 100);
    chip_metadata_write(&out, bytes_of(der, 100), &key, &issuers, 60);
    assert_true(out.failed);
    buf_fini(&out);
}

/* Of Azure's own answer the parts, and of the parts the same answer. */
static void check_vector(const char *path, struct bytes content, void *context)
{
    json_t *theirs = json_loadb((const char *)content.at, content.len, 0, NULL);
    struct der_chain vcek, issuers;
    struct kds_key key = { .resource = KDS_CERTIFICATE,
                           .vek = VEK_VCEK,
                           .product = SNP_MILAN };
    struct arena arena;
    struct error err = { 0 };
    struct buf out;
    uint64_t tcb;

    (void)context;
    if (theirs == NULL)
        fail_msg("%s is no JSON", path);
    arena_init(&arena, 1 << 20);
    buf_init(&out, 64 * 1024);
    assert_ok(
        pem_chain_read(bytes_of_text(member(theirs, "vcekCert")), &arena, &vcek, &err),
        err);
    assert_ok(pem_chain_read(bytes_of_text(member(theirs, "certificateChain")), &arena,
                             &issuers, &err),
              err);
    assert_true(tcb_version_hex_read(bytes_of_text(member(theirs, "tcbm")), &tcb));
    assert_ok(tcb_version_read(SNP_MILAN, tcb, &key.tcb, &err), err);
    chip_metadata_write(&out, vcek.certificates[0], &key, &issuers, CHIP_CACHE_CONTROL_S);
    json_t *ours = json_loadb((const char *)out.at, out.len, 0, NULL);
    if (ours == NULL || !json_equal(ours, theirs))
        fail_msg("%s: ours is another answer", path);
    /* jansson keeps the order in which members came */
    void *a = json_object_iter(ours), *b = json_object_iter(theirs);
    for (; a != NULL && b != NULL;
         a = json_object_iter_next(ours, a), b = json_object_iter_next(theirs, b))
        assert_string_equal(json_object_iter_key(a), json_object_iter_key(b));
    json_decref(ours);
    json_decref(theirs);
    buf_fini(&out);
    arena_fini(&arena);
}

static void azures_answers_are_made_again_from_their_parts(void **state)
{
    (void)state;
    assert_true(each_vector("vectors/amd/thim", ".json", check_vector, NULL) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_members_stand_as_azures_do),
        cmocka_unit_test(azures_answers_are_made_again_from_their_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
