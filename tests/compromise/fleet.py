"""Agents at work: each has a role, habits of its own, a project with its targets, sessions, tasks, retries, rare one-off acts, and
slowly changes; some take up new work. Nothing here is compromised: attacks.py takes over agents that are made here.

Everything is drawn from one generator a fleet, so a seed says all. Times are seconds; an event is what the daemon would hear of."""

import heapq
import math
import random
from bisect import bisect
from itertools import accumulate
from typing import NamedTuple

from acts import Act
from roles import ACTIVITIES, ENDINGS, NEW_TARGETS, ROLES, SHARED, STACKS, WORDS

EPOCH = 1_750_000_000
ONE_OFF = 0.003  # acts that nothing explains but the moment: any allowed act of the catalogue
BLUNDER = 0.0001  # an honest agent tries what is denied to everybody
RETRY = 0.035  # the same call again, at once: flaky tests, timeouts
RECENT = 8  # the things in hand
POOL_MAX = 600  # what is remembered of old targets
ROUGH_SESSION, ROUGHER = 0.04, 10  # an incident, a migration, a release: sessions with that many times the grave acts
LENT_SESSION, LENT_SHARE = 0.01, 0.5  # sessions in which an agent helps out: half of it is another role's work
GUIDE = 0.0025  # of the activities: the steps of a page are followed, on the packages and hosts that it names
TAKES_UP_NEW_WORK = 0.3  # of the clean agents: a new tool, a new duty
NEW_WORK_SHARE = (0.05, 0.25)  # of all they do, reached over 100 to 400 events
CAMPAIGNS = 2  # a fleet: something that sends many clean agents to the same new place at the same time
CAMPAIGN_SPREAD_S = 3600

# Who named a target first, when it is new in this session: (user, tool output); else it was the agent. Changing something
# that only tool output named is rare for honest agents, editing a file that a search found is not.
ORIGINS = {"read": (0.22, 0.28), "edit": (0.35, 0.08), "change": (0.45, 0.05)}
OLD_ORIGINS = {"read": (0.12, 0.08), "edit": (0.12, 0.02), "change": (0.15, 0.008)}


class Event(NamedTuple):
    """One call as the detector hears of it, and, for who evaluates, whether an intruder made it."""

    time: float
    session: int
    act: Act
    target: str
    origin: str
    odd: bool


class Choice:
    """Things with weights, drawn often."""

    def __init__(self, things, weights):
        self.things = list(things)
        self.sums = list(accumulate(weights))

    def draw(self, rng):
        return self.things[bisect(self.sums, rng.random() * self.sums[-1])]


def steps_of(activity):
    """[(tools, skipped, repeated)] of an activity of roles.py."""
    for step in ACTIVITIES[activity]:
        mark = step[-1] if step[-2:] in (" ?", " +", " *") else ""
        tools = step[:-2] if mark else step
        yield tools.split("|"), 0.5 if mark in ("?", "*") else 0.0, 0.55 if mark in ("+", "*") else 0.0


def role_weights(role):
    pairs = (row.rsplit(" ", 1) for row in ROLES[role][0].split(";"))
    return {activity: float(weight) for activity, weight in pairs}


class World:
    """A company: how its fleet leans, which differs from the next one, and the names of its things."""

    def __init__(self, rng):
        self.rng = rng
        self.mixes = {role: {a: w * lean(rng, 8) for a, w in role_weights(role).items()} for role in ROLES}
        self.shared = {kind: Choice(names.split(), (1 / (n + 1) for n in range(len(names.split())))) for kind, names in SHARED.items()}
        self.hosts = ["%s.%s.example" % (rng.choice(WORDS), rng.choice(WORDS)) for _ in range(40)]


def lean(rng, sharpness):
    """A factor around one: the greater the sharpness, the closer."""
    return rng.gammavariate(sharpness, 1 / sharpness)


