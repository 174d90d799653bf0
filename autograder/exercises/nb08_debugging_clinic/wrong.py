"""Known wrong solutions of lesson 08: the patients as admitted, half repairs, and repairs that do harm.

Learners can read the messages in the fingerprints: none of them names a cause or a cure.
"""
# ruff: noqa: F821 - names of the lesson

from autograder.exercises.known_answers import Bank
from autograder.exercises.nb08_debugging_clinic.slips import add_slips

WRONG = Bank("08_debugging_clinic")

ADMITTED = (
    "The symptom is still there, as on the day of admission. Which measurement of yours separates the suspects "
    "that are left?"
)
NO_NOISE = "The decoder is given mu itself, so this is an autoencoder with a penalty. Where did the sample go?"
SHARED = "One draw of noise serves the whole batch. How many images does it have to serve?"
UNIFORM = "The noise is never negative. Which function draws Gaussian numbers?"
DEAF = "You cured the patient and cut a nerve: recon's gradient no longer reaches the encoder. Which line stops it?"
HALF_DEAF = "Recon's gradient reaches mu, and not log_var. How should the encoder learn how exact its message must be?"
CHEAP_PIXELS = (
    "recon is now a mean over pixels. What does that make of beta? (Lesson 02 has a number for it.)"
)
WHOLE_BATCH = "The loss grows with the batch now. Is that still nats per image?"
KL_MEAN = (
    "kl is too small by a factor now: by a mean over the latent dimensions, or by a half too many. Do dimensions add up or "
    "average out?"
)
NO_PRICE = "The KL has fallen out of the loss. What keeps the codes near the prior then?"
DOUBLE_PRICE = "kl is twice what it should be. Which factor did you take away?"
WRONG_SIGN = "The loss rewards a large KL. Which sign do two costs get?"
FOG = "decode returns logits, and something between it and the loss has squeezed them. What does the loss expect?"

Z = {  # how the reference of each program draws z
    "repair_1": "Normal(mu, torch.exp(0.5 * log_var)).rsample()",
    "repair_2": "mu + sigma * torch.randn_like(sigma)",
    "repair_3": "q.rsample()",
    "repair_4": "Normal(mu, sigma).rsample((num_samples,))",
    "repair_5": "mu + log_var.mul(0.5).exp() * torch.randn_like(mu)",
    "repair_6": "mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)",
    "repair_8": "mu + torch.exp(log_var / 2) * torch.randn_like(mu)",
    "repair_9": "mu + sigma * torch.randn_like(mu)",
}
SAMPLES = {"repair_4": "num_samples, "}

for exercise, z in Z.items():
    std, shape = "torch.exp(0.5 * log_var)", f"{SAMPLES.get(exercise, '')}*mu.shape"
    first = SAMPLES.get(exercise, "")
    if exercise != "repair_9":
        WRONG.edit(exercise, "no-noise", NO_NOISE, {z: f"mu.expand({shape})"})
    shared = f"mu + {std} * torch.randn({first and '1, 1, '}mu.shape[1]).to(mu).expand({shape})"
    WRONG.edit(exercise, "noise-shared-by-the-batch", SHARED, {z: shared})
    WRONG.edit(exercise, "uniform-noise", UNIFORM, {z: f"mu + {std} * torch.rand({shape}).to(mu)"})
    if exercise not in ("repair_4", "repair_9"):
        WRONG.edit(exercise, "no-gradient-through-z", DEAF, {z: f"({z}).detach()"})
    if exercise != "repair_9":
        deaf = f"mu + {std}.detach() * torch.randn({shape}).to(mu)"
        WRONG.edit(exercise, "no-gradient-to-log-var", HALF_DEAF, {z: deaf})

ROWWISE = 'reduction="none").sum(dim=1).mean()'
for exercise in ("repair_1", "repair_2"):
    WRONG.edit(
        exercise, "mean-over-pixels", CHEAP_PIXELS, {ROWWISE: ROWWISE.replace("sum", "mean")}
    )
    WRONG.edit(
        exercise, "sum-over-the-batch", WHOLE_BATCH, {".sum(dim=1).mean()": ".sum(dim=1).sum()"}
    )
    WRONG.edit(
        exercise, "sigmoid-on-the-logits", FOG, {"model.decode(z)": "model.decode(z).sigmoid()"}
    )
for exercise, (kl, mean) in {
    "repair_1": ("- log_var).sum(dim=1).mean()", "- log_var).mean()"),
    "repair_2": ("- 1 / 2).sum(dim=1).mean()", "- 1 / 2).mean()"),
    "repair_4": ("- log_var).sum(dim=1).mean()", "- log_var).mean()"),
    "repair_5": ("- log_var).sum() / len(x)", "- log_var).mean()"),
    "repair_6": ("- log_var).sum() / len(x)", "- log_var).mean()"),
    "repair_8": ("- log_var).sum(dim=1).mean()", "- log_var).mean()"),
}.items():
    WRONG.edit(exercise, "kl-mean-over-dimensions", KL_MEAN, {kl: mean})
for exercise in ("repair_1", "repair_3", "repair_4", "repair_5", "repair_6", "repair_8"):
    WRONG.edit(exercise, "kl-not-paid", NO_PRICE, {"return recon + kl": "return recon"})
    WRONG.edit(exercise, "kl-rewarded", WRONG_SIGN, {"return recon + kl": "return recon - kl"})
for exercise in ("repair_1", "repair_4", "repair_5", "repair_6", "repair_8"):
    WRONG.edit(exercise, "kl-without-its-half", DOUBLE_PRICE, {"kl = 0.5 * (": "kl = ("})

# ----------------------------------------------------------------------------------------- repair_1

WRONG.edit("repair_1", "as-admitted", ADMITTED, {"0.5 * log_var)": "log_var)"})
WRONG.edit(
    "repair_1",
    "encoder-speaks-another-language",
    "Your program agrees with itself now, and with nobody else: you have changed what an output of the encoder means, and the "
    "clinic reads it as before. Leave the encoder's language alone: which other line does not speak it?",
    {
        "torch.exp(0.5 * log_var)": "torch.exp(log_var)",
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "0.5 * (mu.square() + (2 * log_var).exp() - 1 - 2 * log_var)",
    },
)
WRONG.edit(
    "repair_1",
    "half-twice",
    "The noise is too tame now: you have taken a root too many. What is its spread, by the stethoscope?",
    {"0.5 * log_var)": "0.25 * log_var)"},
)
WRONG.edit(
    "repair_1",
    "size-of-a-logarithm",
    "The noise grows like a logarithm. How does one undo a logarithm?",
    {"torch.exp(0.5 * log_var)": "log_var.abs()"},
)
WRONG.edit(
    "repair_1",
    "kl-bent-instead",
    "The KL was not ill: it agreed with the clinic's. Now two terms are wrong. Which of the two terms did the second opinion "
    "dispute?",
    {
        "torch.exp(0.5 * log_var)": "torch.exp(log_var)",
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "0.5 * (mu.square() + log_var.exp() - 1 - 2 * log_var)",
    },
)

# ----------------------------------------------------------------------------------------- repair_2

SQUARES = "0.5 * sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2"
WRONG.edit(
    "repair_2", "as-admitted", ADMITTED, {SQUARES: "sigma**2 + mu**2 - torch.log(sigma) - 1 / 2"}
)
WRONG.edit(
    "repair_2",
    "half-of-everything",
    "Half of a wrong price is another wrong price. What does a mute encoder pay now, and which sigma is the cheapest?",
    {SQUARES: "0.5 * (sigma**2 + mu**2 - torch.log(sigma) - 1 / 2)"},
)
WRONG.edit(
    "repair_2",
    "mu-costs-too-much",
    "At mu = 0 all is well. Move mu away from 0: what does a nat of distance cost in the closed form?",
    {SQUARES: "0.5 * sigma**2 + mu**2 - torch.log(sigma) - 1 / 2"},
)
WRONG.edit(
    "repair_2",
    "sigma-costs-too-much",
    "mu is priced as it should be. At mu = 0, which sigma is the cheapest now?",
    {SQUARES: "sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2"},
)
WRONG.edit(
    "repair_2",
    "constant-gone",
    "The cheapest sigma is right, and still a mute encoder pays something. Which number does not depend on mu and sigma?",
    {" - 1 / 2)": ")"},
)
WRONG.edit(
    "repair_2",
    "constant-too-large",
    "A mute encoder is paid for its silence: kl is negative. Which number does not depend on mu and sigma?",
    {" - 1 / 2)": " - 1)"},
)
WRONG.edit(
    "repair_2",
    "log-var-for-log-sigma",
    "Precision is now priced twice as high. Is log_var the logarithm of sigma?",
    {"torch.log(sigma)": "log_var"},
)
WRONG.edit(
    "repair_2",
    "beta-forgotten",
    "The loss no longer depends on beta. What did the owner want it for?",
    {"recon + beta * kl": "recon + kl"},
)
WRONG.edit(
    "repair_2",
    "beta-in-the-report",
    "The kl that you report is already weighted. What should a kl be at beta = 0?",
    {"recon + beta * kl, recon, kl": "recon + beta * kl, recon, beta * kl"},
)

# ----------------------------------------------------------------------------------------- repair_3

KL_3 = "kl_divergence(q, prior).sum(dim=1).mean()"
WRONG.edit("repair_3", "as-admitted", ADMITTED, {KL_3: "kl_divergence(q, prior).mean()"})
WRONG.edit(
    "repair_3",
    "nothing-averaged",
    "The kl grows with the batch. One of the two axes is an axis of images: what happens to images?",
    {KL_3: "kl_divergence(q, prior).sum()"},
)
WRONG.edit(
    "repair_3",
    "axes-exchanged",
    "You add up the images and average the dimensions. Which of the two should it be?",
    {KL_3: "kl_divergence(q, prior).sum(dim=0).mean()"},
)
WRONG.edit(
    "repair_3",
    "times-ten",
    "That bill is right for ten dimensions. And for a model with two?",
    {KL_3: "10 * kl_divergence(q, prior).mean()"},
)
WRONG.edit(
    "repair_3",
    "beta-instead",
    "You weigh the price and still report the old one. Two wrongs: what is kl for one image, added up by hand?",
    {
        KL_3: "kl_divergence(q, prior).mean()",
        "return recon + kl": "return recon + mu.shape[1] * kl",
    },
)
WRONG.edit(
    "repair_3",
    "recon-brought-down",
    "Now recon is a mean, too. Two means do not cancel: there are many more pixels than dimensions. What is a nat per image?",
    {
        "log_prob(x).sum(dim=1).mean()": "log_prob(x).mean()",
        KL_3: "kl_divergence(q, prior).mean()",
    },
)
WRONG.edit(
    "repair_3",
    "prior-and-q-exchanged",
    "A KL is not symmetric. Which of the two distributions is the expectation taken under?",
    {"kl_divergence(q, prior)": "kl_divergence(prior, q)"},
)
WRONG.edit(
    "repair_3",
    "no-constant",
    "recon is never negative any more: you have dropped the normalising constant. It is not a disease; why was it there?",
    {
        "-Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()": "((x - x_hat) ** 2 / (2 * sigma**2)).sum(dim=1).mean()"
    },
)
WRONG.edit(
    "repair_3",
    "sigmoid-lost",
    "The mean of a pixel was the sigmoid of its logit. Who took the sigmoid away?",
    {".decode(q.rsample()).sigmoid()": ".decode(q.rsample())"},
)

# ----------------------------------------------------------------------------------------- repair_4

Z_4 = Z["repair_4"]
WRONG.edit("repair_4", "as-admitted", ADMITTED, {"rsample": "sample"})
WRONG.edit(
    "repair_4",
    "no-gradient-to-mu",
    "Recon's gradient reaches log_var, and not mu. Whose line is still down?",
    {Z_4: "mu.detach() + sigma * torch.randn(num_samples, *mu.shape).to(mu)"},
)
WRONG.edit(
    "repair_4",
    "one-sample",
    "It hears again, but only one opinion is left. How many samples did the owner want?",
    {Z_4: "Normal(mu, sigma).rsample((1,))"},
)
WRONG.edit(
    "repair_4",
    "same-sample-many-times",
    "It hears again, but more samples do not calm it: they are copies of one, or fewer are drawn or counted than "
    "asked for. Which tensor should be fresh for every sample, and how many count?",
    {Z_4: "(mu + sigma * torch.randn_like(mu)).expand(num_samples, *mu.shape)"},
)
WRONG.edit(
    "repair_4",
    "samples-added-up",
    "recon grows with the number of samples. Should four opinions cost four times as much?",
    {"recon = nll.mean()": "recon = nll.sum(dim=0).mean()"},
)
WRONG.edit(
    "repair_4",
    "average-inside-the-logarithm",
    "recon is lower than the average cost of the samples: you average probabilities before the logarithm (lesson 07 is about "
    "that bound), or you keep only the best sample. What did the docstring ask for?",
    {
        "recon = nll.mean()": "recon = (torch.log(torch.tensor(float(len(nll)))) - torch.logsumexp(-nll, dim=0)).mean()"
    },
)
WRONG.edit(
    "repair_4",
    "mean-over-pixels",
    CHEAP_PIXELS,
    {'reduction="none").sum(dim=-1)': 'reduction="none").mean(dim=-1)'},
)
WRONG.edit(
    "repair_4",
    "sigma-is-a-variance",
    "The noise is too wild where sigma is large and too tame where it is small. What do the sampler and the KL read off the "
    "encoder?",
    {"Normal(mu, sigma)": "Normal(mu, sigma.square())"},
)

