"""The prose of the lessons: short sentences, short cells, and soon something to do.

What stands in a fold (`<details>`) is read by those who want it, and does not count.
"""

import re
import statistics

MAX_SENTENCE = 16  # words of the median sentence
MAX_CELL = 150  # words of a cell
MAX_LINES = 25  # of a demonstration
MAX_OPENING = 500  # words before the learner's first own function, with its text
LONGER = {"08_debugging_clinic": 950}  # it shows a healthy patient first
LEFT_OUT = (
    (r"\{\{.*?\}\}", "number"),
    (r"<details>.*?</details>", " "),
    (r"```.*?```", " "),
    (r"\$\$.*?\$\$", " formula "),
    (r"\$[^$]*\$", "formula"),
    (r"!\[[^\]]*\]\([^)]*\)", " "),
    (r"\[([^\]]*)\]\([^)]*\)", r"\1"),
    (r"`[^`]*`", "code"),
    (r"<[^>]+>", " "),
    (r"(?m)^\|.*$", " "),
)


def words_of(cell):
    """Return the text of a cell without folds, code, pictures and tables; a formula counts as a word."""
    text = cell.source
    for pattern, replacement in LEFT_OUT:
        text = re.sub(pattern, replacement, text, flags=re.DOTALL)
    return text


def prose_of(lesson):
    return [cell for cell in lesson.cells if cell.role == "prose"]


def test_sentences_are_short(lesson):
    paragraphs = [p for cell in prose_of(lesson) for p in re.split(r"\n\s*\n", words_of(cell))]
    sentences = [s.split() for p in paragraphs for s in re.split(r"(?<=[.!?:])\s+", p)]
    lengths = [len(words) for words in sentences if len(words) > 2]
    assert statistics.median(lengths) <= MAX_SENTENCE


def test_cells_of_text_are_short(lesson):
    long = {c.line: n for c in prose_of(lesson) if (n := len(words_of(c).split())) > MAX_CELL}
    assert long == {}, f"{lesson.path.name}: lines and words of cells over {MAX_CELL} words"


def test_demonstrations_are_short(lesson):
    shown = [c for c in lesson.cells if c.role == "demonstration"]
    lengths = {c.line: len([x for x in c.source.splitlines() if x.strip()]) for c in shown}
    assert {line: n for line, n in lengths.items() if n > MAX_LINES} == {}


def test_learners_write_soon(lesson):
    names = [c.role for c in lesson.cells]
    before = lesson.cells[: names.index("exercise")]
    opening = [len(words_of(c).split()) for c in before if c.role == "prose"]
    assert sum(opening) <= LONGER.get(lesson.name, MAX_OPENING)


def test_three_questions_with_answers_stand_in_each_lesson(lesson):
    quiz = "\n".join(c.source for c in prose_of(lesson)).partition("## Quiz")[2]
    answers = re.findall(r"<details><summary>[A-D]\..*?</details>", quiz, flags=re.DOTALL)
    right = [a for a in answers if re.search(r"</summary>\s*\**Right", a)]
    assert len(right) >= 3
    assert len(answers) >= 3 * len(right)
