# %% [markdown]
r"""
# Lesson 02: a variational autoencoder from scratch

![Three rows of ten generated pictures. The mean image gives independent black dots in a round cloud. PCA gives grey smears with hints of strokes. The VAE gives strokes: about six of the ten look like digits, the others are pale or halfway between two digits.](figures/samples.png)

Nobody wrote the digits in the last row. A *variational autoencoder* (VAE) drew them after {{claim("less than a minute", mnist("grey-scale", "seconds").mean < 60)}} of training. In this lesson you write that network and everything that trains it.

**You will be able to**

- write, train, score and sample from a VAE;
- say whether a loss of 106 is good, and which units to ask for;
- recognise three common bugs: noise switched off in evaluation, a mean where a sum belongs, a variance hidden in a squared error.

**What it takes.** About {{minutes()}} minutes of your time. Of these the computer takes {{computer("mnist")}} on MNIST, {{computer("digits")}} on the built-in digits (no GPU). You need [lesson 01](../01_elbo/01_elbo.ipynb) and PyTorch's `nn.Module`. Symbols are in the [glossary](glossary.md).
"""

# %% setup=true
import math
from collections.abc import Callable, Iterable

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from course_utils import data, evaluation, plotting, published, runtime, training, widgets
from course_utils.checks import nb02_vae as checks
from course_utils.result_card import result_card

# %%
runtime.seed_everything()
images = data.load("mnist")
print(f"{images.name}: {len(images.train_x):,} to learn from, {len(images.test_x):,} to test on")

# %% figure="data"
axes = plotting.image_grid(images.test_x[:20], num_columns=10)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Two rows of ten handwritten digits in black ink on white.](figures/data.png)

Twenty test images. Each is a row of 784 numbers between 0 (white) and 1 (black). All pictures in these folds were made with MNIST. Without MNIST your notebook uses the *small digits*, 1,797 images that come with scikit-learn. They look coarser, and the numbers differ.
</details>
"""

# %% [markdown]
r"""
## A plain autoencoder

An *encoder* turns an image of 784 pixels into 20 numbers, the *code* $z$. A *decoder* turns the code into an image again. Both are trained together, so that the output is close to the input. After your guess come two cells: the first defines the network, the second is the whole training loop. (Exercise 2.2 explains its loss.)

Afterwards the encoder is removed, and the decoder gets *random* codes. Will it draw digits?
"""

# %%
guess = "..."  # your guess, one line; it is not graded


# %%
class Autoencoder(nn.Module):
    """784 pixels, a code of 20 numbers, 784 pixels. Nothing is random."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 20))
        self.decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))

    def forward(self, x: Tensor) -> Tensor:
        """Return the output before the sigmoid."""
        return self.decoder(self.encoder(x))


# %%
autoencoder = Autoencoder().to(images.train_x.device)
optimizer = torch.optim.Adam(autoencoder.parameters(), lr=2e-3)
for _ in range(runtime.choose(1000, 200)):
    x = images.train_x[torch.randint(len(images.train_x), (128,))]  # a random batch
    x_logits = autoencoder(x)
    loss = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"loss on the last batch: {loss.item():.1f}")

# %% figure="autoencoder"
with torch.no_grad():
    codes = autoencoder.encoder(images.train_x)
    noise = torch.randn(10, 20, device=codes.device)
    rows = {
        "x": images.test_x[:10],
        "x_hat": autoencoder(images.test_x[:10]).sigmoid(),
        "codes from N(0, I)": autoencoder.decoder(noise).sigmoid(),
        "real mean and spread": autoencoder.decoder(codes.mean(0) + codes.std(0) * noise).sigmoid(),
    }
axes = plotting.image_grid(torch.cat(list(rows.values())), 10, row_titles=list(rows))

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Four rows of ten pictures. Test digits; their reconstructions, which look the same but smoother; pictures from codes of N(0, I), pale grey smears; pictures from codes with the real mean and spread, dark broken strokes, a few of which resemble a digit.](figures/autoencoder.png)

The second row, the reconstruction $\hat x$ (`x_hat`), resembles the first. The third row has random codes from $\mathcal{N}(0, I)$. In the fourth row they have the mean and spread of the real codes. Few of these pictures resemble digits. Nothing tells the encoder
*where* to put its codes, so most random codes lie where the decoder was never trained.
</details>
"""

# %% [markdown]
r"""
## From the autoencoder to the VAE

![Two rows of boxes. Above, the autoencoder: image x, encoder, code z, decoder, image x-hat. Below, the VAE: image x, encoder, then a box with mu and log sigma squared, which is compared with N(0, 1) by a KL; then a box z = mu + sigma epsilon, which receives noise epsilon from N(0, 1); then the decoder and the image x-hat.](figures/autoencoder_and_vae.svg)

A VAE changes two things. The encoder gives a Gaussian for each image, with mean $\mu$ and variance $\sigma^2$ in each of the 20 dimensions, and the decoder gets a *sample* of it. And the loss contains the KL from this Gaussian to $\mathcal{N}(0, I)$, the prior. So
the codes of all images together come closer to the prior. Random codes from the prior then land nearer to them than in the autoencoder. In many dimensions some draws may still miss (lesson 03 measures it for a conditional VAE).
"""

# %% [markdown]
r"""
## Exercise 2.1: the model

**8 points · {{minutes("VAE")}} minutes · difficulty 2/5 · importance 5/5**

```text
 x (784) ── linear ── ReLU (400) ──┬── linear ── mu      (20) ──┐
                                   └── linear ── log_var (20) ──┤  z = mu + sigma * eps
                                                                │
 x_logits (784) <── linear ───────── ReLU (400) <── linear ─── z (20)
```

Three details matter.

- `log_var` is the logarithm of the *variance* (natural, as always in this course). A linear layer may output any number, and $e^{\text{anything}}$ is a valid variance. So both *heads* (the layers that give `mu` and `log_var`) are plain linear layers.
- $z = \mu + \sigma\,\epsilon$ with $\epsilon \sim \mathcal{N}(0, I)$ (Kingma and Welling, 2014, section 2.4). All randomness is in $\epsilon$, so the gradient reaches $\mu$ and $\sigma$. How do you get $\sigma$ from $\log\sigma^2$?
- `decode` returns **logits**, the numbers before the sigmoid. Exercise 2.2 shows why.

