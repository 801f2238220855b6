#!/usr/bin/env python3
"""Scripts of a real workspace: what is run is judged by its text. tcpctl check, --batch, explain and hook, each with a daemon and without."""

import itertools
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import BUILD, DEADLINE_S, TABLE, TCPCTL, Daemon, expect  # noqa: E402

HOOK_PROGRAM = os.path.join(BUILD, "tests", "hook_program")
EXITS = {0: "allow", 1: "ask", 2: "deny", 3: "none"}
HARMFUL = "#!/bin/sh\nset -e\nrm -rf ~/docs\n"
FILES = {
    "bad.sh": HARMFUL, "good.sh": "#!/bin/sh\nset -e\nrm -rf build\nfrobnicate \"$1\"\n", "worst.sh": "rm -rf /\n",
    "outer.sh": "bash tools/inner.sh\n", "tools/inner.sh": "./tools/last.sh\n", "tools/last.sh": HARMFUL,
    "Makefile": "all: test\ntest:\n\tcc x.c\nwipe: test\n\t-rm -rf ~/docs\n",
    "package.json": '{"scripts": {"test": "jest", "wipe": "rm -rf ~/docs"}}', "bad.py": "import shutil\nshutil.rmtree('/etc/ssl')\n", "latin.sh": b"# \xe9t\xe9\nrm -rf ~/docs\n",
    "long.sh": "# filler\n" * 100 + "rm -rf ~/docs\n" + "# filler\n" * 100000, "binary.sh": "\0" + HARMFUL, "empty.sh": "",
}
VERDICTS = {
    "./good.sh": "allow", "bash good.sh build": "allow", "./bad.sh": "ask", "sh -x bad.sh a": "ask", "cd tools && . ../bad.sh": "ask", "sh < bad.sh": "ask",
    "make": "allow", "make test": "allow", "make -j2 wipe": "ask", "npm test": "allow", "npm run wipe": "ask", "make -f good.sh": "allow",
    "python3 bad.py": "ask", "bash worst.sh": "deny", "./outer.sh": "ask", "bash latin.sh": "ask", "bash long.sh": "ask", "cat bad.sh": "allow",
    "bash binary.sh": "allow", "bash empty.sh": "allow", "bash none.sh": "allow", "bash fifo.sh": "allow", "bash folder.sh": "allow",
    "bash link.sh": "allow", "bash away/bad.sh": "allow", "bash tools/../bad.sh": "ask", "bash ../outside.sh": "ask",
}


