"""Parcels: the arguments of one call, packed on one side and unpacked on the other.

Public modules, optimizers and functions of course_utils and torch are sent to the learner's side as a
description: class, plain attributes, tensors. What the call changed in them comes back. From the learner's
side no such description is accepted.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from autograder.wire.frames import FrameError
from course_utils.checks.errors import ARGUMENT_CHANGED

PUBLIC = ("course_utils", "torch")  # packages that both sides have installed
PLAIN = (bool, int, float, str)
_BARE = nn.Module()  # shows which attributes every module has
_DTYPES = {"float64": torch.float64, "float32": torch.float32, "int64": torch.int64}

T = TypeVar("T")


class CannotTravel(TypeError):
    """A hidden test uses something that cannot be sent to a learner's process, or that a stub lacks."""


class ArgumentChanged(AssertionError):
    """Code changed values that it was lent: tensors, or a model's parameters without an optimizer."""


@dataclass(frozen=True)
class Handle:
    """A model that stays on the grader's side: a learner's code calls it, so its calls are seen here."""

    model: nn.Module


class LentModel(nn.Module):
    """A model of the grader as learners' code sees it: a module like any other, whose calls cross the wire.

    Its copies share its calls and weights, so the grader sees the calls, but have a mode of their own and may
    be frozen. What is written into the weights of a copy has no effect.

    Args:
        stub: The stub of the model.
        training: Its mode.
        source: The lent model of which this is a copy; None if it is none.
    """

    def __init__(self, stub: Any, training: bool, source: LentModel | None = None) -> None:
        vars(self)["stub"], vars(self)["source"] = stub, source
        super().__init__()
        vars(self)["training"] = training
        for i, parameter in enumerate(stub.parameters()):
            self.register_parameter(f"parameter_{i}", parameter)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the model."""
        return self._in_own_mode(self.stub, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        parameters = vars(self)["_parameters"]
        if name in parameters:
            return parameters[name]
        value = getattr(self.stub, name)
        return partial(self._in_own_mode, value) if self.source and callable(value) else value

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "training" and not self.source and vars(self).get(name, value) != value:
            self.stub.train(value)
        super().__setattr__(name, value)

    def __deepcopy__(self, memo: dict) -> LentModel:
        twin = LentModel(self.stub, self.training, self.source or self)
        for name, parameter in self.named_parameters():
            own = nn.Parameter(parameter.detach().clone(), parameter.requires_grad)
            setattr(twin, name, own)
        return twin

    def __copy__(self) -> LentModel:
        return self.__deepcopy__({})

    def _in_own_mode(self, call: Callable, *args: Any, **kwargs: Any) -> Any:
        """Make a call; if this is a copy, all parts of the model have its mode meanwhile."""
        if self.source is None:
            return call(*args, **kwargs)
        recorded = torch.is_grad_enabled() and any(p.requires_grad for p in self.parameters())
        differs = self.source.training != self.training
        if differs:
            self.stub.train(self.training)
        try:
            with torch.set_grad_enabled(recorded):
                return call(*args, **kwargs)
        finally:
            if differs:
                self.stub.train(self.source.training)


def as_stub(value: Any) -> Any:
    """Return the stub behind a lent model, and any other value as it is."""
    return value.stub if type(value) is LentModel else value


class Packer:
    """The arguments of one call on their way out.

    Args:
        stub_number: Returns the number of the other side's object if a value is its stub, else None.
        export: Keeps an object here and returns its number, packed.
        exports_all: Whether every object that is no plain value stays here. On the grader's side only a
            `Handle`'s model does; public code is sent as a description and any other object is refused.

    Attributes:
        inputs: Tensors among the arguments that may receive a gradient, in the order of `Unpacker.inputs`.
        stubs: Stubs among the arguments, for objects of the other side.
        exported: Modules of ours among the arguments that stay here; gradients reach their parameters.
    """

    def __init__(
        self,
        stub_number: Callable[[Any], int | str | None],
        export: Callable[[Any], dict],
        exports_all: bool,
    ):
        self.inputs: list[Tensor] = []
        self.stubs: list[Any] = []
        self.exported: list[nn.Module] = []
        self._stub_number, self._export, self._exports_all = stub_number, export, exports_all
        self._tensors: dict[int, tuple[int, Tensor]] = {}
        self._modules: dict[int, nn.Module] = {}
        self._lent: list[tuple[dict, nn.Module]] = []
        self._optimizers: list[torch.optim.Optimizer] = []
        self._states: set[int] = set()  # numbers of tensors that belong to an optimizer

    def pack(self, value: Any) -> Any:
        """Return a form of the value that a frame can carry."""
        value = as_stub(value)
        if value is None or isinstance(value, PLAIN):
            return None if value is None else as_plain(value)
        if isinstance(value, tuple):
            return tuple(self.pack(v) for v in tuple.__iter__(value))
        if isinstance(value, list):
            return [self.pack(v) for v in list.__iter__(value)]
        if isinstance(value, dict):
            return {"$": "dict", "items": [(self.pack(k), self.pack(v)) for k, v in value.items()]}
        if isinstance(value, Tensor):
            return self._tensor(value)
        if isinstance(value, (np.ndarray, np.generic)):
            return {"$": "array", "v": value}
        if isinstance(value, torch.dtype):
            return {"$": "dtype", "v": str(value).removeprefix("torch.")}
        number = self._stub_number(value)
        if number is not None:
            if all(s is not value for s in self.stubs):
                self.stubs.append(value)
            return {"$": "yours", "n": number}
        if type(value) is Handle:
            self._lent.append((self._export(value.model), value.model))
            return self._lent[-1][0]
        if self._exports_all:
            if isinstance(value, nn.Module) and all(m is not value for m in self.exported):
                self.exported.append(value)
            return self._export(value)
        if isinstance(value, nn.Module):
            return self._module(value)
        if isinstance(value, torch.optim.Optimizer):
            return self._optimizer(value)
        return self._code(value)

    def take_back(self, back: dict[str, Any]) -> None:
        """Write into our objects what the call changed in their copies: gradients, modes, buffers, updates.

        Raises:
            ArgumentChanged: If other values changed. They are not written, for an oracle may look at them.
        """
        lent = [entry for entry in back["tensors"] if entry[0] not in self._states]
        if back["arrays"] or any(value is not None for _, value, _, _ in lent):
            raise ArgumentChanged(ARGUMENT_CHANGED)
        for index, _, grad, requires_grad in lent:
            tensor = next(t for i, t in self._tensors.values() if i == index)
            if tensor.is_leaf:
                tensor.grad = grad
                tensor.requires_grad_(requires_grad)
        for module, (changed, grads, training) in zip(
            self._modules.values(), back["modules"], strict=True
        ):
            values = module.state_dict() if changed else {}
            if not self._optimizers and dict(module.named_parameters()).keys() & dict(changed):
                raise ArgumentChanged("the function changes the parameters of a model")
            for name, value in changed:
                values[name].copy_(value)
            reported = {i: rest for i, *rest in grads}
            for i, p in enumerate(module.parameters()):
                p.grad, requires_grad = reported.get(i, (None, p.requires_grad))
                p.requires_grad_(requires_grad)
            for part, flag in zip(module.modules(), training, strict=True):
                part.training = flag
        for optimizer, state in zip(self._optimizers, back["optimizers"], strict=True):
            optimizer.load_state_dict(state)

    def _tensor(self, tensor: Tensor) -> dict:
        if id(tensor) in self._tensors:
            return {"$": "again", "n": self._tensors[id(tensor)][0]}
        self._tensors[id(tensor)] = (len(self._tensors), tensor)
        if tensor.requires_grad:
            self.inputs.append(tensor)
        grad = tensor.grad if tensor.is_leaf else None
        return {"$": "tensor", "v": tensor, "g": tensor.requires_grad, "grad": grad}

    def _module(self, module: nn.Module) -> dict:
        if id(module) in self._modules:
            return {"$": "module again", "n": list(self._modules).index(id(module))}
        self._modules[id(module)] = module
        return {"$": "module", **self._describe(module)}

    def _describe(self, module: nn.Module) -> dict:
        if any(vars(module)[name] for name in vars(_BARE) if name.endswith("_hooks")):
            raise CannotTravel("a module with hooks cannot be sent")
        attributes = {k: v for k, v in vars(module).items() if k not in vars(_BARE)}
        parameters = []
        for name, p in _none_missing(module._parameters).items():
            parameters.append((name, p, p.requires_grad, p.grad))
            if p.requires_grad:
                self.inputs.append(p)
        return {
            "class": public_name(type(module)),
            "attributes": self.pack(attributes),
            "training": module.training,
            "parameters": parameters,
            "buffers": [(name, b) for name, b in module._buffers.items()],
            "parts": [
                (name, self._describe(part))
                for name, part in _none_missing(module._modules).items()
            ],
        }

    def _optimizer(self, optimizer: torch.optim.Optimizer) -> dict:
        wanted = [p for group in optimizer.param_groups for p in group["params"]]
        owners = [({"$": "module again", "n": i}, m) for i, m in enumerate(self._modules.values())]
        owners += [({"$": "yours", "n": self._stub_number(s)}, s) for s in self.stubs] + self._lent
        for owner, model in owners:
            theirs = list(model.parameters())
            if len(theirs) == len(wanted) and all(
                p is q for p, q in zip(theirs, wanted, strict=True)
            ):
                self._optimizers.append(optimizer)
                before = len(self._tensors)
                state = self.pack(optimizer.state_dict())
                self._states.update(range(before, len(self._tensors)))
                name = public_name(type(optimizer))
                return {"$": "optimizer", "class": name, "owner": owner, "state": state}
        raise CannotTravel(
            "an optimizer must be over all parameters of a model that is passed before it"
        )

    def _code(self, value: Any) -> dict:
        if inspect.ismethod(value) and is_public(type(value.__self__)):
            owner = value.__self__
            state = {"class": public_name(type(owner)), "attributes": self.pack(vars(owner))}
            return {"$": "method", "name": value.__name__, "owner": state}
        if callable(value) and is_public(value):
            return {"$": "public", "name": public_name(value)}
        raise CannotTravel(
            f"a {type(value).__name__} of the grader cannot be sent to a learner's code"
        )


class Unpacker:
    """The arguments of one call as they arrive, and what the call changed in them.

    Args:
        resolve: Returns the object that a packed number stands for: one of ours, or a stub.
        accepts_code: Whether descriptions of public code are accepted from the other side.

    Attributes:
        inputs: Tensors among the arguments that may receive a gradient, in the order of `Packer.inputs`.
        stubs: Stubs among the arguments, for modules of the other side.
    """

    def __init__(self, resolve: Callable[[dict], Any], accepts_code: bool):
        self.inputs: list[Tensor] = []
        self.stubs: list[Any] = []
        self._resolve, self._accepts_code = resolve, accepts_code
        self._tensors: list[Tensor] = []
        self._before: list[tuple[Tensor, Tensor | None, bool]] = []
        self._arrays: list[tuple[np.ndarray, np.ndarray]] = []
        self._modules: list[nn.Module] = []
        self._modules_before: list[tuple[dict[str, Tensor], list[bool]]] = []
        self._optimizers: list[torch.optim.Optimizer] = []

    def unpack(self, packed: Any) -> Any:
        """Return the value that was packed.

        Raises:
            FrameError: If it is malformed, or if it is code and the other side may not send any.
        """
        if isinstance(packed, (list, tuple)):
            return type(packed)(self.unpack(v) for v in packed)
        if not isinstance(packed, dict):
            return packed
        try:
            return self._tagged(packed["$"], packed)
        except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            if isinstance(error, FrameError):
                raise
            raise FrameError(f"a malformed value: {type(error).__name__}") from None

    def back(self) -> dict[str, Any]:
        """Return what the call changed in tensors, modules and optimizers, for `Packer.take_back`."""
        return {
            "tensors": self._changed_tensors(),
            "arrays": [
                (i, now)
                for i, (now, before) in enumerate(self._arrays)
                if not np.array_equal(now, before, equal_nan=now.dtype.kind == "f")
            ],
            "modules": [
                (
                    self._changed_values(m, before),
                    [
                        (i, p.grad, p.requires_grad)
                        for i, p in enumerate(m.parameters())
                        if p.grad is not None or p.requires_grad != trained[i]
                    ],
                    [part.training for part in m.modules()],
                )
                for m, (before, trained) in zip(self._modules, self._modules_before, strict=True)
            ],
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
        }

    @staticmethod
    def _changed_values(module: nn.Module, before: dict[str, Tensor]) -> list[tuple[str, Tensor]]:
        """Return names and values of the parameters and buffers that the call changed."""
        return [
            (name, value.detach())
            for name, value in module.state_dict().items()
            if name not in before or not equal(value, before[name])
        ]

    def _changed_tensors(self) -> list[tuple[int, Tensor | None, Tensor | None, bool]]:
        changed = []
        for i, (now, (before, grad, requires_grad)) in enumerate(
            zip(self._tensors, self._before, strict=True)
        ):
            same = equal(now, before)
            now_grad = now.grad if now.is_leaf else None
            same_grad = now_grad is grad or (
                now_grad is not None and grad is not None and equal(now_grad, grad)
            )
            if not (same and same_grad and now.requires_grad == requires_grad):
                changed.append((i, None if same else now, now_grad, now.requires_grad))
        return changed

    def _tagged(self, tag: str, packed: dict) -> Any:
        if tag == "dict":
            return {self.unpack(k): self.unpack(v) for k, v in packed["items"]}
        if tag == "array":
            if not isinstance(packed["v"], (np.ndarray, np.generic)):
                raise FrameError("an array that is none")
            if isinstance(packed["v"], np.ndarray):
                self._arrays.append((packed["v"], packed["v"].copy()))
            return packed["v"]
        if tag == "dtype":
            return _DTYPES[packed["v"]]
        if tag == "tensor":
            return self._tensor(packed)
        if tag == "again":
            return self._tensors[packed["n"]]
        if tag in ("yours", "mine"):
            thing = self._resolve(packed)
            stub = as_stub(thing)
            if tag == "mine" and packed["module"] and all(s is not stub for s in self.stubs):
                self.stubs.append(stub)
            return thing
        if not self._accepts_code:
            raise FrameError(f"{str(tag)[:20]} is not accepted from there")
        return self._code(tag, packed)

    def _tensor(self, packed: dict) -> Tensor:
        tensor = packed["v"]
        if type(tensor) is not Tensor:
            raise FrameError("a tensor that is none")
        self._tensors.append(tensor)
        self._before.append((tensor.clone(), packed["grad"], packed["g"]))
        if packed["g"]:
            self.inputs.append(tensor.requires_grad_())
        if packed["grad"] is not None:
            tensor.grad = packed["grad"].clone()
        return tensor

    def _code(self, tag: str, packed: dict) -> Any:
        if tag == "public":
            return find(packed["name"])
        if tag == "method":
            owner = find(packed["owner"]["class"])
            thing = owner.__new__(owner)
            vars(thing).update(self.unpack(packed["owner"]["attributes"]))
            return getattr(thing, packed["name"])
        if tag == "module":
            # The packer numbers a module before those in its attributes, so reserve its place first.
            self._modules.append(nn.Module())
            self._modules_before.append(({}, []))
            place = len(self._modules) - 1
            module = self._modules[place] = self._build(packed)
            self._modules_before[place] = (
                {name: value.clone() for name, value in module.state_dict().items()},
                [p.requires_grad for p in module.parameters()],
            )
            return module
        if tag == "module again":
            return self._modules[packed["n"]]
        if tag == "optimizer":
            return self._optimizer(packed)
        raise FrameError(f"an unknown tag: {str(tag)[:20]}")

    def _build(self, packed: dict) -> nn.Module:
        kind = find(packed["class"])
        module = kind.__new__(kind)
        nn.Module.__init__(module)
        vars(module).update(self.unpack(packed["attributes"]))
        module.training = packed["training"]
        for name, value, requires_grad, grad in packed["parameters"]:
            p = nn.Parameter(value, requires_grad=requires_grad)
            p.grad = grad
            module.register_parameter(name, p)
            if requires_grad:
                self.inputs.append(p)
        for name, value in packed["buffers"]:
            module.register_buffer(name, value)
        for name, part in packed["parts"]:
            module.add_module(name, self._build(part))
        return module

    def _optimizer(self, packed: dict) -> torch.optim.Optimizer:
        owner = self.unpack(packed["owner"])
        optimizer = find(packed["class"])(list(owner.parameters()), lr=1.0)
        optimizer.load_state_dict(self.unpack(packed["state"]))
        self._optimizers.append(optimizer)
        return optimizer


def as_plain(value: Any) -> Any:
    """Return a bool, int, float or str without its subclass, or None if the value is none of these."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    return str.__str__(value) if isinstance(value, str) else None


