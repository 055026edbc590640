/* SPDX-License-Identifier: Apache-2.0 */
/* volume.json: what is known of a volume but its data. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "volume/internal.h"

void volume_done(struct volume *v)
{
	free(v->name);
	free(v->driver);
	free(v->mountpoint);
	free(v->created);
	strv_done(&v->labels);
	strv_done(&v->options);
	*v = VOLUME_INIT;
}

/* KEY=VALUE texts as an object. */
static void write_pairs(struct jsonw *w, const char *key, const struct strv *pairs)
{
	jsonw_object(w, key);
	strv_for_each(i, pairs) {
		size_t n = strcspn(pairs->v[i], "=");
		auto_free char *name = strndup(pairs->v[i], n);

		if (name)
			jsonw_str(w, name, pairs->v[i][n] ? pairs->v[i] + n + 1 : "");
		else
			w->out->failed = true;
	}
	jsonw_end(w);
}

static int read_pairs(const struct json *object, struct strv *ret)
{
	json_for_each(m, object) {
		const char *key = json_key(m), *value = json_str(m);
		int r = key && value ? strv_take(ret, str_format("%s=%s", key, value)) : -EINVAL;

		if (r < 0)
			return r;
	}
	return 0;
}

char *volume_path(const struct store *s, const char *name, const struct volume_driver *driver)
{
	return str_format("%s/volumes/%s/%s", s->root, name, driver->mount ? VOLUME_MOUNT : VOLUME_DATA);
}

int volume_record_write(int dir_fd, const struct volume *v, bool sync, struct error *err)
{
	auto_buf struct buf text = BUF_INIT;
	struct jsonw w = JSONW_INIT(&text, 2);
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	int r;

	jsonw_object(&w, NULL);
	jsonw_str(&w, "Name", v->name);
	jsonw_str(&w, "Driver", v->driver);
	jsonw_str(&w, "CreatedAt", v->created);
	write_pairs(&w, "Labels", &v->labels);
	write_pairs(&w, "Options", &v->options);
	jsonw_end(&w);
	buf_addc(&text, '\n');
	if (buf_failed(&text))
		return error_set(err, ENOMEM, "cannot write the record of volume '%s'", v->name);
	r = sync ? file_replace_at(dir_fd, VOLUME_RECORD, text.data, text.len, FILE_REPLACE_SYNC)
		 : file_write_at(dir_fd, VOLUME_RECORD, text.data, text.len, 0600);
	/* Its time is that of the last use (fill.c), not of this. */
	times[1] = v->used;
	if (r == 0 && utimensat(dir_fd, VOLUME_RECORD, times, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "cannot write the record of volume '%s'", v->name) : 0;
}

static int take_members(const struct json *record, struct volume *v, struct error *err)
{
	const char *driver = json_get_str(record, "Driver");
	const char *created = json_get_str(record, "CreatedAt");
	int r;

	if (!driver || !created)
		return error_msg(err, EINVAL, "missing '%s'", driver ? "CreatedAt" : "Driver");
	v->driver = strdup(driver);
	v->created = strdup(created);
	r = read_pairs(json_get(record, "Labels"), &v->labels);
	if (r == 0)
		r = read_pairs(json_get(record, "Options"), &v->options);
	if (r == 0 && (!v->driver || !v->created))
		r = -ENOMEM;
	v->anonymous = strv_get_env(&v->labels, VOLUME_LABEL_ANONYMOUS) != NULL;
	return r < 0 ? error_set(err, r, "labels or options") : 0;
}

int volume_record_read(const struct store *s, int dir_fd, const char *name, struct volume *ret,
		       struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	auto_json struct json *record = NULL;
	const struct volume_driver *driver;
	struct stat st;
	int r = json_read_at(dir_fd, VOLUME_RECORD, &record, err);

	/* The volume is there, its record is not: nobody may take that for "no such volume". */
	if (r == -ENOENT)
		r = error_msg(err, EINVAL, "'%s' is missing", VOLUME_RECORD);
	if (r == 0)
		r = take_members(record, &v, err);
	if (r < 0)
		return error_hint(
			err, error_prefix(err, r, "cannot read the record of volume '%s'", name),
			"berth system check --repair writes a new one");
	driver = volume_driver_find(v.driver, &v.options, err);
	if (!driver)
		return error_prefix(err, -ENOTSUP, "volume '%s'", name);
	if (fstatat(dir_fd, VOLUME_RECORD, &st, AT_SYMLINK_NOFOLLOW) == 0)
		v.used = st.st_mtim;
	v.name = strdup(name);
	v.mountpoint = volume_path(s, name, driver);
	if (!v.name || !v.mountpoint)
		return error_set(err, ENOMEM, "cannot read the record of volume '%s'", name);
	*ret = v;
	v = VOLUME_INIT;
	return 0;
}

/* docker writes null where there is none. */
static void pairs_or_null(struct jsonw *w, const char *key, const struct strv *pairs)
{
	if (pairs->n > 0)
		write_pairs(w, key, pairs);
	else
		jsonw_null(w, key);
}

void volume_json_open(const struct volume *v, struct jsonw *w, const char *key)
{
	char used[TIME_TEXT_MAX];

	jsonw_object(w, key);
	jsonw_str(w, "CreatedAt", v->created);
	jsonw_str(w, "Driver", v->driver);
	pairs_or_null(w, "Labels", &v->labels);
	jsonw_str(w, "Mountpoint", v->mountpoint);
	jsonw_str(w, "Name", v->name);
	pairs_or_null(w, "Options", &v->options);
	jsonw_str(w, "Scope", "local");
	jsonw_bool(w, "Anonymous", v->anonymous);
	if (v->used.tv_sec > 0)
		jsonw_str(w, "LastUsed", time_format(used, v->used));
	else
		jsonw_null(w, "LastUsed");
}

void volume_json(const struct volume *v, struct jsonw *w, const char *key)
{
	volume_json_open(v, w, key);
	jsonw_end(w);
}
