/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the records of containers are. ROOT/containers/<id>/ is there for every container and holds its
 * writable layer. The record, config.json and what belongs to it, is in the same place; but for a
 * foreground container started with --rm, which can't outlive this boot, the link `record` there leads to
 * a directory in RUN: RUN is a tmpfs as a rule, where making and removing a file costs a tenth of what it
 * does on a disk. By the link, not by the name: another berth may have been given another RUN.
 *
 * A directory in ROOT/containers without a record was left by a killed process or a reboot.
 */
#ifndef BERTH_STORE_RECORDS_H
#define BERTH_STORE_RECORDS_H

#include "base/error.h"
#include "base/strv.h"
#include "store/store.h"

/**
 * record_open() - open the directory that holds the record of container @id.
 * @ret_path: its path, to be freed by the caller; or NULL
 * Return: descriptor, -ENOENT "no such container: ID", or -errno.
 */
int record_open(const struct store *s, const char *id, char **ret_path, struct error *err);

/** record_ids() - the ids of all containers that have a record, sorted. */
int record_ids(const struct store *s, struct strv *ret, struct error *err);

/** record_run_dir() - open "containers" or "names" of the state directory in RUN, making it if need be. */
int record_run_dir(const struct store *s, const char *which, struct error *err);

/** record_link() - make the link in @dir_fd, ROOT/containers/<id>, that leads to the record in RUN. 0 or -errno. */
int record_link(const struct store *s, int dir_fd, const char *id);

#endif
