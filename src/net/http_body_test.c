/* SPDX-License-Identifier: Apache-2.0 */
/* Where bodies are kept and how many, alone and behind a server. */
#include "net/http_body.h"

#include <dirent.h>
#include <signal.h>

#include "net/test_peer.h"

#define MIB ((size_t)1 << 20)
#define PART 65521 /* a prime, so that no boundary is met by chance */

/* What stands at each place of every body here. */
static uint8_t byte_at(size_t i)
{
    return (uint8_t)(i * 31 + (i >> 12) * 7);
}

static struct bytes part_from(size_t from, size_t len)
{
    static _Thread_local uint8_t part[PART];

    for (size_t i = 0; i < len; i++)
        part[i] = byte_at(from + i);
    return bytes_of(part, len);
}

static bool is_as_sent(struct bytes body, size_t len)
{
    for (size_t i = 0; i < body.len; i++)
        if (body.at[i] != byte_at(i))
            return false;
    return body.len == len;
}

static void add_all(struct http_body *body, size_t len)
{
    for (size_t from = 0, part; from < len; from += part) {
        part = len - from < PART ? len - from : PART;
        assert_true(http_body_add(body, part_from(from, part)));
    }
}

static unsigned files_in(const char *directory)
{
    DIR *open = opendir(directory);
    unsigned count = 0;

    assert_non_null(open);
    for (const struct dirent *one; (one = readdir(open)) != NULL;)
        count += strcmp(one->d_name, ".") != 0 && strcmp(one->d_name, "..") != 0;
    closedir(open);
    return count;
}

struct fixture {
    char *directory;
    struct http_spool spool;
};

static struct fixture fixture_make(size_t limit)
{
    struct fixture f = { .directory = test_directory() };
    struct error err = { 0 };

    assert_ok(http_spool_open(&f.spool, f.directory, limit, &err), err);
    return f;
}

static void fixture_drop(struct fixture *f)
{
    assert_int_equal(atomic_load(&f->spool.claimed), 0);
    assert_int_equal(files_in(f->directory), 0);
    http_spool_close(&f->spool);
    test_remove(f->directory);
}

/* ---- the spool ------------------------------------------------------------------ */

static void a_directory_that_takes_no_files_is_refused_at_the_start(void **state)
{
    static const struct {
        const char *path;
        enum error_kind kind;
        const char *text;
    } cases[] = {
        { "/nonexistent", ERROR_NOT_FOUND, "large bodies /nonexistent: No such file" },
        { "/proc/self/status", ERROR_SYSTEM, "Not a directory" },
        { "/proc", ERROR_SYSTEM, "large bodies /proc: no file can be made" },
    };
    struct http_spool spool;
    struct error err = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_false(http_spool_open(&spool, cases[i].path, MIB, &err));
        assert_refused(err, cases[i].kind, cases[i].text);
    }
}

/* ---- one body ------------------------------------------------------------------- */

static void a_body_is_seen_as_it_was_sent_whatever_holds_it(void **state)
{
    static const size_t lens[] = { 1, PART, MIB, MIB + 1, 3 * MIB };
    struct fixture f = fixture_make(3 * MIB);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lens) * 4; i++) {
        size_t len = lens[i / 4];
        bool is_chunked = i % 2 == 0;
        struct http_body_plan plan = { .chunked = is_chunked,
                                       .len = is_chunked ? 0 : len };
        struct http_body body;

        f.spool.is_unnamed = i / 2 % 2 == 0;
        http_body_init(&body);
        assert_int_equal(http_body_begin(&body, &f.spool, 3 * MIB, &plan), HTTP_FINE);
        add_all(&body, len);
        assert_int_equal(files_in(f.directory), 0);
        assert_int_equal(http_body_finish(&body), HTTP_FINE);
        assert_true(is_as_sent(http_body_bytes(&body), len));
        assert_int_equal(body.view != NULL, len > HTTP_BODY_IN_MEMORY);
        assert_int_equal(atomic_load(&f.spool.claimed),
                         len > HTTP_BODY_IN_MEMORY ? len : 0);
        http_body_end(&body);
        assert_int_equal(http_body_bytes(&body).len, 0);
    }
    fixture_drop(&f);
}

