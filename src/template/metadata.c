/* SPDX-License-Identifier: Apache-2.0 */
#include "template/metadata.h"

#include <errno.h>

#include "base/jsonw.h"
#include "base/timefmt.h"

#define METADATA_VERSION 2
#define METADATA_MAX	 ((size_t) 4 << 20)

static void add_template(struct jsonw *w, const struct json *parent,
			 const struct template_names *names, const struct uuid *id)
{
	const struct json *old = json_get(parent, "template");
	const char *kernel = json_get_str(old, "kernel_version"),
		   *vmm = json_get_str(old, "firecracker_version");
	char text[UUID_TEXT_SIZE];

	jsonw_object(w, "template");
	jsonw_str(w, "build_id", uuid_format(text, id));
	jsonw_str(w, "kernel_version", kernel ? kernel : "");
	jsonw_str(w, "firecracker_version", vmm ? vmm : "");
	if (names->template_id)
		jsonw_str(w, "template_id", names->template_id);
	jsonw_str(w, "build_name", names->build);
	jsonw_end(w);
}

static bool is_kept(const char *key)
{
	/* The trace of the memory is of a virtual machine that the child is not. */
	static const char *const replaced[] = { "version",    "template", "from_template",
						"from_image", "prefetch", "created_at" };

	for (size_t i = 0; i < ARRAY_SIZE(replaced); i++) {
		if (STREQ(key, replaced[i]))
			return false;
	}
	return true;
}

int metadata_make(const struct json *parent, const struct template_names *names,
		  const struct uuid *id, const struct uuid *from, struct buf *out,
		  struct error *err)
{
	struct jsonw w = JSONW_INIT(out, 0);
	char text[UUID_TEXT_SIZE], now[TIME_TEXT_MAX];

	jsonw_object(&w, NULL);
	jsonw_int(&w, "version", METADATA_VERSION);
	add_template(&w, parent, names, id);
	if (from) {
		jsonw_object(&w, "from_template");
		jsonw_str(&w, "alias", "");
		jsonw_str(&w, "build_id", uuid_format(text, from));
		jsonw_end(&w);
	}
	jsonw_str(&w, "created_at", time_format_now(now));
	json_for_each(member, parent) {
		if (is_kept(json_key(member)))
			jsonw_copy(&w, json_key(member), member);
	}
	jsonw_end(&w);
	return buf_failed(out) ? error_set(err, ENOMEM, "cannot make the build's metadata") : 0;
}

int metadata_load(struct storage *s, const char *key, struct json **ret, struct error *err)
{
	auto_buf struct buf text = { .limit = METADATA_MAX };
	struct error why = ERROR_INIT;
	char name[OBJECT_NAME_MAX];
	int r;

	*ret = NULL;
	(void)snprintf(name, sizeof(name), "%s/" BUILD_METADATA, key);
	r = s->ops->get(s, name, &text, &why);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		(void)json_parse(buf_str(&text), text.len, ret, NULL);
	else if (err)
		*err = why;
	return r;
}
