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
    "`F.binary_cross_entropy` clamps its logarithms at -100: a confident mistake costs too little and teaches nothing. Work on the logits.",
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
    "You score the first 100 images only. The rest may be harder.",
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
    "clamped",
    "Free bits were not asked for: small entries are raised to a floor. Then the sum is no longer the rate.",
    {".mean(dim=0)": ".mean(dim=0).clamp(min=0.5)"},
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
    "This is an S-shaped ramp, which also exists. Asked for is a straight line from 0.",
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
WRONG.edit(
    "linear_warmup",
    "cosine",
    "Half a cosine is a smooth ramp, but not a straight one: early steps are too cheap, late ones too dear.",
    {
        "beta_max * step / warmup_steps": "beta_max * (1 - math.cos(math.pi * step / warmup_steps)) / 2"
    },
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
    "Your loss pulls the KL to 0 whatever the capacity is.",
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

# ----------------------------------------------------------------- one KL, in three exercises

BRACKET = "0.5 * (mu.square() + log_var.exp() - 1 - log_var)"
TERMS = ("mu.square()", "log_var.exp()", "- 1", "- log_var")
NAMES = ("mu^2", "sigma^2", "the constant 1", "log_var")

# Slips of the KL of one dimension: id, code, what a learner reads.
KL_SLIPS = [
    (
        "kl-plus-log-var",
        "0.5 * (mu.square() + log_var.exp() - 1 + log_var)",
        "log_var has the wrong sign in your KL: it is subtracted inside the bracket.",
    ),
    (
        "kl-plus-one",
        "0.5 * (mu.square() + log_var.exp() + 1 - log_var)",
        "The 1 has the wrong sign in your KL: it is subtracted, so that the prior costs 0.",
    ),
    (
        "kl-minus-variance",
        "0.5 * (mu.square() - log_var.exp() - 1 - log_var)",
        "The variance has the wrong sign in your KL: exp(log_var) is added inside the bracket.",
    ),
    (
        "kl-minus-mu",
        "0.5 * (log_var.exp() - mu.square() - 1 - log_var)",
        "mu^2 has the wrong sign in your KL: it is added inside the bracket.",
    ),
    (
        "kl-negative",
        "-0.5 * (mu.square() + log_var.exp() - 1 - log_var)",
        "Your KL has the wrong sign: a KL is never negative.",
    ),
    (
        "kl-without-one",
        "0.5 * (mu.square() + log_var.exp() - log_var)",
        "The -1 is missing in your KL, so the prior itself costs one half of a nat per dimension.",
    ),
    (
        "kl-without-mu",
        "0.5 * (log_var.exp() - 1 - log_var)",
        "mu is missing in your KL: a mean far from 0 has to cost something.",
    ),
    (
        "kl-without-variance",
        "0.5 * (mu.square() - 1 - log_var)",
        "The variance is missing in your KL: add exp(log_var) inside the bracket.",
    ),
    (
        "kl-without-log-var",
        "0.5 * (mu.square() + log_var.exp() - 1)",
        "log_var is missing in your KL: subtract it inside the bracket.",
    ),
    (
        "kl-only-mu",
        "0.5 * mu.square()",
        "Your KL is only the part of mu. The variance costs something, too.",
    ),
    (
        "kl-mu-not-squared",
        "0.5 * (mu + log_var.exp() - 1 - log_var)",
        "mu is not squared in your KL.",
    ),
    (
        "kl-absolute-mu",
        "0.5 * (mu.abs() + log_var.exp() - 1 - log_var)",
        "Your KL takes the absolute value of mu. It needs the square.",
    ),
    (
        "kl-sigma-for-variance",
        "0.5 * (mu.square() + (0.5 * log_var).exp() - 1 - log_var)",
        "Your KL adds the standard deviation exp(log_var / 2). It needs the variance, exp(log_var).",
    ),
    (
        "kl-variance-squared",
        "0.5 * (mu.square() + (2 * log_var).exp() - 1 - log_var)",
        "Your KL adds exp(2 log_var), the square of the variance. The variance is exp(log_var).",
    ),
    (
        "kl-precision",
        "0.5 * (mu.square() + (-log_var).exp() - 1 - log_var)",
        "Your KL adds exp(-log_var), the inverse of the variance. The variance is exp(log_var).",
    ),
    (
        "kl-log-var-as-variance",
        "0.5 * (mu.square() + log_var - 1 - log_var.log())",
        "Your KL treats log_var as the variance. It is the logarithm of it, so the variance is exp(log_var).",
    ),
    (
        "kl-log-var-as-sigma",
        "0.5 * (mu.square() + log_var.square() - 1 - log_var.square().log())",
        "Your KL treats log_var as the standard deviation. The variance is exp(log_var).",
    ),
    (
        "kl-log-var-not-exponentiated",
        "0.5 * (mu.square() + log_var - 1 - log_var)",
        "Your KL adds log_var where the variance exp(log_var) belongs.",
    ),
    (
        "kl-log-var-squared",
        "0.5 * (mu.square() + log_var.square() - 1 - log_var)",
        "Your KL adds log_var^2 where the variance exp(log_var) belongs.",
    ),
    (
        "kl-half-log-var",
        "0.5 * (mu.square() + log_var.exp() - 1 - 0.5 * log_var)",
        "log_var counts only half in your KL: ln(sigma^2) is log_var itself.",
    ),
    (
        "kl-log-of-log-var",
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var.log())",
        "You take the logarithm of log_var, which is a logarithm already.",
    ),
    (
        "kl-log-of-abs-log-var",
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var.abs().log())",
        "You take the logarithm of log_var, which is a logarithm already.",
    ),
    (
        "kl-reversed",
        "0.5 * ((mu.square() + 1) / log_var.exp() - 1 + log_var)",
        "This is the KL from the prior to q. Asked for is the KL from q to the prior: exchange the two.",
    ),
    (
        "kl-mu-over-variance",
        "0.5 * (mu.square() / log_var.exp() + log_var.exp() - 1 - log_var)",
        "You divide mu^2 by the variance of q. The prior has variance 1, so mu^2 stands alone.",
    ),
    (
        "kl-mu-times-sigma",
        "0.5 * (mu.square() * log_var.exp() - 1 - log_var)",
        "You multiply mu^2 by the variance. The two are added.",
    ),
    (
        "kl-quarter",
        "0.25 * (mu.square() + log_var.exp() - 1 - log_var)",
        "Your KL is half of what it should be: one half stands in front of the bracket once.",
    ),
    (
        "kl-mu-minus-one",
        "0.5 * ((mu - 1).square() + log_var.exp() - 1 - log_var)",
        "Your KL is smallest at mu = 1. The prior has mean 0.",
    ),
    (
        "kl-sum-squared",
        "0.5 * ((mu + (0.5 * log_var).exp()).square() - 1 - log_var)",
        "You add mu and sigma before squaring. Square each by itself.",
    ),
    (
        "kl-clamped-log-var",
        "0.5 * (mu.square() + log_var.clamp(-1, 1).exp() - 1 - log_var.clamp(-1, 1))",
        "You cut log_var off. The KL has to be exact for every log_var.",
    ),
    (
        "kl-entropy",
        "0.5 * (1 + log_var + math.log(2 * math.pi))",
        "This is the entropy of q. The KL compares q with the prior.",
    ),
    (
        "kl-floor",
        "(0.5 * (mu.square() + log_var.exp() - 1 - log_var)).clamp(min=0.5)",
        "You raise each small KL to a floor. Free bits are not asked for.",
    ),
]
for number in range(1, 15):
    full = [bool(number >> place & 1) for place in range(4)]
    pieces = [t if f else t.replace("- ", "- 0.5 * ") for t, f in zip(TERMS, full, strict=True)]
    pieces = [p if f or p[0] == "-" else f"0.5 * {p}" for p, f in zip(pieces, full, strict=True)]
    names = [n for n, f in zip(NAMES, full, strict=True) if f]
    what = " and ".join([", ".join(names[:-1])] * (len(names) > 1) + names[-1:])
    KL_SLIPS.append(
        (
            "kl-not-halved-" + "-".join(str(place) for place in range(4) if full[place]),
            f"({pieces[0]} + {pieces[1]} {pieces[2]} {pieces[3]})",
            f"In your KL {what} {'is' if len(names) == 1 else 'are'} not halved. "
            "The one half belongs to the whole bracket.",
        )
    )

KNOWN_KL = {
    # What is in the bank already, under another id.
    "beta_vae_loss": {"kl-not-halved-0-1"},
    "kl_per_dimension": {"kl-negative", "kl-without-one", "kl-mu-not-squared"},
    "capacity_loss": {"kl-log-of-log-var", "kl-negative"},
}
CAPACITY_KL = f"kl = ({BRACKET}).sum(dim=1).mean()\n    return recon"
for id, code, sentence in KL_SLIPS:
    if id not in KNOWN_KL["beta_vae_loss"]:
        WRONG.edit("beta_vae_loss", id, sentence, {BRACKET: f"({code})"})
    if id not in KNOWN_KL["kl_per_dimension"]:
        WRONG.edit("kl_per_dimension", id, sentence, {BRACKET: f"({code})"})
    if id not in KNOWN_KL["capacity_loss"]:
        edits = {"return recon": CAPACITY_KL.replace(BRACKET, code)}
        WRONG.edit("capacity_loss", id, sentence, edits)

# --------------------------------------------------------------------------- more of beta_vae_loss

