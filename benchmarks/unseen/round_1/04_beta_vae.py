# %% wrong | beta_vae_loss | beta-on-recon | Beta stands in front of the reconstruction instead of the KL.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    loss = beta * recon + kl
    return loss, recon, kl

# %% wrong | beta_vae_loss | kl-with-beta | The KL that is returned already contains beta.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = beta * 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | beta_vae_loss | kl-mean-over-dims | Averages the KL over the latent dimensions as well.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | kl-summed-over-batch | Sums the KL over the whole batch and never divides by it.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    loss = recon + beta * kl
    return loss, recon, kl

# %% wrong | beta_vae_loss | sign-of-log-var | The logarithm enters with a plus.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    bracket = mu.square() + torch.exp(log_var) - 1 + log_var
    kl = (0.5 * bracket).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | sigma-for-variance | Uses sigma = exp(log_var / 2) where sigma squared belongs.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    sigma = torch.exp(0.5 * log_var)
    recon = torch.mean(bernoulli_nll(x_logits, x))
    kl = 0.5 * torch.sum(mu**2 + sigma - 1 - log_var, dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | terms-swapped | Returns (loss, kl, recon).
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    recon = bernoulli_nll(x_logits, x).mean()
    return recon + beta * kl, kl, recon

# %% wrong | beta_vae_loss | half-only-on-mu | The factor one half multiplies mu^2 only.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (0.5 * mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | minus-one-missing | Leaves the -1 out of the KL, so it is not zero for the prior.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean(dim=0)
    kl = (0.5 * (mu**2 + log_var.exp() - log_var)).sum(dim=1).mean(dim=0)
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | beta-on-both | Multiplies the whole negative ELBO with beta.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return beta * (recon + kl), recon, kl

# %% wrong | beta_vae_loss | convex-mixture | Takes (1 - beta) of the reconstruction and beta of the KL.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    loss = (1 - beta) * recon + beta * kl
    return loss, recon, kl

# %% wrong | beta_vae_loss | probabilities-for-logits | Hands probabilities to a function that wants logits.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    x_hat = torch.sigmoid(x_logits)
    recon = bernoulli_nll(x_hat, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | plain-numbers | Returns recon and kl as Python floats instead of tensors.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    loss = recon + beta * kl
    return loss, recon.item(), kl.item()

# %% wrong | beta_vae_loss | recon-mean-over-pixels | Computes the cross-entropy with its default mean over pixels: 784 times too small.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = nn.functional.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | mu-squared-in-place | Squares mu in place, so the caller's mu is changed.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu.pow_(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | beta_vae_loss | logits-and-images-swapped | Passes images as logits and logits as images.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x, x_logits).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% right | beta_vae_loss | as-in-the-hint | The lines of the hint.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% right | beta_vae_loss | kingma-form | The form of the VAE paper, with sums over everything divided by the batch size.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    n = x.shape[0]
    recon = bernoulli_nll(x_logits, x).sum() / n
    kld = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / n
    return torch.add(recon, kld, alpha=beta), recon, kld

# %% right | beta_vae_loss | distributions | The KL from torch.distributions, the reconstruction from PyTorch's cross-entropy.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    from torch.distributions import Independent, Normal, kl_divergence

    q = Independent(Normal(mu, torch.exp(0.5 * log_var)), 1)
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    bce = nn.functional.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = bce.flatten(1).sum(dim=1).mean()
    kl = kl_divergence(q, p).mean()
    return recon + beta * kl, recon, kl

# %% right | beta_vae_loss | expm1-and-softplus | expm1 keeps small KLs exact; the reconstruction is written with softplus.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    # log(1 + e^l) - x l
    nll_per_image = (nn.functional.softplus(x_logits) - x * x_logits).sum(dim=-1)
    # sigma^2 - 1 = expm1(log_var)
    kl_per_image = 0.5 * (mu * mu + torch.expm1(log_var) - log_var).sum(dim=-1)
    recon, kl = nll_per_image.mean(), kl_per_image.mean()
    loss = recon + beta * kl
    return loss, recon, kl

# %% right | beta_vae_loss | loop-over-images | Goes through the batch image by image and averages lists.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recons, kls = [], []
    for l_i, x_i, m, lv in zip(x_logits, x, mu, log_var, strict=True):
        recons.append(bernoulli_nll(l_i[None], x_i[None])[0])
        kls.append(0.5 * (m.dot(m) + lv.exp().sum() - lv.sum() - len(m)))
    recon = torch.stack(recons).mean()
    kl = torch.stack(kls).mean()
    return recon + beta * kl, recon, kl

# %% right | beta_vae_loss | helper-for-kl | A helper for the KL per image.
def gaussian_kl(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mu, sigma^2) || N(0, I)) of every image."""
    variance = log_var.exp()
    return (mu.square() + variance - 1.0 - log_var).sum(dim=1) / 2


def beta_vae_loss(x_logits, x, mu, log_var, beta):
    distortion = bernoulli_nll(x_logits, x).mean()
    rate = gaussian_kl(mu, log_var).mean()
    return distortion + rate * beta, distortion, rate

# %% wrong | rate_distortion | distortion-first | Returns them in the order of the loss, distortion before rate.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train(was_training)
    return recon.item(), kl.item()

# %% wrong | rate_distortion | stays-in-eval | Puts the model into eval mode and leaves it there.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | always-back-to-train | Ends with model.train(), also for a model that came in eval mode.
def rate_distortion(model, x):
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train()
    return kl.item(), recon.item()

# %% wrong | rate_distortion | mode-saved-too-late | Saves the mode after eval(), so "putting it back" means eval.
def rate_distortion(model, x):
    model.eval()
    was_training = model.training
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | with-gradients | Runs without no_grad and builds a graph of the whole pass.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    x_logits, mu, log_var = model(x)
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | decodes-the-mean | Decodes mu instead of a sample, so the distortion is that of another message.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        x_logits = model.decode(mu)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | tensors-returned | Returns scalar tensors, not plain numbers.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train(mode)
    return kl, recon

# %% wrong | rate_distortion | loss-as-distortion | Returns the first value of the loss, recon + kl, as the distortion.
def rate_distortion(model, x):
    training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        distortion, _, rate = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train(training)
    return rate.item(), distortion.item()

# %% wrong | rate_distortion | mean-of-batch-means | Works in batches of 128 and averages the batch means, though the last batch may be smaller.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    rates, distortions = [], []
    with torch.no_grad():
        for batch in x.split(128):
            x_logits, mu, log_var = model(batch)
            _, recon, kl = beta_vae_loss(x_logits, batch, mu, log_var, beta=1.0)
            rates.append(kl.item())
            distortions.append(recon.item())
    model.train(was_training)
    return sum(rates) / len(rates), sum(distortions) / len(distortions)

# %% wrong | rate_distortion | grad-switched-off | Switches gradients off globally and does not switch them on again.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    x_logits, mu, log_var = model(x)
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | rate-per-dimension | Writes the KL anew with a mean over all entries, a rate per dimension.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        rate = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean()
        distortion = bernoulli_nll(x_logits, x).mean()
    model.train(was_training)
    return rate.item(), distortion.item()

# %% wrong | rate_distortion | sums-over-images | Adds the images up instead of averaging them.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
        recon = bernoulli_nll(x_logits, x).sum()
    model.train(was_training)
    return kl.item(), recon.item()

# %% wrong | rate_distortion | mode-flipped | Puts back the opposite of the mode in which the model came.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train(not was_training)
    return kl.item(), recon.item()

# %% right | rate_distortion | as-in-the-hint | The steps of the hint in their order.
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()

# %% right | rate_distortion | try-finally | The mode is put back in a finally, also if something fails; no_grad as a decorator.
@torch.no_grad()
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    mode = model.training
    model.eval()
    try:
        x_logits, mu, log_var = model(x)
    finally:
        model.train(mode)
    _, distortion, rate = beta_vae_loss(x_logits, x, mu, log_var, beta=0.0)
    return float(rate), float(distortion)

# %% right | rate_distortion | formulas-written-out | Does not use beta_vae_loss, computes both terms itself.
def rate_distortion(model, x):
    before = model.training
    model.eval()
    with torch.no_grad():
        logits, mu, log_var = model(x)
        rate = (0.5 * (mu.pow(2) + log_var.exp() - log_var - 1)).sum(dim=1).mean().item()
        distortion = bernoulli_nll(logits, x).mean().item()
    if before:
        model.train()
    return rate, distortion

# %% right | rate_distortion | context-manager | A small context manager that switches to eval and back.
from contextlib import contextmanager


@contextmanager
def evaluating(model):
    was_training = model.training
    model.eval()
    try:
        yield model
    finally:
        model.train(was_training)


def rate_distortion(model, x):
    with evaluating(model), torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return kl.item(), recon.item()

# %% right | rate_distortion | inference-mode | torch.inference_mode and double precision for the two averages.
def rate_distortion(model, x):
    was_training = model.training
    with torch.inference_mode():
        x_logits, mu, log_var = model.eval()(x)
        recon = torch.nn.functional.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
        recon = recon.double().sum(dim=1).mean()
        m, lv = mu.double(), log_var.double()
        kl = 0.5 * (m * m + lv.exp() - 1 - lv).sum(dim=1).mean()
    model.train(mode=was_training)
    return kl.item(), recon.item()

# %% wrong | kl_per_dimension | sum-over-dimensions | Sums over the latent dimensions: one number per image.
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return kl.sum(dim=1)

# %% wrong | kl_per_dimension | sum-over-images | Sums over the batch instead of averaging.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    return (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=0)

# %% wrong | kl_per_dimension | one-half-missing | Forgets the factor one half.
def kl_per_dimension(mu, log_var):
    bracket = mu.pow(2) + log_var.exp() - 1 - log_var
    return bracket.mean(dim=0)

# %% wrong | kl_per_dimension | mean-over-wrong-axis | Averages over dim=1, which gives (batch,).
def kl_per_dimension(mu, log_var):
    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean(dim=1)

# %% wrong | kl_per_dimension | mean-of-mu-squared-too-late | Averages mu over the batch before squaring it.
def kl_per_dimension(mu, log_var):
    m = mu.mean(dim=0)
    rest = (log_var.exp() - 1 - log_var).mean(dim=0)
    return 0.5 * (m**2 + rest)

# %% wrong | kl_per_dimension | log-of-the-mean-variance | Takes the logarithm of the mean variance instead of the mean of the logarithms.
def kl_per_dimension(mu, log_var):
    mean_square = (mu**2).mean(dim=0)
    variance = log_var.exp().mean(dim=0)
    return 0.5 * (mean_square + variance - 1 - variance.log())

# %% wrong | kl_per_dimension | std-in-place-of-variance | exp(log_var / 2) in place of exp(log_var).
def kl_per_dimension(mu, log_var):
    std = torch.exp(log_var / 2)
    kl = 0.5 * (mu**2 + std - 1 - log_var)
    return kl.mean(dim=0)

# %% wrong | kl_per_dimension | sign-turned | The bracket of the paper's form without its minus: all numbers are negative.
def kl_per_dimension(mu, log_var):
    return 0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).mean(0)

# %% wrong | kl_per_dimension | sorted-for-the-plot | Sorts the numbers, so the j-th no longer belongs to dimension j.
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    per_dim = kl.mean(dim=0)
    return per_dim.sort(descending=True).values

# %% wrong | kl_per_dimension | keeps-the-axis | keepdim leaves the shape (1, latent_dim).
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return kl.mean(dim=0, keepdim=True)

# %% wrong | kl_per_dimension | shares | Divides by the total, so the numbers are shares that add up to one.
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    kl = kl.mean(dim=0)
    return kl / kl.sum()

# %% wrong | kl_per_dimension | divided-by-latent-dim | Divides by latent_dim as well, so the sum is the mean over dimensions and not the rate.
def kl_per_dimension(mu, log_var):
    batch, latent_dim = mu.shape
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return kl.sum(dim=0) / (batch * latent_dim)

# %% wrong | kl_per_dimension | squared-argument | mu *= mu changes the caller's mu.
def kl_per_dimension(mu, log_var):
    mu *= mu
    kl = 0.5 * (mu + log_var.exp() - 1 - log_var)
    return kl.mean(dim=0)

# %% right | kl_per_dimension | one-line | The bracket, its half, the mean over dim=0.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    return (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean(dim=0)

# %% right | kl_per_dimension | distributions | kl_divergence of two normals, averaged over the batch.
def kl_per_dimension(mu, log_var):
    q = torch.distributions.Normal(mu, log_var.mul(0.5).exp())
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(q, p).mean(dim=0)

# %% right | kl_per_dimension | column-by-column | A loop over the latent dimensions.
def kl_per_dimension(mu, log_var):
    numbers = []
    for j in range(mu.shape[1]):
        m, lv = mu[:, j], log_var[:, j]
        numbers.append((m * m + lv.exp() - 1 - lv).mean() / 2)
    return torch.stack(numbers)

# %% right | kl_per_dimension | einsum | The mean square of mu by einsum, the rest with expm1.
def kl_per_dimension(mu, log_var):
    n = mu.size(0)
    mean_square = torch.einsum("nj,nj->j", mu, mu) / n
    rest = (torch.expm1(log_var) - log_var).sum(dim=0) / n
    return 0.5 * (mean_square + rest)

# %% right | kl_per_dimension | paper-form | The form with minus one half, sum over images over their number.
def kl_per_dimension(mu, log_var):
    kl_table = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp())  # one row per image, one column per dim
    return kl_table.sum(0) / len(kl_table)

# %% wrong | active_units | standard-deviation | Compares the standard deviation with a threshold that is meant for the variance.
def active_units(mu, threshold=0.01):
    return int((mu.std(dim=0) > threshold).sum())

# %% wrong | active_units | variance-over-dimensions | Takes the variance over the latent dimensions and counts images.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int((mu.var(dim=1) > threshold).sum())

# %% wrong | active_units | mean-not-taken-out | Uses the mean square, so a mu that is stuck at 3 counts as active.
def active_units(mu, threshold=0.01):
    second_moment = (mu**2).mean(dim=0)
    return (second_moment > threshold).sum().item()

# %% wrong | active_units | at-least | Uses >= where the contract says "exceeds": with threshold 0 dead units count.
def active_units(mu, threshold=0.01):
    variance = mu.var(dim=0)
    return int((variance >= threshold).sum())

# %% wrong | active_units | tensor-count | Returns a tensor, not an int.
def active_units(mu, threshold=0.01):
    return (mu.var(dim=0) > threshold).sum()

# %% wrong | active_units | threshold-ignored | Always compares with 0.01.
def active_units(mu, threshold=0.01):
    variances = mu.var(dim=0)
    return sum(1 for v in variances.tolist() if v > 0.01)

# %% wrong | active_units | counts-the-dead | Counts the dimensions below the threshold.
def active_units(mu, threshold=0.01):
    var = torch.var(mu, dim=0)
    return int(torch.sum(var < threshold))

# %% wrong | active_units | fraction | Returns the share of the dimensions that is active.
def active_units(mu, threshold=0.01):
    active = mu.var(dim=0) > threshold
    return active.float().mean().item()

# %% wrong | active_units | absolute-mean | Asks how far the mean of mu lies from zero, not whether mu moves.
def active_units(mu, threshold=0.01):
    return int((mu.mean(dim=0).abs() > threshold).sum())

# %% wrong | active_units | range | Compares the range of mu over the images with the threshold.
def active_units(mu, threshold=0.01):
    span = mu.max(dim=0).values - mu.min(dim=0).values
    return int((span > threshold).sum())

# %% wrong | active_units | which-not-how-many | Returns the list of the active dimensions instead of their number.
def active_units(mu, threshold=0.01):
    active = mu.var(dim=0) > threshold
    return active.nonzero().flatten().tolist()

# %% wrong | active_units | not-divided | Sums the squared deviations and forgets to divide by the number of images.
def active_units(mu, threshold=0.01):
    centred = mu - mu.mean(dim=0)
    variance = (centred**2).sum(dim=0)
    return int((variance > threshold).sum())

# %% wrong | active_units | centred-by-image | Takes the mean over the dimensions of each image out, not the mean over images.
def active_units(mu, threshold=0.01):
    centred = mu - mu.mean(dim=1, keepdim=True)
    variance = (centred**2).mean(dim=0)
    return int((variance > threshold).sum())

# %% wrong | active_units | centres-the-argument | Takes the mean out in place and so changes the caller's mu.
def active_units(mu, threshold=0.01):
    mu -= mu.mean(dim=0)
    return int((mu.pow(2).mean(dim=0) > threshold).sum())

# %% right | active_units | one-line | The line of the hint.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int((mu.var(dim=0) > threshold).sum())

# %% right | active_units | loop | Counts in a loop over the columns.
def active_units(mu, threshold=0.01):
    count = 0
    for column in mu.T:
        if column.var().item() > threshold:
            count += 1
    return count

# %% right | active_units | deviations-by-hand | Squared deviations over num_images - 1.
def active_units(mu, threshold=0.01):
    num_images = mu.shape[0]
    deviations = mu - mu.mean(dim=0, keepdim=True)
    A = deviations.square().sum(dim=0) / (num_images - 1)
    return torch.count_nonzero(A > threshold).item()

# %% right | active_units | population-variance | Divides by the number of images (NumPy's default); the contract does not say which.
def active_units(mu, threshold=0.01):
    variances = np.var(mu.detach().cpu().numpy().astype(np.float64), axis=0)
    return int(np.sum(variances > threshold))

# %% right | active_units | var-mean-nonzero | torch.var_mean in double precision, and the length of nonzero.
def active_units(mu, threshold=0.01):
    variance, _ = torch.var_mean(mu.double(), dim=0)
    return len(torch.nonzero(variance > threshold))

# %% wrong | linear_warmup | never-stops | The ramp goes on above beta_max after warmup_steps.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    return beta_max * step / warmup_steps

# %% wrong | linear_warmup | starts-at-one-over-n | Uses step + 1, so it starts above 0 and is at the top one step early.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    return beta_max * (step + 1) / warmup_steps

# %% wrong | linear_warmup | division-by-zero | Divides before it asks, so a ramp of length 0 raises ZeroDivisionError.
def linear_warmup(step, warmup_steps, beta_max):
    return beta_max * min(1.0, step / warmup_steps)

# %% wrong | linear_warmup | integer-division | // gives 0 all along the ramp.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return float(beta_max)
    return float(beta_max * (step // warmup_steps))

# %% wrong | linear_warmup | always-up-to-one | Returns the fraction of the way and forgets beta_max on the ramp.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    return step / warmup_steps

# %% wrong | linear_warmup | min-of-beta-and-fraction | Caps the unscaled fraction at beta_max: the slope is 1 / warmup_steps whatever beta_max is.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    return min(beta_max, step / warmup_steps)

# %% wrong | linear_warmup | no-ramp-is-zero | With warmup_steps 0 the price is 0 instead of beta_max.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return 0.0
    return min(step / warmup_steps, 1.0) * beta_max

# %% wrong | linear_warmup | max-one | Avoids the division by max(1, warmup_steps); with no ramp the first step still costs 0.
def linear_warmup(step, warmup_steps, beta_max):
    fraction = step / max(1, warmup_steps)
    return beta_max * min(1.0, fraction)

# %% wrong | linear_warmup | one-after-the-ramp | Returns 1 after the ramp, whatever beta_max is.
def linear_warmup(step, warmup_steps, beta_max):
    if step < warmup_steps:
        return beta_max * step / warmup_steps
    return 1.0

# %% wrong | linear_warmup | starts-again | The remainder starts the ramp again and again.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    step = step % (warmup_steps + 1)
    return beta_max * step / warmup_steps

# %% wrong | linear_warmup | cosine | A smooth cosine ramp with the right ends; the contract wants a straight line.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    return beta_max * 0.5 * (1 - math.cos(math.pi * step / warmup_steps))

# %% wrong | linear_warmup | greater-not-equal | Asks step > warmup_steps, so step 0 of a ramp of length 0 divides by zero.
def linear_warmup(step, warmup_steps, beta_max):
    if step > warmup_steps:
        return beta_max
    return step / warmup_steps * beta_max

# %% wrong | linear_warmup | downhill | Falls from beta_max to 0 on the ramp.
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    return beta_max * (1 - step / warmup_steps)

# %% right | linear_warmup | ask-first | Asks first whether the ramp is over.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    return beta_max * step / warmup_steps

# %% right | linear_warmup | min-with-guard | A guard for length 0, then a minimum.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return float(beta_max)
    return float(beta_max) * min(1.0, step / warmup_steps)

# %% right | linear_warmup | one-expression | One conditional expression with the fraction of the way.
def linear_warmup(step, warmup_steps, beta_max):
    progress = step / warmup_steps if step < warmup_steps else 1.0
    return progress * beta_max

# %% right | linear_warmup | try-except | Catches the division by zero of a ramp that is switched off.
def linear_warmup(step, warmup_steps, beta_max):
    try:
        way = step / warmup_steps
    except ZeroDivisionError:
        way = 1.0
    return max(0.0, min(way, 1.0)) * beta_max

# %% right | linear_warmup | interpolation | np.interp between the two ends, which holds the last value by itself.
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps < 1:
        return float(beta_max)
    return float(np.interp(step, [0, warmup_steps], [0.0, beta_max]))

# %% wrong | capacity_loss | no-bars | Leaves the absolute value out, so a model below its target is paid.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl - capacity)

# %% wrong | capacity_loss | bars-per-image | Takes the distance image by image and averages afterwards.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return recon + gamma * (kl - capacity).abs().mean()

# %% wrong | capacity_loss | kl-over-the-batch | Sums the KL over the batch, so the capacity of one image is shared by all.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * torch.sum(mu**2 + log_var.exp() - 1 - log_var)
    return recon + gamma * torch.abs(kl - capacity)

# %% wrong | capacity_loss | squared-distance | Fines the square of the distance.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * (kl - capacity) ** 2

# %% wrong | capacity_loss | only-above | Fines only what lies above the capacity; below it is free.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    excess = torch.relu(kl - capacity)
    return recon + gamma * excess

# %% wrong | capacity_loss | kl-paid-twice | Adds the fine to the negative ELBO, so the KL is also paid at price 1.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    loss, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return loss + gamma * (kl - capacity).abs()

# %% wrong | capacity_loss | gamma-inside-the-bars | Multiplies the KL alone with gamma before the capacity is taken away.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + torch.abs(gamma * kl - capacity)

# %% wrong | capacity_loss | kl-as-number | Takes the KL as a Python number, so the fine has no gradient.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    fine = gamma * abs(kl.item() - capacity)
    return recon + fine

# %% wrong | capacity_loss | terms-unpacked-in-wrong-order | Unpacks (loss, kl, recon), so the fine is on the reconstruction.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, kl, recon = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * abs(kl - capacity)

# %% wrong | capacity_loss | capacity-per-dimension | Gives every latent dimension the whole capacity and adds the distances.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_dims = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean(dim=0)
    return recon + gamma * (kl_dims - capacity).abs().sum()

# %% wrong | capacity_loss | kl-mean-over-dims | Averages the KL over the latent dimensions instead of summing it.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = torch.mean(0.5 * (mu**2 + log_var.exp() - 1 - log_var))
    return recon + gamma * torch.abs(kl - capacity)

# %% wrong | capacity_loss | gamma-as-beta | Uses gamma as beta in the loss and subtracts the capacity from the sum.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    loss, _, _ = beta_vae_loss(x_logits, x, mu, log_var, beta=gamma)
    return torch.abs(loss - gamma * capacity)

# %% wrong | capacity_loss | all-three-returned | Returns (loss, recon, kl) like the exercise before, not a scalar.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    loss = recon + gamma * (kl - capacity).abs()
    return loss, recon, kl

# %% wrong | capacity_loss | gamma-on-both | The fine multiplies the reconstruction too.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return gamma * (recon + (kl - capacity).abs())

# %% right | capacity_loss | as-in-the-hint | The two lines of the hint.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl - capacity).abs()

# %% right | capacity_loss | written-out | Computes both terms itself, without the earlier exercise.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl_per_image = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(dim=1)
    distance = torch.abs(kl_per_image.mean() - capacity)
    return recon + gamma * distance

# %% right | capacity_loss | where | torch.where chooses between the two signs of the distance.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=0.0)
    too_much = kl - capacity
    fine = torch.where(too_much >= 0, too_much, -too_much)
    return recon + gamma * fine

# %% right | capacity_loss | two-relus | The distance as the sum of what is above and what is below.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = nn.functional.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = (mu.square() + log_var.exp() - 1 - log_var).sum() / (2 * len(mu))
    above, below = torch.relu(kl - capacity), torch.relu(capacity - kl)
    return recon + gamma * above + gamma * below

# %% right | capacity_loss | l1-loss | The distance by l1_loss against a scalar target.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    terms = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    recon, kl = terms[1], terms[2]
    target = torch.full_like(kl, capacity)
    return torch.add(recon, nn.functional.l1_loss(kl, target), alpha=gamma)

# %% wrong | mutual_information_gap | common-edges | Cuts all latents between the global minimum and maximum, not between their own.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    edges = np.linspace(z.min(), z.max(), num_bins + 1)
    codes = [np.digitize(z[:, j], edges[1:-1]) for j in range(z.shape[1])]
    gaps = []
    for k in range(v.shape[1]):
        info = sorted(mutual_info_score(v[:, k], c) for c in codes)
        gaps.append((info[-1] - info[-2]) / mutual_info_score(v[:, k], v[:, k]))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | no-entropy | Leaves out the division by the entropy of the factor.
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().numpy()
    factors = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for latent in latents.T:
        edges = np.linspace(latent.min(), latent.max(), num_bins + 1)
        codes.append(np.digitize(latent, edges[1:-1]))
    gaps = []
    for factor in factors.T:
        information = sorted(mutual_info_score(factor, code) for code in codes)
        gaps.append(information[-1] - information[-2])
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | mean-over-mean | Divides the mean gap by the mean entropy instead of dividing factor by factor.
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().numpy()
    factors = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [
        np.digitize(z, np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]) for z in latents.T
    ]
    gaps, entropies = [], []
    for factor in factors.T:
        info = sorted(mutual_info_score(factor, code) for code in codes)
        gaps.append(info[-1] - info[-2])
        entropies.append(mutual_info_score(factor, factor))
    return float(np.mean(gaps) / np.mean(entropies))

# %% wrong | mutual_information_gap | best-minus-worst | Subtracts the least informed latent, not the second best.
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().numpy()
    factors = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for z in latents.T:
        inner = np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]
        codes.append(np.digitize(z, inner))
    total = 0.0
    for factor in factors.T:
        info = [mutual_info_score(factor, code) for code in codes]
        total += (max(info) - min(info)) / mutual_info_score(factor, factor)
    return float(total / factors.shape[1])

# %% wrong | mutual_information_gap | equal-counts | Cuts at quantiles, so the bins hold equal numbers and are not equally wide.
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().numpy()
    factors = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for z in latents.T:
        edges = np.quantile(z, np.linspace(0, 1, num_bins + 1))
        codes.append(np.digitize(z, edges[1:-1]))
    gaps = []
    for factor in factors.T:
        info = sorted(mutual_info_score(factor, code) for code in codes)
        gaps.append((info[-1] - info[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | maximum-in-its-own-bin | Hands all edges to digitize, so the maximum gets a bin of its own.
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().numpy()
    factors = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for j in range(latents.shape[1]):
        z = latents[:, j]
        edges = np.linspace(z.min(), z.max(), num_bins + 1)
        codes.append(np.digitize(z, edges))
    result = []
    for k in range(factors.shape[1]):
        v = factors[:, k]
        info = np.sort([mutual_info_score(v, c) for c in codes])
        result.append((info[-1] - info[-2]) / mutual_info_score(v, v))
    return float(np.mean(result))

# %% wrong | mutual_information_gap | one-bin-less | linspace with num_bins points gives only num_bins - 1 bins.
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().numpy()
    factors = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(z, np.linspace(z.min(), z.max(), num_bins)[1:-1]) for z in latents.T]
    gaps = []
    for factor in factors.T:
        information = sorted(mutual_info_score(factor, code) for code in codes)
        gaps.append((information[-1] - information[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | bins-fixed-at-twenty | Ignores num_bins and always makes twenty bins.
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().numpy()
    factors = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for z in latents.T:
        edges = np.linspace(z.min(), z.max(), 21)
        codes.append(np.digitize(z, edges[1:-1]))
    gaps = []
    for factor in factors.T:
        information = sorted(mutual_info_score(factor, code) for code in codes)
        gaps.append((information[-1] - information[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | gap-per-latent | Compares the factors of each latent instead of the latents of each factor.
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().numpy()
    factors = torch.as_tensor(factors).detach().cpu().numpy()
    gaps = []
    for z in latents.T:
        code = np.digitize(z, np.linspace(z.min(), z.max(), num_bins + 1)[1:-1])
        info = sorted(mutual_info_score(v, code) / mutual_info_score(v, v) for v in factors.T)
        gaps.append(info[-1] - info[-2])
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | sorted-the-wrong-way | Takes the first two of an ascending list: the gap between the two least informed latents, with a minus.
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().numpy()
    factors = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for z in latents.T:
        edges = np.linspace(z.min(), z.max(), num_bins + 1)
        codes.append(np.digitize(z, edges[1:-1]))
    gaps = []
    for factor in factors.T:
        info = sorted(mutual_info_score(factor, code) for code in codes)
        gaps.append((info[0] - info[1]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | constant-latent-stops-it | Divides by the width of the latent, so a latent that never moves raises ZeroDivisionError.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().double()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for j in range(z.shape[1]):
        values = z[:, j].tolist()
        low, high = min(values), max(values)
        # the maximum belongs to the last bin
        codes.append([min(int((a - low) / (high - low) * num_bins), num_bins - 1) for a in values])
    gaps = []
    for k in range(v.shape[1]):
        info = sorted(mutual_info_score(v[:, k], code) for code in codes)
        gaps.append((info[-1] - info[-2]) / mutual_info_score(v[:, k], v[:, k]))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | log-of-number-of-values | Divides by the logarithm of the number of values, which is the entropy only if all are equally frequent.
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().numpy()
    factors = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for z in latents.T:
        edges = np.linspace(z.min(), z.max(), num_bins + 1)
        codes.append(np.digitize(z, edges[1:-1]))
    gaps = []
    for factor in factors.T:
        info = sorted((mutual_info_score(factor, c) for c in codes), reverse=True)
        entropy = math.log(len(np.unique(factor)))
        gaps.append((info[0] - info[1]) / entropy)
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | sum-over-factors | Adds the gaps of the factors up without dividing by their number.
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().numpy()
    factors = torch.as_tensor(factors).detach().cpu().numpy()
    codes = [np.digitize(z, np.linspace(z.min(), z.max(), num_bins + 1)[1:-1]) for z in latents.T]
    mig = 0.0
    for factor in factors.T:
        *_, second, first = sorted(mutual_info_score(factor, code) for code in codes)
        mig += (first - second) / mutual_info_score(factor, factor)
    return float(mig)

# %% wrong | mutual_information_gap | latents-scaled-in-place | Scales the latents in place, so the caller's array is changed.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy()
    v = torch.as_tensor(factors).detach().cpu().numpy()
    z -= z.min(axis=0)
    codes = []
    for column in z.T:
        inner = np.linspace(0, column.max(), num_bins + 1)[1:-1]
        codes.append(np.digitize(column, inner))
    gaps = []
    for factor in v.T:
        info = sorted(mutual_info_score(factor, code) for code in codes)
        gaps.append((info[-1] - info[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))

# %% wrong | mutual_information_gap | only-tensors | Calls .detach() on the arguments, so NumPy arrays fail.
def mutual_information_gap(latents, factors, num_bins=20):
    latents = latents.detach().cpu().numpy()
    factors = factors.detach().cpu().numpy()
    codes = []
    for z in latents.T:
        edges = np.linspace(z.min(), z.max(), num_bins + 1)
        codes.append(np.digitize(z, edges[1:-1]))
    gaps = []
    for factor in factors.T:
        info = sorted(mutual_info_score(factor, code) for code in codes)
        gaps.append((info[-1] - info[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))

# %% right | mutual_information_gap | as-in-the-hint | digitize with inner edges, sorted information, mean over factors.
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().numpy()
    factors = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for latent in latents.T:
        edges = np.linspace(latent.min(), latent.max(), num_bins + 1)
        codes.append(np.digitize(latent, edges[1:-1]))
    gaps = []
    for factor in factors.T:
        information = sorted(mutual_info_score(factor, code) for code in codes)
        gaps.append((information[-1] - information[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))

# %% right | mutual_information_gap | floor-in-torch | Bin numbers by scaling and floor in double precision, a width of 1 for constant latents.
def mutual_information_gap(
    latents: Tensor | np.ndarray, factors: Tensor | np.ndarray, num_bins: int = 20
) -> float:
    z = torch.as_tensor(latents).detach().cpu().double()
    v = torch.as_tensor(factors).detach().cpu().long().numpy()
    low = z.amin(dim=0)
    width = z.amax(dim=0) - low
    width = torch.where(width > 0, width, torch.ones_like(width))
    bins = ((z - low) / width * num_bins).floor().clamp(0, num_bins - 1).long().numpy()

    total = 0.0
    for k in range(v.shape[1]):
        info = np.array([mutual_info_score(v[:, k], bins[:, j]) for j in range(bins.shape[1])])
        second, first = np.sort(info)[-2:]
        total += (first - second) / mutual_info_score(v[:, k], v[:, k])
    return float(total / v.shape[1])

# %% right | mutual_information_gap | counts-by-matmul | Mutual information from its own contingency tables, built with one-hot matrices.
def _one_hot_columns(ids, n):
    return np.eye(n)[ids]


def _mi(joint):
    joint = joint / joint.sum()
    outer = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    nz = joint > 0
    return float((joint[nz] * np.log(joint[nz] / outer[nz])).sum())


def mutual_information_gap(latents, factors, num_bins=20):
    z = np.array(torch.as_tensor(latents).detach().cpu())
    v = np.array(torch.as_tensor(factors).detach().cpu())
    binned = []
    for column in z.T:
        edges = np.linspace(column.min(), column.max(), num_bins + 1)
        ids = np.searchsorted(edges[1:-1], column, side="right")
        binned.append(_one_hot_columns(ids, num_bins))
    gaps = []
    for factor in v.T:
        values, ids = np.unique(factor, return_inverse=True)
        hot = _one_hot_columns(ids, len(values))
        p = hot.mean(0)
        entropy = -(p * np.log(p)).sum()
        best, second = sorted((_mi(hot.T @ b) for b in binned), reverse=True)[:2]
        gaps.append((best - second) / entropy)
    return float(np.mean(gaps))

# %% right | mutual_information_gap | topk-table | Fills a table of mutual information, latents by factors, and takes torch.topk of each column.
def mutual_information_gap(latents, factors, num_bins=20):
    def to_numpy(a):
        return a.detach().cpu().numpy() if isinstance(a, torch.Tensor) else np.asarray(a)

    z, v = to_numpy(latents), to_numpy(factors)
    n_latents, n_factors = z.shape[1], v.shape[1]
    table = torch.zeros(n_latents, n_factors, dtype=torch.float64)
    for j in range(n_latents):
        inner = np.linspace(z[:, j].min(), z[:, j].max(), num_bins + 1)[1:-1]
        code = np.digitize(z[:, j], inner)
        for k in range(n_factors):
            table[j, k] = mutual_info_score(v[:, k], code)
    entropy = torch.tensor(
        [mutual_info_score(v[:, k], v[:, k]) for k in range(n_factors)], dtype=torch.float64
    )
    top = table.topk(2, dim=0).values
    return ((top[0] - top[1]) / entropy).mean().item()

# %% right | mutual_information_gap | histogram2d | Joint counts from np.histogram2d, whose last bin contains the maximum; entropies from the marginals.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().numpy().astype(float)
    v = torch.as_tensor(factors).detach().cpu().numpy()

    def H(counts):
        p = counts[counts > 0] / counts.sum()
        return -(p * np.log(p)).sum()

    score = []
    for k in range(v.shape[1]):
        _, ids = np.unique(v[:, k], return_inverse=True)
        n = ids.max() + 1
        infos = []
        for j in range(z.shape[1]):
            # a constant latent lands in one bin, whatever the edges are
            joint, _, _ = np.histogram2d(z[:, j], ids, bins=[num_bins, np.arange(n + 1) - 0.5])
            infos.append(H(joint.sum(1)) + H(joint.sum(0)) - H(joint.ravel()))
        infos.sort()
        score.append((infos[-1] - infos[-2]) / H(np.bincount(ids)))
    return float(sum(score) / len(score))
