"""Jobs of messaging. Each takes ids and calls one service."""

from __future__ import annotations

from procrastinate import RetryStrategy

from anlan.kernel.jobs import job

from .services.delivering import MAIL_ATTEMPTS, TryAgain, deliver_mail, ring_telephones


@job(queue="mail", retry=RetryStrategy(max_attempts=MAIL_ATTEMPTS, exponential_wait=3, retry_exceptions={TryAgain}))
def send_mail(delivery: str) -> None:
    """Waits 3, 9, 27 … seconds between attempts."""
    deliver_mail(delivery)


# A telephone rings before mails are handed over: somebody waits for it.
@job(queue="telephone", priority=10)
def ring(deliveries: list[str]) -> None:
    ring_telephones(deliveries)
