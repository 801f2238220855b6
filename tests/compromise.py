#!/usr/bin/env python3
"""How soon a compromised agent is noticed and how often an honest one is suspected: fleets of agents (tests/compromise), some taken
over, are replayed through the detector; one row a figure with its interval. A missed bar is no failure of the program.

usage: compromise.py [--half tune|test] [--seeds N] [--first-seed K] [--agents N] [--kind KIND] [--json] [--emit FILE] [--tcpctl PATH]

Even seeds are the half to choose parameters on, odd seeds the half to report. A population model is built from other fleets, of the
same half. --emit writes the events to FILE, who is what to FILE.truth and the fleets for the population to FILE.training instead."""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "compromise"))
from acts import load  # noqa: E402
from attacks import KINDS, STRENGTHS, compromise, coordinate  # noqa: E402
from fleet import World, in_time, make_agents  # noqa: E402
from measure import WARM_UP, Watch, figures  # noqa: E402

CASES = os.path.join(HERE, "..", "etc", "tools.d")
TCPCTL = os.path.join(os.environ.get("prefix", "build/inst"), "bin/tcpctl")
CLEAN_EVENTS = 3000
ONSETS = (1200, 1800)  # after the warm-up, so that an agent also shows honest work that counts
TRAINING = {"fleets": 3, "agents": 60, "events": 2000}  # a rate of 1 in 50,000 is to be seen, not guessed
CLEAN_PER_CELL = 10  # clean agents for one of a kind and strength
RECALL_BAR, FALSE_ALARM_BAR = 0.90, 1.0  # at strength 2; per 10,000 honest events


def names_of(rng, stem, number):
    """Names that tell nothing of what becomes of who has them."""
    names = ["%s-%03d" % (stem, n) for n in range(number)]
    rng.shuffle(names)
    return names


def training_fleets(catalogue, half):
    """Streams of honest agents of other companies; no test seed makes them."""
    for n in range(TRAINING["fleets"]):
        world = World(random.Random("training %s %d" % (half, n)))
        names = names_of(world.rng, "p%d" % n, TRAINING["agents"])
        for agent in make_agents(world, catalogue, names, (0, TRAINING["events"])):
            yield agent, agent.run(TRAINING["events"])


