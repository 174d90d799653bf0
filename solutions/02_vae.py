# %% [markdown]
r"""
# Lesson 02: a variational autoencoder from scratch

In [lesson 01](../01_elbo/01_elbo.ipynb) you met a bound on the evidence, a KL divergence and a trick that lets gradients through a random draw. Here you bolt two small
networks onto them and get a machine that draws digits.

**You will be able to**

- write, train, score and sample from a VAE, with no line that you could not defend;
- say whether a loss of 106 is good, and refuse the question when the units are missing;
- recognise the bugs that most published VAE code has had at some time: noise switched off in evaluation, a mean where a sum belongs,
  a variance hidden inside a squared error.

**What it takes.** About two hours of your time. The computer needs a little over three minutes on MNIST, two of them for the published network at the end, and half a minute on the
built-in digits (measured on 2 CPU cores, no GPU). You need the three formulas of lesson 01; each is repeated where it is used.

Units, everywhere: **nats per image**. Sum over pixels and over latent dimensions, mean over the batch. Every symbol of the course is on one page, the
[glossary](glossary.md).
"""

# %% setup=true
import math
from collections.abc import Callable, Iterable

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from course_utils import data, evaluation, plotting, published, runtime, training
from course_utils.checks import nb02_vae as checks
from course_utils.result_card import result_card

# %%
runtime.seed_everything()
images = data.load("mnist")
print(f"{images.name}: {len(images.train_x):,} to learn from, {len(images.test_x):,} to test on")

# %% [markdown]
r"""
Here are twenty of the test images. Each is a row of 784 numbers between 0 (white) and 1 (black ink).

![Two rows of ten handwritten digits in black ink on white.](figures/data.png)
"""

# %% figure="data"
axes = plotting.image_grid(images.test_x[:20], num_columns=10)

# %% [markdown]
r"""
## What is a good loss?

Before any network, a question that most tutorials skip. Your VAE will report a number, say 106. Is that good? You cannot know without a ladder
of simpler models to compare it with. So you build the ladder first.

All rungs are scored in the same way. A model gives each pixel a probability $p_i$ of being inked, and pays the *Bernoulli negative log-likelihood*

$$-\log p(x) = -\sum_{i=1}^{784} \big[ x_i \log p_i + (1 - x_i) \log (1 - p_i) \big] .$$

- **Know nothing.** $p_i = \tfrac12$ everywhere costs $784 \ln 2 = 543.4$ nats, whatever the image. Learn this number by heart: a fresh VAE starts near it.
- **The mean image.** $p_i$ is how dark pixel $i$ is on average.
- **PCA with 20 components.** A linear autoencoder, its output clipped to valid probabilities. It sees the image before it answers and pays nothing for
  the 20 numbers that it takes from it.
- **A perfect copy.** $p_i = x_i$. This is the floor, and on grey pixels it is not zero.

![Bar chart of the cost of three models in nats per image. Knowing nothing costs 543, the mean image much less, PCA with twenty components less again. A dashed line marks the floor that a perfect copy pays, well above zero.](figures/ladder.png)
"""

# %% figure="ladder"
ladder = evaluation.baseline_ladder(images.train_x, images.test_x, num_components=20)
uncertainty = torch.special.entr(images.test_x) + torch.special.entr(1 - images.test_x)
floor = uncertainty.sum(dim=1).mean().item()
axes = plotting.ladder(ladder)
line = axes.axvline(floor, color="black", linestyle="--", linewidth=1)
title = axes.set_title(f"dashed: a perfect copy pays {floor:.1f}", fontsize=9, loc="left")

# %% [markdown]
r"""
**What just happened.** You have a scale. A model that is worse than the mean image has learned nothing. Nobody can get below the dashed line: a grey
pixel of $0.5$ costs at least $\ln 2$, because a Bernoulli variable is never grey. This is also why scores on grey images cannot be compared with
scores on black-and-white images, although many papers and most tutorials do (see Loaiza-Ganem and Cunningham, 2019; lesson 07 does it properly).

The comparison is not quite fair to the mean image. PCA read the answer first, and nobody charged it for the message. A VAE must pay for its message. The price is
called the KL.
"""

# %% [markdown]
r"""
## Exercise 2.1: the model

**8 points · 20 minutes · difficulty 2/5 · importance 5/5**

You send an image through a keyhole of 20 numbers and want it back. A VAE adds one twist: the encoder does not say *where* the image lies in
the latent space, it says where it *probably* lies, a Gaussian with mean $\mu$ and variance $\sigma^2$ in each of the 20 directions.

```text
 x (784) ── linear ── ReLU (400) ──┬── linear ── mu      (20) ──┐
                                   └── linear ── log_var (20) ──┤  z = mu + sigma * eps
                                                                │
 x_logits (784) ── linear ────────── ReLU (400) ── linear ──── z (20)
```

Three details decide whether it works.

- `log_var` is the natural logarithm of the *variance*. A linear layer may output any number, and $e^{\text{anything}}$ is a valid variance. So both heads are plain
  linear layers, with nothing behind them.
- $z = \mu + \sigma\,\epsilon$ with $\epsilon \sim \mathcal{N}(0, I)$ (Kingma and Welling, 2014, section 2.4). All the randomness sits in $\epsilon$, so the gradient
  reaches $\mu$ and $\sigma$. How do you get $\sigma$ from $\ln\sigma^2$?
- `decode` returns **logits**, the numbers before the sigmoid. The next exercise shows why.

Write the class. Each method is one to four lines. Finish them in any order: each one earns its own points.
"""


# %% exercise="VAE"
class VAE(nn.Module):
    """A variational autoencoder with one hidden ReLU layer on each side (Kingma and Welling, 2014, Appendix C).

    Args:
        input_dim: Number of pixels of an image.
        hidden_dim: Width of both hidden layers.
        latent_dim: Number of latent dimensions; kept as an attribute.

    Five linear layers with biases, as drawn above.
    """

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        ### BEGIN SOLUTION
        self.latent_dim = latent_dim
        self.encoder_hidden = nn.Linear(input_dim, hidden_dim)
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.decoder_hidden = nn.Linear(latent_dim, hidden_dim)
        self.logits_head = nn.Linear(hidden_dim, input_dim)
        ### END SOLUTION

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Images (batch, input_dim) -> mu and log_var of q(z|x), each (batch, latent_dim). Nothing random."""
        ### BEGIN SOLUTION
        hidden = F.relu(self.encoder_hidden(x))
        return self.mu_head(hidden), self.log_var_head(hidden)
        ### END SOLUTION

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        """A sample z of N(mu, exp(log_var)), (batch, latent_dim): fresh noise in every call, also after `eval()`.

        mu and log_var stay as they are.
        """
        ### BEGIN SOLUTION
        sigma = torch.exp(0.5 * log_var)
        return mu + sigma * torch.randn_like(sigma)
        ### END SOLUTION

    def decode(self, z: Tensor) -> Tensor:
        """Latents (batch, latent_dim) -> x_logits (batch, input_dim), before the sigmoid. Nothing random."""
        ### BEGIN SOLUTION
        return self.logits_head(F.relu(self.decoder_hidden(z)))
        ### END SOLUTION

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Images (batch, input_dim) -> x_logits of one sample of z, mu, log_var, in this order."""
        ### BEGIN SOLUTION
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var
        ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: how many layers?</summary>
