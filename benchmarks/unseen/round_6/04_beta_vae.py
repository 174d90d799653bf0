# %% wrong | beta_vae_loss | price-on-recon | beta multiplies the reconstruction and not the KL.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return beta * recon + kl, recon, kl


# %% wrong | beta_vae_loss | kl-returned-with-beta | The third value already contains beta.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = beta * 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | beta_vae_loss | mean-over-dimensions | The KL is averaged over latent dimensions as well as over images.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + torch.exp(log_var) - 1 - log_var).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | log-var-as-log-sigma | log_var is read as log sigma, so the variance is exp(2 log_var).
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    sigma = log_var.exp()
    kl = 0.5 * (mu**2 + sigma**2 - 1 - torch.log(sigma**2)).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | half-forgotten | The factor one half of the KL is missing.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (mu.pow(2) + log_var.exp() - 1 - log_var).sum(1).mean()
    loss = recon + beta * kl
    return loss, recon, kl


# %% wrong | beta_vae_loss | sum-over-the-sample | Both terms are summed over the batch.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).sum()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | terms-as-floats | recon and kl come back as Python floats without gradient.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    loss = recon + beta * kl
    return loss, recon.item(), kl.item()


# %% wrong | beta_vae_loss | terms-detached | recon and kl are detached, so no gradient flows through them.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon.detach(), kl.detach()


# %% wrong | beta_vae_loss | sign-of-kl | The bracket has the sign of the ELBO, so kl is the negative KL.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | mixture-weights | The two terms get the weights 1 - beta and beta.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    loss = (1 - beta) * recon + beta * kl
    return loss, recon, kl


# %% wrong | beta_vae_loss | log-of-sigmoid | The logarithm of a sigmoid is infinite or nan for large logits.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    p = torch.sigmoid(x_logits)
    log_lik = x * torch.log(p) + (1 - x) * torch.log(1 - p)
    recon = -log_lik.sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | sigmoid-twice | bernoulli_nll gets probabilities although it wants logits.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    x_hat = x_logits.sigmoid()
    recon = bernoulli_nll(x_hat, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | bernoulli-refuses-grey | The Bernoulli of torch.distributions raises for grey pixels, which lie in [0, 1] but are not 0 or 1.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    from torch.distributions import Bernoulli, Normal, kl_divergence

    recon = -Bernoulli(logits=x_logits, validate_args=True).log_prob(x).sum(dim=1).mean()
    q = Normal(mu, torch.exp(log_var / 2))
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, p).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | logits-clipped | The logits are clipped to [-15, 15], so recon is not exact for larger ones.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    safe = x_logits.clamp(-15, 15)
    recon = (torch.log1p(torch.exp(safe)) - x * safe).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | exp-in-place | exp_ overwrites the caller's log_var by the variance.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    with torch.no_grad():
        entropy_part = log_var.sum(dim=1)
    variance = log_var.exp_()
    kl = 0.5 * ((mu**2 + variance - 1).sum(dim=1) - entropy_part).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | order-of-terms | kl is returned second and recon third.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, kl, recon


# %% right | beta_vae_loss | plain | The formula as it stands.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% right | beta_vae_loss | bce-and-expm1 | Built-in binary cross entropy, and expm1 for small log variances.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    import torch.nn.functional as F

    n = x.shape[0]
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / n
    kl = torch.sum(mu * mu + torch.expm1(log_var) - log_var) / (2 * n)
    return recon + beta * kl, recon, kl


# %% right | beta_vae_loss | torch-distributions | Bernoulli and Normal of torch.distributions with kl_divergence; the check of the support is switched off for grey pixels.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

    p_x = Independent(Bernoulli(logits=x_logits, validate_args=False), 1, validate_args=False)
    q_z = Independent(Normal(mu, torch.exp(0.5 * log_var)), 1)
    p_z = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    recon = -p_x.log_prob(x).mean()
    kl = kl_divergence(q_z, p_z).mean()
    return recon + beta * kl, recon, kl


# %% right | beta_vae_loss | logaddexp-einsum | log(1 + e^l) as logaddexp and the squares by einsum.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    n, d = mu.shape
    log_partition = torch.logaddexp(x_logits, torch.zeros_like(x_logits))
    recon = torch.einsum("ni->", log_partition - x * x_logits) / n
    second_moment = torch.einsum("nj,nj->", mu, mu) + log_var.exp().sum()
    kl = 0.5 * (second_moment - n * d - log_var.sum()) / n
    loss = torch.add(recon, kl, alpha=beta)
    return loss, recon, kl


# %% right | beta_vae_loss | image-by-image | A loop over images with logsigmoid, stacked at the end.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    from torch.nn.functional import logsigmoid

    recons, kls = [], []
    for l_i, x_i, m_i, s_i in zip(x_logits, x, mu, log_var):
        recons.append(-(x_i * logsigmoid(l_i) + (1 - x_i) * logsigmoid(-l_i)).sum())
        kls.append((m_i**2 + s_i.exp() - 1 - s_i).sum() / 2)
    recon = torch.stack(recons).mean()
    kl = torch.stack(kls).mean()
    return recon + beta * kl, recon, kl


