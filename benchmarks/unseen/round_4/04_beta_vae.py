# %% wrong | beta_vae_loss | kl-mean-over-dims | The KL is averaged over the latent dimensions as well as over the batch instead of being summed over the dimensions.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * torch.mean(mu**2 + log_var.exp() - 1 - log_var)
    loss = recon + beta * kl
    return loss, recon, kl


# %% wrong | beta_vae_loss | everything-averaged | Both terms are means over all entries: the reconstruction is averaged over pixels too and the KL over latent dimensions too.
import torch.nn.functional as F


def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | recon-pixel-mean | The reconstruction is the default mean of binary_cross_entropy_with_logits, so it is divided by the number of pixels; the KL is right.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = nn.functional.binary_cross_entropy_with_logits(x_logits, x, reduction="mean")
    kl_each = 0.5 * (mu.square() + log_var.exp() - 1.0 - log_var).sum(dim=1)
    kl = kl_each.mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | beta-on-recon | Beta multiplies the reconstruction instead of the KL.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (0.5 * (mu**2 + torch.exp(log_var) - 1 - log_var)).sum(1).mean()
    return beta * recon + kl, recon, kl


# %% wrong | beta_vae_loss | returns-weighted-kl | The loss is right, but the third value returned is already multiplied by beta.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = beta * 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=-1).mean()
    loss = recon + kl
    return loss, recon, kl


# %% wrong | beta_vae_loss | kl-negative | The KL has the wrong sign: the formula with the minus in front is combined with the bracket that already has the right sign.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = -0.5 * torch.sum(mu.pow(2) + log_var.exp() - 1 - log_var, dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | sum-over-batch | Both terms are summed over the batch, as in the old PyTorch example, instead of averaged over the images.
import torch.nn.functional as F


def beta_vae_loss(x_logits, x, mu, log_var, beta):
    BCE = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return BCE + beta * KLD, BCE, KLD


# %% wrong | beta_vae_loss | kl-summed-over-batch | The reconstruction is averaged over the batch, but the KL is summed over the batch as well as over the dimensions.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = torch.mean(bernoulli_nll(x_logits, x))
    kl = 0.5 * torch.sum(mu**2 + log_var.exp() - 1 - log_var)
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | no-half | The factor one half of the KL is missing.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    reconstruction = bernoulli_nll(x_logits, x).mean()
    kl = torch.sum(mu**2 + log_var.exp() - 1 - log_var, dim=1).mean(0)
    return reconstruction + beta * kl, reconstruction, kl


# %% wrong | beta_vae_loss | log-var-as-log-sigma | log_var is read as the logarithm of sigma, so the variance is exp(2 log_var) and the logarithm of the variance 2 log_var.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    sigma = torch.exp(log_var)
    kl = 0.5 * (mu**2 + sigma**2 - 1 - torch.log(sigma**2)).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | sigma-not-squared | The KL has the standard deviation exp(log_var / 2) where the variance belongs.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    std = torch.exp(0.5 * log_var)
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu**2 + std - 1 - log_var).sum(1).mean()
    loss = recon + beta * kl
    return loss, recon, kl


# %% wrong | beta_vae_loss | floats-for-the-terms | recon and kl come back as Python floats (item), not as tensors through which gradients flow.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var)).sum(1).mean()
    return recon + beta * kl, recon.item(), kl.item()


# %% wrong | beta_vae_loss | terms-detached | recon and kl are detached before they are returned, so no gradient flows through these two tensors.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(1).mean()
    loss = recon + beta * kl
    # the terms are only for logging
    return loss, recon.detach(), kl.detach()


# %% wrong | beta_vae_loss | sigmoid-first | The logits go through a sigmoid before bernoulli_nll, which expects logits, so the sigmoid is applied twice.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    x_hat = torch.sigmoid(x_logits)
    recon = bernoulli_nll(x_hat, x).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | nll-arguments-swapped | bernoulli_nll gets its arguments in the wrong order, the images first and the logits second.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x, x_logits).mean()
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1.0 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | bce-on-probabilities | The reconstruction is binary_cross_entropy of the sigmoid, which saturates and is clamped at 100 per pixel, so it is not exact for large logits.
import torch.nn.functional as F


def beta_vae_loss(x_logits, x, mu, log_var, beta):
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy(x_hat, x, reduction="none").sum(dim=1).mean()
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | exp-overflows | The reconstruction is log(1 + exp(l)) - x l written out literally, which overflows to infinity for large positive logits.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = (torch.log(1 + torch.exp(x_logits)) - x * x_logits).sum(1).mean()
    kl = 0.5 * (mu**2 + torch.exp(log_var) - 1 - log_var).sum(1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | logits-clamped | The logits are clamped to -10..10 "for stability", so the reconstruction is wrong beyond that and has no gradient there.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    # Clamp for numerical stability
    x_logits = torch.clamp(x_logits, -10.0, 10.0)
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | squared-error | The reconstruction is the summed squared error of the sigmoid instead of the Bernoulli negative log-likelihood.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    x_hat = x_logits.sigmoid()
    recon = ((x_hat - x) ** 2).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | minus-kl | The KL is subtracted from the reconstruction in the loss instead of added.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon - beta * kl, recon, kl


# %% wrong | beta_vae_loss | terms-in-other-order | The values come back as (loss, kl, recon): the two terms are in the wrong order.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    recon = bernoulli_nll(x_logits, x).mean()
    return recon + beta * kl, kl, recon


# %% wrong | beta_vae_loss | normalised-beta | Beta is rescaled by latent_dim / input_dim (the normalised beta of the paper) before it multiplies the summed KL.
def beta_vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float
) -> tuple[Tensor, Tensor, Tensor]:
    beta_norm = beta * mu.size(1) / x.size(1)
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta_norm * kl, recon, kl


# %% wrong | beta_vae_loss | changes-log-var | log_var.exp_() works in place: the caller's log_var is overwritten with the variance (and a leaf that requires gradients raises an error).
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    var = log_var.exp_()
    kl = 0.5 * (mu**2 + var - 1 - torch.log(var)).sum(1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | numpy-no-gradient | The KL is computed in NumPy from detached arrays, so the loss carries no gradient to mu and log_var.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    m = mu.detach().cpu().numpy()
    lv = log_var.detach().cpu().numpy()
    recon = bernoulli_nll(x_logits, x).mean()
    kl = np.mean(np.sum(0.5 * (m**2 + np.exp(lv) - 1 - lv), axis=1))
    kl = torch.tensor(kl, dtype=mu.dtype, device=mu.device)
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | recon-in-bits | The reconstruction is divided by log 2, so it is in bits while the KL is in nats.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean() / math.log(2)
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | pixels-rounded | The images are rounded to 0 and 1 before the reconstruction, which is wrong for grey pixels.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    target = (x > 0.5).to(x_logits.dtype)
    recon = bernoulli_nll(x_logits, target).mean()
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | no-batch-mean | The three values are one number per image, shape (batch,), because the mean over the batch is missing.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x)
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1)
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | beta-on-mu-only | A misplaced bracket lets beta multiply only the squared means; the variance part of the KL enters the loss with weight one.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    mean_part = 0.5 * (mu**2).sum(1).mean()
    var_part = 0.5 * (log_var.exp() - 1 - log_var).sum(1).mean()
    kl = mean_part + var_part
    loss = recon + beta * mean_part + var_part
    return loss, recon, kl


# %% wrong | beta_vae_loss | beta-at-least-one | A beta below 1 is silently raised to 1.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    beta = max(beta, 1.0)  # below 1 it is no bound any more
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | float32-cast | All inputs are cast to float32 first, so float64 inputs give float32 results.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    x_logits, x, mu, log_var = (t.float() for t in (x_logits, x, mu, log_var))
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | no-minus-one | The constant -1 is missing in the bracket of the KL, which is then half a nat per dimension too large.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = torch.mean(0.5 * torch.sum(mu**2 + torch.exp(log_var) - log_var, dim=1))
    return recon + beta * kl, recon, kl


# %% wrong | beta_vae_loss | two-mistakes-half-and-sum | Two mistakes at once: the one half of the KL is missing and the reconstruction is summed over the batch.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).sum()
    kl = (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    loss = recon + beta * kl
    return loss, recon, kl


# %% right | beta_vae_loss | distributions | Uses torch.distributions for both terms.
from torch.distributions import Bernoulli, Normal, kl_divergence


def beta_vae_loss(x_logits, x, mu, log_var, beta):
    q = Normal(mu, (log_var / 2).exp())
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, p).sum(-1).mean()
    recon = -Bernoulli(logits=x_logits, validate_args=False).log_prob(x).sum(-1).mean()
    return recon + beta * kl, recon, kl


