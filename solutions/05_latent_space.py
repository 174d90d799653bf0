# %% [markdown]
r"""
# Lesson 05: looking at what was learned

You trained a VAE, its loss went down, and now you own a machine that turns 20 numbers into a picture. What do the numbers *mean*? Nobody chose them. You will map them, walk
through them, pull on them one at a time, and flatten them onto paper. Each tool can mislead you, and most published figures fall for one of them. So each picture here comes with a number that can contradict it.

**You will be able to**

- draw the map of a two-dimensional latent space so that it shows what the model believes, no corner stretched and no row upside down;
- walk between two images in 20 dimensions, say why a straight line leaves the region the model was trained on, and repair it;
- say what a single latent dimension does, and see which ones do nothing;
- flatten 20 dimensions to two, and measure what the flattening lost or made up.

**What it takes.** About two hours of your time. The computer needs a minute and a half on MNIST
(Fashion-MNIST has the same size) and half a minute on the built-in digits (measured on 2 CPU cores, no GPU). The lesson is written for Fashion-MNIST, pictures of clothes. Where that cannot be had it takes handwritten digits, and one line below says so; the figures printed here
were drawn with the digits of MNIST.

Units, everywhere: **nats per image**. Sum over pixels and over latent dimensions, mean over the batch. Every word in this course that you have forgotten stands in the [glossary](glossary.md).
"""

# %% setup=true
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from torch import Tensor, nn
from torch.distributions import Normal

from course_utils import data, evaluation, models, plotting, runtime, training, widgets
from course_utils.checks import nb05_latent_space as checks
from course_utils.result_card import result_card

# %%
runtime.seed_everything()
try:
    images = data.load("fashion_mnist", strict=True)
except data.DataError:
    print("Fashion-MNIST cannot be had here: handwritten digits instead.")
    images = data.load("mnist")
print(f"{images.name}: {len(images.train_x):,} to learn from, {len(images.test_x):,} to test on")

# %% [markdown]
r"""
![Two rows of ten small grey-scale pictures, dark on white: the test images that this lesson looks at.](figures/data.png)
"""

# %% figure="data"
axes = plotting.image_grid(images.test_x[:20], num_columns=10)

# %% [markdown]
r"""
Train two VAEs that differ in one number. One may keep **2** numbers of an image, so you can see all of its latent space on a sheet of paper. The other keeps **20**, so you cannot. This is the model and the loss of
lesson 02.
"""

# %%
device = images.train_x.device
epochs = runtime.choose({"digits": 150}.get(images.name, 15), 3)
vaes, histories = {}, {}
for latent_dim in (2, 20):
    runtime.seed_everything()
    vaes[latent_dim] = models.MLPVAE(latent_dim=latent_dim).to(device)
    histories[latent_dim] = training.fit(
        vaes[latent_dim], images.train_x, training.negative_elbo_step, epochs=epochs
    )

# %%
for latent_dim, vae in vaes.items():
    terms = evaluation.neg_elbo(vae, images.test_x)
    used = evaluation.active_units(vae, images.test_x)
    print(
        f"{latent_dim:2} latent dimensions, {used:2} of them active: "
        f"neg ELBO {terms.neg_elbo:.1f} = recon {terms.recon:.1f} + KL {terms.kl:.1f} nats per image"
    )

# %% [markdown]
r"""
**What just happened.** The narrow model sends a message of a few nats, the wide one several times as much, and its neg ELBO is lower by 50 nats on MNIST, by 27 on the small digits. *Active* counts the dimensions whose $\mu$ moves from image to image
(lesson 04). On MNIST the wide model uses all 20, on the small digits it leaves some unused. Keep that in mind when you pull on them.
"""

# %% [markdown]
r"""
## Exercise 5.1: a map of everything

**4 points · 12 minutes · difficulty 2/5 · importance 4/5**

Two numbers in, one picture out. So decode a grid of points and you see *everything* the narrow model can draw. Which grid?

A square from $-2$ to $2$ in equal steps is the obvious choice. A much-copied Keras example goes from $-1$ to $1$. But the model has a prior, $z \sim \mathcal{N}(0, I)$, and the prior says how much each region counts. Equal steps give a
corner that holds almost nothing as much paper as the middle, and a square from $-1$ to $1$ shows only $0.683^2 = 47\,\%$ of what the model would ever draw.

So make equal steps in *probability*. Take `num_steps` evenly spaced probabilities, and ask for each: below which value does a standard normal number fall with this probability? That is the *quantile*, $\Phi^{-1}(p)$. Every cell of the map then stands for
the same share of the prior (Kingma and Welling, 2014, did exactly this for their figure 4). The probabilities 0 and 1 lie at infinity, so keep the middle share `coverage` of each axis:

$$p_1 = \frac{1 - \text{coverage}}{2}, \qquad p_{\text{num\_steps}} = \frac{1 + \text{coverage}}{2}, \qquad \text{evenly spaced between.}$$

Now the trap. Pictures are filled row by row from the *top*. A map has its large $z_2$ at the top. So the first point of your list is the top left: lowest $z_1$, highest $z_2$. A map that is upside down against the scatter plot beside it is an easy
bug to publish, because it looks just as pretty.
"""


