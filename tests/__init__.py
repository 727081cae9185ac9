"""The tests of formarelay, by tier; see docs/architecture.md."""
