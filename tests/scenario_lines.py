#!/usr/bin/env python3
"""What comes in over a connection: bursts, pieces, nonsense, lines without end; and that answers keep their order."""

import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import ALLOWED, PLACE, Client, Daemon, expect  # noqa: E402


def pipelined(daemon):
    """10,000 requests in one write: every one is answered, in order."""
    client = daemon.client()
    lines = b"".join(b'{"op":"check","id":%d,"command":"git status"}\n' % i for i in range(10000))
    writer = threading.Thread(target=client.raw, args=(lines,))
    writer.start()
    for i in range(10000):
        answer = client.read()
        expect(answer and answer["id"] == i and answer["verdict"] == "allow", i, answer)
    writer.join()
    client.close()


def rests_when_nobody_asks(daemon):
    """Quick requests in a row may keep the loop from sleeping, but not for long after the last one."""
    client = daemon.client()
    for i in range(1000):
        client.ask("ping")

    def cpu_s():
        with open("/proc/%d/stat" % daemon.process.pid) as file:
            return sum(int(field) for field in file.read().rsplit(")", 1)[1].split()[11:13]) / os.sysconf("SC_CLK_TCK")

    before = cpu_s()
    time.sleep(0.5)
    expect(cpu_s() - before < 0.25, "the loop goes on spinning", cpu_s() - before)
    client.close()


def deferred_keeps_order(daemon):
    """A long request is analysed beside the loop; what was asked behind it is answered behind it."""
    client = daemon.client()
    long_command = "echo " + "x" * 300000
    before = daemon.status()["worker_requests"]
    client.send({"op": "check", "id": "long", "command": long_command, **PLACE}, {"op": "ping", "id": 2}, {"op": "log", "id": 3},
                {"op": "check", "id": 4, "command": ALLOWED, **PLACE})
    ids = [client.read()["id"] for _ in range(4)]
    expect(ids == ["long", 2, 3, 4], ids)
    expect(daemon.status()["worker_requests"] == before + 1, "not analysed beside the loop")
    client.close()


def escaped_megabyte(daemon):
    """A command of 1 MiB, each byte written in six: the longest request that makes sense is answered."""
    client = daemon.client()
    client.raw(b'{"op":"check","id":1,"command":"' + b"\\u0061" * (1 << 20) + b'"}\n{"op":"ping","id":2}\n')
    expect(client.read()["verdict"] == "ask", "unknown tool of a megabyte")
    expect(client.read()["id"] == 2, "the next one")
    client.close()


def pieces(daemon):
    client = daemon.client()
    for byte in b' \r\n\n{"op":"ping","id":1}\r\n':
        client.raw(bytes([byte]))
    expect(client.read()["id"] == 1, "a request byte by byte, with blank lines before")
    client.raw(b'{"op":"ping","id":2}\n{"op":"pi')
    expect(client.read()["id"] == 2, "the whole one")
    client.raw(b'ng","id":3}')
    client.sock.shutdown(1)
    expect(client.read()["id"] == 3, "what follows the last newline is a request when the client is done")
    expect(client.read() is None, "then the connection ends")
    client.close()


def nonsense(daemon):
    client = daemon.client()
    cases = [(b'{"op":', "bad-json"), (b"[]", "bad-json"), (b"42", "bad-json"), (b'{"op":"nope"}', "unknown-op"),
             (b'{"command":"ls"}', "bad-request"), (b'{"op":"check"}', "bad-request"),
             (b'{"op":"check","command":17}', "bad-request"), (b'{"op":"check","command":"a\\u0000b"}', "bad-json"),
             (b'{"op":"check","command":"a\x00b"}', "bad-json"), (b'{"op":"check","command":"\xff\xfe"}', "bad-json"),
             (b'{"op":"hook","host":"nobody","payload":"{}"}', "bad-request")]
    for line, code in cases:
        client.raw(line + b"\n")
        answer = client.read()
        expect(answer["ok"] is False and answer["error"]["code"] == code and answer["error"]["message"], line, answer)
    expect(client.ask("ping")["ok"], "the connection survives all that")
    client.close()


def lying(daemon):
    """Lines that are no lines: another protocol, and one that never ends."""
    good = daemon.client()
    for first in (b"\x00\x01\x02\x03", b"GET / HTTP/1.1\r\n", b"\x7fELF"):
        client = daemon.client()
        client.raw(first)
        expect(client.read()["error"]["code"] == "bad-json" and client.read() is None, first)
        client.close()
    expect(daemon.status()["closes"]["bad-frame"] == 3, daemon.status()["closes"])
    client = daemon.client()
    try:
        client.raw(b'{"op":"check","command":"' + b"x" * (12 << 20))
    except ConnectionError:
        pass  # it was closed before all was written
    answer = client.read()
    expect(answer is None or answer["error"]["code"] == "too-large", answer)
    expect(daemon.status()["closes"]["line-too-long"] == 1, daemon.status()["closes"])
    client.close()
    expect(good.ask("ping")["ok"], "somebody else's connection is not touched")
    expect(daemon.status()["yours"]["inflight_bytes"] == 0, "memory of closed connections is given back")
    good.close()


def vanishing(daemon):
    """Clients that go away in the middle of everything."""
    for data in (b"", b'{"op":"che', b'{"op":"check","command":"' + b"x" * 200000 + b'"}\n', b'{"op":"log"}\n' * 100):
        for _ in range(5):
            client = Client(daemon.socket)
            client.raw(data)
            client.close()
    expect(daemon.ask("ping")["ok"], "still there")


daemon = Daemon()
for scenario in (rests_when_nobody_asks, pipelined, deferred_keeps_order, escaped_megabyte, pieces, nonsense, lying, vanishing):
    scenario(daemon)
expect(daemon.stop() == 0, daemon.log())
expect(json.dumps(daemon.log()).count("error") == 0, daemon.log())
