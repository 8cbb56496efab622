"""Contrast of every pair of colours that carries text or a state, in both themes."""

import pytest

from dashboard.theme import MARK_PAIRS, TEXT_PAIRS, TOKENS, contrast, css_variables


@pytest.mark.parametrize("theme", [0, 1], ids=["dark", "light"])
@pytest.mark.parametrize(("front", "back", "least"), TEXT_PAIRS + MARK_PAIRS)
def test_contrast(front: str, back: str, least: float, theme: int) -> None:
    assert contrast(TOKENS[front][theme], TOKENS[back][theme]) >= least


def test_contrast_is_the_published_formula() -> None:
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_green_is_not_among_the_colours() -> None:
    """Normal is grey: a colour that says "fine" would hide the one that says "act"."""
    for dark, light in TOKENS.values():
        for colour in (dark, light):
            red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
            assert not (green > red + 24 and green > blue + 24), colour


def test_both_themes_define_every_token() -> None:
    css = css_variables()
    assert all(css.count(f"--{name}:") == 2 for name in TOKENS)
