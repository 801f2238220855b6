#include "config.h"

/* The file of a population: little-endian, one version, whole or not at all.
 *   "TCPBPOP" version u8 | the population's numbers and tables | n_counts u64, {key u64, count u32, distinct u32}...
 *   | n_agents u64, per agent {hash u64, totals, n_counts u64, counts...} | CRC-32 of all before u32 */

#include "common/population_build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define MAGIC "TCPBPOP\2"
#define COUNTS_MAX ((uint64_t)1 << 28)

/* --- writing --- */

struct sink {
	FILE *file;
	uint32_t crc;
	bool failed;
};

static void put(struct sink *sink, const void *bytes, size_t len)
{
	sink->crc = (uint32_t)crc32(sink->crc, bytes, (uInt)len);
	if (fwrite(bytes, 1, len, sink->file) != len)
		sink->failed = true;
}

static void put_number(struct sink *sink, uint64_t number, unsigned bytes)
{
	uint8_t buffer[8];

	for (unsigned i = 0; i < bytes; i++)
		buffer[i] = (uint8_t)(number >> 8 * i);
	put(sink, buffer, bytes);
}

static void put_map(struct sink *sink, const struct population_map *map)
{
	uint64_t n = 0;

	for (size_t i = 0; i < map->size; i++)
		n += map->slots[i].count != 0;
	put_number(sink, n, 8);
	for (size_t i = 0; i < map->size; i++) {
		if (map->slots[i].count == 0)
			continue;
		put_number(sink, map->slots[i].key, 8);
		put_number(sink, map->slots[i].count, 4);
		put_number(sink, map->slots[i].distinct, 4);
	}
}

/* The totals that populations and shares have alike. */
#define TOTALS(what, of)                                    \
	do {                                                \
		what(&(of)->events);                        \
		what(&(of)->vocabulary);                    \
		what(&(of)->new_targets);                   \
		what(&(of)->met_targets);                   \
	} while (0)

static void put_population(struct sink *sink, const struct population *population)
{
#define PUT(number) put_number(sink, *(number), 4)
	TOTALS(PUT, population);
#undef PUT
	for (unsigned i = 0; i < CLASS_COUNT; i++)
		put_number(sink, population->classes[i], 4);
	put(sink, population->version, sizeof(population->version));
	for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
		put_number(sink, (uint32_t)population->channels[i].low, 4);
		put_number(sink, (uint32_t)population->channels[i].step, 4);
		for (unsigned bin = 0; bin < POPULATION_BINS; bin++)
			put_number(sink, (uint32_t)population->channels[i].evalue[bin], 4);
	}
	put(sink, population->scores, sizeof(population->scores));
	put_map(sink, &population->map);
}

static void put_share(struct sink *sink, uint64_t agent, const struct population_share *share)
{
	put_number(sink, agent, 8);
#define PUT(number) put_number(sink, *(number), 4)
	TOTALS(PUT, share);
#undef PUT
	put_map(sink, &share->map);
}

static int write_all(const struct population_model *model, FILE *file)
{
	struct sink sink = { .file = file, .crc = (uint32_t)crc32(0, NULL, 0) };

	put(&sink, MAGIC, 8);
	put_population(&sink, &model->population);
	put_number(&sink, model->n_agents, 8);
	for (size_t i = 0; i < model->n_agents; i++)
		put_share(&sink, model->agents[i], &model->shares[i]);
	put_number(&sink, sink.crc, 4);
	if (sink.failed || fflush(file) != 0 || fsync(fileno(file)) < 0)
		return errno ? -errno : -EIO;
	return 0;
}

int population_write(const struct population_model *model, const char *path)
{
	size_t len = strlen(path);
	char *partial = malloc(len + 8);
	FILE *file = NULL;
	int fd = -1, rc = -ENOMEM;

	if (!partial)
		goto out;
	memcpy(partial, path, len);
	memcpy(partial + len, ".XXXXXX", 8);
	fd = mkstemp(partial);
	if (fd < 0 || fchmod(fd, 0644) < 0 || !(file = fdopen(fd, "wb"))) {
		rc = -errno;
		goto out;
	}
	rc = write_all(model, file);
	if (rc == 0 && rename(partial, path) < 0)
		rc = -errno;
out:
	if (file)
		fclose(file);
	else if (fd >= 0)
		close(fd);
	if (rc < 0 && fd >= 0)
		unlink(partial);
	free(partial);
	return rc;
}

/* --- reading --- */

struct source_bytes {
	const uint8_t *bytes;
	size_t len, at;
	const char *why; /* NULL: all well so far */
};

static uint64_t take(struct source_bytes *in, unsigned bytes)
{
	uint64_t number = 0;

	if (in->len - in->at < bytes) {
		in->why = "it is cut short";
		in->at = in->len;
		return 0;
	}
	for (unsigned i = 0; i < bytes; i++)
		number |= (uint64_t)in->bytes[in->at + i] << 8 * i;
	in->at += bytes;
	return number;
}

static void take_bytes(struct source_bytes *in, void *to, size_t len)
{
	if (in->len - in->at < len) {
		in->why = "it is cut short";
		in->at = in->len;
		return;
	}
	memcpy(to, in->bytes + in->at, len);
	in->at += len;
}

