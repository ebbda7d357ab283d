"""The ASGI app: hooks of the platforms, health, metrics, and the pages the console mounts."""

from __future__ import annotations

import hmac
from datetime import datetime

import structlog
from fastapi import BackgroundTasks, FastAPI, Request
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response as Answered

from bot.app import App
from bot.body import BodyLimit
from bot.channel import Channel, Forged, GoesOn, Hook, Response, SendError, TakesAnswers
from bot.dispatch import is_held
from bot.health import count_deliveries, look
from bot.inbox import Inbox, Overloaded
from handlers.messages import Address, Reply

HOOK_LIMIT = 256 * 1024
"""Bytes of a platform's call: an update with text is a few KiB."""

log = structlog.get_logger()


def create(app: App) -> FastAPI:
    """The routes over the parts of `app`. No documentation pages: nobody writes programs against this."""
    api = FastAPI(title="lixiao", docs_url=None, redoc_url=None, openapi_url=None)
    api.add_middleware(BodyLimit, limit=app.settings.body_limit, limits={"/hook/": HOOK_LIMIT})
    api.state.inbox = Inbox(app.database, app.dispatcher, app.outbox, app.channels, app.clock)
    _hook(api, app, api.state.inbox)
    _health(api, app)
    _metrics(api, app)
    return api


def _hook(api: FastAPI, app: App, inbox: Inbox) -> None:
    async def hook(request: Request) -> Answered:
        name, after = request.path_params["name"], BackgroundTasks()
        channel = app.channels.get(name)
        if channel is None:
            return _counted(app, "none", Answered(status_code=404))
        hook = await _verified(channel, request, app.clock())
        if hook is None:
            return _counted(app, name, Answered(status_code=403))
        answer = await _take_in(app, inbox, channel, hook, after)
        answer.background = after
        return _counted(app, name, answer)

    # As it is: a route of FastAPI's would take half as long again.
    api.add_route("/hook/{name}", hook, methods=["GET", "POST"])


async def _verified(channel: Channel, request: Request, now: datetime) -> Hook | None:
    """The call, once it is known to be the platform's; None: forged. Where the headers prove it, the body waits."""
    query, headers = dict(request.query_params), dict(request.headers)
    try:
        if channel.can.proof_in_headers:
            channel.verify(Hook(query, headers, b"", now))
            return Hook(query, headers, await request.body(), now)
        hook = Hook(query, headers, await request.body(), now)
        channel.verify(hook)
    except Forged:
        log.warning("forged hook", channel=channel.name)
        return None
    return hook


async def _take_in(app: App, inbox: Inbox, channel: Channel, hook: Hook, after: BackgroundTasks) -> Answered:
    """Acknowledges nothing that is not in the store."""
    try:
        if is_held(channel):
            reply = await _stored(app, inbox, channel, hook, after)
        else:
            reply = await _replies(app, channel, hook, after)
    except Overloaded:
        log.warning("too much waits", channel=channel.name)
        return Answered(status_code=503, headers={"Retry-After": "5"})
    except Exception:
        log.exception("hook not taken", channel=channel.name)
        return Answered(status_code=503)
    if isinstance(channel, GoesOn):
        after.add_task(channel.afterwards, hook)
    return _answered(channel.acknowledge(hook, reply))


async def _stored(app: App, inbox: Inbox, channel: Channel, hook: Hook, after: BackgroundTasks) -> Reply | None:
    """Stores what came; the reply that goes with the acknowledgement, where one does. The others go by themselves."""
    jobs = [await inbox.put(incoming) for incoming in channel.parse(hook)]
    first = next((job for job in jobs if job is not None), None)
    if first is None or not isinstance(channel, TakesAnswers):
        return None
    taken = await inbox.answer(first, channel.patience)
    if taken is None or taken.held is None:
        return None
    if taken.reply is not None and channel.fits(taken.reply):
        after.add_task(app.outbox.answered, taken.held)
        return taken.reply
    after.add_task(app.outbox.send, taken.held)
    return None


async def _replies(app: App, channel: Channel, hook: Hook, after: BackgroundTasks) -> Reply | None:
    """The reply that goes with the acknowledgement; the others are sent after it. For channels that keep no replies."""
    with_answer: Reply | None = None
    for incoming in channel.parse(hook):
        taken = await app.dispatcher.receive(incoming)
        if taken.reply is not None and with_answer is None and channel.can.answers_in_hook:
            with_answer = taken.reply
        elif taken.reply is not None:
            after.add_task(_send, channel, incoming.sender, taken.reply)
    return with_answer


async def _send(channel: Channel, to: Address, reply: Reply) -> None:
    try:
        await channel.send(to, reply)
    except SendError as error:
        log.warning("reply not sent", channel=channel.name, outcome="permanent" if error.permanent else "for now")


def _answered(response: Response) -> Answered:
    return Answered(response.body, response.status, dict(response.headers), response.media_type)


def _counted(app: App, name: str, answer: Answered) -> Answered:
    app.metrics.hooks.labels(name, str(answer.status_code)).inc()
    return answer


def _health(api: FastAPI, app: App) -> None:
    @api.get("/health")
    async def health_of_the_process() -> JSONResponse:
        found = await look(app)
        return JSONResponse(found.as_json(), 200 if found.is_well else 503, {"Cache-Control": "no-store"})


def _metrics(api: FastAPI, app: App) -> None:
    @api.get("/metrics")
    async def metrics(request: Request) -> Answered:
        if not _may_read_metrics(request, app.settings.metrics_token.get_secret_value()):
            return Answered(status_code=404)
        await count_deliveries(app)
        return Answered(generate_latest(app.metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(request: Request, token: str) -> bool:
    """This machine, or who brings the token; counts tell a stranger more than he should know."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
    if token:
        return hmac.compare_digest(given, token.encode())
    return request.client is not None and request.client.host in ("127.0.0.1", "::1")
