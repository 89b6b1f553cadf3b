/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/simulator.h"

#include <stdio.h>

#include "kit/log.h"
#include "kit/text.h"
#include "sim/control.h"
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
    bool is_ready = simulator->targets != NULL
                        ? note_root(simulator, err)
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
    count_target(simulator, target);
}

/* ---- answering ------------------------------------------------------------------- */

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
        if (answer.status == 200)
            answered = pcs_answer(request, &answer, out, err);
        else
            pcs_refuse(simulator->flavour, answer.status, answer.why, out);
    }
    world_answer_fini(&answer);
    return answered;
}

static void answer_vendor(struct simulator *simulator, struct bytes target,
                          struct wire_answer *out)
{
    struct pcs_request request;
    struct error err = { .kind = ERROR_NONE };
    const char *why = NULL;
    unsigned status = pcs_read(simulator->flavour, target, &request, &why);
    int64_t now_s = clock_wall_s(simulator->clock);
    const struct world_question *question = status == 200 ? &request.question : NULL;

    request.question.now_s = now_s;
    struct fault fault = faults_next(&simulator->faults, question, target, now_s);
    count(simulator, target, question, &fault);
    if (fault_status(&fault) != 0) {
        pcs_refuse(simulator->flavour, fault_status(&fault), "by order", out);
    } else if (question == NULL) {
        pcs_refuse(simulator->flavour, status, why, out);
    } else if (!ask_world(simulator, &request, &fault, out, &err)) {
        out->status = 500;
        log_event(LOG_ERROR, "sim", "target=%s why=\"%s\"", safe(target).s, err.text);
    }
    if (fault.kind != FAULT_NONE)
        fault_dress(&fault, target, out);
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
    else if (bytes_equal_text(request->method, "GET")
             || bytes_equal_text(request->method, "HEAD"))
        answer_vendor(simulator, target, out);
    else
        pcs_refuse(simulator->flavour, 405, "only GET here", out);
    pthread_mutex_unlock(&simulator->lock);
    log_event(LOG_DEBUG, "sim", "method=%s target=%s status=%u", safe(request->method).s,
              safe(request->target).s, out->status);
}
