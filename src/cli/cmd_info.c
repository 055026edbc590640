/* SPDX-License-Identifier: Apache-2.0 */
/* berth version, berth info */
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "base/jsonw.h"
#include "base/timefmt.h"
#include "cli/commands.h"
#include "cli/containers.h"
#include "cli/machine.h"
#include "runtime/container.h"
#include "store/catalog.h"
#include "template/backends.h"

struct version_options {
	const char *format;
};

#define S struct version_options

static const struct opt version_table[] = {
	OPT_STRING("format", 'f', S, format, "TEMPLATE",
		   "How to print: 'json' or a TEMPLATE such as '{{.ServerVersion}}'"),
	OPT_END
};

/* There is no daemon, so client and server are the same program; scripts ask for either. */
static void version_json(struct buf *out)
{
	static const char *const sides[] = { "Client", "Server" };
	struct jsonw w = JSONW_INIT(out, 0);
	struct utsname u;

	(void)uname(&u);
	jsonw_object(&w, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		jsonw_object(&w, sides[i]);
		jsonw_str(&w, "Version", BERTH_VERSION);
		jsonw_str(&w, "Os", "linux");
		jsonw_str(&w, "Arch", machine_arch());
		jsonw_str(&w, "KernelVersion", u.release);
		jsonw_end(&w);
	}
	jsonw_end(&w);
}

static int version(struct cli *cli, char **argv, struct error *err)
{
	static const char text[] = "berth\n"
				   " Version:   {{.Client.Version}}\n"
				   " OS/Arch:   {{.Client.Os}}/{{.Client.Arch}}\n"
				   " Kernel:    {{.Client.KernelVersion}}";
	struct version_options o = { 0 };
	auto_buf struct buf doc = BUF_INIT;
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	version_json(&doc);
	return print_document(cli, &doc, o.format, text, err);
}

struct counts {
	uint64_t all, running, paused, images;
};

static int count_all(const struct store *s, struct counts *n, struct error *err)
{
	auto_strv struct strv ids = STRV_INIT;
	struct image_usage images = { 0 };
	int r = catalog_usage(s, &images, err);

	if (r == 0)
		r = container_ids(s, &ids, err);
	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		auto_json struct json *c = NULL;

		if (container_document(s, ids.v[i], &c, NULL) < 0)
			continue;
		n->all++;
		n->running += json_bool(json_get(json_get(c, "State"), "Running"), false);
		n->paused += json_bool(json_get(json_get(c, "State"), "Paused"), false);
	}
	n->images = images.count;
	return r;
}

static const char *cgroup_version(void)
{
	return access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0 ? "2" : "1";
}

static void machine_json(struct jsonw *w)
{
	struct sysinfo si = { 0 };
	struct utsname u;
	char size[TIME_TEXT_MAX];
	uint64_t memory;

	(void)sysinfo(&si);
	(void)uname(&u);
	memory = (uint64_t)si.totalram * si.mem_unit;
	jsonw_str(w, "Driver", "overlay2");
	jsonw_str(w, "CgroupVersion", cgroup_version());
	jsonw_str(w, "CgroupDriver", "cgroupfs");
	jsonw_str(w, "KernelVersion", u.release);
	jsonw_str(w, "OSType", "linux");
	jsonw_str(w, "Architecture", u.machine);
	jsonw_int(w, "NCPU", sysconf(_SC_NPROCESSORS_ONLN));
	jsonw_uint(w, "MemTotal", memory);
	jsonw_str(w, "MemText", size_format(size, memory));
	jsonw_str(w, "Name", u.nodename);
	jsonw_str(w, "ServerVersion", BERTH_VERSION);
}

/* By what templates can be mounted here, and for what can't be, how to get it. */
static void backends_json(struct jsonw *w)
{
	static const enum mount_backend all[] = { BACKEND_LOOP, BACKEND_NBD, BACKEND_FUSE };
	auto_buf struct buf text = BUF_INIT;

	jsonw_object(w, "TemplateBackends");
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct error err = ERROR_INIT;
		bool there = backend_check(all[i], &err) == 0;

		jsonw_str(w, backend_name(all[i]), there ? "available" : err.hint[0] ? err.hint : err.msg);
		if (there)
			buf_addf(&text, " %s", backend_name(all[i]));
	}
	jsonw_end(w);
	jsonw_str(w, "TemplateBackendsText", text.len ? buf_str(&text) + 1 : "none");
}

static int info(struct cli *cli, char **argv, struct error *err)
{
	static const char text[] = "Containers: {{.Containers}}\n"
				   " Running: {{.ContainersRunning}}\n"
				   " Paused: {{.ContainersPaused}}\n"
				   " Stopped: {{.ContainersStopped}}\n"
				   "Images: {{.Images}}\n"
				   "Server Version: {{.ServerVersion}}\n"
				   "Storage Driver: {{.Driver}}\n"
				   "Cgroup Version: {{.CgroupVersion}}\n"
				   "Kernel Version: {{.KernelVersion}}\n"
				   "OSType: {{.OSType}}\n"
				   "Architecture: {{.Architecture}}\n"
				   "CPUs: {{.NCPU}}\n"
				   "Total Memory: {{.MemText}}\n"
				   "Name: {{.Name}}\n"
				   "Template Back Ends: {{.TemplateBackendsText}}\n"
				   "Root Dir: {{.DockerRootDir}}\n"
				   "Run Dir: {{.RunDir}}";
	auto_buf struct buf doc = BUF_INIT;
	struct version_options o = { 0 };
	struct jsonw w = JSONW_INIT(&doc, 0);
	struct counts n = { 0 };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	if (r == 0)
		r = count_all(s, &n, err);
	if (r < 0)
		return r;
	jsonw_object(&w, NULL);
	jsonw_uint(&w, "Containers", n.all);
	jsonw_uint(&w, "ContainersRunning", n.running - n.paused);
	jsonw_uint(&w, "ContainersPaused", n.paused);
	jsonw_uint(&w, "ContainersStopped", n.all - n.running);
	jsonw_uint(&w, "Images", n.images);
	machine_json(&w);
	backends_json(&w);
	jsonw_str(&w, "DockerRootDir", s->root);
	jsonw_str(&w, "RunDir", s->run);
	jsonw_end(&w);
	return print_document(cli, &doc, o.format, text, err);
}

const struct command cmd_info = {
	.synopsis = "[OPTIONS]",
	.summary = "Show what berth keeps and the machine it runs on",
	.opts = version_table,
	.run = info,
};

const struct command cmd_version = {
	.synopsis = "[OPTIONS]",
	.summary = "Show the version of berth",
	.opts = version_table,
	.run = version,
};
