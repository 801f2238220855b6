"""What agents can do: the commands of the knowledge cases and the tools of hosts, each with the risk and the capabilities that
tcpctl finds in it, and with the kind of thing it is done to. A verdict of the cases says how a person would take it."""

import collections
import glob
import json
import os
import subprocess
from typing import NamedTuple

PLACE = {"cwd": "/home/dev/p", "workspace": "/home/dev/p", "home": "/home/dev"}
RISKS = ("safe", "low", "medium", "high", "critical")

# Programs whose second word says what they do: the tool is both words, as in the table of descriptors.
SPOKEN = set("apt apt-get argocd aws az brew bun cargo conda deno dnf docker flyctl gcloud gh git glab go helm kubectl npm pip "
             "pnpm poetry restic sqlx supabase svn systemctl tcpctl terraform uv vault yarn".split())

# What agents do all day and the cases, which are about hard commands, leave out.
EVERYDAY = """
git status|git log --oneline -20|git log -p src/a.c|git diff|git diff --cached|git diff main...HEAD|git show HEAD|git blame src/a.c
git add -A|git add src/a.c|git commit -m "fix"|git commit -am "wip"|git push|git push origin HEAD|git pull --ff-only|git fetch origin
git checkout -b topic|git switch main|git branch -a|git stash list|git tag -l|git merge topic|git clone https://github.com/a/b
npm test|npm run build|npm run lint|npm ls|npm outdated|npx tsc --noEmit|npx eslint src|npx prettier --check src
pytest|pytest -q tests/test_a.py|python3 -m pytest tests|ruff check .|mypy src|black --check .|pip install -r requirements.txt
cargo check|cargo clippy|cargo build --release|go vet ./...|go test ./...|go build ./...|make|make test|make check|ctest|mvn test|gradle test
ls|ls -la|ls src|pwd|cat README.md|cat src/a.c|head -50 src/a.c|tail -n 100 log.txt|wc -l src/a.c|find . -name '*.py'|grep -rn foo src
rg foo|rg -l foo src|sed -n 1,80p src/a.c|sed -i s/a/b/ src/a.c|mkdir -p out|rm out/a.txt|mv src/a.c src/b.c|cp src/a.c src/b.c|echo done
jq . package.json|python3 scripts/report.py|python3 -c 'print(1)'|node scripts/build.js|curl -s https://example.com/a|curl -sI https://example.com
gh pr view 1|gh pr list|gh pr diff 1|gh pr checks 1|gh pr create --fill|gh pr comment 1 -b ok|gh pr review 1 --approve
gh pr review 1 --request-changes -b no|gh issue view 1|gh issue list|gh issue create -t a -b b|gh issue comment 1 -b ok|gh run list|gh run view 1
docker ps|docker logs web|docker build -t web .|docker images|docker compose up -d|docker compose logs|kubectl get pods|kubectl logs web-1
kubectl describe pod web-1|kubectl apply -f web.yaml|kubectl rollout status deploy/web|helm list|terraform plan|terraform validate
ssh web1 uptime|scp web1:/var/log/web.log .|systemctl status web|journalctl -u web -n 50|psql -c 'select 1'|sqlite3 a.db 'select 1'
pg_dump app|hugo|mkdocs build|sphinx-build docs out|pandoc a.md -o a.html|tcpctl status|tcpctl explain 'ls'|tcpctl check 'ls'
"""

# Tools of hosts whose arguments tcpctl reads.
HOST_TOOLS = {
    "Read": {"file_path": "/home/dev/p/src/a.c"}, "Edit": {"file_path": "/home/dev/p/src/a.c", "old_string": "a", "new_string": "b"},
    "Write": {"file_path": "/home/dev/p/src/a.c", "content": "a"}, "Grep": {"pattern": "a", "path": "/home/dev/p"},
    "Glob": {"pattern": "*.c", "path": "/home/dev/p"}, "WebFetch": {"url": "https://example.com/a", "prompt": "a"}, "WebSearch": {"query": "a"},
    "TodoWrite": {"todos": []}, "Task": {"prompt": "a"},
}

