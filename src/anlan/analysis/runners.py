"""What analysis has running in the engine."""

from __future__ import annotations

from anlan.kernel.engine.main import add_runner

from .figuring import run_figuring

add_runner("figures", run_figuring)
