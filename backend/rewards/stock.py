"""The desk's hand on rewards: codes that a partner gave, and a pause."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.rewards.errors import CodesNotLoaded
from backend.rewards.models import RewardPause
from backend.rewards.queries import Offered
from backend.rewards.sealing import lookup_hmac, seal
from backend.rewards.statements import LOAD_CODES
from backend.shared.clock import business_now
from backend.shared.db import as_rows, driver_connection
from backend.shared.ids import new_id
from backend.staff import service as staff


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """How many codes are new, and how many were there before or came twice."""

    loaded: int
    repeated: int


def load_codes(session: Session, offered: Offered, codes: Sequence[str], *, who: str) -> Loaded:
    """Adds a partner's codes to the stock of a reward; a code that is there already, in any reward, is left alone.

    Raises:
        CodesNotLoaded: the codes of this reward are made here.
    """
    if offered.reward.codes != "loaded":
        raise CodesNotLoaded
    programme, reward = offered.key
    rows = [
        {
            "id": new_id(),
            "programme": programme,
            "reward": reward,
            "code_hmac": lookup_hmac(code),
            "code_ciphertext": seal(code.strip()),
        }
        for code in codes
    ]
    new = len(driver_connection(session).execute(LOAD_CODES, {"codes": as_rows(rows)}).fetchall())
    staff.audit(session, who=who, action="load_reward_codes", subject=f"reward:{offered.id}", after={"codes": new})
    return Loaded(loaded=new, repeated=len(rows) - new)


def pause(session: Session, offered: Offered, *, who: str) -> None:
    """Lets nobody order a reward until it goes on; coupons that are out stay good."""
    programme, reward = offered.key
    row = {"programme": programme, "reward": reward, "paused_at": business_now(), "paused_by": who}
    paused = session.execute(insert(RewardPause).values(row).on_conflict_do_nothing().returning(RewardPause.reward))
    if paused.first() is not None:
        staff.audit(session, who=who, action="pause_reward", subject=f"reward:{offered.id}")


def resume(session: Session, offered: Offered, *, who: str) -> None:
    """Lets a reward be ordered again."""
    programme, reward = offered.key
    ended = session.execute(
        delete(RewardPause)
        .where(RewardPause.programme == programme, RewardPause.reward == reward)
        .returning(RewardPause.reward)
    )
    if ended.first() is not None:
        staff.audit(session, who=who, action="resume_reward", subject=f"reward:{offered.id}")
