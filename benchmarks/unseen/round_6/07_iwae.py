# %% wrong | binarize | cut-at-half | Thresholds at 0.5 instead of drawing, so grey pixels never vary.
def binarize(x: Tensor) -> Tensor:
    # binary image: above 0.5 is ink
    return (x > 0.5).to(x.dtype)


# %% wrong | binarize | bool-result | Returns the boolean comparison and not the dtype of x.
def binarize(x: Tensor) -> Tensor:
    coin = torch.rand(x.shape, device=x.device)
    return coin < x


# %% wrong | binarize | comparison-reversed | The comparison is the wrong way round, so a pixel is 1 with probability 1 - x.
def binarize(x):
    u = torch.rand_like(x)
    return (u > x).to(x.dtype)


# %% wrong | binarize | gaussian-noise | Uses normal instead of uniform noise, so the probabilities are wrong and white pixels can become 0.
def binarize(x: Tensor) -> Tensor:
    noise = torch.randn_like(x)
    return (noise < x).to(x.dtype)


# %% wrong | binarize | one-coin-for-all | One random number for the whole tensor instead of one per pixel.
def binarize(x: Tensor) -> Tensor:
    threshold = torch.rand(1, device=x.device)
    return (threshold < x).to(x.dtype)


# %% wrong | binarize | one-coin-per-image | One random threshold per image, shared by its pixels.
def binarize(x: Tensor) -> Tensor:
    u = torch.rand(x.shape[0], *[1] * (x.dim() - 1), device=x.device, dtype=x.dtype)
    return (x > u).to(x.dtype)


# %% wrong | binarize | shared-noise-over-batch | The same 784 random numbers are used for every image of the batch and other widths raise.
def binarize(x: Tensor) -> Tensor:
    u = torch.rand(784, device=x.device)
    return (u < x).to(x.dtype)


# %% wrong | binarize | in-place | Overwrites the grey images of the caller.
def binarize(x: Tensor) -> Tensor:
    return x.bernoulli_(x.clone())


# %% wrong | binarize | seeded | Seeds the generator in the function, so every call gives the same draw.
def binarize(x: Tensor) -> Tensor:
    torch.manual_seed(42)  # reproducible
    return torch.bernoulli(x)


# %% wrong | binarize | default-generator-state | A fresh generator with a fixed seed gives the same draw in every call.
def binarize(x: Tensor) -> Tensor:
    g = torch.Generator().manual_seed(0)
    return torch.bernoulli(x.cpu(), generator=g).to(x.device)


# %% wrong | binarize | float32-always | The result is float32 also for float64 images.
def binarize(x: Tensor) -> Tensor:
    return (torch.rand_like(x) < x).float()


# %% wrong | binarize | long-result | Returns integers.
def binarize(x: Tensor) -> Tensor:
    return torch.bernoulli(x).long()


# %% wrong | binarize | as-logits | Treats grey values as logits, so 0 becomes 1 in half of all draws.
from torch.distributions import Bernoulli


def binarize(x: Tensor) -> Tensor:
    return Bernoulli(logits=x).sample()


# %% wrong | binarize | relaxed | Draws a relaxed Bernoulli, whose values lie between 0 and 1.
from torch.distributions import RelaxedBernoulli


def binarize(x: Tensor) -> Tensor:
    p = x.clamp(1e-6, 1 - 1e-6)
    return RelaxedBernoulli(torch.tensor(0.5, dtype=x.dtype, device=x.device), probs=p).sample()


# %% wrong | binarize | round-noisy | Adds uniform noise and rounds, so a pixel of 0 can become 1 and a pixel of 1 can become 2.
def binarize(x: Tensor) -> Tensor:
    return torch.round(x + torch.rand_like(x))


# %% wrong | binarize | only-two-dims | Unpacks batch and pixels, so other shapes raise.
def binarize(x: Tensor) -> Tensor:
    batch, pixels = x.shape
    u = torch.rand(batch, pixels, dtype=x.dtype, device=x.device)
    return (u < x).to(x.dtype)


# %% right | binarize | rand-like | The plain comparison with uniform noise.
def binarize(x: Tensor) -> Tensor:
    return (torch.rand_like(x) < x).to(x.dtype)


# %% right | binarize | torch-bernoulli | The built-in function.
def binarize(x):
    return torch.bernoulli(x)


# %% right | binarize | distribution | torch.distributions, drawn from probs.
import torch.distributions as td


def binarize(x: Tensor) -> Tensor:
    return td.Bernoulli(probs=x).sample()


# %% right | binarize | where | torch.where on ones and zeros.
def binarize(x: Tensor) -> Tensor:
    """Draw pixels."""
    u = torch.rand(x.size(), dtype=x.dtype, device=x.device)
    return torch.where(x > u, torch.ones_like(x), torch.zeros_like(x))


# %% right | binarize | numpy-binomial | Draws with numpy and converts back to dtype and device of x.
import numpy as np


def binarize(x: Tensor) -> Tensor:
    p = x.detach().cpu().double().numpy()
    drawn = np.random.binomial(1, p)
    return torch.as_tensor(drawn).to(dtype=x.dtype, device=x.device)


