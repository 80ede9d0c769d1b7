"""Envelopes are opened; each message inside is judged by itself."""

from anlan.warning.cap.container import read_messages

from .cast import rainstorm_orange, sample


def test_one_bad_message_in_an_envelope_does_not_stop_the_other():
    good, bad = read_messages(sample("two-in-edxl.xml"))
    assert good.alert == rainstorm_orange()
    assert bad.alert is None
    assert [e.code for e in bad.errors] == ["missing"]
    assert bad.errors[0].path == "/alert/scope"


def test_an_atom_entry_with_a_whole_message_is_read():
    (reading,) = read_messages(sample("one-in-atom.xml"))
    assert reading.alert == rainstorm_orange()


def test_an_atom_index_is_refused_with_that_reason():
    (reading,) = read_messages(sample("index-in-atom.xml"))
    assert [e.code for e in reading.errors] == ["index_only"]


def test_an_empty_envelope_is_refused():
    (reading,) = read_messages(b'<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0"/>')
    assert [e.code for e in reading.errors] == ["container_empty"]


def test_a_plain_message_is_its_own_envelope():
    (reading,) = read_messages(sample("rainstorm-orange.xml"))
    assert reading.alert == rainstorm_orange()


def test_the_size_limit_of_a_single_message_holds_here_too():
    big = sample("rainstorm-orange.xml").replace(b"<note>", b"<note>" + b"x" * 1_100_000)
    (reading,) = read_messages(big)
    assert [e.code for e in reading.errors] == ["too_large"]
