"""Random requests from the sandbox's own OpenAPI document, each answer held against it."""