# %% wrong | rate_distortion | distortion-first | The two numbers come in the wrong order.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return recon.item(), kl.item()


# %% wrong | rate_distortion | decodes-the-mean | The distortion is that of mu and not of a sample.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    mode = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        x_logits = model.decode(mu)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | mode-untouched | The model is not switched to evaluation mode.
def rate_distortion(model, x):
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | left-in-eval | The mode is not put back.
def rate_distortion(model, x):
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, D, R = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return R.item(), D.item()


# %% wrong | rate_distortion | always-train-afterwards | model.train() at the end also wakes a model that came in eval.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train()
    return float(kl), float(recon)


# %% wrong | rate_distortion | returns-tensors | Rate and distortion are tensors and not plain numbers.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return kl, recon


# %% wrong | rate_distortion | recording-switched-on | set_grad_enabled(True) at the end also when gradients were off before.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    torch.set_grad_enabled(True)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | recording-left-off | Gradients stay switched off for the rest of the notebook.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | loss-as-distortion | The distortion is the whole loss R + D.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        loss, _, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return kl.item(), loss.item()


# %% wrong | rate_distortion | nats-per-pixel | The distortion is divided by the number of pixels.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return kl.item(), recon.item() / x.shape[1]


# %% wrong | rate_distortion | totals-of-the-sample | Rate and distortion are multiplied by the number of images.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        distortion = bernoulli_nll(x_logits, x).sum()
        rate = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
    model.train(was_training)
    return rate.item(), distortion.item()


# %% wrong | rate_distortion | parameters-frozen | requires_grad is switched off on every parameter and stays off.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    mode = model.training
    model.eval()
    for theta in model.parameters():
        theta.requires_grad = False
    _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | grads-cleared | zero_grad removes the .grad that the parameters had.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    model.zero_grad()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | rounds-the-images | The images are rounded in place before they are scored.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        x.round_()  # the Bernoulli distribution lives on {0, 1}
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | monte-carlo-of-ten | It averages ten passes although one sampled pass is asked for.
def rate_distortion(model, x, num_samples=10):
    mode = model.training
    model.eval()
    R, D = [], []
    with torch.no_grad():
        for _ in range(num_samples):
            _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
            R.append(kl.item())
            D.append(recon.item())
    model.train(mode)
    return sum(R) / num_samples, sum(D) / num_samples


# %% wrong | rate_distortion | eval-not-called | The mode is remembered, but eval is written without parentheses.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    mode = model.training
    model.eval
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return kl.item(), recon.item()


# %% right | rate_distortion | as-in-the-hint | Remember the mode, evaluate, no_grad, put back.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()


# %% right | rate_distortion | decorated-try-finally | The decorator @torch.no_grad() and a finally that puts the mode back.
@torch.no_grad()
def rate_distortion(model, x):
    mode = model.training
    try:
        model.eval()
        x_logits, mu, log_var = model(x)
    finally:
        model.train(mode)
    _, D, R = beta_vae_loss(x_logits, x, mu, log_var, 0.0)
    return float(R), float(D)


# %% right | rate_distortion | grad-mode-by-hand | Remembers whether gradients are recorded and puts this back by hand.
def rate_distortion(model, x):
    recording = torch.is_grad_enabled()
    training_mode = model.training
    torch.set_grad_enabled(False)
    model.train(False)
    try:
        output = sampled_pass(model, x)
        terms = beta_vae_loss(*output, beta=1.0)
    finally:
        model.train(training_mode)
        torch.set_grad_enabled(recording)
    return terms[2].item(), terms[1].item()


# %% right | rate_distortion | each-module-restored | Puts back the mode of every module, and computes both terms without the loss.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        distortion = bernoulli_nll(x_logits, x).mean().item()
        rate = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=1).mean().item()
    for module, flag in modes:
        module.training = flag
    return rate, distortion


# %% right | rate_distortion | inference-mode-distributions | Inference mode and the closed-form KL of torch.distributions.
def rate_distortion(model, x):
    from torch.distributions import Normal, kl_divergence

    state = model.training
    model.eval()
    with torch.inference_mode():
        x_logits, mu, log_var = model(x)
        q = Normal(mu, (log_var / 2).exp())
        prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
        R = kl_divergence(q, prior).sum(-1).mean()
        D = torch.nn.functional.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
        D = D.sum(-1).mean()
        numbers = (R.item(), D.item())
    model.train(state)
    return numbers