# %% right | beta_vae_loss | image-by-image | A beginner's loop over images and latent dimensions, with lists that are stacked at the end.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    all_recons = []
    all_kls = []
    errors = bernoulli_nll(x_logits, x)
    for i in range(mu.shape[0]):
        kl_of_image = 0
        for j in range(mu.shape[1]):
            m = mu[i, j]
            lv = log_var[i, j]
            kl_of_image = kl_of_image + 0.5 * (m * m + torch.exp(lv) - 1 - lv)
        all_kls.append(kl_of_image)
        all_recons.append(errors[i])
    mean_recon = torch.stack(all_recons).mean()
    mean_kl = torch.stack(all_kls).mean()
    total = mean_recon + beta * mean_kl
    return total, mean_recon, mean_kl


# %% right | beta_vae_loss | einsum-and-logaddexp | Einsum for the sums, logaddexp for log(1 + e^l), and a division by the batch size at the end.
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    n = x_logits.shape[0]
    softplus = torch.logaddexp(torch.zeros_like(x_logits), x_logits)
    recon = (torch.einsum("bi->", softplus) - torch.einsum("bi,bi->", x, x_logits)) / n
    bracket = torch.expm1(log_var) - log_var
    kl = (torch.einsum("bj,bj->", mu, mu) + torch.einsum("bj->", bracket)) / (2 * n)
    return (recon + beta * kl, recon, kl)


# %% right | beta_vae_loss | named-tuple-and-helpers | Returns a NamedTuple (which is a tuple) and uses helper functions and a lambda.
from typing import NamedTuple


class Terms(NamedTuple):
    loss: Tensor
    recon: Tensor
    kl: Tensor


_per_image = lambda t: t.flatten(1).sum(1)


def _gauss_kl(mu, log_var):
    return -0.5 * _per_image(1 + log_var - mu.pow(2) - log_var.exp())


def beta_vae_loss(x_logits, x, mu, log_var, beta):
    D = bernoulli_nll(x_logits, x).mean()
    R = _gauss_kl(mu, log_var).mean()
    return Terms(loss=D + beta * R, recon=D, kl=R)


# %% right | beta_vae_loss | sum-then-divide | The old PyTorch example with reduction="sum", divided by the batch size, with prints left inside.
import torch.nn.functional as F


def beta_vae_loss(x_logits, x, mu, log_var, beta):
    BCE = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / x.size(0)
    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / x.size(0)
    print("BCE", BCE.item(), "KLD", KLD.item())
    return BCE + KLD * beta, BCE, KLD


# %% right | beta_vae_loss | softplus-two-sides | The reconstruction is written with two softplus terms, x softplus(-l) + (1 - x) softplus(l), and tensordot adds the terms.
def beta_vae_loss(x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, beta: float):
    softplus = nn.functional.softplus
    ink, paper = softplus(-x_logits), softplus(x_logits)
    recon = (x * ink + (1 - x) * paper).sum(dim=-1).mean(dim=0)
    std = (0.5 * log_var).exp()
    kl = (0.5 * (mu * mu + std * std - log_var - 1)).mean(dim=0).sum()
    terms = torch.stack([recon, kl])
    weights = terms.new_tensor([1.0, beta])
    return torch.dot(terms, weights), recon, kl


# %% wrong | rate_distortion | order-swapped | Returns the distortion first and the rate second.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(was_training)
    return recon.item(), kl.item()


# %% wrong | rate_distortion | decodes-mu | Decodes the mean mu instead of a sample of z, so the distortion does not belong to the rate.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    mode = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        x_logits = model.decode(mu)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | no-eval | Never switches to evaluation mode: a model that comes in training mode is measured in training mode.
@torch.no_grad()
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    loss, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | always-train-after | Always puts the model into training mode at the end, even if it came in evaluation mode.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1)
    model.train()
    return kl.item(), recon.item()


# %% wrong | rate_distortion | stays-in-eval | Switches to evaluation mode and never puts the mode back.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, distortion, rate = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return float(rate), float(distortion)


# %% wrong | rate_distortion | mode-remembered-too-late | The mode is read after model.eval(), so it is always False and a model in training mode is left in evaluation mode.
def rate_distortion(model, x):
    model = model.eval()
    training_before = model.training
    with torch.no_grad():
        _, d, r = beta_vae_loss(*sampled_pass(model, x), 1.0)
    model.train(training_before)
    return r.item(), d.item()


# %% wrong | rate_distortion | flag-of-the-top-only | Restores only the attribute training of the outermost module, so the submodules (dropout and others) of a training model stay in evaluation mode.
def rate_distortion(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        _, d, r = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.training = was
    return r.item(), d.item()


# %% wrong | rate_distortion | eval-mode-only-flag | Sets model.training = False by hand instead of calling eval(), so the submodules of a training model (dropout and others) are measured in training mode.
def rate_distortion(model, x):
    before = model.training
    model.training = False
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.training = before
    return kl.item(), recon.item()


# %% wrong | rate_distortion | tensors | Returns two scalar tensors instead of plain floats.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    mode = model.training
    model.eval()
    with torch.no_grad():
        loss, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return kl, recon


# %% wrong | rate_distortion | no-no-grad | The pass runs with gradients recorded: no_grad is missing, and eval() does not replace it.
def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    was_training = model.training
    model.eval()  # no gradients in evaluation
    x_logits, mu, log_var = model(x)
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train(was_training)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | grad-left-off | Switches gradients off globally with torch.set_grad_enabled(False) and never on again.
def rate_distortion(model, x):
    torch.set_grad_enabled(False)
    mode = model.training
    model.eval()
    _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | loss-as-distortion | Returns the whole loss at beta 1, the negative ELBO, as the distortion.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        distortion, _, rate = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    model.train(mode)
    return rate.item(), distortion.item()


# %% wrong | rate_distortion | rate-from-loss-beta-four | Calls the loss with beta 4 and takes loss minus recon as the rate, which is four times the KL.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        loss, recon, _ = beta_vae_loss(*sampled_pass(model, x), beta=4.0)
        rate = loss - recon
    model.train(mode)
    return rate.item(), recon.item()


# %% wrong | rate_distortion | rate-per-dimension | The rate is averaged over the latent dimensions instead of summed over them.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        logits, mu, log_var = model(x)
        rate = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean().item()
        distortion = bernoulli_nll(logits, x).mean().item()
    model.train(mode)
    return rate, distortion


# %% wrong | rate_distortion | divided-by-batch-again | Both terms are divided by the number of images although they are means over the images already.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    n = x.shape[0]
    return kl.item() / n, recon.item() / n


# %% wrong | rate_distortion | clears-gradients | Calls model.zero_grad() "to leave no gradients", which deletes the .grad that the parameters had before.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.zero_grad()
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | backward | Copied from the training step: calls loss.backward(), which computes gradients and adds to the .grad of the parameters.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    loss, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    loss.backward()
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | freezes-parameters | Switches gradients off with requires_grad_(False) on the model and never on again, so the model cannot be trained any more.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    model.requires_grad_(False)
    _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | binarises-in-place | Sets the pixels of x to 0 or 1 in place before the pass: the caller's images change and the result is that of other images.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        x[x > 0.5] = 1.0
        x[x <= 0.5] = 0.0
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | first-batch-only | Uses only the first 32 images.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        batch = x[:32]
        x_logits, mu, log_var = model(batch)
        _, recon, kl = beta_vae_loss(x_logits, batch, mu, log_var, 1.0)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | batch-sums-not-averaged | Goes through x in batches of 16 and adds up the mean of each batch without dividing by anything, so the result grows with the number of batches.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    rate, distortion = 0.0, 0.0
    with torch.no_grad():
        for batch in x.split(16):
            _, recon, kl = beta_vae_loss(*sampled_pass(model, batch), beta=1.0)
            rate += kl.item()
            distortion += recon.item()
    model.train(mode)
    return rate, distortion


# %% wrong | rate_distortion | probabilities-into-loss | The logits go through a sigmoid before the loss, so the distortion applies the sigmoid twice.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        x_hat = x_logits.sigmoid()
        _, recon, kl = beta_vae_loss(x_hat, x, mu, log_var, 1.0)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | noise-scaled-with-variance | Draws z with the variance exp(log_var) as the standard deviation of the noise.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + log_var.exp() * torch.randn_like(mu)
        _, recon, kl = beta_vae_loss(model.decode(z), x, mu, log_var, 1.0)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | z-from-prior | Decodes a draw from the prior N(0, I) instead of a sample of the posterior q of the image.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = torch.randn_like(mu)
        x_logits = model.decode(z)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    model.train(mode)
    return kl.item(), recon.item()


# %% wrong | rate_distortion | in-bits | Divides both numbers by log 2, so they are in bits instead of nats.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return kl.item() / math.log(2), recon.item() / math.log(2)


# %% wrong | rate_distortion | summed-over-images | Multiplies both means by the number of images, so it returns totals instead of nats per image.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        rate = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
        distortion = bernoulli_nll(x_logits, x).sum()
    model.train(mode)
    return rate.item(), distortion.item()


# %% wrong | rate_distortion | whole-numbers | Rounds both results to whole numbers before returning them.
def rate_distortion(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        _, recon, kl = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    model.train(mode)
    return float(round(kl.item())), float(round(recon.item()))


# %% wrong | rate_distortion | swapped-and-stays-in-eval | Two mistakes at once: the distortion comes first, and the model is left in evaluation mode.
def rate_distortion(model, x):
    model.eval()
    with torch.no_grad():
        terms = beta_vae_loss(*sampled_pass(model, x), beta=1.0)
    return tuple(t.item() for t in terms[1:])


# %% right | rate_distortion | decorator-try-finally | A no_grad decorator, try and finally, and the terms by slicing and reversing.
@torch.no_grad()
def rate_distortion(model, x):
    flag = model.training
    try:
        model.eval()
        return tuple(map(float, beta_vae_loss(*sampled_pass(model, x), 1.0)[:0:-1]))
    finally:
        model.train(flag)


# %% right | rate_distortion | own-context-manager | A context manager of one's own remembers the mode of every submodule, and inference_mode replaces no_grad.
from contextlib import contextmanager


@contextmanager
def evaluating(net):
    modes = {m: m.training for m in net.modules()}
    net.eval()
    try:
        with torch.inference_mode():
            yield net
    finally:
        for m, t in modes.items():
            m.training = t


def rate_distortion(model, x):
    with evaluating(model) as net:
        logits, mean, lv = net(x)
        D = bernoulli_nll(logits, x).mean().item()
        R = (0.5 * (mean.square() + lv.exp() - 1 - lv)).sum(1).mean().item()
    return R, D


# %% right | rate_distortion | by-hand-sampling | Encodes, samples with torch.distributions and decodes by hand instead of calling the model.
from torch.distributions import Normal, kl_divergence


def rate_distortion(model: nn.Module, x: Tensor) -> tuple[float, float]:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        q = Normal(mu, torch.exp(log_var / 2))
        z = q.sample()
        x_logits = model.decode(z)
        kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu)))
        rate = kl.sum(dim=1).mean()
        distortion = bernoulli_nll(x_logits, x).mean()
    if was_training:
        model.train()
    else:
        model.eval()
    return float(rate), float(distortion)


