"""The checks, by what they look at. Pure: each takes a `Snapshot` and yields what is wrong."""
