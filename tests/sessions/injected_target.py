FAMILY = "injected_target"
PAIRS = []
