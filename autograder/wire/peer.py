"""A peer: one end of the wire. It asks the other side to call its objects, and answers such requests itself.

Hidden tests hold `Stub`s of a learner's objects. A call of a stub sends a request. While it waits for the
answer it serves requests from the other side, because a learner's function may call a reference function
that replaces another exercise. Gradients come back as vector-Jacobian products. "Far" in a name means "on
the other side of the wire".
"""

from __future__ import annotations

import builtins
import contextlib
import struct
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from autograder.wire import frames
from autograder.wire.explain import one_line
from autograder.wire.frames import Closed, FrameError, Readable, Writable
from autograder.wire.parcel import (
    ArgumentChanged,
    CannotTravel,
    LentModel,
    Packer,
    Unpacker,
    as_stub,
    equal,
    find,
    public_name,
)
from course_utils.checks.observations import seed_all

# The beginning of a state of PyTorch's Mersenne twister: its seed, how many of its numbers are left, whether it
# was seeded, which one is next.
_STATE, NUMBERS = struct.Struct("=QiiQ"), 624
STATE_BYTES = torch.get_rng_state().numel()
# What a stub offers besides being called: the methods and attributes that the lessons name.
METHODS = {
    "encode",
    "reparameterize",
    "decode",
    "forward",
    "step",
    "train",
    "eval",
    "state_dict",
    "load_state_dict",
}
# Of a model of the grader that a learner's code calls: what does not change its weights.
CALLS = {"encode", "reparameterize", "decode", "forward", "train", "eval"}
VALUES = {"latent_dim", "num_classes", "best_loss", "training"}
MAX_NESTED = 20  # requests inside requests
MAX_WATCHED = 100_000  # a result with more numbers is not watched for later in-place changes
# Value and gradient of a parameter, as both sides last knew them.
Known = tuple[Tensor, Tensor | None]


class PeerLost(BaseException):
    """The other side is gone, or its messages make no sense: no more criteria can be run."""


class FarError(Exception):
    """An exception on the other side.

    Attributes:
        explanation: One line for the learner, with the line of their code where it is known.
    """

    explanation = ""


