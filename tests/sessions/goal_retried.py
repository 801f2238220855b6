FAMILY = "goal_retried"
PAIRS = []
