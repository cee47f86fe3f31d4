"""What every response says to the browser about itself, and how large a request may be."""

from flask import Flask, Response, request

from backend.config import Config

PAGE_BODY_BYTES = 64 * 1024
# A calendar comes as a file and is sent back by its confirmation, a third longer.
LARGER_BODY_BYTES = {"rota_calendar.upload": 800 * 1024}

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Addresses hold alert ids; nobody else needs to learn which page a link was on.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def protect(app: Flask, config: Config) -> None:
    """Set cookie flags, size limits and the headers of every response."""
    https = config.public_url.startswith("https://")
    app.config.update(
        SEND_FILE_MAX_AGE_DEFAULT=7 * 24 * 3600,  # addresses of our own files change with their content
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=PAGE_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=PAGE_BODY_BYTES,
        MAX_FORM_PARTS=200,
        SESSION_COOKIE_NAME="tomoshibi",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        PERMANENT_SESSION_LIFETIME=12 * 3600,  # one shift
        WTF_CSRF_TIME_LIMIT=None,  # a board stays open for days; the token ends with the session
    )

    @app.before_request
    def allow_more() -> None:
        """Before anybody reads the form, as what guards against forgery does first of all."""
        if request.endpoint in LARGER_BODY_BYTES:
            request.max_content_length = request.max_form_memory_size = LARGER_BODY_BYTES[request.endpoint]

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint != "static":
            # Names and illnesses must not stay in a shared computer's cache.
            response.headers.setdefault("Cache-Control", "no-store")
        return response
