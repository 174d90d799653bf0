# %% [markdown]
r"""
# Lesson 08: the debugging clinic

![Two falling curves of the reported loss over 600 steps. For the first 150 steps the two are hard to tell apart. From about step 200 on the curve of patient 1 lies below that of the control; at the end it is near 119 and the control near 127.](figures/patient_1.png)

Both programs train the same network on the same images. The lower curve belongs to the broken one.

Nine programs wait here. Each runs without an error, and each is wrong. That is how VAEs usually fail: the loss falls and the pictures look like something.

**You will be able to**

- tell a broken VAE from a healthy one by numbers that take a minute;
- separate faults that look the same;
- find out what a program does before you read it, then repair one line and prove it;
- write down what to try when *your* VAE does not work.

**What it takes.** About {{minutes()}} minutes of your time, and lessons 01 to 05. Of these minutes the computer takes {{computer("mnist")}} on MNIST, {{computer("digits")}} on the small digits (no GPU).

Units, everywhere: **nats per image**. Symbols are in the [glossary](glossary.md).
"""

# %% setup=true
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from course_utils import clinic, data, evaluation, models, plotting, runtime
from course_utils.checks import nb08_debugging_clinic as checks
from course_utils.likelihood import negative_elbo
from course_utils.result_card import result_card

# %%
runtime.seed_everything()
images = data.load("mnist")
device = images.train_x.device
test_x, test_labels = images.test_x[:2000], images.test_labels[:2000]
num_steps = runtime.choose(600, 20)
print(f"{images.name}: {len(images.train_x):,} to learn from, {len(test_x):,} to test on")

# %% [markdown]
r"""
**Your first guess.** How can a broken program report a *lower* loss than a correct one?
"""

# %%
guess = "..."  # your guess, one line; it is not graded

# %% [markdown]
r"""
## How the clinic works

**One network.** Every patient gets the same small network with fresh weights, or its conditional version.

| patient | training |
|---|---|
| 0 to 5, 8 | 600 steps |
| 6 | 60 steps, after the repair 600 |
| 7 | some epochs over a part of the images |
| 9 | none: it only scores |

**A program** is a function `program(model, *batch)` that returns its loss first. It holds sampling, likelihood, KL and the way they are put together. In each, *one* thing is wrong unless the story says otherwise. Patients 7 and 9 are a training loop and an evaluator.

**A repair leaves everything else as it was.** The hidden tests check that. Hints say what to measure. They do not contain the repair.
"""

# %% [markdown]
r"""
**The order of work.** Each exercise begins with the *chart*: the symptom, from our run on MNIST. Name your suspects from it. Then make a measurement that would come out differently for two of them. Read the code last. Its author had read it too, and saw no fault.
"""

# %% [markdown]
r"""
**Suspects.** Nearly every fault of a VAE is in one of these places. Keep the list beside you.

| place | what may be wrong there |
|---|---|
| data | scale of the pixels, test images in the training set |
| encoder output | order, meaning or units of $\mu$ and `log_var` |
| sampler | wrong noise, no noise, no gradient |
| decoder input | a condition that is ignored or that says too much |
| likelihood | logits or probabilities, sum or mean |
| KL | a term, a factor, sum or mean |
| optimizer | weights that it does not get, step size, gradients that are kept |
| report | counts, names, train or evaluation mode |

At the end (exercise 8.10) you name the cause of each patient. Keep notes.
"""

# %% [markdown]
r"""
## The healthy control

You need to know what is healthy first. The control uses the loss that the course has used since lesson 02.
"""


# %%
def fresh_model() -> nn.Module:
    """The same untrained VAE, 784-200-10, for everybody."""
    runtime.seed_everything()
    return models.MLPVAE(784, (200,), latent_dim=10).to(device)


def healthy(model: nn.Module, x: Tensor) -> tuple[Tensor]:
    """The control: the loss alone, from a program that is known to be right."""
    x_logits, mu, log_var = model(x)
    return (negative_elbo(x_logits, x, mu, log_var),)


control = fresh_model()
control_losses = clinic.train(healthy, control, images.train_x, num_steps)
vital = evaluation.neg_elbo(control, test_x, num_samples=4)
print(f"control: neg ELBO {vital.neg_elbo:.1f} = recon {vital.recon:.1f} + kl {vital.kl:.1f}")

# %% [markdown]
r"""
`clinic.listen(program, model, x)` runs a program once. It reports what went into the encoder, what came out, and what went into the decoder, **whatever the program calls these things**: `x`, `mu`, `log_var`, `z`, `z_has_gradient`, `x_logits`, and `condition` for a conditional model. Where a program takes labels too, put them after `x`. Note the healthy values.
"""

# %%
heard = clinic.listen(healthy, control, test_x)
print(f"encoder sees x from {heard.x.min():.1f} to {heard.x.max():.1f}")
print(f"noise (z - mu) / sigma: mean {heard.noise.mean():.2f}, spread {heard.noise.std():.2f}")
print(
    f"z: spread over images {heard.z.std(dim=0).mean():.2f}; a gradient passes: {heard.z_has_gradient}"
)

# %% [markdown]
r"""
The instruments, all from earlier lessons. Each costs a few lines.

| instrument | from | healthy |
|---|---|---|
| **ladder**: score of $p = \tfrac12$, of the mean image, of PCA | 02 | a trained VAE is far below the mean image |
| **second opinion**: measure the same model with another program | 02 | the same numbers, up to noise |
| **the same call twice** | 02 | close, but not equal |
| **mute encoder**: all weights and biases 0, so $\mu = 0$, `log_var` $= 0$ | 01 | KL exactly 0 |
| **closed form against Monte Carlo** KL, from the $z$ that the program draws | 01 | agree within the error |
| **gradient of recon alone** in the encoder's weights | 01 | not zero |
| **overfit one batch** | 02 | loss falls far below that of the whole data set |
| **KL per dimension, active units** | 04 | some dimensions well above 0, none below |
| **spread of $z$ over many images** | 05 | settles near 1; after 600 steps on MNIST up to 1.3 |
| **draws from the prior beside reconstructions** | 02, 05 | draws a little worse |
| **swap the condition** at a fixed $z$; **swap $z$** at a fixed condition | 03 | both change the picture |
| **the range**: smallest and largest of every tensor | 02 | pixels and probabilities in [0, 1] |
"""

# %% [markdown]
r"""
<details><summary>Why should the spread of z settle near 1?</summary>

Multiply all codes of one dimension by $a$ and let the decoder divide by $a$. Recon stays the same. The KL becomes $\tfrac12\big(a^2\, \overline{(\mu^2 + \sigma^2)} - 1 - \log \sigma^2\big) - \log a$, averaged over images. Set its derivative in $a$ to zero: $a^2\, \overline{(\mu^2 + \sigma^2)} = 1$. So a fully trained VAE has $\overline{\mu^2 + \sigma^2} = 1$ in every dimension that it uses. If the mean is 0, this is the squared spread. After only 600 steps the control is not there yet.

</details>
"""

# %% [markdown]
r"""
## Patient 0: how it is done

One case together. *A proud owner: "Loss 0.25 after one minute! The papers have 86."* The program is in the next cell. Run it first and look at the two lines of numbers. What strikes you?
"""


