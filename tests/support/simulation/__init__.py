"""Many workers on one limiter, in virtual time, against a provider that judges at arrival.

The workers run the policy of `formarelay.window` itself; store, network, clocks and provider are
simulated, and written without it.
"""

from tests.support.simulation.run import simulate
from tests.support.simulation.scenario import Figures, Scenario
from tests.support.simulation.store import MemoryStore

__all__ = ["Figures", "MemoryStore", "Scenario", "simulate"]
