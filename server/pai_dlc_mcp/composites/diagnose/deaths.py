"""What launchers and shells write of a process that ended, and the exit code that it stands for. Pure.

Sources of the forms: torchrun, DeepSpeed, Paddle, Open MPI, MPICH Hydra, srun, bash, Python's subprocess and
multiprocessing.
"""

from __future__ import annotations

import re

from .causes import SIGNALS

DEATH = re.compile(
    r"failed \(exitcode: (?P<torchrun>-?\d+)\)(?: local_rank: (?P<local>\d+))?"
    r"|exitcode +: (?P<block>-?\d+)"
    r"|exits with return code = (?P<deepspeed>-?\d+)"
    r"|process rank (?P<mpirank>\d+) with PID \d+ on node \S+ exited on signal (?P<mpi>\d+)"
    r"|KILLED BY SIGNAL: (?P<hydra>\d+)|\(signal (?P<string>\d+)\)"
    r"|died with <Signals\.(?P<popen>SIG\w+)|terminated with signal (?P<spawn>SIG\w+)"
    r"|(?:task |Process )(?P<task>\d+)(?:: | exit with status code )(?P<srun>Killed|Segmentation fault|Bus error"
    r"|Aborted|Illegal instruction|Out Of Memory|\d{1,3})"
    r"|Container rank (?P<container>\d+) status failed cmd .{0,2000}? code (?P<paddle>-?\d+)"
    r"|Signal (?P<received>\d+) \(SIG\w+\) received by PID"
    r"|(?:[Ee]xit(?:ed)? (?:with )?(?:code|status)|return code|EXIT CODE)[:= ]+(?P<plain>-?\d+)"
    r"|(?:^|: line \d+: +\d+ |\d+ )(?P<shell>Killed|Segmentation fault|Bus error|Illegal instruction|Aborted"
    r"|Floating point exception)(?: +\(core dumped\))?(?: +\S.*)?$"
)  # fmt: skip
_WORDS = ("exit", "return code", "status failed", "signal", "sig", "killed", "fault", "bus error", "abort", "illegal",
          "point exception", "out of memory")  # fmt: skip
"""Without one of these, in lower case, a line reports no death."""
_BY_WORD = {"killed": 9, "segmentation fault": 11, "bus error": 7, "illegal instruction": 4, "aborted": 6,
            "floating point exception": 8, "out of memory": 9}  # fmt: skip


def death_in(text: str) -> re.Match[str] | None:
    """The report of a process that ended, where a text holds one."""
    lowered = text.lower()
    return DEATH.search(text) if any(word in lowered for word in _WORDS) else None


def code_of(found: re.Match[str]) -> int | None:
    """The exit code of a report, a signal as a negative number."""
    for name in ("torchrun", "block", "deepspeed", "paddle", "plain"):
        if found[name]:
            return int(found[name])
    for name in ("mpi", "hydra", "string", "received"):
        if found[name]:
            return -int(found[name])
    named = found["popen"] or found["spawn"]
    if named:
        return next((-number for number, name in SIGNALS.items() if name == named), None)
    word = (found["srun"] or found["shell"] or "").lower()
    return int(word) if word.isdigit() else -_BY_WORD[word] if word in _BY_WORD else None
