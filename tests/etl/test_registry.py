"""A wrong plant file is told whole: every fault with file, key, value and what is allowed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from db.errors import ConfigError, Fault
from db.settings import load_settings
from etl.registry import _expanded, load_plants
from tests.etl.feeds.golden import FOLDER

GOLDEN = FOLDER / "plant.toml"


@pytest.fixture
def faults(tmp_path: Path) -> Callable[..., dict[str, Fault]]:
    """Faults by key after replacing texts in the golden plant's file."""

    def find(*changes: tuple[str, str], **environ: str) -> dict[str, Fault]:
        written = GOLDEN.read_text()
        for old, new in changes:
            assert old in written
            written = written.replace(old, new)
        (tmp_path / "plant.toml").write_text(written)
        try:
            load_plants(tmp_path, environ)
        except ConfigError as error:
            return {fault.key: fault for fault in error.faults}
        return {}

    return find


def test_the_golden_plant_has_no_fault(faults: Callable[..., dict[str, Fault]]) -> None:
    assert faults() == {}


def test_the_plants_that_come_along_have_no_fault() -> None:
    plants = load_plants(load_settings().plants_dir, {"PLANT_DATA": "var"})
    assert [plant.plant.code for plant in plants] == ["mp", "oh", "tx"]
    assert "${" not in str([entry.options for plant in plants for entry in plant.sources])


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (
            'zone = "America/Chicago"\nzone_label',
            'zone = "Chicago"\nzone_label',
            ("plant.zone", "Chicago", "an IANA zone name such as America/Chicago"),
        ),
        ('name = "Golden"', "", ("plant.name", None, "this key is needed")),
        (
            'name = "Golden"',
            'name = "Golden"\nnmae = "x"',
            ("plant.nmae", "x", "no such key"),
        ),
        (
            'code = "D"\nname = "Day"\nstart = "06:00"',
            'code = "D"\nname = "Day"\nstart = "6"',
            ("shifts[0].start", "6", "a text of the form"),
        ),
        (
            'code = "FINAL", name',
            'code = "FRAME", name',
            ("operations[2]", "FRAME", "a code used once"),
        ),
        (
            'line = "L2", operation',
            'line = "L9", operation',
            ("stations[2].line", "L9", "one of L1, L2"),
        ),
        (
            'operation = "FRAME", name',
            'operation = "WELD", name',
            ("stations[0].operation", "WELD", "one of FRAME, LINK, FINAL"),
        ),
        (", is_output = true", "", ("operations[].is_output", [], "exactly one operation")),
        (
            '{ name = "LT-OLD" }',
            '{ name = "link_02" }',
            ("stations[2]", "link_02", "a name that L1.LINK does not go by"),
        ),
        (
            'feed = "unit_step"',
            'feed = "unit_steps"',
            ("sources[0].feed", "unit_steps", "one of unit_step, test_run"),
        ),
        (
            'feed = "unit_step"\nconnector = "sql"',
            'feed = "unit_step"\nconnector = "ftp"',
            (
                "sources[0].connector",
                "ftp",
                "'sql', 'files', 'tester_files', 'http_json', 'mqtt_sparkplug' or 'cfx'",
            ),
        ),
        (
            'serial = "sn"\nstation = "station"\nstarted_at = "began"\nended_at = "ended"\nresult',
            'station = "station"\nstarted_at = "began"\nended_at = "ended"\nresult',
            ("sources[0].columns.serial", None, "a source column; the feed needs this field"),
        ),
        (
            'is_deleted = "gone"',
            'colour = "gone"',
            ("sources[0].columns.colour", "gone", "one of source_key, changed_at"),
        ),
        (
            '{ constant = "firm" }',
            '{ constant = "firm", column = "x" }',
            (
                "sources[9].columns.kind",
                {"column": "x", "constant": "firm"},
                "exactly one of column, constant, columns",
            ),
        ),
        (
            'result = "result"\nchanged',
            'result = { columns = ["a", "b"] }\nchanged',
            ("sources[0].columns.result", ["a", "b"], "only codes can be joined"),
        ),
        (
            'OK = "completed"',
            'OK = "done"',
            (
                "sources[0].words.result.OK",
                "done",
                "one of open, completed, failed, aborted, skipped",
            ),
        ),
        (
            '"Link Check" = "LINK"',
            '"Link Check" = "LINKS"',
            ("sources[2].words.operation.Link Check", "LINKS", "one of FRAME, LINK, FINAL"),
        ),
        (
            "words.result = {",
            "words.verdict = {",
            ("sources[0].words.verdict", "verdict", "a field that `columns` maps"),
        ),
        ('PK10 = "EA*10"', 'PK10 = "EA x 10"', ("sources[5].units.PK10", "EA x 10", '"EA*10"')),
        ('PK10 = "EA*10"', 'PK10 = "EA*0"', ("sources[5].units.PK10", "EA*0", '"EA*10"')),
        (
            'feed = "unit_step"\n',
            'feed = "unit_step"\ntime_format = "%Y/%m/%d"\n',
            ("sources[0].time_format", "%Y/%m/%d", "a strptime pattern with hours"),
        ),
        (
            'feed = "unit_step"\n',
            'feed = "unit_step"\nchange_time = "edited_at"\n',
            ("sources[0].change_time", "edited_at", "one of source_key, serial"),
        ),
        (
            'feed = "unit_step"\n',
            'feed = "unit_step"\ninterval_seconds = 900\n',
            ("sources[0].allowed_lag_seconds", 300, "at least the interval of 900 s"),
        ),
        (
            'key_column = "id", change_column = "bound" }',
            'key_column = "id" }',
            ("sources[3].options.change_column", None, 'mode = "snapshot" to read all each time'),
        ),
        (
            'key_column = "id", change_column = "bound" }',
            'change_column = "bound" }',
            ("sources[3].options.key_column", None, "this key is needed"),
        ),
        (
            'url = "http://127.0.0.1/stock"',
            'url = "ftp://127.0.0.1/stock"',
            ("sources[5].options.url", "ftp://127.0.0.1/stock", "a text of the form"),
        ),
        (
            'url = "http://127.0.0.1/stock"',
            'url = "http://${WMS_HOST}/stock"',
            (
                "sources[5].options.url",
                "http://${WMS_HOST}/stock",
                "WMS_HOST set in the environment",
            ),
        ),
    ],
)
def test_each_fault_is_told_with_its_key_value_and_what_is_allowed(
    faults: Callable[..., dict[str, Fault]], old: str, new: str, wanted: tuple[str, object, str]
) -> None:
    key, value, allowed = wanted
    found = faults((old, new))
    assert list(found) == [key]
    assert (found[key].file, found[key].value) == ("plant.toml", value)
    assert allowed in found[key].allowed


