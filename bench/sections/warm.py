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

_ROUNDS, _FULL_ROUNDS = 7, 25
_BATCHES_A_ROUND = 5
_LATENCY_ROUNDS, _FULL_LATENCY_ROUNDS = 5, 11
_LATENCIES_MS, _FULL_LATENCIES_MS = (100.0,), (0.0, 50.0, 100.0, 500.0)
_TARGET_LATENCY_MS = 100.0
ALL, WITHOUT_AWS = "CPU a mail, with everything", "CPU a mail, without the AWS calls"
ABOUT = """\
Containers that stay, each with its artefacts alone, take turns with batches over TLS. CPU is that
of the process itself, in user and system mode, divided by the mails of a batch of ten. Without the
AWS calls, those of DynamoDB return before anything is built, signed or sent. One call is naive's
batch of one; cold means that all connections were closed before, AWS's and the provider's."""


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
                    Container(trusted, environment, without_aws=True)
                )
        rounds = _FULL_ROUNDS if run.full else _ROUNDS
        series = _cpu(run, {ALL: containers, WITHOUT_AWS: bare}, rounds)
        series += _walls(run, containers, around)
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
            for name, container in containers.items():
                took = [container.invoke(batch(10)).cpu_ms for _ in range(_BATCHES_A_ROUND)]
                # The first round is cold.
                if number:
                    found[quantity, name].append(sum(took) / len(took) / 10)
    return [
        Series(quantity=quantity, subject=name, unit="ms", values=tuple(values))
        for (quantity, name), values in found.items()
    ]


def _walls(run: Run, containers: dict[str, Container], around: Surroundings) -> list[Series]:
    rounds = _FULL_LATENCY_ROUNDS if run.full else _LATENCY_ROUNDS
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for latency_ms in _FULL_LATENCIES_MS if run.full else _LATENCIES_MS:
        around.sandbox.control("PUT", "/profile", {"rate_limit": "off", "latency_ms": latency_ms})
        for number in range(rounds):
            run.say(f"{latency_ms:.0f} ms latency, round {number + 1} of {rounds}")
            for quantity, name, milliseconds in _round(containers, around, latency_ms, run.full):
                found[quantity, name].append(milliseconds)
    return [
        Series(quantity=quantity, subject=name, unit="ms", values=tuple(values))
        for (quantity, name), values in found.items()
    ]


def _round(
    containers: dict[str, Container], around: Surroundings, latency_ms: float, full: bool
) -> list[tuple[str, str, float]]:
    at = f"at {latency_ms:.0f} ms"
    ours, naive = containers[OURS], containers[NAIVE]
    took = [
        (f"one call {at}", NAIVE, naive.invoke(batch(1)).wall_ms),
        (f"batch of 10 {at}", OURS, ours.invoke(batch(10)).wall_ms),
        (f"batch of 100 {at}", OURS, ours.invoke(batch(100)).wall_ms),
    ]
    others = [name for name in (NAIVE, RECIPE) if full and latency_ms <= _TARGET_LATENCY_MS]
    took += [
        (f"batch of 10 {at}", name, containers[name].invoke(batch(10)).wall_ms) for name in others
    ]
    if latency_ms == _TARGET_LATENCY_MS:
        for quantity, name, container, mails in (
            (f"one call {at}, cold", NAIVE, naive, 1),
            (f"batch of 10 {at}, cold", OURS, ours, 10),
        ):
            around.hang_up()
            took.append((quantity, name, container.invoke(batch(mails)).wall_ms))
    return took


def _bounds(series: list[Series]) -> list[Bound]:
    found = {(one.quantity, one.subject): one for one in series}
    at = f"at {_TARGET_LATENCY_MS:.0f} ms"
    one_call, cold_call = found[f"one call {at}", NAIVE], found[f"one call {at}, cold", NAIVE]
    ours = {mails: found[f"batch of {mails} {at}", OURS] for mails in (10, 100)}
    cold = found[f"batch of 10 {at}, cold", OURS]
    limits = [
        ("CPU a mail without the AWS calls, times naive", WITHOUT_AWS, NAIVE, 1.25),
        ("CPU a mail with everything, times recipe", ALL, RECIPE, 0.8),
    ]
    return [
        *(
            Bound(claim=claim, value=found[what, OURS].beside(found[what, peer]), limit=limit)
            for claim, what, peer, limit in limits
        ),
        Bound(
            claim=f"batch of 10 {at}, times one call", value=ours[10].beside(one_call), limit=1.25
        ),
        Bound(
            claim=f"batch of 10 {at} with all connections cold, times one cold call",
            value=cold.beside(cold_call),
            limit=1.5,
        ),
        Bound(
            claim=f"batch of 100 {at}, times one call", value=ours[100].beside(one_call), limit=4.5
        ),
    ]


def _plot(series: list[Series]) -> Plot:
    points: dict[str, list[tuple[float | str, float]]] = defaultdict(list)
    for one in series:
        if one.quantity.startswith("batch of") and not one.quantity.endswith("cold"):
            what, _, latency = one.quantity.partition(" at ")
            points[f"{one.subject}, {what}"].append((float(latency.split()[0]), one.median))
    return Plot(
        name="batch-wall",
        title="A batch against the provider's latency",
        x_label="latency of a call, ms",
        y_label="the whole batch, ms",
        points=points,
    )
