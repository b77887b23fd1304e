"""The HTTP side of a process: health, metrics and the read-only registry.

`/health/*` and `/metrics` are for operations; everything else is the registry, at the root,
because its clients take a base address and add `/subjects` and `/schemas` themselves.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from hub.metrics import Metrics
from hub.serve.health import Answer, Health
from hub.serve.registry import NotFound, Registry

REGISTRY_MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
MAX_BODY_BYTES = 1_000_000
READ_ONLY = {
    "error_code": 405,
    "message": "This registry is read-only: schemas come with a release of the hub.",
}
COMPATIBILITY = {"compatibilityLevel": "FULL_TRANSITIVE"}

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(*, health: Health, metrics: Metrics, registry: Registry | None = None) -> Starlette:
    """Return the application; without a registry only health and metrics are served."""
    routes = [
        Route("/health/live", _probe(health.live)),
        Route("/health/ready", _probe(health.ready)),
        Route("/health/startup", _probe(health.startup)),
        Route("/metrics", _metrics(metrics)),
    ]
    if registry is not None:
        routes += _registry_routes(registry)
    handlers: dict[Any, Any] = {404: _not_found, 405: _read_only}
    return Starlette(routes=routes, exception_handlers=handlers)


def _probe(ask: Callable[[], Answer]) -> Endpoint:
    async def probe(request: Request) -> Response:
        answer = ask()
        return JSONResponse(answer.body(), status_code=200 if answer.ok else 503)

    return probe


def _metrics(metrics: Metrics) -> Endpoint:
    async def exposition(request: Request) -> Response:
        text, content_type = metrics.exposition()
        return Response(text, headers={"content-type": content_type})

    return exposition


def _registry_routes(registry: Registry) -> list[Route]:
    async def root(request: Request) -> Response:
        return _registry_answer({})

    async def subjects(request: Request) -> Response:
        return _registry_answer(registry.subjects())

    async def schema(request: Request) -> Response:
        return _registry_answer(registry.schema(request.path_params["id"]))

    async def uses(request: Request) -> Response:
        return _registry_answer(registry.uses(request.path_params["id"]))

    async def versions(request: Request) -> Response:
        return _registry_answer(registry.versions(request.path_params["subject"]))

    async def version(request: Request) -> Response:
        at = request.path_params
        return _registry_answer(registry.version(at["subject"], at["version"]))

    async def look_up(request: Request) -> Response:
        text = await _schema_text(request)
        if text is None:
            unreadable = {"error_code": 422, "message": "Expected an object with 'schema'."}
            return _registry_answer(unreadable, status=422)
        return _registry_answer(registry.look_up(request.path_params["subject"], text))

    async def config(request: Request) -> Response:
        return _registry_answer(COMPATIBILITY)

    return [
        Route("/", root),
        Route("/subjects", subjects),
        Route("/subjects/{subject}", look_up, methods=["POST"]),
        Route("/subjects/{subject}/versions", versions),
        Route("/subjects/{subject}/versions/{version}", version),
        Route("/schemas/ids/{id:int}", schema),
        Route("/schemas/ids/{id:int}/versions", uses),
        Route("/config", config),
        Route("/config/{subject}", config),
    ]


async def _schema_text(request: Request) -> str | None:
    """Return the schema in a request's body, None if there is none or the body is absurd."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    try:
        text = json.loads(body)["schema"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return text if isinstance(text, str) else None


def _registry_answer(answer: Any, *, status: int = 200) -> Response:
    if isinstance(answer, NotFound):
        status = 404
        answer = {"error_code": answer.error_code, "message": answer.message}
    return JSONResponse(answer, status_code=status, media_type=REGISTRY_MEDIA_TYPE)


async def _not_found(request: Request, error: Exception) -> Response:
    if request.url.path.startswith("/health"):
        return PlainTextResponse("expected /health/live, /health/ready or /health/startup\n", 404)
    return _registry_answer({"error_code": 404, "message": "HTTP 404 Not Found"}, status=404)


async def _read_only(request: Request, error: Exception) -> Response:
    return _registry_answer(READ_ONLY, status=405)
