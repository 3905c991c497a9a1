"""What the type of an exception and the place that raised it say, where its words say nothing more exact. Pure.

Sources: CPython's built-in exceptions; how the interpreter words a call or an attribute that does not fit.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from .causes import GENERIC, KIND, SPECIFIC, Area, Category, Cause, Match
from .causes_code import PROGRAM_EXCEPTION

_MEANINGS = {
    "KeyError": "a key or field was looked up that is not there",
    "AttributeError": "an attribute was used that its object does not have",
    "TypeError": "a value of the wrong type was given, or a call that does not fit",
    "ValueError": "a value was refused",
    "NameError": "a name was used that is not defined",
    "UnboundLocalError": "a variable was used before it had a value",
    "ZeroDivisionError": "a division by zero",
    "StopIteration": "an iterator had no more to give",
    "NotImplementedError": "something was called that is not implemented for this case",
    "OverflowError": "a number was too large",
    "UnicodeEncodeError": "a text cannot be written in the encoding in use",
    "BufferError": "a buffer cannot be used as asked",
    "LookupError": "something was looked up that is not there",
    "ReferenceError": "an object was used after it was gone",
}
"""What the interpreter's own exceptions mean; the names of others are other people's words and are quoted only."""
INTERFACE = Cause(
    "import_failed", "image", "image", KIND,
    "a call or attribute does not fit the installed version of the package that it is meant for",
)  # fmt: skip
UNFIT_SETTINGS = Cause(
    "bad_settings_file", "configuration", "settings", KIND,
    "the settings give something arguments that it does not take, or leave out some that it needs",
)  # fmt: skip
UNIMPORTED = replace(
    INTERFACE, meaning="a package uses a name that it imports only where another package or a built extension is there"
)
_UNDEFINED = re.compile(r"name '(\w+)' is not defined")
_GENERATED = re.compile(r"/(?:torch/_(?:dynamo|inductor)|torch/fx|numexpr|pandas/core/computation)/")
"""Packages that run code which they were given or wrote themselves: a name that is missing there is that code's."""
_EXTENSION = re.compile(r"_C|amp_C|flash_attn\w*|fused_\w+_cuda|selective_scan\w*|causal_conv1d\w*")
"""Names of built extensions, which programs import if they can."""
_KEYWORD = re.compile(r"got an unexpected keyword argument|type object '[\w.]+' has no attribute")
_MISFIT = re.compile(
    r"got (?:multiple values for argument|some positional-only arguments)"
    r"|missing \d+ required (?:positional|keyword-only) arguments?|takes (?:from )?\d+ .{0,30}positional arguments?"
    r"|'(?!(?:NoneType|str|int|float|bool|bytes|list|dict|tuple|set|function|method|generator|Tensor|Namespace"
    r"|DictConfig"
    r"|AttributeDict|EasyDict|ndarray|DataFrame|Series)')[\w.]+' object has no attribute"
)
"""What an object of a package lacks that another package uses; of objects that hold the program's own data it says
nothing."""
_MODULE = re.compile(r"\b[A-Z]\w{2,40}`? not defined")
"""A module of Julia, by its capital."""
_LIBRARY = re.compile(r"/(?:site|dist)-packages/")
_OF_REGISTRY = re.compile(r"TypeError: \w+: (?:\w+\.)?__init__\(\)")
"""A registry of OpenMMLab's puts the name of the class that the settings ask for before the interpreter's words."""
_BY_SETTINGS = re.compile(r"/(?:hydra/_internal/instantiate|mmengine/registry|mmcv/utils/registry|jsonargparse)")
"""Code of packages that makes whatever the settings name."""


def _place(code: str, category: Category, area: Area, meaning: str, place: str) -> tuple[Cause, re.Pattern[str]]:
    return Cause(code, category, area, GENERIC, meaning), re.compile(place)


