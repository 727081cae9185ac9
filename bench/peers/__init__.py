"""What formarelay is measured beside."""
