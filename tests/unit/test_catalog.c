/* SPDX-License-Identifier: Apache-2.0 */
/* Listing, tagging, removing and checking images whose records are written here by hand. */
#include "store/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/fs.h"
#include "base/id.h"
#include "base/json.h"
#include "store/check.h"
#include "store/image.h"
#include "store/layer.h"
#include "store/ref.h"
#include "tap.h"

struct fixture {
	char dir[32];
	struct store s;
};

static void fixture_done(struct fixture *f)
{
	store_done(&f->s);
	OK(tree_remove(AT_FDCWD, f->dir) == 0);
}
DEFINE_AUTO(fixture, struct fixture, fixture_done)
#define auto_fixture auto_clean(fixture)

/* An id of 64 times the same digit: readable in a test. */
static const char *id_of(char digit, char out[ID_SIZE])
{
	memset(out, digit, ID_LEN);
	out[ID_LEN] = '\0';
	return out;
}

static void add_layer(const struct store *s, char digit, unsigned size)
{
	auto_scratch struct scratch d = SCRATCH_INIT;
	char id[ID_SIZE];

	OK(scratch_make(s, &d, NULL) == 0 && mkdirat(d.fd, "l", 0700) == 0 &&
	   mkdirat(d.fd, "l/diff", 0755) == 0 &&
	   layer_publish(s, &d, "l", id_of(digit, id), size, NULL) == 0);
}

static void add_image(const struct store *s, char digit, const char *created, const char *layers)
{
	auto_buf struct buf config = BUF_INIT, record = BUF_INIT;
	char id[ID_SIZE], layer[ID_SIZE], path[96];

	buf_addf(&config, "{\"created\":\"%s\",\"architecture\":\"amd64\",\"os\":\"linux\",\"author\":\"me\","
			  "\"config\":{\"Cmd\":[\"sh\"],\"Labels\":{\"n\":\"%c\"}},\"rootfs\":{\"diff_ids\":[",
		 created, digit);
	buf_adds(&record, "{\"Layers\":[");
	for (const char *l = layers; *l; l++) {
		id_of(*l, layer);
		buf_addf(&config, "%s\"sha256:%s\"", l > layers ? "," : "", layer);
		buf_addf(&record, "%s\"%s\"", l > layers ? "," : "", layer);
	}
	buf_addf(&config, "]},\"history\":[{\"created\":\"%s\",\"created_by\":\"ADD file\"},"
			  "{\"created_by\":\"CMD \\\"a very long line, which does not fit into the "
			  "column\\\"\",\"empty_layer\":true,\"comment\":\"last\"}]}", created);
	buf_adds(&record, "],\"Blobs\":[]}");
	(void)snprintf(path, sizeof(path), "images/%s", id_of(digit, id));
	OK(mkdirat(s->root_fd, path, 0700) == 0);
	(void)snprintf(path, sizeof(path), "images/%s/config.json", id);
	OK(file_write_at(s->root_fd, path, config.data, config.len, 0600) == 0);
	(void)snprintf(path, sizeof(path), "images/%s/image.json", id);
	OK(file_write_at(s->root_fd, path, record.data, record.len, 0600) == 0);
}

static void add_container(const struct store *s, char digit, char image, char layer)
{
	auto_buf struct buf record = BUF_INIT;
	char id[ID_SIZE], image_id[ID_SIZE], layer_id[ID_SIZE], path[112];

	buf_addf(&record, "{\"Image\":\"sha256:%s\",\"Layers\":[\"%s\"]}", id_of(image, image_id),
		 id_of(layer, layer_id));
	(void)snprintf(path, sizeof(path), "containers/%s", id_of(digit, id));
	OK(mkdirat(s->root_fd, path, 0700) == 0);
	(void)snprintf(path, sizeof(path), "containers/%s/config.json", id);
	OK(file_write_at(s->root_fd, path, record.data, record.len, 0600) == 0);
}