# %% wrong | kl_per_dimension | one-number-per-image | The mean goes over dimensions: (batch,) instead of (latent_dim,).
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    return (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean(dim=1)


# %% wrong | kl_per_dimension | sum-over-images | The batch is summed and not averaged.
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return kl.sum(dim=0)


# %% wrong | kl_per_dimension | mean-of-mu-first | mu is averaged over images before it is squared.
def kl_per_dimension(mu, log_var):
    m = mu.mean(dim=0)
    return 0.5 * (m**2 + log_var.exp().mean(dim=0) - 1 - log_var.mean(dim=0))


# %% wrong | kl_per_dimension | log-var-averaged-first | log_var is averaged before the exponential.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    lv = log_var.mean(dim=0)
    return 0.5 * (mu.square().mean(dim=0) + lv.exp() - 1 - lv)


# %% wrong | kl_per_dimension | variance-for-second-moment | The variance of mu over images stands in place of the mean of mu squared.
def kl_per_dimension(mu, log_var):
    return 0.5 * (mu.var(dim=0, unbiased=False) + (log_var.exp() - 1 - log_var).mean(dim=0))


# %% wrong | kl_per_dimension | detached | The gradient is cut off.
def kl_per_dimension(mu, log_var):
    mu, log_var = mu.detach(), log_var.detach()
    return (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean(dim=0)


# %% wrong | kl_per_dimension | total-only | One number, the whole rate, is returned.
def kl_per_dimension(mu, log_var):
    return (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean(dim=0).sum()


# %% wrong | kl_per_dimension | no-half | The factor one half is missing.
def kl_per_dimension(mu, log_var):
    return (mu**2 + log_var.exp() - 1 - log_var).mean(0)


# %% wrong | kl_per_dimension | table-not-averaged | The whole table (batch, latent_dim) is returned.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma2 = torch.exp(log_var)
    return 0.5 * (mu**2 + sigma2 - 1 - log_var)


# %% wrong | kl_per_dimension | sigma-for-variance | The standard deviation exp(log_var / 2) stands where the variance belongs.
def kl_per_dimension(mu, log_var):
    sigma = torch.exp(0.5 * log_var)
    return (0.5 * (mu**2 + sigma - 1 - log_var)).mean(dim=0)


# %% wrong | kl_per_dimension | reversed-kl | The KL goes the wrong way, from the prior to q.
def kl_per_dimension(mu, log_var):
    from torch.distributions import Normal, kl_divergence

    q = Normal(mu, torch.exp(0.5 * log_var))
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return kl_divergence(p, q).mean(dim=0)


# %% wrong | kl_per_dimension | squares-in-place | mu is squared in place, which changes the argument.
def kl_per_dimension(mu, log_var):
    return 0.5 * (mu.pow_(2) + log_var.exp() - 1 - log_var).mean(dim=0)


# %% wrong | kl_per_dimension | sorted-for-the-plot | The parts are sorted, so entry j is no longer dimension j.
def kl_per_dimension(mu, log_var):
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean(dim=0)
    return kl.sort(descending=True).values


# %% wrong | kl_per_dimension | in-bits | The result is divided by log 2, so it is in bits.
def kl_per_dimension(mu, log_var):
    nats = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean(dim=0)
    return nats / math.log(2)


# %% wrong | kl_per_dimension | shares | The parts are divided by their sum and add up to 1, not to the rate.
def kl_per_dimension(mu, log_var):
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean(dim=0)
    return kl / kl.sum()


# %% right | kl_per_dimension | plain | The formula and a mean over rows.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    return (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean(dim=0)


# %% right | kl_per_dimension | closed-form-of-torch | kl_divergence of two Normals.
def kl_per_dimension(mu, log_var):
    from torch.distributions import Normal, kl_divergence

    q = Normal(loc=mu, scale=torch.exp(log_var / 2))
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return kl_divergence(q, prior).mean(dim=0)


# %% right | kl_per_dimension | column-by-column | A loop over the dimensions.
def kl_per_dimension(mu, log_var):
    parts = []
    for j in range(mu.shape[1]):
        m, s = mu[:, j], log_var[:, j]
        parts.append(torch.mean(m * m + torch.exp(s) - 1.0 - s) / 2)
    return torch.stack(parts)


# %% right | kl_per_dimension | moments-by-einsum | Averages each of the moments separately, the square by einsum.
def kl_per_dimension(mu, log_var):
    n = mu.shape[0]
    second_moment = torch.einsum("nj,nj->j", mu, mu) / n
    return 0.5 * (second_moment + log_var.exp().mean(0) - 1 - log_var.mean(0))


# %% right | kl_per_dimension | expm1-over-n | expm1 instead of exp - 1, and a sum divided by the number of images.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    pieces = torch.square(mu) + (torch.expm1(log_var) - log_var)
    return torch.sum(pieces, axis=0) / (2 * len(mu))


# %% wrong | active_units | standard-deviation | The standard deviation is compared with the threshold.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int((mu.std(dim=0) > threshold).sum())


# %% wrong | active_units | variance-over-dimensions | The variance goes along the row of each image, so images are counted.
def active_units(mu, threshold=0.01):
    return (mu.var(dim=1) > threshold).sum().item()


# %% wrong | active_units | not-centred | The second moment is used, so a constant mu of 3 counts.
def active_units(mu, threshold=0.01):
    A = (mu**2).mean(dim=0)
    return int((A > threshold).sum())


# %% wrong | active_units | at-least | A variance equal to the threshold counts: a constant mu is active at threshold 0.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int((mu.var(dim=0) >= threshold).sum())


# %% wrong | active_units | threshold-ignored | The number 0.01 is written into the comparison.
def active_units(mu, threshold=0.01):
    variances = mu.var(dim=0, unbiased=False)
    return int((variances > 0.01).sum())


# %% wrong | active_units | tensor-returned | The count is a tensor and no int.
def active_units(mu, threshold=0.01):
    return (mu.var(dim=0) > threshold).sum()


# %% wrong | active_units | share | The share of active units is returned.
def active_units(mu, threshold=0.01):
    return (mu.var(dim=0) > threshold).float().mean().item()


# %% wrong | active_units | variance-of-everything | One variance over the whole table decides about all dimensions.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    A = torch.var(mu)
    return mu.shape[1] if A > threshold else 0


# %% wrong | active_units | size-of-the-mean | It looks at the mean of mu over images, not at its variance.
def active_units(mu, threshold=0.01):
    return int((mu.mean(dim=0).abs() > threshold).sum())


# %% wrong | active_units | centres-in-place | The mean is subtracted from mu in place.
def active_units(mu, threshold=0.01):
    with torch.no_grad():
        mu -= mu.mean(dim=0)
        return int(((mu**2).mean(dim=0) > threshold).sum())


# %% wrong | active_units | sum-of-squares | The sum of squared deviations is not divided by the number of images.
def active_units(mu, threshold=0.01):
    deviation = mu - mu.mean(dim=0, keepdim=True)
    ss = (deviation**2).sum(dim=0)
    return int((ss > threshold).sum())


# %% wrong | active_units | variance-of-the-mean | The variance is divided by n once more, as for a standard error.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    n = mu.shape[0]
    return int((mu.var(dim=0) / n > threshold).sum())


# %% wrong | active_units | counts-the-dead | The units below the threshold are counted.
def active_units(mu, threshold=0.01):
    return int((mu.var(dim=0) < threshold).sum())


# %% wrong | active_units | range-instead | A unit counts if its range over images exceeds the threshold.
def active_units(mu, threshold=0.01):
    spread = mu.max(dim=0).values - mu.min(dim=0).values
    return int((spread > threshold).sum())


# %% wrong | active_units | list-of-indices | The indices of the active dimensions are returned and not their number.
def active_units(mu, threshold=0.01):
    return (mu.var(dim=0) > threshold).nonzero().flatten().tolist()


# %% right | active_units | plain | Variance over rows, comparison, count.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return (mu.var(dim=0) > threshold).sum().item()


# %% right | active_units | numpy-population-variance | NumPy, which divides by n.
def active_units(mu, threshold=0.01):
    table = mu.detach().cpu().numpy()
    A = np.var(table, axis=0)
    return int(np.count_nonzero(A > threshold))


# %% right | active_units | statistics-module | A loop over columns with pvariance of the standard library.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    from statistics import pvariance

    count = 0
    for column in mu.T.tolist():
        if pvariance(column) > threshold:
            count += 1
    return count


# %% right | active_units | mean-squared-deviation | Centres a copy and averages the squares.
def active_units(mu, threshold=0.01):
    centred = mu - mu.mean(dim=0, keepdim=True)
    A = centred.square().mean(dim=0)
    return sum(1 for a in A.tolist() if a > threshold)


# %% right | active_units | diagonal-of-the-covariance | Takes the diagonal of the covariance matrix in double precision.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    Sigma = torch.atleast_2d(torch.cov(mu.double().T))  # rows of the argument are variables
    return int(torch.count_nonzero(torch.diagonal(Sigma) > threshold))


# %% wrong | linear_warmup | never-stops | The ramp goes on above beta_max.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    return beta_max * step / warmup_steps


# %% wrong | linear_warmup | starts-one-step-up | The ramp starts at 1 / warmup_steps and not at 0.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0 or step >= warmup_steps:
        return beta_max
    return beta_max * (step + 1) / warmup_steps


# %% wrong | linear_warmup | division-by-zero | With warmup_steps 0 it divides by zero.
def linear_warmup(step, warmup_steps, beta_max):
    return beta_max * min(1.0, step / warmup_steps)


# %% wrong | linear_warmup | ramp-of-one-step | A length of 0 is replaced by 1, so step 0 gives 0 and not beta_max.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    length = max(warmup_steps, 1)
    return beta_max * min(step / length, 1.0)


# %% wrong | linear_warmup | beta-max-forgotten | The ramp ends at 1 whatever beta_max is.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return 1.0
    return step / warmup_steps


# %% wrong | linear_warmup | capped-at-one | The cap is 1 and not beta_max.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return float(beta_max)
    return min(1.0, beta_max * step / warmup_steps)


# %% wrong | linear_warmup | sigmoid-ramp | A sigmoid as in Bowman et al. instead of a straight line.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    t = 12 * step / warmup_steps - 6
    return beta_max / (1 + math.exp(-t))


# %% wrong | linear_warmup | half-cosine | A cosine-shaped ramp: right at both ends and in the middle, but not straight.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    return beta_max * 0.5 * (1 - math.cos(math.pi * step / warmup_steps))


# %% wrong | linear_warmup | falls-instead | The ramp goes down from beta_max to 0.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    return beta_max * (1 - step / warmup_steps)


# %% wrong | linear_warmup | integer-division | The double slash rounds down, so beta is 0 until the ramp is over.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    return step // warmup_steps * beta_max


# %% wrong | linear_warmup | periodic | The remainder makes the ramp start again after warmup_steps.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return beta_max
    return beta_max * (step % warmup_steps) / warmup_steps


# %% wrong | linear_warmup | full-one-step-early | The ramp reaches beta_max at warmup_steps - 1.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps - 1:
        return beta_max
    return beta_max * step / (warmup_steps - 1)


# %% wrong | linear_warmup | no-ramp-means-zero | With warmup_steps 0 beta is 0 and not beta_max.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return 0.0
    return beta_max * min(1.0, step / warmup_steps)


# %% wrong | linear_warmup | strictly-after | It asks step > warmup_steps, so step 0 with length 0 divides zero by zero.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step > warmup_steps:
        return beta_max
    return step / warmup_steps * beta_max


# %% wrong | linear_warmup | zero-after-the-ramp | After the ramp nothing is returned.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    if step <= warmup_steps:
        return beta_max * step / warmup_steps


# %% right | linear_warmup | two-cases | Asks first whether the ramp is over.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return float(beta_max)
    return beta_max * step / warmup_steps


# %% right | linear_warmup | conditional-expression | A fraction that is cut at 1.
def linear_warmup(step, warmup_steps, beta_max):
    fraction = min(1.0, step / warmup_steps) if warmup_steps > 0 else 1.0
    return fraction * beta_max


# %% right | linear_warmup | catch-the-division | Divides and catches the ZeroDivisionError.
def linear_warmup(step, warmup_steps, beta_max):
    try:
        t = step / warmup_steps
    except ZeroDivisionError:
        t = 1.0  # no ramp
    return beta_max * (t if t < 1 else 1.0)


# %% right | linear_warmup | np-interp | Linear interpolation of NumPy, which is constant to the right of the last knot.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if not warmup_steps:
        return float(beta_max)
    return float(np.interp(step, [0, warmup_steps], [0.0, beta_max]))


# %% right | linear_warmup | convex-combination | A convex combination of the two ends, with the step clipped first.
def linear_warmup(step, warmup_steps, beta_max):
    s = min(step, warmup_steps)
    lam = 1.0 if s == warmup_steps else s / warmup_steps
    return (1.0 - lam) * 0.0 + lam * beta_max


# %% wrong | capacity_loss | no-absolute-value | The distance has a sign, so a KL below the capacity is rewarded.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * (kl - capacity)


# %% wrong | capacity_loss | image-by-image | The distance is taken for each image and then averaged.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    recon = bernoulli_nll(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (recon + gamma * (kl - capacity).abs()).mean()


# %% wrong | capacity_loss | squared-distance | The distance is squared.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * (kl - capacity) ** 2


# %% wrong | capacity_loss | only-above | Only nats above the capacity cost something.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * torch.clamp(kl - capacity, min=0)


# %% wrong | capacity_loss | sum-over-the-batch | The KL is summed over the batch, so all images share one capacity.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
    return recon + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | mean-over-dimensions | The KL is averaged over dimensions, too.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean()
    return recon + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | each-dimension-has-a-share | Each dimension gets an equal share of the capacity and its own distance.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, _ = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    kls = kl_per_dimension(mu, log_var)
    share = capacity / len(kls)
    return recon + gamma * (kls - share).abs().sum()


# %% wrong | capacity_loss | gamma-on-kl-only | gamma multiplies the KL before the capacity is subtracted.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + torch.abs(gamma * kl - capacity)


# %% wrong | capacity_loss | no-gradient-through-kl | The KL becomes a float, so no gradient reaches mu and log_var through it.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * abs(kl.item() - capacity)


# %% wrong | capacity_loss | kl-paid-twice | The first value of beta_vae_loss is taken, which contains the KL once more.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    loss, _, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return loss + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | plus-capacity | The capacity is added to the KL.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * (kl + capacity).abs()


# %% wrong | capacity_loss | gamma-forgotten | The penalty has no factor gamma.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=gamma)
    return recon + (kl - capacity).abs()


# %% wrong | capacity_loss | order-of-the-terms | recon and kl are unpacked in the wrong order.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, kl, recon = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | distance-of-the-whole-loss | The absolute value goes around recon as well.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    loss, _, _ = beta_vae_loss(x_logits, x, mu, log_var, beta=gamma)
    return (loss - gamma * capacity).abs()


# %% wrong | capacity_loss | free-nats | The KL below the capacity is free: max(kl, capacity), as with free bits.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * torch.clamp(kl, min=capacity)


# %% wrong | capacity_loss | triple-returned | The loss comes in a tuple with both terms.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    loss = recon + gamma * (kl - capacity).abs()
    return loss, recon, kl


# %% right | capacity_loss | plain | Both terms of beta_vae_loss and an absolute value.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl - capacity).abs()


# %% right | capacity_loss | two-one-sided-penalties | The nats above and the nats below, each by relu.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 0.0)
    above = torch.relu(kl - capacity)
    below = torch.relu(capacity - kl)
    return recon + gamma * (above + below)


# %% right | capacity_loss | l1-loss | The built-in l1_loss against a tensor filled with the capacity.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    from torch.nn.functional import l1_loss

    recon = bernoulli_nll(x_logits, x).mean()
    kl = kl_per_dimension(mu, log_var).sum()
    return recon + gamma * l1_loss(kl, torch.full_like(kl, capacity))


# %% right | capacity_loss | python-branch | An if decides about the sign of the gap.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, D, R = beta_vae_loss(x_logits, x, mu, log_var, beta=gamma)
    gap = R - capacity
    if gap < 0:
        gap = -gap
    return D + gamma * gap


# %% right | capacity_loss | distributions | The KL from torch.distributions, the distance as the larger of the two differences.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    from torch.distributions import Independent, Normal, kl_divergence

    q = Independent(Normal(mu, torch.exp(log_var / 2)), 1)
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    mean_kl = kl_divergence(q, prior).mean()
    distance = torch.maximum(mean_kl - capacity, capacity - mean_kl)
    return torch.mean(bernoulli_nll(x_logits, x)) + gamma * distance


# %% wrong | mutual_information_gap | not-divided-by-entropy | The gaps are in nats, nothing divides them by H(v).
def _array(t):
    return t.detach().cpu().numpy() if isinstance(t, torch.Tensor) else np.asarray(t)


def mutual_information_gap(latents, factors, num_bins=20):
    Z, V = _array(latents), _array(factors)
    codes = []
    for z in Z.T:
        edges = np.linspace(z.min(), z.max(), num_bins + 1)
        codes.append(np.digitize(z, edges[1:-1]))
    gaps = []
    for v in V.T:
        info = sorted((mutual_info_score(v, c) for c in codes), reverse=True)
        gaps.append(info[0] - info[1])
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | divided-by-the-best | The gap is divided by the largest information and not by the entropy.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = [
        np.digitize(z, np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]) for z in Z.T
    ]
    gaps = []
    for v in V.T:
        info = np.sort([mutual_info_score(v, c) for c in codes])
        gaps.append((info[-1] - info[-2]) / max(info[-1], 1e-12))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | bins-of-equal-count | The bins are quantiles and not of equal width.
def mutual_information_gap(latents, factors, num_bins=20):
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = []
    for z in Z.T:
        edges = np.quantile(z, np.linspace(0, 1, num_bins + 1))
        codes.append(np.digitize(z, edges[1:-1]))
    gaps = []
    for v in V.T:
        info = np.sort([mutual_info_score(v, c) for c in codes])[::-1]
        gaps.append((info[0] - info[1]) / mutual_info_score(v, v))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | common-range | All latents share the minimum and the maximum of the whole table.
def mutual_information_gap(latents, factors, num_bins=20):
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    edges = np.linspace(Z.min(), Z.max(), num_bins + 1)
    codes = np.digitize(Z, edges[1:-1])
    gaps = []
    for k in range(V.shape[1]):
        info = np.sort([mutual_info_score(V[:, k], codes[:, j]) for j in range(Z.shape[1])])
        gaps.append((info[-1] - info[-2]) / mutual_info_score(V[:, k], V[:, k]))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | maximum-alone | digitize gets all edges, so the maximum falls into a bin of its own.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = [np.digitize(z, np.linspace(z.min(), z.max(), num_bins + 1)) for z in Z.T]
    gaps = []
    for v in V.T:
        info = np.sort([mutual_info_score(v, c) for c in codes])
        gaps.append((info[-1] - info[-2]) / mutual_info_score(v, v))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | one-bin-too-few | linspace makes num_bins edges, so there are only num_bins - 1 bins.
def mutual_information_gap(latents, factors, num_bins=20):
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = [np.digitize(z, np.linspace(z.min(), z.max(), num_bins)[1:-1]) for z in Z.T]
    gaps = []
    for v in V.T:
        info = np.sort([mutual_info_score(v, c) for c in codes])
        gaps.append((info[-1] - info[-2]) / mutual_info_score(v, v))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | edges-to-the-bin-below | With right=True a value on an inner edge falls into the bin below.
def mutual_information_gap(latents, factors, num_bins=20):
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = []
    for z in Z.T:
        inner = np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]
        codes.append(np.digitize(z, inner, right=True))
    gaps = []
    for v in V.T:
        info = np.sort([mutual_info_score(v, c) for c in codes])
        gaps.append((info[-1] - info[-2]) / mutual_info_score(v, v))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | gap-over-factors | For each latent it takes the gap between its two best factors.
def mutual_information_gap(latents, factors, num_bins=20):
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = [np.digitize(z, np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]) for z in Z.T]
    gaps = []
    for c in codes:
        share = np.sort([mutual_info_score(v, c) / mutual_info_score(v, v) for v in V.T])[::-1]
        second = share[1] if len(share) > 1 else 0.0
        gaps.append(share[0] - second)
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | best-minus-worst | The least informed latent is subtracted instead of the second best.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = [np.digitize(z, np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]) for z in Z.T]
    gaps = []
    for v in V.T:
        info = [mutual_info_score(v, c) for c in codes]
        gaps.append((max(info) - min(info)) / mutual_info_score(v, v))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | sum-over-factors | The gaps are added and not averaged.
