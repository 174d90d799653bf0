# %% [markdown]
r"""
# Lesson 05: looking at what was learned

A VAE turns an image into 20 numbers. Nobody chose what they mean. You will map them, walk through them, turn them one at a time, and flatten them onto paper.

![Left: 12 by 12 decoded digits that change smoothly from place to place. Right: the codes of test images in one colour for each digit, with a dashed square; the ones lie below the square.](figures/manifold.png)

**You will be able to**

- draw the map of a two-dimensional latent space, with each part as large as the prior says;
- walk between two codes in 20 dimensions, and keep a usual distance from the origin;
- say what one latent dimension does, and which ones do nothing;
- flatten 20 dimensions to two, and measure what was lost.

**What it takes.** About {{minutes()}} minutes of your time. Of these the computer takes {{computer("mnist")}} on MNIST, {{computer("digits")}} on the small digits (no GPU). You need lesson 02 (encoder, decoder, KL) and the normal distribution. Forgotten words are in the [glossary](glossary.md).
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

# %% [markdown]
r"""
## Exercise 5.1: a map of everything

**4 points · {{minutes("latent_grid")}} minutes · difficulty 2/5 · importance 4/5**

Two numbers in, one picture out. A grid of points, decoded, shows all that a two-dimensional model can draw. Which grid?

Equal steps from $-1$ to $1$ are common. Under the prior $\mathcal{N}(0, I)$ that square holds only $0.683^2 = 47\,\%$ of all draws. So make equal steps in *probability*.

Below which value does a standard normal number fall with probability $p$? That is the *quantile* $\Phi^{-1}(p)$. With evenly spaced $p$ the same share of the prior lies between any two neighbouring values.

For $p = 0$ and $p = 1$ the quantile is infinite. So keep the middle share `coverage` of each axis. Where must $p$ begin and end?

<details><summary>The step</summary>

Half of the rest is cut off at each end: from $\frac{1 - \text{coverage}}{2}$ to $\frac{1 + \text{coverage}}{2}$.

</details>

The grid is filled row by row from the *top*, where a map has its large $z_2$. So the first point of your list is the top left one.
"""


# %% exercise="latent_grid"
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    """Points of a map at standard normal quantiles, in the order in which a picture is filled.

    Args:
        num_steps: Points along each axis, evenly spaced in probability; at least 2.
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
Write the four points of <code>latent_grid(2)</code> on paper, with $q$ the upper quantile: $(-q, q), (q, q), (-q, -q), (q, -q)$. Which coordinate changes from point to point, which from row to row? Which of the two falls?
</details>
<details><summary>Hint 3: the shape of the code</summary>
Use the list of quantiles twice, once for the rows ($z_2$) and once for the columns ($z_1$); a grid of both coordinates, such as <code>torch.meshgrid(..., ..., indexing="ij")</code>, whose first result changes from row to row; both flattened and put side by side. Which of the two must be reversed? ($z_1$ comes first in the result.) Check: <code>latent_grid(3)</code> must begin at $(-1.96, 1.96)$ and have $(0, 0)$ in the middle.
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
## Two models to look at

The models learn from MNIST, handwritten digits. Without a network connection the lesson takes the small digits that come with scikit-learn, and says so. Training takes most of the computing time of this lesson.

Losses are in **nats per image**: summed over pixels and latent dimensions, averaged over images. All logarithms are natural.
"""

# %%
runtime.seed_everything()
images = data.load("mnist")
print(f"{images.name}: {len(images.train_x):,} to learn from, {len(images.test_x):,} to test on")

# %% figure="data"
axes = plotting.image_grid(images.test_x[:20], num_columns=10)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Two rows of ten handwritten digits, dark on white.](figures/data.png)

The first twenty test images of MNIST. The small digits look blurred: they were enlarged from 8 by 8 pixels.

</details>

Train two VAEs that differ in one number. The narrow one has **2** latent dimensions, so all of its space fits on paper. The wide one has **20**. Model and loss are those of lesson 02.

**Your guess, before you run it.** Eighteen more dimensions: by how many nats per image does the negative ELBO fall?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

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
<details><summary>What you should see</summary>

Mean and standard deviation of three stored runs:

| | MNIST | small digits |
|---|---|---|
| neg ELBO, 2 dimensions | {{mnist("VAE 784-400-2", "neg_elbo"):.1f}} | {{digits("VAE 784-400-2", "neg_elbo"):.1f}} |
| neg ELBO, 20 dimensions | {{mnist("VAE 784-400-20", "neg_elbo"):.1f}} | {{digits("VAE 784-400-20", "neg_elbo"):.1f}} |
| KL, 2 dimensions | {{mnist("VAE 784-400-2", "kl"):.1f}} | {{digits("VAE 784-400-2", "kl"):.1f}} |
| KL, 20 dimensions | {{mnist("VAE 784-400-20", "kl"):.1f}} | {{digits("VAE 784-400-20", "kl"):.1f}} |
| active of 20 | {{mnist("VAE 784-400-20", "active_units"):.1f}} | {{digits("VAE 784-400-20", "active_units"):.1f}} |

The wide model is better by {{near("about 50", mnist("VAE 784-400-2", "neg_elbo").mean - mnist("VAE 784-400-20", "neg_elbo").mean, 2)}} nats on MNIST. On the small digits it is better by {{near("about 24", digits("VAE 784-400-2", "neg_elbo").mean - digits("VAE 784-400-20", "neg_elbo").mean, 2)}}.

</details>

A dimension is *active* if its $\mu$ varies over the images (variance above 0.01). A dimension that is not active tells the decoder nothing. Remember the last line of the table. On the small digits you will meet inactive dimensions again in exercise 5.4.
"""