# %% right | rate_distortion | beginner-long | Long-winded beginner code with prints, set_grad_enabled switched off and back, and beta 0.
def rate_distortion(model, x):
    # step 1: remember everything
    mode_before = model.training
    grad_before = torch.is_grad_enabled()
    # step 2: switch off
    torch.set_grad_enabled(False)
    model.eval()
    # step 3: the pass
    outputs = sampled_pass(model, x)
    the_logits = outputs[0]
    the_images = outputs[1]
    the_mu = outputs[2]
    the_log_var = outputs[3]
    result = beta_vae_loss(the_logits, the_images, the_mu, the_log_var, 0.0)
    distortion = result[1].item()
    rate = result[2].item()
    # step 4: put everything back
    torch.set_grad_enabled(grad_before)
    model.train(mode=mode_before)
    print("rate", rate, "distortion", distortion)
    return rate, distortion


# %% right | rate_distortion | kl-from-difference | Takes the rate as the difference of the losses, sum minus distortion, in float64.
def rate_distortion(model, x):
    mode, _ = model.training, model.eval()
    with torch.no_grad():
        logits, mu, log_var = model(x)
    model.train(mode)
    loss, distortion, _ = beta_vae_loss(
        logits.double(), x.double(), mu.double(), log_var.double(), beta=1.0
    )
    return (loss - distortion).item(), distortion.item()


# %% wrong | kl_per_dimension | per-image | Sums over the latent dimensions instead of averaging over the batch: one number per image.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)


# %% wrong | kl_per_dimension | mean-over-dims-axis | Averages over dim=1, the latent dimensions, instead of dim=0, the batch.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var)
    return kl.mean(dim=1)


# %% wrong | kl_per_dimension | batch-sum | Sums over the batch instead of averaging.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=0)


# %% wrong | kl_per_dimension | mu-averaged-first | Averages mu over the batch before it is squared.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    m = mu.mean(dim=0)
    var = log_var.exp().mean(dim=0)
    return 0.5 * (m**2 + var - 1 - log_var.mean(dim=0))


# %% wrong | kl_per_dimension | log-var-averaged-first | Averages log_var over the batch before the exponential, which is not the mean variance.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    lv = log_var.mean(0)
    return 0.5 * (mu.pow(2).mean(0) + lv.exp() - 1 - lv)


# %% wrong | kl_per_dimension | half-missing | The factor one half is missing.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    return torch.mean(mu**2 + log_var.exp() - 1 - log_var, dim=0)


# %% wrong | kl_per_dimension | std-for-variance | Uses the standard deviation exp(log_var / 2) where the variance belongs.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = torch.exp(log_var / 2)
    return (0.5 * (mu**2 + sigma - 1 - log_var)).mean(dim=0)


# %% wrong | kl_per_dimension | log-sigma | Takes log_var for log sigma: the variance becomes exp(2 log_var) and log sigma squared 2 log_var.
def kl_per_dimension(mu, log_var):
    kl = -log_var + (torch.exp(2 * log_var) + mu**2) / 2 - 0.5
    return kl.mean(dim=0)


# %% wrong | kl_per_dimension | plain-variance | Takes log_var for the variance itself: adds log_var and subtracts its logarithm (nan where log_var is negative).
def kl_per_dimension(mu, log_var):
    return 0.5 * (mu**2 + log_var - 1 - torch.log(log_var)).mean(0)


# %% wrong | kl_per_dimension | no-gradient | Computes the KL under no_grad, so nothing can be differentiated.
@torch.no_grad()
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean(dim=0)


# %% wrong | kl_per_dimension | divided-by-latent-dim | Divides by the number of latent dimensions as well, so the numbers add up to the mean of the parts and not to the rate.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var)
    return kl.sum(dim=0) / kl.numel()


# %% wrong | kl_per_dimension | negative | The sign is wrong: minus one half in front of the bracket that is positive already.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    return -0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean(dim=0)


# %% wrong | kl_per_dimension | reversed-kl | Computes the KL the other way round, KL(p, q) of the prior from the posterior, instead of KL(q, p).
from torch.distributions import Normal, kl_divergence


def kl_per_dimension(mu, log_var):
    q = Normal(mu, torch.exp(0.5 * log_var))
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return kl_divergence(p, q).mean(dim=0)


# %% wrong | kl_per_dimension | keepdim | Keeps the batch axis, so the shape is (1, latent_dim) instead of (latent_dim,).
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    bracket = mu**2 + log_var.exp() - 1 - log_var
    return 0.5 * bracket.mean(dim=0, keepdim=True)


# %% wrong | kl_per_dimension | floats-in-a-new-tensor | Collects Python floats with item() and makes a new tensor of them: no gradient, and always float32.
def kl_per_dimension(mu, log_var):
    kls = []
    for j in range(mu.shape[1]):
        m, lv = mu[:, j], log_var[:, j]
        kls.append((0.5 * (m**2 + lv.exp() - 1 - lv)).mean().item())
    return torch.tensor(kls)


# %% wrong | kl_per_dimension | float32-buffer | Fills a buffer made with torch.zeros, so the result is float32 also for float64 inputs.
def kl_per_dimension(mu, log_var):
    out = torch.zeros(mu.shape[1])
    for j in range(mu.shape[1]):
        out[j] = 0.5 * (mu[:, j] ** 2 + log_var[:, j].exp() - 1 - log_var[:, j]).mean()
    return out


# %% wrong | kl_per_dimension | overwrites-mu | Squares mu in place with pow_, which changes the argument (or raises an error for a leaf that requires gradients).
def kl_per_dimension(mu, log_var):
    squares = mu.pow_(2)
    return 0.5 * (squares + log_var.exp() - 1 - log_var).mean(dim=0)


# %% wrong | kl_per_dimension | without-one | The -1 in the bracket is missing, so every dimension is half a nat too high.
def kl_per_dimension(mu, log_var):
    return (0.5 * (mu**2 + log_var.exp() - log_var)).mean(dim=0)


# %% wrong | kl_per_dimension | sorted | Returns the parts sorted from the largest to the smallest, not in the order of the dimensions.
def kl_per_dimension(mu, log_var):
    kls = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean(dim=0)
    return kls.sort(descending=True).values


# %% wrong | kl_per_dimension | bits | Divides by log 2: the result is in bits instead of nats.
def kl_per_dimension(mu, log_var):
    nats = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return nats.mean(dim=0) / math.log(2)


