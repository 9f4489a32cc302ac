"""An Android phone, through pyjnius and two small Java classes of ours (`client_kivy/android/java`)."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jnius import autoclass, cast  # type: ignore[import-not-found]

from client_kivy.platform import Insets
from client_kivy.state.session import Secrets

FULL_BRIGHTNESS, OWN_BRIGHTNESS = 1.0, -1.0
UI_MODE_NIGHT_MASK, UI_MODE_NIGHT_YES = 0x30, 0x20
SCOPED_STORAGE_SDK = 29
PHOTO_REQUEST, RESULT_OK = 7201, -1
PHOTO_BYTES_MAXIMUM = 64 * 1024 * 1024
NOTIFICATIONS = "android.permission.POST_NOTIFICATIONS"


def _activity() -> Any:
    return autoclass("org.kivy.android.PythonActivity").mActivity


def _gallery() -> Any:
    intent_class = autoclass("android.content.Intent")
    intent = intent_class(intent_class.ACTION_GET_CONTENT)
    intent.addCategory(intent_class.CATEGORY_OPENABLE)
    intent.setType("image/*")
    return intent


def _camera() -> tuple[Any, Any]:
    """What opens the camera, and where it writes: an entry of the phone's pictures that is deleted afterwards."""
    values = autoclass("android.content.ContentValues")()
    pictures = autoclass("android.provider.MediaStore$Images$Media").EXTERNAL_CONTENT_URI
    uri = _activity().getContentResolver().insert(pictures, values)
    media_store = autoclass("android.provider.MediaStore")
    intent = autoclass("android.content.Intent")(media_store.ACTION_IMAGE_CAPTURE)
    intent.putExtra(media_store.EXTRA_OUTPUT, cast("android.os.Parcelable", uri))
    return intent, uri


def _content_of(uri: Any) -> bytes | None:
    descriptor = _activity().getContentResolver().openFileDescriptor(uri, "r")
    if descriptor is None:
        return None
    with os.fdopen(descriptor.detachFd(), "rb") as file:
        return file.read(PHOTO_BYTES_MAXIMUM)


class KeystoreSecrets:
    """Texts sealed by a key that never leaves the phone's keystore."""

    def __init__(self) -> None:
        self._store = autoclass("org.molva.app.SecureStore")

    def read(self, name: str) -> str | None:
        """See `Secrets`."""
        text: str | None = self._store.read(_activity(), name)
        return text

    def write(self, name: str, text: str) -> None:
        """See `Secrets`."""
        self._store.write(_activity(), name, text)

    def delete(self, name: str) -> None:
        """See `Secrets`."""
        self._store.delete(_activity(), name)


