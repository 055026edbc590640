/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of berth-template: `berth-template VERB ROOT RUN ARGUMENT…`, each with its arguments in its own order, ""
 * for what is not given. Results are lines of JSON or names on standard output.
 */
#ifndef BERTH_HELPER_TEMPLATE_VERBS_H
#define BERTH_HELPER_TEMPLATE_VERBS_H

#include "base/error.h"
#include "store/store.h"
#include "template/location.h"
#include "template/storage.h"

struct template_call {
	const struct store *store;
	int argc;
	char **argv; /* what follows RUN, NULL-terminated */
};

/* A storage and where it is: one is no good without the other. */
struct template_place {
	struct template_location location;
	struct storage *storage;
};

#define TEMPLATE_PLACE_INIT ((struct template_place){ .storage = NULL })

/** template_place_open() - the storage at @url; if that is "", of the environment, else ROOT/templates. */
int template_place_open(const struct template_call *c, const char *url, struct template_place *ret,
			struct error *err);
static inline void template_place_done(struct template_place *p)
{
	storage_close(p->storage);
	template_location_done(&p->location);
}
DEFINE_AUTO(template_place, struct template_place, template_place_done)
#define auto_template_place auto_clean(template_place)

struct block_device;

/**
 * template_call_stream() - a build of the storage that the environment names, as a device.
 * @overlay: the file that takes changes, or NULL
 * @location: what the device refers to
 */
int template_call_stream(const struct template_call *c, const char *build, const char *overlay,
			 struct template_location *location, struct block_device **ret,
			 struct error *err);

/** template_import() - FILE|- TEMPLATE BUILD COMPRESSION: prints the build's id. */
int template_import(const struct template_call *c, struct error *err);

/** template_export() - BUILD FILE|-: the raw image. */
int template_export(const struct template_call *c, struct error *err);

/** template_ls() - TEMPLATE|"" quiet|"": an object for each build; with quiet its id only. */
int template_ls(const struct template_call *c, struct error *err);

struct ext4_reader;

/**
 * template_files_open() - the file system of the build that a call with TEMPLATE BUILD … is about.
 * @l: what @ret refers to
 */
int template_files_open(const struct template_call *c, struct template_location *l,
			struct ext4_reader *ret, struct error *err);

/** template_files() - TEMPLATE BUILD PATH: an object for each entry of a directory, or one for the file. */
int template_files(const struct template_call *c, struct error *err);

/** template_cat() - TEMPLATE BUILD PATH…: the files, one after the other. */
int template_cat(const struct template_call *c, struct error *err);

/** template_tar() - TEMPLATE BUILD PATH: what is there, as an archive. */
int template_tar(const struct template_call *c, struct error *err);

/** template_inspect() - BUILD: an object. */
int template_inspect(const struct template_call *c, struct error *err);

/** template_serve() - ID: make the mount that the record ID asks for (template_serve.c). */
int template_serve(const struct template_call *c, struct error *err);

/** template_hold() - ID FDS: be the holder of a mount that is served already, or was (template_hold.c). */
int template_hold(const struct template_call *c, struct error *err);

/** template_nbd() - BUILD SOCKET OVERLAY: serve a build to NBD clients (template_nbd.c). */
int template_nbd(const struct template_call *c, struct error *err);

/** template_publish_mount() - ID: publish the changes of a mount that has ended (template_publish.c). */
int template_publish_mount(const struct template_call *c, struct error *err);

/** template_rm() - BUILD force|"": remove it; not one that others are made on, unless forced. */
int template_rm(const struct template_call *c, struct error *err);

/** template_copy() - FROM TO BUILD: the build and all that it is made on; prints the id of each that was copied. */
int template_copy(const struct template_call *c, struct error *err);

/** template_gc() - what interrupted programs left: prints how many. */
int template_gc(const struct template_call *c, struct error *err);

/** template_cache_ls() - an object for each entry of the cache. */
int template_cache_ls(const struct template_call *c, struct error *err);

/** template_cache_prune() - all|"": what nobody uses, or of that what is too much: the names, then the bytes. */
int template_cache_prune(const struct template_call *c, struct error *err);

#endif
