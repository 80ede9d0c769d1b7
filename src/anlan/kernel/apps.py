from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class KernelConfig(AppConfig):
    name = "anlan.kernel"
    label = "kernel"
    verbose_name = _("底座")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(ensure_real_world, sender=self)


def ensure_real_world(sender: Any, using: str, **_kwargs: Any) -> None:
    """Foreign keys to the real world must hold in every database, also in one that was just emptied."""
    from .clock import real_now
    from .models import World
    from .worlds import REAL

    now = real_now()
    World.objects.using(using).get_or_create(
        pk=REAL, defaults={"kind": "real", "title": "实况", "anchor_real": now, "anchor_world": now, "rate": 1.0}
    )
