# %% wrong | binarize | cut-at-half | Cuts at 0.5 instead of drawing.
def binarize(x: Tensor) -> Tensor:
    return (x > 0.5).to(x.dtype)


# %% wrong | binarize | booleans | The comparison is returned as booleans.
def binarize(x: Tensor) -> Tensor:
    return torch.rand_like(x) < x


# %% wrong | binarize | overwrites-x | bernoulli_ writes the draws into x.
def binarize(x: Tensor) -> Tensor:
    return x.bernoulli_(x.clone())


# %% wrong | binarize | masks-x-in-place | The pixels of x are set to 0 and 1 in place.
def binarize(x):
    u = torch.rand_like(x)
    on = u < x
    x[on] = 1
    x[~on] = 0
    return x


# %% wrong | binarize | one-coin-per-image | All pixels of an image are compared with the same random number.
def binarize(x: Tensor) -> Tensor:
    coin = torch.rand(x.shape[:1] + (1,) * (x.dim() - 1), device=x.device)
    return (coin < x).to(x.dtype)


# %% wrong | binarize | same-coins-for-all-images | One row of coins serves every image of the batch.
def binarize(x: Tensor) -> Tensor:
    coins = torch.rand(x.shape[1:], device=x.device)
    return (coins < x).to(x.dtype)


# %% wrong | binarize | one-threshold | A single random threshold for the whole tensor.
def binarize(x: Tensor) -> Tensor:
    threshold = torch.rand(1, device=x.device)
    return torch.where(x > threshold, torch.ones_like(x), torch.zeros_like(x))


# %% wrong | binarize | inverted | A pixel becomes 1 with probability 1 - x.
def binarize(x: Tensor) -> Tensor:
    return (torch.rand_like(x) > x).to(x.dtype)


# %% wrong | binarize | same-draw-in-every-call | A generator with a fixed seed gives the same draw every time.
def binarize(x: Tensor) -> Tensor:
    generator = torch.Generator(device=x.device).manual_seed(0)
    u = torch.rand(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return (u < x).to(x.dtype)


# %% wrong | binarize | always-float32 | The result is float32, whatever the dtype of x is.
def binarize(x: Tensor) -> Tensor:
    return (torch.rand(x.shape, device=x.device) < x).float()


# %% wrong | binarize | normal-noise | The random numbers are normal instead of uniform.
def binarize(x: Tensor) -> Tensor:
    return (torch.randn_like(x) < x).to(x.dtype)


# %% wrong | binarize | two-axes-only | Unpacks (batch, pixels) and raises for any other number of axes.
def binarize(x: Tensor) -> Tensor:
    batch, num_pixels = x.shape
    u = torch.rand(batch, num_pixels, device=x.device, dtype=x.dtype)
    return (u < x).to(x.dtype)


# %% wrong | binarize | integers | The result is int64.
def binarize(x: Tensor) -> Tensor:
    return torch.bernoulli(x).long()


# %% wrong | binarize | flattened | Images with more axes come back as rows.
def binarize(x: Tensor) -> Tensor:
    rows = x.reshape(x.shape[0], -1)
    return torch.bernoulli(rows)


# %% wrong | binarize | grey-as-logit | The grey value is read as a logit, so black pixels become 1 half of the time.
def binarize(x: Tensor) -> Tensor:
    return torch.distributions.Bernoulli(logits=x).sample()


# %% wrong | binarize | divided-by-255 | Grey values in [0, 1] are divided by 255 first.
def binarize(x: Tensor) -> Tensor:
    return torch.bernoulli(x / 255)


# %% wrong | binarize | bright-pixels-for-sure | Pixels above 0.5 become 1 for sure, only the darker ones are drawn.
def binarize(x: Tensor) -> Tensor:
    drawn = (torch.rand_like(x) < x).to(x.dtype)
    return torch.where(x > 0.5, torch.ones_like(x), drawn)


# %% wrong | binarize | squared-probability | Two coins must both say 1, so the probability is x squared.
def binarize(x: Tensor) -> Tensor:
    return torch.bernoulli(x) * torch.bernoulli(x)


# %% right | binarize | comparison | A uniform number below x.
def binarize(x: Tensor) -> Tensor:
    return (torch.rand_like(x) < x).to(x.dtype)


# %% right | binarize | torch-bernoulli | The built-in function.
def binarize(x):
    return torch.bernoulli(x)


# %% right | binarize | distribution | A sample of torch.distributions.Bernoulli.
def binarize(x: Tensor) -> Tensor:
    from torch.distributions import Bernoulli

    return Bernoulli(probs=x).sample()


# %% right | binarize | where | torch.where with ones and zeros.
def binarize(grey: Tensor) -> Tensor:
    coins = torch.rand(grey.shape, dtype=grey.dtype, device=grey.device)
    white, black = torch.ones_like(grey), torch.zeros_like(grey)
    return torch.where(coins < grey, white, black)


# %% right | binarize | fill-empty | Fills a new tensor with bernoulli_.
def binarize(x: Tensor) -> Tensor:
    with torch.no_grad():
        drawn = torch.empty_like(x)
        return drawn.bernoulli_(x)


# %% right | binarize | numpy-coins | The coins come from numpy.
import numpy as np

_coin_box = np.random.default_rng()


def binarize(x: Tensor) -> Tensor:
    coins = torch.from_numpy(np.asarray(_coin_box.random(tuple(x.shape)))).to(x.device)
    return coins.lt(x).type_as(x)


# %% wrong | log_mean_exp | naive | exp first: small values become log 0 and large ones overflow.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return values.exp().mean(dim=dim).log()


# %% wrong | log_mean_exp | sum-not-mean | The count is forgotten.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=dim)


# %% wrong | log_mean_exp | count-of-all-elements | Divides by the number of all elements.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=dim) - math.log(values.numel())


# %% wrong | log_mean_exp | count-of-the-batch | Divides by the size of the first axis.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=dim) - math.log(len(values))


# %% wrong | log_mean_exp | divides-the-logarithm | Divides the log-sum-exp by the count instead of subtracting its logarithm.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim) / values.shape[dim]


# %% wrong | log_mean_exp | subtracts-the-count | Subtracts n instead of log n.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim) - values.shape[dim]


# %% wrong | log_mean_exp | log10 | The logarithm of the count has base 10.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim) - math.log10(values.shape[dim])


# %% wrong | log_mean_exp | adds-log-count | The sign of log n is wrong.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim) + math.log(values.shape[dim])


# %% wrong | log_mean_exp | largest-of-the-tensor | One maximum for the whole tensor, so a row far below it vanishes.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.max()
    return m + (values - m).exp().mean(dim=dim).log()


# %% wrong | log_mean_exp | smallest-instead-of-largest | Subtracts the minimum of the row, so large differences overflow.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.amin(dim=dim, keepdim=True)
    return m.squeeze(dim) + (values - m).exp().mean(dim=dim).log()


# %% wrong | log_mean_exp | largest-absolute-value | Subtracts the largest absolute value, so very negative rows still vanish.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.abs().amax(dim=dim, keepdim=True)
    return m.squeeze(dim) + (values - m).exp().mean(dim=dim).log()


# %% wrong | log_mean_exp | keeps-the-dimension | The dimension stays with size 1.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim, keepdim=True) - math.log(values.shape[dim])


# %% wrong | log_mean_exp | shifts-the-argument | Subtracts the maximum in place from values.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.amax(dim=dim, keepdim=True)
    values -= m
    return m.squeeze(dim) + values.exp().mean(dim=dim).log()


# %% wrong | log_mean_exp | max-without-keepdim | The maximum has lost its axis and broadcasts along the wrong one.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.max(dim=dim).values
    return m + torch.log(torch.mean(torch.exp(values - m), dim=dim))


# %% wrong | log_mean_exp | negative-dim-off-by-one | A negative dim is converted to the axis before the right one.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    if dim < 0:
        dim = values.dim() - 1 + dim
    return torch.logsumexp(values, dim) - math.log(values.shape[dim])


# %% wrong | log_mean_exp | always-last-axis | The argument dim is ignored: always the last axis.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=-1) - math.log(values.shape[-1])


# %% wrong | log_mean_exp | float64-instead-of-shift | Computes in float64 without a shift, which still loses values below -745.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return values.double().exp().mean(dim=dim).log().to(values.dtype)


# %% wrong | log_mean_exp | always-float32 | float64 values come back as float32.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values.float(), dim) - math.log(values.size(dim))


# %% wrong | log_mean_exp | mean-of-logarithms | The mean of the values, without exp and log.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return values.mean(dim=dim)


# %% wrong | log_mean_exp | no-gradient | no_grad makes the result a constant.
@torch.no_grad()
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim) - math.log(values.shape[dim])


