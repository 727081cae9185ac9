"""The sandbox's own control interface under `/_sandbox`."""
