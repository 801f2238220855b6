#include "config.h"

/* replay, population build: events from files, scored as the daemon would, and the model that they are scored against. */

#include "client/cli.h"
#include "client/lines.h"
#include "common/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LINE_ARENA_BYTES ((size_t)64 << 10)
#define LINE_ARENA_LIMIT_BYTES ((size_t)96 << 20)

/* A file of replay lines that is worked through. */
struct feed {
	const struct cli *cli;
	const char *path;
	int fd;
	struct lines lines;
	struct arena arena; /* of one line */
	uint64_t events;
	bool bad; /* a line was */
};

static int feed_open(struct feed *feed, const struct cli *cli, const char *path)
{
	*feed = (struct feed){ .cli = cli, .path = path, .fd = -1 };
	feed->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	lines_init(&feed->lines, feed->fd);
	if (feed->fd < 0) {
		cli_error("%s: %s: %s", cli->command->name, path, strerror(errno));
		return EXIT_NO_INPUT;
	}
	if (arena_init(&feed->arena, LINE_ARENA_BYTES, LINE_ARENA_LIMIT_BYTES) < 0) {
		cli_error("%s: out of memory", cli->command->name);
		return EXIT_OS;
	}
	return 0;
}

static void feed_close(struct feed *feed)
{
	lines_deinit(&feed->lines);
	arena_deinit(&feed->arena);
	if (feed->fd > STDIN_FILENO)
		close(feed->fd);
}

/* A bad line is told, and passed over. */
static void feed_bad(struct feed *feed, const char *what)
{
	feed->bad = true;
	cli_error("%s: %s, line %llu: %s; the line is passed over", feed->cli->command->name, feed->path,
	          (unsigned long long)feed->lines.number, what);
}

static int feed_failed(const struct feed *feed, int rc)
{
	cli_error("%s: %s, line %llu: %s", feed->cli->command->name, feed->path, (unsigned long long)feed->lines.number,
	          rc == -E2BIG ? "too many agents or events; split the file" : strerror(-rc));
	return rc == -ENOMEM ? EXIT_OS : rc == -E2BIG ? EXIT_DATA : EXIT_IO;
}

typedef int feed_function(void *data, const struct replay_line *line, struct feed *feed);

/* text ends without a NUL. */
static bool blank(const char *text, size_t len)
{
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t' || text[len - 1] == '\r'))
		len--;
	return len == 0;
}

/* One line. 0 or an exit code. */
static int feed_line(struct feed *feed, const char *text, size_t len, feed_function *function, void *data)
{
	struct message_error error;
	struct replay_line line;
	int rc;

	if (blank(text, len))
		return 0;
	arena_reset(&feed->arena);
	if (replay_read_line(&feed->arena, text, len, &line, &error) < 0) {
		feed_bad(feed, error.text);
		return 0;
	}
	rc = function(data, &line, feed);
	return rc < 0 ? feed_failed(feed, rc) : rc;
}

static int feed_all(struct feed *feed, feed_function *function, void *data)
{
	const char *text;
	size_t len;
	int rc;

	while ((rc = lines_next(&feed->lines, &text, &len)) != LINES_END) {
		if (rc < 0)
			return feed_failed(feed, rc);
		if (rc == LINES_TOO_LONG)
			feed_bad(feed, "longer than 16 MiB");
		else if ((rc = feed_line(feed, text, len, function, data)) != 0)
			return rc;
	}
	return 0;
}

static int read_model(const struct cli *cli, const char *path, struct population_model *model)
{
	const char *why;
	int rc = population_read(path, true, model, &why);

	if (rc == 0)
		return 0;
	cli_error("%s: %s: %s", cli->command->name, path, why ? why : strerror(-rc));
	return rc == -EINVAL ? EXIT_DATA : rc == -ENOMEM ? EXIT_OS : EXIT_NO_INPUT;
}

/* --- replay --- */

static int replay_one(void *data, const struct replay_line *line, struct feed *feed)
{
	struct behavior_score score;
	struct text text;
	int rc;

	if (line->note)
		return replay_note(data, line);
	rc = replay_event(data, line, &score);
	if (rc < 0)
		return rc;
	text_init(&text, &feed->arena, 512);
	replay_write(&text, ++feed->events, line, &score);
	return cli_print(&text);
}