# %% [markdown]
r"""
### The map

Decode your grid, and draw the codes $\mu(x)$ of test images beside it. The dashed square is what the map covers. It holds $0.95^2 = 90\,\%$ of the prior.

**Your guess.** The KL pulled the codes towards the prior during training. Which share of the codes $\mu(x)$ lies in the square: about 90 %, clearly more or clearly less?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

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
<details><summary>What you should see</summary>

![Left: 12 by 12 decoded digits: nines and sevens at the top, zeros at the right of the middle, threes at the lower left, ones in the bottom row. Right: codes of 1,000 test images; the ones lie below the dashed square, and some fours, sevens and nines above it.](figures/manifold.png)

The printed share is well below 90 %. In the picture nearly all ones lie outside the square.

Neighbours are alike, because the decoder is continuous. Classes that look alike share a border, and a picture on a border may belong to neither class. Find a digit on the right and look at the same place on the left: they agree only if your rows have the right order.

</details>

In a live notebook the slider below walks across the map: $z_1$ is yours, $z_2$ rises from left to right. Elsewhere look at the map above, which shows pictures at other points of the same region. Each position of the slider is like one column of it, laid on its side with the lowest picture at the left.
"""


# %%
def column_of_map(z_1: float) -> Tensor:
    """Eleven pictures with the same z_1, and z_2 from -2 to 2."""
    z = torch.stack([torch.full((11,), z_1), torch.linspace(-2, 2, 11)], dim=1)
    with torch.no_grad():
        return vaes[2].decode(z.to(device)).sigmoid()


widgets.slider(column_of_map, torch.linspace(-2, 2, 21).tolist(), "z_1")

# %% [markdown]
r"""
Why so far out? The KL *asks* codes to fill the prior and does not force them. A mean at distance $|\mu|$ costs $\tfrac12\mu^2$ nats. The model pays if the reconstruction gains more.
"""

# %% [markdown]
r"""
Two clouds are easy to confuse. The dots are the *means* $\mu(x)$. The *aggregate posterior* $q(z)$ is the cloud of samples $\mu + \sigma\varepsilon$ over all images, so it is wider. The KL compares $q(z|x)$, including $\sigma$, with the prior. Even $q(z)$ need not equal the prior.

*Try it:* in the cell that decodes the map, replace the grid by equal steps from $-6$ to $6$. Keep the order: the largest $z_2$ on top. What does the model draw where neither cloud is?

<details><summary>Answer</summary>

Expect hard-edged pictures that change little from point to point. Nothing in the training said how to fill this region. Exercise 5.5 comes back to it.

</details>

*Try it:* replace `"mnist"` above by `"fashion_mnist"`, pictures of clothes. Which kinds share a border?

<details><summary>Answer</summary>

Look for kinds with the same outline, such as shirts and pullovers, or the three kinds of shoes. The numbers quoted in this lesson are for digits.

</details>

Source: Kingma and Welling (2014), Appendix A, https://arxiv.org/abs/1312.6114 (their maps use the same grid).
"""

# %% [markdown]
r"""
## Exercise 5.2: the straight line

**3 points · {{minutes("interpolate")}} minutes · difficulty 1/5 · importance 3/5**

In 20 dimensions a map with 12 steps along each axis has $12^{20}$ pictures. You cannot look at them all. You can walk through them.

The shortest walk from one code to another is the straight line. A point on it is a weighted average of both ends:

$$z(t) = (1 - t)\, z_{\text{start}} + t\, z_{\text{end}}, \qquad t \text{ evenly spaced from } 0 \text{ to } 1 .$$

Write it. Both ends belong to the path: `num_steps` counts points, not gaps.
"""


# %% exercise="interpolate"
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    """Points on the straight line between two codes: (latent_dim,) x2 -> (num_steps, latent_dim).

    Evenly spaced, both ends included; num_steps is at least 2. The result has the dtype of the codes, which
    stay as they are.
    """
    ### BEGIN SOLUTION
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - t) * z_start + t * z_end
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: shapes</summary>
You need one row for each $t$ and one column for each dimension. How must a vector of <code>num_steps</code> numbers be shaped so that it broadcasts against a vector of shape (latent_dim,)?
</details>
<details><summary>Hint 2: dtype and device</summary>
<code>torch.linspace</code> makes float32 on the CPU unless you say otherwise. Take both from <code>z_start</code>.
</details>
<details><summary>Hint 3: check by hand</summary>
From (0, 0) to (4, 8) in 3 steps: (0, 0), (2, 4), (4, 8). Three rows, both ends included.
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
Take five pairs of draws from the prior and walk between them.

