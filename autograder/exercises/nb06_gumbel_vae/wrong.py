"""Known wrong solutions of lesson 06: published bugs first, then classroom mistakes."""
# ruff: noqa: F821 - `gumbel_softmax_sample` and others are names of the lesson

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import (
    normalized_mutual_info_score,
)

from autograder.exercises.known_answers import Bank

WRONG = Bank("06_gumbel_vae")

# ---------------------------------------------------------------------------- clustering_scores

MATCHED = "table[rows, columns].sum() / len(labels)"
NMI = "normalized_mutual_info_score(labels, assignments)"

WRONG.edit(
    "clustering_scores",
    "purity",
    "Each group takes the name of its most frequent class, and two groups may take the same name. That is purity: what would it be with one group per image?",
    {MATCHED: "table.max(axis=1).sum() / len(labels)"},
)
WRONG.edit(
    "clustering_scores",
    "purity-of-classes",
    "Each class takes its largest group, and one group may serve several classes. What would a model score that puts everything into one group?",
    {MATCHED: "table.max(axis=0).sum() / len(labels)"},
)


@WRONG.add(
    "clustering_scores",
    "greedy-matching",
    "You take the largest entry of the table, then the next. Which two entries of the table in the text does that take, and which two are best?",
)
def clustering_scores(assignments, labels):
    groups, assignments = np.unique(assignments.numpy(), return_inverse=True)
    classes, labels = np.unique(labels.numpy(), return_inverse=True)
    table = np.zeros((len(groups), len(classes)))
    np.add.at(table, (assignments, labels), 1)
    right = 0
    for _ in range(min(table.shape)):
        g, k = np.unravel_index(table.argmax(), table.shape)
        right += max(0, table[g, k])
        table[g], table[:, k] = -1, -1
    return float(normalized_mutual_info_score(labels, assignments)), float(right / len(labels))


@WRONG.add(
    "clustering_scores",
    "numbers-compared",
    "You count how often group number and class number are equal. Groups have arbitrary numbers: who says that group 3 is the digit 3?",
)
def clustering_scores(assignments, labels):
    nmi = normalized_mutual_info_score(labels.numpy(), assignments.numpy())
    return float(nmi), float((assignments == labels).float().mean())


WRONG.edit(
    "clustering_scores",
    "worst-matching",
    "Your matching is the worst there is: `linear_sum_assignment` minimises unless you say otherwise. What must it be told?",
    {", maximize=True": ""},
)
WRONG.edit(
    "clustering_scores",
    "pairs-counted-once",
    "`table[a, b] += 1` adds 1 to each pair only once, however often it occurs. Which function of NumPy adds every time?",
    {"np.add.at(table, (assignments, labels), 1)": "table[assignments, labels] += 1"},
)
WRONG.edit(
    "clustering_scores",
    "scores-swapped",
    "The two scores are exchanged: nmi comes first.",
    {f"return float(nmi), float({MATCHED})": f"return float({MATCHED}), float(nmi)"},
)
WRONG.edit(
    "clustering_scores",
    "mutual-information-not-normalised",
    "This is the mutual information itself, in nats. What must it be divided by to lie between 0 and 1?",
    {
        NMI: "mutual_info_score(labels, assignments)",
        "groups, assign": "from sklearn.metrics import mutual_info_score\n    groups, assign",
    },
)
WRONG.edit(
    "clustering_scores",
    "adjusted-mutual-information",
    "You return the adjusted mutual information, which subtracts what chance would give. It is a good score, and another one: papers quote the normalised one. Which did the text define?",
    {
        NMI: "adjusted_mutual_info_score(labels, assignments)",
        "groups, assign": "from sklearn.metrics import adjusted_mutual_info_score\n    groups, assign",
    },
)
WRONG.edit(
    "clustering_scores",
    "adjusted-rand-index",
    "Your first score is a Rand index, which counts pairs of images. Asked for is the normalised mutual information, in entropies.",
    {
        NMI: "adjusted_rand_score(labels, assignments)",
        "groups, assign": "from sklearn.metrics import adjusted_rand_score\n    groups, assign",
    },
)
WRONG.edit(
    "clustering_scores",
    "normalised-by-the-larger-entropy",
    "Your NMI divides by the larger of the two entropies. Which mean of the two stands in the text?",
    {NMI: 'normalized_mutual_info_score(labels, assignments, average_method="max")'},
)
WRONG.edit(
    "clustering_scores",
    "normalised-by-the-geometric-mean",
    "Your NMI divides by the geometric mean of the two entropies. Which mean of the two stands in the text?",
    {NMI: 'normalized_mutual_info_score(labels, assignments, average_method="geometric")'},
)


