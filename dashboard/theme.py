"""Colours, in one table: each token's dark and light value. Grey is normal; colour means act.

Red: stopped now, or within hours. Amber: off target. Purple with hatching: the data, not the
plant, is the problem. Each also has a shape and a word of its own, for colour alone tells about
one man in twelve nothing.
"""

TOKENS: dict[str, tuple[str, str]] = {
    "page": ("#14171B", "#F1F3F5"),
    "surface": ("#1C2026", "#FFFFFF"),
    "cell": ("#242A31", "#F6F7F9"),
    "hairline": ("#2F363E", "#DDE2E7"),
    "outline": ("#5B6570", "#87919B"),
    "text": ("#E9ECEF", "#15191E"),
    "muted": ("#A3ACB6", "#55606C"),
    "bar": ("#8E98A3", "#87919B"),
    "bar-stale": ("#39414A", "#CBD1D7"),
    "ink": ("#E9ECEF", "#15191E"),
    "accent": ("#6CB2F5", "#1A66C2"),
    "red": ("#D92D20", "#C3201A"),
    "on-red": ("#FFFFFF", "#FFFFFF"),
    "red-edge": ("#FFFFFF", "#15191E"),
    "amber": ("#FFB224", "#FFB224"),
    "on-amber": ("#15191E", "#15191E"),
    "amber-edge": ("#FFB224", "#8F5600"),
    "low": ("#7A5A17", "#F9D48A"),
    "on-low": ("#FFFFFF", "#15191E"),
    "short": ("#4A1F1D", "#F8DAD7"),
    "on-short": ("#FFB9B2", "#8F1510"),
    "stale": ("#8E3FC0", "#7A2BA8"),
    "on-stale": ("#FFFFFF", "#FFFFFF"),
    "stale-edge": ("#B57BDD", "#7A2BA8"),
}

TEXT_PAIRS = [
    ("text", "surface", 6.0),
    ("text", "page", 6.0),
    ("text", "cell", 6.0),
    ("muted", "surface", 6.0),
    ("muted", "page", 5.5),
    ("muted", "cell", 5.9),
    ("on-red", "red", 4.5),
    ("on-amber", "amber", 4.5),
    ("on-stale", "stale", 4.5),
    ("on-low", "low", 4.5),
    ("on-short", "short", 4.5),
]
"""(text, background, least contrast ratio): a test computes each."""

MARK_PAIRS = [
    ("bar", "surface", 3.0),
    ("accent", "surface", 3.0),
    ("red-edge", "surface", 3.0),
    ("amber-edge", "surface", 3.0),
    ("stale-edge", "surface", 3.0),
]
"""Marks need 3 : 1 against what is around them, by themselves or by their edge."""


def css_variables() -> str:
    """The tokens as CSS custom properties; dark unless the page says `data-theme="light"`.

    >>> css_variables().startswith(":root{--page:#14171B;")
    True
    """
    dark = "".join(f"--{name}:{values[0]};" for name, values in TOKENS.items())
    light = "".join(f"--{name}:{values[1]};" for name, values in TOKENS.items())
    return f':root{{{dark}color-scheme:dark}}:root[data-theme="light"]{{{light}color-scheme:light}}'


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio of two #RRGGBB colours.

    >>> round(contrast("#FFFFFF", "#000000"), 1)
    21.0
    """
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