Count the word "linear" in the drawing: five. Make them in `__init__` and use them in `encode` and `decode`.
</details>
<details><summary>Hint 2: from log-variance to standard deviation</summary>
$\sigma = \sqrt{\sigma^2}$ and $\sigma^2 = e^{\texttt{log\_var}}$. Pull the square root into the exponent. The noise has the shape of <code>mu</code>, so every number
gets its own: <code>torch.randn_like</code>.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>sigma = torch.exp(0.5 * log_var)</code>. In <code>encode</code>: one hidden layer, one <code>F.relu</code>, then two heads that read the same hidden layer. <code>forward</code>
only calls the other three.
</details>
"""

# %% check="VAE" points=8
checks.VAE(VAE)
assert VAE(6, 5, 2)(torch.zeros(3, 6))[0].shape == (3, 6), (
    "forward returns x_logits first, one row per image"
)
### BEGIN HIDDEN TESTS
from autograder.exercises.nb02_vae.hidden import grade_VAE

grade_VAE(VAE)
### END HIDDEN TESTS

# %%
model = VAE().to(images.train_x.device)
x_logits, mu, log_var = model(images.test_x[:500])
print(f"{sum(p.numel() for p in model.parameters()):,} parameters")
print(
    f"logits: mean {x_logits.mean():+.3f}, spread {x_logits.std():.3f};  sigma: mean {(0.5 * log_var).exp().mean():.3f}"
)

# %% [markdown]
r"""
**What just happened.** A fresh network says almost zero everywhere. A logit of $0$ is a probability of $\tfrac12$, and $\ln\sigma^2 = 0$ is $\sigma = 1$. So before any learning
your VAE *is* the first rung of the ladder: it knows nothing, its posterior is the prior, and it should cost about 543.4 nats. You will check that in a minute.

Two bugs to know by sight. `exp(log_var)` used as the standard deviation runs without an error and even learns, because nothing else knows what the
sampler does; one well-known university lab used it as a variance in the KL and as a standard deviation in the sampler. And `log_var.exp_()` with the
underscore overwrites `log_var` itself, before the KL has read it.

Source: Kingma and Welling (2014), section 3 and Appendix C, https://arxiv.org/abs/1312.6114; Rezende, Mohamed and Wierstra (2014) found
the same model independently, https://arxiv.org/abs/1401.4082.
"""

# %% [markdown]
r"""
## Exercise 2.2: the loss

**5 points · 15 minutes · difficulty 3/5 · importance 5/5**

You want $\log p(x)$ large. You cannot compute it, but lesson 01 gave you a bound. Its negative is what you minimise:

$$\underbrace{-\log p(x)}_{\text{what you want}} \;\le\; \underbrace{-\mathbb{E}_{q(z|x)}\big[\log p(x|z)\big]}_{\text{recon}} + \underbrace{\mathrm{KL}\big(q(z|x)\,\|\,p(z)\big)}_{\text{kl}} .$$

(Kingma and Welling, 2014, equation 3.) Read it as a telegram. The KL is the price of sending $z$; recon is the price of the corrections that the receiver still
needs. The expectation is estimated with *one* sample: the one that produced `x_logits`.

**recon.** Put $p_i = 1/(1+e^{-l_i})$ into the Bernoulli cost of the ladder. Try it on paper: everything collapses to

$$\text{recon} = \sum_i \big[ \log(1 + e^{l_i}) - x_i\, l_i \big] ,$$

with no probability left in it. That matters: at $l = 100$ the probability is exactly 1 for the computer, and $\log(1 - p)$ is minus infinity.

**kl.** For a diagonal Gaussian $q$ and $p(z) = \mathcal{N}(0, I)$ (Appendix B of the paper):

$$\mathrm{KL} = \tfrac12 \sum_j \big( \mu_j^2 + \sigma_j^2 - 1 - \ln \sigma_j^2 \big) .$$

Mind what the $\tfrac12$ covers. Return three scalars: the loss, and its two terms separately, because a sum of two terms hides which one is broken.
"""


# %% exercise="vae_loss"
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Negative ELBO of a Bernoulli decoder, in nats per image: sums over dimensions, mean over the batch.

    Args:
        x_logits: Decoder output before the sigmoid, (batch, 784); any finite numbers.
        x: Images in [0, 1], grey values included, (batch, 784).
        mu: Means of q(z|x), (batch, latent_dim).
        log_var: Logarithms of the variances of q(z|x), (batch, latent_dim).

    Returns:
        (loss, recon, kl), three scalar tensors with loss = recon + kl. The arguments stay as they are.
    """
    ### BEGIN SOLUTION
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: sum, then mean</summary>
Work with one number per image, shape (batch,), for as long as you can. Take the mean over the batch last.
</details>
<details><summary>Hint 2: never build the probability</summary>
PyTorch has the formula above as <code>F.binary_cross_entropy_with_logits</code>. Its default is a mean over everything. Which <code>reduction</code> leaves
the choice to you? (<code>F.softplus</code> is $\log(1 + e^l)$, if you prefer to write it yourself.)
</details>
<details><summary>Hint 3: almost the code</summary>
<code>F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()</code> is recon. Write kl in the same shape: the bracket, the sum over
<code>dim=1</code>, the half, the mean.
</details>
"""

# %% check="vae_loss" points=5
checks.vae_loss(vae_loss)
assert (
    len(vae_loss(torch.zeros(2, 3), torch.ones(2, 3), torch.zeros(2, 1), torch.zeros(2, 1))) == 3
), "(loss, recon, kl)"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb02_vae.hidden import grade_vae_loss

grade_vae_loss(vae_loss)
### END HIDDEN TESTS

# %% [markdown]
r"""
First the promise: an untrained VAE should cost 543.4 nats and a little. Then the picture of why you work with logits: the price of a pixel without ink
as the decoder grows sure that it is inked.

