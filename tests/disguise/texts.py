"""Forms of a whole text: handed to a shell, an interpreter or another program."""

import base64
import codecs
import gzip
import json
import re

from line import REDIRECTS, SEPARATORS, Line, Raw, Word, double_quoted, encode64, form, fresh, hexadecimal, literal_word, octal, quoted, scratch

def shell(rng, line, path=True):
    name = "bash" if line.bash else rng.choice(["sh", "bash"])
    return rng.choice([name, name, "/bin/" + name]) if path else name


def for_sh(line):
    """The text for something that hands it to /bin/sh."""
    return "bash -c " + quoted(line.text()) if line.bash else line.text()


def text_form(name, build, bash=False, usable=lambda line: True, stays=False, **more):
    """build(rng, line, text) -> the tokens of the new line (a str is raw text); stays: it runs in the shell that it is written for."""

    def apply(rng, line):
        made = build(rng, line, line.text()) if usable(line) else None
        if not made:
            return None
        return Line([Raw(made)] if isinstance(made, str) else made, bash or (stays and line.bash), line.here, line.home)

    form(name, "text", **more)(apply)


def call(*words):
    """Words and operators as tokens; a word that is not plain gets quotes."""
    return [word if word in SEPARATORS or word in REDIRECTS else literal_word(word) for word in words]


def one_line(line):
    return "\n" not in line.text()




def stays(name, build, **more):
    text_form(name, build, stays=True, **more)


stays("if", lambda rng, line, text: f"if {rng.choice(['true', ':', '[ -d / ]'])}; then\n{text}\nfi")
stays("case", lambda rng, line, text: f"case {rng.choice('xyz')} in\n*)\n{text}\n;;\nesac")
stays("while", lambda rng, line, text: f"while :; do\n{text}\nbreak\ndone")
stays("until", lambda rng, line, text: f"until false; do\n{text}\nbreak\ndone")
stays("braces", lambda rng, line, text: f"{{ {text}\n}}")
stays("subshell", lambda rng, line, text: f"( {text}\n)")
stays("background", lambda rng, line, text: f"{{ {text}\n}} & wait")
stays("and-list", lambda rng, line, text: f"{rng.choice(['true &&', 'false ||', 'cd . &&', ':;'])} {{\n{text}\n}}")
stays("function", lambda rng, line, text: (lambda name: f"{rng.choice([name + '()', name + ' ()'])} {{\n{text}\n}}\n{name}")(fresh(rng)))
stays("substitution-argument", lambda rng, line, text: f": $(\n{text}\n)", runs=False)
stays("coproc", lambda rng, line, text: f"coproc {{\n{text}\n}}\nwait", bash=True, runs=False)
stays("substitution-run", lambda rng, line, text: f'echo "$(\n{text}\n)"')
stays("if-condition", lambda rng, line, text: f"if {{\n{text}\n}}; then :; fi")

stays("eval", lambda rng, line, text: call("eval", text) if rng.random() < 0.7 else [literal_word("eval"), Word(double_quoted(text))])
stays("eval-variable", lambda rng, line, text: (lambda v: [Raw(f"{v}={quoted(text)}; "), *call("eval")[0:1], Word(f'"${v}"')])(fresh(rng)))
stays("eval-base64", lambda rng, line, text: 'eval "$(echo %s | base64 %s)"' % (encode64(text), rng.choice(["-d", "--decode", "-di"])))
stays("eval-printf", lambda rng, line, text: f"eval \"$(printf '{octal(text)}')\"")
stays("eval-hex", lambda rng, line, text: f"eval \"$(echo {text.encode().hex()} | xxd -r -p)\"", needs="xxd")
stays("for-eval", lambda rng, line, text: f"for w in {quoted(text)}; do eval \"$w\"; done")
stays("while-read", lambda rng, line, text: f"echo {quoted(text)} | while read -r l; do eval \"$l\"; done",
      usable=lambda line: one_line(line) and "\\" not in line.text())
