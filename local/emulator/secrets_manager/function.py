"""The rotation function: whether Secrets Manager may invoke it, and the invocation."""

from __future__ import annotations

from typing import Any

from local.emulator.internals import ModuleFunction
from local.emulator.secrets_manager.refusals import SecretRefusedError, not_found
from local.emulator.secrets_manager.stages import Record

_LAMBDA = "ministack.services.lambda_svc"
_EVALUATOR = "ministack.core.iam_evaluator"
_FIND = ModuleFunction(
    module=_LAMBDA, name="_get_func_record_for_ref", parameters=("function_ref",)
)
_POLICY = ModuleFunction(
    module=_LAMBDA, name="function_policy_for_arn", parameters=("resource_arn",)
)
_EXECUTE = ModuleFunction(module=_LAMBDA, name="_execute_function", parameters=("func", "event"))
_CONTEXT = ModuleFunction(
    module=_EVALUATOR,
    name="EvalContext",
    parameters=(
        "principal_arn",
        "principal_type",
        "principal_account",
        "action",
        "resource_arn",
        "region",
        "source_ip",
        "secure_transport",
        "request_tags",
        "tag_keys",
        "service_context",
        "principal_keys",
    ),
)
_EVALUATE = ModuleFunction(
    module=_EVALUATOR,
    name="evaluate_resource_policy",
    parameters=("doc", "ctx", "service", "named_only", "direct_only"),
)
INTERNALS = (_FIND, _POLICY, _EXECUTE, _CONTEXT, _EVALUATE)

_SERVICE = "secretsmanager.amazonaws.com"


def check_invocable(function_arn: str, secret: Record) -> None:
    """Raises SecretRefusedError unless the function exists and its own policy lets Secrets Manager
    invoke it for this secret: always, as on AWS, and not only where IAM is enforced."""
    if not function_arn.startswith("arn:") or _FIND.read()(function_arn)[0] is None:
        raise not_found(f"Secrets Manager can't find the Lambda function {function_arn}.")
    if not _is_allowed(function_arn, secret["ARN"]):
        raise SecretRefusedError(
            "AccessDeniedException",
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the "
            f"function policy grants access to the principal {_SERVICE}.",
        )


def invoke(function_arn: str, secret: Record, event: dict[str, str]) -> bool:
    """Whether the function answered without an error."""
    try:
        check_invocable(function_arn, secret)
    except SecretRefusedError:
        return False
    record, config, _ = _FIND.read()(function_arn)
    result: Any = _EXECUTE.read()({**record, "config": config}, event)
    return not result.get("error")


def _is_allowed(function_arn: str, secret_arn: str) -> bool:
    _, _, _, region, account, *_ = secret_arn.split(":")
    policy, _ = _POLICY.read()(function_arn)
    # The caller is the service: a grant to an account or a role does not reach it.
    context = _CONTEXT.read()(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=function_arn,
        region=region,
        service_context={"aws:sourcearn": secret_arn, "aws:sourceaccount": account},
    )
    decision: str = _EVALUATE.read()(policy, context, service=_SERVICE).decision
    return decision == "Allow"
