/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of thim. Each takes the arguments after its own name, prints, and gives
 * an exit status (thim/arguments.h). */
#ifndef THIM_THIM_COMMANDS_H
#define THIM_THIM_COMMANDS_H

/* inspect FILE [--chain FILE] [--at TIME] [--root FILE] [--json] */
int command_inspect(int argc, char **argv);

/* config check [FILE] */
int command_config(int argc, char **argv);

/* status [--state DIR | --socket PATH] [--json] */
int command_status(int argc, char **argv);

/* refresh [SUBJECT] [--state DIR | --socket PATH] [--json] */
int command_refresh(int argc, char **argv);

#endif
