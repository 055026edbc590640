/* SPDX-License-Identifier: Apache-2.0 */
/*
 * berth-archive save. Both formats are an OCI layout; docker's has manifest.json beside
 * it, with the same blobs, as docker itself writes them since version 25, and its layers uncompressed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/fd.h"
#include "base/jsonw.h"
#include "helper/bundle.h"
#include "helper/oci.h"
#include "helper/savelayer.h"
#include "helper/sha256.h"
#include "helper/verbs.h"
#include "store/image.h"
#include "store/ref.h"

struct saved_image {
	struct image image;
	struct buf config; /* byte for byte */
	struct strv names; /* as ref_format() writes them */
	char manifest_digest[ID_SIZE];
	size_t manifest_size;
};

struct save {
	const struct store *s;
	struct bundle bundle;
	struct scratch scratch;
	struct saved_image *images; /* owned */
	size_t n_images;
	struct saved_layer *layers; /* owned; each once */
	size_t n_layers;
	const char *compression;
};

static void save_done(struct save *v)
{
	for (size_t i = 0; i < v->n_images; i++) {
		image_done(&v->images[i].image);
		buf_done(&v->images[i].config);
		strv_done(&v->images[i].names);
	}
	for (size_t i = 0; i < v->n_layers; i++)
		saved_layer_done(&v->layers[i]);
	free(v->images);
	free(v->layers);
	bundle_done(&v->bundle);
	scratch_done(&v->scratch);
}
DEFINE_AUTO(save, struct save, save_done)

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "cannot save");
}

/* ---- what is to be saved ---- */

static struct saved_image *find_image(struct save *v, const char *id)
{
	for (size_t i = 0; i < v->n_images; i++) {
		if (STREQ(v->images[i].image.id, id))
			return &v->images[i];
	}
	return NULL;
}

static int read_config(struct save *v, struct saved_image *img, struct error *err)
{
	char path[ID_SIZE + 32];
	int r;

	(void)snprintf(path, sizeof(path), "images/%s/config.json", img->image.id);
	r = file_read_at(v->s->root_fd, path, &img->config);
	return r < 0 ? error_set(err, r, "cannot read '%s'", path) : 0;
}

/* An image that is named by its id has no name in the archive, as with docker. */
static int add_name(struct save *v, struct saved_image *img, const char *what, struct error *err)
{
	auto_free char *text = NULL;
	auto_ref struct ref ref = REF_INIT;
	char id[ID_SIZE];

	if (ref_parse(what, &ref, NULL) < 0)
		return 0;
	text = ref_format(&ref);
	if (!text)
		return no_memory(err);
	if (ref_resolve(v->s, text, id) < 0 || strv_has(&img->names, text))
		return 0;
	return strv_add(&img->names, text) < 0 ? no_memory(err) : 0;
}

static int add_image(struct save *v, const char *what, struct error *err)
{
	auto_image struct image image = IMAGE_INIT;
	struct saved_image *img;
	int r = image_open(v->s, what, &image, err);

	if (r < 0)
		return r;
	img = find_image(v, image.id);
	if (!img) {
		struct saved_image *more = array_room(v->images, v->n_images, sizeof(*more));

		if (!more)
			return no_memory(err);
		v->images = more;
		img = &more[v->n_images++];
		*img = (struct saved_image){ .image = image, .config = BUF_INIT };
		image = IMAGE_INIT;
		r = read_config(v, img, err);
	}
	return r < 0 ? r : add_name(v, img, what, err);
}

static struct saved_layer *find_layer(struct save *v, const char *diff_id)
{
	for (size_t i = 0; i < v->n_layers; i++) {
		if (STREQ(v->layers[i].diff_id, diff_id))
			return &v->layers[i];
	}
	return NULL;
}

