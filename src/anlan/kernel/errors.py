"""Errors that a person can act on: what, where, how to mend it. Adapters map them once (page, API, command line)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from .wording import shown


class Refused(Exception):
    """A request that cannot be carried out, said in the user's language.

    `message` says what and where, `mend` how to put it right, `field` names the input concerned.
    """

    status = 400
    code = "refused"

    def __init__(self, message: Any = "", *, mend: Any = "", field: str = "", **details: Any) -> None:
        # In the language of whoever asked, which is the active one here; services name their texts in the platform's own.
        self.message, self.mend = shown(message), shown(mend)
        super().__init__(self.message)
        self.field = field
        self.details = _deeply_shown(details)

    def as_dict(self) -> dict[str, Any]:
        return {
            "error": self.code,
            "message": str(self.message),
            "mend": str(self.mend),
            "field": self.field,
            **({"details": self.details} if self.details else {}),
        }


def _deeply_shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _deeply_shown(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_deeply_shown(one) for one in value]
    return shown(value)


class BadInput(Refused):
    status = 422
    code = "bad_input"


class NotFound(Refused):
    """Absent, or not this person's to see: the two are never told apart."""

    status = 404
    code = "not_found"

    def __init__(self, message: Any = "", **kw: Any) -> None:
        super().__init__(
            message or _("没有找到，或不在您的权限范围内"),
            mend=kw.pop("mend", _("请核对地址，或请本级管理员核对您的岗位")),
            **kw,
        )


class NotAllowed(Refused):
    status = 403
    code = "not_allowed"

    def __init__(self, message: Any = "", *, permission: str = "", path: str = "", **kw: Any) -> None:
        super().__init__(
            message or _("您的岗位没有这项权限"),
            mend=kw.pop("mend", _("请由有权限的岗位办理，或请本级管理员调整岗位")),
            **kw,
        )
        self.permission = permission
        self.path = path


class Conflict(Refused):
    """Somebody else was quicker, or the record has moved on."""

    status = 409
    code = "conflict"
