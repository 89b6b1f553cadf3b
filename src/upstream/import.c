/* SPDX-License-Identifier: Apache-2.0 */
/* What has been verified elsewhere (a bundle): published like an upstream's answers, in
 * one transaction with what belongs to it. */
#include "upstream/keeper.h"

void import_publish(struct refresh *keeper, const struct import_demand *demand)
{
    struct error err = { 0 };
    bool is_well = publish_import(keeper, demand, &err);

    demand->told(demand->context, is_well, &err);
    if (!is_well)
        return;
    verdicts_refresh_law(keeper);
    keeper_sync_tasks(keeper);
    keeper->platforms.may_be_due = true;
}