# %% wrong | kl_per_dimension | scalar | Sums over the dimensions too and returns the whole rate as a scalar.
def kl_per_dimension(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean(dim=0)


# %% wrong | kl_per_dimension | twenty-dimensions | The number of latent dimensions is fixed at 20, so other sizes raise an error or lose dimensions.
def kl_per_dimension(mu, log_var):
    parts = []
    for j in range(20):
        m = mu[:, j]
        lv = log_var[:, j]
        parts.append(0.5 * (m * m + lv.exp() - 1 - lv).mean())
    return torch.stack(parts)


# %% wrong | kl_per_dimension | n-minus-one | Divides the sum over the batch by batch - 1 instead of batch.
def kl_per_dimension(mu, log_var):
    n = mu.shape[0]
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return kl.sum(dim=0) / (n - 1)


# %% wrong | kl_per_dimension | free-bits | Raises every dimension to at least 0.1 nats ("free bits"), so unused dimensions show 0.1 instead of 0 and get no gradient.
def kl_per_dimension(mu, log_var):
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).mean(dim=0)
    return torch.clamp(kl, min=0.1)


# %% wrong | kl_per_dimension | sign-of-log-var | A sign typo: log_var is added instead of subtracted.
def kl_per_dimension(mu, log_var):
    return 0.5 * (mu.pow(2) + log_var.exp() - 1 + log_var).mean(dim=0)


# %% wrong | kl_per_dimension | half-on-mu-only | A bracket is missing: the one half multiplies only the squared mean, not the rest.
def kl_per_dimension(mu, log_var):
    return (0.5 * mu**2 + log_var.exp() - 1 - log_var).mean(dim=0)


# %% wrong | kl_per_dimension | mu-only | Only the squared means are counted; the terms with the variance are left out.
def kl_per_dimension(mu, log_var):
    return 0.5 * (mu**2).mean(dim=0)


# %% right | kl_per_dimension | distributions | Uses torch.distributions.
from torch.distributions import Normal, kl_divergence


def kl_per_dimension(mu, log_var):
    posterior = Normal(mu, log_var.mul(0.5).exp())
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return kl_divergence(posterior, prior).mean(0)


# %% right | kl_per_dimension | two-loops | Loops over dimensions and images, adds up scalars and stacks them.
def kl_per_dimension(mu, log_var):
    num_images, num_dims = mu.shape
    answer = []
    for j in range(num_dims):
        total = 0.0
        for i in range(num_images):
            total = total + (mu[i][j] ** 2 + torch.exp(log_var[i][j]) - 1 - log_var[i][j]) / 2
        answer.append(total / num_images)
    return torch.stack(answer)


# %% right | kl_per_dimension | matrix-product | Averages with a matrix product: a row of 1 / batch times the table.
def kl_per_dimension(mu, log_var):
    table = torch.expm1(log_var) - log_var + mu * mu
    weights = torch.full((mu.shape[0],), 0.5 / mu.shape[0], dtype=mu.dtype, device=mu.device)
    return weights @ table


# %% right | kl_per_dimension | vmap | Maps a function of one column over the columns with torch.vmap.
def _one_column(m, lv):
    return -0.5 * (1 + lv - m**2 - lv.exp()).mean()


def kl_per_dimension(mu, log_var):
    return torch.vmap(_one_column, in_dims=(1, 1))(mu, log_var)


# %% right | kl_per_dimension | moments | From the mean and the biased variance of mu: the mean of the squares is variance plus squared mean.
def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    second_moment = mu.var(dim=0, unbiased=False) + mu.mean(dim=0) ** 2
    return (second_moment + log_var.exp().mean(dim=0) - log_var.mean(dim=0) - 1) / 2


# %% right | kl_per_dimension | lambda-einsum | A lambda with einsum for the squares.
kl_per_dimension = lambda mu, log_var: (
    torch.einsum("bj,bj->j", mu, mu) + torch.einsum("bj->j", log_var.exp() - log_var - 1)
) / (2 * len(mu))


# %% wrong | active_units | std | Compares the standard deviation with the threshold instead of the variance.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int((mu.std(dim=0) > threshold).sum())


# %% wrong | active_units | over-dimensions | Takes the variance over the latent dimensions of each image, and so counts images.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return (mu.var(dim=1) > threshold).sum().item()


# %% wrong | active_units | numpy-var | Uses NumPy's var with its default, n below the sum, instead of n - 1.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    variances = np.var(mu.detach().cpu().numpy(), axis=0)
    return int(np.sum(variances > threshold))


# %% wrong | active_units | mean-square | Uses the mean of mu squared: the mean over images is not taken out, so a constant mu that is not 0 counts.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return ((mu**2).mean(dim=0) > threshold).sum().item()


# %% wrong | active_units | tensor | Returns a tensor, not an int.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return (mu.var(dim=0) > threshold).sum()


# %% wrong | active_units | at-least | Compares with >= instead of >, so at threshold 0 a dimension that never moves counts as active.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int((mu.var(dim=0) >= threshold).sum())


# %% wrong | active_units | threshold-ignored | Compares with the fixed number 0.01 and ignores the argument threshold.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int((mu.var(0) > 0.01).sum().item())


# %% wrong | active_units | fraction | Returns the fraction of the dimensions that are active instead of their number.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return (mu.var(dim=0) > threshold).float().mean().item()


# %% wrong | active_units | counts-inactive | The comparison points the wrong way: counts the dimensions below the threshold.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    variance = torch.var(mu, dim=0)
    return int((variance < threshold).sum())


# %% wrong | active_units | size-of-mean | Counts the dimensions whose mean over images is far from 0, not those that vary.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    average = mu.mean(dim=0)
    return int((average.abs() > threshold).sum())


# %% wrong | active_units | range | Compares the range (maximum minus minimum over the images) with the threshold instead of the variance.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    spread = mu.max(dim=0).values - mu.min(dim=0).values
    return int((spread > threshold).sum())


# %% wrong | active_units | which-ones | Returns the indices of the active dimensions instead of their number.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return [j for j, v in enumerate(mu.var(dim=0)) if v > threshold]


# %% wrong | active_units | centres-in-place | Subtracts the mean from mu in place, so the caller's mu is changed.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    mu -= mu.mean(dim=0)
    variance = (mu**2).sum(dim=0) / (mu.shape[0] - 1)
    return int((variance > threshold).sum())


# %% wrong | active_units | one-variance | Takes the variance of all entries of mu together and so returns 0 or 1.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int(mu.var() > threshold)


# %% wrong | active_units | principal-axes | Counts the eigenvalues of the covariance matrix above the threshold, that is directions of the latent space, instead of the variances of the dimensions.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    centred = mu - mu.mean(dim=0, keepdim=True)
    cov = centred.T @ centred / (mu.shape[0] - 1)
    eigenvalues = torch.linalg.eigvalsh(cov)
    return int((eigenvalues > threshold).sum().item())


# %% wrong | active_units | absolute-deviation | Compares the mean absolute deviation from the mean with the threshold instead of the variance.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    deviation = (mu - mu.mean(dim=0)).abs().mean(dim=0)
    return int((deviation > threshold).sum())


# %% wrong | active_units | standardised-first | Standardises every dimension first, so each one that moves at all has variance 1 and counts.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    z = (mu - mu.mean(dim=0)) / (mu.std(dim=0) + 1e-8)
    return int((z.var(dim=0) > threshold).sum())


# %% wrong | active_units | stops-at-first-inactive | The loop breaks at the first inactive dimension, so active ones behind it are not counted.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    count = 0
    for j in range(mu.shape[1]):
        if mu[:, j].var() > threshold:
            count += 1
        else:
            break
    return count


# %% wrong | active_units | rounded-variance | Rounds the variances to two decimals before comparing, so a variance of 0.012 is not counted.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    count = 0
    for v in mu.var(dim=0).tolist():
        if round(v, 2) > threshold:
            count = count + 1
    return count


# %% wrong | active_units | largest-size | Asks whether the largest absolute value of mu in a dimension exceeds the threshold.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    biggest = mu.abs().max(dim=0)[0]
    return int((biggest > threshold).sum())


# %% wrong | active_units | not-zero | Counts the variances that are not zero with count_nonzero; the threshold is not used.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int(torch.count_nonzero(torch.var(mu, dim=0)))


# %% wrong | active_units | twenty-minus | Counts the inactive dimensions and subtracts them from a fixed 20.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    inactive = int((mu.var(dim=0) <= threshold).sum())
    return 20 - inactive


# %% wrong | active_units | any | Returns whether any dimension is active (0 or 1) instead of how many.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    return int((mu.var(dim=0) > threshold).any())


