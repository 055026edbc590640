/* SPDX-License-Identifier: Apache-2.0 */
/* `berth image inspect` and `berth image history`: moby api/types/image. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/macros.h"
#include "store/catalog_internal.h"

#define CREATED_BY_SHOWN 45
#define NEVER		 "0001-01-01T00:00:00Z" /* Go's zero time, which docker prints for "never" */

enum member_kind { MEMBER_TEXT, MEMBER_FLAG, MEMBER_ANY };

/* docker writes all of these, with or without a value; OCI images leave out what is empty. */
static const struct {
	const char *key;
	enum member_kind kind;
} config_members[] = {
	{ "Hostname", MEMBER_TEXT },	 { "Domainname", MEMBER_TEXT },
	{ "User", MEMBER_TEXT },	 { "AttachStdin", MEMBER_FLAG },
	{ "AttachStdout", MEMBER_FLAG }, { "AttachStderr", MEMBER_FLAG },
	{ "ExposedPorts", MEMBER_ANY },	 { "Tty", MEMBER_FLAG },
	{ "OpenStdin", MEMBER_FLAG },	 { "StdinOnce", MEMBER_FLAG },
	{ "Env", MEMBER_ANY },		 { "Cmd", MEMBER_ANY },
	{ "Healthcheck", MEMBER_ANY },	 { "Image", MEMBER_TEXT },
	{ "Volumes", MEMBER_ANY },	 { "WorkingDir", MEMBER_TEXT },
	{ "Entrypoint", MEMBER_ANY },	 { "OnBuild", MEMBER_ANY },
	{ "Labels", MEMBER_ANY },	 { "StopSignal", MEMBER_TEXT },
	{ "Shell", MEMBER_ANY },
};

/* Those that docker leaves out when the image has none. */
static bool is_optional(const char *key)
{
	return STREQ(key, "ExposedPorts") || STREQ(key, "Healthcheck") || STREQ(key, "Shell") ||
	       STREQ(key, "StopSignal");
}

static void write_config(struct jsonw *w, const struct json *config)
{
	jsonw_object(w, "Config");
	for (size_t i = 0; i < ARRAY_SIZE(config_members); i++) {
		const char *key = config_members[i].key;
		const struct json *v = json_get(config, key);

		if (!v && is_optional(key))
			continue;
		if (config_members[i].kind == MEMBER_TEXT)
			jsonw_str(w, key, json_str(v) ? json_str(v) : "");
		else if (config_members[i].kind == MEMBER_FLAG)
			jsonw_bool(w, key, json_bool(v, false));
		else
			jsonw_copy(w, key, v);
	}
	jsonw_end(w);
}

static void write_text(struct jsonw *w, const char *key, const char *value)
{
	jsonw_str(w, key, value ? value : "");
}

/* Where the layers lie: LowerDir is all but the topmost, topmost first, as docker's overlay2 driver says it. */
static void write_driver(struct jsonw *w, const struct store *s, const struct strv *layers)
{
	auto_buf struct buf lower = BUF_INIT, upper = BUF_INIT;

	if (layers->n)
		buf_addf(&upper, "%s/layers/%s/diff", s->root, layers->v[layers->n - 1]);
	for (size_t i = layers->n; i-- > 1;)
		buf_addf(&lower, "%s%s/layers/%s/diff", lower.len ? ":" : "", s->root,
			 layers->v[i - 1]);
	jsonw_object(w, "GraphDriver");
	jsonw_object(w, "Data");
	if (lower.len)
		jsonw_str(w, "LowerDir", buf_str(&lower));
	if (upper.len)
		jsonw_str(w, "UpperDir", buf_str(&upper));
	jsonw_end(w);
	jsonw_str(w, "Name", "overlay2");
	jsonw_end(w);
}

