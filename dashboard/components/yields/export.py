"""The rows behind the yield page, with the words that explain them."""

from collections.abc import Mapping, Sequence

from dashboard.components.yields.others import lines
from dashboard.components.yields.pareto import code_label
from dashboard.components.yields.plot import FIRST_PASS
from dashboard.components.yields.state import filters_said
from dashboard.report import Asked, Column, Report, Table
from dashboard.wording import lacking
from db.queries.yield_shapes import ExplanationShape, FailedUnitShape, YieldShape

C = Column


def yield_report(
    asked: Asked,
    page: YieldShape,
    units: Sequence[FailedUnitShape],
    told: ExplanationShape | None,
    carry: Mapping[str, Sequence[str]],
) -> Report:
    """Everything the page shows, as tables."""
    tables = [_dots(page), _codes(page), *([_findings(told)] if told else []),
              _failed(units, carry), _others(page), _notes(page)]  # fmt: skip
    return Report(
        f"Yield of {page['operation_name'] or page['operation']}, {page['plant_name']}",
        page["as_of_at"],
        page["zone"],
        page["zone_label"],
        filters_said(asked.state),
        _definitions(page, told),
        tables,
        plant=page["plant"],
        span=(page["since_on"], page["until_on"]),
    )


def _definitions(page: YieldShape, told: ExplanationShape | None) -> list[tuple[str, str]]:
    limits = page["limits"]
    said = [
        ("First-pass yield", FIRST_PASS),
        ("First verdict", page["rule_sentence"]),
        ("Limits", limits["sentence"] if limits else "none: nothing to estimate them from"),
        ("Drop", page["drop"]["sentence"] if page["drop"] else "no drop is open"),
    ]
    if page["sentence"]:
        said.append(("Nothing counted", page["sentence"]))
    said += lacking(page["lacks"])
    if told:
        tried = f"corrected over {told['tried_count']} values and pairs tried"
        seen = f"{told['sentence']}. Association, not proof of cause."
        said += [("Explanation", seen), ("Adjusted p", tried)]
    return said


def _dots(page: YieldShape) -> Table:
    columns = [C("Group"), C("From", "instant"), C("To", "instant"), C("Business date", "date"),
               C("Shift"), C("Units", "count"), C("Passed first time", "count"),
               C("First-pass yield", "ratio"), C("EWMA", "ratio"), C("EWMA limit", "ratio"),
               C("Lower limit", "ratio"), C("Below limit"), C("Complete")]  # fmt: skip
    rows = [
        (series["label"] or "all", it["start_at"], it["end_at"], it["business_on"], it["shift"],
         it["first_count"], it["first_passed_count"], it["ratio"], it["ewma"], it["ewma_lower"],
         it["lower_limit"], _yes(it["is_flagged"] or it["is_beyond"]), _yes(it["is_mature"]))
        for series in page["series"] for it in series["points"]
    ]  # fmt: skip
    return Table("First-pass yield", columns, rows)


def _codes(page: YieldShape) -> Table:
    columns = [C("Failure code"), C("Kind"), C("Units", "count"), C("Expected", "number"),
               C("Lost, h", "number"), C("Lost, MW", "number")]  # fmt: skip
    rows = [(code_label(it), it["kind"], it["count"], it["expected"], it["hours"], it["mw"])
            for it in page["pareto"]]  # fmt: skip
    return Table("Failure codes", columns, rows)


def _findings(told: ExplanationShape) -> Table:
    columns = [C("Rank", "count"), C("Factor"), C("Value"), C("Verdict"), C("Exposed", "count"),
               C("Failed", "count"), C("Expected", "number"), C("Yield with", "ratio"),
               C("Yield without", "ratio"), C("Effect, points", "number"),
               C("Effect from, points", "number"), C("Effect to, points", "number"),
               C("Adjusted p", "number"), C("Racks in process", "count"),
               C("Racks shipped", "count"), C("What was seen"), C("Disproved by")]  # fmt: skip
    rows = [
        (it["rank"], it["factor"], it["value"], it["standing_text"], it["exposed_units"],
         it["fails"], it["expected_fails"], it["with_ratio"], it["without_ratio"],
         it["effect_points"], *(it["effect_interval"] or (None, None)), it["p_adjusted"],
         it["racks_in_process"], it["racks_shipped"], it["sentence"], it["disproof"])
        for it in told["findings"]
    ]  # fmt: skip
    return Table("What differs", columns, rows)


def _failed(units: Sequence[FailedUnitShape], carry: Mapping[str, Sequence[str]]) -> Table:
    columns = [C("Serial"), C("In rack"), C("Product"), C("Failed at", "instant"), C("Line"),
               C("Station"), C("Slot"), C("Symptom"), C("Defect"), C("Suspect lots"), C("Now"),
               C("Lost, h", "number")]  # fmt: skip
    rows = [
        (it["serial"], it["rack"], it["product"], it["failed_at"], it["line"], it["station"],
         it["slot"], it["symptom"], it["defect"], ", ".join(carry.get(it["serial"], ())), it["now"],
         it["lost_hours"])
        for it in units
    ]  # fmt: skip
    return Table("Failed units", columns, rows)


def _others(page: YieldShape) -> Table:
    rows = lines(page["others"], page["unit_name"])
    return Table("Beyond first pass", [C("What"), C("Value"), C("Made of")], rows)


def _notes(page: YieldShape) -> Table:
    columns = [C("Written at", "instant"), C("Author"), C("About"), C("Which"), C("Note"),
               C("Owner"), C("Until", "date"), C("Done at", "instant")]  # fmt: skip
    rows = [
        (it["written_at"], it["author"], it["subject"], it["subject_key"], it["text"], it["owner"],
         it["due_on"], it["done_at"])
        for it in page["notes"]
    ]  # fmt: skip
    return Table("Notes", columns, rows)


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"
