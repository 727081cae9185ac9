#!/bin/sh
# Resolves every dependency for Python 3.11 and newer, on every platform, with hashes.
# The layer comes first: development uses exactly the versions that ship.
# Versions stay as they are where they still fit; with --upgrade the newest are taken.
set -eu
cd "$(dirname "$0")/.."

upgrade=${1:-}

resolve() {
    uv pip compile --quiet $upgrade --universal --python-version 3.11 \
        --generate-hashes --no-annotate --no-header "$@"
}

resolve layers/formarelay/requirements.in --output-file layers/formarelay/requirements.txt
resolve --group pyproject.toml:dev --constraints layers/formarelay/requirements.txt \
    --output-file requirements/dev.txt
grep -E '^(boto3|botocore)==' requirements/dev.txt | sed 's/ .*//' > requirements/.boto3
echo boto3 | resolve - --constraints requirements/.boto3 --output-file requirements/lambda-runtime.txt
rm requirements/.boto3
grep -E '^uv==' requirements/dev.txt | sed 's/ .*//' |
    resolve - --output-file requirements/bootstrap.txt
# The bench's peers: what they have in common with us is the same version.
for peer in naive recipe celery; do
    resolve "bench/peers/$peer/requirements.in" --constraints layers/formarelay/requirements.txt \
        --constraints requirements/lambda-runtime.txt \
        --output-file "bench/peers/$peer/requirements.txt"
done
