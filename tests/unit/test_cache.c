/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed builds through the cache: what is fetched, what is kept, what becomes of damage, and who may remove it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/fs.h"
#include "tap.h"
#include "tempdir.h"
#include "template/cache.h"
#include "template/pack.h"
#include "template/stream.h"

#define K      ((size_t) 4096)
#define BLOCKS ((size_t) 1500) /* of the image: three frames */
#define BUILD  "00112233-4455-6677-8899-aabbccddeeff"

struct setup {
	struct tempdir t;
	struct template_location location;
	char cache[96];
};

static void setup_done(struct setup *s)
{
	template_location_done(&s->location);
	tempdir_done(&s->t);
}
DEFINE_AUTO(setup, struct setup, setup_done)

static unsigned char *make_image(void)
{
	unsigned char *image = calloc(BLOCKS, K);
	uint32_t x = 12345;

	for (size_t i = 0; i < BLOCKS * K; i++) {
		x = x * 1664525 + 1013904223;
		image[i] = i / K % 7 == 3
				   ? 0
				   : (unsigned char) (x >> 28); /* one block in seven is zero */
	}
	return image;
}

/* The image as a build in one storage: all of its blocks, so that device and data are the same. */
static void publish(struct setup *s, enum frame_compression compression, const unsigned char *image)
{
	auto_template_header struct template_header h = { .version = 3,
							  .block_size = K,
							  .size = BLOCKS * K };
	struct header_extent all = { .length = BLOCKS * K };
	auto_storage struct storage *storage = NULL;
	auto_packer struct packer p = PACKER_INIT;
	auto_buf struct buf metadata = BUF_INIT;
	struct error err = ERROR_INIT;

	buf_adds(&metadata, "{}");
	OK(uuid_parse(BUILD, &h.build));
	h.base = h.build;
	OK(header_need_build(&h, &h.build, &all.build) == 0 && header_add_extent(&h, &all) == 0);
	OK(storage_open(&s->location, &storage, NULL) == 0);
	OK(packer_init(&p, storage, compression, NULL) == 0);
	OK(packer_add(&p, image, BLOCKS * K, NULL) == 0);
	EQ_INT(packer_publish(&p, storage, &h, &metadata, &err), 0);
	EQ_STR(err.msg, "");
}

static struct setup setup_make(enum frame_compression compression, const unsigned char *image)
{
	struct setup s = { .t = tempdir_make() };
	char url[96];

	(void)snprintf(url, sizeof(url), "file://%s/storage", s.t.path);
	(void)snprintf(s.cache, sizeof(s.cache), "%s/cache", s.t.path);
	OK(template_location_parse(url, &s.location, NULL) == 0);
	publish(&s, compression, image);
	return s;
}

static struct block_device *open_device(struct setup *s)
{
	const struct template_stream_options o = { .location = &s->location,
						   .build = BUILD,
						   .cache_dir = s->cache };
	struct block_device *d = NULL;
	struct error err = ERROR_INIT;

	EQ_INT(template_stream_open(&o, &d, &err), 0);
	EQ_STR(err.msg, "");
	return d;
}

static uint64_t fetched(struct block_device *d)
{
	struct template_counters n;

	template_stream_counters(d, &n);
	return n.bytes_fetched;
}

static bool same(struct block_device *d, const unsigned char *image, size_t first, size_t n)
{
	auto_free unsigned char *seen = malloc(n * K);

	return d->ops->read(d, seen, n * K, first * K) == 0 &&
	       memcmp(seen, image + first * K, n * K) == 0;
}

/* The one entry's directory. */
static int entry_dir(struct setup *s)
{
	auto_close int cache = dir_open(AT_FDCWD, s->cache);
	auto_strv struct strv names = STRV_INIT;

	OK(cache >= 0 && dir_list(cache, &names) == 0 && names.n == 1);
	return names.n ? dir_open(cache, names.v[0]) : FD_NONE;
}

static void frames_of(enum frame_compression compression)
{
	auto_free unsigned char *image = make_image();
	auto_clean(setup) struct setup s = setup_make(compression, image);
	struct block_device *d = open_device(&s);
	uint64_t once;

	EQ_INT(fetched(d), 0);
	OK(same(d, image, 700, 3)); /* in the second frame */
	once = fetched(d);
	OK(once > 0);
	OK(same(d, image, 600, 100));
	EQ_INT(fetched(d), once);
	OK(same(d, image, 0, BLOCKS));
	OK(fetched(d) > once && fetched(d) < BLOCKS * K);
	once = fetched(d);
	OK(same(d, image, 0, BLOCKS));
	EQ_INT(fetched(d), once);
	d->ops->free(d);
	/* Another process finds all in the cache. */
	d = open_device(&s);
	OK(same(d, image, 0, BLOCKS));
	EQ_INT(fetched(d), 0);
	d->ops->free(d);
}

static void lz4(void)
{
	frames_of(FRAME_LZ4);
}

static void zstd(void)
{
	frames_of(FRAME_ZSTD);
}

