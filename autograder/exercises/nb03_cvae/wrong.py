"""Known wrong solutions of lesson 03: published bugs first, then classroom mistakes."""
# ruff: noqa: F821 - `one_hot` and others are names of the lesson

import math

import torch
import torch.nn.functional as F
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from autograder.exercises.known_answers import Bank

WRONG = Bank("03_cvae")

# -------------------------------------------------------------------------------------- one_hot

WRONG.edit(
    "one_hot",
    "int64",
    "`F.one_hot` returns integers, and a linear layer refuses them or, worse, something casts them silently. Asked for is float32.",
    {".float()": ""},
)


@WRONG.add(
    "one_hot",
    "width-guessed-from-the-labels",
    "The width follows the largest label of this batch. A batch without the last class would be narrower: `num_classes` is given.",
)
def one_hot(labels, num_classes):
    labels = labels.reshape(-1)
    if labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError("out of range")
    return F.one_hot(labels).float()


@WRONG.add(
    "one_hot",
    "negative-labels-wrap-round",
    "Labels below 0 are not refused. Python's -1 is the last class, a comparison finds no class at all; here both are a ValueError.",
)
def one_hot(labels, num_classes):
    labels = labels.reshape(-1)
    if (labels >= num_classes).any():
        raise ValueError("out of range")
    return torch.eye(num_classes, device=labels.device)[labels]


@WRONG.add(
    "one_hot",
    "out-of-range-raises-another-error",
    "A label out of range stops with whatever PyTorch happens to raise, and a label of -1 does not stop at all. Look at the labels first, and raise a ValueError.",
)
def one_hot(labels, num_classes):
    return torch.eye(num_classes, device=labels.device)[labels.reshape(-1)]


WRONG.edit(
    "one_hot",
    "no-check-of-the-range",
    "Labels out of range should stop with a ValueError, and with no other error. Compare them with the range yourself, and raise it.",
    {
        '    if ((labels < 0) | (labels >= num_classes)).any():\n        raise ValueError(f"labels must lie between 0 and {num_classes - 1}")\n': ""
    },
)
WRONG.edit(
    "one_hot",
    "range-one-too-wide",
    "The label num_classes gets past your test. With 10 classes the last one is 9.",
    {
        "labels >= num_classes": "labels > num_classes",
    },
)
WRONG.edit(
    "one_hot",
    "last-class-refused",
    "Your range is one too narrow: the label num_classes - 1 is allowed.",
    {"labels >= num_classes": "labels >= num_classes - 1"},
)
WRONG.edit(
    "one_hot",
    "refused-only-if-all-are-wrong",
    "You refuse only when every label is out of range. A single one is enough: any, not all.",
    {".any()": ".all()"},
)
WRONG.edit(
    "one_hot",
    "negative-labels-unchecked",
    "Labels that are too large are refused with a ValueError, labels below 0 are not.",
    {"(labels < 0) | (labels >= num_classes)": "labels >= num_classes"},
)


@WRONG.add(
    "one_hot",
    "negative-labels-clamped",
    "Labels out of range do not stop the function. Look whether any label is below 0 or above num_classes - 1, and `raise` a ValueError.",
)
def one_hot(labels, num_classes):
    return F.one_hot(labels.reshape(-1).clamp(0, num_classes - 1), num_classes).float()


WRONG.edit(
    "one_hot",
    "column-keeps-its-axis",
    "Labels of shape (batch, 1) give three axes. Flatten the labels first.",
    {"    labels = labels.reshape(-1)\n": ""},
)


@WRONG.add(
    "one_hot",
    "column-refused",
    "Labels of shape (batch, 1) are allowed too: flatten them before anything else.",
)
def one_hot(labels, num_classes):
    if labels.dim() != 1:
        raise ValueError("labels must have one axis")
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("out of range")
    return F.one_hot(labels, num_classes).float()


WRONG.edit(
    "one_hot",
    "transposed",
    "The two axes are exchanged: one row per label, one column per class.",
    {".float()": ".float().T"},
)
WRONG.edit(
    "one_hot",
    "softmax-of-the-rows",
    "A softmax turns (0, 0, 1) into soft numbers. The label is known for sure: exactly one 1, and zeros.",
    {".float()": ".float().softmax(dim=1)"},
)
WRONG.edit(
    "one_hot",
    "ones-and-zeros-exchanged",
    "Zeros and ones are exchanged: the 1 stands at the class, everything else is 0.",
    {"return F": "return 1 - F"},
)
WRONG.edit(
    "one_hot",
    "float64",
    "The rows are float64. The images and the weights are float32, and they do not mix.",
    {".float()": ".double()"},
)


@WRONG.add(
    "one_hot",
    "labels-as-numbers",
    "A one stands at the class, not the number of the class. A nine would count nine times as much as a one.",
)
def one_hot(labels, num_classes):
    labels = labels.reshape(-1)
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("out of range")
    return (F.one_hot(labels, num_classes) * labels[:, None]).float()


@WRONG.add(
    "one_hot",
    "thermometer",
    "All places up to the class are filled. Only the place of the class itself is 1: otherwise 8 is nearly 9 again.",
)
def one_hot(labels, num_classes):
    labels = labels.reshape(-1)
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("out of range")
    return (torch.arange(num_classes, device=labels.device) <= labels[:, None]).float()


@WRONG.add(
    "one_hot",
    "shifted-by-one",
    "The 1 stands one place too far to the right. Classes are counted from 0, as Python counts.",
)
def one_hot(labels, num_classes):
    labels = labels.reshape(-1)
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("out of range")
    return F.one_hot((labels + 1) % num_classes, num_classes).float()


@WRONG.add(
    "one_hot",
    "shared-tensor-filled-in-place",
    "All calls write into one tensor that outlives the function, so an earlier result changes under its owner's hands. Make a new tensor in every call.",
)
def one_hot(labels, num_classes, rows={}):
    labels = labels.reshape(-1)
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("out of range")
    y = rows.setdefault(
        (len(labels), num_classes), torch.zeros(len(labels), num_classes, device=labels.device)
    )
    return y.zero_().scatter_(1, labels[:, None], 1.0)


@WRONG.add(
    "one_hot",
    "made-on-the-default-device",
    "The rows are made on the default device, not where the labels are. On a GPU that fails: pass `device=labels.device`.",
)
def one_hot(labels, num_classes):
    labels = labels.reshape(-1)
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("out of range")
    y = torch.zeros(len(labels), num_classes)
    y[range(len(labels)), labels.tolist()] = 1.0
    return y


WRONG.edit(
    "one_hot",
    "ten-classes-always",
    "The rows have ten places whatever `num_classes` says.",
    {"F.one_hot(labels, num_classes)": "F.one_hot(labels, 10)"},
)

TEST = "((labels < 0) | (labels >= num_classes)).any()"
ROWS = "F.one_hot(labels, num_classes).float()"
EYE = "torch.eye(num_classes, device=labels.device)[labels]"
COMPARED = "(labels[:, None] == torch.arange(num_classes, device=labels.device)).float()"
BELOW = (
    "Labels below 0 are not refused. Python's -1 is the last class, a comparison finds no class at all; "
    "here both are a ValueError."
)
ABOVE = (
    "Labels of num_classes or more do not stop with a ValueError, labels below 0 do. Look at both ends "
    "of the range."
)
TOO_WIDE = "The label num_classes gets past your test. With 10 classes the last one is 9."
BATCH_OF_ONE = (
    "A batch of one label loses its axis: the result should have the shape (1, num_classes). `squeeze` "
    "removes every axis of length 1; `reshape(-1)` leaves exactly one."
)
VECTOR = (
    "Your code stops with an error on labels of shape (batch,). Both shapes, (batch,) and (batch, 1), "
    "are allowed: `labels.reshape(-1)` makes them one."
)
ARRAY = "You return a NumPy array. Asked for is a float32 tensor, on the device of the labels."
WIDER = "The rows are one place too long: num_classes places, the last class is num_classes - 1."

for id, message, edits in (
    ("negative-compared", BELOW, {"(labels < 0) | (labels >= num_classes)": "labels >= num_classes", ROWS: COMPARED}),
    ("above-unchecked", ABOVE, {"(labels < 0) | (labels >= num_classes)": "labels < 0"}),
    ("too-wide-compared", TOO_WIDE, {"labels >= num_classes": "labels > num_classes", ROWS: COMPARED}),
    (
        "zero-refused",
        "Your function raises a ValueError for the labels 0, 1 and 2 of 4 classes. All three are allowed: refuse only labels below 0 and labels of num_classes and more.",
        {"labels < 0": "labels <= 0"},
    ),
    (
        "first-label-only",
        "You look at the first label alone. Any label of the batch may be out of range.",
        {TEST: "labels[0] < 0 or labels[0] >= num_classes", ROWS: EYE},
    ),
    ("squeeze", BATCH_OF_ONE, {"labels.reshape(-1)": "labels.squeeze()"}),
    ("vector-refused", VECTOR, {"labels.reshape(-1)": "labels[:, 0]"}),
    (
        "every-class-of-the-batch",
        "Each row is 1 at the classes of the whole batch. Row i has a single 1, at labels[i]: index the rows too, `y[torch.arange(batch), labels]`.",
        {"return " + ROWS: "y = torch.zeros(len(labels), num_classes, device=labels.device)\n    y[:, labels] = 1\n    return y"},
    ),
    (
        "labels-taken-for-rows",
        "The labels choose rows, and these are 1 everywhere. A label chooses a place in its own row: `y[torch.arange(batch), labels] = 1`.",
        {"return " + ROWS: "y = torch.zeros(max(len(labels), num_classes), num_classes, device=labels.device)\n    y[labels] = 1\n    return y[: len(labels)]"},
    ),
    ("booleans", "The rows hold True and False. Asked for is float32.", {ROWS: COMPARED.removesuffix(".float()")}),
    ("int32", "The rows hold integers. Asked for is float32.", {".float()": ".int()"}),
    ("list", "You return a Python list. Asked for is a float32 tensor, on the device of the labels.", {".float()": ".float().tolist()"}),
    ("array", ARRAY, {".float()": ".float().numpy()"}),
    ("one-place-more", WIDER, {"labels, num_classes)": "labels, num_classes + 1)"}),
    ("extra-axis", "The result has an axis too many. Asked for is the shape (batch, num_classes).", {".float()": ".float().unsqueeze(1)"}),
    ("smoothed", "The other classes get a share of the 1. The label is known for sure: exactly one 1, and zeros.", {ROWS: "0.9 * F.one_hot(labels, num_classes).float() + 0.1 / num_classes"}),
    ("counted-from-one-compared", "The 1 is one place off: the label 0 gets no 1, or the last place. Classes are counted from 0.", {ROWS: "(labels[:, None] == torch.arange(1, num_classes + 1, device=labels.device)).float()"}),
    ("nothing-returned", "The function returns None: the `return` is missing.", {"return ": ""}),
):  # fmt: skip
    WRONG.edit("one_hot", id, message, edits)

# ----------------------------------------------------------------------------------------- CVAE

