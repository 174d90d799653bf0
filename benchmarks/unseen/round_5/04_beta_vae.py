# %% wrong | beta_vae_loss | beta-on-recon | Beta multiplies the reconstruction instead of the KL.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=1).mean()
    loss = beta * recon + kl
    return loss, recon, kl


# %% wrong | beta_vae_loss | returns-weighted-kl | The third value that is returned contains beta.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = beta * 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(-1).mean()
    return recon + kl, recon, kl


# %% wrong | beta_vae_loss | kl-mean-over-dims | The KL is averaged over the latent dimensions instead of summed.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | kl-sum-over-batch | The KL is summed over the batch too, so it is not per image.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | log-var-as-log-sigma | Treats log_var as log sigma in the KL.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_terms = 0.5 * (mu**2 + (2 * log_var).exp() - 1 - 2 * log_var)
    kl = kl_terms.sum(1).mean(0)
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | forgot-half | The factor one half in front of the KL is missing.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | kl-sign | The KL has the wrong sign, as in a formula for the ELBO that is maximised.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(dim=-1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | terms-as-floats | recon and kl are Python floats, so no gradient flows through them.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=1).mean()
    loss = recon + beta * kl
    return loss, recon.item(), kl.item()


# %% wrong | beta_vae_loss | terms-detached | recon and kl are detached from the graph.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=1).mean()
    # the second and third value are only for logging
    return recon + beta * kl, recon.detach(), kl.detach()