**Your guess.** Which picture of a row looks least certain: the first, the middle one, the last, or none in particular?
"""

# %%
guess = "..."  # your guess, one line; it is not graded


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
<details><summary>What you should see</summary>

![Five rows of nine decoded pictures. The second and third rows are greyer in the middle than at their ends; the other rows keep their grey.](figures/straight.png)

Not every draw from the prior is a proper digit. In some rows, such as the third, the middle is greyer than both ends. In others you see no difference. So measure it.

</details>

A pixel with probability $p$ has the entropy $-p\log p - (1-p)\log(1-p)$. It is 0 if the pixel is surely black or surely white, and $\log 2$ at $p = \tfrac12$. Summed over the pixels we call it the *doubt* of a picture, in nats per image.

And look for the cause. Compare the *length* of $z$ at the ends and in the middle.
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
The printed lengths are about 4.4 at the ends and 3.1 in the middle. And the doubt is larger in the middle. Why are the ends so far from the origin?

The squared length of $z \sim \mathcal{N}(0, I)$ is a sum of $d$ independent terms $z_j^2$. Each has mean 1 and variance 2. So $\lVert z \rVert^2$ has mean $d$ and standard deviation $\sqrt{2d}$.

Now the length itself. Near $d$ the square root has slope $\frac{1}{2\sqrt d}$. What is the standard deviation of $\lVert z \rVert$?

<details><summary>The step</summary>

A small change of $\lVert z\rVert^2$ is multiplied by the slope: $\sqrt{2d} \cdot \frac{1}{2\sqrt d} = \frac{1}{\sqrt 2} \approx 0.7$, whatever $d$ is. The mean is about $\sqrt d$.

It is a little less than $\sqrt d$, because the square root is concave (Jensen, lesson 01). The next term of its expansion at $d$ is half the second derivative, $-\frac{1}{8 d^{3/2}}$, times the variance $2d$. That is $-\frac{1}{4 \sqrt d}$. So the mean is about $\sqrt d - \frac{1}{4 \sqrt d} = 4.47 - 0.06 = 4.42$ for $d = 20$ (rounded).

</details>
"""

# %% [markdown]
r"""
![Density of the length of z for 2, 20 and 200 dimensions: three hills of nearly the same width, with peaks near 1, 4.4 and 14.](figures/shell.svg)

The mean grows with $d$, and the spread does not. In 20 or more dimensions nearly all draws lie in a **shell**: a layer around a sphere of radius $\sqrt d$. The larger $d$ is, the thinner is the layer compared with its radius. The *density* of $z$ is highest at the origin. But there is very little volume near it, so hardly any draw falls there.

The middle of a line between two draws is $\tfrac12(a + b)$. How long is it?

<details><summary>The step</summary>

Its components have variance $\tfrac14(1 + 1) = \tfrac12$, so its length is about $\sqrt{d/2}$. For $d = 20$ that is 3.16, almost two standard deviations below the mean of 4.42. Only 3 draws in 100 are as short. For $d = 200$ it is six standard deviations.

</details>

The decoder was trained on samples of $q(z|x)$. On average these are about as long as draws from the prior (you print it below). So it probably saw few codes as short as that.
"""

# %% [markdown]
r"""
## Exercise 5.3: stay on the shell

**5 points · {{minutes("slerp")}} minutes · difficulty 3/5 · importance 4/5**

If draws lie near a sphere, walk on the sphere. Let $\theta$ be the angle between the two *directions*. The path *slerp* (spherical linear interpolation) is

$$z(t) = \frac{\sin\big((1 - t)\,\theta\big)}{\sin\theta}\, z_{\text{start}} + \frac{\sin(t\,\theta)}{\sin\theta}\, z_{\text{end}} .$$

Put in $t = 0$ and $t = 1$: it starts and ends where it should. For two vectors of the same length it is the arc of a great circle, and it turns at an even pace.
"""

# %% [markdown]
r"""
Three traps.

- $\cos\theta$ is the dot product of the *normalised* vectors. The raw dot product of two draws can be 7, and $\arccos 7$ is NaN.
- The normalised vectors are for the angle only. The formula mixes the **given** vectors. Otherwise the path ends on the unit sphere.
- If both directions are the same, $\theta = 0$ and the formula is $0/0$. Its limit is the straight line: return that. Rounding can make the cosine of parallel vectors a little more or less than 1. Directions that differ only by rounding count as the same.

Opposite directions have no unique shortest arc. You need not handle them.

Sources: Shoemake (1985) used slerp to animate rotations. White (2016) used it for generative models, https://arxiv.org/abs/1609.04468.
"""


# %% exercise="slerp"
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    """Points on the spherical path between two codes: (latent_dim,) x2 -> (num_steps, latent_dim).

    Uses the angle between the directions and mixes the given vectors; t is evenly spaced, both ends included,
    and num_steps is at least 2. Codes of the same direction (up to rounding), whatever their lengths, are joined
    by the straight line. The result has the dtype of the codes, which stay as they are.
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
<code>F.cosine_similarity(z_start, z_end, dim=0)</code> divides by both lengths for you. Rounding can push it above 1: what does <code>torch.acos</code> return then?
</details>
<details><summary>Hint 2: parallel ends</summary>
Look at $\sin\theta$ before you divide by it. If it is (almost) zero, you have already written the answer.
</details>
<details><summary>Hint 3: check by hand</summary>
From (2, 0) to (0, 2) in 3 steps the angle is 90 degrees. In the middle both weights are $\sin 45° / \sin 90° = 0.707$. So the middle is (1.41, 1.41), of length 2. If yours has length 1, you mixed the normalised vectors.
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
Now 1,000 pairs of draws, both paths. The left panel shows the length of $z$ along the way. Its grey band holds 80 % of all draws. The right panel shows the doubt of the decoded pictures.

**Your guess.** What does each curve do in the middle: rise, fall or stay level? Four curves.
"""

# %%
guess = "..."  # your guess, one line; it is not graded

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
<details><summary>What you should see</summary>

