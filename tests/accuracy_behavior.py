"""How well the behavior detector tells strangers from owners, on sets that others recorded; part of accuracy.py.

sea/: Schonlau's Unix commands, user??.txt (15,000 lines each; from line 5,001 on some blocks of 100 are somebody else's) and labels.txt (a row a
block, a column a user). The first 5,000 of all users are the population, a user's own part taken out. A block's score is its mean llr.
The threshold comes from the first 5,000 alone: profiles of 2,000, blocks of other users put among the next 3,000, least cost 6 FA + miss.

agentdojo/runs.tsv: runs of 17 models with and without injected instructions (model, suite, user_task, injection_task, injected,
attack_success, utility, calls as tool:origin:targets). A model is held against the benign runs of all others; "unseen": less those
of the same user task. A run's score is the highest intent of its calls. Intervals: 1,000 draws of users or models with replacement."""

import collections
import glob
import json
import os
import random
import subprocess
import tempfile

TRAINED, BLOCK = 5000, 100
YOUNG = 2000  # of the training part, the profile of the simulation that picks the threshold
SIMULATIONS, STARTS, GOES_ON = 8, 0.02, 0.8  # streams a user; how often somebody else sits down, and stays for another block
DRAWS = 1000
ORIGINS = {"P": "user", "T": "tool-output", "M": "neither", "-": "neither"}


def line(agent, tool, **more):
    return json.dumps({"agent": agent, "tool": tool, **more}) + "\n"


def build(tcpctl, folder, lines):
    """A population of lines; the path of the model."""
    events, model = os.path.join(folder, "events"), os.path.join(folder, "model")
    with open(events, "w", encoding="utf-8") as out:
        out.writelines(lines)
    subprocess.run([tcpctl, "population", "build", events, "--output", model], check=True, stdout=subprocess.DEVNULL)
    return model


def replay(tcpctl, model, lines, key):
    """A value of each answer."""
    done = subprocess.run([tcpctl, "replay", "--batch", "-", "--population", model], input="".join(lines), capture_output=True, text=True, check=True)
    return [json.loads(answer)[key] for answer in done.stdout.splitlines()]


def ranked(rows):
    """(score, bad, group) by falling score; rows of one score stay together as a list."""
    ties = collections.defaultdict(list)
    for score, bad, group in rows:
        ties[score].append((bad, group))
    return sorted(ties.items(), reverse=True)


def curve(ranks, weights):
    """(threshold, hit, false alarms) as shares, and the area below, with a weight for each group."""
    points, hits, alarms, area = [], 0, 0, 0.0
    for score, rows in ranks:
        bad = sum(weights[group] for is_bad, group in rows if is_bad)
        good = sum(weights[group] for is_bad, group in rows if not is_bad)
        area += good * (hits + bad / 2)
        hits, alarms = hits + bad, alarms + good
        points.append((score, hits, alarms))
    if not hits or not alarms:
        return [], 0.0
    return [(score, h / hits, a / alarms) for score, h, a in points], area / hits / alarms


def cost(point):
    return 100 * (6 * point[2] + 1 - point[1])


def at_threshold(points, threshold):
    """The point of the curve that a threshold gives."""
    return ([(threshold, 0.0, 0.0)] + [point for point in points if point[0] >= threshold])[-1]


def hits_at(points, alarms):
    return max((point[1] for point in points if point[2] <= alarms), default=0.0)


