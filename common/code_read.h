#ifndef TCPBEHAV_CODE_READ_H
#define TCPBEHAV_CODE_READ_H

/* Between the files that read expressions; nobody else includes this. All bounded by run_spend() and CODE_DEPTH_MAX.
 *
 *   code_read.c    statements, expressions, operands, arguments
 *   code_import.c  import, require and what takes a module apart
 *   code_value.c   what a value is known to be; variables */

#include "common/code.h"

#include <string.h>

static inline bool code_is_punct(const struct code_scanner *s, char punct)
{
	return s->lexer.token.kind == TOKEN_PUNCT && s->lexer.token.punct == punct;
}

static inline bool code_token_is(const struct code_token *token, const char *text)
{
	return token->len == strlen(text) && memcmp(token->text, text, token->len) == 0;
}

static inline bool code_is_name(const struct code_scanner *s, const char *name)
{
	return s->lexer.token.kind == TOKEN_NAME && code_token_is(&s->lexer.token, name);
}

/* --- code_read.c --- */

/* One level deeper; false at the bound: then the rest of the text is passed over. Who was let in counts s->depth down. */
bool code_enter(struct code_scanner *s);

/* An expression up to a token that cannot go on with it: , ; : ) ] } a line end, or an operand without operator. */
void code_read_value(struct code_scanner *s, struct code_value *out);

/* (a, b) or [a, b], behind its opening bracket: a list, or the value itself when it is the only one between round brackets. */
void code_read_list(struct code_scanner *s, char close, struct code_value *out);

/* --- code_import.c --- */

/* At an import of Python or JavaScript: notes which names stand for which modules. False (nothing taken): it is none. */
bool code_read_import(struct code_scanner *s);

/* A block or dictionary as an operand, and what a module is taken apart into. */
void code_read_braces(struct code_scanner *s, struct code_value *value);

/* --- code_value.c --- */

/* Text that is not copied. */
struct code_value code_constant(const char *text, uint32_t len);

/* The value is made of the other one, too. */
void code_value_taint(struct code_value *value, const struct code_value *other);

/* left OPERATOR right; what is not followed is unknown. */
void code_value_combine(struct code_scanner *s, struct code_value *left, char operator, const struct code_value *right);

/* module "os" and name "path.join" to "os.path.join". */
void code_value_extend_module(struct code_scanner *s, struct code_value *value, const char *name, uint32_t len);

/* When there are too many, the oldest is forgotten and so unknown. */
void code_variable_set(struct code_scanner *s, const struct code_token *name, const struct code_value *value);

#endif
