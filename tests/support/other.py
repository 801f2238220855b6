"""Other users and other processes, for scenarios about trust."""

import ctypes
import os
import pty
import sys
import traceback

PR_SET_NAME = 15


def _end(function, *arguments):
    """The end of a child: runs function; its exit status says whether everything was as expected."""
    status = 1
    try:
        function(*arguments)
        status = 0
    except SystemExit as end:
        status = end.code or 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(status)


def _join(pid, what):
    _, status = os.waitpid(pid, 0)
    if status != 0:
        print("FAILED:", what)
        raise SystemExit(1)


def as_user(uid, function, *arguments):
    """Runs function in a child of that user."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        _end(function, *arguments)
    _join(pid, "as user %d" % uid)


def in_process(name, terminal, function, *arguments):
    """Runs function in a child whose program is called name, with a terminal of its own or with none."""
    sys.stdout.flush()
    if terminal:
        pid, fd = pty.fork()
    else:
        pid, fd = os.fork(), -1
    if pid == 0:
        if not terminal:
            os.setsid()
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode(), 0, 0, 0)
        _end(function, *arguments)
    output = b""
    while terminal:
        try:
            piece = os.read(fd, 4096)
        except OSError:
            break
        if not piece:
            break
        output += piece
    if output:
        print(output.decode(errors="replace"))
    _join(pid, "as " + name)
