/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"

#include <string.h>

#include "tap.h"

static void makes(void)
{
	char a[ID_SIZE] = "", b[ID_SIZE] = "";

	EQ_INT(id_random(a), 0);
	EQ_INT(id_random(b), 0);
	EQ_INT(strlen(a), ID_LEN);
	OK(id_is_valid(a) && id_is_valid(b));
	OK(strcmp(a, b) != 0);
}

static void judges(void)
{
	char id[ID_SIZE + 1] = "";

	memset(id, 'f', ID_LEN);
	OK(id_is_valid(id));
	OK(id_is_prefix(id) && id_is_prefix("0") && id_is_prefix("09af"));
	OK(!id_is_valid("09af"));
	OK(!id_is_prefix("") && !id_is_prefix("g") && !id_is_prefix("0A") && !id_is_prefix("0 "));
	id[ID_LEN] = 'f';
	OK(!id_is_valid(id) && !id_is_prefix(id));
	id[ID_LEN] = '\0';
	id[ID_LEN - 1] = 'G';
	OK(!id_is_valid(id));
}

static void encodes(void)
{
	static const unsigned char data[] = { 0x00, 0x0f, 0xa5, 0xff };
	char out[9] = "";

	hex_encode(out, data, sizeof(data));
	EQ_STR(out, "000fa5ff");
	hex_encode(out, data, 0);
	EQ_STR(out, "");
}

TAP_MAIN(makes, judges, encodes)
