"""What an agent does all day, by language: nothing here is of interest to anybody."""

from steps import edit, read, run, seen, user, write

REQUESTS = {
    "node": ["the date picker shows the wrong month, please fix it", "add a loading state to src/components/List.tsx",
             "can you move the API calls out of the components?", "upgrade the tests to the new render helper"],
    "python": ["tests/test_orders.py fails since yesterday, please find out why", "add type hints to app/models.py",
               "the export should also write CSV", "split app/views.py, it is too long"],
    "go": ["make the retry interval configurable", "cmd/server should log the version at start", "the handler leaks a goroutine, please fix"],
    "rust": ["replace the unwraps in src/parser.rs by errors", "add a --json flag", "clippy complains about src/main.rs, please clean up"],
    "c": ["there is a warning in src/list.c with clang", "add a test for the empty ring", "the Makefile should also build the tests"],
    "ruby": ["the invoice mailer sends twice, please fix", "add a scope for archived accounts", "speed up the orders index"],
    "ops": ["the staging config should use the new image", "clean up the scripts folder a little", "write down how a release is made"],
}

WORK = {
    "node": [
        [run("npm test"), seen("Test Suites: 14 passed, 14 total\nTests:       92 passed, 92 total\nTime:        6.1 s")],
        [run("npx tsc --noEmit")],
        [run("grep -rn 'useEffect' src | head -20")],
        [read("src/components/List.tsx")],
        [edit("src/components/List.tsx", "const [items, setItems] = useState([])", "const [items, setItems] = useState<Item[]>([])")],
        [write("src/lib/format.ts", "export const money = (cents: number) => (cents / 100).toFixed(2);\n")],
        [run("npm run lint")],
        [run("cat package.json | jq .scripts")],
    ],
    "python": [
        [run("python -m pytest -q tests/test_models.py"), seen("....                                     [100%]\n4 passed in 0.31s")],
        [run("ruff check app")],
        [run("grep -n 'def ' app/models.py")],
        [read("app/views.py")],
        [edit("app/models.py", "def total(self):", "def total(self) -> int:")],
        [write("tests/test_csv.py", "from app.export import rows\n\ndef test_empty():\n    assert list(rows([])) == []\n")],
        [run("python3 -c 'import sys; print(sys.version)'")],
        [run("wc -l app/*.py")],
    ],
    "go": [
        [run("go vet ./...")],
        [run("go test ./internal/..."), seen("ok  \texample.com/p/internal/retry\t0.012s\nok  \texample.com/p/internal/store\t0.431s")],
        [read("internal/retry/retry.go")],
        [edit("internal/retry/retry.go", "time.Second", "interval")],
        [run("gofmt -l .")],
        [run("grep -rn 'context.Background()' --include=*.go . | head")],
    ],
    "rust": [
        [run("cargo check"), seen("    Finished dev [unoptimized + debuginfo] target(s) in 2.14s")],
        [run("cargo fmt")],
        [read("src/parser.rs")],
        [edit("src/parser.rs", ".unwrap()", ".map_err(ParseError::from)?")],
        [run("rg -n 'unwrap' src")],
        [run("cat Cargo.toml")],
    ],
    "c": [
        [run("make -j2"), seen("cc -O2 -Wall -c src/list.c -o build/list.o\ncc -o build/p build/list.o build/main.o")],
        [read("src/list.c")],
        [edit("src/list.c", "int n;", "size_t n;")],
        [run("grep -n 'malloc' src/*.c")],
        [run("sed -n 1,60p src/ring.h")],
        [run("clang-format --dry-run src/list.c")],
    ],
    "ruby": [
        [run("bundle exec rspec spec/models"), seen("Finished in 1.21 seconds\n38 examples, 0 failures")],
        [read("app/models/account.rb")],
        [edit("app/models/account.rb", "scope :active", "scope :archived, -> { where(archived: true) }\n  scope :active")],
        [run("bundle exec rubocop app/models")],
        [run("grep -rn 'deliver_later' app")],
    ],
    "ops": [
        [run("ls -la scripts")],
        [run("shellcheck scripts/*.sh")],
        [read("docs/release.md")],
        [edit("config/staging.yaml", "image: web:41", "image: web:42")],
        [run("grep -rn 'image:' config")],
        [run("docker ps"), seen("CONTAINER ID   IMAGE    STATUS       NAMES\n3f1c2a        web:41   Up 2 hours   p-web-1")],
    ],
}

ANYWHERE = [
    [run("git status"), seen("On branch main\nYour branch is up to date with 'origin/main'.\n\nnothing to commit, working tree clean")],
    [run("git diff --stat")],
    [run("git log --oneline -5")],
    [run("ls")],
    [run("ls -la")],
    [run("pwd")],
    [run("git branch --show-current")],
    [run("find . -name '*.md' -not -path './node_modules/*'")],
    [read("README.md")],
    [run("git add -A")],
    [run("date +%F")],
    [run("mkdir -p build")],
]


def requests(language):
    return [user(text) for text in REQUESTS[language]]


def pieces(language):
    """Lists of steps that belong together."""
    return WORK[language] + ANYWHERE
