"""The theme: both modes readable (WCAG AA), the fonts in the house and free to ship."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
THEME: dict[str, Any] = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
TEXT, LARGE = 4.5, 3.0  # WCAG 2.2, success criteria 1.4.3 (text) and 1.4.11 (what is not text: buttons, lines of a chart)
CAPTION = 0.6  # Streamlit writes captions in the text colour at this opacity
FAMILIES = ("green", "blue", "orange", "yellow", "red", "violet", "gray")


def channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def luminance(rgb: list[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(front: str, ground: str, opacity: float = 1.0) -> float:
    back = [float(value) for value in channels(ground)]
    mixed = [opacity * a + (1 - opacity) * b for a, b in zip(channels(front), back, strict=True)]
    high, low = sorted((luminance(mixed), luminance(back)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_stands_out_from_every_ground(mode: str) -> None:
    colours = THEME[mode]
    side = colours["sidebar"]
    grounds = [part[name] for part in (colours, side) for name in ("backgroundColor", "secondaryBackgroundColor")]
    for ground in grounds:
        assert contrast(colours["textColor"], ground) >= 7, ground
        assert contrast(colours["textColor"], ground, CAPTION) >= TEXT, ground
        assert contrast(colours["linkColor"], ground) >= TEXT, ground
    assert contrast("#ffffff", colours["primaryColor"]) >= TEXT, "the words on a primary button"
    assert contrast(colours["primaryColor"], colours["backgroundColor"]) >= LARGE, "the button on the page"
    assert contrast(colours["codeTextColor"], colours["codeBackgroundColor"]) >= TEXT
    assert contrast(colours["dataframeHeaderTextColor"], colours["dataframeHeaderBackgroundColor"]) >= TEXT


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("family", FAMILIES)
def test_messages_and_badges_can_be_read(mode: str, family: str) -> None:
    colours = THEME[mode]
    assert contrast(colours[f"{family}TextColor"], colours[f"{family}BackgroundColor"]) >= TEXT
    assert contrast(colours[f"{family}TextColor"], colours["backgroundColor"]) >= TEXT


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_lines_of_a_chart_stand_out(mode: str) -> None:
    for colour in THEME[mode]["chartCategoricalColors"]:
        assert contrast(colour, THEME[mode]["backgroundColor"]) >= LARGE


def test_every_font_is_in_the_house_with_its_licence() -> None:
    faces = THEME["fontFaces"]
    files = {face["url"].removeprefix("app/") for face in faces}
    assert files == {path.relative_to(ROOT).as_posix() for path in (ROOT / "static").rglob("*.woff2")}
    for face in faces:
        assert (ROOT / face["url"].removeprefix("app/")).read_bytes()[:4] == b"wOF2"
        licence = ROOT / "static" / "fonts" / f"LICENSE-{face['family'].lower().replace(' ', '-')}.txt"
        assert "SIL Open Font License" in licence.read_text(encoding="utf-8")


def test_what_lies_open_to_the_browser_is_fonts_alone() -> None:
    kinds = {path.suffix for path in (ROOT / "static").rglob("*") if path.is_file()}
    assert kinds == {".woff2", ".txt"}
