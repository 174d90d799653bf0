# %% [markdown]
r"""
# Lesson 07: how good is the model, really?

![Two panels. Left: the negative bound of a hundred test images falls from {{shown("model_bound", "first"):.1f}} nats with one sample to {{shown("model_bound", "last"):.1f}} with 5,000, fast at first and ever more slowly. Right: a histogram of the effective sample size on a logarithmic axis, from 1 to nearly a thousand; most images lie between 10 and 200.](figures/model_bound.png)

One trained VAE, one hundred images. Its score improves by three nats while nothing is trained (left): only the *estimate* gets better. Is a paper with 87 nats better than your {{mnist("ELU", "neg_elbo").mean:.0f}}? That depends on how each number was made.

**You will be able to**

- say which pixels a score belongs to;
- estimate $\log p(x)$ in bounded memory, and say how far to trust the estimate;
- explain why more samples make the decoder's gradient clearer, and not the encoder's;
- put your number beside published ones, with its spread.

**What it takes.** About {{minutes()}} minutes. Of these the computer takes {{computer("mnist")}} on MNIST, {{computer("digits")}} on digits. You need the ELBO and Jensen's inequality (lesson 01) and the VAE (lesson 02).

This lesson trains two ordinary VAEs and no IWAE: it uses the IWAE bound to *score*.
"""

# %% setup=true
import math
import time
from collections.abc import Callable

import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn
from torch.distributions import MultivariateNormal, Normal

from course_utils import data, evaluation, plotting, published, runtime, training, widgets
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
Units, everywhere: **nats per image**. Sum over pixels and latent dimensions, mean over the batch. All symbols are in the [glossary](glossary.md).

## Exercise 7.1: whose pixels?

**3 points · {{minutes("binarize")}} minutes · difficulty 1/5 · importance 5/5**

MNIST is grey. A Bernoulli decoder describes pixels that are 0 or 1. Many papers therefore score *drawn* pixels: they read the grey value as a probability. A pixel of 0.8 becomes 1 in four draws out of five. This is the *binarised MNIST* of Salakhutdinov and Murray (2008). *Drawn* and *binarised* mean the same in this lesson.

Write `binarize`. Every pixel gets its own draw, and every call draws again. So in training the model rarely sees the same picture twice, which acts like more data.

(`course_utils.data.binarize` does it too. Write your own.)
"""


# %% exercise="binarize"
def binarize(x: Tensor) -> Tensor:
    """Each pixel becomes 1 with probability x and else 0: any shape -> the same shape and dtype, fresh in every call.

    Args:
        x: Grey values in [0, 1], for example of shape (batch, 784); they stay as they are.
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
Draw a random tensor with the shape of <code>x</code> and compare the two. A comparison gives booleans. What does the model want?
</details>
<details><summary>Hint 3: check yourself</summary>
Pixels (0, 0.3, 1). Two calls should differ only in the middle one. Over 1,000 calls its mean should be near 0.3, and only the values 0.0 and 1.0 occur. Print the dtype of the result: it is that of <code>x</code>.
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
Look at the outlines. In which rows are they ragged?
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
<details><summary>What you should see</summary>

![Four rows of ten digits. Grey: smooth edges. Binarised: the same digits with ragged black and white edges. Another draw: ragged at other places. Cut at 0.5: black and white with smoother outlines.](figures/pixels.png)

The two drawn rows are ragged, each in its own places. The row that was cut at 0.5 is black and white too, and its outlines are smoother.

</details>
"""

# %% [markdown]
r"""
Now train two VAEs with the same architecture, seed and schedule. The first learns from grey images, the second from `binarize` of every batch. Call them the twins.

The architecture is that of Stanford's CS236 homework 2: two hidden layers of 300 ELU units, ten latent dimensions. Its encoder gives the variance as a softplus, ours its logarithm. The training differs too. The homework makes 20,000 steps at a learning rate of 0.001. You make fewer at twice that rate, which falls to zero over the second half.

| | MNIST | small digits |
|---|---|---|
| steps of 100 images | 5,000 | 2,000 |
"""

# %%
num_steps = runtime.choose({"digits": 2000}.get(images.name, 5000), 60)


def train(transform: Callable[[Tensor], Tensor]) -> tuple[nn.Module, training.History]:
    """A VAE like that of CS236, trained on transform(x) of every batch x."""
    runtime.seed_everything()
    model = MLPVAE(784, (300, 300), 10, "elu").to(device)

    def step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
        return training.negative_elbo_step(model, transform(x), optimizer)

    options = {"num_steps": num_steps, "batch_size": 100, "lr": 2e-3, "anneal": True}
    history = training.fit(model, images.train_x, step, **options)
    return model, history


grey_model, grey_history = train(lambda x: x)
model, history = train(binarize)
print(f"{num_steps:,} steps each: {grey_history.seconds:.0f} s and {history.seconds:.0f} s")

# %% [markdown]
r"""
Score both twins on three versions of the *same* test images: grey, drawn, and cut at 0.5. `test_x` is one draw, made once and kept. From now on "binarised test images" are these pixels. Training still draws afresh in every batch.

The last row of the table is a model that does not exist. Its decoder knows every pixel of the image that is scored.

**Your guess first.** Take one twin and move from grey to drawn to cut pixels. The weights stay the same. By how much does the score change, and which version gives the lowest number?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

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
<details><summary>What you should see</summary>

The lowest number belongs to the cut images, for both twins. Nothing was learned between the columns. On MNIST drawn pixels score about two nats below grey ones, and cut pixels more than ten nats below drawn ones. On the small digits the step to cut pixels is far larger.

Now read down a column. The twins are close wherever they are scored on the same pixels. Training on grey images did little harm. Only the *score* cannot be compared.

</details>

**Why does it move?** A grey pixel of 0.5 costs $\log 2$ nats even if the decoder says exactly 0.5. A Bernoulli likelihood charges at least the entropy of the pixel, $-x \log x - (1 - x)\log(1 - x)$. The last row adds this up over an image: {{near("about 45 nats", shown("ladder", "floor", lesson="02_vae"), 1)}} on MNIST, {{shown_digits("ladder", "floor", lesson="02_vae"):.0f}} on the digits, which are blurred.

A perfect copy of *drawn* pixels costs nothing. But no model can predict the draws. Over fresh draws every model pays at least the same entropy on average. So grey and drawn scores have the same floor, and only cut pixels have none.
"""

# %% [markdown]
r"""
Drawn and cut pixels are two data sets as well. Cut images have smooth outlines and nothing random in them, so they are easier to predict. Your model never saw one, and still its number drops.

