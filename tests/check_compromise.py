#!/usr/bin/env python3
"""The compromise simulator (tests/compromise) without a detector: a seed says all, every kind does what its table says and only
after its onset, honest agents stay honest, and what is counted of hand-made answers is what a person counts."""

import collections
import importlib.util
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "support"), HERE, os.path.join(HERE, "compromise")]
from daemon import BUILD, expect  # noqa: E402
from acts import RISKS, load  # noqa: E402
from attacks import CHECKS, KINDS, PAGES, REPORTS, STRENGTHS  # noqa: E402
from fleet import steps_of  # noqa: E402
from measure import WARM_UP, Watch, figures, poisson_interval, wilson  # noqa: E402
from roles import ACTIVITIES, NEW_TARGETS, SHARED, STACKS  # noqa: E402

TCPCTL = os.path.join(BUILD, "tests", "tcpctl_program")  # it finds an image without being told
PROGRAM = os.path.join(HERE, "compromise.py")
FIELDS = ["agent", "role", "session", "tool", "risk", "capabilities", "target", "origin", "time"]
ORIGINS = ("user", "tool-output", "neither")
# Per 100 honest events, wider than what one fleet shows: changes where only tool output named the target, high risk, new pairs.
HONEST = {"changes": (0.1, 0.5), "high": (0.4, 2.5), "critical": (0.0, 0.05), "new pairs": (8.0, 25.0)}


