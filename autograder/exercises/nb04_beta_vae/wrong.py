"""Known wrong solutions of lesson 04: published bugs first, then classroom mistakes."""

import numpy as np
import torch
from sklearn.metrics import mutual_info_score

from autograder.exercises.known_answers import Bank

WRONG = Bank("04_beta_vae")

# -------------------------------------------------------------------------------- beta_vae_loss

RECON = "bernoulli_nll(x_logits, x).mean()"
KL = "0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()"

WRONG.edit(
    "beta_vae_loss",
    "mean-over-everything",
    "Both terms are means over their dimensions. That multiplies your beta by pixels over latent dimensions: 39 at 784 and 20. "
    "Sum over dimensions, take the mean over images only.",
    {
        RECON: "bernoulli_nll(x_logits, x).mean() / x.shape[1]",
        ".sum(dim=1).mean()": ".mean()",
    },
)
WRONG.edit(
    "beta_vae_loss",
    "kl-averaged-over-dimensions",
    "The KL is a mean over latent dimensions while recon is a sum over pixels: your beta is divided by latent_dim. Dimensions add up.",
    {".sum(dim=1).mean()": ".mean()"},
)
WRONG.edit(
    "beta_vae_loss",
    "recon-averaged-over-pixels",
    "recon is a mean over pixels while the KL is a sum: your beta is really beta times the number of pixels.",
    {RECON: "bernoulli_nll(x_logits, x).mean() / x.shape[1]"},
)
WRONG.edit(
    "beta_vae_loss",
    "terms-summed-over-the-batch",
    "Both terms grow with the batch. A nat per image is what you want: sum over dimensions, mean over the batch.",
    {RECON: "bernoulli_nll(x_logits, x).sum()", ".sum(dim=1).mean()": ".sum()"},
)
WRONG.edit(
    "beta_vae_loss",
    "kl-summed-over-the-batch",
    "The KL is summed over the batch and recon is averaged over it: your beta is multiplied by the batch size.",
    {".sum(dim=1).mean()": ".sum()"},
)
WRONG.edit(
    "beta_vae_loss",
    "recon-summed-over-the-batch",
    "recon is summed over the batch and the KL is averaged over it: your beta is divided by the batch size.",
    {RECON: "bernoulli_nll(x_logits, x).sum()"},
)
WRONG.edit(
    "beta_vae_loss",
    "beta-on-recon",
    "Beta multiplies the reconstruction. It is the price of information, so it belongs to the KL.",
    {"recon + beta * kl,": "beta * recon + kl,"},
)
WRONG.edit(
    "beta_vae_loss",
    "beta-on-both",
    "Beta multiplies both terms, so it only changes the size of the loss and its minimum stays where it was.",
    {"recon + beta * kl,": "beta * (recon + kl),"},
)
WRONG.edit(
    "beta_vae_loss",
    "beta-ignored",
    "Your loss is the same for every beta.",
    {"recon + beta * kl,": "recon + kl,"},
)
WRONG.edit(
    "beta_vae_loss",
    "weighted-kl-returned",
    "The third value carries beta. Return the KL itself: rates of different betas must be in the same unit.",
    {", recon, kl": ", recon, beta * kl"},
)
WRONG.edit(
    "beta_vae_loss",
    "beta-twice",
    "Beta is applied twice, once inside the KL and once outside: the price is beta squared.",
    {"kl = 0.5": "kl = beta * 0.5"},
)
WRONG.edit(
    "beta_vae_loss",
    "one-minus-beta",
    "You mix the two terms with weights that add up to 1. Here recon keeps the weight 1, whatever beta is.",
    {"recon + beta * kl,": "(1 - beta) * recon + beta * kl,"},
)
WRONG.edit(
    "beta_vae_loss",
    "divided-by-beta",
    "The KL is divided by beta. A higher beta is a higher price.",
    {"recon + beta * kl,": "recon + kl / beta if beta else recon,"},
)
WRONG.edit(
    "beta_vae_loss",
    "kl-subtracted",
    "Your loss rewards the KL. Both terms are costs.",
    {"recon + beta * kl,": "recon - beta * kl,"},
)
WRONG.edit(
    "beta_vae_loss",
    "terms-swapped",
    "recon and kl are returned in the wrong order: the loss first, then recon, then kl.",
    {", recon, kl": ", kl, recon"},
)
WRONG.edit(
    "beta_vae_loss",
    "half-forgotten",
    "Your KL is twice what it should be, so is the price: the one half is missing.",
    {"0.5 * (mu": "(mu"},
)
WRONG.edit(
    "beta_vae_loss",
    "half-on-part-of-the-kl",
    "The one half covers only part of your KL. It stands in front of the whole bracket.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(mu.square() + log_var.exp() - 0.5 - 0.5 * log_var)"
    },
)
WRONG.edit(
    "beta_vae_loss",
    "log-var-read-as-log-sigma",
    "log_var is the logarithm of the variance. You read it as that of the standard deviation.",
    {"log_var.exp() - 1 - log_var": "(2 * log_var).exp() - 1 - 2 * log_var"},
)
WRONG.edit(
    "beta_vae_loss",
    "squared-error",
    "This recon is a squared error. Pixels are Bernoulli variables here, and a squared error hides another beta.",
    {RECON: "(x_logits.sigmoid() - x).square().sum(dim=1).mean()"},
)
WRONG.edit(
    "beta_vae_loss",
    "sigmoid-twice",
    "The course's function wants logits. You hand it probabilities, so the sigmoid is applied twice.",
    {RECON: "bernoulli_nll(x_logits.sigmoid(), x).mean()"},
)
WRONG.edit(
    "beta_vae_loss",
    "clamped-probabilities",
    "Where the sigmoid rounds to 0 or 1 a mistake costs 100, however large the logit is, as with the clamped logarithms of "
    "`F.binary_cross_entropy`. What would you get from the logits?",
    {
        RECON: "torch.nn.functional.binary_cross_entropy(x_logits.sigmoid(), x, reduction='none').sum(dim=1).mean()"
    },
)
WRONG.edit(
    "beta_vae_loss",
    "detached-kl",
    "No gradient flows from the KL: the price is charged but never felt.",
    {"recon + beta * kl,": "recon + beta * kl.detach(),"},
)
WRONG.edit(
    "beta_vae_loss",
    "plain-numbers",
    "The results are plain numbers, and nothing can be learned from them. Return tensors that carry the graph.",
    {"recon + beta * kl, recon, kl": "(recon + beta * kl).item(), recon.item(), kl.item()"},
)
WRONG.edit(
    "beta_vae_loss",
    "one-value-per-image",
    "You return one value per image. Three scalars are asked for: take the mean over the batch.",
    {RECON: "bernoulli_nll(x_logits, x)", ".sum(dim=1).mean()": ".sum(dim=1)"},
)
WRONG.edit(
    "beta_vae_loss",
    "only-the-loss",
    "You return the loss alone. Its two terms are asked for as well.",
    {"return recon + beta * kl, recon, kl": "return recon + beta * kl"},
)

# ------------------------------------------------------------------------------ rate_distortion

PAIR = "return kl.item(), recon.item()"

WRONG.edit(
    "rate_distortion",
    "swapped",
    "Rate and distortion are swapped. The rate, how much is sent, comes first; the distortion, how much is still wrong, second.",
    {PAIR: "return recon.item(), kl.item()"},
)
WRONG.edit(
    "rate_distortion",
    "noise-off",
    "You decode mu. The distortion belongs to a message of this rate, and that message is noisy: decode a sample.",
    {
        "x_logits, mu, log_var = model(x)": "mu, log_var = model.encode(x)\n        x_logits = model.decode(mu)"
    },
)
WRONG.edit(
    "rate_distortion",
    "mode-not-restored",
    "The model is left in evaluation mode. Put it back into the mode in which it came.",
    {"    model.train(was_training)\n": ""},
)
WRONG.edit(
    "rate_distortion",
    "always-back-to-training",
    "You switch to training mode at the end, even for a model that came in evaluation mode. Remember the mode first.",
    {"model.train(was_training)": "model.train()"},
)
WRONG.edit(
    "rate_distortion",
    "training-mode",
    "The pass runs in training mode. A model with dropout would be scored with parts of it missing.",
    {"    model.eval()\n": ""},
)
WRONG.edit(
    "rate_distortion",
    "with-gradients",
    "Gradients are recorded although nobody asks for them: that costs memory and time.",
    {"with torch.no_grad():": "if True:"},
)
WRONG.edit(
    "rate_distortion",
    "gradients-off-for-good",
    "Gradients stay switched off after the call, so the next training step fails. Use the form with `with`.",
    {"with torch.no_grad():": "torch.set_grad_enabled(False)\n    if True:"},
)
WRONG.edit(
    "rate_distortion",
    "tensors",
    "You return tensors. Two plain Python floats are asked for.",
    {PAIR: "return kl, recon"},
)
WRONG.edit(
    "rate_distortion",
    "neg-elbo-for-distortion",
    "Your second number is the sum of both terms. The distortion is recon alone.",
    {PAIR: "return kl.item(), (recon + kl).item()"},
)
WRONG.edit(
    "rate_distortion",
    "in-bits",
    "You return bits. This course counts in nats: leave out the division by ln 2.",
    {PAIR: "return kl.item() / math.log(2), recon.item() / math.log(2)"},
)
WRONG.edit(
    "rate_distortion",
    "rate-per-dimension",
    "Your rate is a mean over latent dimensions. The rate is what the whole message costs: the sum.",
    {PAIR: "return kl.item() / mu.shape[1], recon.item()"},
)
WRONG.edit(
    "rate_distortion",
    "distortion-per-pixel",
    "Your distortion is a mean over pixels. Add the pixels of an image up.",
    {PAIR: "return kl.item(), recon.item() / x.shape[1]"},
)
WRONG.edit(
    "rate_distortion",
    "first-batch-only",
    "Some images never reach the model, and they may be harder than the rest. Does each image of x count?",
    {"x_logits, mu, log_var = model(x)": "x = x[:100]\n        x_logits, mu, log_var = model(x)"},
)
WRONG.edit(
    "rate_distortion",
    "whole-batch-summed",
    "Your numbers are sums over all images. They are meant per image.",
    {PAIR: "return kl.item() * len(x), recon.item() * len(x)"},
)
WRONG.edit(
    "rate_distortion",
    "beta-in-the-rate",
    "Your rate carries a beta of 4. A rate is a number of nats, whatever a nat costs.",
    {PAIR: "return 4 * kl.item(), recon.item()"},
)
WRONG.edit(
    "rate_distortion",
    "seed-inside",
    "A fixed seed gives the same noise in every call. Let each call draw fresh numbers.",
    {"    with torch": "    torch.manual_seed(0)\n    with torch"},
)
WRONG.edit(
    "rate_distortion",
    "gradients-cleared",
    "You throw away gradients that belong to the caller. Nothing needs to be cleared here.",
    {"    model.eval()\n": "    model.eval()\n    model.zero_grad()\n"},
)
WRONG.edit(
    "rate_distortion",
    "decoded-from-the-prior",
    "You decode random numbers from the prior, which know nothing about the image. Decode a sample of q(z|x).",
    {
        "x_logits, mu, log_var = model(x)": "mu, log_var = model.encode(x)\n        x_logits = model.decode(torch.randn_like(mu))"
    },
)

# ----------------------------------------------------------------------------- kl_per_dimension

BODY = "return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean(dim=0)"

