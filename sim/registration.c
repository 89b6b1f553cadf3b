/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/registration.h"

#include "kit/text.h"

static bool refuse(struct world_answer *out, const char *code, const char *why)
{
    world_refuse(out, 400, why);
    out->code = code;
    return false;
}

bool registration_judge(const struct platforms *platforms, struct bytes manifest,
                        int64_t now_s, uint32_t *platform, struct world_answer *out)
{
    static const struct {
        enum platform_event_kind event;
        const char *code, *why;
    } refusals[] = {
        { PLATFORM_WRONG_SERVER, "InvalidRegistrationServer",
          "the manifest was made for another registration server" },
        { PLATFORM_REVOKE_PACKAGE, "InvalidOrRevokedPackage",
          "a package of the platform is revoked" },
        { PLATFORM_INCOMPATIBLE, "IncompatiblePackage",
          "the packages do not go together" },
    };

    if (manifest.len < MANIFEST_LEN || manifest.len > MANIFEST_LEN_MAX)
        return refuse(out, "InvalidRequestSyntax", "the manifest has a wrong length");
    if (!platform_of_manifest(platforms, manifest, platform))
        return refuse(out, "InvalidPlatformManifest", "the manifest is damaged");
    for (size_t i = 0; i < COUNT_OF(refusals); i++)
        if (platforms_find(platforms, refusals[i].event, *platform, 0, now_s) != NULL)
            return refuse(out, refusals[i].code, refusals[i].why);
    return true;
}

/* One membership certificate and seven empty slots. What is in it nobody here reads. */
static void give_slots(const struct platforms *platforms, uint32_t platform,
                       struct world_answer *out)
{
    static const uint8_t empty[REGISTRATION_SLOT_LEN];
    uint8_t name[PLATFORM_NAME_LEN];

    platform_name(platforms, PLATFORM_INSTANCE, platform, name);
    buf_add(&out->body, bytes_of(name, sizeof name));
    buf_add(&out->body, bytes_of(empty, sizeof empty - sizeof name));
    for (int slot = 1; slot < REGISTRATION_SLOTS; slot++)
        buf_add(&out->body, bytes_of(empty, sizeof empty));
    out->status = 200;
}

static void add_package(struct platforms *platforms,
                        const struct world_question *question, struct world_answer *out)
{
    uint32_t platform = 0;

    if (!platform_of_manifest(platforms, question->manifest, &platform))
        refuse(out, "InvalidAddRequest", "the request is damaged");
    else if (platform_registration(platforms, platform) != PLATFORM_DIRECT)
        refuse(out, "PlatformNotFound", "the platform is not registered");
    else
        give_slots(platforms, platform, out);
}

void registration_answer(struct platforms *platforms,
                         const struct world_question *question, struct world_answer *out)
{
    uint8_t ppid[PLATFORM_NAME_LEN];
    uint32_t platform = 0;

    if (question->adds_package) {
        add_package(platforms, question, out);
        return;
    }
    if (!registration_judge(platforms, question->manifest, question->now_s, &platform,
                            out))
        return;
    if (platforms_find(platforms, PLATFORM_FORGET, platform, 0, question->now_s)
        != NULL) {
        refuse(out, "PackageNotFound", "a package of the platform is not known");
        return;
    }
    if (platform_registration(platforms, platform) == PLATFORM_INDIRECT) {
        refuse(out, "CachedKeysPolicyViolation",
               "the platform was registered without its keys being kept");
        return;
    }
    platform_register(platforms, platform, PLATFORM_DIRECT);
    platform_name(platforms, PLATFORM_PPID, platform, ppid);
    hex_add(&out->body, bytes_of(ppid, sizeof ppid));
    out->status = 201;
}
