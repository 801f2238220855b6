#!/usr/bin/env python3
"""Links of a real workspace: what text alone would allow is asked about when a link leads it away. tcpctl check, --batch and hook, each with a
daemon and without."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import BUILD, DEADLINE_S, TABLE, TCPCTL, Daemon, expect  # noqa: E402

HOOK_PROGRAM = os.path.join(BUILD, "tests", "hook_program")
EXITS = {0: "allow", 1: "ask", 2: "deny", 3: "none"}

# {command: verdict}; "lexical" is what it is without a look. All links are made by workspace().
AWAY = {
    "rm -rf out/": "ask",
    "rm -rf out/*": "ask",
    "rm -rf ./out/sub": "ask",
    "rm -rf out/../other": "ask",
    "cd out && rm -rf sub": "ask",
    "cd out && rm -rf ../other": "ask",
    "chmod -R 700 out": "ask",
    "chown -R dev out": "ask",
    "find out/ -delete": "ask",
    "mv README out/": "ask",
    "cp README out/note": "ask",
    "echo x > out/file": "ask",
    "echo x >> file.link": "ask",
    "echo x > dangling": "ask",
    "tee out/sub/a < README": "ask",
    "sed -i s/a/b/ out/file": "ask",
    "rm -rf chain/": "ask",
    "rm -rf deep/up/*": "ask",
    "rm -rf root/*": "deny",
    "chmod -R 700 root": "deny",
    "rm -rf home/*": "deny",
    "echo x >> hooks/pre-commit": "ask",
    "python3 -c \"import shutil; shutil.rmtree('out/sub')\"": "ask",
}
HERE = [
    "rm -rf out", "rm -f out chain root dangling loop", "mv out renamed", "rm -rf build/", "rm -rf build/*", "rm -rf in/",
    "rm -rf in/*", "rm -rf absolute/", "echo x > build/log", "chmod -R 700 build", "rm -rf loop/", "rm -rf nothing/here/*", "rm -rf build/../build/x",
    "mkdir -p build/a/b", "git add -A && git commit -m out/", "cat out/file", "ls -R root", "echo 'rm -rf out/'",
]


def workspace(folder):
    """A home with a project; the project is reached through a link, as many homes are."""
    home, project = os.path.join(folder, "home", "dev"), os.path.join(folder, "home", "dev", "p")
    os.makedirs(os.path.join(folder, "disk", "dev", "p"))
    os.makedirs(os.path.join(folder, "home"))
    os.symlink(os.path.join(folder, "disk", "dev"), home)
    for name in ("docs/sub", "docs/up", "other", "p/build/x", "p/deep", "p/.git/hooks"):
        os.makedirs(os.path.join(home, name))
    for name in ("docs/file", "p/README", "p/build/log"):
        open(os.path.join(home, name), "w").close()
    links = {"out": "../docs", "file.link": home + "/docs/file", "dangling": "../docs/new", "chain": "chain2", "chain2": "out", "in": "build",
             "absolute": project + "/build", "loop": "loop2", "loop2": "loop", "root": "/", "home": "..", "hooks": ".git/hooks",
             "deep/up": "../out/up"}
    for name, target in links.items():
        os.symlink(target, os.path.join(project, name))
    return home, project


def environment(home, socket):
    return {"HOME": home, "PATH": os.environ["PATH"], "TCPBEHAVD_SOCKET": socket, "CLAUDE_PROJECT_DIR": os.path.join(home, "p")}


class Asker:
    """The ways to ask, of a daemon (socket) or in this process. Each call is a session of its own: what follows a deny is judged by it."""

    sessions = itertools.count()

    def __init__(self, home, project, socket):
        self.home, self.project = home, project
        self.socket = socket
        self.here = [] if socket else ["--table", TABLE]

    def run(self, argv, text=None):
        return subprocess.run(argv, input=text, capture_output=True, text=True, timeout=DEADLINE_S, cwd=self.project,
                              env=environment(self.home, self.socket or "/nonexistent"))

    def session(self):
        return "s%d" % next(self.sessions)

    def check(self, command, *options):
        return EXITS.get(self.run([TCPCTL, "check", *self.here, "--session", self.session(), *options, command]).returncode)

    def batch(self, commands, **fields):
        place = {"cwd": self.project, "workspace": self.project, **fields}
        lines = "".join(json.dumps({"command": c, "session": self.session(), **place}) + "\n" for c in commands)
        done = self.run([TCPCTL, "check", *self.here, "--batch", "-"], lines)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def hook(self, command):
        payload = json.dumps({"hook_event_name": "PreToolUse", "session_id": self.session(), "cwd": self.project, "tool_name": "Bash",
                              "permission_mode": "default", "tool_input": {"command": command}})
        program = [HOOK_PROGRAM, "hook", "claude"] if self.socket else [TCPCTL, "hook", "claude", "--table", TABLE]
        done = self.run(program, payload)
        return json.loads(done.stdout)["hookSpecificOutput"]


def all_ways(asker):
    for command, verdict in AWAY.items():
        expect(asker.check(command) == verdict, "check", command, asker.check(command), "wanted", verdict)
        expect(asker.check(command, "--no-observe") == "allow", "--no-observe", command, asker.check(command, "--no-observe"))
        said = asker.hook(command)
        expect(said["permissionDecision"] == verdict, "hook", command, said)
        expect(" is a link to " in said["permissionDecisionReason"], "hook", command, said)
    for answer, (command, verdict) in zip(asker.batch(AWAY), AWAY.items(), strict=True):
        expect(answer["verdict"] == verdict and "look" not in answer, "batch", command, answer)
    for answer, command in zip(asker.batch(HERE), HERE, strict=True):
        expect(answer["verdict"] == "allow", "batch", command, answer)
        expect(asker.check(command) == "allow" and asker.hook(command)["permissionDecision"] == "allow", command)


def reason(asker):
    why = asker.batch(["rm -rf out/*"])[0]["findings"][0]["why"]
    expect(why.endswith("; %s/out is a link to %s/docs" % (asker.project, asker.home)), why)
    shown = asker.run([TCPCTL, "explain", *asker.here, "rm -rf out/*"]) if not asker.socket else None
    expect(not shown or " is a link to " in shown.stdout, shown)


def elsewhere(asker):
    """Rows about a workspace of another machine."""
    elsewhere_row = {"workspace": "/nonexistent/p"}
    rows = asker.batch(["rm -rf /nonexistent/p/out/*"], **elsewhere_row)
    expect(rows[0]["verdict"] == "allow", rows)


def git_link(asker):
    """.git that is a link out of the workspace."""
    git = os.path.join(asker.project, ".git")
    os.rename(git, git + ".kept")
    os.makedirs(os.path.join(asker.home, "other", ".git"), exist_ok=True)
    os.symlink(os.path.join(asker.home, "other", ".git"), git)
    said = asker.batch(["git commit -m x", "git status"])
    expect([row["verdict"] for row in said] == ["ask", "allow"], said)
    os.unlink(git)
    os.rename(git + ".kept", git)


def recorded(daemon, asker):
    """Both questions are in the log; the approval of the second is for this link only."""
    asker.check("rm -rf out/*")
    newest = daemon.ask("log", limit=2)["requests"]
    expect([row["verdict"] for row in newest] == ["ask", "allow"], newest)


def malformed(daemon):
    for observed in ({}, [1], [{}], [{"path": "/a"}], [{"path": "a", "real": "/b"}], [{"path": "/a", "real": "b"}], "x",
                     [{"path": "/a", "real": "/b"}] * 17):
        answer = daemon.ask("check", command="ls", observed=observed)
        expect(answer["error"]["code"] == "bad-request" and "observed" in answer["error"]["message"], observed, answer)
    expect(daemon.ask("check", command="ls", observed=[{"path": "/a", "real": "/b"}] * 16)["verdict"] == "allow", "16 are taken")


folder = tempfile.mkdtemp(prefix="tcpbehav-links-", dir=os.environ.get("TMPDIR"))
try:
    home, project = workspace(folder)
    daemon = Daemon()
    for asker in (Asker(home, project, daemon.socket), Asker(home, project, None)):
        all_ways(asker)
        reason(asker)
        elsewhere(asker)
        git_link(asker)
    recorded(daemon, Asker(home, project, daemon.socket))
    malformed(daemon)
    expect(daemon.stop() == 0, daemon.log())
finally:
    shutil.rmtree(folder)
