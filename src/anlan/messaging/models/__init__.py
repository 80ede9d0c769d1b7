from .call import Call, CallAttempt, CallRound
from .message import Delivery, Message

__all__ = ["Call", "CallAttempt", "CallRound", "Delivery", "Message"]
