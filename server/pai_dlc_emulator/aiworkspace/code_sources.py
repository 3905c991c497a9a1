"""Code sources: Git repositories that jobs clone before they start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .nouns import ACCESS, Noun, Record
from .paging import Listing
from .store import crud, find, rows, shown

if TYPE_CHECKING:
    from ..world import World

CODE_SOURCE = Noun(
    "CodeSource",
    "code_sources",
    "CodeSourceId",
    "code-",
    20,
    unique="DisplayName",
    modified="GmtModifyTime",
    enums=ACCESS | {"CloneType": (0, 1)},
    defaults={"Accessibility": "PRIVATE", "CloneType": 0},
)
LISTING = Listing(
    exact={"WorkspaceId": "WorkspaceId"},
    fuzzy={"DisplayName": ("DisplayName",)},
    sortable=("GmtCreateTime", "GmtModifyTime", "DisplayName", "CodeSourceId"),
)
crud(
    CODE_SOURCE,
    create_="CreateCodeSource",
    update_="UpdateCodeSource",
    delete_="DeleteCodeSource",
    publish="PublishCodeSource",
)


def _guarded(record: Record) -> Record:
    """A stored access token is never handed out again: the answer only shows that there is one."""
    return record | {"CodeRepoAccessToken": "******"} if record.get("CodeRepoAccessToken") else record


@handles("ListCodeSources")
def list_code_sources(world: World, received: Received) -> dict[str, Any]:
    return LISTING.answer(received, rows(world, CODE_SOURCE, received), _guarded)


@handles("GetCodeSource")
def get_code_source(world: World, received: Received) -> dict[str, Any]:
    return shown(_guarded(find(world, CODE_SOURCE, received)), "GetCodeSource")