WRONG.edit(
    "kl_per_dimension",
    "summed-over-the-batch",
    "You add the images up. A batch mean is asked for, so that the entries add up to the rate per image.",
    {".mean(dim=0)": ".sum(dim=0)"},
)
WRONG.edit(
    "kl_per_dimension",
    "per-image",
    "You get one number per image. One per dimension is asked for: the axis of the batch should disappear.",
    {".mean(dim=0)": ".sum(dim=1)"},
)
WRONG.edit(
    "kl_per_dimension",
    "mean-per-image",
    "You average over the dimensions, which were to be kept apart. Average over the batch.",
    {".mean(dim=0)": ".mean(dim=1)"},
)
WRONG.edit(
    "kl_per_dimension",
    "one-number",
    "You return one number. The point is to see the dimensions one by one.",
    {".mean(dim=0)": ".sum(dim=1).mean()"},
)
WRONG.edit(
    "kl_per_dimension",
    "table",
    "You return the whole table of images and dimensions. Average over the images.",
    {".mean(dim=0)": ""},
)
WRONG.edit(
    "kl_per_dimension",
    "divided-by-latent-dim",
    "Your numbers are divided by latent_dim: their sum is not the rate but its mean over dimensions.",
    {".mean(dim=0)": ".mean(dim=0) / mu.shape[1]"},
)
WRONG.edit(
    "kl_per_dimension",
    "half-forgotten",
    "Every entry is twice too large: the one half is missing.",
    {"0.5 * (": "("},
)
WRONG.edit(
    "kl_per_dimension",
    "wrong-sign",
    "Your numbers are never positive, and a KL is never negative.",
    {"0.5 * (": "-0.5 * ("},
)
WRONG.edit(
    "kl_per_dimension",
    "one-forgotten",
    "A dimension that equals the prior should cost 0; yours costs one half. A constant is missing.",
    {" - 1": ""},
)
WRONG.edit(
    "kl_per_dimension",
    "log-var-read-as-log-sigma",
    "log_var is the logarithm of the variance; you treat it as that of the standard deviation.",
    {"log_var.exp() - 1 - log_var": "(2 * log_var).exp() - 1 - 2 * log_var"},
)
WRONG.edit(
    "kl_per_dimension",
    "mu-not-squared",
    "The mean enters the KL squared: a message on either side of 0 costs the same.",
    {"mu.square()": "mu"},
)
WRONG.edit(
    "kl_per_dimension",
    "kl-of-the-mean",
    "You average mu and log_var first and take the KL of the averages. The KL is not linear: take it for every image, then average.",
    {
        BODY: "mu, log_var = mu.mean(dim=0), log_var.mean(dim=0)\n    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var)"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "sorted",
    "You sort the entries. Entry j must belong to dimension j; sort later, for the picture.",
    {".mean(dim=0)": ".mean(dim=0).sort(descending=True).values"},
)
WRONG.edit(
    "kl_per_dimension",
    "batch-axis-kept",
    "The axis of the batch is still there, with length 1. The shape should be (latent_dim,).",
    {".mean(dim=0)": ".mean(dim=0, keepdim=True)"},
)
WRONG.edit(
    "kl_per_dimension",
    "detached",
    "The result carries no gradient. Some training objectives charge dimensions one by one and need it.",
    {".mean(dim=0)": ".mean(dim=0).detach()"},
)

# --------------------------------------------------------------------------------- active_units

COUNT = "int((mu.var(dim=0) > threshold).sum())"

WRONG.edit(
    "active_units",
    "standard-deviation",
    "You compare the standard deviation with the threshold, or the variance with its square. Compare the variance with the "
    "threshold: a spread of 0.05 is a variance of 0.0025.",
    {"mu.var(": "mu.std("},
)
WRONG.edit(
    "active_units",
    "not-centred",
    "You average the square of mu without taking its mean out. A unit that is stuck at 3 for every image says nothing.",
    {"mu.var(dim=0)": "mu.square().mean(dim=0)"},
)
WRONG.edit(
    "active_units",
    "variance-over-dimensions",
    "You take the variance over dimensions, so you count images. Images are rows: which axis should disappear?",
    {"dim=0": "dim=1"},
)
WRONG.edit(
    "active_units",
    "dead-counted",
    "You count the units below the threshold. Those are the dead ones.",
    {"> threshold": "<= threshold"},
)
WRONG.edit(
    "active_units",
    "at-the-threshold",
    "At exactly the threshold a unit is not active: its variance must exceed it. At threshold 0 you count units that never move.",
    {"> threshold": ">= threshold"},
)
WRONG.edit(
    "active_units",
    "threshold-fixed",
    "The threshold is 0.01 whatever the caller says. Use the argument.",
    {"> threshold": "> 0.01"},
)
WRONG.edit(
    "active_units",
    "tensor",
    "You return a tensor. A plain Python int is asked for.",
    {COUNT: "(mu.var(dim=0) > threshold).sum()"},
)
WRONG.edit(
    "active_units",
    "float",
    "You return a float. A count is an int.",
    {COUNT: "(mu.var(dim=0) > threshold).float().sum().item()"},
)
WRONG.edit(
    "active_units",
    "fraction",
    "You return the fraction of active units. Their number is asked for.",
    {COUNT: "(mu.var(dim=0) > threshold).float().mean().item()"},
)
WRONG.edit(
    "active_units",
    "mask",
    "You return True or False for each dimension. Count the True ones.",
    {COUNT: "mu.var(dim=0) > threshold"},
)
WRONG.edit(
    "active_units",
    "mean-size",
    "You compare how large mu is on average. A unit that is always large, but never moves, says nothing.",
    {"mu.var(dim=0)": "mu.abs().mean(dim=0)"},
)
WRONG.edit(
    "active_units",
    "mean-itself",
    "You compare the mean of mu with the threshold. How far mu moves around its mean is what counts.",
    {"mu.var(dim=0)": "mu.mean(dim=0)"},
)
WRONG.edit(
    "active_units",
    "sum-of-squares",
    "You add the squared deviations up and do not divide by the number of images, or multiply a mean by it, so with enough images every unit is active.",
    {"mu.var(dim=0)": "(mu - mu.mean(dim=0)).square().sum(dim=0)"},
)
WRONG.edit(
    "active_units",
    "centred-over-everything",
    "You take out one mean for all dimensions together. Each dimension has a mean of its own.",
    {"mu.var(dim=0)": "(mu - mu.mean()).square().mean(dim=0)"},
)
WRONG.edit(
    "active_units",
    "all-or-nothing",
    "You take the variance of all numbers together. Each dimension has its own.",
    {"mu.var(dim=0) > threshold": "mu.var().expand(mu.shape[1]) > threshold"},
)
WRONG.edit(
    "active_units",
    "range",
    "You compare the distance from the smallest to the largest mu. The definition uses the variance.",
    {"mu.var(dim=0)": "(mu.amax(dim=0) - mu.amin(dim=0))"},
)

# -------------------------------------------------------------------------------- linear_warmup

WRONG.edit(
    "linear_warmup",
    "never-stops",
    "Your ramp never stops: long after it, the price is far above beta_max.",
    {"if step >= warmup_steps:": "if warmup_steps == 0:"},
)
WRONG.edit(
    "linear_warmup",
    "division-by-zero",
    "With warmup_steps 0 you divide by zero. No ramp means beta_max from the first step.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    return beta_max * min(1.0, step / warmup_steps)"
    },
)
WRONG.edit(
    "linear_warmup",
    "off-by-one-early",
    "Your ramp does not start at 0: at step 0 the price is already one step up.",
    {"if step >=": "if step + 1 >=", "beta_max * step": "beta_max * (step + 1)"},
)
WRONG.edit(
    "linear_warmup",
    "ends-one-step-early",
    "Your ramp reaches beta_max one step before warmup_steps.",
    {
        "if step >= warmup_steps:": "if warmup_steps <= 1 and step >= warmup_steps or step >= warmup_steps - 1 > 0:",
        "/ warmup_steps": "/ max(warmup_steps - 1, 1)",
    },
)
WRONG.edit(
    "linear_warmup",
    "ends-one-step-late",
    "Your ramp needs one step too many: at step warmup_steps the price should be beta_max.",
    {
        "if step >= warmup_steps:": "if warmup_steps == 0 or step > warmup_steps:",
        "/ warmup_steps": "/ (warmup_steps + 1)",
    },
)
WRONG.edit(
    "linear_warmup",
    "integer-division",
    "On the ramp the price stays at 0, and jumps to beta_max at its end. It should rise in a straight line: divide with /.",
    {"beta_max * step / warmup_steps": "beta_max * (step // warmup_steps)"},
)
WRONG.edit(
    "linear_warmup",
    "price-rounded-down",
    "Integer division rounds the price down, so the ramp has stairs.",
    {"beta_max * step / warmup_steps": "beta_max * step // warmup_steps"},
)
WRONG.edit(
    "linear_warmup",
    "beta-max-ignored",
    "Your ramp ends at 1 whatever beta_max is.",
    {"return beta_max\n": "return 1.0\n", "beta_max * step": "step"},
)
WRONG.edit(
    "linear_warmup",
    "beta-max-ignored-on-the-ramp",
    "On the ramp you return the fraction of the way. Multiply it by beta_max, or the price jumps at the end.",
    {"beta_max * step": "step"},
)
WRONG.edit(
    "linear_warmup",
    "free-without-a-ramp",
    "With warmup_steps 0 you return 0, so the KL is free for ever. No ramp means beta_max from the first step.",
    {"    if step": "    if warmup_steps == 0:\n        return 0.0\n    if step"},
)
WRONG.edit(
    "linear_warmup",
    "capped-at-one",
    "You cap the price at 1. The ramp ends at beta_max, which may be 4.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    if warmup_steps == 0:\n        return beta_max\n    return min(1.0, beta_max * step / warmup_steps)"
    },
)
WRONG.edit(
    "linear_warmup",
    "slope-one-over-steps",
    "You cap the price at beta_max, but climb by 1 / warmup_steps a step whatever beta_max is: a high price is reached too late, a low one too early.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    if warmup_steps == 0:\n        return beta_max\n    return min(beta_max, step / warmup_steps)"
    },
)
WRONG.edit(
    "linear_warmup",
    "falls-back",
    "After the ramp the price falls back to 0 and starts again. That is cyclical annealing; here it stays at beta_max.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    if warmup_steps == 0 or step == warmup_steps:\n        return beta_max\n    return beta_max * (step % warmup_steps) / warmup_steps"
    },
)
WRONG.edit(
    "linear_warmup",
    "upside-down",
    "Your price falls. It should start at 0, where information is free, and rise.",
    {"beta_max * step / warmup_steps": "beta_max * (1 - step / warmup_steps)"},
)
WRONG.edit(
    "linear_warmup",
    "sigmoid",
    "This ramp is S-shaped, as a sigmoid or half a cosine is: early steps are too cheap, late ones too dear. Asked for is a straight line from 0.",
    {
        "beta_max * step / warmup_steps": "beta_max / (1 + math.exp(-12 * (step / warmup_steps - 0.5)))"
    },
)
WRONG.edit(
    "linear_warmup",
    "quadratic",
    "Your ramp is curved: half-way up it is at a quarter of the price. A straight line is at half.",
    {"beta_max * step / warmup_steps": "beta_max * (step / warmup_steps) ** 2"},
)

# -------------------------------------------------------------------------------- capacity_loss

OBJECTIVE = "recon + gamma * (kl - capacity).abs()"

WRONG.edit(
    "capacity_loss",
    "batch-units",
    "The KL is summed over the batch, so a capacity that is meant for one image is shared by all of them. Compare the batch mean.",
    {OBJECTIVE: "recon + gamma * (kl * len(x) - capacity).abs()"},
)
WRONG.edit(
    "capacity_loss",
    "everything-in-batch-units",
    "Both terms are summed over the batch. The capacity is in nats per image: take the mean.",
    {OBJECTIVE: "recon * len(x) + gamma * (kl * len(x) - capacity).abs()"},
)
WRONG.edit(
    "capacity_loss",
    "no-absolute-value",
    "Below capacity your loss rewards every nat that is missing, so the KL runs away to 0. A distance has no sign.",
    {".abs()": ""},
)
WRONG.edit(
    "capacity_loss",
    "squared",
    "You square the distance. Burgess et al. take its absolute value, so that the pull does not fade near the target.",
    {".abs()": ".square()"},
)
WRONG.edit(
    "capacity_loss",
    "only-from-above",
    "Below capacity nothing is charged, so the model need not use its capacity. The fine applies in both directions.",
    {".abs()": ".clamp(min=0)"},
)
WRONG.edit(
    "capacity_loss",
    "only-from-below",
    "Above capacity nothing is charged. That is a floor, not a target.",
    {"(kl - capacity).abs()": "(capacity - kl).clamp(min=0)"},
)
WRONG.edit(
    "capacity_loss",
    "per-image-distance",
    "You take the distance image by image. The capacity is meant for the batch mean: dear images may make up for cheap ones.",
    {
        OBJECTIVE: "recon + gamma * (0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1) - capacity).abs().mean()"
    },
)
WRONG.edit(
    "capacity_loss",
    "per-dimension-distance",
    "You give every dimension the whole capacity. It is meant for their sum.",
    {
        OBJECTIVE: "recon + gamma * (0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean(dim=0) - capacity).abs().sum()"
    },
)
WRONG.edit(
    "capacity_loss",
    "mean-over-dimensions",
    "Your KL is a mean over latent dimensions. The capacity is meant for their sum.",
    {OBJECTIVE: "recon + gamma * (kl / mu.shape[1] - capacity).abs()"},
)
WRONG.edit(
    "capacity_loss",
    "gamma-on-recon",
    "Gamma multiplies the reconstruction. It is the fine for leaving the capacity.",
    {OBJECTIVE: "gamma * recon + (kl - capacity).abs()"},
)
WRONG.edit(
    "capacity_loss",
    "gamma-on-both",
    "Gamma multiplies both terms, so it changes nothing but the size of the loss.",
    {OBJECTIVE: "gamma * (recon + (kl - capacity).abs())"},
)
WRONG.edit(
    "capacity_loss",
    "gamma-ignored",
    "Your loss is the same for every gamma.",
    {"gamma * ": ""},
)
WRONG.edit(
    "capacity_loss",
    "gamma-inside",
    "Gamma multiplies the KL inside the bars, so the model aims at capacity / gamma. It stands in front of the bars.",
    {"gamma * (kl - capacity)": "(gamma * kl - capacity)"},
)
WRONG.edit(
    "capacity_loss",
    "capacity-ignored",
    "Your loss is the same for every capacity. To which number should the KL be pulled?",
    {"kl - capacity": "kl"},
)
WRONG.edit(
    "capacity_loss",
    "capacity-added",
    "You charge |KL + capacity|, a sum. Charge their difference: look at the signs of the KL and of the capacity.",
    {"kl - capacity": "kl + capacity"},
)
WRONG.edit(
    "capacity_loss",
    "kl-charged-too",
    "The KL is charged a second time: the first term should be recon alone, not the negative ELBO.",
    {OBJECTIVE: "recon + kl + gamma * (kl - capacity).abs()"},
)
WRONG.edit(
    "capacity_loss",
    "recon-forgotten",
    "The reconstruction is missing: nothing would tell the model what to say with its nats.",
    {"recon + gamma": "0 * recon + gamma"},
)
WRONG.edit(
    "capacity_loss",
    "in-bits",
    "You read the capacity in bits. It is given in nats.",
    {"kl - capacity": "kl - capacity * math.log(2)"},
)
WRONG.edit(
    "capacity_loss",
    "tuple",
    "You return three values. One scalar is asked for.",
    {f"return {OBJECTIVE}": f"return {OBJECTIVE}, recon, kl"},
)
WRONG.edit(
    "capacity_loss",
    "detached-kl",
    "No gradient flows from the KL, so the fine is charged and never felt.",
    {"(kl - capacity)": "(kl.detach() - capacity)"},
)

# ----------------------------------------------------------------------- mutual_information_gap

GAP = "(information[-1] - information[-2]) / entropy"
EDGES = "edges = np.linspace(latent.min(), latent.max(), num_bins + 1)"

