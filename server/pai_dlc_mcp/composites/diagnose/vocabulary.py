"""The words by which kinds of errors are known, and how a family of them is made. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from .causes import GENERIC, KIND, Area, Category, Cause


def family(code: str, category: Category, area: Area, meaning: str, *words: str) -> tuple[Cause, re.Pattern[str]]:
    pattern = re.compile("|".join(f"(?:{one})" for one in words), re.IGNORECASE | re.DOTALL)
    return Cause(code, category, area, KIND, meaning), pattern


def hint(code: str, category: Category, area: Area, meaning: str, *words: str) -> tuple[Cause, re.Pattern[str]]:
    """A family of words that wrap another failure: they explain no more than the exception that they came from."""
    cause, pattern = family(code, category, area, meaning, *words)
    return replace(cause, weight=GENERIC), pattern


NOT_FOUND = (
    r"(?:(?:can)?not (?:be )?(?:found|there|located)|missing|does ?n.?o?t exist|not exist(?:s|ing)?"
    r"|(?<!did )(?<!will )not exits?\b"
    r"|no longer exists?|non-?exist\w+|absent|is empty|are empty)"
)
THING = (
    r"(?:files?|images?|labels?|videos?|samples?|annotations?|paths?"
    r"|director(?:y|ies)|folders?|prefix|shards?|checkpoint\w*|manifest|partition|objects?|buckets?)"
)
CANNOT = r"(?:can ?no?t|can't|could ?no?t|couldn't|unable to|failed to|not able to)"
SETTING = (
    r"(?:arguments?|options?|overrides?|parameters?|settings?|config\w*|flags?|values?|keys?|fields?|modes?"
    r"|modules?|types?)"
)
SIZE = r"(?:shapes?|sizes?|dims?|dimensions?|ranks?|dtypes?|lengths?|channels?|columns?|features?|labels?)"
AMOUNT = r"(?:gpus?|devices?|process\w*|world[ _-]?size|ranks?|workers?|stages?|heads?|experts?|layers?|nodes?)"

ACCELERATOR = r"(?:gpus?|cuda|[nxhtidg]pu|npus|mlu|musa|dcu|gcu|hip|rocm)"
OF_TENSORS = r"\b(?:tensors? with|matri(?:x|ces)|height|width|pixels?|resolution)\b"
GPU_KIND = (
    r"\b(?:hopper|ampere|blackwell|volta|turing|pascal|ada lovelace|[ahvb]100"  # kinds of GPUs
    r"|[ahb]200|h800|a800|h20|ascend ?\d{3}\w*)\b"
)
MISFIT = (
    r"(?:mismatch\w*|incompatible|not compatible|inconsistent|do(?:es)?(?: not|n't) match|not match\w*"
    r"|must match|to match"
    r"|different|differs?|diverge[sd] from|unequal|conflict\w*|the same)"
)
STORED_FORM = (
    r"(?:flatbuffers?|protobuf|avro|parquet|arrow|tfrecords?|tar|zip|gzip|jpe?g|png|webp|hdf5|pickle|utf-?8|wav"
    r"|mp[34])"
)
STORED = r"\b(?:checkpoint|ckpt|state[_ ]?dict|safetensors|pretrained|stored|saved|restor\w+)\b"


def near(one: str, other: str) -> str:
    """Both, in either order, within a clause of each other."""
    return rf"{one}.{{0,80}}\b{other}|\b{other}.{{0,80}}{one}"


_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")


def in_words(name: str) -> str:
    """The words of an exception's name: ``ServerTimeoutError`` is "Server Timeout Error"."""
    return _HUMPS.sub(" ", name.rpartition(".")[2])
