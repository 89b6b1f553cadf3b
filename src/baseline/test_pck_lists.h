/* SPDX-License-Identifier: Apache-2.0 */
/* TCB infos and lists of certificates for tests of the selection: made-up ones, written
 * and parsed, so that levels stand as format/ puts them; and Intel's samples and a real
 * platform's, with the picks that Intel's rule (reference intel-pccs-and-pcs, 3.1) gives
 * by hand. Tests only. */
#ifndef THIM_BASELINE_TEST_PCK_LISTS_H
#define THIM_BASELINE_TEST_PCK_LISTS_H

#include <stdio.h>

#include "baseline/pck_selection.h"
#include "format/signed_json.h"
#include "kit/test.h"
#include "kit/text.h"

enum { ROOM = 32 };

/* A TCB as a test writes it: what the numbers begin with (the rest is 0), and PCESVN. */
struct tcb {
    uint8_t begin[16];
    uint16_t pcesvn;
};

static const uint8_t fmspc[6] = { 0x12, 0x34, 0x56, 0x78, 0, 0 };

/* ---- TCB infos and candidates --------------------------------------------------- */

static inline void put_level(struct buf *out, const struct tcb *level)
{
    buf_add_text(out, "{\"tcb\":{\"sgxtcbcomponents\":[");
    for (size_t i = 0; i < 16; i++)
        buf_addf(out, "%s{\"svn\":%u}", i > 0 ? "," : "", level->begin[i]);
    buf_addf(out,
             "],\"pcesvn\":%u},\"tcbDate\":\"2024-03-13T00:00:00Z\",\"tcbStatus\":"
             "\"UpToDate\"}",
             level->pcesvn);
}

static inline struct tcb_info info_of(const struct tcb *levels, size_t count,
                                      const uint8_t of_fmspc[6], struct arena *arena)
{
    struct tcb_info info;
    struct error err = { 0 };
    struct buf text;

    buf_init(&text, (size_t)1 << 20);
    buf_addf(&text,
             "{\"id\":\"SGX\",\"version\":3,\"issueDate\":\"2025-06-18T01:48:43Z\","
             "\"nextUpdate\":\"2025-07-18T01:48:43Z\",\"fmspc\":\"%s\",\"pceId\":"
             "\"0000\",\"tcbType\":0,\"tcbEvaluationDataNumber\":17,\"tcbLevels\":[",
             hex(of_fmspc, 6).s);
    for (size_t i = 0; i < count; i++) {
        buf_add_text(&text, i > 0 ? "," : "");
        put_level(&text, &levels[i]);
    }
    buf_add_text(&text, "]}");
    struct bytes kept = arena_copy(arena, buf_bytes(&text));
    assert_ok(tcb_info_parse(kept, arena, &info, &err), err);
    buf_fini(&text);
    return info;
}

static inline struct pck_candidate candidate_of(const struct tcb *tcb)
{
    struct pck_candidate candidate = { .pcesvn = tcb->pcesvn, .ppid = { 1, 2, 3 } };

    memcpy(candidate.cpusvn, tcb->begin, 16);
    memcpy(candidate.fmspc, fmspc, 6);
    return candidate;
}

static inline struct raw_tcb raw_of(const struct tcb *tcb)
{
    struct raw_tcb raw = { .pcesvn = tcb->pcesvn };

    memcpy(raw.cpusvn, tcb->begin, 16);
    return raw;
}

/* The index of the candidate that is chosen; PCK_NONE where none is. */
static inline size_t pick(const struct tcb_info *info,
                          const struct pck_candidate *candidates, size_t count,
                          const struct raw_tcb *raw)
{
    struct pck_rank ranks[ROOM];
    struct error err = { 0 };

    assert_true(count <= ROOM);
    assert_ok(pck_rank(info, candidates, count, ranks, &err), err);
    size_t chosen = pck_choose(ranks, count, candidates, raw);
    return chosen == PCK_NONE ? PCK_NONE : ranks[chosen].candidate;
}

/* ---- Intel's samples and a real platform ------------------------------------------ */

struct real_pick {
    const char *raw; /* hex of CPUSVN, the rest zeros */
    uint16_t pcesvn;
    const char *pick; /* how the file's name begins; NULL: none */
};

