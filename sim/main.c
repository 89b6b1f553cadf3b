/* SPDX-License-Identifier: Apache-2.0 */
/* thim-sim: a simulated vendor. Options, one ready line, and a wait for the end. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "kit/log.h"
#include "kit/text.h"
#include "sim/amd_desk.h"
#include "sim/mint_command.h"
#include "sim/platforms.h"
#include "sim/replay.h"
#include "sim/simulator.h"
#include "sim/synthetic.h"

enum { DONE = 0, NOT_AVAILABLE = 3, USAGE = 2 };

struct options {
    const char *listen, *world, *clock, *seed, *api_key;
    uint64_t fmspcs, pck_levels, key_rate, kds_rate, kds_window_s;
    enum pcs_flavour flavour;
    bool kds_tells_when, lends_vleks, is_verbose;
};

static const char help[] =
    "usage: thim-sim [options]\n"
    "       thim-sim quote|report --seed TEXT [options]\n"
    "Simulated Intel PCS and AMD KDS, with roots of their own or replaying captured\n"
    "vendor data.\n"
    "\n"
    "  --listen ADDR:PORT   loopback address; port 0 is any free one [127.0.0.1:0]\n"
    "  --world WORLD        synthetic, or replay:DIR where DIR holds intel/ [synthetic]\n"
    "  --clock TIME         start at TIME (2025-06-20T00:00:00Z) and run [now]\n"
    "  --clock step:TIME    stand at TIME; moved by POST /sim/clock\n"
    "  --fmspcs N           FMSPCs of the synthetic world, 1 to 4096 [8]\n"
    "  --pck-levels N       PCK certificates of a platform: the newest N [all]\n"
    "  --seed TEXT          the synthetic world's keys follow from TEXT [random]\n"
    "  --pccs               answer as Intel's PCCS does instead of PCS\n"
    "  --api-key TEXT       PCK certificates only with this key; else 401\n"
    "  --key-rate N         and N times a minute (of --clock) for each key; else 429\n"
    "  --kds-rate N,S       AMD's KDS gives N VCEKs in S seconds (of --clock); else 429\n"
    "  --kds-retry-after    and that 429 says when\n"
    "  --vlek               AMD's KDS gives VLEKs too\n"
    "  --verbose            log every request\n"
    "  --help               this\n"
    "\n"
    "When ready it prints one line on standard output:\n"
    "  thim-sim: ready http://ADDR:PORT root SHA256_OF_THE_ROOT_KEY\n"
    "quote and report mint what hosts of the world that TEXT makes would show, good or\n"
    "with a defect: see thim-sim quote --help, and thim-sim quote --defects.\n"
    "Faults, clock, events, counts: routes below /sim/, see doc/thim-sim.md.\n"
    "Ends with 0 on SIGTERM or SIGINT, 2 on wrong options, 3 where it cannot start.\n";

static int say_wrong(const char *what, const char *value)
{
    fprintf(stderr, "thim-sim: %s: %s; see thim-sim --help\n", what,
            safe_string(value).s);
    return USAGE;
}

static bool read_count(const char *text, uint64_t most, uint64_t *out)
{
    return decimal_read(bytes_of_text(text), most, out) && *out > 0;
}

/* "N,S": so many in so many seconds. */
static bool read_rate(const char *text, struct options *out)
{
    struct bytes whole = bytes_of_text(text);
    size_t comma = bytes_find(whole, bytes_of_text(","));

    return decimal_read(bytes_first(whole, comma), UINT32_MAX, &out->kds_rate)
           && decimal_read(bytes_after(whole, comma + 1), KDS_RATE_WINDOW_MAX,
                           &out->kds_window_s)
           && out->kds_rate > 0 && out->kds_window_s > 0;
}

/* -1 where the program is to go on, else its exit status. */
static int read_options(int argc, char **argv, struct options *out)
{
    static const struct option known[] = {
        { "listen", required_argument, NULL, 'l' },
        { "world", required_argument, NULL, 'w' },
        { "clock", required_argument, NULL, 'c' },
        { "fmspcs", required_argument, NULL, 'f' },
        { "seed", required_argument, NULL, 's' },
        { "pccs", no_argument, NULL, 'p' },
        { "pck-levels", required_argument, NULL, 'n' },
        { "api-key", required_argument, NULL, 'k' },
        { "key-rate", required_argument, NULL, 'r' },
        { "kds-rate", required_argument, NULL, 'R' },
        { "kds-retry-after", no_argument, NULL, 'A' },
        { "vlek", no_argument, NULL, 'V' },
        { "verbose", no_argument, NULL, 'v' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'l':
            out->listen = optarg;
            break;
        case 'w':
            out->world = optarg;
            break;
        case 'c':
            out->clock = optarg;
            break;
        case 'f':
            if (!read_count(optarg, SYNTHETIC_FMSPCS_MAX, &out->fmspcs))
                return say_wrong("--fmspcs expects 1 to 4096", optarg);
            break;
        case 's':
            out->seed = optarg;
            break;
        case 'p':
            out->flavour = PCCS;
            break;
        case 'k':
            out->api_key = optarg;
            break;
        case 'n':
            if (!read_count(optarg, UINT16_MAX, &out->pck_levels))
                return say_wrong("--pck-levels expects a number from 1", optarg);
            break;
        case 'r':
            if (!read_count(optarg, UINT32_MAX, &out->key_rate))
                return say_wrong("--key-rate expects a number from 1", optarg);
            break;
        case 'R':
            if (!read_rate(optarg, out))
                return say_wrong("--kds-rate expects N,S, S up to 3600", optarg);
            break;
        case 'A':
            out->kds_tells_when = true;
            break;
        case 'V':
            out->lends_vleks = true;
            break;
        case 'v':
            out->is_verbose = true;
            break;
        case 'h':
            fputs(help, stdout);
            return DONE;
        default:
            return USAGE; /* getopt has said why */
        }
    }
    return optind == argc ? -1 : say_wrong("unexpected argument", argv[optind]);
}

