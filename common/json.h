#ifndef TCPBEHAV_JSON_H
#define TCPBEHAV_JSON_H

/* JSON in and out. Reading: a strict scan of our own decides what is JSON (RFC 8259, nothing more) and builds cJSON's tree in
 * the request's arena in the same pass: cJSON's parser takes more than RFC 8259 and has one allocator for the whole process.
 * Nothing here calls cJSON's functions, so the static programs do without the library. Writing: straight into a struct text,
 * no tree and no printf. */

#include "common/arena.h"
#include "common/text.h"

struct cJSON; /* <cjson/cJSON.h>, only for files that the fence names */

#define JSON_NESTING_MAX 64
#define JSON_ID_MAX 128 /* bytes of an id as it was written */

#define JSON_NOWHERE SIZE_MAX

/* What is wrong and where. */
struct json_error {
	size_t byte;    /* from 0, in the text that was parsed; JSON_NOWHERE when it concerns a value, not a spelling */
	char what[160]; /* one sentence, printable */
};

struct json_document {
	struct cJSON *root;
	const char *id; /* value of "id" in the outermost object as it was written; NULL: there is none, or it is neither a number,
	                   a string nor null, or too long. Also set when the text is broken somewhere behind it. */
	size_t id_len;
};

/* Parses the whole of text. Refuses what cJSON lets pass: a NUL or \u0000 inside a string (it would cut a command short),
 * raw control characters, bytes that are not UTF-8, lone surrogates, numbers like 01, the same key twice in one object,
 * nesting above JSON_NESTING_MAX, anything behind the value.
 * arena: takes the tree; never cJSON_Delete() it.
 * Returns 0; -EINVAL with *error filled in; -ENOMEM (also past the arena's limit). Thread safe. */
int json_parse(struct arena *arena, const char *text, size_t len, struct json_document *document, struct json_error *error);

/* Line (from 1) in which a byte of text lies, for messages about files. */
unsigned json_line(const char *text, size_t len, size_t byte);

/* Byte at which the value of key in the outermost object starts, of its element number index when it is an array; for
 * messages about files that parsed well. JSON_NOWHERE when there is none. */
size_t json_position(const char *text, size_t len, const char *key, size_t index);

/* For text that may be cut or broken, where reading a part is better than nothing; nothing here says that it is JSON.
 * json_loose_member: where the value of key in the outermost object stands, up to its end or the text's; false: not found.
 * json_loose_text: what the strings of such a value say, each on lines of its own, with its escapes undone; to has room for len
 * bytes. Returns their number. Both linear, thread safe. */
bool json_loose_member(const char *text, size_t len, const char *key, const char **value, size_t *value_len);
size_t json_loose_text(const char *value, size_t len, char *to);

/* Puts a sentence and no place into error; format as in printf. Returns -EINVAL. */
int json_fail(struct json_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

enum { JSON_ABSENT = 1 };

/* Typed fields of an object. 0: *out is set; JSON_ABSENT: there is no such key or it is null, *out is untouched; -EINVAL: it is of
 * another type or out of range, and error->what says so: "cwd" must be a string. Strings live as long as the document. */
int json_get_string(const struct cJSON *object, const char *key, const char **out, struct json_error *error);
int json_get_bool(const struct cJSON *object, const char *key, bool *out, struct json_error *error);
int json_get_u32(const struct cJSON *object, const char *key, uint32_t max, uint32_t *out, struct json_error *error);
int json_get_double(const struct cJSON *object, const char *key, double min, double max, double *out, struct json_error *error);
int json_get_object(const struct cJSON *object, const char *key, const struct cJSON **out, struct json_error *error);
int json_get_array(const struct cJSON *object, const char *key, const struct cJSON **out, struct json_error *error);

/* A 64-bit number that travels as a string ("123"); a plain number up to 2^53 is taken too. */
int json_get_u64(const struct cJSON *object, const char *key, uint64_t *out, struct json_error *error);

/* A string or an array of strings, as an array in the arena. -ENOMEM past its limit. */
int json_get_strings(struct arena *arena, const struct cJSON *object, const char *key, const char *const **out, size_t *n_out,
                     struct json_error *error);

/* Bytes in base64 (with or without its =), decoded into the arena, with a NUL behind them. -ENOMEM past its limit. */
int json_get_base64(struct arena *arena, const struct cJSON *object, const char *key, const char **out, size_t *len_out,
                    struct json_error *error);

/* Elements of an array or members of an object, in order: for (item = json_first(array); item; item = json_next(item)). */
const struct cJSON *json_first(const struct cJSON *parent);
const struct cJSON *json_next(const struct cJSON *item);
const char *json_key_of(const struct cJSON *member); /* NULL in an array */
bool json_is_object(const struct cJSON *item); /* these accept NULL: false */
bool json_is_array(const struct cJSON *item);
bool json_is_string(const struct cJSON *item);
bool json_is_bool(const struct cJSON *item);
bool json_is_true(const struct cJSON *item);
const struct cJSON *json_member(const struct cJSON *object, const char *key); /* NULL: there is none */
double json_as_number(const struct cJSON *item); /* 0 when it is none */
const char *json_as_string(const struct cJSON *item); /* NULL when it is none */

/* 0 when object has no other keys than those n; else -EINVAL and error names the first and lists what there is. */
int json_only_keys(const struct cJSON *object, const char *const *keys, size_t n, struct json_error *error);

/* --- writing --- */

struct json_writer {
	struct text *text;
	bool comma; /* a value was written before at this level */
};

void json_writer_init(struct json_writer *writer, struct text *text);

void json_begin_object(struct json_writer *writer);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer);
void json_end_array(struct json_writer *writer);
void json_key(struct json_writer *writer, const char *key); /* plain ASCII without quotes */

/* Escapes control characters; what is not UTF-8 becomes U+FFFD. */
void json_string(struct json_writer *writer, const char *s, size_t len);
void json_cstring(struct json_writer *writer, const char *s); /* NULL: null */
void json_u64(struct json_writer *writer, uint64_t number);
void json_i64(struct json_writer *writer, int64_t number);
void json_u64_string(struct json_writer *writer, uint64_t number); /* "123" */
void json_double(struct json_writer *writer, double number, unsigned decimals); /* not a number: null; at most 9 decimals */
void json_bool(struct json_writer *writer, bool value);
void json_null(struct json_writer *writer);
void json_raw(struct json_writer *writer, const char *json, size_t len); /* a value that is JSON already */

/* A key and its value in one. */
void json_member_string(struct json_writer *writer, const char *key, const char *s);
void json_member_u64(struct json_writer *writer, const char *key, uint64_t number);
void json_member_bool(struct json_writer *writer, const char *key, bool value);

#endif
