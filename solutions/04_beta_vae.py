# %% [markdown]
r"""
# Lesson 04: rate, distortion and disentanglement

A VAE pays for every nat that it says about an image. In lesson 02 the price was one nat of loss per nat of message, and nobody asked why. Here you turn the price like a dial, watch what the model buys,
see it fall silent when the bill comes too early, and ask whether a high price teaches it what the world is made of.

**You will be able to**

- put a beta in front of the right term, and tell what a beta in somebody's code really means;
- draw a rate-distortion curve and read the price off its slope;
- see which latent dimensions a model uses, notice when they have died, and bring them back;
- measure disentanglement, and not believe the number until you have seen other seeds.

**What it takes.** About two hours of your time. The computer needs five minutes on MNIST and two on the
built-in digits (measured on 2 CPU cores, no GPU). You need the loss of lesson 02; it is repeated where it is used.

Units, everywhere: **nats per image**. Sum over pixels and over latent dimensions, mean over the batch. Words that are new to you are in the [glossary](glossary.md).
"""

# %% setup=true
import math
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.metrics import mutual_info_score
from torch import Tensor, nn

from course_utils import data, evaluation, plotting, runtime, sprites, training
from course_utils.checks import nb04_beta_vae as checks
from course_utils.likelihood import bernoulli_nll
from course_utils.models import MLPVAE
from course_utils.result_card import result_card

# %%
runtime.seed_everything()
images = data.load("mnist")
device = images.train_x.device
print(f"{images.name}: {len(images.train_x):,} to learn from, {len(images.test_x):,} to test on")

# %% [markdown]
r"""
## Exercise 4.1: a price for information

**4 points · 10 minutes · difficulty 1/5 · importance 5/5**

The encoder sends a message $z$ about the image; the decoder corrects what the message left out. The negative ELBO adds the two costs, one to one. Higgins et al. (2017) put a dial between them:

$$\text{loss} = \underbrace{-\mathbb{E}_{q(z|x)}\big[\log p(x|z)\big]}_{\text{recon}} + \beta\, \underbrace{\mathrm{KL}\big(q(z|x)\,\|\,p(z)\big)}_{\text{kl}} .$$

Read $\beta$ as a price: how many nats of reconstruction one nat of message must save to be worth sending. At $\beta = 1$ this is the negative ELBO and bounds $-\log p(x)$. At any $\beta > 1$ it is still an upper bound, only a looser one (why?). At $\beta < 1$ it bounds
nothing.

You know both terms:

$$\text{recon} = \sum_i \big[\log(1 + e^{l_i}) - x_i l_i\big], \qquad \text{kl} = \tfrac12 \sum_j \big(\mu_j^2 + \sigma_j^2 - 1 - \ln\sigma_j^2\big) .$$

`bernoulli_nll(x_logits, x)` from the course gives the first one per image, shape (batch,), exact and quick. Return the loss and *both terms as they are*, without beta: you are going to compare them across betas, and a nat must stay a nat.
"""


# %% exercise="beta_vae_loss"
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Reconstruction plus beta times the KL, in nats per image: sums over dimensions, mean over the batch.

    Args:
        x_logits: Decoder output before the sigmoid, (batch, 784).
        x: Images in [0, 1], (batch, 784).
        mu: Means of q(z|x), (batch, latent_dim).
        log_var: Logarithms of the variances of q(z|x), (batch, latent_dim).
        beta: Price of one nat of KL, 0 or more.

    Returns:
        (loss, recon, kl), three scalar tensors with the dtype of the inputs; recon and kl without beta, recon exact for
        logits of any size. The loss carries gradients to x_logits, mu and log_var; no argument is changed.
    """
    ### BEGIN SOLUTION
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: where does the price stand?</summary>
Exactly once, in front of the KL, and only in the loss. The second and third value that you return do not know that beta exists.
</details>
<details><summary>Hint 2: sum, then mean</summary>
<code>bernoulli_nll</code> has already summed over pixels, so only the mean over images is left. The bracket of the KL has the shape (batch, latent_dim): sum over <code>dim=1</code> first.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>recon = bernoulli_nll(x_logits, x).mean()</code>. For the KL: half of the bracket, then <code>.sum(dim=1).mean()</code>. Return <code>recon + beta * kl</code> and the two terms.
</details>
"""

# %% check="beta_vae_loss" points=4
checks.beta_vae_loss(beta_vae_loss)
assert (
    len(beta_vae_loss(torch.zeros(2, 3), torch.ones(2, 3), *torch.zeros(2, 2, 1), beta=4.0)) == 3
), "(loss, recon, kl)"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb04_beta_vae.hidden import grade_beta_vae_loss

grade_beta_vae_loss(beta_vae_loss)
### END HIDDEN TESTS

# %% [markdown]
r"""
A small machine for the rest of the lesson: give it any objective, a function of `(step, x_logits, x, mu, log_var)`, and it trains a model on it. Then a sweep: one network, six prices, from nearly free to $\beta = 39.2$. That last number is not
round, and for a reason: it is $784 / 20$, what you get at 20 latent dimensions if you average both terms over their dimensions and believe that you have set no beta at all (exercise 2.7 of lesson 02).
"""


# %%
def train(
    model: nn.Module,
    objective: Callable,
    x: Tensor,
    epochs: int,
    evaluate: Callable | None = None,
    seed: int | None = None,
    batch_size: int = 128,
) -> training.History:
    """Train a model on objective(step, x_logits, x, mu, log_var) -> scalar; return the history."""
    count = iter(range(10**9))

    def update(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
        loss = objective(next(count), *_pass(model, x))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return training.fit(
        model,
        x,
        update,
        epochs=epochs,
        batch_size=batch_size,
        evaluate=evaluate,
        seed=seed,
        progress=False,
    )


def _pass(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """One sampled pass, in the order of the arguments of the loss."""
    x_logits, mu, log_var = model(x)
    return x_logits, x, mu, log_var


def at_price(beta: float) -> Callable:
    """The objective with a constant beta."""
    return lambda step, x_logits, x, mu, log_var: beta_vae_loss(x_logits, x, mu, log_var, beta)[0]


# %%
BETAS = [0.1, 0.5, 1, 2, 5, 39.2]
epochs = runtime.choose({"digits": 60}.get(images.name, 5), 2)
sweep, seconds = {}, {}
for beta in BETAS:
    runtime.seed_everything()
    sweep[beta] = MLPVAE(latent_dim=20).to(device)
    seconds[beta] = train(sweep[beta], at_price(beta), images.train_x, epochs).seconds
    print(f"beta = {beta:4}: {seconds[beta]:.0f} s")

# %% [markdown]
r"""
![Six rows of digits, one row for each beta from 0.1 to 39.2. On the left eight reconstructions of the same test images: sharp at the top, blurred towards the bottom, and at the last beta eight copies of one grey smudge. On the right eight samples from the prior for each beta, none of them quite a digit at 0.1, cleaner ones at 2 and 5, one smudge at the bottom.](figures/betas.png)
"""

# %% figure="betas"
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.9), layout="constrained")
z = torch.randn(8, 20, generator=torch.Generator().manual_seed(1)).to(device)
with torch.no_grad():
    x_hats = [model(images.test_x[:8])[0].sigmoid() for model in sweep.values()]
    samples = [model.decode(z).sigmoid() for model in sweep.values()]
