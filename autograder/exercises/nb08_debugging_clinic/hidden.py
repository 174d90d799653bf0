"""Hidden tests of lesson 08: nine repaired programs and the record of diagnoses.

Oracles: closed forms written here, on public VAEs with so little noise that a sampled quantity has an exact
value, and on VAEs with much noise, where our own exact draws give its mean. Means may be off by 7 standard
errors (t with 49 degrees of freedom, 7e-9), gradients by 10 (t with 23, 1e-9 per number). An unrepaired
program fails every criterion: "no new harm" tests everything that a program does.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from autograder.exercises.criteria import (
    HiddenTest,
    assert_close,
    assert_float,
    assert_number,
    assert_shape,
    assert_tensor,
    lent,
    randn,
    several,
    uniform,
)
from autograder.exercises.models import assert_gradients_kept, give_gradient
from autograder.exercises.statistics import varies_around
from course_utils.models import MLPCVAE, MLPVAE, linear_layer
from course_utils.toy import WatchedCVAE, WatchedVAE

PIXELS, LATENT, ROWS = 8, 2, 600
QUIET, LIVELY = (-40.0, -40.0), (1.9, -1.6)  # log_var of a q with nearly no noise, and with much


def bernoulli(x_logits: Tensor, x: Tensor) -> Tensor:
    """Return -log p(x|z) per pixel in nats, (batch, pixels), for finite logits of any size."""
    l = x_logits  # noqa: E741 - the letter of the glossary
    return l.clamp(min=0) - x * l + torch.log1p(torch.exp(-l.abs()))


def gaussian_kl(mu: Tensor, log_var: Tensor) -> Tensor:
    """Return the KL to the standard normal per image in nats, (batch,)."""
    return torch.special.expm1(log_var).sub(log_var).add(mu.square()).sum(dim=-1) / 2


@dataclass(frozen=True)
class Program:
    """What a repaired program should do.

    Attributes:
        run: `run(student, model, *rows)` calls the learner's program.
        nll: Cost of each image, of shape (batch,), from logits and images.
        beta: Weight of the KL in the loss.
        classes: Width of the model's condition, or 0.
        condition: Returns the condition, in a tuple, from the arguments of the program; () if there is none.
        names: What the program returns, in words.
        has_terms: Whether recon and kl are returned second and third.
        what: The first returned value, in words.
    """

    run: Callable = lambda student, model, *rows: student(model, *rows)
    nll: Callable[[Tensor, Tensor], Tensor] = lambda x_logits, x: bernoulli(x_logits, x).sum(dim=-1)
    beta: float = 1.0
    classes: int = 0
    condition: Callable[..., tuple[Tensor, ...]] = lambda *rows: ()
    names: str = "(loss, recon, kl)"
    has_terms: bool = True
    what: str = "the loss"

    def rows(self, generator: torch.Generator, num: int) -> tuple[Tensor, ...]:
        """Return a batch of `num` examples for the program."""
        x = 0.6 * uniform(generator, num, PIXELS)
        if self.classes == 3:
            return x, torch.randint(3, (num,), generator=generator)
        return (x,)

    def model(
        self, generator: torch.Generator, log_var: tuple[float, float], shape: str = "slope"
    ) -> MLPVAE:
        """Return a small VAE in which recon depends on z; with three classes the encoder ignores the pixels.

        Args:
            generator: Source of the weights.
            log_var: Bias of log_var, one number per latent dimension.
            shape: How recon depends on z. On a "slope" it rises with z, so that its mean depends on the mean of
                z. In a "valley" it rises on all sides, so that its mean depends on the spread of z.
        """
        sizes = PIXELS, (6,), LATENT
        model = MLPCVAE(*sizes, self.classes) if self.classes else MLPVAE(*sizes)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.copy_(0.5 * randn(generator, *parameter.shape, 1)[..., 0])
            first, last = linear_layer(model.decoder, 0), linear_layer(model.decoder, -1)
            head = linear_layer(model.encoder, -1)
            if self.classes == 3:
                linear_layer(model.encoder, 0).weight[:, :PIXELS] = 0
            weight = first.weight[:, :LATENT]
            weight.copy_(weight.abs() + 0.7)
            if shape == "valley":
                weight[::2] *= -1
                first.bias.mul_(0.2)
            last.weight.abs_()
            if shape == "slope":  # all hidden units are on, so that logits are linear in z
                first.bias.add_(6)
                last.weight.mul_(0.5)
                last.bias.sub_(6 * last.weight.sum(dim=1))
            head.weight[LATENT:] *= 0.2 if log_var[0] > 0 else 0.0
            head.bias[LATENT:] = torch.tensor(log_var)
        return model

    def outputs(self, student: Any, model: MLPVAE, rows: tuple) -> tuple:
        """Return what the program returns, as a tuple; assert that it has as many values as `names`."""
        wanted = self.names.count(",") + 1
        return several(
            self.run(student, model, *rows), wanted, f"the program should return {self.names}"
        )

    def encode(self, model: MLPVAE, rows: tuple) -> tuple[Tensor, Tensor]:
        """Return mu and log_var, each (batch, latent_dim)."""
        return model.encode(rows[0], *self.condition(*rows))

    def cost(self, model: MLPVAE, z: Tensor, rows: tuple) -> Tensor:
        """Return recon of each image for given z in nats, (batch,)."""
        return self.nll(model.decode(z, *self.condition(*rows)), rows[0])

    def exact(self, model: MLPVAE, rows: tuple) -> tuple[Tensor, Tensor, Tensor]:
        """Return loss, recon and kl of a model without noise, scalars in nats."""
        mu, log_var = self.encode(model, rows)
        recon, kl = self.cost(model, mu, rows).mean(), gaussian_kl(mu, log_var).mean()
        return recon + self.beta * kl, recon, kl


def loss_of(program: Program, outputs: tuple) -> Tensor:
    """Return the first output; assert that it is a scalar tensor."""
    assert_shape(outputs[0], (), "the loss, returned first,")
    return outputs[0]


def assert_exact_values(program: Program, student: Any, generator: torch.Generator) -> None:
    """Assert that loss and terms are exact without noise, for batches of several sizes and both precisions."""
    for num, dtype in ((7, torch.float32), (1, torch.float64)):
        model = program.model(generator, QUIET).to(dtype)
        rows = tuple(
            t.to(dtype) if t.is_floating_point() else t for t in program.rows(generator, num)
        )
        kept = [t.clone() for t in rows]
        outputs = program.outputs(student, model, rows)
        expected = [t.detach() for t in program.exact(model, rows)]
        names = ("the loss, returned first,", "recon, returned second,", "kl, returned third,")
        for value, wanted, name in zip(outputs, expected, names, strict=False):
            if program.has_terms or name.startswith("the loss"):
                assert_close(value, wanted, name, rtol=2e-4, atol=3e-3)
        assert all(map(torch.equal, kept, rows)), "the program changed its arguments"


def assert_closed_form_kl(program: Program, student: Any, generator: torch.Generator) -> None:
    """Assert that kl is the closed form, far from the prior, at the prior and between."""
    for log_var in (LIVELY, QUIET, (0.0, 0.0)):
        model, rows = program.model(generator, log_var), program.rows(generator, 6)
        if log_var == (0.0, 0.0):
            with torch.no_grad():
                head = linear_layer(model.encoder, -1)
                head.weight.zero_()
                head.bias.zero_()
        expected = gaussian_kl(*program.encode(model, rows)).mean().detach()
        kl = program.outputs(student, model, rows)[2]
        assert_close(kl, expected, "kl, returned third,", rtol=1e-4, atol=1e-4)


def drawn(
    program: Program, model: MLPVAE, rows: tuple, num_draws: int
) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """Return recon and kl, each (num_draws, batch), for exact samples of z.

    Returns:
        recon, kl, and the pair mu and log_var, each (num_draws * batch, latent_dim), to take gradients in.
    """
    mu, log_var = (
        t.detach().repeat(num_draws, 1).requires_grad_() for t in program.encode(model, rows)
    )
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    many = tuple(t.repeat(num_draws, *[1] * (t.ndim - 1)) for t in rows)
    recon, kl = program.cost(model, z, many), gaussian_kl(mu, log_var)
    return recon.view(num_draws, -1), kl.view(num_draws, -1), (mu, log_var)


def assert_right_noise(
    program: Program, student: Any, generator: torch.Generator, term: int = 0
) -> None:
    """Assert that loss (term 0) or recon (term 1) has the mean and spread that samples of q give."""
    what = "recon" if term else program.what
    for mode, shape in (("train", "slope"), ("eval", "valley")):
        model, rows = program.model(generator, LIVELY, shape), program.rows(generator, ROWS)
        getattr(model, mode)()
        with torch.no_grad():
            recon, kl, _ = drawn(program, model, rows, num_draws=50)
            draws = (recon if term else recon + program.beta * kl).mean(dim=1).double()
        with torch.set_grad_enabled(mode == "train"):
            results = [program.outputs(student, model, rows)[term] for _ in range(12)]
        values = torch.stack([scalar(value, what) for value in results])
        varies_around(values, draws, f"{what} after {mode}()")
        # 3 times the spread is a ratio of variances of 9 with (11, 49) degrees of freedom: 1e-8.
        assert float(values.std()) < 3 * float(draws.std()), (
            f"{what} trembles too much after {mode}(): does every image have noise of its own?"
        )


def scalar(value: Any, what: str) -> Tensor:
    """Return a scalar tensor or a float as a float64 tensor without its graph."""
    if isinstance(value, float):
        return torch.tensor(assert_float(value, what), dtype=torch.float64)
    assert_shape(value, (), what)
    return value.detach().double()


def assert_right_gradient(program: Program, student: Any, generator: torch.Generator) -> None:
    """Assert that gradients of the loss are exact without noise, and right on average with noise."""
    model, rows = program.model(generator, QUIET), program.rows(generator, 5)
    wanted = torch.autograd.grad(program.exact(model, rows)[0], list(model.parameters()))
    backward(loss_of(program, program.outputs(student, model, rows)))
    for (name, parameter), expected in zip(model.named_parameters(), wanted, strict=True):
        if program.classes == 3 and name == "encoder.0.weight":
            continue  # this gradient depends on how the learner scales pixels for the encoder
        assert parameter.grad is not None, "no gradient reaches one of the networks"
        assert_close(parameter.grad, expected, "a gradient of the loss", rtol=1e-2, atol=5e-3)
    assert_gradient_through_noise(program, student, generator)


def assert_gradient_through_noise(
    program: Program, student: Any, generator: torch.Generator
) -> None:
    """Assert that gradients of the loss in mu and log_var are right on average, where the noise is large."""
    draws, calls = 24, 3
    for shape in ("slope", "valley"):  # a slope gives large gradients in mu, a valley in log_var
        model = program.model(generator, LIVELY, shape)
        rows = program.rows(generator, ROWS)
        recon, kl, q = drawn(program, model, rows, draws)
        loss = recon + program.beta * kl
        both = torch.cat(torch.autograd.grad(loss.sum() / ROWS, q), dim=1)
        ours = both.view(draws, ROWS, -1).sum(dim=1).double()
        for _ in range(calls):
            backward(loss_of(program, program.outputs(student, model, rows)))
        theirs = linear_layer(model.encoder, -1).bias.grad
        assert theirs is not None, "no gradient reaches the encoder"
        gap = (theirs.double() / calls - ours.mean(dim=0)).abs()
        slack = 10 * ours.std(dim=0) * (1 / calls + 1 / draws) ** 0.5 + 1e-4
        names = ["mu"] * LATENT + ["log_var"] * LATENT
        for name, off, limit in zip(names, gap.tolist(), slack.tolist(), strict=True):
            assert off <= limit, f"the gradient that reaches {name} is off by {off:.3g}"


def backward(loss: Tensor) -> None:
    """Assert that a loss has a graph, and compute its gradients."""
    assert loss.requires_grad, "the loss carries no gradient"
    loss.backward()


def assert_everything(program: Program, student: Any, generator: torch.Generator) -> None:
    """Assert that values, kl, noise and gradients of a program are right."""
    assert_exact_values(program, student, generator)
    if program.has_terms:
        assert_closed_form_kl(program, student, generator)
    assert_right_noise(program, student, generator)
    assert_right_gradient(program, student, generator)


# -------------------------------------------------------------------------------------------- 1

grade_repair_1 = HiddenTest("repair_1")
ONE = Program()


@grade_repair_1.criterion("the fault is gone", points=3)
def sampled_recon(student, reference, generator):
    """recon is that of samples of q: the noise has its standard deviation."""
    assert_right_noise(ONE, student, generator, term=1)


@grade_repair_1.criterion("no new harm", points=1)
def everything_1(student, reference, generator):
    """Values, noise and gradients are those of a negative ELBO."""
    assert_everything(ONE, student, generator)


# -------------------------------------------------------------------------------------------- 2

grade_repair_2 = HiddenTest("repair_2")


def with_beta(beta: float) -> Program:
    """Return what the program of patient 2, an annealed objective, should do at one beta."""
    return Program(run=lambda student, model, x: student(model, x, beta), beta=beta)


@grade_repair_2.criterion("the fault is gone", points=3)
def kl_of_every_q(student, reference, generator):
    """kl is the closed form for every q, and 0 for the prior."""
    assert_closed_form_kl(with_beta(0.5), student, generator)
    assert_closed_form_kl(Program(), student, generator)


@grade_repair_2.criterion("no new harm", points=1)
def everything_2(student, reference, generator):
    """Values, noise and gradients are right at several beta."""
    assert_everything(Program(), student, generator)
    assert_exact_values(with_beta(3.0), student, generator)
    assert_right_gradient(with_beta(3.0), student, generator)
    assert_exact_values(with_beta(0.0), student, generator)


# -------------------------------------------------------------------------------------------- 3

grade_repair_3 = HiddenTest("repair_3")


def grey(sigma: float) -> Program:
    """Return what the program of patient 3 should do: Gaussian pixels around the sigmoid of the logits."""

    def nll(x_logits: Tensor, x: Tensor) -> Tensor:
        squares = (x - torch.sigmoid(x_logits)).square() / (2 * sigma**2)
        constant = torch.tensor(2 * torch.pi * sigma**2, dtype=torch.float64).log().item() / 2
        return (squares + constant).sum(dim=-1)

    return Program(run=lambda student, model, x: student(model, x, sigma), nll=nll)


@grade_repair_3.criterion("the fault is gone", points=3)
def kl_of_every_latent_dim(student, reference, generator):
    """kl is the closed form, whatever the latent dimension."""
    assert_closed_form_kl(grey(0.5), student, generator)
    for latent_dim in (1, 5):
        model = MLPVAE(PIXELS, (6,), latent_dim)
        x = uniform(generator, 4, PIXELS)
        expected = gaussian_kl(*model.encode(x)).mean().detach()
        assert_close(grey(0.5).outputs(student, model, (x,))[2], expected, "kl, returned third,")


def assert_negative_recon(student: Any, generator: torch.Generator) -> None:
    """Assert that recon is right where it is below 0: pictures that are nearly exact, at a small sigma."""
    program = grey(0.1)
    model = program.model(generator, QUIET)
    with torch.no_grad():
        linear_layer(model.decoder, -1).weight.zero_()
        x_hat = linear_layer(model.decoder, -1).bias.sigmoid().repeat(5, 1)
    rows = (x_hat + 0.05 * randn(generator, 5, PIXELS).clamp(-2, 2),)
    expected = [t.detach() for t in program.exact(model, rows)]
    for value, wanted, name in zip(
        program.outputs(student, model, rows), expected, ("the loss", "recon", "kl"), strict=True
    ):
        assert_close(value, wanted, f"{name}, where recon is below 0,", rtol=2e-4, atol=3e-3)


@grade_repair_3.criterion("no new harm", points=1)
def everything_3(student, reference, generator):
    """Values, noise and gradients are right at several sigma."""
    assert_everything(grey(0.5), student, generator)
    assert_exact_values(grey(1.5), student, generator)
    assert_negative_recon(student, generator)
    # In one random model of a hundred the sigmoid hides the effect of log_var, so try two more.
    for _ in range(2):
        assert_gradient_through_noise(grey(0.5), student, generator)


# -------------------------------------------------------------------------------------------- 4

grade_repair_4 = HiddenTest("repair_4")


def averaged(num_samples: int) -> Program:
    """Return what the program of patient 4 should do, which averages recon over samples."""
    return Program(run=lambda student, model, x: student(model, x, num_samples))


def recon_of(student: Any, model: MLPVAE, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return recon three times, as if it were the loss: a wrong kl is the matter of another criterion.

    Where recon is returned without a graph, it is the loss less the right kl.
    """
    loss, recon, _ = several(student(model, x, 3), 3, "the program should return (loss, recon, kl)")
    assert_tensor(recon, "recon, returned second,")
    if not recon.requires_grad:
        recon = loss - gaussian_kl(*model.encode(x)).mean()
    return recon, recon, recon