LOSS = "recon + beta * kl,"
RETURN = "return recon + beta * kl, recon, kl"
SUMS = ".sum(dim=1).mean()"
NO_GRADIENT = (
    "Your loss carries no gradient, so nothing can be learned from it: no detach and no no_grad."
)
INFINITE = (
    "For large logits your recon is infinite or NaN: an exponential overflows, or a logarithm is taken of 0. "
    "Work on the logits, with bernoulli_nll."
)
BCE = "torch.nn.functional.binary_cross_entropy"
for id, sentence, edits in (
    ("one-once-per-image", "The 1 is subtracted once per image. It belongs to each dimension.",
     {KL: "0.5 * ((mu.square() + log_var.exp() - log_var).sum(dim=1) - 1).mean()"}),
    ("half-a-one-less-per-image", "The 1 is subtracted once per image. It belongs to each dimension.",
     {KL: "(0.5 * (mu.square() + log_var.exp() - log_var).sum(dim=1) - 1).mean()"}),
    ("kl-axes-exchanged", "Your KL is summed over the batch and averaged over the dimensions. Exchange the two: "
     "sum over dimensions, mean over the batch.", {SUMS: ".sum(dim=0).mean()"}),
    ("both-axes-exchanged", "Both terms are summed over the batch and averaged over their dimensions. Exchange the two.",
     {RECON: "bernoulli_nll(x_logits, x).sum() / x.shape[1]", SUMS: ".sum(dim=0).mean()"}),
    ("kl-divided-by-the-batch-twice", "Your KL is divided by the batch size twice. A mean over the batch divides once.",
     {SUMS: ".sum(dim=1).mean() / len(mu)"}),
    ("recon-divided-by-the-batch-twice", "Your recon is divided by the batch size twice. A mean divides once.",
     {RECON: "bernoulli_nll(x_logits, x).mean() / len(x)"}),
    ("both-divided-by-the-batch-twice", "Both terms are divided by the batch size twice. A mean over the batch divides once.",
     {RECON: "bernoulli_nll(x_logits, x).mean() / len(x)", SUMS: ".sum(dim=1).mean() / len(mu)"}),
    ("loss-divided-by-the-batch", "The loss is divided by the batch size again. Its two terms are means already.",
     {LOSS: "(recon + beta * kl) / len(x),"}),
    ("loss-times-the-batch", "The loss is multiplied by the batch size. It is meant per image.",
     {LOSS: "(recon + beta * kl) * len(x),"}),
    ("kl-times-dimensions-twice", "Your KL is multiplied by the number of dimensions. A sum over dimensions is enough.",
     {SUMS: ".sum(dim=1).mean() * mu.shape[1]"}),
    ("recon-times-pixels", "Your recon is multiplied by the number of pixels. bernoulli_nll has summed over them already.",
     {RECON: "bernoulli_nll(x_logits, x).mean() * x.shape[1]"}),
    ("kl-over-pixels", "Your KL is divided by the number of pixels. It is a sum over latent dimensions.",
     {SUMS: ".sum(dim=1).mean() / x.shape[1]"}),
    ("kl-over-784", "Your KL is divided by 784. It is a sum over latent dimensions, in nats per image.",
     {SUMS: ".sum(dim=1).mean() / 784"}),
    ("both-over-pixels", "Both terms are divided by the number of pixels. They are sums, in nats per image.",
     {RECON: "bernoulli_nll(x_logits, x).mean() / x.shape[1]", SUMS: ".sum(dim=1).mean() / x.shape[1]"}),
    ("recon-times-784", "You take a mean over pixels and multiply by 784, whatever the number of pixels is. Sum over pixels.",
     {RECON: "bernoulli_nll(x_logits, x).mean() / x.shape[1] * 784"}),
    ("recon-over-784", "You divide recon by 784. It is a sum over pixels.",
     {RECON: "bernoulli_nll(x_logits, x).mean() / 784"}),
    ("kl-times-20", "You take a mean over dimensions and multiply by 20, whatever their number is. Sum over dimensions.",
     {SUMS: ".mean() * 20"}),
    ("batch-of-128", "You divide by a batch size of 128, whatever the batch is. Take the mean.",
     {RECON: "bernoulli_nll(x_logits, x).sum() / 128", SUMS: ".sum() / 128"}),
    ("kl-largest-dimension", "Your KL is the largest over the dimensions. It is their sum.",
     {SUMS: ".amax(dim=1).mean()"}),
    ("kl-of-the-mean", "You average mu and log_var over the batch first. Take the KL of each image, then the mean.",
     {KL: "0.5 * (mu.mean(0).square() + log_var.mean(0).exp() - 1 - log_var.mean(0)).sum()"}),
    ("mean-mu-squared", "You average mu over the batch before you square it. Square first, then take the mean.",
     {"mu.square()": "mu.mean(0).square()"}),
    ("first-image-only", "You use the first image only. Take the mean over the batch.",
     {RECON: "bernoulli_nll(x_logits, x)[0]", SUMS: ".sum(dim=1)[0]"}),
    ("recon-negative", "Your recon is the log-likelihood, with the sign of a gain. Here it is a cost: minus the logarithm.",
     {RECON: "-bernoulli_nll(x_logits, x).mean()"}),
    ("loss-negative", "Your loss is the weighted ELBO, which one maximises. A loss has the opposite sign.",
     {LOSS: "-recon - beta * kl,"}),
    ("recon-subtracted", "Your loss subtracts recon. Both terms are costs and are added.",
     {LOSS: "beta * kl - recon,"}),
    ("everything-negative", "recon and the loss have the wrong sign: both are costs, so minus the log-likelihood.",
     {RECON: "-bernoulli_nll(x_logits, x).mean()", LOSS: "recon - beta * kl,"}),
    ("beta-squared", "Your loss multiplies the KL by beta squared.", {LOSS: "recon + beta**2 * kl,"}),
    ("beta-root", "Your loss multiplies the KL by the square root of beta.", {LOSS: "recon + beta**0.5 * kl,"}),
    ("beta-plus-one", "Your KL has the weight 1 + beta in the loss: it is charged once more than asked for.",
     {LOSS: "recon + kl + beta * kl,"}),
    ("beta-minus-one", "Your KL has the weight beta - 1 in the loss. Its weight is beta.", {LOSS: "recon + (beta - 1) * kl,"}),
    ("beta-added", "You add beta to the loss. It multiplies the KL.", {LOSS: "recon + kl + beta,"}),
    ("beta-added-to-the-kl-inside", "You add beta to one term of the loss. It multiplies the KL.", {LOSS: "recon + (beta + kl.detach() * 0) + 0 * kl,"}),
    ("beta-as-exponent", "You raise the KL to the power beta. Multiply it by beta.", {LOSS: "recon + kl**beta,"}),
    ("beta-is-4", "The price is 4 whatever beta is. Use the argument.", {LOSS: "recon + 4 * kl,"}),
    ("beta-divides-recon", "You divide recon by beta instead of multiplying the KL. The loss then has another unit.",
     {LOSS: "recon / beta + kl if beta else kl,"}),
    ("beta-half", "Half of beta is charged: your loss multiplies the KL by beta / 2.", {LOSS: "recon + 0.5 * beta * kl,"}),
    ("beta-per-dimension", "You divide beta by the number of latent dimensions. Use it as it is.",
     {LOSS: "recon + beta / mu.shape[1] * kl,"}),
    ("beta-per-pixel", "You divide beta by the number of pixels. Use it as it is.", {LOSS: "recon + beta / x.shape[1] * kl,"}),
    ("beta-normalised", "You rescale beta by latent dimensions over pixels. Use it as it is.",
     {LOSS: "recon + beta * mu.shape[1] / x.shape[1] * kl,"}),
    ("beta-times-pixels", "You multiply beta by the number of pixels. Use it as it is.", {LOSS: "recon + beta * x.shape[1] * kl,"}),
    ("beta-at-most-one", "You cut beta off at 1. Any price from 0 up is allowed.", {LOSS: "recon + min(beta, 1.0) * kl,"}),
    ("beta-on-part-of-the-kl", "Beta multiplies only a part of the KL, that of mu.",
     {LOSS: "recon + 0.5 * beta * mu.square().sum(1).mean() + kl - 0.5 * mu.square().sum(1).mean(),"}),
    ("beta-on-the-rest-of-the-kl", "Beta multiplies only a part of the KL, that of the variance.",
     {LOSS: "recon + beta * (kl - 0.5 * mu.square().sum(1).mean()) + 0.5 * mu.square().sum(1).mean(),"}),
    ("capacity", "You charge the distance of the KL to a target. Here the KL itself is charged.",
     {LOSS: "recon + beta * (kl - 1).abs(),"}),
    ("recon-left-out", "Your loss is the priced KL alone. Add recon.", {LOSS: "beta * kl,"}),
    ("kl-left-out", "Your loss is recon alone. Add beta times the KL.", {LOSS: "recon,"}),
    ("weighted-recon-returned", "The second value carries beta. Return recon itself.", {", recon, kl": ", beta * recon, kl"}),
    ("weighted-terms-returned", "The second and the third value carry beta. Return both terms as they are.",
     {", recon, kl": ", beta * recon, beta * kl"}),
    ("loss-last", "The loss is returned last. The order is loss, recon, kl.", {RETURN: "return recon, kl, recon + beta * kl"}),
    ("loss-second", "The first two values are exchanged. The order is loss, recon, kl.",
     {RETURN: "return recon, recon + beta * kl, kl"}),
    ("all-turned-round", "The three values are returned in the opposite order. The order is loss, recon, kl.",
     {RETURN: "return kl, recon, recon + beta * kl"}),
    ("kl-recon-loss", "The loss is returned last and the terms are exchanged. The order is loss, recon, kl.",
     {RETURN: "return kl, recon + beta * kl, recon"}),
    ("terms-without-the-loss", "You return two values. Three are asked for: loss, recon, kl.",
     {RETURN: "return recon, kl"}),
    ("four-values", "You return four values. Three are asked for: loss, recon, kl.", {RETURN: "return recon + beta * kl, recon, kl, beta"}),
    ("dictionary", "You return a dictionary. Return the tuple (loss, recon, kl).",
     {RETURN: "return {'loss': recon + beta * kl, 'recon': recon, 'kl': kl}"}),
    ("stacked", "You return one tensor of three numbers. Return three scalar tensors.",
     {RETURN: "return torch.stack([recon + beta * kl, recon, kl])"}),
    ("nothing", "Nothing is returned. Add `return loss, recon, kl`.", {RETURN: "recon + beta * kl"}),
    ("terms-as-numbers", "recon and kl are plain numbers. Return scalar tensors.",
     {", recon, kl": ", recon.item(), kl.item()"}),
    ("loss-as-a-number", "The loss is a plain number, and nothing can be learned from it. Return the tensor.",
     {RETURN: "return (recon + beta * kl).item(), recon, kl"}),
    ("arrays", "You return NumPy values, and nothing can be learned from them. Return tensors that carry the graph.",
     {RETURN: "return tuple(t.detach().numpy() for t in (recon + beta * kl, recon, kl))"}),
    ("length-one", "Your values have an axis of length 1. Scalars are asked for, of shape ().",
     {RETURN: "return tuple(t.reshape(1) for t in (recon + beta * kl, recon, kl))"}),
    ("kl-per-image", "Your KL has one value per image, and with it the loss. Take the mean over the batch.",
     {SUMS: ".sum(dim=1)"}),
    ("recon-per-image", "Your recon has one value per image, and with it the loss. Take the mean over the batch.",
     {RECON: "bernoulli_nll(x_logits, x)"}),
    ("loss-per-image", "The loss has one value per image. Take the mean over the batch for it, too.",
     {LOSS: f"bernoulli_nll(x_logits, x) + beta * ({BRACKET}).sum(dim=1),"}),
    ("kl-per-dimension", "Your KL has one value per dimension, and with it the loss. Sum over the dimensions.",
     {SUMS: ".mean(dim=0)"}),
    ("float64", "Your results are float64 whatever the inputs are. Keep their dtype.",
     {RETURN: "return tuple(t.double() for t in (recon + beta * kl, recon, kl))"}),
    ("detached", NO_GRADIENT, {LOSS: "(recon + beta * kl).detach(),"}),
    ("detached-recon", "No gradient flows from recon, so the decoder never learns.", {LOSS: "recon.detach() + beta * kl,"}),
    ("mu-detached", "No gradient of the KL reaches mu.", {"mu.square()": "mu.detach().square()"}),
    ("log-var-detached", "No gradient of the KL reaches log_var.", {BRACKET: "0.5 * (mu.square() + log_var.detach().exp() - 1 - log_var.detach())"}),
    ("mu-changed", "You change mu in place, and it belongs to the caller. Use square() or ** 2, which make a new tensor.",
     {"mu.square()": "mu.pow_(2)"}),
    ("log-var-changed", "You change log_var in place, and it belongs to the caller. Use exp(), which makes a new tensor.",
     {KL: "0.5 * (mu.square() - 1 - log_var + log_var.exp_()).sum(dim=1).mean()"}),
    ("logits-changed", "You change x_logits in place, and they belong to the caller. Leave the underscore away.",
     {RECON: f"{BCE}(x_logits.sigmoid_(), x, reduction='none').sum(dim=1).mean()"}),
    ("squared-error-halved", "This recon is half of a squared error. Pixels are Bernoulli variables here: use bernoulli_nll.",
     {RECON: "0.5 * (x_logits.sigmoid() - x).square().sum(dim=1).mean()"}),
    ("squared-error-of-logits", "This recon is a squared error between logits and pixels. Use bernoulli_nll.",
     {RECON: "(x_logits - x).square().sum(dim=1).mean()"}),
    ("squared-error-mean", "This recon is a squared error, averaged over pixels. Pixels are Bernoulli variables here: use bernoulli_nll.",
     {RECON: "(x_logits.sigmoid() - x).square().mean()"}),
    ("absolute-error", "This recon is an absolute error. Pixels are Bernoulli variables here: use bernoulli_nll.",
     {RECON: "(x_logits.sigmoid() - x).abs().sum(dim=1).mean()"}),
    ("only-white-pixels", "Your recon charges x log p alone. The part (1 - x) log(1 - p) is missing.",
     {RECON: "-(x * torch.nn.functional.logsigmoid(x_logits)).sum(dim=1).mean()"}),
    ("only-black-pixels", "Your recon charges (1 - x) log(1 - p) alone. The part x log p is missing.",
     {RECON: "-((1 - x) * torch.nn.functional.logsigmoid(-x_logits)).sum(dim=1).mean()"}),
    ("small-number-in-the-logarithm", "A small number in the logarithm, or a clamp, limits the cost of a confident mistake. Work on the logits.",
     {RECON: "-(x * (x_logits.sigmoid() + 1e-8).log() + (1 - x) * (1 - x_logits.sigmoid() + 1e-8).log()).sum(dim=1).mean()"}),
    ("logarithm-of-probabilities", INFINITE,
     {RECON: "-(x * x_logits.sigmoid().log() + (1 - x) * (1 - x_logits.sigmoid()).log()).sum(dim=1).mean()"}),
    ("softplus-alone", "The part x * x_logits is missing in your recon.", {RECON: "torch.nn.functional.softplus(x_logits).sum(dim=1).mean()"}),
    ("softplus-sign", "In your recon x * x_logits has the wrong sign: it is subtracted.",
     {RECON: "(torch.nn.functional.softplus(x_logits) + x * x_logits).sum(dim=1).mean()"}),
    ("softmax", "A softmax makes the pixels of an image compete. Each pixel has a probability of its own: use bernoulli_nll.",
     {RECON: "torch.nn.functional.cross_entropy(x_logits, x)"}),
    ("arguments-exchanged", "Logits and images are exchanged in the reconstruction: bernoulli_nll(x_logits, x).",
     {RECON: "bernoulli_nll(x, x_logits).mean()"}),
    ("thresholded-images", "You turn the images into zeros and ones first. Use the grey values.",
     {RECON: "bernoulli_nll(x_logits, (x > 0.5).to(x.dtype)).mean()"}),
    ("clamped-logits", "You cut the logits off, so a confident mistake costs too little and teaches nothing.",
     {RECON: "bernoulli_nll(x_logits.clamp(-10, 10), x).mean()"}),
    ("logits-negated", "Your recon takes the logits with the opposite sign: black and white are exchanged.",
     {RECON: "bernoulli_nll(-x_logits, x).mean()"}),
    ("recon-half", "Your recon is half of what it should be.", {RECON: "0.5 * bernoulli_nll(x_logits, x).mean()"}),
    ("in-bits", "You divide by ln 2, which gives bits. This course counts in nats.",
     {RETURN: "return (recon + beta * kl) / math.log(2), recon / math.log(2), kl / math.log(2)"}),
    ("mu-and-log-var-exchanged", "mu and log_var are exchanged in your KL.",
     {BRACKET: "0.5 * (log_var.square() + mu.exp() - 1 - mu)"}),
    ("kl-absolute", "You take absolute values inside of the KL. Its terms may have either sign.",
     {BRACKET: "0.5 * (mu.square() + log_var.exp() - 1 - log_var.abs())"}),
):  # fmt: skip
    WRONG.edit("beta_vae_loss", id, sentence, edits)

