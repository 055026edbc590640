/* SPDX-License-Identifier: Apache-2.0 */
/*
 * array.h - arrays that grow by an element at a time.
 *
 * The capacity is not kept: it is the power of two at or above the number of elements, so that n elements cost
 * log n moves.
 */
#ifndef BERTH_BASE_ARRAY_H
#define BERTH_BASE_ARRAY_H

#include <stddef.h>

/*
 * @v, an array of @n elements of @size bytes that grew through this function only (NULL when empty), with room for
 * one more. Return: the array, which may have moved and is the caller's to free(3); NULL without memory, then @v is
 * as it was.
 */
void *array_room(void *v, size_t n, size_t size);

#endif
