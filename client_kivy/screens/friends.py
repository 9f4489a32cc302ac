"""Friends: the code and link to share, what both get, and where each friend stands."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from client_kivy.api.errors import ApiError
from client_kivy.screens.friend_sheet import FriendSheet
from client_kivy.screens.page import Page
from client_kivy.screens.share_sheet import PlanSheet, ShareSheet
from client_kivy.state.disputes import open_question_about
from client_kivy.state.freshness import standstill
from client_kivy.state.friends import friend_of, rewarded_summary, story_of, visitors
from client_kivy.state.inbox import unread_count
from client_kivy.state.invitation import NO_INVITATION, Invitation, invitation_of
from client_kivy.state.joining import said_of
from client_kivy.state.leaderboard import NO_LEADERBOARD, Leaderboard, Standing, leaderboard_of
from client_kivy.state.shop import consent_text_of, shop_of
from client_kivy.widgets import button, header, load_rules, mark, notice, qr_code  # noqa: F401 - rules
from client_kivy.widgets.ground import Ground, Panel
from client_kivy.widgets.rows import friend_row_height
from client_kivy.widgets.text import text_height

NO_STANDING = Standing("", "", "")
CODE_SIDE, CODE_SIDE_NARROW = 150, 124
NARROW = 380


class LinkBox(Ground, BoxLayout):
    """The link in full, and a way to copy it."""

    invitation = ObjectProperty(NO_INVITATION, rebind=True)


class InvitationPanel(Panel):
    """The code to be scanned from this screen, what both get, the link, and sharing it."""

    invitation = ObjectProperty(NO_INVITATION, rebind=True)
    code_side = NumericProperty("150dp")
    shared = ObjectProperty(None, allownone=True)

    def share(self) -> None:
        """Tells whoever listens that the link is to go to somebody."""
        if callable(self.shared):
            self.shared()


class MilestonePanel(BoxLayout):
    """How many friends are missing to the next milestone, and the way to all that inviting brings."""

    invitation = ObjectProperty(NO_INVITATION, rebind=True)
    opened = ObjectProperty(None, allownone=True)

    def open(self) -> None:
        """All of it is wanted."""
        if callable(self.opened):
            self.opened()


class StandingLine(BoxLayout):
    """One line of the leaderboard."""

    standing = ObjectProperty(NO_STANDING, rebind=True)


class LeaderboardPanel(BoxLayout):
    """Who brought the most friends, of those who agreed to be shown; and agreeing to it, or taking it back."""

    board = ObjectProperty(NO_LEADERBOARD, rebind=True)
    consent_text = StringProperty("")
    agree = ObjectProperty(None, allownone=True)

    def on_board(self, *_changed: Any) -> None:
        """Lays the lines out."""
        place = self.ids.lines
        place.clear_widgets()
        for line in self.board.lines:
            place.add_widget(StandingLine(standing=line))


class FriendsTitle(BoxLayout):
    """What stands above the list."""

    summary = StringProperty("")


class Friends(Page):
    """See the module."""

    reads = ("friends", "referral", "leaderboard", "disputes", "messages", "me", "shop")
    unread = NumericProperty(0)
    coming = BooleanProperty(defaultvalue=True)
    nobody = BooleanProperty(defaultvalue=False)
    standing = ObjectProperty(None, allownone=True, rebind=True)
    invitation = ObjectProperty(NO_INVITATION, rebind=True)

    def on_width(self, *_changed: Any) -> None:
        """Texts wrap anew."""
        self._show_soon()

    def show(self) -> None:
        """See `Page`."""
        shop = shop_of(self.resource("shop").data)
        self.unread = unread_count(self.resource("messages").data)
        self.invitation = invitation_of(self.resource("referral").data, shop)
        self.standing = standstill(self.resource("friends"))
        self.coming = not self.resource("friends").known and self.standing is None
        items = self.items("friends")
        self.nobody = self.resource("friends").known and not items and not self.invitation.visits
        self.ids.rows.data = [] if self.nobody else self._rows(items)

    def _rows(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        width, now = self.width - dp(32), self.app.now()
        side = dp(CODE_SIDE if self.width >= dp(NARROW) else CODE_SIDE_NARROW)
        data: list[dict[str, Any]] = [
            {
                "viewclass": "InvitationPanel",
                "invitation": self.invitation,
                "code_side": side,
                "shared": self.share,
                "row_size": (0, invitation_height(self.invitation, width, side)),
            },
            *self._milestone_rows(),
            {"viewclass": "FriendsTitle", "summary": rewarded_summary(items), "row_size": (0, dp(54))},
        ]
        friends = [friend_of(item, now=now) for item in items]
        if self.invitation.visits and not (self.resource("friends").data or {}).get("next_cursor"):
            friends.append(visitors(self.invitation.visits))
        last = len(friends) - 1
        for place, friend in enumerate(friends):
            data.append(
                {
                    "viewclass": "FriendRow",
                    "friend": friend,
                    "pressed": self.tell,
                    "first": place == 0,
                    "last": place == last,
                    "row_size": (0, friend_row_height(friend, width)),
                }
            )
        return data + self._leaderboard_rows(width)

    def tell(self, friend_id: str) -> None:
        """Everything about a friend, on a sheet."""
        item = next((item for item in self.items("friends") if item["id"] == friend_id), None)
        if item is None:
            return
        story = story_of(item, condition=self.invitation.condition, now=self.app.now())
        sheet = FriendSheet(story=story, item=item, question_id=self._question_about(friend_id))
        self.app.root.open_sheet(story.friend.name, sheet)

    def open_plan(self) -> None:
        """All that inviting brings."""
        self.app.root.open_sheet(self.app.tr("All that inviting brings"), PlanSheet(plan=self.invitation.plan))

    def share(self) -> None:
        """Lets the person choose where the link goes."""
        self.app.root.open_sheet(self.app.tr("Share link"), ShareSheet(invitation=self.invitation))

    def agree(self, *, given: bool) -> None:
        """Agrees to be shown among the others, or takes it back."""
        consent = {"purpose": "leaderboard", "channel": "any", "given": given}
        again = lambda: self.store.refresh("leaderboard")  # noqa: E731 - said once
        self.app.session.update({"consents": [consent]}, again, self._not_agreed)

    def _not_agreed(self, error: ApiError) -> None:
        self._show()
        self.app.say("alert-circle", said_of(error, "consents"))

    def _question_about(self, friend_id: str) -> str:
        return open_question_about(self.items("disputes"), "referral", friend_id)

    def _milestone_rows(self) -> list[dict[str, Any]]:
        height = milestone_height(self.invitation)
        if not height:
            return []
        row = {"viewclass": "MilestonePanel", "invitation": self.invitation, "opened": self.open_plan}
        return [{**row, "row_size": (0, height)}]

    def _leaderboard_rows(self, width: float) -> list[dict[str, Any]]:
        board = leaderboard_of(self.resource("leaderboard").data)
        if not board.known or (self.resource("friends").data or {}).get("next_cursor"):
            return []
        consent_text = consent_text_of(self.resource("shop").data, "leaderboard") or self.app.tr(
            "Show my first name and initial among those who bring the most friends"
        )
        return [
            {
                "viewclass": "LeaderboardPanel",
                "board": board,
                "consent_text": consent_text,
                "agree": self.agree,
                "row_size": (0, leaderboard_height(board, consent_text, width)),
            }
        ]


def milestone_height(invitation: Invitation) -> float:
    """How high the panel of milestones becomes in a list; nothing where there is nothing to say in it."""
    height = dp(24 + 8 + 8 + 8 + 18 + 14) if invitation.milestone else 0
    if invitation.brings_more:
        height += dp(49)
    elif invitation.milestone:
        height += dp(14)
    return float(height + dp(12)) if height else 0.0


def leaderboard_height(board: Leaderboard, consent_text: str, width: float) -> float:
    """How high the panel of the leaderboard becomes in a list this wide."""
    inside = int(width - dp(34))
    consent = max(dp(48), text_height(consent_text, "label_regular", inside - int(dp(40))) + dp(16))
    lines = dp(32) * len(board.lines) + (dp(8) if board.lines else 0)
    return float(dp(12 + 15 + 24 + 10) + text_height(board.mine, "caption", inside) + lines + consent)


def invitation_height(invitation: Invitation, width: float, side: float) -> float:
    """How high the panel becomes in a list this wide."""
    words = 2 * dp(18 + 26) + dp(24) + text_height(invitation.condition, "caption", int(width - dp(34 + 16) - side))
    return float(max(side, words) + dp(17 + 14 + 48 + 8 + 56 + 17))


load_rules(__file__)
