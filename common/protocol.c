#include "config.h"
#include "common/protocol.h"

#include <string.h>

const struct protocol_op_row protocol_ops[OP_COUNT] = {
#define OP(ID, name_, permission_, when_, help_) \
	[OP_##ID] = { .name = name_, .help = help_, .permission = PROTOCOL_##permission_, .when = PROTOCOL_##when_ },
#include "common/protocol.def"
};

const struct protocol_error_row protocol_errors[ERROR_COUNT] = {
#define ERROR(ID, name_, sysexit_, help_) [ERROR_##ID] = { .name = name_, .help = help_, .sysexit = sysexit_ },
#include "common/protocol.def"
};

int protocol_op_from_name(const char *name)
{
	for (int op = 0; op < OP_COUNT; op++)
		if (strcmp(protocol_ops[op].name, name) == 0)
			return op;
	return -1;
}

int protocol_error_from_name(const char *name)
{
	for (int error = 0; error < ERROR_COUNT; error++)
		if (strcmp(protocol_errors[error].name, name) == 0)
			return error;
	return -1;
}
