# %% [markdown]
r"""
# Lesson 03: choosing what to generate

![A grid of ten rows and ten columns of generated digits. Each row is one class, from 0 to 9. Each column has one style: a bold column is bold in nearly every row. Some digits are broken or look like another class.](figures/class_grid.png)

The model that you build here drew this picture. Each row is one class that somebody asked for.

**You will be able to**

- write and train a *conditional* VAE, and draw the class that you ask for;
- measure what a code knows about the class;
- stop training at the right time and keep the best weights;
- explain why a better neg ELBO can come with fewer recognisable digits, and repair it.

**What it takes.** About {{minutes()}} minutes of your time. Of these the computer takes {{computer("mnist")}} on MNIST, {{computer("digits")}} on the small digits (no GPU). You need lesson 02 (encoder, decoder, the loss) and
Jensen's inequality from lesson 01. Units: **nats per image**. New words are in the [glossary](glossary.md).
"""

# %% setup=true
import copy
import math
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import normalized_mutual_info_score
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

from course_utils import classifier, data, evaluation, plotting, runtime, training, widgets
from course_utils.checks import nb03_cvae as checks
from course_utils.likelihood import negative_elbo
from course_utils.models import MLPVAE  # your VAE of lesson 02; it samples in every mode
from course_utils.result_card import result_card

# %%
runtime.seed_everything()
images = data.load("mnist")
device = images.train_x.device
epochs = runtime.choose({"digits": 70}.get(images.name, 6), 3)
recipe = {"epochs": epochs, "lr": 3e-3, "anneal": True}
print(f"{images.name}: {len(images.train_x):,} to learn from, {len(images.test_x):,} to test on")

# %% [markdown]
r"""
## Exercise 3.1: a label is not a number

**4 points · {{minutes("one_hot")}} minutes · difficulty 1/5 · importance 4/5**

A network will read the class of an image. In which form? As the number 9, a nine would count nine times as much as a one.
So each class gets its own place: label 2 of 5 classes becomes $(0, 0, 1, 0, 0)$. This is called *one-hot*.

`F.one_hot` does most of it. Three things are left to you:

- It returns integers. Layers want `float32`.
- It guesses the number of classes from the largest label, unless you tell it.
- Labels that are no class must raise a `ValueError`. (As an index, $-1$ would silently be the *last* class.)

Some data sets store labels as a column, (batch, 1): accept that too. The result lies on the device of the labels.
"""


# %% exercise="one_hot"
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    """Classes as unit vectors: float32 of shape (batch, num_classes), on the device of the labels.

    Args:
        labels: Classes from 0 to num_classes - 1, int64, of shape (batch,) or (batch, 1); they stay as they are.
        num_classes: Number of classes, whether or not all of them occur.

    Raises:
        ValueError: If a label is below 0 or above num_classes - 1.
    """
    ### BEGIN SOLUTION
    labels = labels.reshape(-1)
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError(f"labels must lie between 0 and {num_classes - 1}")
    return F.one_hot(labels, num_classes).float()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: three small jobs</summary>
Flatten the labels. Look for a label that is out of range, on either side. Then build the rows.
</details>
<details><summary>Hint 2: the refusal</summary>
Comparing a tensor with a number gives True or False for each label. You need two comparisons, one for each side, and one answer for all labels: is <em>any</em> of them bad?
</details>
<details><summary>Hint 3: check by hand</summary>
For the labels (2, 0) and 3 classes the rows are (0, 0, 1) and (1, 0, 0), as float32. The column ((2), (0)) gives the same. The labels 3 and -1 must both raise a <code>ValueError</code>. Try all four.
</details>
"""

# %% check="one_hot" points=4
checks.one_hot(one_hot)
assert one_hot(torch.tensor([2, 0]), 5).tolist() == [[0, 0, 1, 0, 0], [1, 0, 0, 0, 0]], "unit rows"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb03_cvae.hidden import grade_one_hot

grade_one_hot(one_hot)
### END HIDDEN TESTS

# %%
test_y = one_hot(images.test_labels, 10)
print(
    f"{test_y.shape}, {test_y.dtype}; classes in the test set: {test_y.sum(dim=0).int().tolist()}"
)

# %% [markdown]
r"""
## Can you ask a VAE for a seven?

First, the model that you know: the VAE 784-400-20 of lesson 02. It will draw 1,000 digits. (It trains for fewer epochs than there, at three times the learning rate, which falls to zero over the second half.)

You also need a *judge*: a classifier, trained on real images, that reads what a model has drawn. Check the judge first.
"""

# %%
judge = classifier.fit_classifier(
    images.train_x,
    images.train_labels,
    num_steps=runtime.choose({"digits": 1500}.get(images.name, 2500), 200),
)
right = classifier.accuracy(judge, images.test_x, images.test_labels)
print(f"the judge reads {right:.1%} of the real test images as their label says")

# %% [markdown]
r"""
The judge errs on some real images, too. Keep its percentage in mind when it scores drawings.

Train the VAE and let the judge read 1,000 draws.

**Predict:** how many of them will be sevens? Can you raise that number without training again?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %%
vae = MLPVAE(784, (400,), latent_dim=20).to(device)


def watch_vae(model: nn.Module) -> dict[str, float]:
    """Test neg ELBO after every epoch."""
    return {"neg_elbo": evaluation.neg_elbo(model, images.test_x).neg_elbo}


vae_history = training.fit(
    vae, images.train_x, training.negative_elbo_step, **recipe, evaluate=watch_vae
)
with torch.no_grad():
    drawn = vae.decode(torch.randn(1000, 20, device=device)).sigmoid()
counts = classifier.predict(judge, drawn).bincount(minlength=10)
print("1,000 draws, as the judge reads them, from 0 to 9:", counts.tolist())

# %% [markdown]
r"""
<details><summary>What you should see</summary>

The ten counts add up to 1,000, so one class gets about a hundred on average. They are not equal: the model draws some classes more often.
To get one seven you draw about ten images and throw nine away. Somewhere in its 20 numbers $z$ tells the classes apart, but nobody said where. Without training again you can only draw more images and keep those that the judge reads as sevens. Their share stays the same.

</details>

## One more input

The cure is simple: tell the class to both networks.

![Boxes with arrows. An image x goes through the encoder to z = mu + sigma epsilon, and through the decoder to an image x-hat. The one-hot label y has an arrow to the encoder and one to the decoder.](figures/cvae.svg)

To generate, you name a class $y$, draw $z \sim \mathcal{N}(0, I)$, and decode both: $p(x|z, y)$.
"""

# %% [markdown]
r"""
### The bound, with y

What should become large now is $\log p(x|y)$. Again you maximise a bound on it. Write it as an average over codes from the encoder, as in lesson 01:

$$\log p(x|y) = \log \mathbb{E}_{q(z|x,y)}\left[\frac{p(x|z,y)\,p(z)}{q(z|x,y)}\right] .$$

Now move the logarithm inside the average, and split the result into two terms. Do it on paper first.

<details><summary>The last step</summary>

By Jensen's inequality,

$$\log p(x|y) \;\ge\; \mathbb{E}_{q(z|x,y)}\big[\log p(x|z,y)\big] - \mathrm{KL}\big(q(z|x,y)\,\|\,p(z)\big) .$$

It is the ELBO of lesson 02 with $y$ given everywhere except in the prior.

</details>

Notice the prior: it is $p(z)$, not $p(z|y)$. All classes share it. So before an image is seen, $z$ and $y$ are independent. This choice matters for the rest of the lesson.

You have $y$ as one-hot rows. The two networks and the training step are still to be built.
"""

# %% [markdown]
r"""
## Exercise 3.2: the conditional model

**8 points · {{minutes("CVAE")}} minutes · difficulty 2/5 · importance 5/5**

Take the VAE of lesson 02 and change it in two places. `torch.cat([x, y], dim=1)` sets the 10 numbers of $y$ beside the 784 pixels. In the same way, $y$ goes beside the 20 numbers of $z$.

So the first layer of each network gets ten more input columns, one for each class. Nothing else changes.

Why both networks? If the decoder does not see $y$, nobody can ask for a class. If only the decoder sees it, the model still works, but the encoder has to guess the class from the
pixels. The bound says $q(z|x, y)$, so the encoder gets $y$ too.

Three details are as before:

- The two heads, `mu` and `log_var`, are linear layers without an activation.
- $\sigma = e^{\texttt{log\_var}/2}$.
- `decode` returns logits.
"""


