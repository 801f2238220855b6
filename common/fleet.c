#include "config.h"

#include "common/fleet.h"

#include "common/behavior_internal.h"

#include <string.h>

/* By chance, an act that comes in bursts bursts in age_s seconds meets another one with that probability. */
static unsigned chance_class(uint32_t bursts, uint32_t age_s)
{
	uint64_t scaled = 256 * (uint64_t)FLEET_TOGETHER_S * (bursts + 1u);

	if (age_s < FLEET_AGE_LEAST_S)
		age_s = FLEET_AGE_LEAST_S;
	return scaled < age_s ? 3 : scaled < 4 * (uint64_t)age_s ? 2 : scaled < 16 * (uint64_t)age_s ? 1 : 0;
}

static struct fleet_act *find_act(struct fleet *fleet, uint64_t key)
{
	struct fleet_act *act = &fleet->acts[(key >> 32) % FLEET_ACTS];

	if (act->key != key) {
		memset(act, 0, sizeof(*act));
		act->key = key;
	}
	return act;
}

unsigned fleet_act(struct fleet *fleet, uint32_t agent, uint32_t tool, uint32_t target, uint64_t time_s)
{
	struct fleet_act *act = find_act(fleet, behavior_mix((uint64_t)tool << 32 | target) | 1);
	uint32_t now = (uint32_t)time_s;
	bool together = false;

	if (time_s == 0)
		return 0;
	if (fleet->since_s == 0)
		fleet->since_s = now;
	for (unsigned i = 0; i < 2; i++)
		together |= act->agents[i] != 0 && act->agents[i] != agent && now - act->times_s[i] <= FLEET_TOGETHER_S;
	act->bursts += act->agents[0] != 0 && now - act->times_s[0] > FLEET_TOGETHER_S;
	if (act->agents[0] != agent) {
		act->agents[1] = act->agents[0];
		act->times_s[1] = act->times_s[0];
		act->agents[0] = agent;
	}
	act->times_s[0] = now;
	/* a clock that jumped back knows no age */
	return together ? chance_class(act->bursts, now > fleet->since_s ? now - fleet->since_s : 0) : 0;
}
