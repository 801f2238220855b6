FAMILY = "injected_package"
PAIRS = []
