"""Slips that can happen in every program of lesson 08, written once for all of them.

Each is an edit of the reference. Learners can read the messages: none of them names a cause or a cure.
Where a slip behaves like another known mistake of a program it is left out there: see SAME.
"""

from dataclasses import dataclass

from autograder.exercises.known_answers import Bank

KL_FORM = (
    "Your kl is not the closed form any more. Compare it term by term with that of lesson 01, in the "
    "units of your variables."
)
SPREAD = (
    "The noise has the wrong spread. Measure it with the stethoscope: in every dimension it should be "
    "that of the q whose KL is charged."
)


@dataclass(frozen=True)
class Parts:
    """Texts of a reference: how it draws z, charges the two terms, and what it returns."""

    z: str
    kl: str
    kl_total: str
    recon: str
    cost: str
    total: str
    result: str
    num: str = ""


BCE = "F.binary_cross_entropy_with_logits(x_logits, x, "
KL = "0.5 * (mu**2 + log_var.exp() - 1 - log_var)"
TERMS = "return recon + kl, recon, kl"
PROGRAMS = {
    "repair_1": Parts(
        z="Normal(mu, torch.exp(0.5 * log_var)).rsample()",
        kl="0.5 * (mu.square() + log_var.exp() - 1 - log_var)",
        kl_total="kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()",
        recon=f'recon = {BCE}reduction="none").sum(dim=1).mean()',
        cost=BCE,
        total="recon + kl",
        result=TERMS,
    ),
    "repair_2": Parts(
        z="mu + sigma * torch.randn_like(sigma)",
        kl="(0.5 * sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2)",
        kl_total="kl = (0.5 * sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()",
        recon=f'recon = {BCE}reduction="none").sum(dim=1).mean()',
        cost=BCE,
        total="recon + beta * kl",
        result="return recon + beta * kl, recon, kl",
    ),
    "repair_3": Parts(
        z="q.rsample()",
        kl="kl_divergence(q, prior)",
        kl_total="kl = kl_divergence(q, prior).sum(dim=1).mean()",
        recon="recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()",
        cost="",
        total="recon + kl",
        result=TERMS,
    ),
    "repair_4": Parts(
        z="Normal(mu, sigma).rsample((num_samples,))",
        kl="0.5 * (mu.square() + sigma.square() - 1 - log_var)",
        kl_total="kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()",
        recon="recon = nll.mean()",
        cost="F.binary_cross_entropy_with_logits(x_logits, targets, ",
        total="recon + kl",
        result=TERMS,
        num="num_samples, ",
    ),
    "repair_5": Parts(
        z="mu + log_var.mul(0.5).exp() * torch.randn_like(mu)",
        kl=KL,
        kl_total=f"kl = {KL}.sum() / len(x)",
        recon='recon = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)',
        cost="F.binary_cross_entropy_with_logits(logits, x, ",
        total="recon + kl",
        result="return recon + kl, torch.sigmoid(logits)",
    ),
    "repair_6": Parts(
        z="mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)",
        kl=KL,
        kl_total=f"kl = {KL}.sum() / len(x)",
        recon=f'recon = {BCE}reduction="sum") / len(x)',
        cost=BCE,
        total="recon + kl",
        result=TERMS,
    ),
    "repair_8": Parts(
        z="mu + torch.exp(log_var / 2) * torch.randn_like(mu)",
        kl=KL,
        kl_total=f"kl = {KL}.sum(dim=1).mean()",
        recon="recon = (mask * nll).sum(dim=1).mean()",
        cost=BCE,
        total="recon + kl",
        result=TERMS,
    ),
    "repair_9": Parts(
        z="mu + sigma * torch.randn_like(mu)",
        kl=KL,
        kl_total=f"kl = {KL}.sum(dim=1)",
        recon="",
        cost="F.binary_cross_entropy_with_logits(model.decode(z), x, ",
        total="nll + kl",
        result="return (nll + kl).mean().item()",
    ),
}
ENCODE = {
    "repair_6": "mu, log_var = model.encode(x, y)",
    "repair_8": "mu, log_var = model.encode(x, y)",
}