def workspace(folder):
    home, project = os.path.join(folder, "home"), os.path.join(folder, "home", "p")
    for name in ("docs", "p/tools", "p/folder.sh", "p/.git"):
        os.makedirs(os.path.join(home, name))
    for name, text in FILES.items():
        with open(os.path.join(project, name), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
    for name in ("docs/bad.sh", "outside.sh"):
        with open(os.path.join(home, name), "w") as file:
            file.write(HARMFUL)
    os.symlink(os.path.join(home, "docs", "bad.sh"), os.path.join(project, "link.sh"))
    os.symlink(os.path.join(home, "docs"), os.path.join(project, "away"))
    os.mkfifo(os.path.join(project, "fifo.sh"))
    return home, project


class Asker:
    """The ways to ask, of a daemon (socket) or in this process. Each call is a session of its own."""

    sessions = itertools.count()

    def __init__(self, home, project, socket):
        self.home, self.project, self.socket = home, project, socket
        self.here = [] if socket else ["--table", TABLE]

    def run(self, argv, text=None):
        env = {"HOME": self.home, "PATH": os.environ["PATH"], "TCPBEHAVD_SOCKET": self.socket or "/nonexistent",
               "CLAUDE_PROJECT_DIR": self.project}
        return subprocess.run(argv, input=text, capture_output=True, text=True, timeout=DEADLINE_S, cwd=self.project, env=env)

    def check(self, command, *options):
        session = "s%d" % next(self.sessions)
        return EXITS.get(self.run([TCPCTL, "check", *self.here, "--session", session, *options, command]).returncode)

    def batch(self, commands):
        lines = "".join(json.dumps({"command": c, "session": "s%d" % next(self.sessions), "cwd": self.project, "workspace": self.project}) + "\n"
                        for c in commands)
        return [json.loads(line) for line in self.run([TCPCTL, "check", *self.here, "--batch", "-"], lines).stdout.splitlines()]

    def hook(self, command, session=None):
        payload = json.dumps({"hook_event_name": "PreToolUse", "session_id": session or "s%d" % next(self.sessions), "cwd": self.project,
                              "tool_name": "Bash", "permission_mode": "default", "tool_input": {"command": command}})
        program = [HOOK_PROGRAM, "hook", "claude"] if self.socket else [TCPCTL, "hook", "claude", "--table", TABLE]
        return json.loads(self.run(program, payload).stdout)["hookSpecificOutput"]


def all_ways(asker):
    answers = asker.batch(VERDICTS)
    for (command, verdict), answer in zip(VERDICTS.items(), answers, strict=True):
        expect(answer["verdict"] == verdict, "batch", command, answer)
        expect(asker.check(command) == verdict, "check", command, asker.check(command), "wanted", verdict)
        expect(asker.hook(command)["permissionDecision"] == verdict, "hook", command, asker.hook(command))
    expect(asker.check("./bad.sh", "--no-observe") == "allow", "nothing is read")
    expect("in outer.sh, line 1: in tools/inner.sh, line 1: in tools/last.sh, line 3: delete " in asker.hook("./outer.sh")["permissionDecisionReason"],
           asker.hook("./outer.sh"))


def explained(asker):
    shown = asker.run([TCPCTL, "explain", "--table", TABLE, "./bad.sh"])
    expect("in bad.sh, line 3: " in shown.stdout, shown)


def remembered(daemon, asker):
    """What the session wrote itself is judged by what it wrote; what a person changed behind it is read again."""
    client = daemon.client()
    place = {"cwd": asker.project, "workspace": asker.project, "home": asker.home, "session": "mine"}
    expect("read" in client.ask("check", command="./good.sh", **place), "not known yet")
    expect(client.ask("check", command="echo make all > good.sh", **place)["verdict"] == "allow", "harmless")
    expect("read" not in client.ask("check", command="./good.sh", **place), "known")
    answer = client.ask("check", command="./bad.sh", scripts=[{"path": asker.project + "/bad.sh", "text": "rm -rf /\n"}], **place)
    expect(answer["verdict"] == "deny", answer)
    client.close()


def approved(daemon, asker):
    """A person approves the call with this very text."""
    expect(asker.hook("sh bad.sh", "a")["permissionDecision"] == "ask", "asks")
    number = daemon.ask("log", limit=1)["requests"][0]["request"]
    expect(daemon.ask("approve", request=number)["ok"], number)
    with open(os.path.join(asker.project, "bad.sh"), "a") as file:
        file.write("rm -rf ~/docs2\n")
    expect(asker.hook("sh bad.sh", "a")["permissionDecision"] == "ask", "another text")
    with open(os.path.join(asker.project, "bad.sh"), "w") as file:
        file.write(HARMFUL)
    expect(asker.hook("sh bad.sh", "a")["permissionDecision"] == "allow", "the approved text")


def malformed(daemon):
    good = {"path": "/a", "text": "ls"}
    for scripts in ({}, [1], [{}], [{"path": "/a"}], [{"path": "a", "text": ""}], [{"path": "/a", "text": 1}], "x", [good] * 5,
                    [{"path": "/a", "text_b64": "!"}], [{"path": "/a", "text": "x" * 65537}]):
        answer = daemon.ask("check", command="ls", scripts=scripts)
        expect(answer["error"]["code"] == "bad-request" and "scripts" in answer["error"]["message"], str(scripts)[:80], answer)
    expect(daemon.ask("check", command="ls", scripts=[good] * 4)["verdict"] == "allow", "4 are taken")


with tempfile.TemporaryDirectory() as folder:
    home, project = workspace(folder)
    daemon = Daemon()
    for asker in (Asker(home, project, daemon.socket), Asker(home, project, None)):
        all_ways(asker)
    explained(asker)
    remembered(daemon, Asker(home, project, daemon.socket))
    if os.geteuid() == 0:
        approved(daemon, Asker(home, project, daemon.socket))
    malformed(daemon)
    expect(daemon.stop() == 0, daemon.log())
