# %% wrong | binarize | threshold-half | Cuts at 0.5, no draw at all.
def binarize(x: Tensor) -> Tensor:
    return (x > 0.5).to(x.dtype)


# %% wrong | binarize | returns-bool | The comparison stays boolean, the dtype of x is lost.
def binarize(x):
    u = torch.rand_like(x)
    return u < x


# %% wrong | binarize | comparison-turned | The pixel becomes 1 with probability 1 - x.
def binarize(x):
    noise = torch.rand_like(x)
    return (noise > x).to(x.dtype)


# %% wrong | binarize | one-coin-per-image | One random number per image is used for all of its pixels.
def binarize(x):
    threshold = torch.rand(x.shape[:-1], device=x.device, dtype=x.dtype).unsqueeze(-1)
    return (threshold < x).to(x.dtype)


# %% wrong | binarize | rounds | Rounds the grey value, which is deterministic.
def binarize(x):
    return torch.round(x)


# %% wrong | binarize | seed-inside | Seeds the generator inside, so every call gives the same draw.
def binarize(x):
    torch.manual_seed(0)
    return torch.bernoulli(x)


# %% wrong | binarize | always-float32 | The result is float32 whatever the dtype of x.
def binarize(x):
    return (torch.rand_like(x) < x).float()


# %% wrong | binarize | overwrites-input | Draws in place and so destroys the grey images of the caller.
def binarize(x):
    return x.bernoulli_(x.clone())


# %% wrong | binarize | gaussian-noise | Compares with normal instead of uniform noise.
def binarize(x):
    return (torch.randn_like(x) < x).to(x.dtype)


# %% wrong | binarize | same-coins-for-batch | The same coins are used for every image of the batch.
def binarize(x):
    coins = torch.rand(x.shape[-1], device=x.device, dtype=x.dtype)
    return torch.where(coins < x, torch.ones_like(x), torch.zeros_like(x))


# %% wrong | binarize | only-batches-of-784 | Works for shape (batch, 784) only, not for any shape.
def binarize(x):
    u = torch.rand(x.shape[0], 784, device=x.device)
    return (u < x).to(x.dtype)


# %% wrong | binarize | sigmoid-first | Treats grey values as logits.
def binarize(x):
    p = torch.sigmoid(x)
    return torch.bernoulli(p)


# %% wrong | binarize | noise-added-then-cut | Adds a uniform number in [-0.25, 0.25) and cuts at 0.5, which is not a draw with probability x.
def binarize(x):
    noisy = x + 0.5 * (torch.rand_like(x) - 0.5)
    return (noisy > 0.5).to(x.dtype)


# %% right | binarize | bernoulli-builtin | torch.bernoulli.
def binarize(x):
    return torch.bernoulli(x)


# %% right | binarize | uniform-compare | Uniform noise compared with x.
def binarize(x: Tensor) -> Tensor:
    """Draw every pixel."""
    coin = torch.rand_like(x)
    heads = coin < x
    return heads.to(x.dtype)


# %% right | binarize | distribution | torch.distributions.Bernoulli.
def binarize(x):
    from torch.distributions import Bernoulli

    return Bernoulli(probs=x).sample()


# %% right | binarize | where | torch.where with ones and zeros.
def binarize(x):
    u = torch.rand(x.shape, device=x.device, dtype=x.dtype)
    return torch.where(u < x, torch.ones_like(x), torch.zeros_like(x))


# %% right | binarize | binomial | One trial of a binomial.
def binarize(x):
    return torch.binomial(torch.ones_like(x), x)


# %% right | binarize | floor-of-sum | floor(x + u) with u uniform in [0, 1), in double so that 1 is never passed.
def binarize(x):
    u = torch.rand(x.shape, device=x.device, dtype=torch.float64)
    return torch.floor(x.double() + u).clamp(0, 1).type_as(x)


# %% wrong | log_mean_exp | naive | exp, mean, log without a shift: underflows and overflows.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return values.exp().mean(dim=dim).log()


# %% wrong | log_mean_exp | sum-not-mean | Forgets the logarithm of the count.
def log_mean_exp(values, dim):
    return torch.logsumexp(values, dim=dim)


