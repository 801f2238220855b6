# A unit test is one line here: check_PROGRAMS += tests/check_x (its source is tests/check_x.c).
# A script is one, too: dist_check_SCRIPTS += tests/check_x.sh or .py (exit 0 passed, 77 skipped, else failed).
# A libFuzzer target x is tests/fuzz_x.c, its seed corpus tests/corpus/x/; `make fuzz` builds it (configure --enable-fuzzer),
# tests/replay_x replays the corpus in `make check`. Four lines: fuzzers += tests/fuzz_x, check_PROGRAMS += tests/replay_x,
# tests_replay_x_SOURCES = tests/fuzz_x.c tests/fuzz_replay.c, EXTRA_DIST += tests/corpus/x.
# The benchmarks are one program; a row is a call in tests/bench_cpu.c or tests/bench_process.c.
AM_DEFAULT_SOURCE_EXT = .c
LDADD = libtcpbehav-client.la $(daemon_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/check_arena
check_PROGRAMS += tests/check_behavior tests/check_fixed tests/check_population
check_PROGRAMS += tests/check_caps
check_PROGRAMS += tests/check_explain
check_PROGRAMS += tests/check_history
tests_check_history_SOURCES = tests/check_history.c $(history_sources)
check_PROGRAMS += tests/check_host
check_PROGRAMS += tests/check_eval
tests_check_eval_SOURCES = tests/check_eval.c tests/eval_fake.c tests/eval_fake.h
check_PROGRAMS += tests/check_json
check_PROGRAMS += tests/check_message
check_PROGRAMS += tests/check_place
check_PROGRAMS += tests/check_code
tests_check_code_SOURCES = tests/check_code.c tests/fake_run.c tests/fake_run.h
check_PROGRAMS += tests/check_content
tests_check_content_SOURCES = tests/check_content.c tests/fake_run.c tests/fake_run.h
check_PROGRAMS += tests/check_policy tests/check_policy_rules
tests_check_policy_SOURCES = tests/check_policy.c tests/policy_case.c tests/policy_case.h
tests_check_policy_rules_SOURCES = tests/check_policy_rules.c tests/policy_case.c tests/policy_case.h
check_PROGRAMS += tests/check_project
tests_check_project_SOURCES = tests/check_project.c client/project_rules.c client/project_rules.h
check_PROGRAMS += tests/check_redact
check_PROGRAMS += tests/check_session
check_PROGRAMS += tests/check_table
check_PROGRAMS += tests/check_descriptor
check_PROGRAMS += tests/check_knowledge
check_PROGRAMS += tests/check_knowledge_image
check_PROGRAMS += tests/check_verify

fuzzers =

check_PROGRAMS += tests/check_cases
tests_check_cases_SOURCES = tests/check_cases.c tests/case_reader.c tests/case_reader.h

check_PROGRAMS += tests/check_forms
tests_check_forms_SOURCES = tests/check_forms.c tests/case_reader.c tests/case_reader.h
EXTRA_DIST += tests/cases/design.cases.jsonl

check_PROGRAMS += tests/check_look
tests_check_look_SOURCES = tests/check_look.c tests/case_reader.c tests/case_reader.h
check_PROGRAMS += tests/check_script
tests_check_script_SOURCES = tests/check_script.c tests/case_reader.c tests/case_reader.h

EXTRA_PROGRAMS += tests/bench tests/empty
tests_bench_SOURCES = tests/bench.c tests/bench.h tests/bench_behavior.c tests/bench_cpu.c tests/bench_process.c tests/bench_session.c
tests_bench_LDADD = $(common_libs)
tests_empty_SOURCES = tests/empty.c
tests_empty_LDADD =
tests_empty_LDFLAGS = -all-static

TESTS = $(check_PROGRAMS) $(dist_check_SCRIPTS)
TEST_EXTENSIONS = .sh .py
PY_LOG_COMPILER = python3
SH_LOG_COMPILER = bash
AM_TESTS_ENVIRONMENT = top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)'; \
	export top_srcdir top_builddir;

