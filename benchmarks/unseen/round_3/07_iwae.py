# %% wrong | binarize | cut-at-half | Cuts at 0.5, draws nothing, every call gives the same.
def binarize(x: Tensor) -> Tensor:
    return (x > 0.5).to(x.dtype)

# %% wrong | binarize | one-coin-for-all | A single random number decides all pixels of the tensor.
def binarize(x: Tensor) -> Tensor:
    u = torch.rand(1, device=x.device)
    return (u < x).to(x.dtype)

# %% wrong | binarize | one-coin-per-image | One random number for each image, shared by its pixels.
def binarize(x: Tensor) -> Tensor:
    coin = torch.rand(x.shape[:-1] + (1,), device=x.device, dtype=x.dtype)
    return (coin < x).to(x.dtype)

# %% wrong | binarize | returns-bool | The comparison is returned as booleans, dtype not that of x.
def binarize(x: Tensor) -> Tensor:
    noise = torch.rand_like(x)
    return noise < x

# %% wrong | binarize | inverted-comparison | Comparison the wrong way round: 1 with probability 1 - x.
def binarize(x: Tensor) -> Tensor:
    noise = torch.rand_like(x)
    return (noise > x).to(x.dtype)

# %% wrong | binarize | seeded-inside | A seed in the function makes every call return the same draw.
def binarize(x: Tensor) -> Tensor:
    torch.manual_seed(42)  # reproducible
    return torch.bernoulli(x)

# %% wrong | binarize | gaussian-noise | randn instead of rand: normal noise is no uniform coin, even 0 becomes 1 half of the time.
def binarize(x: Tensor) -> Tensor:
    r = torch.randn_like(x)
    return (r < x).to(x.dtype)

# %% wrong | binarize | overwrites-x | Writes the draw into x itself, the grey images of the caller are lost.
def binarize(x: Tensor) -> Tensor:
    hit = torch.rand_like(x) < x
    x[hit] = 1.0
    x[~hit] = 0.0
    return x

# %% wrong | binarize | always-float32 | .float() at the end: a float64 image comes back as float32.
def binarize(x: Tensor) -> Tensor:
    u = torch.rand(x.shape, device=x.device)
    return (u < x).float()

# %% wrong | binarize | x-as-logits | Grey values are given to Bernoulli as logits, so black pixels become white half of the time.
def binarize(x: Tensor) -> Tensor:
    from torch.distributions import Bernoulli
    return Bernoulli(logits=x).sample()

# %% wrong | binarize | numpy-integers | NumPy's binomial returns integers; the dtype is int64 and not that of x.
def binarize(x: Tensor) -> Tensor:
    import numpy as np
    return torch.from_numpy(np.random.binomial(1, x.cpu().numpy())).to(x.device)

# %% wrong | binarize | shared-over-batch | One coin per pixel position, the same for all images of the batch.
def binarize(x: Tensor) -> Tensor:
    mask = torch.rand(x.shape[1:], device=x.device)
    return torch.where(mask < x, 1.0, 0.0).to(x.dtype)

# %% wrong | binarize | round-of-product | Rounds u * x, which is 1 with probability 1 - 0.5 / x and never below grey 0.5.
def binarize(x: Tensor) -> Tensor:
    return torch.round(torch.rand_like(x) * x)

# %% wrong | binarize | divides-by-255 | Believes that the pixels run from 0 to 255; nearly everything becomes 0.
def binarize(x: Tensor) -> Tensor:
    p = x / 255.0
    return torch.bernoulli(p)

# %% right | binarize | torch-bernoulli | The library's own draw.
def binarize(x: Tensor) -> Tensor:
    return torch.bernoulli(x)

# %% right | binarize | where-ones-zeros | torch.where on a uniform tensor.
def binarize(x: Tensor) -> Tensor:
    threshold = torch.rand_like(x)
    white, black = torch.ones_like(x), torch.zeros_like(x)
    return torch.where(threshold < x, white, black)

# %% right | binarize | distribution | A Bernoulli distribution with probs.
def binarize(x: Tensor) -> Tensor:
    pixels = torch.distributions.Bernoulli(probs=x)
    draw = pixels.sample()
    assert draw.shape == x.shape
    return draw

# %% right | binarize | multinomial-two-columns | A categorical draw from (1 - x, x) for each pixel, reshaped.
def binarize(x: Tensor) -> Tensor:
    flat = x.reshape(-1)
    two = torch.stack([1 - flat, flat], dim=1)
    index = torch.multinomial(two, num_samples=1)
    return index.reshape(x.shape).to(x.dtype)

