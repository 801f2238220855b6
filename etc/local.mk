# Configuration and knowledge.

# The families of tools: installed as they are, and compiled into the image that is there from the start.
families = $(wildcard $(top_srcdir)/etc/tools.d/*.json)
toolsdir = $(sysconfdir)/tcpbehavd/tools.d
dist_tools_DATA = $(families)
image_datadir = $(datadir)/tcpbehavd
image_data_DATA = etc/default.tcpt
CLEANFILES += etc/default.tcpt

etc/default.tcpt: $(families) common/mktable$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) etc && ./common/mktable$(EXEEXT) $@ $(top_srcdir)/etc/tools.d

dist_noinst_DATA += etc/tools.schema.json $(wildcard $(top_srcdir)/etc/tools.d/*.cases.jsonl)

# What agents are held against before there is a population of real ones; made by `make population`.
dist_image_data_DATA = etc/population.tcpp

# The administrator's: installed only where there is none yet.
EXTRA_DIST += etc/policy.json
install-data-local: install-policy
install-policy:
	$(MKDIR_P) $(DESTDIR)$(sysconfdir)/tcpbehavd
	test -e $(DESTDIR)$(sysconfdir)/tcpbehavd/policy.json || \
		$(INSTALL_DATA) $(top_srcdir)/etc/policy.json $(DESTDIR)$(sysconfdir)/tcpbehavd/policy.json
.PHONY: install-policy
# The daemon's settings, every key at its default.
EXTRA_DIST += etc/tcpbehavd.json.in
CLEANFILES += etc/tcpbehavd.json
etc/tcpbehavd.json: etc/tcpbehavd.json.in Makefile
	$(AM_V_GEN)$(MKDIR_P) etc && $(substitute) <$(srcdir)/etc/tcpbehavd.json.in >$@
confdir = $(sysconfdir)/tcpbehavd
conf_DATA = etc/tcpbehavd.json
