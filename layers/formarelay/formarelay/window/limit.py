"""The limit in use: the configured one, or less when the provider says less."""

from __future__ import annotations

from formarelay.window.change import Value
from formarelay.window.rules import WindowRules


def limit_in_use(cap: Value | None, rules: WindowRules) -> int:
    """The calls that a window may have now.

    Args:
        cap: The item's note of a lower limit and when it was last confirmed; None for none.
        rules: Hold the configured limit, which is never exceeded.
    """
    if cap is None:
        return rules.limit_per_window
    return min(int(str(cap).split(" ")[0]), rules.limit_per_window)


def learned_cap(
    cap: Value | None, observed: int, *, now_ms: int, rules: WindowRules
) -> Value | None:
    """The item's note after the provider said `observed`.

    Lower than in use holds at once. Higher holds after a whole window without a lower one, and by
    an eighth of the configured limit a window, so that answers that alternate between two limits,
    as two keys or two routes may give, keep to the lower one.

    Args:
        cap: The note so far.
        observed: At least 1.
        now_ms: The present.
        rules: Of the window.
    """
    in_use = limit_in_use(cap, rules)
    window_ms = int(rules.window_seconds * 1000)
    confirmed_ms = int(str(cap).split(" ")[1]) if cap is not None else 0
    if observed < in_use:
        return f"{observed} {now_ms}"
    if cap is None:
        return None
    if observed == in_use:
        return f"{observed} {now_ms}" if now_ms - confirmed_ms > window_ms // 2 else cap
    if now_ms - confirmed_ms < window_ms:
        return cap
    raised = min(observed, in_use + max(1, rules.limit_per_window // 8))
    return f"{raised} {now_ms}" if raised < rules.limit_per_window else None
