# %% [markdown]
r"""
# Lesson 01: latent variables and the ELBO

![A jagged curve, the ELBO, rises steeply from about minus fifteen nats and then stays close to a dashed line, the exact log evidence, at about minus seven.](figures/climb.png)

The dashed line is the exact log-probability of some data. The curve is a lower bound on it, the *ELBO*. At the end you draw this picture with your own functions. Training a variational autoencoder (VAE) means
raising this curve.

**You will be able to**

- say why a hidden variable turns a probability into an integral that usually has no formula;
- derive the ELBO, and say exactly how far it lies below the log-probability;
- build it from parts that you test one by one;
- take its gradient in two ways, and say when each of them works.

**What it takes.** About {{minutes()}} minutes of your time, for eight exercises. Of these the computer takes {{computer("mnist")}}. You need Python, Gaussian densities, gradients, and a little practice with networks in PyTorch. A refresher comes first. Symbols are in the
[glossary](glossary.md).
"""

# %% setup=true
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_utils import plotting, runtime, toy
from course_utils.checks import nb01_elbo as checks
from course_utils.linear_gaussian import LinearGaussian

# %%
runtime.seed_everything()
torch.set_num_threads(1)  # our tensors are tiny: one thread is fastest

# %% [markdown]
r"""
## A refresher in one cell

An exercise is a cell with `# YOUR CODE HERE`. Replace the two lines `# YOUR CODE HERE` and `raise NotImplementedError()` by your own, run the cell, then run the check below the hints. First a cell that you only run.

One person in a hundred is ill. A test finds 90 % of the ill, and raises a false alarm for 5 % of the healthy. You get an alarm. How probable is it that you are ill? Guess before you run the refresher.
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %% store="refresher: ill=0.90 * 0.01 / evidence"
# Bayes' rule: posterior = likelihood * prior / evidence. The evidence adds up all ways to an alarm.
evidence = 0.90 * 0.01 + 0.05 * 0.99
print(f"probability of being ill after an alarm: {0.90 * 0.01 / evidence:.3f}")

# Covariance: if u has independent coordinates of variance 1, then A u has the covariance A A^T.
A = torch.tensor([[2.0, 0.0], [1.0, 1.0]])
u = torch.randn(100_000, 2)
C = A @ A.T
print("covariance of A u, measured:", torch.cov((u @ A.T).T).round(decimals=1).tolist())
print("A A^T:                      ", C.tolist())

# logdet: the logarithm of a determinant, without computing the determinant itself.
print(f"log det: {torch.logdet(C):.3f}, logarithm of the determinant: {torch.det(C).log():.3f}")

# solve(C, v) is C^-1 v, without computing the inverse. v holds one column per right-hand side.
v = torch.tensor([[1.0], [2.0]])
print("C times solve(C, v) gives v back:", (C @ torch.linalg.solve(C, v)).flatten().tolist())

# autograd: the derivative of m^2 at m = 3 is 6.
m = torch.tensor(3.0, requires_grad=True)
print("gradient of m^2 at 3:", torch.autograd.grad(m**2, m)[0].item())

# %% [markdown]
r"""
<details><summary>What you should see</summary>

The first line says {{shown("refresher", "ill"):.3f}}. Of 1,000 people about 59 raise an alarm, and only 9 of them are ill.

Four words to remember. The *prior* is what you believed before: one in a hundred. The *likelihood* says how probable an alarm is in each case: for the ill and for the healthy. The *evidence* is how probable an alarm is at all. The *posterior* is what you believe after.
</details>
"""

# %% [markdown]
r"""
## Exercise 1.1: the log-density of a point

**4 points · {{minutes("gaussian_log_prob")}} minutes · difficulty 1/5 · importance 5/5**

How probable is one point under a Gaussian? In one dimension the density is

$$\mathcal{N}(x; \mu, \sigma^2) = \frac{1}{\sqrt{2\pi\sigma^2}}\; e^{-(x - \mu)^2 / 2\sigma^2} .$$

Multiply 784 such numbers, one for each pixel of an image. The product can be too small for the computer, which then returns exactly 0. So take logarithms: they turn the product into a sum. Which three terms does the
logarithm of one factor have?

<details><summary>The logarithm of one factor</summary>

$$\log \mathcal{N}(x; \mu, \sigma^2) = -\tfrac12 \Big[ \log 2\pi + \log \sigma^2 + \frac{(x - \mu)^2}{\sigma^2} \Big] .$$
</details>

Independent dimensions add up: sum over dimensions, and return one value per example, shape `(batch,)`.

The variance arrives as `log_var` $= \log \sigma^2$, because a network may output any number and $e^{\text{anything}}$ is a valid variance. *`log_var` is the logarithm of the variance, not of the standard deviation.*
Logarithms are natural in this course, and the results are in *nats*, their unit.
"""


# %% exercise="gaussian_log_prob"
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """log N(x; mu, diag exp(log_var)) per example, in nats, all constants included.

    Args:
        x: Points, (batch, dim). It need not work for a stack of samples, (num_samples, batch, dim).
        mu: Means, (batch, dim).
        log_var: Natural logarithms of the variances, (batch, dim).

    Returns:
        One value per example, (batch,), summed over the last dimension; differentiable in all three arguments,
        which stay unchanged. It has their dtype, and is right for log_var from -20 to 20.
    """
    ### BEGIN SOLUTION
    squared_distance = (x - mu) ** 2 / log_var.exp()
    return -0.5 * (math.log(2 * math.pi) + log_var + squared_distance).sum(dim=-1)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: one dimension first</summary>
Take a single $x$, $\mu$ and <code>log_var</code>. The bracket of the formula has three terms. Which of them is already one of your arguments?
</details>
<details><summary>Hint 2: what is summed?</summary>
The whole bracket belongs to every dimension, the constant $\log 2\pi$ too. Sum the bracket, not only the squared distance. Count axes from the end: the last one is the sum's. Then a stack of samples of shape
(num_samples, batch, dim) works as well, should you want to pass one later.
</details>
<details><summary>Hint 3: check yourself on paper</summary>
One dimension, $x = 0$, $\mu = 1$, <code>log_var</code> 0: the bracket is $1.838 + 0 + 1 = 2.838$, the result $-1.419$. With <code>log_var</code> $= \log 4 = 1.386$ the bracket is $1.838 + 1.386 + 0.25$. Which of your three terms differs?
</details>
"""

# %% check="gaussian_log_prob" points=4
checks.gaussian_log_prob(gaussian_log_prob)
assert gaussian_log_prob(torch.zeros(3, 2), torch.zeros(3, 2), torch.zeros(3, 2)).shape == (3,), (
    "one value per example"
)
### BEGIN HIDDEN TESTS
from autograder.exercises.nb01_elbo.hidden import grade_gaussian_log_prob

grade_gaussian_log_prob(gaussian_log_prob)
### END HIDDEN TESTS

# %% [markdown]
r"""
Three tests of your function follow. The last line is about 784 dimensions: compare the log-density with the density.
"""

# %%
grid = torch.linspace(-12, 12, 2401)[:, None]
density = gaussian_log_prob(grid, torch.full_like(grid, 1.5), torch.full_like(grid, 0.8)).exp()
print(f"area under the density in one dimension: {density.sum() * 0.01:.5f}")

by_torch = -F.gaussian_nll_loss(
    torch.full_like(grid, 1.5),
    grid,
    torch.full_like(grid, math.exp(0.8)),
    full=True,
    reduction="none",
)
print(f"largest difference to PyTorch's own: {(density.log() - by_torch[:, 0]).abs().max():.1e}")

pixels = torch.randn(1, 784)
log_density = gaussian_log_prob(pixels, torch.zeros(1, 784), torch.zeros(1, 784))
print(
    f"784 dimensions: log-density {log_density.item():.1f} nats, density {log_density.exp().item()}"
)

# %% [markdown]
r"""
**What just happened.** The area is 1, so no constant is missing. This is the cheapest test of any density, because it needs no reference solution. In 784 dimensions the log-density is an ordinary number
near $-1100$, while the density itself becomes 0 in the computer.

A log-density may be positive: a density exceeds 1 where it is narrow.

*Try it:* a point lies at a distance of 1 from the mean. Which `log_var` gives it the highest log-density? Guess, then try $-2$, $0$ and $2$.

<details><summary>Answer</summary>

$0$. The log-density is $-\tfrac12(\log 2\pi + \texttt{log\_var} + e^{-\texttt{log\_var}})$. Its derivative vanishes where $e^{-\texttt{log\_var}} = 1$, so the best variance is the squared distance. A narrower Gaussian misses the point, a wider one
spreads its probability too thin.
</details>
"""

# %% [markdown]
r"""
## A hidden cause

Five instruments show you five numbers, $x$. Two dials that you cannot see, $z$, produced them. This is the whole model: nature draws $z$, then an $x$ that depends on it.

$$z \sim \mathcal{N}(0, I), \qquad x \mid z \sim \mathcal{N}(W z + b,\; \sigma_x^2 I) .$$

![Two circles, z on the left and a shaded x on the right. An arrow from z to x is labelled likelihood p(x|z). The circle z is labelled prior p(z), the circle x observed. A dashed arrow back from x to z is labelled approximate posterior q(z|x).](figures/latent_variable_model.svg)

The matrix $W$, the vector $b$ and the noise level $\sigma_x$ belong to the instruments. Here they are known.

The first distribution is the *prior* $p(z)$, the second the *likelihood* $p(x|z)$. A variable such as $z$, which nobody observes, is called *latent*. The dashed arrow comes later in this lesson.

In the code the model is the class `LinearGaussian`. In lesson 02 a network takes the place of $Wz + b$, the pixels get another likelihood, and a second network learns the dashed arrow. The bound that you derive here stays the same.
"""