# %% right | binarize | multinomial | A two-class multinomial draw per pixel.
def binarize(x: Tensor) -> Tensor:
    two_classes = torch.stack((1 - x, x), dim=-1).reshape(-1, 2)
    idx = torch.multinomial(two_classes, num_samples=1)
    return idx.reshape(x.shape).to(x.dtype)


# %% right | binarize | empty-like-bernoulli | In-place draw into a new tensor.
def binarize(x: Tensor) -> Tensor:
    out = torch.empty_like(x)
    out.bernoulli_(x)
    return out


# %% wrong | log_mean_exp | sum-not-mean | The count is not subtracted, so it is the log of the sum.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=dim)


# %% wrong | log_mean_exp | naive | exp underflows and overflows.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.log(torch.mean(torch.exp(values), dim=dim))


# %% wrong | log_mean_exp | global-max | Subtracts the largest value of the whole tensor, so rows far below it vanish.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.max()
    return m + (values - m).exp().mean(dim=dim).log()


# %% wrong | log_mean_exp | numel | Divides by the number of all elements.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return values.logsumexp(dim) - math.log(values.numel())


# %% wrong | log_mean_exp | batch-count | Always subtracts the log of the first dimension's size.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    n = len(values)
    return torch.logsumexp(values, dim) - math.log(n)


# %% wrong | log_mean_exp | divide-the-log | Divides the logarithm by the count instead of subtracting the log of it.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    # mean = sum / n
    return torch.logsumexp(values, dim=dim) / values.shape[dim]


# %% wrong | log_mean_exp | plus-log-n | Adds the log of the count.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    n = values.size(dim)
    return torch.logsumexp(values, dim=dim) + math.log(n)


# %% wrong | log_mean_exp | mean-of-logs | Averages the logarithms.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return values.mean(dim)  # log and exp cancel


# %% wrong | log_mean_exp | keepdim-left | Keeps the averaged dimension as size 1.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    biggest = values.amax(dim=dim, keepdim=True)
    return biggest + torch.log(torch.exp(values - biggest).mean(dim=dim, keepdim=True))


# %% wrong | log_mean_exp | squeeze-all | squeeze() without an argument removes other dimensions of size one too.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    biggest = values.amax(dim=dim, keepdim=True)
    return (biggest + torch.log(torch.exp(values - biggest).mean(dim=dim, keepdim=True))).squeeze()


# %% wrong | log_mean_exp | in-place | Subtracts the maximum from the caller's tensor.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.detach().amax(dim, keepdim=True)
    values -= m
    return values.exp().mean(dim).log() + m.squeeze(dim)


# %% wrong | log_mean_exp | no-grad | Not differentiable.
@torch.no_grad()
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim) - math.log(values.shape[dim])


# %% wrong | log_mean_exp | epsilon | A small constant in the logarithm puts a floor under small averages.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    eps = 1e-10
    return (values.exp().mean(dim=dim) + eps).log()


# %% wrong | log_mean_exp | ignores-dim | Always averages over the last dimension.
def log_mean_exp(values: Tensor, dim: int = 1) -> Tensor:
    m, _ = values.max(dim=-1, keepdim=True)
    return (m + (values - m).exp().mean(dim=-1, keepdim=True).log()).squeeze(-1)


# %% wrong | log_mean_exp | min-instead-of-max | Subtracts the smallest value, so large spreads overflow.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    low = values.min(dim=dim, keepdim=True).values
    return low.squeeze(dim) + (values - low).exp().mean(dim).log()


# %% wrong | log_mean_exp | forgot-to-add-back | The maximum is subtracted and never added again.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.amax(dim=dim, keepdim=True)
    return (values - m).exp().mean(dim=dim).log()


# %% wrong | log_mean_exp | double-exp | Computes in float64 without a shift, which still underflows below about -745.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    v = values.to(torch.float64)
    return v.exp().mean(dim).log().to(values.dtype)


# %% wrong | log_mean_exp | negative-dim | The count is wrong when dim is negative.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    other = 1
    for d in range(values.ndim):
        if d != dim:
            other *= values.shape[d]
    n = values.numel() / other
    return torch.logsumexp(values, dim) - math.log(n)


# %% wrong | log_mean_exp | no-keepdim-max | The maximum has lost its dimension, so it broadcasts along the wrong axis or raises.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.max(dim=dim).values
    return m + torch.log(torch.exp(values - m).mean(dim=dim))


# %% wrong | log_mean_exp | clamped | Clamps the values to the range in which exp is safe.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    safe = values.clamp(min=-80.0, max=80.0)
    return safe.exp().mean(dim=dim).log()


# %% right | log_mean_exp | logsumexp | The one-liner.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=dim) - math.log(values.shape[dim])


# %% right | log_mean_exp | own-max | The shift by each row's own maximum by hand.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.amax(dim=dim, keepdim=True)
    mean = (values - m).exp().mean(dim=dim)
    return m.squeeze(dim) + mean.log()


