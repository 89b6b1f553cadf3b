/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/simulator.h"

#include <stdio.h>

#include "kit/log.h"
#include "kit/text.h"
#include "sim/control.h"
#include "sim/kds.h"
#include "sim/pcs_platforms.h"
#include "sim/pki.h"

static const char control_prefix[] = "/sim/";
static const char followed_prefix[] = "/sim/followed"; /* see fault_dress */

/* ---- life ------------------------------------------------------------------------ */

static bool note_root(struct simulator *simulator, struct error *err)
{
    struct buf pem;
    uint8_t digest[32];

    buf_init(&pem, WORLD_CHAIN_MAX);
    bool known = simulator->world.root(simulator->world.context, &pem, err)
                 && pem_spki_sha256(buf_bytes(&pem), digest, err);
    if (known)
        simulator->root_spki = hex(digest, sizeof digest);
    buf_fini(&pem);
    return known;
}

bool simulator_init(struct simulator *simulator, struct world world, struct clock *clock,
                    enum pcs_flavour flavour, struct error *err)
{
    *simulator = (struct simulator){
        .world = world, .clock = clock, .flavour = flavour, .targets = json_object()
    };
    pthread_mutex_init(&simulator->lock, NULL);
    kds_rate_init(&simulator->kds_rate);
    bool has_memory =
        subscriptions_init(&simulator->subscriptions) && simulator->targets != NULL;
    bool is_ready = has_memory ? note_root(simulator, err)
                               : error_set(err, ERROR_SYSTEM, "no memory");
    if (!is_ready)
        simulator_fini(simulator);
    return is_ready;
}

void simulator_fini(struct simulator *simulator)
{
    world_close(&simulator->world);
    clock_close(simulator->clock);
    json_decref(simulator->targets);
    subscriptions_fini(&simulator->subscriptions);
    pthread_mutex_destroy(&simulator->lock);
    *simulator = (struct simulator){ .clock = NULL };
}

/* ---- counting -------------------------------------------------------------------- */

static void count_target(struct simulator *simulator, struct bytes target)
{
    char key[1024];
    bool is_known;

    snprintf(key, sizeof key, "%s%.*s", target.len >= sizeof key ? "(cut) " : "",
             (int)bytes_first(target, sizeof key - 8).len, (const char *)target.at);
    is_known = json_object_get(simulator->targets, key) != NULL;
    if (!is_known && json_object_size(simulator->targets) >= SIMULATOR_TARGETS_MAX)
        snprintf(key, sizeof key, "(others)");
    json_int_t before = json_integer_value(json_object_get(simulator->targets, key));
    json_object_set_new(simulator->targets, key, json_integer(before + 1));
}

static void count(struct simulator *simulator, struct bytes target,
                  const struct world_question *question, const struct fault *fault)
{
    simulator->counts.all++;
    if (question != NULL)
        simulator->counts.by_kind[question->kind]++;
    else
        simulator->counts.refused++;
    if (fault->kind != FAULT_NONE)
        simulator->counts.faulty++;
    if (question != NULL && question->kind >= WORLD_PCKCERTS) /* as many as machines */
        target = bytes_first(target, bytes_find(target, bytes_of_text("?")));
    count_target(simulator, target);
}

/* ---- answering ------------------------------------------------------------------- */

static void refuse(const struct simulator *simulator, bool is_kds, unsigned status,
                   const char *code, const char *why, struct wire_answer *out)
{
    if (is_kds)
        kds_refuse(status, out);
    else
        pcs_refuse(simulator->flavour, status, code, why, out);
}

static bool ask_world(struct simulator *simulator, const struct pcs_request *request,
                      const struct fault *fault, struct wire_answer *out,
                      struct error *err)
{
    struct world_question question = request->question;
    struct world_answer answer;

    world_answer_init(&answer);
    fault_bend(fault, &question);
    bool answered =
        simulator->world.answer(simulator->world.context, &question, &answer, err);
    if (answered) {
        fault_spoil(fault, &answer);
        bool is_kds = request->question.kind >= WORLD_VCEK;
        if (answer.status >= 400)
            refuse(simulator, is_kds, answer.status, answer.code, answer.why, out);
        else if (is_kds)
            kds_answer(&request->question, &answer, out);
        else
            answered = pcs_answer(request, &answer, out, err);
    }
    world_answer_fini(&answer);
    return answered;
}

/* A PCCS has nothing of AMD's. */
static bool is_for_kds(const struct simulator *simulator, struct bytes target)
{
    return simulator->flavour == PCS && kds_is_target(target);
}