# %% exercise="CVAE"
class CVAE(nn.Module):
    """A conditional VAE with one hidden ReLU layer on each side; both networks read the one-hot class y.

    Args:
        input_dim: Number of pixels of an image.
        hidden_dim: Width of both hidden layers.
        latent_dim: Number of latent dimensions; kept as an attribute.
        num_classes: Number of classes, the width of y; kept as an attribute.

    Linear layers with biases. Nothing is random in `encode` and `decode`, and no method changes its arguments.
    """

    def __init__(
        self,
        input_dim: int = 784,
        hidden_dim: int = 400,
        latent_dim: int = 20,
        num_classes: int = 10,
    ):
        super().__init__()
        ### BEGIN SOLUTION
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder_hidden = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.logits_head = nn.Linear(hidden_dim, input_dim)
        ### END SOLUTION

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Images (batch, input_dim) and classes (batch, num_classes) -> mu and log_var of q(z|x, y), each (batch, latent_dim)."""
        ### BEGIN SOLUTION
        hidden = F.relu(self.encoder_hidden(torch.cat([x, y], dim=1)))
        return self.mu_head(hidden), self.log_var_head(hidden)
        ### END SOLUTION

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        """A sample z of N(mu, exp(log_var)), (batch, latent_dim), differentiable in mu and log_var.

        Fresh noise for each number in every call, also after `eval()`.
        """
        ### BEGIN SOLUTION
        sigma = torch.exp(0.5 * log_var)
        return mu + sigma * torch.randn_like(sigma)
        ### END SOLUTION

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        """Latents (batch, latent_dim) and classes (batch, num_classes) -> x_logits (batch, input_dim)."""
        ### BEGIN SOLUTION
        return self.logits_head(F.relu(self.decoder_hidden(torch.cat([z, y], dim=1))))
        ### END SOLUTION

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Images and their classes -> x_logits of one sample of z, decoded with the same y; mu; log_var."""
        ### BEGIN SOLUTION
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var
        ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: which layers change?</summary>
Only the first layer of each network. Its input is wider by <code>num_classes</code>. The heads and the output stay as they were.
</details>
<details><summary>Hint 2: side by side</summary>
An image is a row, and so is its class. You want longer rows, not more rows. Which of the two axes is that for <code>torch.cat</code>?
</details>
<details><summary>Hint 3: the shape of the code</summary>
<pre>first layer of the encoder: input_dim + ... -> hidden_dim
first layer of the decoder: ... + ...       -> hidden_dim

forward: encode x with y
         sample z
         decode z with ...</pre>The last dots are the same tensor that <code>encode</code> got.
</details>
"""

# %% check="CVAE" points=8
checks.CVAE(CVAE)
assert CVAE(6, 5, 2, 3)(torch.zeros(4, 6), torch.eye(4, 3))[0].shape == (4, 6), (
    "forward returns x_logits first, one row per image"
)
### BEGIN HIDDEN TESTS
from autograder.exercises.nb03_cvae.hidden import grade_CVAE

grade_CVAE(CVAE)
### END HIDDEN TESTS

# %% [markdown]
r"""
How many parameters does the label cost? Work it out: ten more columns, 400 hidden units, two networks.
"""

# %%
sizes = [sum(p.numel() for p in m.parameters()) for m in (vae, CVAE())]
print(f"VAE {sizes[0]:,} parameters, CVAE {sizes[1]:,}: {sizes[1] - sizes[0]:,} more")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

8,000 more: $2 \cdot 10 \cdot 400$. That is 1.2 % of the 652,824 parameters of the VAE.

</details>

Three mistakes here raise no error. The model trains and the loss falls.

- Only the encoder gets the label. Then the decoder cannot obey you.
- The label goes in as a number, through layers that are one input wider instead of ten.
- The labels come from another batch, so images and classes do not match.

Sources: Kingma, Mohamed, Rezende and Welling (2014) introduced $p(x|z, y)$ as model M2, https://arxiv.org/abs/1406.5298. Sohn, Lee and Yan (2015) introduced the general conditional VAE, also with a prior that sees the condition.
"""

# %% [markdown]
r"""
## Exercise 3.3: one step of learning

**5 points · {{minutes("cvae_train_step")}} minutes · difficulty 2/5 · importance 4/5**

This is the step of lesson 02, with labels. The loss is given: `negative_elbo(x_logits, x, mu, log_var)` is the scalar that you wrote there, in nats per image.

The labels are integers, and the model wants one-hot rows. How wide must they be? A batch may lack a class, so do not ask the batch. Ask the model: `model.num_classes`.
"""


# %% exercise="cvae_train_step"
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    """Exactly one update of the model on images x (batch, num_pixels) with classes `labels`, int64 (batch,).

    The loss is the negative ELBO of log p(x|y), with one sample of z per image. Gradients that earlier calls
    left in `.grad` must not influence it. Do not change the mode of the model, x or labels.

    Returns:
        The loss before the update, in nats per image, as a Python float.
    """
    ### BEGIN SOLUTION
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: what is new?</summary>
The labels become <code>y</code>, and the model is called with both. The rest is the step of lesson 02.
</details>
<details><summary>Hint 2: the order</summary>
Forget the old gradients, compute new ones, move. The loss that you return belongs to the weights before the move.
</details>
<details><summary>Hint 3: check yourself</summary>
Before a call, set every gradient to a tensor of ones. The update must not depend on it. Then train with a batch that has no nines: does the model still get ten columns?
</details>
"""

# %% check="cvae_train_step" points=5
checks.cvae_train_step(cvae_train_step)
tiny = CVAE(784, 8, 2)
assert isinstance(
    cvae_train_step(
        tiny,
        torch.zeros(4, 784),
        torch.tensor([0, 1, 2, 9]),
        torch.optim.SGD(tiny.parameters(), lr=1e-3),
    ),
    float,
)
### BEGIN HIDDEN TESTS
from autograder.exercises.nb03_cvae.hidden import grade_cvae_train_step

grade_cvae_train_step(cvae_train_step)
### END HIDDEN TESTS

# %% [markdown]
r"""
Now train your model beside the VAE: same widths, same recipe, same images. Only the labels are new.

**Predict:** suppose that you knew the true $p(x)$ and $p(x|y)$. How many nats of $-\log p$ could one of ten labels then save on average, at most? (How many nats does it take to name one of ten equally likely things?)
"""

# %%
guess = "..."  # your guess, one line; it is not graded


# %%
def watch(model: nn.Module) -> dict[str, float]:
    """Test neg ELBO after every epoch."""
    return {"neg_elbo": evaluation.neg_elbo(model, images.test_x, y=test_y).neg_elbo}


def trained_cvae(latent_dim: int) -> tuple[nn.Module, training.History]:
    """Your model and your step on all training images."""
    runtime.seed_everything()
    model = CVAE(latent_dim=latent_dim).to(device)
    labelled = (images.train_x, images.train_labels)
    history = training.fit(model, labelled, cvae_train_step, **recipe, evaluate=watch)
    return model, history


model, history = trained_cvae(20)
print(
    f"test neg ELBO: VAE {vae_history['neg_elbo'][-1]:.2f}, CVAE {history['neg_elbo'][-1]:.2f} nats"
)
print(f"with the true distributions a label is worth at most {math.log(10):.2f} nats (log 10)")

# %% figure="training" store="epochs=epochs, vae=vae_history['neg_elbo'][-1], cvae=history['neg_elbo'][-1]"
curves = {"VAE": vae_history["neg_elbo"], "CVAE": history["neg_elbo"]}
axes = plotting.training_curves(curves)
label = axes.set_ylabel("test neg ELBO (nats per image)")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Test negative ELBO over {{shown("training", "epochs"):.0f}} epochs, two falling curves. The curve of the CVAE lies below that of the VAE throughout. At the end the VAE is near {{shown("training", "vae"):.0f}} and the CVAE near {{shown("training", "cvae"):.0f}}.](figures/training.png)

The CVAE is better from the first epoch on. The picture shows one run. Mean and standard deviation of three runs:

| test neg ELBO (nats) | MNIST | small digits |
|---|---|---|
| VAE | {{mnist("VAE 784-400-20", "neg_elbo"):.1f}} | {{digits("VAE 784-400-20", "neg_elbo"):.1f}} |
| CVAE | {{mnist("CVAE 784-400-20", "neg_elbo"):.1f}} | {{digits("CVAE 784-400-20", "neg_elbo"):.1f}} |

</details>

The label helps. How much *could* it help? Average over the data, with the true distributions:

$$\mathbb{E}\big[\log p(x|y) - \log p(x)\big] = I(x; y) \;\le\; H(y) \;\le\; \log 10 = 2.30 \text{ nats} .$$

Here $H(y)$ is the *entropy*: the nats that it takes to name the class. $I(x; y)$ is the *mutual information*: how many of them the image and the class share. In this course $\log$ is the natural logarithm.
"""

