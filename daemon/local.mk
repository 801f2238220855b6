# The resident process. Everything but main.c is in the library, so that tests can call it; the program is
# sbin/tcpbehavd (sbin_PROGRAMS, linked with $(daemon_libs), $(PROGRAM_CFLAGS) and $(PROGRAM_LDFLAGS)).
noinst_LTLIBRARIES += libtcpbehavd.la
libtcpbehavd_la_SOURCES =
libtcpbehavd_la_SOURCES += daemon/account.c
libtcpbehavd_la_SOURCES += daemon/agents.c
libtcpbehavd_la_SOURCES += daemon/agents.h
libtcpbehavd_la_SOURCES += daemon/handlers_behavior.c
libtcpbehavd_la_SOURCES += daemon/account.h
libtcpbehavd_la_SOURCES += daemon/account_session.c
libtcpbehavd_la_SOURCES += daemon/account_session.h
libtcpbehavd_la_SOURCES += daemon/buffer.c
libtcpbehavd_la_SOURCES += daemon/buffer.h
libtcpbehavd_la_SOURCES += daemon/bundle.c
libtcpbehavd_la_SOURCES += daemon/bundle.h
libtcpbehavd_la_SOURCES += daemon/clock.h
libtcpbehavd_la_SOURCES += daemon/conf.c
libtcpbehavd_la_SOURCES += daemon/conf.def
libtcpbehavd_la_SOURCES += daemon/conf.h
libtcpbehavd_la_SOURCES += daemon/conn.c
libtcpbehavd_la_SOURCES += daemon/conn.h
libtcpbehavd_la_SOURCES += daemon/conn_answers.c
libtcpbehavd_la_SOURCES += daemon/conn_internal.h
libtcpbehavd_la_SOURCES += daemon/conn_job.c
libtcpbehavd_la_SOURCES += daemon/conn_lines.c
libtcpbehavd_la_SOURCES += daemon/daemon.c
libtcpbehavd_la_SOURCES += daemon/daemon.h
libtcpbehavd_la_SOURCES += daemon/deferred.c
libtcpbehavd_la_SOURCES += daemon/deferred.h
libtcpbehavd_la_SOURCES += daemon/detach.c
libtcpbehavd_la_SOURCES += daemon/detach.h
libtcpbehavd_la_SOURCES += daemon/dispatch.c
libtcpbehavd_la_SOURCES += daemon/handlers.c
libtcpbehavd_la_SOURCES += daemon/handlers.h
libtcpbehavd_la_SOURCES += daemon/handlers_admin.c
libtcpbehavd_la_SOURCES += daemon/handlers_session.c
libtcpbehavd_la_SOURCES += daemon/handlers_check.c
libtcpbehavd_la_SOURCES += daemon/handlers_status.c
libtcpbehavd_la_SOURCES += daemon/heap.c
libtcpbehavd_la_SOURCES += daemon/heap.h
libtcpbehavd_la_SOURCES += daemon/busypoll.c
libtcpbehavd_la_SOURCES += daemon/busypoll.h
libtcpbehavd_la_SOURCES += daemon/image.c
libtcpbehavd_la_SOURCES += daemon/image.h
libtcpbehavd_la_SOURCES += daemon/logger.c
libtcpbehavd_la_SOURCES += daemon/logger.h
libtcpbehavd_la_SOURCES += daemon/options.def
libtcpbehavd_la_SOURCES += daemon/peer.h
libtcpbehavd_la_SOURCES += daemon/platform.c
libtcpbehavd_la_SOURCES += daemon/platform.h
libtcpbehavd_la_SOURCES += daemon/reasons.def
libtcpbehavd_la_SOURCES += daemon/record.c
libtcpbehavd_la_SOURCES += daemon/record.h
libtcpbehavd_la_SOURCES += daemon/request.h
libtcpbehavd_la_SOURCES += daemon/ring.c
libtcpbehavd_la_SOURCES += daemon/ring.h
libtcpbehavd_la_SOURCES += daemon/server.c
libtcpbehavd_la_SOURCES += daemon/server.h
libtcpbehavd_la_SOURCES += daemon/stats.c
libtcpbehavd_la_SOURCES += daemon/stats.h
libtcpbehavd_la_SOURCES += daemon/store.c
libtcpbehavd_la_SOURCES += daemon/store.h
libtcpbehavd_la_SOURCES += daemon/store_schema.h
libtcpbehavd_la_SOURCES += daemon/store_sql.c
libtcpbehavd_la_SOURCES += daemon/store_sql.h
libtcpbehavd_la_SOURCES += daemon/trust.c
libtcpbehavd_la_SOURCES += daemon/trust.h
libtcpbehavd_la_SOURCES += daemon/worker.c
libtcpbehavd_la_SOURCES += daemon/worker.h
if DARWIN
libtcpbehavd_la_SOURCES += daemon/platform-darwin.c
else
libtcpbehavd_la_SOURCES += daemon/platform-linux.c
endif
EXTRA_DIST += daemon/platform-darwin.c daemon/platform-linux.c

daemon_libs = libtcpbehavd.la $(common_libs) $(UV_LIBS) $(SQLITE_LIBS) $(JEMALLOC_LIBS)

# The policy's manual has every cell of its table: put in by common/mkpolicy.
man_MANS += daemon/man/tcpbehavd-policy.5
EXTRA_DIST += daemon/man/tcpbehavd-policy.5.in
CLEANFILES += daemon/man/tcpbehavd-policy.5
daemon/man/tcpbehavd-policy.5: daemon/man/tcpbehavd-policy.5.in common/mkpolicy$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) daemon/man && ./common/mkpolicy$(EXEEXT) < $(srcdir)/daemon/man/tcpbehavd-policy.5.in | $(substitute) > $@-t && mv $@-t $@
sbin_PROGRAMS += sbin/tcpbehavd
sbin_tcpbehavd_SOURCES = daemon/main.c
sbin_tcpbehavd_CFLAGS = $(AM_CFLAGS) $(PROGRAM_CFLAGS)
sbin_tcpbehavd_LDFLAGS = $(AM_LDFLAGS) $(PROGRAM_LDFLAGS)
sbin_tcpbehavd_LDADD = $(daemon_libs)
dist_man_MANS += daemon/man/tcpbehavd.8 daemon/man/tcpbehavd.json.5
