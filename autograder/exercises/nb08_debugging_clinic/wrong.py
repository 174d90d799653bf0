"""Known wrong solutions of lesson 08: the patients as admitted, half repairs, and repairs that do harm.

Learners can read the messages in the fingerprints: none of them names a cause or a cure.
"""
# ruff: noqa: F821 - names of the lesson

from autograder.exercises.known_answers import Bank

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
NO_PRICE = "The KL has fallen out of the loss: kl is reported and not paid. What keeps the codes near the prior then?"
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
    "It hears again, but more samples do not calm it: they are copies of one, or not all are counted. Which tensor should be "
    "fresh for every sample, and how many count?",
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
    "You average probabilities and take the logarithm last. That is a bound, too, and another one (lesson 07 is about it). What did the "
    "docstring ask for?",
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
    "Right for everyday logits, and wrong at large ones, where a probability rounds to 0 or 1 and its logarithm is lost. Which "
    "figure of lesson 02 shows this?",
    {BCE_5: "F.binary_cross_entropy(torch.sigmoid(logits), x, "},
)
WRONG.edit(
    "repair_5",
    "there-and-back",
    "You squeeze the logits and stretch them again. What is left of a logit of 200 in between?",
    {BCE_5: "F.binary_cross_entropy_with_logits(torch.logit(torch.sigmoid(logits), eps=1e-6), x, "},
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
    "The report is right, but the lessons of earlier batches are never forgotten: gradients pile up. Which call has gone?",
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
    "The report is right, and the model learns nothing any more. Which call moves the weights?",
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
    "All is well for a model that comes in training mode. And for one that comes in evaluation mode?",
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

# ------------------------------------------------------------------- harm done while repairing

WRONG_SPREAD = (
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be that of the q whose "
    "KL is charged."
)
KL_HARM = "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the units of your variables."
SWAPPED = "recon and kl are returned in each other's place. The order is loss, recon, kl."
MISPLACED = "The values are not returned in the order of the docstring: loss, recon, kl."
FLOATS = "You return plain numbers, and nothing can be learned from them. Return tensors."
NO_LEARNING = "The loss carries no gradient, so nothing can be learned from it."
NO_RETURN = "Nothing is returned. Return what the docstring lists."
FEWER = "You return fewer values than the docstring lists."
MORE = "You return more values than the docstring lists."
CLIPPED = "The logits are cut off before the loss, so a confident mistake costs too little."
SQUARED = "recon is a squared error now. Which distribution does the docstring name?"
ROUNDED = "The targets are cut to black and white. Charge the grey values as they are."
PRIOR = "z is drawn from the prior and knows nothing about the image. Which distribution is to be sampled?"
KLS = {
    "repair_1": "0.5 * (mu.square() + log_var.exp() - 1 - log_var)",
    "repair_4": "0.5 * (mu.square() + sigma.square() - 1 - log_var)",
    **{f"repair_{n}": "0.5 * (mu**2 + log_var.exp() - 1 - log_var)" for n in (5, 6, 8, 9)},
    "repair_2": "(0.5 * sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2)",
}
for exercise, whole in KLS.items():
    for id, code in (
        ("kl-half-on-mu-only", "(0.5 * mu**2 + log_var.exp() - 1 - log_var)"),
        ("kl-half-not-on-mu", "(mu**2 + 0.5 * (log_var.exp() - 1 - log_var))"),
        ("kl-half-on-the-squares", "(0.5 * (mu**2 + log_var.exp()) - 1 - log_var)"),
        ("kl-half-not-on-log-var", "(0.5 * (mu**2 + log_var.exp() - 1) - log_var)"),
        ("kl-half-not-on-one", "(0.5 * (mu**2 + log_var.exp() - log_var) - 1)"),
        ("kl-half-not-on-variance", "(0.5 * (mu**2 - 1 - log_var) + log_var.exp())"),
        ("kl-plus-log-var", "0.5 * (mu**2 + log_var.exp() - 1 + log_var)"),
        ("kl-plus-one", "0.5 * (mu**2 + log_var.exp() + 1 - log_var)"),
        ("kl-without-one", "0.5 * (mu**2 + log_var.exp() - log_var)"),
        ("kl-without-mu", "0.5 * (log_var.exp() - 1 - log_var)"),
        ("kl-without-variance", "0.5 * (mu**2 - 1 - log_var)"),
        ("kl-without-log-var", "0.5 * (mu**2 + log_var.exp() - 1)"),
        ("kl-mu-not-squared", "0.5 * (mu + log_var.exp() - 1 - log_var)"),
        ("kl-half-exponent", "0.5 * (mu**2 + (0.5 * log_var).exp() - 1 - log_var)"),
        ("kl-double-exponent", "0.5 * (mu**2 + (2 * log_var).exp() - 1 - log_var)"),
        ("kl-log-var-halved", "0.5 * (mu**2 + (0.5 * log_var).exp() - 1 - 0.5 * log_var)"),
        ("kl-log-var-doubled", "0.5 * (mu**2 + (2 * log_var).exp() - 1 - 2 * log_var)"),
        ("kl-half-of-log-var", "0.5 * (mu**2 + log_var.exp() - 1 - 0.5 * log_var)"),
        ("kl-twice-log-var", "0.5 * (mu**2 + log_var.exp() - 1 - 2 * log_var)"),
        ("kl-quarter", "0.25 * (mu**2 + log_var.exp() - 1 - log_var)"),
        ("kl-negative", "-0.5 * (mu**2 + log_var.exp() - 1 - log_var)"),
        ("kl-the-other-way", "0.5 * ((mu**2 + 1) * (-log_var).exp() - 1 + log_var)"),
        ("kl-double", "(mu**2 + log_var.exp() - 1 - log_var)"),
        ("kl-floor", "(0.5 * (mu**2 + log_var.exp() - 1 - log_var)).clamp(min=0.5)"),
        ("kl-detached", "(0.5 * (mu**2 + log_var.exp() - 1 - log_var)).detach()"),
    ):
        sentence = {
            "kl-negative": "kl is negative now. Which sign has a KL?",
            "kl-floor": "You raise small KLs to a floor. The docstring asks for the KL itself.",
            "kl-detached": "The KL is charged, and its gradient is lost. What pulls the codes to the prior then?",
            "kl-double": DOUBLE_PRICE,
        }.get(id, KL_HARM)
        if not (exercise == "repair_9" and id == "kl-detached"):
            WRONG.edit(exercise, id, sentence, {whole: f"({code})"})

SAMPLERS = {e: z for e, z in Z.items() if e != "repair_4"} | {
    "repair_4": "Normal(mu, sigma).rsample((num_samples,))"
}
for exercise, z in SAMPLERS.items():
    noise = (
        "torch.randn(num_samples, *mu.shape).to(mu)"
        if exercise == "repair_4"
        else "torch.randn_like(mu)"
    )
    for id, scale in (
        ("scale-of-a-variance", "log_var.exp()"),
        ("scale-doubled-exponent", "(2 * log_var).exp()"),
        ("scale-quarter-exponent", "(0.25 * log_var).exp()"),
        ("scale-softplus", "F.softplus(log_var)"),
        ("scale-softplus-of-half", "F.softplus(0.5 * log_var)"),
        ("scale-log-var", "log_var"),
        ("scale-half-log-var", "(0.5 * log_var)"),
        ("scale-negative-exponent", "(-0.5 * log_var).exp()"),
        ("scale-one", "1.0"),
        ("scale-halved", "0.5 * (0.5 * log_var).exp()"),
        ("scale-root", "log_var.abs().sqrt()"),
        ("scale-half-of-the-variance", "0.5 * log_var.exp()"),
        ("scale-small", "0.1 * (0.5 * log_var).exp()"),
    ):
        WRONG.edit(exercise, id, WRONG_SPREAD, {z: f"(mu + {scale} * {noise})"})
    WRONG.edit(exercise, "sample-of-the-prior", PRIOR, {z: f"(0 * mu + {noise})"})
    if exercise != "repair_9":
        WRONG.edit(
            exercise,
            "noise-without-mu",
            "mu is missing in z. Where is the centre of q?",
            {z: f"((0.5 * log_var).exp() * {noise})"},
        )
    if exercise not in ("repair_4", "repair_9"):
        WRONG.edit(
            exercise,
            "mu-detached",
            "Recon's gradient reaches log_var, and not mu. Whose line is down?",
            {z: f"(mu.detach() + (0.5 * log_var).exp() * {noise})"},
        )
    if exercise != "repair_9":
        WRONG.edit(
            exercise,
            "seed-inside",
            "A fixed seed gives the same noise in every call. Who has fixed the dice?",
            {z: f"(torch.manual_seed(0), {z})[1]"},
        )

THREE = {
    "repair_1": ("recon + kl, recon, kl", 1), "repair_2": ("recon + beta * kl, recon, kl", 1), "repair_3": ("recon + kl, recon, kl", 1),
    "repair_4": ("recon + kl, recon, kl", 1), "repair_6": ("recon + kl, recon, kl", 1), "repair_8": ("recon + kl, recon, kl", 1),
}  # fmt: skip
for exercise, (returned, _) in THREE.items():
    loss = returned.split(",")[0]
    for id, sentence, code in (
        ("terms-swapped", SWAPPED, f"{loss}, kl, recon"),
        ("loss-last", MISPLACED, f"recon, kl, {loss}"),
        ("loss-second", MISPLACED, f"recon, {loss}, kl"),
        ("kl-recon-loss", MISPLACED, f"kl, recon, {loss}"),
        ("plain-numbers", FLOATS, f"({loss}).item(), recon.item(), kl.item()"),
        (
            "terms-as-numbers",
            "recon and kl are plain numbers. Return three scalar tensors.",
            f"{loss}, recon.item(), kl.item()",
        ),
        ("loss-detached", NO_LEARNING, f"({loss}).detach(), recon, kl"),
        (
            "recon-detached",
            "The loss does not feel recon: its gradient is lost.",
            f"{loss} - recon + recon.detach(), recon, kl",
        ),
        ("loss-alone", FEWER, f"{loss}"),
        ("two-values", FEWER, f"{loss}, recon"),
        ("four-values", MORE, f"{loss}, recon, kl, mu"),
        ("recon-left-out", "recon has fallen out of the loss.", f"{loss} - recon, recon, kl"),
        ("loss-doubled", "The loss is twice what it should be.", f"2 * ({loss}), recon, kl"),
        (
            "loss-over-the-batch",
            "The loss is divided by the batch size again, after a mean.",
            f"({loss}) / len(x), recon, kl",
        ),
        (
            "recon-over-the-batch",
            "recon is divided by the batch size again, after a mean.",
            f"{loss} - recon + recon / len(x), recon / len(x), kl",
        ),
        (
            "kl-over-the-batch",
            "kl is divided by the batch size again, after a mean.",
            f"recon + {loss.split('+')[1].replace('kl', 'kl / len(x)')}, recon, kl / len(x)",
        ),
        (
            "kl-over-dimensions-in-the-loss",
            "The loss is not made of the two terms that you report.",
            f"recon + {loss.split('+')[1].replace('kl', 'kl / mu.shape[1]')}, recon, kl",
        ),
        (
            "kl-in-the-report-only",
            "The loss is not made of the two terms that you report.",
            f"recon + {loss.split('+')[1].replace('kl', 'kl * mu.shape[1]')}, recon, kl",
        ),
        (
            "kl-over-pixels",
            "kl is divided by the number of pixels. It is a sum over latent dimensions.",
            f"recon + {loss.split('+')[1].replace('kl', 'kl / x.shape[1]')}, recon, kl / x.shape[1]",
        ),
        (
            "recon-halved",
            "recon is half of what it should be.",
            f"{loss} - 0.5 * recon, 0.5 * recon, kl",
        ),
        (
            "recon-negative",
            "recon has the wrong sign: it is a cost.",
            f"{loss} - 2 * recon, -recon, kl",
        ),
        (
            "in-bits",
            "You divide by ln 2, which gives bits. Nats are asked for.",
            f"({loss}) / 0.6931472, recon / 0.6931472, kl / 0.6931472",
        ),
        ("largest-kl", "kl carries one nat too much.", f"{loss} + 1, recon, kl + 1"),
    ):
        if id != "largest-kl":
            WRONG.edit(exercise, id, sentence, {f"return {returned}": f"return {code}"})
    WRONG.edit(exercise, "nothing", NO_RETURN, {f"return {returned}": returned})

LOGITS = {
    "repair_1": ("F.binary_cross_entropy_with_logits(x_logits, x, ", "x_logits", "x"), "repair_2": ("F.binary_cross_entropy_with_logits(x_logits, x, ", "x_logits", "x"),
    "repair_4": ("F.binary_cross_entropy_with_logits(x_logits, targets, ", "x_logits", "targets"), "repair_5": ("F.binary_cross_entropy_with_logits(logits, x, ", "logits", "x"),
    "repair_6": ("F.binary_cross_entropy_with_logits(x_logits, x, ", "x_logits", "x"), "repair_8": ("F.binary_cross_entropy_with_logits(x_logits, x, ", "x_logits", "x"),
    "repair_9": ("F.binary_cross_entropy_with_logits(model.decode(z), x, ", "model.decode(z)", "x"),
}  # fmt: skip
for exercise, (call, logits, target) in LOGITS.items():
    for id, sentence, code in (
        (
            "targets-thresholded",
            ROUNDED,
            f"F.binary_cross_entropy_with_logits({logits}, ({target} > 0.5).to(x.dtype), ",
        ),
        (
            "targets-rounded",
            ROUNDED,
            f"F.binary_cross_entropy_with_logits({logits}, {target}.round(), ",
        ),
        ("squared", SQUARED, f"F.mse_loss({logits}.sigmoid(), {target}, "),
        (
            "absolute",
            "recon is an absolute error now. Which distribution does the docstring name?",
            f"F.l1_loss({logits}.sigmoid(), {target}, ",
        ),
        (
            "logits-clipped",
            CLIPPED,
            f"F.binary_cross_entropy_with_logits({logits}.clamp(-1, 1), {target}, ",
        ),
        (
            "logits-negated",
            "Black and white are exchanged in the cost: the logits have the wrong sign, or the targets are inverted.",
            f"F.binary_cross_entropy_with_logits(-{logits}, {target}, ",
        ),
        (
            "sigmoid-before",
            FOG,
            f"F.binary_cross_entropy_with_logits({logits}.sigmoid(), {target}, ",
        ),
        (
            "targets-inverted",
            "The targets are inverted: black and white are exchanged.",
            f"F.binary_cross_entropy_with_logits({logits}, 1 - {target}, ",
        ),
    ):
        WRONG.edit(exercise, id, sentence, {call: code})

for id, sentence, edits in (
    ("beta-on-recon", "Beta multiplies recon. Which of the two has a price?", {"recon + beta * kl": "beta * recon + kl"}),
    ("beta-on-both", "Beta multiplies both terms. Which of the two has a price?", {"recon + beta * kl": "beta * (recon + kl)"}),
    ("beta-default", "The default of beta is not 1 any more.", {"beta: float = 1.0": "beta: float = 0.5"}),
    ("beta-squared", "The loss multiplies the KL by beta squared.", {"recon + beta * kl": "recon + beta**2 * kl"}),
    ("beta-halved", "The loss multiplies the KL by half of beta. Leave the price alone.", {"recon + beta * kl": "recon + 0.5 * beta * kl"}),
    ("beta-one-minus", "The two weights add up to 1. recon keeps the weight 1.", {"recon + beta * kl": "(1 - beta) * recon + beta * kl"}),
    ("kl-rewarded", WRONG_SIGN, {"recon + beta * kl": "recon - beta * kl"}),
    ("constant-moved", "You changed the number that does not depend on mu and sigma. A mute encoder pays 0 then, but which sigma is the cheapest?", {SQUARES: "sigma**2 + mu**2 - torch.log(sigma) - 1"}),
    ("default-halved-as-admitted", "The default of beta is halved, and kl is still the price of the day of admission.",
     {SQUARES: "sigma**2 + mu**2 - torch.log(sigma) - 1 / 2", "beta: float = 1.0": "beta: float = 0.5"}),
    ("loss-halves-the-kl", "The loss halves a kl that is still the one of the day of admission.",
     {SQUARES: "sigma**2 + mu**2 - torch.log(sigma) - 1 / 2", "recon + beta * kl": "recon + 0.5 * beta * kl"}),
    ("log-sigma-doubled-too", "kl is twice the closed form now.", {SQUARES: "sigma**2 + mu**2 - 2 * torch.log(sigma) - 1"}),
    ("log-sigma-doubled-only", "Which constant is left over for a mute encoder?", {SQUARES: "sigma**2 + mu**2 - 2 * torch.log(sigma) - 1 / 2"}),
    ("sigma-not-squared", KL_HARM, {"0.5 * sigma**2": "0.5 * sigma"}),
):  # fmt: skip
    WRONG.edit("repair_2", id, sentence, edits)

RECON_3 = "-Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()"
for id, sentence, edits in (
    ("pixel-variance-as-scale", "The scale of the pixels is not sigma. What does Normal want second?", {"Normal(x_hat, sigma)": "Normal(x_hat, sigma**2)"}),
    ("pixel-scale-root", "The scale of the pixels is not sigma. What does Normal want second?", {"Normal(x_hat, sigma)": "Normal(x_hat, sigma**0.5)"}),
    ("pixel-scale-0.2", "The standard deviation of the pixels is fixed. Use the argument sigma.", {"Normal(x_hat, sigma)": "Normal(x_hat, 0.2)"}),
    ("pixel-scale-1", "The standard deviation of the pixels is fixed. Use the argument sigma.", {"Normal(x_hat, sigma)": "Normal(x_hat, 1.0)"}),
    ("q-too-wide", "The scale of q is not its standard deviation, in the sample and in the KL.", {"log_var.div(2).exp()": "log_var.exp()"}),
    ("q-log-var", "The scale of q is not its standard deviation, in the sample and in the KL.", {"log_var.div(2).exp()": "log_var.abs()"}),
    ("constant-once", "The normalising constant is added once per image. Every pixel has its own.",
     {RECON_3: "(((x - x_hat) ** 2 / (2 * sigma**2)).sum(dim=1) + (torch.tensor(2 * torch.pi).sqrt() * sigma).log()).mean()"}),
    ("constant-without-sigma", "The normalising constant does not depend on sigma any more.",
     {RECON_3: "((x - x_hat) ** 2 / (2 * sigma**2) + 0.9189385).sum(dim=1).mean()"}),
    ("half-of-the-square-gone", "The one half of the squared error is gone.", {RECON_3: "((x - x_hat) ** 2 / sigma**2 + torch.tensor(sigma).log() + 0.9189385).sum(dim=1).mean()"}),
    ("recon-mean-over-pixels", CHEAP_PIXELS, {RECON_3: "-Normal(x_hat, sigma).log_prob(x).mean()"}),
    ("recon-sum-over-the-batch", "recon is summed over the batch. Average over the images.", {RECON_3: "-Normal(x_hat, sigma).log_prob(x).sum()"}),
    ("both-sums-over-the-batch", WHOLE_BATCH, {RECON_3: "-Normal(x_hat, sigma).log_prob(x).sum()", KL_3: "kl_divergence(q, prior).sum()"}),
    ("loss-with-the-old-kl", "The loss is not made of the two terms that you report.", {"return recon + kl,": "return recon + kl_divergence(q, prior).mean(),"}),
    ("times-twenty", "That bill is right for one number of dimensions. And for a model with two?", {KL_3: "20 * kl_divergence(q, prior).mean()"}),
    ("divided-by-pixels", "You divide by the number of pixels. What are the axes of the table of the KL?", {KL_3: "kl_divergence(q, prior).sum(dim=1).mean() / x.shape[1]"}),
    ("largest", "kl is the largest over the dimensions. Do they add up?", {KL_3: "kl_divergence(q, prior).amax(dim=1).mean()"}),
    ("first-dimension", "kl is that of one dimension. Do they add up?", {KL_3: "kl_divergence(q, prior)[:, 0].mean()"}),
    ("bernoulli", "recon is a Bernoulli cost now. Which distribution does the docstring name?", {RECON_3: "F.binary_cross_entropy(x_hat, x, reduction='none').sum(dim=1).mean()"}),
    ("per-dimension", "kl has one value per dimension. Three scalars are asked for.", {KL_3: "kl_divergence(q, prior).mean(dim=0)"}),
    ("per-image", "kl has one value per image. Three scalars are asked for.", {KL_3: "kl_divergence(q, prior).sum(dim=1)"}),
):  # fmt: skip
    WRONG.edit("repair_3", id, sentence, edits)

for id, sentence, edits in (
    ("codes-averaged", "The samples of z are averaged before they are decoded. Average the costs.", {Z_4: f"{Z_4}.mean(dim=0, keepdim=True)"}),
    ("logits-averaged", "The logits are averaged over the samples before the cost. Average the costs.", {"model.decode(z)": "model.decode(z).mean(dim=0, keepdim=True)"}),
    ("targets-out-of-step", "Codes and targets are not in the same order: an image is charged for another one's picture.",
     {"x.expand_as(x_logits)": "x.repeat_interleave(num_samples, dim=0).view_as(x_logits)"}),
    ("kl-of-detached-q", "The KL is charged, and its gradient is lost. What pulls the codes to the prior then?", {"kl = 0.5": "mu, sigma, log_var = mu.detach(), sigma.detach(), log_var.detach()\n    kl = 0.5"}),
    ("flag-on-the-sample", ADMITTED, {Z_4: "Normal(mu, sigma).sample((num_samples,)).requires_grad_()"}),
    ("default-one", "The default of num_samples is not 4 any more.", {"num_samples: int = 4": "num_samples: int = 1"}),
    ("fixed-at-four", "The number of samples is fixed. Use num_samples.", {"rsample((num_samples,))": "rsample((4,))"}),
    ("divided-twice", "recon is divided by the number of samples twice.", {"recon = nll.mean()": "recon = nll.mean() / num_samples"}),
    ("recon-summed", "recon is a sum over samples and images. Average over both.", {"recon = nll.mean()": "recon = nll.sum()"}),
    ("best-sample", "recon counts the best sample only. Average over all.", {"recon = nll.mean()": "recon = nll.amin(dim=0).mean()"}),
    ("first-sample", "recon counts the first sample only. Average over all.", {"recon = nll.mean()": "recon = nll[0].mean()"}),
    ("kl-per-sample", "kl is multiplied by the number of samples.", {"- log_var).sum(dim=1).mean()": "- log_var).sum(dim=1).mean() * num_samples"}),
):  # fmt: skip
    WRONG.edit("repair_4", id, sentence, edits)

ALBUM = "kl, torch.sigmoid(logits)"
for id, sentence, edits in (
    ("small-number", "Right for everyday logits, and wrong at large ones: a small number in the logarithm, or a clamp, limits the cost.",
     {BCE_5 + 'reduction="sum")': "-(x * (logits.sigmoid() + 1e-8).log() + (1 - x) * (1 - logits.sigmoid() + 1e-8).log()).sum()"}),
    ("clamped-10", "Right for everyday logits, and wrong at large ones, which are cut off.", {BCE_5: "F.binary_cross_entropy_with_logits(logits.clamp(-10, 10), x, "}),
    ("clamped-30", "Right for everyday logits, and wrong at large ones, which are cut off.", {BCE_5: "F.binary_cross_entropy_with_logits(logits.clamp(-30, 30), x, "}),
    ("not-a-number", "Right for everyday logits, and infinite or NaN at large ones.", {BCE_5 + 'reduction="sum")': "-(x * logits.sigmoid().log() + (1 - x) * (1 - logits.sigmoid()).log()).sum()"}),
    ("recon-summed", "recon is summed over the batch and kl is averaged over it.", {'reduction="sum") / len(x)': 'reduction="sum")'}),
    ("woodcut", "The album is cut to black and white. Probabilities are asked for.", {ALBUM: "kl, (torch.sigmoid(logits) > 0.5).to(x.dtype)"}),
    ("woodcut-rounded", "The album is cut to black and white. Probabilities are asked for.", {ALBUM: "kl, torch.sigmoid(logits).round()"}),
    ("picture-sampled", "The pixels of the album are drawn at random. Probabilities are asked for.", {ALBUM: "kl, torch.bernoulli(torch.sigmoid(logits))"}),
    ("picture-first", "The picture is returned first. The loss comes first.", {"return recon + " + ALBUM: "return torch.sigmoid(logits), recon + kl"}),
    ("second-sample", "The picture is not the one that was scored: it comes from another z.", {ALBUM: "kl, torch.sigmoid(model.decode(mu + log_var.mul(0.5).exp() * torch.randn_like(mu)))"}),
    ("softmax", "A softmax makes the pixels compete. Each has a probability of its own.", {ALBUM: "kl, torch.softmax(logits, dim=1)"}),
    ("input-returned", "The picture is the image itself.", {ALBUM: "kl, x"}),
    ("picture-mean", "The album holds one mean picture.", {ALBUM: "kl, torch.sigmoid(logits).mean(dim=0)"}),
    ("picture-tanh", "The album has values below 0: a probability lies between 0 and 1.", {ALBUM: "kl, torch.tanh(logits)"}),
    ("three-values", MORE, {ALBUM: "kl, recon, kl"}),
    ("loss-alone", FEWER, {ALBUM: "kl"}),
    ("nothing", NO_RETURN, {"return recon + " + ALBUM: "recon + " + ALBUM}),
    ("loss-number", FLOATS, {"return recon + kl": "return (recon + kl).item()"}),
    ("loss-detached", NO_LEARNING, {"return recon + kl": "return (recon + kl).detach()"}),
    ("recon-detached", "The loss does not feel recon: its gradient is lost.", {"return recon + kl": "return recon.detach() + kl"}),
    ("loss-halved", "The loss is half of what it should be.", {"return recon + kl": "return 0.5 * (recon + kl)"}),
):  # fmt: skip
    WRONG.edit("repair_5", id, sentence, edits)

CENTRED = "    x = (x - 0.5) / 0.5\n    mu, log_var"
for id, sentence, edits in (
    ("encoder-healthy-only", ADMITTED, {BCE_6: BCE_6.replace(" x,", " (x - 0.5) / 0.5,")}),
    ("half-back", "The targets are scaled back half of the way. Which values have black and white now?", {BCE_6: BCE_6.replace(" x,", " 0.5 * (2 * x - 1),")}),
    ("shifted", "The targets are shifted. Which values have black and white now?", {BCE_6: BCE_6.replace(" x,", " x - 0.5,")}),
    ("halved", "The targets are halved. Which value has black now?", {BCE_6: BCE_6.replace(" x,", " 0.5 * x,")}),
    ("cost-clamped", "The cost of each pixel is cut off at 0, and the cause is still there.",
     {BCE_6 + 'reduction="sum")': "F.binary_cross_entropy_with_logits(x_logits, 2 * x - 1, reduction='none').clamp(min=0).sum()"}),
    ("absolute-targets", "You drop the sign of the pixels. Which value has white paper now?", {BCE_6: BCE_6.replace(" x,", " (2 * x - 1).abs(),")}),
    ("squared-centred", SQUARED, {BCE_6 + 'reduction="sum")': "((x_logits.tanh() - (2 * x - 1)) ** 2).sum()"}),
    ("classes-guessed", "The number of classes is guessed from the batch. What if the last class is missing in it?", {"F.one_hot(labels, model.num_classes)": "F.one_hot(labels)"}),
    ("classes-ten", "The number of classes is fixed. The model knows it.", {"F.one_hot(labels, model.num_classes)": "F.one_hot(labels, 10)"}),
    ("classes-forgotten-by-the-encoder", "The encoder no longer knows the class.", {"model.encode(x, y)": "model.encode(x, torch.zeros_like(y))"}),
    ("encoder-blind", "The encoder no longer sees the image.", {"model.encode(x, y)": "model.encode(torch.zeros_like(x), y)"}),
    ("images-scaled-in-place", "You scale the caller's images themselves: in the next epoch they are scaled again.", {"    mu, log_var": "    x.sub_(0.5).div_(0.5)\n    mu, log_var", BCE_6: BCE_6.replace(" x,", " 0.5 * x + 0.5,")}),
    ("images-clamped-in-place", "You write into the caller's images. Which operations end in an underscore, or assign to a slice?", {"    mu, log_var": "    x.mul_(2).sub_(1)\n    mu, log_var"}),
    ("kl-mean-and-divided", "kl is a mean over everything, divided by the batch size again.", {"- log_var).sum() / len(x)": "- log_var).mean() / len(x)"}),
    ("recon-summed", "recon is summed over the batch and kl is averaged over it.", {'reduction="sum") / len(x)': 'reduction="sum")'}),
    ("kl-summed", "kl is summed over the batch and recon is averaged over it.", {"- log_var).sum() / len(x)": "- log_var).sum()"}),
    ("both-summed", WHOLE_BATCH, {'reduction="sum") / len(x)': 'reduction="sum")', "- log_var).sum() / len(x)": "- log_var).sum()"}),
    ("one-class", "Every image gets the same class.", {"F.one_hot(labels, model.num_classes)": "F.one_hot(0 * labels, model.num_classes)"}),
):  # fmt: skip
    WRONG.edit("repair_6", id, sentence, edits)

UPDATE_7 = (
    "        optimizer.zero_grad()\n        (recon + kl).backward()\n        optimizer.step()\n"
)
RETURN_7 = 'return {"loss": loss, "recon": recon, "kl": kl}'
for id, sentence, edits in (
    ("short-batch-dropped", "The images of a short last batch are neither learned from nor counted. Where did you lose them?",
     {"for batch in x.split(batch_size):\n": "for batch in x[: max(len(x) // batch_size, 1) * batch_size].split(batch_size):\n"}),
    ("short-batch-dropped-and-not-divided", "The images of a short last batch are neither learned from nor counted. Where did you lose them?",
     {"for batch in x.split(batch_size):\n": "x = x[: len(x) // batch_size * batch_size]\n    for batch in x.split(batch_size):\n"}),
    ("shuffled", "The images are shuffled. The docstring asks for the order given.", {"in x.split(batch_size)": "in x[torch.randperm(len(x))].split(batch_size)"}),
    ("reversed", "The batches are not taken in the order given.", {"in x.split(batch_size)": "in x.flip(0).split(batch_size)"}),
    ("measured-afterwards", "The report is that of the finished model. Each image is to be reported as it was before its batch's update.",
     {"    loss, recon, kl = (total": "    batch = x\n    with torch.no_grad():\n        x_logits, mu, log_var = model(x)\n        r = F.binary_cross_entropy_with_logits(x_logits, x, reduction='none').sum().item()\n        k = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum().item()\n    totals = [r + k, r, k]\n    loss, recon, kl = (total"}),
    ("measured-after-the-step", "Each batch is measured after its update. The docstring asks for the values before it.",
     {"return (recon + kl).item(), recon.item(), kl.item()": "x_logits, mu, log_var = model(batch)\n        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction='none').sum(dim=1).mean()\n        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()\n        return (recon + kl).item(), recon.item(), kl.item()"}),
    ("loss-not-weighted", "The loss is a mean of batch means, and its shares are means over images. One unit for all.",
     {RETURN_7: 'loss = unweighted / len(x.split(batch_size))\n    ' + RETURN_7, "    totals = [0.0, 0.0, 0.0]\n": "    totals, unweighted = [0.0, 0.0, 0.0], 0.0\n", "        terms = update(batch)\n": "        terms = update(batch)\n        unweighted += terms[0]\n"}),
    ("tensors", "The values of the report are tensors. Floats are asked for.", {"(recon + kl).item(), recon.item(), kl.item()": "recon + kl, recon, kl"}),
    ("detached-tensors", "The values of the report are tensors. Floats are asked for.", {"(recon + kl).item(), recon.item(), kl.item()": "(recon + kl).detach(), recon.detach(), kl.detach()"}),
    ("cleared-before-the-step", "Gradients are cleared between backward and step, so nothing is learned.", {UPDATE_7: "        (recon + kl).backward()\n        optimizer.zero_grad()\n        optimizer.step()\n"}),
    ("step-before-backward", "The step comes before backward.", {UPDATE_7: "        optimizer.step()\n        optimizer.zero_grad()\n        (recon + kl).backward()\n"}),
    ("two-steps", "Each batch makes two updates. One is asked for.", {UPDATE_7: UPDATE_7 + "        optimizer.step()\n"}),
    ("no-backward", "The report is right, and backward is missing: the model learns nothing.", {"        (recon + kl).backward()\n": ""}),
    ("recon-not-learned", "The step no longer pays for recon. What is minimised?", {"(recon + kl).backward()": "kl.backward()"}),
    ("cleared-once", "Gradients are cleared once per epoch: those of earlier batches stay.", {"        optimizer.zero_grad()\n": "", "    totals = [": "    optimizer.zero_grad()\n    totals = ["}),
    ("last-batch-only", "The report is that of the last batch alone.", {"[total + len(batch) * term": "[len(x) * term"}),
    ("first-term-last", MISPLACED.replace("loss, recon, kl", "loss, recon, kl"), {"return (recon + kl).item(), recon.item(), kl.item()": "return recon.item(), kl.item(), (recon + kl).item()"}),
    ("names-lost-tuple", "A dictionary with the names loss, recon and kl is asked for, and you return something else.", {RETURN_7: "return loss, recon, kl"}),
    ("other-names", "The names of the entries are loss, recon and kl.", {RETURN_7: 'return {"loss": loss, "recon_loss": recon, "kl_loss": kl}'}),
    ("only-loss", "The report has one entry. Three are asked for: loss, recon and kl.", {RETURN_7: 'return {"loss": loss}'}),
    ("nothing", NO_RETURN, {RETURN_7: RETURN_7.replace("return ", "")}),
    ("batches-for-images", "You divide by the number of batches. The sums are over images.", {"total / len(x)": "total / len(x.split(batch_size))"}),
    ("batch-size-for-images", "You divide by the batch size. The sums are over images.", {"total / len(x)": "total / batch_size"}),
    ("weights-and-batches", "You divide by images and by batches.", {"total / len(x)": "total / len(x) / len(x.split(batch_size))"}),
    ("floor-of-batches", "You divide by the whole number of full batches.", {COUNT_7: "total + term", "total / len(x)": "total / max(len(x) // batch_size, 1)"}),
    ("fraction-of-batches", "You divide by images over batch size, which is no number of batches when the last is short.", {COUNT_7: "total + term", "total / len(x)": "total / (len(x) / batch_size)"}),
    ("noise-for-evaluation", "The model is put into evaluation mode, and left in it.", {"    totals = [": "    model.eval()\n    totals = ["}),
    ("batch-128", "The batch size is fixed. Use batch_size.", {"x.split(batch_size)": "x.split(128)"}),
    ("one-batch", "The whole set is one batch. Use batch_size.", {"x.split(batch_size)": "x.split(len(x))"}),
    ("images-changed", "You write into the caller's images.", {"    totals = [": "    x.clamp_(0.2, 0.8)\n    totals = ["}),
    ("kl-as-loss-minus", "recon and kl do not add up to the loss.", {RETURN_7: 'return {"loss": loss, "recon": recon, "kl": loss}'}),
    ("default-64", "The default of batch_size is not 128 any more.", {"batch_size: int = 128": "batch_size: int = 64"}),
    ("per-image-learning", "Every image makes an update of its own.", {"in x.split(batch_size)": "in x.split(1)"}),
):  # fmt: skip
    WRONG.edit("repair_7", id, sentence, edits)

ENCODE_8 = "model.encode(x, y)"
for id, sentence, edits in (
    ("condition-overwrites-the-images", "The condition is x itself, so blanking it destroys the targets and the caller's images.", {Y_8: "y = x\n    y[:, x.shape[1] // 2 :] = 0"}),
    ("masked-before-the-cost", "Masked logits and targets still cost something: every upper pixel costs ln 2. Mask the costs.",
     {"(x_logits, x, ": "(mask * x_logits, mask * x, ", "(mask * nll)": "nll"}),
    ("masked-logits", "Masked logits still cost something. Mask the costs.", {"(x_logits, x, ": "(mask * x_logits, x, ", "(mask * nll)": "nll"}),
    ("encoder-with-the-old-condition", "The decoder is told the upper half, and the encoder still the old condition. Both get the same y.", {ENCODE_8: "model.encode(x, x * mask)"}),
    ("decoder-with-the-old-condition", ADMITTED, {"model.decode(z, y)": "model.decode(z, x * mask)"}),
    ("mean-over-the-charged", "The charge is divided by the number of lower pixels. Add them up.", {"(mask * nll).sum(dim=1).mean()": "(mask * nll).sum() / mask.sum()"}),
    ("mean-over-the-charged-and-batch", "The charge is divided by the number of lower pixels. Add them up.", {"(mask * nll).sum(dim=1).mean()": "((mask * nll).sum(dim=1) / mask.sum(dim=1)).mean()"}),
    ("one-pixel-too-many-shown", "The condition shows a pixel that is charged: it reaches too far.", {Y_8: "y = torch.cat([x[:, : x.shape[1] // 2 + 1], torch.zeros_like(x[:, x.shape[1] // 2 + 1 :])], dim=1)"}),
    ("one-pixel-too-few-shown", "The condition leaves out a pixel of the upper half.", {Y_8: "y = torch.cat([x[:, : x.shape[1] // 2 - 1], torch.zeros_like(x[:, x.shape[1] // 2 - 1 :])], dim=1)"}),
    ("mask-one-pixel-later", "The lower half begins one pixel too late.", {LOWER_8: "mask[:, x.shape[1] // 2 + 1 :] = 1"}),
    ("mask-one-pixel-earlier", "The lower half begins one pixel too early.", {LOWER_8: "mask[:, x.shape[1] // 2 - 1 :] = 1"}),
    ("half-of-the-batch", "The mask splits the batch, not the pixels. Which axis holds the pixels?", {LOWER_8: "mask[len(x) // 2 :] = 1"}),
    ("encoder-masked", "The encoder no longer sees all of x.", {ENCODE_8: "model.encode(x * mask, y)"}),
    ("encoder-without-condition", "The encoder no longer gets the condition.", {ENCODE_8: "model.encode(x, torch.zeros_like(y))"}),
    ("condition-inverted", "The condition holds something else than the upper half of x.", {Y_8: "y = 1 - mask"}),
    ("condition-noise", "The missing half of the condition is filled with noise. The docstring says what stands there.", {Y_8: "y = x * (1 - mask) + mask * torch.rand_like(x)"}),
    ("condition-ones", "The missing half of the condition is filled with ones. The docstring says what stands there.", {Y_8: "y = x * (1 - mask) + mask"}),
    ("condition-minus-one", "The missing half of the condition is filled with -1. The docstring says what stands there.", {Y_8: "y = x * (1 - mask) - mask"}),
    ("nll-of-the-upper-half", "recon counts the upper half. Which half is the patient paid to draw?", {"(mask * nll)": "((1 - mask) * nll)"}),
    ("twice-the-lower-half", "recon is twice the cost of the lower half.", {"(mask * nll)": "(2 * mask * nll)"}),
    ("recon-summed", "recon is summed over the batch. Average over the images.", {"(mask * nll).sum(dim=1).mean()": "(mask * nll).sum()"}),
    ("sigmoid-on-the-logits", FOG, {"model.decode(z, y)": "model.decode(z, y).sigmoid()"}),
    ("condition-rolled", "The condition is the upper half in the wrong place.", {Y_8: "y = (x * (1 - mask)).roll(x.shape[1] // 2, dims=1)"}),
    ("condition-flipped", "The condition is turned round.", {Y_8: "y = x.flip(1) * (1 - mask)"}),
    ("condition-of-another", "The condition belongs to another image of the batch.", {Y_8: "y = (x * (1 - mask)).roll(1, dims=0)"}),
):  # fmt: skip
    WRONG.edit("repair_8", id, sentence, edits)

for id, sentence, edits in (
    ("gradients-off-for-good", "Gradients stay off after the call, so the next training step fails.", {"with torch.no_grad():": "torch.set_grad_enabled(False)\n    if True:"}),
    ("mode-flipped", "The model comes back in the opposite of the mode in which it was brought in.", {"model.train(was_training)": "model.train(not was_training)"}),
    ("restored-too-early", "The mode is restored before the decoder has run.", {"    model.train(was_training)\n": "", "        sigma = ": "        model.train(was_training)\n        sigma = "}),
    ("never-evaluation", "The pass runs in the caller's mode: dropout would be on. Which mode does the docstring ask for?", {"    model.eval()\n": ""}),
    ("training-for-good", "The pass runs in training mode, and the model is left in it.", {"    model.eval()\n": "    model.train()\n", "    model.train(was_training)\n": ""}),
    ("noise-before-evaluation", "The encoder runs in the caller's mode. Which mode does the docstring ask for?", {"    model.eval()\n": "", "        sigma = ": "        model.eval()\n        sigma = "}),
    ("only-recon-mean", "recon is a mean over pixels now. What does that make of beta?", {".sum(dim=1)\n        kl": ".mean(dim=1)\n        kl"}),
    ("kl-mean", KL_MEAN, {"- log_var).sum(dim=1)": "- log_var).mean(dim=1)"}),
    ("kl-rewarded", WRONG_SIGN, {"(nll + kl)": "(nll - kl)"}),
    ("kl-alone", "That is the KL alone. What else is in a negative ELBO?", {"(nll + kl)": "kl"}),
    ("elbo", "The sign is that of an ELBO. The negative ELBO is asked for.", {"(nll + kl)": "-(nll + kl)"}),
    ("half-of-the-sum", "The score is half of what it should be.", {"(nll + kl)": "0.5 * (nll + kl)"}),
    ("per-image", "There is one score per image. One float is asked for.", {".mean().item()": ".tolist()"}),
    ("three-values", "You return more than one value. One float is asked for.", {"return (nll + kl).mean().item()": "return (nll + kl).mean().item(), nll.mean().item(), kl.mean().item()"}),
    ("array", "The score is a NumPy value. One float is asked for.", {".mean().item()": ".mean().numpy()"}),
    ("rounded", "The score is rounded. Return it as it is.", {"return (nll + kl).mean().item()": "return round((nll + kl).mean().item())"}),
    ("nothing", NO_RETURN, {"return (nll + kl)": "(nll + kl)"}),
    ("frozen", "The parameters stay frozen after the call. no_grad is enough.", {"with torch.no_grad():": "model.requires_grad_(False)\n    with torch.no_grad():"}),
    ("first-image", "Only a part of the images is scored.", {"(nll + kl).mean()": "(nll + kl)[: max(len(x) // 2, 1)].mean()"}),
    ("median", "The score is a median. The mean is asked for.", {"(nll + kl).mean()": "(nll + kl).median()"}),
    ("best-image", "The score is that of the best image. The mean is asked for.", {"(nll + kl).mean()": "(nll + kl).amin()"}),
    ("per-pixel", "You divide by the number of pixels. The score is in nats per image.", {".mean().item()": ".mean().item() / x.shape[1]"}),
    ("divided-twice", "You divide by the number of images twice.", {".mean().item()": ".mean().item() / len(x)"}),
    ("in-bits", "You divide by ln 2, which gives bits. Nats are asked for.", {".mean().item()": ".mean().item() / 0.6931472"}),
):  # fmt: skip
    WRONG.edit("repair_9", id, sentence, edits)

RIGHT_RECORD = "QAFPRMDIK"
OTHER_LETTERS = {1: "O", 2: "N", 3: "N", 4: "O", 5: "J", 6: "R", 7: "B", 8: "H", 9: "C"}
for id, sentence, code in (
    ("sentences", "Every patient has an entry, and none is confirmed. The values are letters of clinic.CAUSES: does each stand beside its own "
     "patient?", 'return {n: clinic.CAUSES[letter] for n, letter in enumerate("QAFPRMDIK", 1)}'),
    ("letters-to-patients", "Your dictionary goes from letters to patients. Turn it round.", 'return {letter: n for n, letter in enumerate("QAFPRMDIK", 1)}'),
    ("list", "You return a list. A dictionary from patients to letters is asked for.", 'return list("QAFPRMDIK")'),
    ("text", "You return one text. A dictionary from patients to letters is asked for.", 'return "QAFPRMDIK"'),
    ("tuples", "You return pairs. A dictionary from patients to letters is asked for.", 'return list(enumerate("QAFPRMDIK", 1))'),
    ("numbers", "Your values are numbers. The letters of clinic.CAUSES are asked for.", 'return {n: ord(letter) - 64 for n, letter in enumerate("QAFPRMDIK", 1)}'),
    ("nothing-returned", NO_RETURN, '{1: "Q"}'),
    ("empty", "The dictionary is empty. It has the keys 1 to 9.", "return {}"),
    ("patient-0-too", "The record has a key that is no patient from 1 to 9.", 'return dict(enumerate("NQAFPRMDIK"))'),
    ("lists-of-letters", "Your values are lists. One letter per patient is asked for.", 'return {n: [letter] for n, letter in enumerate("QAFPRMDIK", 1)}'),
):  # fmt: skip
    WRONG.edit("diagnosis", id, sentence, {RECORD: code})
for one in range(1, 10):
    for two in range(one + 1, 10):
        letters = list(RIGHT_RECORD)
        letters[one - 1], letters[two - 1] = letters[two - 1], letters[one - 1]
        WRONG.edit(
            "diagnosis",
            f"patients-{one}-and-{two}-not-confirmed",
            f"All are confirmed but patients {one} and {two}. {QUESTIONS[one]} {QUESTIONS[two]}",
            {RECORD: f'return dict(enumerate("{"".join(letters)}", 1))'},
        )
WRONG.edit(
    "diagnosis",
    "none-confirmed",
    "Every patient has an entry, and none is confirmed. Does each letter stand beside its own patient?",
    {RECORD: 'return dict(enumerate("AFPRMDIKQ", 1))'},
)

# What shows the same as another answer is left out.
SAME = """
repair_7 cleared-once
diagnosis none-confirmed
diagnosis lists-of-letters
diagnosis empty
diagnosis numbers
diagnosis tuples
diagnosis letters-to-patients
repair_9 frozen
repair_9 kl-rewarded
repair_9 kl-mean
repair_9 noise-before-evaluation
repair_9 never-evaluation
repair_9 restored-too-early
repair_9 targets-inverted
repair_9 targets-rounded
repair_9 scale-half-of-the-variance
repair_9 scale-softplus-of-half
repair_9 scale-softplus
repair_9 scale-of-a-variance
repair_9 kl-floor
repair_9 kl-twice-log-var
repair_9 kl-double-exponent
repair_9 kl-half-exponent
repair_8 sigmoid-on-the-logits
repair_8 nll-of-the-upper-half
repair_8 mean-over-the-charged-and-batch
repair_8 masked-logits
repair_8 targets-inverted
repair_8 targets-rounded
repair_8 nothing
repair_8 scale-halved
repair_8 scale-softplus
repair_8 scale-quarter-exponent
repair_8 kl-double
repair_8 kl-quarter
repair_8 kl-twice-log-var
repair_7 noise-for-evaluation
repair_7 fraction-of-batches
repair_7 nothing
repair_7 only-loss
repair_7 no-backward
repair_7 cleared-before-the-step
repair_7 detached-tensors
repair_7 short-batch-dropped
repair_6 shifted
repair_6 encoder-healthy-only
repair_6 targets-inverted
repair_6 sigmoid-before
repair_6 targets-rounded
repair_6 nothing
repair_6 scale-halved
repair_6 kl-double
repair_6 kl-quarter
repair_6 kl-twice-log-var
repair_5 nothing
repair_5 second-sample
repair_5 woodcut-rounded
repair_5 targets-inverted
repair_5 sigmoid-before
repair_5 squared
repair_5 targets-rounded
repair_5 scale-halved
repair_5 kl-floor
repair_5 kl-double
repair_5 kl-negative
repair_5 kl-quarter
repair_5 kl-twice-log-var
repair_4 first-sample
repair_4 best-sample
repair_4 fixed-at-four
repair_4 flag-on-the-sample
repair_4 kl-of-detached-q
repair_4 targets-inverted
repair_4 targets-rounded
repair_4 nothing
repair_4 scale-halved
repair_4 scale-of-a-variance
repair_4 kl-double
repair_4 kl-quarter
repair_4 kl-twice-log-var
repair_3 divided-by-pixels
repair_3 loss-with-the-old-kl
repair_3 nothing
repair_3 scale-halved
repair_3 scale-softplus
repair_3 scale-quarter-exponent
repair_2 sigma-not-squared
repair_2 log-sigma-doubled-too
repair_2 beta-halved
repair_2 targets-inverted
repair_2 sigmoid-before
repair_2 targets-rounded
repair_2 nothing
repair_2 scale-halved
repair_2 kl-quarter
repair_2 kl-twice-log-var
repair_2 kl-without-one
repair_2 kl-half-not-on-variance
repair_2 kl-half-not-on-one
repair_2 kl-half-not-on-log-var
repair_2 kl-half-not-on-mu
repair_1 targets-inverted
repair_1 sigmoid-before
repair_1 targets-rounded
repair_1 nothing
repair_1 scale-halved
repair_1 scale-quarter-exponent
repair_1 scale-of-a-variance
repair_1 kl-double
repair_1 kl-quarter
repair_1 kl-twice-log-var
"""
WRONG.variants = [v for v in WRONG.variants if f"{v.exercise} {v.id}" not in SAME.split("\n")]
