"""A stub behaves like the object behind it, and lets nothing but values through."""

import copy
import socket

import numpy as np
import pytest
import torch
from torch import nn

from autograder.exercises.criteria import changes_seen
from autograder.exercises.models import without_weights
from autograder.wire import frames
from autograder.wire.parcel import ArgumentChanged, CannotTravel, Handle
from autograder.wire.peer import FarError, Peer, PeerLost
from course_utils import toy
from course_utils.models import MLPVAE
from course_utils.training import negative_elbo_step
from tests.remote import far_away


class Net(nn.Module):
    """A learner's model: known to nobody here."""

    def __init__(self, width=3):
        super().__init__()
        self.latent_dim = width
        self.layer = nn.Linear(width, width)
        self.drop = nn.Dropout(0.5)

    def encode(self, x):
        return self.layer(x), x

    def forward(self, x):
        return self.layer(x)


def train(model, x, optimizer):
    """A learner's step, also of their own model."""
    loss = model.forward(x).square().sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


class LabelError(ValueError):
    pass


def raising(error):
    def fail():
        raise error

    return fail


def demand(t):
    t.requires_grad_()


def freeze(m):
    m.eval().requires_grad_(False)


def score_a_copy(model, x):
    twin = copy.deepcopy(model).eval().requires_grad_(False)
    with torch.no_grad():
        return twin.decode(twin.encode(x)[0]).sum(), twin(x)[0].sum(), copy.copy(twin).training


def forget():
    torch.set_grad_enabled(False)


@pytest.fixture
def far():
    memory = torch.zeros(2)
    with far_away(
        cube=lambda t: (t**3).sum(),
        pair=lambda a, b: (a * b, a + b),
        Net=Net,
        train=train,
        step=negative_elbo_step,
        echo=lambda value: value,
        call=lambda f, *args: f(*args),
        powers=lambda t: (t**2, 1 * t, t**3),
        reuse=lambda t: memory.copy_(t),
        spoil_array=lambda a: a.fill(0),
        make=lambda: torch.zeros(1),
        many=lambda: [0.5] * 200_000,
        fill=lambda t: (5 * t).sum().backward(),
        demand=demand,
        forget=forget,
        score_a_copy=score_a_copy,
        fresh=lambda: torch.randn(2, requires_grad=True) * 2,
        spoil=lambda t: t.mul_(0),
        freeze=freeze,
        fail=raising(KeyError("lost")),
        refuse=raising(ValueError("labels must be 0 to 9")),
        refuse_in_own_words=raising(LabelError("no")),
        claim=raising(AssertionError("all is well")),
        leave=raising(SystemExit(0)),
        liar=lambda: type("Liar", (torch.Tensor,), {"__eq__": lambda a, b: True})(),
        number=lambda: type("Number", (float,), {"__eq__": lambda a, b: True})(0.5),
    ) as peer:
        peer.takes_changes = True  # as in a test that looks at what changes
        yield peer


def test_gradients_come_back_through_inputs_also_twice_and_to_two_outputs(far):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([3.0, 5.0], requires_grad=True)
    product, total = far.root("pair")(x, y * 2)
    (product.sum() + 10 * total.sum()).backward()
    assert x.grad.tolist() == [16.0, 20.0]
    assert y.grad.tolist() == [22.0, 24.0]
    far.root("cube")(x).backward()
    assert x.grad.tolist() == [19.0, 32.0]


def test_a_graph_over_there_is_forgotten_with_the_result_here(far):
    x = torch.ones(2, requires_grad=True)
    for _ in range(50):
        far.root("cube")(x)
    assert far.has("cube")  # carries the list of what is no longer needed
    assert far._forgotten == []


def test_values_come_back_as_they_are_and_types_that_only_look_like_them_do_not(far):
    echo = far.root("echo")
    value = {
        "a": (1, 2.5, None, True, "text"),
        "b": [np.arange(3.0), torch.ones(2, dtype=torch.int64)],
    }
    back = echo(value)
    assert back["a"] == value["a"]
    assert type(back["b"][0]) is np.ndarray
    assert torch.equal(back["b"][1], value["b"][1])
    assert type(far.root("number")()) is float
    assert not isinstance(far.root("liar")(), torch.Tensor)


def test_a_change_of_an_argument_is_refused_and_not_written(far):
    x, codes = torch.ones(3), np.ones(3)
    for name, value in (("spoil", x), ("spoil_array", codes)):
        with pytest.raises(ArgumentChanged, match="changes one of its arguments"):
            far.root(name)(value)
        assert value.tolist() == [1.0, 1.0, 1.0]