# %% wrong | log_mean_exp | counts-all-elements | Divides by the number of all elements.
def log_mean_exp(values, dim):
    return torch.logsumexp(values, dim) - math.log(values.numel())


# %% wrong | log_mean_exp | counts-first-axis | Divides by the batch size, whatever dim is.
def log_mean_exp(values, dim):
    n = len(values)
    return torch.logsumexp(values, dim=dim) - math.log(n)


# %% wrong | log_mean_exp | global-max | Subtracts the largest of the whole tensor, so low rows vanish.
def log_mean_exp(values, dim):
    m = values.max()
    return m + torch.log(torch.mean(torch.exp(values - m), dim=dim))


# %% wrong | log_mean_exp | mean-of-logs | Averages the logarithms.
def log_mean_exp(values, dim):
    return values.mean(dim=dim)


# %% wrong | log_mean_exp | keeps-dim | The averaged dimension stays with size 1.
def log_mean_exp(values, dim):
    m = values.amax(dim=dim, keepdim=True)
    return m + (values - m).exp().mean(dim=dim, keepdim=True).log()


# %% wrong | log_mean_exp | divides-the-log | Divides the log-sum-exp by the count.
def log_mean_exp(values, dim):
    return torch.logsumexp(values, dim=dim) / values.shape[dim]


# %% wrong | log_mean_exp | adds-log-count | Adds the logarithm of the count.
def log_mean_exp(values, dim):
    k = values.size(dim)
    return torch.logsumexp(values, dim) + math.log(k)


# %% wrong | log_mean_exp | epsilon-in-log | A small epsilon instead of a shift: wrong for very small values.
def log_mean_exp(values, dim):
    return torch.log(torch.exp(values).mean(dim) + 1e-12)


# %% wrong | log_mean_exp | always-last-dim | Ignores dim.
def log_mean_exp(values, dim):
    m, _ = values.max(dim=-1, keepdim=True)
    return m.squeeze(-1) + (values - m).exp().mean(dim=-1).log()


# %% wrong | log_mean_exp | returns-double | Calculates in float64 and does not go back.
def log_mean_exp(values, dim):
    v = values.double()
    return torch.logsumexp(v, dim) - math.log(v.shape[dim])


# %% wrong | log_mean_exp | shift-not-added-back | The largest value is subtracted and never added again.
def log_mean_exp(values, dim):
    shifted = values - values.amax(dim, keepdim=True)
    return shifted.exp().mean(dim).log()


# %% wrong | log_mean_exp | shift-by-mean | Shifts by the mean instead of the largest, and can overflow.
def log_mean_exp(values, dim):
    c = values.mean(dim, keepdim=True)
    return c.squeeze(dim) + (values - c).exp().mean(dim).log()


# %% wrong | log_mean_exp | squeezes-everything | squeeze() without an argument also removes other dimensions of size 1.
def log_mean_exp(values, dim):
    m = values.amax(dim, keepdim=True)
    return (m + torch.log((values - m).exp().mean(dim, keepdim=True))).squeeze()


# %% right | log_mean_exp | logsumexp-minus-log | The short form.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=dim) - math.log(values.shape[dim])


# %% right | log_mean_exp | own-shift | Own shift by the largest of each row.
def log_mean_exp(values, dim):
    m = values.amax(dim=dim, keepdim=True)
    result = m + torch.log(torch.mean(torch.exp(values - m), dim=dim, keepdim=True))
    return result.squeeze(dim)


# %% right | log_mean_exp | reduce-logaddexp | Adds the slices one after another with logaddexp.
def log_mean_exp(values, dim):
    from functools import reduce

    slices = values.unbind(dim)
    return reduce(torch.logaddexp, slices) - math.log(len(slices))


# %% right | log_mean_exp | count-inside | Subtracts the log of the count before the sum.
def log_mean_exp(values, dim):
    count = values.size(dim)
    return (values - math.log(count)).logsumexp(dim)


