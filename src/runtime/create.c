/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a container: its record is built in a directory .<id>, which nobody takes for a container, and
 * renamed when it is whole. Whoever makes it holds its lock from the first moment, so that a half-made
 * one whose lock is free was left by a killed process. A record in RUN has its writable layer in
 * ROOT/containers/<id>, which means nothing to anybody until the record is there.
 */
#include "runtime/create.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/path.h"
#include "runtime/build.h"
#include "runtime/cgroups.h"
#include "runtime/destroy.h"
#include "runtime/event.h"
#include "runtime/names.h"
#include "runtime/profile.h"
#include "store/records.h"
#include "volume/volume.h"

#define HOST_FILE_LIMIT ((size_t)1 << 20)

static const char default_hosts[] = "127.0.0.1\tlocalhost\n"
				    "::1\tlocalhost ip6-localhost ip6-loopback\n"
				    "fe00::0\tip6-localnet\n"
				    "ff00::0\tip6-mcastprefix\n"
				    "ff02::1\tip6-allnodes\n"
				    "ff02::2\tip6-allrouters\n";

/* What has been made so far and goes again unless the container is published. */
struct pending {
	const struct store *s;
	int dir; /* owned; where the record is made */
	char hidden[ID_SIZE + 1];
	const char *id;
	bool layer_apart; /* ROOT/containers/<id> was made for the writable layer alone */
	char *name;	  /* owned; claimed */
	struct strv new_volumes;
};

static void pending_done(struct pending *p)
{
	if (p->hidden[0])
		(void)tree_remove(p->dir, p->hidden);
	if (p->layer_apart)
		(void)container_layer_remove(p->s, p->id);
	if (p->name)
		name_release(p->s, p->name, p->id);
	strv_for_each(i, &p->new_volumes)
		(void)volume_remove(p->s, p->new_volumes.v[i], false, NULL);
	free(p->name);
	strv_done(&p->new_volumes);
	fd_close(&p->dir);
}
DEFINE_AUTO(pending, struct pending, pending_done)

