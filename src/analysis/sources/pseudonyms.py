"""Pseudonyms for ids, made with a secret key that is kept outside every repository.

A pseudonym is a keyed digest (HMAC-SHA256) of the id: without the key nobody can try all numbers, with
the same key the same person has the same pseudonym in every delivery. A lost key means new pseudonyms.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from analysis.errors import CannotWrite, Place, SettingsError
from analysis.sources.identifiers import CENTURIES, COORDINATION, bare, digit_rows, matching, tidied
from analysis.zones import git_tree

KEY_BYTES = 32
PREFIX, LENGTH = "p_", 16
TEN, TWELVE = 10, 12  # digits
PLUS_YEARS = 100  # a plus sign stands from the year of the hundredth birthday

NUMBER = re.compile(r"(\d\d)?(\d{6})(\s{0,3}[-+]\s{0,3}|\s{0,3})(\d{4})")
RESERVE = re.compile(r"(\d{8})[ -]?([KMX]\d{3})", re.IGNORECASE)
LOST_ZEROS = re.compile(r"\d{7,9}")
# What spreadsheets and programs add: an apostrophe before, a decimal of zeros after.
ADDED = re.compile(r"^['\u2018\u2019\u00b4`]+\s*|[.,]0+$")
SPREAD = re.compile(r"\d(?:[^0-9A-Za-z]{0,3}\d){9,15}")
OURS = re.compile(r"p_[0-9a-f]{16}")
KNOWN = re.compile(r"\d{12}|\d{8}[KMX]\d{3}|p_[0-9a-f]{16}")
USUAL = r"^(?:18|19|20)[0-9]{6}[-+]?[0-9]{4}$|^p_[0-9a-f]{16}$"


@dataclass(frozen=True)
class Key:
    """A secret, and its id, which may be stored beside the data so that two keys never mix."""

    secret: bytes = field(repr=False)
    id: str


def default_key_path() -> Path:
    """Where the key lies unless the settings say otherwise."""
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(configured) if os.path.isabs(configured) else Path.home() / ".config"
    return base / "analysis" / "pseudonym.key"


def read_key(path: Path) -> Key:
    """Read the key that pseudonyms are made with.

    Parameters
    ----------
    path : Path
        A file of at least 32 bytes, outside every Git tree, that only its owner may read.

    Returns
    -------
    Key
        The secret and its id.

    Raises
    ------
    SettingsError
        If the file is missing, too short, inside a Git tree, or open to others.
    """
    where = Place(str(path))
    _refuse_git(path)
    try:
        if not path.is_file():
            remedy = f"Name the file that holds it, or leave out --key: one is made in {default_key_path()}"
            raise SettingsError("the pseudonym key is missing", remedy, where)
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsError(
                "others may read the pseudonym key", "Take their rights away (chmod 600)", where
            )
        secret = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"the pseudonym key cannot be read ({error.strerror})", "Ask its owner for access", where
        ) from None
    if len(secret) < KEY_BYTES:
        what = f"the pseudonym key has {len(secret)} bytes, fewer than {KEY_BYTES}"
        raise SettingsError(what, "Restore the right file, or make a new key elsewhere", where)
    return _key(secret)


def make_key(path: Path, *, keep: bool = True) -> Key:
    """Make a new key of 32 random bytes, which only its owner may read; never over an old one.

    Parameters
    ----------
    path : Path
        A file that does not exist, outside every Git tree; folders are made.
    keep : bool
        Whether to write it; without, it is gone with the process, as in a dry run.

    Returns
    -------
    Key
        The secret and its id.

    Raises
    ------
    SettingsError
        If the file exists, or lies inside a Git tree.
    CannotWrite
        If the file cannot be written.
    """
    _refuse_git(path)
    secret = secrets.token_bytes(KEY_BYTES)
    if not keep:
        return _key(secret)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        what, remedy = "the pseudonym key exists already", "Use it, or name another file"
        raise SettingsError(what, remedy, Place(str(path))) from None
    except OSError as error:
        what = f"the pseudonym key cannot be written ({error.strerror})"
        raise CannotWrite(what, "Name a folder that you may write", Place(str(path))) from None
    return _key(secret)


def pseudonymise(texts: pa.Array | pa.ChunkedArray, key: Key, *, day: date) -> pa.Array:
    """Pseudonyms of ids: one for each person, however the number is written.

    Parameters
    ----------
    texts : Arrow array of strings, or of a dictionary of strings
        Identity numbers in any form, or other ids, which are taken as they are written.
    key : Key
        The secret.
    day : date
        Decides the century of a number of ten digits: the latest in which the person is born by then,
        or is in the year of the hundredth birthday or later when the number has a plus sign.

    Returns
    -------
    Array of string
        ``p_`` and 16 hexadecimal digits; null where the id is null. An id that is a pseudonym stays.
    """
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    coded = texts if pa.types.is_dictionary(texts.type) else pc.dictionary_encode(texts)
    made = [None if text is None else _pseudonym(text, key, day) for text in coded.dictionary.to_pylist()]
    return pa.array(made, pa.string()).take(coded.indices)


def not_canonical(texts: pa.Array | pa.ChunkedArray, day: date) -> pa.Array:
    """The ids that `canonical` takes as they are written, for a closer look; "" in place of the others.

    Parameters
    ----------
    texts : Arrow array of strings
        Ids.
    day : date
        As of `pseudonymise`.

    Returns
    -------
    Array of string
        In the same order.
    """
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    coded = texts if pa.types.is_dictionary(texts.type) else pc.dictionary_encode(texts)
    left = coded.dictionary.to_pylist()
    usual = set(matching(coded.dictionary, USUAL).tolist())
    for at, text in enumerate(left):
        if at in usual or (text and KNOWN.fullmatch(canonical(text, day))):
            left[at] = ""
    return pa.array(left, pa.string()).take(coded.indices)


def _pseudonym(text: str, key: Key, day: date) -> str:
    plain = canonical(text, day)
    if OURS.fullmatch(plain):
        return plain
    digest = hmac.digest(key.secret, plain.encode(), "sha256")
    return PREFIX + digest.hex()[:LENGTH]


def canonical(text: str, day: date) -> str:
    """Write an id in its one form: twelve digits where it is an identity number, else the tidied text.

    Parameters
    ----------
    text : str
        The id, in any way of writing.
    day : date
        Decides the century, as in `pseudonymise`.

    Returns
    -------
    str
        A number with the shape of an identity number keeps a wrong check digit; lost leading zeros
        are put back only where the check digit is then right.
    """
    plain = ADDED.sub("", ADDED.sub("", tidied(text).strip()))
    if LOST_ZEROS.fullmatch(plain):
        ten = plain.zfill(10)
        return _with_century(ten, day, plus=False) or plain if _is_right(ten) else plain
    if found := RESERVE.fullmatch(plain):
        return "".join(found.groups()).upper()
    if not (found := NUMBER.fullmatch(plain)):
        return _gathered(plain, day) if SPREAD.fullmatch(plain) else plain
    century, birth, between, last = found.groups()
    if century:
        return century + birth + last if int(century) in CENTURIES else plain
    return _with_century(birth + last, day, plus="+" in between) or plain


def _gathered(text: str, day: date) -> str:
    """The number that the digits give, whatever stands between them, if its check digit is right."""
    digits = re.sub(r"\D", "", text)
    while len(digits) > TWELVE and digits.startswith("0"):
        digits = digits[1:]
    if len(digits) == TWELVE and int(digits[:2]) in CENTURIES and _is_right(digits):
        return digits
    if len(digits) == TEN and _is_right(digits):
        return _with_century(digits, day, plus="+" in text) or text
    return text


def _is_right(digits: str) -> bool:
    numbers = bare(pa.array([0]).to_numpy(), digit_rows(pa.array([digits]), len(digits)))
    return bool(numbers.hit[0])


def _with_century(ten: str, day: date, *, plus: bool) -> str:
    year, month, born = int(ten[:2]), int(ten[2:4]), int(ten[4:6])
    born -= COORDINATION if born > COORDINATION else 0
    for century in reversed(CENTURIES):
        try:
            birth = date(century * 100 + year, month, born)
        except ValueError:
            continue
        if day.year - birth.year >= PLUS_YEARS if plus else birth <= day:
            return f"{century}{ten}"
    return ""


def _key(secret: bytes) -> Key:
    return Key(secret, hashlib.blake2b(secret).hexdigest()[:8])


def _refuse_git(path: Path) -> None:
    """A key in a repository would be committed one day, and history keeps it."""
    if git_tree(path.resolve().parent) is not None:
        what, remedy = "the pseudonym key is inside a Git tree", "Keep it in a folder outside"
        raise SettingsError(what, remedy, Place(str(path)))
