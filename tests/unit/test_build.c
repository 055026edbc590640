/* SPDX-License-Identifier: Apache-2.0 */
/* docker's rules for what a container takes from its image and what from the command line. */
#include "runtime/build.h"

#include <errno.h>
#include <string.h>

#include "tap.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void add(struct strv *v, const char *a, const char *b)
{
	OK(strv_add(v, a) == 0);
	if (b)
		OK(strv_add(v, b) == 0);
}

/* ENTRYPOINT ["/entry", "-x"], CMD ["cmd", "arg"], some environment and a volume. */
static void fill_image(struct image *img)
{
	memcpy(img->id, ID, sizeof(ID));
	add(&img->config.entrypoint, "/entry", "-x");
	add(&img->config.cmd, "cmd", "arg");
	add(&img->config.env, "PATH=/image", "A=image");
	add(&img->config.labels, "l=image", NULL);
	add(&img->config.volumes, "/data/", NULL);
	img->config.user = strdup("alice");
	img->config.working_dir = strdup("/work");
}

static int build(const struct run_request *req, const struct image *img, struct container_config *c,
		 struct error *err)
{
	struct build_input in = { .req = req, .image = img, .id = ID, .host_hostname = "host" };

	return container_config_build(&in, c, err);
}

static void image_alone(void)
{
	auto_run_request struct run_request req = RUN_REQUEST_INIT;
	auto_container_config struct container_config c = CONTAINER_CONFIG_INIT;
	auto_image struct image img = IMAGE_INIT;

	fill_image(&img);
	EQ_INT(build(&req, &img, &c, NULL), 0);
	EQ_INT(c.argv.n, 4);
	EQ_STR(c.argv.v[0], "/entry");
	EQ_STR(c.argv.v[3], "arg");
	EQ_STR(c.user, "alice");
	EQ_STR(c.workdir, "/work");
	EQ_STR(c.hostname, "0123456789ab");
	EQ_INT(c.stop_timeout, 10);
	EQ_INT(c.mounts.n, 1);
	EQ_STR(c.mounts.v[0].target, "/data");
	OK(c.mounts.v[0].flags & MOUNT_FROM_IMAGE);
}

static void command_replaces_cmd(void)
{
	auto_run_request struct run_request req = RUN_REQUEST_INIT;
	auto_container_config struct container_config c = CONTAINER_CONFIG_INIT;
	auto_image struct image img = IMAGE_INIT;

	fill_image(&img);
	add(&req.command, "mine", NULL);
	EQ_INT(build(&req, &img, &c, NULL), 0);
	EQ_INT(c.argv.n, 3);
	EQ_STR(c.argv.v[2], "mine");
}

static void entrypoint_drops_cmd(void)
{
	auto_run_request struct run_request req = RUN_REQUEST_INIT;
	auto_container_config struct container_config c = CONTAINER_CONFIG_INIT;
	auto_image struct image img = IMAGE_INIT;

	fill_image(&img);
	req.has_entrypoint = true;
	req.entrypoint = "/mine";
	EQ_INT(build(&req, &img, &c, NULL), 0);
	EQ_INT(c.argv.n, 1);
	EQ_STR(c.argv.v[0], "/mine");
}

static void empty_entrypoint_needs_a_command(void)
{
	auto_run_request struct run_request req = RUN_REQUEST_INIT;
	auto_container_config struct container_config c = CONTAINER_CONFIG_INIT;
	auto_image struct image img = IMAGE_INIT;
	struct error err = ERROR_INIT;

	fill_image(&img);
	req.has_entrypoint = true;
	req.entrypoint = "";
	EQ_INT(build(&req, &img, &c, &err), -EINVAL);
	EQ_STR(err.msg, "no command specified");
	add(&req.command, "sh", NULL);
	EQ_INT(build(&req, &img, &c, NULL), 0);
	EQ_INT(c.argv.n, 1);
}

