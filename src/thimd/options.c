/* SPDX-License-Identifier: Apache-2.0 */
#include "thimd/options.h"

#include <arpa/inet.h>
#include <string.h>

#include "kit/text.h"

const char OPTIONS_HELP[] =
    "thimd, the trusted hardware identity management service\n"
    "\n"
    "  thimd [--config FILE] [--state DIR] [--listen [http://|https://]ADDRESS:PORT]...\n"
    "        [--clock TIME | step | step:TIME]\n"
    "  thimd init --name NAME... [--config FILE] [--state DIR]\n"
    "\n"
    "  --config FILE   default /etc/thim/thim.yaml where it exists, else built-in "
    "defaults\n"
    "  --state DIR     keep everything below DIR, the admin socket too\n"
    "  --listen ...    instead of the configured listeners; port 0 takes a free one\n"
    "  --clock TIME    judge collateral as if it were TIME (2025-06-20T00:00:00Z); the\n"
    "                  state is marked and never opened by a normal start. step: stand\n"
    "                  still and move only on POST /thim/v1/clock of the admin socket\n"
    "  init            make a private CA and a server certificate for NAME in the state\n"
    "                  directory; from then on the service speaks HTTPS\n"
    "\n"
    "Exit status: 0 ended as asked, 2 usage or configuration, 3 could not serve.\n";

static bool split_authority(const char *text, struct bytes *host, struct bytes *port)
{
    const char *colon = strrchr(text, ':');

    if (colon == NULL || colon == text)
        return false;
    *host = bytes_of(text, (size_t)(colon - text));
    *port = bytes_of_text(colon + 1);
    bool has_brackets = host->at[0] == '[';
    if (!has_brackets)
        return memchr(host->at, ':', host->len) == NULL;
    if (host->len < 3 || host->at[host->len - 1] != ']')
        return false;
    *host = bytes_of(host->at + 1, host->len - 2);
    return true;
}

static bool is_numeric(const char *address, bool *is_loopback)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, address, &v4) == 1) {
        *is_loopback = (ntohl(v4.s_addr) >> 24) == 127;
        return true;
    }
    if (inet_pton(AF_INET6, address, &v6) != 1)
        return false;
    *is_loopback = IN6_IS_ADDR_LOOPBACK(&v6);
    return true;
}

bool options_read_listener(const char *text, struct config_listener *out, char *address,
                           size_t address_room, struct error *err)
{
    bool is_http = strncmp(text, "http://", 7) == 0;
    bool is_https = strncmp(text, "https://", 8) == 0;
    const char *authority = text + (is_http ? 7 : is_https ? 8 : 0);
    struct bytes host, port;
    uint64_t number;
    bool is_loopback;

    if (!split_authority(authority, &host, &port) || host.len >= address_room
        || !decimal_read(port, 65535, &number))
        return error_set(err, ERROR_FORMAT,
                         "--listen %s: expected ADDRESS:PORT, such as 127.0.0.1:8081 or "
                         "https://[::]:8081",
                         safe_string(text).s);
    memcpy(address, host.at, host.len);
    address[host.len] = 0;
    if (!is_numeric(address, &is_loopback))
        return error_set(err, ERROR_FORMAT,
                         "--listen %s: the address must be numeric, such as 127.0.0.1, "
                         "0.0.0.0 or [::]",
                         safe_string(text).s);
    *out = (struct config_listener){
        .address = address,
        .port = (uint16_t)number,
        .tls = is_https || (!is_http && !is_loopback),
    };
    return true;
}

bool options_read_clock(const char *text, struct options *out, struct error *err)
{
    const char *time = text;

    out->has_clock = true;
    out->clock_stands = strncmp(text, "step", 4) == 0;
    if (strcmp(text, "step") == 0) {
        out->clock_s = clock_real_wall_s();
        return true;
    }
    if (out->clock_stands)
        time = text[4] == ':' ? text + 5 : "";
    if (utc_read(bytes_of_text(time), &out->clock_s))
        return true;
    return error_set(
        err, ERROR_FORMAT,
        "--clock %s: expected a time such as 2025-06-20T00:00:00Z, or step, or "
        "step:TIME",
        safe_string(text).s);
}

static bool take_value(struct options *out, const char *option, const char *value,
                       struct error *err)
{
    if (strcmp(option, "--config") == 0) {
        out->config_file = value;
        return true;
    }
    if (strcmp(option, "--state") == 0) {
        out->state_directory = value;
        return true;
    }
    if (strcmp(option, "--clock") == 0)
        return options_read_clock(value, out, err);
    if (strcmp(option, "--listen") == 0) {
        size_t i = out->listener_count;
        if (i >= CONFIG_LISTENERS_MAX)
            return error_set(err, ERROR_LIMIT, "--listen: at most %d listeners",
                             CONFIG_LISTENERS_MAX);
        out->listener_count++;
        return options_read_listener(value, &out->listeners[i], out->addresses[i],
                                     sizeof out->addresses[i], err);
    }
    if (strcmp(option, "--name") == 0 && out->command == COMMAND_INIT) {
        if (out->name_count >= OPTIONS_NAMES_MAX)
            return error_set(err, ERROR_LIMIT, "--name: at most %d names",
                             OPTIONS_NAMES_MAX);
        out->names[out->name_count++] = value;
        return true;
    }
    return error_set(err, ERROR_FORMAT, "unknown option %s; see thimd --help",
                     safe_string(option).s);
}

bool options_read(int argc, char **argv, struct options *out, struct error *err)
{
    int i = 1;

    *out = (struct options){ .command = COMMAND_SERVE };
    if (argc > 1 && strcmp(argv[1], "init") == 0) {
        out->command = COMMAND_INIT;
        i = 2;
    }
    for (; i < argc; i++) {
        char option[16];
        const char *equals = strchr(argv[i], '=');
        const char *value = equals != NULL ? equals + 1 : argv[i + 1];
        size_t len = equals != NULL ? (size_t)(equals - argv[i]) : strlen(argv[i]);

        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            out->command = COMMAND_HELP;
            return true;
        }
        if (strcmp(argv[i], "--version") == 0) {
            out->command = COMMAND_VERSION;
            return true;
        }
        if (len >= sizeof option || argv[i][0] != '-')
            return error_set(err, ERROR_FORMAT, "what is \"%s\"? See thimd --help",
                             safe_string(argv[i]).s);
        memcpy(option, argv[i], len);
        option[len] = 0;
        if (value == NULL)
            return error_set(err, ERROR_FORMAT, "%s wants a value; see thimd --help",
                             safe_string(option).s);
        if (!take_value(out, option, value, err))
            return false;
        i += equals == NULL;
    }
    if (out->command == COMMAND_INIT && out->name_count == 0)
        return error_set(err, ERROR_FORMAT,
                         "init wants --name NAME, the name or address that hosts will "
                         "call this service by");
    return true;
}
