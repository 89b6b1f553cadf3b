/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up TCB info and identity, small, every level of which a test can reach or miss
 * by one. Tests only. */
#ifndef THIM_VERIFY_TEST_TCB_WORLD_H
#define THIM_VERIFY_TEST_TCB_WORLD_H

#include "verify/tcb_level.h"

#define DATE_S INT64_C(1700000000)

/* Two platform levels and two module levels, "new" (SVNs of 0xf0 everywhere) and "old"
 * (all zero), as Intel's own matrix has them; a QE with two levels likewise. */
enum { NEW_SVN = 0xf0, NEW_PCESVN = 13, MODULE_NEW = 7, QE_NEW = 8 };

struct world {
    struct bytes words[3];
    struct tcb_level levels[2];
    struct enclave_tcb_level module_levels[2], qe_levels[2];
    struct tdx_module module;
    struct tcb_info info;
    struct qe_identity identity;
};

static inline void world_make(struct world *world, enum tee tee)
{
    static const char *const advisories[] = { "INTEL-SA-00002", "INTEL-SA-00001",
                                              "INTEL-SA-00003" };

    *world = (struct world){ 0 };
    for (size_t i = 0; i < COUNT_OF(advisories); i++)
        world->words[i] = bytes_of_text(advisories[i]);
    world->levels[0] = (struct tcb_level){ .pcesvn = NEW_PCESVN,
                                           .status = TCB_UP_TO_DATE,
                                           .tcb_date_s = DATE_S };
    for (size_t i = 0; i < 16; i++)
        world->levels[0].sgx[i].svn = world->levels[0].tdx[i].svn = NEW_SVN;
    world->levels[1] = (struct tcb_level){ .status = TCB_OUT_OF_DATE,
                                           .tcb_date_s = DATE_S - 100,
                                           .advisories = &world->words[0],
                                           .advisory_count = 2 };
    world->module_levels[0] = (struct enclave_tcb_level){ .isvsvn = MODULE_NEW,
                                                          .status = TCB_UP_TO_DATE,
                                                          .tcb_date_s = DATE_S - 10 };
    world->module_levels[1] = (struct enclave_tcb_level){ .isvsvn = 2,
                                                          .status = TCB_OUT_OF_DATE,
                                                          .tcb_date_s = DATE_S - 200,
                                                          .advisories = &world->words[1],
                                                          .advisory_count = 2 };
    world->qe_levels[0] = (struct enclave_tcb_level){ .isvsvn = QE_NEW,
                                                      .status = TCB_UP_TO_DATE,
                                                      .tcb_date_s = DATE_S - 20 };
    world->qe_levels[1] = (struct enclave_tcb_level){ .isvsvn = 4,
                                                      .status = TCB_OUT_OF_DATE,
                                                      .tcb_date_s = DATE_S - 300 };
    world->module = (struct tdx_module){ .version = 1,
                                         .levels = world->module_levels,
                                         .level_count = 2 };
    world->info = (struct tcb_info){
        .tee = tee, .version = 3, .levels = world->levels, .level_count = 2
    };
    if (tee == TEE_TDX) {
        world->info.module_identities = &world->module;
        world->info.module_identity_count = 1;
    }
    world->identity =
        (struct qe_identity){ .levels = world->qe_levels, .level_count = 2 };
}

static inline struct tcb_subject newest(bool has_tdx)
{
    struct tcb_subject subject = { .sgx = { .pcesvn = NEW_PCESVN },
                                   .has_tdx = has_tdx,
                                   .has_qe = true,
                                   .qe_isvsvn = QE_NEW };

    memset(subject.sgx.cpusvn, NEW_SVN, sizeof subject.sgx.cpusvn);
    memset(subject.tee_tcb_svn, NEW_SVN, sizeof subject.tee_tcb_svn);
    subject.tee_tcb_svn[0] = MODULE_NEW;
    subject.tee_tcb_svn[1] = 1;
    return subject;
}

#endif