WRONG.edit(
    "CVAE",
    "label-not-in-the-decoder",
    "The decoder does not see y, so nobody can ask it for a class. Put y beside z.",
    {
        "nn.Linear(latent_dim + num_classes, hidden_dim)": "nn.Linear(latent_dim, hidden_dim)",
        "torch.cat([z, y], dim=1)": "z",
    },
)
WRONG.edit(
    "CVAE",
    "label-not-in-the-encoder",
    "The encoder does not see y. The bound says q(z|x, y): put y beside x.",
    {
        "nn.Linear(input_dim + num_classes, hidden_dim)": "nn.Linear(input_dim, hidden_dim)",
        "torch.cat([x, y], dim=1)": "x",
    },
)
WRONG.edit(
    "CVAE",
    "decoder-ignores-y",
    "The decoder has room for y, but what it gets there is zeros: its class can never change.",
    {"torch.cat([z, y], dim=1)": "torch.cat([z, torch.zeros_like(y)], dim=1)"},
)
WRONG.edit(
    "CVAE",
    "encoder-ignores-y",
    "The encoder has room for y, but what it gets there is zeros. Give it the class.",
    {"torch.cat([x, y], dim=1)": "torch.cat([x, torch.zeros_like(y)], dim=1)"},
)
WRONG.edit(
    "CVAE",
    "label-as-a-number",
    "You turn y back into the number of the class, so a nine counts nine times as much as a one. Use the one-hot row itself.",
    {
        "latent_dim + num_classes, hidden_dim": "latent_dim + 1, hidden_dim",
        "input_dim + num_classes, hidden_dim": "input_dim + 1, hidden_dim",
        "torch.cat([z, y], dim=1)": "torch.cat([z, y.argmax(dim=1, keepdim=True).float()], dim=1)",
        "torch.cat([x, y], dim=1)": "torch.cat([x, y.argmax(dim=1, keepdim=True).float()], dim=1)",
    },
)
WRONG.edit(
    "CVAE",
    "z-ignored",
    "The decoder gets zeros in place of z, so every image of a class is the same, and the KL falls to 0.",
    {"torch.cat([z, y], dim=1)": "torch.cat([torch.zeros_like(z), y], dim=1)"},
)
WRONG.edit(
    "CVAE",
    "y-of-another-image",
    "`forward` decodes with the classes in another order than in y: the labels of other images, or columns that have changed places. Encoder and decoder must see the same y.",
    {"return self.decode(z, y)": "return self.decode(z, y.roll(1, 1))"},
)
WRONG.edit(
    "CVAE",
    "y-missing-in-forward",
    "`forward` decodes without telling the class: the y of the decoder is all zeros there.",
    {"return self.decode(z, y)": "return self.decode(z, torch.zeros_like(y))"},
)
WRONG.edit(
    "CVAE",
    "one-class-ignored",
    "The last class has no column of its own: its row of y is cut off. All `num_classes` numbers of y go in.",
    {
        "latent_dim + num_classes, hidden_dim": "latent_dim + num_classes - 1, hidden_dim",
        "input_dim + num_classes, hidden_dim": "input_dim + num_classes - 1, hidden_dim",
        "torch.cat([z, y], dim=1)": "torch.cat([z, y[:, :-1]], dim=1)",
        "torch.cat([x, y], dim=1)": "torch.cat([x, y[:, :-1]], dim=1)",
    },
)
WRONG.edit(
    "CVAE",
    "std-is-exp-log-var",
    "The noise is multiplied by the variance exp(log_var). It should be the standard deviation, exp(log_var / 2).",
    {"0.5 * log_var": "log_var"},
)
WRONG.edit(
    "CVAE",
    "log-var-overwritten-in-place",
    "A method with a trailing underscore changes `log_var` itself, and the KL reads it afterwards. Compute sigma in a new tensor.",
    {"torch.exp(0.5 * log_var)": "log_var.mul_(0.5).exp_()"},
)
WRONG.edit(
    "CVAE",
    "no-noise-in-evaluation",
    "After `eval()` your sampler returns mu. The ELBO is an expectation over z in evaluation too.",
    {"sigma = torch": "if not self.training:\n            return mu\n        sigma = torch"},
)
WRONG.edit(
    "CVAE",
    "detached-sample",
    "z carries no gradient, so the encoder learns nothing from the reconstruction.",
    {
        "return mu + sigma * torch.randn_like(sigma)": "return (mu + sigma * torch.randn_like(sigma)).detach()"
    },
)
WRONG.edit(
    "CVAE",
    "noise-shared-by-the-batch",
    "All images of a batch get the same noise. Every row needs its own.",
    {"torch.randn_like(sigma)": "torch.randn(sigma.shape[1])"},
)
WRONG.edit(
    "CVAE",
    "uniform-noise",
    "`rand` draws uniform numbers between 0 and 1, all positive. The Gaussian noise of q comes from `randn`.",
    {"torch.randn_like": "torch.rand_like"},
)
WRONG.edit(
    "CVAE",
    "no-noise",
    "`reparameterize` returns the mean. Without noise this is a plain autoencoder, and the prior cannot be sampled from.",
    {"return mu + sigma * torch.randn_like(sigma)": "return mu + 0 * sigma"},
)
WRONG.edit(
    "CVAE",
    "forward-decodes-mu",
    "`forward` decodes mu, so nothing is sampled: it should decode a draw z of q(z|x, y).",
    {"z = self.reparameterize(mu, log_var)": "z = mu"},
)
WRONG.edit(
    "CVAE",
    "forward-order",
    "`forward` does not return x_logits first. The order is x_logits, mu, log_var.",
    {"return self.decode(z, y), mu, log_var": "return mu, log_var, self.decode(z, y)"},
)
WRONG.edit(
    "CVAE",
    "encoder-cut-off-in-forward",
    "No gradient flows from the logits of `forward` to the encoder. Detach nothing, and record a graph.",
    {
        "z = self.reparameterize(mu, log_var)": "z = self.reparameterize(mu.detach(), log_var.detach())"
    },
)
WRONG.edit(
    "CVAE",
    "sigmoid-in-decode",
    "`decode` returns numbers between 0 and 1. Asked for are logits, with no sigmoid or softmax behind the last layer: the loss applies the sigmoid itself.",
    {
        "return self.logits_head(F.relu(self.decoder_hidden(torch.cat([z, y], dim=1))))": "return self.logits_head(F.relu(self.decoder_hidden(torch.cat([z, y], dim=1)))).sigmoid()"
    },
)
WRONG.edit(
    "CVAE",
    "softplus-on-log-var",
    "`log_var` is a logarithm and may be negative; forced to be positive, no posterior can be narrower than the prior.",
    {"self.log_var_head(hidden)": "F.softplus(self.log_var_head(hidden))"},
)
WRONG.edit(
    "CVAE",
    "one-head-for-both",
    "mu and log_var come from the same layer, so they are always equal. They need two heads.",
    {"self.log_var_head(hidden)": "self.mu_head(hidden)"},
)
WRONG.edit(
    "CVAE",
    "no-activation-in-the-encoder",
    "The hidden layer of the encoder is no ReLU layer: no unit is switched off. Put F.relu behind its linear layer, and no other activation.",
    {
        "F.relu(self.encoder_hidden(torch.cat([x, y], dim=1)))": "self.encoder_hidden(torch.cat([x, y], dim=1))"
    },
)
WRONG.edit(
    "CVAE",
    "no-activation-in-the-decoder",
    "The hidden layer of the decoder is no ReLU layer: no unit is switched off. Put F.relu behind its linear layer, and no other activation.",
    {
        "F.relu(self.decoder_hidden(torch.cat([z, y], dim=1)))": "self.decoder_hidden(torch.cat([z, y], dim=1))"
    },
)
WRONG.edit(
    "CVAE",
    "num-classes-not-kept",
    "Keep `num_classes` as an attribute: the training step asks the model how wide y is.",
    {"self.num_classes = num_classes\n": "num_classes = int(num_classes)\n"},
)
WRONG.edit(
    "CVAE",
    "latent-dim-not-kept",
    "Keep `latent_dim` and `num_classes` as attributes: `generate_class` and the training step ask the model for them.",
    {"self.latent_dim = latent_dim\n": "latent_dim = int(latent_dim)\n"},
)
WRONG.edit(
    "CVAE",
    "ten-classes-always",
    "The layers have room for ten classes whatever `num_classes` says. Use the argument.",
    {"_dim + num_classes": "_dim + 10"},
)
WRONG.edit(
    "CVAE",
    "hidden-dim-fixed",
    "The hidden layer has 400 units whatever `hidden_dim` says. Use the argument.",
    {
        "num_classes, hidden_dim)": "num_classes, 400)",
        "nn.Linear(hidden_dim,": "nn.Linear(400,",
    },
)
WRONG.edit(
    "CVAE",
    "label-joins-the-heads-only",
    "y is added to mu, so it shifts the codes of each class and never meets the image. Put it beside the input of the hidden layer.",
    {
        "nn.Linear(input_dim + num_classes, hidden_dim)": "nn.Linear(input_dim, hidden_dim)\n        self.shift = nn.Linear(num_classes, latent_dim, bias=False)",
        "torch.cat([x, y], dim=1)": "x",
        "self.mu_head(hidden), self": "self.mu_head(hidden) + self.shift(y), self",
    },
)

X_IN = "nn.Linear(input_dim + num_classes, hidden_dim)"
Z_IN = "nn.Linear(latent_dim + num_classes, hidden_dim)"
XY, ZY = "torch.cat([x, y], dim=1)", "torch.cat([z, y], dim=1)"
MU, LOG_VAR = "self.mu_head(hidden)", "self.log_var_head(hidden)"
SIGMA = "torch.exp(0.5 * log_var)"
SAMPLE = "return mu + sigma * torch.randn_like(sigma)"
OUT = "return self.decode(z, y), mu, log_var"
OTHER_SPREAD = "The noise has the wrong spread. It is multiplied by sigma = exp(log_var / 2), and by nothing else."

for id, message, edits in (
    ("variance-from-the-head", "The second output of `encode` grows like an exponential: it looks like a variance or a sigma. Asked for is log_var, the plain output of the head.", {LOG_VAR: f"torch.exp({LOG_VAR})"}),
    ("tanh-in-both", "Both hidden layers level off at large inputs, as tanh and sigmoid do. Asked for is ReLU.", {"F.relu(": "torch.tanh("}),
    ("no-label-at-all", "Neither network sees y: this is the VAE of lesson 02. Put y beside x, and beside z.", {X_IN: "nn.Linear(input_dim, hidden_dim)", Z_IN: "nn.Linear(latent_dim, hidden_dim)", XY: "x", ZY: "z"}),
    ("half-outside", OTHER_SPREAD, {SIGMA: "0.5 * torch.exp(log_var)"}),
    ("noise-not-scaled", "The noise is not scaled: z has the standard deviation 1 whatever log_var says. Multiply it by exp(log_var / 2).", {SAMPLE: "return mu + torch.randn_like(sigma)"}),
    ("mu-left-out", "mu is missing: z scatters around 0. Asked for is mu + sigma * eps.", {SAMPLE: "return sigma * torch.randn_like(sigma)"}),
    ("noise-shared-by-dimensions", "All latent dimensions of an image get the same random number. Every one needs its own: `randn_like`.", {"torch.randn_like(sigma)": "torch.randn(len(sigma), 1)"}),
    ("log-var-before-mu", "The second and the third output of `forward` are not the mu and the log_var of `encode`. The order is x_logits, mu, log_var.", {OUT: "return self.decode(z, y), log_var, mu"}),
    ("z-for-mu", "The second output of `forward` is not the mu of `encode`. Return mu itself, not z: the loss needs it.", {OUT: "return self.decode(z, y), z, log_var"}),
    ("sigmoid-in-forward", "`forward` returns numbers between 0 and 1, `decode` does not. Return the logits of `decode` as they are.", {OUT: "return self.decode(z, y).sigmoid(), mu, log_var"}),
):  # fmt: skip
    WRONG.edit("CVAE", id, message, edits)

