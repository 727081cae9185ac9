"""Measurements of formarelay beside named peers, in the same run."""
