# %% [markdown]
r"""
# Lesson 04: rate, distortion and disentanglement

![Six rows of digits, one row for each beta from 0.1 to 39.2. On the left eight reconstructions of the same test images: sharp at the top, blurred at beta 5, where some turn into other digits, and at 39.2 eight copies of one grey picture. On the right eight samples from the prior for each beta: most are broken at 0.1, more look like digits at 2 and 5, and at 39.2 all are the same grey picture.](figures/betas.png)

One network, six values of one number, beta. This lesson is about what that number does.

**You will be able to**

- put beta in the right place, and tell which beta a given code really uses;
- draw a rate-distortion curve and read its slope;
- see which latent dimensions a model uses, and test whether a warm-up improves its score;
- measure disentanglement, and judge the result over several seeds.

**What it takes.** About {{minutes()}} minutes of your time. Of these the computer takes {{computer("mnist")}} on MNIST, {{computer("digits")}} on the small digits (no GPU). You need the loss of lesson 02. Units: **nats per image**. New words are in the [glossary](glossary.md).
"""

# %% setup=true
import math
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.metrics import mutual_info_score
from torch import Tensor, nn

from course_utils import data, evaluation, plotting, runtime, sprites, training, widgets
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

**4 points · {{minutes("beta_vae_loss")}} minutes · difficulty 1/5 · importance 5/5**

The negative ELBO adds two terms with equal weight: recon, the error that remains, and the KL, what the code $z$ costs. Higgins et al. (2017) give the KL a weight:

$$\text{loss} = \text{recon} + \beta \cdot \text{kl} .$$

Read $\beta$ as a price. One nat of KL is worth its cost only if it saves at least $\beta$ nats of reconstruction.

You know both terms ($l_i$ is the logit of pixel $i$):

$$\text{recon} = \sum_i \big[\log(1 + e^{l_i}) - x_i l_i\big], \qquad \text{kl} = \tfrac12 \sum_j \big(\mu_j^2 + \sigma_j^2 - 1 - \log\sigma_j^2\big) .$$

`bernoulli_nll(x_logits, x)` gives the first one for each image, shape (batch,). Return the loss and *both terms without beta*, all three as tensors that gradients can flow through. You will compare the terms across betas.
"""


# %% exercise="beta_vae_loss"
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Reconstruction plus beta times the KL, in nats per image: sums over dimensions, mean over the batch.

    Args:
        x_logits: Decoder output before the sigmoid, (batch, num_pixels).
        x: Images in [0, 1], (batch, num_pixels).
        mu: Means of q(z|x), (batch, latent_dim).
        log_var: Logarithms of the variances of q(z|x), (batch, latent_dim).
        beta: Price of one nat of KL, 0 or more.

    Returns:
        (loss, recon, kl), three scalar tensors with the dtype of the inputs; recon and kl without beta, recon exact for
        logits of any size. All three are differentiable in x_logits, mu and log_var; no argument is changed.
    """
    ### BEGIN SOLUTION
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: where does the price stand?</summary>
Exactly once, in front of the KL, and only in the loss. The second and third value that you return do not depend on beta.
</details>
<details><summary>Hint 2: sum, then mean</summary>
<code>bernoulli_nll</code> has already summed over pixels. So only the mean over images is left. The bracket of the KL has the shape (batch, latent_dim): what has to be summed, and what averaged?
</details>
<details><summary>Hint 3: check by hand</summary>
One image, three pixels, all logits 0; one latent dimension with mu = 1 and log_var = 0. Then recon is three times log 2, that is 2.079. The KL is half of (1 + 1 - 1 - 0), that is 0.5. At beta 4 the loss is 4.079.
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
For which $\beta$ does the loss still bound $-\log p(x)$ from above?

<details><summary>Answer</summary>

For $\beta \ge 1$. At $\beta = 1$ it is the negative ELBO. Above 1 it is the negative ELBO plus $(\beta - 1)\,\text{kl}$, and the KL is never negative: still an upper bound, but a looser one. Below 1, something is subtracted from the negative ELBO, and the loss can lie below $-\log p(x)$.

</details>

The rest of the lesson trains many models. Three helpers follow: `sampled_pass` runs the model once, `at_price` makes an objective, and `train` does the training. An *objective* is a function of `(step, x_logits, x, mu, log_var)` that returns the number to minimise.
"""


# %%
def sampled_pass(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """One sampled pass, in the order of the arguments of the loss."""
    x_logits, mu, log_var = model(x)
    return x_logits, x, mu, log_var


def at_price(beta: float) -> Callable:
    """The objective with a constant beta."""
    return lambda step, x_logits, x, mu, log_var: beta_vae_loss(x_logits, x, mu, log_var, beta)[0]


# %%
def train(
    model: nn.Module,
    objective: Callable,
    x: Tensor,
    num_steps: int,
    watch: Callable | None = None,
    seed: int | None = None,
) -> training.History:
    """Train on objective(step, x_logits, x, mu, log_var) -> scalar; the history has 20 looks of watch(model)."""
    done, seen = 0, {}

    def update(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
        nonlocal done
        loss = objective(done, *sampled_pass(model, x))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        done += 1
        if watch and done % max(1, num_steps // 20) == 0:
            for name, value in {"step": done, **watch(model)}.items():
                seen.setdefault(name, []).append(value)
        return loss.item()

    options = {"batch_size": 64, "lr": 2e-3, "anneal": True, "seed": seed, "progress": False}
    history = training.fit(model, x, update, num_steps=num_steps, **options)
    history.update(seen)
    return history


# %% [markdown]
r"""
Now a *sweep*: the same network with six betas. The last one is $39.2 = 784 / 20$. You get it by accident if you average both terms, one over 784 pixels and one over 20 latent dimensions, instead of summing them (exercise 2.7 of lesson 02).
"""

# %%
BETAS = [0.1, 0.5, 1, 2, 5, 39.2]
num_steps = runtime.choose({"digits": 700}.get(images.name, 1800), 20)
sweep, seconds = {}, {}
for beta in BETAS:
    runtime.seed_everything()
    sweep[beta] = MLPVAE(latent_dim=20).to(device)
    seconds[beta] = train(sweep[beta], at_price(beta), images.train_x, num_steps).seconds
    print(f"beta = {beta:4}: {seconds[beta]:.0f} s")

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
<details><summary>What you should see</summary>

The picture at the top of this lesson (MNIST).

**Left, reconstructions.** Up to beta 1 they stay close to the images. At 5 they are blurred, and some become other digits: the 2 looks like a 3, both 4s like a 9. At 39.2 the decoder draws the same grey picture for every image.

**Right, samples.** At 0.1 the reconstructions are the best of all, but most samples are no digits. At 2 and 5 more of them are. At 39.2 all are the same.

**Small digits.** The same order, but all images are blurred, and the difference between small betas is hard to see.

</details>

In a live notebook the slider below shows one beta at a time: reconstructions above, samples below. Elsewhere the picture above shows all six.
"""