# %% right | log_mean_exp | logaddexp-loop | Adds the slices one by one in log space.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    slices = values.unbind(dim)
    total = slices[0]
    for s in slices[1:]:
        total = torch.logaddexp(total, s)
    return total - math.log(len(slices))


# %% right | log_mean_exp | log-inside | Subtracts the log of the count inside the sum.
def log_mean_exp(values, dim):
    n = values.size(dim)
    # every weight is divided by n before summing
    return (values - math.log(n)).logsumexp(dim)


# %% right | log_mean_exp | detached-max | The maximum is detached, which does not change the gradient.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    with torch.no_grad():
        shift = torch.max(values, dim=dim, keepdim=True)[0]
    shifted = torch.exp(values - shift)
    out = torch.log(shifted.sum(dim=dim, keepdim=True) / values.shape[dim]) + shift
    return out.squeeze(dim)


# %% right | log_mean_exp | movedim-helper | Moves the dimension to the end and uses a helper.
def _lme_last(v):
    top = v.max(-1).values
    return top + (v - top[..., None]).exp().mean(-1).log()


def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return _lme_last(values.movedim(dim, -1))


# %% wrong | effective_sample_size | naive-exp | Exponentials of unshifted log weights are 0 or infinite, so the shares are NaN.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.exp()
    w = w / w.sum(dim=1, keepdim=True)
    return 1 / (w**2).sum(dim=1)


# %% wrong | effective_sample_size | not-inverted | Returns the sum of squares and not its reciprocal.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.softmax(log_weights, dim=1)
    return (w * w).sum(dim=1)


# %% wrong | effective_sample_size | softmax-over-batch | Normalises over the images.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = log_weights.softmax(dim=0)
    return 1 / shares.square().sum(dim=1)


# %% wrong | effective_sample_size | unnormalised-kish | Kish's formula with unshifted exponentials, which overflow.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    # (sum w)^2 / sum w^2
    w = torch.exp(log_weights)
    return w.sum(1).pow(2) / w.pow(2).sum(1)


# %% wrong | effective_sample_size | square-of-sum | Squares the sum of shares, which is always 1.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.softmax(log_weights, dim=-1)
    return 1.0 / w.sum(dim=-1) ** 2


# %% wrong | effective_sample_size | perplexity | Exponential of the entropy, a different effective number.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    logp = torch.log_softmax(log_weights, dim=1)
    entropy = -(logp.exp() * logp).sum(dim=1)
    return entropy.exp()


# %% wrong | effective_sample_size | one-over-largest | One over the largest share.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    return 1 / log_weights.softmax(dim=1).amax(dim=1)


# %% wrong | effective_sample_size | scalar-result | Sums over the whole batch, so there is one number instead of one per image.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = nn.functional.softmax(log_weights, dim=1)
    return 1 / torch.sum(w**2)


# %% wrong | effective_sample_size | unbiased-variance | k / (1 + V) with the unbiased variance, which differs from the formula.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    k = log_weights.shape[1]
    relative = k * log_weights.softmax(dim=1)
    return k / (1 + relative.var(dim=1))


# %% wrong | effective_sample_size | softmax-of-exp | Takes exp first and the softmax of that, as if softmax wanted weights.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    weights = (log_weights - log_weights.amax(1, keepdim=True)).exp()
    normalised = weights.softmax(dim=1)
    return 1 / (normalised**2).sum(1)


# %% wrong | effective_sample_size | mean-of-squares | Averages the squares instead of summing them.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.softmax(log_weights, 1)
    return 1 / w.square().mean(1)


# %% wrong | effective_sample_size | in-place-shift | Shifts the caller's log weights in place.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    log_weights -= log_weights.max(dim=1, keepdim=True).values
    w = log_weights.exp()
    return w.sum(1) ** 2 / (w**2).sum(1)


# %% wrong | effective_sample_size | column-result | Returns (batch, 1).
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.softmax(log_weights, dim=1)
    return 1 / (w**2).sum(dim=1, keepdim=True)


# %% wrong | effective_sample_size | global-shift | One maximum for all images, so rows far below it become 0 / 0.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = (log_weights - log_weights.max()).exp()
    return w.sum(dim=1).square() / w.square().sum(dim=1)


# %% wrong | effective_sample_size | fraction | Divides by the number of samples, so the result lies in (0, 1].
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.softmax(1)
    ess = 1 / (w**2).sum(1)
    return ess / log_weights.size(1)


# %% wrong | effective_sample_size | logs-as-weights | Normalises the logarithms as if they were weights.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights / log_weights.sum(dim=1, keepdim=True)
    return 1 / (w**2).sum(dim=1)


# %% wrong | effective_sample_size | rounded | Rounds to whole samples and returns integers.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.softmax(dim=1)
    return (1 / w.pow(2).sum(dim=1)).round().int()


# %% right | effective_sample_size | softmax | The short form.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    return 1 / log_weights.softmax(dim=1).square().sum(dim=1)


# %% right | effective_sample_size | kish-shifted | Kish's formula after a shift of each row.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.exp(log_weights - log_weights.amax(dim=1, keepdim=True))
    return w.sum(dim=1) ** 2 / (w**2).sum(dim=1)


