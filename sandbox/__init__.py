"""A local twin of Forma Mail and Formaloo on one port, with a control interface of its own.

It is a second witness: written against the providers' documents, it shares no code with the
clients that are tested against it.
"""
