# %% right | repair_1 | half-log-var-in-normal | Only the scale of the Normal changes.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var / 2)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% right | repair_1 | sqrt-of-variance | Takes the square root of the variance.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    variance = log_var.exp()
    q = Normal(mu, variance.sqrt())
    x_logits = model.decode(q.rsample())
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + variance - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% right | repair_1 | own-noise | Writes the sample as mu + sigma * noise and divides batch sums by the batch size.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    n = x.size(0)
    mu, log_var = model.encode(x)
    std = torch.exp(0.5 * log_var)
    eps = torch.randn_like(std)
    logits = model.decode(mu + eps * std)
    recon = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / n
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / n
    return recon + kl, recon, kl
# %% right | repair_1 | torch-kl-divergence | KL by torch.distributions, nll by softplus.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, (log_var * 0.5).exp())
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    logits = model.decode(q.rsample())
    nll = F.softplus(logits) - x * logits
    recon = nll.sum(-1).mean()
    kl = kl_divergence(q, prior).sum(-1).mean()
    loss = recon + kl
    return loss, recon, kl
# %% right | repair_1 | multivariate-normal | Builds q as a multivariate normal with a diagonal covariance.
from torch.distributions import MultivariateNormal


def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = MultivariateNormal(mu, covariance_matrix=torch.diag_embed(log_var.exp()))
    z = q.rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_1 | kl-bent-to-the-sampler | Leaves the sampler and makes the KL believe that log_var is log sigma.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var))
    x_logits = model.decode(q.rsample())
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_1 | doubled-instead-of-halved | The scale is exp(2 log_var).
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(2 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_1 | sample-without-gradient | Repairs the scale but draws with sample().
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).sample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_1 | one-noise-for-the-batch | All images of the batch get the same noise.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    noise = torch.randn(mu.shape[1], device=mu.device)
    z = mu + torch.exp(log_var / 2) * noise
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_1 | uniform-noise | Uses rand_like where randn_like is meant.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + torch.exp(log_var / 2) * torch.rand_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_1 | terms-swapped | Returns (loss, kl, recon).
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var / 2)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, kl, recon
# %% wrong | repair_1 | no-noise-left | Decodes mu, without any noise.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    x_logits = model.decode(q.mean)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_1 | half-slipped-in-kl | Repairs the sampler but retypes the KL with the half on mu only.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_1 | log-var-halved-for-all | Halves log_var at the top, so the KL is wrong as well.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    log_var = log_var / 2
    z = Normal(mu, torch.exp(log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_1 | pixels-averaged | Repairs the scale but averages the reconstruction over the pixels.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var / 2)).rsample()
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_1 | softplus-scale | Turns log_var into a scale by softplus.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, F.softplus(log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_1 | python-numbers | Returns floats made with item(), nothing can be trained with them.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var / 2)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean().item()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean().item()
    return recon + kl, recon, kl
# %% right | repair_2 | half-on-both-squares | Halves the two squares in the patient's own line.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = ((sigma**2 + mu**2) / 2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl
# %% right | repair_2 | log-var-form | Writes the KL with log_var.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / len(x)
    kl = (-0.5) * (1.0 + log_var - mu.square() - log_var.exp()).sum() / len(x)
    return recon + beta * kl, recon, kl
# %% right | repair_2 | library-kl | Takes the KL from torch.distributions.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    standard = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    x_logits = model.decode(q.rsample())
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = kl_divergence(q, standard).sum(dim=1).mean()
    loss = recon + beta * kl
    return loss, recon, kl
# %% right | repair_2 | dimension-loop | Adds the KL up dimension by dimension with a helper.
def kl_1d(m: Tensor, s: Tensor) -> Tensor:
    return 0.5 * (s * s + m * m - 1) - s.log()


def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = log_var.exp().sqrt()
    z = mu + sigma * torch.randn_like(sigma)
    logits = model.decode(z)
    log_lik = x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)
    recon = -log_lik.sum(dim=1).mean()
    kl = 0.0
    for j in range(mu.shape[1]):
        kl = kl + kl_1d(mu[:, j], sigma[:, j]).mean()
    return recon + beta * kl, recon, kl
# %% right | repair_2 | einsum-squares | Collects the squares by einsum, per image, then averages.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = torch.addcmul(mu, sigma, torch.randn_like(sigma))
    nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none")
    squares = torch.einsum("bd,bd->b", mu, mu) + torch.einsum("bd,bd->b", sigma, sigma)
    per_image = 0.5 * (squares - log_var.sum(1) - mu.shape[1])
    recon, kl = nll.sum(1).mean(), per_image.mean()
    return recon + beta * kl, recon, kl
