#include "config.h"
#include "common/build.h"
#include "common/descriptor.h"
#include "common/table_layout.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEYS_PER_PILOT = 2, SEED_TRIES_MAX = 64, SEED_TRIES_PER_SIZE = 16 };

/* The index being built: keys -> slots. */
struct index {
	const struct knowledge *knowledge;
	uint32_t n_keys;
	uint32_t n_slots;
	uint32_t n_pilots;
	uint64_t seed;
	uint64_t *hashes;      /* by key */
	uint32_t *bucket_ends; /* n_pilots + 1: after sorting, bucket b holds members[bucket_ends[b] .. bucket_ends[b + 1]) */
	uint32_t *members;     /* keys by bucket */
	uint32_t *order;       /* buckets, the fullest first */
	uint16_t *pilots;
	uint32_t *slots;       /* key by slot, or TABLE_NONE */
};

static uint32_t power_of_two(uint64_t least)
{
	uint32_t n = 1;

	while (n < least)
		n *= 2;
	return n;
}

static const char *key_name(const struct index *index, uint32_t key)
{
	const struct knowledge_key *keys = index->knowledge->keys.items;

	return (const char *)index->knowledge->pool.items + keys[key].name;
}

static uint64_t nth_seed(unsigned n)
{
	return table_mix(n + UINT64_C(0x2545f4914f6cdd1d), TABLE_HASH_1);
}

static void index_free(struct index *index)
{
	free(index->hashes);
	free(index->bucket_ends);
	free(index->members);
	free(index->order);
	free(index->pilots);
	free(index->slots);
}

static int index_alloc(struct index *index)
{
	index->hashes = calloc(index->n_keys, sizeof(*index->hashes));
	index->bucket_ends = calloc((size_t)index->n_pilots + 1, sizeof(*index->bucket_ends));
	index->members = calloc(index->n_keys, sizeof(*index->members));
	index->order = calloc(index->n_pilots, sizeof(*index->order));
	index->pilots = calloc(index->n_pilots, sizeof(*index->pilots));
	index->slots = calloc(index->n_slots, sizeof(*index->slots));
	if (index->hashes && index->bucket_ends && index->members && index->order && index->pilots && index->slots)
		return 0;
	return -ENOMEM;
}

static uint32_t bucket_of(const struct index *index, uint32_t key)
{
	return table_bucket(index->hashes[key], index->n_pilots);
}

/* Hashes all keys and sorts them by bucket (counting sort: no order but that of the keys). */
static void fill_buckets(struct index *index)
{
	uint32_t *ends = index->bucket_ends;

	memset(ends, 0, ((size_t)index->n_pilots + 1) * sizeof(*ends));
	for (uint32_t key = 0; key < index->n_keys; key++) {
		const char *name = key_name(index, key);
		index->hashes[key] = table_hash(name, strlen(name), index->seed);
		ends[bucket_of(index, key)]++;
	}
	for (uint32_t b = 0, sum = 0; b <= index->n_pilots; b++) {
		sum += ends[b];
		ends[b] = sum;
	}
	for (uint32_t key = index->n_keys; key-- > 0;)
		index->members[--ends[bucket_of(index, key)]] = key;
}

static uint32_t bucket_size(const struct index *index, uint32_t bucket)
{
	return index->bucket_ends[bucket + 1] - index->bucket_ends[bucket];
}

static void order_buckets(struct index *index)
{
	uint32_t largest = 0, n = 0;

	for (uint32_t b = 0; b < index->n_pilots; b++)
		if (bucket_size(index, b) > largest)
			largest = bucket_size(index, b);
	for (uint32_t size = largest + 1; size-- > 0;)
		for (uint32_t b = 0; b < index->n_pilots; b++)
			if (bucket_size(index, b) == size)
				index->order[n++] = b;
}