# %% right | binarize | new-empty-uniform | Uniform numbers written into a new tensor, compared by .gt.
def binarize(x: Tensor) -> Tensor:
    u = torch.empty_like(x).uniform_(0, 1)
    out = x.gt(u)
    return out.type(x.dtype)

# %% right | binarize | numpy-uniform | NumPy's random numbers in float64, copied back with dtype and device of x.
def binarize(x: Tensor) -> Tensor:
    import numpy as np

    p = x.detach().cpu().numpy()
    u = np.random.random_sample(size=p.shape)
    return torch.as_tensor(np.where(u < p, 1.0, 0.0)).to(dtype=x.dtype, device=x.device)


# %% wrong | log_mean_exp | no-count | logsumexp alone: a sum and no mean.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=dim)

# %% wrong | log_mean_exp | counts-everything | Subtracts the log of the number of all elements, not of those along dim.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=dim) - math.log(values.numel())

# %% wrong | log_mean_exp | counts-batch | Subtracts log of the first size (the batch) instead of the size along dim.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    n = len(values)
    return values.logsumexp(dim) - math.log(n)

# %% wrong | log_mean_exp | naive | Exponentiates without subtracting the largest: -inf or inf for ordinary log weights.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return values.exp().mean(dim=dim).log()

# %% wrong | log_mean_exp | global-max | Subtracts the largest value of the whole tensor; rows far below it give -inf.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.max()
    return m + (values - m).exp().mean(dim=dim).log()

# %% wrong | log_mean_exp | keeps-dim | The maximum is kept with keepdim and so is the result; dim is not removed.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.amax(dim=dim, keepdim=True)
    return m + torch.log(torch.mean(torch.exp(values - m), dim=dim, keepdim=True))

# %% wrong | log_mean_exp | divides-outside | Divides the logarithm by the count instead of subtracting log of it.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=dim) / values.shape[dim]

# %% wrong | log_mean_exp | max-not-added-back | The maximum is subtracted and never added again.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m, _ = values.max(dim=dim, keepdim=True)
    shifted = values - m
    return torch.log(torch.exp(shifted).mean(dim=dim))

# %% wrong | log_mean_exp | plus-log-n | Adds log n, wrong sign.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    n = values.size(dim)
    return torch.logsumexp(values, dim=dim) + math.log(n)

# %% wrong | log_mean_exp | mean-of-logs | log of exp of the mean: averages the logarithms.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    # log and exp cancel, so nothing can overflow
    return values.mean(dim=dim)

# %% wrong | log_mean_exp | clamped | Clamps to -80 .. 80 before exp, so a row at -1e4 comes out as -80.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    safe = values.clamp(min=-80.0, max=80.0)
    return safe.exp().mean(dim=dim).log()

# %% wrong | log_mean_exp | epsilon | A small epsilon in the logarithm hides the underflow; low rows become log(1e-12).
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    eps = 1e-12
    return torch.log(torch.exp(values).mean(dim) + eps)

# %% wrong | log_mean_exp | in-place | Subtracts the maximum in place, the caller's values are changed.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.amax(dim=dim, keepdim=True)
    values -= m
    return m.squeeze(dim) + values.exp().mean(dim=dim).log()

# %% wrong | log_mean_exp | always-dim-one | The argument dim is not used, always dimension 1.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, 1) - math.log(values.shape[1])

# %% wrong | log_mean_exp | double-only | Believes that float64 is enough; still underflows at -1e4.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    precise = values.double()
    return precise.exp().mean(dim=dim).log().to(values.dtype)

# %% wrong | log_mean_exp | numpy-detour | Goes through NumPy, float64 comes back for float32 and the gradient is lost.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    import numpy as np

    a = values.detach().cpu().numpy().astype(np.float64)
    m = a.max(axis=dim, keepdims=True)
    return torch.tensor(np.squeeze(m, axis=dim) + np.log(np.exp(a - m).mean(axis=dim)))

# %% right | log_mean_exp | logsumexp-minus-log | The library's sum minus log of the size along dim.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return values.logsumexp(dim=dim) - math.log(values.size(dim))

# %% right | log_mean_exp | own-max | Own maximum of each row, squeezed at the end.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    biggest = values.amax(dim=dim, keepdim=True)
    mean = torch.exp(values - biggest).mean(dim=dim, keepdim=True)
    return (biggest + torch.log(mean)).squeeze(dim)