# %% [markdown]
r"""
### Two questions about x

**How probable is this $x$?** You do not know $z$, so you add up all the ways in which $x$ could have come about:

$$p(x) = \int p(x|z)\, p(z)\, dz .$$

This is the *evidence*. A good model gives high evidence to real data.

**Which $z$ produced it?** Bayes' rule answers with the *posterior*, $p(z|x) = p(x|z)\, p(z) / p(x)$.

![Four curves over one latent dimension z. The prior is wide and centred at zero. The likelihood, as a function of z, is centred at two. The posterior lies between them and is the narrowest. A dashed curve, some q, lies between prior and posterior and is wider than the posterior.](figures/prior_posterior.svg)

The posterior lies between prior and likelihood. Both questions need the same integral, and the integral is the trouble: with 20 dials and ten positions for each, a sum over all cases has $10^{20}$ terms.
"""

# %% [markdown]
r"""
## The integral, by brute force

The evidence is an average: $p(x) = \mathbb{E}_{p(z)}[p(x|z)]$. So draw many $z$ from the prior and average $p(x|z)$. The cell below does this for an $x$ of 20 numbers, once with 2 hidden dimensions and once with 10.

`runtime.choose(a, b)` is `a`, or `b` in a quick test of the notebook. For comparison the cell computes the exact answer. Turn Bayes' rule around: $p(x) = p(x|z)\, p(z) / p(z|x)$ at any $z$ you like. This needs the posterior, which we know only because the model is linear.

How close will the estimate with 10 hidden dimensions be after the last draw?
"""

# %%
guess = "..."  # your guess, one line; it is not graded


# %%
def exact_by_bayes(nature: LinearGaussian, x: Tensor) -> float:
    """Log evidence of one x from Bayes' rule at z = 0; needs the posterior.

    `nature.posterior(x)` returns its mean and covariance; the star hands them on as two arguments.
    """
    z = torch.zeros(1, nature.latent_dim)
    log_prior = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
    log_posterior = torch.distributions.MultivariateNormal(*nature.posterior(x)).log_prob(z)
    return (nature.log_likelihood(x, z) + log_prior - log_posterior).item()


# %% figure="brute_force"
num_draws = runtime.choose(100_000, 5_000)
runtime.seed_everything()
axes = plotting.new_axes(6, 3.4)
for colour, latent_dim in zip(plotting.PALETTE, (2, 10), strict=False):
    nature = LinearGaussian.orthogonal(data_dim=20, latent_dim=latent_dim, noise_var=0.05)
    x, _ = nature.sample(1)
    z = torch.randn(num_draws, latent_dim)
    noise_log_var = torch.full((num_draws, 20), math.log(nature.noise_var))
    log_likelihoods = gaussian_log_prob(
        x.expand(num_draws, 20), z @ nature.W.T + nature.b, noise_log_var
    )
    count = torch.arange(1, num_draws + 1)
    running = torch.logcumsumexp(log_likelihoods.double(), dim=0) - count.log()
    exact = exact_by_bayes(nature, x)
    axes.plot(count, running, color=colour, label=f"{latent_dim} hidden dimensions, estimated")
    axes.axhline(exact, color=colour, linestyle="--", linewidth=1, label="exact")
    print(f"{latent_dim:2} hidden dimensions: {running[-1]:7.1f} estimated, {exact:7.1f} exact")
axes.set(xscale="log", xlabel="samples from the prior", ylabel="log evidence (nats)")
axes.set_ylim(-110, 15)
legend = axes.legend(frameon=False)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Estimated log evidence against the number of samples from the prior, on a logarithmic axis. With two hidden dimensions the estimate is near its dashed line from the start, and on it after about a hundred samples. With ten it is still about forty nats below its dashed line after a hundred thousand samples. It rises in sudden steps and sinks slowly between them.](figures/brute_force.png)

Two dimensions are easy. With ten, the estimate in the picture is still about forty nats too low at the end. How much is missing depends on the seed.

It moves in jumps. Each jump is one lucky $z$ that explains $x$. Nearly all others explain nothing, so between the jumps the average sinks.
</details>

The estimate of $p(x)$ is unbiased: its mean over many runs is right. Its *logarithm* is too low on average, although a single run may lie above the line. The section after the next exercise shows why.

Most draws are wasted because they come from the prior. It would be better to draw $z$ from where it matters for *this* $x$, near the posterior. That will be the job of $q(z|x)$, the dashed arrow of the drawing. But first you compute the exact answer yourself.
"""

# %% [markdown]
r"""
## Exercise 1.2: the exact evidence of a linear model

**4 points · {{minutes("log_evidence")}} minutes · difficulty 3/5 · importance 4/5**

For the linear model you need no integral. Write $x$ as a sum of independent Gaussian parts,

$$x = W z + b + \sigma_x \epsilon, \qquad z \sim \mathcal{N}(0, I), \quad \epsilon \sim \mathcal{N}(0, I) .$$

Sums and linear images of Gaussians are Gaussian. So $x$ is Gaussian, and you only need its mean, which is $b$, and its covariance $C = \mathbb{E}[(x - b)(x - b)^\top]$. Put $x - b = Wz + \sigma_x\epsilon$ in. The cross terms vanish. What remains?

<details><summary>The covariance</summary>

$$C = W\, \mathbb{E}[z z^\top]\, W^\top + \sigma_x^2\, \mathbb{E}[\epsilon \epsilon^\top] = W W^\top + \sigma_x^2 I .$$
</details>

$C$ is not diagonal: $W$ makes the instruments move together. The density of a Gaussian with a full covariance in $D$ dimensions is

$$\log p(x) = -\tfrac12 \Big[ D \log 2\pi + \log \det C + (x - b)^\top C^{-1} (x - b) \Big] .$$

Two warnings. The noise $\sigma_x^2$ belongs on the *diagonal* only. And the determinant of a large matrix underflows as the density did, so use `torch.logdet`.
"""


# %% exercise="log_evidence"
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    """Exact log p(x) for z ~ N(0, I) and x given z ~ N(W z + b, noise_var I), in nats.

    Args:
        x: Data, (batch, data_dim).
        W: The matrix of the model, (data_dim, latent_dim).
        b: Mean of x, (data_dim,).
        noise_var: Variance of the noise on each coordinate of x, positive.

    Returns:
        One value per example, (batch,), of the dtype of x, also in 100 dimensions and more. The arguments
        stay unchanged.
    """
    ### BEGIN SOLUTION
    data_dim = x.shape[-1]
    covariance = W @ W.T + noise_var * torch.eye(data_dim, dtype=x.dtype, device=x.device)
    centred = x - b
    squared_distance = (centred * torch.linalg.solve(covariance, centred.T).T).sum(dim=-1)
    log_det = torch.logdet(covariance)
    return -0.5 * (data_dim * math.log(2 * math.pi) + log_det + squared_distance)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: shapes</summary>
$C$ has one row and one column per instrument, so it is (data_dim, data_dim). Which of $W W^\top$ and $W^\top W$ has this shape?
</details>
<details><summary>Hint 2: the three terms</summary>
<code>torch.eye</code> makes an identity matrix, which puts the noise on the diagonal. <code>torch.logdet</code> gives $\log\det$. <code>torch.linalg.solve</code> gives $C^{-1}v$ for columns $v$, and your examples are rows: transpose before, and again after.
</details>
<details><summary>Hint 3: check yourself on paper</summary>
$W = (1, 1)^\top$, $b = 0$, noise variance 1, $x = (1, 1)$. Then $C$ has 2 on the diagonal and 1 beside it. Its determinant is 3, so $\log\det C = 1.099$, and $x^\top C^{-1} x = 2/3$. The result is $-\tfrac12 (3.676 + 1.099 + 0.667) = -2.721$.
</details>
"""

# %% check="log_evidence" points=4
checks.log_evidence(log_evidence)
assert log_evidence(torch.zeros(3, 2), torch.eye(2), torch.zeros(2), 1.0).shape == (3,), (
    "one value per example"
)
### BEGIN HIDDEN TESTS
from autograder.exercises.nb01_elbo.hidden import grade_log_evidence

grade_log_evidence(log_evidence)
### END HIDDEN TESTS

# %% [markdown]
r"""
Now a comparison. The second line of output uses the right variance for each instrument, but ignores that the instruments move together. Which line is higher?
"""

# %%
runtime.seed_everything()
model = LinearGaussian.orthogonal(data_dim=5, latent_dim=2, noise_var=0.5)
x, z_true = model.sample(1000)
evidence = log_evidence(x, model.W, model.b, model.noise_var)
one_at_a_time = gaussian_log_prob(
    x, model.b.expand_as(x), (model.W.square().sum(1) + model.noise_var).log().expand_as(x)
)
print(f"log evidence of five numbers: mean {evidence.mean():.3f} nats over 1,000 examples")
print(f"the same with the correlations ignored: {one_at_a_time.mean():.3f} nats")

# %% [markdown]
r"""
**What just happened.** The model that ignores the correlations scores lower on average. The hidden $z$ is what makes the five numbers move together.

Why not stop here, when the answer is exact? Because it needs a linear model. Replace $Wz + b$ by a network, and $x$ is no longer Gaussian. Then the integral is back. So use the linear model as a test: whatever
you build for networks must give the right answer here first.

*Try it:* call `log_evidence` with `torch.zeros_like(model.W)` in place of `model.W`. Which earlier function of yours gives the same result?

<details><summary>Answer</summary>

<code>gaussian_log_prob</code>: with $W = 0$ the covariance is $\sigma_x^2 I$, which is diagonal, and every coordinate has the same <code>log_var</code>.
</details>

Source: Tipping and Bishop (1999), https://doi.org/10.1111/1467-9868.00196. They call this model *probabilistic PCA*. PCA (principal component analysis) without noise returns in lesson 02.
"""

