#!/usr/bin/env python3
"""What a host reads from `tcpctl hook HOST`, to the byte: payloads of tests/hooks, with a daemon that is up, that is down, that hangs,
that is somebody else's, or that talks nonsense. NAME.out: what is said whether a daemon answered or not; NAME.up.out and NAME.here.out:
where the daemon's answer has a request number ("NUMBER") and the own one has none."""

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import BUILD, DEADLINE_S, TABLE, TCPCTL, Daemon, expect  # noqa: E402
from fake import Fake, hangs, says, stranger, trickles  # noqa: E402

HOOKS = os.path.join(os.environ.get("top_srcdir", "."), "tests", "hooks")
PROGRAM = os.path.join(BUILD, "tests", "hook_program")
HOSTS = ("claude", "codex")
CASES = ("allow", "ask", "deny", "none", "broken", "truncated", "binary", "nul", "empty")
PAYLOAD_MAX = 8 << 20
HANG_S = 5  # the deadline is one second; the rest is for a busy machine
ALLOWS = br'{"id":null,"ok":true,"exit":0,"stdout":"{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\",' \
         br'\"permissionDecision\":\"allow\"}}\n","stderr":""}'
NONSENSE = [b"", b"\n", b"\0\0\0\0", b"HTTP/1.1 200 OK\r\n\r\n", b"{}\n", b"[]\n", b'{"ok":true}\n', ALLOWS, ALLOWS + b"\n" + ALLOWS + b"\n",
            ALLOWS.replace(b'"ok":true', b'"ok":false') + b"\n", ALLOWS.replace(b'"exit":0', b'"exit":"0"') + b"\n", b"x" * (2 << 20) + b"\n",
            b'{"id":null,"ok":false,"error":{"code":"stopping","message":"x"}}\n', b'{"id":null,"verdict":"allow","risk":"safe"}\n']


def read(name):
    with open(os.path.join(HOOKS, name), "rb") as file:
        return file.read()


def expected(host, case, state):
    for name in ("%s.%s.%s.out" % (host, case, state), "%s.%s.out" % (host, case)):
        if os.path.exists(os.path.join(HOOKS, name)):
            return read(name)
    raise FileNotFoundError(name)


def run(path, host, payload, program=(PROGRAM,), options=()):
    """As a host runs it: from the project's folder, with its own environment."""
    env = {"HOME": "/home/dev", "CLAUDE_PROJECT_DIR": "/home/dev/p", "PATH": os.environ["PATH"], "TCPBEHAVD_SOCKET": path}
    return subprocess.run([*program, "hook", host, *options], input=payload, capture_output=True, timeout=DEADLINE_S, cwd="/", env=env)


def said(done, wanted, *what):
    expect(done.returncode == 0 and done.stderr == b"" and done.stdout == wanted, *what, "\nwanted", wanted, "\ngot", done)


def judged_here(path, host, case, **how):
    said(run(path, host, read("%s.%s.json" % (host, case)), **how), expected(host, case, "here"), host, case, path)


def all_here(path, cases=CASES, **how):
    """Every case at once: a hang is waited for only once."""
    with ThreadPoolExecutor(len(HOSTS) * len(cases)) as pool:
        for result in [pool.submit(judged_here, path, host, case, **how) for host in HOSTS for case in cases]:
            result.result()


def up():
    daemon = Daemon()
    for host in HOSTS:
        for case in CASES:
            done = run(daemon.socket, host, read("%s.%s.json" % (host, case)))
            newest = daemon.ask("log", limit=1)["requests"]
            wanted = expected(host, case, "up")
            if b"NUMBER" in wanted:
                wanted = wanted.replace(b"NUMBER", b"%d" % newest[0]["request"])
                expect(newest[0]["verdict"] == case, host, case, newest)
            said(done, wanted, host, case)
    too_large(daemon.socket)
    expect(len(daemon.ask("log")["requests"]) == 6, "allow, ask and deny of both hosts were recorded")
    expect(daemon.stop() == 0, daemon.log())
    return daemon.folder


def too_large(path):
    for host in HOSTS:
        payload = read(host + ".deny.json").replace(b"rm -rf ~", b"x" * PAYLOAD_MAX)
        said(run(path, host, payload), expected(host, "large", "here"), host, "large")


def down(folder):
    all_here("/nonexistent/socket")
    all_here("/nonexistent/socket", program=(TCPCTL,), options=("--table", TABLE))
    all_here("/" + "x" * 300)
    too_large("/nonexistent/socket")
    stale = os.path.join(folder, "stale")
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(stale)
    all_here(stale)
    with open(os.path.join(folder, "file"), "w"):
        all_here(os.path.join(folder, "file"))


def ends_in_time(path):
    start = time.monotonic()
    all_here(path)
    took_s = time.monotonic() - start
    expect(0.5 < took_s < HANG_S, "a hang ends after about a second", took_s)


def hung(folder):
    for serve in (hangs, trickles(ALLOWS)):
        fake = Fake(os.path.join(folder, "hung"), serve)
        ends_in_time(fake.path)
        fake.close()
    with socket.socket(socket.AF_UNIX) as full, socket.socket(socket.AF_UNIX) as filler:
        full.bind(os.path.join(folder, "full"))
        full.listen(0)
        filler.connect(os.path.join(folder, "full"))
        ends_in_time(os.path.join(folder, "full"))


def nonsense(folder):
    for answer in NONSENSE:
        fake = Fake(os.path.join(folder, "fake"), says(answer))
        all_here(fake.path, ("allow", "deny", "truncated"))
        fake.close()
    fake = Fake(os.path.join(folder, "fake"), says(ALLOWS + b"\n"))
    expect(run(fake.path, "claude", read("claude.deny.json")).stdout.endswith(b'"allow"}}\n'), "the fake's good form is taken: it is of this user")
    fake.close()


def strange(folder):
    with stranger(folder, ALLOWS + b"\n") as (path, heard):
        all_here(path)
        expect(os.path.getsize(heard) == 0, "the stranger heard of a command")


folder = up()
down(folder)
hung(folder)
nonsense(folder)
if os.geteuid() == 0:
    strange(folder)
else:
    print("not root: another user's daemon was not played")
