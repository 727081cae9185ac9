"""The inbox: what the sandbox knows, as pages to look at."""