This is why the question at the top has no answer yet. A number without its pixels cannot be compared with anything. Fixed draws, fresh draws and cuts all appear in papers, and not every paper says which.
"""

# %% [markdown]
r"""
Can you convert a grey score into a drawn one? Not by a formula. For the negative ELBO you can at least say what the grey score is. For a given $z$ the Bernoulli cost is linear in $x$. So the cost of a grey image is the average cost of its draws. The encoder, however, saw only the grey image. With the best possible encoder, seeing the draw can only lower the cost.

The grey score is *not* the logarithm of a probability either. Let $\lambda$ be the decoder's probability for a pixel. Read $\lambda^x (1-\lambda)^{1-x}$ as a density of a grey pixel $x \in [0, 1]$. Its integral should be 1. With the logit $l = \log\frac{\lambda}{1-\lambda}$ the density is $(1 - \lambda)\, e^{l x}$. What is its integral from 0 to 1?

<details><summary>The step</summary>

$$\int_0^1 (1 - \lambda)\, e^{l x}\, \mathrm{d}x = (1 - \lambda)\,\frac{e^l - 1}{l} = \frac{2\lambda - 1}{l} = \frac{\tanh(l/2)}{l} \;\le\; \tfrac12 .$$

It is never 1. Divide by it and you have a true density, the *continuous Bernoulli* (Loaiza-Ganem and Cunningham, 2019).

</details>
"""

# %% [markdown]
r"""
The true density multiplies each pixel by $B(\lambda) = l / \tanh(l/2)$. So its score is the old one minus $\log B$ of every pixel. $B$ depends on what the model says, so even the ranking of two models can change. How large is the correction?
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
<details><summary>What you should see</summary>

The two ways to write the number are about a thousand nats apart on the small digits, and further on MNIST. The second one may be negative: a density may exceed 1, and then its negative logarithm is below 0.

</details>

A grey number is a fine training loss. Lessons 02 to 05 compared it only with other scores of the same grey images. Compare it with nothing else.

From here on: binarised pixels, the twin that was trained on them, and `test_x`.

Sources: Salakhutdinov and Murray (2008), *On the quantitative analysis of deep belief networks*; Loaiza-Ganem and Cunningham (2019), *The continuous Bernoulli*, https://arxiv.org/abs/1907.06845.
"""

# %% [markdown]
r"""
## The second question: how far is the bound?

Your number is a negative ELBO, a bound. The evidence itself is the average of $p(x|z)$ over *all* codes. With samples of $q$ it becomes another average:

$$p(x) = \mathbb{E}_{z \sim p(z)}\big[p(x|z)\big] = \mathbb{E}_{z \sim q(z|x)}\big[w\big], \qquad w = \frac{p(x|z)\, p(z)}{q(z|x)} .$$

This is *importance sampling*. Draw codes from $q$, and correct each by its *weight* $w$. Take $k$ codes and average:

$$\hat p_k = \frac1k \sum_{i=1}^{k} w_i, \qquad \mathbb{E}\big[\hat p_k\big] = p(x) \text{ for every } k .$$

![Above: the curve p(x, z) has two humps; a dashed q(z|x) covers only the left one, and its eight samples are ticks on the axis. Below: the weight of each sample as a stem. Seven are low; the one sample under the right hump has a very high stem.](figures/importance_weights.svg)

The drawing shows the danger. Where $q$ is small and $p(x, z)$ is not, a sample is rare and its weight is huge.
"""

# %% [markdown]
r"""
Average a few weights and take the logarithm. What could go wrong? Predict the last line of the next cell.
"""

# %%
log_w = torch.tensor([-97.0, -99.0, -104.0])  # three weights of an ordinary image
print("weights:", log_w.exp().tolist())
print("the same with ten nats less:", (log_w - 10).exp().tolist())
print("logarithm of their mean:", (log_w - 10).exp().mean().log().item())

# %% [markdown]
r"""
## Exercise 7.2: the logarithm of an average

**4 points · {{minutes("log_mean_exp")}} minutes · difficulty 2/5 · importance 5/5**

The printed weights near $e^{-107}$ are zero, and the logarithm of zero is minus infinity. For an image, $e^{-107}$ is an ordinary probability. But float32 has no number between 0 and about $10^{-45}$. Very large weights overflow in the same way.

You have the logarithms $a_i$, so stay with them. Let $m$ be the largest. Then

$$\log \sum_i e^{a_i} \;=\; m + \log \sum_i e^{a_i - m} .$$

On the right the largest term is exactly 1, and terms that vanish beside 1 do not matter. Each row needs its *own* $m$. With the largest of the whole tensor, a row far below it would vanish.

`torch.logsumexp` computes this sum. You want an average.
"""


# %% exercise="log_mean_exp"
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    """log(mean(exp(values))) along `dim`, which is removed, in the dtype of `values`; differentiable.

    No finite value is too small or too large.

    Args:
        values: Any tensor with at least one dimension; it stays as it is.
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
As many values as are averaged into <i>one</i> result. Not the batch, and not all elements. What is the shape of <code>values</code> along <code>dim</code>?
</details>
<details><summary>Hint 3: check yourself on paper</summary>
The row (0, log 5) has the mean (1 + 5) / 2 = 3, so its log-mean-exp is 1.099. Its log-sum-exp is log 6 = 1.792. The difference is 0.693. How does that follow from the two values in the row? What would it be for three?
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

$\hat p_k$ is right on average. Its logarithm is not. The logarithm is concave, so by Jensen's inequality

$$\mathcal{L}_k \;=\; \mathbb{E}\big[\log \hat p_k\big] \;\le\; \log \mathbb{E}\big[\hat p_k\big] \;=\; \log p(x) .$$

This is the **importance-weighted bound** of Burda et al. (2016). The name IWAE (importance-weighted autoencoder) belongs to a VAE that is *trained* with it. At $k = 1$ it is the ELBO, $\mathbb{E}_q[\log p(x|z)] - \mathrm{KL}(q\|p)$. And it never falls as $k$ grows:

$$\mathcal{L}_1 \le \mathcal{L}_2 \le \dots \le \log p(x) .$$

*Why.* Take $k + 1$ weights. Leave out each one in turn: this gives $k + 1$ averages of $k$ weights, and the average of these is $\hat p_{k+1}$. Use Jensen once more.

<details><summary>The step</summary>

Write $\hat p_k^{(-j)}$ for the average without weight $j$. Then $\log \hat p_{k+1} = \log\big(\text{mean over } j \text{ of } \hat p_k^{(-j)}\big) \ge \text{mean over } j \text{ of } \log \hat p_k^{(-j)}$. Take expectations: the left side becomes $\mathcal{L}_{k+1}$, the right side $\mathcal{L}_k$.

