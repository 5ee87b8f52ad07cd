"""Demands of citizens: taken, shown, and decided by a person. Nothing becomes a case by itself.

    take      the portal hands in what was typed; the same code again is the same demand
    accept    an officer registers a case at the county's window, with the photographs as its first files
    send_back with a reason, in words for the citizen
    forget    what was said goes `keep_days` after the answer, the row a year after it (个人信息保护法 Art 19, 47)
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from county_hub.demands import code as codes
from county_hub.demands.store import ACCEPTED, RETURNED, WAITING, Demand, DemandStore, one, photos, some
from shared.ledger.entry import BadEntry, check_name, running_text, telephone
from shared.ledger.files import pictures
from shared.ledger.files.pictures import BadFile
from shared.ledger.files.prepared import FileDraft, PreparedFile, prepare
from shared.ledger.texts import t
from shared.paths import DATA
from sync.endpoint.guesses import group_of
from sync.storage import has_room

DAY_MS = 86_400_000
MOST_PHOTOS = 6
QUESTION = "question"               # what is asked about a project has this for a category
MOST_TEXT, MOST_PLACE, MOST_NAME = 1000, 100, 40
MOST_PIXELS = 50_000_000
ROW_KEPT_DAYS = 365
_BUSY_ROOM = 256 << 20              # below so much free space strangers store nothing: the county's records need it


class NotTaken(Exception):
    """Sentences for a citizen, by field; "" for what is of no field. `later`: the same may be sent again another time."""

    def __init__(self, faults: Mapping[str, str], *, later: bool = False) -> None:
        super().__init__(next(iter(faults.values())))
        self.faults, self.later = dict(faults), later


class CannotDecide(Exception):
    """One sentence for an officer; `field`: what he typed wrong."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Limits:
    """How many a day: from one address with and without the little work, from one telephone, and waiting at all."""

    worked: int
    unworked: int
    phone: int
    waiting: int = 2000


@dataclass(frozen=True, slots=True)
class Typed:
    category: str
    text: str
    office: str
    place: str
    name: str
    phone: str
    about: str = ""             # the project that is asked about


@lru_cache(maxsize=1)
def choices() -> dict[str, dict[str, str]]:
    """Key -> {category, subcategory?}, in the order in which they are shown."""
    return tomllib.loads((DATA / "demand_kinds.toml").read_text("utf-8"))


