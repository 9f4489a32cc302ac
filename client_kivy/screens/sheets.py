"""What stands in sheets: the referral code to be scanned, and the question before signing out."""

# mypy: disallow-subclassing-any=False
from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from client_kivy.state.invitation import NO_INVITATION
from client_kivy.widgets import button, load_rules, qr_code  # noqa: F401 - rules


class InvitationCode(BoxLayout):
    """The referral link as a QR code, with the ways to pass it on."""

    invitation = ObjectProperty(NO_INVITATION, rebind=True)


class SignOutQuestion(BoxLayout):
    """Signing out forgets what this phone knows."""


load_rules(__file__)
