/* SPDX-License-Identifier: Apache-2.0 */
/* berth-archive load: docker-archive (manifest.json) and OCI layout (index.json). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "helper/loadlayer.h"
#include "helper/newimage.h"
#include "helper/oci.h"
#include "helper/sha256.h"
#include "helper/layerblob.h"
#include "helper/verbs.h"
#include "store/events.h"
#include "store/image.h"
#include "store/publish.h"

#define JSON_LIMIT  ((size_t)8 << 20)
#define MAX_LAYERS  500
#define INDEX_DEPTH 4

struct load {
	const struct store *s;
	struct members members;
	struct scratch scratch;
	size_t loaded;
};

static void load_done(struct load *v)
{
	members_done(&v->members);
	scratch_done(&v->scratch);
}
DEFINE_AUTO(load, struct load, load_done)

/* One image as its manifest tells it; both forms of archive become this. */
struct foreign_image {
	struct buf config;
	struct strv members; /* files of the layers, bottom first */
	struct strv digests; /* of those files; empty for docker-archive */
	int64_t sizes[MAX_LAYERS];
	struct strv names;
};

static void foreign_image_done(struct foreign_image *f)
{
	buf_done(&f->config);
	strv_done(&f->members);
	strv_done(&f->digests);
	strv_done(&f->names);
}
DEFINE_AUTO(foreign_image, struct foreign_image, foreign_image_done)

static int invalid(struct error *err, const char *what)
{
	return error_msg(err, EINVAL, "cannot load the image: %s", what);
}

/* "sha256:" and 64 digits; the digits. NULL otherwise: no other algorithm is in use. */
static const char *digest_hex(const char *digest)
{
	if (!digest || strncmp(digest, "sha256:", 7) != 0 || !id_is_valid(digest + 7))
		return NULL;
	return digest + 7;
}

static int read_json(struct load *v, const char *name, struct json **ret, struct error *err)
{
	auto_buf struct buf text = BUF_INIT;
	int r = members_read(&v->members, name, JSON_LIMIT, &text, err);

	if (r == 0)
		r = json_parse(buf_str(&text), text.len, ret, err);
	return r < 0 ? error_prefix(err, r, "'%s'", name) : 0;
}

/* ---- one image ---- */

static int publish(struct load *v, const struct foreign_image *f, const struct strv *layers,
		   struct error *err)
{
	auto_strv struct strv blobs = STRV_INIT;
	char id[ID_SIZE];
	struct image_new img = { .id = id, .config = f->config.data, .config_len = f->config.len,
				 .layers = layers, .blobs = &blobs };
	int r = layer_blobs_of(v->s, layers, &blobs, err);

	if (r == 0 && sha256_of(f->config.data, f->config.len, id) < 0)
		r = error_set(err, ENOMEM, "cannot load the image");
	if (r == 0 && f->names.n == 0) {
		r = image_publish(v->s, &img, err);
		if (r == 0) {
			printf("Loaded image ID: sha256:%s\n", id);
			image_event(v->s, "load", id, NULL);
		}
	}
	for (size_t i = 0; r == 0 && i < f->names.n; i++) {
		img.reference = f->names.v[i];
		r = image_publish(v->s, &img, err);
		if (r == 0) {
			printf("Loaded image: %s\n", f->names.v[i]);
			image_event(v->s, "load", id, f->names.v[i]);
		}
	}
	v->loaded += r == 0;
	return r;
}

static int read_diff_ids(const struct json *config, struct strv *ret, struct error *err)
{
	auto_strv struct strv digests = STRV_INIT;

	if (json_strv(json_get(json_get(config, "rootfs"), "diff_ids"), &digests) < 0)
		return invalid(err, "its configuration has no list of layers");
	strv_for_each(i, &digests) {
		const char *hex = digest_hex(digests.v[i]);

		if (!hex)
			return invalid(err, "its configuration has an invalid DiffID");
		if (strv_add(ret, hex) < 0)
			return error_set(err, ENOMEM, "cannot load the image");
	}
	return 0;
}

static int check_config(const struct json *config, struct error *err)
{
	struct image_config parsed = { 0 };
	int r = image_config_parse(json_get(config, "config"), &parsed, err);

	image_config_done(&parsed);
	return r;
}

static int load_image(struct load *v, const struct foreign_image *f, struct error *err)
{
	auto_strv struct strv layers = STRV_INIT;
	auto_json struct json *config = NULL;
	int r = json_parse(buf_str(&f->config), f->config.len, &config, err);

	if (r == 0)
		r = read_diff_ids(config, &layers, err);
	if (r == 0)
		r = check_config(config, err);
	if (r == 0 && layers.n != f->members.n)
		r = invalid(err, "its configuration and its manifest list different layers");
	for (size_t i = 0; r == 0 && layers.v && f->members.v && i < layers.n; i++) {
		struct foreign_layer l = { .member = f->members.v[i],
					   .diff_id = layers.v[i],
					   .digest = f->digests.n > 0 ? f->digests.v[i] : NULL,
					   .size = f->digests.n > 0 ? f->sizes[i] : -1 };

		r = load_layer(v->s, &v->members, &l, err);
	}
	return r < 0 ? r : publish(v, f, &layers, err);
}

