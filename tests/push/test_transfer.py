"""What HTTP/2 promises about a request, and what it leaves open: frame by frame."""

from collections.abc import Iterator

import pytest

from push.transfer import Answer, Http2Client
from tests.push.conftest import RunningPhone
from tests.push.wire import Wire


@pytest.fixture
def wire(running_phone: RunningPhone, request: pytest.FixtureRequest) -> Iterator[Wire]:
    with Wire(running_phone.directory, request.param) as wire:
        yield wire


@pytest.fixture
def client(wire: Wire, running_phone: RunningPhone) -> Iterator[Http2Client]:
    client = Http2Client(
        url=f"https://127.0.0.1:{wire.port}/",
        ca_file=str(running_phone.directory / "ca.pem"),
        connections=1,
        streams=100,
        timeout_seconds=5,
        direct=True,
    )
    yield client
    client.close()


def post(client: Http2Client, *bodies: bytes) -> list[Answer]:
    client.submit([(body, body) for body in bodies], headers=())
    answers: list[Answer] = []
    while len(answers) < len(bodies):
        answers += client.collect(wait_seconds=10)
    return answers


@pytest.mark.parametrize("wire", ["refuse", "goaway"], indirect=True)
@pytest.mark.parametrize("warm", [True, False], ids=["used connection", "fresh connection"])
def test_a_refused_stream_was_not_taken(wire: Wire, client: Http2Client, warm: bool) -> None:
    if warm or wire.manner == "goaway":
        assert [answer.status for answer in post(client, b"warm")] == [200]
    [answer] = post(client, b"offer")
    assert (answer.status, answer.taken_perhaps, answer.error) == (None, False, "stream refused")
    assert wire.bodies.count(b"offer") == 1


@pytest.mark.parametrize("wire", ["refuse"], indirect=True)
def test_of_many_refused_streams_none_was_taken(wire: Wire, client: Http2Client) -> None:
    post(client, b"warm")
    answers = post(client, *(b"offer %d" % number for number in range(60)))
    assert [answer.taken_perhaps for answer in answers] == [False] * 60
    assert len(set(wire.bodies)) == len(wire.bodies) == 61


@pytest.mark.parametrize("wire", ["reset_stream", "close"], indirect=True)
def test_a_stream_or_connection_that_ends_without_an_answer_may_have_been_taken(
    wire: Wire, client: Http2Client
) -> None:
    post(client, b"warm")
    [answer] = post(client, b"offer")
    assert (answer.status, answer.taken_perhaps) == (None, True)
    assert wire.bodies.count(b"offer") == 1
