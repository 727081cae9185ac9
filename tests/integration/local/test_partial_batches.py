"""What a partial batch response does to the messages of its batch."""

from __future__ import annotations

import json
from typing import Any

import pytest
from local.emulator.partial_batches import fault_of_response

from .conftest import Emulator, eventually, function
