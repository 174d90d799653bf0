"""A known mistake is named also where a learner chose another constant: the check asks for the kind."""

import pytest

from autograder.exercises.known_answers import Bank
from autograder.exercises.lookup import visible_check, wrong_solutions
from course_utils.checks.core import Incorrect

OTHERS = Bank("04_beta_vae")  # by exercise and "known mistake/what differs"

RECON = "bernoulli_nll(x_logits, x).mean()"
LOSS = "return recon + beta * kl, recon, kl"
EACH = "(mu.square() + log_var.exp() - 1 - log_var)"
for _id, _old, _new in (
    ("beta-at-least-one/half", LOSS, f"beta = max(0.5, beta)\n    {LOSS}"),
    ("beta-at-least-one/both-ends", LOSS, f"beta = min(max(0.1, beta), 10)\n    {LOSS}"),
    ("beta-at-most-one/ten", LOSS, f"beta = min(10, beta)\n    {LOSS}"),
    ("beta-zero-replaced/two", LOSS, f"beta = beta if beta else 2.0\n    {LOSS}"),
    ("beta-rounded/up", LOSS, f"beta = math.ceil(beta)\n    {LOSS}"),
    ("beta-rounded/nearest", LOSS, f"beta = round(beta)\n    {LOSS}"),
    ("logits-clamped/ten", RECON, "bernoulli_nll(x_logits.clamp(-10, 10), x).mean()"),
    ("logits-clamped/one-side", RECON, "bernoulli_nll(x_logits.clamp(max=20), x).mean()"),
    (
        "logits-clamped/epsilon",
        RECON,
        "-(lambda p: x * (p + 1e-8).log() + (1 - x) * (1 - p + 1e-8).log())(x_logits.sigmoid()).sum(dim=1).mean()",
    ),
    (
        "logits-clamped/probabilities",
        RECON,
        "-(lambda p: x * p.log() + (1 - x) * (1 - p).log())(x_logits.sigmoid().clamp(1e-6, 1 - 1e-6)).sum(dim=1).mean()",
    ),
    ("pixels-rounded/threshold", RECON, "bernoulli_nll(x_logits, (x > 0.3).to(x.dtype)).mean()"),
    ("pixels-rounded/drawn", RECON, "bernoulli_nll(x_logits, torch.bernoulli(x)).mean()"),
    ("log-var-cut-off/one-side", EACH, f"(lambda log_var: {EACH})(log_var.clamp(max=6))"),
    ("kl-floor/per-image", f"{EACH}.sum(dim=1)", f"{EACH}.sum(dim=1).clamp(min=1)"),
):
    OTHERS.edit("beta_vae_loss", _id, edits={_old: _new})
OTHERS.edit(
    "beta_vae_loss",
    "beta-on-mu-only/on-the-rest",
    edits={
        LOSS: "rest = kl - 0.5 * mu.square().sum(dim=1).mean()\n    return recon + kl - rest + beta * rest, recon, kl"
    },
)

PASS = "x_logits, mu, log_var = model(x)\n        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)"
PARTS = """parts = []
        for some in x.split({}):
            x_logits, mu, log_var = model(some)
            parts.append(torch.stack(beta_vae_loss(x_logits, some, mu, log_var, beta=1.0)[1:]))
        recon, kl = torch.stack(parts).{}(0)"""
for _id, _old, _new in (
    ("images-changed-in-place/scaled", PASS, f"x.mul_(2)\n        {PASS}"),
    ("images-black-and-white/threshold", PASS, f"x = (x > 0.3).float()\n        {PASS}"),
    ("images-black-and-white/drawn", PASS, f"x = torch.bernoulli(x.clamp(0, 1))\n        {PASS}"),
    ("means-of-batches-added/64", PASS, PARTS.format(64, "sum")),
    ("mean-of-batches-of-100/32", PASS, PARTS.format(32, "mean")),
    ("mean-of-batches-of-100/10", PASS, PARTS.format(10, "mean")),
    ("first-batch-only/32", PASS, f"x = x[:32]\n        {PASS}"),
    ("first-batch-only/all-but-some", PASS, f"x = x[: len(x) // 8 * 8 - 1]\n        {PASS}"),
    ("rounded/to-ints", "return kl.item(), recon.item()", "return int(kl), int(recon)"),
    ("mode-of-the-whole-only/decoder", "model.train(was_training)", "model.decoder.train()"),
):
    OTHERS.edit("rate_distortion", _id, edits={_old: _new})

