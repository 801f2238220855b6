#include "config.h"

#include "daemon/image.h"

#include "common/log.h"
#include "daemon/conf.h"
#include "daemon/platform.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define TAG "table"

static void lock_in_memory(struct image *image)
{
	struct rlimit limit = { 0, 0 };

	image->locked = mlock(image->map, image->size_bytes) == 0;
	if (image->locked)
		return;
	int error = errno;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	log_warn(TAG,
	         "cannot lock %zu KiB in memory (%s; the limit is %llu KiB): answers may wait for the disk after swapping; raise it "
	         "with LimitMEMLOCK= in the unit or ulimit -l",
	         image->size_bytes / 1024, strerror(error), (unsigned long long)limit.rlim_cur / 1024);
}

/* Puts the text of the file into sealed memory and looks whether it is a table. */
static int seal_and_check(const char *path, const char *text, size_t len, struct image *image, char *why, size_t why_size)
{
	char reason[256] = "";
	int rc = len ? platform_sealed_memory("tcpbehavd-table", text, len, &image->map, &image->fd) : -EINVAL;

	if (rc < 0) {
		snprintf(why, why_size, "%s: %s", path, len ? strerror(-rc) : "the file is empty");
		return rc;
	}
	image->size_bytes = len;
	rc = table_open(&image->table, image->map, len, TABLE_CHECK_ALL, reason, sizeof(reason));
	if (rc < 0) {
		snprintf(why, why_size, "%s: %s", path, reason);
		image_unload(image);
	}
	return rc;
}

int image_load(const char *path, struct image *image, char *why, size_t why_size)
{
	char *text;
	size_t len;
	int rc = conf_load_file(path, IMAGE_BYTES_MAX, &text, &len, why, why_size);

	memset(image, 0, sizeof(*image));
	image->fd = -1;
	if (rc < 0)
		return rc;
	rc = seal_and_check(path, text, len, image, why, why_size);
	free(text);
	if (rc == 0)
		lock_in_memory(image);
	return rc;
}

void image_unload(struct image *image)
{
	if (image->map)
		munmap((void *)(uintptr_t)image->map, image->size_bytes);
	if (image->map && image->fd >= 0)
		close(image->fd);
	image->map = NULL;
	image->fd = -1;
}