# %% [markdown]
r"""
## The logarithm of an average

You want $\log p(x) = \log \mathbb{E}[\dots]$, and you have samples. There are two ways to use them: average first and then take the logarithm, or take logarithms first and then average. They do not agree.

![The curve of log w and a straight line between two of its points, w1 and w2. At the average of the two, the line lies below the curve. The vertical distance is marked as gap.](figures/jensen.svg)

The logarithm is concave, so the straight line between two points lies below the curve. The average of the logarithms is therefore never larger than the logarithm of the average:

$$\mathbb{E}[\log w] \;\le\; \log \mathbb{E}[w] .$$

This is *Jensen's inequality*. The two sides are equal only if $w$ does not vary. It also answers the question from the brute-force figure: the average $\bar w$ of the samples is unbiased for $p(x)$, so $\log \bar w$ is too low on average.
"""

# %% [markdown]
r"""
## Comparing two distributions

How different are two distributions $q$ and $p$? The *Kullback-Leibler divergence*, KL for short, is the average of their log ratio, where $z$ comes from the first one:

$$\mathrm{KL}(q\,\|\,p) = \mathbb{E}_{q}\big[ \log q(z) - \log p(z) \big] .$$

Read it as the nats that you lose by believing $p$ while $z$ comes from $q$. It is zero only if the two are equal. Why is it never negative?

<details><summary>Jensen's inequality again</summary>

$-\mathrm{KL} = \mathbb{E}_q\big[\log \frac{p}{q}\big] \le \log \mathbb{E}_q\big[\frac{p}{q}\big] = \log \int q\, \frac{p}{q}\, dz = \log \int p\, dz = \log 1 = 0$.
</details>

The KL is not a distance: $\mathrm{KL}(q\,\|\,p)$ and $\mathrm{KL}(p\,\|\,q)$ differ in general.
"""

# %% [markdown]
r"""
## A bound instead of an integral

Choose a distribution $q(z|x)$ over the hidden variable. It may depend on $x$, and it must be positive wherever the posterior is. Multiply and divide by it under the integral:

$$\log p(x) = \log \int q(z|x)\, \frac{p(x|z)\, p(z)}{q(z|x)}\, dz = \log \mathbb{E}_{q}\!\left[ \frac{p(x|z)\, p(z)}{q(z|x)} \right] .$$

This is still exact, and the samples now come from $q$. Move the logarithm inside. By Jensen's inequality

$$\log p(x) \;\ge\; \mathbb{E}_{q}\!\left[ \log \frac{p(x|z)\, p(z)}{q(z|x)} \right] =: \text{ELBO} ,$$

the *evidence lower bound*. The logarithm of the fraction has three parts: $\log p(x|z)$, $\log p(z)$ and $-\log q(z|x)$. Which one says how well $z$ explains $x$, and which two form a KL?

<details><summary>The two terms of the ELBO</summary>

$$\text{ELBO} = \underbrace{\mathbb{E}_{q}\big[\log p(x|z)\big]}_{\text{how well } z \text{ explains } x} - \underbrace{\mathbb{E}_{q}\!\left[ \log \frac{q(z|x)}{p(z)} \right]}_{\mathrm{KL}(q(z|x)\,\|\,p(z))} .$$
</details>
"""

# %% [markdown]
r"""
### How much does the bound lose?

Jensen's inequality says that something is lost, not how much. Do it again without an inequality. Bayes' rule says $p(x|z)\,p(z) = p(z|x)\,p(x)$. Put this into the ELBO:

$$\text{ELBO} = \mathbb{E}_{q}\!\left[ \log \frac{p(z|x)\, p(x)}{q(z|x)} \right] = \;?$$

Take $\log p(x)$ out: it does not depend on $z$. What is left?

<details><summary>The gap</summary>

$$\text{ELBO} = \log p(x) - \mathrm{KL}\big(q(z|x)\,\|\,p(z|x)\big) .$$

What Jensen's inequality gives away is the KL from $q$ to the posterior. If $q$ is the posterior, the ELBO equals the log evidence.
</details>

There are two KLs here. *Inside* the ELBO stands the KL from $q$ to the prior, which you can compute. The *gap* is the KL from $q$ to the posterior, which you cannot compute in a VAE.

You need three parts: the KL to the prior, samples from $q$, and an average. Exercise 1.3 builds the KL, exercise 1.4 the samples. Exercise 1.5 tests the two against each other, and exercise 1.6 takes the average.

(Kingma and Welling, 2014, equations 1 to 3; Blei, Kucukelbir and McAuliffe, 2017, section 2.2.)
"""

# %% [markdown]
r"""
## Exercise 1.3: the KL in closed form

**4 points · {{minutes("kl_divergence")}} minutes · difficulty 2/5 · importance 5/5**

For two Gaussians the KL needs no sampling. Take one dimension, $q = \mathcal{N}(\mu, \sigma^2)$ and $p = \mathcal{N}(0, 1)$. Subtract their log-densities from exercise 1.1; $\log 2\pi$ cancels:

$$\log q(z) - \log p(z) = -\tfrac12 \Big[ \log \sigma^2 + \frac{(z - \mu)^2}{\sigma^2} \Big] + \tfrac12 z^2 .$$

Now average over $q$. You need two averages: $\mathbb{E}_q[(z - \mu)^2] = \sigma^2$, by the definition of the variance, and $\mathbb{E}_q[z^2] = \mu^2 + \sigma^2$. What is the result?

<details><summary>The last step</summary>

$$\mathrm{KL} = \tfrac12 \big( \mu^2 + \sigma^2 - 1 - \log \sigma^2 \big) .$$
</details>

Check it: it must be zero for $\mu = 0$, $\sigma = 1$. Independent dimensions add up.
"""


# %% exercise="kl_divergence"
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mu, diag exp(log_var)) || N(0, I)) per example, in nats; zero exactly when the two are equal.

    Args:
        mu: Means, (batch, latent_dim).
        log_var: Natural logarithms of the variances, (batch, latent_dim).

    Returns:
        One value per example, (batch,), never negative beyond rounding; differentiable in both arguments, which stay unchanged.
        It has their dtype, and is right for log_var from -20 to 20.
    """
    ### BEGIN SOLUTION
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: translate</summary>
$\log \sigma^2$ is <code>log_var</code>. What is $\sigma^2$ then? You need no square root here.
</details>
<details><summary>Hint 2: a test on paper</summary>
At $\mu = 0$, $\log\sigma^2 = 0$ the two distributions are equal, so the result is 0. Does your bracket vanish there? And in two dimensions?
</details>
<details><summary>Hint 3: another test on paper</summary>
One dimension, $\mu = 1$, $\log\sigma^2 = -2$: $\sigma^2 = 0.135$, the bracket is $1 + 0.135 - 1 + 2 = 2.135$, the KL 1.068. Two such dimensions cost 2.135.
</details>
"""

# %% check="kl_divergence" points=4
checks.kl_divergence(kl_divergence)
assert kl_divergence(torch.zeros(3, 2), torch.zeros(3, 2)).shape == (3,), "one value per example"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb01_elbo.hidden import grade_kl_divergence

grade_kl_divergence(kl_divergence)
### END HIDDEN TESTS

# %% [markdown]
r"""
The next figure draws the KL against the log variance of $q$, for three means. To the left of zero $q$ is more certain than the prior, to the right it is less certain. Which side costs more, and what shape has the curve on the left?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %% figure="kl"
log_var_grid = torch.linspace(-5, 2.5, 151)[:, None]
axes = plotting.curves(
    log_var_grid[:, 0],
    {
        f"mu = {m}": kl_divergence(torch.full_like(log_var_grid, m), log_var_grid)
        for m in (0.0, 1.0, 2.0)
    },
    xlabel="log variance of q",
    ylabel="KL to the prior (nats)",
)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![KL divergence against the log variance of q for three means. Each curve has its minimum at a log variance of zero. To the left it rises like a straight line, to the right it rises ever faster. A mean of one lifts the whole curve by half a nat, a mean of two by two nats.](figures/kl.png)

Far to the left each curve is nearly a straight line of slope $-\tfrac12$: lower `log_var` by 1, and the KL grows by half a nat. To the right it rises exponentially, because $\sigma^2$ itself is in the formula. A mean away from 0 adds $\tfrac12\mu^2$, whatever the variance. At the same distance from zero the right side costs more.
</details>

In a VAE this KL is what it costs to say precisely where $z$ lies.

*Try it:* by which factor does $\sigma$ shrink when `log_var` falls by 2, and what does that cost? Read it off the left end of the lowest curve.

<details><summary>Answer</summary>

By $e \approx 2.7$, since $\sigma = e^{\texttt{log\_var}/2}$. It costs nearly one nat.
</details>
"""

# %% [markdown]
r"""
Two published bugs:

- $\sigma^2 + \mu^2 - \log\sigma - \tfrac12$ looks like the formula. It has lost the $\tfrac12$ in front of its first two terms. A university course taught it until a reader sent a correction (SupaeroDataScience/deep-learning, pull request 6).
- A *mean* over the latent dimensions in place of the sum divides the KL by `latent_dim`. Lesson 02 shows what that does.

Source: Kingma and Welling (2014), Appendix B, https://arxiv.org/abs/1312.6114.
"""

