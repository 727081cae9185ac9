"""`python -m local.dashboard`: the command behind `make dashboard`."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from local.aws import LocalAws
from local.dashboard.body import parse
from local.dashboard.picture import Dashboard, draw, read_panels
from local.environment import forget_real_aws
from local.errors import LocalStackError
from local.stack_file import read_stack_file
from local.workspace import Workspace

_TYPE = "AWS::CloudWatch::Dashboard"
_DOTS_PER_INCH = 110


def render(workspace: Workspace, *, now: datetime) -> Path:
    """Draws the dashboards of the stack that is up, and returns the picture's path.

    Raises:
        LocalStackError: No stack is up or answers, or it has no dashboard.
    """
    try:
        stack = read_stack_file(workspace.stack_file)
    except FileNotFoundError:
        raise LocalStackError("no stack is up; start one with `make up`") from None
    with closing(LocalAws(stack["AWS_ENDPOINT_URL"])) as aws:
        try:
            dashboards = _dashboards(aws, stack_name=stack["STACK_NAME"])
            read = [(each, read_panels(aws.cloudwatch, each.body, now=now)) for each in dashboards]
        except (BotoCoreError, ClientError) as error:
            raise LocalStackError(
                f"the stack of {workspace.stack_file} does not answer ({error}); "
                "start one with `make up`"
            ) from error
    picture = workspace.directory / "dashboard.png"
    draw(read, now=now).savefig(picture, dpi=_DOTS_PER_INCH)
    return picture


def _dashboards(aws: LocalAws, *, stack_name: str) -> list[Dashboard]:
    resources = aws.cloudformation.describe_stack_resources(StackName=stack_name)
    names = [
        each["PhysicalResourceId"]
        for each in resources["StackResources"]
        if each["ResourceType"] == _TYPE
    ]
    if not names:
        raise LocalStackError(f"the stack {stack_name} has no dashboard")
    bodies = {
        name: aws.cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"] for name in names
    }
    return [Dashboard(name, parse(text, name=name)) for name, text in bodies.items()]


def main() -> int:
    """The exit status: 0 when there is a picture."""
    forget_real_aws(os.environ)
    try:
        picture = render(Workspace(), now=datetime.now(UTC))
    except LocalStackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"  dashboard: {picture}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
