/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/quote_order.h"

#include "sim/platforms.h"

enum { /* what defects need */
       OF_TDX = 1,
       OF_V4 = 2, /* or 5 */
       OF_V5 = 4,
       OF_LEAF = 8,  /* certification types 4 and 5 */
       OF_CHAIN = 16 /* 5 */
};

#define LENGTHS(place, name, what, needs)                                           \
    [DEFECT_LENGTHS                                                                 \
        + 3 * (place)] = { name "_short", what " is one more than its length says", \
                           needs },                                                 \
              [DEFECT_LENGTHS + 3 * (place)                                         \
                  + 1] = { name "_long", what " is one less than its length says",  \
                           needs },                                                 \
              [DEFECT_LENGTHS + 3 * (place)                                         \
                  + 2] = { name "_padded", what " has a byte too many, counted", needs }

static const struct choice defects[QUOTE_DEFECTS] = {
    [DEFECT_VERSION_UNKNOWN] = { "version_unknown", "the version is 6", 0 },
    [DEFECT_KEY_TYPE] = { "key_type", "the attestation key is said to be P-384", 0 },
    [DEFECT_TEE_TYPE_UNKNOWN] = { "tee_type_unknown", "the TEE type is 0x82", 0 },
    [DEFECT_TEE_TYPE_OTHER] = { "tee_type_other", "the TEE type is the other one's", 0 },
    [DEFECT_VENDOR] = { "vendor", "the QE vendor is not Intel", 0 },
    [DEFECT_RESERVED] = { "reserved",
                          "reserved bytes of the header are not zero; Intel's own "
                          "library does not mind",
                          OF_V4 },
    [DEFECT_BODY_TYPE_UNKNOWN] = { "body_type_unknown", "the body's type is 9", OF_V5 },
    [DEFECT_BODY_TYPE_OTHER] = { "body_type_other",
                                 "the body's type is that of another length", OF_V5 },
    [DEFECT_BODY_SIZE_SHORT] = { "body_size_short",
                                 "the body is one more than its size says", OF_V5 },
    [DEFECT_BODY_SIZE_LONG] = { "body_size_long",
                                "the body is one less than its size says", OF_V5 },
    [DEFECT_BODY_PADDED] = { "body_padded", "the body has a byte too many, counted",
                             OF_V5 },
    LENGTHS(LENGTH_SIGNATURE_DATA, "signature_data", "the signature data", 0),
    LENGTHS(LENGTH_AUTH_DATA, "auth_data", "the QE's authentication data", 0),
    LENGTHS(LENGTH_QE_CERTIFICATION, "qe_certification", "the QE's certification data",
            OF_V4),
    LENGTHS(LENGTH_CERTIFICATION_DATA, "certification_data",
            "the platform's certification data", 0),
    [DEFECT_OUTER_TYPE] = { "outer_type", "the QE's certification data has type 5",
                            OF_V4 },
    [DEFECT_INNER_TYPE_0] = { "inner_type_0", "the certification data has type 0", 0 },
    [DEFECT_INNER_TYPE_6] = { "inner_type_6",
                              "the certification data says of itself that it is a QE "
                              "report's",
                              0 },
    [DEFECT_INNER_TYPE_7] = { "inner_type_7",
                              "the certification data has a manifest's type", 0 },
    [DEFECT_QUOTE_SIGNATURE] = { "quote_signature",
                                 "one bit of the quote's signature is another", 0 },
    [DEFECT_QUOTE_SIGNATURE_ZERO] = { "quote_signature_zero",
                                      "the quote's signature is all zeros", 0 },
    [DEFECT_QE_REPORT_SIGNATURE] = { "qe_report_signature",
                                     "one bit of the QE report's signature is another",
                                     0 },
    [DEFECT_BODY_EDITED] = { "body_edited",
                             "one bit of the body is another than was signed", 0 },
    [DEFECT_QE_REPORT_EDITED] = { "qe_report_edited",
                                  "one bit of the QE report is another than was signed",
                                  0 },
    [DEFECT_KEY_OTHER] = { "attestation_key_other",
                           "the attestation key is not the one the QE reported", 0 },
    [DEFECT_KEY_OFF_CURVE] = { "attestation_key_off_curve",
                               "the attestation key the QE reported is no point", 0 },
    [DEFECT_QE_REPORT_DATA] = { "qe_report_data",
                                "the QE reported the digest of something else", 0 },
    [DEFECT_QE_REPORT_DATA_UPPER] = { "qe_report_data_upper",
                                      "behind the digest the QE reported more", 0 },
    [DEFECT_QE_MRSIGNER] = { "qe_mrsigner", "the QE is another signer's", 0 },
    [DEFECT_QE_ISVPRODID] = { "qe_isvprodid", "the QE is another product", 0 },
    [DEFECT_QE_MISCSELECT] = { "qe_miscselect", "the QE's MISCSELECT is another", 0 },
    [DEFECT_QE_ATTRIBUTES] = { "qe_attributes", "the QE has no provisioning key", 0 },
    [DEFECT_QE_DEBUG] = { "qe_debug", "the QE can be debugged", 0 },
    [DEFECT_QE_OTHER_TEE] = { "qe_other_tee", "the QE is the other TEE's", 0 },
    [DEFECT_SEAM_SIGNER] = { "seam_signer", "the TDX module is not signed by Intel",
                             OF_TDX },
    [DEFECT_SEAM_ATTRIBUTES] = { "seam_attributes", "the TDX module has attributes",
                                 OF_TDX },
    [DEFECT_MODULE_UNKNOWN] = { "module_unknown",
                                "the TDX module has a version without identity", OF_TDX },
    [DEFECT_FOREIGN_ROOT] = { "foreign_root",
                              "PCK certificate and chain are from another root of the "
                              "same name",
                              OF_LEAF },
    [DEFECT_CHAIN_ORDER] = { "chain_order",
                             "the root stands before the CA; most do not mind",
                             OF_CHAIN },
    [DEFECT_CHAIN_WITHOUT_ROOT] = { "chain_without_root", "the root is not there",
                                    OF_CHAIN },
    [DEFECT_CHAIN_LEAF_ALONE] = { "chain_leaf_alone", "CA and root are not there",
                                  OF_CHAIN },
    [DEFECT_PCK_SIGNATURE] = { "pck_signature",
                               "one bit of the PCK certificate's signature is another",
                               OF_LEAF },
    [DEFECT_PCK_OTHER] = { "pck_other",
                           "the PCK certificate is of a platform with another FMSPC",
                           OF_LEAF },
    [DEFECT_PCK_UNREADABLE] = { "pck_unreadable", "the PCK certificate is no DER",
                                OF_LEAF },
    [DEFECT_PCK_EXPIRED] = { "pck_expired", "the PCK certificate ended 10 days ago",
                             OF_LEAF },
    [DEFECT_PCK_FUTURE] = { "pck_future", "the PCK certificate begins in two days",
                            OF_LEAF },
};

