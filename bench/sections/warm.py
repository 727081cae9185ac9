"""A warm mail's own CPU, and how long a batch takes while the provider takes its time."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack

from bench.cold import aws_trust, trusting
from bench.container import Container
from bench.mails import batch
from bench.results import NAIVE, OURS, RECIPE, Bound, Findings, Plot, Run, Series
from bench.subjects import lambda_like
from bench.surroundings import Surroundings, surroundings

_ROUNDS, _FULL_ROUNDS = 4, 25
_BATCHES_A_ROUND = 5
_LATENCY_ROUNDS, _FULL_LATENCY_ROUNDS = 4, 11
_LATENCIES_MS, _FULL_LATENCIES_MS = (100.0,), (0.0, 50.0, 100.0, 500.0)
_TARGET_LATENCY_MS = 100.0
ALL, WITHOUT_AWS = "CPU a mail, with everything", "CPU a mail, without the AWS calls"
ONE, TEN, HUNDRED, BARE = "one call", "batch of 10", "batch of 100", ", without the AWS calls"
AWS_ALONE = ", its AWS calls alone"
ABOUT = """\
Containers that stay, each with its artefacts alone, take turns with batches over TLS. CPU is that
of the process itself, in user and system mode, divided by the mails of a batch of ten: the least of
five batches in each round, for the machine's noise only adds. Without the AWS calls, those of
DynamoDB return before anything is built, signed or sent. One call is naive's batch of one; cold
means that all connections were closed before, AWS's and the provider's. A warm batch is measured
with the AWS calls and without: their other end and the provider's, both emulated in Python, share
two processors with the sender, and a batch of 100 writes to DynamoDB 202 times. What that alone
comes to is measured, too: a process that parses and sends nothing makes the same writes with the
same client, and sleeps while the provider would take its time. A limit that even this process
misses is out of reach of a sender that claims each mail just before its call."""


def measure(run: Run) -> Findings:
    """CPU first, without latency; then the latencies."""
    run.say("building the artefacts")
    with surroundings(run.folder, tls=True) as around, ExitStack() as running:
        containers, bare = {}, {}
        for subject in lambda_like():
            trusted = trusting(subject, run.folder)
            environment = around.environment | aws_trust(subject, run.folder)
            containers[subject.name] = running.enter_context(Container(trusted, environment))
            if subject.name != RECIPE:
                bare[subject.name] = running.enter_context(
                    Container(trusted, environment, "--without-aws")
                )
            if subject.name == OURS:
                aws_alone = running.enter_context(
                    Container(trusted, environment, f"--aws-alone={_TARGET_LATENCY_MS / 1000}")
                )
        rounds = _FULL_ROUNDS if run.full else _ROUNDS
        series = _cpu(run, {ALL: containers, WITHOUT_AWS: bare}, rounds)
        series += _walls(run, containers, bare[OURS], aws_alone, around)
        series += _cold_walls(run, containers, around)
    return Findings(
        title="A warm mail",
        about=ABOUT,
        rounds=rounds,
        series=tuple(series),
        bounds=tuple(_bounds(series)),
        plots=(_plot(series),) if run.full else (),
    )


def _cpu(run: Run, groups: dict[str, dict[str, Container]], rounds: int) -> list[Series]:
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        run.say(f"CPU a mail, round {number + 1} of {rounds + 1}")
        for quantity, containers in groups.items():
            # Whoever comes first in one round is last in the next.
            for name, container in list(containers.items())[:: 1 if number % 2 else -1]:
                took = [container.invoke(batch(10)).cpu_ms for _ in range(_BATCHES_A_ROUND)]
                # The first round is cold.
                if number:
                    found[quantity, name].append(min(took) / 10)
    return _series(found)


def _walls(
    run: Run,
    containers: dict[str, Container],
    bare: Container,
    aws_alone: Container,
    around: Surroundings,
) -> list[Series]:
    rounds = _FULL_LATENCY_ROUNDS if run.full else _LATENCY_ROUNDS
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    ours, naive = containers[OURS], containers[NAIVE]
    for latency_ms in _FULL_LATENCIES_MS if run.full else _LATENCIES_MS:
        around.sandbox.control("PUT", "/profile", {"rate_limit": "off", "latency_ms": latency_ms})
        batches = [(ONE, NAIVE, naive, 1)]
        for mails, name in ((10, TEN), (100, HUNDRED)):
            batches += [(name, OURS, ours, mails), (name + BARE, OURS, bare, mails)]
            if latency_ms == _TARGET_LATENCY_MS:
                batches.append((name + AWS_ALONE, OURS, aws_alone, mails))
        if run.full and latency_ms <= _TARGET_LATENCY_MS:
            batches += [(TEN, name, containers[name], 10) for name in (NAIVE, RECIPE)]
        for number in range(rounds + 1):
            run.say(f"{latency_ms:.0f} ms latency, round {number + 1} of {rounds + 1}")
            for quantity, name, container, mails in batches:
                took_ms = container.invoke(batch(mails)).wall_ms
                # The first round opens connections.
                if number:
                    found[f"{quantity} at {latency_ms:.0f} ms", name].append(took_ms)
    return _series(found)


def _cold_walls(run: Run, containers: dict[str, Container], around: Surroundings) -> list[Series]:
    rounds = _FULL_LATENCY_ROUNDS if run.full else _LATENCY_ROUNDS
    latency = {"rate_limit": "off", "latency_ms": _TARGET_LATENCY_MS}
    around.sandbox.control("PUT", "/profile", latency)
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(rounds):
        run.say(f"all connections cold, round {number + 1} of {rounds}")
        for quantity, name, mails in ((ONE, NAIVE, 1), (TEN, OURS, 10)):
            around.hang_up()
            took_ms = containers[name].invoke(batch(mails)).wall_ms
            found[f"{quantity} at {_TARGET_LATENCY_MS:.0f} ms, cold", name].append(took_ms)
    return _series(found)


def _series(found: dict[tuple[str, str], list[float]]) -> list[Series]:
    return [
        Series(quantity=quantity, subject=name, unit="ms", values=tuple(values))
        for (quantity, name), values in found.items()
    ]


def _bounds(series: list[Series]) -> list[Bound]:
    found = {(one.quantity, one.subject): one for one in series}
    at = f" at {_TARGET_LATENCY_MS:.0f} ms"

    def times(ours: str, theirs: str, peer: str) -> float:
        return found[ours, OURS].beside(found[theirs, peer])

    bounds = [
        Bound(
            claim="CPU a mail without the AWS calls, times naive",
            value=times(WITHOUT_AWS, WITHOUT_AWS, NAIVE),
            limit=1.25,
        ),
        Bound(
            claim="CPU a mail with everything, times recipe",
            value=times(ALL, ALL, RECIPE),
            limit=0.8,
        ),
        Bound(
            claim=f"{TEN}{at}, cold, times one cold call",
            value=times(f"{TEN}{at}, cold", f"{ONE}{at}, cold", NAIVE),
            limit=1.5,
        ),
    ]
    for mails, limit, beside_aws_alone in ((TEN, 1.25, 1.25), (HUNDRED, 4.5, 1.5)):
        alone = mails + AWS_ALONE + at
        bounds += [
            Bound(
                claim=f"{mails}{BARE},{at}, times one call",
                value=times(mails + BARE + at, ONE + at, NAIVE),
                limit=limit,
            ),
            Bound(
                claim=f"{mails}{at}, times one call",
                value=times(mails + at, ONE + at, NAIVE),
                limit=limit,
                at_best=times(alone, ONE + at, NAIVE),
            ),
            Bound(
                claim=f"{mails}{at}, times its AWS calls alone",
                value=times(mails + at, alone, OURS),
                limit=beside_aws_alone,
            ),
        ]
    return bounds


def _plot(series: list[Series]) -> Plot:
    points: dict[str, list[tuple[float | str, float]]] = defaultdict(list)
    for one in series:
        what, _, latency = one.quantity.partition(" at ")
        if what in (TEN, HUNDRED) and not latency.endswith("cold"):
            points[f"{one.subject}, {what}"].append((float(latency.split()[0]), one.median))
    return Plot(
        name="batch-wall",
        title="A batch against the provider's latency",
        x_label="latency of a call, ms",
        y_label="the whole batch, ms",
        points=points,
    )
