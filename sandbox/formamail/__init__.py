"""The twin of Forma Mail."""