def mutual_information_gap(latents, factors, num_bins=20):
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = [np.digitize(z, np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]) for z in Z.T]
    mig = 0.0
    for v in V.T:
        info = np.sort([mutual_info_score(v, c) for c in codes])
        mig += (info[-1] - info[-2]) / mutual_info_score(v, v)
    return float(mig)


# %% wrong | mutual_information_gap | entropy-in-bits | The information is in nats and the entropy in bits.
def mutual_information_gap(latents, factors, num_bins=20):
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = [np.digitize(z, np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]) for z in Z.T]
    gaps = []
    for v in V.T:
        p = np.unique(v, return_counts=True)[1] / len(v)
        H = -(p * np.log2(p)).sum()
        info = np.sort([mutual_info_score(v, c) for c in codes])
        gaps.append((info[-1] - info[-2]) / H)
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | entropy-as-if-uniform | The entropy is taken as the log of the number of values, right only for uniform factors.
def mutual_information_gap(latents, factors, num_bins=20):
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = [np.digitize(z, np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]) for z in Z.T]
    gaps = []
    for v in V.T:
        info = np.sort([mutual_info_score(v, c) for c in codes])
        gaps.append((info[-1] - info[-2]) / np.log(len(np.unique(v))))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | twenty-hard-coded | num_bins is accepted, but the edges are always 21.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = [np.digitize(z, np.linspace(z.min(), z.max(), 21)[1:-1]) for z in Z.T]
    gaps = []
    for v in V.T:
        info = np.sort([mutual_info_score(v, c) for c in codes])
        gaps.append((info[-1] - info[-2]) / mutual_info_score(v, v))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | constant-latent-fails | A latent that never moves gives a division by zero.
