#!/usr/bin/env python3
"""Holds the shell parser against two others: shfmt's syntax tree and `bash -n`.

    compare_shfmt.py DUMP LINES [CORPUS.jsonl ...]

DUMP is tests/shell_dump, LINES the examples (see there), each CORPUS has a command in the field "cmd" of each line.
With shfmt: all simple commands (also those in substitutions) as lists of the spans of their words and assignments, and all
redirections with operator, start and target. With bash: what `bash -n` accepts must not be called malformed or incomplete.
COMPARE_SAMPLE (default 400) bounds the lines taken from each corpus; 0 takes all. Exit 0: no difference, or only such as
KNOWN explains; 1: others; 77: shfmt is missing.
"""

import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys

# Kinds of differences that are right as they are: (name, why, does this line or its difference show it?).
KNOWN_SHFMT = []
KNOWN_BASH = []


def known(table, name, why):
    def add(function):
        table.append((name, why, function))
        return function

    return add


@known(KNOWN_SHFMT, "let", "shfmt reads the arguments of let as arithmetic, not as words")
def _(line, difference):
    return re.search(rb"(^|[\s;&|(])let\s", line)


@known(KNOWN_SHFMT, "lenient", "shfmt accepts an empty list and a function whose body is a simple command; bash does not")
def _(line, difference):
    return difference in ("a list of commands is empty", "a function's body is no compound command") and not run_bash(line)[0]


@known(KNOWN_SHFMT, "$[", "shfmt -ln posix takes $[ for text; a sh that is bash does not, and what is inside must be seen")
def _(line, difference):
    return b"$[" in line


INDEX = "a [ that begins no index"


@known(KNOWN_SHFMT, "word[", "shells read a [ without an index behind a name in different ways: ours asks")
def _(line, difference):
    return difference.startswith(INDEX)


@known(KNOWN_BASH, "word[", "shells read a [ without an index behind a name in different ways: ours asks")
def _(line, problem, stderr):
    return problem.startswith(INDEX)


@known(KNOWN_BASH, "$((", "bash -n only looks for the end of $((..)); that it is a faulty substitution shows when it runs")
def _(line, problem, stderr):
    return re.search(rb"\$\(\(\d\)\+\(", line)


@known(KNOWN_BASH, "here-document without end", "bash only warns and takes the rest; the text that is missing may still come")
def _(line, problem, stderr):
    return b"here-document" in stderr or "here-document" in problem


@known(KNOWN_BASH, "backticks", "bash -n does not read what is inside backticks")
def _(line, problem, stderr):
    return b"`" in line


def read_examples(path):
    """One command a line; what stands between two lines of %% is one script; # at the start of a line: a comment there."""
    examples, script = [], None
    with open(path, "rb") as file:
        for line in file.read().split(b"\n"):
            if line == b"%%":
                if script:
                    examples.append(b"\n".join(script))
                script = []
            elif script is not None:
                script.append(line)
            elif line and not line.startswith(b"#"):
                examples.append(line)
    return examples


