/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/tcb_level.h"

#include <stdio.h>

enum {
    SGX_COMPONENTS = 16,
    PCESVN_PLACE = SGX_COMPONENTS,
    FIRST_TDX_PLACE,
    MODULE_MAJOR = 1, /* index into tee_tcb_svn */
    AFTER_MODULE = 2, /* from here on TDX components count where there is a module */
};

static unsigned needed(const struct tcb_level *level, unsigned place)
{
    if (place < PCESVN_PLACE)
        return level->sgx[place].svn;
    return place == PCESVN_PLACE ? level->pcesvn
                                 : level->tdx[place - FIRST_TDX_PLACE].svn;
}

static unsigned had(const struct tcb_subject *subject, unsigned place)
{
    if (place < PCESVN_PLACE)
        return subject->sgx.cpusvn[place];
    return place == PCESVN_PLACE ? subject->sgx.pcesvn
                                 : subject->tee_tcb_svn[place - FIRST_TDX_PLACE];
}

/* The first two TDX components are the module's own version; where it has a major version
 * its identity speaks for them, and not the platform's levels. */
static bool counts(const struct tcb_info *info, const struct tcb_subject *subject,
                   unsigned place)
{
    if (place <= PCESVN_PLACE)
        return true;
    if (info->tee != TEE_TDX || !subject->has_tdx)
        return false;
    return subject->tee_tcb_svn[MODULE_MAJOR] == 0
           || place - FIRST_TDX_PLACE >= AFTER_MODULE;
}

struct tcb_shortfall tcb_level_shortfall(const struct tcb_level *level,
                                         const struct tcb_info *info,
                                         const struct tcb_subject *subject)
{
    for (unsigned place = 0; place < TCB_PLACES; place++)
        if (counts(info, subject, place) && had(subject, place) < needed(level, place))
            return (struct tcb_shortfall){ place, had(subject, place),
                                           needed(level, place) };
    return (struct tcb_shortfall){ .place = TCB_PLACES };
}

/* Levels stand as format/tcb_levels.h sorts them, and the first that is reached is the
 * one that is meant: Intel's web page goes through the document from its top, Intel's
 * library sorts in this very order, and all that Intel has signed stands in it. A level
 * that asks for more in every part precedes one that asks for less, so nothing better is
 * missed; where neither of two does, the order alone decides. Where only the TDX part
 * fails the search goes on: one level has to hold in all its parts. */
const struct tcb_level *tcb_level_match(const struct tcb_info *info,
                                        const struct tcb_subject *subject)
{
    for (size_t i = 0; i < info->level_count; i++)
        if (tcb_level_shortfall(&info->levels[i], info, subject).place == TCB_PLACES)
            return &info->levels[i];
    return NULL;
}

const struct enclave_tcb_level *enclave_level_match(
    const struct enclave_tcb_level *levels, size_t count, uint16_t isvsvn)
{
    for (size_t i = 0; i < count; i++)
        if (isvsvn >= levels[i].isvsvn)
            return &levels[i];
    return NULL;
}

const struct tdx_module *tdx_module_match(const struct tcb_info *info, uint8_t version)
{
    for (size_t i = 0; i < info->module_identity_count; i++)
        if (info->module_identities[i].version == version)
            return &info->module_identities[i];
    return NULL;
}

struct tcb_place_words tcb_place_words(const struct tcb_info *info, unsigned place)
{
    struct tcb_place_words words = { .name = "pcesvn" };
    const struct tcb_level *newest = &info->levels[0];
    const struct tcb_component *component = NULL;

    if (place < PCESVN_PLACE) {
        snprintf(words.name, sizeof words.name, "sgx.%u", place);
        component = &newest->sgx[place];
    } else if (place >= FIRST_TDX_PLACE && place < TCB_PLACES) {
        snprintf(words.name, sizeof words.name, "tdx.%u", place - FIRST_TDX_PLACE);
        component = &newest->tdx[place - FIRST_TDX_PLACE];
    }
    if (component != NULL) {
        words.category = component->category;
        words.type = component->type;
    }
    return words;
}