static void tag(const struct store *s, const char *name, char image)
{
	char id[ID_SIZE];

	EQ_INT(ref_set(s, name, id_of(image, id), NULL), 0);
}

/*
 * a: layers 1 2, two names; b: layers 1 3, one name; c: layer 4, no name; the container d is of b.
 */
static void fixture_init(struct fixture *f)
{
	char run[64];

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/test_catalog.XXXXXX");
	OK(mkdtemp(f->dir));
	(void)snprintf(run, sizeof(run), "%s/run", f->dir);
	f->s = STORE_INIT;
	EQ_INT(store_open(&f->s, f->dir, run, NULL), 0);
	add_layer(&f->s, '1', 1000);
	add_layer(&f->s, '2', 200);
	add_layer(&f->s, '3', 30);
	add_layer(&f->s, '4', 4);
	add_image(&f->s, 'a', "2026-01-01T00:00:00Z", "12");
	add_image(&f->s, 'b', "2026-02-01T00:00:00Z", "13");
	add_image(&f->s, 'c', "2026-03-01T00:00:00Z", "4");
	tag(&f->s, "one:latest", 'a');
	tag(&f->s, "me/one:1", 'a');
	tag(&f->s, "two:latest", 'b');
	add_container(&f->s, 'd', 'b', '3');
}

/* "Repository:Tag " of every row of the list, or the error. */
static const char *listed(const struct store *s, const char *filter, const char *name, char out[256])
{
	auto_strv struct strv filters = STRV_INIT;
	struct image_list_request req = { .filters = &filters, .name = name };
	auto_buf struct buf text = BUF_INIT;
	struct jsonw w = JSONW_INIT(&text, 0);
	auto_json struct json *v = NULL;
	struct error err = ERROR_INIT;
	size_t used = 0;

	out[0] = '\0';
	if (filter)
		OK(strv_add(&filters, filter) == 0);
	if (catalog_list(s, &req, &w, NULL, &err) < 0) {
		(void)snprintf(out, 256, "%.255s", err.msg);
		return out;
	}
	OK(json_parse(buf_str(&text), text.len, &v, NULL) == 0);
	json_for_each(row, v)
		used += (size_t)snprintf(out + used, 256 - used, "%s:%s ",
					 json_get_str(row, "Repository"), json_get_str(row, "Tag"));
	return out;
}

static void lists(void)
{
	auto_fixture struct fixture f;
	char out[256];

	fixture_init(&f);
	EQ_STR(listed(&f.s, NULL, NULL, out), "<none>:<none> two:latest me/one:1 one:latest ");
	EQ_STR(listed(&f.s, "dangling=true", NULL, out), "<none>:<none> ");
	EQ_STR(listed(&f.s, "dangling=false", "one", out), "one:latest ");
	EQ_STR(listed(&f.s, "reference=*/one", NULL, out), "me/one:1 ");
	EQ_STR(listed(&f.s, NULL, "t*:la*", out), "two:latest ");
	EQ_STR(listed(&f.s, "label=n=b", NULL, out), "two:latest ");
	EQ_STR(listed(&f.s, "label=x", NULL, out), "");
	EQ_STR(listed(&f.s, "label=n", "two", out), "two:latest ");
	EQ_STR(listed(&f.s, "before=two", NULL, out), "me/one:1 one:latest ");
	EQ_STR(listed(&f.s, "since=two", NULL, out), "<none>:<none> ");
	EQ_STR(listed(&f.s, "before=no", NULL, out), "no such image: no");
	EQ_STR(listed(&f.s, "dangling=maybe", NULL, out), "invalid value for filter 'dangling': 'maybe'");
	EQ_STR(listed(&f.s, "colour=red", NULL, out), "invalid filter 'colour=red'");
}