# %% wrong | log_mean_exp | gradient-of-max-counted-twice | The maximum is detached inside but not outside, so the largest value gets one too much gradient.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.amax(dim=dim, keepdim=True)
    shifted = values - m.detach()
    return m.squeeze(dim) + shifted.exp().mean(dim=dim).log()


# %% wrong | log_mean_exp | squeeze-everything | squeeze() without dim removes every axis of size 1.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.amax(dim=dim, keepdim=True)
    result = m + (values - m).exp().mean(dim=dim, keepdim=True).log()
    return result.squeeze()


# %% wrong | log_mean_exp | epsilon-in-the-log | A small constant keeps the logarithm finite but wrong.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return (values.exp().mean(dim=dim) + 1e-12).log()


# %% wrong | log_mean_exp | clamped-values | Values outside of [-80, 80] are cut.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return values.clamp(-80, 80).exp().mean(dim).log()


# %% wrong | log_mean_exp | first-value-as-shift | Subtracts the first value of the row instead of the largest, and overflows if another is much larger.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    first = values.narrow(dim, 0, 1)
    return first.squeeze(dim) + (values - first).exp().mean(dim).log()


# %% wrong | log_mean_exp | forgets-to-add-back | The maximum is subtracted and not added again.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    shifted = values - values.amax(dim=dim, keepdim=True)
    return shifted.exp().mean(dim=dim).log()


# %% right | log_mean_exp | logsumexp-minus-log-n | The built-in log-sum-exp and the count.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=dim) - math.log(values.shape[dim])


# %% right | log_mean_exp | own-shift | Subtracts the largest of each row and adds it again.
def log_mean_exp(values, dim):
    biggest = values.max(dim=dim, keepdim=True).values.detach()
    mean = (values - biggest).exp().mean(dim=dim)
    return biggest.squeeze(dim) + mean.log()


# %% right | log_mean_exp | logaddexp-loop | Adds the slices one by one with logaddexp.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    first, *others = values.unbind(dim)
    total = first
    for other in others:
        total = torch.logaddexp(total, other)
    return total - math.log(1 + len(others))


# %% right | log_mean_exp | cumulative | The last entry of logcumsumexp.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    num = values.size(dim)
    return torch.logcumsumexp(values, dim).select(dim, -1) - math.log(num)


# %% right | log_mean_exp | last-axis-first | Moves the axis to the end and works there.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    rows = values.movedim(dim, -1)
    top, _ = rows.max(-1)
    return top + torch.log((rows - top.unsqueeze(-1)).exp().sum(-1) / rows.shape[-1])


# %% wrong | effective_sample_size | naive-exp | exp without a shift gives 0 or infinity.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.exp()
    w = w / w.sum(dim=1, keepdim=True)
    return 1 / w.square().sum(dim=1)


# %% wrong | effective_sample_size | not-inverted | The sum of squares itself, between 1/k and 1.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    return log_weights.softmax(dim=1).square().sum(dim=1)


# %% wrong | effective_sample_size | softmax-over-images | Normalises along the batch.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = torch.softmax(log_weights, dim=0)
    return 1.0 / (shares**2).sum(dim=1)


# %% wrong | effective_sample_size | square-of-the-sum | Squares the sum, which is 1.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = torch.softmax(log_weights, dim=1)
    return 1.0 / shares.sum(dim=1) ** 2


