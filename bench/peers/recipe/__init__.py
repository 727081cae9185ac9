"""Powertools for AWS Lambda, its utilities combined as its documentation does."""
