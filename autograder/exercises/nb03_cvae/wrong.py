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

FLAT = "    labels = labels.reshape(-1)\n"
TEST = "((labels < 0) | (labels >= num_classes)).any()"
REFUSAL = f'    if {TEST}:\n        raise ValueError(f"labels must lie between 0 and {{num_classes - 1}}")\n'
ROWS = "F.one_hot(labels, num_classes).float()"
EYE = "torch.eye(num_classes, device=labels.device)[labels]"
COMPARED = "(labels[:, None] == torch.arange(num_classes, device=labels.device)).float()"
NOT_ALL = "You refuse only when every label is out of range. A single one is enough: any, not all."
BELOW = (
    "Labels below 0 are not refused. Python's -1 is the last class, a comparison finds no class at all; "
    "here both are a ValueError."
)
NO_RANGE = (
    "Labels out of range do not stop the function. Look whether any label is below 0 or above "
    "num_classes - 1, and `raise` a ValueError."
)
NO_CHECK = (
    "Labels out of range should stop with a ValueError, and with no other error. Compare them with the "
    "range yourself, and raise it."
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
COLUMN = (
    "Your code stops with an error on labels of shape (batch, 1). They are allowed: "
    "`labels.reshape(-1)` makes them (batch,)."
)
CHANGED = "The labels of the caller are changed. Work on a new tensor: no method with a trailing underscore."
ARRAY = "You return a NumPy array. Asked for is a float32 tensor, on the device of the labels."
WIDER = "The rows are one place too long: num_classes places, the last class is num_classes - 1."

for id, message, edits in (
    ("all-with-an-identity", NOT_ALL, {".any()": ".all()", ROWS: EYE}),
    ("all-with-a-comparison", NOT_ALL, {".any()": ".all()", ROWS: COMPARED}),
    ("negative-compared", BELOW, {"(labels < 0) | (labels >= num_classes)": "labels >= num_classes", ROWS: COMPARED}),
    ("size-of-the-label", BELOW, {"(labels < 0) | (labels >= num_classes)": "labels.abs() >= num_classes", ROWS: EYE}),
    ("no-check-compared", NO_RANGE, {REFUSAL: "", ROWS: COMPARED}),
    ("remainder", NO_RANGE, {REFUSAL: "    labels = labels % num_classes\n"}),
    ("error-returned", NO_RANGE, {"raise ValueError": "return ValueError"}),
    ("and-for-or", NO_CHECK, {"(labels < 0) | (labels >= num_classes)": "(labels < 0) & (labels >= num_classes)"}),
    (
        "and-with-an-identity",
        "A label out of range stops with whatever PyTorch happens to raise, and a label of -1 does not stop at all. Look at the labels first, and raise a ValueError.",
        {"(labels < 0) | (labels >= num_classes)": "(labels < 0) & (labels >= num_classes)", ROWS: EYE},
    ),
    ("index-error", NO_CHECK, {"raise ValueError": "raise IndexError"}),
    ("assertion", NO_CHECK, {REFUSAL: f"    assert not {TEST}\n"}),
    ("above-unchecked", ABOVE, {"(labels < 0) | (labels >= num_classes)": "labels < 0"}),
    ("above-unchecked-compared", ABOVE, {"(labels < 0) | (labels >= num_classes)": "labels < 0", ROWS: COMPARED}),
    ("too-wide-compared", TOO_WIDE, {"labels >= num_classes": "labels > num_classes", ROWS: COMPARED}),
    (
        "range-of-ten",
        "The upper end of your range is not `num_classes`: labels above it that are below 10 are not refused with a ValueError.",
        {"labels >= num_classes": "labels >= 10"},
    ),
    (
        "zero-refused",
        "Your function raises a ValueError for the labels 0, 1 and 2 of 4 classes. All three are allowed: 0 is the first class, and only labels below 0 are refused.",
        {"labels < 0": "labels <= 0"},
    ),
    (
        "first-label-only",
        "You look at the first label alone. Any label of the batch may be out of range.",
        {TEST: "labels[0] < 0 or labels[0] >= num_classes", ROWS: EYE},
    ),
    (
        "column-unchecked",
        "A label out of range is not refused when the labels have the shape (batch, 1). Flatten first, then look at the range.",
        {FLAT + REFUSAL: "    if labels.dim() == 1 and ((labels < 0) | (labels >= num_classes)).any():\n        raise ValueError\n" + FLAT, ROWS: EYE},
    ),
    ("squeeze", BATCH_OF_ONE, {"labels.reshape(-1)": "labels.squeeze()"}),
    ("squeeze-last", BATCH_OF_ONE, {"labels.reshape(-1)": "labels.squeeze(-1)"}),
    ("squeeze-of-columns", BATCH_OF_ONE, {"labels.reshape(-1)": "labels.squeeze() if labels.dim() == 2 else labels"}),
    ("squeeze-of-the-rows", BATCH_OF_ONE, {".float()": ".float().squeeze()"}),
    ("vector-refused", VECTOR, {"labels.reshape(-1)": "labels[:, 0]"}),
    ("vector-refused-by-scatter", VECTOR, {FLAT: "", ROWS: "torch.zeros(len(labels), num_classes, device=labels.device).scatter_(1, labels, 1.0)"}),
    ("vector-is-a-value-error", VECTOR, {FLAT: "    if labels.dim() != 2:\n        raise TypeError('labels should be a column')\n    labels = labels.reshape(-1)\n"}),
    ("column-stops", COLUMN, {FLAT: "", ROWS: "torch.zeros(len(labels), num_classes, device=labels.device).scatter_(1, labels[:, None], 1.0)"}),
    ("column-stops-in-a-list", COLUMN, {FLAT: "    labels = torch.tensor([int(v) for v in labels.tolist()], device=labels.device)\n"}),
    ("column-refused-by-type", COLUMN, {FLAT: "    if labels.dim() != 1:\n        raise IndexError('one axis')\n"}),
    (
        "column-broadcast",
        "Labels of shape (batch, 1) are not flattened, so as an index they meet every row: each row gets the classes of the whole batch.",
        {FLAT: "    y = torch.zeros(len(labels), num_classes, device=labels.device)\n", ROWS: "y.index_put((torch.arange(len(labels)), labels), torch.ones(()))"},
    ),
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
    (
        "labels-taken-for-rows-of-the-batch",
        "The labels choose rows, and these are 1 everywhere. A label chooses a place in its own row: `y[torch.arange(batch), labels] = 1`.",
        {"return " + ROWS: "y = torch.zeros(len(labels), num_classes, device=labels.device)\n    y[labels] = 1\n    return y"},
    ),
    ("labels-turned-in-place", CHANGED, {FLAT: "    labels = labels.unsqueeze_(1).reshape(-1) if labels.dim() == 1 else labels.reshape(-1)\n"}),
    ("labels-overwritten", CHANGED, {"return " + ROWS: "y = F.one_hot(labels, num_classes).float()\n    labels += 1\n    return y"}),
    ("booleans", "The rows hold True and False. Asked for is float32.", {ROWS: COMPARED.removesuffix(".float()")}),
    ("int32", "The rows hold integers. Asked for is float32.", {".float()": ".int()"}),
    ("float16", "The rows are float16. The images and the weights are float32.", {".float()": ".half()"}),
    ("dtype-of-the-labels", "`F.one_hot` returns integers, and a linear layer refuses them or, worse, something casts them silently. Asked for is float32.", {".float()": ".to(labels.dtype)"}),
    ("list", "You return a Python list. Asked for is a float32 tensor, on the device of the labels.", {".float()": ".float().tolist()"}),
    ("array", ARRAY, {".float()": ".float().numpy()"}),
    ("array-of-float64", ARRAY, {ROWS: "np.eye(num_classes)[labels.numpy()]"}),
    ("one-place-more", WIDER, {"labels, num_classes)": "labels, num_classes + 1)"}),
    ("extra-axis", "The result has an axis too many. Asked for is the shape (batch, num_classes).", {".float()": ".float().unsqueeze(1)"}),
    ("flattened", "The rows are joined into one long vector. Asked for is the shape (batch, num_classes).", {".float()": ".float().flatten()"}),
    ("minus-ones", "The other classes get -1. One-hot rows are 1 at the class and 0 elsewhere.", {ROWS: "2 * F.one_hot(labels, num_classes).float() - 1"}),
    ("smoothed", "The other classes get a share of the 1. The label is known for sure: exactly one 1, and zeros.", {ROWS: "0.9 * F.one_hot(labels, num_classes).float() + 0.1 / num_classes"}),
    ("counted-from-one", "The 1 is one place off: the label 0 gets no 1, or the last place. Classes are counted from 0.", {ROWS: "F.one_hot((labels - 1) % num_classes, num_classes).float()"}),
    ("counted-from-one-compared", "The 1 is one place off: the label 0 gets no 1, or the last place. Classes are counted from 0.", {ROWS: "(labels[:, None] == torch.arange(1, num_classes + 1, device=labels.device)).float()"}),
    ("averaged-rows", "The rows are added up over the batch. Each label has a row of its own.", {ROWS: "F.one_hot(labels, num_classes).float().sum(dim=0)"}),
    ("rows-returned-as-a-pair", "You return several values. Asked for is one tensor.", {ROWS: "F.one_hot(labels, num_classes).float(), labels"}),
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
    "`forward` decodes with the labels of other images of the batch. Encoder and decoder must see the same y.",
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
    "`exp(log_var)` is the variance. The noise is multiplied by the standard deviation, its square root.",
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
    "`forward` returns x_logits first, then mu, then log_var.",
    {"return self.decode(z, y), mu, log_var": "return mu, log_var, self.decode(z, y)"},
)
WRONG.edit(
    "CVAE",
    "encoder-cut-off-in-forward",
    "`forward` samples from detached parameters: no gradient flows from the reconstruction to the encoder.",
    {
        "z = self.reparameterize(mu, log_var)": "z = self.reparameterize(mu.detach(), log_var.detach())"
    },
)
WRONG.edit(
    "CVAE",
    "sigmoid-in-decode",
    "`decode` returns logits, before the sigmoid. The loss applies the sigmoid itself.",
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
    "Two linear layers in a row are one linear layer. The hidden layer of the encoder needs its ReLU.",
    {
        "F.relu(self.encoder_hidden(torch.cat([x, y], dim=1)))": "self.encoder_hidden(torch.cat([x, y], dim=1))"
    },
)
WRONG.edit(
    "CVAE",
    "no-activation-in-the-decoder",
    "Without a ReLU the decoder is linear: a class could only add a fixed picture to z's. Put one behind its hidden layer.",
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
    "Keep `latent_dim` as an attribute: `generate_class` asks the model how many numbers z has.",
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

# ------------------------------------------------------------------------------ cvae_train_step

WRONG.edit(
    "cvae_train_step",
    "classes-guessed-from-the-batch",
    "The width of y follows the largest label of the batch, so the step fails as soon as the last class is missing. Ask the model: `model.num_classes`.",
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
    "No parameter changes. Either the optimizer never steps, or the gradients are cleared between `backward` and `step`.",
    {"    optimizer.step()\n": ""},
)
WRONG.edit(
    "cvae_train_step",
    "step-before-backward",
    "The optimizer moves before `backward` has filled the gradients, so it uses those of the call before.",
    {
        "optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()": "optimizer.step()\n    optimizer.zero_grad()\n    loss.backward()"
    },
)
WRONG.edit(
    "cvae_train_step",
    "two-updates",
    "One call makes two updates. The second one uses gradients of parameters that have moved on.",
    {"    optimizer.step()\n": "    optimizer.step()\n    optimizer.step()\n"},
)
WRONG.edit(
    "cvae_train_step",
    "returns-a-tensor",
    "You return a tensor, which keeps its whole graph alive. Return a Python float.",
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
    "NaN became the best loss, and nothing is smaller than NaN ever after. A comparison with NaN is always False: turn your question round.",
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
    "What you remember lives in the class, so all stoppers share one best loss. Store it on `self`, in `__init__`.",
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
    "The images still carry a graph back to the weights. Generate without gradients.",
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
    "z is drawn with less spread than the prior has. That makes safer pictures, of another model: the prior is N(0, I).",
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
    "The seed is set inside, so every call draws the same pictures, and the random numbers of the whole program are reset.",
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
    "You return black and white pixels. Asked for are the probabilities themselves.",
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
    "k-means was given the labels as a further coordinate, so its clusters know them. It should see z alone.",
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
    "The codes of the caller are changed: `z.numpy()` shares its memory with the tensor. Make a new array.",
    {
        "    clusters =": "    z -= z.mean(axis=0)\n    clusters =",
    },
)
WRONG.edit(
    "class_information",
    "labels-of-the-halves-mixed-up",
    "The labels of one half are used with the codes of the other. Row i of the codes belongs to row i of the labels.",
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