</details>
"""

# %% [markdown]
r"""
*How fast does it rise?* Write $\hat p_k = p(x)\,(1 + \delta)$. The error $\delta$ has mean 0 and variance $V / k$, where $V$ is the variance of one relative weight, $w / p(x)$. For a small error, $\log(1 + \delta) \approx \delta - \delta^2 / 2$. What is the distance $\log p(x) - \mathcal{L}_k$?

<details><summary>The step</summary>

Take the expectation. $\delta$ vanishes, $\delta^2$ becomes its variance:

$$\log p(x) - \mathcal{L}_k \;\approx\; \frac{V}{2k} .$$

</details>

Test it. In lesson 01 you met a model whose evidence is known exactly, the linear-Gaussian one. Take one observation and three encoders. The first *is* the posterior. The second has the same mean and is **twice as wide**. The third is **half as wide**.

**Your guess.** Which of the two wrong encoders has the better bound at $k = 1$? Which at $k = 128$?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

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

# %% figure="bound" store="exact=evidence, wide=evidence - bounds['twice as wide'][0], half=evidence - bounds['half as wide'][0]"
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
line = right.plot(counts, theory, "k--", linewidth=1, label="V / 2k of the wide encoder")
left.set(xscale="log", xlabel="samples k", ylabel="bound (nats)")
right.set(xscale="log", yscale="log", xlabel="samples k", ylabel="distance to log p(x) (nats)")
for ax in (left, right):
    legend = ax.legend(frameon=False, fontsize=8)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Two panels over the number of samples, 1 to 128. Left: the bound of three encoders. That of the posterior is flat on the exact evidence, near {{shown("bound", "exact"):.1f}}. The two others rise towards it; the half-wide one starts higher and is overtaken by the twice-wide one between two and four samples. Right: the distance to the evidence on logarithmic axes. The twice-wide encoder comes down to a dashed line of slope minus one and then follows it; the half-wide one falls much more slowly.](figures/bound.png)

The posterior needs one sample. All its weights equal $p(x)$, because $p(x|z)\,p(z) = p(z|x)\,p(x)$. The other two rise towards the same line from below. The half-wide encoder has the better ELBO, {{shown("bound", "half"):.1f}} nats from the truth instead of {{shown("bound", "wide"):.1f}}. From four samples on it is behind.

The dashed line is $V/2k$ for the wide encoder, for which $V = 9/7$. (The formula for $V$ comes below.) The wide encoder follows it once $k$ is large enough for the approximation. The narrow one does not follow any line of this slope.

</details>
"""

# %% [markdown]
r"""
Each point of these curves is a mean of many estimates. Look at the single ones: 4,000 estimates of $\log p(x)$, each from $k$ codes.

**Your guess.** As $k$ grows, what moves to the exact line: the whole cloud of estimates, or only its mean?
"""

# %%
guess = "..."  # your guess, one line; it is not graded


# %% figure="estimates"
def estimates(k: float, ax: plt.Axes | None = None) -> plt.Axes:
    """Histograms of 4,000 estimates, each from k codes of an encoder, with their means."""
    ax = plotting.new_axes(6, 3) if ax is None else ax
    for colour, name in zip(plotting.PALETTE[1:], list(ENCODERS)[1:], strict=False):
        log_w = world_log_weights(ENCODERS[name], 4000 * int(k)).view(4000, int(k))
        drawn = log_mean_exp(log_w, dim=1)
        span = (evidence - 6, evidence + 3)
        ax.hist(drawn.clamp(*span), bins=60, range=span, color=colour, alpha=0.5, label=name)
        ax.axvline(drawn.mean(), color=colour)
    ax.axvline(evidence, color="black", linestyle="--", label="exact")
    ax.set(title=f"k = {k:.0f}", xlabel="estimate of log p(x) (nats)", yticks=[])
    return ax


figure, panels = plt.subplots(1, 4, figsize=(12, 2.7), sharey=True, layout="constrained")
with runtime.preserve_random_state():
    runtime.seed_everything()
    axes = [estimates(k, ax) for ax, k in zip(panels, (1, 4, 16, 128), strict=True)]
legend = axes[0].legend(frameon=False, fontsize=8, loc="upper left")

# %%
with runtime.preserve_random_state():
    widgets.slider(estimates, counts, "k", form=".0f", play=True)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Four pairs of histograms of estimates of log p(x), for k = 1, 4, 16 and 128, with an exact value as a dashed line. At k = 1 the cloud of the twice-wide encoder is spread over many nats and that of the half-wide one is narrower; both means lie left of the line. With larger k both clouds get narrow and come to the line; at k = 16 the mean of the twice-wide one is the nearer.](figures/estimates.png)

Both move: the clouds get narrow, and their means (solid lines) rise to the exact line. Many single estimates lie *above* it. Only the mean is a bound. The bar at the left edge collects all estimates that are lower still.

</details>

In a live notebook the play button runs through all $k$. Elsewhere the strip shows four of them.
"""

# %% [markdown]
r"""
**Why does the narrow one fail?** Look at $V$. In one dimension, for a $q$ that is $s$ times as wide as the posterior,

$$\mathbb{E}_q\left[\Big(\frac{w}{p(x)}\Big)^2\right] = \frac{s^2}{\sqrt{2 s^2 - 1}} .$$

For $s^2 \le \tfrac12$ this is *infinite*. A $q$ that is too narrow almost never visits the places where its weights are huge.

Training with the ELBO tends towards such encoders. It charges a lot for a $q$ that reaches too far, and little for a $q$ that misses a part of the posterior.

*Try it:* set the third encoder to 0.8 instead of 0.5. Does its distance follow a line of slope minus one now?

<details><summary>Answer</summary>
Yes, for large $k$: $s^2 = 0.64$ is above one half, so $V$ is finite. In two dimensions $V = 0.64^2 / 0.28 - 1 \approx 0.46$.
</details>

Sources: Burda, Grosse and Salakhutdinov (2016), Theorem 1, https://arxiv.org/abs/1509.00519; Domke and Sheldon (2018), for the rate $V/2k$, https://arxiv.org/abs/1808.09034.
"""

