"""Plain transfers of django-hordak for so many seconds; prints how many a second. Runs in an environment of its own.


`python hordak_transfers.py DATABASE_URL SECONDS`
"""

# mypy: ignore-errors
import sys
import time
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings

url = urlsplit(sys.argv[1])
place = {"HOST": parse_qs(url.query)["host"][0], "USER": url.username or "", "PORT": str(url.port or "")}
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": url.path.lstrip("/"), **place}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "mptt", "hordak"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DEFAULT_CURRENCY="EUR",
    CURRENCIES=["EUR"],
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from hordak.models import Account  # noqa: E402
from moneyed import Money  # noqa: E402

call_command("migrate", verbosity=0)
kinds = getattr(Account, "TYPES", None) or __import__("hordak.models", fromlist=["AccountType"]).AccountType
shop = Account.objects.create(name="Shop", code="1", type=kinds.income, currencies=["EUR"])
member = Account.objects.create(name="Member", code="2", type=kinds.asset, currencies=["EUR"])
amount, done, begun_at = Money(35, "EUR"), 0, time.monotonic()
while (passed := time.monotonic() - begun_at) < float(sys.argv[2]):
    shop.transfer_to(member, amount)
    done += 1
sys.stdout.write(f"{done / passed}\n")
