#include "config.h"
#include "common/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One line of replay's input; what is accepted is scored. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct population_model model;
	struct message_error error;
	struct replay *replay;
	struct replay_line line;
	struct behavior_score score;
	struct arena arena;

	population_init(&model.population);
	replay = replay_new(&model, false);
	if (replay && arena_init(&arena, 4096, 1 << 24) == 0) {
		if (replay_read_line(&arena, (const char *)data, size, &line, &error) == 0) {
			if (line.note)
				replay_note(replay, &line);
			else
				replay_event(replay, &line, &score);
		}
		arena_deinit(&arena);
	}
	replay_free(replay);
	return 0;
}
