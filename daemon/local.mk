# The resident process. Everything but main.c is in the library, so that tests can call it; the program is
# sbin/tcpbehavd (sbin_PROGRAMS, linked with $(daemon_libs), $(PROGRAM_CFLAGS) and $(PROGRAM_LDFLAGS)).
noinst_LTLIBRARIES += libtcpbehavd.la
libtcpbehavd_la_SOURCES =

daemon_libs = libtcpbehavd.la $(common_libs) $(UV_LIBS) $(SQLITE_LIBS) $(JEMALLOC_LIBS)
