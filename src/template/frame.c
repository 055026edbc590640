/* SPDX-License-Identifier: Apache-2.0 */
#include "template/frame.h"

#include <errno.h>
#include <lz4frame.h>
#include <zstd.h>

static int inflate_lz4(const unsigned char *in, size_t in_len, unsigned char *out, size_t out_len)
{
	LZ4F_dctx *ctx = NULL;
	size_t hint = 1, in_done = 0, out_done = 0;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&ctx, LZ4F_VERSION)))
		return -ENOMEM;
	while (hint != 0) {
		size_t got = out_len - out_done, used = in_len - in_done;

		hint = LZ4F_decompress(ctx, out + out_done, &got, in + in_done, &used, NULL);
		if (LZ4F_isError(hint) || (got == 0 && used == 0))
			break;
		out_done += got;
		in_done += used;
	}
	(void)LZ4F_freeDecompressionContext(ctx);
	return hint == 0 && in_done == in_len && out_done == out_len ? 0 : -EBADMSG;
}

int frame_inflate(enum frame_compression compression, const void *in, size_t in_len, void *out,
		  size_t out_len)
{
	if (compression == FRAME_LZ4)
		return inflate_lz4(in, in_len, out, out_len);
	return ZSTD_decompress(out, out_len, in, in_len) == out_len ? 0 : -EBADMSG;
}