def is_public(thing: Any) -> bool:
    """Return whether a thing can be imported from course_utils or torch, as the other side can do."""
    try:
        return find(public_name(thing)) is thing
    except (CannotTravel, FrameError):
        return False


def public_name(thing: Any) -> str:
    """Return the name under which the other side finds a public class or function.

    Raises:
        CannotTravel: If the thing is not public.
    """
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    if not module or not name or module.split(".")[0] not in PUBLIC:
        raise CannotTravel(f"{getattr(thing, '__name__', type(thing).__name__)} is not public code")
    return f"{module}:{name}"


def find(name: str) -> Any:
    """Return the public class or function of this name.

    Raises:
        FrameError: If there is none.
    """
    module, _, path = name.partition(":")
    if module.split(".")[0] not in PUBLIC:
        raise FrameError(f"{name} is not public")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    if found is None:
        raise FrameError(f"{name} does not exist")
    return found


def _none_missing(parts: dict[str, T | None]) -> dict[str, T]:
    """Return parameters or parts of a module as they are.

    Raises:
        CannotTravel: If one of them is None, as the bias of a layer without one is.
    """
    found = {name: part for name, part in parts.items() if part is not None}
    if len(found) < len(parts):
        raise CannotTravel("a module that lacks one of its parts cannot be sent")
    return found


def equal(a: Tensor, b: Tensor) -> bool:
    """Return whether two tensors have the same shape, dtype and values; NaN equals itself."""
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    return torch.equal(a, b) or (
        a.is_floating_point() and torch.equal(_without_nan(a), _without_nan(b))
    )


def _without_nan(tensor: Tensor) -> Tensor:
    return torch.nan_to_num(tensor.detach(), nan=12345.0)