![Price of one pixel without ink against the logit, three curves. The exact price rises along a straight line. The clamped one leaves the line near a logit of 17 and jumps to a flat 100. The one with a logarithm of one minus the sigmoid ends near 17, where it becomes infinite.](figures/saturation.png)
"""

# %% figure="saturation"
loss, recon, kl = vae_loss(x_logits, images.test_x[:500], mu, log_var)
print(f"untrained: loss {loss:.1f} = recon {recon:.1f} + kl {kl:.2f}")
print(f"784 ln 2 = {784 * math.log(2):.1f}")

logit, no_ink = torch.linspace(0, 30, 301), torch.zeros(301)
p = logit.sigmoid()
prices = {
    "exact, from logits": F.binary_cross_entropy_with_logits(logit, no_ink, reduction="none"),
    "F.binary_cross_entropy of p": F.binary_cross_entropy(p, no_ink, reduction="none"),
    "-log(1 - p)": -torch.log(1 - p),
}
axes = plotting.curves(logit, prices, xlabel="logit of a pixel without ink", ylabel="price (nats)")
for curve, width, style in zip(axes.lines, (7, 2.5, 1.5), ("-", "-", "--"), strict=True):
    curve.set(linewidth=width, linestyle=style)
mark = axes.plot(16.6, 16.6, "kx", markersize=9, label="infinite from here on")
legend = axes.legend(frameon=False, loc="upper left", fontsize=8)

# %% [markdown]
r"""
**What just happened.** The untrained loss is a few nats above 543.4. Its logits are not exactly zero, and a pixel that says $l$ without knowing anything pays about $l^2/8$ extra:
with a spread of 0.24, $784 \cdot 0.24^2 / 8 \approx 6$. Opinions cost.

Now the figure. The true price of being wrong is a straight line: every further nat of confidence costs one nat. The two other recipes are right up to a
logit of about 17. There the float32 sigmoid rounds to exactly 1. One recipe then returns infinity. The other, PyTorch's own `F.binary_cross_entropy`, clamps the logarithm at
$-100$: it jumps from 17 to 100 and then stays flat, with a gradient of zero. A pixel out there is *most* wrong and learns *nothing*.

Neither fails on the first day. Logits grow as training goes on. That is how such a bug gets published.

*Try it:* what is the gradient of the exact price at a logit of 100? And there for a pixel that does have ink?
"""

# %% [markdown]
r"""
## Exercise 2.3: one step of learning

**4 points · 8 minutes · difficulty 2/5 · importance 4/5**

Four things happen in a step: forget old gradients, compute the loss, ask for its gradients, move. PyTorch *adds* new gradients to whatever lies in `.grad`.
So what happens if you leave out the forgetting? Nothing you would notice at once: Adam divides out the scale of the gradients, and the
loss still falls, along a direction that averages every batch since the start.

Return the loss as a plain Python number. A tensor would drag its whole graph along, and a list of a thousand of them keeps a thousand graphs in memory.
"""


# %% exercise="train_step"
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    """Exactly one update of the model on the batch x of shape (batch, 784), with `vae_loss` and one sample of z.

    Gradients left by earlier calls do not count. The model stays in training mode.

    Returns:
        The loss before the update, in nats per image, as a Python float.
    """
    ### BEGIN SOLUTION
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: the order</summary>
Gradients must be fresh when <code>step</code> reads them. Which call fills them? Which call empties them?
</details>
<details><summary>Hint 2: what the model gives you</summary>
<code>model(x)</code> returns <code>x_logits, mu, log_var</code>, and <code>vae_loss</code> wants the image between the first two. It returns three things. You need the first.
</details>
<details><summary>Hint 3: almost the code</summary>
After the loss: <code>optimizer.zero_grad()</code>, <code>loss.backward()</code>, <code>optimizer.step()</code>, and <code>loss.item()</code> makes the float.
</details>
"""

# %% check="train_step" points=4
checks.train_step(train_step)
tiny = VAE(784, 8, 2)
assert isinstance(
    train_step(tiny, torch.zeros(4, 784), torch.optim.SGD(tiny.parameters(), lr=1e-3)), float
)
### BEGIN HIDDEN TESTS
from autograder.exercises.nb02_vae.hidden import grade_train_step

grade_train_step(train_step)
### END HIDDEN TESTS

# %% [markdown]
r"""
The oldest test of any learning code: can it memorise one small batch? If it cannot, no amount of data will help. If it can, you have proved that the gradients
arrive, and nothing more.

![Loss on one memorised batch of a hundred images against the number of steps. It falls from 543 nats, passes the level of the mean image within a few dozen steps and ends far below it.](figures/one_batch.png)
"""

# %% figure="one_batch"
one_batch = images.train_x[:100]
memoriser = VAE().to(one_batch.device)
optimizer = training.adam(memoriser, lr=2e-3)
losses = [train_step(memoriser, one_batch, optimizer) for _ in range(runtime.choose(400, 60))]

steps = range(1, len(losses) + 1)
axes = plotting.curves(steps, {"one batch": losses}, xlabel="steps", ylabel="nats per image")
line = axes.axhline(ladder["mean image"], color="black", linestyle="--", label="mean image")
legend = axes.legend(frameon=False)

# %% [markdown]
r"""
**What just happened.** The curve starts near 543 as promised and falls steeply to the level of the mean image (the cheapest thing to learn: the biases of the last layer are enough). There it bends,
and only then does the model learn to tell images apart. You will see this bend in almost every VAE curve.

The end of the curve looks wonderful, far below the mean image. Do you trust it? The model has seen these hundred images hundreds of times. You need a
number from images that it has never seen.
"""

# %% [markdown]
r"""
## Exercise 2.4: an honest score

**4 points · 10 minutes · difficulty 2/5 · importance 5/5**

`evaluate` returns the negative ELBO on images that the model has not learned from. It must leave no trace: no gradients, no changed
parameters, and the model goes back to the mode (`train` or `eval`) in which it came.

There is a temptation here. Many published programs switch the noise off when they evaluate and decode $\mu$ itself. The score gets better. But the ELBO is an *expectation over*
$q(z|x)$; without the noise, the number is the loss of a plain autoencoder plus a KL that belongs to another model, and bounds nothing. (The first author of the VAE paper pointed this
out in PyTorch's own example: pytorch/examples, issue 419.) **Sampling stays on.**
"""


