"""Data from disk, from a pretended network, and the fallback to digits; never a real network."""

import gzip
import struct
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch

from course_utils import data, downloads


@pytest.fixture
def away_from_data(monkeypatch, tmp_path):
    """A working directory without data, full mode, and a network where no server answers."""
    for name in ("VAE_COURSE_DATA", "VAE_COURSE_FAST", "VAE_COURSE_DATASET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(downloads, "_any_answers", lambda urls: False)
    return tmp_path


def idx(array: np.ndarray) -> bytes:
    """Return uint8 values in the IDX format of MNIST's files."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_mnist(root, name="mnist", num_train=30, num_test=10):
    """Write a tiny dataset where torchvision looks for the real one."""
    raw = root / downloads.folder(name) / "raw"
    raw.mkdir(parents=True)
    values = np.random.default_rng(0)
    for split, num in (("train", num_train), ("t10k", num_test)):
        images = values.integers(0, 256, (num, 28, 28), dtype=np.uint8)
        images[0, 0, :2] = 0, 255
        labels = (np.arange(num) % 10).astype(np.uint8)
        (raw / f"{split}-images-idx3-ubyte").write_bytes(idx(images))
        (raw / f"{split}-labels-idx1-ubyte").write_bytes(idx(labels))
    return raw


def check_contract(images: data.ImageData):
    for x, labels in (
        (images.train_x, images.train_labels),
        (images.test_x, images.test_labels),
    ):
        assert x.dtype == torch.float32
        assert x.shape == (len(labels), 784)
        assert x.min() >= 0
        assert x.max() <= 1
        assert labels.dtype == torch.int64
        assert set(labels.tolist()) == set(range(10))


def test_digits_are_all_there_split_once_and_for_all_with_every_class_on_both_sides():
    first, second = data.load("digits", device="cpu"), data.load("digits", device="cpu")
    check_contract(first)
    assert torch.equal(first.train_x, second.train_x)
    assert torch.equal(first.test_labels, second.test_labels)


def test_digits_number_1500_and_297_and_use_the_whole_range(away_from_data):
    digits = data.load("digits", device="cpu")
    assert (len(digits.train_x), len(digits.test_x)) == (1500, 297)
    assert digits.train_x.min() == 0
    assert digits.train_x.max() == 1
    counts = digits.test_labels.bincount()
    assert counts.min() >= 28
    assert counts.max() <= 31


def test_no_test_digit_is_a_training_digit(away_from_data):
    digits = data.load("digits", device="cpu")
    distances = torch.cdist(digits.test_x, digits.train_x)
    assert distances.min() > 0


def test_fast_mode_gives_a_few_hundred_digits_and_asks_nobody(monkeypatch, away_from_data):
    monkeypatch.setenv("VAE_COURSE_FAST", "1")
    monkeypatch.setattr(downloads, "fetch", lambda *_: pytest.fail("touched the network"))
    images = data.load("mnist", strict=True)
    check_contract(images)
    assert images.name == "digits"
    assert (len(images.train_x), len(images.test_x)) == (400, 200)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_folder_of_the_environment_is_read(monkeypatch, away_from_data, name, capsys):
    write_mnist(away_from_data / "elsewhere", name)
    monkeypatch.setenv("VAE_COURSE_DATA", str(away_from_data / "elsewhere"))
    images = data.load(name, strict=True, device="cpu")
    check_contract(images)
    assert images.name == name
    assert (len(images.train_x), len(images.test_x)) == (30, 10)
    assert images.train_x[0, :2].tolist() == [0.0, 1.0]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "mark", ["pyproject.toml", ".git", "vae_course_learner-1-py3-none-any.whl"]
)
def test_data_of_the_course_s_root_is_found_from_a_lesson_s_folder(
    monkeypatch, away_from_data, mark
):
    write_mnist(away_from_data / "data")
    (away_from_data / mark).touch()
    lesson = away_from_data / "notebooks" / "02_vae"
    lesson.mkdir(parents=True)
    monkeypatch.chdir(lesson)
    assert data.load("mnist", strict=True).name == "mnist"


def test_the_search_does_not_climb_above_the_repository_root(monkeypatch, away_from_data):
    write_mnist(away_from_data / "data")
    inner = away_from_data / "repository"
    inner.mkdir()
    (inner / "pyproject.toml").touch()
    monkeypatch.chdir(inner)
    with pytest.raises(data.DataError):
        data.load("mnist", strict=True)


def test_without_data_and_network_one_line_says_so_and_digits_are_used(away_from_data, capsys):
    images = data.load("mnist")
    assert images.name == "digits"
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    for part in ("mnist could not be loaded", "no download server", "VAE_COURSE_DATA", "digits"):
        assert part in printed


def test_strict_loading_raises_one_line(away_from_data):
    with pytest.raises(data.DataError) as failure:
        data.load("fashion_mnist", strict=True)
    assert "\n" not in str(failure.value)
    assert "FashionMNIST/raw" in str(failure.value)


def test_a_missing_folder_in_the_environment_is_no_traceback(monkeypatch, away_from_data, capsys):
    monkeypatch.setenv("VAE_COURSE_DATA", str(away_from_data / "not" / "there"))
    assert data.load("mnist").name == "digits"
    assert capsys.readouterr().out.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_no_traceback(monkeypatch, away_from_data, capsys):
    # Root may write anywhere, so a file stands where the folder should be.
    (away_from_data / "data").write_text("in the way")
    monkeypatch.setattr(downloads, "_any_answers", lambda urls: pytest.fail("asked the network"))
    assert data.load("mnist").name == "digits"
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert "can be written" in printed


def test_a_read_only_folder_is_passed_over_for_one_that_can_be_written(monkeypatch, away_from_data):
    (away_from_data / "frozen").mkdir()
    monkeypatch.setenv("VAE_COURSE_DATA", str(away_from_data / "frozen"))
    allowed = downloads.os.access
    monkeypatch.setattr(
        downloads.os, "access", lambda path, mode: "frozen" not in str(path) and allowed(path, mode)
    )
    assert downloads._first_writable(data.data_folders()) == away_from_data / "data"


@pytest.mark.parametrize("damage", ["truncated", "garbage", "empty", "missing file", "labels"])
def test_damaged_files_are_named_in_one_line_and_digits_are_used(away_from_data, damage, capsys):
    raw = write_mnist(away_from_data / "data")
    images = raw / "train-images-idx3-ubyte"
    if damage == "truncated":
        images.write_bytes(images.read_bytes()[:-100])
    elif damage == "garbage":
        images.write_bytes(b"this is not an image file" * 10)
    elif damage == "empty":
        images.write_bytes(b"")
    elif damage == "missing file":
        images.unlink()
    else:
        (raw / "train-labels-idx1-ubyte").write_bytes(idx(np.full(30, 17, dtype=np.uint8)))
    assert data.load("mnist").name == "digits"
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert f"{raw.parent} is damaged or incomplete" in printed


def pretend_server(monkeypatch, serve):
    """Let torchvision "download" through `serve(url, path)` instead of the network."""
    from torchvision.datasets import mnist

    monkeypatch.setattr(downloads, "_any_answers", lambda urls: True)

    def download(url, download_root, filename, md5):
        print("torchvision's own chatter")
        serve(url, download_root, filename)

    monkeypatch.setattr(mnist, "download_and_extract_archive", download)


def test_a_download_goes_to_the_repository_s_data_folder_and_is_read(
    monkeypatch, away_from_data, capsys
):
    source = write_mnist(away_from_data / "server")

    def serve(url, root, filename):
        payload = gzip.compress((source / filename.removesuffix(".gz")).read_bytes())
        path = f"{root}/{filename.removesuffix('.gz')}"
        with open(path, "wb") as file:
            file.write(gzip.decompress(payload))

    pretend_server(monkeypatch, serve)
    assert data.load("mnist", strict=True, device="cpu").name == "mnist"
    assert (away_from_data / "data" / "MNIST" / "raw").is_dir()
    assert capsys.readouterr().out == f"Downloading mnist into {away_from_data / 'data'}.\n"


def test_a_download_that_fails_gives_its_reason_in_one_line(monkeypatch, away_from_data):
    def refuse(url, root, filename):
        raise RuntimeError("File not found or\ncorrupted.")

    pretend_server(monkeypatch, refuse)
    with pytest.raises(data.DataError, match="corrupted") as failure:
        data.load("mnist", strict=True)
    assert "\n" not in str(failure.value)


def test_the_socket_timeout_is_short_during_a_download_and_restored_after(
    monkeypatch, away_from_data
):
    seen = []

    def note(url, root, filename):
        seen.append(downloads.socket.getdefaulttimeout())
        raise RuntimeError("stop")

    pretend_server(monkeypatch, note)
    data.load("mnist")
    assert seen
    assert max(seen) <= 10
    assert downloads.socket.getdefaulttimeout() is None


def test_a_server_that_never_answers_is_given_up(monkeypatch):
    gate = downloads.threading.Event()
    monkeypatch.setattr(downloads, "TIMEOUT_SECONDS", 0.05)

    def hang(url, timeout):
        gate.wait(30)
        raise OSError("too late")

    monkeypatch.setattr(downloads.urllib.request, "urlopen", hang)
    assert downloads._any_answers(["http://one", "http://two"]) is False
    gate.set()


def test_an_unknown_name_is_an_error_that_lists_the_choices():
    with pytest.raises(ValueError, match="'cifar': choose one of digits, mnist, fashion_mnist"):
        data.load("cifar")


def test_the_environment_forces_a_dataset_and_is_named_when_wrong(monkeypatch, away_from_data):
    monkeypatch.setenv("VAE_COURSE_DATASET", "digits")
    assert data.load("mnist", strict=True).name == "digits"
    monkeypatch.setenv("VAE_COURSE_DATASET", "imagenet")
    with pytest.raises(ValueError, match="VAE_COURSE_DATASET='imagenet'"):
        data.load("mnist")


def test_image_data_is_frozen_and_prints_in_one_line():
    digits = data.load("digits", device="cpu")
    with pytest.raises(FrozenInstanceError):
        digits.name = "mnist"
    assert len(repr(digits)) < 80


def test_batches_hold_every_row_once_in_order_without_a_generator():
    x = torch.arange(10.0).view(10, 1)
    parts = list(data.batches(x, 4))
    assert [len(part) for part in parts] == [4, 4, 2]
    assert torch.equal(torch.cat(parts), x)


def test_batches_are_shuffled_by_the_generator_and_keep_images_with_their_labels():
    x, labels = torch.arange(100.0).view(100, 1), torch.arange(100)
    parts = list(data.batches((x, labels), 32, torch.Generator().manual_seed(0)))
    images, classes = torch.cat([a for a, _ in parts]), torch.cat([b for _, b in parts])
    assert torch.equal(images.flatten().long(), classes)
    assert torch.equal(classes.sort().values, labels)
    assert not torch.equal(classes, labels)


def test_binarising_keeps_dtype_and_certain_pixels_and_hits_each_probability():
    x = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64).expand(20_000, 3)
    drawn = data.binarize(x, torch.Generator().manual_seed(1))
    assert drawn.dtype == torch.float64
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    means = drawn.mean(dim=0)
    assert means[0] == 0
    assert means[2] == 1
    assert abs(means[1] - 0.3) < 6 * (0.3 * 0.7 / 20_000) ** 0.5  # 6 sd; the seed is fixed


def test_binarising_is_fresh_each_time():
    x = torch.full((4, 784), 0.5)
    assert not torch.equal(data.binarize(x), data.binarize(x))  # equal with chance 2 ** -3136


def test_every_class_has_a_name():
    assert data.load("digits").class_names == tuple("0123456789")
    images = data.ImageData("fashion_mnist", *[torch.zeros(1)] * 4)
    assert (len(images.class_names), images.class_names[0]) == (10, data.CLOTHES[0])
