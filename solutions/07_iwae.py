# %% [markdown]
r"""
# Lesson 07: how good is the model, really?

Your VAE scores 97 nats. A paper says 87. Are you ten nats worse? You cannot know. Perhaps you scored other pixels than the paper did. Perhaps you quote a bound and the paper quotes the thing that it bounds. Both happen all the time, and each is worth more nats than most new ideas.

**You will be able to**

- say which pixels a score belongs to, and make the same pixels as the papers;
- estimate $\log p(x)$ itself, with a bound that rises as you spend more samples, and say how far you can trust it;
- look at importance weights and notice when one sample does all the work;
- score any model in bounded memory;
- say why nobody trains with a thousand samples, and what repairs it;
- put your own number into a table beside published ones, with its spread.

**What it takes.** About two and a half hours of your time. The computer needs 80 seconds on the built-in digits and eight minutes on MNIST (measured on
one CPU core, no GPU), most of it for two trainings, of 3,000 steps each on the digits and of 20,000 on MNIST. You need the ELBO of lesson 01 and the VAE of lesson 02; both are given here.

Units, everywhere: **nats per image**. Sum over pixels and over latent dimensions, mean over the batch. Words that are new to you are in the [glossary](glossary.md).
"""

# %% setup=true
import math
import time
from collections.abc import Callable

import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn
from torch.distributions import MultivariateNormal, Normal
from torch.optim.lr_scheduler import LambdaLR

from course_utils import data, evaluation, plotting, published, runtime, training
from course_utils.checks import nb07_iwae as checks
from course_utils.likelihood import bernoulli_nll
from course_utils.linear_gaussian import LinearGaussian
from course_utils.models import MLPVAE
from course_utils.result_card import load_bands, result_card

# %%
runtime.seed_everything()
images = data.load("mnist")
device = images.train_x.device
print(f"{images.name}: {len(images.train_x):,} to learn from, {len(images.test_x):,} to test on")

# %% [markdown]
r"""
## Exercise 7.1: whose pixels?

**3 points · 6 minutes · difficulty 1/5 · importance 5/5**

MNIST is grey. A Bernoulli decoder describes pixels that are 0 or 1, and the papers whose numbers you want to meet score *those*: they read the grey value as a probability and draw. A pixel of 0.8 is black in four copies of the image out of five. This is the *binarised MNIST* of Salakhutdinov and Murray (2008).

Write `binarize`. Every pixel gets a draw of its own, and every call draws afresh: during training the model then never sees the same picture twice, which works like more data.

(`course_utils.data.binarize` does it too. Write yours; it is one line.)
"""


# %% exercise="binarize"
def binarize(x: Tensor) -> Tensor:
    """Each pixel becomes 1 with probability x and else 0: any shape -> the same shape and dtype, fresh in every call.

    Args:
        x: Grey values in [0, 1], for example of shape (batch, 784).
    """
    ### BEGIN SOLUTION
    return (torch.rand_like(x) < x).to(x.dtype)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: a biased coin</summary>
A uniform random number in [0, 1) is below 0.8 in 80 % of all cases.
</details>
<details><summary>Hint 2: one coin per pixel</summary>
<code>torch.rand_like(x)</code> has the shape of <code>x</code>. A comparison gives booleans; the model wants the dtype of <code>x</code>.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>(torch.rand_like(x) &lt; x)</code>, followed by <code>.to(x.dtype)</code>. Or look up <code>torch.bernoulli</code>.
</details>
"""

# %% check="binarize" points=3
checks.binarize(binarize)
assert binarize(torch.tensor([[0.0, 1.0]])).tolist() == [[0.0, 1.0]], "black and white stay"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb07_iwae.hidden import grade_binarize

grade_binarize(binarize)
### END HIDDEN TESTS

# %% [markdown]
r"""
![Four rows of ten digits. Grey: smooth edges. Binarised: the same digits with ragged black and white edges. Another draw: ragged elsewhere. Cut at 0.5: black and white with smooth outlines.](figures/pixels.png)
"""

# %% figure="pixels"
shown = images.test_x[:10]
versions = {
    "grey": shown,
    "binarised": binarize(shown),
    "another draw": binarize(shown),
    "cut at 0.5": (shown > 0.5).to(shown.dtype),
}
axes = plotting.image_grid(torch.cat(list(versions.values())), 10, row_titles=list(versions))

# %% [markdown]
r"""
Now the twins: one architecture, one seed, one schedule. The first twin learns grey images, the second gets every batch through `binarize`. Architecture and schedule are those of Stanford's CS236 homework 2, because that is a number you will meet at the end: 784-300-300-10 with ELU, 20,000 steps of 100 images, Adam (here its learning rate falls to zero over the second half). Data smaller than MNIST get fewer steps.
"""

# %%
num_steps = runtime.choose({"digits": 3000}.get(images.name, 20_000), 60)


def train(transform: Callable[[Tensor], Tensor]) -> tuple[nn.Module, training.History]:
    """The VAE of CS236, trained on transform(x) of every batch x."""
    runtime.seed_everything()
    model = MLPVAE(784, (300, 300), 10, "elu").to(device)
    optimizer = training.adam(model, lr=1e-3)
    schedule = LambdaLR(optimizer, lambda done: min(1.0, 2 * (1 - done / num_steps)))

    def step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
        loss = training.negative_elbo_step(model, transform(x), optimizer)
        schedule.step()
        return loss

    history = training.fit(
        model, images.train_x, step, num_steps=num_steps, batch_size=100, optimizer=optimizer
    )
    return model, history


grey_model, grey_history = train(lambda x: x)
model, history = train(binarize)
print(f"{num_steps:,} steps each: {grey_history.seconds:.0f} s and {history.seconds:.0f} s")

# %% [markdown]
r"""
Score both twins on three versions of the *same* test images. `test_x` is one draw of `binarize`, made once and kept: every score in this lesson that says "binarised" means these pixels. The last row is a model that does not exist: its decoder knows every pixel of the image perfectly, and says so.
"""

# %%
runtime.seed_everything()
test_x = binarize(images.test_x)
test_sets = {
    "grey": images.test_x,
    "binarised": test_x,
    "cut at 0.5": (images.test_x > 0.5).to(test_x.dtype),
}
neg_elbos = {
    name: {
        pixels: evaluation.neg_elbo(twin, x, num_samples=5).neg_elbo
        for pixels, x in test_sets.items()
    }
    for name, twin in (("trained on grey", grey_model), ("trained on binarised", model))
}
perfect = {
    pixels: bernoulli_nll(x.clamp(1e-7, 1 - 1e-7).logit(), x).mean().item()
    for pixels, x in test_sets.items()
}

print(f"{'test neg ELBO on':22}", *(f"{pixels:>11}" for pixels in test_sets))
for name, scores in (neg_elbos | {"perfect reconstruction": perfect}).items():
    print(f"{name:22}", *(f"{value:11.1f}" for value in scores.values()))

# %% [markdown]
r"""
**What just happened.** Each row of the table is *one* set of weights. Going to the right nothing is learned, and the number moves: by a few nats to the drawn pixels, and then by thirteen more on MNIST, by a hundred on the small digits.

