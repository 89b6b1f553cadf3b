/* SPDX-License-Identifier: Apache-2.0 */
#include "thimd/init.h"

#include <stdio.h>
#include <unistd.h>

#include "kit/file.h"
#include "net/tls_files.h"

enum { PEM_FILE_MAX = 256 * 1024 };

static bool path_put(char *out, const char *directory, const char *name)
{
    int len = snprintf(out, INIT_PATH_MAX, "%s/%s", directory, name);

    return len > 0 && len < INIT_PATH_MAX;
}

bool tls_paths_under(const char *state_directory, struct tls_paths *out,
                     struct error *err)
{
    if (path_put(out->directory, state_directory, "tls")
        && path_put(out->ca, out->directory, "ca.pem")
        && path_put(out->ca_key, out->directory, "ca.key")
        && path_put(out->certificate, out->directory, "server.pem")
        && path_put(out->key, out->directory, "server.key"))
        return true;
    return error_set(err, ERROR_LIMIT, "the name of the state directory is too long");
}

bool tls_paths_exist(const struct tls_paths *paths)
{
    return access(paths->certificate, F_OK) == 0 && access(paths->key, F_OK) == 0;
}

static bool renew(const struct tls_paths *paths, const char *const *names, size_t count,
                  struct tls_files *out, struct error *err)
{
    struct buf ca, key;

    buf_init(&ca, PEM_FILE_MAX);
    buf_init(&key, PEM_FILE_MAX);
    bool well =
        file_read(paths->ca, &ca, err) && file_read(paths->ca_key, &key, err)
        && tls_files_renew(buf_bytes(&ca), buf_bytes(&key), names, count, out, err);
    buf_fini(&ca);
    buf_fini(&key);
    return well;
}

static bool write_files(const struct tls_paths *paths, const struct tls_files *files,
                        bool with_ca, struct error *err)
{
    if (with_ca
        && (!file_write(paths->ca_key, buf_bytes(&files->ca_key), 0600, err)
            || !file_write(paths->ca, buf_bytes(&files->ca_certificate), 0644, err)))
        return false;
    return file_write(paths->key, buf_bytes(&files->key), 0600, err)
           && file_write(paths->certificate, buf_bytes(&files->certificate), 0644, err);
}

bool init_make(const char *state_directory, const char *const *names, size_t name_count,
               struct error *err)
{
    struct tls_paths paths;
    struct tls_files files = { 0 };

    if (!tls_paths_under(state_directory, &paths, err)
        || !file_make_directory(paths.directory, 0750, err))
        return error_within(err, "init");
    bool has_ca = access(paths.ca, F_OK) == 0;
    bool made = has_ca ? renew(&paths, names, name_count, &files, err)
                       : tls_files_make(names, name_count, &files, err);
    bool well = made && write_files(&paths, &files, !has_ca, err);
    tls_files_fini(&files);
    return well || error_within(err, "init");
}
