#include "config.h"

#include "common/behavior_event.h"

#include "common/session.h"

#include <string.h>

static enum behavior_origin origin_of(const struct session *session, const struct analysis_act *act)
{
	static const enum mark_kind kinds[] = { MARK_HOST, MARK_NAME, MARK_FILE };

	for (size_t i = 0; session && i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct session_mark *mark = session_find(session, kinds[i], act->target, act->target_len);

		if (mark && (mark->flags & MARK_USER))
			return ORIGIN_USER;
		if (mark && (mark->flags & (MARK_TOOL_OUTPUT | MARK_DOWNLOADED)))
			return ORIGIN_TOOL_OUTPUT;
	}
	return ORIGIN_NEITHER;
}

bool behavior_event_of(const struct analysis *analysis, const struct session *session, const char *session_name,
                       struct behavior_event *out)
{
	const struct analysis_act *act = &analysis->act;

	memset(out, 0, sizeof(*out));
	if (!act->tool)
		return false;
	out->tool = behavior_hash(act->tool, act->tool_len);
	if (act->target)
		out->target = behavior_hash(act->target, act->target_len);
	if (*session_name)
		out->session = behavior_hash(session_name, strlen(session_name));
	out->origin = act->target ? origin_of(session, act) : ORIGIN_NEITHER;
	out->caps = analysis->caps;
	out->risk = analysis->risk;
	out->risk_known = true;
	return true;
}