names = [f"beta {beta:g}" for beta in BETAS]
axes = plotting.image_grid(torch.cat(x_hats), 8, ax=left, row_titles=names)
title = left.set_title("reconstructions", fontsize=10)
axes = plotting.image_grid(torch.cat(samples), 8, ax=right)
title = right.set_title("samples: z from the prior", fontsize=10)

# %% [markdown]
r"""
**What just happened.** Read the left block from top to bottom. The dearer a nat, the less the model says: strokes thicken, digits turn into their neighbours, and at 39.2 nothing is left of it: the decoder draws one grey picture, whatever you show it. The loss of
that model went down all the way, and its author might never look.

Now the right block. Cheap information is not simply better: at $\beta = 0.1$ reconstructions are crisp, and samples are scribble. The encoder puts its codes wherever it likes, and the prior, from which you sample, no longer knows where that is. Somewhere in
the middle both are passable.

"Sharp" and "passable" are words. Next you measure.

Source: Higgins et al. (2017), *beta-VAE*, https://openreview.net/forum?id=Sy2fzU9gl.
"""

# %% [markdown]
r"""
## Exercise 4.2: two numbers for a model

**4 points · 10 minutes · difficulty 2/5 · importance 5/5**

Engineers who compress pictures have drawn the same diagram since Shannon. The **rate** $R$ is how much you send: here the mean KL. The **distortion** $D$ is what is still wrong at the other end: here the mean recon. Alemi et al. (2018) carried both words over to VAEs.

Write `rate_distortion`. It makes one sampled pass over the images and returns the rate first, then the distortion, as plain numbers. You have the tool: `beta_vae_loss` returns both terms, and they do not depend on beta. As in lesson 02, leave no trace: no gradients, and the
model goes back to the mode in which it came. And sampling stays on: the distortion belongs to a message of this rate, not to a perfect copy of $\mu$ that would cost infinitely many nats.
"""


# %% exercise="rate_distortion"
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    """Rate (mean KL) and distortion (mean recon) of the images x of shape (num_images, 784), in nats per image.

    One sampled pass through the model, in evaluation mode. Computes no gradients, changes neither x nor a parameter nor
    its `.grad`, and leaves the model in the mode in which it found it.
    """
    ### BEGIN SOLUTION
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: which is which?</summary>
Rate: nats in the message. Distortion: nats of error that remain. The loss returns them in the opposite order.
</details>
<details><summary>Hint 2: leave no trace</summary>
Remember <code>model.training</code>, call <code>model.eval()</code>, work under <code>torch.no_grad()</code>, and put the mode back at the end.
</details>
<details><summary>Hint 3: almost the code</summary>
Inside <code>with torch.no_grad():</code> call <code>model(x)</code> for <code>x_logits, mu, log_var</code>, then <code>beta_vae_loss</code> with any beta. Return <code>kl.item(), recon.item()</code>, after <code>model.train(was_training)</code>.
</details>
"""

# %% check="rate_distortion" points=4
checks.rate_distortion(rate_distortion)
assert isinstance(rate_distortion(MLPVAE(784, (8,), 2), torch.zeros(4, 784))[0], float), "floats"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb04_beta_vae.hidden import grade_rate_distortion

grade_rate_distortion(rate_distortion)
### END HIDDEN TESTS

# %% [markdown]
r"""
The sum $R + D$ is the negative ELBO. So all models on one falling diagonal of the diagram have the same negative ELBO: they only spend it differently.

![Distortion against rate, one point for each beta, joined to a falling curve that is steep on the left and flat on the right. The point of beta 39.2 sits at rate zero. A dashed diagonal touches the curve near the point of beta 1.](figures/rate_distortion.png)
"""

# %% figure="rate_distortion"
points = {beta: rate_distortion(model, images.test_x) for beta, model in sweep.items()}
rates, distortions = zip(*points.values(), strict=True)
axes = plotting.new_axes(5.5, 3.8)
curve = axes.plot(rates, distortions, "o-", color=plotting.PALETTE[0])
for beta, (rate, distortion) in points.items():
    text = axes.annotate(f"beta {beta:g}", (rate, distortion), (6, 6), textcoords="offset points")
axes.margins(x=0.2, y=0.1)
diagonal = axes.axline(points[1], slope=-1, color="black", linestyle="--", linewidth=1)
label = axes.set(xlabel="rate (nats per image)", ylabel="distortion (nats per image)")

# %%
print(" beta    rate  distortion  rate + distortion")
for beta, (rate, distortion) in points.items():
    print(f"{beta:5}  {rate:6.1f}  {distortion:10.1f}  {rate + distortion:17.1f}")
steps = list(zip(points.items(), list(points.items())[1:], strict=False))
for (low, (r_low, d_low)), (high, (r_high, d_high)) in steps:
    price = (d_high - d_low) / max(r_low - r_high, 1e-6)
    print(f"from beta {high:g} down to {low:g}: each nat more saves {price:.2f} nats of distortion")

# %% [markdown]
r"""
**What just happened.** The curve falls steeply on the left and flattens on the right: the first nats of a message save many nats of error each, the later ones less and less. Every engineer who compresses pictures knows this shape. The sum $R + D$ is smallest at $\beta = 1$: 108.5 nats on MNIST, against 128.4 at 0.1 and 132.5 at 5 (on the small digits 289.5, 308.1 and 304.9). At 39.2 the rate is zero:
one picture for all, at 206.4 nats (356.8).

Why the slope is the price: at the best model for a given $\beta$, $D + \beta R$ cannot be lowered by moving along the curve, so $\mathrm{d}D + \beta\,\mathrm{d}R = 0$, that is

$$\frac{\mathrm{d}D}{\mathrm{d}R} = -\beta .$$

