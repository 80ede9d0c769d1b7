from .fact import Contribution, Fact
from .plan import PlanRecord, PlanVersion
from .plan_filing import PlanFiling
from .plan_revision import PlanRevision
from .proposal import Proposal
from .standing import NONE, Standing

__all__ = [
    "NONE",
    "Contribution",
    "Fact",
    "PlanFiling",
    "PlanRecord",
    "PlanRevision",
    "PlanVersion",
    "Proposal",
    "Standing",
]