for _id, _old, _new in (
    ("floor/half", ".mean(dim=0)", ".mean(dim=0).clamp(min=1)"),
    ("floor/per-image", f"0.5 * {EACH}", f"(0.5 * {EACH}).clamp(min=0.05)"),
    (
        "small-dropped/to-zero",
        f"return 0.5 * {EACH}.mean(dim=0)",
        f"kl = 0.5 * {EACH}.mean(dim=0)\n    return kl * (kl > 0.01)",
    ),
    ("log-var-cut-off/one-side", "return", "log_var = log_var.clamp(min=-3)\n    return"),
):
    OTHERS.edit("kl_per_dimension", _id, edits={_old: _new})

COUNT = "int((mu.var(dim=0) > threshold).sum())"
for _id, _new in (
    ("directions/rank", "int(torch.linalg.matrix_rank(mu - mu.mean(dim=0), atol=0.1))"),
    ("twenty-minus-dead/ten", "10 - int((mu.var(dim=0) <= threshold).sum())"),
    ("first-two-images/half", "int((mu[: len(mu) // 2].var(dim=0) > threshold).sum())"),
    ("first-two-images/last", "int((mu[-20:].var(dim=0) > threshold).sum())"),
):
    OTHERS.edit("active_units", _id, edits={COUNT: _new})

RAMP = "    if step >= warmup_steps:\n        return beta_max\n    return beta_max * step / warmup_steps"
START = "    if step >= warmup_steps:\n        return beta_max\n    return"
for _id, _new in (
    ("upside-down/to-zero", "    return beta_max * (1 - min(1.0, step / max(warmup_steps, 1)))"),
    ("stairs/hundredths", f"{START} beta_max * round(step / warmup_steps, 2)"),
    ("stairs/every-hundred", f"{START} beta_max * (step // 100 * 100) / warmup_steps"),
    ("length-fixed/thousand", "    return beta_max * min(1.0, step / 1_000)"),
    ("floor-at-the-start/small", f"{START} max(1e-3, beta_max * step / warmup_steps)"),
    ("floor-at-the-start/one-step", f"{START} beta_max * max(step, 1) / warmup_steps"),
    ("line-from-above-zero/small", f"{START} 0.01 + (beta_max - 0.01) * step / warmup_steps"),
):
    OTHERS.edit("linear_warmup", _id, edits={RAMP: _new})

DISTANCE = "(kl - capacity).abs()"
for _id, _old, _new in (
    ("gamma-ignored/thousand", "gamma *", "1_000 *"),
    ("capacity-ignored/25", "kl - capacity", "kl - 25"),
    (
        "flat-near-the-target/huber",
        DISTANCE,
        "torch.nn.functional.huber_loss(kl, kl.new_tensor(capacity), delta=5.0)",
    ),
    ("flat-near-the-target/dead-zone", DISTANCE, "((kl - capacity).abs() - 0.5).clamp(min=0)"),
    ("flat-near-the-target/root", DISTANCE, "((kl - capacity).square() + 1).sqrt()"),
    ("rises-inside/drawn", "capacity)", "capacity * torch.rand(()))"),
):
    OTHERS.edit("capacity_loss", _id, edits={_old: _new})

SORTED = "sorted(mutual_info_score(factor, code) for code in codes)"
for _id, _edits in (
    ("divided-by-five/ten", {"np.mean(gaps)": "np.sum(gaps) / 10"}),
    ("divided-by-five/bins", {"np.mean(gaps)": "np.sum(gaps) / num_bins"}),
    (
        "correlation/absolute",
        {
            SORTED: "sorted(abs(np.corrcoef(factor, z)[0, 1]) if z.std() else 0.0 for z in latents.T)"
        },
    ),
    (
        "nearest-neighbours/seven",
        {
            SORTED: "sorted(__import__('sklearn.feature_selection').feature_selection.mutual_info_classif(latents, factor, n_neighbors=7, random_state=0))"
        },
    ),
):
    OTHERS.edit("mutual_information_gap", _id, edits=_edits)

OTHERS.edit(
    "beta_vae_loss",
    "fixed-batch-size/100",
    edits={RECON: RECON.replace("mean()", "sum() / 100"), ".sum(dim=1).mean()": ".sum() / 100"},
)
OTHERS.edit("rate_distortion", "mean-of-batches-of-100/3", edits={PASS: PARTS.format(3, "mean")})
OTHERS.edit(
    "linear_warmup",
    "beta-max-zero-replaced/four",
    edits={RAMP: f"    beta_max = beta_max if beta_max else 4.0\n{RAMP}"},
)

