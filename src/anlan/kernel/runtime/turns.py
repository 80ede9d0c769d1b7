"""How long a process may keep a core while others wait for it.

An alarm passes through a dozen processes within a few hundredths of a second, and each may find both cores taken. The scheduler of
Linux (6.12 and later) lets a process that asks for short turns begin before one that takes long ones, at the same share of the
core. It needs no right; an older kernel knows no such wish and goes on as before.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct

#: Turns of whatever somebody waits for, the shortest that can be asked for; and those of the kernel's own choice (ns).
SHORT_NS, USUAL_NS = 100_000, 0
#: sched_setattr and sched_getattr; the structure's size, policy, flags, niceness, priority, runtime, deadline, period.
_NUMBERS = {"x86_64": (314, 315), "aarch64": (274, 275), "riscv64": (274, 275), "loongarch64": (274, 275)}
_ATTRIBUTES = struct.Struct("=IIQiIQQQ")
_libc = ctypes.CDLL(None, use_errno=True)


def ask_for_turns(ns: int) -> bool:
    """This process, and those that it starts, take turns of so many nanoseconds (`SHORT_NS`, `USUAL_NS`); its niceness stays.

    False when the system knows no such wish.
    """
    numbers = _NUMBERS.get(platform.machine())
    if numbers is None:
        return False
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    asked = _ATTRIBUTES.pack(_ATTRIBUTES.size, os.SCHED_OTHER, 0, nice, 0, ns, 0, 0)
    return int(_libc.syscall(numbers[0], 0, ctypes.c_char_p(asked), 0)) == 0


def turns_ns() -> int | None:
    """The length of this process's turns (ns); None where the system does not say it."""
    numbers = _NUMBERS.get(platform.machine())
    if numbers is None:
        return None
    told = ctypes.create_string_buffer(_ATTRIBUTES.size)
    if _libc.syscall(numbers[1], 0, told, _ATTRIBUTES.size, 0) != 0:
        return None
    return int(_ATTRIBUTES.unpack(told.raw)[5]) or None
