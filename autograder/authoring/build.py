"""Make every generated file from `solutions/NN_name.py`, or say which are stale.

Generated: the reference notebook, the student notebook, the figures and the glossary beside it, the
fingerprints of the visible checks, and the numbers that documents quote. Processors and versions of PyTorch
round the numbers of a fingerprint differently: a stored number stays where it differs less than a margin,
`FACTOR` times the spread measured by `vae-course spread`. So the same files are right on every machine.
"""

from __future__ import annotations

import copy
import itertools
import json
import math
import warnings
from pathlib import Path

import torch

from autograder.errors import CourseError
from autograder.exercises.lookup import visible_check, wrong_solutions
from autograder.exercises.sound import refuse_unsound
from autograder.files import ROOT, write_atomically
from autograder.source.lesson import (
    GLOSSARY,
    RELEASE,
    SOURCES,
    Lesson,
    lesson_names,
    reference_namespace,
)
from autograder.source.numbers import fill_document
from autograder.source.release import (
    notebook_text,
    pictures,
    reference_notebook,
    release_files,
)
from autograder.source.stored import Runs, runs_file
from course_utils.checks.core import FINGERPRINTS, expand
from course_utils.checks.observations import RTOL, agree
from course_utils.result_card import load_bands

DOCUMENTS = [ROOT / "README.md", ROOT / "docs" / "student.md", ROOT / "docs" / "measurements.md"]
SPREAD = Path(__file__).with_name("spread.json")  # written by `vae-course spread`
FACTOR = 10  # machines that were not measured may round worse


def build(names: list[str]) -> list[Path]:
    """Write every generated file of these lessons that changed.

    Returns:
        The files written.

    Raises:
        CourseError: If a source breaks a rule or a folder cannot be written.
    """
    written = []
    for path, content in outputs(names).items():
        if not path.exists() or path.read_bytes() != content:
            write_atomically(path, content)
            written.append(path)
    return written


def stale(names: list[str]) -> list[Path]:
    """Return generated files that differ from what `build` would write, and files that no source makes."""
    wanted = outputs(names)
    changed = [p for p, c in wanted.items() if not p.exists() or p.read_bytes() != c]
    return sorted(changed + orphans())


def outputs(names: list[str]) -> dict[Path, bytes]:
    """Return the contents of all generated files of these lessons."""
    contents: dict[Path, bytes] = {}
    torch.set_num_threads(1)  # tiny tensors: one thread is fastest
    for name in names:
        lesson = Lesson.load(name)
        refuse_unsound(lesson)
        _check_runs(lesson)
        source = SOURCES / name
        contents[source / f"{name}.ipynb"] = notebook_text(reference_notebook(lesson)).encode()
        contents[source / GLOSSARY.name] = GLOSSARY.read_bytes()
        for path, content in release_files(lesson).items():
            contents[RELEASE / name / path] = content
        contents[FINGERPRINTS / f"nb{name}.json"] = _fingerprints(lesson).encode()
    return contents | {path: _document(path) for path in DOCUMENTS}


def orphans() -> list[Path]:
    """Return generated notebooks, figures and fingerprints whose lesson or figure is gone."""
    names = set(lesson_names())
    folders = [p for d in (SOURCES, RELEASE) for p in d.glob("[0-9][0-9]_*") if p.is_dir()]
    lost = [p for p in folders if p.name not in names]
    lost += [p for p in FINGERPRINTS.glob("nb*.json") if p.stem[2:] not in names]
    for figure in (f for name in names for f in pictures(RELEASE / name)):
        if not (SOURCES / figure.parent.parent.name / "figures" / figure.name).exists():
            lost.append(figure)
    exercises = (ROOT / "autograder" / "exercises").glob("nb*/")
    lost += [p for p in exercises if p.name[2:] not in names]
    return lost


def _document(path: Path) -> bytes:
    """Return a document with the numbers between its markers filled in."""
    return fill_document(path.read_text(encoding="utf-8"), path.name).encode()


def _check_runs(lesson: Lesson) -> None:
    """Refuse a quoted run that lies outside the band of several seeds."""
    bands = load_bands(lesson.name)
    for data, run in Runs.load(lesson.name).by_data.items():
        for row, metrics in run["results"].items():
            for metric, value in metrics.items():
                band = bands.get(data, {}).get(row, {}).get(metric)
                if band and metric != "seconds" and not band.holds(value, metric):
                    raise CourseError(
                        f"{runs_file(lesson.name)}: {row!r}, {metric!r} on {data} is {value:g}, outside the "
                        f"band {band.mean:g} ± {band.sd:g}. Measure again: vae-course bands {lesson.name}"
                    )