# %% [markdown]
r"""
The limit is 2.30 nats, and your CVAE gained {{near("about 4", mnist("VAE 784-400-20", "neg_elbo").mean - mnist("CVAE 784-400-20", "neg_elbo").mean, 0.5)}}. **Is that a bug?** Decide before you open the answer.

<details><summary>Answer</summary>

No. The limit holds for $\log p$ under the true distributions. You compare two *bounds* of two small networks. The likely reason, which was not tested here: the label also makes their task easier. Each class alone needs a simpler decoder and a simpler cloud of codes.
Then the label also removes some of the error of the small networks, and the gain can exceed the limit.

</details>

Does the model really use $y$? Give it false labels and see what they cost. A model whose two networks ignore the label would score the same twice, up to the noise of the samples.
"""

# %%
lies = (images.test_labels + torch.randint_like(images.test_labels, 1, 10)) % 10
honest = evaluation.neg_elbo(model, images.test_x, y=test_y)
lied = evaluation.neg_elbo(model, images.test_x, y=one_hot(lies, 10))
for name, terms in {"true labels": honest, "false labels": lied}.items():
    print(
        f"{name:12}  neg ELBO {terms.neg_elbo:6.1f} = recon {terms.recon:6.1f} + kl {terms.kl:5.1f}"
    )

# %% [markdown]
r"""
<details><summary>What you should see</summary>

The second line is clearly worse. Both networks were told "three" about an eight, and the decoder has to draw an eight. Then $z$ would have to correct the label, which it never learned to do in training.

</details>

The test shows that the model uses its label. It does not show which network listens, because both got the false one. To test the decoder, encode with the true label and decode with a false one. Do this for many images. If the label never changes the picture, the decoder ignores it. A few pictures that do not follow are no proof. You do this after exercise 3.5. Run both tests on every conditional model.
"""

# %% [markdown]
r"""
## Exercise 3.4: when to stop

**4 points · {{minutes("EarlyStopping")}} minutes · difficulty 2/5 · importance 4/5**

With few images, a model starts to memorise them. Its loss on *other* images then rises. So watch a *validation set*: images that are neither used for training nor for the final score.

The validation curve is noisy, so one bad epoch proves nothing. You will write a method `step`. It is called once after each epoch with the validation loss, and says whether to stop. *Patience* is the number of such calls in a row without a new best after which it says stop.

| loss | 5.0 | 4.0 | 4.2 | 4.0 | 4.1 | 3.9 | 4.1 | NaN |
|---|---|---|---|---|---|---|---|---|
| calls without a new best | 0 | 0 | 1 | 2 | 3 | 0 | 1 | 2 |
| `step`, patience 2 | False | False | False | **True** | **True** | False | False | **True** |

Read three rules off the table:

- A loss *equal* to the best is no new best.
- A new best starts the count again, even after a True.
- NaN is no new best. (In Python `nan < best` and `nan >= best` are both False.)
"""


# %% exercise="EarlyStopping"
class EarlyStopping:
    """Says when to stop: after `patience` calls of `step` in a row without a new best loss.

    Args:
        patience: Number of calls without a new best to wait for, at least 1.

    Attributes:
        best_loss: The lowest loss that `step` was given; infinity before the first.
    """

    def __init__(self, patience: int):
        ### BEGIN SOLUTION
        self.patience = patience
        self.best_loss = math.inf
        self.calls_without_best = 0
        ### END SOLUTION

    def step(self, loss: float) -> bool:
        """Take the next loss and return whether to stop.

        A loss equal to the best, or NaN, is no new best.
        """
        ### BEGIN SOLUTION
        if loss < self.best_loss:
            self.best_loss = loss
            self.calls_without_best = 0
        else:
            self.calls_without_best += 1
        return self.calls_without_best >= self.patience
        ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: what to remember</summary>
Three numbers: the patience, the best loss so far, and how many calls ago it was.
</details>
<details><summary>Hint 2: where to begin</summary>
The first loss must be a new best, whatever it is (unless it is NaN). Which number is larger than every loss?
</details>
<details><summary>Hint 3: walk through the table</summary>
After 5.0 and 4.0 the best is 4.0 and the count 0. Then 4.2 makes the count 1. The next 4.0 equals the best, so the count is 2: stop. 4.1 makes it 3: still stop. Then 3.9 sets the count to 0. Ask only one question, "is this a new best?". NaN answers no, and so it counts.
</details>
"""

# %% check="EarlyStopping" points=4
checks.EarlyStopping(EarlyStopping)
stopper = EarlyStopping(patience=2)
assert [stopper.step(v) for v in (5.0, 4.0, 4.2, 4.0, 3.9)] == [False, False, False, True, False]
### BEGIN HIDDEN TESTS
from autograder.exercises.nb03_cvae.hidden import grade_EarlyStopping

grade_EarlyStopping(EarlyStopping)
### END HIDDEN TESTS

# %% [markdown]
r"""
Now a model that needs it: the same CVAE with only 250 images. The validation set is made of other training images. The test set stays untouched.

Three stoppers of different patience watch one run. Whenever the validation loss is the best so far (an equal one counts here, too), the weights are copied.
"""

# %%
num_few = runtime.choose(250, 100)
few = (images.train_x[:num_few], images.train_labels[:num_few])
rest = slice(num_few, num_few + runtime.choose(1000, 100))
validation_x, validation_y = images.train_x[rest], one_hot(images.train_labels[rest], 10)

runtime.seed_everything()
small_data_model = CVAE().to(device)
optimizer = training.adam(small_data_model, lr=2e-3)
stoppers = {patience: EarlyStopping(patience) for patience in (1, 4, 16)}
stopped_at, losses, best_weights = {}, {"training": [], "validation": []}, {}


def one_epoch(epoch: int) -> float:
    """Train on the few images for one epoch; return the mean training loss."""
    done = training.fit(
        small_data_model,
        few,
        cvae_train_step,
        epochs=1,
        batch_size=25,
        optimizer=optimizer,
        seed=epoch,
        progress=False,
    )
    return done["loss"][0]


# %% [markdown]
r"""
**Predict:** of patience 1, 4 and 16, which one ends with the best weights? Which one could stop far too early?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %%
for epoch in range(1, runtime.choose(100, 20) + 1):
    losses["training"].append(one_epoch(epoch))
    loss = evaluation.neg_elbo(small_data_model, validation_x, y=validation_y).neg_elbo
    losses["validation"].append(loss)
    for patience, stopper in stoppers.items():
        if patience in stopped_at:
            continue
        if stopper.step(loss):
            stopped_at[patience] = epoch
        if stopper.best_loss == loss:
            best_weights[patience] = copy.deepcopy(small_data_model.state_dict())

# %% figure="early_stopping"
axes = plotting.training_curves(losses)
for patience, style in zip(stoppers, (":", "--", "-."), strict=True):
    if patience in stopped_at:
        mark = f"patience {patience} stops"
        line = axes.axvline(stopped_at[patience], color="black", linestyle=style, label=mark)
best = int(np.argmin(losses["validation"]))
mark = axes.plot(best + 1, losses["validation"][best], "k*", markersize=10, label="best of all")
legend = axes.legend(frameon=False, fontsize=8)
lowest, highest = min(losses["training"]), losses["validation"][min(2, best)]
limits = axes.set_ylim(lowest - 5, highest + 5)

