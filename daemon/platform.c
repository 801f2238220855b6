#include "config.h"

#include "daemon/platform.h"

#include <grp.h>
#include <pwd.h>

#define GROUPS_MAX 256

/* getgrouplist() takes int on macOS and gid_t elsewhere; both are 32 bits. */
#ifdef __APPLE__
typedef int group_id;
#else
typedef gid_t group_id;
#endif

bool platform_in_group(uid_t uid, const char *group)
{
	const struct group *entry = *group ? getgrnam(group) : NULL;
	group_id list[GROUPS_MAX];
	const struct passwd *user;
	int n = GROUPS_MAX;
	gid_t wanted;

	if (!entry)
		return false;
	wanted = entry->gr_gid;
	user = getpwuid(uid);
	if (!user || getgrouplist(user->pw_name, (group_id)user->pw_gid, list, &n) < 0)
		return false;
	for (int i = 0; i < n; i++)
		if ((gid_t)list[i] == wanted)
			return true;
	return false;
}