class Targets:
    """The things that an agent of a project works on, by kind: what it used comes again, and now and then there is a new one."""

    def __init__(self, rng, world, stack):
        self.rng, self.world = rng, world
        self.ending = ENDINGS[stack]
        self.folders = ["%s/%s" % (rng.choice(("src", "lib", "app", "pkg", "tests")), word) for word in rng.sample(WORDS, 9)]
        self.curiosity = math.exp(rng.gauss(0, 0.4))
        self.used = {}

    def made_up(self, kind):
        pick, number = self.rng.choice, self.rng.randrange
        if kind == "file":
            return "%s/%s_%s.%s" % (pick(self.folders), pick(WORDS), pick(WORDS), pick((self.ending, self.ending, self.ending, "md", "json")))
        if kind == "folder":
            return pick(self.folders)
        if kind == "host":
            return pick(self.world.hosts) if number(3) else "%s%s.%s" % (pick(WORDS), pick(WORDS), pick(("com", "org", "io", "dev")))
        if kind == "ticket":
            return "#%d" % number(100, 9000)
        if kind == "remote":
            return "git@github.com:%s/%s.git" % (pick(WORDS), pick(WORDS))
        sign = {"channel": "#", "person": "@", "branch": "topic/", "resource": "deploy/"}.get(kind, "")
        return "%s%s-%s" % (sign, pick(WORDS), pick(WORDS))

    def new(self, kind):
        shared = self.rng.random() * 1000 < NEW_TARGETS[kind][1]
        return self.world.shared[kind].draw(self.rng) if shared else self.made_up(kind)

    def draw(self, kind, apart):
        """(target, whether it was used before); what is changed has a pool apart, which is smaller and steadier than what is read."""
        random_of = self.rng.random
        used = self.used.setdefault((kind, apart), [])
        rate = NEW_TARGETS[kind][0] * self.curiosity * (0.6 if apart else 1) / 1000
        # Early more is new; later what was used often is used again (a Polya urn), half of the time what was used last.
        fresh = not used or random_of() < rate * (1 + 30 / (len(used) + 3))
        if fresh:
            target = self.new(kind)
        elif random_of() < 0.5:
            target = used[-1 - int(random_of() * min(len(used), RECENT))]
        else:
            target = used[int(random_of() * len(used))]
        used.append(target)
        if len(used) > POOL_MAX:
            del used[int(random_of() * POOL_MAX / 2)]
        return target, not fresh


class Agent:
    """One agent. step() is what it does next; takeover, set by an attack, may put something else in its place."""

    def __init__(self, world, catalogue, name, role):
        self.rng = random.Random(world.rng.getrandbits(64))
        self.world, self.catalogue, self.name, self.role = world, catalogue, name, role
        self.stack = self.rng.choice(sorted(STACKS))
        self.targets = Targets(self.rng, world, self.stack)
        self.weights = {a: w * lean(self.rng, 3) for a, w in world.mixes[role].items()}
        extra = self.rng.choice(sorted(ACTIVITIES))
        self.weights.setdefault(extra, 0.03 * sum(self.weights.values()))
        self.habits, self.acts_of, self.tools_used = {}, {}, {}
        self.grave = ROLES[role][1] * lean(self.rng, 3) / 1000
        self.pace = math.exp(self.rng.gauss(0, 0.25))
        self.clock = EPOCH + self.rng.random() * 7200
        self.count, self.session, self.session_left, self.task_left = 0, 0, 0, 0
        self.seen, self.queue, self.last = {}, [], None
        self.change_at, self.change, self.errands = None, None, []
        self.rough, self.guided, self.lent, self.takeover = 1, 0, (), None

    def plan_new_work(self, after, before):
        """An honest change: another role's work becomes part of this agent's, for good."""
        rng = self.rng
        others = sorted(set(role_weights(rng.choice(sorted(set(ROLES) - {self.role})))) - set(self.weights))
        self.change_at = rng.randrange(after, before)
        self.change = (rng.sample(others, min(2, len(others))), rng.uniform(*NEW_WORK_SHARE), rng.randrange(100, 400))

    def new_work(self):
        """An activity that is not of this agent's own mix, when it has and wants one."""
        drawn = self.rng.random()
        if self.lent and drawn < LENT_SHARE:
            return self.rng.choice(self.lent)
        if self.change and self.count > self.change_at:
            activities, share, over = self.change
            if drawn < share * min(1.0, (self.count - self.change_at) / over):
                return self.rng.choice(activities)
        return None

    def start_session(self):
        rng = self.rng
        self.session += 1
        self.session_left = int(rng.lognormvariate(4.6, 0.5)) + 5
        self.seen, self.queue, self.task_left, self.guided = {}, [], 0, 0
        self.lent = sorted(role_weights(rng.choice(sorted(ROLES)))) if rng.random() < LENT_SESSION else ()
        self.rough = ROUGHER if rng.random() < ROUGH_SESSION else 1
        self.clock += rng.expovariate(1 / 900) if self.session > 1 else 0
        for activity in self.weights:  # slow drift, drawn back to where the role is
            self.weights[activity] *= math.exp(rng.gauss(0, 0.06))
            home = self.world.mixes[self.role].get(activity)
            if home:
                self.weights[activity] *= (home / self.weights[activity]) ** 0.02

    def start_task(self):
        """A task wants some of the activities more than the others, for a while."""
        weights = dict(self.weights)
        for activity in self.rng.choices(list(weights), weights.values(), k=2):
            weights[activity] *= 4
        self.mix = Choice(weights, weights.values())
        self.task_left = self.rng.randrange(20, 90)

    def habit(self, tools):
        """Which of the tools that can do a step this agent likes."""
        key = "|".join(tools)
        if key not in self.habits:
            stack = STACKS[self.stack]
            real = [tool for name in tools for tool in (stack[name[1:]].split("|") if name[0] == "@" else [name])]
            self.habits[key] = Choice(real, (lean(self.rng, 0.6) + 0.001 for _ in real))
        return self.habits[key].draw(self.rng)

    def act(self, tool):
        """A form of a tool: its own favourites; rarely, when there is one, a grave form that a person approved."""
        if tool not in self.acts_of:
            forms = self.catalogue.of(tool) or self.catalogue.of(tool, "ask")
            self.acts_of[tool] = Choice(forms, (lean(self.rng, 0.5) + 0.01 for _ in forms))
        graver = self.catalogue.of(tool, "ask")
        if graver and self.rng.random() < self.grave * self.rough:
            return self.rng.choice(graver)
        return self.acts_of[tool].draw(self.rng)

    def start_guide(self):
        """An honest page is obeyed: what an injection looks like when it is none."""
        steps = self.rng.choices((["@install"], ["curl", "wget"], ["mkdir", "cp", "Write"], ["@run"]), (4, 2, 2, 2), k=self.rng.randrange(1, 5))
        self.queue = steps + [["WebFetch", "Read"]]
        self.guided = len(self.queue)

    def start_activity(self):
        self.clock += self.pace * self.rng.expovariate(1 / 30)
        if self.rng.random() < GUIDE:
            self.start_guide()
            return
        activity = self.new_work() or self.mix.draw(self.rng)
        random_of = self.rng.random
        for tools, skipped, repeated in steps_of(activity):
            if random_of() < skipped:
                continue
            self.queue.append(tools)
            while random_of() < repeated:
                self.queue.append(tools)
        self.queue.reverse()

    def next_act(self):
        random_of = self.rng.random
        if random_of() < ONE_OFF:
            verdict = "deny" if random_of() < BLUNDER / ONE_OFF else "allow"
            return self.rng.choice(self.catalogue.of(self.rng.choice(self.catalogue.tools[verdict]), verdict))
        if self.task_left <= 0:
            self.start_task()
        while not self.queue:
            self.start_activity()
        return self.act(self.habit(self.queue.pop()))

    def origin(self, act, target, known):
        """Who named the target: a session remembers that."""
        if target in self.seen:
            return self.seen[target]
        way = "change" if act.changes else "edit" if "FILE_WRITE" in act.capabilities else "read"
        user, output = (OLD_ORIGINS if known else ORIGINS)[way]
        drawn = self.rng.random()
        origin = "user" if drawn < user else "tool-output" if drawn < user + output else "neither"
        self.seen[target] = origin
        return origin

    def step(self):
        """(act, target, origin) of what an honest agent does next."""
        if self.last and self.rng.random() < RETRY:
            return self.last
        act = self.next_act()
        guided, self.guided = self.guided > 0, max(0, self.guided - 1)
        if guided and act.kind and self.rng.random() < 0.6:
            target = self.targets.new(act.kind)
            self.last = (act, target, self.seen.setdefault(target, "tool-output"))
        elif act.kind:
            target, known = self.targets.draw(act.kind, act.changes)
            self.last = (act, target, self.origin(act, target, known))
        else:
            self.last = (act, "", "neither")
        return self.last

    def event(self):
        """The next event, of whoever is in charge."""
        if self.session_left <= 0:
            self.start_session()
        self.clock += self.pace * self.rng.expovariate(1 / 9) + 0.2
        taken = self.takeover(self) if self.takeover else None
        if not taken and self.errands and self.errands[0][0] <= self.clock:
            done = self.errands.pop(0)[1:]
        else:
            done = taken or self.step()
        act, target, origin = done
        self.tools_used[act.tool] = self.tools_used.get(act.tool, 0) + 1
        self.count, self.session_left, self.task_left = self.count + 1, self.session_left - 1, self.task_left - 1
        return Event(self.clock, self.session, act.at(target), target, origin, bool(taken))

    def run(self, events):
        return [self.event() for _ in range(events)]