stays("while-read-here", lambda rng, line, text: f"while IFS= read -r l; do eval \"$l\"; done <<'END'\n{text}\nEND\n", usable=one_line)
stays("read-eval", lambda rng, line, text: f"IFS= read -r l <<< {quoted(text)}; eval \"$l\"", usable=one_line, bash=True)
stays("mapfile-eval", lambda rng, line, text: f"mapfile -t m < <(printf '%s\\n' {quoted(text)}); eval \"${{m[0]}}\"", usable=one_line, bash=True)
stays("alias", lambda rng, line, text: (lambda v: f"shopt -s expand_aliases\nalias {v}={quoted(text)}\n{v}")(fresh(rng)), bash=True)
stays("trap-exit", lambda rng, line, text: f"trap {quoted(text)} {rng.choice(['EXIT', '0'])}\nexit")
stays("trap-signal", lambda rng, line, text: f"trap {quoted(text)} USR1; kill -USR1 $$")
stays("trap-debug", lambda rng, line, text: f"trap {quoted(text)} DEBUG\n:\ntrap - DEBUG", bash=True, runs=False)
stays("source-process", lambda rng, line, text: f"{rng.choice(['source', '.'])} <(printf '%s\\n' {quoted(text)})", bash=True)
stays("source-stdin", lambda rng, line, text: f"{rng.choice(['source', '.'])} /dev/stdin <<'END'\n{text}\nEND\n")
stays("source-file", lambda rng, line, text: (lambda f: f"printf '%s\\n' {quoted(text)} > {f}; . {f}")(f"{scratch}/{fresh(rng)}.sh"))
stays("command-substitution", lambda rng, line, text: f"eval $(echo {quoted(text)})", usable=lambda line: one_line(line) and "\\" not in line.text())
stays("mixed-assign", lambda rng, line, text: (lambda v: f"{v}={quoted(text[:len(text) // 2])}\n{v}+={quoted(text[len(text) // 2:])}\neval \"${v}\"")(fresh(rng)), bash=True)

text_form("sh-c", lambda rng, line, text: call(shell(rng, line), rng.choice(["-c", "-c", "-ec"]), text))
text_form("sh-c-double", lambda rng, line, text: [literal_word(shell(rng, line)), literal_word("-c"), Word(double_quoted(text))])
text_form("bash-lc", lambda rng, line, text: call("bash", rng.choice(["-lc", "-ic"]), text), runs=False)
text_form("sh-c-arguments", lambda rng, line, text: call("bash", "-c", 'eval "$0"', text))
text_form("sh-c-environment", lambda rng, line, text: f"export C={quoted(text)}; {shell(rng, line)} -c 'eval \"$C\"'")
text_form("env-sh-c", lambda rng, line, text: call("env", shell(rng, line), "-c", text))
text_form("pipe-echo", lambda rng, line, text: call("printf", "%s\n", text, "|", shell(rng, line)))
text_form("pipe-echo-s", lambda rng, line, text: call("echo", text, "|", shell(rng, line), "-s"), usable=lambda line: "\\" not in line.text())
text_form("pipe-cat", lambda rng, line, text: f"cat <<'END' | {shell(rng, line)}\n{text}\nEND\n")
text_form("here-document", lambda rng, line, text: f"{shell(rng, line)} <<{rng.choice(['END', chr(39) + 'END' + chr(39)])}\n{text}\nEND\n" if not re.search(r"[\\$`]", text)
          else f"{shell(rng, line)} <<'END'\n{text}\nEND\n")
text_form("here-document-tabs", lambda rng, line, text: f"{shell(rng, line)} <<-\\END\n\t{text}\n\tEND\n", usable=one_line)
text_form("here-string", lambda rng, line, text: call(shell(rng, line), "<<<", text), bash=True)
text_form("process-substitution", lambda rng, line, text: f"{shell(rng, line)} <(printf '%s\\n' {quoted(text)})", bash=True)
text_form("base64", lambda rng, line, text: call("echo", encode64(text), "|", "base64", rng.choice(["-d", "--decode", "-di"]), "|", shell(rng, line)))
text_form("base64-here-string", lambda rng, line, text: call("base64", "-d", "<<<", encode64(text), "|", shell(rng, line)), bash=True)
text_form("base64-sh-c", lambda rng, line, text: f"{shell(rng, line)} -c \"$(echo {encode64(text)} | base64 -d)\"")
text_form("base64-variable", lambda rng, line, text: f"p={encode64(text)}; echo \"$p\" | base64 -d | {shell(rng, line)}")
text_form("openssl-base64", lambda rng, line, text: call("echo", encode64(text), "|", "openssl", "base64", "-d", "-A", "|", shell(rng, line)), needs="openssl")
text_form("base32", lambda rng, line, text: call("echo", base64.b32encode(text.encode()).decode(), "|", "base32", "-d", "|", shell(rng, line)))
text_form("gzip", lambda rng, line, text: call("echo", base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode(), "|", "base64", "-d", "|",
                                               rng.choice(["gunzip", "zcat"]), "|", shell(rng, line)))
