"""Imported by each handler for what it does: lets the garbage collector look less often.

Imports make some hundred thousand objects, and none of them is garbage; by default the collector
looks at the new ones at every 700, and at all of them again and again. Later it still finds every
cycle, a few megabytes of them at a time.
"""

import gc

OBJECTS_BETWEEN_LOOKS = 50_000

gc.set_threshold(OBJECTS_BETWEEN_LOOKS, *gc.get_threshold()[1:])
