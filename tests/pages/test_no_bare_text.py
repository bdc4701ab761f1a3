"""No sentence reaches the screen past t(), and no number past the language's own way of writing it."""

from pathlib import Path

import pytest

from tests.pages.bare_text import Scan

ROOT = Path(__file__).resolve().parents[2]
# names, the same in every language
NAMES = frozenset({"Tunesmith", "Bahasa / Language", "English", "Bahasa Indonesia"})


def sources() -> dict[str, str]:
    files = [ROOT / "streamlit_app.py", *sorted((ROOT / "pages").rglob("*.py"))]
    named = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}
    return {name: file.read_text(encoding="utf-8") for name, file in named.items()}


def test_no_text_of_the_pages_goes_past_t() -> None:
    scan = Scan(sources(), NAMES)
    assert scan.reached > 800, "the scan has lost its way"
    assert not scan.found, "\n".join(f"{module}:{line}: {text}" for module, line, text in sorted(scan.found))


HEAD = "import streamlit as st\nfrom pages.ui.text import t, tn, Raw\nimport pandas as pd\n"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ('st.button("Press me")', "Press me"),
        ('st.button(t("Fine"), help="Not fine")', "Not fine"),
        ("a, b = st.columns(2)\na.markdown(f'**Bold** {t(x)}')", "**Bold** …"),
        ('label = "Bare"\nst.caption(label if x else t("y"))', "Bare"),
        ('NAMES = {"a": "Bare"}\nst.text(NAMES[x])', "Bare"),
        ('NAMES = {"a": t("x")}\nst.text(NAMES.get(x, "Bare"))', "Bare"),
        ('st.selectbox(t("x"), ["a"], format_func=lambda i: "Bare")', "Bare"),
        ('st.radio(t("x"), ["Bare"])', "Bare"),
        ('def name(i):\n    return f"Bare {i}"\nst.selectbox(t("x"), ["a"], format_func=name)', "Bare …"),
        ('def part(title, body="Bare"):\n    st.subheader(title)\n    st.write(body)\npart(t("x"))', "Bare"),
        ('def part(title):\n    st.subheader(title)\ndef whole(told):\n    part(told)\nwhole("Bare")', "Bare"),
        ('def field(label, **how):\n    st.text_input(label, **how)\nfield(t("x"), placeholder="Bare")', "Bare"),
        ('st.dataframe(pd.DataFrame({"Bare": values}))', "Bare"),
        ('table = pd.DataFrame([{t("x"): 1, "Bare": 2} for c in cells])\nst.dataframe(table)', "Bare"),
        ('figure.update_xaxes(title="Bare")', "Bare"),
        ('st.navigation({"Bare": pages})', "Bare"),
        ('st.success(", ".join(f"{n} rows" for n in counts))', "… rows"),
        ('for word in ("Bare", t("x")):\n    st.text(word)', "Bare"),
        ('st.text(Raw("Bare"))', "Bare"),
        ('st.text(t("{x}", x="Bare"))', "Bare"),
        ('for code, (a, b) in zip(("x",), pairs):\n    st.text(t("Fine"))\n    st.text("Bare")', "Bare"),
        ('st.caption(f"{share:.2f}")', "by hand: f'{share:.2f}'"),
        ('st.caption(f"{at:%Y-%m-%d}")', "by hand: f'{at:%Y-%m-%d}'"),
        ("st.text(at.isoformat())", "by hand: at.isoformat()"),
        (
            'def a():\n    def b(c):\n        return {"Bare": c}\n    return pd.DataFrame([b(c) for c in cells])\nst.table(a())',
            "Bare",
        ),
    ],
)
def test_the_scan_finds(code: str, text: str) -> None:
    assert text in {found for _, _, found in Scan({"pages.bad": HEAD + code}, NAMES).found}


@pytest.mark.parametrize(
    "code",
    [
        'st.button(t("Fine"), key="some_key", type="primary", icon=":material/check:")',
        "st.markdown(f':material/build: **{t(x)}** – {1}')",
        'st.selectbox(t("x"), ["code_a", "code_b"], format_func=lambda i: NAMES[i])\nNAMES = {"code_a": t("A")}',
        'st.text_input(t("x"), placeholder="https://…/v1")',
        'st.title("Tunesmith")',
        'icons = {"a": "star"}\nst.markdown(f":material/{icons[x]}: **{name}**")',
        'style = "margin:0"\nst.html(f"<p style=\'{style}\'>{text}</p>")',
        'if kind == "some words":\n    st.text(text_of_a_file)',
        'from pages import other\nother.button("not a command")',
        'st.download_button(t("x"), data="a,b", file_name="some words.csv")',
    ],
)
def test_the_scan_leaves_alone(code: str) -> None:
    assert not Scan({"pages.good": HEAD + code}, NAMES).found
