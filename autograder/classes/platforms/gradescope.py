"""Read `submission_metadata.yml`, which says in an export of Gradescope who handed in which folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import yaml

from autograder.classes.platforms.archive import Entry
from autograder.errors import CourseError
from autograder.wire.explain import one_line

NAME = "submission_metadata.yml"
MAX_METADATA = 100 * 2**20  # bytes: results of tests are in it


@dataclass(frozen=True)
class Person:
    """Somebody who handed in, as Gradescope knows them; each is "" where it says nothing."""

    name: str
    sid: str
    email: str


@dataclass(frozen=True)
class Submission:
    """Who handed in a folder, and when (UTC; None if that is not said)."""

    submitters: list[Person]
    created_at: datetime | None


@dataclass(frozen=True)
class Metadata:
    """What an export says.

    Attributes:
        name: Path of the file in the download.
        depth: The number of folders above the folders of submissions.
        submissions: By name of the folder, or of the file where there is no folder.
    """

    name: str
    depth: int
    submissions: dict[str, Submission]


class _Loader(yaml.SafeLoader):
    """Reads plain values only; of Ruby's own types it keeps the plain value inside, and the names of keys."""


def _plain_value(loader: _Loader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.ScalarNode)
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("!", _plain_value)


def metadata_of(listed: list[Entry]) -> Metadata | None:
    """Return what an export says, or None if the download is no export of Gradescope.

    Only a file in the folder that holds everything counts: one inside a submission was written by a learner.

    Raises:
        CourseError: If it cannot be read.
    """
    for entry in listed:
        *folders, name = entry.name.split("/")
        start = "".join(f"{f}/" for f in folders)
        if (
            name == NAME
            and len(folders) < 2
            and len(listed) > 1
            and all(other.name.startswith(start) for other in listed)
        ):
            return Metadata(entry.name, len(folders), _submissions(entry))
    return None


def _submissions(entry: Entry) -> dict[str, Submission]:
    try:
        if entry.size > MAX_METADATA:
            raise CourseError(f"more than {MAX_METADATA // 2**20} MB")
        data = yaml.load(entry.read(), Loader=_Loader)
        return {str(name): _submission(told) for name, told in data.items()}
    except CourseError as error:
        raise CourseError(f"{entry.name}: {error}. Export the submissions again.") from None
    except (yaml.YAMLError, AttributeError, TypeError, ValueError, RecursionError) as error:
        what = one_line(str(error))[:150]
        raise CourseError(
            f"{entry.name}: not as Gradescope writes it ({what}). Export the submissions again."
        ) from None


def _submission(told: dict[str, Any]) -> Submission:
    people = [
        Person(*(_text(one.get(key)) for key in (":name", ":sid", ":email")))
        for one in told.get(":submitters") or []
    ]
    at = told.get(":created_at")
    if isinstance(at, datetime):
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return Submission(people, at if isinstance(at, datetime) else None)


def _text(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())