# %%
by_beta = dict(zip(BETAS, zip(x_hats, samples, strict=True), strict=True))
widgets.slider(lambda beta: torch.cat(by_beta[beta]), BETAS, "beta", num_columns=8, form="g")

# %% [markdown]
r"""
With a small beta it costs little to put codes far from the prior. Then draws from the prior can fall between the codes. With a large beta the code carries little, and the decoder draws averages.

"More look like digits" is vague. Next you measure.

Source: Higgins et al. (2017), *beta-VAE*, https://openreview.net/forum?id=Sy2fzU9gl.
"""

# %% [markdown]
r"""
## Exercise 4.2: two numbers for a model

**4 points · {{minutes("rate_distortion")}} minutes · difficulty 2/5 · importance 5/5**

Think of the code as a message that the encoder sends to the decoder. Compression has two measures. The **rate** $R$ is how much is sent: here the mean KL. The **distortion** $D$ is the error that remains: here the mean recon. Alemi et al. (2018) describe VAEs with both words.

Write `rate_distortion`. It makes one sampled pass and returns the rate first, then the distortion, as plain numbers. `beta_vae_loss` already returns both terms.

- As in lesson 02, leave no trace: no gradients, and the model goes back to the mode in which it came.
- Decode a *sample* of $z$, not $\mu$. The rate that you measure pays for a sample, so the distortion must be that of a sample. To send $\mu$ exactly would take infinitely many nats.
"""


# %% exercise="rate_distortion"
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    """Rate (mean KL) and distortion (mean recon) of the images x, (num_images, num_pixels), in nats per image.

    From one sampled pass, with the model in evaluation mode. Computes no gradients, changes neither x nor a
    parameter nor its `.grad`, and leaves the model in the mode in which it found it. After the call
    the recording of gradients is on or off as it was before.
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
Rate: nats in the code. Distortion: nats of error that remain. The loss returns them in the opposite order.
</details>
<details><summary>Hint 2: leave no trace</summary>
Three things must be as before when you return: the mode of the model, its parameters, and whether gradients are recorded.
</details>
<details><summary>Hint 3: the shape of the code</summary>
<pre>remember the mode
switch to evaluation
with ...:
    one sampled pass
    both terms
put the mode back
return two floats, the rate first</pre>
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
The sum $R + D$ is the negative ELBO. So all points on one line of slope $-1$ have the same negative ELBO.

**Predict:** at which of the six betas is $R + D$ smallest? And where on the curve is the point of beta 39.2?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %% figure="rate_distortion" store="**{f'{what} {beta:g}': point[i] for beta, point in points.items() for i, what in enumerate(('rate', 'distortion'))}"
points = {beta: rate_distortion(model, images.test_x) for beta, model in sweep.items()}
rates, distortions = zip(*points.values(), strict=True)
axes = plotting.new_axes(5.5, 3.8)
curve = axes.plot(rates, distortions, "o-", color=plotting.PALETTE[0])
for beta, (rate, distortion) in points.items():
    text = axes.annotate(f"beta {beta:g}", (rate, distortion), (6, 6), textcoords="offset points")
axes.margins(x=0.2, y=0.1)
diagonal = axes.axline(points[1], slope=-1, color="black", linestyle="--", linewidth=1)
label = axes.set(xlabel="rate (nats per image)", ylabel="distortion (nats per image)")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Distortion against rate on MNIST, one point for each beta, joined by lines. Beta 39.2 lies at rate 0 and distortion {{shown("rate_distortion", "distortion 39.2"):.0f}}, beta 5 at {{shown("rate_distortion", "rate 5"):.0f}} and {{shown("rate_distortion", "distortion 5"):.0f}}, beta 1 at {{shown("rate_distortion", "rate 1"):.0f}} and {{shown("rate_distortion", "distortion 1"):.0f}}, beta 0.1 at {{shown("rate_distortion", "rate 0.1"):.0f}} and {{shown("rate_distortion", "distortion 0.1"):.0f}}. A dashed line of slope minus one goes through the point of beta 1; all other points lie above it.](figures/rate_distortion.png)

The curve falls steeply on the left and is flat on the right: the first nats of code save many nats of error each, later ones fewer. At 39.2 the rate is zero.

The sum $R + D$, mean and standard deviation of three runs:

| beta | MNIST | small digits |
|---|---|---|
| 0.5 | {{mnist("beta 0.5,", "neg_elbo"):.1f}} | {{digits("beta 0.5,", "neg_elbo"):.1f}} |
| 1 | {{mnist("beta 1, 784", "neg_elbo"):.1f}} | {{digits("beta 1, 784", "neg_elbo"):.1f}} |
| 5 | {{mnist("beta 5,", "neg_elbo"):.1f}} | {{digits("beta 5,", "neg_elbo"):.1f}} |

{{claim("Beta 1 is the best", mnist("beta 1, 784", "neg_elbo").mean < min(mnist("beta 0.5,", "neg_elbo").mean, mnist("beta 5,", "neg_elbo").mean) and digits("beta 1, 784", "neg_elbo").mean < min(digits("beta 0.5,", "neg_elbo").mean, digits("beta 5,", "neg_elbo").mean))}}. On training images and after enough training this must be so, because beta 1 is the only one whose loss *is* $R + D$. On test images it need not be.

(Lesson 02 came lower: it trained one model for much longer. Here each trains for less than two epochs on MNIST.)

</details>
"""

# %% [markdown]
r"""
### Why the slope is minus beta

The plane of $R$ and $D$ has a border. Models above it exist, models below it do not.

![Distortion against rate. A falling, convex curve is the border; the region below it is marked "no model gets here". A point high on the left has a large beta and short messages. A dashed line of slope minus one touches the curve at beta 1, the best negative ELBO. A point far to the right has a small beta, towards an autoencoder.](figures/rate_distortion_plane.svg)

Ask for the smallest distortion with at most $C$ nats: minimise $D$ subject to $R \le C$. Lagrange's method adds the constraint to the goal, times a number $\beta \ge 0$:

$$D + \beta\,(R - C) = D + \beta R - \beta C .$$

The last term is constant. So minimising this is minimising the loss of exercise 4.1: **beta is the multiplier of a limit on the rate**. Every beta belongs to some $C$, which you do not know beforehand. (Every $C$ belongs to some beta only if the border is convex.)

At the best model for a given beta, a small step along the border does not change $D + \beta R$ to first order. What does that say about $\mathrm{d}D / \mathrm{d}R$?

<details><summary>The last step</summary>

$\mathrm{d}D + \beta\,\mathrm{d}R = 0$, hence $\mathrm{d}D / \mathrm{d}R = -\beta$. At this point, one more nat of rate saves $\beta$ nats of distortion: the price.

</details>

Between two betas, the saving per nat should then lie between the two betas. Test it.
"""

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
<details><summary>What you should see</summary>