# %%
last = evaluation.neg_elbo(small_data_model, images.test_x, y=test_y).neg_elbo
print(f"test neg ELBO after the last of {len(losses['training'])} epochs: {last:.1f}")
for patience, stopper in stoppers.items():
    small_data_model.load_state_dict(best_weights[patience])
    restored = evaluation.neg_elbo(small_data_model, images.test_x, y=test_y).neg_elbo
    when = f"stopped at epoch {stopped_at[patience]}" if patience in stopped_at else "did not stop"
    print(
        f"patience {patience:2}: {when}, best validation loss {stopper.best_loss:.1f}, "
        f"test with those weights {restored:.1f}"
    )

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Training and validation loss over 100 epochs on 250 images. The training loss falls all the way, to below 90. The validation loss is lowest at epoch 50, marked by a star near 144, and ends near 150. Vertical lines mark where patience 1, 4 and 16 stop: at epochs 25, 45 and 66.](figures/early_stopping.png)

**MNIST** (picture). The training loss falls all the time. The validation loss has its lowest point at epoch 50, then it rises: the model memorises its 250 images. 
Patience 1 stops half way there, about 5 nats too high. The second stopper gives up just before the best epoch, and the third after it.

**Small digits.** There the validation curve still falls slowly at epoch 100. So patience 16 does not stop, and stopping costs: patience 1 and 4 end with a worse test score than the last epoch.

</details>

The curve is noisy, in part because each point rests on one sample of $z$ per image. A small patience can stop at such a chance bump. A large patience costs only time, *if* you keep the best weights.
"""

# %% [markdown]
r"""
Two details are easy to get wrong:

- After a stop, the last weights are `patience` epochs past the best ones. So put the copy back.
- `state_dict()` returns the live tensors, which go on changing. Hence `copy.deepcopy`.

*Try it:* which patience would you choose if one epoch took an hour?

<details><summary>Answer</summary>

A small one, but not 1: each further epoch of patience may cost an hour for nothing. Look at the size of the bumps in your curve first. More samples of $z$ remove only the noise of the evaluation. To see how large that is, evaluate the same weights twice and compare. If it is as large as the gain that you still expect, use more samples of $z$ for the validation loss. That costs far less than an epoch.

</details>
"""

# %% [markdown]
r"""
## Exercise 3.5: ask for a class

**4 points · {{minutes("generate_class")}} minutes · difficulty 1/5 · importance 5/5**

Now you can ask: "seven, please, forty times." All forty images have the same class. So what makes them differ? Only $z$.

Draw one $z$ **for every image** from $\mathcal{N}(0, I)$. A single $z$ for all of them would give forty copies of one seven.
"""


# %% exercise="generate_class"
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    """New images of one class: probabilities (num_images, 784), without gradients.

    The model stays as it was: its mode, its parameters and their `.grad`.

    Args:
        model: A conditional VAE with `decode(z, y)`, `latent_dim` and `num_classes`.
        label: The class, from 0 to num_classes - 1.
        num_images: How many; every image has its own z from N(0, I), new in every call.
    """
    ### BEGIN SOLUTION
    device = next(model.parameters()).device
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z, y).sigmoid()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: two inputs</summary>
The decoder wants <code>z</code> of shape (num_images, latent_dim) and <code>y</code> of shape (num_images, num_classes). Both widths are attributes of the model.
</details>
<details><summary>Hint 2: the same label many times</summary>
Make a tensor of equal labels first (<code>torch.full</code>). You have a function that turns labels into <code>y</code>.
</details>
<details><summary>Hint 3: check yourself</summary>
All values lie between 0 and 1: which function makes probabilities of logits? Two rows differ: does each image have its own z? The result has no gradient.
</details>
"""

# %% check="generate_class" points=4
checks.generate_class(generate_class)
assert generate_class(CVAE(784, 8, 2, 3), 1, 5).shape == (5, 784), "one row of pixels per image"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb03_cvae.hidden import grade_generate_class

grade_generate_class(generate_class)
### END HIDDEN TESTS

# %% [markdown]
r"""
Ask for forty sevens. Count how many you would accept.
"""

# %% figure="sevens"
axes = plotting.image_grid(generate_class(model, 7, 40), num_columns=10)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Forty generated images in four rows. Many are clear sevens that differ in slant and thickness. Others look like another digit, and a few are only smudges of ink.](figures/sevens.png)

**MNIST** (picture). Many are clear sevens. They differ in slant, in thickness and in the form of the stroke. But a good number are no sevens: some look like another digit, and some cannot be read. The model obeys most of the time, not always. The end of the lesson explains why.

**Small digits.** Nearly all are sevens. They are blurred and look more alike.

</details>

Next, separate the two inputs. Each *row* of the next picture has one class, each *column* one $z$.

**Predict:** what will the ten images of a column have in common?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %% figure="class_grid"
styles = torch.randn(10, model.latent_dim, device=device)
z = styles.repeat(10, 1)
y = one_hot(torch.arange(10, device=device).repeat_interleave(10), 10)
with torch.no_grad():
    grid = model.decode(z, y).sigmoid()
axes = plotting.image_grid(grid, num_columns=10, row_titles=[str(c) for c in range(10)])

# %% [markdown]
r"""
<details><summary>What you should see</summary>

**MNIST:** the picture at the top of this lesson, perhaps with other draws. Down a column the class changes and the style stays: a bold column is bold in nearly every row. Not every image is a good one of its class: in some columns several digits are broken.

**Small digits:** the same, but the styles differ less.

</details>

Nobody told the model what style is. It was told the class, and $z$ describes what is left.

Do the same with real images: encode an image with its own label, then decode its code with all ten labels.
"""

# %% figure="swap"
rows = [int((images.test_labels == c).nonzero()[0]) for c in (7, 2, 1, 0, 4, 9, 5, 6)]
x, y = images.test_x[rows], test_y[rows]
with torch.no_grad():
    mu, _ = model.encode(x, y)
    all_y = torch.eye(10, device=device).repeat(len(rows), 1)
    swapped = model.decode(mu.repeat_interleave(10, 0), all_y).sigmoid()
strips = torch.cat([x[:, None], swapped.view(len(rows), 10, -1)], dim=1).flatten(0, 1)
titles = ["x", *(str(c) for c in range(10))]
axes = plotting.image_grid(strips, num_columns=11, titles=titles)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Eight test images in the first column, each followed by ten images decoded from its code with the labels 0 to 9. The bold zero gives bold digits, the thin one thin digits. In the rows of the nine, the five and the six several labels give a poor or wrong digit.](figures/swap.png)

The column of the image's own label is the reconstruction. The other nine images were never written by anyone. Kingma et al. (2014) call such rows *analogies*. The bold zero gives bold digits, and the thin one thin digits.

Some fail: the wide six in the last row makes a poor four, seven and nine. The small nine gives broken digits with several labels.

On the small digits the rows look more alike, and nearly all of them are readable.

</details>

So $z$ says *how* and $y$ says *what*, at least in most rows. You hoped for that when you chose one prior for all classes. Next you measure it.
"""

# %% [markdown]
r"""
## Exercise 3.6: what does z know about the class?

**5 points · {{minutes("class_information")}} minutes · difficulty 3/5 · importance 4/5**

Ask two questions.

- **Do the classes form clusters?** *k-means* groups the codes into as many clusters as there are distinct labels, without seeing the labels. Cluster 3 need not be digit 3, so the numbers must not matter. The *normalised mutual information* (NMI) does this: what clusters and labels share, divided by the mean of their entropies. It is 1 if the clusters are the classes, and near 0 if the two are unrelated.
- **Can a linear classifier find the class?** Train one (a *linear probe*) on half of the codes and score it on the other. On its own half it could memorise random labels.

`KMeans`, `normalized_mutual_info_score`, `train_test_split` and `LogisticRegression` are imported above. They want NumPy arrays. If the probe has not converged, raise its `max_iter`.
"""


# %% exercise="class_information"
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    """How much codes tell about the class, by clusters and by a linear probe.

    Args:
        z: Codes, of shape (num_codes, latent_dim); they stay as they are, as the labels do.
        labels: Their classes, int64, of shape (num_codes,), in any order (sorted, for example) and with any names.

    Returns:
        (nmi, accuracy), two Python floats in [0, 1]: the normalised mutual information of the labels with
        the clusters that k-means finds in z, as many clusters as there are distinct labels; and the
        accuracy of a linear classifier, fitted on one half of the codes, on the other half.
    """
    ### BEGIN SOLUTION
    z, labels = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(labels)), n_init=2).fit_predict(z)
    nmi = normalized_mutual_info_score(labels, clusters)
    fit_z, held_z, fit_labels, held_labels = train_test_split(z, labels, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(fit_z, fit_labels)
    return float(nmi), float(probe.score(held_z, held_labels))
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: NumPy first</summary>
Scikit-learn wants arrays, without gradients and on the CPU. How many clusters? The labels may be 4, 1 and 7: count the <em>distinct</em> ones.
</details>
<details><summary>Hint 2: two separate measurements</summary>
k-means never sees the labels. <code>train_test_split</code> shuffles. Given two arrays, it returns four: the two halves of the first, then the two halves of the second.
</details>
<details><summary>Hint 3: check yourself</summary>
Take three tight groups of codes. With the right labels both numbers are near 1. With random labels the NMI must be near 0 and the accuracy near 1/3. If the accuracy stays clearly higher, the probe was scored on codes that it had learned.
</details>
"""

