/* SPDX-License-Identifier: Apache-2.0 */
/* When a thing is asked for again: pure arithmetic over what is known of it.
 *
 * CRLs every 6 h, all else daily, jittered by a tenth; more often as nextUpdate nears
 * (a quarter of what is left, never under 10 minutes); after a failure with doubling
 * backoff, Retry-After honoured. Freeze: an issue date that stands still three times its
 * usual gap. Times in the judging clock's monotonic milliseconds unless they end in _s.
 */
#ifndef THIM_UPSTREAM_SCHEDULE_H
#define THIM_UPSTREAM_SCHEDULE_H

#include "kit/base.h"

#define SCHEDULE_SOON_S 600         /* least pause between two good answers */
#define SCHEDULE_BACKOFF_FIRST_S 30 /* doubles up to the last */
#define SCHEDULE_BACKOFF_LAST_S 3600
#define SCHEDULE_RETRY_AFTER_MAX_S 3600 /* a vendor's word is honoured up to here */

struct schedule_facts {
    int64_t now_ms, now_s; /* monotonic and wall time of the judging clock */
    int64_t interval_s;    /* configured pause between good answers */
    uint32_t failures;     /* in a row; 0 after a good answer */
    int64_t retry_after_s; /* what the last refusal asked for; 0: nothing */
    int64_t next_update_s; /* of what is held; 0: nothing is held */
    double jitter;         /* 0..1, drawn by the caller */
};

int64_t schedule_next_ms(const struct schedule_facts *facts);

struct issue_history { /* what has been seen of one thing's issue dates */
    int64_t last_s;    /* the newest issue date */
    int64_t gap_s;     /* usual distance between two; 0 until learned */
};

/* Takes in an issue date that was just verified. */
void issue_history_note(struct issue_history *history, int64_t issue_date_s);

/* Until a gap has been learned, a sixth of the validity for documents that live up to 45
 * days, and never for longer ones: a root CRL stands still for a year. */
bool issue_history_is_frozen(const struct issue_history *history, int64_t next_update_s,
                             int64_t interval_s, int64_t now_s);

#endif