# %% wrong | repair_2 | only-sigma-halved | Halves sigma squared and leaves mu squared.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 / 2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl
# %% wrong | repair_2 | only-mu-halved | Halves mu squared and leaves sigma squared.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl
# %% wrong | repair_2 | half-over-the-line | Puts a half before the whole bracket, so log sigma is halved as well.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - torch.log(sigma) - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl
# %% wrong | repair_2 | shifted-to-zero | Only corrects the constant, so that a mute encoder pays nothing.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - torch.log(sigma) - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl
# %% wrong | repair_2 | log-of-sigma-counted-twice | Replaces log sigma by log_var instead of adding halves: log sigma counts double.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 / 2 + mu**2 / 2 - log_var - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl
# %% wrong | repair_2 | kl-times-beta | Returns the KL multiplied by beta.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = beta * 0.5 * (mu**2 + sigma**2 - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_2 | beta-ignored | The loss is recon + kl whatever beta is.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_2 | beta-one-half | Leaves the KL as it was and halves the default of beta.
def repair_2(model: nn.Module, x: Tensor, beta: float = 0.5) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl
# %% wrong | repair_2 | reverse-kl | Computes the KL with p and q exchanged.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    x_logits = model.decode(q.rsample())
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = kl_divergence(p, q).sum(dim=1).mean()
    return recon + beta * kl, recon, kl
# %% wrong | repair_2 | kl-averaged-over-latents | The KL is right per dimension but averaged over the dimensions.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = ((sigma**2 + mu**2 - 1) / 2 - torch.log(sigma)).mean()
    return recon + beta * kl, recon, kl
# %% wrong | repair_2 | beta-on-the-wrong-term | Multiplies the reconstruction by beta.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * (sigma**2 + mu**2 - 1) - torch.log(sigma)).sum(dim=1).mean()
    return beta * recon + kl, recon, kl
# %% wrong | repair_2 | sigma-becomes-variance | While retyping, sigma is exp(log_var).
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = log_var.exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma + mu**2 - 1 - torch.log(sigma)).sum(dim=1).mean()
    return recon + beta * kl, recon, kl
# %% wrong | repair_2 | free-bits-added | Repairs the KL and adds a floor of half a nat per dimension.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    per_dim = 0.5 * (sigma**2 + mu**2 - 1 - log_var).mean(dim=0)
    kl = per_dim.clamp(min=0.5).sum()  # so that no dimension dies
    return recon + beta * kl, recon, kl
# %% right | repair_3 | sum-then-mean | Sums the KL over the latent dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% right | repair_3 | mean-times-latent-dim | Multiplies the mean over everything by the number of latent dimensions of mu.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean() * mu.shape[-1]
    return recon + kl, recon, kl
# %% right | repair_3 | independent-distributions | Wraps the distributions in Independent, so log_prob and KL sum by themselves.
from torch.distributions import Independent


def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Independent(Normal(mu, (log_var / 2).exp()), 1)
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    picture = torch.sigmoid(model.decode(q.rsample()))
    recon = -Independent(Normal(picture, sigma), 1).log_prob(x).mean()
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl
# %% right | repair_3 | formulas-by-hand | Writes both terms as formulas, with the constant for every pixel.
import math


def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    squared_error = (x - x_hat).square().sum(dim=1)
    constant = x.shape[1] * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    recon = (squared_error / (2 * sigma**2)).mean() + constant
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% right | repair_3 | gaussian-nll-loss | Uses F.gaussian_nll_loss with full=True and batch sums.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    n = len(x)
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.mul(0.5).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    var = torch.full_like(x_hat, float(sigma) ** 2)
    recon = F.gaussian_nll_loss(x_hat, x, var, full=True, eps=1e-12, reduction="sum") / n
    kl = kl_divergence(q, Normal(0.0, 1.0)).sum() / n
    return recon + kl, recon, kl
# %% wrong | repair_3 | sum-over-batch-too | Sums the KL over the batch as well.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum()
    return recon + kl, recon, kl
# %% wrong | repair_3 | sums-the-batch-axis | Sums over axis 0 and averages over the latent dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=0).mean()
    return recon + kl, recon, kl
# %% wrong | repair_3 | times-ten | Multiplies by a hard-coded 10, right only for ten latent dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = 10 * kl_divergence(q, prior).mean()
    return recon + kl, recon, kl
# %% wrong | repair_3 | recon-averaged-to-match | Leaves the KL and averages recon over the pixels, too.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl
# %% wrong | repair_3 | arguments-of-kl-swapped | Sums correctly but computes the KL with prior and q exchanged.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(prior, q).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_3 | constant-dropped | Repairs the KL but drops the normalising constant of recon.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = (0.5 * ((x - x_hat) / sigma) ** 2).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_3 | variance-as-scale | Gives sigma squared to Normal as the scale.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma**2).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_3 | sigmoid-lost | The means of the pixels are the logits, the sigmoid is gone.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    z = q.rsample()
    x_hat = model.decode(z)
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_3 | scale-of-q-not-halved | While retyping, the scale of q becomes exp(log_var), also in the KL.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_3 | sigma-hard-coded | Ignores the argument sigma and always uses 0.2.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, 0.2).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_3 | constant-once-per-image | Adds the normalising constant once per image instead of once per pixel.
import math


def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + (log_var / 2).exp() * torch.randn_like(mu)
    x_hat = model.decode(z).sigmoid()
    error = ((x - x_hat) ** 2).sum(dim=1) / (2 * sigma**2)
    recon = error.mean() + math.log(sigma * math.sqrt(2 * math.pi))
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_3 | loss-still-with-the-old-kl | Reports the summed KL but the loss still contains the averaged one.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl_all = kl_divergence(q, prior)
    loss = recon + kl_all.mean()
    return loss, recon, kl_all.sum(dim=1).mean()
