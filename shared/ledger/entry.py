"""What a person may type, defined once: names, telephones, the end of an id number, whole numbers, running text.

Used where something enters (forms, commands, CSV files, the directory), and where typed things are compared (search, duplicates).
No verdict and no fold asks here: what was accepted once stays readable. It must not know which body has which field
(`shared.disputes.kinds.entered`).
"""

from __future__ import annotations

import re
import unicodedata

from shared.ledger.formats.characters import DASHES, NARROW, called, unknown
from shared.ledger.texts import t

# Letters by category that nobody sees: fillers of Korean syllables, the empty pattern of Braille.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# Shape a Mongolian or Tibetan word and are part of its spelling (Unicode 14.0, chapter 13.5): joiners, the vowel separator.
_JOINERS = frozenset("\u200c\u200d\u180e")
_JOINED = re.compile(r"[\u1800-\u18af\u0f00-\u0fff]")
_LINES = frozenset("\n\t\r")
_VARIATION = re.compile("[\ufe00-\ufe0f\u180b-\u180d\u180f\U000e0100-\U000e01ef]")
# The point between the parts of a name, as keyboards have it.
MIDDLE_DOT = "\u00b7"
_DOTS = dict.fromkeys(map(ord, "\u2022\u2027\u2219\u22c5\u30fb\uff65\u0387\u2024\u25cf\u25e6\u16eb"), MIDDLE_DOT)
# Of these a name's point is made one (GB 18030 has it as U+00B7); what else looks alike may be a bullet in a body's name.
_POINTS = dict.fromkeys((8226, 8231, 8729, 8901, 12539, 65381, 903), MIDDLE_DOT)
_PHONE = re.compile(r"\+?[0-9]+(?:[- ][0-9]+)*")
_EXTENSION = re.compile(r"\s*(?:转|轉|分机|ext\.?|x|#)\s*", re.IGNORECASE | re.ASCII)
_AREA = re.compile(r"\(\s*(\+?[0-9]{2,5})\s*\)\s*-?\s*")
PHONE_DIGITS = (7, 15)          # fewest: a number within a town; most: ITU-T E.164, without an extension
PHONE_LENGTH = 20               # what an event holds
MAX_DRAFT_BYTES = 4 << 20       # four times the largest event: beyond it a file is not a draft
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_ID_END = re.compile(r"[0-9]{3}[0-9X]")


