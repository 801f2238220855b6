#include "config.h"
#include "common/place.h"

#include "common/glob.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* In the paths below "$" stands for TEXT_UNKNOWN, "*" for TEXT_STAR, "?" for TEXT_ANY. */
static char *special_bytes(const char *written, char *out)
{
	char *end = stpcpy(out, written);

	for (char *c = out; c < end; c++)
		*c = *c == '$' ? TEXT_UNKNOWN : *c == '*' ? TEXT_STAR : *c == '?' ? TEXT_ANY : *c;
	return out;
}

static struct arena arena;

static void set_up(void)
{
	ck_assert_int_eq(arena_init(&arena, 4096, 0), 0);
}

static void tear_down(void)
{
	arena_deinit(&arena);
}

static const struct { const char *base, *path, *joined; } joins[] = {
	{ "/home/dev/p", "src/x.c", "/home/dev/p/src/x.c" },
	{ "/home/dev/p", "/etc/../usr//bin/.", "/usr/bin" },
	{ "/home/dev/p", "../../..", "/" },
	{ "/home/dev/p", "../../../../..//", "/" },
	{ "/home/dev/p/", "./a/", "/home/dev/p/a" },
	{ "/home/dev/p", "", "/home/dev/p" },
	{ "/home/dev/p", ".", "/home/dev/p" },
	{ NULL, "a/../../b", "../b" },
	{ NULL, "../../b/..", "../.." },
	{ NULL, "a/..", "." },
	{ NULL, "", "." },
	{ NULL, "/", "/" },
	{ "/w", "...", "/w/..." },
	{ "/w", "..a/.b", "/w/..a/.b" },
	{ "/w", "$/x", "$/x" },
	{ "/w", "a/$/x", "/w/a/$/x" },
	{ "/w", "a/$/../x", "$/x" },
	{ "/w", "a/b$/..", "$" },
	{ "/w", "a/*/..", "/w/a" },
	{ "/w", ".*/x", "$/x" },
	{ "/w", ".*", "/w/.*" },
	{ "/w", ".?/..", "$" },
	{ "/w/$", "..", "$" },
};

START_TEST(paths_are_joined_lexically)
{
	char path[64], joined[64];
	uint32_t len;

	special_bytes(joins[_i].path, path);
	special_bytes(joins[_i].joined, joined);
	if (joins[_i].base && strchr(joins[_i].base, '$')) {
		char base[64];
		ck_assert_str_eq(place_join(&arena, special_bytes(joins[_i].base, base), path, strlen(path), &len), joined);
	} else {
		ck_assert_str_eq(place_join(&arena, joins[_i].base, path, strlen(path), &len), joined);
	}
	ck_assert_uint_eq(len, strlen(joined));
}
END_TEST

START_TEST(out_of_memory_reads_as_unknown)
{
	const struct place_context context = { .home = "/home/dev" };
	struct target target;

	arena.limit_bytes = 1;
	arena.next = arena.end;
	place_path(&arena, &context, "/home/dev", "x", 1, &target);
	ck_assert_int_eq(target.kind, TARGET_UNKNOWN);
	ck_assert(target.unknown);
}
END_TEST

