# %% [markdown]
r"""
# Lesson 01: latent variables and the ELBO

Five instruments show you five numbers. Two dials that you cannot see produced them. How probable were these five numbers? It sounds like a small question. Every VAE is an
answer to it, and so is this lesson.

**You will be able to**

- say why a hidden variable turns a probability into an integral that nobody can compute;
- derive the ELBO, the bound that replaces this integral, in two ways, and say exactly how much it loses;
- build it from parts that you wrote and tested yourself, and *see* it touch the truth;
- take its gradient in two ways, and say why one of them made deep latent-variable models possible and the other did not.

**What it takes.** About 110 minutes of your time: eight exercises, ten to fifteen minutes each. The computer needs less than ten seconds in all. No data set, no network, no GPU: you draw your own data from a model whose
every secret is known, so each estimate here can be held against the exact answer.

You should know what a mean, a variance and a gradient are, and have met PyTorch tensors.

Units, everywhere: **nats** (natural logarithms). Sum over dimensions. One value per example, shape `(batch,)`.
Every symbol of the course is on one page, the [glossary](glossary.md).
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
## A hidden cause

Here is the whole model. Nature draws a hidden $z$, then an $x$ that depends on it. You see only $x$.

$$z \sim \mathcal{N}(0, I), \qquad x \mid z \sim \mathcal{N}(W z + b,\; \sigma_x^2 I) .$$

The first is called the *prior* $p(z)$, the second the *likelihood* $p(x|z)$. (In the code it is the class `LinearGaussian`. It draws data and knows its own posterior; you write the rest.) In lesson 02 a neural network takes the place of $Wz + b$, and nothing else changes.

You want the probability of what you see, whatever the hidden $z$ was. So you add up all the ways in which it could have come about:

$$p(x) = \int p(x|z)\, p(z)\, dz .$$

This number is called the *evidence*. A good model gives high evidence to real data. The integral is the trouble: with 20 hidden dials and ten positions for each,
a sum over all cases has $10^{20}$ terms.

Before you fight the integral, you need the thing under it.
"""

# %% [markdown]
r"""
## Exercise 1.1: the price of a point

**4 points · 10 minutes · difficulty 1/5 · importance 5/5**

How probable is one point under a Gaussian? In one dimension the density is

$$\mathcal{N}(x; \mu, \sigma^2) = \frac{1}{\sqrt{2\pi\sigma^2}}\; e^{-(x - \mu)^2 / 2\sigma^2} .$$

You will never want it in this form. Multiply 784 such numbers, one per pixel, and the product is too small for the computer: it becomes exactly 0. Logarithms turn the product into a sum. Take the
logarithm of one factor,

$$\log \mathcal{N}(x; \mu, \sigma^2) = -\tfrac12 \Big[ \log 2\pi + \log \sigma^2 + \frac{(x - \mu)^2}{\sigma^2} \Big] ,$$

and add up the dimensions, which are independent when the covariance is diagonal.

The variance arrives as `log_var` $= \ln \sigma^2$. That looks like a detour, but it is what every VAE does: a network may output any number, and $e^{\text{anything}}$ is a valid variance. Keep one rule in mind for
the rest of the course: *`log_var` is the logarithm of the variance, not of the standard deviation.*
"""


# %% exercise="gaussian_log_prob"
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """log N(x; mu, diag exp(log_var)) per example, in nats, all constants included.

    Args:
        x: Points, (batch, dim).
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
Take a single $x$, $\mu$ and <code>log_var</code>. Write the bracket of the formula: it has three terms. Which of them is already one of your arguments?
</details>
<details><summary>Hint 2: what is summed?</summary>
The whole bracket belongs to every dimension, the constant $\log 2\pi$ too. Sum the bracket, not only the squared distance. Sum over <code>dim=-1</code>, so that a stack of samples of shape
(num_samples, batch, dim) works as well.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>(x - mu) ** 2 / log_var.exp()</code> is the last term. Add <code>log_var</code> and <code>math.log(2 * math.pi)</code>, call <code>.sum(dim=-1)</code>, and mind the factor in front.
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
**What just happened.** The area is 1, so no constant is missing: that is the cheapest test of any density, and it needs no reference solution. And the second line shows why you work with logarithms: $e^{-1100}$ is zero
for the computer, and the logarithm of *that* would be minus infinity.

A log-density may be positive, because a density may exceed 1 where it is narrow. Do not let a positive number alarm you.

A wrong constant is easy to publish. The log-density of one well-known textbook's code carried a stray factor $D$, the number of dimensions, and its author confirmed it when a reader
asked (jmtomczak/intro_dgm, pull request 8). The pictures had looked fine.

*Try it:* a point lies at a distance of 1 from the mean. Which `log_var` gives it the highest log-density? Guess, then try $-2$, $0$ and $2$.
"""

# %% [markdown]
r"""
## The integral, by brute force

You can now evaluate $p(x|z)$ for any $z$. So why not simply do it? The evidence is an expectation, $p(x) = \mathbb{E}_{p(z)}[p(x|z)]$. Draw many $z$ from the prior, average.
Below you try this on the same $x$-space of 20 numbers, once with 2 hidden dimensions and once with 10. The dashed lines are the exact answers. (They use Bayes' rule backwards, $p(x) = p(x|z)\,p(z)\,/\,p(z|x)$ at any $z$, which helps only those who know the posterior already. The next exercise needs no posterior.)

![Estimated log evidence against the number of samples from the prior, on a logarithmic axis. With two hidden dimensions the estimate reaches its dashed line after about a hundred samples. With ten it is still forty nats below its line after a hundred thousand, and it climbs in sudden steps.](figures/brute_force.png)
"""

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
    z_any = torch.zeros(1, latent_dim)
    exact = (
        nature.log_likelihood(x, z_any)
        + gaussian_log_prob(z_any, torch.zeros_like(z_any), torch.zeros_like(z_any))
        - torch.distributions.MultivariateNormal(*nature.posterior(x)).log_prob(z_any)
    )
    axes.plot(count, running, color=colour, label=f"{latent_dim} hidden dimensions")
    axes.axhline(exact.item(), color=colour, linestyle="--", linewidth=1)
    print(
        f"{latent_dim:2} hidden dimensions: {running[-1]:7.1f} estimated, {exact.item():7.1f} exact"
    )