# %%
def patient_0(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The negative ELBO and its two terms."""
    mu, log_var = model.encode(x)
    z = mu + (log_var / 2).exp() * torch.randn_like(mu)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x)
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(-1).mean()
    return recon + kl, recon, kl


model_0 = fresh_model()
losses_0 = clinic.train(patient_0, model_0, images.train_x, num_steps)
clinic.second_opinion(model_0, test_x, patient_0_says=patient_0(model_0, test_x))

# %% [markdown]
r"""
**Symptom.** The patient reports a fraction of a nat. The clinic measures the same model and says about 200 (on MNIST). So one of the two does not measure in nats per image. And both say a KL of 0.00: the code $z$ carries nothing.

**How bad is 200?** Put it on the ladder. Beside which bar do you expect patient 0?
"""

# %% figure="ladder" store="mean_image=rungs['mean image'], pca=rungs['PCA, 10 components'], patient_0=measured_0, control=vital.neg_elbo"
rungs = evaluation.baseline_ladder(images.train_x[:10_000], test_x, num_components=10)
measured_0 = evaluation.neg_elbo(model_0, test_x).neg_elbo
axes = plotting.ladder(rungs | {"patient 0": measured_0, "control": vital.neg_elbo})

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Bar chart: p = 1/2 everywhere 543.4 nats, the mean image 199.6, PCA with ten components 133.4, patient 0 200.4, the control 125.6.](figures/ladder.png)

Patient 0 is beside the mean image. It draws the same average picture for every image. Together with KL = 0 this is *posterior collapse* (lesson 04). (Lesson 02 has another number for the mean image. It takes the mean of all training images and scores all test images.)

</details>

**Suspects.** What makes a VAE stop using $z$? The KL may weigh too much. The sample may not reach the decoder. No gradient may come back through it. The encoder may not see what it needs. Or the decoder may not use $z$, for example because it knows everything already. Five suspects, one symptom: find tests that separate them.
"""

# %%
heard = clinic.listen(patient_0, model_0, test_x)
print(
    f"does the message arrive?  noise: spread {heard.noise.std():.2f}; gradient: {heard.z_has_gradient}"
)


def without_price(model: nn.Module, x: Tensor) -> tuple[Tensor]:
    """Patient 0 with a KL that costs nothing."""
    return (patient_0(model, x)[1],)


relieved = fresh_model()
losses = clinic.train(without_price, relieved, images.train_x, num_steps)
print(f"recon at no price: {evaluation.neg_elbo(relieved, test_x).recon:.0f} nats, by the clinic")
undecided = torch.zeros(1, 784)
print(
    f"what it charges for p = 1/2 everywhere: {F.binary_cross_entropy_with_logits(undecided, test_x[:1].cpu()):.3f}"
)

# %% [markdown]
r"""
**Reading the tests.** The noise is standard and a gradient passes, so the sampler is fine. Without the KL the same program learns to reconstruct, far below the mean image. So encoder and decoder work. The KL weighs too *much* in comparison with recon.

The last line says by how much. An image of which you know nothing costs $784 \log 2 = 543.4$ nats. The program charges $0.693 = \log 2$, which is 784 times too little.

**Cause.** Without `reduction="none"` and a sum, this function averages over the pixels. The program trains with $\beta = 784$. (You computed this beta in lesson 02.)

**Repair and proof.** One line: 784 times the mean over pixels and images is the sum over pixels, averaged over images. Then the *same* measurement that showed the fault.
"""


# %%
def repair_0(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The negative ELBO and its two terms, in nats per image."""
    mu, log_var = model.encode(x)
    z = mu + (log_var / 2).exp() * torch.randn_like(mu)
    recon = 784 * F.binary_cross_entropy_with_logits(model.decode(z), x)
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(-1).mean()
    return recon + kl, recon, kl


model_0 = fresh_model()
losses_0 = clinic.train(repair_0, model_0, images.train_x, num_steps)
clinic.second_opinion(model_0, test_x, patient_0_says=repair_0(model_0, test_x))

# %% [markdown]
r"""
**What just happened.** Both lines agree, and the model is about as good as the control. Note the order: a symptom, a number to compare it with, suspects, a test that *separates* them, one line changed, the first measurement again.

Now it is your turn.
"""

# %% [markdown]
r"""
## Exercise 8.1: the overachiever

**4 points · {{minutes("repair_1")}} minutes · difficulty 2/5 · importance 5/5**

*Patient 1 trains on the same images as the control, in the same order. It soon reports a better loss, and keeps it.*

**The chart** is the picture at the top of this lesson: near the end patient 1 reports about 119 nats, the control about 127. You have guessed how that is possible. Now measure: run the program and the next two cells, and only then read it.
"""


# %%
def patient_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The negative ELBO of a Bernoulli VAE and its two terms, three scalars in nats per image."""
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


model_1 = fresh_model()
losses_1 = clinic.train(patient_1, model_1, images.train_x, num_steps)

# %% figure="patient_1" store="control=curves['control'][-1], patient=curves['patient 1'][-1]"
curves = {"control": clinic.smooth(control_losses), "patient 1": clinic.smooth(losses_1)}
where = 20 * torch.arange(1, len(curves["control"]) + 1)
axes = plotting.curves(where, curves, xlabel="step", ylabel="reported loss (nats per image)")
top = 3 * float(curves["control"][-1]) / 2
limits = axes.set_ylim(0.8 * float(curves["patient 1"][-1]), top)

# %%
clinic.second_opinion(model_1, test_x, patient_1_says=patient_1(model_1, test_x))
print(f"the control: {vital.neg_elbo:.2f}")

# %% [markdown]
r"""
**Reading the symptom.** By its own account patient 1 beats the control by about eight nats (on MNIST). By our measurement it is *worse* than the control. Both numbers are for the same weights and the same images. So its reported loss is no bound any more: something costs less than it should.

Look closer. The two lines agree about the KL to the last digit. They do not agree about recon. Recon depends on three things: the image, the decoder, and the $z$ between them.

Which places in the table of suspects can you cross out? Which instrument examines $z$? When you know, copy the patient's body into the stub and repair it. `model.encode` returns $\mu$ and the natural logarithm of the *variance*, here and everywhere in the clinic. Leave that as it is.
"""


# %% exercise="repair_1"
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The negative ELBO of a Bernoulli VAE and its two terms, three scalars in nats per image.

    Args:
        model: A VAE with `encode` (which returns mu and log_var) and `decode`.
        x: Images, (batch, num_pixels), float32 or float64; they stay as they are.

    Returns:
        (loss, recon, kl), three scalar tensors of the dtype of x, the loss differentiable; recon from one fresh
        sample of z for every image.
    """
    ### BEGIN SOLUTION
    # The encoder speaks of a variance; Normal wants a standard deviation. The KL was right all along.
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: where to listen</summary>
Image and decoder are the same for patient and clinic. So listen to what goes into the decoder: <code>clinic.listen(patient_1, model_1, test_x)</code>.
</details>
<details><summary>Hint 2: what to compare</summary>
The noise of a healthy program, $(z - \mu)/\sigma$, is standard normal in every dimension. You printed it for the control. Print its spread for this patient, one number per latent dimension, and beside it the mean of <code>log_var</code> in that dimension. Two columns of ten numbers: how does one follow from the other?
</details>
<details><summary>Hint 3: how much to change</summary>
The repair stays within one line. You wrote its correct form in exercise 1.4. Afterwards the spread of the noise is 1.00 in all ten dimensions, and the two lines of the second opinion agree.
</details>
"""

# %% check="repair_1" points=4
checks.repair_1(repair_1)
assert len(repair_1(models.MLPVAE(6, (4,), 2), torch.rand(3, 6))) == 3, "(loss, recon, kl)"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb08_debugging_clinic.hidden import grade_repair_1

grade_repair_1(repair_1)
### END HIDDEN TESTS

# %% [markdown]
r"""
Measure again, on a model trained with your repair. Which of the two lines should change, and in which direction?
"""

# %%
model_1 = fresh_model()
losses_1 = clinic.train(repair_1, model_1, images.train_x, num_steps)
clinic.second_opinion(model_1, test_x, patient_1_says=repair_1(model_1, test_x))

# %% [markdown]
r"""
<details><summary>What you should see</summary>

The number that the patient reports rises. The number that the clinic measures falls. Now they agree. Up to noise it is the control's number: same seed, same mathematics, other code.

</details>

If you had looked only at the reported loss, you would have kept the fault and rejected the repair. A loss that is *too good* is a symptom, like one that is too bad.

*Try it:* would a test set have shown this fault?

<details><summary>Answer</summary>
Not by itself. The symptom above was measured on test images, with the patient's own formula, and it looked good. Only a second program showed it.
</details>
"""

# %% [markdown]
r"""
## Exercise 8.2: the shy one

**4 points · {{minutes("repair_2")}} minutes · difficulty 2/5 · importance 4/5**

*The owner of patient 2 has no complaint. The program takes a `beta`, so that the weight of the KL can rise slowly from 0 to 1 (lesson 04). All of the following is at* $\beta = 1$*.*

**The chart:**

![Bar chart over ten latent dimensions: the spread of z over the test images, two bars for each dimension. Those of the control are between 1.05 and 1.3, those of patient 2 between 0.75 and 0.95, below the dashed line of the prior in every dimension.](figures/patient_2.png)

Both models have trained for 600 steps. Towards which value should the spread go, and which place in the table of suspects decides that? Write your suspect down.
"""

# %%
guess = "..."  # your guess, one line; it is not graded


# %%
def patient_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    """recon + beta * kl of a Bernoulli VAE and its two terms, three scalars in nats per image."""
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


model_2 = fresh_model()
losses_2 = clinic.train(patient_2, model_2, images.train_x, num_steps)
clinic.second_opinion(model_2, test_x, patient_2_says=patient_2(model_2, test_x))
print(f"the control: {vital.neg_elbo:.2f}")


# %% figure="patient_2" store="control_least=min(b.get_height() for b in axes.patches[:10]), control_most=max(b.get_height() for b in axes.patches[:10]), least=min(b.get_height() for b in axes.patches[10:]), most=max(b.get_height() for b in axes.patches[10:])"
def spread_of_z(model: nn.Module) -> Tensor:
    """Standard deviation over the test images of one sample of z each, (latent_dim,)."""
    mu, log_var = evaluation.encode(model, test_x)
    return (mu + (0.5 * log_var).exp() * torch.randn_like(mu)).std(dim=0)


def spread_bars(patients: dict[str, nn.Module]) -> plt.Axes:
    """Bars of the spread of z, side by side for each dimension; the dashed line is the prior."""
    axes = plotting.new_axes(6, 2.8)
    for shift, (name, model) in enumerate(patients.items()):
        place = torch.arange(1, 11) - 0.2 + 0.4 * shift
        axes.bar(place, spread_of_z(model).cpu(), 0.38, label=name, color=plotting.PALETTE[shift])
    axes.axhline(1, color="black", linewidth=1, linestyle="--", label="prior")
    axes.set(xlabel="latent dimension", ylabel="spread of z over images", xticks=range(1, 11))
    axes.legend(frameon=False, ncols=3, fontsize=8, loc="upper left", bbox_to_anchor=(0, 1.18))
    return axes


axes = spread_bars({"control": control, "patient 2": model_2})

# %% [markdown]
r"""
**Reading the symptom.** This time recon agrees (up to noise) and the KL does not: the patient reports a KL that is some nats too high.

And its codes are too narrow. The control is at 1 or above. The patient is *below* 1, in all ten dimensions, as if the prior were narrower than 1. If you draw $z \sim \mathcal{N}(0, I)$, most draws lie further out than the codes of the images.

A score some nats from the control's could be bad luck. Two KLs of the same weights that differ cannot: nothing random enters them. A spread below 1 in ten dimensions out of ten is no bad luck either.
"""


# %% exercise="repair_2"
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    """recon + beta * kl of a Bernoulli VAE and its two terms, three scalars in nats per image.

    Args:
        model: A VAE with `encode` (which returns mu and log_var) and `decode`.
        x: Images, (batch, num_pixels), float32 or float64; they stay as they are.
        beta: Weight of the KL in the loss.

    Returns:
        (loss, recon, kl), three scalar tensors of the dtype of x, the loss differentiable; recon from one fresh
        sample of z for every image, kl not multiplied by beta.
    """
    ### BEGIN SOLUTION
    # KL = (sigma^2 + mu^2 - 1) / 2 - ln sigma: with ln sigma, the squares keep their half.
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: an encoder that should cost nothing</summary>
What KL does this program report for an encoder that says nothing? Take <code>fresh_model()</code>, set all parameters of its <code>encoder</code> to 0 under <code>torch.no_grad()</code>, and look at the third number that comes back. What should it be?
</details>
<details><summary>Hint 2: one dimension on paper</summary>
Put $\mu = 0$ into the patient's KL and ask which $\sigma$ makes it cheapest: set its derivative in $\sigma$ to zero. Compare with the bars. For the true KL the answer is 1.
</details>
<details><summary>Hint 3: how much to change</summary>
One line. Write the closed form of lesson 01 once with <code>log_var</code> and once with <code>sigma</code>, and compare it term by term with the patient's. Afterwards a mute encoder has a KL of 0.
</details>
"""

# %% check="repair_2" points=4
checks.repair_2(repair_2)
assert len(repair_2(models.MLPVAE(6, (4,), 2), torch.rand(3, 6), 0.5)) == 3, "(loss, recon, kl)"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb08_debugging_clinic.hidden import grade_repair_2

grade_repair_2(repair_2)
### END HIDDEN TESTS

# %%
model_2 = fresh_model()
losses_2 = clinic.train(repair_2, model_2, images.train_x, num_steps)
clinic.second_opinion(model_2, test_x, patient_2_says=repair_2(model_2, test_x))
print(f"spread of z, mean over dimensions: {spread_of_z(model_2).mean():.2f}")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

The two opinions agree, and the spread is no longer below 1. Compare the score with the one before the repair: it has changed little.

</details>

The clinic's score hardly changed, because the decoder adapts to narrower codes. The two KLs and the spread of the codes showed the fault. When a loss looks all right, look at something that is not the loss.
"""

# %% [markdown]
r"""
## Exercise 8.3: the spendthrift

**4 points · {{minutes("repair_3")}} minutes · difficulty 2/5 · importance 5/5**

*Patient 3 describes grey pixels by a Gaussian with a given* $\sigma$*, as in lesson 02. The owner: "It copies most pictures you show it. But when I draw from the prior, I get smudges."*

**The chart:**

![Three rows of ten pictures. Test images; their reconstructions, which are close except for the 2, a 4, a 9 and the 5; and draws from the prior, which are mostly pale smudges.](figures/patient_3.png)

Mostly good copies, bad draws. What does that say about where the codes lie? Predict the spread of $z$ before you measure it: below 1, near 1, or above?
"""

# %%
guess = "..."  # your guess, one line; it is not graded


# %%
def patient_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    """The negative ELBO with likelihood N(sigmoid of the logits, sigma^2), and its two terms, in nats per image."""
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl


SIGMA = 0.2
model_3 = fresh_model()
losses_3 = clinic.train(lambda m, x: patient_3(m, x, SIGMA), model_3, images.train_x, num_steps)
loss, recon, kl = patient_3(model_3, test_x, SIGMA)
print(f"patient 3 says: loss {loss:.1f} = recon {recon:.1f} + kl {kl:.1f}")


# %% figure="patient_3"
@torch.no_grad()
def three_rows(model: nn.Module) -> plt.Axes:
    """Test images, their reconstructions, and draws from the prior."""
    runtime.seed_everything()
    x_hat = model(test_x[:10])[0].sigmoid()
    drawn = model.decode(torch.randn(10, 10, device=device)).sigmoid()
    rows = torch.cat([test_x[:10], x_hat, drawn])
    return plotting.image_grid(rows, num_columns=10, row_titles=["images", "copies", "draws"])


axes = three_rows(model_3)

# %%
print(f"spread of z over images, mean over dimensions: {spread_of_z(model_3).mean():.2f}")

# %% [markdown]
r"""
**Reading the symptom.** First a false alarm: the loss may be *negative*. Here that is possible. The likelihood is a density, and a density may exceed 1. With $\sigma = 0.2$, a pixel that is exactly right costs $\log(0.2\sqrt{2\pi}) = -0.69$ nats. So a loss below 0 is no fault here.

Now the real complaint. Copies are good and draws are bad. As for patient 2, the codes do not match the prior. But now they spread far *beyond* 1. Draws from the prior lie nearer to the middle, where few images have their codes. So the true KL must be large, much larger than the few nats that the patient reports.

(The clinic's second opinion is for Bernoulli VAEs, so its recon does not apply here. Its KL does: the KL does not depend on the likelihood.)
"""


# %% exercise="repair_3"
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    """The negative ELBO with likelihood N(sigmoid of the logits, sigma^2), and its two terms, in nats per image.

    Args:
        model: A VAE with `encode` (which returns mu and log_var) and `decode`.
        x: Images, (batch, num_pixels), float32 or float64; they stay as they are.
        sigma: Standard deviation of every pixel.

    Returns:
        (loss, recon, kl), three scalar tensors of the dtype of x, the loss differentiable; recon is -log p(x|z)
        of one fresh z for every image, normalising constant included, and may be below 0.
    """
    ### BEGIN SOLUTION
    # kl_divergence gives one number per image and dimension: the dimensions add up, only images are averaged.
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: compute the KL yourself</summary>
<code>mu, log_var = evaluation.encode(model_3, test_x)</code>. Compute the KL of every dimension with the formula of lesson 01, a batch mean for each, and set the ten numbers beside the one that the patient reports.
</details>
<details><summary>Hint 2: by which factor?</summary>
Divide the sum of your ten numbers by the patient's. A mute encoder has a KL of 0 here, as it should, so no single term is wrong: all are too small <i>together</i>. Both numbers come from the same codes, so the factor is exactly a whole number. What else in this model has that size?
</details>
<details><summary>Hint 3: the shape of things</summary>
One line. What shape does <code>kl_divergence(q, prior)</code> have, and what happens to each of its axes? Compare with what happens to the axes in the line of recon.
</details>
"""

# %% check="repair_3" points=4
checks.repair_3(repair_3)
assert len(repair_3(models.MLPVAE(6, (4,), 2), torch.rand(3, 6), 0.5)) == 3, "(loss, recon, kl)"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb08_debugging_clinic.hidden import grade_repair_3

grade_repair_3(repair_3)
### END HIDDEN TESTS

# %% [markdown]
r"""
Train again with your repair. What should happen to the draws, and what to the copies?
"""

# %% figure="repaired_3"
model_3 = fresh_model()
losses_3 = clinic.train(lambda m, x: repair_3(m, x, SIGMA), model_3, images.train_x, num_steps)
axes = three_rows(model_3)

# %%
loss, recon, kl = repair_3(model_3, test_x, SIGMA)
print(f"patient 3 says: loss {loss:.1f} = recon {recon:.1f} + kl {kl:.1f}")
print(f"spread of z over images, mean over dimensions: {spread_of_z(model_3).mean():.2f}")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Three rows of ten pictures as before. The copies are about as close as before, a little softer. The draws are darker than before; two or three resemble a 0, the others are still smudges.](figures/repaired_3.png)

The draws are darker and a little closer to digits, after only 600 steps. The copies have lost some sharpness. After the repair the KL was {{mnist("patient 3", "kl"):.1f}} nats on MNIST and {{digits("patient 3", "kl"):.1f}} on digits, over three seeds.

The spread is nearer to 1 and still above it, because 600 steps are a short training. Fully trained it settles near 1 with any likelihood. The fold at the top of the lesson says why.

</details>

In patients 2 and 3 the codes do not fit the prior. One number, the spread of $z$, told the two apart.
"""

# %% [markdown]
r"""
## Exercise 8.4: the deaf one

**4 points · {{minutes("repair_4")}} minutes · difficulty 3/5 · importance 5/5**

*Patient 4 takes several samples of $z$ for every image and averages, to make the gradient less noisy. "Four samples are better than one," says the owner.* (A shape such as `(4,)` in the call that samples asks for four of them, along a new first axis.)

**The chart:**

![Bar chart: the mean image 199.6 nats, patient 4 199.9, and the control 125.6.](figures/patient_4.png)

The KL is 0, as for patient 0. **Your guess:** is it the same fault? Which single test would tell you?
"""

# %%
guess = "..."  # your guess, one line; it is not graded


# %%
def patient_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    """The negative ELBO of a Bernoulli VAE, recon averaged over samples of z, and its two terms, in nats per image."""
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).sample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


model_4 = fresh_model()
losses_4 = clinic.train(patient_4, model_4, images.train_x, num_steps)
clinic.second_opinion(model_4, test_x, patient_4_says=patient_4(model_4, test_x))

# %% figure="patient_4" store="patient=bars['patient 4']"
measured = evaluation.neg_elbo(model_4, test_x).neg_elbo
bars = {"mean image": rungs["mean image"], "patient 4": measured, "control": vital.neg_elbo}
axes = plotting.ladder(bars)


# %%
def without_price(model: nn.Module, x: Tensor) -> tuple[Tensor]:
    """Patient 4 with a KL that costs nothing."""
    return (patient_4(model, x)[1],)


one_batch = images.train_x[:128]
for name, program in {
    "patient 4": patient_4,
    "patient 4, free": without_price,
    "control": healthy,
}.items():
    losses = clinic.train(program, fresh_model(), one_batch, num_steps)
    print(f"{name:15} on one batch of 128 images: from {losses[0]:.0f} to {losses[-1]:.0f}")

# %% [markdown]
r"""
**Reading the symptom.** Mean image and KL zero: the picture of patient 0. Both opinions agree, so the report is in order. But look at the test on one batch. Patient 0 learned as soon as the KL was removed. This one does not: even on one batch, even without KL, it stays far behind the control. So the weight of the KL is not the cause.

The list is shorter by one. *The sample does not reach the decoder*, *no gradient comes back*, *the encoder does not see what it needs*, or *the decoder does not use $z$*. Which measurement separates these?
"""


# %% exercise="repair_4"
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    """The negative ELBO of a Bernoulli VAE, recon averaged over samples of z, and its two terms, in nats per image.

    Args:
        model: A VAE with `encode` (which returns mu and log_var) and `decode`, which takes (..., latent_dim).
        x: Images, (batch, num_pixels), float32 or float64; they stay as they are.
        num_samples: Fresh samples of z for every image.

    Returns:
        (loss, recon, kl), three scalar tensors of the dtype of x, the loss differentiable.
    """
    ### BEGIN SOLUTION
    # sample() works under no_grad; rsample() is mu + sigma * noise, and gradients pass.
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: ask both networks</summary>
Call the patient once on a batch, then <code>recon.backward()</code>: recon alone, the KL would only confuse you. Then look at the size of <code>.grad</code> in the first layer of <code>model.encoder</code> and of <code>model.decoder</code>, for a fresh model. If it is <code>None</code>, no gradient arrived there.
</details>
<details><summary>Hint 2: where is it lost?</summary>
Between the two networks there is only $z$. <code>clinic.listen</code> reports three things about it: its spread, its noise, and whether a gradient passes. Compare all three with the control.
</details>
<details><summary>Hint 3: how much to change</summary>
One letter will do. Or two lines, if you write the sample yourself as in exercise 1.4. Afterwards both gradients are above zero, and one batch is learned almost as well as by the control.
</details>
"""

# %% check="repair_4" points=4
checks.repair_4(repair_4)
assert len(repair_4(models.MLPVAE(6, (4,), 2), torch.rand(3, 6), 2)) == 3, "(loss, recon, kl)"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb08_debugging_clinic.hidden import grade_repair_4

grade_repair_4(repair_4)
### END HIDDEN TESTS

# %%
model_4 = fresh_model()
losses_4 = clinic.train(repair_4, model_4, images.train_x, num_steps)
clinic.second_opinion(model_4, test_x, patient_4_says=repair_4(model_4, test_x))
print(f"the control: {vital.neg_elbo:.2f}")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

The score is the control's, up to a nat. The KL has risen from 0 to the control's height: {{mnist("patient 4", "kl"):.1f}} nats on MNIST and {{digits("patient 4", "kl"):.1f}} on digits, over three seeds.

</details>

Two patients, one symptom, and one test of three lines: *train without the KL.* (Patient 0 had all images, patient 4 one batch, which is enough.) Without the KL a healthy program overfits one batch. One that does not, even without the KL, has its fault outside the KL. Then no weight of the KL can help.
"""

# %% [markdown]
r"""
## Exercise 8.5: the fog

**4 points · {{minutes("repair_5")}} minutes · difficulty 2/5 · importance 4/5**

*Patient 5 returns the loss and the picture* $\hat x$*. "It has trained all morning," says the owner, "and it has not come below 500. I have tried four learning rates."*

**The chart:**

![Left: the loss of patient 5 starts above 600, where the axis ends, reaches a dashed line at 543 nats within about 100 steps and stays on it; the control falls to about 125. Right: test images above the pictures of patient 5, which are blank but for a tiny dash each.](figures/patient_5.png)

The dashed line is the worst rung of the ladder, $p = \tfrac12$ for every pixel. The pictures are nearly white, and the loss is that of a grey picture. Which number does this program put into its loss for a white pixel?
"""


# %%
def patient_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """The negative ELBO of a Bernoulli VAE, a scalar in nats per image, and the picture x_hat it drew."""
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


model_5 = fresh_model()
losses_5 = clinic.train(patient_5, model_5, images.train_x, num_steps)
measured = evaluation.neg_elbo(model_5, test_x)
print(
    f"patient 5 says {patient_5(model_5, test_x)[0]:.1f}, the clinic measures {measured.neg_elbo:.1f}"
)

# %% figure="patient_5"
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8), layout="constrained")
curves = {"control": clinic.smooth(control_losses), "patient 5": clinic.smooth(losses_5)}
axes = plotting.curves(where, curves, left, xlabel="step", ylabel="reported loss (nats per image)")
line = left.axhline(rungs["p = 1/2 everywhere"], color="black", linestyle="--", linewidth=1)
limits = left.set_ylim(0, 600)
with torch.no_grad():
    album = patient_5(model_5, test_x[:8])[1]