FORMS = {  # of the KL of one dimension; S is sigma squared, L its logarithm
    "kl-half-not-on-log-var": "(0.5 * (mu**2 + S - 1) - L)",
    "kl-plus-log-var": "(0.5 * (mu**2 + S - 1 + L))",
    "kl-without-one": "(0.5 * (mu**2 + S - L))",
    "kl-mu-not-squared": "(0.5 * (mu + S - 1 - L))",
    "kl-half-exponent": "(0.5 * (mu**2 + (0.5 * L).exp() - 1 - L))",
    "kl-the-other-way": "(0.5 * ((mu**2 + 1) * (-L).exp() - 1 + L))",
    "kl-half-on-mu-only": "(0.5 * mu**2 + S - 1 - L)",
    "kl-half-not-on-mu": "(mu**2 + 0.5 * (S - 1 - L))",
    "kl-half-not-on-the-variance": "(0.5 * (mu**2 - 1 - L) + S)",
    "kl-half-not-on-one": "(0.5 * (mu**2 + S - L) - 1)",
    "kl-without-mu": "(0.5 * (S - 1 - L))",
    "kl-without-log-var": "(0.5 * (mu**2 + S - 1))",
    "kl-log-var-for-the-variance": "(0.5 * (mu**2 + L**2 - 1 - L))",
    "kl-double-exponent": "(0.5 * (mu**2 + (2 * L).exp() - 1 - L))",
    "kl-plus-one": "(0.5 * (mu**2 + S + 1 - L))",
    "kl-half-of-log-var": "(0.5 * (mu**2 + S - 1 - 0.5 * L))",
    "kl-minus-mu": "(0.5 * (S - 1 - L - mu**2))",
    "kl-square-of-a-sum": "(0.5 * ((mu + (0.5 * L).exp()) ** 2 - 1 - L))",
}
SCALES = {  # of the noise; L is log_var
    "scale-half-log-var": "(0.5 * L)",
    "scale-negative-exponent": "(-0.5 * L).exp()",
    "scale-one": "1.0",
    "scale-of-a-variance": "L.exp()",
    "scale-quarter-exponent": "(0.25 * L).exp()",
    "scale-half-of-the-variance": "0.5 * L.exp()",
    "scale-half-of-sigma": "0.5 * (0.5 * L).exp()",
    "scale-log-var": "L",
    "scale-softplus": "F.softplus(L)",
    "scale-root-of-size": "L.abs().sqrt()",
    "scale-tenth": "0.1",
}