int command_replay(const struct cli *cli)
{
	const char *path = cli->values[CLI_BATCH] ? cli->values[CLI_BATCH] : "-";
	struct population_model model = { 0 };
	struct replay *replay = NULL;
	struct feed feed;
	int rc = 0;

	population_init(&model.population);
	if (cli->values[CLI_POPULATION])
		rc = read_model(cli, cli->values[CLI_POPULATION], &model);
	if (rc)
		return rc;
	rc = feed_open(&feed, cli, path);
	if (rc == 0 && !(replay = replay_new(&model, cli->values[CLI_FREEZE] != NULL)))
		rc = feed_failed(&feed, -ENOMEM);
	if (rc == 0)
		rc = feed_all(&feed, replay_one, replay);
	replay_free(replay);
	population_model_free(&model);
	if (rc == 0)
		rc = cli_flush();
	rc = rc ? rc : feed.bad ? EXIT_DATA : 0;
	feed_close(&feed);
	return rc;
}

/* --- population build --- */

static int add_one(void *data, const struct replay_line *line, struct feed *feed)
{
	(void)feed;
	return line->note ? 0 : population_builder_add(data, line->agent, line->agent_len, &line->event, line->time_s);
}

static void show_progress(void *data, size_t done, size_t of)
{
	const struct cli *cli = data;

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\rtcpctl: %s: %zu of %zu replays%s", cli->command->name, done, of, done == of ? "\n" : "");
}

static int show_built(const struct cli *cli, const struct population_model *model, const char *path)
{
	struct arena arena;
	struct text text;
	int rc;

	if (arena_init(&arena, 4096, 0) < 0)
		return EXIT_OS;
	text_init(&text, &arena, 512);
	if (cli->json) {
		struct json_writer writer;

		json_writer_init(&writer, &text);
		json_begin_object(&writer);
		json_member_string(&writer, "file", path);
		json_member_u64(&writer, "events", model->population.events);
		json_member_u64(&writer, "agents", model->n_agents);
		json_member_u64(&writer, "tools", model->population.vocabulary);
		json_end_object(&writer);
		text_putc(&text, '\n');
	} else {
		char line[96];

		snprintf(line, sizeof(line), ": %u events of %zu agents, %u tools\n", model->population.events, model->n_agents,
		         model->population.vocabulary);
		text_puts(&text, path);
		text_puts(&text, line);
	}
	rc = cli_print(&text);
	arena_deinit(&arena);
	return rc;
}

static int finish(const struct cli *cli, struct population_builder *builder, const char *from)
{
	const char *version = cli->values[CLI_NAME] ? cli->values[CLI_NAME] : from;
	const char *output = cli->values[CLI_OUTPUT];
	struct population_model model;
	int rc = population_builder_finish(builder, version, show_progress, (void *)cli, &model);

	if (rc == -ENODATA) {
		cli_error("population build: %s: no events in it; give replay lines, see tcpctl(1)", from);
		return EXIT_DATA;
	}
	if (rc < 0) {
		cli_error("population build: %s", strerror(-rc));
		return EXIT_OS;
	}
	if (cli->values[CLI_ANONYMOUS])
		population_anonymize(builder, &model);
	rc = population_write(&model, output);
	if (rc < 0) {
		cli_error("population build: %s: %s", output, strerror(-rc));
		rc = EXIT_IO;
	} else {
		rc = show_built(cli, &model, output);
	}
	population_model_free(&model);
	return rc;
}

int command_population_build(const struct cli *cli)
{
	struct population_builder *builder;
	struct feed feed;
	int rc;

	if (!cli->values[CLI_OUTPUT]) {
		cli_error("population build: say where it goes: --output FILE");
		return EXIT_USAGE;
	}
	rc = feed_open(&feed, cli, cli->operands[0]);
	if (rc)
		return rc;
	builder = population_builder_new();
	rc = builder ? feed_all(&feed, add_one, builder) : feed_failed(&feed, -ENOMEM);
	if (rc == 0)
		rc = finish(cli, builder, cli->operands[0]);
	population_builder_free(builder);
	rc = rc ? rc : feed.bad ? EXIT_DATA : 0;
	feed_close(&feed);
	return rc;
}
