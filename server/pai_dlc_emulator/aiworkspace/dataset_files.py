"""Metadata of the files in a version of a dataset: recorded, tagged, searched, counted."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..contract import parse_json
from ..listing import among, answer, by_fields, containing, next_page, sort_rows, whole_number
from ..wire import Received, Record, invalid
from ..world import World, handles
from .datasets import DATASET, VERSION, versions
from .nouns import Noun
from .store import as_answer, find_owned, find_record, now_text

FILE = Noun("DatasetFileMeta", "dataset_files", "DatasetFileMetaId", "dfm-", parent=DATASET)
_NEEDED = ("ContentType", "FileFingerPrint", "FileType", "FileUpdateTime", "Uri")


def _version(world: World, received: Received) -> str:
    """The version that the request is about; the latest where it names none."""
    dataset = find_record(world, DATASET, received)
    name = received.args.get("DatasetVersion") or versions(world, dataset)[-1]["VersionName"]
    return str(find_record(world, VERSION, received, name)["VersionName"])


def files(world: World, dataset_id: str, version: str) -> list[Record]:
    """All file records of a version, deleted ones too."""
    own = world.catalogue.tables[FILE.table].values()
    return [row for row in own if row["DatasetId"] == dataset_id and row["DatasetVersion"] == version]


def tags(record: Record) -> list[str]:
    """The tags of a file: the strings anywhere in its JSON, or a comma-separated text."""
    text = record.get("Tags") or ""
    try:
        return _strings(parse_json(text)) if text else []
    except ValueError:
        return [tag.strip() for tag in text.split(",")]


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [tag for item in value for tag in _strings(item)]
    return [str(value)]


def _outcome(record: Record, result: str) -> Record:
    return {"DatasetFileMetaId": record.get(FILE.key, ""), "Uri": record.get("Uri", ""), "Result": result}


@handles("CreateDatasetFileMetas")
def create_dataset_file_metas(world: World, received: Received) -> dict[str, Any]:
    dataset, version = find_owned(world, DATASET, received), _version(world, received)
    known = {row["Uri"] for row in files(world, dataset["DatasetId"], version) if row["Status"] == "ACTIVE"}
    done, failed = [], []
    for sent in received.args["DatasetFileMetas"]:
        missing = [name for name in _NEEDED if not sent.get(name)]
        if missing or sent["Uri"] in known:
            failed.append(_outcome(sent, f"{missing[0]} is missing" if missing else "the Uri is recorded already"))
            continue
        known.add(sent["Uri"])
        done.append(_outcome(_record(world, dataset, version, sent), "Success"))
    return {"Status": not failed, "SucceedDetails": done, "FailedDetails": failed}


def _record(world: World, dataset: Record, version: str, sent: Record) -> Record:
    key = world.ids.next(FILE.prefix, FILE.length)
    place = {"DatasetId": dataset["DatasetId"], "DatasetVersion": version, "WorkspaceId": dataset["WorkspaceId"]}
    folder, _, name = sent["Uri"].rpartition("/")
    known = {"FileName": name, "FileDir": folder + "/", "FileCreateTime": sent["FileUpdateTime"]}
    record = {**known, **sent, **place, FILE.key: key, "Status": "ACTIVE"}
    world.catalogue.tables[FILE.table][f"{dataset['DatasetId']}/{key}"] = record
    return record


@handles("GetDatasetFileMeta")
def get_dataset_file_meta(world: World, received: Received) -> dict[str, Any]:
    record = find_record(world, FILE, received)
    return as_answer(record | {"DatasetFileMeta": record}, "GetDatasetFileMeta")


@handles("UpdateDatasetFileMetas")
def update_dataset_file_metas(world: World, received: Received) -> dict[str, Any]:
    dataset, failed = find_owned(world, DATASET, received), []
    for sent in received.args["DatasetFileMetas"]:
        record = world.catalogue.tables[FILE.table].get(f"{dataset['DatasetId']}/{sent.get(FILE.key)}")
        if record is None or record["Status"] != "ACTIVE":
            failed.append(_outcome(sent, "there is no such record"))
            continue
        record |= sent | ({"TagUpdateTime": now_text(world)} if "Tags" in sent else {})
    return {"Status": not failed, "FailedDetails": failed}


@handles("DeleteDatasetFileMetas")
def delete_dataset_file_metas(world: World, received: Received) -> dict[str, Any]:
    """Deleted records stay readable as such."""
    dataset, failed = find_owned(world, DATASET, received), []
    for key in received.args["DatasetFileMetaIds"].split(","):
        record = world.catalogue.tables[FILE.table].get(f"{dataset['DatasetId']}/{key.strip()}")
        if record is None or record["Status"] == "DELETED":
            failed.append({"DatasetFileMetaId": key, "Uri": "", "Result": "there is no such record"})
            continue
        record["Status"] = "DELETED"
    return {"Status": not failed, "FailedDetails": failed}


@handles("ListDatasetFileMetas")
def list_dataset_file_metas(world: World, received: Received) -> dict[str, Any]:
    args, version = received.args, _version(world, received)
    found = _selected(files(world, args["DatasetId"], version), args)
    found = sort_rows(found, args, by_fields(("FileCreateTime", "FileUpdateTime")), "FileUpdateTime", "DESC")
    limit = {"MaxResults": args.get("MaxResults", args.get("PageSize", 10)), "NextToken": args.get("NextToken")}
    page, more = next_page(found, limit)
    place = {"DatasetId": args["DatasetId"], "DatasetVersion": version, "WorkspaceId": args["WorkspaceId"]}
    scored = [row | {"Score": 1.0} for row in page] if args.get("QueryText") else page
    return answer("ListDatasetFileMetas", scored, TotalCount=len(found), PageSize=more["MaxResults"], **place, **more)


def _selected(found: list[Record], args: Record) -> list[Record]:
    if args.get("QueryType", "MIX") not in ("MIX", "TAG", "VECTOR"):
        raise invalid("QueryType", "it is MIX, TAG or VECTOR")
    status = args.get("Status", "ACTIVE")
    found = found if status == "ALL" else among(found, "Status", status)
    found = among(found, FILE.key, args.get("DatasetFileMetaIds"))
    found = among(found, "FileType", args.get("QueryFileTypeIncludeAny"))
    found = among(found, "ContentType", args.get("QueryContentTypeIncludeAny"))
    found = containing(found, ("FileName",), args.get("QueryFileName"))
    found = containing(found, ("FileName", "Tags", "Comment"), args.get("QueryText"))
    found = [row for row in found if row["FileDir"].startswith(args.get("QueryFileDir", ""))]
    return [row for row in found if _tagged(set(tags(row)), args) and _timely(row, args)]


def _tagged(own: set[str], args: Record) -> bool:
    every, some = set(args.get("QueryTagsIncludeAll") or []), set(args.get("QueryTagsIncludeAny") or [])
    return every <= own and (not some or bool(some & own)) and not own & set(args.get("QueryTagsExclude") or [])


def _timely(row: Record, args: Record) -> bool:
    """Times of one form compare as text."""
    for name, kind in (("FileUpdateTime", "FileUpdate"), ("TagUpdateTime", "TagUpdate")):
        at, start, end = row.get(name, ""), args.get(f"Start{kind}Time"), args.get(f"End{kind}Time")
        if (start and at < start) or (end and at > end):
            return False
    return True


@handles("GetDatasetFileMetasStatistics")
def get_dataset_file_metas_statistics(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    found = among(files(world, args["DatasetId"], _version(world, received)), "Status", "ACTIVE")
    by = args.get("AggregateBy")
    counts = Counter(key for row in found for key in _groups(row, by))
    most = counts.most_common(whole_number(args, "MaxResults", 10, most=100))
    stats = [{"Key": key, "Count": count} for key, count in most]
    return answer("GetDatasetFileMetasStatistics", stats, TotalCount=len(found))


def _groups(row: Record, by: str | None) -> list[str]:
    if by is None:
        return []
    if by == "filedir":
        return [row["FileDir"]]
    if by == "filetype":
        return [row["FileType"]]
    if by in ("tags.user", "tags.user-delete-ai-tags", "tags.ai", "tags.all"):
        return tags(row)
    raise invalid("AggregateBy", f"{by} is not something to count by")