/* cwd, home and workspace: /home/dev/p, /home/dev, /home/dev/p. */
static const struct { const char *path; enum target_kind kind; enum place place; } cases[] = {
#define IS(path, KIND, PLACE) { path, TARGET_##KIND, PLACE_##PLACE },
	IS("src/x.c", WORKSPACE, WORKSPACE)
	IS("build/", WORKSPACE, WORKSPACE)
	IS(".", WORKSPACE_TOP, WORKSPACE)
	IS("./*", WORKSPACE_TOP, WORKSPACE)
	IS("*", WORKSPACE_TOP, WORKSPACE)
	IS(".*", WORKSPACE_TOP, WORKSPACE)
	IS("*/*", WORKSPACE_TOP, WORKSPACE)
	IS("*.o", WORKSPACE, WORKSPACE)
	IS("src/*", WORKSPACE, WORKSPACE)
	IS("src/$", WORKSPACE, WORKSPACE)
	IS("/home/dev/p/$", WORKSPACE_TOP, WORKSPACE)
	IS("/home/dev/p/*/x", WORKSPACE, WORKSPACE)
	IS("/home/dev/pp", HOME, HOME)
	IS("/home/dev/*/x", HOME, HOME)
	IS("/home/*/p", ANCESTOR, HOME)
	IS("..", HOME_TOP, HOME)
	IS("../*", HOME_TOP, HOME)
	IS("../q", HOME, HOME)
	IS("/home/dev", HOME_TOP, HOME)
	IS("/home/dev/*", HOME_TOP, HOME)
	IS("/home/dev/.*", HOME_TOP, HOME)
	IS("/home/dev/$", HOME, HOME)
	IS("/home", ANCESTOR, HOME)
	IS("/home/*", ANCESTOR, HOME)
	IS("/home/$", HOME_OTHER, HOME)
	IS("/home/d*", ANCESTOR, HOME)
	IS("/home/eve", HOME_OTHER, HOME)
	IS("/home/eve/x", HOME_OTHER, HOME)
	IS("/root/x", HOME_ROOT, HOME)
	IS("/", ROOT, SYSTEM)
	IS("/*", ROOT, SYSTEM)
	IS("/.*", ROOT, SYSTEM)
	IS("//", ROOT, SYSTEM)
	IS("../../..", ROOT, SYSTEM)
	IS("/*/*", ROOT, SYSTEM)
	IS("/proc/self/root", ROOT, SYSTEM)
	IS("/proc/1/root/etc/shadow", SECRET, SECRET)
	IS("/u*", SYSTEM_TOP, SYSTEM)
	IS("/*/x", SYSTEM_TOP, SYSTEM)
	IS("$", UNKNOWN, UNKNOWN)
	IS("$/", UNKNOWN, UNKNOWN)
	IS("$/*", UNKNOWN, UNKNOWN)
	IS("/$/x", UNKNOWN, UNKNOWN)
	IS("/$", UNKNOWN, UNKNOWN)
	IS("$.o", UNKNOWN, UNKNOWN)
	IS("$/..", UNKNOWN, UNKNOWN)
	IS("build/$/../../..", UNKNOWN, UNKNOWN)
	IS("/etc", SYSTEM_TOP, SYSTEM)
	IS("/etc/*", SYSTEM_TOP, SYSTEM)
	IS("/etc/$", SYSTEM, SYSTEM)
	IS("/etc/hosts", SYSTEM, SYSTEM)
	IS("/private/etc/hosts", SYSTEM, SYSTEM)
	IS("/private/etc", SYSTEM_TOP, SYSTEM)
	IS("/private", SYSTEM_TOP, SYSTEM)
	IS("/usr/local/bin", SYSTEM_TOP, SYSTEM)
	IS("/usr/local/bin/foo", SYSTEM, SYSTEM)
	IS("/var/lib/postgresql", SYSTEM_TOP, SYSTEM)
	IS("/Applications/X.app", SYSTEM, SYSTEM)
	IS("/srv/data", OUTSIDE, SYSTEM)
	IS("/data", OUTSIDE, SYSTEM)
	IS("/tmp", TEMPORARY_TOP, TEMPORARY)
	IS("/tmp/*", TEMPORARY_TOP, TEMPORARY)
	IS("/tmp/$", TEMPORARY, TEMPORARY)
	IS("/tmp/x", TEMPORARY, TEMPORARY)
	IS("/tmp/x$/y", TEMPORARY, TEMPORARY)
	IS("/tmp/../etc/passwd", SYSTEM_AUTH, SYSTEM)
	IS("/private/tmp/x", TEMPORARY, TEMPORARY)
	IS("/var/folders/ab/cd/T/x", TEMPORARY, TEMPORARY)
	IS("/dev/shm/x", TEMPORARY, TEMPORARY)
	IS("/tmp/r/.git/config", TEMPORARY, TEMPORARY)
	IS("/dev/sda", DEVICE, SYSTEM)
	IS("/dev/sd?", DEVICE, SYSTEM)
	IS("/dev/sd$", DEVICE, SYSTEM)
	IS("/dev/nvme0n1p2", DEVICE, SYSTEM)
	IS("/dev/disk/by-id/ata-x", DEVICE, SYSTEM)
	IS("/dev/disk2", DEVICE, SYSTEM)
	IS("/dev/mapper/vg-root", DEVICE, SYSTEM)
	IS("/dev/$", DEVICE, SYSTEM)
	IS("/dev/mem", DEVICE, SYSTEM)
	IS("/dev/null", DEVICE_HARMLESS, TEMPORARY)
	IS("/dev/fd/3", DEVICE_HARMLESS, TEMPORARY)
	IS("/dev/fd0", DEVICE, SYSTEM)
	IS("/dev/pts/0", DEVICE_HARMLESS, TEMPORARY)
	IS("/dev/ttyUSB0", SYSTEM, SYSTEM)
	IS("/proc/sysrq-trigger", KERNEL, SYSTEM)
	IS("/proc/sys/kernel/panic", KERNEL, SYSTEM)
	IS("/sys/block/sda", KERNEL, SYSTEM)
	IS("/proc/cpuinfo", PROC, SYSTEM)
	IS("/proc/self/environ", SECRET, SECRET)
	IS("/proc/$/environ", SECRET, SECRET)
	IS("/home/dev/.ssh/id_rsa", SECRET, SECRET)
	IS("/home/dev/.ssh/*", SECRET, SECRET)
	IS("/home/dev/.ssh", SECRET, SECRET)
	IS("/home/dev/.s*/id_rsa", SECRET, SECRET)
	IS("/home/dev/.ssh/id_rsa.pub", HOME, HOME)
	IS("/home/dev/.ssh/known_hosts", HOME, HOME)
	IS("/home/dev/.ssh/config", STARTUP, HOME)
	IS("/home/dev/.ssh/authorized_keys", STARTUP, HOME)
	IS("$/.ssh/id_rsa", SECRET, SECRET)
	IS("/$/.aws/credentials", SECRET, SECRET)
	IS("/home/$/.bashrc", STARTUP, HOME)
	IS("$/.bashrc", STARTUP, HOME)
	IS("/home/dev/.aws/config", HOME, HOME)
	IS("/Users/eve/.aws/credentials", SECRET, SECRET)
	IS("/home/dev/.config/gcloud/x.db", SECRET, SECRET)
	IS("/home/dev/.netrc", SECRET, SECRET)
	IS("/home/dev/.npmrc", SECRET, SECRET)
	IS(".npmrc", WORKSPACE, WORKSPACE)
	IS(".env", SECRET, SECRET)
	IS(".env.production", SECRET, SECRET)
	IS(".env.$", SECRET, SECRET)
	IS(".env*", SECRET, SECRET)
	IS(".e*", SECRET, SECRET)
	IS(".env.example", WORKSPACE, WORKSPACE)
	IS(".environment", WORKSPACE, WORKSPACE)
	IS("src/env", WORKSPACE, WORKSPACE)
	IS("*.json", WORKSPACE, WORKSPACE)
	IS("certs/server.key", SECRET, SECRET)
	IS("*.pem", SECRET, SECRET)
	IS("certs/ca.pem", WORKSPACE, WORKSPACE)
	IS("node_modules/x/key.pem", WORKSPACE, WORKSPACE)
	IS("/etc/ssl/certs/x.pem", SYSTEM, SYSTEM)
	IS("/etc/ssl/private/x.pem", SECRET, SECRET)
	IS("/etc/shadow", SECRET, SECRET)
	IS("/etc/sha*", SECRET, SECRET)
	IS("service-account-prod.json", SECRET, SECRET)
	IS("/home/dev/.bash_history", SECRET, SECRET)
	IS("/home/dev/.mozilla/firefox/x/key4.db", SECRET, SECRET)
	IS("/home/dev/Library/Keychains/login.keychain-db", SECRET, SECRET)
	IS("/etc/sudoers.d/x", SYSTEM_LOGIN, SYSTEM)
	IS("/etc/pam.d/sshd", SYSTEM_LOGIN, SYSTEM)
	IS("/etc/systemd/system/x.service", SYSTEM_BOOT, SYSTEM)
	IS("/var/spool/cron/crontabs/dev", SYSTEM_BOOT, SYSTEM)
	IS("/etc/profile.d/x.sh", SYSTEM_BOOT, SYSTEM)
	IS("/boot", SYSTEM_BOOT, SYSTEM)
	IS("/var/log/auth.log", LOG, SYSTEM)
	IS("/var/log", LOG, SYSTEM)
	IS("/home/dev/.zshrc", STARTUP, HOME)
	IS("/home/dev/.config/systemd/user/x.service", STARTUP, HOME)
	IS("/home/dev/.gitconfig", STARTUP, HOME)
	IS(".bashrc", WORKSPACE, WORKSPACE)
	IS(".git", VCS, WORKSPACE)
	IS(".git/index", VCS, WORKSPACE)
	IS(".git/hooks/pre-commit", VCS_EXEC, WORKSPACE)
	IS(".git/config", VCS_EXEC, WORKSPACE)
	IS("sub/.git/config", VCS_EXEC, WORKSPACE)
	IS("../q/.git/config", VCS_EXEC, HOME)
	IS(".husky/pre-commit", WORKSPACE, WORKSPACE)
	IS(".github/workflows/ci.yml", WORKSPACE, WORKSPACE)
	IS(".github/hooks/x.json", GUARD, GUARD)
	IS("/usr/sbin/tcpbehavd", GUARD, GUARD)
	IS("/usr/local/bin/tcpctl", GUARD, GUARD)
	IS("/usr/local/etc/tcpbehavd/policy.json", GUARD, GUARD)
	IS("/etc/tcpbehavd", GUARD, GUARD)
	IS("/etc/tcpb*", GUARD, GUARD)
	IS("/var/lib/tcpbehavd/state.db", GUARD, GUARD)
	IS("/run/user/1000/tcpbehavd/tcpbehavd.sock", GUARD, GUARD)
	IS("/etc/systemd/system/tcpbehavd.service", GUARD, GUARD)
	IS("/home/dev/.claude/settings.json", GUARD, GUARD)
	IS("/home/dev/.claude/settings.local.json", GUARD, GUARD)
	IS(".claude/settings.json", GUARD, GUARD)
	IS(".claude/hooks/x.sh", GUARD, GUARD)
	IS(".claude/*", GUARD, GUARD)
	IS("/home/dev/.claude/projects/x", HOME, HOME)
	IS(".claude/commands/x.md", WORKSPACE, WORKSPACE)
	IS("/home/dev/.codex/config.toml", GUARD, GUARD)
	IS("/etc/claude-code/managed-settings.json", GUARD, GUARD)
	IS("tcpbehavd", WORKSPACE, WORKSPACE)
#undef IS
};