# %% right | repair_4 | rsample | One letter: rsample.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% right | repair_4 | noise-by-hand | mu + sigma * noise with noise of three axes.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    noise = torch.randn(num_samples, *mu.shape, device=mu.device, dtype=mu.dtype)
    x_logits = model.decode(mu + sigma * noise)
    nll = F.binary_cross_entropy_with_logits(x_logits, x.expand_as(x_logits), reduction="none")
    recon = nll.sum(dim=-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% right | repair_4 | loop-of-decodings | Decodes one sample at a time and averages the costs.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (log_var / 2).exp()
    costs = []
    for _ in range(num_samples):
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum")
        costs.append(nll / len(x))
    recon = torch.stack(costs).mean()
    kl = 0.5 * (mu**2 + sigma**2 - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% right | repair_4 | flat-rows | Repeats mu and sigma row by row and decodes one long batch.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    many_mu = mu.repeat(num_samples, 1)
    many_sigma = torch.exp(log_var / 2).repeat(num_samples, 1)
    many_x = x.repeat(num_samples, 1)
    z = many_mu + many_sigma * torch.randn_like(many_mu)
    logits = model.decode(z)
    recon = (F.softplus(logits) - many_x * logits).sum(1).mean()
    q, p = Normal(mu, torch.exp(log_var / 2)), Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, p).sum(1).mean()
    return recon + kl, recon, kl
# %% right | repair_4 | samples-in-the-middle | Puts the sample axis between batch and latent dimension.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    eps = torch.randn(len(x), num_samples, mu.shape[1], device=mu.device, dtype=mu.dtype)
    z = mu.unsqueeze(1) + sigma.unsqueeze(1) * eps
    log_p = torch.distributions.Bernoulli(logits=model.decode(z), validate_args=False)
    nll = -log_p.log_prob(x.unsqueeze(1)).sum(-1)
    recon = nll.mean(dim=1).mean(dim=0)
    kl = (0.5 * (mu.square() + sigma.square() - 1 - log_var)).sum(-1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_4 | requires-grad-flag | Sets requires_grad on the sample, which makes no path to the encoder.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).sample((num_samples,)).requires_grad_()
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_4 | sigma-still-cut | Only mu gets a gradient from recon, sigma is detached.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    noise = Normal(torch.zeros_like(mu), sigma).sample((num_samples,))
    z = mu + noise
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_4 | mu-detached | The gradient of recon reaches sigma but not mu.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu.detach() + sigma * torch.randn(num_samples, *mu.shape, device=mu.device)
    x_logits = model.decode(z)
    nll = F.binary_cross_entropy_with_logits(x_logits, x.expand_as(x_logits), reduction="none").sum(-1)
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return nll.mean() + kl, nll.mean(), kl
# %% wrong | repair_4 | one-noise-for-four-samples | The noise has no sample axis, so the samples of an image are copies.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu + sigma * torch.randn_like(mu)
    x_logits = model.decode(z.expand(num_samples, *z.shape))
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_4 | noise-shared-by-images | The noise has shape (num_samples, 1, latent_dim), the same for every image.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu + sigma * torch.randn(num_samples, 1, mu.shape[1], device=mu.device)
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_4 | codes-averaged | Averages the samples of z and decodes the average.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,)).mean(dim=0)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_4 | logits-averaged | Averages the logits over the samples before the cost.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z).mean(dim=0)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_4 | samples-summed | Sums the cost over the samples instead of averaging.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.sum(dim=0).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_4 | single-sample | Draws one sample whatever num_samples says.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu + sigma * torch.randn_like(mu)
    x_logits = model.decode(z)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_4 | rows-and-targets-misaligned | Codes are ordered sample by sample, targets image by image.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,)).flatten(0, 1)
    x_logits = model.decode(z)
    targets = x.repeat_interleave(num_samples, dim=0)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_4 | log-mean-exp-of-costs | Averages likelihoods instead of their logarithms.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    nll = F.binary_cross_entropy_with_logits(x_logits, x.expand_as(x_logits), reduction="none").sum(-1)
    k = torch.tensor(float(num_samples), device=x.device)
    recon = -(torch.logsumexp(-nll, dim=0) - k.log()).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_4 | kl-loses-its-gradient | rsample is right, but mu and log_var of the KL are detached.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    with torch.no_grad():
        kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% right | repair_5 | logits-for-the-loss | The loss takes the logits, the picture the sigmoid.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)
# %% right | repair_5 | logsigmoid | Writes the cost with logsigmoid of plus and minus the logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    out = model.decode(z)
    log_ink, log_paper = F.logsigmoid(out), F.logsigmoid(-out)
    recon = -(x * log_ink + (1 - x) * log_paper).sum(dim=-1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1).mean()
    return recon + kl, out.sigmoid()
# %% right | repair_5 | bernoulli-distribution | Takes cost and picture from one Bernoulli distribution.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.mul(0.5).exp())
    pixels = torch.distributions.Bernoulli(logits=model.decode(q.rsample()), validate_args=False)
    recon = -pixels.log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, pixels.probs
# %% right | repair_5 | course-function | Uses the course's negative_elbo on the logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    noise = torch.randn_like(mu)
    x_logits = model.decode(mu + (log_var / 2).exp() * noise)
    loss = negative_elbo(x_logits, x, mu, log_var)
    return loss, x_logits.sigmoid()
