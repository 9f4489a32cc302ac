"""What can be wrong with a shop or a store."""

from backend.shared.errors import Conflict, Invalid, NotFound
from backend.shared.i18n import _l


class ShopNotOpened(Conflict):
    """Nothing can be sold before there is a shop."""

    slug = "shop-not-opened"
    title = _l("There is no shop yet")
    advice = _l("Open it with `molva shop open`.")


class UnknownStore(NotFound):
    """No store has this code or id."""

    slug = "unknown-store"
    title = _l("There is no store %(store)s")
    advice = _l("`molva shop show` lists the stores.")


class InvalidStoreCode(Invalid):
    """A store's code takes the place of a word in commands and files."""

    slug = "invalid-store-code"
    title = _l("“%(code)s” cannot be a store's code")
    advice = _l("Take 1 to 40 of a–z, 0–9 and the hyphen.")


class InvalidShop(Invalid):
    """A name, a colour, a zone or a language cannot be what was given; `errors` names it."""

    slug = "invalid-shop"
    title = _l("The shop or store cannot be opened like this")