static int add_name(struct foreign_image *f, const char *text, struct error *err)
{
	auto_free char *name = NULL;
	int r = reference_normalise(text, &name, err);

	if (r < 0 || strv_has(&f->names, name))
		return r;
	return strv_take(&f->names, take_ptr(name)) < 0 ?
		       error_set(err, ENOMEM, "cannot load the image") :
		       0;
}

/* ---- docker-archive ---- */

/* Config is named after its digest in all forms of this archive; where it is, it must be that. */
static int check_config_name(const char *name, const struct buf *config, struct error *err)
{
	const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	char wanted[ID_SIZE] = { 0 };
	char found[ID_SIZE];

	if (strlen(base) < ID_LEN)
		return 0;
	memcpy(wanted, base, ID_LEN);
	if (!id_is_valid(wanted) || sha256_of(config->data, config->len, found) < 0 ||
	    STREQ(wanted, found))
		return 0;
	return error_msg(err, EINVAL, "the digest of '%s' is sha256:%s", name, found);
}

static int load_docker_entry(struct load *v, const struct json *entry, struct error *err)
{
	auto_clean(foreign_image) struct foreign_image f = { .config = BUF_INIT };
	auto_strv struct strv tags = STRV_INIT;
	const char *config = NULL;
	int r = json_need_str(entry, "Config", &config, err);

	if (r < 0)
		return error_prefix(err, r, "'manifest.json'");
	if (json_strv(json_get(entry, "Layers"), &f.members) < 0 ||
	    json_strv(json_get(entry, "RepoTags"), &tags) < 0 || f.members.n > MAX_LAYERS)
		return invalid(err, "its manifest.json is damaged");
	r = members_read(&v->members, config, JSON_LIMIT, &f.config, err);
	if (r == 0)
		r = check_config_name(config, &f.config, err);
	for (size_t i = 0; r == 0 && i < tags.n; i++)
		r = add_name(&f, tags.v[i], err);
	return r < 0 ? r : load_image(v, &f, err);
}