# %% right | log_mean_exp | double-and-back | Calculates in float64 and returns to the dtype.
def log_mean_exp(values, dim):
    v = values.to(torch.float64).movedim(dim, 0)
    biggest = v.max(dim=0).values
    total = torch.zeros_like(biggest)
    for row in v:
        total = total + torch.exp(row - biggest)
    return (biggest + torch.log(total / v.shape[0])).to(values.dtype)


# %% wrong | effective_sample_size | naive-exp | exp of raw log weights, which may be 0 or infinite.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.exp()
    w = w / w.sum(dim=1, keepdim=True)
    return 1 / (w**2).sum(dim=1)


# %% wrong | effective_sample_size | softmax-over-batch | Normalises over the images.
def effective_sample_size(log_weights):
    w = torch.softmax(log_weights, dim=0)
    return 1.0 / w.pow(2).sum(dim=1)


# %% wrong | effective_sample_size | no-square | Sums the shares without squares, which is always 1.
def effective_sample_size(log_weights):
    return 1 / log_weights.softmax(dim=1).sum(dim=1)


# %% wrong | effective_sample_size | square-of-sum | Squares the sum instead of summing the squares.
def effective_sample_size(log_weights):
    w = log_weights.softmax(dim=1)
    return 1 / w.sum(dim=1) ** 2


# %% wrong | effective_sample_size | perplexity | The exponential of the entropy, another measure.
def effective_sample_size(log_weights):
    log_p = log_weights.log_softmax(dim=1)
    entropy = -(log_p.exp() * log_p).sum(dim=1)
    return entropy.exp()


# %% wrong | effective_sample_size | not-inverted | The sum of squares itself.
def effective_sample_size(log_weights):
    shares = torch.softmax(log_weights, dim=-1)
    return (shares * shares).sum(-1)


# %% wrong | effective_sample_size | inverse-of-largest | One over the largest share.
def effective_sample_size(log_weights):
    return 1 / log_weights.softmax(dim=1).amax(dim=1)


# %% wrong | effective_sample_size | as-fraction | Divided by the number of samples, a fraction from 1/k to 1.
def effective_sample_size(log_weights):
    k = log_weights.shape[1]
    w = log_weights.softmax(dim=1)
    return 1 / (k * w.square().sum(dim=1))


# %% wrong | effective_sample_size | mean-of-squares | The mean of the squares instead of their sum.
def effective_sample_size(log_weights):
    w = log_weights.softmax(dim=1)
    return 1 / w.square().mean(dim=1)


# %% wrong | effective_sample_size | global-max-shift | Shifts by the largest of all images: low rows become 0/0.
def effective_sample_size(log_weights):
    w = torch.exp(log_weights - log_weights.max())
    return w.sum(dim=1) ** 2 / (w**2).sum(dim=1)


# %% wrong | effective_sample_size | rounded | Rounds to whole samples.
def effective_sample_size(log_weights):
    w = log_weights.softmax(dim=1)
    return (1 / w.square().sum(dim=1)).round()


# %% wrong | effective_sample_size | norm-not-squared | One over the norm, the root of the right number.
def effective_sample_size(log_weights):
    return 1 / torch.linalg.vector_norm(log_weights.softmax(dim=1), dim=1)


# %% wrong | effective_sample_size | logs-as-weights | Normalises the logarithms as if they were the weights.
def effective_sample_size(log_weights):
    w = log_weights / log_weights.sum(dim=1, keepdim=True)
    return 1 / (w**2).sum(dim=1)


# %% wrong | effective_sample_size | mean-over-batch | One number for the whole batch.
def effective_sample_size(log_weights):
    w = log_weights.softmax(dim=1)
    return (1 / (w**2).sum(dim=1)).mean()


# %% wrong | effective_sample_size | double-softmax | Takes exp of the shares once more, by a second softmax.
def effective_sample_size(log_weights):
    w = torch.exp(log_weights - log_weights.amax(dim=1, keepdim=True))
    w = torch.softmax(w, dim=1)
    return 1 / (w**2).sum(dim=1)


# %% right | effective_sample_size | softmax | The short form.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    return 1 / log_weights.softmax(dim=1).square().sum(dim=1)