The last row says why. A grey pixel of 0.5 costs $\ln 2$ nats *even if the decoder says exactly 0.5*: under a Bernoulli likelihood the least you can pay is the entropy of the pixel, $-x \ln x - (1 - x)\ln(1 - x)$. Over an image that adds up to 45 nats on MNIST and 253 on the small digits, which are blurred. No model can avoid them, and they say nothing about yours. Black and white pixels have no such floor. So nobody can say whether a grey 99 is better than a binarised 97.

And "black and white" is not one data set either. Cut at 0.5, all outlines are smooth, ragged edges no longer cost anything, and your MNIST model, which never saw such an image, scores 84: better than the best number of the paper on the first line of this lesson. (Fixed draws, fresh draws and cuts all appear in papers, often without a word.)

Now read *down* a column. The twins are close to each other wherever they are scored on the same pixels. Training on grey images does little harm. It is the *score* that cannot be compared.
"""

# %% [markdown]
r"""
Could you convert the grey number into the other? With one sample you can at least say what it is. The Bernoulli cost is linear in $x$, so the cost of a grey image is the average cost of its draws: a grey neg ELBO is what drawn pixels cost if the encoder may look at the grey image only, and not at the draw. Hence it is higher. That is another task than the papers', and once the logarithm of an average comes in (soon) even this reading is gone.

What it is *not*, is the logarithm of a probability. Read $\lambda^x (1-\lambda)^{1-x}$ as a density of a grey pixel $x \in [0, 1]$, and integrate it:

$$\int_0^1 \lambda^x (1 - \lambda)^{1 - x}\, \mathrm{d}x = \frac{1}{C(\lambda)}, \qquad C(\lambda) = \frac{l}{\tanh(l/2)} \;\ge\; 2, \qquad l = \ln\frac{\lambda}{1-\lambda} .$$

It is never 1. Multiply by $C$ and you have a true density, the *continuous Bernoulli* (Loaiza-Ganem and Cunningham, 2019). Its score is the old one minus $\ln C$ of every pixel, and $C$ depends on what the model says, so even the *ranking* of two models can change.
"""

# %%
with torch.no_grad():
    x_logits, _, _ = grey_model(images.test_x)
size = x_logits.abs().clamp(min=1e-4)
correction = (size / torch.tanh(size / 2)).log().sum(dim=1).mean().item()
grey_score = neg_elbos["trained on grey"]["grey"]
print(f"as if it were a probability: {grey_score:9.1f} nats")
print(f"as a density on [0, 1]^784:  {grey_score - correction:9.1f} nats")

# %% [markdown]
r"""
**What just happened.** Same weights, same images, and more than a thousand nats between two ways to write the number down. (A density may be above 1, so its negative logarithm may be negative.) The grey number is a fine training loss, and lessons 02 to 05 compared it only with itself. It is not comparable with anything else.

From here on: binarised pixels, the twin that was trained on them, and `test_x`.

Sources: Salakhutdinov and Murray (2008), *On the quantitative analysis of deep belief networks*; Loaiza-Ganem and Cunningham (2019), *The continuous Bernoulli*, https://arxiv.org/abs/1907.06845.
"""

# %% [markdown]
r"""
## The second question: how far is the bound?

Your number is a negative ELBO. The evidence is the average over *all* codes, and with samples of $q$ you can write it as an average that you know how to estimate:

$$p(x) = \mathbb{E}_{z \sim p(z)}\big[p(x|z)\big] = \mathbb{E}_{z \sim q(z|x)}\big[w\big], \qquad w = \frac{p(x|z)\, p(z)}{q(z|x)} .$$

This is *importance sampling*: draw codes where $q$ believes that they matter, and correct each by its *weight* $w$. Take $k$ codes and average their weights:

$$\hat p_k = \frac1k \sum_{i=1}^{k} w_i, \qquad \mathbb{E}\big[\hat p_k\big] = p(x) \text{ exactly, for every } k .$$

So all you need is the average of a few numbers, and its logarithm. What can go wrong?
"""

# %%
log_w = torch.tensor([-97.0, -99.0, -104.0])  # three weights of an ordinary image
print("weights:", log_w.exp().tolist())
print("the same with ten nats less:", (log_w - 10).exp().tolist())
print("logarithm of their mean:", (log_w - 10).exp().mean().log().item())

# %% [markdown]
r"""
## Exercise 7.2: the logarithm of an average

**4 points · 10 minutes · difficulty 2/5 · importance 5/5**

A probability of $e^{-107}$ is an ordinary probability for an image. But a float32 has no number between 0 and about $10^{-45}$, and at $e^{-107}$ all three weights are zero. On a white-noise image the weights may lie near $e^{-500}$, on a density near $e^{+1500}$, which is infinite.

You have the logarithms, so never leave them. Let $m$ be the largest. Then

$$\log \frac1k \sum_i e^{a_i} \;=\; m + \log \frac1k \sum_i e^{a_i - m} ,$$

and in the sum on the right the largest term is exactly 1. Terms that vanish beside 1 may vanish. Each row needs its *own* $m$: with the largest of the whole tensor, a row far below it would vanish altogether.

PyTorch's `torch.logsumexp` does the part with the sum. An average is not a sum.
"""


# %% exercise="log_mean_exp"
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    """log(mean(exp(values))) along `dim`, which is removed; in the dtype of `values`, stable for any finite values.

    Args:
        values: Any tensor with at least one dimension.
        dim: The dimension to average over, counted from the end when negative.
    """
    ### BEGIN SOLUTION
    return torch.logsumexp(values, dim=dim) - math.log(values.shape[dim])
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: mean and sum</summary>
A mean is a sum divided by a count. What does dividing become outside of the logarithm?
</details>
<details><summary>Hint 2: which count?</summary>
As many values as there are along <code>dim</code>: <code>values.shape[dim]</code>. Not the batch, not all of them.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>torch.logsumexp(values, dim=dim)</code> minus <code>math.log(...)</code> of that count. By hand: <code>m = values.amax(dim=dim, keepdim=True)</code>, subtract, <code>exp</code>, <code>mean</code>, <code>log</code>, and add <code>m</code> back without its extra dimension.
</details>
"""

# %% check="log_mean_exp" points=4
checks.log_mean_exp(log_mean_exp)
assert torch.allclose(
    log_mean_exp(torch.tensor([[0.0, 0.0], [-1e4, -1e4]]), dim=1), torch.tensor([0.0, -1e4])
), "the mean of equal numbers is that number"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb07_iwae.hidden import grade_log_mean_exp

grade_log_mean_exp(log_mean_exp)
### END HIDDEN TESTS

