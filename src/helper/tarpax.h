/* SPDX-License-Identifier: Apache-2.0 */
/* Extended headers of tar archives: POSIX pax records, and GNU tar's sparse maps in them. */
#ifndef BERTH_HELPER_TARPAX_H
#define BERTH_HELPER_TARPAX_H

#include "helper/tarread.h"

/* What the headers before an entry's own one say about it. */
struct tar_pax {
	char *path, *link;   /* owned */
	char *sparse_name;   /* owned; GNU.sparse.name */
	bool has_size, has_mtime, has_uid, has_gid, has_real_size;
	bool sparse_1_0;     /* the map is at the head of the data */
	uint64_t size, uid, gid, real_size;
	struct timespec mtime;
	struct tar_xattrs xattrs;
	struct tar_extent *sparse; /* owned; the map of formats 0.0 and 0.1 */
	size_t n_sparse, sparse_cap;
};

#define TAR_PAX_INIT ((struct tar_pax){ 0 })

void tar_pax_done(struct tar_pax *p);
DEFINE_AUTO(tar_pax, struct tar_pax, tar_pax_done)
#define auto_tar_pax auto_clean(tar_pax)

/** tar_pax_parse() - add the records in @data. Return: 0, -EINVAL or -ENOMEM with @err. */
int tar_pax_parse(struct tar_pax *p, char *data, size_t len, struct error *err);

/** tar_sparse_add() - append one extent to a growing map. Return: 0, -EFBIG, -ENOMEM. */
int tar_sparse_add(struct tar_pax *p, uint64_t offset, uint64_t len);

#endif