From the means of three runs: how many nats of distortion each further nat of rate saves.

| step | MNIST | small digits |
|---|---|---|
| from beta 5 down to 1 | {{(mnist("beta 5,", "recon").mean - mnist("beta 1, 784", "recon").mean) / (mnist("beta 1, 784", "kl").mean - mnist("beta 5,", "kl").mean):.1f}} | {{(digits("beta 5,", "recon").mean - digits("beta 1, 784", "recon").mean) / (digits("beta 1, 784", "kl").mean - digits("beta 5,", "kl").mean):.1f}} |
| from beta 1 down to 0.5 | {{(mnist("beta 1, 784", "recon").mean - mnist("beta 0.5,", "recon").mean) / (mnist("beta 0.5,", "kl").mean - mnist("beta 1, 784", "kl").mean):.2f}} | {{(digits("beta 1, 784", "recon").mean - digits("beta 0.5,", "recon").mean) / (digits("beta 0.5,", "kl").mean - digits("beta 1, 784", "kl").mean):.2f}} |

Each value lies between the two betas of its row. Your table has more rows. Where one does not fit, a model is not the best one for its beta: training was short, and the test images are new to it.

</details>

*Try it:* where would a plain autoencoder lie, one without noise and without a KL?

<details><summary>Answer</summary>

Far to the right. Without noise $\sigma \to 0$, and $-\log \sigma^2$ in the KL grows without limit. So its rate is infinite, and its distortion is low.

</details>

Source: Alemi et al. (2018), *Fixing a broken ELBO*, https://arxiv.org/abs/1711.00464.
"""

# %% [markdown]
r"""
## Exercise 4.3: the KL of each dimension

**3 points · {{minutes("kl_per_dimension")}} minutes · difficulty 2/5 · importance 4/5**

The rate is a sum over 20 latent dimensions. Do all of them carry something? For a diagonal Gaussian the KL splits into one part per dimension:

$$\mathrm{KL}_j = \tfrac12 \big( \mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2 \big), \qquad \text{averaged over the batch.}$$

Write `kl_per_dimension`. It returns one number per latent dimension, and the numbers add up to the rate. Keep the gradient: some training objectives weigh each dimension separately.
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
<details><summary>Hint 3: check by hand</summary>
Two images, two dimensions: mu is (1, 0) for the first and (-1, 0) for the second, log_var is 0 everywhere. The answer is (0.5, 0). If you get (0, 0), you averaged mu before you squared it.
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
**Predict:** the next figure shows the 20 parts, sorted, for beta 0.1, 1 and 5. Will a larger beta make all bars shorter by the same factor, or switch some off?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %% figure="kl_bars" store="**{f'{what} {beta:g}': value for beta, kls in parts.items() for what, value in (('sum', kls.sum()), ('least', kls.min()), ('most', kls.max()))}"
figure, panels = plt.subplots(1, 3, figsize=(10, 2.7), layout="constrained", sharey=True)
parts = {}
for ax, beta in zip(panels, (0.1, 1, 5), strict=True):
    kls = kl_per_dimension(*evaluation.encode(sweep[beta], images.test_x))
    parts[beta] = kls.sort(descending=True).values
    axes = plotting.bars(parts[beta], ax, xlabel="latent dimension, sorted")
    title = ax.set_title(f"beta {beta:g}: {kls.sum():.1f} nats in all", fontsize=10)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Three sorted bar charts of the KL of 20 latent dimensions on MNIST. At beta 0.1 all bars lie between {{shown("kl_bars", "least 0.1"):.1f}} and {{shown("kl_bars", "most 0.1"):.1f}} nats, {{shown("kl_bars", "sum 0.1"):.1f}} in all. At beta 1 they lie between {{shown("kl_bars", "least 1"):.1f}} and {{shown("kl_bars", "most 1"):.1f}}, {{shown("kl_bars", "sum 1"):.1f}} in all. At beta 5 six bars are above half a nat, a seventh is much lower, and the other thirteen are near zero, {{shown("kl_bars", "sum 5"):.1f}} in all.](figures/kl_bars.png)

**MNIST.** From beta 0.1 to beta 1 all bars get shorter. At beta 5 the picture shows seven bars. The other dimensions are almost empty.

**Small digits.** Some dimensions are almost empty at beta 1 already, and more of them at 5.

</details>

What does a bar at zero mean? The $q(z_j|x)$ of this dimension is the prior for *every* image. The encoder sends pure noise, and the decoder has learned to ignore it.

That can be the right choice. At the optimum, a dimension that would save less than $\beta$ nats for each nat of KL should be off.
"""

# %% [markdown]
r"""
## Exercise 4.4: count the active units

**3 points · {{minutes("active_units")}} minutes · difficulty 2/5 · importance 4/5**

One number is handier than twenty bars. Burda, Grosse and Salakhutdinov (2016) call a dimension *active* if its mean $\mu_j$ changes from image to image:

$$A_j = \mathrm{Var}_{x}\big(\mu_j(x)\big) > 0.01 .$$

Three things are easy to mix up.

- It is the variance of $\mu$ *over images*, not the variance $\sigma^2$ of $q(z|x)$ for one image.
- The mean is taken out. A $\mu_j$ that is 3 for all images says nothing about any of them.
- It is a variance, not a standard deviation.
"""


# %% exercise="active_units"
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    """Number of latent dimensions of mu (num_images, latent_dim) whose variance over images exceeds the threshold.

    The variance may divide by the number of images or by one less: both are right. An int; mu stays as it is.
    """
    ### BEGIN SOLUTION
    return int((mu.var(dim=0) > threshold).sum())
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: one variance per column</summary>
<code>Tensor.var</code> takes a <code>dim</code>. Images are rows, so which axis disappears?
</details>
<details><summary>Hint 2: counting</summary>
A comparison gives True and False, and True counts as 1. What you return is a plain integer.
</details>
<details><summary>Hint 3: check by hand</summary>
Two images, three dimensions: the columns of mu are (3, 3), (0, 0.05) and (0, 0.4). The variances are 0, about 0.001 and 0.08, so one unit is active. With standard deviations you would count two.
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
<details><summary>What you should see</summary>

Active units of 20, mean and standard deviation of three runs:

| beta | MNIST | small digits |
|---|---|---|
| 0.5 | {{mnist("beta 0.5,", "active_units"):.1f}} | {{digits("beta 0.5,", "active_units"):.1f}} |
| 1 | {{mnist("beta 1, 784", "active_units"):.1f}} | {{digits("beta 1, 784", "active_units"):.1f}} |
| 5 | {{mnist("beta 5,", "active_units"):.1f}} | {{digits("beta 5,", "active_units"):.1f}} |

At 39.2 the rate is 0, and so is the count. The rate falls much faster than the count.

</details>

At beta 5, about {{mnist("beta 5,", "active_units").mean:.0f}} units count as active, but the bars showed only seven of any size. The threshold is low: a mean that moves a little counts like one that moves a lot. So read the count beside the bars. Below you also count the dimensions that carry more than a tenth of a nat.

Units that are not worth their price should be off. The next section asks whether training can also switch units off too early.

Source: Burda, Grosse and Salakhutdinov (2016), https://arxiv.org/abs/1509.00519, where the threshold of 0.01 comes from.
"""