# %% right | effective_sample_size | own-shift | Own shift, then square of sum over sum of squares.
def effective_sample_size(log_weights):
    biggest = log_weights.max(dim=1, keepdim=True).values
    w = torch.exp(log_weights - biggest)
    return w.sum(dim=1) ** 2 / (w**2).sum(dim=1)


# %% right | effective_sample_size | in-logs | log_softmax, doubled, logsumexp.
def effective_sample_size(log_weights):
    log_share = torch.log_softmax(log_weights, dim=-1)
    return torch.exp(-torch.logsumexp(2 * log_share, dim=-1))


# %% right | effective_sample_size | row-loop | One row after another.
def effective_sample_size(log_weights):
    sizes = []
    for row in log_weights:
        w = torch.softmax(row, dim=0)
        sizes.append(1 / torch.sum(w * w))
    return torch.stack(sizes)


# %% right | effective_sample_size | einsum | einsum for the sum of squares.
def effective_sample_size(log_weights):
    w = log_weights.softmax(-1)
    return torch.einsum("bk,bk->b", w, w).reciprocal()


# %% wrong | log_importance_weights | sample-cuts-gradient | Uses sample(), so no gradient flows through z.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Normal(mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1))
    z = q.sample((num_samples,)).squeeze(2).transpose(0, 1)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return log_px + log_pz - q.log_prob(z).sum(-1)


# %% wrong | log_importance_weights | variance-as-sigma | Takes exp(log_var) for the standard deviation.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), log_var.exp().unsqueeze(1)
    eps = torch.randn(x.shape[0], num_samples, mu.shape[-1], device=x.device)
    z = mu + sigma * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (x.shape[0], num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    return log_px + Normal(0.0, 1.0).log_prob(z).sum(-1) - Normal(mu, sigma).log_prob(z).sum(-1)


# %% wrong | log_importance_weights | adds-log-q | Adds log q instead of subtracting it.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu = mu[:, None]
    sigma = torch.exp(log_var / 2)[:, None]
    z = mu + sigma * torch.randn(len(x), num_samples, mu.size(-1), device=x.device)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    terms = [-bernoulli_nll(logits, x[:, None])]
    terms.append(Normal(0.0, 1.0).log_prob(z).sum(dim=-1))
    terms.append(Normal(mu, sigma).log_prob(z).sum(dim=-1))
    return sum(terms)


# %% wrong | log_importance_weights | no-prior | log p(z) is missing.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Normal(mu, (log_var / 2).exp())
    z = q.rsample((num_samples,))  # (k, b, d)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x)))
    log_px = -bernoulli_nll(logits, x)
    return (log_px - q.log_prob(z).sum(-1)).T


# %% wrong | log_importance_weights | closed-form-kl | Subtracts the closed-form KL instead of log q - log p of each sample.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    eps = torch.randn(len(x), num_samples, mu.shape[1], device=x.device)
    z = mu.unsqueeze(1) + (0.5 * log_var).exp().unsqueeze(1) * eps
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1)
    return -bernoulli_nll(logits, x.unsqueeze(1)) - kl.unsqueeze(1)


# %% wrong | log_importance_weights | same-noise-for-all-samples | One noise per image, repeated for all samples.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = (mu + sigma * torch.randn_like(mu)).unsqueeze(1).expand(-1, num_samples, -1)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_qz = Normal(mu.unsqueeze(1), sigma.unsqueeze(1)).log_prob(z).sum(-1)
    return log_px + log_pz - log_qz


# %% wrong | log_importance_weights | same-noise-for-all-images | The noise has no batch axis.
def log_importance_weights(model, x, num_samples):
    mu, log_var = (t.unsqueeze(1) for t in model.encode(x))
    sigma = torch.exp(0.5 * log_var)
    z = mu + sigma * torch.randn(num_samples, mu.shape[-1], device=x.device)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return log_px + log_pz - Normal(mu, sigma).log_prob(z).sum(-1)


