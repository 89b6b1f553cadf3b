/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lib/options.h"
#include "lib/parts.h"

/* What was brought has been verified, and a VEK was brought. */
static bool check_whole(const struct vek_set *set, bool has_crl, struct thim_error *error)
{
    struct vek_source source = vek_set_source(set);
    enum verify_check check = CHECK_PASSED;
    struct snp_report nobodys = { 0 };
    struct error why = { 0 };

    if (source.vek(source.context, &nobodys, &check, &why) == NULL) {
        if (check == CHECK_PASSED)
            (void)error_set(&why, ERROR_NOT_FOUND, "VCEK or VLEK: it was not given");
        return errors_tell_check(error, check == CHECK_PASSED ? CHECK_VEK_MISSING : check,
                                 &why);
    }
    enum snp_product product = vcek_facts(vek_set_vek(set))->vcek.product;
    if (!has_crl || source.crl(source.context, product, &check, &why) != NULL)
        return true;
    return errors_tell_check(error, check == CHECK_PASSED ? CHECK_AMD_CRL_INVALID : check,
                             &why);
}

static bool make_set(const struct thim_amd_collateral_options *options,
                     const struct trust *trust, struct vek_set **out,
                     struct thim_error *error)
{
    struct vek_texts texts = {
        .vek = bytes_given(options->vek),
        .chain = bytes_given(options->chain),
        .crl = bytes_given(options->crl),
    };
    struct error why = { 0 };

    if (!vek_set_make(&texts, trust, out, &why))
        return errors_tell_check(error, CHECK_SYSTEM, &why);
    return check_whole(*out, texts.crl.len > 0, error);
}

bool thim_amd_collateral_new(const struct thim_trust *trust,
                             const struct thim_amd_collateral_options *options,
                             struct thim_amd_collateral **out, struct thim_error *error)
{
    struct thim_amd_collateral_options known;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || options == NULL)
        return errors_tell_usage(error, "collateral: no options, or no place for it");
    if (!options_read(options, sizeof known, &known, sizeof known, error))
        return false;

    struct thim_amd_collateral *made = calloc(1, sizeof *made);
    if (made == NULL)
        return errors_tell_memory(error);
    atomic_init(&made->holders, 1);
    made->trust = trust_of(trust);
    if (!make_set(&known, &made->trust, &made->set, error)) {
        thim_amd_collateral_release(made);
        return false;
    }
    *out = made;
    return true;
}

struct thim_amd_collateral *thim_amd_collateral_hold(
    const struct thim_amd_collateral *collateral)
{
    /* never changes but for the count of its holders */
    struct thim_amd_collateral *held =
        (struct thim_amd_collateral *)(uintptr_t)collateral;

    if (held != NULL)
        atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    return held;
}

void thim_amd_collateral_release(struct thim_amd_collateral *collateral)
{
    if (collateral == NULL
        || atomic_fetch_sub_explicit(&collateral->holders, 1, memory_order_acq_rel) != 1)
        return;
    vek_set_free(collateral->set);
    free(collateral);
}
