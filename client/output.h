#ifndef TCPBEHAV_CLIENT_OUTPUT_H
#define TCPBEHAV_CLIENT_OUTPUT_H

/* Answers as text for people. Pure; everything shown is bounded and printable. */

#include "common/descriptor.h"
#include "common/message.h"

/* A verdict or an analysis: the verdict, then findings with the part of the command that they are about. */
void output_check(struct text *out, const struct check_request *request, const struct check_answer *answer, bool color);

/* One tool. */
void output_tool(struct text *out, const struct table *table, const struct table_entry *entry, const char *name);
void output_tool_json(struct json_writer *writer, const struct table *table, const struct table_entry *entry, const char *name);

/* An image: what its header says. */
void output_image(struct text *out, const struct table_header *header);
void output_image_json(struct json_writer *writer, const struct table_header *header);

/* Any JSON object as "key: value" lines, nested objects indented; id, ok and what starts with them left out. */
void output_object(struct text *out, const char *json, size_t len);

/* The answer to log: a line a request. */
void output_log(struct text *out, const char *json, size_t len, bool color);

/* The answer to behavior. */
void output_behavior(struct text *out, const char *json, size_t len);

/* FILE_READ NETWORK ...: names of the capabilities in flags, separated by blanks. */
void output_capabilities(struct text *out, uint32_t flags);

#endif