axes.set(xscale="log", xlabel="samples from the prior", ylabel="log evidence (nats)")
axes.set_ylim(-110, 15)
axes.legend(frameon=False)

# %% [markdown]
r"""
**What just happened.** Two dimensions are easy. Ten are hopeless: after all those draws the estimate is still ten to forty nats too low (it depends on the seed), and it moves in jumps. Each jump is one lucky $z$ that happens to explain $x$. Nearly all the others explain
nothing and add nothing, and between the jumps the estimate sinks. The estimate of $p(x)$ is unbiased, so why is its logarithm always too *low*? Because the rare huge contributions are the ones you have not drawn yet, and because of Jensen's inequality, which
you will meet in a minute.

The cure is in the diagnosis: do not draw $z$ from the prior, draw it from where it matters for *this* $x$. That will be $q(z|x)$. But first make sure of the dashed lines.
"""

# %% [markdown]
r"""
## Exercise 1.2: the exact answer, for once

**4 points · 15 minutes · difficulty 3/5 · importance 4/5**

There is one model whose integral has an answer: ours. No integral needs to be solved. Write $x$ as a sum of independent Gaussian parts,

$$x = W z + b + \sigma_x \epsilon, \qquad z \sim \mathcal{N}(0, I), \quad \epsilon \sim \mathcal{N}(0, I) .$$

Sums and linear images of Gaussians are Gaussian, so $x$ is Gaussian, and you only need its mean and its covariance. The mean is $b$. For the covariance, $z$ and $\epsilon$ do not interact, so the cross terms vanish:

$$C = \mathbb{E}\big[(x - b)(x - b)^\top\big] = W\, \mathbb{E}[z z^\top]\, W^\top + \sigma_x^2\, \mathbb{E}[\epsilon \epsilon^\top] = W W^\top + \sigma_x^2 I .$$

Now $C$ is not diagonal: $W$ makes the instruments move together. The density of a Gaussian with a full covariance in $D$ dimensions is

$$\log p(x) = -\tfrac12 \Big[ D \log 2\pi + \log \det C + (x - b)^\top C^{-1} (x - b) \Big] .$$

Put a diagonal $C$ in, and you get back exercise 1.1. (Tipping and Bishop, 1999, section 3, who made this model famous as *probabilistic PCA*.)

Two traps lie in one line. $\sigma_x^2$ goes on the *diagonal* only, so it needs an identity matrix. And a determinant of 100 small numbers underflows just as the density did: ask for its logarithm, never for itself.
"""


# %% exercise="log_evidence"
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    """Exact log p(x) for z ~ N(0, I) and x given z ~ N(W z + b, noise_var I), in nats.

    Args:
        x: Data, (batch, data_dim).
        W: Loadings, (data_dim, latent_dim), any matrix.
        b: Mean of x, (data_dim,).
        noise_var: Variance of the noise on each coordinate of x, positive.

    Returns:
        One value per example, (batch,), of the dtype of x, also in 100 dimensions. The arguments stay unchanged.
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
$C$ has one row and one column per instrument, so it is (data_dim, data_dim). Which of <code>W @ W.T</code> and <code>W.T @ W</code> has this shape?
</details>
<details><summary>Hint 2: the three terms</summary>
<code>torch.eye(data_dim)</code> puts the noise on the diagonal. <code>torch.logdet</code> gives $\log\det$ directly. For $C^{-1}(x - b)$ use <code>torch.linalg.solve(C, centred.T)</code>: columns in, columns out.
</details>
<details><summary>Hint 3: almost the code</summary>
With <code>centred = x - b</code>, the last term is <code>(centred * torch.linalg.solve(C, centred.T).T).sum(dim=-1)</code>, one number per row. Add <code>torch.logdet(C)</code> and
<code>data_dim * math.log(2 * math.pi)</code>. Minus one half of it all.
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
**What just happened.** The second line keeps the variance of every instrument and forgets that they move together. It pays for it on average. The hidden $z$ is exactly this togetherness: two dials, five pointers.

Why not stop here, if the answer is exact? Because of one word: *linear*. Replace $Wz + b$ by a network and $x$ is no longer Gaussian, $C$ no longer describes it, and the integral is back. Keep the linear model as your
*oracle*: whatever you invent for networks must give the right answer here first.

*Try it:* set `W` to zero. Which function have you written before?
"""

# %% [markdown]
r"""
## A bound instead of an integral

Choose *any* distribution $q(z)$ over the hidden variable. You may look at $x$ for that, so we write $q(z|x)$. Multiply and divide by it under the integral:

$$\log p(x) = \log \int q(z|x)\, \frac{p(x|z)\, p(z)}{q(z|x)}\, dz = \log \mathbb{E}_{q}\!\left[ \frac{p(x|z)\, p(z)}{q(z|x)} \right] .$$

This is still exact, and now the samples come from $q$. The logarithm stands outside the average, where it is hard to estimate. Move it inside. The logarithm is concave, so the average of logarithms is never
larger than the logarithm of the average (*Jensen's inequality*):

$$\log p(x) \;\ge\; \mathbb{E}_{q}\!\left[ \log \frac{p(x|z)\, p(z)}{q(z|x)} \right]
= \underbrace{\mathbb{E}_{q}\big[\log p(x|z)\big]}_{\text{how well } z \text{ explains } x} - \underbrace{\mathbb{E}_{q}\!\left[ \log \frac{q(z|x)}{p(z)} \right]}_{\mathrm{KL}(q(z|x)\,\|\,p(z))}
\;=:\; \text{ELBO} .$$

The *evidence lower bound*. Jensen says that something is lost, but not how much. Do it again, without an inequality. Bayes' rule says $p(x|z)\,p(z) = p(z|x)\,p(x)$. Put this into the middle term:

$$\text{ELBO} = \mathbb{E}_{q}\!\left[ \log \frac{p(z|x)\, p(x)}{q(z|x)} \right] = \log p(x) - \mathrm{KL}\big(q(z|x)\,\|\,p(z|x)\big) .$$

So the loss is exactly the distance from $q$ to the true *posterior* $p(z|x)$. If you hit the posterior, the bound *is* the evidence. (Kingma and Welling, 2014, equations 1 to 3; Blei, Kucukelbir and McAuliffe, 2017, section 2.2.)

Mind the two KLs. The one *inside* the ELBO goes to the prior, and you can compute it. The *gap* goes to the posterior, and in a VAE you cannot.

You need three parts: the KL to the prior, samples from $q$, and an average. One exercise each.
"""

