/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make up the service share: service.c (opening, running, closing)
 * and service_joints.c (what the rooms ask of one another, which do not know each other).
 */
#ifndef THIM_THIMD_SERVICE_PARTS_H
#define THIM_THIMD_SERVICE_PARTS_H

#include <pthread.h>

#include "config/tcb_releases.h"
#include "serve/baselines.h"
#include "serve/chips.h"
#include "serve/control.h"
#include "serve/control_amd.h"
#include "serve/control_baselines.h"
#include "serve/control_deny.h"
#include "serve/control_platforms.h"
#include "serve/front.h"
#include "serve/hosts.h"
#include "serve/registry.h"
#include "serve/verify_desk.h"
#include "store/writer.h"
#include "thimd/desk.h"
#include "thimd/listeners.h"
#include "thimd/service.h"
#include "thimd/webhook.h"
#include "upstream/kds.h"
#include "upstream/platforms.h"

struct service {
    const struct config *config;
    struct clock *clock;
    bool marked;
    struct store_writer *writer;
    struct conditions *conditions;
    struct counters *counters;
    struct desk desk;
    struct access *access;
    struct denials *denials;
    struct control_deny *deny_desk;
    struct hosts *hosts;
    struct registry *registry;
    struct control_platforms *platforms;
    struct chips *chips;
    struct control_amd *amd_desk;
    struct kds *kds;
    struct baselines *baselines;
    struct control_baselines *baselines_desk;
    struct verify_gate *verify_gate;
    struct tdx_sightings *sightings;
    struct verify_desk *verify;
    struct tcb_release_table releases; /* which lies in... */
    struct arena release_arena;
    struct webhook *webhook; /* NULL: nobody wants alerts. Touched by the main thread,
                                and under alerting by the board's */
    pthread_mutex_t alerting;
    pthread_mutex_t showing; /* from looking at the board to the shelf of what was seen:
                                no view is shown after one that came later */
    struct front *front;
    struct refresh *refresh;
    struct control *control;
    struct http_server *admin;
    struct listeners listeners;
    int64_t ticked_s; /* judging clock at the last look at the shelf */

    pthread_mutex_t lock; /* guards the next */
    struct holdings *holdings;
    struct amd_law *amd_law;
};

/* ---- service_amd.c: AMD's side, opened, joined to the rest, and closed --------------
 */

/* What the store holds of AMD's, verified again, and what hosts are answered from. */
bool amd_open(struct service *service, struct error *err) MUST_CHECK;
bool amd_open_upstream(struct service *service, struct error *err) MUST_CHECK;
void amd_close(struct service *service);

/* ---- service_baselines.c: the board, opened, joined to the rest, reloaded ------------
 */

bool baselines_open(struct service *service, struct error *err) MUST_CHECK;

void baselines_close(struct service *service);

/* Puts the board's present view on the shelf. */
bool baselines_show(struct service *service, struct error *err) MUST_CHECK;

/* Time has passed: decides again, and shows it. */
void baselines_look_again(struct service *service);

/* SIGHUP: reads the configuration's baselines and the deny list again; where a file is
 * wrong what was stays in force. */
void baselines_reload(struct service *service);

/* ---- service_deny.c: the deny list, and its operator's routes -----------------------
 */

/* Before whoever gives certificates. */
bool deny_open(struct service *service, struct error *err) MUST_CHECK;
/* Once access and writer are there. */
bool deny_open_desk(struct service *service, struct error *err) MUST_CHECK;
void deny_close(struct service *service);

/* ---- service_joints.c: each is given the service as its context ---------------------
 */

/* A generation has been published: to the shelf and to platforms. */
void join_published(void *context, const struct holdings *holdings);
struct holdings *join_holdings(void *context); /* the present ones, held */

bool join_refresh(void *context, const char *subject,
                  void (*done)(void *done_context, bool all_well), void *done_context,
                  struct error *err);
bool join_refresh_platforms(void *context, const uint8_t *fmspc,
                            void (*done)(void *done_context, bool all_well),
                            void *done_context, struct error *err);
void join_clock_moved(void *context, void (*done)(void *done_context, bool all_well),
                      void *done_context);

void join_fetch_platform(void *context, const struct platform_demand *demand);
void join_relay(void *context, const struct relay_demand *demand);
void join_import(void *context, const struct import_demand *demand);

void join_platform_changed(void *context, const struct platform_name *name);
void join_platform_doubted(void *context, int64_t platform);
void join_platforms_seen(void *context, const struct platform_sighting *items,
                         size_t count);

#endif
