"""Figures and checks of analysis: whether probes come through, whether the judgement keeps up, which rules stopped."""

from __future__ import annotations

from .watchdog import figures

__all__ = ["figures"]
