/* SPDX-License-Identifier: Apache-2.0 */
/*
 * malloc(3) for the musl build of the hot binary, in place of musl's own, which gives every emptied group
 * of blocks back to the kernel at once: in a process as short as `berth run` that is some twenty pairs of
 * mmap(2) and munmap(2) with their page faults, about a fifteenth of the whole run.
 *
 * Blocks are powers of two, cut from one chunk after the other and kept in a list per size when freed; what
 * is larger than the largest of these goes to mmap(2) by itself. Memory that was used once stays with the process, so
 * that the monitor, which lives long, takes no more than it once needed. The hot binary has no threads.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/macros.h"

#define SMALLEST 5 /* 32 bytes, header included */
#define LARGEST	 16
#define CHUNK	 ((size_t)256 << 10)

/* Before each block: its size class, or the length of its own mapping. Keeps blocks aligned for any type. */
struct header {
	_Alignas(max_align_t) size_t length; /* whole, with the header */
	unsigned class;			     /* 0: mapped by itself */
};

struct free_block {
	struct free_block *next;
};

static struct {
	_Alignas(max_align_t) char first[CHUNK]; /* .bss: costs only what is touched */
	struct free_block *free[LARGEST + 1];
	char *next;
	size_t left;
} heap;

static void *cut(size_t length)
{
	void *p;

	if (!heap.next) {
		heap.next = heap.first;
		heap.left = CHUNK;
	}
	if (heap.left < length) {
		p = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return NULL;
		heap.next = p;
		heap.left = CHUNK;
	}
	p = heap.next;
	heap.next += length;
	heap.left -= length;
	return p;
}

static void *map_alone(size_t size)
{
	size_t length = size + sizeof(struct header);
	struct header *h;

	if (length < size || length > PTRDIFF_MAX) {
		errno = ENOMEM;
		return NULL;
	}
	h = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (h == MAP_FAILED)
		return NULL;
	*h = (struct header){ .length = length };
	return h + 1;
}

void *malloc(size_t size)
{
	unsigned class = SMALLEST;
	struct free_block *reused;
	struct header *h;

	if (size > ((size_t)1 << LARGEST) - sizeof(struct header))
		return map_alone(size);
	while (((size_t)1 << class) < size + sizeof(struct header))
		class++;
	reused = heap.free[class];
	if (reused) {
		heap.free[class] = reused->next;
		return reused;
	}
	h = cut((size_t)1 << class);
	if (!h)
		return NULL;
	*h = (struct header){ .length = (size_t)1 << class, .class = class };
	return h + 1;
}

void free(void *ptr)
{
	struct free_block *block = ptr;
	struct header *h;

	if (!ptr)
		return;
	h = (struct header *)ptr - 1;
	if (h->class == 0) {
		(void)munmap(h, h->length);
		return;
	}
	block->next = heap.free[h->class];
	heap.free[h->class] = block;
}

void *calloc(size_t nmemb, size_t size)
{
	size_t total;
	void *p;

	if (__builtin_mul_overflow(nmemb, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	p = malloc(total);
	return p ? memset(p, 0, total) : NULL;
}

void *realloc(void *ptr, size_t size)
{
	struct header *h;
	void *moved;

	if (!ptr)
		return malloc(size);
	h = (struct header *)ptr - 1;
	if (size <= h->length - sizeof(*h))
		return ptr;
	moved = malloc(size);
	if (moved) {
		memcpy(moved, ptr, h->length - sizeof(*h));
		free(ptr);
	}
	return moved;
}
