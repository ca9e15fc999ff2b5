"""The Model Context Protocol, with its own client: over standard input and output, and over HTTP."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, MCPError, StdioServerParameters
from mcp_types import CallToolResult

from app.answer import Answer
from app.assistant import Assistant
from app.mcp import require
from app.mcp.http import security
from app.mcp.tools import FoundPassages, Part
from app.options import ServerOptions
from app.server import create_app
from app.settings import Settings
from corpus.errors import DipnotError
from tests.commandline import PROGRAM, Dipnot
from tests.siteserver import serving

T = TypeVar("T")
GUIDE = Path(__file__).parents[2].joinpath("docs", "mcp.md").read_text(encoding="utf-8")
WHEN = "Moskova Antlaşması ne zaman imzalandı?"
ENGLISH = "When was the Treaty of Kars signed?"
OUTSIDE = "What is the capital of Australia?"
JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
# What a browser sends for a page whose name was made to point to this machine (DNS rebinding).
REBOUND = {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


class Session:
    """A client in a thread of its own, called as if nothing were asynchronous."""

    def __init__(self, client: Client, portal: BlockingPortal, base: str) -> None:
        self.client = client
        self.base = base
        self._portal = portal

    def wait(self, work: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        return self._portal.call(work, *arguments)

    def call(self, tool: str, **arguments: Any) -> CallToolResult:
        return self.wait(self.client.call_tool, tool, arguments)

    def refused(self, tool: str, **arguments: Any) -> str:
        """What a call is told that goes wrong."""
        result = self.call(tool, **arguments)
        assert result.is_error
        assert result.structured_content is None
        return text_of(result)


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    assert content.type == "text"
    return content.text


@pytest.fixture(scope="module")
def site(assistant: Assistant) -> Iterator[str]:
    with serving(create_app(assistant, options=ServerOptions(mcp=True, rate_per_minute=0))) as address:
        yield address


@pytest.fixture(scope="module", params=["stdio", "stdio, as of 2025", "http", "http, as of 2025"])
def session(request: pytest.FixtureRequest, index_dir: Path) -> Iterator[Session]:
    transport, _, era = request.param.partition(", ")
    server: Any = StdioServerParameters(command=str(PROGRAM), args=["mcp", "--index", str(index_dir)])
    base = "dipnot:/"
    if transport == "http":
        base = request.getfixturevalue("site")
        server = f"{base}/mcp"
    client = Client(server, mode="legacy" if era else "auto")
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(client):
        yield Session(client, portal, base)


def test_the_tools_are_three_and_change_nothing(session: Session) -> None:
    tools = session.wait(session.client.list_tools).tools
    assert [tool.name for tool in tools] == ["ask", "search", "read"]
    for tool in tools:
        assert tool.annotations is not None
        assert (tool.annotations.read_only_hint, tool.annotations.open_world_hint) == (True, False)
        assert tool.output_schema


def test_an_assistant_is_told_to_cite_and_to_add_nothing(session: Session) -> None:
    assert "these articles only" in (session.client.instructions or "")
    assert "cite" in (session.client.instructions or "")
    told = {tool.name: tool.description or "" for tool in session.wait(session.client.list_tools).tools}
    assert "do not fill the gap from elsewhere" in told["ask"]
    assert "cited" in told["search"]
    assert "Cite" in told["read"]


def test_an_answer_comes_as_a_model_and_as_text(session: Session, assistant: Assistant) -> None:
    result = session.call("ask", question=WHEN)
    answer = Answer.model_validate(result.structured_content)
    assert (answer.status, answer.id) == ("answered", assistant.ask(WHEN).id)
    assert text_of(result).startswith(f"{answer.text}\n\n[1] ")
    for citation in answer.citations:
        assert f"{session.base}{citation.url}\n> {citation.quote}" in text_of(result)


def test_language_and_history_are_taken_into_account(session: Session, assistant: Assistant) -> None:
    result = session.call("ask", question="Peki kimler imzaladı?", language="en", history=[WHEN])
    answer = Answer.model_validate(result.structured_content)
    assert answer.id == assistant.ask("Peki kimler imzaladı?", "en", [WHEN]).id
    assert answer.language == "en"


def test_a_declined_answer_shows_what_is_near_and_that_it_is_none(session: Session) -> None:
    result = session.call("ask", question=OUTSIDE)
    answer = Answer.model_validate(result.structured_content)
    assert answer.status == "declined"
    assert not result.is_error
    assert answer.nearest
    text, notice, *nearest = text_of(result).split("\n\n")
    assert text == answer.text
    assert notice.startswith("Not an answer")
    assert len(nearest) == len(answer.nearest)


def test_passages_are_found_with_their_place(session: Session, assistant: Assistant) -> None:
    result = session.call("search", query=ENGLISH, k=3, language="en")
    found = FoundPassages.model_validate(result.structured_content).passages
    expected = assistant.search(ENGLISH, 3, "en").hits
    assert [one.text for one in found] == [hit.passage.text for hit in expected]
    assert [one.rank for one in found] == [1, 2, 3]
    for one, hit in zip(found, expected, strict=True):
        assert (one.title, one.page) == (hit.article.shown_title, hit.article.page(one.spans[0][0]))
        assert one.english == hit.article.passage_english(hit.passage)
        assert f"{one.url}\n> {one.text}" in text_of(result)
        assert one.url.startswith(f"{session.base}/articles/{one.article}#c{one.spans[0][0]}-")


def test_an_article_is_read_part_by_part(session: Session, assistant: Assistant) -> None:
    raw = assistant.articles["004"].raw
    read, start = "", 0
    while start is not None:
        part = Part.model_validate(
            session.call("read", article="004", start=start, length=8000).structured_content
        )
        assert (part.start, part.total) == (start, len(raw))
        read, start = read + part.text, part.next_start  # type: ignore[assignment]
    assert read == raw


def test_a_part_says_where_it_stands(session: Session, assistant: Assistant) -> None:
    article = assistant.articles["002"]
    citation = next(one for one in assistant.ask(ENGLISH).citations if one.article == "002")
    result = session.call("read", article="002", start=citation.span[0], length=60)
    part = Part.model_validate(result.structured_content)
    assert (part.pages[0], part.section) == (citation.page, citation.section)
    assert part.title == article.shown_title
    assert part.text == article.raw[citation.span[0] : citation.span[0] + 60]
    assert text_of(result).endswith(f"\n\n{part.text}")


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("ask", {}, "question: "),
        ("ask", {"question": "  "}, "The question is empty."),
        ("ask", {"question": "a\x00b"}, "control characters"),
        ("ask", {"question": WHEN, "language": "de"}, "language: "),
        ("ask", {"question": WHEN, "history": ["x"] * 33}, "history: "),
        ("ask", {"question": WHEN, "more": 1}, "more: "),
        ("search", {"query": ""}, "query: "),
        ("search", {"query": "Kars", "k": 0}, "k: "),
        ("read", {"article": "999"}, "there are: 000, 001, 002, 003, 004."),
        ("read", {"article": "../004"}, "there are: 000, 001, 002, 003, 004."),
        ("read", {"article": "004", "start": 10**9}, "start has to be less."),
        ("read", {"article": "004", "start": -1}, "start: "),
        ("read", {"article": "004", "length": 10**6}, "length: "),
    ],
)
def test_what_goes_wrong_is_told_in_one_sentence(
    session: Session, tool: str, arguments: dict[str, Any], told: str
) -> None:
    message = session.refused(tool, **arguments)
    assert told in message
    assert message.endswith(".")
    assert "\n" not in message


def test_another_tool_is_not_known(session: Session) -> None:
    with pytest.raises(MCPError, match="there are: ask, search, read"):
        session.call("write")


def test_the_articles_are_resources(session: Session, assistant: Assistant) -> None:
    resources = session.wait(session.client.list_resources).resources
    assert [one.title for one in resources] == [one.shown_title for one in assistant.articles.values()]
    for one, article in zip(resources, assistant.articles.values(), strict=True):
        (content,) = session.wait(session.client.read_resource, one.uri).contents
        assert content.text == article.raw  # type: ignore[union-attr]
        assert one.size == len(article.raw.encode())


def test_the_address_of_a_citation_opens_its_article(session: Session, assistant: Assistant) -> None:
    (content,) = session.wait(session.client.read_resource, "dipnot://articles/004#c5-9").contents
    assert content.text == assistant.articles["004"].raw  # type: ignore[union-attr]


@pytest.mark.parametrize("address", ["dipnot://articles/999", "file:///etc/passwd", "dipnot://articles/"])
def test_another_resource_is_not_known(session: Session, address: str) -> None:
    with pytest.raises(MCPError, match="no such article"):
        session.wait(session.client.read_resource, address)


def test_many_may_call_at_once(session: Session) -> None:
    async def call_all() -> list[str]:
        found: list[str] = []

        async def call(question: str) -> None:
            result = await session.client.call_tool("ask", {"question": question})
            found.append(str((result.structured_content or {})["question"]))

        async with anyio.create_task_group() as group:
            for question in (WHEN, ENGLISH, OUTSIDE) * 3:
                group.start_soon(call, question)
        return found

    assert sorted(session.wait(call_all)) == sorted([WHEN, ENGLISH, OUTSIDE] * 3)


def test_standard_output_carries_the_protocol_alone(index_dir: Path) -> None:
    ask = {"name": "ask", "arguments": {"question": WHEN}}
    sent = [
        HELLO,
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": ask},
    ]
    program = subprocess.Popen(
        [PROGRAM, "mcp", "--index", str(index_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert program.stdin and program.stdout
    program.stdin.write("".join(f"{json.dumps(message)}\n" for message in sent))
    program.stdin.flush()
    answers = [json.loads(program.stdout.readline()) for _ in range(2)]
    # No more input: it ends by itself.
    rest, told = program.communicate(timeout=60)
    assert [(answer["jsonrpc"], answer["id"]) for answer in answers] == [("2.0", 1), ("2.0", 2)]
    assert answers[1]["result"]["structuredContent"]["status"] == "answered"
    assert (rest, told, program.returncode) == ("", "", 0)


def test_without_an_index_it_says_so_and_ends(program: Dipnot) -> None:
    program("mcp", "--index", "nowhere").complains(1, "nowhere", "dipnot index")


def test_without_the_extra_it_says_what_to_install(dipnot: Dipnot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    dipnot("mcp").complains(1, 'pip install "dipnot[mcp]"')
    monkeypatch.setenv("DIPNOT_MCP", "true")
    dipnot("serve", "--port", "65535").complains(1, 'pip install "dipnot[mcp]"')


def test_an_application_that_is_to_speak_it_needs_the_extra(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    require()
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(DipnotError, match="extra"):
        create_app(assistant, options=ServerOptions(mcp=True))


def test_over_http_it_is_off_until_it_is_wanted(assistant: Assistant) -> None:
    with serving(create_app(assistant)) as site:
        assert httpx.post(f"{site}/mcp", json=HELLO, headers=JSON).status_code in (404, 405)


def test_over_http_nothing_is_kept_between_two_requests(site: str) -> None:
    reply = httpx.post(f"{site}/mcp", json=HELLO, headers=JSON)
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("application/json")
    assert "mcp-session-id" not in reply.headers
    ask = {"name": "read", "arguments": {"article": "004", "length": 5}}
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": ask}
    reply = httpx.post(f"{site}/mcp", json=call, headers=JSON)
    assert reply.json()["result"]["structuredContent"]["end"] == 5


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_over_http_only_post_is_answered(site: str, method: str) -> None:
    reply = httpx.request(method, f"{site}/mcp", headers=JSON)
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:80"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "http://localhost:6274"}, 403),
        (REBOUND, 421),
        ({"Host": "localhost"}, 200),
        ({"Host": "localhost:7860", "Origin": "http://localhost:7860"}, 200),
    ],
)
def test_who_calls_it_by_another_name_is_turned_away(site: str, headers: dict[str, str], status: int) -> None:
    assert httpx.post(f"{site}/mcp", json=HELLO, headers={**JSON, **headers}).status_code == status


def test_more_than_64_kilobytes_are_refused(site: str) -> None:
    call = {**HELLO, "params": {"padding": "x" * 65_536}}
    assert httpx.post(f"{site}/mcp", json=call, headers=JSON).status_code == 413


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"jsonrpc": "2.0"}', b"[" * 5000])
def test_what_is_no_call_is_refused(site: str, body: bytes) -> None:
    assert httpx.post(f"{site}/mcp", content=body, headers=JSON).status_code == 400


def test_the_names_it_answers_to_are_those_of_the_settings(folder: Path) -> None:
    public = security(ServerOptions(public_url="https://dipnot.example.org/history"))
    assert public.enable_dns_rebinding_protection
    assert {"dipnot.example.org", "localhost:*"} <= set(public.allowed_hosts)
    assert "https://dipnot.example.org" in public.allowed_origins
    assert "192.0.2.7:*" in security(Settings(host="192.0.2.7")).allowed_hosts
    assert "[2001:db8::7]:*" in security(Settings(host="2001:db8::7")).allowed_hosts
    assert security(Settings(host="0.0.0.0")) == security(ServerOptions())


def test_behind_a_proxy_it_goes_by_the_address_that_readers_see(assistant: Assistant) -> None:
    options = ServerOptions(mcp=True, public_url="https://dipnot.example.org")
    ask = {"name": "ask", "arguments": {"question": WHEN}}
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": ask}
    with serving(create_app(assistant, options=options)) as site:
        reply = httpx.post(f"{site}/mcp", json=call, headers=JSON, timeout=30)
        rebound = httpx.post(f"{site}/mcp", json=call, headers={**JSON, **REBOUND}, timeout=30)
    assert "https://dipnot.example.org/articles/" in reply.json()["result"]["content"][0]["text"]
    assert rebound.status_code == 403


@pytest.mark.parametrize("block", re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL))
def test_the_guide_s_settings_name_what_there_is(block: str) -> None:
    (server,) = next(iter(json.loads(block).values())).values()
    if "url" in server:
        assert server["url"] == "https://dipnot.example.org/mcp"
    else:
        assert server["command"].endswith("/dipnot")
        assert server["args"][:2] == ["mcp", "--index"]