# %% [markdown]
r"""
## Exercise 1.4: a sample that depends on its parameters

**4 points · {{minutes("reparameterize")}} minutes · difficulty 2/5 · importance 5/5**

The other part of the ELBO needs samples of $q$. You could ask PyTorch for a normal random number with mean $\mu$ and standard deviation $\sigma$. But later you will ask how the sample changes when $\mu$ changes, and `torch.normal` passes no gradient
to $\mu$.

So split it. Draw noise from a distribution without parameters, then stretch and move it:

$$z = \mu + \sigma\, \epsilon, \qquad \epsilon \sim \mathcal{N}(0, I) .$$

What are the mean and the variance of $z$, and what are $\partial z / \partial \mu$ and $\partial z / \partial \sigma$?

<details><summary>Check</summary>

Mean $\mu$, variance $\sigma^2$, and a linear image of a Gaussian is Gaussian: the distribution is the right one. The derivatives are $1$ and $\epsilon$, so the sample moves with its parameters.
</details>

This is the *reparameterisation trick* (Kingma and Welling, 2014, section 2.4; Rezende, Mohamed and Wierstra, 2014, section 3).

You are given $\log \sigma^2$ and need $\sigma$. Every number of the result needs its own noise, and every call new noise.
"""


# %% exercise="reparameterize"
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    """One sample of N(mu, diag exp(log_var)) for every example, with fresh noise for each number in each call.

    Args:
        mu: Means, (batch, latent_dim).
        log_var: Natural logarithms of the variances, (batch, latent_dim).

    Returns:
        z of shape (batch, latent_dim) and of the dtype of mu, differentiable in both arguments, which stay
        unchanged. It is right for log_var from -20 to 20.
    """
    ### BEGIN SOLUTION
    sigma = torch.exp(0.5 * log_var)
    return mu + sigma * torch.randn_like(sigma)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: from log-variance to standard deviation</summary>
$\sigma = \sqrt{\sigma^2}$ and $\sigma^2 = e^{\texttt{log\_var}}$. What does a square root do to an exponent?
</details>
<details><summary>Hint 2: the noise</summary>
<code>torch.randn_like</code> draws one independent standard normal number for each entry of a tensor, in its shape, type and device.
</details>
<details><summary>Hint 3: check yourself with numbers</summary>
Take $\log\sigma^2 = -2$ and $\mu = 3$. Many samples must have mean 3 and spread (standard deviation) 0.37. A spread of 0.14 means that you used the variance. A second call must give other numbers.
</details>
"""

# %% check="reparameterize" points=4
checks.reparameterize(reparameterize)
assert reparameterize(torch.zeros(3, 2), torch.zeros(3, 2)).shape == (3, 2), "one z per example"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb01_elbo.hidden import grade_reparameterize

grade_reparameterize(reparameterize)
### END HIDDEN TESTS

# %%
mu = torch.tensor([[1.0, -2.0]]).expand(50_000, 2)
log_var = torch.tensor([[0.0, -2.0]]).expand(50_000, 2)
z = reparameterize(mu, log_var)
spread = (0.5 * log_var[0]).exp()
print("asked for: mean", mu[0].tolist(), " spread", [round(s, 3) for s in spread.tolist()])
print(
    "received:  mean",
    [round(m, 3) for m in z.mean(0).tolist()],
    " spread",
    [round(s, 3) for s in z.std(0).tolist()],
)

mu = torch.zeros(1, 3, requires_grad=True)
reparameterize(mu, torch.zeros(1, 3)).sum().backward()
print("if mu grew by 1, z would grow by", mu.grad.tolist())

# %% [markdown]
r"""
**What just happened.** The mean and the spread (the standard deviation) are right, and a gradient of exactly 1 passes through a random draw. This is why VAEs can be trained by backpropagation.

A common bug is `torch.exp(log_var)` used as the standard deviation. It runs and it trains, but the sampler and the KL then mean different distributions. It stood in Keras' own example; the request to mend it was
turned down because "its scale is irrelevant" (keras-team/keras, pull request 9972). The next exercise shows that it is not.

*Try it:* call the function twice on the same arguments. What should differ, and what would equal results tell you?

<details><summary>Answer</summary>

All numbers should differ. If the results are equal, something inside the function fixes the seed or keeps old noise.
</details>
"""

# %% [markdown]
r"""
## Exercise 1.5: check the KL against your own sampler

**4 points · {{minutes("monte_carlo_kl")}} minutes · difficulty 2/5 · importance 4/5**

You have a formula for the KL and a sampler. Do they mean the same distribution? Take the definition $\mathrm{KL} = \mathbb{E}_q[\log q(z) - \log p(z)]$ literally: draw $S$ samples from $q$ and average the difference.

$$\widehat{\mathrm{KL}} = \frac1S \sum_{s=1}^{S} \big[ \log q(z_s) - \log p(z_s) \big], \qquad z_s \sim q .$$

You have written everything that it needs. The same estimate still works when $q$ or $p$ is so complicated that no closed form exists.
"""


# %% exercise="monte_carlo_kl"
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    """Estimate of KL(N(mu, diag exp(log_var)) || N(0, I)): the average of log q(z) - log p(z) over samples of q.

    Args:
        mu: Means of q, (batch, latent_dim).
        log_var: Natural logarithms of the variances of q, (batch, latent_dim).
        num_samples: Number of independent samples of z for every example.

    Returns:
        One estimate per example in nats, (batch,), of the dtype of mu; a single estimate may be negative. It is
        right on average for log_var from -20 to 20. The arguments stay unchanged, and each call draws new
        samples.
    """
    ### BEGIN SOLUTION
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_q = gaussian_log_prob(z, mu, log_var)
        log_p = gaussian_log_prob(z, torch.zeros_like(mu), torch.zeros_like(log_var))
        total = total + log_q - log_p
    return total / num_samples
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: what is p?</summary>
The prior $p$ is a Gaussian with mean 0 and variance 1. What is its <code>log_var</code>? <code>torch.zeros_like</code> makes such tensors.
</details>
<details><summary>Hint 2: one sample</summary>
Draw $z$ once with your own sampler. Then ask <code>gaussian_log_prob</code> twice about the <em>same</em> $z$: with the parameters of $q$, and with those of $p$.
</details>
<details><summary>Hint 3: the shape of the code</summary>
A loop over the samples, with <code>total = total + ... - ...</code> in it, and one division after it. Is the draw inside the loop? Check: if $q$ is the prior, every estimate is exactly 0. If $\mu = 1$ and $\sigma = 1$, estimates have the mean 0.5.
</details>
"""

# %% check="monte_carlo_kl" points=4
checks.monte_carlo_kl(monte_carlo_kl)
assert monte_carlo_kl(torch.zeros(3, 2), torch.zeros(3, 2), 5).shape == (3,), (
    "one value per example"
)
### BEGIN HIDDEN TESTS
from autograder.exercises.nb01_elbo.hidden import grade_monte_carlo_kl

grade_monte_carlo_kl(monte_carlo_kl)
### END HIDDEN TESTS

# %% [markdown]
r"""
### How large is its error?

An average of $S$ independent terms of variance $v$ has an error of about $\sqrt{v/S}$. Here $v$ is known. Put $z = \mu + \sigma\epsilon$ into the difference of exercise 1.3:

$$\log q - \log p = \tfrac12 (\sigma^2 - 1)\,\epsilon^2 + \mu\sigma\,\epsilon + \text{const} .$$

The variance of $\epsilon^2$ is 2, that of $\epsilon$ is 1, and the two are uncorrelated, because $\mathbb{E}[\epsilon^3] = 0$. What is $v$, added up over the dimensions?

<details><summary>The variance</summary>

$$v = \sum_j \Big[ \tfrac12 (\sigma_j^2 - 1)^2 + \mu_j^2 \sigma_j^2 \Big] .$$

If $q$ is the prior, $v = 0$: every single sample gives the right answer, zero.
</details>

The figure measures the error at nine values of $S$ (fewer in a quick test), over 2,000 estimates each, and draws $\sqrt{v/S}$ beside it. How many more samples do you need for a tenth of the error?
"""

# %% figure="monte_carlo_kl"
runtime.seed_everything()
mu, log_var = torch.tensor([[1.0, -0.5, 0.0]]), torch.tensor([[-1.0, 0.5, -3.0]])
sigma2 = log_var.exp()
one_sample_variance = (0.5 * (sigma2 - 1) ** 2 + mu**2 * sigma2).sum()
sample_counts = torch.tensor([2**k for k in range(runtime.choose(9, 5))])
repeats = (2000, 3)
exact_kl = kl_divergence(mu, log_var)
errors = [
    monte_carlo_kl(mu.expand(repeats), log_var.expand(repeats), num_samples) - exact_kl
    for num_samples in sample_counts.tolist()
]
rms_errors = torch.stack([error.square().mean().sqrt() for error in errors])
theory = (one_sample_variance / sample_counts).sqrt()
axes = plotting.plot_against_theory(
    sample_counts,
    rms_errors,
    theory,
    xlabel="samples of z per estimate",
    ylabel="error of the KL (nats)",
)
axes.set(xscale="log", yscale="log")
kl_error_ratio = (rms_errors / theory).mean().item()
print(f"measured error / theory, mean over all points: {kl_error_ratio:.3f}")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Root mean square error of the Monte Carlo KL against the number of samples, both axes logarithmic. The measured points lie on the straight line of theory, from above one nat at one sample to below a tenth of a nat at 256.](figures/monte_carlo_kl.png)

The points lie on the line. A tenth of the error needs a hundred times the samples. With one sample per example the error here is more than a nat. Only the average over many examples makes it small. (The VAE of this course takes its KL in closed form. It uses one sample for the other term.)
</details>

