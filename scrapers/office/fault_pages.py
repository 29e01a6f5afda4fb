"""Pages that stand in the way of a crawl: login, block, error and maintenance pages.

Written after what crawlers of such sites report; HTML as those sites serve it, no sign of us.
"""

from __future__ import annotations

import gzip

from scrapers.office.pages import chrome_page

_BLOCKED = {
    "frequent": ("提示信息", "您的访问过于频繁，请稍后再试！"),
    "refused": ("访问受限", "拒绝访问：系统检测到您的访问存在异常，已限制您的访问。"),
}
_REASONS = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
}
_STREAM_LINE = (
    '<li class="wl228">\u3000\u3000\u3000\u3000\u3000\u3000\u3000\u3000\u3000\u3000</li>\n'.encode()
)


def login_page() -> bytes:
    """Return the page that asks for an account."""
    return chrome_page(
        "用户登录",
        '<form action="login.action" id="loginForm" method="post">\n<dl class="login_dl">\n'
        '<dt>用户登录</dt>\n<dd>用户名：<input name="j_username" type="text" value=""/></dd>\n'
        '<dd>密　码：<input name="j_password" type="password" value=""/></dd>\n'
        '<dd>验证码：<input name="j_validation_code" type="text" value=""/>'
        '<img alt="验证码" src="images/login-showPic.jpg"/></dd>\n'
        '<dd><input type="submit" value="登录"/> <a href="register.jsp">免费注册</a></dd>\n'
        "</dl>\n</form>\n",
    )


def session_expired_page() -> bytes:
    """Return the page of a session that has ended."""
    return chrome_page(
        "提示信息",
        '<div class="cx_nojg">\n<span>\n您的会话已超时或未登录，请重新登录！\n'
        '<a href="login.jsp">点击此处重新登录</a>\n</span>\n</div>\n',
    )


def blocked_page(variant: str) -> bytes:
    """Return a page that refuses to serve: ``frequent``, ``refused`` or ``412`` (a script)."""
    if variant == "412":
        return (
            b"<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"/>"
            b'<meta id="9DhefwqGPrzGxEp9hPaoag" content="{4x2|7bHe!kT0sa}" r="m"/>'
            b'<script type="text/javascript" r="m">$_ts=window[\'$_ts\'];if(!$_ts)$_ts={};'
            b"$_ts.nsd=38241;$_ts.cd=\"qrcrcAlErcQqrcGErqGaqqGlrqrNDsqRrsqKDaGqcG\";"
            b"if($_ts.lcd)$_ts.lcd();</script></head><body></body></html>\n"
        )  # fmt: skip
    title, text = _BLOCKED[variant]
    return chrome_page(
        title,
        f'<div class="cx_nojg">\n<img src="images/png-0629.png"/>\n<span>\n{text}\n</span>\n'
        "</div>\n",
    )


def exception_page() -> bytes:
    """Return what the application server shows when the search breaks, with status 200."""
    return (
        "<html><head><title>Struts Problem Report</title></head>\n<body>\n"
        "<h2>Struts Problem Report</h2>\n<p>Struts has detected an unhandled exception:</p>\n"
        '<div id="exception-info"><table><tr><td><strong>Messages</strong>:</td><td>'
        "查询超时，请稍后再试<br/>java.sql.SQLException: Connection is not available, request "
        "timed out after 30000ms.</td></tr></table></div>\n</body></html>\n"
    ).encode()


def maintenance_page() -> bytes:
    """Return the notice of a site under maintenance."""
    return chrome_page(
        "系统维护",
        '<div class="cx_nojg">\n<span>\n系统正在升级维护，暂停服务，给您带来不便敬请谅解。\n'
        "</span>\n</div>\n",
    )


def status_page(code: int) -> bytes:
    """Return the page of the web server in front of the site for a status 5xx."""
    line = f"{code} {_REASONS[code]}"
    return (
        f"<html>\r\n<head><title>{line}</title></head>\r\n<body>\r\n<center><h1>{line}</h1>"
        "</center>\r\n<hr><center>nginx/1.14.2</center>\r\n</body>\r\n</html>\r\n"
    ).encode()


def stream_block(size: int) -> bytes:
    """Return about ``size`` bytes of lines as a page may hold without end."""
    return _STREAM_LINE * max(1, size // len(_STREAM_LINE))


def packed(body: bytes, megabytes: int) -> bytes:
    """Return a gzip file that unpacks to the page and then to so many megabytes of blanks."""
    block = gzip.compress(b" " * (1024 * 1024) + b"\n", 9, mtime=0)
    return gzip.compress(body, 6, mtime=0) + block * megabytes
