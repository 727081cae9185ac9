"""Forma Mail's answers: envelopes, error bodies, and the refusal that carries one."""

from __future__ import annotations

from sandbox.clock import iso_milliseconds
from sandbox.exchange import Call, Reply, json_reply
from sandbox.masking import mask_text
from sandbox.profile import Profile

# The codes of 401, 403 and 429 are the seed's, ERR_VALID_001 is the provider docs'; the rest is
# undocumented.
_CODES = {
    400: ("ERR_VALID_001", "Validation failed"),
    401: ("UNAUTHORIZED", "Invalid or missing API key"),
    403: ("FORBIDDEN", "Insufficient permissions"),
    404: ("NOT_FOUND", "Not found"),
    409: ("CONFLICT", "Conflict"),
    413: ("PAYLOAD_TOO_LARGE", "Request body too large"),
    422: ("UNPROCESSABLE_ENTITY", "The request was refused"),
    429: ("RATE_LIMIT_EXCEEDED", "Rate limit exceeded. Please try again later."),
    500: ("INTERNAL_SERVER_ERROR", "Internal server error"),
    502: ("BAD_GATEWAY", "Bad gateway"),
    503: ("SERVICE_UNAVAILABLE", "Service unavailable"),
    504: ("GATEWAY_TIMEOUT", "Gateway timeout"),
}


class RefusalError(Exception):
    """A request is refused with a documented error; nothing of it was executed."""

    def __init__(
        self,
        status: int,
        code: str = "",
        message: str = "",
        *,
        related_info: dict[str, object] | None = None,
    ) -> None:
        default_code, default_message = _CODES.get(status, ("ERROR", "The request failed"))
        super().__init__(status)
        self.status = status
        self.code = code or default_code
        self.message = message or default_message
        self.related_info = related_info


def invalid(problems: list[tuple[str, str]]) -> RefusalError:
    """400 that lists every fault found, each with its field."""
    errors = [{"field": field, "message": message} for field, message in problems]
    return RefusalError(400, related_info={"errors": errors})


def refusal_reply(refusal: RefusalError, *, call: Call, now: float, style: str) -> Reply:
    """The error body: the seed's five fields, or the shape that the official SDKs read."""
    if style == "sdk":
        document: dict[str, object] = {
            "success": False,
            "error": refusal.code,
            "message": refusal.message,
            "statusCode": refusal.status,
        }
    else:
        document = {
            "statusCode": refusal.status,
            "code": refusal.code,
            "message": refusal.message,
            "timestamp": iso_milliseconds(now),
            "path": mask_text(call.path),
        }
    if refusal.related_info is not None:
        document["relatedInfo"] = refusal.related_info
    return json_reply(refusal.status, document)


def enveloped(
    status: int, data: object, *, profile: Profile, meta: dict[str, object] | None = None
) -> Reply:
    """A success: `{success, data, meta?}`, or bare when the profile says so."""
    if profile.envelope == "bare":
        return json_reply(status, data if meta is None else {"data": data, "meta": meta})
    document: dict[str, object] = {"success": True, "data": data}
    if meta is not None:
        document["meta"] = meta
    return json_reply(status, document)
