"""Settings: read once from the environment, typed, frozen; a wrong value ends the start with one sentence."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

DEMO_SECRET_LENGTH_BYTES = 32
SECRET_KEY_LENGTH_MINIMUM = 32
STAFF_IDLE_MINUTES = 120
STAFF_IDLE_MINUTES_LIMITS = (5, 7 * 24 * 60)


class SettingsError(Exception):
    """A setting is missing or wrong; the text says which one and what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that the outside decides. Secrets never appear in `repr`."""

    secret_key: str
    database_url: str | None
    """A PostgreSQL URL; None means the embedded server under `var`."""
    public_url: str
    var: Path
    demo: bool
    port: int
    lan: bool
    sms_url: str | None
    smtp_url: str | None
    fcm_endpoint: str
    fcm_ca: Path | None
    google_credentials: Path | None
    sample_data: Path
    sms_countries: tuple[str, ...] = ()
    """Countries (ISO 3166) to which text messages go besides the shop's own."""
    database_owner_url: str | None = None
    """The URL of the role that owns the tables, where `database_url` is that of one that only works in them."""
    staff_idle_minutes: int = STAFF_IDLE_MINUTES
    """After how long unused a page session of staff ends, but a till's."""
    play_package: str | None = None
    """The app's name in Google Play; None where it is not there, and no page leads to the store."""

    def __repr__(self) -> str:
        return f"Settings(public_url={self.public_url!r}, var={str(self.var)!r}, demo={self.demo})"

    def derived_key(self, purpose: str) -> bytes:
        """32 bytes for one purpose, so that a key leaked from one use opens no other (HKDF-like, keyed BLAKE2b)."""
        return hashlib.blake2b(
            purpose.encode(), key=hashlib.sha256(self.secret_key.encode()).digest(), digest_size=32
        ).digest()


def read_demo_environment(var: Path) -> dict[str, str]:
    """The variables that `molva run` left in `var/demo.env`; empty where there is none."""
    path = var / "demo.env"
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#") and "=" in line)
    return dict(pairs)


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Reads the environment, filling what is unset from `var/demo.env`.

    Raises:
        SettingsError: a required value is missing, or one cannot be read.
    """
    var = Path(environ.get("MOLVA_VAR") or "var").resolve()
    merged = {**read_demo_environment(var), **{name: value for name, value in environ.items() if value}}
    demo = _flag(merged, "MOLVA_DEMO")
    port = _port(merged)
    return Settings(
        secret_key=_secret_key(merged, demo=demo),
        database_url=_secret(merged, "MOLVA_DATABASE_URL"),
        database_owner_url=_secret(merged, "MOLVA_DATABASE_OWNER_URL"),
        public_url=_public_url(merged, port=port),
        var=var,
        demo=demo,
        port=port,
        lan=_flag(merged, "LAN"),
        sms_url=_secret(merged, "MOLVA_SMS_URL"),
        smtp_url=_secret(merged, "MOLVA_SMTP_URL"),
        fcm_endpoint=merged.get("MOLVA_FCM_ENDPOINT") or "https://fcm.googleapis.com",
        fcm_ca=_existing_file(merged, "MOLVA_FCM_CA"),
        google_credentials=_existing_file(merged, "GOOGLE_APPLICATION_CREDENTIALS"),
        sample_data=Path(merged.get("MOLVA_SAMPLE_DATA") or "../shared/data"),
        play_package=merged.get("MOLVA_PLAY_PACKAGE"),
        sms_countries=_countries(merged),
        staff_idle_minutes=_staff_idle_minutes(merged, demo=demo),
    )


def _secret(environ: Mapping[str, str], name: str) -> str | None:
    """The value of `name`, or the content of the file that `name_FILE` points at."""
    value = environ.get(name)
    file_name = environ.get(f"{name}_FILE")
    if value and file_name:
        raise SettingsError(f"Both {name} and {name}_FILE are set; keep one of them.")
    if file_name:
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            problem = f"{name}_FILE points at {file_name}, which cannot be read: {error.strerror}."
            raise SettingsError(problem) from error
    return value or None


def _secret_key(environ: Mapping[str, str], *, demo: bool) -> str:
    secret_key = _secret(environ, "MOLVA_SECRET_KEY")
    if secret_key is None:
        where = "Run `make run` once, it makes one for the demo" if demo else "Make one with `openssl rand -hex 32`"
        raise SettingsError(f"MOLVA_SECRET_KEY is not set. {where}, or set MOLVA_SECRET_KEY_FILE.")
    if len(secret_key) < SECRET_KEY_LENGTH_MINIMUM:
        raise SettingsError(f"MOLVA_SECRET_KEY is shorter than {SECRET_KEY_LENGTH_MINIMUM} characters.")
    return secret_key


def _flag(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "0").strip().lower()
    if value not in {"0", "1", "true", "false", "yes", "no"}:
        raise SettingsError(f"{name} is {value!r}; it takes 0 or 1.")
    return value in {"1", "true", "yes"}


def _port(environ: Mapping[str, str]) -> int:
    value = environ.get("PORT", "8000")
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise SettingsError(f"PORT is {value!r}; it takes a number from 1 to 65535.")
    return int(value)


def _staff_idle_minutes(environ: Mapping[str, str], *, demo: bool) -> int:
    least, most = STAFF_IDLE_MINUTES_LIMITS
    # Who tries the demo has no password to come back with.
    value = environ.get("MOLVA_STAFF_IDLE_MINUTES") or str(most if demo else STAFF_IDLE_MINUTES)
    if not (value.isascii() and value.isdigit() and len(value) < 6 and least <= int(value) <= most):
        raise SettingsError(f"MOLVA_STAFF_IDLE_MINUTES is {value!r}; it takes minutes from {least} to {most}.")
    return int(value)


def _countries(environ: Mapping[str, str]) -> tuple[str, ...]:
    named = [part.strip().upper() for part in (environ.get("MOLVA_SMS_COUNTRIES") or "").split(",")]
    countries = tuple(name for name in named if name)
    wrong = [name for name in countries if not (len(name) == 2 and name.isalpha() and name.isascii())]
    if wrong:
        raise SettingsError(f"MOLVA_SMS_COUNTRIES names {', '.join(wrong)}; it takes codes such as KZ,BY.")
    return countries


def _public_url(environ: Mapping[str, str], *, port: int) -> str:
    value = (environ.get("MOLVA_PUBLIC_URL") or f"http://127.0.0.1:{port}").rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise SettingsError(f"MOLVA_PUBLIC_URL is {value!r}; it takes an address such as https://loyalty.example.org.")
    return value


def _existing_file(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name)
    if not value:
        return None
    if not Path(value).is_file():
        raise SettingsError(f"{name} points at {value}, and there is no such file.")
    return Path(value)