axes = plotting.reconstruction_pairs(test_x[:8], album, right)

# %% [markdown]
r"""
**Reading the symptom.** 543.4 nats is what a network gets for saying nothing about any pixel. On MNIST this patient stays there. (On digits, which have more ink, it comes somewhat lower and stays too.) And yet the pictures that it *shows* are nearly white paper.

White paper, charged as if it were grey: a contradiction is a better clue than any learning rate. What is the smallest loss that a *perfect* picture can get from this program? Which probability does it charge for a pixel of ink, and for a pixel of paper?
"""


# %% exercise="repair_5"
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """The negative ELBO of a Bernoulli VAE, a scalar in nats per image, and the picture x_hat it drew.

    Args:
        model: A VAE with `encode` (which returns mu and log_var) and `decode`.
        x: Images, (batch, num_pixels), float32 or float64; they stay as they are.

    Returns:
        (loss, x_hat), of the dtype of x: the loss, from one fresh z for every image, a scalar tensor that is
        differentiable and, like its gradients, exact at any finite logits; and the probabilities of the pixels
        for the same z, (batch, num_pixels).
    """
    ### BEGIN SOLUTION
    # "with_logits" applies the sigmoid itself: it wants what decode returns.
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(logits)
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: a model that is always right</summary>
Suppose <code>decode</code> returned 50 where there is ink and -50 where there is none. A perfect picture should cost 0 nats. Follow these two numbers through the patient's lines and write down what is charged for each.
</details>
<details><summary>Hint 2: the range</summary>
The charge is the negative logarithm of a probability. Which probabilities can come out of this program at all, over all possible logits? Compare with the range of <code>x_hat</code>.
</details>
<details><summary>Hint 3: how much to change</summary>
Two things are wanted from the same decoder output, a loss and a picture. Give each what it asks for: the documentation of the loss function says in its first line what its first argument is. And mind the end of the docstring: "exact at any finite logits" rules out one tempting repair (lesson 02, exercise 2.2).
</details>
"""

# %% check="repair_5" points=4
checks.repair_5(repair_5)
assert len(repair_5(models.MLPVAE(6, (4,), 2), torch.rand(3, 6))) == 2, "(loss, x_hat)"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb08_debugging_clinic.hidden import grade_repair_5

grade_repair_5(repair_5)
### END HIDDEN TESTS

# %% figure="repaired_5"
model_5 = fresh_model()
losses_5 = clinic.train(repair_5, model_5, images.train_x, num_steps)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8), layout="constrained")
curves = {"control": clinic.smooth(control_losses), "patient 5": clinic.smooth(losses_5)}
axes = plotting.curves(where, curves, left, xlabel="step", ylabel="reported loss (nats per image)")
line = left.axhline(rungs["p = 1/2 everywhere"], color="black", linestyle="--", linewidth=1)
limits = left.set_ylim(0, 600)
with torch.no_grad():
    album = repair_5(model_5, test_x[:8])[1]
axes = plotting.reconstruction_pairs(test_x[:8], album, right)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Left: the loss after the repair falls to about 125 and covers the curve of the control, which cannot be seen. Right: test images above their reconstructions, which resemble them; two 4s look like 9s.](figures/repaired_5.png)

The curve falls from the first step, and no difference from the control can be seen. (The control is drawn too, but hidden.)

</details>

No learning rate could have done that. A loss that *cannot* get low, whatever the network says, is no matter of training. Before you tune anything, ask what a perfect model would score. For black and white pixels the answer must be near 0.
"""