static int load_docker(struct load *v, struct error *err)
{
	auto_json struct json *manifest = NULL;
	int r = read_json(v, "manifest.json", &manifest, err);

	if (r == 0 && json_type(manifest) != JSON_ARRAY)
		r = invalid(err, "its manifest.json is damaged");
	if (r < 0)
		return r;
	json_for_each(entry, manifest) {
		r = load_docker_entry(v, entry, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- OCI layout ---- */

/* A blob that a descriptor names, its digest and size verified. */
static int read_blob(struct load *v, const struct json *descriptor, struct buf *ret,
		     struct error *err)
{
	const char *hex = digest_hex(json_get_str(descriptor, "digest"));
	int64_t size = json_int(json_get(descriptor, "size"), -1);
	char path[BLOB_PATH_SIZE];
	char found[ID_SIZE];
	int r;

	if (!hex)
		return invalid(err, "a descriptor has no valid digest");
	(void)snprintf(path, sizeof(path), BLOB_DIR "/%s", hex);
	r = members_read(&v->members, path, JSON_LIMIT, ret, err);
	if (r < 0)
		return r;
	if (sha256_of(buf_str(ret), ret->len, found) < 0)
		return error_set(err, ENOMEM, "cannot load the image");
	if (!STREQ(found, hex) || (size >= 0 && (uint64_t)size != ret->len))
		return error_msg(err, EINVAL, "'%s' is damaged: its digest is sha256:%s", path, found);
	return 0;
}

static int add_oci_layer(struct foreign_image *f, const struct json *layer, struct error *err)
{
	const char *hex = digest_hex(json_get_str(layer, "digest"));
	const char *type = json_get_str(layer, "mediaType");

	if (!hex || f->members.n == MAX_LAYERS)
		return invalid(err, "its manifest has an invalid list of layers");
	if (!type || !strstr(type, ".tar"))
		return error_msg(err, EINVAL, "cannot load the image: unknown type of layer '%s'",
				 type ? type : "");
	f->sizes[f->members.n] = json_int(json_get(layer, "size"), -1);
	if (strv_take(&f->members, str_format(BLOB_DIR "/%s", hex)) < 0 ||
	    strv_add(&f->digests, hex) < 0)
		return error_set(err, ENOMEM, "cannot load the image");
	return 0;
}

/* A bare tag ("latest") as name says nothing of the image: then it is loaded without one. */
static int add_oci_name(struct foreign_image *f, const struct json *descriptor, struct error *err)
{
	const struct json *notes = json_get(descriptor, "annotations");
	const char *full = json_get_str(notes, CONTAINERD_NAME);
	const char *name = json_get_str(notes, OCI_REF_NAME);

	if (full)
		return add_name(f, full, err);
	return name && strpbrk(name, ":/") ? add_name(f, name, err) : 0;
}

static int load_oci_manifest(struct load *v, const struct json *descriptor,
			     const struct json *named_by, struct error *err)
{
	auto_clean(foreign_image) struct foreign_image f = { .config = BUF_INIT };
	auto_buf struct buf text = BUF_INIT;
	auto_json struct json *manifest = NULL;
	int r = read_blob(v, descriptor, &text, err);

	if (r == 0)
		r = json_parse(buf_str(&text), text.len, &manifest, err);
	if (r == 0)
		r = read_blob(v, json_get(manifest, "config"), &f.config, err);
	if (r < 0)
		return r;
	json_for_each(layer, json_get(manifest, "layers")) {
		r = add_oci_layer(&f, layer, err);
		if (r < 0)
			return r;
	}
	r = add_oci_name(&f, named_by, err);
	return r < 0 ? r : load_image(v, &f, err);
}

static bool is_index(const struct json *descriptor)
{
	const char *type = json_get_str(descriptor, "mediaType");

	return type && (STREQ(type, OCI_INDEX) || STREQ(type, DOCKER_LIST));
}

static bool is_manifest(const struct json *descriptor)
{
	const char *type = json_get_str(descriptor, "mediaType");

	return !type || STREQ(type, OCI_MANIFEST) || STREQ(type, DOCKER_MANIFEST);
}

/* 0: another platform's; 1: does not say; 2: this machine's; 3: with the variant, too. */
static int platform_score(const struct json *descriptor)
{
	const struct json *platform = json_get(descriptor, "platform");
	const char *os = json_get_str(platform, "os");
	const char *arch = json_get_str(platform, "architecture");
	const char *variant = json_get_str(platform, "variant");
	const char *our_variant = "";
	const char *our_arch = platform_arch(&our_variant);

	if (!os || !arch)
		return 1;
	if (!STREQ(os, "linux") || !STREQ(arch, our_arch))
		return 0;
	return STREQ(variant ? variant : "", our_variant) ? 3 : 2;
}

static const struct json *choose_platform(const struct json *index)
{
	const struct json *best = NULL;
	int best_score = 0;

	json_for_each(d, json_get(index, "manifests")) {
		int score = is_index(d) || is_manifest(d) ? platform_score(d) : 0;

		if (score > best_score) {
			best = d;
			best_score = score;
		}
	}
	return best;
}

/* A multi-platform image: down to the manifest for this machine. The name is the outermost one's. */
static int load_oci_index(struct load *v, const struct json *descriptor, struct error *err)
{
	auto_json struct json *index = NULL;
	const struct json *current = descriptor;

	for (int depth = 0; is_index(current); depth++) {
		auto_buf struct buf text = BUF_INIT;
		struct json *inner = NULL;
		int r = depth < INDEX_DEPTH ? read_blob(v, current, &text, err) :
					      invalid(err, "its indexes are nested too deeply");

		if (r == 0)
			r = json_parse(buf_str(&text), text.len, &inner, err);
		if (r < 0)
			return r;
		json_free(index);
		index = inner;
		current = choose_platform(index);
		if (!current)
			return invalid(err, "it has nothing for this machine's platform");
	}
	return load_oci_manifest(v, current, descriptor, err);
}

static bool has_name(const struct json *descriptor)
{
	const struct json *notes = json_get(descriptor, "annotations");

	return json_get_str(notes, CONTAINERD_NAME) || json_get_str(notes, OCI_REF_NAME);
}

static int load_oci(struct load *v, struct error *err)
{
	auto_json struct json *index = NULL;
	const struct json *best;
	int r = read_json(v, "index.json", &index, err);

	if (r < 0)
		return r;
	best = choose_platform(index);
	json_for_each(d, json_get(index, "manifests")) {
		/* Without names, they are one image for several platforms. */
		if (!is_index(d) && (!is_manifest(d) || (!has_name(d) && d != best)))
			continue;
		r = is_index(d) ? load_oci_index(v, d, err) : load_oci_manifest(v, d, d, err);
		if (r < 0)
			return r;
	}
	return v->loaded > 0 ? 0 : invalid(err, "its index has nothing for this machine's platform");
}

int verb_load(const struct store *s, const struct verb_args *a, struct error *err)
{
	auto_clean(load) struct load v = { .s = s, .members = MEMBERS_INIT, .scratch = SCRATCH_INIT };
	auto_close int lock = FD_NONE;
	int r = scratch_make(s, &v.scratch, err);

	if (r == 0)
		r = members_open(&v.members, a->source ? a->source : "-", v.scratch.fd, err);
	if (r < 0)
		return r;
	lock = store_lock(s, false, err);
	if (lock < 0)
		return lock;
	if (members_has(&v.members, "manifest.json"))
		return load_docker(&v, err);
	if (members_has(&v.members, "index.json"))
		return load_oci(&v, err);
	r = error_msg(err, EINVAL, "cannot load '%s': it is neither a docker-archive nor an OCI layout",
		      a->source ? a->source : "-");
	return error_hint(err, r, "a root file system is imported with: berth import %s",
			  a->source ? a->source : "-");
}
