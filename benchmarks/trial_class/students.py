"""Who is in the class, what each hands in, and what it is worth."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle

import nbformat

from autograder.authoring.submissions import make_submission, reference_answers
from autograder.exercises.known_answers import Variant
from autograder.exercises.lookup import right_solutions, wrong_solutions
from autograder.source.lesson import Lesson
from tests.grading.odd_files import NOTHING, WHOLE
from tests.sandbox.red_team import ATTACKS, Attack
from tests.sandbox.red_team import LESSON as ATTACKED

FIRST = (
    "Ada",
    "Zo\u00eb",
    "J\u00fcrgen",
    "\u592a\u90ce",
    'Donald "Don"',
    "Ngozi",
    "Jos\u00e9",
    "Mary-Ann",
)
LAST = (
    "Lovelace",
    "O'Neill",
    "M\u00fcller",
    "\u5c71\u7530",
    "Knuth, Jr.",
    "van der Berg",
    "N\u00fa\u00f1ez",
    "Li",
)
# What twenty students do, again and again. "odd" is an attack or a broken file, in turn.
KINDS = (
    *("right", "wrong", "right", "odd", "wrong", "nothing", "right", "half", "right", "wrong"),
    *("untouched", "right", "wrong", "right", "wrong", "right", "wrong", "right", "wrong", "right"),
)
LATE, AGAIN = 9, 7  # every so many students one is late, or hands in a second time
SLOW = "double-loop"  # right answers that take seconds of their own, whatever grades them
PORT = 9  # of this machine, which attacks may try to reach


@dataclass(frozen=True)
class Student:
    """A student, as the platform and the list of the class know them."""

    id: str
    first: str
    last: str
    number: int


@dataclass
class Submission:
    """What a student hands in for a lesson.

    Attributes:
        student: Who.
        kind: A word of `KINDS`, or "attack" or "broken".
        what: What it is, in a few words.
        content: Bytes of the file.
        least: Points that it must get.
        most: Points that it may get.
        late: Whether the platform marks it as late.
        earlier: Bytes of the attempt before, None if there is none.
        again: Whether it is a second attempt; the first is not always in the download.
    """

    student: Student
    kind: str
    what: str
    content: bytes
    least: float
    most: float
    late: bool = False
    again: bool = False
    earlier: bytes | None = field(default=None, repr=False)


def make_students(number: int) -> list[Student]:
    """Return so many students; names have commas, quotes, accents and no Latin letter."""
    return [
        Student(
            f"s{i:03d}",
            FIRST[i % len(FIRST)],
            f"{LAST[i // len(FIRST) % len(LAST)]} {chr(65 + i // 64)}",
            10_000 + 7 * i,
        )
        for i in range(number)
    ]


def hand_in_all(lesson: Lesson, students: list[Student]) -> Iterator[Submission]:
    """Yield what each student hands in for a lesson; nothing of those who do not."""
    makers = _Makers(lesson)
    shift = 3 * int(lesson.name[:2]) - 3  # nobody has the same kind in all lessons
    for place, student in enumerate(students):
        kind = KINDS[(place + shift) % len(KINDS)]
        if kind == "odd":
            kind = "broken" if (place + shift) // len(KINDS) % 2 else "attack"
        if kind == "nothing":
            continue
        made = makers.make(kind, student)
        made.late = place % LATE == 2
        made.again = place % AGAIN == 1
        if made.again and place % 2:
            made.earlier = _written(make_submission(lesson, {}))
        yield made


class _Makers:
    """Makes submissions of a lesson; which variant, attack or broken file comes next is decided by a seed."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self._reference = reference_answers(lesson)
        self._full = float(sum(lesson.exercises.values()))
        self._random = random.Random(lesson.name)
        self._right = _by_exercise(right_solutions(lesson.name).variants)
        self._wrong = _by_exercise(wrong_solutions(lesson.name).variants)
        self._attacks = cycle(self._shuffled(list(attacks_on(lesson))))
        whole = [(name, make, self._full) for name, make in WHOLE.items()]
        self._broken = cycle(
            self._shuffled([*whole, *((name, make, 0.0) for name, (make, _) in NOTHING.items())])
        )

    def make(self, kind: str, student: Student) -> Submission:
        """Make a submission of this kind."""
        if kind == "attack":
            return self._attack(student)
        if kind == "broken":
            name, make, points = next(self._broken)
            content = make(_as_json(self._submission({})))
            content = content.encode() if isinstance(content, str) else content
            return Submission(student, kind, name, content, points, points)
        answers: dict[str, str] = {}
        least = most = self._full
        what = kind
        if kind == "right":
            answers = self._some(self._right, 2)
        elif kind == "wrong":
            answers = self._some(self._wrong, self._random.randint(1, 3))
            what = f"wrong: {', '.join(answers)}"
            least -= sum(self._lesson.exercises[name] for name in answers)
            most -= 1e-6
        elif kind in ("half", "untouched"):
            done = list(self._reference)[: len(self._reference) // 2] if kind == "half" else []
            least = most = float(sum(self._lesson.exercises[name] for name in done))
            notebook = make_submission(self._lesson, {n: self._reference[n] for n in done})
            return Submission(student, kind, what, _written(notebook), least, most)
        return Submission(
            student, kind, what, _written(self._submission(answers)), max(least, 0.0), most
        )

    def _attack(self, student: Student) -> Submission:
        attack = next(self._attacks)
        points = self._lesson.exercises[attack.exercise]
        others = self._full - points
        bounds = {
            "full": (self._full, self._full),
            "less": (others, self._full - 1e-6),
            "nothing": (others, others),
        }
        source = attack.source.replace("@PORT@", str(PORT)).replace("@TOKEN@", "token")
        source = source.replace("@SECRET@", "/etc/hostname")
        content = _written(self._submission({attack.exercise: source}))
        return Submission(student, "attack", attack.id, content, *bounds[attack.worth])

    def _submission(self, answers: dict[str, str]) -> nbformat.NotebookNode:
        return make_submission(self._lesson, self._reference | answers)

    def _some(self, variants: dict[str, list[Variant]], number: int) -> dict[str, str]:
        """Return variants of so many exercises."""
        names = self._random.sample(sorted(variants), min(number, len(variants)))
        return {name: self._random.choice(variants[name]).source for name in names}

    def _shuffled(self, things: list) -> list:
        self._random.shuffle(things)
        return things


def attacks_on(lesson: Lesson) -> Iterator[Attack]:
    """Yield the red team's attacks on a lesson, and those on the first that fit any exercise."""
    yield from (a for a in ATTACKS if a.lesson == lesson.name)
    if lesson.name == ATTACKED:
        return
    target = next(name for name in lesson.exercises if name.islower())
    head = re.compile(r"def kl_divergence\(mu, log_var\):")
    for attack in ATTACKS:
        body = head.sub(f"def {target}(*given, **named):", attack.source)
        if attack.worth == "nothing" and not re.search(r"\b(kl_divergence|mu|log_var)\b", body):
            yield Attack(attack.kind, attack.id, body, "nothing", None, lesson.name, target)


def _by_exercise(variants: list[Variant]) -> dict[str, list[Variant]]:
    found: dict[str, list[Variant]] = {}
    for variant in variants:
        if variant.id != SLOW:
            found.setdefault(variant.exercise, []).append(variant)
    return found


def _written(notebook: nbformat.NotebookNode) -> bytes:
    return nbformat.writes(notebook).encode()


def _as_json(notebook: nbformat.NotebookNode) -> dict:
    data = json.loads(nbformat.writes(notebook))
    for cell in data["cells"]:
        cell["source"] = "".join(cell["source"])
    return data
