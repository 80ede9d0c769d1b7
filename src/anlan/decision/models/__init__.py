from .fact import Contribution, Fact
from .handbook import HandbookVersion
from .plan import PlanRecord, PlanVersion
from .plan_filing import PlanFiling
from .plan_finding import PlanFinding
from .plan_revision import PlanRevision
from .proposal import Proposal
from .standing import NONE, Standing

__all__ = [
    "NONE",
    "Contribution",
    "Fact",
    "HandbookVersion",
    "PlanFiling",
    "PlanFinding",
    "PlanRecord",
    "PlanRevision",
    "PlanVersion",
    "Proposal",
    "Standing",
]
