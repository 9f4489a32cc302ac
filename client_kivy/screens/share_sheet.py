"""Sharing the link: each way with a link of its own, so that one sees later which of them worked."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.app import App
from kivy.properties import ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from client_kivy.state.invitation import NO_INVITATION
from client_kivy.state.language import gettext as _
from client_kivy.widgets import button, load_rules  # noqa: F401 - rules
from client_kivy.widgets.rows import ActionRow


class ShareSheet(BoxLayout):
    """The channels, a page to print, and the way to the code and to links of one's own."""

    invitation = ObjectProperty(NO_INVITATION, rebind=True)

    def on_kv_post(self, _base: object) -> None:
        """Lays the channels out."""
        rows = [
            self._row(channel.icon, channel.label, channel.note, link=channel.link)
            for channel in self.invitation.channels
        ]
        if self.invitation.poster:
            poster = ActionRow(icon="printer", text=_("To print"), note=_("A page with the code"))
            poster.bind(on_release=lambda _row: App.get_running_app().platform.open_link(self.invitation.poster))
            rows.append(poster)
        last = len(rows) - 1
        for place, row in enumerate(rows):
            row.first, row.last = place == 0, place == last
            self.ids.channels.add_widget(row)

    def open_links(self) -> None:
        """Leads to the code and to links of one's own."""
        app = App.get_running_app()
        app.root.close_sheet()
        app.go("links")

    @staticmethod
    def _row(icon: str, text: str, note: str, *, link: str) -> ActionRow:
        row = ActionRow(icon=icon, text=text, note=note, arrow="share-3")

        def share(_row: Any) -> None:
            app = App.get_running_app()
            app.root.close_sheet()
            app.share(link)

        row.bind(on_release=share)
        return row


class PlanLine(BoxLayout):
    """Something that inviting brings."""

    text = StringProperty("")


class PlanSheet(BoxLayout):
    """All that inviting brings, a sentence each."""

    plan = ListProperty([])

    def on_kv_post(self, _base: object) -> None:
        """Lays the sentences out."""
        for sentence in self.plan:
            self.add_widget(PlanLine(text=sentence))


load_rules(__file__)