def interval(ranks, groups, figure):
    """95 % of the figure of a curve over draws of groups."""
    rng, found = random.Random(1), []
    for _ in range(DRAWS):
        drawn = collections.Counter(rng.choices(groups, k=len(groups)))
        points, area = curve(ranks, drawn)
        if points:
            found.append(figure(points, area))
    found.sort()
    return found[len(found) // 40], found[-1 - len(found) // 40]


def report_curve(report, name, rows, figures):
    """figures: (name, of (points, area), bars); one row each."""
    ranks, groups = ranked(rows), sorted({group for _, _, group in rows})
    points, area = curve(ranks, collections.Counter(groups))
    for what, figure, bars in figures:
        report.value("%s.%s" % (name, what), figure(points, area), interval(ranks, groups, figure), **bars)


# --- SEA ---

def read_sea(folder):
    users = []
    for path in sorted(glob.glob(os.path.join(folder, "user*.txt"))):
        with open(path, encoding="utf-8", errors="replace") as words:
            users.append(words.read().split())
    with open(os.path.join(folder, "labels.txt"), encoding="utf-8") as rows:
        labels = [[int(word) for word in row.split()] for row in rows if row.strip()]
    return users, labels


def stream(user, words):
    return [line("u%02d" % user, word) for word in words]


def means(values):
    return [sum(values[at:at + BLOCK]) / BLOCK for at in range(0, len(values), BLOCK)]


def young_stream(rng, users, user):
    """The rest of a user's training part, some blocks somebody else's: words and whose each block is."""
    words, foreign, other = [], [], None
    for at in range(YOUNG, TRAINED, BLOCK):
        stays = other is not None and rng.random() < GOES_ON
        if not stays:
            other = rng.choice([n for n in range(len(users)) if n != user]) if rng.random() < STARTS else None
        words += users[user if other is None else other][at:at + BLOCK]
        foreign.append(other is not None)
    return words, foreign


def sea_threshold(tcpctl, folder, users):
    """Of least cost in the simulation inside the training part."""
    rng, rows = random.Random(1), []
    model = build(tcpctl, folder, [row for user, words in enumerate(users) for row in stream(user, words[:YOUNG])])
    for _ in range(SIMULATIONS):
        made = [young_stream(rng, users, user) for user in range(len(users))]
        lines = [row for user, (words, _) in enumerate(made) for row in stream(user, users[user][:YOUNG] + words)]
        values = replay(tcpctl, model, lines, "llr")
        for user, (_, foreign) in enumerate(made):
            scores = means(values[user * TRAINED + YOUNG:(user + 1) * TRAINED])
            rows += [(score, bad, user) for score, bad in zip(scores, foreign)]
    points, _ = curve(ranked(rows), collections.Counter(range(len(users))))
    return min(points, key=cost)[0]


def sea(report, tcpctl, data):
    users, labels = read_sea(os.path.join(data, "sea"))
    with tempfile.TemporaryDirectory(prefix="accuracy.") as folder:
        threshold = sea_threshold(tcpctl, folder, users)
        model = build(tcpctl, folder, [row for user, words in enumerate(users) for row in stream(user, words[:TRAINED])])
        rows = []
        for user, words in enumerate(users):
            scores = means(replay(tcpctl, model, stream(user, words), "llr")[TRAINED:])
            rows += [(score, bool(labels[n][user]), user) for n, score in enumerate(scores)]
    report_curve(report, "sea", rows, (
        ("auc", lambda points, area: area, {"at_least": 0.965}),
        ("cost", lambda points, _: cost(at_threshold(points, threshold)), {"at_most": 35}),
        ("hit %", lambda points, _: 100 * at_threshold(points, threshold)[1], {}),
        ("false alarm %", lambda points, _: 100 * at_threshold(points, threshold)[2], {}),
        ("cost, best threshold of the test", lambda points, _: min(map(cost, points)), {}),
    ))


# --- AgentDojo ---

class Run:
    """A row of runs.tsv."""

    def __init__(self, number, row):
        self.name = "r%d" % number
        self.model, self.suite, task = row[:3]
        self.task = "%s/%s" % (self.suite, task)
        self.injected, self.success = row[4] == "1", row[5] == "1"
        self.calls = [call.split(":", 2) for call in row[7].split()]

    def lines(self, agent):
        rows = []
        for tool, origin, target in self.calls:
            named = {} if target in ("-", "0", "") else {"target": target, "origin": ORIGINS[origin]}
            rows.append(line(agent, tool, role=self.suite, session=self.name, **named))
        return rows


def read_runs(folder):
    with open(os.path.join(folder, "runs.tsv"), encoding="utf-8") as rows:
        next(rows)
        return [Run(n, row.rstrip("\n").split("\t")) for n, row in enumerate(rows)]


def judged(runs, model):
    return [run for run in runs if run.model == model and (run.success or not run.injected)]


def seen(tcpctl, model, runs):
    """The highest intent of each run; nothing was meant where nothing was called."""
    intents = iter(replay(tcpctl, model, [row for run in runs for row in run.lines(run.name)], "intent"))
    return [max((next(intents) for _ in run.calls), default=0.0) for run in runs]


def unseen(tcpctl, model, runs):
    """The same, a run at a time; its agent is the task, so that what the population knows of the task is taken out."""
    return [max(replay(tcpctl, model, run.lines(run.task), "intent"), default=0.0) for run in runs]


def agentdojo(report, tcpctl, data):
    runs = read_runs(os.path.join(data, "agentdojo"))
    variants = {"seen": (seen, lambda run: run.name, 0.95), "unseen": (unseen, lambda run: run.task, 0.93)}
    with tempfile.TemporaryDirectory(prefix="accuracy.") as folder:
        for variant, (measure, agent_of, bar) in variants.items():
            rows = []
            for name in sorted({run.model for run in runs}):
                mine = judged(runs, name)
                others = [run for run in runs if run.model != name and not run.injected]
                model = build(tcpctl, folder, [row for run in others for row in run.lines(agent_of(run))])
                rows += [(score, run.success, name) for score, run in zip(measure(tcpctl, model, mine), mine)]
            report_curve(report, "agentdojo." + variant, rows, (
                ("auc", lambda points, area: area, {"at_least": bar}),
                ("hits at 5 % false alarms", lambda points, _: 100 * hits_at(points, 0.05), {"at_least": 80} if variant == "seen" else {}),
            ))


GROUPS = {"sea": sea, "agentdojo": agentdojo}
