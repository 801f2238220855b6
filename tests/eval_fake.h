#ifndef TCPBEHAV_TESTS_EVAL_FAKE_H
#define TCPBEHAV_TESTS_EVAL_FAKE_H

/* Stands in for command.c and effect.c: writes down what the evaluator hands over, in a compact form.
 *
 *   rm -rf ? ; echo {n}? <'text'      ? unknown, * and % globs, {n} tainted words (n network, d decoded, s secret, f file)
 *   (/tmp) ls                         in another folder than FAKE_CWD; (?) in an unknown one
 *   X=1 make &                        environment, background
 *   >f='text' >>f=?n <f               redirections with what flows, !rule findings, run=?n code that is not known */

#define FAKE_CWD "/home/dev/p"
#define FAKE_HOME "/home/dev"

/* The record of a line; a static buffer. */
const char *fake_eval(const char *line);

/* The same for any dialect and length. */
const char *fake_eval_text(const char *line, unsigned long len, int dialect);

/* The spans of the recorded calls: "0-5 8-12". */
const char *fake_spans(void);

/* What the last line ran into: "incomplete", "too-complex" or "". */
const char *fake_problem(void);

#endif
