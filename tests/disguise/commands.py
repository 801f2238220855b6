"""Forms of one simple command: wrappers, other spellings, its words from elsewhere."""

import re

from line import BUILTINS, REDIRECTS, SEPARATORS, Line, Raw, SAFE, Word, form, fresh, literal_word

def pick_command(rng, line, usable):
    able = [command for command in line.commands() if usable(line, *command)]
    return rng.choice(able) if able else None


def is_program(line, first, words, end, piped):
    name = line.tokens[first]
    return not isinstance(name, Raw) and name.value and SAFE.fullmatch(name.value) and name.value not in BUILTINS


def feeds_nothing(line, first, words, end, piped):
    return is_program(line, first, words, end, piped) and not piped and "<<<" not in line.tokens


def prefix_form(name, *prefixes, usable=is_program, bash=False, **more):
    def apply(rng, line):
        command = pick_command(rng, line, usable)
        if not command:
            return None
        tokens = list(line.tokens)
        tokens[command[0]:command[0]] = [Word(raw, raw) for raw in rng.choice(prefixes).split()]
        return line.with_tokens(tokens, bash=bash)

    form(name, "wrapper", **more)(apply)


prefix_form("env", "env", "env A=1 B=2", "/usr/bin/env", "env -u FOO", "env -")
prefix_form("nice", "nice", "nice -n 5", "nice -19")
prefix_form("ionice", "ionice -c3", "ionice -c 2 -n 7", needs="ionice")
prefix_form("timeout", "timeout 60", "timeout -k 5 1m", "timeout --signal=KILL 60")
prefix_form("nohup", "nohup")
prefix_form("setsid", "setsid -w", "setsid --wait", needs="setsid")
prefix_form("stdbuf", "stdbuf -oL", "stdbuf -i0 -o0 -e0", "stdbuf --output=L", needs="stdbuf")
prefix_form("command", "command", "command -p")
prefix_form("taskset", "taskset -c 0", "taskset 1", needs="taskset")
prefix_form("chrt", "chrt -b 0", "chrt --other 0", needs="chrt", runs=False)
prefix_form("setarch", "setarch -R", "linux64", needs="setarch", runs=False)
prefix_form("strace", "strace -o /dev/null", "strace -f -o /dev/null", runs=False)
prefix_form("sudo", "sudo", "sudo -n", "sudo -u root", "sudo -E --", runs=False)
prefix_form("doas", "doas", "doas -u root", runs=False)
prefix_form("pkexec", "pkexec", runs=False, leaves=True)
prefix_form("runuser", "runuser -u root --", runs=False)
prefix_form("unshare", "unshare -U", "unshare --fork", runs=False)
prefix_form("flock", "flock /tmp/lock", "flock -n /tmp/lock", needs="flock", runs=False)
prefix_form("systemd-run", "systemd-run --wait", "systemd-run --pipe --quiet", runs=False, leaves=True)
prefix_form("chroot", "chroot /", runs=False, leaves=True)
prefix_form("nsenter", "nsenter -t 1 -m", "nsenter --target 1 --mount --", runs=False, leaves=True)
prefix_form("assignment", "LC_ALL=C", "A=1 B=2")


@form("find-exec", "wrapper")
def find_exec(rng, line):
    """find runs the command once; its last word ends the command."""
    command = pick_command(rng, line, lambda *c: feeds_nothing(*c) and c[2] == c[3])
    if not command:
        return None
    tokens = list(line.tokens)
    tokens[command[1]:command[1]] = [Word(r"\;", ";")]
    tokens[command[0]:command[0]] = [Word(raw, raw) for raw in rng.choice(["find /tmp -maxdepth 0 -exec", "find / -maxdepth 0 -exec",
                                                                        "find . -prune -exec"]).split()]
    return line.with_tokens(tokens)




@form("exec", "wrapper")
def exec_prefix(rng, line):
    commands = line.commands()
    if len(commands) != 1 or not is_program(line, *commands[0]):
        return None
    return line.with_tokens([literal_word("exec")] + line.tokens)


# Where a program is on every Linux with a merged /usr; others are left to env.
BIN = set("rm find mv chmod chown shred dd mkfs.ext4 cat cp curl wget sh bash scp tar nc echo git kubectl aws docker psql systemctl "
          "kill printf base64 xargs env timeout nice".split())


