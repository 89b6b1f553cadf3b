/* SPDX-License-Identifier: Apache-2.0 */
/* Has the machine that we run on make an attestation report of itself: through
 * configfs-tsm (Linux 6.7), else through /dev/sev-guest (5.19).
 *
 * Source: Documentation/ABI/testing/configfs-tsm and Documentation/virt/coco/sev-guest of
 * the Linux kernel. Either asks the firmware, which takes milliseconds and may be made to
 * wait for a second or two: not on a thread that answers. */
#ifndef THIM_SERVE_SNP_MACHINE_H
#define THIM_SERVE_SNP_MACHINE_H

#include "kit/buf.h"
#include "kit/error.h"

#define SNP_TSM_DIRECTORY "/sys/kernel/config/tsm/report"
#define SNP_GUEST_DEVICE "/dev/sev-guest"

/* Appends the report. ERROR_NOT_FOUND where the machine has neither way, ERROR_SYSTEM
 * where it does not do it. */
bool snp_machine_report(struct buf *out, struct error *err) MUST_CHECK;

/* The first way alone: below directory an entry is made, and removed again. */
bool snp_tsm_report(const char *directory, struct buf *out, struct error *err) MUST_CHECK;

/* What is done with such an entry. Its generation tells whether somebody else has written
 * to it meanwhile: ERROR_SYSTEM. */
bool snp_tsm_read(const char *entry, struct buf *out, struct error *err) MUST_CHECK;

#endif
