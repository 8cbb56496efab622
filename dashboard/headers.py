"""Security headers on every answer, as pure ASGI so that no route can be built around them."""

from collections.abc import Callable, Sequence
from typing import Any

Hashes = Callable[[], Sequence[str]]


class SecurityHeaders:
    """Adds the headers below; `hashes` names the inline scripts that are ours.

    Styles may be inline: Dash writes style attributes. Scripts may not, and nothing may be fetched
    from another host.
    """

    def __init__(self, app: Any, hashes: Hashes) -> None:
        self._app, self._hashes = app, hashes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self._headers()]}
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _headers(self) -> list[tuple[bytes, bytes]]:
        policy = {
            "default-src": ["'self'"],
            "script-src": ["'self'", *self._hashes()],
            "style-src": ["'self'", "'unsafe-inline'"],
            "img-src": ["'self'", "data:", "blob:"],
            "frame-ancestors": ["'none'"],
            "base-uri": ["'none'"],
            "form-action": ["'self'"],
            "object-src": ["'none'"],
        }
        rules = "; ".join(f"{name} {' '.join(sources)}" for name, sources in policy.items())
        return [
            (b"content-security-policy", rules.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"referrer-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
        ]