def test_what_a_test_owns_stays_as_it_is_unless_the_test_asks(far):
    x, model = torch.ones(3), MLPVAE(6, (5,), 3)
    spoil, freeze, forget = far.root("spoil"), far.root("freeze"), far.root("forget")
    with changes_seen(spoil, wanted=False):
        spoil(x)
        freeze(model)
        forget()
    assert x.tolist() == [1.0, 1.0, 1.0]
    assert model.training
    assert all(p.requires_grad for p in model.parameters())
    assert torch.is_grad_enabled()
    freeze(model)
    assert not model.training


def test_side_effects_on_gradients_are_seen_here(far):
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(CannotTravel):
        far.root("call")(lambda t: t, x)
    far.root("fill")(x)
    assert x.grad.tolist() == [5.0, 5.0]
    y = torch.ones(2)
    far.root("demand")(y)
    assert y.requires_grad
    with torch.enable_grad():
        far.root("forget")()
        assert not torch.is_grad_enabled()
    assert far.root("fresh")().requires_grad


def test_a_result_that_a_later_call_overwrites_changes_here_too(far):
    def two_calls():
        results = [far.root("reuse")(torch.full((2,), x)) for x in (1.0, 3.0)]
        return [r.tolist() for r in results]

    assert two_calls() == [[3.0, 3.0], [3.0, 3.0]]
    far.has("reuse")  # tells them what is no longer held here
    assert len(far.far_end._given) == 0


def test_the_default_device_is_the_same_there(far):
    with torch.device("meta"):
        assert far.root("make")().is_meta
    assert far.root("make")().tolist() == [0.0]


def test_the_same_tensor_twice_is_the_same_tensor_there(far):
    x = torch.ones(2, requires_grad=True)
    product, _ = far.root("pair")(x, x)
    product.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_a_learners_model_is_a_handle_with_parameters_state_and_mode(far):
    model = far.root("Net")(4)
    assert model.latent_dim == 4
    assert model.training is True
    assert model.eval() is model
    assert model.training is False
    weight, bias = model.parameters()
    assert (weight.shape, bias.shape) == ((4, 4), (4,))
    model.load_state_dict({k: torch.zeros_like(v) for k, v in model.state_dict().items()})
    assert float(model.state_dict()["layer.weight"].abs().sum()) == 0
    mu, _ = model.encode(torch.ones(2, 4))
    mu.sum().backward()
    assert [p.grad.abs().sum().item() for p in model.parameters()] == [8 * 4, 8.0]


def test_the_sizes_of_a_model_come_without_its_numbers(far, monkeypatch):
    model = far.root("Net")(4)
    assert model.sizes() == [16, 4]
    monkeypatch.setattr(far, "_ask", lambda message: {"value": [16, "4"]})
    with pytest.raises(PeerLost):
        model.sizes()


def test_gradients_are_asked_for_only_where_they_are_wanted(far, monkeypatch):
    model, x = far.root("Net")(3), torch.ones(2, 3, requires_grad=True)
    arrived = []
    ask = far.product
    monkeypatch.setattr(far, "product", lambda *args: arrived.append(ask(*args)) or arrived[-1])
    with without_weights(model):
        outputs = [model(x).sum()]
    outputs.append(model(x).sum())
    for output in outputs:
        output.backward()
    assert [[g is None for g in products] for products in arrived] == [
        [False, True, True],
        [False, False, False],
    ]
    assert x.grad.abs().sum() > 0
    assert all(p.requires_grad for p in model.parameters())


def test_an_optimizer_here_moves_the_model_there(far):
    model, x = far.root("Net")(3), torch.ones(5, 3)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    first = model(x).square().sum().item()
    for _ in range(100):
        loss = model(x).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert model(x).square().sum().item() < 0.1 * first


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_a_learners_step_moves_a_model_of_ours_and_the_optimizer_remembers(far, kind):
    torch.manual_seed(0)
    ours = MLPVAE(6, (5,), 2)
    with torch.no_grad():  # no noise
        ours.encoder[-1].bias[2:] = -60
        ours.encoder[-1].weight[2:] = 0
    theirs, x = copy.deepcopy(ours), torch.rand(8, 6)
    optimizers = [getattr(torch.optim, kind)(m.parameters(), lr=0.01) for m in (ours, theirs)]
    for _ in range(3):
        expected = negative_elbo_step(ours, x, optimizers[0])
        assert far.root("step")(theirs, x, optimizers[1]) == pytest.approx(expected, rel=1e-6)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(p, q, atol=1e-6)
        assert torch.allclose(p.grad, q.grad, atol=1e-5)


