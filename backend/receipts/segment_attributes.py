"""What segments may ask of purchases: how many, how much, where, of what."""

from backend.shared.attributes import Attribute, AttributeType, Parameter, SegmentFacts, Source, Touches
from backend.shared.wording import N_

PURCHASES, PLACES, GOODS = N_("Purchases"), N_("Where they buy"), N_("What they buy")
STORES = "SELECT code, name FROM stores ORDER BY code"
REGIONS = "SELECT DISTINCT region, region FROM stores WHERE region IS NOT NULL ORDER BY region"

_KEPT = "receipt.total_amount_minor - receipt.returned_amount_minor"
_RECEIPTS = Source("receipts", "receipts AS receipt", member="receipt.member_id", at="receipt.occurred_at")
_VISITS = Source(
    "visits",
    "receipts AS receipt JOIN stores AS store ON store.id = receipt.store_id",
    member="receipt.member_id",
    at="receipt.occurred_at",
)
_LINES = Source(
    "receipt_lines",
    "receipts AS receipt JOIN receipt_lines AS line ON line.receipt_id = receipt.id",
    member="receipt.member_id",
    at="receipt.occurred_at",
)
_STORE = Parameter("store", N_("Store"), choices_rows=STORES)
_REGION = Parameter("region", N_("Region"), choices_rows=REGIONS)
_CATEGORY = Parameter("category", N_("Category"))
_SKU = Parameter("sku", N_("Article"))


def _of_purchases(name: str, label: str, type_: AttributeType, value: str, *, may_lack: bool = False) -> Attribute:
    return Attribute(name, PURCHASES, label, type_, _RECEIPTS, value, windowed=type_ != "day", may_lack=may_lack)


def _of_places(name: str, label: str, value: str, parameter: Parameter | None = None) -> Attribute:
    return Attribute(name, PLACES, label, "whole", _VISITS, value, windowed=True, parameter=parameter)


def _of_goods(name: str, label: str, type_: AttributeType, value: str, parameter: Parameter) -> Attribute:
    return Attribute(name, GOODS, label, type_, _LINES, value, windowed=True, parameter=parameter)


def _receipts_with(condition: str) -> str:
    return f"count(DISTINCT line.receipt_id) FILTER (WHERE {condition} AND {{window}})"


def _spent_on(condition: str) -> str:
    return f"(sum(line.amount_minor - line.returned_amount_minor) FILTER (WHERE {condition} AND {{window}}))::bigint"


_OF_CATEGORY, _OF_SKU = "line.category = {parameter}", "line.sku = {parameter}"
_WITH_CATEGORY, _WITH_SKU = _receipts_with(_OF_CATEGORY), _receipts_with(_OF_SKU)
_ON_CATEGORY, _ON_SKU = _spent_on(_OF_CATEGORY), _spent_on(_OF_SKU)

FACTS = SegmentFacts(
    attributes=(
        _of_purchases("purchases", N_("Purchases"), "whole", "count(*) FILTER (WHERE {window})"),
        _of_purchases("spend", N_("Spent, less returns"), "money", f"(sum({_KEPT}) FILTER (WHERE {{window}}))::bigint"),
        _of_purchases(
            "average_receipt",
            N_("Average receipt, less returns"),
            "money",
            f"(sum({_KEPT}) FILTER (WHERE {{window}}) / nullif(count(*) FILTER (WHERE {{window}}), 0))::bigint",
            may_lack=True,
        ),
        _of_purchases("last_purchase", N_("Last purchase"), "day", "max(receipt.occurred_at)"),
        _of_purchases("first_purchase", N_("First purchase"), "day", "min(receipt.occurred_at)"),
        _of_purchases(
            "returned_purchases",
            N_("Purchases of which something came back"),
            "whole",
            "count(*) FILTER (WHERE receipt.returned_amount_minor > 0 AND {window})",
        ),
        _of_places(
            "visits",
            N_("Days with a purchase"),
            "count(DISTINCT (receipt.occurred_at AT TIME ZONE store.zone)::date) FILTER (WHERE {window})",
        ),
        _of_places("stores_visited", N_("Stores visited"), "count(DISTINCT receipt.store_id) FILTER (WHERE {window})"),
        _of_places("regions_visited", N_("Regions visited"), "count(DISTINCT store.region) FILTER (WHERE {window})"),
        Attribute(
            "favourite_store",
            PLACES,
            N_("Favourite store"),
            "choice",
            _VISITS,
            'mode() WITHIN GROUP (ORDER BY store.code COLLATE "C") FILTER (WHERE {window})',
            windowed=True,
            choices_rows=STORES,
        ),
        _of_places(
            "purchases_in_store",
            N_("Purchases in a store"),
            "count(*) FILTER (WHERE store.code = {parameter} AND {window})",
            _STORE,
        ),
        _of_places(
            "purchases_in_region",
            N_("Purchases in a region"),
            "count(*) FILTER (WHERE store.region = {parameter} AND {window})",
            _REGION,
        ),
        _of_goods(
            "bought_category",
            N_("Purchases with a category"),
            "whole",
            _WITH_CATEGORY,
            _CATEGORY,
        ),
        _of_goods("spent_on_category", N_("Spent on a category"), "money", _ON_CATEGORY, _CATEGORY),
        _of_goods("bought_sku", N_("Purchases with an article"), "whole", _WITH_SKU, _SKU),
        _of_goods("spent_on_sku", N_("Spent on an article"), "money", _ON_SKU, _SKU),
    ),
    touches=(
        Touches("SELECT id, member_id FROM receipts WHERE id >= %(floor)s"),
        Touches("SELECT id, member_id FROM receipt_returns WHERE id >= %(floor)s"),
    ),
)
