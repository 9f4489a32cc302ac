"""What an authenticator app scans, or its owner types."""

import base64

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathImage

from backend.shared.i18n import current_locale
from backend.shared.pages import current_shop
from backend.staff import totp

QUIET_ZONE_MODULES = 4


def app_values(secret: bytes, *, account: str) -> dict[str, str]:
    """For a page: the QR code as the address of a picture (`picture`), and the secret to type (`typed`)."""
    issuer = current_shop().name_in(current_locale())
    code = qrcode.QRCode(border=QUIET_ZONE_MODULES, error_correction=ERROR_CORRECT_M)
    code.add_data(totp.provisioning_address(secret, account=account, issuer=issuer))
    drawn: bytes = code.make_image(image_factory=SvgPathImage).to_string()
    picture = "data:image/svg+xml;base64," + base64.b64encode(drawn).decode()
    return {"picture": picture, "typed": totp.typed_form(secret)}