WRONG.edit(
    "mutual_information_gap",
    "not-normalised",
    "The gap is not divided by the entropy of the factor, so factors with many values count more, and a perfect code does not score 1.",
    {GAP: "information[-1] - information[-2]"},
)
WRONG.edit(
    "mutual_information_gap",
    "normalised-by-log-bins",
    "You divide by the logarithm of the number of bins. What there is to know about a factor is its own entropy.",
    {GAP: "(information[-1] - information[-2]) / math.log(num_bins)"},
)
WRONG.edit(
    "mutual_information_gap",
    "entropy-in-bits",
    "Information is in nats and the entropy in bits: use one unit for both.",
    {GAP: "(information[-1] - information[-2]) / (entropy / math.log(2))"},
)
WRONG.edit(
    "mutual_information_gap",
    "sum-over-factors",
    "You add the gaps of the factors up. Their mean is asked for, so that the result stays between 0 and 1.",
    {"np.mean(gaps)": "np.sum(gaps)"},
)
WRONG.edit(
    "mutual_information_gap",
    "top-minus-third",
    "You compare the best informed latent with the third. The second best is what makes a latent ambiguous.",
    {"information[-2]": "information[-3 if len(information) > 2 else 0]"},
)
WRONG.edit(
    "mutual_information_gap",
    "top-minus-worst",
    "You compare the best informed latent with the worst. The second best is what counts.",
    {"information[-2]": "information[0]"},
)
WRONG.edit(
    "mutual_information_gap",
    "top-minus-mean",
    "You compare the best informed latent with the average of the others. The second best alone counts.",
    {"information[-2]": "np.mean(information[:-1])"},
)
WRONG.edit(
    "mutual_information_gap",
    "no-gap",
    "You return how well the best latent knows each factor, without subtracting the second best. Twins would score 1.",
    {" - information[-2]": ""},
)
WRONG.edit(
    "mutual_information_gap",
    "ascending",
    "`sorted` puts the largest last. You subtract the two least informed latents.",
    {GAP: "(information[1] - information[0]) / entropy"},
)
WRONG.edit(
    "mutual_information_gap",
    "unsorted",
    "You subtract the last two latents as they come. Sort by information first.",
    {
        "sorted(mutual_info_score(factor, code) for code in codes)": "[mutual_info_score(factor, code) for code in codes]"
    },
)
WRONG.edit(
    "mutual_information_gap",
    "quantile-bins",
    "Your bins hold equally many images. Asked for are bins of equal width between minimum and maximum.",
    {EDGES: "edges = np.quantile(latent, np.linspace(0, 1, num_bins + 1))"},
)
WRONG.edit(
    "mutual_information_gap",
    "bins-over-all-latents",
    "You cut all latents at the same places, from the smallest to the largest number of the whole table. A latent of small scale then falls into one bin.",
    {EDGES: "edges = np.linspace(latents.min(), latents.max(), num_bins + 1)"},
)
WRONG.edit(
    "mutual_information_gap",
    "maximum-in-a-bin-of-its-own",
    "The maximum of a latent sits in a bin of its own, one too many. It belongs to the last bin.",
    {"edges[1:-1]": "edges"},
)
WRONG.edit(
    "mutual_information_gap",
    "minimum-in-a-bin-of-its-own",
    "The minimum of a latent sits in a bin of its own, one too many. It belongs to the first bin.",
    {"np.digitize(latent, edges[1:-1])": "np.digitize(latent, edges, right=True)"},
)
WRONG.edit(
    "mutual_information_gap",
    "one-bin-too-few",
    "You make num_bins edges, which is one bin too few: n bins have n + 1 edges.",
    {"num_bins + 1": "num_bins"},
)
WRONG.edit(
    "mutual_information_gap",
    "bins-fixed",
    "There are 20 bins whatever num_bins says.",
    {"num_bins + 1": "21"},
)
WRONG.edit(
    "mutual_information_gap",
    "fixed-range",
    "You cut between -3 and 3 for every latent. The bins run from a latent's own minimum to its maximum.",
    {EDGES: "edges = np.linspace(-3, 3, num_bins + 1)"},
)
WRONG.edit(
    "mutual_information_gap",
    "standard-normal-bins",
    "You cut between minus and plus three standard deviations. The bins run from the minimum to the maximum.",
    {
        EDGES: "edges = np.linspace(latent.mean() - 3 * latent.std(), latent.mean() + 3 * latent.std(), num_bins + 1)"
    },
)
WRONG.edit(
    "mutual_information_gap",
    "truncated-to-integers",
    "You cut the decimals off instead of binning. A latent between 0 and 1 then looks constant.",
    {"np.digitize(latent, edges[1:-1])": "latent.astype(int)"},
)
WRONG.edit(
    "mutual_information_gap",
    "normalised-information",
    "You use the normalised mutual information, which divides by the latent's entropy as well, and then you normalise again.",
    {
        "sorted(mutual_info_score(factor, code)": "sorted(__import__('sklearn.metrics').metrics.normalized_mutual_info_score(factor, code)"
    },
)
WRONG.edit(
    "mutual_information_gap",
    "best-latent-overall",
    "You average over factors first and take one gap at the end. Each factor has its own best latent.",
    {
        "        information = sorted(mutual_info_score(factor, code) for code in codes)\n        entropy = mutual_info_score(factor, factor)\n        gaps.append((information[-1] - information[-2]) / entropy)\n    return float(np.mean(gaps))": "        entropy = mutual_info_score(factor, factor)\n        gaps.append([mutual_info_score(factor, code) / entropy for code in codes])\n    means = sorted(np.mean(gaps, axis=0))\n    return float(means[-1] - means[-2])"
    },
)


@WRONG.add(
    "mutual_information_gap",
    "gap-between-factors",
    "You loop over latents and compare the two factors that each knows best. MIG goes the other way: for each factor, its two best informed latents.",
)
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().double().numpy()
    factors = torch.as_tensor(factors).cpu().numpy()
    gaps = []
    for latent in latents.T:
        code = np.digitize(latent, np.linspace(latent.min(), latent.max(), num_bins + 1)[1:-1])
        known = sorted(
            mutual_info_score(factor, code) / mutual_info_score(factor, factor)
            for factor in factors.T
        )
        gaps.append(known[-1] - known[-2] if len(known) > 1 else known[-1])
    return float(np.mean(gaps))


WRONG.edit(
    "mutual_information_gap",
    "tensors-only",
    "NumPy arrays stop you with an error. Latents and factors may be tensors or arrays: torch.as_tensor takes both.",
    {"torch.as_tensor(latents)": "latents", "torch.as_tensor(factors)": "factors"},
)
WRONG.edit(
    "mutual_information_gap",
    "dead-latents-dropped",
    "You leave out latents that never move, so there may be no second best to compare with. They take part, with no information.",
    {
        "    for latent in latents.T:\n": "    for latent in latents.T:\n        if latent.min() == latent.max():\n            continue\n"
    },
)
WRONG.edit(
    "mutual_information_gap",
    "numpy-scalar",
    "You return a tensor. A plain Python float is asked for.",
    {"float(np.mean(gaps))": "torch.tensor(np.mean(gaps))"},
)

# -------------------------------------------------------------------------- more of beta_vae_loss

WRONG.edit(
    "beta_vae_loss",
    "kl-plus-log-var",
    "log_var has the wrong sign in your KL: it is subtracted inside the bracket.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu.square() + log_var.exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "beta_vae_loss",
    "kl-without-one",
    "The -1 is missing in your KL, so the prior itself costs one half of a nat per dimension.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu.square() + log_var.exp() - log_var))"
    },
)
WRONG.edit(
    "beta_vae_loss",
    "kl-mu-not-squared",
    "mu is not squared in your KL.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu + log_var.exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "beta_vae_loss",
    "kl-sigma-for-variance",
    "Your KL adds the standard deviation exp(log_var / 2). It needs the variance, exp(log_var).",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu.square() + (0.5 * log_var).exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "beta_vae_loss",
    "kl-negative",
    "Your KL has the wrong sign: a KL is never negative.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(-0.5 * (mu.square() + log_var.exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "beta_vae_loss",
    "kl-reversed",
    "This is the KL from the prior to q. Asked for is the KL from q to the prior: exchange the two.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * ((mu.square() + 1) / log_var.exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "beta_vae_loss",
    "kl-axes-exchanged",
    "Your KL is summed over the batch and averaged over the dimensions. Exchange the two: sum over "
    "dimensions, mean over the batch.",
    {".sum(dim=1).mean()": ".sum(dim=0).mean()"},
)
WRONG.edit(
    "beta_vae_loss",
    "recon-negative",
    "Your recon is the log-likelihood, with the sign of a gain. Here it is a cost: minus the logarithm.",
    {"bernoulli_nll(x_logits, x).mean()": "-bernoulli_nll(x_logits, x).mean()"},
)
WRONG.edit(
    "beta_vae_loss",
    "loss-last",
    "The loss is returned last. The order is loss, recon, kl.",
    {"return recon + beta * kl, recon, kl": "return recon, kl, recon + beta * kl"},
)
WRONG.edit(
    "beta_vae_loss",
    "recon-left-out",
    "Your loss is the priced KL alone. Add recon.",
    {"recon + beta * kl,": "beta * kl,"},
)
WRONG.edit(
    "beta_vae_loss",
    "detached",
    "Your loss carries no gradient, so nothing can be learned from it: no detach and no no_grad.",
    {"recon + beta * kl,": "(recon + beta * kl).detach(),"},
)
WRONG.edit(
    "beta_vae_loss",
    "kl-per-image",
    "Your KL has one value per image, and with it the loss. Take the mean over the batch.",
    {".sum(dim=1).mean()": ".sum(dim=1)"},
)
WRONG.edit(
    "beta_vae_loss",
    "logarithm-of-probabilities",
    "For large logits your recon is infinite or NaN: an exponential overflows, or a logarithm is taken of "
    "0. Work on the logits, with bernoulli_nll.",
    {
        "bernoulli_nll(x_logits, x).mean()": "-(x * x_logits.sigmoid().log() + (1 - x) * (1 - x_logits.sigmoid()).log()).sum(dim=1).mean()"
    },
)
WRONG.edit(
    "beta_vae_loss",
    "arguments-exchanged",
    "Logits and images are exchanged in the reconstruction: bernoulli_nll(x_logits, x).",
    {"bernoulli_nll(x_logits, x).mean()": "bernoulli_nll(x, x_logits).mean()"},
)
WRONG.edit(
    "beta_vae_loss",
    "nothing",
    "Nothing is returned. Add `return loss, recon, kl`.",
    {"return recon + beta * kl, recon, kl": "recon + beta * kl"},
)

# ------------------------------------------------------------------------ more of rate_distortion

