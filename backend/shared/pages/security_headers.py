"""Headers that tell the browser what a page may do: nothing inline, nothing from elsewhere, no frame around it."""

from flask import Response, current_app, request

PAGE_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
# A worker is held by the policy of its own file, and the barcode reader is WebAssembly.
FILE_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'"
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HSTS = "max-age=31536000"
SCANNER_KEY = "molva.scanner"


def allow_camera_and_wasm() -> None:
    """Let the page of this request use the camera and run WebAssembly (the cashier's scanner)."""
    request.environ[SCANNER_KEY] = True


def page_policy(*, wasm: bool = False) -> str:
    """The Content-Security-Policy of a page."""
    policy = PAGE_POLICY | ({"script-src": "'self' 'wasm-unsafe-eval'"} if wasm else {})
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


def protect(response: Response) -> Response:
    """Set the headers on any answer; a policy that a view has set itself stays."""
    scanner = SCANNER_KEY in request.environ
    wanted = EVERYWHERE | {
        "Permissions-Policy": f"camera=({'self' if scanner else ''}), geolocation=(), microphone=()",
        "Content-Security-Policy": FILE_POLICY,
    }
    if response.mimetype == "text/html":
        wanted |= {"Content-Security-Policy": page_policy(wasm=scanner), "Cache-Control": "no-store"}
    if current_app.config["SESSION_COOKIE_SECURE"]:
        wanted["Strict-Transport-Security"] = HSTS
    present = {name.lower() for name, _value in response.headers}
    response.headers.extend({name: value for name, value in wanted.items() if name.lower() not in present})
    return response