![Two panels over the position along the path. Left: the length of z on the spherical path stays near 4.4; on the straight path it falls to 3.1, below a grey band from 3.5 to 5.3. Right: the doubt on the straight path rises from 91 to 112 nats and falls again; on the spherical path it stays near 90.](figures/shell.png)

On the arc, length and doubt stay nearly level. On the straight line the length falls below the band, and the doubt rises by about 21 nats on MNIST. So being between two pictures does not make a picture grey. This suggests that the short codes do. A direct test would decode draws divided by $\sqrt 2$: they are short and between no two pictures.

</details>

Look at two pairs, the straight line above the arc.
"""

# %% figure="two_paths"
rows = [decode(walk(starts[i], ends[i], 9)) for i in (0, 1) for walk in walks.values()]
axes = plotting.image_grid(torch.cat(rows), num_columns=9, row_titles=2 * list(walks))

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Four rows of nine pictures in two pairs. In each pair both rows begin and end with the same two pictures. In between, the straight row is a little paler than the spherical one.](figures/two_paths.png)

The difference is small by eye, and clearest in the second pair. An average over 1,000 pairs showed it better than a picture.

</details>

These ends were *draws from the prior*. Most published walks join the codes $\mu(x)$ of two real images. Are those on the shell?

**Your guess.** Is $\mu(x)$ on average longer than a draw from the prior (4.42), as long or shorter?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

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
<details><summary>What you should see</summary>

The codes $\mu(x)$ are *shorter* than a draw from the prior. A sample of $q(z|x)$ is longer than $\mu(x)$:

$$\mathbb{E}\lVert z\rVert^2 = \lVert\mu\rVert^2 + \sum_j\sigma_j^2 .$$

A dimension that the model does not use has $\mu_j \approx 0$ and $\sigma_j \approx 1$. It adds to the length of $z$ and not to that of $\mu$. The small digits leave some dimensions unused, so their $\mu$ is shorter still.

</details>

So the codes $\mu(x)$ do not lie on a sphere of radius $\sqrt d$. What remains is an observation: the middle of the straight line is shorter than its ends here too, and slerp keeps their length.

Less doubt does not mean a better picture. Here the shorter codes on the lines gave greyer pictures. Exercise 5.5 shows that very long codes give hard ones, and that these need not be digits at all.

*Try it:* walk from `sample[0]` to `sample[1]` instead. Which case does it look like?

<details><summary>Answer</summary>

Samples of $q(z|x)$ have about the length of draws from the prior, so it looks like the first case.

</details>
"""

# %% [markdown]
r"""
## Exercise 5.4: turn one dimension

**5 points · {{minutes("latent_traversal")}} minutes · difficulty 2/5 · importance 5/5**

What does the single number `z[7]` *do*? Hold all others still and change it, as you would turn a knob. This is called a *latent traversal*.

Write `latent_traversal`. It repeats the code $z$, one row for each value. In each row the entry `dimension` is **set to** that value (not moved by it). Then it decodes the rows to probabilities.

Your caller wants to use `z` again, so do not write into it. The result carries no graph, and the model keeps its mode.
"""


# %% exercise="latent_traversal"
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    """Pictures of one code with one of its dimensions set to each of several values, without gradients.

    Args:
        model: A VAE with `decode`; after the call its mode, its parameters and their gradients are as before.
        z: A code, (latent_dim,), perhaps with gradients; unchanged.
        dimension: Which dimension is set, from 0 to latent_dim - 1.
        values: What it is set to, (num_values,), in the dtype of z; unchanged.

    Returns:
        Probabilities, (num_values, 784), in the order of the values and in the dtype of z.
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
You need one row of $z$ for each value, and rows that you may write into. Does <code>z.expand</code> copy? Does <code>z.repeat</code>?
</details>
<details><summary>Hint 2: one column</summary>
A column of a matrix takes a whole vector in one assignment: no loop is needed.
</details>
<details><summary>Hint 3: what the decoder returns</summary>
<code>decode</code> gives logits, and you are asked for probabilities, without a graph. Check: with <code>values = z[dimension][None]</code> you must get the picture of $z$ itself, and <code>z</code> must be unchanged afterwards.
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
Twenty dimensions, but which ones to look at? Rank them by their KL: how many nats each one carries. Take the five with the most and the one with the least. Set each to values that cover the middle 98 % of the prior.

**Your guess.** What will the last row show?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %% figure="traversals" store="most=kl_of[ranking[0]], least=kl_of[ranking[-1]]"
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
<details><summary>What you should see</summary>

![Six rows of eleven pictures of a seven, one row for each dimension, with values from -2.3 to 2.3 as column titles. In the first five rows the shape changes towards the ends: a closed curve, a thick bend at the foot, a broken stroke. In the last row, labelled 0.52 nats, hardly anything changes.](figures/traversals.png)

On MNIST the first test image is a seven. The first row (2.02 nats) bends it into a round shape at its left end. The second adds a heavy foot at its right end. The last row (0.52 nats) hardly changes. On the small digits its dimension is usually not active, and nothing changes.

</details>

In a live notebook the slider below shows six pictures, one for each row above. In each picture only its own dimension is set to the value of the slider.
"""


# %%
def turned_to(value: float) -> Tensor:
    """The first test image, with each chosen dimension in turn set to the value."""
    one = torch.tensor([value], device=device)
    return torch.cat([latent_traversal(vaes[20], mu_20[0], k, one) for k in chosen])


