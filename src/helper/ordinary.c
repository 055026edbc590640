/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/ordinary.h"

#include <errno.h>

#include "base/log.h"
#include "sys/userns.h"

struct ordinary_user ordinary_user(void)
{
	return (struct ordinary_user){ .no_devices = !userns_is_initial(), .is_alone = userns_maps_one_id() };
}

bool ordinary_entry(const struct ordinary_user *u, struct tar_entry *e)
{
	bool is_device = e->type == TAR_CHAR || e->type == TAR_BLOCK_DEVICE;

	/* podman's ignore_chown_errors, decided before the layer is hashed: what is stored is what it is named by. */
	if (u->is_alone)
		e->uid = e->gid = 0;
	if (!u->no_devices || !is_device || (e->type == TAR_CHAR && e->dev_major == 0 && e->dev_minor == 0))
		return true;
	log_debug("left out the device '%s': an ordinary user can make none", e->path);
	return false;
}

bool ordinary_file(const struct ordinary_user *u, struct stat *st)
{
	bool is_device = S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);

	if (u->is_alone)
		st->st_uid = st->st_gid = 0;
	return !u->no_devices || !is_device || (S_ISCHR(st->st_mode) && st->st_rdev == 0);
}

bool ordinary_lacks_owner(const struct tar_entry *e)
{
	return !userns_is_initial() &&
	       (!userns_has_id("uid_map", (unsigned)e->uid) || !userns_has_id("gid_map", (unsigned)e->gid));
}

int ordinary_owner_error(const struct tar_entry *e, struct error *err)
{
	(void)error_msg(err, EINVAL, "cannot unpack '%s': its owner %llu:%llu is none of your ids", e->path,
			(unsigned long long)e->uid, (unsigned long long)e->gid);
	return error_hint(err, -EINVAL, "as root, more of them: usermod --add-subuids FIRST-LAST "
			  "--add-subgids FIRST-LAST USER");
}