# %% check="class_information" points=5
checks.class_information(class_information)
corners = 9.0 * torch.eye(3).repeat(20, 1) + 0.01 * torch.randn(60, 3)
assert min(class_information(corners, torch.arange(3).repeat(20))) > 0.99, "three clear clusters"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb03_cvae.hidden import grade_class_information

grade_class_information(class_information)
### END HIDDEN TESTS

# %% [markdown]
r"""
Compare four models: VAE and CVAE with 20 latent dimensions, and both with 2, so that you can look at the codes.

**Predict:** in which of the four can a probe read the class? A probe that knows nothing is right in about one of ten cases.
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %%
model_2d, history_2d = trained_cvae(2)

runtime.seed_everything()
vae_2d = MLPVAE(784, (400,), latent_dim=2).to(device)
vae_2d_history = training.fit(vae_2d, images.train_x, training.negative_elbo_step, **recipe)

# %%
codes = {
    "VAE, 20": evaluation.encode(vae, images.test_x)[0],
    "CVAE, 20": evaluation.encode(model, images.test_x, test_y)[0],
    "VAE, 2": evaluation.encode(vae_2d, images.test_x)[0],
    "CVAE, 2": evaluation.encode(model_2d, images.test_x, test_y)[0],
}
information = {name: class_information(mu, images.test_labels) for name, mu in codes.items()}
print("model      NMI    probe")
for name, (nmi, accuracy) in information.items():
    print(f"{name:9}  {nmi:.3f}  {accuracy:.3f}")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

Mean and standard deviation of three runs, with 20 dimensions unless the row says 2:

| | MNIST | small digits |
|---|---|---|
| NMI, VAE | {{mnist("VAE 784-400-20", "nmi"):.2f}} | {{digits("VAE 784-400-20", "nmi"):.2f}} |
| NMI, CVAE | {{mnist("CVAE 784-400-20", "nmi"):.2f}} | {{digits("CVAE 784-400-20", "nmi"):.2f}} |
| probe, VAE | {{mnist("VAE 784-400-20", "probe"):.2f}} | {{digits("VAE 784-400-20", "probe"):.2f}} |
| probe, CVAE | {{mnist("CVAE 784-400-20", "probe"):.2f}} | {{digits("CVAE 784-400-20", "probe"):.2f}} |
| NMI, CVAE with 2 | {{mnist("CVAE 784-400-2", "nmi"):.2f}} | {{digits("CVAE 784-400-2", "nmi"):.2f}} |
| probe, CVAE with 2 | {{mnist("CVAE 784-400-2", "probe"):.2f}} | {{digits("CVAE 784-400-2", "probe"):.2f}} |

Your own table also has the VAE with 2 dimensions.

Random labels give an NMI near 0 on 10,000 images and about 0.07 on the 297 test images of the small digits.

The codes of the VAE know the class, although nobody told it: the class is useful for drawing the image. From the codes of the CVAE both tests read far less, but more than nothing. A linear probe gives a lower limit: another classifier may read more. (Always answering "one" is right for 11.4 % of the test images of MNIST.)

</details>

Now look at the two-dimensional codes.
"""

# %% figure="vae_and_cvae"
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
show = slice(0, 3000)
for ax, name in ((left, "VAE, 2"), (right, "CVAE, 2")):
    axes = plotting.latent_scatter(codes[name][show], images.test_labels[show], ax=ax)
    title = ax.set_title(f"{name} dimensions")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Two scatter plots of two-dimensional codes, coloured by digit; the two plots have different axes. On the left, the VAE: the ones lie alone at the bottom, 4, 7 and 9 share the upper half, the other digits overlap around the middle. On the right, the CVAE: all digits lie on top of each other in one cloud.](figures/vae_and_cvae.png)

Left: the VAE puts the classes in different, partly overlapping regions. Right: in the CVAE all classes share one cloud.

</details>

How did they get there? Train both again, for a few hundred steps, and keep the codes of 1,000 test images on the way.

**Predict:** does the CVAE separate the classes at first and mix them later, or never separate them?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %%
stops = runtime.choose([0, 20, 50, 100, 200, 400, 800], [0, 5, 10, 20])
labelled, given = (images.train_x, images.train_labels), {"VAE": (), "CVAE": (test_y[:1000],)}
snapshots = {"VAE": {}, "CVAE": {}}
with runtime.preserve_random_state():  # the cells below draw the same noise as without this one
    runtime.seed_everything()
    racers = {
        "VAE": (MLPVAE(784, (400,), latent_dim=2), images.train_x, training.negative_elbo_step),
        "CVAE": (CVAE(latent_dim=2), labelled, cvae_train_step),
    }
    for name, (racer, learn_from, step) in racers.items():
        optimizer = training.adam(racer.to(device))
        for before, stop in zip([0, *stops], stops, strict=False):
            more = {"num_steps": stop - before, "seed": stop, "optimizer": optimizer}
            training.fit(racer, learn_from, step, progress=False, **more)
            seen = evaluation.encode(racer, images.test_x[:1000], *given[name])[0]
            snapshots[name][stop] = seen


# %% figure="codes_in_training"
def two_maps(stop: float, axes: Sequence[plt.Axes] | None = None) -> plt.Axes:
    """The codes of the VAE and of the CVAE after so many steps."""
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
    for ax, (name, seen) in zip(axes, snapshots.items(), strict=True):
        ax = plotting.latent_scatter(seen[stop], images.test_labels[:1000], ax)
        ax.set_aspect("equal", adjustable="box")
        ax.set(title=f"{name}, step {stop:.0f}", xlim=(-5, 5), ylim=(-5, 5))
        ax.set(xlabel="z_1", ylabel="z_2")
    return axes[0]


moments = [stops[0], *stops[-5::2]][-4:]
figure, panels = plt.subplots(2, len(moments), figsize=(12, 6.2), layout="constrained")
for column, stop in zip(panels.T, moments, strict=True):
    axes = two_maps(stop, column)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Two rows of four maps of codes, coloured by digit, the VAE above and the CVAE below, after 0, 50, 200 and 800 steps. At step 0 all codes are one dot. At 50 both have an elongated cloud away from the centre. At 200 both have groups of digits, such as the ones and the sevens, and the others overlap. At 800 the VAE has kept them apart, with the ones far out; in the CVAE they overlap around the centre.](figures/codes_in_training.png)

At first both models separate some digits: at step 200 you can read groups of classes from both maps. Later they differ. The VAE keeps its groups. In the CVAE they move over each other.

</details>

In a live notebook the play button below shows every moment. Elsewhere the strip above shows four of them.
"""

# %%
widgets.slider(two_maps, stops, "steps", form=".0f", play=True)

# %% [markdown]
r"""
The decoder has learned to take the class from $y$. Why does the class then leave $z$? Both reasons lie in the KL.

- **Cost.** Every nat in $z$ costs one nat. Writing the class into $z$ again costs up to $\log 10$ nats and saves nothing.
- **Prior.** It is the same for all classes. For the threes, the cheapest choice is to fill the whole prior. The same holds for the eights. So all classes use the same region.

