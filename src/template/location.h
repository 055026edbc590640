/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where template builds are kept: a directory, a bucket or a web server. Read from the environment variables that
 * template platforms use, or from one URL.
 */
#ifndef BERTH_TEMPLATE_LOCATION_H
#define BERTH_TEMPLATE_LOCATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

enum template_provider {
	PROVIDER_LOCAL, /* file:///DIR */
	PROVIDER_HTTP,	/* http(s)://HOST/PATH, read-only */
	PROVIDER_S3,	/* s3://BUCKET?endpoint=URL&region=R&s3ForcePathStyle=true */
	PROVIDER_GCS,	/* gs://BUCKET?endpoint=URL */
	PROVIDER_AZURE, /* azblob://CONTAINER?account=NAME&endpoint=URL */
};

struct template_location {
	enum template_provider provider;
	char *url; /* owned; the whole, so that it can be kept and parsed again; no credentials are in it */
	char *place; /* owned; the directory, the bucket, the container, or the URL of the web server */
	char *endpoint; /* owned; URL, or NULL: the provider's own */
	char *region;	/* owned; or NULL */
	char *account;	/* owned; Azure's, or NULL */
	bool path_style;
};

#define TEMPLATE_LOCATION_INIT ((struct template_location){ .provider = PROVIDER_LOCAL })

void template_location_done(struct template_location *l);
DEFINE_AUTO(template_location, struct template_location, template_location_done)
#define auto_template_location auto_clean(template_location)

/** template_location_parse() - from @url. Return: 0, -EINVAL with @err. */
int template_location_parse(const char *url, struct template_location *ret, struct error *err);

/**
 * template_location_from_env() - from TEMPLATE_STORAGE_URL, else STORAGE_PROVIDER and what belongs to it.
 * @default_dir: of the local provider when nothing names one
 *
 * Return: 0, -EINVAL with @err, which names the variable and its value.
 */
int template_location_from_env(const char *default_dir, struct template_location *ret,
			       struct error *err);

/**
 * template_cache_from_env() - where what is fetched is kept, and how much of it: TEMPLATE_CACHE_DIR and
 * BERTH_TEMPLATE_CACHE_SIZE, else ROOT/template-cache and 0, which stands for the default.
 * @ret_dir: to be freed
 */
int template_cache_from_env(const char *root, char **ret_dir, uint64_t *ret_limit,
			    struct error *err);

#endif