static int make_record_dir(struct pending *p, struct container *c, struct error *err)
{
	(void)memcpy(p->hidden + 1, c->id, ID_SIZE);
	p->hidden[0] = '.';
	if (mkdirat(p->dir, p->hidden, 0700) < 0)
		return error_set(err, errno, "cannot make the container's directory");
	c->dir_fd = dir_open(p->dir, p->hidden);
	if (c->dir_fd < 0)
		return error_set(err, c->dir_fd, "cannot open the container's directory");
	c->lock_fd = openat(c->dir_fd, "lock", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (c->lock_fd < 0)
		return error_set(err, errno, "cannot make the container's lock");
	return lock_take(c->lock_fd, true, true);
}

/* upper/ and work/ in @dir. umask is the user's: the root of the file system must be 0755 whatever it is. */
static int make_layer(int dir)
{
	if (mkdirat(dir, "upper", 0755) < 0 || fchmodat(dir, "upper", 0755, 0) < 0 ||
	    mkdirat(dir, "work", 0700) < 0)
		return -errno;
	return 0;
}

static int make_layer_apart(struct pending *p, struct error *err)
{
	auto_close int containers = containers_dir(p->s, err), dir = FD_NONE;
	int r;

	if (containers < 0)
		return containers;
	p->layer_apart = true;
	dir = dir_make_open(containers, p->id, 0700);
	r = dir < 0 ? dir : make_layer(dir);
	if (r == 0)
		r = record_link(p->s, dir, p->id);
	return r < 0 ? error_set(err, r, "cannot make the container's writable layer") : 0;
}

static int make_directories(struct pending *p, bool in_run, struct container *c,
			    struct error *err)
{
	int r = make_record_dir(p, c, err);

	if (r < 0 || in_run)
		return r < 0 ? r : make_layer_apart(p, err);
	r = make_layer(c->dir_fd);
	return r < 0 ? error_set(err, r, "cannot make the container's writable layer") : 0;
}

/* Before the record is written: it is the record that says whose an anonymous volume is. */
static int name_anonymous_volumes(struct container_config *c, struct error *err)
{
	for (size_t i = 0; i < c->mounts.n; i++) {
		struct mount_spec *m = &c->mounts.v[i];
		char id[ID_SIZE];

		if (m->type != MOUNT_VOLUME || m->source)
			continue;
		m->flags |= MOUNT_ANONYMOUS;
		m->source = id_random(id) == 0 ? strdup(id) : NULL;
		if (!m->source)
			return error_set(err, ENOMEM, "cannot name a volume");
	}
	return 0;
}

/* What is known of the mount only when its volume is: the driver, and what the volume's options ask for. */
static int follow_volume(const struct volume *v, struct mount_spec *m, bool *changed)
{
	struct volume_wishes wishes;
	unsigned before = m->flags;

	volume_wishes(v, &wishes);
	if (wishes.nocopy && !(m->flags & MOUNT_COPY))
		m->flags |= MOUNT_NOCOPY;
	if (wishes.owned && !(m->flags & MOUNT_IDMAP))
		m->flags |= MOUNT_OWNED;
	*changed |= m->flags != before;
	if (STREQ(v->driver, "local"))
		return 0;
	*changed = true;
	free(m->driver);
	m->driver = strdup(v->driver);
	return m->driver ? 0 : -ENOMEM;
}

/* One volume as the specification wants it: found, or made. */
static int ensure_volume(struct pending *p, struct mount_spec *m, bool *changed, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	struct volume_request req = {
		.name = m->source, .driver = m->driver, .labels = &m->labels,
		.options = &m->driver_opts, .anonymous = m->flags & MOUNT_ANONYMOUS,
	};
	bool made = false;
	int r = -ENOENT;

	if (!req.anonymous && !m->driver && m->driver_opts.n == 0)
		r = volume_open(p->s, m->source, &v, err);
	if (r == -ENOENT && (m->flags & MOUNT_NOCREATE))
		return r;
	if (r == -ENOENT)
		r = volume_create(p->s, &req, &v, &made, err);
	if (r == 0 && made)
		r = strv_add(&p->new_volumes, v.name);
	return r == 0 ? follow_volume(&v, m, changed) : r;
}

/* The volume that keeps what is written to a view: of the driver that remembers what it is a view of. */
static int ensure_kept(struct pending *p, const struct mount_spec *m, struct error *err)
{
	auto_free char *lower = str_format("lower=%s%s", m->type == MOUNT_VOLUME ? "volume:" : "",
					   m->source);
	auto_strv struct strv options = STRV_INIT;
	auto_volume struct volume v = VOLUME_INIT;
	struct volume_request req = { .name = m->keep, .driver = "view", .options = &options };
	bool made = false;
	int r = lower ? strv_add(&options, lower) : -ENOMEM;

	r = r < 0 ? error_set(err, r, "cannot keep a view") : volume_create(p->s, &req, &v, &made, err);
	return r == 0 && made ? strv_add(&p->new_volumes, v.name) : r;
}

static int ensure_volumes(struct pending *p, struct container_config *c, bool *changed,
			  struct error *err)
{
	for (size_t i = 0; i < c->mounts.n; i++) {
		struct mount_spec *m = &c->mounts.v[i];
		int r = m->type == MOUNT_VOLUME ? ensure_volume(p, m, changed, err) : 0;

		if (r == 0 && m->keep)
			r = ensure_kept(p, m, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A copy of a file of the host's, or @otherwise where the host has none, with what the settings change. */
static int copy_host_file(const struct container *c, const char *path, const char *name,
			  const char *otherwise, int (*adapt)(const struct settings *, struct buf *))
{
	auto_buf struct buf text = { .limit = HOST_FILE_LIMIT };
	auto_close int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : FD_NONE;
	int r = fd < 0 ? 0 : fd_read_all(fd, &text);

	if (r == 0 && fd < 0)
		buf_adds(&text, otherwise);
	if (r == 0)
		r = adapt(&c->config.settings, &text);
	return r == 0 ? file_write_at(c->dir_fd, name, buf_str(&text), text.len, 0644) : r;
}

static int write_etc_files(const struct container *c)
{
	auto_free char *hostname = str_format("%s\n", c->config.hostname);
	int r = hostname ? file_write_at(c->dir_fd, "hostname", hostname, strlen(hostname), 0644)
			 : -ENOMEM;

	if (r == 0)
		r = copy_host_file(c, "/etc/resolv.conf", "resolv.conf", "", settings_resolv_conf);
	if (r < 0)
		return r;
	return copy_host_file(c, c->config.network == NETWORK_HOST ? "/etc/hosts" : NULL, "hosts", default_hosts,
			      settings_hosts);
}

/*
 * The file's time is what containers are listed by (container_ids()). Left to the kernel it is that of the
 * last timer tick, the same for several containers made in a row.
 */
static int write_record(const struct container *c)
{
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	int r;

	container_config_write(&c->config, &w);
	if (buf_failed(&out))
		return -ENOMEM;
	r = file_write_at(c->dir_fd, "config.json", buf_str(&out), out.len, 0600);
	if (r == 0 && (clock_gettime(CLOCK_REALTIME, &times[1]) < 0 ||
		       utimensat(c->dir_fd, "config.json", times, AT_SYMLINK_NOFOLLOW) < 0))
		r = -errno;
	return r;
}

static int fill_record(const struct store *s, const struct container *c, struct error *err)
{
	const struct confinement *cf = &c->config.confinement;
	int r = write_etc_files(c);

	if (r == 0)
		r = write_record(c);
	if (r < 0)
		return error_set(err, r, "cannot write the container's record");
	return cf->filter == FILTER_OWN ? profile_store(s, cf->profile, cf->caps, c->dir_fd, err) : 0;
}

static int write_cidfile(const char *path, const char *id, struct error *err)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int r;

	if (fd < 0 && errno == EEXIST) {
		(void)error_msg(err, EEXIST, "container ID file found, make sure the other container "
				"isn't running or delete %s", path);
		return error_hint(err, -EEXIST, "rm %s", path);
	}
	if (fd < 0)
		return error_set(err, errno, "cannot make the container ID file '%s'", path);
	r = fd_write_all(fd, id, strlen(id));
	return r < 0 ? error_set(err, r, "cannot write '%s'", path) : 0;
}

/* "ro", "rw", "z" or "Z", or one of the first two and one of the others. */
static int inherited_mode(const char *mode, bool *ret_read_only, struct error *err)
{
	unsigned access = 0, label = 0;

	for (const char *p = mode; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
		size_t n = strcspn(p, ",");
		bool ro = n == 2 && strncmp(p, "ro", 2) == 0;

		access += ro || (n == 2 && strncmp(p, "rw", 2) == 0);
		label += n == 1 && (*p == 'z' || *p == 'Z');
		*ret_read_only |= ro;
		if (!ro && !(n == 2 && strncmp(p, "rw", 2) == 0) && !(n == 1 && strchr("zZ", *p)))
			access = 2;
	}
	return access <= 1 && label <= 1
		       ? 0
		       : error_msg(err, EINVAL, "invalid mode for --volumes-from: %s", mode);
}

/* The mounts of the containers named by --volumes-from, their modes narrowed by ":ro". */
static int inherit_from(const struct store *s, const char *arg, struct mount_specs *ret,
			struct error *err)
{
	auto_container struct container from = CONTAINER_INIT;
	auto_free char *what = strndup(arg, strcspn(arg, ":"));
	const char *mode = strchr(arg, ':');
	bool read_only = false;
	int r;

	r = mode ? inherited_mode(mode + 1, &read_only, err) : 0;
	if (r < 0)
		return r;
	r = what ? container_open(s, what, &from, err) : -ENOMEM;
	for (size_t i = 0; r == 0 && i < from.config.mounts.n; i++) {
		struct mount_spec *m = &from.config.mounts.v[i];

		if ((m->type != MOUNT_BIND && m->type != MOUNT_VOLUME) ||
		    mount_spec_find(ret, m->target))
			continue;
		if (read_only)
			m->flags = (m->flags & ~(unsigned)MOUNT_RW) | MOUNT_RO;
		/* It is the other container's: it goes with that one, and was filled for it. */
		m->flags = (m->flags & ~(unsigned)MOUNT_ANONYMOUS) | MOUNT_NOCOPY;
		r = mount_specs_take(ret, m);
	}
	return r < 0 ? error_prefix(err, r, "--volumes-from '%s'", arg) : 0;
}

/* The layers of the images that are to be mounted, from here on needed by this container. */
static int find_images(const struct store *s, struct mount_specs *mounts, struct error *err)
{
	for (size_t i = 0; i < mounts->n; i++) {
		struct mount_spec *m = &mounts->v[i];
		auto_image struct image img = IMAGE_INIT;
		int r;

		if (m->type != MOUNT_IMAGE)
			continue;
		r = image_open(s, m->source, &img, err);
		if (r == 0 && strv_copy(&m->layers, img.layers.v) < 0)
			r = error_set(err, ENOMEM, "cannot list the layers of '%s'", m->source);
		if (r < 0)
			return error_prefix(err, r, "cannot mount image '%s'", m->source);
	}
	return 0;
}

static int check_request(const struct run_request *req, struct error *err)
{
	int r = mount_specs_check(&req->mounts, err);

	if (r == 0 && req->name)
		r = name_check(req->name, err);
	if (r == 0)
		r = confinement_check(&req->confinement, err);
	if (r == 0 && req->hostname && (strlen(req->hostname) > 63 || !*req->hostname))
		r = error_msg(err, EINVAL, "invalid hostname '%s': 1 to 63 characters", req->hostname);
	return r;
}

static int build_config(const struct store *s, const struct run_request *req, struct container *c,
			struct error *err)
{
	auto_mount_specs struct mount_specs inherited = MOUNT_SPECS_INIT;
	auto_image struct image img = IMAGE_INIT;
	char host[65] = "";
	struct build_input in = {
		.req = req, .inherited = &inherited, .id = c->id, .host_hostname = host,
	};
	int r = 0;

	(void)gethostname(host, sizeof(host) - 1);
	if (!req->rootfs) {
		r = image_open(s, req->image, &img, err);
		in.image = &img;
	}
	for (size_t i = 0; r == 0 && i < req->volumes_from.n; i++)
		r = inherit_from(s, req->volumes_from.v[i], &inherited, err);
	if (r == 0)
		r = container_config_build(&in, &c->config, err);
	if (r == 0)
		r = find_images(s, &c->config.mounts, err);
	if (r == 0 && req->rootfs) {
		c->config.rootfs = path_absolute(req->rootfs);
		if (!c->config.rootfs || access(c->config.rootfs, F_OK) < 0)
			r = error_set(err, errno, "cannot use the root file system '%s'", req->rootfs);
	}
	return r;
}

/* Begin @c: its id, and the directory that its record is to be in. */
static int begin(const struct store *s, bool in_run, struct container *c, struct pending *p,
		 struct error *err)
{
	int r = id_random(c->id);

	if (r < 0)
		return error_set(err, r, "cannot make an id");
	p->id = c->id;
	c->path = str_format("%s/containers/%s", in_run ? s->state : s->root, c->id);
	if (!c->path)
		return error_set(err, ENOMEM, "cannot make a container");
	p->dir = in_run ? record_run_dir(s, "containers", err) : containers_dir(s, err);
	return p->dir < 0 ? p->dir : 0;
}

/* Fill the hidden record, make its volumes, and give it its name. */
static int publish(const struct store *s, const struct run_request *req, struct container *c,
		   struct pending *p, struct error *err)
{
	bool changed = false;
	int r;

	c->config.name = strdup(p->name);
	r = c->config.name ? name_anonymous_volumes(&c->config, err)
			   : error_set(err, ENOMEM, "cannot make a container");
	if (r == 0)
		r = fill_record(s, c, err);
	if (r == 0)
		r = ensure_volumes(p, &c->config, &changed, err);
	if (r == 0 && changed && write_record(c) < 0)
		r = error_set(err, EIO, "cannot write the container's record");
	if (r == 0 && req->cidfile)
		r = write_cidfile(req->cidfile, c->id, err);
	if (r == 0 && renameat(p->dir, p->hidden, p->dir, c->id) < 0)
		r = error_set(err, errno, "cannot publish the container's directory");
	return r;
}

int container_make(const struct store *s, const struct run_request *req, bool in_run,
		   struct container *ret, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_clean(pending) struct pending p = { .s = s, .dir = FD_NONE };
	auto_close int lock = FD_NONE;
	int r = check_request(req, err);

	if (r == 0)
		r = begin(s, in_run, &c, &p, err);
	if (r < 0)
		return r;
	/* From looking the image up until the record that refers to it is there, nothing is collected. */
	lock = store_lock(s, false, err);
	r = lock < 0 ? lock : build_config(s, req, &c, err);
	if (r == 0)
		r = make_directories(&p, in_run, &c, err);
	if (r == 0)
		r = name_claim(s, req->name, c.id, in_run, &p.name, err);
	if (r < 0 || !p.name)
		return r;
	r = publish(s, req, &c, &p, err);
	if (r < 0) {
		fd_close(&lock);
		return r;
	}
	free(take_ptr(p.name));
	strv_done(&p.new_volumes);
	p.hidden[0] = '\0';
	p.layer_apart = false;
	*ret = c;
	c = CONTAINER_INIT;
	return 0;
}

int container_create(const struct store *s, const struct run_request *req, char ret_id[ID_SIZE],
		     struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	int r = container_cgroup_check(&req->limits, err);

	if (r == 0)
		r = container_make(s, req, false, &c, err);
	if (r < 0)
		return r;
	memcpy(ret_id, c.id, ID_SIZE);
	container_event(s, &c, "create", NULL);
	return 0;
}