@form("absolute-path", "wrapper")
def absolute_path(rng, line):
    command = pick_command(rng, line, lambda *c: is_program(*c) and line.tokens[c[1]].literal in BIN)
    if not command:
        return None
    name = line.tokens[command[0]].literal
    return line.with_word(command[0], rng.choice(["/usr/bin/", "/bin/", "/usr/bin/../bin/", "//usr//bin/"]) + name)


@form("glob-path", "wrapper")
def glob_path(rng, line):
    command = pick_command(rng, line, lambda *c: is_program(*c) and line.tokens[c[1]].literal in BIN)
    if not command:
        return None
    name = line.tokens[command[0]].literal
    return line.with_word(command[0], rng.choice(["/bin/[%s]%s", "/usr/bin/[%s]%s"]) % (name[0], name[1:]), bash=True)


@form("busybox", "wrapper", needs="busybox")
def busybox(rng, line):
    applets = {"rm", "dd", "cat", "chmod", "chown", "mv", "cp", "wget", "kill", "nc", "sh", "echo", "printf"}
    command = pick_command(rng, line, lambda *c: is_program(*c) and line.tokens[c[1]].value in applets)
    if not command or any(not isinstance(token, str) and "--" in token.raw for token in line.tokens):
        return None
    tokens = list(line.tokens)
    tokens[command[0]:command[0]] = [literal_word(rng.choice(["busybox", "/bin/busybox"]))]
    return line.with_tokens(tokens)


@form("ld-so", "wrapper", runs=False)
def ld_so(rng, line):
    command = pick_command(rng, line, lambda *c: is_program(*c) and line.tokens[c[1]].literal in BIN)
    if not command:
        return None
    tokens = list(line.tokens)
    tokens[command[0]:command[0] + 1] = [literal_word("/lib64/ld-linux-x86-64.so.2"), literal_word("/bin/" + tokens[command[0]].literal)]
    return line.with_tokens(tokens)


def all_plain(line, first, words, end, piped):
    return is_program(line, first, words, end, piped) and words - first > 1 and \
        all(re.fullmatch(r"[\w./:=@+$*-]+", token.raw) for token in line.tokens[first:words])


@form("ifs", "command")
def ifs(rng, line):
    command = pick_command(rng, line, all_plain)
    if not command:
        return None
    first, words = command[:2]
    between = rng.choice(["${IFS}", "$IFS$9", "${IFS%%?}"])
    raw = between.join(token.raw.replace("$HOME", "${HOME}") for token in line.tokens[first:words])
    return line.with_tokens(line.tokens[:first] + [Word(raw, None, line.tokens[first].value)] + line.tokens[words:])


@form("brace", "command")
def brace(rng, line):
    command = pick_command(rng, line, all_plain)
    if not command:
        return None
    first, words = command[:2]
    raw = "{" + ",".join(token.raw for token in line.tokens[first:words]) + "}"
    return None if ".." in raw else line.with_tokens(
        line.tokens[:first] + [Word(raw, None, line.tokens[first].value)] + line.tokens[words:], bash=True)


@form("command-array", "command")
def command_array(rng, line):
    command = pick_command(rng, line, is_program)
    if not command:
        return None
    first, words = command[:2]
    name = fresh(rng)
    value = "%s=(%s); " % (name, " ".join(token.raw for token in line.tokens[first:words]))
    return line.with_tokens(line.tokens[:first] + [Word('"${%s[@]}"' % name, None, line.tokens[first].value)] + line.tokens[words:],
                            value, bash=True)


@form("command-variable", "command")
def command_variable(rng, line):
    command = pick_command(rng, line, lambda *c: all_plain(*c) and not any("*" in t.raw for t in line.tokens[c[1]:c[2]]))
    if not command:
        return None
    first, words = command[:2]
    name = fresh(rng)
    value = '%s="%s"; ' % (name, " ".join(token.raw for token in line.tokens[first:words]))
    return line.with_tokens(line.tokens[:first] + [Word("$" + name, None, line.tokens[first].value)] + line.tokens[words:], value)


@form("positional", "command")
def positional(rng, line):
    commands = line.commands()
    if len(commands) != 1 or not is_program(line, *commands[0]) or line.before:
        return None
    first, words = commands[0][:2]
    return line.with_tokens([Word('"$@"', None, line.tokens[first].value)] + line.tokens[words:],
                            "set -- %s; " % " ".join(token.raw for token in line.tokens[:words]))


