#include "config.h"
#include "common/knowledge_read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct knowledge *knowledge_new(void)
{
	struct knowledge *knowledge = calloc(1, sizeof(*knowledge));

	if (!knowledge)
		return NULL;
	section_init(&knowledge->nodes, sizeof(struct table_node));
	section_init(&knowledge->performance, sizeof(struct knowledge_performance));
	section_init(&knowledge->options, sizeof(struct table_option));
	section_init(&knowledge->option_names, sizeof(struct table_option_name));
	section_init(&knowledge->operands, sizeof(struct table_operand));
	section_init(&knowledge->whens, sizeof(struct table_when));
	section_init(&knowledge->strings, sizeof(uint32_t));
	section_init(&knowledge->pool, sizeof(char));
	section_init(&knowledge->files, sizeof(char));
	section_init(&knowledge->keys, sizeof(struct knowledge_key));
	section_init(&knowledge->interned, sizeof(uint32_t));
	return knowledge;
}

void knowledge_free(struct knowledge *knowledge)
{
	if (!knowledge)
		return;
	section_free(&knowledge->nodes);
	section_free(&knowledge->performance);
	section_free(&knowledge->options);
	section_free(&knowledge->option_names);
	section_free(&knowledge->operands);
	section_free(&knowledge->whens);
	section_free(&knowledge->strings);
	section_free(&knowledge->pool);
	section_free(&knowledge->files);
	section_free(&knowledge->keys);
	section_free(&knowledge->interned);
	free(knowledge);
}

static void read_text(struct reader *reader, const char *file, const char *text, size_t len)
{
	cJSON *json;

	reader->file = file;
	reader->file_at = section_append(reader, &reader->knowledge->files, file, strlen(file) + 1);
	json = source_parse(reader, text, len);
	if (json)
		read_family(reader, json);
	cJSON_Delete(json);
}

/* The whole file in *text, to be freed; false after a problem. */
static bool slurp(struct reader *reader, int fd, char **text, size_t *len)
{
	struct stat st;
	ssize_t n = 1;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		reader_problem(reader, 0, "not a regular file; give a .json file or a folder of them");
		return false;
	}
	if ((uintmax_t)st.st_size > KNOWLEDGE_FILE_BYTES_MAX) {
		reader_problem(reader, 0, "over %zu MiB; split it into families", KNOWLEDGE_FILE_BYTES_MAX >> 20);
		return false;
	}
	*text = malloc((size_t)st.st_size + 1);
	if (!*text) {
		reader->error = -ENOMEM;
		return false;
	}
	for (*len = 0; n > 0 && *len < (size_t)st.st_size; *len += n > 0 ? (size_t)n : 0)
		n = read(fd, *text + *len, (size_t)st.st_size - *len);
	if (n < 0)
		reader_problem(reader, 0, "cannot be read: %s", strerror(errno));
	return n >= 0;
}

static void read_path(struct reader *reader, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = NULL;
	size_t len;

	reader->file = path;
	if (fd < 0) {
		reader_problem(reader, 0, "cannot be opened: %s; check the path and its permissions", strerror(errno));
		return;
	}
	if (slurp(reader, fd, &text, &len))
		read_text(reader, path, text, len);
	free(text);
	close(fd);
}

static int is_family_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && strcmp(dot, ".json") == 0;
}

static int compare_dirents(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* not alphasort: the order must not depend on the locale */
}

static void read_folder(struct reader *reader, const char *folder)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, is_family_file, compare_dirents);
	char path[PATH_MAX];

	reader->file = folder;
	if (n < 0)
		reader_problem(reader, 0, "cannot be read: %s; check its permissions", strerror(errno));
	else if (n == 0)
		reader_problem(reader, 0, "no *.json in this folder; give the folder of the tool families (tools.d)");
	else if (n > KNOWLEDGE_FILES_MAX)
		reader_problem(reader, 0, "over %d files; join some", KNOWLEDGE_FILES_MAX);
	for (int i = 0; i < n; i++) {
		int length = snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (n <= KNOWLEDGE_FILES_MAX && length > 0 && (size_t)length < sizeof(path) && !reader_stopped(reader))
			read_path(reader, path);
		free(entries[i]);
	}
	free(entries);
}

static int compare_keys(const void *a, const void *b)
{
	const struct knowledge_key *x = a, *y = b;

	return x->name != y->name ? (x->name > y->name) - (x->name < y->name) : (x->node > y->node) - (x->node < y->node);
}

/* Equal names are equal references: the pool holds each string once. */
static void settle_keys(struct reader *reader)
{
	const struct knowledge *knowledge = reader->knowledge;
	const struct knowledge_key *keys = knowledge->keys.items;
	const char *files = knowledge->files.items;

	if (knowledge->keys.n)
		qsort(knowledge->keys.items, knowledge->keys.n, sizeof(*keys), compare_keys);
	else if (!reader->problems)
		reader_problem(reader, 0, "no tool at all; list at least one under \"tools\"");
	for (uint32_t i = 1; i < knowledge->keys.n && !reader_stopped(reader); i++) {
		const struct knowledge_key *key = &keys[i], *earlier = &keys[i - 1];
		if (key->name != earlier->name)
			continue;
		reader->file = files + key->file;
		reader_problem(reader, key->line, "\"%.60s\" is there already (%.200s:%u); keep one of them",
		               stored_string(knowledge, key->name), files + earlier->file, earlier->line);
	}
}

static int reader_begin(struct reader *reader, knowledge_report report, void *data, struct knowledge **out)
{
	*out = NULL;
	*reader = (struct reader){ .knowledge = knowledge_new(), .file = "", .report = report, .data = data };
	if (!reader->knowledge)
		return -ENOMEM;
	section_add(reader, &reader->knowledge->pool, ""); /* reference 0 is the empty string */
	return reader->error;
}

static int reader_end(struct reader *reader, struct knowledge **out)
{
	settle_keys(reader);
	if (reader->error || reader->problems) {
		knowledge_free(reader->knowledge);
		return reader->error ? reader->error : reader->problems;
	}
	*out = reader->knowledge;
	return 0;
}

int knowledge_load(const char *const *paths, size_t n_paths, knowledge_report report, void *data, struct knowledge **out)
{
	struct reader reader;
	struct stat st;
	int error = reader_begin(&reader, report, data, out);

	if (error) {
		knowledge_free(reader.knowledge);
		return error;
	}
	for (size_t i = 0; i < n_paths && !reader_stopped(&reader); i++) {
		if (stat(paths[i], &st) == 0 && S_ISDIR(st.st_mode))
			read_folder(&reader, paths[i]);
		else
			read_path(&reader, paths[i]);
	}
	return reader_end(&reader, out);
}

int knowledge_load_text(const char *file, const char *text, size_t len, knowledge_report report, void *data,
                        struct knowledge **out)
{
	struct reader reader;
	int error = reader_begin(&reader, report, data, out);

	if (error) {
		knowledge_free(reader.knowledge);
		return error;
	}
	read_text(&reader, file, text, len);
	return reader_end(&reader, out);
}
