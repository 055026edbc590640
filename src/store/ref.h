/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image references, [registry[:port]/]path[:tag][@digest], in docker's grammar (distribution/reference),
 * and ROOT/refs, where each one that an image has is a symbolic link whose text is the image's id.
 */
#ifndef BERTH_STORE_REF_H
#define BERTH_STORE_REF_H

#include "base/error.h"
#include "base/id.h"
#include "base/strv.h"
#include "store/store.h"

#define REF_NAME_MAX 255 /* of the repository, without tag and digest */
#define REF_TAG_MAX  128
#define REF_NONE     "<none>" /* what docker shows where there is none */

/* The familiar form: what docker shows and what people type, "busybox" for "docker.io/library/busybox". */
struct ref {
	char *name;   /* owned, like the next */
	char *tag;    /* NULL where only a digest is given */
	char *digest; /* "sha256:…", or NULL */
};

#define REF_INIT ((struct ref){ 0 })

void ref_done(struct ref *r);
DEFINE_AUTO(ref, struct ref, ref_done)
#define auto_ref auto_clean(ref)

/**
 * ref_parse() - parse and normalise. Without tag and digest, the tag is "latest".
 * Return: 0, or -EINVAL "invalid reference format…" as docker says it.
 */
int ref_parse(const char *text, struct ref *ret, struct error *err);

/** ref_format() - NAME:TAG, or NAME@DIGEST where there is one. Caller frees; NULL without memory. */
char *ref_format(const struct ref *r);

/** ref_full_name() - the name with its registry: "docker.io/library/busybox". Caller frees, or NULL. */
char *ref_full_name(const struct ref *r);

/** ref_matches() - whether @text (familiar form) fits docker's filter reference=@pattern, a shell pattern. */
bool ref_matches(const char *text, const char *pattern);

/** ref_escape() - the file name for a reference: '/', ':' and '%' as %2f, %3a, %25. Caller frees, or NULL. */
char *ref_escape(const char *text);

/** ref_unescape() - the reverse. NULL without memory or for what ref_escape() did not write. */
char *ref_unescape(const char *name);

/*
 * Below, @text is a reference in familiar form, as ref_format() gives it. Who removes references holds
 * the store's lock exclusively; who sets them (one replaces another at once) or reads them, shared.
 */

/** ref_resolve() - the id of the image that @text names. Return: 0, -ENOENT, -EINVAL (a corrupt entry), -errno. */
int ref_resolve(const struct store *s, const char *text, char ret_id[ID_SIZE]);

/** ref_set() - make @text name image @id, whatever it named before; at once and crash-safe. */
int ref_set(const struct store *s, const char *text, const char *id, struct error *err);

/** ref_remove() - Return: 0; -ENOENT if there is no such reference; -errno. */
int ref_remove(const struct store *s, const char *text, struct error *err);

struct ref_entry {
	char *text; /* owned */
	char id[ID_SIZE];
};

struct ref_list {
	struct ref_entry *v; /* owned; sorted by text */
	size_t n;
};

#define REF_LIST_INIT ((struct ref_list){ 0 })

void ref_list_done(struct ref_list *list);
DEFINE_AUTO(ref_list, struct ref_list, ref_list_done)
#define auto_ref_list auto_clean(ref_list)

/**
 * ref_list() - all references.
 * @ret_bad: file names in ROOT/refs that are no reference to an id, appended; or NULL
 */
int ref_list(const struct store *s, struct ref_list *ret, struct strv *ret_bad, struct error *err);

/** ref_list_of() - those of image @id, appended to @ret: with a tag when @tagged, with a digest when not. */
int ref_list_of(const struct ref_list *list, const char *id, bool tagged, struct strv *ret);

#endif
