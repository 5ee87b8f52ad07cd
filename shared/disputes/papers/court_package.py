"""The package for the court (DOMAIN.md 7.8): the papers as files, a signed list of them, encrypted for the court alone. Bytes
in, bytes out; no file, no clock, no network.

    outer zip    header.json   {format, for: {eph, key} or {salt}, nonce}      open: how to open it, and nothing of the case
                 content.bin   ChaCha20-Poly1305 over the inner zip, bound to the header
    inner zip    manifest.json {format, about, parts: [{name, sha256, size}], public_key, alg, sig}; each part under its name

The key is wrapped for the court's public key as sealed bodies are (`sealing.wrap`), or made from a passphrase. The signature is
the office's device key over the manifest, which names for whom the package was made: nobody can pass it on as made for another.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.ledger.errors import Refused
from shared.ledger.formats import canonical, loose_json, sealing
from shared.ledger.formats.keys import DeviceKey, from_base64, to_base64, verify
from shared.ledger.formats.sealing import Random, Wrapped

FORMAT = "shuoshi-court-package/1"
MAX_BYTES = 512 << 20        # what a check unpacks into memory; a case file with 200 photographs is a tenth of it
_COURT = "court"
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the package; `name` without folders."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """A package whose every part and signature were checked. `signer`: the public key that signed it."""

    about: Mapping[str, Any]
    signer: str
    parts: tuple[Part, ...]


def fingerprint(public_key: str) -> str:
    """A public key as people compare it: 24 hex characters in groups of four."""
    digest = hashlib.sha256(from_base64("public_key", public_key)).hexdigest()[:24]
    return " ".join(digest[at : at + 4] for at in range(0, 24, 4))


def build(parts: Sequence[Part], about: Mapping[str, Any], key: DeviceKey, random: Random, *, court_key: str = "",
          passphrase: str = "") -> bytes:
    """The package, for the holder of `court_key` (base64) or of the passphrase. Raises `Refused`."""
    if bool(court_key) == bool(passphrase):
        raise Refused("court_key", court_key, "give the court's public key or a passphrase, one of them", code="no_recipient")
    names = [part.name for part in parts]
    if len(set(names)) != len(names) or not all(map(_is_plain, names)):
        raise Refused("parts", names, "give each part a file name of its own")
    recipient = f"key {fingerprint(court_key)}" if court_key else "passphrase"
    manifest = canonical.normalised({
        "format": FORMAT, "about": {**about, "recipient": recipient}, "public_key": key.public, "alg": key.alg,
        "parts": [{"name": p.name, "sha256": hashlib.sha256(p.data).hexdigest(), "size": len(p.data)} for p in parts],
    })
    signed = {**manifest, "sig": key.sign(canonical.encode(manifest))}
    inner = _zip([Part("manifest.json", canonical.encode(signed)), *parts])
    nonce = random(12)
    if court_key:
        secret = random(32)
        wrapped = sealing.wrap(secret, {_COURT: court_key}, random)
        opening: dict[str, str] = {"eph": wrapped.eph, "key": wrapped.keys[_COURT]}
    else:
        salt = random(16)
        secret, opening = sealing.passphrase_key(passphrase, salt), {"salt": to_base64(salt)}
    header = canonical.encode({"format": FORMAT, "for": opening, "nonce": to_base64(nonce)})
    return _zip([Part("header.json", header), Part("content.bin", sealing.seal_bytes(inner, secret, nonce, header))])


def open_package(data: bytes, *, court_key: DeviceKey | None = None, passphrase: str = "") -> Opened:
    """Everything inside, every hash and the signature checked. Raises `Refused`: `not_a_package`, `bad_seal` (another key, or
    changed on the way), `bad_part`, `bad_signature`."""
    outer = _unzip(data)
    header, content = outer.get("header.json"), outer.get("content.bin")
    if header is None or content is None:
        raise Refused("file", "...", "give a package made by court-package", code="not_a_package")
    try:
        said = loose_json.parsed(header)
        if said["format"] != FORMAT:
            raise Refused("format", said["format"], f"this program reads {FORMAT}", code="not_a_package")
        secret = _secret(said["for"], court_key, passphrase)
        inner = _unzip(sealing.open_bytes(content, secret, from_base64("nonce", said["nonce"]), header))
        return _checked(inner)
    except (KeyError, TypeError, ValueError) as wrong:
        if isinstance(wrong, Refused):
            raise
        raise Refused("file", "...", "give a package made by court-package", code="not_a_package") from wrong


def _secret(opening: Mapping[str, str], court_key: DeviceKey | None, passphrase: str) -> bytes:
    if "salt" in opening:
        return sealing.passphrase_key(passphrase, from_base64("salt", opening["salt"]))
    wrapped = Wrapped(opening["eph"], {_COURT: opening["key"]})
    found = sealing.unwrap(wrapped, _COURT, court_key) if court_key is not None else None
    if found is None:
        raise Refused("key", "...", "the package was made for another key", code="bad_seal")
    return found


def _checked(inner: Mapping[str, bytes]) -> Opened:
    manifest = canonical.decode(inner["manifest.json"])
    unsigned = {name: value for name, value in manifest.items() if name != "sig"}
    if not verify(manifest["public_key"], canonical.encode(unsigned), manifest["sig"], manifest["alg"]):
        raise Refused("sig", manifest["sig"], "ask the office to make the package again", code="bad_signature")
    parts = []
    for row in manifest["parts"]:
        found = inner.get(row["name"])
        if found is None or len(found) != row["size"] or hashlib.sha256(found).hexdigest() != row["sha256"]:
            raise Refused("part", row["name"], "it is lacking or was changed; ask for the package again", code="bad_part")
        if not _is_plain(row["name"]):
            raise Refused("part", row["name"], "a part has a file name without folders", code="bad_part")
        parts.append(Part(row["name"], found))
    more = sorted(set(inner) - {part.name for part in parts} - {"manifest.json"})
    if more:
        raise Refused("part", more[0], "it is not in the signed list", code="bad_part")
    return Opened(manifest["about"], manifest["public_key"], tuple(parts))


def _is_plain(name: str) -> bool:
    return 0 < len(name) <= 120 and name not in (".", "..", "manifest.json") and not any(c in name for c in '/\\:\0')


def _zip(parts: Sequence[Part]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        for part in parts:
            made.writestr(zipfile.ZipInfo(part.name, _DATE), part.data)
    return out.getvalue()


def _unzip(data: bytes) -> dict[str, bytes]:
    """Parts by name. Raises `Refused` for everything that `_zip` does not write: what unpacks is none of ours."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as given:
            if any(info.compress_type != zipfile.ZIP_STORED for info in given.infolist()):
                raise zipfile.BadZipFile("packed")
            if sum(info.file_size for info in given.infolist()) > MAX_BYTES:
                raise Refused("file", "too large", f"a package holds at most {MAX_BYTES >> 20} MiB", code="not_a_package")
            return {info.filename: given.read(info) for info in given.infolist()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as wrong:
        raise Refused("file", "...", "give a package made by court-package", code="not_a_package") from wrong
