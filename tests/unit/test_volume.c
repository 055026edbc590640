/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes in a store of their own in a temporary directory: made, found, filled, listed, removed. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/id.h"
#include "base/macros.h"
#include "tap.h"
#include "volume/catalog.h"
#include "volume/volume.h"

struct place {
	char dir[64];
	struct store s;
	char *volumes, *image; /* owned paths */
};

static void place_init(struct place *p)
{
	struct error err = ERROR_INIT;
	auto_free char *root = NULL, *run = NULL;

	(void) snprintf(p->dir, sizeof(p->dir), "/tmp/test_volume.XXXXXX");
	OK(mkdtemp(p->dir) != NULL);
	root = str_format("%s/root", p->dir);
	run = str_format("%s/run", p->dir);
	p->volumes = str_format("%s/volumes", root);
	p->image = str_format("%s/image", p->dir);
	p->s = STORE_INIT;
	if (!OK(store_open(&p->s, root, run, &err) == 0))
		printf("# %s\n", err.msg);
	EQ_INT(mkdir(p->image, 0755), 0);
}

static void place_done(struct place *p)
{
	auto_close int tmp = store_dir(&p->s, "tmp", NULL);

	OK(dir_is_empty(tmp) == 1); /* nothing was left half-made or half-removed */
	store_done(&p->s);
	EQ_INT(tree_remove(AT_FDCWD, p->dir), 0);
	free(p->volumes);
	free(p->image);
}
DEFINE_AUTO(place, struct place, place_done)
#define auto_place auto_clean(place)

static int create(struct place *p, const char *name, const char *label, struct volume *ret,
		  bool *made)
{
	auto_strv struct strv labels = STRV_INIT;
	struct volume_request req = { .name = name, .labels = &labels };
	struct error err = ERROR_INIT;
	int r;

	if (label)
		(void) strv_add(&labels, label);
	r = volume_create(&p->s, &req, ret, made, &err);
	if (r < 0)
		printf("# %s\n", err.msg);
	return r;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void creates_and_finds(void)
{
	auto_place struct place p;
	auto_volume struct volume v = VOLUME_INIT, again = VOLUME_INIT, opened = VOLUME_INIT;
	auto_free char *want = NULL, *data = NULL, *parent = NULL;
	bool made = false;
	mode_t mask = umask(077);

	place_init(&p);
	EQ_INT(create(&p, "data", "a=b", &v, &made), 0);
	(void) umask(mask);
	OK(made);
	want = str_format("%s/data/_data", p.volumes);
	EQ_STR(v.mountpoint, want);
	EQ_STR(v.driver, "local");
	EQ_INT(v.labels.n, 1);
	OK(!v.anonymous);
	EQ_INT(mode_of(want), 0755);
	parent = str_format("%s/data", p.volumes);
	EQ_INT(mode_of(parent), 0700);
	EQ_INT(mode_of(p.volumes), 0700);
	EQ_INT(create(&p, "data", NULL, &again, &made), 0);
	OK(!made);
	EQ_STR(again.created, v.created);
	EQ_STR(again.labels.v[0], "a=b");
	EQ_INT(volume_open(&p.s, "data", &opened, NULL), 0);
	EQ_STR(opened.mountpoint, want);
	EQ_STR(opened.name, "data");
}

static void names_anonymous_ones(void)
{
	auto_place struct place p;
	auto_volume struct volume v = VOLUME_INIT, opened = VOLUME_INIT;
	bool made = false;

	place_init(&p);
	EQ_INT(create(&p, NULL, NULL, &v, &made), 0);
	OK(made && v.anonymous && id_is_valid(v.name));
	EQ_STR(strv_get_env(&v.labels, "com.docker.volume.anonymous"), "");
	EQ_INT(volume_open(&p.s, v.name, &opened, NULL), 0);
	OK(opened.anonymous);
}

#define TOO_SHORT ": volume name is too short, names should be at least two alphanumeric characters"
#define BAD_NAME                                                                            \
 " includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\"" \
 " are allowed. If you intended to pass a host directory, use absolute path"

static void refuses(void)
{
	static const struct {
		const char *name, *driver, *option, *why;
		int code;
	} cases[] = {
		{ "a", NULL, NULL, "'a'" TOO_SHORT, EINVAL },
		{ "", NULL, NULL, "''" TOO_SHORT, EINVAL },
		{ "../x", NULL, NULL, "'../x'" BAD_NAME, EINVAL },
		{ "data", "nfs", NULL, "volume driver 'nfs' not found", ENOENT },
		{ "data", NULL, "type=tmpfs",
		  "missing required option: \"device\"", EINVAL },
		{ "data", NULL, "bogus=1", "invalid option: 'bogus'", EINVAL },
		{ "data", NULL, "=1", "invalid option '=1': its name is empty", EINVAL },
	};
	auto_place struct place p;
	auto_strv struct strv names = STRV_INIT;

	place_init(&p);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_strv struct strv options = STRV_INIT;
		auto_volume struct volume v = VOLUME_INIT;
		struct volume_request req = { .name = cases[i].name,
					      .driver = cases[i].driver,
					      .options = &options };
		struct error err = ERROR_INIT;

		if (cases[i].option)
			EQ_INT(strv_add(&options, cases[i].option), 0);
		EQ_INT(volume_create(&p.s, &req, &v, NULL, &err), -cases[i].code);
		EQ_STR(err.msg, cases[i].why);
	}
	EQ_INT(volume_names(&p.s, &names, NULL), 0);
	EQ_INT(names.n, 0);
}

