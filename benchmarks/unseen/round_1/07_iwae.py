# %% right | binarize | bernoulli-call | Uses torch.bernoulli directly.
def binarize(x: Tensor) -> Tensor:
    """Each pixel becomes 1 with probability x and else 0."""
    return torch.bernoulli(x)
# %% right | binarize | where-on-coins | Compares uniform coins with x and picks ones or zeros by torch.where.
def binarize(x: Tensor) -> Tensor:
    coins = torch.rand_like(x)
    ones, zeros = torch.ones_like(x), torch.zeros_like(x)
    return torch.where(coins < x, ones, zeros)
# %% right | binarize | distribution-sample | Samples from torch.distributions.Bernoulli.
from torch.distributions import Bernoulli


def binarize(x: Tensor) -> Tensor:
    pixel = Bernoulli(probs=x)
    return pixel.sample()
# %% right | binarize | fill-new-tensor | Fills an empty tensor of the same kind in place, x stays as it is.
def binarize(x: Tensor) -> Tensor:
    out = torch.empty_like(x)
    out.bernoulli_(x)
    return out
# %% right | binarize | ceil-of-difference | Takes the ceiling of x - u, which is 1 exactly where u < x.
def binarize(x: Tensor) -> Tensor:
    # u in [0, 1), so x - u lies in (-1, 1]: positive -> 1, otherwise 0
    u = torch.rand(x.shape, dtype=x.dtype, device=x.device)
    return torch.ceil(x - u).abs()
# %% right | binarize | row-loop | Loops over the first dimension and stacks the rows.
def binarize(x: Tensor) -> Tensor:
    rows = []
    for row in x:
        rows.append((torch.rand_like(row) < row).type_as(row))
    return torch.stack(rows)
# %% wrong | binarize | threshold-half | Cuts at one half instead of drawing.
def binarize(x: Tensor) -> Tensor:
    """Each pixel becomes 1 with probability x and else 0."""
    return (x > 0.5).to(x.dtype)
# %% wrong | binarize | bool-result | Returns booleans, not the dtype of x.
def binarize(x: Tensor) -> Tensor:
    return torch.rand_like(x) < x
# %% wrong | binarize | inverted-comparison | A pixel becomes 1 with probability 1 - x.
def binarize(x: Tensor) -> Tensor:
    u = torch.rand_like(x)
    return (u > x).to(x.dtype)
# %% wrong | binarize | one-coin-per-call | A single random number decides about all pixels.
def binarize(x: Tensor) -> Tensor:
    coin = torch.rand(1, device=x.device)
    return (coin < x).to(x.dtype)
# %% wrong | binarize | one-coin-per-image | All pixels of an image share one random number.
def binarize(x: Tensor) -> Tensor:
    coin = torch.rand_like(x[..., :1])  # one per picture
    return (coin < x).to(x.dtype)
# %% wrong | binarize | coins-shared-over-batch | The same coins are used for every image of the batch.
def binarize(x: Tensor) -> Tensor:
    num_pixels = x.shape[-1]
    noise = torch.rand(num_pixels, dtype=x.dtype, device=x.device)
    return torch.where(noise < x, 1.0, 0.0).to(x.dtype)
# %% wrong | binarize | gaussian-coins | Draws the coins from a normal, not a uniform distribution.
def binarize(x: Tensor) -> Tensor:
    return (torch.randn_like(x) < x).to(x.dtype)
# %% wrong | binarize | fixed-generator | A generator with a fixed seed makes every call draw the same.
def binarize(x: Tensor) -> Tensor:
    gen = torch.Generator(device=x.device).manual_seed(0)
    u = torch.rand(x.shape, generator=gen, dtype=x.dtype, device=x.device)
    return (u < x).to(x.dtype)
# %% wrong | binarize | reseeds-globally | Seeds the global generator in each call, so draws are never fresh.
def binarize(x: Tensor) -> Tensor:
    torch.manual_seed(42)  # reproducible
    return torch.bernoulli(x)