def read_corpus(path):
    sample = int(os.environ.get("COMPARE_SAMPLE", "400"))
    with open(path, "rb") as file:
        lines = sorted({json.loads(line)["cmd"].encode("utf-8", "surrogatepass") for line in file})
    lines = [line for line in lines if b"\0" not in line]
    step = max(1, len(lines) // sample) if sample else 1
    return lines[::step]


def dump(program, dialect, lines):
    result = subprocess.run([program, dialect], input=b"".join(line + b"\0" for line in lines), capture_output=True, check=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


def span(node):
    return [node["Pos"]["Offset"], node["End"]["Offset"]]


class Tree:
    """What is compared of shfmt's tree."""

    def __init__(self, line, tree):
        self.line = line
        self.commands = []
        self.redirects = []
        self.copied = []  # backticks with escapes inside: there our spans are those of the whole
        self.walk(tree)

    def walk(self, node):
        if isinstance(node, list):
            for child in node:
                self.walk(child)
            return
        if not isinstance(node, dict):
            return
        kind = node.get("Type")
        if kind == "CallExpr":
            self.commands.append([span(part) for part in (node.get("Assigns") or []) + (node.get("Args") or [])])
        elif kind == "DeclClause":
            self.commands.append([span(node["Variant"])] + [span(part) for part in node.get("Args") or []])
        elif kind == "CmdSubst" and node.get("Backquotes"):
            start, end = span(node)
            if re.search(rb"\\[`$\\\"]", self.line[start:end]):
                self.copied.append((start, end))
        for redirect in node.get("Redirs") or []:
            self.add_redirect(redirect)
        for child in node.values():
            self.walk(child)

    def add_redirect(self, redirect):
        at = redirect["OpPos"]["Offset"]
        operator = re.match(rb"<<<|<<-|<<|<&|<>|<|&>>|&>|>>|>&|>\||>", self.line[at:])
        operator = operator.group().decode() if operator else "?"
        start = redirect["N"]["Pos"]["Offset"] if redirect.get("N") else at
        self.redirects.append([operator.replace("<<-", "<<"), start] + span(redirect["Word"]))


def run_shfmt(line, language):
    result = subprocess.run(["shfmt", "-tojson", "-ln", language], input=line, capture_output=True)
    if result.returncode != 0:
        return None, result.stderr.decode("latin-1").strip()
    return Tree(line, json.loads(result.stdout)), ""


def run_bash(line):
    result = subprocess.run(["bash", "-n"], input=line, capture_output=True)
    accepted = result.returncode == 0 and not re.search(rb"error|expected|unexpected", result.stderr)
    return accepted, result.stderr


def outside(copied, spans):
    return [item for item in spans if not any(start <= item[0][0] and item[-1][1] <= end for start, end in copied)]


def same_target(line, ours, theirs):
    """>& before a file name is &> for us."""
    return ours[1:] == theirs[1:] and (ours[0] == theirs[0] or (ours[0], theirs[0]) == ("&>", ">&"))


def differences(line, ours, tree):
    """What the two trees disagree about, as text; empty: nothing."""
    our_commands = outside(tree.copied, sorted(sorted(command) for command in ours["commands"]))
    their_commands = outside(tree.copied, sorted(sorted(command) for command in tree.commands if command))
    if our_commands != their_commands:
        return "commands %s and not %s" % (texts(line, our_commands, their_commands), texts(line, their_commands, our_commands))
    our_redirects = [[r[0]] + r[2:] for r in ours["redirects"]]
    ours_left = sorted(r for r in our_redirects if not within(tree.copied, r[1]))
    theirs_left = sorted(r for r in tree.redirects if not within(tree.copied, r[1]))
    ours_left.sort(key=lambda r: r[1:])
    theirs_left.sort(key=lambda r: r[1:])
    if len(ours_left) != len(theirs_left) or not all(same_target(line, a, b) for a, b in zip(ours_left, theirs_left)):
        return "redirections %s and not %s" % (ours_left, theirs_left)
    return ""


def within(copied, at):
    return any(start <= at < end for start, end in copied)


def texts(line, commands, others):
    return [[line[start:end].decode("latin-1") for start, end in command] for command in commands if command not in others]


class Report:
    def __init__(self):
        self.known = {}
        self.unknown = []

    def add(self, table, arguments, text):
        for name, _, function in table:
            if function(*arguments):
                self.known[name] = self.known.get(name, 0) + 1
                return
        self.unknown.append(text)


def compare(pool, program, dialect, lines, report):
    language = {"bash": "bash", "posix": "posix"}[dialect]
    ours = dump(program, dialect, lines)
    compared = refused = 0
    for line, mine, (tree, error) in zip(lines, ours, pool.map(lambda text: run_shfmt(text, language), lines)):
        if tree is None:
            refused += 1
        elif not mine["too_complex"]:
            compared += 1
            difference = differences(line, mine, tree)
            if difference:
                report.add(KNOWN_SHFMT, (line, difference), "shfmt: %r\n    %s" % (line, difference))
            elif mine["malformed"] or mine["incomplete"]:
                report.add(KNOWN_SHFMT, (line, mine["problem"]), "shfmt accepts: %r\n    ours: %s" % (line, mine["problem"]))
    print("%s: %d lines, %d compared with shfmt, %d refused by it" % (dialect, len(lines), compared, refused))
    return ours


def compare_with_bash(pool, lines, ours, report):
    ours_only = both = theirs_only = 0
    for line, mine, (accepted, stderr) in zip(lines, ours, pool.map(run_bash, lines)):
        complains = mine["malformed"] or mine["incomplete"] or mine["too_complex"]
        both += complains and not accepted
        theirs_only += not complains and not accepted
        if not complains and not accepted and os.environ.get("COMPARE_VERBOSE"):
            print("only bash complains: %r: %s" % (line, stderr.decode("latin-1").strip()))
        if complains and accepted:
            ours_only += 1
            report.add(KNOWN_BASH, (line, mine["problem"], stderr), "bash -n accepts: %r\n    ours: %s" % (line, mine["problem"]))
    print("bash -n: both complain about %d, only bash about %d, only ours about %d" % (both, theirs_only, ours_only))


def main(program, examples, *corpora):
    if not shutil.which("shfmt") or not shutil.which("bash"):
        print("shfmt or bash is missing: skipped")
        return 77
    lines = read_examples(examples)
    for corpus in corpora:
        lines += read_corpus(corpus)
    report = Report()
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        ours = compare(pool, program, "bash", lines, report)
        compare_with_bash(pool, lines, ours, report)
        plain = [line for line in read_examples(examples) if not re.search(rb"\(\(|\[\[|\$'|coproc|select|function|time|[<>]\(|&>", line)]
        compare(pool, program, "posix", plain, report)
    for name, why, _ in KNOWN_SHFMT + KNOWN_BASH:
        if name in report.known:
            print("%4d known: %s (%s)" % (report.known[name], name, why))
    for text in report.unknown:
        print(text)
    print("%d differences without a reason" % len(report.unknown))
    return 1 if report.unknown else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