# %% exercise="latent_grid"
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    """Points of a map at standard normal quantiles, in the order in which a picture is filled.

    Args:
        num_steps: Points along each axis, at least 2.
        coverage: Share of each axis' probability between the first and the last point, in (0, 1).

    Returns:
        (num_steps**2, 2), float32: rows from top (highest z_2) to bottom, each from left (lowest z_1) to right.
    """
    ### BEGIN SOLUTION
    probabilities = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    quantiles = Normal(0.0, 1.0).icdf(probabilities)
    z_2, z_1 = torch.meshgrid(quantiles.flip(0), quantiles, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: one axis first</summary>
Both axes use the same numbers. Make the evenly spaced probabilities, then turn them into quantiles. The inverse of a cumulative distribution function is called <code>icdf</code> in PyTorch.
</details>
<details><summary>Hint 2: the order</summary>
Write the four points of <code>latent_grid(2)</code> on paper, with $q$ the upper quantile: $(-q, q), (q, q), (-q, -q), (q, -q)$. The first coordinate changes fast, the second slowly and downwards.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>q = Normal(0.0, 1.0).icdf(torch.linspace(low, high, num_steps))</code>. Then <code>z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")</code>: the first result changes from row to row. Flatten both and
<code>torch.stack</code> them with z_1 first.
</details>
"""

# %% check="latent_grid" points=4
checks.latent_grid(latent_grid)
assert latent_grid(3).shape == (9, 2), "num_steps**2 points with two coordinates"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb05_latent_space.hidden import grade_latent_grid

grade_latent_grid(latent_grid)
### END HIDDEN TESTS

# %% [markdown]
r"""
Decode the map, and put the codes $\mu(x)$ of the test images beside it, with a dashed square around what the map covers.

![Left: a large square of 12 by 12 decoded pictures that change smoothly from one kind to another. Right: a scatter plot of the codes of test images, one colour and one number for each class, with a dashed square in the middle; some classes reach out of it.](figures/manifold.png)
"""

# %% figure="manifold"
num_steps = 12
with torch.no_grad():
    manifold = vaes[2].decode(latent_grid(num_steps).to(device)).sigmoid()
mu_2, _ = evaluation.encode(vaes[2], images.test_x[:2000])

figure, (left, right) = plt.subplots(1, 2, figsize=(8.2, 3.8), layout="constrained")
plotting.image_grid(manifold, num_columns=num_steps, ax=left)
plotting.latent_scatter(mu_2[:1000], images.test_labels[:1000], right, images.class_names)
edge = latent_grid(2).max().item()
square = [-edge, edge, edge, -edge, -edge], [edge, edge, -edge, -edge, edge]
line = right.plot(*square, "k--", linewidth=1)

# %%
inside = (mu_2.abs() <= edge).all(dim=1).double().mean()
print(f"inside the square: {0.95**2:.0%} of the prior, {inside:.0%} of the test images")

# %% [markdown]
r"""
**What just happened.** You see the whole model at once. Find a class number on the right and look at the same place on the left: that is why the order of the rows matters. Neighbours are alike (the decoder is continuous), and classes that look alike share a
border. On a border the picture is halfway between two classes, and belongs to none.

The printed line is the first contradiction. The square holds 90 % of the prior, but only three quarters of the images' codes (75 % on MNIST, 74 % on the small digits). The KL *asks* the codes to fill the prior and does not force them: a code far
out costs $\tfrac12\mu^2$ nats and may be worth it. So what you sample from the prior and what you encode are two different clouds, even in a well-trained model. (Some call the second one the *aggregated posterior*.)

*Try it:* replace the quantiles by `torch.linspace(-6, 6, num_steps)`. What does the model draw where neither cloud is?

Source: Kingma and Welling (2014), section 5 and Appendix A, https://arxiv.org/abs/1312.6114.
"""

# %% [markdown]
r"""
## Exercise 5.2: the straight line

**3 points · 6 minutes · difficulty 1/5 · importance 3/5**

In 20 dimensions a map with 12 steps along each axis has $12^{20}$ pictures. You cannot look at a space like that, you can only walk through it. The shortest walk from one code to another is the straight line,

$$z(t) = (1 - t)\, z_{\text{start}} + t\, z_{\text{end}}, \qquad t \text{ evenly spaced from } 0 \text{ to } 1 .$$

Write it. Both end points belong to the path: `num_steps` counts points, not gaps.
"""


# %% exercise="interpolate"
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    """Points on the straight line between two codes: (latent_dim,) x2 -> (num_steps, latent_dim), both ends included.

    num_steps is at least 2. The result has the dtype of the codes.
    """
    ### BEGIN SOLUTION
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - t) * z_start + t * z_end
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: shapes</summary>
You need one row per $t$ and one column per dimension. A column of shape (num_steps, 1) times a vector of shape (latent_dim,) broadcasts to that.
</details>
<details><summary>Hint 2: almost the code</summary>
<code>t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]</code>, and then the formula as it stands. (On a GPU give it the device of <code>z_start</code> too.)
</details>
"""

# %% check="interpolate" points=3
checks.interpolate(interpolate)
assert interpolate(torch.zeros(4), torch.ones(4), 3).shape == (3, 4), "one row per point"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb05_latent_space.hidden import grade_interpolate

grade_interpolate(interpolate)
### END HIDDEN TESTS

# %% [markdown]
r"""
Take five pairs of draws from the prior and walk between them. Which picture of each row looks least certain?

![Five rows of nine decoded pictures. Some rows begin and end with a fairly sharp picture and are softer and greyer in the middle.](figures/straight.png)
"""


# %% figure="straight"
@torch.no_grad()
def decode(z: Tensor) -> Tensor:
    """Pictures of the wide model for codes of shape (..., 20)."""
    return vaes[20].decode(z).sigmoid()


runtime.seed_everything()
starts, ends = torch.randn(2, 1000, 20, device=device)
rows = [decode(interpolate(a, b, 9)) for a, b in zip(starts[:5], ends[:5], strict=True)]
axes = plotting.image_grid(torch.cat(rows), num_columns=9)

# %% [markdown]
r"""
**What just happened.** Not every draw from the prior is a proper picture, that much you knew. But in several rows the ends look drawn and the middle looks hesitant. Is that only an impression? Measure it. A pixel with probability $p$ is as undecided as its entropy says, $-p\ln p - (1-p)\ln(1-p)$: nothing at 0 or 1, $\ln 2$ at a half. Add up the pixels and you have the *doubt* of a picture, in
nats per image.

And look for the cause. What is different about the middle of the line? Not the direction. Its **length**.
"""


# %%
def doubt(x_hat: Tensor) -> Tensor:
    """Entropy of the pixels, summed: (batch, 784) -> (batch,), in nats per image."""
    return (torch.special.entr(x_hat) + torch.special.entr(1 - x_hat)).sum(dim=-1)


paths = torch.stack([interpolate(a, b, 9) for a, b in zip(starts, ends, strict=True)])
for name, t in (("ends", 0), ("middle", 4)):
    z = paths[:, t]
    print(f"{name:6}: length {z.norm(dim=1).mean():.2f}, doubt {doubt(decode(z)).mean():.1f} nats")
print(f"square root of 20: {20**0.5:.2f}, of 20 / 2: {10**0.5:.2f}")

# %% [markdown]
r"""
**What just happened.** You met a fact about high dimensions that no drawing on paper shows. The squared length of $z \sim \mathcal{N}(0, I)$ is a sum of $d$ independent terms $z_j^2$, each with mean 1 and variance 2. So

$$\lVert z \rVert^2 \approx d \pm \sqrt{2d}, \qquad \lVert z \rVert \approx \sqrt{d} \pm \tfrac{1}{\sqrt 2} .$$

The mean grows, the spread does not. Draws live in a **shell** of radius $\sqrt d$ and of constant thickness. The origin is where the density is highest, and nobody lives there, because there is so little room near it.

Now the middle of a line between two draws is $\tfrac12(a + b)$, a Gaussian of variance $\tfrac12$. Its length is $\sqrt{d/2}$. At $d = 20$ that is 3.16 where 4.47 is normal: almost two spreads inside the shell. Only 3 draws in 100 are as short. At $d = 200$ it would be six spreads. The decoder was never
asked for pictures there; it gives you a blend.
"""

# %% [markdown]
r"""
## Exercise 5.3: stay on the shell

**5 points · 15 minutes · difficulty 3/5 · importance 4/5**

If draws live on a sphere, walk on the sphere. Let $\theta$ be the angle between the two *directions*. Then the path

$$z(t) = \frac{\sin\big((1 - t)\,\theta\big)}{\sin\theta}\, z_{\text{start}} + \frac{\sin(t\,\theta)}{\sin\theta}\, z_{\text{end}}$$

starts and ends where it should (put in $t = 0$ and $t = 1$) and turns at an even pace. For two vectors of the same length it is the arc of a great circle. It is called *slerp*, spherical linear interpolation (Shoemake, 1985, invented it to animate rotations; White, 2016, brought it
to generative models, https://arxiv.org/abs/1609.04468).

Three traps. The first has been published more than once.

- $\cos\theta$ is the dot product of the *normalised* vectors. The raw dot product of two draws can be 7, and $\arccos 7$ is NaN.
- The normalised vectors are for the angle only. The formula mixes the **given** vectors; otherwise your path ends on the unit sphere, far from where it should.
- When the two directions are the same, $\theta = 0$ and the formula is $0/0$. Its limit is the straight line: return that. Rounding can even push the cosine of two parallel vectors a hair above 1. (Opposite directions have no shortest arc, every great circle will do. You need not handle them.)
"""


# %% exercise="slerp"
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    """Points on the spherical path between two codes: (latent_dim,) x2 -> (num_steps, latent_dim), both ends included.

    Uses the angle between the directions and mixes the given vectors. Codes of the same direction, whatever their
    lengths, are joined by the straight line. num_steps is at least 2. The result has the dtype of the codes.
    """
    ### BEGIN SOLUTION
    cosine = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cosine)
    if torch.sin(theta) < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    mixed = torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end
    return mixed / torch.sin(theta)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: the angle</summary>
