#include "config.h"

#include "common/descriptor.h"
#include "daemon/clock.h"
#include "daemon/handlers.h"

#include <stdio.h>
#include <string.h>

enum request_result handle_ping(struct request *request)
{
	struct json_writer writer;

	message_begin_ok(&writer, &request->out, &request->message);
	json_member_string(&writer, "version", VERSION);
	message_end(&writer);
	return REQUEST_ANSWERED;
}

/* "host/agent": names that a host gives its agents live under its own. False when that is too long. */
static bool name_agent(struct peer *peer, const struct hello_request *hello)
{
	const char *agent = hello->agent ? hello->agent : "";
	const char *host = hello->host ? hello->host : "";
	int n = snprintf(peer->agent, sizeof(peer->agent), "%s%s%s", host, *host && *agent ? "/" : "", agent);

	return n >= 0 && (size_t)n < sizeof(peer->agent);
}

static void write_limits(struct json_writer *writer, const struct conf *conf)
{
	json_key(writer, "limits");
	json_begin_object(writer);
	json_member_u64(writer, "connections", (uint64_t)conf->connections);
	json_member_u64(writer, "agents", (uint64_t)conf->agents);
	json_member_u64(writer, "inflight_bytes", conf->inflight_bytes);
	json_member_u64(writer, "line_bytes", conf->line_bytes);
	json_member_u64(writer, "worker_jobs", (uint64_t)conf->worker_jobs);
	json_end_object(writer);
}

enum request_result handle_hello(struct request *request)
{
	struct daemon *daemon = request->daemon;
	struct peer *peer = request->peer;
	struct hello_request hello;
	struct json_writer writer;

	if (message_read_hello(&request->message, &hello, &request->error) < 0) {
		request_fail(request, request->error.code, "%s", request->error.text);
		return REQUEST_ANSWERED;
	}
	if (!name_agent(peer, &hello)) {
		peer->agent[0] = '\0';
		request_fail(request, ERROR_BAD_REQUEST, "host and agent together are longer than %d bytes", MESSAGE_NAME_MAX - 1);
		return REQUEST_ANSWERED;
	}
	snprintf(peer->session, sizeof(peer->session), "%s", hello.session ? hello.session : "");
	snprintf(peer->role, sizeof(peer->role), "%s", hello.role ? hello.role : "");
	peer->greeted = true;
	trust_add_host(&daemon->trust, peer->pid);
	message_begin_ok(&writer, &request->out, &request->message);
	json_member_string(&writer, "agent", peer->agent);
	json_member_string(&writer, "mode", daemon->trust.guarding ? "guarding" : "advisory");
	json_member_u64(&writer, "protocol", PROTOCOL_VERSION);
	write_limits(&writer, &daemon->bundle->conf);
	message_end(&writer);
	return REQUEST_ANSWERED;
}

static void write_capabilities(struct json_writer *writer, uint32_t flags)
{
	json_begin_array(writer);
	for (unsigned bit = RISK_COUNT; bit < 32; bit++)
		if (flags & (UINT32_C(1) << bit))
			json_cstring(writer, caps_bit_name(bit));
	json_end_array(writer);
}

static void write_hex(struct json_writer *writer, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char hex[2 * DESCRIPTOR_BYTES];

	for (size_t i = 0; i < n; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	json_string(writer, hex, 2 * n);
}

static const char *depth_name(unsigned depth)
{
	static const char *const names[] = { [DEPTH_FULL] = "full", [DEPTH_BRIEF] = "brief", [DEPTH_INFERRED] = "inferred" };

	return depth < sizeof(names) / sizeof(names[0]) ? names[depth] : "inferred";
}

static void write_tool(struct json_writer *writer, const struct table *table, const char *name)
{
	const struct table_entry *entry = table_lookup(table, name, strlen(name));
	struct descriptor descriptor;

	json_begin_object(writer);
	json_member_string(writer, "name", name);
	json_member_bool(writer, "found", entry != NULL);
	if (entry) {
		const struct table_node *node = &table->nodes[entry->node];

		descriptor_decode(entry->descriptor, strlen(name), &descriptor);
		json_key(writer, "descriptor");
		write_hex(writer, entry->descriptor, sizeof(entry->descriptor));
		json_member_string(writer, "risk", risk_name(caps_risk(descriptor.flags)));
		json_key(writer, "capabilities");
		write_capabilities(writer, descriptor.flags);
		json_member_u64(writer, "exec_ms", descriptor.exec_ms);
		json_member_u64(writer, "mem_mb", descriptor.mem_mb);
		json_member_u64(writer, "out_kb", descriptor.out_kb);
		json_member_string(writer, "key", table_string(table, node->name));
		json_member_string(writer, "about", table_string(table, node->about));
		json_member_string(writer, "depth", depth_name(node->depth));
	}
	json_end_object(writer);
}

enum request_result handle_lookup(struct request *request)
{
	const char *const *names;
	struct json_writer writer;
	size_t n;

	if (message_read_lookup(request->work, &request->message, &names, &n, &request->error) < 0) {
		request_fail(request, request->error.code, "%s", request->error.text);
		return REQUEST_ANSWERED;
	}
	message_begin_ok(&writer, &request->out, &request->message);
	json_key(&writer, "tools");
	json_begin_array(&writer);
	for (size_t i = 0; i < n; i++)
		write_tool(&writer, &request->bundle->image.table, names[i]);
	json_end_array(&writer);
	message_end(&writer);
	return REQUEST_ANSWERED;
}
