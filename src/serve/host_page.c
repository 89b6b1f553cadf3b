/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/host_page.h"

#include "format/json_text.h"
#include "format/pem.h"
#include "kit/text.h"

enum {
    BODY_MAX = 64 * 1024,
    STALE_LAW_S = 120, /* how long an answer lasts that a list out of date vouches for */
};

/* Upper case, as PCS writes it. */
static const char *upper_hex(struct arena *arena, const uint8_t *at, size_t len)
{
    static const char digits[] = "0123456789ABCDEF";
    char *text = arena_alloc(arena, 2 * len + 1, 1);

    for (size_t i = 0; text != NULL && i < len; i++) {
        text[2 * i] = digits[at[i] >> 4];
        text[2 * i + 1] = digits[at[i] & 15];
    }
    return text;
}

static void write_json(struct buf *out, struct bytes pem, const char *tcbm,
                       const char *chain, int64_t max_age_s)
{
    buf_add_text(out, "{\"pckCert\":");
    json_text_write(out, pem);
    buf_addf(out, ",\"sgx-Tcbm\":\"%s\",\"sgx-Pck-Certificate-Issuer-Chain\":\"", tcbm);
    buf_add_text(out, chain);
    buf_addf(out, "\",\"cacheMaxAge\":%lld}", (long long)max_age_s);
}

/* Until when the answer is surely the right one: the certificate's own end, and those of
 * the lists that it was chosen and judged by. */
static int64_t lasts_until_s(const struct host *host, const struct host_law *law,
                             const struct pck_facts *pck)
{
    const struct holding *const stands_on[] = { host->view.tcb_info, host->view.root_crl,
                                                host->view.pck_crl };
    int64_t until_s = pck->valid_until_s;

    for (size_t i = 0; i < COUNT_OF(stands_on); i++) {
        int64_t its_s =
            stands_on[i] == NULL ? 0 : verified_facts(stands_on[i]->item)->valid_until_s;
        if (its_s <= law->now_s)
            its_s = law->now_s + STALE_LAW_S;
        if (its_s < until_s)
            until_s = its_s;
    }
    return until_s;
}

static bool write_body(const struct pck_facts *pck, const char *tcbm, enum host_form form,
                       const struct page_house *house, struct page_spec *spec,
                       struct error *err)
{
    struct buf pem, json;

    buf_init(&pem, BODY_MAX);
    buf_init(&json, BODY_MAX);
    pem_write(&pem, "CERTIFICATE", pck->der);
    if (form == HOST_JSON)
        write_json(&json, buf_bytes(&pem), tcbm, spec->chain->value,
                   page_max_age_s(house, spec));
    const struct buf *body = form == HOST_JSON ? &json : &pem;
    if (!pem.failed && !json.failed)
        spec->body = arena_copy(house->arena, buf_bytes(body));
    buf_fini(&pem);
    buf_fini(&json);
    return spec->body.at != NULL
           || error_set(err, ERROR_LIMIT, "no room for a certificate's answer");
}

static bool make_spec(struct host *host, const struct host_law *law,
                      const struct pck_facts *pck, enum host_form form,
                      const struct page_house *house, struct page_spec *out,
                      struct error *err)
{
    const char *tcbm = upper_hex(house->arena, pck->tcbm, TCBM_LEN);
    const char *fmspc = upper_hex(house->arena, pck->cert.fmspc, 6);

    if (tcbm == NULL || fmspc == NULL)
        return error_set(err, ERROR_LIMIT, "no room for a certificate's headers");
    *out = (struct page_spec){
        .content_type = form == HOST_JSON ? "application/json" : "application/x-pem-file",
        .chain_header = "SGX-PCK-Certificate-Issuer-Chain",
        .chain = host->issuer->chain,
        .form = (unsigned)form,
        .from_s = pck->valid_from_s,
        .until_s = lasts_until_s(host, law, pck),
        .varies = "Metadata",
        .is_private = true,
        .more = { { "SGX-TCBm", tcbm },
                  { "SGX-FMSPC", fmspc },
                  { "SGX-PCK-Certificate-CA-Type", pck_ca_name(host->platform.ca) } },
    };
    memcpy(out->digest.digest, pck->digest, SHA256_LEN);
    return write_body(pck, tcbm, form, house, out, err);
}

struct writing { /* one certificate in one form */
    struct host *host;
    const struct host_law *law;
    size_t pck;
    enum host_form form;
};

static bool write_page(void *writing_, const struct page_house *house,
                       struct page_spec *out, struct error *err)
{
    const struct writing *writing = writing_;
    struct host *host = writing->host;

    return make_spec(host, writing->law, pck_facts(host->pcks[writing->pck].verified),
                     writing->form, house, out, err);
}

const struct shelf_page *host_page(struct host *host, const struct host_law *law,
                                   size_t pck, enum host_form form, struct error *err)
{
    struct page_house house = { .request_id = "host",
                                .now_s = law->now_s,
                                .max_age_s = law->max_age_s,
                                .wears_test_roots = law->wears_test_roots };
    struct writing writing = { .host = host, .law = law, .pck = pck, .form = form };
    struct page_writer writer = { .context = &writing, .write = write_page };

    return page_sheet_read(&host->pcks[pck].sheets[form], &house, &writer, err);
}