# %% [markdown]
r"""
## Exercise 1.3: the KL in closed form

**4 points · 12 minutes · difficulty 2/5 · importance 5/5**

$\mathrm{KL}(q\,\|\,p) = \mathbb{E}_q[\log q(z) - \log p(z)]$: how many nats you lose by believing $p$ while $z$ comes from $q$. For two Gaussians no sampling is needed.
Take one dimension, $q = \mathcal{N}(\mu, \sigma^2)$ and $p = \mathcal{N}(0, 1)$. You know both log-densities from exercise 1.1:

$$\log q(z) - \log p(z) = -\tfrac12 \Big[ \ln \sigma^2 + \frac{(z - \mu)^2}{\sigma^2} \Big] + \tfrac12 z^2 .$$

($\log 2\pi$ cancels.) Now average over $q$. The middle term averages to 1, by the definition of variance. And $\mathbb{E}_q[z^2] = \mu^2 + \sigma^2$. So

$$\mathrm{KL} = \tfrac12 \big( \mu^2 + \sigma^2 - 1 - \ln \sigma^2 \big) .$$

Independent dimensions add up. The half covers *all* of it.
"""


# %% exercise="kl_divergence"
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mu, diag exp(log_var)) || N(0, I)) per example, in nats; zero exactly when the two are equal.

    Args:
        mu: Means, (batch, latent_dim).
        log_var: Natural logarithms of the variances, (batch, latent_dim).

    Returns:
        One value per example, (batch,), never negative; differentiable in both arguments, which stay unchanged.
        It has their dtype, and is right for log_var from -20 to 20.
    """
    ### BEGIN SOLUTION
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: translate</summary>
$\ln \sigma^2$ is <code>log_var</code>. What is $\sigma^2$ then? You need no square root here.
</details>
<details><summary>Hint 2: a test on paper</summary>
At <code>mu = 0</code>, <code>log_var = 0</code> the two distributions are equal, so the result is 0. Does your bracket vanish there? And in two dimensions?
</details>
<details><summary>Hint 3: almost the code</summary>
The bracket is <code>mu**2 + log_var.exp() - 1 - log_var</code>, the $-1$ inside it. Sum over the last dimension, then halve.
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
What does $q$ pay for knowing more than the prior, and what for knowing less?

![KL divergence against the log variance of q for three means. Each curve has its minimum at a log variance of zero. To the left it rises like a straight line, to the right it rises ever faster. A mean of one lifts the whole curve by half a nat, a mean of two by two nats.](figures/kl.png)
"""

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
**What just happened.** Read the lowest curve from the middle. To the left, $q$ is more certain than the prior. The curve becomes a straight line of slope $-\tfrac12$: each nat of `log_var` costs half a nat, so certainty is
cheap but never free. To the right, $q$ is *less* certain than the prior, and the price explodes. A mean away from 0 adds $\tfrac12\mu^2$, whatever the variance.

In a VAE this is the price of a message: how precisely does $z$ have to be known?

*Try it:* by which factor does $\sigma$ shrink when `log_var` falls by 2, and what does that cost? Read it off the left end of the lowest curve.

Two bugs to know by sight, both published. $\sigma^2 + \mu^2 - \log\sigma - \tfrac12$ looks like the formula, and has lost the half of its first two terms: close to the prior it still falls and rises, so nobody notices. And a *mean* over
the latent dimensions in place of the sum divides the KL by `latent_dim`. Lesson 02 shows what that does.

Source: Kingma and Welling (2014), Appendix B, https://arxiv.org/abs/1312.6114.
"""

# %% [markdown]
r"""
## Exercise 1.4: a sample that knows where it came from

**4 points · 12 minutes · difficulty 2/5 · importance 5/5**

The other half of the ELBO needs samples of $q$. You could ask PyTorch for a normal random number with mean $\mu$ and spread $\sigma$. But later you want to know: *if $\mu$ were a little larger, what would have happened?* A plain
random number cannot answer. It does not know $\mu$.

So split it. Let all the randomness come from a source that has no parameters, and move and stretch it afterwards:

$$z = \mu + \sigma\, \epsilon, \qquad \epsilon \sim \mathcal{N}(0, I) .$$

Check: the mean is $\mu$, the variance is $\sigma^2$, and a linear image of a Gaussian is a Gaussian. The distribution is the same. But now $\partial z / \partial \mu = 1$ and $\partial z / \partial \sigma = \epsilon$: the sample
moves along with its parameters. This is the *reparameterisation trick* (Kingma and Welling, 2014, section 2.4; Rezende, Mohamed and Wierstra, 2014, section 3).

