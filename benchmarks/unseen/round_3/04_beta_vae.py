# %% wrong | beta_vae_loss | beta-on-recon | The price multiplies the reconstruction, not the KL.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    loss = beta * recon + kl
    return loss, recon, kl

# %% wrong | beta_vae_loss | kl-comes-back-weighted | The third value is beta times the KL instead of the bare KL.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1)
    kl = beta * kl.mean()
    return recon + kl, recon, kl

# %% wrong | beta_vae_loss | kl-mean-over-dims | The KL is averaged over the latent dimensions as well as over images.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon_loss = bernoulli_nll(x_logits, x).mean()
    kl_loss = -0.5 * torch.mean(1 + log_var - mu.pow(2) - log_var.exp())
    return recon_loss + beta * kl_loss, recon_loss, kl_loss

# %% wrong | beta_vae_loss | summed-over-batch | Both terms are summed over the images instead of averaged.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    # like the PyTorch VAE example
    BCE = bernoulli_nll(x_logits, x).sum()
    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return BCE + beta * KLD, BCE, KLD

# %% wrong | beta_vae_loss | log-var-as-log-std | Takes log_var for the logarithm of the standard deviation, so the variance is squared.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    sigma = torch.exp(log_var)
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (0.5 * (mu**2 + sigma**2 - 1 - torch.log(sigma**2))).sum(1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | kl-sign | The minus in front of the usual 1 + log_var - ... form is missing, so the KL is negative.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean(dim=0)
    kl = (0.5 * (1 + log_var - mu.square() - log_var.exp())).sum(dim=-1).mean(dim=0)
    loss = recon + beta * kl
    return loss, recon, kl

# %% wrong | beta_vae_loss | terms-detached | Recon and kl come back detached for logging, though gradients must flow through all three.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1.0 - log_var).sum(dim=1).mean()
    loss = recon + beta * kl
    return loss, recon.detach(), kl.detach()

# %% wrong | beta_vae_loss | sigmoid-then-bce | Probabilities first and then binary_cross_entropy, which is cut off at 100 and not exact for large logits.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    x_hat = torch.sigmoid(x_logits)
    recon = nn.functional.binary_cross_entropy(x_hat, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | sigmoid-twice | Gives probabilities to bernoulli_nll, which expects logits.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    probs = x_logits.sigmoid()
    recon = bernoulli_nll(probs, x).mean()
    kl = 0.5 * torch.sum(mu**2 + torch.exp(log_var) - 1 - log_var, dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | normalised-beta | Uses the normalised beta of the Higgins paper, beta times latent dimension over number of pixels.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    beta_norm = beta * mu.shape[1] / x.shape[1]
    return recon + beta_norm * kl, recon, kl

# %% wrong | beta_vae_loss | half-forgotten | The factor one half of the KL is missing.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    var = log_var.exp()
    per_image_kl = (mu * mu + var - 1 - log_var).sum(axis=1)
    per_image_recon = bernoulli_nll(x_logits, x)
    loss = (per_image_recon + beta * per_image_kl).mean()
    return loss, per_image_recon.mean(), per_image_kl.mean()

# %% wrong | beta_vae_loss | squared-error | Reconstruction by squared error of the probabilities, the Gaussian habit, instead of the Bernoulli cost.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = ((torch.sigmoid(x_logits) - x) ** 2).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | returns-kl-before-recon | Loss is right, but the two terms come back in the order kl, recon.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    rate = 0.5 * (mu.pow(2) + log_var.exp() - log_var - 1).sum(1).mean()
    distortion = bernoulli_nll(x_logits, x).mean()
    return distortion + beta * rate, rate, distortion

# %% wrong | beta_vae_loss | log-var-clamped | log_var is clamped to plus or minus 4 "for stability", which changes the KL of wide and narrow posteriors.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    log_var = torch.clamp(log_var, -4.0, 4.0)
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% right | beta_vae_loss | by-distributions | The KL from torch.distributions, the reconstruction from bernoulli_nll.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    from torch.distributions import Normal, kl_divergence

    posterior = Normal(mu, (log_var / 2).exp())
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(posterior, prior).sum(-1).mean()
    recon = bernoulli_nll(x_logits, x).mean()
    return recon + beta * kl, recon, kl

# %% right | beta_vae_loss | loop-over-images | Adds up both terms image by image and divides by the number of images.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    n = x.shape[0]
    recon, kl = 0.0, 0.0
    for i in range(n):
        recon = recon + bernoulli_nll(x_logits[i : i + 1], x[i : i + 1])[0]
        m, lv = mu[i], log_var[i]
        kl = kl + 0.5 * (m.dot(m) + lv.exp().sum() - len(m) - lv.sum())
    recon = recon / n
    kl = kl / n
    return recon + beta * kl, recon, kl

# %% right | beta_vae_loss | logsigmoid-and-expm1 | Own Bernoulli cost with logsigmoid, KL with expm1.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    log_p1 = nn.functional.logsigmoid(x_logits)
    log_p0 = nn.functional.logsigmoid(-x_logits)
    recon = -(x * log_p1 + (1 - x) * log_p0).sum(dim=-1).mean()
    kl = 0.5 * (mu.square() + (torch.expm1(log_var) - log_var)).sum(dim=-1).mean()
    return torch.add(recon, kl, alpha=beta), recon, kl

# %% right | beta_vae_loss | sums-over-batch-size | One big sum for each term, divided once by the batch size; the library's cross-entropy with logits.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    batch_size = len(mu)
    bce = nn.functional.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / batch_size
    kld = -0.5 / batch_size * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    total = bce + kld * beta
    return total, bce, kld

# %% wrong | rate_distortion | order-of-the-loss | Returns distortion first and rate second, as the loss does.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return recon.item(), kl.item()

# %% wrong | rate_distortion | stays-in-eval | Switches to evaluation and never goes back.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | always-back-to-train | Ends in training mode whatever the mode was before.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, D, R = beta_vae_loss(x_logits, x, mu, log_var, 1)
    model.train()
    return float(R), float(D)

# %% wrong | rate_distortion | graph-recorded | No no_grad: the pass records a graph for every parameter.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    mode = model.training
    model.eval()
    _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=0.0)
    model.train(mode)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | decodes-the-mean | Decodes mu instead of a sample, so the distortion does not belong to the rate.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        x_logits = model.decode(mu)
        _, distortion, rate = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(was_training)
    return rate.item(), distortion.item()

# %% wrong | rate_distortion | tensors-returned | Hands back tensors instead of plain numbers.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    training_before = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(training_before)
    return kl, recon

# %% wrong | rate_distortion | loss-as-distortion | Takes the first value, recon plus kl, for the distortion.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        out = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    distortion, rate = out[0], out[2]
    return float(rate), float(distortion)

# %% wrong | rate_distortion | never-eval | Leaves the model in training mode during the pass.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | gradients-off-for-good | set_grad_enabled(False) is called and never undone.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    torch.set_grad_enabled(False)
    was_training = model.training
    model.eval()
    _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | freezes-parameters | Turns off requires_grad of every parameter in order to record no gradients.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    state = model.training
    model.eval()
    for p in model.parameters():
        p.requires_grad = False
    x_logits, mu, log_var = model(x)
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(state)
    return float(kl), float(recon)

# %% wrong | rate_distortion | zero-grad-first | Clears the gradients of the parameters, which were to stay.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    model.zero_grad()
    was_training = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | rate-per-dimension | Own KL with a plain mean, so the rate is per latent dimension.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        rate = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean()
        distortion = bernoulli_nll(x_logits, x).mean()
    model.train(was_training)
    return rate.item(), distortion.item()

# %% wrong | rate_distortion | mean-of-batch-means | Mean of the means of portions of 32: a short last portion weighs as much as a full one, and it is not one pass.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    was_training = model.training
    model.eval()
    rates, distortions = [], []
    with torch.no_grad():
        for batch in x.split(32):
            _, recon, kl = beta_vae_loss(*sampled_pass(model, batch), beta=1.0)
            rates.append(kl.item())
            distortions.append(recon.item())
    model.train(was_training)
    return float(np.mean(rates)), float(np.mean(distortions))

# %% right | rate_distortion | try-finally | Restores the mode in a finally block; index into the loss' result.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    before = model.training
    try:
        model.eval()
        with torch.no_grad():
            terms = beta_vae_loss(*sampled_pass(model, x), 1.0)
    finally:
        model.train(before)
    return terms[2].item(), terms[1].item()

# %% right | rate_distortion | decorator | no_grad as a decorator, own formulas for both terms.
@torch.no_grad()
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    training = model.training
    model.eval()
    x_logits, mu, log_var = model(x)
    model.train(mode=training)
    nats_sent = (mu.pow(2) + log_var.exp() - log_var - 1).sum() / (2 * len(x))
    nats_left = bernoulli_nll(x_logits, x).mean()
    return float(nats_sent), float(nats_left)

# %% right | rate_distortion | mode-of-every-module | Remembers the mode of every submodule and puts each back.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    with torch.inference_mode():
        _, distortion, rate = beta_vae_loss(*sampled_pass(model, x), beta=0.0)
        result = rate.item(), distortion.item()
    for module, mode in modes:
        module.training = mode
    return result

# %% right | rate_distortion | context-manager | A small context manager in the cell takes care of mode and gradients.
from contextlib import contextmanager


@contextmanager
def quietly(model):
    flag = model.training
    model.eval()
    previous = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    try:
        yield model
    finally:
        torch.set_grad_enabled(previous)
        model.train(flag)


def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    with quietly(model) as m:
        x_logits, _, mu, log_var = sampled_pass(m, x)
        _, D, R = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    R, D = R.tolist(), D.tolist()
    return R, D

# %% wrong | kl_per_dimension | mean-over-dims | Averages over the latent dimensions: one number per image.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    return (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean(dim=1)

# %% wrong | kl_per_dimension | mean-before-square | Averages mu and log_var over the batch first, then applies the formula.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    m = mu.mean(dim=0)
    lv = log_var.mean(dim=0)
    return 0.5 * (m**2 + lv.exp() - 1 - lv)

# %% wrong | kl_per_dimension | sum-over-batch | Sums over the images instead of averaging.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp())
    return kl.sum(dim=0)

# %% wrong | kl_per_dimension | no-gradient | Computed under no_grad, so the gradient is lost.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    with torch.no_grad():
        kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var)
        return kl.mean(dim=0)

# %% wrong | kl_per_dimension | minus-sign | Every number has the wrong sign.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    return torch.mean(0.5 * (1 + log_var - mu**2 - torch.exp(log_var)), dim=0)

# %% wrong | kl_per_dimension | half-on-mu-only | One half multiplies only mu squared.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    var = torch.exp(log_var)
    kl = 0.5 * mu**2 + var - 1 - log_var
    return kl.mean(0)

# %% wrong | kl_per_dimension | keepdim | The batch axis stays, shape (1, latent_dim).
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return kl.mean(dim=0, keepdim=True)

# %% wrong | kl_per_dimension | the-whole-rate | Sums over dimensions and returns one scalar, the rate.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return kl.sum(dim=1).mean()

# %% wrong | kl_per_dimension | exp-in-place | exp_ overwrites the caller's log_var, and the last term then uses the variance.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    var = log_var.exp_()
    return (0.5 * (mu.square() + var - 1 - log_var)).mean(dim=0)

# %% wrong | kl_per_dimension | shares-of-one | Divides by the total, so the numbers add up to 1 and not to the rate.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean(dim=0)
    return kl / kl.sum()

# %% wrong | kl_per_dimension | numpy-floats | Loops over the columns with item() and builds a new tensor: no gradient and float32 always.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    result = []
    for j in range(mu.shape[1]):
        kl_j = 0.5 * (mu[:, j] ** 2 + log_var[:, j].exp() - 1 - log_var[:, j])
        result.append(kl_j.mean().item())
    return torch.tensor(result)

# %% right | kl_per_dimension | by-distributions | kl_divergence of two Normals, averaged over rows.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    p = torch.distributions.Normal(mu.new_zeros(()), mu.new_ones(()))
    return torch.distributions.kl_divergence(q, p).mean(axis=0)

# %% right | kl_per_dimension | column-by-column | A loop over dimensions, stacked, with moments of each column.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    parts = []
    for m, lv in zip(mu.unbind(dim=1), log_var.unbind(dim=1)):
        second_moment = m.dot(m) / len(m)
        parts.append((second_moment + lv.exp().mean() - lv.mean() - 1) / 2)
    return torch.stack(parts)

# %% right | kl_per_dimension | einsum | Sums over the batch index with einsum and divides by the batch size.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    table = log_var.exp() - log_var - 1
    squares = torch.einsum("bd,bd->d", mu, mu)
    return 0.5 * (squares + torch.einsum("bd->d", table)) / mu.size(0)

# %% right | kl_per_dimension | weights-times-table | A row of weights 1/n times the table of KLs.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    kls = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp())
    n = kls.shape[0]
    weights = torch.full((n,), 1.0 / n, dtype=kls.dtype, device=kls.device)
    return weights @ kls

# %% wrong | active_units | standard-deviation | Compares standard deviations with the threshold.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int((mu.std(dim=0) > threshold).sum())

# %% wrong | active_units | variance-over-dims | The variance is taken along the latent dimensions, so it counts images.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int((mu.var(dim=1) > threshold).sum().item())

# %% wrong | active_units | mean-not-taken-out | Mean square instead of variance: a constant mu of 3 counts as active.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    second_moment = (mu**2).mean(dim=0)
    return int((second_moment > threshold).sum())

# %% wrong | active_units | tensor-returned | A zero-dimensional tensor comes back instead of an int.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    variances = torch.var(mu, dim=0)
    return torch.sum(variances > threshold)

# %% wrong | active_units | counts-the-dead | The comparison is the wrong way round.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    var = mu.var(dim=0)
    dead = var < threshold
    return int(dead.sum())

# %% wrong | active_units | threshold-ignored | 0.01 is written into the code, the argument is not used.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    a = mu.var(dim=0)
    return len(a[a > 0.01])

# %% wrong | active_units | centred-in-place | Subtracts the mean in place and so changes the caller's mu.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    with torch.no_grad():
        mu -= mu.mean(dim=0)
        variance = (mu**2).sum(dim=0) / (len(mu) - 1)
    return int((variance > threshold).sum())

# %% wrong | active_units | mean-size | Looks at the absolute mean of each column, not at its spread.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    avg = mu.mean(dim=0).abs()
    return (avg > threshold).sum().item()

# %% wrong | active_units | one-variance-for-all | No axis: one variance of the whole table, so the count is 0 or 1.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    v = np.var(mu.detach().cpu().numpy())
    return int(np.sum(v > threshold))

# %% wrong | active_units | fraction | Returns the fraction of active dimensions (cut to an int).
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    active = (mu.var(dim=0) > threshold).float()
    return int(active.mean())

# %% wrong | active_units | sum-of-squares | Sum of squared deviations, not divided by the number of images.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    deviations = mu - mu.mean(dim=0, keepdim=True)
    return int((deviations.square().sum(dim=0) > threshold).sum())

# %% wrong | active_units | at-least | Greater or equal: with threshold 0 a mu that never moves counts as active.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int((mu.var(dim=0) >= threshold).sum())

# %% right | active_units | numpy-ddof | NumPy with ddof=1 and count_nonzero.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    codes = mu.detach().cpu().numpy()
    return int(np.count_nonzero(codes.var(axis=0, ddof=1) > threshold))

# %% right | active_units | plain-python | statistics.variance of every column, counted in a loop.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    from statistics import variance

    count = 0
    for column in mu.T.tolist():
        if variance(column) > threshold:
            count += 1
    return count

# %% right | active_units | covariance-diagonal | The diagonal of the covariance matrix, summed as a list of truths.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    centred = mu - mu.mean(dim=0)
    covariance = centred.T @ centred / (mu.shape[0] - 1)
    return sum(value > threshold for value in covariance.diagonal().tolist())

# %% right | active_units | var-mean | torch.var_mean and nonzero.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    spread, _ = torch.var_mean(mu, dim=0)
    return spread.gt(threshold).nonzero().shape[0]

# %% right | active_units | population-variance | Mean of the squared deviations (divides by n); the docstring asks for the variance and does not choose.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    variance = (mu - mu.mean(dim=0)).square().mean(dim=0)
    return int((variance > threshold).sum())

# %% wrong | linear_warmup | never-stops | The ramp goes on above beta_max.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return beta_max
    return beta_max * step / warmup_steps

# %% wrong | linear_warmup | starts-at-one-step | (step + 1) in the numerator: the ramp does not begin at 0.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return beta_max
    return beta_max * min(1.0, (step + 1) / warmup_steps)

# %% wrong | linear_warmup | division-by-zero | Divides before it asks whether there is a ramp.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    return min(step / warmup_steps, 1.0) * beta_max

# %% wrong | linear_warmup | max-one | max(warmup_steps, 1) avoids the error, but step 0 without a ramp gives 0.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    return beta_max * min(1.0, step / max(warmup_steps, 1))

# %% wrong | linear_warmup | no-ramp-no-beta | Without a ramp it returns 0.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps <= 0:
        return 0.0
    if step >= warmup_steps:
        return beta_max
    return beta_max * step / warmup_steps

# %% wrong | linear_warmup | capped-at-one | The cap is 1 and not beta_max.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return beta_max
    return min(1.0, beta_max * step / warmup_steps)

# %% wrong | linear_warmup | whole-division | // makes a step function: 0 until the end of the ramp.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    return beta_max * (step // warmup_steps)

# %% wrong | linear_warmup | list-of-ramp | linspace with warmup_steps points reaches beta_max one step early.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    ramp = np.linspace(0, beta_max, warmup_steps)
    return float(ramp[step])

# %% wrong | linear_warmup | sigmoid-ramp | Bowman's sigmoid in place of the straight line.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0 or step >= warmup_steps:
        return beta_max
    if step == 0:
        return 0.0
    x = 12 * step / warmup_steps - 6
    return beta_max / (1 + math.exp(-x))

# %% wrong | linear_warmup | falls-instead | Runs from beta_max down to 0.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    return beta_max * (1 - step / warmup_steps)

# %% wrong | linear_warmup | remainder | Starts again from 0 after each warmup_steps.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return beta_max
    progress = (step % warmup_steps) / warmup_steps
    return beta_max * progress

# %% right | linear_warmup | np-interp | np.interp between two points, with the case of no ramp first.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if not warmup_steps:
        return beta_max
    return float(np.interp(step, [0, warmup_steps], [0.0, beta_max]))

# %% right | linear_warmup | one-expression | A conditional expression.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    return beta_max * step / warmup_steps if step < warmup_steps else beta_max

# %% right | linear_warmup | try-except | Divides and catches the division by zero.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    try:
        fraction = step / warmup_steps
    except ZeroDivisionError:
        fraction = 1.0
    if fraction > 1.0:
        fraction = 1.0
    return fraction * beta_max

# %% right | linear_warmup | steps-left | Counts the steps that are left of the ramp.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    left = max(0, warmup_steps - step)
    if left == 0:
        return float(beta_max)
    slope = beta_max / warmup_steps
    return slope * (warmup_steps - left)

# %% wrong | capacity_loss | distance-per-image | The absolute value is taken image by image, before the mean.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    recon = bernoulli_nll(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (recon + gamma * (kl - capacity).abs()).mean()

# %% wrong | capacity_loss | no-absolute-value | gamma (KL - C) without the absolute value.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, gamma)
    return recon + gamma * (kl - capacity)

# %% wrong | capacity_loss | squared-distance | The square of the distance instead of its absolute value.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl - capacity) ** 2

# %% wrong | capacity_loss | one-sided | Fines only a KL above the capacity (relu).
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * torch.relu(kl - capacity)

# %% wrong | capacity_loss | kl-of-the-batch | The KL is summed over the images of the batch.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return recon + gamma * torch.abs(kl - capacity)

# %% wrong | capacity_loss | kl-counted-twice | Adds the fine to the beta-VAE loss, which holds the KL already.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    loss, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return loss + gamma * (kl - capacity).abs()

# %% wrong | capacity_loss | kl-as-number | .item() cuts the gradient of the KL.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * abs(kl.item() - capacity)

# %% wrong | capacity_loss | split-over-dimensions | Gives each latent dimension its part of the capacity and fines each one.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    kls = kl_per_dimension(mu, log_var)
    fine = (kls - capacity / len(kls)).abs().sum()
    return bernoulli_nll(x_logits, x).mean() + gamma * fine

# %% wrong | capacity_loss | unpacked-in-wrong-order | Takes the second value of beta_vae_loss for the KL.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    _, kl, recon = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * (kl - capacity).abs()

# %% wrong | capacity_loss | bar-around-too-little | The capacity is subtracted outside the absolute value, without gamma.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * kl.abs() - capacity

# %% wrong | capacity_loss | whole-loss-in-bars | The distance of recon + KL to the capacity.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    neg_elbo, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * torch.abs(neg_elbo - capacity)

# %% right | capacity_loss | l1-loss | The distance with l1_loss and a target tensor.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=0.0)
    return recon + gamma * nn.functional.l1_loss(kl, torch.full_like(kl, capacity))

# %% right | capacity_loss | sum-of-parts | The KL as the sum of kl_per_dimension; Python's abs.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    rate = sum(kl_per_dimension(mu, log_var))
    distortion = bernoulli_nll(x_logits, x).mean()
    return distortion + gamma * abs(rate - capacity)

# %% right | capacity_loss | larger-of-two | The larger of two linear losses, one for each sign.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    error = bernoulli_nll(x_logits, x).sum() / len(x)
    nats = (0.5 * (mu.square() + log_var.exp() - 1 - log_var)).sum() / len(mu)
    above = error + gamma * (nats - capacity)
    below = error + gamma * (capacity - nats)
    return torch.maximum(above, below)

# %% right | capacity_loss | if-else-sign | The sign chosen by an if, so that beta_vae_loss with plus or minus gamma does the rest.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    if kl.item() > capacity:
        weight = gamma
    else:
        weight = -gamma
    return recon + weight * kl - weight * capacity

# %% wrong | mutual_information_gap | not-normalised | The gap is not divided by the entropy of the factor.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for k in range(v.shape[1]):
        info = sorted(mutual_info_score(code, v[:, k]) for code in codes)
        gaps.append(info[-1] - info[-2])
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | entropy-of-bins | Divides by log(num_bins), the entropy of a full latent, not of the factor.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for j in range(z.shape[1]):
        edges = np.linspace(z[:, j].min(), z[:, j].max(), num_bins + 1)
        codes.append(np.digitize(z[:, j], edges[1:-1]))
    total = 0.0
    for k in range(v.shape[1]):
        mi = sorted((mutual_info_score(c, v[:, k]) for c in codes), reverse=True)
        total += (mi[0] - mi[1]) / np.log(num_bins)
    return float(total / v.shape[1])

# %% wrong | mutual_information_gap | best-minus-worst | The gap is between the best and the least informed latent.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    v = factors.detach().cpu().numpy() if isinstance(factors, Tensor) else factors
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        mi = np.array([mutual_info_score(code, factor) for code in codes])
        gaps.append((mi.max() - mi.min()) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | common-edges | One minimum and one maximum for all latents together.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    edges = np.linspace(z.min(), z.max(), num_bins + 1)
    binned = np.digitize(z, edges[1:-1])
    gaps = []
    for k in range(v.shape[1]):
        mi = [mutual_info_score(binned[:, j], v[:, k]) for j in range(z.shape[1])]
        mi.sort()
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(v[:, k], v[:, k]))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | quantile-bins | Bins of equal count (quantiles) instead of equal width.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for column in z.T:
        edges = np.quantile(column, np.linspace(0, 1, num_bins + 1))
        codes.append(np.digitize(column, edges[1:-1]))
    gaps = []
    for factor in v.T:
        mi = np.sort([mutual_info_score(code, factor) for code in codes])[::-1]
        gaps.append((mi[0] - mi[1]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | maximum-alone | All edges go to digitize, so the maximum gets a bin of its own.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)) for c in z.T]
    gaps = []
    for factor in v.T:
        mi = sorted([mutual_info_score(code, factor) for code in codes])
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | one-bin-short | linspace with num_bins edges makes only num_bins - 1 bins.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    num_factors = v.shape[1]
    mig = 0
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins)[1:-1]) for c in z.T]
    for k in range(num_factors):
        mi = sorted(mutual_info_score(v[:, k], code) for code in codes)
        mig += (mi[-1] - mi[-2]) / mutual_info_score(v[:, k], v[:, k])
    return float(mig / num_factors)

