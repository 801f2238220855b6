#!/usr/bin/env python3
"""The same command lines through other guards: what each stops, what it stops for nothing, and how long a line takes.

usage: compare_guards.py [--corpora DIR] [--peers DIR] [--lines N] [--only SET] [--list DIR]     (./bootstrap make compare-guards CORPORA=DIR)

Sets: the data mentions of tests/cases, the known-bad commands plain and in one and two disguises (tests/disguise); from DIR the rows of
peers.jsonl, tier A, that peers agree on, and calls of coding sessions of agent.jsonl: nearly all harmless, so what is flagged there is
called a false alarm. At most N lines of a set, the same ones each time, since a process of the others takes 50 to 200 ms.

A guard that starts for each line is timed from its start to its end, one at a time, and the median printed; `check --batch` is one process
for all lines, its time divided by them. Flagged is what it would ask about or deny. The packages are installed from npm into --peers; a guard
that cannot run here says why. Hooks run in a real folder in place of /home/dev (cc-safety-net denies every call from a folder that is not
there), so do not keep the clone below /tmp, where guards let nearly all be deleted.

codex execpolicy judges one argv by the rules of a file; the package brings none, and it splits no shell. So it gets the rules below, what Codex
distrusts by itself and the examples of its documentation, and lines are split as Codex does: plain words joined by && || ; |, else the whole is
one call of bash. What Codex asks a person about because no rule knows it, its sandbox and its reviewer are not measured by this.
"""

import argparse
import glob
import json
import os
import random
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import time

import accuracy

PACKAGES = {"cc-safety-net": "2.4.5", "@openai/codex": "0.169.0"}
LIMIT_S = 20  # a guard that takes longer has not answered
CODEX_RULES = """
prefix_rule(pattern=["rm", ["-f", "-rf"]], decision="prompt")
prefix_rule(pattern=["sudo", "rm", ["-f", "-rf"]], decision="prompt")
prefix_rule(pattern=["git", "reset", "--hard"], decision="forbidden")
prefix_rule(pattern=["git", "push"], decision="prompt")
"""


class Missing(Exception):
    """A guard cannot run here, and why."""


class Place:
    """A folder that stands for /home/dev, because a hook looks at the folder it is called from."""

    def __init__(self, folder):
        self.home = os.path.join(folder, "home/dev")
        self.environment = {"HOME": self.home, "PATH": os.environ["PATH"], "TCPBEHAVD_SOCKET": "/nonexistent"}

    def moved(self, text):
        return re.sub(r"/home/dev(?![\w.-])", lambda _: self.home, text)

    def repository(self, cwd):
        """The folder that stands for cwd, with as much of .git as makes it a repository."""
        folder = self.moved(cwd)
        for part in ("objects", "refs"):
            os.makedirs(os.path.join(folder, ".git", part), exist_ok=True)
        with open(os.path.join(folder, ".git/HEAD"), "w", encoding="utf-8") as head:
            head.write("ref: refs/heads/main\n")
        return folder


def timed(argv, place, text=""):
    start = time.monotonic()
    try:
        done = subprocess.run(argv, input=text, capture_output=True, text=True, env=place.environment, cwd=place.home, timeout=LIMIT_S, check=False)
    except (subprocess.TimeoutExpired, OSError, ValueError) as problem:  # ValueError: a NUL cannot be in an argument
        return None, str(problem), 0.0
    return done, done.stdout.strip(), 1000 * (time.monotonic() - start)


def answer_of(word, reason=""):
    return {"verdict": word, "findings": [{"rule": reason}] if reason else []}


class PerLine:
    """A guard that is started for each line."""

    def __init__(self, argv, place):
        self.argv, self.place = argv, place

    def answers(self, rows):
        pairs = [self.one(row) for row in rows]
        return [answer for answer, _ in pairs], statistics.median(ms for _, ms in pairs)