def test_fleet(catalogue, seed, clean, kinds):
    """[(truth, agent, events)] of a company some of whose agents are taken over."""
    world = World(random.Random("test %d" % seed))
    group = max(2, clean // CLEAN_PER_CELL)
    cells = [(kind, strength) for kind in kinds for strength in STRENGTHS]
    agents = make_agents(world, catalogue, names_of(world.rng, "s%d" % seed, clean + group * len(cells)), (WARM_UP, CLEAN_EVENTS))
    victims = agents[clean:]
    world.rng.shuffle(victims)
    made = [(None, 0, agent, agent.run(CLEAN_EVENTS)) for agent in agents[:clean]]
    for kind, strength in cells:
        chosen, victims = victims[:group], victims[group:]
        if kind == "coordination":
            streams = coordinate(chosen, strength, ONSETS[0])
        else:
            streams = [compromise(agent, kind, strength, world.rng.randrange(*ONSETS)) for agent in chosen]
        made += [(kind, strength, agent, events) for agent, events in zip(chosen, streams)]
    return [(truth_of(kind, strength, agent), agent, events) for kind, strength, agent, events in made]


def truth_of(kind, strength, agent):
    onset = agent.takeover.onset if kind else None
    return {"agent": agent.name, "role": agent.role, "kind": kind, "strength": strength, "onset": onset,
            "horizon": KINDS[kind][0] if kind else None, "changes": agent.change_at is not None}


class Writer:
    """Events as replay lines; what an act says of itself is written once."""

    def __init__(self, path):
        self.out, self.of_act = open(path, "w", encoding="utf-8"), {}

    def line(self, agent, event):
        act = event.act
        if act not in self.of_act:
            self.of_act[act] = '"tool":%s,"risk":"%s","capabilities":%s' % (json.dumps(act.tool), act.risk, json.dumps(act.capabilities))
        self.out.write('{"agent":"%s","role":"%s","session":"%s.%d",%s,"target":"%s","origin":"%s","time":%.3f}\n' % (
            agent.name, agent.role, agent.name, event.session, self.of_act[act], event.target, event.origin, event.time))

    def streams(self, streams):
        """Writes all in the order of time; returns the number of the stream of each line."""
        order = []
        for _, n, agent, event in in_time(streams):
            self.line(agent, event)
            order.append(n)
        return order

    def close(self):
        self.out.close()


def write_training(path, catalogue, half):
    writer = Writer(path)
    lines = len(writer.streams(list(training_fleets(catalogue, half))))
    writer.close()
    return lines


def run(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit("compromise: tcpctl %s fails: %s" % (arguments[0], (done.stderr or done.stdout).strip()))


def replay(tcpctl, path, model, order, watches):
    """Feeds every watch the levels of its agent; an answer a line, in order, or it is no detector."""
    with subprocess.Popen([tcpctl, "replay", "--batch", path, "--population", model], stdout=subprocess.PIPE, text=True) as child:
        answers = 0
        for n, line in zip(order, child.stdout):
            answer = json.loads(line)
            if answer.get("agent") != watches[n].truth["agent"] or "level" not in answer:
                child.kill()
                raise SystemExit("compromise: line %d: not an answer to an event of %s: %s" % (answers + 1, watches[n].truth["agent"], line.strip()))
            watches[n].feed(answer["level"])
            answers += 1
        answers += len(child.stdout.readlines())
    if child.returncode or answers != len(order):
        raise SystemExit("compromise: tcpctl replay answers %d of %d events and ends with %d" % (answers, len(order), child.returncode))


def judged(options, catalogue, kinds, times):
    """The watches of all fleets, after the detector has seen them."""
    watches = []
    with tempfile.TemporaryDirectory(prefix="compromise.") as folder:
        events, training, model = (os.path.join(folder, name) for name in ("events", "training", "model"))
        begin = time.monotonic()
        write_training(training, catalogue, options.half)
        times["simulated"] += time.monotonic() - begin
        run(options.tcpctl, "population", "build", training, "--output", model)
        for seed in options.chosen:
            begin = time.monotonic()
            fleet = test_fleet(catalogue, seed, options.agents, kinds)
            writer = Writer(events)
            order = writer.streams([(agent, stream) for _, agent, stream in fleet])
            writer.close()
            made = time.monotonic()
            mine = [Watch(truth) for truth, _, _ in fleet]
            replay(options.tcpctl, events, model, order, mine)
            times["simulated"] += made - begin
            times["replayed"] += time.monotonic() - made
            times["events"] += len(order)
            watches += mine
    return watches


def emit(options, catalogue, kinds):
    write_training(options.emit + ".training", catalogue, options.half)
    writer = Writer(options.emit)
    with open(options.emit + ".truth", "w", encoding="utf-8") as truths:
        for seed in options.chosen:
            fleet = test_fleet(catalogue, seed, options.agents, kinds)
            writer.streams([(agent, stream) for _, agent, stream in fleet])
            truths.writelines(json.dumps(truth) + "\n" for truth, _, _ in fleet)
    writer.close()


def mark(met):
    return "met" if met else "MISSED"


def show(result):
    print("%-18s %8s %12s %16s %12s %8s %8s" % ("kind", "strength", "alarm", "95 %", "suspicious", "delay", "within"))
    for row in result["recall"]:
        bar = ">= %g %% %s" % (100 * RECALL_BAR, mark(row["recall"] >= RECALL_BAR)) if row["strength"] == 2 else ""
        share = "%.1f %% of %d" % (100 * row["recall"], row["agents"])
        delay = "-" if row["delay"] is None else "%g" % row["delay"]
        print(("%-18s %8d %15s %7.1f..%5.1f %% %8.1f %% %8s %8d  %s" % (row["kind"], row["strength"], share, 100 * row["low"], 100 * row["high"],
              100 * row["suspected"], delay, row["horizon"], bar)).rstrip())
    print("\nfalse alarms per 10,000 honest events after the first %d of an agent" % WARM_UP)
    for row in result["false_alarms"]:
        bar = "<= %g %s" % (FALSE_ALARM_BAR, mark(row["per_10000"] <= FALSE_ALARM_BAR)) if row["of"] == "all" else ""
        print(("%-20s %7.2f  %6.2f..%6.2f  %5d in %8d  %s" % (row["of"], row["per_10000"], row["low"], row["high"], row["alarms"], row["events"], bar)).rstrip())
    times = result["times"]
    print("\n%s half, seeds %s: %d events, simulated in %.0f s, replayed and read in %.0f s" % (
        result["half"], " ".join(map(str, result["seeds"])), times["events"], times["simulated"], times["replayed"]))


def agent_row(watch):
    return {**watch.truth, "events": watch.seen, "alarms": watch.alarms, "suspicions": len(watch.suspicions)}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--half", choices=("tune", "test"), default="tune", help="even or odd seeds (default: tune)")
    parser.add_argument("--seeds", type=int, default=6, help="fleets of that half (default: 6)")
    parser.add_argument("--first-seed", type=int, default=0, help="seeds are from here on (default: 0)")
    parser.add_argument("--agents", type=int, default=40, help="clean agents of a fleet; a tenth of it for each kind and strength (default: 40)")
    parser.add_argument("--kind", choices=sorted(KINDS), help="only this kind of compromise")
    parser.add_argument("--json", action="store_true", help="for machines, with a row an agent")
    parser.add_argument("--emit", metavar="FILE", help="write the events and the truth; no detector runs")
    parser.add_argument("--tcpctl", default=TCPCTL, help="the program (default: $prefix/bin/tcpctl)")
    options = parser.parse_args()
    odd = options.half == "test"
    first = options.first_seed + (options.first_seed % 2 != odd)
    options.chosen = [first + 2 * n for n in range(options.seeds)]
    return options


def main():
    options = arguments()
    kinds = [options.kind] if options.kind else list(KINDS)
    catalogue = load(options.tcpctl, CASES)
    if options.emit:
        emit(options, catalogue, kinds)
        return
    times = {"simulated": 0.0, "replayed": 0.0, "events": 0}
    watches = judged(options, catalogue, kinds, times)
    result = {"half": options.half, "seeds": options.chosen, "times": times, **figures(watches)}
    if options.json:
        print(json.dumps({**result, "agents": [agent_row(watch) for watch in watches]}))
    else:
        show(result)


if __name__ == "__main__":
    main()
