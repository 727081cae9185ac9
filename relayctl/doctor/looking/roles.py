"""Roles, by IAM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayctl.doctor.looking.asking import asking
from relayctl.doctor.models import RoleFacts
from relayctl.doctor.policy import Statement, statements

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient


def role_facts(client: IAMClient, *, name: str) -> RoleFacts:
    """Raises `UnseenError`."""
    grants: list[Statement] = []
    with asking(client, "the role"):
        role = client.get_role(RoleName=name)["Role"]
        pages = client.get_paginator("list_role_policies").paginate(RoleName=name)
        for policy in [one for page in pages for one in page["PolicyNames"]]:
            document = client.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            grants += statements(document)
        attached = client.get_paginator("list_attached_role_policies").paginate(RoleName=name)
        managed = [one["PolicyArn"] for page in attached for one in page["AttachedPolicies"]]
        return RoleFacts(
            arn=role["Arn"],
            trust=statements(role.get("AssumeRolePolicyDocument")),
            grants=tuple(grants),
            managed_policies=tuple(managed),
        )
