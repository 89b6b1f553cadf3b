/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "thimd/service_parts.h"

enum { PATH_BYTES_MAX = 4096 };

/* A list that cannot be read keeps the service from starting: it would serve whom it
 * must not. */
bool deny_open(struct service *service, struct error *err)
{
    const struct config *config = service->config;
    char path[PATH_BYTES_MAX];

    if (config->deny_file != NULL)
        return denials_create(config->deny_file, &service->denials, err);
    snprintf(path, sizeof path, "%s/deny.yaml", config->state_directory);
    return denials_create(path, &service->denials, err);
}

bool deny_open_desk(struct service *service, struct error *err)
{
    struct control_deny_options options = {
        .state_directory = service->config->state_directory,
        .clock = service->clock,
        .access = service->access,
        .denials = service->denials,
        .writer = service->writer,
    };

    return control_deny_create(&options, &service->deny_desk, err);
}

void deny_close(struct service *service)
{
    control_deny_destroy(service->deny_desk);
    denials_destroy(service->denials);
}
