/* SPDX-License-Identifier: Apache-2.0 */
/* berth inspect, and its forms for one kind of object */
#include <string.h>

#include "cli/commands.h"
#include "cli/inspect.h"
#include "runtime/container.h"
#include "store/catalog.h"
#include "volume/catalog.h"

struct inspect_options {
	const char *format, *type;
	bool size;
};

#define S struct inspect_options
#define FORMAT_OPTION                           \
 OPT_STRING("format", 'f', S, format, "FORMAT", \
	    "How to print: 'json' or a TEMPLATE such as '{{.State.Status}}'")
#define SIZE_OPTION OPT_FLAG("size", 's', S, size, "Add SizeRw and SizeRootFs of containers")

static const struct opt any_table[] = {
	FORMAT_OPTION, SIZE_OPTION,
	OPT_STRING("type", 0, S, type, "TYPE",
		   "Look only among objects of this type: container, image or volume"),
	OPT_END
};
static const struct opt container_table[] = { FORMAT_OPTION, SIZE_OPTION, OPT_END };
static const struct opt one_table[] = { FORMAT_OPTION, OPT_END };
static const struct opt volume_table[] = {
	FORMAT_OPTION, OPT_FLAG("size", 's', S, size, "Add UsageData and SizeRootFs: what it takes of the disk"),
	OPT_END
};

static int inspect_container(struct cli *cli, const char *what, struct jsonw *w, struct error *err)
{
	return container_inspect(&cli->store, what, w, err);
}

/* The object with two members more, which take a walk over all of its files. */
static int inspect_container_size(struct cli *cli, const char *what, struct jsonw *w,
				  struct error *err)
{
	auto_buf struct buf text = BUF_INIT;
	struct jsonw plain = JSONW_INIT(&text, 0);
	auto_json struct json *doc = NULL;
	unsigned long long rw = 0, root = 0;
	int r = container_inspect(&cli->store, what, &plain, err);

	if (r == 0)
		r = container_size(&cli->store, what, &rw, &root, err);
	if (r == 0)
		r = json_parse(buf_str(&text), text.len, &doc, err);
	if (r < 0)
		return r;
	jsonw_object(w, NULL);
	json_for_each(member, doc)
		jsonw_copy(w, json_key(member), member);
	jsonw_uint(w, "SizeRw", rw);
	jsonw_uint(w, "SizeRootFs", rw + root);
	jsonw_end(w);
	return 0;
}

static int inspect_image(struct cli *cli, const char *what, struct jsonw *w, struct error *err)
{
	return catalog_inspect(&cli->store, what, w, NULL, err);
}

static int inspect_volume(struct cli *cli, const char *what, struct jsonw *w, struct error *err)
{
	return volume_inspect_json(&cli->store, what, false, w, err);
}

static int inspect_volume_size(struct cli *cli, const char *what, struct jsonw *w, struct error *err)
{
	return volume_inspect_json(&cli->store, what, true, w, err);
}

/* What can't be an object of one kind (a volume's name is no image reference) may be one of the next. */
static bool is_absent(int r)
{
	return r == -ENOENT || r == -EINVAL;
}

static int inspect_any(struct cli *cli, const char *what, struct jsonw *w, struct error *err)
{
	int r = inspect_container(cli, what, w, err);

	if (is_absent(r))
		r = inspect_image(cli, what, w, err);
	if (is_absent(r))
		r = inspect_volume(cli, what, w, err);
	return is_absent(r) ? error_msg(err, ENOENT, "no such object: %s", what) : r;
}

static int inspect_any_size(struct cli *cli, const char *what, struct jsonw *w, struct error *err)
{
	int r = inspect_container_size(cli, what, w, err);

	return is_absent(r) ? inspect_any(cli, what, w, err) : r;
}

static int with(struct cli *cli, char **argv, inspect_one one, inspect_one sized, struct error *err)
{
	struct inspect_options o = { 0 };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	if (o.type && STREQ(o.type, "container")) {
		one = inspect_container;
		sized = inspect_container_size;
	} else if (o.type && STREQ(o.type, "image")) {
		one = sized = inspect_image;
	} else if (o.type && STREQ(o.type, "volume")) {
		one = inspect_volume;
		sized = inspect_volume_size;
	} else if (o.type && *o.type) {
		return error_msg(err, EINVAL, "unknown type '%s': container, image or volume",
				 o.type);
	}
	r = cli_store(cli, &s, err);
	return r < 0 ? r : inspect_all(cli, argv, o.format, o.size ? sized : one, err);
}

static int any(struct cli *cli, char **argv, struct error *err)
{
	return with(cli, argv, inspect_any, inspect_any_size, err);
}

static int containers(struct cli *cli, char **argv, struct error *err)
{
	return with(cli, argv, inspect_container, inspect_container_size, err);
}

static int images(struct cli *cli, char **argv, struct error *err)
{
	return with(cli, argv, inspect_image, inspect_image, err);
}

static int volumes(struct cli *cli, char **argv, struct error *err)
{
	return with(cli, argv, inspect_volume, inspect_volume_size, err);
}

const struct command cmd_inspect = {
	.synopsis = "[OPTIONS] NAME|ID [NAME|ID...]",
	.summary = "Show all that is known of containers, images or volumes",
	.description = "A name is looked for among containers, then images, then volumes.",
	.opts = any_table,
	.examples = (const char *const[]){ "the process of a container",
					   "berth inspect -f '{{.State.Pid}}' worker",
					   "where its mounts come from",
					   "berth inspect -f '{{json .Mounts}}' worker", NULL },
	.run = any,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_CONTAINER,
};

const struct command cmd_container_inspect = {
	.synopsis = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Show all that is known of containers",
	.opts = container_table,
	.run = containers,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_CONTAINER,
};

const struct command cmd_image_inspect = {
	.synopsis = "[OPTIONS] IMAGE [IMAGE...]",
	.summary = "Show all that is known of images",
	.opts = one_table,
	.run = images,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_IMAGE,
};

const struct command cmd_volume_inspect = {
	.synopsis = "[OPTIONS] VOLUME [VOLUME...]",
	.summary = "Show all that is known of volumes",
	.opts = volume_table,
	.run = volumes,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_VOLUME,
};