Follow the drawing: the upper row is `encode`, the lower row, from right to left, is `decode`. Each method has one to six lines. Write `__init__` first, because the other methods use its layers. Finish the rest in any order: each method earns its own points.
"""


# %% exercise="VAE"
class VAE(nn.Module):
    """A variational autoencoder with one hidden ReLU layer on each side.

    Args:
        input_dim: Number of pixels of an image.
        hidden_dim: Width of both hidden layers.
        latent_dim: Number of latent dimensions; kept as an attribute.

    Five linear layers with biases, as drawn above. mu and log_var have one each, or share one twice as wide.
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
        """A sample z of N(mu, exp(log_var)), (batch, latent_dim): in the shape of mu, whatever its width.

        Fresh noise for each number in every call, also after `eval()`. Right for log_var from -20 to 20, and
        differentiable in mu and log_var, which stay as they are.
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
Count the word "linear" in the drawing: five. Make them in <code>__init__</code> and use them in <code>encode</code> and <code>decode</code>.
</details>
<details><summary>Hint 2: from log-variance to standard deviation</summary>
$\sigma = \sqrt{\sigma^2}$ and $\sigma^2 = e^{\texttt{log\_var}}$. What does a square root do to an exponent? The noise has the shape of <code>mu</code>, so every number
gets its own: <code>torch.randn_like</code>.
</details>
<details><summary>Hint 3: shapes and numbers</summary>
Three images: $x$ is (3, 784), the hidden layer (3, 400), <code>mu</code> and <code>log_var</code> (3, 20) each. Both heads read the same hidden layer, after its ReLU. <code>forward</code> only calls the other three. At <code>log_var</code> $-2$ the spread of $z$ around <code>mu</code> is 0.37, not 0.14.
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
runtime.seed_everything()
model = VAE().to(images.train_x.device)
x_logits, mu, log_var = model(images.test_x[:500])
sigma = (0.5 * log_var).exp()
print(f"{sum(p.numel() for p in model.parameters()):,} parameters")
print(f"logits: mean {x_logits.mean():+.3f}, spread {x_logits.std():.3f}")
print(f"sigma:  mean {sigma.mean():.3f}")

# %% [markdown]
r"""
**What just happened.** A fresh network outputs numbers close to zero. A logit of $0$ is a probability of $\tfrac12$, and $\log\sigma^2 = 0$ means $\sigma = 1$. So before any learning the decoder says nothing about the image, and $q(z|x)$ is close to the prior.

Two common bugs:

- `exp(log_var)` used as the standard deviation. It runs and even learns: the network adapts its output. But the KL still reads `log_var` as the logarithm of a variance, so it belongs to another Gaussian. Keras' own example did this (keras-team/keras, pull request 9972).
- `log_var.exp_()` with the underscore overwrites `log_var` itself, before the KL has read it.

Source: Kingma and Welling (2014), section 3, https://arxiv.org/abs/1312.6114. Their networks (Appendix C) use tanh in place of ReLU. Rezende, Mohamed and Wierstra (2014) found
the same model independently, https://arxiv.org/abs/1401.4082.
"""

# %% [markdown]
r"""
## What is a good loss?

Your VAE will report a number, say 106. Is that good? You need simpler models to compare it with. All are scored in the same way: a model gives each pixel a probability $p_i$ of being inked, and the score is the *Bernoulli negative log-likelihood*

$$-\log p(x) = -\sum_{i=1}^{784} \big[ x_i \log p_i + (1 - x_i) \log (1 - p_i) \big] .$$

It is measured in **nats per image**: a sum over the pixels, then a mean over the images. Lower is better. The models:

- **Know nothing.** $p_i = \tfrac12$ everywhere. What does this cost?
- **The mean image.** $p_i$ is how dark pixel $i$ is on average over the training images.
- **PCA with 20 components**, a linear autoencoder. Its output is clipped to valid probabilities.
- **A perfect copy**, $p_i = x_i$. Does it cost 0?

The last two see the image first. Theirs is the cost of a reconstruction, no $-\log p(x)$ of a model. (`entr(p)` is $-p \log p$.)
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %% figure="ladder" store="mean_image=ladder['mean image'], pca=ladder['PCA, 20 components'], floor=floor"
ladder = evaluation.baseline_ladder(images.train_x, images.test_x, num_components=20)
uncertainty = torch.special.entr(images.test_x) + torch.special.entr(1 - images.test_x)
floor = uncertainty.sum(dim=1).mean().item()
axes = plotting.ladder(ladder)
line = axes.axvline(floor, color="black", linestyle="--", linewidth=1)
title = axes.set_title(f"dashed: a perfect copy pays {floor:.1f}", fontsize=9, loc="left")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Bar chart of the cost of three models in nats per image. Knowing nothing costs 543.4, the mean image {{shown("ladder", "mean_image"):.1f}}, PCA with twenty components {{shown("ladder", "pca"):.1f}}. A dashed line marks the {{shown("ladder", "floor"):.1f}} nats that a perfect copy pays.](figures/ladder.png)

Knowing nothing costs $784 \log 2 = 543.4$ nats, on any data set. A fresh VAE starts near this number.

A perfect copy is not free. A Bernoulli pixel is black or white, never grey (Loaiza-Ganem and Cunningham, 2019). So a grey pixel of 0.5 costs at least $\log 2$, whatever $p_i$ is. For grey pixels the score is a cost, not a probability (lesson 07). So scores on grey images cannot be compared with scores on black-and-white ones.
</details>

A model that is worse than the mean image gains nothing from looking at the single image: it has learned too little, or it has memorised other images. PCA has an advantage: it reads 20 numbers from the image before it answers, and they cost it nothing. In a VAE the code has a cost, the KL.
"""

# %% [markdown]
r"""
## Exercise 2.2: the loss

**5 points · {{minutes("vae_loss")}} minutes · difficulty 3/5 · importance 5/5**

You want $\log p(x)$ to be large. You cannot compute it, but lesson 01 gave you a bound. Its negative is what you minimise (Kingma and Welling, 2014, equation 3):

$$\underbrace{-\log p(x)}_{\text{what you want}} \;\le\; \underbrace{-\mathbb{E}_{q(z|x)}\big[\log p(x|z)\big]}_{\text{recon}} + \underbrace{\mathrm{KL}\big(q(z|x)\,\|\,p(z)\big)}_{\text{kl}} .$$

The KL is what the code costs, recon is what the decoder still gets wrong. The expectation is estimated with *one* sample: the one that produced `x_logits`.

**kl.** For a diagonal Gaussian $q$ and $p(z) = \mathcal{N}(0, I)$ you derived it in exercise 1.3:

$$\mathrm{KL} = \tfrac12 \sum_j \big( \mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2 \big) .$$

Return three scalars: the loss and its two terms, because a sum hides which term is wrong.
"""

# %% [markdown]
r"""
**recon.** Put $p_i = 1/(1+e^{-l_i})$, where $l_i$ is the logit, into the Bernoulli cost. What do $-\log p_i$ and $-\log(1 - p_i)$ become, and what is left of the sum?

<details><summary>The cost in logits</summary>

$-\log p_i = \log(1 + e^{-l_i}) = \log(1 + e^{l_i}) - l_i$ and $-\log(1 - p_i) = \log(1 + e^{l_i})$, so

$$\text{recon} = \sum_i \big[ \log(1 + e^{l_i}) - x_i\, l_i \big] .$$