static void write_rootfs(struct jsonw *w, const struct strv *layers)
{
	jsonw_object(w, "RootFS");
	jsonw_str(w, "Type", "layers");
	jsonw_array(w, "Layers");
	strv_for_each(i, layers) {
		char digest[ID_SIZE + 8];

		(void)snprintf(digest, sizeof(digest), DIGEST_PREFIX "%s", layers->v[i]);
		jsonw_str(w, NULL, digest);
	}
	jsonw_end(w);
	jsonw_end(w);
}

/* The link that is the reference was made when the image was tagged. */
static void write_last_tag(struct jsonw *w, const struct store *s, const struct strv *tags)
{
	struct timespec last = { 0 };
	char text[TIME_TEXT_MAX];

	strv_for_each(i, tags) {
		auto_free char *name = ref_escape(tags->v[i]);
		auto_free char *path = name ? str_format("refs/%s", name) : NULL;
		struct stat st;

		if (path && fstatat(s->root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_mtim.tv_sec >= last.tv_sec)
			last = st.st_mtim;
	}
	jsonw_object(w, "Metadata");
	jsonw_str(w, "LastTagTime", last.tv_sec ? time_format(text, last) : NEVER);
	jsonw_end(w);
}

static void write_comment(struct jsonw *w, const struct json *raw)
{
	const char *comment = json_get_str(raw, "comment");

	/* docker's own member; OCI images say it in their last history entry. */
	json_for_each(entry, json_get(raw, "history")) {
		if (!json_get_str(raw, "comment"))
			comment = json_get_str(entry, "comment");
	}
	write_text(w, "Comment", comment);
}

static void write_inspect(struct jsonw *w, const char *key, const struct store *s,
			  const struct catalog_image *ci)
{
	const struct json *raw = ci->image.raw;
	char id[ID_SIZE + 8];

	(void)snprintf(id, sizeof(id), DIGEST_PREFIX "%s", ci->image.id);
	jsonw_object(w, key);
	jsonw_str(w, "Id", id);
	jsonw_strv(w, "RepoTags", &ci->tags);
	jsonw_strv(w, "RepoDigests", &ci->digests);
	jsonw_str(w, "Parent", "");
	write_comment(w, raw);
	jsonw_str(w, "Created", json_get_str(raw, "created") ? json_get_str(raw, "created") : NEVER);
	write_text(w, "DockerVersion", json_get_str(raw, "docker_version"));
	write_text(w, "Author", json_get_str(raw, "author"));
	write_config(w, json_get(raw, "config"));
	write_text(w, "Architecture", json_get_str(raw, "architecture"));
	if (json_get_str(raw, "variant"))
		jsonw_str(w, "Variant", json_get_str(raw, "variant"));
	write_text(w, "Os", json_get_str(raw, "os"));
	jsonw_uint(w, "Size", ci->size);
	jsonw_uint(w, "VirtualSize", ci->size);
	write_driver(w, s, &ci->image.layers);
	write_rootfs(w, &ci->image.layers);
	write_last_tag(w, s, &ci->tags);
	jsonw_end(w);
}

int catalog_inspect(const struct store *s, const char *what, struct jsonw *w, const char *key,
		    struct error *err)
{
	auto_catalog_image struct catalog_image ci = { 0 };
	auto_close int lock = store_lock(s, false, err);
	int r = lock < 0 ? lock : catalog_load_one(s, what, &ci, err);

	if (r < 0)
		return r;
	write_inspect(w, key, s, &ci);
	return 0;
}

/* One entry of the history as it stands in the configuration, with the layer that it made. */
struct step {
	const struct json *entry; /* borrowed; NULL: a layer that the history does not mention */
	const char *layer;	  /* borrowed; NULL: it made none */
};

/* At most @limit characters, the last one "…"; counted as UTF-8. */
static void add_short(struct buf *out, const char *text, size_t limit)
{
	size_t shown = 0;

	for (const char *p = text; *p; p++) {
		if (((unsigned char)*p & 0xc0) == 0x80)
			continue;
		if (++shown < limit || (shown == limit && !p[1]))
			continue;
		buf_add(out, text, (size_t)(p - text));
		buf_adds(out, "\xe2\x80\xa6");
		return;
	}
	buf_adds(out, text);
}

/* RFC 3339 without decimals. */
static const char *time_in_seconds(char out[TIME_TEXT_MAX], struct timespec t)
{
	char whole[TIME_TEXT_MAX];

	(void)snprintf(out, TIME_TEXT_MAX, "%.*sZ", (int)strcspn(time_format(whole, t), "."), whole);
	return out;
}

static void write_step(struct jsonw *w, const struct store *s, const struct step *step,
		       const char *id, bool no_trunc)
{
	const char *by = json_get_str(step->entry, "created_by");
	const char *created = json_get_str(step->entry, "created");
	uint64_t size = step->layer ? layer_size(s, step->layer) : 0;
	auto_buf struct buf shown = BUF_INIT;
	struct timespec t = { 0 };
	char text[TIME_TEXT_MAX];

	if (!created || time_parse(created, &t) < 0)
		t = (struct timespec){ 0 };
	add_short(&shown, by ? by : "", no_trunc ? SIZE_MAX : CREATED_BY_SHOWN);
	jsonw_object(w, NULL);
	jsonw_str(w, "ID", id);
	jsonw_str(w, "CreatedAt", t.tv_sec ? time_in_seconds(text, t) : "N/A");
	jsonw_str(w, "CreatedSince", created_since(text, t));
	jsonw_str(w, "CreatedBy", buf_str(&shown));
	jsonw_str(w, "Size", size_format(text, size));
	write_text(w, "Comment", json_get_str(step->entry, "comment"));
	jsonw_str(w, "Created", created ? created : NEVER);
	jsonw_int(w, "CreatedUnix", t.tv_sec);
	jsonw_uint(w, "Bytes", size);
	jsonw_end(w);
}

/* Pair history and layers, bottom first. @steps has room for all of both. Return: how many. */
static size_t pair_steps(const struct image *img, struct step *steps)
{
	size_t n = 0, layer = 0;

	json_for_each(entry, json_get(img->raw, "history")) {
		bool makes_layer = !json_bool(json_get(entry, "empty_layer"), false);

		steps[n++] = (struct step){
			.entry = entry,
			.layer = makes_layer && layer < img->layers.n ? img->layers.v[layer++] : NULL,
		};
	}
	while (layer < img->layers.n)
		steps[n++] = (struct step){ .layer = img->layers.v[layer++] };
	return n;
}

static int write_history(struct jsonw *w, const char *key, const struct store *s,
			 const struct image *img, bool no_trunc)
{
	size_t most = json_count(json_get(img->raw, "history")) + img->layers.n;
	auto_free struct step *steps = calloc(most + 1, sizeof(*steps));
	size_t n;

	if (!steps)
		return -ENOMEM;
	n = pair_steps(img, steps);
	jsonw_array(w, key);
	for (size_t i = n; i-- > 0;) {
		char id[ID_SIZE + 8] = "<missing>";

		if (i == n - 1 && no_trunc)
			(void)snprintf(id, sizeof(id), DIGEST_PREFIX "%s", img->id);
		else if (i == n - 1)
			(void)snprintf(id, sizeof(id), "%.*s", ID_SHORT, img->id);
		write_step(w, s, &steps[i], id, no_trunc);
	}
	jsonw_end(w);
	return 0;
}

int catalog_history(const struct store *s, const char *what, bool no_trunc, struct jsonw *w,
		    const char *key, struct error *err)
{
	auto_image struct image img = IMAGE_INIT;
	auto_close int lock = store_lock(s, false, err);
	int r = lock < 0 ? lock : image_open(s, what, &img, err);

	if (r < 0)
		return r;
	r = write_history(w, key, s, &img, no_trunc);
	return r < 0 ? error_set(err, r, "cannot list the history of '%s'", what) : 0;
}