static void describes_rows(void)
{
	struct image_list_request req = { .name = "two" };
	auto_buf struct buf text = BUF_INIT;
	struct jsonw w = JSONW_INIT(&text, 0);
	auto_json struct json *v = NULL;
	auto_fixture struct fixture f;
	const struct json *row;

	fixture_init(&f);
	EQ_INT(catalog_list(&f.s, &req, &w, NULL, NULL), 0);
	EQ_INT(json_parse(buf_str(&text), text.len, &v, NULL), 0);
	row = json_first(v);
	EQ_INT(json_count(v), 1);
	EQ_STR(json_get_str(row, "ID"), "bbbbbbbbbbbb");
	EQ_STR(json_get_str(row, "Digest"), "<none>");
	EQ_STR(json_get_str(row, "CreatedAt"), "2026-02-01 00:00:00 +0000 UTC");
	EQ_STR(json_get_str(row, "Size"), "1.03kB");
	EQ_STR(json_get_str(row, "SharedSize"), "1kB");
	EQ_STR(json_get_str(row, "UniqueSize"), "30B");
	EQ_STR(json_get_str(row, "Containers"), "1");
	EQ_INT(json_int(json_get(row, "Bytes"), 0), 1030);
}

static void finds(void)
{
	static const struct {
		const char *what;
		int r;
	} cases[] = {
		{ "one", 0 }, { "docker.io/library/one:latest", 0 }, { "me/one", -ENOENT }, { "c", 0 },
		{ "sha256:bb", 0 }, { "aaaaaaaaaaaa", 0 }, { "e", -ENOENT }, { "", -EINVAL },
		{ "ONE", -EINVAL }, { "../a", -EINVAL },
	};
	auto_fixture struct fixture f;
	char id[ID_SIZE] = "", full[80] = "sha256:";

	fixture_init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		EQ_INT(image_find(&f.s, cases[i].what, id, NULL), cases[i].r);
	EQ_INT(image_find(&f.s, id_of('c', full + 7) - 7, id, NULL), 0);
	EQ_STR(id, full + 7);
	/* A name comes before an id that looks like it. */
	tag(&f.s, "c:latest", 'a');
	EQ_INT(image_find(&f.s, "c", id, NULL), 0);
	EQ_INT(id[0], 'a');
}

static void refuses_ambiguous_prefixes(void)
{
	auto_fixture struct fixture f;
	struct error err = ERROR_INIT;
	char id[ID_SIZE], path[96], other[96];

	fixture_init(&f);
	(void)snprintf(path, sizeof(path), "images/%s", id_of('c', id));
	id[ID_LEN - 1] = '0';
	(void)snprintf(other, sizeof(other), "images/%s", id);
	EQ_INT(mkdirat(f.s.root_fd, other, 0700), 0);
	EQ_INT(image_find(&f.s, "ccc", id, &err), -ENOTUNIQ);
	EQ_STR(err.msg, "multiple IDs found with provided prefix: ccc");
}

static void opens_layers(void)
{
	auto_image struct image img = IMAGE_INIT;
	auto_fixture struct fixture f;
	struct error err = ERROR_INIT;
	size_t n = 0;
	int *fds = NULL;

	fixture_init(&f);
	add_image(&f.s, 'e', "2026-04-01T00:00:00Z", "1213");
	EQ_INT(image_open(&f.s, "e", &img, NULL), 0);
	EQ_INT(img.layers.n, 4);
	EQ_INT(image_layer_fds(&f.s, &img, &fds, &n, NULL), 0);
	EQ_INT(n, 3); /* 3 1 2: the lower 1 is the same directory */
	fds_free(fds, n);
	image_done(&img);
	add_image(&f.s, 'f', "2026-04-01T00:00:00Z", "9");
	EQ_INT(image_open(&f.s, "f", &img, NULL), 0);
	EQ_INT(image_layer_fds(&f.s, &img, &fds, &n, &err), -ENOENT);
	OK(strstr(err.msg, "cannot open layer"));
}

static const char *joined(const struct strv *lines, char out[2048])
{
	size_t used = 0;

	out[0] = '\0';
	strv_for_each(i, lines)
		used += (size_t)snprintf(out + used, 2048 - used, "%.24s|", lines->v[i]);
	return out;
}