text_form("xxd", lambda rng, line, text: call("echo", text.encode().hex(), "|", "xxd", "-r", "-p", "|", shell(rng, line)), needs="xxd")
text_form("printf-octal-pipe", lambda rng, line, text: call("printf", octal(text), "|", shell(rng, line)))
text_form("echo-e", lambda rng, line, text: call("echo", "-e", hexadecimal(text), "|", shell(rng, line)), bash=True)
text_form("rev", lambda rng, line, text: call("printf", "%s\n", text[::-1], "|", "rev", "|", shell(rng, line)), usable=one_line, needs="rev")
text_form("tr", lambda rng, line, text: call("printf", "%s\n", codecs.encode(text, "rot13"), "|", "tr", "A-Za-z", "N-ZA-Mn-za-m", "|", shell(rng, line)))
text_form("tac", lambda rng, line, text: call("printf", "%s\n", *reversed(text.split("\n")), "|", "tac", "|", shell(rng, line)))
text_form("sed-pipe", lambda rng, line, text: call("printf", "%s\n", text.replace("r", "QQ"), "|", "sed", "s/QQ/r/g", "|", shell(rng, line)))
text_form("tee-run", lambda rng, line, text: (lambda f: f"echo {quoted(text)} | tee {f} >/dev/null; {shell(rng, line)} {f}")(f"{scratch}/{fresh(rng)}.sh"),
          usable=lambda line: "\\" not in line.text())
text_form("file-run", lambda rng, line, text: (lambda f: f"cat > {f} <<'END'\n{text}\nEND\nchmod +x {f}; {'bash ' if line.bash else ''}{f}")(f"{scratch}/{fresh(rng)}"))
text_form("xargs-sh-c", lambda rng, line, text: call("printf", "%s", text, "|", "xargs", "-0", shell(rng, line), "-c"))
text_form("xargs-placeholder", lambda rng, line, text: call("echo", "x", "|", "xargs", "-I%%", shell(rng, line), "-c", text))
text_form("find-exec-sh", lambda rng, line, text: [*call("find", "/tmp", "-maxdepth", "0", "-exec", shell(rng, line), "-c", text), Word(r"\;", ";")],
          usable=lambda line: "{}" not in line.text())
text_form("timeout-sh", lambda rng, line, text: call("timeout", "60", shell(rng, line), "-c", text))
text_form("nohup-sh", lambda rng, line, text: call("nohup", shell(rng, line), "-c", text))
text_form("setsid-sh", lambda rng, line, text: call("setsid", "-w", shell(rng, line), "-c", text), needs="setsid")
text_form("busybox-sh", lambda rng, line, text: call("busybox", "sh", "-c", for_sh(line)), needs="busybox")
text_form("bash-env", lambda rng, line, text: f"BASH_ENV=<(printf '%s\\n' {quoted(text)}) bash -c :", bash=True)
text_form("ps4", lambda rng, line, text: f"PS4={quoted('$(' + chr(10) + text + chr(10) + ')')} bash -xc :", runs=False)
text_form("ssh", lambda rng, line, text: call("ssh", rng.choice(["dev@localhost", "localhost"]), for_sh(line)), runs=False, leaves=True)
text_form("ssh-options", lambda rng, line, text: call("ssh", "-o", "BatchMode=yes", "-p", "22", "-T", "localhost", "--", for_sh(line)), runs=False, leaves=True)
text_form("docker-exec", lambda rng, line, text: call("docker", "exec", rng.choice(["-it", "-i", "--privileged"]), "dev", shell(rng, line), "-c", text),
          runs=False, leaves=True, root=True)
text_form("docker-run-host", lambda rng, line, text: call("docker", "run", "--rm", "--privileged", "--pid=host", "alpine", "nsenter", "-t", "1", "-m",
                                                          shell(rng, line), "-c", text), runs=False, leaves=True, root=True)
text_form("kubectl-exec", lambda rng, line, text: call("kubectl", "exec", "-i", "pod/web-0", "--", shell(rng, line), "-c", text), runs=False, leaves=True, root=True)
text_form("sudo-sh", lambda rng, line, text: call("sudo", "-n", shell(rng, line), "-c", text),
          runs=False, root=True)