def mutual_information_gap(latents, factors, num_bins=20):
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = []
    for z in Z.T.tolist():
        low, high = min(z), max(z)
        codes.append([min(int(num_bins * (v - low) / (high - low)), num_bins - 1) for v in z])
    gaps = []
    for v in V.T:
        info = sorted(mutual_info_score(v, c) for c in codes)
        gaps.append((info[-1] - info[-2]) / mutual_info_score(v, v))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | tensor-with-gradient-fails | np.asarray raises for latents that carry a gradient.
def mutual_information_gap(latents, factors, num_bins=20):
    Z, V = np.asarray(latents), np.asarray(factors)
    codes = [np.digitize(z, np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]) for z in Z.T]
    gaps = []
    for v in V.T:
        info = np.sort([mutual_info_score(v, c) for c in codes])
        gaps.append((info[-1] - info[-2]) / mutual_info_score(v, v))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | latents-rescaled-in-place | The latents of the caller are shifted to start at zero, since the array shares their memory.
def mutual_information_gap(latents, factors, num_bins=20):
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else latents
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else factors
    Z -= Z.min(axis=0)
    codes = [np.digitize(z, np.linspace(0, z.max(), num_bins + 1)[1:-1]) for z in Z.T]
    gaps = []
    for v in V.T:
        info = np.sort([mutual_info_score(v, c) for c in codes])
        gaps.append((info[-1] - info[-2]) / mutual_info_score(v, v))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | one-gap-per-factor | The gaps are returned as an array, their mean is not taken.
