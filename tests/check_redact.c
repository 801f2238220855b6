#include "config.h"
#include "common/redact.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;

static void setup(void)
{
	ck_assert_int_eq(arena_init(&arena, 4096, (size_t)1 << 24), 0);
}

static void teardown(void)
{
	arena_deinit(&arena);
}

static const char *redacted(const char *text)
{
	size_t len;
	const char *out = redact(&arena, text, strlen(text), 1 << 20, &len);

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(strlen(out), len);
	return out;
}

/* Nothing of these may survive. Written in pieces so that nobody takes this file for a leak. */
#define GITHUB "ghp_" "x1Y2z3A4b5C6d7E8f9G0h1I2j3K4l5M6n7O8"
#define AWS_ID "AKIA" "IOSFODNN7EXAMPLE"
#define AWS_KEY "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define JWT "eyJ" "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
#define PASSWORD "hunter2-Zz9"

static const struct {
	const char *text;
	const char *secret;
} leaks[] = {
	{ "git clone https://" GITHUB "@github.com/o/r", GITHUB },
	{ "git clone https://me:" GITHUB "@github.com/o/r", GITHUB },
	{ "git remote add o https://oauth2:" PASSWORD "@gitlab.com/o/r.git", PASSWORD },
	{ "export GITHUB_TOKEN=" GITHUB, GITHUB },
	{ "echo " GITHUB " | gh auth login --with-token", GITHUB },
	{ "prefix-" GITHUB, GITHUB },
	{ "x." GITHUB ".y", GITHUB },
	{ "curl -H 'Authorization: Bearer " JWT "' https://x", JWT },
	{ "curl -H \"Authorization: Bearer " PASSWORD "\" https://x", PASSWORD },
	{ "curl -H \"Authorization: token " PASSWORD "\" https://x", PASSWORD },
	{ "curl -H 'authorization:Basic bWU6aHVudGVyMg==' https://x", "bWU6aHVudGVyMg" },
	{ "curl -H Authorization:" PASSWORD " https://x", PASSWORD },
	{ "curl -H 'Authorization: Digest username=\"a\", response=\"" PASSWORD "\"' x", PASSWORD },
	{ "curl -H \"X-Api-Key: " PASSWORD "\" https://x", PASSWORD },
	{ "curl -H 'Cookie: a=1; session=" PASSWORD "' https://x", PASSWORD },
	{ "curl -b 'session=" PASSWORD "' https://x", PASSWORD },
	{ "curl -u admin:" PASSWORD " https://x", PASSWORD },
	{ "curl -uadmin:" PASSWORD " https://x", PASSWORD },
	{ "curl --user 'admin:" PASSWORD "' https://x", PASSWORD },
	{ "curl https://login.x/http -u admin:" PASSWORD, PASSWORD },
	{ "curl -H 'a; b' -u admin:" PASSWORD " https://x", PASSWORD },
	{ "curl 'https://x/?a=1&access_token=" PASSWORD "&b=2'", PASSWORD },
	{ "curl -d '{\"password\":\"" PASSWORD "\"}' https://x", PASSWORD },
	{ "curl -d \"{\\\"password\\\": \\\"" PASSWORD "\\\"}\" https://x", PASSWORD },
	{ "curl -d '{\"user\": \"x\", \"apiKey\": \"" PASSWORD "\", \"n\": 1}' x", PASSWORD },
	{ "curl -d client_secret=" PASSWORD " -d x=1 https://x", PASSWORD },
	{ "mysql -u root -p" PASSWORD " db", PASSWORD },
	{ "mysql -u root -p'two words " PASSWORD "' db", PASSWORD },
	{ "sudo /usr/bin/mysqldump -p" PASSWORD " db > out", PASSWORD },
	{ "mysql --password=" PASSWORD, PASSWORD },
	{ "sshpass -p " PASSWORD " ssh u@h", PASSWORD },
	{ "sshpass -p" PASSWORD " ssh u@h", PASSWORD },
	{ "docker login -u me -p " PASSWORD " r.example", PASSWORD },
	{ "redis-cli -a " PASSWORD " ping", PASSWORD },
	{ "openssl enc -k " PASSWORD " -in x", PASSWORD },
	{ "openssl rsa -passin pass:" PASSWORD " -in x", PASSWORD },
	{ "psql postgres://u:" PASSWORD "@db.example/x", PASSWORD },
	{ "psql 'host=x password=" PASSWORD " user=y'", PASSWORD },
	{ "PGPASSWORD=" PASSWORD " psql -h x", PASSWORD },
	{ "PGPASSWORD='" PASSWORD "' psql -h x", PASSWORD },
	{ "PGPASSWORD=\"" PASSWORD "\" psql -h x", PASSWORD },
	{ "PGPASSWORD=$'" PASSWORD "' psql -h x", PASSWORD },
	{ "PGPASSWORD=a\\ " PASSWORD " psql -h x", PASSWORD },
	{ "PGPASSWORD='a'\"" PASSWORD "\" psql -h x", PASSWORD },
	{ "don't; PGPASSWORD='" PASSWORD " x' psql", PASSWORD },
	{ "sh -c \"PGPASSWORD=" PASSWORD "\"", PASSWORD },
	{ "sh -c 'PGPASSWORD=\"" PASSWORD "\" psql'", PASSWORD },
	{ "tool --password " PASSWORD " x", PASSWORD },
	{ "tool --password \"" PASSWORD "\" x", PASSWORD },
	{ "tool -password " PASSWORD " x", PASSWORD },
	{ "tool --api-key=" PASSWORD, PASSWORD },
	{ "tool --db-pass " PASSWORD, PASSWORD },
	{ "export AWS_ACCESS_KEY_ID=" AWS_ID, AWS_ID },
	{ "export AWS_SECRET_ACCESS_KEY=" AWS_KEY, AWS_KEY },
	{ "aws configure set aws_secret_access_key " AWS_KEY, AWS_KEY },
	{ "ENCRYPTION_KEY: " AWS_KEY, AWS_KEY },
	{ "API_KEY = '" PASSWORD "'", PASSWORD },
	{ "FOO_KEY=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "9f86d081884c7d65" },
	{ "//registry.npmjs.org/:_authToken=" PASSWORD, PASSWORD },
	{ "npm config set //r/:_auth=" PASSWORD, PASSWORD },
	{ "echo 'spring.datasource.password=" PASSWORD "' >> a.properties", PASSWORD },
	{ "kubectl create secret generic s --from-literal=db-password=" PASSWORD, PASSWORD },
	{ "az storage --connection-string 'AccountName=x;AccountKey=" PASSWORD "'", PASSWORD },
	{ "Bearer 9f86d081884c7d659a2feaa0c55ad015", "9f86d081884c7d65" },
	{ "curl https://hooks.slack.com/services/T0/B0/" PASSWORD, PASSWORD },
	{ "curl https://api.telegram.org/bot123456:" PASSWORD "/send", PASSWORD },
	{ "cat > k <<E\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNza\n-----END OPENSSH PRIVATE KEY-----\nE", "b3BlbnNza" },
	{ "echo '-----BEGIN RSA PRIVATE KEY-----\nMIIEow", "MIIEow" },
	{ "config: {token: " PASSWORD "}", PASSWORD },
	{ "token => " PASSWORD, PASSWORD },
	{ "password:=" PASSWORD, PASSWORD },
	{ "export SECRET_KEY_BASE=" PASSWORD ";ls", PASSWORD },
	{ "set -x; MY_PW=" PASSWORD " run", PASSWORD },
	{ "SLACK=" "xoxb-" "123456789012-abcDEF", "123456789012-abcDEF" },
	{ "OPENAI=" "sk-" "proj-abcdefghijklmnop1234", "abcdefghijklmnop1234" },
	{ "G=" "AIza" "SyA1234567890abcdefghijklmnopqrstuv", "SyA1234567890" },
};

START_TEST(no_secret_survives)
{
	const char *out = redacted(leaks[_i].text);

	ck_assert_msg(strstr(leaks[_i].text, leaks[_i].secret) != NULL, "the row is wrong: %s", leaks[_i].text);
	ck_assert_msg(strstr(out, leaks[_i].secret) == NULL, "%s", out);
	ck_assert_msg(strstr(out, REDACT_MARK) != NULL, "%s", out);
}
END_TEST

static const char *const harmless[] = {
	"ls -la src/token.c",
	"git commit -m \"fix password check\"",
	"git log --grep=token --oneline",
	"grep -r 'password=' src/",
	"grep -rn \"api_key\" .",
	"export TOKEN=$GITHUB_TOKEN",
	"curl -H \"Authorization: Bearer $TOKEN\" https://x",
	"curl -u \"$USER:$PASS\" https://x",
	"mysql --password=\"$PW\" db",
	"PGPASSWORD=$(pass show db) psql",
	"docker login --password-stdin",
	"git clone https://git@github.com/o/r",
	"git clone git@github.com:o/r.git",
	"ssh -i ~/.ssh/id_rsa user@host",
	"sort --key=2 file",
	"cd /home/dev/p && make -j4",
	"PWD=/home/dev/p ls",
	"npm run build -- --max-tokens 100",
	"kubectl get secret db -o yaml",
	"cat .env",
	"openssl req -key file.pem -out x",
	"export SECRET_FILE=/run/secrets/x",
	"echo 'rm -rf /'; echo \"it's\"",
	"curl -X POST https://api.example.com/v1?key=value",
	"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
	"mysql -p db",
	"",
};

START_TEST(harmless_lines_stay)
{
	ck_assert_str_eq(redacted(harmless[_i]), harmless[_i]);
}
END_TEST

START_TEST(the_rest_of_the_line_stays)
{
	ck_assert_str_eq(redacted("mysql -uroot -p" PASSWORD " db"), "mysql -uroot -p[redacted] db");
	ck_assert_str_eq(redacted("curl -H 'Authorization: Bearer " JWT "' https://x"),
	                 "curl -H 'Authorization: Bearer [redacted]' https://x");
	ck_assert_str_eq(redacted("{\"token\":\"" PASSWORD "\",\"n\":1}"), "{\"token\":[redacted],\"n\":1}");
	ck_assert_str_eq(redacted("psql postgres://u:" PASSWORD "@h/x"), "psql postgres://u:[redacted]@h/x");
}
END_TEST

START_TEST(a_cut_drops_the_word_it_hits)
{
	char text[64] = "echo aaaa " GITHUB;
	size_t len;

	ck_assert_str_eq(redact(&arena, text, strlen(text), 20, &len), "echo aaaa...");
	ck_assert_uint_eq(len, 12);
}
END_TEST

/* Doubling the input may about double the time: told from the bytes put out and looked at, without a clock. */
START_TEST(hostile_repetition_ends)
{
	static const char *const pieces[] = { "key=", "'cookie:$(", "token=\"$(", "://", "-----BEGIN ", "\\\"token\\\":\\\"$(", "a:b@", "-p" };
	size_t size = 200000;
	char *text = malloc(size);
	size_t len;

	for (size_t i = 0; i < size; i++)
		text[i] = pieces[_i][i % strlen(pieces[_i])];
	ck_assert_ptr_nonnull(redact(&arena, text, size, size, &len));
	ck_assert_uint_le(len, 12 * size);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("redact");
	TCase *tests = tcase_create("redact");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 20);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, no_secret_survives, 0, (int)(sizeof(leaks) / sizeof(leaks[0])));
	tcase_add_loop_test(tests, harmless_lines_stay, 0, (int)(sizeof(harmless) / sizeof(harmless[0])));
	tcase_add_test(tests, the_rest_of_the_line_stays);
	tcase_add_test(tests, a_cut_drops_the_word_it_hits);
	tcase_add_loop_test(tests, hostile_repetition_ends, 0, 8);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
