/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Object storage that template builds are in. An object's name is BUILD/FILE. One table of functions for each
 * provider; all may be called from several threads at once.
 */
#ifndef BERTH_TEMPLATE_STORAGE_H
#define BERTH_TEMPLATE_STORAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "template/location.h"

#define OBJECT_NAME_MAX 256

/* What an object was when it was first looked at: later reads fail rather than mix two contents. */
struct storage_object {
	char name[OBJECT_NAME_MAX];
	uint64_t size;
	char version[128]; /* the ETag, or "" */
	bool is_packed;	   /* known not to be a whole image: its header is missing */
};

/* A file of a build that is to be published. */
struct storage_file {
	const char *name; /* within the build */
	int fd;		  /* borrowed; from storage_temp_file(), complete */
	uint64_t size;
	uint64_t data_size; /* of a compressed object: what it inflates to; else its size or 0 */
};

struct storage;

/* Each returns 0 or -errno with @err, which names storage and object; -ENOENT where there is no such thing. */
struct storage_ops {
	int (*stat)(struct storage *s, const char *name, struct storage_object *ret,
		    struct error *err);
	/** .get - the whole object, appended to @out, whose limit holds. */
	int (*get)(struct storage *s, const char *name, struct buf *out, struct error *err);
	/** .read - exactly @len bytes at @offset. -ESTALE: the object is another one than @o. */
	int (*read)(struct storage *s, const struct storage_object *o, void *to, size_t len,
		    uint64_t offset, struct error *err);
	/** .open - a descriptor to read @name by, for storage that is as near as a cache; else NULL. */
	int (*open)(struct storage *s, const char *name, struct error *err);
	/** .list - the builds, sorted. */
	int (*list)(struct storage *s, struct strv *ret, struct error *err);
	/** .publish - all files of a new build in this order, all or none. -EEXIST: it is there. */
	int (*publish)(struct storage *s, const char *build, const struct storage_file *files,
		       size_t n, struct error *err);
	int (*remove)(struct storage *s, const char *build, struct error *err);
	/** .sweep - remove what interrupted calls of other processes left. @ret: how much there was. */
	int (*sweep)(struct storage *s, unsigned *ret, struct error *err);
	/** .stop - let calls that are under way fail, if they would last; or NULL. */
	void (*stop)(struct storage *s);
	void (*free)(struct storage *s);
};

struct storage {
	const struct storage_ops *ops;
	const struct template_location *location; /* borrowed */
	const char *temp_dir; /* borrowed; where files to be published are best made */
};

/** storage_open() - by the location's provider. @location must live as long. Nothing is contacted yet. */
int storage_open(const struct template_location *location, struct storage **ret, struct error *err);
void storage_close(struct storage *s);
static inline void storage_closep(struct storage **s)
{
	storage_close(*s);
}
DEFINE_AUTO(storage, struct storage *, storage_closep)
#define auto_storage auto_clean(storage)

/** storage_temp_file() - a file without a name for storage_publish(). Return: fd or -errno with @err. */
int storage_temp_file(struct storage *s, struct error *err);

/** storage_refuse() - the error of an operation that this provider does not have. Return: -EOPNOTSUPP. */
int storage_refuse(const struct storage *s, const char *what, struct error *err);

/** storage_fail() - error_set() for object @name of @s. */
int storage_fail(const struct storage *s, int code, const char *name, struct error *err);

/* The providers' constructors. */
int storage_local_open(const struct template_location *l, struct storage **ret, struct error *err);
int storage_web_open(const struct template_location *l, struct storage **ret, struct error *err);

#endif
