"""`down`: nothing of the stack runs any more."""

from __future__ import annotations

import shutil

from local.services import SERVICES, stop_service
from local.workspace import Workspace


def stop_everything(workspace: Workspace) -> list[str]:
    """Ends what runs and removes what it left; returns the names of what ran. Safe to repeat.

    Logs stay, and so do the build and the functions' interpreter, which the next `up` reuses.
    """
    stopped = [service.name for service in SERVICES if stop_service(service, workspace=workspace)]
    workspace.stack_file.unlink(missing_ok=True)
    for folder in (workspace.temporary, workspace.state, workspace.home):
        shutil.rmtree(folder, ignore_errors=True)
    return stopped