<code>F.cosine_similarity(z_start, z_end, dim=0)</code> divides by both lengths for you. Clamp it to [-1, 1] before you ask for <code>torch.acos</code>.
</details>
<details><summary>Hint 2: parallel ends</summary>
Test $\sin\theta$ before you divide by it. If it is (almost) zero, you have already written the answer: <code>interpolate</code>.
</details>
<details><summary>Hint 3: almost the code</summary>
With <code>t</code> as in <code>interpolate</code>: <code>torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end</code>, all divided by <code>torch.sin(theta)</code>.
</details>
"""

# %% check="slerp" points=5
checks.slerp(slerp)
assert slerp(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), 3).shape == (3, 2), (
    "one row per point"
)
### BEGIN HIDDEN TESTS
from autograder.exercises.nb05_latent_space.hidden import grade_slerp

grade_slerp(slerp)
### END HIDDEN TESTS

# %% [markdown]
r"""
The same 1,000 pairs of draws from the prior, both paths. On the left the length of $z$ along the way, with the band where 80 % of all draws live; on the right the doubt of the decoded pictures.

![Two panels over the position along the path. Left: length of z. The spherical path stays level inside a grey band around 4.4; the straight one sags below the band in the middle. Right: doubt of the pictures. The straight path has a hump in the middle, the spherical path is level.](figures/shell.png)
"""

# %% figure="shell"
walks = {"straight": interpolate, "spherical": slerp}
share = torch.linspace(0, 1, 9)


def along(walk, starts: Tensor, ends: Tensor) -> tuple[Tensor, Tensor]:
    """Mean length of z and mean doubt of its picture at nine places of many paths."""
    paths = torch.stack([walk(a, b, 9) for a, b in zip(starts, ends, strict=True)])
    return paths.norm(dim=-1).mean(dim=0).cpu(), doubt(decode(paths)).mean(dim=0).cpu()


figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
prior = {name: along(walk, starts, ends) for name, walk in walks.items()}
band = np.quantile(starts.norm(dim=1).cpu().numpy(), [0.1, 0.9])
shade = left.axhspan(*band, color="0.9", label="80 % of draws")
where = "position along the path"
plotting.curves(
    share, {k: v[0] for k, v in prior.items()}, left, xlabel=where, ylabel="length of z"
)
axes = plotting.curves(
    share, {k: v[1] for k, v in prior.items()}, right, xlabel=where, ylabel="doubt (nats per image)"
)

# %% [markdown]
r"""
And by eye, two pairs, the straight line above the arc.