def slips(exercise: str, p: Parts) -> list[tuple[str, str, dict[str, str]]]:
    """Return slips in one program, each (id, message, edits of the reference)."""
    noise = f"torch.randn({p.num}*mu.shape).to(mu)"
    encode = ENCODE.get(exercise, "mu, log_var = model.encode(x)")
    found = []
    for id, form in FORMS.items():
        form = form.replace("S", "log_var.exp()").replace("L", "log_var")
        found.append((id, KL_FORM, {p.kl: form}))
    for id, scale in SCALES.items():
        found.append((id, SPREAD, {p.z: f"(mu + {scale.replace('L', 'log_var')} * {noise})"}))
    found += [
        ("mu-and-log-var-exchanged", "You take the encoder's two outputs for each other. Which of them does model.encode return first?", {encode: encode.replace("mu, log_var", "log_var, mu")}),
        ("root-of-log-var", "You take the root of a number that may be negative: NaN. log_var is a logarithm. How does one undo a logarithm?", {p.z: f"(mu + log_var.sqrt() * {noise})"}),
        ("noise-times-mu", "z is not mu plus noise of its own size: mu multiplies the noise. Which of the two has the noise as a factor?", {p.z: f"(mu * {noise} + (0.5 * log_var).exp())"}),
        ("noise-and-mu-scaled", "Sigma multiplies mu as well as the noise. Where is the centre of q?", {p.z: f"((0.5 * log_var).exp() * (mu + {noise}))"}),
        ("uniform-noise-centred", SPREAD, {p.z: f"(mu + (0.5 * log_var).exp() * (torch.rand({p.num}*mu.shape).to(mu) - 0.5))"}),
        ("noise-without-mu", "mu is missing in z. Where is the centre of q?", {p.z: f"((0.5 * log_var).exp() * {noise})"}),
        ("sample-of-the-prior", "z is drawn from the prior and knows nothing about the image. Which distribution is to be sampled?", {p.z: f"(0 * mu + {noise})"}),
        ("kl-divided-twice", "kl is divided by the number of images twice. Is that still nats per image?", {p.kl_total: f"{p.kl_total} / len(x)"}),
        ("kl-negative", "kl is negative now. Which sign has a KL?", {p.kl_total: p.kl_total.replace("kl = ", "kl = -")}),
        ("kl-mean-over-dimensions", "kl is too small by a factor now: by a mean over the latent dimensions, or by a half too many. Do dimensions add up or average out?", {p.kl_total: f"kl = {p.kl}.mean()" if exercise != "repair_9" else f"kl = {p.kl}.mean(dim=1)"}),
        ("kl-without-its-half", "kl is twice what it should be. Which factor did you take away?", {p.kl_total: p.kl_total.replace("kl = ", "kl = 2 * ")}),
    ]  # fmt: skip
    if p.cost:
        name = p.cost.split("(")[1].split(", ")[0]
        logits = "model.decode(z)" if exercise == "repair_9" else name
        targets = p.cost.split(", ")[-2]
        found += [
            ("sigmoid-on-the-logits", "decode returns logits, and something between it and the loss has squeezed them. What does the loss expect?", {p.cost: p.cost.replace(logits, f"{logits}.sigmoid()")}),
            ("logits-negated", "Black and white are exchanged in the cost: the logits have the wrong sign, or the targets are inverted.", {p.cost: p.cost.replace(logits, f"-{logits}")}),
            ("arguments-exchanged", "Logits and images have changed places in the cost. Which does it take first?", {p.cost: f"F.binary_cross_entropy_with_logits({targets}, {logits}, "}),
            ("squared", "recon is a squared error now. Which distribution does the docstring name?", {p.cost: f"F.mse_loss({logits}.sigmoid(), {targets}, "}),
                    ("targets-thresholded", "The targets are cut to black and white. Charge the grey values as they are.", {p.cost: p.cost.replace(f", {targets},", f", ({targets} > 0.5).to(x.dtype),")}),
            ("ink-only", "Only one of the two terms of the cost is charged. What does a Bernoulli cost say about the rest, the paper?", {p.cost: f"(lambda l, t, reduction: (lambda c: c if reduction == 'none' else c.sum())(-t * F.logsigmoid(l)))({logits}, {targets}, "}),
        ]  # fmt: skip
    if exercise == "repair_9":
        return found
    found += [
        ("no-gradient-to-mu", "Recon's gradient reaches log_var, and not mu. Whose line is down?", {p.z: f"(mu.detach() + (0.5 * log_var).exp() * {noise})"}),
        ("kl-without-gradient", "The kl is in the loss and carries no gradient, so the encoder never feels its price. Which line cuts it off?", {p.total: p.total.replace("kl", "kl.detach()")}),
        ("recon-without-gradient", "recon is in the loss and carries no gradient, so nobody learns to draw. Which line cuts it off?", {p.total: p.total.replace("recon", "recon.detach()")}),
        ("encoder-without-gradient", "No gradient reaches the encoder, neither recon's nor the KL's. Which line cuts it off?", {encode: encode + "\n    mu, log_var = mu.detach(), log_var.detach()"}),
        ("seed-inside", "A fixed seed gives the same noise in every call. Who has fixed the dice?", {encode: "torch.manual_seed(0)\n    " + encode}),
        ("elbo", "The sign is that of an ELBO. The negative ELBO is asked for.", {f"return {p.total}": f"return -({p.total})"}),
        ("half-of-the-loss", "The loss is half of what it should be. Is it a mean of its two terms?", {f"return {p.total}": f"return 0.5 * ({p.total})"}),
        ("recon-divided-twice", "recon is divided by the number of images twice. Is that still nats per image?", {p.recon: f"{p.recon} / len(x)"}),
        ("recon-negative", "recon has the sign of a log-likelihood. Which sign has a cost?", {p.recon: p.recon.replace("recon = ", "recon = -")}),
        ("recon-halved", "recon is half of what it should be. Which factor is too many?", {p.recon: p.recon.replace("recon = ", "recon = 0.5 * ")}),
        ("right-for-784-pixels", "recon is right for pictures of 784 pixels only. What else tells the number of pixels?", {p.recon: f"{p.recon} / x.shape[1] * 784"}),
        ("kl-grows-with-the-batch", "The kl grows with the batch. One of its two axes is an axis of images: what happens to images?", {p.kl_total: f"kl = {p.kl}.sum()"}),
        ("both-grow-with-the-batch", "The loss grows with the batch now. Is that still nats per image?", {f"return {p.total}": f"recon, kl = recon * len(x), kl * len(x)\n    return {p.total}"}),
        ("recon-grows-with-the-batch", "recon is summed over the batch. Average over the images.", {p.recon: f"{p.recon} * len(x)"}),
        ("axes-exchanged", "You add up the images and average the dimensions. Which of the two should it be?", {p.kl_total: f"kl = {p.kl}.sum(dim=0).mean()"}),
        ("loss-alone", "You return one value. The docstring lists more.", {p.result: f"return {p.total}"}),
        ("nothing", "Nothing is returned. Return what the docstring lists.", {p.result: p.result.replace("return ", "_ = ")}),
        ("images-rounded", "The caller's images are changed: you write into x. They stay as they are, says the docstring.", {encode: "x.round_()\n    " + encode}),
        ("encoder-sees-scaled-pixels", "The encoder is given other pixels than before. Was that part of the disease?", {encode: encode.replace("encode(x", "encode(2 * x - 1")}),
        ("per-image", "The loss has a value for each image. Scalars are asked for.", {f"return {p.total}": f"return ({p.total}).expand(len(x))"}),
    ]  # fmt: skip
    if exercise != "repair_5":
        found += [
            ("loss-and-kl", "You return two values. The docstring lists three.", {p.result: f"return {p.total}, kl"}),
            ("recon-and-kl", "You return two values. The docstring lists three.", {p.result: "return recon, kl"}),
            ("a-dictionary", "You return a dictionary. The docstring asks for three values in a row.", {p.result: f"return {{'loss': {p.total}, 'recon': recon, 'kl': kl}}"}),
            ("terms-as-numbers", "recon and kl are returned as plain numbers. Three tensors are asked for, says the first line of the function.", {p.result: f"return {p.total}, recon.item(), kl.item()"}),
        ]  # fmt: skip
    return found


