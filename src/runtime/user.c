/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/user.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/parse.h"
#include "sys/root.h"

#define ACCOUNT_FILE_LIMIT ((size_t)4 << 20) /* of /etc/passwd and /etc/group in an image */
#define MAX_ID 2147483647u /* docker's: larger ones are taken for negative somewhere */

/* A part of a line. */
struct field {
	const char *p;
	size_t n;
};

static bool field_is(struct field f, const char *text, size_t n)
{
	return f.n == n && memcmp(f.p, text, n) == 0;
}

static int field_id(struct field f, uint64_t *ret)
{
	char digits[16];

	if (f.n == 0 || f.n >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, f.p, f.n);
	digits[f.n] = '\0';
	return parse_u64(digits, MAX_ID, ret);
}

/* Split the line at *@text into @n fields at colons and go on to the next line. False at the end. */
static bool next_line(const char **text, struct field *fields, size_t n)
{
	const char *p = *text, *end;

	if (!*p)
		return false;
	end = p + strcspn(p, "\n");
	for (size_t i = 0; i < n; i++) {
		const char *stop = i + 1 < n ? memchr(p, ':', (size_t)(end - p)) : NULL;

		if (!stop)
			stop = end;
		fields[i] = (struct field){ p, (size_t)(stop - p) };
		p = stop < end ? stop + 1 : end;
	}
	*text = *end ? end + 1 : end;
	return true;
}

enum { PW_NAME, PW_PASSWORD, PW_UID, PW_GID, PW_GECOS, PW_HOME, PW_SHELL, PW_FIELDS };
enum { GR_NAME, GR_PASSWORD, GR_GID, GR_MEMBERS, GR_FIELDS };

/* The passwd line of the user @name, or of number @uid when @name is empty. */
static bool find_user(const char *passwd, struct field name, uint64_t uid,
		      struct field line[PW_FIELDS])
{
	while (next_line(&passwd, line, PW_FIELDS)) {
		uint64_t id;

		if (field_id(line[PW_UID], &id) < 0)
			continue;
		if (name.n ? field_is(line[PW_NAME], name.p, name.n) : id == uid)
			return true;
	}
	return false;
}

static bool has_member(struct field members, struct field name)
{
	while (members.n > 0) {
		const char *comma = memchr(members.p, ',', members.n);
		size_t n = comma ? (size_t)(comma - members.p) : members.n;

		if (name.n == n && memcmp(members.p, name.p, n) == 0)
			return true;
		members.p += n + (comma != NULL);
		members.n -= n + (comma != NULL);
	}
	return false;
}

static void add_groups(const char *group, struct field name, struct user *u)
{
	struct field line[GR_FIELDS];

	while (next_line(&group, line, GR_FIELDS)) {
		uint64_t gid;

		if (u->n_groups < USER_MAX_GROUPS && has_member(line[GR_MEMBERS], name) &&
		    field_id(line[GR_GID], &gid) == 0)
			u->groups[u->n_groups++] = (gid_t)gid;
	}
}

static int find_group(const char *group, struct field name, gid_t *ret)
{
	struct field line[GR_FIELDS];
	uint64_t gid;

	while (next_line(&group, line, GR_FIELDS)) {
		if (field_is(line[GR_NAME], name.p, name.n) && field_id(line[GR_GID], &gid) == 0) {
			*ret = (gid_t)gid;
			return 0;
		}
	}
	return -ENOENT;
}

static bool all_digits(struct field f)
{
	return f.n > 0 && strspn(f.p, "0123456789") >= f.n;
}

static int resolve_user(struct field f, const char *passwd, const char *group, bool with_groups,
			struct user *u, struct error *err)
{
	struct field line[PW_FIELDS] = { 0 };
	uint64_t uid = 0, gid;
	bool numeric = f.n == 0 || all_digits(f), found;

