/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up TCB infos of each shape, small, each value in one place so that a test can edit
 * it. For tests only. */
#ifndef THIM_FORMAT_TEST_TCB_H
#define THIM_FORMAT_TEST_TCB_H

#define SVN_X4 "{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0}"
#define SVN_X8 SVN_X4 "," SVN_X4
#define SVN_X12 SVN_X8 "," SVN_X4
#define HEX_X16 "0000000000000000"
#define MRSIGNER_ZERO HEX_X16 HEX_X16 HEX_X16 HEX_X16 HEX_X16 HEX_X16
#define MRSIGNER_SOME                                  \
    "00112233445566778899aabbccddeeffa0a1a2a3a4a5a6a7" \
    "a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"

#define TDX_LEVEL_NEW                                                              \
    "{\"tcb\":{\"sgxtcbcomponents\":[{\"svn\":11,\"category\":\"BIOS\",\"type\":"  \
    "\"Early \\u004dicrocode\"},{\"svn\":12,\"category\":\"OS/VMM\"},{\"svn\":3}," \
    "{\"svn\":4}," SVN_X12 "],\"pcesvn\":13,\"tdxtcbcomponents\":[{\"svn\":5,"     \
    "\"category\":\"OS/VMM\",\"type\":\"TDX Module\"},{\"svn\":1},{\"svn\":6},"    \
    "{\"svn\":7}," SVN_X12 "]},\"tcbDate\":\"2024-03-13T00:00:00Z\","              \
    "\"tcbStatus\":\"UpToDate\"}"
#define TDX_LEVEL_OLD                                                                \
    "{\"tcb\":{\"sgxtcbcomponents\":[{\"svn\":8},{\"svn\":9},{\"svn\":3},"           \
    "{\"svn\":4}," SVN_X12 "],\"pcesvn\":5,\"tdxtcbcomponents\":[" SVN_X8 "," SVN_X8 \
    "]},\"tcbDate\":\"2018-01-04T00:00:00Z\",\"tcbStatus\":\"OutOfDate\","           \
    "\"advisoryIDs\":[\"INTEL-SA-00106\",\"INTEL-SA-00115\"]}"
#define TDX_MODULE                                                                \
    "\"tdxModule\":{\"mrsigner\":\"" MRSIGNER_ZERO "\",\"attributes\":\"" HEX_X16 \
    "\",\"attributesMask\":\"FFFFFFFFFFFFFFFE\"},"
#define TDX_IDENTITY_3                                                             \
    "{\"id\":\"TDX_03\",\"mrsigner\":\"" MRSIGNER_SOME "\",\"attributes\":"        \
    "\"0102030405060708\",\"attributesMask\":\"FFFFFFFFFFFFFF00\",\"tcbLevels\":[" \
    "{\"tcb\":{\"isvsvn\":3},\"tcbDate\":\"2024-11-13T00:00:00Z\",\"tcbStatus\":"  \
    "\"UpToDate\"}]}"
#define TDX_IDENTITY_1                                                                \
    "{\"id\":\"tdx_0A\",\"mrsigner\":\"" MRSIGNER_ZERO "\",\"attributes\":\"" HEX_X16 \
    "\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\",\"tcbLevels\":[{\"tcb\":"             \
    "{\"isvsvn\":2},\"tcbDate\":\"2023-08-09T00:00:00Z\",\"tcbStatus\":"              \
    "\"Revoked\",\"advisoryIDs\":[\"INTEL-SA-01036\"]},{\"tcb\":{\"isvsvn\":259},"    \
    "\"tcbDate\":\"2024-03-14T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}]}"
#define TDX_IDENTITIES "\"tdxModuleIdentities\":[" TDX_IDENTITY_3 "," TDX_IDENTITY_1 "],"

#define HEAD(ID, VERSION) "{\"id\":\"" ID "\",\"version\":" VERSION ","
#define DATES                                 \
    "\"issueDate\":\"2025-06-18T01:48:43Z\"," \
    "\"nextUpdate\":\"2025-07-18T01:48:43Z\","
#define NAMES                                                           \
    "\"fmspc\":\"90C06f0000a1\",\"pceId\":\"01Ab\",\"tcbType\":0,\"tcb" \
    "EvaluationDataNumber\":17,"

#define TDX_V3                                                            \
    HEAD("TDX", "3")                                                      \
    DATES NAMES TDX_MODULE TDX_IDENTITIES "\"tcbLevels\":[" TDX_LEVEL_NEW \
                                          "," TDX_LEVEL_OLD "]}"

#define SGX_LEVEL_NEW                                                                \
    "{\"tcb\":{\"sgxtcbcomponents\":[{\"svn\":11},{\"svn\":12},{\"svn\":3},"         \
    "{\"svn\":255}," SVN_X12 "],\"pcesvn\":65535},\"tcbDate\":"                      \
    "\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"SWHardeningNeeded\",\"advisoryIDs\":[" \
    "\"INTEL-SA-00615\"]}"
#define SGX_LEVEL_OLD                                                      \
    "{\"tcb\":{\"sgxtcbcomponents\":[{\"svn\":8},{\"svn\":9},{\"svn\":3}," \
    "{\"svn\":4}," SVN_X12 "],\"pcesvn\":5},\"tcbDate\":"                  \
    "\"2018-01-04T00:00:00Z\",\"tcbStatus\":\"OutOfDateConfigurationNeeded\"}"
#define SGX_V3       \
    HEAD("SGX", "3") \
    DATES NAMES "\"tcbLevels\":[" SGX_LEVEL_NEW "," SGX_LEVEL_OLD "]}"

#define FLAT_LEVEL(FIRST, PCESVN, STATUS)                                   \
    "{\"tcb\":{\"sgxtcbcomp01svn\":" FIRST ",\"sgxtcbcomp02svn\":2,"        \
    "\"sgxtcbcomp03svn\":3,\"sgxtcbcomp04svn\":4,\"sgxtcbcomp05svn\":5,"    \
    "\"sgxtcbcomp06svn\":128,\"sgxtcbcomp07svn\":7,\"sgxtcbcomp08svn\":8,"  \
    "\"sgxtcbcomp09svn\":9,\"sgxtcbcomp10svn\":10,\"sgxtcbcomp11svn\":11,"  \
    "\"sgxtcbcomp12svn\":12,\"sgxtcbcomp13svn\":13,\"sgxtcbcomp14svn\":14," \
    "\"sgxtcbcomp15svn\":15,\"sgxtcbcomp16svn\":16,\"pcesvn\":" PCESVN      \
    "},\"tcbDate\":\"2021-11-10T00:00:00Z\",\"tcbStatus\":\"" STATUS "\"}"
#define SGX_V2                                                  \
    "{\"version\":2," DATES NAMES "\"tcbLevels\":[" FLAT_LEVEL( \
        "17", "11", "ConfigurationNeeded") "," FLAT_LEVEL("9", "10", "Revoked") "]}"

#endif