static void environment(void)
{
	auto_run_request struct run_request req = RUN_REQUEST_INIT;
	auto_container_config struct container_config c = CONTAINER_CONFIG_INIT;
	auto_image struct image img = IMAGE_INIT;
	auto_strv struct strv env = STRV_INIT;

	fill_image(&img);
	add(&req.env, "B=2", "B=3");
	add(&req.env_unset, "A", NULL);
	EQ_INT(build(&req, &img, &c, NULL), 0);
	EQ_INT(container_environment(&c, false, "/home/alice", &env), 0);
	EQ_STR(strv_get_env(&env, "PATH"), "/image");
	EQ_STR(strv_get_env(&env, "B"), "3");
	EQ_STR(strv_get_env(&env, "HOME"), "/home/alice");
	EQ_STR(strv_get_env(&env, "HOSTNAME"), "0123456789ab");
	OK(strv_get_env(&env, "A") == NULL);
	OK(strv_get_env(&env, "TERM") == NULL);
	EQ_INT(container_environment(&c, true, "/home/alice", &env), 0);
	EQ_STR(strv_get_env(&env, "TERM"), "xterm");
}

static void users_mount_wins_over_image_volume(void)
{
	auto_run_request struct run_request req = RUN_REQUEST_INIT;
	auto_container_config struct container_config c = CONTAINER_CONFIG_INIT;
	auto_image struct image img = IMAGE_INIT;

	fill_image(&img);
	OK(mount_parse_volume("/host:/data", &req.mounts, NULL) == 0);
	EQ_INT(build(&req, &img, &c, NULL), 0);
	EQ_INT(c.mounts.n, 1);
	EQ_INT(c.mounts.v[0].type, MOUNT_BIND);
}

static void bad_requests(void)
{
	auto_run_request struct run_request req = RUN_REQUEST_INIT;
	auto_container_config struct container_config c = CONTAINER_CONFIG_INIT;
	auto_image struct image img = IMAGE_INIT;

	fill_image(&img);
	req.workdir = "relative";
	EQ_INT(build(&req, &img, &c, NULL), -EINVAL);
	req.workdir = NULL;
	/* CVE-2022-23648 and a hang of podman 4.3: a volume that leads out of the root, or is it. */
	add(&img.config.volumes, "/../..", NULL);
	EQ_INT(build(&req, &img, &c, NULL), -EINVAL);
}

static void record_comes_back(void)
{
	auto_run_request struct run_request req = RUN_REQUEST_INIT;
	auto_container_config struct container_config c = CONTAINER_CONFIG_INIT,
							   back = CONTAINER_CONFIG_INIT;
	auto_image struct image img = IMAGE_INIT;
	auto_buf struct buf first = BUF_INIT, second = BUF_INIT;
	struct jsonw w1 = JSONW_INIT(&first, 0), w2 = JSONW_INIT(&second, 0);
	auto_json struct json *j = NULL;

	fill_image(&img);
	add(&img.layers, ID, NULL);
	add(&img.config.ports, "80/tcp", NULL);
	req.tty = req.read_only = req.remove = true;
	req.network = NETWORK_HOST;
	OK(mount_parse_volume("vol:/v:ro,nocopy", &req.mounts, NULL) == 0);
	OK(mount_parse_mount("type=bind,src=/a,dst=/b,bind-propagation=rslave", &req.mounts, NULL) == 0);
	OK(mount_parse_tmpfs("/t:size=1m,mode=700", &req.mounts, NULL) == 0);
	EQ_INT(build(&req, &img, &c, NULL), 0);
	c.name = strdup("some_name");
	container_config_write(&c, &w1);
	EQ_INT(json_parse(buf_str(&first), first.len, &j, NULL), 0);
	EQ_INT(container_config_read(j, &back, NULL), 0);
	container_config_write(&back, &w2);
	EQ_STR(buf_str(&second), buf_str(&first));
}

static void refuses_bad_records(void)
{
	static const char *const bad[] = {
		"{}", "[]", "{\"Id\": \"../../x\"}", "{\"Id\": \"" ID "\"}",
		"{\"Id\": \"" ID "\", \"Name\": \"n\", \"Created\": \"c\", \"Mounts\": [{}]}",
		"{\"Id\": \"" ID "\", \"Name\": \"n\", \"Created\": \"c\", \"Argv\": [1]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_container_config struct container_config c = CONTAINER_CONFIG_INIT;
		auto_json struct json *j = NULL;

		EQ_INT(json_parse(bad[i], strlen(bad[i]), &j, NULL), 0);
		EQ_INT(container_config_read(j, &c, NULL), -EINVAL);
	}
}

TAP_MAIN(image_alone, command_replaces_cmd, entrypoint_drops_cmd, empty_entrypoint_needs_a_command,
	 environment, users_mount_wins_over_image_volume, bad_requests, record_comes_back,
	 refuses_bad_records)