def observed(lesson: Lesson) -> dict[str, dict]:
    """Observe the reference and every known mistake on the fixed inputs.

    Returns:
        JSON values: {exercise: {"correct": [...], "mistakes": {id: {"message": ..., "seen": [...]}}}}.
    """
    reference = reference_namespace(lesson.name)
    observations = {}
    for name in lesson.exercises:
        check = visible_check(lesson.name, name)
        correct, _ = check.observe_fixed(reference[name])
        mistakes = {}
        for wrong in wrong_solutions(lesson.name).of(name):
            with warnings.catch_warnings():  # PyTorch warns of some mistakes
                warnings.simplefilter("ignore")
                seen, _ = check.observe_fixed(wrong.load())
            if agree(seen, correct):
                raise CourseError(
                    f"{lesson.name}: the visible check of {name!r} cannot tell {wrong.id!r} from the reference."
                )
            mistakes[wrong.id] = {"message": wrong.message, "seen": [o.to_json() for o in seen]}
        observations[name] = {"correct": [o.to_json() for o in correct], "mistakes": mistakes}
    return observations


def stored(lesson: str) -> dict[str, dict]:
    """Read the stored observations of a lesson as `observed` returns them; nothing without a readable file."""
    try:
        found = json.loads((FINGERPRINTS / f"nb{lesson}.json").read_text(encoding="utf-8"))
        for entry in found.values():
            for mistake in entry["mistakes"].values():
                mistake["seen"] = copy.deepcopy(expand(mistake["seen"], entry["correct"]))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}
    return found


def apart(fresh: list[list], old: list[list]) -> float:
    """Return how far apart two stored runs are: 0 if equal, infinity if more than numbers differ.

    The unit is the tolerance of the visible check, so that 1 is what a learner may be off.
    """
    worst = 0.0
    if len(fresh) != len(old):
        return math.inf
    for (*ours, numbers, atol), (*theirs, stored, old_atol) in zip(fresh, old, strict=True):
        if (ours, len(numbers), atol) != (theirs, len(stored), old_atol):
            return math.inf
        for a, b in zip(numbers, stored, strict=True):
            if a != b:
                words = isinstance(a, str) or isinstance(b, str)  # NaN and infinities
                worst = max(worst, math.inf if words else abs(a - b) / (atol + RTOL * abs(b)))
    return worst


def runs(entry: dict) -> dict[str, list[list]]:
    """Return the runs of one exercise: of the reference under "", of known mistakes under their ids."""
    return {"": entry["correct"], **{id: m["seen"] for id, m in entry["mistakes"].items()}}


def margin() -> float:
    """Return how far a number may be from the stored one, in the unit of `apart`."""
    return FACTOR * max((number for row in spread().values() for number in row.values()), default=0)


def spread() -> dict[str, dict[str, float]]:
    """Read the measured spread by cell and lesson, in the unit of `apart`; {} before the first one."""
    return json.loads(SPREAD.read_text(encoding="utf-8")) if SPREAD.exists() else {}


def _fingerprints(lesson: Lesson) -> str:
    """Return the observations as JSON, with stored numbers where another machine rounds otherwise."""
    fresh, old, allowed = observed(lesson), stored(lesson.name), margin()
    for name, entry in fresh.items():
        before = runs(old[name]) if name in old else {}
        kept = {
            id: before[id] if apart(seen, before.get(id, [])) <= allowed else seen
            for id, seen in runs(entry).items()
        }
        entry["correct"] = kept.pop("")
        for id, seen in kept.items():
            entry["mistakes"][id]["seen"] = seen
        for (one, seen), (other, too) in itertools.combinations(kept.items(), 2):
            if apart(seen, too) <= allowed:
                raise CourseError(
                    f"{lesson.name}: only rounding tells {one!r} and {other!r} of {name!r} apart."
                )
        entry |= {"points": lesson.exercises[name], "hints": lesson.hints(name)}
    return _compact_json(fresh) + "\n"


def _shortened(seen: list[list], correct: list[list]) -> list[list | None]:
    """Return what was seen of a mistake without what the reference shows, too: the inverse of `expand`."""
    short: list[list | None] = []
    for i, o in enumerate(seen):
        of_reference = correct[i] if i < len(correct) else None
        if o == of_reference:
            short.append(None)
        elif of_reference and [*o[:3], o[4]] == [*of_reference[:3], of_reference[4]]:
            short.append([o[3]])
        else:
            short.append(o)
    return short


def _compact_json(stored: dict) -> str:
    """Return JSON with one line per answer, so that a diff shows which answers changed."""
    lines = ["{"]
    for i, (name, entry) in enumerate(stored.items()):
        first = [f'"{key}": {json.dumps(entry[key])},' for key in ("points", "hints", "correct")]
        lines.append(f" {json.dumps(name)}: {{{' '.join(first)}")
        rows = [
            f"   {json.dumps(id)}: {json.dumps({**m, 'seen': _shortened(m['seen'], entry['correct'])})}"
            for id, m in entry["mistakes"].items()
        ]
        lines.append(
            '  "mistakes": {\n' + ",\n".join(rows) + "}}" + ("," if i < len(stored) - 1 else "")
        )
    return "\n".join([*lines, "}"])