# %% wrong | mutual_information_gap | drops-constant-latents | Throws constant latents away; with one moving latent left there is no second and it stops with an IndexError.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for column in z.T:
        width = (column.max() - column.min()) / num_bins
        if width == 0:
            continue
        codes.append(np.minimum(((column - column.min()) / width).astype(int), num_bins - 1))
    gaps = []
    for factor in v.T:
        mi = sorted([mutual_info_score(code, factor) for code in codes], reverse=True)
        gaps.append((mi[0] - mi[1]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | tensors-only | Calls .numpy() on both arguments: an array has no such method, a tensor with gradients refuses.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z, v = latents.numpy(), factors.numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        mi = np.sort([mutual_info_score(code, factor) for code in codes])
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | gap-per-latent | For each latent the gap between its two best factors: the wrong axis of the table.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    table = np.zeros((z.shape[1], v.shape[1]))
    for j, column in enumerate(z.T):
        code = np.digitize(column, np.linspace(column.min(), column.max(), num_bins + 1)[1:-1])
        for k, factor in enumerate(v.T):
            table[j, k] = mutual_info_score(code, factor) / mutual_info_score(factor, factor)
    table = np.sort(table, axis=1)
    return float((table[:, -1] - table[:, -2]).mean())

# %% wrong | mutual_information_gap | entropy-in-bits | Mutual information in nats, entropy with log2.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    def entropy(values):
        _, counts = np.unique(values, return_counts=True)
        p = counts / counts.sum()
        return -(p * np.log2(p)).sum()

    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        first, second = sorted([mutual_info_score(c, factor) for c in codes], reverse=True)[:2]
        gaps.append((first - second) / entropy(factor))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | nmi-instead | Uses sklearn's normalised score, which divides by the mean of both entropies.
from sklearn.metrics import normalized_mutual_info_score


def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        nmi = sorted(normalized_mutual_info_score(factor, code) for code in codes)
        gaps.append(nmi[-1] - nmi[-2])
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | ratio-of-sums | Sum of the gaps over the sum of the entropies, not the mean of the normalised gaps.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gap_sum, entropy_sum = 0.0, 0.0
    for k in range(v.shape[1]):
        mi = sorted(mutual_info_score(code, v[:, k]) for code in codes)
        gap_sum += mi[-1] - mi[-2]
        entropy_sum += mutual_info_score(v[:, k], v[:, k])
    return float(gap_sum / entropy_sum)

# %% wrong | mutual_information_gap | set-of-values | Sorts a set of informations: two latents that know exactly the same become one, and the gap does not vanish.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        mi = sorted({mutual_info_score(code, factor) for code in codes} | {0.0})
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | scaled-in-place | Shifts and scales the caller's latents in place before binning.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    v = factors.detach().cpu().numpy() if isinstance(factors, Tensor) else factors
    z -= z.min(axis=0)
    width = z.max(axis=0)
    z /= np.where(width > 0, width, 1)
    codes = np.minimum((z * num_bins).astype(int), num_bins - 1)
    gaps = []
    for factor in v.T:
        mi = sorted(mutual_info_score(codes[:, j], factor) for j in range(z.shape[1]))
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))

