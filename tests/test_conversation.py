"""Questions about several documents at once, against a server on this machine."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.drawing import SAMPLES, draw_lines, write_tiff
from tests.models.emulator import Received
from tests.running import KEY, Server, at, texts
from vextract.connecting import asker_for
from vextract.conversation import Conversation
from vextract.errors import InputError
from vextract.jobs import Work, job_for
from vextract.settings import load_settings
from vextract.sources.expand import expand
from vextract.sources.options import PageSelection
from vextract.tasks.ask import AskOptions

FREE = AskOptions()
GPS, EXIF_TIME = 0x8825, 0x9003


@pytest.fixture(autouse=True)
def place(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with documents; a key."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    draw_lines(["hello"], (200, 60)).save("a.png")
    write_tiff(Path("three.tiff"), ["one", "two", "three"])
    Path("broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    return workdir


@contextmanager
def talk(server: Server, *names: str, fault: str = "", pages: str = "", **settings: Any) -> Iterator[Conversation]:
    """A conversation about these documents."""
    given = load_settings(**(at(server, fault) | settings))
    job = job_for(given, PageSelection.parse(pages) if pages else PageSelection(), Work("ask", words="layer"))
    asker = asker_for(given)
    assert asker is not None
    scratch = Path("scratch")
    scratch.mkdir(exist_ok=True)
    with closing(asker), closing(Conversation(expand(names), asker, job, scratch)) as found:
        yield found


def pictures(received: Received) -> int:
    """How many pictures a request has."""
    contents = [message["content"] for message in received.body["messages"]]
    return sum(part["type"] == "image_url" for content in contents if isinstance(content, list) for part in content)


def test_chosen_pages_and_words_of_a_layer() -> None:
    """Only the chosen pages of each document are shown; a PDF's own words go along in their fence, nothing is read by OCR."""
    with Server("So.") as server, talk(server, "three.tiff", str(SAMPLES / "letter.pdf"), pages="1,3") as found:
        assert found.problems == [], "a page that is not there is no page to choose"
        found.ask("Why?", FREE)
        [received] = server.requests
    assert pictures(received) == 3
    told = texts(received)
    assert "Document 1, page 3:" in told
    assert told.count("<page_text") == 1
    assert "one\n" not in told


def test_what_was_said_goes_along_whole() -> None:
    """Each question comes with all that was said before it, pictures in the first; a failed question leaves no trace."""
    answers = iter(["First.", "", "Third."])
    with Server(lambda _: next(answers)) as server, talk(server, "a.png") as found:
        records = [found.ask(question, FREE)[0] for question in ("1?", "2?", "3?")]
        last = server.requests[2].body["messages"][1:]
    assert [record.status for record in records] == ["ok", "failed", "ok"]
    assert [message["role"] for message in last] == ["user", "assistant", "user"]
    assert [message["content"] for message in last[1:]] == ["First.", "3?"]
    assert pictures(server.requests[2]) == 1


def test_a_record_of_one_document_and_of_several() -> None:
    """One document's record has its hash and pages; of several there is neither, and all their names."""
    with Server("So.") as server:
        with talk(server, "three.tiff") as found:
            one, _ = found.ask("?", FREE)
        with talk(server, "three.tiff", "a.png") as found:
            several, _ = found.ask("?", FREE)
    assert (one.source, len(one.sha256 or ""), [page.number for page in one.pages]) == ("three.tiff", 64, [1, 2, 3])
    assert (several.source, several.sha256, several.pages) == ("three.tiff, a.png", None, ())
    assert one.usage.input_tokens == 270
    assert one.usage.cost_usd is not None


def test_the_models_failure_comes_first() -> None:
    """Where a source is broken and the model fails as well, the record's first error is the model's, which ended the question."""
    with Server("So.") as server, talk(server, "broken.png", "a.png", fault="401") as found:
        record, _ = found.ask("?", FREE)
    assert [error.kind for error in record.errors] == ["authentication", "input"]


def test_nothing_can_be_opened() -> None:
    """The first failure is raised, and nothing is asked."""
    with Server("So.") as server:
        with pytest.raises(InputError, match="broken"), talk(server, "broken.png", "gone.png"):
            pass
        assert server.requests == []


def test_pieces_of_the_answer() -> None:
    """Free text comes in pieces that add up to the answer."""
    pieces: list[str] = []
    with Server("A cat sits on a mat.") as server, talk(server, "a.png") as found:
        record, _ = found.ask("?", FREE, pieces.append)
    assert len(pieces) > 1
    assert record.data is not None
    assert "".join(pieces) == record.data["text"] == "A cat sits on a mat."


def _photo(path: str, latitude: float, longitude: float) -> None:
    image = Image.effect_noise((40, 30), 50).convert("RGB")
    exif = Image.Exif()
    exif[0x0132] = "2024:05:01 10:00:00"
    exif.get_ifd(0x8769)[EXIF_TIME] = "2024:05:01 10:00:00"
    gps = exif.get_ifd(GPS)
    gps.update({1: "N", 2: (latitude, 0.0, 0.0), 3: "E", 4: (longitude, 0.0, 0.0)})
    Path(path).parent.mkdir(exist_ok=True)
    image.save(path, exif=exif)


def test_an_album_of_photographs() -> None:
    """Time and place go along as measured; a place whose pictures lie far apart is flagged, by the names that the user gave."""
    _photo("rome/1.jpg", 41.9, 12.5)
    _photo("paris/1.jpg", 48.86, 2.35)
    reply = '{"claims": [{"text": "Sun.", "documents": [2]}], "places": [{"name": "Rome", "documents": [1, 2]}]}'
    with Server(reply) as server, talk(server, "rome/1.jpg", "paris/1.jpg") as found:
        record, _ = found.ask("tour", AskOptions(album=True))
        told = texts(server.requests[0])
    assert "2024-05-01" in told
    assert "41.9" in told
    assert "rome/" not in told, "folders are nobody else's affair"
    assert record.data is not None
    assert record.data["claims"] == [{"text": "Sun.", "documents": ["paris/1.jpg"], "supported": True}]
    assert [error.kind for error in record.errors] == ["unsupported"]
    assert "km apart" in record.errors[0].message
    assert record.status == "partial"
