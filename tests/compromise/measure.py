"""From levels to figures: what was caught, how late, and how often honest work was taken for something else."""

import math
from statistics import median

LEVELS = {"normal": 0, "unusual": 1, "suspicious": 2, "alarm": 3}
SUSPICIOUS, ALARM = 2, 3
WARM_UP = 1000  # events of an agent before which nothing is counted, for or against


class Watch:
    """The levels of one agent as they come. An episode begins when the level rises to alarm and ends when it falls below suspicious,
    so that a level that stays up counts once; what began before the onset is no hit."""

    def __init__(self, truth):
        self.truth = truth
        self.seen, self.rank, self.in_episode = 0, 0, False
        self.alarms, self.suspicions = [], []

    def feed(self, level):
        rank = LEVELS[level]
        if rank < SUSPICIOUS:
            self.in_episode = False
        elif self.rank < SUSPICIOUS:
            self.suspicions.append(self.seen)
        if rank == ALARM and not self.in_episode:
            self.in_episode = True
            self.alarms.append(self.seen)
        self.rank, self.seen = rank, self.seen + 1

    def honest_end(self):
        return self.seen if self.truth["kind"] is None else min(self.seen, self.truth["onset"])

    def honest_events(self):
        return max(0, self.honest_end() - WARM_UP)

    def false_alarms(self):
        return sum(WARM_UP <= at < self.honest_end() for at in self.alarms)

    def delay(self, entries):
        """Events from the onset to the first entry within the horizon; None when there is none."""
        onset = self.truth["onset"]
        return next((at - onset for at in entries if onset <= at < onset + self.truth["horizon"]), None)


def wilson(hits, trials, z=1.96):
    if not trials:
        return 0.0, 1.0
    share, spread = hits / trials, z * z / trials
    middle, half = share + spread / 2, z * math.sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


def poisson_at_most(count, mean):
    return sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1)) if mean > 0 else 1.0


def solve(falling, wanted):
    """The mean at which a falling function comes to a value, by halving."""
    low, high = 0.0, 1.0
    while falling(high) > wanted:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > wanted else (low, middle)
    return (low + high) / 2


def poisson_interval(count):
    """The exact interval of 95 % of the mean of a count (Garwood)."""
    low = solve(lambda mean: poisson_at_most(count - 1, mean), 0.975) if count else 0.0
    return low, solve(lambda mean: poisson_at_most(count, mean), 0.025)


def recall_row(kind, strength, watches):
    found = [watch.delay(watch.alarms) for watch in watches]
    hits = [delay for delay in found if delay is not None]
    suspected = sum(delay is not None or watch.delay(watch.suspicions) is not None for delay, watch in zip(found, watches))
    low, high = wilson(len(hits), len(watches))
    return {"kind": kind, "strength": strength, "agents": len(watches), "alarmed": len(hits), "recall": len(hits) / len(watches),
            "low": low, "high": high, "suspected": suspected / len(watches), "delay": median(hits) if hits else None,
            "horizon": watches[0].truth["horizon"]}


def false_alarm_row(name, watches):
    events, alarms = sum(w.honest_events() for w in watches), sum(w.false_alarms() for w in watches)
    per = 10000 / events if events else 0.0
    low, high = poisson_interval(alarms)
    return {"of": name, "events": events, "alarms": alarms, "per_10000": alarms * per, "low": low * per, "high": high * per}


def figures(watches):
    """All rows: recall by kind and strength, false alarms by role, by whether an honest agent changed its work, and in all."""
    cells, groups = {}, {}
    for watch in watches:
        truth = watch.truth
        if truth["kind"]:
            cells.setdefault((truth["kind"], truth["strength"]), []).append(watch)
        names = [truth["role"], "all"] + (["clean, " + ("work changes" if truth["changes"] else "work stays")] if not truth["kind"] else [])
        for name in names:
            groups.setdefault(name, []).append(watch)
    order = sorted(groups, key=lambda name: (name == "all", name.startswith("clean"), name))
    return {"recall": [recall_row(*cell, cells[cell]) for cell in sorted(cells)],
            "false_alarms": [false_alarm_row(name, groups[name]) for name in order]}
