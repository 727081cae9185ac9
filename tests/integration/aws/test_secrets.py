"""Secrets from Secrets Manager, kept in memory."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from formarelay.aws.secrets import SecretCredential, SecretReader
from formarelay.errors import SecretUnavailableError
from formarelay.redact import Secret
from tests.support.aws import REGION, fake_aws
from tests.support.clock import ManualClock

NAME = "forma-mail"


class CountingClient:
    """Secrets Manager by moto, with every read counted and failures on demand."""

    def __init__(self) -> None:
        self.client = boto3.client("secretsmanager", region_name=REGION)
        self.reads: list[dict[str, str]] = []
        self.down = False

    def get_secret_value(self, **arguments):
        self.reads.append(arguments)
        if self.down:
            raise EndpointConnectionError(endpoint_url="https://secretsmanager")
        return self.client.get_secret_value(**arguments)

    def put(self, **fields) -> str:
        text = json.dumps(fields)
        return self.client.put_secret_value(SecretId=NAME, SecretString=text)["VersionId"]


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def store():
    with fake_aws():
        store = CountingClient()
        store.client.create_secret(Name=NAME)
        store.put(api_key="first", key_id="key_1")
        yield store


@pytest.fixture
def reader(store, clock):
    return SecretReader(store, clock=clock, jitter=lambda: 0.5)


def api_key(reader) -> SecretCredential[Secret]:
    return SecretCredential(reader, secret_id=NAME, read=lambda value: value.get("api_key"))


def test_a_secret_is_read_once_while_it_is_fresh(store, reader, clock):
    assert reader.get(NAME).get("api_key") == Secret("first")
    clock.advance(269)
    assert reader.get(NAME).get("key_id") == Secret("key_1")
    assert len(store.reads) == 1


def test_a_secret_is_read_again_when_its_time_is_up(store, reader, clock):
    reader.get(NAME)
    store.put(api_key="second")
    clock.advance(270)  # 300 seconds less half of a fifth
    assert reader.get(NAME).get("api_key") == Secret("second")
    assert len(store.reads) == 2


def test_a_version_and_a_stage_are_part_of_what_is_remembered(store, reader):
    pending = store.client.put_secret_value(
        SecretId=NAME, SecretString='{"api_key": "next"}', VersionStages=["AWSPENDING"]
    )["VersionId"]
    assert reader.get(NAME).get("api_key") == Secret("first")
    assert reader.get(NAME, version_stage="AWSPENDING").get("api_key") == Secret("next")
    by_version = reader.get(NAME, version_id=pending, version_stage="AWSPENDING")
    assert by_version.get("api_key") == Secret("next")
    assert reader.get(NAME).get("api_key") == Secret("first")
    assert len(store.reads) == 3


def test_many_threads_that_need_a_secret_cause_one_read(store, reader):
    barrier = threading.Barrier(8)
    keys = []

    def read() -> None:
        barrier.wait()
        keys.append(reader.get(NAME).get("api_key"))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keys == [Secret("first")] * 8
    assert len(store.reads) == 1


def test_the_last_good_value_serves_while_reads_fail_and_not_each_call_tries(store, reader, clock):
    reader.get(NAME)
    store.down = True
    clock.advance(300)
    assert reader.get(NAME).get("api_key") == Secret("first")
    clock.advance(9)
    assert reader.get(NAME).get("api_key") == Secret("first")
    assert len(store.reads) == 2
    clock.advance(1)
    reader.get(NAME)
    assert len(store.reads) == 3
    assert reader.stale_reads == 2


def test_the_last_good_value_serves_no_longer_than_an_hour(store, reader, clock):
    reader.get(NAME)
    store.down = True
    clock.advance(3600)
    assert reader.get(NAME).get("api_key") == Secret("first")
    clock.advance(10)
    with pytest.raises(SecretUnavailableError) as caught:
        reader.get(NAME)
    assert type(caught.value) is SecretUnavailableError


def test_a_container_without_a_value_says_that_it_cannot_read(store, reader):
    store.down = True
    with pytest.raises(SecretUnavailableError) as caught:
        reader.get(NAME)
    assert type(caught.value) is SecretUnavailableError
    assert str(caught.value) == ("secretsmanager GetSecretValue: Secrets Manager cannot be reached")


def test_a_secret_without_a_value_says_what_to_do(store, reader):
    store.client.create_secret(Name="empty")
    with pytest.raises(SecretUnavailableError) as caught:
        reader.get("empty")
    assert str(caught.value) == (
        "secretsmanager GetSecretValue ResourceNotFoundException: "
        "the secret has no value yet: put the JSON object there"
    )


@pytest.mark.parametrize("text", ["fm_sk_plain", '["fm_sk_list"]', '"fm_sk_text"', '{"a": fm_sk_'])
def test_a_secret_that_is_no_json_object_is_refused_without_showing_it(store, reader, text):
    store.client.put_secret_value(SecretId=NAME, SecretString=text)
    with pytest.raises(SecretUnavailableError) as caught:
        reader.get(NAME)
    assert str(caught.value) == ("secretsmanager GetSecretValue: the secret is not a JSON object")
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_field_that_is_missing_is_named(reader):
    with pytest.raises(SecretUnavailableError) as caught:
        reader.get(NAME).get("secret_key")
    assert str(caught.value) == (
        'secretsmanager: the secret has no text field "secret_key": put a JSON object with it there'
    )


def test_a_value_shows_no_field(reader):
    assert "first" not in repr(reader.get(NAME))


def test_a_refused_key_is_read_anew(store, reader, clock):
    key = api_key(reader)
    old = key.current()
    store.put(api_key="second")
    clock.advance(1)
    assert key.refresh(old) == Secret("second")
    assert key.current() == Secret("second")
    assert len(store.reads) == 2


def test_a_key_that_another_thread_has_replaced_is_not_read_again(store, reader, clock):
    key = api_key(reader)
    old = key.current()
    store.put(api_key="second")
    clock.advance(1)
    key.refresh(old)
    assert key.refresh(old) == Secret("second")
    assert len(store.reads) == 2


def test_a_value_that_was_replaced_long_ago_is_not_read_again_for_a_late_refusal(
    store, reader, clock
):
    old = reader.get(NAME)
    store.put(api_key="second")
    clock.advance(1)
    new = reader.refresh(NAME, rejected=old)
    clock.advance(60)
    assert reader.refresh(NAME, rejected=old) == new
    assert len(store.reads) == 2


def test_a_key_that_was_replaced_a_moment_after_it_was_read_is_read_again(store, reader, clock):
    key = api_key(reader)
    old = key.current()
    store.put(api_key="second")
    clock.advance(0.001)
    assert key.refresh(old) == Secret("second")


def test_a_refused_key_without_successor_is_read_once_by_all_that_ask_together(
    store, reader, clock
):
    key = api_key(reader)
    old = key.current()
    clock.advance(1)
    with ThreadPoolExecutor(max_workers=8) as threads:
        assert list(threads.map(key.refresh, [old] * 8)) == [old] * 8
    assert len(store.reads) == 2
    clock.advance(0.001)
    assert key.refresh(old) == old
    assert len(store.reads) == 3


def test_a_refused_key_stays_when_secrets_manager_is_down(store, reader, clock):
    key = api_key(reader)
    old = key.current()
    store.down = True
    clock.advance(5)
    assert key.refresh(old) == old
    assert reader.stale_reads == 1
