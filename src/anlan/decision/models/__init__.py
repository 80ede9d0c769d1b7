from .fact import Fact
from .plan import PlanVersion
from .proposal import Proposal

__all__ = ["Fact", "PlanVersion", "Proposal"]