# %% wrong | binarize | always-float32 | The result is float32 whatever the dtype of x.
def binarize(x: Tensor) -> Tensor:
    draw = torch.rand_like(x) < x
    return draw.float()
# %% wrong | binarize | in-place-draw | Draws into x itself, so the grey values are gone and a second call on x is not fresh.
def binarize(x: Tensor) -> Tensor:
    return x.bernoulli_(x)
# %% wrong | binarize | product-above-half | Compares x times a uniform number with one half, so pixels below 0.5 are never 1.
def binarize(x: Tensor) -> Tensor:
    u = torch.rand_like(x)
    return (u * x > 0.5).to(x.dtype)
# %% wrong | binarize | rounds-noisy-sum | Rounds x plus uniform noise, which gives values up to 2 and the wrong frequency.
def binarize(x: Tensor) -> Tensor:
    return (x + torch.rand_like(x)).round()
# %% right | log_mean_exp | logsumexp-minus-log | logsumexp less the logarithm of the count.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    """log(mean(exp(values))) along dim."""
    return torch.logsumexp(values, dim=dim) - math.log(values.shape[dim])
# %% right | log_mean_exp | by-hand-max | Subtracts the largest of each row and adds it back.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.amax(dim=dim, keepdim=True)
    rest = (values - m).exp().mean(dim=dim).log()
    return m.squeeze(dim) + rest
# %% right | log_mean_exp | pairwise-logaddexp | Folds the slices with torch.logaddexp.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    slices = values.unbind(dim)
    total = slices[0]
    for piece in slices[1:]:
        total = torch.logaddexp(total, piece)
    return total - math.log(len(slices))
# %% right | log_mean_exp | moves-axis-last | Moves the axis to the end, takes max values and works with keepdim.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    v = values.movedim(dim, -1)
    biggest, _ = v.max(-1, keepdim=True)
    biggest = biggest.detach()
    summed = torch.exp(v - biggest).sum(-1, keepdim=True)
    out = biggest + torch.log(summed / v.size(-1))
    return out[..., 0]
# %% right | log_mean_exp | double-inside | Computes in double precision and casts back to the dtype of values.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    count = values.size(dim)
    wide = values.double().logsumexp(dim) - torch.tensor(float(count), dtype=torch.float64).log().item()
    return wide.to(values.dtype)
# %% wrong | log_mean_exp | sum-not-mean | Forgets to subtract the logarithm of the count.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=dim)
# %% wrong | log_mean_exp | count-all-values | Subtracts the logarithm of the number of all values.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return values.logsumexp(dim) - math.log(values.numel())
# %% wrong | log_mean_exp | count-first-axis | Uses the length of the first axis as count, whatever dim is.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    n = len(values)
    return torch.logsumexp(values, dim) - math.log(n)
# %% wrong | log_mean_exp | naive | Leaves the logarithms, so it under- and overflows.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return values.exp().mean(dim=dim).log()
# %% wrong | log_mean_exp | global-maximum | Subtracts the largest of the whole tensor, so rows far below vanish.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.max()
    return m + torch.log(torch.exp(values - m).mean(dim=dim))
# %% wrong | log_mean_exp | mean-of-logs | Averages the logarithms.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.amax(dim=dim, keepdim=True)
    return m.squeeze(dim) + torch.exp(values - m).log().mean(dim=dim)
# %% wrong | log_mean_exp | max-not-added-back | Subtracts the maximum but does not add it back.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    largest = values.amax(dim=dim, keepdim=True)
    shifted = values - largest
    return shifted.exp().mean(dim=dim).log()
# %% wrong | log_mean_exp | keeps-dimension | The averaged dimension stays with length 1.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.amax(dim=dim, keepdim=True)
    return m + (values - m).exp().mean(dim=dim, keepdim=True).log()
# %% wrong | log_mean_exp | divides-outside | Divides the logarithm of the sum by the count.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=dim) / values.shape[dim]
# %% wrong | log_mean_exp | plus-log-count | Adds the logarithm of the count instead of subtracting it.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    k = values.shape[dim]
    return torch.logsumexp(values, dim=dim) + math.log(k)