# %% [markdown]
r"""
## When the price is charged too early

Make the network deeper: on each side three hidden layers of 256 units instead of one of 400. The number of weights stays about the same. Keep $\beta = 1$, the plain negative ELBO. Train three seeds, so that one lucky run does not mislead you.

**Predict:** with as many weights, three layers can describe some functions better than one. Will its test negative ELBO be better or worse than that of one hidden layer?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %%
DEEP = {"hidden_dims": (256, 256, 256), "latent_dim": 20}
num_seeds = runtime.choose(3, 2)
SEEDS = [num_seeds * runtime.seed() + i for i in range(num_seeds)]
some_x = images.test_x[:: math.ceil(len(images.test_x) / 2000)]


def units(model: nn.Module) -> dict[str, float]:
    """Active units, dimensions that carry more than a tenth of a nat, and the KL, on 2,000 test images."""
    mu, log_var = evaluation.encode(model, some_x)
    kls = kl_per_dimension(mu, log_var)
    speaking = (kls > 0.1).sum().item()
    return {"active_units": active_units(mu), "speaking": speaking, "kl": kls.sum().item()}


def train_deep(seed: int, schedule: Callable) -> tuple[nn.Module, training.History]:
    """Train the deep network with the price schedule(step)."""
    runtime.seed_everything(seed)
    model = MLPVAE(**DEEP).to(device)

    def objective(step, *pass_):
        return beta_vae_loss(*pass_, beta=schedule(step))[0]

    return model, train(model, objective, images.train_x, num_steps, units, seed)


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
<details><summary>What you should see</summary>

The deep network is *worse*, and it uses {{claim("less than half the rate", mnist("constant", "kl").mean / mnist("beta 1, 784", "kl").mean < 0.49 and digits("constant", "kl").mean / digits("beta 1, 784", "kl").mean < 0.49)}}. Mean and standard deviation of three runs. A run of the deep network is itself a mean of three seeds. With one hidden layer a run is a single model.

| | MNIST | small digits |
|---|---|---|
| neg ELBO, one hidden layer | {{mnist("beta 1, 784", "neg_elbo"):.1f}} | {{digits("beta 1, 784", "neg_elbo"):.1f}} |
| neg ELBO, three hidden layers | {{mnist("constant", "neg_elbo"):.1f}} | {{digits("constant", "neg_elbo"):.1f}} |
| rate, one hidden layer | {{mnist("beta 1, 784", "kl"):.1f}} | {{digits("beta 1, 784", "kl"):.1f}} |
| rate, three hidden layers | {{mnist("constant", "kl"):.1f}} | {{digits("constant", "kl"):.1f}} |
| dimensions above 0.1 nats, three layers | {{mnist("constant", "speaking"):.1f}} | {{digits("constant", "speaking"):.1f}} |

</details>

Part of this gap may be training time: a deep network may need more steps. The next experiment keeps network and steps fixed.
"""

# %% [markdown]
r"""
### What may happen to one unit

At the start the decoder is random, and it cannot use $z_j$ yet.

1. Every nat in $z_j$ costs one nat now and saves nothing yet. The gradient of the KL acts from the first step. That of the reconstruction must pass a deep, random network.
2. So the encoder sets $\mu_j = 0$ and $\sigma_j = 1$: the cost is zero.
3. Now $z_j$ is pure noise, and the decoder learns to ignore it.
4. While the decoder ignores $z_j$, the encoder gains nothing by using it. The unit stays off.

This is **posterior collapse**, here of single units. In language models it often hits all of them (Bowman et al., 2016).

This order of events is one possible cause. So change it: make the KL free at first, and raise its price once the decoder can use the code.
"""

# %% [markdown]
r"""
## Exercise 4.5: warm-up

**4 points · {{minutes("linear_warmup")}} minutes · difficulty 1/5 · importance 4/5**

The simplest schedule is a straight ramp. Sønderby et al. (2016) use it and call it *warm-up*. (Bowman et al., 2016, raise the weight along a sigmoid.)

| step | beta |
|---|---|
| 0 | 0 |
| half of `warmup_steps` | half of `beta_max` |
| `warmup_steps` | `beta_max` |
| any later step | `beta_max` |

`linear_warmup` gives the beta of a step. With `warmup_steps` 0 there is no ramp: beta is `beta_max` from the first step.

Three mistakes are common: a ramp that never stops, a ramp that does not start at 0, and a division by zero when there is no ramp.
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
On the ramp, beta is a fraction of <code>beta_max</code>. After the ramp it is <code>beta_max</code>. What does "after the ramp" mean when its length is 0?
</details>
<details><summary>Hint 2: the order of questions</summary>
Ask first whether the ramp is over. If it is, you never divide.
</details>
<details><summary>Hint 3: check by hand</summary>
With 10 steps and beta_max 4: step 0 gives 0, step 5 gives 2, steps 10 and 11 give 4. With 0 steps, step 0 gives 4.
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
The same networks, seeds and batches again. One thing is new: beta rises from 0 to 1 over the first four fifths of the steps.

Before you look: how will the KL move during the training with warm-up, and how without it?
"""

# %%
warmup_steps = 4 * num_steps // 5
warm = {}
for seed in SEEDS:
    warm[seed] = train_deep(seed, lambda step: linear_warmup(step, warmup_steps, 1.0))
deep_scores["constant"] = report("constant", plain)
deep_scores["warm-up"] = report("warm-up ", warm)

# %% figure="collapse" store="**{f'{what} {name}': pick(history['kl'][-1] for _, history in runs.values()) for name, runs in (('constant', plain), ('warm-up', warm)) for what, pick in (('least', min), ('most', max))}, start=max(history['kl'][0] for _, history in warm.values())"
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 3), layout="constrained")
for colour, name, runs in zip(
    plotting.PALETTE, ("constant", "warm-up"), (plain, warm), strict=False
):
    for seed, (_, history) in runs.items():
        label = name if seed == SEEDS[0] else None
        for ax, metric in ((left, "speaking"), (middle, "kl")):
            line = ax.plot(history["step"], history[metric], color=colour, label=label)
    kls = kl_per_dimension(*evaluation.encode(runs[SEEDS[0]][0], images.test_x))
    x = np.arange(1, 21) + (-0.2 if name == "constant" else 0.2)
    bars = right.bar(x, kls.sort(descending=True).values.cpu(), 0.4, color=colour)
