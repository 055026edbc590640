/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/journal.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/buf.h"
#include "runtime/record.h"

int journal_connect(struct error *err)
{
	static const struct sockaddr_un journal = { AF_UNIX, "/run/systemd/journal/socket" };
	auto_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return error_set(err, errno, "cannot make a socket");
	if (connect(fd, (const struct sockaddr *)&journal, sizeof(journal)) < 0)
		return error_set(err, errno, "cannot log to the journal: %s", journal.sun_path);
	return take_fd(&fd);
}

/* A value with newlines or of any bytes: name, newline, length in 64 bits little-endian, the bytes. */
static void add_bytes(struct buf *out, const char *name, const char *data, size_t n)
{
	uint64_t length = htole64(n);

	buf_addf(out, "%s\n", name);
	buf_add(out, &length, sizeof(length));
	buf_add(out, data, n);
	buf_addc(out, '\n');
}

int journal_send(int fd, const struct container_config *c, bool is_stderr, const char *text, size_t n)
{
	auto_buf struct buf out = BUF_INIT;
	bool whole = n > 0 && text[n - 1] == '\n';

	buf_addf(&out, "PRIORITY=%d\nCONTAINER_ID=%.*s\nCONTAINER_ID_FULL=%s\nCONTAINER_NAME=%s\n"
		 "CONTAINER_TAG=%.*s\nSYSLOG_IDENTIFIER=%.*s\nIMAGE_NAME=%s\n",
		 is_stderr ? 3 : 6, ID_SHORT, c->id, c->id, c->name, ID_SHORT, c->id, ID_SHORT, c->id,
		 c->image_name ? c->image_name : "");
	if (!whole)
		buf_adds(&out, "CONTAINER_PARTIAL_MESSAGE=true\n");
	add_bytes(&out, "MESSAGE", text, n - whole);
	if (buf_failed(&out))
		return -ENOMEM;
	return send(fd, out.data, out.len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}