WRONG.edit(
    "rate_distortion",
    "mode-flipped",
    "You put back the opposite of the mode in which the model came.",
    {"model.train(was_training)": "model.train(not was_training)"},
)
WRONG.edit(
    "rate_distortion",
    "always-training",
    "The pass runs in training mode, and the model is left in it. Score in evaluation mode, then restore.",
    {"model.eval()": "model.train()", "    model.train(was_training)\n": ""},
)
WRONG.edit(
    "rate_distortion",
    "mean-of-batches-of-100",
    "You average the means of batches, and one batch is smaller than the others, so its images count too much. "
    "How much should each batch weigh?",
    {
        "        x_logits, mu, log_var = model(x)\n        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)\n": "        rates, distortions = [], []\n        for x in x.split(100):\n            x_logits, mu, log_var = model(x)\n            _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)\n            rates.append(kl)\n            distortions.append(recon)\n        kl, recon = torch.stack(rates).mean(), torch.stack(distortions).mean()\n"
    },
)
WRONG.edit(
    "rate_distortion",
    "gradients-left-behind",
    "You call backward, which leaves gradients in the parameters. Nothing is trained here.",
    {
        "with torch.no_grad():": "if True:",
        "_, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)": "_, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)\n        (recon + kl).backward()",
    },
)
WRONG.edit(
    "rate_distortion",
    "rate-as-tensor",
    "The rate is a tensor. Two plain Python floats are asked for.",
    {"return kl.item(), recon.item()": "return kl, recon.item()"},
)
WRONG.edit(
    "rate_distortion",
    "swapped-tensors",
    "Rate and distortion are swapped, and they are tensors. Return two floats, the rate first.",
    {"return kl.item(), recon.item()": "return recon, kl"},
)
WRONG.edit(
    "rate_distortion",
    "loss-first",
    "You return three values. Return the rate, then the distortion.",
    {
        "_, recon": "loss, recon",
        "return kl.item(), recon.item()": "return loss.item(), recon.item(), kl.item()",
    },
)
WRONG.edit(
    "rate_distortion",
    "only-the-rate",
    "You return one value. Return the rate, then the distortion.",
    {"return kl.item(), recon.item()": "return kl.item()"},
)
WRONG.edit(
    "rate_distortion",
    "nothing",
    "Nothing is returned. Return the rate, then the distortion.",
    {"return kl.item(), recon.item()": "kl.item(), recon.item()"},
)
WRONG.edit(
    "rate_distortion",
    "neg-elbo-for-rate",
    "Your first number is the sum of both terms. The rate is the KL alone.",
    {"return kl.item(), recon.item()": "return (recon + kl).item(), recon.item()"},
)
WRONG.edit(
    "rate_distortion",
    "both-per-pixel",
    "Both numbers are divided by the number of pixels. They are meant per image.",
    {"return kl.item(), recon.item()": "return kl.item() / x.shape[1], recon.item() / x.shape[1]"},
)
WRONG.edit(
    "rate_distortion",
    "divided-by-the-batch",
    "You divide by the number of images, but the two terms are means already.",
    {"return kl.item(), recon.item()": "return kl.item() / len(x), recon.item() / len(x)"},
)
WRONG.edit(
    "rate_distortion",
    "half-forgotten",
    "Your rate is twice what it should be: the one half of the KL is missing.",
    {"return kl.item(), recon.item()": "return 2 * kl.item(), recon.item()"},
)
WRONG.edit(
    "rate_distortion",
    "squared-error",
    "Your distortion is a squared error. It is recon, the Bernoulli cost in nats.",
    {
        "return kl.item(), recon.item()": "return kl.item(), (x_logits.sigmoid() - x).square().sum(dim=1).mean().item()"
    },
)
WRONG.edit(
    "rate_distortion",
    "probabilities-for-logits",
    "You hand probabilities to the loss, which wants logits: the sigmoid is applied twice.",
    {"beta_vae_loss(x_logits,": "beta_vae_loss(x_logits.sigmoid(),"},
)
WRONG.edit(
    "rate_distortion",
    "log-variance-as-scale",
    "You sample with the scale log_var.exp(), which is the variance. Let the model sample, or use "
    "exp(log_var / 2).",
    {
        "x_logits, mu, log_var = model(x)": "mu, log_var = model.encode(x)\n        x_logits = model.decode(mu + log_var.exp() * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "rate_distortion",
    "log-var-as-scale",
    "You sample with the scale log_var. The scale is exp(log_var / 2).",
    {
        "x_logits, mu, log_var = model(x)": "mu, log_var = model.encode(x)\n        x_logits = model.decode(mu + log_var * torch.randn_like(mu))"
    },
)
WRONG.edit(
    "rate_distortion",
    "unit-noise",
    "You add noise of scale 1 whatever the posterior says. The scale is exp(log_var / 2).",
    {
        "x_logits, mu, log_var = model(x)": "mu, log_var = model.encode(x)\n        x_logits = model.decode(mu + torch.randn_like(mu))"
    },
)
WRONG.edit(
    "rate_distortion",
    "both-per-dimension",
    "Both numbers are divided by a number of dimensions: the rate by latent dimensions, the distortion by "
    "pixels. They are sums.",
    {"return kl.item(), recon.item()": "return kl.item() / mu.shape[1], recon.item() / x.shape[1]"},
)
WRONG.edit(
    "rate_distortion",
    "dictionary",
    "You return a dictionary. Return the rate, then the distortion.",
    {"return kl.item(), recon.item()": "return {'rate': kl.item(), 'distortion': recon.item()}"},
)

# ----------------------------------------------------------------------- more of kl_per_dimension

WRONG.edit(
    "kl_per_dimension",
    "kl-plus-log-var",
    "log_var has the wrong sign in your KL: it is subtracted inside the bracket.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu.square() + log_var.exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "kl-plus-one",
    "The 1 has the wrong sign in your KL: it is subtracted, so that the prior costs 0.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu.square() + log_var.exp() + 1 - log_var))"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "kl-without-mu",
    "mu is missing in your KL: a mean far from 0 has to cost something.",
    {"0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (log_var.exp() - 1 - log_var))"},
)
WRONG.edit(
    "kl_per_dimension",
    "kl-without-variance",
    "The variance is missing in your KL: add exp(log_var) inside the bracket.",
    {"0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu.square() - 1 - log_var))"},
)
WRONG.edit(
    "kl_per_dimension",
    "kl-without-log-var",
    "log_var is missing in your KL: subtract it inside the bracket.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu.square() + log_var.exp() - 1))"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "kl-sigma-for-variance",
    "Your KL adds the standard deviation exp(log_var / 2). It needs the variance, exp(log_var).",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu.square() + (0.5 * log_var).exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "kl-log-var-as-variance",
    "Your KL treats log_var as the variance. It is the logarithm of it, so the variance is exp(log_var).",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu.square() + log_var - 1 - log_var.log()))"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "kl-reversed",
    "This is the KL from the prior to q. Asked for is the KL from q to the prior: exchange the two.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * ((mu.square() + 1) / log_var.exp() - 1 + log_var))"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "kl-quarter",
    "Your KL is half of what it should be: one half stands in front of the bracket once.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.25 * (mu.square() + log_var.exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "kl-half-log-var",
    "log_var counts only half in your KL: ln(sigma^2) is log_var itself.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(0.5 * (mu.square() + log_var.exp() - 1 - 0.5 * log_var))"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "kl-not-halved-2-3",
    "In your KL the constant 1 and log_var are not halved. The one half belongs to the whole bracket.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "((0.5 * mu.square() + 0.5 * log_var.exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "kl-not-halved-1-2-3",
    "In your KL sigma^2, the constant 1 and log_var are not halved. The one half belongs to the whole "
    "bracket.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "((0.5 * mu.square() + log_var.exp() - 1 - log_var))"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "variance-of-mu",
    "You compute the variance of mu over the batch where the mean of mu^2 belongs.",
    {
        "return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean(dim=0)": "return 0.5 * (mu.var(dim=0, correction=0) + (log_var.exp() - 1 - log_var).mean(dim=0))"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "batch-twice",
    "You divide by the batch size twice. A mean over the batch divides once.",
    {".mean(dim=0)": ".mean(dim=0) / len(mu)"},
)
WRONG.edit(
    "kl_per_dimension",
    "one-mean",
    "You return one number, a mean over everything. Keep the dimensions apart.",
    {".mean(dim=0)": ".mean()"},
)
WRONG.edit(
    "kl_per_dimension",
    "one-sum",
    "You return one number, a sum over everything. Keep the dimensions apart, and average over the batch.",
    {".mean(dim=0)": ".sum()"},
)
WRONG.edit(
    "kl_per_dimension",
    "ascending",
    "You sort the entries. Entry j must belong to dimension j.",
    {".mean(dim=0)": ".mean(dim=0).sort().values"},
)
WRONG.edit(
    "kl_per_dimension",
    "plain-list",
    "You return a list. A tensor is asked for.",
    {
        "return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean(dim=0)": "return (0.5 * (mu.square() + log_var.exp() - 1 - log_var)).mean(dim=0).tolist()"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "array",
    "You return a NumPy array. A tensor is asked for.",
    {
        "return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean(dim=0)": "return (0.5 * (mu.square() + log_var.exp() - 1 - log_var)).mean(dim=0).detach().numpy()"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "nothing",
    "Nothing is returned.",
    {"return 0.5": "0.5"},
)
WRONG.edit(
    "kl_per_dimension",
    "log-var-exponentiated-in-place",
    "You change log_var in place, and it belongs to the caller. Use exp(), which makes a new tensor.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "0.5 * (mu.square() + log_var.exp_() - 1 - log_var)"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "mu-and-log-var-exchanged",
    "mu and log_var are exchanged.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "0.5 * (log_var.square() + mu.exp() - 1 - mu)"
    },
)
WRONG.edit(
    "kl_per_dimension",
    "first-image",
    "You return the KLs of the first image. Average over the batch.",
    {".mean(dim=0)": "[0]"},
)
WRONG.edit(
    "kl_per_dimension",
    "in-bits",
    "You divide by ln 2, which gives bits. Nats are asked for.",
    {".mean(dim=0)": ".mean(dim=0) / math.log(2)"},
)

# --------------------------------------------------------------------------- more of active_units

WRONG.edit(
    "active_units",
    "alive-and-dead",
    "You count all dimensions. Count those whose variance exceeds the threshold.",
    {"int((mu.var(dim=0) > threshold).sum())": "mu.shape[1]"},
)
WRONG.edit(
    "active_units",
    "mean-of-mu-squared",
    "You compare the square of the mean of mu with the threshold. How far mu moves around its mean is "
    "what counts.",
    {"mu.var(dim=0)": "mu.mean(dim=0).square()"},
)
WRONG.edit(
    "active_units",
    "mean-absolute-deviation",
    "You compare the mean distance from the mean. The definition uses the variance, the mean square of "
    "it.",
    {"mu.var(dim=0)": "(mu - mu.mean(dim=0)).abs().mean(dim=0)"},
)
WRONG.edit(
    "active_units",
    "variance-squared",
    "You square the variance, or take the root of the threshold. Compare the two as they are.",
    {"mu.var(dim=0)": "mu.var(dim=0).square()"},
)
WRONG.edit(
    "active_units",
    "not-centred-over-dimensions",
    "You average squares over dimensions. Take the variance over images.",
    {"mu.var(dim=0)": "mu.square().mean(dim=1)"},
)
WRONG.edit(
    "active_units",
    "centred-by-image",
    "You take out the mean of each image. Take out the mean of each dimension, over the images.",
    {"mu.var(dim=0)": "(mu - mu.mean(dim=1, keepdim=True)).square().mean(dim=0)"},
)
WRONG.edit(
    "active_units",
    "numbers-above",
    "You count the numbers of mu above the threshold. Count dimensions, by their variance.",
    {"int((mu.var(dim=0) > threshold).sum())": "int((mu > threshold).sum())"},
)
WRONG.edit(
    "active_units",
    "absolute-numbers-above",
    "You count the numbers of mu whose size is above the threshold. Count dimensions, by their variance.",
    {"int((mu.var(dim=0) > threshold).sum())": "int((mu.abs() > threshold).sum())"},
)
WRONG.edit(
    "active_units",
    "deviations-above",
    "You count single deviations above the threshold. Count dimensions, by their variance.",
    {
        "int((mu.var(dim=0) > threshold).sum())": "int(((mu - mu.mean(dim=0)).square() > threshold).sum())"
    },
)
WRONG.edit(
    "active_units",
    "any-deviation-above",
    "You count a dimension if a single image is far from the mean. The variance is a mean over images.",
    {"mu.var(dim=0)": "(mu - mu.mean(dim=0)).square().amax(dim=0)"},
)
WRONG.edit(
    "active_units",
    "sum-of-variances",
    "You add the variances up. Count those above the threshold.",
    {"int((mu.var(dim=0) > threshold).sum())": "int(mu.var(dim=0).sum())"},
)
WRONG.edit(
    "active_units",
    "variances",
    "You return the variances. Return how many of them are above the threshold.",
    {"int((mu.var(dim=0) > threshold).sum())": "mu.var(dim=0)"},
)
WRONG.edit(
    "active_units",
    "list-of-indices",
    "You return a list of the active dimensions. Return their number.",
    {
        "int((mu.var(dim=0) > threshold).sum())": "(mu.var(dim=0) > threshold).nonzero().flatten().tolist()"
    },
)
WRONG.edit(
    "active_units",
    "indices",
    "You return the places of the active dimensions. Return their number.",
    {"int((mu.var(dim=0) > threshold).sum())": "(mu.var(dim=0) > threshold).nonzero().flatten()"},
)
WRONG.edit(
    "active_units",
    "is-any",
    "You return whether any dimension is active. Return how many are.",
    {"int((mu.var(dim=0) > threshold).sum())": "bool((mu.var(dim=0) > threshold).any())"},
)
WRONG.edit(
    "active_units",
    "percentage",
    "You return a percentage. Return the number of active dimensions.",
    {
        "int((mu.var(dim=0) > threshold).sum())": "int(100 * (mu.var(dim=0) > threshold).float().mean())"
    },
)
WRONG.edit(
    "active_units",
    "tuple",
    "You return two values. Return the number of active dimensions alone.",
    {
        "int((mu.var(dim=0) > threshold).sum())": "int((mu.var(dim=0) > threshold).sum()), mu.var(dim=0)"
    },
)
WRONG.edit(
    "active_units",
    "array",
    "You return a NumPy value. A plain Python int is asked for.",
    {"int((mu.var(dim=0) > threshold).sum())": "(mu.var(dim=0) > threshold).sum().numpy()"},
)
WRONG.edit(
    "active_units",
    "nothing",
    "Nothing is returned.",
    {"return int((mu.var(dim=0) > threshold).sum())": "int((mu.var(dim=0) > threshold).sum())"},
)
WRONG.edit(
    "active_units",
    "threshold-default-tenth",
    "Your default threshold is not 0.01.",
    {"threshold: float = 0.01": "threshold: float = 0.1"},
)
WRONG.edit(
    "active_units",
    "mu-centred-in-place",
    "You take the mean out in place, which changes the caller's mu. Write mu - mu.mean(dim=0).",
    {
        "int((mu.var(dim=0) > threshold).sum())": "int((mu.sub_(mu.mean(dim=0)).square().mean(dim=0) > threshold).sum())"
    },
)
WRONG.edit(
    "active_units",
    "variance-over-root",
    "You divide the variance by the number of images again.",
    {"mu.var(dim=0)": "mu.var(dim=0) / len(mu)"},
)
WRONG.edit(
    "active_units",
    "standardised-first",
    "Every dimension that moves at all counts. Compare its variance as it is, not standardised, with the threshold.",
    {"mu.var(dim=0)": "((mu - mu.mean(dim=0)) / (mu.std(dim=0) + 1e-8)).var(dim=0)"},
)
WRONG.edit(
    "active_units",
    "share-of-the-variance",
    "You divide by the sum of all variances. The threshold is on the variance itself.",
    {"mu.var(dim=0)": "mu.var(dim=0) / mu.var(dim=0).sum()"},
)

# -------------------------------------------------------------------------- more of linear_warmup

WRONG.edit(
    "linear_warmup",
    "one-at-least",
    "With warmup_steps 0 the price at step 0 is 0. No ramp means beta_max from the first step.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    return beta_max * min(1.0, step / max(1, warmup_steps))"
    },
)
WRONG.edit(
    "linear_warmup",
    "one-after-the-ramp",
    "After the ramp you return 1. The price stays at beta_max.",
    {"return beta_max\n": "return 1.0\n"},
)
WRONG.edit(
    "linear_warmup",
    "zero-after-the-ramp",
    "After the ramp you return 0. The price stays at beta_max.",
    {"return beta_max\n": "return 0.0\n"},
)
WRONG.edit(
    "linear_warmup",
    "restarts-at-warmup-steps",
    "After the ramp the price falls back to 0 and starts again. Here it stays at beta_max.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    if warmup_steps == 0:\n        return beta_max\n    return beta_max * (step % warmup_steps) / warmup_steps"
    },
)
WRONG.edit(
    "linear_warmup",
    "always-beta-max",
    "The price is beta_max at any step that is asked for. It should follow from `step` alone: 0 at step 0, then a straight line.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    return beta_max"
    },
)
WRONG.edit(
    "linear_warmup",
    "comparison-turned-division",
    "The price is beta_max during the ramp and rises after it. It should rise during the ramp, and then "
    "stay.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    if step < warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps"
    },
)
WRONG.edit(
    "linear_warmup",
    "beta-max-squared",
    "On the ramp you multiply by beta_max twice.",
    {"beta_max * step / warmup_steps": "beta_max**2 * step / warmup_steps"},
)
WRONG.edit(
    "linear_warmup",
    "beta-max-not-on-the-end",
    "You add a step of beta_max for each update, without dividing by warmup_steps.",
    {"beta_max * step / warmup_steps": "min(beta_max, beta_max * step)"},
)
WRONG.edit(
    "linear_warmup",
    "step-as-price",
    "On the ramp you return the number of the step.",
    {"beta_max * step / warmup_steps": "float(step)"},
)
WRONG.edit(
    "linear_warmup",
    "half-way",
    "On the ramp the price is half of what it should be.",
    {"beta_max * step / warmup_steps": "0.5 * beta_max * step / warmup_steps"},
)
WRONG.edit(
    "linear_warmup",
    "twice-as-fast",
    "On the ramp the price rises twice as fast as it should.",
    {"beta_max * step / warmup_steps": "min(beta_max, 2 * beta_max * step / warmup_steps)"},
)
WRONG.edit(
    "linear_warmup",
    "one-step-behind",
    "Your ramp is one step behind: use step, not step - 1.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    if warmup_steps == 0:\n        return beta_max\n    return beta_max * min(1.0, max(0, step - 1) / warmup_steps)"
    },
)
WRONG.edit(
    "linear_warmup",
    "last-step-of-the-ramp-too-low",
    "On the ramp you divide by warmup_steps + 1. Divide by warmup_steps.",
    {"beta_max * step / warmup_steps": "beta_max * step / (warmup_steps + 1)"},
)
WRONG.edit(
    "linear_warmup",
    "both-plus-one",
    "You shift the ramp by a step: at step 0 the price is above 0.",
    {"beta_max * step / warmup_steps": "beta_max * (step + 1) / (warmup_steps + 1)"},
)
WRONG.edit(
    "linear_warmup",
    "square-root",
    "Your ramp is curved: its first half is too steep. Asked for is a straight line.",
    {"beta_max * step / warmup_steps": "beta_max * (step / warmup_steps) ** 0.5"},
)
WRONG.edit(
    "linear_warmup",
    "exponential",
    "Your ramp is an exponential that approaches beta_max. Asked for is a straight line.",
    {"beta_max * step / warmup_steps": "beta_max * (1 - math.exp(-5 * step / warmup_steps))"},
)
WRONG.edit(
    "linear_warmup",
    "nothing-after",
    "After the ramp nothing is returned. Return beta_max there.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    if step < warmup_steps:\n        return beta_max * step / warmup_steps"
    },
)
WRONG.edit(
    "linear_warmup",
    "nothing-on-the-ramp",
    "On the ramp nothing is returned.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    if step >= warmup_steps:\n        return beta_max"
    },
)
WRONG.edit(
    "linear_warmup",
    "fraction-only",
    "You return the fraction of the way. Multiply it by beta_max.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    if warmup_steps == 0:\n        return beta_max\n    return min(1.0, step / warmup_steps)"
    },
)
WRONG.edit(
    "linear_warmup",
    "fraction-only-divides",
    "You return the fraction of the way. Multiply it by beta_max, and do not divide if warmup_steps is 0.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    return min(1.0, step / warmup_steps)"
    },
)
WRONG.edit(
    "linear_warmup",
    "capped-and-divides",
    "You cap the price at 1 instead of the fraction, and with warmup_steps 0 you divide by zero.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    return min(1.0, beta_max * step / warmup_steps)"
    },
)
WRONG.edit(
    "linear_warmup",
    "never-stops-and-divides-by-zero",
    "Your ramp never stops, and with warmup_steps 0 you divide by zero.",
    {
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps": "    return beta_max * step / warmup_steps"
    },
)