# %% wrong | log_mean_exp | squeeze-everything | squeeze() without an argument also drops other dimensions of length 1.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.amax(dim=dim, keepdim=True)
    res = m + (values - m).exp().mean(dim=dim, keepdim=True).log()
    return res.squeeze()
# %% wrong | log_mean_exp | returns-double | The result is float64 also for float32 values.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    v = values.to(torch.float64)
    return torch.logsumexp(v, dim=dim) - math.log(v.shape[dim])
# %% wrong | log_mean_exp | always-last-axis | Ignores dim and averages over the last axis.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=-1) - math.log(values.shape[-1])
# %% wrong | log_mean_exp | clamped-tiny | Guards the naive formula with a clamp instead of subtracting the maximum.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    mean = values.exp().mean(dim=dim)
    return mean.clamp(min=1e-38, max=1e38).log()  # no log(0) any more
# %% right | effective_sample_size | softmax-squares | One over the sum of squared softmax weights.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.softmax(dim=1)
    return 1 / w.square().sum(dim=1)
# %% right | effective_sample_size | ratio-after-shift | Squared sum over sum of squares after subtracting each row's maximum.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    top = log_weights.max(dim=1, keepdim=True).values
    w = (log_weights - top).exp()
    return w.sum(1) ** 2 / (w**2).sum(1)
# %% right | effective_sample_size | all-in-logs | Stays in logarithms until the last step.
import torch.nn.functional as F


def effective_sample_size(log_weights: Tensor) -> Tensor:
    log_share = F.log_softmax(log_weights, dim=-1)
    return torch.exp(-torch.logsumexp(2 * log_share, dim=-1))
# %% right | effective_sample_size | einsum | Squares and sums in one einsum.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = torch.softmax(log_weights, 1)
    return torch.einsum("bk,bk->b", shares, shares).reciprocal()
# %% right | effective_sample_size | vector-norm | Uses the Euclidean norm of the weights to the power minus two.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    normalised = torch.exp(log_weights - torch.logsumexp(log_weights, dim=1, keepdim=True))
    normalised = normalised / normalised.sum(dim=1, keepdim=True)
    return torch.linalg.vector_norm(normalised, dim=1).pow(-2)
# %% wrong | effective_sample_size | softmax-over-batch | Normalises over the batch instead of the samples.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.softmax(dim=0)
    return 1 / w.square().sum(dim=1)
# %% wrong | effective_sample_size | naive-exp | Takes exponentials of raw logarithms, which overflow or vanish.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.exp()
    return w.sum(dim=1).square() / w.square().sum(dim=1)
# %% wrong | effective_sample_size | no-reciprocal | Returns the sum of squares, not one over it.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.softmax(log_weights, dim=1)
    return (w**2).sum(dim=1)
# %% wrong | effective_sample_size | one-over-largest | Uses the largest weight instead of the sum of squares.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.softmax(dim=1)
    return 1 / w.amax(dim=1)
# %% wrong | effective_sample_size | squares-after-sum | Squares the sum of the normalised weights, which is always 1.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.softmax(dim=1)
    return 1 / w.sum(dim=1).square()
# %% wrong | effective_sample_size | mean-of-squares | Takes the mean of the squares instead of their sum.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.softmax(dim=1)
    return 1 / w.pow(2).mean(dim=1)
# %% wrong | effective_sample_size | fraction-of-k | Returns the share ESS / k.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    k = log_weights.shape[1]
    w = log_weights.softmax(dim=1)
    ess = 1 / w.square().sum(dim=1)
    return ess / k
# %% wrong | effective_sample_size | perplexity | Exponential of the entropy, another measure than Kong's.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    log_p = log_weights.log_softmax(dim=1)
    entropy = -(log_p.exp() * log_p).sum(dim=1)
    return entropy.exp()
# %% wrong | effective_sample_size | norm-not-squared | One over the norm instead of the squared norm.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.softmax(dim=1)
    return 1 / w.norm(dim=1)