# %% wrong | effective_sample_size | not-normalised | The shifted weights are not divided by their sum.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = (log_weights - log_weights.amax(dim=1, keepdim=True)).exp()
    return 1.0 / w.pow(2).sum(dim=1)


# %% wrong | effective_sample_size | perplexity | exp of the entropy agrees at both ends but gives 1.75 for the weights (1, 3).
def effective_sample_size(log_weights: Tensor) -> Tensor:
    log_shares = log_weights.log_softmax(dim=1)
    entropy = -(log_shares.exp() * log_shares).sum(dim=1)
    return entropy.exp()


# %% wrong | effective_sample_size | one-over-largest | 1 divided by the largest share agrees at both ends only.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    return 1 / log_weights.softmax(dim=1).amax(dim=1)


# %% wrong | effective_sample_size | fraction-of-k | The result is divided by the number of samples.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = log_weights.softmax(dim=1)
    return 1 / (shares.square().sum(dim=1) * log_weights.shape[1])


# %% wrong | effective_sample_size | largest-of-the-tensor | One maximum for all images: a row far below gives 0/0.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.exp(log_weights - log_weights.max())
    return w.sum(dim=1) ** 2 / (w**2).sum(dim=1)


# %% wrong | effective_sample_size | unbiased-variance | k / (1 + V) with the unbiased variance, which differs for few samples and is nan for one.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    k = log_weights.shape[1]
    relative = k * log_weights.softmax(dim=1)
    return k / (1 + relative.var(dim=1))


# %% wrong | effective_sample_size | rounded | Rounded to whole numbers.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = log_weights.softmax(dim=1)
    return (1 / shares.square().sum(dim=1)).round().long()


# %% wrong | effective_sample_size | shifts-the-argument | Subtracts the maximum from log_weights in place.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    log_weights -= log_weights.max(dim=1, keepdim=True).values
    w = log_weights.exp()
    return w.sum(dim=1).square() / w.square().sum(dim=1)


# %% wrong | effective_sample_size | mean-of-squares | The mean of the squares instead of their sum.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    return 1 / log_weights.softmax(dim=1).square().mean(dim=1)


# %% wrong | effective_sample_size | logs-as-weights | The logarithms themselves are normalised.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights / log_weights.sum(dim=1, keepdim=True)
    return 1 / (w**2).sum(dim=1)


# %% wrong | effective_sample_size | log-softmax | log_softmax instead of softmax.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    return 1 / log_weights.log_softmax(dim=1).square().sum(dim=1)


# %% wrong | effective_sample_size | keeps-the-axis | The result has the shape (batch, 1).
def effective_sample_size(log_weights: Tensor) -> Tensor:
    return 1 / log_weights.softmax(dim=1).square().sum(dim=1, keepdim=True)


# %% wrong | effective_sample_size | mean-over-images | One number for the whole batch.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    return (1 / log_weights.softmax(dim=1).square().sum(dim=1)).mean()


# %% wrong | effective_sample_size | always-float32 | float64 log weights give a float32 result.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    return 1 / log_weights.float().softmax(dim=1).square().sum(dim=1)


# %% wrong | effective_sample_size | clamped-logs | Logarithms outside of [-80, 80] are cut, so rows near -100 look equal.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.clamp(-80, 80).exp()
    w = w / w.sum(dim=1, keepdim=True)
    return 1 / w.square().sum(dim=1)


# %% wrong | effective_sample_size | still-a-logarithm | The logarithm of the effective sample size: the last exp is missing.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    log_shares = log_weights - torch.logsumexp(log_weights, dim=1, keepdim=True)
    return -torch.logsumexp(2 * log_shares, dim=1)


# %% wrong | effective_sample_size | count-above-fair-share | Counts the samples above their fair share.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = log_weights.softmax(dim=1)
    return (shares >= 1 / log_weights.shape[1]).sum(dim=1).to(log_weights.dtype)


# %% wrong | effective_sample_size | square-root | The root of the right number.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    return 1 / log_weights.softmax(dim=1).norm(dim=1)


# %% wrong | effective_sample_size | epsilon-after-naive-exp | A small constant in the denominator avoids the nan but returns a huge or wrong number.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.exp(log_weights)
    w = w / (w.sum(dim=1, keepdim=True) + 1e-10)
    return 1 / ((w * w).sum(dim=1) + 1e-10)


# %% right | effective_sample_size | softmax | Softmax, squares, sum, inverse.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = log_weights.softmax(dim=1)
    return 1 / shares.square().sum(dim=1)


# %% right | effective_sample_size | ratio-of-sums | Square of the sum over the sum of squares of shifted weights.
def effective_sample_size(log_weights):
    w = (log_weights - log_weights.amax(dim=-1, keepdim=True)).exp()
    return w.sum(-1) ** 2 / (w**2).sum(-1)


# %% right | effective_sample_size | log-domain | Everything in logarithms until the end.
@torch.no_grad()
def effective_sample_size(log_weights: Tensor) -> Tensor:
    log_shares = torch.log_softmax(log_weights, dim=1)
    return torch.exp(-torch.logsumexp(2 * log_shares, dim=1))


# %% right | effective_sample_size | einsum | einsum of the shares with themselves.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    p = torch.nn.functional.softmax(log_weights, -1)
    return torch.einsum("bk,bk->b", p, p).reciprocal()


# %% right | effective_sample_size | row-by-row | A loop over the images with a Categorical.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    from torch.distributions import Categorical

    sizes = []
    for row in log_weights.detach():
        probs = Categorical(logits=row).probs
        sizes.append(1.0 / probs.dot(probs))
    return torch.stack(sizes)


# %% right | effective_sample_size | norm | The vector norm, squared.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = log_weights.softmax(dim=1)
    return torch.linalg.vector_norm(shares, dim=1).pow(-2)


# %% wrong | log_importance_weights | plus-log-q | log q is added.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Normal(mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1))
    eps = torch.randn(len(x), num_samples, mu.shape[1], dtype=mu.dtype, device=mu.device)
    z = q.mean + q.stddev * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_lik = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_prior = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return log_lik + log_prior + q.log_prob(z).sum(-1)


