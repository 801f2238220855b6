#!/usr/bin/env python3
"""Who may do what, in guarding mode: root, another user, an agent's connection. Needs root for the second user."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import ASKS, NOBODY, TCPCTL, Client, Daemon, expect, skip  # noqa: E402
from other import as_user  # noqa: E402

ADMINISTRATION = [{"op": "approvals"}, {"op": "approve", "request": 1}, {"op": "refuse", "request": 1},
                  {"op": "allow", "pattern": "rm"}, {"op": "forbid", "pattern": "rm"}, {"op": "reload"},
                  {"op": "release", "agent": "a1"}, {"op": "trust", "agent": "a1"}]


def refused(client, requests, who):
    for request in requests:
        client.send(request)
        answer = client.read()
        expect(answer["ok"] is False and answer["error"]["code"] == "denied", who, request, answer)


def approval(daemon):
    """A person approves one exact call of one agent, once."""
    root = daemon.client()
    agent = daemon.client()
    agent.ask("hello", host="claude", agent="a1")
    refused(agent, ADMINISTRATION, "a connection of an agent host, even root's")
    number = agent.check(ASKS)["request"]
    waiting = root.ask("approvals")["approvals"]
    expect([w["request"] for w in waiting] == [number] and waiting[0]["command"] == ASKS, waiting)
    approved = root.ask("approve", request=number)
    expect(approved["ok"] and approved["agent"] == "claude/a1", approved)
    expect(root.ask("approvals")["approvals"] == [], "nothing waits any more")
    expect(root.ask("approve", request=number)["error"]["code"] == "not-found", "approved twice")
    expect(agent.check(ASKS, cwd="/home/dev/other")["verdict"] == "ask", "another folder")
    expect(agent.check(ASKS + " ")["verdict"] == "ask", "another command")
    expect(root.check(ASKS)["verdict"] == "ask", "another agent")
    answer = agent.check(ASKS, id=7)
    expect(answer["verdict"] == "allow" and answer["decided_by"] == "rule" and answer["id"] == 7, answer)
    expect(agent.check(ASKS)["verdict"] == "ask", "used up")


def by_hand(daemon):
    """The same with tcpctl: what waits is listed with its number, one is approved."""

    def tcpctl(*arguments):
        return subprocess.run([TCPCTL, *arguments, "--socket", daemon.socket], capture_output=True, text=True)

    client = daemon.client()
    number = client.check(ASKS)["request"]
    listed = tcpctl("approvals")
    expect(listed.returncode == 0 and str(number) in listed.stdout and ASKS in listed.stdout, listed)
    done = tcpctl("approvals", str(number), "approve")
    expect(done.returncode == 0, done)
    expect(client.check(ASKS)["verdict"] == "allow", "approved")
    done = tcpctl("approvals", str(number), "approve")
    expect(done.returncode != 0 and "tcpctl approvals" in done.stderr, done)
    client.close()


def approval_survives(daemon):
    root = daemon.client()
    number = root.check(ASKS)["request"]
    expect(root.ask("approve", request=number)["ok"], "approve")
    daemon.stop()
    daemon.start()
    root = daemon.client()
    expect(root.check(ASKS)["verdict"] == "allow", "an approval outlives the daemon")
    expect(root.check(ASKS)["verdict"] == "ask", "and is used up")
    daemon.stop()
    daemon.start()
    expect(daemon.client().check(ASKS)["verdict"] == "ask", "for good")


def critical(daemon):
    root = daemon.client()
    answer = root.check("dd if=/dev/zero of=/dev/sda")
    expect(answer["verdict"] == "deny" and answer["risk"] == "critical", answer)
    expect(root.ask("approve", request=answer["request"])["error"]["code"] == "denied", "critical is never approved")


def rules(daemon):
    root = daemon.client()
    expect(root.check("git log")["verdict"] == "allow", "before")
    expect(root.ask("forbid", pattern="git log")["ok"], "forbid")
    expect(root.check("git log")["verdict"] == "deny", "forbidden")
    expect(root.ask("allow", pattern="git push", project="/home/dev/p")["ok"], "allow")
    expect(root.check(ASKS)["verdict"] == "allow", "allowed in this project")
    expect(root.check(ASKS, workspace="/home/dev/q", cwd="/home/dev/q")["verdict"] == "ask", "not in another one")
    expect(root.ask("allow", pattern="cap:NO_SUCH")["error"]["code"] == "bad-request", "a pattern that is none")
    daemon.stop()
    daemon.start()
    root = daemon.client()
    expect(root.check("git log")["verdict"] == "deny" and root.check(ASKS)["verdict"] == "allow", "rules outlive the daemon")
    expect(len(root.ask("rules")["rules"]) == 2, root.ask("rules"))


def other_user(path):
    """Runs as another user, without ever saying hello."""
    client = Client(path)
    refused(client, ADMINISTRATION, "another user")
    expect(client.check("git stash list")["verdict"] == "allow", "everybody may ask")
    rows = client.ask("log", limit=1000)["requests"]
    expect([row["command"] for row in rows] == ["git stash list"] and rows[0]["uid"] == NOBODY, "own rows only", rows)
    expect(client.check("git log")["verdict"] == "allow", "rules of one user do not bind another")
    expect(client.ask("rules")["rules"] == [], "nor are they shown")


def two_users(daemon):
    as_user(NOBODY, other_user, daemon.socket)
    everybody = {row["uid"] for row in daemon.ask("log", limit=1000)["requests"]}
    expect(everybody == {0, NOBODY}, "root sees all", everybody)


def crowd(path):
    """As many connections as one user may have, and one more."""
    clients = [Client(path) for _ in range(4)]
    for client in clients:
        expect(client.ask("ping")["ok"], "within the limit")
    extra = Client(path)
    answer = extra.read()
    expect(answer["error"]["code"] == "limit" and answer["error"]["retry_after_ms"] > 0 and extra.read() is None, answer)
    clients[0].close()
    while True:
        again = Client(path)
        again.send({"op": "ping"})
        if again.read()["ok"]:
            break


def limits():
    daemon = Daemon(settings={"limits": {"connections": 4, "agents": 3}})
    as_user(NOBODY, crowd, daemon.socket)
    root = daemon.client()
    expect(daemon.status()["closes"]["uid-limit"] >= 1, "counted")
    expect([root.check("git status", agent="a%d" % i).get("verdict") for i in range(3)] == ["allow"] * 3, "three agents")
    answer = root.check("git status", agent="a9")
    expect(answer["error"]["code"] == "limit", answer)
    expect(root.check("git status", agent="a1")["verdict"] == "allow", "a known one goes on")
    daemon.stop()


if os.geteuid() != 0:
    skip("only root can be two users")
daemon = Daemon()
for scenario in (approval, by_hand, approval_survives, critical, rules, two_users):
    scenario(daemon)
daemon.stop()
limits()
