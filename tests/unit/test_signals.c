/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/signals.h"

#include <errno.h>
#include <signal.h>

#include "tap.h"

static void parses(void)
{
	EQ_INT(signal_parse("TERM", NULL), SIGTERM);
	EQ_INT(signal_parse("SIGTERM", NULL), SIGTERM);
	EQ_INT(signal_parse("sigkill", NULL), SIGKILL);
	EQ_INT(signal_parse("9", NULL), 9);
	EQ_INT(signal_parse("RTMIN", NULL), 34);
	EQ_INT(signal_parse("SIGRTMIN+3", NULL), 37);
	EQ_INT(signal_parse("RTMAX-1", NULL), 63);
	EQ_INT(signal_parse("0", NULL), -EINVAL);
	EQ_INT(signal_parse("65", NULL), -EINVAL);
	EQ_INT(signal_parse("-9", NULL), -EINVAL);
	EQ_INT(signal_parse("", NULL), -EINVAL);
	EQ_INT(signal_parse("NONE", NULL), -EINVAL);
	EQ_INT(signal_parse("RTMIN-1", NULL), -EINVAL);
	EQ_INT(signal_parse("RTMIN+31", NULL), -EINVAL);
}

TAP_MAIN(parses)
