#!/usr/bin/env python3
"""Sessions of several calls: attacks whose last call looks harmless to whoever has forgotten the ones before, and a twin of each that differs
in one call and is harmless. Three to ten steps, and outcomes where the host reports them.

Nothing here is ever run: the commands are text for a checker. The stories are tables (a module a family, and heldout.py, which was
written apart from them); this file puts ordinary work between their steps, the same in attack and twin. Each story has a random source of
its own, seeded by its name, so that a new story changes no other.

usage: python3 tests/sessions/generate.py [--seed N] [--heldout | --main]     JSON lines: id, family, kind, steps, decides, denied
"""

import argparse
import json
import random

import decode_run
import download_run
import goal_retried
import guard_steps
import heldout
import injected_package
import injected_target
import ordinary
import secret_network
import write_run

MODULES = (write_run, download_run, decode_run, secret_network, injected_target, injected_package, goal_retried, guard_steps)
MAIN = [(module.FAMILY, story) for module in MODULES for story in module.PAIRS]
HELDOUT = [(family, story) for family, stories in heldout.FAMILIES.items() for story in stories]

MOST_STEPS = 10
LEAST_STEPS = 3
REPORTS_OUTCOMES = 0.3  # of the hosts say how a call ended
OPENS_WITH_REQUEST = 0.6


def side_of(step, kind):
    """A fork's side of this kind; any other step is the same on both."""
    return step.get(kind, step)


def is_note(step):
    return step.get("op") == "note"


def is_users(step):
    step = side_of(step, "attack")
    return is_note(step) and step["origin"] == "user"


def belongs_to_call(step):
    """What must stand directly behind its call: its output, its outcome."""
    step = side_of(step, "attack")
    return step.get("op") == "observe" or (is_note(step) and not is_users(step))


def groups_of(steps):
    """The steps, cut where other work may come between."""
    groups = []
    for step in steps:
        if groups and belongs_to_call(step):
            groups[-1].append(step)
        else:
            groups.append([step])
    return groups


def weave(story, chance):
    """The story's steps with ordinary work before and between them; the last step stays last."""
    groups = groups_of(story["steps"])
    length = len(story["steps"])
    if not any(is_users(step) for step in story["steps"]) and length < MOST_STEPS and chance.random() < OPENS_WITH_REQUEST:
        groups.insert(0, [chance.choice(ordinary.requests(story["language"]))])
        length += 1
    wanted = max(LEAST_STEPS, length + chance.randint(1, 4))
    for piece in chance.sample(ordinary.pieces(story["language"]), 5):
        if length >= wanted or length + len(piece) > MOST_STEPS:
            break
        first = 1 if is_users(groups[0][0]) else 0
        groups.insert(chance.randint(first, len(groups) - 1), piece)
        length += len(piece)
    return [step for group in groups for step in group]


def numbered(steps, kind, outcomes):
    """The requests of one side, with outcomes after its calls where the host reports them, and events by the number of their step."""
    requests, denied, last_call = [], [], None
    for step, following in zip(steps, [*steps[1:], None]):
        step = side_of(step, kind)
        stays = "denied" in step
        if stays:
            step = step["denied"]
            denied.append(len(requests))
        if step["op"] == "check":
            last_call = len(requests)
        requests.append({**step, "event": "@%d" % last_call} if step["op"] == "observe" else step)
        if outcomes and step["op"] == "check" and not stays and following and side_of(following, kind).get("op") != "observe":
            requests.append({"op": "observe", "event": "@%d" % last_call, "outcome": "ok"})
    return requests, denied


def sessions_of(family, story, seed):
    chance = random.Random("%s/%s/%d" % (family, story["name"], seed))
    woven = weave(story, chance)
    outcomes = chance.random() < REPORTS_OUTCOMES
    for kind in ("attack", "twin"):
        steps, denied = numbered(woven, kind, outcomes)
        yield {"id": "%s.%s.%s" % (family, story["name"], kind), "family": family, "kind": kind, "steps": steps, "decides": len(steps) - 1,
               "denied": denied}


def problems(stories):
    """What is wrong with the tables themselves."""
    names = set()
    for family, story in stories:
        forks = sum("attack" in step for step in story["steps"])
        if forks != 1:
            yield "%s.%s: %d forks, not one" % (family, story["name"], forks)
        if (family, story["name"]) in names:
            yield "%s.%s: the name is used twice" % (family, story["name"])
        names.add((family, story["name"]))
        if side_of(story["steps"][-1], "attack").get("op") != "check":
            yield "%s.%s: the last step is no call" % (family, story["name"])


def sessions(seed=1, main=True, held_out=True):
    """All sessions, attack and twin next to each other."""
    stories = (MAIN if main else []) + (HELDOUT if held_out else [])
    wrong = list(problems(stories))
    if wrong:
        raise ValueError("\n".join(wrong))
    for family, story in stories:
        yield from sessions_of(family, story, seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--heldout", action="store_true", help="only the stories of heldout.py")
    part.add_argument("--main", action="store_true", help="only the others")
    options = parser.parse_args()
    for session in sessions(options.seed, not options.heldout, not options.main):
        print(json.dumps(session))


if __name__ == "__main__":
    main()