$\sigma$ is the standard deviation, and you are given $\ln \sigma^2$. Every number of the result needs its own noise, and every call new noise.
"""


# %% exercise="reparameterize"
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    """One sample of N(mu, diag exp(log_var)) for every example, with fresh noise in each call.

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
$\sigma = \sqrt{\sigma^2}$ and $\sigma^2 = e^{\texttt{log\_var}}$. A square root of an exponential can be pulled into the exponent.
</details>
<details><summary>Hint 2: the noise</summary>
<code>torch.randn_like(mu)</code> draws one independent standard normal number for each entry, in the shape, type and device of <code>mu</code>.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>sigma = torch.exp(0.5 * log_var)</code>. The formula above is the rest, letter by letter.
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
print(
    "asked for: mean",
    mu[0].tolist(),
    " spread",
    [round(s, 3) for s in (0.5 * log_var[0]).exp().tolist()],
)
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
**What just happened.** Right mean, right spread, and a gradient of exactly 1 through something random. That last line is why VAEs can be trained by backpropagation.

The commonest bug in the field lives here: `torch.exp(log_var)` used as the standard deviation. It runs, it trains, and it draws from another distribution than the one that your KL believes in. The next exercise is a trap for it.

*Try it:* call the function twice on the same arguments. If both results are equal, who fixed the seed?
"""

# %% [markdown]
r"""
## Exercise 1.5: check the KL against your own sampler

**4 points · 12 minutes · difficulty 2/5 · importance 4/5**

You have a formula for the KL and a sampler. Do they talk about the same distribution? Go back to the definition, $\mathrm{KL} = \mathbb{E}_q[\log q(z) - \log p(z)]$, and take it literally: draw $z_1, \dots, z_S$ from $q$, average the difference.

$$\widehat{\mathrm{KL}} = \frac1S \sum_{s=1}^{S} \big[ \log q(z_s) - \log p(z_s) \big], \qquad z_s \sim q .$$

You have written everything that it needs. It is also what remains when $q$ or $p$ is so complicated that no closed form exists.

How exact is it? Average $S$ independent terms of variance $v$, and the error is about $\sqrt{v/S}$. Here even $v$ is known. Put $z = \mu + \sigma\epsilon$ into the difference of exercise 1.3:

$$\log q - \log p = \tfrac12 (\sigma^2 - 1)\,\epsilon^2 + \mu\sigma\,\epsilon + \text{const}, \qquad\text{so}\qquad v = \sum_j \Big[ \tfrac12 (\sigma_j^2 - 1)^2 + \mu_j^2 \sigma_j^2 \Big] ,$$

because $\epsilon^2$ has variance 2, $\epsilon$ has variance 1, and the two are uncorrelated. At the prior $v = 0$: every sample gives exactly the right answer.
"""


# %% exercise="monte_carlo_kl"
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    """Estimate of KL(N(mu, diag exp(log_var)) || N(0, I)): the average of log q(z) - log p(z) over samples of q.

    Args:
        mu: Means of q, (batch, latent_dim).
        log_var: Natural logarithms of the variances of q, (batch, latent_dim).
        num_samples: Number of independent samples of z for every example.

    Returns:
        One estimate per example in nats, (batch,), of the dtype of mu; a single estimate may be negative. The
        arguments stay unchanged, and each call draws new samples.
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
The prior $p$ is a Gaussian with mean 0 and variance 1, so its <code>log_var</code> is 0 as well. <code>torch.zeros_like(mu)</code> serves for both.
</details>
<details><summary>Hint 2: one sample</summary>
Draw <code>z = reparameterize(mu, log_var)</code>, then ask <code>gaussian_log_prob</code> twice about the <em>same</em> z: once with the parameters of $q$, once with those of $p$.
</details>
<details><summary>Hint 3: almost the code</summary>
A loop over <code>range(num_samples)</code> adds up <code>log_q - log_p</code>. The draw stands inside the loop, so that every sample is new. Divide at the end.
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
Measure the error at nine values of $S$, each over 2,000 repetitions, and hold it against $\sqrt{v/S}$. In the second half, the published bug from above: a sampler that takes $e^{\texttt{log\_var}}$ for the standard deviation, while the KL
takes it for the variance.

![Root mean square error of the Monte Carlo KL against the number of samples, both axes logarithmic. The measured points lie on the straight line of theory, from above one nat at one sample to below a tenth of a nat at 256.](figures/monte_carlo_kl.png)
"""

# %% figure="monte_carlo_kl"
runtime.seed_everything()
mu, log_var = torch.tensor([[1.0, -0.5, 0.0]]), torch.tensor([[-1.0, 0.5, -3.0]])
sigma2 = log_var.exp()
one_sample_variance = (0.5 * (sigma2 - 1) ** 2 + mu**2 * sigma2).sum()
sample_counts = torch.tensor([2**k for k in range(runtime.choose(9, 5))])
repeats = (2000, 3)
rms_errors = torch.stack(
    [
        (
            monte_carlo_kl(mu.expand(repeats), log_var.expand(repeats), num_samples)
            - kl_divergence(mu, log_var)
        )
        .square()
        .mean()
        .sqrt()
        for num_samples in sample_counts.tolist()
    ]
)
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
print(f"measured error / theory, mean over the nine points: {kl_error_ratio:.3f}")

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
**What just happened.** The points lie on the line. Mind its slope: for ten times less error you pay a hundred times the samples. At one sample per example, which is what every VAE uses, the error here is more than a nat; only the average over many
examples makes it bearable.

And the last line of output is a detector. Your sampler agrees with the closed form within its error. The buggy one does not, by more than any luck could explain. Formula and sampler were written separately, so they can only agree if
both are right about $\sigma$. The official solution of a university lab with many thousands of users fails this test: its sampler and its KL disagree about what the network's output means.

*Try it:* on paper the buggy sampler is wrong by $\tfrac12(1 - \sigma_j^2)^2$ per dimension. Add it up for the three dimensions above and compare. At which `log_var` is the bug invisible? (A fresh network starts there.)

Source: Kingma and Welling (2014), section 2.3; the detector is an old idea of Monte Carlo testing.
"""