No probability is left in it. This matters: at $l = 100$ the probability is exactly 1 for the computer, and $\log(1 - p)$ is minus infinity.
</details>

One trap is left: $e^l$ itself overflows above $l \approx 88$ in float32. So do not type $\log(1 + e^l)$. PyTorch has functions that compute it, or the whole cost, safely.
"""


# %% exercise="vae_loss"
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Negative ELBO of a Bernoulli decoder, in nats per image: sums over dimensions, mean over the batch.

    Args:
        x_logits: Decoder output before the sigmoid, (batch, num_pixels); any finite numbers.
        x: Images in [0, 1], grey values included, (batch, num_pixels).
        mu: Means of q(z|x), (batch, latent_dim).
        log_var: Logarithms of the variances of q(z|x), (batch, latent_dim).

    Returns:
        (loss, recon, kl), three scalar tensors with loss = recon + kl. The loss is differentiable in x_logits,
        mu and log_var; recon and kl need not be. The arguments stay as they are.
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
PyTorch has the cost in logits as <code>F.binary_cross_entropy_with_logits</code>. Its default is a mean over everything. Which <code>reduction</code> leaves
the choice to you? (<code>F.softplus</code> is $\log(1 + e^l)$, if you prefer to write it yourself.)
</details>
<details><summary>Hint 3: check yourself on paper</summary>
One image of two pixels, $x = (1, 0)$. Logits $(0, 0)$ cost $2 \log 2 = 1.386$, logits $(2, -1)$ cost $0.127 + 0.313 = 0.440$. One latent dimension with $\mu = 1$ and <code>log_var</code> 0 costs a KL of 0.5.
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
First compare the loss of the untrained VAE with $784 \log 2$.

Then see why you work with logits. The figure shows the cost of one pixel without ink, against its logit, computed in three ways. Where do they separate?
"""

# %% figure="saturation"
loss, recon, kl = vae_loss(x_logits, images.test_x[:500], mu, log_var)
print(f"untrained: loss {loss:.1f} = recon {recon:.1f} + kl {kl:.2f}")
print(f"784 log 2 = {784 * math.log(2):.1f}")

logit, no_ink = torch.linspace(0, 30, 301), torch.zeros(301)
p = logit.sigmoid()
costs = {
    "exact, from logits": F.binary_cross_entropy_with_logits(logit, no_ink, reduction="none"),
    "F.binary_cross_entropy of p": F.binary_cross_entropy(p, no_ink, reduction="none"),
    "-log(1 - p)": -torch.log(1 - p),
}
axes = plotting.curves(logit, costs, xlabel="logit of a pixel without ink", ylabel="cost (nats)")
for curve, width, style in zip(axes.lines, (7, 2.5, 1.5), ("-", "-", "--"), strict=True):
    curve.set(linewidth=width, linestyle=style)
mark = axes.plot(16.6, 16.6, "kx", markersize=9, label="infinite from here on")
legend = axes.legend(frameon=False, loc="upper left", fontsize=8)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Cost of one pixel without ink against the logit, three curves. The exact cost rises along a straight line. The clamped one leaves the line near a logit of 17 and jumps to a flat 100. The one with a logarithm of one minus the sigmoid ends near 17, where it becomes infinite.](figures/saturation.png)

The untrained loss is a few nats above 543.4. A pixel with a small logit $l$ costs $\log(1 + e^l) - x\,l \approx \log 2 + (\tfrac12 - x)\, l + l^2/8$. The middle term has the mean 0 if $l$ has mean 0 and does not depend on $x$, so the last one remains, for each of 784 pixels.

The exact cost is nearly a straight line. The two other recipes are nearly right up to the cross, a logit of 16.6. Above it the float32 sigmoid rounds to exactly 1. One recipe, $-\log(1 - p)$, returns infinity. The other, `F.binary_cross_entropy`, clamps the logarithm at
$-100$ and has no gradient from there on, although this pixel is as wrong as it can be.
</details>

Neither recipe fails on the first day: logits are small at first, and grow as training goes on.

*Try it:* what is the gradient of the exact cost at a logit of 100? And for a pixel that does have ink?

<details><summary>Answer</summary>

The derivative of $\log(1 + e^l) - x\,l$ is $p - x$. Without ink it is 1, with ink it is 0: that pixel is right already.
</details>
"""

# %% [markdown]
r"""
## Exercise 2.3: one step of learning

**4 points · {{minutes("train_step")}} minutes · difficulty 2/5 · importance 4/5**

The training loop above did four things with each batch: compute the loss, forget the old gradients, compute new ones, move the parameters. Put them into a function, with `vae_loss`.

PyTorch *adds* new gradients to whatever is already in `.grad`. What happens if you do not clear it? Nothing that you would notice at once. Adam divides out the scale of the gradients, and the
loss still falls, but along a direction that averages every batch since the start.

Return the loss as a plain Python number. A tensor would keep its whole graph in memory.
"""


# %% exercise="train_step"
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    """Exactly one update of the model on the batch x, (batch, num_pixels), with `vae_loss` and one sample of z.

    Gradients that earlier calls left in `.grad` must not influence it. A model that came in training mode is in
    training mode afterwards.

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
The model returns <code>x_logits, mu, log_var</code>, and <code>vae_loss</code> wants the image between the first two. It returns three things. You need the first.
</details>
<details><summary>Hint 3: compare</summary>
Look at the loop that trained the plain autoencoder. The last three lines stay. Which line computes the loss here, and what turns a tensor with one number into a Python float?
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
A simple test of any learning code: can it memorise one small batch? If it cannot, more data will not help. If it can, the gradients arrive.

Watch where the curve starts, and whether it has a bend.
"""

# %% figure="one_batch" store="start=losses[0], end=losses[-1]"
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
<details><summary>What you should see</summary>

![Loss on one memorised batch of a hundred images against the number of steps. It falls from {{shown("one_batch", "start"):.0f}} nats, bends near the level of the mean image after some twenty steps and ends near {{shown("one_batch", "end"):.0f}}.](figures/one_batch.png)

The curve starts a few nats above 543 and falls steeply to the level of the mean image. That level is the easiest thing to learn, because the biases of the last layer are enough. There it bends, and only then does the model learn to tell images apart. Many VAE curves have this bend.
</details>

The end of the curve lies far below the mean image. Do you trust it? The model has seen these hundred images hundreds of times. You need a number from images that it has never seen.
"""

# %% [markdown]
r"""
## Exercise 2.4: score it on new images

**4 points · {{minutes("evaluate")}} minutes · difficulty 2/5 · importance 5/5**

`evaluate` returns the negative ELBO on images that the model has not learned from. It must leave no trace: no gradients, no changed
parameters, and the model goes back to the mode (`train` or `eval`) in which it came.

Some published programs switch the noise off when they evaluate and decode $\mu$ itself. But the ELBO is an *expectation over*
$q(z|x)$. Without the noise, the number is the loss of a plain autoencoder plus a KL that does not belong to it, and it bounds nothing. The first author of the VAE paper mended this
in PyTorch's own example (pytorch/examples, pull request 419). He added that the wrong number may be higher or lower than the right one. **Sampling stays on.**
"""


