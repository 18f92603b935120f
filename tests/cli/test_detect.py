"""`vextract detect` as a user runs it: embedded, and with models behind a server on this machine that see what they are sent."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.drawing import draw_lines, write_tiff
from tests.models.protocols import Said
from tests.running import KEY, Done, vextract
from tests.scripting import Scripted, words_in
from tests.seeing import Patch, Write, finds, planted, sent_picture
from vextract.profiles import profile_for

PATCHES: list[Patch] = [
    ("crimson", (40, 60, 140, 180)),
    ("olive", (300, 90, 420, 150)),
    ("crimson", (500, 300, 560, 390)),
]
SIZE = (640, 420)


@pytest.fixture(autouse=True)
def place(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a picture of three patches; keys."""
    for name in ("OPENAI_API_KEY", "GOOGLE_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, KEY)
    planted(SIZE, PATCHES).save("street.png")
    return workdir


def detect(server: Scripted, *more: object, model: str = "openai:gpt-4o", source: str = "street.png") -> Done:
    """Runs the command on the picture with the server's model."""
    base = server.url if model.startswith(("google", "anthropic", "ollama")) else f"{server.url}/v1"
    return vextract("detect", source, "-m", model, "--base-url", base, "--retries", "0", "-j", "1", *more)


def objects(done: Done) -> list[tuple[str, list[float]]]:
    """Label and box of everything that was found."""
    assert done.code == 0, done.err
    return [(found["label"], found["box"]) for found in done.data["data"]["objects"]]


def pixels(patches: list[Patch], size: tuple[int, int]) -> Any:
    """As GPT is asked to."""
    del size
    return {"objects": [{"bbox": list(box), "label": label} for label, box in patches]}


def yxyx(patches: list[Patch], size: tuple[int, int]) -> Any:
    """As Gemini writes."""
    (w, h), rows = size, []
    for label, (x0, y0, x1, y1) in patches:
        rows.append(
            {"box_2d": [round(y0 / h * 1000), round(x0 / w * 1000), round(y1 / h * 1000), round(x1 / w * 1000)]}
        )
        rows[-1]["label"] = label  # type: ignore[assignment]
    return rows


def scaled(patches: list[Patch], size: tuple[int, int], grid: tuple[float, float]) -> list[tuple[str, list[int]]]:
    """The patches in a grid of that width and height."""
    fx, fy = grid[0] / size[0], grid[1] / size[1]
    return [(n, [round(x0 * fx), round(y0 * fy), round(x1 * fx), round(y1 * fy)]) for n, (x0, y0, x1, y1) in patches]


def bbox_2d(grid: tuple[float, float] | None) -> Write:
    """As Qwen writes, in thousandths, or in pixels of what Qwen2.5-VL sees."""

    def write(patches: list[Patch], size: tuple[int, int]) -> Any:
        seen = grid or profile_for("openai", "qwen2.5-vl").seen_size(*size)
        return [{"bbox_2d": box, "label": label} for label, box in scaled(patches, size, seen)]

    return write


def paligemma(patches: list[Patch], size: tuple[int, int]) -> str:
    """In tokens: four locations, then the label."""
    found = scaled(patches, size, (1024, 1024))
    return " ; ".join(f"<loc{y0:04}><loc{x0:04}><loc{y1:04}><loc{x1:04}> {n}" for n, (x0, y0, x1, y1) in found)


def florence(patches: list[Patch], size: tuple[int, int]) -> str:
    """In tokens: the label, then four locations in a thousand bins."""
    return "".join(n + "".join(f"<loc_{v}>" for v in box) for n, box in scaled(patches, size, (1000, 1000)))


def deepseek(patches: list[Patch], size: tuple[int, int]) -> str:
    """In tags, with all boxes of a label in one list."""
    found = scaled(patches, size, (999, 999))
    names = dict.fromkeys(name for name, _ in found)
    lists = {name: [box for n, box in found if n == name] for name in names}
    return "".join(f"<|ref|>{n}<|/ref|><|det|>{json.dumps(boxes)}<|/det|>" for n, boxes in lists.items())


FAMILIES: list[tuple[str, Write]] = [
    ("openai:gpt-4o", pixels),
    ("anthropic:claude-sonnet-5", pixels),
    ("google_genai:gemini-2.5-flash", yxyx),
    ("ollama:qwen2.5vl:7b", bbox_2d(None)),
    ("openai:qwen3-vl-8b", bbox_2d((1000, 1000))),
    ("openai:glm-4.5v", bbox_2d((1000, 1000))),
    ("openai:google/paligemma2-3b-mix", paligemma),
    ("openai:microsoft/florence-2-large", florence),
    ("openai:deepseek-vl2", deepseek),
]


NAMED = ("--labels", "crimson, olive")
# PaliGemma finds only what it is told to.
ASKED = [(*family, NAMED) for family in FAMILIES] + [(*f, ()) for f in FAMILIES if f[1] is not paligemma]


@pytest.mark.parametrize(("model", "write", "labels"), ASKED, ids=lambda value: value if isinstance(value, str) else "")
def test_every_family_finds_what_is_there(model: str, write: Write, labels: tuple[str, ...]) -> None:
    """Whatever a family writes, the boxes are where the patches are, in pixels of the picture, with no score made up."""
    with Scripted(script=finds(write)) as server:
        done = detect(server, *labels, "-f", "jsonl", model=model)
    found = objects(done)
    assert sorted(label for label, _ in found) == ["crimson", "crimson", "olive"]
    for label, box in PATCHES:
        assert min(max(abs(a - b) for a, b in zip(box, other, strict=True)) for n, other in found if n == label) <= 1
    assert {each["score"] for each in done.data["data"]["objects"]} == {None}
    assert done.data["data"]["counts"] == {"crimson": 2, "olive": 1}
    assert done.data["model"] == model


def test_answers_in_tokens_keep_them() -> None:
    """Servers are told not to leave special tokens out of an answer that consists of them, and get no standing instructions."""
    with Scripted(script=finds(paligemma)) as server:
        detect(server, "--labels", "crimson", "-f", "jsonl", model="openai:google/paligemma2-3b-mix")
        detect(server, "-f", "jsonl")
    tokens, json_, *_ = (received.body for received in server.requests)
    assert tokens["skip_special_tokens"] is False
    assert "skip_special_tokens" not in json_
    assert [message["role"] for message in tokens["messages"]] == ["user"]
    assert "detect crimson" in words_in(server.requests[0])


def test_scores_that_a_model_writes_are_dropped() -> None:
    """A number that a model writes about itself is no measurement, and --min-score is refused for it."""
    said = {"objects": [{"bbox": [40, 60, 140, 180], "label": "crimson", "score": 0.97}]}
    with Scripted(script=lambda _: Said(json.dumps(said))) as server:
        assert detect(server, "-f", "jsonl").data["data"]["objects"][0]["score"] is None
        refused = detect(server, "--min-score", "0.5")
    assert (refused.code, len(server.requests)) == (2, 1)
    assert "no measurement" in refused.err


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("openai:gpt-4o", '{"objects": [{"bbox": [40, 60, 140, 180], "label": "crimson"}, {"bbox": [300, 90'),
        ("google_genai:gemini-2.5-flash", '[{"box_2d": [143, 62, 428, 218], "label": "crimson"}, {"box_2d": [214'),
        ("openai:google/paligemma2-3b-mix", "<loc0146><loc0064><loc0438><loc0224> crimson ; <loc0219><loc04"),
    ],
)
@pytest.mark.parametrize("finish", ["stop", "length"])
def test_a_cut_answer_is_an_error(model: str, text: str, finish: Any) -> None:
    """Never an empty list, never half of one: the record failed, and the exit code says so."""
    with Scripted(script=lambda _: Said(text, finish)) as server:
        done = detect(server, "-f", "jsonl", "--labels", "crimson", "--max-tokens", "50", model=model)
    assert done.code == 8
    assert (done.data["status"], done.data["data"]) == ("failed", None)
    assert done.data["errors"][0]["kind"] in {"truncated", "unreadable"}


