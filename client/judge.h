#ifndef TCPBEHAV_CLIENT_JUDGE_H
#define TCPBEHAV_CLIENT_JUDGE_H

/* Who answers tcpctl's questions: the daemon where there is one and no image was named, else the engine in this process. */

#include "client/cli.h"
#include "client/engine.h"

#define JUDGE_ARENA_FIRST_BYTES ((size_t)256 << 10)
#define JUDGE_ARENA_LIMIT_BYTES ((size_t)256 << 20)

struct judge {
	struct link link;
	struct engine engine;
	struct arena arena;    /* of one question; judge_next() */
	const char *table;     /* image that was named, or NULL */
	bool engine_open;
	bool daemon_possible;  /* not yet found missing, silent or odd */
	bool observe;          /* look whether what is changed lies behind links */
	char cwd[MESSAGE_PATH_MAX];
	char workspace[MESSAGE_PATH_MAX];
	const char *workspaces[MESSAGE_WORKSPACES_MAX];
	struct call context;   /* what the command line says and what tcpctl fills in, without the call itself */
};

/* daemon: ask it where it is there. 0 or an exit code after an error was told. */
int judge_init(struct judge *judge, const struct cli *cli, bool daemon);
void judge_deinit(struct judge *judge);

/* Makes room for the next question. */
void judge_next(struct judge *judge);

/* What came of one question; all of it in the judge's arena. */
struct judgement {
	struct check_request request;
	struct check_answer answer;
	struct analysis analysis; /* when it was judged here, answer.embedded */
	struct verdict verdict;   /* the same */
	const char *line;         /* the answer as a line with its newline */
	size_t line_len;
};

/* Answers one line (check, analyze or explain, with its newline); what observation adds is in the answer. 0; an exit code with *error: the line is bad, or the daemon refused, or
 * (error->text empty) an error was told already. */
int judge_line(struct judge *judge, const char *line, size_t len, struct judgement *out, struct message_error *error);

/* The engine, opened when it is first needed; an exit code after an error was told. */
int judge_need_engine(struct judge *judge);

#endif
