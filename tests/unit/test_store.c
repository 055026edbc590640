/* SPDX-License-Identifier: Apache-2.0 */
/* The store in a directory of its own: scratch directories, the lock, references, layers. */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/fs.h"
#include "store/layer.h"
#include "store/ref.h"
#include "tap.h"

#define SOME_ID	 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER_ID "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct fixture {
	char dir[32];
	struct store s;
};

static void fixture_done(struct fixture *f)
{
	store_done(&f->s);
	OK(tree_remove(AT_FDCWD, f->dir) == 0);
}
DEFINE_AUTO(fixture, struct fixture, fixture_done)
#define auto_fixture auto_clean(fixture)

static void fixture_init(struct fixture *f)
{
	struct error err = ERROR_INIT;
	char root[64], run[64];

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/test_store.XXXXXX");
	OK(mkdtemp(f->dir));
	(void)snprintf(root, sizeof(root), "%s/a/b/root", f->dir);
	(void)snprintf(run, sizeof(run), "%s/run/berth", f->dir);
	f->s = STORE_INIT;
	EQ_INT(store_open(&f->s, root, run, &err), 0);
}

static size_t count(const struct store *s, const char *dir)
{
	auto_close int fd = store_dir(s, dir, NULL);
	auto_strv struct strv names = STRV_INIT;

	OK(fd >= 0 && dir_list(fd, &names) == 0);
	return names.n;
}

static void opens(void)
{
	auto_fixture struct fixture f;
	auto_store struct store again = STORE_INIT;
	auto_strv struct strv names = STRV_INIT;
	struct stat st;

	fixture_init(&f);
	EQ_INT(dir_list(f.s.root_fd, &names), 0);
	EQ_INT(names.n, 9);
	strv_for_each(i, &names) {
		OK(fstatat(f.s.root_fd, names.v[i], &st, 0) == 0);
		EQ_INT(st.st_mode & 07777, 0700);
	}
	OK(fstat(f.s.root_fd, &st) == 0);
	EQ_INT(st.st_mode & 07777, 0700);
	EQ_INT(store_open(&again, f.s.root, f.s.run, NULL), 0);
	/* One that is missing is made when it is needed. */
	EQ_INT(unlinkat(f.s.root_fd, "blobs", AT_REMOVEDIR), 0);
	EQ_INT(count(&f.s, "blobs"), 0);
}

static void refuses_files(void)
{
	struct store s = STORE_INIT;
	struct error err = ERROR_INIT;

	EQ_INT(store_open(&s, "/etc/passwd", "/tmp", &err), -ENOTDIR);
	EQ_STR(err.msg, "cannot open directory '/etc/passwd': Not a directory");
	EQ_INT(s.root_fd, FD_NONE);
}

static void publishes(void)
{
	auto_fixture struct fixture f;

	fixture_init(&f);
	for (int round = 0; round < 2; round++) {
		auto_scratch struct scratch d = SCRATCH_INIT;
		auto_close int images = store_dir(&f.s, "images", NULL);

		EQ_INT(scratch_make(&f.s, &d, NULL), 0);
		EQ_INT(count(&f.s, "tmp"), 1);
		EQ_INT(mkdirat(d.fd, "new", 0700), 0);
		EQ_INT(scratch_publish(&d, "new", images, "x"), round ? -EEXIST : 0);
	}
	EQ_INT(count(&f.s, "tmp"), 0);
	EQ_INT(count(&f.s, "images"), 1);
}

static void discards(void)
{
	auto_fixture struct fixture f;
	auto_close int images = FD_NONE;

	fixture_init(&f);
	images = store_dir(&f.s, "images", NULL);
	EQ_INT(mkdirat(images, "x", 0700), 0);
	EQ_INT(mkdirat(images, "x/y", 0), 0);
	EQ_INT(file_write_at(images, "x/z", "1", 1, 0), 0);
	EQ_INT(symlinkat("/", images, "link"), 0);
	EQ_INT(object_discard(&f.s, images, "x", NULL), 0);
	EQ_INT(object_discard(&f.s, images, "link", NULL), 0);
	EQ_INT(object_discard(&f.s, images, "x", NULL), 0);
	EQ_INT(count(&f.s, "images") + count(&f.s, "tmp"), 0);
}

/* A child makes a scratch directory, reports through the pipe, and lives until it is killed. */
static pid_t maker(const struct store *s, int ready)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct scratch d = SCRATCH_INIT;

		if (scratch_make(s, &d, NULL) < 0 || mkdirat(d.fd, "half", 0700) < 0)
			_exit(1);
		(void)!write(ready, "x", 1);
		for (;;)
			(void)pause();
	}
	return pid;
}