# ------------------------------------------------------------------------- more of rate_distortion

PASS = "x_logits, mu, log_var = model(x)"
CALL = "_, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)"
WITH = "with torch.no_grad():"
ALWAYS_TRAINING = "The pass runs in training mode, and the model is left in it. Score in evaluation mode, then restore."
SCORED = f"        {PASS}\n        {CALL}\n"
BATCHES = (
    "        rates, distortions = [], []\n"
    "        for x in x.split(SIZE):\n"
    f"            {PASS}\n            {CALL}\n"
    "            rates.append(kl)\n            distortions.append(recon)\n"
    "        kl, recon = torch.stack(rates).mean(), torch.stack(distortions).mean()\n"
)
for id, sentence, edits in (
    ("mode-flipped", "You put back the opposite of the mode in which the model came.",
     {"model.train(was_training)": "model.train(not was_training)"}),
    ("always-training", ALWAYS_TRAINING,
     {"model.eval()": "model.train()", "    model.train(was_training)\n": ""}),
    ("evaluation-only-after-the-pass", "The pass runs in training mode, and the model is left in evaluation mode.",
     {"    model.eval()\n": "", "model.train(was_training)": "model.eval()"}),
    *((f"mean-of-batches-of-{size}", "You average the means of batches, although the last batch may be smaller. Each image counts the same.",
       {SCORED: BATCHES.replace("SIZE", str(size))}) for size in (50, 64, 100, 128)),
    *((f"last-batch-of-{size}-only", "You score only the last batch. Score all images.",
       {SCORED: f"        for x in x.split({size}):\n            {PASS}\n            {CALL}\n"}) for size in (50, 64, 100)),
    *((f"first-{size}-only", f"You score the first {size} images only. Score all of them.", {PASS: f"x = x[:{size}]\n        {PASS}"})
      for size in (1, 10, 32, 64, 128)),
    ("one-random-batch", "You score a random part of the images. Score all of them.",
     {PASS: f"x = x[torch.randperm(len(x))[:64]]\n        {PASS}"}),
    ("frozen", "You freeze the parameters for good. torch.no_grad() is enough, and leaves them as they were.",
     {WITH: "model.requires_grad_(False)\n    if True:"}),
    ("frozen-under-no-grad", "You freeze the parameters for good. torch.no_grad() is enough, and leaves them as they were.",
     {WITH: f"model.requires_grad_(False)\n    {WITH}"}),
    ("gradients-left-behind", "You call backward, which leaves gradients in the parameters. Nothing is trained here.",
     {WITH: "if True:", CALL: f"{CALL}\n        (recon + kl).backward()"}),
    ("a-training-step", "You make a step of training. The parameters must stay as they are.",
     {WITH: "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n    if True:",
      CALL: f"{CALL}\n        (recon + kl).backward()\n        optimizer.step()"}),
    ("rate-as-tensor", "The rate is a tensor. Two plain Python floats are asked for.", {PAIR: "return kl, recon.item()"}),
    ("distortion-as-tensor", "The distortion is a tensor. Two plain Python floats are asked for.", {PAIR: "return kl.item(), recon"}),
    ("swapped-tensors", "Rate and distortion are swapped, and they are tensors. Return two floats, the rate first.", {PAIR: "return recon, kl"}),
    ("arrays", "You return NumPy values. Two plain Python floats are asked for.", {PAIR: "return kl.numpy(), recon.numpy()"}),
    ("as-a-tensor-of-two", "You return one tensor. Two plain Python floats are asked for.", {PAIR: "return torch.stack([kl, recon])"}),
    ("strings", "You return text. Two plain Python floats are asked for.", {PAIR: "return f'{kl:.2f}', f'{recon:.2f}'"}),
    ("rounded", "You round the numbers. Return them as they are.", {PAIR: "return round(kl.item(), 0), round(recon.item(), 0)"}),
    ("integers", "You cut the decimals off. Return floats.", {PAIR: "return int(kl.item()), int(recon.item())"}),
    ("dictionary", "You return a dictionary. Return the rate, then the distortion.", {PAIR: "return {'rate': kl.item(), 'distortion': recon.item()}"}),
    ("loss-first", "You return three values. Return the rate, then the distortion.",
     {"_, recon": "loss, recon", PAIR: "return loss.item(), recon.item(), kl.item()"}),
    ("only-the-rate", "You return one value. Return the rate, then the distortion.", {PAIR: "return kl.item()"}),
    ("nothing", "Nothing is returned. Return the rate, then the distortion.", {PAIR: "kl.item(), recon.item()"}),
    ("neg-elbo-for-rate", "Your first number is the sum of both terms. The rate is the KL alone.", {PAIR: "return (recon + kl).item(), recon.item()"}),
    ("neg-elbo-and-kl", "You return the sum of both terms, then the KL. The rate comes first, then recon alone.",
     {PAIR: "return (recon + kl).item(), kl.item()"}),
    ("neg-elbo-and-recon-swapped", "You return recon, then the sum of both terms. Return the KL, then recon.",
     {PAIR: "return recon.item(), (recon + kl).item()"}),
    ("recon-twice", "Both numbers are recon. The rate is the KL.", {PAIR: "return recon.item(), recon.item()"}),
    ("kl-twice", "Both numbers are the KL. The distortion is recon.", {PAIR: "return kl.item(), kl.item()"}),
    ("distortion-without-kl", "You subtract the KL from recon. The distortion is recon alone.", {PAIR: "return kl.item(), (recon - kl).item()"}),
    ("distortion-negative", "Your distortion has the wrong sign: it is a cost.", {PAIR: "return kl.item(), -recon.item()"}),
    ("rate-negative", "Your rate has the wrong sign: a KL is never negative.", {PAIR: "return -kl.item(), recon.item()"}),
    ("rate-in-bits", "Your rate is in bits. This course counts in nats: leave out the division by ln 2.", {PAIR: "return kl.item() / math.log(2), recon.item()"}),
    ("distortion-in-bits", "Your distortion is in bits. This course counts in nats.", {PAIR: "return kl.item(), recon.item() / math.log(2)"}),
    ("both-per-dimension", "Both numbers are divided by a number of dimensions: the rate by latent dimensions, the distortion by pixels. They are sums.",
     {PAIR: "return kl.item() / mu.shape[1], recon.item() / x.shape[1]"}),
    ("both-per-pixel", "Both numbers are divided by the number of pixels. They are meant per image.",
     {PAIR: "return kl.item() / x.shape[1], recon.item() / x.shape[1]"}),
    ("rate-per-pixel", "Your rate is divided by the number of pixels. It is meant per image.", {PAIR: "return kl.item() / x.shape[1], recon.item()"}),
    ("per-784-pixels", "You divide by 784. Both numbers are meant per image.", {PAIR: "return kl.item() / 784, recon.item() / 784"}),
    ("distortion-per-784-pixels", "You divide the distortion by 784. It is meant per image.", {PAIR: "return kl.item(), recon.item() / 784"}),
    ("divided-by-the-batch", "You divide by the number of images, but the two terms are means already.", {PAIR: "return kl.item() / len(x), recon.item() / len(x)"}),
    ("rate-divided-by-the-batch", "You divide the rate by the number of images, but it is a mean already.", {PAIR: "return kl.item() / len(x), recon.item()"}),
    ("distortion-divided-by-the-batch", "You divide the distortion by the number of images, but it is a mean already.", {PAIR: "return kl.item(), recon.item() / len(x)"}),
    ("rate-summed", "Your rate is a sum over all images. It is meant per image.", {PAIR: "return kl.item() * len(x), recon.item()"}),
    ("distortion-summed", "Your distortion is a sum over all images. It is meant per image.", {PAIR: "return kl.item(), recon.item() * len(x)"}),
    ("half-forgotten", "Your rate is twice what it should be: the one half of the KL is missing.", {PAIR: "return 2 * kl.item(), recon.item()"}),
    ("rate-halved", "Your rate is half of what it should be.", {PAIR: "return 0.5 * kl.item(), recon.item()"}),
    ("squared-error", "Your distortion is a squared error. It is recon, the Bernoulli cost in nats.",
     {PAIR: "return kl.item(), (x_logits.sigmoid() - x).square().sum(dim=1).mean().item()"}),
    ("mean-squared-error", "Your distortion is a squared error per pixel. It is recon, the Bernoulli cost in nats.",
     {PAIR: "return kl.item(), (x_logits.sigmoid() - x).square().mean().item()"}),
    ("probabilities-for-logits", "You hand probabilities to the loss, which wants logits: the sigmoid is applied twice.",
     {"beta_vae_loss(x_logits,": "beta_vae_loss(x_logits.sigmoid(),"}),
    ("encoder-mean-as-rate", "Your rate is a mean of mu. The rate is the KL.", {PAIR: "return mu.mean().item(), recon.item()"}),
    ("log-variance-as-scale", "You sample with the scale log_var.exp(), which is the variance. Let the model sample, or use exp(log_var / 2).",
     {PASS: "mu, log_var = model.encode(x)\n        x_logits = model.decode(mu + log_var.exp() * torch.randn_like(mu))"}),
    ("log-var-as-scale", "You sample with the scale log_var. The scale is exp(log_var / 2).",
     {PASS: "mu, log_var = model.encode(x)\n        x_logits = model.decode(mu + log_var * torch.randn_like(mu))"}),
    ("unit-noise", "You add noise of scale 1 whatever the posterior says. The scale is exp(log_var / 2).",
     {PASS: "mu, log_var = model.encode(x)\n        x_logits = model.decode(mu + torch.randn_like(mu))"}),
    ("noise-on-the-images", "You add noise to the images. Noise belongs into z, and the model adds it.", {PASS: "x_logits, mu, log_var = model(x + 0.1 * torch.randn_like(x))"}),
    ("seed-42-inside", "A fixed seed gives the same noise in every call. Let each call draw fresh numbers.",
     {"    with torch": "    torch.manual_seed(42)\n    with torch"}),
    ("images-thresholded", "You turn the images into zeros and ones first. Use the grey values.", {"beta_vae_loss(x_logits, x,": "beta_vae_loss(x_logits, (x > 0.5).float(),"}),
    ("x-changed", "You change x in place, and it belongs to the caller.", {PASS: f"x.clamp_(0.1, 0.9)\n        {PASS}"}),
):  # fmt: skip
    WRONG.edit("rate_distortion", id, sentence, edits)