# %% right | effective_sample_size | einsum | Sum of squares by einsum, no graph.
@torch.no_grad()
def effective_sample_size(log_weights: Tensor) -> Tensor:
    p = torch.softmax(log_weights, dim=-1)
    return torch.einsum("bk,bk->b", p, p).reciprocal()


# %% right | effective_sample_size | log-space | Everything in logarithms.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    log_share = nn.functional.log_softmax(log_weights, dim=1)
    return (-torch.logsumexp(2 * log_share, dim=1)).exp()


# %% right | effective_sample_size | population-variance | k / (1 + V) with the population variance, which is the same number.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    k = log_weights.shape[1]
    relative = k * log_weights.softmax(dim=1)
    V = relative.var(dim=1, correction=0)
    return k / (1 + V)


# %% right | effective_sample_size | row-loop | A loop over images.
def effective_sample_size(log_weights):
    sizes = []
    for row in log_weights:
        w = (row - row.max()).exp()
        w = w / w.sum()
        sizes.append(1 / (w * w).sum())
    return torch.stack(sizes)


# %% wrong | log_importance_weights | plus-log-q | Adds log q instead of subtracting it.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    q = Normal(mu, sigma)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_qz = q.log_prob(z).sum(-1)
    return log_px + log_pz + log_qz


# %% wrong | log_importance_weights | variance-as-sigma | Uses exp(log_var) as the standard deviation everywhere.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu.unsqueeze(1), log_var.exp().unsqueeze(1))
    z = q.rsample((num_samples,)).squeeze(2).transpose(0, 1)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_x = -bernoulli_nll(logits, x[:, None])
    log_p_z = Normal(0, 1).log_prob(z).sum(-1)
    return log_p_x + log_p_z - q.log_prob(z).sum(-1)


# %% wrong | log_importance_weights | variance-in-log-q-only | z is right, but log q uses the variance as standard deviation.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    batch, latent = mu.shape
    mu = mu.unsqueeze(1)
    log_var = log_var.unsqueeze(1)
    eps = torch.randn(batch, num_samples, latent, dtype=mu.dtype, device=mu.device)
    z = mu + torch.exp(0.5 * log_var) * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (batch, num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    log_q = Normal(mu, torch.exp(log_var)).log_prob(z).sum(dim=-1)
    return log_px + log_pz - log_q


# %% wrong | log_importance_weights | same-noise | One noise vector per image is shared by all its samples.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, log_var = mu.unsqueeze(1), log_var.unsqueeze(1)
    sigma = (log_var / 2).exp()
    z = (mu + sigma * torch.randn_like(mu)).expand(-1, num_samples, -1)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (x.shape[0], num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(-1)
    return log_px + log_pz - log_qz


# %% wrong | log_importance_weights | noise-shared-by-images | The same noise is used for every image of the batch.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var * 0.5)
    noise = torch.randn(num_samples, mu.size(1), dtype=mu.dtype, device=mu.device)
    z = mu[:, None, :] + sigma[:, None, :] * noise
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    q = Normal(mu[:, None], sigma[:, None])
    p = Normal(torch.zeros_like(z), torch.ones_like(z))
    return -bernoulli_nll(x_logits, x[:, None]) + (p.log_prob(z) - q.log_prob(z)).sum(-1)


# %% wrong | log_importance_weights | closed-form-kl | Uses minus the closed-form KL for the last two densities.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    z = mu[:, None] + (log_var[:, None] / 2).exp() * torch.randn(
        len(x), num_samples, mu.shape[1], device=x.device, dtype=mu.dtype
    )
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return -bernoulli_nll(x_logits, x[:, None]) - kl[:, None]


# %% wrong | log_importance_weights | no-prior | The prior density is forgotten.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    z = q.rsample((num_samples,))  # (S, B, D)
    log_qz = q.log_prob(z).sum(-1).T
    z = z.transpose(0, 1)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    return -bernoulli_nll(logits, x.unsqueeze(1)) - log_qz


# %% wrong | log_importance_weights | nll-sign | bernoulli_nll is taken as log p(x|z) without the minus.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu = mu.unsqueeze(1)
    std = torch.exp(0.5 * log_var).unsqueeze(1)
    eps = torch.randn(mu.shape[0], num_samples, mu.shape[2], device=mu.device, dtype=mu.dtype)
    z = mu + std * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (x.shape[0], num_samples))
    log_px = bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_qz = Normal(mu, std).log_prob(z).sum(-1)
    return log_px + log_pz - log_qz


# %% wrong | log_importance_weights | sample-not-rsample | sample() cuts the gradient from z to the encoder.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(0.5 * log_var))
    z = q.sample((num_samples,))
    log_q = q.log_prob(z).sum(-1).T
    log_p = Normal(0.0, 1.0).log_prob(z).sum(-1).T
    z = z.transpose(0, 1)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    return -bernoulli_nll(logits, x.unsqueeze(1)) + log_p - log_q


