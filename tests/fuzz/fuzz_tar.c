/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive, compressed in any way or not: reading it ends, stays within its limits, and gives pieces of data
 * that lie inside of the file, in order. Nothing is unpacked: that part has no parser (tests/functional/21).
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "helper/place.h"
#include "helper/tarread.h"

#define MAX_DATA ((uint64_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_data(struct tar_reader *tar, uint64_t *total)
{
	uint64_t end = 0;

	for (;;) {
		const unsigned char *p = NULL;
		uint64_t offset = 0;
		ssize_t n = tar_data(tar, &p, &offset, NULL);

		if (n <= 0)
			return;
		assert(offset >= end && (uint64_t)n <= tar->entry.size - offset);
		end = offset + (uint64_t)n;
		*total += (uint64_t)n;
		tar_consume(tar, (size_t)n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_close int fd = memfd_create("fuzz", MFD_CLOEXEC);
	auto_stream struct stream in = STREAM_INIT;
	auto_tar_reader struct tar_reader tar = TAR_READER_INIT(&in);
	struct stream_options opts = STREAM_OPTIONS(fd);
	struct error err = ERROR_INIT;
	uint64_t total = 0;
	int r;

	if (fd < 0 || fd_write_all(fd, data, size) < 0)
		return 0;
	opts.at = 0;
	if (stream_start(&in, &opts, NULL) < 0)
		return 0;
	while ((r = tar_next(&tar, &err)) > 0 && total < MAX_DATA) {
		auto_free char *path = NULL;

		assert(tar.entry.path && strlen(tar.entry.path) <= TAR_PATH_LIMIT);
		if (place_clean(tar.entry.path, &path) == 0)
			assert(path[0] != '/' && !strstr(path, "/../") && strncmp(path, "../", 3) != 0);
		read_data(&tar, &total);
	}
	assert(r >= 0 || (err.code == -r && err.msg[0]));
	return 0;
}
