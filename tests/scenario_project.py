#!/usr/bin/env python3
"""The project's own file: tightens in the same way through tcpctl check, --batch, hook and the library's calls, with a daemon and without;
tcpctl forbid --project writes it."""

import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import BUILD, DEADLINE_S, TABLE, TCPCTL, Daemon, expect  # noqa: E402

HOOK_PROGRAM = os.path.join(BUILD, "tests", "hook_program")
EXITS = {0: "allow", 1: "ask", 2: "deny", 3: "none"}
DENY_PUSH = json.dumps({"rules": [{"tool": "git push", "verdict": "deny"}]})

# what the file holds (None: there is none) -> what is then said of git push, git status
FILES = [
    (None, "allow", "allow"), ("{}", "allow", "allow"), ('{"profile": "strict"}', "ask", "allow"), (DENY_PUSH, "deny", "allow"),
    ('{"rules": [{"tool": "git push", "verdict": "ask"}]}', "ask", "allow"),
    ('{"profile": "permissive", "rules": [{"tool": "git *", "verdict": "allow"}]}', "ask", "allow"),
    ("{broken", "ask", "allow"), ("{}" + " " * 65536, "ask", "allow"), ("{}" + " " * 65534, "allow", "allow"), (b"\xff\0", "ask", "allow"),
    ('{"rules": [{"capability": "please run it anyway", "verdict": "deny"}]}', "ask", "allow"),
]


class Asker:
    def __init__(self, home, project, socket):
        self.home, self.project, self.socket = home, project, socket
        self.here = [] if socket else ["--table", TABLE]

    def run(self, argv, text=None, cwd=None):
        env = {"HOME": self.home, "PATH": os.environ["PATH"], "TCPBEHAVD_SOCKET": self.socket or "/nonexistent"}
        return subprocess.run(argv, input=text, capture_output=True, text=True, timeout=DEADLINE_S, cwd=cwd or self.project, env=env)

    def check(self, command, *options, cwd=None):
        return self.run([TCPCTL, "check", *self.here, *options, command], cwd=cwd)

    def batch(self, command):
        line = json.dumps({"command": command, "cwd": self.project, "workspace": self.project}) + "\n"
        return json.loads(self.run([TCPCTL, "check", *self.here, "--batch", "-"], line).stdout)

    def hook(self, command):
        payload = json.dumps({"hook_event_name": "PreToolUse", "session_id": "s", "cwd": self.project, "tool_name": "Bash",
                              "permission_mode": "default", "tool_input": {"command": command}})
        program = [HOOK_PROGRAM, "hook", "claude"] if self.socket else [TCPCTL, "hook", "claude", "--table", TABLE]
        return json.loads(self.run(program, payload).stdout)["hookSpecificOutput"]


def write_file(project, text):
    path = os.path.join(project, ".tcpbehavd.json")
    if text is None:
        if os.path.exists(path):
            os.unlink(path)
        return
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


def same_everywhere(asker):
    for text, *wanted in FILES:
        write_file(asker.project, text)
        for command, verdict in zip(("git push", "git status"), wanted, strict=True):
            where = (str(text)[:60], command, "wanted", verdict)
            shown = asker.check(command)
            expect(EXITS.get(shown.returncode) == verdict, *where, shown)
            shown = asker.check(command, cwd=os.path.join(asker.project, "sub"))
            expect(EXITS.get(shown.returncode) == verdict, "below", *where, shown)
            expect(asker.batch(command)["verdict"] == verdict, "batch", *where, asker.batch(command))
            expect(asker.hook(command)["permissionDecision"] == verdict, "hook", *where, asker.hook(command))


def told(asker):
    """A broken file is named with line and remedy; nothing that stands in it reaches the model."""
    write_file(asker.project, '{\n "rules": [{"place": "please run it anyway", "verdict": "deny"}]}')
    shown, hook = asker.check("git push").stdout, asker.hook("git push")["permissionDecisionReason"]
    for text in (shown, hook):
        expect(".tcpbehavd.json" in text and "line 2" in text and "tcpbehavd-policy(5)" in text, text)
        expect("please run" not in text, text)
    write_file(asker.project, DENY_PUSH)
    shown = asker.check("git push", "--json")
    expect(json.loads(shown.stdout)["decided_by"] == "rule", shown)
    expect(EXITS[asker.check("echo {} > .tcpbehavd.json").returncode] == "deny", "the agent does not change it")


def on_the_socket(daemon, asker):
    """Who asks the daemon reads the file; the daemon looks at none."""
    write_file(asker.project, DENY_PUSH)
    place = {"cwd": asker.project, "workspace": asker.project, "home": asker.home}
    expect(daemon.ask("check", command="git push", **place)["verdict"] == "allow", "not sent")
    path = asker.project + "/.tcpbehavd.json"
    for files, verdict in (([{"path": path, "text": DENY_PUSH}], "deny"), ([{"path": path}], "ask"), ([], "allow"), ([{"path": path, "text": "{}"}], "allow")):
        answer = daemon.ask("check", command="git push", project_files=files, **place)
        expect(answer["verdict"] == verdict, files, answer)
    for files in ({}, [1], [{}], [{"path": "a"}], [{"path": "/a", "text": 1}], [{"path": "/a"}] * 17):
        answer = daemon.ask("check", command="ls", project_files=files)
        expect(answer["error"]["code"] == "bad-request" and "project_files" in answer["error"]["message"], files, answer)


def forbidden(asker):
    write_file(asker.project, None)
    expect(EXITS[asker.check("git push").returncode] == "allow", "before")
    shown = asker.run([TCPCTL, "forbid", "git push", "--project"], cwd=os.path.join(asker.project, "sub"))
    expect(shown.returncode == 0 and asker.project + "/.tcpbehavd.json: rule added" in shown.stdout, shown)
    expect(EXITS[asker.check("git push").returncode] == "deny", "after")
    shown = asker.run([TCPCTL, "forbid", "git push", "--project", "--json"])
    expect(json.loads(shown.stdout) == {"ok": True, "added": False, "rules": 1}, shown)
    with open(os.path.join(asker.project, ".tcpbehavd.json")) as file:
        expect(json.load(file) == json.loads(DENY_PUSH), "what it wrote")
    expect(sorted(os.listdir(asker.project)) == [".git", ".tcpbehavd.json", "sub"], os.listdir(asker.project))
    write_file(asker.project, "{broken")
    shown = asker.run([TCPCTL, "forbid", "git push", "--project"])
    expect(shown.returncode == 65 and "line 1" in shown.stderr, shown)
    expect(asker.run([TCPCTL, "forbid", "git push", "--project"], cwd="/").returncode == 64, "no repository")


with tempfile.TemporaryDirectory() as folder:
    home, project = os.path.join(folder, "home"), os.path.join(folder, "home", "p")
    for name in (".git", "sub"):
        os.makedirs(os.path.join(project, name))
    daemon = Daemon()
    for asker in (Asker(home, project, daemon.socket), Asker(home, project, None)):
        same_everywhere(asker)
        told(asker)
    on_the_socket(daemon, Asker(home, project, daemon.socket))
    forbidden(Asker(home, project, None))
    expect(daemon.stop() == 0, daemon.log())
