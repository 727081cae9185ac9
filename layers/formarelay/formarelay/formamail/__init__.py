"""Forma Mail, the provider of transactional email."""
