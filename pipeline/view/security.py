"""What keeps others out: Host and Origin are checked, a write needs the run's token, nothing loads from outside."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
TOKEN_HEADER = "x-zhibiao-token"
_READS = ("GET", "HEAD")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Access:
    """The secret of this run, the host names that may be asked for, and the port (it names the cookie)."""

    secret: str
    hosts: frozenset[str] = LOOPBACK
    port: int = 0

    @property
    def cookie(self) -> str:
        """The cookie's name: browsers give cookies of one host to all of its ports."""
        return f"zhibiao_{self.port}"

    def known(self, request: HTTPConnection) -> bool:
        """Does the browser have the run's secret in its cookie?"""
        return self.matches(request.cookies.get(self.cookie, ""))

    def matches(self, token: str) -> bool:
        """Is this the run's secret? Takes the same time for every wrong one."""
        return compare_digest(token.encode(), self.secret.encode())


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 or 403 to what is not allowed; else hand on, and add the security headers to the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refused(scope)
        await (refused or self._app)(scope, receive, protected)

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _name(host) not in self._access.hosts:
            return PlainTextResponse("this host name is not served here", status_code=400)
        if scope["method"] in _READS:
            return None
        if urlsplit(headers.get("origin", "")).netloc != host:
            return PlainTextResponse("the request comes from another page", status_code=403)
        if not (self._access.matches(headers.get(TOKEN_HEADER, "")) and self._access.known(HTTPConnection(scope))):
            return PlainTextResponse("a write needs the token: open the link that the terminal shows", status_code=403)
        return None


def _name(host: str) -> str:
    return host.rsplit(":", 1)[0] if not host.endswith("]") else host
