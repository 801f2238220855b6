#!/usr/bin/env python3
"""What outlives the process, and what happens when the disk does not."""

import glob
import os
import resource
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import ASKS, Daemon, expect, wait_until  # noqa: E402


def kill():
    """kill -9 loses no committed row; numbers that were given out never come again."""
    daemon = Daemon()
    client = daemon.client()
    for i in range(200):
        client.check("git log -%d" % (i + 1))
    last = client.check(ASKS)["request"]
    expect(client.ask("log", limit=1)["requests"][0]["request"] == last, "reading the log commits what came before")
    daemon.stop(signal.SIGKILL)
    daemon.start()
    client = daemon.client()
    rows = client.ask("log", limit=1000)["requests"]
    expect(len(rows) == 201 and rows[0]["request"] == last and rows[-1]["command"] == "git log -1", len(rows), rows[0])
    expect([row["request"] for row in rows] == sorted((row["request"] for row in rows), reverse=True), "newest first")
    expect(client.check(ASKS)["request"] > last, "a number came again")
    page = client.ask("log", limit=10, before=rows[9]["request"])["requests"]
    expect(page == rows[10:20], "the page behind the first")
    client.close()
    daemon.stop()


def redacted():
    secret = "hunter2hunter2"
    daemon = Daemon()
    client = daemon.client()
    client.check("curl -u me:%s https://api.example.com/v1" % secret)
    client.check("mysql --password=%s -e 'drop database x'" % secret)
    client.check("curl -H 'Authorization: Bearer %s' https://api.example.com" % secret)
    rows = client.ask("log")["requests"]
    expect(len(rows) == 3 and secret not in str(rows) and secret not in str(client.ask("approvals")), rows)
    client.close()
    daemon.stop()
    for path in glob.glob(daemon.state + "/*"):
        with open(path, "rb") as file:
            expect(secret.encode() not in file.read(), "the secret is in", path)


def corrupt():
    daemon = Daemon()
    daemon.client().check(ASKS)
    daemon.stop()
    database = os.path.join(daemon.state, "state.db")
    with open(database, "r+b") as file:
        file.write(b"\xa5" * 4096)
    daemon.start()
    status = daemon.status()["store"]
    aside = glob.glob(database + ".corrupt-*")
    expect(len(aside) == 1 and "set aside" in status["problem"] and "set aside" in daemon.log(), aside, status)
    expect(daemon.client().ask("log")["requests"] == [], "starts anew")
    daemon.stop()


def full_disk():
    """A file that may not grow: answers go on, the failure is said once, nothing is half-written, and later all is well."""
    daemon = Daemon()
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (256 << 10, resource.RLIM_INFINITY))
    client = daemon.client()
    n = 0
    while not daemon.status()["store"]["failing"]:
        for _ in range(50):
            n += 1
            expect(client.check("git status # " + "x" * 2000)["verdict"] == "allow", "an answer although the disk is full")
    wait_until(lambda: daemon.status()["store"]["failures"] >= 2, "another try")
    expect(daemon.log().count("cannot record requests") == 1, "said once", daemon.log())
    answer = client.check(ASKS)
    expect(answer["verdict"] == "ask", answer)
    other = daemon.client()
    approved = other.ask("approve", request=answer["request"])
    expect(approved["error"]["code"] == "store", "an approval that cannot be kept is none", approved)
    expect(client.check(ASKS)["verdict"] == "ask", "and does not hold")
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    wait_until(lambda: not daemon.status()["store"]["failing"], "recording again")
    wait_until(lambda: sum(daemon.status()["store"][key] for key in ("rows", "lost")) == n + 2,
               lambda: ("every row that waited, or its loss", n, daemon.status()["store"]))
    client.close()
    daemon.stop()
    expect("recorded again" in daemon.log(), daemon.log())


def unwritable():
    daemon = Daemon(settings={"state": "/proc/tcpbehavd"}, start=False)
    done = subprocess.run(daemon.command("--foreground"), capture_output=True, text=True)
    expect(done.returncode == 71 and "/proc/tcpbehavd" in done.stderr and "--state" in done.stderr, done)


kill()
redacted()
corrupt()
full_disk()
unwritable()