# %% [markdown]
r"""
## Exercise 7.3: how many samples did the work?

**3 points · {{minutes("effective_sample_size")}} minutes · difficulty 2/5 · importance 4/5**

You cannot compute $V$ for a real model. But you can look at the weights that you drew. *Normalise* them, so that each says which share of the sum it contributed:

$$\tilde w_i = \frac{w_i}{\sum_j w_j}, \qquad \sum_i \tilde w_i = 1 .$$

If all are equal to $1/k$, all $k$ samples count. If one is nearly 1, you have one useful sample. The **effective sample size** (Kong, 1992) puts a number between these cases:

$$\mathrm{ESS} = \frac{1}{\sum_i \tilde w_i^2} \;\in\; [1, k] .$$

If $V$ is finite, it is about $k / (1 + V)$ for large $k$.

Check both ends by hand before you write it. You get *logarithms* of weights, and `exp` of them may be 0 or infinite, as in exercise 7.2.
"""


# %% exercise="effective_sample_size"
def effective_sample_size(log_weights: Tensor) -> Tensor:
    """Number of equal weights that would be worth as much: (batch, num_samples) -> (batch,), from 1 to num_samples.

    Args:
        log_weights: Logarithms of unnormalised weights, any finite numbers, one row per image. They stay as they
            are, and the result has their dtype. No gradient is asked for.
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
<details><summary>Hint 3: one row on paper</summary>
Weights (1, 3) have the shares (0.25, 0.75). Their squares are 0.0625 and 0.5625, together 0.625. The effective sample size is 1.6. At which of these steps does your number differ?
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
Now draw 10,000 weights for each of the three encoders. Their unit is the fair share: a weight of 1 counts as much as the average weight. The cell below the histograms then draws five batches of 10,000.

**Your guess.** For the half-wide encoder, do five batches of 10,000 weights give about the same effective sample size?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

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
<details><summary>What you should see</summary>

![Three histograms on a logarithmic vertical axis. The posterior: all at 1, in one or two bars. Twice as wide: weights between 0 and 4, and none beyond. Half as wide, on an axis to 30 instead of 5: most weights are below 1, and a thin tail runs to the right edge, where the last bar collects all weights of 30 or more.](figures/weights.png)

For the wide encoder no weight exceeds about four fair shares. Its effective sample size is about $k / (1 + V) = 4375$ in every batch. (Here $V = 9/7$.)

For the narrow encoder both printed columns jump from batch to batch. Some batches met a huge weight and others did not. The batches that met none *look* better. Mind the axes: the third panel reaches to 30, the others to 5.

</details>

So read an effective sample size with care. A small one is always bad news. A large one is good news only if it is stable: it says nothing about a weight that you have not drawn.

Sources: Kong (1992), *A note on importance sampling using standardized weights*, a technical report; Kong, Liu and Wong (1994), https://doi.org/10.1080/01621459.1994.10476469; Chatterjee and Diaconis (2018), https://arxiv.org/abs/1511.01437.
"""

# %% [markdown]
r"""
## Exercise 7.4: the weights of your model

**6 points · {{minutes("log_importance_weights")}} minutes · difficulty 3/5 · importance 5/5**

Now your VAE. Three log densities make a log weight, each summed over its last dimension:

$$\log w = \underbrace{\log p(x|z)}_{\text{Bernoulli, 784 pixels}} + \underbrace{\log p(z)}_{\mathcal{N}(0, I)} - \underbrace{\log q(z|x)}_{\mathcal{N}(\mu,\, \sigma^2)}, \qquad z = \mu + \sigma\,\varepsilon .$$

In lesson 02 the last two became minus the closed-form KL. Here they must not: minus the KL is their average over $z$, and here every sample keeps its own value.

Most of the work is shapes. `encode` gives $\mu$ of shape `(batch, latent_dim)`. You want codes of shape `(batch, num_samples, latent_dim)`, each with its own noise. `decode` takes rows: `z.flatten(0, 1)` makes them, `.unflatten(0, (batch, num_samples))` undoes it. `bernoulli_nll(x_logits, x)` is *minus* the first of the three. It sums over the last dimension and broadcasts the others.

Keep everything differentiable, so that it could also be trained.
"""


# %% exercise="log_importance_weights"
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    """log p(x|z) + log p(z) - log q(z|x) for fresh samples z of q(z|x): (batch, num_samples), differentiable.

    Args:
        model: A VAE with `encode(x) -> mu, log_var` and `decode(z) -> x_logits`; Bernoulli pixels, prior N(0, I).
        x: Images, (batch, num_pixels); they stay as they are.
        num_samples: Samples of z per image, each with its own noise.

    The result has the dtype of the model, and is finite for log_var from -20 to 20 and for logits of pixels
    from -1,000 to 1,000.
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
A <code>Normal</code> has a method <code>log_prob</code>, which gives one number per dimension. You need one number per sample. Which standard deviation belongs to <code>log_var</code>? For the prior, mean 0 and standard deviation 1 are enough.
</details>
<details><summary>Hint 3: the shapes, line by line</summary>
For 4 images, 5 samples and 2 latent dimensions: mu (4, 1, 2); noise and z (4, 5, 2); rows for the decoder (20, 2); logits (20, 784), then (4, 5, 784); x must broadcast against that as (4, 1, 784). Each of the three log densities is (4, 5). Two of them are added and one is subtracted.
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

**5 points · {{minutes("iwae_bound")}} minutes · difficulty 2/5 · importance 5/5**

You have the weights, and you have the logarithm of an average. Put them together. Two things can go wrong: the axis, and the order of average and logarithm. What would you compute if you averaged the log weights instead?
"""


# %% exercise="iwae_bound"
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    """One draw of the importance-weighted bound on log p(x) per image: (batch,), in nats, differentiable.

    Its mean is the ELBO at num_samples = 1, rises with num_samples, and tends to log p(x).

    Args:
        model: A VAE with `encode(x) -> mu, log_var` and `decode(z) -> x_logits`; Bernoulli pixels, prior N(0, I).
        x: Images, (batch, num_pixels); they stay as they are.
        num_samples: Samples of z per image, fresh in every call, each with its own noise.

    The result has the dtype of the model, and is finite also for images of probability e^-480.
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
Average the weights, <i>then</i> take the logarithm. The mean of the log weights is the ELBO again, however many there are. Which of your functions does both steps?
</details>
<details><summary>Hint 3: check yourself</summary>
Take one image. With one sample, your result is the log weight itself. With many samples, repeat the call ten times: the mean of the results should rise when you take more samples, up to its noise, and the results should scatter less.
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
Now a hundred test images and your model. For every $k$ the cell draws two independent batches of samples. Which $k$ gives the lowest number, and do the two draws agree?
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
<details><summary>What you should see</summary>

At $k = 1$ you read the negative ELBO of these images. At $k = 100$ the number is lower, on MNIST by more than two nats: that part was the bound, not the model. The two draws agree better at larger $k$.

</details>

To see where it stops you need thousands of samples. The last line shows the cost: 1.6 GB for the logits alone, and several tensors of this size exist at once. `iwae_bound` decodes all samples of all images together.
"""

