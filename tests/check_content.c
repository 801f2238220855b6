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

static const struct { const char *path, *text, *log; } cases[] = {
	{ "/p/notes.md", "rm -rf /", "" },
	{ "/p/notes.txt", "#!not\nrm -rf /", "" },
	{ "/p/x.sh", "rm -rf build", "sh rm -rf build" },
	{ "/p/x", "#!/bin/sh\nid", "sh #!/bin/sh\nid" },
	{ "/p/x", "#!/usr/bin/env -S python3.11 -u\nimport os\nos.remove('/x')", "delete /x" },
	{ "/p/.git/hooks/pre-commit", "id", "sh id" },
	{ "/p/.git/hooks/pre-commit", "#!/usr/bin/python3\nos.system('id')", "sh id" },
	{ "/home/dev/.bashrc", "id", "sh id" },
	{ "/p/.envrc", "id", "sh id" },
	{ "/p/x.py", "def f(path):\n    os.remove(path)\n    subprocess.run(args)\n    eval(x)\n", "" },
	{ "/p/x.py", "os.remove('/etc/x')\nos.remove(base + '/x')", "delete /etc/x" },
	{ "/p/x.py", "exec(requests.get(url).text)", "downloaded $" },
	{ "/p/x.ts", "import {execSync} from 'child_process'\nexecSync('id')", "sh id" },
	{ "/p/Makefile", "OUT := build\nall: x\n\t@echo hi\n\t$(CC) -o $@ $<\n\trm -rf $(OUT) $(DESTDIR)/x \\\n\t  b\n# x\n",
	  "sh echo hi; sh true -o variable variable; sh rm -rf build variable/x  \t  b" },
	{ "/p/Makefile", "clean:\n\t-$(RM) $$x\n", "sh rm -f $x" },
	{ "/p/package.json", "{\"name\": \"rm -rf /\", \"scripts\": {\"a\": \"rm -rf \\\"x\\\"\", \"b\": \"id\"}, \"files\": [\"x\"], \"x\": {\"scripts\": 1}}",
	  "sh rm -rf \"x\"; sh id" },
	{ "/p/.vscode/tasks.json", "{\"tasks\": [{\"label\": \"ls\", \"command\": \"id\"}]}", "sh id" },
	{ "/p/.github/workflows/ci.yml", "name: rm\non: push\njobs:\n  a:\n    steps:\n      - run: id -a\n      - name: x\n        run: |\n          ls\n\n          make ${{ x.y }}\n      - uses: z\n",
	  "sh id -a\n; sh ls\nmake expression\n" },
	{ "/p/.gitlab-ci.yml", "a:\n  script:\n    - id\n    - \"ls -l\"\n  only: [x]\nb:\n  script:\n  - pwd\n", "sh id\nls -l\n; sh pwd\n" },
	{ "/p/Dockerfile", "FROM x\nRUN apt-get update && \\\n    id\nRUN --mount=type=cache,target=/x ls\nCMD [\"x\"]\n", "sh apt-get update &&      id; sh ls" },
	{ "/etc/cron.d/x", "# rm\nPATH=/x\n*/5 * * * * root id -a\n@reboot root ls\n", "sh id -a; sh ls" },
	{ "/var/spool/cron/crontabs/dev", "0 1 * * 1-5 id\n", "sh id" },
	{ "/etc/systemd/system/x.service", "[Service]\nExecStartPre=-/bin/true\nExecStart=@/usr/bin/id a\nUser=ExecStart=x\n", "sh /bin/true; sh /usr/bin/id a" },
};

START_TEST(what_runs_is_looked_at)
{
	size_t len = strlen(cases[_i].text);
	char *copy = malloc(len + 1);

	ck_assert_ptr_nonnull(copy);
	copy = realloc(memcpy(copy, cases[_i].text, len), len ? len : 1);
	content_analyze(&fake_run, cases[_i].path, copy, (uint32_t)len, (struct span){ 0, 0 });
	free(copy);
	ck_assert_msg(strcmp(fake_log, cases[_i].log) == 0, "%s\n  gives: %s\n  not:   %s", cases[_i].text, fake_log, cases[_i].log);
	ck_assert(!fake_run.out->incomplete);
	ck_assert(!fake_run.elsewhere);
}
END_TEST

START_TEST(long_and_broken_files_are_bounded)
{
	static const char *const paths[] = { "/p/Makefile", "/p/package.json", "/p/.gitlab-ci.yml", "/p/Dockerfile", "/etc/crontab", "/p/x.service", "/p/x.py" };
	static const char *const pieces[] = { "\\\n", "\"", "{", "run:\n", "a:\n\t$(", "- ", "RUN \\\n", "\n", "#!" };
	static char text[50000];

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t n = strlen(pieces[i]), len = 0;

		for (; len + n < sizeof(text); len += n)
			memcpy(text + len, pieces[i], n);
		fake_begin();
		content_analyze(&fake_run, paths[_i], text, (uint32_t)len, (struct span){ 0, 0 });
		ck_assert(!fake_run.elsewhere);
		arena_reset(&fake_arena);
	}
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
	Suite *suite = suite_create("content");
	TCase *tests = tcase_create("content");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, what_runs_is_looked_at, 0, COUNT(cases));
	tcase_add_loop_test(tests, long_and_broken_files_are_bounded, 0, 7);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