class Android:
    """See `Platform`."""

    name = "android"

    def __init__(self) -> None:
        self.secrets: Secrets = KeystoreSecrets()

    def data_folder(self) -> Path:
        """See `Platform`."""
        return Path(_activity().getFilesDir().getAbsolutePath())

    def language(self) -> str:
        """See `Platform`."""
        spoken = autoclass("java.util.Locale").getDefault().getLanguage()
        return "ru" if spoken == "ru" else "en"

    def prefers_dark(self) -> bool:
        """See `Platform`."""
        mode = int(_activity().getResources().getConfiguration().uiMode)
        return mode & UI_MODE_NIGHT_MASK == UI_MODE_NIGHT_YES

    def reduced_motion(self) -> bool:
        """See `Platform`: animations were switched off in the phone's settings."""
        settings = autoclass("android.provider.Settings$Global")
        scale = settings.getFloat(_activity().getContentResolver(), settings.ANIMATOR_DURATION_SCALE, 1.0)
        return bool(scale == 0)

    def insets(self) -> Insets:
        """See `Platform`; from API 35 on the window reaches under the system's bars."""
        insets = _activity().getWindow().getDecorView().getRootWindowInsets()
        if insets is None:
            return Insets()
        bars = insets.getInsets(autoclass("android.view.WindowInsets$Type").systemBars())
        density = float(_activity().getResources().getDisplayMetrics().density)
        return Insets(top=round(bars.top / density), bottom=round(bars.bottom / density))

    def push_token(self) -> str | None:
        """See `Platform`. Asks Firebase the first time; it answers a moment later."""
        token: str | None = autoclass("org.molva.app.PushService").token(_activity())
        return token or None

    def ask_to_notify(self) -> None:
        """See `Platform`."""
        from android.permissions import request_permissions  # type: ignore[import-not-found]

        request_permissions([NOTIFICATIONS])

    def share(self, text: str) -> bool:
        """See `Platform`."""
        intent_class = autoclass("android.content.Intent")
        intent = intent_class(intent_class.ACTION_SEND)
        intent.setType("text/plain")
        intent.putExtra(intent_class.EXTRA_TEXT, cast("java.lang.CharSequence", autoclass("java.lang.String")(text)))
        _activity().startActivity(intent_class.createChooser(intent, None))
        return True

    def copy(self, text: str) -> None:
        """See `Platform`."""
        from kivy.core.clipboard import Clipboard

        Clipboard.copy(text)

    def photo_sources(self) -> tuple[str, ...]:
        """See `Platform`. Before Android 10 the camera may not write where we read without a right to all files."""
        with_camera = int(autoclass("android.os.Build$VERSION").SDK_INT) >= SCOPED_STORAGE_SDK
        return ("camera", "gallery") if with_camera else ("gallery",)

    def take_photo(self, source: str, taken: Callable[[bytes | None], None]) -> None:
        """See `Platform`."""
        from android import activity  # type: ignore[import-not-found]

        intent, camera_uri = _camera() if source == "camera" else (_gallery(), None)

        def answered(request: int, result: int, data: Any) -> None:
            if request != PHOTO_REQUEST:
                return
            activity.unbind(on_activity_result=answered)
            uri = camera_uri or (data.getData() if data else None)
            taken(_content_of(uri) if result == RESULT_OK and uri else None)
            if camera_uri:
                _activity().getContentResolver().delete(camera_uri, None, None)

        activity.bind(on_activity_result=answered)
        _activity().startActivityForResult(intent, PHOTO_REQUEST)

    def picture_folders(self) -> tuple[Path, ...]:
        """See `Platform`; a phone has its own chooser."""
        return ()

    def paste(self) -> str:
        """See `Platform`."""
        from kivy.core.clipboard import Clipboard

        return str(Clipboard.paste() or "")

    def on_install_referrer(self, take: Callable[[str], None]) -> None:
        """See `Platform`: Google Play's own service is asked."""
        from client_kivy.platform.install_referrer import ask_play

        ask_play(_activity(), take)

    def open_link(self, link: str) -> None:
        """See `Platform`."""
        intent_class = autoclass("android.content.Intent")
        uri = autoclass("android.net.Uri").parse(link)
        _activity().startActivity(intent_class(intent_class.ACTION_VIEW, uri))

    def keep_bright(self, *, bright: bool) -> None:
        """See `Platform`."""
        from android.runnable import run_on_ui_thread  # type: ignore[import-not-found]

        @run_on_ui_thread  # type: ignore[untyped-decorator]
        def set_brightness() -> None:
            window = _activity().getWindow()
            attributes = window.getAttributes()
            attributes.screenBrightness = FULL_BRIGHTNESS if bright else OWN_BRIGHTNESS
            window.setAttributes(attributes)
            flag = autoclass("android.view.WindowManager$LayoutParams").FLAG_KEEP_SCREEN_ON
            if bright:
                window.addFlags(flag)
            else:
                window.clearFlags(flag)

        set_brightness()

    def start_link(self) -> str:
        """See `Platform`."""
        return str(_activity().getIntent().getDataString() or "")

    def on_link(self, take: Callable[[str], None]) -> None:
        """See `Platform`."""
        from android import activity

        activity.bind(on_new_intent=lambda intent: take(str(intent.getDataString() or "")))