# -------------------------------------------------------------------------- more of capacity_loss

WRONG.edit(
    "capacity_loss",
    "unpacked-in-the-wrong-order",
    "You unpack beta_vae_loss in the wrong order, so the fine is on recon. It returns loss, recon, kl.",
    {"_, recon, kl =": "_, kl, recon ="},
)
WRONG.edit(
    "capacity_loss",
    "loss-as-kl",
    "The fine is on recon + kl. Compare the KL alone with the capacity.",
    {"(kl - capacity)": "(_ - capacity)"},
)
WRONG.edit(
    "capacity_loss",
    "bars-around-everything",
    "The bars enclose the whole loss. They belong around kl - capacity only.",
    {"recon + gamma * (kl - capacity).abs()": "(recon + gamma * (kl - capacity)).abs()"},
)
WRONG.edit(
    "capacity_loss",
    "gamma-as-beta",
    "You charge gamma * kl and subtract the capacity outside of the product. Charge gamma * |kl - "
    "capacity|.",
    {"recon + gamma * (kl - capacity).abs()": "recon + gamma * kl - capacity"},
)
WRONG.edit(
    "capacity_loss",
    "capacity-times-gamma-only",
    "Gamma multiplies the capacity alone. It stands in front of the bars.",
    {"recon + gamma * (kl - capacity).abs()": "recon + (kl - gamma * capacity).abs()"},
)
WRONG.edit(
    "capacity_loss",
    "gamma-divides",
    "You divide by gamma. It multiplies the distance.",
    {"recon + gamma * (kl - capacity).abs()": "recon + (kl - capacity).abs() / gamma"},
)
WRONG.edit(
    "capacity_loss",
    "capacity-over-dimensions",
    "You divide the capacity by the number of dimensions. It is meant for their sum.",
    {"kl - capacity": "kl - capacity / mu.shape[1]"},
)
WRONG.edit(
    "capacity_loss",
    "every-number-apart",
    "You take the distance number by number. Sum over dimensions and average over images first.",
    {
        "recon + gamma * (kl - capacity).abs()": "recon + gamma * ((0.5 * (mu.square() + log_var.exp() - 1 - log_var)) - capacity).abs().sum(dim=1).mean()"
    },
)
WRONG.edit(
    "capacity_loss",
    "everything-per-image",
    "You return one value per image. One scalar is asked for: take the mean first.",
    {
        "recon + gamma * (kl - capacity).abs()": "bernoulli_nll(x_logits, x) + gamma * ((0.5 * (mu.square() + log_var.exp() - 1 - log_var)).sum(dim=1) - capacity).abs()"
    },
)
WRONG.edit(
    "capacity_loss",
    "recon-per-pixel",
    "recon is divided by the number of pixels. It is a sum over pixels.",
    {"recon + gamma": "recon / x.shape[1] + gamma"},
)
WRONG.edit(
    "capacity_loss",
    "fine-subtracted",
    "You subtract the fine, so the model is rewarded for leaving the capacity.",
    {"recon + gamma": "recon - gamma"},
)
WRONG.edit(
    "capacity_loss",
    "wrong-difference",
    "Without the bars, and with the difference turned round, every nat of KL is rewarded. A distance has "
    "no sign.",
    {"recon + gamma * (kl - capacity).abs()": "recon + gamma * (capacity - kl)"},
)
WRONG.edit(
    "capacity_loss",
    "distance-root",
    "You take the root of the distance. The formula has the absolute value.",
    {".abs()": ".abs().sqrt()"},
)
WRONG.edit(
    "capacity_loss",
    "floor",
    "You charge the larger of KL and capacity. Charge the distance between the two.",
    {"gamma * (kl - capacity).abs()": "gamma * kl.clamp(min=capacity)"},
)
WRONG.edit(
    "capacity_loss",
    "fine-only",
    "You return the fine alone. Add recon.",
    {"recon + gamma": "gamma"},
)
WRONG.edit(
    "capacity_loss",
    "number",
    "You return a plain number, and nothing can be learned from it. Return the tensor.",
    {"recon + gamma * (kl - capacity).abs()": "(recon + gamma * (kl - capacity).abs()).item()"},
)
WRONG.edit(
    "capacity_loss",
    "nothing",
    "Nothing is returned.",
    {"return recon + gamma * (kl - capacity).abs()": "recon + gamma * (kl - capacity).abs()"},
)
WRONG.edit(
    "capacity_loss",
    "detached",
    "Your loss carries no gradient, so nothing can be learned from it: no detach and no no_grad.",
    {"recon + gamma * (kl - capacity).abs()": "(recon + gamma * (kl - capacity).abs()).detach()"},
)
WRONG.edit(
    "capacity_loss",
    "probabilities-for-logits",
    "You hand probabilities to the loss, which wants logits: the sigmoid is applied twice.",
    {"(x_logits, x,": "(x_logits.sigmoid(), x,"},
)
WRONG.edit(
    "capacity_loss",
    "gamma-and-capacity-exchanged",
    "Gamma and the capacity are exchanged.",
    {"gamma * (kl - capacity).abs()": "capacity * (kl - gamma).abs()"},
)

# ----------------------------------------------------------------- more of mutual_information_gap

WRONG.edit(
    "mutual_information_gap",
    "mean-over-mean",
    "You divide the mean gap by the mean entropy. Divide factor by factor, then take the mean.",
    {
        "(information[-1] - information[-2]) / entropy": "(information[-1] - information[-2], entropy)",
        "float(np.mean(gaps))": "float(np.mean([g for g, _ in gaps]) / np.mean([h for _, h in gaps]))",
    },
)
WRONG.edit(
    "mutual_information_gap",
    "log-of-the-number-of-values",
    "You divide by the logarithm of the number of values. That is the entropy only if all values are "
    "equally frequent.",
    {"entropy = mutual_info_score(factor, factor)": "entropy = math.log(len(np.unique(factor)))"},
)
WRONG.edit(
    "mutual_information_gap",
    "entropy-of-the-latent",
    "You divide by the entropy of the best informed latent. Divide by that of the factor.",
    {
        "entropy = mutual_info_score(factor, factor)": "best = max(codes, key=lambda code: mutual_info_score(factor, code))\n        entropy = max(mutual_info_score(best, best), 1e-12)"
    },
)
WRONG.edit(
    "mutual_information_gap",
    "best-information-as-norm",
    "You divide by the largest information. Divide by the entropy of the factor.",
    {"entropy = mutual_info_score(factor, factor)": "entropy = max(information[-1], 1e-12)"},
)
WRONG.edit(
    "mutual_information_gap",
    "information-in-bits",
    "The information is in bits and the entropy in nats: use one unit for both.",
    {
        "(information[-1] - information[-2]) / entropy": "(information[-1] - information[-2]) / math.log(2) / entropy"
    },
)
WRONG.edit(
    "mutual_information_gap",
    "sign",
    "The gap has the wrong sign: the largest information minus the second.",
    {
        "(information[-1] - information[-2]) / entropy": "(information[-2] - information[-1]) / entropy"
    },
)
WRONG.edit(
    "mutual_information_gap",
    "largest-gap",
    "You return the largest gap. The mean over factors is asked for.",
    {"float(np.mean(gaps))": "float(np.max(gaps))"},
)
WRONG.edit(
    "mutual_information_gap",
    "gaps-list",
    "You return one gap per factor. Return their mean, a float.",
    {"float(np.mean(gaps))": "gaps"},
)
WRONG.edit(
    "mutual_information_gap",
    "nothing",
    "Nothing is returned.",
    {"return float(np.mean(gaps))": "float(np.mean(gaps))"},
)
WRONG.edit(
    "mutual_information_gap",
    "one-bin-too-many",
    "You make one bin too many: n bins have n + 1 edges.",
    {"num_bins + 1": "num_bins + 2"},
)
WRONG.edit(
    "mutual_information_gap",
    "zero-to-one",
    "Your bins run from 0 to 1. They run from the minimum to the maximum of the latent.",
    {
        "edges = np.linspace(latent.min(), latent.max(), num_bins + 1)": "edges = np.linspace(0, 1, num_bins + 1)"
    },
)
WRONG.edit(
    "mutual_information_gap",
    "not-binned",
    "You do not bin the latents: almost every number then is a value of its own.",
    {"np.digitize(latent, edges[1:-1])": "np.unique(latent, return_inverse=True)[1]"},
)
WRONG.edit(
    "mutual_information_gap",
    "second-minus-third",
    "You compare the second with the third. Compare the best informed latent with the second.",
    {
        "(information[-1] - information[-2]) / entropy": "(information[-2] - information[-3 if len(information) > 2 else 0]) / entropy"
    },
)
WRONG.edit(
    "mutual_information_gap",
    "constant-latent-raises",
    "A latent that never moves has no width, and you divide by it. It knows nothing, and must not stop "
    "you.",
    {
        "np.digitize(latent, edges[1:-1])": "np.minimum([int((a - latent.min().item()) / (latent.max().item() - latent.min().item()) * num_bins) for a in latent.tolist()], num_bins - 1)"
    },
)
WRONG.edit(
    "mutual_information_gap",
    "rows-for-latents",
    "You exchange rows and columns: a latent and a factor is a column of its table.",
    {"latents.T": "latents"},
)

# -------------------------------------------------------------- more slips, exercise by exercise

_BRACKET = "0.5 * (mu.square() + log_var.exp() - 1 - log_var)"
_OUT = "return recon + beta * kl, recon, kl"
for _id, _edits, _message in (
    (
        "logits-clamped",
        {RECON: "bernoulli_nll(x_logits.clamp(-30, 30), x).mean()"},
        "recon is right for small logits and stops growing for large ones. What is cut off on the way: the logits, the probabilities or their logarithms?",
    ),
    (
        "as-float32",
        {_OUT: "return (recon + beta * kl).float(), recon.float(), kl.float()"},
        "The results are float32 also for float64 inputs. Keep their dtype: no `float()` on the way.",
    ),
    (
        "terms-as-numbers",
        {_OUT: "return recon + beta * kl, recon.item(), kl.item()"},
        "recon and kl are plain numbers. Return three scalar tensors.",
    ),
    (
        "terms-detached-numbers",
        {_OUT: "return recon + beta * kl, recon.item(), (beta * kl).item()"},
        "recon and kl are plain numbers, and kl is weighted. Return three scalar tensors, kl without beta.",
    ),
    (
        "half-on-mu-only",
        {_BRACKET: "(0.5 * mu.square() + log_var.exp() - 1 - log_var)"},
        "The one half stands in front of mu squared only. It covers all four terms.",
    ),
    (
        "half-on-the-squares-only",
        {_BRACKET: "(0.5 * (mu.square() + log_var.exp()) - 1 - log_var)"},
        "The one half covers only mu squared and the variance. It covers all four terms.",
    ),
    (
        "half-not-on-log-var",
        {_BRACKET: "(0.5 * (mu.square() + log_var.exp() - 1) - log_var)"},
        "The one half misses `log_var`. It covers all four terms.",
    ),
    (
        "half-on-variance-only",
        {_BRACKET: "(mu.square() + 0.5 * log_var.exp() - 1 - log_var)"},
        "The one half stands in front of the variance only. It covers all four terms.",
    ),
    (
        "half-on-log-var-only",
        {_BRACKET: "(mu.square() + log_var.exp() - 1 - 0.5 * log_var)"},
        "The one half stands in front of `log_var` only. It covers all four terms.",
    ),
    (
        "half-not-on-mu",
        {_BRACKET: "(mu.square() + 0.5 * (log_var.exp() - 1 - log_var))"},
        "The one half misses mu squared. It covers all four terms.",
    ),
    (
        "half-not-on-the-one",
        {_BRACKET: "(0.5 * (mu.square() + log_var.exp() - log_var) - 1)"},
        "The one half misses the 1. It covers all four terms: the KL of the prior to itself is 0.",
    ),
    (
        "one-added",
        {"- 1 - log_var": "+ 1 - log_var"},
        "The 1 is added. Subtract it: the KL of the prior to itself is 0.",
    ),
    (
        "kl-without-mu",
        {"mu.square() + log_var.exp()": "log_var.exp()"},
        "mu is missing in the KL.",
    ),
    (
        "kl-without-variance",
        {"+ log_var.exp() - 1": "- 1"},
        "The variance is missing in the KL.",
    ),
    (
        "kl-without-log-var",
        {"- 1 - log_var": "- 1"},
        "`log_var` itself is missing in the KL. Without it a narrow q costs nothing.",
    ),
    (
        "kl-mu-absolute",
        {"mu.square()": "mu.abs()"},
        "mu enters the KL squared. Its absolute value grows too slowly.",
    ),
    (
        "kl-variance-squared",
        {"log_var.exp()": "(2 * log_var).exp()"},
        "The variance is squared in the KL: `exp(log_var)` is the variance already.",
    ),
    (
        "kl-sign-of-the-variance",
        {"+ log_var.exp()": "- log_var.exp()"},
        "The sign of the variance in the KL is wrong.",
    ),
    (
        "mu-squared-in-place",
        {"mu.square()": "mu.pow_(2)"},
        "An operation in place overwrites mu, also for your caller. No argument may change: make new tensors.",
    ),
    (
        "log-var-changed-in-place",
        {_BRACKET: "0.5 * (mu.square() - 1 - log_var + log_var.exp_())"},
        "An operation in place overwrites log_var, also for your caller. No argument may change: make new tensors.",
    ),
    (
        "recon-halved",
        {RECON: f"0.5 * {RECON}"},
        "recon is halved. The one half belongs to the KL.",
    ),
    (
        "recon-detached",
        {"return recon + beta": "return recon.detach() + beta"},
        "No gradient flows from recon: nothing teaches the decoder.",
    ),
    (
        "square-of-beta",
        {"recon + beta * kl,": "recon + beta**2 * kl,"},
        "beta enters squared. One nat of KL costs beta.",
    ),
    (
        "beta-added",
        {"recon + beta * kl,": "recon + beta + kl,"},
        "beta is added. It multiplies the KL.",
    ),
):
    WRONG.edit("beta_vae_loss", _id, _message, _edits)

