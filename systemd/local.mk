# Units for Linux, and the accounts and folders that they need.
EXTRA_DIST += systemd/tcpbehavd.service.in systemd/tcpbehavd.socket.in systemd/tcpbehavd.sysusers.in systemd/tcpbehavd.tmpfiles.in

systemd/tcpbehavd.service: systemd/tcpbehavd.service.in Makefile
systemd/tcpbehavd.socket: systemd/tcpbehavd.socket.in Makefile
systemd/sysusers.d/tcpbehavd.conf: systemd/tcpbehavd.sysusers.in Makefile
systemd/tmpfiles.d/tcpbehavd.conf: systemd/tcpbehavd.tmpfiles.in Makefile
units = systemd/tcpbehavd.service systemd/tcpbehavd.socket systemd/sysusers.d/tcpbehavd.conf systemd/tmpfiles.d/tcpbehavd.conf
$(units):
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(substitute) <$< >$@

CLEANFILES += $(units)

if SYSTEMD
systemdsystemunit_DATA = systemd/tcpbehavd.service systemd/tcpbehavd.socket
sysusersdir = $(prefix)/lib/sysusers.d
sysusers_DATA = systemd/sysusers.d/tcpbehavd.conf
tmpfilesdir = $(prefix)/lib/tmpfiles.d
tmpfiles_DATA = systemd/tmpfiles.d/tcpbehavd.conf
endif

check_DATA = $(units) launchd/org.tcpbehavd.tcpbehavd.plist etc/tcpbehavd.json
