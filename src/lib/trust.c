/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "kit/text.h"
#include "lib/parts.h"
#include "verify/given_root.h"
#include "verify/inspect_file.h"

#define SCRATCH_CEILING ((size_t)1 << 20)

bool thim_trust_new(struct thim_trust **out, struct thim_error *error)
{
    if (out == NULL)
        return errors_tell_usage(error, "trust: there is no place for it");
    *out = malloc(sizeof **out);
    if (*out == NULL)
        return errors_tell_memory(error);
    trust_init(&(*out)->trust);
    return true;
}

void thim_trust_free(struct thim_trust *trust)
{
    free(trust);
}

struct trust trust_of(const struct thim_trust *trust)
{
    struct trust pinned;

    if (trust != NULL)
        return trust->trust;
    trust_init(&pinned);
    return pinned;
}

static bool add(struct trust *trust, enum root_origin origin, struct bytes certificate,
                struct error *why)
{
    struct inspect_file file;
    struct arena arena;

    arena_init(&arena, SCRATCH_CEILING);
    bool well =
        inspect_file_read(certificate, X509_CERTIFICATE_MAX * 2, &arena, &file, why);
    if (well && file.ders.count != 1)
        well = error_set(why, ERROR_FORMAT, "%zu certificates, expected one",
                         file.ders.count);
    well = well && given_root_add(file.ders.certificates[0], origin, trust, why);
    arena_fini(&arena);
    return well || error_within(why, "trusted root");
}

bool thim_trust_add(struct thim_trust *trust, enum thim_root_origin origin,
                    const void *certificate, size_t len, struct thim_error *error)
{
    struct error why = { 0 };

    if (trust == NULL || certificate == NULL)
        return errors_tell_usage(error, "trusted root: no trust, or no certificate");
    if (origin != THIM_ROOT_EXTRA && origin != THIM_ROOT_TEST)
        return errors_tell_usage(
            error, "trusted root: origin %d is neither EXTRA nor TEST", (int)origin);
    return add(&trust->trust, (enum root_origin)origin, bytes_of(certificate, len), &why)
           || errors_tell(error, &why);
}

bool thim_trust_remove(struct thim_trust *trust, const uint8_t spki_sha256[32],
                       struct thim_error *error)
{
    struct error why;

    if (trust == NULL || spki_sha256 == NULL)
        return errors_tell_usage(error, "trusted root: no trust, or no digest");
    if (trust_remove(&trust->trust, spki_sha256))
        return true;
    (void)error_set(&why, ERROR_NOT_FOUND, "trusted root: none has the key %s",
                    hex(spki_sha256, 32).s);
    return errors_tell(error, &why);
}