# %% exercise="evaluate"
def evaluate(model: nn.Module, x: Tensor) -> float:
    """Negative ELBO of images x, (num_images, num_pixels), in nats per image, with one sample of z per image.

    Leaves the model in the mode in which it came, training or evaluation. To switch to evaluation mode
    meanwhile is a good habit, but not asked for. Computes no gradients, changes no parameter and no `.grad`;
    after the call the recording of gradients is on or off as it was before.
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
<code>model.training</code> is True or False. Read it before you switch to evaluation mode, which turns off dropout and its like in models that have them.
</details>
<details><summary>Hint 2: no graph</summary>
Everything inside a <code>with</code> block of <code>torch.no_grad</code> is computed without recording. Call the whole model, so that $z$ is sampled.
</details>
<details><summary>Hint 3: the order</summary>
Remember the mode; switch to evaluation; compute the loss without recording; go back to the mode that you remembered (<code>model.train</code> takes True or False); return a float.
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
**What just happened.** The memoriser is better on its own images than on new ones. Only the second number says what it has learned about digits. The mean image was fitted to *all* training images, the memoriser to a hundred of them. If the mean image wins on new images, this is one reason.

Now use all images: your model, your `train_step`, your `evaluate` after every epoch. `training.fit` is the training loop from above, with batches in a new random order in each epoch, and a progress bar.

The loss will fall, and so will recon. What will the KL do?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

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

# %% figure="training" store="recon_1=history['recon'][0], kl_1=history['kl'][0], kl_least=min(history['kl']), loss=history['loss'][-1], neg_elbo=history['neg_elbo'][-1], recon=history['recon'][-1], kl=history['kl'][-1]"
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 3), layout="constrained")
curves = {"training loss": history["loss"], "test neg ELBO": history["neg_elbo"]}
plotting.training_curves(curves, ax=left)
plotting.training_curves({"recon (test)": history["recon"]}, ax=middle)
axes = plotting.training_curves({"KL (test)": history["kl"]}, ax=right)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Three panels over fifteen epochs. Training loss and test negative ELBO fall and meet near {{shown("training", "neg_elbo"):.0f}} nats. The reconstruction term falls from {{shown("training", "recon_1"):.0f}} to {{shown("training", "recon"):.0f}} nats. The KL rises from {{shown("training", "kl_1"):.1f}} to about {{shown("training", "kl"):.1f}} nats, with small ups and downs.](figures/training.png)

The KL *rises*. The model spends more nats on $z$ as long as each of them saves more than one nat of recon. The rise ends when one more nat would save only one. (The score and the two terms come from separate samples of $z$, so they add up only nearly.)

On the built-in digits {{claim("the KL first falls", shown_digits("training", "kl_least") < shown_digits("training", "kl_1") < shown_digits("training", "kl"))}}, since a code is useless before the decoder can read it, and rises afterwards.

Training and test curve stay close. If the test curve rises while the training loss falls, the model has begun to memorise.
</details>

After training, mean and standard deviation over three seeds:

| nats per image | MNIST | small digits |
|---|---|---|
| negative ELBO | {{mnist("grey-scale", "neg_elbo"):.1f}} | {{digits("grey-scale", "neg_elbo"):.1f}} |
| recon | {{mnist("grey-scale", "recon"):.1f}} | {{digits("grey-scale", "recon"):.1f}} |
| KL | {{mnist("grey-scale", "kl"):.1f}} | {{digits("grey-scale", "kl"):.1f}} |

A KL of {{near("25", mnist("grey-scale", "kl"), 0.5)}} nats is $25 / \log 2 \approx 36$ bits. The code says at most this much about one MNIST digit, on average.
"""

# %% [markdown]
r"""
Put the VAE beside the models from before. Its bar has two parts, recon and KL. PCA pays no KL. Which of the two is lower in all?
"""

# %% figure="ladder_with_vae"
recon, kl = history["recon"][-1], history["kl"][-1]
axes = plotting.ladder(ladder | {"VAE, KL included": recon + kl})
axes.barh(["VAE, KL included"], [kl], left=[recon], color=plotting.PALETTE[1], label="KL")
line = axes.axvline(floor, color="black", linestyle="--", linewidth=1)
title = axes.set_title(f"dashed: a perfect copy pays {floor:.1f}", fontsize=9, loc="left")
legend = axes.legend(frameon=False)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Bar chart of four models in nats per image: knowing nothing 543.4, the mean image {{shown("ladder", "mean_image"):.1f}}, PCA {{shown("ladder", "pca"):.1f}}, and the VAE with its KL included {{shown("training", "recon") + shown("training", "kl"):.1f}}. A dashed line marks the floor of a perfect copy at {{shown("ladder", "floor"):.1f}}.](figures/ladder_with_vae.png)

On MNIST the VAE is {{claim("about five nats", 4 < shown("ladder", "pca") - mnist("grey-scale", "neg_elbo").mean < 6)}} better than PCA, although PCA pays nothing for its 20 numbers and may use them with full precision. Its recon alone is only {{mnist("grey-scale", "recon").mean:.1f}}.

On the built-in digits PCA is {{claim("about twenty nats", 17 < digits("grey-scale", "neg_elbo").mean - shown_digits("ladder", "pca") < 23)}} lower than the VAE, and {{claim("also lower than the VAE's recon alone", shown_digits("ladder", "pca") < digits("grey-scale", "recon").mean)}}. These images have few details, so 20 linear templates describe them well.
</details>

Next, measure what happens without noise (exercise 2.4). Will the score be better or worse?
"""

# %% store="noise: mean=scores.mean(), spread=scores.std(), without=without_noise"
with torch.no_grad():
    mu, log_var = model.encode(images.test_x)
    without_noise, _, _ = vae_loss(model.decode(mu), images.test_x, mu, log_var)
scores = torch.tensor([evaluate(model, images.test_x) for _ in range(5)])
print(f"evaluate, five times: {scores.mean():.2f}, spread {scores.std():.2f}")
print(f"noise switched off:   {without_noise:.2f}  (not a bound on anything)")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

Five evaluations with fresh noise agree within a fraction of a nat, because the noise averages out over the test images. There is no need to switch it off.

With a fully trained model the number without noise is lower, by {{claim("several nats", 3 < shown_digits("noise", "mean") - shown_digits("noise", "without") < 15)}}. So this bug looks like progress. After very short training (a quick test) it can also be higher.
</details>

A VAE loss that repeats itself to the last digit, call after call, is suspect.

Now look at single images. What will the reconstructions lose?
"""

# %% figure="reconstructions"
with torch.no_grad():
    x_hat = model(images.test_x[:10])[0].sigmoid()
