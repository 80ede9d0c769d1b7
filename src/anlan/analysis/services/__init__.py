"""The verbs of analysis."""

from .afterwards import judge_ended_signal_false, verify_ended_signal
from .criteria import (
    WORKED_ON,
    add_criterion,
    edit_cells,
    open_draft,
    put_body,
    reshape,
    supersede_passed,
    try_draft,
)
from .devices import look_for_gaps, look_for_silence
from .events import acknowledge_event, acknowledge_signal, judge_signal_false, settle_events, verify_signal
from .figures import update_figures
from .regions import judge_region, judge_several
from .signals import follow_places, follow_station, follow_stations, signals_at, signals_of
from .station_settings import end_maintenance, set_maintenance, set_station_level
from .stopped import end_stopped, note_stopped
from .trials import ask_trial, cancel_trial, latest_trial, run_trial
from .unwatched import clear_unwatched
from .verifying import verify_again, verify_event, verify_signals
from .waterlogging import DEPTHS, update_depths

__all__ = [
    "DEPTHS",
    "WORKED_ON",
    "acknowledge_event",
    "acknowledge_signal",
    "add_criterion",
    "ask_trial",
    "cancel_trial",
    "clear_unwatched",
    "edit_cells",
    "end_maintenance",
    "end_stopped",
    "follow_places",
    "follow_station",
    "follow_stations",
    "judge_ended_signal_false",
    "judge_region",
    "judge_several",
    "judge_signal_false",
    "latest_trial",
    "look_for_gaps",
    "look_for_silence",
    "note_stopped",
    "open_draft",
    "put_body",
    "reshape",
    "run_trial",
    "set_maintenance",
    "set_station_level",
    "settle_events",
    "signals_at",
    "signals_of",
    "supersede_passed",
    "try_draft",
    "update_depths",
    "update_figures",
    "verify_again",
    "verify_ended_signal",
    "verify_event",
    "verify_signal",
    "verify_signals",
]
