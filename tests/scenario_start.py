#!/usr/bin/env python3
"""Start, stop, and everything that can keep the daemon from starting."""

import os
import signal
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from daemon import DEADLINE_S, Daemon, expect, wait_until  # noqa: E402


def run(daemon, *more, **options):
    done = subprocess.run(daemon.command(*more), capture_output=True, text=True, timeout=DEADLINE_S, **options)
    return done.returncode, done.stderr


def ready_and_stop():
    daemon = Daemon()
    status = daemon.status()
    expect(status["mode"] == "guarding" and status["table"]["keys"] > 0 and status["table"]["generation"] == 1, status)
    expect(status["store"]["failing"] is False and not status["errors"], status)
    expect(os.stat(daemon.state).st_mode & 0o777 == 0o700, "the state folder is not private")
    expect(os.stat(daemon.socket).st_mode & 0o777 == 0o666, "mode of the socket")
    client = daemon.client()
    client.send({"op": "ping", "id": 1})
    expect(client.read()["id"] == 1, "ping")
    expect(daemon.stop() == 0, "an orderly stop ends with 0", daemon.log())
    expect(client.read() is None, "a stopped daemon closes its connections")
    expect(not os.path.exists(daemon.socket), "the socket stayed behind")


def second_and_stale():
    daemon = Daemon()
    status, error = run(daemon, "--foreground")
    expect(status == 75 and "another tcpbehavd serves this socket" in error, status, error)
    expect(daemon.answers(), "the first one still answers")
    daemon.stop(signal.SIGKILL)
    expect(os.path.exists(daemon.socket), "a killed daemon leaves its socket")
    daemon.start()
    daemon.stop()
    with open(daemon.socket, "w"):
        pass
    status, error = run(daemon, "--foreground")
    expect(status == 75 and "is not a socket" in error, status, error)
    os.unlink(daemon.socket)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(daemon.socket)
        other.listen()
        status, error = run(daemon, "--foreground")
        expect(status == 75 and "another process serves this socket" in error, status, error)


def same_state():
    first = Daemon()
    second = Daemon(settings={"state": first.state}, start=False)
    status, error = run(second, "--foreground")
    expect(status == 71 and "another process has it open" in error, status, error)


def bad_start():
    daemon = Daemon(start=False)
    status, error = run(daemon, "--socket", "/tmp/" + "x" * 200)
    expect(status == 71 and "too long" in error, status, error)
    status, error = run(daemon, "--socket", "relative")
    expect(status == 78 and "absolute" in error, status, error)
    status, error = run(daemon, "--nonsense")
    expect(status == 64, status, error)
    daemon.write_settings({"limits": {"conections": 3}})
    status, error = run(daemon, "--check-config")
    expect(status == 78 and "line " in error and '"limits.connections"' in error, status, error)
    daemon.write_settings({})
    with open(daemon.table, "r+b") as table:
        table.seek(200)
        table.write(b"\xff" * 8)
    status, error = run(daemon, "--check-config")
    expect(status == 78 and daemon.table in error, status, error)


def peer_pid(path):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path)
        return struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]


def background():
    daemon = Daemon(start=False)
    status, error = run(daemon)
    expect(status == 0, "goes into the background", status, error)
    pid = peer_pid(daemon.socket)
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not os.path.exists(daemon.socket), "the end of the background daemon")
    status, error = run(daemon, "--table", "/nowhere")
    expect(status == 78 and "/nowhere" in error, "a failure reaches the caller", status, error)


def service_manager():
    """A socket that is handed over, and words to the manager."""
    daemon = Daemon(start=False)
    notify_path = os.path.join(daemon.folder, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, socket.socket(socket.AF_UNIX) as listener:
        notify.bind(notify_path)
        notify.settimeout(DEADLINE_S)
        os.mkdir(os.path.dirname(daemon.socket))
        listener.bind(daemon.socket)
        listener.listen()
        fd = listener.fileno()
        script = f'exec {fd}<&- 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"' if fd != 3 else \
            'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
        process = subprocess.Popen(["bash", "-c", script, "x", *daemon.command()], stdin=listener, pass_fds=[fd],
                                   env={**os.environ, "NOTIFY_SOCKET": notify_path})
        expect(notify.recv(100) == b"READY=1", "ready")
        expect(daemon.ask("ping")["ok"], "answers on the inherited socket")
        process.send_signal(signal.SIGHUP)
        expect(notify.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC="), "reloading")
        expect(notify.recv(100) == b"READY=1", "ready again")
        process.send_signal(signal.SIGTERM)
        expect(notify.recv(100) == b"STOPPING=1", "stopping")
        expect(process.wait(DEADLINE_S) == 0, "ends with 0")
        expect(os.path.exists(daemon.socket), "an inherited socket is not removed")


ready_and_stop()
second_and_stale()
same_state()
bad_start()
background()
service_manager()