def test_a_copy_of_a_model_that_is_lent_has_a_mode_of_its_own_and_its_calls_are_seen(far):
    ours = toy.WatchedVAE(dropout=0.5)
    _, _, training = far.root("score_a_copy")(Handle(ours), torch.rand(4, 6))
    assert training is False
    assert ours.training
    assert all(p.requires_grad for p in ours.parameters())
    assert int(ours.decode_training) == int(ours.forward_training) == 0
    assert int(ours.rows_decoded) == 8


def test_a_learners_step_moves_a_learners_model(far):
    model, x = far.root("Net")(3), torch.ones(5, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    before = [p.detach().clone() for p in model.parameters()]
    losses = [far.root("train")(model, x, optimizer) for _ in range(3)]
    assert losses[0] > losses[1] > losses[2]
    assert all(not torch.equal(p, q) for p, q in zip(model.parameters(), before, strict=True))


def test_gradients_left_here_are_there_too(far):
    model = far.root("Net")(2)
    for p in model.parameters():
        p.grad = torch.full_like(p, 7.0)
    model(torch.zeros(1, 2)).sum().backward()
    assert [p.grad.flatten()[0].item() for p in model.parameters()] == [7.0, 8.0]


def test_gradients_that_a_learner_set_or_deleted_stay_so_while_our_code_uses_the_model(far):
    far._roots["use"] = lambda model: model(torch.ones(1, 2)).sum()
    use = far.far_end.root("use")

    def left():
        model, found = Net(2), []
        weight = model.layer.weight
        for value in (1.0, 2.0, None, 3.0):
            weight.grad = None if value is None else torch.full_like(weight, value)
            use(model)
            found.append(None if weight.grad is None else weight.grad[0, 0].item())
        use(model).backward()
        return [*found, weight.grad[0, 0].item()]

    far.far_end._roots["left"] = left
    assert far.root("left")() == [1.0, 2.0, None, 3.0, 4.0]


def test_a_change_that_the_other_side_made_by_itself_is_seen_with_the_next_call(far):
    model = far.root("Net")(2)
    theirs = far.far_end._objects[model._number]
    x = torch.ones(1, 2)
    model(x).sum().backward()  # our copies have gradients, which are sent with the next call
    with torch.no_grad():
        theirs.layer.weight.fill_(3.0)
    model(x)
    assert next(iter(model.parameters())).tolist() == [[3.0, 3.0], [3.0, 3.0]]


def test_a_parameter_that_is_no_number_is_sent_once(far):
    model = far.root("Net")(2)
    theirs = far.far_end._objects[model._number].layer.weight
    with torch.no_grad():
        next(iter(model.parameters())).fill_(torch.nan)
    model(torch.ones(1, 2))
    assert theirs.isnan().all()
    with torch.no_grad():
        theirs.fill_(2.0)
    model(torch.ones(1, 2))
    assert next(iter(model.parameters())).tolist() == [[2.0, 2.0], [2.0, 2.0]]


def test_what_a_learner_does_to_a_model_of_ours_is_seen_here(far):
    model = toy.WatchedVAE(6, 2)
    far.root("call")(model, torch.rand(3, 6))
    assert int(model.forward_calls) == 1
    far.root("freeze")(model)
    assert not model.training
    assert not model.dropout.training


def test_public_functions_go_there_and_private_ones_do_not(far):
    assert far.root("call")(toy.quadratic, torch.zeros(3)).item() == 3.0
    with pytest.raises(CannotTravel):
        far.root("call")(Net(3), torch.ones(1, 3))
    with pytest.raises(CannotTravel):
        _ = far.root("echo").__globals__
    with pytest.raises(CannotTravel):
        far.root("echo").latent_dims = 3


def test_errors_keep_their_type_and_an_assertion_is_never_taken_for_ours(far):
    with pytest.raises(ValueError, match="labels must be"):
        far.root("refuse")()
    with pytest.raises(ValueError, match="no") as failure:
        far.root("refuse_in_own_words")()
    assert type(failure.value).__name__ == "LabelError"
    with pytest.raises(KeyError):
        far.root("fail")()
    for name in ("claim", "leave"):
        with pytest.raises(FarError) as failure:
            far.root(name)()
        assert not isinstance(failure.value, (AssertionError, SystemExit))


def test_what_is_told_of_an_error_stays_in_one_line(far):
    far.far_end._explain = lambda error: "\n\ncube: correct\n| ada | 0/34 |"
    far.far_end._roots["fail"] = raising(KeyError("a\nb"))
    with pytest.raises(KeyError) as failure:
        far.root("fail")()
    assert failure.value.explanation == "cube: correct | ada | 0/34 |"
    assert "\n" not in str(failure.value)


def test_a_call_with_several_results_asks_for_their_gradients_at_once(far, monkeypatch):
    asked = []
    ask = far.product
    monkeypatch.setattr(far, "product", lambda *args: asked.append(args) or ask(*args))
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    square, unused, cube = far.root("powers")(x)
    (square + 2 * cube).sum().backward()
    assert x.grad.tolist() == [2 * 2 + 6 * 4, 2 * 3 + 6 * 9]
    assert len(asked) == 1
    unused.add_(1)  # results may be changed in place, as any tensor with a graph
    assert unused.tolist() == [3.0, 4.0]


def test_gradients_are_on_there_exactly_when_they_are_here(far):
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        assert not far.root("cube")(x).requires_grad
    assert far.root("cube")(x).requires_grad


def test_a_function_there_may_call_a_reference_here():
    with far_away() as peer:
        peer._roots = {"square": lambda t: t**2}
        peer.far_end._roots["ask_back"] = lambda t: peer.far_end.root("square")(t) * 3
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        peer.root("ask_back")(x).sum().backward()
        assert x.grad.tolist() == [6.0, 12.0]


def test_a_reference_here_continues_the_random_numbers_there():
    with far_away() as peer:
        peer._roots = {"noise": lambda n: torch.randn(n)}

        def fixed(n):
            torch.manual_seed(0)
            return peer.far_end.root("noise")(n)

        peer.far_end._roots["fixed"] = fixed
        first, second = (peer.root("fixed")(3) for _ in range(2))
        assert torch.equal(first, second)


def test_the_other_side_may_neither_seed_us_nor_send_us_code():
    with far_away() as peer:
        peer._roots = {"call": lambda f: f(torch.ones(2))}
        far = peer.far_end
        far._roots["seed"] = lambda: [far.seed(0), far.has("call")]
        before = torch.get_rng_state()
        with pytest.raises(FarError):
            peer.root("seed")()
        far._roots["send"] = lambda: far.root("call")(toy.quadratic)
        assert peer.root("send")().item() == 0.0  # called there, on their side
        far._export = lambda value: {"$": "public", "name": "course_utils.toy:quadratic"}
        with pytest.raises(FarError, match="not accepted"):
            peer.root("send")()
        assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"value": 1},
        {
            "value": {"$": "public", "name": "torch:load"},
            "back": {"arrays": [], "tensors": [], "modules": [], "optimizers": []},
            "modules": [],
            "given": [],
            "call": None,
        },
        {
            "value": {"$": "mine", "n": "x", "kind": 1, "module": 3},
            "back": {"arrays": [], "tensors": [], "modules": [], "optimizers": []},
            "modules": [],
            "given": [],
            "call": None,
        },
        {
            "value": {"$": "output", "v": 3, "n": 0},
            "back": {"arrays": [], "tensors": [], "modules": [], "optimizers": []},
            "modules": [],
            "given": [],
            "call": 1,
        },
        {
            "value": 1,
            "back": {"tensors": [(7, torch.ones(1), None, False)], "modules": [], "optimizers": []},
            "modules": [],
            "given": [],
            "call": None,
        },
        {"error": 5},
        [1, 2],
        7,
    ],
    ids=str,
)
def test_an_answer_that_makes_no_sense_loses_the_peer_and_nothing_else(answer):
    ours, theirs = socket.socketpair()
    with (
        ours,
        theirs,
        theirs.makefile("wb") as out,
        ours.makefile("rb") as reader,
        ours.makefile("wb") as writer,
    ):
        out.write(frames.encode(answer))
        out.flush()
        with pytest.raises(PeerLost):
            Peer(reader, writer, {}, trusts=False).root("f")(torch.ones(2))


def test_a_closed_wire_loses_the_peer():
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, ours.makefile("rb") as reader, pytest.raises(PeerLost):
        Peer(reader, ours.makefile("wb"), {}, trusts=False).root("f")()


def test_gradients_reach_a_learner_s_copy_of_a_model_through_a_reference_that_stands_in():
    def outer(model, x):  # a learner's function that calls another exercise, answered by ours
        return 2 * stand_in(model, x)

    torch.manual_seed(0)
    model, x = nn.Linear(3, 2), torch.rand(4, 3)
    with far_away(outer=outer) as peer:
        peer._roots = {"stand_in": lambda model, x: model.forward(x).square().sum(dim=1)}
        stand_in = peer.far_end.root("stand_in")
        peer.root("outer")(model, x).sum().backward()
    expected = torch.autograd.grad(2 * model(x).square().sum(), list(model.parameters()))
    for p, wanted in zip(model.parameters(), expected, strict=True):
        assert p.grad is not None
        assert torch.allclose(p.grad, wanted)


def test_a_result_of_too_many_parts_is_an_error_and_the_other_side_goes_on(far):
    with pytest.raises(FarError, match="more than 100,000 parts"):
        far.root("many")()
    assert far.root("echo")(1) == 1