Now use the estimate as a test. The buggy sampler below takes $e^{\texttt{log\_var}}$ for the standard deviation, while the KL takes it for the variance.
"""

# %%
wrong_sample = mu + log_var.exp() * torch.randn(100_000, 3)
wrong_kl = gaussian_log_prob(wrong_sample, mu, log_var) - gaussian_log_prob(
    wrong_sample, torch.zeros(1, 3), torch.zeros(1, 3)
)
print(
    f"closed form {kl_divergence(mu, log_var).item():.3f}, "
    f"your sampler {monte_carlo_kl(mu, log_var, runtime.choose(5000, 200)).item():.3f}, "
    f"the buggy sampler {wrong_kl.mean().item():.3f} nats"
)

# %% [markdown]
r"""
**What just happened.** Your sampler agrees with the closed form within its error. The buggy one does not. At these values of `log_var`, closed form and estimate agree if formula, density and sampler mean the same $\sigma$, and differ if the sampler alone has another one. A mistake that all share stays hidden, such as reading `log_var` as $\log\sigma$ everywhere. The comparison with PyTorch after exercise 1.1 finds that one.

*Try it:* on paper the buggy sampler is wrong by $\tfrac12(1 - \sigma_j^2)^2$ per dimension. Add it up for the three dimensions above and compare. At which `log_var` is the bug invisible?

<details><summary>Answer</summary>

The variances are $e^{-1}$, $e^{0.5}$ and $e^{-3}$. The three errors are 0.20, 0.21 and 0.45, together 0.86 nats. At <code>log_var = 0</code> variance and standard deviation are equal, so the bug is invisible. A network that has just been initialised outputs values near that.
</details>

Source: Kingma and Welling (2014), section 2.3, for the estimate.
"""

# %% [markdown]
r"""
## Exercise 1.6: the ELBO

**5 points · {{minutes("elbo")}} minutes · difficulty 3/5 · importance 5/5**

You have all parts. Put them together:

$$\text{ELBO}(x) = \mathbb{E}_{q(z|x)}\big[ \log p(x|z) \big] - \mathrm{KL}\big(q(z|x)\,\|\,p(z)\big) .$$

The second term has a closed form. The first needs an average over $S$ samples of $q$. An average of what?

<details><summary>The estimate</summary>

$$\text{ELBO}(x) \;\approx\; \frac1S \sum_{s=1}^{S} \log p(x|z_s) - \mathrm{KL}, \qquad z_s \sim q(z|x) .$$

The average is taken over <i>logarithms</i>. The logarithm of an average is another quantity (lesson 07), and its mean depends on $S$. An <i>unbiased</i> estimate of the ELBO has the same mean for every $S$.
</details>

Mind the sign of the KL: a larger KL lowers the bound. The likelihood is handed to you as a function, so your code will work for networks too.
"""


# %% exercise="elbo"
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    """Unbiased Monte Carlo estimate of the evidence lower bound, in nats: its mean over many calls is the ELBO.

    Args:
        x: Data, (batch, data_dim).
        mu: Means of q(z|x), (batch, latent_dim).
        log_var: Natural logarithms of the variances of q(z|x), (batch, latent_dim).
        log_likelihood: A function: log_likelihood(x, z) -> log p(x|z), (batch,). A z of the shape
            (num_samples, batch, latent_dim) is fine too: then it returns (num_samples, batch).
        num_samples: Number of independent samples of z for every example.

    Returns:
        One value per example, (batch,), of the dtype of mu, differentiable in mu and log_var through the samples.
        It is finite for log_var from -20 to 20. The arguments stay unchanged, and each call draws new samples.
    """
    ### BEGIN SOLUTION
    samples = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    return torch.stack(samples).mean(dim=0) - kl_divergence(mu, log_var)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: which parts?</summary>
Of your functions you need two: one that draws $z$ so that gradients pass, and one that gives the KL exactly. (Your Monte Carlo KL is allowed too, but it is noisier.)
</details>
<details><summary>Hint 2: the average</summary>
Evaluate the log-likelihood for <code>num_samples</code> fresh $z$. Each result has the shape (batch,). Average over the samples and keep the batch.
</details>
<details><summary>Hint 3: the shape of the code</summary>
<code>torch.stack(...).mean(dim=...) - ...</code> is one way. Check: with a log-likelihood that always returns 0 and the exact KL, the result must be minus that KL, for any number of samples.
</details>
"""

# %% check="elbo" points=5
checks.elbo(elbo)
tiny = LinearGaussian(torch.ones(4, 2), torch.zeros(4), 1.0)
assert elbo(
    torch.zeros(3, 4), torch.zeros(3, 2), torch.zeros(3, 2), tiny.log_likelihood, 5
).shape == (3,), "one value per example"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb01_elbo.hidden import grade_elbo

grade_elbo(elbo)
### END HIDDEN TESTS

# %% [markdown]
r"""
Now hold your ELBO against the exact $\log p(x)$ of exercise 1.2. Let $q$ move in a straight line from the prior (position 0) to the best diagonal Gaussian (position 1) and beyond.

Do this in two models. The posterior of a linear model has the covariance $(I + W^\top W / \sigma_x^2)^{-1}$. In `model` the columns of $W$ are orthogonal, so this matrix is diagonal, and your $q$ can equal the posterior. In `twin_dials` the two dials do nearly the same thing.

In each model: does the ELBO touch the evidence, stay below it, or cross it?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %%
runtime.seed_everything()
twin_dials = LinearGaussian(
    torch.tensor([[1.5, 1.2], [1.0, 1.3], [-1.0, -0.8], [0.5, 0.9], [1.2, 0.8]]),
    torch.zeros(5),
    noise_var=0.5,
)


def best_diagonal_q(nature: LinearGaussian, x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and log variance of the diagonal Gaussian with the highest ELBO (Bishop, 2006, section 10.1.2).

    Its variances are not the posterior's, but one over the diagonal of the inverse covariance.
    """
    mean, covariance = nature.posterior(x)
    return mean, -torch.linalg.inv(covariance).diagonal().log().expand_as(mean)


def walk(nature: LinearGaussian, x: Tensor, positions: Tensor) -> list[float]:
    """Mean ELBO of 4,000 samples at each position of q between the prior (0) and the best q (1)."""
    many = [t.expand(4000, -1) for t in (x, *best_diagonal_q(nature, x))]
    return [
        elbo(many[0], t * many[1], t * many[2], nature.log_likelihood, 1).mean().item()
        for t in positions
    ]


# %% figure="bound" store="below=exact - max(bound)"
positions = torch.linspace(0, 1.4, 29)
figure, panels = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
worlds = {"independent dials": model, "twin dials": twin_dials}
for panel, (name, nature) in zip(panels, worlds.items(), strict=True):
    x_one = nature.sample(1)[0]
    bound = walk(nature, x_one, positions)
    exact = log_evidence(x_one, nature.W, nature.b, nature.noise_var).item()
    plotting.curves(
        positions,
        {"ELBO, estimated": bound},
        panel,
        xlabel="position of q: prior 0, best q 1",
    )
    panel.axhline(exact, color="black", linestyle="--", linewidth=1, label="log evidence, exact")
    panel.fill_between(positions, bound, exact, color=plotting.PALETTE[1], alpha=0.3, label="gap")
    panel.set_ylim(exact - 8, exact + 1)
    panel.legend(frameon=False, loc="lower right")
    panel.set_title(name, fontsize=10)
    print(f"{name}: evidence {exact:.3f}, highest ELBO on the walk {max(bound):.3f} nats")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Two panels. In each, the ELBO of your estimate is plotted against the position of q between the prior at zero and the best diagonal Gaussian at one, below a dashed line for the exact log evidence. Left: the curve rises, reaches the line at one and falls again. Right: its maximum near one stays about {{shown("bound", "below"):.1f}} nats below the line. The gap between curve and line is shaded.](figures/bound.png)

On the left the ELBO rises, touches the evidence at the posterior, and falls again. Your function never saw the evidence. Small bumps are Monte Carlo error, since each point is an average of 4,000 samples. So the highest point may even lie a few hundredths above the line.

On the right it stays about {{shown("bound", "below"):.1f}} nats below, and more samples do not help. The data say a lot about the sum of two similar dials and little about their difference. So the posterior is correlated, and a diagonal $q$ cannot be. The gap is the KL from the best diagonal $q$ to the posterior.
</details>

