"""What stands between the network and the application: every request passes here, and every response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from app.gate.body import Body
from app.gate.client import Client
from app.gate.cors import Origins
from app.gate.gradio import close_doors
from app.gate.head import Head
from app.gate.headers import SecurityHeaders
from app.gate.keys import Keys
from app.gate.rate import Rate

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.counters import Counters
    from app.options import ServerOptions


def guard(app: FastAPI, options: ServerOptions, counters: Counters) -> None:
    """Put the doors before an application whose routes and Gradio's page are in place already.

    What is added first stands innermost. From the outside in: who asks and where, which everything else goes
    by; the security headers, so that refusals carry them too; compression; the shape of the request, which
    costs nothing to look at; the origin, so that a page that may call is told why it was refused, and before
    the keys, because a preflight carries none; the key, by which clients are counted; how often; and last the
    body, so that whoever is refused is not waited for.
    """
    close_doors(app)
    # Gradio lets every origin in unless it finds this very class in the application that it is mounted in
    # (gradio/route_utils.py, parent_configures_cors). It lets no origin in.
    app.add_middleware(CORSMiddleware, allow_origins=(), allow_methods=())
    app.add_middleware(Body)
    app.add_middleware(Rate, options=options, counters=counters)
    app.add_middleware(Keys, options=options)
    app.add_middleware(Origins, options=options)
    app.add_middleware(Head)
    app.add_middleware(GZipMiddleware)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Client, options=options)
