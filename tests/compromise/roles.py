"""What the roles of a fleet do. An activity is a short burst of steps; a step names tools that can do the same, of which each agent has
its habits. A step that ends in "?" is left out half of the time, "+" is repeated, "*" both; "@test" is the tool of the agent's stack."""

STACKS = {
    "node": {"test": "npm test|npx", "build": "npm run", "lint": "npx|npm run", "install": "npm install|npm ci", "run": "node|npm run", "publish": "npm publish"},
    "python": {"test": "pytest|python3", "build": "python3", "lint": "ruff|mypy|black", "install": "pip install|uv run", "run": "python3", "publish": "twine"},
    "rust": {"test": "cargo test", "build": "cargo build|cargo check", "lint": "cargo clippy", "install": "cargo add", "run": "cargo build", "publish": "cargo publish"},
    "go": {"test": "go test", "build": "go build", "lint": "go vet", "install": "go mod|go install", "run": "go run|go build", "publish": "goreleaser"},
    "c": {"test": "make|ctest", "build": "make|cmake|ninja", "lint": "make", "install": "apt-cache|apt list", "run": "make|gdb", "publish": "gh release"},
    "java": {"test": "mvn|gradle", "build": "mvn|gradle", "lint": "mvn", "install": "mvn", "run": "java|mvn", "publish": "gh release"},
}

ACTIVITIES = {
    "explore": ("ls|Glob|find|tree|fd ?", "Grep|rg|grep +", "Read|cat|sed|head +", "wc|file|stat ?"),
    "implement": ("Read|sed|cat +", "Edit|Write|sed +", "@build ?", "@test", "Read *", "Edit *", "@test ?"),
    "debug": ("@test|@run", "Grep|rg|grep", "Read|sed|cat +", "@run|node|python3 *", "Edit +", "@test +"),
    "git": ("git status", "git diff ?", "git add", "git commit", "git pull|git fetch ?", "git push ?"),
    "branch": ("git status ?", "git checkout|git switch|git branch", "git pull|git merge|git fetch ?", "git log|git show ?"),
    "look it up": ("WebSearch ?", "WebFetch|curl +"),
    "install": ("@install +", "Read|cat ?", "@build|@test ?"),
    "tidy": ("ls|find ?", "rm|mv|cp|mkdir +", "git status ?"),
    "plan": ("TodoWrite", "Task|TodoWrite ?"),
    "read change": ("gh pr|git fetch|mcp__tracker__get", "gh pr|git diff|git show +", "git log|git blame *", "Read|Grep|cat +"),
    "comment": ("gh pr|mcp__tracker__comment", "gh pr|mcp__tracker__comment *"),
    "test run": ("@test +", "Read|cat|tail ?", "Grep|rg *", "@lint ?"),
    "write test": ("Read +", "Write|Edit +", "@test +"),
    "file bug": ("mcp__tracker__search|gh issue", "mcp__tracker__create|gh issue", "mcp__chat__send ?"),
    "query": ("psql|sqlite3|mcp__db__query|mysql +", "jq|awk|sort|csvcut *"),
    "crunch": ("Read|head|csvcut ?", "Write|Edit", "python3|Rscript|julia +", "Read|head|cat ?"),
    "table text": ("cat|head|tail", "awk|cut|sort|uniq|jq|join|xsv|mlr +", "wc ?"),
    "cluster": ("kubectl get|helm list +", "kubectl describe|kubectl logs|docker logs *", "kubectl apply|helm upgrade|kubectl rollout ?", "kubectl get|kubectl rollout *"),
    "logs": ("journalctl|kubectl logs|docker logs|tail +", "grep|rg|awk|jq *", "systemctl status ?"),
    "infra": ("Read", "Edit +", "terraform validate|terraform plan", "terraform plan ?", "git diff ?"),
    "host": ("ssh +", "scp|rsync|ssh ?", "systemctl status|ps|df|free|uptime|ss *"),
    "container": ("docker ps|docker images", "docker build|docker compose|docker run", "docker logs|docker ps *"),
    "machine": ("df|du|free|uptime|ps|ss|lsof +", "systemctl status|journalctl ?", "systemctl restart|kill ?"),
    "write": ("Read|Glob|Grep +", "Edit|Write +", "Read ?", "Edit *"),
    "site": ("hugo|sphinx-build|mkdocs|pandoc", "Read|ls ?", "Edit *"),
    "wiki": ("mcp__wiki__get +", "mcp__wiki__update ?"),
    "version": ("git log|git-cliff|git tag", "Read", "Edit +", "git commit|git tag"),
    "publish": ("@test ?", "@build|docker build", "gh release|git push|docker images", "curl|gh run ?"),
    "ticket": ("mcp__tracker__search|mcp__mail__search ?", "mcp__tracker__get +", "mcp__wiki__get|WebFetch|mcp__db__query ?", "mcp__tracker__comment|mcp__tracker__update"),
    "chat": ("mcp__chat__read +", "mcp__chat__send +"),
    "research": ("WebSearch +", "WebFetch +", "Read|Grep ?", "Write|Edit ?"),
    "download": ("wget|curl", "tar|unzip|file|gunzip ?", "ls ?"),
    "backup": ("pg_dump|restic|tar|borg", "ls|du ?", "rsync|cp ?"),
    "schema": ("Read +", "Edit|Write", "alembic|flyway|knex|psql", "psql|mcp__db__query ?"),
    "report": ("mcp__guard__report|mcp__guard__hold|tcpctl explain|tcpctl check",),
}