In a VAE the posterior is, in general, neither diagonal nor Gaussian. So a gap remains, as in the right panel.
"""

# %% [markdown]
r"""
Is the gap *exactly* that KL? Take 200 random $q$, good and bad, and measure both sides separately: the gap with your two functions, the KL with PyTorch's formula for two full Gaussians. The vertical line marks the best diagonal $q$. Can a point lie to its left?
"""

# %%
runtime.seed_everything()
x_many = twin_dials.sample(200)[0]
best_mu, best_log_var = best_diagonal_q(twin_dials, x_many)
closeness = torch.linspace(0.02, 1.5, 200)[:, None]
mu = best_mu + closeness * torch.randn(200, 2)
log_var = best_log_var + closeness * torch.randn(200, 2)

evidence_many = log_evidence(x_many, twin_dials.W, twin_dials.b, twin_dials.noise_var)
gap = evidence_many - elbo(x_many, mu, log_var, twin_dials.log_likelihood, 1000)


def kl_to_twin_posterior(mu: Tensor, log_var: Tensor) -> Tensor:
    """Exact KL from a diagonal q to the posterior of x_many, by PyTorch."""
    q = torch.distributions.MultivariateNormal(mu, torch.diag_embed(log_var.exp()))
    posterior = torch.distributions.MultivariateNormal(*twin_dials.posterior(x_many))
    return torch.distributions.kl_divergence(q, posterior)


# %% figure="gap" store="smallest=smallest_kl, largest=kl_to_posterior.max()"
kl_to_posterior = kl_to_twin_posterior(mu, log_var)
smallest_kl = kl_to_twin_posterior(best_mu, best_log_var)[0].item()
axes = plotting.plot_against_theory(
    kl_to_posterior,
    gap,
    kl_to_posterior,
    xlabel="KL from q to the posterior, exact (nats)",
    ylabel="log p(x) - ELBO (nats)",
)
axes.axvline(smallest_kl, color="black", linestyle=":", linewidth=1, label="best diagonal q")
legend = axes.legend(frameon=False)
axes.set(xscale="log", yscale="log")
gap_disagreement = (gap - kl_to_posterior).abs().median().item()
print(f"best diagonal q {smallest_kl:.3f} nats, 200 random q {kl_to_posterior.min():.3f} and more")
print(f"median disagreement of gap and KL: {gap_disagreement:.3f} nats")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Scatter plot with logarithmic axes. Each of two hundred points is one random q. The gap between evidence and ELBO is on the vertical axis, the exact KL from q to the posterior on the horizontal one. The points lie on the diagonal from about {{shown("gap", "smallest"):.1f}} to {{near("about 80 nats", shown("gap", "largest"), 10)}}. None has a KL below the dotted line at about {{shown("gap", "smallest"):.1f}} nats, the best diagonal q.](figures/gap.png)

The points lie on the diagonal: $\log p(x) - \text{ELBO} = \mathrm{KL}(q\,\|\,p(z|x))$. The scatter is the Monte Carlo error of your estimate. No KL is below about {{shown("gap", "smallest"):.1f}} nats, because no diagonal $q$ comes closer to this posterior. It is the gap of the right panel above.
</details>

When you raise the ELBO of a learned model, two things can happen: $q$ moves towards the posterior, or the evidence rises. The ELBO alone does not say which. Lesson 07 measures it.

*Try it* in a new cell, without changing `elbo`: use `model`, put $q$ on its posterior (mean from `model.posterior(x)`, log variance from `model.posterior_log_var`), and replace the exact KL by $\log q(z) - \log p(z)$ at the *same* samples as the likelihood. How noisy is the estimate now?

<details><summary>Answer</summary>

Not noisy at all, up to rounding. By Bayes' rule $\log p(x|z) + \log p(z) - \log p(z|x) = \log p(x)$ for <i>every</i> $z$, so each sample gives the exact evidence.
</details>
"""

# %% [markdown]
r"""
Sources: Kingma and Welling (2014), equations 1 to 3 and 7; Blei et al. (2017), sections 2.2 and 2.3, https://arxiv.org/abs/1601.00670; the best diagonal $q$ of a Gaussian is in Bishop (2006), *Pattern recognition and machine learning*, section 10.1.2.

## The gradient of the bound

Above, `best_diagonal_q` knew the best $q$ by a formula, because the model is linear. For a network you must *search* for it, by gradient ascent on the ELBO. The first term is the difficult one:

$$\nabla_\mu \; \mathbb{E}_{z \sim q_\mu}\big[ f(z) \big], \qquad f(z) = \log p(x|z) .$$

The parameter sits in the distribution that you sample from. So you cannot simply differentiate inside the expectation: moving $\mu$ changes *which* $z$ you get. There are two solutions. Both are short, and they differ greatly in noise.
"""

# %% [markdown]
r"""
## Exercise 1.7: the score function estimate

**5 points · {{minutes("score_function_gradient")}} minutes · difficulty 3/5 · importance 3/5**

Write the expectation as an integral. Only $q$ depends on $\mu$, so the gradient is $\int \nabla_\mu q_\mu(z)\, f(z)\, dz$. This is no longer an expectation, but $\nabla q = q\, \nabla \log q$ makes it one (differentiate $\log q$ to see it):

$$\nabla_\mu\, \mathbb{E}_{q}[f(z)] = \mathbb{E}_{q}\big[ f(z)\, \nabla_\mu \log q_\mu(z) \big] .$$

The factor $\nabla_\mu \log q_\mu(z)$ is called the *score*. What is it for the Gaussian of exercise 1.1?

<details><summary>The score of a Gaussian</summary>

$$\nabla_\mu \log q_\mu(z) = \frac{z - \mu}{\sigma^2} .$$

The terms $\log 2\pi$ and $\log\sigma^2$ do not depend on $\mu$.
</details>

It works by trial and error. You try $z$. If $f(z)$ is large, $\mu$ moves towards $z$; if it is strongly negative, away from it. No gradient of $f$ is needed. In reinforcement learning this is called REINFORCE (Williams, 1992, sections 4 and 6).

Write the plain estimate: the average of $f(z)$ times the score, over fresh samples.
"""

# %% [markdown]
r"""
Three functions $f$ from `course_utils.toy` serve as tests below. Each takes $z$ of shape `(batch, latent_dim)` and returns one value per example:

- `toy.quadratic`: $\sum_j (z_j - 1)^2$;
- `toy.cosine`: $\sum_j \cos z_j$;
- `toy.step`: 1 where $\sum_j z_j > 0$, and 0 elsewhere. To PyTorch its derivative is 0 everywhere.
"""


# %% exercise="score_function_gradient"
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    """REINFORCE estimate of d/dmu E[f(z)] for z ~ N(mu, diag exp(log_var)); uses no gradient of f.

    Args:
        mu: Means, (batch, latent_dim).
        log_var: Natural logarithms of the variances, (batch, latent_dim). Both stay as they are, their `.grad`
            and `requires_grad` too.
        f: A function of z: (batch, latent_dim) -> (batch,), or (num_samples, batch, latent_dim) -> (num_samples, batch).
        num_samples: Number of independent samples of z for every example.

    Returns:
        One unbiased estimate of the gradient per example, of the shape and dtype of mu; new samples in each call.
        It is finite for log_var from -20 to 20. A baseline (a number subtracted from f,
        explained below) is allowed if the estimate stays unbiased, also with one sample and for a batch of one.
    """
    ### BEGIN SOLUTION
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach()
        score = (z - mu) / log_var.exp()
        total = total + f(z).unsqueeze(-1) * score
    return total / num_samples
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: no autograd needed</summary>
The formula is already the gradient. You sample, evaluate $f$, multiply, average. There is no <code>backward</code> anywhere.
</details>
<details><summary>Hint 2: shapes</summary>
$f(z)$ has the shape (batch,), the score (batch, latent_dim). Give $f$ a last axis of size 1 (<code>unsqueeze</code>), so that each example's value multiplies its whole score.
</details>
<details><summary>Hint 3: check yourself on paper</summary>
$\mu = 0.5$, $\sigma = 1$, $f(z) = (z - 1)^2$. A draw $z = 1.5$ has $f = 0.25$ and score $1$: it contributes $0.25$. A draw $z = -0.5$ has $f = 2.25$ and score $-1$: it contributes $-2.25$. Their average is $-1$, the true gradient. The same $z$ must enter both factors.
</details>
"""

# %% check="score_function_gradient" points=5
checks.score_function_gradient(score_function_gradient)
assert score_function_gradient(torch.zeros(3, 2), torch.zeros(3, 2), toy.cosine, 5).shape == (
    3,
    2,
), "the shape of mu"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb01_elbo.hidden import grade_score_function_gradient

grade_score_function_gradient(score_function_gradient)
### END HIDDEN TESTS

# %% store="trials: spread=trials.std()"
runtime.seed_everything()
mu, log_var = torch.tensor([[0.5]]), torch.tensor([[0.0]])
many = (runtime.choose(200_000, 20_000), 1)
trials = score_function_gradient(mu.expand(many), log_var.expand(many), toy.quadratic, 1)
print("f(z) = (z - 1)^2, so E[f] = (mu - 1)^2 + sigma^2 and the gradient is 2 (mu - 1) = -1")
print(f"single trials, first five: {[round(t, 2) for t in trials[:5, 0].tolist()]}")
print(f"mean over {many[0]:,} trials: {trials.mean():.3f}, spread of a trial {trials.std():.2f}")

# %% [markdown]
r"""
**What just happened.** The mean is right, so the estimate is unbiased. But the true gradient is $-1$, and single trials scatter around it with a spread of {{claim("more than 4", shown("trials", "spread") > 4)}}. One trial alone is of little use.

It gets worse when $f$ has a large constant. Add 100 to $f$. The true gradient stays the same, but every trial now carries an extra $100\,(z - \mu)/\sigma^2$, which is pure noise.

*Try it:* do that. By which factor does the spread grow?

<details><summary>Answer</summary>

The added noise has a spread of about 100, because $(z - \mu)/\sigma^2$ has a spread of one here. Before, the spread was {{shown("trials", "spread"):.1f}}. The two are correlated, so the sum has a spread of {{near("about 103", (shown("trials", "spread") ** 2 + 100**2 + 2 * 325) ** 0.5, 1)}}. The factor is {{near("about 24", (shown("trials", "spread") ** 2 + 100**2 + 2 * 325) ** 0.5 / shown("trials", "spread"), 1)}}.

Subtracting a good constant on purpose is the usual remedy. It is called a <i>baseline</i> (Mohamed et al., 2020, section 7).
</details>

Sources: Williams (1992), https://doi.org/10.1007/BF00992696; Mohamed, Rosca, Figurnov and Mnih (2020), section 4, https://arxiv.org/abs/1906.10652.
"""

# %% [markdown]
r"""
## Exercise 1.8: the pathwise estimate

