from .access_token import AccessToken, TokenRefusal
from .base_map import BaseLine, BaseMapSource
from .directory import DirectoryCheck
from .ladder import LadderRung
from .organisation import Organisation, Post
from .person import Holding, Person
from .region import Region
from .signing_in import SigninAttempt

__all__ = [
    "AccessToken",
    "BaseLine",
    "BaseMapSource",
    "DirectoryCheck",
    "Holding",
    "LadderRung",
    "Organisation",
    "Person",
    "Post",
    "Region",
    "SigninAttempt",
    "TokenRefusal",
]