/* Takes the slots of a bucket's keys under pilot; false, and nothing taken, when one is not free. */
static bool take_slots(struct index *index, uint32_t bucket, uint16_t pilot)
{
	uint32_t first = index->bucket_ends[bucket];
	uint32_t end = index->bucket_ends[bucket + 1];

	for (uint32_t i = first; i < end; i++) {
		uint32_t slot = table_slot(index->hashes[index->members[i]], pilot, index->n_slots);
		if (index->slots[slot] != TABLE_NONE) {
			while (i-- > first)
				index->slots[table_slot(index->hashes[index->members[i]], pilot, index->n_slots)] = TABLE_NONE;
			return false;
		}
		index->slots[slot] = index->members[i];
	}
	index->pilots[bucket] = pilot;
	return true;
}

static bool place_bucket(struct index *index, uint32_t bucket)
{
	for (uint32_t pilot = 0; pilot <= UINT16_MAX && pilot < index->n_slots; pilot++)
		if (take_slots(index, bucket, (uint16_t)pilot))
			return true;
	return false;
}

/* A pilot for every bucket under one seed; false when some bucket has none (two of its keys agree in all low bits). */
static bool place_all(struct index *index)
{
	fill_buckets(index);
	order_buckets(index);
	memset(index->slots, 0xff, index->n_slots * sizeof(*index->slots));
	for (uint32_t i = 0; i < index->n_pilots; i++)
		if (!place_bucket(index, index->order[i]))
			return false;
	return true;
}

/* Tries seeds, and more slots after some of them, until all keys have a slot of their own. */
static int index_build(const struct knowledge *knowledge, struct index *index)
{
	memset(index, 0, sizeof(*index));
	index->knowledge = knowledge;
	index->n_keys = knowledge->keys.n;
	if (index->n_keys > TABLE_KEYS_MAX)
		return -EOVERFLOW;
	index->n_pilots = power_of_two(index->n_keys / KEYS_PER_PILOT);
	index->n_slots = power_of_two((uint64_t)index->n_keys * 5 / 4);
	for (unsigned n = 0; n < SEED_TRIES_MAX; n++) {
		if (n % SEED_TRIES_PER_SIZE == 0) {
			index_free(index);
			index->n_slots *= n ? 2 : 1;
			if (index_alloc(index))
				return -ENOMEM;
		}
		index->seed = nth_seed(n);
		if (place_all(index))
			return 0;
	}
	return -EOVERFLOW;
}

static void fill_entry(const struct index *index, uint32_t key, struct table_entry *entry)
{
	const struct knowledge_key *k = (const struct knowledge_key *)index->knowledge->keys.items + key;
	const struct table_node *node = (const struct table_node *)index->knowledge->nodes.items + k->node;
	const struct knowledge_performance *performance =
		(const struct knowledge_performance *)index->knowledge->performance.items + k->node;
	const char *name = key_name(index, key);
	uint32_t len = (uint32_t)strlen(name);
	struct descriptor descriptor = {
		.hash = descriptor_hash(name, len),
		.flags = node->effect.flags,
		.exec_ms = performance->exec_ms,
		.mem_mb = performance->mem_mb,
		.out_kb = performance->out_kb,
	};

	descriptor_encode(&descriptor, entry->descriptor);
	entry->node = k->node;
	if (len <= TABLE_KEY_INLINE) {
		entry->len = (uint8_t)len;
		memcpy(entry->key, name, len);
	} else {
		entry->len = TABLE_KEY_LONG;
		memcpy(entry->key, &k->name, sizeof(k->name));
		memcpy(entry->key + sizeof(k->name), &len, sizeof(len));
	}
}

static void fill_entries(const struct index *index, struct table_entry *entries)
{
	for (uint32_t slot = 0; slot < index->n_slots; slot++) {
		if (index->slots[slot] == TABLE_NONE)
			entries[slot].node = TABLE_NONE;
		else
			fill_entry(index, index->slots[slot], &entries[slot]);
	}
}