**4 points · {{minutes("pathwise_gradient")}} minutes · difficulty 3/5 · importance 5/5**

The second way uses exercise 1.4. With $z = \mu + \sigma\epsilon$ the distribution of the noise does not depend on $\mu$, so the gradient may go inside:

$$\nabla_\mu\, \mathbb{E}_{\epsilon}\big[ f(\mu + \sigma \epsilon) \big] = \mathbb{E}_{\epsilon}\big[ \nabla_\mu f(\mu + \sigma \epsilon) \big] .$$

For each draw, hold $\epsilon$ fixed and ask how $f$ changes when $\mu$ moves. This is the *pathwise* (or reparameterised) estimate. It needs the gradient of $f$, which autograd computes. So $f$ must be continuous, and differentiable almost everywhere.

Leave the caller's `mu` as it is: do not switch on its `requires_grad`, and write nothing into its `.grad`. Work on a detached copy, and use `torch.autograd.grad`, which returns gradients in place of storing them.
"""


# %% exercise="pathwise_gradient"
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    """Reparameterised estimate of d/dmu E[f(z)] for z ~ N(mu, diag exp(log_var)); needs the gradient of f.

    Args:
        mu: Means, (batch, latent_dim).
        log_var: Natural logarithms of the variances, (batch, latent_dim). Both stay as they are, their `.grad`
            and `requires_grad` too.
        f: A function of z: (batch, latent_dim) -> (batch,), or with num_samples before batch in both. It is continuous, and
            differentiable almost everywhere.
        num_samples: Number of independent samples of z for every example.

    Returns:
        One unbiased estimate of the gradient per example, of the shape and dtype of mu; new samples in each call.
        It is finite for log_var from -20 to 20.
    """
    ### BEGIN SOLUTION
    mu = mu.detach().requires_grad_()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(mu, log_var)).sum()
    (gradient,) = torch.autograd.grad(total / num_samples, mu)
    return gradient
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: a copy that records</summary>
<code>detach</code> gives the same numbers without a history, and <code>requires_grad_</code> switches recording on. On which tensor should it be switched on?
</details>
<details><summary>Hint 2: one scalar for autograd</summary>
Autograd wants a scalar. <em>Sum</em> $f$ over the batch: each example's $f$ depends on its own row of $\mu$ only, so the gradient of the sum holds the gradient of every example. A mean would divide all of them by the batch size.
</details>
<details><summary>Hint 3: the shape of the code</summary>
<code>(gradient,) = torch.autograd.grad(..., mu)</code>: it returns a tuple. The first argument is the sum of $f$ over samples and batch, divided by the number of samples. Check: for $f(z) = z_1 + 2 z_2 + 3 z_3$ every estimate is exactly $(1, 2, 3)$.
</details>
"""

# %% check="pathwise_gradient" points=4
checks.pathwise_gradient(pathwise_gradient)
assert pathwise_gradient(torch.zeros(3, 2), torch.zeros(3, 2), toy.cosine, 5).shape == (3, 2), (
    "the shape of mu"
)
### BEGIN HIDDEN TESTS
from autograder.exercises.nb01_elbo.hidden import grade_pathwise_gradient

grade_pathwise_gradient(pathwise_gradient)
### END HIDDEN TESTS

# %% [markdown]
r"""
Both estimates are unbiased. Compare their noise: $f$ is `toy.quadratic`, in 1 to 128 dimensions, with one sample, at $\mu = 0$ and $\sigma = 1$.

For the pathwise estimate, each coordinate is $2(z_j - 1)$, so its variance is 4 in any dimension. How many times larger do you expect the variance of the score function estimate to be, in one dimension and in 128?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %%
runtime.seed_everything()
dims = torch.tensor([1, 2, 4, 8, 16, 32, 64, 128])
num_trials = runtime.choose(20_000, 2_000)
estimates = {"score function": score_function_gradient, "pathwise": pathwise_gradient}
variances = {}
for name, estimate in estimates.items():
    zeros = [torch.zeros(num_trials, d) for d in dims.tolist()]
    variances[name] = torch.stack(
        [estimate(zero, zero, toy.quadratic, 1).var(dim=0).mean() for zero in zeros]
    )
variance_ratio = (variances["score function"] / variances["pathwise"])[-1].item()
print(f"score function / pathwise at 128 dimensions: {variance_ratio:,.0f}")

# %% figure="variance" store="ratio=variance_ratio, start=variances['score function'][0], end=variances['score function'][-1]"
theories = {
    "score function": 4 * (dims - 1) ** 2 + 22 * (dims - 1) + 30,
    "pathwise": torch.full((len(dims),), 4),
}
axes = plotting.new_axes(6, 3.6)
for colour, name in zip(plotting.PALETTE, variances, strict=False):
    axes.plot(dims, theories[name], color=colour, linewidth=1, label=f"{name}, theory")
    axes.plot(dims, variances[name], "o", color=colour, label=f"{name}, measured")
axes.set(
    xscale="log",
    yscale="log",
    xlabel="latent dimensions",
    ylabel="variance of one gradient coordinate",
)
legend = axes.legend(frameon=False)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Variance of one gradient coordinate against the number of latent dimensions, both axes logarithmic. The pathwise points lie on a flat line at four. The score function points start {{claim("near thirty", 27 < shown("variance", "start") < 33)}} and rise to {{claim("about seventy thousand", 65_000 < shown("variance", "end") < 75_000)}} at 128 dimensions, along their theoretical curve.](figures/variance.png)

In one dimension the variance of the score function estimate is 7.5 times as large. In 128 dimensions the factor is {{near("near 17,000", shown("variance", "ratio"), 1000)}}: that many more samples for the same error. Each coordinate's score is multiplied by the <i>whole</i> $f$. So the
noise of all other coordinates enters. The pathwise estimate sees only $\partial f/\partial z_j$.
</details>

<details><summary>Where the theoretical curve comes from</summary>

The estimate for coordinate 1 is $g = f z_1$ with $f = a + B$, where $a = (z_1 - 1)^2$ and $B$ is the sum over the other $d - 1$ coordinates. Moments of a standard normal give $\mathbb{E}[a^2 z_1^2] = 34$, $\mathbb{E}[a z_1^2] = 4$,
$\mathbb{E}[B] = 2(d-1)$ and $\mathbb{E}[B^2] = 6(d-1) + 4(d-1)^2$. So $\mathbb{E}[g^2] = 34 + 8 \cdot 2(d-1) + 6(d-1) + 4(d-1)^2$. Subtract the squared mean, $(-2)^2$, to get $4(d-1)^2 + 22(d-1) + 30$.
</details>

Kingma and Welling call the score function estimate "impractical for our purposes" (section 2.2).
"""

# %% [markdown]
r"""
Is the pathwise estimate always the better one? Ask both for the gradient of a step, `toy.step`. What will the pathwise estimate return?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %%
runtime.seed_everything()
mu, log_var = torch.full((num_trials, 2), 0.3), torch.zeros(num_trials, 2)
total_mean, total_sigma = torch.tensor(0.6), math.sqrt(2)
truth = torch.distributions.Normal(0.0, total_sigma).log_prob(total_mean).exp()
for name, estimate in estimates.items():
    print(f"{name:14}: {estimate(mu, log_var, toy.step, 10).mean():.3f}   (exact: {truth:.3f})")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

The score function estimate is right. The pathwise estimate is exactly 0: a step is flat wherever you look, so its gradient is 0 at every sample. The jump itself is never sampled.
</details>

The pathwise estimate needs an $f$ that is continuous, and differentiable almost everywhere. When the hidden variable is a choice among classes, no such path exists. Lesson 06 replaces the choice by a soft one, at the price of a bias.

Sources: Kingma and Welling (2014), sections 2.2 to 2.4; Rezende et al. (2014), section 3, https://arxiv.org/abs/1401.4082; Mohamed et al. (2020), section 5.
"""

# %% [markdown]
r"""
## All of it at once

You have a bound, and its gradient passes through your sampler. Now let $q$ find the posterior by itself. Take 100 examples. Each has its own $q$, which starts equal to the prior. Raise the ELBO by gradient ascent, with *one* sample of $z$ per example and step. The optimiser never sees the answer.

Two things to watch: how close the curve comes to the line, and how steady it is there.
"""

# %%
runtime.seed_everything()
x_climb = model.sample(100)[0]
mu, log_var = nn.Parameter(torch.zeros(100, 2)), nn.Parameter(torch.zeros(100, 2))
optimizer = torch.optim.Adam([mu, log_var], lr=0.05)
trace = []
for _ in range(runtime.choose(400, 60)):
    bound = elbo(x_climb, mu, log_var, model.log_likelihood, num_samples=1)
    optimizer.zero_grad()
    (-bound.sum()).backward()
    optimizer.step()
    trace.append(bound.mean().item())

# %% figure="climb"
evidence_climb = log_evidence(x_climb, model.W, model.b, model.noise_var).mean().item()
axes = plotting.curves(range(1, len(trace) + 1), {"ELBO, one sample": trace}, xlabel="steps")
axes.axhline(
    evidence_climb, color="black", linestyle="--", linewidth=1, label="log evidence, exact"
)
axes.legend(frameon=False, loc="lower right")