# %% wrong | log_importance_weights | closed-form-kl | Minus the closed-form KL instead of the two densities of each sample.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    eps = torch.randn(len(x), num_samples, mu.shape[1], dtype=mu.dtype, device=mu.device)
    z = mu.unsqueeze(1) + (0.5 * log_var).exp().unsqueeze(1) * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1, keepdim=True)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) - kl


# %% wrong | log_importance_weights | nll-without-minus | bernoulli_nll is added as if it were log p(x given z).
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu[:, None], (0.5 * log_var).exp()[:, None]
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_x = bernoulli_nll(x_logits, x[:, None])
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return log_p_x + log_p_z - Normal(mu, sigma).log_prob(z).sum(-1)


# %% wrong | log_importance_weights | sigma-is-variance | The standard deviation is exp(log_var).
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.exp())
    z = q.rsample((num_samples,))  # (num_samples, batch, latent_dim)
    log_q = q.log_prob(z).sum(-1)
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x)))
    return (log_p_z - log_q - bernoulli_nll(x_logits, x)).T


# %% wrong | log_importance_weights | variance-in-the-density | z uses sigma, but log q uses the variance as its standard deviation.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, log_var = mu.unsqueeze(1), log_var.unsqueeze(1)
    eps = torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    z = mu + torch.exp(0.5 * log_var) * eps
    log_q = Normal(mu, log_var.exp()).log_prob(z).sum(-1)
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q


# %% wrong | log_importance_weights | one-noise-for-all-samples | The noise of an image is repeated for all its samples.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = (mu + sigma * torch.randn_like(mu)).expand(-1, num_samples, -1)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q


# %% wrong | log_importance_weights | one-noise-for-all-images | All images share the noise of a sample.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    eps = torch.randn(num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    z = mu + sigma * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q


# %% wrong | log_importance_weights | sample-without-gradient | sample() cuts the path from z to the encoder.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    z = q.sample((num_samples,)).transpose(0, 1)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_q = Normal(mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)).log_prob(z).sum(-1)
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q


# %% wrong | log_importance_weights | log-of-sigmoid | log p(x given z) from probabilities, which gives -inf or nan for large logits.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    p = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples)).sigmoid()
    target = x.unsqueeze(1)
    log_p_x = (target * p.log() + (1 - target) * (1 - p).log()).sum(-1)
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return log_p_x + log_p_z - Normal(mu, sigma).log_prob(z).sum(-1)


# %% wrong | log_importance_weights | clamped-probabilities | Probabilities are cut at 1e-6, so a very wrong pixel costs 14 nats instead of up to 1,000.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    p = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples)).sigmoid()
    p = p.clamp(1e-6, 1 - 1e-6)
    target = x.unsqueeze(1)
    log_p_x = (target * p.log() + (1 - target) * (1 - p).log()).sum(-1)
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return log_p_x + log_p_z - Normal(mu, sigma).log_prob(z).sum(-1)


# %% wrong | log_importance_weights | no-prior | log p(z) is missing.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) - Normal(mu, sigma).log_prob(z).sum(-1)


# %% wrong | log_importance_weights | constant-in-one-density-only | The prior lacks its -log(2 pi)/2 per dimension, while log q has it.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_z = -0.5 * z.square().sum(-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q


# %% wrong | log_importance_weights | log-sigma-missing | log q lacks minus log sigma.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    eps = torch.randn(len(x), num_samples, mu.shape[1], dtype=mu.dtype, device=mu.device)
    z = mu.unsqueeze(1) + (0.5 * log_var).exp().unsqueeze(1) * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_z = -0.5 * z.square().sum(-1)
    log_q = -0.5 * eps.square().sum(-1)  # the constants cancel
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q


# %% wrong | log_importance_weights | log-var-not-halved | log q subtracts log_var instead of half of it.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    eps = torch.randn(len(x), num_samples, mu.shape[1], dtype=mu.dtype, device=mu.device)
    z = mu.unsqueeze(1) + (0.5 * log_var).exp().unsqueeze(1) * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_z = -0.5 * z.square().sum(-1)
    log_q = -0.5 * eps.square().sum(-1) - log_var.sum(dim=1, keepdim=True)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q


# %% wrong | log_importance_weights | unflattened-the-other-way | Rows in the order of images are read as if they were in the order of samples.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x))).transpose(0, 1)
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q


# %% wrong | log_importance_weights | repeat-instead-of-interleave | x.repeat puts the images in another order than the rows of z.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    nll = bernoulli_nll(model.decode(z.flatten(0, 1)), x.repeat(num_samples, 1))
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(-1)
    return -nll.view(len(x), num_samples) + log_p_z - log_q


# %% wrong | log_importance_weights | transposed-result | The result has the shape (num_samples, batch).
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    z = q.rsample((num_samples,))
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x)))
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x) + log_p_z - q.log_prob(z).sum(-1)


# %% wrong | log_importance_weights | no-gradient | The weights are computed under no_grad.
@torch.no_grad()
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q


# %% wrong | log_importance_weights | q-detached | The parameters of log q are detached, so the gradient of the encoder is another one.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_q = Normal(mu.detach(), sigma.detach()).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q


# %% wrong | log_importance_weights | log-var-clamped | log_var is cut to [-10, 10], which changes the weights of a narrow or wide q.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    log_var = log_var.clamp(-10, 10)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q


