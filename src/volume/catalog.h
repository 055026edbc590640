/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All volumes together: listing with filters, pruning, disk usage, and what is wrong with any of
 * them.
 */
#ifndef BERTH_VOLUME_CATALOG_H
#define BERTH_VOLUME_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/jsonw.h"
#include "base/strv.h"
#include "store/store.h"
#include "volume/volume.h"

/* Which --filter a command knows. */
enum volume_filter_set {
	VOLUME_FILTER_LS,
	VOLUME_FILTER_PRUNE
};

/* docker's filters: of one kind any may match, labels must all; every kind that is given must. */
struct volume_filter {
	struct strv names; /* extended regular expressions, found anywhere */
	struct strv drivers;
	struct strv labels;	/* KEY or KEY=VALUE */
	struct strv not_labels; /* label!=…: none of them */
	bool has_dangling, dangling;
	bool all; /* prune: named volumes too */
};

#define VOLUME_FILTER_INIT ((struct volume_filter){ 0 })

void volume_filter_done(struct volume_filter *f);
DEFINE_AUTO(volume_filter, struct volume_filter, volume_filter_done)
#define auto_volume_filter auto_clean(volume_filter)

/**
 * volume_filter_parse() - one --filter argument, KIND=VALUE, added to @f.
 * ls knows dangling driver label name; prune knows all label label!. Return: 0 or -EINVAL.
 */
int volume_filter_parse(const char *arg, enum volume_filter_set set, struct volume_filter *f,
			struct error *err);

/* One line of a list. */
struct volume_entry {
	struct volume volume;
	size_t links;  /* containers that use it */
	uint64_t size; /* bytes allocated; only with VOLUME_LIST_SIZES */
};

struct volume_list {
	struct volume_entry *v; /* owned; by name, numbers inside names by value, as docker sorts */
	size_t n;
};

#define VOLUME_LIST_INIT ((struct volume_list){ 0 })

void volume_list_done(struct volume_list *l);
DEFINE_AUTO(volume_list, struct volume_list, volume_list_done)
#define auto_volume_list auto_clean(volume_list)

enum volume_list_flags {
	VOLUME_LIST_SIZES = 1
};

/** volume_list_read() - the volumes that match @filter (NULL: all). */
int volume_list_read(const struct store *s, const struct volume_filter *filter, unsigned flags,
		     struct volume_list *ret, struct error *err);

/**
 * volume_entry_json() - docker's row: all members are strings, "N/A" what is not known.
 * @sizes: Links and Size are known: `system df -v`
 */
void volume_entry_json(const struct volume_entry *e, bool sizes, struct jsonw *w, const char *key);

/**
 * volume_prune() - remove what no container uses: anonymous volumes, or all with filter->all.
 * @ret_names, @ret_bytes: what went, also when a later one fails
 */
int volume_prune(const struct store *s, const struct volume_filter *filter, struct strv *ret_names,
		 uint64_t *ret_bytes, struct error *err);

/* The line of `system df`. */
struct volume_df {
	size_t total, active;
	uint64_t size, reclaimable;
};

int volume_df_read(const struct store *s, struct volume_df *ret, struct error *err);

/**
 * volume_check() - what is wrong among the volumes: no record, no data, an interrupted fill,
 * foreign files.
 * @repair: put it right as well; data are never removed
 * @ret_findings: one line for each, appended
 */
int volume_check(const struct store *s, bool repair, struct strv *ret_findings, struct error *err);

#endif