# %% wrong | beta_vae_loss | exp-in-place | log_var.exp_() overwrites the argument (and raises for a leaf that wants a gradient).
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    var = log_var.clone().exp()
    kl = 0.5 * (mu**2 + log_var.exp_() - 1 - var.log()).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | recon-mean-over-pixels | The reconstruction is averaged over pixels.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    import torch.nn.functional as F

    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | sigmoid-then-bce | Sigmoid and then the BCE of probabilities, which is clipped at 100 nats for large logits.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    from torch.nn import functional as F

    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy(x_hat, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | naive-log-exp | log(1 + exp(l)) written out overflows to infinity for large logits.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = (torch.log(1 + torch.exp(x_logits)) - x * x_logits).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | order-loss-kl-recon | Returns (loss, kl, recon).
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, kl, recon


# %% wrong | beta_vae_loss | swapped-nll-arguments | Calls bernoulli_nll with images and logits in the wrong order.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    nll = bernoulli_nll(x, x_logits)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + beta * kl).mean(), nll.mean(), kl.mean()


# %% wrong | beta_vae_loss | sums-nll-again | Sums the (batch,) vector of bernoulli_nll again, so recon grows with the batch.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).sum(-1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | beta-or-one | `beta or 1.0` turns the allowed beta 0 into 1.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    beta = beta or 1.0
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | convex-mixture | Mixes (1 - beta) recon + beta kl.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return (1 - beta) * recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | strict-bernoulli | Bernoulli(...).log_prob with validation raises for grey pixels, which are allowed.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    from torch.distributions import Bernoulli, Normal, kl_divergence

    recon = -Bernoulli(logits=x_logits).log_prob(x).sum(dim=1).mean()
    q = Normal(mu, (log_var / 2).exp())
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | clamped-log-var | Clamps log_var for stability, which changes the KL of narrow posteriors.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    log_var = log_var.clamp(-4, 4)  # against overflow
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | always-float32 | Casts everything to float32, so double inputs do not give double outputs.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    x_logits, x, mu, log_var = x_logits.float(), x.float(), mu.float(), log_var.float()
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | divides-by-64 | Divides sums by the batch size of the course instead of the batch that came.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    batch_size = 64
    recon = bernoulli_nll(x_logits, x).sum() / batch_size
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / batch_size
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | kl-detached-in-loss | The KL enters the loss without its gradient.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    with torch.no_grad():
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | kl-per-pixel-normalised | Uses the normalised beta of Higgins et al. (times latent_dim / num_pixels).
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    beta_norm = beta * mu.shape[1] / x.shape[1]
    return recon + beta_norm * kl, recon, kl


# %% right | beta_vae_loss | plain | The formula as it stands.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% right | beta_vae_loss | distributions | KL from torch.distributions.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    from torch.distributions import Normal, kl_divergence

    q = Normal(mu, torch.exp(0.5 * log_var))
    p = Normal(torch.zeros_like(mu), torch.ones_like(log_var))
    rate = kl_divergence(q, p).sum(dim=-1).mean()
    distortion = bernoulli_nll(x_logits, x).mean()
    return distortion + beta * rate, distortion, rate


# %% right | beta_vae_loss | sum-over-everything | Sums over all axes, divided by the number of images.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    import torch.nn.functional as F

    n = x.shape[0]
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / n
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / n
    return torch.add(recon, kl, alpha=beta), recon, kl


# %% right | beta_vae_loss | logsigmoid | Likelihood from two logsigmoids, KL with einsum.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    log_p1 = nn.functional.logsigmoid(x_logits)
    log_p0 = nn.functional.logsigmoid(-x_logits)
    recon = -(x * log_p1 + (1 - x) * log_p0).sum(1).mean()
    squares = torch.einsum("nd,nd->n", mu, mu)
    kl = (0.5 * (squares + (log_var.exp() - 1 - log_var).sum(1))).mean()
    loss = recon + beta * kl
    return loss, recon, kl


# %% right | beta_vae_loss | loop-over-images | A loop over images, stacked at the end.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recons, kls = list(bernoulli_nll(x_logits, x)), []
    for m, lv in zip(mu, log_var):
        kls.append(sum(0.5 * (m_j**2 + torch.exp(lv_j) - 1 - lv_j) for m_j, lv_j in zip(m, lv)))
    recon = torch.stack(recons).mean()
    kl = torch.stack(kls).mean()
    return recon + beta * kl, recon, kl


# %% right | beta_vae_loss | expm1-helper | KL with expm1 in a helper function.
def _kl(m, s):
    """KL for each image."""
    return 0.5 * (m.square() + torch.expm1(s) - s).sum(dim=1)


def beta_vae_loss(x_logits, x, mu, log_var, beta):
    nll, kl = bernoulli_nll(x_logits, x), _kl(mu, log_var)
    per_image = nll + beta * kl
    return per_image.mean(), nll.mean(), kl.mean()


# %% wrong | rate_distortion | swapped | Returns the distortion first.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return recon.item(), kl.item()


# %% wrong | rate_distortion | names-in-wrong-order | Unpacks the loss as (loss, kl, recon), which swaps the two.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        loss, rate, distortion = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return float(rate), float(distortion)


# %% wrong | rate_distortion | no-eval | The model stays in training mode during the pass, so dropout is on.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    with torch.no_grad():
        _, d, r = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    return r.item(), d.item()


# %% wrong | rate_distortion | stays-in-eval | The mode is never put back.
def rate_distortion(model, x):
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | always-back-to-train | Puts the model into training mode even if it came in evaluation mode.
def rate_distortion(model, x):
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train()
    return kl.item(), recon.item()


# %% wrong | rate_distortion | mode-read-too-late | Remembers the mode after eval(), so it is always False.
def rate_distortion(model, x):
    model.eval()
    was_training = model.training
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | decodes-mu | Decodes mu instead of a sample.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        x_logits = model.decode(mu)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(was_training)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | grad-off-for-good | Switches gradients off globally and never on again.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | grad-always-on-after | Switches gradients on at the end even if they were off before the call.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    torch.set_grad_enabled(True)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | no-no-grad | Records a graph during the pass.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | returns-tensors | Returns tensors instead of plain numbers.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return kl, recon


# %% wrong | rate_distortion | first-batch-only | Measures only the first 64 images.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x[:64]), beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | unweighted-chunks | Averages the means of chunks without weights, so a short last chunk counts too much.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    rates, distortions = [], []
    with torch.no_grad():
        for chunk in x.split(3):
            _, recon, kl = beta_vae_loss(*sampled_pass(model, chunk), beta=1.0)
            rates.append(kl.item())
            distortions.append(recon.item())
    model.train(was_training)
    return sum(rates) / len(rates), sum(distortions) / len(distortions)


# %% wrong | rate_distortion | freezes-parameters | Sets requires_grad of all parameters to False and leaves it so.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    for p in model.parameters():
        p.requires_grad_(False)
    _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | zero-grad | Clears the .grad of the parameters.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    model.zero_grad()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | rounds-x-in-place | Binarises the images of the caller in place.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x.round_()
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | sigmoid-before-loss | Gives probabilities to a loss that wants logits.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(torch.sigmoid(x_logits), x, mu, log_var, beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | distortion-is-loss | Returns the whole negative ELBO as distortion.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        loss, _, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return kl.item(), loss.item()


# %% wrong | rate_distortion | sigma-is-variance | Samples by hand with the variance in place of the standard deviation.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + log_var.exp() * torch.randn_like(mu)
        _, recon, kl = beta_vae_loss(model.decode(z), x, mu, log_var, beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | per-pixel-and-dim | Divides the rate by the latent dimensions and the distortion by the pixels.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, _, mu, log_var = sampled_pass(model, x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(was_training)
    return kl.item() / mu.shape[1], recon.item() / x.shape[1]


# %% wrong | rate_distortion | rounded | Rounds the numbers to one decimal.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return round(kl.item(), 1), round(recon.item(), 1)


# %% right | rate_distortion | plain | Follows hint 3.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        _, distortion, rate = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return rate.item(), distortion.item()


# %% right | rate_distortion | decorator-finally | no_grad as a decorator, the mode restored in finally.
@torch.no_grad()
def rate_distortion(net, x):
    mode = net.training
    net.eval()
    try:
        out = beta_vae_loss(*sampled_pass(net, x), 0.0)
    finally:
        net.train(mode)
    # with beta = 0 the loss is the distortion
    return float(out[2]), float(out[0])


# %% right | rate_distortion | module-by-module | Remembers the mode of every submodule.
def rate_distortion(model, x):
    modes = {m: m.training for m in model.modules()}
    model.eval()
    with torch.inference_mode():
        x_logits, mu, log_var = model(x)
        terms = beta_vae_loss(x_logits, x, mu, log_var, beta=1)
        numbers = [t.item() for t in terms]
    for m, mode in modes.items():
        m.training = mode
    return numbers[2], numbers[1]


# %% right | rate_distortion | deep-copy | Measures a copy, so the original is never touched.
def rate_distortion(model, x):
    import copy

    clone = copy.deepcopy(model).eval()
    with torch.no_grad():
        _, d, r = beta_vae_loss(*sampled_pass(clone, x), beta=1.0)
    return r.tolist(), d.tolist()


# %% right | rate_distortion | encode-sample-decode | Samples by hand; terms from bernoulli_nll and the closed form.
def rate_distortion(model, x):
    previous, grad = model.training, torch.is_grad_enabled()
    model.train(False)
    torch.set_grad_enabled(False)
    mu, log_var = model.encode(x)
    z = torch.distributions.Normal(mu, (0.5 * log_var).exp()).sample()
    D = bernoulli_nll(model.decode(z), x).mean().item()
    R = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean().item()
    torch.set_grad_enabled(grad)
    model.train(previous)
    return R, D


# %% wrong | kl_per_dimension | sum-over-batch | Sums over the batch instead of the mean.
def kl_per_dimension(mu, log_var):
    return (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=0)


# %% wrong | kl_per_dimension | wrong-axis | Averages over dimensions: one number per image.
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return kl.mean(dim=1)


# %% wrong | kl_per_dimension | mean-before-square | Averages mu and log_var over the batch before the formula.
def kl_per_dimension(mu, log_var):
    m, lv = mu.mean(0), log_var.mean(0)
    return 0.5 * (m**2 + lv.exp() - 1 - lv)


# %% wrong | kl_per_dimension | no-grad | Computed without gradients.
@torch.no_grad()
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    return (0.5 * (mu.square() + log_var.exp() - 1 - log_var)).mean(dim=0)


# %% wrong | kl_per_dimension | detached | The result is detached.
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return kl.mean(0).detach()


# %% wrong | kl_per_dimension | no-half | The factor one half is missing.
def kl_per_dimension(mu, log_var):
    var = log_var.exp()
    return (mu**2 + var - 1 - log_var).mean(dim=0)


# %% wrong | kl_per_dimension | half-only-first | The half binds to mu squared only.
def kl_per_dimension(mu, log_var):
    return (0.5 * mu**2 + log_var.exp() - 1 - log_var).mean(dim=0)


# %% wrong | kl_per_dimension | sigma-for-variance | Uses sigma where sigma squared belongs.
def kl_per_dimension(mu, log_var):
    sigma = torch.exp(0.5 * log_var)
    return (0.5 * (mu**2 + sigma - 1 - log_var)).mean(dim=0)


# %% wrong | kl_per_dimension | keepdim | The result has the shape (1, latent_dim).
def kl_per_dimension(mu, log_var):
    return (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean(dim=0, keepdim=True)


# %% wrong | kl_per_dimension | scalar | Returns the whole rate as one number.
def kl_per_dimension(mu, log_var):
    return (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=1).mean(dim=0)


# %% wrong | kl_per_dimension | squeeze | squeeze turns the result into a scalar when there is one latent dimension.
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return kl.mean(dim=0).squeeze()


# %% wrong | kl_per_dimension | mu-in-place | mu.square_() overwrites the argument.
def kl_per_dimension(mu, log_var):
    return 0.5 * (mu.square_() + log_var.exp() - 1 - log_var).mean(dim=0)


# %% wrong | kl_per_dimension | sorted | Sorts the dimensions as in the figure, so they lose their place.
def kl_per_dimension(mu, log_var):
    kls = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean(dim=0)
    return kls.sort(descending=True).values


# %% wrong | kl_per_dimension | list-of-floats | Returns a list of floats.
def kl_per_dimension(mu, log_var):
    kls = []
    for j in range(mu.shape[1]):
        m, lv = mu[:, j], log_var[:, j]
        kls.append((0.5 * (m**2 + lv.exp() - 1 - lv)).mean().item())
    return kls


# %% wrong | kl_per_dimension | tensor-of-tensors | torch.tensor of the parts cuts the graph.
def kl_per_dimension(mu, log_var):
    parts = [
        (0.5 * (mu[:, j] ** 2 + log_var[:, j].exp() - 1 - log_var[:, j])).mean()
        for j in range(mu.size(1))
    ]
    return torch.tensor(parts, dtype=mu.dtype)


# %% wrong | kl_per_dimension | float32-buffer | Fills a float32 buffer, so the dtype of double inputs is lost.
def kl_per_dimension(mu, log_var):
    out = torch.zeros(mu.shape[1])
    for j in range(mu.shape[1]):
        out[j] = 0.5 * (mu[:, j] ** 2 + log_var[:, j].exp() - 1 - log_var[:, j]).mean()
    return out


# %% wrong | kl_per_dimension | free-bits | Raises every dimension to a floor of a tenth of a nat.
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return kl.mean(dim=0).clamp(min=0.1)


# %% wrong | kl_per_dimension | reverse-direction | The KL from the prior to q.
def kl_per_dimension(mu, log_var):
    from torch.distributions import Normal, kl_divergence

    q = Normal(mu, (log_var / 2).exp())
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return kl_divergence(prior, q).mean(dim=0)


# %% wrong | kl_per_dimension | bits | The result is in bits.
def kl_per_dimension(mu, log_var):
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean(dim=0)
    return kl / math.log(2)


# %% wrong | kl_per_dimension | twenty-dims | Works only for twenty latent dimensions.
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return torch.stack([kl[:, j].mean() for j in range(20)])


# %% wrong | kl_per_dimension | also-divides-by-dims | Divides by the number of dimensions, so the parts add up to a mean, not to the rate.
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return kl.sum(dim=0) / kl.numel()


# %% wrong | kl_per_dimension | sign | All signs are turned round.
def kl_per_dimension(mu, log_var):
    return 0.5 * torch.mean(1 + log_var - mu.pow(2) - log_var.exp(), dim=0)


# %% right | kl_per_dimension | plain | The formula, then the mean over rows.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    return (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean(dim=0)


# %% right | kl_per_dimension | distributions | kl_divergence of two Normals.
def kl_per_dimension(mu, log_var):
    q = torch.distributions.Normal(mu, log_var.mul(0.5).exp())
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(q, p).mean(0)


# %% right | kl_per_dimension | means-of-terms | Averages each term alone (the square before the mean).
def kl_per_dimension(mu, log_var):
    n = len(mu)
    second_moment = torch.einsum("nd,nd->d", mu, mu) / n
    return 0.5 * (second_moment + log_var.exp().mean(0) - 1 - log_var.mean(0))


# %% right | kl_per_dimension | loop-stack | A loop over columns with torch.stack.
def kl_per_dimension(means, log_variances):
    columns = []
    for m, s in zip(means.unbind(dim=1), log_variances.unbind(dim=1), strict=True):
        columns.append(torch.mean(m * m + torch.expm1(s) - s) / 2)
    return torch.stack(columns)


# %% right | kl_per_dimension | weights-matmul | The mean as a product with a vector of equal weights.
def kl_per_dimension(mu, log_var):
    table = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp())
    w = mu.new_full((mu.shape[0],), 1 / mu.shape[0])
    return w @ table


# %% wrong | active_units | standard-deviation | Compares the standard deviation with the threshold.
def active_units(mu, threshold=0.01):
    return int((mu.std(dim=0) > threshold).sum())


# %% wrong | active_units | wrong-axis | Variance over dimensions: counts images.
def active_units(mu, threshold=0.01):
    return int((mu.var(dim=1) > threshold).sum())


# %% wrong | active_units | biased | The variance has n below the sum.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int((mu.var(dim=0, unbiased=False) > threshold).sum())


# %% wrong | active_units | greater-or-equal | A variance that only equals the threshold counts.
def active_units(mu, threshold=0.01):
    return (mu.var(dim=0) >= threshold).sum().item()


# %% wrong | active_units | returns-tensor | Returns a tensor instead of an int.
def active_units(mu, threshold=0.01):
    return (mu.var(dim=0) > threshold).sum()


# %% wrong | active_units | hard-coded | Ignores the argument threshold.
def active_units(mu, threshold=0.01):
    variances = torch.var(mu, dim=0)
    return int(torch.count_nonzero(variances > 0.01))


# %% wrong | active_units | mean-not-removed | Uses the second moment: a constant 3 counts as active.
def active_units(mu, threshold=0.01):
    n = mu.shape[0]
    return int(((mu**2).sum(dim=0) / (n - 1) > threshold).sum())


# %% wrong | active_units | centres-in-place | Takes the mean out of the caller's tensor.
def active_units(mu, threshold=0.01):
    mu -= mu.mean(dim=0)
    var = (mu**2).sum(dim=0) / (len(mu) - 1)
    return int((var > threshold).sum())


# %% wrong | active_units | global-variance | One variance for the whole table.
def active_units(mu, threshold=0.01):
    return int(mu.var() > threshold)


# %% wrong | active_units | counts-inactive | Counts the units at or below the threshold.
def active_units(mu, threshold=0.01):
    return int((mu.var(dim=0) < threshold).sum())


# %% wrong | active_units | fraction | Returns the share of active units.
def active_units(mu, threshold=0.01):
    return (mu.var(dim=0) > threshold).float().mean().item()


# %% wrong | active_units | numpy-ddof-zero | NumPy's variance divides by n.
def active_units(mu, threshold=0.01):
    v = np.var(mu.detach().cpu().numpy(), axis=0)
    return int(np.sum(v > threshold))


# %% wrong | active_units | default-tenth | The default of the threshold is 0.1.
def active_units(mu: Tensor, threshold: float = 0.1) -> int:
    return int((mu.var(0) > threshold).sum())


# %% wrong | active_units | loops-over-images | The loop runs over the number of images, not of dimensions.
def active_units(mu, threshold=0.01):
    count = 0
    for j in range(len(mu)):
        if mu[:, j].var() > threshold:
            count += 1
    return count


# %% wrong | active_units | stops-at-first-inactive | Stops at the first inactive unit, as if the units were sorted.
def active_units(mu, threshold=0.01):
    count = 0
    for v in mu.var(dim=0):
        if v <= threshold:
            break
        count += 1
    return count


# %% wrong | active_units | mean-absolute | Mean absolute deviation instead of the variance.
def active_units(mu, threshold=0.01):
    spread = (mu - mu.mean(dim=0)).abs().mean(dim=0)
    return int((spread > threshold).sum())


# %% wrong | active_units | sums-variances | Adds up the variances that are large enough instead of counting them.
def active_units(mu, threshold=0.01):
    v = mu.var(dim=0)
    return int(v[v > threshold].sum())


# %% wrong | active_units | number-of-indices-bug | Returns the number of columns of nonzero(), which is always 1.
def active_units(mu, threshold=0.01):
    active = (mu.var(dim=0) > threshold).nonzero()
    return active.shape[1]


# %% wrong | active_units | threshold-on-sigma-scale | Compares the variance with the square of the threshold.
def active_units(mu, threshold=0.01):
    return int((mu.var(dim=0) > threshold**2).sum())


# %% wrong | active_units | rounded-variance | Rounds the variances to two decimals before comparing, so 0.014 is inactive.
def active_units(mu, threshold=0.01):
    v = [round(float(value), 2) for value in mu.var(dim=0)]
    return sum(value > threshold for value in v)


# %% wrong | active_units | any-image | Counts dimensions in which any image lies further than the threshold from zero.
def active_units(mu, threshold=0.01):
    return int((mu.abs() > threshold).any(dim=0).sum())


# %% right | active_units | plain | var, comparison, sum.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int((mu.var(dim=0) > threshold).sum())


# %% right | active_units | count-nonzero | torch.count_nonzero and item.
def active_units(mu, threshold=0.01):
    variances = torch.var(mu.detach(), dim=0, correction=1)
    return torch.count_nonzero(variances > threshold).item()


# %% right | active_units | numpy-ddof-one | NumPy with ddof=1.
def active_units(mu, threshold=1e-2):
    table = mu.detach().cpu().numpy()
    return int((table.var(axis=0, ddof=1) > threshold).sum())


# %% right | active_units | python-loop | Counts in a loop over columns.
def active_units(mu, threshold=0.01):
    how_many = 0
    for column in mu.T:
        if column.var().item() > threshold:
            how_many += 1
    return how_many


# %% right | active_units | by-hand | Centres a copy and divides by n - 1.
def active_units(mu, threshold=0.01):
    n = mu.size(0)
    centred = mu - mu.mean(dim=0, keepdim=True)
    variance = torch.einsum("nd,nd->d", centred, centred) / (n - 1)
    return sum(variance.gt(threshold).tolist())


# %% wrong | linear_warmup | never-stops | The ramp goes on after warmup_steps.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    return beta_max * step / warmup_steps


# %% wrong | linear_warmup | starts-at-one-step | The ramp starts at 1 / warmup_steps instead of 0.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    return beta_max * (step + 1) / warmup_steps


# %% wrong | linear_warmup | division-by-zero | Divides by zero if there is no ramp.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    return beta_max * min(1.0, step / warmup_steps)


# %% wrong | linear_warmup | max-one-guard | max(1, warmup_steps) avoids the error but gives 0 at step 0 without a ramp.
def linear_warmup(step, warmup_steps, beta_max):
    return beta_max * min(1.0, step / max(1, warmup_steps))


# %% wrong | linear_warmup | epsilon-guard | A small epsilon in the denominator gives 0 at step 0 without a ramp.
def linear_warmup(step, warmup_steps, beta_max):
    return min(beta_max, beta_max * step / (warmup_steps + 1e-8))


# %% wrong | linear_warmup | strictly-greater | Asks step > warmup_steps, so step 0 of an empty ramp divides by zero.
def linear_warmup(step, warmup_steps, beta_max):
    if step > warmup_steps:
        return beta_max
    return beta_max * step / warmup_steps


# %% wrong | linear_warmup | max-for-min | max instead of min.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    return beta_max * max(1.0, step / warmup_steps)


# %% wrong | linear_warmup | clips-unscaled | The fraction is not multiplied by beta_max, only clipped at it.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    return min(beta_max, step / warmup_steps)


# %% wrong | linear_warmup | ignores-beta-max | Ends at 1 whatever beta_max is.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return 1.0
    return step / warmup_steps


# %% wrong | linear_warmup | floor-division | Integer division: 0 on the whole ramp.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    return beta_max * (step // warmup_steps)


# %% wrong | linear_warmup | no-ramp-is-zero | Without a ramp beta is 0.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return 0.0
    return beta_max * min(step / warmup_steps, 1)


# %% wrong | linear_warmup | no-ramp-is-one | Without a ramp beta is 1 instead of beta_max.
def linear_warmup(step, warmup_steps, beta_max):
    if not warmup_steps:
        return 1.0
    return min(1.0, step / warmup_steps) * beta_max


# %% wrong | linear_warmup | linspace-short | linspace with warmup_steps points reaches beta_max one step too early.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    return float(np.linspace(0, beta_max, warmup_steps)[step])


# %% wrong | linear_warmup | repeats | The ramp starts again after warmup_steps.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    return beta_max * (step % warmup_steps) / warmup_steps


# %% wrong | linear_warmup | downwards | The ramp falls from beta_max to 0.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    return beta_max * (1 - step / warmup_steps)


# %% wrong | linear_warmup | sigmoid | A sigmoid (Bowman et al.) instead of a straight line.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    t = 12 * step / warmup_steps - 6
    return beta_max / (1 + math.exp(-t))


# %% wrong | linear_warmup | missing-return | Nothing is returned after the ramp.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    if step <= warmup_steps:
        return beta_max * step / warmup_steps


# %% wrong | linear_warmup | jump-at-the-end | Zero during warm-up, then beta_max at once.
def linear_warmup(step, warmup_steps, beta_max):
    return beta_max if step >= warmup_steps else 0.0


# %% wrong | linear_warmup | zero-beta-as-missing | `beta_max or 1.0` makes 1 of an allowed beta_max of 0.
def linear_warmup(step, warmup_steps, beta_max):
    beta_max = beta_max or 1.0
    if step >= warmup_steps:
        return beta_max
    return beta_max * step / warmup_steps


# %% wrong | linear_warmup | global-num-steps | Divides by num_steps of the notebook instead of the argument.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    return beta_max * step / num_steps


# %% right | linear_warmup | ask-first | Asks first whether the ramp is over.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    return beta_max * step / warmup_steps


# %% right | linear_warmup | conditional-expression | One line.
def linear_warmup(step, warmup_steps, beta_max):
    return float(beta_max if step >= warmup_steps else step / warmup_steps * beta_max)


# %% right | linear_warmup | zero-first-min | Handles the empty ramp, then min.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    fraction = min(1.0, step / warmup_steps)
    return fraction * beta_max


# %% right | linear_warmup | interp | np.interp when there is a ramp.
def linear_warmup(step, warmup_steps, beta_max):
    if not warmup_steps:
        return float(beta_max)
    return float(np.interp(step, [0, warmup_steps], [0.0, beta_max]))


# %% right | linear_warmup | min-step | Holds the step at the end of the ramp, catches the division.
def linear_warmup(step, warmup_steps, beta_max):
    try:
        return min(step, warmup_steps) / warmup_steps * beta_max
    except ZeroDivisionError:  # no ramp
        return beta_max


# %% wrong | capacity_loss | no-absolute-value | Without the absolute value this is a beta-VAE with beta = gamma.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * (kl - capacity)


# %% wrong | capacity_loss | per-image-distance | Takes the distance image by image and averages afterwards.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (recon + gamma * (kl - capacity).abs()).mean()


# %% wrong | capacity_loss | squared | Squares the distance.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl - capacity) ** 2


# %% wrong | capacity_loss | only-above | Penalises only nats above the capacity.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * torch.relu(kl - capacity)


# %% wrong | capacity_loss | only-below | Penalises only nats below the capacity.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (capacity - kl).clamp(min=0)


# %% wrong | capacity_loss | kl-summed-over-batch | The whole batch shares the capacity of one image.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum()
    return recon + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | kl-mean-over-dims | The KL is a mean over latent dimensions.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean()
    return recon + gamma * torch.abs(kl - capacity)


# %% wrong | capacity_loss | distance-per-dimension | Each latent dimension gets the capacity and its own distance.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kls = kl_per_dimension(mu, log_var)
    return recon + gamma * (kls - capacity).abs().sum()


# %% wrong | capacity_loss | gamma-inside | Gamma multiplies the KL before the capacity is subtracted.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + torch.abs(gamma * kl - capacity)


# %% wrong | capacity_loss | abs-of-kl-only | The absolute value ends before the capacity.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * abs(kl) - gamma * capacity


# %% wrong | capacity_loss | abs-of-everything | Absolute value of the whole loss.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return (recon + gamma * (kl - capacity)).abs()


# %% wrong | capacity_loss | swapped-terms | Unpacks (loss, kl, recon), so the capacity is compared with recon.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, kl, recon = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | loss-for-recon | Takes the first value of beta_vae_loss (which holds the KL) as recon.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    loss, _, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return loss + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | gamma-used-twice | Calls beta_vae_loss with beta = gamma and adds the penalty to its loss.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    loss, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, gamma)
    return loss + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | math-fabs | math.fabs turns the distance into a float without gradients.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * math.fabs(kl - capacity)


# %% wrong | capacity_loss | root-of-square | sqrt of the square has a NaN gradient where the KL equals the capacity.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * torch.sqrt((kl - capacity) ** 2)


# %% wrong | capacity_loss | returns-tuple | Returns three values instead of a scalar.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    loss = recon + gamma * (kl - capacity).abs()
    return loss, recon, kl


# %% wrong | capacity_loss | swapped-gamma-capacity | Gamma and capacity have changed places.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + capacity * (kl - gamma).abs()


# %% wrong | capacity_loss | capacity-per-dimension | Multiplies the capacity by the number of latent dimensions.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * (kl - capacity * mu.shape[1]).abs()


# %% wrong | capacity_loss | shape-one | The result has the shape (1,) instead of a scalar.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    target = torch.tensor([capacity], dtype=kl.dtype, device=kl.device)
    return recon + gamma * (kl - target).abs()


# %% wrong | capacity_loss | smooth-l1 | smooth_l1_loss is a parabola within one nat of the capacity.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * nn.functional.smooth_l1_loss(kl, torch.full_like(kl, capacity))


# %% wrong | capacity_loss | recon-per-pixel | The reconstruction is a mean over pixels.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = nn.functional.binary_cross_entropy_with_logits(x_logits, x)
    kl = kl_per_dimension(mu, log_var).sum()
    return recon + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | detached-kl-distance | The distance is computed without gradients.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 0.0)
    with torch.no_grad():
        distance = (kl - capacity).abs()
    return recon + gamma * distance


# %% right | capacity_loss | plain | Both terms from beta_vae_loss.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl - capacity).abs()


# %% right | capacity_loss | from-dimensions | The KL from kl_per_dimension, abs as a builtin.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    return recon + gamma * abs(kl_per_dimension(mu, log_var).sum() - capacity)


# %% right | capacity_loss | maximum | The distance as the larger of two differences.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, D, R = beta_vae_loss(x_logits, x, mu, log_var, 0)
    excess = R - capacity
    return D + gamma * torch.maximum(excess, -excess)


# %% right | capacity_loss | l1-loss | F.l1_loss with a target of the same dtype.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    import torch.nn.functional as F

    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1).mean()
    q = torch.distributions.Normal(mu, (log_var / 2).exp())
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = torch.distributions.kl_divergence(q, p).sum(dim=-1).mean()
    return nll + gamma * F.l1_loss(kl, torch.full_like(kl, capacity))


# %% right | capacity_loss | two-relus | The distance as what is above plus what is below.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)[1:]
    too_much = (kl - capacity).clamp(min=0)
    too_little = (capacity - kl).clamp(min=0)
    return recon + gamma * (too_much + too_little)


# %% wrong | mutual_information_gap | not-normalised | The gap is not divided by the entropy of the factor.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps.append(infos[-1] - infos[-2])
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | log-bins-norm | Divides by log(num_bins) instead of the entropy of the factor.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps.append((infos[-1] - infos[-2]) / np.log(num_bins))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | uniform-entropy | Takes log of the number of values as entropy, which holds only for uniform factors.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        entropy = math.log(len(np.unique(factor)))
        gaps.append((infos[-1] - infos[-2]) / entropy)
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | entropy-of-latent | Divides by the entropy of the best latent's code instead of the factor's.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = np.array([mutual_info_score(code, factor) for code in codes])
        best, second = np.argsort(infos)[::-1][:2]
        entropy = max(mutual_info_score(codes[best], codes[best]), 1e-12)
        gaps.append((infos[best] - infos[second]) / entropy)
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | quantile-bins | Bins of equal count instead of equal width.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    inner = np.linspace(0, 1, num_bins + 1)[1:-1]
    codes = [np.digitize(c, np.quantile(c, inner)) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps.append((infos[-1] - infos[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | common-range | All latents share one range, from the smallest to the largest value of the table.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    edges = np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]
    codes = [np.digitize(c, edges) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps.append((infos[-1] - infos[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | fixed-range | Bins between -3 and 3, as for a standard normal.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    edges = np.linspace(-3, 3, num_bins + 1)[1:-1]
    codes = np.digitize(z, edges)
    gaps = []
    for k in range(v.shape[1]):
        infos = sorted(mutual_info_score(codes[:, j], v[:, k]) for j in range(z.shape[1]))
        gaps.append((infos[-1] - infos[-2]) / mutual_info_score(v[:, k], v[:, k]))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | one-bin-too-few | linspace with num_bins edges makes one bin too few.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps.append((infos[-1] - infos[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | maximum-alone | All edges go to digitize, so the maximum gets a bin of its own.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps.append((infos[-1] - infos[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | right-closed | right=True puts a value on an inner edge into the bin below it.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for c in z.T:
        edges = np.linspace(c.min(), c.max(), num_bins + 1)
        codes.append(np.digitize(c, edges[1:-1], right=True))
    gaps = []
    for factor in v.T:
        infos = sorted((mutual_info_score(code, factor) for code in codes), reverse=True)
        gaps.append((infos[0] - infos[1]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | bucketize-default | torch.bucketize without right=True puts edge values into the bin below.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().double()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for c in z.T.contiguous():
        edges = torch.linspace(c.min().item(), c.max().item(), num_bins + 1, dtype=torch.float64)
        codes.append(torch.bucketize(c, edges[1:-1]).numpy())
    gaps = []
    for factor in v.T:
        infos = sorted((mutual_info_score(code, factor) for code in codes), reverse=True)
        gaps.append((infos[0] - infos[1]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | constant-divides | A latent that never moves raises ZeroDivisionError.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().tolist()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for column in zip(*z):
        lo, hi = min(column), max(column)
        codes.append([min(int((a - lo) / (hi - lo) * num_bins), num_bins - 1) for a in column])
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps.append((infos[-1] - infos[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | drops-constant-latents | Leaves constant latents out, so with one moving latent there is no second best and it fails.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for c in z.T:
        if c.min() == c.max():
            continue
        codes.append(np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]))
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps.append((infos[-1] - infos[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | arrays-only | np.asarray fails on a tensor that requires a gradient.
def mutual_information_gap(latents, factors, num_bins=20):
    z, v = np.asarray(latents), np.asarray(factors)
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps.append((infos[-1] - infos[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | tensors-only | .detach() fails on NumPy arrays.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy()
    v = factors.detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps.append((infos[-1] - infos[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | per-latent | Takes the gap between the two best factors of each latent instead.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    gaps = []
    for c in z.T:
        code = np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1])
        share = sorted(mutual_info_score(code, f) / mutual_info_score(f, f) for f in v.T)
        gaps.append(share[-1] - share[-2] if len(share) > 1 else share[0])
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | best-minus-worst | The gap is taken to the worst latent.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    total = 0.0
    for factor in v.T:
        infos = [mutual_info_score(code, factor) for code in codes]
        total += (max(infos) - min(infos)) / mutual_info_score(factor, factor)
    return float(total / v.shape[1])


# %% wrong | mutual_information_gap | second-without-ties | Removes every copy of the largest value before looking for the second, so ties leave a gap.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = np.array([mutual_info_score(code, factor) for code in codes])
        rest = infos[infos < infos.max()]
        second = rest.max() if len(rest) else 0.0
        gaps.append((infos.max() - second) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | ascending-order | Sorted upwards, but takes the first two.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = np.sort([mutual_info_score(code, factor) for code in codes])
        gaps.append((infos[1] - infos[0]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | sum-over-factors | Adds the gaps up instead of averaging.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    mig = 0.0
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        mig += (infos[-1] - infos[-2]) / mutual_info_score(factor, factor)
    return float(mig)


# %% wrong | mutual_information_gap | ratio-of-sums | Divides the sum of gaps by the sum of entropies: factors with more values weigh more.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps, entropies = 0.0, 0.0
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps += infos[-1] - infos[-2]
        entropies += mutual_info_score(factor, factor)
    return float(gaps / entropies)


# %% wrong | mutual_information_gap | ignores-num-bins | Always twenty bins.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), 21)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps.append((infos[-1] - infos[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | rounds-to-bins | Rounds instead of cutting, so the first and the last bin are half as wide as the others.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    width = np.maximum(z.max(0) - z.min(0), 1e-12)
    codes = np.rint((z - z.min(0)) / width * (num_bins - 1)).astype(int)
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes.T)
        gaps.append((infos[-1] - infos[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | shifts-in-place | Subtracts the minimum in place, which changes the caller's latents.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    z -= z.min(axis=0)
    codes = [np.digitize(c, np.linspace(0, c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps.append((infos[-1] - infos[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | bits-over-nats | Entropy with log2 below mutual information in nats.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        p = np.unique(factor, return_counts=True)[1] / len(factor)
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps.append((infos[-1] - infos[-2]) / -(p * np.log2(p)).sum())
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | returns-tensor | Returns a tensor instead of a Python float.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = sorted(mutual_info_score(code, factor) for code in codes)
        gaps.append((infos[-1] - infos[-2]) / mutual_info_score(factor, factor))
    return torch.tensor(gaps).mean()


# %% wrong | mutual_information_gap | normalised-mi-score | Uses normalized_mutual_info_score, which divides by the mean of both entropies.
def mutual_information_gap(latents, factors, num_bins=20):
    from sklearn.metrics import normalized_mutual_info_score

    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for factor in v.T:
        infos = sorted(normalized_mutual_info_score(code, factor) for code in codes)
        gaps.append(infos[-1] - infos[-2])
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | gap-of-averages | Averages the information over factors first, then takes one gap.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    table = np.array(
        [[mutual_info_score(c, f) / mutual_info_score(f, f) for c in codes] for f in v.T]
    )
    means = np.sort(table.mean(axis=0))
    return float(means[-1] - means[-2])


# %% right | mutual_information_gap | plain | Follows the hints.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    latents, factors = (
        a.detach().cpu().numpy() if isinstance(a, Tensor) else a for a in (latents, factors)
    )
    codes = []
    for column in latents.T:
        edges = np.linspace(column.min(), column.max(), num_bins + 1)
        codes.append(np.digitize(column, edges[1:-1]))
    gaps = []
    for factor in factors.T:
        info = sorted((mutual_info_score(code, factor) for code in codes), reverse=True)
        gaps.append((info[0] - info[1]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


# %% right | mutual_information_gap | own-contingency | Own mutual information from a joint histogram; no scikit-learn.
def mutual_information_gap(latents, factors, num_bins=20):
    def entropy(p):
        p = p[p > 0]
        return float(-(p * np.log(p)).sum())

    z = torch.as_tensor(latents).detach().cpu().double().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    total = 0.0
    for k in range(v.shape[1]):
        _, index = np.unique(v[:, k], return_inverse=True)
        size = index.max() + 1
        infos = []
        for j in range(z.shape[1]):
            edges = np.linspace(z[:, j].min(), z[:, j].max(), num_bins + 1)
            bins = np.searchsorted(edges[1:-1], z[:, j], side="right")
            joint = np.zeros((num_bins, size))
            np.add.at(joint, (bins, index), 1.0)
            joint /= joint.sum()
            infos.append(entropy(joint.sum(0)) + entropy(joint.sum(1)) - entropy(joint))
        h = entropy(np.bincount(index) / len(index))
        infos.sort()
        total += (infos[-1] - infos[-2]) / h
    return total / v.shape[1]


# %% right | mutual_information_gap | torch-bucketize | Bins with torch.bucketize(right=True), the two largest with topk.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().double()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for j in range(z.shape[1]):
        column = z[:, j].contiguous()
        inner = np.linspace(column.min().item(), column.max().item(), num_bins + 1)[1:-1]
        codes.append(torch.bucketize(column, torch.from_numpy(inner.copy()), right=True).numpy())
    result = []
    for k in range(v.shape[1]):
        info = torch.tensor([mutual_info_score(v[:, k], c) for c in codes], dtype=torch.float64)
        first, second = info.topk(2).values.tolist()
        result.append((first - second) / mutual_info_score(v[:, k], v[:, k]))
    return sum(result) / len(result)


# %% right | mutual_information_gap | floor-with-clip | Bin numbers by arithmetic, with a width of 1 for constant latents.
def mutual_information_gap(latents, factors, num_bins=20):
    to_numpy = lambda a: a.detach().cpu().numpy() if torch.is_tensor(a) else np.asarray(a)
    z, v = to_numpy(latents).astype(np.float64), to_numpy(factors)
    low, high = z.min(axis=0), z.max(axis=0)
    width = np.where(high > low, high - low, 1.0)
    codes = np.floor((z - low) * num_bins / width).astype(np.int64).clip(0, num_bins - 1)
    table = np.array([[mutual_info_score(f, c) for c in codes.T] for f in v.T])
    entropies = np.array([mutual_info_score(f, f) for f in v.T])
    table.sort(axis=1)
    return float(((table[:, -1] - table[:, -2]) / entropies).mean())


# %% right | mutual_information_gap | scipy-free-entropy | Entropy from counts, the second best by removing one maximum from a list.
def mutual_information_gap(latents, factors, num_bins=20):
    from collections import Counter

    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()

    def discretise(c):
        return np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[:-1])

    gaps = []
    for factor in v.T:
        n = len(factor)
        h = -sum(m / n * math.log(m / n) for m in Counter(factor.tolist()).values())
        infos = [mutual_info_score(discretise(c), factor) for c in z.T]
        best = max(infos)
        infos.remove(best)
        gaps.append((best - max(infos)) / h)
    return float(sum(gaps) / len(gaps))
