/* SPDX-License-Identifier: Apache-2.0 */
/* The long form: --mount type=T,src=S,dst=D,… as one record of CSV. */
#include <errno.h>

#include "base/parse.h"
#include "mount/spec_internal.h"

static int read_mount(struct spec_parser *p, const char *arg, struct error *err)
{
	auto_strv struct strv fields = STRV_INIT;
	int r = parse_csv(arg, &fields);

	p->m.type = MOUNT_VOLUME;
	if (r == -ENOMEM)
		return error_set(err, r, "cannot read it");
	if (r < 0)
		return error_msg(err, EINVAL,
				 "not one line of comma-separated values: a '\"' is out of place");
	if (arg[0] == '\0')
		return error_msg(err, EINVAL, "value is empty");
	strv_for_each(i, &fields) {
		r = spec_option(p, fields.v[i], err);
		if (r < 0)
			return r;
	}
	return spec_finish(p, err);
}

int mount_parse_mount(const char *arg, struct mount_specs *list, struct error *err)
{
	auto_spec_parser struct spec_parser p = { .form = FORM_MOUNT };
	int r = read_mount(&p, arg, err);

	if (r < 0)
		return spec_blame(err, r, "--mount argument", arg);
	return spec_take(&p, arg, list, err);
}
