"""Secrets Manager as on AWS: versions and labels, rotations and their schedule, policies.

What is true of AWS here comes from its API reference and user guide; where they are silent, the
module says what was chosen.
"""