class Hook(PerLine):
    """A PreToolUse hook: the call on standard input, its word on standard output or as exit code 2."""

    def one(self, row):
        payload = {"session_id": "compare", "transcript_path": "/dev/null", "cwd": self.place.repository(row["cwd"]), "permission_mode": "default",
                   "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": self.place.moved(row["command"])},
                   "tool_use_id": "t"}
        done, output, ms = timed(self.argv, self.place, json.dumps(payload))
        if done is None or done.returncode not in (0, 2):
            return answer_of("error", output or done.stderr), ms
        if done.returncode == 2:
            return answer_of("deny", done.stderr), ms
        word = json.loads(output)["hookSpecificOutput"] if output else {"permissionDecision": "allow"}
        reason = re.sub(r".*?Reason: |\n.*", "", word.get("permissionDecisionReason", ""), count=2, flags=re.S)
        return answer_of(word["permissionDecision"], reason), ms


class Execpolicy(PerLine):
    """codex execpolicy check: a process for each simple command of a line, the strictest word counts."""

    words = {None: "allow", "allow": "allow", "prompt": "ask", "forbidden": "deny"}

    @staticmethod
    def split(line):
        """The simple commands of a line of plain words and operators; else the line as one call of bash."""
        whole, calls = [["bash", "-lc", line]], [[]]
        if re.search(r"[$`\\\n#]", re.sub(r"'[^']*'", "", line)):
            return whole
        try:
            tokens = list(shlex.shlex(line, posix=True, punctuation_chars=True))
        except ValueError:  # a quote without end
            return whole
        for token in tokens:
            if token in ("&&", "||", ";", "|"):
                calls.append([])
            elif token.strip("();<>|&"):
                calls[-1].append(token)
            else:
                return whole
        return whole if any(not call or re.match(r"\w+=", call[0]) for call in calls) else calls

    def one(self, row):
        words, total = ["allow"], 0.0
        for call in self.split(row["command"]):
            done, output, ms = timed([*self.argv, "--", *call], self.place)
            total += ms
            if done is None or done.returncode:
                return answer_of("error", output or done.stderr), total
            words.append(self.words[json.loads(output).get("decision")])
        return answer_of(max(words, key=("allow", "ask", "deny").index)), total


class Batch:
    """tcpctl check --batch: one process for all lines."""

    def answers(self, rows):
        answers = accuracy.judge(rows)
        lines = accuracy.batch_lines(rows)
        start = time.monotonic()
        accuracy.run_batch(lines)
        return answers, 1000 * (time.monotonic() - start) / len(rows)


