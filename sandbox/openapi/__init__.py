"""What the sandbox serves, as an OpenAPI document: a description that tests hold to the routes."""