# %% wrong | log_importance_weights | no-grad | Computes everything without gradients.
@torch.no_grad()
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    sigma = torch.exp(0.5 * log_var)
    columns = []
    for _ in range(num_samples):
        z = mu + sigma * torch.randn_like(sigma)
        log_w = -bernoulli_nll(model.decode(z), x)
        log_w = log_w + Normal(0.0, 1.0).log_prob(z).sum(-1) - Normal(mu, sigma).log_prob(z).sum(-1)
        columns.append(log_w)
    return torch.stack(columns, dim=1)


# %% wrong | log_importance_weights | samples-first | Returns (num_samples, batch).
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(0.5 * log_var))
    z = q.rsample((num_samples,))
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x)))
    log_px = -bernoulli_nll(logits, x)
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return log_px + log_pz - q.log_prob(z).sum(-1)


# %% wrong | log_importance_weights | rows-mixed-up | Rows are ordered by sample and image, but reshaped as image and sample, so weights belong to wrong images.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    B = x.shape[0]
    mu = mu.repeat(num_samples, 1)
    sigma = torch.exp(0.5 * log_var).repeat(num_samples, 1)
    z = mu + sigma * torch.randn_like(mu)
    log_px = -bernoulli_nll(model.decode(z), x.repeat(num_samples, 1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(1)
    return (log_px + log_pz - log_qz).view(B, num_samples)


# %% wrong | log_importance_weights | repeat-mismatch | Codes are repeated in blocks and images interleaved, so each code is scored on another image.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu = mu.repeat_interleave(num_samples, dim=0)
    log_var = log_var.repeat_interleave(num_samples, dim=0)
    std = (0.5 * log_var).exp()
    z = mu + std * torch.randn_like(std)
    xx = x.repeat(num_samples, 1)
    log_w = (
        -bernoulli_nll(model.decode(z), xx)
        + Normal(0.0, 1.0).log_prob(z).sum(-1)
        - Normal(mu, std).log_prob(z).sum(-1)
    )
    return log_w.view(-1, num_samples)


# %% wrong | log_importance_weights | mean-over-latent | Averages the Gaussian log densities over the latent dimensions instead of summing.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu[:, None] + sigma[:, None] * torch.randn(
        *mu.shape[:1], num_samples, mu.shape[1], dtype=mu.dtype, device=mu.device
    )
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (mu.shape[0], num_samples))
    log_pz = Normal(0.0, 1.0).log_prob(z).mean(-1)
    log_qz = Normal(mu[:, None], sigma[:, None]).log_prob(z).mean(-1)
    return -bernoulli_nll(x_logits, x[:, None]) + log_pz - log_qz


# %% wrong | log_importance_weights | mean-over-pixels | The likelihood is averaged over the pixels.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    import torch.nn.functional as F

    mu, log_var = model.encode(x)
    q = Normal(mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1))
    z = q.rsample((num_samples,)).squeeze(2).transpose(0, 1)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    target = x.unsqueeze(1).expand_as(x_logits)
    log_px = -F.binary_cross_entropy_with_logits(x_logits, target, reduction="none").mean(-1)
    return log_px + Normal(0.0, 1.0).log_prob(z).sum(-1) - q.log_prob(z).sum(-1)


# %% wrong | log_importance_weights | prior-at-noise | The prior is evaluated at the noise and not at z.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    eps = torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    sigma = torch.exp(0.5 * log_var)[:, None]
    z = mu[:, None] + sigma * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(x_logits, x[:, None])
    log_prior = Normal(0.0, 1.0).log_prob(eps).sum(-1)
    log_post = Normal(mu[:, None], sigma).log_prob(z).sum(-1)
    return log_px + log_prior - log_post


# %% wrong | log_importance_weights | no-log-sigma | The hand-written log q lacks the term with log sigma.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    batch, dim = mu.shape
    eps = torch.randn(batch, num_samples, dim, dtype=mu.dtype, device=mu.device)
    z = mu.unsqueeze(1) + (0.5 * log_var).exp().unsqueeze(1) * eps
    logits = model.decode(z.reshape(-1, dim)).reshape(batch, num_samples, -1)
    log_px = -bernoulli_nll(logits, x.unsqueeze(1))
    log_pz = -0.5 * (z**2 + math.log(2 * math.pi)).sum(-1)
    log_qz = -0.5 * (eps**2 + math.log(2 * math.pi)).sum(-1)
    return log_px + log_pz - log_qz


# %% wrong | log_importance_weights | probabilities | Logs of sigmoids, which are infinite for large logits.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    q = Normal(mu, sigma)
    z = q.rsample((num_samples,))
    p = torch.sigmoid(model.decode(z.flatten(0, 1))).unflatten(0, (num_samples, len(x)))
    log_px = (x * torch.log(p) + (1 - x) * torch.log(1 - p)).sum(-1)
    log_w = log_px + Normal(0.0, 1.0).log_prob(z).sum(-1) - q.log_prob(z).sum(-1)
    return log_w.T