static const char *const tees[] = { [WORLD_SGX] = "sgx", [WORLD_TDX] = "tdx", NULL };
static const char *const bodies[] = { "sgx", "td10", "td15", "td15ex", NULL };

#define AT(field) offsetof(struct quote_order, field)
#define NUMBER(name, field, most, value, help)                           \
    {                                                                    \
        name, AT(field), MEMBER_NUMBER, most, NULL, NULL, 0, value, help \
    }
#define BYTES(name, field, len, help)                                  \
    {                                                                  \
        name, AT(field), MEMBER_BYTES, len, NULL, NULL, 0, "HEX", help \
    }

static const struct member rows[] = {
    NUMBER("platform", platform, PLATFORMS_MAX - 1, "I", "whose, by its index [0]"),
    { "tee", AT(tee), MEMBER_WORD, 0, tees, NULL, 0, "sgx|tdx", "[sgx]" },
    NUMBER("version", version, 5, "3|4|5", "[3 of SGX, 4 or 5 of TDX]"),
    { "body", AT(body), MEMBER_WORD, 0, bodies, NULL, 0, "sgx|td10|td15|td15ex",
      "[td15 of version 5, else td10]" },
    NUMBER("certification", certification, 5, "1..5",
           "who the platform is: PPID, encrypted, PCK leaf, chain [5]"),
    NUMBER("tcb", tcb, UINT16_MAX, "N",
           "everything at the level of this evaluation data number [newest]"),
    BYTES("cpusvn", cpusvn, CPUSVN_LEN, "of the platform; the PCK is the best for it"),
    NUMBER("pcesvn", pcesvn, UINT16_MAX, "N", "likewise"),
    BYTES("tee-tcb-svn", tee_tcb_svn, 16, "of TDX, at launch"),
    BYTES("tee-tcb-svn2", tee_tcb_svn2, 16, "of TDX 1.5, now [as at launch]"),
    NUMBER("qe-isvsvn", qe_isvsvn, UINT16_MAX, "N", "of the quoting enclave"),
    NUMBER("auth-data-len", auth_data_len, UINT16_MAX - 1, "N",
           "bytes of the QE's authentication data [32]"),
    BYTES("report-data", report_data, 64, "[zeros]"),
    { "debug", AT(debug), MEMBER_FLAG, 0, NULL, NULL, 0, NULL,
      "the enclave or trust domain can be debugged" },
    BYTES("mrenclave", mrenclave, 32, "of SGX"),
    BYTES("mrsigner", mrsigner, 32, "of SGX"),
    NUMBER("isv-prod-id", isv_prod_id, UINT16_MAX, "N", "of SGX [1]"),
    NUMBER("isv-svn", isv_svn, UINT16_MAX, "N", "of SGX [1]"),
    BYTES("mrtd", mrtd, 48, "of TDX, as what follows"),
    BYTES("rtmr0", rtmrs[0], 48, ""),
    BYTES("rtmr1", rtmrs[1], 48, ""),
    BYTES("rtmr2", rtmrs[2], 48, ""),
    BYTES("rtmr3", rtmrs[3], 48, ""),
    BYTES("mrseam", mrseam, 48, ""),
    BYTES("mr-config-id", mr_config_id, 48, "[zeros]"),
    BYTES("mr-owner", mr_owner, 48, "[zeros]"),
    BYTES("mr-owner-config", mr_owner_config, 48, "[zeros]"),
    BYTES("mr-service-td", mr_service_td, 48, "of TDX 1.5 [zeros]"),
    BYTES("td-attributes", td_attributes, 8, "[0000001000000000]"),
    BYTES("xfam", xfam, 8, "[e702060000000000]"),
    NUMBER("trailing", trailing, QUOTE_TRAILING_MAX, "N", "bytes behind the quote [0]"),
    NUMBER("truncate", truncate, UINT32_MAX, "N", "only the first N bytes"),
    { "flip", AT(flip), MEMBER_BIT, UINT32_MAX, NULL, NULL, 0, "OFFSET[:BIT]",
      "one bit of the whole turned, last of all" },
    { "defect", AT(defects), MEMBER_CHOICE, 0, NULL, defects, QUOTE_DEFECTS, "NAME",
      "what else is wrong; may be given again" },
};