static int plan_layers(struct save *v, const struct image *image, struct error *err)
{
	strv_for_each(i, &image->layers) {
		struct saved_layer *more;
		int r;

		if (find_layer(v, image->layers.v[i]))
			continue;
		more = array_room(v->layers, v->n_layers, sizeof(*more));
		if (!more)
			return no_memory(err);
		v->layers = more;
		r = saved_layer_plan(v->s, v->scratch.fd, image->layers.v[i], v->compression,
				     &more[v->n_layers], err);
		if (r < 0)
			return r;
		v->n_layers++;
	}
	return 0;
}

/* ---- writing ---- */

static void blob_path(char out[BLOB_PATH_SIZE], const char *digest)
{
	(void)snprintf(out, BLOB_PATH_SIZE, BLOB_DIR "/%s", digest);
}

static int write_blob(struct save *v, const char *digest, const struct buf *data, struct error *err)
{
	char path[BLOB_PATH_SIZE];

	blob_path(path, digest);
	return bundle_add(&v->bundle, path, data->data, data->len, err);
}

static void write_descriptor(struct jsonw *w, const char *key, const char *type, const char *digest,
			     uint64_t size)
{
	char text[ID_SIZE + 8];

	(void)snprintf(text, sizeof(text), "sha256:%s", digest);
	jsonw_object(w, key);
	jsonw_str(w, "mediaType", type);
	jsonw_str(w, "digest", text);
	jsonw_uint(w, "size", size);
}

static const char *layer_type(const struct saved_layer *l)
{
	switch (l->compression) {
	case COMPRESSION_GZIP:
		return OCI_LAYER "+gzip";
	case COMPRESSION_ZSTD:
		return OCI_LAYER "+zstd";
	default:
		return OCI_LAYER;
	}
}

static int write_manifest(struct save *v, struct saved_image *img, struct error *err)
{
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);
	int r;

	jsonw_object(&w, NULL);
	jsonw_int(&w, "schemaVersion", 2);
	jsonw_str(&w, "mediaType", OCI_MANIFEST);
	write_descriptor(&w, "config", OCI_CONFIG, img->image.id, img->config.len);
	jsonw_end(&w);
	jsonw_array(&w, "layers");
	strv_for_each(i, &img->image.layers) {
		const struct saved_layer *l = find_layer(v, img->image.layers.v[i]);

		if (!l)
			return no_memory(err); /* all were planned */
		write_descriptor(&w, NULL, layer_type(l), l->digest, l->size);
		jsonw_end(&w);
	}
	jsonw_end(&w);
	jsonw_end(&w);
	if (buf_failed(&out) || sha256_of(out.data, out.len, img->manifest_digest) < 0)
		return no_memory(err);
	img->manifest_size = out.len;
	r = write_blob(v, img->image.id, &img->config, err);
	return r < 0 ? r : write_blob(v, img->manifest_digest, &out, err);
}

static int write_index_entry(struct jsonw *w, const struct saved_image *img, const char *name)
{
	auto_ref struct ref ref = REF_INIT;
	auto_free char *full = NULL;
	auto_free char *whole = NULL;

	write_descriptor(w, NULL, OCI_MANIFEST, img->manifest_digest, img->manifest_size);
	if (name) {
		if (ref_parse(name, &ref, NULL) < 0)
			return -EINVAL;
		full = ref_full_name(&ref);
		whole = full && ref.tag ? str_format("%s:%s", full, ref.tag) : NULL;
		if (!whole)
			return -ENOMEM;
		jsonw_object(w, "annotations");
		jsonw_str(w, CONTAINERD_NAME, whole);
		jsonw_str(w, OCI_REF_NAME, ref.tag);
		jsonw_end(w);
	}
	jsonw_end(w);
	return 0;
}