@grade_repair_4.criterion("the fault is gone", points=3)
def gradient_reaches_q(student, reference, generator):
    """recon's gradient reaches mu and log_var through z."""
    assert_gradient_through_noise(Program(run=recon_of, beta=0.0), student, generator)


@grade_repair_4.criterion("no new harm", points=1)
def everything_4(student, reference, generator):
    """Values, noise and gradients are right, and with more samples recon varies less."""
    assert_everything(averaged(1), student, generator)
    assert_exact_values(ONE, student, generator)  # with the default number of samples
    assert_right_noise(averaged(5), student, generator)
    assert_right_gradient(averaged(5), student, generator)
    model, x = ONE.model(generator, LIVELY), uniform(generator, 3, PIXELS)
    spreads = []
    for num_samples in (1, 100):
        with torch.no_grad():
            losses = [averaged(num_samples).outputs(student, model, (x,))[0] for _ in range(20)]
        spreads.append(float(torch.stack([loss.detach() for loss in losses]).std()))
    # A tenth is expected. 0.4 is 16 times the expected variance, with (19, 19) degrees of freedom: 3e-8.
    assert spreads[1] < 0.4 * spreads[0], "averaging over 100 samples does not calm recon"
    assert spreads[1] > 1e-6, "100 samples of z are all the same"
    watched = WatchedVAE(PIXELS, LATENT)
    student(lent(student, watched), x)
    taken = int(watched.state_dict()["rows_decoded"]) / len(x)
    assert taken == 4, f"{taken:g} samples of z are decoded where num_samples is not given, not 4"


