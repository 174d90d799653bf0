"""Weights of small networks as files that a page can load, from a server or straight from a disk.

A browser does not let a page read files beside it, unless they are scripts. So each model is one line of
JavaScript that hands JSON to the playground. Weights are whole numbers from -127 to 127 with one scale for each
row (each output of a layer), biases and scales float32; both in base64.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from autograder.errors import CourseError

FOLDER = Path(__file__).parent / "stored"
CODES_PER_UNIT = 32  # codes of images are whole numbers, too: 32 steps to one unit of z


class Stored(NamedTuple):
    """A model as the page has it: its networks with the stored weights, and its facts."""

    networks: dict[str, nn.Sequential]
    facts: dict


def packed(name: str, networks: dict[str, nn.Sequential], facts: dict) -> bytes:
    """Return the file of a model: networks of linear layers with ReLU between them, and facts."""
    layers = {
        kind: [_packed_layer(layer) for layer in network if isinstance(layer, nn.Linear)]
        for kind, network in networks.items()
    }
    content = json.dumps({"networks": layers, "facts": facts})
    return f"vaePlayground.put({json.dumps(name)}, {content});\n".encode()


def stored(name: str, folder: Path = FOLDER) -> Stored:
    """Read a model's file.

    Raises:
        CourseError: If it is missing or is not what `packed` wrote.
    """
    path = folder / f"{name}.js"
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text[text.index("{") : text.rindex("}") + 1])
        networks = {kind: _network(rows) for kind, rows in content["networks"].items()}
        return Stored(networks, content["facts"])
    except (OSError, ValueError, KeyError) as error:
        raise CourseError(
            f"{path}: expected the weights of the model {name} ({type(error).__name__}). "
            f"Train it with: vae-course weights {name}"
        ) from None


def rounding(before: nn.Sequential, after: nn.Sequential, inputs: Tensor) -> float:
    """Return the largest change of a pixel probability that storing a decoder causes, over some codes."""
    with torch.no_grad():
        return float((before(inputs).sigmoid() - after(inputs).sigmoid()).abs().max())


def whole_codes(codes: Tensor) -> str:
    """Return codes of shape (n, 2) as base64 of signed bytes, x and y in turn."""
    steps = (codes * CODES_PER_UNIT).round().clamp(-128, 127)
    return _base64(steps.cpu().numpy().astype(np.int8))


def _packed_layer(layer: nn.Linear) -> dict[str, str]:
    """Return a layer as base64: "weight" in signed bytes, "scale" and "bias" in float32, low byte first."""
    weight = layer.weight.detach().cpu().numpy()
    scale = (np.abs(weight).max(axis=1).clip(min=1e-12) / 127).astype("<f4")
    whole = np.rint(weight / scale[:, None]).astype(np.int8)
    bias = layer.bias.detach().cpu().numpy().astype("<f4")
    return {"weight": _base64(whole), "scale": _base64(scale), "bias": _base64(bias)}


def _network(rows: list[dict[str, str]]) -> nn.Sequential:
    """Return linear layers with the stored weights and ReLU between them."""
    layers: list[nn.Module] = []
    for row in rows:
        scale, bias = (_numbers(row[key], "<f4") for key in ("scale", "bias"))
        weight = _numbers(row["weight"], "i1").reshape(len(scale), -1) * scale[:, None]
        layer = nn.Linear(weight.shape[1], len(scale))
        layer.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def _base64(numbers: np.ndarray) -> str:
    return base64.b64encode(numbers.tobytes()).decode()


def _numbers(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind).copy()
