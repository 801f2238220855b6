#include "config.h"

/* lookup, table build, table show, table verify. */

#include "client/cli.h"
#include "client/engine.h"
#include "client/output.h"
#include "common/build.h"
#include "common/verify.h"

#include <string.h>

static int write_tools(const struct cli *cli, const struct table *table, struct text *text)
{
	struct json_writer writer;
	int rc = 0;

	json_writer_init(&writer, text);
	for (size_t i = 0; i < cli->n_operands; i++) {
		const char *name = cli->operands[i];
		const struct table_entry *entry = table_lookup(table, name, strlen(name));

		if (!entry)
			rc = 1;
		writer.comma = false;
		if (cli->json && entry) {
			output_tool_json(&writer, table, entry, name);
			text_putc(text, '\n');
		} else if (cli->json) {
			json_begin_object(&writer);
			json_member_string(&writer, "name", name);
			json_member_bool(&writer, "known", false);
			json_end_object(&writer);
			text_putc(text, '\n');
		} else if (entry) {
			output_tool(text, table, entry, name);
		} else {
			cli_error("lookup: \"%s\" is not known; what is not known is never safe", name);
		}
	}
	return rc;
}

/* Runs write() with a text and prints that. */
static int print_with(const struct cli *cli, const struct table *table,
                      int (*write)(const struct cli *cli, const struct table *table, struct text *text))
{
	struct arena arena;
	struct text text;
	int rc, result;

	if (arena_init(&arena, 65536, 0) < 0) {
		cli_error("%s: out of memory", cli->command->name);
		return EXIT_OS;
	}
	text_init(&text, &arena, 4096);
	result = write(cli, table, &text);
	rc = cli_print(&text);
	arena_deinit(&arena);
	return rc ? rc : result;
}

int command_lookup(const struct cli *cli)
{
	struct endpoint_settings settings;
	char why[ENGINE_WHY_MAX];
	struct engine engine;
	int rc;

	endpoint_read_settings(ENDPOINT_CONF, 0, &settings, why, sizeof(why));
	if (engine_open(&engine, settings.require_system ? NULL : cli->values[CLI_TABLE], why, sizeof(why)) < 0) {
		cli_error("lookup: %s; name an image with --table", why);
		return EXIT_UNAVAILABLE;
	}
	rc = print_with(cli, &engine.table, write_tools);
	engine_close(&engine);
	return rc;
}

/* --- table --- */

static void report(void *data, const char *file, unsigned line, const char *what)
{
	const struct cli *cli = data;

	if (line)
		cli_error("%s: %s:%u: %s", cli->command->name, file, line, what);
	else
		cli_error("%s: %s: %s", cli->command->name, file, what);
}

static int write_image(const struct cli *cli, const struct table *table, struct text *text)
{
	struct json_writer writer;

	if (!cli->json) {
		output_image(text, table->header);
		return 0;
	}
	json_writer_init(&writer, text);
	json_begin_object(&writer);
	output_image_json(&writer, table->header);
	json_end_object(&writer);
	text_putc(text, '\n');
	return 0;
}

int command_table_build(const struct cli *cli)
{
	const char *path = cli->values[CLI_OUTPUT];
	char why[ENGINE_WHY_MAX];
	struct table table;
	struct image image;
	int rc;

	if (!path) {
		cli_error("table build: where does the image go? --output FILE");
		return EXIT_USAGE;
	}
	rc = build_paths((const char *const *)cli->operands, cli->n_operands, report, (void *)cli, &image);
	if (rc < 0)
		cli_error("table build: %s", strerror(-rc));
	if (rc)
		return rc < 0 ? EXIT_OS : EXIT_DATA;
	rc = build_write(&image, path);
	if (rc < 0)
		cli_error("table build: %s: cannot write: %s", path, strerror(-rc));
	else if (table_open(&table, image.data, image.size, TABLE_CHECK_HEADER, why, sizeof(why)) == 0)
		rc = print_with(cli, &table, write_image);
	image_free(&image);
	return rc < 0 ? EXIT_IO : rc;
}

static void report_key(void *data, const char *key, const char *what)
{
	const struct cli *cli = data;

	cli_error("%s: %s: %s", cli->command->name, key, what);
}

/* Opens the image that the command line names, whoever owns it, checks it and prints what it holds. */
static int look_at_image(const struct cli *cli, enum table_check check)
{
	const char *path = cli->n_operands ? cli->operands[0] : ENGINE_IMAGE;
	struct engine_file file;
	char why[ENGINE_WHY_MAX];
	struct table table;
	int rc = engine_file_open(path, false, &file, why, sizeof(why));

	if (rc < 0) {
		cli_error("%s: %s", cli->command->name, why);
		return EXIT_NO_INPUT;
	}
	if (table_open(&table, file.data, file.size, check, why, sizeof(why)) < 0) {
		cli_error("%s: %s: %s", cli->command->name, path, why);
		rc = EXIT_DATA;
	} else if (cli->values[CLI_STRICT] && verify_strict(&table, report_key, (void *)cli)) {
		rc = EXIT_DATA;
	} else {
		rc = print_with(cli, &table, write_image);
	}
	engine_file_close(&file);
	return rc;
}

int command_table_show(const struct cli *cli)
{
	return look_at_image(cli, TABLE_CHECK_HEADER);
}

int command_table_verify(const struct cli *cli)
{
	return look_at_image(cli, TABLE_CHECK_ALL);
}