# %% [markdown]
r"""
## Exercise 7.6: thousands of samples, little memory

**6 points · {{minutes("log_likelihood")}} minutes · difficulty 3/5 · importance 5/5**

The average of 5,000 weights does not need them all at the same time. Draw `chunk_size` samples per image, keep what you need, forget codes and logits, and go on. The last chunk may be smaller: 5,000 samples in chunks of 300 are sixteen full chunks and one of 200.

What must you keep? The log weights are small: one number per image and sample, against 784 logits.

Two mistakes are easy to make. The average of the chunks' *bounds* is not the bound of all samples: it averages logarithms again. And chunks of different sizes must not count the same.

This function only scores, so it computes no gradients. (Its name stands for $\log p(x)$. In lesson 01 `log_likelihood` was $\log p(x|z)$.)
"""


# %% exercise="log_likelihood"
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    """Importance-sampled estimate of log p(x): (batch,), in nats, without gradients.

    Never decodes more than batch * chunk_size rows at once. Records no graph, and leaves the model as it was:
    its mode, its parameters, their `grad` and `requires_grad`. The result has the dtype of the model, and is
    finite also for images of probability e^-480.

    Args:
        model: A VAE with `encode(x) -> mu, log_var` and `decode(z) -> x_logits`; Bernoulli pixels, prior N(0, I).
        x: Images, (batch, num_pixels); they stay as they are.
        num_samples: Samples of z per image, exactly so many in all, fresh in every call, each with its own
            noise.
        chunk_size: Samples per image at once, perhaps more than num_samples; the last chunk may be smaller.
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
A <code>range</code> with a step can count the samples already drawn at the start of each chunk. How many are left then? Take no more than that. For 5 samples in chunks of 2 the sizes are 2, 2, 1.
</details>
<details><summary>Hint 2: join, then average</summary>
Put the log weights of the chunks side by side: the result has the shape (batch, num_samples). Only now take the logarithm of an average.
</details>
<details><summary>Hint 3: the shape of the code</summary>
<pre>
with ...:                  # no gradients
    for start in range(...):
        size = ...         # what is left, at most chunk_size
        keep ...           # (batch, size)
    return ...             # one average over everything kept
</pre>
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
Is the memory really bounded? The next cell counts the rows that the decoder is given at once. Which column should *not* change with the chunk size?
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
<details><summary>What you should see</summary>

The last column stays the same up to its own noise: chunks change the memory, not the answer. With one sample at a time you pay for many calls from Python. In large chunks the tensors no longer fit into the processor's cache, so on a CPU they bring little or no further speed.

</details>

Now go on to thousands of samples, and watch the weights.

**Your guess.** The picture at the top of this lesson was made by the next two cells. With 5,000 samples, how many of them do the work for a typical image: thousands, hundreds or fewer?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

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

# %% figure="model_bound" store="first=curve[0], last=curve[-1], typical=sizes.median()"
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.2), layout="constrained")
line = left.plot(counts, curve, "o-", color=plotting.PALETTE[0], markersize=4)
left.set(xscale="log", xlabel="samples k", ylabel="negative bound (nats per image)")
edges = torch.logspace(0, math.log10(most), 25)
drawn = right.hist(sizes.cpu(), bins=edges.tolist(), color=plotting.PALETTE[0])
label = right.set(xscale="log", xlabel=f"effective sample size of {most:,}", ylabel="images of 100")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Two panels. Left: the negative bound of a hundred test images falls from {{shown("model_bound", "first"):.1f}} nats with one sample to {{shown("model_bound", "last"):.1f}} with 5,000, steeply at first and ever more slowly, still falling at the right end. Right: a histogram of the effective sample size of the hundred images on a logarithmic axis, from 1 to nearly a thousand of 5,000; most images lie between 10 and 200.](figures/model_bound.png)

On MNIST the curve falls by three nats and has not stopped: the last step still brings a twentieth of a nat. A typical image has an effective sample size of {{shown("model_bound", "typical"):.0f}} of 5,000. For a few images a single sample has most of the weight.

On the small digits the number falls by {{shown_digits("model_bound", "first") - shown_digits("model_bound", "last"):.1f}} nats. Compare your printed median with that of MNIST.

</details>

No exact answer tells you where the curve ends. But each point of it is too high *on average*. So $-\log p(x)$ lies below the printed number on average, and on average more samples can only lower it.

That does not make it a fair comparison. Of two equally good models, the one with the better encoder looks better. Wu et al. (2017) measure such distances with a much more expensive sampler.
"""

# %% [markdown]
r"""
Look at single images: the one with the smallest effective sample size, and a typical one. The next figure sorts their weights. Where does each curve cross the fair share?
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
<details><summary>What you should see</summary>

![Left: two test images, a wide, ragged 2 (worst) and a 6 (typical). Right: for both, the normalised weights sorted from large to small on logarithmic axes. For the worst image the first weight is almost 1; for the typical one it is near 0.1. The dotted line of the fair share is crossed near rank 40 by the worst and near rank 450 by the typical image.](figures/sorted_weights.png)

For the typical image, hundreds of samples lie above their fair share, and the largest has about a tenth of the weight. For the worst image (on MNIST) one sample has almost all of it. Thousands of codes hardly counted, and an undrawn code might count more than all of them.

This image is unusual: a wide 2 with a loop, in ragged strokes. Probably the encoder places its codes beside the posterior, or too close together. The toy showed what follows: the estimate of $\log p(x)$ for such an image is most likely too low.

</details>

*Try it:* draw the codes of both images from a $q$ that is 1.5 times as wide (`sigma * 1.5` in a copy of your function, in the sampler *and* in $\log q$). Which effective sample size may rise?

<details><summary>Answer</summary>
The size rises if $q$ was too narrow. It can also rise if $q$ lies beside the posterior, because a wider $q$ reaches it. So a rise for the worst image does not tell these two apart. It falls if $q$ was good: in ten dimensions a wider $q$ wastes many samples far outside. Check that $\log q$ uses the new width too. If it does not, the weights are wrong, and a high effective sample size means nothing.
</details>
"""