def install(folder, name):
    """The package's folder, of exactly our version."""
    package = os.path.join(folder, "node_modules", name)
    try:
        with open(os.path.join(package, "package.json"), encoding="utf-8") as about:
            if json.load(about)["version"] == PACKAGES[name]:
                return package
    except FileNotFoundError:
        pass
    if not shutil.which("npm"):
        raise Missing("npm is not installed")
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run(["npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--silent",
                           f"{name}@{PACKAGES[name]}"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"npm could not install it: {(done.stderr or done.stdout).strip()[-200:]}")
    return package


def safety_net(folder, place):
    package = install(folder, "cc-safety-net")
    return Hook(["node", os.path.join(package, "dist/bin/cc-safety-net.js"), "hook", "--coding-cli"], place)


def execpolicy(folder, place):
    programs = glob.glob(install(folder, "@openai/codex") + "-*/vendor/*/bin/codex")
    if not programs:
        raise Missing("its package has no program for this system")
    rules = os.path.join(folder, "codex.rules")
    with open(rules, "w", encoding="utf-8") as out:
        out.write(CODEX_RULES)
    return Execpolicy([programs[0], "execpolicy", "check", "--rules", rules], place)


def guards(folder):
    """name and what answers, or a Missing that says why nothing does."""
    place = Place(os.path.join(folder, "place"))
    place.repository(accuracy.PLACE["cwd"])
    found = [("tcpctl check --batch", Batch()), ("tcpctl hook claude", Hook([accuracy.TCPCTL, "hook", "claude"], place))]
    for package, name, make in (("cc-safety-net", "cc-safety-net", safety_net), ("@openai/codex", "codex execpolicy", execpolicy)):
        try:
            guard = make(folder, place)
            answer, _ = guard.one({"command": "ls", **accuracy.PLACE})
            if answer["verdict"] == "error":
                raise Missing("it does not run here: " + " ".join(answer["findings"][0]["rule"].split())[:200])
        except Missing as missing:
            guard = missing
        found.append((f"{name} {PACKAGES[package]}", guard))
    return found


def disguised(options, strength):
    made = subprocess.run([sys.executable, os.path.join(accuracy.HERE, "disguise"), "--strength", str(strength), "--seed", str(options.seed),
                           "--per-command", "10" if strength else "1"], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in made.stdout.splitlines()]


def peers(options, expect):
    rows = accuracy.read(os.path.join(options.corpora, "peers.jsonl"))
    return [{"command": row["cmd"]} for row in rows if row["tier"] == "A" and not row["conflict"] and row["expect"] in expect]


def agent(options):
    rows = [row for row in accuracy.read(os.path.join(options.corpora, "agent.jsonl")) if row["kind"] == "agent"]
    places = accuracy.agent_places(rows)
    return [{"command": row["cmd"], "cwd": places[row["session"]], "workspace": places[row["session"]]} for row in rows]


def sets(options):
    """name, is it bad, what makes its rows"""
    yield "mentions", False, lambda: accuracy.read(os.path.join(accuracy.CASES, "mentions.jsonl"))
    for strength in range(3):
        yield f"disguised.{strength}", True, lambda strength=strength: disguised(options, strength)
    if options.corpora:
        yield "peers.A.block+ask", True, lambda: peers(options, ("block", "ask"))
        yield "peers.A.allow", False, lambda: peers(options, ("allow",))
        yield "agent", False, lambda: agent(options)


def sample(rows, options):
    """At most --lines rows, each a command and its place."""
    rows = random.Random(options.seed).sample(rows, min(options.lines, len(rows)))
    return [{**accuracy.PLACE, **{key: row[key] for key in ("command", "cwd", "workspace") if key in row}} for row in rows]


def compare(report, name, bad, rows, guard, guard_name):
    if isinstance(guard, Missing):
        print(f"{name:18} {guard_name:24} not measured: {guard}", flush=True)
        return
    answers, ms = guard.answers(rows)
    wrong = sum(accuracy.verdict(answer) == "error" for answer in answers)
    report.figure(f"{name} {guard_name}", accuracy.caught(answers), len(rows))
    figure = report.figures[-1]
    print(f"{name:18} {guard_name:24} {'caught' if bad else 'false alarms':12} {figure['share']:6.2f} % {figure['count']:4} of {figure['rows']:4} "
          f"{ms:9.3f} ms a line{f', {wrong} without an answer' if wrong else ''}", flush=True)
    report.listing(f"{name}.{guard_name.replace(' ', '-')}", [(guard_name, row["command"], answer) for row, answer in zip(rows, answers)
                                                       if (accuracy.verdict(answer) in ("ask", "deny")) != bad])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", default=os.environ.get("CORPORA"), help="folder with peers.jsonl and agent.jsonl")
    parser.add_argument("--peers", default="build/peers", help="folder that the packages of the other guards are installed into")
    parser.add_argument("--lines", type=int, default=300, help="most lines of a set")
    parser.add_argument("--only", metavar="SET", help="what a set's name starts with")
    parser.add_argument("--list", metavar="DIR", help="write the rows that each guard got wrong there")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    report = accuracy.Report(options.list)
    known = guards(os.path.abspath(options.peers))
    for name, bad, make in sets(options):
        if not name.startswith(options.only or ""):
            continue
        rows = sample(make(), options)
        if not rows:
            print(f"{name:18} no lines yet", flush=True)
        for guard_name, guard in known if rows else []:
            compare(report, name, bad, rows, guard, guard_name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