Look at the classes one by one. Each point is the mean $\mu$ of one image; with the noise of $q$ the clouds are a little wider. The circle has radius 2. A standard normal in two dimensions has $1 - e^{-2} = 86\,\%$ of its mass inside.
"""

# %% figure="scatter_per_digit"
figure, panels = plt.subplots(
    2, 5, figsize=(10, 4.4), sharex=True, sharey=True, layout="constrained"
)
angle = torch.linspace(0, 2 * math.pi, 100)
for digit, ax in enumerate(panels.flat):
    points = codes["CVAE, 2"][images.test_labels == digit].cpu()[:500]
    colour = plotting.CLASS_COLOURS[digit]
    dots = ax.scatter(*points.T, s=4, color=colour, alpha=0.6, linewidths=0)
    circle = ax.plot(2 * angle.cos(), 2 * angle.sin(), color="black", linewidth=0.8)
    title = ax.set_title(str(digit), fontsize=9)
    window = ax.set(xlim=(-4, 4), ylim=(-4, 4), aspect="equal")
labels = figure.supxlabel("z_1 (prior standard deviations)"), figure.supylabel("z_2")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Ten scatter plots, one for each digit, of the two-dimensional codes of the CVAE, with a circle of radius two around zero. All clouds lie around the middle of the circle. Those of 2, 3 and 8 lie mostly inside it, that of 6 is wider than the circle, that of 0 reaches out to the upper right.](figures/scatter_per_digit.png)

All ten clouds lie in the same place, but they are not quite equal: 2, 3 and 8 are narrow, 6 is wide, 0 reaches out to one side.

</details>

So a two-dimensional $z$ is a *map of handwriting*, the same for every class. Draw it for the four: a grid of 20 by 20 codes. Each axis takes evenly spaced quantiles of the prior.
"""

# %% figure="manifold_four"
quantiles = torch.special.ndtri(torch.linspace(0.025, 0.975, 20))
down, across = torch.meshgrid(quantiles.flip(0), quantiles, indexing="ij")
sheet = torch.stack([across.flatten(), down.flatten()], dim=1).to(device)


def manifold(digit: int) -> Tensor:
    """The 400 images of one digit, z_1 from left to right, z_2 from bottom to top."""
    y = one_hot(torch.full((400,), digit, device=device), 10)
    with torch.no_grad():
        x_hat = model_2d.decode(sheet, y).sigmoid()
    return (7 * x_hat).round() / 7  # eight levels of grey keep the picture's file small


axes = plotting.image_grid(manifold(4), num_columns=20, size=0.29)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Twenty by twenty decoded fours. From left to right they get wider. From top to bottom they turn from slanted to upright.](figures/manifold_four.png)

Neighbours are similar, and nothing jumps. On MNIST the fours get wider from left to right, and upright from top to bottom. In your run the two axes may describe something else.

</details>

Now all ten classes side by side. Each image is shrunk to 7 by 7 pixels. The same place on each map is the same $z$. Compare one corner across the ten maps.
"""

# %% figure="manifolds"
figure, panels = plt.subplots(2, 5, figsize=(10, 4.4), layout="constrained")
for digit, ax in enumerate(panels.flat):
    small = F.avg_pool2d(manifold(digit).view(-1, 1, 28, 28), 4).flatten(1)
    axes = plotting.image_grid((7 * small).round() / 7, num_columns=20, ax=ax)
    title = ax.set_title(str(digit), fontsize=9)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Ten small maps of twenty by twenty images, one for each digit from 0 to 9. In most of them the slant decreases from top to bottom.](figures/manifolds.png)

In most maps the strokes of one corner lean the same way. (The images are small: the zeros, ones and fours show it best.) On the small digits slant varies less, and the maps are harder to read.

</details>

In a live notebook the slider below shows one digit after the other, large. Elsewhere the ten small maps above show the same.
"""

# %%
widgets.slider(
    lambda digit: manifold(int(digit)), range(10), "digit", num_columns=20, zoom=1, form=".0f"
)

# %% [markdown]
r"""
In most maps slant changes in the same direction. Nothing in the loss demands that. A likely reason, not tested here: all classes share the weights of the decoder, and one description of slant serves them all.
"""

# %% [markdown]
r"""
## The surprise: is the seven a seven?

Two dimensions are few. Twenty have a far better neg ELBO. Each model now draws every digit equally often, and the judge reads the drawings.

**Predict:** with which `latent_dim` (2, 5, 10 or 20) are most digits recognised?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %%
models, histories = {2: model_2d, 20: model}, {2: history_2d, 20: history}
for latent_dim in (5, 10):
    models[latent_dim], histories[latent_dim] = trained_cvae(latent_dim)


# %%
def recognised(model: nn.Module, num_each: int = runtime.choose(1000, 50)) -> float:
    """Fraction of generated digits that the judge reads as the class that was asked for."""
    hits = [
        classifier.accuracy(
            judge,
            generate_class(model, digit, num_each),
            torch.full((num_each,), digit, device=device),
        )
        for digit in range(10)
    ]
    return sum(hits) / len(hits)


scores = {d: evaluation.neg_elbo(models[d], images.test_x, y=test_y) for d in sorted(models)}
hits = {d: recognised(models[d]) for d in scores}
print("latent_dim  neg ELBO  recognised")
for d, terms in scores.items():
    print(f"{d:10}  {terms.neg_elbo:8.1f}  {hits[d]:10.1%}")

# %% figure="surprise"
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
dims = [str(d) for d in scores]
line = left.plot(dims, [s.neg_elbo for s in scores.values()], "o-", color=plotting.PALETTE[0])
line = right.plot(dims, [100 * h for h in hits.values()], "o-", color=plotting.PALETTE[3])
names = left.set(xlabel="latent_dim", ylabel="test neg ELBO (nats)", title="lower is better")
names = right.set(xlabel="latent_dim", ylabel="recognised (%)", title="higher is better")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Two panels over the number of latent dimensions, 2, 5, 10 and 20. On the left the negative ELBO falls from about {{shown("CVAE 784-400-2", "neg_elbo"):.0f}} to {{shown("CVAE 784-400-20", "neg_elbo"):.0f}}. On the right the share of generated digits that the judge recognises falls from nearly 100 to about {{100 * shown("CVAE 784-400-20", "accuracy"):.0f}} percent. Neither axis starts at zero.](figures/surprise.png)

More dimensions give a better neg ELBO, and fewer digits that the judge recognises. Digits recognised, mean and standard deviation of three runs:

| latent_dim | MNIST | small digits |
|---|---|---|
| 2 | {{mnist("CVAE 784-400-2", "accuracy"):.1%}} | {{digits("CVAE 784-400-2", "accuracy"):.1%}} |
| 5 | {{mnist("CVAE 784-400-5", "accuracy"):.1%}} | {{digits("CVAE 784-400-5", "accuracy"):.1%}} |
| 10 | {{mnist("CVAE 784-400-10", "accuracy"):.1%}} | {{digits("CVAE 784-400-10", "accuracy"):.1%}} |
| 20 | {{mnist("CVAE 784-400-20", "accuracy"):.1%}} | {{digits("CVAE 784-400-20", "accuracy"):.1%}} |

On MNIST, 20 dimensions beat 2 by {{near("32", mnist("CVAE 784-400-2", "neg_elbo").mean - mnist("CVAE 784-400-20", "neg_elbo").mean, 0.5)}} nats of neg ELBO. Still, {{claim("more than one digit in five", mnist("CVAE 784-400-20", "accuracy").mean < 4 / 5)}} is not recognised. The effect is the same on the digits, but smaller.

</details>

How can both be true? The neg ELBO tests the decoder on codes of *real images*, $z \sim q(z|x, y)$. `generate_class` tests it on draws from the prior, $z \sim \mathcal{N}(0, I)$. If these are different places, the two scores can disagree.
"""

# %% [markdown]
r"""
### Where the codes lie

Call $q(z|y)$ the mixture of all codes of one class, the *aggregate posterior*. The KL of the loss is an average over images and their classes. Write it out, then subtract and add $\log q(z|y)$:

$$\mathbb{E}_{x,y}\,\mathrm{KL}\big(q(z|x,y)\,\|\,p(z)\big) = \mathbb{E}_{x,y}\,\mathbb{E}_{q(z|x,y)}\left[\log\frac{q(z|x,y)}{q(z|y)} + \log\frac{q(z|y)}{p(z)}\right] .$$

Which two quantities are these?

<details><summary>The last step</summary>

$$= \underbrace{I_q(x; z \,|\, y)}_{\text{what } z \text{ says about } x} + \underbrace{\mathbb{E}_{y}\,\mathrm{KL}\big(q(z|y)\,\|\,p(z)\big)}_{\text{codes that do not fill the prior}}$$

The first is the information that $z$ carries about the image when the class is known. (Hoffman and Johnson, 2016, write this sum without a class.) The second is zero only if the codes of each class are spread exactly like the prior.

</details>

The first part is useful: it lets the decoder draw this image. The second is waste. Training can leave some of it where removing it costs more elsewhere, or where the networks cannot remove it. Where no code lies, the decoder was never trained.
"""

