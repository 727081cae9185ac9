"""Formaloo's answers: the envelope around everything but the token."""

from __future__ import annotations

from sandbox.exchange import Reply, json_reply

_MESSAGES = {
    400: "Bad request.",
    401: "Authentication credentials were not provided.",
    403: "You do not have permission to perform this action.",
    404: "Not found.",
    405: "Method not allowed.",
    413: "Request body too large.",
    429: "Request was throttled.",
}


class FormalooRefusalError(Exception):
    """A request is refused; nothing of it was executed."""

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        form_errors: dict[str, list[str]] | None = None,
    ) -> None:
        super().__init__(status)
        self.status = status
        self.form_errors = form_errors or {}
        default = _MESSAGES.get(status, "A server error occurred.")
        self.general_errors = [] if self.form_errors and not message else [message or default]


def success(data: object, *, status: int = 200) -> Reply:
    """`{status, errors, data}`; the status in the body equals the HTTP status."""
    errors: dict[str, object] = {"general_errors": [], "form_errors": {}}
    return json_reply(status, {"status": status, "errors": errors, "data": data})


def refusal_reply(refusal: FormalooRefusalError) -> Reply:
    """The same envelope with its errors filled."""
    errors = {"general_errors": refusal.general_errors, "form_errors": refusal.form_errors}
    return json_reply(refusal.status, {"status": refusal.status, "errors": errors, "data": {}})