# %% right | log_mean_exp | logaddexp-loop | Adds the slices one after the other with logaddexp.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    slices = values.unbind(dim)
    total = slices[0].clone()
    for s in slices[1:]:
        total = torch.logaddexp(total, s)
    return total - math.log(len(slices))

# %% right | log_mean_exp | log-softmax-trick | The largest value minus the largest log softmax is logsumexp.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    top = values.amax(dim)
    top_share = torch.log_softmax(values, dim).amax(dim)  # = top - logsumexp
    count = values.shape[dim]
    return top - top_share - math.log(count)

# %% right | log_mean_exp | mean-by-einsum | Moves dim to the end and averages the shifted exponentials by einsum with weights 1/n.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    moved = torch.movedim(values, dim, -1)
    n = moved.shape[-1]
    uniform = torch.full((n,), 1.0 / n, dtype=values.dtype, device=values.device)
    m = moved.max(dim=-1).values
    weighted = torch.einsum("...k,k->...", torch.exp(moved - m[..., None]), uniform)
    return m + weighted.log()


# %% wrong | effective_sample_size | no-reciprocal | Sum of the squared shares without 1 over it.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.softmax(log_weights, dim=1)
    return (w**2).sum(dim=1)

# %% wrong | effective_sample_size | naive-exp | exp without subtracting the largest: nan for ordinary log weights.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.exp()
    return w.sum(dim=1) ** 2 / (w**2).sum(dim=1)

# %% wrong | effective_sample_size | softmax-over-batch | Normalises over the batch, dim=0.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = log_weights.softmax(dim=0)
    return 1 / shares.square().sum(dim=1)

# %% wrong | effective_sample_size | one-over-largest | 1 / largest share, another definition.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = log_weights.softmax(dim=1)
    return 1 / shares.amax(dim=1)

# %% wrong | effective_sample_size | perplexity | exp of the entropy of the shares, another definition.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    log_p = torch.log_softmax(log_weights, dim=1)
    entropy = -(log_p.exp() * log_p).sum(dim=1)
    return entropy.exp()

# %% wrong | effective_sample_size | normalises-logs | Divides the logarithms by their sum and treats them as weights.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights / log_weights.sum(dim=1, keepdim=True)
    return 1 / (w**2).sum(dim=1)

# %% wrong | effective_sample_size | square-of-sum | Squares the sum of the shares, always 1.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w_tilde = torch.softmax(log_weights, dim=-1)
    return 1.0 / w_tilde.sum(dim=-1).square()

# %% wrong | effective_sample_size | mean-of-squares | Mean instead of sum of squares, too large by a factor of k.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.softmax(dim=-1)
    return 1 / w.pow(2).mean(dim=-1)

# %% wrong | effective_sample_size | batch-average | Averages over the batch and returns one number.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.softmax(dim=1)
    ess = 1 / (w * w).sum(dim=1)
    return ess.mean()

# %% wrong | effective_sample_size | whole-samples | Rounds to whole samples and returns integers.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.softmax(dim=1)
    return (1 / w.square().sum(dim=1)).round().long()

# %% wrong | effective_sample_size | keepdim | Shape (batch, 1) instead of (batch,).
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.exp(log_weights - torch.logsumexp(log_weights, dim=1, keepdim=True))
    return (w**2).sum(dim=1, keepdim=True).reciprocal()

# %% wrong | effective_sample_size | global-max | Subtracts the largest of the whole tensor; low rows become 0 / 0.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.exp(log_weights - log_weights.max())
    w = w / w.sum(dim=1, keepdim=True)
    return 1 / (w**2).sum(dim=1)

# %% wrong | effective_sample_size | unbiased-variance | k / (1 + V) with the unbiased variance, below 1 when one sample has all the weight.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    k = log_weights.shape[1]
    relative = k * log_weights.softmax(dim=1)
    return k / (1 + relative.var(dim=1))

# %% wrong | effective_sample_size | cv-not-squared | k / (1 + cv) with the coefficient of variation not squared.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    k = log_weights.shape[1]
    w = log_weights.softmax(dim=1)
    cv = w.std(dim=1, correction=0) / w.mean(dim=1)
    return k / (1 + cv)

# %% wrong | effective_sample_size | epsilon-in-sum | Naive exp with an epsilon against 0 / 0; underflowing rows give nonsense instead of their size.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.exp()
    w = w / (w.sum(dim=1, keepdim=True) + 1e-8)
    return 1 / (w.pow(2).sum(dim=1) + 1e-8)

# %% right | effective_sample_size | softmax | Softmax, squares, sum, reciprocal.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = torch.softmax(log_weights, dim=1)
    return shares.square().sum(dim=1).reciprocal()

