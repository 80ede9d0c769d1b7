"""The verbs of decision: what other rooms, views, API and reactions may do."""

from .board import known_facts
from .deciding import approve, decline, may_sign, note_response, order_change, pass_on, request_change
from .evaluating import evaluate
from .learning import contribute, counties_of, county_above, learn_facts
from .plans import adopt_plan, load_shipped_plans

__all__ = [
    "adopt_plan", "approve", "contribute", "counties_of", "county_above", "decline", "evaluate", "known_facts", "learn_facts",
    "load_shipped_plans", "may_sign", "note_response", "order_change", "pass_on", "request_change",
]  # fmt: skip
