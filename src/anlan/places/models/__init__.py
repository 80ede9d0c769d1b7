from .ladder import LadderRung
from .organisation import Organisation, Post
from .person import Holding, Person
from .region import Region
from .signing_in import SigninAttempt

__all__ = ["Holding", "LadderRung", "Organisation", "Person", "Post", "Region", "SigninAttempt"]