def mutual_information_gap(latents, factors, num_bins=20):
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = [np.digitize(z, np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]) for z in Z.T]
    M = np.array([[mutual_info_score(v, c) for c in codes] for v in V.T])
    M.sort(axis=1)
    H = np.array([mutual_info_score(v, v) for v in V.T])
    return (M[:, -1] - M[:, -2]) / H


# %% wrong | mutual_information_gap | squared-correlation | The squared correlation stands in place of the mutual information.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    gaps = []
    for v in V.T:
        r2 = []
        for z in Z.T:
            r2.append(0.0 if z.std() == 0 else np.corrcoef(z, v)[0, 1] ** 2)
        r2 = np.sort(r2)
        gaps.append(r2[-1] - r2[-2])
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | truncated-to-integers | The latents are cut to integers and not put into num_bins bins.
def mutual_information_gap(latents, factors, num_bins=20):
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = [z.astype(int) for z in Z.T]
    gaps = []
    for v in V.T:
        info = np.sort([mutual_info_score(v, c) for c in codes])
        gaps.append((info[-1] - info[-2]) / mutual_info_score(v, v))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | entropy-of-the-latent | The gap is divided by the entropy of the best latent and not by that of the factor.
def mutual_information_gap(latents, factors, num_bins=20):
    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = [np.digitize(z, np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]) for z in Z.T]
    gaps = []
    for v in V.T:
        info = np.array([mutual_info_score(v, c) for c in codes])
        j2, j1 = info.argsort()[-2:]
        H = mutual_info_score(codes[j1], codes[j1])
        gaps.append((info[j1] - info[j2]) / H if H > 0 else 0.0)
    return float(np.mean(gaps))