# %% [markdown]
r"""
## Why not train with a thousand samples?

A tighter bound is a better estimate. Is it a better *loss*? Burda et al. trained with $k = 50$ and got better models. Rainforth et al. (2018) showed: **the tighter the bound, the less clearly its gradient tells the encoder what to do.**

A gradient is useful if its mean stands out from its noise. For one parameter, with $g$ the gradient of $\log \hat p_k$, the signal-to-noise ratio is

$$\mathrm{SNR} = \frac{\big|\mathbb{E}[g]\big|}{\text{standard deviation of } g} .$$

The noise of an average of $k$ samples falls like $1/\sqrt k$. For a small error that holds for its logarithm and its gradient, too. What does the mean do?

- **Decoder.** Its gradient tends to $\nabla \log p(x)$, which does not depend on $k$.
- **Encoder.** $\mathbb{E}[\hat p_k] = p(x)$ does not depend on the encoder. The encoder can change only the distance $V / 2k$, so its mean gradient is about $-\nabla V / 2k$.

How do the two ratios depend on $k$?

<details><summary>The step</summary>
Decoder: a constant over $1/\sqrt k$, so its SNR <i>grows</i> like $\sqrt k$. Encoder: $1/k$ over $1/\sqrt k$, so its SNR <i>falls</i> like $1/\sqrt k$. As $k$ grows the bound depends less and less on the encoder.
</details>
"""

# %% [markdown]
r"""
**A cure** (Tucker et al., 2019) is a gradient with the same mean and usually less noise. Let $z_i = \mu + \sigma \varepsilon_i$. The encoder's parameters $\phi$ move $z_i$, and they also appear in $\log q_\phi(z_i|x)$ directly. The chain rule gives two parts:

$$\nabla_\phi \log \hat p_k = \sum_i \tilde w_i \left( \frac{\partial \log w_i}{\partial z_i} \frac{\partial z_i}{\partial \phi} - \frac{\partial \log q_\phi(z_i|x)}{\partial \phi} \right) .$$

The second part is the noisy kind of gradient from lesson 01, the score function. Reparameterise it *as well*. For a smooth function $f$ of $z$:

$$\mathbb{E}_q[f(z)\, \partial_\phi \log q_\phi(z)] = \mathbb{E}_q[\partial_z f \; \partial_\phi z] .$$

Take $f = \tilde w_i$ as a function of $z_i$ alone, with the other samples held fixed. Its derivative is $\partial_{z_i} \tilde w_i = (\tilde w_i - \tilde w_i^2)\, \partial_{z_i} \log w_i$. Put this into the second part, and subtract it from the first.

<details><summary>The step</summary>

The terms with $\tilde w_i$ cancel, and the square is left:

$$\mathbb{E}\big[\nabla_\phi \log \hat p_k\big] = \mathbb{E}\left[ \sum_i \tilde w_i^2 \, \frac{\partial \log w_i}{\partial z_i} \frac{\partial z_i}{\partial \phi} \right] .$$

</details>

This is the *doubly reparameterised gradient*, DReG. For a perfect encoder $\log w$ does not depend on $z$. Then every term is zero, not only the mean.
"""

# %% [markdown]
r"""
Measure three gradients on the linear-Gaussian model: the decoder's, the encoder's, and the encoder's by DReG. The encoder is 1.5 times as wide as the posterior, and its mean is half a standard deviation off. To get thousands of independent gradients at once, each row has its own copy of the parameters.
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


# %% [markdown]
r"""
**Your guess.** From 1 to 64 samples, which of the three ratios rise, and which fall?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %%
runtime.seed_everything()
counts = [1, 2, 4, 8, 16, 32, 64]
snr: dict[str, list[float]] = {}
means: dict[str, Tensor] = {}
for k in counts:
    for name, gradients in three_gradients(k, runtime.choose(10_000, 1000)).items():
        snr.setdefault(name, []).append(signal_to_noise(gradients))
        means[f"{name}, k = {k}"] = gradients.mean(dim=0)

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
<details><summary>What you should see</summary>

![Signal-to-noise ratio over the number of samples on logarithmic axes. The decoder's rises from 0.8 to 9, near a dashed line of slope one half. The encoder's falls from 0.3 to 0.02, near a dotted line of slope minus one half, with a bump at 32 samples. That of DReG first dips a little and then rises to 2.](figures/snr.png)

The decoder's ratio climbs like $\sqrt k$, the encoder's falls like $1/\sqrt k$. The lines have the slopes derived above and are placed at $k = 8$. At 32 and 64 samples the encoder's points bend off the line. They are close to the noise of this measurement: an average of 10,000 gradients with mean zero would still show about 0.01.

The last printed line gives the cost: how many gradients you must average for as clear a signal as one at $k = 1$. Each of them is also $k$ times as much work. DReG has the same mean, up to the noise of the plain one, and from a few samples on its ratio grows.

</details>

Does it happen in *your* model? Take one test image and the two output layers, and call `iwae_bound` again and again.
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
<details><summary>What you should see</summary>

The decoder's column rises with $k$. The encoder's does not: 64 times the work brings it nothing. Small ratios say little here: an average of 200 gradients with mean zero would still show about 0.06.

The encoder's ratio does not fall like $1/\sqrt k$ either. The theory needs a small error $\delta$, of variance $V/k$. On MNIST an effective size of {{shown("model_bound", "typical"):.0f}} of 5,000 suggests a $V$ above 100. So with 64 samples the error is not small.

</details>

This *suggests* different losses for the two networks: many samples for the decoder, and few, or DReG, for the encoder. Only gradients were measured here, in a toy and on one image. Nothing was trained with these losses. Burda et al. *trained* with up to 50 samples and *scored* with 5,000. Scoring has no such problem, because it teaches no encoder.

Sources: Rainforth et al. (2018), *Tighter variational bounds are not necessarily better*, https://arxiv.org/abs/1802.04537; Tucker, Lawson, Gu and Maddison (2019), *Doubly reparameterized gradient estimators for Monte Carlo objectives*, https://arxiv.org/abs/1810.04152.
"""

# %% [markdown]
r"""
## The table

Now score with 1,000 samples per image, as the homework did. The course has a faster version of your `log_likelihood`, `evaluation.iwae`. First check that both agree.
"""

# %%
num_samples = runtime.choose(1000, 20)
yours = -log_likelihood(model, hundred, num_samples, chunk_size=50).mean().item()
theirs = evaluation.iwae(model, hundred, num_samples)
print(f"IWAE-{num_samples} of 100 images: yours {yours:.2f}, the course's {theirs:.2f}")

# %% [markdown]
r"""
A thousand samples for each of 10,000 images would take minutes. There is a cheaper way. Scores differ by tens of nats from image to image. The *distance* from negative ELBO to IWAE-1000 differs by less than two (standard deviation, MNIST). So measure this distance on a thousand images. Then subtract it from the negative ELBO of *all* images.