EXTRA_DIST += tests/images.h tests/knowledge
EXTRA_DIST += tests/summary.sh tests/fuzz_replay.c

# All tests, then one line that counts them.
check-TESTS: $(check_PROGRAMS) $(dist_check_SCRIPTS)
	@rm -f $(TEST_LOGS) $(TEST_LOGS:.log=.trs) $(TEST_SUITE_LOG)
	@status=0; $(MAKE) $(AM_MAKEFLAGS) $(TEST_SUITE_LOG) || status=$$?; \
	$(SHELL) $(srcdir)/tests/summary.sh $(TEST_LOGS:.log=.trs) || status=1; exit $$status

fuzz: $(fuzzers)
$(fuzzers): tests/fuzz_%: tests/fuzz_%.$(OBJEXT) $(noinst_LTLIBRARIES)
	$(AM_V_CCLD)$(LINK) -fsanitize=fuzzer $(filter %.$(OBJEXT),$^) $(LDADD)

# The parser that analyze.line is compared with: built when ./bootstrap bench has fetched the grammar's sources.
grammar = peers/tree-sitter-bash/src
bench_peer = $(if $(wildcard $(grammar)/parser.c),tests/peer_tree_sitter.so)
EXTRA_DIST += tests/peer_tree_sitter.c
CLEANFILES += tests/peer_tree_sitter.so
tests/peer_tree_sitter.so: tests/peer_tree_sitter.c tests/bench.h
	$(AM_V_CCLD)$(CC) -shared -fPIC $(CFLAGS) -I. -I$(top_srcdir) -I$(grammar) `$(PKG_CONFIG) --cflags tree-sitter` -o $@ \
		$(srcdir)/tests/peer_tree_sitter.c $(grammar)/parser.c $(grammar)/scanner.c `$(PKG_CONFIG) --libs tree-sitter` || \
		echo "tests/peer_tree_sitter.so cannot be built; analyze.line has no peer" >&2

# CORPORA=FOLDER adds real command lines; BENCH_FLAGS=--json prints for machines.
bench: all tests/bench$(EXEEXT) tests/empty$(EXEEXT) $(bench_peer)
	@tests/bench $(BENCH_FLAGS) $(top_srcdir)/etc/tools.d $(prefix) $(abs_builddir)/tests/empty $(abs_builddir)/tests/peer_tree_sitter.so

# CORPORA=FOLDER adds corpora, BEHAVIOR_DATA=FOLDER (default: the same) sea/ and agentdojo/; ACCURACY_FLAGS="--list DIR" writes the rows behind the figures.
accuracy: all
	@prefix=$(prefix) abs_top_builddir=$(abs_top_builddir) top_builddir=$(abs_top_builddir) python3 $(srcdir)/tests/accuracy.py $(if $(CORPORA),--corpora $(CORPORA)) $(if $(BEHAVIOR_DATA),--data $(BEHAVIOR_DATA)) $(ACCURACY_FLAGS)

# COMPROMISE_FLAGS="--half test --seeds 6" reports on the half on which nothing was chosen.
compromise: all
	@prefix=$(prefix) python3 $(srcdir)/tests/compromise.py $(COMPROMISE_FLAGS)

# The population that is shipped, from the fleets that the simulator trains on: made again when the detector's counts change.
population: all
	@prefix=$(prefix) python3 $(srcdir)/tests/compromise.py --half tune --seeds 1 --emit population.events >population.log
	@$(prefix)/bin/tcpctl population build population.events.training --output $(srcdir)/etc/population.tcpp --anonymous \
		--name "simulated fleets (tests/compromise), no real agents"
	@rm -f population.events population.events.training population.events.truth population.log
.PHONY: population

# CORPORA=FOLDER adds corpora; COMPARE_FLAGS="--lines 50" shortens it.
compare-guards: all
	@prefix=$(prefix) python3 $(srcdir)/tests/compare_guards.py --peers $(abs_builddir)/peers $(if $(CORPORA),--corpora $(CORPORA)) \
		$(COMPARE_FLAGS)
