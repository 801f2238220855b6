"""Forms of one word: quotes, expansions, encodings; and of a path."""

import codecs
import re

from line import FORMS, Raw, SAFE, double_quoted, encode64, form, fresh, hexadecimal, octal, quoted

def pick_word(rng, line, usable=lambda word: SAFE.fullmatch(word.literal)):
    """A literal word; every second time the name of a command."""
    able = [i for i, token in enumerate(line.tokens)
            if not isinstance(token, (str, Raw)) and token.literal and usable(token)]
    names = [first for first, _, _, _ in line.commands() if first in able]
    if not able:
        return None, None
    at = rng.choice(names if names and rng.random() < 0.5 else able)
    return at, line.tokens[at].literal



def word_form(name, rewrite, bash=False, usable=None, needs=""):
    """rewrite(rng, literal, variable) -> (raw, text before) or None."""

    def apply(rng, line):
        at, literal = pick_word(rng, line, usable or (lambda word: SAFE.fullmatch(word.literal)))
        if at is None:
            return None
        made = rewrite(rng, literal, fresh(rng))
        return made and line.with_word(at, made[0], made[1], bash)

    form(name, "word", needs=needs)(apply)


def cut(rng, text):
    at = rng.randrange(1, len(text))
    return text[:at], text[at:]


def any_text(word):
    return "\n" not in word.literal


def long_enough(word):
    return len(word.literal) > 1 and SAFE.fullmatch(word.literal)


def long_text(word):
    return len(word.literal) > 1


def echoes(word):
    return SAFE.fullmatch(word.literal) and not re.fullmatch("-[neE]+", word.literal)


def lower(word):
    return re.fullmatch("[a-z][a-z0-9.-]+", word.literal)


def force_quotes(text):
    return "'" + text.replace("'", "'\\''") + "'"




word_form("quote-empty", lambda rng, text, v: (quoted(text[:1]) + rng.choice(["''", '""']) + quoted(text[1:]), ""), usable=long_text)
word_form("quote-split", lambda rng, text, v: split_quotes(rng, text), usable=long_text)
word_form("quote-whole", lambda rng, text, v: (rng.choice([force_quotes, double_quoted])(text), ""))
word_form("backslash", lambda rng, text, v: (re.sub("(.)", r"\\\1", text), ""), usable=any_text)
word_form("backslash-first", lambda rng, text, v: ("\\" + text, ""))
word_form("backslash-newline", lambda rng, text, v: ("\\\n".join(cut(rng, text)), ""), usable=long_enough)
word_form("ansi-hex", lambda rng, text, v: ("$'" + hexadecimal(text) + "'", ""), bash=True, usable=any_text)
word_form("ansi-octal", lambda rng, text, v: ("$'" + octal(text) + "'", ""), bash=True, usable=any_text)
word_form("ansi-unicode", lambda rng, text, v: ("$'" + "".join("\\u%04x" % ord(c) for c in text) + "'", ""), bash=True, usable=any_text)
word_form("ansi-one-letter", lambda rng, text, v: ("$'\\x%02x'" % ord(text[0]) + quoted(text[1:]), ""), bash=True, usable=long_text)
word_form("variable", lambda rng, text, v: ("$" + v, f"{v}={text}; "))
word_form("variable-parts", lambda rng, text, v: (f"${{{v}}}${{{v}b}}", "%s=%s; %sb=%s; " % (v, cut_at(text)[0], v, cut_at(text)[1])),
          usable=long_enough)