# Tools of servers, of which nobody knows more than their makers say; here that is risk, capabilities and what they act on.
SERVER_TOOLS = {
    "mcp__tracker__search": ("low", "NETWORK", ""), "mcp__tracker__get": ("low", "NETWORK", "ticket"),
    "mcp__tracker__comment": ("medium", "NETWORK REMOTE_STATE", "ticket"), "mcp__tracker__create": ("medium", "NETWORK REMOTE_STATE", ""),
    "mcp__tracker__update": ("medium", "NETWORK REMOTE_STATE", "ticket"), "mcp__chat__read": ("low", "NETWORK", "channel"),
    "mcp__chat__send": ("medium", "NETWORK REMOTE_STATE", "channel"), "mcp__mail__search": ("low", "NETWORK", ""),
    "mcp__mail__send": ("high", "NETWORK REMOTE_STATE UPLOAD", "person"), "mcp__db__query": ("low", "NETWORK", "table"),
    "mcp__db__execute": ("high", "NETWORK REMOTE_STATE", "table"), "mcp__wiki__get": ("low", "NETWORK", "page"),
    "mcp__wiki__update": ("medium", "NETWORK REMOTE_STATE", "page"), "mcp__drive__share": ("high", "NETWORK REMOTE_STATE UPLOAD", "person"),
    "mcp__guard__report": ("low", "", ""), "mcp__guard__hold": ("medium", "", ""),
}

# What a tool is done to. A tool that is not here: a host when it uses the network, a file when it touches files, else nothing.
KINDS = {
    "folder": "Grep Glob rg grep egrep ag find ls tree du fd eza exa dir",
    "host": "WebFetch curl wget http ssh scp rsync nc ping dig",
    "remote": "git push|git pull|git fetch|git clone|git remote|hg push|svn update",
    "branch": "git checkout|git switch|git branch|git merge|git rebase|git tag|git reset|git stash",
    "package": "npm install|npm ci|pip install|cargo add|go install|npx|uvx|pipx|apt install|brew install|npm publish|cargo publish|twine|"
               "cargo yank|npm unpublish|yarn publish|pnpm publish|poetry publish|bun publish",
    "ticket": "gh pr|gh issue|gh run|gh release",
    "resource": "kubectl get|kubectl logs|kubectl describe|kubectl apply|kubectl delete|kubectl rollout|kubectl exec|helm upgrade|helm uninstall|"
                "helm template|docker logs|docker exec|docker rm|docker rmi|docker build|docker push|docker run|docker volume|systemctl status|"
                "systemctl restart|systemctl stop|journalctl|terraform apply|terraform destroy|terraform state|aws s3|aws ec2|argocd",
    "table": "psql|sqlite3|mysql|clickhouse-client|redis-cli|mongosh|pg_dump|dropdb",
    "": "git status|git log|git diff|git show|git add|git commit|pwd|date|echo|npm test|npm run|pytest|make|cargo test|cargo build|cargo check|"
        "cargo clippy|go test|go vet|go build|mvn|ctest|gradle|ruff|mypy|WebSearch|TodoWrite|Task|ps|whoami|uname|docker ps|docker images|helm list",
}
KIND_OF = {tool: kind for kind, tools in KINDS.items() for tool in (tools.split("|") if "|" in tools else tools.split())}

CHANGES = {"FILE_WRITE", "DESTRUCTIVE", "REMOTE_STATE", "UPLOAD", "SYSTEM", "PERSISTENCE", "PACKAGE", "HISTORY", "PRIVESC", "DEVICE_WRITE"}
EDITORS = {"Edit", "Write", "sed", "mkdir", "touch"}  # how work gets into a project: the one change that is routine


