"""What neighbouring stations say of one station's figure. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from anlan.kernel.wording import words as _

from .data.neighbour_rules import NeighbourRule, NeighbourRules

SUPPORTED, DOUBTFUL, UNDECIDED = "supported", "doubtful", "undecided"


def neighbour_verdict(
    own: float, neighbours: Sequence[float | None], rule: NeighbourRule | None, rules: NeighbourRules, unit: str
) -> tuple[str, str]:
    """The verdict and its reason in words. `own` and `neighbours` are the same figure in `unit` (the cause's where the rule
    asks for one); None is a neighbour of which nothing is known.

    supported: they show it too. doubtful: every one that is known contradicts it. undecided: too few are known, they lie
    between, or such stations cannot be compared.
    """
    if rule is None:
        return UNDECIDED, str(_("这种观测量没有邻站核对的规则"))
    if rule.how == "none":
        return UNDECIDED, rule.why
    known = [v for v in neighbours if v is not None]
    if len(known) < rules.least:
        return UNDECIDED, str(
            _("周边 %(km)g 公里内只有 %(n)d 个测站有数，至少要 %(least)d 个才能核对")
            % {"km": rules.reach_km, "n": len(known), "least": rules.least}
        )
    mean = fmean(known)
    supports, contradicts = _compare(own, known, mean, rule)
    said = {"n": len(known), "mean": round(mean, 1), "unit": unit, "own": round(own, 1)}
    if supports:
        return SUPPORTED, str(_supported(rule) % said)
    if contradicts:
        return DOUBTFUL, str(_doubtful(rule) % said)
    return UNDECIDED, str(_("%(n)d 个邻站平均 %(mean)g %(unit)s，与本站相差较大，但不能说是误报") % said)


def _compare(own: float, known: Sequence[float], mean: float, rule: NeighbourRule) -> tuple[bool, bool]:
    match rule.how:
        case "share":
            # A figure that is itself near nothing is not contradicted by neighbours near nothing.
            contradicts = own > rule.contradicted and all(v <= rule.contradicted for v in known)
            return mean >= rule.supported * own and not contradicts, contradicts
        case "ratio_down":
            base = max(own, 1e-9)
            return mean <= rule.supported * base, all(v >= rule.contradicted * base for v in known)
        case "nearness":
            return abs(mean - own) <= rule.supported, all(abs(v - own) >= rule.contradicted for v in known)
    return max(known) >= rule.supported, all(v <= rule.contradicted for v in known)


def _supported(rule: NeighbourRule) -> str:
    if rule.how == "cause":
        return _("周边 %(n)d 个测站平均降雨 %(mean)g %(unit)s，与积水相符")
    return _("%(n)d 个邻站平均 %(mean)g %(unit)s（本站 %(own)g），支持本站")


def _doubtful(rule: NeighbourRule) -> str:
    if rule.how == "cause":
        return _("周边 %(n)d 个测站都没有下雨，积水读数可疑")
    return _("%(n)d 个邻站平均 %(mean)g %(unit)s（本站 %(own)g），没有一个与本站相符，疑似误报")