labels = left.set(xlabel="step", ylabel="dimensions above 0.1 nats", ylim=0)
labels = middle.set(xlabel="step", ylabel="KL (nats), test images", ylim=0)
labels = right.set(xlabel="latent dimension, sorted", ylabel="KL (nats), first seed")
legend = left.legend(frameon=False, fontsize=8)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Three panels on MNIST, constant price against warm-up, three seeds each. Left, dimensions above a tenth of a nat: with warm-up 19 or 20 at first, then 5 or 6 from step 1,000 on; with a constant price at most 10, and 5 to 7 at the end. Middle, KL: with warm-up it rises above 14 while beta is small and falls to between {{shown("collapse", "least warm-up"):.1f}} and {{shown("collapse", "most warm-up"):.1f}}; without it rises from 2 to between {{shown("collapse", "least constant"):.1f}} and {{shown("collapse", "most constant"):.1f}}. Right, KL of each dimension for the first seed: six tall bars with warm-up; four tall ones and a short one without.](figures/collapse.png)

**KL.** With warm-up it rises quickly while beta is small, and falls as beta grows. Without, it rises slowly and ends lower. The small digits show the same.

**Dimensions.** The two counts end nearly equal, but the bars differ (MNIST): six tall ones with warm-up, four tall ones and a short one without (first seed).

**Score**, mean and standard deviation of three runs, each a mean of three seeds:

| neg ELBO | MNIST | small digits |
|---|---|---|
| constant | {{mnist("constant", "neg_elbo"):.1f}} | {{digits("constant", "neg_elbo"):.1f}} |
| warm-up | {{mnist("warm-up", "neg_elbo"):.1f}} | {{digits("warm-up", "neg_elbo"):.1f}} |

</details>

Network, seeds, steps and the final beta are the same. Warm-up brought back hardly any dimensions. Those in use carry more nats, and the score is better.

So the price at the start matters: warm-up recovers {{near("about 11", mnist("constant", "neg_elbo").mean - mnist("warm-up", "neg_elbo").mean, 0.5)}} of the {{near("26 nats", mnist("constant", "neg_elbo").mean - mnist("beta 1, 784", "neg_elbo").mean, 0.5)}} to one hidden layer on MNIST. But the number of dimensions hardly changed, so the four steps above do not explain the gain. What does was not tested here.
"""

# %% [markdown]
r"""
Three limits of this result:

- It is a partial repair. The network with one hidden layer still scores better.
- The count of *active* units hides it: on average it falls. On MNIST it is {{mnist("constant", "active_units").mean:.1f}} without and {{mnist("warm-up", "active_units").mean:.1f}} with warm-up, while the score improves by {{mnist("constant", "neg_elbo").mean - mnist("warm-up", "neg_elbo").mean:.0f}} nats.
- A ramp can fail. In trials for this lesson, one setting gained nothing for one seed of three, and a network with tanh layers collapsed with a ramp and not without it. Test several seeds of your own model.

*Try it:* in a new cell run `report("short ramp", {seed: train_deep(seed, lambda step: linear_warmup(step, warmup_steps // 10, 1.0)) for seed in SEEDS})`. Is there still a gain over the constant price?

<details><summary>Answer</summary>

No number is given here. A ramp of length 0 is the constant price, so the gain must vanish somewhere. One ramp does not show where. Compare seed by seed: subtract the two scores of each seed. If the sign differs between the seeds, three seeds cannot decide.

</details>

Sources: Bowman et al. (2016), https://arxiv.org/abs/1511.06349; Sønderby et al. (2016), https://arxiv.org/abs/1602.02282.
"""

# %% [markdown]
r"""
### Extra: several ramps

Fu et al. (2019) repeat the ramp several times in one run. Whenever beta is low, unused units get another chance, now with a decoder that already works. In code it takes your `linear_warmup` and the remainder of a division.
"""

# %% figure="schedules"
cycle = math.ceil(num_steps / 4)


def cyclical(step: int) -> float:
    """Half of each cycle a ramp from 0 to 1, the other half at 1 (Fu et al., 2019)."""
    return linear_warmup(step % cycle, cycle // 2, 1.0)


curves = {
    "linear": [linear_warmup(step, warmup_steps, 1.0) for step in range(num_steps)],
    "cyclical": [cyclical(step) for step in range(num_steps)],
}
axes = plotting.curves(range(num_steps), curves, xlabel="step", ylabel="beta")
size = axes.figure.set_size_inches(5.5, 2.2)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Beta over the training steps. Linear warm-up rises once and stays at 1 for the last fifth. The cyclical schedule rises from 0 to 1 and stays there for half of each cycle, then falls back to 0, four cycles in all.](figures/schedules.png)

</details>

Fu et al. report gains for language models, whose decoders ignore $z$ far more easily. For your model that is a hypothesis to test.

*Try it:* `report("cyclical", {seed: train_deep(seed, cyclical) for seed in SEEDS})`. Is it better than one ramp?

<details><summary>Answer</summary>

Compare seed by seed: subtract the two scores of each seed. If the sign differs between the seeds, three seeds cannot decide. If it does not, the mean of the differences is your estimate.

</details>

Source: Fu et al. (2019), https://arxiv.org/abs/1903.10145.
"""

# %% [markdown]
r"""
## Exercise 4.6: a target instead of a price

**4 points · {{minutes("capacity_loss")}} minutes · difficulty 2/5 · importance 3/5**

Beta is the multiplier of an unknown limit $C$. Burgess et al. (2018) turn this around: say how many nats you *want*. This is the capacity $C$. Then penalise every nat above or below it:

$$\text{loss} = \text{recon} + \gamma\, \big|\, \mathrm{KL} - C \,\big| .$$

In the paper $C$ rises slowly from 0.

- The KL is the *mean over images of the sum over dimensions*. With a sum over the batch, all images would share the capacity of one.
- The absolute value matters. Without it the loss is $\text{recon} + \gamma\, \mathrm{KL} - \gamma C$. The last term is constant, so you are back at $\beta = \gamma$.

How large must $\gamma$ be? Use the slope $\mathrm{d}D/\mathrm{d}R = -\beta$.

<details><summary>Answer</summary>

Larger than $\beta$, the steepness of the border at $C$. If one more nat saves more than $\gamma$ nats of distortion, the model exceeds its target.

</details>
"""


