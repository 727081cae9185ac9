"""Kills the sending function between every two effects, redelivers, and counts the mails.

A run is one process of the real application against the local AWS and the sandbox: it is killed by
SIGKILL at one named point under one fault, started again until nothing moves, and judged by what
the provider accepted and what the queues hold. `python -m tests.crash --help` runs many.

The points are put between the application and its adapters from here, by wrapping every port and
the HTTP library below it. The deployed package holds none of them.
"""