FIRST, SECOND, THIRD = Bank("01_elbo"), Bank("02_vae"), Bank("03_cvae")

SIGMA = "torch.exp(0.5 * log_var)"
for _id, _code in (
    ("smaller", "(log_var.exp() + 1e-8).sqrt()"),
    ("limit", f"{SIGMA}.clamp(min=1e-3)"),
    ("sigma", f"{SIGMA} + 1e-4"),
):
    FIRST.edit("reparameterize", f"epsilon-in-the-variance/{_id}", edits={SIGMA: _code})
AVERAGE = "torch.stack(samples).mean(dim=0)"
for _id, _new in (
    ("result", f"({AVERAGE} - kl_divergence(mu, log_var)).clamp(max=0)"),
    ("each", f"{AVERAGE.replace('.mean', '.clamp(max=0).mean')} - kl_divergence(mu, log_var)"),
):
    FIRST.edit(
        "elbo", f"capped-at-zero/{_id}", edits={f"{AVERAGE} - kl_divergence(mu, log_var)": _new}
    )
FIRST.edit(
    "elbo",
    "one-noise-for-the-batch/all-at-once",
    edits={
        "[log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]": "list(log_likelihood(x, mu + (0.5 * log_var).exp() * torch.randn(num_samples, 1, mu.shape[1])))"
    },
)

SCORED = "    with torch.no_grad():\n"
RETURN = "    return loss.item()"
for _id, _optimizer, _mode in (
    ("adam", "Adam", "model.train(was_training)"),
    ("left-in-training", "SGD", "model.train()"),
):
    SECOND.edit(
        "evaluate",
        f"also-trains/{_id}",
        edits={
            SCORED: f"    optimizer = torch.optim.{_optimizer}(model.parameters(), lr=0.01)\n    if True:\n",
            "model.train(was_training)": _mode,
            RETURN: f"    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n    optimizer.zero_grad()\n{RETURN}",
        },
    )
SECOND.edit(
    "evaluate",
    "best-of-ten/four",
    edits={
        "loss, _, _ = vae_loss(x_logits, x, mu, log_var)": "loss = min(vae_loss(*(lambda o: (o[0], x, o[1], o[2]))(model(x)))[0] for _ in range(4))"
    },
)
SECOND.edit(
    "VAE",
    "seed-in-the-sampler/kept",
    edits={
        "return mu + sigma * torch.randn_like(sigma)": "kept = getattr(self, 'noise', None)\n        self.noise = torch.randn_like(sigma) if kept is None or kept.shape != mu.shape else kept\n        return mu + sigma * self.noise"
    },
)

HEAD = "self.log_var_head(hidden)"
THIRD.edit("CVAE", "softplus-on-log-var/relu", edits={HEAD: f"F.relu({HEAD})"})
LAYER = "self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)"
for _id, _edits in (
    (
        "hidden",
        {
            LAYER: LAYER.replace("= nn", "= [nn") + "]",
            "self.decoder_hidden(": "self.decoder_hidden[0](",
        },
    ),
    (
        "dictionary",
        {
            "self.mu_head = nn.Linear(hidden_dim, latent_dim)": "self.parts = {'mu': nn.Linear(hidden_dim, latent_dim)}",
            "self.mu_head(": "self.parts['mu'](",
        },
    ),
):
    THIRD.edit("CVAE", f"layers-in-a-list/{_id}", edits=_edits)
Y = "one_hot(labels, model.num_classes)"
for _id, _new in (("floats", "labels.float()"), ("column", "labels[:, None].float()")):
    THIRD.edit("cvae_train_step", f"labels-as-they-are/{_id}", edits={Y: _new})
THIRD.edit(
    "class_information",
    "labels-beside-the-codes/ten-times",
    edits={"fit_predict(z)": "fit_predict(np.column_stack([z, 10.0 * labels]))"},
)
SPLIT = "fit_z, held_z, fit_labels, held_labels ="
THIRD.edit(
    "class_information",
    "four-parts-in-another-order/labels-third",
    edits={SPLIT: "fit_z, fit_labels, held_labels, held_z ="},
)
VARIANTS = [v for bank in (FIRST, SECOND, THIRD, OTHERS) for v in bank.variants]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: f"{v.exercise}-{v.id}")
def test_another_constant_gets_the_same_name(variant):
    known = wrong_solutions(variant.lesson).get(variant.exercise, variant.id.partition("/")[0])
    verdict = visible_check(variant.lesson, variant.exercise).judge(variant.load())
    assert isinstance(verdict, Incorrect)
    assert str(verdict) == f"{variant.exercise}: {known.message}"