# %% wrong | effective_sample_size | global-shift | Subtracts the maximum of the whole tensor, so a row far below becomes nan.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.exp(log_weights - log_weights.max())
    return w.sum(dim=1) ** 2 / (w**2).sum(dim=1)
# %% wrong | effective_sample_size | batch-mean | Averages over the images, one number in all.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = log_weights.softmax(dim=1)
    return (1 / shares.square().sum(dim=1)).mean()
# %% wrong | effective_sample_size | keeps-axis | Returns shape (batch, 1).
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = log_weights.softmax(dim=1)
    return 1 / (shares * shares).sum(dim=1, keepdim=True)
# %% wrong | effective_sample_size | forgets-exp | Squares the log of the normalised weights.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.log_softmax(dim=1)
    return 1 / w.square().sum(dim=1)
# %% right | log_importance_weights | three-normals | The three densities by torch.distributions and bernoulli_nll.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu = mu.unsqueeze(1)
    sigma = torch.exp(log_var / 2).unsqueeze(1)
    noise = torch.randn(len(x), num_samples, mu.shape[-1], device=mu.device, dtype=mu.dtype)
    z = mu + sigma * noise
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(dim=-1)
    return log_px + log_pz - log_qz
# %% right | log_importance_weights | loop-over-samples | One decoding per sample in a loop, stacked on axis 1.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    columns = []
    for _ in range(num_samples):
        z = q.rsample()
        log_lik = -bernoulli_nll(model.decode(z), x)
        columns.append(log_lik + (p.log_prob(z) - q.log_prob(z)).sum(-1))
    return torch.stack(columns, dim=1)
# %% right | log_importance_weights | from-noise | Writes log p(z) - log q of z given x with the noise; the constants cancel.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    b, d = mu.shape
    eps = torch.randn(b, num_samples, d, dtype=mu.dtype, device=mu.device)
    z = mu[:, None, :] + (log_var / 2).exp()[:, None, :] * eps
    logits = model.decode(z.reshape(b * num_samples, d)).view(b, num_samples, -1)
    # 2 pi is in both normals and cancels
    log_ratio = 0.5 * (eps.pow(2) + log_var[:, None, :] - z.pow(2)).sum(-1)
    return log_ratio - bernoulli_nll(logits, x[:, None, :])
# %% right | log_importance_weights | samples-first | rsample puts the samples on axis 0; everything is transposed at the end.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(0.5 * log_var))
    z = q.rsample((num_samples,))  # (k, batch, latent)
    flat = z.flatten(0, 1)
    x_logits = model.decode(flat).unflatten(0, (num_samples, len(x)))
    log_w = -bernoulli_nll(x_logits, x)
    log_w = log_w + Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_w = log_w - q.log_prob(z).sum(-1)
    return log_w.T
# %% right | log_importance_weights | repeat-rows | Repeats each row of mu, log_var and x with repeat_interleave and works on flat rows.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    def gauss(v, m, lv):
        return -0.5 * (math.log(2 * math.pi) + lv + (v - m) ** 2 / lv.exp()).sum(dim=1)

    mu, log_var = model.encode(x)
    mu = mu.repeat_interleave(num_samples, dim=0)
    log_var = log_var.repeat_interleave(num_samples, dim=0)
    xs = x.repeat_interleave(num_samples, dim=0)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    logits = model.decode(z)
    log_px = (xs * logits - nn.functional.softplus(logits)).sum(dim=1)
    zero = torch.zeros_like(mu)
    log_w = log_px + gauss(z, zero, zero) - gauss(z, mu, log_var)
    return log_w.reshape(len(x), num_samples)
# %% wrong | log_importance_weights | sigma-is-variance | Uses exp(log_var) as the standard deviation of q.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu.unsqueeze(1), log_var.exp().unsqueeze(1))
    z = q.expand((len(x), num_samples, mu.shape[1])).rsample()
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    return (
        -bernoulli_nll(x_logits, x.unsqueeze(1))
        + Normal(0.0, 1.0).log_prob(z).sum(-1)
        - q.log_prob(z).sum(-1)
    )
