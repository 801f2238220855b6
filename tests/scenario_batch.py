#!/usr/bin/env python3
"""tcpctl check --batch: whatever a line holds, it gets one answer, in its place. Set CORPORA to a folder that holds nl2bash.jsonl and
tldr.jsonl (lines with a "cmd") to run those through it, too."""

import base64
import json
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import PLACE, TABLE, TCPCTL, Daemon, expect  # noqa: E402

LINES = 4000
LONG = 1 << 20  # the longest command that is analysed
HANGS_S = 240
PLACED = ["--cwd", PLACE["cwd"], "--home", PLACE["home"], "--workspace", PLACE["workspace"]]

WORDS = ["git", "rm", "-rf", "./build", "/", "~", "|", "sh", "&&", ";", "echo", "hi", "$(", ")", "`", ">", "/etc/x", "<<EOF", "*", "cat", ".env", "&",
         "$x", "curl", "https://x.example", "{a,b}", "'q q'", '"$y"', "if", "then", "fi", "\n", "#", "(", "}", "[[", "]]", "\\", "ä€😀", "\x1b[2K"]


def call(n, command):
    return json.dumps({"id": n, "command": command}).encode()


def soup(n, dice):
    return call(n, " ".join(dice.choices(WORDS, k=dice.randrange(1, 30)))), "any"


def broken(n, dice):
    """Cut anywhere behind the id, which can still be read."""
    line = call(n, "rm -rf " + "x" * dice.randrange(40))
    return line[:dice.randrange(len(b'{"id": %d, ' % n), len(line))], "bad-json"


