/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option words of -v, --mount and --tmpfs: one table, which says for each word where it may be
 * written, which types of mount it is for, what it excludes (its class), what it sets, and what people
 * read of it. docker's words, and podman's beside them, and a few of berth's own.
 */
#include <string.h>
#include <strings.h>

#include "mount/spec_internal.h"

#define IN_V   FORM_VOLUME
#define IN_M   FORM_MOUNT
#define IN_T   FORM_TMPFS
#define IN_VM  (IN_V | IN_M)
#define IN_VMT (IN_V | IN_M | IN_T)
#define IN_MT  (IN_M | IN_T)

#define TYPE(t)	    (1u << (t))
#define FOR_BIND    (TYPE(MOUNT_BIND) | TYPE(MOUNT_GLOB))
#define FOR_VOLUME  TYPE(MOUNT_VOLUME)
#define FOR_TMPFS   TYPE(MOUNT_TMPFS)
#define FOR_MEMORY  (TYPE(MOUNT_TMPFS) | TYPE(MOUNT_RAMFS))
#define FOR_IMAGE   TYPE(MOUNT_IMAGE)
#define FOR_DEVPTS  TYPE(MOUNT_DEVPTS)
#define FOR_OVERLAY TYPE(MOUNT_OVERLAY)
#define FOR_HOST    (FOR_BIND | FOR_VOLUME | FOR_OVERLAY)
#define FOR_ALL	    (TYPE(MOUNT_TYPE_COUNT) - 1)