/* keep NULL: passed over. */
static void take_map(struct source_bytes *in, struct population_map *keep)
{
	uint64_t n = take(in, 8);

	if (n > COUNTS_MAX || n > (in->len - in->at) / 16) {
		in->why = "it is cut short";
		return;
	}
	for (uint64_t i = 0; i < n; i++) {
		uint64_t key = take(in, 8);
		uint32_t count = (uint32_t)take(in, 4), distinct = (uint32_t)take(in, 4);
		struct population_count *entry = keep && key ? population_map_put(keep, key) : NULL;

		if (key == 0)
			in->why = "a count has no key";
		if (entry) {
			entry->count = count;
			entry->distinct = distinct;
		} else if (keep && key) {
			in->why = "there is not enough memory for it";
			return;
		}
	}
}

static void take_population(struct source_bytes *in, struct population *population)
{
#define TAKE(number) (*(number) = (uint32_t)take(in, 4))
	TOTALS(TAKE, population);
	for (unsigned i = 0; i < CLASS_COUNT; i++)
		population->classes[i] = (uint32_t)take(in, 4);
	population_add_up(population);
	take_bytes(in, population->version, sizeof(population->version));
	population->version[sizeof(population->version) - 1] = '\0';
	for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
		population->channels[i].low = (int32_t)take(in, 4);
		population->channels[i].step = (int32_t)take(in, 4);
		for (unsigned bin = 0; bin < POPULATION_BINS; bin++)
			population->channels[i].evalue[bin] = fixed_clamp((int32_t)take(in, 4), FIXED(-32), FIXED(32));
	}
	take_bytes(in, population->scores, sizeof(population->scores));
	take_map(in, &population->map);
}

static void take_shares(struct source_bytes *in, bool keep, struct population_model *out)
{
	uint64_t n = take(in, 8);

	if (n > POPULATION_AGENTS_MAX) {
		in->why = "it names too many agents";
		return;
	}
	out->shares = keep ? calloc(n + 1, sizeof(*out->shares)) : NULL;
	out->agents = keep ? calloc(n + 1, sizeof(*out->agents)) : NULL;
	if (keep && (!out->shares || !out->agents)) {
		in->why = "there is not enough memory for it";
		return;
	}
	for (uint64_t i = 0; i < n && !in->why; i++) {
		struct population_share passed, *share = keep ? &out->shares[i] : &passed;
		uint64_t agent = take(in, 8);

		TOTALS(TAKE, share);
#undef TAKE
		take_map(in, keep ? &share->map : NULL);
		if (!keep)
			continue;
		if (i > 0 && agent <= out->agents[i - 1])
			in->why = "its agents are not in order";
		out->agents[i] = agent;
		out->n_agents = i + 1;
	}
}

/* Sums that a later subtraction relies on. */
static const char *check_totals(const struct population_model *model)
{
	const struct population *all = &model->population;

	for (size_t i = 0; i < model->n_agents; i++) {
		const struct population_share *share = &model->shares[i];

		if (share->events > all->events || share->vocabulary > all->vocabulary || share->new_targets > all->new_targets ||
		    share->met_targets > all->met_targets)
			return "an agent has more in it than all together";
	}
	return NULL;
}

int population_read_bytes(const uint8_t *bytes, size_t len, bool with_shares, struct population_model *out, const char **why)
{
	struct source_bytes in = { .bytes = bytes, .len = len };
	uint32_t crc;

	memset(out, 0, sizeof(*out));
	*why = NULL;
	if (len < 12 || memcmp(bytes, MAGIC, 7) != 0)
		*why = "it is no population (tcpctl population build makes one)";
	else if (bytes[7] != MAGIC[7])
		*why = "it is of another version; build it again with this tcpctl";
	if (*why)
		return -EINVAL;
	in.at = len - 4;
	crc = (uint32_t)take(&in, 4);
	if (crc != (uint32_t)crc32_z(crc32(0, NULL, 0), bytes, len - 4)) {
		*why = "it is damaged or cut short; build it again";
		return -EINVAL;
	}
	in.len = len - 4;
	in.at = 8;
	take_population(&in, &out->population);
	if (!in.why)
		take_shares(&in, with_shares, out);
	if (!in.why && in.at != in.len)
		in.why = "something stands behind its end";
	*why = in.why ? in.why : check_totals(out);
	if (*why) {
		population_model_free(out);
		return -EINVAL;
	}
	return 0;
}

int population_read(const char *path, bool with_shares, struct population_model *out, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	uint8_t *bytes = NULL;
	struct stat st;
	size_t len = 0;

	*why = NULL;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		rc = -errno;
	else if (!S_ISREG(st.st_mode)) {
		*why = "it is no file";
		rc = -EINVAL;
	} else if (!(bytes = malloc((size_t)st.st_size + 1)))
		rc = -ENOMEM;
	while (rc == 0 && len < (size_t)st.st_size) {
		ssize_t n = read(fd, bytes + len, (size_t)st.st_size - len);

		if (n <= 0) {
			rc = n < 0 ? -errno : 0;
			break;
		}
		len += (size_t)n;
	}
	close(fd);
	if (rc == 0)
		rc = population_read_bytes(bytes, len, with_shares, out, why);
	free(bytes);
	return rc;
}