static const char *const workspaces[] = { "/home/dev/p", "/", "/home/dev", "/home", "/etc", "/usr/local" };

START_TEST(paths_are_what_they_are)
{
	const struct place_context context = { .cwd = "/home/dev/p", .home = "/home/dev", .workspaces = workspaces, .n_workspaces = 6 };
	struct target target;
	char path[128];

	special_bytes(cases[_i].path, path);
	place_path(&arena, &context, "/home/dev/p", path, strlen(path), &target);
	ck_assert_msg(target.kind == cases[_i].kind && target.place == cases[_i].place, "%s is %s in %s", cases[_i].path,
	              target_kind_name(target.kind), place_name(target.place));
	ck_assert_uint_eq(target.len, strlen(target.path));
}
END_TEST

START_TEST(flags_say_what_globs_stand_for)
{
	const struct place_context context = { .home = "/home/dev", .workspaces = workspaces, .n_workspaces = 1 };
	struct target target;
	char path[64];

	place_path(&arena, &context, "/home/dev/p", special_bytes("build/*", path), 7, &target);
	ck_assert(target.contents && target.wide && !target.unknown);
	ck_assert_str_eq(target.path, "/home/dev/p/build");
	place_path(&arena, &context, "/home/dev/p", special_bytes("build/$", path), 7, &target);
	ck_assert(!target.contents && target.wide && !target.unknown);
	place_path(&arena, &context, "/home/dev/p", special_bytes("$/x", path), 3, &target);
	ck_assert(target.wide && target.unknown);
	place_path(&arena, &context, "/home/dev/p", "/home/dev/.ssh/id_rsa", 21, &target);
	ck_assert(!target.wide && !target.unknown && !target.contents);
	ck_assert_str_eq(target.detail, "ssh key");
}
END_TEST

