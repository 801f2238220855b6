#include "config.h"

#include "daemon/store_schema.h"
#include "daemon/store_sql.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)
#define LOAD_REQUESTS_MAX 256

enum statement {
#define STATEMENT(ID, text) STATEMENT_##ID,
	STATEMENTS(STATEMENT)
#undef STATEMENT
	STATEMENT_COUNT
};

static const char *const statement_text[STATEMENT_COUNT] = {
#define STATEMENT(ID, text) [STATEMENT_##ID] = text,
	STATEMENTS(STATEMENT)
#undef STATEMENT
};

struct sql {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENT_COUNT];
	char problem[STORE_WHY_MAX];
};

static int sql_fail(struct sql *sql, const char *what)
{
	snprintf(sql->problem, sizeof(sql->problem), "%s: %s", what, sqlite3_errmsg(sql->db));
	return -EIO;
}

const char *sql_problem(struct sql *sql)
{
	return sql->problem;
}

static int sql_exec(struct sql *sql, const char *text)
{
	return sqlite3_exec(sql->db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : sql_fail(sql, text);
}

/* The first column of the first row as text, copied; "" when there is none. */
static int sql_query_text(struct sql *sql, const char *query, char *text, size_t size)
{
	sqlite3_stmt *stmt;
	int rc;

	text[0] = '\0';
	if (sqlite3_prepare_v2(sql->db, query, -1, &stmt, NULL) != SQLITE_OK)
		return sql_fail(sql, query);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		snprintf(text, size, "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : sql_fail(sql, query);
}

static int sql_prepare_schema(struct sql *sql)
{
	char text[64];
	int rc = sql_query_text(sql, "PRAGMA user_version", text, sizeof(text));

	if (rc < 0)
		return rc;
	if (atoi(text) > SCHEMA_VERSION) {
		snprintf(sql->problem, sizeof(sql->problem),
		         "made by a newer tcpbehavd (version %s, this one knows %d); start that one, or give another --state", text,
		         SCHEMA_VERSION);
		return -EPROTONOSUPPORT;
	}
	if (atoi(text) == SCHEMA_VERSION)
		return 0;
	rc = sql_exec(sql, "BEGIN IMMEDIATE");
	for (int version = atoi(text) < 0 ? 0 : atoi(text); rc == 0 && version < SCHEMA_VERSION; version++)
		rc = sql_exec(sql, schemas[version]);
	return rc == 0 ? sql_exec(sql, "COMMIT") : rc;
}

static int sql_check(struct sql *sql)
{
	char text[STORE_WHY_MAX];
	int rc = sql_query_text(sql, "PRAGMA quick_check(1)", text, sizeof(text));

	if (rc == 0 && strcmp(text, "ok") != 0) {
		snprintf(sql->problem, sizeof(sql->problem), "%s", text);
		return -EBADMSG;
	}
	return rc;
}

static int sql_prepare_all(struct sql *sql)
{
	for (int i = 0; i < STATEMENT_COUNT; i++)
		if (sqlite3_prepare_v3(sql->db, statement_text[i], -1, SQLITE_PREPARE_PERSISTENT, &sql->statements[i], NULL) != SQLITE_OK)
			return sql_fail(sql, statement_text[i]);
	return 0;
}

/* Nobody else opens the file: the exclusive lock also keeps a second daemon with the same state folder away. */
static int sql_setup(struct sql *sql, const char *path)
{
	static const char *const pragmas[] = { "PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = WAL",
		                               "PRAGMA journal_size_limit = 8388608", "PRAGMA trusted_schema = OFF" };
	int rc = 0;

	if (sqlite3_open_v2(path, &sql->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return sql_fail(sql, "cannot open");
	for (size_t i = 0; rc == 0 && i < sizeof(pragmas) / sizeof(pragmas[0]); i++)
		rc = sql_exec(sql, pragmas[i]);
	if (rc == 0)
		rc = sql_check(sql);
	if (rc == 0)
		rc = sql_prepare_schema(sql);
	return rc == 0 ? sql_prepare_all(sql) : rc;
}

static int sql_named_error(struct sql *sql, int rc)
{
	int code = sqlite3_errcode(sql->db) & 0xff;

	if (rc != -EIO)
		return rc;
	if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
		return -EBADMSG;
	return code == SQLITE_BUSY || code == SQLITE_LOCKED ? -EBUSY : -EIO;
}

int sql_open(const char *path, struct sql **sql_out, char *why, size_t why_size)
{
	struct sql *sql = calloc(1, sizeof(*sql));
	int rc;

	if (!sql)
		return -ENOMEM;
	rc = sql_setup(sql, path);
	if (rc == 0) {
		*sql_out = sql;
		return 0;
	}
	rc = sql_named_error(sql, rc);
	snprintf(why, why_size, "%s", rc == -EBUSY ? "another process has it open; stop it, or give another --state" : sql->problem);
	sql_close(sql);
	return rc;
}

void sql_close(struct sql *sql)
{
	if (!sql)
		return;
	for (int i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(sql->statements[i]);
	sqlite3_close(sql->db);
	free(sql);
}

int sql_begin(struct sql *sql, bool durable)
{
	int rc = sql_exec(sql, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");

	return rc == 0 ? sql_exec(sql, "BEGIN IMMEDIATE") : rc;
}

int sql_commit(struct sql *sql)
{
	return sql_exec(sql, "COMMIT");
}

void sql_rollback(struct sql *sql)
{
	if (!sqlite3_get_autocommit(sql->db))
		sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
}

/* Runs a statement that gives no rows and makes it ready for the next time. */
static int sql_run(struct sql *sql, enum statement id)
{
	int rc = sqlite3_step(sql->statements[id]);

	if (rc != SQLITE_DONE)
		rc = sql_fail(sql, "cannot write");
	else
		rc = 0;
	sqlite3_reset(sql->statements[id]);
	return rc;
}

static void bind_text(sqlite3_stmt *stmt, int column, const char *text)
{
	sqlite3_bind_text(stmt, column, text, -1, SQLITE_STATIC);
}

int sql_add_request(struct sql *sql, const struct store_row *row)
{
	sqlite3_stmt *stmt = sql->statements[STATEMENT_ADD_REQUEST];

	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)row->number);
	sqlite3_bind_int64(stmt, 2, row->time_ms);
	sqlite3_bind_int64(stmt, 3, row->uid);
	bind_text(stmt, 4, policy_verdict_name(row->verdict));
	bind_text(stmt, 5, risk_name(row->risk));
	bind_text(stmt, 6, policy_decider_name(row->decided_by));
	bind_text(stmt, 7, row->agent);
	bind_text(stmt, 8, row->session);
	bind_text(stmt, 9, row->rule);
	bind_text(stmt, 10, row->command);
	bind_text(stmt, 11, row->cwd);
	sqlite3_bind_blob(stmt, 12, row->hash, sizeof(row->hash), SQLITE_STATIC);
	return sql_run(sql, STATEMENT_ADD_REQUEST);
}

int sql_add_rule(struct sql *sql, const struct store_rule *rule)
{
	sqlite3_stmt *stmt = sql->statements[STATEMENT_ADD_RULE];

	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)rule->id);
	sqlite3_bind_int64(stmt, 2, rule->uid);
	bind_text(stmt, 3, policy_verdict_name(rule->verdict));
	bind_text(stmt, 4, rule->pattern);
	bind_text(stmt, 5, rule->project);
	return sql_run(sql, STATEMENT_ADD_RULE);
}

int sql_add_approval(struct sql *sql, const struct store_approval *approval)
{
	sqlite3_stmt *stmt = sql->statements[STATEMENT_ADD_APPROVAL];

	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)approval->number);
	sqlite3_bind_int64(stmt, 2, approval->uid);
	sqlite3_bind_int64(stmt, 3, approval->by_uid);
	bind_text(stmt, 4, approval->approval.agent);
	sqlite3_bind_blob(stmt, 5, approval->approval.hash, POLICY_HASH_BYTES, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 6, (sqlite3_int64)approval->approval.until_ms);
	return sql_run(sql, STATEMENT_ADD_APPROVAL);
}