# ------------------------------------------------------------------------------ cvae_train_step

WRONG.edit(
    "cvae_train_step",
    "classes-guessed-from-the-batch",
    "The width of y is not that of the model. It does not follow from the labels of the batch, where the last class may be missing. Ask the model: `model.num_classes`.",
    {"model.num_classes": "int(labels.max()) + 1"},
)
WRONG.edit(
    "cvae_train_step",
    "ten-classes-always",
    "y has ten columns whatever the model says. Ask it: `model.num_classes`.",
    {"model.num_classes": "10"},
)
WRONG.edit(
    "cvae_train_step",
    "softmax-on-the-labels",
    "A softmax blurs y: the model hears a little of every class. The label is known: pass the one-hot row.",
    {"one_hot(labels, model.num_classes)": "one_hot(labels, model.num_classes).softmax(dim=1)"},
)
WRONG.edit(
    "cvae_train_step",
    "labels-of-other-images",
    "The labels are shuffled or shifted against the images: row i of y belongs to image i.",
    {"one_hot(labels,": "one_hot(labels.roll(1),"},
)
WRONG.edit(
    "cvae_train_step",
    "label-forgotten",
    "The model is called with the same y for all images. Build y from the labels of the batch.",
    {"one_hot(labels,": "one_hot(torch.zeros_like(labels),"},
)
WRONG.edit(
    "cvae_train_step",
    "no-label-at-all",
    "y is all zeros: the model hears no class. Build it from the labels.",
    {"y = one_hot(labels, model.num_classes)": "y = 0 * one_hot(labels, model.num_classes)"},
)
WRONG.edit(
    "cvae_train_step",
    "gradients-not-cleared",
    "Old gradients are still in `.grad`, and `backward` adds to them. Clear them in every step.",
    {"    optimizer.zero_grad()\n": ""},
)
WRONG.edit(
    "cvae_train_step",
    "parameters-never-move",
    "No parameter changes. `zero_grad`, then `backward`, then `step`: one of the three is missing or out of order.",
    {"    optimizer.step()\n": ""},
)
WRONG.edit(
    "cvae_train_step",
    "step-before-backward",
    "The optimizer moves before `backward` has filled the gradients, so it uses those of the call before. Clear them, then `backward`, then `step`.",
    {
        "optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()": "optimizer.step()\n    optimizer.zero_grad()\n    loss.backward()"
    },
)
WRONG.edit(
    "cvae_train_step",
    "two-updates",
    "One call moves the model by more than one gradient. Call `backward` once and `step` once.",
    {"    optimizer.step()\n": "    optimizer.step()\n    optimizer.step()\n"},
)
WRONG.edit(
    "cvae_train_step",
    "returns-a-tensor",
    "You return a tensor. Return a Python float: `loss.item()`.",
    {"return loss.item()": "return loss"},
)
WRONG.edit(
    "cvae_train_step",
    "returns-nothing",
    "The function returns None. Its last line should return the loss as a Python float.",
    {"    return loss.item()": ""},
)
WRONG.edit(
    "cvae_train_step",
    "loss-after-the-step",
    "You return the loss after the update. The contract is the loss before it.",
    {
        "return loss.item()": "with torch.no_grad():\n        x_logits, mu, log_var = model(x, y)\n        return negative_elbo(x_logits, x, mu, log_var).item()"
    },
)
WRONG.edit(
    "cvae_train_step",
    "loss-per-pixel",
    "The returned loss is divided by the number of pixels. Losses here are in nats per image.",
    {"return loss.item()": "return loss.item() / x.shape[1]"},
)
WRONG.edit(
    "cvae_train_step",
    "loss-summed-over-the-batch",
    "The returned loss grows with the batch. Losses here are in nats per image: a mean over the batch.",
    {"return loss.item()": "return loss.item() * len(x)"},
)
WRONG.edit(
    "cvae_train_step",
    "trains-without-noise",
    "You decode mu, so the model trains as a plain autoencoder. Call the whole model: it samples z.",
    {
        "x_logits, mu, log_var = model(x, y)": "mu, log_var = model.encode(x, y)\n    x_logits = model.decode(mu, y)"
    },
)
WRONG.edit(
    "cvae_train_step",
    "mu-and-log-var-swapped",
    "mu and log_var are exchanged on the way to the loss: the KL squares the one and exponentiates the other.",
    {"(x_logits, x, mu, log_var)": "(x_logits, x, log_var, mu)"},
)
WRONG.edit(
    "cvae_train_step",
    "loss-without-the-kl",
    "Only the reconstruction is trained: the KL is missing from the loss, and nothing keeps the codes near the prior.",
    {
        "negative_elbo(x_logits, x, mu, log_var)": "F.binary_cross_entropy_with_logits(x_logits, x, reduction='sum') / len(x)"
    },
)
WRONG.edit(
    "cvae_train_step",
    "left-in-evaluation-mode",
    "The step leaves the model in evaluation mode. Training steps do not change the mode.",
    {"    return loss.item()": "    model.eval()\n    return loss.item()"},
)

LOSS = "negative_elbo(x_logits, x, mu, log_var)"
CALL = "x_logits, mu, log_var = model(x, y)"
ORDER = "optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()"
RETURN = "return loss.item()"
BCE = "F.binary_cross_entropy_with_logits(x_logits, x, reduction='{}')"
KL = "-0.5 * (1 + log_var - mu.square() - log_var.exp())"
DIVIDED = "The loss is divided by the batch once more. `negative_elbo` has averaged over the batch already."
OWN_LOSS = "Your own loss averages where it should sum. Sum over pixels and over latent dimensions, and average over the batch alone; or use `negative_elbo`."
UP = "The step goes uphill: the sign of the loss is turned. `negative_elbo` is a cost, to be made small."
NO_RECON = "The reconstruction trains nothing: its logits are detached, or it is left out of what `backward` gets."
AS_NUMBER = "y holds the number of the class in all its columns. Build one-hot rows: `one_hot(labels, model.num_classes)`."
ONLY_RETURNED = (
    "The returned loss is not the one that is trained: {}. Return `loss.item()`, in nats per image."
)
OTHER = "The labels are shuffled or shifted against the images: row i of y belongs to image i."
OWN_OPTIMIZER = "The step is not that of the optimizer that you were given. Call `optimizer.step()`, and make no optimizer of your own."

for id, message, edits in (
    ("divided-by-the-batch", DIVIDED, {LOSS: LOSS + " / len(x)"}),
    ("returned-divided-by-the-batch", ONLY_RETURNED.format("it is divided by the batch once more"), {RETURN: "return loss.item() / len(x)"}),
    ("halved", "The loss is half of what it should be. Use the value of `negative_elbo` as it is.", {LOSS: "0.5 * " + LOSS}),
    ("negative", UP, {LOSS: "-" + LOSS}),
    ("negative-returned", "The returned loss has the wrong sign. Return the negative ELBO itself, the loss that is trained.", {RETURN: "return -loss.item()"}),
    ("own-loss-mean-of-pixels", OWN_LOSS, {LOSS: BCE.format("mean") + f" + ({KL}).sum(dim=1).mean()"}),
    ("own-loss-mean-of-pixels-and-kl", OWN_LOSS, {LOSS: BCE.format("mean") + f" + ({KL}).mean()"}),
    ("own-loss-summed-recon", "The reconstruction is summed over the batch, the KL is averaged. Average both over the batch; or use `negative_elbo`.", {LOSS: BCE.format("sum") + f" + ({KL}).sum(dim=1).mean()"}),
    ("own-loss-kl-with-the-wrong-sign", "The KL is subtracted. The negative ELBO is the reconstruction cost plus the KL.", {LOSS: BCE.format("sum") + f" / len(x) - ({KL}).sum() / len(x)"}),
    ("squared-error", "The reconstruction is a squared error. Pixels are Bernoulli variables here: use `negative_elbo`.", {LOSS: f"(x_logits.sigmoid() - x).square().sum() / len(x) + ({KL}).sum() / len(x)"}),
    ("only-the-kl", NO_RECON, {LOSS: f"({KL}).sum() / len(x)"}),
    ("sigmoid-before-the-loss", "The logits go through a sigmoid before the loss, which applies the sigmoid itself. Pass the logits.", {LOSS: LOSS.replace("x_logits,", "x_logits.sigmoid(),")}),
    ("x-and-logits-swapped", "x and the logits have changed places in the loss: `negative_elbo(x_logits, x, mu, log_var)`.", {LOSS: "negative_elbo(x, x_logits, mu, log_var)"}),
    ("variance-to-the-loss", "The loss gets a variance or sigma for log_var. Pass log_var itself.", {LOSS: LOSS.replace("log_var", "log_var.exp()")}),
    ("class-number-in-every-column", AS_NUMBER, {"one_hot(labels, model.num_classes)": "labels[:, None].float().repeat(1, model.num_classes)"}),
    ("labels-shuffled", "Images or labels are shuffled, and the other are not, so calls with the same batch give different losses. Row i of y belongs to image i.", {"one_hot(labels,": "one_hot(labels[torch.randperm(len(labels))],"}),
    ("z-from-the-prior", "You decode z from the prior, which has nothing to do with the image. Call the whole model: it samples z of q(z|x, y).", {CALL: "mu, log_var = model.encode(x, y)\n    x_logits = model.decode(torch.randn_like(mu), y)"}),
    ("cleared-at-the-end-only", "Gradients left by others count: you clear them at the end only. Clear them before `backward`.", {ORDER: "loss.backward()\n    optimizer.step()\n    optimizer.zero_grad()"}),
    ("own-adam", OWN_OPTIMIZER, {"    optimizer.zero_grad()": "    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)\n    optimizer.zero_grad()"}),
    ("clipped-gradients", "The gradients are clipped, so the step is shorter than that of the loss. Leave them as `backward` made them.", {"    optimizer.step()": "    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n    optimizer.step()"}),
    ("returns-the-terms-too", "You return several values. Asked for is one Python float, the loss.", {RETURN: "return loss.item(), mu, log_var"}),
):  # fmt: skip
    WRONG.edit("cvae_train_step", id, message, edits)

# -------------------------------------------------------------------------------- EarlyStopping