# %% right | mutual_information_gap | as-in-the-hints | linspace, digitize with the inner edges, mutual_info_score.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    def to_array(a):
        return a.detach().cpu().numpy() if isinstance(a, Tensor) else np.asarray(a)

    Z, V = to_array(latents), to_array(factors)
    codes = []
    for j in range(Z.shape[1]):
        z = Z[:, j]
        edges = np.linspace(z.min(), z.max(), num_bins + 1)
        codes.append(np.digitize(z, edges[1:-1]))
    gaps = []
    for k in range(V.shape[1]):
        v = V[:, k]
        info = sorted((mutual_info_score(v, code) for code in codes), reverse=True)
        gaps.append((info[0] - info[1]) / mutual_info_score(v, v))
    return float(np.mean(gaps))


# %% right | mutual_information_gap | contingency-tables | Builds the joint distribution itself and uses I = H(v) + H(z) - H(v, z).
def _entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())


def mutual_information_gap(latents, factors, num_bins=20):
    Z = np.array(latents.detach().cpu() if torch.is_tensor(latents) else latents, dtype=float)
    V = np.array(factors.detach().cpu() if torch.is_tensor(factors) else factors)
    n, d = Z.shape
    K = V.shape[1]

    bins = np.empty((n, d), dtype=int)
    for j in range(d):
        inner = np.linspace(Z[:, j].min(), Z[:, j].max(), num_bins + 1)[1:-1]
        bins[:, j] = np.searchsorted(inner, Z[:, j], side="right")

    total = 0.0
    for k in range(K):
        values, v = np.unique(V[:, k], return_inverse=True)
        H_v = _entropy(np.bincount(v) / n)
        I = np.zeros(d)
        for j in range(d):
            joint = np.zeros((len(values), num_bins))
            np.add.at(joint, (v, bins[:, j]), 1)
            joint /= n
            I[j] = H_v + _entropy(joint.sum(axis=0)) - _entropy(joint)
        second, first = np.sort(I)[-2:]
        total += (first - second) / H_v
    return float(total / K)