![Four rows of nine pictures in two pairs. In each pair both rows begin and end with the same two pictures. In between, the straight row is paler than the spherical one.](figures/two_paths.png)
"""

# %% figure="two_paths"
rows = [decode(walk(starts[i], ends[i], 9)) for i in (0, 1) for walk in walks.values()]
axes = plotting.image_grid(torch.cat(rows), num_columns=9, row_titles=2 * list(walks))

# %% [markdown]
r"""
**What just happened.** The arc keeps its length and its doubt. The straight line loses both kinds of sharpness in the middle and gets them back at the end. So the hesitation was not a property of "being between two pictures"; it was the price of leaving the shell.

Now be careful with what you conclude. These were *draws from the prior*. Most published walks start at the codes $\mu(x)$ of two real images. Are those on the shell?
"""

# %%
mu_20, log_var_20 = evaluation.encode(vaes[20], images.test_x)
sample = mu_20 + (0.5 * log_var_20).exp() * torch.randn_like(mu_20)
print(f"length of mu(x): {mu_20.norm(dim=1).mean():.2f} +- {mu_20.norm(dim=1).std():.2f}")
print(f"length of a sample of q(z|x): {sample.norm(dim=1).mean():.2f} (the prior: 4.42)")
num = min(1000, len(mu_20) // 2)
for name, walk in walks.items():
    length, uncertain = along(walk, mu_20[:num], mu_20[num : 2 * num])
    print(
        f"{name:9}: length {length[0]:.2f} -> {length[4]:.2f} -> {length[8]:.2f}, "
        f"doubt {uncertain[0]:.1f} -> {uncertain[4]:.1f} -> {uncertain[8]:.1f}"
    )

# %% [markdown]
r"""
**What just happened.** The codes $\mu(x)$ are *shorter* than the shell: 4.2 on MNIST, 3.4 on the small digits. That is arithmetic, not failure. A sample is $z = \mu + \sigma\epsilon$, the samples fill the shell, and $\sigma$ brings its own part of the length: $\mathbb{E}\lVert z\rVert^2 = \lVert\mu\rVert^2 + \sum_j\sigma_j^2$. A dimension that the model does not use
has $\mu_j \approx 0$ and $\sigma_j \approx 1$: it adds to the length of $z$ and nothing to that of $\mu$.

So for real images there is no sphere of radius $\sqrt d$ to stay on, and the argument for slerp is weaker than its fans say. What is left is the plain observation that the middle of a straight line is too short, here too, and that slerp keeps the length of the ends. On MNIST the straight line adds 25 nats of doubt in the middle and slerp 4; on the small digits 36 and 5.

One more caution before you call slerp the winner. Doubt follows length: short codes give soft pictures, long ones hard pictures. So less doubt is not more truth. Two exercises from here you will see pictures with hardly any doubt that are nonsense.

*Try it:* walk from `sample[0]` to `sample[1]` instead of `mu_20`. Which of the two cases does it look like?
"""

# %% [markdown]
r"""
## Exercise 5.4: pull on one dimension

**5 points · 10 minutes · difficulty 2/5 · importance 5/5**

Paths tell you that the space is connected. They do not tell you what `z[7]` *does*. Find out the way you would with an unknown row of knobs: hold all the others still and turn one.

Write `latent_traversal`: the code $z$ once per value, in each row dimension `dimension` **set to** that value (not moved by it), decoded to probabilities. Your caller wants to use `z` again, so do not write into it. The result carries no graph, and the model keeps its mode.
"""


# %% exercise="latent_traversal"
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    """Pictures of one code with one of its dimensions set to each of several values, without gradients.

    Args:
        model: A VAE with `decode`; it keeps its mode.
        z: A code, (latent_dim,); unchanged.
        dimension: Which dimension is set, from 0 to latent_dim - 1.
        values: What it is set to, (num_values,).

    Returns:
        Probabilities, (num_values, 784), in the order of the values.
    """
    ### BEGIN SOLUTION
    rows = z.repeat(len(values), 1)
    rows[:, dimension] = values
    with torch.no_grad():
        return model.decode(rows).sigmoid()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: copies</summary>
You need one row of $z$ per value, and rows that you may write into. <code>z.repeat(len(values), 1)</code> makes copies. (<code>z.expand</code> does not: all rows would be the same memory.)
</details>
<details><summary>Hint 2: one column</summary>
All rows at once: a column of a matrix takes a whole vector, <code>rows[:, dimension] = values</code>.
</details>
<details><summary>Hint 3: almost the code</summary>
After the column is set: <code>with torch.no_grad(): return model.decode(rows).sigmoid()</code>. <code>decode</code> gives logits, you want probabilities.
</details>
"""

# %% check="latent_traversal" points=5
checks.latent_traversal(latent_traversal)
assert latent_traversal(models.MLPVAE(784, (8,), 3), torch.zeros(3), 0, torch.ones(2)).shape == (
    2,
    784,
), "one row per value"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb05_latent_space.hidden import grade_latent_traversal

grade_latent_traversal(latent_traversal)
### END HIDDEN TESTS

# %% [markdown]
r"""
Twenty dimensions, but which deserve a row? The KL says how many nats of message each one carries. Take the five with the most and the one with the least, and turn each through the middle 98 % of the prior.

![Six rows of eleven pictures, all from the same code. In each of the first five rows one property changes from left to right, such as slant, width, or the kind of picture. In the last row nothing changes, or hardly anything.](figures/traversals.png)
"""