class Peer:
    """One end of the wire.

    Args:
        reader: Stream on which frames of the other side arrive.
        writer: Stream for our frames; flushed after each.
        roots: Objects that the other side may call by name.
        trusts: Whether public classes and functions are accepted by name. The learner's side trusts the
            grader's side, never the other way round.
        explain: Returns the line for the learner that describes an exception.
    """

    def __init__(
        self,
        reader: Readable,
        writer: Writable,
        roots: Mapping[str, Any],
        *,
        trusts: bool,
        explain: Callable[[BaseException], str] | None = None,
    ):
        self._reader, self._writer = reader, writer
        self._roots, self._trusts = roots, trusts
        self._explain = explain or (lambda error: f"{type(error).__name__}: {error}"[:300])
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._graphs: dict[int, tuple[list[Tensor], list[Tensor]]] = {}
        self._synced: dict[int, list[Known]] = {}
        self._stubs: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self._forgotten: list[int] = []
        # Returned tensors with the value last sent, to detect in-place changes.
        self._given: dict[int, tuple[Tensor, Tensor]] = {}
        # Tensors that the other side returned, by number, to write its later in-place changes into them.
        self._received: weakref.WeakValueDictionary[int, Tensor] = weakref.WeakValueDictionary()
        self._dropped: list[int] = []
        self._calls = 0
        self._depth = 0
        # Whether what the other side changes in our arguments is written into them. On the grader's side only
        # where a test asks for it: what a test owns stays as it is, and only copies are lent.
        self.takes_changes = trusts
        self._seed: int | None = None  # sent to the other side with the next request
        self._in_step = False

    # -------------------------------------------------------------------------------- asking

    def root(self, name: str) -> Stub:
        """Return a stub of the other side's object of this name."""
        return Stub(self, name, "function", False)

    def has(self, name: str) -> bool:
        """Return whether the other side has an object of this name."""
        return self._ask({"op": "has", "name": name}).get("value") is True

    def seed(self, value: int, in_step: bool) -> None:
        """Seed the other side's global generators with the next request; `in_step` as in `Stub.seed_far`."""
        self._seed, self._in_step = value, in_step

    def call(self, stub: Stub, method: str | None, args: tuple, kwargs: dict) -> Any:
        """Call a stub's object, or a method of it, on the other side; return the result, apply the changes."""
        packer = Packer(self._number_of, self._export, exports_all=self._trusts)
        packed = [packer.pack(a) for a in args], {k: packer.pack(v) for k, v in kwargs.items()}
        involved = [s for s in [stub, *packer.stubs] if s._is_module]
        copies = [p for s in involved for p in s._parameters(fetch=torch.is_grad_enabled())]
        synced = [s for s in involved if s._copies is not None]
        reply = self._ask(
            {
                "op": "call",
                "target": stub._number,
                "method": method,
                "args": packed[0],
                "kwargs": packed[1],
                "grad": torch.is_grad_enabled(),
                "device": _device(),
                "random": torch.get_rng_state() if self._trusts or self._in_step else None,
                "modules": [(s._number, s._changes()) for s in synced],
            }
        )
        if self._trusts or self._in_step:
            with _malformed_as_lost():
                _set_stream(reply["random"])
        with _malformed_as_lost():
            if self.takes_changes:
                packer.take_back(reply["back"])
            for number, value in reply["given"]:
                if number in self._received:
                    self._received[number].data.copy_(value)
            for s, changes in zip(synced, reply["modules"], strict=True):
                s._take(changes)
            # Code that leaves gradients switched off does so here too, as it would in one process.
            if self.takes_changes and type(reply["grad"]) is bool:
                torch.set_grad_enabled(reply["grad"])
            ticket = Ticket(self, _number(reply["call"]))
            own = [p for m in packer.exported for p in m.parameters()] if reply["own"] else []
            inputs = [*packer.inputs, *copies, *own]
            return self._receive(reply["value"], ticket, inputs)

    def product(
        self, call: int, gradients: list[Tensor | None], wanted: list[bool]
    ) -> list[Tensor | None]:
        """Return the vector-Jacobian products of an earlier call's outputs, None for inputs not wanted."""
        message = {"op": "product", "call": call, "v": gradients, "wanted": wanted}
        with _malformed_as_lost():
            return list(self._ask(message)["value"])

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send a request, serve the other side until its answer arrives, and return it or raise its error."""
        forgotten, self._forgotten = self._forgotten, []
        dropped, self._dropped = self._dropped, []
        self._depth += 1
        if self._depth > MAX_NESTED:
            raise PeerLost("calls are nested too deeply")
        try:
            seed, self._seed = self._seed, None
            self._send({**message, "forget": forgotten, "drop": dropped, "seed": seed})
            while "op" in (reply := self._next()):
                self._send(self._answer(reply))
        finally:
            self._depth -= 1
        if "error" in reply:
            raise _far_error(reply["error"])
        return reply

    def _receive(self, packed: Any, ticket: Ticket, inputs: list[Tensor]) -> Any:
        """Return a result of the other side, with its tensors tied to the autograd graph there."""
        values = [p["v"] for p in sorted(_outputs(packed), key=lambda p: p["n"])]
        if any(type(v) is not Tensor or not v.is_floating_point() for v in values):
            raise FrameError("a result that is none")
        tied: tuple[Tensor, ...] = ()
        if values:
            # `ending` gives these tensors a graph here even if none of our own tensors is an input of it.
            with torch.enable_grad():
                ending = torch.zeros((), requires_grad=True)
                tied = _FarCall.apply(values, ticket, ending, *inputs)
        return self._unfold(packed, tied)

    def _unfold(self, packed: Any, tied: tuple[Tensor, ...]) -> Any:
        if isinstance(packed, (list, tuple)):
            return type(packed)(self._unfold(v, tied) for v in packed)
        if not isinstance(packed, dict):
            return packed
        if packed["$"] == "dict":
            return {self._unfold(k, tied): self._unfold(v, tied) for k, v in packed["items"]}
        if packed["$"] == "output":
            return tied[packed["n"]]
        if packed["$"] == "tensor" and packed["g"]:
            return packed["v"].requires_grad_()
        if packed["$"] == "tensor" and type(packed["v"]) is Tensor:
            number = _number(packed.get("number"))
            if number is not None:
                self._received[number] = packed["v"]
                weakref.finalize(packed["v"], self._drop, number)
        return Unpacker(self._resolve, accepts_code=False).unpack(packed)

    def _drop(self, number: int) -> None:
        self._dropped.append(number)

    # ------------------------------------------------------------------------------- serving

    def serve(self) -> None:
        """Answer requests until the other side closes the connection."""
        while True:
            try:
                message = frames.read(self._reader)
            except Closed:
                return
            self._send(self._answer(message))

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        try:
            for call in message["forget"]:
                self._graphs.pop(call, None)
            for number in message["drop"]:
                self._given.pop(number, None)
            if message["seed"] is not None:
                if not self._trusts:
                    raise FrameError("random numbers here are not yours to seed")
                seed_all(message["seed"])
            return getattr(self, f"_on_{message['op']}")(message)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            if isinstance(error, (PeerLost, Closed)):
                raise
            name, base = type(error).__name__[:100], _builtin_base(error)
            return {"error": (name, base, str(error)[:500], self._explain(error))}

    def _on_has(self, message: dict) -> dict:
        return {"value": message["name"] in self._roots}

    def _on_call(self, message: dict) -> dict:
        unpacker = Unpacker(self._resolve, accepts_code=self._trusts)
        args = [unpacker.unpack(a) for a in message["args"]]
        kwargs = {k: unpacker.unpack(v) for k, v in message["kwargs"].items()}
        inputs = list(unpacker.inputs)
        for number, changes in message["modules"]:
            self._apply(number, changes)
            inputs += list(self._objects[number].parameters())
        # Modules of the other side stay there, so gradients for them go through our copies of their parameters.
        if message["grad"]:
            inputs += [p for s in unpacker.stubs for p in s._parameters(fetch=True)]
        target = self._target(message["target"])
        if message["method"] is not None:
            if message["method"] not in (METHODS if self._trusts else CALLS):
                raise FrameError("a method that no lesson names")
            target = getattr(target, message["method"])
        with (
            torch.set_grad_enabled(bool(message["grad"])),
            _default_device(message["device"]),
            self._randomness(message) as randomness,
        ):
            result = target(*args, **kwargs)
            grad = torch.is_grad_enabled()
        outputs: list[Tensor] = []
        given = self._changed_since()
        reply = {
            "value": self._result(result, inputs, outputs),
            "back": unpacker.back(),
            "modules": [self._changes(number) for number, _ in message["modules"]],
            "call": None,
            "own": bool(message["grad"]),
            "given": given,
            "grad": grad,
            **randomness,
        }
        if outputs:
            self._calls += 1
            reply["call"] = self._calls
            self._graphs[reply["call"]] = (outputs, inputs)
        return reply

    @contextlib.contextmanager
    def _randomness(self, message: dict) -> Iterator[dict[str, Tensor]]:
        """Draw from the other side's stream of random numbers, and give its new state back.

        The grader's side restores its own stream afterwards: a learner's call must not change it.
        """
        after: dict[str, Tensor] = {}
        if self._trusts and message["random"] is None:
            yield after
            return
        own = contextlib.nullcontext() if self._trusts else torch.random.fork_rng(devices=[])
        with own:
            _set_stream(message["random"])
            yield after
            after["random"] = torch.get_rng_state()

    def _on_get(self, message: dict) -> dict:
        if message["name"] not in VALUES:
            raise FrameError("an attribute that no lesson names")
        value = getattr(self._target(message["target"]), message["name"])
        return {"value": self._result(value, inputs=[], outputs=[])}

    def _on_parameters(self, message: dict) -> dict:
        parameters = list(self._target(message["target"]).parameters())
        self._synced[message["target"]] = [_known(p) for p in parameters]
        return {"value": [(p, p.requires_grad, p.grad) for p in parameters]}

    def _on_sizes(self, message: dict) -> dict:
        return {"value": [p.numel() for p in self._target(message["target"]).parameters()]}

    def _on_product(self, message: dict) -> dict:
        outputs, inputs = self._graphs[message["call"]]
        pairs = [
            (o, g) for o, g in zip(outputs, message["v"], strict=True) if isinstance(g, Tensor)
        ]
        products: list[Tensor | None] = [None] * len(inputs)
        asked = zip(inputs, message["wanted"], strict=True)
        chosen = [i for i, (t, wanted) in enumerate(asked) if wanted and t.requires_grad]
        if chosen:
            found = torch.autograd.grad(
                [output for output, _ in pairs],
                [inputs[i] for i in chosen],
                [gradient for _, gradient in pairs],
                retain_graph=True,
                allow_unused=True,
            )
            for i, product in zip(chosen, found, strict=True):
                products[i] = product
        return {"value": products}

    def _result(self, value: Any, inputs: list[Tensor], outputs: list[Tensor]) -> Any:
        """Pack a result.

        Args:
            value: What the call returned.
            inputs: Tensors that the call received.
            outputs: Takes the tensors of the result that have a graph: they are sent with their number in it.
        """
        if isinstance(value, Tensor) and type(value) not in (Tensor, nn.Parameter):
            return self._export(value)
        if isinstance(value, Tensor) and value.requires_grad:
            if value.is_leaf and all(value is not t for t in inputs):
                return {"$": "tensor", "v": value, "g": True, "grad": None}
            outputs.append(value)
            return {"$": "output", "v": value, "n": len(outputs) - 1}
        watched = isinstance(value, Tensor) and value.layout == torch.strided and not value.is_meta
        if watched and value.numel() <= MAX_WATCHED:
            self._calls += 1
            self._given[self._calls] = value, value.clone()
            return {"$": "tensor", "v": value, "g": False, "grad": None, "number": self._calls}
        if isinstance(value, tuple):
            return tuple(self._result(v, inputs, outputs) for v in tuple.__iter__(value))
        if isinstance(value, list):
            return [self._result(v, inputs, outputs) for v in list.__iter__(value)]
        if isinstance(value, dict):
            items = [
                (self._result(k, inputs, outputs), self._result(v, inputs, outputs))
                for k, v in dict.items(value)
            ]
            return {"$": "dict", "items": items}
        if isinstance(value, (nn.Module, torch.optim.Optimizer)) or callable(value):
            number = self._number_of(value)
            return self._export(value) if number is None else {"$": "yours", "n": number}
        return Packer(self._number_of, self._export, exports_all=True).pack(value)

    def _changed_since(self) -> list[tuple[int, Tensor]]:
        """Return number and value of earlier results that a later call changed in place."""
        changed = []
        for number, (now, before) in self._given.items():
            if not equal(now, before):
                before.copy_(now)
                changed.append((number, now))
        return changed

    # ------------------------------------------------------------------------------- objects

    def _export(self, value: Any) -> dict:
        """Keep an object here and return its number, packed for the other side."""
        number = self._numbers.get(id(value))
        if number is None:
            number = len(self._objects) + 1
            self._objects[number], self._numbers[id(value)] = value, number
        packed = {"$": "mine", "n": number, "kind": type(value).__name__[:100], "module": False}
        if isinstance(value, nn.Module):
            packed.update(module=True, training=bool(value.training))
        return packed

    def _resolve(self, packed: dict) -> Any:
        """Return our own object of a packed number, or the stub of an object of the other side."""
        number = packed["n"]
        if packed["$"] == "yours":
            by_name = self._trusts and type(number) is str
            return self._roots[number] if by_name else self._objects[number]
        kind, module = packed["kind"], packed["module"]
        if type(number) is not int or type(kind) is not str or type(module) is not bool:
            raise FrameError("a malformed object")
        stub = self._stubs.get(number)
        if stub is None:
            stub = Stub(self, number, kind, module)
            if module and self._trusts:
                stub = LentModel(stub, packed["training"])
            self._stubs[number] = stub
        return stub

    def _target(self, target: int | str) -> Any:
        if isinstance(target, str):
            return find(target) if self._trusts and ":" in target else self._roots[target]
        return self._objects[target]

    def _number_of(self, value: Any) -> int | str | None:
        stub = as_stub(value)
        return stub._number if type(stub) is Stub and stub._peer is self else None

    def _apply(self, number: int, changes: list) -> None:
        """Copy the other side's changes of a module's parameters into it; a model that is lent stays."""
        if self._trusts:
            _take_over(changes, list(self._objects[number].parameters()), self._synced[number])

    def _changes(self, number: int) -> list:
        """Return what changed in a module's parameters since the other side saw them."""
        return _differences(list(self._objects[number].parameters()), self._synced[number])

    # ---------------------------------------------------------------------------------- wire

    def _send(self, message: dict[str, Any]) -> None:
        try:
            head, tensors = frames.pieces(message)
        except FrameError as error:
            if "op" in message:
                raise CannotTravel(str(error)) from None
            text = f"A result cannot be used: {error}."
            explanation = f"a result cannot be used: {error}"
            head, tensors = frames.pieces({"error": ("TypeError", "TypeError", text, explanation)})
        try:
            self._writer.write(head)
            self._writer.write(tensors)
            self._writer.flush()
        except (OSError, ValueError) as error:
            raise PeerLost(str(error)) from None

    def _next(self) -> dict[str, Any]:
        try:
            message = frames.read(self._reader)
        except (Closed, FrameError, OSError) as error:
            raise PeerLost(str(error)) from None
        if type(message) is not dict:
            raise PeerLost("an answer that is none")
        return message


