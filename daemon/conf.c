#include "config.h"

#include "daemon/conf.h"

#include "common/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONF_FILE_MAX ((size_t)1 << 20)
#define CONF_ARENA_BYTES 16384

enum row_type { ROW_SECTION, ROW_TEXT, ROW_PATH, ROW_CHOICE, ROW_MODE, ROW_NUMBER, ROW_SIZE, ROW_WORDS };

struct conf_row {
	enum row_type type;
	const char *key; /* of a section: its name */
	size_t offset;
	const char *text; /* default of a text, words of a choice */
	int64_t value;
	int64_t min;
	int64_t max;
	const char *unit;
	const char *help;
};

#define AT(field) offsetof(struct conf, field)
static const struct conf_row rows[] = {
#define SECTION(name) { ROW_SECTION, name, 0, NULL, 0, 0, 0, "", "" },
#define TEXT(field, key, value, help) { ROW_TEXT, key, AT(field), value, 0, 0, 0, "text", help },
#define PATH(field, key, value, help) { ROW_PATH, key, AT(field), value, 0, 0, 0, "path", help },
#define CHOICE(field, key, value, words, help) { ROW_CHOICE, key, AT(field), words, value, 0, 0, words, help },
#define MODE(field, key, value, help) { ROW_MODE, key, AT(field), NULL, value, 0, 0777, "octal", help },
#define NUMBER(field, key, value, min, max, unit, help) { ROW_NUMBER, key, AT(field), NULL, value, min, max, unit, help },
#define SIZE(field, key, value, min, max, help) { ROW_SIZE, key, AT(field), NULL, value, min, max, "bytes", help },
#define WORDS(field, key, value, help) { ROW_WORDS, key, AT(field), value, 0, 0, 0, "list", help },
#include "daemon/conf.def"
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* What reading needs to know for its errors. */
struct reader {
	struct conf *conf;
	const char *name;
	const char *text;
	size_t len;
	char *why;
	size_t why_size;
};

static char *field_text(struct conf *conf, const struct conf_row *row)
{
	return (char *)conf + row->offset;
}

static void field_set_number(struct conf *conf, const struct conf_row *row, int64_t value)
{
	void *field = (char *)conf + row->offset;

	if (row->type == ROW_CHOICE)
		*(int *)field = (int)value;
	else if (row->type == ROW_MODE)
		*(mode_t *)field = (mode_t)value;
	else if (row->type == ROW_SIZE)
		*(size_t *)field = (size_t)value;
	else
		*(int64_t *)field = value;
}

static int64_t field_number(const struct conf *conf, const struct conf_row *row)
{
	const void *field = (const char *)conf + row->offset;

	if (row->type == ROW_CHOICE)
		return *(const int *)field;
	if (row->type == ROW_MODE)
		return *(const mode_t *)field;
	if (row->type == ROW_SIZE)
		return (int64_t) * (const size_t *)field;
	return *(const int64_t *)field;
}

static bool row_is_text(const struct conf_row *row)
{
	return row->type == ROW_TEXT || row->type == ROW_PATH || row->type == ROW_WORDS;
}

void conf_defaults(struct conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	for (size_t i = 0; i < N_ROWS; i++) {
		if (row_is_text(&rows[i]))
			snprintf(field_text(conf, &rows[i]), CONF_TEXT_MAX, "%s", rows[i].text);
		else if (rows[i].type != ROW_SECTION)
			field_set_number(conf, &rows[i], rows[i].value);
	}
}

/* The line on which a key stands; the first place where it is spelt like a key. */
static unsigned line_of_key(const struct reader *reader, const char *key)
{
	size_t key_len = strlen(key);

	for (size_t at = 0; at + key_len + 2 <= reader->len; at++)
		if (reader->text[at] == '"' && memcmp(reader->text + at + 1, key, key_len) == 0 &&
		    reader->text[at + 1 + key_len] == '"')
			return json_line(reader->text, reader->len, at);
	return 1;
}

__attribute__((format(printf, 3, 4))) static int reader_fail(struct reader *reader, const char *key, const char *format, ...)
{
	int n = snprintf(reader->why, reader->why_size, "%s: line %u: \"%s\" ", reader->name, line_of_key(reader, key), key);
	va_list args;

	if (n < 0 || (size_t)n >= reader->why_size)
		return -EINVAL;
	va_start(args, format);
	vsnprintf(reader->why + n, reader->why_size - (size_t)n, format, args);
	va_end(args);
	return -EINVAL;
}

/* Number of word in a list of words parted by blanks, or -1. */
static int word_number(const char *words, const char *word)
{
	size_t len = strlen(word);
	int number = 0;

	for (const char *p = words; *p; number++) {
		size_t n = strcspn(p, " ");

		if (n == len && memcmp(p, word, n) == 0)
			return number;
		p += n;
		p += strspn(p, " ");
	}
	return -1;
}

static int read_text(struct reader *reader, const struct conf_row *row, const char *value)
{
	if (strlen(value) >= CONF_TEXT_MAX)
		return reader_fail(reader, row->key, "is longer than %d bytes", CONF_TEXT_MAX - 1);
	if (row->type == ROW_PATH && value[0] != '/')
		return reader_fail(reader, row->key, "must be an absolute path; start it with /");
	strcpy(field_text(reader->conf, row), value);
	return 0;
}

static int read_choice(struct reader *reader, const struct conf_row *row, const char *value)
{
	int number = word_number(row->text, value);

	if (number < 0)
		return reader_fail(reader, row->key, "must be one of: %s", row->text);
	field_set_number(reader->conf, row, number);
	return 0;
}

static int read_mode(struct reader *reader, const struct conf_row *row, const char *value)
{
	char *end;
	long mode = strtol(value, &end, 8);

	if (end == value || *end || mode < 0 || mode > row->max)
		return reader_fail(reader, row->key, "must be permissions as an octal string, as \"0660\"");
	field_set_number(reader->conf, row, mode);
	return 0;
}

static int read_number(struct reader *reader, const struct conf_row *row, const struct cJSON *section)
{
	struct json_error error;
	uint32_t value = 0;

	if (json_get_u32(section, row->key, UINT32_MAX, &value, &error) != 0 || value < row->min || value > row->max)
		return reader_fail(reader, row->key, "must be a whole number from %lld to %lld (%s)", (long long)row->min,
		                   (long long)row->max, row->unit);
	field_set_number(reader->conf, row, value);
	return 0;
}

static int read_words(struct reader *reader, const struct conf_row *row, const struct cJSON *section)
{
	const struct cJSON *array = NULL;
	char joined[CONF_TEXT_MAX];
	struct json_error error;
	size_t len = 0;

	if (json_get_array(section, row->key, &array, &error) < 0)
		return reader_fail(reader, row->key, "must be a list of strings");
	joined[0] = '\0';
	for (const struct cJSON *item = json_first(array); item; item = json_next(item)) {
		const char *word = json_as_string(item);

		if (!word || !*word || strchr(word, ' '))
			return reader_fail(reader, row->key, "must be a list of strings without blanks");
		int n = snprintf(joined + len, sizeof(joined) - len, "%s%s", len ? " " : "", word);
		if (n < 0 || (size_t)n >= sizeof(joined) - len)
			return reader_fail(reader, row->key, "is longer than %d bytes", CONF_TEXT_MAX - 1);
		len += (size_t)n;
	}
	return read_text(reader, row, joined);
}

static int read_row(struct reader *reader, const struct conf_row *row, const struct cJSON *section)
{
	const char *value = NULL;
	struct json_error error;

	if (row->type == ROW_NUMBER || row->type == ROW_SIZE)
		return read_number(reader, row, section);
	if (row->type == ROW_WORDS)
		return read_words(reader, row, section);
	if (json_get_string(section, row->key, &value, &error) != 0)
		return reader_fail(reader, row->key, "must be a string");
	if (row->type == ROW_CHOICE)
		return read_choice(reader, row, value);
	if (row->type == ROW_MODE)
		return read_mode(reader, row, value);
	return read_text(reader, row, value);
}

/* Edit distance, for "did you mean"; long keys count as far away. */
static size_t key_distance(const char *a, const char *b)
{
	size_t row[64], len = strlen(b);

	if (len >= 64)
		return SIZE_MAX;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < len; j++) {
			size_t best = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j + 1] + 1 < best)
				best = row[j + 1] + 1;
			row[j + 1] = best;
		}
	}
	return row[len];
}

