"""Whether a claim holds: every step brought to zero by sympy, and borne out by exact numbers at random points."""

from __future__ import annotations

import random
from dataclasses import dataclass

from spec.claims.claim import Claim, Printed, Step
from spec.claims.explicit import SIZES
from spec.claims.points import POINTS, Refuted, borne_out, smallest
from spec.claims.symbolic import shown

__all__ = ["POINTS", "SIZES", "Checked", "Proof", "Refuted", "borne_out", "check", "prove"]


@dataclass(frozen=True)
class Checked:
    """What came of a step: how sympy brought it to zero, at how many points it was borne out, where it fails."""

    step: Step
    how: str
    points: int
    refuted: Refuted | None

    @property
    def holds(self) -> bool:
        """Whether sympy showed it and no number speaks against it."""
        return self.how != "" and self.points >= POINTS and self.refuted is None


@dataclass(frozen=True)
class Proof:
    """A claim with what came of its steps, and of the answers that the handout prints."""

    claim: Claim
    steps: list[Checked]
    printed: list[tuple[Printed, list[Checked]]]

    @property
    def holds(self) -> bool:
        """Whether the claim is proved; what became of the printed answers does not count."""
        return bool(self.steps) and all(checked.holds for checked in self.steps)


def prove(claim: Claim, seed: int = 0) -> Proof:
    """Check every step of a claim, and of the printed answers to it."""
    rng = random.Random(seed)  # noqa: S311 - points of a proof are no secret
    printed = [(answer, [check(step, rng) for step in answer.steps]) for answer in claim.printed]
    return Proof(claim, [check(step, rng) for step in claim.steps], printed)


def check(step: Step, rng: random.Random) -> Checked:
    """Check one step: by numbers first, which are quick to refute it, then by sympy."""
    points, refuted = borne_out(step, rng)
    if refuted is not None:
        return Checked(step, "", points, smallest(step) or refuted)
    return Checked(step, shown(step), points, None)
