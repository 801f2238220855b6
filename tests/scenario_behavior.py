#!/usr/bin/env python3
"""The daemon watches how calls fit the agent: what happened is learned, what was denied or never ran is not; profiles outlive restarts
and kills, come back after others took their place, and tighten verdicts only where that is switched on."""

import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import TCPCTL, Daemon, expect, wait_until  # noqa: E402

WORK = ["git status", "git diff", "cat README.md", "make", "grep -r x src", "ls", "git commit -m x", "npm test"]
DENIED = "rm -rf /"


def agent(daemon, name, **more):
    client = daemon.client()
    client.ask("hello", host="claude", agent=name, **more)
    return client


def behavior(client, name):
    return client.ask("behavior", agent=name)


def work(client, calls):
    for n in range(calls):
        answer = client.check(WORK[n % len(WORK)])
        expect(answer["verdict"] == "allow" and answer["level"] in ("normal", "unusual", "suspicious"), answer)
        settled = client.ask("observe", event=answer["event"], outcome="ok", session="s")
        expect(settled["ok"], settled)


def what_happened_is_learned(daemon):
    client = agent(daemon, "a1", role="coder")
    expect(behavior(client, "claude/a1")["error"]["code"] == "not-found", "nobody before the first call")
    work(client, 200)
    profile = behavior(client, "claude/a1")
    expect(profile["events"] == 200 and profile["learned"] == 200 and profile["role"] == "coder", profile)
    expect({tool["tool"]: tool["learned"] for tool in profile["tools"]}.get("git status") == 25, profile["tools"])
    expect(not profile["settled"] and 0 < profile["confidence"] < 1 and len(profile["history"]) == 16, profile)
    for event in (client.check(DENIED), client.check("git push --force")):
        expect(event["verdict"] in ("deny", "ask"), event)
    expect(behavior(client, "claude/a1")["events"] == 200, "neither denied nor asked for is done")
    never = client.check("ls")
    client.ask("observe", event=never["event"], outcome="not-run", session="s")
    expect(behavior(client, "claude/a1")["events"] == 200, "what never ran")
    asked = client.check("git push --force")
    client.ask("observe", event=asked["event"], outcome="ok", session="s")
    expect(behavior(client, "claude/a1")["events"] == 201, "a person let it run")
    expect(client.ask("observe", event=asked["event"], outcome="ok", session="s")["ok"], "said twice")
    expect(behavior(client, "claude/a1")["events"] == 201, "counts once")


def events_that_nobody_checked(daemon):
    client = agent(daemon, "a2")
    answer = client.ask("observe", tool="mcp__bank__send", target="DE00", origin="tool-output", risk="high")
    expect(answer["ok"] and "untrusted-target" in answer["novelty"] and answer["intent"] > 0, answer)
    for bad in ({"tool": ""}, {"tool": "x", "origin": "god"}, {"tool": "x", "risk": "no"}, {"tool": 1}, {"tool": "x", "agent": "a b"}):
        refused = client.ask("observe", **bad)
        expect(not refused["ok"] and refused["error"]["code"] == "bad-request", bad, refused)
    expect(behavior(client, "claude/a2")["events"] == 1, "bad ones count nothing")


def others_do_not_see(daemon):
    stranger = daemon.client()
    expect(behavior(stranger, "claude/nobody")["error"]["code"] == "not-found", "no such agent")


def profiles_outlive(daemon, end):
    before = behavior(daemon.client(), "claude/a1")
    end()
    daemon.start()
    after = behavior(daemon.client(), "claude/a1")
    for key in ("events", "learned", "role", "tools", "history", "channels"):
        expect(after[key] == before[key], key, before[key], after[key])


def a_quota_evicts_only_the_own():
    daemon = Daemon({"limits": {"profiles": 2, "profiles_total": 16}})
    for name in ("b1", "b2"):
        work(agent(daemon, name), 100)
    client = agent(daemon, "b3")
    work(client, 1)
    expect(behavior(client, "claude/b1")["error"]["code"] == "not-found", "the one idle longest made room")
    back = agent(daemon, "b1")
    back.check("ls")
    wait_until(lambda: behavior(back, "claude/b1").get("events") == 100, lambda: behavior(back, "claude/b1"))
    daemon.stop()


def population_of_the_tame(folder):
    """Agents that do what the user names, to targets of their own."""
    events, model = os.path.join(folder, "events"), os.path.join(folder, "tame.tcpp")
    with open(events, "w") as file:
        for n in range(20000):
            event = {"agent": "t%d" % (n % 50), "tool": WORK[n * 7 % 8], "target": "f%d-%d" % (n % 50, n // 50 % 9), "origin": "user", "risk": "low"}
            file.write(json.dumps(event) + "\n")
    subprocess.run([TCPCTL, "population", "build", events, "--output", model], check=True, stdout=subprocess.DEVNULL)
    return model


def level_tightens_where_switched_on(folder):
    """A level that is high asks for what it would else allow; what is safe stays allowed."""
    tame = population_of_the_tame(folder)
    daemon = Daemon({"behavior": "enforce", "population": tame})
    client = agent(daemon, "c1")
    for n in range(40):
        last = client.ask("observe", tool="mcp__bank__send", target="DE%d" % n, origin="tool-output", risk="critical")
    expect(last["level"] == "alarm", last)
    answer = client.check("rm -rf build")
    expect(answer["verdict"] == "ask" and answer["decided_by"] == "behavior" and answer["level"] == "alarm", answer)
    expect(client.check("ls")["verdict"] == "allow", "safe")
    daemon.stop()
    watching = Daemon({"population": tame})
    client = agent(watching, "c1")
    for n in range(40):
        client.ask("observe", tool="mcp__bank__send", target="DE%d" % n, origin="tool-output", risk="critical")
    answer = client.check("rm -rf build")
    expect(answer["verdict"] == "allow" and answer["level"] == "alarm", "only observed", answer)
    watching.stop()
    off = Daemon({"behavior": "off"})
    client = agent(off, "c1")
    expect(client.check("ls")["level"] == "normal" and not client.ask("observe", tool="x")["ok"], "switched off")
    off.stop()


def main():
    daemon = Daemon()
    what_happened_is_learned(daemon)
    events_that_nobody_checked(daemon)
    others_do_not_see(daemon)
    profiles_outlive(daemon, lambda: expect(daemon.stop() == 0, daemon.log()))
    work(agent(daemon, "a1"), 50)
    wait_until(lambda: daemon.client().ask("status")["agents"]["unsaved"] == 0, "the profiles reach the store")
    profiles_outlive(daemon, lambda: daemon.stop(signal.SIGKILL))
    a_quota_evicts_only_the_own()
    level_tightens_where_switched_on(daemon.folder)


main()
