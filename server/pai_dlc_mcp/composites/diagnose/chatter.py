"""What programs print that explains nothing: remarks, advice, decoration, what they do without; and how they complain.
Pure."""

from __future__ import annotations

import re

WARNING = re.compile(
    r"\b(?:Deprecation|Future|User|Runtime|Syntax|Resource|PendingDeprecation|Import|Visible\w*)Warning:"
    r"|^warnings\.warn"
)
DEPRECATED = re.compile(r"deprecat", re.IGNORECASE)
HEDGE = re.compile(
    r"\b(?:to (?:avoid|prevent|reduce)|if you|in case|may be|might|could be|consider|possible causes?|potential"
    r"|usually caused|such as|for example|e\.g\.|"
    r"retry|retrying|will retry|falling back|fallback|ignor(?:e|ing|ed)|skipp(?:ed|ing)|attempt \d|continuing"
    r"|instead of|not a problem|harmless)", re.IGNORECASE)  # fmt: skip
IDLE_TALK = re.compile(r"^(?:wandb:|swanlab:|Error executing job with overrides|Set the environment variable HYDRA"
                        r"|\W*$|[-=*#_ ]{3,}$|[\w./-]+ FAILED$|time +:|host +:|rank +:|exitcode +:|error_file"
                        r"|traceback +:|Failures:|Error Message Summary:$|Root Cause|<NO_OTHER|\[\d+\]:$"
                        r"|(?:[\d:.-]{10,30} )?(?:\([^)]{1,80}\) )?ERR\d{5} \w+ call \w+ api failed"
                        r"|frame #|Exception raised from|Compile with|For debugging|CUDA kernel errors"
                        r"|Sending process|Killing subprocess|Closing process"
                        r"|(?:\.\. )?\S+ pid \d+: Test failure [\w./-]+:\d+$"
                        r"|(?:Possible )?(?:Solutions?|Suggestions?|Hints?|Tips?): "
                        r"|`?[\w.-]+`? is only used (?:for|when|if|with)\b)")  # fmt: skip
OPTIONAL = re.compile(
    r"NCCL (?:INFO|TRACE) |NCCL WARN Failed to open lib|No plugin found"
    r"|[Ff]ailed to (?:open|load) lib(?:ibverbs|nccl-net)"
)
"""Libraries that a program looks for and does without, and what NCCL says for information only."""
COMPLAINS = re.compile(
    r"\b(?:timed? ?out|lost|down|hung|hang|unreachable|expired|locked|dropped|rejected|exceed\w*|abnormal"
    r"|unhealthy|broken|corrupt\w*|insufficient|not enough|has no|(?:do|does|did|has|have|had)(?:n't| not)"
    r"|is not|are not|but found"
    r"|killed|crash\w*|requires?|probably|mismatched|overflow\w*|overloaded|disconnect\w*|stall\w*|unresponsive)\b",
    re.IGNORECASE,
)
"""Words that complain in the end of a log where nothing else explains it."""
FRESH = re.compile(
    r"training from scratch|no checkpoint found|will not load any checkpoints|starting from scratch", re.IGNORECASE
)
"""What a program says that found nothing to resume from, and begins anew."""
