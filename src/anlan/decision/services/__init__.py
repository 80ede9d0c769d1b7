"""The verbs of decision: what other rooms, views, API and reactions may do."""

from ..handbooks.services import adopt_handbook, load_shipped_handbooks
from .board import known_facts
from .deciding import approve, decline, may_sign, note_response, order_change, pass_on, request_change
from .evaluating import evaluate
from .filing import accept_filing, complete_filing, hand_in, own_enterprises, return_filing
from .findings import open_for_findings, record_finding
from .learning import contribute, counties_of, county_above, learn_facts
from .plans import adopt_plan, load_shipped_plans
from .revising import (
    add_map,
    approve_plan,
    duties_changed,
    end_plan,
    file_plan,
    open_due_revisions,
    open_revision,
    save_draft,
    send_back,
    start_plan,
    submit,
)

__all__ = [
    "accept_filing", "add_map", "adopt_handbook", "adopt_plan", "approve", "approve_plan", "complete_filing", "contribute", "counties_of",
    "county_above", "decline", "duties_changed", "end_plan", "evaluate", "file_plan", "hand_in", "known_facts",
    "learn_facts", "load_shipped_handbooks", "load_shipped_plans", "may_sign", "note_response", "open_due_revisions", "open_for_findings",
    "open_revision", "order_change",
    "own_enterprises", "pass_on", "record_finding", "request_change", "return_filing", "save_draft", "send_back", "start_plan", "submit",
]  # fmt: skip