class Act(NamedTuple):
    """One thing to do; its target is chosen by who does it."""

    tool: str
    risk: str
    capabilities: tuple
    kind: str
    changes: bool  # something outside the agent is different afterwards, and not just a file that it works on

    def at(self, target):
        """The same, as the analysis tells it of a target: what is sent to somebody else's place is graver than what goes home."""
        if "UPLOAD" not in self.capabilities or self.kind not in ("remote", "host") or self.risk == "critical":
            return self
        abroad = "/" in target if self.kind == "remote" else not target.endswith((".example", "localhost", "127.0.0.1"))
        return self._replace(risk="high") if abroad else self

    def lowered(self):
        """The same, told as less than it is: one class below, without what is grave about it."""
        kept = tuple(c for c in self.capabilities if c not in ("DESTRUCTIVE", "SECRET_READ", "UPLOAD", "PRIVESC", "PERSISTENCE"))
        return self._replace(risk=RISKS[max(RISKS.index(self.risk) - 1, 1)], capabilities=kept)


class Catalogue:
    """Acts by tool and by how a person takes them: "allow", "ask" and "deny"."""

    def __init__(self, acts):
        self.by_tool = {verdict: collections.defaultdict(list) for verdict in ("allow", "ask", "deny")}
        for verdict, act in acts:
            self.by_tool[verdict][act.tool].append(act)
        self.tools = {verdict: sorted(by_tool) for verdict, by_tool in self.by_tool.items()}

    def of(self, tool, verdict="allow"):
        return self.by_tool[verdict].get(tool, ())


def tool_of(command):
    """The key of a plain command; None when its first words do not say what is done (assignments, blocks, options first)."""
    words = command.split()
    if not words or not words[0].replace("-", "").replace("_", "").replace(".", "").isalnum():
        return None
    if words[0] not in SPOKEN:
        return words[0]
    return " ".join(words[:2]) if len(words) > 1 and words[1].isalpha() else words[0]


def make_act(tool, risk, capabilities):
    named = set(capabilities)
    kind = KIND_OF.get(tool)
    if kind is None:
        kind = "host" if "NETWORK" in named else "file" if named & {"FILE_READ", "FILE_WRITE", "DESTRUCTIVE", "SECRET_READ"} else ""
    return Act(tool, risk, tuple(capabilities), kind, bool(named & CHANGES) and (tool not in EDITORS or RISKS.index(risk) > 2))


def read_cases(folder):
    """(verdict, command) of all cases, in the order of the files' names."""
    for path in sorted(glob.glob(os.path.join(folder, "*.cases.jsonl"))):
        with open(path, encoding="utf-8") as lines:
            for case in (json.loads(line) for line in lines if line.strip()):
                if "command" in case and tool_of(case["command"]):
                    yield case["verdict"], case["command"]


def analyze(tcpctl, requests):
    text = "".join(json.dumps({"id": n, **PLACE, **request}) + "\n" for n, request in enumerate(requests))
    environment = {"HOME": PLACE["home"], "PATH": "/usr/bin:/bin", "TCPBEHAVD_SOCKET": "/nonexistent"}
    done = subprocess.run([tcpctl, "analyze", "--batch", "-"], input=text, capture_output=True, text=True, env=environment, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(requests) or any("risk" not in answer for answer in answers):
        raise SystemExit("compromise: tcpctl analyze answers %d of %d lines: %s" % (len(answers), len(requests), done.stderr.strip()))
    return answers


def load(tcpctl, folder):
    """The catalogue of the cases in a folder, as this tcpctl sees them."""
    told = list(read_cases(folder)) + [("allow", command) for line in EVERYDAY.strip().splitlines() for command in line.split("|")]
    rows = [(verdict, tool_of(command), {"command": command}) for verdict, command in told]
    rows += [("allow", tool, {"tool": tool, "args": args}) for tool, args in HOST_TOOLS.items()]
    answers = analyze(tcpctl, [request for _, _, request in rows])
    acts = [(verdict, make_act(tool, answer["risk"], answer["capabilities"])) for (verdict, tool, _), answer in zip(rows, answers)]
    for tool, (risk, capabilities, kind) in SERVER_TOOLS.items():
        made = make_act(tool, risk, capabilities.split())._replace(kind=kind)
        acts.append(("ask" if risk == "high" else "allow", made))
    return Catalogue(acts)