SAME = {
    ("repair_8", "recon-grows-with-the-batch"),
    ("repair_9", "scale-of-a-variance"),
    ("repair_6", "recon-grows-with-the-batch"),
    ("repair_6", "encoder-sees-scaled-pixels"),
    ("repair_4", "scale-of-a-variance"),
    ("repair_2", "kl-without-its-half"),
    ("repair_2", "kl-half-not-on-log-var"),
    ("repair_2", "kl-without-one"),
    ("repair_2", "kl-half-not-on-mu"),
    ("repair_2", "kl-half-not-on-the-variance"),
    ("repair_2", "kl-half-not-on-one"),
    ("repair_3", "kl-the-other-way"),
    ("repair_3", "kl-mean-over-dimensions"),
    ("repair_3", "kl-grows-with-the-batch"),
    ("repair_3", "both-grow-with-the-batch"),
    ("repair_3", "recon-grows-with-the-batch"),
    ("repair_3", "no-gradient-to-mu"),
    ("repair_1", "no-gradient-to-mu"),
    ("repair_5", "no-gradient-to-mu"),
    ("repair_1", "both-grow-with-the-batch"),
    ("repair_2", "both-grow-with-the-batch"),
    ("repair_5", "both-grow-with-the-batch"),
    ("repair_5", "squared"),
    ("repair_1", "scale-of-a-variance"),
    ("repair_1", "scale-quarter-exponent"),
    ("repair_5", "kl-negative"),
}


def add_slips(bank: Bank) -> None:
    """Add all slips to the bank, but those that it holds already."""
    for exercise, parts in PROGRAMS.items():
        known = {v.id for v in bank.of(exercise)}
        for id, message, edits in slips(exercise, parts):
            if id not in known and (exercise, id) not in SAME:
                bank.edit(exercise, id, message, edits)
