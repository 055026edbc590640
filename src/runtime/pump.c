/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/pump.h"

#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"

void pump_events(const struct pump *p, struct pollfd *from, struct pollfd *to)
{
	bool full = p->start < p->end;

	*from = (struct pollfd){ .fd = full ? -1 : p->from, .events = POLLIN };
	*to = (struct pollfd){ .fd = full ? p->to : -1, .events = POLLOUT };
}

static void write_some(struct pump *p)
{
	ssize_t n = write(p->to, p->data + p->start, p->end - p->start);

	if (n > 0)
		p->start += (size_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		p->start = p->end; /* nobody reads any more: the rest goes nowhere */
}

static void read_some(struct pump *p)
{
	ssize_t n = read(p->from, p->data, sizeof(p->data));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* EIO is how a terminal's master says that the last slave is closed: pty(7). */
	if (n <= 0) {
		p->from = FD_NONE;
		return;
	}
	p->start = 0;
	p->end = (size_t)n;
}

bool pump_move(struct pump *p, const struct pollfd *from, const struct pollfd *to)
{
	if (to->fd >= 0 && to->revents)
		write_some(p);
	if (from->fd >= 0 && from->revents)
		read_some(p);
	return p->from >= 0 || p->start < p->end;
}