# %% wrong | log_importance_weights | clamped-log-var | Clamps log_var to [-10, 10], which changes the encoder in the range that the docstring names.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    log_var = log_var.clamp(-10, 10)  # stability
    q = Normal(mu, torch.exp(0.5 * log_var))
    z = q.rsample((num_samples,))
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, x.shape[0]))
    log_w = -bernoulli_nll(logits, x) + Normal(0.0, 1.0).log_prob(z).sum(-1) - q.log_prob(z).sum(-1)
    return log_w.transpose(0, 1)


# %% right | log_importance_weights | straight | The shapes of the hints line by line.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    batch, latent_dim = mu.shape
    mu = mu.unsqueeze(1)
    sigma = (0.5 * log_var).exp().unsqueeze(1)
    noise = torch.randn(batch, num_samples, latent_dim, dtype=mu.dtype, device=mu.device)
    z = mu + sigma * noise
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (batch, num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(dim=-1)
    return log_px + log_pz - log_qz


# %% right | log_importance_weights | loop | One sample at a time, stacked along the second axis.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    result = []
    for _ in range(num_samples):
        z = q.rsample()
        log_px = -bernoulli_nll(model.decode(z), x)
        result.append(log_px + (prior.log_prob(z) - q.log_prob(z)).sum(dim=1))
    return torch.stack(result, dim=1)


# %% right | log_importance_weights | independent-transposed | torch.distributions with the samples in front, transposed at the end.
from torch.distributions import Independent


def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Independent(Normal(mu, (log_var * 0.5).exp()), 1)
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    z = q.rsample((num_samples,))  # S x B x L
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, -1))
    log_w = p.log_prob(z) - q.log_prob(z) - bernoulli_nll(logits, x)
    return log_w.transpose(0, 1)


# %% right | log_importance_weights | repeat-interleave | Repeats everything into rows and folds once at the end.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = (t.repeat_interleave(num_samples, dim=0) for t in model.encode(x))
    rows = x.repeat_interleave(num_samples, dim=0)
    std = torch.exp(0.5 * log_var)
    z = mu + std * torch.randn_like(std)
    log_w = -bernoulli_nll(model.decode(z), rows)
    log_w = log_w + Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_w = log_w - Normal(mu, std).log_prob(z).sum(-1)
    return log_w.view(len(x), num_samples)


# %% right | log_importance_weights | by-hand | Gaussian densities by hand from the noise; the constants cancel.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    b, d = mu.shape
    eps = torch.randn((b, num_samples, d), dtype=mu.dtype, device=mu.device)
    z = mu[:, None] + torch.exp(0.5 * log_var)[:, None] * eps
    logits = model.decode(z.reshape(b * num_samples, d)).reshape(b, num_samples, -1)
    # log p(z) - log q(z|x): the 2 pi terms are the same in both
    log_ratio = 0.5 * (eps**2 - z**2 + log_var[:, None]).sum(-1)
    return log_ratio - bernoulli_nll(logits, x[:, None])


# %% right | log_importance_weights | bce | F.binary_cross_entropy_with_logits instead of the course's function.
import torch.nn.functional as F


def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu[:, None].expand(-1, num_samples, -1), (log_var / 2).exp()[:, None].expand(-1, num_samples, -1))
    z = q.rsample()
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (x.size(0), num_samples))
    pixels = x[:, None].expand_as(logits)
    nll = F.binary_cross_entropy_with_logits(logits, pixels, reduction="none").sum(-1)
    return -nll + Normal(0.0, 1.0).log_prob(z).sum(-1) - q.log_prob(z).sum(-1)


# %% wrong | iwae_bound | mean-of-logs | Averages the log weights, which is the ELBO for any number of samples.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return log_w.mean(dim=1)


# %% wrong | iwae_bound | batch-axis | Averages over the images, one number per sample.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=0)


# %% wrong | iwae_bound | scalar | Averages over the batch as well.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    return log_mean_exp(log_importance_weights(model, x, num_samples), 1).mean()


# %% wrong | iwae_bound | no-log-k | Log of the sum and not of the average.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return torch.logsumexp(log_w, dim=-1)


# %% wrong | iwae_bound | naive-exp | The weights underflow to 0 in float32, so the log is minus infinity.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    w = log_importance_weights(model, x, num_samples).exp()
    return w.mean(dim=1).log()


# %% wrong | iwae_bound | negative | Returns the loss, minus the bound.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return -log_mean_exp(log_w, dim=1)


# %% wrong | iwae_bound | no-grad | Not differentiable.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    with torch.no_grad():
        log_w = log_importance_weights(model, x, num_samples)
        return log_mean_exp(log_w, dim=1)


# %% wrong | iwae_bound | detached | Detaches the weights before the average.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples).detach()
    return torch.logsumexp(log_w, 1) - math.log(num_samples)


# %% wrong | iwae_bound | seeded | Seeds in every call, so the samples are not fresh.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    runtime.seed_everything()
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)


# %% wrong | iwae_bound | best-sample | Takes the largest weight instead of the average.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return log_w.max(dim=1).values


# %% wrong | iwae_bound | softmax-weighted | Averages the log weights with the normalised weights, a different quantity.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    w_tilde = log_w.softmax(dim=1).detach()
    return (w_tilde * log_w).sum(dim=1)


