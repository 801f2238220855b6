#include "config.h"
#include "common/code.h"

#include <string.h>
#include <strings.h>

#define WORDS_MAX 6
#define WORD_BYTES 24

static const struct statement {
	const char *words;
	const char *unless;
	enum risk risk;
	uint32_t caps;
	const char *rule;
	const char *why;
	const char *safer;
} statements[] = {
#define STATEMENT(words, unless, RISK, caps, rule, why, safer) { words, unless, RISK_##RISK, caps, rule, why, safer },
#include "common/code_sql.def"
#undef STATEMENT
};

struct sql {
	struct run *run;
	struct span span;
	const char *text;
	uint32_t len;
	uint32_t at;
	char words[WORDS_MAX][WORD_BYTES]; /* first words of the statement, upper case */
	unsigned n_words;
	char last[WORD_BYTES];             /* the word before: what the next text is */
	bool where;
	bool always;                       /* WHERE 1=1, WHERE TRUE */
	bool writes;                       /* COPY .. TO */
	bool changes;                      /* a word that changes something stood in the statement */
};

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || (uint8_t)c >= 0x80;
}

static bool words_match(const struct sql *sql, const char *words)
{
	for (unsigned i = 0; i < sql->n_words; i++) {
		size_t n = strcspn(words, " ");

		if (!(n == 1 && *words == '*') && (strlen(sql->words[i]) != n || memcmp(sql->words[i], words, n) != 0))
			return false;
		words += n;
		if (!*words++)
			return true;
	}
	return false;
}

/* Statements, and sqlite3's own commands, that only show something. */
static bool only_reads(const struct sql *sql)
{
	static const char *const readers[] = {
		"SELECT", "WITH", "EXPLAIN", "PRAGMA", "SHOW", "DESCRIBE", "DESC", "VALUES", "BEGIN", "COMMIT", "END", "ROLLBACK",
		".SCHEMA", ".TABLES", ".INDEXES", ".INDICES", ".DATABASES", ".MODE", ".HEADERS", ".HEADER", ".WIDTH", ".DUMP", ".FULLSCHEMA",
		".SEPARATOR", ".TIMEOUT", ".NULLVALUE", ".QUIT", ".EXIT", ".SHOW", ".STATS", ".TIMER", ".HELP", ".DBINFO",
	};

	for (size_t i = 0; !sql->changes && i < sizeof(readers) / sizeof(readers[0]); i++)
		if (strcmp(readers[i], sql->words[0]) == 0)
			return true;
	return sql->n_words == 0;
}

static void end_statement(struct sql *sql)
{
	sql->run->sql_changes |= !only_reads(sql);
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		const struct statement *row = &statements[i];

		if (!words_match(sql, row->words) || (row->unless && sql->where && !sql->always))
			continue;
		effect_finding(sql->run, row->rule, row->risk, PLACE_REMOTE, row->caps | CAP_REMOTE_STATE, sql->span, row->why, row->safer);
		break;
	}
	sql->n_words = 0;
	sql->where = sql->always = sql->writes = sql->changes = false;
	sql->last[0] = '\0';
}

/* sqlite3's .shell and .system, psql's \!, mysql's system: the rest of the line is a command. */
static bool read_meta(struct sql *sql)
{
	static const struct { const char *name; char what; } metas[] = {
		{ ".shell ", 'e' }, { ".system ", 'e' }, { "\\! ", 'e' }, { "system ", 'e' }, { ".output ", 'w' }, { ".once ", 'w' },
		{ ".save ", 'w' }, { ".backup ", 'w' }, { "\\o ", 'w' }, { ".read ", 'r' }, { "\\i ", 'r' }, { ".load ", 'x' },
	};
	const char *text = sql->text + sql->at;
	const char *end = memchr(text, '\n', sql->len - sql->at);
	size_t left = end ? (size_t)(end - text) : sql->len - sql->at;

	for (size_t i = 0; i < sizeof(metas) / sizeof(metas[0]); i++) {
		size_t n = strlen(metas[i].name);

		if (left < n || memcmp(text, metas[i].name, n) != 0)
			continue;
		if (metas[i].what == 'e')
			code_shell(sql->run, text + n, left - n, sql->span, "the database client");
		else
			code_path(sql->run, metas[i].what == 'w' ? ACTION_WRITE : metas[i].what == 'x' ? ACTION_EXEC : ACTION_READ, text + n,
			          left - n, sql->span);
		if (metas[i].what == 'x')
			effect_finding(sql->run, "sql.load", RISK_HIGH, PLACE_WORKSPACE, CAP_EXEC_CODE, sql->span,
			               "loads a library into the database client, which then runs it", NULL);
		sql->at += (uint32_t)left;
		return true;
	}
	return false;
}

