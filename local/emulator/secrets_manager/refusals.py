"""What Secrets Manager answers when it says no."""

from __future__ import annotations


class SecretRefusedError(Exception):
    """A request that AWS refuses, with the error code that it answers."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def not_found(message: str) -> SecretRefusedError:
    return SecretRefusedError("ResourceNotFoundException", message)


def invalid_parameter(message: str) -> SecretRefusedError:
    return SecretRefusedError("InvalidParameterException", message)


def invalid_request(message: str) -> SecretRefusedError:
    return SecretRefusedError("InvalidRequestException", message)
