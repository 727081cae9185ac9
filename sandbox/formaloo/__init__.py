"""The twin of Formaloo."""