text_form("sudo-s", lambda rng, line, text: call("sudo", "-u", "root", "bash", "-c", text), runs=False, root=True)
text_form("su", lambda rng, line, text: rng.choice([call("su", "-c", for_sh(line)), call("su", "root", "-c", for_sh(line)),
                                                    call("su", "--command=" + for_sh(line), "root")]), runs=False, root=True)
text_form("watch", lambda rng, line, text: call("watch", "-n", "60", for_sh(line)), runs=False)
text_form("script", lambda rng, line, text: call("script", "-qc", for_sh(line), "/dev/null"), runs=False)
text_form("flock-c", lambda rng, line, text: call("flock", "/tmp/lock", "-c", for_sh(line)), runs=False)
text_form("parallel-text", lambda rng, line, text: call("parallel", ":::", for_sh(line)), runs=False)
text_form("at", lambda rng, line, text: call("echo", for_sh(line), "|", "at", "now"), usable=lambda line: "\\" not in line.text(), runs=False)
text_form("screen", lambda rng, line, text: call("screen", "-dm", shell(rng, line), "-c", text), runs=False)
text_form("tmux", lambda rng, line, text: call("tmux", "new-session", "-d", for_sh(line)), runs=False)
text_form("systemd-run-sh", lambda rng, line, text: call("systemd-run", "--wait", "--", shell(rng, line), "-c", text), runs=False, leaves=True, root=True)
text_form("unshare-sh", lambda rng, line, text: call("unshare", "-U", shell(rng, line), "-c", text), runs=False)
text_form("chroot-sh", lambda rng, line, text: call("chroot", "/", shell(rng, line), "-c", text), runs=False, leaves=True)
text_form("gdb", lambda rng, line, text: call("gdb", "-batch", "-ex", "shell " + for_sh(line)), usable=one_line, runs=False)
text_form("git-alias", lambda rng, line, text: call("git", "-c", "alias.x=!" + for_sh(line), "x"), runs=False,
          usable=lambda line: one_line(line) and not line.here and "#" not in line.text())
text_form("git-editor", lambda rng, line, text: [Word("GIT_EDITOR=" + quoted(for_sh(line) + "; :"), None, " "), *call("git", "commit", "--amend")],
          usable=one_line, runs=False)
text_form("tar-checkpoint", lambda rng, line, text: call("tar", "cf", "/dev/null", "--checkpoint=1", "--checkpoint-action=exec=" + for_sh(line), "/etc/hostname"),
          usable=one_line, runs=False)
text_form("vim", lambda rng, line, text: call(rng.choice(["vim", "vi", "ex"]), "-c", ":!" + for_sh(line), "-c", ":qa!"), runs=False,
          usable=lambda line: one_line(line) and not re.search("[%#!]", line.text()))
text_form("make-eval", lambda rng, line, text: call("make", "--eval", "x:;" + for_sh(line).replace("$", "$$"), "x"), runs=False,
          usable=lambda line: one_line(line) and "#" not in line.text())
text_form("make-stdin", lambda rng, line, text: "make -f - <<'END'\nx:\n\t%s\nEND\n" % for_sh(line).replace("$", "$$"), runs=False,
          usable=lambda line: one_line(line) and "#" not in line.text())
text_form("npx", lambda rng, line, text: call("npx", "-c", for_sh(line)), runs=False)
text_form("python", lambda rng, line, text: call("python3", "-c", "import os; os.system(%r)" % for_sh(line)))
text_form("python-subprocess", lambda rng, line, text: call("python3", "-c", "import subprocess as s\ns.run(%r, shell=True)" % for_sh(line)))
text_form("python-here", lambda rng, line, text: "python3 - <<'END'\nimport os\nos.system(%r)\nEND\n" % for_sh(line))
text_form("perl", lambda rng, line, text: call("perl", "-e", "system(%s)" % perl_string(for_sh(line))), needs="perl")
text_form("ruby", lambda rng, line, text: call("ruby", "-e", "system(%s)" % perl_string(for_sh(line))), needs="ruby")
text_form("node", lambda rng, line, text: call("node", "-e", "require('child_process').execSync(%s,{stdio:'inherit'})" % json.dumps(for_sh(line))), needs="node")
text_form("awk", lambda rng, line, text: call("awk", "BEGIN{system(%s)}" % json.dumps(for_sh(line))), needs="awk", usable=lambda line: line.text().isascii())
text_form("php", lambda rng, line, text: call("php", "-r", "system(%s);" % perl_string(for_sh(line))), needs="php")


def perl_string(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