# %% [markdown]
r"""
Two measurements can confirm this.

1. **The cause.** Decode codes of real test images, with their own classes. If only the prior is wrong, the judge recognises nearly all of them.
2. **The distance.** Measure how far a point is from the nearest code of its class. For *new* images, 95 % of the codes stay within some limit. How often is a draw from the prior beyond this limit? If the codes filled the prior, in 5 % of the cases.
"""


# %%
def sampled_codes(model: nn.Module, x: Tensor, labels: Tensor) -> Tensor:
    """One sample of q(z|x, y) per image."""
    mu, log_var = evaluation.encode(model, x, one_hot(labels, 10))
    return mu + (0.5 * log_var).exp() * torch.randn_like(mu)


def nearest(a: Tensor, b: Tensor) -> Tensor:
    """Distance from each row of a to the nearest row of b."""
    return torch.cdist(a, b).amin(dim=1)


def far_from_codes(model: nn.Module) -> float:
    """Share of prior draws that are farther from the codes of their class than 95 % of fresh codes."""
    known = sampled_codes(model, images.train_x, images.train_labels)
    fresh = sampled_codes(model, images.test_x, images.test_labels)
    shares = []
    for digit in range(10):
        cloud = known[images.train_labels == digit]
        limit = nearest(fresh[images.test_labels == digit], cloud).quantile(0.95)
        draws = torch.randn(1000, model.latent_dim, device=device)
        shares.append((nearest(draws, cloud) > limit).float().mean())
    return torch.stack(shares).mean().item()


# %%
print("latent_dim  prior draws recognised  real codes recognised  draws far from codes")
for d in scores:
    z = sampled_codes(models[d], images.test_x, images.test_labels)
    with torch.no_grad():
        decoded = models[d].decode(z, test_y).sigmoid()
    from_codes = classifier.accuracy(judge, decoded, images.test_labels)
    far = far_from_codes(models[d])
    print(f"{d:10}  {hits[d]:22.1%}  {from_codes:21.1%}  {far:20.1%}")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

**Real codes:** nearly all digits are recognised, in every row of the table. So the decoder works where it was trained.

**Distance, MNIST:** close to 5 % in two dimensions. The share grows with every further dimension. In 20 dimensions most draws from the prior lie far from all codes of their class. Far does not mean unreadable: the judge still recognises about four of five. But it is a reason why the two scores can disagree.

**Distance, digits:** the share is well above 5 % at every size, but it does not grow all the way: it can be smaller in 20 dimensions than in 10. About five of the 20 dimensions are not active there: their $\mu$ hardly varies over the images (lesson 02). In such a dimension each code is nearly a draw from the prior, so the codes fill it.

</details>

The draws miss the codes of their class. Within one class the codes fill only part of the prior. Which directions they leave empty was not measured.

You would not find this in a histogram of $z_1$. Each dimension alone can look fine while most *combinations* never occur.
"""

# %% [markdown]
r"""
### Two repairs

**Fewer dimensions.** Choose the largest `latent_dim` that still draws what you ask for, say with at least 90 % recognised.

**Draw from where the codes are.** Keep the model and replace the prior *after* training. For each class, fit a Gaussian with full covariance to its codes, and draw $z$ from that. Ghosh et al. (2020) call this *ex-post density estimation*.

The code below draws from $\mathcal{N}(m, \Sigma)$ as $m + L\varepsilon$, where $L$ is the Cholesky factor: $L L^\top = \Sigma$.

Which repair changes the neg ELBO that you report? Decide before you run the cell.
"""


# %%
def from_fitted_gaussian(model: nn.Module, digit: int, num_images: int) -> Tensor:
    """Images of one class with z from a Gaussian that was fitted to the codes of that class."""
    chosen = images.train_labels == digit
    cloud = sampled_codes(model, images.train_x[chosen], images.train_labels[chosen])
    # A little more variance keeps the covariance invertible where a class has few codes.
    covariance = torch.cov(cloud.T) + 1e-3 * torch.eye(model.latent_dim, device=device)
    noise = torch.randn(num_images, model.latent_dim, device=device)
    z = cloud.mean(dim=0) + noise @ torch.linalg.cholesky(covariance).T
    y = one_hot(torch.full((num_images,), digit, device=device), 10)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


num_each = runtime.choose(1000, 50)
repaired = {}
for d in scores:
    drawn = torch.cat([from_fitted_gaussian(models[d], digit, num_each) for digit in range(10)])
    wanted = torch.arange(10, device=device).repeat_interleave(num_each)
    repaired[d] = classifier.accuracy(judge, drawn, wanted)
    print(f"latent_dim {d:2}: prior {hits[d]:.1%}, fitted Gaussian {repaired[d]:.1%}")

good = [d for d in scores if hits[d] >= 0.9]
if good:
    cost = scores[max(good)].neg_elbo - min(s.neg_elbo for s in scores.values())
    print(f"recommended: latent_dim {max(good)}, {hits[max(good)]:.1%}, costs {cost:.1f} nats")
else:
    print("no model reaches 90 %: train longer")

# %% figure="repairs"
asked = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 8]
strips = {
    "20, prior": [generate_class(models[20], c, 1) for c in asked],
    "5, prior": [generate_class(models[5], c, 1) for c in asked],
    "20, fitted": [from_fitted_gaussian(models[20], c, 1) for c in asked],
}
pictures = torch.cat([picture for strip in strips.values() for picture in strip])
axes = plotting.image_grid(
    pictures, num_columns=12, titles=[str(c) for c in asked], row_titles=list(strips)
)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Three rows of twelve generated digits. First row, 20 dimensions from the prior: several are broken. Second row, 5 dimensions from the prior: most are readable, and four are broken or pale. Third row, 20 dimensions from the fitted Gaussian: most are readable.](figures/repairs.png)

**MNIST.** The picture shows twelve draws each; 1,000 tell more. Five dimensions are recommended: {{100 * mnist("CVAE 784-400-5", "accuracy").mean:.1f}} % recognised, at a price of {{near("about 14", mnist("CVAE 784-400-5", "neg_elbo").mean - mnist("CVAE 784-400-20", "neg_elbo").mean, 0.5)}} nats of neg ELBO. The fitted Gaussian lifts 20 dimensions well above the {{100 * mnist("CVAE 784-400-20", "accuracy").mean:.1f}} % of the prior.

**Small digits.** {{claim("All four sizes pass 90 %", min(digits(f"CVAE 784-400-{d}", "accuracy").mean for d in (2, 5, 10, 20)) > 0.9)}}, so the recommendation is 20. There, too, the fitted Gaussian is better than the prior.

</details>

Which repair changes the neg ELBO? The first one does: the smaller model has a worse one, because the decoder is told fewer details. The second leaves the printed number as it is, since no weight changes: it only needs one mean and one covariance matrix per class. But that number belongs to the prior $\mathcal{N}(0, I)$. If you draw from the fitted Gaussian, compute a new one.

If you need the fine details, take 20 dimensions and fit the codes. Which model is better depends on what it is for.
"""

# %% [markdown]
r"""
*Try it:* multiply $z$ by 0.7 before decoding. How many digits are recognised now, and what did you give up?

<details><summary>Answer</summary>

The draws move towards the middle, where the codes are dense, so more of them should be recognised. You give up variety: extreme styles become rare. And you no longer sample from the model whose neg ELBO you report.

</details>

Sources: Hoffman and Johnson (2016), *ELBO surgery: yet another way to carve up the variational evidence lower bound* (a workshop paper at NeurIPS); Ghosh, Sajjadi, Vergari, Black and Schölkopf (2020), *From variational to deterministic
autoencoders*, https://arxiv.org/abs/1903.12436.
"""

# %% [markdown]
r"""
## Result card

Your models beside the results of earlier runs with several seeds. NMI and probe measure how well the codes tell the class. "Recognised" is what the judge said about 10,000 generated digits.
"""

