/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/snp_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sev-guest.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/file.h"
#include "kit/text.h"

enum {
    REPORT_DATA_LEN = 64,
    ATTRIBUTE_MAX = 256,
    REPORT_MAX = 16 * 1024,
    RESPONSE_HEAD = 0x20, /* status, size of the report, reserved */
};

/* ---- configfs-tsm -------------------------------------------------------------------
 */

static bool read_attribute(const char *entry, const char *name, struct buf *out,
                           struct error *err)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", entry, name);
    return file_read(path, out, err);
}

static bool write_inblob(const char *entry, struct error *err)
{
    static const uint8_t report_data[REPORT_DATA_LEN]; /* nobody looks at it */
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/inblob", entry);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, ERROR_SYSTEM, "%s: errno %d", path, errno);
    bool written = write(fd, report_data, sizeof report_data) == sizeof report_data;
    int why = errno;
    close(fd);
    return written || error_set(err, ERROR_SYSTEM, "%s: errno %d", path, why);
}

static bool check_provider(const char *entry, struct error *err)
{
    struct buf name;

    buf_init(&name, ATTRIBUTE_MAX);
    bool ok = read_attribute(entry, "provider", &name, err);
    if (ok && !bytes_equal_text(buf_bytes(&name), "sev_guest\n"))
        ok = error_set(err, ERROR_NOT_FOUND, "the machine's reports are by \"%s\"",
                       safe(buf_bytes(&name)).s);
    buf_fini(&name);
    return ok;
}

/* The first write makes it 1. */
static bool check_generation(const char *entry, struct error *err)
{
    struct buf generation;

    buf_init(&generation, ATTRIBUTE_MAX);
    bool ok = read_attribute(entry, "generation", &generation, err);
    if (ok && !bytes_equal_text(buf_bytes(&generation), "1\n"))
        ok = error_set(err, ERROR_SYSTEM, "%s: somebody else writes to it", entry);
    buf_fini(&generation);
    return ok;
}

bool snp_tsm_read(const char *entry, struct buf *out, struct error *err)
{
    struct buf report;

    buf_init(&report, REPORT_MAX);
    bool ok = check_provider(entry, err) && write_inblob(entry, err)
              && read_attribute(entry, "outblob", &report, err)
              && check_generation(entry, err);
    if (ok)
        buf_add(out, buf_bytes(&report));
    buf_fini(&report);
    return ok;
}

bool snp_tsm_report(const char *directory, struct buf *out, struct error *err)
{
    char entry[PATH_MAX];

    snprintf(entry, sizeof entry, "%s/thim-%ld", directory, (long)getpid());
    rmdir(entry); /* one that was left behind */
    if (mkdir(entry, 0700) != 0)
        return error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_SYSTEM,
                         "%s: errno %d", entry, errno);
    bool ok = snp_tsm_read(entry, out, err);
    rmdir(entry);
    return ok;
}

/* ---- /dev/sev-guest -----------------------------------------------------------------
 */

static bool ask_device(int fd, struct buf *out, struct error *err)
{
    struct snp_report_req question = { .vmpl = 0 };
    struct snp_report_resp answer = { .data = { 0 } };
    struct snp_guest_request_ioctl call = {
        .msg_version = 1,
        .req_data = (uintptr_t)&question,
        .resp_data = (uintptr_t)&answer,
    };
    uint32_t status = 0, len = 0;

    if (ioctl(fd, SNP_GET_REPORT, &call) != 0)
        return error_set(err, ERROR_SYSTEM, "%s: errno %d, firmware says %llx",
                         SNP_GUEST_DEVICE, errno, (unsigned long long)call.exitinfo2);
    memcpy(&status, answer.data, sizeof status);
    memcpy(&len, answer.data + sizeof status, sizeof len);
    if (status != 0 || len > sizeof answer.data - RESPONSE_HEAD)
        return error_set(err, ERROR_SYSTEM, "%s: status %u, %u bytes", SNP_GUEST_DEVICE,
                         (unsigned)status, (unsigned)len);
    buf_add(out, bytes_of(answer.data + RESPONSE_HEAD, len));
    return true;
}

static bool device_report(struct buf *out, struct error *err)
{
    int fd = open(SNP_GUEST_DEVICE, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_SYSTEM,
                         "%s: errno %d", SNP_GUEST_DEVICE, errno);
    bool ok = ask_device(fd, out, err);
    close(fd);
    return ok;
}

bool snp_machine_report(struct buf *out, struct error *err)
{
    struct error tsm = { 0 };

    if (snp_tsm_report(SNP_TSM_DIRECTORY, out, &tsm) || device_report(out, err))
        return true;
    return error_within(err, "%s; then", tsm.text);
}