class BadEntry(ValueError):
    """What was typed cannot be taken. `code` names the reason, `str()` is one Chinese sentence with value and remedy."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(t(f"entry.{code}", **values))
        self.code = code


# --- whole numbers


def whole(text: object, least: int = 0, most: int = 2**53 - 1) -> int | None:
    """The number written in ASCII digits, None for all else (`²`, `４`, `1_000`, thousands of digits) and beyond the bounds."""
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > 16:
        return None
    number = int(text)
    return number if least <= number <= most else None


def narrow(text: str) -> str:
    """What a person typed with the keyboard in full width, as the same characters of ASCII; without blanks around."""
    return text.translate(NARROW).strip()


def counted(text: str, least: int = 0, most: int = 2**53 - 1) -> int | None:
    """`whole` of what a person typed: `１２` is 12."""
    return whole(narrow(text), least, most)


# --- names


def check_name(text: str) -> str:
    """The name as it is kept, the point between its parts as U+00B7. Raises `BadEntry` `name_control`, `name_invisible`,
    `name_unknown` or `name_blank`."""
    for place, character in enumerate(text):
        if _is_control(character):
            raise BadEntry("name_control", value=shown(text), char=sign_words(character))
        if _is_hidden(character) and not _joins(text, place):
            raise BadEntry("name_invisible", value=shown(text), char=sign_words(character))
    if strange := unknown(text):
        raise BadEntry("name_unknown", value=shown(text), char=called(strange))
    if text and not any(_is_seen(character) for character in text):
        raise BadEntry("name_blank", value=shown(text))
    return text.translate(_POINTS)


def name_fault(text: str) -> str:
    """What is wrong with a name, in one Chinese sentence; "" when nothing is."""
    try:
        check_name(text)
    except BadEntry as wrong:
        return str(wrong)
    return ""


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Zl", "Zp")


def _is_hidden(character: str) -> bool:
    return character in _BLANK or unicodedata.category(character) in ("Cf", "Cs") or character == "\u034f"


def _is_seen(character: str) -> bool:
    if character in _BLANK:
        return False
    category = unicodedata.category(character)
    # Rare names: fonts of private use, and ideographs that are younger than this interpreter (`formats.characters`).
    return category[0] in "LNSP" or (category in ("Co", "Cn") and unknown(character) is None)


def _joins(text: str, place: int) -> bool:
    around = text[max(place - 1, 0):place] + text[place + 1:place + 2]
    return text[place] in _JOINERS and bool(_JOINED.search(around))


def file_name(text: str) -> str:
    """The name of a file as it is kept: what cannot be seen becomes □, for a strange name must not stop a photograph."""
    made = "".join("□" if _is_control(c) or (_is_hidden(c) and not _joins(text, n)) else c for n, c in enumerate(text))
    return made or "□"


def of_file_system(name: str) -> str:
    """A path or name as the operating system gave it, in characters: bytes that are no UTF-8 arrive as halves of surrogate pairs;
    they are GBK more often than anything else in China, else each becomes □."""
    if not any("\udc80" <= c <= "\udcff" for c in name):
        return name
    try:
        return name.encode("utf-8", "surrogateescape").decode("gb18030")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return "".join("□" if "\ud800" <= c <= "\udfff" else c for c in name)


MOST_NAME_BYTES = 255       # of one file's name, on every file system in use; a Chinese character takes three or four


def cut_name(name: str, most: int = MOST_NAME_BYTES) -> str:
    """The name of a file within so many bytes of UTF-8, cut before its ending, which says what it is."""
    stem, dot, ending = name.rpartition(".")
    tail = dot + ending
    if not stem or len(tail.encode("utf-8", "replace")) > min(most // 2, 40):
        stem, tail = name, ""
    room = most - len(tail.encode("utf-8", "replace"))
    return stem.encode("utf-8", "replace")[:room].decode("utf-8", "ignore") + tail


def running_text(text: str) -> str:
    """A paragraph as it is kept: lines stay, control characters and what turns the direction of reading or hides are left out.
    Whoever takes it says so (`left_out`)."""
    kept = "".join(c for n, c in enumerate(text) if not _goes(text, n))
    return kept.replace("\r\n", "\n").replace("\r", "\n")


def left_out(text: str) -> str:
    """The characters that `running_text` leaves out of it, in order."""
    return "".join(c for n, c in enumerate(text) if _goes(text, n))


def _goes(text: str, place: int) -> bool:
    c = text[place]
    return c not in _LINES and (_is_control(c) or (_is_hidden(c) and c not in _BLANK and not _joins(text, place)))


# --- telephones and id numbers


def telephone(text: str) -> str:
    """A telephone as it is kept: digits, one `-` between area, number and extension, a leading `+`; "" for none.
    `(0478) 786 2134` -> `0478-7862134`, full width likewise, `转8001` -> `-8001`. Raises `BadEntry` `phone`."""
    plain = text.translate(DASHES).translate(NARROW).strip()
    if not plain:
        return ""
    plain = _EXTENSION.sub("-", _AREA.sub(r"\1-", plain, count=1))
    plain = re.sub(r"\s*-+\s*", "-", re.sub(r"[\s.]+", " ", plain))
    digits = _plain_digits(plain)
    if not _PHONE.fullmatch(plain) or not PHONE_DIGITS[0] <= len(digits) <= PHONE_LENGTH:
        raise BadEntry("phone", value=shown(text), least=PHONE_DIGITS[0], most=PHONE_DIGITS[1])
    # a mobile number in groups of four, a number in pairs: the groups say nothing, the country code does
    country, rest = ("", plain) if not plain.startswith("+") else _country(plain)
    made = country + "-".join(part.replace(" ", "") for part in rest.split("-"))
    if _MOBILE.fullmatch(_plain_digits(rest)):
        made = country + _plain_digits(rest)
    whole_number = re.sub(r"-[0-9]{1,5}$", "", made) if made.count("-") > (1 if country else 0) else made
    if len(_plain_digits(whole_number)) > PHONE_DIGITS[1] or len(made) > PHONE_LENGTH:
        raise BadEntry("phone", value=shown(text), least=PHONE_DIGITS[0], most=PHONE_DIGITS[1])
    return made


def _country(plain: str) -> tuple[str, str]:
    """(`+86 `, the rest) of a number that begins with `+`."""
    found = re.match(r"\+(86|[0-9]{1,3}(?=[- ]))[- ]?", plain)
    return (f"+{found[1]} ", plain[found.end():]) if found else ("", plain)


def phone_key(text: str) -> str:
    """By what two telephones are compared: digits alone, without China's country code; "" for what has too few.
    `+86 138 0000 0000` = `13800000000`, `(0478)7862134` = `0478-7862134` = `+86 478 7862134`."""
    plain = text.translate(NARROW).strip()
    digits = _plain_digits(plain)
    if digits.startswith("0086"):
        digits, abroad = digits[4:], True
    elif digits.startswith("86") and (plain.startswith("+") or _MOBILE.fullmatch(digits[2:])):
        digits, abroad = digits[2:], True
    else:
        abroad = False
    if _MOBILE.fullmatch(digits[1:]) and digits.startswith("0"):
        digits = digits[1:]         # dialled from another town, as long ago
    if abroad and digits and not _MOBILE.match(digits) and not digits.startswith("0"):
        digits = "0" + digits
    return digits if len(digits) >= PHONE_DIGITS[0] else ""


def _plain_digits(text: str) -> str:
    return "".join(c for c in text if c in "0123456789")


def id_end(text: str) -> str:
    """The last four characters of an id number, `123x` as `123X`; "" for none. Raises `BadEntry` `id_end`; a whole number is
    never kept, and not even told back."""
    plain = text.translate(NARROW).strip().upper()
    if not plain:
        return ""
    if not _ID_END.fullmatch(plain):
        raise BadEntry("id_end", value=shown(text) if len(plain) <= 6 else "…" + plain[-2:])
    return plain


# --- comparing


def folded(text: str) -> str:
    """By what typed words are found and names compared: width and case do not matter, nor spaces, points between the parts of a
    name, other marks, and characters that nobody sees."""
    plain = _VARIATION.sub("", unicodedata.normalize("NFKC", text)).lower()
    return "".join(map(_COMPARED.__getitem__, plain))


_MARKS = frozenset(map(chr, _DOTS)) | {MIDDLE_DOT, "\u034f"}


class _Compared(dict[str, str]):
    """A character itself, or "" for one that does not count; asked for each one of every text that is indexed."""

    def __missing__(self, c: str) -> str:
        counts = c not in _BLANK and unicodedata.category(c)[0] not in "ZPC" and c not in _MARKS
        if len(self) < _MOST_COMPARED:
            self[c] = c if counts else ""
        return c if counts else ""


_COMPARED, _MOST_COMPARED = _Compared(), 30_000


def shown(text: object, most: int = 30) -> str:
    """A typed value in a sentence: cut, and with what cannot be seen called by its name."""
    plain = "".join(f"〔{t(f'entry.sign.{_sort(c)}')}〕" if _is_control(c) or _is_hidden(c) else c for c in str(text))
    return plain if len(plain) <= most else plain[:most - 1] + "…"


_BREAKS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NO_WIDTH = frozenset("\u200b\u200c\u200d\u2060\ufeff\u034f\u180e\xad")
_BY_NAME = ("line", "tab")      # what everybody has a key for needs no code


def _sort(character: str) -> str:
    """What it is, of the words `entry.sign`."""
    if character in _BREAKS:
        return "line"
    if character == "\t":
        return "tab"
    if _TURNS.fullmatch(character):
        return "turn"
    if character in _NO_WIDTH:
        return "no_width"
    return "control" if _is_control(character) else "unseen"


def sign_words(character: str) -> str:
    """A character that nobody sees, in words: 换行, 零宽字符 U+200B."""
    sort = _sort(character)
    return t(f"entry.sign.{sort}") if sort in _BY_NAME else f"{t(f'entry.sign.{sort}')} {called(character)}"