What does the shortcut cost? Divide the spread of the distance by $\sqrt{1000}$: a standard error of less than a tenth of a nat.
"""

# %%
some = test_x[
    :: math.ceil(len(test_x) / 1000)
]  # every tenth image of MNIST, all of the small digits
terms = evaluation.neg_elbo(model, test_x, num_samples=10)
start = time.perf_counter()
bound = evaluation.iwae(model, some, num_samples, progress=True)
distance = evaluation.neg_elbo(model, some, num_samples=100).neg_elbo - bound
iwae_1000 = terms.neg_elbo - distance
print(f"{len(some):,} images x {num_samples:,} samples: {time.perf_counter() - start:.0f} s")
print(f"distance of the bounds {distance:.2f} nats, so IWAE-{num_samples} is {iwae_1000:.2f}")

# %% [markdown]
r"""
A score needs its spread. Four things could have come out differently: the codes you drew, the binarisation of the test images, the choice of test images, and the seed of the training. The next cell measures the first three on a thousand test images. Which of them is the largest?
"""

# %%
thousand, grey = test_x[:1000], images.test_x[:1000]
few = runtime.choose(50, 10)
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

# %% [markdown]
r"""
<details><summary>What you should see</summary>

Other codes hardly move the score: a thousand images average their noise away. Other binarisations move it more. The choice of test images matters most: about 0.3 nats for all 10,000 of MNIST. (The first two lines are for 1,000 images. For 10,000 both would vary less.) But two papers that score the same images share this error.

The seed of training is not measured here. Over three seeds the course's IWAE-1000 on MNIST varied by {{mnist("ELU", "iwae_1000").sd:.2f}} nats (standard deviation), on digits by {{digits("ELU", "iwae_1000").sd:.2f}}. So a difference of 0.1 nats between two papers means little if each trained with one seed.

</details>

Now the comparison. First collect your numbers and the course's own runs.
"""

# %%
row = f"{published.CS236}, {num_steps:,} steps"
comparable = images.name == "mnist" and not runtime.fast_mode()
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


# %%
if comparable:
    print("Your run, binarised MNIST, beside the course's runs of this length and the homework's:")
else:
    print(f"Your run, on {images.name}. It is NOT comparable with the papers on MNIST below it:")
for metric, value in measured.items():
    band = bands.get(metric)
    here = f"{band.mean:.2f} +- {band.sd:.2f} over {band.n} seeds" if band else "no band"
    line = f"  {names[metric]:10} you {value:7.2f}   expected {here}"
    if comparable:
        line += f"   homework {with_spread(published.PUBLISHED[published.CS236][metric])}"
    print(line)
print("\nPublished, binarised MNIST:")
for name, metrics in published.PUBLISHED.items():
    for metric in filter(metrics.get, names):  # those in nats; others score clusters
        print(f"  {name:33} {names[metric]:28} {with_spread(metrics[metric])}")

# %% [markdown]
r"""
**Reading the table.** On MNIST your row may stand beside the homework's: the same architecture, pixels and number of samples. The length of training differs. So the course also made the full 20,000 steps, and scored all 10,000 images with 1,000 samples each. (The command `vae-course reproduce cs236` repeats this.)

| MNIST | like yours | 20,000 steps | homework, 100 runs |
|---|---|---|---|
| neg ELBO | {{mnist("ELU", "neg_elbo"):.2f}} | {{seeds("cs236", "neg_elbo"):.2f}} | 101.5 ± 0.55 |
| IWAE-1000 | {{mnist("ELU", "iwae_1000"):.2f}} | {{seeds("cs236", "iwae_1000"):.2f}} | 95.62 ± 0.42 |
| difference | {{mnist("ELU", "neg_elbo").mean - mnist("ELU", "iwae_1000").mean:.1f}} | {{seeds("cs236", "neg_elbo").mean - seeds("cs236", "iwae_1000").mean:.1f}} | 5.9 |

(Mean and standard deviation; ours of three seeds.)
"""

# %% [markdown]
r"""
Compare the first column with the last. By the negative ELBO your model {{claim("is as good", abs(mnist("ELU", "neg_elbo").mean - 101.5) < 0.55)}} with a quarter of the steps. By IWAE-1000 it seems {{claim("more than two nats behind", 2 < mnist("ELU", "iwae_1000").mean - 95.62 < 4)}}. The ELBO alone does not show that.

Is the difference real? The homework scored 100 chosen images, ten of each class; we score 10,000. By your own cell above, the score of 10,000 images has an error of about 0.3 nats. That of 100 images has ten times that: 3 nats. So the table does not prove which model is better, and our full run may not be better either.

The last row is safer, because the distance hardly depends on the images. Ours is {{claim("half of the homework's", 0.4 < (mnist("ELU", "neg_elbo").mean - mnist("ELU", "iwae_1000").mean) / 5.9 < 0.55)}}. This *suggests* a better encoder. The falling learning rate may be a reason; that was not tested.
"""

# %% [markdown]
r"""
And the paper with 87 nats? That is the plain VAE of Burda et al., 86.76 nats on drawn pixels. Their best IWAE with one layer of latents has 84.78, and with two layers 82.90 (both trained with $k = 50$).

They use 50 latent dimensions, 3,280 passes over the data instead of your eight, and 5,000 samples for the score. Pixels and kind of estimate agree, so the remaining distance from your IWAE-1000 to their plain VAE, about {{mnist("ELU", "iwae_1000").mean - 86.76:.0f}} nats, may be discussed. The network, the batch size and the learning rates differ as well. The distance comes from all differences together; this lesson cannot say how much from each.

On digits, or in fast mode, your row cannot be compared with either.

Sources: Stanford CS236, homework 2 (solutions, 100 runs); Burda, Grosse and Salakhutdinov (2016), table 1.
"""

# %% [markdown]
r"""
## Result card

Your runs beside the band in which this program landed before, over several seeds. If a run falls outside, look for a mistake first. The grey twin has its own row because its number is on another scale.
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

- A score belongs to its pixels: grey, drawn and cut images are three data sets. No formula converts one score into another.
- The average of $k$ importance weights is right on average; its logarithm is too low on average. It is the ELBO at $k = 1$ and rises towards $\log p(x)$. For large $k$ about $V/2k$ remains, if $V$ is finite.
- Work with logarithms: subtract the largest of each row, average, then take the logarithm.
- A narrow encoder may have a good ELBO and useless weights. A large effective sample size counts only if it is stable.
- Chunks bound the memory. Average weights, not logarithms.
- More samples make the decoder's gradient clearer, and the encoder's only with DReG.
- A number needs its pixels, its estimator, its number of samples and its spread.
"""

# %% [markdown]
r"""
## Quiz

**1.** A model has IWAE-5000 of 85 nats and a negative ELBO of 95. Another has 86 and 87. Which statement is supported best?