The last lines test this. Between two betas, the saving per nat should lie between the two prices. On both data sets it does, five times out of five: 0.23, 0.72, 1.41, 3.19 and 11.4 nats on MNIST, 0.25, 0.81, 1.41, 3.73 and 12.6 on the small digits. Where it does not, the model is not the best one for its price: it was trained for a few epochs, and it is scored on images that it has not seen.

The dashed diagonal has slope $-1$: along it the negative ELBO does not change. It touches the curve where $\beta = 1$, so no other price can give a better negative ELBO, if training is perfect. (Lesson 07 meets models for which it is not.)

*Try it:* where would a plain autoencoder lie, one without noise?

Source: Alemi et al. (2018), *Fixing a broken ELBO*, https://arxiv.org/abs/1711.00464.
"""

# %% [markdown]
r"""
## Exercise 4.3: who speaks?

**3 points · 8 minutes · difficulty 2/5 · importance 4/5**

The rate is a sum over 20 latent dimensions. Do they share the work? For a diagonal Gaussian the KL is a sum of independent parts, so you can open the bill and read its lines:

$$\mathrm{KL}_j = \tfrac12 \big( \mu_j^2 + \sigma_j^2 - 1 - \ln \sigma_j^2 \big), \qquad \text{averaged over the batch.}$$

Write `kl_per_dimension`. It returns one number per latent dimension, and the numbers add up to the rate.
"""


# %% exercise="kl_per_dimension"
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    """Mean KL of each latent dimension to N(0, 1): two tensors (batch, latent_dim) -> (latent_dim,), in nats.

    Differentiable, with the dtype of the inputs, which stay as they are.
    """
    ### BEGIN SOLUTION
    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean(dim=0)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: which axis goes?</summary>
You have a table with one row per image and one column per dimension. You want one number per column.
</details>
<details><summary>Hint 2: check yourself</summary>
The sum of what you return must be the kl of <code>beta_vae_loss</code>. Sum and mean over different axes can be taken in either order.
</details>
<details><summary>Hint 3: almost the code</summary>
The bracket of the KL, its half, then a mean over <code>dim=0</code>, the batch.
</details>
"""

# %% check="kl_per_dimension" points=3
checks.kl_per_dimension(kl_per_dimension)
assert kl_per_dimension(torch.zeros(5, 3), torch.zeros(5, 3)).shape == (3,), "one per dimension"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb04_beta_vae.hidden import grade_kl_per_dimension

grade_kl_per_dimension(kl_per_dimension)
### END HIDDEN TESTS

# %% [markdown]
r"""
![Three bar charts of the KL of 20 latent dimensions in nats, sorted, for beta 0.1, 1 and 5. At 0.1 all bars are high, at 1 all are lower, at 5 eight bars are left and most of the others are at zero.](figures/kl_bars.png)
"""

# %% figure="kl_bars"
figure, panels = plt.subplots(1, 3, figsize=(10, 2.7), layout="constrained", sharey=True)
for ax, beta in zip(panels, (0.1, 1, 5), strict=True):
    kls = kl_per_dimension(*evaluation.encode(sweep[beta], images.test_x))
    axes = plotting.bars(kls.sort(descending=True).values, ax, xlabel="latent dimension, sorted")
    title = ax.set_title(f"beta {beta:g}: {kls.sum():.1f} nats in all", fontsize=10)

# %% [markdown]
r"""
**What just happened.** The bill, line by line. A higher price first makes all dimensions speak more softly. Then they fall silent one after the other, the least useful first: on MNIST at $\beta = 5$ eight of the twenty carry half a nat or more, and the last seven nothing.

A dimension at zero is not "a little used". Its posterior is the prior for *every* image: the encoder writes pure noise into it and the decoder has learned to look away. Switching it off costs nothing and saves a fee. At the optimum this is right: a dimension that
would save less than $\beta$ nats per nat should be off.
"""

# %% [markdown]
r"""
## Exercise 4.4: count the living

**3 points · 8 minutes · difficulty 2/5 · importance 4/5**

One number is handier than twenty bars. Burda, Grosse and Salakhutdinov (2016) call a dimension *active* if its message depends on the image: if $\mu_j$ moves from image to image, its variance over the data above a small threshold,

$$A_j = \mathrm{Var}_{x}\big(\mu_j(x)\big) > 0.01 .$$

Three things are easy to mix up. It is the variance of $\mu$ *over images*, not the posterior variance $\sigma^2$ of one image. It is a variance, so the mean is taken out: a $\mu_j$ that is stuck at 3 for all images says nothing. And it is not a standard deviation, whose square it is.
"""


# %% exercise="active_units"
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    """Number of latent dimensions of mu (num_images, latent_dim) whose variance over images exceeds the threshold.

    An int; mu stays as it is.
    """
    ### BEGIN SOLUTION
    return int((mu.var(dim=0) > threshold).sum())
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: one variance per column</summary>
<code>Tensor.var</code> takes a <code>dim</code>. Images are rows, so which one disappears?
</details>
<details><summary>Hint 2: counting</summary>
A comparison gives a tensor of True and False, and <code>sum</code> counts the True ones. The result is still a tensor.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>mu.var(dim=0) > threshold</code>, its sum, and <code>int(...)</code> around it.
</details>
"""

# %% check="active_units" points=3
checks.active_units(active_units)
assert active_units(torch.zeros(5, 3)) == 0, "a mu that never moves is not active"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb04_beta_vae.hidden import grade_active_units

grade_active_units(active_units)
### END HIDDEN TESTS

# %%
for beta, model in sweep.items():
    mu, log_var = evaluation.encode(model, images.test_x)
    print(f"beta {beta:4}: {active_units(mu):2} of 20 units active, rate {points[beta][0]:6.1f}")

# %% [markdown]
r"""
**What just happened.** A warning about counts. On MNIST the rate falls from 56.7 nats at $\beta = 0.1$ to 16.4 at $\beta = 2$, and the count does not move: 20 of 20 units. At 5 it is 15, and only at 39.2 it is 0 (small digits: 20, 20, 20, 20, 19 and 0). The threshold is low, and a unit that merely twitches counts like one that speaks. (These models were trained briefly; a fading unit
takes its time.) So read the count beside the bars. Below you also count the dimensions that carry more than a tenth of a nat.

A dead unit can be a good decision. In the next section you meet dead units that are not: nobody decided, they never got a chance.

Source: Burda, Grosse and Salakhutdinov (2016), https://arxiv.org/abs/1509.00519, where the threshold of 0.01 comes from.
"""

# %% [markdown]
r"""
## When the bill comes too early