final_gap = evidence_climb - model.exact_elbo(x_climb, mu, log_var).mean().item()
print(
    f"posterior variances, exact: {[round(v, 3) for v in model.posterior_log_var.exp().tolist()]}"
)
print(f"found by climbing, mean:    {[round(v, 3) for v in log_var.exp().mean(0).tolist()]}")
print(f"gap that is left: {final_gap:.3f} nats")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![ELBO and log evidence, averaged over a hundred examples, against optimisation steps. The jagged ELBO starts several nats below the dashed evidence line, rises steeply, and stays close to it from about step 80. Now and then it crosses the line.](figures/climb.png)

The bound climbs to the evidence, and $q$ finds variances close to those of the posterior. The curve is jagged and sometimes crosses the line, because one sample gives an estimate of the bound, not the bound. The gap in
the last line is computed without sampling. It is small but not zero: the gradients are noisy, so $q$ keeps moving around its goal.
</details>

You optimised 100 separate pairs `mu, log_var`. For a new $x$ you would start over. A VAE takes one more step: a *network* reads $x$ and outputs `mu` and `log_var`, for any $x$, and another network takes the place of $Wz + b$. Then both are trained on the ELBO.
"""

# %% [markdown]
r"""
## Measured in this run

Every row is a statement of this lesson, measured by your own functions, beside what theory says.
"""

# %%
best_mu, _ = model.posterior(x)
at_posterior = elbo(
    x, best_mu, model.posterior_log_var.expand_as(best_mu), model.log_likelihood, 100
)
rows = {
    "mean gap when q is the posterior (nats)": ((evidence - at_posterior).mean().item(), 0.0),
    "gap against KL to the posterior, median difference": (gap_disagreement, 0.0),
    "error of the Monte Carlo KL / theory": (kl_error_ratio, 1.0),
    "variance, score function / pathwise, 128 dimensions": (
        variance_ratio,
        theories["score function"][-1].item() / 4,
    ),
    "gap after climbing (nats)": (final_gap, 0.0),
}
print(f"{'':52}{'measured':>12}{'theory':>12}")
for name, (measured, expected) in rows.items():
    print(f"{name:52}{measured:12,.3f}{expected:12,.3f}")

# %% [markdown]
r"""
**How to read it.** The first row is an average over 1,000 examples of 100 samples each, so a few thousandths are Monte Carlo error. The second row is a median of *absolute* differences. It would be 0 only with endless samples, so a few hundredths are normal. The next two rows are estimates, too: a few percent off is normal. The last row
is *not* Monte Carlo error. It is real, and it shrinks if you lower the learning rate and climb longer.
"""

# %% [markdown]
r"""
## Summary

- A hidden variable turns the probability of data into an integral. In more than a few dimensions, drawing $z$ from the prior wastes almost every draw.
- $\log p(x) = \text{ELBO} + \mathrm{KL}(q(z|x)\,\|\,p(z|x))$. ELBO and log evidence are equal exactly when $q$ is the posterior. A family of $q$ that cannot contain the posterior leaves a gap.
- The ELBO is "how well $z$ explains $x$" minus the KL to the prior. It averages logarithms.
- `log_var` is the logarithm of the variance. Comparing the sampler with the closed form finds mistakes here.
- The score function estimate works for any $f$, with a large variance. The pathwise estimate needs an $f$ that is continuous, and differentiable almost everywhere. For the smooth $f$ measured here its variance is much smaller.
"""

# %% [markdown]
r"""
## Quiz

### Question 1

You estimate the ELBO of one $x$ with 1,000 samples of $z$ in place of one. What changes?

<details><summary>A. Its mean rises towards the log evidence.</summary>
Not quite: this happens when you take the logarithm of the average (lesson 07). The ELBO averages logarithms, and its mean does not depend on the number of samples.
</details>
<details><summary>B. Its mean stays, its noise shrinks.</summary>
Right: because the estimate is unbiased for every number of samples. Its spread shrinks as one over the square root of their number.
</details>
<details><summary>C. The gap to the evidence closes.</summary>
Not quite: the gap is the KL from q to the posterior. Samples do not change q.
</details>

### Question 2

The ELBO lies 3 nats below the exact log evidence, on average over very many samples. What does that say?

<details><summary>A. The model gives the data too little probability.</summary>
Not quite: both numbers belong to the same model. The gap compares q with that model's posterior; it says nothing about how good the model is.
</details>
<details><summary>B. The KL from q to the prior is 3 nats.</summary>
Not quite: the KL to the prior is inside the ELBO. The gap is the KL to the posterior.
</details>
<details><summary>C. q differs from the posterior.</summary>
Right: because the gap is the KL from q to the posterior, and it is zero only if they are equal.
</details>
<details><summary>D. You have drawn too few samples.</summary>
Not quite: an average over very many samples has hardly any noise left, and the gap is still there.
</details>

### Question 3

A sampler uses `torch.exp(log_var)` as the standard deviation. The program runs and its loss falls. Which test finds the bug?

<details><summary>A. Compare the mean of many samples with mu.</summary>
Not quite: the mean is right, whatever the spread is.
</details>
<details><summary>B. Look for NaN in the gradients.</summary>
Not quite: the wrong sampler is smooth, and all gradients are finite.
</details>
<details><summary>C. Compare the Monte Carlo KL with the closed form.</summary>
Right: because the samples then come from another distribution than the one in the formula, and the two numbers differ by more than the noise.
</details>
<details><summary>D. Run the same test at log_var = 0.</summary>
Not quite: there the variance and the standard deviation are both 1, so the bug is invisible.
</details>
"""

# %% [markdown]
r"""
## Questions to discuss
"""

# %% [markdown]
r"""
### A bound above the evidence (2 points)

A classmate plots the ELBO of the linear model and finds it *above* the exact evidence, by 0.3 nats on average over many examples. "Great", they say, "a tighter bound than the theory allows." List the possible causes that you
know from this lesson, at least three, and say for each of them which single test would find it.
"""

# %% [markdown] written="bound_above_evidence" points=2
r"""
The mean of an unbiased ELBO can never exceed the evidence, so something is broken; a single noisy estimate may exceed it, an average over many examples may not. Causes and tests:

- *It is noise.* Increase the number of samples: an excess that is noise shrinks as one over the square root.
- *The KL is too small*: a mean over dimensions, a missing half, a wrong constant. Test: the Monte Carlo KL with one's own sampler against the closed form.
- *The sampler is too narrow or does not sample at all* (decoding $\mu$, $\sigma$ too small), while the KL charges for a wide $q$. Test: mean and spread of many samples; again the Monte Carlo KL.
- *The log-likelihood lacks a constant* (such as $\log 2\pi$, or the noise variance). Test: the density must integrate to one in one dimension.
- *The "evidence" is wrong.* Test: estimate it by brute force in one hidden dimension.
- *The logarithm was taken of an average*: that gives a tighter bound than the ELBO, but still not above the evidence in the mean, so it alone cannot explain it. Test: the mean must not depend on the number of samples.

Points:

- 0.5 for saying that the mean of the ELBO cannot exceed the evidence, so that something is broken.
- 0.5 for each of three causes with a test that finds it; 0.25 for a cause whose test would not find it.
- Nothing for "more samples make the bound tighter" as the only cause.
"""

# %% [markdown]
r"""
### A reward without a gradient (2 points)

You want to tune the latent code of an image so that a human judge likes the picture. The judge answers yes or no. Which of the two gradient estimates can you use? What will go wrong first? Name two ways to make it bearable without changing the
judge. Why does a VAE not have this problem?
"""

# %% [markdown] written="reward_without_gradient" points=2
r"""
Only the score function: a yes or no has no useful derivative in $z$ (a step is flat almost everywhere), so the pathwise estimate would be zero. The score function needs only values of $f$ at sampled $z$.

What goes wrong is the variance. It grows with the number of latent dimensions, since all of $f$ is multiplied by each coordinate's score, and each answer costs a person's time. Remedies: subtract a baseline (for example the average answer to
*other* samples), average more samples per step, tune fewer dimensions, a larger $\sigma$ (the score is proportional to $1/\sigma$), or train a differentiable model of the judge and use the pathwise gradient through it, at the cost of a bias.

A VAE's $f(z) = \log p(x|z)$ is a differentiable network that we own, so the pathwise gradient applies.

Points:

- 0.5 for the score function, with the reason: it needs values of $f$ only, and a yes or no has no useful gradient.
- 0.5 for the variance as the first problem.
- 0.25 for each of two remedies that lower the variance or the number of questions.
- 0.5 for saying that the VAE's $f$ is differentiable and known, so the pathwise estimate can be used.
"""

# %% [markdown]
"""
## How far you are

Did *Run All Cells* bring you here? It stops at the first check that is not right yet, and runs nothing below it. In a new notebook that is Exercise 1.1: the table of contents in the left bar takes you there.

The line below counts the checks that have run since the kernel started. It stays in this notebook and is not a grade.
"""

# %%
checks.progress()

# %% [markdown]
r"""
## Where next

- **[Lesson 02](../02_vae/02_vae.ipynb)** builds a variational autoencoder on images: one network learns $q$, another the likelihood. You will use `reparameterize`, the KL and the ELBO again, almost unchanged.
- **[Lesson 06](../06_gumbel_vae/06_gumbel_vae.ipynb)** has a hidden variable that is a class, so no path exists.
- **[Lesson 07](../07_iwae/07_iwae.ipynb)** takes the logarithm of the average, and measures the gap for real models.

To read: Kingma and Welling (2014), sections 1 and 2, https://arxiv.org/abs/1312.6114. Blei, Kucukelbir and McAuliffe (2017), *Variational inference: a review for statisticians*, https://arxiv.org/abs/1601.00670,
for the older tradition. Tipping and Bishop (1999), *Probabilistic principal component analysis*, https://doi.org/10.1111/1467-9868.00196, for our linear model.
"""