WRONG.edit(
    "EarlyStopping",
    "equal-loss-counts-as-new-best",
    "A loss equal to the best is no progress: a model that has stopped moving would train for ever.",
    {"loss < self.best_loss": "loss <= self.best_loss"},
)
WRONG.edit(
    "EarlyStopping",
    "nan-counts-as-new-best",
    "A NaN becomes the best loss, and the best loss so far is forgotten. Take a loss as the best only where `loss < best` is True.",
    {"if loss < self.best_loss:": "if not loss >= self.best_loss:"},
)
WRONG.edit(
    "EarlyStopping",
    "first-loss-taken-unseen",
    "The first loss is taken as the best without a look. If it is NaN, nothing is smaller ever after.",
    {
        "if loss < self.best_loss:": "if self.best_loss == math.inf or loss < self.best_loss:",
    },
)
WRONG.edit(
    "EarlyStopping",
    "nan-does-not-count",
    "A NaN is skipped. It is a call without a new best like any other, so it uses up patience.",
    {
        "        else:\n": "        elif not math.isnan(loss):\n",
    },
)
WRONG.edit(
    "EarlyStopping",
    "nan-stops-at-once",
    "A NaN stops training at once. It is a call without a new best: it counts once, and patience decides.",
    {
        "return self.calls": "return math.isnan(loss) or self.calls",
    },
)
WRONG.edit(
    "EarlyStopping",
    "one-call-too-late",
    "You wait one call too long: stop when the count reaches the patience, not when it exceeds it.",
    {">= self.patience": "> self.patience"},
)
WRONG.edit(
    "EarlyStopping",
    "one-call-too-early",
    "You stop one call too early. Patience 2 means two calls in a row without a new best.",
    {">= self.patience": ">= self.patience - 1"},
)
WRONG.edit(
    "EarlyStopping",
    "counter-never-reset",
    "The count goes on after a new best. Only calls *in a row* without one count: start it again.",
    {"            self.calls_without_best = 0\n        else": "        else"},
)
WRONG.edit(
    "EarlyStopping",
    "counter-falls-by-one",
    "A new best takes one off the count. It should start it again from 0.",
    {
        "            self.calls_without_best = 0\n        else": "            self.calls_without_best = max(0, self.calls_without_best - 1)\n        else"
    },
)
WRONG.edit(
    "EarlyStopping",
    "compared-with-the-last-loss",
    "You compare with the loss of the call before, so a slow return from a peak looks like progress. Compare with the best of all calls.",
    {
        "        return self": "        self.best_loss = loss\n        return self",
    },
)
WRONG.edit(
    "EarlyStopping",
    "stays-stopped",
    "After a True your answer stays True. A later new best makes it False again.",
    {
        "        return self.calls_without_best >= self.patience": "        self.stopped = getattr(self, 'stopped', False) or self.calls_without_best >= self.patience\n        return self.stopped"
    },
)
WRONG.edit(
    "EarlyStopping",
    "true-only-once",
    "You say True at one call and False at the next, although nothing got better. It stays True until a new best.",
    {">= self.patience": "== self.patience"},
)
WRONG.edit(
    "EarlyStopping",
    "count-starts-again-after-true",
    "After a True the count starts again from 0, without a new best. Only a new best may do that.",
    {
        "        return self.calls_without_best >= self.patience": "        if self.calls_without_best >= self.patience:\n            self.calls_without_best = 0\n            return True\n        return False"
    },
)
WRONG.edit(
    "EarlyStopping",
    "largest-is-best",
    "You keep the largest loss. Losses are minimised: the best is the lowest.",
    {
        "loss < self.best_loss": "loss > self.best_loss",
        "self.best_loss = math.inf": "self.best_loss = -math.inf",
    },
)
WRONG.edit(
    "EarlyStopping",
    "best-starts-at-zero",
    "The best loss starts at 0, so no positive loss is ever a new best. Start above every loss.",
    {"self.best_loss = math.inf": "self.best_loss = 0.0"},
)
WRONG.edit(
    "EarlyStopping",
    "best-starts-too-low",
    "The best loss starts at a number that a real loss may exceed. Only infinity is above every loss.",
    {"self.best_loss = math.inf": "self.best_loss = 1000.0"},
)
WRONG.edit(
    "EarlyStopping",
    "small-progress-ignored",
    "A new best that is better by very little is ignored. However small, it is a new best.",
    {"loss < self.best_loss": "loss < self.best_loss - 1e-4"},
)
WRONG.edit(
    "EarlyStopping",
    "answer-upside-down",
    "You say True while training should go on. True means stop.",
    {"return self.calls_without_best >=": "return self.calls_without_best <"},
)
WRONG.edit(
    "EarlyStopping",
    "returns-the-count",
    "You return the count. Asked for is True or False.",
    {"return self.calls_without_best >= self.patience": "return self.calls_without_best"},
)
WRONG.edit(
    "EarlyStopping",
    "returns-nothing-until-it-stops",
    "`step` returns None while training should go on. Asked for is True or False, in every call.",
    {
        "return self.calls_without_best >= self.patience": "return True if self.calls_without_best >= self.patience else None"
    },
)
WRONG.edit(
    "EarlyStopping",
    "patience-ignored",
    "Your stopper waits three calls whatever `patience` is.",
    {"self.patience = patience": "self.patience = 3"},
)


@WRONG.add(
    "EarlyStopping",
    "no-best-before-the-first-loss",
    "`best_loss` is None before the first loss. Asked for is infinity: then every loss is lower, without a special case.",
)
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = None
        self.bad = 0

    def step(self, loss):
        if not math.isnan(loss) and (self.best_loss is None or self.best_loss > loss):
            self.best_loss = float(loss)
            self.bad = 0
            return False
        self.bad += 1
        return bool(self.bad >= self.patience)


@WRONG.add(
    "EarlyStopping",
    "shared-by-all-stoppers",
    "What you remember lives outside of the object, in the class or in a global variable, so all stoppers share it. Store it on `self`, in `__init__`.",
)
class EarlyStopping:
    memory = {}

    def __init__(self, patience):
        self.patience = patience
        self.memory.update(best=math.inf, count=0)

    @property
    def best_loss(self):
        return self.memory["best"]

    def step(self, loss):
        if loss < self.best_loss:
            self.memory.update(best=loss, count=0)
        else:
            self.memory["count"] += 1
        return self.memory["count"] >= self.patience


IF = "if loss < self.best_loss:"
COUNT_AND_BEST = "            self.best_loss = loss\n            self.calls_without_best = 0\n        else:\n            self.calls_without_best += 1\n"
ANSWER = "return self.calls_without_best >= self.patience"
START = "self.best_loss = math.inf"
NAN_KEPT = "A NaN becomes the best loss, and the best loss so far is forgotten. Take a loss as the best only where `loss < best` is True."
LAST = "You compare with the loss of the call before, so a slow return from a peak looks like progress. Compare with the best of all calls."
NEVER_BEST = "No loss ever becomes the best: `best_loss` starts at a number that no loss is below. It starts at infinity."
MISSING = "`best_loss` is missing before the first loss. Set it in `__init__`, under this name, to infinity."
ALWAYS_BEST = "`best_loss` stays at its first value, so every loss looks like a new best. Remember the new best."
NOT_BOOL = "You return 1 or 0. Asked for is True or False."

for id, message, edits in (
    ("min-keeps-nan", NAN_KEPT, {f"        {IF}\n{COUNT_AND_BEST}": "        self.calls_without_best = 0 if loss < self.best_loss else self.calls_without_best + 1\n        self.best_loss = min(loss, self.best_loss)\n"}),
    ("equal-and-nan-do-not-count", "Only a loss above the best counts. A loss equal to the best, or NaN, is a call without a new best too.", {"        else:": "        elif loss > self.best_loss:"}),
    ("worse-only-counts-and-nan-is-best", "A loss that is equal to the best, or NaN, counts as a new best. Neither is one: ask whether `loss < best`.", {IF: "if not loss > self.best_loss:"}),
    ("last-loss-beside-the-best", LAST, {IF: "last, self.last = getattr(self, 'last', math.inf), loss\n        self.best_loss = min(self.best_loss, loss)\n        if loss < last:", "            self.best_loss = loss\n": ""}),
    ("rises-in-a-row", "You count calls whose loss rose from the call before. Count calls without a new best of all.", {IF: "last, self.last = getattr(self, 'last', math.inf), loss\n        self.best_loss = min(self.best_loss, loss)\n        if not loss > last:", "            self.best_loss = loss\n": ""}),
    ("compared-with-the-first", "You compare with the loss `patience` calls ago. Compare with the best of all calls, and count.", {ANSWER: "self.losses = [*getattr(self, 'losses', []), loss]\n        return len(self.losses) > self.patience and self.losses[-1] >= self.losses[-1 - self.patience]"}),
    ("count-before-the-question", "Every call counts, also one with a new best. Count only where the loss is no new best, and start again from 0 where it is.", {IF: "self.calls_without_best += 1\n        if loss < self.best_loss:", "            self.calls_without_best = 0\n        else:\n            self.calls_without_best += 1\n": ""}),
    ("best-never-kept", ALWAYS_BEST, {"            self.best_loss = loss\n": ""}),
    ("local-count", "The count never gets beyond 1: it is lost after each call. Store it on `self`, and add to it.", {"self.calls_without_best += 1": "calls = 1", "            self.calls_without_best = 0\n        else": "            calls = 0\n        else", ANSWER: "return calls >= self.patience"}),
    ("nan-starts-the-count-again", "A NaN starts the count again. It is a call without a new best, and counts.", {f"        {IF}": f"        if math.isnan(loss):\n            self.calls_without_best = 0\n            return False\n        {IF}"}),
    ("best-starts-at-a-hundred", "The best loss starts at a number that a real loss may exceed. Only infinity is above every loss.", {START: "self.best_loss = 100.0"}),
    ("best-starts-at-minus-infinity", NEVER_BEST, {START: "self.best_loss = -math.inf"}),
    ("best-under-another-name", MISSING, {"self.best_loss": "self.best"}),
    ("ones-and-zeros", NOT_BOOL, {ANSWER: "return int(self.calls_without_best >= self.patience)"}),
    ("nothing-returned", "`step` returns nothing. Asked for is True or False, in every call.", {ANSWER: "self.stop = self.calls_without_best >= self.patience"}),
    ("answers-whether-it-is-the-best", "You return whether the loss is a new best. Asked for is whether to stop.", {ANSWER: "return self.calls_without_best == 0"}),
    ("patience-used-up", "The patience is used up for good: a new best does not give it back. Start the count again.", {f"        {IF}\n{COUNT_AND_BEST}        {ANSWER}": "        if loss < self.best_loss:\n            self.best_loss = loss\n            return False\n        self.patience -= 1\n        return self.patience <= 0"}),
):  # fmt: skip
    WRONG.edit("EarlyStopping", id, message, edits)

# ------------------------------------------------------------------------------- generate_class