/* A text (or name) in quotes: a command or file when the word before says so. */
static void read_string(struct sql *sql, char quote)
{
	static const struct { const char *before; char what; } roles[] = {
		{ "PROGRAM", 'e' }, { "XP_CMDSHELL", 'e' }, { "SYS_EXEC", 'e' }, { "SYS_EVAL", 'e' }, { "OUTFILE", 'w' }, { "DUMPFILE", 'w' },
		{ "INFILE", 'r' },  { "LOAD_FILE", 'r' },   { "PG_READ_FILE", 'r' }, { "PG_READ_BINARY_FILE", 'r' }, { "READFILE", 'r' },
		{ "LO_IMPORT", 'r' }, { "READ_CSV", 'r' }, { "WRITEFILE", 'w' },
	};
	struct text value;

	text_init(&value, sql->run->arena, 0);
	for (sql->at++; sql->at < sql->len; sql->at++) {
		if (sql->text[sql->at] == quote && (sql->at + 1 == sql->len || sql->text[sql->at + 1] != quote)) {
			sql->at++;
			break;
		}
		sql->at += sql->text[sql->at] == quote;
		text_putc(&value, sql->text[sql->at]);
	}
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]) && value.len; i++) {
		if (strcmp(roles[i].before, sql->last) != 0)
			continue;
		if (roles[i].what == 'e') {
			effect_finding(sql->run, "sql.program", RISK_HIGH, PLACE_REMOTE, CAP_EXEC_CODE | CAP_REMOTE_STATE, sql->span,
			               "has the database server run a program", NULL);
			code_shell(sql->run, value.data, value.len, sql->span, "the database server");
		} else
			code_path(sql->run, roles[i].what == 'w' ? ACTION_WRITE : ACTION_READ, value.data, value.len, sql->span);
	}
	if (sql->n_words && strcmp(sql->words[0], "COPY") == 0 && (strcmp(sql->last, "TO") == 0 || strcmp(sql->last, "FROM") == 0))
		code_path(sql->run, sql->last[0] == 'T' ? ACTION_WRITE : ACTION_READ, value.data ? value.data : "", value.len, sql->span);
}

/* WITH x AS (..) DELETE .., SELECT .. INTO, PRAGMA x = 1 (by its equals sign, below). */
static bool is_change(const char *word)
{
	static const char *const changes[] = { "INSERT", "UPDATE", "DELETE", "REPLACE", "INTO", "DROP", "ALTER", "CREATE", "TRUNCATE" };

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if (strcmp(changes[i], word) == 0)
			return true;
	return false;
}

/* WHERE and what follows it. */
static void note_condition(struct sql *sql)
{
	bool where = strcmp(sql->last, "WHERE") == 0;

	if (sql->where)
		sql->always = sql->always && (strcmp(sql->last, "1") == 0 || strcmp(sql->last, "TRUE") == 0);
	else
		sql->always = where;
	sql->where |= where || strcmp(sql->last, "LIMIT") == 0;
}

static void read_word(struct sql *sql)
{
	size_t n = 0;

	while (sql->at < sql->len && is_word(sql->text[sql->at])) {
		char c = sql->text[sql->at++];

		if (n + 1 < WORD_BYTES)
			sql->last[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	sql->last[n] = '\0';
	sql->changes |= is_change(sql->last);
	note_condition(sql);
	if (sql->n_words < WORDS_MAX && !(sql->n_words == 0 && (strcmp(sql->last, "EXPLAIN") == 0 || strcmp(sql->last, "BEGIN") == 0)))
		memcpy(sql->words[sql->n_words++], sql->last, n + 1);
}

static void skip_behind(struct sql *sql, const char *end)
{
	const char *found = memmem(sql->text + sql->at, sql->len - sql->at, end, strlen(end));

	sql->at = found ? (uint32_t)(found - sql->text) + (uint32_t)strlen(end) : sql->len;
}

void code_scan_sql(struct run *run, const char *text, uint32_t len, struct span span)
{
	struct sql sql = { .run = run, .span = span, .text = text, .len = len };

	while (sql.at < len && run_spend(run, 1)) {
		char c = text[sql.at];
		bool two = sql.at + 1 < len;

		if (two && c == '-' && text[sql.at + 1] == '-') {
			skip_behind(&sql, "\n");
		} else if (two && c == '/' && text[sql.at + 1] == '*') {
			skip_behind(&sql, "*/");
		} else if (c == '\'' || c == '"' || c == '`') {
			read_string(&sql, c);
		} else if (c == ';') {
			end_statement(&sql);
			sql.at++;
		} else if ((c == '.' || c == '\\' || c == 's') && sql.n_words == 0 && read_meta(&sql)) {
			/* the line is taken */
		} else if (is_word(c)) {
			read_word(&sql);
		} else {
			sql.changes |= c == '=' && sql.n_words && strcmp(sql.words[0], "PRAGMA") == 0;
			sql.at++;
		}
	}
	end_statement(&sql);
}