# %% right | effective_sample_size | in-logs | exp of 2 logsumexp(a) - logsumexp(2a) after subtracting the largest of each row.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    a = log_weights - log_weights.amax(dim=1, keepdim=True)
    return torch.exp(2 * torch.logsumexp(a, dim=1) - torch.logsumexp(2 * a, dim=1))

# %% right | effective_sample_size | einsum | Own normalisation and einsum.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    top, _ = log_weights.max(dim=-1, keepdim=True)
    w = (log_weights - top).exp()
    return torch.einsum("bk->b", w) ** 2 / torch.einsum("bk,bk->b", w, w)

# %% right | effective_sample_size | kong | Kong's k / (1 + V) with the population variance of the relative weights.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    num_samples = log_weights.shape[1]
    relative = num_samples * log_weights.softmax(dim=1)  # mean 1
    v = (relative - 1).square().mean(dim=1)
    return num_samples / (1 + v)

# %% right | effective_sample_size | row-loop | A loop over images in float64, returned in the dtype of the input.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    sizes = []
    for row in log_weights:
        w = torch.exp(row.double() - row.double().max())
        share = w / w.sum()
        sizes.append(1 / torch.dot(share, share))
    return torch.stack(sizes).to(log_weights.dtype)


# %% wrong | log_importance_weights | same-noise | All samples of an image share one noise.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    eps = torch.randn_like(mu).unsqueeze(1).expand(-1, num_samples, -1)
    z = mu.unsqueeze(1) + sigma.unsqueeze(1) * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_qz = Normal(mu.unsqueeze(1), sigma.unsqueeze(1)).log_prob(z).sum(-1)
    return log_px + log_pz - log_qz

# %% wrong | log_importance_weights | variance-as-sigma | exp(log_var) is used as the standard deviation.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu.unsqueeze(1), log_var.exp().unsqueeze(1))
    z = q.rsample((num_samples,)).squeeze(2).transpose(0, 1)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (x.shape[0], num_samples))
    log_p = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x[:, None]) + log_p - q.log_prob(z).sum(-1)

# %% wrong | log_importance_weights | closed-form-kl | Uses the closed-form KL in place of log p(z) - log q(z|x) of each sample.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    eps = torch.randn(x.shape[0], num_samples, mu.shape[1], device=x.device, dtype=mu.dtype)
    z = mu[:, None] + (log_var / 2).exp()[:, None] * eps
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (x.shape[0], num_samples))
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return -bernoulli_nll(logits, x[:, None]) - kl[:, None]

# %% wrong | log_importance_weights | plus-log-q | log q is added instead of subtracted.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (log_var / 2).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (-1, num_samples))
    log_likelihood = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_prior = Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(dim=-1)
    return log_likelihood + log_prior + log_q

# %% wrong | log_importance_weights | nll-sign | Forgets that bernoulli_nll is minus log p(x|z).
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), torch.exp(0.5 * log_var).unsqueeze(1)
    noise = torch.randn(x.size(0), num_samples, mu.size(-1), dtype=mu.dtype, device=mu.device)
    z = mu + sigma * noise
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (x.size(0), num_samples))
    log_px = bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(-1)
    return log_px + log_pz - log_qz

# %% wrong | log_importance_weights | sample-no-gradient | q.sample instead of rsample: no gradient through z.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    z = q.sample((num_samples,))  # (num_samples, batch, latent)
    log_q = q.log_prob(z).sum(-1).T
    log_p = Normal(0.0, 1.0).log_prob(z).sum(-1).T
    z = z.transpose(0, 1)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_p - log_q

# %% wrong | log_importance_weights | rows-scrambled | z is (samples, batch, latent) when flattened but unflattened as (batch, samples): logits meet the wrong images.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    z = q.rsample((num_samples,))
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1).transpose(0, 1)
    log_qz = q.log_prob(z).sum(-1).transpose(0, 1)
    return log_px + log_pz - log_qz

# %% wrong | log_importance_weights | mean-over-latent | The two densities of z are averaged over latent dimensions instead of summed.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (log_var / 2).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_pz = Normal(0.0, 1.0).log_prob(z).mean(dim=-1)
    log_qz = Normal(mu, sigma).log_prob(z).mean(dim=-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_pz - log_qz

# %% wrong | log_importance_weights | prior-forgotten | log p(z) is missing.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, log_var = mu.unsqueeze(1), log_var.unsqueeze(1)
    sigma = (log_var / 2).exp()
    eps = torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    z = mu + sigma * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) - Normal(mu, sigma).log_prob(z).sum(-1)