# %% wrong | log_importance_weights | adds-log-q | Adds log q instead of subtracting it.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (log_var / 2).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], device=x.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(-1)
    return log_px + log_pz + log_q
# %% wrong | log_importance_weights | no-prior | Leaves out log p(z).
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, (log_var / 2).exp())
    z = q.rsample((num_samples,))
    logits = model.decode(z.flatten(0, 1)).view(num_samples, len(x), -1)
    log_w = -bernoulli_nll(logits, x) - q.log_prob(z).sum(-1)
    return log_w.t()
# %% wrong | log_importance_weights | same-noise-for-all-samples | The noise has no sample axis, so all samples of an image are equal.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu = mu.unsqueeze(1)
    sigma = (log_var / 2).exp().unsqueeze(1)
    z = mu + sigma * torch.randn_like(mu)
    z = z.expand(-1, num_samples, -1)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    return log_px + Normal(0.0, 1.0).log_prob(z).sum(-1) - Normal(mu, sigma).log_prob(z).sum(-1)
# %% wrong | log_importance_weights | noise-shared-by-images | All images of the batch get the same noise.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    noise = torch.randn(num_samples, mu.shape[1], device=x.device)
    sigma = torch.exp(log_var / 2)
    z = mu[:, None] + sigma[:, None] * noise
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_q = Normal(mu[:, None], sigma[:, None]).log_prob(z).sum(-1)
    log_p = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return log_p - log_q - bernoulli_nll(logits, x[:, None])
# %% wrong | log_importance_weights | sample-not-rsample | Draws with sample(), so no gradient passes through z to the encoder.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    z = q.sample((num_samples,))
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x)))
    log_w = -bernoulli_nll(x_logits, x)
    log_w += Normal(0.0, 1.0).log_prob(z).sum(-1) - q.log_prob(z).sum(-1)
    return log_w.transpose(0, 1)
# %% wrong | log_importance_weights | nll-sign | Adds the negative log-likelihood instead of the log-likelihood.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (log_var / 2).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], device=x.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(dim=-1)
    return log_px + log_pz - log_qz
# %% wrong | log_importance_weights | rows-scrambled | Flattens (batch, samples) but unflattens as (samples, batch), so codes meet the wrong images.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (log_var / 2).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], device=x.device)
    x_logits = model.decode(z.flatten(0, 1)).view(num_samples, len(x), -1).transpose(0, 1)
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(dim=-1)
    return log_px + log_pz - log_qz
# %% wrong | log_importance_weights | repeat-for-interleave | Repeats the batch of x block by block while the codes are grouped by image.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu = mu.repeat_interleave(num_samples, 0)
    std = (log_var / 2).exp().repeat_interleave(num_samples, 0)
    z = mu + std * torch.randn_like(std)
    nll = bernoulli_nll(model.decode(z), x.repeat(num_samples, 1))
    log_w = -nll + Normal(0.0, 1.0).log_prob(z).sum(1) - Normal(mu, std).log_prob(z).sum(1)
    return log_w.view(len(x), num_samples)
# %% wrong | log_importance_weights | closed-form-kl | Uses the closed-form KL of the image instead of the two densities of each sample.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)
    noise = torch.randn(len(x), num_samples, mu.shape[1], device=x.device)
    z = mu.unsqueeze(1) + (log_var / 2).exp().unsqueeze(1) * noise
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) - kl.unsqueeze(1)
# %% wrong | log_importance_weights | mean-over-latent | Averages the log densities over the latent dimensions.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    z = q.rsample((num_samples,))
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x)))
    log_px = -bernoulli_nll(x_logits, x)
    log_pz = Normal(0.0, 1.0).log_prob(z).mean(-1)
    log_qz = q.log_prob(z).mean(-1)
    return (log_px + log_pz - log_qz).T