START_TEST(a_relative_path_needs_to_know_where)
{
	const struct place_context context = { .home = "/home/dev" };
	struct target target;

	place_path(&arena, &context, NULL, "build", 5, &target);
	ck_assert_int_eq(target.kind, TARGET_UNKNOWN);
	place_path(&arena, &context, NULL, "x/.ssh/id_rsa", 13, &target);
	ck_assert_int_eq(target.kind, TARGET_SECRET);
	place_path(&arena, &context, NULL, "/home/dev/x", 11, &target);
	ck_assert_int_eq(target.kind, TARGET_HOME);
}
END_TEST

START_TEST(a_workspace_may_lie_in_a_system_or_temporary_folder)
{
	static const char *const roots[] = { "/opt/app", "/tmp/w/", "/usr/src/linux" };
	const struct place_context context = { .home = "/root", .workspaces = roots, .n_workspaces = 3 };
	struct target target;

	place_path(&arena, &context, "/opt/app", "x", 1, &target);
	ck_assert_int_eq(target.kind, TARGET_WORKSPACE);
	place_path(&arena, &context, "/tmp/w", "x", 1, &target);
	ck_assert_int_eq(target.kind, TARGET_WORKSPACE);
	place_path(&arena, &context, "/tmp/w", "..", 2, &target);
	ck_assert_int_eq(target.kind, TARGET_ANCESTOR);
	place_path(&arena, &context, "/usr/src/linux", "../*", 4, &target);
	ck_assert_int_eq(target.kind, TARGET_SYSTEM);
	place_path(&arena, &context, "/usr/src/linux", "..", 2, &target);
	ck_assert_int_eq(target.kind, TARGET_SYSTEM_TOP);
	place_path(&arena, &context, "/", "/root", 5, &target);
	ck_assert_int_eq(target.kind, TARGET_HOME_TOP);
}
END_TEST

