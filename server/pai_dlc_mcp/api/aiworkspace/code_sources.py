"""Code sources: Git repositories that a job clones into its containers."""

from __future__ import annotations

from typing import Literal

from ...operation import AIWORKSPACE, CREATE, DELETE, EXPOSE, READ, WRITE, Find, Reveals, Target, card, rows
from ...shapes import Input, may, need
from ..kinds import SHOWS, CodeSourceId, WorkspaceId, redirects
from .shapes_common import Accessibility, Order

CloneType = Literal[0, 1]


@AIWORKSPACE.get(
    "/api/v1/codesources",
    READ,
    "paicodesource:ListCodeSources",
    "codesources",
    example={"workspace_id": "123456"},
    view=rows("CodeSources", "CodeSourceId DisplayName CodeRepo CodeBranch CodeCommit MountPath GmtCreateTime"),
    reveals=Reveals("code_source", "CodeSources", "CodeSourceId", ("DisplayName",)),
    rules="R04",
    presets="default lean discovery",
)
class ListCodeSources(Input):
    """List a workspace's code sources (Git repositories); a job's CodeSource takes their CodeSourceId."""

    display_name: str | None = may("Part of the name.", hint=True, searches="DisplayName")
    order: Order | None = may("Direction of sort_by (default ASC).")
    page_number: int | None = may("Page to read, from 1 (default 1).", ge=1, sent_default=1)
    page_size: int | None = may("Code sources on one page (default 20).", ge=1, sent_default=20)
    sort_by: Literal["GmtModifyTime", "DisplayName", "CodeSourceId", "GmtCreateTime"] | None = may(
        "Field to sort by (default GmtCreateTime)."
    )
    workspace_id: WorkspaceId = need("Workspace to list.")


@AIWORKSPACE.get(
    "/api/v1/codesources/{CodeSourceId}",
    READ,
    "paicodesource:GetCodeSource",
    "codesources",
    example={"code_source_id": "code-20240101abcdef"},
    view=card(
        "CodeSourceId DisplayName CodeRepo CodeBranch CodeCommit MountPath Accessibility WorkspaceId UserId OwnerName"
        " GmtCreateTime"
    ),
    reveals=Reveals("code_source", "", "CodeSourceId", ("DisplayName",)),
    rules="R04",
    presets="default discovery",
)
class GetCodeSource(Input):
    """Read one code source: repository, branch or commit, and where a job mounts it."""

    code_source_id: CodeSourceId = need("Code source to read.")


@AIWORKSPACE.post(
    "/api/v1/codesources",
    CREATE,
    "paicodesource:CreateCodeSource",
    "codesources",
    example={
        "code_branch": "main",
        "code_repo": "https://code.example.com/team/train.git",
        "display_name": "train",
        "mount_path": "/root/code",
        "workspace_id": "123456",
    },
    find=Find("ListCodeSources", "CodeSources", "CodeSourceId", "DisplayName"),
)
class CreateCodeSource(Input):
    """Register a Git repository for jobs to clone."""

    accessibility: Accessibility | None = may("Who sees it: PUBLIC the workspace, PRIVATE its creator.", risk=SHOWS)
    clone_type: CloneType | None = may(
        "0 (default) clones into a new folder below mount_path, 1 into mount_path itself."
    )
    code_branch: str | None = may("Branch to clone; a code_commit wins over it.")
    code_commit: str | None = may("Commit to check out.")
    code_repo: str = need("Address of the repository, without a login in it.")
    code_repo_access_token: str | None = may("Token for a private repository.", secret=True)
    code_repo_user_name: str | None = may("Account that the token belongs to.")
    description: str | None = may("What the code is for.")
    display_name: str = need("Name that people see.")
    mount_path: str = need("Folder in the job's containers, such as /root/code.")
    workspace_id: WorkspaceId = need("Workspace that gets the code source.")


@AIWORKSPACE.put(
    "/api/v1/codesources/{CodeSourceId}",
    WRITE,
    "paicodesource:UpdateCodeSource",
    "codesources",
    example={"code_source_id": "code-20240101abcdef", "code_branch": "release"},
    target=Target("GetCodeSource"),
    action_confidence="secondary",
    rules="R38",
)
class UpdateCodeSource(Input):
    """Change a code source. Jobs that exist keep what they have cloned."""

    code_source_id: CodeSourceId = need("Code source to change.")
    clone_type: CloneType | None = may(
        "0 (default) clones into a new folder below mount_path, 1 into mount_path itself."
    )
    code_branch: str | None = may("Branch to clone from now on.")
    code_commit: str | None = may("Commit to check out from now on.")
    code_repo: str | None = may("New address of the repository.", address=True, risk=redirects("CodeRepo"))
    code_repo_access_token: str | None = may("New token for a private repository.", secret=True)
    code_repo_user_name: str | None = may("Account that the token belongs to.")
    description: str | None = may("New description.")
    display_name: str | None = may("New name that people see.")
    mount_path: str | None = may("Folder in the containers of jobs to come.")


@AIWORKSPACE.put(
    "/api/v1/codesources/{CodeSourceId}/publish",
    EXPOSE,
    "paicodesource:PublishCodeSource",
    "codesources",
    example={"code_source_id": "code-20240101abcdef"},
    target=Target("GetCodeSource"),
)
class PublishCodeSource(Input):
    """Make a private code source visible to every member of its workspace."""

    code_source_id: CodeSourceId = need("Code source to publish.")


@AIWORKSPACE.delete(
    "/api/v1/codesources/{CodeSourceId}",
    DELETE,
    "paicodesource:DeleteCodeSource",
    "codesources",
    example={"code_source_id": "code-20240101abcdef"},
    rules="R30",
    target=Target("GetCodeSource", is_whole=True),
)
class DeleteCodeSource(Input):
    """Delete the registration of a repository; the repository itself stays."""

    code_source_id: CodeSourceId = need("Code source to delete.")
