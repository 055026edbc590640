/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that speak to storage over HTTP share. */
#ifndef BERTH_TEMPLATE_STORAGE_WEB_H
#define BERTH_TEMPLATE_STORAGE_WEB_H

#include <pthread.h>
#include <stdatomic.h>

#include "template/aws.h"
#include "template/http.h"
#include "template/storage.h"

/* SHA-256 of nothing: the body of GET, HEAD and DELETE. */
#define WEB_EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct web {
	struct storage base;
	struct http *http;	 /* owned */
	char *origin, *host;	 /* owned; "http://host:port", "host:port" */
	char *prefix;		 /* owned; path before the objects' names, "" or "/bucket" */
	char *region;		 /* owned; S3's, or NULL */
	char *query;		 /* owned; what every URL ends with, or NULL */
	char *authorization;	 /* owned; a header, or NULL */
	const char *meta_prefix; /* of headers that an object keeps, or NULL */
	unsigned patience;	 /* seconds */
	atomic_bool stopping;
	pthread_mutex_t lock; /* of the keys */
	struct aws_credentials keys;
	bool looked;
};

struct web_call {
	const char *method, *name, *query;
	char headers[3][200]; /* "" ends them */
	const struct storage_file *file;
	const char *payload_hash;
	void *to;
	size_t to_len;
	struct buf *out;
};

struct web *web_of(struct storage *s);

/** web_send() - one request, tried again while it may help. Return: 0 for a status of success; -errno with @err. */
int web_send(struct web *w, struct web_call *c, struct http_response *p, struct error *err);

/** s3_list() - .list of S3. */
int s3_list(struct storage *s, struct strv *ret, struct error *err);

#endif
