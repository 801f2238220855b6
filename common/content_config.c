#include "config.h"
#include "common/content.h"

#include <string.h>

/* --- JSON: a bounded scan for strings, no tree --- */

/* Decodes the string whose opening quote is at *at; *at is then behind it. */
static void read_string(const struct content *content, uint32_t *at, struct text *out)
{
	static const char plain[256] = { ['n'] = '\n', ['t'] = '\t', ['r'] = '\r', ['b'] = '\b', ['f'] = '\f' };

	out->len = 0;
	for (++*at; *at < content->len && content->text[*at] != '"'; ++*at) {
		char c = content->text[*at];

		if (c == '\\' && *at + 1 < content->len) {
			c = content->text[++*at];
			if (c == 'u') { /* nothing that matters in a command needs it */
				text_putc(out, TEXT_ANY);
				*at += *at + 4 < content->len ? 4 : content->len - 1 - *at;
				continue;
			}
			c = plain[(uint8_t)c] ? plain[(uint8_t)c] : c;
		}
		text_putc(out, c);
	}
	++*at;
}

static bool is_text(const struct text *text, const char *wanted)
{
	return text->len == strlen(wanted) && memcmp(text->data, wanted, text->len) == 0;
}

static bool is_key(const struct text *key, const char *const *keys)
{
	for (; keys && *keys; keys++)
		if (is_text(key, *keys))
			return true;
	return false;
}

void content_json(const struct content *content, const char *section, const char *const *keys)
{
	/* judged ahead, a piece of a file may stand in the section whose name is not in it */
	uint32_t depth = section && content->run->judges_ahead && content->len && content->text[0] != '{', section_depth = depth;
	struct text key, value;
	bool have_key = false;

	text_init(&key, content->run->arena, 64);
	text_init(&value, content->run->arena, 256);
	for (uint32_t at = 0; at < content->len && run_spend(content->run, 1);) {
		char c = content->text[at];

		if (c == '"') {
			read_string(content, &at, have_key ? &value : &key);
			bool inside = section_depth && depth == section_depth;

			if (have_key && (keys ? is_key(&key, keys) && (inside || !section) : inside)) {
				const char *line = arena_dup(content->run->arena, value.data, value.len);

				content_shell(content, line, line ? value.len : 0);
			}
			have_key = false;
			continue;
		}
		if (c == ':')
			have_key = true;
		if (c == '{') {
			depth++;
			if (have_key && section && is_text(&key, section))
				section_depth = depth;
			have_key = false;
		}
		if (c == '}') {
			section_depth = depth == section_depth ? 0 : section_depth;
			depth -= depth > 0;
		}
		if (c == ',')
			have_key = false;
		at++;
	}
}

/* --- YAML of CI services, by lines --- */

static const char *const ci_keys[] = { "run", "script", "before_script", "after_script", "command", "entry", "bash", "install" };

static size_t indent_of(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && (line[n] == ' ' || (line[n] == '-' && n + 1 < len && line[n + 1] == ' ')))
		n++;
	return n;
}

/* Length of "key:" at text when it is one that holds commands, else 0. */
static size_t ci_key(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(ci_keys) / sizeof(ci_keys[0]); i++) {
		size_t n = strlen(ci_keys[i]);

		if (len > n && memcmp(text, ci_keys[i], n) == 0 && text[n] == ':')
			return n + 1;
	}
	return 0;
}

/* Adds a piece with ${{ expressions }} as plain names, quotes around the whole taken away. */
static void ci_put(struct text *out, const char *text, size_t len)
{
	if (len > 1 && (text[0] == '"' || text[0] == '\'') && text[len - 1] == text[0]) {
		text++;
		len -= 2;
	}
	for (size_t i = 0; i < len; i++) {
		const char *end = len - i > 3 && memcmp(text + i, "${{", 3) == 0 ? memmem(text + i, len - i, "}}", 2) : NULL;

		if (end) {
			text_puts(out, "expression");
			i = (size_t)(end - text) + 1;
		} else {
			text_putc(out, text[i]);
		}
	}
	text_putc(out, '\n');
}

/* The lines that are indented deeper than the key: a block, or a list of commands. */
static void ci_block(const struct content *content, uint32_t *at, size_t key_indent, struct text *out)
{
	uint32_t next = *at;

	while (next < content->len && run_spend(content->run, 1)) {
		const char *line = content->text + next;
		const char *end = memchr(line, '\n', content->len - next);
		size_t len = end ? (size_t)(end - line) : content->len - next;
		size_t indent = indent_of(line, len), blanks = 0;

		while (blanks < len && line[blanks] == ' ')
			blanks++;
		if (blanks < len && blanks <= key_indent && !(blanks == key_indent && line[blanks] == '-'))
			break;
		if (blanks < len)
			ci_put(out, line + indent, len - indent);
		next += (uint32_t)len + 1;
	}
	*at = next < content->len ? next : content->len;
}

void content_ci(const struct content *content)
{
	bool elsewhere = content->run->elsewhere;

	content->run->elsewhere = true;
	for (uint32_t at = 0; at < content->len && run_spend(content->run, 1);) {
		const char *line = content->text + at;
		const char *end = memchr(line, '\n', content->len - at);
		size_t len = end ? (size_t)(end - line) : content->len - at;
		size_t indent = indent_of(line, len);
		size_t key = ci_key(line + indent, len - indent);
		struct text commands;

		at += (uint32_t)len + (end != NULL);
		if (!key)
			continue;
		text_init(&commands, content->run->arena, 256);
		line += indent + key;
		len -= indent + key;
		while (len && (*line == ' ' || line[len - 1] == ' ' || line[len - 1] == '\r')) {
			line += *line == ' ';
			len--;
		}
		if (len && !strchr("|>[", *line))
			ci_put(&commands, line, len);
		else
			ci_block(content, &at, indent, &commands);
		if (commands.len && !commands.failed)
			content_shell(content, commands.data, commands.len);
	}
	content->run->elsewhere = elsewhere;
}
