"""The real daemon in a folder of its own, for scenarios. Waits until it answers, never for time to pass."""

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = os.environ.get("top_builddir", ".")
PROGRAM = os.environ.get("TCPBEHAVD", os.path.join(BUILD, "sbin", "tcpbehavd"))
TCPCTL = os.environ.get("TCPCTL", os.path.join(BUILD, "bin", "tcpctl"))
POPULATION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "etc", "population.tcpp")
TABLE = os.environ.get("TCPBEHAV_TABLE", os.path.join(BUILD, "etc", "default.tcpt"))
DEADLINE_S = 20  # only a hang takes so long
NOBODY = 65534

PLACE = {"cwd": "/home/dev/p", "workspace": "/home/dev/p", "home": "/home/dev"}
ASKS = "git push --force"  # high: a person may approve it
ALLOWED = "git status"


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def expect(condition, *what):
    if not condition:
        print("FAILED:", *what)
        traceback.print_stack()
        raise SystemExit(1)


def wait_until(condition, what):
    """Polls a condition of the daemon; the pause only keeps the machine free for it."""
    end = time.monotonic() + DEADLINE_S
    while True:
        value = condition()
        if value:
            return value
        expect(time.monotonic() < end, "never came:", what() if callable(what) else what)
        time.sleep(0.005)


class Client:
    """One connection: JSON lines out, JSON lines in."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(DEADLINE_S)
        self.sock.connect(path)
        self.file = self.sock.makefile("rb")

    def send(self, *requests):
        """A daemon that has closed the connection may have said why: that is still to be read."""
        try:
            self.sock.sendall(b"".join(json.dumps(r).encode() + b"\n" for r in requests))
        except ConnectionError:
            pass

    def raw(self, data):
        self.sock.sendall(data)

    def read(self):
        """The next answer, or None when the daemon has closed the connection."""
        try:
            line = self.file.readline()
        except ConnectionError:
            return None
        return json.loads(line) if line else None

    def ask(self, op, **fields):
        self.send({"op": op, **fields})
        return self.read()

    def check(self, command, **fields):
        return self.ask("check", command=command, **{**PLACE, **fields})

    def close(self):
        self.file.close()
        self.sock.close()


class Daemon:
    def __init__(self, settings=None, folder=None, start=True, **options):
        self.folder = folder or tempfile.mkdtemp(prefix="tcpbehavd-")
        os.chmod(self.folder, 0o755)
        self.socket = os.path.join(self.folder, "run", "t.sock")
        self.state = os.path.join(self.folder, "state")
        self.table = os.path.join(self.folder, "table.tcpt")
        self.settings_path = os.path.join(self.folder, "settings.json")
        self.log_path = os.path.join(self.folder, "log")
        self.process = None
        if not os.path.exists(self.table):
            shutil.copy(TABLE, self.table)
        self.write_settings(settings or {})
        atexit.register(self.clean)
        if start:
            self.start(**options)

    def write_settings(self, settings):
        defaults = {"socket": self.socket, "state": self.state, "table": self.table, "mode": "guarding",
                    "policy": os.path.join(self.folder, "policy.json"), "population": os.path.abspath(POPULATION)}
        with open(self.settings_path, "w") as file:
            json.dump({**defaults, **settings}, file, indent=1)

    def command(self, *more):
        wrapper = os.environ.get("TCPBEHAV_WRAPPER", "").split()
        return [*wrapper, PROGRAM, "--config", self.settings_path, *more]

    def start(self, uid=None, env=None, before=None):
        """uid: run as this user (needs root); before: called in the child before the daemon takes over."""

        def prepare():
            if before:
                before()
            if uid is not None:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)

        if uid is not None:
            os.chown(self.folder, uid, uid)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command("--foreground"), stderr=log, preexec_fn=prepare,
                                            env={**os.environ, **(env or {})})
        wait_until(self.answers, "an answer to ping; the log says:\n" + self.log())

    def answers(self):
        if self.process.poll() is not None:
            expect(False, "the daemon ended with", self.process.returncode, "\n" + self.log())
        try:
            client = Client(self.socket)
        except OSError:
            return False
        answer = client.ask("ping")
        client.close()
        return answer is not None and answer["ok"]

    def client(self):
        return Client(self.socket)

    def ask(self, op, **fields):
        client = self.client()
        answer = client.ask(op, **fields)
        client.close()
        return answer

    def status(self):
        return self.ask("status")

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        status = self.process.wait(DEADLINE_S)
        self.process = None
        return status

    def clean(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
