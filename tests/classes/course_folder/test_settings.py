"""settings.toml: what it says, in UTC; each fault is one line that says what to do."""

from datetime import datetime

import pytest

from autograder.classes.course_folder.new import LESSON_LINES, SETTINGS
from autograder.classes.course_folder.settings import LateRule, Settings, read_settings
from autograder.errors import CourseError

WHOLE = """
[course]
name = "vae-2026"
timezone = "Europe/Berlin"
[late]
percent_per_day = 10
grace_minutes = 15
[lessons.01_elbo]
deadline = 2026-11-06 23:59:00
weight = 2
[lessons.02_vae]
deadline = "2026-07-06T12:00:00Z"
[lessons.03_cvae]
deadline = 2026-11-20
[extensions]
"ada.lovelace" = { 01_elbo = 2026-11-09 23:59:00 }
"J\u00fcrgen, Dr." = { 02_vae = "2026-07-06 14:00:00" }
"""


def read(folder, text):
    (folder / "settings.toml").write_text(text, encoding="utf-8")
    return read_settings(folder)


def faults(folder, text):
    with pytest.raises(CourseError) as failure:
        read(folder, text)
    lines = str(failure.value).splitlines()
    assert all(line.startswith(f"{folder / 'settings.toml'}: ") for line in lines)
    return [line.removeprefix(f"{folder / 'settings.toml'}: ") for line in lines]


def test_without_a_file_nothing_is_set(tmp_path):
    assert read_settings(tmp_path) == Settings()


def test_times_are_meant_in_the_zone_of_the_class_and_kept_in_utc(tmp_path):
    settings = read(tmp_path, WHOLE)
    assert settings.name == "vae-2026"
    assert settings.late == LateRule(10, 100, 15)
    assert settings.deadlines == {
        "01_elbo": datetime(2026, 11, 6, 22, 59),
        "02_vae": datetime(2026, 7, 6, 12),
        "03_cvae": datetime(2026, 11, 20, 22, 59, 59),
    }
    assert settings.weights == {"01_elbo": 2, "02_vae": 1, "03_cvae": 1}
    assert settings.extensions == {
        "ada.lovelace": {"01_elbo": datetime(2026, 11, 9, 22, 59)},
        "J\u00fcrgen, Dr.": {"02_vae": datetime(2026, 7, 6, 12)},
    }


