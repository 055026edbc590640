/* SPDX-License-Identifier: Apache-2.0 */
/* berth-template cache-ls and cache-prune. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/timefmt.h"
#include "helper/template_verbs.h"
#include "template/cache.h"

static int open_cache(const struct template_call *c, struct cache_dir *ret, struct error *err)
{
	auto_free char *dir = NULL;
	uint64_t limit = 0;
	int r = template_cache_from_env(c->store->root, &dir, &limit, err);

	return r < 0 ? r : cache_dir_open(ret, dir, limit, err);
}

static void print_entry(const struct cache_usage *u)
{
	auto_buf struct buf row = BUF_INIT;
	struct jsonw w = JSONW_INIT(&row, 0);
	const char *at = strrchr(u->name, '@');
	auto_free char *build =
		str_format("%.*s", (int) (at ? at - u->name : (long) strlen(u->name)), u->name);
	struct timespec used = { .tv_sec = u->last_used };
	char text[TIME_TEXT_MAX];

	jsonw_object(&w, NULL);
	jsonw_str(&w, "ID", u->name);
	jsonw_str(&w, "BuildID", build);
	jsonw_uint(&w, "Size", u->bytes);
	jsonw_uint(&w, "DataSize", u->size);
	jsonw_str(&w, "LastUsedAt", time_format(text, used));
	jsonw_bool(&w, "InUse", u->in_use);
	jsonw_end(&w);
	printf("%s\n", buf_str(&row));
}

int template_cache_ls(const struct template_call *c, struct error *err)
{
	auto_clean(cache_dir) struct cache_dir cache = CACHE_DIR_INIT;
	auto_free struct cache_usage *all = NULL;
	size_t n = 0;
	int r = open_cache(c, &cache, err);

	if (r == 0)
		r = cache_list(&cache, &all, &n, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		print_entry(&all[i]);
	return r;
}

int template_cache_prune(const struct template_call *c, struct error *err)
{
	auto_clean(cache_dir) struct cache_dir cache = CACHE_DIR_INIT;
	auto_strv struct strv removed = STRV_INIT;
	uint64_t bytes = 0;
	int r = open_cache(c, &cache, err);

	if (r == 0)
		r = cache_trim(&cache, STREQ(c->argv[0], "all") ? 0 : cache.limit, &removed, &bytes,
			       err);
	for (size_t i = 0; r == 0 && i < removed.n; i++)
		printf("%s\n", removed.v[i]);
	if (r == 0)
		printf("%" PRIu64 "\n", bytes);
	return r;
}