# %% wrong | log_importance_weights | mean-over-latents | The two Gaussian densities are averaged over the latent dimensions instead of summed.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_z = Normal(0.0, 1.0).log_prob(z).mean(-1)
    log_q = Normal(mu, sigma).log_prob(z).mean(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q


# %% wrong | log_importance_weights | weights-not-logs | Returns exp of the log weights, which are 0 in float32.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(-1)
    return (-bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q).exp()


# %% wrong | log_importance_weights | float32-container | The weights are written into a float32 tensor, also for a float64 model.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    result = torch.zeros(len(x), num_samples, device=x.device)
    for i in range(num_samples):
        z = q.rsample()
        log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
        result[:, i] = -bernoulli_nll(model.decode(z), x) + log_p_z - q.log_prob(z).sum(-1)
    return result


# %% wrong | log_importance_weights | unsqueezes-x-in-place | x.unsqueeze_ changes the shape of the caller's images.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    batch = len(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(batch, num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (batch, num_samples))
    log_p_x = -bernoulli_nll(x_logits, x.unsqueeze_(1))
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return log_p_x + log_p_z - Normal(mu, sigma).log_prob(z).sum(-1)


# %% wrong | log_importance_weights | logits-of-another-sample | log p(z) and log q belong to one draw of z, and the decoded pixels to another.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)

    def draw():
        shape = (len(x), num_samples, mu.shape[-1])
        return mu + sigma * torch.randn(shape, dtype=mu.dtype, device=mu.device)

    x_logits = model.decode(draw().flatten(0, 1)).unflatten(0, (len(x), num_samples))
    z = draw()
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q


# %% wrong | log_importance_weights | density-of-the-noise | log q is the standard normal density of the noise, without the change of volume.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    standard = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    eps = standard.sample((num_samples,)).transpose(0, 1)
    z = mu[:, None] + torch.exp(log_var / 2)[:, None] * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_q = Normal(0.0, 1.0).log_prob(eps).sum(-1)
    return -bernoulli_nll(x_logits, x[:, None]) + log_p_z - log_q


# %% wrong | log_importance_weights | samples-from-the-prior | z is drawn from N(0, I), not from q(z given x).
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Normal(mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1))
    z = torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - q.log_prob(z).sum(-1)


# %% wrong | log_importance_weights | summed-over-samples | The Gaussian densities are summed over dim 1, the samples; it raises unless the sizes happen to fit.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(dim=1)
    log_q = Normal(mu, sigma).log_prob(z).sum(dim=1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p_z - log_q


# %% right | log_importance_weights | plain | As in the hints.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    eps = torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    z = mu + sigma * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p_x = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_p_z = Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(dim=-1)
    return log_p_x + log_p_z - log_q


# %% right | log_importance_weights | constants-cancel | The densities written out; the constants of both Gaussians cancel.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    batch, latent_dim = mu.shape
    eps = torch.randn((batch, num_samples, latent_dim), dtype=mu.dtype, device=mu.device)
    z = mu[:, None, :] + torch.exp(log_var / 2)[:, None, :] * eps
    logits = model.decode(z.reshape(batch * num_samples, latent_dim)).reshape(batch, num_samples, -1)
    gaussians = 0.5 * (eps**2 - z**2 + log_var[:, None, :]).sum(-1)
    return gaussians - bernoulli_nll(logits, x[:, None, :])


# %% right | log_importance_weights | sample-by-sample | A loop that draws one sample per image at a time and stacks the columns.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(0.5 * log_var))
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    columns = []
    for _ in range(num_samples):
        z = q.rsample()
        log_joint = prior.log_prob(z).sum(1) - bernoulli_nll(model.decode(z), x)
        columns.append(log_joint - q.log_prob(z).sum(1))
    return torch.stack(columns, dim=1)


# %% right | log_importance_weights | independent-distributions | Independent normals and Bernoulli pixels from torch.distributions.
def log_importance_weights(model, x, num_samples):
    from torch.distributions import Bernoulli, Independent

    mu, log_var = model.encode(x)
    q = Independent(Normal(mu, (log_var / 2).exp()), 1)
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    z = q.rsample((num_samples,))  # samples first
    logits = model.decode(z.flatten(0, 1)).unflatten(0, z.shape[:2])
    likelihood = Independent(Bernoulli(logits=logits, validate_args=False), 1, validate_args=False)
    log_w = likelihood.log_prob(x.expand(num_samples, *x.shape)) + p.log_prob(z) - q.log_prob(z)
    return log_w.transpose(0, 1)


# %% right | log_importance_weights | repeated-rows | Repeats the images and treats each copy as an image of its own.
def log_importance_weights(model, x, num_samples):
    import torch.nn.functional as F

    rows = x.repeat_interleave(num_samples, dim=0)
    mu, log_var = model.encode(rows)
    z = mu + torch.randn_like(mu) * log_var.mul(0.5).exp()
    bce = F.binary_cross_entropy_with_logits(model.decode(z), rows, reduction="none").sum(1)
    half_log_2pi = 0.5 * math.log(2 * math.pi)
    log_prior = (-0.5 * z.square() - half_log_2pi).sum(1)
    log_q = (-0.5 * (z - mu).square() / log_var.exp() - 0.5 * log_var - half_log_2pi).sum(1)
    return (log_prior - log_q - bce).view(x.shape[0], num_samples)


# %% wrong | iwae_bound | mean-of-log-weights | Averages the logarithms, which is the ELBO for every number of samples.
def iwae_bound(model, x, num_samples):
    return log_importance_weights(model, x, num_samples).mean(dim=1)


# %% wrong | iwae_bound | average-over-images | The average goes over the batch, one number per sample.
def iwae_bound(model, x, num_samples):
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=0)


# %% wrong | iwae_bound | naive | exp, mean, log: -inf for ordinary images.
def iwae_bound(model, x, num_samples):
    return log_importance_weights(model, x, num_samples).exp().mean(dim=1).log()


# %% wrong | iwae_bound | sum-of-weights | log k is not subtracted.
def iwae_bound(model, x, num_samples):
    return torch.logsumexp(log_importance_weights(model, x, num_samples), dim=1)


# %% wrong | iwae_bound | negative | The negative bound, as a loss.
def iwae_bound(model, x, num_samples):
    return -log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)


# %% wrong | iwae_bound | mean-over-batch | One number for the batch.
def iwae_bound(model, x, num_samples):
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=1).mean()


# %% wrong | iwae_bound | no-gradient | Computed under no_grad.
def iwae_bound(model, x, num_samples):
    with torch.no_grad():
        log_w = log_importance_weights(model, x, num_samples)
    return log_mean_exp(log_w, dim=1)