_PLACES = (
    _place("checkpoint_mismatch", "runtime", "data", "the loading of a checkpoint failed",
           r"/torch/(?:distributed/(?:_shard/)?checkpoint/|serialization\.py)|/checkpoint_engine/|/dist_checkpointing/"
           r"|/orbax/|/safetensors/|/tensorstore/"),
    _place("import_failed", "image", "image", "the installed version of a package does not know what it is asked for",
           r"/transformers/models/auto/|/importlib/|/pkg_resources/"),
    _place("bad_settings_file", "configuration", "settings", "what reads the settings refused them",
           r"/(?:hydra|omegaconf|jsonargparse|hyperpyyaml|argparse|fire|tyro|draccus|ml_collections)(?:/|\.py)"),
    _place("unreachable", "network", "network", "a request over the network failed",
           r"/(?:urllib3|requests|aiohttp|httpx|httpcore|botocore|oss2|minio|fsspec/implementations/http)/"),
    _place("compile_failed", "runtime", "code", "a just-in-time compiler failed on the program",
           r"/torch/_(?:inductor|dynamo|functorch|subclasses|higher_order_ops)/|/triton/(?:compiler|backends"
           r"|runtime)/"),
    _place("corrupt_data", "runtime", "data", "what decodes a file of the data failed",
           r"/(?:PIL|cv2|soundfile|librosa|decord|av|imageio|tifffile|h5py|lmdb|zarr|tarfile\.py|zipfile"
           r"|sentencepiece)(?:/|\.py|$)"),
    _place("pickling", "runtime", "code", "an object cannot be sent to another process",
           r"/multiprocessing/reduction\.py|/multiprocess/reduction\.py|/cloudpickle/|/dill/_dill\.py"),
    _place("shape_mismatch", "runtime", "code", "samples of a batch do not fit each other",
           r"/torch/utils/data/_utils/collate\.py"),
)  # fmt: skip
"""What code is about that raised an exception which says nothing more exact: the file of the last frame."""


_SOURCES = (
    _place("missing_variable", "configuration", "settings", "an environment variable that the program reads is not set",
           r"\bos\.environ\[|^return os\.environ|^raise KeyError\(key\) from None$"),
    _place("checkpoint_mismatch", "runtime", "data", "a checkpoint does not hold what the program takes from it",
           r"\bload_state_dict\(|\b\w*(?:ckpt|checkpoint|state_dict|pretrained)\w*\["),
)  # fmt: skip
"""What the line of source is about that looked up a key which is not there."""
_NUMBER_OF_ENVIRONMENT = re.compile(r"\b(?:int|float)\(\s*os\.(?:environ|getenv)\b")
"""Source that reads a number from the environment: what is no number is empty, or not there."""


_CALLS = (
    _place("checkpoint_mismatch", "runtime", "data", "the loading of a checkpoint failed",
           r"_*(?:load_(?:\w+_)?state(?:_dict|_dicts)?|load_(?:\w+_)?checkpoint\w*|load_(?:model_|optimizer_)?weights"
           r"|load_(?:optimizer|parameter_state)\w*|restore_(?:checkpoint|state|args)|(?:ty_)?from_state_dict"
           r"|__setstate__)"),
    _place("invalid_collective", "configuration", "code", "the processes could not be made a group",
           r"_*(?:init_process_group|rendezvous|new_group|initialize_model_parallel|init_distributed\w*)"),
    _place("compile_failed", "runtime", "code", "a just-in-time compiler failed on the program",
           r"_*(?:backend_compile\w*|compile_and_load|compile_fx\w*|lower_\w+_to_\w+)"),
)  # fmt: skip
"""What a program was doing when an exception came that says nothing more exact: functions of its traceback."""
PEER_ENDED = Cause(
    "child_killed", "runtime", "host_memory", GENERIC, "another process of the program ended without a word of its own"
)
_PIPE = re.compile(r"/(?:multiprocessing|multiprocess|billiard)/\w+\.py$")
"""Where processes of one program read what others send them."""
_OF_DATA = frozenset({"KeyError", "IndexError", "ValueError", "RuntimeError", "AssertionError"})


_WEIGHT = re.compile(
    r"KeyError: '[\w.]*\.(?:weight|bias|qweight|scales|running_mean|running_var|lora_[AB][\w.]*)'"
    r"|KeyError: '(?:[\w.]*\.)?(?:(?:self_)?att(?:ention|n)\.(?:query|key|value|[qkvo]_proj|qkv|dense|out)"
    r"|mlp\.\w+|(?:layers?|blocks?|h)\.\d{1,3}\.\w|word_embeddings|embed_tokens|lm_head)[\w.]*'"
)
"""A key that only a model's state holds."""


