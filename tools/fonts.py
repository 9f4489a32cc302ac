"""Builds the fonts and icons of the app and of the pages: `python -m tools.fonts`.

Onest comes cut into subsets, and its digits are of different widths. Here the subsets that both languages need are
merged into one file a weight, hinting is dropped (with it the dot of "i" closes at small sizes), and a second family,
Onest Tab, gets digits of one width for columns, counters and keyed amounts.

The app gets all of Tabler's icons as two fonts with `tabler-icons.json` (name → code point). The pages get an SVG
sprite with the icons that `backend/shared/pages/icons.txt` names.
"""

import json
import re
import shutil
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.merge import Merger  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from tools.npm_packages import NpmPackage, unpack

ROOT = Path(__file__).resolve().parent.parent
APP_FONTS = ROOT / "client_kivy" / "assets" / "fonts"
PAGES = ROOT / "backend" / "shared" / "pages"
PAGE_FONTS = PAGES / "static" / "fonts"

ONEST = NpmPackage(
    "@fontsource/onest",
    "5.3.1",
    "sha512-2uA9HUzQHBB8H7T2R6inmrnqPofB6+svATHM/huIG640duJr4rm+uanmAIheTTlbZvRC0ujMtf2T4U4RX51oEQ==",
)
TABLER_FONTS = NpmPackage(
    "@tabler/icons-webfont",
    "3.49.0",
    "sha512-kWgnmEzo17dzQyMqRmlfj+TiGV0clLMYfUtKp2WG7M+TH5418o6fsoaSlrOTK3lwESg0xS7jVfOozYrR02Ryxw==",
)
TABLER_DRAWINGS = NpmPackage(
    "@tabler/icons",
    "3.49.0",
    "sha512-l+GnSkFETx0U26icxv1VUFnxxiTqXfCcVRiRAnyMwibupM2S2L/hSaZ9gmSgz01rkrsH/93NvLsxykqdanc6lw==",
)

WEIGHTS = {"Regular": 400, "SemiBold": 600, "Bold": 700}
# latin-ext is there for ₽ and for names; the cut of latin holds punctuation, minus and the no-break space.
SUBSETS = ("latin", "latin-ext", "cyrillic")
DIGITS = range(ord("0"), ord("9") + 1)
# The drawn tabular advance leaves holes beside "1" and thousands; 620 is the width at which columns read as numbers.
TABULAR_ADVANCE = 620


def merged_onest(files: Path, weight: int, work: Path) -> TTFont:
    """One weight of Onest from its subsets, without hinting."""
    parts = []
    for name in SUBSETS:
        font = TTFont(files / f"onest-{name}-{weight}-normal.woff2")
        without_hinting(font, list(font.getBestCmap()))
        part = work / f"{name}-{weight}.ttf"
        font.flavor = None
        font.save(part)
        parts.append(str(part))
    font = Merger().merge(parts)
    # The same packages must give the same bytes.
    font.recalcTimestamp = False
    font["head"].created = font["head"].modified = TTFont(parts[0])["head"].created
    return font


def without_hinting(font: TTFont, code_points: list[int]) -> None:
    """Keep the named code points with their features, and drop hints in place."""
    options = subset.Options(
        hinting=False, layout_features=["*"], glyph_names=True, notdef_outline=True, name_IDs=["*"]
    )
    cut = subset.Subsetter(options)
    cut.populate(unicodes=code_points)
    cut.subset(font)
    for table in ("gasp", "STAT"):
        if table in font:
            del font[table]


def make_tabular(font: TTFont) -> None:
    """Point the digits at their tabular glyphs and narrow those to one advance, in place."""
    glyphs = {digit: substitution(font, "tnum", font.getBestCmap()[digit]) for digit in DIGITS}
    for table in font["cmap"].tables:
        table.cmap.update({digit: name for digit, name in glyphs.items() if digit in table.cmap})
    for name in glyphs.values():
        advance, left = font["hmtx"][name]
        shift = (TABULAR_ADVANCE - advance) // 2
        glyph = font["glyf"][name]
        glyph.coordinates.translate((shift, 0))
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (TABULAR_ADVANCE, left + shift)


