/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures against the examples that AWS publishes, and where keys are looked for. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "tap.h"
#include "tempdir.h"
#include "template/aws.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const char *const variables[] = {
	"AWS_ACCESS_KEY_ID",
	"AWS_SECRET_ACCESS_KEY",
	"AWS_SESSION_TOKEN",
	"AWS_PROFILE",
	"AWS_SHARED_CREDENTIALS_FILE",
	"AWS_CONFIG_FILE",
	"AWS_REGION",
	"AWS_DEFAULT_REGION",
	"AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN",
};

/* "Signature Calculations for the Authorization Header": GET Bucket (List Objects), and GET Bucket Lifecycle. */
static void signatures(void)
{
	struct aws_credentials keys = {
		.key_id = (char *) (uintptr_t) "AKIAIOSFODNN7EXAMPLE",
		.secret = (char *) (uintptr_t) "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	};
	struct aws_request q = { .method = "GET",
				 .host = "examplebucket.s3.amazonaws.com",
				 .path = "/",
				 .query = "lifecycle=",
				 .payload_hash = EMPTY,
				 .region = "us-east-1",
				 .service = "s3",
				 .when = 1369353600 };
	auto_strv struct strv headers = STRV_INIT, list = STRV_INIT;

	EQ_INT(aws_sign(&keys, &q, &headers), 0);
	EQ_INT(headers.n, 3);
	EQ_STR(headers.v[0], "x-amz-date: 20130524T000000Z");
	EQ_STR(headers.v[2],
	       "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
	       "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
	       "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
	q.query = "max-keys=2&prefix=J";
	EQ_INT(aws_sign(&keys, &q, &list), 0);
	OK(strstr(list.v[2],
		  "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7") !=
	   NULL);
}

static void finds(const char *key_id, const char *token)
{
	auto_clean(aws_credentials) struct aws_credentials c = AWS_CREDENTIALS_INIT;
	struct error err = ERROR_INIT;

	EQ_INT(aws_credentials_find(NULL, &c, &err), 0);
	EQ_STR(err.msg, "");
	EQ_STR(c.key_id, key_id);
	EQ_STR(c.token, token);
}

static void places(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	static const char credentials[] =
		"# comment\n[default]\naws_access_key_id = ONE\r\naws_secret_access_key=s1\n\n"
		"[ other ]\n  aws_access_key_id=TWO\naws_secret_access_key = s2 \n"
		"aws_session_token = t=2\n[half]\naws_access_key_id=X\n";
	static const char config[] =
		"[default]\nregion = eu-west-1\n[profile other]\nregion=us-west-2\n"
		"[profile third]\naws_access_key_id=THREE\naws_secret_access_key=s3\n";
	auto_clean(aws_credentials) struct aws_credentials c = AWS_CREDENTIALS_INIT;
	auto_free char *first = NULL, *second = NULL, *third = NULL;
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		(void)unsetenv(variables[i]);
	(void)setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	(void)setenv("HOME", t.path, 1);
	finds(NULL, NULL);
	OK(file_write_at(t.fd, "credentials", credentials, strlen(credentials), 0600) == 0);
	OK(file_write_at(t.fd, "config", config, strlen(config), 0600) == 0);
	(void)snprintf(path, sizeof(path), "%.40s/credentials", t.path);
	(void)setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
	(void)snprintf(path, sizeof(path), "%.40s/config", t.path);
	(void)setenv("AWS_CONFIG_FILE", path, 1);
	finds("ONE", NULL);
	first = aws_region_find();
	EQ_STR(first, "eu-west-1");
	(void)setenv("AWS_PROFILE", "other", 1);
	finds("TWO", "t=2");
	second = aws_region_find();
	EQ_STR(second, "us-west-2");
	(void)setenv("AWS_PROFILE", "third", 1);
	finds("THREE", NULL);
	(void)setenv("AWS_PROFILE", "half", 1);
	EQ_INT(aws_credentials_find(NULL, &c, NULL), -EINVAL);
	(void)setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
	EQ_INT(aws_credentials_find(NULL, &c, NULL), -EINVAL);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
	finds("ENV", NULL);
	(void)setenv("AWS_REGION", "here", 1);
	third = aws_region_find();
	EQ_STR(third, "here");
}

TAP_MAIN(signatures, places)
