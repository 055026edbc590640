/* SPDX-License-Identifier: Apache-2.0 */
#include "template/pack.h"

#include <errno.h>
#include <lz4frame.h>
#include <string.h>
#include <zstd.h>

#include "base/array.h"
#include "base/fd.h"

#define ZSTD_LEVEL 3

static const LZ4F_preferences_t lz4_how = {
	.frameInfo = { .blockSizeID = LZ4F_max4MB,
		       .blockMode = LZ4F_blockIndependent,
		       .blockChecksumFlag = LZ4F_blockChecksumEnabled },
};

bool block_is_zero(const void *data, size_t len)
{
	const unsigned char *p = data;

	/* Equal to itself 16 bytes on, and the first 16 are zero: so all are. */
	return memcmp(p, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16) == 0 &&
	       memcmp(p, p + 16, len - 16) == 0;
}

int packer_init(struct packer *p, struct storage *s, enum frame_compression compression,
		struct error *err)
{
	size_t room =
		MAX(LZ4F_compressFrameBound(PACK_FRAME, &lz4_how), ZSTD_compressBound(PACK_FRAME));

	p->compression = compression;
	if (digest_init(&p->digest) < 0)
		return error_set(err, ENOMEM, "cannot make the build");
	if (compression != FRAME_NONE) {
		p->frame = malloc(PACK_FRAME);
		p->out = malloc(room);
		if (!p->frame || !p->out)
			return error_set(err, ENOMEM, "cannot make the build");
	}
	p->fd = storage_temp_file(s, err);
	return p->fd < 0 ? p->fd : 0;
}

void packer_done(struct packer *p)
{
	fd_close(&p->fd);
	digest_done(&p->digest);
	free(p->frame);
	free(p->out);
	free(p->frames);
	*p = PACKER_INIT;
}

static size_t compress_frame(struct packer *p)
{
	size_t n;

	if (p->compression == FRAME_LZ4) {
		n = LZ4F_compressFrame(p->out, LZ4F_compressFrameBound(p->filled, &lz4_how),
				       p->frame, p->filled, &lz4_how);
		return LZ4F_isError(n) ? 0 : n;
	}
	n = 0;
	{
		ZSTD_CCtx *c = ZSTD_createCCtx();

		if (c && !ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1)) &&
		    !ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, ZSTD_LEVEL)))
			n = ZSTD_compress2(c, p->out, ZSTD_compressBound(p->filled), p->frame,
					   p->filled);
		(void)ZSTD_freeCCtx(c);
	}
	return ZSTD_isError(n) ? 0 : n;
}

static int write_data(struct packer *p, const void *data, size_t len, struct error *err)
{
	int r = fd_write_at(p->fd, data, len, p->packed);

	p->packed += len;
	return r < 0 ? error_set(err, r, "cannot write the build's data") : 0;
}

static int end_frame(struct packer *p, struct error *err)
{
	struct header_frame f = { .start = p->size - p->filled, .packed_start = p->packed };
	struct header_frame *more;

	if (!p->filled)
		return 0;
	more = array_room(p->frames, p->n_frames, sizeof(*more));
	if (!more)
		return error_set(err, ENOMEM, "cannot make the build");
	p->frames = more;
	f.size = (uint32_t) p->filled;
	f.packed_size = (uint32_t) compress_frame(p);
	if (!f.packed_size)
		return error_msg(err, EIO, "cannot compress the build's data");
	p->frames[p->n_frames++] = f;
	p->filled = 0;
	return write_data(p, p->out, f.packed_size, err);
}

int packer_add(struct packer *p, const void *data, size_t len, struct error *err)
{
	const unsigned char *from = data;
	int r = 0;

	digest_add(&p->digest, data, len);
	if (p->compression == FRAME_NONE) {
		p->size += len;
		return write_data(p, data, len, err);
	}
	while (r == 0 && len > 0) {
		size_t n = MIN(len, PACK_FRAME - p->filled);

		memcpy(p->frame + p->filled, from, n);
		p->filled += n;
		p->size += n;
		from += n;
		len -= n;
		if (p->filled == PACK_FRAME)
			r = end_frame(p, err);
	}
	return r;
}

/* What the header says of the build itself. */
static int describe(struct packer *p, struct template_header *h, struct error *err)
{
	struct header_build *b;
	uint32_t self;

	if (header_need_build(h, &h->build, &self) < 0)
		return error_set(err, ENOMEM, "cannot make the build");
	b = &h->builds[self];
	b->listed = true;
	b->file_size = p->size;
	b->compression = p->size ? p->compression : FRAME_NONE;
	digest_end(&p->digest, b->sha256);
	free(b->frames);
	b->frames = take_ptr(p->frames);
	b->n_frames = p->n_frames;
	return 0;
}

static int text_file(struct storage *s, const char *name, const void *data, size_t len,
		     struct storage_file *ret, struct error *err)
{
	int fd = storage_temp_file(s, err), r;

	if (fd < 0)
		return fd;
	*ret = (struct storage_file){ .name = name, .fd = fd, .size = len };
	r = fd_write_at(fd, data, len, 0);
	return r < 0 ? error_set(err, r, "cannot write the build's %s", name) : 0;
}

static int make_files(struct packer *p, struct storage *s, const struct template_header *h,
		      const struct buf *metadata, struct storage_file files[3], struct error *err)
{
	auto_buf struct buf header = { .limit = HEADER_INFLATED_MAX + (1u << 20) };
	int r = template_header_write(h, &header, err);

	files[0].fd = p->fd;
	files[0].size = p->packed;
	files[0].data_size = p->size;
	if (r == 0)
		r = text_file(s, BUILD_METADATA, buf_str(metadata), metadata->len, &files[1], err);
	if (r == 0)
		r = text_file(s, BUILD_HEADER, buf_str(&header), header.len, &files[2], err);
	return r;
}

int packer_publish(struct packer *p, struct storage *s, struct template_header *h,
		   const struct buf *metadata, struct error *err)
{
	struct storage_file files[3] = { { .fd = FD_NONE }, { .fd = FD_NONE }, { .fd = FD_NONE } };
	char id[UUID_TEXT_SIZE], data_name[32];
	int r = end_frame(p, err);

	(void)snprintf(data_name, sizeof(data_name), BUILD_DATA "%s",
			build_suffix(p->compression));
	files[0].name = data_name;
	if (r == 0)
		r = describe(p, h, err);
	if (r == 0)
		r = make_files(p, s, h, metadata, files, err);
	/* Without a block of its own a build has no data object. */
	if (r == 0)
		r = s->ops->publish(s, uuid_format(id, &h->build), files + (p->size == 0),
				    3 - (size_t) (p->size == 0), err);
	fd_close(&files[1].fd);
	fd_close(&files[2].fd);
	return r;
}
