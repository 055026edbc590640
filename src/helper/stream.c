/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macros.h"

#define RAW_SIZE ((size_t)256 << 10)
#define TAR_MAGIC_OFFSET 257

struct feed {
	struct stream *s;
	uint64_t got;
	bool ended;
};

/* Only here may the thread be cancelled: standard input can keep it waiting for ever. */
static ssize_t read_some(struct feed *f, void *buf, size_t len)
{
	const struct stream_options *o = &f->s->opts;
	ssize_t n;

	do {
		int old = 0;

		(void)pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
		n = o->at < 0 ? read(o->fd, buf, len) :
				pread(o->fd, buf, len, o->at + (off_t)f->got);
		(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Fill @buf unless the input ends first; the raw tap sees it. */
static ssize_t feed_read(struct feed *f, unsigned char *buf, size_t len, struct error *err)
{
	const struct stream_options *o = &f->s->opts;
	size_t done = 0;

	while (done < len && !f->ended) {
		size_t want = (size_t)MIN((uint64_t)(len - done), o->limit - f->got);
		ssize_t n = want > 0 ? read_some(f, buf + done, want) : 0;

		if (n < 0)
			return error_set(err, (int)n, "cannot read the archive");
		f->ended = n == 0;
		f->got += (uint64_t)n;
		done += (size_t)n;
	}
	if (done > 0 && o->raw.add) {
		int r = o->raw.add(o->raw.ctx, buf, done, err);

		if (r < 0)
			return r;
	}
	return (ssize_t)done;
}

static int publish(struct stream *s, const unsigned char *data, size_t len, struct error *err)
{
	int r = 0;

	if (len > 0 && s->opts.data.add)
		r = s->opts.data.add(s->opts.data.ctx, data, len, err);
	if (r == 0 && len > 0)
		ring_commit(&s->ring, len);
	return r;
}

static int run_plain(struct feed *f, const unsigned char *head, size_t head_len, struct error *err)
{
	for (;;) {
		unsigned char *out = ring_reserve(&f->s->ring);
		ssize_t n;
		int r;

		if (!out)
			return 0;
		memcpy(out, head, head_len);
		n = feed_read(f, out + head_len, RING_CHUNK - head_len, err);
		if (n < 0)
			return (int)n;
		r = publish(f->s, out, head_len + (size_t)n, err);
		if (r < 0 || f->ended)
			return r;
		head_len = 0;
	}
}

/* One full chunk, or less where the data ends. Return: 1, 0 at the end, -errno. */
static int fill_chunk(struct feed *f, struct decoder *d, struct decode_io *io, unsigned char *raw,
		      struct error *err)
{
	int r = 1;

	while (r > 0 && io->out_len > 0) {
		if (io->in_len == 0 && !f->ended) {
			ssize_t n = feed_read(f, raw, RAW_SIZE, err);

			if (n < 0)
				return (int)n;
			io->in = raw;
			io->in_len = (size_t)n;
		}
		io->in_ended = f->ended;
		r = decoder_run(d, io, err);
	}
	return r;
}

static int run_decoder(struct feed *f, unsigned char *raw, size_t len, struct error *err)
{
	struct decode_io io = { .in = raw, .in_len = len };
	auto_decoder struct decoder *d = NULL;
	int r = decoder_new(f->s->kind, &d);

	if (r < 0)
		return error_set(err, r, "cannot decompress the archive");
	do {
		int published;

		io.out = ring_reserve(&f->s->ring);
		if (!io.out)
			return 0;
		io.out_len = RING_CHUNK;
		r = fill_chunk(f, d, &io, raw, err);
		if (r < 0)
			return r;
		published = publish(f->s, io.out - (RING_CHUNK - io.out_len),
				    RING_CHUNK - io.out_len, err);
		if (published < 0)
			return published;
	} while (r > 0);
	return 0;
}

/* A plain tar whose first name happens to begin like a compressed file is still a tar. */
static enum compression detect(const unsigned char *raw, size_t len)
{
	if (len > TAR_MAGIC_OFFSET + 5 && memcmp(raw + TAR_MAGIC_OFFSET, "ustar", 5) == 0)
		return COMPRESSION_NONE;
	return compression_detect(raw, len);
}

static int run_stream(struct stream *s, struct error *err)
{
	auto_free unsigned char *raw = malloc(RAW_SIZE);
	struct feed f = { .s = s };
	ssize_t n;

	if (!raw)
		return error_set(err, ENOMEM, "cannot read the archive");
	n = feed_read(&f, raw, RAW_SIZE, err);
	if (n < 0)
		return (int)n;
	s->kind = detect(raw, (size_t)n);
	if (s->kind == COMPRESSION_NONE)
		return run_plain(&f, raw, (size_t)n, err);
	return run_decoder(&f, raw, (size_t)n, err);
}

static void *stream_main(void *arg)
{
	struct stream *s = arg;
	struct error err = ERROR_INIT;
	int old = 0;
	int r;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	r = run_stream(s, &err);
	if (r < 0 && err.code == 0)
		(void)error_set(&err, r, "cannot read the archive");
	ring_close(&s->ring, r < 0 ? &err : NULL);
	return NULL;
}

int stream_start(struct stream *s, const struct stream_options *opts, struct error *err)
{
	int r = ring_init(&s->ring);

	if (r < 0)
		return error_set(err, r, "cannot read the archive");
	s->opts = *opts;
	r = pthread_create(&s->thread, NULL, stream_main, s);
	if (r != 0)
		return error_set(err, r, "cannot start a thread");
	s->running = true;
	return 0;
}

void stream_done(struct stream *s)
{
	if (s->running) {
		ring_abort(&s->ring);
		(void)pthread_cancel(s->thread);
		(void)pthread_join(s->thread, NULL);
		s->running = false;
	}
	ring_done(&s->ring);
}

ssize_t stream_view(struct stream *s, const unsigned char **ret, struct error *err)
{
	if (s->left == 0) {
		int r;

		if (s->holding)
			ring_release(&s->ring);
		s->holding = false;
		r = ring_peek(&s->ring, &s->pos, &s->left, err);
		if (r <= 0)
			return r;
		s->holding = true;
	}
	*ret = s->pos;
	return (ssize_t)s->left;
}

void stream_advance(struct stream *s, size_t n)
{
	s->pos += n;
	s->left -= n;
	s->offset += n;
}

ssize_t stream_read(struct stream *s, void *buf, size_t n, struct error *err)
{
	size_t got = 0;

	while (got < n) {
		const unsigned char *p = NULL;
		ssize_t len = stream_view(s, &p, err);

		if (len < 0)
			return len;
		if (len == 0)
			break;
		len = (ssize_t)MIN((size_t)len, n - got);
		memcpy((char *)buf + got, p, (size_t)len);
		stream_advance(s, (size_t)len);
		got += (size_t)len;
	}
	return (ssize_t)got;
}

int stream_skip(struct stream *s, uint64_t n, struct error *err)
{
	while (n > 0) {
		const unsigned char *p = NULL;
		ssize_t len = stream_view(s, &p, err);

		if (len < 0)
			return (int)len;
		if (len == 0)
			return error_msg(err, EINVAL, "the archive ends early");
		len = (ssize_t)MIN((uint64_t)len, n);
		stream_advance(s, (size_t)len);
		n -= (uint64_t)len;
	}
	return 0;
}

int stream_drain(struct stream *s, struct error *err)
{
	for (;;) {
		const unsigned char *p = NULL;
		ssize_t len = stream_view(s, &p, err);

		if (len <= 0)
			return (int)len;
		stream_advance(s, (size_t)len);
	}
}
