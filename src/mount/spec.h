/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a user asks to be mounted: the grammar of -v, --mount and --tmpfs (notes: docker's reference
 * "docker run" and moby/volume/mounts). Parsing is pure: no file system is touched, nothing is made.
 */
#ifndef BERTH_MOUNT_SPEC_H
#define BERTH_MOUNT_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strv.h"

enum mount_type {
	MOUNT_BIND,
	MOUNT_VOLUME,
	MOUNT_TMPFS,
	MOUNT_RAMFS,
	MOUNT_IMAGE,   /* the files of an image */
	MOUNT_GLOB,    /* each host path that matches: becomes binds, mount_specs_expand() */
	MOUNT_DEVPTS,
	MOUNT_OVERLAY, /* only while it is parsed: becomes a bind or a volume with MOUNT_VIEW */
	MOUNT_TYPE_COUNT,
};

enum mount_propagation {
	PROPAGATION_DEFAULT, /* rprivate */
	PROPAGATION_PRIVATE,
	PROPAGATION_RPRIVATE,
	PROPAGATION_SLAVE,
	PROPAGATION_RSLAVE,
	PROPAGATION_SHARED,
	PROPAGATION_RSHARED,
	PROPAGATION_UNBINDABLE,
	PROPAGATION_RUNBINDABLE,
};

/* Absent means the default of the mount's type; the pairs exclude each other. */
enum mount_flags {
	MOUNT_RO = 1 << 0,
	MOUNT_RW = 1 << 1,
	MOUNT_NOSUID = 1 << 2,
	MOUNT_SUID = 1 << 3,
	MOUNT_NODEV = 1 << 4,
	MOUNT_DEV = 1 << 5,
	MOUNT_NOEXEC = 1 << 6,
	MOUNT_EXEC = 1 << 7,
	MOUNT_NOCOPY = 1 << 8,	       /* don't fill a new volume from the image */
	MOUNT_NONRECURSIVE = 1 << 9,   /* :bind, bind-recursive=disabled */
	MOUNT_RO_TOP_ONLY = 1 << 10,   /* bind-recursive=writable: submounts stay writable */
	MOUNT_CREATE_SOURCE = 1 << 11, /* make a missing host directory (-v, bind-create-src) */
	MOUNT_FROM_IMAGE = 1 << 12,    /* anonymous volume for the image's VOLUME */
	MOUNT_ANONYMOUS = 1 << 13,     /* set by the runtime when it names an anonymous volume */
	MOUNT_COPY = 1 << 14,	       /* :copy: fill from the image, which is the default */
	MOUNT_VIEW = 1 << 15,	       /* :O: what is written goes to an overlay, not to the source */
	MOUNT_OWNED = 1 << 16,	       /* :U: the source's owner is the container's user inside */
	MOUNT_IDMAP = 1 << 17,	       /* :idmap: .idmap says how, or as the user namespace does */
	MOUNT_NOCREATE = 1 << 18,      /* a missing volume is an error */
	MOUNT_NO_DEREFERENCE = 1 << 19, /* a source that is a link is made again as a link */
	MOUNT_COPYUP = 1 << 20,	       /* tmpcopyup: a tmpfs begins with what the image has there */
	MOUNT_NOCOPYUP = 1 << 21,
	MOUNT_NOATIME = 1 << 22,
};