# %% wrong | log_importance_weights | log-sigma-missing | Writes log q with the noise and drops its -log sigma.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    eps = torch.randn(len(x), num_samples, mu.shape[-1], device=mu.device, dtype=mu.dtype)
    z = mu[:, None] + (log_var / 2).exp()[:, None] * eps
    logits = model.decode(z.flatten(0, 1)).view(len(x), num_samples, -1)
    log_p = -0.5 * z.square().sum(-1)
    log_q = -0.5 * eps.square().sum(-1)
    return -bernoulli_nll(logits, x[:, None]) + log_p - log_q
# %% wrong | log_importance_weights | samples-by-batch | Returns shape (num_samples, batch).
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    z = q.rsample((num_samples,))
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x)))
    prior = Normal(0.0, 1.0)
    return -bernoulli_nll(x_logits, x) + (prior.log_prob(z) - q.log_prob(z)).sum(-1)
# %% wrong | log_importance_weights | decoder-cut-off | Decodes a detached z, so the likelihood sends no gradient to the encoder.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (log_var / 2).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], device=x.device)
    x_logits = model.decode(z.detach().flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(dim=-1)
    return log_px + log_pz - log_qz
# %% wrong | log_importance_weights | probabilities-as-logits | Applies a sigmoid before bernoulli_nll, which expects logits.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    out = []
    for i in range(num_samples):
        z = q.rsample()
        x_hat = torch.sigmoid(model.decode(z))
        out.append(
            -bernoulli_nll(x_hat, x)
            + Normal(0.0, 1.0).log_prob(z).sum(-1)
            - q.log_prob(z).sum(-1)
        )
    return torch.stack(out, dim=-1)
# %% wrong | log_importance_weights | prior-summed-over-everything | Sums log p(z) over the whole batch and all samples.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (log_var / 2).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], device=x.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_w = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_w = log_w + Normal(0.0, 1.0).log_prob(z).sum()
    return log_w - Normal(mu, sigma).log_prob(z).sum(-1)
# %% right | iwae_bound | one-line | log_mean_exp of the log weights over axis 1.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)
# %% right | iwae_bound | logsumexp-minus-log-k | Uses logsumexp and subtracts log k.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return log_w.logsumexp(dim=-1) - math.log(num_samples)
# %% right | iwae_bound | one-sample-at-a-time | Draws one sample per call and joins the columns.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    columns = [log_importance_weights(model, x, 1) for _ in range(num_samples)]
    return log_mean_exp(torch.cat(columns, dim=1), dim=1)
# %% right | iwae_bound | self-contained | Does not use the earlier exercises; shifts by the detached maximum.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, (log_var / 2).exp())
    z = q.rsample((num_samples,))
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x)))
    a = -bernoulli_nll(logits, x) + (Normal(0.0, 1.0).log_prob(z) - q.log_prob(z)).sum(-1)
    m = a.detach().amax(dim=0)
    return m + (a - m).exp().mean(dim=0).log()
# %% right | iwae_bound | shifted-before-sum | Subtracts log k from every weight and then takes logsumexp.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    log_k = torch.log(torch.tensor(num_samples, dtype=log_w.dtype, device=log_w.device))
    return torch.logsumexp(log_w - log_k, dim=1)
# %% wrong | iwae_bound | mean-of-log-weights | Averages the log weights: the ELBO for every k.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    return log_importance_weights(model, x, num_samples).mean(dim=1)
# %% wrong | iwae_bound | averages-over-images | Averages over the batch axis.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return log_mean_exp(log_w, dim=0)
# %% wrong | iwae_bound | log-k-missing | Takes logsumexp and forgets to subtract log k.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return torch.logsumexp(log_w, dim=1)
# %% wrong | iwae_bound | subtracts-log-batch | Subtracts the logarithm of the batch size instead of that of k.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return torch.logsumexp(log_w, dim=1) - math.log(len(x))
# %% wrong | iwae_bound | negated | Returns the negative bound, as a loss.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return -log_mean_exp(log_w, dim=1)
# %% wrong | iwae_bound | batch-mean | Returns one number for the batch.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    per_image = log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)
    return per_image.mean()
