"""What of the kernel's own runs with the engine beside its fixed parts."""

from .engine.main import add_runner
from .webhooks.dispatching import run_webhooks

add_runner("webhooks", run_webhooks)
