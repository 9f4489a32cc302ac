"""python-for-android's hook: puts what receives and shows pushes into the manifest, which no option can."""

from pathlib import Path
from xml.etree import ElementTree

ANDROID = "http://schemas.android.com/apk/res/android"
SERVICE = "org.molva.app.PushService"
EVENT = "com.google.firebase.MESSAGING_EVENT"
ICON = "com.google.firebase.messaging.default_notification_icon"
MANIFESTS = ("src/main/AndroidManifest.xml", "AndroidManifest.xml")


def after_apk_build(_toolchain: object) -> None:
    """Runs in the distribution's folder, after the manifest was rendered and before Gradle reads it."""
    for name in MANIFESTS:
        manifest = Path(name)
        if manifest.exists():
            add_push(manifest)


def add_push(manifest: Path) -> None:
    """Adds, once, the service (not exported: only Firebase within the app calls it) and the icon of notifications."""
    ElementTree.register_namespace("android", ANDROID)
    ElementTree.register_namespace("tools", "http://schemas.android.com/tools")
    tree = ElementTree.parse(manifest)  # noqa: S314 - a file of our own build
    application = tree.getroot().find("application")
    if application is None:
        raise ValueError(f"{manifest} has no application")
    services = (service.get(f"{{{ANDROID}}}name") for service in application.iter("service"))
    if SERVICE in services:
        return
    service = ElementTree.SubElement(
        application, "service", {f"{{{ANDROID}}}name": SERVICE, f"{{{ANDROID}}}exported": "false"}
    )
    intent_filter = ElementTree.SubElement(service, "intent-filter")
    ElementTree.SubElement(intent_filter, "action", {f"{{{ANDROID}}}name": EVENT})
    ElementTree.SubElement(
        application,
        "meta-data",
        {f"{{{ANDROID}}}name": ICON, f"{{{ANDROID}}}resource": "@drawable/ic_notification"},
    )
    tree.write(manifest, encoding="utf-8", xml_declaration=True)