# %% wrong | active_units | sum-of-squares | Forgets to divide by n - 1: compares the sum of squared deviations with the threshold.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    centre = mu.mean(dim=0)
    ss = ((mu - centre) ** 2).sum(dim=0)
    return int((ss > threshold).sum())


# %% wrong | active_units | skips-first | The loop over the dimensions starts at 1 and leaves out the first one.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    active = 0
    for j in range(1, mu.size(1)):
        if mu[:, j].var().item() > threshold:
            active += 1
    return active


# %% wrong | active_units | adjacent-images | Looks only at the squared difference of the first two images instead of the variance over all of them.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    first, second = mu[0], mu[1]
    var = (first - second) ** 2 / 2  # variance of two numbers, as in the example
    return int((var > threshold).sum())


# %% right | active_units | column-loop | A loop over the columns with the definition of the variance written out.
def active_units(mu, threshold=0.01):
    n = len(mu)
    how_many = 0
    for column in mu.T:
        mean = column.sum() / n
        squared = (column - mean) ** 2
        variance = squared.sum() / (n - 1)
        print("variance", variance)
        if variance > threshold:
            how_many += 1
    return how_many


# %% right | active_units | covariance-diagonal | Takes the diagonal of torch.cov.
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    cov = torch.atleast_2d(torch.cov(mu.T))
    return torch.count_nonzero(cov.diagonal() > threshold).item()


# %% right | active_units | numpy-ddof | NumPy with ddof=1 on a float64 copy.
def active_units(mu, threshold=0.01):
    a = mu.detach().cpu().numpy().astype(np.float64)
    return int(np.count_nonzero(a.var(axis=0, ddof=1) > threshold))


# %% right | active_units | builtin-sum | The built-in sum over a generator of Python booleans.
def active_units(mu, threshold=0.01):
    return sum(v > threshold for v in torch.var(mu, 0).tolist())


# %% right | active_units | filter-lambda | Functional style: map, filter and len, with std squared.
is_above = lambda limit: (lambda s: s**2 > limit)
active_units = lambda mu, threshold=0.01: len(
    list(filter(is_above(threshold), map(lambda c: c.double().std().item(), mu.unbind(dim=1))))
)


# %% wrong | linear_warmup | never-stops | The ramp never stops: beta goes on rising above beta_max after warmup_steps.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return beta_max
    return beta_max * step / warmup_steps


# %% wrong | linear_warmup | starts-above-zero | The ramp uses step + 1, so it does not start at 0 and ends one step early.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return beta_max
    return beta_max * min(1.0, (step + 1) / warmup_steps)


# %% wrong | linear_warmup | divides-by-zero | With warmup_steps 0 it divides by zero.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    return beta_max * min(1.0, step / warmup_steps)


# %% wrong | linear_warmup | no-ramp-no-beta | With warmup_steps 0 it returns 0 at every step instead of beta_max.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return 0.0
    return beta_max * min(step / warmup_steps, 1.0)


# %% wrong | linear_warmup | max-one-in-denominator | Guards the division with max(warmup_steps, 1), so with warmup_steps 0 step 0 gives 0 instead of beta_max.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    return beta_max * min(1.0, step / max(warmup_steps, 1))


# %% wrong | linear_warmup | beta-max-ignored | Returns the fraction of the ramp from 0 to 1 and never multiplies by beta_max.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return 1.0
    return step / warmup_steps


# %% wrong | linear_warmup | slope-without-beta-max | The slope is 1 / warmup_steps and only the limit is beta_max: unless beta_max is 1, beta_max is not reached at warmup_steps.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return beta_max
    return min(beta_max, step / warmup_steps)


# %% wrong | linear_warmup | integer-division | Uses //, so beta stays 0 until the end of the ramp and then jumps.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    return step // warmup_steps * beta_max


# %% wrong | linear_warmup | sigmoid | Raises beta along a sigmoid (as Bowman et al.) instead of a straight line.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    t = step / warmup_steps
    return beta_max / (1 + math.exp(-10 * (t - 0.5)))


# %% wrong | linear_warmup | cosine | Raises beta along half a cosine; right at 0, at half and at the end, but not a straight line between.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    return beta_max * 0.5 * (1 - math.cos(math.pi * step / warmup_steps))


# %% wrong | linear_warmup | linspace-one-short | Reads beta from linspace with warmup_steps points instead of warmup_steps + 1, so beta_max is reached one step early and the slope is too steep.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    return float(np.linspace(0.0, beta_max, warmup_steps)[step])


# %% wrong | linear_warmup | falls | The ramp is upside down: beta falls from beta_max to 0.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return beta_max
    fraction = min(step / warmup_steps, 1.0)
    return beta_max * (1 - fraction)


# %% wrong | linear_warmup | one-after-the-ramp | After the ramp it returns 1 instead of beta_max.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step < warmup_steps:
        return beta_max * step / warmup_steps
    return 1.0


# %% wrong | linear_warmup | starts-again | Takes step modulo warmup_steps, so beta falls back to 0 at the end of the ramp and rises again.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return beta_max
    return beta_max * (step % warmup_steps) / warmup_steps


# %% wrong | linear_warmup | max-for-min | Writes max where min belongs: beta is beta_max during the ramp and grows without limit after it.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return beta_max
    return max(beta_max, beta_max * step / warmup_steps)


# %% wrong | linear_warmup | quadratic | The fraction of the ramp is squared, so the ramp is a parabola.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    progress = step / warmup_steps
    return beta_max * progress**2


# %% wrong | linear_warmup | own-counter | Counts its own calls and ignores the argument step, so the result depends on what was called before.
_calls = 0


def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    global _calls
    if _calls >= warmup_steps:
        return beta_max
    beta = beta_max * _calls / warmup_steps
    _calls += 1
    return beta


# %% wrong | linear_warmup | ten-stairs | Rounds the fraction to one decimal: right for a ramp of 10 steps, a staircase for a longer one.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    return beta_max * round(step / warmup_steps, 1)


# %% wrong | linear_warmup | full-at-half | The ramp ends at half of warmup_steps already.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    half = warmup_steps / 2
    if step >= half:
        return beta_max
    return beta_max * step / half


# %% wrong | linear_warmup | ratio-upside-down | The fraction is upside down, warmup_steps / step, so beta is beta_max during the ramp and falls after it.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return beta_max
    if step == 0:
        return 0.0
    return beta_max * min(1.0, warmup_steps / step)


# %% wrong | linear_warmup | fixed-ten-thousand | The length of the ramp is a fixed 10000 steps; the argument warmup_steps is only asked whether it is 0.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return beta_max
    return min(beta_max, beta_max * step / 10000)


# %% wrong | linear_warmup | no-ramp-means-one | With warmup_steps 0 it returns 1 instead of beta_max; the rest is right.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    fraction = 1.0
    if warmup_steps == 0:
        return fraction
    fraction = min(step / warmup_steps, 1.0)
    return fraction * beta_max


# %% wrong | linear_warmup | small-floor | Never goes below a tenth of beta_max, so the ramp does not start at 0.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    # a beta of exactly 0 would switch the KL off
    return max(0.1 * beta_max, beta_max * step / warmup_steps)


# %% wrong | linear_warmup | capped-at-one | Caps the product at 1 instead of capping the fraction, so a beta_max above 1 is never reached and one below 1 is exceeded.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if warmup_steps == 0:
        return beta_max
    return min(1.0, beta_max * step / warmup_steps)


# %% wrong | linear_warmup | beta-max-squared | Multiplies by beta_max twice on the ramp, so the ramp is too steep or too flat unless beta_max is 1.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    if step >= warmup_steps:
        return beta_max
    increment = beta_max / warmup_steps
    return beta_max * increment * step


# %% wrong | linear_warmup | no-stop-and-zero-division | Two mistakes at once: the ramp never stops, and warmup_steps 0 divides by zero.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    return step / warmup_steps * beta_max


# %% right | linear_warmup | np-interp | NumPy's interp between two points, with a guard for no ramp.
def linear_warmup(step, warmup_steps, beta_max):
    if not warmup_steps:
        return float(beta_max)
    return float(np.interp(step, [0, warmup_steps], [0.0, beta_max]))


# %% right | linear_warmup | try-except | Catches the ZeroDivisionError instead of asking first.
def linear_warmup(step, warmup_steps, beta_max):
    try:
        part = step / warmup_steps
    except ZeroDivisionError:
        part = 1
    if part > 1:
        part = 1
    return beta_max * part


# %% right | linear_warmup | lambda | One conditional expression in a lambda.
linear_warmup = lambda step, warmup_steps, beta_max: (
    beta_max if step >= warmup_steps else beta_max * (step / warmup_steps)
)


# %% right | linear_warmup | remaining-steps | Counts down: beta_max less the share of the ramp that is left.
def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    left = max(warmup_steps - step, 0)
    share_left = left / warmup_steps if warmup_steps > 0 else 0.0
    beta = (1.0 - share_left) * beta_max
    return beta


