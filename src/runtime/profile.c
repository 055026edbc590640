/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/child.h"
#include "base/fd.h"
#include "base/fs.h"
#include "sys/seccomp.h"

#define PROFILE_LIMIT ((size_t)4 << 20)
#define PROGRAM_LIMIT ((size_t)4096 * sizeof(struct seccomp_instruction))
#define RECORD_FILE   "seccomp"
#define COMPILER      1 /* changes when the same profile would be compiled to something else */

/* What a program depends on: its key, and the start of the cache's file, so that a hash's collision does no harm. */
static int describe(uint64_t caps, const struct buf *profile, struct buf *ret)
{
	struct utsname u;

	if (uname(&u) < 0)
		return -errno;
	buf_addf(ret, "berth-seccomp %d %s %" PRIx64 " %zu\n", COMPILER, u.release, caps, profile->len);
	buf_add(ret, buf_str(profile), profile->len);
	return buf_failed(ret) ? -ENOMEM : 0;
}

/* FNV-1a */
static void hash(const struct buf *b, char out[17])
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < b->len; i++)
		h = (h ^ (unsigned char)b->data[i]) * 0x100000001b3ull;
	(void)snprintf(out, 17, "%016" PRIx64, h);
}

static bool is_program(size_t len)
{
	return len > 0 && len <= PROGRAM_LIMIT && len % sizeof(struct seccomp_instruction) == 0;
}

/* -ENOENT if the cache has no such program. */
static int look_up(int cache, const char *name, const struct buf *key, struct buf *ret)
{
	auto_buf struct buf file = { .limit = key->len + PROGRAM_LIMIT };
	int r = file_read_at(cache, name, &file);

	if (r < 0 || file.len <= key->len || !is_program(file.len - key->len))
		return -ENOENT;
	if (!file.data || !key->data || memcmp(file.data, key->data, key->len) != 0)
		return -ENOENT;
	buf_add(ret, file.data + key->len, file.len - key->len);
	return buf_failed(ret) ? -ENOMEM : 0;
}

static int memory_file(const struct buf *contents)
{
	auto_close int fd = memfd_create("berth-seccomp", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (contents && fd_write_all(fd, contents->data, contents->len) < 0)
		return -ENOMEM;
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : take_fd(&fd);
}

static int compile(const struct buf *profile, uint64_t caps, struct buf *ret, struct error *err)
{
	auto_child struct child child = CHILD_INIT;
	auto_free char *path = helper_path("berth-seccomp", err);
	auto_close int in = memory_file(profile), out = memory_file(NULL);
	char number[17];
	char *const argv[] = { path, number, NULL };
	int r;

	if (!path)
		return -ENOENT;
	if (in < 0 || out < 0)
		return error_set(err, in < 0 ? in : out, "cannot make a memory file");
	(void)snprintf(number, sizeof(number), "%" PRIx64, caps);
	r = child_spawn(&child, path, argv, in, out, NULL, err);
	if (r == 0)
		r = child_wait(&child, err);
	if (r < 0)
		return r;
	r = lseek(out, 0, SEEK_SET) < 0 ? -errno : fd_read_all(out, ret);
	if (r == 0 && !is_program(ret->len))
		r = -EIO;
	return r < 0 ? error_set(err, r, "the helper program berth-seccomp gave no filter") : 0;
}

/* By way of a scratch directory: nobody sees half of an entry, and what a killed berth left is found. */
static int keep(const struct store *s, int cache, const char *name, const struct buf *key,
		const struct buf *program, struct error *err)
{
	auto_scratch struct scratch d = SCRATCH_INIT;
	auto_buf struct buf file = BUF_INIT;
	int r = scratch_make(s, &d, err);

	if (r < 0)
		return r;
	buf_add(&file, key->data, key->len);
	buf_add(&file, program->data, program->len);
	r = buf_failed(&file) ? -ENOMEM : file_write_at(d.fd, name, file.data, file.len, 0600);
	if (r == 0)
		r = scratch_publish(&d, name, cache, name);
	/* -ENOENT: the cache was discarded meanwhile. */
	return r < 0 && r != -EEXIST && r != -ENOENT ? error_set(err, r, "cannot keep the compiled seccomp profile")
						  : 0;
}

static int find_or_compile(const struct store *s, const struct buf *profile, uint64_t caps,
			   struct buf *ret, struct error *err)
{
	auto_buf struct buf key = BUF_INIT;
	auto_close int cache = dir_make_open(s->root_fd, "seccomp", 0700);
	char name[17];
	int r = cache < 0 ? cache : describe(caps, profile, &key);

	if (r < 0)
		return error_set(err, r, "cannot open '%s/seccomp'", s->root);
	hash(&key, name);
	r = look_up(cache, name, &key, ret);
	if (r != -ENOENT)
		return r;
	r = compile(profile, caps, ret, err);
	return r == 0 ? keep(s, cache, name, &key, ret, err) : r;
}

int profile_store(const struct store *s, const char *path, uint64_t caps, int record_fd,
		  struct error *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	auto_buf struct buf profile = { .limit = PROFILE_LIMIT }, program = { .limit = PROGRAM_LIMIT };
	int r;

	if (fd < 0)
		return error_set(err, errno, "opening seccomp profile (%s) failed", path);
	r = fd_read_all(fd, &profile);
	if (r < 0)
		return error_set(err, r, "reading seccomp profile (%s) failed", path);
	r = find_or_compile(s, &profile, caps, &program, err);
	if (r < 0)
		return error_prefix(err, r, "decoding seccomp profile (%s) failed", path);
	r = file_write_at(record_fd, RECORD_FILE, program.data, program.len, 0600);
	return r < 0 ? error_set(err, r, "cannot write the container's filter") : 0;
}

int profile_load(int record_fd, struct buf *out, struct error *err)
{
	int r = file_read_at(record_fd, RECORD_FILE, out);

	if (r == 0 && !is_program(out->len))
		r = -EINVAL;
	return r < 0 ? error_set(err, r, "cannot read the container's seccomp filter") : 0;
}

int profile_cache_discard(const struct store *s, struct error *err)
{
	return object_discard(s, s->root_fd, "seccomp", err);
}
