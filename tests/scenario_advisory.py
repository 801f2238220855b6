#!/usr/bin/env python3
"""Advisory mode: the daemon runs as the user whose agents ask. Loosening needs a person: a terminal that no agent opened."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import NOBODY, Client, Daemon, expect  # noqa: E402
from other import as_user, in_process  # noqa: E402


def allow(path):
    return Client(path).ask("allow", pattern="docker *")


def is_refused(path, why):
    answer = allow(path)
    expect(answer["ok"] is False and answer["error"]["code"] == "denied" and why in answer["error"]["message"], why, answer)


def is_taken(path):
    answer = allow(path)
    expect(answer["ok"], answer)


def in_terminal(path, why):
    """A shell below this process, in a terminal of its own."""
    if why:
        in_process("sh", True, is_refused, path, why)
    else:
        in_process("sh", True, is_taken, path)


def hello_then_shell(path):
    """An agent host under any name: it said hello, so what it starts is no person either."""
    host = Client(path)
    expect(host.ask("hello", agent="a1", host="unheard-of")["ok"], "hello")
    answer = host.ask("allow", pattern="docker *")
    expect(answer["error"]["code"] == "denied", answer)
    in_terminal(path, "descends from the agent host")


def user(path):
    in_process("sh", False, is_refused, path, "no terminal")
    in_terminal(path, None)
    in_process("some-agent-host", False, in_terminal, path, "descends from the agent host \"some-agent-host\"")
    in_process("hidden", False, hello_then_shell, path)


daemon = Daemon(settings={"mode": "advisory", "hosts": ["some-agent-host", "other"]}, start=False)
if os.geteuid() == 0:
    daemon.start(uid=NOBODY)
    as_user(NOBODY, user, daemon.socket)
else:
    daemon.start()
    user(daemon.socket)
expect(daemon.status()["mode"] == "advisory" and "not a hostile process" in daemon.status()["mode_means"], "says what it is")
expect(daemon.stop() == 0, daemon.log())