# %% [markdown]
r"""
## A bound that rises

$\hat p_k$ is right on average. Its logarithm is not: the logarithm is concave, so by Jensen's inequality

$$\mathcal{L}_k \;=\; \mathbb{E}\big[\log \hat p_k\big] \;\le\; \log \mathbb{E}\big[\hat p_k\big] \;=\; \log p(x) .$$

This is the **importance-weighted bound** of Burda et al. (2016), IWAE for short. At $k = 1$ it reads $\mathbb{E}_q[\log w] = \mathbb{E}_q[\log p(x|z)] - \mathrm{KL}(q\|p)$: the ELBO. And it can only rise:

$$\mathcal{L}_1 \le \mathcal{L}_2 \le \dots \le \log p(x) .$$

*Why.* Take $k + 1$ weights and leave out one. The average of all $k + 1$ equals the average, over which one you left out, of the remaining averages. So $\log \hat p_{k+1} = \log \big(\text{mean over } j \text{ of } \hat p_k^{(-j)}\big) \ge \text{mean over } j \text{ of } \log \hat p_k^{(-j)}$, by Jensen once more. Take expectations: $\mathcal{L}_{k+1} \ge \mathcal{L}_k$.

*How fast?* Write $\hat p_k = p(x)\,(1 + \varepsilon)$. The error $\varepsilon$ has mean 0 and variance $V / k$, where $V$ is the variance of $w / p(x)$. With $\log(1 + \varepsilon) \approx \varepsilon - \varepsilon^2 / 2$,

$$\log p(x) - \mathcal{L}_k \;\approx\; \frac{V}{2k} .$$

Do not believe it. In lesson 01 you met a model whose evidence is known exactly: the linear-Gaussian one. Take one observation and three encoders. The first *is* the posterior. The second has its mean, and is **twice as wide**. The third is **half as wide**. Everything is exact but the sampling.
"""

# %%
runtime.seed_everything()
world = LinearGaussian.orthogonal(5, 2, generator=torch.Generator().manual_seed(7))
observed, _ = world.sample(1, torch.Generator().manual_seed(8))
posterior_mean, _ = world.posterior(observed)
posterior_sigma = (0.5 * world.posterior_log_var).exp()
covariance = world.W @ world.W.T + world.noise_var * torch.eye(5)
evidence = MultivariateNormal(world.b, covariance).log_prob(observed).item()

ENCODERS = {"the posterior": 1.0, "twice as wide": 2.0, "half as wide": 0.5}


def world_log_weights(scale: float, num: int) -> Tensor:
    """log w of `num` codes from a q that is `scale` times as wide as the posterior, shape (num,)."""
    q = Normal(posterior_mean[0], scale * posterior_sigma)
    z = q.sample((num,))
    log_joint = world.log_likelihood(observed, z) + Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    return log_joint - q.log_prob(z).sum(dim=-1)


counts = [2**i for i in range(8)]
total = runtime.choose(2**20, 2**14)
bounds = {}
for name, scale in ENCODERS.items():
    log_w = world_log_weights(scale, total)  # the same weights, in groups of k
    bounds[name] = [log_mean_exp(log_w.view(-1, k), dim=1).mean().item() for k in counts]

# %% [markdown]
r"""
![Two panels over the number of samples, 1 to 128. Left: the bound of three encoders. That of the posterior is flat at the exact evidence, a black line. The two others rise towards it; the half-wide one starts higher and is overtaken by the twice-wide one between two and four samples. Right: the distance to the evidence on logarithmic axes. The twice-wide encoder follows the dashed line of slope minus one; the half-wide one falls much more slowly.](figures/bound.png)
"""

# %% figure="bound"
# The variance of w / p(x) for a q that is s times as wide, in 2 dimensions: (s^2 / sqrt(2 s^2 - 1))^2 - 1.
variance = 2.0**4 / (2 * 2.0**2 - 1) - 1
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.4), layout="constrained")
for colour, (name, values) in zip(plotting.PALETTE, bounds.items(), strict=False):
    line = left.plot(counts, values, "o-", color=colour, label=name, markersize=4)
    if name != "the posterior":
        gap = [evidence - value for value in values]
        line = right.plot(counts, gap, "o-", color=colour, label=name, markersize=4)
line = left.axhline(evidence, color="black", linewidth=1, label="exact log p(x)")
theory = [variance / (2 * k) for k in counts]
line = right.plot(counts, theory, "k--", linewidth=1, label="theory, V / 2k")
left.set(xscale="log", xlabel="samples k", ylabel="bound (nats)")
right.set(xscale="log", yscale="log", xlabel="samples k", ylabel="distance to log p(x) (nats)")
for ax in (left, right):
    legend = ax.legend(frameon=False, fontsize=8)

# %% [markdown]
r"""
**What just happened.** The posterior needs one sample. Its weights are all equal, $w = p(x)$, because $p(x|z)p(z) = p(z|x)p(x)$: a perfect encoder makes the bound exact, as in lesson 01. The other two rise towards the same line, from below, and never cross it.

The right panel tests the theory. The wide encoder follows $V/2k$ as soon as $k$ is large enough for the approximation. The narrow one does not follow *any* such line, and that is the lesson's first warning. It has the better ELBO, 0.6 nats from the truth instead of 1.6; a few samples later it has lost. Why?

Look at $V$. In one dimension, for a $q$ that is $s$ times as wide as the posterior, $\mathbb{E}_q[(w/p(x))^2] = s^2 / \sqrt{2 s^2 - 1}$. For $s^2 \le \tfrac12$ this is *infinite*. A $q$ that is too narrow almost never visits the places where its weights are huge. Training a VAE favours exactly such encoders: the ELBO punishes a $q$ that reaches too far, and forgives one that misses a part of the posterior.

Sources: Burda, Grosse and Salakhutdinov (2016), Theorem 1, https://arxiv.org/abs/1509.00519; Domke and Sheldon (2018), section 3, for the rate $V/2k$, https://arxiv.org/abs/1808.09034.
"""

# %% [markdown]
r"""
## Exercise 7.3: how many samples did the work?

**3 points · 8 minutes · difficulty 2/5 · importance 4/5**

You cannot compute $V$ for a real model. But you can look at the weights that you drew. *Normalise* them, so that each says which share of the average it contributed:

$$\tilde w_i = \frac{w_i}{\sum_j w_j}, \qquad \sum_i \tilde w_i = 1 .$$

If all are equal to $1/k$, all $k$ samples worked. If one is nearly 1, you have one sample, whatever $k$ says. The **effective sample size** (Kong, 1992) puts a number between the two:

$$\mathrm{ESS} = \frac{1}{\sum_i \tilde w_i^2} = \frac{\big(\sum_i w_i\big)^2}{\sum_i w_i^2} \;\in\; [1, k] .$$

You get the weights as logarithms, and you know by now what `exp` does to those.
"""


# %% exercise="effective_sample_size"
def effective_sample_size(log_weights: Tensor) -> Tensor:
    """Number of equal weights that would be worth as much: (batch, num_samples) -> (batch,), from 1 to num_samples.

    Args:
        log_weights: Logarithms of unnormalised weights, any finite numbers, one row per image.
    """
    ### BEGIN SOLUTION
    return 1 / log_weights.softmax(dim=1).square().sum(dim=1)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: a familiar function</summary>