static void knows_names(void)
{
	static const char *const good[] = { "ab", "A1", "0-_.", "a..b" };
	static const char *const bad[] = { "",	  "a",	".a",  "-a",  "_a",
					   "a/b", "..", "a b", "a\n", "ä1" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		EQ_INT(volume_name_check(good[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EQ_INT(volume_name_check(bad[i], NULL), -EINVAL);
}

static void says_what_is_missing(void)
{
	static const char *const names[] = { "nope", "..", ".", "", "a/b", "x" };
	auto_place struct place p;

	place_init(&p);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		auto_volume struct volume v = VOLUME_INIT;
		auto_free char *want = str_format("no such volume: %s", names[i]);
		struct error err = ERROR_INIT;

		EQ_INT(volume_open(&p.s, names[i], &v, &err), -ENOENT);
		EQ_STR(err.msg, want);
		EQ_INT(volume_remove(&p.s, names[i], false, &err), -ENOENT);
		EQ_STR(err.msg, want);
		EQ_INT(volume_data_fd(&p.s, names[i], &err), -ENOENT);
	}
}

/* A container's record that mounts @volume twice. */
static void add_container(struct place *p, char digit, const char *volume)
{
	auto_free char *config = str_format("{\"Mounts\":[{\"Type\":\"bind\",\"Name\":\"%s\"},"
					    "{\"Type\":\"volume\",\"Name\":\"%s\"},"
					    "{\"Type\":\"volume\",\"Name\":\"%s\"}]}",
					    "other", volume, volume);
	auto_close int containers = store_dir(&p->s, "containers", NULL), dir = FD_NONE;
	char id[ID_SIZE];

	memset(id, digit, ID_LEN);
	id[ID_LEN] = '\0';
	dir = dir_make_open(containers, id, 0700);
	EQ_INT(file_write_at(dir, "config.json", config, strlen(config), 0600), 0);
}

static void keeps_what_is_used(void)
{
	auto_place struct place p;
	auto_volume struct volume v = VOLUME_INIT, w = VOLUME_INIT, o = VOLUME_INIT;
	auto_strv struct strv users = STRV_INIT;
	struct error err = ERROR_INIT;

	place_init(&p);
	EQ_INT(create(&p, "used", NULL, &v, NULL), 0);
	EQ_INT(create(&p, "other", NULL, &o, NULL), 0);
	add_container(&p, 'b', "used");
	add_container(&p, 'a', "used");
	EQ_INT(volume_users(&p.s, "used", &users, &err), 0);
	EQ_INT(users.n, 2);
	OK(users.n == 2 && users.v[0][0] == 'a' && users.v[1][0] == 'b');
	EQ_INT(volume_remove(&p.s, "used", false, &err), -EBUSY);
	OK(strstr(err.msg, "remove used: volume is in use - [aaaa"));
	OK(strstr(err.msg, "a, bbbb"));
	EQ_INT(volume_open(&p.s, "used", &w, NULL), 0);
	EQ_INT(volume_remove(&p.s, "other", false, &err), 0);
	EQ_INT(volume_open(&p.s, "other", &w, &err), -ENOENT);
}

/* ---- filling ---------------------------------------------------------------------------------------- */

static void make_content(const char *image)
{
	auto_close int top = open(image, O_RDONLY | O_DIRECTORY | O_CLOEXEC), sub = FD_NONE,
		       f = FD_NONE;
	struct timespec old[2] = { { 1000, 0 }, { 2000, 5 } };

	sub = dir_make_open(top, "sub", 0700);
	EQ_INT(file_write_at(sub, "file", "hello", 5, 0640), 0);
	EQ_INT(linkat(sub, "file", top, "link", 0), 0);
	EQ_INT(symlinkat("/nowhere", top, "symlink"), 0);
	EQ_INT(mkfifoat(top, "fifo", 0600), 0);
	f = openat(top, "sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	EQ_INT(pwrite(f, "end", 3, 1 << 20), 3);
	EQ_INT(fchmod(sub, 01751), 0);
	EQ_INT(utimensat(top, "sub", old, 0), 0);
	if (geteuid() == 0) {
		EQ_INT(fchownat(top, "symlink", 7, 8, AT_SYMLINK_NOFOLLOW), 0);
		EQ_INT(fchown(top, 1000, 1001), 0);
	}
	EQ_INT(fchmod(top, 01770), 0);
	EQ_INT(futimens(top, old), 0);
}

static void check_content(const char *path)
{
	auto_close int top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_buf struct buf text = BUF_INIT;
	auto_strv struct strv names = STRV_INIT;
	struct stat a, b;

	EQ_INT(dir_list(top, &names), 0);
	EQ_INT(names.n, 5);
	EQ_INT(fstat(top, &a), 0);
	EQ_INT(a.st_mode & 07777, 01770);
	EQ_INT(a.st_mtim.tv_sec, 2000);
	EQ_INT(a.st_uid, geteuid() ? geteuid() : 1000);
	EQ_INT(fstatat(top, "sub", &a, AT_SYMLINK_NOFOLLOW), 0);
	EQ_INT(a.st_mode & 07777, 01751);
	EQ_INT(a.st_mtim.tv_sec, 2000);
	EQ_INT(a.st_mtim.tv_nsec, 5);
	EQ_INT(file_read_at(top, "link", &text), 0);
	EQ_STR(buf_str(&text), "hello");
	EQ_INT(fstatat(top, "link", &a, 0), 0);
	EQ_INT(fstatat(top, "sub/file", &b, 0), 0);
	EQ_INT(a.st_ino, b.st_ino);
	EQ_INT(a.st_mode & 07777, 0640);
	EQ_INT(fstatat(top, "symlink", &a, AT_SYMLINK_NOFOLLOW), 0);
	OK(S_ISLNK(a.st_mode));
	EQ_INT(a.st_gid, geteuid() ? getegid() : 8);
	EQ_INT(fstatat(top, "fifo", &a, AT_SYMLINK_NOFOLLOW), 0);
	OK(S_ISFIFO(a.st_mode));
	EQ_INT(fstatat(top, "sparse", &a, 0), 0);
	EQ_INT(a.st_size, (1 << 20) + 3);
	OK(a.st_blocks < 100);
}

static int fill(struct place *p, const char *name)
{
	auto_close int source = open(p->image, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct error err = ERROR_INIT;
	int r = volume_fill(&p->s, name, source, &err);

	if (r < 0)
		printf("# %s\n", err.msg);
	return r;
}

/* What a finished fill leaves beside the data: nothing. */
static void check_no_remains(struct place *p, const char *name)
{
	auto_free char *path = str_format("%s/%s", p->volumes, name);
	auto_close int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_strv struct strv names = STRV_INIT;

	EQ_INT(dir_list(dir, &names), 0);
	EQ_INT(names.n, 2);
}

static void fills_once(void)
{
	auto_place struct place p;
	auto_volume struct volume v = VOLUME_INIT;
	auto_close int data = FD_NONE;

	place_init(&p);
	make_content(p.image);
	EQ_INT(create(&p, "data", NULL, &v, NULL), 0);
	EQ_INT(fill(&p, "data"), 0);
	check_content(v.mountpoint);
	check_no_remains(&p, "data");
	data = volume_data_fd(&p.s, "data", NULL);
	EQ_INT(unlinkat(data, "link", 0), 0);
	EQ_INT(fill(&p, "data"), 0);
	EQ_INT(faccessat(data, "link", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	EQ_INT(tree_remove(AT_FDCWD, p.image), 0);
	EQ_INT(mkdir(p.image, 0700), 0);
	EQ_INT(fill(&p, "data"), 0);
	EQ_INT(mode_of(v.mountpoint), 01770);
}

static void takes_owner_of_empty_directory(void)
{
	auto_place struct place p;
	auto_volume struct volume v = VOLUME_INIT;

	place_init(&p);
	EQ_INT(chmod(p.image, 02711), 0);
	EQ_INT(create(&p, "data", NULL, &v, NULL), 0);
	EQ_INT(fill(&p, "data"), 0);
	EQ_INT(mode_of(v.mountpoint), 02711);
	check_no_remains(&p, "data");
}

/* An image may hold what no path can name; it must not bring us down, nor leave half of it. */
static void refuses_endless_depth(void)
{
	auto_place struct place p;
	auto_volume struct volume v = VOLUME_INIT;
	auto_close int at = FD_NONE;
	struct error err = ERROR_INIT;
	struct rlimit files, more;

	EQ_INT(getrlimit(RLIMIT_NOFILE, &files), 0);
	more = (struct rlimit){ files.rlim_max, files.rlim_max };
	EQ_INT(setrlimit(RLIMIT_NOFILE, &more), 0);
	place_init(&p);
	at = open(p.image, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 1100 && at >= 0; i++) {
		int below = dir_make_open(at, "d", 0755);

		fd_close(&at);
		at = below;
	}
	OK(at >= 0);
	fd_close(&at);
	EQ_INT(create(&p, "data", NULL, &v, NULL), 0);
	at = open(p.image, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	EQ_INT(volume_fill(&p.s, "data", at, &err), -ELOOP);
	EQ_STR(err.msg, "volume 'data': directories are nested deeper than 1000");
	check_no_remains(&p, "data");
	/* Fewer descriptors would not let the test remove its own tree: the limit goes back after it. */
	place_done(&p);
	place_init(&p);
	EQ_INT(setrlimit(RLIMIT_NOFILE, &files), 0);
}

/* Rename a half of the copy's children, as a fill does that is then killed. */
static void stage(struct place *p, const char *name, const char *as)
{
	auto_free char *to = str_format("%s/%s/%s", p->volumes, name, as);

	EQ_INT(rename(p->image, to), 0);
	EQ_INT(mkdir(p->image, 0755), 0);
}

static void finishes_a_complete_copy(void)
{
	auto_place struct place p;
	auto_volume struct volume v = VOLUME_INIT;
	auto_free char *from = NULL, *to = NULL;
	auto_strv struct strv findings = STRV_INIT;
	auto_close int data = FD_NONE;

	place_init(&p);
	EQ_INT(create(&p, "data", NULL, &v, NULL), 0);
	make_content(p.image);
	stage(&p, "data", ".filling");
	from = str_format("%s/data/.filling/fifo", p.volumes);
	to = str_format("%s/fifo", v.mountpoint);
	EQ_INT(rename(from, to), 0);
	EQ_INT(volume_check(&p.s, false, &findings, NULL), 0);
	EQ_INT(findings.n, 1);
	OK(access(from, F_OK) < 0);
	data = volume_data_fd(&p.s, "data", NULL);
	OK(data >= 0);
	check_no_remains(&p, "data");
	EQ_INT(faccessat(data, "sub/file", F_OK, 0), 0);
	EQ_INT(faccessat(data, "fifo", F_OK, 0), 0);
	EQ_INT(mode_of(v.mountpoint), 01770);
	EQ_INT(volume_check(&p.s, false, &findings, NULL), 0);
	EQ_INT(findings.n, 1);
}

static void drops_a_half_copy(void)
{
	auto_place struct place p;
	auto_volume struct volume v = VOLUME_INIT;
	auto_strv struct strv findings = STRV_INIT;

	place_init(&p);
	EQ_INT(create(&p, "data", NULL, &v, NULL), 0);
	make_content(p.image);
	stage(&p, "data", ".copying");
	EQ_INT(volume_check(&p.s, true, &findings, NULL), 0);
	EQ_INT(findings.n, 1);
	EQ_STR(findings.n ? findings.v[0] : "",
	       "volume 'data': its filling from an image was interrupted; put right");
	check_no_remains(&p, "data");
	EQ_INT(mode_of(v.mountpoint), 0755);
	make_content(p.image);
	EQ_INT(fill(&p, "data"), 0);
	check_content(v.mountpoint);
}

/* Several processes at once: all succeed, the content is there once and whole. */
static void fills_once_in_a_race(void)
{
	auto_place struct place p;
	auto_volume struct volume v = VOLUME_INIT;
	pid_t pids[8];

	place_init(&p);
	make_content(p.image);
	EQ_INT(create(&p, "data", NULL, &v, NULL), 0);
	(void) fflush(stdout);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(fill(&p, "data") < 0 || access(v.mountpoint, F_OK) < 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		int status = 1;

		EQ_INT(waitpid(pids[i], &status, 0), pids[i]);
		EQ_INT(status, 0);
	}
	check_content(v.mountpoint);
	check_no_remains(&p, "data");
}

static void creates_once_in_a_race(void)
{
	auto_place struct place p;
	auto_strv struct strv names = STRV_INIT;
	int ready[2], new_ones = 0;
	pid_t pids[8];

	place_init(&p);
	EQ_INT(pipe2(ready, O_CLOEXEC), 0);
	(void) fflush(stdout);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			auto_volume struct volume v = VOLUME_INIT;
			bool made = false;
			char byte;

			(void) close(ready[1]);
			(void) !read(ready[0], &byte, 1); /* until the parent lets all of them go */
			_exit(create(&p, "data", NULL, &v, &made) < 0 ? 2 : made);
		}
	}
	(void) close(ready[1]);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		int status = 1;

		EQ_INT(waitpid(pids[i], &status, 0), pids[i]);
		OK(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		new_ones += WEXITSTATUS(status);
	}
	(void) close(ready[0]);
	EQ_INT(new_ones, 1);
	EQ_INT(volume_names(&p.s, &names, NULL), 0);
	EQ_INT(names.n, 1);
}

/* ---- the catalog ------------------------------------------------------------------------------------ */

static void check_list(struct place *p, const char *filters, const char *want)
{
	auto_volume_filter struct volume_filter f = VOLUME_FILTER_INIT;
	auto_volume_list struct volume_list l = VOLUME_LIST_INIT;
	auto_buf struct buf got = BUF_INIT;
	auto_strv struct strv args = STRV_INIT;
	struct error err = ERROR_INIT;

	for (const char *s = filters; *s; s += strspn(s, " ")) {
		size_t n = strcspn(s, " ");

		(void) strv_take(&args, strndup(s, n));
		s += n;
	}
	strv_for_each(i, &args)
		EQ_INT(volume_filter_parse(args.v[i], VOLUME_FILTER_LS, &f, &err), 0);
	EQ_INT(volume_list_read(&p->s, &f, 0, &l, &err), 0);
	for (size_t i = 0; i < l.n; i++)
		buf_addf(&got, "%s%s", i ? " " : "", l.v[i].volume.name);
	tap_check_str(buf_str(&got), want, __FILE__, __LINE__, filters);
}

static void lists_with_filters(void)
{
	auto_place struct place p;
	auto_volume struct volume a = VOLUME_INIT, b = VOLUME_INIT, c = VOLUME_INIT;
	struct error err = ERROR_INIT;

	place_init(&p);
	EQ_INT(create(&p, "vol10", "env=prod", &a, NULL), 0);
	EQ_INT(create(&p, "vol2", "env=dev", &b, NULL), 0);
	EQ_INT(create(&p, "cache", NULL, &c, NULL), 0);
	add_container(&p, 'a', "vol2");
	check_list(&p, "", "cache vol2 vol10");
	check_list(&p, "dangling=true", "cache vol10");
	check_list(&p, "dangling=0", "vol2");
	check_list(&p, "name=vol", "vol2 vol10");
	check_list(&p, "name=ach", "cache");
	check_list(&p, "name=^vol name=^cache$", "cache vol2 vol10");
	check_list(&p, "driver=local", "cache vol2 vol10");
	check_list(&p, "driver=nfs", "");
	check_list(&p, "label=env", "vol2 vol10");
	check_list(&p, "label=env=dev", "vol2");
	check_list(&p, "label=env label=env=prod", "vol10");
	check_list(&p, "label=env=prod dangling=false", "");
	EQ_INT(volume_filter_parse("bogus=1", VOLUME_FILTER_LS, &(struct volume_filter){ 0 }, &err),
	       -EINVAL);
	EQ_STR(err.msg, "invalid filter 'bogus'");
	EQ_INT(volume_filter_parse("name", VOLUME_FILTER_LS, &(struct volume_filter){ 0 }, &err),
	       -EINVAL);
	EQ_INT(volume_filter_parse("all=1", VOLUME_FILTER_LS, &(struct volume_filter){ 0 }, &err),
	       -EINVAL);
	EQ_INT(volume_filter_parse("dangling=x", VOLUME_FILTER_LS, &(struct volume_filter){ 0 },
				   &err),
	       -EINVAL);
	EQ_STR(err.msg, "invalid filter 'dangling=x'");
}

static void prunes(void)
{
	auto_place struct place p;
	auto_volume struct volume named = VOLUME_INIT, anonymous = VOLUME_INIT, used = VOLUME_INIT;
	auto_volume_filter struct volume_filter all = VOLUME_FILTER_INIT;
	auto_strv struct strv gone = STRV_INIT;
	struct volume_df df = { 0 };
	uint64_t bytes = 1;

	place_init(&p);
	make_content(p.image);
	EQ_INT(create(&p, "named", NULL, &named, NULL), 0);
	EQ_INT(create(&p, NULL, NULL, &anonymous, NULL), 0);
	EQ_INT(create(&p, NULL, NULL, &used, NULL), 0);
	EQ_INT(fill(&p, anonymous.name), 0);
	add_container(&p, 'a', used.name);
	EQ_INT(volume_df_read(&p.s, &df, NULL), 0);
	EQ_INT(df.total, 3);
	EQ_INT(df.active, 1);
	OK(df.size > 0 && df.reclaimable == df.size);
	EQ_INT(volume_prune(&p.s, NULL, &gone, &bytes, NULL), 0);
	EQ_INT(gone.n, 1);
	EQ_STR(gone.n ? gone.v[0] : "", anonymous.name);
	EQ_INT(bytes, df.size);
	EQ_INT(volume_filter_parse("all=true", VOLUME_FILTER_PRUNE, &all, NULL), 0);
	EQ_INT(volume_filter_parse("label!=keep", VOLUME_FILTER_PRUNE, &all, NULL), 0);
	EQ_INT(volume_prune(&p.s, &all, &gone, &bytes, NULL), 0);
	EQ_INT(gone.n, 2);
	EQ_INT(volume_df_read(&p.s, &df, NULL), 0);
	EQ_INT(df.total, 1);
}

static void repairs(void)
{
	auto_place struct place p;
	auto_volume struct volume v = VOLUME_INIT, w = VOLUME_INIT;
	auto_strv struct strv findings = STRV_INIT;
	auto_free char *record = NULL;
	struct error err = ERROR_INIT;

	place_init(&p);
	EQ_INT(create(&p, "data", NULL, &v, NULL), 0);
	EQ_INT(volume_check(&p.s, false, &findings, &err), 0);
	EQ_INT(findings.n, 0);
	record = str_format("%s/data/volume.json", p.volumes);
	EQ_INT(truncate(record, 3), 0);
	EQ_INT(volume_open(&p.s, "data", &w, &err), -EINVAL);
	EQ_INT(volume_check(&p.s, false, &findings, &err), 0);
	EQ_INT(findings.n, 1);
	EQ_INT(volume_check(&p.s, true, &findings, &err), 0);
	EQ_INT(volume_open(&p.s, "data", &w, &err), 0);
	volume_done(&w);
	EQ_INT(unlink(record), 0);
	EQ_INT(rmdir(v.mountpoint), 0);
	EQ_INT(volume_open(&p.s, "data", &w, &err), -EINVAL);
	strv_done(&findings);
	EQ_INT(volume_check(&p.s, true, &findings, &err), 0);
	EQ_INT(findings.n, 2);
	EQ_INT(volume_open(&p.s, "data", &w, &err), 0);
	EQ_INT(mode_of(v.mountpoint), 0755);
}

static void writes_docker_json(void)
{
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);
	struct volume_entry e = { .links = 2, .size = 12300 };

	e.volume.name = strdup("data");
	e.volume.driver = strdup("local");
	e.volume.mountpoint = strdup("/r/volumes/data/_data");
	e.volume.created = strdup("2026-11-21T06:30:00Z");
	volume_json(&e.volume, &w, NULL);
	EQ_STR(buf_str(&out),
	       "{\"CreatedAt\":\"2026-11-21T06:30:00Z\",\"Driver\":\"local\",\"Labels\":null,"
	       "\"Mountpoint\":\"/r/volumes/data/_data\",\"Name\":\"data\",\"Options\":null,"
	       "\"Scope\":\"local\",\"Anonymous\":false,\"LastUsed\":null}");
	buf_truncate(&out, 0);
	w = JSONW_INIT(&out, 0);
	(void) strv_add(&e.volume.labels, "a=b");
	(void) strv_add(&e.volume.labels, "c=");
	volume_entry_json(&e, true, &w, NULL);
	EQ_STR(buf_str(&out),
	       "{\"Availability\":\"N/A\",\"Driver\":\"local\",\"Group\":\"N/A\",\"Labels\":\"a=b,c=\","
	       "\"Links\":\"2\",\"Mountpoint\":\"/r/volumes/data/_data\",\"Name\":\"data\","
	       "\"Scope\":\"local\",\"Size\":\"12.3kB\",\"Status\":\"N/A\"}");
	volume_done(&e.volume);
}

TAP_MAIN(creates_and_finds, names_anonymous_ones, refuses, knows_names, says_what_is_missing,
	 keeps_what_is_used, fills_once, refuses_endless_depth, takes_owner_of_empty_directory,
	 finishes_a_complete_copy, drops_a_half_copy, fills_once_in_a_race, creates_once_in_a_race,
	 lists_with_filters, prunes, repairs, writes_docker_json)
