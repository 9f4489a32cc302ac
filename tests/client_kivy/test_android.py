"""What goes into an APK, as far as it can be seen without an Android SDK."""

import configparser
import importlib.util
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

import client_kivy

ANDROID = Path(client_kivy.__file__).parent / "android"
NAMESPACE = "{http://schemas.android.com/apk/res/android}"
MANIFEST = """<?xml version="1.0" encoding="utf-8"?>
<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="org.molva.app">
  <application android:label="@string/app_name"><activity android:name="org.kivy.android.PythonActivity"/></application>
</manifest>
"""


@pytest.fixture
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hook", ANDROID / "hook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def buildozer() -> configparser.SectionProxy:
    parser = configparser.ConfigParser()
    parser.read(ANDROID / "buildozer.spec")
    return parser["app"]


def test_the_hook_adds_the_push_service_once(hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = tmp_path / "AndroidManifest.xml"
    manifest.write_text(MANIFEST)
    monkeypatch.chdir(tmp_path)
    hook.after_apk_build(None)
    hook.after_apk_build(None)
    services = list(ElementTree.parse(manifest).iter("service"))
    assert [service.get(f"{NAMESPACE}name") for service in services] == ["org.molva.app.PushService"]
    assert services[0].get(f"{NAMESPACE}exported") == "false"
    actions = [action.get(f"{NAMESPACE}name") for action in services[0].iter("action")]
    assert actions == ["com.google.firebase.MESSAGING_EVENT"]


def test_every_file_that_the_build_names_is_there(buildozer: configparser.SectionProxy) -> None:
    for option in ("android.add_src", "android.add_resources", "android.manifest.intent_filters", "p4a.hook"):
        assert (ANDROID / buildozer[option]).exists(), option
    for option in ("icon.filename", "presplash.filename"):
        assert (ANDROID.parent / buildozer[option].removeprefix("app/client_kivy/")).exists(), option


def test_the_java_classes_are_those_that_python_asks_for(buildozer: configparser.SectionProxy) -> None:
    package = f"{buildozer['package.domain']}.{buildozer['package.name']}"
    python = (ANDROID.parent / "platform" / "android.py").read_text()
    for name in ("SecureStore", "PushService"):
        assert f'"{package}.{name}"' in python
        java = ANDROID / "java" / Path(*package.split(".")) / f"{name}.java"
        assert java.read_text().startswith(f"package {package};")


def test_links_of_the_server_open_the_app() -> None:
    inserted = (ANDROID / "intent_filters.xml").read_text()
    manifest = ElementTree.fromstring(MANIFEST.replace('PythonActivity"/>', f'PythonActivity">{inserted}</activity>'))
    intent_filter = next(manifest.iter("intent-filter"))
    data = next(intent_filter.iter("data"))
    assert intent_filter.get(f"{NAMESPACE}autoVerify") == "true"
    assert (data.get(f"{NAMESPACE}scheme"), data.get(f"{NAMESPACE}pathPrefix")) == ("https", "/r/")