#define ONES_4 1, 1, 1, 1
#define ONES_8 ONES_4, ONES_4
#define ONES_12 ONES_8, ONES_4
/* pck0_sample.pem to pck6_sample.pem, by their SGX extensions: they are signed with
 * P-384, which format/x509 does not take for ECDSA with SHA-256. */
#define SAMPLE_TCBS                                                        \
    {                                                                      \
        { { ONES_12 }, 6 }, { { ONES_12, ONES_4 }, 5 }, { { ONES_4 }, 4 }, \
            { { ONES_8, 1, 1, 1 }, 4 }, { { ONES_12, ONES_4 }, 7 },        \
            { { ONES_12, 1, 1 }, 8 }, { { ONES_12 }, 5 },                  \
    }

static const struct real_case {
    const char *folder;
    const char *files[12]; /* certificates; none: these TCBs, called "pck0" and so on */
    struct tcb tcbs[8];
    const char *info; /* a real TCB info; NULL: these levels */
    uint8_t fmspc[6];
    struct tcb levels[8];
    size_t level_count;
    struct real_pick picks[12];
} real_cases[] = {
    { .folder = "intel-selection-sample", /* the levels of its tcb_info.json */
      .tcbs = SAMPLE_TCBS,
      .fmspc = { 0x00, 0x70, 0x7f },
      .levels = { { { ONES_12 }, 5 },
                  { { ONES_8 }, 4 },
                  { { ONES_4 }, 3 },
                  { { 0 }, 2 } },
      .level_count = 4,
      .picks = { { "01010101010101010101010101010101", 9, "pck4" },
                 { "01010101010101010101010101010101", 6, "pck0" },
                 { "01010101010101010101010101010101", 5, "pck1" },
                 { "0101010101010101010101010101", 8, "pck5" },
                 { "010101010101010101010101", 6, "pck0" },
                 { "010101010101010101010101", 5, "pck6" },
                 { "01010101010101010101", 9, "pck2" },
                 { "010101", 9, NULL } } },
    { .folder = "intel-selection-sample", /* the levels of its tcb_info_4.json */
      .tcbs = SAMPLE_TCBS,
      .fmspc = { 0x00, 0x70, 0x7f },
      .levels = { { { ONES_12, 1, 1 }, 7 },
                  { { ONES_12 }, 6 },
                  { { ONES_8, 1, 1 }, 5 },
                  { { ONES_8 }, 4 },
                  { { ONES_4, 1, 1 }, 3 },
                  { { ONES_4 }, 2 },
                  { { 0 }, 1 } },
      .level_count = 7,
      .picks = { { "01010101010101010101010101010101", 9, "pck4" },
                 { "01010101010101010101010101010101", 7, "pck4" },
                 { "0101010101010101010101010101", 8, "pck5" },
                 { "0101010101010101010101010101", 7, "pck0" },
                 { "010101010101010101010101", 5, "pck6" },
                 { "01010101010101010101010101010101", 5, "pck1" },
                 { "0101010101010101010101", 4, "pck3" },
                 { "01010101010101010101", 9, "pck2" },
                 { "01010101010101010101010101010101", 3, NULL } } },
    { .folder = "pccs-selection-synthetic",
      .files = { "02020202030100030000000000000000-pce11.der",
                 "02020202030100030000000000000000-pce5.der",
                 "0202020203010003000000000000000f-pce1.der",
                 "02020202030100050000000000000000-pce11.der",
                 "02020202030100050000000000000000-pce13.der",
                 "02020202030100050000000000000000-pce5.der",
                 "03030202040100030000000000000000-pce11.der",
                 "03030202040100050000000000000000-pce11.der",
                 "04040202040100030000000000000000-pce11.der",
                 "04040202040100050000000000000000-pce11.der",
                 "04040202040100070000000000000000-pce11.der" },
      .fmspc = { 0x12, 0x34, 0x56, 0x78 },
      .levels = { { { 4, 4, 2, 2, 4, 1, 0, 5 }, 11 },
                  { { 3, 3, 2, 2, 4, 1, 0, 5 }, 11 },
                  { { 2, 2, 2, 2, 3, 1, 0, 3 }, 5 } },
      .level_count = 3,
      .picks = { { "0404020204010007", 15, "0404020204010007" },
                 { "0404020204010005", 11, "0404020204010005" },
                 { "0404020204010004", 11, "0404020204010003" },
                 { "0303020204010005", 15, "0303020204010005" },
                 { "0303020204010005", 10, "02020202030100050000000000000000-pce5" },
                 { "0202020203010005", 13, "02020202030100050000000000000000-pce13" },
                 { "0202020203010005", 12, "02020202030100050000000000000000-pce11" },
                 { "0202020203010003", 11, "02020202030100030000000000000000-pce11" },
                 { "0202020203010003", 5, "02020202030100030000000000000000-pce5" },
                 { "0202020203010003000000000000000f", 1, "0202020203010003000000" },
                 { "0202020203010003", 1, NULL } } },
    { .folder = "asylo-pckcerts",
      .files = { "00-060602040180010000000000000000000700.der",
                 "01-060602040180000000000000000000000700.der",
                 "02-050502040180010000000000000000000700.der",
                 "03-050502040180010000000000000000000600.der",
                 "04-050502040180000000000000000000000700.der",
                 "05-050502040180000000000000000000000600.der",
                 "06-040402040180000000000000000000000500.der",
                 "07-020202040180000000000000000000000400.der" },
      .info = "tcbinfo/sgx/00906ea10000/v3-eval12-20221117T124532Z.json",
      .picks = { { "14140204018007", 13, "00" },
                 { "060602040180", 13, "01" },
                 { "06060204018001", 7, "00" },
                 { "06060204018001", 6, "03" },
                 { "05050204018001", 13, "02" },
                 { "05050204018001", 6, "03" },
                 { "050502040180", 6, "05" },
                 { "040402040180", 7, "06" },
                 { "020202040180", 4, "07" },
                 { "020202040180", 3, NULL },
                 { "0101020401", 13, NULL } } },
};