static int write_index(struct save *v, struct error *err)
{
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);
	int r = 0;

	jsonw_object(&w, NULL);
	jsonw_int(&w, "schemaVersion", 2);
	jsonw_str(&w, "mediaType", OCI_INDEX);
	jsonw_array(&w, "manifests");
	for (size_t i = 0; i < v->n_images; i++) {
		const struct saved_image *img = &v->images[i];

		if (img->names.n == 0)
			r = write_index_entry(&w, img, NULL);
		for (size_t j = 0; r == 0 && j < img->names.n; j++)
			r = write_index_entry(&w, img, img->names.v[j]);
	}
	jsonw_end(&w);
	jsonw_end(&w);
	if (r < 0 || buf_failed(&out))
		return no_memory(err);
	return bundle_add(&v->bundle, "index.json", out.data, out.len, err);
}

/* docker's own list of what is in the archive. */
static int write_docker_manifest(struct save *v, struct error *err)
{
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);
	char path[BLOB_PATH_SIZE];

	jsonw_array(&w, NULL);
	for (size_t i = 0; i < v->n_images; i++) {
		const struct saved_image *img = &v->images[i];

		jsonw_object(&w, NULL);
		blob_path(path, img->image.id);
		jsonw_str(&w, "Config", path);
		if (img->names.n > 0)
			jsonw_strv(&w, "RepoTags", &img->names);
		else
			jsonw_null(&w, "RepoTags");
		jsonw_array(&w, "Layers");
		strv_for_each(j, &img->image.layers) {
			const struct saved_layer *l = find_layer(v, img->image.layers.v[j]);

			if (!l)
				return no_memory(err);
			blob_path(path, l->digest);
			jsonw_str(&w, NULL, path);
		}
		jsonw_end(&w);
		jsonw_end(&w);
	}
	jsonw_end(&w);
	if (buf_failed(&out))
		return no_memory(err);
	return bundle_add(&v->bundle, "manifest.json", out.data, out.len, err);
}

static int write_layers(struct save *v, struct error *err)
{
	for (size_t i = 0; i < v->n_layers; i++) {
		char path[BLOB_PATH_SIZE];
		bool repeated = false;
		int r;

		/* Two layers can have one blob, if blobs of the same content were compressed alike. */
		for (size_t j = 0; j < i; j++)
			repeated |= STREQ(v->layers[i].digest, v->layers[j].digest);
		if (repeated)
			continue;
		blob_path(path, v->layers[i].digest);
		r = saved_layer_write(v->s, &v->layers[i], &v->bundle, path, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_bundle(struct save *v, bool docker, struct error *err)
{
	int r = bundle_add_dir(&v->bundle, "blobs", err);

	if (r == 0)
		r = bundle_add_dir(&v->bundle, BLOB_DIR, err);
	if (r == 0)
		r = write_layers(v, err);
	for (size_t i = 0; r == 0 && i < v->n_images; i++)
		r = write_manifest(v, &v->images[i], err);
	if (r == 0)
		r = write_index(v, err);
	if (r == 0 && docker)
		r = write_docker_manifest(v, err);
	if (r == 0)
		r = bundle_add(&v->bundle, "oci-layout", OCI_LAYOUT_TEXT, strlen(OCI_LAYOUT_TEXT),
			       err);
	return r < 0 ? r : bundle_close(&v->bundle, err);
}

int verb_save(const struct store *s, const struct verb_args *a, struct error *err)
{
	auto_clean(save) struct save v = { .s = s, .bundle = BUNDLE_INIT, .scratch = SCRATCH_INIT };
	auto_close int lock = store_lock(s, false, err);
	bool docker = a->format && STREQ(a->format, "docker");
	int r = lock < 0 ? lock : scratch_make(s, &v.scratch, err);

	v.compression = docker ? "none" : a->compression;
	for (size_t i = 0; r == 0 && i < a->references.n; i++)
		r = add_image(&v, a->references.v[i], err);
	if (r == 0)
		r = bundle_open(&v.bundle, a->output ? a->output : "-", err);
	for (size_t i = 0; r == 0 && i < v.n_images; i++)
		r = plan_layers(&v, &v.images[i].image, err);
	return r < 0 ? r : write_bundle(&v, docker, err);
}