# Weights of activities, and how many in a thousand choices of a tool that can do grave things a person approves the grave form of.
ROLES = {
    "coder": ("explore 4;implement 6;debug 3;git 2.5;branch 1;look it up .8;install .5;tidy .5;plan .8;container .2;report .08", 12),
    "reviewer": ("read change 6;explore 3;comment 2.5;test run 1.2;branch .8;look it up .4;plan .3;report .32", 6),
    "tester": ("test run 6;write test 4;explore 2;debug 1.5;file bug .7;git 1.5;container .8;tidy .4;report .20", 12),
    "analyst": ("query 5;crunch 4;table text 3;explore 1;look it up .6;git .6;chat .5;download .3;tidy .3;report .08", 10),
    "devops": ("cluster 5;logs 3;infra 2.5;host 2;container 2;machine 1.5;git 1.5;explore 1;look it up .4;report .20", 30),
    "writer": ("write 6;explore 2;look it up 1.2;site 1.2;git 1.2;wiki 1;comment .2;plan .4;report .08", 5),
    "releaser": ("version 3;publish 3;git 3;branch 1.5;test run 2;read change 1;container 1;comment .6;chat .5;report .20", 30),
    "support": ("ticket 7;chat 3;wiki 1.5;query 1;logs .8;look it up .8;file bug .6;report .32", 25),
    "researcher": ("research 7;write 2.5;crunch 1.2;download .7;explore 1;chat .4;plan .4;report .08", 8),
    "database": ("query 6;schema 2.5;backup 1;logs 1;table text 1;git 1;explore 1;machine .5;chat .3;report .12", 25),
}

# How many in a thousand choices of a target are new, by kind, and how many of the new are known far beyond one project.
NEW_TARGETS = {"file": (140, 150), "folder": (90, 150), "host": (90, 500), "remote": (4, 300), "branch": (150, 100), "package": (180, 600),
               "ticket": (250, 0), "resource": (50, 80), "table": (30, 50), "channel": (15, 100), "person": (80, 0), "page": (80, 50)}

SHARED = {
    "file": "README.md package.json Makefile pyproject.toml Cargo.toml go.mod .gitignore src/main.c src/index.ts src/main.rs src/app.py setup.py "
            "Dockerfile CHANGELOG.md docs/index.md tests/test_main.py .github/workflows/ci.yml tsconfig.json config.yaml LICENSE /etc/hosts "
            "/etc/os-release /tmp/out.txt /tmp/a.json /usr/include/stdio.h /var/log/syslog",
    "folder": ". src tests docs lib include scripts config app pkg internal cmd /tmp /usr/include node_modules",
    "host": "github.com pypi.org registry.npmjs.org docs.python.org developer.mozilla.org stackoverflow.com crates.io pkg.go.dev en.wikipedia.org "
            "localhost 127.0.0.1 api.github.com raw.githubusercontent.com docs.rs nodejs.org arxiv.org kubernetes.io docs.docker.com man7.org "
            "deb.debian.org medium.com learn.microsoft.com cloud.google.com docs.aws.amazon.com readthedocs.io sqlite.org postgresql.org",
    "remote": "origin upstream fork",
    "branch": "main develop release HEAD master staging",
    "package": "lodash react typescript eslint requests numpy pandas pytest flask fastapi serde tokio clap anyhow express axios vite jest zod ruff "
               "black mypy sqlalchemy pydantic prettier tailwindcss next rand regex thiserror httpx pillow scipy boto3 click rich tqdm",
    "resource": "deploy/web deploy/api pod/web-1 svc/api web api db nginx",
    "table": "users events orders sessions",
    "channel": "#general #dev #alerts",
    "page": "home onboarding runbook",
}

WORDS = ("account api audit auth batch billing cache calendar cart catalog chart client cluster config cron crypto currency customer dashboard "
         "device editor email engine export feed filter form gateway geo graph health image import index invoice job key label ledger loader locale "
         "login mail map market media menu message metric model monitor notice order parser payment photo plan player plugin policy price profile "
         "proxy queue quota rate record region render report retry role route rule schema search sensor server session setting shape shop signal "
         "socket stock store stream style sync table task team tenant theme thread ticket timer token topic trace track upload user vault vendor "
         "video view wallet watch widget worker zone").split()
ENDINGS = {"node": "ts", "python": "py", "rust": "rs", "go": "go", "c": "c", "java": "java"}
