"""The stories that no detector is tuned on: written apart from the others, in other words and with other tools."""

import heldout_flows
import heldout_runs
import heldout_steps

FAMILIES = {**heldout_runs.FAMILIES, **heldout_flows.FAMILIES, **heldout_steps.FAMILIES}