# %% right | linear_warmup | beginner-cases | Long-winded beginner code, one case for each row of the table, with a print.
def linear_warmup(step, warmup_steps, beta_max):
    beta = None
    if warmup_steps == 0:
        beta = beta_max
    elif step == 0:
        beta = 0.0
    elif step < warmup_steps:
        how_far = float(step) / float(warmup_steps)
        beta = how_far * beta_max
    elif step == warmup_steps:
        beta = beta_max
    else:
        beta = beta_max
    print("step", step, "beta", beta)
    return beta


# %% right | linear_warmup | closure-class | A schedule class with __call__, used inside the function.
class _Ramp:
    def __init__(self, length, top):
        self.length, self.top = length, top

    def __call__(self, t):
        return self.top * min(t, self.length) / self.length if self.length else self.top


def linear_warmup(step: int, warmup_steps: int, beta_max: float) -> float:
    return _Ramp(warmup_steps, beta_max)(step)


# %% wrong | capacity_loss | no-absolute-value | The absolute value is missing: gamma * (kl - capacity).
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * (kl - capacity)


# %% wrong | capacity_loss | image-by-image | Takes the distance to the capacity of each image and averages the distances afterwards.
def capacity_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma: float, capacity: float
) -> Tensor:
    recon = bernoulli_nll(x_logits, x)
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1)
    return (recon + gamma * (kl - capacity).abs()).mean()


# %% wrong | capacity_loss | squared | Squares the distance instead of taking its absolute value.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * (kl - capacity) ** 2


# %% wrong | capacity_loss | only-above | Penalises only a KL above the capacity (relu); a KL below it costs nothing.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * torch.relu(kl - capacity)


# %% wrong | capacity_loss | only-below | Penalises only a KL below the capacity; a KL above it costs nothing.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (capacity - kl).clamp(min=0)


# %% wrong | capacity_loss | kl-batch-sum | The KL is summed over the batch, so the capacity is shared by all images.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = 0.5 * torch.sum(mu**2 + log_var.exp() - 1 - log_var)
    return recon + gamma * torch.abs(kl - capacity)


# %% wrong | capacity_loss | kl-dimension-mean | The KL is averaged over the latent dimensions too before it is compared with the capacity.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).mean()
    return recon + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | gamma-inside | Gamma stands inside the absolute value with the KL only, abs(gamma * kl - capacity), so the KL settles at capacity / gamma.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=gamma)
    return recon + torch.abs(gamma * kl - capacity)


# %% wrong | capacity_loss | no-gamma | Gamma is forgotten: the distance enters with weight 1.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    loss, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, gamma)
    return recon + (kl - capacity).abs()


# %% wrong | capacity_loss | abs-around-all | The absolute value is taken around the whole loss, not around the distance, so a KL below the capacity lowers the loss.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return abs(recon + gamma * (kl - capacity))


# %% wrong | capacity_loss | capacity-per-dimension | Compares the KL of every latent dimension with the capacity and adds the distances.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kls = kl_per_dimension(mu, log_var)
    return recon + gamma * (kls - capacity).abs().sum()


# %% wrong | capacity_loss | capacity-split-over-dimensions | Gives every dimension an equal share of the capacity, capacity / latent_dim, and adds the distances of the dimensions.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    share = capacity / mu.shape[1]
    distance = (kl_per_dimension(mu, log_var) - share).abs().sum()
    return recon + gamma * distance


# %% wrong | capacity_loss | returns-three | Returns the tuple (loss, recon, kl) instead of one scalar.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    loss = recon + gamma * (kl - capacity).abs()
    return loss, recon, kl


# %% wrong | capacity_loss | kl-as-number | Turns the KL into a Python number with item(), so the penalty has no gradient to mu and log_var.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 1.0)
    return recon + gamma * abs(kl.item() - capacity)


# %% wrong | capacity_loss | recon-is-the-loss | Takes the first value of beta_vae_loss, recon plus KL, for the reconstruction, so the KL is counted once more.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon, _, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * torch.abs(kl - capacity)


# %% wrong | capacity_loss | terms-swapped | Unpacks recon and kl in the wrong order, so the reconstruction is held to the capacity and the KL is added.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, kl, recon = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | free-nats | Uses max(kl, capacity) as in "free bits" instead of the distance: below the capacity the penalty is constant.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * torch.clamp(kl, min=capacity)


# %% wrong | capacity_loss | plus-capacity | A sign typo: the capacity is added to the KL instead of subtracted.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl + capacity).abs()


# %% wrong | capacity_loss | per-image-recon | The reconstruction is not averaged, so the result has the shape (batch,) instead of a scalar.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x)
    kl = kl_per_dimension(mu, log_var).sum()
    return recon + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | smooth-l1 | Uses the smooth L1 loss, which is half the square near the target and half a nat too small far from it.
import torch.nn.functional as F


def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    target = torch.full_like(kl, capacity)
    return recon + gamma * F.smooth_l1_loss(kl, target)


# %% wrong | capacity_loss | thousand | Gamma is fixed at 1000 as in the paper; the argument is ignored.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    gamma = 1000.0
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | rises-inside | Raises the capacity itself with a counter of its calls, from 0 to the argument over 1000 calls.
_step = 0


def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    global _step
    C = min(capacity, capacity * _step / 1000)
    _step += 1
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl - C).abs()


# %% wrong | capacity_loss | recon-mean-over-pixels | The reconstruction is averaged over the pixels.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = nn.functional.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | capacity-in-bits | Reads the capacity as bits and converts it to nats.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * torch.abs(kl - capacity * math.log(2))


# %% wrong | capacity_loss | overwrites-log-var | Computes the variance with exp_(), which changes log_var in place (or raises an error for a leaf that requires gradients).
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    old = log_var.clone()
    kl = 0.5 * (mu**2 + log_var.exp_() - 1 - old).sum(1).mean()
    return recon + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | gamma-on-everything | Gamma multiplies the sum of reconstruction and distance.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return gamma * (recon + (kl - capacity).abs())


# %% wrong | capacity_loss | capacity-times-batch | Multiplies the capacity by the batch size although the KL is already a mean over the batch.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl - capacity * x.shape[0]).abs()


# %% wrong | capacity_loss | float32 | Makes float32 tensors of everything, so float64 inputs give a float32 loss.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits.float(), x.float(), mu.float(), log_var.float(), 1.0)
    return recon + gamma * (kl - capacity).abs()


# %% wrong | capacity_loss | relative-distance | Divides the distance by the capacity, so gamma is no longer the penalty for each nat (and capacity 0 divides by almost zero).
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    return recon + gamma * (kl - capacity).abs() / (capacity + 1e-8)


# %% wrong | capacity_loss | squared-and-batch-sum | Two mistakes at once: the KL is summed over the batch, and the distance is squared.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return recon + gamma * (kl - capacity).pow(2)


# %% right | capacity_loss | two-relus | The absolute value as the sum of two relus, and names from the paper.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    D, R = beta_vae_loss(x_logits, x, mu, log_var, 0.0)[1:]
    return D + gamma * (torch.relu(R - capacity) + torch.relu(capacity - R))


# %% right | capacity_loss | distributions-only | Does not use the earlier exercise; torch.distributions for both terms.
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence


def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    q = Independent(Normal(mu, torch.exp(log_var / 2)), 1)
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    px = Bernoulli(logits=x_logits, validate_args=False)
    recon = -px.log_prob(x).sum(dim=1).mean()
    kl = kl_divergence(q, p).mean()
    return recon + gamma * torch.abs(kl - capacity)


# %% right | capacity_loss | l1-loss | Uses F.l1_loss with a target tensor and kl_per_dimension.
import torch.nn.functional as F


def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    rate = kl_per_dimension(mu, log_var).sum()
    goal = torch.full_like(rate, capacity)
    penalty = F.l1_loss(rate, goal, reduction="sum")
    return bernoulli_nll(x_logits, x).mean().add(penalty, alpha=gamma)


# %% right | capacity_loss | loops-beginner | A beginner's loop over the images, an if for the sign, and a print.
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    n = x.shape[0]
    recon_sum = 0
    kl_sum = 0
    for i in range(n):
        recon_sum = recon_sum + bernoulli_nll(x_logits[i : i + 1], x[i : i + 1])[0]
        kl_sum = kl_sum + (0.5 * (mu[i] ** 2 + log_var[i].exp() - 1 - log_var[i])).sum()
    recon = recon_sum / n
    kl = kl_sum / n
    if kl > capacity:
        distance = kl - capacity
    else:
        distance = capacity - kl
    print("kl", float(kl), "wanted", capacity)
    return recon + gamma * distance