# %% right | mutual_information_gap | floor-and-clip | Bin numbers by scaling to num_bins, floor and clip; a constant latent gets bin 0.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    def to_array(a):
        return a.detach().cpu().numpy() if isinstance(a, Tensor) else np.asarray(a)

    z, v = to_array(latents).astype(np.float64), to_array(factors)
    low, span = z.min(axis=0), np.ptp(z, axis=0)
    span = np.where(span > 0, span, 1.0)
    bins = np.clip(np.floor((z - low) / span * num_bins).astype(int), 0, num_bins - 1)

    scores = []
    for k in range(v.shape[1]):
        mi = np.array([mutual_info_score(v[:, k], bins[:, j]) for j in range(z.shape[1])])
        second, first = np.partition(mi, -2)[-2:]
        scores.append((first - second) / mutual_info_score(v[:, k], v[:, k]))
    return float(sum(scores) / len(scores))

# %% right | mutual_information_gap | digitize-inner-edges | The table of informations first, then one sort along the latents.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = torch.as_tensor(latents).detach().cpu().double().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    num_latents, num_factors = z.shape[1], v.shape[1]
    table = np.empty((num_latents, num_factors))
    entropies = np.empty(num_factors)
    for j in range(num_latents):
        inner = np.linspace(z[:, j].min(), z[:, j].max(), num_bins + 1)[1:-1]
        which = np.digitize(z[:, j], inner)
        for k in range(num_factors):
            table[j, k] = mutual_info_score(which, v[:, k])
    for k in range(num_factors):
        entropies[k] = mutual_info_score(v[:, k], v[:, k])
    table.sort(axis=0)
    return ((table[-1] - table[-2]) / entropies).mean().item()

