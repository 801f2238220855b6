#include "config.h"
#include "common/eval_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Brace expansion works on what was written, before any other: {a,b}$x is a$x b$x. The parts of the word are cut where
 * active braces and commas stand; alternatives are new words that share the cut parts. */

struct position {
	const struct shell_part *part;
	uint32_t at; /* in the text of a literal */
};

struct braces {
	struct run *run;
	const struct shell_word *word; /* for the spans */
	struct shell_word **tail;
	uint32_t n;
};

static bool is_active(const struct shell_part *part)
{
	return part->kind == SHELL_LITERAL && !part->quoted;
}

/* Moves to the next active byte that is one of wanted; false at the end. */
static bool seek(struct position *p, const char *wanted)
{
	for (; p->part; p->part = p->part->next, p->at = 0)
		if (is_active(p->part))
			for (; p->at < p->part->len; p->at++)
				if (p->part->text[p->at] != '\0' && strchr(wanted, p->part->text[p->at]))
					return true;
	return false;
}

static struct position next(struct position p)
{
	p.at++;
	return p;
}

static struct shell_part *cut(struct run *run, const struct shell_part *part, uint32_t from, uint32_t to)
{
	struct shell_part *piece = arena_alloc(run->arena, sizeof(*piece));

	if (!piece || !run_spend(run, 1)) {
		run_too_complex(run, 0, "it needs too much memory to follow");
		return NULL;
	}
	*piece = *part;
	piece->next = NULL;
	if (part->kind == SHELL_LITERAL) {
		piece->text += from;
		piece->len = to - from;
	}
	return piece;
}

/* Appends what stands between two positions (to.part NULL: the end). */
static struct shell_part **append(struct run *run, struct shell_part **tail, struct position from, struct position to)
{
	const struct shell_part *part = from.part;
	uint32_t at = from.at;

	while (part) {
		bool last = part == to.part;
		uint32_t end = last ? to.at : part->len;

		if ((last && to.at == 0) || (last && end == at))
			break;
		if (part->kind != SHELL_LITERAL || part->quoted || end > at) {
			*tail = cut(run, part, at, end);
			if (!*tail)
				break;
			tail = &(*tail)->next;
		}
		if (last)
			break;
		part = part->next;
		at = 0;
	}
	return tail;
}

static void expand(struct braces *b, const struct shell_part *parts, struct position from);

/* prefix + alternative + suffix is a word to be looked at again, behind the prefix. */
static void combine(struct braces *b, const struct shell_part *parts, struct position open, struct position from,
                    struct position to, struct position close)
{
	struct shell_part *joined = NULL;
	struct shell_part **tail = append(b->run, &joined, (struct position){ parts, 0 }, open);
	struct shell_part *prefix_end = joined;
	struct position start;

	while (prefix_end && prefix_end->next)
		prefix_end = prefix_end->next;
	tail = append(b->run, tail, from, to);
	append(b->run, tail, next(close), (struct position){ NULL, 0 });
	start = (struct position){ prefix_end ? prefix_end->next : joined, 0 };
	expand(b, joined, start);
}

static void emit(struct braces *b, const struct shell_part *parts)
{
	struct shell_word *word = arena_alloc(b->run->arena, sizeof(*word));

	b->n++;
	if (!word || !run_spend(b->run, 1) || b->n > EVAL_BRACES_MAX)
		return;
	*word = *b->word;
	word->next = NULL;
	word->parts = (struct shell_part *)(uintptr_t)parts;
	word->has_brace = false;
	word->has_tilde = word->has_tilde || (parts && is_active(parts) && parts->len > 0 && parts->text[0] == '~');
	*b->tail = word;
	b->tail = &word->next;
}

struct range {
	long first;
	long last;
	long step;
	int width; /* digits, filled up with zeros */
	bool letters;
};

static bool is_letter(const char *text)
{
	return ((text[0] | 32) >= 'a' && (text[0] | 32) <= 'z') && text[1] == '\0';
}

static bool read_number(const char *text, struct range *range, long *out)
{
	const char *digits = *text == '-' ? text + 1 : text;
	size_t len = strlen(text);
	char *end;

	*out = strtol(text, &end, 10);
	if (digits[0] == '0' && digits[1] && (int)len > range->width)
		range->width = (int)len;
	return *digits >= '0' && *digits <= '9' && *end == '\0' && len < 10;
}