axes = plotting.reconstruction_pairs(images.test_x[:10], x_hat)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Ten test images above their reconstructions. Nearly every reconstruction shows the same digit, with smoother strokes than the original; the 5 is hard to recognise.](figures/reconstructions.png)

Small irregularities of the pen are gone. The unusual 5 has become something between several digits.
</details>
"""

# %% [markdown]
r"""
## Exercise 2.5: generate new digits

**3 points · {{minutes("generate")}} minutes · difficulty 1/5 · importance 5/5**

So far every image went in before one came out. Now leave the encoder out. The model says how images arise: first $z \sim p(z) = \mathcal{N}(0, I)$, then $x$ from the decoder.
The KL pulled every $q(z|x)$ towards this prior. So a draw from the prior should land nearer to the codes than in the autoencoder.

Return probabilities, computed without gradients. The device of the model is that of its parameters.
"""


# %% exercise="generate"
def generate(model: nn.Module, num_images: int) -> Tensor:
    """New images: probabilities in [0, 1] of shape (num_images, 784), from z ~ N(0, I) of size `model.latent_dim`.

    New z in every call. Without gradients, on the device of the model, whose parameters and their `.grad` stay
    as they are. Nothing is asked about its mode.
    """
    ### BEGIN SOLUTION
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z).sigmoid()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: which numbers go in?</summary>
One row of <code>model.latent_dim</code> standard normal numbers per image. Uniform numbers fill another region than the one the KL prepared.
</details>
<details><summary>Hint 2: what comes out?</summary>
<code>decode</code> returns logits. Which function makes probabilities of them?
</details>
<details><summary>Hint 3: shapes</summary>
(num_images, latent_dim) goes into the decoder, (num_images, 784) comes out. All results lie between 0 and 1, and a second call gives other images. On a GPU, $z$ needs the device of the model's parameters.
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
Compare your samples with those of two simpler models. The mean image can generate, too: switch each pixel on with its probability. So can PCA: draw its 20 codes from a
Gaussian fitted to the codes of the first 5,000 training images. What will the pictures of each model lack?
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
<details><summary>What you should see</summary>

![Three rows of ten generated pictures. The mean image gives independent black dots in a round cloud. PCA gives grey smears with hints of strokes. The VAE gives strokes: about six of the ten look like digits, the others are pale or halfway between two digits.](figures/samples.png)

For the mean image, pixels are independent. For PCA an image is a weighted sum of templates, and most weighted sums are no digit. The decoder of the VAE is not linear, so it can turn most of the Gaussian into strokes.

Some samples are no digit at all: their $z$ may lie between the codes of two classes, or far from all codes. On the built-in digits the VAE has seen only 1,500 images, and its lead over PCA is smaller.
</details>

The pictures of the VAE are smooth, because you look at *probabilities*.

*Try it:* show `data.binarize(generate(model, 10))`. Which of the two pictures is a sample of $p(x)$?

<details><summary>Answer</summary>

The binarised one: each pixel is drawn from its Bernoulli distribution. <code>generate</code> shows the mean of each pixel given $z$.
</details>
"""

# %% [markdown]
r"""
## Watch the codes arrange themselves

Why do random codes give digits now? Train a VAE with only *two* latent dimensions. Then each code $\mu(x)$ is a point on paper, and you can watch where training moves it. The next cell keeps the codes of 1,000 test images after 0, 20, 50, ... steps of your `train_step`.

**Your guess.** Where are the points before the first step? What happens first: do all of them move apart, or do the digits separate?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %%
stops = runtime.choose([0, 20, 50, 100, 200, 400, 800, 1600], [0, 5, 10, 20])
snapshots = {}
with runtime.preserve_random_state():  # the cells below draw the same noise as without this one
    runtime.seed_everything()
    flat = VAE(latent_dim=2).to(images.train_x.device)
    optimizer = training.adam(flat)
    for before, stop in zip([0, *stops], stops, strict=False):
        more = {"num_steps": stop - before, "seed": stop, "optimizer": optimizer}
        training.fit(flat, images.train_x, train_step, progress=False, **more)
        with torch.no_grad():
            snapshots[stop] = flat.encode(images.test_x[:1000])[0]


# %% figure="codes_in_training" store="spread_0=snapshots[stops[0]].std(), spread_end=snapshots[stops[-1]].std()"
def code_map(step: float, ax: plt.Axes | None = None) -> plt.Axes:
    """The codes after so many steps, with the circle that holds 95 % of the prior."""
    ax = plotting.latent_scatter(snapshots[step], images.test_labels[:1000], ax)
    ax.set_aspect("equal", adjustable="box")
    ax.set(title=f"step {step:.0f}", xlim=(-5, 5), ylim=(-5, 5), xlabel="z_1", ylabel="z_2")
    circle = plt.Circle((0, 0), math.sqrt(-2 * math.log(0.05)), fill=False, linestyle="--")
    ax.add_patch(circle)
    return ax


figure, axes = plt.subplots(1, 4, figsize=(12, 3.2), layout="constrained")
for ax, step in zip(axes, [stops[0], *stops[-5::2]], strict=False):
    ax = code_map(step, ax)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Four maps of the codes of 1,000 test images, coloured by digit, after 0, 100, 400 and 1,600 steps; a dashed circle holds 95 % of the prior. At step 0 all codes lie at the centre. At 100 they form a long cloud on the right side, with ones at one end and zeros at the other. At 400 the cloud is back in the circle, with the ones outside it, above. At 1,600 it lies around the centre, and the ones are still outside.](figures/codes_in_training.png)

At step 0 all codes are nearly the same, because fresh weights are small. Then recon pulls them apart, far from the centre. The KL pulls them back, and the digits spread *inside* the prior. That is why a random code now finds a trained decoder. The ones stay far out (MNIST): what they save in recon is worth the KL.

</details>

In a live notebook, press the play button below to see all moments in turn. Elsewhere, the strip above shows four of them.
"""

# %%
widgets.slider(code_map, stops, "steps", form=".0f", play=True)

# %% [markdown]
r"""
## Exercise 2.6: the variance that squared error hides

**3 points · {{minutes("gaussian_nll")}} minutes · difficulty 2/5 · importance 4/5**

Many VAEs use a squared error in place of the Bernoulli cost. Is that allowed? Yes: it is a Gaussian decoder,
$p(x|z) = \mathcal{N}(\hat x, \sigma^2 I)$, where $\sigma$ is now the standard deviation of a *pixel*. You know its log-density from exercise 1.1. Write down its negative for 784 pixels. What multiplies the squared error?

<details><summary>The full cost</summary>

$$-\log p(x|z) = \frac{1}{2\sigma^2} \sum_i (x_i - \hat x_i)^2 + 784 \log \sigma + \frac{784}{2} \log 2\pi .$$
</details>

Whoever writes "squared error + KL" has chosen a $\sigma$ without knowing it.

Write the full cost, for any number of pixels. Keep the constants: without them, costs at different $\sigma$ cannot be compared, and that is what you do next.
"""


