/* SPDX-License-Identifier: Apache-2.0 */
/* thimd: options, configuration, then the service until it is told to end. */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/log.h"
#include "thimd/init.h"
#include "thimd/options.h"
#include "thimd/service.h"

enum { EXIT_WELL = 0, EXIT_USAGE = 2, EXIT_UNAVAILABLE = 3 };

static const char *const CONFIG_FILE = "/etc/thim/thim.yaml";

static const char *arena_path(struct config *config, const char *directory,
                              const char *name)
{
    size_t room = strlen(directory) + strlen(name) + 2;
    char *path = arena_alloc(&config->arena, room, 1);

    if (path != NULL)
        snprintf(path, room, "%s/%s", directory, name);
    return path;
}

static void take_listeners(const struct options *options, struct config *config)
{
    if (options->listener_count == 0)
        return;
    for (size_t i = 0; i < options->listener_count; i++)
        config->listeners[i] = options->listeners[i];
    config->listener_count = options->listener_count;
}

/* Nobody has said where to listen: with a certificate, on every address. */
static bool widen_default_listeners(struct config *config, struct error *err)
{
    struct tls_paths paths;

    if (!tls_paths_under(config->state_directory, &paths, err))
        return false;
    if (!tls_paths_exist(&paths))
        return true;
    for (size_t i = 0; i < config->listener_count; i++)
        if (config->listeners[i].line != 0)
            return true;
    uint16_t port = config->listeners[0].port;
    config->listeners[0] = (struct config_listener){
        .address = "0.0.0.0",
        .port = port,
        .tls = true,
    };
    config->listener_count = 1;
    if (access("/proc/net/if_inet6", F_OK) == 0)
        config->listeners[config->listener_count++] = (struct config_listener){
            .address = "::",
            .port = port,
            .tls = true,
        };
    return true;
}

static bool settle(const struct options *options, struct config *config,
                   struct error *err)
{
    const char *file = options->config_file;

    if (file == NULL && access(CONFIG_FILE, F_OK) == 0)
        file = CONFIG_FILE;
    if (file == NULL)
        config_defaults(config);
    else if (!config_read(file, config, err))
        return false;
    if (options->state_directory != NULL) {
        config->state_directory = options->state_directory;
        config->admin_socket = arena_path(config, options->state_directory, "admin.sock");
        if (config->admin_socket == NULL)
            return error_set(err, ERROR_LIMIT, "--state: the name is too long");
    }
    if (options->listener_count == 0 && !widen_default_listeners(config, err))
        return false;
    take_listeners(options, config);
    return config_check(config, options->has_clock, err);
}

static struct clock *make_clock(const struct options *options)
{
    if (!options->has_clock)
        return clock_system();
    return options->clock_stands ? clock_standing_at(options->clock_s)
                                 : clock_starting_at(options->clock_s);
}

static void set_log_level(const char *name)
{
    static const char *const names[] = {
        [LOG_DEBUG] = "debug",
        [LOG_INFO] = "info",
        [LOG_WARNING] = "warning",
        [LOG_ERROR] = "error",
    };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(names[i], name) == 0)
            log_set_level((enum log_level)i);
}

static int complain(const struct error *err, int status)
{
    fprintf(stderr, "thimd: %s\n", err->text);
    return status;
}

/* Signals are blocked before the first thread, so that all of them come to service_run.
 */
static void block_signals(void)
{
    sigset_t ours;

    sigemptyset(&ours);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGHUP);
    sigprocmask(SIG_BLOCK, &ours, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Every connection is a descriptor, and so is every call; the soft limit of 1,024 is for
 * programs that use select(2). */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int serve(const struct options *options, const struct config *config)
{
    struct error err = { 0 };
    OWNED(clock_close) struct clock *clock = make_clock(options);
    OWNED(service_stop) struct service *service = NULL;

    if (clock == NULL) {
        error_set(&err, ERROR_SYSTEM, "no memory for the clock");
        return complain(&err, EXIT_UNAVAILABLE);
    }
    set_log_level(config->log_level);
    block_signals();
    raise_descriptor_limit();
    if (!service_start(config, clock, &service, &err))
        return complain(&err, EXIT_UNAVAILABLE);
    service_run(service);
    return EXIT_WELL;
}

static int init(const struct options *options, const struct config *config)
{
    struct error err = { 0 };

    if (!init_make(config->state_directory, options->names, options->name_count, &err))
        return complain(&err, err.kind == ERROR_FORMAT ? EXIT_USAGE : EXIT_UNAVAILABLE);
    printf("made %s/tls/server.pem; give clients %s/tls/ca.pem\n",
           config->state_directory, config->state_directory);
    return EXIT_WELL;
}

int main(int argc, char **argv)
{
    struct options options;
    struct config config = { 0 };
    struct error err = { 0 };

    umask(0027);
    if (!options_read(argc, argv, &options, &err))
        return complain(&err, EXIT_USAGE);
    if (options.command == COMMAND_HELP || options.command == COMMAND_VERSION) {
        fputs(options.command == COMMAND_HELP ? OPTIONS_HELP : "thimd " THIM_VERSION "\n",
              stdout);
        return EXIT_WELL;
    }
    int status = EXIT_WELL;
    if (!settle(&options, &config, &err))
        status = complain(&err, EXIT_USAGE);
    else if (options.command == COMMAND_INIT)
        status = init(&options, &config);
    else
        status = serve(&options, &config);
    config_fini(&config);
    return status;
}
