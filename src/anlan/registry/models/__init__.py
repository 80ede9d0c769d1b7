from .enterprise import Enterprise
from .shelter import Shelter
from .site import ProtectedSite, RiskSite
from .station import Station
from .stock import StockLine, Warehouse
from .team import Equipment, Team

__all__ = [
    "Enterprise",
    "Equipment",
    "ProtectedSite",
    "RiskSite",
    "Shelter",
    "Station",
    "StockLine",
    "Team",
    "Warehouse",
]
