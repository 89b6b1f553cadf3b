/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the tables of keys, spelled briefly, and the bounds that several of them have.
 */
#ifndef THIM_CONFIG_ROWS_H
#define THIM_CONFIG_ROWS_H

#include "config/config.h"
#include "config/readers.h"
#include "config/schema.h"

#define NAME_MAX_LEN 63 /* fits struct trusted_root */
#define WORDS_MAX 256   /* why, by */
#define MINUTE_MS 60000
#define WEEK_S 604800
#define REFRESH_LEAST_S 600

#define IN_CONFIG struct config

#define PATH(name_, type, field)                                                \
    {                                                                           \
        .name = name_, .read = schema_path, SCHEMA_AT(type, field), .least = 2, \
        .most = 4000                                                            \
    }
#define WORDS(name_, type, field, required)                                     \
    {                                                                           \
        .name = name_, .read = schema_text, SCHEMA_AT(type, field), .least = 1, \
        .most = WORDS_MAX, .is_required = required                              \
    }
#define NUMBER(name_, type, field, least_, most_)                                      \
    {                                                                                  \
        .name = name_, .read = schema_number, SCHEMA_AT(type, field), .least = least_, \
        .most = most_                                                                  \
    }
#define FLAG(name_, type, field)                                   \
    {                                                              \
        .name = name_, .read = schema_flag, SCHEMA_AT(type, field) \
    }
#define CHOICE(name_, type, field, choices_)                          \
    {                                                                 \
        .name = name_, .read = schema_choice, SCHEMA_AT(type, field), \
        .choices = choices_                                           \
    }
/* What every upstream has, whoever it belongs to; kinds_ are its words. */
#define UPSTREAM_ROWS(type, kinds_)                                      \
    { .name = "name",                                                    \
      .read = read_name,                                                 \
      SCHEMA_AT(type, name),                                             \
      .least = 1,                                                        \
      .most = NAME_MAX_LEN,                                              \
      .is_required = true },                                             \
        { .name = "kind",                                                \
          .read = schema_choice,                                         \
          SCHEMA_AT(type, kind),                                         \
          .choices = kinds_,                                             \
          .is_required = true },                                         \
        { .name = "url",                                                 \
          .read = read_upstream_url,                                     \
          SCHEMA_AT(type, url),                                          \
          .is_required = true },                                         \
        PATH("ca_file", type, ca_file),                                  \
        { .name = "proxy", .read = read_proxy, SCHEMA_AT(type, proxy) }, \
        PATH("api_key_file", type, api_key_file),                        \
        NUMBER("connect_ms", type, connect_ms, 100, MINUTE_MS),          \
        NUMBER("total_ms", type, total_ms, 100, 10 * MINUTE_MS)
#define SECTION(name_, below_)                                 \
    {                                                          \
        .name = name_, .read = schema_section, .below = below_ \
    }
#define ITEMS(name_, array, count, least_, most_, below_, item, ...)                  \
    {                                                                                 \
        .name = name_, .read = schema_list, .at = offsetof(struct config, array),     \
        .count_at = offsetof(struct config, count), .item_size = sizeof(struct item), \
        .line_at = offsetof(struct item, line), .least = least_, .most = most_,       \
        .below = below_, __VA_ARGS__                                                  \
    }

#endif