/* The question is a GET, or the kind of POST that only PCS takes. */
static unsigned read_request(const struct simulator *simulator,
                             const struct wire_request *request, struct bytes target,
                             struct pcs_request *out, const char **why)
{
    if (is_for_kds(simulator, target)) {
        pcs_request_init(out, simulator->flavour);
        return bytes_equal_text(request->method, "POST")
                   ? 405
                   : kds_read(target, &out->question);
    }
    if (simulator->flavour == PCS && bytes_equal_text(request->method, "POST"))
        return pcs_platforms_read(request, target, out, why);
    return pcs_read(simulator->flavour, target, out, why);
}

/* False where KDS has given as many VCEKs as it may; the refusal is given. */
static bool admit_vcek(struct simulator *simulator, int64_t now_s,
                       struct wire_answer *out)
{
    unsigned retry_after_s = 0;

    if (kds_rate_admits(&simulator->kds_rate, now_s, &retry_after_s))
        return true;
    kds_refuse(429, out);
    if (simulator->kds_rate.tells_when)
        buf_addf(&out->headers, "Retry-After: %u\r\n", retry_after_s);
    return false;
}

/* False where a key that is needed does not let it pass; the refusal is given. */
static bool admit(struct simulator *simulator, const struct wire_request *request,
                  const struct world_question *question, struct wire_answer *out)
{
    unsigned retry_after_s = 0;

    if (question->kind == WORLD_VCEK)
        return admit_vcek(simulator, question->now_s, out);
    if (simulator->flavour != PCS || !pcs_platforms_is_guarded(question))
        return true;
    unsigned status = subscriptions_judge(&simulator->subscriptions, request,
                                          question->now_s, &retry_after_s);
    if (status == 0)
        return true;
    pcs_refuse(simulator->flavour, status, NULL, "by its API key", out);
    if (retry_after_s > 0)
        buf_addf(&out->headers, "Retry-After: %u\r\n", retry_after_s);
    return false;
}

static void answer_vendor(struct simulator *simulator, const struct wire_request *request,
                          struct bytes target, struct wire_answer *out)
{
    struct pcs_request read;
    struct error err = { .kind = ERROR_NONE };
    const char *why = NULL;
    unsigned status = read_request(simulator, request, target, &read, &why);
    int64_t now_s = clock_wall_s(simulator->clock);
    const struct world_question *question = status == 200 ? &read.question : NULL;
    bool is_kds = is_for_kds(simulator, target);

    read.question.now_s = now_s;
    struct fault fault = faults_next(&simulator->faults, question, target, now_s);
    count(simulator, target, question, &fault);
    subscriptions_note(&simulator->subscriptions, request);
    if (question != NULL && question->kind == WORLD_VCEK)
        kds_rate_note(&simulator->kds_rate, now_s);
    if (fault_status(&fault) != 0) {
        refuse(simulator, is_kds, fault_status(&fault), NULL, "by order", out);
    } else if (question == NULL) {
        refuse(simulator, is_kds, status, NULL, why, out);
    } else if (admit(simulator, request, question, out)
               && !ask_world(simulator, &read, &fault, out, &err)) {
        out->status = 500;
        log_event(LOG_ERROR, "sim", "target=%s why=\"%s\"", safe(target).s, err.text);
    }
    if (fault.kind != FAULT_NONE)
        fault_dress(&fault, target, out);
    pcs_request_fini(&read);
}

/* What is answered at all: a PCS takes posts too, if only on some paths. */
static bool is_answered(const struct simulator *simulator, struct bytes method)
{
    return bytes_equal_text(method, "GET") || bytes_equal_text(method, "HEAD")
           || (simulator->flavour == PCS && bytes_equal_text(method, "POST"));
}

void simulator_handle(void *context, const struct wire_request *request,
                      struct wire_answer *out)
{
    struct simulator *simulator = context;
    struct bytes target = request->target;
    size_t prefix = sizeof followed_prefix - 1;
    bool is_followed = bytes_equal_text(bytes_first(target, prefix), followed_prefix);

    pthread_mutex_lock(&simulator->lock);
    if (is_followed) {
        simulator->counts.followed++;
        target = bytes_after(target, prefix);
    }
    if (bytes_equal_text(bytes_first(target, sizeof control_prefix - 1), control_prefix))
        control_answer(simulator, request, out);
    else if (is_answered(simulator, request->method))
        answer_vendor(simulator, request, target, out);
    else
        pcs_refuse(simulator->flavour, 405, NULL, "only GET here", out);
    pthread_mutex_unlock(&simulator->lock);
    log_event(LOG_DEBUG, "sim", "method=%s target=%s status=%u", safe(request->method).s,
              safe(request->target).s, out->status);
}
