from .enterprise import Enterprise
from .shelter import Shelter
from .site import ProtectedSite, RiskSite
from .station import Station
from .stock import StockLine, Warehouse
from .team import Equipment, Team
from .water import EvacuationArea, WaterWork

__all__ = [
    "Enterprise",
    "Equipment",
    "EvacuationArea",
    "ProtectedSite",
    "RiskSite",
    "Shelter",
    "Station",
    "StockLine",
    "Team",
    "Warehouse",
    "WaterWork",
]
