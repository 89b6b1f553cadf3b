/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/subject.h"

#include <assert.h>

#include "format/der.h"
#include "kit/text.h"

struct subject { /* what is expected, and what of it came */
    const struct subject_attribute *expected;
    size_t count;
    bool seen[SUBJECT_ATTRIBUTES_MAX];
};

/* Marks the attribute as seen; refuses one of another kind or value, or a second. */
static void read_attribute(struct der *attribute, struct subject *subject)
{
    struct bytes oid = der_oid(attribute, "name attribute");
    unsigned tag = der_next_is(attribute, DER_PRINTABLE_STRING) ? DER_PRINTABLE_STRING
                                                                : DER_UTF8_STRING;
    struct bytes value = der_content(attribute, tag, "name attribute");

    for (size_t i = 0; i < subject->count && !der_failed(attribute); i++) {
        const struct subject_attribute *a = &subject->expected[i];
        bool *seen = &subject->seen[i];
        if (!bytes_equal(oid, bytes_of(a->oid, sizeof a->oid)))
            continue;
        if (*seen || (a->value != NULL && !bytes_equal_text(value, a->value)))
            der_refuse(attribute, ERROR_UNTRUSTED, "subject has %s \"%s\"%s%s", a->name,
                       safe(value).s, *seen ? " once more" : ", expected ",
                       *seen ? "" : a->value);
        *seen = true;
        return;
    }
    der_refuse(attribute, ERROR_UNTRUSTED, "subject has an attribute with OID content %s",
               hex(oid.at, oid.len).s);
}

bool subject_check(const struct x509_certificate *certificate,
                   const struct subject_attribute *expected, size_t count,
                   struct error *err)
{
    struct subject subject = { .expected = expected, .count = count };
    struct error refusal = { 0 };
    struct der outside = der_over(certificate->subject, &refusal);
    struct der name = der_enter(&outside, DER_SEQUENCE, "subject");

    assert(count <= SUBJECT_ATTRIBUTES_MAX);
    while (der_more(&name)) {
        struct der set = der_enter(&name, DER_SET, "subject");
        struct der attribute = der_enter(&set, DER_SEQUENCE, "name attribute");
        read_attribute(&attribute, &subject);
        der_end(&attribute, "name attribute");
        der_end(&set, "subject");
    }
    for (size_t i = 0; i < count; i++)
        if (!subject.seen[i])
            der_refuse(&name, ERROR_UNTRUSTED, "subject has no %s", expected[i].name);
    return der_done(&refusal, err);
}
