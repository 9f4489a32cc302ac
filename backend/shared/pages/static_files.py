"""Static files under an address that holds the hash of their content, so that browsers may keep them for ever.

The hash is of a whole folder: files of one folder (script modules, a style sheet and its fonts) name each other by
relative addresses and stay in step.
"""

import hashlib
import mimetypes
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from flask import Response, request
from werkzeug.security import safe_join

FOR_EVER = "public, max-age=31536000, immutable"
HASH_LENGTH = 12

# Debian's slim images have no mime.types, and a module script of another type is refused by browsers.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True)
class StaticFolder:
    """One folder of files, and files that are made rather than kept (`made`: path → content)."""

    root: Path
    made: dict[str, str] = field(default_factory=dict)

    @cached_property
    def content_hash(self) -> str:
        """A short hash of every path and byte in the folder."""
        digest = hashlib.sha256()
        for path in sorted(path for path in self.root.rglob("*") if path.is_file()):
            digest.update(path.relative_to(self.root).as_posix().encode() + b"\0" + path.read_bytes())
        for name, content in sorted(self.made.items()):
            digest.update(name.encode() + b"\0" + content.encode())
        return digest.hexdigest()[:HASH_LENGTH]

    def read(self, name: str) -> bytes | None:
        """The content of a file, or None if there is no such file in the folder."""
        if name in self.made:
            return self.made[name].encode()
        path = safe_join(str(self.root), name)
        return Path(path).read_bytes() if path is not None and Path(path).is_file() else None


def answer(folder: StaticFolder, content_hash: str, name: str) -> Response | None:
    """The file, to be kept for ever; a page left open over an upgrade still gets today's file, not to be kept."""
    content = folder.read(name)
    if content is None:
        return None
    suffix = Path(name).suffix
    media_type = MEDIA_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = Response(content, content_type=media_type)
    response.headers["Cache-Control"] = FOR_EVER if content_hash == folder.content_hash else "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response
