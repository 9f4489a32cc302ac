"""The rules of the house, as far as a test can hold them; the layers are held by import-linter (`make check`)."""

import re
from collections.abc import Callable
from pathlib import Path

import grimp
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from backend.app import FEATURES
from backend.shared import migrations, translations, wording
from backend.shared.access import ACCESS_ATTRIBUTE
from backend.shared.db import Base, db
from backend.staff.roles import Role

ROOT = Path(__file__).parents[2]
# A hole of a text with its type; what stands after the type is words, and translated.
HOLE = r"\{(\w+(?::\w+)?)(?: [^}]*)?\}"
STATIC_ENDPOINTS = re.compile(r"(^|\.)static$")


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("backend")


def test_every_route_declares_who_may_call_it(make_app: Callable[..., Flask]) -> None:
    app = make_app(demo=True)
    known = {"public", "member", "till", "demo", *(f"staff:{role}" for role in Role)}
    undeclared, strange = [], []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        declared = getattr(view, ACCESS_ATTRIBUTE, None)
        if declared is None and not STATIC_ENDPOINTS.search(rule.endpoint):
            undeclared.append(f"{rule} ({rule.endpoint})")
        elif declared is not None and not set(declared.split()) <= known:
            strange.append(f"{rule}: {declared}")
    assert undeclared == []
    assert strange == []


def test_every_operation_has_a_name_and_a_summary(app: Flask) -> None:
    document = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]
    names = [operation.get("operationId") for _, _, operation in operations]
    assert len(names) == len(set(names))
    assert [f"{method} {path}" for path, method, one in operations if not one.get("operationId")] == []
    assert [f"{method} {path}" for path, method, one in operations if not one.get("summary")] == []


def test_migrations_are_one_line_without_branches() -> None:
    script = ScriptDirectory.from_config(migrations._config())
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1
    assert all(not revision.is_branch_point for revision in script.walk_revisions())


def test_migrations_make_exactly_what_the_models_say(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_features_tables_are_its_own(imports: grimp.ImportGraph) -> None:
    strangers = [
        f"{importer} imports {module}"
        for module in imports.modules
        if (match := re.fullmatch(r"backend\.(\w+)\.models", module))
        for importer in imports.find_modules_that_directly_import(module)
        if not importer.startswith(f"backend.{match[1]}.")
    ]
    assert strangers == []


def test_services_never_commit() -> None:
    committing = [
        str(path.relative_to(ROOT))
        for path in ROOT.glob("backend/**/*.py")
        if re.search(r"\.(commit|rollback)\(\)", path.read_text(encoding="utf-8"))
    ]
    assert sorted(committing) == ["backend/shared/db.py", "backend/shared/migrations.py"]


def test_time_is_asked_of_the_clock_alone() -> None:
    asking = [
        str(path.relative_to(ROOT))
        for path in [*ROOT.glob("backend/**/*.py"), *ROOT.glob("migrations/versions/*.py")]
        if re.search(
            r"(?<![\w.])now\(\)|CURRENT_TIMESTAMP|clock_timestamp|datetime\.now\(|func\.now", path.read_text("utf-8")
        )
    ]
    assert asking == []


def test_every_feature_says_what_it_owns() -> None:
    silent = [
        feature
        for feature in FEATURES
        if (folder := ROOT / "backend" / feature).is_dir()
        and not (folder / "__init__.py").read_text(encoding="utf-8").startswith('"""')
    ]
    assert silent == []


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_every_kind_of_message_has_words_in_both_languages(app: Flask, locale: str) -> None:
    def fill(text: str) -> str:
        return re.sub(r"\{\w+(?::[^}]*)?\}", "", text)

    with app.app_context():
        for kind, words in wording.registered_kinds().items():
            for text in (words.title, words.body, *(part for step in words.steps for part in step[:2])):
                holes = set(re.findall(HOLE, text))
                with wording.force_locale(locale):
                    said = wording._(text) if text else ""
                assert set(re.findall(HOLE, said)) == holes, f"{kind}: {said!r} fills other holes"
                if locale == "ru" and re.search(r"[A-Za-z]", fill(text)):
                    assert re.search(r"[А-Яа-я]", fill(said)), f"{kind} has no Russian for {text!r}"


def test_catalogues_are_complete_and_up_to_date() -> None:
    assert translations.problems() == []


def test_a_kind_with_a_hole_of_an_unknown_type_is_found() -> None:
    types = {
        spec
        for words in wording.registered_kinds().values()
        for text in (words.title, words.body, *(part for step in words.steps for part in step))
        for spec in re.findall(r"\{\w+:(\w+)[^}]*\}", text)
    }
    assert types <= {*wording._WRITERS, "member"}