def near(function: Callable, *args: Any) -> Any:
    """Call a public function in the process that holds the learner's objects among its arguments.

    A function that uses such an object many times then needs one message instead of many.

    Args:
        function: A function of course_utils or torch, importable by its name.
        args: Its arguments. Without a stub among them the function is called here.
    """
    stub = next((a for a in args if type(a) is Stub), None)
    return function(*args) if stub is None else stub._peer.root(public_name(function))(*args)


class NotOffered(CannotTravel, AttributeError):
    """An attribute that a stub lacks, so that `getattr` with a default works."""


class Stub:
    """An object of the other side: it can be called, and offers the attributes in METHODS and VALUES."""

    __slots__ = ("__weakref__", "_copies", "_is_module", "_kind", "_number", "_peer", "_seen")

    def __init__(self, peer: Peer, number: int | str, kind: str, is_module: bool):
        # The class forbids `self.name = value`, so that no test sets an attribute in vain.
        object.__setattr__(self, "_peer", peer)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_is_module", is_module)
        object.__setattr__(self, "_copies", None)  # our copies of its parameters
        object.__setattr__(self, "_seen", None)  # what both sides last knew of them

    def __repr__(self) -> str:
        return f"<{self._kind} of the learner>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object on its side."""
        return self._peer.call(self, None, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name in METHODS:
            return lambda *args, **kwargs: self._peer.call(self, name, args, kwargs)
        if name in VALUES:
            with _malformed_as_lost():
                reply = self._peer._ask({"op": "get", "target": self._number, "name": name})
                return self._peer._receive(reply["value"], Ticket(self._peer, None), [])
        if name == "parameters":
            return lambda: iter(self._parameters(fetch=True))
        if name == "modules" and self._is_module:  # of which it is the only one that can be used
            return lambda: iter((self,))
        raise NotOffered(f"{name!r} is asked of a {self._kind}, which has none that can be used")

    def __deepcopy__(self, memo: dict) -> Stub:
        """Return itself on the learner's side: a copy of a lent model calls that model."""
        if not self._peer._trusts:
            raise CannotTravel(f"a {self._kind} of a learner cannot be copied")
        return self

    def __copy__(self) -> Stub:
        return self.__deepcopy__({})

    def seed_far(self, seed: int, in_step: bool) -> None:
        """Seed the global generator where the object lives.

        Args:
            seed: The seed.
            in_step: Whether from now on both sides draw from one stream of random numbers, as one process
                would. False when points depend on the result.
        """
        self._peer.seed(seed, in_step)

    def sizes(self) -> list[int]:
        """Return how many numbers each of its parameters holds; the numbers stay on the other side."""
        with _malformed_as_lost():
            sizes = self._peer._ask({"op": "sizes", "target": self._number})["value"]
            if type(sizes) is not list or any(type(n) is not int for n in sizes):
                raise FrameError("sizes that are none")
        return sizes

    def take_changes(self, wanted: bool) -> bool:
        """Set whether what the object changes in its arguments is written into them; return how it was."""
        before, self._peer.takes_changes = self._peer.takes_changes, wanted
        return before

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "training" and self._is_module:
            self.train(bool(value))
            return
        raise CannotTravel(f"a stub's attribute {name!r} cannot be set")

    def _parameters(self, fetch: bool) -> list[nn.Parameter]:
        """Return our copies of its parameters, always the same tensors, so that gradients accumulate."""
        if self._copies is None and fetch:
            reply = self._peer._ask({"op": "parameters", "target": self._number})
            with _malformed_as_lost():
                copies = []
                for value, requires_grad, grad in reply["value"]:
                    copies.append(nn.Parameter(value, requires_grad=bool(requires_grad)))
                    copies[-1].grad = grad
            object.__setattr__(self, "_copies", copies)
            object.__setattr__(self, "_seen", [_known(p) for p in copies])
        return self._copies or []

    def _changes(self) -> list:
        return _differences(self._copies, self._seen)

    def _take(self, changes: list) -> None:
        _take_over(changes, self._copies, self._seen)


def _set_stream(state: Any) -> None:
    """Continue the other side's stream of random numbers.

    PyTorch takes a state that makes its generator read behind the end of its numbers: `left` more from the
    place `next` on. Such a state is refused.

    Raises:
        FrameError: If it is no state of PyTorch's generator on the CPU.
    """
    if type(state) is not Tensor or state.dtype != torch.uint8 or state.numel() != STATE_BYTES:
        raise FrameError("no state of a random generator")
    _, left, _, following = _STATE.unpack(bytes(state[: _STATE.size].tolist()))
    if not (1 <= left <= NUMBERS and left + following <= NUMBERS + 1):
        raise FrameError("no state of a random generator")
    torch.set_rng_state(state)


def _known(parameter: nn.Parameter) -> Known:
    grad = parameter.grad
    return parameter.detach().clone(), None if grad is None else grad.detach().clone()


def _differences(parameters: list[nn.Parameter], seen: list[Known]) -> list:
    """Return (index, value, [gradient]) of each parameter that changed since `seen`; bring `seen` up to date.

    The value is None where only the gradient changed, the list is empty where only the value did.
    """
    found = []
    for i, (p, (value, grad)) in enumerate(zip(parameters, seen, strict=True)):
        same = equal(p, value)
        same_grad = grad is p.grad if grad is None or p.grad is None else equal(grad, p.grad)
        if not (same and same_grad):
            found.append((i, None if same else p, [] if same_grad else [p.grad]))
            seen[i] = _known(p)
    return found


def _take_over(changes: list, parameters: list[nn.Parameter], seen: list[Known]) -> None:
    """Write the other side's differences into our parameters."""
    for i, value, gradients in changes:
        p, (known_value, known_grad) = parameters[i], seen[i]
        if value is not None:
            p.data.copy_(value)
            known_value, _ = _known(p)
        for grad in gradients:
            p.grad = grad
            _, known_grad = _known(p)
        seen[i] = known_value, known_grad  # what changed here only is still to be sent


def _default_device(name: str) -> contextlib.AbstractContextManager:
    """Return a context in which the other side's default device is ours too.

    Where it already is, the context does nothing: `torch.device` as a context slows every operation.
    """
    return contextlib.nullcontext() if name == _device() else torch.device(name)


def _device() -> str:
    """Return the default device; PyTorch 2.4's get_default_device() overlooks `with torch.device(...)`."""
    return str(torch.empty(0).device)


class Ticket:
    """Keep the graph of a call alive on the other side for as long as this object lives."""

    def __init__(self, peer: Peer, call: int | None):
        self.peer, self.call = peer, call

    def __del__(self) -> None:
        if self.call is not None:
            self.peer._forgotten.append(self.call)


class _FarCall(torch.autograd.Function):
    """All outputs of one call; backward asks the other side for a vector-Jacobian product."""

    @staticmethod
    def forward(
        ctx: Any, values: list[Tensor], ticket: Ticket, ending: Tensor, *inputs: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.ticket, ctx.forms = ticket, [_form(t) for t in inputs]
        ctx.set_materialize_grads(False)
        return tuple(values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple:
        wanted = list(ctx.needs_input_grad[3:])
        products = ctx.ticket.peer.product(ctx.ticket.call, list(gradients), wanted)
        with _malformed_as_lost():
            for product, form in zip(products, ctx.forms, strict=True):
                if product is not None and _form(product) != form:
                    raise FrameError("a gradient of another form")
        return None, None, None, *products


def _form(tensor: Tensor) -> tuple[torch.Size, torch.dtype, torch.device]:
    """Return what a gradient has in common with its tensor."""
    return tensor.shape, tensor.dtype, tensor.device


def _outputs(packed: Any) -> Iterator[dict]:
    """Yield the packed tensors of a result that have a graph."""
    if isinstance(packed, (list, tuple)):
        for part in packed:
            yield from _outputs(part)
    elif isinstance(packed, dict) and packed["$"] == "dict":
        for pair in packed["items"]:
            yield from _outputs(pair)
    elif isinstance(packed, dict) and packed["$"] == "output":
        yield packed


class _malformed_as_lost:
    """A context that raises `PeerLost` where reading a malformed answer fails."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type | None, error: BaseException | None, _: Any) -> None:
        told = (FarError, CannotTravel, ArgumentChanged)
        if isinstance(error, Exception) and not isinstance(error, told):
            raise PeerLost(f"an answer that makes no sense: {type(error).__name__}") from error


def _number(value: Any) -> int | None:
    """Return a number that the other side gave to one of its calls or results, or None where it gave none.

    Raises:
        FrameError: If it is anything else, which could not be sent back.
    """
    if value is not None and type(value) is not int:
        raise FrameError("a number that is none")
    return value


def _builtin_base(error: BaseException) -> str:
    """Return the name of the builtin exception that this one is or derives from."""
    names = (c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins")
    return next(names, "Exception")


def _far_error(packed: Any) -> Exception:
    """Return the exception of the other side as a `FarError` that is also of the same builtin type."""
    try:
        name, base, message, explanation = (one_line(str(part)) for part in packed)
    except (TypeError, ValueError):
        raise PeerLost("an error that is none") from None
    kind = getattr(builtins, base, None)
    bases: tuple = (FarError,)
    if (
        isinstance(kind, type)
        and issubclass(kind, Exception)
        and kind is not Exception
        and not issubclass(kind, AssertionError)
    ):
        bases = (FarError, kind)
    try:
        error = type(name if name.isidentifier() else "Exception", bases, {})(message)
    except TypeError:  # this builtin type cannot be a second base, or needs other arguments
        error = FarError(message)
    error.explanation = explanation[:500]
    return error
