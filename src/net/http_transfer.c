/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/clock.h"
#include "kit/text.h"
#include "net/http_url.h"

#define CONNECT_MS 5000
#define TOTAL_MS 30000
#define STALL_MS 10000
#define BODY_MAX ((size_t)1 << 20)
#define SOURCE_CHUNK (256 * 1024L) /* of a file that is sent, at once */
#define TRUST_CACHE_S 60L /* how long a read CA file is believed to be unchanged */

/* ---- what comes ----------------------------------------------------------------- */

static void note_progress(struct http_transfer *transfer, size_t len)
{
    transfer->window_len += len;
    if (transfer->window_ms != 0 && transfer->window_len < HTTP_STALL_BYTES)
        return;
    transfer->window_ms = clock_real_ms();
    transfer->window_len = 0;
}

static size_t take_head(char *at, size_t size, size_t count, void *transfer_)
{
    struct http_transfer *transfer = transfer_;
    struct bytes line = bytes_of(at, size * count);
    size_t len = line.len;

    note_progress(transfer, len);
    /* a head that ends early is fine by libcurl (7.88) */
    if (bytes_equal_text(bytes_first(line, 5), "HTTP/"))
        transfer->is_head_whole = false;
    else if (bytes_equal_text(line, "\r\n") || bytes_equal_text(line, "\n"))
        transfer->is_head_whole = true;
    transfer->head_len += len;
    transfer->is_head_too_large = transfer->head_len > HTTP_ANSWER_HEAD_MAX;
    return transfer->is_head_too_large ? 0 : len;
}

static size_t take_body(char *at, size_t size, size_t count, void *transfer_)
{
    struct http_transfer *transfer = transfer_;
    size_t len = size * count;

    note_progress(transfer, len);
    buf_add(&transfer->body, bytes_of(at, len));
    return transfer->body.failed ? 0 : len;
}

/* ---- what goes ------------------------------------------------------------------ */

static size_t give_body(char *at, size_t size, size_t count, void *transfer_)
{
    struct http_transfer *transfer = transfer_;
    uint64_t left = transfer->source.len - transfer->sent;
    size_t room = size * count;

    if (left == 0)
        return 0;
    ssize_t got = pread(transfer->source.fd, at, left < room ? (size_t)left : room,
                        (off_t)transfer->sent);
    transfer->is_source_short = got <= 0;
    if (got <= 0)
        return CURL_READFUNC_ABORT;
    transfer->sent += (uint64_t)got;
    return (size_t)got;
}

/* A connection that had gone away while it was kept: the body is sent again. */
static int seek_body(void *transfer_, curl_off_t offset, int origin)
{
    struct http_transfer *transfer = transfer_;

    if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > transfer->source.len)
        return CURL_SEEKFUNC_FAIL;
    transfer->sent = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

/* ---- setting up ----------------------------------------------------------------- */

struct setup {
    struct http_transfer *transfer;
    const struct http_call *call;
    CURLcode code; /* the first that was not OK */
};

#define SET(setup, option, value)                                                     \
    do {                                                                              \
        if ((setup)->code == CURLE_OK)                                                \
            (setup)->code = curl_easy_setopt((setup)->transfer->easy, option, value); \
    } while (0)