def campaign(world, catalogue, agents):
    """One day many are told of the same page or package: honest lock-step."""
    rng = world.rng
    tool = rng.choice(("WebFetch", "npm install", "pip install", "curl", "Read"))
    act = rng.choice(catalogue.of(tool))
    target = Targets(rng, world, "node").made_up(act.kind)
    begin = EPOCH + rng.uniform(20_000, 60_000)
    for agent in rng.sample(agents, max(1, len(agents) // 2)):
        for _ in range(rng.randrange(1, 3)):
            agent.errands.append((begin + rng.random() * CAMPAIGN_SPREAD_S, act, target, rng.choice(("user", "neither", "tool-output"))))
        agent.errands.sort(key=lambda errand: errand[0])


def make_agents(world, catalogue, names, changing_within):
    """Agents of all roles in turn, their campaigns arranged; some change their work within the given counts of events."""
    roles = sorted(ROLES)
    agents = [Agent(world, catalogue, name, roles[n % len(roles)]) for n, name in enumerate(names)]
    for agent in agents:
        if agent.rng.random() < TAKES_UP_NEW_WORK:
            agent.plan_new_work(*changing_within)
    for _ in range(CAMPAIGNS):
        campaign(world, catalogue, agents)
    return agents


def in_time(streams):
    """(time, number of the stream, agent, event) of all streams, as a daemon would hear them."""
    def numbered(n, agent, events):
        return ((event.time, n, agent, event) for event in events)

    return heapq.merge(*(numbered(n, agent, events) for n, (agent, events) in enumerate(streams)))