for _id, _edits, _message in (
    (
        "as-float32",
        {"return 0.5 *": "mu, log_var = mu.float(), log_var.float()\n    return 0.5 *"},
        "The result is float32 also for float64 inputs. Keep their dtype: no `float()` on the way.",
    ),
    (
        "mu-averaged-before-the-square",
        {
            ".square() + log_var.exp() - 1 - log_var).mean(dim=0)": ".mean(dim=0).square() + (log_var.exp() - 1 - log_var).mean(dim=0))"
        },
        "mu is averaged over the batch before it is squared. Average the KL of the images.",
    ),
    (
        "log-of-the-mean-variance",
        {
            "(mu.square() + log_var.exp() - 1 - log_var).mean(dim=0)": "(mu.square().mean(dim=0) + log_var.exp().mean(dim=0) - 1 - log_var.exp().mean(dim=0).log())"
        },
        "The logarithm is taken of an average of variances. Average the KL of the images, each with its own `log_var`.",
    ),
    (
        "shares-of-the-total",
        {
            "return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean(dim=0)": "kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean(dim=0)\n    return kl / kl.sum()"
        },
        "You return shares of the total. The numbers are nats: together they are the KL of an image.",
    ),
    (
        "mu-squared-in-place",
        {"mu.square()": "mu.pow_(2)"},
        "An operation in place overwrites mu, also for your caller. The arguments stay as they are: make new tensors.",
    ),
    (
        "log-var-overwritten",
        {"mu.square() + log_var.exp() - 1 - log_var": "mu.square() - 1 - log_var + log_var.exp_()"},
        "An operation in place overwrites log_var, also for your caller. The arguments stay as they are: make new tensors.",
    ),
    (
        "floor",
        {
            "0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean(dim=0)": "(0.5 * (mu.square() + log_var.exp() - 1 - log_var)).mean(dim=0).clamp(min=0.05)"
        },
        "Small values are raised to a floor, as with free bits. What should a dimension cost that equals the prior?",
    ),
    (
        "mu-absolute",
        {"mu.square()": "mu.abs()"},
        "mu enters squared. Its absolute value grows too slowly.",
    ),
    (
        "variance-squared",
        {"log_var.exp()": "(2 * log_var).exp()"},
        "The variance is squared: `exp(log_var)` is the variance already.",
    ),
    (
        "median-of-the-batch",
        {".mean(dim=0)": ".median(dim=0).values"},
        "You take the median over the batch. Take the mean.",
    ),
    (
        "largest-of-the-batch",
        {".mean(dim=0)": ".amax(dim=0)"},
        "You take the largest KL of the batch. Take the mean.",
    ),
    (
        "sign-of-the-variance",
        {"+ log_var.exp()": "- log_var.exp()"},
        "The sign of the variance is wrong: a wide q costs more.",
    ),
    (
        "a-column",
        {".mean(dim=0)": ".mean(dim=0)[:, None]"},
        "You return a column. One axis is asked for: (latent_dim,).",
    ),
):
    WRONG.edit("kl_per_dimension", _id, _message, _edits)

for _id, _edits, _message in (
    (
        "dead-counted-strictly",
        {"> threshold": "< threshold"},
        "You count the units below the threshold. Those are the dead ones.",
    ),
    (
        "variance-of-everything",
        {"mu.var(dim=0) > threshold": "mu.var() > threshold"},
        "You take the variance of all numbers together. Each dimension has its own.",
    ),
    (
        "size-of-the-mean",
        {"mu.var(dim=0)": "mu.mean(dim=0).abs()"},
        "You ask how far the mean of mu lies from 0. A unit that is stuck elsewhere than 0 says nothing: how far mu moves around its mean is what counts.",
    ),
    (
        "twice-the-variance",
        {"mu.var(dim=0)": "mu.square().mean(dim=0) + mu.var(dim=0)"},
        "You compare more than the variance with the threshold.",
    ),
    (
        "largest-mu",
        {"mu.var(dim=0)": "mu.abs().amax(dim=0)"},
        "You compare the largest mu with the threshold. The definition uses the variance over images.",
    ),
):
    WRONG.edit("active_units", _id, _message, _edits)

_RAMP = "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps"
_NO_RAMP = "    if warmup_steps == 0:\n        return beta_max\n"
_AGAIN = "After the ramp the price falls back to 0 and starts again. That is cyclical annealing; here it stays at beta_max."
for _id, _edits, _message in (
    (
        "starts-again",
        {_RAMP: f"{_NO_RAMP}    return beta_max * (step % (warmup_steps + 1)) / warmup_steps"},
        _AGAIN,
    ),
    (
        "max-for-min",
        {_RAMP: f"{_NO_RAMP}    return max(beta_max, beta_max * step / warmup_steps)"},
        "The price never lies below beta_max. Take the smaller of the two, not the larger: `min`.",
    ),
    (
        "capped-at-one-also-at-the-end",
        {
            _RAMP: "    if step >= warmup_steps:\n        return min(1.0, beta_max)\n    return min(1.0, beta_max * step / warmup_steps)"
        },
        "You cap the price at 1. The ramp ends at beta_max, which may be 4.",
    ),
):
    WRONG.edit("linear_warmup", _id, _message, _edits)

_FINE = "return recon + gamma * (kl - capacity).abs()"
for _id, _edits, _message in (
    (
        "as-float32",
        {_FINE: "return (recon + gamma * (kl - capacity).abs()).float()"},
        "The loss is float32 also for float64 inputs. Keep their dtype: no `float()` on the way.",
    ),
    (
        "recon-per-image",
        {_FINE: "return bernoulli_nll(x_logits, x) + gamma * (kl - capacity).abs()"},
        "You return one loss per image. One scalar is asked for: recon is the mean over the batch.",
    ),
    (
        "recon-summed",
        {_FINE: "return bernoulli_nll(x_logits, x).sum() + gamma * (kl - capacity).abs()"},
        "recon is summed over the batch. All is per image: take its mean.",
    ),
    (
        "half-the-square",
        {"(kl - capacity).abs()": "0.5 * (kl - capacity) ** 2"},
        "You take half the square of the distance. The fine is proportional to the distance: its absolute value.",
    ),
    (
        "gamma-squared",
        {"+ gamma *": "+ gamma**2 *"},
        "gamma enters squared. Each nat costs gamma.",
    ),
    (
        "capacity-as-a-share",
        {"(kl - capacity).abs()": "(kl / (capacity + 1e-8) - 1).abs()"},
        "You fine the ratio of KL and capacity. The distance is their difference, in nats.",
    ),
    (
        "fine-twice",
        {"+ gamma *": "+ 2 * gamma *"},
        "The fine counts twice.",
    ),
):
    WRONG.edit("capacity_loss", _id, _message, _edits)

for _id, _edits, _message in (
    (
        "two-least-informed",
        {"(information[-1] - information[-2])": "(information[0] - information[1])"},
        "`sorted` puts the largest last. You subtract the two least informed latents.",
    ),
    (
        "latents-moved-in-place",
        {
            "latents = torch.as_tensor(latents).detach().cpu().double().numpy()": "latents = torch.as_tensor(latents).detach().cpu().numpy()\n    latents -= latents.min(axis=0)"
        },
        "You change the latents of your caller: an operation in place writes into the array that was handed in. Copy it first.",
    ),
    (
        "latents-scaled-in-place",
        {
            "latents = torch.as_tensor(latents).detach().cpu().double().numpy()": "latents = torch.as_tensor(latents).detach().cpu().numpy()\n    latents -= latents.min(axis=0)\n    latents /= latents.max(axis=0) + 1e-12"
        },
        "You change the latents of your caller: an operation in place writes into the array that was handed in. Copy it first.",
    ),
    (
        "median-over-factors",
        {"np.mean(gaps)": "np.median(gaps)"},
        "You take the median over factors. Take the mean.",
    ),
    (
        "smallest-over-factors",
        {"np.mean(gaps)": "np.min(gaps)"},
        "You keep the factor with the smallest gap. Take the mean over all factors.",
    ),
    (
        "first-factor-only",
        {"float(np.mean(gaps))": "float(gaps[0])"},
        "Only the first factor counts. Take the mean over all factors.",
    ),
    (
        "last-factor-only",
        {"float(np.mean(gaps))": "float(gaps[-1])"},
        "Only the last factor counts. The mean over all factors comes after the loop.",
    ),
):
    WRONG.edit("mutual_information_gap", _id, _message, _edits)

WRONG.settle("beta_vae_loss", "kl-mu-absolute", "kl", "gradient")

WRONG.edit(
    "beta_vae_loss",
    "log-var-cut-off",
    "The KL of a very wide or a very narrow q stops growing: log_var, its exponential or the KL itself is cut off. Why not use them as they are?",
    {"    kl = 0.5": "    log_var = log_var.clamp(-4, 4)\n    kl = 0.5"},
)

_NORMALISED = (
    "A normalised beta, as in the paper of 2017, is another number. Here one nat of KL costs beta."
)
for _id, _beta, _message in (
    (
        "beta-times-latents-over-pixels",
        "beta * mu.shape[1] / x.shape[1]",
        f"In the loss beta is multiplied by latent dimensions over pixels. {_NORMALISED}",
    ),
    (
        "beta-times-pixels-over-latents",
        "beta * x.shape[1] / mu.shape[1]",
        f"In the loss beta is multiplied by pixels over latent dimensions. {_NORMALISED}",
    ),
    (
        "beta-over-pixels",
        "beta / x.shape[1]",
        "In the loss beta is divided by the number of pixels. Both terms are sums over dimensions: one nat of KL costs beta.",
    ),
    (
        "beta-over-latents",
        "beta / mu.shape[1]",
        "In the loss beta is divided by the number of latent dimensions. Both terms are sums over dimensions: one nat of KL costs beta.",
    ),
    (
        "beta-times-latents",
        "beta * mu.shape[1]",
        "In the loss beta is multiplied by the number of latent dimensions. Both terms are sums over dimensions: one nat of KL costs beta.",
    ),
):
    WRONG.edit(
        "beta_vae_loss", _id, _message, {"return recon + beta *": f"return recon + {_beta} *"}
    )

_FREEZE = "model.eval()\n    model.requires_grad_(False)"
for _id, _edits, _message in (
    (
        "parameters-frozen",
        {"model.eval()": _FREEZE, "with torch.no_grad():": "if True:"},
        "The parameters are frozen afterwards, so the model cannot be trained any more. Use `with torch.no_grad():`, which changes no parameter.",
    ),
    (
        "parameters-frozen-beside-no-grad",
        {"model.eval()": _FREEZE},
        "The parameters are frozen afterwards, so the model cannot be trained any more. `torch.no_grad()` alone is enough.",
    ),
):
    WRONG.edit("rate_distortion", _id, _message, _edits)

for _id, _code, _message in (
    (
        "fraction-cut-to-an-int",
        "int((mu.var(dim=0) > threshold).float().mean())",
        "You return 1 where all dimensions are active, and 0 else, as `int` makes it of a fraction. Add the active ones up.",
    ),
    (
        "fraction-rounded",
        "round(float((mu.var(dim=0) > threshold).float().mean()))",
        "You return 1 where more than half of the dimensions are active, and 0 else, as `round` makes it of a fraction. Add the active ones up.",
    ),
):
    WRONG.edit("active_units", _id, _message, {"int((mu.var(dim=0) > threshold).sum())": _code})

_KLS = "(0.5 * (mu.square() + log_var.exp() - 1 - log_var))"
for _id, _code, _message in (
    (
        "share-for-each-dimension",
        f"({_KLS}.mean(0) - capacity / mu.shape[1]).abs().sum()",
        "Each dimension is fined for its distance to an equal share of the capacity. The capacity is meant for their sum: how it is divided is free.",
    ),
    (
        "share-for-each-dimension-averaged",
        f"({_KLS}.mean(0) - capacity / mu.shape[1]).abs().mean()",
        "Each dimension is compared with an equal share of the capacity, and the distances are averaged. Add the KLs up and take one distance.",
    ),
    (
        "share-for-each-number",
        f"({_KLS} - capacity / mu.shape[1]).abs().sum(1).mean()",
        "Each dimension of each image is fined for its distance to an equal share of the capacity. Take one distance: that of the KL, summed over dimensions and averaged over images.",
    ),
):
    WRONG.edit("capacity_loss", _id, _message, {"(kl - capacity).abs()": _code})

_GAP = "(information[-1] - information[-2]) / entropy"
_INFORMATION = "sorted(mutual_info_score(factor, code) for code in codes)"
_SCORE = "__import__('sklearn.metrics').metrics.{}(factor, code{})"
for _id, _name, _rest, _message in (
    (
        "normalised-score",
        "normalized_mutual_info_score",
        "",
        "You take the gap between normalised scores, which divide by the mean of two entropies: that of the factor, and that of the latent's bins. Divide by the factor's alone.",
    ),
    (
        "normalised-score-geometric",
        "normalized_mutual_info_score",
        ", average_method='geometric'",
        "You take the gap between normalised scores, which divide by the root of two entropies: that of the factor, and that of the latent's bins. Divide by the factor's alone.",
    ),
    (
        "adjusted-score",
        "adjusted_mutual_info_score",
        "",
        "You take the gap between adjusted scores, from which the information that chance would give is subtracted. Divide the plain information by the entropy of the factor.",
    ),
):
    WRONG.edit(
        "mutual_information_gap",
        _id,
        _message,
        {
            _INFORMATION: f"sorted({_SCORE.format(_name, _rest)} for code in codes)",
            _GAP: "information[-1] - information[-2]",
        },
    )

