"""Submissions with the write-only key, which may stand in an app and reads nothing."""

from __future__ import annotations

from collections.abc import Mapping

from formarelay.clock import Clock, SystemClock
from formarelay.errors import CredentialError
from formarelay.formaloo.client import SUBMIT, submission_body
from formarelay.formaloo.envelope import successful_body
from formarelay.formaloo.models import SERVICE, Submission, parse_submission
from formarelay.formaloo.options import FormalooOptions
from formarelay.formaloo.route import Route
from formarelay.http import Http, is_header_value
from formarelay.redact import Secret


class WriteOnlyFormaloo:
    """Submits forms, with `x-api-key` alone (seed). Safe to share between threads.

    Args:
        http: Bound to Formaloo's base URL.
        key: The write-only key; the API key does as well.
        clock: For waits that the provider advises.
        options: See `FormalooOptions`.
    """

    def __init__(
        self,
        http: Http,
        *,
        key: Secret,
        clock: Clock | None = None,
        options: FormalooOptions | None = None,
    ) -> None:
        self._http = http
        self._key = key
        self._clock = clock or SystemClock()
        self._options = options or FormalooOptions()

    def submit(
        self, form_slug: str, values: Mapping[str, object], *, by_alias: bool = False
    ) -> Submission:
        """One submission; arguments and errors as `Formaloo.submit`. Never repeated."""
        route = Route.of("POST", SUBMIT, form=form_slug)
        body = submission_body(values, by_alias=by_alias, operation=route.operation)
        if not is_header_value(self._key.reveal()):
            raise CredentialError(
                "the key is empty or holds a character that no header may carry",
                service=SERVICE,
                operation=route.operation,
            )
        response = self._http.request(
            route.method,
            route.path(self._options.version),
            operation=route.operation,
            headers={"x-api-key": self._key.reveal()},
            json=body,
            read_timeout_seconds=self._options.timeouts.read_seconds,
        )
        answer = successful_body(response, now=self._clock.wall())
        return parse_submission(answer, operation=route.operation)
