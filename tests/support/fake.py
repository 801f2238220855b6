"""Who listens on the daemon's socket and is not the daemon, for scenarios."""

import contextlib
import os
import socket
import threading
import time

from daemon import NOBODY

HANGS_S = 6  # longer than any deadline of a client


class Fake:
    """Listens, and does as it is told with each connection."""

    def __init__(self, path, serve, backlog=64):
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(backlog)
        threading.Thread(target=self.accept, args=(serve,), daemon=True).start()

    def accept(self, serve):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        os.unlink(self.path)


def hangs(connection):
    """Takes everything and never answers."""
    with connection:
        time.sleep(HANGS_S)


def trickles(answer):
    """Always a little more, never all of it."""
    def serve(connection):
        with contextlib.suppress(OSError), connection:
            for byte in answer:
                connection.sendall(bytes([byte]))
                time.sleep(0.3)
    return serve


def says(answer):
    """Answers every first line so, then closes."""
    def serve(connection):
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as lines:
            lines.readline()
            connection.sendall(answer)
    return serve


def floods(connection):
    """An answer that never ends."""
    with contextlib.suppress(OSError), connection:
        while True:
            connection.sendall(b"x" * 65536)


def _serve_as_nobody(path, answer, heard, ready):
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    open(heard, "wb").close()
    os.write(ready, b".")
    while True:
        connection, _ = listener.accept()
        with contextlib.suppress(OSError), connection, open(heard, "ab") as file:
            connection.sendall(answer)
            file.write(connection.recv(4096))


@contextlib.contextmanager
def stranger(folder, answer):
    """Another user (root only) who answers before he is asked: the socket's path, and of the file with what he heard."""
    theirs = os.path.join(folder, "theirs")
    os.mkdir(theirs)
    os.chown(theirs, NOBODY, NOBODY)
    path, heard, (wait, ready) = os.path.join(theirs, "socket"), os.path.join(theirs, "heard"), os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _serve_as_nobody(path, answer, heard, ready)
        finally:
            os._exit(1)
    os.close(ready)
    try:
        os.read(wait, 1)
        yield path, heard
    finally:
        os.close(wait)
        os.kill(pid, 9)
        os.waitpid(pid, 0)
