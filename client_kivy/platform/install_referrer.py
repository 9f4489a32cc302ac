"""What Google Play keeps of the link by which somebody came to the app: its own library is asked, through pyjnius.

The library is `com.android.installreferrer:installreferrer`. It binds to a service of the Play Store app and answers a
moment later, on the main thread.
"""

from collections.abc import Callable
from typing import Any

from jnius import PythonJavaClass, autoclass, java_method  # type: ignore[import-not-found]

OK = 0
NOT_SUPPORTED, DEVELOPER_ERROR, PERMISSION_ERROR = 2, 3, 4
FOR_EVER = frozenset({NOT_SUPPORTED, DEVELOPER_ERROR, PERMISSION_ERROR})
"""Answers that another start would not change; after others the app asks again when it starts next."""

_listening: list[Any] = []
"""Java holds its listeners weakly from Python's point of view: they live here until they have heard."""


def ask_play(activity: Any, take: Callable[[str], None]) -> None:
    """Asks the store; `take` hears the text as the link had it, an empty one where there will never be any."""
    client = autoclass("com.android.installreferrer.api.InstallReferrerClient").newBuilder(activity).build()
    listener = _Listener(client, take)
    _listening.append(listener)
    client.startConnection(listener)


class _Listener(PythonJavaClass):  # type: ignore[misc]
    __javainterfaces__ = ("com/android/installreferrer/api/InstallReferrerStateListener",)
    __javacontext__ = "app"

    def __init__(self, client: Any, take: Callable[[str], None]) -> None:
        super().__init__()
        self._client, self._take = client, take

    @java_method("(I)V")  # type: ignore[untyped-decorator]
    def onInstallReferrerSetupFinished(self, response: int) -> None:  # noqa: N802 - Java's name
        """The store has answered."""
        if response == OK:
            self._take(str(self._client.getInstallReferrer().getInstallReferrer() or ""))
        elif response in FOR_EVER:
            self._take("")
        self._client.endConnection()
        _listening.remove(self)

    @java_method("()V")  # type: ignore[untyped-decorator]
    def onInstallReferrerServiceDisconnected(self) -> None:  # noqa: N802 - Java's name
        """The store went away; the app asks again when it starts next."""
