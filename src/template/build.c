/* SPDX-License-Identifier: Apache-2.0 */
#include "template/build.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/name.h"
#include "template/digest.h"

#define HEADER_OBJECT_MAX (HEADER_INFLATED_MAX + (1u << 20))

int build_name_check(const char *what, const char *name, struct error *err)
{
	if (name_is_valid(name) && strlen(name) <= BUILD_NAME_MAX)
		return 0;
	return error_hint(
		err, error_msg(err, EINVAL, "invalid %s id '%s'", what, name),
		"a UUID, or letters, digits, '_', '.' and '-', %d at most, two at least, the first a letter or a "
		"digit",
		BUILD_NAME_MAX);
}

/* RFC 9562's version 8: a UUID of our own making, here from a digest of the name. */
int build_id(const char *name, struct uuid *ret)
{
	unsigned char digest[DIGEST_SIZE];
	auto_free char *text = str_format("berth template build %s", name);

	if (uuid_parse(name, ret))
		return 0;
	if (!text || digest_of(text, strlen(text), digest) < 0)
		return -ENOMEM;
	memcpy(ret->b, digest, UUID_BYTES);
	ret->b[6] = (ret->b[6] & 0x0f) | 0x80;
	ret->b[8] = (ret->b[8] & 0x3f) | 0x80;
	return 0;
}

const char *build_suffix(enum frame_compression compression)
{
	return compression == FRAME_LZ4 ? ".lz4" : compression == FRAME_ZSTD ? ".zstd" : "";
}

static int raw_header(uint64_t size, const struct uuid *id, struct template_header *ret)
{
	auto_template_header struct template_header h = {
		.version = 1, .block_size = HEADER_BLOCK, .size = size, .build = *id, .base = *id
	};
	struct header_extent all = { .length = (size + HEADER_BLOCK - 1) / HEADER_BLOCK *
					       HEADER_BLOCK };

	if (header_need_build(&h, id, &all.build) < 0 || header_add_extent(&h, &all) < 0)
		return -ENOMEM;
	*ret = h;
	h = TEMPLATE_HEADER_INIT;
	return 0;
}

static int load_raw(struct storage *s, const struct uuid *id, struct template_build *b,
		    struct error *err)
{
	char name[OBJECT_NAME_MAX];
	struct storage_object o;
	int r;

	(void)snprintf(name, sizeof(name), "%s/" BUILD_DATA, b->key);
	r = s->ops->stat(s, name, &o, err);
	if (r < 0)
		return r;
	if (o.size == 0 || o.size > HEADER_SIZE_MAX)
		return error_msg(err, EINVAL,
				 "template storage '%s': object '%s' is no image: it has %" PRIu64
				 " bytes",
				 s->location->url, name, o.size);
	if (o.is_packed)
		return error_msg(err, ENOENT, "template storage '%s': build '%s' is not finished",
				 s->location->url, b->key);
	b->raw = true;
	return raw_header(o.size, id, &b->header) < 0
		       ? error_set(err, ENOMEM, "cannot open the template")
		       : 0;
}

/* Headers never change: what was read once is asked for no more. */
static int load_kept(struct storage *s, const struct cache_dir *cache, struct template_build *b)
{
	auto_buf struct buf object = { .limit = HEADER_OBJECT_MAX };
	char entry[CACHE_ENTRY_NAME_MAX];
	int r = cache_entry_name(s->location, b->key, entry);

	if (r == 0)
		r = cache_header_get(cache, entry, &object);
	return r == 0 ? template_header_read(buf_str(&object), object.len, &b->header, NULL) : r;
}

static void keep_header(struct storage *s, const struct cache_dir *cache,
			const struct template_build *b, const struct buf *object)
{
	char entry[CACHE_ENTRY_NAME_MAX];

	/* Without it the next one asks again. */
	if (cache_entry_name(s->location, b->key, entry) == 0)
		(void)cache_header_put(cache, entry, object);
}

static int load(struct storage *s, const struct cache_dir *cache, const struct uuid *id,
		struct template_build *b, struct error *err)
{
	auto_buf struct buf object = { .limit = HEADER_OBJECT_MAX };
	bool keep = cache && cache->fd >= 0 && !s->ops->open;
	char name[OBJECT_NAME_MAX];
	int r;

	if (keep && load_kept(s, cache, b) == 0)
		return 0;
	(void)snprintf(name, sizeof(name), "%s/" BUILD_HEADER, b->key);
	r = s->ops->get(s, name, &object, err);
	if (r == -ENOENT)
		return load_raw(s, id, b, err);
	if (r < 0)
		return r;
	r = template_header_read(buf_str(&object), object.len, &b->header, err);
	if (r < 0)
		return error_prefix(err, r, "build '%s'", b->key);
	if (keep)
		keep_header(s, cache, b, &object);
	return 0;
}

int build_load(struct storage *s, const struct cache_dir *cache, const char *name,
	       struct template_build *ret, struct error *err)
{
	auto_template_build struct template_build b = TEMPLATE_BUILD_INIT;
	struct error why =
		ERROR_INIT; /* of the last place looked at, which may not be the one where it is */
	struct uuid id;
	int r = build_name_check("build", name, err);

	if (r < 0)
		return r;
	if (build_id(name, &id) < 0)
		return error_set(err, ENOMEM, "cannot open the template");
	(void)uuid_format(b.key, &id);
	r = load(s, cache, &id, &b, &why);
	if (r == -ENOENT && !uuid_parse(name, &id)) {
		(void)snprintf(b.key, sizeof(b.key), "%s", name);
		r = load(s, cache, &id, &b, &why);
	}
	if (r == -ENOENT)
		return error_msg(err, ENOENT, "template storage '%s' has no build '%s'",
				 s->location->url, name);
	if (r < 0) {
		if (err)
			*err = why;
		return r;
	}
	*ret = b;
	b = TEMPLATE_BUILD_INIT;
	return 0;
}
