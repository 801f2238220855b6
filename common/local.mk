# Meaning, used by both ends.
noinst_LTLIBRARIES += libtcpbehav-common.la
libtcpbehav_common_la_SOURCES =
libtcpbehav_common_la_SOURCES += common/actions.def
libtcpbehav_common_la_SOURCES += common/analysis.h
libtcpbehav_common_la_SOURCES += common/arena.c
libtcpbehav_common_la_SOURCES += common/arena.h
libtcpbehav_common_la_SOURCES += common/caps.c
libtcpbehav_common_la_SOURCES += common/caps.def
libtcpbehav_common_la_SOURCES += common/caps.h
libtcpbehav_common_la_SOURCES += common/explain.h
libtcpbehav_common_la_SOURCES += common/host.def
libtcpbehav_common_la_SOURCES += common/host.h
libtcpbehav_common_la_SOURCES += common/json.c
libtcpbehav_common_la_SOURCES += common/json.h
libtcpbehav_common_la_SOURCES += common/json_scan.c
libtcpbehav_common_la_SOURCES += common/json_scan.h
libtcpbehav_common_la_SOURCES += common/json_write.c
libtcpbehav_common_la_SOURCES += common/message.h
libtcpbehav_common_la_SOURCES += common/operands.def
libtcpbehav_common_la_SOURCES += common/place.h
libtcpbehav_common_la_SOURCES += common/places.def
libtcpbehav_common_la_SOURCES += common/policy.def
libtcpbehav_common_la_SOURCES += common/policy.h
libtcpbehav_common_la_SOURCES += common/policy_rules.h
libtcpbehav_common_la_SOURCES += common/protocol.c
libtcpbehav_common_la_SOURCES += common/protocol.def
libtcpbehav_common_la_SOURCES += common/protocol.h
libtcpbehav_common_la_SOURCES += common/redact.h
libtcpbehav_common_la_SOURCES += common/run.h
libtcpbehav_common_la_SOURCES += common/shell.h
libtcpbehav_common_la_SOURCES += common/streams.def
libtcpbehav_common_la_SOURCES += common/table.h
libtcpbehav_common_la_SOURCES += common/targets.def
libtcpbehav_common_la_SOURCES += common/explain.h
libtcpbehav_common_la_SOURCES += common/host.def
libtcpbehav_common_la_SOURCES += common/host.h
libtcpbehav_common_la_SOURCES += common/json.h
libtcpbehav_common_la_SOURCES += common/log.c
libtcpbehav_common_la_SOURCES += common/log.h
libtcpbehav_common_la_SOURCES += common/message.h
libtcpbehav_common_la_SOURCES += common/policy.def
libtcpbehav_common_la_SOURCES += common/policy.h
libtcpbehav_common_la_SOURCES += common/policy_rules.h
libtcpbehav_common_la_SOURCES += common/protocol.def
libtcpbehav_common_la_SOURCES += common/protocol.h
libtcpbehav_common_la_SOURCES += common/redact.h
libtcpbehav_common_la_SOURCES += common/sock.c
libtcpbehav_common_la_SOURCES += common/sock.h
libtcpbehav_common_la_SOURCES += common/text.c
libtcpbehav_common_la_SOURCES += common/text.h

# The compiler of knowledge: JSON families to an image. Only tcpctl and the tests need it.
noinst_LTLIBRARIES += libtcpbehav-build.la
libtcpbehav_build_la_SOURCES =

# What a program that uses the two links with, in this order.
common_libs = libtcpbehav-build.la libtcpbehav-common.la $(CJSON_LIBS) $(MD_LIBS) $(ZLIB_LIBS)