static void a_body_past_its_limit_is_refused_as_soon_as_that_is_known(void **state)
{
    struct fixture f = fixture_make(8 * MIB);
    struct http_body body;

    (void)state;
    http_body_init(&body);
    assert_int_equal(http_body_begin(&body, &f.spool, 2 * MIB,
                                     &(struct http_body_plan){ .len = 2 * MIB + 1 }),
                     HTTP_BODY_LARGE);
    http_body_end(&body);
    assert_int_equal(
        http_body_begin(&body, &f.spool, 0, &(struct http_body_plan){ .chunked = true }),
        HTTP_BODY_LARGE);
    http_body_end(&body);
    assert_int_equal(http_body_begin(&body, &f.spool, 2 * MIB,
                                     &(struct http_body_plan){ .chunked = true }),
                     HTTP_FINE);
    add_all(&body, 2 * MIB + 1);
    assert_int_equal(atomic_load(&f.spool.claimed), 0); /* nothing is kept of it */
    add_all(&body, MIB - 1);
    assert_int_equal(http_body_finish(&body), HTTP_BODY_LARGE);
    assert_false(http_body_add(&body, part_from(0, 1)));
    http_body_end(&body);
    fixture_drop(&f);
}

static void without_a_directory_no_body_is_large(void **state)
{
    struct http_spool spool;
    struct http_body body;
    struct error err = { 0 };

    (void)state;
    assert_ok(http_spool_open(&spool, NULL, 8 * MIB, &err), err);
    http_body_init(&body);
    assert_int_equal(
        http_body_begin(&body, &spool, 2 * MIB, &(struct http_body_plan){ .len = MIB }),
        HTTP_FINE);
    http_body_end(&body);
    assert_int_equal(http_body_begin(&body, &spool, 2 * MIB,
                                     &(struct http_body_plan){ .len = MIB + 1 }),
                     HTTP_BODY_LARGE);
    http_body_end(&body);
    http_spool_close(&spool);
}

static void all_bodies_together_have_a_bound(void **state)
{
    struct fixture f = fixture_make(5 * MIB);
    struct http_body first, second;

    (void)state;
    http_body_init(&first);
    http_body_init(&second);
    assert_int_equal(http_body_begin(&first, &f.spool, 8 * MIB,
                                     &(struct http_body_plan){ .len = 3 * MIB }),
                     HTTP_FINE);
    assert_int_equal(http_body_begin(&second, &f.spool, 8 * MIB,
                                     &(struct http_body_plan){ .len = 2 * MIB + 1 }),
                     HTTP_SPOOL_FULL);
    http_body_end(&second);
    assert_int_equal(http_body_begin(&second, &f.spool, 8 * MIB,
                                     &(struct http_body_plan){ .len = 2 * MIB }),
                     HTTP_FINE);
    http_body_end(&second);

    /* in chunks it is found out on the way, and the rest is read for nothing */
    assert_int_equal(http_body_begin(&second, &f.spool, 8 * MIB,
                                     &(struct http_body_plan){ .chunked = true }),
                     HTTP_FINE);
    add_all(&second, 2 * MIB);
    assert_int_equal(second.refusal, HTTP_FINE);
    add_all(&second, 1);
    assert_int_equal(second.refusal, HTTP_SPOOL_FULL);
    assert_int_equal(atomic_load(&f.spool.claimed), 3 * MIB);
    add_all(&second, MIB);
    assert_int_equal(http_body_finish(&second), HTTP_SPOOL_FULL);
    http_body_end(&second);
    http_body_end(&first);
    fixture_drop(&f);
}

