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
	struct strv options;	/* KEY or KEY=VALUE, as labels */
	struct strv scopes;
	struct strv since;	/* volumes after which it was made, all of them */
	struct timespec since_time; /* of the last of them, by volume_filter_resolve() */
	struct timespec until;	/* before which it was made; 0: any */
	bool has_dangling, dangling;
	bool has_anonymous, anonymous;
	bool all; /* prune: named volumes too */
};

#define VOLUME_FILTER_INIT ((struct volume_filter){ 0 })

void volume_filter_done(struct volume_filter *f);
DEFINE_AUTO(volume_filter, struct volume_filter, volume_filter_done)
#define auto_volume_filter auto_clean(volume_filter)

/**
 * volume_filter_parse() - one --filter argument, KIND=VALUE, added to @f.
 * ls knows docker's dangling driver label name and podman's anonymous label! opt scope since after until;
 * prune knows all label label! and anonymous since after until. Return: 0 or -EINVAL.
 */
int volume_filter_parse(const char *arg, enum volume_filter_set set, struct volume_filter *f,
			struct error *err);

/** volume_filter_resolve() - look up the volumes that since= names. 0, or -ENOENT. */
int volume_filter_resolve(const struct store *s, struct volume_filter *f, struct error *err);

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
 * volume_inspect_json() - docker's `volume inspect` object with the containers that use it, UsedBy; with @size
 * what it takes of the disk, too.
 */
int volume_inspect_json(const struct store *s, const char *name, bool size, struct jsonw *w,
			struct error *err);

/**
 * volume_prune_candidates() - what volume_prune() would remove, and how many bytes that would give back.
 */
int volume_prune_candidates(const struct store *s, const struct volume_filter *filter,
			    struct strv *ret_names, uint64_t *ret_bytes, struct error *err);

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
