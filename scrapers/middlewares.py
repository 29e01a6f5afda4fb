"""Downloader middleware that stops asking at the first robot check."""

from __future__ import annotations

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from scrapers.parsers.text import looks_like_robot_check


class CrawlStopped(IgnoreRequest):
    """A request was not sent because the site asked for a proof of being human."""


class RobotCheckBrake:
    """Let no request out once the site has answered with a robot check.

    The spider learns of it a little later, when it reads the page; what would be sent until then
    would look like the storm the check is there to stop.
    """

    def __init__(self) -> None:
        self._is_on = False

    def process_request(self, request: Request) -> None:
        if self._is_on:
            raise CrawlStopped(f"not sent after a robot check: {request.url}")

    def process_response(self, request: Request, response: Response) -> Response:
        if looks_like_robot_check(response.body):
            self._is_on = True
        return response
