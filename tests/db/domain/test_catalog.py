"""The metrics' descriptions are whole, unique and the same on paper."""

from dataclasses import astuple
from pathlib import Path

from db.domain.catalog import METRICS, metrics_page

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"
REMAKE = (
    'python -c "from pathlib import Path; from db.domain.catalog import metrics_page; '
    "Path('docs/metrics.md').write_text(metrics_page())\""
)


def test_page_is_made_from_the_catalog() -> None:
    assert PAGE.read_text() == metrics_page(), f"make it anew: {REMAKE}"


def test_every_metric_says_what_it_is_and_when_it_is_not_known() -> None:
    labels = [metric.label for metric in METRICS.values()]
    assert len(set(labels)) == len(labels)
    for key, metric in METRICS.items():
        assert metric.key == key
        assert all((metric.label, metric.unit, metric.definition, metric.empty, metric.source))
        assert not any(text.endswith(" ") for text in astuple(metric))


def test_ratios_name_both_their_counts() -> None:
    ratios = [metric for metric in METRICS.values() if metric.unit == "%"]
    assert len(ratios) >= 5
    for metric in ratios:
        assert metric.numerator, metric.key
        assert metric.denominator, metric.key
