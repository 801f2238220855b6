#!/usr/bin/env python3
"""Clients that ask for much and take little: they are not read from, then closed; nobody else notices."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import ALLOWED, Daemon, expect, wait_until  # noqa: E402


def flood(client, request):
    """Sends until the daemon reads no more."""
    client.sock.setblocking(False)
    sent = 0
    lines = request * 1000
    try:
        while True:
            sent += client.sock.send(lines)
            expect(sent < 64 << 20, "the daemon reads although its answers are not taken")
    except BlockingIOError:
        pass
    client.sock.setblocking(True)
    return sent


def never_reads():
    daemon = Daemon(settings={"limits": {"write_timeout_ms": 1000, "unsent_bytes": 65536}})
    slow, good = daemon.client(), daemon.client()
    flood(slow, b'{"op":"status"}\n')
    for _ in range(20):
        expect(good.check(ALLOWED)["verdict"] == "allow", "somebody else is answered meanwhile")
    wait_until(lambda: daemon.status()["closes"].get("slow-reader") == 1, "the slow one's end")
    expect(good.ask("ping")["ok"], "the other one stays")
    daemon.stop()


def reads_late():
    """Back-pressure, not loss: who takes the answers in the end gets every one, in order."""
    daemon = Daemon(settings={"limits": {"unsent_bytes": 65536, "deferred": 8}})
    client = daemon.client()
    client.sock.setblocking(False)
    n, rest = 0, b""
    try:
        while True:
            rest = b'{"op":"%s","id":%d}\n' % (b"log" if n % 100 == 7 else b"status", n)
            taken = client.sock.send(rest)
            n += 1
            rest = rest[taken:]
            if rest:
                break
    except BlockingIOError:
        rest = b""
    client.sock.setblocking(True)
    client.sock.settimeout(20)
    for i in range(n - 1 if rest else n):
        answer = client.read()
        expect(answer and answer["id"] == i and answer["ok"], i, n, answer)
    daemon.stop()


def workers_take_turns():
    """One user's long requests beyond the queue are refused with a time to come back; short ones are still answered."""
    daemon = Daemon(settings={"limits": {"worker_jobs": 1, "worker_queue": 2, "inline_bytes": 1024}})
    client, other = daemon.client(), daemon.client()
    long_command = "echo '%s'" % ("x" * 200000)
    client.send(*({"op": "check", "command": long_command, "id": i} for i in range(40)))
    expect(other.ask("ping")["ok"], "answered beside the long ones")
    answers = [client.read() for _ in range(40)]
    expect([a["id"] if "verdict" in a else i for i, a in enumerate(answers)] == list(range(40)), "in order")
    refused = [a for a in answers if "error" in a]
    expect(all(a["error"]["code"] == "limit" and a["error"]["retry_after_ms"] > 0 for a in refused), refused[:1])
    expect(len(refused) < 40 and daemon.status()["errors"].get("limit", 0) == len(refused), len(refused))
    daemon.stop()


never_reads()
reads_late()
workers_take_turns()
