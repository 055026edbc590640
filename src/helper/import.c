/* SPDX-License-Identifier: Apache-2.0 */
/* berth-archive import, commit and export: one tree, one layer. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/macros.h"
#include "helper/follow.h"
#include "helper/freshlayer.h"
#include "helper/mirror.h"
#include "helper/newimage.h"
#include "helper/syncahead.h"
#include "helper/treetar.h"
#include "helper/unpack.h"
#include "helper/verbs.h"

/* The DiffID is of what is stored, not of what came: any form of the same tree gives the same layer. */
static int unpack_source(struct fresh_layer *f, int fd, struct error *err)
{
	auto_sync_ahead struct sync_ahead ahead = SYNC_AHEAD_INIT;
	auto_stream struct stream in = STREAM_INIT;
	auto_follow struct follow follow = FOLLOW_INIT;
	struct stream_options opts = STREAM_OPTIONS(fd);
	struct tar_write w = { .root_fd = f->diff_fd };
	int r = stream_start(&in, &opts, err);

	if (r < 0)
		return r;
	sync_ahead_begin(&ahead, f->diff_fd);
	follow_begin(&follow, f->diff_fd);
	r = unpack_tar(&in, f->diff_fd, 0, &follow, &f->size, err);
	if (r < 0)
		return r;
	stream_done(&in);
	if (follow_end(&follow, f->diff_id))
		return 0;
	r = treetar_run(&w, (struct stream_tap){ 0 }, f->diff_id, err);
	f->size = w.ret_content;
	return r;
}

static int open_source(const char *source, bool *ret_is_dir, struct error *err)
{
	auto_close int fd = STREQ(source, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) :
						 open(source, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot open '%s'", source);
	*ret_is_dir = S_ISDIR(st.st_mode);
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return take_fd(&fd);
}

int verb_import(const struct store *s, const struct verb_args *a, struct error *err)
{
	auto_fresh_layer struct fresh_layer f = FRESH_LAYER_INIT;
	auto_close int lock = FD_NONE;
	auto_close int fd = FD_NONE;
	struct new_image n = { .changes = &a->changes,
			       .message = a->message,
			       .platform = a->platform,
			       .reference = a->reference };
	auto_free char *comment = NULL;
	char id[ID_SIZE];
	bool is_dir = false;
	int r = new_image_check(&n, err);

	if (r < 0)
		return r;
	fd = open_source(a->source, &is_dir, err);
	if (fd < 0)
		return fd;
	r = fresh_layer_begin(s, &f, err);
	if (r < 0)
		return r;
	r = is_dir ? mirror_tree(fd, f.diff_fd, TAR_WRITE_ROOT, f.diff_id, &f.size, err) :
		     unpack_source(&f, fd, err);
	if (r < 0)
		return error_prefix(err, r, "cannot import '%s'", a->source);
	comment = str_format("Imported from %s", a->source);
	n.message = a->message ? a->message : comment;
	n.diff_id = f.diff_id;
	lock = store_lock(s, false, err);
	if (lock < 0)
		return lock;
	r = fresh_layer_publish(s, &f, err);
	if (r == 0)
		r = new_image_publish(s, &n, id, err);
	if (r == 0)
		printf("%s\n", id);
	return r;
}

/* What the container was started with, for the image's history. */
static char *command_of(const struct json *config)
{
	auto_buf struct buf out = BUF_INIT;

	json_for_each(word, json_get(config, "Cmd"))
		buf_addf(&out, "%s%s", out.len > 0 ? " " : "", json_str(word) ? json_str(word) : "");
	return buf_take(&out);
}

static int commit_layer(const struct store *s, const struct verb_args *a, struct fresh_layer *f,
			struct error *err)
{
	auto_close int upper = dir_open(PASSED_FD, ".");
	int r = fresh_layer_begin(s, f, err);

	if (r < 0)
		return r;
	if (upper < 0)
		return error_set(err, upper, "cannot read the container's layer");
	r = mirror_tree(upper, f->diff_fd, a->parent ? 0 : TAR_WRITE_ROOT, f->diff_id, &f->size, err);
	return r < 0 ? error_prefix(err, r, "cannot commit") : 0;
}

/* The container's configuration comes on standard input, whatever its length. */
static int read_config(struct json **ret, struct error *err)
{
	auto_buf struct buf text = { .limit = JSON_MAX_BYTES };
	int r = fd_read_all(STDIN_FILENO, &text);

	if (r < 0)
		return error_set(err, r, "cannot read the container's configuration");
	return text.len > 0 ? json_parse(text.data, text.len, ret, err) : 0;
}

int verb_commit(const struct store *s, const struct verb_args *a, struct error *err)
{
	auto_fresh_layer struct fresh_layer f = FRESH_LAYER_INIT;
	auto_image struct image parent = IMAGE_INIT;
	auto_json struct json *config = NULL;
	auto_free char *created_by = NULL;
	auto_close int lock = store_lock(s, false, err);
	struct new_image n = { .changes = &a->changes,
			       .author = a->author,
			       .message = a->message,
			       .reference = a->reference };
	char id[ID_SIZE];
	int r = lock < 0 ? lock : 0;

	if (r == 0 && a->parent)
		r = image_read(s, a->parent, &parent, err);
	if (r == 0)
		r = read_config(&config, err);
	n.parent = a->parent ? &parent : NULL;
	n.config = config;
	if (r == 0)
		r = new_image_check(&n, err);
	if (r == 0)
		r = commit_layer(s, a, &f, err);
	if (r < 0)
		return r;
	created_by = command_of(config);
	n.created_by = created_by;
	n.diff_id = f.diff_id;
	r = fresh_layer_publish(s, &f, err);
	if (r == 0)
		r = new_image_publish(s, &n, id, err);
	if (r == 0)
		printf("%s\n", id);
	return r;
}

static int write_out(void *ctx, const void *data, size_t len, struct error *err)
{
	int r = fd_write_all(*(const int *)ctx, data, len);

	return r < 0 ? error_set(err, r, "cannot write the archive") : 0;
}

static int write_tree(unsigned flags, struct error *err)
{
	auto_close int root = dir_open(PASSED_FD, ".");
	int out_fd = STDOUT_FILENO;
	struct tar_write w = { .root_fd = root, .flags = TAR_WRITE_ROOT | flags };

	if (root < 0)
		return error_set(err, root, "cannot read the tree");
	return treetar_run(&w, (struct stream_tap){ write_out, &out_fd }, NULL, err);
}

int verb_export(const struct store *s, const struct verb_args *a, struct error *err)
{
	(void)s;
	(void)a;
	return write_tree(TAR_WRITE_ONE_FS, err);
}

int verb_pack(const struct store *s, const struct verb_args *a, struct error *err)
{
	(void)s;
	(void)a;
	return write_tree(TAR_WRITE_BELOW, err);
}

int verb_unpack(const struct store *s, const struct verb_args *a, struct error *err)
{
	auto_close int root = dir_open(PASSED_FD, ".");
	auto_stream struct stream in = STREAM_INIT;
	struct stream_options opts = STREAM_OPTIONS(STDIN_FILENO);
	uint64_t size = 0;
	int r = root < 0 ? error_set(err, root, "cannot open the directory") : stream_start(&in, &opts, err);

	(void)s;
	(void)a;
	return r < 0 ? r : unpack_tar(&in, root, UNPACK_MARK, NULL, &size, err);
}
