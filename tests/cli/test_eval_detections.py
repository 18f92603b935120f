"""`vextract eval` of detections as a user runs it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_eval import jsonl, run
from tests.evaluation.detection.samples import by, coco, coco_results, oracle, records

DATASET = coco()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with truth as COCO and as records, and results that are right and that are shifted by 9 pixels."""
    (tmp_path / "coco.json").write_text(json.dumps(DATASET, indent=1))
    for name, lines in (("truth", records(DATASET)), ("good", records(DATASET)), ("bad", records(DATASET, by(9, 9)))):
        (tmp_path / f"{name}.jsonl").write_text(jsonl(lines))
    return tmp_path


@pytest.mark.parametrize("truth", ["coco.json", "truth.jsonl"])
def test_good_results(folder: Path, truth: str) -> None:
    """Against itself all is 1, whatever form the truth has; standard output has the table alone, exit 0."""
    done = run(folder, "good.jsonl", "--truth", truth)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Detections: 6 documents, 6 without a mistake\n")
    read = json.loads(run(folder, "good.jsonl", "--truth", truth, "-f", "json").stdout)
    assert {read["overall"][name] for name in ("ap", "ap50", "ap75", "f1", "precision", "recall")} == {1.0}


def test_shifted_results(folder: Path) -> None:
    """Shifted boxes fall as pycocotools says, and the JSON on standard output is nothing else."""
    done = run(folder, "-", "-t", "coco.json", "-f", "json", stdin=(folder / "bad.jsonl").read_text())
    overall = json.loads(done.stdout)["overall"]
    expected = oracle(DATASET, coco_results(DATASET, records(DATASET, by(9, 9))))
    assert [overall[name] for name in ("ap", "ap50", "ap75")] == pytest.approx(expected, abs=1e-12)


def test_what_is_not_paired(folder: Path) -> None:
    """Missing and extra documents, missing and extra pages, and labels that the truth lacks are told on stderr."""
    lines: list[dict[str, Any]] = records(DATASET)[1:]
    lines[0]["pages"][0]["number"] = 2
    for each in lines[0]["data"]["objects"]:
        each["page"] = 2
    lines[1]["data"]["objects"][0]["label"] = "zebra"
    lines[2] |= {"data": None, "status": "failed"}
    lines.append(lines[3] | {"source": "z.png"})
    done = run(folder, "-", "-t", "truth.jsonl", stdin=jsonl(lines))
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "vextract: no result, counted as nothing found: '/data/0.png'",
        "vextract: no data in the result, counted as nothing found: '/data/3.png'",
        "vextract: no truth, not counted: 'z.png'",
        "vextract: pages without result, counted as nothing found: '/data/1.png: page 1'",
        "vextract: pages without truth, not counted: '/data/1.png: page 2'",
        "vextract: labels that the truth has no object of: 'zebra'",
    ]
    assert run(folder, "-", "-t", "truth.jsonl", "-q", stdin=jsonl(lines)).stderr == ""


def test_a_baseline_and_a_floor(folder: Path) -> None:
    """Worse than the baseline or the floor: the result is printed, what dropped is named, exit 10; as good: exit 0."""
    assert run(folder, "good.jsonl", "-t", "coco.json", "-f", "json", "-o", "old.json").returncode == 0
    assert run(folder, "good.jsonl", "-t", "truth.jsonl", "--baseline", "old.json", "--min-f1", "1").returncode == 0
    args = ["bad.jsonl", "-t", "coco.json", "--metric", "ap", "--metric", "ap75"]
    done = run(folder, *args, "--baseline", "old.json", "-f", "json")
    assert done.returncode == 10
    overall = json.loads(done.stdout)["overall"]
    assert f"overall ap 1.000 -> {overall['ap']:.3f}" in done.stderr
    assert "red car ap75 1.000 -> " in done.stderr
    assert run(folder, *args, "--baseline", "old.json", "--max-drop", "1").returncode == 0
    done = run(folder, "bad.jsonl", "-t", "coco.json", "--min-f1", "0.99")
    assert (done.returncode, "is below 0.99" in done.stderr) == (10, True)


@pytest.mark.parametrize("form", ["md", "html"])
def test_files(folder: Path, form: str) -> None:
    """Reports are written as for fields."""
    assert run(folder, "bad.jsonl", "-t", "coco.json", "-f", form, "-o", "report").returncode == 0
    assert "mAP@0.5:0.95" in (folder / "report").read_text()


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["good.jsonl", "-t", "coco.json", "-s", "receipt"], 2, "--schema"),
        (["good.jsonl", "-t", "coco.json", "--metric", "anls"], 2, "no measure 'anls' of labels"),
        (["fields.jsonl", "-t", "fields.jsonl", "--metric", "ap"], 2, "no measure 'ap' of fields"),
        (["good.jsonl", "-t", "fields.jsonl"], 3, "fields.jsonl: not a record of detect, 'a.png'"),
        (["good.jsonl", "-t", "broken.json"], 3, "broken.json: annotations.0: no category has the id 99"),
        (["good.jsonl", "-t", "coco.json", "--baseline", "fields.json"], 3, "an evaluation of other results"),
        (["turned.jsonl", "-t", "coco.json"], 3, "page 1 of 'in/0.png'"),
    ],
)
def test_what_cannot_be_done(folder: Path, args: list[str], code: int, told: str) -> None:
    """One clear message, the right exit code, nothing on standard output."""
    fields = jsonl([{"source": "a.png", "data": {"total": 1}}])
    (folder / "fields.jsonl").write_text(fields)
    (folder / "broken.json").write_text(
        json.dumps(DATASET | {"annotations": [DATASET["annotations"][0] | {"category_id": 99}]})
    )
    turned = records(DATASET)
    size = turned[0]["pages"][0]
    size["width"], size["height"] = size["height"], size["width"]
    (folder / "turned.jsonl").write_text(jsonl(turned))
    if "fields.json" in args:
        run(folder, "fields.jsonl", "-t", "fields.jsonl", "-f", "json", "-o", "fields.json")
    done = run(folder, *args)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
