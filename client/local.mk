# What the library and both programs share.
noinst_LTLIBRARIES += libtcpbehav-client.la
libtcpbehav_client_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
libtcpbehav_client_la_SOURCES =
libtcpbehav_client_la_SOURCES += client/endpoint.c
libtcpbehav_client_la_SOURCES += client/endpoint.h
libtcpbehav_client_la_SOURCES += client/hook.c
libtcpbehav_client_la_SOURCES += client/hook.h
libtcpbehav_client_la_SOURCES += client/hookline.c
libtcpbehav_client_la_SOURCES += client/hookline.h
libtcpbehav_client_la_SOURCES += client/call.c
libtcpbehav_client_la_SOURCES += client/call.h
libtcpbehav_client_la_SOURCES += client/client.c
libtcpbehav_client_la_SOURCES += client/engine.c
libtcpbehav_client_la_SOURCES += client/engine.h
libtcpbehav_client_la_SOURCES += client/link.c
libtcpbehav_client_la_SOURCES += client/link.h
libtcpbehav_client_la_SOURCES += client/observe.c
libtcpbehav_client_la_SOURCES += client/observe.h
libtcpbehav_client_la_SOURCES += client/platform.h
libtcpbehav_client_la_SOURCES += client/projectfile.c
libtcpbehav_client_la_SOURCES += client/projectfile.h
libtcpbehav_client_la_SOURCES += client/scripts.c
libtcpbehav_client_la_SOURCES += client/scripts.h
libtcpbehav_client_la_SOURCES += client/tcpbehav.h
libtcpbehav_client_la_SOURCES += client/put_all.c
libtcpbehav_client_la_SOURCES += client/put_all.h
if DARWIN
libtcpbehav_client_la_SOURCES += client/platform-darwin.c
else
libtcpbehav_client_la_SOURCES += client/platform-linux.c
endif
EXTRA_DIST += client/platform-darwin.c client/platform-linux.c

client_libs = libtcpbehav-client.la $(common_libs)

# bin/tcpctl: static where that is possible, so that a hook costs hardly more than an empty process.
bin_PROGRAMS += bin/tcpctl
bin_tcpctl_SOURCES = client/launch.c
bin_tcpctl_LDADD = libtcpbehav-client.la libtcpbehav-common.la $(MD_LIBS) $(ZLIB_LIBS)
bin_tcpctl_LDFLAGS = $(AM_LDFLAGS) $(STATIC_LDFLAGS)

# What reads histories; tests build it, too.
history_sources =
history_sources += client/history.c
history_sources += client/history.def
history_sources += client/history.h
history_sources += client/history_claude.c
history_sources += client/history_codex.c
history_sources += client/history_internal.h
history_sources += client/history_shell.c
history_sources += client/lines.c
history_sources += client/lines.h
history_sources += client/tally.c
history_sources += client/tally.h

# libexec/tcpbehavd/tcpctl: every command.
pkglibexec_PROGRAMS += libexec/tcpbehavd/tcpctl
libexec_tcpbehavd_tcpctl_SOURCES = $(history_sources)
libexec_tcpbehavd_tcpctl_SOURCES += client/audit.c
libexec_tcpbehavd_tcpctl_SOURCES += client/audit.h
libexec_tcpbehavd_tcpctl_SOURCES += client/audit_report.c
libexec_tcpbehavd_tcpctl_SOURCES += client/cli.c
libexec_tcpbehavd_tcpctl_SOURCES += client/cli.h
libexec_tcpbehavd_tcpctl_SOURCES += client/command_behavior.c
libexec_tcpbehavd_tcpctl_SOURCES += client/command_audit.c
libexec_tcpbehavd_tcpctl_SOURCES += client/command_check.c
libexec_tcpbehavd_tcpctl_SOURCES += client/command_daemon.c
libexec_tcpbehavd_tcpctl_SOURCES += client/command_help.c
libexec_tcpbehavd_tcpctl_SOURCES += client/command_hook.c
libexec_tcpbehavd_tcpctl_SOURCES += client/command_table.c
libexec_tcpbehavd_tcpctl_SOURCES += client/commands.def
libexec_tcpbehavd_tcpctl_SOURCES += client/judge.c
libexec_tcpbehavd_tcpctl_SOURCES += client/judge.h
libexec_tcpbehavd_tcpctl_SOURCES += client/options.def
libexec_tcpbehavd_tcpctl_SOURCES += client/output.c
libexec_tcpbehavd_tcpctl_SOURCES += client/output.h
libexec_tcpbehavd_tcpctl_SOURCES += client/output_behavior.c
libexec_tcpbehavd_tcpctl_SOURCES += client/output_json.c
libexec_tcpbehavd_tcpctl_SOURCES += client/project_rules.c
libexec_tcpbehavd_tcpctl_SOURCES += client/project_rules.h
libexec_tcpbehavd_tcpctl_SOURCES += client/tcpctl.c
libexec_tcpbehavd_tcpctl_LDADD = $(client_libs)
libexec_tcpbehavd_tcpctl_CFLAGS = $(AM_CFLAGS) $(PROGRAM_CFLAGS)
libexec_tcpbehavd_tcpctl_LDFLAGS = $(AM_LDFLAGS) $(PROGRAM_LDFLAGS)

# The public library.
lib_LTLIBRARIES += libtcpbehav.la
libtcpbehav_la_SOURCES =
libtcpbehav_la_LIBADD = libtcpbehav-client.la libtcpbehav-common.la $(CJSON_LIBS) $(MD_LIBS) $(ZLIB_LIBS)
libtcpbehav_la_LDFLAGS = $(AM_LDFLAGS) $(EXPORTS_LDFLAGS) -version-info 0:0:0
EXTRA_libtcpbehav_la_DEPENDENCIES = client/tcpbehav.map
EXTRA_DIST += client/tcpbehav.map
include_HEADERS += client/tcpbehav.h

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = client/tcpbehav.pc
EXTRA_DIST += client/tcpbehav.pc.in
CLEANFILES += client/tcpbehav.pc
client/tcpbehav.pc: client/tcpbehav.pc.in Makefile
	$(AM_V_GEN)$(MKDIR_P) client && $(substitute) <$(srcdir)/client/tcpbehav.pc.in >$@

dist_man_MANS += client/man/tcpctl.1
dist_man_MANS += client/man/libtcpbehav.3
