"""Formaloo's endpoints."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.exchange import Call, Reply, json_reply
from sandbox.formaloo.credentials import Credentials
from sandbox.formaloo.documents import form_document, form_item, row_document, submitted_document
from sandbox.formaloo.envelope import FormalooRefusalError, success
from sandbox.formaloo.forms import Form, FormStore
from sandbox.formaloo.listing import matching_rows, page_of
from sandbox.formaloo.row_events import FORM_SUBMIT, RowEvents
from sandbox.formaloo.submission import read_body, row_data
from sandbox.profile import ProfileStore


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The handlers. Each was reached only with the credentials that its route demands."""

    clock: Clock
    profile: ProfileStore
    credentials: Credentials
    forms: FormStore
    events: RowEvents

    def mint_token(self, call: Call) -> Reply:
        """`POST /oauth2/authorization-token/`: the one answer without an envelope (seed)."""
        profile = self.profile.current
        api_key = call.headers.get("x-api-key")
        if api_key is None and profile.formaloo_token_requires_key:
            raise FormalooRefusalError(401)
        if api_key is not None and not self.credentials.is_api_key(api_key, now=call.arrived_at):
            raise FormalooRefusalError(401, "Invalid client credentials.")
        body = read_body(call)
        self._check_grant(body.get("grant_type"))
        token = self.credentials.mint(
            call.headers.get("Authorization"),
            now=call.arrived_at,
            ttl_seconds=profile.formaloo_token_ttl_seconds,
            exp_seconds=profile.formaloo_token_exp_seconds or profile.formaloo_token_ttl_seconds,
        )
        return json_reply(profile.formaloo_token_status, {"authorization_token": token})

    def _check_grant(self, grant: object) -> None:
        if grant == "client_credentials":
            return
        missing = grant is None or grant == ""
        text = "This field is required." if missing else "Not a valid choice."
        raise FormalooRefusalError(400, form_errors={"grant_type": [text]})

    def get_profile(self, _call: Call) -> Reply:
        """`GET /profile/`: what integrations test a credential with."""
        owner = {"first_name": "Sandbox", "last_name": "Owner", "email": "owner@example.com"}
        return success({"profile": owner})

    def list_forms(self, call: Call) -> Reply:
        """`GET /forms/`."""
        wanted = call.query.get("search", "").lower()
        slug = call.query.get("slug")
        found = [
            form
            for form in self.forms.all()
            if wanted in form.title.lower() and slug in (None, form.slug)
        ]
        shown, paging = page_of(found, call=call, profile=self.profile.current)
        items = [form_item(form, submit_count=self.forms.count_rows(form.slug)) for form in shown]
        return success({**paging, "forms": items})

    def get_form(self, call: Call) -> Reply:
        """`GET /forms/{slug}/` and its public sibling: by slug only, never by address."""
        return self._form_reply(self._form(call))

    def get_form_by_address(self, call: Call) -> Reply:
        """`GET /form-displays/address/{address}/`: the way from the address to the slug."""
        form = self.forms.find_by_address(call.parameters["address"])
        if form is None:
            raise FormalooRefusalError(404)
        return self._form_reply(form)

    def list_rows(self, call: Call) -> Reply:
        """`GET /forms/{slug}/rows/`: no snapshot; rows that arrive meanwhile shift the pages."""
        form = self._form(call)
        profile = self.profile.current
        now = self.clock.now()
        visible = [row for row in self.forms.rows(form.slug) if row.visible_from <= now]
        found = matching_rows(visible, form=form, query=call.query)
        shown, paging = page_of(found, call=call, profile=profile)
        items = [row_document(row, form=form, profile=profile) for row in shown]
        return success({**paging, "rows": items})

    def submit(self, call: Call) -> Reply:
        """`POST /form-displays/slug/{slug}/submit/` and the authenticated row creation: the same
        body twice makes two rows."""
        form = self._form(call)
        if not form.active:
            raise FormalooRefusalError(400, "This form is not active.")
        data, submit_code = row_data(form, read_body(call))
        profile = self.profile.current
        row = self.forms.add_row(
            form,
            data=data,
            now=call.arrived_at,
            visible_from=call.arrived_at + profile.formaloo_row_lag_seconds,
            submit_code=submit_code,
        )
        self.events.announce(FORM_SUBMIT, row, form=form, now=call.arrived_at)
        document = submitted_document(row, form=form)
        if profile.formaloo_submit_key == "row":
            document = {"row": document}
        return success(document, status=201)

    def _form(self, call: Call) -> Form:
        form = self.forms.find(call.parameters["slug"])
        if form is None:
            raise FormalooRefusalError(404)
        return form

    def _form_reply(self, form: Form) -> Reply:
        count = self.forms.count_rows(form.slug)
        return success({"form": form_document(form, submit_count=count)})
