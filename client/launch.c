#include "config.h"

/* bin/tcpctl: a static program that does nothing but start fast. `tcpctl hook HOST` goes straight to the daemon; whenever that
 * does not end in a clean answer within the deadline, and for every other command, the full program takes over. */

#include "client/endpoint.h"
#include "client/hookline.h"
#include "client/platform.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE_MS 1000
#define PAYLOAD_MAX ((size_t)6 << 20) /* what becomes a line that the daemon takes; the full program says what is too much */
#define ANSWER_MAX ((size_t)1 << 20)
#define EXIT_BLOCK 2 /* what every host takes as "do not run it" */

static void write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

static void say(const char *text)
{
	write_all(STDERR_FILENO, text, strlen(text));
}

/* All of standard input. 0 or -errno; -EFBIG past PAYLOAD_MAX: what was read so far is there. */
static int read_payload(char **payload, size_t *len)
{
	size_t size = 16384;

	*len = 0;
	*payload = malloc(size);
	if (!*payload)
		return -ENOMEM;
	for (;;) {
		ssize_t n;

		if (*len == size) {
			char *bigger = size < PAYLOAD_MAX ? realloc(*payload, size *= 2) : NULL;
			if (!bigger)
				return -EFBIG;
			*payload = bigger;
		}
		n = read(STDIN_FILENO, *payload + *len, size - *len);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			*len += (size_t)n;
	}
}

/* Asks the daemon; 0 with the answer, which points into *buffer. The caller frees *buffer in any case. */
static int ask_daemon(const char *host, const char *payload, size_t payload_len, char **buffer, struct hookline_answer *answer)
{
	struct hookline_request request = { .host = host, .home = getenv("HOME"), .payload = payload, .payload_len = payload_len };
	char cwd[4096], repository[4096], why[ENDPOINT_WHY_MAX], *line;
	int64_t deadline_ms = endpoint_now_ms() + DEADLINE_MS;
	struct endpoint_settings settings;
	size_t line_len, buffer_bytes = 0, len;
	int fd, rc;

	endpoint_read_settings(ENDPOINT_CONF, 0, &settings, why, sizeof(why));
	rc = endpoint_connect(&settings, NULL, DEADLINE_MS, &fd, why, sizeof(why));
	if (rc < 0)
		return rc;
	request.workspace = getenv("CLAUDE_PROJECT_DIR");
	if (!request.workspace && getcwd(cwd, sizeof(cwd)) && endpoint_repository(cwd, repository, sizeof(repository)))
		request.workspace = repository;
	line = hookline_write(&request, &line_len);
	if (!line)
		return -ENOMEM;
	rc = endpoint_exchange(fd, line, line_len, deadline_ms, ANSWER_MAX, buffer, &buffer_bytes, &len);
	free(line);
	return rc < 0 ? rc : hookline_read(*buffer, len, answer);
}

/* Becomes the full program: beside this one, else where it was installed. Comes back only when there is none. */
static void become_full_program(char **argv)
{
	static const char beside[] = "/../libexec/tcpbehavd/tcpctl";
	char path[4096 + sizeof(beside)];
	char *slash;

	if (platform_program_path(path, 4096) == 0 && (slash = strrchr(path, '/'))) {
		memcpy(slash, beside, sizeof(beside));
		execv(path, argv);
	}
	execv(TCPBEHAV_LIBEXECDIR "/tcpctl", argv);
	say("tcpctl: cannot start " TCPBEHAV_LIBEXECDIR "/tcpctl: ");
	say(strerror(errno));
	say("; install tcpbehavd again\n");
}

/* The full program reads the payload once more, from the start. */
static void hand_over(const char *payload, size_t len, char **argv)
{
	int fd = platform_memory_file(payload, len);

	if (fd >= 0 && dup2(fd, STDIN_FILENO) >= 0)
		become_full_program(argv);
	else
		say("tcpctl: hook: cannot pass the payload on; the call is blocked\n");
}

/* The exit code of the hook: the daemon's, or that of a call that nobody could judge. */
static int answer_payload(const char *host, const char *payload, size_t len, int readable, char **argv)
{
	struct hookline_answer answer;
	char *buffer = NULL;
	int code = EXIT_BLOCK;

	if (readable && ask_daemon(host, payload, len, &buffer, &answer) == 0) {
		write_all(STDOUT_FILENO, answer.stdout_text, answer.stdout_len);
		write_all(STDERR_FILENO, answer.stderr_text, answer.stderr_len);
		code = answer.exit_code;
	} else {
		hand_over(payload, len, argv);
	}
	free(buffer);
	return code;
}

static int hook(const char *host, char **argv)
{
	char *payload = NULL;
	size_t len;
	int rc = read_payload(&payload, &len), code = EXIT_BLOCK;

	if (rc < 0 && rc != -EFBIG)
		say("tcpctl: hook: cannot read the payload; the call is blocked\n");
	else
		code = answer_payload(host, payload, len, rc == 0, argv);
	free(payload);
	return code;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "hook") == 0 && argv[2][0] != '-')
		return hook(argv[2], argv);
	become_full_program(argv);
	return 127;
}