const struct members quote_members = { rows, COUNT_OF(rows) };
const struct member *const quote_defect_member = &rows[COUNT_OF(rows) - 1];

static unsigned what_is_there(const struct quote_shape *shape)
{
    return (shape->tee == WORLD_TDX ? OF_TDX : 0) | (shape->version >= 4 ? OF_V4 : 0)
           | (shape->version == 5 ? OF_V5 : 0) | (shape->certification >= 4 ? OF_LEAF : 0)
           | (shape->certification == 5 ? OF_CHAIN : 0);
}

/* What was not said follows from what was. */
static struct quote_shape complete(const struct quote_order *order)
{
    struct quote_shape shape;
    enum quote_body body = (enum quote_body)given_or(&order->body, QUOTE_SGX);
    bool is_later = body > QUOTE_TD_10;

    shape.tee =
        (enum world_tee)given_or(&order->tee, body > QUOTE_SGX ? WORLD_TDX : WORLD_SGX);
    shape.version = (unsigned)given_or(&order->version, shape.tee == WORLD_SGX ? 3
                                                        : is_later             ? 5
                                                                               : 4);
    shape.body = order->body.is_given     ? body
                 : shape.tee == WORLD_SGX ? QUOTE_SGX
                 : shape.version == 5     ? QUOTE_TD_15
                                          : QUOTE_TD_10;
    shape.certification = (unsigned)given_or(&order->certification, 5);
    return shape;
}

bool quote_order_shape(const struct quote_order *order, struct quote_shape *out,
                       struct error *err)
{
    struct quote_shape shape = complete(order);

    if (shape.version < 3)
        return error_set(err, ERROR_FORMAT, "version: expected 3, 4 or 5");
    if (shape.certification < 1)
        return error_set(err, ERROR_FORMAT, "certification: expected 1 to 5");
    if ((shape.tee == WORLD_SGX) != (shape.body == QUOTE_SGX))
        return error_set(err, ERROR_FORMAT, "body: %s has no %s", tees[shape.tee],
                         bodies[shape.body]);
    if (shape.tee == WORLD_TDX && shape.version == 3)
        return error_set(err, ERROR_FORMAT, "version: TDX has 4 and 5");
    if (shape.body > QUOTE_TD_10 && shape.version != 5)
        return error_set(err, ERROR_FORMAT, "version: %s has 5 alone",
                         bodies[shape.body]);
    if (!members_fit(quote_defect_member, &order->defects, what_is_there(&shape), err))
        return false;
    *out = shape;
    return true;
}