WRONG.edit(
    "mutual_information_gap",
    "equal-informations-merged",
    "Two latents that know the same count as one, as in a set: the gap between them is 0. Keep every latent in the list.",
    {_INFORMATION: "sorted({mutual_info_score(factor, code) for code in codes} | {0.0})"},
)

for id, returned in (
    ("terms-returned-detached", "loss, recon.detach(), kl.detach()"),
    ("recon-returned-detached", "loss, recon.detach(), kl"),
    ("kl-returned-detached", "loss, recon, kl.detach()"),
):
    WRONG.edit(
        "beta_vae_loss",
        id,
        "A term comes back cut off from the gradients. Return recon and kl as they are: `.item()` is for printing.",
        {
            "    return recon + beta * kl, recon, kl": f"    loss = recon + beta * kl\n    return {returned}"
        },
    )


# ------------------------------------- kinds: the check asks whether an answer is of one, see there

_RETURN = "return recon + beta * kl, recon, kl"
for _id, _edits, _message in (
    (
        "beta-at-least-one",
        {_RETURN: f"beta = max(beta, 1.0)\n    {_RETURN}"},
        "A small beta acts like a larger one: below some number the price does not fall any more. What should the loss be at beta 0?",
    ),
    (
        "beta-at-most-one",
        {_RETURN: f"beta = min(beta, 1.0)\n    {_RETURN}"},
        "A large beta acts like a smaller one: above some number the price does not rise any more. Is there a highest price in the formula?",
    ),
    (
        "beta-zero-replaced",
        {_RETURN: f"beta = beta or 1.0\n    {_RETURN}"},
        "All prices are right but one: at beta 0 the loss is not recon alone. Is 0 taken for a beta that is missing?",
    ),
    (
        "beta-rounded",
        {_RETURN: f"beta = int(beta)\n    {_RETURN}"},
        "Only whole numbers act as beta: 0.25 costs what 0 or 1 costs. What makes an int of it?",
    ),
    (
        "beta-on-mu-only",
        {
            _RETURN: "part = 0.5 * mu.square().sum(dim=1).mean()\n    return recon + beta * part + kl - part, recon, kl"
        },
        "Beta weighs one part of the KL, and the rest enters the loss with the weight 1. Which brackets does beta stand in front of?",
    ),
    (
        "pixels-rounded",
        {RECON: "bernoulli_nll(x_logits, x.round()).mean()"},
        "A grey pixel costs what a black or a white one costs. What happens to x before it reaches `bernoulli_nll`?",
    ),
    (
        "kl-floor",
        {".sum(dim=1).mean()": ".mean(dim=0).clamp(min=0.1).sum()"},
        "Small KLs are raised to a floor, as with free bits. What should a q cost that equals the prior?",
    ),
    (
        "kl-small-dropped",
        {".sum(dim=1).mean()": ".mean(dim=0).sub(0.1).clamp(min=0).sum()"},
        "A small KL counts as 0, so it costs nothing and teaches nothing. From which number on should a KL count?",
    ),
):
    WRONG.edit("beta_vae_loss", _id, _message, _edits)

_SCORE_ONE = "x_logits, mu, log_var = model(x)\n        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)"
_SCORE_BATCHES = """kl = recon = 0.0
        for some in x.split(16):
            x_logits, mu, log_var = model(some)
            _, d, r = beta_vae_loss(x_logits, some, mu, log_var, beta=1.0)
            kl, recon = kl + r, recon + d"""
for _id, _edits, _message in (
    (
        "images-changed-in-place",
        {_SCORE_ONE: f"x[x > 0.5] = 1.0\n        {_SCORE_ONE}"},
        "The images of your caller are changed, by an operation in place, and the pass runs on others. Which line writes into x?",
    ),
    (
        "images-black-and-white",
        {_SCORE_ONE: f"x = x.round()\n        {_SCORE_ONE}"},
        "The model gets black and white images where x is grey. What happens to x on the way?",
    ),
    (
        "means-of-batches-added",
        {_SCORE_ONE: _SCORE_BATCHES},
        "You add up the means of batches, so the result grows with the number of batches. What should the sum be divided by, and how much does each batch weigh?",
    ),
    (
        "means-of-batches-over-images",
        {
            _SCORE_ONE: _SCORE_BATCHES,
            "return kl.item(), recon.item()": "return kl.item() / len(x), recon.item() / len(x)",
        },
        "You add up the means of batches and divide by the number of images. Is what you add a mean, or a sum over the batch?",
    ),
    (
        "rounded",
        {"return kl.item(), recon.item()": "return round(kl.item(), 2), round(recon.item(), 2)"},
        "Both numbers are rounded. Where do decimals get lost before you return them?",
    ),
    (
        "mode-of-the-whole-only",
        {"model.train(was_training)": "model.training = was_training"},
        "Parts of the model are left in another mode than the model itself. Which method sets the mode of all parts?",
    ),
):
    WRONG.edit("rate_distortion", _id, _message, _edits)

WRONG.edit(
    "kl_per_dimension",
    "small-dropped",
    "A small KL counts as 0, so the numbers do not add up to the rate. From which number on should a KL count?",
    {".mean(dim=0)": ".mean(dim=0).sub(0.1).clamp(min=0)"},
)
WRONG.edit(
    "kl_per_dimension",
    "log-var-cut-off",
    "The KL of a very wide or a very narrow q stops growing: log_var, its exponential or the KL itself is cut off. Why not use them as they are?",
    {"return 0.5": "log_var = log_var.clamp(-2, 2)\n    return 0.5"},
)

for _id, _code, _message in (
    (
        "directions",
        "int((torch.linalg.eigvalsh((mu - mu.mean(dim=0)).T @ (mu - mu.mean(dim=0)) / (len(mu) - 1)) > threshold).sum())",
        "Dimensions that move together count as one. That is the number of directions, as eigenvalues of a covariance matrix give it. What is counted here?",
    ),
    (
        "twenty-minus-dead",
        "20 - int((mu.var(dim=0) <= threshold).sum())",
        "Where all dimensions are active you return the same number, however many there are. Where does it come from, and what would `mu` say?",
    ),
    (
        "first-two-images",
        "int((mu[:2].var(dim=0) > threshold).sum())",
        "A dimension that moves only for the first or only for the last images counts as dead. Over which images do you take the variance?",
    ),
):
    WRONG.edit("active_units", _id, _message, {COUNT: _code})

for _id, _code, _message in (
    (
        "ratio-upside-down",
        "    if warmup_steps == 0:\n        return beta_max\n    return beta_max * min(1.0, warmup_steps / max(step, 1))",
        "After the ramp your price is beta_max * warmup_steps / step, so it falls. Which of the two numbers belongs below?",
    ),
    (
        "stairs",
        "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * round(step / warmup_steps, 1)",
        "A long ramp has stairs: for many steps the price stays, then it jumps. What is rounded on the way?",
    ),
    (
        "length-fixed",
        "    if warmup_steps == 0:\n        return beta_max\n    return min(beta_max, beta_max * step / 10_000)",
        "Your ramp is equally steep whatever warmup_steps is. Which number stands in its place?",
    ),
    (
        "floor-at-the-start",
        "    if step >= warmup_steps:\n        return beta_max\n    return max(0.1 * beta_max, beta_max * step / warmup_steps)",
        "At step 0 the price is above 0; later it is right. What raises the small prices?",
    ),
    (
        "line-from-above-zero",
        "    if step >= warmup_steps:\n        return beta_max\n    return 0.1 + (beta_max - 0.1) * step / warmup_steps",
        "Your ramp is a straight line, but it does not start at 0. What should information cost at step 0?",
    ),
):
    WRONG.edit("linear_warmup", _id, _message, {_RAMP: _code})

for _id, _edits, _message in (
    (
        "rises-inside",
        {
            "    _, recon, kl =": "    capacity_loss.calls = getattr(capacity_loss, 'calls', 0) + 1\n    capacity = capacity * min(1.0, capacity_loss.calls / 1_000)\n    _, recon, kl ="
        },
        "The same arguments give another loss in a later call. What do you remember or draw between calls?",
    ),
    (
        "flat-near-the-target",
        {
            "(kl - capacity).abs()": "torch.nn.functional.smooth_l1_loss(kl, kl.new_tensor(capacity))"
        },
        "Near the target your fine is flat, as with a smooth L1 or Huber loss, and farther out it has the right slope or one near to it. What does the first hundredth of a nat cost?",
    ),
):
    WRONG.edit("capacity_loss", _id, _message, _edits)

for _id, _edits, _message in (
    (
        "latent-k-for-factor-k",
        {
            "for factor in factors.T:": "for k, factor in enumerate(factors.T):",
            "sorted(mutual_info_score(factor, code) for code in codes)": "[mutual_info_score(factor, code) for code in codes]\n        information = [max(information[:k] + information[k + 1 :]), information[k]]",
        },
        "A perfect code scores 1 only in the order of the factors: latent k is taken to be the best for factor k. How do you find the best informed latent, wherever it stands?",
    ),
    (
        "divided-by-five",
        {"np.mean(gaps)": "np.sum(gaps) / 5"},
        "The sum of the gaps is divided by a number that has nothing to do with the factors, so a perfect code of one factor does not score what one of two does. How many gaps are there?",
    ),
    (
        "correlation",
        {
            "sorted(mutual_info_score(factor, code) for code in codes)": "sorted(np.corrcoef(factor, z)[0, 1] ** 2 if z.std() else 0.0 for z in latents.T)",
            GAP: "information[-1] - information[-2]",
        },
        "A latent that holds the values of a factor in another order knows less by your measure, as with a correlation. Does information depend on the order of values?",
    ),
    (
        "nearest-neighbours",
        {
            "sorted(mutual_info_score(factor, code) for code in codes)": "sorted(__import__('sklearn.feature_selection').feature_selection.mutual_info_classif(latents, factor, discrete_features=False))"
        },
        "Neither num_bins nor an outlier changes your measure of information. Where are the bins of equal width between the minimum and the maximum?",
    ),
):
    WRONG.edit("mutual_information_gap", _id, _message, _edits)

# ------------------------------------------------------------- slips without a constant, and pairs of slips

_TERM = "0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()"
for _id, _edits, _message in (
    (
        "recon-in-bits",
        {RECON: f"{RECON} / torch.tensor(2.0, dtype=x.dtype).log()"},
        "recon is divided by log 2, so it is in bits, and the KL is in nats. Which unit does the text ask for?",
    ),
    (
        "kl-in-bits",
        {_TERM: f"{_TERM} / torch.tensor(2.0, dtype=x.dtype).log()"},
        "The KL is divided by log 2, so it is in bits, and recon is in nats. Which unit does the text ask for?",
    ),
    (
        "both-in-bits",
        {
            RECON: f"{RECON} / torch.tensor(2.0, dtype=x.dtype).log()",
            _TERM: f"{_TERM} / torch.tensor(2.0, dtype=x.dtype).log()",
        },
        "Both terms are divided by log 2, so they are in bits. Which unit does the text ask for?",
    ),
    (
        "kl-of-mu-only",
        {"mu.square() + log_var.exp() - 1 - log_var": "mu.square()"},
        "Your KL is half of mu squared: log_var has no say. What should a q cost that is much narrower than the prior?",
    ),
):
    WRONG.edit("beta_vae_loss", _id, _message, _edits)

WRONG.edit(
    "beta_vae_loss",
    "kl-cut-off-from-the-gradients",
    "No gradient flows through the KL, neither in the loss nor in the third value. What is detached, or becomes an array or a number?",
    {_TERM: f"({_TERM}).detach()"},
)
WRONG.edit(
    "beta_vae_loss",
    "recon-cut-off-from-the-gradients",
    "No gradient flows through recon, neither in the loss nor in the second value. What is detached, or becomes an array or a number?",
    {RECON: f"{RECON}.detach()"},
)

_RECON_SLIPS = (
    ("recon-summed", "bernoulli_nll(x_logits, x).sum()", "recon is summed over the batch"),
    ("recon-per-pixel", f"{RECON} / x.shape[1]", "recon is divided by the number of pixels"),
)
_KL_SLIPS = (
    ("half-missing", "0.5 * (mu", "(mu", "the one half of the KL is missing"),
    ("without-one", " - 1 - log_var", " - log_var", "the -1 of the KL is missing"),
    ("negative", "0.5 * (mu", "-0.5 * (mu", "the sign of the KL is wrong"),
)
for _recon_id, _recon, _recon_text in _RECON_SLIPS:
    for _kl_id, _old, _new, _kl_text in _KL_SLIPS:
        WRONG.edit(
            "beta_vae_loss",
            f"{_recon_id}-and-{_kl_id}",
            f"Two mistakes: {_recon_text}, and {_kl_text}. What does each image cost, by the formula?",
            {RECON: _recon, _old: _new},
        )
for _kl_id, _old, _new, _kl_text in _KL_SLIPS:
    for _axis_id, _axis, _axis_text in (
        ("summed", ".sum(dim=1).sum()", "it is summed over the batch"),
        ("averaged", ".mean()", "it is averaged over dimensions"),
    ):
        WRONG.edit(
            "beta_vae_loss",
            f"kl-{_axis_id}-and-{_kl_id}",
            f"Two mistakes in the KL: {_kl_text}, and {_axis_text}. What does each image cost, by the formula?",
            {_old: _new, ".sum(dim=1).mean()": _axis},
        )

_LAST = "return kl.item(), recon.item()"
_BACK = "    model.train(was_training)\n"
_STAYS = ({_BACK: ""}, "the model stays in evaluation mode")
_ORDER = ({_LAST: "return recon.item(), kl.item()"}, "the distortion is returned first")
_MU = (
    {
        "x_logits, mu, log_var = model(x)": "mu, log_var = model.encode(x)\n        x_logits = model.decode(mu)"
    },
    "mu is decoded, not a sample",
)
_MODE = (
    {"    model.eval()\n": ""},
    "the pass runs in training mode where the model came in training mode",
)
_GRADIENTS = ({"with torch.no_grad():": "if True:"}, "gradients are recorded")
_TRAINING = (
    {"model.train(was_training)": "model.train()"},
    "the model always goes back to training mode",
)
for _id, (_first, _one), (_second, _two) in (
    ("swapped-and-stays-in-eval", _ORDER, _STAYS),
    ("swapped-and-back-to-training", _ORDER, _TRAINING),
    ("swapped-and-mu-decoded", _ORDER, _MU),
    ("swapped-and-in-training-mode", _ORDER, _MODE),
    ("swapped-and-with-gradients", _ORDER, _GRADIENTS),
    ("mu-decoded-and-stays-in-eval", _MU, _STAYS),
    ("mu-decoded-and-back-to-training", _MU, _TRAINING),
    ("mu-decoded-and-with-gradients", _MU, _GRADIENTS),
    ("stays-in-eval-and-with-gradients", _STAYS, _GRADIENTS),
    ("in-training-mode-and-with-gradients", _MODE, _GRADIENTS),
):
    WRONG.edit(
        "rate_distortion",
        _id,
        f"Two mistakes: {_one}, and {_two}. What should come back, and in which state?",
        _first | _second,
    )

