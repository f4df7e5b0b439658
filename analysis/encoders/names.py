"""The mixtures of encoders: their names, and the languages that each encoder was trained on."""

VERSION = 4  # of the numbers in mixture.npz: stored vectors of another are made anew
MIXTURES = {
    ("e5", "use", "minilm"): "multilingual-e5-small + USE + MiniLM",
    ("use", "minilm"): "USE + MiniLM",
}
"""The mixtures there are: without e5 where its package has no build for the machine"""
_OF_E5 = """
    af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fil fr fy ga gd gl gu ha he hi hr hu hy id is
    it ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk sl so
    sq sr su sv sw ta te th tr ug uk ur uz vi xh yi zh
"""
LANGUAGES = {
    "e5": frozenset(_OF_E5.split()),
    "use": frozenset({"ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"}),
    "minilm": frozenset({"en"}),
}
"""By their codes (BCP 47); those of e5 are the languages of XLM-R (Conneau et al. 2020, arXiv:1911.02116)"""


ENGLISH_MODELS = ("all-MiniLM-L6-v2", "all-MiniLM-L6-v2 int8")
"""Names of the model before there were several, which runs of that time have"""


def full_name(encoders: tuple[str, ...], *, int8: bool) -> str:
    """Return the name that vectors of a mixture are stored under. Raises KeyError for encoders that are none."""
    return f"{MIXTURES[encoders]}{' int8' if int8 else ''} v{VERSION}"


def languages_read(model: str) -> frozenset[str] | None:
    """Return the languages that a model was trained on, by its full name; None where nothing is known about it."""
    if model in ENGLISH_MODELS:
        return LANGUAGES["minilm"]
    for encoders in MIXTURES:
        if model in (full_name(encoders, int8=True), full_name(encoders, int8=False)):
            return frozenset().union(*(LANGUAGES[each] for each in encoders))
    return None


def is_exact(model: str) -> bool:
    """Return whether a model gives a text the same bits in any company and in any process."""
    return any(model == full_name(encoders, int8=True) for encoders in MIXTURES)
