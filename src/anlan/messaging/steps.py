"""Which service a button of a call stands for, so that the generic pages and the API do the same as the board."""

from __future__ import annotations

from typing import Any

from anlan.kernel.context import Context
from anlan.kernel.loops.stepping import step_service

from .loops import CALL
from .services import answer_call, mark_reached, record_answer_by_hand, send_somebody, withdraw_call


@step_service(CALL.key, "answer")
def _answer(ctx: Context, call: Any, given: dict[str, Any]) -> Any:
    return answer_call(ctx, call=call, note=given.get("note") or "")


@step_service(CALL.key, "answer_late")
def _answer_late(ctx: Context, call: Any, given: dict[str, Any]) -> Any:
    return answer_call(ctx, call=call, note=given.get("note") or "")


@step_service(CALL.key, "record_answer")
def _record(ctx: Context, call: Any, given: dict[str, Any]) -> Any:
    return record_answer_by_hand(ctx, call=call, **_texts(given, "answered_by", "how", "note"))


@step_service(CALL.key, "record_late")
def _record_late(ctx: Context, call: Any, given: dict[str, Any]) -> Any:
    return record_answer_by_hand(ctx, call=call, **_texts(given, "answered_by", "how", "note"))


@step_service(CALL.key, "send_somebody")
def _send(ctx: Context, call: Any, given: dict[str, Any]) -> Any:
    return send_somebody(ctx, call=call, **_texts(given, "who", "note"))


@step_service(CALL.key, "reach")
def _reach(ctx: Context, call: Any, given: dict[str, Any]) -> Any:
    return mark_reached(ctx, call=call, **_texts(given, "who", "reached", "note"), photo=given.get("photo"))


@step_service(CALL.key, "withdraw")
def _withdraw(ctx: Context, call: Any, given: dict[str, Any]) -> Any:
    return withdraw_call(ctx, call=call, **_texts(given, "reason"))


def _texts(given: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: str(given.get(name) or "") for name in names}