static const char *removed(const struct store *s, const char *what, bool force, char out[2048])
{
	auto_strv struct strv lines = STRV_INIT;
	struct error err = ERROR_INIT;

	if (catalog_remove(s, what, force, &lines, &err) == 0)
		return joined(&lines, out);
	(void)snprintf(out, 2048, "%d %s", err.code, err.msg);
	return out;
}

static void removes(void)
{
	auto_fixture struct fixture f;
	char out[2048], id[ID_SIZE];

	fixture_init(&f);
	EQ_STR(removed(&f.s, "aaaa", false, out),
	       "16 conflict: unable to delete aaaaaaaaaaaa (must be forced) - image is referenced in "
	       "multiple repositories");
	EQ_STR(removed(&f.s, "one", false, out), "Untagged: one:latest|");
	EQ_STR(removed(&f.s, "one", false, out), "2 no such image: one");
	EQ_STR(removed(&f.s, "me/one:1", false, out),
	       "Untagged: me/one:1|Deleted: sha256:aaaaaaaa|Deleted: sha256:22222222|");
	OK(layer_exists(&f.s, id_of('1', id)));
	EQ_STR(removed(&f.s, "cc", false, out), "Deleted: sha256:cccccccc|Deleted: sha256:44444444|");
	EQ_STR(removed(&f.s, "", false, out),
	       "22 invalid reference format: ''");
}

static void removes_digests_with_the_last_tag(void)
{
	auto_fixture struct fixture f;
	char out[2048], id[ID_SIZE], name[96];

	fixture_init(&f);
	(void)snprintf(name, sizeof(name), "me/one@sha256:%s", id_of('9', id));
	tag(&f.s, name, 'a');
	EQ_STR(removed(&f.s, "one", false, out), "Untagged: one:latest|");
	EQ_STR(removed(&f.s, "me/one:1", false, out),
	       "Untagged: me/one:1|Untagged: me/one@sha256:|Deleted: sha256:aaaaaaaa|"
	       "Deleted: sha256:22222222|");
	(void)snprintf(name, sizeof(name), "other/two@sha256:%s", id_of('9', id));
	tag(&f.s, name, 'b');
	EQ_STR(removed(&f.s, "two", false, out), "Untagged: two:latest|");
	EQ_INT(ref_resolve(&f.s, name, id), 0);
	EQ_STR(removed(&f.s, name, false, out) + 3,
	       "conflict: unable to remove repository reference \"other/two@sha256:"
	       "9999999999999999999999999999999999999999999999999999999999999999\" (must force) - "
	       "container dddddddddddd is using its referenced image bbbbbbbbbbbb");
}

static void keeps_what_containers_use(void)
{
	auto_fixture struct fixture f;
	char out[2048], id[ID_SIZE];

	fixture_init(&f);
	EQ_STR(removed(&f.s, "two", false, out),
	       "16 conflict: unable to remove repository reference \"two\" (must force) - container "
	       "dddddddddddd is using its referenced image bbbbbbbbbbbb");
	EQ_STR(removed(&f.s, "bb", false, out),
	       "16 conflict: unable to delete bbbbbbbbbbbb (must be forced) - image is being used by "
	       "container dddddddddddd");
	EQ_STR(removed(&f.s, "two", true, out), "Untagged: two:latest|");
	EQ_STR(removed(&f.s, "bb", true, out),
	       "16 conflict: unable to delete bbbbbbbbbbbb (cannot be forced) - image is being used by "
	       "container dddddddddddd");
	OK(layer_exists(&f.s, id_of('3', id)));
}