# %% right | capacity_loss | max-of-both | The absolute value as the larger of the difference and its negative.
def capacity_loss(x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor, gamma, capacity):
    _, err, nats = beta_vae_loss(x_logits=x_logits, x=x, mu=mu, log_var=log_var, beta=1)
    gap = nats - capacity
    return torch.maximum(gap, -gap) * gamma + err


# %% wrong | mutual_information_gap | no-entropy | The gaps are not divided by the entropy of the factor.
def mutual_information_gap(latents, factors, num_bins=20):
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if isinstance(factors, Tensor):
        factors = factors.detach().cpu().numpy()
    codes = []
    for z in latents.T:
        edges = np.linspace(z.min(), z.max(), num_bins + 1)
        codes.append(np.digitize(z, edges[1:-1]))
    gaps = []
    for v in factors.T:
        info = sorted((mutual_info_score(v, c) for c in codes), reverse=True)
        gaps.append(info[0] - info[1])
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | relative-to-best | Divides the gap by the largest mutual information instead of the entropy of the factor.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = []
    for j in range(z.shape[1]):
        inner = np.linspace(z[:, j].min(), z[:, j].max(), num_bins + 1)[1:-1]
        binned.append(np.digitize(z[:, j], inner))
    total = 0.0
    for k in range(v.shape[1]):
        mi = sorted([mutual_info_score(b, v[:, k]) for b in binned])
        if mi[-1] > 0:
            total += (mi[-1] - mi[-2]) / mi[-1]
    return float(total / v.shape[1])


# %% wrong | mutual_information_gap | ratio-of-sums | Divides the sum of the gaps by the sum of the entropies instead of averaging the normalised gaps.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gap_sum, entropy_sum = 0.0, 0.0
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])[::-1]
        gap_sum += mi[0] - mi[1]
        entropy_sum += mutual_info_score(f, f)
    return float(gap_sum / entropy_sum)


# %% wrong | mutual_information_gap | entropy-in-bits | The entropy is computed with log2 while the mutual information is in nats, so every gap is too small by the factor log 2.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)

    def entropy(column):
        _, counts = np.unique(column, return_counts=True)
        p = counts / counts.sum()
        return -(p * np.log2(p)).sum()

    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])
        gaps.append((mi[-1] - mi[-2]) / entropy(f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | gap-per-latent | The gap is taken for each latent between its two best factors, and averaged over latents: the axes are confused.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    mi = np.zeros((z.shape[1], v.shape[1]))
    for j in range(z.shape[1]):
        inner = np.linspace(z[:, j].min(), z[:, j].max(), num_bins + 1)[1:-1]
        code = np.digitize(z[:, j], inner)
        for k in range(v.shape[1]):
            mi[j, k] = mutual_info_score(code, v[:, k]) / mutual_info_score(v[:, k], v[:, k])
    top = np.sort(mi, axis=1)[:, ::-1]
    second = top[:, 1] if v.shape[1] > 1 else 0.0
    return float(np.mean(top[:, 0] - second))


# %% wrong | mutual_information_gap | shared-bins | The bins run from the minimum to the maximum of all latents together, not of each latent.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    edges = np.linspace(z.min(), z.max(), num_bins + 1)
    codes = np.digitize(z, edges[1:-1])
    gaps = []
    for k in range(v.shape[1]):
        mi = [mutual_info_score(codes[:, j], v[:, k]) for j in range(z.shape[1])]
        mi.sort(reverse=True)
        gaps.append((mi[0] - mi[1]) / mutual_info_score(v[:, k], v[:, k]))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | quantile-bins | Uses bins with equally many values (quantiles) instead of bins of equal width.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    q = np.linspace(0, 1, num_bins + 1)[1:-1]
    binned = [np.digitize(c, np.quantile(c, q)) for c in z.T]
    gaps = []
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | one-bin-too-few | linspace makes num_bins edges instead of num_bins + 1, so each latent has num_bins - 1 bins.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | maximum-in-extra-bin | digitize gets all the edges, the last one too, so the maximum falls into a bin of its own behind the last one.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = []
    for c in z.T:
        edges = np.linspace(c.min(), c.max(), num_bins + 1)
        binned.append(np.digitize(c, edges))
    gaps = []
    for f in v.T:
        mi = sorted([mutual_info_score(f, b) for b in binned], reverse=True)
        gaps.append((mi[0] - mi[1]) / mutual_info_score(f, f))
    return float(sum(gaps) / len(gaps))


# %% wrong | mutual_information_gap | constant-latent-stops | A latent that never moves has width 0 and stops the function with a division by zero.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = []
    for j in range(z.shape[1]):
        column = z[:, j].tolist()
        low, high = min(column), max(column)
        binned.append([min(int((t - low) * num_bins / (high - low)), num_bins - 1) for t in column])
    gaps = []
    for f in v.T:
        mi = sorted([mutual_info_score(f, b) for b in binned], reverse=True)
        gaps.append((mi[0] - mi[1]) / mutual_info_score(f, f))
    return float(sum(gaps) / len(gaps))


# %% wrong | mutual_information_gap | edge-goes-down | digitize with right=True puts a value on an inner edge into the bin below it instead of the bin above.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = []
    for c in z.T:
        inner = np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]
        binned.append(np.digitize(c, inner, right=True))
    gaps = []
    for f in v.T:
        mi = sorted([mutual_info_score(f, b) for b in binned], reverse=True)
        gaps.append((mi[0] - mi[1]) / mutual_info_score(f, f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | returns-tensor | Returns a scalar tensor instead of a Python float.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(f, f))
    return torch.tensor(gaps).mean()


# %% wrong | mutual_information_gap | rounded-to-grid | Rounds each latent to the nearest of num_bins grid points instead of cutting it into bins, so the outer bins have half the width.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    lo, hi = z.min(axis=0), z.max(axis=0)
    width = np.where(hi > lo, hi - lo, 1.0)
    codes = np.round((z - lo) / width * (num_bins - 1)).astype(int)
    gaps = []
    for f in v.T:
        mi = np.sort([mutual_info_score(f, c) for c in codes.T])
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | twenty-bins | The number of bins is a fixed 20; the argument num_bins is ignored.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), 21)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | two-smallest | Sorts in ascending order and takes the gap between the two smallest instead of the two largest.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        mi = sorted(mutual_info_score(f, b) for b in binned)
        gaps.append(abs(mi[0] - mi[1]) / mutual_info_score(f, f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | best-minus-worst | Subtracts the smallest mutual information from the largest instead of the second largest.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    result = 0
    for f in v.T:
        mi = [mutual_info_score(f, b) for b in binned]
        result += (max(mi) - min(mi)) / mutual_info_score(f, f)
    return float(result / v.shape[1])


# %% wrong | mutual_information_gap | best-minus-mean | Subtracts the mean of all the other latents instead of the second best one.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])[::-1]
        gaps.append((mi[0] - mi[1:].mean()) / mutual_info_score(f, f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | only-the-best | The second best latent is not subtracted: this is the mean of the best normalised information, not a gap.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    scores = []
    for f in v.T:
        best = max(mutual_info_score(f, b) for b in binned)
        scores.append(best / mutual_info_score(f, f))
    return float(np.mean(scores))


# %% wrong | mutual_information_gap | sum-of-gaps | Returns the sum over the factors instead of the mean.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    mig = 0.0
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])
        mig += (mi[-1] - mi[-2]) / mutual_info_score(f, f)
    return float(mig)


# %% wrong | mutual_information_gap | sklearn-normalised | Uses scikit-learn's normalised mutual information, which divides by the mean of both entropies, the latent's too.
from sklearn.metrics import normalized_mutual_info_score


def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        nmi = np.sort([normalized_mutual_info_score(f, b) for b in binned])
        gaps.append(nmi[-1] - nmi[-2])
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | five-factors | Divides the sum of the gaps by a fixed 5, the number of factors of the sprites.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    total = 0.0
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])
        total += (mi[-1] - mi[-2]) / mutual_info_score(f, f)
    return float(total / 5)


# %% wrong | mutual_information_gap | divided-by-latents | Divides the sum of the gaps by the number of latents instead of the number of factors.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    K = z.shape[1]
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    total = 0.0
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])
        total += (mi[-1] - mi[-2]) / mutual_info_score(f, f)
    return float(total / K)


