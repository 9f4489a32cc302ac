"""The app: joins platform, session, store and screens, and leads from one screen to another."""

# mypy: disallow-subclassing-any=False
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.screenmanager import NoTransition, ScreenManagerException

from client_kivy import __version__
from client_kivy.api.client import Client
from client_kivy.api.transport import Transport
from client_kivy.platform import Platform
from client_kivy.root import Root
from client_kivy.screens.page import Page
from client_kivy.state import clock, formatting, language
from client_kivy.state.arrival import Arrival, arrival_of, arrival_of_install
from client_kivy.state.background import Background, Threads
from client_kivy.state.cache import Cache
from client_kivy.state.complaint import Complaint
from client_kivy.state.introduction import Introduction
from client_kivy.state.invitation import invitation_of
from client_kivy.state.joining import Draft
from client_kivy.state.letters import Letters
from client_kivy.state.preferences import PreferencesFile
from client_kivy.state.rewards import Coupon
from client_kivy.state.session import SecretTokens, Session
from client_kivy.state.shop import shop_of
from client_kivy.state.store import SIGNED_OUT, Store
from client_kivy.theme import ASSETS, register_fonts, theme

TABS = ("home", "history", "friends", "rewards")
# Each screen is built when it is first needed, so that the first one is there at once.
SCREENS = {
    "welcome": "Welcome",
    "confirm": "Confirm",
    "home": "Home",
    "code": "Code",
    "history": "History",
    "friends": "Friends",
    "rewards": "Rewards",
    "coupon": "Coupon",
    "inbox": "Inbox",
    "profile": "Profile",
    "links": "Links",
    "disputes": "Disputes",
    "dispute": "Dispute",
    "complaint": "ComplaintPage",
}
REFRESH_SECONDS = 15
BACK_KEY = 27