static const struct { const char *pattern, *text; bool may, surely; } globs[] = {
	{ "*", "", true, true },
	{ "a*c", "abbc", true, true },
	{ "a*c", "abbd", false, false },
	{ "a?c", "abc", true, true },
	{ "*prod*", "my-prod-1", true, true },
	{ "*prod*", "$", true, false },
	{ "a*", "$b", true, false },
	{ "a*", "b$", false, false },
	{ "*.pub", "x*.pub", true, true },
	{ "id", "i?", true, false },
	{ "id", "*x", false, false },
	{ "abc", "a$c", true, false },
	{ "abc", "a*b", false, false },
	{ "a", "b", false, false },
	{ "", "", true, true },
	{ "", "*", true, false },
	{ "*ab*ab*c", "ababababab", false, false },
};

START_TEST(globs_match_what_they_may)
{
	char text[32];

	special_bytes(globs[_i].text, text);
	ck_assert_int_eq(glob_match(globs[_i].pattern, text, strlen(text)), globs[_i].may);
	ck_assert_int_eq(glob_match_surely(globs[_i].pattern, strlen(globs[_i].pattern), text, strlen(text)), globs[_i].surely);
}
END_TEST

START_TEST(long_paths_take_linear_time)
{
	const struct place_context context = { .home = "/home/dev", .workspaces = workspaces, .n_workspaces = 1 };
	struct target target;
	static char path[1 << 20];

	for (size_t i = 0; i + 5 <= sizeof(path); i += 5)
		memcpy(path + i, ".git/", 5);
	place_path(&arena, &context, "/home/dev/p", path, sizeof(path) - 1, &target);
	ck_assert_int_eq(target.kind, TARGET_VCS);
	memset(path, TEXT_STAR, sizeof(path));
	place_path(&arena, &context, "/home/dev/p", path, sizeof(path), &target);
	ck_assert_int_eq(target.kind, TARGET_WORKSPACE_TOP);
}
END_TEST

