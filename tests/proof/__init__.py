"""The promises of sending, at full scale on the deployed local stack, with figures.

`make proof` takes minutes of waiting, so it is no part of `make test`, which holds each promise on
a smaller scale. `python -m tests.proof --help` runs some of them alone.
"""
