#ifndef TCPBEHAV_CODE_CALL_H
#define TCPBEHAV_CODE_CALL_H

/* What code_call.c and code_result.c share: the results that rows of code_calls.def name. */

#include "common/code.h"

enum code_result {
	CODE_RESULT_UNKNOWN, CODE_RESULT_FIRST, CODE_RESULT_SELF, CODE_RESULT_JOIN, CODE_RESULT_PATH, CODE_RESULT_HOME, CODE_RESULT_TILDE, CODE_RESULT_BASE64, CODE_RESULT_HEX,
	CODE_RESULT_BUFFER, CODE_RESULT_PACK, CODE_RESULT_DECODED, CODE_RESULT_NETWORK, CODE_RESULT_CONTENT, CODE_RESULT_MODULE, CODE_RESULT_ATTRIBUTE, CODE_RESULT_LIBRARY, CODE_RESULT_FORMAT,
};

/* Nothing is known of it, or not how it begins. */
bool code_is_unknown(const struct code_value *value);

/* It is an address, not a path. */
bool code_is_address(const struct code_value *value);

/* What a call gives back; value: the argument (number index) or receiver that its row is about. */
struct code_value code_result(struct code_scanner *s, enum code_result result, const struct code_value *value,
                              const struct code_arguments *args, uint32_t index);

/* --- code_files.c --- */

/* Fields end in a NUL, values do not. */
struct field code_as_field(const struct code_scanner *s, const struct code_value *value);

/* The code writes a file. content: NULL when it comes later, or is not followed. */
void code_wrote(struct code_scanner *s, const struct code_value *path, const struct code_value *content);

/* os.rename(a, b), copy(a, b), urlretrieve(address, b) */
void code_copied(struct code_scanner *s, const struct code_value *from, const struct code_value *to);

/* os.symlink(to, link) */
void code_linked(struct code_scanner *s, const struct code_value *to, const struct code_value *link);

/* f.write(text): into the file that was written or opened last. */
void code_put(struct code_scanner *s, const struct code_value *text);

#endif