# %% exercise="capacity_loss"
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    """Reconstruction plus gamma times the distance of the KL to the capacity: a scalar, in nats per image.

    It has the dtype of the inputs and carries gradients to x_logits, mu and log_var; no argument is changed.

    Args:
        x_logits: Decoder output before the sigmoid, (batch, num_pixels).
        x: Images in [0, 1], (batch, num_pixels).
        mu: Means of q(z|x), (batch, latent_dim).
        log_var: Logarithms of the variances of q(z|x), (batch, latent_dim).
        gamma: Penalty for each nat of distance, 0 or more.
        capacity: KL that is wanted, in nats per image, on average over the batch.
    """
    ### BEGIN SOLUTION
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl - capacity).abs()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: you have both terms</summary>
<code>beta_vae_loss</code> returns recon and kl in the right units, and neither depends on beta.
</details>
<details><summary>Hint 2: mean first, absolute value second</summary>
The capacity is meant for the batch mean. So the distance is taken of that one number, not image by image.
</details>
<details><summary>Hint 3: check by hand</summary>
Two images with KL 3 and 5, recon 100 on average, capacity 4, gamma 10. The mean KL is 4, so the loss is 100. If you get 110, you took the distance image by image.
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

# %% [markdown]
r"""
Ask for 4 and for 12 nats. The capacity rises during the first half of training.
"""

# %%
TARGETS = (4.0, 12.0)
obedient, rising = {}, num_steps // 2
for target in TARGETS:
    runtime.seed_everything()
    model = MLPVAE(latent_dim=20).to(device)

    def objective(step: int, *pass_: Tensor, target: float = target) -> Tensor:
        """Recon and a penalty for leaving a capacity that rises during the first half."""
        return capacity_loss(*pass_, gamma=20.0, capacity=linear_warmup(step, rising, target))

    history = train(model, objective, images.train_x, num_steps, units)
    obedient[target] = history["kl"]
    rate, distortion = rate_distortion(model, images.test_x)
    print(f"asked for {target:g} nats: rate {rate:.2f}, distortion {distortion:.1f}")

# %% figure="capacity" store="**{f'{what} {target:g}': value for target, kls in obedient.items() for what, value in (('most', max(kls)), ('end', kls[-1]))}"
names = {f"capacity {target:g}": kls for target, kls in obedient.items()}
axes = plotting.curves(history["step"], names, xlabel="step", ylabel="KL (nats), test images")
for target in TARGETS:
    line = axes.axhline(target, color="black", linestyle="--", linewidth=0.8)
limits = axes.set_ylim(0, 1.2 * max(TARGETS))

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![KL of test images over the training steps on MNIST for two targets, 4 and 12 nats, marked by dashed lines. Both curves reach their line after about half of the steps, go above it, to {{shown("capacity", "most 4"):.1f}} and {{shown("capacity", "most 12"):.1f}}, and come back: they end at about {{shown("capacity", "end 4"):.1f}} and {{shown("capacity", "end 12"):.1f}}.](figures/capacity.png)

Both runs end close to their target, without a search for a beta. On the small digits too, the printed rates are close to 4 and 12.

</details>

In the plane of rate and distortion, beta chooses a slope and a capacity chooses a place on the rate axis.

A model that meets its target need not be a good one. No figure holds your two points beside your sweep. So compare each printed line with the table of the sweep. Take the two rows whose rates lie on either side of it. The point with 12 nats lies above the curve. On the small digits its distortion is even higher than that of beta 2, which uses fewer nats. One possible cause: the last nats were allowed only half way through training.

Source: Burgess et al. (2018), *Understanding disentangling in beta-VAE*, https://arxiv.org/abs/1804.03599.
"""

# %% [markdown]
r"""
## Does each dimension mean one thing?

Higgins et al. proposed beta-VAEs for another reason than compression. Their idea: if nats are expensive, the model must describe a scene economically, by its independent causes, such as shape, size, angle and place. Then each latent dimension would mean one thing. This is called **disentanglement**.

To *measure* it you need pictures whose causes are known. The course draws them: *sprites*, $3 \cdot 4 \cdot 8 \cdot 8 \cdot 8 = 6{,}144$ pictures. There is one for each combination of 3 shapes, 4 sizes, 8 angles, and 8 places along x and along y. These causes are called *factors*.
"""

# %% figure="sprites"
pictures = sprites.sprites(runtime.choose(None, 1500), generator=torch.Generator().manual_seed(0))
some = torch.randperm(len(pictures.images), generator=torch.Generator().manual_seed(3))[:30]
axes = plotting.image_grid(pictures.images[some], num_columns=10)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Thirty small black shapes in three rows: squares, ellipses and triangles of different size, angle and place.](figures/sprites.png)

Thirty of the sprites. Each picture is 28 by 28 pixels. The frames are not drawn, so a place shows only as a distance from the neighbours.

</details>
"""

# %% [markdown]
r"""
## Exercise 4.7: the mutual information gap

**6 points · {{minutes("mutual_information_gap")}} minutes · difficulty 4/5 · importance 4/5**

A model has separated a factor if *one* latent dimension knows it and no other does. "Knows" means *mutual information*: the nats that you learn about the factor $v$ by looking at $z_j$.

$$I(z_j; v) = H(v) - H(v | z_j), \qquad H(v) = -\sum_v p(v) \log p(v) .$$

$H(v)$ is the *entropy* of the factor. $H(v|z_j)$ is what is left of it, on average, once $z_j$ is known.

Chen et al. (2018) compare, for each of the $K$ factors, the best informed latent $j_1$ with the second best $j_2$:

$$\mathrm{MIG} = \frac{1}{K} \sum_{k=1}^{K} \frac{1}{H(v_k)} \Big( I(z_{j_1}; v_k) - I(z_{j_2}; v_k) \Big) .$$

$H(v_k)$ is the most that anything can know about the factor. So every gap lies between 0 and 1.
"""

# %% [markdown]
r"""
Factors are integers and latents are real numbers. So cut each latent into `num_bins` bins of **equal width** between *its own* minimum and maximum. The maximum itself belongs to the last bin. (Here the latents are the means $\mu$, as in `disentanglement_lib` of Locatello et al. Chen et al. use samples of $q$.)

Then `mutual_info_score(a, b)` of scikit-learn counts: it returns the mutual information of two columns of integers, in nats. What does it return for `mutual_info_score(v, v)`?

<details><summary>Answer</summary>
Whoever knows $v$ knows all about $v$: it returns the entropy $H(v)$.
</details>

Latents and factors may be tensors or NumPy arrays. A latent that never moves has no width and knows nothing. Your function must not fail on it.
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
        num_bins: Equal-width bins for each latent, between its minimum and its maximum. A value on an inner edge
            belongs to the bin above it, the maximum to the last bin.
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
First turn each latent into bin numbers. Then, for each factor, compute its mutual information with every latent. The gap is between the two largest. For the entropy: what does a factor know about itself?
</details>
<details><summary>Hint 2: equal width</summary>
<code>np.linspace</code> makes the edges of one latent: how many are there for <code>num_bins</code> bins? <code>np.digitize</code> returns bin numbers. Give it only the inner edges, without the first and the last. Then the maximum falls into the last bin, and a constant latent into a single one.
</details>
<details><summary>Hint 3: the shape of the code</summary>
<pre>codes: for each latent, its bin numbers
for each factor:
    information with each of the codes, sorted
    gap = (largest - second) / ...
return the mean of the gaps, a float</pre>Tensors become arrays first, without gradients and on the CPU.
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
Test a new measure on cases that you know: a perfect code, pure noise, and the perfect code *rotated* by 45 degrees in the plane of x and y. The rotation loses nothing: a sum and a difference undo it.

**Predict:** what is the MIG of the rotated code? (There are five factors.)
"""