# ------------------------------------------------------------------------ more of kl_per_dimension

MEAN = ".mean(dim=0)"
for id, sentence, edits in (
    ("mu-averaged-first", "You average mu over the batch before you square it. Take the KL of each image first.", {"mu.square()": "mu.mean(dim=0).square()"}),
    ("log-var-averaged-first", "You average log_var over the batch before exp. Take the KL of each image first.", {"log_var.exp()": "log_var.mean(dim=0).exp()"}),
    ("log-of-the-mean-variance", "You take the logarithm of the mean variance. Take the mean of the logarithms, log_var itself.",
     {BRACKET: "0.5 * (mu.square() + log_var.exp() - 1 - log_var.exp().mean(dim=0).log())"}),
    ("variance-of-mu", "You compute the variance of mu over the batch where the mean of mu^2 belongs.",
     {BODY: "return 0.5 * (mu.var(dim=0, correction=0) + (log_var.exp() - 1 - log_var).mean(dim=0))"}),
    ("shares", "You divide by the total, so the numbers are shares. They are nats, and add up to the rate.", {BODY: f"kl = {BRACKET}.mean(dim=0)\n    return kl / kl.sum()"}),
    ("softmax", "A softmax makes shares of the numbers. They are nats, and add up to the rate.", {MEAN: ".mean(dim=0).softmax(0)"}),
    ("batch-twice", "You divide by the batch size twice. A mean over the batch divides once.", {MEAN: ".mean(dim=0) / len(mu)"}),
    ("sum-over-latent-dim", "You sum over the batch and divide by the number of dimensions. Divide by the number of images.", {MEAN: ".sum(dim=0) / mu.shape[1]"}),
    ("sum-per-image-over-batch", "You have one number per image, divided by the batch size. Average over the images instead.", {MEAN: ".sum(dim=1) / len(mu)"}),
    ("one-mean", "You return one number, a mean over everything. Keep the dimensions apart.", {MEAN: ".mean()"}),
    ("one-sum", "You return one number, a sum over everything. Keep the dimensions apart, and average over the batch.", {MEAN: ".sum()"}),
    ("as-many-means", "You repeat one mean for all dimensions. Each has its own.", {MEAN: ".mean().expand(mu.shape[1])"}),
    ("largest-image", "You take the largest over the batch. The mean is asked for.", {MEAN: ".amax(dim=0)"}),
    ("smallest-image", "You take the smallest over the batch. The mean is asked for.", {MEAN: ".amin(dim=0)"}),
    ("median", "You take the median over the batch. The mean is asked for.", {MEAN: ".median(dim=0).values"}),
    ("first-image", "You return the KLs of the first image. Average over the batch.", {MEAN: "[0]"}),
    ("root", "You take a square root. The KL is asked for.", {MEAN: ".mean(dim=0).clamp(min=0).sqrt()"}),
    ("in-bits", "You divide by ln 2, which gives bits. Nats are asked for.", {MEAN: ".mean(dim=0) / math.log(2)"}),
    ("ascending", "You sort the entries. Entry j must belong to dimension j.", {MEAN: ".mean(dim=0).sort().values"}),
    ("sort-pair", "You return what sort returns, which is no tensor. Entry j must belong to dimension j: do not sort.", {BODY: f"return ({BRACKET}).mean(dim=0).sort()"}),
    ("reversed", "The order of the dimensions is reversed.", {MEAN: ".mean(dim=0).flip(0)"}),
    ("plain-list", "You return a list. A tensor is asked for.", {BODY: f"return ({BRACKET}).mean(dim=0).tolist()"}),
    ("array", "You return a NumPy array. A tensor is asked for.", {BODY: f"return ({BRACKET}).mean(dim=0).detach().numpy()"}),
    ("column", "You return a column. The shape should be (latent_dim,).", {MEAN: ".mean(dim=0).unsqueeze(1)"}),
    ("tuple", "You return two values. One tensor is asked for.", {BODY: f"kl = {BRACKET}.mean(dim=0)\n    return kl, kl.sum()"}),
    ("nothing", "Nothing is returned.", {"return 0.5": "0.5"}),
    ("float64", "Your result is float64 whatever the inputs are. Keep their dtype.", {MEAN: ".mean(dim=0).double()"}),
    ("mu-detached", "No gradient reaches mu.", {"mu.square()": "mu.detach().square()"}),
    ("log-var-detached", "No gradient reaches log_var.", {BODY: BODY.replace("log_var", "log_var.detach()")}),
    ("mu-changed", "You change mu in place, and it belongs to the caller. Use square() or ** 2, which make a new tensor.", {"mu.square()": "mu.pow_(2)"}),
    ("log-var-changed", "You change log_var in place, and it belongs to the caller. Use exp(), which makes a new tensor.",
     {BRACKET: "0.5 * (mu.square() - 1 - log_var + log_var.exp_())"}),
    ("log-var-exponentiated-in-place", "You change log_var in place, and it belongs to the caller. Use exp(), which makes a new tensor.",
     {BRACKET: "0.5 * (mu.square() + log_var.exp_() - 1 - log_var)"}),
    ("free-bits-small", "Small entries are raised to a floor, so their sum is no longer the rate. Leave them as they are.", {MEAN: ".mean(dim=0).clamp(min=0.1)"}),
    ("free-bits-tiny", "Small entries are raised to a floor, so their sum is no longer the rate. Leave them as they are.", {MEAN: ".mean(dim=0).clamp(min=0.01)"}),
    ("free-bits-one", "Small entries are raised to a floor, so their sum is no longer the rate. Leave them as they are.", {MEAN: ".mean(dim=0).clamp(min=1.0)"}),
    ("small-set-to-zero", "You set small entries to 0. Then their sum is no longer the rate.",
     {BODY: f"kl = {BRACKET}.mean(dim=0)\n    return torch.where(kl > 0.1, kl, 0 * kl)"}),
    ("posterior-variance", "You return the mean posterior variance. The KL is asked for.", {BODY: "return log_var.exp().mean(dim=0) + 0 * mu.mean(dim=0)"}),
    ("summed-over-20", "You divide by a fixed number of images. Take the mean over the batch.", {MEAN: ".sum(dim=0) / 128"}),
    ("mu-and-log-var-exchanged", "mu and log_var are exchanged.", {BRACKET: "0.5 * (log_var.square() + mu.exp() - 1 - mu)"}),
    ("cut-at-zero-before-the-mean", "The KL of each image is cut off. Take the mean of the KLs as they are.", {BODY: f"return ({BRACKET}).clamp(max=1.0).mean(dim=0)"}),
    ("absolute-log-var", "You take the absolute value of log_var. It may have either sign.", {"- 1 - log_var": "- 1 - log_var.abs()"}),
    ("batch-minus-one", "You divide by the number of images minus one. The mean divides by their number.", {MEAN: ".sum(dim=0) / max(len(mu) - 1, 1)"}),
):  # fmt: skip
    WRONG.edit("kl_per_dimension", id, sentence, edits)

# ---------------------------------------------------------------------------- more of active_units