# %% exercise="evaluate"
def evaluate(model: nn.Module, x: Tensor) -> float:
    """Negative ELBO of the images x of shape (num_images, 784), in nats per image, with one sample of z per image.

    Computes no gradients, changes no parameter and no `.grad`, leaves gradients switched on, and leaves the
    model in the mode in which it found it.
    """
    ### BEGIN SOLUTION
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss.item()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: what to remember</summary>
<code>model.training</code> is True or False. Read it before you call <code>model.eval()</code>, which switches off dropout and its like in models that have them.
</details>
<details><summary>Hint 2: no graph</summary>
Everything inside <code>with torch.no_grad():</code> is computed without recording. Call the whole model, <code>model(x)</code>, so that z is sampled.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>was_training = model.training</code>, <code>model.eval()</code>, the loss under <code>torch.no_grad()</code>, and at the end <code>model.train(was_training)</code>.
</details>
"""

# %% check="evaluate" points=4
checks.evaluate(evaluate)
assert isinstance(evaluate(VAE(784, 8, 2), torch.zeros(4, 784)), float), "a Python float"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb02_vae.hidden import grade_evaluate

grade_evaluate(evaluate)
### END HIDDEN TESTS

# %%
print(f"the memoriser on its own 100 images: {evaluate(memoriser, one_batch):.1f} nats per image")
print(f"the memoriser on images it never saw: {evaluate(memoriser, images.test_x):.1f}")
print(f"the mean image on those: {ladder['mean image']:.1f}")

# %% [markdown]
r"""
**What just happened.** The distance between the first two numbers is memory; only the second is knowledge. After hundreds of steps the memoriser is not far below the mean image, which was never trained at all. Now use all the images: your model, your `train_step`, your `evaluate` after every
epoch.
"""

# %%
runtime.seed_everything()
model = VAE().to(images.train_x.device)
epochs = runtime.choose({"digits": 150}.get(images.name, 15), 3)


def watch(model: nn.Module) -> dict[str, float]:
    """Your own score and the two terms, on the test images."""
    terms = evaluation.neg_elbo(model, images.test_x)
    return {"neg_elbo": evaluate(model, images.test_x), "recon": terms.recon, "kl": terms.kl}


history = training.fit(model, images.train_x, train_step, epochs=epochs, evaluate=watch)
print(f"test neg ELBO {history['neg_elbo'][-1]:.1f} nats per image after {history.seconds:.0f} s")

# %% [markdown]
r"""
![Three panels over the epochs. Training loss and test negative ELBO fall together and flatten. The reconstruction term falls, while the KL rises.](figures/training.png)
"""

# %% figure="training"
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 3), layout="constrained")
curves = {"training loss": history["loss"], "test neg ELBO": history["neg_elbo"]}
plotting.training_curves(curves, ax=left)
plotting.training_curves({"recon (test)": history["recon"]}, ax=middle)
axes = plotting.training_curves({"KL (test)": history["kl"]}, ax=right)

# %% [markdown]
r"""
**What just happened.** The two panels on the right are a trade. The KL *rises* (on the small digits data after a first dip: a message is worth nothing until the decoder can read it). The model spends more nats on $z$, because each of them saves more than one nat of corrections.
It stops where the next nat of message saves exactly one. On MNIST that is at a KL of about 25 nats: a digit fits in some $25 / \ln 2 \approx 36$ bits.

Training and test curve stay close. Should the test curve turn up one day while the training loss keeps falling, the memoriser is back.

Now the ladder, with the VAE on it.

![The ladder of costs again with a fourth bar for the VAE, recon and KL added up. It is near PCA, far below the mean image. A dashed line marks the floor of a perfect copy.](figures/ladder_with_vae.png)
"""

# %% figure="ladder_with_vae"
axes = plotting.ladder(ladder | {"VAE, KL included": history["neg_elbo"][-1]})
line = axes.axvline(floor, color="black", linestyle="--", linewidth=1)
title = axes.set_title(f"dashed: a perfect copy pays {floor:.1f}", fontsize=9, loc="left")

# %% [markdown]
r"""
**What just happened.** Your VAE has climbed to the height of PCA, and PCA cheats: nobody charges it for its 20 numbers, and it may write them with infinite precision. The VAE pays for each nat of its message. On MNIST it
wins all the same, by some five nats. On the small digits data PCA keeps a lead of about twenty nats, a little more than the KL that the VAE pays.

Next, the temptation of exercise 2.4, measured.
"""

# %%
with torch.no_grad():
    mu, log_var = model.encode(images.test_x)
    without_noise, _, _ = vae_loss(model.decode(mu), images.test_x, mu, log_var)
scores = torch.tensor([evaluate(model, images.test_x) for _ in range(5)])
print(f"evaluate, five times: {scores.mean():.2f}, spread {scores.std():.2f}")
print(f"noise switched off:   {without_noise:.2f}  (not a bound on anything)")

# %% [markdown]
r"""
**What just happened.** Five evaluations with fresh noise agree within a fraction of a nat: averaging over all test images tames the noise, so there was no need to switch it off. And switching it
off makes the score *better* by several nats (eight on MNIST): a bug would carry you past many a published improvement. A "VAE loss" that is reproducible to the last digit, call after call, is suspect.

Look at what the model returns for single images.

![Ten test images above their reconstructions. Each reconstruction is the same digit, smoother than the original.](figures/reconstructions.png)
"""

# %% figure="reconstructions"
with torch.no_grad():
    x_hat = model(images.test_x[:10])[0].sigmoid()
axes = plotting.reconstruction_pairs(images.test_x[:10], x_hat)

# %% [markdown]
r"""
## Exercise 2.5: draw digits that nobody wrote

**3 points · 6 minutes · difficulty 1/5 · importance 5/5**

So far every image went in before one came out. Now throw the encoder away. The model says how images are born: first $z \sim p(z) = \mathcal{N}(0, I)$, then $x$ from the decoder.
Training pulled every $q(z|x)$ towards this prior; that is what the KL was for. So a draw from the prior should land where the decoder knows what to do.

