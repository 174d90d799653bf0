# %% wrong | beta_vae_loss | beta-on-recon | Beta multiplies the reconstruction instead of the KL.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return beta * recon + kl, recon, kl

# %% wrong | beta_vae_loss | kl-with-beta | The returned KL already contains beta.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = beta * 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + kl, recon, kl

# %% wrong | beta_vae_loss | mean-over-latents | The KL is averaged over latent dimensions, too.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * torch.mean(mu**2 + torch.exp(log_var) - 1 - log_var)
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | kl-summed-over-batch | The KL is summed over the batch while recon is a mean.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | half-forgotten | The factor one half of the KL is missing.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = torch.mean(bernoulli_nll(x_logits, x))
    kl = (mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1).mean(dim=0)
    loss = recon + beta * kl
    return loss, recon, kl

# %% wrong | beta_vae_loss | log-var-as-log-sigma | log_var is read as log sigma: the variance is exp(2 log_var).
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    sigma = log_var.exp()
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + sigma**2 - 1 - torch.log(sigma**2)).sum(1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | sigmoid-then-log | Recon by sigmoid and clamped logarithms: wrong for large logits.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    p = torch.sigmoid(x_logits).clamp(1e-7, 1 - 1e-7)
    recon = -(x * p.log() + (1 - x) * (1 - p).log()).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | terms-as-floats | recon and kl are returned as Python floats.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    loss = recon + beta * kl
    return loss, recon.item(), kl.item()

# %% wrong | beta_vae_loss | order-swapped | Returns kl before recon.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, kl, recon

# %% wrong | beta_vae_loss | sign-of-kl | The KL has the wrong sign.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | changes-log-var | exp_ works in place and changes the caller's log_var.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 - 1 - log_var + log_var.exp_()).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | pixels-averaged | Recon is divided by the number of pixels.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = nn.functional.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | detached-kl-in-loss | The KL is detached, so no gradient reaches log_var through it.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean().detach()
    return recon + beta * kl, recon, kl

# %% right | beta_vae_loss | short | The formula with sum and mean.
def beta_vae_loss(x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% right | beta_vae_loss | stable-by-hand | Recon by binary_cross_entropy_with_logits, KL as in the blog formula.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    n = x.shape[0]
    recon = nn.functional.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / n
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / n
    loss = recon + beta * kl
    return loss, recon, kl

# %% right | beta_vae_loss | image-by-image | A loop over the images and a mean of the list.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    per_image = bernoulli_nll(x_logits, x)
    recons, kls = [], []
    for i in range(len(x)):
        recons.append(per_image[i])
        variance = torch.exp(log_var[i])
        kls.append(0.5 * torch.sum(mu[i] ** 2 + variance - 1 - log_var[i]))
    recon = torch.stack(recons).mean()
    kl = torch.stack(kls).mean()
    return recon + kl * beta, recon, kl

# %% right | beta_vae_loss | distributions | KL by torch.distributions.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    from torch.distributions import Normal, kl_divergence

    q = Normal(mu, (0.5 * log_var).exp())
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, p).sum(-1).mean()
    recon = bernoulli_nll(x_logits, x).mean()
    return recon + beta * kl, recon, kl

# %% right | beta_vae_loss | mean-first | Mean over images first, then the sum over dimensions; expm1 for the variance.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    kl = (0.5 * (mu * mu + torch.expm1(log_var) - log_var)).mean(dim=0).sum()
    recon = bernoulli_nll(x_logits, x).mean(dim=0)
    return torch.add(recon, kl, alpha=beta), recon, kl

# %% wrong | rate_distortion | order-swapped | Returns the distortion first.
def rate_distortion(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(was)
    return recon.item(), kl.item()

# %% wrong | rate_distortion | always-train-after | The model is put into training mode afterwards, whatever it was.
def rate_distortion(model, x):
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train()
    return kl.item(), recon.item()

# %% wrong | rate_distortion | stays-in-eval | The mode is not put back.
@torch.no_grad()
def rate_distortion(model, x):
    model.eval()
    x_logits, mu, log_var = model(x)
    _, D, R = beta_vae_loss(x_logits, x, mu, log_var, 1)
    return float(R), float(D)

# %% wrong | rate_distortion | no-eval | The pass runs in whatever mode the model is in.
def rate_distortion(model, x):
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | decodes-the-mean | mu is decoded instead of a sample.
def rate_distortion(model, x):
    training_before = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        x_logits = model.decode(mu)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(training_before)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | gradients-recorded | There is no no_grad around the pass.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    x_logits, mu, log_var = model(x)
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(mode)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | tensors-returned | Both numbers are tensors.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(mode)
    return kl, recon

# %% wrong | rate_distortion | loss-as-distortion | The first returned value of the loss (the sum) is taken as the distortion.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        distortion, _, rate = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(mode)
    return rate.item(), distortion.item()

# %% wrong | rate_distortion | grad-switched-off-for-good | Gradients are switched off globally and stay off.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    x_logits, mu, log_var = model(x)
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(mode)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | two-passes | Rate from one pass and distortion from another one (two samples drawn).
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        _, mu, log_var = model(x)
        x_logits, _, _ = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(mode)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | first-batch-only | Only the first 128 images are used.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        x = x[:128]
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(mode)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | clears-gradients | model.zero_grad() wipes the gradients that the parameters had.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    model.zero_grad()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(mode)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | mode-inverted | The mode is put back the wrong way round.
def rate_distortion(model, x):
    was_eval = not model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(was_eval)
    return float(kl), float(recon)

# %% right | rate_distortion | with-block | As in hint 3.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    mode = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train(mode)
    return kl.item(), recon.item()

# %% right | rate_distortion | try-finally | A decorator, and the mode is put back in finally.
@torch.no_grad()
def rate_distortion(model, x):
    was_training = model.training
    try:
        model.eval()
        logits, mu, log_var = model(x)
        terms = beta_vae_loss(logits, x, mu, log_var, 0.0)
    finally:
        if was_training:
            model.train()
    return float(terms[2]), float(terms[1])

# %% right | rate_distortion | own-formulas | inference_mode and the formulas written out.
def rate_distortion(model, x):
    before = model.training
    model.train(False)
    with torch.inference_mode():
        x_logits, mu, log_var = model(x)
        distortion = bernoulli_nll(x_logits, x).mean().item()
        rate = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=1).mean().item()
    model.train(before)
    return rate, distortion

# %% right | rate_distortion | every-submodule | Remembers the mode of every submodule.
def rate_distortion(model, x):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    for module, mode in modes.items():
        module.training = mode
    return kl.item(), recon.item()

# %% wrong | kl_per_dimension | mean-over-dimensions | Mean over the wrong axis: one number per image.
def kl_per_dimension(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean(dim=1)

# %% wrong | kl_per_dimension | summed-over-batch | Sum over images instead of the mean.
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return kl.sum(dim=0)

# %% wrong | kl_per_dimension | mean-before-square | mu and log_var are averaged before the formula.
def kl_per_dimension(mu, log_var):
    m = mu.mean(dim=0)
    lv = log_var.mean(dim=0)
    return 0.5 * (m**2 + lv.exp() - 1 - lv)

# %% wrong | kl_per_dimension | detached | The gradient is cut off.
def kl_per_dimension(mu, log_var):
    with torch.no_grad():
        return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean(0)

# %% wrong | kl_per_dimension | half-forgotten | The factor one half is missing.
def kl_per_dimension(mu, log_var):
    return torch.mean(mu.pow(2) + torch.exp(log_var) - 1 - log_var, dim=0)

# %% wrong | kl_per_dimension | sigma-not-squared | sigma stands where sigma squared belongs.
def kl_per_dimension(mu, log_var):
    sigma = torch.exp(0.5 * log_var)
    return (0.5 * (mu**2 + sigma - 1 - log_var)).mean(dim=0)

# %% wrong | kl_per_dimension | keepdim | The result has shape (1, latent_dim).
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return kl.mean(dim=0, keepdim=True)

# %% wrong | kl_per_dimension | divided-by-latent-dim | Divided by the number of dimensions, too, so the parts do not add up to the rate.
def kl_per_dimension(mu, log_var):
    batch, latent_dim = mu.shape
    total = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=0)
    return total / (batch * latent_dim)

# %% wrong | kl_per_dimension | half-on-first-term | The half multiplies mu squared only.
def kl_per_dimension(mu, log_var):
    kl = 0.5 * mu**2 + log_var.exp() - 1 - log_var
    return kl.mean(dim=0)

# %% wrong | kl_per_dimension | cast-to-float32 | float() changes the dtype of double inputs.
def kl_per_dimension(mu, log_var):
    mu, log_var = mu.float(), log_var.float()
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean(dim=0)

# %% wrong | kl_per_dimension | rebuilt-tensor | A loop with item() builds a new tensor without gradient.
def kl_per_dimension(mu, log_var):
    values = []
    for j in range(mu.shape[1]):
        m, lv = mu[:, j], log_var[:, j]
        values.append((0.5 * (m**2 + lv.exp() - 1 - lv)).mean().item())
    return torch.tensor(values, dtype=mu.dtype)

# %% wrong | kl_per_dimension | in-place-square | pow_ squares mu in place, so the caller's tensor changes.
def kl_per_dimension(mu, log_var):
    return 0.5 * (mu.pow_(2) + log_var.exp() - 1 - log_var).mean(dim=0)

# %% wrong | kl_per_dimension | clamped-at-floor | A free-bits floor from a blog: parts below 0.05 are raised to it.
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean(dim=0)
    return torch.clamp(kl, min=0.05)

# %% right | kl_per_dimension | one-line | The formula, mean over dim 0.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean(dim=0)

# %% right | kl_per_dimension | loop-and-stack | A loop over dimensions and torch.stack.
def kl_per_dimension(mu, log_var):
    result = []
    for j in range(mu.shape[1]):
        m = mu[:, j]
        lv = log_var[:, j]
        result.append(torch.mean(0.5 * (m * m + torch.exp(lv) - 1.0 - lv)))
    return torch.stack(result)

# %% right | kl_per_dimension | distributions | torch.distributions for the table.
def kl_per_dimension(mu, log_var):
    import torch.distributions as td

    posterior = td.Normal(mu, torch.exp(log_var / 2))
    prior = td.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return td.kl_divergence(posterior, prior).mean(0)

# %% right | kl_per_dimension | einsum | Column sums by einsum, divided by the batch size.
def kl_per_dimension(mu, log_var):
    table = torch.expm1(log_var) - log_var + mu.square()
    return torch.einsum("bj->j", table) / (2 * mu.shape[0])

# %% right | kl_per_dimension | term-by-term | Means of the three terms separately.
def kl_per_dimension(mu, log_var):
    mean_square = (mu * mu).mean(0)
    mean_variance = log_var.exp().mean(0)
    mean_log = log_var.mean(0)
    return (mean_square + mean_variance - 1 - mean_log) / 2

# %% wrong | active_units | standard-deviation | The standard deviation is compared with the threshold.
def active_units(mu, threshold=0.01):
    return int((mu.std(dim=0) > threshold).sum())

# %% wrong | active_units | over-dimensions | The variance is taken across dimensions, per image.
def active_units(mu, threshold=0.01):
    return (mu.var(dim=1) > threshold).sum().item()

# %% wrong | active_units | mean-not-taken-out | The mean square is used instead of the variance.
def active_units(mu, threshold=0.01):
    a = (mu**2).mean(dim=0)
    return int((a > threshold).sum().item())

# %% wrong | active_units | threshold-ignored | 0.01 stands in the code and the argument is ignored.
def active_units(mu, threshold=0.01):
    count = 0
    for j in range(mu.shape[1]):
        if mu[:, j].var() > 0.01:
            count += 1
    return count

# %% wrong | active_units | tensor-returned | The count is a tensor.
def active_units(mu, threshold=0.01):
    return (mu.var(dim=0) > threshold).sum()

# %% wrong | active_units | at-least | A variance equal to the threshold counts (>= instead of >).
def active_units(mu, threshold=0.01):
    return int((mu.var(dim=0) >= threshold).sum())

# %% wrong | active_units | centred-in-place | mu is centred in place and the caller's tensor changes.
def active_units(mu, threshold=0.01):
    mu -= mu.mean(dim=0)
    variance = (mu**2).sum(dim=0) / (len(mu) - 1)
    return int((variance > threshold).sum())

# %% wrong | active_units | counts-the-dead | Counts the dimensions below the threshold.
def active_units(mu, threshold=0.01):
    variances = torch.var(mu, dim=0)
    return int((variances < threshold).sum().item())

# %% wrong | active_units | bool-any | The variance over everything: at most one unit.
def active_units(mu, threshold=0.01):
    return int(mu.var() > threshold)

# %% wrong | active_units | range-for-variance | Range (max minus min) instead of the variance.
def active_units(mu, threshold=0.01):
    spread = mu.max(dim=0).values - mu.min(dim=0).values
    return int((spread > threshold).sum())

# %% wrong | active_units | float-returned | The count is a float.
def active_units(mu, threshold=0.01):
    return (mu.var(dim=0) > threshold).float().sum().item()

# %% wrong | active_units | global-mean | The mean over all entries is taken out instead of that of each dimension.
def active_units(mu, threshold=0.01):
    centred = mu - mu.mean()
    variance = (centred**2).sum(dim=0) / (mu.shape[0] - 1)
    return int((variance > threshold).sum())

# %% wrong | active_units | sum-not-divided | The squared deviations are summed and not divided by the number of images.
def active_units(mu, threshold=0.01):
    deviations = mu - mu.mean(dim=0, keepdim=True)
    return int((deviations.pow(2).sum(dim=0) > threshold).sum())

# %% right | active_units | one-line | var over dim 0, sum, item.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int((mu.var(dim=0) > threshold).sum())

# %% right | active_units | python-count | A loop with a counter.
def active_units(mu, threshold=0.01):
    active = 0
    for column in mu.detach().T:
        if torch.var(column).item() > threshold:
            active += 1
    return active

# %% right | active_units | by-hand | The variance written out with n - 1.
def active_units(mu, threshold=0.01):
    centred = mu - mu.mean(dim=0)
    variance = centred.square().sum(dim=0) / (mu.shape[0] - 1)
    return torch.count_nonzero(variance > threshold).item()

# %% right | active_units | numpy | In NumPy with ddof=1.
def active_units(mu, threshold=0.01):
    values = mu.detach().cpu().numpy()
    return int(np.count_nonzero(values.var(axis=0, ddof=1) > threshold))

# %% wrong | linear_warmup | never-stops | The ramp has no end.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    return beta_max * step / warmup_steps

# %% wrong | linear_warmup | division-by-zero | warmup_steps 0 divides by zero.
def linear_warmup(step, warmup_steps, beta_max):
    return beta_max * min(1.0, step / warmup_steps)

# %% wrong | linear_warmup | starts-at-one-step | step + 1: the ramp does not start at 0.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    return beta_max * (step + 1) / warmup_steps

# %% wrong | linear_warmup | beta-max-forgotten | The ramp always ends at 1.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0 or step >= warmup_steps:
        return 1.0
    return step / warmup_steps

# %% wrong | linear_warmup | no-ramp-gives-zero | warmup_steps 0 returns 0.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return 0.0
    return min(step / warmup_steps, 1) * beta_max

# %% wrong | linear_warmup | capped-before-scaling | min(beta_max, step / warmup_steps): the slope does not depend on beta_max.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps <= 0:
        return beta_max
    return min(beta_max, step / warmup_steps)

# %% wrong | linear_warmup | integer-division | // makes a step function: 0 until the end.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return float(beta_max)
    return float(step // warmup_steps * beta_max)

# %% wrong | linear_warmup | ends-one-early | warmup_steps - 1 in the denominator: beta_max is reached one step early.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps <= 1 or step >= warmup_steps:
        return beta_max
    return beta_max * step / (warmup_steps - 1)

# %% wrong | linear_warmup | sigmoid-ramp | A sigmoid as in Bowman et al. instead of a straight line.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    if step == 0:
        return 0.0
    return beta_max / (1 + math.exp(-10 * (step / warmup_steps - 0.5)))

# %% wrong | linear_warmup | max-for-min | max instead of min: at least beta_max from the start.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    return max(beta_max, beta_max * step / warmup_steps)

# %% wrong | linear_warmup | capped-at-one | Values are capped at 1 even if beta_max is larger.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return min(beta_max, 1.0)
    return min(1.0, beta_max * step / warmup_steps)

# %% wrong | linear_warmup | epsilon-in-denominator | An epsilon avoids the division by zero, but without a ramp step 0 gives 0.
def linear_warmup(step, warmup_steps, beta_max):
    return beta_max * min(1.0, step / (warmup_steps + 1e-8))

# %% wrong | linear_warmup | falls-back-to-zero | After the ramp it starts again from 0 (modulo).
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    return beta_max * (step % (warmup_steps + 1)) / warmup_steps

# %% right | linear_warmup | ask-first | Asks first whether the ramp is over.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return float(beta_max)
    return beta_max * step / warmup_steps

# %% right | linear_warmup | min-fraction | min of a fraction, a case for no ramp.
def linear_warmup(step, warmup_steps, beta_max):
    fraction = 1.0 if warmup_steps == 0 else min(1.0, step / warmup_steps)
    return fraction * beta_max

# %% right | linear_warmup | numpy-interp | np.interp between two points.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return float(beta_max)
    return float(np.interp(step, [0, warmup_steps], [0.0, beta_max]))

# %% right | linear_warmup | max-in-denominator | min of step and length, without a branch for the ramp.
def linear_warmup(step, warmup_steps, beta_max):
    done = min(step, warmup_steps)
    return float(beta_max * done / warmup_steps) if warmup_steps else float(beta_max)

# %% right | linear_warmup | exception | Catches the division by zero.
def linear_warmup(step, warmup_steps, beta_max):
    try:
        ratio = step / warmup_steps
    except ZeroDivisionError:
        return float(beta_max)
    if ratio > 1:
        ratio = 1.0
    return float(ratio * beta_max)

# %% wrong | capacity_loss | image-by-image | The distance is taken for each image and then averaged.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return recon + gamma * (kl - capacity).abs().mean()

# %% wrong | capacity_loss | no-bars | The absolute value is missing.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * (kl - capacity)

# %% wrong | capacity_loss | squared | The distance is squared.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * (kl - capacity) ** 2

# %% wrong | capacity_loss | one-sided | Only a KL above the capacity is fined.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    loss, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=gamma)
    return recon + gamma * torch.relu(kl - capacity)

# %% wrong | capacity_loss | kl-summed-over-batch | The KL is summed over the batch.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * torch.sum(mu**2 + log_var.exp() - 1 - log_var)
    return recon + gamma * torch.abs(kl - capacity)

# %% wrong | capacity_loss | per-dimension | The capacity is compared with the KL of each dimension.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, _ = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    kls = kl_per_dimension(mu, log_var)
    return recon + gamma * (kls - capacity).abs().sum()

# %% wrong | capacity_loss | loss-instead-of-recon | The whole loss at beta 1 stands where recon belongs.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    loss, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return loss + gamma * abs(kl - capacity)

# %% wrong | capacity_loss | gamma-inside | gamma multiplies the KL only, inside the bars.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + torch.abs(gamma * kl - capacity)

# %% wrong | capacity_loss | recon-kl-swapped | Unpacked in the wrong order: recon and kl are exchanged.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, kl, recon = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * (kl - capacity).abs()

# %% wrong | capacity_loss | item-in-bars | kl.item() cuts the gradient of the fine.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * abs(kl.item() - capacity)

# %% wrong | capacity_loss | bars-around-everything | The bars enclose reconstruction and fine together.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = kl_per_dimension(mu, log_var).sum()
    return torch.abs(recon + gamma * (kl - capacity))

# %% wrong | capacity_loss | mean-over-dimensions | The KL is averaged over latent dimensions.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = kl_per_dimension(mu, log_var).mean()
    return recon + gamma * (kl - capacity).abs()

# %% wrong | capacity_loss | recon-not-averaged | No mean: a vector with one loss per image.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x)
    kl = kl_per_dimension(mu, log_var).sum()
    return recon + gamma * (kl - capacity).abs()

# %% right | capacity_loss | from-beta-loss | Uses the terms of beta_vae_loss.
def capacity_loss(x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float) -> Tensor:
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl - capacity).abs()

# %% right | capacity_loss | from-parts | bernoulli_nll and kl_per_dimension.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = kl_per_dimension(mu, log_var).sum()
    return recon + gamma * torch.abs(kl - capacity)

# %% right | capacity_loss | python-abs | Python's abs, which calls the tensor's; formulas written out.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    batch = x.shape[0]
    recon = bernoulli_nll(x_logits, x).sum() / batch
    kl = 0.5 * (mu.pow(2) + log_var.exp() - log_var - 1).sum() / batch
    distance = abs(capacity - kl)
    return gamma * distance + recon

# %% right | capacity_loss | two-relus | The distance as a sum of two one-sided parts by torch.maximum.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 0.0)
    return recon + gamma * torch.maximum(kl - capacity, capacity - kl)

# %% wrong | mutual_information_gap | common-range | All latents share one range of bins.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if isinstance(factors, Tensor) else np.asarray(factors)
    edges = np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]
    codes = [np.digitize(z[:, j], edges) for j in range(z.shape[1])]
    gaps = []
    for k in range(v.shape[1]):
        mi = sorted(mutual_info_score(v[:, k], c) for c in codes)
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(v[:, k], v[:, k]))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | one-bin-too-few | linspace makes num_bins edges, so there are num_bins - 1 bins.
def mutual_information_gap(latents, factors, num_bins=20):
    z, v = np.array(torch.as_tensor(latents).detach().cpu()), np.array(torch.as_tensor(factors).detach().cpu())
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins)[1:-1]) for c in z.T]
    total = 0
    for f in v.T:
        info = np.sort([mutual_info_score(f, c) for c in codes])
        total += (info[-1] - info[-2]) / mutual_info_score(f, f)
    return float(total / v.shape[1])

