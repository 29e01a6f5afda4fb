"""Scrapy settings: polite by default. Anything that differs between places arrives by ``-s``."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

BOT_NAME = "greenties"
SPIDER_MODULES = ["scrapers.spiders"]
NEWSPIDER_MODULE = "scrapers.spiders"
COMMANDS_MODULE = "scrapers.commands"

_DATA_DIR = Path(
    os.environ.get("GREENTIES_DATA_DIR") or Path(__file__).resolve().parents[1] / "data"
)
LANDING_DIR = str(_DATA_DIR / "landing")
ARCHIVE_DIR = str(_DATA_DIR / "raw")
CRAWL_CONTACT = os.environ.get("GREENTIES_CRAWL_CONTACT", "")
# Whether the user says that he has read the terms of a host the registry of sources does not know.
ACCEPT_TERMS = os.environ.get("GREENTIES_ACCEPT_TERMS", "").lower() in ("1", "true", "yes")


def user_agent(contact: str) -> str:
    """Return the one name under which every request is made."""
    try:
        number = version("greenties")
    except PackageNotFoundError:
        number = "0"
    return f"greenties/{number} (+{contact})" if contact else f"greenties/{number}"


USER_AGENT = user_agent(CRAWL_CONTACT)
ROBOTSTXT_OBEY = True
COOKIES_ENABLED = False

# Off this machine: one request at a time, the pause follows the load of the site. Spiders lift
# this for a loopback site only (scrapers/spiders/base.py).
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 2.0  # seconds
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0
CONCURRENT_REQUESTS = 1
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.0  # seconds
DOWNLOAD_TIMEOUT = 60  # seconds for a whole answer, however slowly it drips
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024  # bytes, on the wire and unpacked; pages have some 400 kB
DOWNLOAD_WARNSIZE = 4 * 1024 * 1024
# Lost connections and failing servers are asked again after a pause; a page that wants the crawl to
# stop never is.
RETRY_TIMES = 3
RETRY_HTTP_CODES = [500, 502, 503, 504, 522, 524]
RETRY_BACKOFF = 10.0  # seconds before the first repetition, four times as long before the next
CRAWL_DAILY_CAP = 2_000  # requests to a host in one UTC day; none on this machine
# Months that fail one after another, no page understood between, end the crawl: the site is down
# or has changed, and asking on would only be a burden. On this machine every month is tried.
STOP_AFTER_FAILURES = 3
RESUME_DAYS = 30.0  # pages of an unfinished month are used again for so long
IGNORE_PAUSE = False
SITE_IS_LOOPBACK = False
REPLAY = False
# Every page answers with status 200 at its own address; anything else is a failure to be named.
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False

DOWNLOADER_MIDDLEWARES = {
    "scrapers.middlewares.ArchivedAnswers": 50,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapers.middlewares.RobotsRules": 100,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scrapers.middlewares.Retries": 550,
    "scrapers.middlewares.Guard": 585,  # sees answers unpacked (HttpCompressionMiddleware: 590)
    "scrapers.middlewares.Meter": 990,
}
EXTENSIONS = {"scrapers.extensions.LandingWriter": 100}
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
# Scrapy starts this many tasks for every page; four cost a fifth less time than its hundred.
CONCURRENT_ITEMS = 4
LOG_LEVEL = "INFO"
WARN_ON_GENERATOR_RETURN_VALUE = False  # compiles the callback anew for every page
FEED_EXPORT_ENCODING = "utf-8"

# Nothing here follows links: their bookkeeping only costs time.
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
}