@WRONG.add(
    "clustering_scores",
    "normalised-by-the-class-entropy",
    "You divide the mutual information by the entropy of the classes alone. A thousand tiny groups would then score 1: which second entropy belongs into the denominator?",
)
def clustering_scores(assignments, labels):
    groups, assignments = np.unique(assignments.numpy(), return_inverse=True)
    classes, labels = np.unique(labels.numpy(), return_inverse=True)
    table = np.zeros((len(groups), len(classes)))
    np.add.at(table, (assignments, labels), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    joint = table / table.sum()
    p, q = joint.sum(axis=1, keepdims=True), joint.sum(axis=0, keepdims=True)
    known = (joint[joint > 0] * np.log((joint / (p * q))[joint > 0])).sum()
    nmi = known / max(-(q * np.log(q)).sum(), 1e-12)
    return float(min(nmi, 1.0)), float(table[rows, columns].sum() / len(labels))


WRONG.edit(
    "clustering_scores",
    "error-instead-of-accuracy",
    "The second score is the share of images that are wrong. Asked for is that of the right ones.",
    {f"float({MATCHED})": f"1.0 - float({MATCHED})"},
)
WRONG.edit(
    "clustering_scores",
    "count-instead-of-fraction",
    "The second score is a number of images. Which number makes it a fraction?",
    {MATCHED: "table[rows, columns].sum()"},
)
WRONG.edit(
    "clustering_scores",
    "divided-by-matched-groups",
    "You divide by the images in groups that got a name. Groups without a name count as wrong: by which number should you divide?",
    {MATCHED: "table[rows, columns].sum() / table[rows].sum()"},
)
WRONG.edit(
    "clustering_scores",
    "ten-groups-always",
    "Your table is 10 by 10 whatever the numbers are. Groups and classes may have any numbers: how do you find the distinct ones?",
    {
        "groups, assignments = np.unique(assignments.cpu().numpy(), return_inverse=True)": "assignments = assignments.cpu().numpy()",
        "classes, labels = np.unique(labels.cpu().numpy(), return_inverse=True)": "labels = labels.cpu().numpy()",
        "(len(groups), len(classes))": "(10, 10)",
    },
)


@WRONG.add(
    "clustering_scores",
    "square-tables-only",
    "Your code needs as many groups as classes. Which of the two axes may be longer?",
)
def clustering_scores(assignments, labels):
    groups, assignments = np.unique(assignments.numpy(), return_inverse=True)
    classes, labels = np.unique(labels.numpy(), return_inverse=True)
    table = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(table, (assignments, labels), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    nmi = normalized_mutual_info_score(labels, assignments)
    return float(nmi), float(table[rows, columns].sum() / len(labels))


WRONG.edit(
    "clustering_scores",
    "diagonal-of-the-table",
    "You add up the diagonal of the table: group 0 with the first class, and so on. You have the best rows and columns: where are they used?",
    {MATCHED: "np.trace(table) / len(labels)"},
)
WRONG.edit(
    "clustering_scores",
    "mean-of-recalls",
    "You average the fraction right over the classes. Asked for is the fraction of all images: how much should a class with few images count?",
    {MATCHED: "(table[rows, columns] / table.sum(axis=0)[columns]).sum() / len(classes)"},
)
WRONG.edit(
    "clustering_scores",
    "only-the-accuracy",
    "Return two numbers, (nmi, accuracy).",
    {"return float(nmi), ": "return "},
)
WRONG.edit(
    "clustering_scores",
    "labels-sorted",
    "You sort the labels, and then image i no longer has label i.",
    {"    table = np.zeros": "    labels = np.sort(labels)\n    table = np.zeros"},
)

# ----------------------------------------------------------------------- gumbel_softmax_sample


@WRONG.add(
    "gumbel_softmax_sample",
    "log-of-zero",
    "For large or small logits the sample is not finite: you take a softmax and then its logarithm. The logits are logarithms already: why the detour?",
)
def gumbel_softmax_sample(logits, temperature, hard=False):
    uniform = torch.rand_like(logits).clamp(min=1e-30)
    powers = torch.exp((logits - torch.log(-torch.log(uniform))) / temperature)
    soft = powers / powers.sum(dim=-1, keepdim=True)
    if not hard:
        return soft
    winner = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
    return winner + (soft - soft.detach())


NOISE = "torch.log(-torch.log(uniform))"
SOFT = "F.softmax((logits - torch.log(-torch.log(uniform))) / temperature, dim=-1)"
HARD = "winner + (soft - soft.detach())"

WRONG.edit(
    "gumbel_softmax_sample",
    "not-exactly-one-hot",
    "Some of your hard rows hold 0.99999994: in floating point (1 + s) - s need not be 1. What is soft - soft.detach(), if it is computed first?",
    {HARD: "winner + soft - soft.detach()"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "one-logarithm",
    "Only one logarithm: that is exponential noise, and the winners do not follow the softmax. How many logarithms does a Gumbel number take?",
    {"logits - torch.log(-torch.log(uniform))": "logits - torch.log(uniform)"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "sign-of-the-noise",
    "Your noise has the wrong sign: it has its long tail downwards, and the winners do not follow the softmax. Where do the two minus signs go?",
    {"logits - torch.log": "logits + torch.log"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "gaussian-noise",
    "Your noise is Gaussian. Then the winners do not follow the softmax: for which noise does the integral in the text work out?",
    {f"logits - {NOISE}": "logits + torch.randn_like(logits)"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "uniform-noise",
    "You add the uniform numbers as they are. Which function turns them into Gumbel noise?",
    {f"logits - {NOISE}": "logits + uniform"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "no-noise",
    "There is no noise: equal rows give equal results, and the encoder never samples. Where does the race come in?",
    {f"logits - {NOISE}": "logits"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "noise-shared-by-classes",
    "All classes of a row get the same number, which changes nothing in a softmax. How many numbers does a row need?",
    {"torch.rand_like(logits)": "torch.rand_like(logits[..., :1])"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "noise-shared-by-rows",
    "All rows get the same noise, so every image of the batch draws the same luck. How many numbers does a batch need?",
    {"torch.rand_like(logits)": "torch.rand_like(logits[:1])"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "seed-inside",
    "The seed is set inside, so every call draws the same noise.",
    {"    uniform =": "    torch.manual_seed(0)\n    uniform ="},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "temperature-multiplies",
    "Your temperature multiplies. A small one should bring the sample near a corner: does it?",
    {"/ temperature": "* temperature"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "temperature-on-the-logits-only",
    "The temperature divides the logits and not the noise, so the winners follow another softmax. What exactly is divided?",
    {SOFT: f"F.softmax(logits / temperature - {NOISE}, dim=-1)"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "temperature-on-the-noise-only",
    "The temperature divides the noise and not the logits, so the winners follow another softmax. What exactly is divided?",
    {SOFT: f"F.softmax(logits - {NOISE} / temperature, dim=-1)"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "temperature-ignored",
    "The result does not depend on the temperature.",
    {" / temperature": ""},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "softmax-over-the-batch",
    "The softmax runs down the batch: columns add up to 1 instead of rows. Which axis holds the classes?",
    {"dim=-1)\n    if": "dim=0)\n    if"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "logits-taken-for-probabilities",
    "You take the logarithm of the logits, as if they were probabilities. They are logarithms already.",
    {"(logits -": "(torch.log(logits.clamp(min=1e-9)) -"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "probabilities-instead-of-logits",
    "You add the noise to probabilities. It belongs to their logarithms, the logits.",
    {"(logits -": "(logits.softmax(dim=-1) -"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "log-softmax-returned",
    "These are logarithms of the sample. Rows should add up to 1.",
    {"F.softmax(": "F.log_softmax("},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "hard-without-gradient",
    "A hard sample carries no gradient: an argmax has none. What was the sum whose second part is zero in value?",
    {HARD: "winner"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "hard-ignored",
    "With hard=True the rows are still soft.",
    {"    if not hard:\n        return soft\n": "    return soft\n"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "always-hard",
    "The rows are hard whether asked for or not.",
    {"    if not hard:\n        return soft\n": ""},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "hard-with-the-wrong-sign",
    "The gradient of your hard sample has the wrong sign: soft.detach() - soft turns it round. Which of the two keeps its gradient with a plus?",
    {HARD: "winner + (soft.detach() - soft)"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "winner-of-the-logits",
    "Your hard sample is the largest logit, always the same class. Of what should the winner be taken?",
    {"soft.argmax": "logits.argmax"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "gradient-without-noise",
    "The gradient of your hard sample is that of softmax(logits / temperature), without the noise that chose the winner. Which sample did the winner come from?",
    {
        HARD: "winner + ((logits / temperature).softmax(dim=-1) - (logits / temperature).softmax(dim=-1).detach())"
    },
)
WRONG.edit(
    "gumbel_softmax_sample",
    "two-draws",
    "The winner comes from one draw and the gradient from another. Both belong to the same soft sample: draw once.",
    {
        HARD: "winner + (again - again.detach())",
        "    winner =": "    fresh = torch.rand_like(logits).clamp(min=1e-30)\n    again = F.softmax((logits - torch.log(-torch.log(fresh))) / temperature, dim=-1)\n    winner =",
    },
)
WRONG.edit(
    "gumbel_softmax_sample",
    "hard-gradient-of-the-logits",
    "The gradient goes straight to the logits, as if the softmax had slope 1. Asked for is the gradient of the soft sample.",
    {HARD: "winner + (logits - logits.detach())"},
)
# As torch.multinomial does, whose random numbers are not the same in every version.
WRONG.edit(
    "gumbel_softmax_sample",
    "multinomial",
    "You draw the class with `torch.multinomial`, which has no gradient. How does the noise get outside?",
    {
        "    if not hard": "    bounds = logits.softmax(dim=-1).cumsum(dim=-1)[:, :-1]\n"
        "    drawn = (torch.rand_like(bounds[:, :1]) > bounds).sum(dim=-1)\n"
        "    soft = F.one_hot(drawn, logits.shape[-1]).to(logits.dtype)\n"
        "    if not hard",
    },
)
WRONG.edit(
    "gumbel_softmax_sample",
    "soft-detached",
    "No gradient reaches the logits: you cut the graph. Only the noise should be a constant.",
    {"    if not hard": "    soft = soft.detach()\n    if not hard"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "float32-always",
    "The sample is float32 whatever the logits are.",
    {"    if not hard": "    soft = soft.float()\n    if not hard"},
)
WRONG.edit(
    "gumbel_softmax_sample",
    "noise-added-in-place",
    "The logits of the caller are changed: `+=` writes into the tensor that you were given. How do you make a new one?",
    {
        "    soft = ": f"    logits.data -= {NOISE}\n    soft = ",
        SOFT: "F.softmax(logits / temperature, dim=-1)",
    },
)

# ------------------------------------------------------------------------------- categorical_kl

KL = "(log_q.exp() * (log_q + math.log(logits.shape[-1]))).sum(dim=-1)"

WRONG.edit(
    "categorical_kl",
    "logarithm-of-the-softmax",
    "For a certain row this is NaN: a probability rounds to 0, its logarithm is minus infinity, and 0 times that is NaN. Which function takes both at once?",
    {"F.log_softmax(logits, dim=-1).clamp(min=-1e30)": "torch.log(F.softmax(logits, dim=-1))"},
)
WRONG.edit(
    "categorical_kl",
    "no-floor",
    "Logits of 3e38 overflow: their difference is infinite, and 0 times infinity is NaN. What would a floor under log_q change?",
    {".clamp(min=-1e30)": ""},
)


@WRONG.add(
    "categorical_kl",
    "small-number-in-the-logarithm",
    "A small number inside the logarithm makes the KL of a certain row finite and wrong in its gradient, and that of very large logits too: look at `log_softmax`.",
)
def categorical_kl(logits):
    q = F.softmax(logits, dim=-1)
    return (q * torch.log(q * logits.shape[-1] + 1e-3)).sum(dim=-1)


@WRONG.add(
    "categorical_kl",
    "gradient-of-certainty",
    "The values are right, and the gradient of a certain row is NaN: the slope of q ln q at q = 0 is infinite. Which function keeps the logarithm finite?",
)
def categorical_kl(logits):
    q = F.softmax(logits, dim=-1)
    return math.log(logits.shape[-1]) - torch.special.entr(q).sum(dim=-1)


WRONG.edit(
    "categorical_kl",
    "entropy",
    "This is the entropy of q. It is large where the encoder has no opinion; the KL is 0 there.",
    {KL: "-(log_q.exp() * log_q).sum(dim=-1)"},
)
WRONG.edit(
    "categorical_kl",
    "negative-entropy",
    "The ln K is missing: your value is negative, and a KL never is. What is the logarithm of the prior?",
    {" + math.log(logits.shape[-1])": ""},
)
WRONG.edit(
    "categorical_kl",
    "sign",
    "Your value is minus the KL. A KL is never negative.",
    {"return (": "return -("},
)
WRONG.edit(
    "categorical_kl",
    "ten-classes-always",
    "You take ln 10 whatever the number of classes is. The logits know it.",
    {"math.log(logits.shape[-1])": "math.log(10)"},
)
WRONG.edit(
    "categorical_kl",
    "minus-ln-k",
    "ln K has the wrong sign. Dividing by 1/K is multiplying by K.",
    {"log_q + math": "log_q - math"},
)
WRONG.edit(
    "categorical_kl",
    "batch-mean",
    "You return one number. Asked for is one per row; the loss takes the mean.",
    {".sum(dim=-1)": ".sum(dim=-1).mean()"},
)
WRONG.edit(
    "categorical_kl",
    "sum-over-everything",
    "You add up the whole batch. Asked for is one number per row.",
    {".sum(dim=-1)": ".sum()"},
)
WRONG.edit(
    "categorical_kl",
    "mean-over-classes",
    "You average over the classes. A KL adds them up: yours is too small by the number of classes.",
    {".sum(dim=-1)": ".mean(dim=-1)"},
)
WRONG.edit(
    "categorical_kl",
    "softmax-over-the-batch",
    "The softmax runs down the batch. Which axis holds the classes?",
    {"F.log_softmax(logits, dim=-1)": "F.log_softmax(logits, dim=0)"},
)
WRONG.edit(
    "categorical_kl",
    "reversed",
    "You turned the KL round: this is that of the uniform distribution from q. Over which of the two is the average taken?",
    {KL: "-(log_q + math.log(logits.shape[-1])).mean(dim=-1)"},
)
WRONG.edit(
    "categorical_kl",
    "bits",
    "Your logarithms have the base 2, so these are bits. The course counts in nats.",
    {"return (": "return 1 / math.log(2) * ("},
)
WRONG.edit(
    "categorical_kl",
    "logits-instead-of-log-probabilities",
    "You use the logits as logarithms of probabilities. They are not normalised: add 5 to all of them, and your value changes.",
    {"(log_q + math": "(logits + math"},
)
WRONG.edit(
    "categorical_kl",
    "logits-taken-for-probabilities",
    "You treat the logits as probabilities. They can be negative: what turns them into probabilities?",
    {KL: "(logits * (log_q + math.log(logits.shape[-1]))).sum(dim=-1)"},
)
WRONG.edit(
    "categorical_kl",
    "logits-clamped",
    "You clamp the logits, so that different rows get the same KL, and the gradient is lost. Where is a floor harmless?",
    {"F.log_softmax(logits, dim=-1)": "F.log_softmax(logits.clamp(-5, 5), dim=-1)"},
)
WRONG.edit(
    "categorical_kl",
    "detached",
    "Your KL carries no gradient, so no capacity can steer it.",
    {
        "return (": "return (0 * logits).sum(dim=-1) + (",
        "log_q = ": "log_q = ",
        "F.log_softmax(logits, dim=-1)": "F.log_softmax(logits.detach(), dim=-1)",
    },
)

# ------------------------------------------------------------------------------------ GumbelVAE

WRONG.edit(
    "GumbelVAE",
    "decoder-ignores-c",
    "Every word gives the same picture: the decoder does not read c.",
    {
        "torch.cat([z, c], dim=1)": "torch.cat([z, 0 * c], dim=1)",
    },
)
WRONG.edit(
    "GumbelVAE",
    "c-without-noise",
    "c is softmax(logits), without a draw. Then a mixture of words is as good as a word, and the decoder learns to read mixtures. Which function draws?",
    {"gumbel_softmax_sample(logits, temperature)": "F.softmax(logits / temperature, dim=-1)"},
)
WRONG.edit(
    "GumbelVAE",
    "c-hard",
    "forward gives the decoder hard words. Asked for is the soft sample.",
    {
        "gumbel_softmax_sample(logits, temperature)": "gumbel_softmax_sample(logits, temperature, hard=True)"
    },
)
WRONG.edit(
    "GumbelVAE",
    "c-argmax",
    "c is the most probable word: no draw, and no gradient back to the logits.",
    {
        "gumbel_softmax_sample(logits, temperature)": "F.one_hot(logits.argmax(dim=1), self.num_classes).to(z.dtype)"
    },
)
WRONG.edit(
    "GumbelVAE",
    "temperature-ignored",
    "forward always uses temperature 1, whatever it is given.",
    {"(logits, temperature)\n        return": "(logits, 1.0)\n        return"},
)
WRONG.edit(
    "GumbelVAE",
    "gradient-cut-at-c",
    "No gradient flows through c: the encoder can never learn which word helps.",
    {
        "gumbel_softmax_sample(logits, temperature)": "gumbel_softmax_sample(logits, temperature).detach()"
    },
)
WRONG.edit(
    "GumbelVAE",
    "z-is-mu",
    "z is the mean, not a sample: nothing is drawn from q(z|x).",
    {"mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)": "mu"},
)
WRONG.edit(
    "GumbelVAE",
    "variance-as-sigma",
    "The noise is multiplied by the variance. What is the standard deviation, given log_var?",
    {"torch.exp(0.5 * log_var)": "torch.exp(log_var)"},
)
WRONG.edit(
    "GumbelVAE",
    "softmax-in-the-encoder",
    "encode returns probabilities. Asked for are logits: a plain linear head, of any size and sign.",
    {"self.class_head(hidden)\n": "self.class_head(hidden).softmax(dim=1)\n"},
)
WRONG.edit(
    "GumbelVAE",
    "log-softmax-in-the-encoder",
    "Your logits are never positive: they are log-probabilities. Asked for is a plain linear head.",
    {"self.class_head(hidden)\n": "self.class_head(hidden).log_softmax(dim=1)\n"},
)
WRONG.edit(
    "GumbelVAE",
    "relu-on-the-logits",
    "A ReLU cuts off all negative logits. The head should be plain.",
    {"self.class_head(hidden)\n": "F.relu(self.class_head(hidden))\n"},
)
WRONG.edit(
    "GumbelVAE",
    "sigmoid-in-the-decoder",
    "decode returns probabilities. Asked for are logits, the loss does the rest.",
    {
        "return self.logits_head(F.relu(self.decoder_hidden(torch.cat([z, c], dim=1))))": "return torch.sigmoid(self.logits_head(F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))))"
    },
)
WRONG.edit(
    "GumbelVAE",
    "no-relu-in-the-decoder",
    "There is no ReLU in the decoder: two linear layers in a row are one.",
    {
        "F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))": "self.decoder_hidden(torch.cat([z, c], dim=1))"
    },
)
WRONG.edit(
    "GumbelVAE",
    "no-relu-in-the-encoder",
    "There is no ReLU in the encoder: two linear layers in a row are one.",
    {"F.relu(self.encoder_hidden(x))": "self.encoder_hidden(x)"},
)
WRONG.edit(
    "GumbelVAE",
    "heads-in-the-wrong-order",
    "mu and log_var stand in the wrong order in what encode or forward returns.",
    {
        "        return self.decode(z, c), mu, log_var, logits": "        return self.decode(z, c), log_var, mu, logits"
    },
)
WRONG.edit(
    "GumbelVAE",
    "probabilities-returned",
    "forward returns q(c|x) as probabilities. The losses of this lesson want the logits.",
    {"mu, log_var, logits\n        ###": "mu, log_var, logits.softmax(dim=1)\n        ###"}
    if False
    else {
        "return self.decode(z, c), mu, log_var, logits": "return self.decode(z, c), mu, log_var, logits.softmax(dim=1)"
    },
)
WRONG.edit(
    "GumbelVAE",
    "sample-returned",
    "forward returns the sample c instead of the logits. A KL cannot be computed from one draw.",
    {"return self.decode(z, c), mu, log_var, logits": "return self.decode(z, c), mu, log_var, c"},
)
WRONG.edit(
    "GumbelVAE",
    "winner-in-the-decoder",
    "decode rounds c to its winner. It should take the mixture as it is, or no gradient comes back.",
    {
        "torch.cat([z, c], dim=1)": "torch.cat([z, F.one_hot(c.argmax(dim=1), c.shape[1]).to(z.dtype)], dim=1)"
    },
)
WRONG.edit(
    "GumbelVAE",
    "softmax-in-the-decoder",
    "decode takes a softmax of c, which is a mixture already: two words then differ by less than they should. Who makes the mixture?",
    {"torch.cat([z, c], dim=1)": "torch.cat([z, c.softmax(dim=1)], dim=1)"},
)
WRONG.edit(
    "GumbelVAE",
    "one-head-for-all",
    "logits come from the head of mu. Each of the three needs a head of its own.",
    {"self.class_head(hidden)\n": "self.mu_head(hidden)[:, : self.num_classes]\n"},
)
WRONG.edit(
    "GumbelVAE",
    "classes-and-latents-exchanged",
    "The heads have each other's sizes: logits have latent_dim entries, mu has num_classes.",
    {
        "self.mu_head = nn.Linear(hidden_dim, latent_dim)": "self.mu_head = nn.Linear(hidden_dim, num_classes)",
        "self.log_var_head = nn.Linear(hidden_dim, latent_dim)": "self.log_var_head = nn.Linear(hidden_dim, num_classes)",
        "self.class_head = nn.Linear(hidden_dim, num_classes)": "self.class_head = nn.Linear(hidden_dim, latent_dim)",
    },
)
WRONG.edit(
    "GumbelVAE",
    "num-classes-not-kept",
    "The model does not say how many words it has: keep `num_classes` as an attribute.",
    {"        self.num_classes = num_classes\n": ""},
)
WRONG.edit(
    "GumbelVAE",
    "latent-dim-not-kept",
    "The model does not say how many latent dimensions it has: keep `latent_dim` as an attribute.",
    {"        self.latent_dim = latent_dim\n": ""},
)
WRONG.edit(
    "GumbelVAE",
    "no-noise-in-evaluation",
    "After eval() your model decodes the mean. Sampling stays on, or the ELBO is another number.",
    {"        c = gumbel": "        z = z if self.training else mu\n        c = gumbel"},
)
WRONG.edit(
    "GumbelVAE",
    "one-z-for-the-batch",
    "All images of a batch share one noise of z. Draw one for every number.",
    {"torch.randn_like(mu)": "torch.randn_like(mu[:1])"},
)
WRONG.edit(
    "GumbelVAE",
    "hidden-sizes-fixed",
    "The hidden layer has 400 units, whatever was asked for.",
    {
        "nn.Linear(input_dim, hidden_dim)": "nn.Linear(input_dim, 400)",
        "nn.Linear(hidden_dim, latent_dim)": "nn.Linear(400, latent_dim)",
        "nn.Linear(hidden_dim, num_classes)": "nn.Linear(400, num_classes)",
        "nn.Linear(latent_dim + num_classes, hidden_dim)": "nn.Linear(latent_dim + num_classes, 400)",
        "nn.Linear(hidden_dim, input_dim)": "nn.Linear(400, input_dim)",
    },
)

# ----------------------------------------------------------------------------------- joint_loss

RETURN = "return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()"
TAIL = "gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()"

WRONG.edit(
    "joint_loss",
    "one-fine-for-both",
    "Both KLs are added before the bars: then z may spend what c was asked for. How many pairs of bars are there?",
    {TAIL: "gamma * (kl_z + kl_c - capacity_z - capacity_c).abs()"},
)
WRONG.edit(
    "joint_loss",
    "capacities-exchanged",
    "Each KL is compared with the capacity of the other.",
    {"kl_z - capacity_z": "kl_z - capacity_c", "kl_c - capacity_c": "kl_c - capacity_z"},
)
WRONG.edit(
    "joint_loss",
    "no-bars",
    "Without the bars a KL below its capacity is rewarded: the loss falls as the KL goes to 0. Which function makes a distance of a difference?",
    {".abs()": ""},
)
WRONG.edit(
    "joint_loss",
    "fine-only-above",
    "A KL below its capacity costs nothing in your loss. Then nothing brings c to life: the fine holds in both directions.",
    {".abs()": ".clamp(min=0)"},
)
WRONG.edit(
    "joint_loss",
    "fine-only-below",
    "A KL above its capacity costs nothing in your loss. The fine holds in both directions.",
    {".abs()": ".clamp(max=0).abs()"},
)
WRONG.edit(
    "joint_loss",
    "squared-distance",
    "You square the distance. Near the capacity a square hardly fines at all: the formula has bars.",
    {".abs()": ".square()"},
)
WRONG.edit(
    "joint_loss",
    "distance-per-image",
    "The distance is taken image by image, then averaged. The capacity is meant for the mean: an image may cost more if another costs less.",
    {
        ".sum(dim=1).mean()": ".sum(dim=1)",
        "categorical_kl(logits).mean()": "categorical_kl(logits)",
        RETURN: "return recon + gamma * (kl_z - capacity_z).abs().mean() + gamma * (kl_c - capacity_c).abs().mean()",
    },
)
WRONG.edit(
    "joint_loss",
    "kls-summed-over-the-batch",
    "The KLs are sums over the batch, so that a capacity for one image is shared by all of them. Which average is missing?",
    {
        ".sum(dim=1).mean()": ".sum()",
        "categorical_kl(logits).mean()": "categorical_kl(logits).sum()",
    },
)
WRONG.edit(
    "joint_loss",
    "kl-z-averaged-over-dimensions",
    "The KL of z is averaged over the latent dimensions. Dimensions add up.",
    {".sum(dim=1).mean()": ".mean()"},
)
WRONG.edit(
    "joint_loss",
    "recon-averaged-over-pixels",
    "recon is a mean over pixels: it is too small by their number, and the fines rule alone.",
    {"bernoulli_nll(x_logits, x).mean()": "bernoulli_nll(x_logits, x).mean() / x.shape[1]"},
)
WRONG.edit(
    "joint_loss",
    "recon-summed-over-the-batch",
    "recon is a sum over the batch. It grows with the batch, and the fines do not.",
    {"bernoulli_nll(x_logits, x).mean()": "bernoulli_nll(x_logits, x).sum()"},
)
WRONG.edit(
    "joint_loss",
    "gamma-on-z-only",
    "gamma multiplies only the fine of z.",
    {"+ gamma * (kl_c": "+ (kl_c"},
)
WRONG.edit(
    "joint_loss",
    "gamma-on-c-only",
    "gamma multiplies only the fine of c.",
    {"recon + gamma * (kl_z": "recon + (kl_z"},
)
WRONG.edit(
    "joint_loss",
    "gamma-on-everything",
    "gamma multiplies the reconstruction too, so it changes nothing but the size of the loss.",
    {RETURN: f"return gamma * recon + {TAIL}"},
)
WRONG.edit(
    "joint_loss",
    "gamma-ignored",
    "Your loss is the same for every gamma.",
    {"gamma * ": ""},
)
WRONG.edit(
    "joint_loss",
    "capacities-ignored",
    "Your loss is the same for every capacity: this is a beta-VAE with beta = gamma.",
    {" - capacity_z": "", " - capacity_c": ""},
)
WRONG.edit(
    "joint_loss",
    "kl-c-forgotten",
    "The fine of c is missing, so nothing keeps c alive.",
    {" + gamma * (kl_c - capacity_c).abs()": ""},
)
WRONG.edit(
    "joint_loss",
    "kl-z-forgotten",
    "The fine of z is missing, so z may say anything for free.",
    {" + gamma * (kl_z - capacity_z).abs()": ""},
)
WRONG.edit(
    "joint_loss",
    "elbo-and-fines",
    "Both KLs are paid twice, once as in the ELBO and once in the fine. The capacity loss has only the fine.",
    {"return recon +": "return recon + kl_z + kl_c +"},
)
WRONG.edit(
    "joint_loss",
    "half-forgotten",
    "The KL of z is twice what it should be: where is the one half?",
    {"0.5 * (mu": "(mu"},
)
WRONG.edit(
    "joint_loss",
    "sign-of-log-var",
    "The sign of log_var in the KL of z is wrong. Is your KL 0 at log_var = 0 and positive at any other value?",
    {"- 1 - log_var": "- 1 + log_var"},
)
WRONG.edit(
    "joint_loss",
    "log-var-read-as-log-sigma",
    "log_var is the logarithm of the variance. You read it as that of the standard deviation.",
    {"log_var.exp() - 1 - log_var": "(2 * log_var).exp() - 1 - 2 * log_var"},
)
WRONG.edit(
    "joint_loss",
    "entropy-instead-of-kl",
    "You fine the entropy of c instead of its KL. One falls where the other rises.",
    {
        "categorical_kl(logits).mean()": "(math.log(logits.shape[1]) - categorical_kl(logits)).mean()"
    },
)
WRONG.edit(
    "joint_loss",
    "message-instead-of-kl",
    "You subtract the waste, KL(q(c) to p(c)). That is a good idea for later; asked for is the mean KL of c, as the formula says.",
    {
        "categorical_kl(logits).mean()": "categorical_kl(logits).mean() - categorical_kl(logits.softmax(dim=1).mean(dim=0).clamp(min=1e-30).log()[None]).sum()"
    },
)
WRONG.edit(
    "joint_loss",
    "sigmoid-twice",
    "The course's function wants logits. You hand it probabilities, so the sigmoid is applied twice.",
    {"bernoulli_nll(x_logits, x)": "bernoulli_nll(x_logits.sigmoid(), x)"},
)
WRONG.edit(
    "joint_loss",
    "clamped-probabilities",
    "`F.binary_cross_entropy` clamps its logarithms at -100: a confident mistake costs too little and teaches nothing. Work on the logits.",
    {
        "bernoulli_nll(x_logits, x).mean()": "F.binary_cross_entropy(x_logits.sigmoid(), x, reduction='none').sum(dim=1).mean()"
    },
)
WRONG.edit(
    "joint_loss",
    "squared-error",
    "This recon is a squared error. Pixels are Bernoulli variables here.",
    {"bernoulli_nll(x_logits, x).mean()": "(x_logits.sigmoid() - x).square().sum(dim=1).mean()"},
)
WRONG.edit(
    "joint_loss",
    "three-values",
    "Return one scalar, the loss.",
    {RETURN: RETURN + ", kl_z, kl_c"},
)
WRONG.edit(
    "joint_loss",
    "a-float",
    "The loss is a Python float, so nothing can be learned from it. Return the tensor.",
    {RETURN: RETURN.replace("return ", "return (") + ").item()"},
)