static const char *after_prefix(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

static bool open_clock(const char *text, struct clock **out, struct error *err)
{
    const char *standing = text == NULL ? NULL : after_prefix(text, "step:");
    const char *time = standing != NULL ? standing : text;
    int64_t at_s = 0;

    if (time != NULL && !utc_read(bytes_of_text(time), &at_s))
        return error_set(err, ERROR_FORMAT,
                         "--clock %s: expected a time like 2025-06-20T00:00:00Z, or "
                         "step: and such a time",
                         safe_string(text).s);
    *out = time == NULL       ? clock_system()
           : standing != NULL ? clock_standing_at(at_s)
                              : clock_starting_at(at_s);
    return *out != NULL || error_set(err, ERROR_SYSTEM, "no memory for a clock");
}

static bool open_world(const struct options *options, int64_t now_s, struct world *out,
                       struct error *err)
{
    const char *directory = after_prefix(options->world, "replay:");

    if (directory != NULL)
        return replay_open(directory, out, err);
    if (strcmp(options->world, "synthetic") == 0)
        return synthetic_open(options->seed, now_s, (size_t)options->fmspcs, out, err);
    return error_set(err, ERROR_FORMAT, "--world %s: expected synthetic or replay:DIR",
                     safe_string(options->world).s);
}

static bool open_simulator(const struct options *options, struct simulator *out,
                           struct error *err)
{
    struct clock *clock = NULL;
    struct world world = { .context = NULL };

    if (!open_clock(options->clock, &clock, err))
        return false;
    if (!open_world(options, clock_wall_s(clock), &world, err)) {
        clock_close(clock);
        return false;
    }
    if (!simulator_init(out, world, clock, options->flavour, err))
        return false;
    if (out->world.platforms != NULL)
        platforms_limit_levels(out->world.platforms, (unsigned)options->pck_levels);
    if (out->world.amd != NULL)
        out->world.amd->lends_vleks = options->lends_vleks;
    if (options->kds_rate > 0)
        kds_rate_limit(&out->kds_rate, options->kds_rate,
                       (unsigned)options->kds_window_s);
    out->kds_rate.tells_when = options->kds_tells_when;
    out->subscriptions.demanded = options->api_key;
    out->subscriptions.per_minute = options->key_rate;
    return true;
}

/* Serves until SIGTERM or SIGINT, which every thread has blocked. */
static bool serve(const struct options *options, struct simulator *simulator,
                  const sigset_t *ending, struct error *err)
{
    const struct wire_handler handler = { .context = simulator,
                                          .handle = simulator_handle };
    OWNED(wire_stop) struct wire *wire = NULL;
    int signal_number = 0;

    if (!wire_start(options->listen, &handler, &wire, err))
        return false;
    printf("thim-sim: ready http://%s root %s\n", wire_address(wire),
           simulator->root_spki.s);
    if (fflush(stdout) != 0)
        return error_set(err, ERROR_SYSTEM, "nobody reads standard output");
    return sigwait(ending, &signal_number) == 0
           || error_set(err, ERROR_SYSTEM, "cannot wait for signals");
}

/* -1 where it is the simulator that is wanted, else the exit status. */
static int run_mint(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "quote") == 0)
        return mint_command(MINTED_QUOTE, argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "report") == 0)
        return mint_command(MINTED_REPORT, argc - 1, argv + 1);
    return -1;
}

int main(int argc, char **argv)
{
    struct options options = {
        .listen = "127.0.0.1:0", .world = "synthetic", .fmspcs = 8, .flavour = PCS
    };
    int status = run_mint(argc, argv);
    struct simulator simulator;
    struct error err = { .kind = ERROR_NONE };
    sigset_t ending;

    if (status < 0)
        status = read_options(argc, argv, &options);
    if (status >= 0)
        return status;
    if (options.is_verbose)
        log_set_level(LOG_DEBUG);
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, NULL);
    bool served = open_simulator(&options, &simulator, &err);
    if (served) {
        served = serve(&options, &simulator, &ending, &err);
        simulator_fini(&simulator);
    }
    if (served)
        return DONE;
    fprintf(stderr, "thim-sim: %s\n", err.text);
    return err.kind == ERROR_FORMAT || err.kind == ERROR_NOT_FOUND ? USAGE
                                                                   : NOT_AVAILABLE;
}