.PHONY: accuracy bench compare-guards compromise fuzz
EXTRA_DIST += tests/accuracy.py tests/accuracy_behavior.py tests/compare_guards.py tests/compromise tests/compromise.py tests/disguise tests/cases/mentions.jsonl


check_PROGRAMS += tests/check_endpoint
tests_check_endpoint_SOURCES = tests/check_endpoint.c tests/fake_daemon.c tests/fake_daemon.h

check_PROGRAMS += tests/check_hookline
fuzzers += tests/fuzz_hookline
check_PROGRAMS += tests/replay_hookline
tests_replay_hookline_SOURCES = tests/fuzz_hookline.c tests/fuzz_replay.c
EXTRA_DIST += tests/corpus/hookline

fuzzers += tests/fuzz_events tests/fuzz_population
check_PROGRAMS += tests/replay_events tests/replay_population
tests_replay_events_SOURCES = tests/fuzz_events.c tests/fuzz_replay.c
tests_replay_population_SOURCES = tests/fuzz_population.c tests/fuzz_replay.c
EXTRA_DIST += tests/corpus/events tests/corpus/population

fuzzers += tests/fuzz_table
check_PROGRAMS += tests/replay_table
tests_replay_table_SOURCES = tests/fuzz_table.c tests/fuzz_replay.c
EXTRA_DIST += tests/corpus/table

fuzzers += tests/fuzz_knowledge
check_PROGRAMS += tests/replay_knowledge
tests_replay_knowledge_SOURCES = tests/fuzz_knowledge.c tests/fuzz_replay.c
EXTRA_DIST += tests/corpus/knowledge
check_PROGRAMS += tests/check_shell
EXTRA_PROGRAMS += tests/shell_dump
check-TESTS: tests/shell_dump$(EXEEXT)
dist_check_SCRIPTS += tests/check_shell_shfmt.sh
EXTRA_DIST += tests/compare_shfmt.py tests/shell_lines.txt
tests_check_shell_SOURCES = tests/check_shell.c tests/shell_examples.h tests/shell_mistakes.h tests/shell_spans.c tests/shell_spans.h tests/shell_tree.c tests/shell_tree.h
fuzzers += tests/fuzz_shell
check_PROGRAMS += tests/replay_shell
tests_replay_shell_SOURCES = tests/fuzz_shell.c tests/shell_spans.c tests/shell_spans.h tests/fuzz_replay.c
EXTRA_DIST += tests/corpus/shell
tests/fuzz_shell: tests/shell_spans.$(OBJEXT)
EXTRA_DIST += tests/hooks

fuzzers += tests/fuzz_analysis
check_PROGRAMS += tests/replay_analysis
tests_replay_analysis_SOURCES = tests/fuzz_analysis.c tests/fuzz_replay.c
EXTRA_DIST += tests/corpus/analysis

fuzzers += tests/fuzz_request
check_PROGRAMS += tests/replay_request
tests_replay_request_SOURCES = tests/fuzz_request.c tests/fuzz_replay.c
EXTRA_DIST += tests/corpus/request

fuzzers += tests/fuzz_hook
check_PROGRAMS += tests/replay_hook
tests_replay_hook_SOURCES = tests/fuzz_hook.c tests/fuzz_replay.c
EXTRA_DIST += tests/corpus/hook

fuzzers += tests/fuzz_redact
check_PROGRAMS += tests/replay_redact
tests_replay_redact_SOURCES = tests/fuzz_redact.c tests/fuzz_replay.c
EXTRA_DIST += tests/corpus/redact

fuzzers += tests/fuzz_history
check_PROGRAMS += tests/replay_history
tests/fuzz_history: $(patsubst %.c,%.$(OBJEXT),$(filter %.c,$(history_sources)))
tests_replay_history_SOURCES = tests/fuzz_history.c tests/fuzz_replay.c $(history_sources)
EXTRA_DIST += tests/corpus/history

