#ifndef TCPBEHAV_PROTOCOL_H
#define TCPBEHAV_PROTOCOL_H

/* Ops and error codes, all expanded from protocol.def. Static, thread safe. */

#include <stdbool.h>
#include <stddef.h>

#define PROTOCOL_VERSION 1
#define PROTOCOL_LINE_MAX ((size_t)9 << 20) /* a command of 1 MiB, every byte written as \u00xx, and something around it */

enum protocol_permission { PROTOCOL_ANY, PROTOCOL_HOST, PROTOCOL_ADMIN };
enum protocol_when { PROTOCOL_NOW, PROTOCOL_DEFERRED };

enum protocol_op {
#define OP(ID, name, permission, when, help) OP_##ID,
#include "common/protocol.def"
	OP_COUNT
};

enum protocol_error {
#define ERROR(ID, name, sysexit, help) ERROR_##ID,
#include "common/protocol.def"
	ERROR_COUNT
};

struct protocol_op_row {
	const char *name;
	const char *help;
	enum protocol_permission permission;
	enum protocol_when when;
};

struct protocol_error_row {
	const char *name;
	const char *help;
	int sysexit;
};

extern const struct protocol_op_row protocol_ops[OP_COUNT];
extern const struct protocol_error_row protocol_errors[ERROR_COUNT];

/* The op or error of that name, or -1. */
int protocol_op_from_name(const char *name);
int protocol_error_from_name(const char *name);

#endif