# %% wrong | iwae_bound | log-of-batch | Subtracts the log of the batch size instead of the number of samples.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return log_w.logsumexp(dim=1) - math.log(len(log_w))


# %% wrong | iwae_bound | one-sample-repeated | Draws one sample and repeats it, so more samples never help.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, 1).repeat(1, num_samples)
    return log_mean_exp(log_w, dim=1)


# %% wrong | iwae_bound | epsilon-floor | A small constant against log 0 replaces the bound of every ordinary image.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return torch.log(log_w.exp().mean(1) + 1e-30)


# %% wrong | iwae_bound | per-pixel | Divides by the number of pixels, so it is not in nats per image.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    bound = log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)
    return bound / x.shape[1]


# %% right | iwae_bound | two-functions | Both own functions.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)


# %% right | iwae_bound | logsumexp | logsumexp minus log k.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return torch.logsumexp(log_w, dim=1) - math.log(num_samples)


# %% right | iwae_bound | logaddexp-loop | Draws one sample at a time and adds in log space.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    total = log_importance_weights(model, x, 1)[:, 0]
    for _ in range(num_samples - 1):
        total = torch.logaddexp(total, log_importance_weights(model, x, 1)[:, 0])
    return total - math.log(num_samples)


# %% right | iwae_bound | own-shift | Shifts by the largest log weight of each image.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    lw = log_importance_weights(model, x, num_samples)
    top, _ = lw.max(dim=-1, keepdim=True)
    return (top + (lw - top).exp().mean(dim=-1, keepdim=True).log()).squeeze(-1)


# %% right | iwae_bound | image-loop | One image after the other.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    bounds = [
        log_mean_exp(log_importance_weights(model, image, num_samples), dim=-1)
        for image in x.split(1)
    ]
    return torch.cat(bounds)


# %% wrong | log_likelihood | mean-of-bounds | Averages the bounds of the chunks.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    bounds = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            bounds.append(iwae_bound(model, x, size))
    return torch.stack(bounds).mean(dim=0)


# %% wrong | log_likelihood | size-weighted-bounds | Averages the chunks' bounds weighted by size, which still averages logarithms.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    total = 0.0
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            total = total + size * iwae_bound(model, x, size)
    return total / num_samples


# %% wrong | log_likelihood | chunks-count-the-same | log-mean-exp of the chunks' bounds, in which a small last chunk counts like a full one.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        bounds = [
            iwae_bound(model, x, min(chunk_size, num_samples - s))
            for s in range(0, num_samples, chunk_size)
        ]
        return log_mean_exp(torch.stack(bounds, dim=1), dim=1)


# %% wrong | log_likelihood | full-last-chunk | The last chunk is always full, so too many samples are drawn.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        chunks = [
            log_importance_weights(model, x, chunk_size)
            for _ in range(0, num_samples, chunk_size)
        ]
        return log_mean_exp(torch.cat(chunks, dim=1), dim=1)


# %% wrong | log_likelihood | rest-dropped | Integer division drops the rest, and a chunk larger than num_samples leaves nothing to join.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    parts = []
    for _ in range(num_samples // chunk_size):
        parts.append(log_importance_weights(model, x, chunk_size))
    return log_mean_exp(torch.cat(parts, dim=1), dim=1)


# %% wrong | log_likelihood | with-graph | Records the graph of every chunk.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    pieces = []
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        pieces.append(log_importance_weights(model, x, size))
    return log_mean_exp(torch.cat(pieces, dim=1), dim=1)


# %% wrong | log_likelihood | detach-at-the-end | Detaches only the result, so the graphs of all chunks are recorded and kept meanwhile.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    log_w = torch.cat(
        [
            log_importance_weights(model, x, min(chunk_size, num_samples - i))
            for i in range(0, num_samples, chunk_size)
        ],
        dim=1,
    )
    return log_mean_exp(log_w, dim=1).detach()


# %% wrong | log_likelihood | eval-left | Puts the model into evaluation mode and leaves it there.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    model.eval()
    parts = []
    remaining = num_samples
    while remaining > 0:
        n = min(remaining, chunk_size)
        parts.append(log_importance_weights(model, x, n))
        remaining -= n
    return log_mean_exp(torch.cat(parts, 1), 1)


# %% wrong | log_likelihood | freezes-parameters | Switches requires_grad off for the model and does not restore it.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    model.requires_grad_(False)
    parts = []
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        parts.append(log_importance_weights(model, x, size))
    return torch.cat(parts, dim=1).logsumexp(dim=1) - math.log(num_samples)


# %% wrong | log_likelihood | zero-grad | Clears the model's gradients to be safe.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    model.zero_grad()
    log_w = [
        log_importance_weights(model, x, min(chunk_size, num_samples - start))
        for start in range(0, num_samples, chunk_size)
    ]
    return log_mean_exp(torch.cat(log_w, dim=1), dim=1)


# %% wrong | log_likelihood | chunks-of-images | Splits the batch and not the samples, so chunk_size * num_samples rows are decoded at once.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    return torch.cat([iwae_bound(model, part, num_samples) for part in x.split(chunk_size)])


