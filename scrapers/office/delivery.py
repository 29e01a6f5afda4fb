"""Ways of sending an answer that a well server never takes: cut, reset, in drops, without end."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IPullProducer
from twisted.web.http import Request
from zope.interface import implementer  # type: ignore[import-untyped]

from scrapers.office.answer import Delivery
from scrapers.office.fault_pages import stream_block

_BLOCK = 256 * 1024
_LINGER = 0.05  # seconds until a reset, so that what was sent has left


def deliver(request: Request, body: bytes, delivery: Delivery) -> None:
    """Send a body as the delivery says; returns at once, the rest happens in the reactor.

    Parameters
    ----------
    request : twisted.web.http.Request
        With status and type set.
    body : bytes
    delivery : Delivery
    """
    for name, value in delivery.headers:
        request.setHeader(name.encode(), value.encode())
    if delivery.how != "stream":
        request.setHeader(b"content-length", str(len(body)).encode())
    if delivery.how == "whole":
        request.write(body)
        request.finish()
    elif delivery.how == "stream":
        request.registerProducer(_Stream(request, body, delivery.padding), False)
    else:
        _send_part(request, body, delivery)


def _send_part(request: Request, body: bytes, delivery: Delivery) -> None:
    from twisted.internet import reactor as installed

    reactor: Any = installed
    # Whoever hangs up first ends it; without this the reactor reports an unhandled error.
    gone = request.notifyFinish()
    if delivery.how == "drip":
        drops = _Drops(request, body, delivery, reactor)
        gone.addBoth(lambda _: drops.stop())
        drops.fall()
        return
    gone.addErrback(lambda _: None)
    if delivery.sent:
        request.write(body[: delivery.sent])
    channel: Any = request.channel
    if delivery.how == "close":
        channel.loseConnection()
    else:
        reactor.callLater(_LINGER, channel.forceAbortClient)


class _Drops:
    """A body in pieces, each some time after the other."""

    def __init__(self, request: Request, body: bytes, delivery: Delivery, reactor: Any) -> None:
        self._request, self._body, self._delivery = request, body, delivery
        self._reactor = reactor
        self._position = 0
        self._call: Any = None

    def fall(self) -> None:
        piece = self._body[self._position : self._position + self._delivery.piece]
        self._call = None
        self._request.write(piece)
        self._position += len(piece)
        if self._position < len(self._body):
            self._call = self._reactor.callLater(self._delivery.pause, self.fall)
        else:
            self._request.finish()

    def stop(self) -> None:
        if self._call is not None:
            self._call.cancel()
            self._call = None


@implementer(IPullProducer)
class _Stream:
    """The first half of a page, very much of nothing, the second half; as fast as it is taken."""

    def __init__(self, request: Request, body: bytes, padding: int) -> None:
        self._request = request
        middle = body.rfind(b"</ul>", 0, len(body) // 2)
        self._middle = middle if middle > 0 else len(body) // 2
        self._body = body
        self._left = padding
        self._block = stream_block(_BLOCK)
        self._is_begun = False

    def resumeProducing(self) -> None:  # noqa: N802 (the name twisted asks for)
        if not self._is_begun:
            self._is_begun = True
            self._request.write(self._body[: self._middle])
        elif self._left > 0:
            self._left -= len(self._block)
            self._request.write(self._block)
        else:
            self._request.write(self._body[self._middle :])
            self._request.unregisterProducer()
            self._request.finish()

    def stopProducing(self) -> None:  # noqa: N802
        self._left = 0