def last_word(line, first, words, end, piped):
    return feeds_nothing(line, first, words, end, piped) and words - first > 1 and re.fullmatch(r"[\w./:=@$*-]+", line.tokens[words - 1].raw) \
        and not re.fullmatch("-[neE]+", line.tokens[words - 1].raw)


def moved_word(name, build, usable=last_word, **more):
    """build(rng, words of the command without the last, the last) -> tokens."""

    def apply(rng, line):
        command = pick_command(rng, line, usable)
        if not command:
            return None
        first, words = command[:2]
        made = build(rng, line.tokens[first:words - 1], line.tokens[words - 1])
        return made and line.with_tokens(line.tokens[:first] + made + line.tokens[words:])

    form(name, "wrapper", **more)(apply)


def raws(*texts):
    return [text if text in SEPARATORS or text in REDIRECTS else Word(text, text if SAFE.fullmatch(text) else None) for text in texts]


moved_word("xargs", lambda rng, head, last: raws(rng.choice(["echo", "printf %s"])) + [last, "|"] +
           raws(*rng.choice(["xargs", "xargs -r", "xargs -n1", "xargs -P 2"]).split()) + head)
moved_word("xargs-replace", lambda rng, head, last: xargs_replace(rng.choice(["{}", "%", "@@"]), head, last))
moved_word("parallel", lambda rng, head, last: raws("parallel") + head + raws(":::") + [last], runs=False)
moved_word("find-exec-path", lambda rng, head, last: raws("find") + [last] + raws("-maxdepth", "0", "-exec") + head + raws("{}", rng.choice([r"\;", "+"])),
           usable=lambda *c: last_word(*c) and c[0].tokens[c[2] - 1].raw in ("/etc", "/home/dev", "/var/lib", "/etc/tcpbehavd", "/dev/sda", "/dev/sdb", "/bin/bash", "/dev/sda1"))


def xargs_replace(mark, head, last):
    return None if any(mark in word.raw for word in head) else raws("echo") + [last, "|"] + raws("xargs", "-I" + mark) + head + raws(mark)


@form("function-arguments", "command")
def function_arguments(rng, line):
    command = pick_command(rng, line, lambda *c: is_program(*c) and len(line.commands()) == 1 and c[2] - c[1] > 1)
    if not command or line.before or any(mark in line.text() for mark in ("$@", "$*", "$9")):
        return None
    first, words = command[:2]
    name = fresh(rng)
    body = " ".join(t if isinstance(t, str) else t.raw for t in line.tokens[first:words - 1]) + ' "$1"'
    tail = [t if isinstance(t, str) else t.raw for t in line.tokens[words:]]
    if "*" in line.tokens[words - 1].raw:
        body = body.replace('"$1"', '"$@"')
    return line.with_tokens([Word(name), line.tokens[words - 1]] + line.tokens[words:] if tail else [Word(name), line.tokens[words - 1]],
                            "%s() { %s; }; " % (name, body))


@form("for-loop", "command")
def for_loop(rng, line):
    command = pick_command(rng, line, lambda *c: is_program(*c) and len(line.commands()) == 1 and c[2] - c[1] > 1)
    if not command or line.before:
        return None
    name = fresh(rng)
    last = line.tokens[command[1] - 1].raw
    body = [t if isinstance(t, str) else t.raw for t in line.tokens]
    body[command[1] - 1] = '"$%s"' % name
    return Line([Raw("for %s in %s; do %s; done" % (name, last, " ".join(body)))], line.bash, line.here, line.home)


