"""What stands under a secret's name and is no secret: special tokens of a language model, keys of caches, paths of
files that hold secrets, names of objects, references to variables, switches.

Each name has its own ``Harmless``; all look at a value, its name and the word before, never at more of the text.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from functools import lru_cache

from .likeness import has_random_part, is_object_name, is_password_like, is_random
from .scan import Scan


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ABOUT_SECRETS = re.compile(
    r"(?:file|path|dir|name|count|len|length|size|num|types?|ttl|expir\w*|policy|version|enabled|required|mode|format"
    r"|header|column|regex|min|max|limit|budget|age|rotation|url|uri|endpoint|host|arn|stdin|type_ids?|dim|acc|accuracy"
    r"|loss|rate|ratio|index|idx|pos|position|mask|(?:s_)?per_\w+|ids|emb|embd|embed|embeddings?|weight|bias|shape|logits"
    r"|probs?|scores?|level|dispatcher|usage|throughput|(?:key_?)?ref|class|map|store|provider)"
)
_PARTS = re.compile(r"[_.-]|(?<=[a-z])(?=[A-Z])")
_NOTHING_WORDS = _words(
    "none null nil undefined true false yes no required optional redacted hidden masked %s ... … str string bytes"
    " any not missing invalid expired empty unset disabled enabled"
)
_NOTHING = re.compile(r"\*{3,}+|[xX]{3,}+|\$(?:[A-Z_][A-Z0-9_]*+|\{[A-Za-z0-9_. ]*+\}?)?|\{\{[^}]*+\}?\}?")
_PLAIN_WORDS = _words("nan inf on off auto default")
_LONGEST_NOTHING, _LONGEST_PLAIN = max(map(len, _NOTHING_WORDS)), max(map(len, _PLAIN_WORDS))
_PLAIN = re.compile(r"[+-]?[0-9][0-9.,:%/ex_+-]{0,23}+(?:[kmgt]i?b?|b)?(?:/s)?|0x[0-9a-f]{1,16}+", re.IGNORECASE)
_SPECIAL_TOKENS = _words(
    "pad eos bos unk sep cls mask stop begin start end special next prev page first last num max min"
)
_NAMES_OF_OBJECTS = ("pull", "pull_", "pull-", "existing")
_BEFORE_TOKEN = _words(
    "predicted generated bad unexpected stop target invalid special mask illegal output input sampled decoded forced"
)
"""Words before a token of a text or of a language, apart from it."""
_BEFORE_PASS = _words(
    "db user root admin sql mysql redis smtp mail ftp pg postgres mongo http proxy git login my app registry"
)
_KEYS_OF_THINGS = _words(
    "cache primary foreign sort partition public object s3 oss map dict hash lookup row idempotency dedup routing group"
    " index registry label metric column rdd graph kv state sort etag event message kafka redis etcd memo config"
    " websocket"
)
"""Of what a key is no secret, though it is drawn at random."""
_SHORTEST_RANDOM, _SHORTEST_KEY, _LOOKED_AT_CHARS = 16, 20, 80
NAME_CHARS, WORD_CHARS = string.ascii_letters + string.digits + "_", 40
"""What a name is made of, and how much of the word before it is looked at."""

Harmless = Callable[[Scan, int, str, str], bool]
"""Whether a value is none of the secrets that its name could mean: the scan, the name's start, its suffix, value."""


def word_before(scan: Scan, start: int, chars: str = NAME_CHARS) -> str:
    """The word that ends at ``start``, up to forty characters of it."""
    left = scan.text[max(0, start - WORD_CHARS) : start]
    return left[len(left.rstrip(chars)) :]


def is_nothing(value: str) -> bool:
    """What stands under a secret's name and is none: nothing, a switch, a reference to a variable, a placeholder."""
    if value[0] in "*xX${":
        return len(value) <= _LOOKED_AT_CHARS and bool(_NOTHING.fullmatch(value))
    return len(value) <= _LONGEST_NOTHING and value.lower() in _NOTHING_WORDS


def _is_plain(value: str) -> bool:
    """A number, in whatever notation, or a switch: ``eos_token_id: 2`` is no secret."""
    if value[0] in "+-0123456789":
        return bool(_PLAIN.fullmatch(value))
    return len(value) <= _LONGEST_PLAIN and value.lower() in _PLAIN_WORDS


def no_password(scan: Scan, start: int, suffix: str, value: str) -> bool:
    return False


