"""Keep the state of a training run on disk: weights, Adam's moments and the epochs done, in a safetensors file.

Nothing is pickled. The file is replaced in one step, so a killed run leaves the old state or the new one.
"""

from pathlib import Path

from torch import Tensor, nn
from torch.optim import Optimizer

from autograder.files import write_atomically


def save(path: Path, model: nn.Module, optimizer: Optimizer, epochs: int, recipe: str) -> None:
    """Write the state of a training run.

    Args:
        path: The file.
        model: The model.
        optimizer: Its Adam, in any state.
        epochs: Finished epochs.
        recipe: What is being trained, in words; `restore` loads only a state of the same recipe.
    """
    from safetensors.torch import save as to_bytes

    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    for index, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in moments.items()}
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    write_atomically(path, to_bytes(tensors, {"epochs": str(epochs), "recipe": recipe}))


def restore(path: Path, model: nn.Module, optimizer: Optimizer, recipe: str) -> int:
    """Load what `save` wrote into a model and its optimizer.

    Args:
        path: The file; it need not exist.
        model: A model of the same shape; unchanged when there is nothing to restore.
        optimizer: Its Adam; learning rates are left to the caller.
        recipe: What is being trained; the state of another recipe is not loaded.

    Returns:
        Finished epochs, 0 when there is nothing to restore.
    """
    from safetensors import safe_open

    if not path.exists():
        return 0
    with safe_open(path, "pt") as file:
        about = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  no mapping
    if about["recipe"] != recipe:
        return 0
    weights: dict[str, Tensor] = {}
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        kind, _, rest = name.partition(".")
        if kind == "model":
            weights[rest] = value
        else:
            index, _, key = rest.partition(".")
            moments.setdefault(int(index), {})[key] = value
    model.load_state_dict(weights)
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": moments, "param_groups": groups})
    return int(about["epochs"])
