"""Logs longer than one read: their beginning, and earlier pages before their end, where the end explains nothing.

The service gives the last lines of a window of time. Going back, a window ends where the page before it began, as far
as the lines tell their time in UTC; the beginning is the window behind the pod's start, whatever its lines say.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...timestamps import iso
from ..log_pages import PAGE_BYTES, PAGE_LINES, first_time, overlap
from .material import MORE_LOG_LINES, Material, is_earlier
from .reader import Reader, Want
from .subject import Pod

LONG_PODS, EARLIER_PAGES = 2, 3
BEGINNINGS_S = (120, 15)
"""The window behind a pod's start that is asked for, and a shorter one where that held more than a page."""
GAP = "[… lines that were not read …]"


def long_logs(material: Material, first: Pod | None) -> list[Pod]:
    """The pods of which more can be read: the suspect before the others."""
    keys = [key for key in material.logs if not is_earlier(key) and not material.is_whole(key)]
    keys = [key for key in keys if len(material.logs[key]) >= MORE_LOG_LINES and key not in material.beginnings]
    pods = [pod for key in keys if (pod := material.subject.pod(key)) is not None]
    return sorted(pods, key=lambda pod: (first is None or pod.id != first.id, pod.index))[:LONG_PODS]


async def read_long(reader: Reader, material: Material, pods: Sequence[Pod]) -> None:
    """Put what more of these pods' logs there is before their last lines."""
    for pod in pods:
        is_whole = await _read_back(reader, material, pod)
        if not is_whole:
            await _read_beginning(reader, material, pod)


async def _read_back(reader: Reader, material: Material, pod: Pod) -> bool:
    """Earlier pages, newest first; whether the beginning was reached."""
    subject, lines = material.subject, material.logs[pod.id]
    for _ in range(EARLIER_PAGES):
        end = first_time(lines, pod, subject.now, subject.created)
        if not end:
            return False
        page = await _page(reader, material, pod, subject.created, end)
        fresh = page[: len(page) - overlap(page, lines)] if page is not None else []
        if page is None or (not fresh and len(page) >= PAGE_LINES):
            return False
        lines = material.logs[pod.id] = fresh + lines
        if len(page) < PAGE_LINES:
            material.asked[pod.id] = len(lines) + 1
            return True
    return False


async def _read_beginning(reader: Reader, material: Material, pod: Pod) -> None:
    """The first lines, with a gap behind them where they do not reach what is there."""
    began = pod.started or None
    if began is None:
        return
    for seconds in BEGINNINGS_S:
        page = await _page(reader, material, pod, iso(began - 1), iso(began + seconds))
        if not page:
            return
        lines = material.logs[pod.id]
        if same := overlap(page, lines):
            material.logs[pod.id] = page[:-same] + lines
            material.asked[pod.id] = len(material.logs[pod.id]) + (len(page) < PAGE_LINES)
            return
        if len(page) < PAGE_LINES:
            material.logs[pod.id] = [*page, GAP, *lines]
            material.beginnings[pod.id] = len(page)
            return


async def _page(reader: Reader, material: Material, pod: Pod, start: str, end: str) -> list[str] | None:
    args = {"JobId": material.subject.id, "PodId": pod.id, "MaxLines": PAGE_LINES, "EndTime": end}
    args |= {"StartTime": start} if start else {}
    answers = await reader.read({"page": Want("GetPodLogs", args, f"earlier lines of {pod.id}", PAGE_BYTES)})
    return list(answers["page"].get("Logs") or []) if "page" in answers else None
