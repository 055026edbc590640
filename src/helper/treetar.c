/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/treetar.h"

#include <errno.h>
#include <pthread.h>

#include "helper/ring.h"
#include "helper/sha256.h"

struct producer {
	struct ring ring;
	struct tar_write *w;
	unsigned char *chunk;
	size_t used;
};

static int sink_reserve(void *ctx, unsigned char **ret, size_t *ret_len)
{
	struct producer *p = ctx;

	if (!p->chunk) {
		p->chunk = ring_reserve(&p->ring);
		p->used = 0;
		if (!p->chunk)
			return -EPIPE;
	}
	*ret = p->chunk + p->used;
	*ret_len = RING_CHUNK - p->used;
	return 0;
}

static int sink_commit(void *ctx, size_t len)
{
	struct producer *p = ctx;

	p->used += len;
	if (p->used == RING_CHUNK) {
		ring_commit(&p->ring, p->used);
		p->chunk = NULL;
	}
	return 0;
}

static void *producer_main(void *arg)
{
	struct producer *p = arg;
	struct error err = ERROR_INIT;
	int r = tar_write_tree(p->w, &err);

	if (r < 0 && err.code == 0)
		(void)error_set(&err, r, "cannot read the tree");
	if (r == 0 && p->chunk && p->used > 0)
		ring_commit(&p->ring, p->used);
	ring_close(&p->ring, r < 0 ? &err : NULL);
	return NULL;
}

static int consume(struct ring *ring, struct sha256 *hash, struct stream_tap out, struct error *err)
{
	for (;;) {
		const unsigned char *data = NULL;
		size_t len = 0;
		int r = ring_peek(ring, &data, &len, err);

		if (r <= 0)
			return r;
		if (hash)
			sha256_add(hash, data, len);
		r = out.add ? out.add(out.ctx, data, len, err) : 0;
		ring_release(ring);
		if (r < 0)
			return r;
	}
}

int treetar_run(struct tar_write *w, struct stream_tap out, char ret_digest[ID_SIZE],
		struct error *err)
{
	auto_sha256 struct sha256 hash = SHA256_INIT;
	struct producer p = { .w = w };
	pthread_t thread;
	int r = ret_digest ? sha256_init(&hash) : 0;

	if (r == 0)
		r = ring_init(&p.ring);
	if (r < 0)
		return error_set(err, r, "cannot read the tree");
	w->sink = (struct tar_sink){ sink_reserve, sink_commit, &p };
	r = pthread_create(&thread, NULL, producer_main, &p);
	if (r != 0) {
		ring_done(&p.ring);
		return error_set(err, r, "cannot start a thread");
	}
	r = consume(&p.ring, ret_digest ? &hash : NULL, out, err);
	ring_abort(&p.ring);
	(void)pthread_join(thread, NULL);
	ring_done(&p.ring);
	if (r == 0 && ret_digest)
		sha256_end(&hash, ret_digest);
	return r;
}