# ----------------------------------------------------------------------------------------- repair_5

BCE_5 = "F.binary_cross_entropy_with_logits(logits, x, "
WRONG.edit(
    "repair_5",
    "as-admitted",
    ADMITTED,
    {BCE_5: BCE_5.replace("logits(logits", "logits(torch.sigmoid(logits)")},
)
WRONG.edit(
    "repair_5",
    "saturates",
    "Right for everyday logits, and wrong at large ones: something limits the cost there, be it a clamp, a small number in a "
    "logarithm or a probability that rounds to 0 or 1. Which figure of lesson 02 shows this?",
    {BCE_5: "F.binary_cross_entropy(torch.sigmoid(logits), x, "},
)
WRONG.edit(
    "repair_5",
    "album-of-logits",
    "The loss is well, and now the album is ill: a picture has values between 0 and 1. Who is to turn logits into a picture?",
    {"kl, torch.sigmoid(logits)": "kl, logits"},
)
WRONG.edit(
    "repair_5",
    "fog-moved-to-the-album",
    "The loss is well, and now the fog is in the album: no pixel of it is below one half. What did you do to it?",
    {"kl, torch.sigmoid(logits)": "kl, torch.sigmoid(torch.sigmoid(logits))"},
)
WRONG.edit(
    "repair_5",
    "album-of-another-day",
    "The picture is not the one that was scored: it comes from another z. How often do you call decode?",
    {"kl, torch.sigmoid(logits)": "kl, torch.sigmoid(model.decode(mu))"},
)
WRONG.edit(
    "repair_5",
    "squared-error",
    "Squared errors are not the cost of Bernoulli pixels. Which distribution does the docstring name?",
    {BCE_5 + 'reduction="sum")': "((torch.sigmoid(logits) - x) ** 2).sum()"},
)
WRONG.edit("repair_5", "mean-over-pixels", CHEAP_PIXELS, {'x, reduction="sum") / len(x)': "x)"})
WRONG.edit(
    "repair_5",
    "sum-over-the-batch",
    WHOLE_BATCH,
    {'reduction="sum") / len(x)': 'reduction="sum")', ".sum() / len(x)": ".sum()"},
)

# ----------------------------------------------------------------------------------------- repair_6

WRONG.edit(
    "repair_3",
    "recon-kept-above-zero",
    "You keep recon from going below 0. A density may be above 1, so here recon may be negative: that was no fault.",
    {"    prior = Normal": "    recon = recon.relu()\n    prior = Normal"},
)
BCE_6 = "F.binary_cross_entropy_with_logits(x_logits, x, "
WRONG.edit(
    "repair_6",
    "as-admitted",
    ADMITTED,
    {"    mu, log_var": "    x = (x - 0.5) / 0.5\n    mu, log_var"},
)
WRONG.edit(
    "repair_6",
    "floor-under-the-loss",
    "You stopped the number from going below zero, and the cause is still there. What does a clamped loss do to the gradient?",
    {
        "    mu, log_var": "    x = (x - 0.5) / 0.5\n    mu, log_var",
        "/ len(x)\n    kl": "/ len(x)\n    recon = recon.clamp(min=0)\n    kl",
    },
)
WRONG.edit(
    "repair_6",
    "dark-half-cut-off",
    "No pixel is below 0 any more, because you cut them off. What has become of a light grey?",
    {BCE_6: BCE_6.replace(" x,", " ((x - 0.5) / 0.5).clamp(0, 1),")},
)
WRONG.edit(
    "repair_6",
    "moved-too-far",
    "The pixels are in the range, and all in its upper half. Which value has white paper now?",
    {BCE_6: BCE_6.replace(" x,", " (x + 1) / 2,")},
)
WRONG.edit(
    "repair_6",
    "squeezed-through-a-sigmoid",
    "A sigmoid brings every number into the range, and black and white with it: neither is left. Which pixels did the owner have?",
    {BCE_6: BCE_6.replace(" x,", " torch.sigmoid(x),")},
)
WRONG.edit(
    "repair_6",
    "scaled-in-place",
    "You scale the caller's images themselves: in the next epoch they are scaled again. Which operations write into x?",
    {BCE_6: BCE_6.replace(" x,", " x.mul_(0.5).add_(0.5),")},
)
WRONG.edit(
    "repair_6",
    "decoder-without-class",
    "The decoder no longer knows which class it is asked for. What did the owner want a conditional VAE for?",
    {"model.decode(z, y)": "model.decode(z, torch.zeros_like(y))"},
)
WRONG.edit("repair_6", "mean-over-pixels", CHEAP_PIXELS, {'x, reduction="sum") / len(x)': "x)"})
WRONG.edit(
    "repair_6", "sigmoid-on-the-logits", FOG, {"model.decode(z, y)": "model.decode(z, y).sigmoid()"}
)

# ----------------------------------------------------------------------------------------- repair_7

NAMES_7 = "recon.item(), kl.item()"
COUNT_7 = "total + len(batch) * term"
WRONG.edit(
    "repair_7",
    "as-admitted",
    ADMITTED,
    {NAMES_7: "kl.item(), recon.item()", COUNT_7: "total + term"},
)
WRONG.edit(
    "repair_7",
    "one-complaint-left-sizes",
    "The shares are right now, and the sizes are not: one complaint is left. What is the unit of each line?",
    {COUNT_7: "total + term"},
)
WRONG.edit(
    "repair_7",
    "one-complaint-left-shares",
    "The loss is right now, and its shares are not: one complaint is left. Follow one name backwards: where was it computed?",
    {NAMES_7: "kl.item(), recon.item()"},
)
WRONG.edit(
    "repair_7",
    "every-batch-counts-the-same",
    "Right as long as all batches have the same size. What weight does the single image of a short last batch get?",
    {COUNT_7: "total + term", "total / len(x)": "total / len(x.split(batch_size))"},
)
WRONG.edit(
    "repair_7",
    "last-batch-taken-for-full",
    "Right as long as all batches are full. How many images does the last one have?",
    {"len(batch) * term": "batch_size * term"},
)
WRONG.edit(
    "repair_7",
    "total-of-the-epoch",
    "That is the cost of the whole epoch. Per image, the docstring says: what is left to do?",
    {"total / len(x) for": "total for"},
)
WRONG.edit(
    "repair_7",
    "per-pixel",
    "You divided by the pixels as well. Is a nat per pixel a nat per image?",
    {"total / len(x)": "total / x.numel()"},
)
WRONG.edit(
    "repair_7",
    "last-batch-dropped",
    "The images of a short last batch are neither learned from nor counted. Where did you lose them?",
    {
        "for batch in x.split(batch_size):\n": "for batch in x.split(batch_size):\n        if len(batch) < batch_size < len(x):\n            continue\n"
    },
)
WRONG.edit(
    "repair_7",
    "gradients-pile-up",
    "The report is right, but the lessons of earlier batches are never forgotten: gradients pile up. Which call has gone, or comes too seldom?",
    {"        optimizer.zero_grad()\n": ""},
)
WRONG.edit(
    "repair_7",
    "sum-of-the-batch-learned",
    "The report is right, but each update is as large as its batch: you learn from a sum. What was the loss of a step?",
    {"(recon + kl).backward()": "(len(batch) * (recon + kl)).backward()"},
)
WRONG.edit(
    "repair_7",
    "no-learning",
    "The report is right, and the model learns nothing any more. Do the three calls of a step stand there, in the right order?",
    {"        optimizer.step()\n": ""},
)
WRONG.edit(
    "repair_7",
    "kl-not-learned",
    "The report is right, but the step no longer pays for the KL. What is minimised?",
    {"(recon + kl).backward()": "recon.backward()"},
)

# ----------------------------------------------------------------------------------------- repair_8

Y_8 = "y = x * (1 - mask)"
LOWER_8 = "mask[:, x.shape[1] // 2 :] = 1"
UPPER_8 = "mask[:, : x.shape[1] // 2] = 1"
WRONG.edit("repair_8", "as-admitted", ADMITTED, {Y_8: "y = x * mask"})
WRONG.edit(
    "repair_8",
    "charged-for-what-it-sees",
    "The torn pictures are all right now, but the patient is charged for the half that it sees. Which half was it to draw?",
    {LOWER_8: UPPER_8, Y_8: "y = x * mask"},
)
WRONG.edit(
    "repair_8",
    "picture-upside-down",
    "Your patient draws the upper half and is told the lower. Which half is torn off?",
    {LOWER_8: UPPER_8},
)
WRONG.edit(
    "repair_8",
    "sees-everything",
    "The decoder is told the whole picture. Which part of a torn photograph is in the customer's hand?",
    {Y_8: "y = x"},
)
WRONG.edit(
    "repair_8",
    "sees-nothing",
    "No secrets are told any more, and nothing else is, either: the condition is empty. What may the decoder know?",
    {Y_8: "y = torch.zeros_like(x)"},
)
WRONG.edit(
    "repair_8",
    "encoder-blindfolded",
    "The encoder no longer sees the lower half, so z cannot tell the decoder anything about it. Who may see all of x in training?",
    {"model.encode(x, y)": "model.encode(y, y)"},
)
WRONG.edit(
    "repair_8",
    "charged-for-both-halves",
    "recon counts the whole picture. Which half is the patient paid to draw?",
    {"(mask * nll)": "nll"},
)
WRONG.edit(
    "repair_8",
    "half-of-784",
    "Your half begins at a fixed pixel. Where does the lower half of a picture with six pixels begin?",
    {LOWER_8: "mask[:, 392:] = 1"},
)
WRONG.edit(
    "repair_8",
    "mean-over-pixels",
    CHEAP_PIXELS,
    {"(mask * nll).sum(dim=1).mean()": "(mask * nll).mean()"},
)
WRONG.edit(
    "repair_8",
    "torn-edge-painted-grey",
    "In place of the missing half the condition has grey paper. The docstring says what stands there: what?",
    {Y_8: "y = x * (1 - mask) + 0.5 * mask"},
)

# ----------------------------------------------------------------------------------------- repair_9

Z_9 = Z["repair_9"]
WRONG.edit("repair_9", "as-admitted", ADMITTED, {Z_9: f"{Z_9} if model.training else mu"})
WRONG.edit(
    "repair_9",
    "depends-on-the-caller",
    "A model that comes in evaluation mode gets another score than it should. What in your program depends on the mode in which it comes?",
    {Z_9: f"{Z_9} if was_training else mu"},
)
WRONG.edit(
    "repair_9",
    "stays-in-training-mode",
    "The score trembles again, for two reasons: layers such as dropout are in training mode as well. Is that what you wanted to score?",
    {"    model.eval()\n": "    model.train()\n"},
)
WRONG.edit(
    "repair_9",
    "mode-lost",
    "The model comes back in another mode than it was brought in. Whose line was that?",
    {"    model.train(was_training)\n": ""},
)
WRONG.edit(
    "repair_9",
    "always-back-to-training",
    "A model that came in evaluation mode leaves in training mode. What had been written down at the start?",
    {"model.train(was_training)": "model.train()"},
)
WRONG.edit(
    "repair_9",
    "with-gradients",
    "The score is right, and a graph is built that nobody needs. Which line kept gradients off?",
    {"with torch.no_grad():": "with torch.enable_grad():"},
)
WRONG.edit(
    "repair_9",
    "seed-in-the-examiner",
    "You draw noise, and the same in every call: the score still does not tremble. Who has fixed the dice?",
    {"        z = mu": "        torch.manual_seed(0)\n        z = mu"},
)
WRONG.edit(
    "repair_9",
    "price-forgotten",
    "That is recon alone. What else is in a negative ELBO?",
    {"(nll + kl).mean()": "nll.mean()"},
)
WRONG.edit(
    "repair_9",
    "sum-of-the-class",
    WHOLE_BATCH,
    {"(nll + kl).mean()": "(nll + kl).sum()"},
)
WRONG.edit(
    "repair_9",
    "tensor-returned",
    "The score is a tensor. The docstring asks for a plain number: how do you take it out?",
    {".mean().item()": ".mean()"},
)
WRONG.edit(
    "repair_9",
    "variance-taken-for-sigma",
    "The noise is too wild where sigma is large. What does the encoder speak of: a standard deviation or a variance?",
    {"torch.exp(log_var / 2)": "torch.exp(log_var)"},
)

# ---------------------------------------------------------------------------------------- diagnosis

RECORD = 'return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}'
QUESTIONS = {
    1: "One term was disputed by the second opinion. What lies between the image and that term?",
    2: "What did a mute encoder pay, and which sigma was the cheapest?",
    3: "By which factor was the bill smaller than yours? Would your letter give that factor?",
    4: "It did not learn when the KL was free. Which of your letters would let it learn then?",
    5: "Which probabilities can this program charge at all?",
    6: "What was the smallest number that the encoder saw, and what does a Bernoulli cost make of it?",
    7: "The model was healthy. Which of your letters leaves a model healthy?",
    8: "It drew the truth whatever z was. Who told it?",
    9: "The scores did not tremble. Which of your letters stops a score from trembling?",
}
for patient, question in QUESTIONS.items():
    letter = dict(enumerate("QAFPRMDIK", 1))[patient]
    WRONG.edit(
        "diagnosis",
        f"patient-{patient}-not-confirmed",
        f"All are confirmed but patient {patient}. {question}",
        {f'{patient}: "{letter}"': f'{patient}: "B"'},
    )