class Demands:
    """`key` hashes addresses. Any thread; pictures are decoded one at a time, for one may take 200 MB for a moment."""

    def __init__(self, store: DemandStore, limits: Limits, key: bytes) -> None:
        self.store, self._limits, self._key = store, limits, key
        self._one_picture = threading.Lock()

    def close(self) -> None:
        self.store.close()

    # -- the citizen --

    def known(self, code: str) -> Demand | None:
        """The demand of this code, in plain form."""
        if not self.store.path.exists():
            return None
        with self.store.reading() as db:
            return one(db, "code", codes.kept(code))

    def refuses(self, address: str, *, worked: bool) -> str:
        """Why nothing more is taken from here now, or "". Asked before a large body is read."""
        if not has_room(self.store.path.parent, _BUSY_ROOM):
            return t("demand.full")
        since, most = self.store.clock() - DAY_MS, self._limits.worked if worked else self._limits.unworked
        with self.store.reading() as db:
            lately = "SELECT count(*) FROM demands WHERE source = ? AND at > ?"
            here = db.execute(lately, (self._source(address), since)).fetchone()
            waiting = db.execute("SELECT count(*) FROM demands WHERE state = ?", (WAITING,)).fetchone()
        if waiting[0] >= self._limits.waiting:
            return t("demand.full")
        return t("demand.enough", n=most) if here[0] >= most else ""

    def take(self, code: str, typed: Typed, sent: Sequence[bytes], address: str, *, worked: bool, channel: str) -> Demand:
        """Durable when this returns. Raises `NotTaken`."""
        already = self.known(code)
        if already is not None:
            return already                      # sent twice: the answer to the first was lost on the way
        told = self.refuses(address, worked=worked)
        if told:
            raise NotTaken({"": told}, later=True)
        kept = self._checked(typed, sent)
        made = [self._photo(data, number) for number, data in enumerate(sent, 1)]
        now = self.store.clock()
        with self.store.changing() as db:
            recent = "SELECT count(*) FROM demands WHERE phone = ? AND at > ?"
            if db.execute(recent, (kept.phone, now - DAY_MS)).fetchone()[0] >= self._limits.phone:
                raise NotTaken({"phone": t("demand.enough_phone", n=self._limits.phone)}, later=True)
            row = (codes.kept(code), now, channel[:20], self._source(address), int(worked), kept.about, kept.category, kept.text,
                   kept.office, kept.place, kept.name, kept.phone, WAITING)
            done = db.execute(
                "INSERT INTO demands (code, at, channel, source, worked, about, category, text, office, place, name, phone,"
                " state, answer, answered_by, case_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', '')"
                " ON CONFLICT (code) DO NOTHING", row)
            if done.rowcount:
                rows = [(done.lastrowid, place, data) for place, data in enumerate(made, 1)]
                db.executemany("INSERT INTO photos VALUES (?, ?, ?)", rows)
        taken = self.known(code)
        assert taken is not None
        return taken

    def _checked(self, typed: Typed, sent: Sequence[bytes]) -> Typed:
        """All that is wrong at once. Raises `NotTaken`."""
        faults = dict[str, str]()
        text, place = running_text(typed.text).strip(), " ".join(running_text(typed.place).split())
        name, phone = typed.name.strip(), ""
        if typed.category not in choices() and not typed.about:
            faults["category"] = t("demand.choose_kind")
        if not 5 <= len(text) <= MOST_TEXT:
            faults["text"] = t("demand.text_length", least=5, most=MOST_TEXT, n=len(text))
        if len(place) > MOST_PLACE:
            faults["place"] = t("demand.place_length", most=MOST_PLACE)
        try:
            name = check_name(name)
            if not 1 <= len(name) <= MOST_NAME:
                faults["name"] = t("demand.name_length" if name else "demand.name_missing", most=MOST_NAME)
        except BadEntry as wrong:
            faults["name"] = str(wrong)
        try:
            phone = telephone(typed.phone)
            if not phone:
                faults["phone"] = t("demand.phone_missing")
        except BadEntry as wrong:
            faults["phone"] = str(wrong)
        if len(sent) > MOST_PHOTOS:
            faults["photos"] = t("demand.photos_many", most=MOST_PHOTOS)
        if faults:
            raise NotTaken(faults)
        return Typed(QUESTION if typed.about else typed.category, text, typed.office, place, name, phone, typed.about)

    def _photo(self, data: bytes, number: int) -> bytes:
        name = t("demand.photo_name", n=number)
        try:
            with self._one_picture:
                return pictures.made_anew(data, name, MOST_PIXELS)
        except BadFile as wrong:
            raise NotTaken({"photos": str(wrong)}) from None

    def _source(self, address: str) -> str:
        return hmac.new(self._key, f"demand {group_of(address)}".encode(), hashlib.sha256).hexdigest()[:32]

    # -- officers --

    def get(self, n: int) -> Demand | None:
        with self.store.reading() as db:
            return one(db, "n", n)

    def page(self, state: str, after: int = 0, limit: int = 50) -> list[Demand]:
        """As `store.some`; `limit` -1: all."""
        with self.store.reading() as db:
            return some(db, state, after, limit)

    def count(self) -> int:
        """How many were ever handed in; 0 where nobody has."""
        if not self.store.path.exists():
            return 0
        with self.store.reading() as db:
            return int(db.execute("SELECT count(*) FROM demands").fetchone()[0])

    def waiting(self) -> int:
        """How many wait; 0 where nobody has handed anything in."""
        if not self.store.path.exists():
            return 0
        with self.store.reading() as db:
            return int(db.execute("SELECT count(*) FROM demands WHERE state = ?", (WAITING,)).fetchone()[0])

    def photos(self, n: int) -> list[bytes]:
        with self.store.reading() as db:
            return photos(db, n)

    def files(self, n: int) -> list[PreparedFile]:
        """The photographs as the files of an event."""
        return [prepare(FileDraft(data=data, name=f"{t('demand.photo_name', n=place)}.jpg", type="image/jpeg"))
                for place, data in enumerate(self.photos(n), 1)]

    def accept(self, n: int, staff: str, words: str, register: Callable[[Demand], str], answer: str = "") -> Demand:
        """`register(demand)` registers the case and returns its id, or writes the answer to a question and returns "". When
        `demand.begun` is not empty, an earlier call was broken off and may have written already: these were its `words`. Raises
        `CannotDecide`, and what it raises."""
        with self.store.changing() as db:
            before = self._waiting(db, n)
            db.execute("UPDATE demands SET begun = ? WHERE n = ?", (json.dumps([*dict.fromkeys((*before.begun, words))]), n))
        with self.store.changing() as db:       # two officers at once: the second waits, and is told
            self._waiting(db, n)
            case = register(before)
            self._answer(db, n, ACCEPTED, answer, staff, case)
        return self._now(n)

    def send_back(self, n: int, staff: str, reason: str) -> Demand:
        said = running_text(reason).strip()
        if not 4 <= len(said) <= 500:
            raise CannotDecide(t("demand.reason_length", least=4, most=500), "reason")
        with self.store.changing() as db:
            self._waiting(db, n)
            self._answer(db, n, RETURNED, said, staff, "")
        return self._now(n)

    def forget(self, keep_days: int) -> int:
        """Erase what was said in those answered long ago, and the addresses of yesterday; how many were erased."""
        now = self.store.clock()
        if not self.store.path.exists():
            return 0
        with self.store.changing() as db:
            db.execute("PRAGMA secure_delete = ON")
            db.execute("UPDATE demands SET source = '' WHERE at < ? AND source <> ''", (now - DAY_MS,))
            old = "state <> ? AND forgotten = 0 AND answered_at < ?"
            marks = (WAITING, now - keep_days * DAY_MS)
            db.execute(f"DELETE FROM photos WHERE n IN (SELECT n FROM demands WHERE {old})", marks)
            erased = "text = '', place = '', name = '', phone = '', begun = '[]', forgotten = 1"
            gone = db.execute(f"UPDATE demands SET {erased} WHERE {old}", marks)
            db.execute("DELETE FROM demands WHERE forgotten = 1 AND answered_at < ?", (now - ROW_KEPT_DAYS * DAY_MS,))
            return gone.rowcount

    def _waiting(self, db: Any, n: int) -> Demand:
        demand = one(db, "n", n)
        if demand is None:
            raise CannotDecide(t("demand.unknown", n=n))
        if demand.state != WAITING:
            raise CannotDecide(t("demand.decided", n=n, state=t(f"demand.state_{demand.state}")))
        return demand

    def _answer(self, db: Any, n: int, state: str, answer: str, staff: str, case: str) -> None:
        db.execute("UPDATE demands SET state = ?, answer = ?, answered_at = ?, answered_by = ?, case_id = ? WHERE n = ?",
                   (state, answer, self.store.clock(), staff, case, n))

    def _now(self, n: int) -> Demand:
        demand = self.get(n)
        assert demand is not None
        return demand
