/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/mint_command.h"

#include <getopt.h>
#include <stdio.h>
#include <time.h>

#include "kit/file.h"
#include "kit/text.h"
#include "sim/pki.h"
#include "sim/snp_report.h"
#include "sim/synthetic.h"

enum { DONE = 0, USAGE = 2, NOT_AVAILABLE = 3, COMPANIONS = 3, FIRST_MEMBER = 256 };
enum format { RAW, HEX, BASE64, PEM };

static const struct kind {
    const char *word, *label, *what;
} kinds[] = {
    [MINTED_QUOTE] = { "quote", "QUOTE", "a quote of a synthetic platform" },
    [MINTED_REPORT] = { "report", "REPORT", "an SEV-SNP report of a synthetic chip" },
};

struct options {
    const char *seed, *clock, *out, *companions[COMPANIONS]; /* by enum snp_companion */
    uint64_t fmspcs;
    enum format format;
    struct mint_order order;
};

static const char help_world[] =
    "  --seed TEXT                   the world's, as of the thim-sim that runs; needed\n"
    "  --clock TIME                  made at TIME (2025-06-20T00:00:00Z) [now]\n"
    "  --fmspcs N                    FMSPCs of that world [8]\n"
    "  --out FILE                    [standard output]\n"
    "  --format raw|hex|base64|pem   [raw]\n"
    "  --defects                     lists what can be wrong\n"
    "  --help                        this\n";

static const char help_companions[] =
    "  --vek FILE                    writes its VCEK or VLEK there, DER\n"
    "  --chain FILE                  ASK or ASVK, and ARK, PEM\n"
    "  --crl FILE                    the ARK's CRL, DER\n";

static int give_help(enum minted what)
{
    struct buf text;

    buf_init(&text, 65536);
    members_help(mint_members(what), &text);
    printf("usage: thim-sim %s --seed TEXT [options]\nMints %s.\n\n%s%s\n%s",
           kinds[what].word, kinds[what].what, help_world,
           what == MINTED_REPORT ? help_companions : "", buf_text(&text));
    buf_fini(&text);
    return DONE;
}

static int give_defects(enum minted what)
{
    struct buf text;

    buf_init(&text, 65536);
    choices_help(mint_defects(what), &text);
    fputs(buf_text(&text), stdout);
    buf_fini(&text);
    return DONE;
}

static int say_wrong(enum minted what, const char *sentence)
{
    fprintf(stderr, "thim-sim: %s: %s; see thim-sim %s --help\n", kinds[what].word,
            sentence, kinds[what].word);
    return USAGE;
}

static bool read_format(const char *text, enum format *out)
{
    static const char *const names[] = { "raw", "hex", "base64", "pem" };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(text, names[i]) == 0) {
            *out = (enum format)i;
            return true;
        }
    return false;
}

/* ---- options -------------------------------------------------------------------------
 */

enum own { SEED = 1, CLOCK, FMSPCS, OUT, FORMAT, DEFECTS, HELP, VEK, CHAIN, CRL };

/* The command's own, then the order's members. */
#define KNOWN_MAX 80

static void list_known(enum minted what, struct option known[KNOWN_MAX])
{
    static const struct option own[] = {
        { "seed", required_argument, NULL, SEED },
        { "clock", required_argument, NULL, CLOCK },
        { "fmspcs", required_argument, NULL, FMSPCS },
        { "out", required_argument, NULL, OUT },
        { "format", required_argument, NULL, FORMAT },
        { "defects", no_argument, NULL, DEFECTS },
        { "help", no_argument, NULL, HELP },
        { "vek", required_argument, NULL, VEK }, /* of reports, as what follows */
        { "chain", required_argument, NULL, CHAIN },
        { "crl", required_argument, NULL, CRL },
    };
    struct members members = mint_members(what);
    size_t count = COUNT_OF(own) - (what == MINTED_QUOTE ? COMPANIONS : 0);

    memcpy(known, own, count * sizeof own[0]);
    for (size_t i = 0; i < members.count && count + 1 < KNOWN_MAX; i++)
        known[count++] =
            (struct option){ members.rows[i].name,
                             members.rows[i].kind == MEMBER_FLAG ? no_argument
                                                                 : required_argument,
                             NULL, FIRST_MEMBER + (int)i };
    known[count] = (struct option){ NULL, 0, NULL, 0 };
}

static bool take_own(enum own option, const char *value, struct options *out,
                     struct error *err)
{
    switch (option) {
    case SEED:
        out->seed = value;
        return true;
    case CLOCK:
        out->clock = value;
        return true;
    case OUT:
        out->out = value;
        return true;
    case FMSPCS:
        return (decimal_read(bytes_of_text(value), SYNTHETIC_FMSPCS_MAX, &out->fmspcs)
                && out->fmspcs > 0)
               || error_set(err, ERROR_FORMAT, "--fmspcs: expected 1 to %d",
                            SYNTHETIC_FMSPCS_MAX);
    case FORMAT:
        return read_format(value, &out->format)
               || error_set(err, ERROR_FORMAT,
                            "--format: expected raw, hex, base64 or pem");
    default:
        out->companions[option - VEK] = value;
        return true;
    }
}

