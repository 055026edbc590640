/* SPDX-License-Identifier: Apache-2.0 */
/* berth-template inspect: what a build's header says. */
#include <errno.h>
#include <stdio.h>

#include "base/id.h"
#include "base/jsonw.h"
#include "helper/template_verbs.h"
#include "template/metadata.h"

static void add_build(struct jsonw *w, const struct template_header *h, uint32_t build)
{
	static const char *const names[] = { "none", "zstd", "lz4" };
	const struct header_build *b = &h->builds[build];
	char id[UUID_TEXT_SIZE], sha256[2 * HEADER_SHA256_SIZE + 1];
	uint64_t mapped = 0;
	bool known = false;

	for (size_t i = 0; i < h->n_extents; i++)
		mapped += h->extents[i].build == build ? h->extents[i].length : 0;
	for (size_t i = 0; i < HEADER_SHA256_SIZE; i++)
		known = known || b->sha256[i];
	hex_encode(sha256, b->sha256, HEADER_SHA256_SIZE);
	jsonw_object(w, NULL);
	jsonw_str(w, "ID", uuid_format(id, &b->id));
	jsonw_uint(w, "MappedBytes", mapped);
	jsonw_str(w, "Compression", names[b->compression]);
	jsonw_uint(w, "DataSize", b->file_size);
	jsonw_uint(w, "Frames", b->n_frames);
	jsonw_str(w, "SHA256", known ? sha256 : "");
	jsonw_end(w);
}

static void add_header(struct jsonw *w, const struct template_build *b, const struct json *metadata)
{
	const struct template_header *h = &b->header;
	const char *template_id = json_get_str(json_get(metadata, "template"), "template_id");
	char id[UUID_TEXT_SIZE];
	uint64_t zeros = 0;

	for (size_t i = 0; i < h->n_extents; i++)
		zeros += h->extents[i].build == HEADER_ZEROS ? h->extents[i].length : 0;
	jsonw_object(w, NULL);
	jsonw_str(w, "BuildID", uuid_format(id, &h->build));
	jsonw_str(w, "TemplateID", template_id ? template_id : "");
	jsonw_str(w, "Path", b->key);
	jsonw_str(w, "BaseID", uuid_format(id, &h->base));
	jsonw_uint(w, "Generation", h->generation);
	jsonw_uint(w, "HeaderVersion", b->raw ? 0 : h->version);
	jsonw_uint(w, "Size", h->size);
	jsonw_uint(w, "BlockSize", h->block_size);
	jsonw_uint(w, "ZeroBytes", zeros);
	jsonw_uint(w, "Extents", h->n_extents);
	jsonw_array(w, "Builds");
	for (uint32_t i = 0; i < h->n_builds; i++)
		add_build(w, h, i);
	jsonw_end(w);
	jsonw_copy(w, "Metadata", metadata);
	jsonw_end(w);
}

int template_inspect(const struct template_call *c, struct error *err)
{
	auto_template_place struct template_place place = TEMPLATE_PLACE_INIT;
	auto_template_build struct template_build b = TEMPLATE_BUILD_INIT;
	auto_json struct json *metadata = NULL;
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);
	int r = template_place_open(c, "", &place, err);

	if (r == 0)
		r = build_load(place.storage, NULL, c->argv[0], &b, err);
	if (r == 0)
		r = metadata_load(place.storage, b.key, &metadata, err);
	if (r < 0)
		return r;
	add_header(&w, &b, metadata);
	if (buf_failed(&out))
		return error_set(err, ENOMEM, "cannot write the result");
	printf("%s\n", buf_str(&out));
	return 0;
}
