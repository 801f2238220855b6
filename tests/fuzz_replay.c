#include "config.h"

/* Feeds every file of a corpus to a fuzz target, so that `make check` keeps what fuzzing found. replay_NAME reads
 * tests/corpus/NAME/ of the source tree when no folder is given. */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The whole file in exactly sized memory (so that a sanitizer sees a read past the end), or NULL. */
static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	long length;

	if (!file)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0) {
		*size = (size_t)length;
		data = malloc(*size ? *size : 1);
		if (data && fread(data, 1, *size, file) != *size) {
			free(data);
			data = NULL;
		}
	}
	fclose(file);
	return data;
}

static void corpus_of_program(const char *program, char *path, size_t path_bytes)
{
	const char *name = strstr(program, "replay_");
	const char *source = getenv("top_srcdir");

	snprintf(path, path_bytes, "%s/tests/corpus/%s", source ? source : ".", name ? name + 7 : "");
}

int main(int argc, char **argv)
{
	char folder[4096], path[8192];
	struct dirent *entry;
	unsigned n = 0;
	DIR *dir;

	if (argc > 1)
		snprintf(folder, sizeof(folder), "%s", argv[1]);
	else
		corpus_of_program(argv[0], folder, sizeof(folder));
	dir = opendir(folder);
	if (!dir) {
		fprintf(stderr, "%s: no such corpus\n", folder);
		return 1;
	}
	while ((entry = readdir(dir))) {
		size_t size = 0;
		uint8_t *data;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		data = read_file(path, &size);
		if (!data) {
			fprintf(stderr, "%s: cannot read\n", path);
			closedir(dir);
			return 1;
		}
		LLVMFuzzerTestOneInput(data, size);
		free(data);
		n++;
	}
	closedir(dir);
	printf("%s: %u inputs\n", folder, n);
	return n ? 0 : 1;
}