# %% wrong | mutual_information_gap | tensors-only | Works for tensors only: an array has no detach and raises an AttributeError.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy()
    v = factors.detach().cpu().numpy()
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | shifts-latents-in-place | Shifts the latents in place so that each minimum is 0, so the caller's tensor or array is changed.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    z -= z.min(axis=0)
    binned = [np.digitize(c, np.linspace(0, c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | last-factor-missing | The loop over the factors stops one early, and the mean is over the others only.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for k in range(max(v.shape[1] - 1, 1)):
        f = v[:, k]
        mi = np.sort([mutual_info_score(f, b) for b in binned])
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | nearest-neighbours | Estimates the mutual information of the real-valued latents with scikit-learn's nearest-neighbour method instead of bins.
from sklearn.feature_selection import mutual_info_classif


def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    gaps = []
    for f in v.T:
        mi = np.sort(mutual_info_classif(z, f, discrete_features=False, random_state=0))
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | largest-possible-entropy | Divides by the logarithm of the number of values, which is the entropy only if all values are equally frequent.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])
        entropy = np.log(len(np.unique(f)))
        gaps.append((mi[-1] - mi[-2]) / entropy)
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | cast-to-int | Does not bin: the latents are cut to whole numbers with astype(int), whatever their range and num_bins.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = z.astype(int)
    gaps = []
    for f in v.T:
        mi = np.sort([mutual_info_score(f, c) for c in codes.T])
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | correlation | Uses squared correlations between latents and factors in place of mutual information.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    gaps = []
    for f in v.T:
        scores = []
        for c in z.T:
            if c.std() == 0:
                scores.append(0.0)
            else:
                scores.append(np.corrcoef(c, f)[0, 1] ** 2)
        scores.sort(reverse=True)
        gaps.append(scores[0] - scores[1])
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | latent-entropy | Divides the gap by the entropy of the best informed latent instead of the entropy of the factor.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        mi = np.array([mutual_info_score(f, b) for b in binned])
        first, second = np.argsort(mi)[::-1][:2]
        h = mutual_info_score(binned[first], binned[first])
        gaps.append((mi[first] - mi[second]) / h if h > 0 else 0.0)
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | fixed-range | The bins run from -3 to 3 for every latent, not from its own minimum to its maximum.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    inner = np.linspace(-3, 3, num_bins + 1)[1:-1]
    binned = [np.digitize(c, inner) for c in z.T]
    gaps = []
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(f, f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | latent-k-for-factor-k | Takes latent k as the best one for factor k and subtracts the best of the others: right for the perfect code only.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for k, f in enumerate(v.T):
        mi = [mutual_info_score(f, b) for b in binned]
        own = mi.pop(k)
        gaps.append((own - max(mi)) / mutual_info_score(f, f))
    return float(np.mean(gaps))


# %% wrong | mutual_information_gap | median | Returns the median of the gaps over the factors instead of the mean.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    binned = [np.digitize(c, np.linspace(c.min(), c.max(), num_bins + 1)[1:-1]) for c in z.T]
    gaps = []
    for f in v.T:
        mi = np.sort([mutual_info_score(f, b) for b in binned])
        gaps.append((mi[-1] - mi[-2]) / mutual_info_score(f, f))
    return float(np.median(gaps))


# %% wrong | mutual_information_gap | no-entropy-and-shared-bins | Two mistakes at once: the gaps are not divided by the entropy, and all latents share the same bin edges.
def mutual_information_gap(latents, factors, num_bins=20):
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    v = factors.detach().cpu().numpy() if torch.is_tensor(factors) else np.asarray(factors)
    codes = np.digitize(z, np.linspace(z.min(), z.max(), num_bins + 1)[1:-1])
    mi = np.array([[mutual_info_score(c, f) for c in codes.T] for f in v.T])
    mi.sort(axis=1)
    return float((mi[:, -1] - mi[:, -2]).mean())


# %% right | mutual_information_gap | own-entropies | Computes mutual information from entropies of counts, H(a) + H(b) - H(a, b), without scikit-learn.
def _to_array(t):
    return t.detach().cpu().numpy() if isinstance(t, Tensor) else np.asarray(t)


def _H(*columns):
    joint = np.stack(columns, axis=1)
    counts = np.unique(joint, axis=0, return_counts=True)[1]
    p = counts / counts.sum()
    return -np.sum(p * np.log(p))


def mutual_information_gap(latents, factors, num_bins=20):
    Z, V = _to_array(latents).astype(np.float64), _to_array(factors)
    bins = np.empty(Z.shape, dtype=np.int64)
    for j in range(Z.shape[1]):
        grid = np.linspace(Z[:, j].min(), Z[:, j].max(), num_bins + 1)
        bins[:, j] = np.searchsorted(grid[1:-1], Z[:, j], side="right")
    gaps = []
    for k in range(V.shape[1]):
        h = _H(V[:, k])
        info = [h + _H(b) - _H(b, V[:, k]) for b in bins.T]
        second, first = sorted(info)[-2:]
        gaps.append((first - second) / h)
    return float(sum(gaps) / len(gaps))


# %% right | mutual_information_gap | torch-only | All in torch: bucketize, a table of counts per pair, topk.
def mutual_information_gap(latents, factors, num_bins=20):
    z = torch.as_tensor(latents).detach().cpu().double()
    v = torch.as_tensor(factors).detach().cpu()

    def info(a, b):
        a = torch.unique(a, return_inverse=True)[1]
        b = torch.unique(b, return_inverse=True)[1]
        na, nb = int(a.max()) + 1, int(b.max()) + 1
        p = torch.bincount(a * nb + b, minlength=na * nb).reshape(na, nb).double() / len(a)
        outer = p.sum(1, keepdim=True) * p.sum(0, keepdim=True)
        keep = p > 0
        return (p[keep] * (p[keep] / outer[keep]).log()).sum()

    codes = []
    for column in z.unbind(1):
        edges = torch.linspace(
            column.min().item(), column.max().item(), num_bins + 1, dtype=torch.float64
        )
        codes.append(torch.bucketize(column.contiguous(), edges[1:-1].contiguous(), right=True))
    gaps = []
    for f in v.unbind(1):
        top = torch.stack([info(c, f) for c in codes]).topk(2).values
        gaps.append((top[0] - top[1]) / info(f, f))
    return torch.stack(gaps).mean().item()


# %% right | mutual_information_gap | histogram-edges | The style of disentanglement_lib: edges from np.histogram without the last one, and a matrix of mutual information.
def mutual_information_gap(latents, factors, num_bins=20):
    mus, ys = (a.detach().cpu().numpy() if torch.is_tensor(a) else a for a in (latents, factors))
    mus = mus.astype(np.float64).T
    ys = ys.T
    discretized = np.zeros_like(mus, dtype=int)
    for i in range(mus.shape[0]):
        discretized[i, :] = np.digitize(mus[i, :], np.histogram(mus[i, :], num_bins)[1][:-1])
    m = np.zeros([mus.shape[0], ys.shape[0]])
    for i in range(mus.shape[0]):
        for j in range(ys.shape[0]):
            m[i, j] = mutual_info_score(ys[j, :], discretized[i, :])
    entropy = np.array([mutual_info_score(y, y) for y in ys])
    sorted_m = np.sort(m, axis=0)[::-1]
    return float(np.mean(np.divide(sorted_m[0, :] - sorted_m[1, :], entropy)))


# %% right | mutual_information_gap | counts-edges-beginner | A long-winded beginner counts, for every value, how many inner edges are not above it, and searches the two largest by hand.
def mutual_information_gap(latents, factors, num_bins=20):
    if type(latents) is not np.ndarray:
        latents = latents.detach().cpu().numpy()
    if type(factors) is not np.ndarray:
        factors = factors.detach().cpu().numpy()
    number_of_latents = latents.shape[1]
    number_of_factors = factors.shape[1]
    all_codes = []
    for j in range(number_of_latents):
        values = latents[:, j].astype(float)
        edges = np.linspace(min(values), max(values), num_bins + 1)
        code = np.zeros(len(values), dtype=int)
        for e in edges[1:num_bins]:
            code = code + (values >= e)
        all_codes.append(code)
    total = 0
    for k in range(number_of_factors):
        v = factors[:, k]
        best = -1.0
        second = -1.0
        for code in all_codes:
            info = mutual_info_score(v, code)
            if info > best:
                second = best
                best = info
            elif info > second:
                second = info
        total = total + (best - second) / mutual_info_score(v, v)
    return float(total) / number_of_factors


# %% right | mutual_information_gap | floor-formula | Bin numbers by a floor formula with a clip for the maximum and a guard for a constant latent.
def mutual_information_gap(latents, factors, num_bins=20):
    as_np = lambda a: np.array(a.detach().cpu() if torch.is_tensor(a) else a)
    z, v = as_np(latents).astype("float64"), as_np(factors)
    low = z.min(0)
    width = z.max(0) - low
    width[width == 0] = 1
    codes = np.minimum(np.floor((z - low) * num_bins / width), num_bins - 1).astype(int)
    table = np.array([[mutual_info_score(f, c) for c in codes.T] for f in v.T])
    top = -np.partition(-table, 1, axis=1)[:, :2]
    h = np.array([mutual_info_score(f, f) for f in v.T])
    return ((top[:, 0] - top[:, 1]) / h).mean().item()
