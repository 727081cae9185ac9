"""Publishes quota and usage of both providers, and says when a quota will end."""
