"""`doctor`: what is wrong with a deployed stack, why it matters, and what to do about it.

Adapters in `looking` gather facts into a `Snapshot`; the checks in `checks` are pure functions of
it. Nothing is changed anywhere.
"""