Make the network deeper: three hidden layers on each side instead of one. More capacity, so it should score at least as well. $\beta = 1$, the plain negative ELBO, nothing exotic. Three seeds, so that you do not fall for luck.
"""

# %%
DEEP = {"hidden_dims": (400, 400, 400), "latent_dim": 20}
num_seeds = runtime.choose(3, 2)
SEEDS = [num_seeds * runtime.seed() + i for i in range(num_seeds)]
deep_epochs = runtime.choose({"digits": 40}.get(images.name, 5), 2)
deep_batch = {"digits": 64}.get(images.name, 128)
deep_steps = deep_epochs * math.ceil(len(images.train_x) / deep_batch)


def units(model: nn.Module) -> dict[str, float]:
    """Active units, dimensions that carry more than a tenth of a nat, and the KL, on test images."""
    mu, log_var = evaluation.encode(model, images.test_x)
    kls = kl_per_dimension(mu, log_var)
    speaking = (kls > 0.1).sum().item()
    return {"active_units": active_units(mu), "speaking": speaking, "kl": kls.sum().item()}


def train_deep(seed: int, schedule: Callable) -> tuple[nn.Module, training.History]:
    """Train the deep network with the price schedule(step)."""
    runtime.seed_everything(seed)
    model = MLPVAE(**DEEP).to(device)

    def objective(step, *pass_):
        return beta_vae_loss(*pass_, beta=schedule(step))[0]

    history = train(
        model, objective, images.train_x, deep_epochs, units, seed=seed, batch_size=deep_batch
    )
    return model, history


# %%
def report(name: str, runs: dict) -> dict[str, float]:
    """Print what became of each seed; return the means."""
    table = []
    for seed, (model, history) in runs.items():
        score = evaluation.neg_elbo(model, images.test_x, num_samples=4).neg_elbo
        last = {key: history[key][-1] for key in ("active_units", "speaking", "kl")}
        table.append({"neg_elbo": score} | last)
        print(
            f"{name}, seed {seed}: neg ELBO {score:.1f}, rate {last['kl']:.1f}, "
            f"{last['active_units']:.0f} units active, {last['speaking']:.0f} with more than 0.1 nats"
        )
    return {key: float(np.mean([row[key] for row in table])) for key in table[0]}


plain = {seed: train_deep(seed, lambda step: 1.0) for seed in SEEDS}
deep_scores = {"constant": report("constant", plain)}
shallow = sum(points[1])
print(f"for comparison, one hidden layer: neg ELBO {shallow:.1f}, rate {points[1][0]:.1f}")

# %% [markdown]
r"""
**What just happened.** Compare with the last line. The deep network scores *worse* than the one with a single hidden layer: 119 to 122 nats on MNIST against 108.5 (302 to 305 on the small digits, against 289.5). Its message has half of the nats, 12 to 13 against 25 (6.5 against 14.5), and only six or seven of its 20 dimensions carry more than a tenth of a nat (three). Nobody raised the price. (Part of the gap may be that a deep
network needs more epochs. The next section keeps network and epochs and changes one thing only, so you will see which part is not.)

Follow a unit through its first minute. At the start the decoder is random and hears only noise in $z_j$. Every nat that the encoder puts into it costs one nat *now*, and saves nothing *yet*: the decoder would have to learn to read it first. The gradient of the KL is there from the first step and is simple;
the gradient of the reconstruction has to pass a deep network that knows nothing. So the encoder does what pays: it sets $\mu_j = 0$, $\sigma_j = 1$. From then on the decoder sees pure noise in $z_j$ and learns to ignore it, and with a decoder that ignores $z_j$ it never pays to say
anything again. Both are content. This is **posterior collapse**, here of single units, in language models often of all of them (Bowman et al., 2016).

The cause is an order of events. So change the order: let the message be free at first, and raise the price once the decoder has learned to listen.
"""

# %% [markdown]
r"""
## Exercise 4.5: warm-up

**4 points · 8 minutes · difficulty 1/5 · importance 4/5**

The simplest schedule is a ramp (Bowman et al., 2016; Sønderby et al., 2016 call it warm-up):

```text
 beta_max            ┌──────────────
                  ／ 
               ／
 0         ／
       step 0      warmup_steps
```

`linear_warmup` gives the price at a step: 0 at step 0, `beta_max` at step `warmup_steps`, a straight line in between, and `beta_max` for ever after. With `warmup_steps` 0 there is no ramp: the price is `beta_max` from the first step.

It is one line, and it goes wrong in public code all the same: a ramp that never stops, one that starts at 1/n, one that divides by zero when somebody switches it off.
"""


# %% exercise="linear_warmup"
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    """Beta at this step: from 0 at step 0 in a straight line to beta_max at warmup_steps, constant after it.

    Args:
        step: Updates made so far, 0 or more.
        warmup_steps: Length of the ramp in steps; 0 means no ramp.
        beta_max: Where the ramp ends, 0 or more.
    """
    ### BEGIN SOLUTION
    if step >= warmup_steps:
        return beta_max
    return beta_max * step / warmup_steps
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: three cases, or two</summary>
On the ramp the price is the fraction of the way times <code>beta_max</code>. After the ramp it is <code>beta_max</code>. What does "after the ramp" mean when its length is 0?
</details>
<details><summary>Hint 2: the order of questions</summary>
Ask first whether the ramp is over. If it is, you never divide, so a ramp of length 0 cannot hurt you.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>if step >= warmup_steps:</code> return the maximum. Otherwise return <code>beta_max</code> times the step over <code>warmup_steps</code>, with a real division.
</details>
"""

# %% check="linear_warmup" points=4
checks.linear_warmup(linear_warmup)
assert linear_warmup(0, 10, 1.0) == 0, "the ramp starts at 0"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb04_beta_vae.hidden import grade_linear_warmup

grade_linear_warmup(linear_warmup)
### END HIDDEN TESTS

# %% [markdown]
r"""
The same networks, seeds and batches again. One thing is new: the price rises from 0 to 1 over the first four fifths of the steps.
"""

# %%
warmup_steps = 4 * deep_steps // 5
warm = {}
for seed in SEEDS:
    warm[seed] = train_deep(seed, lambda step: linear_warmup(step, warmup_steps, 1.0))
deep_scores["constant"] = report("constant", plain)
deep_scores["warm-up"] = report("warm-up ", warm)

