"""What the client sends, receives and keeps, against real sockets."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from formarelay.errors import ConnectionFailedError, UnexpectedResponseError
from formarelay.http import HttpClient, HttpResponse, Timeouts, raise_for_status
from formarelay.http.status import ErrorDetail
from tests.integration.http.raw_server import Peer, answer, answering
from tests.support.clock import ManualClock


def get(client: HttpClient, **arguments) -> HttpResponse:
    return client.request("GET", "/api/emails/usage/stats", operation="GET usage", **arguments)


def test_a_json_request_arrives_as_written(serve, connect):
    server = serve(answering(answer(b'{"id": "e1"}', status="201 Created")))
    response = connect(f"{server.url}/", user_agent="relay/9").request(
        "POST",
        "/api/emails/a%2Fb",
        operation="POST emails/{id}",
        headers={"Authorization": "Bearer k", "X-Team": "7"},
        params={"recipient": "ada+x@example.com", "page": 2, "none": None, "tag": ["a", "b"]},
        json={"name": "Zoë"},
    )
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    request_line, *headers = head.decode().split("\r\n")
    assert request_line == (
        "POST /api/emails/a%2Fb?recipient=ada%2Bx%40example.com&page=2&tag=a&tag=b HTTP/1.1"
    )
    assert sorted(headers) == [
        "Accept-Encoding: identity",
        "Accept: application/json",
        "Authorization: Bearer k",
        "Content-Length: 15",
        "Content-Type: application/json",
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: relay/9",
        "X-Team: 7",
    ]
    assert body == '{"name":"Zoë"}'.encode()
    assert response.status == 201
    assert response.json() == {"id": "e1"}


def test_a_form_arrives_url_encoded(serve, connect):
    server = serve(answering(answer()))
    connect(server.url).request(
        "POST", "/token", operation="POST token", form={"grant_type": "client credentials&"}
    )
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert b"Content-Type: application/x-www-form-urlencoded" in head
    assert body == b"grant_type=client+credentials%26"


@pytest.mark.parametrize("value", [{}, [], 0, "", False])
def test_an_empty_json_value_is_still_a_body(serve, connect, value):
    server = serve(answering(answer()))
    connect(server.url).request("POST", "/", operation="POST", json=value)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert b"Content-Type: application/json" in head
    assert body == {"": b'""', "False": b"false"}.get(str(value), str(value).encode())


def test_headers_of_the_answer_match_in_any_case(serve, connect):
    server = serve(answering(answer(headers=("x-ratelimit-LIMIT: 100",))))
    assert get(connect(server.url)).headers["X-RateLimit-Limit"] == "100"


def test_tls_works_with_the_given_authority(serve, connect, server_tls, authority_file):
    server = serve(answering(answer(b'{"ok": true}')), tls=server_tls)
    client = connect(server.url, ca_bundle=authority_file)
    assert [get(client).json(), get(client).json()] == [{"ok": True}] * 2
    assert server.connections == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "308 Moved"])
def test_a_redirect_is_not_followed(serve, connect, status):
    other = serve(answering(answer()))
    server = serve(answering(answer(b"", status=status, headers=(f"Location: {other.url}/x",))))
    response = get(connect(server.url), headers={"Authorization": "Bearer k"})
    assert response.status == int(status[:3])
    assert (other.connections, len(server.requests)) == (0, 1)
    with pytest.raises(UnexpectedResponseError) as caught:
        raise_for_status(response, describe=lambda _: ErrorDetail(), now=0)
    assert type(caught.value) is UnexpectedResponseError


def test_a_server_error_is_not_repeated(serve, connect):
    server = serve(answering(answer(status="503 Busy", headers=("Retry-After: 0",))))
    assert get(connect(server.url)).status == 503
    assert len(server.requests) == 1


def test_cookies_are_not_kept(serve, connect):
    server = serve(answering(answer(headers=("Set-Cookie: session=1; Path=/",))))
    client = connect(server.url)
    get(client)
    get(client)
    assert b"cookie" not in server.requests[1].lower()


def test_the_environment_decides_nothing(serve, connect, monkeypatch, tmp_path, authority_file):
    trap = serve(answering(answer()))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password trap\n")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, trap.url)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(answering(answer()))
    get(connect(server.url))
    assert b"authorization" not in server.requests[0].lower()
    assert trap.connections == 0


def test_an_authority_of_the_environment_is_not_trusted(
    serve, connect, server_tls, monkeypatch, authority_file
):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, authority_file)
    server = serve(answering(answer()), tls=server_tls)
    with pytest.raises(ConnectionFailedError):
        get(connect(server.url))


def test_addresses_in_a_query_are_not_logged(serve, connect, caplog):
    caplog.set_level(logging.DEBUG)
    server = serve(answering(answer(headers=("Broken Header",))))
    get(connect(server.url), params={"recipient": "ada@example.com"})
    assert "ada" not in caplog.text


# --- connections ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pass_time", "connections"),
    [
        (lambda clock: clock.advance(29), 1),
        (lambda clock: clock.advance(31), 2),
        (lambda clock: clock.jump_wall(31), 2),
        (lambda clock: clock.jump_wall(-31), 2),
    ],
    ids=["fresh", "idle", "frozen", "clock set back"],
)
def test_a_connection_that_was_idle_for_long_is_replaced(serve, connect, pass_time, connections):
    clock = ManualClock()
    server = serve(answering(answer()))
    client = connect(server.url, clock=clock, max_idle_seconds=30)
    get(client)
    pass_time(clock)
    get(client)
    get(client)
    assert server.connections == connections


def test_idle_time_counts_from_the_end_of_the_last_answer(serve, connect):
    clock = ManualClock()

    def slow(peer: Peer) -> None:
        while peer.read_request():
            clock.advance(25)
            peer.send(answer())

    server = serve(slow)
    timeouts = Timeouts(connect_seconds=1, read_seconds=100)
    client = connect(server.url, clock=clock, max_idle_seconds=30, timeouts=timeouts)
    get(client)
    clock.advance(20)
    get(client)
    assert server.connections == 1


def test_a_replaced_connection_that_fails_is_certainly_not_executed(serve, connect):
    clock = ManualClock()
    server = serve(answering(answer()))
    client = connect(server.url, clock=clock)
    get(client)
    server.stop()
    clock.advance(60)
    for _ in range(2):
        with pytest.raises(ConnectionFailedError) as caught:
            get(client)
        assert type(caught.value) is ConnectionFailedError


@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_connection_that_the_server_ended_is_replaced_in_silence(serve, connect, end):
    ended = threading.Event()

    def answer_once(peer: Peer) -> None:
        peer.read_request()
        peer.send(answer())
        if end == "reset":
            peer.reset()
        else:
            peer.sock.close()
        ended.set()

    server = serve(answer_once)
    client = connect(server.url)
    assert get(client).status == 200
    assert ended.wait(5)
    assert get(client).status == 200
    assert server.connections == 2


def test_an_answer_that_was_not_read_to_its_end_costs_its_connection(serve, connect):
    server = serve(answering(answer(b"x" * 500_000), answer(b"{}")))
    client = connect(server.url, max_response_bytes=1000)
    for _ in range(2):
        with pytest.raises(UnexpectedResponseError):
            get(client)
    assert server.connections == 2


def test_many_threads_share_one_client(serve, connect, server_tls, authority_file):
    def echo(peer: Peer) -> None:
        while request := peer.read_request():
            peer.send(answer(request.split(b" ")[1]))

    server = serve(echo, tls=server_tls)
    client = connect(server.url, ca_bundle=authority_file, pool_size=10)

    def ask(number: int) -> bytes:
        return client.request("GET", f"/{number}", operation="GET").body

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(ask, range(200)))
    assert answers == [f"/{number}".encode() for number in range(200)]
    assert server.connections <= 10


def test_a_closed_client_connects_again(serve, connect):
    server = serve(answering(answer()))
    client = connect(server.url)
    get(client)
    client.close()
    assert get(client).status == 200
    assert server.connections == 2