# %% [markdown]
r"""
## Exercise 8.6: the record breaker

**4 points · {{minutes("repair_6")}} minutes · difficulty 2/5 · importance 4/5**

*Patient 6 is a conditional VAE, as in lesson 03. Its owner used to train GANs (networks that draw pictures without a likelihood) and has kept some habits. "Below zero after five steps, and still falling. I am writing the paper."*

**The chart:**

![The reported loss over 60 steps on a scale with both signs: it starts at several hundred, falls through zero at about step four and reaches about minus ten million.](figures/patient_6.png)

Patient 3 was below zero too, and that was harmless. **Your guess:** is it harmless here? Why, or why not?
"""

# %%
guess = "..."  # your guess, one line; it is not graded


# %%
def patient_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The negative ELBO of log p(x|y), Bernoulli pixels, and its two terms, three scalars in nats per image."""
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


def fresh_cvae(num_classes: int = 10) -> nn.Module:
    """The conditional network of lesson 03 in the clinic's size."""
    runtime.seed_everything()
    return models.MLPCVAE(784, (200,), latent_dim=10, num_classes=num_classes).to(device)


labelled = (images.train_x, images.train_labels)
losses_6 = clinic.train(patient_6, fresh_cvae(), labelled, num_steps=runtime.choose(60, 10))

