from .fact import Contribution, Fact
from .plan import PlanVersion
from .proposal import Proposal
from .standing import NONE, Standing

__all__ = ["NONE", "Contribution", "Fact", "PlanVersion", "Proposal", "Standing"]