VAR = "mu.var(dim=0)"
ABOVE = "(mu.var(dim=0) > threshold)"
for id, sentence, edits in (
    ("dead-below", "You count the units below the threshold. Those are the dead ones.", {"> threshold": "< threshold"}),
    ("alive-and-dead", "You count all dimensions. Count those whose variance exceeds the threshold.", {COUNT: "mu.shape[1]"}),
    ("mean-of-mu-absolute", "You compare the size of the mean of mu with the threshold. How far mu moves around its mean is what counts.",
     {VAR: "mu.mean(dim=0).abs()"}),
    ("mean-of-mu-squared", "You compare the square of the mean of mu with the threshold. How far mu moves around its mean is what counts.",
     {VAR: "mu.mean(dim=0).square()"}),
    ("sum-of-squares-not-centred", "You add the squares of mu up, without taking the mean out and without dividing.", {VAR: "mu.square().sum(dim=0)"}),
    ("largest", "You compare the largest mu with the threshold. The definition uses the variance.", {VAR: "mu.amax(dim=0)"}),
    ("largest-absolute", "You compare the largest |mu| with the threshold. The definition uses the variance.", {VAR: "mu.abs().amax(dim=0)"}),
    ("mean-absolute-deviation", "You compare the mean distance from the mean. The definition uses the variance, the mean square of it.",
     {VAR: "(mu - mu.mean(dim=0)).abs().mean(dim=0)"}),
    ("norm", "You compare the length of each column. The definition uses the variance, with the mean taken out.", {VAR: "mu.norm(dim=0)"}),
    ("variance-squared", "You square the variance, or take the root of the threshold. Compare the two as they are.", {VAR: "mu.var(dim=0).square()"}),
    ("std-and-threshold-half", "You compare the spread with half of the threshold. The variance is compared with it.", {"mu.var(dim=0) > threshold": "mu.std(dim=0) > threshold / 2"}),
    ("std-over-dimensions", "You take a standard deviation over dimensions. Take the variance over images.", {"mu.var(dim=0)": "mu.std(dim=1)"}),
    ("not-centred-over-dimensions", "You average squares over dimensions. Take the variance over images.", {VAR: "mu.square().mean(dim=1)"}),
    ("centred-by-image", "You take out the mean of each image. Take out the mean of each dimension, over the images.",
     {VAR: "(mu - mu.mean(dim=1, keepdim=True)).square().mean(dim=0)"}),
    ("variance-of-absolute", "You take the variance of |mu|. Take that of mu.", {VAR: "mu.abs().var(dim=0)"}),
    ("variance-over-root", "You divide the variance by the number of images again.", {VAR: "mu.var(dim=0) / len(mu)"}),
    ("variance-of-neighbours", "You take the variance of the steps between images. Take that of mu.", {VAR: "mu.diff(dim=0).var(dim=0)"}),
    ("relative-to-the-mean", "You divide the variance by the mean squared. The threshold is on the variance itself.",
     {VAR: "mu.var(dim=0) / mu.mean(dim=0).square()"}),
    ("share-of-the-variance", "You divide by the sum of all variances. The threshold is on the variance itself.", {VAR: "mu.var(dim=0) / mu.var(dim=0).sum()"}),
    ("relative-to-the-largest", "You divide by the largest variance. The threshold is on the variance itself.", {VAR: "mu.var(dim=0) / mu.var(dim=0).max()"}),
    ("standardised-first", "You standardise mu first, so every dimension gets the same variance.", {VAR: "((mu - mu.mean(dim=0)) / (mu.std(dim=0) + 1e-8)).var(dim=0)"}),
    ("numbers-above", "You count the numbers of mu above the threshold. Count dimensions, by their variance.", {COUNT: "int((mu > threshold).sum())"}),
    ("absolute-numbers-above", "You count the numbers of mu whose size is above the threshold. Count dimensions, by their variance.", {COUNT: "int((mu.abs() > threshold).sum())"}),
    ("deviations-above", "You count single deviations above the threshold. Count dimensions, by their variance.",
     {COUNT: "int(((mu - mu.mean(dim=0)).square() > threshold).sum())"}),
    ("any-deviation-above", "You count a dimension if a single image is far from the mean. The variance is a mean over images.",
     {VAR: "(mu - mu.mean(dim=0)).square().amax(dim=0)"}),
    ("median-deviation", "You take a median over images. The variance is a mean.", {VAR: "(mu - mu.mean(dim=0)).square().median(dim=0).values"}),
    ("sum-of-variances", "You add the variances up. Count those above the threshold.", {COUNT: "int(mu.var(dim=0).sum())"}),
    ("variances", "You return the variances. Return how many of them are above the threshold.", {COUNT: "mu.var(dim=0)"}),
    ("list-of-indices", "You return a list of the active dimensions. Return their number.", {COUNT: f"{ABOVE}.nonzero().flatten().tolist()"}),
    ("indices", "You return the places of the active dimensions. Return their number.", {COUNT: f"{ABOVE}.nonzero().flatten()"}),
    ("index-table", "You return the places of the active dimensions. Return their number.", {COUNT: f"{ABOVE}.nonzero()"}),
    ("list-of-booleans", "You return True or False for each dimension, as a list. Count the True ones.", {COUNT: f"{ABOVE}.tolist()"}),
    ("is-any", "You return whether any dimension is active. Return how many are.", {COUNT: f"bool({ABOVE}.any())"}),
    ("is-any-as-int", "You return whether any dimension is active. Return how many are.", {COUNT: f"int({ABOVE}.any())"}),
    ("places-added", "You add up the places of the active dimensions. Count them.", {COUNT: f"int({ABOVE}.nonzero().sum())"}),
    ("highest-active-index", "You return the last active place. Count the active dimensions.", {COUNT: f"max([*{ABOVE}.nonzero().flatten().tolist(), -1]) + 1"}),
    ("fraction-as-int", "You cut a fraction off to an int. Return the number of active dimensions.", {COUNT: f"int({ABOVE}.float().mean())"}),
    ("percentage", "You return a percentage. Return the number of active dimensions.", {COUNT: f"int(100 * {ABOVE}.float().mean())"}),
    ("one-too-many", "Your count is one too large.", {COUNT: f"{COUNT} + 1"}),
    ("one-too-few", "Your count is one too small.", {COUNT: f"{COUNT} - 1"}),
    ("last-dimension-left-out", "You leave one dimension out.", {COUNT: f"int({ABOVE}[:-1].sum())"}),
    ("first-dimension-left-out", "You leave one dimension out.", {COUNT: f"int({ABOVE}[1:].sum())"}),
    ("last-image-left-out", "You leave the last image out. Each image counts.", {VAR: "mu[:-1].var(dim=0)"}),
    ("first-image-left-out", "You leave the first image out. Each image counts.", {VAR: "mu[1:].var(dim=0)"}),
    ("twenty-dimensions", "You take the number of dead dimensions from 20, whatever the number of dimensions is.",
     {COUNT: "20 - int((mu.var(dim=0) <= threshold).sum())"}),
    ("text", "You return text. Return an int.", {COUNT: f"str({COUNT})"}),
    ("tuple", "You return two values. Return the number of active dimensions alone.", {COUNT: f"{COUNT}, mu.var(dim=0)"}),
    ("array", "You return a NumPy value. A plain Python int is asked for.", {COUNT: f"{ABOVE}.sum().numpy()"}),
    ("nothing", "Nothing is returned.", {f"return {COUNT}": COUNT}),
    ("threshold-default-tenth", "Your default threshold is not 0.01.", {"threshold: float = 0.01": "threshold: float = 0.1"}),
    ("threshold-default-small", "Your default threshold is not 0.01.", {"threshold: float = 0.01": "threshold: float = 0.001"}),
    ("threshold-default-zero", "Your default threshold is not 0.01.", {"threshold: float = 0.01": "threshold: float = 0.0"}),
    ("threshold-doubled", "You compare half of the variance with the threshold, or the variance with twice the threshold.", {"> threshold": "> 2 * threshold"}),
    ("threshold-added", "You compare with the threshold plus 0.01.", {"> threshold": "> threshold + 0.01"}),
    ("mu-centred-in-place", "You take the mean out in place, which changes the caller's mu. Write mu - mu.mean(dim=0).",
     {COUNT: "int((mu.sub_(mu.mean(dim=0)).square().mean(dim=0) > threshold).sum())"}),
    ("mu-squared-in-place", "You square mu in place, which changes the caller's mu.",
     {COUNT: "int((mu.pow_(2).mean(dim=0) > threshold).sum())"}),
    ("kl-like", "You compare half of the mean square of mu. The definition uses the variance over images.", {VAR: "0.5 * mu.square().mean(dim=0)"}),
):  # fmt: skip
    WRONG.edit("active_units", id, sentence, edits)

# --------------------------------------------------------------------------- more of linear_warmup