# %% [markdown]
r"""
![Three panels, constant price against warm-up. On the left, the number of dimensions with more than a tenth of a nat over the epochs: one line for each seed. With warm-up all but two speak at first and half fall silent; without it few ever speak. In the middle, the KL over the epochs: it falls to its final value with warm-up and rises to a lower one without. On the right, sorted bars of KL per dimension for the first seed.](figures/collapse.png)
"""

# %% figure="collapse"
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 3), layout="constrained")
for colour, name, runs in zip(
    plotting.PALETTE, ("constant", "warm-up"), (plain, warm), strict=False
):
    for seed, (_, history) in runs.items():
        label = name if seed == SEEDS[0] else None
        for ax, metric in ((left, "speaking"), (middle, "kl")):
            x = range(1, len(history[metric]) + 1)
            line = ax.plot(x, history[metric], color=colour, label=label)
    kls = kl_per_dimension(*evaluation.encode(runs[SEEDS[0]][0], images.test_x))
    x = np.arange(1, 21) + (-0.2 if name == "constant" else 0.2)
    bars = right.bar(x, kls.sort(descending=True).values.cpu(), 0.4, color=colour)
labels = left.set(xlabel="epoch", ylabel="dimensions above 0.1 nats", ylim=0)
labels = middle.set(xlabel="epoch", ylabel="KL (nats), test images", ylim=0)
labels = right.set(xlabel="latent dimension, sorted", ylabel="KL (nats), first seed")
legend = left.legend(frameon=False, fontsize=8)

# %% [markdown]
r"""
**What just happened.** Same network, same seeds, same number of steps, same price at the end. All three seeds gained: 7.1, 4.1 and 1.2 nats of negative ELBO on MNIST (8, 11 and 10 on the small digits). Their rates rose, from 12.1, 13.0 and 12.2 to 14.7, 13.9 and 12.6 nats (from about 6.5 to 7.8, 9.2 and 7.8). In the right panel you see where: with warm-up seven dimensions of the first seed speak up; without it five do, and two whisper. What was learned while it was free stays when it is worth its price.

It is a repair, not a cure: the shallow network still scores better. And the count of *active* units, with its low threshold, even fell for one seed on MNIST, from 14 to 7, while its score got better by seven nats: the seven that went had only twitched. Do not judge warm-up by that count alone. The length of the ramp matters too: on the small digits with larger batches, 32 dimensions and a ramp over half of the steps, one seed of three gained nothing (302.0 without warm-up, 302.7 with it).
A network with tanh layers even collapsed completely *because* of a ramp over half of the steps (356.1 nats, rate zero; 294.5 without). Measure, with seeds, on your own model.

*Try it:* make the ramp ten times shorter. Where is the border?

Sources: Bowman et al. (2016), https://arxiv.org/abs/1511.06349; Sønderby et al. (2016), https://arxiv.org/abs/1602.02282; Fu et al. (2019), https://arxiv.org/abs/1903.10145.
"""

# %% [markdown]
r"""
### Extra: the same medicine, several times

Fu et al. (2019) repeat the ramp: the price falls back to 0 and rises again, several times in one training run. Their argument: each time that the price is low, units that have died get a new chance, with a decoder that is already good. Your `linear_warmup` needs one more operator: the remainder.

![The price over the training steps. Linear warm-up rises once and stays at 1. The cyclical schedule rises and stays at 1 for half of each cycle, then falls back to 0, four times.](figures/schedules.png)
"""

# %% figure="schedules"
cycle = math.ceil(deep_steps / 4)


def cyclical(step: int) -> float:
    """Half of each cycle a ramp from 0 to 1, the other half at 1 (Fu et al., 2019)."""
    return linear_warmup(step % cycle, cycle // 2, 1.0)


curves = {
    "linear": [linear_warmup(step, warmup_steps, 1.0) for step in range(deep_steps)],
    "cyclical": [cyclical(step) for step in range(deep_steps)],
}
axes = plotting.curves(range(deep_steps), curves, xlabel="step", ylabel="beta")
size = axes.figure.set_size_inches(5.5, 2.2)

# %%
cycled = {SEEDS[0]: train_deep(SEEDS[0], cyclical)}
for name, runs in (("constant", plain), ("warm-up ", warm), ("cyclical", cycled)):
    means = report(name, {SEEDS[0]: runs[SEEDS[0]]})

# %% [markdown]
r"""
**What just happened.** One seed each is not enough to rank three schedules: compare the differences with the spread over seeds that you saw above. Fu et al. report gains for language models, whose decoders are far better at ignoring $z$. A result from another model is a hypothesis, not a promise.
"""

# %% [markdown]
r"""
## Exercise 4.6: a target instead of a price

**4 points · 10 minutes · difficulty 2/5 · importance 3/5**

With a price you never know how much the model will buy: it depends on the data, the network, the day. Burgess et al. (2018) turn it round. Say how many nats you *want*, the capacity $C$, and fine every nat of deviation, in either direction, so heavily that the model obeys:

$$\text{loss} = \text{recon} + \gamma\, \big|\, \mathrm{KL} - C \,\big| .$$

In the paper $C$ rises slowly from 0, so that the model first buys what helps most. Two traps, both published. The KL in the formula is the *mean over images of the sum over dimensions*. One course sums it over the batch as well, and a capacity that is meant for one image is then shared by a hundred. And the bars are there
for a reason: without them a model below its target is *paid* for every nat that it leaves out. 
"""


# %% exercise="capacity_loss"
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    """Reconstruction plus gamma times the distance of the KL to the capacity: a scalar, in nats per image.

    It has the dtype of the inputs and carries gradients to x_logits, mu and log_var; no argument is changed.

    Args:
        x_logits: Decoder output before the sigmoid, (batch, 784).
        x: Images in [0, 1], (batch, 784).
        mu: Means of q(z|x), (batch, latent_dim).
        log_var: Logarithms of the variances of q(z|x), (batch, latent_dim).
        gamma: Fine for each nat of distance, 0 or more.
        capacity: KL that is wanted, in nats per image, on average over the batch.
    """
    ### BEGIN SOLUTION
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl - capacity).abs()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: you have both terms</summary>
<code>beta_vae_loss</code> returns recon and kl in the right units, and neither depends on beta. Ignore its first value.
</details>
<details><summary>Hint 2: mean first, bars second</summary>
The capacity is meant for the batch mean. So the KL is averaged first, and the distance is taken of that one number, not image by image.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>_, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)</code>, then recon plus <code>gamma</code> times the absolute value of <code>kl - capacity</code>.
</details>
"""

# %% check="capacity_loss" points=4
checks.capacity_loss(capacity_loss)
zeros = torch.zeros(2, 3)
assert capacity_loss(zeros, zeros, zeros, zeros, 1.0, 0.0).shape == (), "a scalar"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb04_beta_vae.hidden import grade_capacity_loss

grade_capacity_loss(capacity_loss)
### END HIDDEN TESTS

# %%
TARGETS = (4.0, 12.0)
obedient, rising = {}, math.ceil(len(images.train_x) / 128) * epochs // 2
for target in TARGETS:
    runtime.seed_everything()
    model = MLPVAE(latent_dim=20).to(device)

    def objective(step: int, *pass_: Tensor, target: float = target) -> Tensor:
        """Recon and a fine for leaving a capacity that rises during the first half."""
        return capacity_loss(*pass_, gamma=20.0, capacity=linear_warmup(step, rising, target))

    history = train(model, objective, images.train_x, epochs, evaluate=units)
    obedient[target] = history["kl"]
    rate, distortion = rate_distortion(model, images.test_x)
    print(f"asked for {target:g} nats: rate {rate:.2f}, distortion {distortion:.1f}")

# %% [markdown]
r"""
![KL of the test images over the epochs for two targets. Dashed lines mark the targets, 4 and 12 nats. Both curves rise to their line, overshoot a little and settle on it.](figures/capacity.png)
"""

# %% figure="capacity"
names = {f"capacity {target:g}": kls for target, kls in obedient.items()}
axes = plotting.curves(range(1, epochs + 1), names, xlabel="epoch", ylabel="KL (nats), test images")
for target in TARGETS:
    line = axes.axhline(target, color="black", linestyle="--", linewidth=0.8)
limits = axes.set_ylim(0, 1.2 * max(TARGETS))

# %% [markdown]
r"""
**What just happened.** The rates are 3.94 and 11.84 nats on MNIST (4.11 and 11.90 on the small digits) where 4 and 12 were asked for, without any search for a price. In the language of the diagram, beta chooses a slope, a capacity chooses a place on the rate axis.