# Other spellings that the tools themselves take: (command, word) -> what stands for it.
SPELLINGS = {
    ("rm", "-rf"): ["-fr", "-r -f", "-Rf", "--recursive --force", "-rfv", "--recur --force", "-f -R", "-r --force", "-rvf --"],
    ("rm", "-fr"): ["-rf", "-f -r", "-fR", "-r -f --"],
    ("rm", "-r"): ["-R", "--recursive", "--recurs", "-rv"],
    ("chmod", "-R"): ["--recursive", "--recur", "-Rv", "-cR"],
    ("chmod", "777"): ["0777", "a+rwx", "a=rwx", "ugo+rwx", "+rwx,o+w", "00777"],
    ("chmod", "u+s"): ["+s", "4755", "u+s,g+s", "04755", "ug+s"],
    ("chown", "-R"): ["--recursive", "-hR", "--recur"],
    ("shred", "-u"): ["--remove", "-zu", "-fu", "--remove=unlink"],
    ("mkfs.ext4", "-F"): ["-FF", "-q -F", "-L x -F"],
    ("wipefs", "-a"): ["--all", "-af", "-f -a", "--all --force"],
    ("dd", "bs=1M"): ["bs=4096 count=99999", "bs=1M status=none conv=fsync", "oflag=direct bs=1M", "count=1"],
    ("find", "-delete"): [r"-exec rm -rf {} +", r"-exec rm -f {} \;", "-depth -delete", r"-print -delete", r"-execdir rm -f {} \;"],
    ("curl", "-d"): ["--data", "--data-binary", "--data-ascii", "-s -d", "-X POST -d"],
    ("curl", "-T"): ["--upload-file", "-sT", "--upload-fil"],
    ("curl", "-fsSL"): ["-f -s -S -L", "-LfsS", "--fail --silent --location", "-Ls --", "-sLo-", "-sL -o -"],
    ("curl", "-so"): ["-s -o", "--silent --output", "-Lso"],
    ("wget", "-qO-"): ["-q -O -", "--quiet --output-document=-", "-O- -q", "--quiet -O -", "-nv -O /dev/stdout"],
    ("git", "--force"): ["-f", "--force --no-verify", "-qf", "--force -v"],
    ("git", "--delete"): ["-d", "--delete --no-verify"],
    ("git", "--hard"): ["--hard -q", "-q --hard", "--har"],
    ("git", "-fdx"): ["-xdf", "-f -d -x", "--force -dx", "-ffdx", "-dfqx"],
    ("git", "push"): ["-C . push", "--no-pager push", "-c a.b=c push", "-c core.hooksPath=/dev/null push"],
    ("git", "reset"): ["-C . reset", "--no-pager reset"],
    ("git", "clean"): ["-C . clean", "-c clean.requireForce=false clean"],
    ("kubectl", "delete"): ["-n default delete", "--context=prod delete", "delete --wait=false"],
    ("kubectl", "namespace"): ["ns", "namespaces", "--now namespace"],
    ("terraform", "destroy"): ["-chdir=. destroy", "apply -destroy"],
    ("terraform", "-auto-approve"): ["--auto-approve", "-auto-approve=true", "-no-color -auto-approve"],
    ("aws", "s3"): ["--profile prod s3", "--region us-east-1 s3"],
    ("docker", "-af"): ["-a -f", "--all --force", "-fa", "-af --volumes"],
    ("psql", "-c"): ["--command", "-qc", "-X -c", "-h db.example -c"],
    ("systemctl", "stop"): ["--no-block stop", "-q stop", "disable --now", "mask --now", "kill"],
    ("kill", "-9"): ["-KILL", "-SIGKILL", "-s KILL", "-s 9", "-n 9", "-9 --"],
    ("nc", "-e"): ["-nve", "-ve", "-c"],
    ("useradd", "-o"): ["--non-unique", "-m -o", "-or"],
    ("scp", "scp"): ["scp -q", "scp -P 22", "scp -o StrictHostKeyChecking=no", "scp -rp", "scp -i /tmp/k"],
    ("mv", "mv"): ["mv -f", "mv -v --", "mv -T"],
    ("cp", "cp"): ["cp -f", "cp --", "cp -v"],
    ("tar", "czf"): ["-czf", "-c -z -f", "cf", "--create --gzip --file"],
    ("sh", "sh"): ["sh -s", "sh -", "sh -e", "sh -x", "sh /dev/stdin"],
    ("bash", "bash"): ["bash -s --", "bash -e", "bash --norc", "bash -l", "bash --posix"],
}


@form("spelling", "option", runs=False)
def spelling(rng, line):
    able = []
    for first, words, _, piped in line.commands():
        for at in range(first, words):
            key = None if isinstance(line.tokens[at], Raw) else (line.tokens[first].value, line.tokens[at].literal)
            if key in SPELLINGS and (piped or at > first or key[0] not in ("sh", "bash")):
                able.append((at, SPELLINGS[key]))
    if not able:
        return None
    at, spellings = rng.choice(able)
    return line.with_tokens(line.tokens[:at] + raws(*rng.choice(spellings).split()) + line.tokens[at + 1:])
