"""Webhooks of both providers: planned by the sandbox's clock, delivered on this machine."""
