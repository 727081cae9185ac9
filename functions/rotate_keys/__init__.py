"""rotate_keys: replaces the providers' API keys so that no send fails and no key is forgotten."""
