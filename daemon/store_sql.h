#ifndef TCPBEHAV_STORE_SQL_H
#define TCPBEHAV_STORE_SQL_H

/* The statements behind store.c: the only file that knows the schema. One thread at a time. */

#include "daemon/store.h"

struct sql;

/* Opens path, brings the schema up to date, checks the file. 0; -EBADMSG: it is corrupt; other -errno. why says more. */
int sql_open(const char *path, struct sql **sql_out, char *why, size_t why_size);
void sql_close(struct sql *sql);

/* durable: the commit is on the disk when sql_commit returns. All: 0 or -EIO; sql_problem() says why. */
int sql_begin(struct sql *sql, bool durable);
int sql_commit(struct sql *sql);
void sql_rollback(struct sql *sql);
int sql_add_request(struct sql *sql, const struct store_row *row);
int sql_add_rule(struct sql *sql, const struct store_rule *rule);
int sql_add_approval(struct sql *sql, const struct store_approval *approval);
int sql_use_approval(struct sql *sql, uint64_t number);
int sql_put_profile(struct sql *sql, const struct store_profile *profile);
int sql_get_profile(struct sql *sql, struct store_op *op);
int sql_log(struct sql *sql, struct store_op *op);
int sql_expire(struct sql *sql, const struct store_settings *settings, int64_t now_ms);
int sql_load(struct sql *sql, struct store_loader *loader, int64_t now_ms);

const char *sql_problem(struct sql *sql);

#endif