# %% [markdown]
r"""
## Exercise 1.6: the ELBO

**5 points · 15 minutes · difficulty 3/5 · importance 5/5**

All parts are on the table. Put them together:

$$\text{ELBO}(x) = \mathbb{E}_{q(z|x)}\big[ \log p(x|z) \big] - \mathrm{KL}\big(q(z|x)\,\|\,p(z)\big) \;\approx\; \frac1S \sum_{s=1}^{S} \log p(x|z_s) - \mathrm{KL} .$$

Two things can go wrong with signs and logarithms. The KL is *subtracted*: it is a price. And the average is taken over *logarithms*. The logarithm of an average is also a bound, even a tighter one, but it is another quantity (lesson 07), and
with few samples its value depends on how many you took. An *unbiased* estimate of the ELBO has the same mean for every $S$.

The likelihood is handed to you as a function, so your code will work for networks too.
"""


# %% exercise="elbo"
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    """Unbiased Monte Carlo estimate of the evidence lower bound, to be maximised, in nats.

    Args:
        x: Data, (batch, data_dim).
        mu: Means of q(z|x), (batch, latent_dim).
        log_var: Natural logarithms of the variances of q(z|x), (batch, latent_dim).
        log_likelihood: A function: log_likelihood(x, z) -> log p(x|z), (batch,). It keeps further
            leading dimensions of z, such as (num_samples, batch, latent_dim).
        num_samples: Number of independent samples of z for every example.

    Returns:
        One value per example, (batch,), of the dtype of mu, differentiable in mu and log_var through the samples.
        The arguments stay unchanged, and each call draws new samples.
    """
    ### BEGIN SOLUTION
    samples = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    return torch.stack(samples).mean(dim=0) - kl_divergence(mu, log_var)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: which parts?</summary>
Of your functions you need two: one that draws z so that gradients pass, and one that gives the KL exactly. (Your Monte Carlo KL is allowed too. It is only noisier.)
</details>
<details><summary>Hint 2: the average</summary>
Collect <code>log_likelihood(x, z)</code> for <code>num_samples</code> fresh z. Each is of shape (batch,). Average over the samples, keep the batch.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>samples = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]</code>. Then <code>torch.stack(samples).mean(dim=0)</code>. What is subtracted?
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
Now watch it. You know $\log p(x)$ exactly (exercise 1.2), and for the linear model Bayes' rule gives the posterior exactly too. Its columns of $W$ are orthogonal here, so the posterior has a diagonal covariance and your $q$ can hit it.

Let $q$ walk in a straight line from the prior (position 0) to the posterior (position 1) and on. On the right, the same walk in a model whose two hidden dials do nearly the same thing.

![Two panels. In each, the ELBO of your estimate is plotted against the position of q between the prior at zero and the best diagonal Gaussian at one, below a dashed line for the exact log evidence. Left: the curve rises, touches the line at one and falls again. Right: it rises to its maximum at one but stays 0.7 nats below the line.](figures/bound.png)
"""

# %% figure="bound"
runtime.seed_everything()
twin_dials = LinearGaussian(
    torch.tensor([[1.5, 1.2], [1.0, 1.3], [-1.0, -0.8], [0.5, 0.9], [1.2, 0.8]]),
    torch.zeros(5),
    noise_var=0.5,
)


def best_diagonal_q(nature: LinearGaussian, x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and log variance of the diagonal Gaussian with the highest ELBO (Bishop, 2006, section 10.1.2)."""
    mean, covariance = nature.posterior(x)
    return mean, -torch.linalg.inv(covariance).diagonal().log().expand_as(mean)


positions = torch.linspace(0, 1.4, 29)
figure, panels = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
worlds = {"independent dials": model, "twin dials": twin_dials}
for panel, (name, nature) in zip(panels, worlds.items(), strict=True):
    x_one = nature.sample(1)[0]
    best_mu, best_log_var = best_diagonal_q(nature, x_one)
    many = [t.expand(4000, -1) for t in (x_one, best_mu, best_log_var)]
    bound = [
        elbo(many[0], t * many[1], t * many[2], nature.log_likelihood, 1).mean().item()
        for t in positions
    ]
    exact = log_evidence(x_one, nature.W, nature.b, nature.noise_var).item()
    plotting.curves(
        positions,
        {"ELBO, estimated": bound},
        panel,
        xlabel="position of q: prior 0, best q 1",
    )
    panel.axhline(exact, color="black", linestyle="--", linewidth=1, label="log evidence, exact")
    panel.set_ylim(top=exact + 1.5)
    panel.legend(frameon=False, loc="lower right")
    panel.set_title(name, fontsize=10)
    print(f"{name}: evidence {exact:.3f}, highest ELBO on the walk {max(bound):.3f} nats")

# %% [markdown]
r"""
**What just happened.** On the left the bound rises, *touches* the evidence at the posterior, and falls again on the other side. You never told `elbo` what the evidence is. The small bumps of the curve are Monte Carlo error: each point is an average of 4,000 samples. The highest of 29 noisy points may even lie a few hundredths above the line; their mean may not.

On the right it never touches, and no amount of samples will help. When two dials do nearly the same thing, data can tell their sum but not their difference: in the posterior they are correlated, and a diagonal $q$ cannot lean. What
remains is $\mathrm{KL}(q \,\|\, \text{posterior})$ for the best $q$ that you allowed. A VAE lives in the right panel.

Is the gap *exactly* that KL? Take 200 random $q$, good and bad, and measure both sides separately: the gap with your two functions, the KL with PyTorch's formula for two full Gaussians.

![Scatter plot with logarithmic axes. Each of two hundred points is one random q. The gap between evidence and ELBO is on the vertical axis, the exact KL from q to the posterior on the horizontal one. The points lie on the diagonal over two decades. None lies to the left of 0.7 nats.](figures/gap.png)
"""

