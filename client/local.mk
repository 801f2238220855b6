# What the library and both programs share.
noinst_LTLIBRARIES += libtcpbehav-client.la
libtcpbehav_client_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
libtcpbehav_client_la_SOURCES =
libtcpbehav_client_la_SOURCES += client/endpoint.c
libtcpbehav_client_la_SOURCES += client/endpoint.h
libtcpbehav_client_la_SOURCES += client/hookline.c
libtcpbehav_client_la_SOURCES += client/hookline.h
libtcpbehav_client_la_SOURCES += client/call.c
libtcpbehav_client_la_SOURCES += client/call.h
libtcpbehav_client_la_SOURCES += client/client.c
libtcpbehav_client_la_SOURCES += client/engine.c
libtcpbehav_client_la_SOURCES += client/engine.h
libtcpbehav_client_la_SOURCES += client/link.c
libtcpbehav_client_la_SOURCES += client/link.h
libtcpbehav_client_la_SOURCES += client/platform.h
libtcpbehav_client_la_SOURCES += client/tcpbehav.h
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
bin_tcpctl_LDADD = libtcpbehav-client.la libtcpbehav-common.la
if !SANITIZED
if !DARWIN
bin_tcpctl_LDFLAGS = $(AM_LDFLAGS) -all-static
endif
endif
