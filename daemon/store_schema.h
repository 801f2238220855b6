#ifndef TCPBEHAV_STORE_SCHEMA_H
#define TCPBEHAV_STORE_SCHEMA_H

/* Tables and statements of the database, for store_sql.c alone. A schema's number is the database's user_version: an older one is
 * brought up to date step by step. */

#include "common/behavior.h"

#define SCHEMA_VERSION 2

static const char schema_1[] =
	"CREATE TABLE requests (number INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, uid INTEGER NOT NULL, verdict TEXT NOT NULL,"
	" risk TEXT NOT NULL, decided_by TEXT NOT NULL, agent TEXT, session TEXT, rule TEXT, command TEXT, cwd TEXT, hash BLOB);"
	"CREATE INDEX requests_uid ON requests (uid, number);"
	"CREATE INDEX requests_time ON requests (time_ms);"
	"CREATE TABLE approvals (number INTEGER PRIMARY KEY, uid INTEGER NOT NULL, by_uid INTEGER NOT NULL, agent TEXT NOT NULL,"
	" hash BLOB NOT NULL, until_ms INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0);"
	"CREATE TABLE rules (id INTEGER PRIMARY KEY, uid INTEGER NOT NULL, verdict TEXT NOT NULL, pattern TEXT NOT NULL,"
	" project TEXT NOT NULL);"
	"PRAGMA user_version = 1;";

/* behavior: struct behavior as it lies in memory; version: BEHAVIOR_VERSION and its size */
static const char schema_2[] =
	"CREATE TABLE profiles (uid INTEGER NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, seen_ms INTEGER NOT NULL,"
	" version INTEGER NOT NULL, behavior BLOB NOT NULL, PRIMARY KEY (uid, name)) WITHOUT ROWID;"
	"CREATE INDEX profiles_seen ON profiles (seen_ms);"
	"PRAGMA user_version = 2;";

static const char *const schemas[SCHEMA_VERSION] = { schema_1, schema_2 };

#define PROFILE_VERSION ((int)(BEHAVIOR_VERSION << 16 | sizeof(struct behavior)))

#define REQUEST_COLUMNS "number, time_ms, uid, verdict, risk, decided_by, agent, session, rule, command, cwd, hash"

#define STATEMENTS(X)                                                                                                 \
	X(ADD_REQUEST, "INSERT OR REPLACE INTO requests (" REQUEST_COLUMNS ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?)")      \
	X(ADD_RULE, "INSERT INTO rules (id, uid, verdict, pattern, project) VALUES (?,?,?,?,?)")                      \
	X(ADD_APPROVAL, "INSERT OR REPLACE INTO approvals (number, uid, by_uid, agent, hash, until_ms) VALUES (?,?,?,?,?,?)") \
	X(USE_APPROVAL, "UPDATE approvals SET used = 1 WHERE number = ?")                                             \
	X(LOG_ONE, "SELECT " REQUEST_COLUMNS " FROM requests WHERE uid = ? AND number < ? ORDER BY number DESC LIMIT ?") \
	X(LOG_ALL, "SELECT " REQUEST_COLUMNS " FROM requests WHERE number < ? ORDER BY number DESC LIMIT ?")          \
	X(EXPIRE_TIME, "DELETE FROM requests WHERE time_ms < ?")                                                      \
	X(EXPIRE_ROWS, "DELETE FROM requests WHERE number IN (SELECT number FROM (SELECT number, row_number() OVER"        \
	               " (PARTITION BY uid ORDER BY number DESC) AS n FROM requests) WHERE n > ?)")                    \
	X(EXPIRE_APPROVALS, "DELETE FROM approvals WHERE until_ms < ?")                                               \
	X(LOAD_RULES, "SELECT id, uid, verdict, pattern, project FROM rules ORDER BY id")                             \
	X(LOAD_APPROVALS, "SELECT number, uid, by_uid, agent, hash, until_ms FROM approvals WHERE used = 0 AND until_ms > ?") \
	X(LOAD_REQUESTS, "SELECT * FROM (SELECT " REQUEST_COLUMNS " FROM requests WHERE verdict IN ('ask', 'deny')"   \
	                 " ORDER BY number DESC LIMIT ?) ORDER BY number")                                            \
	X(PUT_PROFILE, "INSERT OR REPLACE INTO profiles (uid, name, role, seen_ms, version, behavior) VALUES (?,?,?,?,?,?)") \
	X(GET_PROFILE, "SELECT uid, name, role, seen_ms, version, behavior FROM profiles WHERE uid = ? AND name = ?")  \
	X(LOAD_PROFILES, "SELECT * FROM (SELECT uid, name, role, seen_ms, version, behavior FROM profiles"     \
	                 " ORDER BY seen_ms DESC LIMIT ?) ORDER BY seen_ms") \
	X(LAST_NUMBER, "SELECT max((SELECT coalesce(max(number), 0) FROM requests),"                                  \
	               " (SELECT coalesce(max(number), 0) FROM approvals))")                                          \
	X(LAST_RULE, "SELECT coalesce(max(id), 0) FROM rules")

#endif
