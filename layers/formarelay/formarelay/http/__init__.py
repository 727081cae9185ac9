"""HTTP for the clients of the two providers: one call, one answer or one classified error.

Nothing outside this package sees the HTTP library or one of its exceptions.
"""

from formarelay.http.client import HttpClient, Timeouts
from formarelay.http.request import FormValues, Http, JsonValue, QueryValues, is_header_value
from formarelay.http.response import Headers, HttpResponse
from formarelay.http.status import ErrorDetail, raise_for_status, rate_limit_from

__all__ = [
    "ErrorDetail",
    "FormValues",
    "Headers",
    "Http",
    "HttpClient",
    "HttpResponse",
    "JsonValue",
    "QueryValues",
    "Timeouts",
    "is_header_value",
    "raise_for_status",
    "rate_limit_from",
]
