#!/usr/bin/env python3
"""What is not a line of a client: images that are old or damaged, sockets that are somebody else's, daemons that start at once.
Lines are in scenario_lines and scenario_batch, slow clients in scenario_slow, payloads in scenario_hooks, disks in scenario_store."""

import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import BUILD, DEADLINE_S, PLACE, TABLE, Daemon, expect, wait_until  # noqa: E402
from fake import Fake, floods, hangs, says, stranger  # noqa: E402

VERSION_AT = 8  # bytes into an image
HEADER_BYTES = 144
FLIPS = 40
TCPCTL = os.path.join(BUILD, "tests", "tcpctl_program")  # it finds an image without being told, also before an installation
GOOD = b'{"id":null,"verdict":"allow","risk":"safe","mode":"socket"}\n'


def tcpctl(*arguments):
    return subprocess.run([TCPCTL, *arguments], capture_output=True, text=True, errors="replace", timeout=DEADLINE_S)


def check(*options, command="rm -rf /"):
    return tcpctl("check", "--json", "--cwd", PLACE["cwd"], "--home", PLACE["home"], *options, command)


def write_image(path, image):
    with open(path + ".new", "wb") as file:
        file.write(image)
    os.rename(path + ".new", path)


def refused_by_all(daemon, image, remedy):
    """By tcpctl before it judges, by verify, and by the daemon before it starts."""
    write_image(daemon.table, image)
    for done, code in ((check("--table", daemon.table), 69), (tcpctl("table", "verify", daemon.table), 65)):
        expect(done.returncode == code and not done.stdout and daemon.table in done.stderr and remedy in done.stderr, code, remedy, done)
    done = subprocess.run(daemon.command("--check-config"), capture_output=True, text=True, timeout=DEADLINE_S)
    expect(done.returncode == 78 and daemon.table in done.stderr and remedy in done.stderr, remedy, done)


def old_and_cut_images():
    daemon = Daemon(start=False)
    with open(TABLE, "rb") as file:
        image = file.read()
    for version in (0, 2, 0xffffffff):
        other = image[:VERSION_AT] + struct.pack("<I", version) + image[VERSION_AT + 4:]
        refused_by_all(daemon, other, "run tcpctl table build")
    for size in (0, 1, HEADER_BYTES - 1, HEADER_BYTES, len(image) // 2, len(image) - 1):
        refused_by_all(daemon, image[:size], "")
    refused_by_all(daemon, image + b"\0", "")


def damaged_images():
    """Behind the header only a complete check notices; one that was not done must never crash or hang."""
    daemon = Daemon(start=False)
    dice = random.Random(4)
    with open(TABLE, "rb") as file:
        image = bytearray(file.read())
    for _ in range(FLIPS):
        at = dice.randrange(HEADER_BYTES, len(image))
        image[at] ^= 1 << dice.randrange(8)
        write_image(daemon.table, image)
        done = check("--table", daemon.table, command="sudo git push --force; rm -rf ~/x | xargs find / -exec sh -c id {} +")
        expect(done.returncode in (0, 1, 2, 69), at, done)
        expect(tcpctl("table", "verify", daemon.table).returncode == 65, "not noticed", at)
    done = subprocess.run(daemon.command("--foreground"), capture_output=True, text=True, timeout=DEADLINE_S)
    expect(done.returncode == 78 and daemon.table in done.stderr, done)


def judged_here(path, why):
    """The verdict of this process, and on standard error why the daemon had no say."""
    start = time.monotonic()
    done = check("--socket", path)
    answer = json.loads(done.stdout)
    expect(done.returncode == 2 and answer["verdict"] == "deny" and answer["mode"] == "embedded", path, done)
    expect(done.stderr.startswith("tcpctl: daemon: ") and why in done.stderr, why, done.stderr)
    expect(time.monotonic() - start < 5, "too late", why)


def not_the_daemon(folder):
    """Whoever listens: an answer that is none is never taken for one, and never waited for long."""
    path = os.path.join(folder, "socket")
    for serve, why in ((hangs, "no answer in time"), (floods, "no answer"), (says(b""), "no answer"), (says(b"\n"), "is not JSON"),
                       (says(b"hello\n"), "is not JSON"), (says(b"[]\n"), "is no object"), (says(b'{"ok":true}\n'), "not that of a check"),
                       (says(b'{"verdict":"yes","risk":"safe"}\n'), "not that of a check"), (says(GOOD.strip()), "no answer"),
                       (says(GOOD + GOOD), "no answer"), (says(GOOD.replace(b"}", b',"verdict":"deny"}')), "is not JSON")):
        fake = Fake(path, serve)
        judged_here(path, why)
        fake.close()
    for answer in (b"hello\n", b"{}\n", b'{"ok":false}\n', b'{"ok":1}\n', GOOD):
        fake = Fake(path, says(answer))
        for command in (("status",), ("log",), ("reload",), ("ping",)):
            done = tcpctl(*command, "--socket", path)
            expect(done.returncode == 70 and not done.stdout and done.stderr.startswith("tcpctl: %s: " % command), answer, done)
        fake.close()
    fake = Fake(path, says(GOOD))
    expect(json.loads(check("--socket", path).stdout)["verdict"] == "allow", "the good form is taken: it is of this user")
    fake.close()
    judged_here(path, "is tcpbehavd running?")
    judged_here("/" + "x" * 200, "too long")
    if os.geteuid() == 0:
        with stranger(folder, GOOD) as (path, heard):
            judged_here(path, "not trusted")
            done = tcpctl("status", "--socket", path)
            expect(done.returncode == 77 and "not trusted" in done.stderr, done)
            expect(os.path.getsize(heard) == 0, "the stranger heard of a command")


def hung_batch(folder):
    """A daemon that hangs costs one wait, not one a line."""
    fake = Fake(os.path.join(folder, "socket"), hangs)
    lines = '{"command":"rm -rf /"}\n' * 100
    start = time.monotonic()
    done = subprocess.run([TCPCTL, "check", "--socket", fake.path, "--batch", "-"], input=lines, capture_output=True, text=True, timeout=DEADLINE_S)
    expect([json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["deny"] * 100, done)
    expect(done.returncode == 0 and done.stderr.count("answered in this process") == 1, done.stderr)
    expect(time.monotonic() - start < 5, "too late")
    fake.close()


def all_at_once():
    """Many daemons find the socket of one that was killed: one takes it, the others say so and go."""
    daemon = Daemon()
    daemon.stop(signal.SIGKILL)
    with open(daemon.log_path, "ab") as log:
        started = [subprocess.Popen(daemon.command("--foreground"), stderr=log) for _ in range(6)]
    wait_until(lambda: sum(process.poll() is None for process in started) == 1, "the end of all but one")
    daemon.process = next(process for process in started if process.poll() is None)
    expect(all(process.returncode == 75 for process in started if process is not daemon.process), [p.returncode for p in started], daemon.log())
    wait_until(daemon.answers, "an answer")
    expect(daemon.stop() == 0, daemon.log())


old_and_cut_images()
damaged_images()
all_at_once()
with tempfile.TemporaryDirectory() as temporary:
    os.chmod(temporary, 0o755)
    not_the_daemon(temporary)
    hung_batch(temporary)