# %%
guess = "..."  # your guess, one line; it is not graded

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
<details><summary>What you should see</summary>

The perfect code scores 1 and noise close to 0. The rotated code scores 0.6. Neither of its two mixed axes knows x or y better than the other, so two of the five gaps vanish, and $3/5$ remain.

</details>

MIG asks for more than knowledge. It also asks that the knowledge lies along single *axes*.

Now the models: one small network, two betas, several seeds each.

**Decide before you run:** if you trained one seed of each beta, could you say which beta separates better?
"""

# %%
SPRITE_BETAS = (1, 4)
num_sprite_seeds = runtime.choose(5, 2)
SPRITE_SEEDS = [num_sprite_seeds * runtime.seed() + i for i in range(num_sprite_seeds)]
sprite_x, sprite_steps = pictures.images.to(device), runtime.choose(1200, 20)
coders, gaps = {}, {beta: [] for beta in SPRITE_BETAS}
sprite_seconds = 0.0
for beta in SPRITE_BETAS:
    for seed in SPRITE_SEEDS:
        runtime.seed_everything(seed)
        model = MLPVAE(hidden_dims=(128, 128), latent_dim=6).to(device)
        history = train(model, at_price(beta), sprite_x, sprite_steps, seed=seed)
        sprite_seconds += history.seconds
        coders[beta, seed] = model
        gaps[beta].append(
            mutual_information_gap(evaluation.encode(model, sprite_x)[0], pictures.factors)
        )
    print(f"beta {beta}: MIG " + "  ".join(f"{gap:.3f}" for gap in gaps[beta]))

# %% figure="mig" store="**{f'{what} {beta}': pick(values) for beta, values in gaps.items() for what, pick in (('least', min), ('mean', np.mean), ('most', max))}"
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
<details><summary>What you should see</summary>

![MIG of every trained model as a dot, five seeds for beta 1 and five for beta 4, with a line at each mean, near {{shown("mig", "mean 1"):.2f}} and {{shown("mig", "mean 4"):.2f}}. The lowest dot of beta 4 lies just above the highest of beta 1. A dotted line at 1 is the perfect code.](figures/mig.png)

| MIG, five seeds | lowest | mean | highest |
|---|---|---|---|
| beta 1 | {{shown("mig", "least 1"):.2f}} | {{shown("mig", "mean 1"):.2f}} | {{shown("mig", "most 1"):.2f}} |
| beta 4 | {{shown("mig", "least 4"):.2f}} | {{shown("mig", "mean 4"):.2f}} | {{shown("mig", "most 4"):.2f}} |

With these seeds {{claim("every model at beta 4 scores above every model at beta 1", shown("mig", "least 4") > shown("mig", "most 1"))}}, so any pair of seeds would have named beta 4. But how much better is it? One pair says {{shown("mig", "least 4") - shown("mig", "most 1"):.2f}}, another one {{shown("mig", "most 4") - shown("mig", "least 1"):.2f}}. And one pair cannot tell you whether the next one will agree: for that you need the spread over seeds. All models are far from 1.

</details>

The sprites do not depend on the data set, so these numbers hold for MNIST and digits alike. Another machine may change them a little.
"""

# %% [markdown]
r"""
Locatello et al. (2019) trained more than 12,000 models with six methods on seven data sets. Two findings:

- The random seed and the hyperparameters mattered more than the method. (Beta is a hyperparameter, so the figure above does not contradict this.) Without labels there was no reliable way to tell a good run from a bad one.
- Without assumptions about model and data, disentanglement from unlabelled images is impossible.
"""

# %% [markdown]
r"""
The rotation shows why. Rotate the latents, and let the decoder rotate them back: the prior and $p(x)$ stay as they were. So $p(x)$ cannot prefer one set of axes.

A *diagonal* $q$ is such an assumption. It fits some axes better than others, so the ELBO can prefer them (Rolinek, Zietlow and Martius, 2019). Why the mean MIG was higher at beta 4 was not tested here. One run promises nothing.

A very low MIG can also be a bug. Users of a well-known implementation found about 0.001. Issues 64 and 78 of YannDubs/disentangling-vae report an error in its code.
"""

# %% [markdown]
r"""
A **traversal** shows what one latent dimension does. Encode one picture, move a single coordinate from $-2$ to $2$, and decode. Rows are sorted by KL, the largest on top.

Take one factor, such as the size. How many rows change it? MIG wants one. Look also for rows that change nothing.
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
<details><summary>What you should see</summary>

![Two blocks of small blurred shapes, left for beta 1 and right for beta 4. Each row moves one latent dimension from minus two to two. In the upper four rows on the left size or place changes, often both. On the right two rows mostly move the shape and one changes its size. In the rows below them nothing visible changes.](figures/traversals.png)

The picture is the first sprite above, an ellipse. On the left several rows change the size and several the place. No dimension knows either of them alone: this is what a low MIG looks like. On the right two rows mostly move the ellipse, and one changes its size.

No row turns it or changes its shape. To turn a small sprite changes few pixels, so it is worth few nats. A factor that no dimension knows has a gap near 0, which alone keeps MIG low.

The lowest rows do not change: for this sprite the decoder ignores these dimensions.

</details>
"""

# %% [markdown]
r"""
*Try it:* show the *worst* seed instead (`np.argmin`). Could you have told it from the pictures?

<details><summary>Answer</summary>

Usually not. You see one sprite, and MIG averages over all of them. So ask for the other seeds when a paper shows the traversals of one model.

</details>

Sources: Chen et al. (2018), https://arxiv.org/abs/1802.04942; Locatello et al. (2019), https://arxiv.org/abs/1811.12359; Rolinek et al. (2019), https://arxiv.org/abs/1812.06775. The sprites are modelled on dSprites (Matthey et al., 2017).
"""

# %% [markdown]
r"""
## Result card

Your numbers beside the results of earlier runs with several seeds.
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
## Quiz

**1.** One model was trained at beta 1, another one at beta 4. Which number says which is the better model of the data?

<details><summary>A. The loss of each.</summary>

Not quite: one loss is $D + R$, the other one $D + 4R$. They are different quantities.

</details>
<details><summary>B. $R + D$ on test images.</summary>

Right: because this is the negative ELBO of both, whatever beta was in their training.

</details>
<details><summary>C. The rate of each.</summary>

Not quite: a low rate only says that little is sent. It does not say how much error remains.

</details>
"""

