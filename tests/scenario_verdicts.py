#!/usr/bin/env python3
"""The same verdict on every way to ask. The cases of tests/cases go one by one through the socket and through tcpctl with its exit codes;
those beside the knowledge, too, but as batches. check_cases judges the same files without any daemon or program."""

import glob
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import DEADLINE_S, NOBODY, PLACE, TABLE, TCPCTL, Client, Daemon, expect  # noqa: E402

SOURCE = os.environ.get("top_srcdir", ".")
EXIT = {"allow": 0, "ask": 1, "deny": 2, "none": 3}


def cases(pattern):
    """The lines of all files that match, each with its place as in check_cases."""
    found = []
    for path in sorted(glob.glob(os.path.join(SOURCE, pattern))):
        with open(path) as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    found.append({**PLACE, **json.loads(line), "at": "%s:%d" % (os.path.basename(path), number)})
    return found


def request(case, number):
    return {"id": number, **{key: case[key] for key in ("command", "cwd", "home", "workspace")}}


def compare(case, answer, mode):
    expect(answer and answer.get("verdict") == case["verdict"] and answer["mode"] == mode, case, mode, answer)
    expect("rule" not in case or case["rule"] in [finding["rule"] for finding in answer["findings"]], case, mode, answer)
    expect("risk" not in case or case["risk"] == answer["risk"], case, mode, answer)


def over_socket(path, table):
    client = Client(path)
    client.send(*({"op": "check", **request(case, i)} for i, case in enumerate(table)))
    for i, case in enumerate(table):
        answer = client.read()
        expect(answer["id"] == i, case, answer)
        compare(case, answer, "socket")
    client.close()


def tcpctl(options, more, user, **run):
    """user: run as this one, who trusts the daemon that runs as itself; None: as whoever runs the tests."""
    who = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    return subprocess.run([TCPCTL, "check", *options, *more], capture_output=True, text=True, timeout=DEADLINE_S, **who, **run)


def one_by_one(options, table, mode, user=None):
    for case in table:
        done = tcpctl([*options, "--json", "--cwd", case["cwd"], "--home", case["home"], "--workspace", case["workspace"]],
                      ["--", case["command"]], user)
        expect(done.returncode == EXIT[case["verdict"]] and not done.stderr, case, mode, done)
        compare(case, json.loads(done.stdout), mode)


def for_people(options, table, mode, user=None):
    """Without --json the exit code is the same, and the verdict is the first word."""
    for case in table[::7]:
        done = tcpctl([*options, "--cwd", case["cwd"], "--home", case["home"], "--workspace", case["workspace"]], ["--", case["command"]], user)
        expect(done.returncode == EXIT[case["verdict"]] and done.stdout.startswith(case["verdict"] + ":"), case, mode, done)


def batch(options, table, mode, user=None):
    lines = "".join(json.dumps(request(case, i)) + "\n" for i, case in enumerate(table))
    done = tcpctl(options, ["--batch", "-"], user, input=lines)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    expect(done.returncode == 0 and [answer["id"] for answer in answers] == list(range(len(table))), mode, done.returncode, done.stderr)
    for case, answer in zip(table, answers):
        compare(case, answer, mode)


def every_way(options, mode, user=None):
    one_by_one(options, design, mode, user)
    for_people(options, design, mode, user)
    batch(options, design + knowledge, mode, user)


def with_daemon(mode, user=None):
    daemon = Daemon(settings={"mode": mode}, start=False)
    daemon.start(uid=user)
    expect(daemon.status()["mode"] == mode, daemon.status())
    over_socket(daemon.socket, design + knowledge)
    every_way(["--socket", daemon.socket, "--timeout", "20000"], "socket", user)
    expect(daemon.stop() == 0, daemon.log())


design = cases("tests/cases/*.cases.jsonl")
knowledge = cases("etc/tools.d/*.cases.jsonl")
columns = {verdict: sum(case["verdict"] == verdict for case in design) for verdict in EXIT}
expect(columns["allow"] >= 11 and columns["ask"] >= 12 and columns["deny"] >= 9, columns)
expect(len(knowledge) > 500, len(knowledge))
every_way(["--table", TABLE], "embedded")
with_daemon("guarding")
with_daemon("advisory", NOBODY if os.geteuid() == 0 else None)