widgets.slider(turned_to, (0.2 * torch.arange(-12, 13)).tolist(), "value")

# %% [markdown]
r"""
How far does each dimension move the picture, compared with its KL? Here is one dot for each dimension.
"""

# %% figure="knobs" store="kl_least=kl_of.min(), kl_most=kl_of.max(), effect_least=min(effect), effect_most=max(effect)"
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
<details><summary>What you should see</summary>

![Scatter plot of 20 dots: KL of the dimension from 0.5 to 2.0 nats, change of the picture from 2.5 to 9.4. The dots lie close to a rising straight line.](figures/knobs.png)

The dots lie close to a rising line. On MNIST the weakest dimension still carries half a nat. On the small digits some dots sit near zero on both axes.

</details>

The KL was computed from the encoder alone. Still it tells you which dimensions change the picture.
"""

# %% [markdown]
r"""
Some dimensions you can name: slant, width, thickness. Most you cannot. Often one dimension turns a digit into *another* digit.

There is a reason. $p(x)$ depends on $z$ only through the prior and the decoder. The prior $\mathcal{N}(0, I)$ does not change when you rotate the latent space. Put a second decoder in place of the first: it rotates $z$ back, then does what the first did. Every image keeps its probability $p(x)$, but other properties lie along the axes. So $p(x)$ gives no reason to put a meaningful property along an axis. (The diagonal $q$ of the ELBO does prefer some axes. See the end of lesson 04.) Locatello et al. (2019) prove that without further assumptions it cannot be expected, https://arxiv.org/abs/1811.12359.

*Try it:* traverse the same dimension from three other images. Does the name you gave it survive?

<details><summary>Answer</summary>

Often not. The decoder is not linear: the effect of one dimension depends on where the others are. A name needs several images as evidence.

</details>
"""

# %% [markdown]
r"""
## Exercise 5.5: far from the prior

**5 points · {{minutes("offset_walk")}} minutes · difficulty 2/5 · importance 3/5**

Take a real image, encode it, and move *all* dimensions by the same offset $o$. What does a model draw where it has never been?

Write `offset_walk`. Start at $\mu(x)$, not at a sample of $q(z|x)$: you want the same walk in every call. For each offset decode $\mu(x) + o$, with $o$ added to every dimension. Return probabilities, without a graph. The model keeps its mode.