static void prunes(void)
{
	auto_fixture struct fixture f;
	auto_strv struct strv lines = STRV_INIT, filters = STRV_INIT;
	uint64_t bytes = 0;
	char out[2048];

	fixture_init(&f);
	OK(strv_add(&filters, "label=n=x") == 0);
	EQ_INT(catalog_prune(&f.s, true, &filters, &lines, &bytes, NULL), 0);
	EQ_INT(lines.n, 0);
	strv_done(&filters);
	OK(strv_add(&filters, "until=1x") == 0);
	EQ_INT(catalog_prune(&f.s, true, &filters, &lines, &bytes, NULL), -EINVAL);
	strv_done(&filters);
	OK(strv_add(&filters, "until=2026-02-15T00:00:00Z") == 0);
	EQ_INT(catalog_prune(&f.s, false, &filters, &lines, &bytes, NULL), 0);
	EQ_INT(lines.n, 0);
	EQ_INT(catalog_prune(&f.s, false, NULL, &lines, &bytes, NULL), 0);
	EQ_STR(joined(&lines, out), "Deleted: sha256:cccccccc|Deleted: sha256:44444444|");
	EQ_INT(bytes, 4);
	strv_done(&lines);
	EQ_INT(catalog_prune(&f.s, true, NULL, &lines, &bytes, NULL), 0);
	EQ_STR(joined(&lines, out), "Untagged: me/one:1|Untagged: one:latest|"
				    "Deleted: sha256:aaaaaaaa|Deleted: sha256:22222222|");
	EQ_INT(bytes, 200);
}

static void counts(void)
{
	auto_fixture struct fixture f;
	struct image_usage usage = { 0 };

	fixture_init(&f);
	EQ_INT(catalog_usage(&f.s, &usage, NULL), 0);
	EQ_INT(usage.count, 3);
	EQ_INT(usage.active, 1);
	EQ_INT(usage.size, 1234);
	EQ_INT(usage.reclaimable, 204);
}

static void tags(void)
{
	auto_fixture struct fixture f;
	struct error err = ERROR_INIT;
	char id[ID_SIZE] = "";

	fixture_init(&f);
	EQ_INT(catalog_tag(&f.s, "one", "docker.io/library/new", NULL), 0);
	EQ_INT(ref_resolve(&f.s, "new:latest", id), 0);
	EQ_INT(id[0], 'a');
	EQ_INT(catalog_tag(&f.s, "none", "new", &err), -ENOENT);
	EQ_INT(catalog_tag(&f.s, "one", "New", &err), -EINVAL);
	EQ_STR(err.msg, "invalid reference format: repository name (New) must be lowercase");
}

static void inspects(void)
{
	auto_buf struct buf text = BUF_INIT;
	struct jsonw w = JSONW_INIT(&text, 4);
	auto_json struct json *v = NULL;
	auto_fixture struct fixture f;

	fixture_init(&f);
	EQ_INT(catalog_inspect(&f.s, "one", &w, NULL, NULL), 0);
	EQ_INT(json_parse(buf_str(&text), text.len, &v, NULL), 0);
	OK(strncmp(json_get_str(v, "Id"), "sha256:aaaa", 11) == 0);
	EQ_INT(json_count(json_get(v, "RepoTags")), 2);
	EQ_INT(json_count(json_get(v, "RepoDigests")), 0);
	EQ_STR(json_get_str(v, "Author"), "me");
	EQ_STR(json_get_str(v, "Comment"), "last");
	EQ_STR(json_get_str(v, "Architecture"), "amd64");
	EQ_INT(json_int(json_get(v, "Size"), 0), 1200);
	EQ_STR(json_str(json_first(json_get(json_get(v, "Config"), "Cmd"))), "sh");
	EQ_STR(json_get_str(json_get(v, "Config"), "User"), "");
	EQ_INT(json_count(json_get(json_get(v, "RootFS"), "Layers")), 2);
	OK(json_get_str(json_get(json_get(v, "GraphDriver"), "Data"), "UpperDir"));
	OK(json_get_str(json_get(v, "Metadata"), "LastTagTime")[0] == '2');
}

