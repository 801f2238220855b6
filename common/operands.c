#include "config.h"
#include "common/table.h"

#include <string.h>

static const char *const operand_names[OPERAND_COUNT] = {
#define OPERAND_KIND(ID, name, help) [OPERAND_##ID] = (name),
#include "common/operands.def"
#undef OPERAND_KIND
};

static const char *const stream_names[STREAM_ROLE_COUNT] = {
#define STREAM_ROLE(ID, name, help) [STREAM_##ID] = (name),
#include "common/streams.def"
#undef STREAM_ROLE
};

static int find_name(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

const char *operand_kind_name(enum operand_kind kind)
{
	return kind < OPERAND_COUNT ? operand_names[kind] : operand_names[OPERAND_TEXT];
}

int operand_kind_from_name(const char *name)
{
	return find_name(operand_names, OPERAND_COUNT, name);
}

const char *stream_role_name(enum stream_role role)
{
	return role < STREAM_ROLE_COUNT ? stream_names[role] : stream_names[STREAM_DATA];
}

int stream_role_from_name(const char *name)
{
	return find_name(stream_names, STREAM_ROLE_COUNT, name);
}