Note that $x$ is a single image without a batch axis.
"""


# %% exercise="offset_walk"
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    """Pictures of the mean code of an image, moved in every dimension by each of several offsets, without gradients.

    Args:
        model: A VAE with `encode` and `decode`; after the call its mode, its parameters and their gradients are
            as before.
        x: One image without a batch axis, (784,), float32; unchanged.
        offsets: What is added to every dimension of mu(x), (num_offsets,); unchanged.

    Returns:
        Probabilities, (num_offsets, 784), float32, in the order of the offsets. Nothing random.
    """
    ### BEGIN SOLUTION
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        return model.decode(mu + offsets[:, None]).sigmoid()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: a batch of one</summary>
<code>encode</code> wants a batch: <code>x[None]</code> has shape (1, 784). It returns two things, and you need only the first.
</details>
<details><summary>Hint 2: all offsets at once</summary>
$\mu$ has shape (1, latent_dim). Offsets as a column have shape (num_offsets, 1). What is the shape of their sum?
</details>
<details><summary>Hint 3: check by hand</summary>
With $\mu = (1, 2)$ and offsets $(0, 10)$ the decoder must be given the rows (1, 2) and (11, 12). Run your function twice: the results must be equal.
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

**Your guess.** An offset of 1 in each of 20 dimensions moves the code by $\sqrt{20} = 4.47$, a whole radius of the shell. At offset 3, are the pictures grey, black and white, or empty? Do the five rows differ?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %% figure="offsets"
offsets = 0.6 * torch.arange(-5, 6, device=device)
walked = torch.stack([offset_walk(vaes[20], x, offsets) for x in images.test_x[:5]])
axes = plotting.image_grid(
    walked.flatten(0, 1), num_columns=11, titles=[f"{offset:+.1f}" for offset in offsets.tolist()]
)

# %% [markdown]
r"""
In a live notebook a slider appears below: drag it. (Where no kernel runs, as on GitHub, on the course's site and in print, there is none. The strip above shows the same walk.)
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
<details><summary>What you should see</summary>

![Five rows of eleven pictures, one row for each test image, with offsets from -3 to 3 as column titles. In the middle column they show 7, 2, 1, 0 and 4. Towards the right edge all rows become nearly the same black shape; towards the left edge they become broken black shapes that are partly alike.](figures/offsets.png)

At the edges the pictures are black and white, and none is a digit. At $+3$ the five rows fall into two groups of nearly the same picture. Compare the printed doubt at $\pm 3$ with that at 0, and the distance between two pictures.

</details>

At offset 3 the code is three radii out. About one draw in $10^{27}$ from the prior is as long as that.

The decoder is not uncertain there. It is a ReLU network: far out along one direction it is linear, so logits grow in proportion to the distance. A large logit is a confident pixel. So a sharp picture is no evidence that a model knows what it draws.
"""

# %% [markdown]
r"""
Why do the pictures grow alike? All codes share the long step along $(1, \dots, 1)$, and it outweighs what they differ in. (This direction has no meaning. The sign of each dimension is an accident of the seed.)

*Try it:* take a random direction, `u = F.normalize(torch.randn(20, device=device), dim=0)`. Draw `plotting.image_grid(decode(mu_20[:5] + 3 * 20**0.5 * u), 5)`, which is as far out as offset 3. Does the end look different? Is it still black and white?

<details><summary>Answer</summary>

The shape is another one, because each direction has its own limit. It is black and white again, because most logits grow along nearly every direction.

</details>
"""

# %% [markdown]
r"""
## Exercise 5.6: twenty dimensions on paper

**4 points · {{minutes("embed_2d")}} minutes · difficulty 2/5 · importance 3/5**

You want one picture of *all* codes. It has two dimensions, so something is lost. Two methods lose different things.

- **PCA** keeps the two directions in which the codes vary most. It is linear, like a shadow. Two points in the shadow are never farther apart than their codes are in 20 dimensions: a distance on paper is a *lower bound*. Points that touch may be far apart in the other 18 dimensions.
- **t-SNE** (van der Maaten and Hinton, 2008) keeps *neighbourhoods*. It moves points on the paper until each has about the same neighbours as before. It may stretch everything else. Its `perplexity` is about how many neighbours count.
"""

# %% [markdown]
r"""
Write `embed_2d` with scikit-learn's `PCA` and `TSNE`. Three practical points.

- Latents arrive as a NumPy array or as a tensor. A tensor may still carry a graph, and may be on a GPU.
- The default perplexity of 30 is an error when there are 30 points or fewer, so ask for less there.
- A method that you do not know is a `ValueError`, not a silent PCA.
"""


# %% exercise="embed_2d"
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    """Codes on paper: (n, latent_dim), tensor or array -> float array (n, 2).

    Args:
        latents: Codes, at least 5 of them, of at least 2 dimensions; a tensor may carry a graph. They stay as they are.
        method: "pca" (the two directions of largest variance, signs as you like) or "tsne" (perplexity 30 or
            any smaller one; it must be below n).

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
A tensor must lose its graph and leave the GPU before it becomes an array. In which order? And what if it is an array already?
</details>
<details><summary>Hint 2: scikit-learn</summary>
Both classes have <code>fit_transform</code> and take <code>n_components</code>. <code>TSNE</code> takes a <code>perplexity</code>, which must be smaller than the number of points.
</details>
<details><summary>Hint 3: the perplexity</summary>
You want 30 where there are many points, and a number below $n$ where there are few. Which function takes the smaller of two numbers? Check: 6 points must work with both methods.
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
Draw the same test codes $\mu(x)$ of the wide model twice. Labels only choose the colours: neither method has seen them. PCA keeps the unit of the codes: 1 is one standard deviation of the prior. Coordinates of t-SNE have no unit.

**Your guess.** Which method shows the ten digits apart from each other? And which share of the variance will two of 20 dimensions hold?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

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
<details><summary>What you should see</summary>

![Two scatter plots of the same codes, one colour and one number for each digit. Left, PCA: one round cloud in which the digits overlap; only the ones stand at the right edge. Right, t-SNE: a group for each digit; zeros, ones and sixes stand apart, fours touch nines, threes touch fives.](figures/embeddings.png)

PCA shows one round cloud, with the ones at the right edge. t-SNE shows ten groups, several of which touch.

</details>

PCA shows little here, and for a reason. The KL made the cloud round, so no direction is much longer than another. Two equal dimensions of 20 would hold 10 % of the variance. The printed share is larger than that, but most of the variance is missing.

t-SNE shows who is whose neighbour. It shows nothing else. The size of a group, the distance between two groups and the empty space between them mean nothing.

*Try it:* in 500 points of pure noise there is nothing to show. Run `plt.scatter(*TSNE(perplexity=5).fit_transform(np.random.randn(500, 20)).T)`. (`embed_2d` lets you choose no perplexity.)

<details><summary>Answer</summary>

It shows clumps, although the points are noise (Wattenberg, Viégas and Johnson, 2016, https://distill.pub/2016/misread-tsne/). So a picture cannot settle the question. Measure.

</details>
"""

# %% [markdown]
r"""
## Exercise 5.7: ask the neighbours

**5 points · {{minutes("knn_accuracy")}} minutes · difficulty 3/5 · importance 4/5**

First look at neighbours: for each of four test images, the five nearest training images. The upper row compares 784 pixels, the lower row the 20 numbers of the code.
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
<details><summary>What you should see</summary>

![Four blocks of two rows. A test image on the left, a 7, a 2, a 1 and a 0, is followed by its five nearest training images: above by pixels, below by codes. All neighbours show the same digit as the test image.](figures/neighbours.png)

Pixels and codes find the same digit in all four cases. Four images prove little.

</details>

Make it a number. Each test point asks its `k` nearest training points (Euclidean distance) for their class. The most frequent class wins. Count how often it is right.

This needs no training, and works for pixels, codes and maps alike. It measures whether points that are *near* are also of one *kind*.
"""


# %% exercise="knn_accuracy"
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    """Fraction of test points, a Python float in [0, 1], whose k nearest training points vote for the right class.

    Args:
        train_z: Points that vote, (num_train, dim).
        train_labels: Their classes, int64 from 0 to 9, (num_train,).
        test_z: Points that ask, (num_test, dim).
        test_labels: Their true classes, int64 from 0 to 9, (num_test,).
        k: Number of Euclidean neighbours that vote. The most frequent class among them wins, with however few
            votes; ties are broken as you like. The tensors stay as they are.
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
<code>torch.cdist(test_z, train_z)</code> has shape (num_test, num_train): one row for each test point. The neighbours are the columns with the <i>smallest</i> numbers. <code>topk</code> takes the largest unless you say otherwise.
</details>
<details><summary>Hint 2: the vote</summary>
Indices of shape (num_test, k) may index <code>train_labels</code>: you get classes of the same shape. What is the most frequent value of a row called?
</details>
<details><summary>Hint 3: check by hand</summary>
Training points at 0, 1, 10 on a line with classes 5, 5, 7; test points at 0.4 and 9 with classes 5 and 7. With k = 1 both are right: 1.0. With k = 3 all votes are 5, 5, 7, so only the first is right: 0.5. Return a Python float.
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
Compare six descriptions of the same images. t-SNE can place only the points that it was given. So to be fair *all* descriptions use the same images: half of those drawn above vote, the other half ask.

**Your guess.** Put these in order, best first: pixels, codes of the wide VAE, 20 principal components of the pixels, the PCA map.
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %% figure="knn" store="**{name: 100 * accuracy for name, accuracy in accuracies.items()}"
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
<details><summary>What you should see</summary>

![Bar chart, in percent right: pixels 84.4, PCA of the pixels 88.8, codes of the wide VAE 88.2, t-SNE of those codes 88.0, codes of the narrow VAE 59.8, PCA of the wide codes 32.0.](figures/knn.png)

The chart is for MNIST. With 1,000 images that ask, differences of a percent may be chance.

</details>

- Codes of the wide VAE do about as well as pixels (better on MNIST), with 39 times fewer numbers. The VAE never saw a label.
- So do 20 principal components. Compressing was enough. To claim that a VAE's codes are special, show this baseline beside them.
- The t-SNE map keeps nearly all of it: its groups are real *as neighbourhoods*.
- The narrow VAE has two dimensions as well and loses much.
- The PCA map is worst: it dropped 18 dimensions that mattered.
"""

# %% [markdown]
r"""
Measure in the space itself, not on its picture.

*Try it:* set `k=1` and `k=50`. Does the order of the six descriptions change?

<details><summary>Answer</summary>

If a difference of one or two percent changes its sign, it was never a result. The large gaps, to the narrow VAE and to the PCA map, should stay.

</details>
"""

# %% [markdown]
r"""
## Result card

Here are your two models beside the range in which this program ended before, over three seeds. Now all test images ask the first 10,000 training images (on the small digits: all of them). Accuracy, mean and standard deviation of the stored runs:

| | MNIST | small digits |
|---|---|---|
| pixels | {{mnist("pixels", "knn_accuracy"):.1%}} | {{digits("pixels", "knn_accuracy"):.1%}} |
| codes, 20 dimensions | {{mnist("VAE 784-400-20", "knn_accuracy"):.1%}} | {{digits("VAE 784-400-20", "knn_accuracy"):.1%}} |
| codes, 2 dimensions | {{mnist("VAE 784-400-2", "knn_accuracy"):.1%}} | {{digits("VAE 784-400-2", "knn_accuracy"):.1%}} |

{{claim("On MNIST the codes beat the pixels by a little.", 0 < mnist("VAE 784-400-20", "knn_accuracy").mean - mnist("pixels", "knn_accuracy").mean < 0.03)}} {{claim("On the small digits the pixels are a little better.", 0 < digits("pixels", "knn_accuracy").mean - digits("VAE 784-400-20", "knn_accuracy").mean < 0.03)}} A run far outside its range more often means a mistake than a discovery.
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

- A map of a two-dimensional latent space takes equal steps in probability, with high $z_2$ at the top.
- Draws from $\mathcal{N}(0, I)$ in $d$ dimensions have a length near $\sqrt d$. The middle of a straight line between two draws has length near $\sqrt{d/2}$, and its pictures are greyer. Slerp keeps the length.
- In the wide model samples of $q(z|x)$ are about as long as draws from the prior. The codes $\mu(x)$ are shorter: they lack the part of $\sigma$. In the narrow model many codes lie farther out.
- A traversal shows what one dimension does. Axes need not mean anything. A dimension without KL does nothing.
- Far from the prior a decoder is confident and wrong.
- PCA gives lower bounds of distances. t-SNE gives neighbourhoods. Check both with nearest neighbours in the full space, and with PCA of the pixels beside them.
"""

# %% [markdown]
r"""
## Quiz

**1.** You walk on a straight line between two draws from $\mathcal{N}(0, I)$ in 200 dimensions. What is special about the middle?

<details><summary>A. Nothing: it lies between two typical points, so it is typical.</summary>
Not quite: typical points form a shell, and a shell is not convex. The middle is about 10 long, where 14.1 ± 0.7 is typical.
</details>
<details><summary>B. It is much shorter than draws usually are.</summary>
Right: because its length is about the square root of d/2. In 200 dimensions that is six standard deviations below the mean.
</details>
<details><summary>C. The density of the prior is low there, so the decoder was not trained there.</summary>
Not quite: the density is <i>higher</i> there than at the ends. But there is so little volume that draws hardly ever come by.
</details>
"""

# %% [markdown]
r"""
**2.** The traversal of `z[3]` shows eleven equal pictures. What is the most likely reason?

<details><summary>A. The decoder has collapsed and draws the same picture for every z.</summary>
Not quite: then all traversals would look like this. Look at the other dimensions first.
</details>
<details><summary>B. The dimension carries no information: its KL is near 0, and the decoder ignores it.</summary>
Right: because a dimension with q(z|x) equal to the prior is pure noise to the decoder, so it learns not to use it.
</details>
<details><summary>C. The values were not wide enough.</summary>
Not quite: they cover the middle 98 % of the prior. A dimension that does something shows it there.
</details>
"""

# %% [markdown]
r"""
**3.** In a t-SNE map of your codes, fours and nines touch, and ones lie far away. What may you conclude?

<details><summary>A. The distance between fours and ones is larger than between fours and nines.</summary>
Not quite: t-SNE keeps neighbourhoods, not distances between groups. It may be true, but this picture does not show it.
</details>
<details><summary>B. The codes of ones are farther from the origin.</summary>
Not quite: neither the place nor the scale of a group on the paper has a meaning.
</details>
<details><summary>C. Most neighbours of a one are ones; for fours, ask the neighbours in the full space.</summary>
Right: because neighbourhoods are what the method keeps, and you can count them in the full space without any map.
</details>
"""

# %% [markdown]
r"""
## Questions to discuss

### Islands (2 points)

A paper shows the t-SNE of the codes of its new VAE: ten islands with wide gaps. For the plain VAE, the islands touch. The authors conclude: "our latent space separates the classes better; note that class 4 and class 9 are now the farthest apart." Which parts of the sentence does the figure support? What would you measure instead, and beside which baseline?
"""

# %% [markdown] written="islands" points=2
r"""
t-SNE preserves neighbourhoods. Islands of one colour say that most neighbours of a code have its class, at least at this perplexity. The width of a gap and the distance between two islands are not preserved. So neither "wide gaps" nor "farthest apart" means anything; another seed or perplexity can change both.
Whether islands touch can depend on the perplexity and on the number of points, which must be the same in both figures.

Instead: the accuracy of nearest neighbours (or of a linear classifier) in the full latent space, on test images, for both models, over several seeds. Beside it the same number for the raw pixels and for a PCA of the pixels with as many components. If the plain VAE is as good as PCA and the new one is not better than both, the figure showed the method of drawing.

Points:

- ½: the figure supports statements about neighbourhoods (islands of one class), and nothing more.
- ½: gaps and distances between islands mean nothing; perplexity, seed or number of points can change them.
- ½: a measure in the full latent space on test images, such as nearest neighbours, for both models.
- ½: a baseline beside it (pixels or PCA of the pixels), or several seeds.
"""

# %% [markdown]
r"""
### A smooth walk (2 points)

"We interpolate linearly between the latent codes of two faces, and every picture in between is a plausible face. This proves that the model has learned the manifold of faces rather than memorised the training set." The model has 512 latent dimensions. Discuss: what does a smooth walk prove, what does it not prove, and what do you expect of the length of $z$ in the middle?
"""

# %% [markdown] written="smooth_walk" points=2
r"""
A decoder is a continuous function, so every walk is smooth, in an untrained network too. Plausible pictures in between show that the decoder gives plausible pictures on this line. They do not exclude memorising: a model that blends a few stored faces is smooth as well. For that one compares with nearest training images, or the likelihood of training and test images.

Between two draws from the prior the middle has length $\sqrt{512/2} = 16$ where $22.6 \pm 0.7$ is normal, nine standard deviations below the mean. So the line leaves the region from which the model draws its samples, and pictures there say little about the model's own distribution; slerp would stay. Between two codes $\mu(x)$ the ends may be shorter already, so measure their length first. Two chosen faces are also an anecdote: report an average over many pairs.

Points:

- ½: smoothness follows from a continuous decoder and proves nothing about learning.
- ½: memorising is not excluded; names a test for it (nearest training images, or training against test likelihood).
- ½: the middle is too short: about $\sqrt{d/2} = 16$ instead of 22.6, or the same in words.
- ½: what follows from it: ends may be $\mu(x)$ and shorter, or slerp, or an average over many pairs.
"""

# %% [markdown]
"""
## How far you are

Did *Run All Cells* bring you here? It stops at the first check that is not right yet, and runs nothing below it. In a new notebook that is Exercise 5.1: the table of contents in the left bar takes you there.

The line below counts the checks that have run since the kernel started. It stays in this notebook and is not a grade.
"""

# %%
checks.progress()

# %% [markdown]
r"""
## Where next

- **[Lesson 06](../06_gumbel_vae/06_gumbel_vae.ipynb)** builds groups *into* the model, as a categorical variable.
- [Lesson 03](../03_cvae/03_cvae.ipynb) gives the class to the decoder, so $z$ need not carry it. Redo the figures of this lesson on its codes.
- [Lesson 04](../04_beta_vae/04_beta_vae.ipynb) asks whether a larger price of the KL makes the axes mean something, and measures it.
- [Lesson 07](../07_iwae/07_iwae.ipynb) asks how good the model is, rather than how it looks.
- [Lesson 08](../08_debugging_clinic/08_debugging_clinic.ipynb) shows you VAEs that do not work.

To read: van der Maaten and Hinton (2008), *Visualizing data using t-SNE*, https://www.jmlr.org/papers/v9/vandermaaten08a.html. White (2016), *Sampling generative networks*, https://arxiv.org/abs/1609.04468. Arvanitidis, Hansen and Hauberg (2018), *Latent space oddity*, https://arxiv.org/abs/1710.11379. There the shortest path is measured through the decoder, and is neither a straight line nor an arc.
"""