_ASSERTS = (
    _place("missing_file", "configuration", "data", "a file or folder that the program needs is not there",
           r"assert\b(?! not\b).*?\b(?:os\.path\.)?(?:exists|isfile|isdir|is_file|is_dir)\("
           r"|assert len\(\s*(?![\w.]*loader)[\w.]*(?:ckpt|checkpoint|file|path|folder|dir|shard|sample|image|data)"
           r"\w*\s*\)\s*(?:>|!=|>=)\s*[01]\b"),
    _place("too_many_processes", "configuration", "settings", "a number cannot be divided into equal parts",
           r"assert\b.*\S\s*%\s*\S.*==\s*0\b"),
    _place("shape_mismatch", "runtime", "code", "sizes, shapes or types do not fit",
           r"assert\b.*(?:\.shape\b|\.size\(|\.dim\(\)|\.ndim\b|\.dtype\b)"),
    _place("driver_mismatch", "image", "image", "the program sees no GPU that it can use",
           r"assert\b.*\b(?:cuda|npu|xpu)\.(?:is_available|device_count)\("),
    _place("not_a_number", "runtime", "data", "a value is not a number",
           r"assert\b.*\b(?:isfinite|isnan|isinf)\("),
    _place("invalid_collective", "configuration", "code", "the processes are not made a group yet",
           r"assert\b(?! not\b).*\bis_initialized\("),
)  # fmt: skip
"""What the source of an assertion without words checks."""
NO_PATH = Cause("missing_file", "configuration", "data", GENERIC, "what loads a file was given no path of one")
NO_SAMPLES = Cause("missing_file", "configuration", "data", GENERIC, "a data set or loader holds no samples")
_FIRST_SAMPLE = re.compile(r"\bnext\(\s*iter\(\s*[\w.]*(?:data|loader|set|samples?|train|dl)\w*\b", re.IGNORECASE)
"""Source that takes the first sample."""


_DEAF = ("BrokenPipeError", "ConnectionResetError", "ConnectionRefusedError")
_PARSERS = re.compile(
    r"(?:json5?|toml|hocon|ini)\w{0,6}(?:decode|decoder|decoding|parse|parser|parsing|syntax)(?:error|exception)$"
    r"|(?:YAML|Scanner|Parser|Composer|Constructor)Error$",
    re.IGNORECASE,
)
"""Names of what a reader of JSON, YAML, TOML or a dialect of them raises."""
UNREAD_SETTINGS = Cause(
    "bad_settings_file", "configuration", "settings", SPECIFIC, "a settings file cannot be read: it is malformed"
)
NO_ANSWER = Cause("service_fault", "system", "network", KIND, "a service answered something else than was expected")
_CLIENT = re.compile(r"/(?:requests|httpx|aiohttp)/")
_OF_SETTINGS = re.compile(
    r"(?:^|[^a-z])(?:config|conf|cfg|settings?|hparams?|hyper\w*|yaml|toml|dataset_info|deepspeed)(?![a-z])",
    re.IGNORECASE,
)
"""Names of what a program is set by, in functions and lines of source."""
_READS_SETTINGS = re.compile(r"(?:^|_)(?:config|settings?|yaml|toml|hparams?)(?:_|$)")
"""Functions that read what a program is set by: bytes that are no text are then no damaged data."""


def of_pipe(name: str, message: str, frame: str) -> Match | None:
    """The end of a process that this one talks to: of what it sends, which is no end of a file, or of its ear."""
    is_end = (name == "EOFError" and message == name) or name in _DEAF or "'ForkAwareLocal'" in message
    return Match(PEER_ENDED) if is_end and _PIPE.search(frame) else None


def of_environment(name: str, code: str) -> Match | None:
    """A number that the program's source reads from the environment, where there is none."""
    is_read = name in ("ValueError", "TypeError") and _NUMBER_OF_ENVIRONMENT.search(code)
    return Match(_SOURCES[0][0]) if is_read else None