def test_the_file_that_new_writes_holds_also_with_all_its_lines_in_use(tmp_path):
    lines = LESSON_LINES.format(name="01_elbo", title="The ELBO", points=34)
    text = SETTINGS.format(lessons=lines, first="01_elbo")
    assert read(tmp_path, text) == Settings(weights={"01_elbo": 1})
    used = [
        line.removeprefix("# ") if "=" in line or "# [" in line else line
        for line in text.splitlines()
    ]
    settings = read(tmp_path, "\n".join(used))
    assert settings.late == LateRule(10, 50, 15)
    assert settings.timezone == "Europe/Berlin"
    assert settings.extensions["ada"]["01_elbo"] > settings.deadlines["01_elbo"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[lat]", "the file: there is no setting 'lat'. Did you mean late?"),
        ("late = 5", "late: should be a table: write [late] above its lines."),
        ("[late]\npercent = 5", "[late]: there is no setting 'percent'. Did you mean percent_per_day?"),
        ("[late]\npercent_per_day = 110", "[late] percent_per_day: should be a number from 0 to 100, seen: 110."),
        ("[late]\ngrace_minutes = true", "[late] grace_minutes: should be a number from 0 to 10080, seen: True."),
        ("[lessons.01_elb]", "[lessons]: there is no lesson '01_elb'. Did you mean 01_elbo?"),
        ("[lessons]\n01_elbo = 1", "[lessons] 01_elbo: should be a table: write [lessons.01_elbo] above its lines."),
        ("[lessons.01_elbo]\ndeadline = 'soon'", "[lessons.01_elbo] deadline: should be a time like 2026-11-06 23:59:00, seen: 'soon'."),
        ("[lessons.01_elbo]\nweight = -1", "[lessons.01_elbo] weight: should be a number from 0 to 1000, seen: -1."),
        ("[course]\ntimezone = 'Berlin'", "[course] timezone: 'Berlin' is not known here. Write one like Europe/Berlin."),
        ("[course]\nname = 7", "[course] name: should be a text in quotes, seen: 7."),
        ("[extensions]\nada = 2026-11-06", '[extensions] ada: should name lessons: "ada" = { 01_elbo = 2026-11-06 23:59:00 }.'),
        ("[extensions]\nada = { 01_elbo = 2026-11-06 }", "[extensions] ada: 01_elbo has no deadline that could be extended."),
        (
            "[lessons.01_elbo]\ndeadline = 2026-11-06\n[extensions]\nada = { 01_elbo = 2026-11-05 }",
            "[extensions] ada 01_elbo: earlier than the lesson's deadline.",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_one_line_that_says_what_to_do(tmp_path, text, said):
    assert faults(tmp_path, text) == [said]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("kl_divergense = 'x'", "there is no exercise 'kl_divergense'. Did you mean kl_divergence?"),
        ("elbo = 'a b'", "elbo: should be a name of Python in quotes, seen: 'a b'. Write another name."),
        ("elbo = 3", "elbo: should be a name of Python in quotes, seen: 3. Write another name."),
        ("elbo = []", "elbo: should be a name of Python in quotes, seen: []. Write another name."),
        ("elbo = 'lambda'", "elbo: 'lambda' is a word of Python's own. Write another name."),
        ("elbo = '_bound'", "elbo: '_bound' begins with an underscore. Write another name."),
        ("elbo = 'kl_divergence'", "elbo: 'kl_divergence' is used in the lesson already. Write another name."),
        ("elbo = 'nature'", "elbo: 'nature' is used in the lesson already. Write another name."),
        (
            "elbo = 'own_bound'\nkl_divergence = 'own_bound'",
            "kl_divergence: elbo is called 'own_bound' already. Write another name.",
        ),
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_used_is_one_line(tmp_path, line, said):
    (fault,) = faults(tmp_path, f"[names]\n{line}")
    assert fault.startswith("[names]")
    assert fault.endswith(said)


def test_names_are_sorted_by_exercise(tmp_path):
    settings = read(tmp_path, "[names]\nvae_loss = 'cost'\nelbo = 'lower_bound'")
    assert settings.names == (("elbo", "lower_bound"), ("vae_loss", "cost"))
    with pytest.raises(CourseError, match=r"write \[names\] above its lines"):
        read(tmp_path, "names = 3")


def test_every_fault_has_a_line(tmp_path):
    found = faults(tmp_path, "[late]\ngrace_minutes = -1\n[lessons.9]\n[course]\ncolour = 1\n")
    assert [line.split(":")[0] for line in found] == [
        "[course]",
        "[lessons]",
        "[late] grace_minutes",
    ]


def test_an_id_with_a_dot_wants_quotes(tmp_path):
    text = (
        "[lessons.01_elbo]\ndeadline = 2026-11-06\n[extensions]\nada.l = { 01_elbo = 2026-11-07 }"
    )
    (line,) = faults(tmp_path, text)
    assert line.endswith('An id with a dot stands in quotes: "ada.lovelace".')


@pytest.mark.parametrize("text", ["deadline = 2026-11-06 23:59", "a b", "x = [", '"\\x1b[0m" = 1'])
def test_what_is_no_toml_is_one_line_with_its_place(tmp_path, text):
    (line,) = faults(tmp_path, text)
    assert "\x1b" not in line
    assert "times look like 2026-11-06 23:59:00" in line


def test_a_file_of_another_encoding_is_one_line(tmp_path):
    (tmp_path / "settings.toml").write_bytes("[course]\nname = 'ü'".encode("latin-1"))
    with pytest.raises(CourseError, match="not in UTF-8"):
        read_settings(tmp_path)
