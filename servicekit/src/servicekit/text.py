"""Which texts are accepted, how they are stored, and which of them look alike: the rules of contracts/text.json.

A text is stored in Unicode's composed form (NFC), so that `É` is one text however it was typed. Characters that are
invisible or cannot be printed are refused: a name with one looks like another name, or reverses the words around it
(Unicode UTS 36 and UTS 39).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import idna

_REFUSED = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Categories of Unicode: control, format, private use, half a surrogate pair, line separator, paragraph separator.

Unassigned characters are not among them: the next version of Unicode assigns some, and services may differ in theirs.
"""
_PRINTED_FORMAT = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Format characters that have a shape: signs of Arabic, Syriac and Kaithi that stand below or around a number."""
_BLANK = re.compile(
    # Default_Ignorable_Code_Point without what `_REFUSED` covers, the empty Braille cell, and the noncharacters.
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufdd0-\ufdef\uffa0\ufff0-\ufff8\ufffe\uffff"
    "\U000e0000-\U000e0fff]"
)
_SPACES = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_BREAKS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_JOINERS = "\u200c\u200d"
_JOINER_CONTEXT = 16
"""How many characters on each side of a joiner decide whether it is accepted."""
_SKIN_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
_EMOJI_SELECTORS = "\ufe0e\ufe0f"
_LETTER_SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0d\U000e0100-\U000e01ef]")
_KEYCAP = "\u20e3"
_IGNORED_IN_KEYS = re.compile("[\u200c\u200d\ufe00-\ufe0f\u034f\u180b-\u180f\U000e0100-\U000e01ef]")
# Capital letters of Cyrillic and Greek with the shape of a Latin one, and that one; all in small letters.
_TWINS = str.maketrans("авекмнорстухіјѕαβεζηικμνορτυχ", "abekmhopctyxijsabezhikmnoptyx")

ONE_LINE = "must have one line, without control characters and invisible characters"
SEVERAL_LINES = "must not contain control characters and invisible characters"


class TextError(ValueError):
    """The text is refused; the message says which rule it breaks, and where."""


def one_line(text: str) -> str:
    """Returns the text as a field of one line stores it: trimmed, with one space for each run of spaces inside.

    Returns an empty text if it consists of spaces; the caller decides whether its field may be empty. Raises TextError
    if the text contains a line break, or a character that is invisible or cannot be printed.
    """
    line = _SPACES.sub(" ", unicodedata.normalize("NFC", text).strip())
    _require_readable(line, ONE_LINE)
    return line


def several_lines(text: str) -> str:
    """Returns the text as a field of several lines stores it: trimmed, with a line feed after each line; tabs stay.

    Raises TextError if the text contains a character that is invisible or cannot be printed.
    """
    lines = _BREAKS.sub("\n", unicodedata.normalize("NFC", text)).strip()
    _require_readable(lines, SEVERAL_LINES, also="\n\t")
    return lines


def put_on_one_line(text: str, longest: int | None = None) -> str:
    """Changes any text into one that `one_line` accepts: for composed texts, and for texts stored before these rules.

    Line breaks become spaces and invisible characters are removed. A text longer than `longest` is cut and ends with an
    ellipsis.
    """
    line = _readable(text)
    if longest is not None and len(line) > longest:
        # The cut may have separated a joiner or a selector from what follows it.
        line = _readable(line[: longest - 1]) + "…"
    return line


@lru_cache(maxsize=1024)
def look_alike_key(text: str) -> str:
    """Returns a key that is equal for texts that look alike: decomposed, in capitals, full-width, in Cyrillic.

    The key is Unicode's compatibility caseless match; Cyrillic and Greek letters that look like a Latin letter become
    that letter. The skeletons of UTS 39 are not used: they treat `1`, `I` and `l` as equal, and also `0` and `O`, which
    differ in print.
    """
    folded = unicodedata.normalize("NFD", text)
    for _ in range(2):
        folded = unicodedata.normalize("NFKC", folded.casefold())
    return " ".join(_IGNORED_IN_KEYS.sub("", folded).translate(_TWINS).split())


def _require_readable(text: str, rule: str, also: str = "") -> None:
    if text.isascii() and text.isprintable():
        return
    for index, character in enumerate(text):
        if character not in also and not _is_readable(text, index):
            raise TextError(f"{rule}: character {index + 1} is U+{ord(character):04X}")


def _readable(text: str) -> str:
    """Returns the text without the refused characters, and without those that need a removed neighbour."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    while True:
        spaced = (" " if unicodedata.category(each) in ("Cc", "Zl", "Zp") else each for each in text)
        line = " ".join(unicodedata.normalize("NFC", "".join(spaced)).split())
        text = "".join(character for index, character in enumerate(line) if _is_readable(line, index))
        if text == line:
            return text


def _is_readable(text: str, index: int) -> bool:
    """Returns whether the character at `index` is visible at its place in the text."""
    character = text[index]
    category = unicodedata.category(character)
    if character in _JOINERS:
        return _joins(text, index)
    if character in _EMOJI_SELECTORS:
        return _selects_an_emoji(text, index)
    if _LETTER_SELECTORS.match(character):
        # A variant of a Chinese, Mongolian or Myanmar letter, or of a mathematical sign.
        return index > 0 and unicodedata.category(text[index - 1]) in ("Lo", "Lm", "Sm")
    if index == 0 and category.startswith("M"):
        return False  # an accent without its letter, which would settle on whatever is printed before it
    return character in _PRINTED_FORMAT or (category not in _REFUSED and not _BLANK.match(character))


def _joins(text: str, index: int) -> bool:
    """Returns whether the joiner at `index` is needed.

    Persian, Hindi and Sinhala words need joiners (RFC 5892, appendix A), and so do emoji of several parts.
    """
    if text[index] == "\u200d" and 0 < index < len(text) - 1:
        before, after = text[index - 1], text[index + 1]
        is_picture = unicodedata.category(before) == "So" or before == "\ufe0f" or _SKIN_TONES.match(before)
        if is_picture and unicodedata.category(after) in ("So", "Sm"):
            return True
    start = max(0, index - _JOINER_CONTEXT)
    try:
        return idna.valid_contextj(text[start : index + _JOINER_CONTEXT], index - start)
    except ValueError:  # beside a character without a name
        return False


def _selects_an_emoji(text: str, index: int) -> bool:
    if index == 0:
        return False
    if text[index - 1] in "0123456789#*":
        return text[index + 1 : index + 2] == _KEYCAP
    return unicodedata.category(text[index - 1]) in ("So", "Sm", "Sk", "Po", "Pd")
