# The property list for macOS.
EXTRA_DIST += launchd/org.tcpbehavd.tcpbehavd.plist.in
CLEANFILES += launchd/org.tcpbehavd.tcpbehavd.plist

launchd/org.tcpbehavd.tcpbehavd.plist: launchd/org.tcpbehavd.tcpbehavd.plist.in Makefile
	$(AM_V_GEN)$(MKDIR_P) launchd && $(substitute) <$(srcdir)/launchd/org.tcpbehavd.tcpbehavd.plist.in >$@

if DARWIN
launchddaemonsdir = $(prefix)/Library/LaunchDaemons
launchddaemons_DATA = launchd/org.tcpbehavd.tcpbehavd.plist
endif