WRONG.edit(
    "generate_class",
    "one-z-for-all",
    "All images come from the same z, so they are all the same. Draw one z per image.",
    {
        "torch.randn(num_images, model.latent_dim, device=device)": "torch.randn(1, model.latent_dim).expand(num_images, -1)"
    },
)
WRONG.edit(
    "generate_class",
    "with-gradients",
    "The images still carry a graph back to the weights. Generate without gradients: `decode` belongs under `no_grad`, too.",
    {"with torch.no_grad():": "if True:"},
)
WRONG.edit(
    "generate_class",
    "no-sigmoid",
    "These are logits, some of them negative or far above 1. Turn them into probabilities.",
    {".sigmoid()": ""},
)
WRONG.edit(
    "generate_class",
    "sigmoid-twice",
    "The sigmoid is applied twice, so no pixel is darker than 0.73. Once is enough.",
    {".sigmoid()": ".sigmoid().sigmoid()"},
)
WRONG.edit(
    "generate_class",
    "label-ignored",
    "The images are of random classes: the label plays no part.",
    {
        "torch.full((num_images,), label, device=device)": "torch.randint(model.num_classes, (num_images,), device=device)"
    },
)
WRONG.edit(
    "generate_class",
    "always-class-zero",
    "Every image is of class 0, whatever the label is.",
    {"(num_images,), label,": "(num_images,), 0,"},
)
WRONG.edit(
    "generate_class",
    "next-class",
    "The images are of the class after the one that was asked for. Classes are counted from 0.",
    {"(num_images,), label,": "(num_images,), (label + 1) % model.num_classes,"},
)
WRONG.edit(
    "generate_class",
    "all-classes-at-once",
    "y is 1 at every class, so the decoder hears all of them at once.",
    {"y = one_hot": "y = 0 * one_hot", "        z = torch": "        y = y + 1\n        z = torch"},
)
WRONG.edit(
    "generate_class",
    "label-as-a-number",
    "The number of the class stands in y where the 1 belongs. Class 0 gets no label at all, class 9 shouts.",
    {"model.num_classes)\n": "model.num_classes) * label\n"},
)
WRONG.edit(
    "generate_class",
    "uniform-latents",
    "z is uniform between 0 and 1: a corner of the space that the decoder knows. The prior is a standard normal.",
    {"torch.randn(": "torch.rand("},
)
WRONG.edit(
    "generate_class",
    "zero-latents",
    "Every image is decoded from z = 0: one image, many times. Draw z from the prior.",
    {"torch.randn(num_images": "torch.zeros(num_images"},
)
WRONG.edit(
    "generate_class",
    "narrow-prior",
    "z has another spread than the prior. It is drawn from N(0, I): `torch.randn`, and nothing more.",
    {
        "torch.randn(num_images, model.latent_dim, device=device)": "0.7 * torch.randn(num_images, model.latent_dim)"
    },
)
WRONG.edit(
    "generate_class",
    "noise-shared-by-dimensions",
    "All latent dimensions of an image get the same number. Every one needs its own.",
    {
        "torch.randn(num_images, model.latent_dim, device=device)": "torch.randn(num_images, 1).expand(-1, model.latent_dim)"
    },
)
WRONG.edit(
    "generate_class",
    "seed-from-the-label",
    "A seed that follows from the label is set inside, so every call for a class draws the same pictures. (`torch.manual_seed` also resets the random numbers of the whole program.)",
    {"    with torch": "    torch.manual_seed(label)\n    with torch"},
)
WRONG.edit(
    "generate_class",
    "latent-dim-fixed",
    "z has 20 dimensions whatever the model says. Ask the model: `model.latent_dim`.",
    {"model.latent_dim": "20"},
)
WRONG.edit(
    "generate_class",
    "ten-classes-always",
    "y has ten columns whatever the model says. Ask it: `model.num_classes`.",
    {"model.num_classes": "10"},
)
WRONG.edit(
    "generate_class",
    "gradients-off-for-good",
    "Gradients stay switched off after the call, so the next training step fails. Use the form with `with`, which undoes itself.",
    {"with torch.no_grad():": "torch.set_grad_enabled(False)\n    if True:"},
)
WRONG.edit(
    "generate_class",
    "rounded-pixels",
    "You return pixels that are 0 or 1. Asked for are the probabilities themselves, not cut and not sampled.",
    {".sigmoid()": ".sigmoid().round()"},
)
WRONG.edit(
    "generate_class",
    "softmax",
    "A softmax makes the 784 pixels share one probability. Each pixel has its own: that is a sigmoid.",
    {".sigmoid()": ".softmax(dim=1)"},
)
WRONG.edit(
    "generate_class",
    "images-as-squares",
    "The images are folded into 28 by 28 pixels. Asked for is one row of 784 per image.",
    {".sigmoid()": ".sigmoid().reshape(-1, 28, 28)"},
)

Y = "one_hot(torch.full((num_images,), label, device=device), model.num_classes)"
Z = "torch.randn(num_images, model.latent_dim, device=device)"
IMAGES = "model.decode(z, y).sigmoid()"
SAMPLED = "You return pixels that are 0 or 1. Asked for are the probabilities themselves, not cut and not sampled."
ONE_CLASS_TOO_FEW = "Not every image is told its class: only some rows of y hold the 1. Every row of y is the one-hot row of the label."
CLASSES_IN_TURN = "The images are of other classes than the one that was asked for: the label plays no part. Every row of y is the one-hot row of the label."
SAME_DRAW = "Every call draws the same z: a seed is set inside, or the noise is kept. Draw anew in every call, and set no seed."
SPREAD = "z has another spread than the prior. It is drawn from N(0, I): `torch.randn`, and nothing more."
COUNT = "The number of images is not `num_images`. One row per image."
FROZEN = "The parameters of the model are frozen afterwards, so it cannot be trained any more. Use `torch.no_grad()` and leave `requires_grad` alone."

for id, message, edits in (
    ("sampled-pixels", SAMPLED, {IMAGES: f"torch.bernoulli({IMAGES})"}),
    ("boolean-pixels", "You return True and False. Asked for are the probabilities themselves.", {IMAGES: f"{IMAGES} > 0.5"}),
    ("bytes", "The pixels lie between 0 and 255. Asked for are probabilities, from 0 to 1.", {IMAGES: f"255 * {IMAGES}"}),
    ("tanh", "The pixels go through a tanh. Probabilities come out of a sigmoid.", {".sigmoid()": ".tanh()"}),
    ("frozen-parameters", FROZEN, {"with torch.no_grad():": "for p in model.parameters():\n        p.requires_grad = False\n    if True:"}),
    ("only-the-first-row", ONE_CLASS_TOO_FEW, {f"y = {Y}": "y = torch.zeros(num_images, model.num_classes, device=device)\n    y[0, label] = 1"}),
    ("row-instead-of-column", "y[label] is a row: one image is told all classes, the others none, or the row does not exist. The class is a column: y[:, label] = 1.", {f"y = {Y}": "y = torch.zeros(num_images, model.num_classes, device=device)\n    y[label] = 1"}),
    ("no-class", "y is all zeros: the decoder hears no class. Every row of y is the one-hot row of the label.", {f"y = {Y}": "y = torch.zeros(num_images, model.num_classes, device=device)"}),
    ("number-in-every-column", "y holds the number of the class in all its columns. Every row of y is the one-hot row of the label.", {f"y = {Y}": "y = torch.full((num_images, model.num_classes), float(label), device=device)"}),
    ("classes-in-turn", CLASSES_IN_TURN, {f"y = {Y}": "y = one_hot(torch.arange(num_images, device=device) % model.num_classes, model.num_classes)"}),
    ("one-label", "y or z has one row, whatever num_images says, and does not fit the other. Both need one row per image.", {Y: "one_hot(torch.tensor([label], device=device), model.num_classes)"}),
    ("width-from-the-label", "y has label + 1 columns, or as many as F.one_hot guesses. Its width is `model.num_classes`.", {Y: "F.one_hot(torch.full((num_images,), label)).float()"}),
    ("wide-prior", SPREAD, {Z: f"2 * {Z}"}),
    ("uniform-of-both-signs", "z is uniform around 0, not Gaussian. The prior is a standard normal: `torch.randn`.", {Z: f"2 * {Z.replace('randn', 'rand')} - 1"}),
    ("ones-for-z", "Every image is decoded from the same constant z: one image, many times. Draw z from the prior.", {"torch.randn(num_images": "torch.ones(num_images"}),
    ("seed-set-inside", SAME_DRAW, {"    with torch": "    torch.manual_seed(0)\n    with torch"}),
    ("y-before-z", "z and y have changed places: `model.decode(z, y)`.", {"model.decode(z, y)": "model.decode(y, z)"}),
    ("one-image-only", COUNT, {"num_images,": "1,"}),
    ("as-array", "You return a NumPy array. Asked for is a tensor.", {IMAGES: f"{IMAGES}.numpy()"}),
    ("nothing-returned", "The function returns None: the `return` is missing.", {"return model": "images = model"}),
):  # fmt: skip
    WRONG.edit("generate_class", id, message, edits)

# ---------------------------------------------------------------------------- class_information

WRONG.edit(
    "class_information",
    "probe-scored-on-its-training-half",
    "The probe has already seen the codes on which it is scored. In many dimensions it learns even random labels by heart: score it on a half that it never saw.",
    {"probe.score(held_z, held_labels)": "probe.score(fit_z, fit_labels)"},
)
WRONG.edit(
    "class_information",
    "probe-scored-on-everything",
    "The probe is scored on all codes, half of which it has learned by heart. Score it on the other half alone.",
    {"probe.score(held_z, held_labels)": "probe.score(z, labels)"},
)


