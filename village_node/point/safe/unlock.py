"""Comes by the data key of a HOME, or says that it is locked; gives a HOME from before its vault.

    no vault      a new one: under the key file that was given, else opening by itself until somebody has a PIN
    key file, rescue key, alone, start words, PIN        in this order, with what was given; then a person is asked
Must not know: replicas, what staff may do.
"""

from __future__ import annotations

from collections.abc import Callable

from shared.ledger import vault as vaults
from shared.ledger.formats.characters import is_digits
from shared.ledger.texts import t
from shared.ledger.vault import ALONE, FILE, PIN, WORDS, Vault, new_vault
from sync.encrypting import looks_like_sqlite
from sync.replica.connection import connect
from sync.storage import can_encrypt
from village_node.point.errors import Locked, Refused, StorageTrouble, WrongSecret, words_for
from village_node.point.home import Home
from village_node.point.safe import moving
from village_node.point.safe.keystore import Finder, Keystore, platform_keystore, secret_of
from village_node.point.safe.means import Given, Means, file_key, means_of, rescue_key
from village_node.point.safe.tries import Running, Tries, running_ms

Random = Callable[[int], bytes]
START = "start"         # under this name wrong start words are counted, and PINs of whoever it was


def unlock(home: Home, given: Given, random: Random, *, keystore: Finder = platform_keystore,
           running: Running = running_ms) -> bytes:
    """The data key, from now on also in `home.data_key`; what was plain is encrypted. Raises Locked, WrongSecret, Refused (too
    many wrong tries), UsageError, StorageTrouble."""
    means = means_of(given)
    found = home.vault() or found_vault(home, means, random)
    if home.data_key is None:
        home.data_key, home.opened_by = _key(found, means, lambda: keystore(home), Tries(home, running))
    home.seal_what_is_open()
    moving.move(home, home.data_key)
    return home.data_key


def found_vault(home: Home, given: Given, random: Random) -> Vault:
    """The vault of a HOME that has none yet."""
    key = file_key(means_of(given).key_file)
    with home.alone():
        known = home.vault()
        if known is not None:                     # another process was quicker
            return known
        replica = home.replica("office")
        from_before = replica.is_file() and replica.stat().st_size > 0
        if from_before and not looks_like_sqlite(replica):
            made, data_key = Vault(random(16).hex(), "sqlcipher"), _raw_key(home, key)
        else:
            made, data_key = new_vault(random, databases="sqlcipher" if can_encrypt() and not from_before else "plain")
        made = made.with_file(data_key, key, random) if key else made.with_alone(data_key, random)
        home.write_vault(made)
        return made


def _raw_key(home: Home, key: bytes | None) -> bytes:
    """Before there were vaults, a key file was the databases' key itself. Raises StorageTrouble when it is not."""
    try:
        connect(home.replica("office"), key).close()
    except Exception as error:
        raise words_for(error) from error
    assert key is not None
    return key


def _key(vault: Vault, means: Means, keystore: Callable[[], Keystore | None], tries: Tries) -> tuple[bytes, str]:
    """The data key, and whose PIN opened ("": nobody's)."""
    key = file_key(means.key_file)
    if key is not None:
        return _or_wrong(vault.open_file(key), "node.error.wrong_key", StorageTrouble), ""
    if means.rescue_file is not None:
        return _or_wrong(vault.open_rescue(rescue_key(means.rescue_file)), "node.safe.rescue_wrong", WrongSecret), ""
    alone = vault.open_alone()
    if alone is not None:
        return alone, ""
    secret = means.secret
    if not secret and means.ask is not None and (vault.has(PIN) or vault.has(WORDS)):
        secret = means.ask(t("node.safe.ask_words" if vault.has(WORDS) else "node.safe.ask_pin"))
    if not secret:
        raise Locked(t(f"node.safe.{what_opens(vault)}"))
    return with_secret(vault, secret, keystore, tries)


def what_opens(vault: Vault) -> str:
    """The word of the sentence that says what this HOME asks for."""
    if vault.has(WORDS):
        return "locked_words"
    return "locked_pin" if vault.has(PIN) else "locked_file" if vault.has(FILE) else "locked"


def with_secret(vault: Vault, secret: str, keystore: Callable[[], Keystore | None], tries: Tries,
                who: str = "") -> tuple[bytes, str]:
    """The data key by start words, or by the PIN of `who` ("": of anybody here), and whose PIN it was. Raises WrongSecret,
    Refused."""
    name = who or START
    wait = tries.wait_ms(name)
    if wait:
        raise Refused(t("node.pin.wait", seconds=(wait + 999) // 1000))
    tries.spend(name)
    opened_by = ""
    if vault.has(WORDS) and not (vault.has(PIN) and is_digits(secret)):
        key = vault.open_words(secret)
        said = "node.safe.words_unknown" if vaults.looks_like_words(secret) else "node.safe.words_shape"
    else:
        own = secret_of(keystore(), vault.id)
        found = ((one, vault.open_pin(one, secret, own)) for one in ([who] if who else vault.people()))
        opened_by, key = next(((one, key) for one, key in found if key is not None), ("", None))
        said = "node.pin.wrong" if own else "node.safe.no_keystore"
    if key is None:
        raise WrongSecret(t(said))
    tries.forgive(name)
    return key, opened_by


def _or_wrong(key: bytes | None, said: str, error: type[Locked] | type[StorageTrouble]) -> bytes:
    if key is None:
        raise error(t(said))
    return key


def opens_alone(home: Home) -> bool:
    """Whoever has the disk can read this HOME: nobody has a PIN yet, or it is from before."""
    found = home.vault()
    return found is None or found.has(ALONE)


def is_plain(home: Home) -> bool:
    """Databases here are not encrypted: this installation cannot, or the move waits for another process."""
    found = home.vault()
    return found is None or found.databases != "sqlcipher"


__all__ = ["Given", "Means", "found_vault", "is_plain", "opens_alone", "unlock", "what_opens", "with_secret"]
