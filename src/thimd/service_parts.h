/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make up the service share: service.c (opening, running, closing)
 * and service_joints.c (what the rooms ask of one another, which do not know each other).
 */
#ifndef THIM_THIMD_SERVICE_PARTS_H
#define THIM_THIMD_SERVICE_PARTS_H

#include <pthread.h>

#include "serve/chips.h"
#include "serve/control.h"
#include "serve/control_amd.h"
#include "serve/control_platforms.h"
#include "serve/front.h"
#include "serve/hosts.h"
#include "serve/registry.h"
#include "store/writer.h"
#include "thimd/desk.h"
#include "thimd/listeners.h"
#include "thimd/service.h"
#include "upstream/kds.h"
#include "upstream/platforms.h"

struct service {
    const struct config *config;
    struct clock *clock;
    bool marked;
    struct store_writer *writer;
    struct conditions *conditions;
    struct desk desk;
    struct access *access;
    struct hosts *hosts;
    struct registry *registry;
    struct control_platforms *platforms;
    struct chips *chips;
    struct control_amd *amd_desk;
    struct kds *kds;
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
