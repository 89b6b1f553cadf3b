/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of thim. Each takes the arguments after its own name, prints, and gives
 * an exit status (thim/arguments.h). */
#ifndef THIM_THIM_COMMANDS_H
#define THIM_THIM_COMMANDS_H

/* amd import|list|export|forget ... */
int command_amd(int argc, char **argv);

/* baseline list|show|preview|history|diff|promote|hold|release|pin|unpin|rollback|export
 *     ... */
int command_baseline(int argc, char **argv);

/* deny add KIND VALUE --why TEXT [--by NAME] [--until TIME]
 * deny list
 * deny remove KIND VALUE; all with [--state DIR | --socket PATH] [--json] */
int command_deny(int argc, char **argv);

/* explain PLATFORM | FILE | --fmspc F --cpusvn C --pcesvn P ...
 * explain code [CODE] */
int command_explain(int argc, char **argv);

/* inspect FILE [--chain FILE] [--at TIME] [--root FILE] [--json] */
int command_inspect(int argc, char **argv);

/* config check [FILE]
 * config import pccs FILE... [--api-key-file PATH] */
int command_config(int argc, char **argv);

/* platform list|show|register|rebind|import|forget|doctor|audit ... */
int command_platform(int argc, char **argv);

/* status [--state DIR | --socket PATH] [--json] */
int command_status(int argc, char **argv);

/* refresh [SUBJECT] [--state DIR | --socket PATH] [--json] */
int command_refresh(int argc, char **argv);

/* token make [--name NAME] [--role ROLE] */
int command_token(int argc, char **argv);

/* verify FILE [files | a service] [--policy FILE] [--json] ... */
int command_verify(int argc, char **argv);

#endif
