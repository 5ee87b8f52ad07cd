"""The package for the court at this service point: what goes in, for whom it is encrypted, and how a court checks and opens one.

The papers are drawn by `printing`; the format is `shared.disputes.papers.court_package`. Opening writes the parts into a
folder and nothing else.
Must not know: argparse.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.disputes.papers.court_package import MAX_BYTES, Opened, Part, build, fingerprint, open_package
from shared.ledger.entry import cut_name
from shared.ledger.errors import Refused
from shared.ledger.formats.keys import DeviceKey, check_public_key
from shared.ledger.os_words import os_reason
from shared.ledger.texts import has, t
from village_node.papers.printing import Printing
from village_node.point.errors import NodeError, UsageError

if TYPE_CHECKING:
    from village_node.point.node import Node

_UNSAFE = '/\\:*?"<>|'
MIN_PASSPHRASE = 12          # characters; words on paper handed over by hand, against guessing at home


@dataclass(frozen=True, slots=True)
class Recipient:
    """One of the two."""

    court_key: str = ""
    passphrase: str = ""


def make(node: Node, printing: Printing, case: str, consents: Sequence[int],
         recipient: Recipient) -> tuple[bytes, dict[str, Any]]:
    """The package and what is said of it. Raises NotHere, UsageError, NodeError."""
    from shared.disputes.papers.case_file import all_consent
    from shared.disputes.papers.court_files import court_files

    bound = printing.court_package(case, consents)
    state, context = printing.of(case)
    form = "D11" if state.agreement is not None and state.agreement.form == "oral" else "D10"
    parts = [Part("court-package.pdf", bound)]
    parts += [Part(f"{code}.pdf", printing.documents(case, [code])) for code in ("D14", form, "D05")]
    missing = []
    for place, ref in enumerate(court_files(state, context, consents), 1):
        data = context.file_bytes(ref.sha256)
        if data is None:
            missing.append(f"{ref.name} {ref.sha256[:16]}")
        else:
            parts.append(Part(cut_name(f"{place:02d}-{_plain(ref.name)}"), data))
    office = node.directory.office(node.config.office)
    about = {
        "case": state.id, "number": state.number, "file_no": state.file_no, "office": node.config.office,
        "office_name": office.name if office else node.config.office, "device": node.config.device,
        "made_on": context.printed_on, "consents": sorted(set(consents)), "record_included": all_consent(state, consents),
        "missing": missing,
    }
    try:
        data = build(parts, about, node.device_key, node.random, court_key=recipient.court_key, passphrase=recipient.passphrase)
    except Refused as wrong:
        raise UsageError(_words(wrong)) from wrong
    return data, {**about, "parts": [part.name for part in parts], "signed_by": fingerprint(node.device_key.public)}


def recipient(court_key: str, passphrase_file: str) -> Recipient:
    """From the command line: a key in base64 or a file that holds it; a file with the passphrase. Raises UsageError."""
    if bool(court_key) == bool(passphrase_file):
        raise UsageError(t("courtcli.no_recipient"))
    if passphrase_file:
        return Recipient(passphrase=passphrase_of(passphrase_file))
    text = court_key if not Path(court_key).is_file() else _read(court_key).decode("ascii", "replace")
    try:
        return Recipient(court_key=check_public_key("court-key", text.strip().splitlines()[-1].strip()))
    except (Refused, IndexError) as wrong:
        raise UsageError(t("courtcli.bad_key", value=court_key)) from wrong


def passphrase_of(path: str) -> str:
    text = _read(path).decode("utf-8", "replace").strip()
    if len(text) < MIN_PASSPHRASE:
        raise UsageError(t("courtcli.short_passphrase", path=path, least=MIN_PASSPHRASE))
    return text


def new_key(path: str) -> dict[str, str]:
    """A key pair for a court; the secret goes into the file (mode 600), never over an earlier one. Raises UsageError."""
    key = DeviceKey.generate(secrets.token_bytes)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(key.save() + "\n")
    except OSError as error:
        raise UsageError(t("forms.cli.cannot_write", path=path, reason=os_reason(error))) from error
    return {"public_key": key.public, "fingerprint": fingerprint(key.public), "file": path}


def opened(path: str, key_file: str, passphrase_file: str) -> Opened:
    """The checked package. Raises UsageError, NodeError in words."""
    key = None
    if key_file:
        try:
            key = DeviceKey.load(_read(key_file).decode("ascii", "replace").strip())
        except Refused as wrong:
            raise UsageError(t("courtcli.bad_key_file", path=key_file)) from wrong
    try:
        return open_package(_read(path), court_key=key, passphrase=passphrase_of(passphrase_file) if passphrase_file else "")
    except Refused as wrong:
        raise NodeError(_words(wrong)) from wrong


def report(made: Opened, node: Node | None) -> dict[str, Any]:
    """What a person is told of a package that is whole: whose key signed it, and whether the directory here knows that key."""
    known = None
    if node is not None:
        device = node.directory.device(str(made.about.get("device")))
        known = device is not None and device.public_key == made.signer and device.office == made.about.get("office")
    sentence = t("courtcli.known") if known else t("courtcli.compare") if known is None else t("courtcli.stranger")
    return {"ok": known is not False, **dict(made.about), "signed_by": fingerprint(made.signer), "sentence": sentence,
            "parts": [{"name": part.name, "size": len(part.data)} for part in made.parts]}


def write_parts(made: Opened, folder: str) -> list[str]:
    """Every part into a new or empty folder. Raises UsageError."""
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
        if any(place.iterdir()):
            raise UsageError(t("courtcli.not_empty", path=folder))
        names = _names(made)
        for name, part in zip(names, made.parts, strict=True):
            (place / name).write_bytes(part.data)
        (place / "about.json").write_text(json.dumps(dict(made.about), ensure_ascii=False, indent=1), "utf-8")
    except OSError as error:
        raise UsageError(t("forms.cli.cannot_write", path=folder, reason=os_reason(error))) from error
    return names


def _names(made: Opened) -> list[str]:
    """Where each part goes: its own name within what file systems hold, told apart by a number where cutting made two alike."""
    names: list[str] = []
    for number, part in enumerate(made.parts):
        name = cut_name(part.name)
        names.append(name if name not in (*names, "about.json") else cut_name(f"{number:02d}-{part.name}"))
    return names


def _read(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(t("courtcli.unreadable", path=path, reason=os_reason(error))) from error
    if len(data) > MAX_BYTES:
        raise UsageError(t("courtcli.too_large", path=path, limit=MAX_BYTES >> 20))
    return data


def _plain(name: str) -> str:
    return "".join("_" if c in _UNSAFE or ord(c) < 32 else c for c in name)[-100:] or "file"


def _words(wrong: Refused) -> str:
    key = f"courtcli.{wrong.code}"
    return t(key, field=wrong.field, value=wrong.value) if has(key) else t("courtcli.refused", reason=str(wrong))



