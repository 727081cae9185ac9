"""The emulator of AWS, corrected where it is more lenient than AWS or differs from it.

`python -m local.emulator` starts it. Each correction stands in a file of its own, names the
emulator's internals that it replaces, and takes effect in that process only.
"""