Obedience is not free. On the small digits, at 12 nats, the distortion is 294.7, while the sweep above got 282.3 with only 9.3 nats. So this model lies above the curve (on MNIST it is close to it): a fine of 20 nats for every nat of deviation leaves little attention for the pictures, and the last nats were allowed late. Compare your own two points with your sweep.

Source: Burgess et al. (2018), *Understanding disentangling in beta-VAE*, https://arxiv.org/abs/1804.03599.
"""

# %% [markdown]
r"""
## Does a high price teach the model what the world is made of?

Higgins et al. proposed beta-VAEs for another reason than compression. If nats are dear, they argued, the model must describe images in the most economical way, and the most economical description of a scene is by its independent causes: shape, size, angle, place. Each latent dimension would then mean one thing. The word for
this is **disentanglement**.

With digits you could only look and nod. To *measure* it you need pictures whose causes you know. The course draws them: sprites, 6,144 pictures, one for each combination of 3 shapes, 4 sizes, 8 angles, 8 places in x and 8 in y.

![Three rows of ten small black shapes, squares, ellipses and triangles of different size, angle and place.](figures/sprites.png)
"""

# %% figure="sprites"
pictures = sprites.sprites(runtime.choose(None, 1500), generator=torch.Generator().manual_seed(0))
some = torch.randperm(len(pictures.images), generator=torch.Generator().manual_seed(3))[:30]
axes = plotting.image_grid(pictures.images[some], num_columns=10)

# %% [markdown]
r"""
## Exercise 4.7: the mutual information gap

**6 points · 25 minutes · difficulty 4/5 · importance 4/5**

Take one factor, say x. A model has separated it if *one* latent dimension knows it and no other does. "Knows" has a precise meaning, mutual information: how many nats about the factor you gain by looking at the latent. Chen et al. (2018) compare the best informed latent with the second best,

$$\mathrm{MIG} = \frac{1}{K} \sum_{k=1}^{K} \frac{1}{H(v_k)} \Big( I(z_{j_1}; v_k) - I(z_{j_2}; v_k) \Big),$$

where $j_1$ is the latent with the largest information about factor $v_k$, $j_2$ the one with the second largest, and $H(v_k)$ the entropy of the factor. Dividing by $H$ puts every factor on a scale from 0 to 1: a latent that copies the factor and keeps it for itself scores 1. Two latents that share a factor score 0,
however much they know together.

The factors are integers, the latents real numbers, so cut each latent into `num_bins` bins of **equal width** between *its own* minimum and maximum; the maximum itself belongs to the last bin. Then everything is counting, and scikit-learn counts: `mutual_info_score(a, b)` returns the mutual information of two columns of
integers in nats. What does it return for `mutual_info_score(v, v)`?

Latents and factors may be tensors or NumPy arrays. A latent that never moves has no width; it knows nothing, and must not stop you.
"""


# %% exercise="mutual_information_gap"
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    """Mean over factors of the normalised gap between the two best informed latents, from 0 to 1, as a Python float.

    Args:
        latents: Codes (mu), (num_images, latent_dim), with at least two dimensions.
        factors: Integer values of the true factors, (num_images, num_factors); each takes at least two values.
            Latents and factors are tensors or arrays, and stay as they are.
        num_bins: Equal-width bins for each latent, between its minimum and its maximum.
    """
    ### BEGIN SOLUTION
    latents = torch.as_tensor(latents).detach().cpu().double().numpy()
    factors = torch.as_tensor(factors).cpu().numpy()
    codes = []
    for latent in latents.T:
        edges = np.linspace(latent.min(), latent.max(), num_bins + 1)
        codes.append(np.digitize(latent, edges[1:-1]))
    gaps = []
    for factor in factors.T:
        information = sorted(mutual_info_score(factor, code) for code in codes)
        entropy = mutual_info_score(factor, factor)
        gaps.append((information[-1] - information[-2]) / entropy)
    return float(np.mean(gaps))
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: three loops</summary>
First turn each latent into bin numbers. Then, for each factor, collect its mutual information with every latent and sort. The gap is between the last two. Entropy: $I(v; v) = H(v)$.
</details>
<details><summary>Hint 2: equal width</summary>
<code>np.linspace(low, high, num_bins + 1)</code> gives all edges. <code>np.digitize(latent, inner_edges)</code> returns bin numbers. Hand it only the inner edges, without the first and the last: then the maximum falls into the last bin, and a constant latent into a single one.
</details>
<details><summary>Hint 3: almost the code</summary>
Per factor: <code>information = sorted(mutual_info_score(factor, code) for code in codes)</code>, the gap of its two largest entries, over <code>mutual_info_score(factor, factor)</code>. Return the mean over factors as a <code>float</code>. For tensors: <code>torch.as_tensor(latents).detach().cpu().numpy()</code>.
</details>
"""

