/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chip_metadata.h"

#include "format/json_text.h"

enum { PEM_MAX = 64 * 1024 };

void chip_metadata_write(struct buf *out, struct bytes der, const struct kds_key *key,
                         const struct der_chain *issuers, int64_t cache_control_s)
{
    struct buf pem;

    buf_init(&pem, PEM_MAX);
    pem_write(&pem, "CERTIFICATE", der);
    buf_add_text(out, "{\"vcekCert\":");
    json_text_write(out, buf_bytes(&pem));
    buf_addf(out, ",\"tcbm\":\"%s\",\"certificateChain\":",
             tcb_version_hex(key->product, &key->tcb).s);
    buf_clear(&pem);
    pem_chain_write(&pem, issuers);
    json_text_write(out, buf_bytes(&pem));
    buf_addf(out, ",\"cacheControl\":\"%lld\"}", (long long)cache_control_s);
    if (pem.failed)
        out->failed = true;
    buf_fini(&pem);
}