# %%
terms = evaluation.neg_elbo(vae, images.test_x)
rows = {
    "VAE 784-400-20": {
        "neg_elbo": terms.neg_elbo,
        "recon": terms.recon,
        "kl": terms.kl,
        "active_units": evaluation.active_units(vae, images.test_x),
        "nmi": information["VAE, 20"][0],
        "probe": information["VAE, 20"][1],
        "seconds": vae_history.seconds,
    }
}
for d in sorted(models, reverse=True):
    rows[f"CVAE 784-400-{d}"] = {
        "neg_elbo": scores[d].neg_elbo,
        "recon": scores[d].recon,
        "kl": scores[d].kl,
        "active_units": evaluation.active_units(models[d], images.test_x, y=test_y),
        "accuracy": hits[d],
        "seconds": histories[d].seconds,
    }
for d in (20, 2):
    nmi, probe = information[f"CVAE, {d}"]
    rows[f"CVAE 784-400-{d}"] |= {"nmi": nmi, "probe": probe}
result_card("03_cvae", rows, images.name)

# %% [markdown]
r"""
## Quiz

**1.** A CVAE has a test neg ELBO 20 nats better than another one. What does this say about the digits that it draws on demand?

<details><summary>A. They are more readable.</summary>

Not quite: the neg ELBO tests codes of real images. Drawing on demand starts from the prior, where the decoder may never have been trained.

</details>
<details><summary>B. Nothing certain: the score rests on other codes than the drawings.</summary>

Right: because $q(z|x, y)$ and $p(z)$ can lie in different places. Measure the drawings with a judge.

</details>
<details><summary>C. They are more varied.</summary>

Not quite: the score is an average over real images and says nothing about the spread of the draws.

</details>
"""

# %% [markdown]
r"""
**2.** Your CVAE is trained. A linear probe reads the class from its codes in {{100 * mnist("CVAE 784-400-20", "probe").mean:.0f}} of 100 cases. What do you conclude?

<details><summary>A. The conditioning does not work.</summary>

Not quite: a model without conditioning had {{100 * mnist("VAE 784-400-20", "probe").mean:.0f}} of 100. Here the decoder gets the class from $y$, so $z$ rarely repeats it. To test the conditioning, encode with the true label and decode with a false one.

</details>
<details><summary>B. The codes hold something about the class, but a linear probe reads far less than from a VAE.</summary>

Right: because always answering "one" gives 11.4 of 100, and a VAE gave {{100 * mnist("VAE 784-400-20", "probe").mean:.0f}}. The clouds of the classes are similar, not equal. Another classifier may read more.

</details>
<details><summary>C. The codes hold 29 % of the image.</summary>

Not quite: the probe measures the class only. The style, which $z$ does describe, does not show in it.

</details>
"""

# %% [markdown]
r"""
**3.** Somebody gives the label to the encoder. `decode(z, y)` takes the label too, but does not use it. The loss falls. What happens when you ask for a seven?

<details><summary>A. You get sevens, because the encoder knew the label.</summary>

Not quite: the encoder takes no part in generation. You draw $z$ from the prior and decode it.

</details>
<details><summary>B. You get an error.</summary>

Not quite: `decode` accepts $y$, so nothing is raised. To find this, encode with the true label and decode with a false one, for many images. If the label never changes the picture, the decoder ignores it. Lying to both networks does not show which one listens.

</details>
<details><summary>C. You get any digit.</summary>

Right: because a decoder that does not see $y$ draws whatever $z$ says, and $z$ comes from a prior that knows no classes.

</details>
"""

# %% [markdown]
r"""
## Summary

- A condition is one more input, to *both* networks. The bound is that of lesson 02 with $y$ given; the prior stays $p(z)$.
- With the true distributions a label is worth at most $\log 10$ nats. Bounds of small networks can gain more.
- What $y$ says, $z$ need not say. What remains in $z$ is mostly style.
- Stop by images that you do not train on, with some patience, and put the best weights back.
- Test what you believe: clusters, a probe on held-out codes, false labels, a judge.
- The neg ELBO scores codes of real images. Generation draws from the prior. In many dimensions these are different places.

## Questions to discuss
"""

# %% [markdown]
r"""
### A prior for every class (2 points)

A classmate proposes a *learned prior* $p(z|y) = \mathcal{N}(m_y, I)$. The mean $m_y$ of every class is trained along with the rest.

What do you expect for the NMI of the codes with the class? What for the pictures in which $y$ is swapped at a fixed $z$? Does the neg ELBO have to get better?
"""

# %% [markdown] written="prior_per_class" points=2
r"""
Nothing forces the classes onto the same region any more. If the means $m_y$ drift apart, codes of different classes lie in different places. Clusters appear, and NMI and probe rise. This costs no KL, because the KL is measured from
$m_y$. The class is then in $z$ again. Swapping $y$ at a fixed $z$ no longer works: the decoder has only seen threes around $m_3$. With a $z$ from there and the label 8 it was never trained. One would have to move $z$ by $m_8 - m_3$ as well.

The neg ELBO need not improve much. The family contains the old model (all $m_y = 0$), so the best reachable bound cannot be worse. But the decoder already knows $y$, and a shift of $z$ per class can be undone by the bias that $y$
gives its first layer. So a mean alone adds almost nothing. A prior with its own covariance, or a richer form, for each class is different. It could follow the shape of each cloud of codes and shrink the term that made the draws fail.

**Points.** 0.5: NMI (and probe) can rise, because classes may lie apart at no cost in KL. 0.5: swapping $y$ at a fixed $z$ fails, with the reason (the decoder was never trained there) or the repair (move $z$ too).
0.5: the best bound cannot be worse, because $m_y = 0$ is contained. 0.5: it need not be better, with a reason (the decoder can shift by itself). An answer "it must improve because the prior is more flexible" gets none of the last 0.5.
"""

# %% [markdown]
r"""
### Which model would you ship? (2 points)

A colleague reports: "Our CVAE with 20 latent dimensions beats yours with 5 by many nats of test neg ELBO. So we ship it in the app that draws digits on demand."

Answer with the measurements of this lesson. Which numbers would you ask for? What could make *their* model fit for the app without training it again?
"""

# %% [markdown] written="which_model" points=2
r"""
The neg ELBO says how well the model explains real images, through codes of those images. An app that draws on demand never sees a code: it draws $z$ from the prior. So the number does not answer the question. I would ask for the
fraction of drawn digits that an independent classifier recognises, per class, with the classifier's own accuracy on real images beside it. I would also look at the drawings: a model that draws one perfect seven again and again would
score 100 %, so variety counts too. In this lesson, on MNIST, the ranking by recognised digits was the opposite of the ranking by neg ELBO.

Without training again: the failure comes from draws that lie away from the codes, so draw where the codes are. Fit a density to the codes of each class after training, a full Gaussian or something richer, and draw from that. A smaller spread of $z$
also helps, but costs variety. Then measure both again, and say in the report that the app does not use the prior of the model whose neg ELBO is quoted.

**Points.** 0.5: the neg ELBO is about codes of real images, the app about draws from the prior. 0.5: asks for a recognised fraction by a judge (with the judge's accuracy on real images, or per class). 0.5: a repair without training: a density fitted to the codes (a smaller spread of $z$ alone: 0.25).
0.5: one limit of the numbers: variety, or that the quoted neg ELBO no longer belongs to what the app draws.
"""

# %% [markdown]
"""
## How far you are

Did *Run All Cells* bring you here? It stops at the first check that is not right yet, and runs nothing below it. In a new notebook that is Exercise 3.1: the table of contents in the left bar takes you there.

The line below counts the checks that have run since the kernel started. It stays in this notebook and is not a grade.
"""

# %%
checks.progress()

# %% [markdown]
r"""
## Where next

- **Lesson 04**, [rate, distortion and disentanglement](../04_beta_vae/04_beta_vae.ipynb), changes the weight of the KL on purpose, and looks at every latent dimension alone.
- **Lesson 05**, [looking at what was learned](../05_latent_space/05_latent_space.ipynb), walks through the latent space.
- **Lesson 06** looks for [classes without labels](../06_gumbel_vae/06_gumbel_vae.ipynb).
- **[Lesson 08](../08_debugging_clinic/08_debugging_clinic.ipynb)** gives you nine broken VAEs to diagnose. One of them is conditional.

To read: Kingma et al. (2014), *Semi-supervised learning with deep generative models*, https://arxiv.org/abs/1406.5298, for what to do when only some images have labels. Sohn, Lee and Yan (2015), *Learning structured output representation
using deep conditional generative models*, for conditions that are images themselves.
"""