def test_no_objects_are_no_failure() -> None:
    """A model that says that there is nothing is believed."""
    with Scripted(script=lambda _: Said('{"objects": []}')) as server:
        done = detect(server, "-f", "jsonl")
    assert (done.code, done.data["status"], done.data["data"]) == (0, "ok", {"objects": [], "counts": {}})


def test_a_full_answer_may_lack_some() -> None:
    """As many objects as were asked for at most: the record is partial and says that there may be more."""
    with Scripted(script=finds(pixels)) as server:
        done = detect(server, "-f", "jsonl", "--at-most", "3")
    assert (done.code, done.data["status"], len(done.data["data"]["objects"])) == (8, "partial", 3)
    assert "there may be more" in done.data["errors"][0]["message"]


def test_what_is_not_boxes_is_told_the_model() -> None:
    """An answer that cannot be read goes back once with what is wrong; the second one counts, and both are in the record."""
    answers = iter(['{"objects": [{"bbox": [40, 60, 140], "label": "crimson"}]}', json.dumps(pixels(PATCHES, SIZE))])
    with Scripted(script=lambda _: Said(next(answers))) as server:
        done = detect(server, "-f", "jsonl")
    assert len(objects(done)) == 3
    assert len(done.data["requests"]) == 2
    assert "box of four numbers" in words_in(server.requests[1])


