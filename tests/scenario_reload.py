#!/usr/bin/env python3
"""Reload: under load without losing a request; a bad table, policy or setting changes nothing and says why."""

import os
import shutil
import signal
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import PLACE, Daemon, expect, wait_until  # noqa: E402

REQUESTS = 20000


def under_load():
    daemon = Daemon()
    client = daemon.client()
    answers = []

    def read():
        for i in range(REQUESTS):
            answers.append(client.read())

    reader = threading.Thread(target=read)
    reader.start()
    long_line = {"op": "check", "command": "git status #" + "x" * 100000, **PLACE}
    for start in range(0, REQUESTS, 200):
        client.send(*({**(long_line if i % 199 == 0 else {"op": "check", "command": "git status", **PLACE}), "id": i}
                      for i in range(start, start + 200)))
        if start % 2000 == 0:
            daemon.process.send_signal(signal.SIGHUP)
    reader.join()
    for i, answer in enumerate(answers):
        expect(answer and answer["id"] == i and answer["verdict"] == "allow", i, answer)
    status = daemon.status()
    expect(status["reloads"] >= 2 and status["table"]["generation"] == status["reloads"] + 1, status)
    expect(not status["errors"], status["errors"])
    client.close()
    daemon.stop()


def takes_effect():
    daemon = Daemon()
    expect(daemon.status()["profile"] == "standard", "the profile without a policy file")
    with open(os.path.join(daemon.folder, "policy.json"), "w") as file:
        file.write('{"profile": "strict"}')
    answer = daemon.ask("reload", id=5)
    expect(answer["id"] == 5 and answer["ok"] and answer["generation"] == 2, answer)
    expect(daemon.status()["profile"] == "strict", "the policy was read again")
    daemon.stop()


def bad_files():
    daemon = Daemon()
    before = daemon.status()["table"]
    good = daemon.table + ".good"
    shutil.copy(daemon.table, good)
    size = os.path.getsize(good)

    def broken(path, content):
        with open(path + ".new", "wb") as file:
            file.write(content)
        os.rename(path + ".new", path)
        answer = daemon.ask("reload")
        expect(answer["ok"] is False and path in answer["error"]["message"], path, answer)

    with open(good, "rb") as file:
        image = file.read()
    broken(daemon.table, b"")
    broken(daemon.table, b"no table at all")
    broken(daemon.table, image[: size // 2])
    broken(daemon.table, image[:300] + b"\xff" + image[301:])
    os.rename(good, daemon.table)
    broken(os.path.join(daemon.folder, "policy.json"), b'{"profile": "lenient"}')
    os.unlink(os.path.join(daemon.folder, "policy.json"))
    broken(daemon.settings_path, b'{"log_level": "loud"}')
    status = daemon.status()
    expect(status["table"] == before and status["reloads_failed"] == 6 and status["reloads"] == 0, status)
    expect(daemon.client().check("git status")["verdict"] == "allow", "the old table still answers")
    expect(daemon.log().count("reload failed, everything stays as it was") == 6, daemon.log())
    daemon.write_settings({})
    os.kill(daemon.process.pid, signal.SIGHUP)
    wait_until(lambda: daemon.status()["reloads"] == 1, "a reload by SIGHUP")
    daemon.stop()


under_load()
takes_effect()
bad_files()