# %% right | mutual_information_gap | kbins-discretizer | Cuts with KBinsDiscretizer of scikit-learn; its warning for a constant latent is silenced.
def mutual_information_gap(latents, factors, num_bins=20):
    import warnings

    from sklearn.preprocessing import KBinsDiscretizer

    Z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    V = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    cutter = KBinsDiscretizer(num_bins, encode="ordinal", strategy="uniform", subsample=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        codes = cutter.fit_transform(Z.astype(np.float64)).astype(int)

    table = np.array([[mutual_info_score(v, c) for c in codes.T] for v in V.T])  # factor x latent
    entropies = np.array([mutual_info_score(v, v) for v in V.T])
    top = np.sort(table, axis=1)[:, ::-1]
    return float(((top[:, 0] - top[:, 1]) / entropies).mean())


# %% right | mutual_information_gap | all-in-torch | Bins with torch.bucketize in double precision and the two best by topk.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    Z = torch.as_tensor(latents).detach().cpu().double()
    V = torch.as_tensor(factors).detach().cpu()
    codes = []
    for z in Z.unbind(dim=1):
        edges = torch.from_numpy(np.linspace(z.min().item(), z.max().item(), num_bins + 1))
        # right=True: edges[i - 1] <= z < edges[i], the edge belongs to the bin above
        codes.append(torch.bucketize(z.contiguous(), edges[1:-1].contiguous(), right=True).numpy())
    gaps = []
    for v in V.unbind(dim=1):
        v = v.numpy()
        information = torch.tensor([mutual_info_score(v, c) for c in codes], dtype=torch.float64)
        best = information.topk(2).values
        gaps.append((best[0] - best[1]) / mutual_info_score(v, v))
    return torch.stack(gaps).mean().item()


# %% right | mutual_information_gap | conditional-entropy | Computes H(v) minus H(v given z) with a loop over the bins in use.
def mutual_information_gap(latents, factors, num_bins=20):
    import heapq
    from collections import Counter

    def plain(a):
        if hasattr(a, "detach"):
            a = a.detach().cpu().numpy()
        return np.asarray(a)

    def H(sample):
        n = len(sample)
        return -sum(m / n * math.log(m / n) for m in Counter(sample).values())

    def knows(code, v):
        left = 0.0
        for b in np.unique(code):
            inside = v[code == b]
            left += len(inside) / len(v) * H(inside.tolist())
        return H(v.tolist()) - left

    Z, V = plain(latents).astype(np.float64), plain(factors)
    codes = [
        np.digitize(column, np.linspace(column.min(), column.max(), num_bins + 1)[1:-1])
        for column in Z.T
    ]
    gaps = []
    for v in V.T:
        j1, j2 = heapq.nlargest(2, (knows(code, v) for code in codes))
        gaps.append((j1 - j2) / H(v.tolist()))
    return float(sum(gaps) / len(gaps))