def test_duplicates_are_merged() -> None:
    """A box that is named twice is one object; boxes of two labels stay two; --nms decides how alike they must be."""
    rows = [
        ("crimson", [40, 60, 140, 180]),
        ("crimson", [41, 60, 140, 180]),
        ("car", [40, 60, 140, 180]),
        ("crimson", [60, 60, 160, 180]),
    ]
    said = {"objects": [{"bbox": box, "label": label} for label, box in rows]}
    with Scripted(script=lambda _: Said(json.dumps(said))) as server:
        assert objects(detect(server, "-f", "jsonl")) == [rows[0], rows[2], rows[3]]
        assert objects(detect(server, "-f", "jsonl", "--nms", "0.5")) == [rows[0], rows[2]]


def test_tiles_see_small_objects_once() -> None:
    """Objects in a picture far larger than a tile, also those on borders and larger than a tile, are found once, at their place."""
    size = (3000, 2000)
    patches: list[Patch] = [
        ("crimson", (380, 300, 420, 340)),
        ("crimson", (900, 700, 912, 712)),
        ("olive", (1500, 100, 1530, 1900)),
        ("navy", (2000, 1200, 2900, 1800)),
        ("navy", (100, 1500, 140, 1990)),
    ]
    planted(size, patches).save("large.png")
    sizes = []

    def script(received: Any) -> Said:
        sizes.append(sent_picture(received).size)
        return finds(pixels)(received)

    with Scripted(script=script) as server:
        done = detect(server, "-f", "jsonl", "--tile", "400", source="large.png")
    assert sorted(objects(done)) == sorted((label, [float(v) for v in box]) for label, box in patches)
    assert len(sizes) == len(done.data["requests"]) > 30
    assert {max(each) for each in sizes} == {400}


def test_tile_auto_leaves_small_pictures_whole() -> None:
    """A picture that the model sees as it is gets one request."""
    with Scripted(script=finds(pixels)) as server:
        detect(server, "--tile", "auto")
        assert len(server.requests) == 1


def test_a_failed_tile_makes_the_page_partial() -> None:
    """What the other tiles show is kept, and the error is told with its page."""
    planted((900, 400), [("crimson", (40, 60, 140, 180)), ("navy", (700, 60, 800, 180))]).save("wide.png")
    asked = []

    def script(received: Any) -> str | Said:
        asked.append(received)
        return "500" if len(asked) == 1 else finds(pixels)(received)

    with Scripted(script=script) as server:
        done = detect(server, "-f", "jsonl", "--tile", "450", "--concurrency", "1", source="wide.png")
    assert (done.code, done.data["status"]) == (9, "partial")
    assert done.data["errors"][0]["page"] == 1
    assert len(done.data["data"]["objects"]) == 1


def test_gemini_masks_become_run_lengths() -> None:
    """The PNG of a mask is put into its box on the page: half of it covered is half of the box."""
    mask = Image.new("L", (10, 10), 0)
    mask.paste(255, (0, 0, 5, 10))
    buffer = io.BytesIO()
    mask.save(buffer, "PNG")
    url = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    (row,) = yxyx(PATCHES[:1], SIZE)
    with Scripted(script=lambda _: Said(json.dumps([row | {"mask": url}]))) as server:
        done = detect(server, "-f", "jsonl", "--masks", model="google_genai:gemini-2.5-flash")
        refused = detect(server, "--masks")
    from pycocotools import mask as coco

    (found,) = done.data["data"]["objects"]
    assert found["mask"]["size"] == [SIZE[1], SIZE[0]]
    x, y, width, height = coco.toBbox({**found["mask"], "counts": found["mask"]["counts"].encode()})
    assert abs(x - 40) <= 1
    assert abs(y - 60) <= 1
    assert abs(width - 50) <= 1.5
    assert abs(height - 120) <= 1.5
    assert (refused.code, "gemini" in refused.err) == (2, True)


