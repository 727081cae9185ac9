"""Rotations killed at every effect, and repeated as Secrets Manager repeats them."""