/* A block of the cache that the disk has changed, and one that was lost, are fetched again; nobody sees them. */
static void damage(void)
{
	auto_free unsigned char *image = make_image();
	auto_clean(setup) struct setup s = setup_make(FRAME_LZ4, image);
	struct block_device *d = open_device(&s);
	auto_close int dir = FD_NONE, data = FD_NONE;
	char zeros[4096] = "";

	OK(same(d, image, 0, BLOCKS));
	d->ops->free(d);
	dir = entry_dir(&s);
	data = openat(dir, "data", O_RDWR | O_CLOEXEC);
	OK(data >= 0 && fd_write_at(data, "X", 1, 100 * K + 77) == 0);
	OK(fd_write_at(data, zeros, sizeof(zeros), 1400 * K) == 0);
	d = open_device(&s);
	OK(same(d, image, 0, BLOCKS));
	OK(fetched(d) > 0);
	d->ops->free(d);
	d = open_device(&s);
	OK(same(d, image, 0, BLOCKS));
	EQ_INT(fetched(d), 0);
	d->ops->free(d);
}

/* A frame that is damaged in the storage: those reads fail, others do not. */
static void damaged_storage(void)
{
	auto_free unsigned char *image = make_image(), *block = malloc(K);
	auto_clean(setup) struct setup s = setup_make(FRAME_ZSTD, image);
	struct block_device *d;
	struct template_counters n;
	char path[160];
	auto_close int fd = FD_NONE;
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/" BUILD "/rootfs.ext4.zstd", s.location.place);
	fd = open(path, O_RDWR | O_CLOEXEC);
	OK(fd >= 0 && fstat(fd, &st) == 0 &&
	   fd_write_at(fd, "????????", 8, (uint64_t) st.st_size - 100) == 0);
	d = open_device(&s);
	OK(same(d, image, 0, 1000));
	EQ_INT(d->ops->read(d, block, K, 1499 * K), -EIO);
	EQ_INT(d->ops->read(d, block, K, 1499 * K), -EIO);
	OK(same(d, image, 1, 3));
	template_stream_counters(d, &n);
	EQ_INT(n.failed_reads, 2);
	OK(strstr(n.last_error, "is damaged at byte") != NULL);
	d->ops->free(d);
}

struct reader {
	struct block_device *d;
	const unsigned char *image;
	unsigned seed;
	unsigned wrong;
};

static void *read_about(void *arg)
{
	struct reader *r = arg;
	uint32_t x = r->seed;

	for (int i = 0; i < 200; i++) {
		size_t n, at;

		x = x * 1664525 + 1013904223;
		n = 1 + (x >> 24) % 64;
		at = (x >> 4) % (BLOCKS - n);
		r->wrong += !same(r->d, r->image, at, n);
	}
	return NULL;
}

/* Many readers of two devices on one cache: all see the image, and nothing is fetched twice within a device. */
static void at_once(void)
{
	auto_free unsigned char *image = make_image();
	auto_clean(setup) struct setup s = setup_make(FRAME_LZ4, image);
	struct block_device *d[2] = { open_device(&s), open_device(&s) };
	struct reader readers[8];
	pthread_t threads[8];
	struct stat st;
	char path[160];

	for (unsigned i = 0; i < ARRAY_SIZE(readers); i++) {
		readers[i] = (struct reader){ .d = d[i % 2], .image = image, .seed = i };
		OK(pthread_create(&threads[i], NULL, read_about, &readers[i]) == 0);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(readers); i++) {
		(void)pthread_join(threads[i], NULL);
		EQ_INT(readers[i].wrong, 0);
	}
	(void)snprintf(path, sizeof(path), "%s/" BUILD "/rootfs.ext4.lz4", s.location.place);
	OK(stat(path, &st) == 0);
	OK(fetched(d[0]) <= (uint64_t) st.st_size && fetched(d[1]) <= (uint64_t) st.st_size);
	d[0]->ops->free(d[0]);
	d[1]->ops->free(d[1]);
}

static void trim(void)
{
	auto_free unsigned char *image = make_image();
	auto_clean(setup) struct setup s = setup_make(FRAME_LZ4, image);
	struct block_device *d = open_device(&s);
	auto_clean(cache_dir) struct cache_dir cache = CACHE_DIR_INIT;
	auto_free struct cache_usage *list = NULL;
	auto_strv struct strv removed = STRV_INIT;
	uint64_t bytes = 0;
	size_t n = 0;

	OK(same(d, image, 0, BLOCKS));
	EQ_INT(cache_dir_open(&cache, s.cache, 0, NULL), 0);
	EQ_INT(cache_list(&cache, &list, &n, NULL), 0);
	EQ_INT(n, 1);
	OK(list[0].in_use && list[0].size == BLOCKS * K && list[0].bytes > BLOCKS * K / 2);
	EQ_INT(cache_remove(&cache, list[0].name), -EBUSY);
	EQ_INT(cache_trim(&cache, 0, &removed, &bytes, NULL), 0);
	OK(removed.n == 0 && bytes == 0);
	OK(same(d, image, 5, 50));
	d->ops->free(d);
	EQ_INT(cache_trim(&cache, 1 << 30, &removed, NULL, NULL), 0);
	EQ_INT(removed.n, 0);
	EQ_INT(cache_trim(&cache, 0, &removed, &bytes, NULL), 0);
	OK(removed.n == 1 && bytes > 0);
	d = open_device(&s);
	OK(same(d, image, 0, BLOCKS) && fetched(d) > 0);
	d->ops->free(d);
}

TAP_MAIN(lz4, zstd, damage, damaged_storage, at_once, trim)