dist_check_SCRIPTS += tests/check_policy_manual.sh
fuzzers += tests/fuzz_code
check_PROGRAMS += tests/replay_code
tests_replay_code_SOURCES = tests/fuzz_code.c tests/fuzz_replay.c
EXTRA_DIST += tests/corpus/code

# The daemon: its parts, then the real one in a folder of its own.
check_PROGRAMS += tests/check_conf
check_PROGRAMS += tests/check_dispatch
check_PROGRAMS += tests/check_log
check_PROGRAMS += tests/check_ring
dist_check_SCRIPTS += tests/check_defaults.sh
dist_check_SCRIPTS += tests/check_units.sh
dist_check_SCRIPTS += tests/check_disguise.py
dist_check_SCRIPTS += tests/check_compromise.py
dist_check_SCRIPTS += tests/scenario_advisory.py
dist_check_SCRIPTS += tests/scenario_audit.py
EXTRA_DIST += tests/histories
dist_check_SCRIPTS += tests/scenario_bad_input.py
dist_check_SCRIPTS += tests/scenario_batch.py
dist_check_SCRIPTS += tests/scenario_behavior.py
dist_check_SCRIPTS += tests/scenario_goal.py
dist_check_SCRIPTS += tests/scenario_session.py
dist_check_SCRIPTS += tests/scenario_hooks.py
# Both programs of tcpctl as they are when installed, but with the image of this build and the built-in policy.
EXTRA_PROGRAMS += tests/hook_program tests/tcpctl_program
check-TESTS: tests/hook_program$(EXEEXT) tests/tcpctl_program$(EXEEXT)
as_installed = $(AM_CPPFLAGS) -UTCPBEHAV_DATADIR -DTCPBEHAV_DATADIR='"$(abs_top_builddir)/etc"' \
	-UTCPBEHAV_SYSCONFDIR -DTCPBEHAV_SYSCONFDIR='"/nonexistent"'
tests_hook_program_SOURCES = $(bin_tcpctl_SOURCES) client/engine.c
tests_hook_program_CPPFLAGS = $(as_installed)
tests_hook_program_LDADD = $(bin_tcpctl_LDADD)
tests_tcpctl_program_SOURCES = $(libexec_tcpbehavd_tcpctl_SOURCES) client/engine.c
tests_tcpctl_program_CPPFLAGS = $(as_installed)
tests_tcpctl_program_LDADD = $(libexec_tcpbehavd_tcpctl_LDADD)
dist_check_SCRIPTS += tests/scenario_lines.py
dist_check_SCRIPTS += tests/scenario_observe.py
dist_check_SCRIPTS += tests/scenario_scripts.py
dist_check_SCRIPTS += tests/scenario_project.py
dist_check_SCRIPTS += tests/scenario_reload.py
dist_check_SCRIPTS += tests/scenario_slow.py
dist_check_SCRIPTS += tests/scenario_start.py
dist_check_SCRIPTS += tests/scenario_store.py
dist_check_SCRIPTS += tests/scenario_trust.py
dist_check_SCRIPTS += tests/scenario_verdicts.py
EXTRA_DIST += tests/support
# Sessions of several calls; check_sessions.py holds them to its bars.
dist_check_SCRIPTS += tests/check_sessions.py
EXTRA_DIST += tests/sessions
check_PROGRAMS += tests/check_client
tests_check_client_SOURCES = tests/check_client.c tests/fake_daemon.c tests/fake_daemon.h
check_PROGRAMS += tests/check_launch
tests_check_launch_SOURCES = tests/check_launch.c tests/fake_daemon.c tests/fake_daemon.h
dist_check_SCRIPTS += tests/check_cli.sh
dist_check_SCRIPTS += tests/check_exports.sh
dist_check_SCRIPTS += tests/check_fences.sh
dist_check_SCRIPTS += tests/check_man.sh
EXTRA_DIST += tests/cli_cases.tsv
dist_check_SCRIPTS += tests/check_own_tools.sh
dist_check_SCRIPTS += tests/check_readme.sh
EXTRA_DIST += tests/examples
