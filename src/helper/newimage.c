/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/newimage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/jsonw.h"
#include "base/macros.h"
#include "base/timefmt.h"
#include "helper/changes.h"
#include "helper/layerblob.h"
#include "helper/sha256.h"
#include "store/publish.h"
#include "store/ref.h"

struct platform {
	char os[32], arch[32], variant[32];
};

static const struct {
	const char *machine, *arch, *variant;
} architectures[] = {
	{ "x86_64", "amd64", "" },    { "aarch64", "arm64", "v8" }, { "armv7l", "arm", "v7" },
	{ "armv6l", "arm", "v6" },    { "i686", "386", "" },	    { "riscv64", "riscv64", "" },
	{ "ppc64le", "ppc64le", "" }, { "s390x", "s390x", "" },	    { "loongarch64", "loong64", "" },
};

const char *platform_arch(const char **ret_variant)
{
	struct utsname u;

	*ret_variant = "";
	if (uname(&u) < 0)
		return "unknown";
	for (size_t i = 0; i < ARRAY_SIZE(architectures); i++) {
		if (STREQ(u.machine, architectures[i].machine)) {
			*ret_variant = architectures[i].variant;
			return architectures[i].arch;
		}
	}
	return "unknown";
}

static int parse_platform(const char *text, struct platform *p, struct error *err)
{
	char os[32] = "";
	char arch[32] = "";
	char variant[32] = "";
	int end = 0;
	int n = sscanf(text, "%31[a-z0-9]/%31[a-z0-9_]%n/%31[a-z0-9]%n", os, arch, &end, variant,
		       &end);

	if (n < 2 || text[end])
		return error_msg(err, EINVAL, "invalid platform '%s': it must be OS/ARCH[/VARIANT]",
				 text);
	memcpy(p->os, os, sizeof(os));
	memcpy(p->arch, arch, sizeof(arch));
	memcpy(p->variant, variant, sizeof(variant));
	return 0;
}

static void copy_text(char out[32], const char *text)
{
	(void)snprintf(out, 32, "%s", text ? text : "");
}

static int find_platform(const struct new_image *n, struct platform *p, struct error *err)
{
	const char *variant = "";

	if (n->platform && n->platform[0])
		return parse_platform(n->platform, p, err);
	if (n->parent) {
		copy_text(p->os, json_get_str(n->parent->raw, "os"));
		copy_text(p->arch, json_get_str(n->parent->raw, "architecture"));
		copy_text(p->variant, json_get_str(n->parent->raw, "variant"));
	}
	if (!p->os[0])
		copy_text(p->os, "linux");
	if (!p->arch[0]) {
		copy_text(p->arch, platform_arch(&variant));
		copy_text(p->variant, variant);
	}
	return 0;
}

int reference_normalise(const char *text, char **ret, struct error *err)
{
	auto_ref struct ref ref = REF_INIT;
	int r = ref_parse(text, &ref, err);

	if (r < 0)
		return r;
	*ret = ref_format(&ref);
	return *ret ? 0 : error_set(err, ENOMEM, "cannot name the image");
}

static int apply_changes(const struct new_image *n, struct changes *c, struct error *err)
{
	int r = changes_begin(c, n->config, err);

	for (size_t i = 0; r == 0 && n->changes && i < n->changes->n; i++)
		r = changes_apply(c, n->changes->v[i], err);
	return r;
}

int new_image_check(const struct new_image *n, struct error *err)
{
	auto_changes struct changes c = CHANGES_INIT;
	auto_free char *reference = NULL;
	struct platform p = { 0 };
	int r = n->reference ? reference_normalise(n->reference, &reference, err) : 0;

	if (r == 0)
		r = find_platform(n, &p, err);
	return r < 0 ? r : apply_changes(n, &c, err);
}

static void write_optional(struct jsonw *w, const char *key, const char *value)
{
	if (value && value[0])
		jsonw_str(w, key, value);
}

static void write_rootfs(struct jsonw *w, const struct strv *layers)
{
	jsonw_object(w, "rootfs");
	jsonw_str(w, "type", "layers");
	jsonw_array(w, "diff_ids");
	strv_for_each(i, layers) {
		char digest[ID_SIZE + 8];

		(void)snprintf(digest, sizeof(digest), "sha256:%s", layers->v[i]);
		jsonw_str(w, NULL, digest);
	}
	jsonw_end(w);
	jsonw_end(w);
}

static void write_history(struct jsonw *w, const struct new_image *n, const char *now)
{
	jsonw_array(w, "history");
	if (n->parent) {
		json_for_each(entry, json_get(n->parent->raw, "history"))
			jsonw_copy(w, NULL, entry);
	}
	jsonw_object(w, NULL);
	jsonw_str(w, "created", now);
	write_optional(w, "created_by", n->created_by);
	write_optional(w, "author", n->author);
	write_optional(w, "comment", n->message);
	if (!n->diff_id)
		jsonw_bool(w, "empty_layer", true);
	jsonw_end(w);
	jsonw_end(w);
}

static int write_config(const struct new_image *n, const struct strv *layers, struct buf *out,
			struct error *err)
{
	auto_changes struct changes c = CHANGES_INIT;
	struct jsonw w = JSONW_INIT(out, 0);
	struct platform p = { 0 };
	char now[TIME_TEXT_MAX];
	int r = find_platform(n, &p, err);

	if (r == 0)
		r = apply_changes(n, &c, err);
	if (r < 0)
		return r;
	(void)time_format_now(now);
	jsonw_object(&w, NULL);
	jsonw_str(&w, "architecture", p.arch);
	write_optional(&w, "author", n->author);
	write_optional(&w, "comment", n->message);
	changes_write(&c, &w, "config");
	jsonw_str(&w, "created", now);
	write_history(&w, n, now);
	jsonw_str(&w, "os", p.os);
	write_rootfs(&w, layers);
	write_optional(&w, "variant", p.variant);
	jsonw_end(&w);
	return buf_failed(out) ? error_set(err, ENOMEM, "cannot write the image configuration") : 0;
}

int new_image_publish(const struct store *s, const struct new_image *n, char ret_id[ID_SIZE],
		      struct error *err)
{
	auto_strv struct strv layers = STRV_INIT;
	auto_strv struct strv blobs = STRV_INIT;
	auto_buf struct buf config = BUF_INIT;
	auto_free char *reference = NULL;
	struct image_new img;
	int r = n->parent ? strv_copy(&layers, n->parent->layers.v) : 0;

	if (r == 0 && n->diff_id)
		r = strv_add(&layers, n->diff_id);
	if (r < 0)
		return error_set(err, r, "cannot make the image");
	r = n->reference ? reference_normalise(n->reference, &reference, err) : 0;
	if (r == 0)
		r = write_config(n, &layers, &config, err);
	if (r == 0)
		r = layer_blobs_of(s, &layers, &blobs, err);
	if (r == 0)
		r = sha256_of(config.data, config.len, ret_id);
	if (r < 0)
		return r;
	img = (struct image_new){ .id = ret_id,
				  .config = config.data,
				  .config_len = config.len,
				  .layers = &layers,
				  .blobs = &blobs,
				  .reference = reference };
	return image_publish(s, &img, err);
}