struct mount_spec {
	enum mount_type type;
	unsigned flags; /* enum mount_flags */
	enum mount_propagation propagation;
	char *source;	/* owned; bind: absolute host path; volume: its name, NULL = anonymous; tmpfs: NULL */
	char *target;	/* owned; clean absolute path in the container */
	char *subpath;	/* owned; volume-subpath, relative, or NULL */
	char *driver;	/* owned; volume-driver, or NULL */
	struct strv driver_opts; /* KEY=VALUE */
	struct strv labels;	 /* KEY=VALUE */
	uint64_t tmpfs_size;	 /* bytes; 0 = the kernel's default */
	unsigned tmpfs_mode;
	bool has_tmpfs_mode;
	struct strv tmpfs_options; /* --tmpfs: KEY=VALUE given to the file system, checked: uid gid nr_inodes … */
	char *idmap;		   /* owned; checked by mount_idmap_parse(), or NULL */
	char *upper, *work;	   /* owned; MOUNT_VIEW: directories that keep it, or NULL */
	char *keep;		   /* owned; MOUNT_VIEW: the volume that keeps it, or NULL */
	struct strv exclude;	   /* relative paths below the source that are empty inside */
	struct strv layers;	   /* MOUNT_IMAGE: DiffIDs, bottom first; set when the image was found */
	char *text;		   /* owned; as the user wrote it, for messages and HostConfig.Binds */
};

struct mount_specs {
	struct mount_spec *v; /* owned */
	size_t n;
};

#define MOUNT_SPECS_INIT ((struct mount_specs){ 0 })

void mount_spec_done(struct mount_spec *m);
void mount_specs_done(struct mount_specs *list);
DEFINE_AUTO(mount_specs, struct mount_specs, mount_specs_done)
#define auto_mount_specs auto_clean(mount_specs)

/** mount_specs_take() - append @m, whose contents move into the list and leave @m empty. 0 or -ENOMEM. */
int mount_specs_take(struct mount_specs *list, struct mount_spec *m);

/**
 * mount_parse_volume() - one argument of -v: DST, SRC:DST or SRC:DST:OPTS, appended to @list.
 * mount_parse_mount() - one argument of --mount: CSV of KEY=VALUE, appended to @list.
 * mount_parse_tmpfs() - one argument of --tmpfs: DST[:OPTS], appended to @list.
 *
 * A relative source (./x, ../x, ~ not expanded) is made absolute from the working directory.
 * Return: 0, or -EINVAL with one line in @err that quotes the argument; @list is then unchanged.
 */
int mount_parse_volume(const char *arg, struct mount_specs *list, struct error *err);
int mount_parse_mount(const char *arg, struct mount_specs *list, struct error *err);
int mount_parse_tmpfs(const char *arg, struct mount_specs *list, struct error *err);

/**
 * mount_specs_check() - what can only be seen in all of them together: duplicate destinations.
 * Return: 0, or -EINVAL "duplicate mount point: /x".
 */
int mount_specs_check(const struct mount_specs *list, struct error *err);

/**
 * mount_specs_expand() - every MOUNT_GLOB of @list as a bind for each path of this host that it matches.
 * Return: 0; -ENOENT "no file paths matching glob …"; -errno.
 */
int mount_specs_expand(struct mount_specs *list, struct error *err);

/** mount_spec_find() - the entry for container path @target, or NULL. Borrowed. */
const struct mount_spec *mount_spec_find(const struct mount_specs *list, const char *target);

/** mount_spec_copy() - a copy of all that @from holds, into @to. 0 or -ENOMEM. */
int mount_spec_copy(const struct mount_spec *from, struct mount_spec *to);

/** mount_type_name() - "bind", "volume", … */
const char *mount_type_name(enum mount_type t);

/** mount_type_parse() - the reverse; any case. Return: 0 or -EINVAL. */
int mount_type_parse(const char *name, enum mount_type *ret);

/** mount_propagation_name() - "rprivate", … ("" for the default). */
const char *mount_propagation_name(enum mount_propagation p);

/** mount_propagation_parse() - the reverse. Return: 0 or -EINVAL. */
int mount_propagation_parse(const char *name, enum mount_propagation *ret);

/* One option, as people read of it: help texts and man pages are made from the parser's own table. */
struct mount_option {
	const char *word, *arg, *help; /* @arg NULL: a flag */
	bool in_volume, in_mount, in_tmpfs; /* -v, --mount, --tmpfs */
};

/** mount_option_get() - the option at position @i of the table; false at its end. */
bool mount_option_get(size_t i, struct mount_option *ret);

#endif