# %% wrong | iwae_bound | no-grad | Computes under no_grad, so nothing can be trained with it.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    with torch.no_grad():
        log_w = log_importance_weights(model, x, num_samples)
    return log_mean_exp(log_w, dim=1)
# %% wrong | iwae_bound | exp-of-weights | Takes exponentials of the raw log weights, which are zero for images.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    w = log_importance_weights(model, x, num_samples).exp()
    return w.mean(dim=1).log()
# %% wrong | iwae_bound | softmax-weighted-logs | Averages the log weights with the normalised weights, which is no bound.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    w_tilde = log_w.softmax(dim=1).detach()
    return (w_tilde * log_w).sum(dim=1)
# %% wrong | iwae_bound | best-sample | Takes the largest log weight.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return log_w.amax(dim=1)
# %% wrong | iwae_bound | average-before-densities | Averages the likelihoods only and subtracts the closed-form KL.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    z = mu.unsqueeze(1) + (log_var / 2).exp().unsqueeze(1) * torch.randn(
        len(x), num_samples, mu.shape[1], device=x.device
    )
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    return log_mean_exp(-bernoulli_nll(x_logits, x.unsqueeze(1)), dim=1) - kl
# %% wrong | iwae_bound | one-sample-repeated | Draws one sample and repeats it, so the bound does not rise with k.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, 1).expand(-1, num_samples)
    return log_mean_exp(log_w, dim=1)
# %% right | log_likelihood | list-and-cat | A list of chunks, joined and averaged at the end.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    chunks = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            chunks.append(log_importance_weights(model, x, size))
    return log_mean_exp(torch.cat(chunks, dim=1), dim=1)
# %% right | log_likelihood | running-logaddexp | Keeps only a running logarithm of the sum, starting at minus infinity.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    total = None
    left = num_samples
    while left > 0:
        now = min(left, chunk_size)
        part = torch.logsumexp(log_importance_weights(model, x, now), dim=1)
        total = part if total is None else torch.logaddexp(total, part)
        left -= now
    return total - math.log(num_samples)
# %% right | log_likelihood | bounds-weighted-inside-log | Combines the chunks' bounds by logsumexp with log(size / total) added.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    full, rest = divmod(num_samples, chunk_size)
    sizes = [chunk_size] * full + ([rest] if rest else [])
    with torch.no_grad():
        pieces = [
            log_mean_exp(log_importance_weights(model, x, size), dim=1) + math.log(size / num_samples)
            for size in sizes
        ]
        return torch.stack(pieces).logsumexp(dim=0)
# %% right | log_likelihood | preallocated-table | Writes each chunk into a table that was made before.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        table = torch.empty(x.shape[0], num_samples, dtype=x.dtype, device=x.device)
        done = 0
        while done < num_samples:
            end = min(done + chunk_size, num_samples)
            table[:, done:end] = log_importance_weights(model, x, end - done)
            done = end
        return torch.logsumexp(table, 1) - math.log(num_samples)
# %% right | log_likelihood | running-maximum | Streams with a running maximum and a rescaled sum.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    biggest = torch.full((len(x),), -math.inf, dtype=x.dtype, device=x.device)
    total = torch.zeros_like(biggest)
    for start in range(0, num_samples, chunk_size):
        stop = min(start + chunk_size, num_samples)
        log_w = log_importance_weights(model, x, stop - start)
        new = torch.maximum(biggest, log_w.amax(dim=1))
        total = total * (biggest - new).exp() + (log_w - new[:, None]).exp().sum(dim=1)
        biggest = new
    return biggest + (total / num_samples).log()
# %% wrong | log_likelihood | mean-of-bounds | Averages the chunks' bounds.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    bounds = []
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        bounds.append(iwae_bound(model, x, size))
    return torch.stack(bounds).mean(dim=0)
