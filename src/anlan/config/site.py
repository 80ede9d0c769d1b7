from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Loads what rooms declare (reactions, layers, ledgers, runners, pages, panels, figures) once all models exist."""

    name = "anlan.config"
    label = "site"

    def ready(self) -> None:
        from importlib import import_module
        from importlib.util import find_spec

        from django.conf import settings

        for room in ("kernel", *settings.ROOMS):
            for furniture in (
                "reactions",
                "layers",
                "ledgers",
                "runners",
                "nav",
                "panels",
                "health",
                "webhooks",
                "token_uses",
            ):
                name = f"anlan.{room}.{furniture}"
                if find_spec(name) is not None and name not in ("anlan.kernel.reactions", "anlan.kernel.health"):
                    import_module(name)
        import_module("anlan.kernel.health.own")
        import_module("anlan.kernel.webhooks.health")
        import_module("anlan.config.search")
