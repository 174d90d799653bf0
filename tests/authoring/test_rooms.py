from collections import defaultdict

from autograder.authoring import rooms
from autograder.files import ROOT

OWN_FILES, FILES_OF_A_FOLDER = 5, 12


def test_no_import_runs_against_the_table():
    against = [
        f"{path.relative_to(ROOT)} imports {room}"
        for path, room in rooms.imports()
        if room not in rooms.MAY_IMPORT.get(rooms.room_of(path), ("course_utils",))
    ]
    assert not against


def test_the_table_leads_downwards_only():
    order = list(rooms.MAY_IMPORT)
    for room, allowed in rooms.MAY_IMPORT.items():
        assert all(order.index(other) > order.index(room) for other in allowed), room


def test_every_folder_of_the_code_is_a_room_of_the_table_and_of_the_picture():
    folders = {p.name for p in (ROOT / "autograder").iterdir() if (p / "__init__.py").exists()}
    assert folders | {"cli", "benchmarks", "course_utils"} == set(rooms.MAY_IMPORT)
    assert set(rooms.PLACES) == set(rooms.MAY_IMPORT)


def test_rooms_stay_small():
    sizes = defaultdict(int)
    for path in (ROOT / "autograder").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            sizes[path.parent] += 1
    assert sizes.pop(ROOT / "autograder") <= OWN_FILES
    assert {p: n for p, n in sizes.items() if n > FILES_OF_A_FOLDER} == {}


def test_the_map_is_up_to_date():
    assert rooms.PICTURE.read_text(encoding="utf-8") == rooms.draw(), "run: vae-course rooms"


def test_tests_mirror_the_rooms():
    folders = {p.name for p in (ROOT / "tests").iterdir() if (p / "__init__.py").exists()}
    assert folders == set(rooms.MAY_IMPORT) - {"cli"}