static void a_body_that_is_taken_outlives_everything(void **state)
{
    static const size_t lens[] = { 1000, 3 * MIB };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        struct fixture f = fixture_make(5 * MIB);
        struct http_body body;
        http_body_init(&body);
        assert_int_equal(http_body_begin(&body, &f.spool, 8 * MIB,
                                         &(struct http_body_plan){ .len = lens[i] }),
                         HTTP_FINE);
        add_all(&body, lens[i]);
        assert_int_equal(http_body_finish(&body), HTTP_FINE);
        struct bytes seen = http_body_bytes(&body);
        OWNED(http_body_free) struct http_body *taken = http_body_take(&body);
        assert_non_null(taken);
        assert_int_equal(atomic_load(&f.spool.claimed), 0);
        assert_int_equal(http_body_bytes(&body).len, 0);
        http_body_end(&body);
        fixture_drop(&f);
        assert_ptr_equal(http_body_bytes(taken).at, seen.at);
        assert_true(is_as_sent(http_body_bytes(taken), lens[i]));
    }
    http_body_free(NULL);
}

/* A limit on the size of files stands for a disk that is full. */
static void a_disk_that_is_full_refuses_the_body(void **state)
{
    struct fixture f = fixture_make(8 * MIB);
    struct http_body body;
    struct rlimit before, small;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 2 * MIB;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    http_body_init(&body);
    assert_int_equal(http_body_begin(&body, &f.spool, 8 * MIB,
                                     &(struct http_body_plan){ .len = 2 * MIB + 1 }),
                     HTTP_SPOOL_FAILED);
    http_body_end(&body);
    assert_int_equal(http_body_begin(&body, &f.spool, 8 * MIB,
                                     &(struct http_body_plan){ .chunked = true }),
                     HTTP_FINE);
    add_all(&body, 2 * MIB + 1);
    assert_int_equal(http_body_finish(&body), HTTP_SPOOL_FAILED);
    assert_int_equal(atomic_load(&f.spool.claimed), 0);
    http_body_end(&body);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    fixture_drop(&f);
}

/* ---- behind a server ------------------------------------------------------------ */

static size_t memory_of_our_own(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    size_t kib = 0;

    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "RssAnon:", 8) == 0)
            kib = strtoul(line + 8, NULL, 10);
    fclose(file);
    return kib * 1024;
}

struct upload { /* what its handler saw */
    size_t len, memory;
    bool is_as_sent;
};

static void look_at_upload(struct witness *witness, struct http_request *request)
{
    struct upload *upload = witness->context;
    struct bytes body = http_request_body(request);

    upload->memory = memory_of_our_own();
    upload->is_as_sent = is_as_sent(body, upload->len);
    http_request_answer(request, witness->reply);
}

static void send_in_parts(int fd, size_t from, size_t to, bool is_chunked)
{
    char line[32];

    for (size_t part; from < to; from += part) {
        part = to - from < PART ? to - from : PART;
        snprintf(line, sizeof line, "%zx\r\n", part);
        if (is_chunked)
            assert_true(peer_send_text(fd, line));
        assert_true(peer_send(fd, part_from(from, part)));
        if (is_chunked)
            assert_true(peer_send_text(fd, "\r\n"));
    }
}

static void a_large_upload_needs_no_memory(void **state)
{
    enum { LEN = 64 << 20 };
    struct upload upload = { .len = LEN };
    struct witness witness = { .body_limit = LEN,
                               .instead = look_at_upload,
                               .context = &upload };
    char *directory = test_directory();
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness,
                  &(struct http_server_options){ .spool_directory = directory });
    for (unsigned is_chunked = 0; is_chunked < 2; is_chunked++) {
        int fd = peer_connect(http_server_port(witness.server));
        size_t before = memory_of_our_own();
        peer_send_text(fd, "PUT /x HTTP/1.1\r\nHost: a\r\n");
        peer_send_text(fd, is_chunked ? "Transfer-Encoding: chunked\r\n\r\n"
                                      : "Content-Length: 67108864\r\n\r\n");
        send_in_parts(fd, 0, LEN, is_chunked);
        peer_ask(fd, is_chunked ? "0\r\n\r\n" : "", &in);
        assert_int_equal(peer_status(&in), 200);
        assert_true(upload.is_as_sent);
        assert_true(upload.memory < before + 8 * MIB);
        assert_int_equal(files_in(directory), 0);
        close(fd);
    }
    buf_fini(&in);
    witness_stop(&witness);
    test_remove(directory);
}

