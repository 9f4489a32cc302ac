"""What the programme in force says of adjustments made by hand."""

from sqlalchemy.orm import Session

from backend.ledger.adjusting import AdjustmentTerms
from backend.programmes import earning
from backend.programmes import queries as programmes
from backend.programmes.errors import NoProgramme
from backend.shared.clock import business_now
from backend.shops.queries import the_shop


def terms_now(session: Session) -> AdjustmentTerms:
    """The terms of an adjustment that is made now; points that are added live as long as those for a purchase.

    Raises:
        NoProgramme: no programme is in force.
    """
    now = business_now()
    programme = programmes.main_programme(session, at=now)
    if programme is None:
        raise NoProgramme
    return AdjustmentTerms(
        programme=programme.programme,
        programme_version=programme.version,
        second_person_above_points=programme.adjustments.second_person_above_points,
        expires_at=earning.expires_at(programme, now, zone=the_shop(session).zone),
    )