# %% wrong | log_likelihood | chunk-ignored | Decodes all samples at once.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        log_w = log_importance_weights(model, x, num_samples)
        parts = log_w.split(chunk_size, dim=1)
        total = torch.stack([p.logsumexp(dim=1) for p in parts]).logsumexp(dim=0)
        return total - math.log(num_samples)


# %% wrong | log_likelihood | wrong-count | Divides by the number of chunks times chunk_size.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    num_chunks = math.ceil(num_samples / chunk_size)
    sums = []
    for i in range(num_chunks):
        size = min(chunk_size, num_samples - i * chunk_size)
        sums.append(torch.logsumexp(log_importance_weights(model, x, size), dim=1))
    return torch.logsumexp(torch.stack(sums), dim=0) - math.log(num_chunks * chunk_size)


# %% wrong | log_likelihood | cat-over-batch | Joins the chunks below each other, so the result has one number per image and chunk.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    kept = []
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        kept.append(log_importance_weights(model, x, size))
    return log_mean_exp(torch.cat(kept), dim=1)


# %% wrong | log_likelihood | running-exp | Accumulates the weights themselves, which underflow.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    total = torch.zeros(len(x), device=x.device)
    done = 0
    while done < num_samples:
        n = min(chunk_size, num_samples - done)
        total += log_importance_weights(model, x, n).exp().sum(dim=1)
        done += n
    return torch.log(total / num_samples)


# %% wrong | log_likelihood | rest-is-modulo | The last chunk has num_samples % chunk_size samples, which is 0 when it divides, and one chunk is lost.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    out = []
    starts = list(range(0, num_samples, chunk_size))
    for start in starts:
        last = start == starts[-1]
        size = num_samples % chunk_size if last else chunk_size
        out.append(log_importance_weights(model, x, size))
    log_w = torch.cat(out, dim=1)
    return log_mean_exp(log_w, dim=1)


# %% wrong | log_likelihood | seed-per-chunk | Seeds before each chunk, so all chunks have the same noise.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    parts = []
    for start in range(0, num_samples, chunk_size):
        torch.manual_seed(0)
        parts.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    return log_mean_exp(torch.cat(parts, dim=1), dim=1)


# %% wrong | log_likelihood | elbo-of-all | Keeps everything right and then averages the log weights.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        ws = []
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            ws.append(log_importance_weights(model, x, size))
        return torch.cat(ws, dim=1).mean(dim=1)


# %% wrong | log_likelihood | grad-off-for-good | Switches gradients off globally and never on again, so later training fails.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    torch.set_grad_enabled(False)
    lw = []
    for start in range(0, num_samples, chunk_size):
        lw.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    return log_mean_exp(torch.cat(lw, dim=1), dim=1)


# %% right | log_likelihood | cat | Joins the log weights and averages once.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        kept = []
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            kept.append(log_importance_weights(model, x, size))
        return log_mean_exp(torch.cat(kept, dim=1), dim=1)


# %% right | log_likelihood | running-logaddexp | Keeps only a running log-sum-exp.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    total = None
    left = num_samples
    while left > 0:
        n = min(left, chunk_size)
        part = log_importance_weights(model, x, n).logsumexp(dim=1)
        total = part if total is None else torch.logaddexp(total, part)
        left -= n
    return total - math.log(num_samples)


# %% right | log_likelihood | sizes-list | Full chunks and a rest, from divmod.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    full, rest = divmod(num_samples, chunk_size)
    sizes = [chunk_size] * full + ([rest] if rest else [])
    log_w = torch.cat([log_importance_weights(model, x, s) for s in sizes], dim=1)
    return torch.logsumexp(log_w, dim=1) - math.log(num_samples)


# %% right | log_likelihood | weighted-bounds | Bounds of the chunks plus the log of their sizes, summed in log space.
def log_likelihood(model, x, num_samples, chunk_size):
    sums = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            k = min(chunk_size, num_samples - start)
            sums.append(iwae_bound(model, x, k) + math.log(k))
        return torch.stack(sums, dim=1).logsumexp(dim=1) - math.log(num_samples)


# %% right | log_likelihood | streaming-max | A running maximum and a running sum.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        peak = total = None
        drawn = 0
        while drawn < num_samples:
            n = min(chunk_size, num_samples - drawn)
            lw = log_importance_weights(model, x, n)
            drawn += n
            top = lw.amax(dim=1)
            if peak is None:
                peak, total = top, (lw - top[:, None]).exp().sum(dim=1)
                continue
            new = torch.maximum(peak, top)
            total = total * (peak - new).exp() + (lw - new[:, None]).exp().sum(dim=1)
            peak = new
        return peak + torch.log(total / num_samples)


# %% right | log_likelihood | generator-helper | A helper generator yields the chunk sizes.
def _chunk_sizes(total: int, chunk: int):
    while total > 0:
        yield min(chunk, total)
        total -= chunk


@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    columns = []
    for size in _chunk_sizes(num_samples, chunk_size):
        columns += log_importance_weights(model, x, size).unbind(dim=1)
    return log_mean_exp(torch.stack(columns), dim=0)
