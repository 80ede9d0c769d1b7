"""What people find out of a signal after it has ended. It counts for the precision of its criterion; nothing else changes."""

from __future__ import annotations

from anlan.kernel.context import Context
from anlan.kernel.loops import transition

from ..models import Signal


def verify_ended_signal(ctx: Context, *, signal: Signal, how: str, note: str = "") -> Signal:
    """A person has made sure that it had been true, and says how. Raises Conflict for one that has not been cleared."""
    evidence = {"how": how, **({"note": note} if note else {})}
    said: Signal = transition(ctx, signal, "verify_afterwards", evidence=evidence, verified=Signal.Verified.CONFIRMED)
    return said


def judge_ended_signal_false(ctx: Context, *, signal: Signal, reason: str) -> Signal:
    """A person judges that it had been false. The standard was left since, so nothing is kept silent. Raises Conflict."""
    judged: Signal = transition(ctx, signal, "judge_false_afterwards", evidence={"reason": reason})
    return judged