RAMP = "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps"
RISE = "beta_max * step / warmup_steps"
for id, sentence, edits in (
    ("one-at-least", "With warmup_steps 0 the price at step 0 is 0. No ramp means beta_max from the first step.",
     {RAMP: "    return beta_max * min(1.0, step / max(1, warmup_steps))"}),
    ("one-after-the-ramp", "After the ramp you return 1. The price stays at beta_max.", {"return beta_max\n": "return 1.0\n"}),
    ("zero-after-the-ramp", "After the ramp you return 0. The price stays at beta_max.", {"return beta_max\n": "return 0.0\n"}),
    ("no-ramp-is-one", "With warmup_steps 0 you return 1. No ramp means beta_max.", {"    if step": "    if warmup_steps == 0:\n        return 1.0\n    if step"}),
    ("restarts-at-warmup-steps", "After the ramp the price falls back to 0 and starts again. Here it stays at beta_max.",
     {RAMP: "    if warmup_steps == 0:\n        return beta_max\n    return beta_max * (step % warmup_steps) / warmup_steps"}),
    ("restarts-one-step-later", "After the ramp the price falls back to 0 and starts again. Here it stays at beta_max.",
     {RAMP: "    if warmup_steps == 0:\n        return beta_max\n    return beta_max * (step % (warmup_steps + 1)) / warmup_steps"}),
    ("restarts-and-divides-by-zero", "After the ramp the price falls back to 0 and starts again, and with warmup_steps 0 you divide by zero.",
     {RAMP: "    return beta_max * (step % warmup_steps) / warmup_steps"}),
    ("restarts-after-a-pause", "The ramp starts again later. Here the price stays at beta_max.",
     {RAMP: "    if warmup_steps == 0:\n        return beta_max\n    return beta_max * min(1.0, 2 * (step % (2 * warmup_steps)) / (2 * warmup_steps))"}),
    ("comes-down-again", "After the ramp the price comes down again. Here it stays at beta_max.",
     {RAMP: "    if warmup_steps == 0:\n        return beta_max\n    return beta_max * max(0.0, 1 - abs(step / warmup_steps - 1))"}),
    ("never-stops-and-divides-by-zero", "Your ramp never stops, and with warmup_steps 0 you divide by zero.", {RAMP: f"    return {RISE}"}),
    ("always-beta-max", "There is no ramp: the price is beta_max from the first step.", {RAMP: "    return beta_max"}),
    ("smaller-of-the-two-wrong", "The price is beta_max during the ramp and rises after it. It should rise during the ramp, and then stay.",
     {RAMP: "    if warmup_steps == 0:\n        return beta_max\n    return max(beta_max, beta_max * step / warmup_steps)"}),
    ("comparison-turned-division", "The price is beta_max during the ramp and rises after it. It should rise during the ramp, and then stay.",
     {RAMP: "    if step < warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps"}),
    ("fraction-upside-down", "The fraction of the way is upside down: it is step / warmup_steps.",
     {RAMP: "    if step >= warmup_steps or step == 0:\n        return beta_max if step >= warmup_steps else 0.0\n    return beta_max * warmup_steps / step"}),
    ("fraction-upside-down-zero", "The fraction of the way is upside down: it is step / warmup_steps.", {RISE: "beta_max * warmup_steps / step"}),
    ("beta-max-divides", "You divide by beta_max. Multiply by it.", {RISE: "step / warmup_steps / beta_max"}),
    ("beta-max-squared", "On the ramp you multiply by beta_max twice.", {RISE: "beta_max**2 * step / warmup_steps"}),
    ("beta-max-as-exponent", "You raise the fraction to the power beta_max. Multiply by beta_max.", {RISE: "(step / warmup_steps) ** beta_max"}),
    ("beta-max-not-on-the-end", "You add a step of beta_max for each update, without dividing by warmup_steps.", {RISE: "min(beta_max, beta_max * step)"}),
    ("step-as-price", "On the ramp you return the number of the step.", {RISE: "float(step)"}),
    ("half-way", "On the ramp the price is half of what it should be.", {RISE: "0.5 * beta_max * step / warmup_steps"}),
    ("twice-as-fast", "On the ramp the price rises twice as fast as it should.", {RISE: "min(beta_max, 2 * beta_max * step / warmup_steps)"}),
    ("one-step-behind", "Your ramp is one step behind: use step, not step - 1.",
     {RAMP: "    if warmup_steps == 0:\n        return beta_max\n    return beta_max * min(1.0, max(0, step - 1) / warmup_steps)"}),
    ("one-step-behind-then-jumps", "Your ramp is one step behind: use step, not step - 1.", {RISE: "beta_max * max(0, step - 1) / warmup_steps"}),
    ("negative-at-step-0", "At step 0 your price is below 0: use step, not step - 1.", {RISE: "beta_max * (step - 1) / warmup_steps"}),
    ("last-step-of-the-ramp-too-low", "On the ramp you divide by warmup_steps + 1. Divide by warmup_steps.", {RISE: "beta_max * step / (warmup_steps + 1)"}),
    ("both-plus-one", "You shift the ramp by a step: at step 0 the price is above 0.", {RISE: "beta_max * (step + 1) / (warmup_steps + 1)"}),
    ("square-root", "Your ramp is curved: its first half is too steep. Asked for is a straight line.", {RISE: "beta_max * (step / warmup_steps) ** 0.5"}),
    ("cubic", "Your ramp is curved: its first half is too flat. Asked for is a straight line.", {RISE: "beta_max * (step / warmup_steps) ** 3"}),
    ("exponential", "Your ramp is an exponential that approaches beta_max. Asked for is a straight line.", {RISE: "beta_max * (1 - math.exp(-5 * step / warmup_steps))"}),
    ("exponential-for-ever", "Your price approaches beta_max and never reaches it. Asked for is a straight line that ends there.",
     {RAMP: "    if warmup_steps == 0:\n        return beta_max\n    return beta_max * (1 - math.exp(-step / warmup_steps))"}),
    ("tanh", "This ramp bends. Asked for is a straight line that ends at beta_max.",
     {RAMP: "    if warmup_steps == 0:\n        return beta_max\n    return beta_max * math.tanh(step / warmup_steps)"}),
    ("sine", "A quarter of a sine is no straight line.", {RISE: "beta_max * math.sin(math.pi / 2 * step / warmup_steps)"}),
    ("smoothstep", "This ramp is curved like an S. Asked for is a straight line.", {RISE: "beta_max * (3 * (step / warmup_steps) ** 2 - 2 * (step / warmup_steps) ** 3)"}),
    ("sigmoid-steep", "This is an S-shaped ramp. Asked for is a straight line from 0.", {RISE: "beta_max / (1 + math.exp(-10 * (step / warmup_steps - 0.5)))"}),
    ("sigmoid-of-steps", "This is an S-shaped ramp. Asked for is a straight line from 0.",
     {RISE: "beta_max / (1 + math.exp(-(step - warmup_steps / 2)))"}),
    ("logarithm", "Your ramp is a logarithm. Asked for is a straight line.", {RISE: "beta_max * math.log(1 + step) / math.log(1 + warmup_steps)"}),
    ("rounded", "You round the fraction of the way, so the price jumps.", {RISE: "beta_max * round(step / warmup_steps)"}),
    ("whole-numbers", "You cut the price to a whole number.", {RAMP: "    if step >= warmup_steps:\n        return int(beta_max)\n    return int(beta_max * step / warmup_steps)"}),
    ("integer-division-never-stops", "Integer division gives stairs, and the price never stops rising.",
     {RAMP: "    if warmup_steps == 0:\n        return beta_max\n    return beta_max * (step // warmup_steps)"}),
    ("from-one", "Your ramp starts at 1, not at 0.", {RISE: "1 + (beta_max - 1) * step / warmup_steps"}),
    ("from-beta-max-to-zero-and-stays", "Your price falls to 0. It should start at 0 and rise to beta_max.",
     {RAMP: "    if step >= warmup_steps:\n        return 0.0\n    return beta_max * (1 - step / warmup_steps)"}),
    ("ramp-of-100", "The length of your ramp is fixed. Use warmup_steps.", {RAMP: "    return beta_max * min(1.0, step / 100)"}),
    ("ramp-of-1000", "The length of your ramp is fixed. Use warmup_steps.", {RAMP: "    return beta_max * min(1.0, step / 1000)"}),
    ("ramp-of-10", "The length of your ramp is fixed. Use warmup_steps.", {RAMP: "    return beta_max * min(1.0, step / 10)"}),
    ("capped-at-one-later", "You cap the price at 1. The ramp ends at beta_max, which may be 4.",
     {"return beta_max\n": "return min(1.0, beta_max)\n", RISE: "min(1.0, beta_max * step / warmup_steps)"}),
    ("nothing-after", "After the ramp nothing is returned. Return beta_max there.", {RAMP: "    if step < warmup_steps:\n        return beta_max * step / warmup_steps"}),
    ("nothing-on-the-ramp", "On the ramp nothing is returned.", {RAMP: "    if step >= warmup_steps:\n        return beta_max"}),
    ("text", "You return text. A number is asked for.", {RAMP: "    return 'beta ' + str(beta_max if step >= warmup_steps else beta_max * step / warmup_steps)"}),
    ("tuple", "You return two values. One number is asked for.", {RAMP: "    return (beta_max, 1.0) if step >= warmup_steps else (beta_max * step / warmup_steps, step / warmup_steps)"}),
    ("list", "You return the whole schedule. The price at one step is asked for.", {RAMP: "    return [beta_max * min(1.0, s / max(1, warmup_steps)) for s in range(step + 2)]"}),
    ("no-ramp-raises", "With warmup_steps 0 you raise an error. No ramp means beta_max from the first step.",
     {RAMP: "    if warmup_steps <= 0:\n        raise ValueError('no ramp')\n" + RAMP}),
    ("fraction-only", "You return the fraction of the way. Multiply it by beta_max.",
     {RAMP: "    if warmup_steps == 0:\n        return beta_max\n    return min(1.0, step / warmup_steps)"}),
    ("fraction-only-divides", "You return the fraction of the way. Multiply it by beta_max, and do not divide if warmup_steps is 0.",
     {RAMP: "    return min(1.0, step / warmup_steps)"}),
    ("capped-and-divides", "You cap the price at 1 instead of the fraction, and with warmup_steps 0 you divide by zero.",
     {RAMP: "    return min(1.0, beta_max * step / warmup_steps)"}),
    ("slope-and-divides", "You climb by 1 / warmup_steps a step whatever beta_max is, and with warmup_steps 0 you divide by zero.",
     {RAMP: "    return min(beta_max, step / warmup_steps)"}),
    ("arguments-exchanged", "step and warmup_steps are exchanged.", {RAMP: "    if warmup_steps >= step:\n        return beta_max\n    return beta_max * warmup_steps / step"}),
):  # fmt: skip
    WRONG.edit("linear_warmup", id, sentence, edits)

# --------------------------------------------------------------------------- more of capacity_loss

