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
    "A fixed seed gives the same noise in every call, and resets the random numbers of the whole program.",
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
    "You compare the standard deviation with the threshold. The definition uses the variance: a spread of 0.05 is a variance of 0.0025.",
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
    "You add the squared deviations up and forget to divide by the number of images, so with enough images every unit is active.",
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
    "Integer division gives 0 on the whole ramp and beta_max at its end: a jump, not a line.",
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
    "You add the capacity to the KL. The distance between them is a difference.",
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
    "Only tensors work. Latents and factors may be NumPy arrays too.",
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
