"""What each page shows, read from the twins at the moment it is asked for."""
