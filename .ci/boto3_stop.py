#!/usr/bin/env python3
"""Checks the emulator against a client that shares no code with this project: boto3.

usage: boto3_stop.py ENDPOINT_URL ACCESS_KEY_ID SECRET_ACCESS_KEY INDEX_ID DATA_SOURCE_ID

The data source must exist and the key must be allowed to stop its job. Prints one line a check and
exits with 1 when any of them fails.
"""

import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError


def kendra(endpoint_url, access_key_id, secret_access_key):
    """A client that makes one attempt a call and that only its arguments configure."""
    return boto3.Session(
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        region_name="us-east-1",
    ).client(
        "kendra",
        endpoint_url=endpoint_url,
        config=Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=5,
            read_timeout=10,
            proxies={},
        ),
    )


def stop(client, index_id, data_source_id):
    """The status, the code (None for success) and the request id of one stop."""
    try:
        response = client.stop_data_source_sync_job(IndexId=index_id, Id=data_source_id)
        code = None
    except ClientError as error:
        response = error.response
        code = response["Error"]["Code"]
    metadata = response["ResponseMetadata"]
    return metadata["HTTPStatusCode"], code, metadata.get("RequestId")


def main(arguments):
    if len(arguments) != 5:
        print(__doc__, file=sys.stderr)
        return 2
    endpoint_url, access_key_id, secret, index_id, data_source_id = arguments

    # Nothing of the machine's own settings may decide the outcome.
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.devnull
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

    # As long as the right one, and another at its first character only.
    wrong_secret = ("b" if secret.startswith("a") else "a") + secret[1:]
    checks = [
        ("the right key stops the job", access_key_id, secret, data_source_id, 200, None),
        (
            "a wrong secret is refused",
            access_key_id,
            wrong_secret,
            data_source_id,
            400,
            "InvalidSignatureException",
        ),
        (
            "an unknown key id is refused",
            "AKIAUNKNOWNUNKNOWN22",
            secret,
            data_source_id,
            403,
            "UnrecognizedClientException",
        ),
        (
            "an unknown data source is not found",
            access_key_id,
            secret,
            "no-such-data-source",
            400,
            "ResourceNotFoundException",
        ),
    ]
    failures = 0
    for name, key_id, key, source, status, code in checks:
        try:
            outcome = stop(kendra(endpoint_url, key_id, key), index_id, source)
            request_id = outcome[2]
            passed = outcome[:2] == (status, code) and bool(request_id)
        except BotoCoreError as error:
            outcome, passed = type(error).__name__, False
        if passed:
            print(f"ok    {name}: {status} {code or ''}".rstrip(), f"(request {request_id})")
        else:
            failures += 1
            print(f"FAIL  {name}: expected {(status, code)} and a request id, got {outcome}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