int sql_use_approval(struct sql *sql, uint64_t number)
{
	sqlite3_bind_int64(sql->statements[STATEMENT_USE_APPROVAL], 1, (sqlite3_int64)number);
	return sql_run(sql, STATEMENT_USE_APPROVAL);
}

static const char *column_text(sqlite3_stmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt, column);
}

/* A name that the table no longer knows reads as the strictest. */
static int column_name(sqlite3_stmt *stmt, int column, int (*from_name)(const char *name), int otherwise)
{
	const char *name = column_text(stmt, column);
	int value = name ? from_name(name) : -1;

	return value < 0 ? otherwise : value;
}

static int decider_from_name(const char *name)
{
	for (int i = 0; i < DECIDER_COUNT; i++)
		if (strcmp(policy_decider_name((enum policy_decider)i), name) == 0)
			return i;
	return -1;
}

static void copy_hash(sqlite3_stmt *stmt, int column, uint8_t hash[POLICY_HASH_BYTES])
{
	const void *blob = sqlite3_column_blob(stmt, column);

	memset(hash, 0, POLICY_HASH_BYTES);
	if (blob && sqlite3_column_bytes(stmt, column) == POLICY_HASH_BYTES)
		memcpy(hash, blob, POLICY_HASH_BYTES);
}