# %% wrong | iwae_bound | best-sample | The largest log weight of each image.
def iwae_bound(model, x, num_samples):
    return log_importance_weights(model, x, num_samples).amax(dim=1)


# %% wrong | iwae_bound | seeded | The seed is set in the function, so every call draws the same samples.
def iwae_bound(model, x, num_samples):
    torch.manual_seed(0)
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)


# %% wrong | iwae_bound | elbo-with-kl | Mean reconstruction minus the closed-form KL.
def iwae_bound(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu_, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu_ + sigma * torch.randn(len(x), num_samples, mu.shape[1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    recon = bernoulli_nll(x_logits, x.unsqueeze(1)).mean(dim=1)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)
    return -recon - kl


# %% wrong | iwae_bound | reconstruction-averaged-then-kl | The average of p(x given z) is taken before the logarithm, but the KL is subtracted afterwards.
def iwae_bound(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu_, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu_ + sigma * torch.randn(len(x), num_samples, mu.shape[1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_p = log_mean_exp(-bernoulli_nll(x_logits, x.unsqueeze(1)), dim=1)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)
    return log_p - kl


# %% wrong | iwae_bound | one-sample-repeated | One weight per image is drawn and repeated.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, 1).expand(-1, num_samples)
    return log_mean_exp(log_w, dim=1)


# %% wrong | iwae_bound | self-normalised-average | The log weights are averaged with their own normalised weights.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    return (log_w.softmax(dim=1) * log_w).sum(dim=1)


# %% wrong | iwae_bound | divides-outside-the-log | The logarithm of the sum is divided by k.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    return torch.logsumexp(log_w, dim=1) / num_samples


# %% wrong | iwae_bound | largest-of-the-batch | One shift for all images; an image far below the best becomes -inf.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    top = log_w.max()
    return top + (log_w - top).exp().mean(dim=1).log()


# %% wrong | iwae_bound | keeps-the-axis | The result has the shape (batch, 1).
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    return torch.logsumexp(log_w, dim=1, keepdim=True) - math.log(num_samples)


# %% wrong | iwae_bound | log-of-batch-size | Subtracts the logarithm of the batch size.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    return log_w.logsumexp(dim=1) - math.log(len(log_w))


# %% wrong | iwae_bound | clamped-log-weights | Log weights below -100 are cut, so improbable images look better.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples).clamp(min=-100.0)
    return log_mean_exp(log_w, dim=1)


# %% wrong | iwae_bound | rows-mixed-up | Repeated images are gathered in the wrong order, so weights of different images are averaged.
def iwae_bound(model, x, num_samples):
    rows = x.repeat_interleave(num_samples, dim=0)
    log_w = log_importance_weights(model, rows, 1).view(num_samples, len(x))
    return log_mean_exp(log_w, dim=0)


# %% wrong | iwae_bound | two-half-bounds | The mean of the bounds of two halves of the samples.
def iwae_bound(model, x, num_samples):
    half = max(1, num_samples // 2)
    rest = max(1, num_samples - half)
    first = log_mean_exp(log_importance_weights(model, x, half), dim=1)
    second = log_mean_exp(log_importance_weights(model, x, rest), dim=1)
    return (first + second) / 2


# %% wrong | iwae_bound | gradient-counted-twice | The value is right, but a softmax-weighted surrogate adds the same gradient a second time.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    value = log_mean_exp(log_w, dim=1)
    surrogate = (log_w.softmax(dim=1).detach() * log_w).sum(dim=1)
    return value + surrogate - surrogate.detach()


# %% wrong | iwae_bound | squeezed | squeeze() makes a scalar of a batch of one image.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    m = log_w.amax(dim=1, keepdim=True)
    return (m + (log_w - m).exp().mean(dim=1, keepdim=True).log()).squeeze()


# %% right | iwae_bound | plain | The two earlier functions together.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)


# %% right | iwae_bound | logsumexp | torch.logsumexp minus log k.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    return torch.logsumexp(log_w, dim=-1) - math.log(num_samples)


# %% right | iwae_bound | one-sample-at-a-time | A running logaddexp over single samples.
def iwae_bound(model, x, num_samples):
    total = log_importance_weights(model, x, 1)[:, 0]
    for _ in range(num_samples - 1):
        total = torch.logaddexp(total, log_importance_weights(model, x, 1)[:, 0])
    return total - math.log(num_samples)


# %% right | iwae_bound | repeated-images | Each image is repeated num_samples times with one sample each.
def iwae_bound(model, x, num_samples):
    copies = x.repeat_interleave(num_samples, dim=0)
    log_w = log_importance_weights(model, copies, 1).reshape(len(x), num_samples)
    return log_mean_exp(log_w, -1)


# %% right | iwae_bound | from-scratch | Everything written out again with distributions and an own shift.
def iwae_bound(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    z = q.rsample((num_samples,))
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x)))
    log_w = Normal(0.0, 1.0).log_prob(z).sum(-1) - q.log_prob(z).sum(-1) - bernoulli_nll(logits, x)
    shift = log_w.detach().amax(dim=0)
    return shift + (log_w - shift).exp().mean(dim=0).log()


# %% wrong | log_likelihood | mean-of-chunk-bounds | The mean of the bounds of the chunks.
def log_likelihood(model, x, num_samples, chunk_size):
    bounds = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            bounds.append(iwae_bound(model, x, size))
    return torch.stack(bounds, dim=1).mean(dim=1)


# %% wrong | log_likelihood | chunks-count-the-same | The log-mean-exp of the bounds, although the last chunk is smaller.
def log_likelihood(model, x, num_samples, chunk_size):
    bounds = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            bounds.append(iwae_bound(model, x, size))
    return log_mean_exp(torch.stack(bounds, dim=1), dim=1)


# %% wrong | log_likelihood | last-chunk-dropped | Only full chunks are drawn; with a chunk larger than num_samples it raises.
def log_likelihood(model, x, num_samples, chunk_size):
    with torch.no_grad():
        log_w = [
            log_importance_weights(model, x, chunk_size) for _ in range(num_samples // chunk_size)
        ]
        return log_mean_exp(torch.cat(log_w, dim=1), dim=1)


# %% wrong | log_likelihood | last-chunk-full | The number of chunks is rounded up and all are full, so more samples are drawn than asked for.
def log_likelihood(model, x, num_samples, chunk_size):
    with torch.no_grad():
        log_w = [
            log_importance_weights(model, x, chunk_size)
            for _ in range(math.ceil(num_samples / chunk_size))
        ]
        return log_mean_exp(torch.cat(log_w, dim=1), dim=1)


# %% wrong | log_likelihood | last-chunk-not-smaller | Each chunk has min(chunk_size, num_samples) samples, so the last one is not cut to what is left.
def log_likelihood(model, x, num_samples, chunk_size):
    kept, drawn = [], 0
    with torch.no_grad():
        while drawn < num_samples:
            kept.append(log_importance_weights(model, x, min(chunk_size, num_samples)))
            drawn += chunk_size
        log_w = torch.cat(kept, dim=1)
        return log_mean_exp(log_w, dim=1)


# %% wrong | log_likelihood | with-gradients | There is no no_grad.
def log_likelihood(model, x, num_samples, chunk_size):
    parts = []
    for start in range(0, num_samples, chunk_size):
        parts.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    return log_mean_exp(torch.cat(parts, dim=1), dim=1)


# %% wrong | log_likelihood | detached-at-the-end | The graph of all chunks is recorded and only the result is detached.
def log_likelihood(model, x, num_samples, chunk_size):
    parts = []
    for start in range(0, num_samples, chunk_size):
        parts.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    return log_mean_exp(torch.cat(parts, dim=1), dim=1).detach()


# %% wrong | log_likelihood | left-in-eval-mode | model.eval() is never undone.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    model.eval()
    parts = []
    for start in range(0, num_samples, chunk_size):
        parts.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    return log_mean_exp(torch.cat(parts, dim=1), dim=1)


# %% wrong | log_likelihood | freezes-the-model | requires_grad of the parameters is switched off instead of using no_grad.
def log_likelihood(model, x, num_samples, chunk_size):
    model.requires_grad_(False)
    parts = []
    for start in range(0, num_samples, chunk_size):
        parts.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    return log_mean_exp(torch.cat(parts, dim=1), dim=1)


# %% wrong | log_likelihood | thaws-everything | Freezes the model and afterwards lets all parameters require gradients, also those that were frozen before.
def log_likelihood(model, x, num_samples, chunk_size):
    for p in model.parameters():
        p.requires_grad_(False)
    parts = []
    for start in range(0, num_samples, chunk_size):
        parts.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    for p in model.parameters():
        p.requires_grad_(True)
    return log_mean_exp(torch.cat(parts, dim=1), dim=1)


# %% wrong | log_likelihood | chunks-of-images | The batch is cut instead of the samples: chunk_size images with all samples at once.
def log_likelihood(model, x, num_samples, chunk_size):
    with torch.no_grad():
        return torch.cat([iwae_bound(model, part, num_samples) for part in x.split(chunk_size)])


# %% wrong | log_likelihood | everything-at-once | chunk_size is not used.
def log_likelihood(model, x, num_samples, chunk_size):
    with torch.no_grad():
        return iwae_bound(model, x, num_samples)


# %% wrong | log_likelihood | split-after-decoding | All samples are decoded at once and only the log weights are cut into chunks.
def log_likelihood(model, x, num_samples, chunk_size):
    with torch.no_grad():
        chunks = log_importance_weights(model, x, num_samples).split(chunk_size, dim=1)
        sums = torch.stack([chunk.logsumexp(dim=1) for chunk in chunks], dim=1)
        return sums.logsumexp(dim=1) - math.log(num_samples)


# %% wrong | log_likelihood | range-too-short | range(0, num_samples - 1, chunk_size) loses the last sample of 5 in chunks of 2.
def log_likelihood(model, x, num_samples, chunk_size):
    parts = []
    with torch.no_grad():
        for start in range(0, max(num_samples - 1, 1), chunk_size):
            size = min(chunk_size, num_samples - start)
            parts.append(log_importance_weights(model, x, size))
        return log_mean_exp(torch.cat(parts, dim=1), dim=1)


# %% wrong | log_likelihood | sum-of-plain-weights | The weights themselves are added up, which are 0 in float32.
def log_likelihood(model, x, num_samples, chunk_size):
    total = torch.zeros(len(x), device=x.device, dtype=x.dtype)
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            total += log_importance_weights(model, x, size).exp().sum(dim=1)
    return (total / num_samples).log()


# %% wrong | log_likelihood | same-noise-in-every-chunk | The seed is set in the loop, so all chunks have the same samples.
def log_likelihood(model, x, num_samples, chunk_size):
    parts = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            torch.manual_seed(42)
            parts.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
        return log_mean_exp(torch.cat(parts, dim=1), dim=1)


# %% wrong | log_likelihood | joined-along-the-batch | The chunks are joined along dim 0: too many results, or an error for a smaller last chunk.
def log_likelihood(model, x, num_samples, chunk_size):
    parts = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            parts.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
        return log_mean_exp(torch.cat(parts), dim=1)


# %% wrong | log_likelihood | log-of-chunk-size | The sum over all samples is divided by chunk_size.
def log_likelihood(model, x, num_samples, chunk_size):
    parts = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            parts.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
        return torch.cat(parts, dim=1).logsumexp(dim=1) - math.log(chunk_size)


# %% wrong | log_likelihood | running-sum-starts-at-zero | The running logarithm starts at 0, which is a weight of 1.
def log_likelihood(model, x, num_samples, chunk_size):
    total = torch.zeros(len(x), device=x.device, dtype=x.dtype)
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            log_w = log_importance_weights(model, x, size)
            total = torch.logaddexp(total, log_w.logsumexp(dim=1))
    return total - math.log(num_samples)


# %% wrong | log_likelihood | float32-table | The log weights of a float64 model are written into a float32 table.
def log_likelihood(model, x, num_samples, chunk_size):
    table = torch.empty(len(x), num_samples, device=x.device, dtype=torch.float32)
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            stop = min(start + chunk_size, num_samples)
            table[:, start:stop] = log_importance_weights(model, x, stop - start)
    return log_mean_exp(table, dim=1)


# %% wrong | log_likelihood | first-chunk-repeated | One chunk is drawn and its weights are repeated.
def log_likelihood(model, x, num_samples, chunk_size):
    with torch.no_grad():
        log_w = log_importance_weights(model, x, min(chunk_size, num_samples))
        times = math.ceil(num_samples / chunk_size)
        return log_mean_exp(log_w.repeat(1, times)[:, :num_samples], dim=1)


# %% wrong | log_likelihood | best-chunk | The largest of the bounds of the chunks.
def log_likelihood(model, x, num_samples, chunk_size):
    best = None
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            bound = iwae_bound(model, x, min(chunk_size, num_samples - start))
            best = bound if best is None else torch.maximum(best, bound)
    return best


# %% wrong | log_likelihood | refuses-a-remainder | Raises if chunk_size does not divide num_samples.
def log_likelihood(model, x, num_samples, chunk_size):
    if num_samples % chunk_size != 0:
        raise ValueError("num_samples must be a multiple of chunk_size")
    with torch.no_grad():
        parts = [log_importance_weights(model, x, chunk_size) for _ in range(num_samples // chunk_size)]
        return log_mean_exp(torch.cat(parts, dim=1), dim=1)


# %% wrong | log_likelihood | mean-over-images | One number for the whole batch.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    parts = []
    for start in range(0, num_samples, chunk_size):
        parts.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    return log_mean_exp(torch.cat(parts, dim=1), dim=1).mean()


# %% wrong | log_likelihood | mode-set-to-train | The model is in training mode afterwards, whatever it was before.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    model.eval()
    parts = []
    for start in range(0, num_samples, chunk_size):
        parts.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    model.train()
    return log_mean_exp(torch.cat(parts, dim=1), dim=1)


# %% wrong | log_likelihood | clears-gradients | model.zero_grad() removes the .grad of the parameters.
def log_likelihood(model, x, num_samples, chunk_size):
    model.zero_grad()
    parts = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            parts.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
        return log_mean_exp(torch.cat(parts, dim=1), dim=1)


# %% wrong | log_likelihood | weights-per-chunk-mean | A running mean of the log weights instead of the weights.
def log_likelihood(model, x, num_samples, chunk_size):
    total = 0.0
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            total = total + log_importance_weights(model, x, size).sum(dim=1)
    return total / num_samples


# %% wrong | log_likelihood | rows-instead-of-samples | chunk_size is read as decoder rows: chunk_size // batch samples per chunk, which is 0 for a small chunk and raises.
def log_likelihood(model, x, num_samples, chunk_size):
    per_chunk = chunk_size // len(x)
    parts = []
    with torch.no_grad():
        for start in range(0, num_samples, per_chunk):
            parts.append(log_importance_weights(model, x, min(per_chunk, num_samples - start)))
        return log_mean_exp(torch.cat(parts, dim=1), dim=1)


# %% right | log_likelihood | plain | As in the hints.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    chunks = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            chunks.append(log_importance_weights(model, x, size))
        return log_mean_exp(torch.cat(chunks, dim=1), dim=1)


# %% right | log_likelihood | running-logaddexp | Keeps only one running log-sum per image.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    total, left = None, num_samples
    while left > 0:
        size = min(left, chunk_size)
        part = log_importance_weights(model, x, size).logsumexp(dim=1)
        total = part if total is None else torch.logaddexp(total, part)
        left -= size
    return total - math.log(num_samples)


# %% right | log_likelihood | bounds-with-their-sizes | The bounds of the chunks, each weighted by its size.
def log_likelihood(model, x, num_samples, chunk_size):
    full, remainder = divmod(num_samples, chunk_size)
    sizes = [chunk_size] * full + ([remainder] if remainder else [])
    with torch.no_grad():
        sums = [iwae_bound(model, x, size) + math.log(size) for size in sizes]
        return torch.stack(sums).logsumexp(dim=0) - math.log(num_samples)


# %% right | log_likelihood | table-filled-in-place | A table of all log weights, filled slice by slice.
def log_likelihood(model, x, num_samples, chunk_size):
    with torch.no_grad():
        table = None
        for start in range(0, num_samples, chunk_size):
            stop = min(start + chunk_size, num_samples)
            log_w = log_importance_weights(model, x, stop - start)
            if table is None:
                table = log_w.new_empty(len(x), num_samples)
            table[:, start:stop] = log_w
        return log_mean_exp(table, dim=-1)


# %% right | log_likelihood | online-maximum | A running maximum and a rescaled sum of weights.
def log_likelihood(model, x, num_samples, chunk_size):
    top = scaled = None
    with torch.no_grad():
        for part in torch.arange(num_samples).split(chunk_size):
            log_w = log_importance_weights(model, x, len(part))
            new_top = log_w.amax(dim=1)
            if top is not None:
                new_top = torch.maximum(top, new_top)
                scaled = scaled * (top - new_top).exp()
            here = (log_w - new_top[:, None]).exp().sum(dim=1)
            scaled = here if scaled is None else scaled + here
            top = new_top
        return top + (scaled / num_samples).log()


# %% right | log_likelihood | generator-of-chunks | A helper yields the chunks; a nested no_grad keeps the graph away.
def _weight_chunks(model, x, sizes):
    for size in sizes:
        with torch.no_grad():
            yield log_importance_weights(model, x, size)


def log_likelihood(model, x, num_samples, chunk_size):
    sizes = (min(chunk_size, num_samples - done) for done in range(0, num_samples, chunk_size))
    log_w = torch.cat(list(_weight_chunks(model, x, sizes)), dim=1)
    return log_mean_exp(log_w, dim=1)