# %% right | repair_5 | two-softplus | Cost of ink and of paper by two softplus, and the picture as 1 / (1 + exp(-l)).
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(0.5 * log_var)
    z = mu + sigma * torch.randn_like(sigma)
    l = model.decode(z)
    # -ln p = softplus(-l), -ln(1 - p) = softplus(l)
    cost = x * F.softplus(-l) + (1 - x) * F.softplus(l)
    kl = 0.5 * (mu**2 + sigma**2 - 1 - log_var)
    loss = (cost.sum(dim=1) + kl.sum(dim=1)).mean()
    x_hat = 1 / (1 + torch.exp(-l))
    return loss, x_hat
# %% wrong | repair_5 | plain-bce-on-probabilities | Gives the probabilities to binary_cross_entropy, which is not exact for large logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.binary_cross_entropy(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat
# %% wrong | repair_5 | picture-of-logits | Removes the sigmoid and returns the logits as the picture.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat
# %% wrong | repair_5 | picture-of-another-z | The picture is drawn from a second sample of z.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)

    def draw():
        return model.decode(mu + log_var.mul(0.5).exp() * torch.randn_like(mu))

    recon = F.binary_cross_entropy_with_logits(draw(), x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(draw())
# %% wrong | repair_5 | logs-with-epsilon | Logarithms of probabilities plus a small number, not exact for large logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    eps = 1e-8
    log_p = x * torch.log(x_hat + eps) + (1 - x) * torch.log(1 - x_hat + eps)
    recon = -log_p.sum() / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat
# %% wrong | repair_5 | picture-of-mu | The picture is decoded from mu, not from the z of the loss.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    x_hat = torch.sigmoid(model.decode(mu))
    return recon + kl, x_hat
# %% wrong | repair_5 | averaged-over-pixels | The reduction becomes a mean over all pixels.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="mean")
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)
# %% wrong | repair_5 | not-per-image | Sums over the batch and does not divide recon by its size.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)
# %% wrong | repair_5 | black-and-white-picture | Returns the picture cut at one half instead of probabilities.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    x_hat = (x_logits > 0).float()
    return recon + kl, x_hat