class MolvaApp(App):
    """The application. `tr` is replaced when the language changes: every rule that says something says it anew."""

    title = "Molva"
    icon = str(ASSETS / "icon.png")
    tr: Callable[[str], str] = ObjectProperty(language.gettext, rebind=False)
    language = StringProperty("en")
    theme_choice = StringProperty("system")

    def __init__(
        self, platform: Platform, transport: Transport, *, server_url: str, background: Background | None = None
    ) -> None:
        super().__init__()
        self.platform = platform
        self.server_url = server_url
        self.preferences = PreferencesFile(platform.data_folder() / "preferences.json")
        self._threads = Threads(lambda end: Clock.schedule_once(lambda _elapsed: end()))
        background = background or self._threads
        tokens = SecretTokens(platform.secrets)
        self.client = Client(transport, tokens, language=language.current, now=clock.now)
        self._cache = Cache(platform.data_folder() / "cache.sqlite3")
        self.store = Store(client=self.client, cache=self._cache, background=background)
        self.session = Session(
            client=self.client,
            tokens=tokens,
            secrets=platform.secrets,
            store=self.store,
            background=background,
            install_id=self.preferences.current.install_id,
        )
        self.letters = Letters(
            client=self.client,
            cache=self._cache,
            background=background,
            folder=platform.data_folder() / "photos",
            answered=self._took_question,
        )
        self.draft = Draft.invited(arrival_of(platform.start_link()))
        self.introduction = Introduction(
            self.session, platform=platform.name, app_version=__version__, push_token=platform.push_token
        )
        self._way: list[str] = []

    def build(self) -> Root:
        """The first screen, in the device's language and theme unless others were chosen."""
        register_fonts()
        theme.reduced_motion = self.platform.reduced_motion()
        self.theme_choice = self.preferences.current.theme
        self._dress()
        self._say_in(self.preferences.current.language or self.platform.language())
        self.store.subscribe(self._changed)
        self.letters.subscribe(lambda: self._changed("disputes"))
        if not self.session.signed_in:
            # A session may end while nobody hears of it any more: what it left is not for the next person.
            self.letters.forget()
            self.session.forget()
        insets = self.platform.insets()
        self.root = Root(inset_top=insets.top, inset_bottom=insets.bottom)
        self.go("home" if self.session.signed_in else "welcome")
        return self.root

    def on_start(self) -> None:
        """What comes after the first frame."""
        Window.bind(on_keyboard=self._pressed_key)
        # The field that is typed into stays above the phone's keyboard.
        Window.softinput_mode = "below_target"
        Clock.schedule_interval(self._refresh, REFRESH_SECONDS)
        self.platform.on_link(lambda link: Clock.schedule_once(lambda _elapsed: self.take_link(link)))
        if not (self.preferences.current.asked_the_store or self.session.signed_in):
            take = self.take_install_referrer
            self.platform.on_install_referrer(lambda said: Clock.schedule_once(lambda _elapsed: take(said)))
        if self.session.signed_in:
            self.introduction.make()

    def on_pause(self) -> bool:
        """The system may put the app aside."""
        return True

    def on_resume(self) -> None:
        """What is shown may be old."""
        self._refresh()

    def on_stop(self) -> None:
        """Lets go of what is held."""
        Clock.unschedule(self._refresh)
        Window.unbind(on_keyboard=self._pressed_key)
        self._threads.close()
        self._cache.close()

    def now(self) -> datetime:
        """This moment in the member's zone."""
        zone = (self.store.get("me").data or {}).get("zone")
        return clock.now().astimezone(formatting.zone_named(zone))

    def ntr(self, one: str, many: str, count: int) -> str:
        """The form that goes with a count, in the current language, with the count in it."""
        return language.ngettext(one, many, count).format(count=formatting.number(count))

    def known_entries(self) -> Sequence[dict[str, Any]]:
        """The rows that are known now."""
        return list((self.store.get("entries").data or {}).get("items", []))

    # Where to

    @property
    def page(self) -> Page:
        """The screen that is shown."""
        page: Page = self.root.ids.pages.current_screen
        return page

    def go(self, name: str) -> None:
        """Shows a screen; a tab forgets the way that led here."""
        self._way = [name] if name in TABS or name == "welcome" else [*self._way, name]
        self._show(name)

    def back(self) -> bool:
        """Shows the screen before; False where there is none."""
        if self.root.close_sheet():
            return True
        if len(self._way) < 2:
            if self._way == ["home"] or self._way[0] not in TABS:
                return False
            self.go("home")
            return True
        self._way.pop()
        self._show(self._way[-1])
        return True

    def open_entry(self, entry_id: str) -> None:
        """Shows a row in the history with its reason."""
        self.go("history")
        self.page.opened = ""
        self.page.chosen = "all"
        self.page.open(entry_id)

    def complain(self, complaint: Complaint) -> None:
        """Lets the person say what is wrong."""
        self.root.close_sheet()
        self.go("complaint")
        self.page.begin(complaint)

    def open_question(self, *, dispute_id: str = "", key: str = "") -> None:
        """Shows a question, by its id or by the letter that is to open it."""
        self.root.close_sheet()
        if self._way[-1:] == ["complaint"]:
            # Nobody goes back to what was sent.
            self._way.pop()
        self.go("dispute")
        self.page.begin(dispute_id=dispute_id, key=key)

    def take_link(self, link: str) -> None:
        """The app was opened by a friend's link while it ran; whoever has a card already needs no invitation."""
        if link and not self.session.signed_in:
            self._be_invited(arrival_of(link))

    def take_install_referrer(self, referrer: str) -> None:
        """The store has said by which link the app was installed; a link that opened it since goes before."""
        self.preferences.change(asked_the_store=True)
        arrival = arrival_of_install(referrer)
        if arrival.code and not self.draft.referral_code and not self.session.signed_in:
            self._be_invited(arrival)

    def welcome_in(self) -> None:
        """The person has just signed in."""
        self.draft = Draft()
        self.introduction.make()
        self._forget_screens()
        self.go("home")

    def ask_sign_out(self) -> None:
        """Asks once more before signing out."""
        from client_kivy.screens.sheets import SignOutQuestion

        self.root.open_sheet(self.tr("Sign out?"), SignOutQuestion())

    def sign_out(self) -> None:
        """Forgets the person on this phone."""
        self.root.close_sheet()
        self.letters.forget()
        self.session.sign_out()
        self._forget_screens()
        self.go("welcome")

    def show_invitation(self) -> None:
        """Shows the referral code large enough to be scanned across a table."""
        from client_kivy.screens.sheets import InvitationCode

        invitation = invitation_of(self.store.get("referral").data, shop_of(self.store.get("shop").data))
        self.root.open_sheet(self.tr("Invite a friend"), InvitationCode(invitation=invitation))

    def show_coupon(self, coupon_id: str) -> None:
        """Shows a coupon to be scanned."""
        self.go("coupon")
        self.page.coupon_id = coupon_id

    def ask_cancel(self, coupon: Coupon) -> None:
        """Asks once more before an order is cancelled."""
        from client_kivy.screens.reward_sheets import CancelQuestion

        self.root.open_sheet(coupon.title, CancelQuestion(coupon=coupon))

    # What to say and wear

    def spoken_points(self, points: int) -> str:
        """Points with their noun."""
        return formatting.points(points)

    def say(self, icon: str, text: str) -> None:
        """A short word over the screen."""
        self.root.say(icon, text)

    def copy(self, text: str) -> None:
        """Puts a text on the clipboard and says so."""
        self.platform.copy(text)
        self.say("copy", self.tr("The link is copied"))

    def share(self, link: str) -> None:
        """Hands a link to whatever the person shares with."""
        if not self.platform.share(link):
            self.copy(link)

    def open_page(self, path: str) -> None:
        """Shows a page of the server in the browser."""
        self.platform.open_link(self.server_url + path)

    def speak(self, code: str) -> None:
        """Switches the language, here and on the server."""
        if code == self.language or not code:
            return
        self.preferences.change(language=code)
        self._say_in(code)
        self.page.show_anew()
        again = self.store.speak_again
        if self.session.signed_in:
            self.session.update({"locale": code}, again, lambda _error: again())
        else:
            again()

    def wear(self, choice: str) -> None:
        """Switches the theme: `system`, `light` or `dark`."""
        if choice and choice != self.theme_choice:
            self.preferences.change(theme=choice)
            self.theme_choice = choice
            self._dress()

    def _say_in(self, code: str) -> None:
        language.use(code)
        self.language = code
        # A new object each time: a property that is given an equal value tells nobody.
        self.tr = partial(language.gettext)

    def _dress(self) -> None:
        dark = self.platform.prefers_dark() if self.theme_choice == "system" else self.theme_choice == "dark"
        theme.mode = "dark" if dark else "light"
        shop = shop_of(self.store.get("shop").data)
        theme.dress(accent=shop.accent, spark=shop.spark)

    # What happens

    def _show(self, name: str) -> None:
        pages = self.root.ids.pages
        if pages.current == name:
            self.page.retry()
            return
        try:
            pages.get_screen(name)
        except ScreenManagerException:
            screen_class = getattr(import_module(f"client_kivy.screens.{name}"), SCREENS[name])
            pages.add_widget(screen_class(name=name, inset_bottom=self.root.inset_bottom))
        self.root.tab = name if name in TABS else ""
        if theme.reduced_motion:
            pages.transition = NoTransition()
        pages.current = name
        self.root.ground = self.page.ground

    def _forget_screens(self) -> None:
        # Nobody is to find on them what somebody else has typed or had.
        pages = self.root.ids.pages
        for screen in list(pages.screens):
            if screen is not self.page:
                pages.remove_widget(screen)
        self.page.bind(on_leave=lambda page: Clock.schedule_once(lambda _elapsed: pages.remove_widget(page)))

    def _changed(self, name: str) -> None:
        if name == "shop":
            self._dress()
        if name == "me":
            self._agree_on_language()
        if name == "balance":
            self._ask_to_notify()
        if name == SIGNED_OUT:
            self.letters.forget()
            if self._way != ["welcome"]:
                self.root.close_sheet()
                self.session.forget()
                self._forget_screens()
                self.go("welcome")
                self.say("logout", self.tr("You were signed out. Sign in again."))
            return
        if self.root and self.root.ids.pages.current_screen:
            self.page.changed(name)

    def _took_question(self, question: Mapping[str, Any]) -> None:
        self.store.put(f"dispute:{question['id']}", question)
        self.store.refresh("disputes")

    def _be_invited(self, arrival: Arrival) -> None:
        if not arrival.code:
            return
        # A code may be on its way to whoever is named already.
        self.draft = replace(self.draft, referral_code=arrival.code, arrival=arrival)
        self.go("welcome")
        self.page.be_invited(arrival.code)

    def _ask_to_notify(self) -> None:
        # Asked when there is something to be told about, and only once: a refusal stands.
        balance = self.store.get("balance").data or {}
        if (balance.get("available") or balance.get("pending")) and not self.preferences.current.asked_to_notify:
            self.preferences.change(asked_to_notify=True)
            self.platform.ask_to_notify()

    def _agree_on_language(self) -> None:
        me = self.store.get("me")
        locale = (me.data or {}).get("locale")
        if me.loading or me.failure or locale in (None, self.language):
            return
        if self.preferences.current.language:
            # Chosen on this phone: the server follows, so that its texts are in the same language.
            self.session.update({"locale": self.language}, self.store.speak_again, lambda _error: None)
        else:
            self._say_in(locale)
            self.page.show_anew()

    def _refresh(self, *_elapsed: Any) -> None:
        self.introduction.keep_up()
        self.page.retry()

    def _pressed_key(self, _window: Any, key: int, *_more: Any) -> bool:
        return key == BACK_KEY and self.back()
