/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/error_advice.h"

#include <assert.h>

static const struct {
    const char *cause, *remedy;
} advices[] = {
    [ADVICE_NOTHING] = { "none: it is no failure", "nothing" },
    [ADVICE_UNEXPECTED] = { "In the quote provider: a 200 with an empty body, a PCCS API "
                            "version other than "
                            "3.0 and 3.1, no /sgx/ in the collateral service's URL "
                            "(TDX), or "
                            "local_cache_only without a fresh file. Elsewhere: anything "
                            "without a code of "
                            "its own",
                            "Read the library's log (sgx_ql_set_logging_callback, or "
                            "aesmd's and qgsd's "
                            "journal); check /etc/sgx_default_qcnl.conf: pccs_url ends "
                            "in /, and "
                            "pccs_api_version is 3.0 or 3.1" },
    [ADVICE_UNEXPECTED_AZURE] = { "The answer came, but a header that the client wants "
                                  "is missing: Cache-Control, "
                                  "or the issuer chain (on the root CRL too); or a PCK "
                                  "answer that is not JSON",
                                  "Put no proxy in between that takes headers away; a "
                                  "THIM sends all of them" },
    [ADVICE_PARAMETER] = { "The caller gave something that cannot be: a crypto suite "
                           "other than 1, a CA "
                           "other than processor and platform, an FMSPC that is not 6 "
                           "bytes",
                           "Correct the call; it is no matter of the service" },
    [ADVICE_PARAMETER_AZURE] = { "An output pointer was not NULL at the call, which this "
                                 "client refuses and "
                                 "Intel's does not; or as with Intel's: an unknown CA, a "
                                 "bad FMSPC length",
                                 "Set output pointers to NULL before the call" },
    [ADVICE_MEMORY] = { "The process or the enclave page cache is out of memory",
                        "Give it more; look for what else uses EPC" },
    [ADVICE_QUOTING] = { "Quote generation on the host: the quoting enclave, its "
                         "attestation key or the "
                         "PCE; not the collateral. Often after an update of the SGX PSW "
                         "or a lost power "
                         "state",
                         "Restart aesmd or qgsd; call sgx_qe_get_target_info again so "
                         "that the key is "
                         "made anew; update the SGX PSW and DCAP packages together" },
    [ADVICE_DEVICE] = { "The process cannot reach SGX: /dev/sgx_enclave or "
                        "/dev/sgx_provision is not "
                        "there or not its, SGX is off in the BIOS, or the architectural "
                        "enclaves are "
                        "not installed",
                        "ls -l /dev/sgx_*; put the user into sgx_prv; install "
                        "libsgx-ae-*; enable SGX" },
    [ADVICE_NO_PLATFORM_CERT] = { "The caching service answered 404 to pckcert: it has "
                                  "no certificate for this "
                                  "platform at this TCB (or the quote provider gave "
                                  "none)",
                                  "thim platform doctor QEID says why; register the "
                                  "platform with thim platform "
                                  "register FILE (PCKIDRetrievalTool's CSV)" },
    [ADVICE_NETWORK] = { "The quote provider got no HTTP answer (name, connection, "
                         "timeout, TLS), or a "
                         "403. Intel's retries only 503 and libcurl's connect errors, "
                         "retry_times more "
                         "times",
                         "curl the pccs_url of /etc/sgx_default_qcnl.conf from that "
                         "host; mind "
                         "http_proxy and no_proxy, which count for loopback too; a 403 "
                         "is the service's "
                         "access rule" },
    [ADVICE_NETWORK_AZURE] = { "PCK certificate: any HTTP error or transport failure of "
                               "the secondary URL; "
                               "collateral: no connection. An HTTP/1.0 answer, a header "
                               "with an empty value "
                               "and a header line without CRLF count as such",
                               "Check AZDCAP_PRIMARY_BASE_CERT_URL, "
                               "AZDCAP_SECONDARY_BASE_CERT_URL and "
                               "AZDCAP_BASE_CERT_URL, and curl them from that host; then "
                               "thim platform doctor "
                               "QEID" },
    [ADVICE_PROXY] = { "The proxy's name does not resolve",
                       "Correct or unset http_proxy and https_proxy of that process" },
    [ADVICE_NAME] = { "The service's name does not resolve",
                      "Correct pccs_url in /etc/sgx_default_qcnl.conf, or the resolver" },
    [ADVICE_CONNECT] = { "Nobody listens there, or a firewall is in between",
                         "Is the service running? ss -ltn on its host; check the port "
                         "(8081) and pccs_url" },
    [ADVICE_TIMEOUT] = { "The service did not answer in time",
                         "thim status: is it waiting for its upstream? Prefetch what "
                         "hosts ask for (thim refresh)" },
    [ADVICE_TLS] = { "The certificate that the service shows is not one that the host "
                     "trusts, names "
                     "another host, or has expired",
                     "Install the service's CA on the host (thimd init writes it), or "
                     "mend the "
                     "certificate; use_secure_cert false switches the check off and is "
                     "no remedy" },
    [ADVICE_CONFIG] = { "/etc/sgx_default_qcnl.conf (or $QCNL_CONF_PATH) begins as JSON "
                        "and is not: a "
                        "trailing comma, an unknown tcb_update_type. Other calls fall "
                        "back to "
                        "https://localhost:8081 without a word",
                        "Mend the file (// comments are allowed, trailing commas are "
                        "not), then restart "
                        "whatever has loaded the library" },
    [ADVICE_MESSAGE] = { "A 200 without the issuer chain header that belongs to it, or a "
                         "503 whose "
                         "headers or body were mixed into the retry's answer",
                         "Put no proxy in between that takes headers away or adds a body "
                         "to a 503; a "
                         "THIM's 503 is empty" },
    [ADVICE_NO_COLLATERAL] = { "The caching service answered 404 to a CRL, a QvE "
                               "identity or a policy, or the "
                               "chain has nothing to fetch",
                               "thim status: is the item held? thim refresh; is the URL "
                               "the service's (the "
                               "path must go on with /sgx/certification/v4/)?" },
    [ADVICE_NO_COLLATERAL_AZURE] = { "The service answered a collateral request with an "
                                     "HTTP error: an FMSPC it does "
                                     "not know, or a customParameter it does not "
                                     "understand (a misspelt key, a "
                                     "number that Intel no longer signs)",
                                     "Try the same without customParameter; thim "
                                     "baseline list shows the numbers "
                                     "there are; thim status what is held" },
    [ADVICE_NO_TCB_INFO] = { "Nobody has TCB info of this FMSPC for this TEE and number: "
                             "the service answered "
                             "404, or the file was not given",
                             "thim status shows what is held; add the FMSPC to "
                             "intel.fmspcs of thimd's "
                             "configuration, then thim refresh; by files give --tcb-info "
                             "or --collateral" },
    [ADVICE_NO_IDENTITY] = { "Nobody has the QE identity of this TEE and number: the "
                             "service answered 404 to "
                             "it (or to the root CRL's step that needs it), or the file "
                             "was not given",
                             "thim status, thim refresh; collateral_service must have "
                             "/sgx/ in its path, "
                             "which TDX replaces by /tdx/; by files give --qe-identity "
                             "or --collateral" },
    [ADVICE_NO_QVE_IDENTITY] = { "The caching service answered 404 to the QvE identity",
                                 "thim status; thim refresh" },
    [ADVICE_SERVICE_BUSY] = { "503 after all retries: the service does not have it yet "
                              "and its upstream is "
                              "slow, throttles, or is down",
                              "thim status tells how the upstreams do; raise retry_times "
                              "and retry_delay in "
                              "/etc/sgx_default_qcnl.conf; prefetch" },
    [ADVICE_STRANGE_ANSWER] = { "An HTTP status without a meaning in the protocol: 3xx, "
                                "400, 401, 410, 429, "
                                "500, 502. Redirects are not followed, 429 is not "
                                "retried",
                                "curl -i the URL in the library's log: is there another "
                                "server or a proxy in "
                                "front? Is pccs_url right to the last /?" },
    [ADVICE_PLATFORM_UNKNOWN] = { "461: the service has never heard of this platform, "
                                  "and Intel does not know its "
                                  "registration either",
                                  "Register it: thim platform register FILE; "
                                  "multi-package platforms need their "
                                  "manifest to be registered with Intel first; thim "
                                  "platform doctor QEID" },
    [ADVICE_CERTS_UNAVAILABLE] = { "462: the platform is known, but Intel has no "
                                   "certificate for it at this TCB "
                                   "('Not available')",
                                   "thim platform doctor QEID: the BIOS may be older or "
                                   "newer than any TCB level, "
                                   "or the platform must be registered again after a "
                                   "change" },
    [ADVICE_FORBIDDEN] = { "The service does not let this caller in",
                           "Look at the service's access rules and the host's client "
                           "certificate; thimd's log names the rule" },
    [ADVICE_UNAUTHORIZED] = { "The token is missing or wrong, or the API key of an "
                              "upstream is",
                              "thim token make; or correct the key of the upstream" },
    [ADVICE_GONE] = { "Intel no longer signs collateral of this evaluation data number: "
                      "it lies below "
                      "standard",
                      "Ask for a newer number; thim baseline list shows where each "
                      "baseline stands" },
    [ADVICE_COLLATERAL_VERSION] = { "The verifier does not know the version that the "
                                    "quote provider has put on the "
                                    "collateral (known: 1.0, 3.0, 3.1, 4.0)",
                                    "Update the verifier, or set pccs_api_version to "
                                    "3.1" },
    [ADVICE_QUOTE_FORMAT] = { "It is not a quote (a report, base64 or hex where bytes "
                              "are wanted, a buffer "
                              "that was cut), of a version or key type that does not "
                              "exist, or was changed "
                              "on its way",
                              "thim verify FILE says what it takes the file for; pass "
                              "the whole quote, raw" },
    [ADVICE_CERTIFICATION] = { "The quote does not bring its PCK certificate chain: the "
                               "host made it without "
                               "collateral (encrypted PPID only)",
                               "Install and configure the quote provider on the host; or "
                               "verify with a "
                               "service that knows the platform's certificate" },
    [ADVICE_PCK_MISSING] = { "The quote brings no PCK certificate, and none is known for "
                             "its platform",
                             "Install the quote provider on the host so that quotes "
                             "bring their chain, give "
                             "--pck-chain FILE, or register the platform with the "
                             "service" },
    [ADVICE_CERTIFICATE] = { "A certificate is not what Intel's profile says: another "
                             "name, role, key, or an "
                             "extension that is missing or wrong. Damaged on its way, or "
                             "not Intel's",
                             "thim inspect FILE on the chain says which and why; fetch "
                             "it anew" },
    [ADVICE_UNTRUSTED] = { "The chain ends in a root that is not pinned: Intel's "
                           "pre-production root, a "
                           "simulator's, or somebody else's",
                           "thim inspect FILE; production platforms have Intel's SGX "
                           "Root CA. A test root "
                           "is let in by --root (command) or trust.test_roots (service) "
                           "only" },
    [ADVICE_CRL] = { "The revocation list does not read, has another issuer than the "
                     "chain's CA, or "
                     "its signature does not hold. Often a list of the other CA "
                     "(processor for "
                     "platform), or hex where DER is wanted",
                     "thim inspect FILE --chain CHAIN; fetch the list of the right CA "
                     "anew" },
    [ADVICE_CRL_MISSING] = { "No revocation list was there to judge the chain by, and "
                             "none is ever skipped",
                             "Give --root-crl and --pck-crl, or ask a service that holds "
                             "them (thim status)" },
    [ADVICE_PCK_REVOKED] = { "Intel has revoked the platform's certificate: its keys are "
                             "no longer to be "
                             "believed",
                             "Trust nothing from this platform; update its firmware, "
                             "which brings a new "
                             "certificate, or take it out of service" },
    [ADVICE_CA_REVOKED] = { "Intel has revoked a certificate above: an intermediate CA "
                            "or the TCB signer",
                            "Fetch collateral and chains anew; if it stays, believe "
                            "nothing under it" },
    [ADVICE_COLLATERAL_DAMAGED] = { "The document does not read, or its signature does "
                                    "not hold over its bytes: cut, "
                                    "re-indented, re-encoded, or forged",
                                    "thim inspect FILE --chain CHAIN; store and pass the "
                                    "bytes exactly as they "
                                    "came, never parsed and written again" },
    [ADVICE_WRONG_TCB_INFO] = { "The TCB info is of another FMSPC, PCE-ID or TEE than "
                                "the platform's: SGX for "
                                "TDX, or another machine's",
                                "Fetch the one of the FMSPC in the PCK certificate, from "
                                "/sgx/ or /tdx/ as the "
                                "quote is" },
    [ADVICE_TDX_MODULE] = { "The TDX module is not one that the TCB info names: another "
                            "signer or "
                            "attributes, or a module newer than the TCB info",
                            "Fetch newer collateral (a newer evaluation data number), or "
                            "run a module that "
                            "Intel has released" },
    [ADVICE_FORGED] = { "A signature or a binding inside the quote does not hold: it was "
                        "changed, cut "
                        "together from two, or made with another PCK than the one given",
                        "Take a fresh quote; with --pck-chain make sure it is this "
                        "platform's. If it "
                        "stays, somebody is forging" },
    [ADVICE_QE_IDENTITY] = { "The enclave that signed is not Intel's quoting enclave as "
                             "the identity "
                             "describes it: another enclave, a debug one, or the "
                             "identity of the other TEE "
                             "(QE for TD_QE)",
                             "Use the identity of the quote's TEE; update DCAP on the "
                             "host" },
    [ADVICE_QE_OLD] = { "The quoting enclave on the host is older than Intel recommends",
                        "Update libsgx-ae-qe3 or libsgx-ae-tdqe (the DCAP packages) "
                        "on the host and restart aesmd or qgsd" },
    [ADVICE_QVE] = { "The quote verification enclave is missing, old or not Intel's",
                     "Update libsgx-ae-qve, or verify without the enclave" },
    [ADVICE_TCB_OLD] = { "Firmware, microcode, TDX module or quoting enclave are behind "
                         "what the TCB "
                         "info asks for; advisories name the holes that stay open",
                         "thim explain FILE (or QEID) names the components that are "
                         "short and what would "
                         "raise them; usually a BIOS update, then a new PCK "
                         "certificate" },
    [ADVICE_TCB_CONFIGURATION] = { "The firmware is new enough, but a setting leaves a "
                                   "hole open: mostly "
                                   "hyper-threading, or an integrity option of the BIOS",
                                   "Read the advisories (thim explain FILE); change the "
                                   "setting, or accept the "
                                   "status in the policy if the hole does not matter" },
    [ADVICE_TCB_HARDENING] = { "The platform is up to date; enclaves must be built with "
                               "mitigations against "
                               "the advisories named",
                               "Build the enclave with them; the default policy accepts "
                               "this status" },
    [ADVICE_TCB_REVOKED] = { "Intel takes platforms at this TCB level for broken",
                             "Trust nothing from it; update its firmware" },
    [ADVICE_TCB_UNSUPPORTED] = { "No TCB level is low enough for the platform (or TDX "
                                 "module, or QE): it is older "
                                 "than all, or a mixture that Intel has never published",
                                 "thim explain FILE; update the firmware; is the TCB "
                                 "info of this FMSPC?" },
    [ADVICE_RELAUNCH] = { "The TDX module was updated after the TD had been launched: "
                          "now it would be up "
                          "to date, at its launch it was not",
                          "Launch the TD anew" },
    [ADVICE_EXPIRED_COLLATERAL] = { "Its nextUpdate has passed at the moment of the "
                                    "judgement: the cache is not "
                                    "refreshed, or the clock is wrong",
                                    "thim status: how does the refresh go? thim refresh; "
                                    "check the clock; for old "
                                    "evidence give the time with --at" },
    [ADVICE_EXPIRED_CERTIFICATE] = { "A certificate of the chain is past its end or "
                                     "before its beginning; Intel's TCB "
                                     "signing certificate of 2018 ended in May 2025",
                                     "Fetch the chain anew, together with the document; "
                                     "check the clock; for old "
                                     "evidence give the time with --at" },
    [ADVICE_ANY_FAILURE] = { "The verification ended before a result: every failure that "
                             "is neither a "
                             "signature nor a revocation comes as this",
                             "Look at the call's own status (0xE0xx), not at the "
                             "result" },
    [ADVICE_REPORT_FORMAT] = { "It is no SEV-SNP report: not 1184 bytes (a message with "
                               "a header, a "
                               "certificate table behind it), a version or algorithm "
                               "that does not exist, or "
                               "reserved parts in use",
                               "thim verify FILE says what it takes the file for; cut it "
                               "to the report" },
    [ADVICE_REPORT_UNSIGNED] = { "The report names no signing key: the host masks its "
                                 "chip's key (MaskChipKey)",
                                 "The host's firmware configuration must not mask the "
                                 "key" },
    [ADVICE_VEK_MISSING] = { "There is no VCEK or VLEK to check the report with",
                             "thim amd import the report (it has chip and TCB), give "
                             "--vek, or fetch it from "
                             "AMD's KDS; a VLEK comes from the host" },
    [ADVICE_VEK_INVALID] = { "The certificate is not what AMD's are, or the chain is "
                             "another product's (Milan for Genoa), or kind's (ASK for "
                             "ASVK)",
                             "thim inspect FILE; give the cert_chain of the same "
                             "product and kind" },
    [ADVICE_VEK_OTHER] = { "VCEK and report are of different chips, products or kinds",
                           "Fetch the VCEK by the report's own chip ID (thim amd "
                           "import the report)" },
    [ADVICE_VEK_TCB] = { "The VCEK is of another TCB_VERSION than the report's "
                         "reported_tcb: the firmware "
                         "was updated, or rolled back, since it was fetched",
                         "Fetch the VCEK for the reported TCB: thim amd import the "
                         "report" },
    [ADVICE_AMD_CRL] = { "The ARK's revocation list is missing, is another product's, "
                         "does not verify, or names the issuer",
                         "Fetch it: KDS /vcek/v1/PRODUCT/crl; a THIM serves it" },
    [ADVICE_REPORT_FORGED] = { "The signature does not hold: the report was changed or "
                               "cut, or is not this "
                               "chip's",
                               "Take a fresh report. If it stays, somebody is forging" },
    [ADVICE_DENIED] = { "The operator has put the platform, chip, key, family or an "
                        "advisory on the deny list",
                        "thim deny list says who did and why; thim deny remove" },
};

static_assert(COUNT_OF(advices) == ADVICES, "each has its words");

const char *error_advice_cause(enum error_advice advice)
{
    return advices[advice].cause;
}

const char *error_advice_remedy(enum error_advice advice)
{
    return advices[advice].remedy;
}
