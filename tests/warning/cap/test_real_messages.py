"""Real messages of many issuers: the valid ones are read, the broken ones refused for the right reason."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

from anlan.warning.cap.compose import compose_cap
from anlan.warning.cap.container import read_messages
from anlan.warning.cap.parse import parse_cap, read_cap


def manifest(shared):
    with (shared / "data/06_cap/MANIFEST.csv").open(encoding="utf-8") as lines:
        return {row["file"]: row for row in csv.DictReader(lines)}


def test_every_valid_message_is_read_and_reads_back_equal_when_written_again(shared):
    folder = shared / "data/06_cap"
    read = 0
    for name, row in manifest(shared).items():
        if not name.startswith("messages/") or row["xsd_result"] != "valid":
            continue
        alert = parse_cap((folder / name).read_bytes())
        assert alert.identifier == row["identifier"], name
        assert parse_cap(compose_cap(alert)) == alert, name
        read += 1
    assert read == 34


def test_every_message_that_breaks_the_schema_is_refused_and_those_only_misordered_can_be_rescued(shared):
    folder = shared / "data/06_cap/messages"
    rescued = set()
    for name, row in manifest(shared).items():
        if name.startswith("messages/") and row["xsd_result"] != "valid":
            data = (folder.parent / name).read_bytes()
            assert read_cap(data).alert is None, name
            if read_cap(data, strict=False).alert is not None:
                rescued.add(name.removeprefix("messages/"))
    assert rescued == {
        "australia-cfs-sa-2014-01.xml",
        "germany-mowas-cancel-2025.xml",
        "sweden-krisinformation-2018.xml",
    }


def test_negative_messages_are_refused_for_their_own_reason(shared):
    folder = shared / "data/06_cap/negative"

    def errors(name, **options):
        return [(e.path, e.code) for e in read_cap((folder / name).read_bytes(), **options).errors]

    assert errors("minimal-invalid.xml") == [("/alert/scope", "missing")]
    assert errors("schema-broken-togo.xml") == [("/alert/info[1]/certainty", "missing")]
    assert errors("semantic-errors-canada.xml") == [("/alert/references", "references_missing")]
    assert errors("signature-tampered-togo.xml") == [("/alert/Signature[1]", "signature_altered")]
    assert errors("unsigned-seychelles.xml") == []
    assert errors("unsigned-seychelles.xml", require_signature=True) == [("/alert/Signature", "signature_missing")]


def test_cap_1_1_messages_are_upgraded(shared):
    for path in sorted((shared / "data/06_cap/cap11").glob("*.xml")):
        alert = parse_cap(path.read_bytes())
        assert alert.version == "1.1"
        assert parse_cap(compose_cap(alert)) == replace(alert, version="1.2")


def test_envelopes(shared):
    folder = shared / "data/06_cap/containers"
    readings = read_messages((folder / "australia-rfs-2011.edxlde.xml").read_bytes())
    assert len(readings) == 7
    assert all(reading.alert for reading in readings)
    (index,) = read_messages((folder / "us-nws-atom-feed.xml").read_bytes())
    assert [e.code for e in index.errors] == ["index_only"]


def test_content_that_still_fits_its_signature_is_recognised(shared):
    folder = shared / "data/06_cap/messages"
    names = ("canada-ec-wocn11-2022.xml", "us-athoc-cancel-2016.xml", "canada-ec-naad-2019.xml")
    for name in names:
        data = (folder / name).read_bytes()
        assert read_cap(data, require_signature=True).signature.content == "fits"
        altered = data.replace(b"<status>Actual", b"<status>Test", 1)
        assert altered != data
        assert read_cap(altered).signature.content == "differs"
        assert "signature_digest" in {e.code for e in read_cap(altered, require_signature=True).errors}


def test_the_identifier_of_a_real_chinese_message_is_of_the_profile(shared):
    from anlan.warning.cap.china import GEOCODE, IDENTIFIER, _is_cpeas

    body = json.loads((shared / "data/06_cap/china/cma-cap-guangling-2022.json").read_text("utf-8"))["AlertBody"]
    assert IDENTIFIER.fullmatch(body["identifier"])
    geocode = body["info"]["area"]["geocode"]
    assert _is_cpeas(geocode["valueName"])
    assert GEOCODE.fullmatch(geocode["value"])
