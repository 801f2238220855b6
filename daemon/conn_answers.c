#include "config.h"

#include "daemon/conn_internal.h"

#include <stdlib.h>
#include <string.h>

#define RETRY_MS 50

void conn_charge(struct conn *conn)
{
	size_t now = buffer_charge(&conn->in) + buffer_charge(&conn->out) + buffer_charge(&conn->sending) + conn->slot_bytes +
	             conn->job_bytes;

	conn->peer.account->inflight_bytes += now - conn->charged_bytes;
	conn->charged_bytes = now;
}

/* --- places in the order --- */

bool conn_have_spare_slot(struct conns *conns)
{
	if (!conns->spare)
		conns->spare = calloc(1, sizeof(*conns->spare));
	return conns->spare != NULL;
}

static struct slot *append_slot(struct conn *conn)
{
	struct slot *slot = conn->conns->spare;

	conn->conns->spare = NULL;
	slot->conn = conn;
	*conn->slots_tail = slot;
	conn->slots_tail = &slot->next;
	conn->n_slots++;
	return slot;
}

static bool fill_slot(struct slot *slot, const char *line, size_t len)
{
	slot->data = malloc(len ? len : 1);
	if (!slot->data)
		return false;
	memcpy(slot->data, line, len);
	slot->len = len;
	slot->ready = true;
	slot->conn->slot_bytes += len;
	return true;
}

static struct slot *take_first_slot(struct conn *conn)
{
	struct slot *slot = conn->slots;

	conn->slots = slot->next;
	if (!conn->slots)
		conn->slots_tail = &conn->slots;
	conn->n_slots--;
	return slot;
}

/* Moves the answers that nothing is in front of any more to the out-buffer. */
static void release_slots(struct conn *conn)
{
	while (conn->slots && conn->slots->ready) {
		struct slot *slot = take_first_slot(conn);

		conn->slot_bytes -= slot->len;
		if (!conn->closing && !buffer_put(&conn->conns->pool, &conn->out, slot->data, slot->len))
			conn_close(conn, CONN_REASON_NO_MEMORY);
		free(slot->data);
		free(slot);
	}
}

/* struct reply's send(): fills the place, also when the client is gone. */
static void slot_send(struct reply *reply, const char *line, size_t len)
{
	struct slot *slot = (struct slot *)reply;
	struct conn *conn = slot->conn;

	if (!fill_slot(slot, line, len)) {
		slot->ready = true;
		conn_close(conn, CONN_REASON_NO_MEMORY);
	}
	release_slots(conn);
	if (conn->closing)
		conn_free_when_done(conn);
	else
		conn_step(conn);
}

struct reply *conn_take_place(struct request *request)
{
	struct slot *slot = append_slot(request->place);

	slot->reply.send = slot_send;
	return &slot->reply;
}

/* --- answers that come at once --- */

void conn_put(struct conn *conn, const char *line, size_t len)
{
	bool ok;

	if (!conn->slots)
		ok = buffer_put(&conn->conns->pool, &conn->out, line, len);
	else
		ok = conn_have_spare_slot(conn->conns) && fill_slot(append_slot(conn), line, len);
	if (!ok)
		conn_close(conn, CONN_REASON_NO_MEMORY);
}

void conn_put_error(struct conn *conn, enum protocol_error code, const char *what)
{
	char line[CONN_ERROR_LINE_MAX];
	size_t len = request_error_line(code, code == ERROR_LIMIT ? RETRY_MS : 0, what, line, sizeof(line));

	conn->conns->daemon->stats.errors[code]++;
	conn_put(conn, line, len);
}