def of_source(name: str, code: str, message: str) -> Match | None:
    """What the line of source says of an assertion without words and of a path that is none, and what it, or the key
    itself, says of a missing key or sample, where it belongs to something of one purpose."""
    if name == "AssertionError" and message == name:
        return next((Match(cause) for cause, source in _ASSERTS if source.match(code)), None)
    if name == "TypeError" and "LoadFromFile(" in code:
        return Match(NO_PATH)
    if name == "StopIteration" and _FIRST_SAMPLE.search(code):
        return Match(NO_SAMPLES)
    if name != "KeyError":
        return None
    if _WEIGHT.match(message):
        return Match(_SOURCES[1][0])
    return next((Match(cause) for cause, source in _SOURCES if source.search(code)), None)


def of_parser(name: str, frame: str, calls: tuple[str, ...], sources: tuple[str, ...]) -> Match | None:
    """What a text that could not be parsed as JSON or YAML was: settings, by the functions and the source of the
    traceback, or the answer of a service. ``None`` where that is not known."""
    if name == "UnicodeDecodeError" and any(_READS_SETTINGS.search(one) for one in calls):
        return Match(UNREAD_SETTINGS)
    if not _PARSERS.search(name):
        return None
    if _CLIENT.search(frame):
        return Match(NO_ANSWER)
    return Match(UNREAD_SETTINGS) if any(_OF_SETTINGS.search(one) for one in (*calls, *sources)) else None


def of_place(frame: str) -> Match | None:
    """What the code that raised an exception is about, where it is a package's with one task."""
    for cause, place in _PLACES:
        if place.search(frame):
            return Match(cause)
    return None


def of_calls(name: str, calls: tuple[str, ...]) -> Match | None:
    """What the program was doing, as the functions of the traceback have it, the last first."""
    if name.rpartition(".")[2] not in _OF_DATA and not name.endswith("RuntimeError"):
        return None
    for call in reversed(calls):
        for cause, pattern in _CALLS:
            if pattern.fullmatch(call):
                return Match(cause)
    return None


def of_raiser(name: str, message: str, frame: str, code: str, calls: tuple[str, ...]) -> Match | None:
    """What the source, the file and the functions say of an exception whose words say nothing: sizes or types that do
    not fit while a checkpoint is loaded are the checkpoint's."""
    source, doing = of_source(name, code, message), of_calls(name, calls)
    of_checkpoint = doing is not None and doing.cause.code == "checkpoint_mismatch"
    if source is not None and source.cause.code == "shape_mismatch" and of_checkpoint:
        return doing
    return source or of_place(frame) or doing


@lru_cache(maxsize=64)
def uncaught(name: str) -> Cause:
    """The cause of an exception that nothing caught, with what its type means where the interpreter defines it."""
    meaning = _MEANINGS.get(name)
    if meaning is None:
        return PROGRAM_EXCEPTION
    return replace(PROGRAM_EXCEPTION, meaning=f"the program raised {name}, which nothing caught: {meaning}")


def of_interface(name: str, message: str, frame: str) -> Match | None:
    """A call or attribute that does not fit the package that it is meant for, most often of another version.

    An argument that is not known speaks for that wherever it is given; the rest only where a package's own code, not
    the program's, uses another. ``frame`` is the file of the last frame, as the traceback has it.
    """
    if name == "UndefVarError" and (found := _MODULE.search(message)) is not None:
        return Match(INTERFACE, *found.span())
    if name == "NameError":
        return _unimported(message, frame)
    if name not in ("TypeError", "AttributeError"):
        return None
    found = _KEYWORD.search(message[:400])
    if found is None and _LIBRARY.search(frame):
        found = _MISFIT.search(message[:400])
    if found is None:
        return None
    by_settings = _BY_SETTINGS.search(frame) or _OF_REGISTRY.match(message)
    return Match(UNFIT_SETTINGS if by_settings else INTERFACE, *found.span())


def _unimported(message: str, frame: str) -> Match | None:
    """A name that is not defined though nobody forgot it: a package's own, or that of a built extension."""
    found = _UNDEFINED.search(message[:400])
    if found is None or _GENERATED.search(frame):
        return None
    is_optional = _LIBRARY.search(frame) or _EXTENSION.fullmatch(found[1])
    return Match(UNIMPORTED, *found.span()) if is_optional else None