# %% figure="gap"
runtime.seed_everything()
x_many = twin_dials.sample(200)[0]
best_mu, best_log_var = best_diagonal_q(twin_dials, x_many)
closeness = torch.linspace(0.02, 1.5, 200)[:, None]
mu = best_mu + closeness * torch.randn(200, 2)
log_var = best_log_var + closeness * torch.randn(200, 2)

evidence_many = log_evidence(x_many, twin_dials.W, twin_dials.b, twin_dials.noise_var)
gap = evidence_many - elbo(x_many, mu, log_var, twin_dials.log_likelihood, 1000)
mean, covariance = twin_dials.posterior(x_many)
kl_to_posterior = torch.distributions.kl_divergence(
    torch.distributions.MultivariateNormal(mu, torch.diag_embed(log_var.exp())),
    torch.distributions.MultivariateNormal(mean, covariance),
)
axes = plotting.plot_against_theory(
    kl_to_posterior,
    gap,
    kl_to_posterior,
    xlabel="KL from q to the posterior, exact (nats)",
    ylabel="log p(x) - ELBO (nats)",
)
axes.set(xscale="log", yscale="log")
gap_disagreement = (gap - kl_to_posterior).abs().median().item()
print(f"smallest KL {kl_to_posterior.min():.3f} nats, largest {kl_to_posterior.max():.1f} nats")
print(f"median disagreement of gap and KL: {gap_disagreement:.3f} nats")

# %% [markdown]
r"""
**What just happened.** The identity $\log p(x) - \text{ELBO} = \mathrm{KL}(q\,\|\,p(z|x))$ on 200 points. The scatter is the Monte Carlo error of your estimate. And no point lies to the left of a wall: that is the price of a
diagonal $q$ in this model, the gap of the right panel above.

So two things happen at once when you raise the ELBO: $q$ moves towards the posterior, and (when the model is learned too) the evidence rises. The ELBO alone does not say which. Lesson 07 measures it.

*Try it:* put $q$ exactly on the posterior of the independent dials, and replace the exact KL by $\log q(z) - \log p(z)$ at the *same* samples as the likelihood. How noisy is the estimate now? (Bayes' rule says it before you run it.)

Source: Kingma and Welling (2014), equations 1 to 3 and 7; Blei et al. (2017), sections 2.2 and 2.3, https://arxiv.org/abs/1601.00670; the best diagonal $q$ of a Gaussian is in Bishop (2006), *Pattern recognition and machine learning*, section 10.1.2.
"""

# %% [markdown]
r"""
## How to climb

You found the best $q$ because the model was linear. For a network you must *search* for it, by gradient ascent on the ELBO. The first term is the problem:

$$\nabla_\mu \; \mathbb{E}_{z \sim q_\mu}\big[ f(z) \big], \qquad f(z) = \log p(x|z) .$$

The parameter sits in the distribution that you sample from. You cannot move the gradient inside the expectation as if nothing were, because moving $\mu$ changes *which* $z$ you get. There are two ways around, one from 1992 and one from 2013.
"""

# %% [markdown]
r"""
## Exercise 1.7: reward the lucky draws

**5 points · 15 minutes · difficulty 3/5 · importance 3/5**

Write the expectation as an integral. Only $q$ depends on $\mu$, so

$$\nabla_\mu \int q_\mu(z) f(z)\, dz = \int \nabla_\mu q_\mu(z)\, f(z)\, dz .$$

This is no longer an expectation. A small trick makes it one: $\nabla q = q\, \nabla \log q$. (Differentiate $\log q$ to see it.)

$$= \int q_\mu(z)\, \nabla_\mu \log q_\mu(z)\, f(z)\, dz = \mathbb{E}_{q}\big[ f(z)\, \nabla_\mu \log q_\mu(z) \big] .$$

The factor $\nabla_\mu \log q$ is called the *score*. For the Gaussian, exercise 1.1 gives it at once:

$$\nabla_\mu \log q_\mu(z) = \frac{z - \mu}{\sigma^2} .$$

Read the product as trial and error. You tried $z$. If it did well ($f$ large), move $\mu$ towards it; if it did badly, away. You never ask *why* it did well: $f$ is a black box, no gradient of $f$ is needed. This is REINFORCE
(Williams, 1992, sections 4 and 6), the root of policy gradients.

Write the plain estimate: the average of $f(z)\,(z - \mu)/\sigma^2$ over fresh samples.
"""


# %% exercise="score_function_gradient"
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    """REINFORCE estimate of d/dmu E[f(z)] for z ~ N(mu, diag exp(log_var)); uses no gradient of f.

    Args:
        mu: Means, (batch, latent_dim); left as it is, its `.grad` and `requires_grad` too.
        log_var: Natural logarithms of the variances, (batch, latent_dim).
        f: A function of z: (batch, latent_dim) -> (batch,). It keeps further leading dimensions.
        num_samples: Number of independent samples of z for every example.

    Returns:
        One unbiased estimate of the gradient per example, of the shape and dtype of mu; new samples in each call.
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
The formula is already the gradient. You sample, evaluate f, multiply, average. No <code>backward</code> anywhere.
</details>
<details><summary>Hint 2: shapes</summary>
<code>f(z)</code> is (batch,), the score is (batch, latent_dim). Give f a last axis of size 1, <code>f(z).unsqueeze(-1)</code>, and each example's reward multiplies its whole score.
</details>
<details><summary>Hint 3: almost the code</summary>
In a loop: draw z, then add <code>f(z).unsqueeze(-1) * (z - mu) / log_var.exp()</code> to a total. The same z in both factors. Divide by <code>num_samples</code>.
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

# %%
runtime.seed_everything()
mu, log_var = torch.tensor([[0.5]]), torch.tensor([[0.0]])
many = (runtime.choose(200_000, 20_000), 1)
trials = score_function_gradient(mu.expand(many), log_var.expand(many), toy.quadratic, 1)
print("f(z) = (z - 1)^2, so E[f] = (mu - 1)^2 + sigma^2 and the gradient is 2 (mu - 1) = -1")
print(f"single trials, first five: {[round(t, 2) for t in trials[:5, 0].tolist()]}")
print(f"mean over {many[0]:,} trials: {trials.mean():.3f}, spread of a trial {trials.std():.2f}")

# %% [markdown]
r"""
**What just happened.** The mean is right. Look at the single trials, though: the true gradient is $-1$, and they scatter around it with a spread of more than 4. The estimate is *unbiased and useless*, unless you average a great many. How many depends on things
that should not matter. Add 100 to $f$: the gradient is the same, because a constant has none, but every single trial now carries $100\,(z - \mu)/\sigma^2$, which is pure noise.

