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

int name_lookup(const struct store *s, const char *name, char ret_id[ID_SIZE])
{
	auto_free char *path = str_format("names/%s", name);
	char id[ID_SIZE];
	ssize_t n;

	if (!path || strchr(name, '/'))
		return path ? -ENOENT : -ENOMEM;
	n = readlinkat(s->root_fd, path, id, sizeof(id));
	if (n != ID_LEN)
		return -ENOENT;
	id[n] = '\0';
	if (!id_is_valid(id))
		return -ENOENT;
	memcpy(ret_id, id, ID_SIZE);
	return 0;
}

bool name_is_known(const struct store *s, const char *id)
{
	auto_free char *in_root = str_format("%s/containers/.%s", s->root, id);
	auto_free char *in_run = str_format("%s/containers/.%s", s->run, id);
	auto_close int record = record_open(s, id, NULL, NULL);

	/* Without memory nothing is known to be stale. */
	return record != -ENOENT || !in_root || !in_run || access(in_root, F_OK) == 0 ||
	       access(in_run, F_OK) == 0;
}

/* A name whose container is gone was left by a killed process: it is free. Only with the store locked. */
static bool drop_if_stale(const struct store *s, const char *name)
{
	auto_free char *path = str_format("names/%s", name);
	char id[ID_SIZE];

	if (!path || name_lookup(s, name, id) < 0 || name_is_known(s, id))
		return false;
	return unlinkat(s->root_fd, path, 0) == 0;
}

static int try_claim(const struct store *s, const char *name, const char *id)
{
	auto_free char *path = str_format("names/%s", name);

	if (!path)
		return -ENOMEM;
	for (int attempt = 0;; attempt++) {
		if (symlinkat(id, s->root_fd, path) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
		if (attempt > 0 || !drop_if_stale(s, name))
			return -EEXIST;
	}
}

static int claim_made_up(const struct store *s, const char *id, char **ret_name, struct error *err)
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
		r = name ? try_claim(s, name, id) : -ENOMEM;
		if (r == 0)
			*ret_name = take_ptr(name);
		if (r != -EEXIST)
			return r < 0 ? error_set(err, r, "cannot make up a name") : 0;
	}
	return error_msg(err, EEXIST, "cannot make up a name that is free");
}

int name_claim(const struct store *s, const char *name, const char *id, char **ret_name,
	       struct error *err)
{
	char other[ID_SIZE] = "";
	int r;

	if (!name)
		return claim_made_up(s, id, ret_name, err);
	r = name_check(name, err);
	if (r < 0)
		return r;
	r = try_claim(s, name, id);
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
	auto_free char *path = str_format("names/%s", name);
	char owner[ID_SIZE];

	if (path && name_lookup(s, name, owner) == 0 && STREQ(owner, id))
		(void)unlinkat(s->root_fd, path, 0);
}