static void set_limits(struct setup *setup)
{
    const struct http_call *call = setup->call;
    struct http_transfer *transfer = setup->transfer;
    int64_t connect_ms = call->connect_ms > 0 ? call->connect_ms : CONNECT_MS;

    transfer->total_ms = call->total_ms > 0 ? call->total_ms : TOTAL_MS;
    transfer->stall_ms = call->stall_ms > 0 ? call->stall_ms : STALL_MS;
    transfer->body_max = call->body_max > 0 ? call->body_max : BODY_MAX;
    transfer->began_ms = clock_real_ms();
    transfer->until_ms = transfer->began_ms + transfer->total_ms;
    buf_init(&transfer->body, transfer->body_max);
    /* the deadline itself is kept by http_client_run, because libcurl's does not count
     * while a call waits for others to the same host */
    SET(setup, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    SET(setup, CURLOPT_NOSIGNAL, 1L);
    /* or else a silent name server is waited for, whatever the deadline */
    SET(setup, CURLOPT_QUICK_EXIT, 1L);
}

static void set_destination(struct setup *setup, bool is_https)
{
    const struct http_call *call = setup->call;
    bool is_proxied = is_https && call->proxy != NULL && call->unix_path == NULL;

    SET(setup, CURLOPT_CURLU, setup->transfer->url);
    SET(setup, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(setup, CURLOPT_FOLLOWLOCATION, 0L);
    SET(setup, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(setup, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(setup, CURLOPT_PROXY, is_proxied ? call->proxy : ""); /* "": nor environment's */
    SET(setup, CURLOPT_NOPROXY, "");
    SET(setup, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (call->unix_path != NULL)
        SET(setup, CURLOPT_UNIX_SOCKET_PATH, call->unix_path);
}

static void set_trust(struct setup *setup)
{
    SET(setup, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(setup, CURLOPT_SSL_VERIFYPEER, 1L);
    SET(setup, CURLOPT_SSL_VERIFYHOST, 2L);
    SET(setup, CURLOPT_CA_CACHE_TIMEOUT, TRUST_CACHE_S);
    if (setup->call->ca_file == NULL)
        return;
    SET(setup, CURLOPT_CAINFO, setup->call->ca_file);
    SET(setup, CURLOPT_CAPATH, NULL); /* Debian's default stands beside the bundle */
}

/* libcurl would say so only once it is connected. */
static bool is_readable(const char *what, const char *path, struct error *err)
{
    if (access(path, R_OK) == 0)
        return true;
    return error_set(
        err, errno == ENOENT || errno == ENOTDIR ? ERROR_NOT_FOUND : ERROR_SYSTEM,
        "the client's %s, %s: %s", what, safe_string(path).s, strerror(errno));
}

static bool set_identity(struct setup *setup, struct error *err)
{
    const struct http_call *call = setup->call;

    if (call->certificate_file == NULL && call->key_file == NULL)
        return true;
    if (call->certificate_file == NULL || call->key_file == NULL)
        return error_set(err, ERROR_FORMAT,
                         "a client's certificate and its key go together, and the %s "
                         "is not given",
                         call->key_file == NULL ? "key" : "certificate");
    if (!is_readable("certificate", call->certificate_file, err)
        || !is_readable("key", call->key_file, err))
        return false;
    SET(setup, CURLOPT_SSLCERTTYPE, "PEM");
    SET(setup, CURLOPT_SSLCERT, call->certificate_file);
    SET(setup, CURLOPT_SSLKEYTYPE, "PEM");
    SET(setup, CURLOPT_SSLKEY, call->key_file);
    SET(setup, CURLOPT_KEYPASSWD, ""); /* or else OpenSSL asks the terminal for one */
    return true;
}

static void set_callbacks(struct setup *setup, const char *user_agent)
{
    struct http_transfer *transfer = setup->transfer;

    SET(setup, CURLOPT_PRIVATE, transfer);
    SET(setup, CURLOPT_ERRORBUFFER, transfer->detail);
    SET(setup, CURLOPT_USERAGENT, user_agent);
    SET(setup, CURLOPT_HEADERFUNCTION, take_head);
    SET(setup, CURLOPT_HEADERDATA, transfer);
    SET(setup, CURLOPT_WRITEFUNCTION, take_body);
    SET(setup, CURLOPT_WRITEDATA, transfer);
}

static const struct method {
    const char *name;
    bool has_body, may_have_body;
} methods[] = {
    { "GET", false, false }, { "HEAD", false, false },  { "POST", true, true },
    { "PUT", true, true },   { "DELETE", false, true },
};

static const struct method *method_of(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(methods); i++)
        if (strcmp(methods[i].name, name == NULL ? "GET" : name) == 0)
            return &methods[i];
    return NULL;
}

static void set_source(struct setup *setup)
{
    struct http_transfer *transfer = setup->transfer;

    transfer->source = *setup->call->body_file;
    SET(setup, CURLOPT_UPLOAD, 1L);
    SET(setup, CURLOPT_INFILESIZE_LARGE, (curl_off_t)transfer->source.len);
    SET(setup, CURLOPT_UPLOAD_BUFFERSIZE, SOURCE_CHUNK);
    SET(setup, CURLOPT_READFUNCTION, give_body);
    SET(setup, CURLOPT_READDATA, transfer);
    SET(setup, CURLOPT_SEEKFUNCTION, seek_body);
    SET(setup, CURLOPT_SEEKDATA, transfer);
}

static bool set_method(struct setup *setup, struct error *err)
{
    const struct http_call *call = setup->call;
    const struct method *method = method_of(call->method);

    if (method == NULL)
        return error_set(err, ERROR_FORMAT, "the method %s is not known",
                         safe_string(call->method).s);
    if (call->body.at != NULL && !method->may_have_body)
        return error_set(err, ERROR_FORMAT, "%s takes no body", method->name);
    if (call->body_file != NULL
        && (strcmp(method->name, "PUT") != 0 || call->body.at != NULL))
        return error_set(err, ERROR_FORMAT, "a file is the body of a PUT, and all of it");
    if (call->body_file != NULL) {
        set_source(setup);
    } else if (method->has_body || call->body.at != NULL) {
        SET(setup, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
        SET(setup, CURLOPT_COPYPOSTFIELDS,
            call->body.len > 0 ? (const char *)call->body.at : "");
    }
    if (strcmp(method->name, "HEAD") == 0)
        SET(setup, CURLOPT_NOBODY, 1L);
    else
        SET(setup, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)setup->transfer->body_max);
    if (method->may_have_body)
        SET(setup, CURLOPT_CUSTOMREQUEST, method->name);
    return true;
}

static bool add_header(struct http_transfer *transfer, const char *line,
                       struct error *err)
{
    for (const char *at = line; *at != 0; at++)
        if ((*at >= 0 && *at < 0x20 && *at != '\t') || *at == 0x7f)
            return error_set(
                err, ERROR_FORMAT, "a control byte in the header %s",
                safe(bytes_first(bytes_of_text(line), strcspn(line, ":"))).s);
    struct curl_slist *longer = curl_slist_append(transfer->headers, line);
    if (longer == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a header");
    transfer->headers = longer;
    return true;
}

static bool is_named(const char *line, const char *name_and_colon)
{
    struct bytes name = bytes_first(bytes_of_text(line), strlen(name_and_colon));

    return text_equal_nocase(name, bytes_of_text(name_and_colon));
}

static bool set_headers(struct setup *setup, struct error *err)
{
    bool has_type = false;

    for (const char *const *line = setup->call->headers; line != NULL && *line != NULL;
         line++) {
        has_type = has_type || is_named(*line, "Content-Type:");
        if (!add_header(setup->transfer, *line, err))
            return false;
    }
    /* no waiting for 100 Continue; no type that nobody gave */
    if (!add_header(setup->transfer, "Expect:", err)
        || (!has_type && !add_header(setup->transfer, "Content-Type:", err)))
        return false;
    SET(setup, CURLOPT_HTTPHEADER, setup->transfer->headers);
    return true;
}

bool http_transfer_create(const struct http_call *call, const char *user_agent,
                          struct http_transfer **out, struct error *err)
{
    OWNED(http_transfer_free)
    struct http_transfer *transfer = calloc(1, sizeof *transfer);
    struct setup setup = { .transfer = transfer, .call = call };
    bool is_https;

    if (transfer == NULL || (transfer->easy = curl_easy_init()) == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for an HTTP call");
    transfer->context = call->context;
    transfer->done = call->done;
    if (!http_url_read(call->url, &transfer->url, &is_https, err)
        || (call->proxy != NULL && !http_proxy_allowed(call->proxy, err)))
        return false;
    set_limits(&setup);
    set_destination(&setup, is_https);
    set_trust(&setup);
    set_callbacks(&setup, user_agent);
    if (!set_identity(&setup, err) || !set_method(&setup, err)
        || !set_headers(&setup, err))
        return false;
    if (setup.code != CURLE_OK)
        return error_set(err, ERROR_SYSTEM, "libcurl: %s",
                         curl_easy_strerror(setup.code));
    *out = TAKE(transfer);
    return true;
}

void http_transfer_free(struct http_transfer *transfer)
{
    if (transfer == NULL)
        return;
    curl_easy_cleanup(transfer->easy);
    curl_url_cleanup(transfer->url);
    curl_slist_free_all(transfer->headers);
    buf_fini(&transfer->body);
    free(transfer);
}

/* ---- time ----------------------------------------------------------------------- */

static int64_t stalls_at_ms(const struct http_transfer *transfer)
{
    return transfer->window_ms == 0 ? INT64_MAX
                                    : transfer->window_ms + transfer->stall_ms;
}

int64_t http_transfer_next_ms(const struct http_transfer *transfer)
{
    int64_t stalls_ms = stalls_at_ms(transfer);

    return stalls_ms < transfer->until_ms ? stalls_ms : transfer->until_ms;
}

bool http_transfer_is_late(const struct http_transfer *transfer, int64_t now_ms,
                           struct error *why)
{
    if (now_ms >= transfer->until_ms)
        error_set(why, ERROR_UNREACHABLE, "no whole answer within %lld ms",
                  (long long)transfer->total_ms);
    else if (now_ms >= stalls_at_ms(transfer))
        error_set(why, ERROR_UNREACHABLE,
                  "the answer stalled: less than %d bytes in %lld ms", HTTP_STALL_BYTES,
                  (long long)transfer->stall_ms);
    else
        return false;
    return true;
}

/* ---- the end -------------------------------------------------------------------- */

static const struct failure {
    CURLcode code;
    enum error_kind kind;
    const char *words;
} failures[] = {
    { CURLE_COULDNT_RESOLVE_HOST, ERROR_UNREACHABLE, "the host's name is not known" },
    { CURLE_COULDNT_RESOLVE_PROXY, ERROR_UNREACHABLE, "the proxy's name is not known" },
    { CURLE_COULDNT_CONNECT, ERROR_UNREACHABLE, "no connection" },
    { CURLE_PROXY, ERROR_UNREACHABLE, "the proxy gives no connection" },
    { CURLE_OPERATION_TIMEDOUT, ERROR_UNREACHABLE, "no connection in time" },
    { CURLE_PEER_FAILED_VERIFICATION, ERROR_UNREACHABLE,
      "the server's certificate is not trusted" },
    { CURLE_SSL_CACERT_BADFILE, ERROR_SYSTEM, "the CA file cannot be used" },
    { CURLE_SSL_CERTPROBLEM, ERROR_SYSTEM,
      "the client's certificate or its key cannot be used" },
    { CURLE_SSL_CONNECT_ERROR, ERROR_UNREACHABLE, "TLS failed" },
    { CURLE_GOT_NOTHING, ERROR_UNREACHABLE, "closed without an answer" },
    { CURLE_PARTIAL_FILE, ERROR_UNREACHABLE, "the answer was cut short" },
    { CURLE_RECV_ERROR, ERROR_UNREACHABLE, "the connection broke" },
    { CURLE_SEND_ERROR, ERROR_UNREACHABLE, "the connection broke" },
    { CURLE_WEIRD_SERVER_REPLY, ERROR_UNREACHABLE, "what answers does not speak HTTP" },
    { CURLE_UNSUPPORTED_PROTOCOL, ERROR_UNREACHABLE, "what answers does not speak HTTP" },
    { CURLE_OUT_OF_MEMORY, ERROR_SYSTEM, "no memory" },
};

bool http_transfer_judge(const struct http_transfer *transfer, CURLcode code,
                         struct error *why)
{
    struct failure failure = { code, ERROR_UNREACHABLE, "the call failed" };

    if (code == CURLE_OK)
        return transfer->is_head_whole
               || error_set(why, ERROR_UNREACHABLE,
                            "the answer was cut short in its headers");
    if (transfer->is_head_too_large)
        return error_set(why, ERROR_LIMIT, "the answer's headers exceed %d bytes",
                         HTTP_ANSWER_HEAD_MAX);
    if (transfer->is_source_short)
        return error_set(why, ERROR_SYSTEM,
                         "the file to be sent ended early, or cannot "
                         "be read");
    if (code == CURLE_FILESIZE_EXCEEDED || transfer->body.failed)
        return error_set(why, ERROR_LIMIT, "the answer is larger than %zu bytes",
                         transfer->body_max);
    for (size_t i = 0; i < COUNT_OF(failures); i++)
        if (failures[i].code == code)
            failure = failures[i];
    return error_set(why, failure.kind, "%s: %s", failure.words,
                     safe_string(transfer->detail[0] != 0 ? transfer->detail
                                                          : curl_easy_strerror(code))
                         .s);
}

static int64_t date_of(struct http_transfer *transfer)
{
    struct curl_header *date;

    if (curl_easy_header(transfer->easy, "Date", 0, CURLH_HEADER, -1, &date) != CURLHE_OK)
        return 0;
    time_t seconds = curl_getdate(date->value, NULL);
    return seconds < 0 ? 0 : (int64_t)seconds;
}

void http_transfer_tell(struct http_transfer *transfer, const struct error *why)
{
    struct http_answer answer = {
        .reached = why == NULL,
        .kind = why == NULL ? ERROR_NONE : why->kind,
        .failure = why == NULL ? NULL : why->text,
        .headers = transfer->easy,
        .elapsed_ms = clock_real_ms() - transfer->began_ms,
    };
    long status = 0;

    if (why == NULL) {
        curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
        answer.status = (unsigned)status;
        answer.body = buf_bytes(&transfer->body);
        answer.date_s = date_of(transfer);
    }
    transfer->done(transfer->context, &answer);
}

struct bytes http_answer_header(const struct http_answer *answer, const char *name)
{
    struct curl_header *header;

    if (!answer->reached
        || curl_easy_header(answer->headers, name, 0, CURLH_HEADER, -1, &header)
               != CURLHE_OK)
        return (struct bytes){ 0 };
    return bytes_of_text(header->value);
}
