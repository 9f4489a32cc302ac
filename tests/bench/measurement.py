"""A figure beside its reference."""

from dataclasses import dataclass


class CannotMeasure(Exception):  # noqa: N818 - a fact about the machine
    """Something that the benchmark needs is not on this machine."""


@dataclass(frozen=True)
class Measurement:
    """`value` and `reference` in `unit`, both medians of rounds that took turns."""

    name: str
    value: float
    reference: float
    unit: str
    notes: tuple[str, ...] = ()

    @property
    def ratio(self) -> float:
        """How much of the reference was reached."""
        return self.value / self.reference
