"""`rackline report`: options that say nothing to a report are refused, never passed over."""

import pytest

from tests.test_cli import call


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("throughput --case late", "--case = 'late'; allowed: nothing with throughput, which takes "
         "--from, --to"),
        ("yield --horizon 7", "--horizon = '7'"),
        ("sources --serial R1", "--serial = 'R1'"),
        ("shortages --from 2026-11-01", "which takes --case, --horizon"),
        ("line-stops --lot UQD", "--lot = 'UQD'"),
        ("clear-to-build --lot UQD", "which takes --case, --horizon"),
        ("alarms --to 2026-11-01", "which takes no such option"),
        ("genealogy --serial R1 --case late", "which takes --serial, --lot"),
    ],
)  # fmt: skip
def test_options_that_say_nothing_to_a_report_are_refused(words: str, named: str) -> None:
    result = call("report", *words.split(), "--plant", "mp")
    assert (result.exit_code, result.stdout) == (2, "")
    assert named in result.stderr


def test_all_options_that_say_nothing_are_told_in_one_go() -> None:
    result = call("report", "alarms", "--case", "late", "--horizon", "3", "--plant", "mp")
    assert "2 faults in the command line" in result.stderr