Take exponentials of a row, divide by their sum, and do it without overflow. A classifier does this at its output.
</details>
<details><summary>Hint 2: check yourself</summary>
Five equal weights give 5. One weight far above the others gives 1. Adding 1000 to all logarithms changes nothing.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>log_weights.softmax(dim=1)</code> are the normalised weights. Square them, sum each row, and take one over it.
</details>
"""

# %% check="effective_sample_size" points=3
checks.effective_sample_size(effective_sample_size)
assert torch.allclose(effective_sample_size(torch.zeros(2, 5)), torch.tensor([5.0, 5.0])), (
    "equal weights all count"
)
### BEGIN HIDDEN TESTS
from autograder.exercises.nb07_iwae.hidden import grade_effective_sample_size

grade_effective_sample_size(effective_sample_size)
### END HIDDEN TESTS

# %% [markdown]
r"""
Now the weights themselves. In units of a fair share, $k \tilde w_i$, the number 1 means "counts like everybody else".

![Three histograms on a logarithmic vertical axis. The posterior: one bar at 1. Twice as wide: weights between 0 and 4, and none beyond. Half as wide: most weights below 1, and a thin tail that runs off to the right edge, where the last bar collects all weights of 30 or more.](figures/weights.png)
"""

# %% figure="weights"
num = 10_000
figure, panels = plt.subplots(1, 3, figsize=(9.5, 2.8), sharey=True, layout="constrained")
runtime.seed_everything()
for ax, colour, (name, scale) in zip(panels, plotting.PALETTE[:3], ENCODERS.items(), strict=True):
    shares = num * world_log_weights(scale, num).softmax(dim=0)
    right_end = 30 if scale < 1 else 5
    drawn = ax.hist(shares.clamp(max=right_end), bins=60, range=(0, right_end), color=colour)
    title = ax.set_title(name, fontsize=10)
    end = f", last bar: {right_end} or more" if scale < 1 else ""
    label = ax.set(xlabel=f"weight (fair share = 1{end})", yscale="log")
label = panels[0].set_ylabel("samples of 10,000")

# %%
print("five batches of 10,000 weights    effective sample size        largest weight / fair share")
for name, scale in ENCODERS.items():
    log_w = world_log_weights(scale, 5 * num).view(5, num)
    sizes = effective_sample_size(log_w).round().int().tolist()
    largest = (num * log_w.softmax(dim=1).amax(dim=1)).round().int().tolist()
    print(f"{name:15} {sizes!s:>42} {largest!s:>34}")

# %% [markdown]
r"""
**What just happened.** For the wide encoder the largest weight is about four fair shares, in every batch, and the effective sample size hardly moves: about $k/(1 + V) = 4375$. For the narrow one both jump from batch to batch. Some batches met a huge weight, others did not, and *the batches that did not look better*.

Hence a rule for reading an effective sample size. A small one is bad news, always. A large one is good news only if it is stable: it is computed from the samples that you have, and says nothing about the one that you have not drawn.

Sources: Kong (1992), *A note on importance sampling using standardized weights*, a technical report; Kong, Liu and Wong (1994), https://doi.org/10.1080/01621459.1994.10476469; Chatterjee and Diaconis (2018), on how many samples are enough, https://arxiv.org/abs/1511.01437.
"""

# %% [markdown]
r"""
## Exercise 7.4: the weights of your model

**6 points · 15 minutes · difficulty 3/5 · importance 5/5**

From the toy to your VAE. Three densities make a log weight, each summed over its last dimension:

$$\log w = \underbrace{\log p(x|z)}_{\text{Bernoulli, 784 pixels}} + \underbrace{\log p(z)}_{\mathcal{N}(0, I)} - \underbrace{\log q(z|x)}_{\mathcal{N}(\mu,\, \sigma^2)}, \qquad z = \mu + \sigma\,\varepsilon .$$

In the ELBO of lesson 02 the last two became a closed-form KL. Here that is not allowed: the KL is their *average* over $z$, and the average must come after the product. Each sample needs its own.

The shapes are the work. `encode` gives $\mu$ of shape `(batch, latent_dim)`; you want codes of shape `(batch, num_samples, latent_dim)`, every one with its own noise, and one decoding of each. `decode` takes rows, so `z.flatten(0, 1)` makes `batch * num_samples` of them, and `.view(...)` or `.unflatten(...)` puts the result back. `bernoulli_nll(x_logits, x)` sums over the last dimension and broadcasts the rest.

Keep everything differentiable. Somebody may want to train with it.
"""


# %% exercise="log_importance_weights"
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    """log p(x|z) + log p(z) - log q(z|x) for fresh samples z of q(z|x): (batch, num_samples), differentiable.

    Args:
        model: A VAE with `encode(x) -> mu, log_var` and `decode(z) -> x_logits`; Bernoulli pixels, prior N(0, I).
        x: Images, (batch, num_pixels).
        num_samples: Samples of z per image, each with its own noise.
    """
    ### BEGIN SOLUTION
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    noise = torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    z = mu + sigma * noise
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_x = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(dim=-1)
    return log_p_x + log_p_z - log_q
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: the new axis</summary>
<code>mu.unsqueeze(1)</code> has the shape (batch, 1, latent_dim). Added to noise of shape (batch, num_samples, latent_dim) it broadcasts: the same mean, other noise.
</details>
<details><summary>Hint 2: densities</summary>
<code>Normal(mu, sigma).log_prob(z)</code> gives one number per dimension; sum over <code>dim=-1</code>. For the prior, <code>Normal(0.0, 1.0)</code>. sigma is exp(log_var / 2).
</details>
<details><summary>Hint 3: almost the code</summary>
<code>x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))</code>. Then <code>-bernoulli_nll(x_logits, x.unsqueeze(1))</code> is log p(x|z), of shape (batch, num_samples). Add log p(z), subtract log q.
</details>
"""

# %% check="log_importance_weights" points=6
checks.log_importance_weights(log_importance_weights)
assert log_importance_weights(MLPVAE(784, (8,), 2), torch.zeros(4, 784), 5).shape == (4, 5), (
    "one weight per image and sample"
)
### BEGIN HIDDEN TESTS
from autograder.exercises.nb07_iwae.hidden import grade_log_importance_weights

grade_log_importance_weights(log_importance_weights)
### END HIDDEN TESTS

# %% [markdown]
r"""
## Exercise 7.5: the bound

**5 points · 6 minutes · difficulty 2/5 · importance 5/5**

You have the weights, and you have the logarithm of an average. One thing to decide: over which axis?
"""


