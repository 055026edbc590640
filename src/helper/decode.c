/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/decode.h"

#include <bzlib.h>
#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <limits.h>
#include <lzma.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/macros.h"

#define XZ_THREADS   2
#define XZ_MEM_SOFT  ((uint64_t)512 << 20) /* above it, one thread instead of two */
#define XZ_MEM_LIMIT ((uint64_t)1 << 30)

struct decoder {
	enum compression kind;
	bool between; /* one gzip member or zstd frame is complete, the next not begun */
	union {
		struct inflate_state gzip;
		ZSTD_DStream *zstd;
		lzma_stream xz;
		bz_stream bzip2;
	};
};

static const struct magic {
	unsigned char len;
	unsigned char bytes[DECODE_MAGIC_MAX];
	enum compression kind;
} magics[] = {
	{ 3, { 0x1f, 0x8b, 0x08 }, COMPRESSION_GZIP },
	{ 4, { 0x28, 0xb5, 0x2f, 0xfd }, COMPRESSION_ZSTD },
	{ 6, { 0xfd, '7', 'z', 'X', 'Z', 0 }, COMPRESSION_XZ },
	{ 3, { 'B', 'Z', 'h' }, COMPRESSION_BZIP2 },
};

enum compression compression_detect(const unsigned char *data, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		if (len >= magics[i].len && memcmp(data, magics[i].bytes, magics[i].len) == 0)
			return magics[i].kind;
	}
	return COMPRESSION_NONE;
}

static void gzip_begin(struct decoder *d)
{
	isal_inflate_init(&d->gzip);
	d->gzip.crc_flag = ISAL_GZIP;
}

static int xz_begin(struct decoder *d)
{
	lzma_mt options = { .flags = LZMA_CONCATENATED,
			    .threads = XZ_THREADS,
			    .memlimit_threading = XZ_MEM_SOFT,
			    .memlimit_stop = XZ_MEM_LIMIT };

	d->xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder_mt(&d->xz, &options) == LZMA_OK ? 0 : -ENOMEM;
}

int decoder_new(enum compression kind, struct decoder **ret)
{
	auto_decoder struct decoder *d = calloc(1, sizeof(*d));
	int r = 0;

	if (!d)
		return -ENOMEM;
	d->kind = kind;
	if (kind == COMPRESSION_GZIP) {
		gzip_begin(d);
	} else if (kind == COMPRESSION_ZSTD) {
		d->zstd = ZSTD_createDStream();
		r = d->zstd ? 0 : -ENOMEM;
	} else if (kind == COMPRESSION_XZ) {
		r = xz_begin(d);
	} else if (kind == COMPRESSION_BZIP2) {
		r = BZ2_bzDecompressInit(&d->bzip2, 0, 0) == BZ_OK ? 0 : -ENOMEM;
	}
	if (r == 0)
		*ret = take_ptr(d);
	return r;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	if (d->kind == COMPRESSION_ZSTD)
		(void)ZSTD_freeDStream(d->zstd);
	else if (d->kind == COMPRESSION_XZ)
		lzma_end(&d->xz);
	else if (d->kind == COMPRESSION_BZIP2)
		(void)BZ2_bzDecompressEnd(&d->bzip2);
	free(d);
}

static int ends_early(struct error *err, const char *format)
{
	return error_msg(err, EINVAL, "the %s data ends early", format);
}

static int run_none(struct decode_io *io)
{
	size_t n = MIN(io->in_len, io->out_len);

	memcpy(io->out, io->in, n);
	io->in += n;
	io->in_len -= n;
	io->out += n;
	io->out_len -= n;
	return io->in_ended && io->in_len == 0 ? 0 : 1;
}

/*
 * After a member: nothing, another member (as pigz and bgzip make them), or zeros (from tapes), which
 * gzip(1) ignores too. Anything else is damage.
 */
static int gzip_after_member(struct decoder *d, struct decode_io *io, struct error *err)
{
	while (io->in_len > 0 && *io->in == 0) {
		io->in++;
		io->in_len--;
	}
	if (io->in_len == 0)
		return io->in_ended ? 0 : 1;
	if (*io->in != 0x1f)
		return error_msg(err, EINVAL, "there is garbage after the gzip data");
	gzip_begin(d);
	d->between = false;
	return 1;
}