@WRONG.add(
    "class_information",
    "cluster-numbers-compared-with-labels",
    "You count how often cluster number and label are equal. Clusters have arbitrary numbers: use a score that does not care for names.",
)
def class_information(z, labels):
    z, labels = z.numpy(), labels.numpy()
    clusters = KMeans(n_clusters=len(np.unique(labels)), n_init=2).fit_predict(z)
    fit_z, held_z, fit_labels, held_labels = train_test_split(z, labels, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(fit_z, fit_labels)
    return float((clusters == labels).mean()), float(probe.score(held_z, held_labels))


WRONG.edit(
    "class_information",
    "nmi-of-the-probe",
    "Your NMI is that of the probe's answers, and the probe has seen the labels. It should be that of clusters found without them.",
    {
        "    nmi = normalized_mutual_info_score(labels, clusters)\n": "",
        "return float(nmi)": "nmi = normalized_mutual_info_score(held_labels, probe.predict(held_z))\n    return float(nmi)",
    },
)
WRONG.edit(
    "class_information",
    "accuracy-from-the-clusters",
    "Your second number says how well clusters match the classes. Asked for is a linear classifier, which may find what no cluster shows.",
    {
        "probe = LogisticRegression(max_iter=2000).fit(fit_z, fit_labels)\n    return float(nmi), float(probe.score(held_z, held_labels))": (
            "names = {c: np.bincount(labels[clusters == c]).argmax() for c in np.unique(clusters)}\n"
            "    return float(nmi), float(np.mean([names[c] == y for c, y in zip(clusters, labels)]))"
        )
    },
)
WRONG.edit(
    "class_information",
    "numbers-swapped",
    "The two numbers are exchanged: first the NMI of the clusters, then the accuracy of the probe.",
    {
        "return float(nmi), float(probe.score(held_z, held_labels))": "return float(probe.score(held_z, held_labels)), float(nmi)"
    },
)
WRONG.edit(
    "class_information",
    "ten-clusters-always",
    "k-means looks for ten clusters whatever the labels are. It should look for as many as there are distinct labels.",
    {"n_clusters=len(np.unique(labels))": "n_clusters=10"},
)
WRONG.edit(
    "class_information",
    "clusters-counted-by-the-largest-label",
    "The number of clusters follows the largest label. Labels may be 4, 1 and 7: count the distinct ones.",
    {"n_clusters=len(np.unique(labels))": "n_clusters=int(labels.max()) + 1"},
)
WRONG.edit(
    "class_information",
    "clusters-of-labels",
    "k-means was given the labels, so its clusters know them. It should see z alone.",
    {
        ".fit_predict(z)": ".fit_predict(np.concatenate([z, 1000.0 * labels[:, None]], axis=1))",
    },
)
WRONG.edit(
    "class_information",
    "mutual-information-not-normalised",
    "This is the mutual information itself, in nats. Normalised, it lies between 0 and 1.",
    {
        "normalized_mutual_info_score(labels, clusters)": "normalized_mutual_info_score(labels, clusters) * np.log(len(np.unique(labels)))"
    },
)
WRONG.edit(
    "class_information",
    "nonlinear-probe",
    "Your probe is not linear: it reads even a disc inside a ring. Whatever is hidden anywhere in z would then count as information.",
    {
        "LogisticRegression(max_iter=2000)": "__import__('sklearn.neighbors').neighbors.KNeighborsClassifier(1)"
    },
)
WRONG.edit(
    "class_information",
    "split-without-shuffling",
    "The first half of the rows is the training half. Sorted by class, the probe never sees the classes of the other half: shuffle.",
    {"test_size=0.5": "test_size=0.5, shuffle=False"},
)
WRONG.edit(
    "class_information",
    "a-tenth-held-out",
    "Fewer than half of the codes are held out. Asked for is one half.",
    {"test_size=0.5": "test_size=0.1"},
)
WRONG.edit(
    "class_information",
    "error-instead-of-accuracy",
    "The second number is the share of wrong answers. Asked for is that of the right ones.",
    {"float(probe.score(held_z, held_labels))": "1 - float(probe.score(held_z, held_labels))"},
)
WRONG.edit(
    "class_information",
    "z-standardised-in-place",
    "The codes of the caller are changed: in place, or through `z.numpy()`, which shares its memory with the tensor. Work on a copy.",
    {
        "    clusters =": "    z -= z.mean(axis=0)\n    clusters =",
    },
)
WRONG.edit(
    "class_information",
    "labels-of-the-halves-mixed-up",
    "Codes meet labels of other images. Row i of the codes belongs to row i of the labels: split or shuffle both in one go.",
    {
        "fit_z, held_z, fit_labels, held_labels": "fit_z, held_z, held_labels, fit_labels",
    },
)
WRONG.edit(
    "class_information",
    "only-the-nmi",
    "Return two numbers, (nmi, accuracy).",
    {"return float(nmi), float(probe.score(held_z, held_labels))": "return float(nmi)"},
)
WRONG.edit(
    "class_information",
    "first-dimension-only",
    "Only the first latent dimension is looked at. The class may be hidden in any of them.",
    {"labels.cpu().numpy()\n": "labels.cpu().numpy()\n    z = z[:, :1]\n"},
)
WRONG.edit(
    "class_information",
    "labels-beside-the-codes",
    "k-means sees the labels: you put them beside the codes. Give it z alone, or it finds what you told it.",
    {
        "fit_predict(z)": "fit_predict(np.column_stack([z, labels]))",
    },
)

# -------------------------------------------------------------- more slips, exercise by exercise

_TESTED = '    if ((labels < 0) | (labels >= num_classes)).any():\n        raise ValueError(f"labels must lie between 0 and {num_classes - 1}")\n    return F.one_hot(labels, num_classes).float()'
_ALL = "You refuse only when every label is out of range. A single one is enough: any, not all."
_PLACES = "    y = torch.zeros(len(labels), num_classes, device=labels.device)\n    y[torch.arange(len(labels), device=labels.device), {}] = 1\n    return y"
_COLUMN_OF_CALLER = "An operation in place gives the caller's labels another shape. They stay as they are: use `unsqueeze` or `reshape`, without an underscore."
for _id, _edits, _message in (
    (
        "all-wrong-filled-in",
        {
            _TESTED: "    if ((labels < 0) | (labels >= num_classes)).all():\n        raise ValueError\n"
            + _PLACES.format("labels")
        },
        _ALL,
    ),
    (
        "all-wrong-clamped",
        {
            _TESTED: "    if ((labels < 0) | (labels >= num_classes)).all():\n        raise ValueError\n"
            + _PLACES.format("labels.clamp(0, num_classes - 1)")
        },
        _ALL,
    ),
    (
        "labels-reshaped-in-place",
        {
            "labels = labels.reshape(-1)": "labels = labels if labels.dim() == 2 else labels.unsqueeze_(1)",
            ROWS: "torch.zeros(len(labels), num_classes, device=labels.device).scatter_(1, labels, 1.0)",
        },
        _COLUMN_OF_CALLER,
    ),
):
    WRONG.edit("one_hot", _id, _message, _edits)

_HEADS = "return self.mu_head(hidden), self.log_var_head(hidden)"
for _id, _edits, _message in (
    (
        "relu-on-mu",
        {_HEADS: "return F.relu(self.mu_head(hidden)), self.log_var_head(hidden)"},
        "A ReLU stands behind the head of mu, so no mean can be negative. Heads are plain linear layers.",
    ),
    (
        "relu-on-both-heads",
        {_HEADS: "return F.relu(self.mu_head(hidden)), F.relu(self.log_var_head(hidden))"},
        "A ReLU stands behind both heads, so neither mu nor log_var can be negative. Heads are plain linear layers.",
    ),
    (
        "tanh-on-mu",
        {_HEADS: "return torch.tanh(self.mu_head(hidden)), self.log_var_head(hidden)"},
        "mu is squashed. Heads are plain linear layers.",
    ),
    (
        "relu-on-the-logits",
        {
            "return self.logits_head(F.relu(self.decoder_hidden(torch.cat([z, y], dim=1))))": "return F.relu(self.logits_head(F.relu(self.decoder_hidden(torch.cat([z, y], dim=1)))))"
        },
        "A ReLU stands behind the last layer, so no pixel is lighter than one half. The last layer is a plain linear one.",
    ),
    (
        "one-layer-for-both-heads",
        {
            "        self.log_var_head = nn.Linear(hidden_dim, latent_dim)\n": "",
            _HEADS: "return self.mu_head(hidden), self.mu_head(hidden)",
        },
        "mu and log_var come from the same layer, so they are always equal. They need two heads.",
    ),
    (
        "seed-in-the-sampler",
        {"        sigma = ": "        torch.manual_seed(0)\n        sigma = "},
        "A seed inside the sampler gives the same noise in every call. Draw fresh noise.",
    ),
    (
        "mu-overwritten-in-place",
        {SAMPLE: "mu += sigma * torch.randn_like(sigma)\n        return mu"},
        "`+=` overwrites mu with the sample, so `forward` returns z in place of mu. Make a new tensor.",
    ),
    (
        "decoder-width-fixed",
        {
            Z_IN: "nn.Linear(latent_dim + num_classes, 400)",
            "nn.Linear(hidden_dim, input_dim)": "nn.Linear(400, input_dim)",
        },
        "The hidden layer of the decoder is always 400 wide. Use hidden_dim.",
    ),
    (
        "encoder-width-fixed",
        {
            X_IN: "nn.Linear(input_dim + num_classes, 400)",
            "self.mu_head = nn.Linear(hidden_dim,": "self.mu_head = nn.Linear(400,",
            "self.log_var_head = nn.Linear(hidden_dim,": "self.log_var_head = nn.Linear(400,",
        },
        "The hidden layer of the encoder is always 400 wide. Use hidden_dim.",
    ),
    (
        "log-var-as-sigma",
        {SIGMA: "log_var"},
        "log_var itself takes the place of sigma. Sigma is exp(log_var / 2).",
    ),
):
    WRONG.edit("CVAE", _id, _message, _edits)

_TWICE = "One call moves the model by more than one gradient. Call `backward` once and `step` once."
_LOOP = """    for _ in range(2):
        x_logits, mu, log_var = model(x, y)
        loss = negative_elbo(x_logits, x, mu, log_var)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
_STEP = """    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
for _id, _edits, _message in (
    ("two-updates-last-loss", {_STEP: _LOOP}, _TWICE),
    (
        "two-updates-first-loss",
        {
            _STEP: "    first = None\n"
            + _LOOP.replace(
                "        optimizer.zero_grad()",
                "        first = loss if first is None else first\n        optimizer.zero_grad()",
            ),
            "return loss.item()": "return first.item()",
        },
        _TWICE,
    ),
    (
        "two-halves",
        {
            _STEP: _STEP.replace("    ", "        ")
            .replace("model(x, y)", "model(some, hot)")
            .replace("x_logits, x,", "x_logits, some,")
            .join(["    for some, hot in zip(x.chunk(2), y.chunk(2)):\n", ""])
        },
        "You update once for each part of the batch. One call is one update on the whole batch.",
    ),
    (
        "images-shuffled",
        {"    y = one_hot": "    x = x.flip(0)\n    y = one_hot"},
        "The images are shuffled or turned round against the labels: row i of y belongs to image i.",
    ),
    (
        "kl-detached",
        {LOSS: "negative_elbo(x_logits, x, mu.detach(), log_var.detach())"},
        "mu and log_var are detached before the loss: the KL teaches nothing.",
    ),
    (
        "mu-detached",
        {LOSS: "negative_elbo(x_logits, x, mu.detach(), log_var)"},
        "mu is detached before the loss: its part of the KL teaches nothing.",
    ),
    (
        "log-var-detached",
        {LOSS: "negative_elbo(x_logits, x, mu, log_var.detach())"},
        "log_var is detached before the loss: its part of the KL teaches nothing.",
    ),
):
    WRONG.edit("cvae_train_step", _id, _message, _edits)


@WRONG.add(
    "EarlyStopping",
    "none-at-first-takes-nan",
    "`best_loss` is None before the first loss, so the first one becomes the best without a look, even a NaN. Asked for is infinity: then every loss is lower, without a special case.",
)
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = None
        self.bad = 0

    def step(self, loss):
        if self.best_loss is None or loss < self.best_loss:
            self.best_loss, self.bad = loss, 0
        else:
            self.bad += 1
        return self.bad >= self.patience


for _id, _edits, _message in (
    (
        "last-losses-compared",
        {
            ANSWER: "self.seen = [*getattr(self, 'seen', []), loss]\n        return len(self.seen) > self.patience and min(self.seen[-self.patience :]) > min(self.seen[: -self.patience])"
        },
        "An equal loss counts as progress in your comparison of the last losses with those before. Only a lower one is a new best.",
    ),
    (
        "raises-at-nan",
        {IF: "if math.isnan(loss):\n            raise ValueError('NaN')\n        " + IF},
        "A NaN stops your program with an error. It counts as a call without a new best.",
    ),
    (
        "progress-of-a-percent",
        {IF: "if loss < 0.99 * self.best_loss:"},
        "A new best counts only if it is better by a margin. Any lower loss is a new best, however small the progress.",
    ),
):
    WRONG.edit("EarlyStopping", _id, _message, _edits)

WRONG.edit(
    "generate_class",
    "counts-up-from-the-label",
    "The classes count up from the label. Every image is of the class that was asked for.",
    {
        "torch.full((num_images,), label, device=device)": "torch.arange(label, label + num_images, device=device) % model.num_classes"
    },
)
WRONG.edit(
    "class_information",
    "clusters-by-the-largest-label-at-most-rows",
    "The number of clusters follows the largest label. Labels are names: count the distinct ones.",
    {"n_clusters=len(np.unique(labels))": "n_clusters=min(len(z), int(labels.max()) + 1)"},
)
for _id, _edits, _message in (
    (
        "accuracy-in-percent",
        {
            "float(probe.score(held_z, held_labels))": "100 * float(probe.score(held_z, held_labels))"
        },
        "The accuracy is in percent. Return a share, from 0 to 1.",
    ),
    (
        "both-in-percent",
        {
            "return float(nmi), float(probe.score(held_z, held_labels))": "return 100 * float(nmi), 100 * float(probe.score(held_z, held_labels))"
        },
        "Both numbers are in percent. Return shares, from 0 to 1.",
    ),
):
    WRONG.edit("class_information", _id, _message, _edits)

WRONG.edit(
    "one_hot",
    "column-squeezed-in-place",
    "You change the shape of the caller's labels. `squeeze_` works in place; `reshape` and `squeeze` return another tensor.",
    {
        "    labels = labels.reshape(-1)\n": "    if labels.dim() == 2:\n        labels.squeeze_(1)\n"
    },
)
WRONG.edit(
    "cvae_train_step",
    "into-training-mode",
    "A model that came in evaluation mode leaves in training mode. The step should not change the mode.",
    {"    y = one_hot": "    model.train()\n    y = one_hot"},
)
WRONG.edit(
    "generate_class",
    "into-evaluation-mode",
    "A model that came in training mode leaves in evaluation mode. It should stay as it was.",
    {"    device = next": "    model.eval()\n    device = next"},
)

_HIDDEN_X = "F.relu(self.encoder_hidden(torch.cat([x, y], dim=1)))"
_HIDDEN_Z = "F.relu(self.decoder_hidden(torch.cat([z, y], dim=1)))"
_IN_ENCODER = {
    "nn.Linear(input_dim + num_classes, hidden_dim)": "nn.Linear(input_dim, hidden_dim)",
    "nn.Linear(hidden_dim, latent_dim)": "nn.Linear(hidden_dim + num_classes, latent_dim)",
    _HIDDEN_X: "torch.cat([F.relu(self.encoder_hidden(x)), y], dim=1)",
}
_IN_DECODER = {
    "nn.Linear(latent_dim + num_classes, hidden_dim)": "nn.Linear(latent_dim, hidden_dim)",
    "nn.Linear(hidden_dim, input_dim)": "nn.Linear(hidden_dim + num_classes, input_dim)",
    _HIDDEN_Z: "torch.cat([F.relu(self.decoder_hidden(z)), y], dim=1)",
}
for _id, _edits, _message in (
    (
        "label-beside-the-encoders-hidden-layer",
        _IN_ENCODER,
        "In the encoder y stands beside the hidden layer, not beside x: it shifts mu and log_var and never meets the image. Put it beside x.",
    ),
    (
        "label-beside-the-decoders-hidden-layer",
        _IN_DECODER,
        "In the decoder y stands beside the hidden layer, not beside z: it shifts the logits and never meets z. Put it beside z.",
    ),
    (
        "label-beside-both-hidden-layers",
        _IN_ENCODER | _IN_DECODER,
        "In both networks y stands beside the hidden layer. Put it beside what they read: x in the encoder, z in the decoder.",
    ),
):
    WRONG.edit("CVAE", _id, _message, _edits)

for _id, _edits, _message in (
    (
        "uphill-and-the-cost-returned",
        {"loss.backward()": "(-loss).backward()"},
        "The step goes uphill, although the loss that you return is right. `negative_elbo` is a cost, to be made small: no minus sign.",
    ),
    (
        "summed-over-the-batch",
        {"mu, log_var)\n    optimizer": "mu, log_var) * len(x)\n    optimizer"},
        "The loss is multiplied by the size of the batch, for the step and in what you return. `negative_elbo` is a mean over the batch: leave it as it is.",
    ),
    (
        "trained-on-the-sum",
        {"loss.backward()": "(len(x) * loss).backward()"},
        "The step is that of the loss times the size of the batch. Call `backward` on the mean that you return.",
    ),
    (
        "labels-sorted",
        {"one_hot(labels,": "one_hot(labels.sort().values,"},
        "The labels are sorted, and the images are not. Row i of y belongs to image i.",
    ),
):
    WRONG.edit("cvae_train_step", _id, _message, _edits)

WRONG.edit(
    "generate_class",
    "through-the-encoder",
    "You ask the encoder, as `model(x, y)` does. A new image starts from the prior: draw z from N(0, I) and decode it.",
    {
        "z = torch.randn(num_images, model.latent_dim, device=device)": "z, _ = model.encode(torch.rand(num_images, 784, device=device), y)"
    },
)


@WRONG.add(
    "class_information",
    "regression-on-the-class-number",
    "The probe predicts the number of the class, by a regression, and so takes class 3 for a mean of 2 and 4. Labels are names: fit a classifier.",
)
def class_information(z, labels):
    codes, names = z.detach().cpu().double().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(names)), n_init=2).fit_predict(codes)
    fit_z, held_z, fit_names, held_names = train_test_split(codes, names, test_size=0.5)
    ones = np.ones((len(fit_z), 1))
    weights = np.linalg.lstsq(np.hstack([fit_z, ones]), fit_names, rcond=None)[0]
    guess = np.rint(held_z @ weights[:-1] + weights[-1])
    nmi = normalized_mutual_info_score(names, clusters)
    return float(nmi), float((guess == held_names).mean())


