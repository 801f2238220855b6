#include "config.h"
#include "tests/fake_run.c" /* a fuzz target is one object */

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte says which scanner, the rest is its text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum stream_role roles[] = { STREAM_CODE_PYTHON, STREAM_CODE_JS,  STREAM_CODE_PERL, STREAM_CODE_RUBY,
		                                  STREAM_CODE_PHP,    STREAM_CODE_LUA, STREAM_CODE_SQL };
	static const char *const paths[] = { "/p/x", "/p/Makefile", "/p/package.json", "/p/.gitlab-ci.yml", "/p/Dockerfile", "/etc/crontab",
		                             "/p/x.service" };
	const size_t n_roles = sizeof(roles) / sizeof(roles[0]), n_paths = sizeof(paths) / sizeof(paths[0]);
	struct span span = { 0, 0 };
	uint32_t len = (uint32_t)size - 1;
	size_t which;
	char *text;

	if (size == 0 || size > 1u << 20 || arena_init(&fake_arena, 65536, 0) < 0)
		return 0;
	which = ((size_t)data[0] - '0') % (n_roles + n_paths + 2);
	text = malloc(size);
	memcpy(text, data + 1, len);
	fake_begin();
	if (which < n_roles)
		code_scan(&fake_run, roles[which], text, len, span);
	else if (which == n_roles)
		code_scan_awk(&fake_run, text, len, span);
	else if (which == n_roles + 1)
		code_scan_sed(&fake_run, text, len, span);
	else
		content_analyze(&fake_run, paths[which - n_roles - 2], text, len, span);
	free(text);
	arena_deinit(&fake_arena);
	return 0;
}