# %% exercise="gaussian_nll"
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    """-log N(x; x_hat, sigma**2 I) per image, in nats, all constants included.

    Args:
        x_hat: Means, (batch, num_pixels).
        x: Images, (batch, num_pixels).
        sigma: Standard deviation of every pixel, positive.

    Returns:
        One value per image, (batch,), differentiable in x_hat. It can be negative: a density may exceed 1.
        x_hat and x stay as they are.
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
<details><summary>Hint 3: check yourself on paper</summary>
One pixel, $x = 1$, $\hat x = 0$, $\sigma = 0.5$: $2 - 0.693 + 0.919 = 2.226$. A second pixel that is exactly right adds $-0.693 + 0.919 = 0.226$.
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
How much is a good reconstruction worth, at each $\sigma$? Compare the cost of the mean image with that of your VAE's reconstructions. Look at the distance between the curves at their minima, and at $\sigma = 1$.
"""

# %% figure="sigma" store="minima=mean_cost(predictions['mean image'], (center - images.test_x).square().mean().sqrt().item()) - mean_cost(x_hat, best), at_1=mean_cost(predictions['mean image'], 1.0) - mean_cost(x_hat, 1.0), copy=(center - images.test_x).square().sum(dim=1).mean() / 2, best=best"
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
    (dot,) = axes.plot(best, mean_cost(prediction, best), "ko")
    print(f"{name}: root mean square error {best:.3f}, summed square {784 * best**2:.1f}")
dot.set_label("root mean square error")
axes.set(xscale="log", ylim=(mean_cost(x_hat, best) - 150, 1200))
line = axes.axvline(1, color="black", linestyle="--", linewidth=1, label="sigma = 1")
legend = axes.legend(frameon=False, loc="upper center", fontsize=8)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Gaussian cost of two predictions against sigma on a logarithmic axis, mean image and VAE reconstruction. Each curve has one minimum, marked with a dot at its root mean square error. The minima lie more than six hundred nats apart, but at sigma equal to one, marked by a dashed line, the curves almost touch.](figures/sigma.png)