def no_secret(scan: Scan, start: int, suffix: str, value: str) -> bool:
    """``imagePullSecret: regcred`` names an object of Kubernetes that holds a secret."""
    of_object = word_before(scan, start, string.ascii_letters + "_-").lower().endswith(_NAMES_OF_OBJECTS)
    return of_object and suffix in ("", "s") and is_object_name(value)


def working_directory(scan: Scan, start: int, suffix: str, value: str) -> bool:
    return value.startswith(("/", "~")) and scan.text[max(0, start - 1) : start] != "_"


def no_token(scan: Scan, start: int, suffix: str, value: str) -> bool:
    if len(value) < 4 or value[0] in "<[" or _is_plain(value):
        return True
    left = word_before(scan, start, NAME_CHARS + " ").rstrip("_").lower()
    word = left.rstrip(" ")
    last = word[len(word.rstrip(string.ascii_lowercase)) :]
    if left == word:
        return last in _SPECIAL_TOKENS
    return not has_random_part(value) if last in _SPECIAL_TOKENS else last in _BEFORE_TOKEN and not is_mixed(value)


def no_key(scan: Scan, start: int, suffix: str, value: str) -> bool:
    return _is_plain(value)


def no_signature(scan: Scan, start: int, suffix: str, value: str) -> bool:
    """In an address any signature is one; elsewhere a model has a signature too, which is a word."""
    if scan.text[max(0, start - 1) : start] in ("&", "?", "-") or scan.text[max(0, start - 3) : start] == "%26":
        return False
    return len(value) < 16 or not any(char.isdigit() or char in "+/=" for char in value)


def no_session(scan: Scan, start: int, suffix: str, value: str) -> bool:
    return suffix != "" or not is_random(value, _SHORTEST_RANDOM)


def no_bare_key(scan: Scan, start: int, suffix: str, value: str) -> bool:
    """``key=`` and ``WANDB_KEY=``: whatever is drawn at random, but for the keys of caches, tables and stores."""
    if suffix != "" or scan.is_inside_word(start) or not is_random(value, _SHORTEST_KEY):
        return True
    left = word_before(scan, start, NAME_CHARS + " -.").lower().rstrip(" -._")
    return left[len(left.rstrip(string.ascii_lowercase + string.digits)) :] in _KEYS_OF_THINGS


def no_short_password(scan: Scan, start: int, suffix: str, value: str) -> bool:
    """``pw=…``, ``db_pw: …``: what looks like a password; a plane wave has numbers and words."""
    return suffix != "" or scan.is_inside_word(start) or not is_password_like(value)


def no_random(scan: Scan, start: int, suffix: str, value: str) -> bool:
    return suffix != "" or scan.is_inside_word(start) or not is_random(value, _SHORTEST_RANDOM)


def no_short_name(scan: Scan, start: int, suffix: str, value: str) -> bool:
    """``ak``, ``sk`` and ``auth`` end many words: the name must be whole and its value no word."""
    return suffix != "" or scan.is_inside_word(start) or len(value) < 8 or value.isalpha() or _is_plain(value)


def _is_result(value: str) -> bool:
    """Whether a value names a test that has passed."""
    return value[:4].lower() == "test" or not any(char.isdigit() for char in value)


def no_pass(scan: Scan, start: int, suffix: str, value: str) -> bool:
    """``DB_PASS=…``, but neither ``forward_pass: ok`` nor ``PASS: test_one``."""
    left = word_before(scan, start)
    is_name = left.isupper() or left.rstrip("_").rpartition("_")[2].lower() in _BEFORE_PASS or left == ""
    is_upper = scan.text[start : start + 4] == "PASS"
    is_result = left == "" and scan.text.startswith("PASS: ", start) and _is_result(value)
    if suffix or not is_name or is_result or _is_plain(value):
        return True
    return len(value) < 4 or (left == "" and not is_upper and (value.isalpha() or len(value) < 6))


def is_mixed(value: str) -> bool:
    return any(char.isdigit() for char in value) and any(char.isalpha() for char in value)


@lru_cache(maxsize=1024)
def is_about_secrets(suffix: str) -> bool:
    """Whether the name goes on to something about a secret that is none itself: its file, its size, its limit."""
    parts = suffix.strip("_.-").lower()
    return bool(_ABOUT_SECRETS.fullmatch(_PARTS.split(suffix)[-1].lower()) or _ABOUT_SECRETS.fullmatch(parts))


def no_address(scan: Scan, start: int, suffix: str, value: str) -> bool:
    return "://" not in value
