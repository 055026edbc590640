/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/names.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/name.h"
#include "store/records.h"

#define MADE_UP_ATTEMPTS 64

static const char *const adjectives[] = {
	"able", "airy", "amber", "ample", "balmy", "bold", "brave", "breezy", "bright", "brisk",
	"calm", "candid", "cheery", "civil", "clear", "coral", "cosy", "crisp", "dapper", "deft",
	"eager", "early", "fair", "fleet", "fond", "frank", "gentle", "glad", "golden", "hardy",
	"hearty", "honest", "jolly", "keen", "kind", "lively", "loyal", "lucid", "mellow", "merry",
	"mild", "neat", "nimble", "noble", "pearly", "placid", "plucky", "polite", "prompt", "quick",
	"quiet", "ready", "rosy", "salty", "serene", "silver", "steady", "sunny", "swift", "tidy",
	"trim", "upbeat", "vivid", "warm",
};

static const char *const nouns[] = {
	"anchor", "barge", "bay", "beacon", "bollard", "bosun", "bow", "breaker", "brig", "buoy",
	"cape", "captain", "cargo", "channel", "clipper", "coast", "compass", "cove", "crane", "current",
	"cutter", "deck", "delta", "dinghy", "dock", "dory", "ferry", "fjord", "galley", "gull",
	"harbour", "haven", "hull", "inlet", "islet", "jetty", "kayak", "keel", "ketch", "lagoon",
	"lantern", "lighter", "mast", "mooring", "oar", "osprey", "pelican", "pier", "pilot", "port",
	"quay", "raft", "reef", "rudder", "sail", "schooner", "skiff", "sloop", "spar", "strait",
	"tiller", "tug", "wharf", "yawl",
};

int name_check(const char *name, struct error *err)
{
	if (name_is_valid(name))
		return 0;
	return error_msg(err, EINVAL, "invalid container name (%.200s), only " NAME_RULE " are allowed",
			 name);
}

/* The link that is @name in ROOT or in RUN. */
static char *link_path(const struct store *s, bool in_run, const char *name)
{
	return str_format("%s/names/%s", in_run ? s->state : s->root, name);
}

static int read_link(const char *path, char ret_id[ID_SIZE])
{
	char id[ID_SIZE];
	ssize_t n = path ? readlink(path, id, sizeof(id)) : -1;

	if (n != ID_LEN)
		return -ENOENT;
	id[n] = '\0';
	if (!id_is_valid(id))
		return -ENOENT;
	memcpy(ret_id, id, ID_SIZE);
	return 0;
}

int name_lookup(const struct store *s, const char *name, char ret_id[ID_SIZE])
{
	auto_free char *in_root = link_path(s, false, name), *in_run = link_path(s, true, name);

	if (strchr(name, '/'))
		return -ENOENT;
	return read_link(in_root, ret_id) == 0 ? 0 : read_link(in_run, ret_id);
}

bool name_is_known(const struct store *s, const char *id)
{
	auto_free char *in_root = str_format("%s/containers/.%s", s->root, id);
	auto_free char *in_run = str_format("%s/containers/.%s", s->state, id);
	auto_close int record = record_open(s, id, NULL, NULL);

	/* Without memory nothing is known to be stale. */
	return record != -ENOENT || !in_root || !in_run || access(in_root, F_OK) == 0 ||
	       access(in_run, F_OK) == 0;
}

/* A name whose container is gone was left by a killed process: it is free. Only with the store locked. */
static bool is_taken(const char *path, const struct store *s)
{
	char id[ID_SIZE];

	if (read_link(path, id) < 0)
		return false;
	return name_is_known(s, id) || unlink(path) < 0;
}

static int make_link(const struct store *s, const char *path, const char *id, bool in_run)
{
	for (int attempt = 0;; attempt++) {
		auto_close int dir = FD_NONE;

		if (symlink(id, path) == 0)
			return 0;
		if (attempt > 0 || (errno != EEXIST && errno != ENOENT))
			return -errno;
		if (errno == EEXIST && is_taken(path, s))
			return -EEXIST;
		if (errno == ENOENT && in_run) {
			dir = record_run_dir(s, "names", NULL);
			if (dir < 0)
				return dir;
		}
	}
}

/*
 * A name is claimed where the container's record is, and then looked for in the other place. Of two that
 * claim one in both places at once each sees the other's: both may fail, never both succeed.
 */
static int try_claim(const struct store *s, const char *name, const char *id, bool in_run)
{
	auto_free char *path = link_path(s, in_run, name), *other = link_path(s, !in_run, name);
	int r = path && other ? make_link(s, path, id, in_run) : -ENOMEM;

	if (r < 0 || !is_taken(other, s))
		return r;
	(void)unlink(path);
	return -EEXIST;
}

static int claim_made_up(const struct store *s, const char *id, bool in_run, char **ret_name,
			 struct error *err)
{
	for (int i = 0; i < MADE_UP_ATTEMPTS; i++) {
		auto_free char *name = NULL;
		uint32_t x = 0;
		int r;

		if (getrandom(&x, sizeof(x), 0) < 0)
			return error_set(err, errno, "cannot make up a name");
		name = str_format("%s_%s", adjectives[x % ARRAY_SIZE(adjectives)],
				  nouns[(x >> 8) % ARRAY_SIZE(nouns)]);
		/* With thousands of containers the pairs run out: add digits after a few collisions. */
		if (name && i > 4) {
			char *longer = str_format("%s%u", name, (x >> 16) % 10000);

			free(name);
			name = longer;
		}
		r = name ? try_claim(s, name, id, in_run) : -ENOMEM;
		if (r == 0)
			*ret_name = take_ptr(name);
		if (r != -EEXIST)
			return r < 0 ? error_set(err, r, "cannot make up a name") : 0;
	}
	return error_msg(err, EEXIST, "cannot make up a name that is free");
}

int name_claim(const struct store *s, const char *name, const char *id, bool in_run,
	       char **ret_name, struct error *err)
{
	char other[ID_SIZE] = "";
	int r;

	if (!name)
		return claim_made_up(s, id, in_run, ret_name, err);
	r = name_check(name, err);
	if (r < 0)
		return r;
	r = try_claim(s, name, id, in_run);
	if (r == -EEXIST) {
		(void)name_lookup(s, name, other);
		(void)error_msg(err, EEXIST,
				"the container name \"/%s\" is already in use by container \"%s\"",
				name, other);
		return error_hint(err, r, "remove that container (berth rm %s) or choose another name",
				  name);
	}
	if (r < 0)
		return error_set(err, r, "cannot claim the name '%s'", name);
	*ret_name = strdup(name);
	return *ret_name ? 0 : -ENOMEM;
}

void name_release(const struct store *s, const char *name, const char *id)
{
	for (int in_run = 0; in_run <= 1; in_run++) {
		auto_free char *path = link_path(s, in_run, name);
		char owner[ID_SIZE];

		if (read_link(path, owner) == 0 && STREQ(owner, id))
			(void)unlink(path);
	}
}
