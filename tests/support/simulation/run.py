"""Runs a scenario to its end."""

from __future__ import annotations

from tests.support.simulation.scenario import Figures, Scenario
from tests.support.simulation.site import Site
from tests.support.simulation.worker import Worker
from tests.support.simulation.world import Process, World


def simulate(scenario: Scenario) -> Figures:
    """What the provider saw of these workers. The same scenario gives the same figures."""
    world = World(scenario.seed)
    figures = Figures()
    site = Site(world, scenario, figures)
    for _ in range(scenario.workers):
        worker = Worker(world, scenario, site, figures)
        world.start(worker.live(), after=world.random.uniform(0, 1))
    if scenario.others_rate:
        world.start(_others(world, site, scenario.others_rate))
    # Twenty times what it takes at best, so that workers that never call are seen.
    end = 20 * (2 + scenario.calls / scenario.limit) * scenario.window
    world.run(until=lambda: figures.calls >= scenario.calls or world.now > end)
    assert figures.calls >= scenario.calls, "the workers do next to nothing"
    figures.seconds = world.now
    figures.use = site.use()
    figures.violations = site.strict.violations
    figures.seed_violations = site.seed.violations
    figures.reads = site.store.reads
    figures.changes = site.store.changes
    figures.refused_changes = site.store.refused
    figures.most_bytes = site.store.most_bytes
    figures.write_units_a_second = site.store.written_units / world.now
    return figures


def _others(world: World, site: Site, rate: float) -> Process:
    while True:
        yield world.random.expovariate(rate)
        site.strict.arrive(world.now)