# %% exercise="iwae_bound"
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    """One draw of the importance-weighted bound on log p(x) per image: (batch,), in nats, differentiable.

    Its mean is the ELBO at num_samples = 1, rises with num_samples, and tends to log p(x).

    Args:
        model: A VAE with `encode(x) -> mu, log_var` and `decode(z) -> x_logits`; Bernoulli pixels, prior N(0, I).
        x: Images, (batch, num_pixels).
        num_samples: Samples of z per image.
    """
    ### BEGIN SOLUTION
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: what stays?</summary>
One number per image. The axis of the samples goes.
</details>
<details><summary>Hint 2: the order</summary>
Average the weights, *then* take the logarithm. The mean of the log weights is the ELBO again, however many there are.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>log_mean_exp(..., dim=1)</code> of what <code>log_importance_weights</code> returns.
</details>
"""

# %% check="iwae_bound" points=5
checks.iwae_bound(iwae_bound)
assert iwae_bound(MLPVAE(784, (8,), 2), torch.zeros(4, 784), 3).shape == (4,), "one per image"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb07_iwae.hidden import grade_iwae_bound

grade_iwae_bound(iwae_bound)
### END HIDDEN TESTS

# %% [markdown]
r"""
Your model, a hundred test images. Two independent batches of samples for every $k$.
"""

# %%
hundred = test_x[:100]
with torch.no_grad():
    for k in (1, 10, 100):
        first, second = (-iwae_bound(model, hundred, k).mean().item() for _ in range(2))
        print(f"k = {k:4}: {first:7.2f} and {second:7.2f} nats per image")
needed = 100 * 5000 * 784 * 4 / 1e9
print(f"k = 5000 would decode 500,000 rows at once: {needed:.1f} GB for the logits alone")

# %% [markdown]
r"""
**What just happened.** At $k = 1$ you read the negative ELBO. At $k = 100$ the number is lower, on MNIST by two and a half nats: that much of your "error" was the bound, not the model. To see where it stops you need thousands of samples, and there the program dies: `iwae_bound` decodes all samples of all images at once.
"""

# %% [markdown]
r"""
## Exercise 7.6: thousands of samples, little memory

**6 points · 15 minutes · difficulty 3/5 · importance 5/5**

The average of 5,000 weights does not need them at the same time. Draw `chunk_size` samples per image, keep what you need of them, forget the codes and the logits, and go on. The last chunk may be smaller: 5,000 samples in chunks of 300 are sixteen full ones and one of 200.

What do you need to keep? The log weights themselves are small: one number per image and sample, against 784 logits. So the simplest answer is a list of them. Two mistakes wait here. The average of the chunks' *bounds* is not the bound of all samples: it is the average of logarithms that you wanted to avoid. And chunks of different size must not count the same.

This function is for scoring, so it computes no gradients.
"""


# %% exercise="log_likelihood"
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    """Importance-sampled estimate of log p(x): (batch,), in nats, without gradients.

    Never decodes more than batch * chunk_size rows at once.

    Args:
        model: A VAE with `encode(x) -> mu, log_var` and `decode(z) -> x_logits`; Bernoulli pixels, prior N(0, I).
        x: Images, (batch, num_pixels).
        num_samples: Samples of z per image, exactly so many in all.
        chunk_size: Samples per image at once; the last chunk may be smaller.
    """
    ### BEGIN SOLUTION
    chunks = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            chunks.append(log_importance_weights(model, x, size))
        return log_mean_exp(torch.cat(chunks, dim=1), dim=1)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: the sizes</summary>
<code>range(0, num_samples, chunk_size)</code> gives the number of samples already drawn at the start of each chunk. How many are left then? Take no more than that.
</details>
<details><summary>Hint 2: join, then average</summary>
<code>torch.cat(chunks, dim=1)</code> is a table of shape (batch, num_samples). Only now <code>log_mean_exp</code>.
</details>
<details><summary>Hint 3: almost the code</summary>
Under <code>torch.no_grad()</code>: <code>size = min(chunk_size, num_samples - start)</code>, append <code>log_importance_weights(model, x, size)</code>; after the loop join the chunks and return their <code>log_mean_exp</code>.
</details>
"""

# %% check="log_likelihood" points=6
checks.log_likelihood(log_likelihood)
assert log_likelihood(MLPVAE(784, (8,), 2), torch.zeros(4, 784), 5, 2).shape == (4,), "per image"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb07_iwae.hidden import grade_log_likelihood

grade_log_likelihood(log_likelihood)
### END HIDDEN TESTS

# %% [markdown]
r"""
Is the memory really bounded? Put a counter in front of the decoder and watch what it is given.
"""


# %%
def most_rows_decoded(call: Callable[[], Tensor]) -> tuple[Tensor, int]:
    """The result of call(), and the most rows that the decoder of `model` saw at once meanwhile."""
    rows = []
    hook = model.decoder.register_forward_pre_hook(
        lambda decoder, inputs: rows.append(inputs[0].numel() // model.latent_dim)
    )
    try:
        return call(), max(rows)
    finally:
        hook.remove()


num_samples = runtime.choose(500, 50)
print("chunk_size  rows at once  logits in MB  seconds  -log p(x)")
for chunk_size in (1, 10, 100, num_samples):
    start = time.perf_counter()
    estimate, rows = most_rows_decoded(
        lambda size=chunk_size: log_likelihood(model, hundred, num_samples, size)
    )
    seconds = time.perf_counter() - start
    megabytes = rows * 784 * 4 / 1e6
    score = -estimate.mean().item()
    print(f"{chunk_size:10}  {rows:12,}  {megabytes:12.1f}  {seconds:7.2f}  {score:9.2f}")

# %% [markdown]
r"""
**What just happened.** The last column is the same up to its own noise: chunks change the memory, not the answer. Look at the seconds, too. One sample at a time pays for calling Python. Beyond a chunk of ten or so more memory buys little or no speed on a CPU: the logits no longer fit into the processor's cache, and every intermediate result travels to the memory and back.

Now go on to thousands of samples, and watch the weights.
"""

# %%
most = runtime.choose(5000, 200)
with torch.no_grad():
    log_w = torch.cat(
        [log_importance_weights(model, hundred, 50) for _ in range(most // 50)], dim=1
    )
counts = [k for k in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2500, 5000) if k <= most]
curve = [
    -log_mean_exp(log_w.unflatten(1, (-1, k)), dim=2).mean().item() if most % k == 0 else math.nan
    for k in counts
]
sizes = effective_sample_size(log_w)
largest = log_w.softmax(dim=1).amax(dim=1)
for k, value in zip(counts, curve, strict=True):
    print(f"k = {k:4}: {value:7.2f}")
print(f"effective sample size of {most}: median {sizes.median():.0f}, worst {sizes.min():.1f}")
print(f"largest normalised weight: median {largest.median():.1%}, worst {largest.max():.1%}")

# %% [markdown]
r"""
![Two panels. Left: the negative bound of a hundred test images over the number of samples on a logarithmic axis, falling steeply at first and ever more slowly, still falling at the right end. Right: a histogram of the effective sample size of the hundred images on a logarithmic axis, from 1 to a few hundred of 5,000.](figures/model_bound.png)
"""

# %% figure="model_bound"
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.2), layout="constrained")
line = left.plot(counts, curve, "o-", color=plotting.PALETTE[0], markersize=4)
left.set(xscale="log", xlabel="samples k", ylabel="negative bound (nats per image)")
edges = torch.logspace(0, math.log10(most), 25)
drawn = right.hist(sizes.cpu(), bins=edges.tolist(), color=plotting.PALETTE[0])
label = right.set(xscale="log", xlabel=f"effective sample size of {most:,}", ylabel="images of 100")

