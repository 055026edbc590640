/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/firstname.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct known_file {
	dev_t dev;
	ino_t ino;
	char *path; /* owned */
};

static void known_file_free(void *p)
{
	struct known_file *f = p;

	free(f->path);
	free(f);
}

void first_names_done(struct first_names *n)
{
	tdestroy(n->tree, known_file_free);
	n->tree = NULL;
}

static int compare(const void *a, const void *b)
{
	const struct known_file *x = a;
	const struct known_file *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino == y->ino ? 0 : x->ino < y->ino ? -1 : 1;
}

const char *first_name(struct first_names *n, const struct stat *st, const char *path)
{
	struct known_file key = { .dev = st->st_dev, .ino = st->st_ino };
	struct known_file *made;
	void *found = tfind(&key, &n->tree, compare);

	if (found)
		return (*(struct known_file **)found)->path;
	made = calloc(1, sizeof(*made));
	if (!made)
		return NULL;
	*made = key;
	made->path = strdup(path);
	if (!made->path || !tsearch(made, &n->tree, compare)) {
		known_file_free(made);
		return NULL;
	}
	return made->path;
}