# %% wrong | log_importance_weights | repeat-not-interleave | Codes are in the order of images, x is repeated in the order of samples: other images are compared.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu = mu.repeat_interleave(num_samples, dim=0)
    sigma = (0.5 * log_var).exp().repeat_interleave(num_samples, dim=0)
    z = mu + sigma * torch.randn_like(mu)
    log_px = -bernoulli_nll(model.decode(z), x.repeat(num_samples, 1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(1)
    return (log_px + log_pz - log_qz).view(len(x), num_samples)

# %% wrong | log_importance_weights | no-grad | Everything under no_grad, although it must stay differentiable.
@torch.no_grad()
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (log_var / 2).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_pz - log_qz

# %% wrong | log_importance_weights | samples-first | Returns (num_samples, batch).
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, (log_var / 2).exp())
    z = q.rsample((num_samples,))
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x)))
    return (
        -bernoulli_nll(x_logits, x)
        + Normal(0.0, 1.0).log_prob(z).sum(-1)
        - q.log_prob(z).sum(-1)
    )

# %% wrong | log_importance_weights | log-q-detached | q's parameters are detached in log q ("sticking the landing"): the values agree, the gradient is not that of log w.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (log_var / 2).exp().unsqueeze(1)
    eps = torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    z = mu + sigma * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_qz = Normal(mu.detach(), sigma.detach()).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_pz - log_qz

# %% wrong | log_importance_weights | log-q-without-half | In the hand-written log q the term of log_var lacks its one half.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    eps = torch.randn(len(x), num_samples, mu.shape[1], dtype=mu.dtype, device=mu.device)
    z = mu[:, None, :] + torch.exp(log_var / 2)[:, None, :] * eps
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    c = 0.5 * math.log(2 * math.pi)
    log_q = (-0.5 * eps**2 - log_var[:, None, :] - c).sum(-1)
    log_p = (-0.5 * z**2 - c).sum(-1)
    return log_p - log_q - bernoulli_nll(logits, x[:, None, :])

# %% wrong | log_importance_weights | constant-in-one-only | The prior is written without log(2 pi), q with it: the constants no longer cancel.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (log_var / 2).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_pz = -0.5 * z.square().sum(-1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_pz - log_qz

# %% wrong | log_importance_weights | clamps-log-var | Clamps log_var to -10 .. 10, wrong densities for values that the docstring allows.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    log_var = log_var.clamp(-10, 10)  # numerical stability
    mu, sigma = mu.unsqueeze(1), (log_var / 2).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_pz - log_qz

# %% wrong | log_importance_weights | codes-from-prior | Draws the codes from the prior and still weighs them as if from q.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    z = torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_qz = Normal(mu.unsqueeze(1), (log_var / 2).exp().unsqueeze(1)).log_prob(z).sum(-1)
    return log_px + log_pz - log_qz

# %% right | log_importance_weights | rsample-moved | rsample of the library, axes swapped before decoding.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(0.5 * log_var))
    z = q.rsample(torch.Size([num_samples]))  # (k, batch, latent)
    log_q = q.log_prob(z).sum(dim=-1)
    log_prior = Normal(torch.zeros_like(mu), torch.ones_like(mu)).log_prob(z).sum(dim=-1)
    rows = z.transpose(0, 1).flatten(0, 1)
    x_logits = model.decode(rows).unflatten(0, (x.shape[0], num_samples))
    return (log_prior - log_q).transpose(0, 1) - bernoulli_nll(x_logits, x[:, None, :])

# %% right | log_importance_weights | by-hand-from-noise | Densities written out from the noise, the constants cancel.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    batch, latent = mu.shape
    eps = torch.randn(batch, num_samples, latent, dtype=mu.dtype, device=mu.device)
    z = mu[:, None] + eps * (0.5 * log_var)[:, None].exp()
    # log p(z) - log q(z|x): both have -latent/2 log(2 pi)
    ratio = 0.5 * (eps.square() + log_var[:, None] - z.square()).sum(dim=2)
    x_logits = model.decode(z.reshape(batch * num_samples, latent)).reshape(batch, num_samples, -1)
    return ratio - bernoulli_nll(x_logits, x[:, None])

# %% right | log_importance_weights | loop-over-samples | One sample after the other, stacked as columns.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    sigma = log_var.exp().sqrt()
    q = Normal(mu, sigma)
    prior = Normal(0.0, 1.0)
    columns = []
    for _ in range(num_samples):
        z = mu + sigma * torch.randn_like(mu)
        reconstruction = -bernoulli_nll(model.decode(z), x)
        columns.append(reconstruction + prior.log_prob(z).sum(1) - q.log_prob(z).sum(1))
    return torch.stack(columns, dim=1)