static void fill_header(const struct index *index, struct table_header *header)
{
	const struct knowledge *knowledge = index->knowledge;

	*header = (struct table_header){
		.magic = TABLE_MAGIC,
		.version = TABLE_VERSION,
		.header_bytes = sizeof(*header),
		.hash_seed = index->seed,
		.n_keys = index->n_keys,
		.n_slots = index->n_slots,
		.n_pilots = index->n_pilots,
		.n_nodes = knowledge->nodes.n,
		.n_options = knowledge->options.n,
		.n_option_names = knowledge->option_names.n,
		.n_operands = knowledge->operands.n,
		.n_whens = knowledge->whens.n,
		.n_strings = knowledge->strings.n,
		.pool_bytes = knowledge->pool.n,
	};
	header->size_bytes = table_place_sections(header);
}

static void copy_section(char *to, const struct knowledge_section *section)
{
	if (section->n)
		memcpy(to, section->items, (size_t)section->n * section->item_bytes);
}

static void fill_image(const struct index *index, const struct table_header *header, char *data)
{
	const struct knowledge *knowledge = index->knowledge;
	struct table_header *written = (struct table_header *)data;

	memset(data, 0, header->size_bytes);
	memcpy(data + header->pilots, index->pilots, index->n_pilots * sizeof(*index->pilots));
	fill_entries(index, (struct table_entry *)(data + header->entries));
	copy_section(data + header->nodes, &knowledge->nodes);
	copy_section(data + header->options, &knowledge->options);
	copy_section(data + header->option_names, &knowledge->option_names);
	copy_section(data + header->operands, &knowledge->operands);
	copy_section(data + header->whens, &knowledge->whens);
	copy_section(data + header->strings, &knowledge->strings);
	copy_section(data + header->pool, &knowledge->pool);
	*written = *header;
	written->checksum = table_checksum(written);
}

int build_image(const struct knowledge *knowledge, struct image *image)
{
	struct table_header header;
	struct index index;
	struct table table;
	char why[160];
	int error = index_build(knowledge, &index);

	memset(image, 0, sizeof(*image));
	if (error)
		goto out;
	fill_header(&index, &header);
	error = -EOVERFLOW;
	if (header.size_bytes > TABLE_SIZE_MAX)
		goto out;
	error = -ENOMEM;
	image->data = aligned_alloc(TABLE_ALIGN, table_align(header.size_bytes));
	if (!image->data)
		goto out;
	image->size = header.size_bytes;
	fill_image(&index, &header, image->data);
	error = table_open(&table, image->data, image->size, TABLE_CHECK_ALL, why, sizeof(why));
	if (error)
		image_free(image);
out:
	index_free(&index);
	return error;
}

int build_paths(const char *const *paths, size_t n_paths, knowledge_report report, void *data, struct image *image)
{
	struct knowledge *knowledge;
	int result = knowledge_load(paths, n_paths, report, data, &knowledge);

	memset(image, 0, sizeof(*image));
	if (result)
		return result;
	result = build_image(knowledge, image);
	knowledge_free(knowledge);
	return result;
}

void image_free(struct image *image)
{
	free(image->data);
	memset(image, 0, sizeof(*image));
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Makes a rename in the folder of path last. Some file systems cannot; the file itself is safe then too. */
static void sync_folder(const char *path)
{
	char folder[PATH_MAX];
	char *slash;
	int fd;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

int build_write(const struct image *image, const char *path)
{
	char temporary[PATH_MAX];
	int length = snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	int fd, error;

	if (length < 0 || (size_t)length >= sizeof(temporary))
		return -ENAMETOOLONG;
	fd = mkstemp(temporary);
	if (fd < 0)
		return -errno;
	error = write_all(fd, image->data, image->size);
	if (!error && (fchmod(fd, 0644) < 0 || fsync(fd) < 0))
		error = -errno;
	if (close(fd) < 0 && !error)
		error = -errno;
	if (!error && rename(temporary, path) < 0)
		error = -errno;
	if (error)
		(void)unlink(temporary);
	else
		sync_folder(path);
	return error;
}