def test_a_feed_may_stand_once_in_a_plant(faults: Callable[..., dict[str, Fault]]) -> None:
    found = faults(('feed = "test_run"', 'feed = "unit_step"'))
    assert found["sources[1]"].value == "unit_step"


def test_all_faults_come_in_one_go(faults: Callable[..., dict[str, Fault]]) -> None:
    found = faults(
        ('line = "L2", operation', 'line = "L9", operation'),
        ('OK = "completed"', 'OK = "done"'),
        ('PK10 = "EA*10"', 'PK10 = "a dozen"'),
        ('url = "http://127.0.0.1/stock"', 'url = "http://${WMS_HOST}/stock"'),
    )
    assert set(found) == {
        "stations[2].line",
        "sources[0].words.result.OK",
        "sources[5].units.PK10",
        "sources[5].options.url",
    }


def test_faults_within_entries_hide_none_between_them(
    faults: Callable[..., dict[str, Fault]],
) -> None:
    found = faults(
        ('zone = "America/Chicago"\nzone_label', 'zone = "Chicaggo"\nzone_label'),
        ('feed = "unit_step"\nconnector = "sql"', 'feed = "unit_step"\nconnector = "ftp"'),
        ('line = "L2", operation', 'line = "L9", operation'),
        ('is_deleted = "gone"', 'colour = "gone"'),
        ('OK = "completed"', 'OK = "done"'),
        ('PK10 = "EA*10"', 'PK10 = "a dozen"'),
    )
    assert set(found) == {
        "plant.zone",
        "sources[0].connector",
        "stations[2].line",
        "sources[0].columns.colour",
        "sources[0].words.result.OK",
        "sources[5].units.PK10",
    }


def test_names_are_filled_in_from_the_environment_or_their_default(
    faults: Callable[..., dict[str, Fault]], tmp_path: Path
) -> None:
    url = ('url = "http://127.0.0.1/stock"', 'url = "http://${WMS_HOST}:${WMS_PORT:-8061}/stock"')
    assert faults(url, WMS_HOST="wms.invalid") == {}
    (plant,) = load_plants(tmp_path, {"WMS_HOST": "wms.invalid"})
    assert plant.sources[5].options["url"] == "http://wms.invalid:8061/stock"


def test_a_secret_never_stands_in_a_fault(faults: Callable[..., dict[str, Fault]]) -> None:
    options = 'options = { url = "http://127.0.0.1/stock"'
    secret = options + ', auth = { kind = "bearer", token = "${TOKEN}", user = "${TOKEN}" }'
    found = faults((options, secret), TOKEN="s3cret")
    assert found
    assert "s3cret" not in str(list(found.values()))


def test_two_files_may_not_hold_the_same_plant(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        shutil.copy(GOLDEN, tmp_path / name)
    with pytest.raises(ConfigError) as raised:
        load_plants(tmp_path, {})
    assert [(fault.file, fault.value) for fault in raised.value.faults] == [
        ("a.toml", "mp"),
        ("b.toml", "mp"),
    ]


def test_broken_toml_hides_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[plant\n")
    (tmp_path / "b.toml").write_text(GOLDEN.read_text().replace('state = "WI"', 'state = "Wis"'))
    with pytest.raises(ConfigError) as raised:
        load_plants(tmp_path, {})
    assert {fault.file: fault.key for fault in raised.value.faults} == {
        "a.toml": "(whole file)",
        "b.toml": "plant.state",
    }


def test_a_folder_without_plants_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="one TOML file per plant"):
        load_plants(tmp_path, {})


def test_names_are_filled_in_within_lists_too() -> None:
    filled, faults = _expanded({"args": ["${KEY}", [["${NONE}"]], 7]}, {"KEY": "k"}, "o", "mp.toml")
    assert filled == {"args": ["k", [["${NONE}"]], 7]}
    assert [fault.key for fault in faults] == ["o.args[1][0][0]"]
