#include "config.h"
#include "common/population_build.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file of those bytes with a checksum that holds: else nothing behind it would ever be reached. What is accepted is scored with. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct behavior_event event = { .tool = 1, .target = 2, .role = 3, .risk_known = true };
	uint8_t *bytes = malloc(size + 4);
	struct population_model model;
	struct behavior_prior prior;
	struct behavior_score score;
	struct behavior behavior;
	const char *why;
	uint32_t crc;

	memcpy(bytes, data, size);
	crc = (uint32_t)crc32_z(crc32(0, NULL, 0), bytes, size);
	for (unsigned i = 0; i < 4; i++)
		bytes[size + i] = (uint8_t)(crc >> 8 * i);
	if (population_read_bytes(bytes, size + 4, true, &model, &why) == 0) {
		behavior_init(&behavior);
		for (unsigned i = 0; i < 150; i++) {
			population_prior(&model.population, model.n_agents ? &model.shares[0] : NULL, behavior.head.previous, &event, &prior);
			behavior_score(&behavior, &model.population, &prior, &event, &score);
			behavior_commit(&behavior, &score, i, true);
		}
		population_model_free(&model);
	}
	free(bytes);
	return 0;
}
