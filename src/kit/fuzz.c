/* SPDX-License-Identifier: Apache-2.0 */
/* Replays a corpus through a fuzz target without libFuzzer: each file whole, cut at
 * places spread over it, and with single bytes changed; then the empty input. */
#include "kit/fuzz.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>

#include "kit/file.h"

enum { VARIANTS = 256, FILE_MAX = 1 << 20 };

static void replay(const char *path)
{
    struct buf content;
    struct error err = { 0 };

    buf_init(&content, FILE_MAX);
    if (!file_read(path, &content, &err)) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    /* exact-size copies, so that the sanitizer sees one byte too many */
    for (size_t i = 0; i <= VARIANTS; i++) {
        size_t len = content.len * i / VARIANTS;
        uint8_t *copy = malloc(len + 1);
        if (copy == NULL)
            exit(1);
        if (len > 0)
            memcpy(copy, content.at, len);
        LLVMFuzzerTestOneInput(copy, len);
        free(copy);
    }
    for (size_t i = 0; content.len > 0 && i < VARIANTS; i++) {
        uint8_t *at = content.at + content.len * i / VARIANTS;
        uint8_t kept = *at;
        *at = (uint8_t)(kept ^ (1U << i % 8));
        LLVMFuzzerTestOneInput(content.at, content.len);
        *at = kept;
    }
    buf_fini(&content);
}

int main(int argc, char **argv)
{
    size_t files = 0;

    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        DIR *directory = opendir(argv[i]);
        if (directory == NULL) {
            fprintf(stderr, "no corpus at %s\n", argv[i]);
            return 1;
        }
        for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
            char path[PATH_MAX];
            if (entry->d_name[0] == '.')
                continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            replay(path);
            files++;
        }
        closedir(directory);
    }
    printf("1..1\nok 1 - %zu corpus files replayed\n", files);
    return files == 0;
}