	if (f.n > 0 && numeric && field_id(f, &uid) < 0)
		return error_msg(err, EINVAL, "uids and gids must be in range 0-%u, not %.*s", MAX_ID,
				 (int)f.n, f.p);
	found = find_user(passwd, numeric ? (struct field){ 0 } : f, uid, line);
	if (!found && !numeric)
		return error_msg(err, EINVAL,
				 "unable to find user %.*s: no matching entries in passwd file",
				 (int)f.n, f.p);
	if (!found) {
		u->uid = (uid_t)uid;
		return 0;
	}
	(void)field_id(line[PW_UID], &uid);
	u->uid = (uid_t)uid;
	if (field_id(line[PW_GID], &gid) == 0)
		u->gid = (gid_t)gid;
	if (line[PW_HOME].n > 0 && line[PW_HOME].n < sizeof(u->home))
		(void)snprintf(u->home, sizeof(u->home), "%.*s", (int)line[PW_HOME].n,
			       line[PW_HOME].p);
	if (with_groups)
		add_groups(group, line[PW_NAME], u);
	return 0;
}

int user_resolve(const char *spec, const char *passwd, const char *group, struct user *ret,
		 struct error *err)
{
	struct field user, wanted_group = { 0 };
	const char *colon;
	uint64_t gid;
	int r;

	*ret = (struct user){ .home = "/" };
	if (!spec)
		spec = "";
	colon = strchr(spec, ':');
	user = (struct field){ spec, colon ? (size_t)(colon - spec) : strlen(spec) };
	if (colon)
		wanted_group = (struct field){ colon + 1, strlen(colon + 1) };
	r = resolve_user(user, passwd, group, wanted_group.n == 0, ret, err);
	if (r < 0 || wanted_group.n == 0)
		return r;
	if (all_digits(wanted_group)) {
		if (field_id(wanted_group, &gid) < 0)
			return error_msg(err, EINVAL, "uids and gids must be in range 0-%u, not %s",
					 MAX_ID, wanted_group.p);
		ret->gid = (gid_t)gid;
		return 0;
	}
	if (find_group(group, wanted_group, &ret->gid) < 0)
		return error_msg(err, EINVAL,
				 "unable to find group %s: no matching entries in group file",
				 wanted_group.p);
	return 0;
}

/* A missing account file is an empty one; one that is no regular file is not read (CVE-2024-9341). */
static int read_accounts(int root_fd, const char *path, struct buf *out, struct error *err)
{
	int r = root_read_file(root_fd, path, out);

	if (r < 0 && r != -ENOENT && r != -ENOTDIR)
		return error_set(err, r, "cannot read '%s' of the container", path);
	return 0;
}

/* --group-add */
static int add_group(const char *name, const char *group, struct user *u, struct error *err)
{
	struct field f = { name, strlen(name) };
	uint64_t number = 0;
	gid_t gid;

	if (all_digits(f) && field_id(f, &number) < 0)
		return error_msg(err, EINVAL, "uids and gids must be in range 0-%u, not %s", MAX_ID, name);
	gid = (gid_t)number;
	if (!all_digits(f) && find_group(group, f, &gid) < 0)
		return error_msg(err, EINVAL, "unable to find group %s: no matching entries in group file", name);
	for (size_t i = 0; i < u->n_groups; i++) {
		if (u->groups[i] == gid)
			return 0;
	}
	if (u->n_groups == USER_MAX_GROUPS)
		return error_msg(err, E2BIG, "more than %d groups", USER_MAX_GROUPS);
	u->groups[u->n_groups++] = gid;
	return 0;
}

int user_look_up(int root_fd, const char *spec, const struct strv *groups, struct user *ret,
		 struct error *err)
{
	auto_buf struct buf passwd = { .limit = ACCOUNT_FILE_LIMIT };
	auto_buf struct buf group = { .limit = ACCOUNT_FILE_LIMIT };
	int r = read_accounts(root_fd, "/etc/passwd", &passwd, err);

	/* Root's own groups need no file; most containers run as root. */
	if (r == 0 && ((spec && *spec) || groups->n))
		r = read_accounts(root_fd, "/etc/group", &group, err);
	if (r == 0)
		r = user_resolve(spec, buf_str(&passwd), buf_str(&group), ret, err);
	for (size_t i = 0; r == 0 && i < groups->n; i++)
		r = add_group(groups->v[i], buf_str(&group), ret, err);
	return r;
}
