/* SPDX-License-Identifier: Apache-2.0 */
/* ROOT/refs: a reference is a symbolic link, so that reading one is a single system call. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "store/ref.h"

static int read_link(int dirfd, const char *path, char ret_id[ID_SIZE])
{
	char text[ID_SIZE + 1];
	ssize_t n = readlinkat(dirfd, path, text, sizeof(text) - 1);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	if (!id_is_valid(text))
		return -EINVAL;
	memcpy(ret_id, text, ID_SIZE);
	return 0;
}

int ref_resolve(const struct store *s, const char *text, char ret_id[ID_SIZE])
{
	auto_free char *name = ref_escape(text);
	auto_free char *path = name ? str_format("refs/%s", name) : NULL;

	return path ? read_link(s->root_fd, path, ret_id) : -ENOMEM;
}

/* Link under a temporary name that no reference can have, then rename: a reader sees the old or the new. */
static int replace_link(int dir_fd, const char *name, const char *id)
{
	char temp[64];

	(void)snprintf(temp, sizeof(temp), "%%new.%ld", (long)getpid());
	if (unlinkat(dir_fd, temp, 0) < 0 && errno != ENOENT)
		return -errno;
	if (symlinkat(id, dir_fd, temp) < 0)
		return -errno;
	if (renameat(dir_fd, temp, dir_fd, name) < 0) {
		int r = -errno;

		(void)unlinkat(dir_fd, temp, 0);
		return r;
	}
	return fsync(dir_fd) < 0 ? -errno : 0;
}

int ref_set(const struct store *s, const char *text, const char *id, struct error *err)
{
	auto_close int dir_fd = store_dir(s, "refs", err);
	auto_free char *name = ref_escape(text);
	int r;

	if (dir_fd < 0)
		return dir_fd;
	if (!name)
		return error_set(err, ENOMEM, "cannot set reference '%s'", text);
	if (strlen(name) > NAME_MAX)
		return error_msg(err, ENAMETOOLONG, "cannot set reference '%s': it is too long", text);
	r = replace_link(dir_fd, name, id);
	return r < 0 ? error_set(err, r, "cannot set reference '%s'", text) : 0;
}

int ref_remove(const struct store *s, const char *text, struct error *err)
{
	auto_close int dir_fd = store_dir(s, "refs", err);
	auto_free char *name = ref_escape(text);

	if (dir_fd < 0)
		return dir_fd;
	if (!name)
		return error_set(err, ENOMEM, "cannot remove reference '%s'", text);
	if (unlinkat(dir_fd, name, 0) < 0)
		return error_set(err, errno, "cannot remove reference '%s'", text);
	return fsync(dir_fd) < 0 ? error_set(err, errno, "cannot write '%s/refs'", s->root) : 0;
}

void ref_list_done(struct ref_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i].text);
	free(list->v);
	*list = REF_LIST_INIT;
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct ref_entry *)a)->text, ((const struct ref_entry *)b)->text);
}

/* Read the reference in file @name. Return: 0, -EINVAL if it is none, -errno. */
static int read_entry(int dir_fd, const char *name, struct ref_entry *ret)
{
	auto_free char *text = ref_unescape(name);
	int r;

	if (!text)
		return -EINVAL;
	r = read_link(dir_fd, name, ret->id);
	if (r == 0)
		ret->text = take_ptr(text);
	return r;
}

int ref_list(const struct store *s, struct ref_list *ret, struct strv *ret_bad, struct error *err)
{
	auto_ref_list struct ref_list list = REF_LIST_INIT;
	auto_close int dir_fd = store_dir(s, "refs", err);
	auto_strv struct strv names = STRV_INIT;
	int r;

	if (dir_fd < 0)
		return dir_fd;
	r = dir_list(dir_fd, &names);
	if (r < 0)
		return error_set(err, r, "cannot read '%s/refs'", s->root);
	list.v = calloc(names.n + 1, sizeof(*list.v));
	if (!list.v)
		return error_set(err, ENOMEM, "cannot list the references");
	strv_for_each(i, &names) {
		r = read_entry(dir_fd, names.v[i], &list.v[list.n]);
		if (r == 0)
			list.n++;
		else if (r == -ENOMEM || (ret_bad && strv_add(ret_bad, names.v[i]) < 0))
			return error_set(err, ENOMEM, "cannot list the references");
	}
	qsort(list.v, list.n, sizeof(*list.v), compare_entries);
	ref_list_done(ret);
	*ret = list;
	list = REF_LIST_INIT;
	return 0;
}

int ref_list_of(const struct ref_list *list, const char *id, bool tagged, struct strv *ret)
{
	for (size_t i = 0; i < list->n; i++) {
		bool is_tagged = !strchr(list->v[i].text, '@');

		if (strcmp(list->v[i].id, id) != 0 || is_tagged != tagged)
			continue;
		if (strv_add(ret, list->v[i].text) < 0)
			return -ENOMEM;
	}
	return 0;
}