static const struct { const char *text; enum host_kind kind; const char *name; } hosts[] = {
	{ "https://api.example.com/v1", HOST_PUBLIC, "api.example.com" },
	{ "HTTP://LOCALHOST:8080/x", HOST_LOOPBACK, "LOCALHOST" },
	{ "http://app.localhost", HOST_LOOPBACK, "app.localhost" },
	{ "127.0.0.1:80", HOST_LOOPBACK, "127.0.0.1" },
	{ "http://127.1/", HOST_LOOPBACK, "127.1" },
	{ "http://2130706433", HOST_LOOPBACK, "2130706433" },
	{ "http://0177.1", HOST_LOOPBACK, "0177.1" },
	{ "http://0x7f000001", HOST_LOOPBACK, "0x7f000001" },
	{ "http://0", HOST_LOOPBACK, "0" },
	{ "http://[::1]:80/x", HOST_LOOPBACK, "::1" },
	{ "::1", HOST_LOOPBACK, "::1" },
	{ "file:///etc/passwd", HOST_LOOPBACK, "" },
	{ "http://169.254.169.254/latest/meta-data", HOST_METADATA, "169.254.169.254" },
	{ "http://2852039166/", HOST_METADATA, "2852039166" },
	{ "http://0xa9.0xfe.0xa9.0xfe", HOST_METADATA, "0xa9.0xfe.0xa9.0xfe" },
	{ "http://169.254.43518", HOST_METADATA, "169.254.43518" },
	{ "http://[::ffff:169.254.169.254]/", HOST_METADATA, "::ffff:169.254.169.254" },
	{ "http://[::ffff:a9fe:a9fe]/", HOST_METADATA, "::ffff:a9fe:a9fe" },
	{ "http://[fd00:ec2::254]/", HOST_METADATA, "fd00:ec2::254" },
	{ "http://Metadata.Google.Internal./x", HOST_METADATA, "Metadata.Google.Internal." },
	{ "http://good.example.com@169.254.169.254/", HOST_METADATA, "169.254.169.254" },
	{ "http://169.254.169.254@evil.example.com/", HOST_PUBLIC, "evil.example.com" },
	{ "http://evil.example.com#@127.0.0.1", HOST_PUBLIC, "evil.example.com" },
	{ "http://evil.example.com?@127.0.0.1", HOST_PUBLIC, "evil.example.com" },
	{ "http://100.100.100.200", HOST_METADATA, "100.100.100.200" },
	{ "10.1.2.3", HOST_PRIVATE, "10.1.2.3" },
	{ "172.31.255.1", HOST_PRIVATE, "172.31.255.1" },
	{ "172.32.0.1", HOST_PUBLIC, "172.32.0.1" },
	{ "192.168.0.1:22", HOST_PRIVATE, "192.168.0.1" },
	{ "100.64.0.1", HOST_PRIVATE, "100.64.0.1" },
	{ "fe80::1%eth0", HOST_PRIVATE, "fe80::1%eth0" },
	{ "[fd12::1]:22", HOST_PRIVATE, "fd12::1" },
	{ "2606:4700::1111", HOST_PUBLIC, "2606:4700::1111" },
	{ "printer.local", HOST_PRIVATE, "printer.local" },
	{ "db.internal", HOST_PRIVATE, "db.internal" },
	{ "http://api:3000/x", HOST_PRIVATE, "api" },
	{ "prod", HOST_PUBLIC, "prod" },
	{ "git@github.com:owner/repo", HOST_PUBLIC, "github.com" },
	{ "dev@10.0.0.1:x", HOST_PRIVATE, "10.0.0.1" },
	{ "localhostx", HOST_PUBLIC, "localhostx" },
	{ "http://256.1.1.1", HOST_PUBLIC, "256.1.1.1" },
	{ "http://%31%32%37.0.0.1", HOST_UNKNOWN, "%31%32%37.0.0.1" },
	{ "http://$/x", HOST_UNKNOWN, "\001" },
	{ "http://api.example.com$", HOST_UNKNOWN, "api.example.com\001" },
	{ "http://127.0.0.1.nip.io", HOST_UNKNOWN, "127.0.0.1.nip.io" },
	{ "", HOST_UNKNOWN, "" },
	{ "http://", HOST_UNKNOWN, "" },
};