# %% wrong | log_importance_weights | nll-sign | Adds the negative log likelihood without a minus.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, sigma = mu[:, None, :], log_var.mul(0.5).exp()[:, None, :]
    z = mu + sigma * torch.randn(x.shape[0], num_samples, mu.shape[2], device=x.device)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (x.shape[0], num_samples))
    log_px = bernoulli_nll(logits, x[:, None, :])
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(2)
    log_qz = Normal(mu, sigma).log_prob(z).sum(2)
    return log_px + log_pz - log_qz


# %% wrong | log_importance_weights | mean-over-latents | Averages log p(z) and log q over the dimensions.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Normal(mu.unsqueeze(1), (log_var / 2).exp().unsqueeze(1))
    z = q.mean + q.stddev * torch.randn(len(x), num_samples, mu.shape[1], device=x.device)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(logits, x.unsqueeze(1))
    return log_px + Normal(0.0, 1.0).log_prob(z).mean(-1) - q.log_prob(z).mean(-1)


# %% wrong | log_importance_weights | rows-mixed-up | Samples are sample-major, but the rows are unflattened as image-major.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    z = q.rsample((num_samples,))
    logits = model.decode(z.reshape(-1, mu.shape[1])).view(len(x), num_samples, -1)
    log_px = -bernoulli_nll(logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1).T
    return log_px + log_pz - q.log_prob(z).sum(-1).T


# %% wrong | log_importance_weights | repeat-not-interleave | x.repeat puts the images in another order than the rows of z.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    b, d = mu.shape
    mu = mu.repeat_interleave(num_samples, dim=0)
    sigma = (0.5 * log_var).exp().repeat_interleave(num_samples, dim=0)
    z = mu + sigma * torch.randn_like(mu)
    log_px = -bernoulli_nll(model.decode(z), x.repeat(num_samples, 1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(1)
    return (log_px + log_pz - log_qz).view(b, num_samples)


# %% wrong | log_importance_weights | no-grad | Computed without gradients.
def log_importance_weights(model, x, num_samples):
    with torch.no_grad():
        mu, log_var = model.encode(x)
        q = Normal(mu, (0.5 * log_var).exp())
        z = q.rsample((num_samples,))
        logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x)))
        log_w = -bernoulli_nll(logits, x) + (Normal(0.0, 1.0).log_prob(z) - q.log_prob(z)).sum(-1)
        return log_w.T


# %% wrong | log_importance_weights | transposed | The result is (num_samples, batch).
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    z = q.rsample((num_samples,))
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x)))
    log_px = -bernoulli_nll(logits, x)
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return log_px + log_pz - q.log_prob(z).sum(-1)


# %% wrong | log_importance_weights | log-q-without-log-sigma | The handwritten log q lacks the term of log sigma.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    eps = torch.randn(len(x), num_samples, mu.shape[1], device=x.device)
    z = mu[:, None] + torch.exp(log_var / 2)[:, None] * eps
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(logits, x[:, None])
    log_pz = -0.5 * (z**2 + math.log(2 * math.pi)).sum(-1)
    log_qz = -0.5 * (eps**2 + math.log(2 * math.pi)).sum(-1)
    return log_px + log_pz - log_qz


# %% wrong | log_importance_weights | two-pi-only-in-q | The handwritten prior forgets log 2 pi, q has it.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    mu, log_var = mu.unsqueeze(1), log_var.unsqueeze(1)
    eps = torch.randn(len(x), num_samples, mu.shape[-1], device=x.device)
    z = mu + torch.exp(0.5 * log_var) * eps
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(logits, x.unsqueeze(1))
    log_pz = -0.5 * (z**2).sum(-1)
    log_qz = -0.5 * (eps**2 + log_var + math.log(2 * math.pi)).sum(-1)
    return log_px + log_pz - log_qz


# %% right | log_importance_weights | hint-shapes | As the hints lead.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu = mu.unsqueeze(1)
    sigma = (0.5 * log_var).exp().unsqueeze(1)
    noise = torch.randn(x.shape[0], num_samples, mu.shape[-1], device=mu.device, dtype=mu.dtype)
    z = mu + sigma * noise
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (x.shape[0], num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(dim=-1)
    return log_px + log_pz - log_qz


# %% right | log_importance_weights | rsample-transposed | rsample with the samples first, transposed at the end.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    z = q.rsample((num_samples,))
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x)))
    log_ratio = (Normal(0.0, 1.0).log_prob(z) - q.log_prob(z)).sum(-1)
    return (log_ratio - bernoulli_nll(x_logits, x)).transpose(0, 1)