static void a_large_upload_has_the_time_that_its_length_gives_it(void **state)
{
    static const struct {
        const char *what, *sent;
        size_t body_len; /* sent, and then no more */
        int64_t least_ms, most_ms;
    } cases[] = {
        { "a small one: the time of a body", "Content-Length: 1048576", 1000, 90, 490 },
        { "announced: a second for each 4 MiB", "Content-Length: 2097152", 1000, 590,
          PEER_WAIT_MS },
        { "in chunks: for what has come", "Transfer-Encoding: chunked", 2 * MIB, 590,
          PEER_WAIT_MS },
        { "in chunks, before it is large", "Transfer-Encoding: chunked", 1000, 90, 490 },
    };
    struct witness witness = { .body_limit = 8 * MIB };
    char *directory = test_directory();

    (void)state;
    witness_start(&witness,
                  &(struct http_server_options){ .spool_directory = directory,
                                                 .body_ms = 100,
                                                 .slowest_upload_bytes_per_s = 4 * MIB });
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int fd = peer_connect(http_server_port(witness.server));
        int64_t began_ms = clock_real_ms();
        peer_send_text(fd, "PUT /x HTTP/1.1\r\nHost: a\r\n");
        peer_send_text(fd, cases[i].sent);
        peer_send_text(fd, "\r\n\r\n");
        send_in_parts(fd, 0, cases[i].body_len, strchr(cases[i].sent, 'T') != NULL);
        assert_true(peer_is_closed(fd));
        int64_t took_ms = clock_real_ms() - began_ms;
        if (took_ms < cases[i].least_ms || took_ms > cases[i].most_ms)
            fail_msg("%s: closed after %lld ms", cases[i].what, (long long)took_ms);
        close(fd);
    }
    assert_int_equal(atomic_load(&witness.seen), 0);
    witness_stop(&witness);
    test_remove(directory);
}

static void a_large_upload_too_many_is_told_so_before_it_sends(void **state)
{
    static const char head[] = "PUT /x HTTP/1.1\r\nHost: a\r\n"
                               "Content-Length: 3145728\r\nExpect: 100-continue\r\n\r\n";
    struct witness witness = { .body_limit = 8 * MIB };
    char *directory = test_directory();
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){ .spool_directory = directory,
                                                           .spool_bytes = 5 * MIB });
    int first = peer_connect(http_server_port(witness.server));
    int second = peer_connect(http_server_port(witness.server));
    assert_true(peer_send_text(first, head));
    assert_true(peer_read_reply(first, &in, false));
    assert_int_equal(peer_status(&in), 100);

    peer_ask(second, head, &in);
    assert_int_equal(peer_status(&in), 503);
    assert_string_equal(peer_header(&in, "Content-Length"), "0");
    assert_true(peer_is_closed(second));

    send_in_parts(first, 0, 3 * MIB, false);
    peer_ask(first, "", &in);
    assert_int_equal(peer_status(&in), 200);
    peer_ask(first, head, &in); /* the place is free again, on the same connection too */
    assert_int_equal(peer_status(&in), 100);
    close(first);
    close(second);
    buf_fini(&in);
    witness_stop(&witness);
    test_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_that_takes_no_files_is_refused_at_the_start),
        cmocka_unit_test(a_body_is_seen_as_it_was_sent_whatever_holds_it),
        cmocka_unit_test(a_body_past_its_limit_is_refused_as_soon_as_that_is_known),
        cmocka_unit_test(without_a_directory_no_body_is_large),
        cmocka_unit_test(all_bodies_together_have_a_bound),
        cmocka_unit_test(a_body_that_is_taken_outlives_everything),
        cmocka_unit_test(a_disk_that_is_full_refuses_the_body),
        cmocka_unit_test(a_large_upload_needs_no_memory),
        cmocka_unit_test(a_large_upload_has_the_time_that_its_length_gives_it),
        cmocka_unit_test(a_large_upload_too_many_is_told_so_before_it_sends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
