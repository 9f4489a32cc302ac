"""The design tokens as a style sheet. `tokens.json` is the only place where a colour or a length is decided."""

import json
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).with_name("tokens.json")
ROOT_SIZE = 16


def load_tokens() -> dict[str, Any]:
    """The tokens as their document has them."""
    document: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return document


def style_sheet(tokens: dict[str, Any]) -> str:
    """Every token as a custom property: light by default, dark where the reader's system is dark.

    An element with `data-theme="light"` (the till) stays light, and a dark one stays dark.
    """
    light, dark = (_colours(tokens["colour"][theme]) for theme in ("light", "dark"))
    return themed(
        {"color-scheme": "light"} | _lengths(tokens) | light,
        {"color-scheme": "dark"} | dark,
    )


def themed(light: dict[str, str], dark: dict[str, str]) -> str:
    """A style sheet of properties that differ between the themes."""
    light_rules, dark_rules = (
        "".join(f"  {name}: {value};\n" for name, value in properties.items()) for properties in (light, dark)
    )
    return (
        f":root {{\n{light_rules}}}\n"
        f'@media (prefers-color-scheme: dark) {{\n:root:not([data-theme="light"]) {{\n{dark_rules}}}\n}}\n'
        f':root[data-theme="dark"] {{\n{dark_rules}}}\n'
    )


def colour_property(token: str) -> str:
    """The custom property of a colour: `on_accent` is `--colour-on-accent`."""
    return f"--colour-{_dashed(token)}"


def _colours(colours: dict[str, str]) -> dict[str, str]:
    return {colour_property(name): value for name, value in colours.items()}


def _lengths(tokens: dict[str, Any]) -> dict[str, str]:
    properties = {f"--space-{step}": f"{length}px" for step, length in tokens["space"].items()}
    for group in ("radius", "line", "touch"):
        properties |= {f"--{group}-{_dashed(name)}": f"{length}px" for name, length in tokens[group].items()}
    properties |= {f"--icon-{name}": f"{tokens['icon'][name]}px" for name in ("small", "base", "large")}
    properties |= {
        f"--motion-{_dashed(name)}": f"{milliseconds}ms"
        for name, milliseconds in tokens["motion"].items()
        if isinstance(milliseconds, int)
    }
    for place in ("app", "till", "console"):
        for name, kind in tokens["type"][place].items():
            properties[f"--type-{place}-{_dashed(name)}"] = _font(kind)
    return properties


def _font(kind: dict[str, int]) -> str:
    # In rem, so that a reader who asked the browser for larger letters gets them.
    size, line = kind["size"] / ROOT_SIZE, kind["line"] / ROOT_SIZE
    return f'{kind["weight"]} {size:g}rem/{line:g}rem "Onest", sans-serif'


def _dashed(name: str) -> str:
    return name.replace("_", "-")
