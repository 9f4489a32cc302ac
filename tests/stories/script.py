"""How a story is written down: people, phones and addresses out of a seeded chance, and events by the day."""

from datetime import UTC, datetime, timedelta
from random import Random

from tests.stories.story import Buys, Device, Enrols, Event, Hires, Joins, Opens, Person, Returns, Spends, Story, Truth

OPENING = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
"""When the first story may begin."""
BEGINNINGS_DAYS = 28
"""Stories begin within so many days, so that they happen beside each other as in a real shop."""
MINIMUM_MINOR = 50_000
"""What a first purchase has to come to."""
STAFF = {"pokrovka": ("Vera", "Nina", "Pavel"), "arbat": ("Zoya", "Timur", "Lida"), "sokol": ("Gleb", "Inna", "Rada")}
MODELS = ("SM-A546E", "Redmi Note 12", "POCO X5", "Pixel 7", "moto g54", "iPhone14,5", "iPhone15,4", "RMX3700")
# Customers of one operator leave for the world by few addresses: strangers share them.
OPERATORS = ("198.51.100.17", "198.51.100.18", "203.0.113.60")


class Script:
    """The events of one story, while it is being written. Nothing in it belongs to another story too, except operators'
    addresses, models of phones, stores and their cashiers.
    """

    def __init__(self, *, kind: str, series: int, number: int, seed: int) -> None:
        self.name = f"{kind}-{number}"
        self.kind = kind
        self.chance = Random(f"{seed}:{self.name}")  # noqa: S311 - draws stories, guards nothing
        self.begins = OPENING + timedelta(
            days=self.chance.randrange(BEGINNINGS_DAYS), seconds=self.chance.randrange(9 * 3600)
        )
        self.store = self.chance.choice(sorted(STAFF))
        # Phone numbers begin with digits of the story's own: two scripts never write the same one.
        self._own = f"{series:02d}{number:02d}"
        self._made = 0
        self._events: list[Event] = []

    def story(self) -> Story:
        """The story as it was written, in the order of time."""
        ordered = sorted(self._events, key=lambda event: event.at)
        return Story(name=self.name, kind=self.kind, events=tuple(ordered))

    def at(self, days: float = 0, *, hours: float = 0, minutes: float = 0) -> datetime:
        """A moment so long after the story's beginning, give or take some seconds."""
        return self.begins + timedelta(days=days, hours=hours, minutes=minutes, seconds=self.chance.randrange(50))

    def someone(self, *, email: str | None = None) -> Person:
        """A person with a phone number of their own, or one who has a mailbox alone."""
        number = self._next()
        phone = None if email else f"+7903{self._own}{number:03d}"
        return Person(key=f"{self.name}.{number}", phone=phone, email=email)

    def phone(self, model: str | None = None) -> Device:
        """A phone with the app newly installed."""
        model = model or self.chance.choice(MODELS)
        system = "iOS 18.1" if model.startswith("iPhone") else f"Android {self.chance.choice((13, 14, 15))}"
        return Device(install_id=f"{self.name}.{self._next()}", agent=f"Molva/1.0 ({system}; {model})")

    def home(self) -> str:
        """The address of a flat with a router: whoever lives there has it."""
        return ".".join(["100", str(64 + self.chance.randrange(64)), *(str(self.chance.randrange(256)) for _ in "ab")])

    def operator(self) -> str:
        """The address of a mobile network, which many strangers have."""
        return self.chance.choice(OPERATORS)

    def bank_card(self) -> str:
        """The mark by which an acquirer knows a bank card."""
        return f"card-of-{self.name}-{self._next():04d}"

    def joins(
        self,
        person: Person,
        at: datetime,
        *,
        device: Device | None = None,
        address: str | None = None,
        by: Person | None = None,
        truth: Truth = "honest",
    ) -> None:
        """Becomes a member in the app, on a phone of their own unless one is named."""
        self._events.append(
            Joins(
                at=at,
                person=person,
                device=device or self.phone(),
                address=address or self.operator(),
                invited_by=by,
                truth=truth,
            )
        )

    def enrols(self, person: Person, at: datetime, *, by: Person | None = None, truth: Truth = "honest") -> None:
        """Becomes a member at the till."""
        self._events.append(Enrols(at=at, person=person, store=self.store, invited_by=by, truth=truth))

    def opens(self, person: Person, at: datetime, *, device: Device, address: str | None = None) -> None:
        """Opens the app on this phone."""
        self._events.append(Opens(at=at, person=person, device=device, address=address or self.operator()))

    def buys(  # noqa: PLR0913 - a receipt has so many sides
        self,
        person: Person,
        at: datetime,
        *,
        amount_minor: int | None = None,
        card: str | None = None,
        cashier: str | None = None,
        by: Person | None = None,
        truth: Truth = "honest",
    ) -> Buys:
        """Buys, for enough to qualify unless an amount is named; with a bank card of their own, or the one named."""
        bought = Buys(
            at=at,
            person=person,
            number=f"{self.name}.{self._next()}",
            amount_minor=amount_minor or self.chance.randrange(MINIMUM_MINOR, 240_000, 1_000),
            store=self.store,
            cashier=cashier or self.chance.choice(STAFF[self.store]),
            bank_card=card or self.bank_card(),
            invited_by=by,
            truth=truth,
        )
        self._events.append(bought)
        return bought

    def coffee(self, person: Person, at: datetime, *, truth: Truth = "honest", cashier: str | None = None) -> Buys:
        """A small purchase."""
        amount = self.chance.randrange(18_000, 45_000, 1_000)
        return self.buys(person, at, amount_minor=amount, truth=truth, cashier=cashier)

    def returns(self, bought: Buys, at: datetime, *, share: float = 1) -> None:
        """Brings back that share of what was bought."""
        self._events.append(
            Returns(at=at, number=bought.number, amount_minor=int(bought.amount_minor * share), store=bought.store)
        )

    def hires(self, person: Person, at: datetime) -> str:
        """Makes a cashier of a member, with their own card on record; the cashier's name."""
        name = f"{self.kind.title()} {self.name}"
        self._events.append(Hires(at=at, person=person, name=name, store=self.store))
        return name

    def spends(self, person: Person, at: datetime, *, points: int = 20, truth: Truth = "honest") -> None:
        """Pays with the member's points."""
        number = f"{self.name}.{self._next()}"
        self._events.append(Spends(at=at, person=person, number=number, points=points, store=self.store, truth=truth))

    def _next(self) -> int:
        self._made += 1
        return self._made
