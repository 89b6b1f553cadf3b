/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/roots.h"

#include <assert.h>

#include "kit/crypto.h"

/* SHA-256 of each root's SubjectPublicKeyInfo, and the key itself where its chains may
 * come without their root: a test holds the two against each other. */
static const struct trusted_root pinned[] = {
    { .spki_sha256 = { 0xa0, 0xaf, 0x03, 0x12, 0x89, 0xf5, 0xd5, 0xd4, 0x13, 0x2f, 0x91,
                       0x86, 0x06, 0x8a, 0x7f, 0xc1, 0x36, 0x28, 0x63, 0x3b, 0xa2, 0x35,
                       0x77, 0x74, 0x72, 0xe2, 0x9b, 0x6b, 0x6c, 0x67, 0xa4, 0x9e },
      .origin = ROOT_PINNED,
      .name = "Intel SGX Root CA",
      .has_key = true,
      .public_key = { 0x0b, 0xa9, 0xc4, 0xc0, 0xc0, 0xc8, 0x61, 0x93, 0xa3, 0xfe, 0x23,
                      0xd6, 0xb0, 0x2c, 0xda, 0x10, 0xa8, 0xbb, 0xd4, 0xe8, 0x8e, 0x48,
                      0xb4, 0x45, 0x85, 0x61, 0xa3, 0x6e, 0x70, 0x55, 0x25, 0xf5, 0x67,
                      0x91, 0x8e, 0x2e, 0xdc, 0x88, 0xe4, 0x0d, 0x86, 0x0b, 0xd0, 0xcc,
                      0x4e, 0xe2, 0x6a, 0xac, 0xc9, 0x88, 0xe5, 0x05, 0xa9, 0x53, 0x55,
                      0x8c, 0x45, 0x3f, 0x6b, 0x09, 0x04, 0xae, 0x73, 0x94 } },
    { .spki_sha256 = { 0x9f, 0x05, 0x6b, 0xee, 0x44, 0x37, 0x7e, 0x29, 0x30, 0x8c, 0xb5,
                       0xff, 0xa8, 0x95, 0xbd, 0xfb, 0x62, 0xd1, 0x88, 0x81, 0xfa, 0x6b,
                       0xed, 0x8d, 0x6f, 0x07, 0x5b, 0x02, 0x04, 0x08, 0x9c, 0xb9 },
      .origin = ROOT_PINNED,
      .name = "ARK-Milan" },
    { .spki_sha256 = { 0x42, 0x9a, 0x69, 0xc9, 0x42, 0x2a, 0xa2, 0x58, 0xee, 0x4d, 0x8d,
                       0xb5, 0xfc, 0xda, 0x9c, 0x64, 0x70, 0xef, 0x15, 0xf8, 0xcd, 0x5a,
                       0x9c, 0xeb, 0xd6, 0xcb, 0xc7, 0xd9, 0x0b, 0x86, 0x38, 0x31 },
      .origin = ROOT_PINNED,
      .name = "ARK-Genoa" },
    { .spki_sha256 = { 0x4f, 0x12, 0x54, 0x10, 0x56, 0x3a, 0x2a, 0xb9, 0xa5, 0x03, 0x56,
                       0xf9, 0x24, 0x3f, 0x6f, 0xe0, 0xb6, 0xf7, 0x3d, 0xe9, 0x86, 0x03,
                       0xf5, 0x3f, 0x90, 0x33, 0x9c, 0x70, 0xe9, 0xd7, 0xad, 0x08 },
      .origin = ROOT_PINNED,
      .name = "ARK-Turin" },
};

void trust_init(struct trust *trust)
{
    static_assert(COUNT_OF(pinned) <= TRUST_ROOTS_MAX, "room for what is pinned");
    *trust = (struct trust){ .count = COUNT_OF(pinned) };
    memcpy(trust->roots, pinned, sizeof pinned);
}

/* Where the key stands; trust->count where it does not. */
static size_t find_key(const struct trust *trust, const uint8_t spki_sha256[32])
{
    size_t i = 0;

    while (i < trust->count && memcmp(trust->roots[i].spki_sha256, spki_sha256, 32) != 0)
        i++;
    return i;
}

bool trust_add(struct trust *trust, const struct trusted_root *root, struct error *err)
{
    if (find_key(trust, root->spki_sha256) < trust->count)
        return true;
    if (trust->count == TRUST_ROOTS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d trusted roots", TRUST_ROOTS_MAX);
    trust->roots[trust->count++] = *root;
    return true;
}

bool trust_remove(struct trust *trust, const uint8_t spki_sha256[32])
{
    size_t at = find_key(trust, spki_sha256);

    if (at == trust->count)
        return false;
    trust->count--;
    for (size_t i = at; i < trust->count; i++)
        trust->roots[i] = trust->roots[i + 1];
    return true;
}

const struct trusted_root *trust_find_spki(const struct trust *trust,
                                           const uint8_t spki_sha256[32])
{
    size_t at = find_key(trust, spki_sha256);

    return at < trust->count ? &trust->roots[at] : NULL;
}

const struct trusted_root *trust_find(const struct trust *trust,
                                      const struct x509_certificate *certificate)
{
    struct sha256 key = sha256(certificate->spki);

    return trust_find_spki(trust, key.digest);
}

bool trust_has_test_roots(const struct trust *trust)
{
    for (size_t i = 0; i < trust->count; i++)
        if (trust->roots[i].origin == ROOT_TEST)
            return true;
    return false;
}
