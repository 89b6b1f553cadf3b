/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/verify_reply.h"

#include <stdio.h>

#include "format/json_text.h"
#include "kit/log.h"
#include "serve/shelf_page.h"
#include "verify/verdict_json.h"

enum {
    BODY_MAX = 1024 * 1024,
    BODY_USUAL = 8192,
    HEADERS_MAX = 8,
    MORE_MAX = 64,
    RETRY_S = 5
};

/* ---- what is missing --------------------------------------------------------------- */

static const struct absence {
    enum verify_check check;
    const char *remedy; /* NULL: everybody needs it, so it is on its way or the service is
                           ill */
} absences[] = {
    { CHECK_PCK_CERT_MISSING,
      "Register the platform (thim platform register), or send quotes that bring their "
      "PCK chain." },
    { CHECK_TCB_INFO_MISSING,
      "Nobody is asked for what a stranger's quote names. Is its FMSPC among those that "
      "are kept (intel.fmspcs)? Whoever asks for its TCB info has it fetched." },
    { CHECK_VEK_MISSING,
      "Nobody is asked for what a stranger's report names. Whoever asks for the chip's "
      "certificate (/vcek/v1/...) has it fetched; thim amd import brings it." },
};

static const char *remedy_of(enum verify_check check)
{
    for (size_t i = 0; i < COUNT_OF(absences); i++)
        if (absences[i].check == check)
            return absences[i].remedy;
    return NULL;
}

/* ---- the reply --------------------------------------------------------------------- */

struct writing {
    const struct verify_reply *spec;
    struct http_header headers[HEADERS_MAX];
    size_t header_count;
    struct buf body;
    char number[16];
};

static void add(struct writing *w, const char *name, const char *value)
{
    w->headers[w->header_count++] = (struct http_header){ name, value };
}

static void write_verdict(struct writing *w)
{
    char more[MORE_MAX];

    snprintf(more, sizeof more, "\"baseline\":\"%s\"", w->spec->baseline);
    verdict_json_write(w->spec->verdict, w->spec->answer, bytes_of_text(more), &w->body);
}

static void write_absence(struct writing *w, const char *remedy)
{
    const struct verdict *verdict = w->spec->verdict;

    buf_add_text(&w->body, "{\"error\":{\"code\":");
    json_text_write(&w->body, bytes_of_text(verify_check_name(verdict->failure)));
    buf_add_text(&w->body, ",\"message\":");
    json_text_write(&w->body, bytes_of_text(verdict->why.text));
    buf_add_text(&w->body, ",\"remedy\":");
    json_text_write(&w->body, bytes_of_text(remedy));
    buf_add_text(&w->body, "},\"verdict\":");
    write_verdict(w);
    buf_add_text(&w->body, "}");
}

static void add_headers(struct writing *w)
{
    const struct verify_reply *spec = w->spec;
    uint32_t number = spec->verdict->evaluation_data_number;

    add(w, "Request-ID", spec->id.s);
    add(w, "Cache-Control", "no-store");
    add(w, "Content-Type", "application/json");
    add(w, "THIM-Baseline", spec->baseline);
    snprintf(w->number, sizeof w->number, "%u", number);
    if (number != 0)
        add(w, "THIM-Evaluation-Data-Number", w->number);
    if (spec->wears_test_roots)
        add(w, "THIM-Test", PAGE_TEST_NOTICE);
}

static struct http_reply *finish(struct writing *w, unsigned status)
{
    struct http_reply *reply = NULL;
    struct error err = { 0 };

    if (w->body.failed
        || !http_reply_create(status, w->headers, w->header_count, buf_bytes(&w->body),
                              &reply, &err)) {
        log_event(LOG_ERROR, "verify", "reply=%u why=\"%s\"", status,
                  w->body.failed ? "no memory for a verdict" : err.text);
        return NULL;
    }
    return reply;
}

static struct http_reply *say_nobody_can(const struct verify_reply *spec)
{
    struct refusal refusal = { .status = 503,
                               .code = verify_check_name(spec->verdict->failure),
                               .message = spec->verdict->why.text,
                               .retry_after_s = RETRY_S };

    return refusal_reply_shaped(&refusal, REFUSAL_JSON, &spec->id);
}

struct http_reply *verify_reply_make(const struct verify_reply *spec)
{
    enum verify_check failure = spec->verdict->failure;
    struct writing w = { .spec = spec };
    const char *remedy = remedy_of(failure);

    if (verify_check_is_missing(failure) && remedy == NULL)
        return say_nobody_can(spec);
    buf_init(&w.body, BODY_MAX);
    buf_reserve(&w.body, BODY_USUAL);
    add_headers(&w);
    if (remedy != NULL) {
        add(&w, "THIM-Error", verify_check_name(failure));
        write_absence(&w, remedy);
    } else {
        write_verdict(&w);
    }
    struct http_reply *reply = finish(&w, remedy != NULL ? 404 : 200);
    buf_fini(&w.body);
    return reply;
}
