"""Saved prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .nouns import ACCESS, Noun
from .paging import Listing
from .store import crud, rows

if TYPE_CHECKING:
    from ..world import World

PROMPT = Noun(
    "Prompt",
    "prompts",
    "PromptId",
    "prompt-",
    unique="PromptName",
    created="CreateTime",
    modified="ModifyTime",
    seconds=True,
    enums=ACCESS,
    defaults={"Accessibility": "PRIVATE"},
)
LISTING = Listing(
    exact={"WorkspaceId": "WorkspaceId", "FrameworkType": "FrameworkType"},
    sortable=("GmtCreateTime", "Name"),
)
crud(PROMPT, create_="CreatePrompt", get="GetPrompt", update_="UpdatePrompt", delete_="DeletePrompt")


@handles("ListPrompts")
def list_prompts(world: World, received: Received) -> dict[str, Any]:
    """The list sorts by names that the prompts themselves do not have."""
    found = [
        row | {"GmtCreateTime": row["CreateTime"], "Name": row["PromptName"]} for row in rows(world, PROMPT, received)
    ]
    return LISTING.answer(received, found)