# ------------------------------------------------------ what strangers got wrong, and its neighbours

_BELOW_AND_ABOVE = "(labels < 0).any() and (labels >= num_classes).any()"
_ONE_SIDE = "A batch that is bad on one side only gets through. You refuse it only if one label is below 0 and another one is too large. Is one of the two not enough?"
_FIXED_END = "The end of your range does not follow num_classes: with 12 classes you refuse the label 11, and with 3 classes the label 4 does not stop with a ValueError. On what should the largest allowed label depend?"
_NINE = "((labels < 0) | (labels > 9)).any()"
for _id, _edits, _message in (
    ("and-for-or", {TEST: _BELOW_AND_ABOVE}, _ONE_SIDE),
    ("and-for-or-compared", {TEST: _BELOW_AND_ABOVE, ROWS: COMPARED}, _ONE_SIDE),
    ("and-for-or-rows-of-the-identity", {TEST: _BELOW_AND_ABOVE, ROWS: EYE}, _ONE_SIDE),
    ("nine-is-the-last", {TEST: _NINE}, _FIXED_END),
    ("nine-is-the-last-compared", {TEST: _NINE, ROWS: COMPARED}, _FIXED_END),
    ("above-nine-compared", {TEST: "(labels > 9).any()", ROWS: COMPARED}, _FIXED_END),
    ("above-nine", {TEST: "(labels > 9).any()", ROWS: EYE}, _FIXED_END),
):
    WRONG.edit("one_hot", _id, _message, _edits)

_RANDOM_CODES = "In training mode two calls of `encode` give different codes, as a dropout layer makes them. Nothing is random in it: which method draws the noise of z?"
_RANDOM_LOGITS = "In training mode two calls of `decode` give different logits, as a dropout layer makes them. Nothing is random in it: which method draws the noise of z?"
_RANDOM_BOTH = "In training mode `encode` and `decode` are random, as dropout layers make them. Nothing is random in them: which method draws the noise of z?"
_DROPPED_X = {_HIDDEN_X: f"F.dropout({_HIDDEN_X}, 0.1, self.training)"}
_DROPPED_Z = {_HIDDEN_Z: f"F.dropout({_HIDDEN_Z}, 0.1, self.training)"}
_TWO_LAYERS = "There are too many parameters, as many as a second hidden layer brings. How many hidden layers are asked for on each side?"
_DEEP_X = {
    "        self.mu_head": "        self.more = nn.Linear(hidden_dim, {0})\n        self.mu_head",
    "nn.Linear(hidden_dim, latent_dim)": "nn.Linear({0}, latent_dim)",
    _HIDDEN_X: f"F.relu(self.more({_HIDDEN_X}))",
}
_DEEP_Z = {
    "        self.logits_head": "        self.back = nn.Linear(hidden_dim, {0})\n        self.logits_head",
    "nn.Linear(hidden_dim, input_dim)": "nn.Linear({0}, input_dim)",
    _HIDDEN_Z: f"F.relu(self.back({_HIDDEN_Z}))",
}


def _wide(edits, width):
    """Fill in the width of the second hidden layer."""
    return {old: new.replace("{0}", width) for old, new in edits.items()}


_NO_BIAS = "There are too few parameters, as many as biases are missing. Which layers did you make without one?"
_PLAIN = {
    X_IN: X_IN[:-1] + ", bias=False)",
    "nn.Linear(hidden_dim, latent_dim)": "nn.Linear(hidden_dim, latent_dim, bias=False)",
    Z_IN: Z_IN[:-1] + ", bias=False)",
    "nn.Linear(hidden_dim, input_dim)": "nn.Linear(hidden_dim, input_dim, bias=False)",
}


def _without(*places):
    """Take the biases of some layers away: 0 and 1 are of the encoder, 2 and 3 of the decoder."""
    return dict(list(_PLAIN.items())[place] for place in places)


_NOISE_ON_MU = "The noise is multiplied by mu: where mu is 0, nothing varies. Which of the two should it stretch?"
_SIGMA_THROUGHOUT = "The second output of `encode` is never negative, and `reparameterize` multiplies the noise by it as it is: you pass sigma on. Asked for is log_var, between all methods: where does it become sigma?"
_VARIANCE_THROUGHOUT = "The second output of `encode` is never negative, and `reparameterize` takes its root: you pass the variance on. Asked for is log_var, between all methods."
for _id, _edits, _message in (
    ("dropout-in-the-encoder", _DROPPED_X, _RANDOM_CODES),
    ("dropout-in-the-decoder", _DROPPED_Z, _RANDOM_LOGITS),
    ("dropout-on-both-sides", _DROPPED_X | _DROPPED_Z, _RANDOM_BOTH),
    ("two-hidden-layers", _wide(_DEEP_X | _DEEP_Z, "hidden_dim"), _TWO_LAYERS),
    ("two-hidden-layers-on-one-side", _wide(_DEEP_X, "hidden_dim"), _TWO_LAYERS),
    (
        "second-hidden-layers-of-half-the-width",
        _wide(_DEEP_X, "hidden_dim // 2")
        | {
            "        self.logits_head": "        self.back = nn.Linear(hidden_dim // 2, hidden_dim)\n        self.logits_head",
            Z_IN: "nn.Linear(latent_dim + num_classes, hidden_dim // 2)",
            _HIDDEN_Z: f"F.relu(self.back({_HIDDEN_Z}))",
        },
        _TWO_LAYERS,
    ),
    ("no-biases", _without(0, 1, 2, 3), _NO_BIAS),
    ("no-biases-in-the-encoder", _without(0, 1), _NO_BIAS),
    ("no-biases-in-the-decoder", _without(2, 3), _NO_BIAS),
    ("no-biases-in-the-hidden-layers", _without(0, 2), _NO_BIAS),
    ("no-biases-in-the-heads", _without(1, 3), _NO_BIAS),
    ("no-biases-in-the-heads-of-the-encoder", _without(1), _NO_BIAS),
    ("no-bias-behind-the-logits", _without(3), _NO_BIAS),
    ("noise-on-mu", {SAMPLE: "return mu * torch.randn_like(sigma) + sigma"}, _NOISE_ON_MU),
    ("noise-on-mu-alone", {SAMPLE: "return mu * torch.randn_like(sigma)"}, _NOISE_ON_MU),
    (
        "noise-on-mu-and-sigma",
        {SAMPLE: "return (mu + sigma) * torch.randn_like(sigma)"},
        "The noise is multiplied by mu as well, so z scatters around 0. Which of the two should it stretch?",
    ),
    (
        "sigma-from-the-head",
        {LOG_VAR: f"torch.exp(0.5 * {LOG_VAR})", SIGMA: "log_var"},
        _SIGMA_THROUGHOUT,
    ),
    (
        "sigma-by-softplus",
        {LOG_VAR: f"F.softplus({LOG_VAR})", SIGMA: "log_var"},
        _SIGMA_THROUGHOUT,
    ),
    (
        "variance-throughout",
        {LOG_VAR: f"torch.exp({LOG_VAR})", SIGMA: "log_var.sqrt()"},
        _VARIANCE_THROUGHOUT,
    ),
):
    WRONG.edit("CVAE", _id, _message, _edits)