# %% right | log_importance_weights | sample-loop | A loop over samples, stacked.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    sigma = torch.exp(0.5 * log_var)
    columns = []
    for _ in range(num_samples):
        z = mu + sigma * torch.randn_like(mu)
        log_px = -bernoulli_nll(model.decode(z), x)
        log_pz = Normal(torch.zeros_like(z), torch.ones_like(z)).log_prob(z).sum(dim=1)
        log_qz = Normal(mu, sigma).log_prob(z).sum(dim=1)
        columns.append(log_px + log_pz - log_qz)
    return torch.stack(columns, dim=1)


# %% right | log_importance_weights | by-hand | Densities by hand; log 2 pi cancels.
def log_importance_weights(model, x, num_samples):
    mu, log_var = [t[:, None] for t in model.encode(x)]
    eps = torch.randn_like(mu.expand(-1, num_samples, -1))
    z = mu + torch.exp(0.5 * log_var) * eps
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (-1, num_samples))
    ratio = 0.5 * (eps.square() + log_var - z.square()).sum(-1)
    return ratio - bernoulli_nll(logits, x[:, None])


# %% right | log_importance_weights | repeat-interleave | Repeats the rows of mu, sigma and x.
def log_importance_weights(model, x, num_samples):
    def rows(t):
        return t.repeat_interleave(num_samples, dim=0)

    mu, log_var = model.encode(x)
    q = torch.distributions.Independent(Normal(rows(mu), rows(log_var).mul(0.5).exp()), 1)
    z = q.rsample()
    prior = torch.distributions.Independent(Normal(torch.zeros_like(z), torch.ones_like(z)), 1)
    log_w = prior.log_prob(z) - q.log_prob(z) - bernoulli_nll(model.decode(z), rows(x))
    return log_w.view(x.shape[0], num_samples)


# %% wrong | iwae_bound | mean-of-logs | Averages the log weights: the ELBO for every k.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return log_w.mean(dim=1)


# %% wrong | iwae_bound | naive-exp | exp of raw log weights underflows.
def iwae_bound(model, x, num_samples):
    w = log_importance_weights(model, x, num_samples).exp()
    return w.mean(dim=1).log()


# %% wrong | iwae_bound | batch-axis | Averages over the images.
def iwae_bound(model, x, num_samples):
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=0)


# %% wrong | iwae_bound | batch-mean | Returns the mean of the batch, a scalar.
def iwae_bound(model, x, num_samples):
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=1).mean()


# %% wrong | iwae_bound | no-log-k | A sum of weights instead of an average.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    return torch.logsumexp(log_w, dim=1)


# %% wrong | iwae_bound | negative | Returns the loss, the negative bound.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    return -log_mean_exp(log_w, dim=1)


# %% wrong | iwae_bound | no-grad | Not differentiable.
@torch.no_grad()
def iwae_bound(model, x, num_samples):
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)


# %% wrong | iwae_bound | largest-weight | The largest log weight instead of the log of the average.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    return log_w.max(dim=1).values


# %% wrong | iwae_bound | log-of-batch-size | Subtracts the logarithm of the batch size.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    return torch.logsumexp(log_w, dim=1) - math.log(len(log_w))


# %% wrong | iwae_bound | weighted-mean-of-logs | The log weights averaged with normalised weights, which is above the bound.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    w = torch.softmax(log_w, dim=1)
    return (w * log_w).sum(dim=1)


# %% wrong | iwae_bound | detached-weights-loss | Copied from an IWAE blog: detached normalised weights times log weights; right gradient, wrong value.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    w = (log_w - log_w.max(dim=1, keepdim=True)[0]).exp()
    w = (w / w.sum(dim=1, keepdim=True)).detach()
    return torch.sum(w * log_w, dim=1)