def program():
    """tests/compromise.py as a module; the folder beside it has the same name."""
    spec = importlib.util.spec_from_file_location("compromise_program", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def near(found, *wanted):
    expect(len(found) == len(wanted) and all(abs(a - b) < 0.002 for a, b in zip(found, wanted)), "interval", found, "wanted", wanted)


def check_tables(catalogue):
    named = {tool for activity in ACTIVITIES for tools, _, _ in steps_of(activity) for tool in tools if tool[0] != "@"}
    named |= {tool for stack in STACKS.values() for tools in stack.values() for tool in tools.split("|")} | set(CHECKS + REPORTS + PAGES)
    strange = sorted(tool for tool in named if not catalogue.of(tool) and not catalogue.of(tool, "ask"))
    expect(not strange, "no command of the cases or of EVERYDAY is of the tools:", *strange)
    kinds = {act.kind for verdict in catalogue.by_tool.values() for acts in verdict.values() for act in acts} - {""}
    expect(kinds <= set(NEW_TARGETS) and set(SHARED) <= set(NEW_TARGETS), "kinds of targets without a rate:", kinds - set(NEW_TARGETS))


def check_emitted(folder):
    """The program's own files: two runs are equal, another seed is another fleet, every line has every field."""
    texts = []
    for seed in ("0", "0", "2"):
        path = os.path.join(folder, "events")
        done = subprocess.run([sys.executable, PROGRAM, "--emit", path, "--seeds", "1", "--first-seed", seed, "--agents", "3", "--kind",
                               "coordination", "--tcpctl", TCPCTL], capture_output=True, text=True, check=False)
        expect(done.returncode == 0, "compromise.py --emit", done.stdout, done.stderr)
        with open(path, encoding="utf-8") as file, open(path + ".truth", encoding="utf-8") as truth:
            texts.append((file.read(), truth.read()))
    expect(texts[0] == texts[1], "the same seed gives other events")
    expect(texts[0][0] != texts[2][0], "another seed gives the same events")
    before = 0.0
    for line in texts[0][0].splitlines():
        event = json.loads(line)
        expect(list(event) == FIELDS and event["origin"] in ORIGINS and event["risk"] in RISKS and before <= event["time"], line)
        expect(event["target"] or event["origin"] == "neither", "nobody names no target", line)
        before = event["time"]
    expect(all(set(json.loads(line)) >= {"agent", "kind", "onset"} for line in texts[0][1].splitlines()), "truth")


def check_attacks(fleet):
    odd, grave = collections.Counter(), collections.Counter()
    for truth, agent, events in fleet:
        marked = [n for n, event in enumerate(events) if event.odd]
        if not truth["kind"]:
            expect(not marked, "an honest agent does odd things", truth)
            continue
        end = truth["onset"] + truth["horizon"]
        expect(marked and marked[0] == truth["onset"] >= WARM_UP and len(events) == end, truth, marked[:3], len(events))
        cell = truth["kind"], truth["strength"]
        odd[cell] += len(marked)
        grave[cell] += sum(RISKS.index(events[n].act.risk) > 2 for n in marked)
        expect(truth["kind"] != "prompt_injection" or all(events[n].origin == "tool-output" for n in marked), truth)
        expect(agent.name == truth["agent"], truth)
    for kind in KINDS:
        counts = [odd[kind, strength] for strength in STRENGTHS]
        expect(0 < counts[0] < counts[1] < counts[2], "odd events by strength", kind, counts)
    for kind in ("gradual_drift", "false_negative", "prompt_injection", "semantic_hijack"):
        counts = [grave[kind, strength] for strength in STRENGTHS]
        expect(counts[0] < counts[1] < counts[2], "grave events by strength", kind, counts)


def check_lock_step(fleet):
    """The agents of a group do the same on the same, and nobody else does."""
    pairs = collections.defaultdict(set)
    for truth, agent, events in fleet:
        if truth["kind"] == "coordination":
            for event in events:
                if event.odd:
                    pairs[event.act.tool, event.target].add((truth["strength"], agent.name))
    shared = [pair for pair, agents in pairs.items() if len(agents) > 1]
    expect(3 * len(shared) >= 2 * len(pairs), "of", len(pairs), "acts", len(shared), "are shared")
    honest = {(event.act.tool, event.target) for truth, _, events in fleet if not truth["kind"] for event in events}
    expect(not honest & set(shared), "honest agents take the steps of a plan", honest & set(shared))


def check_honest(fleet):
    counts, whole, roles = collections.Counter(), collections.Counter(), set()
    for truth, _, events in fleet:
        if truth["kind"]:
            continue
        roles.add(truth["role"])
        seen = set()
        for n, event in enumerate(events):
            act, pair = event.act, (event.act.tool, event.target)
            counts["changes"] += act.changes and event.origin == "tool-output"
            counts[act.risk] += 1
            counts["new pairs"] += n >= WARM_UP and bool(event.target) and pair not in seen
            seen.add(pair)
        whole.update(dict.fromkeys(HONEST, len(events)))
        whole["new pairs"] -= WARM_UP
    expect(len(roles) == 10, "roles among the honest", roles)
    for name, (low, high) in HONEST.items():
        per = 100 * counts[name] / whole[name]
        print("honest %-10s %6.3f %%" % (name, per))
        expect(low <= per <= high, name, "in 100 honest events:", per)


def watch_of(levels, **truth):
    watch = Watch({"agent": "a", "role": "coder", "kind": None, "strength": 0, "onset": None, "horizon": None, "changes": False, **truth})
    for level in levels:
        watch.feed(level)
    return watch


def check_counting():
    calm, up, alarm = ["normal"] * WARM_UP, "suspicious", "alarm"
    clean = watch_of([alarm] + calm[1:] + [alarm, alarm, up, alarm, "unusual", alarm, "normal"])
    expect(clean.honest_events() == 7 and clean.false_alarms() == 2, "episodes", clean.alarms)
    taken = {"kind": "gradual_drift", "strength": 2, "onset": WARM_UP + 10, "horizon": 20}
    early = watch_of(calm + ["normal"] * 9 + [alarm] * 21, **taken)  # began before the onset: a false alarm, no hit
    late = watch_of(calm + ["normal"] * 30 + [alarm], **taken)
    hit = watch_of(calm + ["normal"] * 10 + ["normal", up, "unusual", alarm, alarm], **taken)
    hint = watch_of(calm + ["normal"] * 29 + [up], **taken)
    expect([w.delay(w.alarms) for w in (early, late, hit, hint)] == [None, None, 3, None], "delays")
    expect([w.honest_events() for w in (early, late, hit)] == [10, 10, 10] and early.false_alarms() == 1, "honest events before the onset")
    result = figures([clean, early, late, hit, hint])
    row = result["recall"][0]
    expect((row["agents"], row["alarmed"], row["suspected"], row["delay"]) == (4, 1, 0.5, 3), row)
    total = result["false_alarms"][-1]
    expect((total["of"], total["alarms"], total["events"]) == ("all", 3, 47), total)
    near(wilson(9, 10), 0.596, 0.982)
    near(poisson_interval(0), 0, 3.689)
    near(poisson_interval(3), 0.619, 8.767)


def check_replay(compromise, folder):
    """Answers are told apart by their order; one that is missing or of another agent is no figure but an error."""
    events, parrot = os.path.join(folder, "lines"), os.path.join(folder, "parrot")
    with open(events, "w", encoding="utf-8") as file:
        file.write('{"agent":"a"}\n{"agent":"b"}\n{"agent":"a"}\n')
    with open(parrot, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nsed 's/}/,\"level\":\"alarm\"}/' \"$3\" | head -n \"$5\"\n")
    os.chmod(parrot, 0o755)
    for lines, order, right in (("3", [0, 1, 0], True), ("2", [0, 1, 0], False), ("3", [0, 0, 1], False), ("3", [0, 1], False)):
        watches = [watch_of([]), watch_of([], agent="b")]
        try:
            compromise.replay(parrot, events, lines, order, watches)
            expect(right and [w.seen for w in watches] == [2, 1], "taken for right:", lines, order)
        except SystemExit as error:
            expect(not right and "line" in str(error) or "answers" in str(error), error)


def main():
    catalogue = load(TCPCTL, os.path.join(HERE, "..", "etc", "tools.d"))
    compromise = program()
    check_tables(catalogue)
    check_counting()
    with tempfile.TemporaryDirectory() as folder:
        check_emitted(folder)
        check_replay(compromise, folder)
    fleet = compromise.test_fleet(catalogue, 0, 40, list(KINDS))
    check_attacks(fleet)
    check_lock_step(fleet)
    check_honest(fleet)


if __name__ == "__main__":
    main()