# %% [markdown]
r"""
**What just happened.** On MNIST the number falls by three nats, fast at first, and it has not stopped: the step from 2,500 to 5,000 samples still brings 0.07. The right panel says why. Half of the images have an effective sample size below about 60 of 5,000, and for a few of them a single sample has nearly all the weight. For those you have one sample and luck. (On the small digits the number falls by 1.2 nats and is flat beyond a thousand samples: there the median is above 300.)

No oracle tells you where the curve ends. What you know: on average every point of it is too high, never too low. So $-\log p(x)$ is at most what you print, a score made this way never flatters the model, and more samples can only help it. (It is no fair *comparison*, though: of two equally good models the one with the better encoder looks better. Wu et al. (2017) measure such distances with a much more expensive sampler.)
"""

# %% [markdown]
r"""
Look at one image: the one with the smallest effective sample size, beside a typical one.

![Left: two test images. Right: for both, the normalised weights sorted from large to small on logarithmic axes. For the worst image the first weight is nearly the whole; for the typical one it is a few per cent, and hundreds of weights lie above the dotted line of the fair share.](figures/sorted_weights.png)
"""

# %% figure="sorted_weights"
chosen = {"worst": sizes.argmin().item(), "typical": sizes.argsort()[len(sizes) // 2].item()}
figure, (left, right) = plt.subplots(
    1, 2, figsize=(8, 2.9), width_ratios=(1, 2), layout="constrained"
)
axes = plotting.image_grid(hundred[list(chosen.values())], 2, ax=left, titles=list(chosen))
for colour, (name, index) in zip(plotting.PALETTE[3::-3], chosen.items(), strict=True):
    weights = log_w[index].softmax(dim=0).sort(descending=True).values.cpu()
    rank = torch.arange(1, most + 1)
    label = f"{name}: effective size {sizes[index]:.0f}"
    line = right.plot(rank, weights, color=colour, label=label)
line = right.axhline(1 / most, color="black", linewidth=1, linestyle=":", label="fair share")
right.set(xscale="log", yscale="log", xlabel="rank of the weight", ylabel="normalised weight")
right.set_ylim(bottom=1e-9)
legend = right.legend(frameon=False, fontsize=8)

# %% [markdown]
r"""
**What just happened.** The weights fall off over many powers of ten. For the typical image hundreds of samples lie above their fair share. For the worst image one sample carries nearly everything on MNIST, and a quarter on the small digits: thousands of codes were drawn for nothing, and a luckier one might carry ten times as much. It often has an unusual shape, for which the encoder puts its codes beside the posterior, or too close together. You know from the toy what the second means, and which side it errs on: the estimate for this image is almost surely too low.

*Try it:* draw the codes of this image from a $q$ that is half again as wide (multiply `sigma` by 1.5 in a copy of your function). Does its effective sample size rise? And that of the typical image?
"""

# %% [markdown]
r"""
## Why not train with a thousand samples?

A tighter bound is a better number. Is it a better *loss*? Burda et al. trained with $k = 50$ and got better models. So why not 5,000? Rainforth et al. (2018) gave an answer that surprised everybody: **the tighter the bound, the less the encoder can learn from it.**

A gradient is useful if its mean stands out from its noise. For one parameter, with $g$ the gradient of $\log \hat p_k$,

$$\mathrm{SNR} = \frac{\big|\mathbb{E}[g]\big|}{\text{standard deviation of } g} .$$

The noise of an average of $k$ samples falls like $1/\sqrt k$. What does the mean do?

- **Decoder.** Its gradient tends to $\nabla \log p(x)$, which is there to stay. Constant over $1/\sqrt k$: the SNR *grows* like $\sqrt k$.
- **Encoder.** $\mathbb{E}[\hat p_k] = p(x)$ does not depend on the encoder at all! All that the encoder can improve is the distance $V / 2k$, so the mean gradient is $-\nabla V / 2k$. Now $1/k$ over $1/\sqrt k$: the SNR *falls* like $1/\sqrt k$.

With infinitely many samples every encoder is perfect, and no encoder can be told anything.

The cure (Tucker et al., 2019) is a gradient with the same mean and less noise. With $z_i = \mu + \sigma \varepsilon_i$ and normalised weights $\tilde w_i$, the chain rule gives two parts, because the encoder's parameters $\phi$ move $z_i$ and also stand in $\log q_\phi(z_i|x)$ directly:

$$\nabla_\phi \log \hat p_k = \sum_i \tilde w_i \left( \frac{\partial \log w_i}{\partial z_i} \frac{\partial z_i}{\partial \phi} - \frac{\partial \log q_\phi(z_i|x)}{\partial \phi} \right) .$$

The second part is a score function, the noisy kind of lesson 01. Reparameterise it *as well*: $\mathbb{E}_q[f(z)\, \partial_\phi \log q_\phi(z)] = \mathbb{E}_q[\partial_z f \; \partial_\phi z]$, here with $f = \tilde w_i$, whose derivative is $\partial_z \tilde w_i = (\tilde w_i - \tilde w_i^2)\, \partial_z \log w_i$. Subtract, and only a square is left:

$$\mathbb{E}\big[\nabla_\phi \log \hat p_k\big] = \mathbb{E}\left[ \sum_i \tilde w_i^2 \, \frac{\partial \log w_i}{\partial z_i} \frac{\partial z_i}{\partial \phi} \right] .$$

Hence the name, *doubly reparameterised* (DReG). For a perfect encoder $\log w$ does not depend on $z$, and every term is zero, not just their mean.

Measure all three on the linear-Gaussian model, with an encoder that is half again too wide and half a standard deviation off. To get thousands of independent gradients at once, each row gets its own copy of the parameters.
"""


# %%
def three_gradients(k: int, num_rows: int) -> dict[str, Tensor]:
    """`num_rows` independent gradients with k samples each, (num_rows, number of parameters)."""
    mu = (posterior_mean + 0.5 * posterior_sigma).repeat(num_rows, 1).requires_grad_()
    b = world.b.repeat(num_rows, 1).requires_grad_()  # the decoder's parameters, one copy per row
    sigma = 1.5 * posterior_sigma
    z = mu[:, None] + sigma * torch.randn(num_rows, k, 2)
    error = observed - (z @ world.W.T + b[:, None])
    log_joint = -0.5 * error.square().sum(-1) / world.noise_var - 0.5 * z.square().sum(-1)

    log_w = log_joint - Normal(mu[:, None], sigma).log_prob(z).sum(-1)
    encoder, decoder = torch.autograd.grad(
        log_mean_exp(log_w, dim=1).sum(), [mu, b], retain_graph=True
    )
    # DReG: q's own parameters are held fixed, and each sample counts by its squared weight.
    log_w = log_joint - Normal(mu.detach()[:, None], sigma).log_prob(z).sum(-1)
    squared = log_w.softmax(dim=1).detach().square()
    (dreg,) = torch.autograd.grad((squared * log_w).sum(), [mu])
    return {"decoder": decoder, "encoder": encoder, "encoder, DReG": dreg}


def signal_to_noise(gradients: Tensor) -> float:
    """Mean over the parameters of |mean| / standard deviation."""
    return (gradients.mean(dim=0).abs() / gradients.std(dim=0)).mean().item()


runtime.seed_everything()
counts = [1, 2, 4, 8, 16, 32, 64]
snr: dict[str, list[float]] = {}
means: dict[str, Tensor] = {}
for k in counts:
    for name, gradients in three_gradients(k, runtime.choose(10_000, 1000)).items():
        snr.setdefault(name, []).append(signal_to_noise(gradients))
        means[f"{name}, k = {k}"] = gradients.mean(dim=0)

# %% [markdown]
r"""
![Signal-to-noise ratio over the number of samples on logarithmic axes. The decoder's rises along a dashed line of slope one half. The encoder's falls along a dashed line of slope minus one half. That of DReG first dips a little and then rises like the decoder's.](figures/snr.png)
"""

# %% figure="snr"
axes = plotting.new_axes(5.5, 3.6)
for colour, (name, values) in zip(plotting.PALETTE, snr.items(), strict=False):
    line = axes.plot(counts, values, "o-", color=colour, label=name, markersize=4)
for name, slope in (("decoder", 0.5), ("encoder", -0.5)):
    theory = [snr[name][3] * (k / counts[3]) ** slope for k in counts]
    label = f"slope {'+' if slope > 0 else '−'}1/2"
    line = axes.plot(counts, theory, "k:" if slope < 0 else "k--", linewidth=1, label=label)
axes.set(xscale="log", yscale="log", xlabel="samples k", ylabel="signal-to-noise ratio")
legend = axes.legend(frameon=False, fontsize=8)

# %%
for k in (1, 8):
    plain, cured = means[f"encoder, k = {k}"], means[f"encoder, DReG, k = {k}"]
    print(f"k = {k}: mean encoder gradient {plain.tolist()}, DReG {cured.tolist()}")
repeats = [round((snr["encoder"][0] / value) ** 2) for value in snr["encoder"]]
print(
    "gradients to average for as clear a signal as one at k = 1:",
    dict(zip(counts, repeats, strict=True)),
)

# %% [markdown]
r"""
**What just happened.** The decoder's signal climbs along $\sqrt k$, the encoder's sinks along $1/\sqrt k$. Both slopes are derived above, and the points know nothing of them. The last line says what it costs: with 64 samples you must average many gradients to hear as much as one gradient says at $k = 1$, and each of them is 64 times as much work. The DReG column has the same mean (compare the printed pairs: they differ by the noise of the plain one, which is the point) and, from a few samples on, its signal grows.

Does it happen in *your* model? Take one test image and the two output layers, and call your `iwae_bound` again and again.
"""

# %%
layers = {"decoder": model.decoder[-1].weight, "encoder": model.encoder[-1].weight}
repeats = runtime.choose(200, 20)
print("samples k   " + "   ".join(f"SNR of the {name}" for name in layers))
for k in (1, 8, 64):
    drawn = [
        torch.autograd.grad(iwae_bound(model, test_x[:1], k).sum(), list(layers.values()))
        for _ in range(repeats)
    ]
    ratios = []
    for gradients in zip(*drawn, strict=True):
        rows = torch.stack([g.flatten() for g in gradients])
        alive = rows.std(dim=0) > 0
        ratios.append(signal_to_noise(rows[:, alive]))
    print(f"{k:9}   " + "   ".join(f"{ratio:18.2f}" for ratio in ratios))

# %% [markdown]
r"""
**What just happened.** The decoder's column rises: 64 samples teach it more clearly than one. The encoder's hardly moves (on MNIST 0.2 from top to bottom in the run behind this text, on the small digits 0.15, while the decoder's doubled and quadrupled): it gains *nothing* from 64 times the work. It does not fall like $1/\sqrt k$ either. The theory holds where $k$ is so large that the error $\varepsilon$ is small, and your effective sample sizes say that 64 samples are far from that.

So the two networks want different losses: the decoder many samples, the encoder few, or DReG. That is why papers *train* with 5 or 50 samples and *score* with 5,000. You did not need any of this for scoring: an estimate has no encoder to teach.

Sources: Rainforth et al. (2018), *Tighter variational bounds are not necessarily better*, Theorem 1, https://arxiv.org/abs/1802.04537; Tucker, Lawson, Gu and Maddison (2019), *Doubly reparameterized gradient estimators for Monte Carlo objectives*, equation 8, https://arxiv.org/abs/1810.04152.
"""

# %% [markdown]
r"""
## The table

Now score the whole test set, with 1,000 samples per image as the homework did. The course has a faster version of your `log_likelihood`, `evaluation.iwae`. First see that it computes the same.
"""

# %%
num_samples = runtime.choose(1000, 20)
yours = -log_likelihood(model, hundred, num_samples, chunk_size=50).mean().item()
theirs = evaluation.iwae(model, hundred, num_samples)
print(f"IWAE-{num_samples} of 100 images: yours {yours:.2f}, the course's {theirs:.2f}")

# %%
terms = evaluation.neg_elbo(model, test_x, num_samples=10)
start = time.perf_counter()
iwae_1000 = evaluation.iwae(model, test_x, num_samples, progress=True)
print(f"{len(test_x):,} images x {num_samples:,} samples: {time.perf_counter() - start:.0f} s")

# %% [markdown]
r"""
A number without a spread is half a number. Four things could have come out differently: the codes you drew, the binarisation of the test images, the choice of test images, and the seed of the training. The first three can be measured with what you have, here on the first thousand test images.
"""

# %%
thousand, grey = test_x[:1000], images.test_x[:1000]
few = runtime.choose(100, 10)
scores = {
    "other codes": [evaluation.iwae(model, thousand, few) for _ in range(3)],
    "other binarisations": [evaluation.iwae(model, binarize(grey), few) for _ in range(3)],
}
for name, values in scores.items():
    print(f"{name:20} {', '.join(f'{value:.2f}' for value in values)}")
per_image = torch.cat([log_likelihood(model, part, few, few) for part in thousand.split(100)])
error = per_image.std().item() / math.sqrt(len(test_x))
print(
    f"other test images    +- {error:.2f} for {len(test_x):,} (one image: +- {per_image.std():.0f})"
)

# %%
row = published.CS236
if images.name != "mnist" or runtime.fast_mode():
    row = f"{published.CS236}, small: {num_steps:,} steps on {images.name}"
measured = {"neg_elbo": terms.neg_elbo, "kl": terms.kl, "iwae_1000": iwae_1000}
bands = load_bands("07_iwae").get(images.name, {}).get(row, {})
names = {
    "neg_elbo": "neg ELBO",
    "kl": "KL",
    "iwae_1000": f"IWAE-{num_samples}",
    "nll": "-log p(x), by 5,000 samples",
}


def with_spread(number: published.Published) -> str:
    """A published number and its spread, where one was given."""
    return f"{number.value:.2f}" + ("" if number.sd is None else f" +- {number.sd:.2f}")


if row in published.PUBLISHED:
    print("Your run, binarised MNIST, beside the course's own runs and the published ones:")
else:
    print(f"Your run, on {images.name}. It is NOT comparable with the papers on MNIST below it:")
for metric, value in measured.items():
    band = bands.get(metric)
    here = f"{band.mean:.2f} +- {band.sd:.2f} over {band.n} seeds" if band else "no band"
    line = f"  {names[metric]:10} you {value:7.2f}   expected {here}"
    if row in published.PUBLISHED:
        line += f"   published {with_spread(published.PUBLISHED[row][metric])}"
    print(line)
print("\nPublished, binarised MNIST:")
for name, metrics in published.PUBLISHED.items():
    for metric in filter(metrics.get, names):  # those in nats; others score clusters
        print(f"  {name:33} {names[metric]:28} {with_spread(metrics[metric])}")

# %% [markdown]
r"""
**What just happened.** If you ran on MNIST, your row belongs beside the published one: the same pixels, architecture, number of steps and samples. (On other data, or in fast mode, it does not, and the row says so.) Look closer before you celebrate. The course's runs beat the homework's neg ELBO by 4.4 nats and its IWAE-1000 by only 1.3. The model itself is a little better; what is *much* better is the distance between the two numbers, 2.7 nats instead of 5.9, and that is the encoder. A learning rate that falls to zero lets it settle. Whoever quotes the neg ELBO alone calls this a better model.

The spreads decide which differences you may talk about. On MNIST, other codes move the score in the second digit after the point: a thousand images average their noise away. Other binarisations move the score of a thousand images by some tenths, that of all ten thousand by a third as much. Other test images of the same kind would move it by 0.3, other seeds of the training by about a tenth. So a difference of 0.1 nats between two papers is nothing, if not even the test draw was the same.

And the 87 nats of the first lines? Burda et al. use 50 latent dimensions, 3,280 passes over the data instead of your 33, and 5,000 samples for the score. The seven nats that remain are bought with these. They are on drawn pixels, so at least *this* comparison may be made.

Sources: Stanford CS236, homework 2 (solutions, 100 runs); Burda, Grosse and Salakhutdinov (2016), table 1.
"""

# %% [markdown]
r"""
## Result card

Your runs beside the band in which this program landed before, over several seeds. A run outside the band is either a bug or a discovery, and you know which is more likely. The grey twin stands in a row of its own because its number lives on another scale.
"""

# %%
rows = {
    row: {
        "neg_elbo": terms.neg_elbo,
        "recon": terms.recon,
        "kl": terms.kl,
        "active_units": evaluation.active_units(model, test_x),
        "iwae_1000": iwae_1000,
        "seconds": history.seconds,
    },
    "its grey twin, scored on grey": {
        "neg_elbo": neg_elbos["trained on grey"]["grey"],
        "seconds": grey_history.seconds,
    },
}
result_card("07_iwae", rows, images.name)

# %% [markdown]
r"""
## Summary

- A score belongs to its pixels: grey, drawn and cut images have different floors, and no number converts one into the other.
- $\hat p_k$, the average of $k$ importance weights, is right on average; its logarithm is too low on average. It is the ELBO at $k = 1$ and rises towards $\log p(x)$, by about $V/2k$ if the weights have a variance.
- Work with logarithms: subtract the largest of each row, average, then take the logarithm.
- An encoder that is too narrow may have a good ELBO and hopeless weights. A small effective sample size is bad news; a large one is good news only if it is stable.
- Chunks bound the memory and change nothing else, as long as you average weights and not logarithms.
- More samples teach the decoder more and the encoder less, unless you use DReG.
- A number needs its pixels, its estimator, its number of samples and its spread.

## Questions to discuss
"""

# %% [markdown]
r"""
### Ten nats better (2 points)

A preprint reports "82.1 nats on MNIST, ten nats better than a VAE (92.3)". From its code you learn: its own model is scored with 5,000 importance samples on test images cut at 0.5; the 92.3 was copied from another paper, which reports a negative ELBO on fresh random binarisations. Which part of the ten nats may be real? List what must change before the two numbers may stand in one table, and say what you would run first if you could afford one experiment.
"""

# %% [markdown] written="ten_nats_better" points=2
r"""
Possibly none of it. Two things differ besides the model. The pixels: images cut at 0.5 have smooth outlines and no random edge, so they are easier to code; in this lesson the same weights scored tens of nats lower on them than on drawn pixels (on the blurred small digits more than a hundred). The estimator: a negative ELBO is above an estimate with 5,000 samples by the distance of the bound, some three nats here. Both act in favour of the new model, and together they are larger than ten nats.

Both models must be scored on the same pixels (fresh draws with one fixed draw of the test set, say which), with the same estimator and the same number of samples, after training on the same kind of pixels, with the spread over seeds. The one experiment: score the *plain VAE* with their evaluation code, on their pixels with 5,000 samples. It needs no training of the new model, and if it gives about 82 the claim is gone.
"""

# %% [markdown]
r"""
### More samples, worse codes (2 points)

A colleague trains with the importance-weighted bound at $k = 5000$ because "a tighter bound is closer to the likelihood, so everything gets better". The test score improves a little over $k = 50$. The codes, which she needs for a classifier, get worse, and the encoder's mean hardly changes in the last half of training. Explain with what you measured. What would you change, and does a high test IWAE-5000 tell her anything about the codes?
"""

# %% [markdown] written="more_samples_worse_codes" points=2
r"""
The decoder's gradient gets clearer as $k$ grows, so the decoder, and with it $\log p(x)$, improves. The encoder can only improve the distance to $\log p(x)$, which is about $V/2k$: at $k = 5000$ there is almost nothing left to gain, and its gradient is noise. The signal-to-noise ratio falls like $1/\sqrt k$, by a factor of ten from 50 to 5,000. So the encoder drifts, or stands still: almost any $q$ is good enough when 5,000 samples repair it, and nothing asks $q$ to be close to the posterior.

Change: train with a small $k$, or with two different losses (encoder by the ELBO or a small $k$, decoder by a large $k$), or use the doubly reparameterised gradient, whose signal grows with $k$. A high test IWAE-5000 speaks about the model $p$ and is nearly blind to the encoder, because it averages its faults away. Look at the encoder separately: the ELBO beside the IWAE (their difference is the encoder's fault), the effective sample size, and the classifier itself.
"""

# %% [markdown]
r"""
## Where next

- **[Lesson 08](../08_debugging_clinic/08_debugging_clinic.ipynb)** hands you nine broken VAEs. Some of them report a fine score.
- [Lesson 04](../04_beta_vae/04_beta_vae.ipynb) changes the objective on purpose. Score its models with `log_likelihood`: at which beta is $-\log p(x)$ lowest?
- [Lesson 03](../03_cvae/03_cvae.ipynb) showed a model with a better score and worse samples. A better estimate of the score does not change that.

To read: Cremer, Li and Duvenaud (2018), *Inference suboptimality in variational autoencoders*, https://arxiv.org/abs/1801.03558, who split the distance of the bound into its causes. Wu, Burda, Salakhutdinov and Grosse (2017), *On the quantitative analysis of decoder-based generative models*, https://arxiv.org/abs/1611.04273. Theis, van den Oord and Bethge (2016), *A note on the evaluation of generative models*,
https://arxiv.org/abs/1511.01844, on why a good likelihood, good samples and good codes are three different things.
"""