# %% wrong | iwae_bound | average-of-single-bounds | Calls it with one sample each and averages the bounds.
def iwae_bound(model, x, num_samples):
    total = 0
    for _ in range(num_samples):
        total = total + log_mean_exp(log_importance_weights(model, x, 1), dim=1)
    return total / num_samples


# %% wrong | iwae_bound | divided-by-k | Divides the log-sum-exp by k.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    return torch.logsumexp(log_w, dim=1) / num_samples


# %% wrong | iwae_bound | per-pixel | Divides by the number of pixels, so the unit is not nats per image.
def iwae_bound(model, x, num_samples):
    bound = log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)
    return bound / x.shape[1]


# %% right | iwae_bound | two-functions | The two earlier functions.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)


# %% right | iwae_bound | logsumexp | logsumexp minus log k.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    return log_w.logsumexp(dim=-1) - math.log(num_samples)


# %% right | iwae_bound | own-shift | Own shift of the largest weight.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    m = log_w.detach().amax(dim=1)
    w = torch.exp(log_w - m[:, None])
    return m + w.mean(dim=1).log()


# %% right | iwae_bound | image-loop | One image after another, stacked.
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    return torch.stack([log_mean_exp(row, 0) for row in log_w])


# %% right | iwae_bound | logaddexp-loop | Adds single weights with logaddexp.
def iwae_bound(model, x, num_samples):
    total = log_importance_weights(model, x, 1)[:, 0]
    for _ in range(num_samples - 1):
        total = torch.logaddexp(total, log_importance_weights(model, x, 1)[:, 0])
    return total - math.log(num_samples)


# %% wrong | log_likelihood | average-of-bounds | Averages the bounds of the chunks.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    bounds = []
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        bounds.append(iwae_bound(model, x, size))
    return torch.stack(bounds).mean(dim=0)


# %% wrong | log_likelihood | chunks-count-equally | Log-mean-exp of the chunks' bounds, although the last is smaller.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    bounds = []
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        bounds.append(iwae_bound(model, x, size))
    return log_mean_exp(torch.stack(bounds, dim=1), dim=1)


