#!/usr/bin/env python3
"""A command that is known to be bad stays so in disguise; a disguise does what it hides; text that is only data is let through."""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "support"))
from daemon import PLACE, TABLE, TCPCTL, expect  # noqa: E402

CAUGHT = {0: 100, 1: 100, 2: 99, 3: 98}  # per cent that must not be allowed, by strength
PER_COMMAND = 8


def lines_of(*options):
    made = subprocess.run([sys.executable, os.path.join(HERE, "disguise"), *options], capture_output=True, text=True, check=False)
    expect(made.returncode == 0, "disguise", *options, made.stdout, made.stderr)
    return made.stdout.splitlines()


def verdicts(commands):
    text = "".join(json.dumps({"id": n, **PLACE, "command": command}) + "\n" for n, command in enumerate(commands))
    done = subprocess.run([TCPCTL, "check", "--batch", "-", "--table", TABLE], input=text, capture_output=True, text=True, check=False,
                          env={**os.environ, "TCPBEHAVD_SOCKET": "/nonexistent"})
    answers = [json.loads(line)["verdict"] for line in done.stdout.splitlines()]
    expect(len(answers) == len(commands), "an answer a line", done.stderr)
    return answers


def main():
    print(lines_of("--self-check", "--seed", "7")[-1])
    for strength, least in CAUGHT.items():
        rows = [json.loads(line) for line in lines_of("--strength", str(strength), "--per-command", str(PER_COMMAND), "--seed", "3")]
        allowed = [row for row, verdict in zip(rows, verdicts([row["command"] for row in rows])) if verdict == "allow"]
        for row in allowed:
            print("allowed:", row["forms"], repr(row["command"]))
        expect(len(rows) >= 40 and 100 * (len(rows) - len(allowed)) >= least * len(rows), "strength", strength, len(allowed), "of", len(rows))
    with open(os.path.join(HERE, "cases", "mentions.jsonl"), encoding="utf-8") as file:
        mentions = [json.loads(line)["command"] for line in file]
    flagged = [command for command, verdict in zip(mentions, verdicts(mentions)) if verdict not in ("allow", "none")]
    expect(len(mentions) >= 100 and not flagged, "data taken for commands:", *flagged)


if __name__ == "__main__":
    main()
