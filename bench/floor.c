/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor: the least work that gives a command what `berth run --rm -v HOST:TARGET` gives it. Namespaces
 * (mount, PID, IPC, UTS, network, cgroup), an overlay with a fresh upper layer, a bind volume, /proc, /dev
 * with its nodes, pts, shm and mqueue, /sys, pivot_root, exec, wait, remove the upper layer. No checks of
 * what can't be wrong in the benchmark, no capabilities, no records: nothing real may leave those out.
 *
 * Usage: floor LAYERS STATE HOST TARGET COMMAND [ARG...]      LAYERS: lowerdir= as overlayfs wants it
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif

#define NAMESPACES                                                                                 \
	(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP)
#define NO_ALL (MS_NOSUID | MS_NODEV | MS_NOEXEC)

struct job {
	const char *layers, *host, *target;
	char **command;
	char dir[256]; /* u, w and m of this container are in it */
};

static void die(const char *what)
{
	dprintf(2, "floor: %s: %s\n", what, strerror(errno));
	_exit(125);
}

static void make_mount(const char *type, const char *target, unsigned long flags, const char *options)
{
	if (mount(type, target, type, flags, options))
		die(target);
}

static void make_root(const struct job *j)
{
	char options[4096] = "";

	if (chdir(j->dir) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die(j->dir);
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=u,workdir=w,volatile", j->layers);
	make_mount("overlay", "m", 0, options);
	if (chdir("m"))
		die("m");
}

static void make_volume(const struct job *j)
{
	const char *target = j->target + 1; /* within the root, where we are */

	if (mkdir(target, 0755) && errno != EEXIST)
		die(target);
	if (mount(j->host, target, NULL, MS_BIND | MS_REC, NULL))
		die(target);
}

static void make_dev(void)
{
	static const struct {
		const char *name;
		unsigned major_nr, minor_nr;
	} nodes[] = {
		{ "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 },
		{ "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
	};
	static const char *const links[][2] = {
		{ "/proc/self/fd", "fd" }, { "/proc/self/fd/0", "stdin" },
		{ "/proc/self/fd/1", "stdout" }, { "/proc/self/fd/2", "stderr" },
		{ "pts/ptmx", "ptmx" },
	};

	make_mount("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=64k");
	if (chdir("dev"))
		die("dev");
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		if (mknod(nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major_nr, nodes[i].minor_nr)))
			die(nodes[i].name);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlink(links[i][0], links[i][1]))
			die(links[i][1]);
	if (mkdir("pts", 0755) || mkdir("shm", 01777) || mkdir("mqueue", 01777))
		die("directories of dev");
	make_mount("devpts", "pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620");
	make_mount("tmpfs", "shm", NO_ALL, "mode=1777,size=64m");
	make_mount("mqueue", "mqueue", NO_ALL, NULL);
	if (chdir(".."))
		die("..");
}

static int container(void *arg)
{
	const struct job *j = arg;

	umask(0);
	make_root(j);
	make_volume(j);
	make_mount("proc", "proc", NO_ALL, NULL);
	make_dev();
	make_mount("sysfs", "sys", NO_ALL | MS_RDONLY, NULL);
	if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
		die("pivot_root");
	execv(j->command[0], j->command);
	die(j->command[0]);
	return 125;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

/* What a command that wrote nothing leaves, by name; a walk only if there is more. */
static void remove_state(const struct job *j)
{
	if (chdir(j->dir))
		die(j->dir);
	unlink("w/work/incompat/volatile/dirty");
	rmdir("w/work/incompat/volatile");
	rmdir("w/work/incompat");
	rmdir("w/work");
	rmdir("w");
	rmdir("m");
	if (!chdir("u")) {
		rmdir(j->target + 1);
		if (chdir(".."))
			die("..");
	}
	if (rmdir("u") && nftw("u", remove_one, 16, FTW_DEPTH | FTW_PHYS))
		die("u");
	if (rmdir(j->dir))
		die(j->dir);
}

int main(int argc, char **argv)
{
	static char stack[16384] __attribute__((aligned(16)));
	struct job j = { 0 };
	int status = 0;
	pid_t pid = -1;

	if (argc < 6) {
		dprintf(2, "usage: floor LAYERS STATE HOST TARGET COMMAND [ARG...]\n");
		return 125;
	}
	j = (struct job){ .layers = argv[1], .host = argv[3], .target = argv[4], .command = argv + 5 };
	snprintf(j.dir, sizeof(j.dir), "%s/%d", argv[2], (int)getpid());
	if (mkdir(j.dir, 0700) || chdir(j.dir) || mkdir("u", 0755) || mkdir("w", 0700) || mkdir("m", 0755))
		die(j.dir);
	/* the child borrows our memory and we wait until it executes: no page is copied */
	pid = clone(container, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | NAMESPACES | SIGCHLD, &j);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("clone");
	remove_state(&j);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