/* False: made by another version, or not what this code writes; such a profile begins anew. */
static bool column_profile(sqlite3_stmt *stmt, struct store_profile *profile)
{
	const char *name = column_text(stmt, 1), *role = column_text(stmt, 2);
	const void *blob = sqlite3_column_blob(stmt, 5);

	if (!name || !role || !blob || sqlite3_column_int(stmt, 4) != PROFILE_VERSION ||
	    sqlite3_column_bytes(stmt, 5) != (int)sizeof(profile->behavior))
		return false;
	profile->uid = (uid_t)sqlite3_column_int64(stmt, 0);
	snprintf(profile->name, sizeof(profile->name), "%s", name);
	snprintf(profile->role, sizeof(profile->role), "%s", role);
	profile->seen_ms = sqlite3_column_int64(stmt, 3);
	memcpy(&profile->behavior, blob, sizeof(profile->behavior));
	return behavior_valid(&profile->behavior) == 0;
}

static void column_request(sqlite3_stmt *stmt, struct store_row *row)
{
	row->number = (uint64_t)sqlite3_column_int64(stmt, 0);
	row->time_ms = sqlite3_column_int64(stmt, 1);
	row->uid = (uid_t)sqlite3_column_int64(stmt, 2);
	row->verdict = (enum policy_verdict)column_name(stmt, 3, policy_verdict_from_name, VERDICT_DENY);
	row->risk = (enum risk)column_name(stmt, 4, risk_from_name, RISK_CRITICAL);
	row->decided_by = (enum policy_decider)column_name(stmt, 5, decider_from_name, DECIDED_BY_BOUND);
	row->agent = column_text(stmt, 6);
	row->session = column_text(stmt, 7);
	row->rule = column_text(stmt, 8);
	row->command = column_text(stmt, 9);
	row->cwd = column_text(stmt, 10);
	copy_hash(stmt, 11, row->hash);
}

/* Ends a statement that gave rows; rc is what its last step said. */
static int sql_end_rows(struct sql *sql, sqlite3_stmt *stmt, int rc)
{
	int result = rc == SQLITE_DONE ? 0 : sql_fail(sql, "cannot read");

	sqlite3_reset(stmt);
	return result;
}

int sql_log(struct sql *sql, struct store_op *op)
{
	sqlite3_stmt *stmt = sql->statements[op->everybody ? STATEMENT_LOG_ALL : STATEMENT_LOG_ONE];
	int column = 1, rc;
	struct store_row row;

	if (!op->everybody)
		sqlite3_bind_int64(stmt, column++, op->uid);
	sqlite3_bind_int64(stmt, column++, op->before ? (sqlite3_int64)op->before : INT64_MAX);
	sqlite3_bind_int64(stmt, column, op->limit);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		column_request(stmt, &row);
		op->row(op, &row);
	}
	return sql_end_rows(sql, stmt, rc);
}

int sql_put_profile(struct sql *sql, const struct store_profile *profile)
{
	sqlite3_stmt *stmt = sql->statements[STATEMENT_PUT_PROFILE];

	sqlite3_bind_int64(stmt, 1, profile->uid);
	bind_text(stmt, 2, profile->name);
	bind_text(stmt, 3, profile->role);
	sqlite3_bind_int64(stmt, 4, profile->seen_ms);
	sqlite3_bind_int(stmt, 5, PROFILE_VERSION);
	sqlite3_bind_blob(stmt, 6, &profile->behavior, sizeof(profile->behavior), SQLITE_STATIC);
	return sql_run(sql, STATEMENT_PUT_PROFILE);
}

int sql_get_profile(struct sql *sql, struct store_op *op)
{
	sqlite3_stmt *stmt = sql->statements[STATEMENT_GET_PROFILE];
	int rc;

	sqlite3_bind_int64(stmt, 1, op->profile->uid);
	bind_text(stmt, 2, op->profile->name);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		op->found = column_profile(stmt, op->profile);
	return sql_end_rows(sql, stmt, rc);
}