Return probabilities. You want pictures here, not a graph: compute them without gradients.
"""


# %% exercise="generate"
def generate(model: nn.Module, num_images: int) -> Tensor:
    """New images: probabilities in [0, 1] of shape (num_images, 784), from z ~ N(0, I) of size `model.latent_dim`, without gradients."""
    ### BEGIN SOLUTION
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z).sigmoid()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: which numbers go in?</summary>
One row of <code>model.latent_dim</code> standard normal numbers per image. Uniform noise fills another region than the one the KL prepared.
</details>
<details><summary>Hint 2: what comes out?</summary>
<code>decode</code> returns logits. Which function makes probabilities of them?
</details>
<details><summary>Hint 3: almost the code</summary>
Under <code>torch.no_grad()</code>: <code>z = torch.randn(num_images, model.latent_dim)</code>, then decode, then <code>.sigmoid()</code>.
(On a GPU, give <code>randn</code> the device of the model's parameters.)
</details>
"""

# %% check="generate" points=3
checks.generate(generate)
assert generate(VAE(784, 8, 2), 3).shape == (3, 784), "one row of 784 probabilities per image"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb02_vae.hidden import grade_generate

grade_generate(generate)
### END HIDDEN TESTS

# %% [markdown]
r"""
Put your samples beside those of two rungs of the ladder. The mean image can generate too: switch each pixel on with its probability. So can PCA: draw its 20 codes from a
Gaussian fitted to the codes of the training images.

![Three rows of ten generated pictures. The mean image gives independent white dots in a round cloud. PCA gives grey smears with hints of strokes. The VAE gives strokes and digits, many of them readable, some halfway between two digits.](figures/samples.png)
"""

# %% figure="samples"
center = images.train_x.mean(dim=0)
_, scale, directions = torch.linalg.svd(images.train_x[:5000] - center, full_matrices=False)
codes = (
    torch.randn(10, 20, device=center.device) * scale[:20] / math.sqrt(len(images.train_x[:5000]))
)
rows = {
    "mean image": data.binarize(center.expand(10, -1)),
    "PCA": (center + codes @ directions[:20]).clamp(0, 1),
    "VAE": generate(model, 10),
}
figure, axes = plt.subplots(3, 1, figsize=(9, 3.2), layout="constrained")
for ax, (name, pictures) in zip(axes, rows.items(), strict=True):
    plotting.image_grid(pictures, num_columns=10, ax=ax)
    ax.set_title(name, loc="left", fontsize=9)

# %% [markdown]
r"""
**What just happened.** Three models, three ideas of what an image is. For the mean image, pixels know nothing of each other. For PCA, an image is a weighted sum of templates, and most weighted sums are
no digit. The VAE bends: its decoder is not linear, so it can turn most of the Gaussian into strokes. (On the small digits data it has seen only 1,500 images, and the difference is small.)

Some samples are no digit at all. Those $z$ fell between the clouds of two classes. And the pictures are smooth because you look at *probabilities*, the mean of a pixel, not at draws of it.

*Try it:* show `data.binarize(generate(model, 10))`. Which of the two pictures did the likelihood promise?
"""

# %% [markdown]
r"""
## Exercise 2.6: the variance that squared error hides

**3 points · 10 minutes · difficulty 2/5 · importance 4/5**

Half of the VAEs on the internet use a squared error in place of the Bernoulli cost. Is that allowed? Yes: it is a Gaussian decoder,
$p(x|z) = \mathcal{N}(\hat x, \sigma^2 I)$. Write its cost down, all of it:

$$-\log p(x|z) = \frac{1}{2\sigma^2} \sum_i (x_i - \hat x_i)^2 + 784 \log \sigma + \frac{784}{2} \log 2\pi .$$

The squared error is there, but multiplied by $1/2\sigma^2$. Someone who writes "squared error + KL" has chosen a $\sigma$ without knowing it. Which one?

Write the full cost, for any number of pixels. Keep the constant: without it, costs at different $\sigma$ cannot be compared, and that is what you do next.
"""


# %% exercise="gaussian_nll"
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    """-log N(x; x_hat, sigma**2 I) per image, in nats, all constants included.

    Args:
        x_hat: Means, (batch, num_pixels).
        x: Images, (batch, num_pixels).
        sigma: Standard deviation of every pixel, positive.

    Returns:
        One value per image, (batch,). It can be negative: a density may exceed 1. x_hat and x stay as they are.
    """
    ### BEGIN SOLUTION
    squared_error = (x - x_hat).square().sum(dim=1)
    per_pixel = math.log(sigma) + 0.5 * math.log(2 * math.pi)
    return squared_error / (2 * sigma**2) + x.shape[1] * per_pixel
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: one pixel first</summary>
The density of one pixel is $\frac{1}{\sigma\sqrt{2\pi}} e^{-(x - \hat x)^2 / 2\sigma^2}$. Take minus the logarithm. Then add up the pixels.
</details>
<details><summary>Hint 2: what is summed?</summary>
The constants belong to every pixel, so they appear <code>x.shape[1]</code> times. Only the batch axis survives.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>(x - x_hat).square().sum(dim=1) / (2 * sigma**2)</code> plus the number of pixels times <code>math.log(sigma) + 0.5 * math.log(2 * math.pi)</code>.
</details>
"""

# %% check="gaussian_nll" points=3
checks.gaussian_nll(gaussian_nll)
assert gaussian_nll(torch.zeros(2, 5), torch.zeros(2, 5), 1.0).shape == (2,), "one value per image"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb02_vae.hidden import grade_gaussian_nll

grade_gaussian_nll(gaussian_nll)
### END HIDDEN TESTS

# %% [markdown]
r"""
How much does a good reconstruction earn, at each $\sigma$? Compare the mean image with your VAE's reconstructions.