/* -1 where the command is to go on, else its exit status. */
static int read_options(int argc, char **argv, struct options *out)
{
    struct option known[KNOWN_MAX];
    enum minted what = out->order.what;
    struct error err = { .kind = ERROR_NONE };
    int option;

    list_known(what, known);
    optind = 1;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        const char *value = optarg == NULL ? "" : optarg;
        bool taken;
        if (option == HELP)
            return give_help(what);
        if (option == DEFECTS)
            return give_defects(what);
        if (option == '?')
            return USAGE; /* getopt has said why */
        if (option < FIRST_MEMBER) {
            taken = take_own((enum own)option, value, out, &err);
        } else {
            const char *name = mint_members(what).rows[option - FIRST_MEMBER].name;
            taken = mint_order_set(&out->order, bytes_of_text(name), bytes_of_text(value),
                                   &err);
        }
        if (!taken)
            return say_wrong(what, err.text);
    }
    if (optind != argc)
        return say_wrong(what, "unexpected argument");
    return out->seed != NULL ? -1
                             : say_wrong(what, "--seed: whose world? One without a seed "
                                               "is gone when it ends; ask the simulator "
                                               "that runs, by POST /sim/quote or "
                                               "/sim/report");
}

static bool read_clock(const char *text, int64_t *now_s, struct error *err)
{
    static const char standing[] = "step:";
    size_t skip = sizeof standing - 1;

    *now_s = time(NULL);
    if (text == NULL)
        return true;
    if (strncmp(text, standing, skip) == 0)
        text += skip;
    return utc_read(bytes_of_text(text), now_s)
           || error_set(err, ERROR_FORMAT,
                        "--clock %s: expected a time like 2025-06-20T00:00:00Z",
                        safe_string(text).s);
}

/* ---- what is made ---------------------------------------------------------------------
 */

static bool dress(const struct options *options, struct bytes made, struct buf *out,
                  struct error *err)
{
    switch (options->format) {
    case RAW:
        buf_add(out, made);
        return true;
    case HEX:
        hex_add(out, made);
        break;
    case BASE64:
        base64_add(out, made);
        break;
    default:
        return pem_add(out, kinds[options->order.what].label, made, err);
    }
    buf_add_text(out, "\n");
    return true;
}

static bool give(const char *path, struct bytes content, struct error *err)
{
    if (path != NULL && strcmp(path, "-") != 0)
        return file_write(path, content, 0644, err);
    return (fwrite(content.at, 1, content.len, stdout) == content.len
            && fflush(stdout) == 0)
           || error_set(err, ERROR_SYSTEM, "cannot write standard output");
}

static bool mint_whole(const struct options *options, struct world *world, int64_t now_s,
                       struct error *err)
{
    struct buf made, dressed;

    buf_init(&made, MINTED_MAX);
    buf_init(&dressed, 4 * MINTED_MAX);
    bool done = mint_order_fill(&options->order, world, now_s, &made, err)
                && dress(options, buf_bytes(&made), &dressed, err)
                && (!dressed.failed || error_set(err, ERROR_LIMIT, "no room for it"))
                && give(options->out, buf_bytes(&dressed), err);
    buf_fini(&made);
    buf_fini(&dressed);
    return done;
}

static bool mint_companions(const struct options *options, struct world *world,
                            int64_t now_s, struct error *err)
{
    struct buf made;
    bool done = true;

    buf_init(&made, MINTED_MAX);
    for (int i = 0; done && i < COMPANIONS; i++) {
        if (options->companions[i] == NULL)
            continue;
        buf_clear(&made);
        done = snp_companion_mint(world->amd, &options->order.report,
                                  (enum snp_companion)i, now_s, &made, err)
               && give(options->companions[i], buf_bytes(&made), err);
    }
    buf_fini(&made);
    return done;
}

static bool mint(const struct options *options, struct error *err)
{
    struct world world = { .context = NULL };
    int64_t now_s = 0;

    bool done =
        read_clock(options->clock, &now_s, err)
        && synthetic_open(options->seed, now_s, (size_t)options->fmspcs, &world, err)
        && mint_whole(options, &world, now_s, err)
        && mint_companions(options, &world, now_s, err);
    world_close(&world);
    return done;
}

int mint_command(enum minted what, int argc, char **argv)
{
    struct options options = { .fmspcs = 8, .order = { .what = what } };
    struct error err = { .kind = ERROR_NONE };
    int status = read_options(argc, argv, &options);

    if (status >= 0)
        return status;
    if (mint(&options, &err))
        return DONE;
    fprintf(stderr, "thim-sim: %s: %s\n", kinds[what].word, err.text);
    return err.kind == ERROR_FORMAT || err.kind == ERROR_NOT_FOUND ? USAGE
                                                                   : NOT_AVAILABLE;
}
