"""Formaloo's usage of the workspace. The documents promise it and show no answer, so that the
shapes here are assumptions; two of them keep a reader from relying on one."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.clock import Clock, month_of
from sandbox.exchange import Call, Reply, Route
from sandbox.formaloo.business import Business
from sandbox.formaloo.envelope import FormalooRefusalError, success
from sandbox.formaloo.forms import FormStore
from sandbox.profile import ProfileStore


@dataclass(frozen=True, slots=True)
class UsageEndpoints:
    """The handlers. Limits are told and not enforced: what follows from them is undocumented."""

    clock: Clock
    profile: ProfileStore
    business: Business
    forms: FormStore

    def routes(self, access: str) -> list[Route]:
        """The routes, without the prefix."""
        return [
            Route("GET", "/usage/", self.usage, access),
            Route("GET", "/businesses/{slug}/usage/", self.usage_of_business, access),
        ]

    def usage(self, _call: Call) -> Reply:
        """`GET /usage/`: of the workspace that the key belongs to."""
        profile = self.profile.current
        if profile.formaloo_usage_override is not None:
            return success(profile.formaloo_usage_override)
        figures = self.figures()
        if profile.formaloo_usage_shape == "object":
            return success({"usage": _by_name(figures)})
        return success({"usage": _as_list(figures)})

    def figures(self) -> dict[str, tuple[int, int]]:
        """Used and limit of each resource."""
        profile = self.profile.current
        start, end = month_of(self.clock.now())
        submissions = self.forms.count_rows_between(start, end) + profile.formaloo_usage_offset
        records = self.forms.count_all_rows() + profile.formaloo_usage_offset
        return {
            "submissions": (submissions, profile.formaloo_submission_limit),
            "records": (records, profile.formaloo_record_limit),
        }

    def usage_of_business(self, call: Call) -> Reply:
        """`GET /businesses/{slug}/usage/`."""
        if call.parameters["slug"] != self.business.slug:
            raise FormalooRefusalError(404)
        return self.usage(call)


def _as_list(figures: dict[str, tuple[int, int]]) -> list[dict[str, object]]:
    return [
        {"resource": name, "used": used, "limit": limit, "available": max(0, limit - used)}
        for name, (used, limit) in figures.items()
    ]


def _by_name(figures: dict[str, tuple[int, int]]) -> dict[str, object]:
    return {
        name: {"consumed": used, "total": limit, "available": max(0, limit - used)}
        for name, (used, limit) in figures.items()
    }