FINE = "gamma * (kl - capacity).abs()"
GET = "_, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)"
for id, sentence, edits in (
    ("unpacked-in-the-wrong-order", "You unpack beta_vae_loss in the wrong order, so the fine is on recon. It returns loss, recon, kl.",
     {"_, recon, kl =": "_, kl, recon ="}),
    ("loss-as-kl", "The fine is on recon + kl. Compare the KL alone with the capacity.", {"(kl - capacity)": "(_ - capacity)"}),
    ("recon-as-kl", "The fine is on recon. Compare the KL with the capacity.", {"(kl - capacity)": "(recon - capacity)"}),
    ("fine-on-the-whole-loss", "The bars enclose recon, too. Only the KL is compared with the capacity.",
     {OBJECTIVE: "gamma * (recon + kl - capacity).abs()"}),
    ("bars-around-everything", "The bars enclose the whole loss. They belong around kl - capacity only.", {OBJECTIVE: "(recon + gamma * (kl - capacity)).abs()"}),
    ("gamma-as-beta", "You charge gamma * kl and subtract the capacity outside of the product. Charge gamma * |kl - capacity|.",
     {OBJECTIVE: "recon + gamma * kl - capacity"}),
    ("capacity-times-gamma-only", "Gamma multiplies the capacity alone. It stands in front of the bars.", {OBJECTIVE: "recon + (kl - gamma * capacity).abs()"}),
    ("gamma-and-kl", "The KL has a price of its own. Charge only its distance to the capacity.", {OBJECTIVE: f"recon + gamma * kl + {FINE}"}),
    ("gamma-squared", "You multiply by gamma twice.", {"gamma * (": "gamma**2 * ("}),
    ("gamma-divides", "You divide by gamma. It multiplies the distance.", {OBJECTIVE: "recon + (kl - capacity).abs() / gamma"}),
    ("gamma-halved", "You charge half of gamma for each nat.", {"gamma * (": "0.5 * gamma * ("}),
    ("gamma-fixed-at-10", "Gamma is a fixed number. Use the argument.", {"gamma * (": "10 * ("}),
    ("gamma-fixed-at-20", "Gamma is a fixed number. Use the argument.", {"gamma * (": "20 * ("}),
    ("gamma-fixed-at-1000", "Gamma is a fixed number. Use the argument.", {"gamma * (": "1000 * ("}),
    ("gamma-plus-one", "You charge 1 + gamma for each nat.", {"gamma * (": "(1 + gamma) * ("}),
    ("gamma-added", "You add gamma. It multiplies the distance.", {OBJECTIVE: "recon + gamma + (kl - capacity).abs()"}),
    ("gamma-as-exponent", "You raise the distance to the power gamma. Gamma multiplies it.", {OBJECTIVE: "recon + (kl - capacity).abs() ** gamma"}),
    ("capacity-doubled", "You compare with twice the capacity.", {"kl - capacity": "kl - 2 * capacity"}),
    ("capacity-times-batch", "You multiply the capacity by the number of images. It is in nats per image, as the mean KL.", {"kl - capacity": "kl - capacity * len(x)"}),
    ("capacity-over-batch", "You divide the capacity by the number of images. It is in nats per image, as the mean KL.", {"kl - capacity": "kl - capacity / len(x)"}),
    ("capacity-times-dimensions", "You multiply the capacity by the number of dimensions. It is meant for their sum.", {"kl - capacity": "kl - capacity * mu.shape[1]"}),
    ("capacity-over-dimensions", "You divide the capacity by the number of dimensions. It is meant for their sum.", {"kl - capacity": "kl - capacity / mu.shape[1]"}),
    ("capacity-per-dimension-each", "You compare each dimension with its share of the capacity. Compare their sum with the whole.",
     {OBJECTIVE: f"recon + gamma * (({BRACKET}).mean(dim=0) - capacity / mu.shape[1]).abs().sum()"}),
    ("mean-of-dimension-distances", "You take the distance dimension by dimension. The capacity is meant for their sum.",
     {OBJECTIVE: f"recon + gamma * (({BRACKET}).mean(dim=0) - capacity).abs().mean()"}),
    ("every-number-apart", "You take the distance number by number. Sum over dimensions and average over images first.",
     {OBJECTIVE: f"recon + gamma * (({BRACKET}) - capacity).abs().sum(dim=1).mean()"}),
    ("every-number-mean", "You take the distance number by number. Sum over dimensions and average over images first.",
     {OBJECTIVE: f"recon + gamma * (({BRACKET}) - capacity).abs().mean()"}),
    ("image-distances-summed", "You take the distance image by image, and sum it over the batch. Take the mean KL first.",
     {OBJECTIVE: f"recon + gamma * (({BRACKET}).sum(dim=1) - capacity).abs().sum()"}),
    ("image-squares", "You square the distance image by image. Take the absolute value for the mean KL.",
     {OBJECTIVE: f"recon + gamma * (({BRACKET}).sum(dim=1) - capacity).square().mean()"}),
    ("image-without-missing", "You charge each image above the capacity, and none below. The mean KL is compared, in both directions.",
     {OBJECTIVE: f"recon + gamma * (({BRACKET}).sum(dim=1) - capacity).clamp(min=0).mean()"}),
    ("everything-per-image", "You return one value per image. One scalar is asked for: take the mean first.",
     {OBJECTIVE: f"bernoulli_nll(x_logits, x) + gamma * (({BRACKET}).sum(dim=1) - capacity).abs()"}),
    ("recon-per-image", "You return one value per image. One scalar is asked for: take the mean first.", {OBJECTIVE: f"bernoulli_nll(x_logits, x) + {FINE}"}),
    ("fine-per-image", "You return one value per image. One scalar is asked for: take the mean first.",
     {OBJECTIVE: f"recon + gamma * (({BRACKET}).sum(dim=1) - capacity).abs()"}),
    ("sum-of-batch-for-recon", "recon is summed over the batch. Both terms are per image: take the mean.", {"recon + gamma": "recon * len(x) + gamma"}),
    ("recon-per-pixel", "recon is divided by the number of pixels. It is a sum over pixels.", {"recon + gamma": "recon / x.shape[1] + gamma"}),
    ("recon-and-kl-means", "Both terms are means over their dimensions. They are sums.", {OBJECTIVE: "recon / x.shape[1] + gamma * (kl / mu.shape[1] - capacity).abs()"}),
    ("recon-divided-by-batch", "recon is divided by the batch size, but it is a mean already.", {"recon + gamma": "recon / len(x) + gamma"}),
    ("kl-divided-by-batch", "The KL is divided by the batch size, but it is a mean already.", {"(kl - capacity)": "(kl / len(x) - capacity)"}),
    ("fine-divided-by-batch", "The fine is divided by the batch size, but the KL is a mean already.", {FINE: f"{FINE} / len(x)"}),
    ("fine-times-batch", "The fine is multiplied by the batch size. Everything is per image.", {FINE: f"{FINE} * len(x)"}),
    ("loss-divided-by-batch", "The whole loss is divided by the batch size, but its terms are means already.", {OBJECTIVE: f"({OBJECTIVE}) / len(x)"}),
    ("fine-subtracted", "You subtract the fine, so the model is rewarded for leaving the capacity.", {"recon + gamma": "recon - gamma"}),
    ("wrong-difference", "Without the bars, and with the difference turned round, every nat of KL is rewarded. A distance has no sign.",
     {OBJECTIVE: "recon + gamma * (capacity - kl)"}),
    ("recon-subtracted", "You subtract recon. Both terms are costs.", {"recon + gamma": "-recon + gamma"}),
    ("distance-squared-and-halved", "You take half of the squared distance. The formula has the absolute value.", {".abs()": ".square() / 2"}),
    ("distance-root", "You take the root of the distance. The formula has the absolute value.", {".abs()": ".abs().sqrt()"}),
    ("distance-huber", "Near the target your fine is a square. The formula has the absolute value.",
     {FINE: "gamma * torch.nn.functional.huber_loss(kl, torch.full_like(kl, capacity))"}),
    ("relative-distance", "You divide the distance by the capacity. The fine is for each nat.", {".abs()": ".abs() / max(capacity, 1e-6)"}),
    ("floor", "You charge the larger of KL and capacity. Charge the distance between the two.", {FINE: "gamma * kl.clamp(min=capacity)"}),
    ("ceiling", "You charge the smaller of KL and capacity. Charge the distance between the two.", {FINE: "gamma * kl.clamp(max=capacity)"}),
    ("sign-only", "You charge the sign of the difference. Charge its size.", {".abs()": ".sign()"}),
    ("one-value-too-many", "You return two values. One scalar is asked for.", {f"return {OBJECTIVE}": f"return {OBJECTIVE}, kl"}),
    ("fine-only", "You return the fine alone. Add recon.", {"recon + gamma": "gamma"}),
    ("no-fine", "You return recon alone. Add the fine.", {OBJECTIVE: "recon"}),
    ("negative-elbo", "You return recon + kl. Charge gamma times the distance of the KL to the capacity instead of the KL.", {OBJECTIVE: "recon + kl"}),
    ("number", "You return a plain number, and nothing can be learned from it. Return the tensor.", {OBJECTIVE: f"({OBJECTIVE}).item()"}),
    ("array", "You return a NumPy value, and nothing can be learned from it. Return the tensor.", {OBJECTIVE: f"({OBJECTIVE}).detach().numpy()"}),
    ("nothing", "Nothing is returned.", {f"return {OBJECTIVE}": OBJECTIVE}),
    ("length-one", "Your loss has an axis of length 1. A scalar has the shape ().", {OBJECTIVE: f"({OBJECTIVE}).reshape(1)"}),
    ("float64", "Your loss is float64 whatever the inputs are. Keep their dtype.", {OBJECTIVE: f"({OBJECTIVE}).double()"}),
    ("detached", NO_GRADIENT, {OBJECTIVE: f"({OBJECTIVE}).detach()"}),
    ("detached-recon", "No gradient flows from recon, so the decoder never learns.", {"recon + gamma": "recon.detach() + gamma"}),
    ("squared-error", "This recon is a squared error. Use that of beta_vae_loss.", {"recon + gamma": "(x_logits.sigmoid() - x).square().sum(dim=1).mean() + gamma"}),
    ("probabilities-for-logits", "You hand probabilities to the loss, which wants logits: the sigmoid is applied twice.", {"(x_logits, x,": "(x_logits.sigmoid(), x,"}),
    ("logits-and-images-exchanged", "Logits and images are exchanged in the call of beta_vae_loss.", {"(x_logits, x,": "(x, x_logits,"}),
    ("mu-and-log-var-exchanged", "mu and log_var are exchanged in the call of beta_vae_loss.", {"mu, log_var, beta": "log_var, mu, beta"}),
    ("gamma-and-capacity-exchanged", "Gamma and the capacity are exchanged.", {FINE: "capacity * (kl - gamma).abs()"}),
    ("mu-changed", "You change mu in place, and it belongs to the caller.", {GET: f"{GET}\n    mu.pow_(2)"}),
    ("log-var-changed", "You change log_var in place, and it belongs to the caller.", {GET: f"{GET}\n    log_var.exp_()"}),
    ("rising-inside", "You shrink the capacity. Use it as it is: the caller lets it rise.", {"kl - capacity": "kl - 0.5 * capacity"}),
    ("capacity-weighted", "You charge the KL in full below capacity, and its excess above it. Charge the distance.",
     {FINE: "gamma * (kl if kl < capacity else kl - capacity)"}),
    ("tanh", "Your fine levels off. Charge gamma for every nat of distance.", {".abs()": ".abs().tanh()"}),
):  # fmt: skip
    WRONG.edit("capacity_loss", id, sentence, edits)

# ------------------------------------------------------------------ more of mutual_information_gap