_SUMMED = "(mu.square() + log_var.exp() - 1 - log_var)"
for _id, _edits, _message in (
    (
        "log-var-averaged-first",
        {
            f"{_SUMMED}.mean(dim=0)": "(mu.square().mean(dim=0) + log_var.mean(dim=0).exp() - 1 - log_var.mean(dim=0))"
        },
        "log_var is averaged over the batch before the exponential. Is the exponential of a mean the mean of exponentials?",
    ),
    (
        "n-minus-one",
        {".mean(dim=0)": ".sum(dim=0) / (len(mu) - 1)"},
        "You divide by the size of the batch minus 1, which is meant for variances. How many images are there?",
    ),
    (
        "n-minus-one-guarded",
        {".mean(dim=0)": ".sum(dim=0) / max(len(mu) - 1, 1)"},
        "You divide by the size of the batch minus 1, which is meant for variances. How many images are there?",
    ),
    (
        "n-plus-one",
        {".mean(dim=0)": ".sum(dim=0) / (len(mu) + 1)"},
        "You divide by the size of the batch plus 1. How many images are there?",
    ),
    (
        "mu-only",
        {_SUMMED: "mu.square()"},
        "Only mu counts: your numbers are half of its mean square. What should a dimension cost whose q is much narrower than the prior?",
    ),
    (
        "mu-only-not-halved",
        {f"0.5 * {_SUMMED}": "mu.square()"},
        "Only mu counts: your numbers are its mean square. Which terms of the KL hold log_var?",
    ),
    (
        "mu-squared-and-variance-only",
        {_SUMMED: "(mu.square() + log_var.exp())"},
        "Your numbers hold mu squared and the variance, but neither the 1 nor log_var itself. What should the prior cost?",
    ),
    (
        "log-var-only",
        {_SUMMED: "(-1 - log_var)"},
        "Neither mu nor the variance is in your KL. What should a mean far from 0 cost?",
    ),
    (
        "half-missing-and-summed",
        {"0.5 * (": "(", ".mean(dim=0)": ".sum(dim=0)"},
        "Two mistakes: the one half is missing, and the images are added up. What is the mean over the batch?",
    ),
    (
        "half-missing-and-one-number",
        {"0.5 * (": "(", ".mean(dim=0)": ".sum(dim=1).mean()"},
        "Two mistakes: the one half is missing, and you return one number. Which axis should disappear?",
    ),
    (
        "half-missing-and-per-image",
        {"0.5 * (": "(", ".mean(dim=0)": ".sum(dim=1)"},
        "Two mistakes: the one half is missing, and you return one number per image. Which axis should disappear?",
    ),
):
    WRONG.edit("kl_per_dimension", _id, _message, _edits)

_ACTIVE = "(mu.var(dim=0) > threshold)"
for _id, _code, _message in (
    (
        "stops-at-the-first-dead",
        f"int({_ACTIVE}.int().cumprod(dim=0).sum())",
        "The count stops at the first dead dimension. What happens to active ones behind it?",
    ),
    (
        "stops-at-the-last-dead",
        f"int({_ACTIVE}.int().flip(0).cumprod(dim=0).sum())",
        "Only the active dimensions behind the last dead one count. What happens to those before it?",
    ),
    (
        "rounded-to-hundredths",
        "sum(round(v, 2) > threshold for v in mu.var(dim=0).tolist())",
        "The variances are rounded to hundredths before the comparison. What becomes of 0.012?",
    ),
    (
        "rounded-to-tenths",
        "sum(round(v, 1) > threshold for v in mu.var(dim=0).tolist())",
        "The variances are rounded to tenths before the comparison. What becomes of 0.04?",
    ),
    (
        "rounded-to-whole-numbers",
        "sum(int(v) > threshold for v in mu.var(dim=0).tolist())",
        "The variances lose their decimals before the comparison. What becomes of 0.7?",
    ),
    (
        "is-any-as-int",
        f"int({_ACTIVE}.any())",
        "You return 1 where any dimension is active, and 0 else. How many are active?",
    ),
    (
        "is-all",
        f"bool({_ACTIVE}.all())",
        "You return whether all dimensions are active. How many are?",
    ),
    (
        "first-skipped",
        f"int({_ACTIVE}[1:].sum())",
        "The first dimension never counts. At which number does a loop over dimensions start?",
    ),
    (
        "last-skipped",
        f"int({_ACTIVE}[:-1].sum())",
        "The last dimension never counts. At which number does a loop over dimensions end?",
    ),
    (
        "first-dimension-only",
        f"int({_ACTIVE}[0])",
        "Only the first dimension counts. Does a `return` stand inside of your loop?",
    ),
    (
        "last-dimension-only",
        f"int({_ACTIVE}[-1])",
        "Only the last dimension counts. Does each one add to the count, or replace it?",
    ),
    (
        "one-too-many",
        f"1 + int({_ACTIVE}.sum())",
        "Your count is too large by one. At which number does it start?",
    ),
    (
        "consecutive-images",
        "int(((mu[1:] - mu[:-1]).square().mean(dim=0) > threshold).sum())",
        "You compare squared differences of consecutive images. How far is mu from its mean over all images?",
    ),
):
    WRONG.edit("active_units", _id, _message, {COUNT: _code})

for _id, _value, _message in (
    (
        "one-without-a-ramp",
        "1.0",
        "With warmup_steps 0 you return 1. Where would a ramp have ended?",
    ),
    (
        "step-times-beta-max-without-a-ramp",
        "beta_max * step",
        "With warmup_steps 0 the price is beta_max times the step. No ramp means that its end is reached: which price is that?",
    ),
):
    WRONG.edit(
        "linear_warmup",
        _id,
        _message,
        {"    if step >=": f"    if warmup_steps == 0:\n        return {_value}\n    if step >="},
    )

for _id, _capacity, _message in (
    (
        "capacity-times-batch",
        "capacity * len(x)",
        "The capacity is multiplied by the number of images, and the KL is a mean over them. What is the capacity of one image?",
    ),
    (
        "capacity-over-batch",
        "capacity / len(x)",
        "The capacity is divided by the number of images. For how many images is it meant?",
    ),
    (
        "capacity-times-dimensions",
        "capacity * mu.shape[1]",
        "The capacity is multiplied by the number of latent dimensions. Is it meant for one of them, or for their sum?",
    ),
    (
        "capacity-times-pixels",
        "capacity * x.shape[1]",
        "The capacity is multiplied by the number of pixels. What do pixels have to do with the code?",
    ),
    (
        "capacity-over-pixels",
        "capacity / x.shape[1]",
        "The capacity is divided by the number of pixels. What do pixels have to do with the code?",
    ),
):
    WRONG.edit("capacity_loss", _id, _message, {"kl - capacity": f"kl - {_capacity}"})
for _id, _kl, _kl_text in (
    ("batch-sum", "kl * len(x)", "the KL is summed over the batch"),
    ("mean-over-dimensions", "kl / mu.shape[1]", "the KL is averaged over dimensions"),
    ("half-missing", "2 * kl", "the one half of the KL is missing"),
):
    for _end_id, _end, _end_text in (
        ("squared", ".square()", "the distance is squared"),
        ("no-absolute-value", "", "a difference is taken where a distance is asked for"),
        ("only-above", ".clamp(min=0)", "below capacity nothing is charged"),
    ):
        WRONG.edit(
            "capacity_loss",
            f"{_id}-and-{_end_id}",
            f"Two mistakes: {_kl_text}, and {_end_text}. What does an image cost whose KL is one nat off?",
            {"(kl - capacity).abs()": f"({_kl} - capacity){_end}"},
        )
WRONG.edit(
    "capacity_loss",
    "half-missing",
    "Your KL is twice what it should be: the one half is missing. What does `beta_vae_loss` give you?",
    {"(kl - capacity)": "(2 * kl - capacity)"},
)

_CODE = "np.digitize(latent, edges[1:-1])"
_WIDTH = "((latent - latent.min()) / max(latent.max() - latent.min(), 1e-12) * {}).{}astype(int)"
for _id, _edits, _message in (
    (
        "rounded-to-grid",
        {_CODE: _WIDTH.format("(num_bins - 1)", "round().")},
        "Each number is rounded to the nearest of num_bins points, so the outer bins are half as wide as the others. Where are the edges of bins of equal width?",
    ),
    (
        "edges-belong-below",
        {"edges[1:-1]": "edges[1:-1], right=True"},
        "A value on an inner edge lands in the bin below it. On which side of an edge does the docstring put it?",
    ),
    (
        "rounded-to-a-grid-of-one-more",
        {_CODE: _WIDTH.format("num_bins", "round().")},
        "Each number is rounded to the nearest of num_bins + 1 points, which is one bin too many, the outer ones half as wide. Where are the edges of bins of equal width?",
    ),
    (
        "divided-by-latents",
        {"np.mean(gaps)": "np.sum(gaps) / latents.shape[1]"},
        "The sum of the gaps is divided by the number of latents. How many gaps are there?",
    ),
    (
        "last-factor-missing",
        {"for factor in factors.T:": "for factor in factors.T[: max(factors.shape[1] - 1, 1)]:"},
        "The last of several factors never counts. At which number does a loop over factors end?",
    ),
    (
        "first-factor-missing",
        {"for factor in factors.T:": "for factor in factors.T[min(factors.shape[1] - 1, 1) :]:"},
        "The first of several factors never counts. At which number does a loop over factors start?",
    ),
):
    WRONG.edit("mutual_information_gap", _id, _message, _edits)
for _id, _norm, _norm_text in (
    ("no-entropy", "", "the gaps are not divided by the entropy of the factor"),
    ("log-bins", " / math.log(num_bins)", "the gaps are divided by the logarithm of num_bins"),
):
    for _end_id, _old, _new, _end_text in (
        (
            "shared-bins",
            EDGES,
            "edges = np.linspace(latents.min(), latents.max(), num_bins + 1)",
            "all latents are cut at the same places",
        ),
        (
            "quantile-bins",
            EDGES,
            "edges = np.quantile(latent, np.linspace(0, 1, num_bins + 1))",
            "the bins hold equally many images",
        ),
        ("one-bin-too-few", "num_bins + 1", "num_bins", "there is one bin too few"),
        (
            "maximum-apart",
            "edges[1:-1]",
            "edges",
            "the maximum of a latent has a bin of its own",
        ),
        ("summed", "np.mean(gaps)", "np.sum(gaps)", "the gaps of the factors are added up"),
    ):
        WRONG.edit(
            "mutual_information_gap",
            f"{_id}-and-{_end_id}",
            f"Two mistakes: {_norm_text}, and {_end_text}. What does the docstring say about both?",
            {GAP: f"(information[-1] - information[-2]){_norm}", _old: _new},
        )

# ------------------------------------------------------------------ what strangers got wrong, round 5

WRONG.edit(
    "beta_vae_loss",
    "fixed-batch-size",
    "You divide by a fixed number, and not by the number of images: twice as many images give twice the loss. Which tensor knows how many there are?",
    {RECON: "bernoulli_nll(x_logits, x).sum() / 64", ".sum(dim=1).mean()": ".sum() / 64"},
)
WRONG.edit(
    "rate_distortion",
    "gradients-on-for-good",
    "After the call gradients are switched on, also where they were off before. The form with `with` brings back what was.",
    {"    model.train(was_training)\n": "    model.train(was_training)\n    torch.set_grad_enabled(True)\n"},
)  # fmt: skip
WRONG.edit(
    "kl_per_dimension",
    "squeezed",
    "`squeeze` also removes the axis of a single latent dimension. Return shape (latent_dim,) for every latent_dim.",
    {".mean(dim=0)": ".mean(dim=0).squeeze()"},
)
for _id, _code, _message in (
    (
        "sum-of-active-variances",
        "int((mu.var(dim=0) * (mu.var(dim=0) > threshold)).sum())",
        "You add up the variances above the threshold. Count them.",
    ),
    (
        "always-one",
        "(mu.var(dim=0) > threshold).nonzero().shape[1]",
        "You return 1 whatever mu is. Is it the width of a table, such as `nonzero()` returns? It has one row for each active dimension, and one column.",
    ),
):
    WRONG.edit("active_units", _id, _message, {"int((mu.var(dim=0) > threshold).sum())": _code})
WRONG.edit(
    "linear_warmup",
    "beta-max-zero-replaced",
    "All ramps are right but those to a beta_max of 0: there the price is not 0. Is 0 taken for a number that is missing, as `or` takes it?",
    {"    if step >=": "    beta_max = beta_max or 1.0\n    if step >="},
)
for _id, _edits, _message in (
    (
        "kl-priced-twice",
        {"recon + gamma": "recon + gamma * kl + gamma"},
        "gamma charges the KL twice: once in full, as a beta does, and once as the distance to the capacity. Add the distance to recon alone.",
    ),
    (
        "shape-one",
        {"(kl - capacity).abs()": "(kl - capacity).abs().reshape(1)"},
        "Your loss has the shape (1,). Return a scalar, of shape (): where does the axis come from?",
    ),
):
    WRONG.edit("capacity_loss", _id, _message, _edits)
WRONG.edit(
    "mutual_information_gap",
    "tensor-of-float32",
    "You return a tensor. A plain Python float is asked for.",
    {"float(np.mean(gaps))": "torch.tensor(float(np.mean(gaps)))"},
)

# Found by `vae-course audit --seeds 20`: chance decided about these criteria.
for exercise, id, *criteria in (
    ("rate_distortion", "rounded", "rate", "distortion"),
    ("active_units", "deviations-above", "threshold"),
    ("mutual_information_gap", "zero-to-one", "gap"),
):
    WRONG.settle(exercise, id, *criteria)
