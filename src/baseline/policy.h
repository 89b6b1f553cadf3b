/* SPDX-License-Identifier: Apache-2.0 */
/* What the operator wants a baseline to be: the rules that resolve to an evaluation data
 * number, as the configuration has them. Plain data; config/baselines reads it.
 *
 * Source: DESIGN, "Baselines"; what bounds them, reference baselines.md. */
#ifndef THIM_BASELINE_POLICY_H
#define THIM_BASELINE_POLICY_H

#include "format/tcb_version.h"

#define BASELINES_MAX 16
#define BASELINE_NAME_MAX 32 /* letters, digits, - _ ; with its NUL */
#define BASELINE_OVERRIDES_MAX 64
#define BASELINE_RULES_MAX 256
#define BASELINE_STEADY "steady"   /* the one that is there without configuration */
#define BASELINE_NUMBER_MAX 100000 /* Intel's have two digits */

enum baseline_follow { FOLLOW_STANDARD = 1, FOLLOW_EARLY };
enum baseline_choice {                 /* what a request may choose in its place */
                       CHOICE_ANY = 1, /* any number that is held, down to the floor */
                       CHOICE_NEWER,   /* numbers not below this baseline's */
                       CHOICE_NONE,
};
enum baseline_hold_end { /* when the signatures of what is held are about to end */
                         HOLD_END_PROMOTE = 1,
                         HOLD_END_REFUSE,
                         HOLD_END_SERVE_EXPIRED, /* every answer carries Warning: 110 */
};

struct baseline_pin { /* a number until a day, for a reason */
    uint32_t number;  /* 0: none */
    int64_t until_s;
    const char *why, *by;
};

struct baseline_override {
    uint8_t fmspc[6];
    struct baseline_pin pin;
    int line;
};

struct baseline_policy {
    const char *name;
    enum baseline_follow follow;
    int64_t delay_s; /* a promotion waits so long after the number became standard */
    struct baseline_pin pin;
    const struct baseline_override *overrides;
    size_t override_count;
    bool has_max_demoted; /* false: holds are none of this baseline's business */
    bool max_is_percent;
    unsigned max_demoted;  /* more than so many hosts, or hundredths of them, hold a
                              promotion */
    int64_t hold_margin_s; /* so long before the earliest nextUpdate a hold ends */
    int64_t blind_delay_s; /* with no known hosts a promotion waits so long: 14 days */
    enum baseline_hold_end hold_end;
    struct baseline_pin expired; /* HOLD_END_SERVE_EXPIRED: until, why, by; number 0 */
    enum baseline_choice choice;
    bool has_min_tcb[SNP_PRODUCTS];
    struct tcb_version min_tcb[SNP_PRODUCTS];
    int line; /* where it stands in the file; 0: built in */
};

struct baseline_rule { /* hosts of these addresses are given this baseline */
    uint8_t address[16];
    size_t address_len; /* 4 or 16 */
    unsigned prefix_bits;
    size_t baseline; /* index into the policies */
    int line;
};

struct baseline_law {
    const struct baseline_policy *policies;
    size_t count;
    size_t default_policy;             /* index */
    const struct baseline_rule *rules; /* the first that fits counts */
    size_t rule_count;
    uint32_t floor;     /* nothing below passes; 0: none */
    int64_t host_ttl_s; /* hosts seen longer ago count no more: 30 days */
};

/* steady, alone. */
extern const struct baseline_law baseline_law_default;
extern const struct baseline_policy baseline_policy_default; /* steady's values */

/* Index of the policy of this name (letter case counts), or SIZE_MAX. */
size_t baseline_named(const struct baseline_law *law, struct bytes name);

/* The rule that fits an address (4 or 16 bytes; an IPv4 address mapped into IPv6 counts
 * as IPv4), or NULL. */
const struct baseline_rule *baseline_rule_for(const struct baseline_law *law,
                                              struct bytes address);

/* The override of this FMSPC whose day has not passed, or NULL. */
const struct baseline_override *baseline_override_for(
    const struct baseline_policy *policy, const uint8_t fmspc[6], int64_t now_s);

#endif