static inline struct bytes vector_file(const char *folder, const char *name,
                                       struct arena *arena)
{
    char below[256];

    snprintf(below, sizeof below, "vectors/intel/%s%s", folder, name);
    struct buf content = test_shared_file(below);
    struct bytes kept = arena_copy(arena, buf_bytes(&content));
    buf_fini(&content);
    return kept;
}

static inline struct tcb_info real_info(const struct real_case *c, struct arena *arena)
{
    struct signed_json document;
    struct tcb_info info;
    struct error err = { 0 };

    if (c->info == NULL)
        return info_of(c->levels, c->level_count, c->fmspc, arena);
    assert_ok(signed_json_parse(vector_file("", c->info, arena), arena, &document, &err),
              err);
    assert_ok(tcb_info_parse(document.signed_text, arena, &info, &err), err);
    return info;
}

static inline struct pck_candidate real_candidate(const struct real_case *c, size_t i,
                                                  struct arena *arena)
{
    struct pck_candidate candidate;
    struct x509_certificate certificate;
    struct pck_cert pck;
    struct error err = { 0 };
    char folder[128];

    if (c->files[0] == NULL) {
        candidate = candidate_of(&c->tcbs[i]);
        memcpy(candidate.fmspc, c->fmspc, sizeof candidate.fmspc);
        return candidate;
    }
    snprintf(folder, sizeof folder, "pckcerts/%s/", c->folder);
    assert_ok(x509_parse(vector_file(folder, c->files[i], arena), &certificate, &err),
              err);
    assert_ok(pck_cert_parse(&certificate, &pck, &err), err);
    pck_candidate_of(&pck, &candidate);
    return candidate;
}

static inline size_t real_candidates(const struct real_case *c, struct arena *arena,
                                     struct pck_candidate candidates[ROOM])
{
    size_t count = 0, most = c->files[0] != NULL ? COUNT_OF(c->files) : COUNT_OF(c->tcbs);

    while (
        count < most
        && (c->files[0] != NULL ? c->files[count] != NULL : c->tcbs[count].pcesvn != 0)) {
        candidates[count] = real_candidate(c, count, arena);
        count++;
    }
    return count;
}

/* "pck3", or the file's name; "none" for PCK_NONE. */
static inline const char *real_name(const struct real_case *c, size_t candidate)
{
    static const char *const samples[] = { "pck0", "pck1", "pck2", "pck3",
                                           "pck4", "pck5", "pck6" };

    if (candidate == PCK_NONE)
        return "none";
    return c->files[0] != NULL ? c->files[candidate] : samples[candidate];
}

#endif
