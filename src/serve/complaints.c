/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/complaints.h"

enum { LINE_MAX_BYTES = ERROR_TEXT_MAX + 256 };

void complaints_init(struct complaints *complaints)
{
    *complaints = (struct complaints){ 0 };
    buf_init(&complaints->lines, (size_t)COMPLAINTS_KEPT * LINE_MAX_BYTES);
}

void complaints_fini(struct complaints *complaints)
{
    buf_fini(&complaints->lines);
}

void complain(struct complaints *complaints, const char *where, const struct error *why)
{
    if (complaints->count++ < COMPLAINTS_KEPT)
        buf_addf(&complaints->lines, "%.240s: %s\n", where, why->text);
    if (why->kind == ERROR_UNTRUSTED || why->kind == ERROR_REVOKED)
        complaints->has_untrusted = true;
}

void complaints_write(struct buf *out, const char *headline,
                      const struct complaints *complaints)
{
    buf_addf(out, "%s\n", headline);
    buf_add(out, buf_bytes(&complaints->lines));
    if (complaints->count > COMPLAINTS_KEPT)
        buf_addf(out, "and %zu more\n", complaints->count - COMPLAINTS_KEPT);
}