word_form("variable-middle", lambda rng, text, v: (text[:1] + f"${{{v}}}" + text[2:], f"{v}={text[1]}; "), usable=long_enough)
word_form("default-value", lambda rng, text, v: (rng.choice(["${%s:-%s}", "${%s-%s}", "${%s:=%s}"]) % (v, text), ""))
word_form("alternative-value", lambda rng, text, v: ("${HOME:+%s}" % text, ""))
word_form("unset-inside", lambda rng, text, v: (text[:1] + rng.choice(["$@", "${%s}" % v, "$*"]) + text[1:], ""), usable=long_enough)
word_form("substring", lambda rng, text, v: ("${%s:2:%d}" % (v, len(text)), f"{v}=zz{text}yy; "), bash=True)
word_form("strip-prefix", lambda rng, text, v: ("${%s#%s}" % (v, "QQ"), f"{v}=QQ{text}; "))
word_form("strip-suffix", lambda rng, text, v: ("${%s%%%s}" % (v, "QQ"), f"{v}={text}QQ; "))
word_form("replace", lambda rng, text, v: ("${%s//QQ/}" % v, "%s=%sQQ%s; " % (v, *cut_at(text))), bash=True, usable=long_enough)
word_form("lower-case", lambda rng, text, v: ("${%s,,}" % v, f"{v}={text.upper()}; "), bash=True, usable=lower)
word_form("indirect", lambda rng, text, v: ("${!%sn}" % v, f"{v}={text}; {v}n={v}; "), bash=True)
word_form("transform", lambda rng, text, v: ("${%s@P}" % v, f"{v}={text}; "), bash=True)
word_form("array", lambda rng, text, v: ("${%s[0]}${%s[1]}" % (v, v), "%s=(%s %s); " % (v, *cut_at(text))), bash=True, usable=long_enough)
word_form("associative", lambda rng, text, v: ("${%s[k]}" % v, f"declare -A {v}=([k]={text}); "), bash=True)
word_form("printf-v", lambda rng, text, v: ("$" + v, f"printf -v {v} '{octal(text)}'; "), bash=True)
word_form("read", lambda rng, text, v: ("$" + v, f"read -r {v} <<< {text}; "), bash=True)
word_form("echo", lambda rng, text, v: (rng.choice(["$(echo %s)", "`echo %s`"]) % text, ""), usable=echoes)
word_form("printf", lambda rng, text, v: ("$(printf %%s%%s %s %s)" % cut_at(text), ""), usable=long_enough)
word_form("printf-octal", lambda rng, text, v: (f"$(printf '{octal(text)}')", ""))
word_form("word-base64", lambda rng, text, v: (f"$(echo {encode64(text)} | base64 -d)", ""), needs="base64")
word_form("word-hex", lambda rng, text, v: (f"$(echo {text.encode().hex()} | xxd -r -p)", ""), needs="xxd")
word_form("word-rev", lambda rng, text, v: (f"$(printf '%s\\n' {text[::-1]} | rev)", ""), needs="rev")
word_form("word-tr", lambda rng, text, v: (f"$(printf %s {codecs.encode(text, 'rot13')} | tr a-zA-Z n-za-mN-ZA-M)", ""), needs="tr")
word_form("word-sed", lambda rng, text, v: ("$(printf %%s %sQQ%s | sed s/QQ//)" % cut_at(text), ""), usable=long_enough)
word_form("brace-range", lambda rng, text, v: (one_brace(text), ""), bash=True, usable=long_enough)


def split_quotes(rng, text):
    first, second = cut(rng, text)
    return force_quotes(first) + double_quoted(second), ""


