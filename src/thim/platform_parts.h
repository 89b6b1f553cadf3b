/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of thim platform: platform_command.c hands the arguments after the verb to
 * one of these, each of which prints and gives an exit status. */
#ifndef THIM_THIM_PLATFORM_PARTS_H
#define THIM_THIM_PLATFORM_PARTS_H

#include "thim/service_client.h"

int platform_list(int argc, char **argv);
int platform_audit(int argc, char **argv);
int platform_forget(int argc, char **argv);
int platform_show(int argc, char **argv);     /* platform_show.c */
int platform_doctor(int argc, char **argv);   /* platform_doctor.c */
int platform_register(int argc, char **argv); /* platform_register.c */
int platform_rebind(int argc, char **argv);
int platform_import(int argc, char **argv); /* platform_import.c */
int platform_tdx(int argc, char **argv);    /* platform_tdx.c */

/* Says why on standard error and, as_json, on standard output too; the exit status. */
int platform_fail(const char *verb, const struct error *err, bool as_json);
int platform_usage(const char *verb, const struct error *err);

#endif