# %% figure="patient_6"
axes = plotting.new_axes()
steps = torch.arange(1, len(losses_6) + 1)
axes = plotting.curves(
    steps, {"patient 6": losses_6}, axes, xlabel="step", ylabel="reported loss (nats per image)"
)
scale = axes.set_yscale("symlog", linthresh=100)
line = axes.axhline(0, color="black", linestyle="--", linewidth=1)

# %% [markdown]
r"""
**Reading the symptom.** Patient 3 had a density. This patient's likelihood is Bernoulli. For pixels from 0 to 1 both terms of its cost (below) are at least 0, so no picture can cost less than 0 nats. Yet here there is no floor: the loss falls for as long as you train, until numbers overflow.

A Bernoulli cost is $-x \log p - (1 - x) \log(1 - p)$. Which values of $x$ make it negative, and does this program use them? One call of `clinic.listen` (with the labels) answers this. Then think about how much you must change: there is more than one correct repair, and the tests accept each. Whether the encoder sees the scaled or the plain images is up to you; the likelihood must see values in [0, 1].
"""


# %% exercise="repair_6"
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The negative ELBO of log p(x|y), Bernoulli pixels, and its two terms, three scalars in nats per image.

    Args:
        model: A conditional VAE with `encode(x, y)`, `decode(z, y)` and `num_classes`; y is one-hot.
        x: Images, (batch, num_pixels), in [0, 1], float32 or float64; unchanged.
        labels: Classes, int64, (batch,); unchanged. A batch need not hold every class.

    Returns:
        (loss, recon, kl), three scalar tensors of the dtype of x, the loss differentiable; recon from one fresh
        sample of z for every image.
    """
    ### BEGIN SOLUTION
    # Bernoulli pixels live in [0, 1]. Centring them belongs to GANs whose generator ends in a tanh.
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: the range</summary>
<code>clinic.listen(patient_6, fresh_cvae(), test_x, test_labels)</code>. Print the smallest and the largest value of everything it reports, and compare with the control at the top of the lesson.
</details>
<details><summary>Hint 2: one pixel on paper</summary>
Take the most extreme value that you found for a pixel, put it for $x$ into the cost, and let $p$ go to 0. What does the optimizer earn?
</details>
<details><summary>Hint 3: who needs what?</summary>
The same tensor goes to two places. For one of them its scale is a matter of taste. For the other it is a matter of what a likelihood means. After the repair, no image has a negative cost.
</details>
"""

# %% check="repair_6" points=4
checks.repair_6(repair_6)
assert (
    len(repair_6(models.MLPCVAE(6, (4,), 2, 3), torch.rand(3, 6), torch.tensor([0, 2, 1]))) == 3
), "(loss, recon, kl)"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb08_debugging_clinic.hidden import grade_repair_6

grade_repair_6(repair_6)
### END HIDDEN TESTS

# %%
model_6 = fresh_cvae()
losses_6 = clinic.train(repair_6, model_6, labelled, num_steps)
with torch.no_grad():
    loss_6, recon_6, kl_6 = (float(term) for term in repair_6(model_6, test_x, test_labels))
print(f"patient 6 says: loss {loss_6:.1f} = recon {recon_6:.1f} + kl {kl_6:.1f}")
print(f"the control, without labels: {vital.neg_elbo:.1f}")

# %% [markdown]
r"""
<details><summary>What you should see</summary>

A positive number below the control's: over three seeds by {{near("about 3 nats", mnist("control", "neg_elbo").mean - mnist("patient 6", "neg_elbo").mean, 0.5)}} on MNIST and {{near("4", digits("control", "neg_elbo").mean - digits("patient 6", "neg_elbo").mean, 0.5)}} on digits. A label is worth something, as in lesson 03.

</details>

PyTorch gave no error or warning while patient 6 trained on its wrong loss.

*Try it:* which assertion, one line before training, would have caught this fault?

<details><summary>Answer</summary>
One that checks the range of the images just before the likelihood: smallest value at least 0, largest at most 1. Put it into your own projects.
</details>
"""

# %% [markdown]
r"""
## Exercise 8.7: the bookkeeper

**4 points · {{minutes("repair_7")}} minutes · difficulty 3/5 · importance 4/5**

*Patient 7 is a training loop. It makes one pass over the images, updates the model after each batch and returns the costs per image. "A nat or two!" says the owner. "And nearly all of it is KL. I think my posterior collapsed the other way round."*

**The chart**, made with the model that this loop trained:

![Two rows of ten pictures: test images and their reconstructions. Most can be recognised; the 2 has become like a 3, two 4s look like 9s, and the 5 and a 9 are blobs.](figures/patient_7.png)

The pictures are those of an ordinary, briefly trained VAE. So what can be wrong, and what cannot?
"""


