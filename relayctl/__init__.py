"""The command of the person on call."""
