/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the single steps of starting a container cost on this machine. Each step runs in a fresh child
 * (with the namespaces that it needs), and what is timed is the child's whole life, clone to wait: the
 * teardown of what the step made is part of its price. A step is listed with its difference to a base.
 * Rounds are interleaved, medians are printed. Usage: costs DIR [ROUNDS [PROGRAM...]], as root.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#define FSCONFIG_STRING 1
#define FSCONFIG_FD	5
#define FSCONFIG_CREATE 6
#define FLAG_CLOEXEC	1
#define MOVE_EMPTY	0x44 /* MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH */
#define ALL_NS (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP)
#define NS	CLONE_NEWNS
#define MAX_STEPS  96
#define MAX_ROUNDS 2000

static char *program; /* for the steps that execute one */

#define MUST(x)                                                                                    \
	({                                                                                         \
		long r_ = (long)(x);                                                               \
		if (r_ < 0) {                                                                      \
			fprintf(stderr, "costs: line %d: %s: %s\n", __LINE__, #x, strerror(errno)); \
			_exit(99);                                                                 \
		}                                                                                  \
		r_;                                                                                \
	})

/* ---- the steps; they run in the child, in the scratch directory ---- */

static void nothing(void)
{
}

static void private_mount(void)
{
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

static void slave_mount(void)
{
	MUST(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
}

static void classic(const char *type, const char *at, const char *options)
{
	private_mount();
	MUST(mount(type, at, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, options));
}

/* A detached mount of a new file system, options as KEY, VALUE, ..., NULL. */
static int detached(const char *type, const char *const *options)
{
	int fs = MUST(syscall(SYS_fsopen, type, FLAG_CLOEXEC));

	for (; *options; options += 2)
		MUST(syscall(SYS_fsconfig, fs, FSCONFIG_STRING, options[0], options[1], 0));
	MUST(syscall(SYS_fsconfig, fs, FSCONFIG_CREATE, NULL, NULL, 0));
	return MUST(syscall(SYS_fsmount, fs, FLAG_CLOEXEC, 0xe));
}

static void attach(int mnt, const char *at)
{
	int target = MUST(open(at, O_PATH | O_CLOEXEC));

	MUST(syscall(SYS_move_mount, mnt, "", target, "", MOVE_EMPTY));
	close(target);
	close(mnt);
}

static const char *const no_options[] = { NULL };

static void tmpfs_classic(void) { classic("tmpfs", "t", "mode=755"); }
static void proc_classic(void) { classic("proc", "t", NULL); }
static void sysfs_classic(void) { classic("sysfs", "t", NULL); }
static void mqueue_classic(void) { classic("mqueue", "t", NULL); }
static void devpts_classic(void) { classic("devpts", "t", "newinstance,ptmxmode=0666,mode=0620"); }
static void cgroup2_classic(void) { classic("cgroup2", "t", NULL); }

static void modern(const char *type, const char *const *options)
{
	private_mount();
	attach(detached(type, options), "t");
}

static void tmpfs_modern(void)
{
	static const char *const options[] = { "mode", "755", NULL };

	modern("tmpfs", options);
}

static void proc_modern(void) { modern("proc", no_options); }
static void sysfs_modern(void) { modern("sysfs", no_options); }
static void mqueue_modern(void) { modern("mqueue", no_options); }

static void devpts_modern(void)
{
	static const char *const options[] = { "ptmxmode", "0666", "mode", "0620", NULL };

	modern("devpts", options);
}

static const struct { const char *name; unsigned minor_nr, major_nr; } nodes[] = {
	{ "null", 3, 1 }, { "zero", 5, 1 }, { "full", 7, 1 }, { "random", 8, 1 }, { "urandom", 9, 1 }, { "tty", 0, 5 },
};
#define N_NODES (sizeof(nodes) / sizeof(nodes[0]))

static void dev_mknod(void)
{
	umask(0);
	classic("tmpfs", "t", "mode=755");
	MUST(chdir("t"));
	for (size_t i = 0; i < N_NODES; i++)
		MUST(mknod(nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major_nr, nodes[i].minor_nr)));
}

static void dev_links(void)
{
	dev_mknod();
	MUST(symlink("/proc/self/fd", "fd"));
	MUST(symlink("/proc/self/fd/0", "stdin"));
	MUST(symlink("/proc/self/fd/1", "stdout"));
	MUST(symlink("/proc/self/fd/2", "stderr"));
	MUST(symlink("pts/ptmx", "ptmx"));
	MUST(mkdir("pts", 0755));
	MUST(mkdir("shm", 0755));
	MUST(mkdir("mqueue", 0755));
}

static void dev_bind(void)
{
	char source[32] = "";

	classic("tmpfs", "t", "mode=755");
	MUST(chdir("t"));
	for (size_t i = 0; i < N_NODES; i++) {
		close(MUST(open(nodes[i].name, O_CREAT | O_WRONLY | O_CLOEXEC, 0666)));
		snprintf(source, sizeof(source), "/dev/%s", nodes[i].name);
		MUST(mount(source, nodes[i].name, NULL, MS_BIND, NULL));
	}
}

static void overlay_strings(void)
{
	private_mount();
	MUST(mount("overlay", "t", "overlay", 0, "lowerdir=lower,upperdir=up/u,workdir=up/w"));
}

static void overlay_volatile_strings(void)
{
	private_mount();
	MUST(mount("overlay", "t", "overlay", 0, "lowerdir=lower,upperdir=up/u,workdir=up/w,volatile"));
	/* else the next mount is refused */
	MUST(unlink("up/w/work/incompat/volatile/dirty"));
	MUST(rmdir("up/w/work/incompat/volatile"));
	MUST(rmdir("up/w/work/incompat"));
}

static void overlay_readonly(void)
{
	private_mount();
	MUST(mount("overlay", "t", "overlay", MS_RDONLY, "lowerdir=lower:lower2"));
}

static void overlay_tmpfs_upper(void)
{
	private_mount();
	MUST(mount("tmpfs", "up", "tmpfs", 0, NULL));
	MUST(mkdir("up/u", 0755));
	MUST(mkdir("up/w", 0700));
	MUST(mount("overlay", "t", "overlay", 0, "lowerdir=lower,upperdir=up/u,workdir=up/w"));
}

static void overlay_modern(bool by_fd)
{
	int fs = MUST(syscall(SYS_fsopen, "overlay", FLAG_CLOEXEC));

	if (by_fd) {
		int lower = MUST(open("lower", O_PATH | O_CLOEXEC));
		int up = MUST(open("up/u", O_PATH | O_CLOEXEC));
		int work = MUST(open("up/w", O_PATH | O_CLOEXEC));

		MUST(syscall(SYS_fsconfig, fs, FSCONFIG_FD, "lowerdir+", NULL, lower));
		MUST(syscall(SYS_fsconfig, fs, FSCONFIG_FD, "upperdir", NULL, up));
		MUST(syscall(SYS_fsconfig, fs, FSCONFIG_FD, "workdir", NULL, work));
	} else {
		MUST(syscall(SYS_fsconfig, fs, FSCONFIG_STRING, "lowerdir", "lower", 0));
		MUST(syscall(SYS_fsconfig, fs, FSCONFIG_STRING, "upperdir", "up/u", 0));
		MUST(syscall(SYS_fsconfig, fs, FSCONFIG_STRING, "workdir", "up/w", 0));
	}
	MUST(syscall(SYS_fsconfig, fs, FSCONFIG_CREATE, NULL, NULL, 0));
	attach(MUST(syscall(SYS_fsmount, fs, FLAG_CLOEXEC, 0)), "t");
}

static void overlay_fsopen_strings(void)
{
	private_mount();
	overlay_modern(false);
}

static void overlay_fsopen_fds(void)
{
	private_mount();
	overlay_modern(true);
}

/* What comes before and after the overlay of a container: its two directories, made and removed. */
static void overlay_dirs(void)
{
	MUST(mkdir("c", 0700));
	MUST(mkdir("c/u", 0755));
	MUST(mkdir("c/w", 0700));
	MUST(mkdir("c/w/work", 0));
	MUST(rmdir("c/w/work"));
	MUST(rmdir("c/w"));
	MUST(rmdir("c/u"));
	MUST(rmdir("c"));
}

/* The life of a container's writable layer as a whole: made by the parent, mounted by the child, removed. */
static void layer_made(void)
{
	MUST(mkdir("c", 0700));
	MUST(mkdir("c/u", 0755));
	MUST(mkdir("c/w", 0700));
}

static void layer_removed(void)
{
	unlink("c/w/work/incompat/volatile/dirty");
	rmdir("c/w/work/incompat/volatile");
	rmdir("c/w/work/incompat");
	MUST(rmdir("c/w/work"));
	MUST(rmdir("c/w"));
	MUST(rmdir("c/u"));
	MUST(rmdir("c"));
}

static void layer_mount(const char *more)
{
	char options[256];

	(void)snprintf(options, sizeof(options), "lowerdir=lower,upperdir=c/u,workdir=c/w%s", more);
	private_mount();
	MUST(mount("overlay", "t", "overlay", 0, options));
}

static void layer_plain(void) { layer_mount(""); }
static void layer_volatile(void) { layer_mount(",volatile"); }
static void layer_null(void) { layer_mount(",volatile,uuid=null"); }
static void layer_lean(void)
{
	layer_mount(",volatile,uuid=null,xino=off,index=off,metacopy=off,redirect_dir=nofollow");
}
static void layer_user(void) { layer_mount(",volatile,userxattr,uuid=null"); }

static void layer_null_mkdir(void)
{
	layer_null();
	MUST(mkdir("t/a", 0755));
	MUST(rmdir("c/u/a")); /* as the parent would afterwards */
}

static void overlay_mkdir_in(void)
{
	overlay_strings();
	MUST(mkdir("t/a", 0755));
	MUST(rmdir("up/u/a")); /* behind its back: only so that the next round can repeat it */
}

static void bind_classic(void)
{
	private_mount();
	MUST(mount("lower", "t", NULL, MS_BIND, NULL));
}

static void bind_classic_nosuid(void)
{
	bind_classic();
	MUST(mount(NULL, "t", NULL, MS_BIND | MS_REMOUNT | MS_NODEV | MS_NOSUID, NULL));
}

static void bind_modern(void)
{
	struct { uint64_t set, clear, propagation, userns; } attr = { 0x6, 0, MS_PRIVATE, 0 };
	int tree = -1;

	private_mount();
	tree = MUST(syscall(SYS_open_tree, AT_FDCWD, "lower", 1 | O_CLOEXEC | 0x8000 /* recursive */));
	MUST(syscall(SYS_mount_setattr, tree, "", 0x1000 | 0x8000, &attr, sizeof(attr)));
	attach(tree, "t");
}

static void bind_modern_top(void)
{
	private_mount();
	attach(MUST(syscall(SYS_open_tree, AT_FDCWD, "lower", 1 | O_CLOEXEC)), "t");
}

static void pivot(void)
{
	bind_classic();
	MUST(chdir("t"));
	MUST(syscall(SYS_pivot_root, ".", "."));
	MUST(umount2(".", MNT_DETACH));
}

static void chroot_only(void)
{
	bind_classic();
	MUST(chdir("t"));
	MUST(chroot("."));
}

static void mask_ten(void)
{
	private_mount();
	for (int i = 0; i < 10; i++)
		MUST(mount("/dev/null", "file", NULL, MS_BIND, NULL));
}

static void read_only_five(void)
{
	private_mount();
	for (int i = 0; i < 5; i++) {
		MUST(mount("lower", "lower", NULL, MS_BIND | MS_REC, NULL));
		MUST(mount(NULL, "lower", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
	}
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int s = MUST(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	ifr.ifr_flags = IFF_UP;
	MUST(ioctl(s, SIOCSIFFLAGS, &ifr));
}

static void unshare_net(void)
{
	MUST(unshare(CLONE_NEWNET));
}

static void drop_bounding(void)
{
	for (unsigned long cap = 0; cap < 41; cap++)
		if (!(0xa80425fbul >> cap & 1))
			MUST(prctl(PR_CAPBSET_DROP, cap, 0, 0, 0));
}

static void seccomp_filter(void)
{
	struct sock_filter f[300];
	struct sock_fprog prog = { .len = 300, .filter = f };

	f[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
	for (int i = 1; i < 299; i++)
		f[i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1000u + (unsigned)i, 0, 0);
	f[299] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog));
}

static void file_written(bool synced)
{
	int fd = MUST(open("state.tmp", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));

	MUST(write(fd, "{\"a\":1}\n", 8));
	if (synced)
		MUST(fsync(fd));
	close(fd);
	MUST(rename("state.tmp", "state"));
}

static void record_plain(void) { file_written(false); MUST(unlink("state")); }
static void record_synced(void) { file_written(true); MUST(unlink("state")); }

static void three_files(void)
{
	static const char *const names[] = { "f1", "f2", "f3" };

	for (int i = 0; i < 3; i++) {
		int fd = MUST(open(names[i], O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644));

		MUST(write(fd, "127.0.0.1 localhost\n", 20));
		close(fd);
	}
	for (int i = 0; i < 3; i++)
		MUST(unlink(names[i]));
}

static void three_binds_of_files(void)
{
	private_mount();
	for (int i = 0; i < 3; i++) {
		int tree = MUST(syscall(SYS_open_tree, AT_FDCWD, "file", 1 | O_CLOEXEC));

		attach(tree, "file2");
	}
}

static void in_each_cgroup(const char *format, const char *value, bool make)
{
	static const char *const v1[] = { "cpu",     "cpuacct", "cpuset", "devices",
					  "freezer", "blkio",	"pids",	  "systemd" };
	char path[128] = "", procs[160];

	for (size_t i = 0; i < sizeof(v1) / sizeof(v1[0]); i++) {
		snprintf(path, sizeof(path), format, v1[i]);
		if (make) {
			int fd = -1;

			(void)mkdir(path, 0755);
			(void)snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
			fd = open(procs, O_WRONLY | O_CLOEXEC);
			(void)!write(fd, value, strlen(value));
			close(fd);
		} else {
			(void)rmdir(path);
		}
	}
}

static void cgroup_v1_one(void)
{
	int fd = -1;

	MUST(mkdir("/sys/fs/cgroup/freezer/berth-costs", 0755));
	fd = MUST(open("/sys/fs/cgroup/freezer/berth-costs/cgroup.procs", O_WRONLY | O_CLOEXEC));
	MUST(write(fd, "0", 1));
	fd = MUST(open("/sys/fs/cgroup/freezer/cgroup.procs", O_WRONLY | O_CLOEXEC));
	MUST(write(fd, "0", 1));
	MUST(rmdir("/sys/fs/cgroup/freezer/berth-costs"));
}

static void cgroup_v2_one(void)
{
	int fd = -1;

	MUST(mkdir("/sys/fs/cgroup/unified/berth-costs", 0755));
	fd = MUST(open("/sys/fs/cgroup/unified/berth-costs/cgroup.procs", O_WRONLY | O_CLOEXEC));
	MUST(write(fd, "0", 1));
	fd = MUST(open("/sys/fs/cgroup/unified/cgroup.procs", O_WRONLY | O_CLOEXEC));
	MUST(write(fd, "0", 1));
	MUST(rmdir("/sys/fs/cgroup/unified/berth-costs"));
}

static void cgroup_v2_dir(void)
{
	MUST(mkdir("/sys/fs/cgroup/unified/berth-costs", 0755));
	MUST(rmdir("/sys/fs/cgroup/unified/berth-costs"));
}

static void cgroup_v1_all(void)
{
	in_each_cgroup("/sys/fs/cgroup/%s/berth-costs", "0", true);
	in_each_cgroup("/sys/fs/cgroup/%s", "0", true);
	in_each_cgroup("/sys/fs/cgroup/%s/berth-costs", NULL, false);
}

static void touch_megabyte(void)
{
	volatile char *p = malloc(1 << 20);

	for (int i = 0; i < 1 << 20; i += 4096)
		p[i] = 1;
}

static void execute(void)
{
	MUST(execl(program, program, NULL));
}

/* ---- how they are timed ---- */

struct step {
	const char *name;
	unsigned long flags;
	void (*run)(void);
	const char *base; /* the step to subtract; NULL: shown as it is */
	bool vfork;
	char *program;
	void (*before)(void), (*after)(void); /* in the parent, timed too */
	double us[MAX_ROUNDS];
	double median;
};

#define LAYER .before = layer_made, .after = layer_removed

static struct step steps[MAX_STEPS] = {
	{ "fork, exit, wait (small static process)", 0, nothing, NULL },
	{ "clone CLONE_VM|CLONE_VFORK, exit, wait", 0, nothing, NULL, .vfork = true },
	{ "1 MiB of memory touched", 0, touch_megabyte, "fork" },
	{ "NEWUTS", CLONE_NEWUTS, nothing, "fork" },
	{ "NEWIPC", CLONE_NEWIPC, nothing, "fork" },
	{ "NEWPID", CLONE_NEWPID, nothing, "fork" },
	{ "NEWCGROUP", CLONE_NEWCGROUP, nothing, "fork" },
	{ "NEWNS", NS, nothing, "fork" },
	{ "NEWNET", CLONE_NEWNET, nothing, "fork" },
	{ "NEWNET by unshare in the child", 0, unshare_net, "fork" },
	{ "all six", ALL_NS, nothing, "fork" },
	{ "all but NEWNET", ALL_NS & ~CLONE_NEWNET, nothing, "fork" },
	{ "loopback up", CLONE_NEWNET, loopback_up, "NEWNET" },
	{ "private: mount --make-rprivate /", NS, private_mount, "NEWNS" },
	{ "mount --make-rslave /", NS, slave_mount, "NEWNS" },
	{ "tmpfs, mount(2)", NS, tmpfs_classic, "private" },
	{ "tmpfs, fsopen", NS, tmpfs_modern, "private" },
	{ "devpts, mount(2)", NS, devpts_classic, "private" },
	{ "devpts, fsopen", NS, devpts_modern, "private" },
	{ "cgroup2, mount(2)", NS, cgroup2_classic, "private" },
	{ "pidbase: NEWNS|NEWPID, private", NS | CLONE_NEWPID, private_mount, NULL },
	{ "proc, mount(2)", NS | CLONE_NEWPID, proc_classic, "pidbase" },
	{ "proc, fsopen", NS | CLONE_NEWPID, proc_modern, "pidbase" },
	{ "ipcbase: NEWNS|NEWIPC, private", NS | CLONE_NEWIPC, private_mount, NULL },
	{ "mqueue, mount(2)", NS | CLONE_NEWIPC, mqueue_classic, "ipcbase" },
	{ "mqueue, fsopen", NS | CLONE_NEWIPC, mqueue_modern, "ipcbase" },
	{ "netbase: NEWNS|NEWNET, private", NS | CLONE_NEWNET, private_mount, NULL },
	{ "sysfs, mount(2)", NS | CLONE_NEWNET, sysfs_classic, "netbase" },
	{ "sysfs, fsopen", NS | CLONE_NEWNET, sysfs_modern, "netbase" },
	{ "six nodes in the tmpfs by mknod", NS, dev_mknod, "tmpfs, mount(2)" },
	{ "six nodes by file and bind mount", NS, dev_bind, "tmpfs, mount(2)" },
	{ "six nodes, five links, three directories", NS, dev_links, "tmpfs, mount(2)" },
	{ "overlay, mount(2)", NS, overlay_strings, "private" },
	{ "overlay, mount(2), volatile", NS, overlay_volatile_strings, "private" },
	{ "overlay, fsopen, strings", NS, overlay_fsopen_strings, "private" },
	{ "overlay, fsopen, descriptors", NS, overlay_fsopen_fds, "private" },
	{ "overlay, read-only, two layers, no upper", NS, overlay_readonly, "private" },
	{ "overlay with tmpfs made for its upper", NS, overlay_tmpfs_upper, "private" },
	{ "four directories for upper/work, made and removed", 0, overlay_dirs, "fork" },
	{ "layer: 3 mkdir, overlay, removal", NS, layer_plain, "private", LAYER },
	{ "layer with volatile", NS, layer_volatile, "private", LAYER },
	{ "layer with volatile,uuid=null", NS, layer_null, "private", LAYER },
	{ "layer with volatile,uuid=null and all features off", NS, layer_lean, "private", LAYER },
	{ "layer with volatile,uuid=null,userxattr", NS, layer_user, "private", LAYER },
	{ "mkdir of a mount point in it, and its rmdir", NS, layer_null_mkdir, "layer with volatile,uuid=null", LAYER },
	{ "mkdir of a mount point in an overlay", NS, overlay_mkdir_in, "overlay, mount(2)" },
	{ "bind, mount(2)", NS, bind_classic, "private" },
	{ "bind + remount nosuid,nodev, mount(2)", NS, bind_classic_nosuid, "private" },
	{ "bind, open_tree recursive + mount_setattr + move_mount", NS, bind_modern, "private" },
	{ "bind, open_tree (one mount) + move_mount", NS, bind_modern_top, "private" },
	{ "three file binds, open_tree + move_mount", NS, three_binds_of_files, "private" },
	{ "ten masks by bind mount(2)", NS, mask_ten, "private" },
	{ "five read-only binds, bind + remount", NS, read_only_five, "private" },
	{ "pivot_root + umount2(MNT_DETACH)", NS, pivot, "bind, mount(2)" },
	{ "chroot instead", NS, chroot_only, "bind, mount(2)" },
	{ "27 PR_CAPBSET_DROP", 0, drop_bounding, "fork" },
	{ "seccomp filter of 300 instructions", 0, seccomp_filter, "fork" },
	{ "record: write + rename + unlink", 0, record_plain, "fork" },
	{ "record: write + fsync + rename + unlink", 0, record_synced, "fork" },
	{ "three small files made and removed", 0, three_files, "fork" },
	{ "v2 cgroup: mkdir + rmdir", 0, cgroup_v2_dir, "fork" },
	{ "v2 cgroup: mkdir, join, leave, rmdir", 0, cgroup_v2_one, "fork" },
	{ "one v1 cgroup (freezer): mkdir, join, leave, rmdir", 0, cgroup_v1_one, "fork" },
	{ "eight v1 cgroups: mkdir, join, leave, rmdir", 0, cgroup_v1_all, "fork" },
};

static double now_us(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int vfork_child(void *arg)
{
	((struct step *)arg)->run();
	_exit(0);
}

static pid_t start(struct step *s)
{
	static char stack[65536] __attribute__((aligned(16)));
	pid_t pid = 0;

	program = s->program;
	if (s->vfork)
		return clone(vfork_child, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | (int)s->flags | SIGCHLD, s);
	pid = (pid_t)syscall(SYS_clone, s->flags | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		s->run();
		_exit(0);
	}
	return pid;
}

static double timed(struct step *s)
{
	double t0 = now_us();
	int status = 0;
	pid_t pid = -1;

	if (s->before)
		s->before();
	pid = (pid_t)MUST(start(s));
	MUST(waitpid(pid, &status, 0));
	if (s->after)
		s->after();
	if (status) {
		fprintf(stderr, "costs: '%s' failed with status %x\n", s->name, status);
		exit(1);
	}
	return now_us() - t0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double base_of(const struct step *s)
{
	for (const struct step *b = steps; s->base && b->name; b++)
		if (!strncmp(b->name, s->base, strlen(s->base)))
			return b->median;
	return 0;
}

static void prepare(const char *dir)
{
	static const char *const dirs[] = { "t", "lower", "lower/a", "lower/etc", "lower2", "up", "up/u", "up/w" };

	MUST(chdir(dir));
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (mkdir(dirs[i], 0755) && errno != EEXIST)
			MUST(-1);
	(void)rmdir("lower/a");
	close(MUST(open("file", O_CREAT | O_WRONLY, 0644)));
	close(MUST(open("file2", O_CREAT | O_WRONLY, 0644)));
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 200;
	size_t n = 0;

	if (argc < 2 || rounds < 1 || rounds > MAX_ROUNDS) {
		fprintf(stderr, "usage: costs DIR [ROUNDS [PROGRAM...]]\n");
		return 2;
	}
	prepare(argv[1]);
	while (steps[n].name)
		n++;
	for (int i = 3; i < argc && n + 2 < MAX_STEPS; i++) {
		steps[n++] = (struct step){ .name = argv[i], .run = execute, .base = "fork", .program = argv[i] };
		steps[n++] = (struct step){ .name = argv[i], .run = execute,
					    .base = "clone CLONE_VM", .program = argv[i],
					    .vfork = true };
	}
	for (int r = -5; r < rounds; r++)
		for (size_t i = 0; i < n; i++) {
			double us = timed(&steps[(i + (size_t)(r + 5) * 11) % n]);

			if (r >= 0)
				steps[(i + (size_t)(r + 5) * 11) % n].us[r] = us;
		}
	for (size_t i = 0; i < n; i++) {
		qsort(steps[i].us, (size_t)rounds, sizeof(double), by_value);
		steps[i].median = steps[i].us[rounds / 2];
	}
	printf("| step | whole µs | minus base µs | base |\n|---|--:|--:|---|\n");
	for (const struct step *s = steps; s < steps + n; s++)
		printf("| %s%s%s | %.0f | %s%.0f | %s |\n", s->program ? "exec " : "", s->name,
		       s->program && s->vfork ? " by vfork" : "",
		       s->median, s->base ? "+" : "", s->median - base_of(s), s->base ? s->base : "");
	return 0;
}
