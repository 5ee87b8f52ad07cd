"""Who sits at this device: PINs, one-time codes, the lease, whether the HOME is closed. Must not know: cases, Kivy, argparse."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from shared.ledger.formats.characters import is_digits
from shared.ledger.formats.enrolment_code import one_time_of
from shared.ledger.published.pin_codes import SETTING, code_matches
from shared.ledger.texts import t
from shared.ledger.vault import PIN, WORDS
from village_node.point import limits
from village_node.point.errors import Refused, UsageError
from village_node.point.pins import Pins
from village_node.point.safe import lease
from village_node.point.safe.unlock import is_plain, opens_alone

if TYPE_CHECKING:
    from village_node.point.node import Node


class People:
    """One per desk."""

    def __init__(self, node: Node, ask: Callable[[str], str] | None = None) -> None:
        self._node, self._ask = node, ask
        self._pins = Pins(node.home, node.random, running=lambda: node.running())

    # ---- what is true of this HOME

    @property
    def opens_alone(self) -> bool:
        """Nobody has closed it with a PIN yet."""
        return opens_alone(self._node.home)

    @property
    def is_plain(self) -> bool:
        return is_plain(self._node.home)

    def at_rest(self) -> str:
        """What a finder of this disk meets: "plain" (databases lie open), "alone" (encrypted, and the key beside it until
        somebody has a PIN), "closed"."""
        return "plain" if self.is_plain else "alone" if self.opens_alone else "closed"

    def has_pin(self, staff_id: str) -> bool:
        return self._pins.has(staff_id)

    def needs_words(self) -> bool:
        return self._pins.needs_words()

    def new_words(self) -> str:
        return self._pins.new_words()

    # ---- sitting down

    def idle_lock_s(self) -> int:
        """Seconds without a touch until the screen locks; 0: it does not."""
        said = (self._node.directory.setting("idle_lock") or {}).get("seconds")
        return said if isinstance(said, int) and 0 <= said <= 86_400 else limits.IDLE_LOCK_S

    def check_lease(self) -> None:
        """Raises Refused when this device has been away from the county for too long."""
        days = lease.days_of(self._node.directory.setting("sign_in_days"))
        if lease.is_over(self._node.home, self._node.now()):
            raise Refused(t("node.pin.lease_over", days=days))

    def check_pin(self, staff_id: str, pin: str) -> bool:
        """False for a wrong PIN. Raises Refused while a wait lasts, UsageError where there is none."""
        return self._pins.check(staff_id, pin)

    def acting(self, staff_id: str) -> str:
        """This person acts by a command: asked for the PIN, where there is one and it is not the one that opened this HOME.
        Raises Refused for a wrong one, or where nobody can be asked."""
        self.check_lease()
        if not self._pins.has(staff_id) or self._node.home.opened_by == staff_id:
            return staff_id
        found = self._node.directory.staff(staff_id)
        name = found.name if found is not None else staff_id
        if self._ask is None:
            raise Refused(t("node.pin.needed", name=name))
        if not self.check_pin(staff_id, self._ask(t("node.pin.ask", name=name))):
            raise Refused(t("node.pin.wrong"))
        return staff_id

    # ---- setting a PIN

    def proof_wanted(self, staff_id: str) -> str:
        """What shows that somebody may set this PIN: "pin" (that of now, or an officer's code), "enrolment" (the device's
        one-time code), "code" (an officer's), "" (a HOME from before, in which nobody has one)."""
        if self._pins.has(staff_id):
            return "pin"
        if self._pins.anybody():
            return "code"
        return "enrolment" if self._node.home.secrets().get("enrol_code") else ""

    def set_pin(self, staff_id: str, pin: str, *, proof: str = "", words: str = "") -> None:
        """The first PIN of a person needs a one-time code: of this device's enrolment while nobody has a PIN here, else one that
        an officer gave (`county-hub staff pin`). Raises UsageError, Refused."""
        wanted = self.proof_wanted(staff_id)
        if wanted and not self._pins.counted(staff_id, lambda: self._is_proof(wanted, staff_id, proof)):
            raise UsageError(t(f"node.pin.proof_{wanted}"))
        self._pins.set(staff_id, pin, words=words)
        self._node.home.change_secrets(lambda known: {
            "enrol_code": None, "used_pin_codes": sorted({*(known.get("used_pin_codes") or []), *self._code_ids(staff_id)})})

    def start_anew(self) -> None:
        """After the rescue key opened this HOME: nobody has a PIN, no start words hold, and the HOME opens by itself until the
        next PIN. For an administrator; nothing is encrypted anew."""
        home, random = self._node.home, self._node.random
        key = home.key()
        home.change_secrets(lambda _known: {"pins": {}, "enrol_code": None})
        if key is not None:
            home.change_vault(lambda vault: vault.without(PIN).without(WORDS).with_alone(key, random))

    def _is_proof(self, wanted: str, staff_id: str, proof: str) -> bool:
        secrets = self._node.home.secrets()
        if wanted == "pin" and is_digits(proof) and self._pins.is_right(staff_id, proof):
            return True
        if wanted == "enrolment" and code_matches(secrets.get("enrol_code") or {}, one_time_of(proof),
                                                   self._node.now()):
            return True
        said = self._node.directory.setting(SETTING + staff_id) or {}
        used = secrets.get("used_pin_codes") or []
        return said.get("id") not in used and code_matches(said, proof, self._node.now())

    def _code_ids(self, staff_id: str) -> list[str]:
        said = self._node.directory.setting(SETTING + staff_id) or {}
        return [str(said["id"])] if said.get("id") else []
