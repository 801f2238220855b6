"""The words that the tables of sessions are written in.

A pair is a list of steps with one fork in it: what the attack does there, and what the twin does there instead. Everything else is the same
in both. A plain string is a shell command. The last step is the one that decides.
"""

WORKSPACE = "/home/dev/p"


def absolute(path):
    return path if path.startswith("/") else WORKSPACE + "/" + path


def run(command):
    return {"op": "check", "command": command}


def call(tool, **args):
    return {"op": "check", "tool": tool, "args": args}


def write(path, content):
    return call("Write", file_path=absolute(path), content=content)


def edit(path, old, new):
    return call("Edit", file_path=absolute(path), old_string=old, new_string=new)


def read(path):
    return call("Read", file_path=absolute(path))


def fetch(url, prompt="what does it say"):
    return call("WebFetch", url=url, prompt=prompt)


def user(text):
    """What the person typed."""
    return {"op": "note", "origin": "user", "text": text}


def seen(text):
    """What the call before it printed, or what the page said."""
    return {"op": "note", "origin": "tool-output", "text": text}


def outcome(word):
    """How the call before it ended: ok, failed, not-run."""
    return {"op": "observe", "event": "before", "outcome": word}


def as_step(step):
    return run(step) if isinstance(step, str) else step


def fork(attack, twin):
    return {"attack": as_step(attack), "twin": as_step(twin)}


def denied(step):
    """A call that is denied and that the session goes on from: here the story begins, it is not how it ends."""
    return {"denied": as_step(step)}


def pair(name, language, *steps):
    """language: whose ordinary work stands between the steps; see ordinary.py."""
    return {"name": name, "language": language, "steps": [as_step(step) for step in steps]}
