"""What is kept is in the platform's own language, whoever wrote it; what is shown is in the reader's."""

import json

import msgspec
import pytest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, override

from anlan.kernel.errors import Conflict
from anlan.kernel.wording import Words, kept, read, words

LATE = "超时"


def test_a_text_is_kept_in_chinese_and_shown_in_the_readers_language():
    with override("en"):
        text = words("演练中不能改动“%(title)s”：它是各方共用的真实台账") % {"title": gettext_lazy(LATE)}
        assert isinstance(text, Words)
        assert str(text) == f"{text}" == json.loads(json.dumps(text)) == "演练中不能改动“超时”：它是各方共用的真实台账"
        assert text.shown() == "“Late” cannot be changed in an exercise: it is the real ledger that everybody shares"
        assert read(LATE) == words(LATE).shown() != LATE
    with override("zh-hans"):
        assert text.shown() == str(text)


def test_a_refusal_speaks_to_whoever_asked_also_in_its_parts():
    with override("en"):
        fault = Conflict(words(LATE), mend=words(LATE), faults=[{"field": "a", "message": words(LATE)}])
        told = fault.as_dict()
        assert LATE not in json.dumps(told, ensure_ascii=False)
        assert str(fault) == told["message"]


def test_a_text_that_waits_for_a_language_is_kept_in_chinese():
    label = gettext_lazy(LATE)
    assert isinstance(label, Promise)
    with override("en"):
        assert kept(label) == LATE
        assert str(label) != LATE
    assert kept(3) == 3


def test_an_event_carries_the_kept_words_and_nothing_strange():
    from anlan.kernel.announcing import _plain

    class Said(msgspec.Struct):
        reason: str

    assert msgspec.to_builtins(Said(reason=words(LATE)), enc_hook=_plain) == {"reason": LATE}
    with pytest.raises(TypeError):
        msgspec.to_builtins(Said(reason=object()), enc_hook=_plain)