# %% right | mutual_information_gap | own-information | Mutual information from a table of counts, entropies with own sums; no sklearn.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    def entropy(p):
        p = p[p > 0]
        return -(p * np.log(p)).sum()

    def bin_numbers(column):
        edges = np.linspace(column.min(), column.max(), num_bins + 1)
        return np.searchsorted(edges[1:-1], column, side="right")

    z = torch.as_tensor(latents).detach().cpu().double().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [bin_numbers(column) for column in z.T]
    total = 0.0
    for factor in v.T:
        values, number = np.unique(factor, return_inverse=True)
        best = second = -np.inf
        for code in codes:
            counts = np.zeros((num_bins, len(values)))
            np.add.at(counts, (code, number), 1)
            joint = counts / counts.sum()
            info = entropy(joint.sum(1)) + entropy(joint.sum(0)) - entropy(joint.ravel())
            if info > best:
                best, second = info, best
            elif info > second:
                second = info
        total += (best - second) / entropy(joint.sum(0))
    return float(total / v.shape[1])

# %% right | mutual_information_gap | torch-bucketize | Stays in torch: bucketize with the inner edges, topk of the informations.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = torch.as_tensor(latents).detach().cpu().to(torch.float64)
    v = torch.as_tensor(factors).detach().cpu()
    gaps = torch.zeros(v.shape[1], dtype=torch.float64)
    codes = []
    for column in z.unbind(1):
        lo, hi = column.min().item(), column.max().item()
        edges = torch.linspace(lo, hi, num_bins + 1, dtype=torch.float64)
        codes.append(torch.bucketize(column.contiguous(), edges[1:-1], right=True).numpy())
    for k in range(v.shape[1]):
        factor = v[:, k].numpy()
        infos = torch.tensor([mutual_info_score(factor, c) for c in codes], dtype=torch.float64)
        top = infos.topk(2).values
        gaps[k] = (top[0] - top[1]) / mutual_info_score(factor, factor)
    return gaps.mean().item()