# %% check="mutual_information_gap" points=6
checks.mutual_information_gap(mutual_information_gap)
assert (
    mutual_information_gap(np.eye(2).repeat(50, axis=0), np.arange(100).reshape(-1, 1) // 50) == 0
), "two latents that know the same leave no gap"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb04_beta_vae.hidden import grade_mutual_information_gap

grade_mutual_information_gap(mutual_information_gap)
### END HIDDEN TESTS

# %% [markdown]
r"""
Before you trust a ruler, measure something that you know. A perfect code, a pure-noise code, and the perfect code *rotated* by 45 degrees in one plane: the same information, nothing lost, read along other axes.
"""

# %%
truth = pictures.factors.double()
perfect = (truth - truth.mean(0)) / truth.std(0)
rotated = perfect.clone()
rotated[:, 3] = (perfect[:, 3] + perfect[:, 4]) / math.sqrt(2)
rotated[:, 4] = (perfect[:, 3] - perfect[:, 4]) / math.sqrt(2)
noise = torch.randn(perfect.shape)
for name, code in (("perfect", perfect), ("rotated in x and y", rotated), ("noise", noise)):
    print(f"{name:18}: MIG {mutual_information_gap(code, pictures.factors):.3f}")

# %% [markdown]
r"""
**What just happened.** The perfect code scores 1.000 and noise 0.001, as it should be. The rotated code holds exactly the same information: you could undo the rotation with two additions. But neither of its two mixed axes knows x or y better than the other, the gap of both factors vanishes, and two fifths of the score are gone: 0.600. MIG does not ask what a code knows, it asks along which *axes*.

Now the models. The same small network, two prices, several seeds each.
"""

# %%
SPRITE_BETAS = (1, 4)
num_sprite_seeds = runtime.choose(5, 2)
SPRITE_SEEDS = [num_sprite_seeds * runtime.seed() + i for i in range(num_sprite_seeds)]
sprite_x = pictures.images.to(device)
coders, gaps = {}, {beta: [] for beta in SPRITE_BETAS}
sprite_seconds = 0.0
for beta in SPRITE_BETAS:
    for seed in SPRITE_SEEDS:
        runtime.seed_everything(seed)
        model = MLPVAE(hidden_dims=(256, 256), latent_dim=6).to(device)
        history = train(model, at_price(beta), sprite_x, runtime.choose(20, 3), seed=seed)
        sprite_seconds += history.seconds
        coders[beta, seed] = model
        gaps[beta].append(
            mutual_information_gap(evaluation.encode(model, sprite_x)[0], pictures.factors)
        )
    print(f"beta {beta}: MIG " + "  ".join(f"{gap:.3f}" for gap in gaps[beta]))

# %% [markdown]
r"""
![MIG of every trained model as a dot, seeds side by side, for beta 1 and beta 4. The two clouds overlap, and all dots are far below the dotted line of the perfect code.](figures/mig.png)
"""

# %% figure="mig"
axes = plotting.new_axes(4.5, 3)
for place, values in enumerate(gaps.values()):
    offsets = np.linspace(-0.12, 0.12, len(values))
    dots = axes.plot(place + offsets, values, "o", color=plotting.PALETTE[place])
    mean = axes.hlines(np.mean(values), place - 0.2, place + 0.2, color="black", linewidth=1)
ticks = axes.set_xticks(range(len(gaps)), [f"beta {beta}" for beta in gaps])
limits = axes.set(ylabel="MIG, one dot per seed", ylim=(0, 1.05), xlim=(-0.5, len(gaps) - 0.5))
line = axes.axhline(
    mutual_information_gap(perfect, pictures.factors), color="black", linestyle=":", label="perfect"
)
legend = axes.legend(frameon=False, loc="center right")

# %% [markdown]
r"""
**What just happened.** In the run behind this text, five seeds of $\beta = 1$ gave 0.18, 0.13, 0.16, 0.03 and 0.07, five of $\beta = 4$ gave 0.25, 0.17, 0.18, 0.12 and 0.29. The means are 0.11 and 0.20: on average the dearer model scores higher. But the best seed at 1 beats three of the five at 4, and seeds of the *same* model differ by more than the two means do. With one seed each you could have
published either conclusion. And all models are far from the perfect code. Low scores are common: users of a well-known implementation found 0.001 to 0.01 and asked what they had broken (YannDubs/disentangling-vae, issue 52).

Locatello et al. (2019) did this on a scale that nobody else could pay for: more than 12,000 models, six methods, seven data sets. The random seed and the hyperparameters mattered more than the method, and without labels there was no reliable way to tell a good run from a bad one. They also proved why one should not hope for more: without
assumptions about model and data, disentanglement from unlabelled images is impossible in principle. A rotation like the one above is the heart of the argument: independent Gaussian latents are just as independent and just as Gaussian after a turn, so no loss that looks only at the images can prefer the one to the other.

So what does beta do, if it does not guarantee meaning? A diagonal posterior and a scarce budget do favour some axes over others, and on average that helps. An average is no promise about your run. If you read a paper that shows traversals of one model, ask to see the other seeds.
"""

# %% [markdown]
r"""
A **traversal** shows what one latent dimension does: encode one picture, move a single coordinate from $-2$ to $2$, decode.

![Two blocks of pictures, left for beta 1 and right for beta 4. Each row moves one latent dimension from minus two to two on the same sprite. Rows are sorted by KL, the busiest dimension on top.](figures/traversals.png)
"""


# %%
def traverse(model: nn.Module, x: Tensor, values: Tensor) -> tuple[Tensor, list[int]]:
    """Pictures with one row per latent dimension, the busiest first, and the order of the dimensions."""
    with torch.no_grad():
        mu, _ = model.encode(x)
        order = kl_per_dimension(*evaluation.encode(model, sprite_x)).argsort(descending=True)
        z = mu[:1].repeat(len(order), len(values), 1)
        for row, dimension in enumerate(order):
            z[row, :, dimension] = values
        return model.decode(z).sigmoid().flatten(0, 1), order.tolist()


# %% figure="traversals"
figure, panels = plt.subplots(1, 2, figsize=(9, 3.3), layout="constrained")
values = torch.linspace(-2, 2, 9, device=device)
for ax, beta in zip(panels, SPRITE_BETAS, strict=True):
    best = int(np.argmax(gaps[beta]))
    rows, order = traverse(coders[beta, SPRITE_SEEDS[best]], sprite_x[some[:1].to(device)], values)
    names = [f"z_{dimension + 1}" for dimension in order]
    axes = plotting.image_grid(rows, len(values), ax=ax, row_titles=names)
    title = ax.set_title(
        f"beta {beta}, best of {len(gaps[beta])} seeds: MIG {gaps[beta][best]:.2f}", fontsize=10
    )

# %% [markdown]
r"""
**What just happened.** Read a row as a question: what changes when only this number changes? If one row changes one thing, you have found an axis; if it changes place and size together, you see what a low MIG looks like. Look for rotation: in nine models measured while this lesson was written (three prices, three seeds) its gap never passed 0.01. Turning a small sprite changes few pixels, so it is worth few nats. A row in which nothing moves is a dead unit.

*Try it:* show the *worst* seed instead (`np.argmin`). Could you have told from the pictures?

Sources: Chen et al. (2018), https://arxiv.org/abs/1802.04942; Locatello et al. (2019), https://arxiv.org/abs/1811.12359. The sprites are modelled on dSprites (Matthey et al., 2017).
"""

# %% [markdown]
r"""
## Result card

Your numbers beside the band in which this program landed before, over several seeds.
"""

# %%
rows = {}
for beta in (0.5, 1, 5):
    terms = evaluation.neg_elbo(sweep[beta], images.test_x)
    rows[f"beta {beta:g}, 784-400-20"] = {
        "neg_elbo": terms.neg_elbo,
        "recon": terms.recon,
        "kl": terms.kl,
        "active_units": evaluation.active_units(sweep[beta], images.test_x),
        "seconds": seconds[beta],
    }
for name, runs in (("constant", plain), ("warm-up", warm)):
    means, spent = deep_scores[name], sum(history.seconds for _, history in runs.values())
    rows[f"deep, {name} price, mean of {len(SEEDS)} seeds"] = {
        **{key: means[key] for key in ("neg_elbo", "kl", "active_units", "speaking")},
        "seconds": spent,
    }
for beta in SPRITE_BETAS:
    rows[f"sprites, beta {beta}, mean of {len(SPRITE_SEEDS)} seeds"] = {
        "mig": float(np.mean(gaps[beta]))
    }
result_card("04_beta_vae", rows, images.name)

# %% [markdown]
r"""
## Summary

- Beta is the price of a nat. It stands in front of the KL, once, and nowhere else; a mean over dimensions sets it without telling you.
- Rate and distortion say more than their sum. The slope of the curve between them is minus the price.
- A dimension is dead when $\mu_j$ does not move from image to image. Surplus dimensions should die; useful ones die too when the bill comes before the decoder can read.
- Warm-up changes the order of events: first learn to read, then pay. Ramps can fail; look at the score over several seeds, not only at the number of units.
- A capacity asks for nats directly. It is meant per image.
- MIG depends on the axes. Show every seed.

## Questions to discuss
"""

# %% [markdown]
r"""
### A beta without reductions (2 points)

A repository trains a VAE on 64 x 64 colour pictures with 10 latent dimensions. Its loss is the *mean* squared error over all pixels and channels plus 0.005 times the KL, which is summed over dimensions. "We use beta = 0.005, so ours is hardly regularised." Work out which beta this is for a Gaussian decoder with $\sigma = 1$, whose cost is half of the *summed* squared error. What do you expect its
rate to be, compared with $\beta = 1$, and which one experiment would show whether its blurred pictures are the fault of the price?
"""

# %% [markdown] written="beta_without_reductions" points=2
r"""
There are $64 \cdot 64 \cdot 3 = 12288$ squared errors. To turn the mean into half of the sum, multiply the loss by $12288 / 2 = 6144$. The KL is multiplied as well: its weight becomes $0.005 \cdot 6144 \approx 30.7$. So the real beta is about 31, thirty times the negative ELBO's price, not a two-hundredth of it. (With another $\sigma$ it would be another number: $\sigma$ and beta cannot be told apart in this loss.)

At such a price only messages that save 31 nats per nat are sent, so the rate is far lower than at beta 1, probably only a few active units, and fine detail is not worth its price: pictures are blurred. To find out whether the price is to blame, train the same network at several betas and draw the rate-distortion curve. If distortion falls steeply as the price falls,
it was the price. If the curve is flat, or the rate rises and the pictures stay blurred, it is the network or the Gaussian likelihood.
"""

# %% [markdown]
r"""
### Two dead units (2 points)

Two models have 12 dead units of 20. In model A they died in the first epoch of training at a constant $\beta = 1$, in model B they faded slowly after a long warm-up, at the end of which all had been active. Are they equally dead? Describe what you would measure to decide whether each model *should* have more active units, and say why "more active units" is not a goal in itself.
"""

# %% [markdown] written="two_dead_units" points=2
r"""
In both models the dead dimensions have posterior equal to prior and cost nothing, so the bars look the same. The histories differ. In B every unit was once readable for the decoder and was dropped while it could have paid: at this price, with this network, its information was probably not worth one nat per nat. In A the units were switched off before the decoder could read anything, so nothing is known about what they could have saved.

Measure the test negative ELBO of A against a run of the same network with warm-up, over several seeds. If warm-up gives more active units *and* a better negative ELBO, A's units died too early. If it gives more units and the same score, they were surplus. For B, try a longer ramp or free the price again for a while (cyclical annealing): if the units come back and the score does not improve, they should be dead.
More units are no goal because the loss is: a unit that carries 0.02 nats counts as active by the threshold and changes nothing, and at a lower price you can make all units active and the negative ELBO worse.
"""

# %% [markdown]
r"""
## Where next

- **[Lesson 05](../05_latent_space/05_latent_space.ipynb)** looks into the latent space: grids, walks and neighbours.
- **[Lesson 06](../06_gumbel_vae/06_gumbel_vae.ipynb)** uses the capacity to make a *categorical* latent speak, one that collapses completely without it.
- **Lesson 07** asks how far the negative ELBO is from $-\log p(x)$.
- Not yet read? **[Lesson 02](../02_vae/02_vae.ipynb)** counts the betas that reductions hide, **[Lesson 03](../03_cvae/03_cvae.ipynb)** hands the class to the model.

To read: Alemi et al. (2018) for rate and distortion, Locatello et al. (2019) for what not to believe. Lucas et al. (2019), *Don't blame the ELBO!*, https://arxiv.org/abs/1911.02469, on when collapse is the fault of the objective and when it is not.
"""