Each curve is lowest at the root mean square error of its prediction. Set the derivative in $\sigma$ to zero to see why: $\sigma^2 = \frac{1}{784}\sum_i (x_i - \hat x_i)^2$. A decoder with this $\sigma$ is called *calibrated* (Rybkin, Daniilidis and Levine, 2021, https://arxiv.org/abs/2006.13202).

At $\sigma = 1$ the two predictions differ only by half the difference of their summed squares, some twenty nats on MNIST. A perfect copy would save half of the mean image's summed square, about {{shown("sigma", "copy"):.0f}} nats on MNIST.
</details>

So at $\sigma = 1$ even a perfect copy hardly saves what a KL of {{near("25", mnist("grey-scale", "kl"), 0.5)}} nats costs. The hidden $\sigma$ decides how much information the code will carry.
"""

# %% [markdown]
r"""
Train three VAEs that differ only in $\sigma$, each for a fifth of the epochs from above. Their loss is the full cost of exercise 2.6 plus the KL. Its constants do not change the gradients.

- "mean squared error + KL", as many tutorials have it. $\frac{1}{784}\sum(\cdot)^2 + \mathrm{KL}$ is, up to a constant, this loss with $2\sigma^2 = 784$, so $\sigma \approx 19.8$ on pixels between 0 and 1;
- "sum of squared errors + KL", so $2\sigma^2 = 1$ and $\sigma \approx 0.71$;
- $\sigma$ at the dot of the VAE's curve above. It was calibrated for *those* reconstructions of test images. For the new model it need not be: take it as an example.

What will the reconstructions of each look like, and which has the smallest KL?
"""

# %%
guess = "..."  # your guess, one line; it is not graded


# %%
def gaussian_step(sigma: float) -> Callable[[nn.Module, Tensor, torch.optim.Optimizer], float]:
    """A training step like yours, with a Gaussian decoder of standard deviation sigma; `kl_divergence` is PyTorch's."""

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


# %% figure="three_sigmas" store="kl_1=list(rows)[1].split()[-2], kl_2=list(rows)[2].split()[-2], kl_3=list(rows)[3].split()[-2]"
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
<details><summary>What you should see</summary>

![Four rows of digits: originals, then reconstructions by three VAEs. With sigma 19.8 the KL is {{shown("three_sigmas", "kl_1"):.1f}} nats and every reconstruction is the same blurred mean image. With sigma 0.71 the KL is {{shown("three_sigmas", "kl_2"):.1f}} nats: most digits can be read, about four are blurred or wrong. With the third sigma, {{shown("sigma", "best"):.2f}}, the KL is {{shown("three_sigmas", "kl_3"):.1f}} nats and nearly all digits are sharp.](figures/three_sigmas.png)

Same network, same data, same optimiser. With $\sigma = 19.8$ the KL costs more than it saves, so $q(z|x)$ becomes the prior for every image. The code carries nothing, and the decoder draws the mean image. This is called *posterior collapse*. Here a single constant caused it.
</details>

When someone says that "VAEs are blurry", ask for their $\sigma$.

Multiply the loss by $2\sigma^2$, and you get the squared error plus $2\sigma^2$ times the KL. So a $\sigma$ acts like the weight $\beta$ that Higgins et al. (2017) put in front of the KL. In the loss "squared error + weight · KL" the weight is $2\sigma^2$. In the loss "half the squared error + weight · KL" it is $\sigma^2$.

For a linear decoder there is a proof: as $\sigma$ grows, the latent dimensions switch off one by one (Lucas et al., 2019, https://arxiv.org/abs/1911.02469).

In a live notebook a slider stands below: move the weight $2\sigma^2$, and the reconstructions follow. Elsewhere the picture above shows the same three rows.
"""

# %%
weights = [2 * best**2, 1.0, 784.0]  # 2 sigma^2 of the three models, the smallest first
reconstructed = dict(zip(weights, list(rows.values())[:0:-1], strict=True))
widgets.slider(
    lambda weight: torch.cat([images.test_x[:10], reconstructed[weight]]),
    weights,
    "weight of the KL",
    num_columns=10,
    form=".3g",
)

# %% [markdown]
r"""
## Exercise 2.7: the beta you did not know you had

**3 points · {{minutes("effective_beta")}} minutes · difficulty 2/5 · importance 4/5**

A colleague uses `reduction="mean"` for recon and a mean for the KL. Both terms are averaged. Does it cancel?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %% [markdown]
r"""
Take any loss and rescale it until recon is a *sum* over pixels. The factor that is left in front of the *summed* KL is the $\beta$ that the code really uses:

$$\text{loss} \;\propto\; \sum_{i} \text{recon}_i + \beta_{\text{effective}} \sum_j \text{KL}_j .$$

Write it for the four choices of "sum" and "mean". (The mean over the *batch* does not matter. Why not?)

<details><summary>The batch</summary>

It divides both terms by the same number.
</details>
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
<details><summary>Hint 3: check yourself on paper</summary>
784 pixels, 20 dimensions. Mean for recon, sum for the KL: the weights are 1/784 and 1, and the factor is 784. Sum for recon, mean for the KL: 1 and 1/20, and the factor is 0.05.
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
**What just happened.** Only "sum, sum" is the ELBO. Two means leave $784 / d$ in front of the KL. So the real beta changes whenever you change the number $d$ of latent dimensions.

![Three rows of two boxes. Sums: the sum over 784 pixels plus the sum over 20 dimensions. Means: sum / 784 plus sum / 20. Means times 784: the sum over 784 pixels plus (784 / 20) times the sum over dimensions; this last box is marked.](figures/effective_beta.svg)

The last two lines that the cell prints are the losses of two good, widely used courses. Both average both terms.

| | recon | latents | beta in the text | effective beta |
|---|---|---|---|---|
| fast.ai part 2 (fastai/course22p2, `nbs/29_vae.ipynb`, commit 764259d) | Bernoulli | 200 | none | 3.92 |
| ARENA chapter 0.5 | squared error | 5 | 0.1 | 7.84 |

For ARENA the comparison is a Gaussian decoder with $\sigma = 1$. The factor 0.5 in the code is the half of $\frac{1}{2\sigma^2}$ (exercise 2.6). So its beta stands beside *half* of the squared error. ARENA standardises the pixels, so this $\sigma$ is 0.31 on pixels from 0 to 1.

Both courses make fine pictures. But a number called beta means nothing until you know the reductions and the $\sigma$.
"""

# %% [markdown]
r"""
*Try it:* which `beta_kl` would make ARENA's loss an ELBO at $\sigma = 1$?

<details><summary>Answer</summary>

Solve $\beta_{kl} \cdot 0.5 \cdot 784 / 5 = 1$: it is $10 / 784 \approx 0.0128$.
</details>
"""

# %% [markdown]
r"""
## Exercise 2.8 (bonus): Xavier's initialisation, without `nn.Module`

**2 points · {{minutes("xavier_init")}} minutes · difficulty 2/5 · importance 2/5**

`nn.Linear` filled your weights with random numbers. How large should such numbers be?

Send a signal through $h = x W$, where $W$ has shape (fan_in, fan_out), zero mean and variance $v$. Each $h_j$ adds up fan_in products, so its variance is $\text{fan\_in} \cdot v$ times that of $x$.
It keeps its size if $v = 1/\text{fan\_in}$. On the way back each gradient adds up fan_out products, which asks for $v = 1/\text{fan\_out}$. If fan_in and fan_out differ, you cannot have both. Glorot and Bengio (2010, equation 12) compromise:

$$v = \frac{2}{\text{fan\_in} + \text{fan\_out}} .$$

This is called Xavier (or Glorot) initialisation, after Xavier Glorot. Write it. The tensor must be a *leaf*: made directly, not computed from another tensor that requires gradients. Optimisers accept nothing else.
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
<code>torch.randn(..., requires_grad=True) * std</code> is the result of a product, so it is no leaf. What if recording starts after the product?
</details>
<details><summary>Hint 3: check yourself with numbers</summary>
fan_in 300 and fan_out 100 give a variance of 0.005, so a spread of 0.0707. The method <code>requires_grad_</code> switches recording on, and the attribute <code>is_leaf</code> must be True.
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
Here is the whole VAE again, from ten raw tensors. Read it line by line: a VAE contains nothing else. Your `train_step` works with it if it calls nothing of the model but `model(x)` and `model.train()`.
"""

# %%
SIZES = {
    "hidden": (784, 400),
    "mu": (400, 20),
    "log_var": (400, 20),
    "back": (20, 400),
    "logits": (400, 784),
}


# %%
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

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Loss against steps for two programs, one with nn.Module and one with raw tensors. Both start near 550 and fall along nearly the same curve to about 130.](figures/raw.png)

The two curves fall together. Their batches are the same; their initial weights and their noise are not, so the curves do not coincide.
</details>

Does it matter which rule fills the weights? He et al. (2015, equation 10) use $2/\text{fan\_in}$: a ReLU removes half of the mean square of a signal, and the 2 restores it. (In wiseodd/generative-models, `VAE/vanilla_vae/vae_pytorch.py` at commit 09ae1fe, a function `xavier_init` follows this rule.) Send a signal through 20 ReLU layers with each rule.
"""

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
**What just happened.** After 20 ReLU layers Glorot's signal has almost vanished, and He's has not. For square layers the two variances differ by a factor of exactly 2 per layer, so after 20 layers the spreads differ by about $2^{10}$. With one hidden layer the difference is a single factor, and training can make up for it. This was not measured here.

Sources: Glorot and Bengio (2010), http://proceedings.mlr.press/v9/glorot10a.html; He, Zhang, Ren and Sun (2015), https://arxiv.org/abs/1502.01852.
"""

# %% [markdown]
r"""
## Result card

The card after this cell shows your model beside the range in which this program landed before, over several seeds. A run outside the range is most likely a bug. *Active units* are the latent dimensions whose $\mu$ varies over the images.

The table here compares this course with homework 2 of Stanford's CS236. Both columns use the homework's network and *binarised* images. The staff's column is a mean over 100 runs. Two things differ most. Here the learning rate falls to zero over the second half, and all test images are scored, while the homework scores 100 chosen ones.

| nats per image, binarised MNIST | here, {{seeds("cs236", "neg_elbo").n}} seeds | CS236 staff |
|---|---|---|
| negative ELBO | {{seeds("cs236", "neg_elbo"):.2f}} | 101.5 |
| KL | {{seeds("cs236", "kl"):.2f}} | 19.3 |
| IWAE-1000, a tighter bound of 1,000 samples (lesson 07) | {{seeds("cs236", "iwae_1000"):.2f}} | 95.62 |

These runs are stored: one takes some minutes. To make your own, set `run_cs236` to `True` below.

Do not compare these numbers with those of your model: the networks and the pixels differ. The floor is the same for both kinds of images: averaged over many fresh draws of the black and white pixels, every model still pays at least {{shown("ladder", "floor"):.1f}} nats on average (lesson 07 scores one model on grey and on drawn pixels).
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
run_cs236 = False  # True trains the network of the table above, on MNIST
if run_cs236 and images.name == "mnist":
    rows[published.CS236] = published.cs236(images.train_x, images.test_x)
result_card("02_vae", rows, images.name)

# %% [markdown]
r"""
## Summary

- Compare a loss with simple models: $784 \log 2 = 543.4$ nats for knowing nothing, then the mean image, then PCA, and a floor that grey pixels impose.
- The negative ELBO is recon + KL. The KL is what the code costs, recon is what the decoder still gets wrong.
- The KL pulls codes towards the prior. So draws from the prior land nearer to the codes than in a plain autoencoder, and more of them become digits. In many dimensions some draws may still miss.
- Work with logits. Sum over dimensions, take the mean over the batch, return both terms.
- Sampling stays on in evaluation. Without it the number bounds nothing.
- A squared error hides a $\sigma$, a mean hides a $\beta$. Both decide how much the code carries. A KL weight that is far too large makes the posterior collapse.
"""

# %% [markdown]
r"""
## Quiz

### Question 1

A program averages recon over 784 pixels and the KL over 20 latent dimensions, and adds the two. What does it train?

<details><summary>A. The ELBO, divided by a constant.</summary>
Not quite: the two means divide by different numbers, 784 and 20, so they do not cancel.
</details>
<details><summary>B. A VAE whose KL counts about 39 times.</summary>
Right: because multiplying the loss by 784 leaves recon as a sum and 784 / 20 in front of the summed KL.
</details>
<details><summary>C. A VAE whose KL counts one thirty-ninth.</summary>
Not quite: the ratio is upside down. The mean over 784 pixels makes recon small, so the KL weighs more.
</details>

### Question 2

All reconstructions of your VAE look like the mean image, and its KL is 0.0 nats. Which cause is the most likely one in this lesson?

<details><summary>A. The decoder is too small.</summary>
Not quite: a small decoder makes poor reconstructions, but they would still differ from image to image, and the KL would not be 0.
</details>
<details><summary>B. The encoder memorises the training images.</summary>
Not quite: a memorising encoder has a large KL. At a KL of 0, q is the prior for every image.
</details>
<details><summary>C. Nothing bad: a KL of 0 is the best possible.</summary>
Not quite: the KL is only half of the loss. At 0 the code says nothing about the image.
</details>
<details><summary>D. A nat of KL costs more than it saves in recon.</summary>
Right: because then the best q is the prior itself. This is posterior collapse; check the reductions and the hidden variance. Other causes exist: no gradient reaches the encoder, or training found a poor optimum (lessons 04 and 08).
</details>

### Question 3

Few pictures that a plain autoencoder draws from random codes look like digits. With a VAE more do. Why?

<details><summary>A. The noise makes the pictures more varied.</summary>
Not quite: noise alone lets the encoder spread its codes wherever it likes. Random codes would still miss them.
</details>
<details><summary>B. The KL pulls the codes towards the prior.</summary>
Right: because draws from the prior then land nearer to the codes, where the decoder was trained. In many dimensions some draws may still miss (lesson 03 measures it for a conditional VAE).
</details>
<details><summary>C. Its decoder returns logits.</summary>
Not quite: the decoder of the plain autoencoder above returned logits, too.
</details>
"""

# %% [markdown]
r"""
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
0.69 is $\log 2$, the cost per *pixel* of knowing nothing, so recon is a mean over the 784 pixels. $0.14 \cdot 784 \approx 110$ nats per image: about the size of your own
loss, on the same grey-scale pixels. But "loss" includes a KL, and we do not know how that was reduced. If the KL is a mean over latent dimensions and is added to a mean over
pixels, the effective beta is $784 / \text{latent\_dim}$, so the model was trained for another objective. If the KL was summed, the effective beta is 784 and the KL is below 0.14 nats. Then recon could not be far below the 206 nats of the mean image. So that case is unlikely, and perhaps the reported number is recon alone.

So one must ask: how is the KL reduced, how many latent dimensions are there, was the number measured on test images, and was $z$ sampled? Convert both terms to sums per image, add them with weight 1, and only then compare. It may
turn out nearly as bad as the mean image or as good as ours; the number alone cannot say.

Points:

- 0.5 for recognising 0.69 as $\log 2$, so recon is a mean over pixels.
- 0.5 for the conversion to about 110 nats per image.
- 0.5 for asking how the KL is reduced and over how many dimensions.
- 0.5 for saying what follows: another effective beta, so another objective. Test images and sampling count as a good question, too.
"""

# %% [markdown]
r"""
### Noise in evaluation (2 points)

A classmate decodes $\mu$ in `evaluate`: "The noise only blurs my score. With the mean I get eight nats less, and the number does not jump." Answer in your own words. What does the number without noise
measure, why is it lower here, and how would you get a steadier number correctly?
"""

# %% [markdown] written="noise_in_evaluation" points=2
r"""
The ELBO is an expectation over $z \sim q(z|x)$, and only with that expectation is it a bound on $\log p(x)$. Decoding $\mu$ gives the reconstruction cost at one, especially good, point: the decoder was trained
on a cloud around $\mu$, and the cost in the middle of the cloud is usually lower than its average over the cloud. The KL still charges only for a code as imprecise as the cloud. So the sum charges for a
vague code and scores a precise one. A precise code has $\sigma \to 0$, and its KL would go to infinity. The number bounds nothing, and it rewards models with a large posterior variance.

A steadier number: average over more images or over several samples of $z$ per image. The spread falls as one over the square root of their number, and the mean stays what it should be.

Points:

- 0.5 for "an expectation over $q$; without it no bound on $\log p(x)$".
- 0.5 for why it is lower: the middle of the cloud is decoded best.
- 0.5 for the mismatch: the KL belongs to a noisy code, the reconstruction to an exact one.
- 0.5 for averaging over more samples or images. Nothing for fixing the seed: that hides the noise.
"""

# %% [markdown]
"""
## How far you are

Did *Run All Cells* bring you here? It stops at the first check that is not right yet, and runs nothing below it. In a new notebook that is Exercise 2.1: the table of contents in the left bar takes you there.

The line below counts the checks that have run since the kernel started. It stays in this notebook and is not a grade.
"""

# %%
checks.progress()

# %% [markdown]
r"""
## Where next

- **[Lesson 03](../03_cvae/03_cvae.ipynb)** tells the model which digit to draw.
- **[Lesson 04](../04_beta_vae/04_beta_vae.ipynb)** puts a beta in front of the KL on purpose.
- **[Lesson 05](../05_latent_space/05_latent_space.ipynb)** looks at the codes themselves: maps, walks and neighbours.
- **[Lesson 07](../07_iwae/07_iwae.ipynb)** asks how far your negative ELBO is from $-\log p(x)$, on binarised images, where numbers can be compared with papers.
- **[Lesson 08](../08_debugging_clinic/08_debugging_clinic.ipynb)** gives you broken VAEs to repair. You have met several of the bugs here.

To read: Kingma and Welling (2014), https://arxiv.org/abs/1312.6114. Doersch (2016), *Tutorial on variational autoencoders*, https://arxiv.org/abs/1606.05908. Loaiza-Ganem and Cunningham (2019), *The continuous
Bernoulli: fixing a pervasive error in variational autoencoders*, https://arxiv.org/abs/1907.06845, on what to do about grey pixels.
"""
