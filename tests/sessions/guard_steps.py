FAMILY = "guard_steps"
PAIRS = []
