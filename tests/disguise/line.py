"""A command line as words and operators, and the register of forms that rewrite it."""

import base64
import re
import shlex

BUILTINS = set(". : [ alias bg builtin cd command compgen coproc declare eval exec exit export fg for function getopts hash if case "
               "jobs let local mapfile popd pushd read readonly return set shift shopt source time trap type ulimit umask unset until "
               "wait while { ( !".split())
SAFE = re.compile(r"[A-Za-z0-9_./:=@,+-]+")
SEPARATORS = {"|", "&&", "||", ";"}
REDIRECTS = {">", ">>", "<", "<<<"}
scratch = "/tmp"


class Word:
    """raw: as written; value: what it means, known even when disguised; literal: raw stands for exactly this text."""

    def __init__(self, raw, literal=None, value=None):
        self.raw, self.literal, self.value = raw, literal, value if value is not None else literal


class Line:
    def __init__(self, tokens, bash=False, here=False, home=False, before=()):
        self.tokens, self.bash, self.here, self.home, self.before = tokens, bash, here, home, list(before)

    def text(self):
        body = " ".join(token if isinstance(token, str) else token.raw for token in self.tokens)
        return "".join(self.before) + body

    def with_word(self, at, raw, before="", bash=False):
        tokens = list(self.tokens)
        tokens[at] = Word(raw, None, tokens[at].value)
        return Line(tokens, self.bash or bash, self.here, self.home, self.before + ([before] if before else []))

    def with_tokens(self, tokens, before="", bash=False):
        return Line(tokens, self.bash or bash, self.here, self.home, self.before + ([before] if before else []))

    def commands(self):
        """(first, end of the words, end, piped into): a simple command each."""
        found, first = [], 0
        for at in range(len(self.tokens) + 1):
            if at == len(self.tokens) or (isinstance(self.tokens[at], str) and self.tokens[at] in SEPARATORS):
                words = next((i for i in range(first, at) if isinstance(self.tokens[i], str)), at)
                if words > first:
                    found.append((first, words, at, first > 0 and self.tokens[first - 1] == "|"))
                first = at + 1
        return found

    def opaque(self):
        return any(isinstance(token, Raw) for token in self.tokens)


class Raw(Word):
    """Shell text that is not one simple command."""


def quoted(text):
    return shlex.quote(text)


def double_quoted(text):
    return '"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"'


def literal_word(text):
    return Word(quoted(text), text)


def parse_line(text, here=False):
    lexer = shlex.shlex(text, posix=False, punctuation_chars="|&;<>")
    lexer.wordchars += "~$*?@:=+%/.-,"
    lexer.commenters = ""
    tokens = []
    for raw in lexer:
        if raw in SEPARATORS or raw in REDIRECTS:
            tokens.append(raw)
        else:
            plain = raw[1:-1] if raw[0] == "'" else raw
            literal = plain if raw[0] == "'" or SAFE.fullmatch(raw) else None
            tokens.append(Word(raw, literal, plain))
    return Line(tokens, here=here, home="$HOME" in text or "~" in text.split())


FORMS = {}


def form(name, group, runs=True, leaves=False, root=False, needs=""):
    """runs: the self-check can run it; leaves: another folder or machine; root: another user's home."""

    def register(function):
        function.form, function.group, function.runs = name, group, runs
        function.leaves, function.root, function.needs = leaves, root, needs.split()
        FORMS[name] = function
        return function

    return register


def fresh(rng):
    return rng.choice("abdgkmqtvwxz") + rng.choice("aeiou") + str(rng.randrange(10, 99))


def octal(text):
    return "".join("\\%03o" % byte for byte in text.encode())


def hexadecimal(text):
    return "".join("\\x%02x" % byte for byte in text.encode())


def encode64(text):
    return base64.b64encode(text.encode()).decode()