# What a line holds (n, dice -> bytes), and what comes of it: a verdict, an error's code, or any verdict at all.
KINDS = [
    (20, soup),
    (5, broken),
    (5, lambda n, dice: (call(n, "ls"), "allow")),
    (5, lambda n, dice: (call(n, "rm -rf /"), "deny")),
    (2, lambda n, dice: (call(n, "ls\0rm"), "bad-json")),
    (2, lambda n, dice: (call(n, "lsXrm").replace(b"X", b"\0"), "bad-json")),
    (2, lambda n, dice: (call(n, "lsX").replace(b"X", b"\xff\xfe"), "bad-json")),
    (2, lambda n, dice: (b'{"id":%d,"command_b64":"%s"}' % (n, base64.b64encode(b"rm -rf / \xff\xfe")), "deny")),
    (2, lambda n, dice: (b'{"id":%d,"command_b64":"%s"}' % (n, base64.b64encode(b"ls \0 x")), "bad-request")),
    (2, lambda n, dice: (b'{"id":%d,"command_b64":"*"}' % n, "bad-request")),
    (3, lambda n, dice: (call(n, "echo " + dice.choice(["'", '"', "$(", "`", "${", "$((", "<<X\na", "; { x", "; if x"])), "ask")),
    (2, lambda n, dice: (call(n, ""), "none")),
    (2, lambda n, dice: (call(n, " \t\n # " + "x" * dice.randrange(99)), "none")),
    (1, lambda n, dice: (b'{"id":%d}' % n, "bad-request")),
    (1, lambda n, dice: (b'{"id":%d,"command":["ls"]}' % n, "bad-request")),
    (1, lambda n, dice: (b'{"id":%d,"op":"status"}' % n, "bad-request")),
    (1, lambda n, dice: (b'{"id":%d,"command":"ls","command":"rm -rf /"}' % n, "bad-json")),
    (1, lambda n, dice: (b'{"id":%d,"command":"ls","cwd":"relative"}' % n, "bad-request")),
    (1, lambda n, dice: (b'{"id":%d,"command":%s' % (n, b"[" * 5000), "bad-json")),
]
# Few, because they are long: as long as possible, too long, and each byte written in six.
LONG_KINDS = [
    lambda n: (call(n, "echo " + "x" * (LONG - 5)), "allow"),
    lambda n: (call(n, "echo " + "x" * LONG), "ask"),
    lambda n: (call(n, "$(" * (LONG // 2)), "ask"),
    lambda n: (call(n, "rm -rf / " + "x " * (LONG // 2 - 5)), "deny"),
    lambda n: (b'{"id":%d,"command":"%s"}' % (n, b"\\u0027" * LONG), "any"),
    lambda n: (b'{"id":%d,"command":"%s"}' % (n, b"x" * (10 * LONG)), "too-large"),
    lambda n: (b'{"id":%d,"command":"%s' % (n, b"x" * LONG), "bad-json"),
    lambda n: (b'{"id":%d,"command":"x","junk":"%s"}' % (n, b"\xff" * LONG), "bad-json"),
]


def synthetic():
    """The same lines in every run."""
    dice = random.Random(2)
    lines = []
    for n in range(LINES):
        kind = dice.choices([kind for _, kind in KINDS], [weight for weight, _ in KINDS])[0]
        lines.append(kind(n, dice))
    for i, kind in enumerate(LONG_KINDS):
        at = (i + 1) * LINES // (len(LONG_KINDS) + 1)
        lines[at] = kind(at)
    return lines


def run(command, options, lines):
    done = subprocess.run([TCPCTL, command, *options, *PLACED, "--batch", "-"], input=b"".join(line + b"\n" for line in lines),
                          capture_output=True, timeout=HANGS_S)
    answers = [json.loads(answer) for answer in done.stdout.splitlines()]
    expect(len(answers) == len(lines), options, "lines", len(lines), "answers", len(answers), done.returncode, done.stderr[-500:])
    expect(not done.stderr, options, done.stderr[-500:])
    return done.returncode, answers


def outcome(answer):
    """A verdict or an error's code."""
    return answer["error"]["code"] if "error" in answer else answer["verdict"]


def is_as_expected(expected, answer):
    got = outcome(answer)
    return got == expected or (expected == "any" and got in ("allow", "ask", "deny", "none"))


def synthetic_batch(options, mode):
    lines = synthetic()
    code, answers = run("check", options, [line for line, _ in lines])
    expect(code == 65, "some were bad", code)
    for n, ((line, expected), answer) in enumerate(zip(lines, answers)):
        expect(answer["id"] == n and is_as_expected(expected, answer), mode, n, line[:200], "expected", expected, "got", answer)
        if "error" in answer:
            expect(answer["error"]["message"].startswith("line %d, " % (n + 1)), mode, n, answer)
        else:
            expect(answer["mode"] == mode, mode, n, answer)
    return answers


def good_batch(options):
    code, answers = run("check", options, [call(n, "git log -%d" % n) for n in range(LINES)])
    expect(code == 0 and [(answer["id"], answer["verdict"]) for answer in answers] == [(n, "allow") for n in range(LINES)], code)


def from_file(options, folder):
    """A file instead of standard input, without a newline at its end."""
    path = os.path.join(folder, "batch.jsonl")
    with open(path, "wb") as file:
        file.write(call(1, "ls") + b"\n" + call(2, "rm -rf /"))
    done = subprocess.run([TCPCTL, "check", *options, *PLACED, "--batch", path], capture_output=True, timeout=HANGS_S)
    expect(done.returncode == 0 and [outcome(json.loads(line)) for line in done.stdout.splitlines()] == ["allow", "deny"], done)


def analyzed(options):
    code, answers = run("analyze", options, [line for line, _ in synthetic()])
    expect(code == 65 and all("error" in answer or "verdict" not in answer for answer in answers), code)


def corpus(name, options, mode):
    with open(os.path.join(os.environ["CORPORA"], name)) as file:
        commands = [json.loads(line)["cmd"] for line in file]
    code, answers = run("check", options, [call(n, command) for n, command in enumerate(commands)])
    for n, answer in enumerate(answers):
        expect(answer["id"] == n and is_as_expected("any", answer) and answer["mode"] == mode, name, n, commands[n], answer)
    verdicts = {verdict: sum(answer["verdict"] == verdict for answer in answers) for verdict in ("allow", "ask", "deny", "none")}
    print(name, mode, len(answers), verdicts)
    return list(map(outcome, answers)), code


def corpora(embedded, socket):
    for name in ("nl2bash.jsonl", "tldr.jsonl"):
        here, here_code = corpus(name, embedded, "embedded")
        there, there_code = corpus(name, socket, "socket")
        expect(here == there and here_code == there_code == 0, name, "the daemon judges otherwise", here_code, there_code)


daemon = Daemon()
EMBEDDED, SOCKET = ["--table", TABLE], ["--socket", daemon.socket, "--timeout", "60000"]  # a busy machine is no hang
here, there = synthetic_batch(EMBEDDED, "embedded"), synthetic_batch(SOCKET, "socket")
expect(list(map(outcome, here)) == list(map(outcome, there)), "the daemon judges otherwise")
analyzed(EMBEDDED)
good_batch(EMBEDDED)
good_batch(SOCKET)
from_file(EMBEDDED, daemon.folder)
if os.environ.get("CORPORA"):
    corpora(EMBEDDED, SOCKET)
expect(daemon.stop() == 0, daemon.log())