# %% right | log_importance_weights | repeat-interleave | All rows repeated image by image, viewed back at the end.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    def rows(t: Tensor) -> Tensor:
        return t.repeat_interleave(num_samples, dim=0)

    mu, log_var = (rows(t) for t in model.encode(x))
    q = torch.distributions.Independent(Normal(mu, (log_var / 2).exp()), 1)
    p = torch.distributions.Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    z = q.rsample()
    log_w = p.log_prob(z) - q.log_prob(z) - bernoulli_nll(model.decode(z), rows(x))
    return log_w.view(x.shape[0], num_samples)

# %% right | log_importance_weights | own-bernoulli | Bernoulli term from logsigmoid instead of bernoulli_nll.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    logsig = nn.functional.logsigmoid
    mu, log_var = [t.unsqueeze(1) for t in model.encode(x)]
    std = torch.exp(log_var / 2)
    z = mu + std * torch.randn(x.shape[0], num_samples, mu.shape[2], dtype=mu.dtype, device=mu.device)
    a = model.decode(z.flatten(0, 1)).unflatten(0, (x.shape[0], num_samples))
    xs = x.unsqueeze(1)
    log_px = (xs * logsig(a) + (1 - xs) * logsig(-a)).sum(-1)
    log_2pi = math.log(2 * math.pi)
    log_pz = -0.5 * (z**2 + log_2pi).sum(-1)
    log_qz = -0.5 * (((z - mu) / std) ** 2 + log_var + log_2pi).sum(-1)
    return log_px + log_pz - log_qz


# %% wrong | iwae_bound | mean-of-log-weights | Averages the log weights: the ELBO for every number of samples.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    return log_importance_weights(model, x, num_samples).mean(dim=1)

# %% wrong | iwae_bound | no-count | logsumexp without minus log of the number of samples.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return torch.logsumexp(log_w, dim=1)

# %% wrong | iwae_bound | averages-batch | The average runs over the batch, result (num_samples,).
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return log_mean_exp(log_w, dim=0)

# %% wrong | iwae_bound | one-scalar | Returns the mean over the batch.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return log_mean_exp(log_w, dim=1).mean()

# %% wrong | iwae_bound | as-a-loss | Returns minus the bound.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return -log_mean_exp(log_w, dim=-1)

# %% wrong | iwae_bound | naive-exp | exp of the log weights underflows, -inf.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    w = log_importance_weights(model, x, num_samples).exp()
    return torch.log(w.mean(dim=1))

# %% wrong | iwae_bound | no-gradient | Under no_grad, so it cannot be trained.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    with torch.no_grad():
        log_w = log_importance_weights(model, x, num_samples)
        return log_mean_exp(log_w, dim=1)

# %% wrong | iwae_bound | best-sample | The largest log weight instead of the average.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return log_w.max(dim=1).values

# %% wrong | iwae_bound | harmonic | Turns the sign first and averages 1 / w: the harmonic mean, below the ELBO and falling.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    neg = -log_importance_weights(model, x, num_samples)
    return -log_mean_exp(neg, dim=1)

# %% wrong | iwae_bound | kl-outside | log of the average of p(x|z), minus the closed-form KL.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    eps = torch.randn(len(x), num_samples, mu.shape[1], dtype=mu.dtype, device=mu.device)
    z = mu.unsqueeze(1) + (log_var / 2).exp().unsqueeze(1) * eps
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)
    return log_mean_exp(log_px, dim=1) - kl

# %% wrong | iwae_bound | softmax-weighted | Sum of log weights times their normalised weights, not the log of the average.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    w_tilde = log_w.softmax(dim=1).detach()
    return (w_tilde * log_w).sum(dim=1)

# %% wrong | iwae_bound | log-k-twice | log_mean_exp has divided already, log k is subtracted once more.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return log_mean_exp(log_w, dim=1) - math.log(num_samples)

# %% wrong | iwae_bound | detached-max | Shifts by a detached maximum, adds it back before the logarithm.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    m = log_w.max(dim=1, keepdim=True).values.detach()
    w = (log_w - m).exp()
    return torch.log(w.mean(dim=1) + m.squeeze(1).exp())

