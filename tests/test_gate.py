"""What a user demands of results, and how a run's exit code follows from it."""

import pytest

from vextract.errors import UsageError
from vextract.gate import Gate
from vextract.runner import Summary
from vextract.types import Box, ErrorInfo, Evidence, MatchKind, Record, Status

HERE = Box(0.1, 0.1, 0.2, 0.2)


def _record(*matches: MatchKind, confidence: float | None = 0.9, errors: tuple[ErrorInfo, ...] = ()) -> Record[object]:
    evidence = tuple(
        Evidence(f"/{n}", None if match == "none" else 1, None if match == "none" else HERE, "x", match, confidence)
        for n, match in enumerate(matches)
    )
    status: Status = "partial" if errors else "ok"
    return Record("a.png", None, "verify", "tesseract", status, {}, evidence=evidence, errors=errors)


@pytest.mark.parametrize(
    ("demand", "refused"),
    [
        ("none", {"none"}),
        ("ambiguous", {"none", "ambiguous"}),
        ("fuzzy", {"none", "ambiguous", "fuzzy"}),
    ],
)
def test_each_demand_includes_those_before_it(demand: str, refused: set[str]) -> None:
    """--fail-on fuzzy refuses what is ambiguous or not found too."""
    kinds: tuple[MatchKind, ...] = ("exact", "normalized", "fuzzy", "ambiguous", "none")
    for kind in kinds:
        gate = Gate.asked([demand], None)
        gate.add(_record("exact", kind))
        assert gate.below == (kind in refused)


def test_contradictions_are_refused_only_if_asked() -> None:
    """A contradiction on the page leaves the exit code 0, and makes it 10 with --fail-on inconsistent."""
    conflict = ErrorInfo("inconsistent", "1 + 1 = 3", exit_code=0)
    for demands, code in (([], 0), (["none"], 0), (["inconsistent"], 10), (["none,inconsistent"], 10)):
        summary = Summary(gate=Gate.asked(demands, None))
        summary.add(_record("exact", errors=(conflict,)))
        assert summary.exit_code == code


def test_unknown_confidence_is_below_any_bound() -> None:
    """What nobody is sure of is not surer than 0.5; without a bound it passes."""
    for bound, below in ((None, 0), (0.5, 1)):
        gate = Gate.asked([], bound)
        gate.add(_record("exact", confidence=None))
        assert gate.below == below


def test_a_least_agreement() -> None:
    """Values that fewer answers say are below, and so are those that were not voted on; without a bound none is."""
    for bound, share, below in ((None, 0.3, 0), (0.5, 0.3, 1), (0.5, 0.5, 0), (0.5, None, 1)):
        gate = Gate.asked([], None, bound)
        gate.add(
            Record(
                "a.png",
                None,
                "extract",
                None,
                "ok",
                {},
                evidence=(Evidence("/a", 1, HERE, "x", "exact", 0.1, None, share),),
            )
        )
        assert gate.below == below


def test_all_candidates_of_an_ambiguous_value_count_once() -> None:
    """Three places for one value are one value in the summary."""
    gate = Gate()
    places = tuple(Evidence("/a", 1, HERE, "x", "ambiguous", 0.4) for _ in range(3))
    gate.add(Record("a.png", None, "verify", None, "ok", {}, evidence=places))
    assert gate.told == "1 value: 1 ambiguous"


def test_data_that_does_not_validate_ends_with_8_unless_others_went_well() -> None:
    """8 says that nothing validated; beside a document that did, it is 9."""
    invalid = _record("exact", errors=(ErrorInfo("validation", "/total: required", exit_code=8),))
    summary = Summary()
    summary.add(invalid)
    assert summary.exit_code == 8
    summary.add(_record("exact"))
    assert summary.exit_code == 9


@pytest.mark.parametrize(("demands", "bound"), [(["nothing"], None), (["none,"], None), ([], 1.5), ([], -0.1)])
def test_nonsense_is_refused(demands: list[str], bound: float | None) -> None:
    """Unknown demands and confidences outside 0..1 are usage errors."""
    with pytest.raises(UsageError):
        Gate.asked(demands, bound)
    if bound is not None:
        with pytest.raises(UsageError, match="--min-agreement"):
            Gate.asked(demands, None, bound)
