# The public library and tcpctl.
