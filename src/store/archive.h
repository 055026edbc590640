/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What needs archives, compression and hashing: done by the helper program berth-archive, so that the
 * hot binary links none of it. These functions start it, wait, and pass on its result.
 */
#ifndef BERTH_STORE_ARCHIVE_H
#define BERTH_STORE_ARCHIVE_H

#include "base/error.h"
#include "base/id.h"
#include "base/strv.h"
#include "store/store.h"

struct import_request {
	const char *source;	     /* FILE, DIR, or "-" for standard input */
	const char *reference;	     /* NAME[:TAG], or NULL: the image has no name */
	const char *message;	     /* history comment, or NULL */
	const char *platform;	     /* os/arch[/variant], or NULL: this machine's */
	const struct strv *changes;  /* Dockerfile instructions: CMD ENTRYPOINT ENV WORKDIR USER VOLUME … */
};

/** archive_import() - make an image of one layer from a tar stream or a directory. */
int archive_import(const struct store *s, const struct import_request *req, char ret_id[ID_SIZE],
		   struct error *err);

struct commit_request {
	int upper_fd;		     /* the container's upper directory */
	const char *parent;	     /* id of the image below, or NULL (--rootfs) */
	const char *container_id;
	const char *config_json;     /* the container's Config: becomes the image's "config" before @changes */
	const char *reference;	     /* NAME[:TAG], or NULL */
	const char *author, *message; /* or NULL */
	const struct strv *changes;
};

/**
 * archive_commit() - make an image of the parent's layers and one more: a copy of the upper directory,
 * taken with reflinks or copy_file_range(2), whose whiteouts and opaque directories become OCI's.
 */
int archive_commit(const struct store *s, const struct commit_request *req, char ret_id[ID_SIZE],
		   struct error *err);

enum archive_format { ARCHIVE_DOCKER, ARCHIVE_OCI };

struct save_request {
	const struct strv *references;
	enum archive_format format;
	const char *layer_compression; /* NULL or "none", "gzip", "zstd": layers inside an OCI archive */
	const char *output;	       /* FILE, DIR (OCI layout as a directory, when it ends in '/' or is one), "-" */
};

int archive_save(const struct store *s, const struct save_request *req, struct error *err);

/**
 * archive_load() - take a docker-archive or OCI layout, as a tar (plain or compressed) or a directory. Prints
 * "Loaded image: X" on standard output for each.
 */
int archive_load(const struct store *s, const char *source, bool quiet, struct error *err);

/** archive_export() - write the tree below @root_fd (not crossing mounts) as one tar to @out_fd. */
int archive_export(const struct store *s, int root_fd, int out_fd, struct error *err);

/** archive_unpack() - unpack the tar on standard input into the directory @dir_fd, which is empty and private. */
int archive_unpack(const struct store *s, int dir_fd, struct error *err);

/** archive_pack() - write what is in the directory @dir_fd, but not itself, as one tar to @out_fd. */
int archive_pack(const struct store *s, int dir_fd, int out_fd, struct error *err);

#endif
