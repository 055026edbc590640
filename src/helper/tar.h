/* SPDX-License-Identifier: Apache-2.0 */
/* The tar header block, which the reader and the writer share. tar(5), POSIX pax(1) */
#ifndef BERTH_HELPER_TAR_H
#define BERTH_HELPER_TAR_H

#define TAR_BLOCK 512

enum tar_type {
	TAR_REGULAR = '0',
	TAR_HARD_LINK = '1',
	TAR_SYMLINK = '2',
	TAR_CHAR = '3',
	TAR_BLOCK_DEVICE = '4',
	TAR_DIRECTORY = '5',
	TAR_FIFO = '6',
	TAR_CONTIGUOUS = '7',
	TAR_PAX = 'x',
	TAR_PAX_GLOBAL = 'g',
	TAR_GNU_LONG_NAME = 'L',
	TAR_GNU_LONG_LINK = 'K',
	TAR_GNU_SPARSE = 'S',
	TAR_GNU_DUMP_DIR = 'D',
	TAR_GNU_MULTI_VOLUME = 'M',
	TAR_GNU_VOLUME_LABEL = 'V',
};

struct tar_header {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[6]; /* "ustar\0" and version "00"; GNU: "ustar " and " \0" */
	char version[2];
	char uname[32];
	char gname[32];
	char dev_major[8];
	char dev_minor[8];
	char prefix[155];
	char pad[12];
};

/* The prefix of POSIX is in GNU's own format: */
#define TAR_GNU_SPARSE_MAP   386 /* 4 pairs of offset and length */
#define TAR_GNU_SPARSE_PAIRS 4
#define TAR_GNU_IS_EXTENDED  482
#define TAR_GNU_REAL_SIZE    483
#define TAR_GNU_EXTENSION_PAIRS 21
#define TAR_GNU_EXTENSION_MORE	504

_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "a tar header is one block");

#define TAR_XATTR_PREFIX "SCHILY.xattr."

#endif
