"""Values and labels obey AWS's rules.

The emulator alone overwrites a version that exists, lets two versions have one label, answers 200
for a version without a value, deletes a version with its last label, and knows no size limit.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from local.emulator.internals import ResourceHandler
from local.emulator.secrets_manager import events, schedule, service, stages
from local.emulator.secrets_manager.clock import CLOCK
from local.emulator.secrets_manager.service import Parameters, answering, call

_CREATE = call("_create_secret")
_UPDATE = call("_update_secret")
_GET = call("_get_secret_value")
_PUT = call("_put_secret_value")
_MOVE = call("_update_secret_version_stage")
_LIST = call("_list_secret_version_ids")
_CREATE_RESOURCE = ResourceHandler(
    resource_type="AWS::SecretsManager::Secret",
    action="create",
    parameters=("logical_id", "props", "stack_name"),
)
INTERNALS = (
    *service.INTERNALS,
    *events.INTERNALS,
    _CREATE,
    _UPDATE,
    _GET,
    _PUT,
    _MOVE,
    _LIST,
    _CREATE_RESOURCE,
)


def get_secret_value(data: Parameters) -> Parameters:
    secret = service.usable(data.get("SecretId"))
    token, version = stages.select(
        secret, token=data.get("VersionId"), label=data.get("VersionStage")
    )
    secret["LastAccessedDate"] = version["LastAccessedDate"] = int(CLOCK.now())
    return (
        service.named(secret)
        | {"VersionId": token, "CreatedDate": version["CreatedDate"]}
        | _stages(version)
        | stages.value_of(version)
    )


def put_secret_value(data: Parameters) -> Parameters:
    secret = service.changeable(data.get("SecretId"))
    # The SDKs send a token with every call; the emulator's own services do not.
    token = data.get("ClientRequestToken") or str(uuid4())
    _put(secret, token, service.given_value(data), data.get("VersionStages"))
    return service.named(secret) | {"VersionId": token} | _stages(secret["Versions"][token])


def update_secret_version_stage(data: Parameters) -> Parameters:
    secret = service.changeable(data.get("SecretId"))
    before = stages.labels(secret)
    stages.move(
        secret,
        data["VersionStage"],
        to=data.get("MoveToVersionId"),
        origin=data.get("RemoveFromVersionId"),
    )
    service.changed(secret, before=before, now=CLOCK.now())
    return service.named(secret)


def list_secret_version_ids(data: Parameters) -> Parameters:
    """All on one page: AWS keeps about a hundred versions, and pages hold a hundred."""
    secret = service.find(data.get("SecretId"))
    versions = [
        {"VersionId": token, "CreatedDate": version["CreatedDate"]} | _stages(version)
        for token, version in secret["Versions"].items()
        if version["Stages"] or data.get("IncludeDeprecated")
    ]
    return service.named(secret) | {"Versions": versions}


def _stages(version: stages.Record) -> Parameters:
    return {"VersionStages": sorted(version["Stages"])} if version["Stages"] else {}


def _put(
    secret: stages.Record, token: str, value: dict[str, str], wanted: list[str] | None
) -> None:
    before = stages.labels(secret)
    incomplete = stages.incomplete_rotation(secret)
    now = CLOCK.now()
    stages.put(secret, token, value, wanted, now=now)
    service.changed(secret, before=before, now=now)
    if incomplete and stages.holder(secret, stages.PENDING) is None:
        events.publish("RotationAbandoned", secret, token=incomplete)
    if token != incomplete and stages.holder(secret, stages.CURRENT) == token:
        schedule.note_manual_value(secret, now=now)


def apply() -> None:
    create = _CREATE.read()
    update = _UPDATE.read()
    create_resource = _CREATE_RESOURCE.read()

    # Both leave the value to PutSecretValue's rules, and everything else to the emulator.
    def create_secret(data: Parameters) -> Any:
        refused = answering(_check_value)(data)
        if refused[0] >= service.FIRST_ERROR_STATUS:
            return refused
        answer = create(_without_value(data))
        created = answer[0] < service.FIRST_ERROR_STATUS
        return answering(_first_value)(data) if created else answer

    def update_secret(data: Parameters) -> Any:
        if not service.given_value(data):
            return update(data)
        answer = answering(_new_value)(data)
        if answer[0] < service.FIRST_ERROR_STATUS:
            update(_without_value(data))
        return answer

    def create_resource_empty(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        physical_id, attributes = create_resource(logical_id, props, stack_name)
        if not {"SecretString", "GenerateSecretString"} & set(props):
            service.find(attributes["Arn"])["Versions"].clear()
        return physical_id, attributes

    _CREATE.write(create_secret)
    _UPDATE.write(update_secret)
    _CREATE_RESOURCE.write(create_resource_empty)
    _GET.write(answering(get_secret_value))
    _PUT.write(answering(put_secret_value))
    _MOVE.write(answering(update_secret_version_stage))
    _LIST.write(answering(list_secret_version_ids))


def _without_value(data: Parameters) -> Parameters:
    return {name: data[name] for name in data if name not in stages.VALUES}


def _check_value(data: Parameters) -> Parameters:
    value = service.given_value(data)
    if value:
        stages.check_value(value)
    return {}


def _first_value(data: Parameters) -> Parameters:
    secret = service.find(data["Name"])
    # The emulator has made a version also for a secret without a value.
    secret["Versions"].clear()
    value = service.given_value(data)
    if not value:
        return service.named(secret)
    token = data.get("ClientRequestToken") or str(uuid4())
    _put(secret, token, value, None)
    return service.named(secret) | {"VersionId": token}


def _new_value(data: Parameters) -> Parameters:
    answer = put_secret_value(data)
    return {name: answer[name] for name in ("ARN", "Name", "VersionId")}
