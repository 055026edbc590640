/* SPDX-License-Identifier: Apache-2.0 */
/* AWS signature version 4 for requests to S3, and where the keys for it come from. */
#ifndef BERTH_TEMPLATE_AWS_H
#define BERTH_TEMPLATE_AWS_H

#include <stdbool.h>
#include <time.h>

#include "template/http.h"

struct aws_credentials {
	char *key_id, *secret, *token; /* owned; NULL: none */
	time_t expires;		       /* 0: never */
};

#define AWS_CREDENTIALS_INIT ((struct aws_credentials){ NULL })

void aws_credentials_done(struct aws_credentials *c);
DEFINE_AUTO(aws_credentials, struct aws_credentials, aws_credentials_done)

/**
 * aws_credentials_find() - from the environment (AWS_ACCESS_KEY_ID …), the shared files (AWS_PROFILE,
 * AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE), and last the container's or the instance's metadata service.
 *
 * Return: 0, with no key in @ret where there are none at all; -errno with @err for half of a pair.
 */
int aws_credentials_find(struct http *h, struct aws_credentials *ret, struct error *err);

/** aws_region_find() - from the environment or the profile in the configuration file; to be freed; NULL: none. */
char *aws_region_find(void);

struct aws_request {
	const char *method;
	const char *host;	  /* as the Host header says it, with the port */
	const char *path;	  /* encoded, from the slash on */
	const char *query;	  /* sorted and encoded, or "" */
	const char *payload_hash; /* hexadecimal SHA-256 of the body, or "UNSIGNED-PAYLOAD" */
	const char *region, *service;
	time_t when;
};

/**
 * aws_sign() - add the headers that authorize a request: x-amz-date, x-amz-content-sha256, the token, Authorization.
 * @headers: "name: value"; those that begin with x-amz-, in lower case, are signed too
 */
int aws_sign(const struct aws_credentials *c, const struct aws_request *q, struct strv *headers);

#endif
