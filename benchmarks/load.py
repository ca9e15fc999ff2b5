"""Load on loopback: users who ask, read nothing and ask again; `make load` prints the table.

`python -m benchmarks.load --soak 300` asks for so many seconds and looks at the memory instead. The server is
`dipnot serve` as it is, but for the limit on the questions of one client: all users come from one address.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from eval.gold import read_gold
from eval.provenance import machine

USERS_P95_MS = {20: 300, 100: 1500}
SECONDS = 30
GROWTH = 0.05
MIXES = ("asked before", "a fifth new", "all new")
SEED = 20261121
_WARM_SECONDS = 100
# The share of questions that nobody has asked before; the others are drawn from so many.
_SHARES_NEW = dict(zip(MIXES, (0.0, 0.2, 1.0), strict=True))
_KNOWN = 30
_START_SECONDS = 120


@dataclass
class Load:
    """What users met: milliseconds of the answers, and how often each status came."""

    answers: list[float] = field(default_factory=list)
    refusals: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def p50(self) -> float:
        return statistics.median(self.answers)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.answers, n=20)[-1]


def main() -> int:
    """Measure, print the table, and return 1 when a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--soak", type=float, default=0, help="seconds; look at the memory instead")
    given = parser.parse_args()
    return soak(given.soak) if given.soak else under_load()


def under_load() -> int:
    rows = []
    for users, limit in USERS_P95_MS.items():
        for mix in MIXES:
            with serving() as (address, _):
                found = asyncio.run(asked(address, users, SECONDS, questions(mix)))
            allowed = {200} if users == min(USERS_P95_MS) else {200, 429}
            # Twenty who all ask something new, without a pause, ask for more than two cores can encode: that
            # is told, and no bound.
            is_bound = users > min(USERS_P95_MS) or mix == MIXES[0]
            holds = set(found.statuses) <= allowed and (not is_bound or found.p95 <= limit)
            rows.append((users, mix, found, f"p95 <= {limit} ms" if is_bound else "", holds))
            print(f"{users} users, {mix}: {found.p50:.0f} / {found.p95:.0f} ms, {dict(found.statuses)}")
    print(f"\n{machine()}, {SECONDS} s each\n")
    print("| users | questions | answers/s | p50 / p95 | bound | refused | |\n|---|---|---|---|---|---|---|")
    for users, mix, found, limit, holds in rows:
        rate = len(found.answers) / found.seconds
        refused = 100 * found.statuses[429] / found.statuses.total()
        print(
            f"| {users} | {mix} | {rate:.0f} | {found.p50:.0f} / {found.p95:.0f} ms | {limit} "
            f"| {refused:.0f} % | {'' if holds else 'BROKEN'} |"
        )
    return 0 if all(row[-1] for row in rows) else 1


def soak(seconds: float) -> int:
    """Ask for a while with every question new, and compare the memory of the first fifth and of the last."""
    with serving() as (address, pid):
        # What grows once, the answers that are kept above all: a thousand.
        asyncio.run(asked(address, 20, _WARM_SECONDS, questions("all new")))
        sizes: list[int] = []

        async def watched() -> Load:
            asking = asyncio.create_task(asked(address, 20, seconds, questions("all new", start=1_000_000)))
            while not asking.done():
                sizes.append(memory(pid))
                await asyncio.sleep(1)
            return await asking

        found = asyncio.run(watched())
    fifth = max(1, len(sizes) // 5)
    fifths = [statistics.median(sizes[at : at + fifth]) for at in range(0, 5 * fifth, fifth)]
    first, last = fifths[0], fifths[-1]
    print(f"by fifths: {', '.join(f'{size / 1e6:.0f} MB' for size in fifths)}")
    growth = last / first - 1
    print(
        f"{seconds:.0f} s, 20 users, {len(found.answers)} answers, statuses {dict(found.statuses)}: "
        f"{first / 1e6:.0f} MB at first, {last / 1e6:.0f} MB at last, {growth:+.1%} (bound {GROWTH:+.0%})"
    )
    return 0 if growth < GROWTH and set(found.statuses) <= {200, 429} else 1


def questions(mix: str, start: int = 0) -> Iterator[str]:
    """Yield questions without end: of the development set, made new by a number that nobody asked with."""
    known = [row.question for row in read_gold() if row.split == "dev"]
    draw = random.Random(SEED)
    for number in itertools.count(start):
        if draw.random() >= _SHARES_NEW[mix]:
            yield draw.choice(known[:_KNOWN])
        else:
            yield f"{known[number % len(known)]} ({number})"


async def asked(address: str, users: int, seconds: float, questions: Iterator[str]) -> Load:
    """Let so many users ask at once, each as soon as it has its answer; one turned away waits as told."""
    found = Load()
    limits = httpx.Limits(max_connections=users, max_keepalive_connections=users)
    async with httpx.AsyncClient(base_url=address, timeout=30, limits=limits) as client:
        started = time.perf_counter()

        async def user() -> None:
            while time.perf_counter() - started < seconds:
                began = time.perf_counter()
                reply = await client.post("/v1/ask", json={"question": next(questions)})
                taken = (time.perf_counter() - began) * 1000
                found.statuses[reply.status_code] += 1
                (found.answers if reply.status_code == 200 else found.refusals).append(taken)
                if reply.status_code == 429:
                    await asyncio.sleep(float(reply.headers["Retry-After"]))

        await asyncio.gather(*(user() for _ in range(users)))
        found.seconds = time.perf_counter() - started
    return found


@contextmanager
def serving() -> Iterator[tuple[str, int]]:
    """Run `dipnot serve` until it is ready; gives its address and its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    dipnot = Path(sys.executable).with_name("dipnot")
    server = subprocess.Popen(
        [str(dipnot), "serve", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "DIPNOT_RATE_PER_MINUTE": "0"},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(_START_SECONDS * 2):
            try:
                if httpx.get(f"{address}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.5)
        else:
            raise RuntimeError("the server does not start")
        known = [row.question for row in read_gold() if row.split == "dev"][:_KNOWN]
        for question in (*itertools.islice(questions("all new", start=2_000_000), 20), *known):
            httpx.post(f"{address}/v1/ask", json={"question": question}, timeout=30)
        yield address, server.pid
    finally:
        server.terminate()
        server.wait(timeout=30)


def memory(pid: int) -> int:
    """Return the resident memory of a process in bytes (Linux)."""
    line = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")
    )
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    raise SystemExit(main())