# %% wrong | iwae_bound | one-sample-each-averaged | Calls the one-sample bound k times and averages the logarithms.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    total = 0
    for _ in range(num_samples):
        total = total + log_mean_exp(log_importance_weights(model, x, 1), dim=1)
    return total / num_samples

# %% right | iwae_bound | composed | The two functions of the lesson.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)

# %% right | iwae_bound | logsumexp | logsumexp minus log k.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    weights = log_importance_weights(model=model, x=x, num_samples=num_samples)
    return weights.logsumexp(-1) - math.log(num_samples)

# %% right | iwae_bound | logaddexp-one-by-one | Draws one sample at a time and adds the weights in logs.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_sum = log_importance_weights(model, x, 1)[:, 0]
    for _ in range(num_samples - 1):
        log_sum = torch.logaddexp(log_sum, log_importance_weights(model, x, 1)[:, 0])
    return log_sum - math.log(num_samples)

# %% right | iwae_bound | own-shift | Own shift by the detached maximum of each row.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    peak = log_w.detach().amax(dim=1)
    return peak + (log_w - peak[:, None]).exp().mean(dim=1).log()

# %% right | iwae_bound | from-scratch | Everything again from encode, samples on the first axis while decoding.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    k, (batch, latent) = num_samples, mu.shape
    eps = torch.randn(k, batch, latent, dtype=mu.dtype, device=mu.device)
    z = mu + torch.exp(0.5 * log_var) * eps
    x_logits = model.decode(z.reshape(k * batch, latent)).reshape(k, batch, -1)
    log_ratio = 0.5 * (eps**2 - z**2 + log_var).sum(-1)
    log_w = log_ratio - bernoulli_nll(x_logits, x)
    return torch.logsumexp(log_w, dim=0) - math.log(k)


# %% wrong | log_likelihood | mean-of-bounds | Averages the bounds of the chunks: logarithms are averaged.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    bounds = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            bounds.append(iwae_bound(model, x, size))
    return torch.stack(bounds).mean(dim=0)

# %% wrong | log_likelihood | chunks-count-equally | log-mean-exp of the chunks' bounds without their sizes: the smaller last chunk counts as much as a full one.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    bounds = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            bounds.append(iwae_bound(model, x, size))
        return log_mean_exp(torch.stack(bounds, dim=1), dim=1)