START_TEST(hosts_are_seen_in_all_spellings)
{
	char text[64];
	struct host host;

	special_bytes(hosts[_i].text, text);
	if (strchr(hosts[_i].text, '?'))
		strcpy(text, hosts[_i].text);
	place_host(text, strlen(text), &host);
	ck_assert_int_eq(host.kind, hosts[_i].kind);
	ck_assert_uint_eq(host.len, strlen(hosts[_i].name));
	ck_assert(memcmp(host.name, hosts[_i].name, host.len) == 0);
}
END_TEST

START_TEST(urls_say_what_protects_them)
{
	struct host host;

	place_host("https://u:p@example.com", 23, &host);
	ck_assert(host.is_url && host.tls && host.has_password);
	place_host("http://u@example.com", 20, &host);
	ck_assert(host.is_url && !host.tls && !host.has_password);
	place_host("git@example.com:x", 17, &host);
	ck_assert(!host.is_url && host.tls && !host.has_password);
}
END_TEST

static const struct { const char *text; bool remote; } remotes[] = {
	{ "host:path", true }, { "u@host:", true }, { "https://x/y", true }, { "host::module", true }, { "[::1]:/x", true },
	{ "./a:b", false }, { "/a:b", false }, { "a/b:c", false }, { "C:/x", false }, { "c:\\x", false }, { "x", false },
	{ "", false }, { ":x", false }, { "file:///x", false },
};

START_TEST(remote_paths_are_told_from_local_ones)
{
	ck_assert_int_eq(place_is_remote_path(remotes[_i].text, strlen(remotes[_i].text)), remotes[_i].remote);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
	Suite *suite = suite_create("place");
	TCase *tests = tcase_create("place");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, paths_are_joined_lexically, 0, COUNT(joins));
	tcase_add_loop_test(tests, paths_are_what_they_are, 0, COUNT(cases));
	tcase_add_loop_test(tests, globs_match_what_they_may, 0, COUNT(globs));
	tcase_add_loop_test(tests, hosts_are_seen_in_all_spellings, 0, COUNT(hosts));
	tcase_add_loop_test(tests, remote_paths_are_told_from_local_ones, 0, COUNT(remotes));
	tcase_add_test(tests, urls_say_what_protects_them);
	tcase_add_test(tests, out_of_memory_reads_as_unknown);
	tcase_add_test(tests, flags_say_what_globs_stand_for);
	tcase_add_test(tests, a_relative_path_needs_to_know_where);
	tcase_add_test(tests, a_workspace_may_lie_in_a_system_or_temporary_folder);
	tcase_add_test(tests, long_paths_take_linear_time);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
