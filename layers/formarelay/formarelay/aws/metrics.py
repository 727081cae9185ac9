"""Numbers for CloudWatch, put by a call that fails aloud, not by a log line that nobody reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from formarelay.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

# Of PutMetricData.
_MOST_AT_ONCE = 1000


class CloudWatchMetrics:
    """One namespace of metrics."""

    def __init__(self, client: CloudWatchClient, *, namespace: str) -> None:
        self._client = client
        self._namespace = namespace

    def put(self, values: Sequence[tuple[str, str, float, Mapping[str, str]]]) -> None:
        """Publishes the values, dated now.

        Args:
            values: Name, unit of CloudWatch, value and dimensions.

        Raises:
            TransientError: CloudWatch did not take them; some of more than 1,000 may be published.
        """
        data = [_datum(*value) for value in values]
        for start in range(0, len(data), _MOST_AT_ONCE):
            try:
                self._client.put_metric_data(
                    Namespace=self._namespace, MetricData=data[start : start + _MOST_AT_ONCE]
                )
            except (BotoCoreError, ClientError) as error:
                raise TransientError(
                    "the metrics cannot be published",
                    service="cloudwatch",
                    operation="PutMetricData",
                ) from error


def _datum(name: str, unit: Any, value: float, dimensions: Mapping[str, str]) -> Any:
    return {
        "MetricName": name,
        "Unit": unit,
        "Value": value,
        "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()],
    }