static void tells_history(void)
{
	auto_buf struct buf text = BUF_INIT;
	struct jsonw w = JSONW_INIT(&text, 0);
	auto_json struct json *v = NULL;
	auto_fixture struct fixture f;
	const struct json *step;

	fixture_init(&f);
	EQ_INT(catalog_history(&f.s, "one", false, &w, NULL, NULL), 0);
	EQ_INT(json_parse(buf_str(&text), text.len, &v, NULL), 0);
	EQ_INT(json_count(v), 3); /* one layer more than the history tells of */
	step = json_first(v);
	EQ_STR(json_get_str(step, "ID"), "aaaaaaaaaaaa");
	EQ_STR(json_get_str(step, "Size"), "200B");
	step = json_next(step);
	EQ_STR(json_get_str(step, "ID"), "<missing>");
	EQ_STR(json_get_str(step, "Size"), "0B");
	EQ_STR(json_get_str(step, "CreatedBy"), "CMD \"a very long line, which does not fit in\xe2\x80\xa6");
	step = json_next(step);
	EQ_STR(json_get_str(step, "CreatedAt"), "2026-01-01T00:00:00Z");
	EQ_STR(json_get_str(step, "Size"), "1kB");
}

static void checks(void)
{
	auto_strv struct strv clean = STRV_INIT, said = STRV_INIT, mended = STRV_INIT, after = STRV_INIT;
	auto_fixture struct fixture f;
	char id[ID_SIZE], path[96];

	fixture_init(&f);
	EQ_INT(store_check(&f.s, false, &clean, NULL), 0);
	EQ_INT(clean.n, 0);
	tag(&f.s, "ghost:1", 'f');
	add_layer(&f.s, '5', 5);
	add_image(&f.s, 'e', "2026-04-01T00:00:00Z", "9");
	OK(mkdirat(f.s.root_fd, "tmp/1.dead", 0700) == 0);
	OK(mkdirat(f.s.root_fd, "tmp/1.dead/x", 0700) == 0);
	(void)snprintf(path, sizeof(path), "layers/%s/layer.json", id_of('4', id));
	OK(unlinkat(f.s.root_fd, path, 0) == 0);
	OK(symlinkat("nowhere", f.s.root_fd, "refs/bad") == 0);
	OK(file_write_at(f.s.root_fd, "blobs/junk", "1", 1, 0600) == 0);
	EQ_INT(store_check(&f.s, false, &said, NULL), 0);
	/* scratch; layer 4; images c and e; refs bad and ghost; garbage: layer 5, the blob */
	EQ_INT(said.n, 8);
	EQ_INT(store_check(&f.s, true, &mended, NULL), 0);
	EQ_INT(mended.n, 9); /* and layer 4, which is garbage now that image c is gone */
	EQ_INT(store_check(&f.s, false, &after, NULL), 0);
	EQ_INT(after.n, 0);
	strv_for_each(i, &after)
		printf("# %s\n", after.v[i]);
	OK(layer_exists(&f.s, id_of('3', id)));
}

static void stops_at_damaged_records(void)
{
	auto_strv struct strv lines = STRV_INIT;
	auto_fixture struct fixture f;
	char id[ID_SIZE], path[112], out[2048];

	fixture_init(&f);
	(void)snprintf(path, sizeof(path), "containers/%s/config.json", id_of('d', id));
	OK(file_write_at(f.s.root_fd, path, "{", 1, 0600) == 0);
	add_layer(&f.s, '5', 5);
	OK(strncmp(removed(&f.s, "one", false, out), "22 ", 3) == 0);
	EQ_INT(store_check(&f.s, true, &lines, NULL), 0);
	EQ_INT(lines.n, 2);
	OK(layer_exists(&f.s, id_of('5', id)));
}

TAP_MAIN(lists, describes_rows, finds, refuses_ambiguous_prefixes, opens_layers, removes,
	 removes_digests_with_the_last_tag, keeps_what_containers_use, prunes, counts, tags,
	 inspects, tells_history, checks, stops_at_damaged_records)
