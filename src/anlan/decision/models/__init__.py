from .fact import Contribution, Fact
from .plan import PlanRecord, PlanVersion
from .plan_revision import PlanRevision
from .proposal import Proposal
from .standing import NONE, Standing

__all__ = ["NONE", "Contribution", "Fact", "PlanRecord", "PlanRevision", "PlanVersion", "Proposal", "Standing"]
