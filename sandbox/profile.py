"""The knobs: how the twins behave where the documents are silent or contradict each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from sandbox.database import Database
from sandbox.formamail.usage_nonsense import NONSENSE
from sandbox.knobs import (
    Check,
    boolean,
    checked,
    integer,
    json_object,
    mapping_of_strings,
    mapping_to,
    measures,
    number,
    numbers,
    one_of,
    optional,
    word,
)

_SETTING = "profile"
_DAY_SECONDS = 86400.0
ENDINGS = ("bounced", "complained", "failed", "rejected")
MEASURES = (
    *("pages", "images", "rows", "sheets", "columns", "bytes", "iterations", "nesting"),
    "components",
)


def _knob(default: Any, check: Check) -> Any:
    return field(default=default, metadata={"check": check})


@dataclass(frozen=True, slots=True)
class Profile:
    """Every knob with its default.

    Rates. `limit_per_minute` is the number admitted in one window of `window_seconds` (the
    sandbox's "minute"); null means what the chosen `rate_limit` documents. `burst_limit` and
    `burst_window_seconds` shape `seed` only; null means twice the limit within a sixth of the
    window. `rate_limit_scope` null means the scope that the chosen `rate_limit` documents.

    `latency_ms` delays every answer of both providers; what was asked is done before the delay.
    Lags are measured by the sandbox's clock. `suppressed` maps an address to the reason of its
    suppression, `recipient_endings` a pattern of addresses, as `bounce*@example.com`, to how mails
    to them end.

    Batches of Forma Mail. `bulk_bad_recipient` `refuse` refuses the batch for one bad recipient,
    `leave-out` sends to the others. `generated_measures` are those of every generated attachment.

    Webhooks of both. After an attempt without success, the next waits as long as
    `webhook_retry_seconds` or `formaloo_webhook_retry_seconds` says, one number for each; no answer
    in `webhook_timeout_seconds` is none. `webhook_duplicates` deliveries more follow a success.
    `webhook_order` `reversed` sends what is due together latest first. Of Forma Mail
    alone: `webhook_signature` `wrong` signs with another secret, `stale` 400 seconds ago;
    without `webhook_delete_body` a deletion is 204; `webhook_payload` `docs` is `{event, data}`
    with `emailLogId` and without an id.

    Usage of Forma Mail. `usage_offset` and `attachment_usage_offset` count as used before the
    first mail, in every period, and the quota counts them, too. `usage_nonsense` spoils the answer
    alone: `negative` (used below 0, remaining above the limit), `limit_zero`, `limit_null`,
    `text_figures`, `email_missing`, `attachment_missing`, `period_missing`, `other_period` (two
    months before), `no_object` (an array). `usage_override` replaces the answer verbatim.

    Keys of Forma Mail. `dashboard_token_seconds` is the life of a session to come, `key_limit` the
    number of active keys at which the dashboard makes no further one; a key to come is unknown for
    `key_activation_seconds`.

    Keys of Formaloo. `formaloo_api_key_field` and `formaloo_secret_key_field` name the two in the
    answer, `formaloo_keys_key` an object around them. A rotated pair is taken for
    `formaloo_old_pair_grace_seconds` more, and tokens minted before live out their time unless
    `formaloo_tokens_survive_rotation` is false.

    Usage of Formaloo. `formaloo_usage_shape` `list` is an array of `{resource, used, limit,
    available}`, `object` maps the resource to `{consumed, total, available}`.
    `formaloo_usage_offset` is added to both resources; `formaloo_usage_override` is the whole
    `data`.
    """

    rate_limit: str = _knob("seed", one_of("seed", "strict", "docs-team", "docs-key", "off"))
    limit_per_minute: int | None = _knob(None, optional(integer(1, 1_000_000)))
    window_seconds: float = _knob(60.0, number(0.1, 3600))
    burst_limit: int | None = _knob(None, optional(integer(1, 1_000_000)))
    burst_window_seconds: float | None = _knob(None, optional(number(0.1, 3600)))
    rate_limit_scope: str | None = _knob(None, optional(one_of("key", "team")))
    rate_limit_error: str = _knob("seed", one_of("seed", "docs"))
    retry_after: str = _knob("seconds", word)

    latency_ms: float = _knob(0.0, number(0, 600_000))
    list_lag_seconds: float = _knob(0.0, number(0, _DAY_SECONDS))
    envelope: str = _knob("data", one_of("data", "bare"))
    id_field: str = _knob("id", one_of("id", "emailId"))
    error_style: str = _knob("seed", one_of("seed", "sdk"))
    strip_metadata: bool = _knob(default=False, check=boolean)
    variables_required: bool = _knob(default=False, check=boolean)
    template_variables_enforced: bool = _knob(default=True, check=boolean)
    unknown_template_status: int = _knob(404, integer(400, 499))
    usage_permission: str | None = _knob(
        None, optional(one_of("emails:send", "emails:read", "templates:read"))
    )
    suppressed: dict[str, str] = field(default_factory=dict, metadata={"check": mapping_of_strings})
    recipient_endings: dict[str, str] = field(
        default_factory=dict, metadata={"check": mapping_to(*ENDINGS)}
    )
    all_suppressed_status: int = _knob(201, integer(201, 499))
    status_step_seconds: float = _knob(1.0, number(0, _DAY_SECONDS))

    bulk_status: int = _knob(201, integer(200, 202))
    bulk_bad_recipient: str = _knob("refuse", one_of("refuse", "leave-out"))
    generated_measures: dict[str, int] = field(
        default_factory=dict, metadata={"check": measures(*MEASURES)}
    )

    webhook_retry_seconds: list[float] = field(
        default_factory=lambda: [10.0, 60.0, 600.0], metadata={"check": numbers(0, _DAY_SECONDS)}
    )
    webhook_timeout_seconds: float = _knob(30.0, number(0.05, 600))
    webhook_duplicates: int = _knob(0, integer(0, 10))
    webhook_order: str = _knob("in-order", one_of("in-order", "reversed"))
    webhook_signature: str = _knob("valid", one_of("valid", "wrong", "stale"))
    webhook_payload: str = _knob("sdk", one_of("sdk", "docs"))
    webhook_delete_body: bool = _knob(default=True, check=boolean)

    quota_limit: int = _knob(1_000_000, integer(0, 1_000_000_000))
    attachment_quota_limit: int = _knob(100_000, integer(0, 1_000_000_000))
    quota_unit: str = _knob("recipient", one_of("recipient", "message"))
    quota_status: int = _knob(422, integer(400, 599))
    quota_code: str = _knob("QUOTA_EXCEEDED", word)
    usage_offset: int = _knob(0, integer(0, 1_000_000_000))
    attachment_usage_offset: int = _knob(0, integer(0, 1_000_000_000))
    usage_nonsense: str | None = _knob(None, optional(one_of(*NONSENSE)))
    usage_override: dict[str, object] | None = field(
        default=None, metadata={"check": optional(json_object)}
    )

    dashboard_token_seconds: int = _knob(900, integer(1, 86_400))
    key_limit: int = _knob(10, integer(0, 1_000_000))
    key_activation_seconds: float = _knob(0.0, number(0, _DAY_SECONDS))

    formaloo_token_ttl_seconds: float = _knob(30.0, number(1, 60 * _DAY_SECONDS))
    formaloo_token_exp_seconds: float | None = _knob(None, optional(number(1, 60 * _DAY_SECONDS)))
    formaloo_token_status: int = _knob(200, integer(200, 201))
    formaloo_token_requires_key: bool = _knob(default=False, check=boolean)
    formaloo_page_size: int = _knob(20, integer(1, 1000))
    formaloo_current_page: str = _knob("string", one_of("string", "integer"))
    formaloo_rendered_data: str = _knob("array", one_of("array", "object"))
    formaloo_readable_data: bool = _knob(default=True, check=boolean)
    formaloo_row_lag_seconds: float = _knob(0.0, number(0, _DAY_SECONDS))
    formaloo_submit_key: str = _knob("row", one_of("row", "bare"))
    formaloo_api_key_field: str = _knob("api_key", word)
    formaloo_secret_key_field: str = _knob("secret_key", word)
    formaloo_keys_key: str | None = _knob(None, optional(word))
    formaloo_old_pair_grace_seconds: float = _knob(0.0, number(0, 30 * _DAY_SECONDS))
    formaloo_tokens_survive_rotation: bool = _knob(default=True, check=boolean)
    formaloo_webhook_retry_seconds: list[float] = field(
        default_factory=lambda: [5.0, 5.0, 5.0], metadata={"check": numbers(0, _DAY_SECONDS)}
    )
    formaloo_usage_shape: str = _knob("list", one_of("list", "object"))
    formaloo_submission_limit: int = _knob(10_000, integer(0, 1_000_000_000))
    formaloo_record_limit: int = _knob(100_000, integer(0, 1_000_000_000))
    formaloo_usage_offset: int = _knob(0, integer(0, 1_000_000_000))
    formaloo_usage_override: dict[str, object] | None = field(
        default=None, metadata={"check": optional(json_object)}
    )


CHECKS: dict[str, Check] = {knob.name: knob.metadata["check"] for knob in fields(Profile)}


class ProfileStore:
    """The profile in force; kept over a restart."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.current = Profile()
        stored = database.setting(_SETTING)
        if stored is not None:
            self.current = Profile(**checked(json.loads(stored), checks=CHECKS))  # type: ignore[arg-type]  # checked by name

    def change(self, values: Mapping[str, object]) -> Profile:
        """Turn the named knobs, leave the others.

        Raises:
            KnobError: A name is unknown or a value is refused; then nothing was changed.
        """
        accepted = checked(values, checks=CHECKS)
        self.current = replace(self.current, **accepted)  # type: ignore[arg-type]  # checked by name
        self._database.store_setting(_SETTING, value=json.dumps(self.document()))
        return self.current

    def document(self) -> dict[str, object]:
        """Every knob and its value."""
        return asdict(self.current)

    def reset(self) -> None:
        """Every knob at its default."""
        self.current = Profile()