# %% figure="traversals"
kl_of = (0.5 * (mu_20.square() + log_var_20.exp() - 1 - log_var_20)).mean(dim=0)
ranking = kl_of.argsort(descending=True).tolist()
values = Normal(0.0, 1.0).icdf(torch.linspace(0.01, 0.99, 11)).to(device)
chosen = [*ranking[:5], ranking[-1]]
rows = [latent_traversal(vaes[20], mu_20[0], dimension, values) for dimension in chosen]
axes = plotting.image_grid(
    torch.cat(rows),
    num_columns=11,
    titles=[f"{value:+.1f}" for value in values.tolist()],
    row_titles=[f"z[{dimension}]: {kl_of[dimension]:.2f} nats" for dimension in chosen],
)

# %% [markdown]
r"""
How much does a turn of each knob change the picture, compared with what it costs?

![Scatter plot with one dot for each of the 20 dimensions. Horizontally the KL of the dimension, vertically how far the picture moves. The dots lie close to a rising line.](figures/knobs.png)
"""

# %% figure="knobs"
effect = []
for dimension in range(20):
    turned = torch.stack(
        [latent_traversal(vaes[20], z, dimension, values[[0, -1]]) for z in mu_20[:100]]
    )
    effect.append((turned[:, 0] - turned[:, 1]).norm(dim=1).mean().item())
axes = plotting.new_axes(4.5, 3)
dots = axes.plot(kl_of.cpu(), effect, "o", color=plotting.PALETTE[0])
labels = axes.set(
    xlabel="KL of the dimension (nats per image)",
    ylabel="change of the picture\n(Euclidean, pixels)",
)

# %% [markdown]
r"""
**What just happened.** Some knobs you can name: slant, width, thickness of the stroke (on clothes: length of the sleeve, darkness). Most you cannot. A dimension often turns one picture into another *kind* of picture on the way. That is no accident. The loss contains $z$ only through the prior and the decoder,
and $\mathcal{N}(0, I)$ looks the same from every side: rotate the latent space, let the decoder rotate it back, and the loss does not change. So there is no reason for a meaningful property to lie along an axis (lesson 04 puts in a reason; Locatello et al., 2019, prove that without one it cannot be expected, https://arxiv.org/abs/1811.12359).

The second figure is reliable where names are not. A dimension with a KL near zero is a knob with nothing behind it. The small digits leave eight such knobs (four of them passed as active in the first table: the variance of their $\mu$ is barely above the threshold, their KL is 0.02 nats or less). MNIST leaves none, its weakest still carries half a nat. All others line up: on both data sets the correlation between the two axes was 0.99. The KL, a number that has never seen a picture, tells you which knobs matter.

*Try it:* traverse the same dimension from three other images. Does the name you gave it survive?
"""

# %% [markdown]
r"""
## Exercise 5.5: walk away from home

**5 points · 10 minutes · difficulty 2/5 · importance 3/5**

One knob at a time was careful. Now be careless: take a real image, encode it, and push *all* dimensions by the same offset $o$. What does a model draw where it has never been?

Write `offset_walk`. Start at $\mu(x)$, not at a sample of $q(z|x)$: you want the same walk in every call. For each offset decode $\mu(x) + o$, with $o$ added to every dimension. Probabilities, no graph, and the model keeps its mode. Note that $x$ is a single image without a batch axis.
"""


# %% exercise="offset_walk"
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    """Pictures of the mean code of an image, moved in every dimension by each of several offsets, without gradients.

    Args:
        model: A VAE with `encode` and `decode`; it keeps its mode.
        x: One image, (784,).
        offsets: What is added to every dimension of mu(x), (num_offsets,).

    Returns:
        Probabilities, (num_offsets, 784), in the order of the offsets. Nothing random.
    """
    ### BEGIN SOLUTION
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        return model.decode(mu + offsets[:, None]).sigmoid()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: a batch of one</summary>
<code>x[None]</code> has shape (1, 784). <code>encode</code> returns two things, and you need only the first.
</details>
<details><summary>Hint 2: all offsets at once</summary>
$\mu$ has shape (1, latent_dim). The offsets as a column have shape (num_offsets, 1). What is the shape of their sum?
</details>
<details><summary>Hint 3: almost the code</summary>
Under <code>torch.no_grad()</code>: <code>mu, _ = model.encode(x[None])</code>, then decode <code>mu + offsets[:, None]</code>, then <code>.sigmoid()</code>.
</details>
"""

# %% check="offset_walk" points=5
checks.offset_walk(offset_walk)
assert offset_walk(models.MLPVAE(784, (8,), 3), torch.zeros(784), torch.zeros(2)).shape == (2, 784)
### BEGIN HIDDEN TESTS
from autograder.exercises.nb05_latent_space.hidden import grade_offset_walk

grade_offset_walk(offset_walk)
### END HIDDEN TESTS

# %% [markdown]
r"""
Five different images, the same offsets. Offset 0, in the middle, is the reconstruction.

