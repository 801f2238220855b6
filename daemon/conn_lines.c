#include "config.h"

#include "daemon/conn_internal.h"

#include <string.h>

bool conn_is_blocked(const struct conn *conn)
{
	return conn->out.len + conn->sending.len > conn_conf(conn)->unsent_bytes || conn->n_slots >= conn_conf(conn)->deferred;
}

/* Looks at the first byte of the connection: binary frames will start otherwise. */
static bool is_json_lines(struct conn *conn)
{
	if (conn->first_seen || conn->in.len == 0)
		return true;
	conn->first_seen = true;
	if (memchr("{ \t\r\n", conn->in.data[0], 5))
		return true;
	conn_put_error(conn, ERROR_BAD_JSON, "byte 0: a request starts with {");
	conn_end(conn, CONN_REASON_BAD_FRAME);
	return false;
}

/* The end of the first line at or behind `from`, or NULL. */
static const char *find_newline(struct conn *conn, size_t from)
{
	size_t start = from > conn->scanned ? from : conn->scanned;

	return conn->in.len > start ? memchr(conn->in.data + start, '\n', conn->in.len - start) : NULL;
}

static enum conn_progress answer_lines(struct conn *conn, size_t *used_out)
{
	size_t at = 0;
	int n = 0;

	for (;; n++) {
		const char *end = find_newline(conn, at);

		*used_out = at;
		if (!end)
			return CONN_NEED_BYTES;
		if (conn_is_blocked(conn))
			return CONN_BLOCKED;
		if (n == CONN_LINES_PER_WAKE)
			return CONN_MORE_LINES;
		if (!conn_have_spare_slot(conn->conns)) {
			conn_close(conn, CONN_REASON_NO_MEMORY);
			return CONN_BLOCKED;
		}
		size_t len = (size_t)(end - conn->in.data) - at;
		if (!conn->skipping)
			conn_answer_line(conn, conn->in.data + at, len);
		conn->skipping = false;
		if (conn->closing)
			return CONN_BLOCKED;
		at += len + 1;
	}
}

/* What follows the last newline when the client has closed its side is a request as well. */
static void answer_rest(struct conn *conn)
{
	if (conn->eof_reason == CONN_REASON_PEER_CLOSED && conn->in.len > 0 && !conn->skipping && conn_have_spare_slot(conn->conns))
		conn_answer_line(conn, conn->in.data, conn->in.len);
	if (!conn->closing)
		conn_end(conn, conn->eof_reason);
}

/* A line without end: too long, or more than this user may have under way. */
static void check_partial_line(struct conn *conn)
{
	const struct conf *conf = conn_conf(conn);
	size_t others = conn->peer.account->inflight_bytes - conn->charged_bytes;

	if (conn->in.len > conf->line_bytes) {
		conn_put_error(conn, ERROR_TOO_LARGE, CONN_LINE_TOO_LONG);
		conn_end(conn, CONN_REASON_LINE_TOO_LONG);
	} else if (conn->in.len >= BUFFER_BASE_BYTES && others > 0 && others + conn->in.len > conf->inflight_bytes) {
		conn_put_error(conn, ERROR_LIMIT, CONN_TOO_MUCH_INFLIGHT);
		buffer_release(&conn->conns->pool, &conn->in);
		conn->scanned = 0;
		conn->skipping = true;
	}
}

enum conn_progress conn_process(struct conn *conn)
{
	enum conn_progress progress;
	size_t used;

	if (conn->ending || !is_json_lines(conn))
		return CONN_BLOCKED;
	progress = answer_lines(conn, &used);
	if (conn->closing)
		return progress;
	buffer_drop(&conn->conns->pool, &conn->in, used);
	conn->scanned = progress == CONN_NEED_BYTES ? conn->in.len : 0;
	if (progress != CONN_NEED_BYTES)
		return progress;
	if (conn->eof)
		answer_rest(conn);
	else
		check_partial_line(conn);
	return CONN_NEED_BYTES;
}