# %% wrong | log_likelihood | weighted-mean-of-bounds | Averages the bounds weighted by chunk size, still logarithms.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    total = torch.zeros(len(x), device=x.device)
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            log_w = log_importance_weights(model, x, size)
            total += size * log_mean_exp(log_w, dim=1)
    return total / num_samples
# %% wrong | log_likelihood | last-chunk-full | Every chunk is full, so more than num_samples are drawn.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        chunks = [
            log_importance_weights(model, x, chunk_size)
            for _ in range(0, num_samples, chunk_size)
        ]
        return log_mean_exp(torch.cat(chunks, dim=1), dim=1)
# %% wrong | log_likelihood | last-chunk-dropped | The samples left over after the full chunks are never drawn.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    chunk_size = min(chunk_size, num_samples)
    chunks = []
    with torch.no_grad():
        for _ in range(num_samples // chunk_size):
            chunks.append(log_importance_weights(model, x, chunk_size))
    return log_mean_exp(torch.cat(chunks, dim=1), dim=1)
# %% wrong | log_likelihood | gradients-kept | Forgets no_grad, so the graphs of all chunks stay in memory.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    chunks = []
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        chunks.append(log_importance_weights(model, x, size))
    return log_mean_exp(torch.cat(chunks, dim=1), dim=1)
# %% wrong | log_likelihood | chunks-count-the-same | Combines the chunks' averages as if all chunks had the same size.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    parts = []
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        parts.append(log_mean_exp(log_importance_weights(model, x, size), dim=1))
    return log_mean_exp(torch.stack(parts, dim=1), dim=1)
# %% wrong | log_likelihood | everything-at-once | Ignores chunk_size and decodes all samples at once.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        log_w = log_importance_weights(model, x, num_samples)
        parts = log_w.split(chunk_size, dim=1)
        total = torch.stack([p.logsumexp(dim=1) for p in parts]).logsumexp(dim=0)
    return total - math.log(num_samples)
# %% wrong | log_likelihood | chunks-of-images | Splits the images instead of the samples, so chunk_size * num_samples rows are decoded at once.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    out = [
        log_mean_exp(log_importance_weights(model, part, num_samples), dim=1)
        for part in x.split(chunk_size)
    ]
    return torch.cat(out)
# %% wrong | log_likelihood | divides-by-number-of-chunks | Subtracts the logarithm of the number of chunks from the log sum.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    sums = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            sums.append(torch.logsumexp(log_importance_weights(model, x, size), dim=1))
    return torch.logsumexp(torch.stack(sums), dim=0) - math.log(len(sums))
# %% wrong | log_likelihood | starts-from-zero | The running log sum starts at 0, as if a sample with weight 1 had been drawn.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    running = torch.zeros(len(x), device=x.device)
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        log_w = log_importance_weights(model, x, size)
        running = torch.logaddexp(running, log_w.logsumexp(dim=1))
    return running - math.log(num_samples)
# %% wrong | log_likelihood | remainder-zero | The last chunk has num_samples % chunk_size samples, none at all when the division is exact.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    num_chunks = math.ceil(num_samples / chunk_size)
    chunks = []
    for i in range(num_chunks - 1):
        chunks.append(log_importance_weights(model, x, chunk_size))
    rest = num_samples % chunk_size
    if rest > 0 or not chunks:
        chunks.append(log_importance_weights(model, x, max(rest, 1)))
    return log_mean_exp(torch.cat(chunks, dim=1), dim=1)
# %% wrong | log_likelihood | grad-switched-off-globally | Switches gradients off for the whole program and never on again.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    torch.set_grad_enabled(False)
    chunks = []
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        chunks.append(log_importance_weights(model, x, size))
    return log_mean_exp(torch.cat(chunks, dim=1), dim=1)
# %% wrong | log_likelihood | same-chunk-again | Draws one chunk and repeats it until there are enough columns.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    first = log_importance_weights(model, x, min(chunk_size, num_samples))
    times = -(-num_samples // first.shape[1])
    table = torch.cat([first] * times, dim=1)[:, :num_samples]
    return log_mean_exp(table, dim=1)