# -------------------------------------------------------------------------------------------- 5

grade_repair_5 = HiddenTest("repair_5")
FIVE = Program(names="(loss, x_hat)", has_terms=False)


@grade_repair_5.criterion("the fault is gone", points=3)
def loss_of_the_logits(student, reference, generator):
    """The loss is computed from the decoder's logits.

    Losses of two decoders are compared, so that it does not matter here how the KL is computed.
    """
    model, x = FIVE.model(generator, QUIET), uniform(generator, 7, PIXELS)
    other = copy.deepcopy(model)
    with torch.no_grad():
        linear_layer(other.decoder, -1).bias.add_(2 * randn(generator, PIXELS))
    ours, theirs = [], []
    for each_model in (model, other):
        ours.append(FIVE.exact(each_model, (x,))[0].detach())
        theirs.append(loss_of(FIVE, FIVE.outputs(student, each_model, (x,))).detach())
    what = "the difference between the losses of two decoders"
    assert_close(theirs[1] - theirs[0], ours[1] - ours[0], what, rtol=2e-4, atol=3e-3)


@grade_repair_5.criterion("no new harm", points=1)
def everything_5(student, reference, generator):
    """Values, picture, noise and gradients are right, also at large logits; loss and picture are of one z."""
    model, x = FIVE.model(generator, QUIET), uniform(generator, 4, PIXELS)
    picture = FIVE.outputs(student, model, (x,))[1]
    expected = model.decode(model.encode(x)[0]).sigmoid().detach()
    assert_close(picture, expected, "x_hat, returned second,", rtol=1e-3, atol=1e-3)
    assert_everything(FIVE, student, generator)
    model, x = FIVE.model(generator, LIVELY).double(), uniform(generator, 50, PIXELS).double()
    loss, picture = FIVE.outputs(student, model, (x,))
    assert_shape(picture, (50, PIXELS), "x_hat, returned second,")
    logits = torch.logit(picture.detach().double().clamp(1e-15, 1 - 1e-15))
    recon = bernoulli(logits, x).sum(dim=1).mean()
    kl = gaussian_kl(*model.encode(x)).mean().detach()
    gap = abs(float(loss.detach()) - float(recon) - float(kl))
    assert gap < 1e-4, "loss and x_hat come from different samples of z"
    model = FIVE.model(generator, QUIET)
    signs = torch.tensor([1.0, -1.0]).repeat(PIXELS // 2)
    for size in (30.0, 300.0):
        with torch.no_grad():
            model.decoder[-1].weight.zero_()
            model.decoder[-1].bias.copy_(size * signs)
        x = 1 - (signs > 0).float().repeat(3, 1)
        model.zero_grad()
        loss = loss_of(FIVE, FIVE.outputs(student, model, (x,)))
        expected = FIVE.exact(model, (x,))[0].detach()
        assert_close(loss, expected, f"the loss at logits of {size:g}", rtol=1e-3, atol=1e-2)
        backward(loss)
        slope = model.decoder[-1].bias.grad
        assert slope is not None, "no gradient reaches the decoder"
        assert_close(slope, signs, f"the gradient at logits of {size:g}", rtol=1e-2, atol=1e-2)


# -------------------------------------------------------------------------------------------- 6

grade_repair_6 = HiddenTest("repair_6")


def one_hot(x: Tensor, labels: Tensor, classes: int = 3) -> tuple[Tensor]:
    """Return the one-hot class of each image, (batch, classes), in a tuple of one."""
    return (torch.eye(classes, dtype=x.dtype)[labels],)


SIX = Program(classes=3, condition=one_hot)


@grade_repair_6.criterion("the fault is gone", points=3)
def bernoulli_recon(student, reference, generator):
    """recon is the Bernoulli cost of x in [0, 1], and no black and white picture costs less than 0."""
    model = SIX.model(generator, QUIET)
    for x in (uniform(generator, 6, PIXELS), uniform(generator, 6, PIXELS).round()):
        rows = x, torch.randint(3, (6,), generator=generator)
        outputs = SIX.outputs(student, model, rows)
        expected = SIX.exact(model, rows)[1].detach()
        assert_close(outputs[1], expected, "recon, returned second,", rtol=2e-4, atol=3e-3)


@grade_repair_6.criterion("no new harm", points=1, changes=True)
def everything_6(student, reference, generator):
    """Values, noise and gradients are right, and both networks still see image and class."""
    assert_everything(SIX, student, generator)
    model = MLPCVAE(PIXELS, (6,), LATENT, 4)
    x, labels = uniform(generator, 5, PIXELS), torch.tensor([3, 0, 1, 2, 3])
    y = one_hot(x, labels, 4)[0]
    kl = SIX.outputs(student, model, (x, labels))[2]
    assert_tensor(kl, "kl, returned third,")
    # The pixels may be scaled for the encoder, in any of these ways.
    scalings = (x, (x - 0.5) / 0.5, x - 0.5)
    allowed = [float(gaussian_kl(*model.encode(v, y)).mean().detach()) for v in scalings]
    assert min(abs(float(kl.detach()) - right) for right in allowed) < 1e-3, (
        "kl is not that of the encoder's q for these images and classes"
    )
    for batch in (labels, torch.tensor([0, 2, 1, 1, 0])):  # the second leaves out the last class
        watched = WatchedCVAE(PIXELS, LATENT, 4)
        SIX.outputs(student, lent(student, watched), (x, batch))
        wanted = one_hot(x, batch, 4)[0].sum(dim=0)
        assert_close(watched.sum_y, wanted, "the sum of the y that the decoder saw")


# -------------------------------------------------------------------------------------------- 7

grade_repair_7 = HiddenTest("repair_7")


def epoch(
    student: Any, generator: torch.Generator, num: int, batch_size: int | None, rate: float
) -> tuple[dict, dict, nn.Module, nn.Module]:
    """Run an epoch without noise.

    Args:
        student: The learner's program.
        generator: Source of images and weights.
        num: Number of images.
        batch_size: Images per batch; None for the default of 128.
        rate: Learning rate.

    Returns:
        The learner's report, our report, and the learner's and our model after the epoch.
    """
    model, x = ONE.model(generator, QUIET), uniform(generator, num, PIXELS)
    twin = MLPVAE(PIXELS, (6,), LATENT)
    twin.load_state_dict(model.state_dict())
    sums = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    optimizer = torch.optim.SGD(twin.parameters(), lr=rate)
    for batch in x.split(batch_size or 128):
        terms = ONE.exact(twin, (batch,))
        optimizer.zero_grad()
        terms[0].backward()
        optimizer.step()
        for name, term in zip(sums, terms, strict=True):
            sums[name] += float(term.detach()) * len(batch) / num
    size = () if batch_size is None else (batch_size,)
    kept = x.clone()
    report = student(model, x, torch.optim.SGD(model.parameters(), lr=rate), *size)
    assert isinstance(report, dict), "the report should be a dict"
    assert set(report) == set(sums), "the report should have the entries loss, recon and kl"
    assert torch.equal(x, kept), "the program changed the images"
    return dict(report), sums, model, twin


CASES = [(7, 7), (7, 3), (6, 2), (5, 9), (9, 4), (1, 128), (300, None)]


@grade_repair_7.criterion("the counts", points=2)
def counts(student, reference, generator):
    """loss is the mean over all images, whatever the batch size; the two terms add up to it."""
    for num, batch_size in CASES:
        report, ours, *_ = epoch(student, generator, num, batch_size, rate=0.0)
        what = f"{num} images in batches of {batch_size or 128}"
        assert_number(report["loss"], ours["loss"], f"loss for {what}", rtol=2e-4, atol=3e-3)
        both = assert_float(report["recon"], "recon") + assert_float(report["kl"], "kl")
        assert abs(both - report["loss"]) < 1e-2, f"recon and kl do not add up to loss for {what}"


@grade_repair_7.criterion("the names", points=1)
def names(student, reference, generator):
    """recon and kl are the means of what their names say."""
    for num, batch_size in CASES[:4]:
        report, ours, *_ = epoch(student, generator, num, batch_size, rate=0.0)
        for name in ("recon", "kl"):
            assert_number(report[name], ours[name], name, rtol=2e-4, atol=3e-3)


@grade_repair_7.criterion("no new harm", points=1, changes=True)
def everything_7(student, reference, generator):
    """One update per batch, in the order given, on the batch's mean loss; reports are from before it."""
    for num, batch_size in ((8, 3), (8, 8), (260, None)):
        report, ours, model, twin = epoch(student, generator, num, batch_size, rate=0.05)
        for after, expected in zip(model.parameters(), twin.parameters(), strict=True):
            what = "a weight after the epoch"
            assert_close(after.detach(), expected.detach(), what, rtol=1e-2, atol=2e-3)
        for name, value in ours.items():
            assert_number(report[name], value, f"{name} while learning", rtol=1e-3, atol=5e-3)
    model = ONE.model(generator, QUIET)
    x, optimizer = uniform(generator, 4, PIXELS), torch.optim.SGD(model.parameters(), lr=0.0)
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 1e3)
    before = [p.detach().clone() for p in model.parameters()]
    student(model, x, optimizer, 2)
    assert all(map(torch.equal, before, [p.detach() for p in model.parameters()])), (
        "a learning rate of 0 should leave the model as it is"
    )
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 1e6)
    student(model, x, torch.optim.SGD(model.parameters(), lr=1e-6), 2)
    moved = max(
        float((p.detach() - b).abs().max()) for p, b in zip(model.parameters(), before, strict=True)
    )
    assert moved < 0.3, "a gradient from before the epoch moved the model"
    noisy, x = ONE.model(generator, LIVELY), uniform(generator, 40, PIXELS)
    reports = [student(noisy, x, torch.optim.SGD(noisy.parameters(), lr=0.0), 8) for _ in range(3)]
    assert reports[0]["recon"] != reports[1]["recon"], "z is not sampled any more"
    kl = float(gaussian_kl(*noisy.encode(x)).mean().detach())
    assert_number(reports[2]["kl"], kl, "kl of a model with wide q", rtol=1e-3, atol=5e-3)
    for name, value in reports[2].items():
        assert_float(value, name)


