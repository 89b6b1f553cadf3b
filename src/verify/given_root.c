/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/given_root.h"

#include "verify/amd_chain.h"

bool given_root_add(struct bytes der, enum root_origin origin, struct trust *trust,
                    struct error *err)
{
    struct x509_certificate root;

    if (!x509_parse(der, &root, err))
        return error_within(err, "root certificate");
    return root.key_kind == X509_KEY_RSA ? amd_chain_add_root(der, origin, trust, err)
                                         : chain_add_root(der, origin, trust, err);
}