# %% wrong | mutual_information_gap | maximum-in-own-bin | All edges go to digitize, the outer ones too, so the maximum gets a bin of its own.
def mutual_information_gap(latents, factors, num_bins=20):
    z = np.array(torch.as_tensor(latents).detach().cpu())
    v = np.array(torch.as_tensor(factors).detach().cpu())
    codes = []
    for j in range(z.shape[1]):
        edges = np.linspace(z[:, j].min(), z[:, j].max(), num_bins + 1)
        codes.append(np.digitize(z[:, j], edges))
    gaps = []
    for k in range(v.shape[1]):
        info = sorted([mutual_info_score(v[:, k], c) for c in codes], reverse=True)
        gaps.append((info[0] - info[1]) / mutual_info_score(v[:, k], v[:, k]))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | not-normalised | The gap is not divided by the entropy.
def mutual_information_gap(latents, factors, num_bins=20):
    z, v = np.array(torch.as_tensor(latents).detach().cpu()), np.array(torch.as_tensor(factors).detach().cpu())
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        info = sorted(mutual_info_score(f, c) for c in codes)
        gaps.append(info[-1] - info[-2])
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | entropy-as-log-count | The entropy is log of the number of values, as if they were all equally frequent.
def mutual_information_gap(latents, factors, num_bins=20):
    z, v = np.array(torch.as_tensor(latents).detach().cpu()), np.array(torch.as_tensor(factors).detach().cpu())
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        info = sorted(mutual_info_score(f, c) for c in codes)
        entropy = math.log(len(np.unique(f)))
        gaps.append((info[-1] - info[-2]) / entropy)
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | quantile-bins | Bins of equal count instead of equal width.
def mutual_information_gap(latents, factors, num_bins=20):
    z, v = np.array(torch.as_tensor(latents).detach().cpu()), np.array(torch.as_tensor(factors).detach().cpu())
    q = np.linspace(0, 1, num_bins + 1)[1:-1]
    codes = [np.digitize(c, np.quantile(c, q)) for c in z.T]
    gaps = []
    for f in v.T:
        info = sorted(mutual_info_score(f, c) for c in codes)
        gaps.append((info[-1] - info[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | largest-minus-smallest | The gap is between the best and the worst latent.
def mutual_information_gap(latents, factors, num_bins=20):
    z, v = np.array(torch.as_tensor(latents).detach().cpu()), np.array(torch.as_tensor(factors).detach().cpu())
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        info = [mutual_info_score(f, c) for c in codes]
        gaps.append((max(info) - min(info)) / mutual_info_score(f, f))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | bins-fixed-at-20 | num_bins is ignored.
def mutual_information_gap(latents, factors, num_bins=20):
    z, v = np.array(torch.as_tensor(latents).detach().cpu()), np.array(torch.as_tensor(factors).detach().cpu())
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), 21)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        info = sorted(mutual_info_score(f, c) for c in codes)
        gaps.append((info[-1] - info[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | ratio-of-sums | The sum of gaps is divided by the sum of entropies.
def mutual_information_gap(latents, factors, num_bins=20):
    z, v = np.array(torch.as_tensor(latents).detach().cpu()), np.array(torch.as_tensor(factors).detach().cpu())
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gap, entropy = 0.0, 0.0
    for f in v.T:
        info = sorted(mutual_info_score(f, c) for c in codes)
        gap += info[-1] - info[-2]
        entropy += mutual_info_score(f, f)
    return float(gap / entropy)

# %% wrong | mutual_information_gap | constant-latent-breaks | floor((z - min) / width * bins) divides by zero for a latent that never moves.
def mutual_information_gap(latents, factors, num_bins=20):
    z, v = np.array(torch.as_tensor(latents).detach().cpu()), np.array(torch.as_tensor(factors).detach().cpu())
    codes = []
    for c in z.T:
        width = (float(c.max()) - float(c.min())) / num_bins
        codes.append([min(int((float(a) - float(c.min())) / width), num_bins - 1) for a in c])
    gaps = []
    for f in v.T:
        info = sorted(mutual_info_score(f, c) for c in codes)
        gaps.append((info[-1] - info[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | gap-over-factors | The gap is taken for each latent between its two best factors.
def mutual_information_gap(latents, factors, num_bins=20):
    z, v = np.array(torch.as_tensor(latents).detach().cpu()), np.array(torch.as_tensor(factors).detach().cpu())
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    table = np.array([[mutual_info_score(f, c) / mutual_info_score(f, f) for c in codes] for f in v.T])
    table = np.sort(table, axis=0)
    second = table[-2] if len(table) > 1 else 0.0
    return float(np.mean(table[-1] - second))

# %% wrong | mutual_information_gap | arrays-only | Tensors with gradients are not turned into arrays.
def mutual_information_gap(latents, factors, num_bins=20):
    z, v = np.asarray(latents), np.asarray(factors)
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        info = sorted(mutual_info_score(f, c) for c in codes)
        gaps.append((info[-1] - info[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | tensors-only | .detach() is called on whatever comes, so arrays fail.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy()
    v = factors.detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        info = sorted(mutual_info_score(f, c) for c in codes)
        gaps.append((info[-1] - info[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | entropy-of-latent | The gap is divided by the entropy of the best latent's bins.
def mutual_information_gap(latents, factors, num_bins=20):
    z, v = np.array(torch.as_tensor(latents).detach().cpu()), np.array(torch.as_tensor(factors).detach().cpu())
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        info = np.array([mutual_info_score(f, c) for c in codes])
        first, second = np.argsort(info)[::-1][:2]
        gaps.append((info[first] - info[second]) / max(mutual_info_score(codes[first], codes[first]), 1e-12))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | entropy-in-bits | The entropy is in bits while the information is in nats.
def mutual_information_gap(latents, factors, num_bins=20):
    z, v = np.array(torch.as_tensor(latents).detach().cpu()), np.array(torch.as_tensor(factors).detach().cpu())
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        p = np.unique(f, return_counts=True)[1] / len(f)
        h = -(p * np.log2(p)).sum()
        info = sorted(mutual_info_score(f, c) for c in codes)
        gaps.append((info[-1] - info[-2]) / h)
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | sum-over-factors | The gaps are summed and not averaged.
def mutual_information_gap(latents, factors, num_bins=20):
    z, v = np.array(torch.as_tensor(latents).detach().cpu()), np.array(torch.as_tensor(factors).detach().cpu())
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gap = 0.0
    for f in v.T:
        info = sorted(mutual_info_score(f, c) for c in codes)
        gap += (info[-1] - info[-2]) / mutual_info_score(f, f)
    return float(gap)

# %% right | mutual_information_gap | as-in-the-hint | digitize with inner edges, in lists.
def mutual_information_gap(latents, factors, num_bins: int = 20) -> float:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if isinstance(factors, Tensor):
        factors = factors.detach().cpu().numpy()
    codes = []
    for j in range(latents.shape[1]):
        column = latents[:, j]
        edges = np.linspace(column.min(), column.max(), num_bins + 1)
        codes.append(np.digitize(column, edges[1:-1]))
    gaps = []
    for k in range(factors.shape[1]):
        v = factors[:, k]
        info = sorted((mutual_info_score(v, c) for c in codes), reverse=True)
        gaps.append((info[0] - info[1]) / mutual_info_score(v, v))
    return float(np.mean(gaps))

# %% right | mutual_information_gap | searchsorted | Helpers, float64, searchsorted, a table and np.partition.
def mutual_information_gap(latents, factors, num_bins=20):
    def to_array(a):
        return a.detach().cpu().numpy() if torch.is_tensor(a) else np.asarray(a)

    def binned(column):
        column = column.astype(np.float64)
        inner = np.linspace(column.min(), column.max(), num_bins + 1)[1:-1]
        return np.searchsorted(inner, column, side="right")

    z, v = to_array(latents), to_array(factors)
    codes = [binned(c) for c in z.T]
    table = np.array([[mutual_info_score(f, c) for c in codes] for f in v.T])
    entropy = np.array([mutual_info_score(f, f) for f in v.T])
    top = np.sort(table, axis=1)
    return float(((top[:, -1] - top[:, -2]) / entropy).mean())

# %% right | mutual_information_gap | torch-bucketize | Binned in torch, the entropy from counts.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().double()
    v = torch.as_tensor(factors).detach().cpu()
    gaps = []
    for k in range(v.shape[1]):
        factor = v[:, k].numpy()
        _, counts = np.unique(factor, return_counts=True)
        p = counts / counts.sum()
        entropy = -(p * np.log(p)).sum()
        best, second = 0.0, 0.0
        for j in range(z.shape[1]):
            column = z[:, j].contiguous()
            edges = torch.from_numpy(np.linspace(column.min().item(), column.max().item(), num_bins + 1))
            bins = torch.bucketize(column, edges[1:-1].contiguous(), right=True).numpy()
            info = mutual_info_score(factor, bins)
            if info > best:
                best, second = info, best
            elif info > second:
                second = info
        gaps.append((best - second) / entropy)
    return float(sum(gaps) / len(gaps))

# %% right | mutual_information_gap | own-contingency | A contingency table by np.add.at and the sum of p log p by hand.
def mutual_information_gap(latents, factors, num_bins=20):
    def array(a):
        return np.array(a.detach().cpu()) if isinstance(a, torch.Tensor) else np.array(a)

    def entropy(p):
        p = p[p > 0]
        return -np.sum(p * np.log(p))

    z, v = array(latents), array(factors)
    n = len(z)
    total = 0.0
    for k in range(v.shape[1]):
        values, index = np.unique(v[:, k], return_inverse=True)
        index = index.reshape(-1)
        info = []
        for j in range(z.shape[1]):
            bins = np.digitize(z[:, j], np.linspace(z[:, j].min(), z[:, j].max(), num_bins + 1)[1:-1])
            joint = np.zeros((len(values), num_bins))
            np.add.at(joint, (index, bins), 1 / n)
            info.append(max(0.0, entropy(joint.sum(1)) + entropy(joint.sum(0)) - entropy(joint.ravel())))
        info.sort()
        total += (info[-1] - info[-2]) / entropy(np.bincount(index) / n)
    return float(np.clip(total / v.shape[1], 0.0, 1.0))

# %% right | mutual_information_gap | floor-formula | Bin numbers by the floor of the relative position, with a case for no width.
def mutual_information_gap(latents, factors, num_bins=20):
    z = np.asarray(latents.detach().cpu() if isinstance(latents, Tensor) else latents, dtype=np.float64)
    v = np.asarray(factors.detach().cpu() if isinstance(factors, Tensor) else factors)
    codes = np.zeros(z.shape, dtype=int)
    for j in range(z.shape[1]):
        low, high = z[:, j].min(), z[:, j].max()
        if high > low:
            position = np.floor((z[:, j] - low) / (high - low) * num_bins).astype(int)
            codes[:, j] = np.minimum(position, num_bins - 1)
    gaps = []
    for f in v.T:
        information = np.array([mutual_info_score(f, codes[:, j]) for j in range(codes.shape[1])])
        second, first = np.sort(information)[-2:]
        gaps.append((first - second) / mutual_info_score(f, f))
    return float(np.mean(gaps))