static int unknown_key(struct reader *reader, const char *key)
{
	const char *nearest = "", *section = "", *nearest_section = "";
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < N_ROWS; i++) {
		if (rows[i].type == ROW_SECTION)
			section = rows[i].key;
		size_t distance = *rows[i].key ? key_distance(key, rows[i].key) : SIZE_MAX;
		if (distance < best) {
			best = distance;
			nearest = rows[i].key;
			nearest_section = rows[i].type == ROW_SECTION ? "" : section;
		}
	}
	return reader_fail(reader, key, "is not a setting; the nearest is \"%s%s%s\"", nearest_section,
	                   *nearest_section ? "." : "", nearest);
}

/* The row of a key in the section that starts at row number `start`, or NULL. */
static const struct conf_row *find_row(size_t start, const char *key)
{
	for (size_t i = start + 1; i < N_ROWS && rows[i].type != ROW_SECTION; i++)
		if (strcmp(rows[i].key, key) == 0)
			return &rows[i];
	return NULL;
}

static size_t find_section(const char *name)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].type == ROW_SECTION && strcmp(rows[i].key, name) == 0)
			return i;
	return N_ROWS;
}

/* Reads one object: the outermost one (start 0) or a section. */
static int read_section(struct reader *reader, size_t start, const struct cJSON *section)
{
	for (const struct cJSON *item = json_first(section); item; item = json_next(item)) {
		const char *key = json_key_of(item);
		const struct conf_row *row = find_row(start, key);
		size_t inner = start == 0 && *key ? find_section(key) : N_ROWS;
		int rc;

		if (row)
			rc = read_row(reader, row, section);
		else if (inner == N_ROWS)
			rc = unknown_key(reader, key);
		else if (!json_is_object(item))
			rc = reader_fail(reader, key, "must be an object");
		else
			rc = read_section(reader, inner, item);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int conf_parse(struct conf *conf, const char *name, const char *text, size_t len, char *why, size_t why_size)
{
	struct conf next = *conf;
	struct reader reader = { &next, name, text, len, why, why_size };
	struct json_error error = { 0, "out of memory" };
	struct json_document document;
	struct arena arena;
	int rc = arena_init(&arena, CONF_ARENA_BYTES, 0);

	if (rc == 0)
		rc = json_parse(&arena, text, len, &document, &error);
	if (rc < 0) {
		snprintf(why, why_size, "%s: line %u, byte %zu: %s", name, json_line(text, len, error.byte), error.byte,
		         error.what);
	} else if (json_is_object(document.root)) {
		rc = read_section(&reader, 0, document.root);
	} else {
		snprintf(why, why_size, "%s: line 1: must be an object: {\"socket\": ...}", name);
		rc = -EINVAL;
	}
	arena_deinit(&arena);
	if (rc == 0)
		*conf = next;
	return rc;
}

int conf_load_file(const char *path, size_t max_bytes, char **text_out, size_t *len_out, char *why, size_t why_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	struct stat st;
	char *text = NULL;
	ssize_t n = -1;

	if (fd < 0 || fstat(fd, &st) < 0) {
		rc = -errno;
		snprintf(why, why_size, "%s: cannot read: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > max_bytes) {
		rc = -EFBIG;
		snprintf(why, why_size, "%s: not a file of at most %zu bytes", path, max_bytes);
		goto out;
	}
	text = malloc((size_t)st.st_size + 1);
	if (text)
		n = read(fd, text, (size_t)st.st_size);
	if (n < 0) {
		rc = text ? -errno : -ENOMEM;
		snprintf(why, why_size, "%s: cannot read: %s", path, strerror(-rc));
		goto out;
	}
	text[n] = '\0';
	*text_out = text;
	*len_out = (size_t)n;
	text = NULL;
out:
	free(text);
	if (fd >= 0)
		close(fd);
	return rc;
}

int conf_read(struct conf *conf, const char *path, char *why, size_t why_size)
{
	char *text;
	size_t len;
	int rc = conf_load_file(path, CONF_FILE_MAX, &text, &len, why, why_size);

	if (rc < 0)
		return rc;
	rc = conf_parse(conf, path, text, len, why, why_size);
	free(text);
	return rc;
}

static void print_words(const char *words, FILE *file)
{
	putc('[', file);
	for (const char *p = words; *p;) {
		size_t n = strcspn(p, " ");

		fprintf(file, "%s\"%.*s\"", p == words ? "" : ", ", (int)n, p);
		p += n;
		p += strspn(p, " ");
	}
	putc(']', file);
}

static void print_word(const char *words, int64_t number, FILE *file)
{
	while (number-- > 0) {
		words += strcspn(words, " ");
		words += strspn(words, " ");
	}
	fprintf(file, "\"%.*s\"", (int)strcspn(words, " "), words);
}

static void print_value(const struct conf *conf, const struct conf_row *row, FILE *file)
{
	const char *text = (const char *)conf + row->offset;
	char buffer[2 * CONF_TEXT_MAX];
	struct json_writer writer;
	struct text quoted;

	switch (row->type) {
	case ROW_TEXT:
	case ROW_PATH:
		text_init_fixed(&quoted, buffer, sizeof(buffer));
		json_writer_init(&writer, &quoted);
		json_cstring(&writer, text);
		fwrite(quoted.data, 1, quoted.len, file);
		break;
	case ROW_WORDS:
		print_words(text, file);
		break;
	case ROW_CHOICE:
		print_word(row->text, field_number(conf, row), file);
		break;
	case ROW_MODE:
		fprintf(file, "\"%04llo\"", (unsigned long long)field_number(conf, row));
		break;
	case ROW_NUMBER:
	case ROW_SIZE:
	case ROW_SECTION:
		fprintf(file, "%lld", (long long)field_number(conf, row));
		break;
	}
}

void conf_print(const struct conf *conf, FILE *file)
{
	const char *indent = "\t";

	fputs("{\n", file);
	for (size_t i = 1; i < N_ROWS; i++) {
		bool last = i + 1 == N_ROWS || rows[i + 1].type == ROW_SECTION;

		if (rows[i].type == ROW_SECTION) {
			fprintf(file, "\t\"%s\": {\n", rows[i].key);
			indent = "\t\t";
			continue;
		}
		fprintf(file, "%s\"%s\": ", indent, rows[i].key);
		print_value(conf, &rows[i], file);
		if (!last || strlen(indent) == 1)
			fputs(",\n", file);
		else
			fputs(i + 1 == N_ROWS ? "\n\t}\n" : "\n\t},\n", file);
	}
	fputs("}\n", file);
}

void conf_each(void (*fn)(void *context, const char *key, const char *unit, const char *help), void *context)
{
	const char *section = "";
	char key[128];

	for (size_t i = 0; i < N_ROWS; i++) {
		if (rows[i].type == ROW_SECTION) {
			section = rows[i].key;
			continue;
		}
		snprintf(key, sizeof(key), "%s%s%s", section, *section ? "." : "", rows[i].key);
		fn(context, key, rows[i].unit, rows[i].help);
	}
}
