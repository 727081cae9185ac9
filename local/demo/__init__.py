"""The demo: real messages through the whole deployed system, and every promise checked."""