int sql_expire(struct sql *sql, const struct store_settings *settings, int64_t now_ms)
{
	int rc;

	sqlite3_bind_int64(sql->statements[STATEMENT_EXPIRE_TIME], 1, now_ms - settings->retention_days * DAY_MS);
	rc = sql_run(sql, STATEMENT_EXPIRE_TIME);
	if (rc < 0)
		return rc;
	sqlite3_bind_int64(sql->statements[STATEMENT_EXPIRE_APPROVALS], 1, now_ms - DAY_MS);
	rc = sql_run(sql, STATEMENT_EXPIRE_APPROVALS);
	if (rc < 0)
		return rc;
	sqlite3_bind_int64(sql->statements[STATEMENT_EXPIRE_ROWS], 1, settings->retention_rows);
	return sql_run(sql, STATEMENT_EXPIRE_ROWS);
}

static int load_rules(struct sql *sql, struct store_loader *loader)
{
	sqlite3_stmt *stmt = sql->statements[STATEMENT_LOAD_RULES];
	int rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct store_rule rule = { .id = (uint64_t)sqlite3_column_int64(stmt, 0), .uid = (uid_t)sqlite3_column_int64(stmt, 1) };

		rule.verdict = (enum policy_verdict)column_name(stmt, 2, policy_verdict_from_name, VERDICT_DENY);
		snprintf(rule.pattern, sizeof(rule.pattern), "%s", column_text(stmt, 3));
		snprintf(rule.project, sizeof(rule.project), "%s", column_text(stmt, 4));
		loader->rule(loader->context, &rule);
	}
	return sql_end_rows(sql, stmt, rc);
}

static int load_approvals(struct sql *sql, struct store_loader *loader, int64_t now_ms)
{
	sqlite3_stmt *stmt = sql->statements[STATEMENT_LOAD_APPROVALS];
	int rc;

	sqlite3_bind_int64(stmt, 1, now_ms);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct store_approval approval = { .number = (uint64_t)sqlite3_column_int64(stmt, 0),
			                           .uid = (uid_t)sqlite3_column_int64(stmt, 1),
			                           .by_uid = (uid_t)sqlite3_column_int64(stmt, 2) };

		snprintf(approval.approval.agent, sizeof(approval.approval.agent), "%s", column_text(stmt, 3));
		copy_hash(stmt, 4, approval.approval.hash);
		approval.approval.until_ms = (uint64_t)sqlite3_column_int64(stmt, 5);
		loader->approval(loader->context, &approval);
	}
	return sql_end_rows(sql, stmt, rc);
}

static int load_requests(struct sql *sql, struct store_loader *loader)
{
	sqlite3_stmt *stmt = sql->statements[STATEMENT_LOAD_REQUESTS];
	struct store_row row;
	int rc;

	sqlite3_bind_int64(stmt, 1, LOAD_REQUESTS_MAX);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		column_request(stmt, &row);
		loader->request(loader->context, &row);
	}
	return sql_end_rows(sql, stmt, rc);
}

static int load_number(struct sql *sql, enum statement id, uint64_t *next_out)
{
	sqlite3_stmt *stmt = sql->statements[id];
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW) {
		*next_out = (uint64_t)sqlite3_column_int64(stmt, 0) + 1;
		rc = sqlite3_step(stmt);
	}
	return sql_end_rows(sql, stmt, rc);
}

static int load_profiles(struct sql *sql, struct store_loader *loader)
{
	sqlite3_stmt *stmt = sql->statements[STATEMENT_LOAD_PROFILES];
	struct store_profile profile;
	int rc;

	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)loader->profiles_max);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		if (column_profile(stmt, &profile))
			loader->profile(loader->context, &profile);
	return sql_end_rows(sql, stmt, rc);
}

int sql_load(struct sql *sql, struct store_loader *loader, int64_t now_ms)
{
	int rc = load_rules(sql, loader);

	if (rc == 0)
		rc = load_approvals(sql, loader, now_ms);
	if (rc == 0)
		rc = load_requests(sql, loader);
	if (rc == 0 && loader->profile)
		rc = load_profiles(sql, loader);
	if (rc == 0)
		rc = load_number(sql, STATEMENT_LAST_NUMBER, &loader->next_number);
	if (rc == 0)
		rc = load_number(sql, STATEMENT_LAST_RULE, &loader->next_rule_id);
	return rc;
}