static const struct spec_word words[] = {
	/* word, where, for, class, value, on, off, apply, argument, help */
	{ "type", IN_M, FOR_ALL, CLASS_TYPE, VALUE, 0, 0, apply_type, "TYPE",
	  "bind (a host path), volume (the default), tmpfs, ramfs, image (the files of an image), glob "
	  "(every host path that matches), devpts, overlay (as -v with O)" },
	{ "source", IN_M, FOR_ALL, CLASS_SOURCE, VALUE, 0, 0, apply_source, "SOURCE",
	  "Host path, volume or image; without one a new anonymous volume. Also src" },
	{ "src", IN_M, FOR_ALL, CLASS_SOURCE, VALUE, 0, 0, apply_source, NULL, NULL },
	{ "target", IN_M, FOR_ALL, CLASS_TARGET, VALUE, 0, 0, apply_target, "PATH",
	  "Where in the container. Also destination, dest, dst" },
	{ "destination", IN_M, FOR_ALL, CLASS_TARGET, VALUE, 0, 0, apply_target, NULL, NULL },
	{ "dest", IN_M, FOR_ALL, CLASS_TARGET, VALUE, 0, 0, apply_target, NULL, NULL },
	{ "dst", IN_M, FOR_ALL, CLASS_TARGET, VALUE, 0, 0, apply_target, NULL, NULL },

	{ "ro", IN_VMT, FOR_ALL, CLASS_ACCESS, FLAG, MOUNT_RO, MOUNT_RW, NULL, NULL,
	  "Read-only, submounts too. Also readonly" },
	{ "readonly", IN_M, FOR_ALL, CLASS_ACCESS, FLAG, MOUNT_RO, MOUNT_RW, NULL, NULL, NULL },
	{ "rw", IN_VMT, FOR_ALL, CLASS_ACCESS, FLAG, MOUNT_RW, MOUNT_RO, NULL, NULL,
	  "Writable: the default, but for images" },
	{ "readwrite", IN_M, FOR_IMAGE, CLASS_ACCESS, FLAG, MOUNT_RW, MOUNT_RO, NULL, NULL, NULL },
	{ "exec", IN_VMT, FOR_ALL, CLASS_EXEC, FLAG, MOUNT_EXEC, MOUNT_NOEXEC, NULL, NULL,
	  "Programs may be executed: the default, but for tmpfs" },
	{ "noexec", IN_VMT, FOR_ALL, CLASS_EXEC, FLAG, MOUNT_NOEXEC, MOUNT_EXEC, NULL, NULL, "They may not" },
	{ "dev", IN_VMT, FOR_ALL, CLASS_DEV, FLAG, MOUNT_DEV, MOUNT_NODEV, NULL, NULL,
	  "Device nodes work" },
	{ "nodev", IN_VMT, FOR_ALL, CLASS_DEV, FLAG, MOUNT_NODEV, MOUNT_DEV, NULL, NULL,
	  "They don't: the default" },
	{ "suid", IN_VMT, FOR_ALL, CLASS_SUID, FLAG, MOUNT_SUID, MOUNT_NOSUID, NULL, NULL,
	  "Set-user-ID programs work: the default of host paths" },
	{ "nosuid", IN_VMT, FOR_ALL, CLASS_SUID, FLAG, MOUNT_NOSUID, MOUNT_SUID, NULL, NULL,
	  "They don't: the default of all others" },
	{ "noatime", IN_VMT, FOR_ALL, CLASS_ATIME, FLAG, MOUNT_NOATIME, 0, NULL, NULL,
	  "Reading does not change a file's access time" },

	/* Without SELinux there is nothing to relabel; the consistency words were for macOS. */
	{ "z", IN_VM, FOR_HOST, CLASS_RELABEL, IGNORED, 0, 0, NULL, NULL,
	  "SELinux label that containers share, Z: of this one alone; no effect without SELinux" },
	{ "Z", IN_VM, FOR_HOST, CLASS_RELABEL, IGNORED, 0, 0, NULL, NULL, NULL },
	{ "relabel", IN_M, FOR_HOST, CLASS_RELABEL, VALUE, 0, 0, apply_relabel, "shared|private",
	  "The same" },
	{ "consistent", IN_V, FOR_HOST, CLASS_CONSISTENCY, IGNORED, 0, 0, NULL, NULL, NULL },
	{ "cached", IN_V, FOR_HOST, CLASS_CONSISTENCY, IGNORED, 0, 0, NULL, NULL, NULL },
	{ "delegated", IN_V, FOR_HOST, CLASS_CONSISTENCY, IGNORED, 0, 0, NULL, NULL, NULL },
	{ "consistency", IN_M, FOR_ALL, CLASS_CONSISTENCY, IGNORED, 0, 0, NULL, NULL, NULL },

	{ "U", IN_VMT, FOR_HOST | FOR_MEMORY, CLASS_OWNER, FLAG, MOUNT_OWNED, 0, NULL, NULL,
	  "The source's owner appears as the container's user, and the reverse; by an idmapped mount, "
	  "or by chown where the file system can't. Also chown" },
	{ "chown", IN_M, FOR_HOST | FOR_MEMORY, CLASS_OWNER, FLAG, MOUNT_OWNED, 0, NULL, NULL, NULL },
	{ "idmap", IN_VM, FOR_BIND | FOR_VOLUME, CLASS_OWNER, OPTIONAL, 0, 0, apply_idmap,
	  "uids=F-H-L#...;gids=...",
	  "Ids F to F+L-1 on the file system appear as H to H+L-1; without a value, as the container's "
	  "user namespace has it" },

	{ "rprivate", IN_VM, FOR_BIND, CLASS_PROPAGATION, FLAG, 0, 0, apply_propagation, NULL,
	  "Mounts made on the host later don't appear in the container, nor the reverse: the default" },
	{ "private", IN_VM, FOR_BIND, CLASS_PROPAGATION, FLAG, 0, 0, apply_propagation, NULL,
	  "The same, and submounts as they are. So of the next without r" },
	{ "rslave", IN_VM, FOR_BIND, CLASS_PROPAGATION, FLAG, 0, 0, apply_propagation, NULL,
	  "The host's later mounts appear" },
	{ "slave", IN_VM, FOR_BIND, CLASS_PROPAGATION, FLAG, 0, 0, apply_propagation, NULL, NULL },
	{ "rshared", IN_VM, FOR_BIND, CLASS_PROPAGATION, FLAG, 0, 0, apply_propagation, NULL,
	  "Both ways" },
	{ "shared", IN_VM, FOR_BIND, CLASS_PROPAGATION, FLAG, 0, 0, apply_propagation, NULL, NULL },
	{ "runbindable", IN_VM, FOR_BIND, CLASS_PROPAGATION, FLAG, 0, 0, apply_propagation, NULL,
	  "As rprivate, and it can't be bound again" },
	{ "unbindable", IN_VM, FOR_BIND, CLASS_PROPAGATION, FLAG, 0, 0, apply_propagation, NULL, NULL },
	{ "bind-propagation", IN_M, FOR_BIND, CLASS_PROPAGATION, VALUE, 0, 0, apply_propagation,
	  "MODE", "One of these" },

	/* A volume has nothing mounted below it: there both words are without effect. */
	{ "rbind", IN_V, FOR_HOST, CLASS_RECURSION, FLAG, 0, 0, NULL, NULL,
	  "With what is mounted below the source: the default" },
	{ "bind", IN_V, FOR_HOST, CLASS_RECURSION, FLAG, MOUNT_NONRECURSIVE, 0, NULL, NULL,
	  "Without it" },
	{ "bind-recursive", IN_M, FOR_BIND, CLASS_RECURSION, VALUE, 0, 0, apply_recursive,
	  "enabled|disabled|writable|readonly",
	  "Whether submounts come with it, and with readonly, whether they are read-only too" },
	{ "bind-nonrecursive", IN_M, FOR_BIND, CLASS_RECURSION, FLAG, 0, 0, refuse_nonrecursive,
	  NULL, NULL },
	{ "bind-create-src", IN_M, FOR_BIND, CLASS_CREATE, FLAG, MOUNT_CREATE_SOURCE, 0, NULL, NULL,
	  "Make a missing host directory, as -v does" },
	{ "no-dereference", IN_VM, FOR_BIND, CLASS_LINK, FLAG, MOUNT_NO_DEREFERENCE, 0, NULL, NULL,
	  "A source that is a symbolic link is made again as a link" },
	{ "exclude", IN_VM, FOR_BIND | FOR_VOLUME, CLASS_EXCLUDE, VALUE, 0, 0, apply_exclude,
	  "PATH;...", "These below the source are empty and read-only inside: exclude=node_modules;.git" },

	{ "O", IN_V, FOR_HOST, CLASS_VIEW, FLAG, MOUNT_VIEW, 0, NULL, NULL,
	  "What the container writes goes to a layer of its own, dropped at its next start; the source "
	  "stays as it is" },
	{ "upperdir", IN_VM, FOR_HOST, CLASS_UPPER, VALUE, 0, 0, apply_text, "DIR",
	  "With O: keep that layer in this host directory" },
	{ "workdir", IN_VM, FOR_HOST, CLASS_WORK, VALUE, 0, 0, apply_text, "DIR",
	  "With upperdir: an empty directory on the same file system" },
	{ "keep", IN_VM, FOR_HOST, CLASS_KEEP, VALUE, 0, 0, apply_keep, "NAME",
	  "With O: keep that layer as volume NAME, for volume diff, apply and discard" },

	{ "copy", IN_V, FOR_VOLUME, CLASS_COPY, FLAG, MOUNT_COPY, 0, NULL, NULL,
	  "An empty volume begins with what the image has there: the default" },
	{ "nocopy", IN_V, FOR_VOLUME, CLASS_COPY, FLAG, MOUNT_NOCOPY, 0, NULL, NULL,
	  "It stays empty. Also volume-nocopy" },
	{ "volume-nocopy", IN_M, FOR_VOLUME, CLASS_COPY, FLAG, MOUNT_NOCOPY, 0, NULL, NULL, NULL },
	{ "nocreate", IN_VM, FOR_VOLUME, CLASS_CREATE, FLAG, MOUNT_NOCREATE, 0, NULL, NULL,
	  "A missing volume is an error" },
	{ "volume-subpath", IN_M, FOR_VOLUME, CLASS_SUBPATH, VALUE, 0, 0, apply_subpath, "PATH",
	  "A part of the volume. Also subpath, and of an image image-subpath" },
	{ "subpath", IN_M, FOR_VOLUME | FOR_IMAGE, CLASS_SUBPATH, VALUE, 0, 0, apply_subpath, NULL, NULL },
	{ "image-subpath", IN_M, FOR_IMAGE, CLASS_SUBPATH, VALUE, 0, 0, apply_subpath, NULL, NULL },
	{ "volume-driver", IN_M, FOR_VOLUME, CLASS_DRIVER, VALUE, 0, 0, apply_text, "DRIVER",
	  "Driver of a new volume" },
	{ "volume-label", IN_M, FOR_VOLUME, CLASS_LABEL, VALUE, 0, 0, apply_pair, "KEY=VALUE",
	  "Label of a new volume" },
	{ "volume-opt", IN_M, FOR_VOLUME, CLASS_DRIVER_OPT, VALUE, 0, 0, apply_pair, "KEY=VALUE",
	  "Option for the driver of a new volume" },

	{ "size", IN_T, FOR_TMPFS, CLASS_SIZE, VALUE, 0, 0, apply_size, "BYTES",
	  "Largest size, with k, m or g, or in % of memory. Also tmpfs-size" },
	{ "tmpfs-size", IN_M, FOR_TMPFS, CLASS_SIZE, VALUE, 0, 0, apply_size, NULL, NULL },
	{ "mode", IN_MT, FOR_MEMORY | FOR_DEVPTS, CLASS_MODE, VALUE, 0, 0, apply_mode, "OCTAL",
	  "Mode of its root; of the terminals of a devpts. Also tmpfs-mode" },
	{ "tmpfs-mode", IN_M, FOR_MEMORY, CLASS_MODE, VALUE, 0, 0, apply_mode, NULL, NULL },
	{ "uid", IN_MT, FOR_TMPFS | FOR_DEVPTS, CLASS_UID, VALUE, 0, 0, apply_number, "ID", "Owner of it" },
	{ "gid", IN_MT, FOR_TMPFS | FOR_DEVPTS, CLASS_GID, VALUE, 0, 0, apply_number, "ID", "Group of it" },
	{ "nr_inodes", IN_T, FOR_TMPFS, CLASS_INODES, VALUE, 0, 0, apply_number, "N",
	  "Largest number of files" },
	{ "nr_blocks", IN_T, FOR_TMPFS, CLASS_BLOCKS, VALUE, 0, 0, apply_number, "N",
	  "Largest size in pages" },
	{ "noswap", IN_MT, FOR_TMPFS, CLASS_SWAP, FLAG, 0, 0, apply_option, NULL,
	  "It is never swapped out" },
	{ "tmpcopyup", IN_MT, FOR_MEMORY, CLASS_COPY, FLAG, MOUNT_COPYUP, MOUNT_NOCOPYUP, NULL, NULL,
	  "It begins with what the image has there" },
	{ "notmpcopyup", IN_MT, FOR_MEMORY, CLASS_COPY, FLAG, MOUNT_NOCOPYUP, 0, NULL, NULL,
	  "It begins empty: the default" },
	{ "max", IN_M, FOR_DEVPTS, CLASS_MAX, VALUE, 0, 0, apply_number, "N",
	  "devpts: largest number of terminals" },
	{ "ptmxmode", IN_M, FOR_DEVPTS, CLASS_PTMXMODE, VALUE, 0, 0, apply_octal, "OCTAL",
	  "devpts: mode of its ptmx" },
	{ "newinstance", IN_M, FOR_DEVPTS, CLASS_NEWINSTANCE, FLAG, 0, 0, apply_option, NULL,
	  "devpts: one of its own, as every one is" },
};

/* docker lowers the case of --mount's keys; those that differ by it, z and Z, are found as they are first. */
const struct spec_word *spec_word_find(enum spec_form form, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if ((words[i].forms & form) && STREQ(words[i].word, name))
			return &words[i];
	}
	for (size_t i = 0; form == FORM_MOUNT && i < ARRAY_SIZE(words); i++) {
		if ((words[i].forms & form) && strcasecmp(words[i].word, name) == 0)
			return &words[i];
	}
	return NULL;
}

bool mount_option_get(size_t i, struct mount_option *ret)
{
	if (i >= ARRAY_SIZE(words))
		return false;
	*ret = (struct mount_option){
		.word = words[i].word, .arg = words[i].arg, .help = words[i].help,
		.in_volume = words[i].forms & FORM_VOLUME, .in_mount = words[i].forms & FORM_MOUNT,
		.in_tmpfs = words[i].forms & FORM_TMPFS,
	};
	return true;
}
