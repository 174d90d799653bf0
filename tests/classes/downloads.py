"""Downloads of submissions as the platforms write them, for tests."""

import zipfile
from datetime import datetime

LESSON = "01_elbo"
NOTEBOOK = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
LISTED = '''id,first_name,last_name,email,lms_user_id
ada,Ada,Lovelace,ada@uni.edu,101
zoe,Zo\u00eb,O'Neill,zoe@uni.edu,102
juergen,J\u00fcrgen,M\u00fcller,jm@uni.edu,103
taro,\u592a\u90ce,\u5c71\u7530,taro@uni.edu,104
don,"Donald ""Don""","Knuth, Jr.",don@uni.edu,105
'''


def notebook(text):
    """Return a notebook whose bytes depend on a text; nothing here is ever graded."""
    return NOTEBOOK.replace(b"[]", f'["{text}"]'.encode())


def make_zip(path, files, when=datetime(2026, 11, 20, 12, 30, 8)):
    """Write a zip file from names and bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, when.timetuple()[:6]), content)
    return path


def make_folder(folder, files):
    """Write a folder from names and bytes."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


CANVAS = {
    "lovelaceada_101_9001_01_elbo.ipynb": notebook("ada 1"),
    "lovelaceada_101_9100_01_elbo-1.ipynb": notebook("ada 2"),
    "lovelaceada_101_9101_figure-1.png": b"picture",
    "lovelaceada_101_9102_report.pdf": b"%PDF",
    'oneillzo\u00eb_LATE_102_9002_my elbo, "final" (1).ipynb': notebook("zoe"),
    "m\u00fcllerj\u00fcrgen_103_9003_01_elbo.ipynb.txt": notebook("juergen"),
    "\u5c71\u7530\u592a\u90ce_104_9004_\u8ab2\u984c.ipynb": notebook("taro"),
    "knuthjrdonalddon_105_9005_01_elbo.ipynb": notebook("don"),
}
MOODLE = {
    "Ada Lovelace_657737_assignsubmission_file/01_elbo.ipynb": notebook("ada"),
    "Ada Lovelace_657737_assignsubmission_file/data/points.csv": b"1,2",
    "Zo\u00eb O'Neill_657738_assignsubmission_file/elbo (1).ipynb": notebook("zoe"),
    "Zo\u00eb O'Neill_657738_assignsubmission_onlinetext/onlinetext.html": b"<p>done</p>",
    "J\u00fcrgen M\u00fcller_657739_assignsubmission_file/01_elbo.ipynb": notebook("juergen"),
}
GRADESCOPE = {
    "assignment_77_export/submission_metadata.yml": b"""---
submission_1:
  :submitters:
  - :name: Ada Lovelace
    :sid: '101'
    :email: ada@uni.edu
  - :name: "Zo\xc3\xab O'Neill"
    :sid:
    :email: ZOE@uni.edu
  :created_at: 2026-11-19 10:15:01.123456000 Z
  :score: 10.0
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    tests: []
submission_2:
  :submitters:
  - :name: Taro Yamada
    :sid: taro
    :email:
  :created_at: 2026-11-19 10:16:00 Z
""",
    "assignment_77_export/submission_1/01_elbo.ipynb": notebook("group"),
    "assignment_77_export/submission_2/01_elbo.ipynb": notebook("taro"),
    "assignment_77_export/submission_3/01_elbo.ipynb": notebook("who"),
}
