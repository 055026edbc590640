/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/encode.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/fd.h"
#include "base/macros.h"

#define OUT_SIZE     ((size_t)256 << 10)
#define ZSTD_LEVEL   3
#define ZSTD_WORKERS 2 /* the output is the same for any number but 0 */
#define GZIP_LEVEL   2

static int begin_gzip(struct encoder *e)
{
	e->gzip = calloc(1, sizeof(*e->gzip));
	e->gzip_level = malloc(ISAL_DEF_LVL2_DEFAULT);
	if (!e->gzip || !e->gzip_level)
		return -ENOMEM;
	isal_deflate_init(e->gzip);
	e->gzip->level = GZIP_LEVEL;
	e->gzip->level_buf = e->gzip_level;
	e->gzip->level_buf_size = ISAL_DEF_LVL2_DEFAULT;
	e->gzip->gzip_flag = IGZIP_GZIP;
	return 0;
}

static int begin_zstd(struct encoder *e)
{
	e->zstd = ZSTD_createCCtx();
	if (!e->zstd)
		return -ENOMEM;
	(void)ZSTD_CCtx_setParameter(e->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
	(void)ZSTD_CCtx_setParameter(e->zstd, ZSTD_c_checksumFlag, 1);
	/* Not there in a libzstd without threads: then it is slower. */
	(void)ZSTD_CCtx_setParameter(e->zstd, ZSTD_c_nbWorkers, ZSTD_WORKERS);
	return 0;
}

int encoder_begin(struct encoder *e, enum compression kind, int fd, struct error *err)
{
	int r = sha256_init(&e->hash);

	e->kind = kind;
	e->fd = fd;
	e->out = malloc(OUT_SIZE);
	if (r == 0 && !e->out)
		r = -ENOMEM;
	if (r == 0 && kind == COMPRESSION_GZIP)
		r = begin_gzip(e);
	if (r == 0 && kind == COMPRESSION_ZSTD)
		r = begin_zstd(e);
	return r < 0 ? error_set(err, r, "cannot compress") : 0;
}

void encoder_done(struct encoder *e)
{
	sha256_done(&e->hash);
	free(e->out);
	free(e->gzip);
	free(e->gzip_level);
	(void)ZSTD_freeCCtx(e->zstd);
	*e = ENCODER_INIT;
}

static int put(struct encoder *e, const void *data, size_t len, struct error *err)
{
	int r = fd_write_all(e->fd, data, len);

	sha256_add(&e->hash, data, len);
	e->size += len;
	return r < 0 ? error_set(err, r, "cannot write a layer's blob") : 0;
}

static int run_gzip(struct encoder *e, const void *data, size_t len, bool end, struct error *err)
{
	struct isal_zstream *z = e->gzip;

	z->next_in = (uint8_t *)(uintptr_t)data; /* isa-l reads it only */
	z->avail_in = (uint32_t)len;
	z->end_of_stream = end;
	do {
		int r;

		z->next_out = e->out;
		z->avail_out = OUT_SIZE;
		if (isal_deflate(z) != COMP_OK)
			return error_msg(err, EIO, "cannot compress");
		r = put(e, e->out, OUT_SIZE - z->avail_out, err);
		if (r < 0)
			return r;
	} while (z->avail_out == 0 || (end && z->internal_state.state != ZSTATE_END));
	return 0;
}

static int run_zstd(struct encoder *e, const void *data, size_t len, bool end, struct error *err)
{
	ZSTD_inBuffer in = { data, len, 0 };
	size_t left;

	do {
		ZSTD_outBuffer out = { e->out, OUT_SIZE, 0 };
		int r;

		left = ZSTD_compressStream2(e->zstd, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return error_msg(err, EIO, "cannot compress: %s", ZSTD_getErrorName(left));
		r = put(e, e->out, out.pos, err);
		if (r < 0)
			return r;
	} while (end ? left > 0 : in.pos < in.size);
	return 0;
}

int encoder_add(void *ctx, const void *data, size_t len, struct error *err)
{
	struct encoder *e = ctx;

	if (e->kind == COMPRESSION_GZIP)
		return run_gzip(e, data, len, false, err);
	if (e->kind == COMPRESSION_ZSTD)
		return run_zstd(e, data, len, false, err);
	return put(e, data, len, err);
}

int encoder_end(struct encoder *e, char ret_digest[ID_SIZE], struct error *err)
{
	int r = 0;

	if (e->kind == COMPRESSION_GZIP)
		r = run_gzip(e, NULL, 0, true, err);
	else if (e->kind == COMPRESSION_ZSTD)
		r = run_zstd(e, NULL, 0, true, err);
	if (r == 0)
		sha256_end(&e->hash, ret_digest);
	return r;
}