# %% wrong | log_likelihood | drops-the-rest | The smaller last chunk is not drawn.
def log_likelihood(model, x, num_samples, chunk_size):
    with torch.no_grad():
        n = max(1, num_samples // chunk_size)
        log_w = [log_importance_weights(model, x, min(chunk_size, num_samples)) for _ in range(n)]
        return log_mean_exp(torch.cat(log_w, dim=1), dim=1)


# %% wrong | log_likelihood | last-chunk-full | The last chunk is full too: too many samples.
def log_likelihood(model, x, num_samples, chunk_size):
    kept = []
    with torch.no_grad():
        for _ in range(0, num_samples, chunk_size):
            kept.append(log_importance_weights(model, x, chunk_size))
    return log_mean_exp(torch.cat(kept, dim=1), dim=1)


# %% wrong | log_likelihood | with-gradients | No no_grad: the graphs of all chunks stay in memory.
def log_likelihood(model, x, num_samples, chunk_size):
    kept = []
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        kept.append(log_importance_weights(model, x, size))
    return log_mean_exp(torch.cat(kept, dim=1), dim=1)


# %% wrong | log_likelihood | all-at-once | Ignores chunk_size.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    log_w = log_importance_weights(model, x, num_samples)
    parts = log_w.split(chunk_size, dim=1)
    return log_mean_exp(torch.cat(parts, dim=1), dim=1)


# %% wrong | log_likelihood | chunks-of-images | Splits the images instead of the samples.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    return torch.cat([iwae_bound(model, part, num_samples) for part in x.split(chunk_size)])


# %% wrong | log_likelihood | naive-sum-of-weights | Adds raw weights, which underflow.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    total = torch.zeros(len(x), device=x.device)
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        total += log_importance_weights(model, x, size).exp().sum(dim=1)
    return (total / num_samples).log()


# %% wrong | log_likelihood | divides-by-chunks | Divides the sum of all weights by the number of chunks.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    sums = []
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        sums.append(log_importance_weights(model, x, size).logsumexp(dim=1))
    return torch.stack(sums).logsumexp(dim=0) - math.log(len(sums))


# %% wrong | log_likelihood | empty-last-chunk-idea | Adds a full extra chunk when the division has no rest.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    kept = []
    for _ in range(num_samples // chunk_size):
        kept.append(log_importance_weights(model, x, chunk_size))
    rest = num_samples % chunk_size or chunk_size
    kept.append(log_importance_weights(model, x, rest))
    return log_mean_exp(torch.cat(kept, dim=1), dim=1)


# %% wrong | log_likelihood | best-chunk | The best bound of the chunks.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    best = None
    for start in range(0, num_samples, chunk_size):
        bound = iwae_bound(model, x, min(chunk_size, num_samples - start))
        best = bound if best is None else torch.maximum(best, bound)
    return best


# %% wrong | log_likelihood | batch-mean | Returns one number for the batch.
def log_likelihood(model, x, num_samples, chunk_size):
    kept = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            kept.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
        return log_mean_exp(torch.cat(kept, dim=1), dim=1).mean()


# %% wrong | log_likelihood | grad-left-off | Switches gradients off for good.
def log_likelihood(model, x, num_samples, chunk_size):
    torch.set_grad_enabled(False)
    kept = []
    for start in range(0, num_samples, chunk_size):
        kept.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    return log_mean_exp(torch.cat(kept, dim=1), dim=1)


# %% wrong | log_likelihood | running-half | A running average that halves in every step, so later chunks count more.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    estimate = None
    for start in range(0, num_samples, chunk_size):
        bound = iwae_bound(model, x, min(chunk_size, num_samples - start))
        if estimate is None:
            estimate = bound
        else:
            estimate = torch.logaddexp(estimate, bound) - math.log(2)
    return estimate


# %% wrong | log_likelihood | weighted-average-of-bounds | Chunks are weighted by size, but still logarithms are averaged.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    total = torch.zeros(x.shape[0], device=x.device)
    done = 0
    while done < num_samples:
        size = min(chunk_size, num_samples - done)
        total += size * iwae_bound(model, x, size)
        done += size
    return total / num_samples


# %% right | log_likelihood | join-then-average | As hint 3.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    kept = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            kept.append(log_importance_weights(model, x, size))
        return log_mean_exp(torch.cat(kept, dim=1), dim=1)


# %% right | log_likelihood | running-logaddexp | A running log-sum-exp.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    total, left = None, num_samples
    while left > 0:
        size = min(left, chunk_size)
        part = torch.logsumexp(log_importance_weights(model, x, size), dim=1)
        total = part if total is None else torch.logaddexp(total, part)
        left -= size
    return total - math.log(num_samples)


# %% right | log_likelihood | bounds-plus-log-size | Bounds of chunks, each weighted by its size inside of the logarithm.
@torch.no_grad()
def log_likelihood(model, x, num_samples, chunk_size):
    full, rest = divmod(num_samples, chunk_size)
    sizes = [chunk_size] * full + ([rest] if rest else [])
    sums = [iwae_bound(model, x, size) + math.log(size) for size in sizes]
    return torch.stack(sums, dim=1).logsumexp(dim=1) - math.log(num_samples)


# %% right | log_likelihood | split-helper | Sizes from the split of a range.
def log_likelihood(model, x, num_samples, chunk_size):
    sizes = [len(part) for part in torch.arange(num_samples).split(chunk_size)]
    with torch.no_grad():
        log_w = torch.cat([log_importance_weights(model, x, s) for s in sizes], dim=-1)
    return log_mean_exp(log_w, -1)


# %% right | log_likelihood | filled-table | A table filled column by column.
def log_likelihood(model, x, num_samples, chunk_size):
    table = torch.empty(x.shape[0], num_samples, dtype=x.dtype, device=x.device)
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            stop = min(start + chunk_size, num_samples)
            table[:, start:stop] = log_importance_weights(model, x, stop - start)
        return torch.logsumexp(table, dim=1) - math.log(num_samples)
