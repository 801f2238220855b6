# The property list for macOS.
