/* SPDX-License-Identifier: Apache-2.0 */
/* berth-template ls, rm, gc, copy: the builds of a storage. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/jsonw.h"
#include "helper/template_verbs.h"
#include "template/metadata.h"

#define COPY_CHUNK ((size_t) 4 << 20)

/* ---- ls ----------------------------------------------------------------------------------------------------- */

static uint64_t stored_bytes(const struct template_build *b)
{
	const struct template_header *h = &b->header;
	uint64_t bytes = 0;

	for (size_t i = 0; i < h->n_extents; i++) {
		const struct header_extent *e = &h->extents[i];

		if (e->build != HEADER_ZEROS &&
		    uuid_compare(&h->builds[e->build].id, &h->build) == 0)
			bytes += e->length;
	}
	return bytes;
}

static void print_row(const struct template_build *b, const struct json *metadata, const char *id)
{
	const struct json *template = json_get(metadata, "template");
	const char *template_id = json_get_str(template, "template_id"),
		   *name = json_get_str(template, "build_name");
	const char *created = json_get_str(metadata, "created_at");
	char base[UUID_TEXT_SIZE];
	auto_buf struct buf row = BUF_INIT;
	struct jsonw w = JSONW_INIT(&row, 0);

	jsonw_object(&w, NULL);
	jsonw_str(&w, "TemplateID", template_id ? template_id : "");
	jsonw_str(&w, "BuildID", id);
	jsonw_str(&w, "Name", name ? name : id);
	jsonw_str(&w, "BaseID", b ? uuid_format(base, &b->header.base) : "");
	jsonw_uint(&w, "Generation", b ? b->header.generation : 0);
	jsonw_uint(&w, "Size", b ? b->header.size : 0);
	jsonw_uint(&w, "StoredSize", b ? stored_bytes(b) : 0);
	jsonw_str(&w, "CreatedAt", created ? created : "");
	jsonw_str(&w, "State", b ? (b->raw ? "raw" : "complete") : "damaged");
	jsonw_end(&w);
	printf("%s\n", buf_str(&row));
}

static int list_one(struct storage *s, const char *id, const char *template_id, struct error *err)
{
	auto_template_build struct template_build b = TEMPLATE_BUILD_INIT;
	auto_json struct json *metadata = NULL;
	int r = metadata_load(s, id, &metadata, err), loaded;

	if (r < 0)
		return r;
	if (*template_id) {
		const char *its = json_get_str(json_get(metadata, "template"), "template_id");

		if (!its || !STREQ(its, template_id))
			return 0;
	}
	loaded = build_load(s, NULL, id, &b, err);
	/* A directory without any of our objects is no build; one with a header that can't be read is. */
	if (loaded == 0 || loaded == -EINVAL)
		print_row(loaded == 0 ? &b : NULL, metadata, id);
	return loaded == 0 || loaded == -EINVAL || loaded == -ENOENT ? 0 : loaded;
}

int template_ls(const struct template_call *c, struct error *err)
{
	auto_template_place struct template_place place = TEMPLATE_PLACE_INIT;
	auto_strv struct strv builds = STRV_INIT;
	int r = template_place_open(c, "", &place, err);

	if (r == 0)
		r = place.storage->ops->list(place.storage, &builds, err);
	for (size_t i = 0; r == 0 && i < builds.n; i++) {
		struct error why = ERROR_INIT;

		if (build_name_check("build", builds.v[i], NULL) < 0)
			continue;
		if (STREQ(c->argv[1], "quiet") && !*c->argv[0]) {
			printf("%s\n", builds.v[i]);
			continue;
		}
		r = list_one(place.storage, builds.v[i], c->argv[0], &why);
		if (r < 0 && err)
			*err = why;
	}
	return r;
}

/* ---- rm, gc ------------------------------------------------------------------------------------------------- */

/* The first build that is made on @id, into @ret; "" if there is none. */
static int find_child(struct storage *s, const struct uuid *id, char ret[BUILD_NAME_MAX + 1],
		      struct error *err)
{
	auto_strv struct strv builds = STRV_INIT;
	int r = s->ops->list(s, &builds, err);

	ret[0] = '\0';
	for (size_t i = 0; r == 0 && i < builds.n; i++) {
		auto_template_build struct template_build b = TEMPLATE_BUILD_INIT;
		uint32_t at;

		if (build_load(s, NULL, builds.v[i], &b, NULL) < 0 ||
		    uuid_compare(&b.header.build, id) == 0)
			continue;
		at = header_find_build(&b.header, id);
		for (size_t e = 0; at != HEADER_ZEROS && e < b.header.n_extents; e++) {
			if (b.header.extents[e].build == at)
				(void)snprintf(ret, BUILD_NAME_MAX + 1, "%.*s", BUILD_NAME_MAX,
						builds.v[i]);
		}
		if (ret[0])
			return 0;
	}
	return r;
}