![Five rows of eleven pictures, one row for each test image, with offsets from minus 3 to 3 as column titles. In the middle column the rows show five different pictures; towards both edges the pictures of a column grow alike and harden into black shapes.](figures/offsets.png)
"""

# %% figure="offsets"
offsets = 0.6 * torch.arange(-5, 6, device=device)
walked = torch.stack([offset_walk(vaes[20], x, offsets) for x in images.test_x[:5]])
axes = plotting.image_grid(
    walked.flatten(0, 1), num_columns=11, titles=[f"{offset:+.1f}" for offset in offsets.tolist()]
)

# %% [markdown]
r"""
In a live notebook a slider stands below: drag it. (On GitHub, in print and on the course's site there is none; the strip above holds the same walk.)
"""


# %%
def five_pictures(offset: float) -> Tensor:
    """The five images, each moved by one offset."""
    one = torch.tensor([offset], device=device)
    return torch.cat([offset_walk(vaes[20], x, one) for x in images.test_x[:5]])


widgets.slider(five_pictures, (0.15 * torch.arange(-20, 21)).tolist(), "offset")

# %%
for offset in (-3.0, -1.0, 0.0, 1.0, 3.0):
    z = mu_20[:200] + offset
    x_hat = decode(z)
    print(
        f"offset {offset:+.0f}: length of z {z.norm(dim=1).mean():5.2f}, doubt {doubt(x_hat).mean():5.1f} nats, "
        f"distance between two pictures {torch.pdist(x_hat).mean():.2f}"
    )

# %% [markdown]
r"""
**What just happened.** The first column is the warning: an offset of 1 in *every* one of 20 dimensions is a step of $\sqrt{20} = 4.47$, a whole radius of the shell. At offset 3 you are three radii out, farther than one draw in $10^{26}$ from the prior.

And there the model does not hesitate. Doubt *falls*, from the middle to both sides. The decoder is a ReLU network: far out it is linear in $z$, so logits grow in proportion to the distance, and a large logit is a confident pixel. The pictures also grow alike: the distance between two of them falls by a third to a half, because what they share, the direction $(1, \dots, 1)$, has become longer than what they differ in. A network is most certain
where it knows least. Remember it when someone shows you a sharp picture as evidence that a model "understands".

(The direction $(1, \dots, 1)$ has no meaning either: the sign of each dimension is an accident of the seed.)
"""

# %% [markdown]
r"""
## Exercise 5.6: twenty dimensions on paper

**4 points · 12 minutes · difficulty 2/5 · importance 3/5**

You want one picture of *all* codes. It has two dimensions, so something must go. Two methods disagree about what.

- **PCA** keeps the two directions in which the codes vary most. It is a shadow: linear, honest about distances that it shows, silent about the other 18 dimensions.
- **t-SNE** (van der Maaten and Hinton, 2008) keeps *neighbourhoods*. It moves points on the paper until each has about the same neighbours as in the full space. It may tear and stretch everything else. Its `perplexity` is about how many neighbours count.

Write `embed_2d` with scikit-learn's `PCA` and `TSNE`. Three practical points. Latents arrive as a NumPy array or as a tensor, which may still carry a graph and may live on a GPU. scikit-learn's default perplexity of 30 is an error when there are 30 points or fewer, so make it fit. And a name that you do not know is a `ValueError`, not a silent PCA.
"""


# %% exercise="embed_2d"
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    """Codes on paper: (n, latent_dim), tensor or array -> float array (n, 2).

    Args:
        latents: Codes, at least 5 of them, of at least 2 dimensions; a tensor may carry a graph.
        method: "pca" (the two directions of largest variance) or "tsne" (perplexity below n).

    Raises:
        ValueError: If the method is another one.
    """
    ### BEGIN SOLUTION
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        perplexity = min(30.0, (len(latents) - 1) / 3)
        return TSNE(n_components=2, perplexity=perplexity).fit_transform(latents)
    raise ValueError(f'method must be "pca" or "tsne", got {method!r}')
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: from tensor to array</summary>
<code>latents.detach().cpu().numpy()</code> cuts the graph, leaves the GPU, and converts. Do it only if <code>isinstance(latents, Tensor)</code>.
</details>
<details><summary>Hint 2: scikit-learn</summary>
Both classes are used in the same way: <code>PCA(n_components=2).fit_transform(latents)</code>. <code>TSNE</code> takes a <code>perplexity</code>, which must be smaller than the number of points.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>perplexity = min(30.0, (len(latents) - 1) / 3)</code> fits any number of points from 5 on. Two <code>if</code>s that return, and below them <code>raise ValueError(...)</code>.
</details>
"""

# %% check="embed_2d" points=4
checks.embed_2d(embed_2d)
assert embed_2d(np.eye(6), "pca").shape == (6, 2), "two coordinates for each code"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb05_latent_space.hidden import grade_embed_2d

grade_embed_2d(embed_2d)
### END HIDDEN TESTS

# %% [markdown]
r"""
The same test codes $\mu(x)$ of the wide model, twice. Labels only choose the colours: neither method has seen them.

![Two scatter plots of the same codes, one colour and one number for each class. Left, PCA: one round cloud in which the classes overlap heavily. Right, t-SNE: separate islands, most of them of a single class.](figures/embeddings.png)
"""

# %% figure="embeddings"
shown = mu_20[:2000]
labels = images.test_labels[: len(shown)]
maps = {method: embed_2d(shown, method) for method in ("pca", "tsne")}
figure, both = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
for ax, (method, points) in zip(both, maps.items(), strict=True):
    names = images.class_names if method == "tsne" else None
    plotting.latent_scatter(torch.from_numpy(points), labels, ax, names=names)
    ax.set_title({"pca": "PCA", "tsne": "t-SNE"}[method], loc="left", fontsize=10)
    unit = "prior standard deviations" if method == "pca" else "no unit"
    ax.set(xlabel=f"first coordinate ({unit})", ylabel=f"second coordinate ({unit})")

# %%
kept = maps["pca"].var(axis=0).sum() / shown.cpu().numpy().var(axis=0).sum()
print(
    f"PCA shows {kept:.0%} of the variance of the codes; two of 20 equal dimensions would hold 10%"
)

# %% [markdown]
r"""
**What just happened.** Same codes, two stories. PCA says: one round cloud, from which at most a class or two stand aside. t-SNE says: islands. Who is right?

PCA is right about what it shows, and it shows little. The KL made the cloud round on purpose: a VAE pushes its codes towards $\mathcal{N}(0, I)$, and in a round cloud no direction is better than another. PCA looks for long directions, and there are none to speak of: two of them hold 17 % of the variance on MNIST, 26 % on the small digits (where eight of the 20 carry next to nothing). Two dimensions picked blindly out of 20 equal ones would hold 10 %.

t-SNE is right about who is whose neighbour. It is *not* right about anything else: the size of an island, the distance between two of them, the empty space. It makes islands out of noise, too.

*Try it:* `embed_2d(torch.randn(500, 20), "tsne")` has nothing to show. Lower the perplexity to 5 and watch it show something (Wattenberg, Viégas and Johnson, 2016, *How to use t-SNE effectively*, https://distill.pub/2016/misread-tsne/).

A picture cannot settle it. A number can.
"""

# %% [markdown]
r"""
## Exercise 5.7: ask the neighbours

**5 points · 12 minutes · difficulty 3/5 · importance 4/5**

First look at neighbours. For each of four test images, the five nearest training images: once as rows of 784 pixels, once as codes of 20 numbers.

![Four blocks of pictures. In each, a test image on the left is followed by its five nearest training images, the upper row by pixels, the lower row by codes. Both rows show mostly the same kind of picture as the test image.](figures/neighbours.png)
"""

# %% figure="neighbours"
pool = images.train_x[:10_000]
pool_mu, _ = evaluation.encode(vaes[20], pool)
rows, titles = [], []
for index in range(4):
    for name, points, point in (
        ("pixels", pool, images.test_x[index]),
        ("codes", pool_mu, mu_20[index]),
    ):
        nearest = (points - point).norm(dim=1).topk(5, largest=False).indices
        rows += [images.test_x[index][None], pool[nearest]]
        titles.append(name)
axes = plotting.image_grid(torch.cat(rows), num_columns=6, row_titles=titles)
line = axes.axvline(28, color=plotting.PALETTE[3], linewidth=1.5)

# %% [markdown]
r"""
**What just happened.** Pixels and codes agree on the kind of picture and often on the very neighbour. The lower rows get there with 20 numbers instead of 784. But four images are an anecdote.

Make it a number. Each test point asks its `k` nearest training points (Euclidean distance) for their class, the majority wins, and you count how often the majority is right. It costs no training, has nothing to tune but `k`, and works for pixels, codes and maps alike: it measures whether *near* means *alike*.
"""


# %% exercise="knn_accuracy"
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    """Fraction of test points, in [0, 1], whose k nearest training points vote for the right class.

    Args:
        train_z: Points that vote, (num_train, dim).
        train_labels: Their classes, int64, (num_train,).
        test_z: Points that ask, (num_test, dim).
        test_labels: Their true classes, (num_test,).
        k: Number of Euclidean neighbours that vote; ties are broken as you like.
    """
    ### BEGIN SOLUTION
    distances = torch.cdist(test_z, train_z)
    nearest = distances.topk(k, dim=1, largest=False).indices
    winners = train_labels[nearest].mode(dim=1).values
    return (winners == test_labels).double().mean().item()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: all distances at once</summary>
<code>torch.cdist(test_z, train_z)</code> has shape (num_test, num_train): one row per test point. The neighbours are the columns with the *smallest* numbers.
</details>
<details><summary>Hint 2: the vote</summary>
<code>topk(k, dim=1, largest=False).indices</code> gives column numbers of shape (num_test, k). Indexing <code>train_labels</code> with it gives their classes in the same shape. The most frequent value of a row is called its mode.
</details>
<details><summary>Hint 3: almost the code</summary>
<code>winners = train_labels[nearest].mode(dim=1).values</code>; compare with <code>test_labels</code>, take the mean as floats, and <code>.item()</code>.
</details>
"""

# %% check="knn_accuracy" points=5
checks.knn_accuracy(knn_accuracy)
assert knn_accuracy(torch.eye(3), torch.arange(3), torch.eye(3), torch.arange(3), k=1) == 1.0, (
    "each point is its own nearest neighbour here"
)
### BEGIN HIDDEN TESTS
from autograder.exercises.nb05_latent_space.hidden import grade_knn_accuracy

grade_knn_accuracy(knn_accuracy)
### END HIDDEN TESTS

# %% [markdown]
r"""
Six descriptions of the same images. t-SNE can only place the points that it was given, so to be fair *all* of them use the same images: the first half of the codes shown above votes, the second half asks.

![Bar chart of the accuracy of five nearest neighbours for six descriptions. Pixels, 20 principal components of the pixels, and the 20-dimensional codes are close together at the top, with the t-SNE map near them. The codes of the two-dimensional VAE are clearly lower, and the PCA map of the codes is lowest.](figures/knn.png)
"""

# %% figure="knn"
x = images.test_x[: len(shown)]
_, _, directions = torch.linalg.svd(x - x.mean(dim=0), full_matrices=False)
descriptions = {
    "pixels (784)": x,
    "PCA of the pixels (20)": x @ directions[:20].T,
    "codes of the wide VAE (20)": shown,
    "t-SNE of those codes (2)": torch.from_numpy(maps["tsne"]).to(device),
    "codes of the narrow VAE (2)": mu_2[: len(shown)],
    "PCA of the wide codes (2)": torch.from_numpy(maps["pca"]).to(device),
}
half = len(shown) // 2
accuracies = {
    name: knn_accuracy(z[:half], labels[:half], z[half:], labels[half:])
    for name, z in descriptions.items()
}
axes = plotting.ladder({name: 100 * accuracy for name, accuracy in accuracies.items()})
labelled = axes.set(
    xlabel="right by five nearest neighbours, in % (higher is better)", xlim=(0, 112)
)

# %% [markdown]
r"""
**What just happened.** Read it from the top.

- *Near means alike* in the wide latent space about as reliably as among raw pixels (on MNIST 4 points more, on the small digits the same), with 39 times fewer numbers. The VAE never saw a label.
- But so do 20 principal components, a hair better on MNIST and as good on the small digits. Compressing was enough; nothing here says that a VAE "understands" more than PCA. A claim about latents needs this baseline beside it, and seldom has it.
- The t-SNE map keeps almost all of it in two dimensions: the islands are real *as neighbourhoods*.
- The narrow VAE, with the same two dimensions, loses a good part. It had to leave room for everything the decoder needs, and could not tear the plane.
- The PCA map of the codes is worst. The honest shadow threw 18 dimensions away.

A two-dimensional picture of a latent space is evidence about the picture first. Measure in the space itself.
"""

# %% [markdown]
r"""
## Result card

Your two models beside the band in which this program landed before, over several seeds. Here all test images ask the first 10,000 training images. A run outside the band is either a bug or a discovery, and you know which is more likely.
"""


# %%
def neighbours_of(train_points: Tensor, test_points: Tensor) -> float:
    """Accuracy of the test images, asked in portions that fit into memory."""
    portions = zip(test_points.split(1000), images.test_labels.split(1000), strict=True)
    right = [
        knn_accuracy(train_points, images.train_labels[: len(train_points)], z, truth) * len(z)
        for z, truth in portions
    ]
    return sum(right) / len(test_points)


rows = {}
for latent_dim, vae in vaes.items():
    terms = evaluation.neg_elbo(vae, images.test_x)
    rows[f"VAE 784-400-{latent_dim}"] = {
        "neg_elbo": terms.neg_elbo,
        "recon": terms.recon,
        "kl": terms.kl,
        "active_units": evaluation.active_units(vae, images.test_x),
        "knn_accuracy": neighbours_of(
            evaluation.encode(vae, pool)[0], evaluation.encode(vae, images.test_x)[0]
        ),
        "seconds": histories[latent_dim].seconds,
    }
rows["pixels"] = {"knn_accuracy": neighbours_of(pool, images.test_x)}
result_card("05_latent_space", rows, images.name)

# %% [markdown]
r"""
## Summary

- A map of a two-dimensional latent space takes its grid from the prior: equal steps in probability, high $z_2$ at the top.
- Draws from $\mathcal{N}(0, I)$ in $d$ dimensions live in a shell of radius $\sqrt d$. The middle of a straight line has length $\sqrt{d/2}$, and its pictures pay for it. Slerp stays on the shell.
- The codes $\mu(x)$ of images are shorter than the shell, because $\sigma$ carries the rest.
- A traversal shows what one dimension does. Axes need not mean anything, and a dimension without KL does nothing.
- Far from the prior a decoder is confident and wrong.
- PCA shows the long directions, and a VAE has none. t-SNE shows neighbourhoods, and nothing else. Check both with nearest neighbours in the full space, and with PCA of the pixels beside them.

## Questions to discuss
"""

# %% [markdown]
r"""
### Islands (2 points)

A paper shows the t-SNE of the codes of its new VAE: ten islands with wide gaps. For the plain VAE, the islands touch. The authors conclude: "our latent space separates the classes better; note that class 4 and class 9 are now the farthest apart." Which parts of the sentence does the figure support? What would you measure instead, and beside which baseline?
"""

# %% [markdown] written="islands" points=2
r"""
t-SNE preserves neighbourhoods. Islands of one colour say that most neighbours of a code have its class, at least at this perplexity. The width of a gap and the distance between two islands are not preserved, so neither "wide gaps" nor "farthest apart" means anything; another seed or perplexity can change both.
Whether islands touch can depend on the perplexity and on the number of points, which must be the same in both figures.

Instead: the accuracy of nearest neighbours (or of a linear classifier) in the full latent space, on test images, for both models, over several seeds. Beside it the same number for the raw pixels and for a PCA of the pixels with as many components. If the plain VAE is as good as PCA and the new one is not better than both, the figure showed the method of drawing.
"""

# %% [markdown]
r"""
### A smooth walk (2 points)

"We interpolate linearly between the latent codes of two faces, and every picture in between is a plausible face. This proves that the model has learned the manifold of faces rather than memorised the training set." The model has 512 latent dimensions. Discuss: what does a smooth walk prove, what does it not prove, and what do you expect of the length of $z$ in the middle?
"""

# %% [markdown] written="smooth_walk" points=2
r"""
A decoder is a continuous function, so every walk is smooth, in an untrained network too. Plausible pictures in between show that the decoder gives plausible pictures on this line. They do not exclude memorising: a model that blends a few stored faces is smooth as well. For that one compares with nearest training images, or the likelihood of training and test images.

Between two draws from the prior the middle has length $\sqrt{512/2} = 16$ where $22.6 \pm 0.7$ is normal, nine spreads inside the shell. So the line leaves the region from which the model draws its samples, and pictures there say little about the model's own distribution; slerp would stay. Between two codes $\mu(x)$ the ends may be shorter already, so measure their length first. Two chosen faces are also an anecdote: report an average over many pairs.
"""

# %% [markdown]
r"""
## Where next

- [Lesson 04](../04_beta_vae/04_beta_vae.ipynb) gives the axes a reason to mean something, and measures whether they do.
- [Lesson 03](../03_cvae/03_cvae.ipynb) takes the class out of $z$. Redo the figures of this lesson on its codes: the islands are gone, on purpose.
- **Lesson 06**, [classes without labels](../06_gumbel_vae/06_gumbel_vae.ipynb), puts the islands *into* the model, as a categorical variable.
- **[Lesson 07](../07_iwae/07_iwae.ipynb)** asks how good the model is, rather than how it looks.
- **[Lesson 08](../08_debugging_clinic/08_debugging_clinic.ipynb)** shows you nine VAEs that do not work, and what your measurements are good for.

To read: van der Maaten and Hinton (2008), *Visualizing data using t-SNE*, https://www.jmlr.org/papers/v9/vandermaaten08a.html. White (2016), *Sampling generative networks*, https://arxiv.org/abs/1609.04468. Arvanitidis, Hansen and Hauberg (2018), *Latent space oddity: on the curvature of deep generative models*, https://arxiv.org/abs/1710.11379, where the shortest path
is measured through the decoder and is neither a straight line nor an arc.
"""