for _id, _edits, _message in (
    (
        "pixels-drawn",
        {"    y = one_hot": "    x = torch.bernoulli(x)\n    y = one_hot"},
        "Grey pixels give another loss in every call, pixels that are 0 or 1 give the same: you draw black or white pixels from the grey ones. Train on the images that were given.",
    ),
    (
        "pixels-rounded",
        {"    y = one_hot": "    x = (x > 0.5).float()\n    y = one_hot"},
        "The images are rounded to 0 and 1 before the loss. Train on the images that were given: what becomes of a grey pixel?",
    ),
    (
        "noise-on-the-pixels",
        {"    y = one_hot": "    x = (x + 0.1 * torch.randn_like(x)).clamp(0, 1)\n    y = one_hot"},
        "Calls with the same images give different losses even where z plays no part: something else is random. Train on the images that were given, as they are.",
    ),
):
    WRONG.edit("cvae_train_step", _id, _message, _edits)

_EARLY = "You stop one call too early. Patience 2 means two calls in a row without a new best: does the call with the best count?"
_RESET = "            self.best_loss = loss\n            self.calls_without_best = 0\n"
_FROZEN_BEST = "`best_loss` stays at the first loss, so later losses are compared with that one. What should happen to it at a new best?"
for _id, _edits, _message in (
    (
        "best-call-counted",
        {_RESET: _RESET.replace("= 0\n", "= 1\n            return False\n")},
        _EARLY,
    ),
    (
        "first-loss-kept",
        {"            self.best_loss = loss\n": "            if self.best_loss == math.inf:\n                self.best_loss = loss\n"},
        _FROZEN_BEST,
    ),
    (
        "first-loss-kept-even-nan",
        {IF: "if self.best_loss == math.inf:\n            self.best_loss = loss\n        elif loss < self.best_loss:", _RESET: "            self.calls_without_best = 0\n"},
        _FROZEN_BEST,
    ),
    (
        "patience-calls-ago",
        {ANSWER: "self.losses = [*getattr(self, 'losses', []), loss]\n        return len(self.losses) > self.patience and not self.losses[-1] < self.losses[-1 - self.patience]"},
        "You compare with the loss `patience` calls ago. Compare with the best of all calls, and count.",
    ),
    (
        "patience-calls-ago-must-be-lower",
        {ANSWER: "self.losses = [*getattr(self, 'losses', []), loss]\n        return len(self.losses) > self.patience and self.losses[-1] > self.losses[-1 - self.patience]"},
        "You compare with the loss `patience` calls ago. Compare with the best of all calls, and count.",
    ),
):  # fmt: skip
    WRONG.edit("EarlyStopping", _id, _message, _edits)

_BEFORE = "The images are of the class before the one that was asked for. From which number are classes counted?"
_CUT = "The pixels go exactly from 0 to 1, whatever the logits are: they are {}. Which function makes a probability of each logit by itself?"
_LOGITS = "return model.decode(z, y).sigmoid()"
_INTO_TRAINING = (
    "A model that came in evaluation mode leaves in training mode. In which mode was it before?"
)
for _id, _edits, _message in (
    (
        "trained-afterwards",
        {"    device = next": "    model.train()\n    device = next"},
        _INTO_TRAINING,
    ),
    ("class-before", {"(num_images,), label,": "(num_images,), label - 1,"}, _BEFORE),
    (
        "class-before-or-the-last",
        {"(num_images,), label,": "(num_images,), (label - 1) % model.num_classes,"},
        _BEFORE,
    ),
    (
        "stretched-logits",
        {_LOGITS: "out = model.decode(z, y)\n        return (out - out.min()) / (out.max() - out.min())"},
        _CUT.format("stretched between the smallest and the largest"),
    ),
    (
        "stretched-probabilities",
        {_LOGITS: "out = model.decode(z, y).sigmoid()\n        return (out - out.min()) / (out.max() - out.min())"},
        "The pixels are stretched so that they reach from 0 to 1. Return what the sigmoid gives, as it is.",
    ),
    (
        "clamped-logits",
        {_LOGITS: "return model.decode(z, y).clamp(0, 1)"},
        _CUT.format("cut at both ends"),
    ),
):  # fmt: skip
    WRONG.edit("generate_class", _id, _message, _edits)

_COUNTED = "n_clusters=len(np.unique(labels))"
_FIT = "LogisticRegression(max_iter=2000).fit(fit_z, fit_labels)"
_SPLIT = "fit_z, held_z, fit_labels, held_labels = train_test_split(z, labels, test_size=0.5)"
_TURNS = "Your halves are every second row, so where two classes take turns each half holds only one of them. Which halves do not depend on the order of the rows?"
_PAIR = "return float(nmi), float(probe.score(held_z, held_labels))"
_FEW = "Only the first few latent dimensions are looked at: classes that differ in the others are missed. Which columns of z did you leave out?"
for _id, _edits, _message in (
    (
        "as-many-clusters-as-dimensions",
        {_COUNTED: "n_clusters=z.shape[1]"},
        "The number of clusters follows the columns of z, and not the labels. How many distinct labels are there?",
    ),
    (
        "every-second-row",
        {_SPLIT: "fit_z, held_z, fit_labels, held_labels = z[::2], z[1::2], labels[::2], labels[1::2]"},
        _TURNS,
    ),
    (
        "adjusted-rand-index",
        {"normalized_mutual_info_score(": "__import__('sklearn.metrics').metrics.adjusted_rand_score("},
        "Your first number is the adjusted Rand index. It is another score of clusters: asked for is the normalised mutual information.",
    ),
    (
        "adjusted-mutual-information",
        {"normalized_mutual_info_score(": "__import__('sklearn.metrics').metrics.adjusted_mutual_info_score("},
        "Your first number is the adjusted mutual information, with chance subtracted. Asked for is the normalised one, as it is.",
    ),
    ("two-dimensions-only", {"labels.cpu().numpy()\n": "labels.cpu().numpy()\n    z = z[:, :2]\n"}, _FEW),
    (
        "probe-of-two-dimensions",
        {_FIT: _FIT.replace("fit_z,", "fit_z[:, :2],"), "score(held_z,": "score(held_z[:, :2],"},
        "The probe sees only the first few latent dimensions. Which columns of z did you leave out?",
    ),
    (
        "two-tensors",
        {_PAIR: "return torch.tensor(nmi), torch.tensor(probe.score(held_z, held_labels))"},
        "You return two tensors. Both numbers are Python floats: what does `.item()` do?",
    ),
    (
        "nmi-as-a-tensor",
        {_PAIR: "return torch.tensor(nmi), float(probe.score(held_z, held_labels))"},
        "Your first number is a tensor. Both numbers are Python floats: what does `.item()` do?",
    ),
    (
        "accuracy-as-a-tensor",
        {_PAIR: "return float(nmi), torch.tensor(probe.score(held_z, held_labels))"},
        "Your second number is a tensor. Both numbers are Python floats: what does `.item()` do?",
    ),
):  # fmt: skip
    WRONG.edit("class_information", _id, _message, _edits)

# --------------------------------------------------------------- and what they got wrong in round 5

_HEAD_LAYERS = "        self.mu_head = nn.Linear(hidden_dim, latent_dim)\n        self.log_var_head = nn.Linear(hidden_dim, latent_dim)\n"
for _id, _edits, _message in (
    (
        "layers-in-a-list",
        {
            _HEAD_LAYERS: "        self.heads = [nn.Linear(hidden_dim, latent_dim), nn.Linear(hidden_dim, latent_dim)]\n",
            f"{MU}, {LOG_VAR}": "self.heads[0](hidden), self.heads[1](hidden)",
        },
        "Some layers are no parameters of the model: layers in a plain Python list or dictionary are not registered and never learn. Make each an attribute, or use nn.ModuleList.",
    ),
    (
        "torch-normal",
        {SAMPLE: "return (mu + sigma * torch.randn_like(sigma)).detach() + 0 * (mu + sigma)"},
        "z carries a graph, but its gradient in mu and log_var is 0 (as that of `torch.normal`). Write mu + sigma * eps.",
    ),
    (
        "decoder-reads-the-mean-of-y",
        {ZY: "torch.cat([z, y.mean(dim=1, keepdim=True).expand_as(y)], dim=1)"},
        "What the decoder gets of y is the same for every class, as the mean or the sum of a one-hot row is. Put y itself beside z.",
    ),
):
    WRONG.edit("CVAE", _id, _message, _edits)

for _id, _y, _message in (
    (
        "labels-as-they-are",
        "labels",
        "The model gets the labels themselves, and it reads one-hot rows: what does `one_hot` make of them?",
    ),
    (
        "classes-renumbered",
        "one_hot(labels.unique(return_inverse=True)[1], model.num_classes)",
        "The classes are numbered anew in every batch: where class 0 is missing, another class gets its column. Use the labels as they are.",
    ),
):
    WRONG.edit("cvae_train_step", _id, _message, {"one_hot(labels, model.num_classes)": _y})

for _id, _edits, _message in (
    (
        "gradients-cleared",
        {"    device = next": "    model.zero_grad()\n    device = next"},
        "You throw away gradients that belong to the caller. Nothing needs to be cleared here.",
    ),
    (
        "unit-length",
        {
            _LOGITS: "z = z / z.norm(dim=1, keepdim=True)\n        return model.decode(z, y).sigmoid()"
        },
        "All z have the same length, so they lie on a sphere. Draws of N(0, I) have different lengths: use them as they come.",
    ),
):
    WRONG.edit("generate_class", _id, _message, _edits)

WRONG.edit(
    "class_information",
    "four-parts-in-another-order",
    "The probe is fitted to a table of codes where labels belong. `train_test_split(z, labels)` returns two halves of z first, and then two of the labels.",
    {_SPLIT: _SPLIT.replace("fit_z, held_z, fit_labels, held_labels", "fit_z, fit_labels, held_z, held_labels")},
)  # fmt: skip

# Found by `vae-course audit --seeds 20`: chance decided about these criteria.
for exercise, id, *criteria in (
    ("cvae_train_step", "z-from-the-prior", "returned loss", "sampling"),
    ("cvae_train_step", "own-adam", "sampling"),
    ("EarlyStopping", "progress-of-a-percent", "best loss"),
    ("one_hot", "nine-is-the-last", "values"),
    ("one_hot", "nine-is-the-last-compared", "values"),
    ("cvae_train_step", "noise-on-the-pixels", "sampling"),
    ("class_information", "two-dimensions-only", "separated classes", "clusters"),
    ("class_information", "probe-of-two-dimensions", "separated classes"),
):
    WRONG.settle(exercise, id, *criteria)