![Gaussian cost of two predictions against sigma on a logarithmic axis, mean image and VAE reconstruction. Each curve has one minimum, marked with a dot at its root mean square error. The minima lie hundreds of nats apart, but at sigma equal to one the curves almost touch.](figures/sigma.png)
"""

# %% figure="sigma"
with torch.no_grad():
    x_hat = model(images.test_x)[0].sigmoid()
predictions = {"mean image": center.expand_as(images.test_x), "VAE reconstruction": x_hat}


def mean_cost(prediction: Tensor, sigma: float) -> float:
    """Gaussian cost of the test images, averaged, in nats per image."""
    return gaussian_nll(prediction, images.test_x, sigma).mean().item()


sigmas = torch.logspace(-1.3, 0.3, 60).tolist()
costs = {name: [mean_cost(p, sigma) for sigma in sigmas] for name, p in predictions.items()}
axes = plotting.curves(sigmas, costs, xlabel="sigma", ylabel="nats per image")
for name, prediction in predictions.items():
    best = (prediction - images.test_x).square().mean().sqrt().item()
    axes.plot(best, mean_cost(prediction, best), "ko")
    print(f"{name}: root mean square error {best:.3f}, summed square {784 * best**2:.1f}")
axes.set(xscale="log", ylim=(mean_cost(x_hat, best) - 150, 1200))
line = axes.axvline(1, color="black", linestyle="--", linewidth=1)

# %% [markdown]
r"""
**What just happened.** Each curve is lowest where $\sigma$ equals the root mean square error of the prediction: set the derivative in $\sigma$ to zero and you get
$\sigma^2 = \frac{1}{784}\sum_i (x_i - \hat x_i)^2$. That is the whole idea of the *calibrated decoder* (Rybkin, Daniilidis and Levine, 2021, https://arxiv.org/abs/2006.13202).

Now look at the dashed line, $\sigma = 1$. There the two predictions differ by half the difference of their squared errors, some twenty nats. A *perfect* copy would earn little more (half the squared error of the mean image), so
the model will not spend a KL of 25 nats on it. At the calibrated $\sigma$ the same difference is worth hundreds of nats. The hidden $\sigma$ sets the price of information. Train it and see:

- "mean squared error + KL", the one-liner of many tutorials. $\frac{1}{784}\sum(\cdot)^2 + \mathrm{KL}$ is a Gaussian with $2\sigma^2 = 784$, so $\sigma \approx 19.8$ on pixels between 0 and 1;
- "sum of squared errors + KL", so $2\sigma^2 = 1$ and $\sigma \approx 0.71$;
- the calibrated $\sigma$ of the figure above.

![Four rows of digits: originals, then reconstructions by three VAEs. With sigma 19.8 every reconstruction is the same blurred mean image. With sigma 0.71 they are blurred digits, some of them wrong. With the calibrated sigma they are sharp.](figures/three_sigmas.png)
"""


# %%
def gaussian_step(sigma: float) -> Callable[[nn.Module, Tensor, torch.optim.Optimizer], float]:
    """A training step like yours, with a Gaussian decoder of standard deviation sigma."""

    def step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
        x_logits, mu, log_var = model(x)
        q, prior = Normal(mu, torch.exp(log_var / 2)), Normal(torch.zeros_like(mu), 1.0)
        recon = gaussian_nll(x_logits.sigmoid(), x, sigma)
        loss = (recon + kl_divergence(q, prior).sum(dim=1)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


# %% figure="three_sigmas"
rows = {"x": images.test_x[:10]}
for sigma in (math.sqrt(784 / 2), math.sqrt(1 / 2), best):
    gaussian_vae, step = VAE().to(center.device), gaussian_step(sigma)
    training.fit(gaussian_vae, images.train_x, step, epochs=math.ceil(epochs / 5), progress=False)
    kl = evaluation.neg_elbo(gaussian_vae, images.test_x).kl
    with torch.no_grad():
        x_logits, _, _ = gaussian_vae(images.test_x[:10])
    rows[f"sigma = {sigma:.2f}, KL = {kl:.1f} nats"] = x_logits.sigmoid()
figure, axes = plt.subplots(4, 1, figsize=(9, 4.2), layout="constrained")
for ax, (name, pictures) in zip(axes, rows.items(), strict=True):
    plotting.image_grid(pictures, num_columns=10, ax=ax)
    ax.set_title(name, loc="left", fontsize=9)

# %% [markdown]
r"""
**What just happened.** Same network, same data, same optimiser. Only a constant changed that two of the three programs never mention. With $\sigma = 19.8$ a nat of KL buys nothing, so the encoder stays
silent ($\mathrm{KL} \approx 0$) and the decoder draws the mean image: *posterior collapse*, made by a reduction argument. When someone tells you that "VAEs are blurry", ask for their $\sigma$.

Multiply the loss by $2\sigma^2$ and you see the squared error with a weight of $2\sigma^2$ on the KL. A $\sigma$ is a $\beta$ in disguise (Higgins et al., 2017, introduced $\beta$; Rybkin et al. relate the two). For a linear
decoder one can prove that too large a $\sigma$ switches latent dimensions off one by one (Lucas et al., 2019, https://arxiv.org/abs/1911.02469).
"""

# %% [markdown]
r"""
## Exercise 2.7: the beta you did not know you had

**3 points · 8 minutes · difficulty 2/5 · importance 4/5**

A colleague uses `reduction="mean"` for recon and a mean for the KL. Both terms are averaged, so it should all cancel. Does it?

Take any loss and rescale it until recon is a *sum* over pixels. The factor that is left in front of the *summed* KL is the beta that the code really uses:

$$\text{loss} \;\propto\; \sum_{i} \text{recon}_i + \beta_{\text{effective}} \sum_j \text{KL}_j .$$

Write it for the four choices of "sum" and "mean". (The mean over the *batch* does not matter. Why not?)
"""


# %% exercise="effective_beta"
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    """The weight of the summed KL after the loss is rescaled so that recon is a sum over pixels.

    Args:
        recon_reduction: "sum" or "mean" over the pixels of an image.
        kl_reduction: "sum" or "mean" over the latent dimensions.
        num_pixels: Number of pixels of an image.
        latent_dim: Number of latent dimensions.
    """
    ### BEGIN SOLUTION
    recon_weight = 1 / num_pixels if recon_reduction == "mean" else 1
    kl_weight = 1 / latent_dim if kl_reduction == "mean" else 1
    return kl_weight / recon_weight
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: weights</summary>
A mean over $n$ terms is a sum with the weight $1/n$. Write down the weight of each of the two sums.
</details>
<details><summary>Hint 2: rescale</summary>
Dividing the whole loss by a number does not move its minimum. Divide by the weight of recon. What stands in front of the KL?
</details>
<details><summary>Hint 3: almost the code</summary>
<code>recon_weight = 1 / num_pixels if recon_reduction == "mean" else 1</code>, the same for the KL with <code>latent_dim</code>, and return the ratio. KL on top.
</details>
"""

# %% check="effective_beta" points=3
checks.effective_beta(effective_beta)
assert effective_beta("sum", "sum", 784, 20) == 1, "sums everywhere are the ELBO: beta is 1"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb02_vae.hidden import grade_effective_beta

grade_effective_beta(effective_beta)
### END HIDDEN TESTS

# %%
for recon_reduction in ("sum", "mean"):
    for kl_reduction in ("sum", "mean"):
        beta = effective_beta(recon_reduction, kl_reduction, num_pixels=784, latent_dim=20)
        print(f"recon {recon_reduction:4}  kl {kl_reduction:4}  ->  beta = {beta:g}")
both_means = effective_beta("mean", "mean", num_pixels=784, latent_dim=200)
print(f"Bernoulli, both means, 784 pixels, 200 latents:        beta = {both_means:.2f}")
squared_error = 0.1 * 0.5 * effective_beta("mean", "mean", num_pixels=784, latent_dim=5)
print(f"squared error, both means, 5 latents, 'beta_kl = 0.1': beta = {squared_error:.2f}")

# %% [markdown]
r"""
**What just happened.** Only "sum, sum" is the ELBO. Two means leave $784 / d$ behind, so the real beta changes whenever you change the number of latent dimensions, in a study that claims to vary only that.

The last two lines are no inventions. They are the losses of two excellent, widely used courses. fast.ai's part 2 (course22p2, notebook 29) averages both terms with 200 latents: no beta is
mentioned, and it is 3.92. ARENA's chapter 0.5 averages a squared error over 784 pixels and the KL over 5 latents, and sets `beta_kl = 0.1`. The factor $0.5$ above is the half of $\frac{1}{2\sigma^2}$ at $\sigma = 1$, from exercise 2.6. Measured
against a Gaussian decoder of unit variance, their 0.1 is 7.84. Both courses make fine pictures. But a number called beta means nothing until you know the reductions (and the $\sigma$).

*Try it:* which `beta_kl` would make the second course's loss an ELBO at $\sigma = 1$?
"""

# %% [markdown]
r"""
## Exercise 2.8 (bonus): no `nn.Module`, and whose initialisation is it?

**2 points · 10 minutes · difficulty 2/5 · importance 2/5**

`nn.Linear` filled your weights with random numbers and never told you which. Take it away. How large should the numbers be?

Send a signal through $h = x W$ with $W$ of shape (fan_in, fan_out), zero mean and variance $v$. Each $h_j$ adds up fan_in products, so its variance is $\text{fan\_in} \cdot v$ times that of $x$:
it neither grows nor dies when $v = 1/\text{fan\_in}$. On the way back each gradient adds up fan_out products, which asks for $v = 1/\text{fan\_out}$. You cannot have both. Glorot and Bengio (2010, equation 12) meet in the middle:

$$v = \frac{2}{\text{fan\_in} + \text{fan\_out}} .$$

This is called Xavier (or Glorot) initialisation, after Xavier Glorot. A much-copied tutorial repository has a function of the same name that returns a variance of $2/\text{fan\_in}$. That rule is good too, but it is
Kaiming He's (He et al., 2015, equation 10): a ReLU throws half of the signal away, and the 2 makes up for it.

Write the Xavier version. The tensor must be a *leaf*: made directly, not computed from another tensor that requires gradients. Optimisers accept nothing else.
"""


# %% exercise="xavier_init"
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    """A fresh weight matrix: a float32 leaf tensor of shape (fan_in, fan_out) from N(0, 2 / (fan_in + fan_out)) that requires gradients."""
    ### BEGIN SOLUTION
    std = math.sqrt(2 / (fan_in + fan_out))
    return (torch.randn(fan_in, fan_out) * std).requires_grad_()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: variance is not spread</summary>
<code>torch.randn</code> has variance 1. Multiplying by $s$ gives the variance $s^2$. Which $s$ do you need?
</details>
<details><summary>Hint 2: leaf</summary>
<code>torch.randn(..., requires_grad=True) * std</code> is the result of a product, so it is no leaf. Scale first, then call <code>requires_grad_()</code>.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>std = math.sqrt(2 / (fan_in + fan_out))</code>. Then <code>(torch.randn(fan_in, fan_out) * std)</code>, and one method call at the end.
</details>
"""

# %% check="xavier_init" points=2
checks.xavier_init(xavier_init)
assert xavier_init(3, 5).shape == (3, 5), "(fan_in, fan_out)"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb02_vae.hidden import grade_xavier_init

grade_xavier_init(xavier_init)
### END HIDDEN TESTS

# %% [markdown]
r"""
Here is the whole VAE again, from ten raw tensors. Read it line by line: there is nothing else in a VAE. Your `train_step` does not notice the difference, because it only calls `model(x)`.

![Loss against steps for two programs, one with nn.Module and one with raw tensors. Both start at about 543 and fall along nearly the same curve.](figures/raw.png)
"""

# %%
SIZES = {
    "hidden": (784, 400),
    "mu": (400, 20),
    "log_var": (400, 20),
    "back": (20, 400),
    "logits": (400, 784),
}


class RawVAE:
    """A VAE of ten tensors."""

    def __init__(self, device: torch.device) -> None:
        self.weights, self.biases = {}, {}
        for name, (fan_in, fan_out) in SIZES.items():
            weights = xavier_init(fan_in, fan_out).detach().to(device)
            self.weights[name] = weights.requires_grad_()
            self.biases[name] = torch.zeros(fan_out, device=device, requires_grad=True)

    def linear(self, name: str, h: Tensor) -> Tensor:
        """Return h W + b."""
        return h @ self.weights[name] + self.biases[name]

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return x_logits, mu and log_var, as your VAE does."""
        hidden = self.linear("hidden", x).clamp(min=0)
        mu, log_var = self.linear("mu", hidden), self.linear("log_var", hidden)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        return self.linear("logits", self.linear("back", z).clamp(min=0)), mu, log_var

    def train(self, mode: bool = True) -> "RawVAE":
        """Do nothing: there is no mode to switch."""
        return self


# %% figure="raw"
def losses_of(model: Callable, parameters: Iterable[Tensor], num_steps: int) -> list[float]:
    """Train with your step, on the same batches in the same order."""
    optimizer, generator = torch.optim.Adam(parameters, lr=1e-3), torch.Generator().manual_seed(0)
    picks = torch.randint(len(images.train_x), (num_steps, 128), generator=generator)
    return [train_step(model, images.train_x[pick.to(center.device)], optimizer) for pick in picks]


num_steps = runtime.choose(400, 50)
raw, module = RawVAE(center.device), VAE().to(center.device)
curves = {
    "nn.Module": losses_of(module, module.parameters(), num_steps),
    "raw tensors": losses_of(raw, [*raw.weights.values(), *raw.biases.values()], num_steps),
}
steps = range(1, num_steps + 1)
axes = plotting.curves(steps, curves, xlabel="steps", ylabel="nats per image")

# %%
signal = {
    "2 / (fan_in + fan_out), Glorot": torch.randn(1000, 400),
    "2 / fan_in, He": torch.randn(1000, 400),
}
for _ in range(20):
    for (name, h), extra in zip(signal.items(), (1, math.sqrt(2)), strict=True):
        signal[name] = (h @ (extra * xavier_init(400, 400).detach())).relu()
for name, h in signal.items():
    print(f"{name}: spread after 20 ReLU layers {h.std():.4f}")

# %% [markdown]
r"""
**What just happened.** The two curves fall together: `nn.Module` is bookkeeping, not magic. Their batches are the same; the initial weights and the noise are not, so the curves agree but do not coincide.

The last lines show when the name on the formula matters. With one hidden layer you cannot tell Glorot from He. After 20 ReLU layers Glorot's signal has almost vanished and He's has not: each ReLU halves the mean square,
and He's factor 2 restores it. (For square layers the two differ by exactly that factor.)

Sources: Glorot and Bengio (2010), http://proceedings.mlr.press/v9/glorot10a.html; He, Zhang, Ren and Sun (2015), https://arxiv.org/abs/1502.01852.
"""

# %% [markdown]
r"""
## Result card

Your model beside the band in which this program landed before, over several seeds. A run outside the band is either a bug or a discovery, and you know which is more likely.

The second row answers a harder question: does this code agree with anyone else's? It trains the network of Stanford's CS236 homework 2 (784-300-300-10, ELU, 20,000 steps of 100 *binarised* images) and
puts it beside the number that their staff published: 101.5 ± 0.55 nats over 100 runs. One thing is different on purpose: here the learning rate falls to zero over the second half. With it,
three runs landed lower, at 97.1 nats (IWAE-1000: 94.3, theirs 95.62), at the same KL of 19.3. It is scored on black-and-white images, so never compare it with the row above it: that one has a floor above zero.
"""

# %%
terms = evaluation.neg_elbo(model, images.test_x)
rows = {
    "VAE 784-400-20, grey-scale": {
        "neg_elbo": history["neg_elbo"][-1],
        "recon": terms.recon,
        "kl": terms.kl,
        "active_units": evaluation.active_units(model, images.test_x),
        "seconds": history.seconds,
    }
}
if images.name == "mnist" and not runtime.fast_mode():
    rows[published.CS236] = published.cs236(images.train_x, images.test_x)
else:
    print(
        f"The CS236 row is left out: its published number belongs to MNIST, and this is {images.name}."
    )
result_card("02_vae", rows, images.name)

# %% [markdown]
r"""
## Summary

- A loss means something on a ladder: 543.4 nats for knowing nothing, then the mean image, then PCA, and a floor that grey pixels impose.
- The negative ELBO is recon + KL. The KL is the price of the message $z$, recon the price of what the message left out.
- Work with logits. Sum over dimensions, mean over the batch. Return both terms.
- Sampling stays on in evaluation. Without it the number is better and bounds nothing.
- A squared error hides a $\sigma$, a mean hides a $\beta$. Both set the price of information, and the wrong price silences the encoder.
- `nn.Module` is bookkeeping.

## Questions to discuss
"""

# %% [markdown]
r"""
### A loss without units (2 points)

A blog post reports: "After 15 epochs our VAE on grey-scale MNIST reaches a loss of 0.14, down from 0.69." It averages everything over everything. Is this better or worse than your model? Say what you can work out from
the two numbers, what you would have to ask the author, and why the answer could change the conclusion.
"""

# %% [markdown] written="loss_without_units" points=2
r"""
0.69 is $\ln 2$, the cost per *pixel* of knowing nothing, so recon is a mean over the 784 pixels. $0.14 \cdot 784 \approx 110$ nats per image: about the size of your own
loss, on the same grey-scale pixels. But "loss" includes a KL, and we do not know how that was reduced. If the KL is a mean over latent dimensions and is added to a mean over
pixels, the effective beta is $784 / \text{latent\_dim}$, so the model was trained for another objective. If the KL was summed, the effective beta is 784 and the KL must be almost zero.

So one must ask: how is the KL reduced, how many latent dimensions are there, was the number measured on test images, and was $z$ sampled? Convert both terms to sums per image, add them with weight 1, and only then compare. It may
turn out worse than the mean image's neighbour or as good as ours; the number alone cannot say.
"""

# %% [markdown]
r"""
### Noise in evaluation (2 points)

A classmate decodes $\mu$ in `evaluate`: "The noise only blurs my score. With the mean I get eight nats less, and the number does not jump." Answer in your own words. What does the number without noise
measure, why is it lower, and how would you get a steadier number honestly?
"""

# %% [markdown] written="noise_in_evaluation" points=2
r"""
The ELBO is an expectation over $z \sim q(z|x)$, and only with that expectation is it a bound on $\log p(x)$. Decoding $\mu$ gives the reconstruction cost at one, especially good, point: the decoder was trained
on a cloud around $\mu$, and the cost in the middle of the cloud is usually lower than its average over the cloud. The KL still pays only for a message as imprecise as the cloud. So the sum charges for a
vague message and scores a precise one. A precise message has $\sigma \to 0$, and its KL would go to infinity. The number bounds nothing, and it rewards models with a large posterior variance.

A steadier number: average over more images or over several samples of $z$ per image. The spread falls as one over the square root of their number, and the mean stays what it should be.
"""

# %% [markdown]
r"""
## Where next

- **[Lesson 03](../03_cvae/03_cvae.ipynb)** tells the model which digit to draw.
- **[Lesson 04](../04_beta_vae/04_beta_vae.ipynb)** puts a beta in front of the KL on purpose.
- **[Lesson 05](../05_latent_space/05_latent_space.ipynb)** looks at the codes themselves: maps, walks and neighbours.
- **Lesson 07** asks how far your neg ELBO is from $-\log p(x)$, and does it on binarised images, where numbers can be compared with papers.
- **Lesson 08** hands you eight broken VAEs. You have met five of the bugs here.

To read: Kingma and Welling (2014), all of it, it is short, https://arxiv.org/abs/1312.6114. Doersch (2016), *Tutorial on variational autoencoders*, https://arxiv.org/abs/1606.05908. Loaiza-Ganem and Cunningham (2019), *The continuous
Bernoulli: fixing a pervasive error in variational autoencoders*, https://arxiv.org/abs/1907.06845, on what to do about grey pixels.
"""