<details><summary>A. The first model assigns more probability to the images.</summary>
Right, as far as the estimates are good: 85 is an upper estimate of its $-\log p(x)$. Its encoder is poor (ten nats between the numbers), but the encoder is not part of $p(x)$. The second model's two numbers are only one nat apart, so 86 is probably close to its $-\log p(x)$.
</details>
<details><summary>B. The second model is better, because its ELBO is better.</summary>
Not quite: the ELBO mixes the model with its encoder. The second has the better encoder.
</details>
<details><summary>C. The two cannot differ in log p(x), because both are bounds on it.</summary>
Not quite: each is a bound on the log p(x) of its own model, and the models differ.
</details>
"""

# %% [markdown]
r"""
**2.** You have 10 chunks of 500 log weights per image. How do you get the bound of 5,000 samples?

<details><summary>A. Compute the bound of each chunk, then average the ten.</summary>
Not quite: that averages logarithms. Its expectation is the bound of 500 samples, however many chunks you take.
</details>
<details><summary>B. Take the best of the ten.</summary>
Not quite: the largest of several random estimates is larger than their average, so it need not be a lower bound any more.
</details>
<details><summary>C. Average all 5,000 weights, then take one logarithm.</summary>
Right: the average comes before the logarithm. Of ten chunks of equal size you may also take the log-mean-exp of their bounds.
</details>
"""

# %% [markdown]
r"""
**3.** The effective sample size of an image is 4,000 of 5,000. What do you know?

<details><summary>A. The estimate of log p(x) is nearly exact.</summary>
Not quite: the number is computed from the codes that you drew. A narrow q may have missed a region with huge weights, as the half-wide encoder did.
</details>
<details><summary>B. No drawn weight dominates; the weights scatter by about half of their mean. Repeat it before you trust it.</summary>
Right: a stable, large number over several batches is good news. One batch alone is not.
</details>
<details><summary>C. 4,000 samples were drawn correctly, and 1,000 were wrong.</summary>
Not quite: no sample is wrong. The number says how many equal weights would average as well.
</details>
"""

# %% [markdown]
r"""
## Questions to discuss

### Ten nats better (2 points)

A preprint reports "82.1 nats on MNIST, ten nats better than a VAE (92.3)". From its code you learn: its own model is scored with 5,000 importance samples on test images cut at 0.5; the 92.3 was copied from another paper, which reports a negative ELBO on fresh random binarisations. Which part of the ten nats may be real? List what must change before the two numbers may stand in one table, and say what you would run first if you could afford one experiment.
"""

# %% [markdown] written="ten_nats_better" points=2
r"""
Possibly none of it. Two things differ besides the model. The pixels: images cut at 0.5 have smooth outlines, so they are easier to predict. In this lesson the same weights scored far lower on them than on drawn pixels. The estimator: a negative ELBO is above an estimate with 5,000 samples by the distance of the bound, about three nats here. Both act in favour of the new model, and together they can be larger than ten nats.

Both models must be scored on the same pixels (say which draw of the test set), with the same estimator and the same number of samples, after training on the same kind of pixels, with the spread over seeds. The one experiment: score the *plain VAE* with their evaluation code, on their pixels with 5,000 samples. It needs no training of the new model. If it gives about 82, nothing is left of the claim.

**Rubric**

- 0.5: names the pixels (cut against drawn) and in which direction they act.
- 0.5: names the estimator (5,000 samples against an ELBO) and in which direction it acts.
- 0.5: lists what must be equal: pixels, estimator, number of samples; seeds or spread.
- 0.5: one experiment that changes only the evaluation, such as scoring the plain VAE their way.
"""

# %% [markdown]
r"""
### More samples, worse codes (2 points)

A colleague trains with the importance-weighted bound at $k = 5000$ because "a tighter bound is closer to the likelihood, so everything gets better". The test score improves a little over $k = 50$. The codes, which she needs for a classifier, get worse, and the encoder's mean hardly changes in the last half of training. Explain with what you measured. What would you change, and does a high test IWAE-5000 tell her anything about the codes?
"""

# %% [markdown] written="more_samples_worse_codes" points=2
r"""
The decoder's gradient gets clearer as $k$ grows, so the decoder, and with it $\log p(x)$, improves. The encoder can only change the distance to $\log p(x)$, which is about $V/2k$. At $k = 5000$ almost nothing is left to gain, and its gradient is mostly noise. For large $k$ its signal-to-noise ratio falls like $1/\sqrt k$, by a factor of ten from 50 to 5,000. So the encoder drifts or stands still: the bound is nearly the same for very different $q$, and nothing asks $q$ to be close to the posterior.

Change: train with a small $k$, or with two losses (encoder by the ELBO or a small $k$, decoder by a large $k$), or use DReG, whose signal grows with $k$. A high test IWAE-5000 speaks about the model $p$ and says little about the encoder, because many samples average its faults away. Look at the encoder separately: the ELBO beside the IWAE, the effective sample size, and the classifier itself.

**Rubric**

- 0.5: the decoder's signal grows with $k$, so the test score improves.
- 0.5: the encoder's mean gradient vanishes faster than its noise, with the measurement or the formula.
- 0.5: a change that fits (small $k$, two losses, or DReG).
- 0.5: a high IWAE-5000 says little about the encoder, with the reason.
"""

# %% [markdown]
"""
## How far you are

Did *Run All Cells* bring you here? It stops at the first check that is not right yet, and runs nothing below it. In a new notebook that is Exercise 7.1: the table of contents in the left bar takes you there.

The line below counts the checks that have run since the kernel started. It stays in this notebook and is not a grade.
"""

# %%
checks.progress()

# %% [markdown]
r"""
## Where next

- **[Lesson 08](../08_debugging_clinic/08_debugging_clinic.ipynb)** hands you nine broken programs. Some of them report a fine score.
- [Lesson 04](../04_beta_vae/04_beta_vae.ipynb) changes the objective on purpose. Score its models with `log_likelihood`: at which beta is $-\log p(x)$ lowest?
- [Lesson 03](../03_cvae/03_cvae.ipynb) showed a model with a better score and worse samples. A better estimate of the score does not change that.

To read:

- Cremer, Li and Duvenaud (2018), *Inference suboptimality in variational autoencoders*, https://arxiv.org/abs/1801.03558, split the distance of the bound into its causes.
- Wu, Burda, Salakhutdinov and Grosse (2017), *On the quantitative analysis of decoder-based generative models*, https://arxiv.org/abs/1611.04273.
- Theis, van den Oord and Bethge (2016), *A note on the evaluation of generative models*, https://arxiv.org/abs/1511.01844. A good likelihood, good samples and good codes are three different things.
"""