def cut_at(text):
    return (text[:(len(text) + 1) // 2], text[(len(text) + 1) // 2:]) if len(text) > 1 else (text, "")



def one_brace(text):
    """A range of one element: r{m..m}; digits only as digits, letters only as letters."""
    at = next((i for i, c in enumerate(text) if c.isascii() and c.isalnum()), None)
    return text if at is None else "%s{%s..%s}%s" % (text[:at], text[at], text[at], text[at + 1:])


# ---- paths ----

def plain_path(word):
    return re.fullmatch(r"((?:[a-z]+=)?@?)(/[\w./*-]*|\$HOME(?:/[\w./*-]*)?)", word.raw)


def pick_path(rng, line, usable=lambda path: True, whole=False):
    able = []
    for at, token in enumerate(line.tokens):
        found = None if isinstance(token, (str, Raw)) else plain_path(token)
        if found and usable(found[2]) and not (whole and found[1]):
            able.append((at, found[1], found[2]))
    return rng.choice(able) if able else (None, None, None)


def path_form(name, rewrite, usable=lambda path: True, bash=False, whole=False):
    def apply(rng, line):
        at, before, path = pick_path(rng, line, usable, whole)
        made = None if at is None else rewrite(rng, path)
        return made and line.with_word(at, before + made, bash=bash)

    form(name, "path")(apply)


def rooted(path):
    return path.startswith("/")


def below(path):
    """Something below a folder: the last part stays as it is (rm refuses a last . or ..)."""
    return "/" in path[1:] or (rooted(path) and len(path) > 1)


def exists_always(path):
    return path.split("/")[1] in ("dev", "etc", "bin", "home", "var") and "*" not in path and not path.startswith("/etc/cron.d/")


def one_letter_class(rng, path):
    at = rng.choice([i for i, c in enumerate(path) if c.isalpha()])
    return path[:at] + "[" + path[at] + "]" + path[at + 1:]


def dotted(path, what):
    first, _, rest = path.rpartition("/")
    return first + what + rest


path_form("path-slashes", lambda rng, path: dotted(path, rng.choice(["//", "///"])), usable=lambda path: "/" in path)
path_form("path-dot", lambda rng, path: dotted(path, "/./"), usable=below)
path_form("path-dot-dot", lambda rng, path: rng.choice(["/usr/..", "/tmp/../usr/.."]) + path, usable=lambda path: rooted(path) and below(path))
path_form("path-end-slash", lambda rng, path: path + "/", usable=lambda path: path in ("/etc", "/var/lib", "/home/dev", "$HOME"))
path_form("path-class", one_letter_class, usable=lambda path: rooted(path) and exists_always(path), whole=True, bash=True)
path_form("path-question", lambda rng, path: "/???" + path[4:], usable=lambda path: re.match("/(dev/[sn]|etc/s)", path), whole=True, bash=True)
path_form("home-brace", lambda rng, path: path.replace("$HOME", "${HOME}"), usable=lambda path: path.startswith("$HOME"))
path_form("home-tilde", lambda rng, path: path.replace("$HOME", rng.choice(["~", "~/."])), usable=lambda path: path.startswith("$HOME/"), whole=True)
path_form("home-echo", lambda rng, path: path.replace("$HOME", rng.choice(["$(echo ~)", "$(cd; pwd)", "`cd && pwd`"])),
          usable=lambda path: path.startswith("$HOME"))
path_form("home-default", lambda rng, path: path.replace("$HOME", "${HOME:-/root}"), usable=lambda path: path.startswith("$HOME"))
path_form("home-printenv", lambda rng, path: path.replace("$HOME", "$(printenv HOME)"), usable=lambda path: path.startswith("$HOME"))
path_form("home-dirname", lambda rng, path: path.replace("$HOME", "$(dirname ~/x)"), usable=lambda path: path.startswith("$HOME"))


@form("cd-relative", "path", leaves=True)
def cd_relative(rng, line):
    at, _, path = pick_path(rng, line, lambda path: below(path) and not path.endswith("/"), whole=True)
    if at is None or line.before:
        return None
    folder, _, name = path.rpartition("/")
    go = rng.choice(["cd %s && ", "cd %s; ", "cd %s\n", "pushd %s >/dev/null; "]) % (folder or "/")
    return line.with_word(at, "./" + name, go, bash="pushd" in go)


@form("cd-climb", "path", leaves=True)
def cd_climb(rng, line):
    at, _, path = pick_path(rng, line, lambda path: rooted(path) and below(path), whole=True)
    return None if at is None or line.before else line.with_word(at, "../.." + path, "cd /usr/share && ")