# %% wrong | log_likelihood | remainder-dropped | num_samples // chunk_size chunks, the rest is not drawn (and nothing at all if the chunk is larger).
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        parts = [
            log_importance_weights(model, x, chunk_size) for _ in range(num_samples // chunk_size)
        ]
        return log_mean_exp(torch.cat(parts, dim=1), dim=1)

# %% wrong | log_likelihood | last-chunk-full | The last chunk is full too: more samples than asked for.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    log_w = []
    with torch.no_grad():
        for _ in range(0, num_samples, chunk_size):
            log_w.append(log_importance_weights(model, x, chunk_size))
        return log_mean_exp(torch.cat(log_w, dim=1), dim=1)

# %% wrong | log_likelihood | keeps-gradients | No no_grad: the graph of all chunks is kept and the result needs gradients.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    log_w = []
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        log_w.append(log_importance_weights(model, x, size))
    return log_mean_exp(torch.cat(log_w, dim=1), dim=1)

# %% wrong | log_likelihood | chunks-of-images | Splits the batch instead of the samples; all samples of an image are decoded at once.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    results = []
    with torch.no_grad():
        for part in x.split(chunk_size):
            results.append(iwae_bound(model, part, num_samples))
    return torch.cat(results)

# %% wrong | log_likelihood | draws-all-first | Draws everything at once and cuts the log weights into chunks: memory not bounded.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    sums = [chunk.logsumexp(dim=1) for chunk in log_w.split(chunk_size, dim=1)]
    return torch.stack(sums, dim=1).logsumexp(dim=1) - math.log(num_samples)

# %% wrong | log_likelihood | left-in-eval | Puts the model in evaluation mode and does not put it back.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    model.eval()
    parts = []
    done = 0
    while done < num_samples:
        size = min(chunk_size, num_samples - done)
        parts.append(log_importance_weights(model, x, size))
        done += size
    return log_mean_exp(torch.cat(parts, dim=1), dim=1)

# %% wrong | log_likelihood | clears-gradients | zero_grad at the start deletes gradients that the model had.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    model.zero_grad()
    parts = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            parts.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
        return log_mean_exp(torch.cat(parts, dim=1), dim=1)

# %% wrong | log_likelihood | freezes-model | requires_grad_(False) instead of no_grad; the model can't be trained afterwards.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    for p in model.parameters():
        p.requires_grad_(False)
    parts = []
    for start in range(0, num_samples, chunk_size):
        parts.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    return log_mean_exp(torch.cat(parts, dim=1), dim=1)

# %% wrong | log_likelihood | running-sum-from-zero | The running logarithm starts at 0, which is a weight of 1 and swamps all others.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    total = torch.zeros(len(x), dtype=x.dtype, device=x.device)
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        log_w = log_importance_weights(model, x, size)
        total = torch.logaddexp(total, log_w.logsumexp(dim=1))
    return total - math.log(num_samples)

# %% wrong | log_likelihood | sums-raw-weights | Adds up exp(log_w), which is 0 in float32.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    total = 0.0
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        total = total + log_importance_weights(model, x, size).exp().sum(dim=1)
    return (total / num_samples).log()

# %% wrong | log_likelihood | divides-by-chunk | Sums over all samples and subtracts log of the chunk size.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    sums = []
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        sums.append(torch.logsumexp(log_importance_weights(model, x, size), dim=1))
    return torch.logsumexp(torch.stack(sums), dim=0) - math.log(chunk_size)

# %% wrong | log_likelihood | range-from-one | The range begins at 1, so one sample is missing.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    parts = []
    with torch.no_grad():
        for start in range(1, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            parts.append(log_importance_weights(model, x, size))
        return log_mean_exp(torch.cat(parts, dim=1), dim=1)

# %% wrong | log_likelihood | same-seed-per-chunk | Seeds in the loop, so every chunk draws the same codes.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    parts = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            torch.manual_seed(0)
            size = min(chunk_size, num_samples - start)
            parts.append(log_importance_weights(model, x, size))
    return log_mean_exp(torch.cat(parts, dim=1), dim=1)

# %% wrong | log_likelihood | mean-over-images | Returns one number, minus the mean over the batch, as the printed score.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    parts = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            parts.append(log_importance_weights(model, x, size))
        return -log_mean_exp(torch.cat(parts, dim=1), dim=1).mean()

# %% right | log_likelihood | cat-and-average | Log weights side by side, one average.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    kept = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            kept.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
        return log_mean_exp(torch.cat(kept, dim=1), dim=1)

# %% right | log_likelihood | running-logaddexp | A running logarithm of the sum of weights, nothing kept.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    left, running = num_samples, None
    while left > 0:
        size = min(left, chunk_size)
        chunk = log_importance_weights(model, x, size).logsumexp(dim=1)
        running = chunk if running is None else torch.logaddexp(running, chunk)
        left -= size
    return running - math.log(num_samples)

# %% right | log_likelihood | weighted-bounds | Bounds of the chunks, each with log of its share of the samples, joined by logsumexp.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    full, rest = divmod(num_samples, chunk_size)
    sizes = [chunk_size] * full + ([rest] if rest else [])
    terms = [iwae_bound(model, x, size) + math.log(size / num_samples) for size in sizes]
    return torch.stack(terms).logsumexp(dim=0)

# %% right | log_likelihood | streaming-maximum | Keeps a maximum and a scaled sum for each image.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    peak = total = None
    drawn = 0
    with torch.no_grad():
        while drawn != num_samples:
            size = chunk_size if drawn + chunk_size <= num_samples else num_samples - drawn
            log_w = log_importance_weights(model, x, size)
            new_peak = log_w.max(dim=1).values
            if peak is None:
                peak, total = new_peak, torch.zeros_like(new_peak)
            new_peak = torch.maximum(peak, new_peak)
            total = total * (peak - new_peak).exp() + (log_w - new_peak[:, None]).exp().sum(dim=1)
            peak = new_peak
            drawn += size
    return peak + (total / num_samples).log()

# %% right | log_likelihood | split-of-indices | Lets torch.split make the chunk sizes; from encode on by itself.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        mu, log_var = (t.unsqueeze(1) for t in model.encode(x))
        batch, _, latent = mu.shape
        columns = []
        for numbers in torch.arange(num_samples).split(chunk_size):
            k = len(numbers)
            eps = torch.randn(batch, k, latent, dtype=mu.dtype, device=mu.device)
            z = mu + (log_var / 2).exp() * eps
            logits = model.decode(z.flatten(0, 1)).unflatten(0, (batch, k))
            ratio = 0.5 * (eps.square() + log_var - z.square()).sum(-1)
            columns.append(ratio - bernoulli_nll(logits, x.unsqueeze(1)))
        log_w = torch.hstack(columns)
        return torch.logsumexp(log_w, dim=1) - math.log(num_samples)
