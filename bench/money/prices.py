"""List prices of AWS in us-east-1, without the free tier, first tier of volume.

From aws.amazon.com: lambda/pricing, sqs/pricing, dynamodb/pricing/on-demand, cloudwatch/pricing,
secrets-manager/pricing, fargate/pricing. As of June 2026.
"""

from __future__ import annotations

AS_OF = "June 2026"
# Dollars each.
LAMBDA_REQUEST = 0.20 / 1e6
# On arm64, as the template has it.
LAMBDA_GB_SECOND = 0.0000133334
# Each 64 KB of a request are one; no request of the bench has more.
SQS_REQUEST = 0.40 / 1e6
DYNAMODB_WRITE_UNIT = 0.625 / 1e6
DYNAMODB_READ_UNIT = 0.125 / 1e6
LOG_GB = 0.50
SECRETS_REQUEST = 0.05 / 1e4
# On ARM, for a worker that is no function.
FARGATE_VCPU_SECOND = 0.03238 / 3600
FARGATE_GB_SECOND = 0.00356 / 3600