# %% [markdown]
r"""
**2.** A model has rate 7 and distortion 126, another one rate 25 and distortion 83. Which statement holds?

<details><summary>A. The first one is better, because its KL is lower.</summary>

Not quite: a low KL only says that little is sent. Compare the sums: 133 against 108.

</details>
<details><summary>B. The second one is better for every purpose.</summary>

Not quite: it has the better negative ELBO. If you may send only 7 nats, the first is the one to use.

</details>
<details><summary>C. The second has the better negative ELBO; both can be the best for their beta.</summary>

Right: because the negative ELBO is $R + D$, and each beta picks another point of the border.

</details>
"""

# %% [markdown]
r"""
**3.** After training, 12 of 20 dimensions have KL 0. What do you do first?

<details><summary>A. Lower beta until all of them are active.</summary>

Not quite: that can make the negative ELBO worse. The number of active units is no goal in itself.

</details>
<details><summary>B. Train again with warm-up, several seeds, and compare the negative ELBO.</summary>

Right: because if the score improves, the first run was not at its optimum. If it does not, you have learned little: a ramp can fail, too.

</details>
<details><summary>C. Nothing. Training switches off only units that are not worth their price.</summary>

Not quite: the optimiser may never have reached an optimum. The deep network scored better after a warm-up, so its first run had not.

</details>
"""

# %% [markdown]
r"""
## Summary

- Beta is the price of a nat of KL, and the multiplier of a limit on the rate. It stands in front of the KL and nowhere else. A mean over dimensions changes it without telling you.
- Rate and distortion say more than their sum. The slope of the curve between them is $-\beta$.
- A dimension is unused when $\mu_j$ does not move from image to image. Read the count of active units beside their KL. Units not worth their price should be off.
- Warm-up changes the order: the KL is free at first. Here it brought back hardly any dimensions, but those in use carried more nats, and the score was better. Judge it by the score, seed by seed.
- A capacity asks for nats directly, per image.
- MIG depends on the axes. Show every seed.

## Questions to discuss
"""

# %% [markdown]
r"""
### A beta without reductions (2 points)

A repository trains a VAE on 64 x 64 colour pictures with 10 latent dimensions. Its loss is the *mean* squared error over all pixels and channels plus 0.005 times the KL, which is summed over dimensions. "We use beta = 0.005, so ours is hardly regularised."

Work out which beta this is for a Gaussian decoder with $\sigma = 1$, whose cost is half of the *summed* squared error. What do you expect its rate to be, compared with $\beta = 1$? Which one experiment would show whether its blurred pictures come from beta?
"""

# %% [markdown] written="beta_without_reductions" points=2
r"""
There are $64 \cdot 64 \cdot 3 = 12288$ squared errors. To turn the mean into half of the sum, multiply the loss by $12288 / 2 = 6144$. The KL is multiplied as well: its weight becomes $0.005 \cdot 6144 \approx 30.7$. So the real beta is about 31: thirty times the weight in the negative ELBO, and not a two-hundredth of it. (With another $\sigma$ it would be another number: $\sigma$ and beta cannot be told apart in this loss.)

At such a price a nat is used only if it saves 31 nats. So the rate is far lower than at beta 1, probably with only a few active units. Fine detail is not worth its price, and pictures are blurred. To find out whether beta is the cause, train the same network at several betas and draw the rate-distortion curve. If distortion falls steeply as beta falls,
it was beta. If the curve is flat, or the rate rises and the pictures stay blurred, it is the network or the Gaussian likelihood.

**Points.** 1: beta of about 31 with the steps (12288 squared errors, factor 6144); 0.5 of it for the right way with a slip, such as the forgotten half (61). 0.5: the rate is far lower than at $\beta = 1$, with a reason. 0.5: one experiment that changes beta alone and looks at rate and distortion (or at the pictures).
"""

# %% [markdown]
r"""
### Two dead units (2 points)

Two models have 12 unused units of 20. In model A the units died in the first epoch, at a constant $\beta = 1$. In model B all units were active at the end of a long warm-up and faded slowly afterwards. Are the two cases equal?

Describe what you would measure to decide whether each model *should* have more active units. Say why "more active units" is not a goal in itself.
"""

# %% [markdown] written="two_dead_units" points=2
r"""
In both models the unused dimensions have posterior equal to prior and cost nothing, so the bars look the same. The histories differ. In B the decoder could once use every unit, and each was dropped while it could have paid. At this price, with this network, its information was probably not worth one nat per nat. In A the units were switched off before the decoder could use anything, so nothing is known about what they could have saved.

Measure the test negative ELBO of A against a run of the same network with warm-up, over several seeds. If warm-up gives more active units *and* a better negative ELBO, A's units died too early. If it gives more units and the same score, they were surplus. For B, try a longer ramp or lower beta again for a while (cyclical annealing). If the units come back and the score does not improve, they should be off.
More units are no goal because the loss is the goal. A unit that carries 0.02 nats can count as active by the threshold and changes nothing. And at a lower beta you can make all units active and the negative ELBO worse.

**Points.** 0.5: not equal, because in B the decoder could use the units and in A it never could. 1: a comparison by test negative ELBO, the same network with and without warm-up, over several seeds (0.5 if it counts units only, or uses one seed). 0.5: why the number of active units is no goal: the threshold is low, or a lower beta activates all and worsens the score.
"""

# %% [markdown]
"""
## How far you are

Did *Run All Cells* bring you here? It stops at the first check that is not right yet, and runs nothing below it. In a new notebook that is Exercise 4.1: the table of contents in the left bar takes you there.

The line below counts the checks that have run since the kernel started. It stays in this notebook and is not a grade.
"""

# %%
checks.progress()

# %% [markdown]
r"""
## Where next

- **[Lesson 05](../05_latent_space/05_latent_space.ipynb)** looks into the latent space: grids, walks and neighbours.
- **[Lesson 06](../06_gumbel_vae/06_gumbel_vae.ipynb)** uses the capacity for a *categorical* latent. Without it, this latent is hardly used, or used for something other than the class.
- **[Lesson 07](../07_iwae/07_iwae.ipynb)** asks how far the negative ELBO is from $-\log p(x)$.
- Not yet read? **[Lesson 02](../02_vae/02_vae.ipynb)** finds the betas that means hide, **[Lesson 03](../03_cvae/03_cvae.ipynb)** gives the class to the model.

To read: Alemi et al. (2018) for rate and distortion, Locatello et al. (2019) for what not to believe. Lucas et al. (2019), *Don't blame the ELBO!*, https://arxiv.org/abs/1911.02469, on when collapse is the fault of the objective and when it is not.
"""
