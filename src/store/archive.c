/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The helper's command line: berth-archive VERB ROOT RUN ARGUMENT…, with "" for what is not given. What
 * is open is passed as descriptor 4, what is large on standard input; an image's id comes back on
 * standard output, a failure as struct error on descriptor 3 (base/child.h).
 */
#include "store/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/child.h"
#include "base/fd.h"
#include "store/events.h"
#include "store/image.h"

struct call {
	struct strv argv;
	int stdin_fd;	/* borrowed; -1: berth's own */
	int stdout_fd;	/* borrowed; -1: berth's own */
	const int *fds; /* borrowed; -1 at the end, or NULL */
};

static void call_done(struct call *c)
{
	strv_done(&c->argv);
}
DEFINE_AUTO(call, struct call, call_done)

#define CALL_INIT ((struct call){ .stdin_fd = -1, .stdout_fd = -1 })

/* NULL among the arguments is passed as "". */
static int call_begin(struct call *c, const struct store *s, const char *verb,
		      const char *const *args, size_t n)
{
	int r = strv_add(&c->argv, "berth-archive");

	if (r == 0)
		r = strv_add(&c->argv, verb);
	if (r == 0)
		r = strv_add(&c->argv, s->root);
	if (r == 0)
		r = strv_add(&c->argv, s->run);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = strv_add(&c->argv, args[i] ? args[i] : "");
	return r;
}

static int call_add(struct call *c, const struct strv *more)
{
	int r = 0;

	for (size_t i = 0; r == 0 && more && i < more->n; i++)
		r = strv_add(&c->argv, more->v[i]);
	return r;
}

static int call_run(const struct call *c, struct error *err)
{
	auto_child struct child child = CHILD_INIT;
	auto_free char *path = helper_path("berth-archive", err);
	int r;

	if (!path)
		return -ENOENT;
	r = child_spawn(&child, path, c->argv.v, c->stdin_fd, c->stdout_fd, c->fds, err);
	return r == 0 ? child_wait(&child, err) : r;
}

/* Run it with its standard output into a pipe, and read the id from that. */
static int call_for_id(struct call *c, char ret_id[ID_SIZE], struct error *err)
{
	auto_close int in = FD_NONE, out = FD_NONE;
	auto_buf struct buf text = { .limit = 4096 };
	int p[2], r;

	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a pipe");
	in = p[0];
	out = p[1];
	c->stdout_fd = out;
	/* An id and a newline fit into any pipe: nothing need be read before the helper has ended. */
	r = call_run(c, err);
	if (r < 0)
		return r;
	fd_close(&out);
	r = fd_read_all(in, &text);
	buf_truncate(&text, strcspn(buf_str(&text), "\n"));
	if (r < 0 || !id_is_valid(buf_str(&text)))
		return error_msg(err, EIO, "the helper program berth-archive gave no image id");
	memcpy(ret_id, buf_str(&text), ID_SIZE);
	return 0;
}

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "cannot start the helper program berth-archive");
}

int archive_import(const struct store *s, const struct import_request *req, char ret_id[ID_SIZE],
		   struct error *err)
{
	const char *const args[] = { req->source, req->reference, req->message, req->platform };
	auto_clean(call) struct call c = CALL_INIT;
	int r;

	if (call_begin(&c, s, "import", args, ARRAY_SIZE(args)) < 0 ||
	    call_add(&c, req->changes) < 0)
		return no_memory(err);
	r = call_for_id(&c, ret_id, err);
	if (r == 0)
		image_event(s, "import", ret_id, req->reference);
	return r;
}

/* @text as a file to be read from its start: an argument may not be longer than 128 KiB. */
static int text_fd(const char *text, struct error *err)
{
	auto_close int fd = memfd_create("berth-config", MFD_CLOEXEC);

	if (fd < 0)
		return error_set(err, errno, "cannot make a memory file");
	if (fd_write_all(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return error_set(err, errno, "cannot write a memory file");
	return take_fd(&fd);
}

int archive_commit(const struct store *s, const struct commit_request *req, char ret_id[ID_SIZE],
		   struct error *err)
{
	const char *const args[] = { req->parent, req->container_id, req->reference, req->author,
				     req->message };
	const int fds[] = { req->upper_fd, -1 };
	auto_clean(call) struct call c = CALL_INIT;
	auto_close int config = text_fd(req->config_json, err);

	if (config < 0)
		return config;
	if (call_begin(&c, s, "commit", args, ARRAY_SIZE(args)) < 0 ||
	    call_add(&c, req->changes) < 0)
		return no_memory(err);
	c.stdin_fd = config;
	c.fds = fds;
	return call_for_id(&c, ret_id, err);
}

static void tell_saved(const struct store *s, const struct strv *references)
{
	strv_for_each(i, references) {
		auto_close int lock = store_lock(s, false, NULL);
		char id[ID_SIZE];

		if (lock >= 0 && image_find(s, references->v[i], id, NULL) == 0)
			image_event(s, "save", id, references->v[i]);
	}
}

int archive_save(const struct store *s, const struct save_request *req, struct error *err)
{
	const char *const args[] = { req->format == ARCHIVE_OCI ? "oci" : "docker",
				     req->layer_compression, req->output };
	auto_clean(call) struct call c = CALL_INIT;
	int r;

	if (call_begin(&c, s, "save", args, ARRAY_SIZE(args)) < 0 ||
	    call_add(&c, req->references) < 0)
		return no_memory(err);
	r = call_run(&c, err);
	if (r == 0)
		tell_saved(s, req->references);
	return r;
}

int archive_load(const struct store *s, const char *source, bool quiet, struct error *err)
{
	const char *const args[] = { source, quiet ? "quiet" : "" };
	auto_clean(call) struct call c = CALL_INIT;

	if (call_begin(&c, s, "load", args, ARRAY_SIZE(args)) < 0)
		return no_memory(err);
	return call_run(&c, err);
}

/* A verb that has a directory and nothing else. */
static int call_with_dir(const struct store *s, const char *verb, int dir_fd, int out_fd,
			 struct error *err)
{
	const int fds[] = { dir_fd, -1 };
	auto_clean(call) struct call c = CALL_INIT;

	if (call_begin(&c, s, verb, NULL, 0) < 0)
		return no_memory(err);
	c.fds = fds;
	c.stdout_fd = out_fd;
	return call_run(&c, err);
}

int archive_export(const struct store *s, int root_fd, int out_fd, struct error *err)
{
	return call_with_dir(s, "export", root_fd, out_fd, err);
}

int archive_unpack(const struct store *s, int dir_fd, struct error *err)
{
	return call_with_dir(s, "unpack", dir_fd, -1, err);
}

int archive_pack(const struct store *s, int dir_fd, int out_fd, struct error *err)
{
	return call_with_dir(s, "pack", dir_fd, out_fd, err);
}