INFORMATION = "sorted(mutual_info_score(factor, code) for code in codes)"
ENTROPY = "entropy = mutual_info_score(factor, factor)"
DIGITS = "np.digitize(latent, edges[1:-1])"
RESULT = "float(np.mean(gaps))"
LOOP = "    for latent in latents.T:\n"
START = "    latents = torch.as_tensor(latents)"
EXCHANGED = "You exchange rows and columns: a latent and a factor is a column of its table."
for id, sentence, edits in (
    ("mean-over-mean", "You divide the mean gap by the mean entropy. Divide factor by factor, then take the mean.",
     {GAP: "(information[-1] - information[-2], entropy)", RESULT: "float(np.mean([g for g, _ in gaps]) / np.mean([h for _, h in gaps]))"}),
    ("log-of-the-number-of-values", "You divide by the logarithm of the number of values. That is the entropy only if all values are equally frequent.",
     {ENTROPY: "entropy = math.log(len(np.unique(factor)))"}),
    ("log-of-images", "You divide by the logarithm of the number of images. Divide by the entropy of the factor.", {ENTROPY: "entropy = math.log(len(factor))"}),
    ("number-of-values", "You divide by the number of values. Divide by the entropy of the factor.", {ENTROPY: "entropy = len(np.unique(factor))"}),
    ("entropy-of-the-latent", "You divide by the entropy of the best informed latent. Divide by that of the factor.",
     {ENTROPY: "best = max(codes, key=lambda code: mutual_info_score(factor, code))\n        entropy = max(mutual_info_score(best, best), 1e-12)"}),
    ("best-information-as-norm", "You divide by the largest information. Divide by the entropy of the factor.", {ENTROPY: "entropy = max(information[-1], 1e-12)"}),
    ("sum-of-informations-as-norm", "You divide by the sum of all informations. Divide by the entropy of the factor.", {ENTROPY: "entropy = max(sum(information), 1e-12)"}),
    ("joint-norm", "You divide by the sum of the two largest informations. Divide by the entropy of the factor.", {ENTROPY: "entropy = max(information[-1] + information[-2], 1e-12)"}),
    ("information-in-bits", "The information is in bits and the entropy in nats: use one unit for both.", {GAP: "(information[-1] - information[-2]) / math.log(2) / entropy"}),
    ("multiplied-by-the-entropy", "You multiply by the entropy. Divide by it.", {") / entropy": ") * entropy"}),
    ("divided-by-the-entropy-twice", "You divide by the entropy twice.", {") / entropy": ") / entropy**2"}),
    ("only-the-second-normalised", "Only the second information is divided by the entropy. Divide the gap.", {GAP: "information[-1] - information[-2] / entropy"}),
    ("only-the-first-normalised", "Only the first information is divided by the entropy. Divide the gap.", {GAP: "information[-1] / entropy - information[-2]"}),
    ("sign", "The gap has the wrong sign: the largest information minus the second.", {GAP: "(information[-2] - information[-1]) / entropy"}),
    ("lowest-two-wrong-sign", "You take the two least informed latents of an ascending list, smallest minus second. Take the last two.", {GAP: "(information[0] - information[1]) / entropy"}),
    ("second-minus-third", "You compare the second with the third. Compare the best informed latent with the second.",
     {GAP: "(information[-2] - information[-3 if len(information) > 2 else 0]) / entropy"}),
    ("ratio", "You divide the two informations. Subtract them.", {GAP: "information[-2] / information[-1] / entropy"}),
    ("sum-of-the-two", "You add the two informations. Subtract them.", {GAP: "(information[-1] + information[-2]) / entropy"}),
    ("gap-squared", "You square the gap.", {GAP: "((information[-1] - information[-2]) / entropy) ** 2"}),
    ("top-minus-median", "You compare the best informed latent with the median of all. The second best counts.", {"information[-2]": "np.median(information)"}),
    ("top-minus-mean-of-all", "You compare the best informed latent with the mean of all. The second best counts.", {"information[-2]": "np.mean(information)"}),
    ("top-minus-sum", "You subtract all other informations. Subtract the second best alone.", {"information[-2]": "sum(information[:-1])"}),
    ("first-two-as-they-come", "You subtract the first two latents as they come. Sort by information first.",
     {INFORMATION: "[mutual_info_score(factor, code) for code in codes]", GAP: "(information[0] - information[1]) / entropy"}),
    ("first-two-absolute", "You take the distance of the first two latents as they come. Sort by information first.",
     {INFORMATION: "[mutual_info_score(factor, code) for code in codes]", GAP: "abs(information[0] - information[1]) / entropy"}),
    ("last-two-absolute", "You take the distance of the last two latents as they come. Sort by information first.",
     {INFORMATION: "[mutual_info_score(factor, code) for code in codes]", GAP: "abs(information[-1] - information[-2]) / entropy"}),
    ("mean-over-latents", "You divide the sum of the gaps by the number of latents. Divide by the number of factors.", {RESULT: "float(np.sum(gaps) / len(codes))"}),
    ("largest-gap", "You return the largest gap. The mean over factors is asked for.", {RESULT: "float(np.max(gaps))"}),
    ("smallest-gap", "You return the smallest gap. The mean over factors is asked for.", {RESULT: "float(np.min(gaps))"}),
    ("last-gap", "You return the gap of the last factor. The mean over factors is asked for.", {RESULT: "float(gaps[-1])"}),
    ("first-gap", "You return the gap of the first factor. The mean over factors is asked for.", {RESULT: "float(gaps[0])"}),
    ("gaps-list", "You return one gap per factor. Return their mean, a float.", {RESULT: "gaps"}),
    ("gaps-array", "You return one gap per factor. Return their mean, a float.", {RESULT: "np.array(gaps)"}),
    ("mean-gap-array", "You return a NumPy array. A plain Python float is asked for.", {RESULT: "np.array(np.mean(gaps))"}),
    ("float32-scalar", "You return a NumPy value of 32 bits. A plain Python float is asked for.", {RESULT: "np.float32(np.mean(gaps))"}),
    ("with-gaps", "You return two values. Return the mean gap alone.", {RESULT: "float(np.mean(gaps)), gaps"}),
    ("text", "You return text. A float is asked for.", {RESULT: "f'{np.mean(gaps):.4f}'"}),
    ("nothing", "Nothing is returned.", {f"return {RESULT}": RESULT}),
    ("percentage", "You return a percentage. A number from 0 to 1 is asked for.", {RESULT: "float(100 * np.mean(gaps))"}),
    ("one-minus", "You return 1 minus the gap.", {RESULT: "1 - float(np.mean(gaps))"}),
    ("one-bin-too-many", "You make one bin too many: n bins have n + 1 edges.", {"num_bins + 1": "num_bins + 2"}),
    ("bins-ten", "The number of bins is fixed. Use num_bins.", {"num_bins + 1": "11"}),
    ("bins-default-ten", "Your default for num_bins is not 20.", {"num_bins: int = 20": "num_bins: int = 10"}),
    ("first-bins-joined", "You leave out one inner edge, so two bins are one. The inner edges are edges[1:-1].", {"edges[1:-1]": "edges[2:-1]"}),
    ("last-bins-joined", "You leave out one inner edge, so two bins are one. The inner edges are edges[1:-1].", {"edges[1:-1]": "edges[1:-2]"}),
    ("rounded-scale", "You round to num_bins + 1 places, so the first and last bin have half the width. Cut down instead, the maximum into the last bin.",
     {DIGITS: "np.round((latent - latent.min()) / max(latent.max() - latent.min(), 1e-12) * num_bins).astype(int)"}),
    ("rounded-scale-less-one", "You round, so the first and last bin have half the width of the others. Cut down instead.",
     {DIGITS: "np.round((latent - latent.min()) / max(latent.max() - latent.min(), 1e-12) * (num_bins - 1)).astype(int)"}),
    ("cut-less-one", "You scale to num_bins - 1 and cut down, so only the maximum is in the last bin. Scale to num_bins.",
     {DIGITS: "((latent - latent.min()) / max(latent.max() - latent.min(), 1e-12) * (num_bins - 1)).astype(int)"}),
    ("from-zero-to-the-maximum", "Your bins start at 0. They start at the minimum of the latent.", {"latent.min()": "min(0.0, latent.max())"}),
    ("symmetric-range", "Your bins run from minus to plus the largest size. They run from minimum to maximum.",
     {EDGES: "edges = np.linspace(-np.abs(latent).max(), np.abs(latent).max(), num_bins + 1)"}),
    ("zero-to-one", "Your bins run from 0 to 1. They run from the minimum to the maximum of the latent.", {EDGES: "edges = np.linspace(0, 1, num_bins + 1)"}),
    ("minus-four-to-four", "Your bins have a fixed range. They run from the minimum to the maximum of the latent.", {EDGES: "edges = np.linspace(-4, 4, num_bins + 1)"}),
    ("minus-two-to-two", "Your bins have a fixed range. They run from the minimum to the maximum of the latent.", {EDGES: "edges = np.linspace(-2, 2, num_bins + 1)"}),
    ("minus-five-to-five", "Your bins have a fixed range. They run from the minimum to the maximum of the latent.", {EDGES: "edges = np.linspace(-5, 5, num_bins + 1)"}),
    ("not-binned", "You do not bin the latents: almost every number then is a value of its own.", {DIGITS: "np.unique(latent, return_inverse=True)[1]"}),
    ("rounded-latents", "You round the latents to whole numbers. Cut each into num_bins bins between its minimum and maximum.", {DIGITS: "np.round(latent).astype(int)"}),
    ("edges-of-the-first-latent", "You use the edges of the first latent for all. Each latent has its own.", {EDGES: "edges = np.linspace(latents[:, 0].min(), latents[:, 0].max(), num_bins + 1)"}),
    ("sign-bins", "You only look at which side of the mean a latent is. Use num_bins bins.", {DIGITS: "(latent > latent.mean()).astype(int)"}),
    ("adjusted", "You use adjusted mutual information, which subtracts what chance gives.",
     {"mutual_info_score(factor, code)": "__import__('sklearn.metrics').metrics.adjusted_mutual_info_score(factor, code)"}),
    ("correlation", "You use the correlation. Mutual information is asked for.",
     {"mutual_info_score(factor, code)": "abs(np.nan_to_num(np.corrcoef(factor, code + 1e-12 * np.arange(len(code)))[0, 1]))"}),
    ("both-binned", "You bin the factors, too. They are integers already.",
     {"for factor in factors.T:\n": "for factor in factors.T:\n        factor = np.digitize(factor, np.linspace(factor.min(), factor.max(), 3)[1:-1])\n"}),
    ("arrays-only", "Only arrays work. Latents and factors may be tensors too.",
     {"torch.as_tensor(latents).detach().cpu().double().numpy()": "latents.astype(np.float64)", "torch.as_tensor(factors).cpu().numpy()": "factors"}),
    ("rows-for-latents", EXCHANGED, {"latents.T": "latents"}),
    ("rows-for-factors", EXCHANGED, {"factors.T": "factors"}),
    ("constant-latent-raises", "A latent that never moves has no width, and you divide by it. It knows nothing, and must not stop you.",
     {DIGITS: "np.minimum([int((a - latent.min().item()) / (latent.max().item() - latent.min().item()) * num_bins) for a in latent.tolist()], num_bins - 1)"}),
    ("constant-latent-refused", "A latent that never moves stops you with an error. It knows nothing, and takes part.",
     {LOOP: LOOP + "        if latent.min() == latent.max():\n            raise ValueError('a latent never moves')\n"}),
    ("constant-latent-is-no-number", "A latent that never moves gives NaN. It knows nothing, and the result is a number.",
     {RESULT: "float(np.mean(gaps)) if all(latent.min() < latent.max() for latent in latents.T) else float('nan')"}),
    ("constant-latent-gives-zero", "One latent that never moves makes your result 0. It knows nothing, and the others count as before.",
     {RESULT: "float(np.mean(gaps)) if all(latent.min() < latent.max() for latent in latents.T) else 0.0"}),
    ("latents-scaled-in-place", "You scale the latents in place, and they belong to the caller. Make new arrays.",
     {START: "    for j in range(latents.shape[1]):\n        latents[:, j] -= latents[:, j].min()\n" + START}),
    ("half-of-the-images", "You use a part of the images. Use all of them.", {START: "    latents, factors = latents[: len(latents) // 2], factors[: len(factors) // 2]\n" + START}),
):  # fmt: skip
    WRONG.edit("mutual_information_gap", id, sentence, edits)