*Try it:* do that. By which factor does the spread grow? (Subtracting a good constant on purpose, a *baseline*, is the standard repair: Mohamed et al., 2020, section 7.)

Sources: Williams (1992), https://doi.org/10.1007/BF00992696; Mohamed, Rosca, Figurnov and Mnih (2020), section 4, https://arxiv.org/abs/1906.10652.
"""

# %% [markdown]
r"""
## Exercise 1.8: ask why

**4 points · 12 minutes · difficulty 3/5 · importance 5/5**

You have had the other way in your hands since exercise 1.4. With $z = \mu + \sigma\epsilon$ the randomness does not depend on $\mu$ any more, so the gradient may go inside:

$$\nabla_\mu\, \mathbb{E}_{\epsilon}\big[ f(\mu + \sigma \epsilon) \big] = \mathbb{E}_{\epsilon}\big[ \nabla_\mu f(\mu + \sigma \epsilon) \big] .$$

For each draw, hold the luck $\epsilon$ fixed and ask how $f$ would change if $\mu$ moved. This is the *pathwise* estimate. It asks *why* a draw was good, so it needs the gradient of $f$. Autograd has it.

Your function is a small guest in other people's code: it must not switch on `requires_grad` on the caller's `mu`, nor leave anything in its `.grad`. Work on a detached copy and use `torch.autograd.grad`, which returns gradients
in place of storing them.
"""


# %% exercise="pathwise_gradient"
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    """Reparameterised estimate of d/dmu E[f(z)] for z ~ N(mu, diag exp(log_var)); needs a differentiable f.

    Args:
        mu: Means, (batch, latent_dim); left as it is, its `.grad` and `requires_grad` too.
        log_var: Natural logarithms of the variances, (batch, latent_dim).
        f: A differentiable function of z: (batch, latent_dim) -> (batch,). It keeps further leading dimensions.
        num_samples: Number of independent samples of z for every example.

    Returns:
        One unbiased estimate of the gradient per example, of the shape and dtype of mu; new samples in each call.
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
<code>mu.detach().requires_grad_()</code> has the same numbers as <code>mu</code>, but its own gradient flag. The caller's tensor stays as it was.
</details>
<details><summary>Hint 2: one scalar for autograd</summary>
Autograd wants a scalar. <em>Sum</em> f over the batch: each example's f depends on its own row of mu only, so the gradient of the sum holds the gradient of every example. A mean would divide all of them by the batch size.
</details>
<details><summary>Hint 3: almost the code</summary>
Add up <code>f(reparameterize(mu, log_var)).sum()</code> in a loop, divide by <code>num_samples</code>. Then <code>torch.autograd.grad(average, mu)</code> returns a tuple with one gradient.
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
Two unbiased estimates of the same number. The duel: $f(z) = \sum_j (z_j - 1)^2$, one sample each, in 1 to 128 dimensions, at $\mu = 0$, $\sigma = 1$. The variance of the pathwise estimate of each coordinate is that of $2(z_j - 1)$, so 4, in
any dimension. For the score function a page of Gaussian moments gives $4(d-1)^2 + 22(d-1) + 30$. What do you expect the ratio to be at 128?

![Variance of one gradient coordinate against the number of latent dimensions, both axes logarithmic. The pathwise points lie on a flat line at four. The score function points start near thirty and rise to about seventy thousand at 128 dimensions, along their theoretical curve.](figures/variance.png)
"""

# %% figure="variance"
runtime.seed_everything()
dims = torch.tensor([1, 2, 4, 8, 16, 32, 64, 128])
num_trials = runtime.choose(20_000, 2_000)
variances = {}
for name, estimate in {
    "score function": score_function_gradient,
    "pathwise": pathwise_gradient,
}.items():
    zeros = [torch.zeros(num_trials, d) for d in dims.tolist()]
    variances[name] = torch.stack(
        [estimate(zero, zero, toy.quadratic, 1).var(dim=0).mean() for zero in zeros]
    )
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
axes.legend(frameon=False)
variance_ratio = (variances["score function"] / variances["pathwise"])[-1].item()
print(f"score function / pathwise at 128 dimensions: {variance_ratio:,.0f}")

# %% [markdown]
r"""
**What just happened.** Parallel worlds. In one dimension the score function needs 8 times the samples for the same error; in 128 dimensions some 17,000 times. The reason is in the formula: every coordinate's score is multiplied by the *whole* $f$, so the noise
of 127 other coordinates is blamed on the one you ask about. The pathwise estimate sees only $\partial f/\partial z_j$. This is why VAEs came with the reparameterisation trick, and not twenty years earlier: Kingma and Welling call the first
estimate "impractical" for their purpose (section 2.2).