WRONG.edit(
    "diagnosis",
    "nothing-entered",
    "The record is empty. Name the patient that you are surest of first: which one is it?",
    {RECORD: "return {patient: None for patient in range(1, 10)}"},
)
WRONG.edit(
    "diagnosis",
    "numbered-from-zero",
    "The keys are the numbers of the patients, and the first of the nine is patient 1. Who is patient 0?",
    {RECORD: 'return dict(enumerate("QAFPRMDIK"))'},
)
WRONG.edit(
    "diagnosis",
    "keys-are-words",
    "None of the numbers 1 to 9 is a key with an entry. What are your keys, and of which type?",
    {RECORD: 'return {str(n): letter for n, letter in enumerate("QAFPRMDIK", 1)}'},
)

# ------------------------------------------------------------------------------- more of repair_1

WRONG.edit(
    "repair_1",
    "kl-half-not-on-log-var",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "((0.5 * (mu**2 + log_var.exp() - 1) - log_var))"
    },
)
WRONG.edit(
    "repair_1",
    "kl-plus-log-var",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu**2 + log_var.exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "repair_1",
    "kl-without-one",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu**2 + log_var.exp() - log_var))"
    },
)
WRONG.edit(
    "repair_1",
    "kl-mu-not-squared",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu + log_var.exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "repair_1",
    "kl-half-exponent",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu**2 + (0.5 * log_var).exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "repair_1",
    "kl-the-other-way",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * ((mu**2 + 1) * (-log_var).exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "repair_1",
    "scale-half-log-var",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {
        "Normal(mu, torch.exp(0.5 * log_var)).rsample()": "(mu + (0.5 * log_var) * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_1",
    "scale-one",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {"Normal(mu, torch.exp(0.5 * log_var)).rsample()": "(mu + 1.0 * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_1",
    "sample-of-the-prior",
    "z is drawn from the prior and knows nothing about the image. Which distribution is to be sampled?",
    {"Normal(mu, torch.exp(0.5 * log_var)).rsample()": "(0 * mu + torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_1",
    "noise-without-mu",
    "mu is missing in z. Where is the centre of q?",
    {
        "Normal(mu, torch.exp(0.5 * log_var)).rsample()": "((0.5 * log_var).exp() * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_1",
    "seed-inside",
    "A fixed seed gives the same noise in every call. Who has fixed the dice?",
    {
        "Normal(mu, torch.exp(0.5 * log_var)).rsample()": "(torch.manual_seed(0), Normal(mu, torch.exp(0.5 * log_var)).rsample())[1]"
    },
)
WRONG.edit(
    "repair_1",
    "terms-swapped",
    "recon and kl are returned in each other's place. The order is loss, recon, kl.",
    {"return recon + kl, recon, kl": "return recon + kl, kl, recon"},
)
WRONG.edit(
    "repair_1",
    "plain-numbers",
    "You return plain numbers, and nothing can be learned from them. Return tensors.",
    {"return recon + kl, recon, kl": "return (recon + kl).item(), recon.item(), kl.item()"},
)
WRONG.edit(
    "repair_1",
    "loss-detached",
    "The loss carries no gradient, so nothing can be learned from it.",
    {"return recon + kl, recon, kl": "return (recon + kl).detach(), recon, kl"},
)
WRONG.edit(
    "repair_1",
    "loss-last",
    "The values are not returned in the order of the docstring: loss, recon, kl.",
    {"return recon + kl, recon, kl": "return recon, kl, recon + kl"},
)
WRONG.edit(
    "repair_1",
    "recon-left-out",
    "recon has fallen out of the loss.",
    {"return recon + kl, recon, kl": "return recon + kl - recon, recon, kl"},
)
WRONG.edit(
    "repair_1",
    "squared",
    "recon is a squared error now. Which distribution does the docstring name?",
    {"F.binary_cross_entropy_with_logits(x_logits, x, ": "F.mse_loss(x_logits.sigmoid(), x, "},
)
WRONG.edit(
    "repair_1",
    "logits-negated",
    "Black and white are exchanged in the cost: the logits have the wrong sign, or the targets are "
    "inverted.",
    {
        "F.binary_cross_entropy_with_logits(x_logits, x, ": "F.binary_cross_entropy_with_logits(-x_logits, x, "
    },
)
WRONG.edit(
    "repair_1",
    "mu-detached",
    "Recon's gradient reaches log_var, and not mu. Whose line is down?",
    {
        "Normal(mu, torch.exp(0.5 * log_var)).rsample()": "(mu.detach() + (0.5 * log_var).exp() * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_1",
    "kl-negative",
    "kl is negative now. Which sign has a KL?",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(-0.5 * (mu**2 + log_var.exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "repair_1",
    "scale-doubled-exponent",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {
        "Normal(mu, torch.exp(0.5 * log_var)).rsample()": "(mu + (2 * log_var).exp() * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_1",
    "targets-thresholded",
    "The targets are cut to black and white. Charge the grey values as they are.",
    {
        "F.binary_cross_entropy_with_logits(x_logits, x, ": "F.binary_cross_entropy_with_logits(x_logits, (x > 0.5).to(x.dtype), "
    },
)

# ------------------------------------------------------------------------------- more of repair_2

WRONG.edit(
    "repair_2",
    "kl-plus-log-var",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "(0.5 * sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2)": "(0.5 * (mu**2 + log_var.exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "repair_2",
    "kl-mu-not-squared",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "(0.5 * sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2)": "(0.5 * (mu + log_var.exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "repair_2",
    "kl-half-exponent",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "(0.5 * sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2)": "(0.5 * (mu**2 + (0.5 * log_var).exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "repair_2",
    "kl-the-other-way",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "(0.5 * sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2)": "(0.5 * ((mu**2 + 1) * (-log_var).exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "repair_2",
    "scale-half-log-var",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {"mu + sigma * torch.randn_like(sigma)": "(mu + (0.5 * log_var) * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_2",
    "scale-negative-exponent",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {
        "mu + sigma * torch.randn_like(sigma)": "(mu + (-0.5 * log_var).exp() * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_2",
    "scale-one",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {"mu + sigma * torch.randn_like(sigma)": "(mu + 1.0 * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_2",
    "sample-of-the-prior",
    "z is drawn from the prior and knows nothing about the image. Which distribution is to be sampled?",
    {"mu + sigma * torch.randn_like(sigma)": "(0 * mu + torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_2",
    "noise-without-mu",
    "mu is missing in z. Where is the centre of q?",
    {"mu + sigma * torch.randn_like(sigma)": "((0.5 * log_var).exp() * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_2",
    "seed-inside",
    "A fixed seed gives the same noise in every call. Who has fixed the dice?",
    {
        "mu + sigma * torch.randn_like(sigma)": "(torch.manual_seed(0), mu + sigma * torch.randn_like(sigma))[1]"
    },
)
WRONG.edit(
    "repair_2",
    "terms-swapped",
    "recon and kl are returned in each other's place. The order is loss, recon, kl.",
    {"return recon + beta * kl, recon, kl": "return recon + beta * kl, kl, recon"},
)
WRONG.edit(
    "repair_2",
    "plain-numbers",
    "You return plain numbers, and nothing can be learned from them. Return tensors.",
    {
        "return recon + beta * kl, recon, kl": "return (recon + beta * kl).item(), recon.item(), kl.item()"
    },
)
WRONG.edit(
    "repair_2",
    "loss-detached",
    "The loss carries no gradient, so nothing can be learned from it.",
    {"return recon + beta * kl, recon, kl": "return (recon + beta * kl).detach(), recon, kl"},
)
WRONG.edit(
    "repair_2",
    "loss-last",
    "The values are not returned in the order of the docstring: loss, recon, kl.",
    {"return recon + beta * kl, recon, kl": "return recon, kl, recon + beta * kl"},
)
WRONG.edit(
    "repair_2",
    "recon-left-out",
    "recon has fallen out of the loss.",
    {"return recon + beta * kl, recon, kl": "return recon + beta * kl - recon, recon, kl"},
)
WRONG.edit(
    "repair_2",
    "squared",
    "recon is a squared error now. Which distribution does the docstring name?",
    {"F.binary_cross_entropy_with_logits(x_logits, x, ": "F.mse_loss(x_logits.sigmoid(), x, "},
)
WRONG.edit(
    "repair_2",
    "logits-negated",
    "Black and white are exchanged in the cost: the logits have the wrong sign, or the targets are "
    "inverted.",
    {
        "F.binary_cross_entropy_with_logits(x_logits, x, ": "F.binary_cross_entropy_with_logits(-x_logits, x, "
    },
)
WRONG.edit(
    "repair_2",
    "beta-on-recon",
    "Beta multiplies recon. Which of the two has a price?",
    {"recon + beta * kl": "beta * recon + kl"},
)
WRONG.edit(
    "repair_2",
    "beta-on-both",
    "Beta multiplies both terms. Which of the two has a price?",
    {"recon + beta * kl": "beta * (recon + kl)"},
)
WRONG.edit(
    "repair_2",
    "beta-default",
    "The default of beta is not 1 any more.",
    {"beta: float = 1.0": "beta: float = 0.5"},
)
WRONG.edit(
    "repair_2",
    "kl-rewarded",
    "The loss rewards a large KL. Which sign do two costs get?",
    {"recon + beta * kl": "recon - beta * kl"},
)
WRONG.edit(
    "repair_2",
    "loss-halves-the-kl",
    "The loss halves a kl that is still the one of the day of admission.",
    {
        "0.5 * sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2": "sigma**2 + mu**2 - torch.log(sigma) - 1 / 2",
        "recon + beta * kl": "recon + 0.5 * beta * kl",
    },
)

# ------------------------------------------------------------------------------- more of repair_3

WRONG.edit(
    "repair_3",
    "scale-half-log-var",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {"q.rsample()": "(mu + (0.5 * log_var) * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_3",
    "scale-negative-exponent",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {"q.rsample()": "(mu + (-0.5 * log_var).exp() * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_3",
    "scale-one",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {"q.rsample()": "(mu + 1.0 * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_3",
    "sample-of-the-prior",
    "z is drawn from the prior and knows nothing about the image. Which distribution is to be sampled?",
    {"q.rsample()": "(0 * mu + torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_3",
    "noise-without-mu",
    "mu is missing in z. Where is the centre of q?",
    {"q.rsample()": "((0.5 * log_var).exp() * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_3",
    "seed-inside",
    "A fixed seed gives the same noise in every call. Who has fixed the dice?",
    {"q.rsample()": "(torch.manual_seed(0), q.rsample())[1]"},
)
WRONG.edit(
    "repair_3",
    "terms-swapped",
    "recon and kl are returned in each other's place. The order is loss, recon, kl.",
    {"return recon + kl, recon, kl": "return recon + kl, kl, recon"},
)
WRONG.edit(
    "repair_3",
    "plain-numbers",
    "You return plain numbers, and nothing can be learned from them. Return tensors.",
    {"return recon + kl, recon, kl": "return (recon + kl).item(), recon.item(), kl.item()"},
)
WRONG.edit(
    "repair_3",
    "loss-detached",
    "The loss carries no gradient, so nothing can be learned from it.",
    {"return recon + kl, recon, kl": "return (recon + kl).detach(), recon, kl"},
)
WRONG.edit(
    "repair_3",
    "loss-last",
    "The values are not returned in the order of the docstring: loss, recon, kl.",
    {"return recon + kl, recon, kl": "return recon, kl, recon + kl"},
)
WRONG.edit(
    "repair_3",
    "recon-left-out",
    "recon has fallen out of the loss.",
    {"return recon + kl, recon, kl": "return recon + kl - recon, recon, kl"},
)
WRONG.edit(
    "repair_3",
    "mu-detached",
    "Recon's gradient reaches log_var, and not mu. Whose line is down?",
    {"q.rsample()": "(mu.detach() + (0.5 * log_var).exp() * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_3",
    "scale-of-a-variance",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {"q.rsample()": "(mu + log_var.exp() * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_3",
    "pixel-variance-as-scale",
    "The scale of the pixels is not sigma. What does Normal want second?",
    {"Normal(x_hat, sigma)": "Normal(x_hat, sigma**2)"},
)
WRONG.edit(
    "repair_3",
    "pixel-scale-1",
    "The standard deviation of the pixels is fixed. Use the argument sigma.",
    {"Normal(x_hat, sigma)": "Normal(x_hat, 1.0)"},
)
WRONG.edit(
    "repair_3",
    "q-too-wide",
    "The scale of q is not its standard deviation, in the sample and in the KL.",
    {"log_var.div(2).exp()": "log_var.exp()"},
)
WRONG.edit(
    "repair_3",
    "constant-once",
    "The normalising constant is added once per image. Every pixel has its own.",
    {
        "-Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()": "(((x - x_hat) ** 2 / (2 * sigma**2)).sum(dim=1) + (torch.tensor(2 * torch.pi).sqrt() * sigma).log()).mean()"
    },
)
WRONG.edit(
    "repair_3",
    "half-of-the-square-gone",
    "The one half of the squared error is gone.",
    {
        "-Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()": "((x - x_hat) ** 2 / sigma**2 + torch.tensor(sigma).log() + 0.9189385).sum(dim=1).mean()"
    },
)
WRONG.edit(
    "repair_3",
    "recon-mean-over-pixels",
    "recon is now a mean over pixels. What does that make of beta? (Lesson 02 has a number for it.)",
    {
        "-Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()": "-Normal(x_hat, sigma).log_prob(x).mean()"
    },
)
WRONG.edit(
    "repair_3",
    "recon-sum-over-the-batch",
    "recon is summed over the batch. Average over the images.",
    {
        "-Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()": "-Normal(x_hat, sigma).log_prob(x).sum()"
    },
)
WRONG.edit(
    "repair_3",
    "both-sums-over-the-batch",
    "The loss grows with the batch now. Is that still nats per image?",
    {
        "-Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()": "-Normal(x_hat, sigma).log_prob(x).sum()",
        "kl_divergence(q, prior).sum(dim=1).mean()": "kl_divergence(q, prior).sum()",
    },
)
WRONG.edit(
    "repair_3",
    "largest",
    "kl is the largest over the dimensions. Do they add up?",
    {"kl_divergence(q, prior).sum(dim=1).mean()": "kl_divergence(q, prior).amax(dim=1).mean()"},
)
WRONG.edit(
    "repair_3",
    "bernoulli",
    "recon is a Bernoulli cost now. Which distribution does the docstring name?",
    {
        "-Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()": "F.binary_cross_entropy(x_hat, x, reduction='none').sum(dim=1).mean()"
    },
)
WRONG.edit(
    "repair_3",
    "per-image",
    "kl has one value per image. Three scalars are asked for.",
    {"kl_divergence(q, prior).sum(dim=1).mean()": "kl_divergence(q, prior).sum(dim=1)"},
)

# ------------------------------------------------------------------------------- more of repair_4

WRONG.edit(
    "repair_4",
    "kl-half-not-on-log-var",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu.square() + sigma.square() - 1 - log_var)": "((0.5 * (mu**2 + log_var.exp() - 1) - log_var))"
    },
)
WRONG.edit(
    "repair_4",
    "kl-plus-log-var",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu.square() + sigma.square() - 1 - log_var)": "(0.5 * (mu**2 + log_var.exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "repair_4",
    "kl-without-one",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu.square() + sigma.square() - 1 - log_var)": "(0.5 * (mu**2 + log_var.exp() - log_var))"
    },
)
WRONG.edit(
    "repair_4",
    "kl-half-exponent",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu.square() + sigma.square() - 1 - log_var)": "(0.5 * (mu**2 + (0.5 * log_var).exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "repair_4",
    "kl-the-other-way",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu.square() + sigma.square() - 1 - log_var)": "(0.5 * ((mu**2 + 1) * (-log_var).exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "repair_4",
    "scale-half-log-var",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {
        "Normal(mu, sigma).rsample((num_samples,))": "(mu + (0.5 * log_var) * torch.randn(num_samples, *mu.shape).to(mu))"
    },
)
WRONG.edit(
    "repair_4",
    "scale-negative-exponent",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {
        "Normal(mu, sigma).rsample((num_samples,))": "(mu + (-0.5 * log_var).exp() * torch.randn(num_samples, *mu.shape).to(mu))"
    },
)
WRONG.edit(
    "repair_4",
    "scale-one",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {
        "Normal(mu, sigma).rsample((num_samples,))": "(mu + 1.0 * torch.randn(num_samples, *mu.shape).to(mu))"
    },
)
WRONG.edit(
    "repair_4",
    "sample-of-the-prior",
    "z is drawn from the prior and knows nothing about the image. Which distribution is to be sampled?",
    {
        "Normal(mu, sigma).rsample((num_samples,))": "(0 * mu + torch.randn(num_samples, *mu.shape).to(mu))"
    },
)
WRONG.edit(
    "repair_4",
    "noise-without-mu",
    "mu is missing in z. Where is the centre of q?",
    {
        "Normal(mu, sigma).rsample((num_samples,))": "((0.5 * log_var).exp() * torch.randn(num_samples, *mu.shape).to(mu))"
    },
)
WRONG.edit(
    "repair_4",
    "terms-swapped",
    "recon and kl are returned in each other's place. The order is loss, recon, kl.",
    {"return recon + kl, recon, kl": "return recon + kl, kl, recon"},
)
WRONG.edit(
    "repair_4",
    "plain-numbers",
    "You return plain numbers, and nothing can be learned from them. Return tensors.",
    {"return recon + kl, recon, kl": "return (recon + kl).item(), recon.item(), kl.item()"},
)
WRONG.edit(
    "repair_4",
    "loss-detached",
    "The loss carries no gradient, so nothing can be learned from it.",
    {"return recon + kl, recon, kl": "return (recon + kl).detach(), recon, kl"},
)
WRONG.edit(
    "repair_4",
    "loss-last",
    "The values are not returned in the order of the docstring: loss, recon, kl.",
    {"return recon + kl, recon, kl": "return recon, kl, recon + kl"},
)
WRONG.edit(
    "repair_4",
    "recon-left-out",
    "recon has fallen out of the loss.",
    {"return recon + kl, recon, kl": "return recon + kl - recon, recon, kl"},
)
WRONG.edit(
    "repair_4",
    "squared",
    "recon is a squared error now. Which distribution does the docstring name?",
    {
        "F.binary_cross_entropy_with_logits(x_logits, targets, ": "F.mse_loss(x_logits.sigmoid(), targets, "
    },
)
WRONG.edit(
    "repair_4",
    "logits-negated",
    "Black and white are exchanged in the cost: the logits have the wrong sign, or the targets are "
    "inverted.",
    {
        "F.binary_cross_entropy_with_logits(x_logits, targets, ": "F.binary_cross_entropy_with_logits(-x_logits, targets, "
    },
)
WRONG.edit(
    "repair_4",
    "codes-averaged",
    "The samples of z are averaged before they are decoded. Average the costs.",
    {
        "Normal(mu, sigma).rsample((num_samples,))": "Normal(mu, sigma).rsample((num_samples,)).mean(dim=0, keepdim=True)"
    },
)
WRONG.edit(
    "repair_4",
    "logits-averaged",
    "The logits are averaged over the samples before the cost. Average the costs.",
    {"model.decode(z)": "model.decode(z).mean(dim=0, keepdim=True)"},
)
WRONG.edit(
    "repair_4",
    "divided-twice",
    "recon is divided by the number of samples twice.",
    {"recon = nll.mean()": "recon = nll.mean() / num_samples"},
)
WRONG.edit(
    "repair_4",
    "recon-summed",
    "recon is a sum over samples and images. Average over both.",
    {"recon = nll.mean()": "recon = nll.sum()"},
)

# ------------------------------------------------------------------------------- more of repair_5

WRONG.edit(
    "repair_5",
    "kl-half-not-on-log-var",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "((0.5 * (mu**2 + log_var.exp() - 1) - log_var))"
    },
)
WRONG.edit(
    "repair_5",
    "kl-plus-log-var",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * (mu**2 + log_var.exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "repair_5",
    "kl-without-one",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {"0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * (mu**2 + log_var.exp() - log_var))"},
)
WRONG.edit(
    "repair_5",
    "kl-mu-not-squared",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {"0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * (mu + log_var.exp() - 1 - log_var))"},
)
WRONG.edit(
    "repair_5",
    "kl-half-exponent",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * (mu**2 + (0.5 * log_var).exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "repair_5",
    "kl-the-other-way",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * ((mu**2 + 1) * (-log_var).exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "repair_5",
    "scale-half-log-var",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {
        "mu + log_var.mul(0.5).exp() * torch.randn_like(mu)": "(mu + (0.5 * log_var) * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_5",
    "scale-negative-exponent",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {
        "mu + log_var.mul(0.5).exp() * torch.randn_like(mu)": "(mu + (-0.5 * log_var).exp() * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_5",
    "scale-one",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {"mu + log_var.mul(0.5).exp() * torch.randn_like(mu)": "(mu + 1.0 * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_5",
    "sample-of-the-prior",
    "z is drawn from the prior and knows nothing about the image. Which distribution is to be sampled?",
    {"mu + log_var.mul(0.5).exp() * torch.randn_like(mu)": "(0 * mu + torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_5",
    "noise-without-mu",
    "mu is missing in z. Where is the centre of q?",
    {
        "mu + log_var.mul(0.5).exp() * torch.randn_like(mu)": "((0.5 * log_var).exp() * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_5",
    "seed-inside",
    "A fixed seed gives the same noise in every call. Who has fixed the dice?",
    {
        "mu + log_var.mul(0.5).exp() * torch.randn_like(mu)": "(torch.manual_seed(0), mu + log_var.mul(0.5).exp() * torch.randn_like(mu))[1]"
    },
)
WRONG.edit(
    "repair_5",
    "mu-detached",
    "Recon's gradient reaches log_var, and not mu. Whose line is down?",
    {
        "mu + log_var.mul(0.5).exp() * torch.randn_like(mu)": "(mu.detach() + (0.5 * log_var).exp() * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_5",
    "logits-negated",
    "Black and white are exchanged in the cost: the logits have the wrong sign, or the targets are "
    "inverted.",
    {
        "F.binary_cross_entropy_with_logits(logits, x, ": "F.binary_cross_entropy_with_logits(-logits, x, "
    },
)
WRONG.edit(
    "repair_5",
    "not-a-number",
    "Right for everyday logits, and infinite or NaN at large ones.",
    {
        'F.binary_cross_entropy_with_logits(logits, x, reduction="sum")': "-(x * logits.sigmoid().log() + (1 - x) * (1 - logits.sigmoid()).log()).sum()"
    },
)
WRONG.edit(
    "repair_5",
    "woodcut",
    "The album is cut to black and white. Probabilities are asked for.",
    {"kl, torch.sigmoid(logits)": "kl, (torch.sigmoid(logits) > 0.5).to(x.dtype)"},
)
WRONG.edit(
    "repair_5",
    "picture-sampled",
    "The pixels of the album are drawn at random. Probabilities are asked for.",
    {"kl, torch.sigmoid(logits)": "kl, torch.bernoulli(torch.sigmoid(logits))"},
)
WRONG.edit(
    "repair_5",
    "picture-first",
    "The picture is returned first. The loss comes first.",
    {"return recon + kl, torch.sigmoid(logits)": "return torch.sigmoid(logits), recon + kl"},
)
WRONG.edit(
    "repair_5",
    "input-returned",
    "The picture is the image itself.",
    {"kl, torch.sigmoid(logits)": "kl, x"},
)
WRONG.edit(
    "repair_5",
    "loss-number",
    "You return plain numbers, and nothing can be learned from them. Return tensors.",
    {"return recon + kl": "return (recon + kl).item()"},
)
WRONG.edit(
    "repair_5",
    "loss-detached",
    "The loss carries no gradient, so nothing can be learned from it.",
    {"return recon + kl": "return (recon + kl).detach()"},
)

# ------------------------------------------------------------------------------- more of repair_6

WRONG.edit(
    "repair_6",
    "kl-half-not-on-log-var",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "((0.5 * (mu**2 + log_var.exp() - 1) - log_var))"
    },
)
WRONG.edit(
    "repair_6",
    "kl-plus-log-var",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * (mu**2 + log_var.exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "repair_6",
    "kl-without-one",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {"0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * (mu**2 + log_var.exp() - log_var))"},
)
WRONG.edit(
    "repair_6",
    "kl-mu-not-squared",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {"0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * (mu + log_var.exp() - 1 - log_var))"},
)
WRONG.edit(
    "repair_6",
    "kl-half-exponent",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * (mu**2 + (0.5 * log_var).exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "repair_6",
    "kl-the-other-way",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * ((mu**2 + 1) * (-log_var).exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "repair_6",
    "scale-half-log-var",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {
        "mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)": "(mu + (0.5 * log_var) * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_6",
    "scale-negative-exponent",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {
        "mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)": "(mu + (-0.5 * log_var).exp() * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_6",
    "scale-one",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {"mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)": "(mu + 1.0 * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_6",
    "sample-of-the-prior",
    "z is drawn from the prior and knows nothing about the image. Which distribution is to be sampled?",
    {"mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)": "(0 * mu + torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_6",
    "noise-without-mu",
    "mu is missing in z. Where is the centre of q?",
    {
        "mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)": "((0.5 * log_var).exp() * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_6",
    "seed-inside",
    "A fixed seed gives the same noise in every call. Who has fixed the dice?",
    {
        "mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)": "(torch.manual_seed(0), mu + torch.exp(log_var * 0.5) * torch.randn_like(mu))[1]"
    },
)
WRONG.edit(
    "repair_6",
    "terms-swapped",
    "recon and kl are returned in each other's place. The order is loss, recon, kl.",
    {"return recon + kl, recon, kl": "return recon + kl, kl, recon"},
)
WRONG.edit(
    "repair_6",
    "plain-numbers",
    "You return plain numbers, and nothing can be learned from them. Return tensors.",
    {"return recon + kl, recon, kl": "return (recon + kl).item(), recon.item(), kl.item()"},
)
WRONG.edit(
    "repair_6",
    "loss-detached",
    "The loss carries no gradient, so nothing can be learned from it.",
    {"return recon + kl, recon, kl": "return (recon + kl).detach(), recon, kl"},
)
WRONG.edit(
    "repair_6",
    "loss-last",
    "The values are not returned in the order of the docstring: loss, recon, kl.",
    {"return recon + kl, recon, kl": "return recon, kl, recon + kl"},
)
WRONG.edit(
    "repair_6",
    "recon-left-out",
    "recon has fallen out of the loss.",
    {"return recon + kl, recon, kl": "return recon + kl - recon, recon, kl"},
)
WRONG.edit(
    "repair_6",
    "logits-negated",
    "Black and white are exchanged in the cost: the logits have the wrong sign, or the targets are "
    "inverted.",
    {
        "F.binary_cross_entropy_with_logits(x_logits, x, ": "F.binary_cross_entropy_with_logits(-x_logits, x, "
    },
)
WRONG.edit(
    "repair_6",
    "halved",
    "The targets are halved. Which value has black now?",
    {
        "F.binary_cross_entropy_with_logits(x_logits, x, ": "F.binary_cross_entropy_with_logits(x_logits, 0.5 * x, "
    },
)
WRONG.edit(
    "repair_6",
    "classes-forgotten-by-the-encoder",
    "The encoder no longer knows the class.",
    {"model.encode(x, y)": "model.encode(x, torch.zeros_like(y))"},
)
WRONG.edit(
    "repair_6",
    "recon-summed",
    "recon is summed over the batch and kl is averaged over it.",
    {'reduction="sum") / len(x)': 'reduction="sum")'},
)

# ------------------------------------------------------------------------------- more of repair_8

WRONG.edit(
    "repair_8",
    "kl-half-not-on-log-var",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "((0.5 * (mu**2 + log_var.exp() - 1) - log_var))"
    },
)
WRONG.edit(
    "repair_8",
    "kl-plus-log-var",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * (mu**2 + log_var.exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "repair_8",
    "kl-without-one",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {"0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * (mu**2 + log_var.exp() - log_var))"},
)
WRONG.edit(
    "repair_8",
    "kl-mu-not-squared",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {"0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * (mu + log_var.exp() - 1 - log_var))"},
)
WRONG.edit(
    "repair_8",
    "kl-the-other-way",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * ((mu**2 + 1) * (-log_var).exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "repair_8",
    "scale-half-log-var",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {
        "mu + torch.exp(log_var / 2) * torch.randn_like(mu)": "(mu + (0.5 * log_var) * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_8",
    "scale-negative-exponent",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {
        "mu + torch.exp(log_var / 2) * torch.randn_like(mu)": "(mu + (-0.5 * log_var).exp() * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_8",
    "scale-one",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {"mu + torch.exp(log_var / 2) * torch.randn_like(mu)": "(mu + 1.0 * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_8",
    "sample-of-the-prior",
    "z is drawn from the prior and knows nothing about the image. Which distribution is to be sampled?",
    {"mu + torch.exp(log_var / 2) * torch.randn_like(mu)": "(0 * mu + torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_8",
    "noise-without-mu",
    "mu is missing in z. Where is the centre of q?",
    {
        "mu + torch.exp(log_var / 2) * torch.randn_like(mu)": "((0.5 * log_var).exp() * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "repair_8",
    "seed-inside",
    "A fixed seed gives the same noise in every call. Who has fixed the dice?",
    {
        "mu + torch.exp(log_var / 2) * torch.randn_like(mu)": "(torch.manual_seed(0), mu + torch.exp(log_var / 2) * torch.randn_like(mu))[1]"
    },
)
WRONG.edit(
    "repair_8",
    "terms-swapped",
    "recon and kl are returned in each other's place. The order is loss, recon, kl.",
    {"return recon + kl, recon, kl": "return recon + kl, kl, recon"},
)
WRONG.edit(
    "repair_8",
    "plain-numbers",
    "You return plain numbers, and nothing can be learned from them. Return tensors.",
    {"return recon + kl, recon, kl": "return (recon + kl).item(), recon.item(), kl.item()"},
)
WRONG.edit(
    "repair_8",
    "loss-detached",
    "The loss carries no gradient, so nothing can be learned from it.",
    {"return recon + kl, recon, kl": "return (recon + kl).detach(), recon, kl"},
)
WRONG.edit(
    "repair_8",
    "loss-last",
    "The values are not returned in the order of the docstring: loss, recon, kl.",
    {"return recon + kl, recon, kl": "return recon, kl, recon + kl"},
)
WRONG.edit(
    "repair_8",
    "condition-overwrites-the-images",
    "The condition is x itself, so blanking it destroys the targets and the caller's images.",
    {"y = x * (1 - mask)": "y = x\n    y[:, x.shape[1] // 2 :] = 0"},
)
WRONG.edit(
    "repair_8",
    "encoder-with-the-old-condition",
    "The decoder is told the upper half, and the encoder still the old condition. Both get the same y.",
    {"model.encode(x, y)": "model.encode(x, x * mask)"},
)
WRONG.edit(
    "repair_8",
    "mean-over-the-charged",
    "The charge is divided by the number of lower pixels. Add them up.",
    {"(mask * nll).sum(dim=1).mean()": "(mask * nll).sum() / mask.sum()"},
)
WRONG.edit(
    "repair_8",
    "mask-one-pixel-later",
    "The lower half begins one pixel too late.",
    {"mask[:, x.shape[1] // 2 :] = 1": "mask[:, x.shape[1] // 2 + 1 :] = 1"},
)
WRONG.edit(
    "repair_8",
    "half-of-the-batch",
    "The mask splits the batch, not the pixels. Which axis holds the pixels?",
    {"mask[:, x.shape[1] // 2 :] = 1": "mask[len(x) // 2 :] = 1"},
)
WRONG.edit(
    "repair_8",
    "recon-summed",
    "recon is summed over the batch. Average over the images.",
    {"(mask * nll).sum(dim=1).mean()": "(mask * nll).sum()"},
)

# ------------------------------------------------------------------------------- more of repair_9

WRONG.edit(
    "repair_9",
    "kl-half-not-on-log-var",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "((0.5 * (mu**2 + log_var.exp() - 1) - log_var))"
    },
)
WRONG.edit(
    "repair_9",
    "kl-without-one",
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables.",
    {"0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(0.5 * (mu**2 + log_var.exp() - log_var))"},
)
WRONG.edit(
    "repair_9",
    "kl-negative",
    "kl is negative now. Which sign has a KL?",
    {
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var)": "(-0.5 * (mu**2 + log_var.exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "repair_9",
    "scale-half-log-var",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {"mu + sigma * torch.randn_like(mu)": "(mu + (0.5 * log_var) * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_9",
    "scale-negative-exponent",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {"mu + sigma * torch.randn_like(mu)": "(mu + (-0.5 * log_var).exp() * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_9",
    "scale-one",
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged.",
    {"mu + sigma * torch.randn_like(mu)": "(mu + 1.0 * torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_9",
    "sample-of-the-prior",
    "z is drawn from the prior and knows nothing about the image. Which distribution is to be sampled?",
    {"mu + sigma * torch.randn_like(mu)": "(0 * mu + torch.randn_like(mu))"},
)
WRONG.edit(
    "repair_9",
    "gradients-off-for-good",
    "Gradients stay off after the call, so the next training step fails.",
    {"with torch.no_grad():": "torch.set_grad_enabled(False)\n    if True:"},
)
WRONG.edit(
    "repair_9",
    "mode-flipped",
    "The model comes back in the opposite of the mode in which it was brought in.",
    {"model.train(was_training)": "model.train(not was_training)"},
)
WRONG.edit(
    "repair_9",
    "training-for-good",
    "The pass runs in training mode, and the model is left in it.",
    {"    model.eval()\n": "    model.train()\n", "    model.train(was_training)\n": ""},
)
WRONG.edit(
    "repair_9",
    "only-recon-mean",
    "recon is a mean over pixels now. What does that make of beta?",
    {".sum(dim=1)\n        kl": ".mean(dim=1)\n        kl"},
)
WRONG.edit(
    "repair_9",
    "kl-alone",
    "That is the KL alone. What else is in a negative ELBO?",
    {"(nll + kl)": "kl"},
)
WRONG.edit(
    "repair_9",
    "elbo",
    "The sign is that of an ELBO. The negative ELBO is asked for.",
    {"(nll + kl)": "-(nll + kl)"},
)
WRONG.edit(
    "repair_9",
    "half-of-the-sum",
    "The score is half of what it should be.",
    {"(nll + kl)": "0.5 * (nll + kl)"},
)
WRONG.edit(
    "repair_9",
    "per-image",
    "There is one score per image. One float is asked for.",
    {".mean().item()": ".tolist()"},
)
WRONG.edit(
    "repair_9",
    "three-values",
    "You return more than one value. One float is asked for.",
    {
        "return (nll + kl).mean().item()": "return (nll + kl).mean().item(), nll.mean().item(), kl.mean().item()"
    },
)
WRONG.edit(
    "repair_9",
    "nothing",
    "Nothing is returned. Return what the docstring lists.",
    {"return (nll + kl)": "(nll + kl)"},
)
WRONG.edit(
    "repair_9",
    "first-image",
    "Only a part of the images is scored.",
    {"(nll + kl).mean()": "(nll + kl)[: max(len(x) // 2, 1)].mean()"},
)
WRONG.edit(
    "repair_9",
    "per-pixel",
    "You divide by the number of pixels. The score is in nats per image.",
    {".mean().item()": ".mean().item() / x.shape[1]"},
)
WRONG.edit(
    "repair_9",
    "divided-twice",
    "You divide by the number of images twice.",
    {".mean().item()": ".mean().item() / len(x)"},
)
WRONG.edit(
    "repair_9",
    "squared",
    "recon is a squared error now. Which distribution does the docstring name?",
    {
        "F.binary_cross_entropy_with_logits(model.decode(z), x, ": "F.mse_loss(model.decode(z).sigmoid(), x, "
    },
)
WRONG.edit(
    "repair_9",
    "logits-negated",
    "Black and white are exchanged in the cost: the logits have the wrong sign, or the targets are "
    "inverted.",
    {
        "F.binary_cross_entropy_with_logits(model.decode(z), x, ": "F.binary_cross_entropy_with_logits(-model.decode(z), x, "
    },
)

# ------------------------------------------------------------------------------- more of repair_7

WRONG.edit(
    "repair_7",
    "short-batch-dropped-and-not-divided",
    "The images of a short last batch are neither learned from nor counted. Where did you lose them?",
    {
        "for batch in x.split(batch_size):\n": "x = x[: len(x) // batch_size * batch_size]\n    for batch in x.split(batch_size):\n"
    },
)
WRONG.edit(
    "repair_7",
    "shuffled",
    "The images are shuffled. The docstring asks for the order given.",
    {"in x.split(batch_size)": "in x[torch.randperm(len(x))].split(batch_size)"},
)
WRONG.edit(
    "repair_7",
    "measured-afterwards",
    "The report is that of the finished model. Each image is to be reported as it was before its batch's "
    "update.",
    {
        "    loss, recon, kl = (total": "    batch = x\n    with torch.no_grad():\n        x_logits, mu, log_var = model(x)\n        r = F.binary_cross_entropy_with_logits(x_logits, x, reduction='none').sum().item()\n        k = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum().item()\n    totals = [r + k, r, k]\n    loss, recon, kl = (total"
    },
)
WRONG.edit(
    "repair_7",
    "measured-after-the-step",
    "Each batch is measured after its update. The docstring asks for the values before it.",
    {
        "return (recon + kl).item(), recon.item(), kl.item()": "x_logits, mu, log_var = model(batch)\n        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction='none').sum(dim=1).mean()\n        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()\n        return (recon + kl).item(), recon.item(), kl.item()"
    },
)
WRONG.edit(
    "repair_7",
    "loss-not-weighted",
    "The loss is a mean of batch means, and its shares are means over images. One unit for all.",
    {
        'return {"loss": loss, "recon": recon, "kl": kl}': 'loss = unweighted / len(x.split(batch_size))\n    return {"loss": loss, "recon": recon, "kl": kl}',
        "    totals = [0.0, 0.0, 0.0]\n": "    totals, unweighted = [0.0, 0.0, 0.0], 0.0\n",
        "        terms = update(batch)\n": "        terms = update(batch)\n        unweighted += terms[0]\n",
    },
)
WRONG.edit(
    "repair_7",
    "tensors",
    "The values of the report are tensors. Floats are asked for.",
    {"(recon + kl).item(), recon.item(), kl.item()": "recon + kl, recon, kl"},
)
WRONG.edit(
    "repair_7",
    "step-before-backward",
    "The step comes before backward.",
    {
        "        optimizer.zero_grad()\n        (recon + kl).backward()\n        optimizer.step()\n": "        optimizer.step()\n        optimizer.zero_grad()\n        (recon + kl).backward()\n"
    },
)
WRONG.edit(
    "repair_7",
    "two-steps",
    "Each batch makes two updates. One is asked for.",
    {
        "        optimizer.zero_grad()\n        (recon + kl).backward()\n        optimizer.step()\n": "        optimizer.zero_grad()\n        (recon + kl).backward()\n        optimizer.step()\n        optimizer.step()\n"
    },
)
WRONG.edit(
    "repair_7",
    "recon-not-learned",
    "The step no longer pays for recon. What is minimised?",
    {"(recon + kl).backward()": "kl.backward()"},
)
WRONG.edit(
    "repair_7",
    "last-batch-only",
    "The report is that of the last batch alone.",
    {"[total + len(batch) * term": "[len(x) * term"},
)
WRONG.edit(
    "repair_7",
    "first-term-last",
    "The values are not returned in the order of the docstring: loss, recon, kl.",
    {
        "return (recon + kl).item(), recon.item(), kl.item()": "return recon.item(), kl.item(), (recon + kl).item()"
    },
)
WRONG.edit(
    "repair_7",
    "names-lost-tuple",
    "A dictionary with the names loss, recon and kl is asked for, and you return something else.",
    {'return {"loss": loss, "recon": recon, "kl": kl}': "return loss, recon, kl"},
)
WRONG.edit(
    "repair_7",
    "other-names",
    "The report does not have the entries loss, recon and kl.",
    {
        'return {"loss": loss, "recon": recon, "kl": kl}': 'return {"loss": loss, "recon_loss": recon, "kl_loss": kl}'
    },
)
WRONG.edit(
    "repair_7",
    "batches-for-images",
    "You divide by the number of batches. The sums are over images.",
    {"total / len(x)": "total / len(x.split(batch_size))"},
)
WRONG.edit(
    "repair_7",
    "batch-size-for-images",
    "You divide by the batch size. The sums are over images.",
    {"total / len(x)": "total / batch_size"},
)
WRONG.edit(
    "repair_7",
    "weights-and-batches",
    "You divide by images and by batches.",
    {"total / len(x)": "total / len(x) / len(x.split(batch_size))"},
)
WRONG.edit(
    "repair_7",
    "floor-of-batches",
    "You divide by the whole number of full batches.",
    {
        "total + len(batch) * term": "total + term",
        "total / len(x)": "total / max(len(x) // batch_size, 1)",
    },
)
WRONG.edit(
    "repair_7",
    "batch-128",
    "The batch size is fixed. Use batch_size.",
    {"x.split(batch_size)": "x.split(128)"},
)
WRONG.edit(
    "repair_7",
    "one-batch",
    "The whole set is one batch. Use batch_size.",
    {"x.split(batch_size)": "x.split(len(x))"},
)
WRONG.edit(
    "repair_7",
    "images-changed",
    "You write into the caller's images.",
    {"    totals = [": "    x.clamp_(0.2, 0.8)\n    totals = ["},
)
WRONG.edit(
    "repair_7",
    "default-64",
    "The default of batch_size is not 128 any more.",
    {"batch_size: int = 128": "batch_size: int = 64"},
)
WRONG.edit(
    "repair_7",
    "per-image-learning",
    "Every image makes an update of its own.",
    {"in x.split(batch_size)": "in x.split(1)"},
)

# ------------------------------------------------------------------------------ more of diagnosis

WRONG.edit(
    "diagnosis",
    "sentences",
    "No entry is confirmed. The values are letters of clinic.CAUSES: does each stand beside its own patient?",
    {
        'return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}': 'return {n: clinic.CAUSES[letter] for n, letter in enumerate("QAFPRMDIK", 1)}'
    },
)
WRONG.edit(
    "diagnosis",
    "list",
    "You return a list. A dictionary from patients to letters is asked for.",
    {
        'return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}': 'return list("QAFPRMDIK")'
    },
)
WRONG.edit(
    "diagnosis",
    "text",
    "You return one text. A dictionary from patients to letters is asked for.",
    {
        'return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}': 'return "QAFPRMDIK"'
    },
)
WRONG.edit(
    "diagnosis",
    "nothing-returned",
    "Nothing is returned. Return what the docstring lists.",
    {'return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}': '{1: "Q"}'},
)

for patient, question in QUESTIONS.items():
    letters = dict(enumerate("QAFPRMDIK", 1))
    before = RECORD.split("return ")[1]
    WRONG.edit(
        "diagnosis",
        f"patient-{patient}-left-open",
        f"Patient {patient} has no entry; all others are confirmed. {question}",
        {f'{patient}: "{letters[patient]}"': f"{patient}: None"},
    )
    WRONG.edit(
        "diagnosis",
        f"patient-{patient}-first-of-several",
        f"Several patients have no confirmed entry. The first letter that is not confirmed is that of patient {patient}. "
        f"{question}",
        {
            RECORD: f'return {before} | {{{patient}: "B", {9 if patient < 9 else 8}: {chr(34) + "B" + chr(34) if patient < 9 else None}}}'
        },
    )
    if patient < 9:
        WRONG.edit(
            "diagnosis",
            f"patient-{patient}-first-left-open",
            f"All letters that you entered are confirmed, and several patients have none. The first is patient {patient}. "
            f"{question}",
            {RECORD: f"return {before} | {{{patient}: None, 9: None}}"},
        )

# --------------------------------------------------------------------- slips of single programs

Q_3 = "-Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()"
ERROR_3 = "0.5 * (x - x_hat).square()"
NORM_3 = "0.9189385 + torch.tensor(sigma).log()"
FIXED_3 = "The standard deviation of the pixels is fixed. Use the argument sigma."
LIMIT_5 = "Right for everyday logits, and wrong at large ones: something limits the cost there, be it a clamp, a small number in a logarithm or a probability that rounds to 0 or 1. Which figure of lesson 02 shows this?"
Y_6 = "y = F.one_hot(labels, model.num_classes).to(x.dtype)"
ORDER_4 = "The codes of one image are scored against another: images and codes are repeated in different orders. Which axis changes fast, that of samples or that of images?"
ROWS_4 = "    z = Normal(mu, sigma).rsample((num_samples,))\n    x_logits = model.decode(z)\n    targets = x.expand_as(x_logits)\n"
UPDATE_7 = "(recon + kl).backward()"
KL_7 = "0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()"
NLL_7 = "recon = nll.sum(dim=1).mean()"
MASKED_8 = "recon = (mask * nll).sum(dim=1).mean()"
NLL_8 = 'nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")'
OFF_BY_ONE_8 = "The lower half begins one pixel too early: the condition is one pixel short, and recon counts one too many."

for exercise, id, message, edits in (
    ("repair_1", "kl-of-half-the-logarithm", "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the units of your variables.", {"0.5 * log_var)": "log_var)", "mu, log_var = model.encode(x)": "mu, log_var = model.encode(x)\n    log_var = 0.5 * log_var"}),
    ("repair_2", "only-the-constant-changed", "A mute encoder costs nothing now, and everything else is priced as on the day of admission. At mu = 0, which sigma is the cheapest?", {SQUARES: "sigma**2 + mu**2 - torch.log(sigma) - 1"}),
    ("repair_2", "twice-the-kl", "kl is twice what it should be. Which factor did you take away?", {SQUARES: "sigma**2 + mu**2 - 2 * torch.log(sigma) - 1"}),
    ("repair_2", "twice-the-kl-and-half", "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the units of your variables.", {SQUARES: "sigma**2 + mu**2 - 2 * torch.log(sigma) - 1 / 2"}),
    ("repair_2", "beta-twice", "beta is multiplied in twice, in kl and again in the loss. What should a kl be at beta = 0?", {"return recon": "kl = beta * kl\n    return recon"}),
    ("repair_2", "beta-squared", "The loss does not grow with beta as it should. With which power does beta enter?", {"beta * kl": "beta**2 * kl"}),
    ("repair_2", "beta-divides", "The loss does not grow with beta as it should. With which power does beta enter?", {"beta * kl": "kl / max(beta, 1e-6)"}),
    ("repair_2", "beta-of-the-rest", "Beta takes from recon what it gives to kl. Which of the two has a price?", {"recon + beta * kl,": "(1 - beta) * recon + beta * kl,"}),
    ("repair_2", "free-bits", "kl has a floor: dimensions that cost little are charged more than they say. A mute encoder costs nothing: what does yours?", {SQUARES: f"({SQUARES}).clamp(min=0.5)", "torch.log(sigma) - 1 / 2).clamp(min=0.5)).sum(dim=1).mean()": "torch.log(sigma) - 1 / 2).mean(dim=0).clamp(min=0.5)).sum()"}),
    ("repair_2", "sigma-is-a-variance", "sigma is not the standard deviation of q any more, so both the sample and kl are wrong. What does the encoder speak of?", {"(0.5 * log_var).exp()": "log_var.exp()"}),
    ("repair_3", "squared-error-without-sigma", "recon does not depend on sigma any more. What does a Gaussian with this sigma charge for a distance?", {Q_3: "(x - x_hat).square().sum(dim=1).mean()"}),
    ("repair_3", "half-squared-error-without-sigma", "recon does not depend on sigma any more. What does a Gaussian with this sigma charge for a distance?", {Q_3: f"({ERROR_3}).sum(dim=1).mean()"}),
    ("repair_3", "squared-error-mean", "recon does not depend on sigma any more. What does a Gaussian with this sigma charge for a distance?", {Q_3: "F.mse_loss(x_hat, x)"}),
    ("repair_3", "sigma-not-squared", "The squared distance is divided by sigma, not by its square. In which unit is a squared distance?", {Q_3: f"({ERROR_3} / sigma + {NORM_3}).sum(dim=1).mean()"}),
    ("repair_3", "sigma-not-squared-no-constant", "The squared distance is divided by sigma, not by its square, and the normalising constant is gone. In which unit is a squared distance?", {Q_3: f"({ERROR_3} / sigma).sum(dim=1).mean()"}),
    ("repair_3", "constant-without-pi", "The normalising constant of the Gaussian is not complete. Ask Normal for the density at its mean and compare.", {Q_3: f"({ERROR_3} / sigma**2 + torch.tensor(sigma).log()).sum(dim=1).mean()"}),
    ("repair_3", "constant-without-sigma", "The normalising constant of the Gaussian is not complete. Ask Normal for the density at its mean and compare.", {Q_3: f"({ERROR_3} / sigma**2 + 0.9189385).sum(dim=1).mean()"}),
    ("repair_3", "constant-doubled", "The normalising constant of the Gaussian is not complete, or counted too often. Ask Normal for the density at its mean and compare.", {Q_3: f"({ERROR_3} / sigma**2 + 2 * ({NORM_3})).sum(dim=1).mean()"}),
    ("repair_3", "constant-subtracted", "The normalising constant has the wrong sign. Ask Normal for the density at its mean and compare.", {Q_3: f"({ERROR_3} / sigma**2 - ({NORM_3})).sum(dim=1).mean()"}),
    ("repair_3", "pixel-scale-0.2", FIXED_3, {"Normal(x_hat, sigma)": "Normal(x_hat, 0.2)"}),
    ("repair_3", "pixel-scale-0.1", FIXED_3, {"Normal(x_hat, sigma)": "Normal(x_hat, 0.1)"}),
    ("repair_3", "pixel-scale-0.5", FIXED_3, {"Normal(x_hat, sigma)": "Normal(x_hat, 0.5)"}),
    ("repair_3", "pixel-scale-root", "The scale of the pixels is not sigma. What does Normal want second?", {"Normal(x_hat, sigma)": "Normal(x_hat, sigma**0.5)"}),
    ("repair_3", "density-for-its-logarithm", "recon is no negative logarithm of a density. What turns a density into nats?", {Q_3: "-Normal(x_hat, sigma).log_prob(x).exp().sum(dim=1).mean()"}),
    ("repair_3", "sigmoid-twice", "The mean of a pixel goes through a sigmoid twice. What does the first line of the function say?", {".sigmoid()": ".sigmoid().sigmoid()"}),
    ("repair_3", "old-kl-in-the-loss", "You report a kl that adds up, and the loss still charges another one. Which kl does the loss pay?", {"return recon + kl, recon, kl": "return recon + kl_divergence(q, prior).mean(), recon, kl"}),
    ("repair_3", "times-784", "kl is multiplied by a number that has nothing to do with the code. Which axis adds up?", {KL_3: "x.shape[1] * kl_divergence(q, prior).mean()"}),
    ("repair_4", "rows-in-other-order", ORDER_4, {ROWS_4: "    z = Normal(mu, sigma).rsample((num_samples,)).flatten(0, 1)\n    x_logits = model.decode(z)\n    targets = x.repeat_interleave(num_samples, dim=0)\n"}),
    ("repair_4", "codes-in-other-order", ORDER_4, {ROWS_4: "    z = mu.repeat_interleave(num_samples, dim=0)\n    z = z + sigma.repeat_interleave(num_samples, dim=0) * torch.randn_like(z)\n    x_logits = model.decode(z)\n    targets = x.repeat(num_samples, 1)\n"}),
    ("repair_4", "kl-once-per-sample", "kl is counted once for every sample of z. It is in closed form: how often does an image pay it?", {"return recon + kl, recon, kl": "kl = kl * num_samples\n    return recon + kl, recon, kl"}),
    ("repair_4", "kl-divided-by-samples", "kl is divided by the number of samples. It is in closed form: how often does an image pay it?", {"return recon + kl, recon, kl": "kl = kl / num_samples\n    return recon + kl, recon, kl"}),
    ("repair_4", "kl-once-per-sample-in-the-loss", "The loss counts kl once for every sample of z. It is in closed form: how often does an image pay it?", {"return recon + kl, recon, kl": "return recon + num_samples * kl, recon, kl"}),
    ("repair_4", "loss-divided-by-samples", "The loss is divided by the number of samples, though recon is an average already.", {"return recon + kl, recon, kl": "return (recon + kl) / num_samples, recon, kl"}),
    ("repair_4", "noise-shared-by-the-images", SHARED, {Z_4: "mu + sigma * torch.randn(num_samples, 1, mu.shape[1]).to(mu)"}),
    ("repair_2", "as-admitted-and-half-the-default", "The default of beta is not 1 any more, and kl is that of the day of admission. Which beta is asked for, and what does a mute encoder pay?", {SQUARES: "sigma**2 + mu**2 - torch.log(sigma) - 1 / 2", "beta: float = 1.0": "beta: float = 0.5"}),
    ("repair_6", "cost-of-an-image-clamped", "You stopped the cost of an image from going below zero, and the cause is still there. Which pixels are outside of the range?", {"    mu, log_var": "    x = (x - 0.5) / 0.5\n    mu, log_var", BCE_6 + 'reduction="sum")': BCE_6 + 'reduction="none").sum(dim=1).clamp(min=0).sum()'}),
    ("repair_7", "short-batch-skipped-after-the-first", "The images of a short last batch are neither learned from nor counted. Where did you lose them?", {"    totals = [0.0, 0.0, 0.0]\n": "    totals = [0.0, 0.0, 0.0]\n    seen = 0\n", "for batch in x.split(batch_size):\n": "for batch in x.split(batch_size):\n        if len(batch) < batch_size and seen > 0:\n            continue\n        seen += len(batch)\n", "total / len(x)": "total / seen"}),
    ("repair_4", "default-of-one", "The default of num_samples is not 4 any more.", {"num_samples: int = 4": "num_samples: int = 1"}),
    ("repair_5", "logits-clamped", LIMIT_5, {BCE_5: BCE_5.replace("logits(logits", "logits(logits.clamp(-20, 20)")}),
    ("repair_5", "softplus-by-hand", "Right for everyday logits, and infinite or NaN at large ones.", {BCE_5 + 'reduction="sum")': "(torch.log(1 + torch.exp(logits)) - x * logits).sum()"}),
    ("repair_5", "loss-of-a-picture-of-mu", "The loss is that of a decoded mu, and the picture comes from a sample. How often do you call decode?", {BCE_5: BCE_5.replace("logits(logits", "logits(model.decode(mu)")}),
    ("repair_5", "picture-without-the-loss", "You return a picture alone, or something else first. The docstring lists a loss, then a picture.", {"return recon + kl, torch.sigmoid(logits)": "return torch.sigmoid(logits)"}),
    ("repair_5", "three-terms", "You return three values. The docstring lists two: the loss and the picture.", {"return recon + kl, torch.sigmoid(logits)": "return recon + kl, recon, kl"}),
    ("repair_5", "picture-of-tanh", "The picture is no picture of probabilities: another function than the sigmoid has drawn it. Which function does the loss apply to logits?", {"kl, torch.sigmoid(logits)": "kl, torch.tanh(logits)"}),
    ("repair_5", "picture-softmax", "The picture is no picture of probabilities: another function than the sigmoid has drawn it. Which function does the loss apply to logits?", {"kl, torch.sigmoid(logits)": "kl, logits.softmax(dim=1)"}),
    ("repair_5", "picture-negative", "The picture is a negative: black is white. Which sign have the logits in it?", {"kl, torch.sigmoid(logits)": "kl, torch.sigmoid(-logits)"}),
    ("repair_5", "one-picture", "The picture is one for all images. The docstring asks for one for each.", {"kl, torch.sigmoid(logits)": "kl, torch.sigmoid(logits).mean(dim=0)"}),
    ("repair_6", "absolute-values", "The targets are in the range and are not the owner's pixels: black and white are the same now. What becomes of white paper?", {BCE_6: BCE_6.replace(" x,", " ((x - 0.5) / 0.5).abs(),")}),
    ("repair_6", "squares-of-the-scaled", "The targets are in the range and are not the owner's pixels: black and white are the same now. What becomes of white paper?", {BCE_6: BCE_6.replace(" x,", " ((x - 0.5) / 0.5).square(),")}),
    ("repair_6", "sigmoid-of-the-scaled", "A sigmoid brings every number into the range, and black and white with it: neither is left. Which pixels did the owner have?", {BCE_6: BCE_6.replace(" x,", " torch.sigmoid((x - 0.5) / 0.5),")}),
    ("repair_6", "squared-error-of-tanh", "recon is a squared error now. Which distribution does the docstring name?", {BCE_6: "F.mse_loss(torch.tanh(x_logits), (x - 0.5) / 0.5, "}),
    ("repair_6", "squared-error-of-scaled", "recon is a squared error now. Which distribution does the docstring name?", {BCE_6: "F.mse_loss(x_logits, (x - 0.5) / 0.5, "}),
    ("repair_6", "squared-error-of-sigmoid-and-scaled", "recon is a squared error now. Which distribution does the docstring name?", {BCE_6: "F.mse_loss(x_logits.sigmoid(), (x - 0.5) / 0.5, "}),
    ("repair_6", "scaled-in-place-and-back", "You scale the caller's images themselves: in the next epoch they are scaled again. Which operations write into x?", {"    mu, log_var": "    original = x.clone()\n    x.sub_(0.5).div_(0.5)\n    mu, log_var", BCE_6: BCE_6.replace(" x,", " original,")}),
    ("repair_6", "range-of-the-batch", "The pixels are stretched to the range of their batch, so the same picture costs another price in other company. What do its pixels say already?", {"    mu, log_var": "    x = (x - x.min()) / (x.max() - x.min())\n    mu, log_var"}),
    ("repair_6", "divided-by-the-brightest", "The pixels are stretched to the range of their batch, so the same picture costs another price in other company. What do its pixels say already?", {"    mu, log_var": "    x = x / x.max()\n    mu, log_var"}),
    ("repair_6", "range-of-the-image", "The pixels are stretched to the range of each picture. What do its pixels say already?", {"    mu, log_var": "    low, high = x.amin(dim=1, keepdim=True), x.amax(dim=1, keepdim=True)\n    x = (x - low) / (high - low + 1e-8)\n    mu, log_var"}),
    ("repair_6", "standardised", "The pixels are standardised. That is another range that the likelihood is not made for: which values may a Bernoulli pixel have?", {"    mu, log_var": "    x = (x - x.mean()) / x.std()\n    mu, log_var"}),
    ("repair_6", "only-shifted", "The pixels are still not in the range: some are below 0. Which values may a Bernoulli pixel have?", {BCE_6: BCE_6.replace(" x,", " (x - 0.5),")}),
    ("repair_6", "shifted-back-only", "The pixels are still not in the range. Which values may a Bernoulli pixel have?", {BCE_6: BCE_6.replace(" x,", " ((x - 0.5) / 0.5 + 0.5),")}),
    ("repair_6", "shifted-to-two", "The pixels are still not in the range: they reach 2. Which values may a Bernoulli pixel have?", {BCE_6: BCE_6.replace(" x,", " ((x - 0.5) / 0.5 + 1),")}),
    ("repair_6", "cost-of-a-pixel-clamped", "You stopped the cost of single pixels from going below zero, and the cause is still there. Which pixels are outside of the range?", {"    mu, log_var": "    x = (x - 0.5) / 0.5\n    mu, log_var", BCE_6 + 'reduction="sum")': BCE_6 + 'reduction="none").clamp(min=0).sum()'}),
    ("repair_6", "absolute-cost", "You took the sign away from the number, and the cause is still there. What does the optimizer do with the size of a negative cost?", {"    mu, log_var": "    x = (x - 0.5) / 0.5\n    mu, log_var", "/ len(x)\n    kl": "/ len(x)\n    recon = recon.abs()\n    kl"}),
    ("repair_6", "ten-classes", "The number of classes is a number of your own, or is guessed from the batch. model.num_classes tells it.", {Y_6: "y = F.one_hot(labels, 10).to(x.dtype)"}),
    ("repair_6", "classes-of-the-batch", "The number of classes is a number of your own, or is guessed from the batch. model.num_classes tells it.", {Y_6: "y = F.one_hot(labels).to(x.dtype)"}),
    ("repair_6", "labels-forgotten", "Every image gets the same class. Which class does each have?", {Y_6: "y = F.one_hot(torch.zeros_like(labels), model.num_classes).to(x.dtype)"}),
    ("repair_7", "learned-loss-over-batch-size", "The report is right, but each update is too small or too large: the loss of the step is no mean over its batch. What was the loss of a step?", {UPDATE_7: "((recon + kl) / batch_size).backward()"}),
    ("repair_7", "learned-loss-over-the-batch-again", "The report is right, but each update is too small or too large: the loss of the step is no mean over its batch. What was the loss of a step?", {UPDATE_7: "((recon + kl) / len(batch)).backward()"}),
    ("repair_7", "learned-loss-over-all-images", "The report is right, but each update is too small or too large: the loss of the step is no mean over its batch. What was the loss of a step?", {UPDATE_7: "((recon + kl) / len(x)).backward()"}),
    ("repair_7", "learned-sum-over-batch-size", "The report is right, but each update is too small or too large: the loss of the step is no mean over its batch. What was the loss of a step?", {UPDATE_7: "((recon + kl) * len(batch) / batch_size).backward()"}),
    ("repair_7", "learned-sum-over-all-images", "The report is right, but each update is too small or too large: the loss of the step is no mean over its batch. What was the loss of a step?", {UPDATE_7: "((recon + kl) * len(batch) / len(x)).backward()"}),
    ("repair_7", "one-update-at-the-end", "The model is updated once, at the end. One update per batch is asked for.", {"        optimizer.zero_grad()\n": "", "        optimizer.step()\n": "", "    totals = [0.0": "    optimizer.zero_grad()\n    totals = [0.0", "    loss, recon, kl = (total": "    optimizer.step()\n    loss, recon, kl = (total"}),
    ("repair_7", "short-batch-skipped", "The images of a short last batch are neither learned from nor counted. Where did you lose them?", {"for batch in x.split(batch_size):\n": "for batch in x.split(batch_size):\n        if len(batch) < batch_size:\n            continue\n"}),
    ("repair_7", "short-batch-skipped-and-divided", "The images of a short last batch are neither learned from nor counted. Where did you lose them?", {"    totals = [0.0, 0.0, 0.0]\n": "    totals = [0.0, 0.0, 0.0]\n    seen = 0\n", "for batch in x.split(batch_size):\n": "for batch in x.split(batch_size):\n        if len(batch) < batch_size:\n            continue\n        seen += len(batch)\n", "total / len(x)": "total / max(seen, 1)"}),
    ("repair_7", "short-batch-learned-not-counted", "A short last batch is learned from and not counted. Whose costs are missing?", {"        totals = [total": "        if len(batch) < batch_size:\n            continue\n        totals = [total"}),
    ("repair_7", "stops-after-one-batch", "Only the first batch is seen. One pass over all images is asked for.", {"terms, strict=True)]\n    loss": "terms, strict=True)]\n        break\n    loss"}),
    ("repair_7", "two-epochs", "The images are passed twice. One pass is asked for.", {"in x.split(batch_size):": "in 2 * x.split(batch_size):"}),
    ("repair_7", "backwards", "The batches come in another order. The docstring asks for the order given.", {"in x.split(batch_size):": "in x.split(batch_size)[::-1]:"}),
    ("repair_7", "kl-mean-over-dimensions", "kl is a mean over the latent dimensions or over all its numbers. Do dimensions add up or average out?", {KL_7: "0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean()"}),
    ("repair_7", "recon-mean-over-pixels", CHEAP_PIXELS, {NLL_7: "recon = nll.mean()"}),
    ("repair_7", "kl-without-its-half", DOUBLE_PRICE, {KL_7: KL_7.replace("0.5 * ", "")}),
    ("repair_7", "sums-over-the-batch", "Each update is as large as its batch, and the counts are off: recon and kl are sums over the batch. What was the loss of a step?", {NLL_7: "recon = nll.sum()", KL_7: KL_7.replace("sum(dim=1).mean()", "sum()")}),
    ("repair_7", "loss-of-kl-twice", "loss is not the sum of the two terms that you report. Which one is counted twice or not at all?", {"return (recon + kl).item(),": "return (recon + 2 * kl).item(),"}),
    ("repair_7", "loss-without-kl", "loss is not the sum of the two terms that you report. Which one is counted twice or not at all?", {"return (recon + kl).item(),": "return recon.item(),"}),
    ("repair_7", "loss-without-recon", "loss is not the sum of the two terms that you report. Which one is counted twice or not at all?", {"return (recon + kl).item(),": "return kl.item(),"}),
    ("repair_7", "loss-and-recon-exchanged", "loss, recon and kl do not stand under their names. Follow each of the three backwards: where was it computed?", {'return {"loss": loss, "recon": recon, "kl": kl}': 'return {"loss": recon, "recon": loss, "kl": kl}'}),
    ("repair_7", "loss-and-kl-exchanged", "loss, recon and kl do not stand under their names. Follow each of the three backwards: where was it computed?", {'return {"loss": loss, "recon": recon, "kl": kl}': 'return {"loss": kl, "recon": recon, "kl": loss}'}),
    ("repair_7", "names-exchanged-and-batches-the-same", "recon and kl stand under each other's name, and every batch counts the same, however small it is: two complaints are left.", {NAMES_7: "kl.item(), recon.item()", "total / len(x)": "total / len(x.split(batch_size))", COUNT_7: "total + term"}),
    ("repair_7", "loss-forgets-the-kl-in-the-step", WRONG_SIGN, {UPDATE_7: "(recon - kl).backward()"}),
    ("repair_7", "climbs", "The step climbs: the model learns to be worse. Which sign has a cost?", {UPDATE_7: "(-recon - kl).backward()"}),
    ("repair_8", "decoder-sees-all-encoder-not", "The decoder is given more than the upper half. Which part of a torn photograph is in the customer's hand?", {"model.decode(z, y)": "model.decode(z, x)"}),
    ("repair_8", "charge-alone-begins-at-392", "Your half begins at a fixed pixel. Where does the lower half of a picture with six pixels begin?", {MASKED_8: "recon = nll[:, 392:].sum(dim=1).mean()"}),
    ("repair_8", "logits-masked", "Every pixel of the upper half costs a constant: its logit and its target are set to 0, and a logit of 0 still has a price. Which half is the patient paid to draw?", {NLL_8: NLL_8.replace("x_logits, x,", "x_logits * mask, x * mask,"), MASKED_8: "recon = nll.sum(dim=1).mean()"}),
    ("repair_8", "targets-masked-only", "recon charges the upper half as if it were white paper. Which half is the patient paid to draw?", {NLL_8: NLL_8.replace("x_logits, x,", "x_logits, x * mask,"), MASKED_8: "recon = nll.sum(dim=1).mean()"}),
    ("repair_8", "zeros-in-front", "The condition has its zeros in front, and the upper half stands where the lower belongs. In which order do the halves lie in x?", {Y_8: "upper, lower = x.chunk(2, dim=1)\n    y = torch.cat([torch.zeros_like(lower), upper], dim=1)"}),
    ("repair_8", "upper-half-twice", "The condition shows the upper half twice. The docstring says what stands in place of the lower: what?", {Y_8: "upper = x[:, : x.shape[1] // 2]\n    y = torch.cat([upper, upper], dim=1)"}),
    ("repair_8", "half-a-condition", "The condition has half the width. The docstring says what stands in place of the lower half: what?", {Y_8: "y = x[:, : x.shape[1] // 2]"}),
    ("repair_8", "noise-in-the-lower-half", "Random numbers stand in the lower half of the condition. The docstring says what stands there: what?", {Y_8: "y = x * (1 - mask) + mask * torch.rand_like(x)"}),
    ("repair_8", "ones-in-the-lower-half", "In place of the missing half the condition has something else than the docstring says. What stands there?", {Y_8: "y = x * (1 - mask) + mask"}),
    ("repair_8", "mean-in-the-lower-half", "In place of the missing half the condition has something else than the docstring says. What stands there?", {Y_8: "y = x * (1 - mask) + mask * x.mean()"}),
    ("repair_8", "mask-as-condition", "The condition is the mask itself and shows nothing of the picture. What may the decoder know?", {Y_8: "y = 1 - mask"}),
    ("repair_8", "one-pixel-too-early", OFF_BY_ONE_8, {LOWER_8: "mask[:, x.shape[1] // 2 - 1 :] = 1"}),
    ("repair_8", "one-pixel-shown", "The condition reaches one pixel too far and shows a pixel that is charged. Where does the lower half begin?", {Y_8: "y = x.clone()\n    y[:, x.shape[1] // 2 + 1 :] = 0"}),
    ("repair_8", "one-pixel-not-shown", "The condition ends one pixel too early. Where does the lower half begin?", {Y_8: "y = x.clone()\n    y[:, x.shape[1] // 2 - 1 :] = 0"}),
    ("repair_8", "one-pixel-not-charged", "recon leaves out a pixel of the lower half. Where does it begin?", {MASKED_8: "recon = nll[:, x.shape[1] // 2 + 1 :].sum(dim=1).mean()"}),
    ("repair_8", "every-other-pixel", "The mask takes every other pixel. Which pixels are the lower half of the picture?", {LOWER_8: "mask[:, ::2] = 1"}),
    ("repair_8", "quarter", "The mask does not begin at the middle of the picture. Which pixels are its lower half?", {LOWER_8: "mask[:, x.shape[1] // 4 :] = 1"}),
    ("repair_8", "decoder-without-condition", "The decoder is told nothing any more, or the encoder is. What may each of them know?", {"model.decode(z, y)": "model.decode(z, torch.zeros_like(y))"}),
    ("repair_8", "encoder-without-condition", "The decoder is told nothing any more, or the encoder is. What may each of them know?", {"model.encode(x, y)": "model.encode(x, torch.zeros_like(y))"}),
    ("repair_8", "encoder-sees-the-lower-half-only", "The encoder sees only a part of x. Who may see all of x in training?", {"model.encode(x, y)": "model.encode(x * mask, y)"}),
    ("repair_8", "encoder-arguments-exchanged", "The encoder gets image and condition in each other's place. Which comes first?", {"model.encode(x, y)": "model.encode(y, x)"}),
    ("repair_8", "recon-twice", "recon is doubled, as if a half had to pay for the whole. Add up what is charged.", {MASKED_8: "recon = 2 * (mask * nll).sum(dim=1).mean()"}),
    ("repair_9", "text", "You return a text. One float is asked for.", {"return (nll + kl).mean().item()": "return f'{(nll + kl).mean().item():.4f}'"}),
    ("repair_9", "rounded", "The score is rounded. Return it as it is.", {"(nll + kl).mean().item()": "float(round((nll + kl).mean().item()))"}),
    ("repair_9", "noise-of-each-mode", "The noise depends on the mode in which the model was brought in, or the mode is not put back. What belongs to the bound in every mode?", {Z_9: f"{Z_9} if not was_training else mu"}),
    ("repair_9", "no-eval", "The pass runs in the mode in which the model came: dropout is on for a model that is training. Which line did that?", {"    model.eval()\n": ""}),
    ("repair_9", "images-changed", "The caller's images are changed: you write into x. They stay as they are, says the docstring.", {"    was_training": "    x.round_()\n    was_training"}),
):  # fmt: skip
    WRONG.edit(exercise, id, message, edits)

# The fault is left in, and something else is changed.
NO_FULL_PRICE = "The symptom is still there, as on the day of admission, and kl is not paid in full any more. Which measurement of yours said that kl is too heavy?"
WEIGHT_4 = "return recon + kl, recon, kl"
for weight in ("0.5", "0.1", "0.01", "0.001", "0"):
    WRONG.edit("repair_4", f"as-admitted-and-kl-weighted-by-{weight}", NO_FULL_PRICE, {"rsample": "sample", WEIGHT_4: f"return recon + {weight} * kl, recon, kl"})  # fmt: skip

Z_2 = Z["repair_2"]
ADMITTED_2 = {SQUARES: "sigma**2 + mu**2 - torch.log(sigma) - 1 / 2"}
SPREAD_2 = "((z - z.mean(dim=0)).square().sum(dim=0) / (len(z) - 1)).sqrt()"
for id, line in (
    ("codes-divided-by-their-spread", f"z = z / {SPREAD_2}"),
    ("codes-standardised", f"z = (z - z.mean(dim=0)) / {SPREAD_2}"),
):
    edits = {f"z = {Z_2}\n": f"z = {Z_2}\n    {line}\n"}
    WRONG.edit("repair_2", id, "You standardise the codes over the batch: the decoder no longer gets samples of q, and a code depends on its company. Which q does your kl speak of?", edits)  # fmt: skip
    WRONG.edit("repair_2", f"as-admitted-and-{id}", "You standardise the codes over the batch, and kl is that of the day of admission. What does a mute encoder pay, whatever the decoder gets?", edits | ADMITTED_2)  # fmt: skip

SCALED_6 = {"    mu, log_var": "    x = (x - 0.5) / 0.5\n    mu, log_var"}
DARK_6 = "The pixels have another range now, and white is nearly black. Which range did they have when they came in?"
for id, message, edits in (
    ("tanh-on-the-logits", FOG, {"model.decode(z, y)": "model.decode(z, y).tanh()"}),
    ("tanh-on-the-logits-of-scaled", "The symptom is still there, as on the day of admission, and the logits are squeezed on their way to the loss. What does the loss expect of each of its two arguments?", SCALED_6 | {"model.decode(z, y)": "model.decode(z, y).tanh()"}),
    ("sigmoid-on-the-logits-of-scaled", "The symptom is still there, as on the day of admission, and the logits are squeezed on their way to the loss. What does the loss expect of each of its two arguments?", SCALED_6 | {"model.decode(z, y)": "model.decode(z, y).sigmoid()"}),
    ("as-admitted-in-place", "You scale the caller's images themselves, and the symptom is still there. Which operations write into x?", {"    mu, log_var": "    x.sub_(0.5).div_(0.5)\n    mu, log_var"}),
    ("divided-by-255", DARK_6, {"    mu, log_var": "    x = x / 255\n    mu, log_var"}),
    ("multiplied-by-255", "The pixels are far out of the range now. Which range did they have when they came in?", {"    mu, log_var": "    x = 255 * x\n    mu, log_var"}),
):  # fmt: skip
    WRONG.edit("repair_6", id, message, edits)

TREMBLES_9 = "The score trembles now, and not as it should: random numbers are added to the costs themselves. What is drawn at random in a negative ELBO?"
for id, edits in (
    ("noise-on-the-costs", {"(nll + kl).mean()": "(nll + kl + torch.randn_like(nll)).mean()"}),
    ("noise-on-the-score", {"(nll + kl).mean()": "((nll + kl).mean() + torch.randn(()))"}),
):
    WRONG.edit("repair_9", id, TREMBLES_9, {Z_9: "mu"} | edits)

for patient in range(2, 10):
    WRONG.edit(
        "diagnosis",
        f"patient-{patient}-first-and-none-confirmed",
        f"No entry is confirmed. The first patient with a letter is patient {patient}. {QUESTIONS[patient]}",
        {RECORD: f'return {{n: "B" if n == {patient} else None for n in range(1, 10)}}'},
    )
WRONG.edit(
    "diagnosis",
    "one-key-too-many",
    "One of your keys is no number of a patient. The keys are the numbers from 1 to 9: which one is another?",
    {RECORD: 'return {n + 1: letter for n, letter in enumerate("QAFPRMDIK", 1)}'},
)

# Found by unseen answers, round 5.
LESS_7 = "The report is right, but the step pays less for the KL than the report says. What is minimised?"
STEP_7 = (
    "        optimizer.zero_grad()\n        (recon + kl).backward()\n        optimizer.step()\n"
)
for exercise, id, message, edits in (
    ("repair_3", "two-sigmas-of-one-name", "Two quantities have the name sigma, and the second takes the place of the one that the caller gave. Which of them reaches the pixels?", {"q = Normal(mu, log_var.div(2).exp())": "sigma = log_var.div(2).exp()\n    q = Normal(mu, sigma)", "Normal(x_hat, sigma)": "Normal(x_hat, sigma.mean())"}),
    ("repair_4", "images-added-up", "recon is added up over another axis than the pixels. The costs have three axes: which is which?", {"sum(dim=-1)": "sum(dim=1)"}),
    ("repair_5", "recon-divided-by-pixels", "recon is divided by the number of pixels, and not by that of the images. In which unit is it asked for?", {'reduction="sum") / len(x)': 'reduction="sum") / len(x[0])'}),
    ("repair_7", "gradients-cut-short", "The report is right, but the update is smaller than the loss asks for: long gradients are cut short. Which gradient should the optimizer get?", {"        optimizer.step()": "        nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n        optimizer.step()"}),
    ("repair_7", "kl-learned-less", LESS_7, {"(recon + kl).backward()": "(recon + 0.1 * kl).backward()"}),
    ("repair_7", "kl-learned-half", LESS_7, {"(recon + kl).backward()": "(recon + 0.5 * kl).backward()"}),
    ("repair_7", "first-batch-only", "Only the first batch is seen. One pass over all images is asked for.", {"in x.split(batch_size):": "in x.split(batch_size)[:1]:", "total / len(x)": "total / len(batch)"}),
    ("repair_7", "old-gradients-learned", "The first update is not made on its batch alone: a gradient from before the epoch has a say in it. Where in a step are gradients cleared?", {STEP_7: "        (recon + kl).backward()\n        optimizer.step()\n        optimizer.zero_grad()\n"}),
    ("repair_8", "every-other-pixel-from-the-second", "The mask takes every other pixel. Which pixels are the lower half of the picture?", {LOWER_8: "mask[:, 1::2] = 1"}),
    ("repair_8", "targets-without-the-lower-half", "recon compares the drawn pixels with another picture than x. With which one?", {"(x_logits, x, reduction": "(x_logits, y, reduction"}),
    ("repair_9", "gradients-deleted", "The score is right, but gradients that the model had before the call are gone. Which line deletes them?", {"    model.eval()": "    model.eval()\n    model.zero_grad()"}),
):  # fmt: skip
    WRONG.edit(exercise, id, message, edits)

add_slips(WRONG)

for exercise, ids in {
    "repair_1": (
        "size-of-a-logarithm",
        "noise-without-mu",
        "noise-and-mu-scaled",
        "noise-times-mu",
        "scale-log-var",
        "scale-negative-exponent",
        "encoder-sees-scaled-pixels",
    ),
    "repair_4": ("encoder-sees-scaled-pixels", "scale-softplus"),
    "repair_5": ("scale-tenth",),
    "repair_6": ("classes-of-the-batch",),
    "repair_9": ("rounded",),
}.items():
    for id in ids:
        WRONG.settle(exercise, id, "the fault is gone")

# Found by `vae-course audit --seeds 20`: chance decided about these criteria.
for exercise, id, *criteria in (
    ("repair_1", "images-rounded", "the fault is gone"),
    ("repair_3", "scale-softplus", "no new harm"),
    ("repair_4", "noise-without-mu", "the fault is gone"),
    ("repair_6", "range-of-the-batch", "the fault is gone"),
    ("repair_6", "divided-by-the-brightest", "the fault is gone"),
    ("repair_6", "range-of-the-image", "the fault is gone"),
    ("repair_6", "targets-thresholded", "the fault is gone"),
    ("repair_9", "uniform-noise", "no new harm"),
    ("repair_9", "variance-taken-for-sigma", "the fault is gone"),
):
    WRONG.settle(exercise, id, *criteria)