static void sweeps(void)
{
	auto_fixture struct fixture f;
	unsigned found = 99;
	int ready[2];
	pid_t pid;
	char c;

	fixture_init(&f);
	OK(pipe(ready) == 0);
	pid = maker(&f.s, ready[1]);
	EQ_INT(read(ready[0], &c, 1), 1);
	EQ_INT(scratch_sweep(&f.s, true, &found, NULL), 0);
	EQ_INT(found, 0);
	EQ_INT(count(&f.s, "tmp"), 1);
	EQ_INT(kill(pid, SIGKILL), 0);
	EQ_INT(waitpid(pid, NULL, 0), pid);
	EQ_INT(scratch_sweep(&f.s, false, &found, NULL), 0);
	EQ_INT(found, 1);
	EQ_INT(count(&f.s, "tmp"), 1);
	EQ_INT(scratch_sweep(&f.s, true, &found, NULL), 0);
	EQ_INT(found, 1);
	EQ_INT(count(&f.s, "tmp"), 0);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

/* Makers against a sweeper that never stops: every maker keeps what it made. */
static void makes_while_sweeping(void)
{
	auto_fixture struct fixture f;
	pid_t sweeper, makers[4];
	int status;

	fixture_init(&f);
	sweeper = fork();
	for (; sweeper == 0;)
		(void)scratch_sweep(&f.s, true, NULL, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++) {
		makers[i] = fork();
		for (int n = 0; makers[i] == 0 && n < 500; n++) {
			struct scratch d = SCRATCH_INIT;
			struct stat by_name, by_fd;

			if (scratch_make(&f.s, &d, NULL) < 0 || mkdirat(d.fd, "x", 0700) < 0 ||
			    fstatat(d.tmp_fd, d.name, &by_name, 0) < 0 || fstat(d.fd, &by_fd) < 0 ||
			    by_name.st_ino != by_fd.st_ino)
				_exit(1);
			scratch_done(&d);
		}
		if (makers[i] == 0)
			_exit(0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++) {
		OK(waitpid(makers[i], &status, 0) == makers[i]);
		EQ_INT(status, 0);
	}
	EQ_INT(kill(sweeper, SIGKILL), 0);
	EQ_INT(waitpid(sweeper, NULL, 0), sweeper);
	EQ_INT(scratch_sweep(&f.s, true, NULL, NULL), 0);
	EQ_INT(count(&f.s, "tmp"), 0);
}

static void locks(void)
{
	auto_fixture struct fixture f;
	auto_close int a = FD_NONE, b = FD_NONE, c = FD_NONE;

	fixture_init(&f);
	a = store_lock(&f.s, false, NULL);
	b = store_lock(&f.s, false, NULL);
	OK(a >= 0 && b >= 0);
	c = openat(f.s.root_fd, "lock", O_RDWR | O_CLOEXEC);
	OK(flock(c, LOCK_EX | LOCK_NB) < 0);
	fd_close(&a);
	fd_close(&b);
	OK(flock(c, LOCK_EX | LOCK_NB) == 0);
}

static void keeps_references(void)
{
	auto_fixture struct fixture f;
	auto_ref_list struct ref_list list = REF_LIST_INIT;
	auto_strv struct strv bad = STRV_INIT, of = STRV_INIT;
	char id[ID_SIZE] = "";

	fixture_init(&f);
	EQ_INT(ref_resolve(&f.s, "a/b:c", id), -ENOENT);
	EQ_INT(ref_set(&f.s, "a/b:c", SOME_ID, NULL), 0);
	EQ_INT(ref_set(&f.s, "x:1", SOME_ID, NULL), 0);
	EQ_INT(ref_set(&f.s, "x:1", OTHER_ID, NULL), 0);
	EQ_INT(ref_set(&f.s, "a@sha256:" SOME_ID, SOME_ID, NULL), 0);
	EQ_INT(ref_resolve(&f.s, "x:1", id), 0);
	EQ_STR(id, OTHER_ID);
	EQ_INT(symlinkat("../etc", f.s.root_fd, "refs/evil%3a1"), 0);
	EQ_INT(ref_resolve(&f.s, "evil:1", id), -EINVAL);
	EQ_INT(ref_list(&f.s, &list, &bad, NULL), 0);
	EQ_INT(list.n, 3);
	EQ_STR(list.v[0].text, "a/b:c");
	EQ_INT(bad.n, 1);
	EQ_INT(ref_list_of(&list, SOME_ID, true, &of), 0);
	EQ_INT(of.n, 1);
	EQ_INT(ref_list_of(&list, SOME_ID, false, &of), 0);
	EQ_STR(of.v[1], "a@sha256:" SOME_ID);
	EQ_INT(ref_remove(&f.s, "x:1", NULL), 0);
	EQ_INT(ref_remove(&f.s, "x:1", NULL), -ENOENT);
}

static void adds_layers_once(void)
{
	auto_fixture struct fixture f;
	struct layer layer = { .size = 0 };

	fixture_init(&f);
	OK(!layer_exists(&f.s, SOME_ID));
	EQ_INT(layer_read(&f.s, SOME_ID, &layer, NULL), -ENOENT);
	for (int i = 0; i < 2; i++) {
		auto_scratch struct scratch d = SCRATCH_INIT;

		EQ_INT(scratch_make(&f.s, &d, NULL), 0);
		EQ_INT(mkdirat(d.fd, "new", 0755), 0);
		EQ_INT(mkdirat(d.fd, "new/diff", 0755), 0);
		EQ_INT(layer_publish(&f.s, &d, "new", SOME_ID, 42, NULL), 0);
	}
	OK(layer_exists(&f.s, SOME_ID));
	EQ_INT(layer_read(&f.s, SOME_ID, &layer, NULL), 0);
	EQ_INT(layer.size, 42);
	EQ_INT(count(&f.s, "layers"), 1);
	EQ_INT(count(&f.s, "tmp"), 0);
}

TAP_MAIN(opens, refuses_files, publishes, discards, sweeps, makes_while_sweeping, locks,
	 keeps_references, adds_layers_once)