Is the pathwise estimate always the better one? Ask both about a step: $f = 1$ where $\sum_j z_j > 0$ and 0 elsewhere.
"""

# %%
runtime.seed_everything()
mu, log_var = torch.full((num_trials, 2), 0.3), torch.zeros(num_trials, 2)
total_mean, total_sigma = torch.tensor(0.6), math.sqrt(2)
truth = torch.distributions.Normal(0.0, total_sigma).log_prob(total_mean).exp()
for name, estimate in {
    "score function": score_function_gradient,
    "pathwise": pathwise_gradient,
}.items():
    print(f"{name:14}: {estimate(mu, log_var, toy.step, 10).mean():.3f}   (exact: {truth:.3f})")

# %% [markdown]
r"""
**What just happened.** The score function is right. The pathwise estimate says 0, with perfect confidence: a step is flat wherever you look, and a gradient that looks along the path never sees the jump. Its promise holds for *differentiable* $f$ only. So when
the hidden variable is a choice among classes, there is no path. Lesson 06 has to invent one.

Source: Kingma and Welling (2014), sections 2.2 to 2.4; Rezende et al. (2014), section 3, https://arxiv.org/abs/1401.4082; Mohamed et al. (2020), section 5.
"""

# %% [markdown]
r"""
## All of it at once

You have a bound, and its gradient flows through your sampler. So let $q$ find the posterior by itself. Start 100 examples at the prior, climb with *one* sample per step, and never tell the optimiser the answer.

![ELBO and log evidence, averaged over a hundred examples, against optimisation steps. The jagged ELBO starts several nats below the dashed evidence line, rises steeply and then hugs it from below.](figures/climb.png)
"""

# %% figure="climb"
runtime.seed_everything()
x_climb = model.sample(100)[0]
evidence_climb = log_evidence(x_climb, model.W, model.b, model.noise_var).mean().item()
mu, log_var = nn.Parameter(torch.zeros(100, 2)), nn.Parameter(torch.zeros(100, 2))
optimizer = torch.optim.Adam([mu, log_var], lr=0.05)
trace = []
for _ in range(runtime.choose(400, 60)):
    bound = elbo(x_climb, mu, log_var, model.log_likelihood, num_samples=1)
    optimizer.zero_grad()
    (-bound.sum()).backward()
    optimizer.step()
    trace.append(bound.mean().item())
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
**What just happened.** The bound climbed to the evidence, and $q$ found the posterior's variances without knowing that a posterior exists. The curve is jagged, and now and then it pokes through the line: one sample is an estimate, not a bound. The gap in
the last line is computed without sampling. It is small and not zero, because one-sample gradients keep $q$ trembling around its goal.

You optimised 100 separate pairs `mu, log_var`. For a new $x$ you would start over. The last step to a VAE: let a *network* read $x$ and write down `mu` and `log_var`, for every $x$ that will ever come, and let another one take the place of $Wz + b$. Then climb on both.
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
**How to read it.** The first row is an average over 1,000 examples of 100 samples each, so a few thousandths are Monte Carlo error. The variance ratio is an estimate of a heavy-tailed quantity: a few percent off is normal. The last row
is *not* Monte Carlo error: it is real, and it shrinks if you lower the learning rate.

## Summary

- A hidden variable turns the probability of data into an integral. Drawing $z$ from the prior wastes almost every draw.
- $\log p(x) = \text{ELBO} + \mathrm{KL}(q(z|x)\,\|\,p(z|x))$. The bound touches exactly when $q$ is the posterior, and a family that cannot contain the posterior leaves a gap.
- The ELBO is "explain $x$" minus "price of $z$". Averages of logarithms, not logarithms of averages.
- `log_var` is the logarithm of the variance. A sampler and a closed form that agree catch whoever forgets it.
- The score function works for any $f$ and pays with variance. The pathwise gradient needs a smooth $f$ and hardly pays at all.

## Questions to discuss
"""

# %% [markdown]
r"""
### A bound above the evidence (2 points)

A classmate plots the ELBO of the linear model and finds it *above* the exact evidence, by 0.3 nats on average over many examples. "Great", they say, "a tighter bound than the theory allows." List the possible causes that you
know from this lesson, and say for each of them which single test would find it.
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

Full marks for at least three causes with a fitting test, and for saying that the bound cannot be exceeded on average.
"""

# %% [markdown]
r"""
### A reward without a gradient (2 points)

You want to tune the latent code of an image so that a human judge likes the picture. The judge answers yes or no. Which of the two gradient estimates can you use? What will go wrong first, and name two ways to make it bearable without changing the
judge. Why does a VAE not have this problem?
"""

# %% [markdown] written="reward_without_gradient" points=2
r"""
Only the score function: a yes or no has no useful derivative in $z$ (a step is flat almost everywhere), so the pathwise estimate would be zero. The score function needs only values of $f$ at sampled $z$.

What goes wrong is the variance. It grows with the number of latent dimensions, since all of $f$ is multiplied by each coordinate's score, and each answer costs a person's time. Remedies: subtract a baseline (for example the average answer to
*other* samples), average more samples per step, tune fewer dimensions, a larger $\sigma$ (the score is proportional to $1/\sigma$), or train a differentiable model of the judge and use the pathwise gradient through it, at the price of a bias.

A VAE's $f(z) = \log p(x|z)$ is a differentiable network that we own, so we may look inside: the pathwise gradient applies.
"""

# %% [markdown]
r"""
## Where next

- **[Lesson 02](../02_vae/02_vae.ipynb)** gives the two jobs to neural networks: a variational autoencoder from scratch, on images. You will use `reparameterize`, the KL and the ELBO again, almost unchanged.
- **Lesson 06** has a hidden variable with no path: classes.
- **Lesson 07** moves the logarithm back outside, and measures the gap for real models.

To read: Kingma and Welling (2014), sections 1 and 2, https://arxiv.org/abs/1312.6114: you now know every formula there. Blei, Kucukelbir and McAuliffe (2017), *Variational inference: a review for statisticians*, https://arxiv.org/abs/1601.00670,
for the older tradition. Tipping and Bishop (1999), *Probabilistic principal component analysis*, https://doi.org/10.1111/1467-9868.00196, for our linear model.
"""