def substitution(font: TTFont, feature: str, glyph: str) -> str:
    """The glyph that a single-substitution feature puts in the place of another."""
    layout = font["GSUB"].table
    for record in layout.FeatureList.FeatureRecord:
        if record.FeatureTag == feature:
            for index in record.Feature.LookupListIndex:
                for table in layout.LookupList.Lookup[index].SubTable:
                    mapping = getattr(table, "ExtSubTable", table).mapping
                    if glyph in mapping:
                        return str(mapping[glyph])
    raise ValueError(f"the font has no {feature} form of {glyph}")


def rename(font: TTFont, family: str, style: str) -> None:
    """Give a font the name under which style sheets and text shapers know it."""
    names = {
        1: family,
        2: style,
        3: f"{family} {style}",
        4: f"{family} {style}",
        6: f"{family.replace(' ', '')}-{style}",
    }
    for number, text in names.items():
        font["name"].setName(text, number, 3, 1, 0x409)


def save_for_pages(font: TTFont, name: str) -> None:
    """The same font as WOFF2."""
    font.flavor = "woff2"
    font.save(PAGE_FONTS / f"{name}.woff2")
    font.flavor = None


def build_onest(package: Path, work: Path) -> None:
    """All weights of Onest and Onest Tab, for the app and for the pages."""
    for style, weight in WEIGHTS.items():
        font = merged_onest(package / "files", weight, work)
        rename(font, "Onest", style)
        font.save(APP_FONTS / f"Onest-{style}.ttf")
        save_for_pages(font, f"Onest-{style}")
        make_tabular(font)
        rename(font, "Onest Tab", style)
        font.save(APP_FONTS / f"OnestTab-{style}.ttf")
        # A page takes everything but the digits from Onest itself, so this file holds ten glyphs.
        without_hinting(font, list(DIGITS))
        save_for_pages(font, f"OnestTab-{style}")
    for folder in (APP_FONTS, PAGE_FONTS):
        shutil.copy(package / "LICENSE", folder / "Onest-LICENSE.txt")


def build_app_icons(package: Path) -> None:
    """Both faces of Tabler as fonts, and the code points of their names."""
    code_points = {}
    for face, file in (("outline", "tabler-icons.ttf"), ("filled", "tabler-icons-filled.ttf")):
        shutil.copy(package / "dist" / "fonts" / file, APP_FONTS / file)
        font = TTFont(APP_FONTS / file)
        code_points[face] = {name: point for point, name in sorted(font.getBestCmap().items())}
    (APP_FONTS / "tabler-icons.json").write_text(json.dumps(code_points, separators=(",", ":")) + "\n")
    shutil.copy(package / "LICENSE", APP_FONTS / "tabler-icons-LICENSE.txt")


def build_page_icons(package: Path) -> None:
    """The sprite of the icons that the pages use; a filled face is named `name-filled`."""
    symbols = []
    for name in (PAGES / "icons.txt").read_text().split():
        face, file = ("filled", name.removesuffix("-filled")) if name.endswith("-filled") else ("outline", name)
        drawing = ElementTree.fromstring((package / "icons" / face / f"{file}.svg").read_text())  # noqa: S314 - hash-checked
        shapes = "".join(ElementTree.tostring(shape, encoding="unicode") for shape in drawing)
        paint = 'fill="currentColor"' if face == "filled" else 'fill="none" stroke="currentColor"'
        shapes = re.sub(r'\s*xmlns:?\w*="[^"]*"|\bns0:', "", shapes)
        shapes = shapes.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
        shapes = re.sub(r"\s+", " ", shapes).replace("> <", "><").strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24" {paint}>{shapes}</symbol>')
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    (PAGES / "static" / "icons.svg").write_text(sprite)
    shutil.copy(package / "LICENSE", PAGES / "static" / "icons-LICENSE.txt")


def main() -> None:
    """Fetch the three packages into a temporary folder and build everything anew."""
    for folder in (APP_FONTS, PAGE_FONTS):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        build_onest(unpack(ONEST, into=work), work)
        build_app_icons(unpack(TABLER_FONTS, into=work))
        build_page_icons(unpack(TABLER_DRAWINGS, into=work))


if __name__ == "__main__":
    main()
