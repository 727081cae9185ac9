"""Adapters: they ask AWS and the providers, and give plain facts. They only read."""