int template_rm(const struct template_call *c, struct error *err)
{
	auto_template_place struct template_place place = TEMPLATE_PLACE_INIT;
	auto_template_build struct template_build b = TEMPLATE_BUILD_INIT;
	char child[BUILD_NAME_MAX + 1] = "";
	int r = template_place_open(c, "", &place, err);

	if (r == 0)
		r = build_load(place.storage, NULL, c->argv[0], &b, err);
	if (r == 0 && !STREQ(c->argv[1], "force"))
		r = find_child(place.storage, &b.header.build, child, err);
	if (r == -EOPNOTSUPP)
		return error_hint(err, r,
				  "this storage can't say what is made on the build: use --force");
	if (r == 0 && child[0])
		return error_hint(err,
				  error_msg(err, EBUSY,
					    "build '%s' is in use: build '%s' is made on it",
					    c->argv[0], child),
				  "remove that first, or use --force, which damages it");
	return r < 0 ? r : place.storage->ops->remove(place.storage, b.key, err);
}

int template_gc(const struct template_call *c, struct error *err)
{
	auto_template_place struct template_place place = TEMPLATE_PLACE_INIT;
	unsigned n = 0;
	int r = template_place_open(c, "", &place, err);

	if (r == 0)
		r = place.storage->ops->sweep(place.storage, &n, err);
	if (r == 0)
		printf("%u\n", n);
	return r;
}

/* ---- copy --------------------------------------------------------------------------------------------------- */

static int copy_bytes(struct storage *from, const struct storage_object *o, int fd,
		      struct error *err)
{
	auto_free void *chunk = malloc(COPY_CHUNK);
	int r = chunk ? 0 : error_set(err, ENOMEM, "cannot copy a build");

	for (uint64_t at = 0; r == 0 && at < o->size; at += COPY_CHUNK) {
		size_t n = (size_t) MIN(o->size - at, (uint64_t) COPY_CHUNK);

		r = from->ops->read(from, o, chunk, n, at, err);
		if (r < 0)
			break;
		r = fd_write_at(fd, chunk, n, at);
		if (r < 0)
			r = error_set(err, r, "cannot write a temporary file");
	}
	return r;
}

/* Object KEY/@file->name of @from in a temporary file of @to. -ENOENT: there is none. */
static int fetch_file(struct storage *from, const char *key, struct storage *to,
		      struct storage_file *file, struct error *err)
{
	char name[OBJECT_NAME_MAX];
	struct storage_object o;
	int r;

	(void)snprintf(name, sizeof(name), "%s/%s", key, file->name);
	r = from->ops->stat(from, name, &o, err);
	if (r < 0)
		return r;
	file->size = o.size;
	file->fd = storage_temp_file(to, err);
	return file->fd < 0 ? file->fd : copy_bytes(from, &o, file->fd, err);
}

/* Which of a build's files there are: data and metadata may be missing, and the header of a raw image. */
static int fetch_files(struct storage *from, const struct template_build *b, struct storage *to,
		       struct storage_file files[3], struct error *err)
{
	uint32_t self = header_find_build(&b->header, &b->header.build);
	const struct header_build *own = self == HEADER_ZEROS ? NULL : &b->header.builds[self];

	files[0].name = !own || own->compression == FRAME_NONE ? BUILD_DATA
			: own->compression == FRAME_LZ4	       ? BUILD_DATA ".lz4"
							       : BUILD_DATA ".zstd";
	files[1].name = BUILD_METADATA;
	files[2].name = BUILD_HEADER;
	for (size_t i = 0; i < 3; i++) {
		struct error why = ERROR_INIT;
		int r = fetch_file(from, b->key, to, &files[i], &why);

		if (r == -ENOENT)
			continue;
		if (r < 0) {
			if (err)
				*err = why;
			return r;
		}
	}
	files[0].data_size = own && own->file_size ? own->file_size : files[0].size;
	return 0;
}

static int copy_build(struct storage *from, const char *name, struct storage *to, struct error *err)
{
	struct storage_file files[3] = { { .fd = FD_NONE }, { .fd = FD_NONE }, { .fd = FD_NONE } },
			    there[3];
	auto_template_build struct template_build b = TEMPLATE_BUILD_INIT,
						  old = TEMPLATE_BUILD_INIT;
	size_t n = 0;
	int r = build_load(from, NULL, name, &b, err);

	if (r < 0 || build_load(to, NULL, b.key, &old, NULL) == 0)
		return r;
	r = fetch_files(from, &b, to, files, err);
	for (size_t i = 0; i < 3; i++) {
		if (files[i].fd >= 0)
			there[n++] = files[i];
	}
	if (r == 0)
		r = to->ops->publish(to, b.key, there, n, err);
	if (r == 0)
		printf("%s\n", b.key);
	for (size_t i = 0; i < 3; i++)
		fd_close(&files[i].fd);
	return r;
}

/* What a build is made on is copied before it, so that it is never there without. */
int template_copy(const struct template_call *c, struct error *err)
{
	auto_template_place struct template_place from = TEMPLATE_PLACE_INIT,
						  to = TEMPLATE_PLACE_INIT;
	auto_template_build struct template_build b = TEMPLATE_BUILD_INIT;
	int r = template_place_open(c, c->argv[0], &from, err);

	if (r == 0)
		r = template_place_open(c, c->argv[1], &to, err);
	if (r == 0)
		r = build_load(from.storage, NULL, c->argv[2], &b, err);
	for (size_t i = 0; r == 0 && i < b.header.n_builds; i++) {
		char id[UUID_TEXT_SIZE];

		if (uuid_compare(&b.header.builds[i].id, &b.header.build) != 0)
			r = copy_build(from.storage, uuid_format(id, &b.header.builds[i].id),
				       to.storage, err);
	}
	return r < 0 ? r : copy_build(from.storage, b.key, to.storage, err);
}
