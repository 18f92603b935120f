"""Settings: who wins, and errors that name the culprit and keep the secret."""

import os
import tomllib
from pathlib import Path

import pytest

from vextract.errors import UsageError
from vextract.settings import Settings, load_settings, settings_files

_SECRET = "hunter2-geheim"  # noqa: S105


def _config(text: str) -> None:
    """Writes the user's own settings file."""
    path = settings_files()[1]
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")


def _error(**flags: object) -> UsageError:
    with pytest.raises(UsageError) as caught:
        load_settings(**flags)
    assert caught.value.hint
    return caught.value


@pytest.mark.usefixtures("workdir")
def test_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag wins over the environment, that over .env, that over ./vextract.toml, that over the user's own file."""
    assert load_settings().dpi == 200
    _config("dpi = 101\nlang = 'fra'")
    assert load_settings().dpi == 101
    Path("vextract.toml").write_text("dpi = 102", "utf-8")
    assert load_settings().dpi == 102
    Path(".env").write_text("VEXTRACT_DPI=103\nOTHER=1", "utf-8")
    assert load_settings().dpi == 103
    monkeypatch.setenv("VEXTRACT_DPI", "104")
    assert load_settings().dpi == 104
    assert load_settings(dpi=105).dpi == 105
    assert load_settings(dpi=None).dpi == 104
    assert load_settings().lang == "fra"


@pytest.mark.usefixtures("workdir")
def test_false_is_a_value() -> None:
    """A flag that says no wins over a file that says yes."""
    Path("vextract.toml").write_text("fast = true", "utf-8")
    assert load_settings().fast
    assert not load_settings(fast=False).fast


@pytest.mark.usefixtures("workdir")
def test_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable counts as not set."""
    monkeypatch.setenv("VEXTRACT_PSM", "")
    assert load_settings().psm is None


@pytest.mark.usefixtures("workdir")
def test_named_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """VEXTRACT_CONFIG names the user's file; if it cannot be read that is an error, not silence."""
    _config("dpi = 101")
    Path("mine.toml").write_text("dpi = 99", "utf-8")
    monkeypatch.setenv("VEXTRACT_CONFIG", "mine.toml")
    assert load_settings().dpi == 99
    monkeypatch.setenv("VEXTRACT_CONFIG", "none.toml")
    assert _error().message.startswith("cannot read 'none.toml'")
    monkeypatch.setenv("VEXTRACT_CONFIG", "/dev/null")
    assert load_settings().dpi == 200  # an empty one


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize(
    ("name", "hint"),
    [("dpii", "did you mean 'dpi'?"), ("language", "did you mean 'lang'?"), ("pasword", "did you mean 'password'?")],
)
def test_unknown_name(name: str, hint: str) -> None:
    """A name that is no setting is an error that suggests the near one, in a file as in a call."""
    assert hint in _error(**{name: 1}).hint
    Path("vextract.toml").write_text(f"{name} = 1", "utf-8")
    error = _error()
    assert f"'vextract.toml' sets '{name}'" in error.message
    assert hint in error.hint


@pytest.mark.usefixtures("workdir")
def test_unknown_name_like_none() -> None:
    """A name like no setting is an error that lists them all."""
    for error in (_error(xyzzy=1), _error(_env_file="/etc/passwd")):
        assert all(name in error.hint for name in Settings.model_fields)


@pytest.mark.usefixtures("workdir")
def test_table_in_a_file() -> None:
    """A table in a settings file is no setting."""
    Path("vextract.toml").write_text("[ocr]\nlang = 'deu'\n", "utf-8")
    assert "'ocr'" in _error().message


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dpi", "many"),
        ("dpi", 0),
        ("dpi", 1e9),
        ("psm", 14),
        ("ocr", "sometimes"),
        ("pdf_renderer", "acrobat"),
        ("jobs", 0),
        ("fetch_timeout_s", -1),
        ("box_unit", "cm"),
        ("fast", "perhaps"),
        ("lang", 7),
    ],
)
def test_bad_value(name: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that is not allowed is an error that shows it and names the flag or the setting that it came from."""
    message = _error(**{name: value}).message
    assert message.startswith(f"--{name.replace('_', '-')} cannot be {value!r}: ")
    if isinstance(value, str):
        monkeypatch.setenv(f"VEXTRACT_{name.upper()}", value)
        assert _error().message.startswith(f"setting '{name}' cannot be {value!r}: ")


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize("text", ["dpi = ", "dpi = 1\ndpi = 2", "\ufeff=", "password = " + _SECRET])
def test_broken_file(text: str) -> None:
    """A settings file that is no TOML is an error that names the file and the place, and shows nothing of its content."""
    Path("vextract.toml").write_text(text, "utf-8")
    message = _error().message
    assert "cannot read 'vextract.toml'" in message
    assert "(at " in message
    assert _SECRET not in message


@pytest.mark.usefixtures("workdir")
def test_files_that_are_no_text() -> None:
    """A settings file or .env that is not UTF-8 is an error that names the file."""
    Path("vextract.toml").write_bytes(b"lang = '\xff'")
    assert "cannot read 'vextract.toml'" in _error().message
    os.unlink("vextract.toml")
    Path(".env").write_bytes(b"NAME=Gr\xf6\xdfe\n")
    assert "cannot read '.env'" in _error().message


@pytest.mark.usefixtures("workdir")
def test_foreign_env_file() -> None:
    """A .env of another program, or a directory of that name, plays no part."""
    Path(".env").write_text("DATABASE_URL=x\nDPI=99\nexport FOO='bar'\n", "utf-8")
    assert load_settings().dpi == 200
    os.unlink(".env")
    Path(".env").mkdir()
    assert load_settings().dpi == 200


def _everything(error: BaseException | None) -> str:
    """The texts of an error and of all that led to it, as a traceback would show them."""
    texts = []
    while error is not None:
        texts += [str(error), repr(error)]
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


@pytest.mark.usefixtures("workdir")
def test_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password shows neither in the settings' repr nor in any error, even where it is what is wrong."""
    assert load_settings(password=_SECRET).password == _SECRET
    assert _SECRET not in repr(load_settings(password=_SECRET)) + str(load_settings(password=_SECRET))
    assert _SECRET not in _everything(_error(password=[_SECRET]))
    assert _SECRET not in _everything(_error(password=_SECRET, dpi="many"))
    Path("vextract.toml").write_text(f"password = ['{_SECRET}']", "utf-8")
    assert "'password'" in _error().message
    assert _SECRET not in _everything(_error())
    monkeypatch.setenv("VEXTRACT_PASSWORD", _SECRET)
    assert _SECRET not in _everything(_error(dpi="many"))


@pytest.mark.usefixtures("workdir")
def test_every_setting_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each setting says what it is for, and its default is allowed in a settings file."""
    monkeypatch.delenv("VEXTRACT_CACHE")
    for name, field in Settings.model_fields.items():
        assert field.description, name
        default = field.get_default(call_default_factory=True)
        if default is not None:
            literal = "{}" if default == {} else {True: "true", False: "false"}.get(default, repr(default))
            Path("vextract.toml").write_text(f"{name} = {literal}", "utf-8")
            assert tomllib.loads(Path("vextract.toml").read_text("utf-8"))
            assert getattr(load_settings(), name) == default