# %% wrong | repair_5 | logits-clamped | Clamps the logits to [-10, 10] before the loss.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z).clamp(-10, 10)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)
# %% wrong | repair_5 | logit-of-sigmoid | Undoes the sigmoid with a clamped logit, which loses the large logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.binary_cross_entropy_with_logits(torch.logit(x_hat, eps=1e-6), x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat
# %% wrong | repair_5 | second-sigmoid-moved-to-picture | The loss is right, but the picture passes the sigmoid twice.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat.sigmoid()
# %% wrong | repair_5 | noise-switched-off | Repairs the sigmoid and decodes mu everywhere.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    x_logits = model.decode(mu)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)
# %% wrong | repair_5 | order-of-returns | Returns the picture first.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return torch.sigmoid(x_logits), recon + kl
# %% right | repair_6 | scaling-removed | Does not rescale at all.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl
# %% right | repair_6 | scaled-for-the-encoder-only | The encoder sees pixels in [-1, 1], the likelihood those in [0, 1].
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    centred = (x - 0.5) / 0.5
    mu, log_var = model.encode(centred, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl
# %% right | repair_6 | scaled-back | Maps the rescaled pixels back to [0, 1] for the likelihood.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    target = x * 0.5 + 0.5
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="none").sum(1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + kl, recon, kl
# %% right | repair_6 | eye-and-distributions | One-hot rows from an identity matrix, KL from torch.distributions.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = torch.eye(model.num_classes, dtype=x.dtype, device=x.device)[labels]
    mu, log_var = model.encode(x, y)
    q = Normal(mu, torch.exp(log_var / 2))
    logits = model.decode(q.rsample(), y)
    recon = -(x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).sum(dim=1).mean()
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% right | repair_6 | scatter-and-course-loss | One-hot by scatter, loss by negative_elbo, recon as the difference.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = torch.zeros(len(labels), model.num_classes, device=x.device, dtype=x.dtype)
    y.scatter_(1, labels.unsqueeze(1), 1.0)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    loss = negative_elbo(model.decode(z, y), x, mu, log_var)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return loss, loss - kl, kl
# %% wrong | repair_6 | in-place-scaling | Clones the target but rescales the caller's images in place.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    target = x.clone()
    x -= 0.5
    x /= 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl
# %% wrong | repair_6 | scaled-in-the-wrong-place | The encoder gets the images, the likelihood still gets pixels in [-1, 1].
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    x = (x - 0.5) / 0.5
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl
# %% wrong | repair_6 | clamped-targets | Cuts the rescaled pixels to [0, 1] instead of using the images.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x.clamp(0, 1), reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl
# %% wrong | repair_6 | cost-clamped-at-zero | Leaves the pixels in [-1, 1] and cuts the cost off at zero.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1)
    recon = nll.clamp(min=0).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl
# %% wrong | repair_6 | rounded-targets | Uses the images cut at one half as targets.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    target = (x > 0.5).to(x.dtype)
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl
# %% wrong | repair_6 | squared-error | Replaces the Bernoulli cost by a squared error on [-1, 1].
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_hat = torch.tanh(model.decode(z, y))
    recon = F.mse_loss(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl
# %% wrong | repair_6 | scaled-back-halfway | Scales back by 0.5 and forgets to add 0.5.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x * 0.5, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl
# %% wrong | repair_6 | scaled-back-without-scaling | Removes the scaling and still applies its inverse to the targets.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, (x + 1) / 2, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl
# %% wrong | repair_6 | classes-counted-in-the-batch | one_hot guesses the number of classes from the batch; it fails when the last class is missing.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl
# %% wrong | repair_6 | decoder-without-condition | Takes the condition away from the decoder.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, torch.zeros_like(y))
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl
# %% wrong | repair_6 | kl-divided-twice | Takes the mean of the KL over everything and divides by the batch size again.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean() / len(x)
    return recon + kl, recon, kl
# %% wrong | repair_6 | sigmoid-before-logits-loss | Works on [0, 1] but sends probabilities into the loss for logits.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_hat = model.decode(z, y).sigmoid()  # pixels in [0, 1] on both sides
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl
# %% right | repair_7 | weights-and-names | Weights each batch by its images and unpacks in the right order.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def update(batch: Tensor) -> tuple[float, float, float]:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        return (recon + kl).item(), recon.item(), kl.item()

    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        terms = update(batch)
        totals = [total + len(batch) * term for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}
# %% right | repair_7 | sums-in-a-dictionary | Adds up sums over images in a dictionary.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    report = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    for start in range(0, len(x), batch_size):
        batch = x[start : start + batch_size]
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
        loss = (recon + kl) / len(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        report["recon"] += recon.item()
        report["kl"] += kl.item()
    report = {name: value / len(x) for name, value in report.items()}
    report["loss"] = report["recon"] + report["kl"]
    return report
# %% right | repair_7 | per-image-lists | Keeps the costs of every image and averages at the end.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    recons, kls = [], []
    for batch in torch.split(x, batch_size):
        logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        optimizer.zero_grad()
        (recon + kl).mean().backward()
        optimizer.step()
        recons.append(recon.detach())
        kls.append(kl.detach())
    recon, kl = torch.cat(recons), torch.cat(kls)
    return {
        "loss": (recon + kl).mean().item(),
        "recon": recon.mean().item(),
        "kl": kl.mean().item(),
    }
# %% right | repair_7 | data-loader | Walks through a DataLoader without shuffling, counting images.
from torch.utils.data import DataLoader


def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    seen, recon_sum, kl_sum = 0, 0.0, 0.0
    for batch in DataLoader(x, batch_size=batch_size, shuffle=False):
        optimizer.zero_grad(set_to_none=True)
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(1).mean()
        kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(1).mean()
        loss = recon + kl
        loss.backward()
        optimizer.step()
        n = batch.shape[0]
        seen += n
        recon_sum += n * float(recon.detach())
        kl_sum += n * float(kl.detach())
    return dict(loss=(recon_sum + kl_sum) / seen, recon=recon_sum / seen, kl=kl_sum / seen)
# %% right | repair_7 | weights-as-dot-product | Collects a table of batch means and multiplies it by the shares of the batches.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    batches = x.split(batch_size)
    shares = torch.tensor([len(b) / len(x) for b in batches], dtype=torch.float64)
    table = []
    for b in batches:
        x_logits, mu, log_var = model(b)
        recon = F.binary_cross_entropy_with_logits(x_logits, b, reduction="sum") / len(b)
        q = Normal(mu, (log_var / 2).exp())
        kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(1).mean()
        loss = recon + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        table.append([loss.item(), recon.item(), kl.item()])
    means = (shares @ torch.tensor(table, dtype=torch.float64)).tolist()
    return dict(zip(["loss", "recon", "kl"], means))
# %% wrong | repair_7 | divided-by-batches | Divides by the number of batches, so a small last batch counts too much.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def update(batch: Tensor) -> tuple[float, float, float]:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        return (recon + kl).item(), recon.item(), kl.item()

    totals = [0.0, 0.0, 0.0]
    batches = x.split(batch_size)
    for batch in batches:
        totals = [total + term for total, term in zip(totals, update(batch), strict=True)]
    loss, recon, kl = (total / len(batches) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}
# %% wrong | repair_7 | only-names-repaired | The names are right, the division by the number of images is still there.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def update(batch: Tensor) -> tuple[float, float, float]:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        return (recon + kl).item(), recon.item(), kl.item()

    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        totals = [total + term for total, term in zip(totals, update(batch), strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}
# %% wrong | repair_7 | only-means-repaired | The means are right, recon and kl still swap names.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def update(batch: Tensor) -> tuple[float, float, float]:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        return (recon + kl).item(), kl.item(), recon.item()

    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        totals = [total + term * len(batch) for total, term in zip(totals, update(batch), strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}
# %% wrong | repair_7 | swapped-twice | Corrects the order in update and in the unpacking, so the names are swapped again.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def update(batch: Tensor) -> tuple[float, float, float]:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        return (recon + kl).item(), recon.item(), kl.item()

    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        totals = [t + len(batch) * v for t, v in zip(totals, update(batch), strict=True)]
    loss, kl, recon = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}
# %% wrong | repair_7 | nominal-batch-size | Weights every batch by batch_size, also the smaller last one.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    sums = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        sums["loss"] += batch_size * (recon + kl).item()
        sums["recon"] += batch_size * recon.item()
        sums["kl"] += batch_size * kl.item()
    return {name: value / len(x) for name, value in sums.items()}
# %% wrong | repair_7 | last-batch-skipped | Drops an incomplete last batch.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    sums, seen = [0.0, 0.0, 0.0], 0
    for batch in x.split(batch_size):
        if len(batch) < batch_size and seen > 0:
            continue  # incomplete
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        seen += len(batch)
        for i, term in enumerate((recon + kl, recon, kl)):
            sums[i] += len(batch) * term.item()
    return {"loss": sums[0] / seen, "recon": sums[1] / seen, "kl": sums[2] / seen}
# %% wrong | repair_7 | shuffled | Shuffles the images although the order is given.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    order = torch.randperm(len(x), device=x.device)
    sums = torch.zeros(3)
    for index in order.split(batch_size):
        batch = x[index]
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        sums += len(batch) * torch.tensor([(recon + kl).item(), recon.item(), kl.item()])
    loss, recon, kl = (sums / len(x)).tolist()
    return {"loss": loss, "recon": recon, "kl": kl}
# %% wrong | repair_7 | gradients-pile-up | zero_grad is lost, so gradients of earlier batches stay.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    total_loss, total_recon, total_kl = 0.0, 0.0, 0.0
    for batch in x.split(batch_size):
        n = len(batch)
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum") / n
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / n
        loss = recon + kl
        loss.backward()
        optimizer.step()
        total_loss += n * loss.item()
        total_recon += n * recon.item()
        total_kl += n * kl.item()
    n = len(x)
    return {"loss": total_loss / n, "recon": total_recon / n, "kl": total_kl / n}
# %% wrong | repair_7 | update-on-the-sum | The update uses the sum over the batch, so its step is batch-size times too large.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    total_recon, total_kl = 0.0, 0.0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        total_recon += recon.item()
        total_kl += kl.item()
    recon, kl = total_recon / len(x), total_kl / len(x)
    return {"loss": recon + kl, "recon": recon, "kl": kl}
# %% wrong | repair_7 | scored-after-the-epoch | Trains, then measures all images with the finished model.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def terms(batch):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        return nll, 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)

    for batch in x.split(batch_size):
        nll, kl = terms(batch)
        optimizer.zero_grad()
        (nll + kl).mean().backward()
        optimizer.step()
    with torch.no_grad():
        nll, kl = terms(x)
    return {
        "loss": (nll + kl).mean().item(),
        "recon": nll.mean().item(),
        "kl": kl.mean().item(),
    }
# %% wrong | repair_7 | loss-not-weighted | recon and kl are weighted by images, the loss is a mean of batch means.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    losses, recon_sum, kl_sum = [], 0.0, 0.0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        loss = (nll + kl).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        recon_sum += nll.sum().item()
        kl_sum += kl.sum().item()
    return {"loss": sum(losses) / len(losses), "recon": recon_sum / len(x), "kl": kl_sum / len(x)}
# %% wrong | repair_7 | tensors-returned | The values are tensors that still hang on the graph, not floats.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    recon_sum, kl_sum = 0.0, 0.0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        optimizer.zero_grad()
        (nll + kl).mean().backward()
        optimizer.step()
        recon_sum += nll.sum()
        kl_sum += kl.sum()
    recon, kl = recon_sum / len(x), kl_sum / len(x)
    return {"loss": recon + kl, "recon": recon, "kl": kl}
# %% wrong | repair_7 | zeroed-before-step | Clears the gradients between backward and step, so nothing is learned.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def update(batch: Tensor) -> tuple[float, float, float]:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        (recon + kl).backward()
        optimizer.zero_grad()
        optimizer.step()
        return (recon + kl).item(), recon.item(), kl.item()

    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        terms = update(batch)
        totals = [total + len(batch) * term for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}
# %% right | repair_8 | condition-inverted | The condition uses 1 - mask, the charge uses the mask.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% right | repair_8 | mask-of-the-given | The mask marks the upper half; the charge uses 1 - mask.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    given = torch.zeros_like(x)
    given[:, : x.shape[1] // 2] = 1
    y = x * given
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = ((1 - given) * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% right | repair_8 | slices-and-cat | No mask: pads the upper half with zeros and slices the lower half.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    upper, lower = x.chunk(2, dim=1)
    y = torch.cat([upper, torch.zeros_like(lower)], dim=1)
    mu, log_var = model.encode(x, y)
    q = Normal(mu, (0.5 * log_var).exp())
    lower_logits = model.decode(q.rsample(), y)[:, upper.shape[1] :]
    recon = F.binary_cross_entropy_with_logits(lower_logits, lower, reduction="sum") / len(x)
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(1).mean()
    return recon + kl, recon, kl
# %% right | repair_8 | clone-and-blank | Clones the images and blanks the lower half of the clone.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    half = x.shape[1] // 2
    y = x.clone()
    y[:, half:] = 0.0
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    logits = model.decode(z, y)[:, half:]
    target = x[:, half:]
    recon = (F.softplus(logits) - target * logits).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% right | repair_8 | bce-weight-argument | A boolean mask by arange, torch.where for y and the weight argument of the loss.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    batch, num_pixels = x.shape
    is_lower = torch.arange(num_pixels, device=x.device) >= num_pixels // 2
    y = torch.where(is_lower, torch.zeros_like(x), x)
    mu, log_var = model.encode(x, y)
    z = mu + (log_var / 2).exp() * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    weight = is_lower.to(x.dtype).expand_as(x)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, weight=weight, reduction="sum") / batch
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum() / batch
    return recon + kl, recon, kl
# %% wrong | repair_8 | upper-half-charged | Turns the mask round for both, so the upper half is given and the upper half is charged.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, : x.shape[1] // 2] = 1
    y = x * mask
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_8 | lower-given-upper-charged | Changes the charge instead of the condition: given the lower half, draw the upper.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * mask
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = ((1 - mask) * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_8 | encoder-sees-upper-only | The encoder gets the upper half only, not all of x.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(y, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_8 | whole-picture-charged | Repairs the condition but charges all pixels.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, : x.shape[1] // 2] = 1
    y = x * mask
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_8 | images-overwritten | y is x itself, so blanking it destroys the targets and the caller's images.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    half = x.shape[1] // 2
    y = x
    y[:, half:] = 0
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll[:, half:].sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_8 | hard-coded-392 | The half is the number 392, right for 784 pixels only.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = x.clone()
    y[:, 392:] = 0
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll[:, 392:].sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_8 | masked-logits-still-cost | Masks logits and targets before the loss, so every upper pixel costs ln 2.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits * mask, x * mask, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_8 | decoder-repaired-only | The decoder gets the upper half, the encoder's condition is still the lower half.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * mask
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, x * (1 - mask))
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_8 | condition-all-zero | The decoder is given no condition at all.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = torch.zeros_like(x)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_8 | grey-padding | The lower half of the condition is one half instead of zeros.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    half = x.shape[1] // 2
    y = torch.full_like(x, 0.5)
    y[:, :half] = x[:, :half]
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll[:, half:].sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_8 | normalised-by-mask | Divides the charge by the number of lower pixels.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum() / mask.sum()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_8 | one-pixel-shown | The condition reaches one pixel too far and shows a pixel that is charged.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    half = x.shape[1] // 2
    y = x.clone()
    y[:, half + 1 :] = 0
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll[:, half:].sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% wrong | repair_8 | half-of-the-batch | Blanks the second half of the batch instead of the second half of the pixels.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[x.shape[0] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl
# %% right | repair_9 | always-noise | Drops the condition, z is always drawn.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()
# %% right | repair_9 | try-finally | Restores the mode in a finally block and uses the course's loss.
@torch.no_grad()
def repair_9(model: nn.Module, x: Tensor) -> float:
    mode = model.training
    model.eval()
    try:
        mu, log_var = model.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        return negative_elbo(model.decode(z), x, mu, log_var).item()
    finally:
        model.train(mode)
# %% right | repair_9 | distributions | Samples and computes the KL with torch.distributions.
def repair_9(model: nn.Module, x: Tensor) -> float:
    before = model.training
    model.train(False)
    with torch.no_grad():
        mu, log_var = model.encode(x)
        q = Normal(mu, (0.5 * log_var).exp())
        p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
        logits = model.decode(q.sample())
        cost = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        score = (cost + kl_divergence(q, p).sum()) / len(x)
    model.train(before)
    return float(score)
# %% right | repair_9 | context-manager | A small context manager switches to evaluation mode and back.
from contextlib import contextmanager


@contextmanager
def evaluating(net):
    modes = {m: m.training for m in net.modules()}
    net.eval()
    try:
        yield net
    finally:
        for m, flag in modes.items():
            m.training = flag


def repair_9(model: nn.Module, x: Tensor) -> float:
    with evaluating(model), torch.no_grad():
        mu, log_var = model.encode(x)
        z = torch.normal(mu, torch.exp(log_var / 2))
        logits = model.decode(z)
        nll = (F.softplus(logits) - x * logits).sum(1)
        kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(1)
        return (nll + kl).mean().item()
# %% right | repair_9 | inference-mode | Uses inference mode and switches back only if the model was training.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        mu, log_var = model.encode(x)
        std = log_var.exp().sqrt()
        x_logits = model.decode(mu + torch.randn_like(std) * std)
        recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
        kl = 0.5 * (mu.square() + std.square() - 1 - log_var).sum(dim=1).mean()
        result = recon.item() + kl.item()
    if was_training:
        model.train()
    return result
# %% wrong | repair_9 | asks-the-old-mode | The noise depends on was_training, so a model in evaluation mode still gets none.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu) if was_training else mu
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()
# %% wrong | repair_9 | train-mode-for-the-noise | Evaluates in training mode so that the condition is true; dropout stays on.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.train()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu) if model.training else mu
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()
# %% wrong | repair_9 | eval-removed | Removes the switch to evaluation mode altogether.
@torch.no_grad()
def repair_9(model: nn.Module, x: Tensor) -> float:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu + sigma * torch.randn_like(mu)
    nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + kl).mean().item()
# %% wrong | repair_9 | mode-not-restored | Leaves the model in evaluation mode.
def repair_9(model: nn.Module, x: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + kl).mean().item()
# %% wrong | repair_9 | always-back-to-train | Puts the model into training mode at the end even if it was evaluating.
def repair_9(model: nn.Module, x: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train()
    return (nll + kl).mean().item()
# %% wrong | repair_9 | mode-remembered-too-late | Reads the mode after eval(), so the model never goes back to training mode.
def repair_9(model: nn.Module, x: Tensor) -> float:
    model.eval()
    was_training = model.training
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()
# %% wrong | repair_9 | restored-too-early | Restores the mode after the encoder, so the decoder may run with dropout.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        model.train(was_training)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + kl).mean().item()
# %% wrong | repair_9 | seeded | Seeds the generator, so the score never trembles and the noise is not fresh.
def repair_9(model: nn.Module, x: Tensor) -> float:
    torch.manual_seed(0)
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()
# %% wrong | repair_9 | variance-as-sigma | Always draws, but with the variance as standard deviation.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + log_var.exp() * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()
# %% wrong | repair_9 | same-noise-for-all-images | One noise vector for the whole batch.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu[0])
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()
# %% wrong | repair_9 | tensor-returned | Returns a tensor, not a Python float.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean()
# %% wrong | repair_9 | kl-left-out | Returns the reconstruction cost alone.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
    model.train(was_training)
    return nll.mean().item()
# %% wrong | repair_9 | gradients-off-for-good | Switches gradients off and never on again.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu + sigma * torch.randn_like(mu)
    nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()
# %% right | diagnosis | literal | A dictionary literal.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}
# %% right | diagnosis | enumerate-string | Enumerates a string of nine letters from 1.
def diagnosis() -> dict[int, str | None]:
    return dict(enumerate("QAFPRMDIK", start=1))
# %% right | diagnosis | filled-step-by-step | Starts from None for everybody and fills in one patient after the other.
def diagnosis() -> dict[int, str | None]:
    record: dict[int, str | None] = dict.fromkeys(range(1, 10))
    record[9] = "K"  # noise off in the score
    record[8] = "I"  # sees the lower half
    record[7] = "D"
    record[6] = "M"  # pixels in [-1, 1]
    record[5] = "R"
    record[4] = "P"
    record[3] = "F"
    record[2] = "A"
    record[1] = "Q"
    return record
# %% right | diagnosis | looked-up-by-text | Finds the letters by a piece of the text of each cause.
def diagnosis() -> dict[int, str | None]:
    words = {
        1: "takes a variance for a standard deviation",
        2: "factor of one half",
        3: "KL is averaged over the latent",
        4: "sample is cut off",
        5: "sigmoid is applied twice",
        6: "pixels leave the range",
        7: "divided by a number",
        8: "shown what it is asked to predict",
        9: "noise is switched off",
    }
    return {
        patient: next(letter for letter, cause in clinic.CAUSES.items() if text in cause)
        for patient, text in words.items()
    }
# %% right | diagnosis | two-lists | Zips numbers and letters.
def diagnosis() -> dict[int, str | None]:
    patients = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    letters = ["Q", "A", "F", "P", "R", "M", "D", "I", "K"]
    return {p: c for p, c in zip(patients, letters)}
# %% wrong | diagnosis | patient-3-as-recon | Gives patient 3 the cause of patient 0.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "N", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}
# %% wrong | diagnosis | patient-8-ignored-condition | Says that patient 8's decoder ignores the condition.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "H", 9: "K"}
# %% wrong | diagnosis | patient-4-same-noise | Says that patient 4 uses the same noise for every image.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: "O", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}
# %% wrong | diagnosis | one-and-nine-swapped | Swaps the causes of patients 1 and 9.
def diagnosis() -> dict[int, str | None]:
    return {1: "K", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "Q"}
# %% wrong | diagnosis | counted-from-zero | Enumerates from 0, so every patient has the cause of the next.
def diagnosis() -> dict[int, str | None]:
    return dict(enumerate("QAFPRMDIK"))
# %% wrong | diagnosis | small-letters | Writes small letters, which are no letters of clinic.CAUSES.
def diagnosis() -> dict[int, str | None]:
    return {1: "q", 2: "a", 3: "f", 4: "p", 5: "r", 6: "m", 7: "d", 8: "i", 9: "k"}
# %% wrong | diagnosis | keys-are-strings | The keys are strings instead of numbers.
def diagnosis() -> dict[int, str | None]:
    letters = "QAFPRMDIK"
    return {str(i + 1): letters[i] for i in range(9)}
# %% wrong | diagnosis | whole-sentences | The values are the sentences, not the letters.
def diagnosis() -> dict[int, str | None]:
    letters = dict(zip(range(1, 10), "QAFPRMDIK"))
    return {patient: clinic.CAUSES[letter] for patient, letter in letters.items()}
# %% wrong | diagnosis | patient-7-gradients | Says that patient 7 never clears the gradients.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "B", 8: "I", 9: "K"}
# %% wrong | diagnosis | two-and-three-swapped | Swaps the causes of patients 2 and 3.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "F", 3: "A", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}
# %% wrong | diagnosis | letters-to-patients | The dictionary goes from letters to patients.
def diagnosis() -> dict[int, str | None]:
    return {"Q": 1, "A": 2, "F": 3, "P": 4, "R": 5, "M": 6, "D": 7, "I": 8, "K": 9}
# %% wrong | diagnosis | test-images-for-nine | Says that patient 9 was trained on test images.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "C"}
