/* SPDX-License-Identifier: Apache-2.0 */
/* Where templates are: URLs, the environment's variables, and what is refused. */
#include <errno.h>
#include <string.h>

#include "tap.h"
#include "template/location.h"

static const char *const variables[] = {
	"TEMPLATE_STORAGE_URL", "STORAGE_PROVIDER",
	"TEMPLATE_BUCKET_NAME", "LOCAL_TEMPLATE_STORAGE_BASE_PATH",
	"S3_USE_PATH_STYLE",	"AWS_ENDPOINT_URL",
	"AWS_ENDPOINT_URL_S3",	"AWS_REGION",
	"AWS_DEFAULT_REGION",	"AZURE_STORAGE_ACCOUNT_NAME",
};

static void clean(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		(void)unsetenv(variables[i]);
}

static void takes(const char *url, enum template_provider provider, const char *place,
		  const char *whole)
{
	auto_template_location struct template_location l = TEMPLATE_LOCATION_INIT,
							again = TEMPLATE_LOCATION_INIT;
	struct error err = ERROR_INIT;

	EQ_INT(template_location_parse(url, &l, &err), 0);
	EQ_STR(err.msg, "");
	EQ_INT(l.provider, provider);
	EQ_STR(l.place, place);
	EQ_STR(l.url, whole);
	if (l.url && OK(template_location_parse(l.url, &again, NULL) == 0))
		EQ_STR(again.url, whole);
}

static void urls(void)
{
	clean();
	takes("file:///srv/templates/", PROVIDER_LOCAL, "/srv/templates", "file:///srv/templates");
	takes("file:///a%20b%25c", PROVIDER_LOCAL, "/a b%c", "file:///a b%25c");
	takes("s3://bucket", PROVIDER_S3, "bucket", "s3://bucket");
	takes("s3://b?endpoint=http%3A%2F%2Fh%3A9&s3ForcePathStyle=true&region=eu", PROVIDER_S3,
	      "b", "s3://b?endpoint=http://h:9&region=eu&s3ForcePathStyle=true");
	takes("gs://b.c", PROVIDER_GCS, "b.c", "gs://b.c");
	takes("azblob://box?account=me", PROVIDER_AZURE, "box", "azblob://box?account=me");
	takes("https://host/a/b//", PROVIDER_HTTP, "https://host/a/b", "https://host/a/b");
}

static void refuses(const char *url)
{
	struct template_location l = TEMPLATE_LOCATION_INIT;
	struct error err = ERROR_INIT;

	if (!OK(template_location_parse(url, &l, &err) == -EINVAL))
		printf("# %s\n", url);
	OK(l.url == NULL && err.msg[0]);
}

static void bad_urls(void)
{
	static const char *const bad[] = {
		"",	      "/srv",	       "ftp://x/y",	  "file://host/x",
		"file:",      "s3://",	       "s3:bucket",	  "s3://b/prefix",
		"s3://b?x=1", "s3://b?region", "s3://k:s@b",	  "s3://b?s3ForcePathStyle=maybe",
		"http://",    "http:///x",     "https://u:p@h/x", "https://h/x?y=1"
	};

	clean();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuses(bad[i]);
}

static void from_env(const char *url, const char *error)
{
	auto_template_location struct template_location l = TEMPLATE_LOCATION_INIT;
	struct error err = ERROR_INIT;

	EQ_INT(template_location_from_env("/default", &l, &err), error ? -EINVAL : 0);
	EQ_STR(l.url, url);
	if (error && !OK(strstr(err.msg, error) != NULL))
		printf("# %s\n", err.msg);
}

static void environment(void)
{
	clean();
	from_env("file:///default", NULL);
	(void)setenv("LOCAL_TEMPLATE_STORAGE_BASE_PATH", "/here", 1);
	from_env("file:///here", NULL);
	(void)setenv("STORAGE_PROVIDER", "AWSBucket", 1);
	from_env(NULL, "STORAGE_PROVIDER is 'AWSBucket'");
	(void)setenv("TEMPLATE_BUCKET_NAME", "templates", 1);
	(void)setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9000", 1);
	(void)setenv("AWS_REGION", "eu-north-1", 1);
	(void)setenv("S3_USE_PATH_STYLE", "1", 1);
	from_env(
		"s3://templates?endpoint=http://127.0.0.1:9000&region=eu-north-1&s3ForcePathStyle=true",
		NULL);
	(void)setenv("S3_USE_PATH_STYLE", "perhaps", 1);
	from_env(NULL, "S3_USE_PATH_STYLE is 'perhaps'");
	(void)setenv("TEMPLATE_BUCKET_NAME", "a/b", 1);
	(void)setenv("S3_USE_PATH_STYLE", "", 1);
	from_env(NULL, "TEMPLATE_BUCKET_NAME: ");
	(void)setenv("STORAGE_PROVIDER", "GCPBucket", 1);
	(void)setenv("TEMPLATE_BUCKET_NAME", "g", 1);
	from_env("gs://g", NULL);
	(void)setenv("STORAGE_PROVIDER", "Floppy", 1);
	from_env(NULL, "STORAGE_PROVIDER is 'Floppy'");
	(void)setenv("TEMPLATE_STORAGE_URL", "file:///wins", 1);
	from_env("file:///wins", NULL);
	(void)setenv("TEMPLATE_STORAGE_URL", "wrong://x", 1);
	from_env(NULL, "TEMPLATE_STORAGE_URL: ");
}

TAP_MAIN(urls, bad_urls, environment)
