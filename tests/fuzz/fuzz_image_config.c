/* SPDX-License-Identifier: Apache-2.0 */
/* Any JSON as the "config" of an image: refused with a reason, or taken and freed without a trace. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "store/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_json struct json *v = NULL;
	struct image_config c = { 0 };
	struct error err = ERROR_INIT;

	if (json_parse((const char *)data, size, &v, NULL) < 0)
		return 0;
	if (image_config_parse(v, &c, &err) < 0) {
		assert(err.code && err.msg[0]);
		return 0;
	}
	strv_for_each(i, &c.env)
		assert(strchr(c.env.v[i], '='));
	strv_for_each(i, &c.volumes)
		assert(c.volumes.v[i][0] == '/');
	image_config_done(&c);
	return 0;
}