/* {1..5}, {a..e}, {01..10..2}. */
static bool read_range(const char *text, uint32_t len, struct range *range)
{
	char copy[48];
	char *last, *step;

	*range = (struct range){ .step = 1 };
	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	last = strstr(copy, "..");
	if (!last)
		return false;
	*last = '\0';
	last += 2;
	step = strstr(last, "..");
	if (step) {
		*step = '\0';
		if (!read_number(step + 2, &(struct range){ 0 }, &range->step) || range->step == 0)
			return false;
		range->step = labs(range->step);
	}
	range->letters = is_letter(copy) && is_letter(last);
	if (range->letters) {
		range->first = copy[0];
		range->last = last[0];
		return true;
	}
	return read_number(copy, range, &range->first) && read_number(last, range, &range->last);
}

static void count(struct braces *b, const struct shell_part *parts, struct position open, struct position close,
                  const struct range *range)
{
	long step = range->first <= range->last ? range->step : -range->step;

	for (long i = range->first; step > 0 ? i <= range->last : i >= range->last; i += step) {
		struct shell_part part = *open.part;
		char text[48];

		if (b->n > EVAL_BRACES_MAX)
			return;
		part.next = NULL;
		part.len = (uint32_t)(range->letters ? snprintf(text, sizeof(text), "%c", (char)i)
		                                     : snprintf(text, sizeof(text), "%0*ld", range->width, i));
		part.text = arena_dup(b->run->arena, text, part.len);
		if (part.text)
			combine(b, parts, open, (struct position){ &part, 0 }, (struct position){ NULL, 0 }, close);
		else
			run_too_complex(b->run, 0, "it needs too much memory to follow");
	}
}

/* Finds the brace that closes open; commas at its own level are counted. */
static bool find_close(struct run *run, struct position open, struct position *close, uint32_t *commas)
{
	struct position p = next(open);
	uint32_t depth = 0;

	*commas = 0;
	for (; seek(&p, "{},"); p = next(p)) {
		char c = p.part->text[p.at];

		if (!run_spend(run, 1))
			return false;
		if (c == '{') {
			depth++;
		} else if (c == ',') {
			*commas += depth == 0;
		} else if (depth-- == 0) {
			*close = p;
			return true;
		}
	}
	return false;
}

static void alternatives(struct braces *b, const struct shell_part *parts, struct position open, struct position close)
{
	struct position from = next(open), p = from;
	uint32_t depth = 0;

	for (; seek(&p, "{},"); p = next(p)) {
		bool end = p.part == close.part && p.at == close.at;
		char c = p.part->text[p.at];

		if (end || (c == ',' && depth == 0)) {
			combine(b, parts, open, from, p, close);
			from = next(p);
			if (end || b->n > EVAL_BRACES_MAX)
				return;
		} else if (c != ',') {
			depth += c == '{' ? 1u : UINT32_MAX;
		}
	}
}

/* $x{1,2} is $x1 $x2: the name is not what it seems. */
static bool joins_name(const struct shell_part *parts, struct position open)
{
	while (parts && parts->next != open.part)
		parts = parts->next;
	return parts && open.at == 0 && parts->kind == SHELL_PARAM && !parts->quoted &&
	       parts->end - parts->start == parts->param->name_len + 1;
}

static void expand(struct braces *b, const struct shell_part *parts, struct position from)
{
	struct position open = from, close;
	uint32_t commas;
	struct range range;

	for (; b->n <= EVAL_BRACES_MAX && seek(&open, "{"); open = next(open)) {
		if (!find_close(b->run, open, &close, &commas))
			continue;
		if (joins_name(parts, open)) {
			b->n = EVAL_BRACES_MAX + 1;
			return;
		}
		if (commas) {
			alternatives(b, parts, open, close);
			return;
		}
		if (open.part == close.part && read_range(open.part->text + open.at + 1, close.at - open.at - 1, &range)) {
			count(b, parts, open, close, &range);
			return;
		}
	}
	emit(b, parts);
}

const struct shell_word *eval_braces(struct run *run, const struct shell_word *word)
{
	struct shell_word *words = NULL;
	struct braces b = { .run = run, .word = word, .tail = &words };

	expand(&b, word->parts, (struct position){ word->parts, 0 });
	return b.n <= EVAL_BRACES_MAX ? words : NULL;
}