static int run_gzip(struct decoder *d, struct decode_io *io, struct error *err)
{
	struct inflate_state *z = &d->gzip;
	size_t in_had = io->in_len;
	size_t out_had = io->out_len;
	int r;

	if (d->between) {
		r = gzip_after_member(d, io, err);
		if (r <= 0 || io->in_len == 0)
			return r;
	}
	z->next_in = (uint8_t *)(uintptr_t)io->in; /* isa-l reads it only */
	z->avail_in = (uint32_t)MIN(io->in_len, (size_t)UINT32_MAX);
	z->next_out = io->out;
	z->avail_out = (uint32_t)MIN(io->out_len, (size_t)UINT32_MAX);
	r = isal_inflate(z);
	io->in = z->next_in;
	io->in_len = z->avail_in;
	io->out = z->next_out;
	io->out_len = z->avail_out;
	if (r < 0)
		return error_msg(err, EINVAL, "the gzip data is damaged");
	if (z->block_state == ISAL_BLOCK_FINISH) {
		d->between = true;
		return io->in_ended && io->in_len == 0 ? 0 : 1;
	}
	if (io->in_ended && io->in_len == 0 && io->out_len > 0 && in_had == 0 &&
	    io->out_len == out_had)
		return ends_early(err, "gzip");
	return 1;
}

static int run_zstd(struct decoder *d, struct decode_io *io, struct error *err)
{
	ZSTD_inBuffer in = { io->in, io->in_len, 0 };
	ZSTD_outBuffer out = { io->out, io->out_len, 0 };
	size_t r;

	if (d->between && io->in_len == 0)
		return io->in_ended ? 0 : 1;
	r = ZSTD_decompressStream(d->zstd, &out, &in);
	if (ZSTD_isError(r))
		return error_msg(err, EINVAL, "the zstd data is damaged: %s", ZSTD_getErrorName(r));
	io->in += in.pos;
	io->in_len -= in.pos;
	io->out += out.pos;
	io->out_len -= out.pos;
	d->between = r == 0;
	if (io->in_ended && io->in_len == 0 && !d->between && in.pos == 0 && out.pos == 0 &&
	    io->out_len > 0)
		return ends_early(err, "zstd");
	return d->between && io->in_ended && io->in_len == 0 ? 0 : 1;
}

static int run_xz(struct decoder *d, struct decode_io *io, struct error *err)
{
	lzma_ret r;

	d->xz.next_in = io->in;
	d->xz.avail_in = io->in_len;
	d->xz.next_out = io->out;
	d->xz.avail_out = io->out_len;
	r = lzma_code(&d->xz, io->in_ended ? LZMA_FINISH : LZMA_RUN);
	io->in = d->xz.next_in;
	io->in_len = d->xz.avail_in;
	io->out = d->xz.next_out;
	io->out_len = d->xz.avail_out;
	if (r == LZMA_STREAM_END)
		return 0;
	if (r == LZMA_MEMLIMIT_ERROR || r == LZMA_MEM_ERROR)
		return error_msg(err, ENOMEM, "the xz data needs too much memory");
	if (r == LZMA_BUF_ERROR && io->in_ended)
		return ends_early(err, "xz");
	if (r != LZMA_OK && r != LZMA_BUF_ERROR)
		return error_msg(err, EINVAL, "the xz data is damaged");
	return 1;
}

static int run_bzip2(struct decoder *d, struct decode_io *io, struct error *err)
{
	bz_stream *z = &d->bzip2;
	unsigned in_len = (unsigned)MIN(io->in_len, (size_t)UINT_MAX);
	unsigned out_len = (unsigned)MIN(io->out_len, (size_t)UINT_MAX);
	int r;

	if (d->between) {
		if (io->in_len == 0)
			return io->in_ended ? 0 : 1;
		(void)BZ2_bzDecompressEnd(z);
		memset(z, 0, sizeof(*z));
		if (BZ2_bzDecompressInit(z, 0, 0) != BZ_OK)
			return -ENOMEM;
		d->between = false;
	}
	z->next_in = (char *)(uintptr_t)io->in; /* bzlib reads it only */
	z->avail_in = in_len;
	z->next_out = (char *)io->out;
	z->avail_out = out_len;
	r = BZ2_bzDecompress(z);
	io->in += in_len - z->avail_in;
	io->in_len -= in_len - z->avail_in;
	io->out += out_len - z->avail_out;
	io->out_len -= out_len - z->avail_out;
	if (r == BZ_STREAM_END) {
		d->between = true;
		return io->in_ended && io->in_len == 0 ? 0 : 1;
	}
	if (r != BZ_OK)
		return error_msg(err, EINVAL, "the bzip2 data is damaged");
	if (io->in_ended && in_len == 0 && z->avail_out == out_len)
		return ends_early(err, "bzip2");
	return 1;
}

int decoder_run(struct decoder *d, struct decode_io *io, struct error *err)
{
	switch (d->kind) {
	case COMPRESSION_GZIP:
		return run_gzip(d, io, err);
	case COMPRESSION_ZSTD:
		return run_zstd(d, io, err);
	case COMPRESSION_XZ:
		return run_xz(d, io, err);
	case COMPRESSION_BZIP2:
		return run_bzip2(d, io, err);
	case COMPRESSION_NONE:
		break;
	}
	return run_none(io);
}