# -------------------------------------------------------------------------------------------- 8

grade_repair_8 = HiddenTest("repair_8")


def upper(x: Tensor) -> tuple[Tensor]:
    """Return the images with zeros in the lower half, (batch, PIXELS), in a tuple of one."""
    return (torch.cat([x[:, : PIXELS // 2], torch.zeros_like(x[:, PIXELS // 2 :])], dim=1),)


EIGHT = Program(
    nll=lambda x_logits, x: bernoulli(x_logits, x)[:, PIXELS // 2 :].sum(dim=-1),
    classes=PIXELS,
    condition=upper,
)


@grade_repair_8.criterion("the fault is gone", points=3)
def decoder_sees_upper_half(student, reference, generator):
    """The decoder is given the upper half and nothing of the lower."""
    for num in (4, 1):
        watched, x = WatchedCVAE(PIXELS, LATENT, PIXELS), uniform(generator, num, PIXELS)
        EIGHT.outputs(student, lent(student, watched), (x,))
        assert int(watched.decode_calls) > 0, "model.decode was never called"
        wanted = upper(x)[0].sum(dim=0)
        assert_close(watched.sum_y, wanted, "the sum of the conditions that the decoder saw")


@grade_repair_8.criterion("no new harm", points=1)
def everything_8(student, reference, generator):
    """Values, noise and gradients are right; the encoder sees all of x, and recon counts the lower half."""
    watched, x = WatchedCVAE(PIXELS, LATENT, PIXELS), uniform(generator, 4, PIXELS)
    kl = gaussian_kl(*watched.encode(x, upper(x)[0])).mean().detach()
    outputs = EIGHT.outputs(student, watched, (x,))
    assert_close(outputs[2], kl, "kl, returned third,", rtol=1e-3, atol=1e-3)
    assert_everything(EIGHT, student, generator)


# -------------------------------------------------------------------------------------------- 9

grade_repair_9 = HiddenTest("repair_9")
NINE = Program(
    run=lambda student, model, x: (student(model, x),), names="a float", what="the score"
)


@grade_repair_9.criterion("the fault is gone", points=3)
def fresh_samples(student, reference, generator):
    """The score varies as with fresh samples of z, in every mode.

    What it is on average is a matter of the other criterion. The variance of 12 scores is above nine times
    the right one by chance with probability 1e-8.
    """
    for mode in ("train", "eval"):
        model, rows = NINE.model(generator, LIVELY), NINE.rows(generator, ROWS)
        getattr(model, mode)()
        with torch.no_grad():
            recon, kl, _ = drawn(NINE, model, rows, num_draws=50)
            right = float((recon + kl).mean(dim=1).double().std())
        scores = torch.stack([scalar(student(model, *rows), NINE.what) for _ in range(12)])
        assert float(scores.std()) > 0.01 * right, (
            f"scores after {mode}() do not vary: is z sampled?"
        )
        assert float(scores.std()) < 3 * right, (
            f"scores after {mode}() vary too much: does every image have noise of its own?"
        )
    quiet, rows = NINE.model(generator, QUIET), NINE.rows(generator, 5)
    still = [float(scalar(student(quiet, *rows), NINE.what)) for _ in range(4)]
    assert max(still) - min(still) <= 1e-3 * (1 + abs(still[0])), (
        "scores vary where q has no noise: random numbers are no score"
    )


@grade_repair_9.criterion("no new harm", points=1, changes=True)
def everything_9(student, reference, generator):
    """The right score, in evaluation mode without gradients, for any batch; mode, images and gradients stay."""
    assert_right_noise(NINE, student, generator)
    model, x = NINE.model(generator, LIVELY), uniform(generator, 6, PIXELS)
    with torch.no_grad():
        linear_layer(model.decoder, 0).weight.zero_()
    expected = float(NINE.exact(model, (x,))[0].detach())
    what = "the score of a model whose decoder ignores z"
    assert_number(student(model, x), expected, what, rtol=2e-4, atol=3e-3)
    for num in (6, 1):
        model, x = ONE.model(generator, QUIET), uniform(generator, num, PIXELS)
        expected = float(ONE.exact(model, (x,))[0].detach())
        kept, own = x.clone(), give_gradient(model)
        assert_number(student(model, x), expected, "the score", rtol=2e-4, atol=3e-3)
        assert torch.equal(x, kept), "the program changed the images"
        assert_gradients_kept(model, own, "the program")
    for mode in (True, False):
        watched = WatchedVAE(PIXELS, LATENT, dropout=0.5).train(mode)
        x = uniform(generator, 30, PIXELS)
        model = lent(student, watched)
        scores = set()
        for _ in range(2):  # each time, as two calls may turn the mode twice
            scores.add(assert_float(student(model, x), "the score"))
            assert watched.training is mode, "the model's mode should be restored"
            assert watched.dropout.training is mode, (
                "the mode of the model's parts should be restored"
            )
        assert len(scores) == 2, "two scores are equal to the last digit"
        assert int(watched.decode_training) != 1, "the model should be in evaluation mode meanwhile"
        assert int(watched.decode_grad) != 1, "gradients should be off meanwhile"


# ------------------------------------------------------------------------------------- diagnosis

grade_diagnosis = HiddenTest("diagnosis")
CAUSES = dict(enumerate("QAFPRMDIK", 1))


def _confirm(patient: int) -> Callable:
    """Return a criterion that asserts that the record names the cause of one patient."""

    def confirmed(student, reference, generator):
        record = student()
        assert isinstance(record, dict), "the record should be a dictionary"
        letter = record.get(patient)
        assert letter is not None, f"patient {patient} has no entry"
        assert isinstance(letter, str), f"the entry of patient {patient} should be a letter"
        assert letter.strip().upper() == CAUSES[patient], f"patient {patient}: not confirmed"

    confirmed.__doc__ = f"The cause of patient {patient}'s disease is named."
    return confirmed


for _patient in CAUSES:
    grade_diagnosis.criterion(f"patient {_patient}", points=0.5)(_confirm(_patient))