def test_the_embedded_detectors_need_no_model() -> None:
    """Lines and words with their places and what is written there; what cannot be found is said with what can."""
    draw_lines(["Hello world", "second line"], (400, 160)).save("note.png")
    done = vextract("detect", "note.png", "--labels", "line, words", "-f", "jsonl")
    assert done.data["data"]["counts"] == {"word": 4, "line": 2}
    assert [o["text"] for o in done.data["data"]["objects"] if o["label"] == "line"] == ["Hello world", "second line"]
    assert done.data["model"] == "embedded+tesseract"
    unknown = vextract("detect", "note.png", "--labels", "red car")
    assert unknown.code == 2
    assert "cannot find 'red car'" in unknown.err
    assert "-m PROVIDER:MODEL" in unknown.err


def test_several_pages_overlays_and_crops() -> None:
    """Pages of one document are asked one by one; each has its overlay, each object its crop."""
    with Scripted(script=finds(pixels)) as server:
        planted(SIZE, PATCHES[:1]).save("two.tiff", save_all=True, append_images=[planted(SIZE, PATCHES[1:])])
        done = detect(server, "-f", "jsonl", "--overlay", "seen/", "--crops", "cut/", source="two.tiff")
    assert [found["page"] for found in done.data["data"]["objects"]] == [1, 2, 2]
    assert sorted(path.name for path in Path("seen").iterdir()) == ["two-p1.png", "two-p2.png"]
    assert sorted(path.name for path in Path("cut").iterdir()) == [
        "two-1-crimson.png",
        "two-2-crimson.png",
        "two-3-olive.png",
    ]
    with Image.open("cut/two-3-olive.png") as crop:
        assert crop.size == (120, 60)
        assert crop.getpixel((60, 30)) == (30, 160, 40)
    with Image.open("seen/two-p1.png") as seen:
        assert seen.getpixel((90, 60)) != (220, 30, 30)


@pytest.mark.parametrize("form", ["csv", "md", "table", "json"])
def test_records_in_other_forms(form: str) -> None:
    """Objects are rows with their labels and boxes."""
    with Scripted(script=finds(pixels)) as server:
        done = detect(server, "-f", form)
    assert done.code == 0
    out = done.out.decode()
    assert out.count("crimson") >= 2
    assert "300" in out


def test_datasets_of_several_pictures() -> None:
    """-f coco is one file for all; -f yolo a folder with pictures, whose classes are numbered as the labels were given."""
    planted(SIZE, []).save("empty.png")
    write_tiff(Path("pages.tiff"), ["one", "two"])
    with Scripted(script=finds(pixels)) as server:
        more = ("empty.png", "pages.tiff", "--labels", "olive, crimson")
        assert detect(server, *more, "-f", "coco", "-o", "all.json").code == 0
        assert detect(server, *more, "-f", "yolo", "-o", "set/", "--images").code == 0
    coco = json.loads(Path("all.json").read_text("utf-8"))
    assert [image["file_name"] for image in coco["images"]] == [
        "street.png",
        "empty.png",
        "pages-p1.png",
        "pages-p2.png",
    ]
    assert coco["annotations"][0]["bbox"] == [40, 60, 100, 120]
    assert len(list(Path("set").rglob("*.txt"))) == len(list(Path("set").rglob("*.png"))) == 4
    rows = (next(Path("set").rglob("street.txt"))).read_text("utf-8").split("\n")
    assert sorted(row.split(" ")[0] for row in rows if row) == ["0", "1", "1"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--tile", "12"), "--tile cannot be '12'"),
        (("--tile", "large"), "--tile cannot be 'large'"),
        (("--labels", " , "), "--labels has no labels"),
        (("--tile", "500"), "embedded looks at whole pages"),
        (("--masks",), "gives no masks"),
        (("-o", "x.png", "--overlay", "x.png"), "are both 'x.png'"),
        (("--images",), "--images puts pictures"),
        (("-f", "yolo"), "makes a file for each picture"),
        (("--overlay", "seen.txt"), "is no picture"),
        (("--overlay", "{size}.png"), "{size}, which is unknown"),
    ],
)
def test_flags_that_make_no_sense(flags: tuple[str, ...], message: str) -> None:
    """One line with a hint and exit code 2, before anything is read."""
    done = vextract("detect", "street.png", *flags)
    assert done.code == 2
    assert message in done.err
    assert "hint:" in done.err


def test_molmo_points_and_gives_no_boxes() -> None:
    """A family without boxes is refused before anything is sent."""
    with Scripted() as server:
        done = detect(server, model="openai:molmo-7b")
    assert (done.code, server.requests) == (2, [])
    assert "give no boxes" in done.err