# %%
def patient_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    """Train for one epoch, in the order given; return the mean loss, recon and kl in nats per image."""

    def update(batch: Tensor) -> tuple[float, float, float]:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        return (recon + kl).item(), kl.item(), recon.item()

    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        totals = [total + term for total, term in zip(totals, update(batch), strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %%
some_x = images.train_x[:12_700]  # on MNIST 100 batches: 99 of 128 images and one of 28
num_epochs = runtime.choose({"digits": 40}.get(images.name, 5), 2)


def school_year(program) -> tuple[nn.Module, dict[str, float]]:
    """Train a fresh model for some epochs; return it with the report of the last."""
    model = fresh_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    reports = [program(model, some_x, optimizer) for _ in range(num_epochs)]
    return model, reports[-1]


model_7, report = school_year(patient_7)
clinic.second_opinion(model_7, some_x, patient_7_says=tuple(report.values()))

# %% figure="patient_7"
with torch.no_grad():
    x_hat = model_7(test_x[:10])[0].sigmoid()
axes = plotting.reconstruction_pairs(test_x[:10], x_hat)

# %% [markdown]
r"""
**Reading the symptom.** The second opinion finds an ordinary VAE. *This model is not broken.* Its report is. So everything that touches the weights is no longer suspect.

What is left is arithmetic. Divide the clinic's loss by the patient's. Compare the *shares* too: which part of the loss does the patient call recon, and which part is it for the clinic? (Both look at training images here. The patient measured while the model was still learning, so do not expect equal digits.)

Careful: this patient has two related faults. The tests give points for each. (In exercise 8.10 both together are one cause.) They also try batch sizes that do not divide the number of images.
"""


# %% exercise="repair_7"
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    """Train for one epoch, in the order given; return the mean loss, recon and kl in nats per image.

    Args:
        model: A VAE; `model(x)` returns x_logits, mu and log_var.
        x: Images, (num_images, num_pixels), float32; they stay as they are. A `DataLoader` may cut them into
            batches.
        optimizer: Makes one update per batch, on the batch's mean negative ELBO (Bernoulli pixels) alone.
        batch_size: Images in a batch; the last may be smaller.

    Returns:
        {"loss", "recon", "kl"}, floats: means over all images, each as it was before its batch's update.
    """

    ### BEGIN SOLUTION
    # A mean over a batch counts for as many images as the batch has; and the names follow the order of update's result.
    def update(batch: Tensor) -> tuple[float, float, float]:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        return (recon + kl).item(), recon.item(), kl.item()

    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        terms = update(batch)
        totals = [total + len(batch) * term for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: three images are enough</summary>
Make the case small: 3 images, <code>batch_size=2</code>, an <code>SGD</code> optimizer with <code>lr=0</code>, so that nothing moves. Compute the three means with <code>evaluation.neg_elbo(model, x, num_samples=100)</code> and compare. The KL must agree exactly, recon and loss only up to the noise of z.
</details>
<details><summary>Hint 2: the unit of every line</summary>
Write the unit beside each variable: nats per image, or nats per batch, or nats times images? What may be divided by a number of images? And would your repair still be right if the last batch held a single image?
</details>
<details><summary>Hint 3: follow one name</summary>
Take the number that is called <code>recon</code> in the dictionary and walk backwards, through every tuple, to the place where it was computed. What is it called there?
</details>
"""

# %% check="repair_7" points=4
checks.repair_7(repair_7)
ward_7 = models.MLPVAE(6, (4,), 2)
assert set(
    repair_7(ward_7, torch.rand(5, 6), torch.optim.SGD(ward_7.parameters(), lr=0.1), batch_size=2)
) == {"loss", "recon", "kl"}, "a dictionary with three names"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb08_debugging_clinic.hidden import grade_repair_7

grade_repair_7(repair_7)
### END HIDDEN TESTS

# %%
model_7, report = school_year(repair_7)
clinic.second_opinion(model_7, some_x, patient_7_says=tuple(report.values()))

# %% [markdown]
r"""
<details><summary>What you should see</summary>

Report and second opinion nearly agree. What remains is correct: the report averages over an epoch in which the model still improved.

</details>

Nothing about the model has changed. A wrong report still does harm: somebody would have lowered the weight of a KL that was never too large.
"""

# %% [markdown]
r"""
## Exercise 8.8: the clairvoyant

**4 points · {{minutes("repair_8")}} minutes · difficulty 3/5 · importance 4/5**

*Patient 8 restores torn photographs with a conditional VAE (after Sohn, Lee and Yan, 2015): given the upper half of a picture, draw the lower half. The upper half is the condition $y$. Both networks see it, and recon counts the lower half only. "In the lab it restores every detail," says the owner. "The customers want their money back."*

**The chart:**

![Four rows of ten pictures. Whole test images; two restorations in the lab, both nearly perfect and the same; and restorations of really torn pictures, whose lower halves are the same pale smudge for all.](figures/patient_8.png)

The rows "in the lab" and "once more" use *different* $z$. **Your guess:** from where does the decoder know the lower half?
"""

# %%
guess = "..."  # your guess, one line; it is not graded


# %%
def patient_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The negative ELBO of the lower half of the pixels given the upper, and its two terms, in nats per image."""
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * mask
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


model_8 = fresh_cvae(num_classes=784)
losses_8 = clinic.train(patient_8, model_8, images.train_x, num_steps)
with torch.no_grad():
    loss, recon, kl = patient_8(model_8, test_x)
print(f"patient 8 says: loss {loss:.2f} = recon {recon:.2f} + kl {kl:.3f}")


# %% figure="patient_8"
@torch.no_grad()
def restored(program, model: nn.Module, pictures: Tensor) -> Tensor:
    """Lower halves drawn with z from the prior and the condition that the program makes, below the given upper halves."""
    y = clinic.listen(program, model, pictures).condition
    drawn = model.decode(torch.randn(len(y), 10, device=device), y).sigmoid()
    return torch.cat([pictures[:, :392], drawn[:, 392:]], dim=1)


def restorations(program, model: nn.Module) -> plt.Axes:
    """Whole pictures, two restorations of them, and one of pictures whose lower half is really gone."""
    whole = test_x[:10]
    torn = torch.cat([whole[:, :392], torch.zeros_like(whole[:, 392:])], dim=1)
    rows = [whole, restored(program, model, whole), restored(program, model, whole)]
    rows.append(restored(program, model, torn))
    titles = ["the truth", "in the lab", "once more", "torn"]
    return plotting.image_grid(torch.cat(rows), num_columns=10, row_titles=titles)


axes = restorations(patient_8, model_8)

# %% [markdown]
r"""
**Reading the symptom.** The third patient with a KL of zero. But patients 0 and 4 drew the mean image, and this one draws the truth. So it knows the lower half, and not from $z$: two different $z$ give the same picture. A code that nobody needs stays empty.

Real uncertainty would look different. The upper half of an eight may belong to a nine, so a healthy model hesitates between several lower halves. It uses $z$ to choose.

Which other way into the decoder is there? Look at everything that it is given.
"""


# %% exercise="repair_8"
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The negative ELBO of the lower half of the pixels given the upper, and its two terms, in nats per image.

    Args:
        model: A conditional VAE with `encode(x, y)` and `decode(z, y)`; y has the shape of x.
        x: Images, (batch, num_pixels), float32 or float64, num_pixels even: the first half of the pixels is the
            upper half of the picture. They stay as they are.

    Returns:
        (loss, recon, kl), three scalar tensors of the dtype of x, the loss differentiable. The condition y is
        the upper half, zeros in place of the lower; the encoder also sees all of x; recon counts the lower half
        only, from one fresh z for every image.
    """
    ### BEGIN SOLUTION
    # The mask marks the pixels to be drawn; the condition is made of the others.
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: two swaps</summary>
Lesson 03: hold $z$ still and give the decoder the condition of another image; then hold the condition and change $z$. Which of the two changes the picture? The figure has made one of these tests for you.
</details>
<details><summary>Hint 2: look at it</summary>
Whatever the decoder is given besides $z$ has 784 numbers. <code>clinic.listen(patient_8, model_8, test_x[:10]).condition</code> is a tensor of that shape, and <code>plotting.image_grid</code> draws it.
</details>
<details><summary>Hint 3: what did they mean?</summary>
Say in words, for each of the two lines that mention the mask, what a 1 in it stands for. If the two sentences disagree, you have found it. Change one of them, and check which half is charged afterwards.
</details>
"""

# %% check="repair_8" points=4
checks.repair_8(repair_8)
assert len(repair_8(models.MLPCVAE(6, (4,), 2, 6), torch.rand(3, 6))) == 3, "(loss, recon, kl)"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb08_debugging_clinic.hidden import grade_repair_8

grade_repair_8(repair_8)
### END HIDDEN TESTS

# %%
model_8 = fresh_cvae(num_classes=784)
losses_8 = clinic.train(repair_8, model_8, images.train_x, num_steps)
with torch.no_grad():
    loss_8, recon_8, kl_8 = (float(term) for term in repair_8(model_8, test_x))
print(f"patient 8 says: loss {loss_8:.2f} = recon {recon_8:.2f} + kl {kl_8:.3f}")

# %% figure="repaired_8"
axes = restorations(repair_8, model_8)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Four rows of ten pictures after the repair. The two restorations of the lab are softer than the truth and differ from each other in several columns; those of torn pictures look like those of the lab.](figures/repaired_8.png)

The restorations look less like the truth than before, and the score got much worse. But torn pictures now fare as well as whole ones. On MNIST the KL is now about {{mnist("patient 8", "kl"):.1f}} nats: $z$ says something that the upper half does not.

On digits the KL was {{digits("patient 8", "kl"):.1f}} nats over three seeds. In an unlucky run it falls to zero. Is that the old fault? No: the score is not too good, and torn pictures still fare like whole ones. It is an ordinary collapse, and it can help to let the weight of the KL rise slowly (*warm-up*, lesson 04).

</details>

Three patients had KL = 0, for three different reasons. Two questions separate them. Is it the mean image or the truth that is drawn? Does the program learn when the KL costs nothing?
"""

# %% [markdown]
r"""
## Exercise 8.9: the steady hand

**4 points · {{minutes("repair_9")}} minutes · difficulty 2/5 · importance 5/5**

*The last patient is an evaluator: it gives trained models their test score. Its scores are better than ours, and always the same.*

**The chart**, for our healthy control:

![Ten scores of the control by patient 9 and ten by the clinic. The clinic's scatter between 125.4 and 125.7; those of patient 9 all lie on one point near 120.2.](figures/patient_9.png)

**Your guess:** a negative ELBO is an expectation over $z$. What would you have to leave out to get exactly the same number ten times?
"""

# %%
guess = "..."  # your guess, one line; it is not graded


# %%
def patient_9(model: nn.Module, x: Tensor) -> float:
    """The negative ELBO of a Bernoulli VAE on test images, in nats per image, without gradients; the model keeps its mode."""
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu) if model.training else mu
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


scores_9 = [patient_9(control, test_x) for _ in range(10)]
ours = [evaluation.neg_elbo(control, test_x).neg_elbo for _ in range(10)]


# %% figure="patient_9" store="least=min(ours), most=max(ours), patient_least=min(scores_9), patient_most=max(scores_9)"
def ten_scores(theirs: list[float], ours: list[float]) -> plt.Axes:
    """Two rows of ten measurements of the same model."""
    axes = plotting.new_axes(6, 1.9)
    for height, (scores, colour) in enumerate(((ours, 0), (theirs, 1))):
        axes.plot(scores, [height] * len(scores), "o", alpha=0.5, color=plotting.PALETTE[colour])
    axes.set(yticks=[0, 1], ylim=(-0.6, 1.6), xlabel="neg ELBO of the control (nats per image)")
    axes.set_yticklabels(["the clinic", "patient 9"])
    return axes


axes = ten_scores(scores_9, ours)

# %%
train_score = evaluation.neg_elbo(control, images.train_x[:2000], num_samples=4).neg_elbo
print(f"patient 9, ten times: {min(scores_9):.4f} to {max(scores_9):.4f}")
print(
    f"the clinic, ten times: {min(ours):.4f} to {max(ours):.4f}; on training images {train_score:.2f}"
)

# %% [markdown]
r"""
**Reading the symptom.** The model is our healthy control. Still this evaluator finds it about five nats better than we do (on MNIST). Compare with the last printed number, the score on training images. Too good again, like patients 0, 1, 6, 7 and 8.

And ten measurements agree to the last digit. You estimate an expectation over $z$ with a few draws, so the estimate *must* vary a little. A number that never varies comes without fresh noise: the seed is fixed, or the noise is left out.
"""


# %% exercise="repair_9"
def repair_9(model: nn.Module, x: Tensor) -> float:
    """The negative ELBO of a Bernoulli VAE on test images, in nats per image.

    Args:
        model: A VAE with `encode` (which returns mu and log_var) and `decode`. It is called in evaluation mode
            (without dropout) and records no graph; after the call its mode and its gradients are as before.
        x: Images, (batch, num_pixels), float32 or float64; they stay as they are.

    Returns:
        A Python float, from one fresh sample of z for every image.
    """
    ### BEGIN SOLUTION
    # eval() is about layers such as dropout. The expectation over z belongs to the bound, in every mode.
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: listen</summary>
<code>clinic.listen(patient_9, control, test_x)</code>. You know what the control sounds like; only the program is another one.
</details>
<details><summary>Hint 2: when is it like that?</summary>
Does it sound the same whatever mode the model was in when the program was called? Read the lines from the top and write beside each what <code>model.training</code> is at that moment.
</details>
<details><summary>Hint 3: do no harm</summary>
Evaluation mode is right, for layers such as dropout. Restoring the mode is right. Leave both as they are and repair something else. After the repair the scores vary a little and agree with the clinic's.
</details>
"""

# %% check="repair_9" points=4
checks.repair_9(repair_9)
assert isinstance(repair_9(models.MLPVAE(6, (4,), 2), torch.rand(3, 6)), float), "a Python float"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb08_debugging_clinic.hidden import grade_repair_9

grade_repair_9(repair_9)
### END HIDDEN TESTS

# %% figure="repaired_9" store="least=min(scores_9), most=max(scores_9)"
scores_9 = [repair_9(control, test_x) for _ in range(10)]
axes = ten_scores(scores_9, ours)

# %% [markdown]
r"""
<details><summary>What you should see</summary>

![Ten scores of the control by the repaired patient 9 and ten by the clinic: two rows of points over the same range, 125.4 to 125.7.](figures/repaired_9.png)

Both rows vary over the same range.

</details>

The fault was worth five nats. That is more than the 3.9 nats between the plain VAE of Burda et al. (2016) and the best model in the same table.

In lesson 01 you had a model whose evidence is known exactly, the linear-Gaussian one. An average ELBO above the evidence proves a fault. When you write an evaluator, try it there first.
"""

# %% [markdown]
r"""
## Exercise 8.10: the medical records

**4.5 points · {{minutes("diagnosis")}} minutes · difficulty 3/5 · importance 3/5**

Every patient is repaired. Now write down what was wrong with each: one letter of a list, half a point per patient. The next cell prints the list, which is `clinic.CAUSES`. It has eighteen causes, in the order of the alphabet, twice as many as there are patients. If a repair worked and you cannot name the cause, look at the line that you changed and say what it did *before*.

Leave `None` for a patient that you are not sure of. The check confirms each entry, or does not.
"""

# %%
for letter, cause in clinic.CAUSES.items():
    print(f"{letter}  {cause}.")


# %% exercise="diagnosis"
def diagnosis() -> dict[int, str | None]:
    """The cause of each patient's disease: numbers 1 to 9 -> a letter of `clinic.CAUSES`, capital or small, or None."""
    ### BEGIN SOLUTION
    return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}
    ### END SOLUTION


# %% [markdown]
r"""
<details><summary>Hint 1: the form</summary>
A dictionary with the keys 1 to 9 and capital letters as values. Patient 0, if it were on the list, would be <code>{0: "N"}</code>.
</details>
<details><summary>Hint 2: strike out</summary>
Nine of the eighteen causes belong to nobody here, or to patient 0. Strike out those that a test of yours excludes: what would <i>gradients that are never cleared</i> do to a model whose second opinion is perfect?
</details>
"""

# %% check="diagnosis" points=4.5
checks.diagnosis(diagnosis)
assert set(diagnosis()) == set(range(1, 10)), "one entry for each of the patients 1 to 9"
### BEGIN HIDDEN TESTS
from autograder.exercises.nb08_debugging_clinic.hidden import grade_diagnosis

grade_diagnosis(diagnosis)
### END HIDDEN TESTS

# %% [markdown]
r"""
Look at your record beside the symptoms:

| what you saw | who had it | what told them apart |
|---|---|---|
| KL = 0, mean image | 0, 4 | does it learn when the KL costs nothing? |
| KL = 0, perfect pictures | 8 | does another $z$ change the picture? |
| a number that is too good | 0, 1, 6, 7, 8, 9 | which *term* disagrees? Do repeated calls? Is the model itself all right? |
| codes do not fit the prior | 2, 3 | spread of $z$ below or above 1; the KL of a mute encoder |
| a loss below zero | 3, 6 | a density, or a Bernoulli likelihood? |
| a loss that does not move | 5 | what would a perfect model cost? |

No single number finds them all.
"""

# %% [markdown]
r"""
## My VAE does not work: one page

Print it. Go from the top: what comes first is cheap and excludes most.

| # | do this | a healthy answer | otherwise look at |
|---|---|---|---|
| 1 | print shape, dtype, smallest and largest value of `x`, `mu`, `log_var`, `z`, `x_logits` | x in [0, 1] for Bernoulli; nothing is NaN; mu and log_var are not the same tensor | loading, scaling, order of return values |
| 2 | before training, compute the loss of the untrained model | near 543 for 784 Bernoulli pixels: nothing is known yet | reductions, likelihood |
| 3 | put in a *perfect* decoder output | near 0 for black and white pixels; for grey ones their entropy (lesson 02) | sigmoid, targets, reductions |
| 4 | a mute encoder: $\mu = 0$, `log_var` $= 0$ | KL exactly 0; above 0 for any other $q$ | every term of the KL |
| 5 | closed-form KL against Monte Carlo from the program's own $z$ | agree within the error | sampler, KL: one of them |
| 6 | gradient of recon alone in the first layer of the encoder | not zero | whatever lies between the networks |
| 7 | train on one batch of images, without the KL | a loss far below that of the mean image, in some hundred steps | optimizer, detached tensors, learning rate |
| 8 | train; set the score on the ladder: $p = \tfrac12$, mean image, PCA | clearly below the mean image | at the mean image: collapse, go to 9 |
| 9 | KL per dimension; active units; the $\beta$ that results from your sums and means (patient 0: 784 instead of 1) | some dimensions well above 0, none negative, empty ones allowed; $\beta = 1$ | weight of the KL, warm-up, a decoder that knows too much |
| 10 | spread of $z$ over images, per dimension | settles near 1, not below | weight or terms of the KL |
| 11 | change $z$; change the condition | both change the picture | leaks; a condition that is not used |
| 12 | score the model twice; score it with other code; compare the scores of training and test images | two scores differ a little; other code agrees within noise; test images score a little worse | evaluation mode, noise, counts, names |
| 13 | the evaluator on a linear-Gaussian model | on average never above the evidence | the bound itself |
| 14 | three seeds | the difference you care about is larger than their spread | luck |

Two rules. Change *one thing at a time*, and repeat the measurement that showed the fault. And treat *a number that is too good* as a symptom.
"""

# %% [markdown]
r"""
## Result card

The repaired patients beside the band in which this program landed before, over several seeds. Patient 3 has another likelihood, so only its KL is shown. Patient 8 draws half pictures. Patient 7 trains on fewer images.
"""

# %%
rows = {}
treated = {"control": control, "patient 1": model_1, "patient 2": model_2, "patient 4": model_4}
for name, model in (treated | {"patient 5": model_5, "patient 7": model_7}).items():
    terms = evaluation.neg_elbo(model, test_x, num_samples=4)
    active = evaluation.active_units(model, test_x)
    rows[name] = {
        "neg_elbo": terms.neg_elbo,
        "recon": terms.recon,
        "kl": terms.kl,
        "active_units": active,
    }
rows["patient 3"] = {"kl": evaluation.neg_elbo(model_3, test_x).kl}
rows["patient 6"] = {"neg_elbo": loss_6, "recon": recon_6, "kl": kl_6}
rows["patient 8"] = {"neg_elbo": loss_8, "recon": recon_8, "kl": kl_8}
rows["patient 9's score"] = {"neg_elbo": sum(scores_9) / len(scores_9)}
result_card("08_debugging_clinic", rows, images.name)

# %% [markdown]
r"""
## Summary

- A broken VAE runs, and its loss falls. Look at more than the loss.
- First a symptom with a number, then suspects, then a test that separates them, then the line.
- Measure the same model with two programs. If they disagree, ask in which term.
- Before you train, check the loss with a perfect picture (0 for black and white pixels) and the KL with a mute encoder (0). After training, the score must be clearly below the mean image's.
- KL = 0 has at least three causes. Two questions separate them: do the pictures show the mean image or the truth, and does the program learn when the KL costs nothing?
- A result that is too good is as suspicious as one that is too bad.
"""

# %% [markdown]
r"""
## Quiz

**1.** A program reports a better test loss than a correct one. A second program measures the same weights on the same images, and disagrees about recon only. What do you examine first?

<details><summary>A. The learning rate.</summary>
Not quite: both programs measure the same weights, so training cannot explain the difference.
</details>
<details><summary>B. The KL formula.</summary>
Not quite: the two agree about the KL. Use the disagreement: it points to one term.
</details>
<details><summary>C. The sampled z and the likelihood.</summary>
Right: recon depends on the image, on z and on the likelihood. Compare what goes into the decoder and what is charged for its output.
</details>
<details><summary>D. The test set: the images are too easy.</summary>
Not quite: both programs saw the same test images.
</details>
"""

# %% [markdown]
r"""
**2.** KL = 0 and the reconstructions are perfect. What is the most likely cause?

<details><summary>A. The KL weighs too much.</summary>
Not quite: then z is empty, and without another source of information the decoder can only draw the mean image.
</details>
<details><summary>B. The decoder gets the answer from somewhere else than z.</summary>
Right: perfect pictures need information, and z carries none. Look at every other input of the decoder.
</details>
<details><summary>C. No gradient reaches the encoder.</summary>
Not quite: that also leads to KL = 0, but the pictures become the mean image, as with patient 4.
</details>
"""

# %% [markdown]
r"""
**3.** Your evaluator gives the same negative ELBO to the last digit, ten times. What does that mean?

<details><summary>A. It is very precise, which is what one wants.</summary>
Not quite: an average over random draws of z varies. Without draws you compute another number, which is usually too low.
</details>
<details><summary>B. It does not sample z, or it fixes the seed.</summary>
Right: listen to the noise, in the mode in which the evaluator runs. A fixed seed only repeats one estimate; missing noise gives another number.
</details>
<details><summary>C. The model is in evaluation mode, so this is correct.</summary>
Not quite: evaluation mode is about layers such as dropout. The expectation over z belongs to the bound in every mode.
</details>
"""

# %% [markdown]
r"""
## Questions to discuss

### The case book (2 points)

Choose three of the nine patients. For each, explain in two or three sentences *how* the fault makes the symptom that you saw: not what was wrong, but why it showed up in this number and in no other.
"""

# %% [markdown] written="case_book" points=2
r"""
1 (variance taken for a standard deviation in the sampler): the model chooses the noise that it really uses, $s$, by reporting the variance $s$. It trains with noise $s$ and is charged the KL of a Gaussian with variance $s$ where $s^2$ would be right: the term $-\tfrac12\log$ is halved, so precision costs half. Evaluated correctly, the noise is $\sqrt s > s$ for $s < 1$, and recon is worse. The KL agrees because both programs read the same `log_var`.

2 (a half missing from part of the KL): $\sigma^2 + \mu^2 - \log\sigma - \tfrac12$ has its minimum at $\sigma^2 = \tfrac12$, where it is 0.35 and not 0; $\mu^2$ costs twice as much. So the codes shrink towards a spread of $1/\sqrt 2$, in all dimensions. The decoder adapts, so the score suffers little.

3 (KL averaged over the ten dimensions): $\beta = 1/10$. The pull towards the prior is ten times weaker. Codes stay far apart and precise, copies are sharp, and the prior misses them.

4 (`sample` in place of `rsample`): the encoder's only gradient is that of the KL, which leads to the prior. The decoder is then given pure noise and learns the mean image. Without the KL the encoder would not move at all.

5 (sigmoid twice): $\sigma(\hat x)$ with $\hat x \in [0, 1]$ lies in [0.5, 0.73]. A pixel of paper costs at least $\log 2$, one of ink at least 0.31. As most pixels are paper, the best picture is nearly blank.

6 (pixels in [-1, 1]): with $x = -1$ the cost is $\log p - 2\log(1 - p)$, which falls without bound as $p \to 0$.

7 (batch means divided by the number of images; terms swapped): the loss comes out about 127 times too small, the number of images per batch mean. A tuple that is filled in one order and unpacked in another raises nothing.

8 (the decoder is shown the lower half): the mask marks what is hidden in one line and what is seen in the other. The decoder copies, so $z$ need not carry anything, and the KL falls to 0.

9 (no noise in evaluation): at $z = \mu$ recon misses the cost of the noise, while the KL still belongs to a $q$ with noise. The number is no bound.

**Rubric** (for the best three cases)

- 0.5 for each case whose chain is complete: from the line, over what the optimizer or the measurement does, to the number that was seen.
- 0.5 more if at least one case says why another number did *not* show the fault (for example why the KL of patient 1 agreed).
- No points for naming the cause alone: exercise 8.10 pays for that.
"""

# %% [markdown]
r"""
### A tenth patient (2 points)

A colleague's VAE has a test neg ELBO of 96 where you expect 105. Draws from the prior look good, KL per dimension looks normal, repeated evaluations scatter as they should. List the tests that you would make, in order, each with what you would conclude from either result. What would convince you that 96 is real?
"""

# %% [markdown] written="tenth_patient" points=2
r"""
Same model, my evaluator: if it says 105, their evaluation is at fault (several samples inside the logarithm, i.e. an IWAE bound reported as an ELBO; counts; other test images; binarised against grey pixels: scores of different data cannot be compared). If it says 96 too, the model is better or both evaluators share a fault.

Then: are test images among the training images (nearest neighbours at distance 0, train and test score the same)? Is the data the same, same scaling, same binarisation? Does my evaluator stay below the exact evidence on a linear-Gaussian model, and does theirs? Noise of the program's own z against `log_var`; closed form against Monte Carlo KL. Gradients and ladder are of no use here, as nothing looks ill.

Convinced: two independent evaluators agree, on freshly downloaded test data, the bound check passes, three seeds of their training code reproduce it, and one known model scores what it scored before with both.

**Rubric**

- 0.5: begins with the same model under a second evaluator, and says what either result means.
- 0.5: checks the data: leaks between train and test, scaling, binarisation.
- 0.5: checks the evaluator against a known answer (linear-Gaussian model, or a model with a known score).
- 0.5: says what would convince: independent evaluator and several seeds.
"""

# %% [markdown]
"""
## How far you are

Did *Run All Cells* bring you here? It stops at the first check that is not right yet, and runs nothing below it. In a new notebook that is Exercise 8.1: the table of contents in the left bar takes you there.

The line below counts the checks that have run since the kernel started. It stays in this notebook and is not a grade.
"""

# %%
checks.progress()

# %% [markdown]
r"""
## Where next

- The lessons whose instruments you used: **[01](../01_elbo/01_elbo.ipynb)** for the exact evidence, **[02](../02_vae/02_vae.ipynb)** for the ladder and the hidden betas, **[04](../04_beta_vae/04_beta_vae.ipynb)** for collapse, **[05](../05_latent_space/05_latent_space.ipynb)** for the shape of the codes.
- Then bring a patient of your own: an old repository of yours, or the first VAE that a search engine finds. Nine of the eighteen causes in the list belonged to your patients and one to patient 0. The other eight have not occurred today.

Sources. The noise that is missing in evaluation (patient 9) is in the history of PyTorch's VAE example: https://github.com/pytorch/examples/pull/226 (the discussion) and https://github.com/pytorch/examples/pull/419 (noise in every mode). Patient 8's task: Sohn, Lee and Yan (2015), *Learning structured output representation using deep conditional generative models*.

To read: Alemi et al. (2018), *Fixing a broken ELBO*, https://arxiv.org/abs/1711.00464. Karpathy (2019), *A recipe for training neural networks*, https://karpathy.github.io/2019/04/25/recipe/, on checking before training.
"""
