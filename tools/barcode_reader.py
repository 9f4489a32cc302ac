"""Vendors the barcode reader of the cashier's page: `python -m tools.barcode_reader`.

zxing-wasm is taken as it is published: the reader's ES modules and its WebAssembly, with its licence beside them.
"""

import shutil
import tempfile
from pathlib import Path

from tools.npm_packages import NpmPackage, unpack

TARGET = Path(__file__).resolve().parent.parent / "backend" / "till" / "static" / "zxing-wasm"

ZXING_WASM = NpmPackage(
    "zxing-wasm",
    "3.1.4",
    "sha512-1+v8p7sauddySVNG+ye7GD/0TS95BG2ycdkrC+EnBrFBFkHeIghzUt2yVjtx3NucJeNrQnhT8yGAIz60Vx9o0w==",
)
# The modules name each other by these relative paths.
FILES = {
    "dist/es/share.js": "share.js",
    "dist/es/reader/index.js": "reader/index.js",
    "dist/reader/zxing_reader.wasm": "reader/zxing_reader.wasm",
    "LICENSE": "LICENSE.txt",
}
NOTICE = """zxing-wasm {version}, MIT (LICENSE.txt), from the npm package of that name.
Its zxing_reader.wasm is ZXing-C++ compiled, under the Apache License 2.0.
"""


def main() -> None:
    """Fetch the package into a temporary folder and copy what the page loads."""
    with tempfile.TemporaryDirectory() as name:
        package = unpack(ZXING_WASM, into=Path(name))
        for source, target in FILES.items():
            (TARGET / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(package / source, TARGET / target)
    (TARGET / "NOTICE.txt").write_text(NOTICE.format(version=ZXING_WASM.version))


if __name__ == "__main__":
    main()
