/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/utsname.h>

#include "base/json.h"
#include "cli/format.h"
#include "cli/machine.h"

const char *machine_arch(void)
{
	static const char *const names[][2] = {
		{ "x86_64", "amd64" }, { "aarch64", "arm64" },	 { "armv7l", "arm" },
		{ "i686", "386" },     { "riscv64", "riscv64" }, { "ppc64le", "ppc64le" },
		{ "s390x", "s390x" },
	};
	struct utsname u;

	(void)uname(&u);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (STREQ(u.machine, names[i][0]))
			return names[i][1];
	}
	return "unknown";
}

int print_document(struct cli *cli, const struct buf *doc, const char *format, const char *text,
		   struct error *err)
{
	auto_json struct json *parsed = NULL;
	auto_buf struct buf template = BUF_INIT;
	int r;

	if (buf_failed(doc))
		return error_set(err, ENOMEM, "cannot print");
	if (format && STREQ(format, "json")) {
		cli_print(cli, "%s\n", buf_str(doc));
		return 0;
	}
	format_unescape(&template, format ? format : text);
	r = json_parse(buf_str(doc), doc->len, &parsed, err);
	if (r == 0)
		r = format_render(buf_str(&template), parsed, NULL, &cli->out, err);
	if (r == 0)
		buf_addc(&cli->out, '\n');
	return r;
}
