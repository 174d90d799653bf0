# %% wrong | binarize | threshold | Cuts at 0.5 instead of drawing, so the result is deterministic and a grey value is not read as a probability.
def binarize(x: Tensor) -> Tensor:
    return (x > 0.5).to(x.dtype)

# %% wrong | binarize | boolean-result | The draw is right but the comparison is returned as it is, so the dtype is bool and not that of x.
def binarize(x: Tensor) -> Tensor:
    u = torch.rand_like(x)
    return u < x

# %% wrong | binarize | inverted | The comparison is turned round, so a pixel becomes 1 with probability 1 - x.
def binarize(x: Tensor) -> Tensor:
    noise = torch.rand(x.shape, dtype=x.dtype, device=x.device)
    return (noise > x).to(x.dtype)

# %% wrong | binarize | shared-over-batch | The uniform numbers have no batch axis, so all images of a batch use the same coin at the same pixel.
def binarize(x: Tensor) -> Tensor:
    coins = torch.rand(x.shape[-1], device=x.device)
    return (coins < x).to(x.dtype)

# %% wrong | binarize | one-coin-per-image | One uniform number per image serves as a threshold for all of its pixels, so the pixels of an image are not drawn independently.
def binarize(x: Tensor) -> Tensor:
    threshold = torch.rand(x.shape[0], *([1] * (x.dim() - 1)), dtype=x.dtype, device=x.device)
    return torch.where(x > threshold, torch.ones_like(x), torch.zeros_like(x))

# %% wrong | binarize | fixed-seed | The seed is set in every call "for reproducibility", so every call on the same images gives the same draw.
def binarize(x: Tensor) -> Tensor:
    torch.manual_seed(0)
    return torch.bernoulli(x)

# %% wrong | binarize | in-place | The draw is written back into x, so the caller's grey values are lost.
def binarize(x: Tensor) -> Tensor:
    x.copy_(torch.bernoulli(x))
    return x

# %% wrong | binarize | normal-noise | Compares with standard normal instead of uniform noise, so the probabilities are wrong and even black pixels become 1 in half of all cases.
def binarize(x: Tensor) -> Tensor:
    # random number for each pixel
    r = torch.randn_like(x)
    return (r < x).to(x.dtype)

# %% wrong | binarize | always-float32 | The result is converted with .float(), so a float64 input comes back as float32.
def binarize(x: Tensor) -> Tensor:
    return (torch.rand_like(x) < x).float()

# %% wrong | binarize | half-noise-and-round | Adds uniform noise of width 0.5 and rounds, so a pixel of 0.3 becomes 1 with probability 0.6 and every pixel above 0.5 is always 1.
def binarize(x: Tensor) -> Tensor:
    noisy = x + 0.5 * torch.rand_like(x)
    return noisy.round().clamp(0, 1)

# %% wrong | binarize | as-logits | Takes the grey values for logits and draws with probability sigmoid(x), so black pixels become 1 in half of all cases.
def binarize(x: Tensor) -> Tensor:
    dist = torch.distributions.Bernoulli(logits=x)
    return dist.sample()

# %% wrong | binarize | min-max-first | Stretches the batch to the full range from 0 to 1 before drawing, so the probabilities are wrong wherever the batch does not contain both 0 and 1.
def binarize(x: Tensor) -> Tensor:
    lo, hi = x.min(), x.max()
    p = (x - lo) / (hi - lo + 1e-8)
    return (torch.rand_like(p) < p).to(x.dtype)

# %% right | binarize | builtin | The built-in torch.bernoulli, nothing else.
def binarize(x):
    return torch.bernoulli(x)

# %% right | binarize | python-loop | Pure Python: a list of floats, random.random() for each pixel, then back into a tensor.
import random


def binarize(x: Tensor) -> Tensor:
    answer = []
    for grey in x.flatten().tolist():
        if random.random() < grey:
            answer.append(1.0)
        else:
            answer.append(0.0)
    return torch.tensor(answer, dtype=x.dtype, device=x.device).reshape(x.shape)

# %% right | binarize | lambda-lt | A lambda with the functional comparison torch.lt.
binarize = lambda x: torch.lt(torch.rand(x.shape, dtype=x.dtype, device=x.device), x).type_as(x)

# %% right | binarize | distribution | torch.distributions with an own name for everything and a print left inside.
from torch.distributions import Bernoulli


def binarize(grey_values: Tensor) -> Tensor:
    print("shape:", grey_values.shape)
    return Bernoulli(probs=grey_values).sample().to(grey_values.dtype)

# %% right | binarize | sign-clamp | The sign of grey value minus uniform number, with -1 clamped to 0.
def binarize(x: Tensor) -> Tensor:
    difference = x - torch.rand_like(x)
    return torch.sign(difference).clamp(min=0)

# %% right | binarize | numpy | A NumPy user: binomial draws from numpy, converted back to the dtype of x.
import numpy as np


def binarize(x: Tensor) -> Tensor:
    p = x.detach().cpu().numpy()
    ones = np.random.binomial(1, p)
    return torch.as_tensor(ones).to(dtype=x.dtype, device=x.device)

# %% wrong | log_mean_exp | only-logsumexp | Returns the log of the sum; the log of the count is not subtracted.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=dim)

# %% wrong | log_mean_exp | naive | Takes exp, mean and log directly without a shift, so values around -110 give minus infinity and values around 100 give infinity in float32.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return values.exp().mean(dim=dim).log()

# %% wrong | log_mean_exp | divides-outside | Divides the log-sum-exp by the count instead of subtracting the log of the count.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    n = values.shape[dim]
    return torch.logsumexp(values, dim) / n

# %% wrong | log_mean_exp | count-of-batch | Subtracts the log of the length of the first axis (the batch) whatever dim is.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.logsumexp(values, dim=dim) - math.log(len(values))

# %% wrong | log_mean_exp | count-of-all | Subtracts the log of the number of all elements of the tensor instead of the number along dim.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    total = torch.logsumexp(values, dim=dim)
    return total - torch.log(torch.tensor(values.numel(), dtype=values.dtype))

# %% wrong | log_mean_exp | global-max | Shifts by the largest value of the whole tensor instead of each row's own, so a row far below it becomes minus infinity.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.max()
    return m + (values - m).exp().mean(dim).log()

# %% wrong | log_mean_exp | keepdim | The averaged dimension is kept with length 1 instead of being removed.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.max(dim=dim, keepdim=True).values
    return m + torch.log(torch.exp(values - m).mean(dim=dim, keepdim=True))

# %% wrong | log_mean_exp | base-two | Subtracts the base-2 logarithm of the count from a natural logarithm.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return values.logsumexp(dim) - math.log2(values.size(dim))

# %% wrong | log_mean_exp | max-not-added-back | Subtracts the largest value for stability and never adds it back.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    biggest = values.amax(dim=dim, keepdim=True)
    shifted = values - biggest
    return torch.log(torch.mean(torch.exp(shifted), dim=dim))

# %% wrong | log_mean_exp | mean-of-logs | Averages the values themselves, on the ground that log and exp cancel.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    # log(exp(a)) = a, so only the mean remains
    return values.mean(dim=dim)

# %% wrong | log_mean_exp | last-axis-always | Always averages over the last axis; the argument dim is not used.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m, _ = values.max(dim=-1)
    return m + (values - m.unsqueeze(-1)).exp().mean(dim=-1).log()

# %% wrong | log_mean_exp | in-place | The result is right, but the largest value is subtracted in place, so the caller's values are changed.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    m = values.amax(dim, keepdim=True)
    values -= m
    return values.exp().mean(dim).log() + m.squeeze(dim)

# %% wrong | log_mean_exp | clamped | Clamps the values to the range from -80 to 80 so that exp neither vanishes nor overflows; values beyond are answered wrongly.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    safe = torch.clamp(values, min=-80.0, max=80.0)
    return torch.log(torch.exp(safe).mean(dim))

# %% wrong | log_mean_exp | epsilon | Adds 1e-10 inside the logarithm against log(0), so no result can be below about -23; large values still overflow.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    return torch.log(torch.exp(values).mean(dim=dim) + 1e-10)

# %% wrong | log_mean_exp | double-returned | Computes in float64 and returns float64 also for float32 values.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    v = values.double()  # more precision
    return torch.logsumexp(v, dim) - math.log(v.shape[dim])

# %% wrong | log_mean_exp | shift-by-mean | Shifts each row by its mean instead of its largest value, so rows with a wide spread still overflow to infinity.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    centre = values.mean(dim=dim, keepdim=True)
    return centre.squeeze(dim) + (values - centre).exp().mean(dim=dim).log()

# %% right | log_mean_exp | lse-minus-log | The shortest form: logsumexp minus the log of the size.
def log_mean_exp(values, dim):
    return values.logsumexp(dim) - math.log(values.size(dim))

# %% right | log_mean_exp | by-hand | A beginner's long form: maximum, shift, exp, mean, log, one variable for each step.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    largest_with_axis = torch.max(values, dim=dim, keepdim=True).values
    differences = values - largest_with_axis
    exponentials = torch.exp(differences)
    average = torch.mean(exponentials, dim=dim)
    logarithm = torch.log(average)
    largest_without_axis = largest_with_axis.squeeze(dim)
    result = largest_without_axis + logarithm
    return result

# %% right | log_mean_exp | unbind-reduce | Functional style: slices along dim, reduced with torch.maximum and a Python sum.
import functools


def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    slices = values.unbind(dim)
    top = functools.reduce(torch.maximum, slices)
    total = sum((s - top).exp() for s in slices)
    return top + (total / len(slices)).log()

# %% right | log_mean_exp | count-inside | Subtracts the log of the count from every value before the log-sum-exp.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    log_of_share = -math.log(values.shape[dim])
    return torch.logsumexp(values + log_of_share, dim=dim)

# %% right | log_mean_exp | einsum | Moves the axis to the end and sums with einsum.
def log_mean_exp(values: Tensor, dim: int) -> Tensor:
    v = values.movedim(dim, -1)
    m = v.amax(dim=-1)
    s = torch.einsum("...k->...", torch.exp(v - m[..., None]))
    return m + torch.log(s) - math.log(v.shape[-1])

# %% wrong | effective_sample_size | naive-exp | The formula is right, but exp is taken of the raw logarithms, so rows near -200 or +200 give nan.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.exp()
    return w.sum(dim=1) ** 2 / (w**2).sum(dim=1)

# %% wrong | effective_sample_size | softmax-over-batch | Normalises over the batch axis instead of over the samples of each image.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shares = torch.softmax(log_weights, dim=0)
    return 1 / (shares**2).sum(dim=1)

# %% wrong | effective_sample_size | sum-over-everything | The squares are summed over the whole tensor, so one number comes back instead of one per image.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.softmax(dim=1)
    return 1.0 / w.square().sum()

# %% wrong | effective_sample_size | not-squared | The shares are not squared, so their sum is 1 and the answer is always 1.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w_tilde = log_weights.softmax(-1)
    return 1 / w_tilde.sum(-1)

# %% wrong | effective_sample_size | not-inverted | Returns the sum of the squared shares itself; the reciprocal is missing.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.softmax(log_weights, dim=1)
    return torch.sum(w * w, dim=1)

# %% wrong | effective_sample_size | l2-norm | Divides by the Euclidean norm, so the result is the square root of the effective sample size.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.softmax(log_weights, dim=1)
    return 1 / torch.linalg.norm(w, dim=1)

# %% wrong | effective_sample_size | fraction | Divides by the number of samples, so the result is a fraction from 1/k to 1.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.softmax(log_weights, dim=1)
    ess = 1 / (w**2).sum(1)
    return ess / log_weights.shape[1]

# %% wrong | effective_sample_size | perplexity | Computes exp of the entropy of the shares (perplexity), which agrees at both ends and differs between.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    log_p = torch.log_softmax(log_weights, dim=1)
    entropy = -(log_p.exp() * log_p).sum(dim=1)
    return entropy.exp()

# %% wrong | effective_sample_size | one-over-max | Returns one over the largest share, which agrees at both ends and differs between.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    return 1 / log_weights.softmax(dim=1).amax(dim=1)

# %% wrong | effective_sample_size | logs-as-weights | Normalises the logarithms themselves by their sum; exp is never taken.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights / log_weights.sum(dim=1, keepdim=True)
    return 1 / w.pow(2).sum(dim=1)

# %% wrong | effective_sample_size | global-max | Shifts by the largest value of the whole tensor, so an image far below the best one has only zero weights and gives nan.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.exp(log_weights - log_weights.max())
    w = w / w.sum(dim=1, keepdim=True)
    return 1 / torch.sum(w**2, dim=1)

# %% wrong | effective_sample_size | in-place | The result is right, but the shift, exp and division are done in place, so the caller's log weights are overwritten.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    log_weights.sub_(log_weights.amax(dim=1, keepdim=True)).exp_()
    log_weights.div_(log_weights.sum(dim=1, keepdim=True))
    return 1 / log_weights.square().sum(dim=1)

# %% wrong | effective_sample_size | rounded | Rounds to whole samples, so 1.6 becomes 2.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = log_weights.softmax(dim=1)
    return (1 / (w**2).sum(dim=1)).round()  # a number of samples is a whole number

# %% wrong | effective_sample_size | unbiased-variance | Uses k / (1 + squared coefficient of variation) with the variance that divides by k - 1, which differs from the formula unless all weights are equal.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    k = log_weights.shape[1]
    relative = k * torch.softmax(log_weights, dim=1)
    return k / (1 + relative.var(dim=1))

# %% wrong | effective_sample_size | stays-in-logs | Works in logarithms and returns the logarithm of the effective sample size; the final exp is missing.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    return 2 * torch.logsumexp(log_weights, dim=1) - torch.logsumexp(2 * log_weights, dim=1)

# %% right | effective_sample_size | softmax | Softmax and one line.
def effective_sample_size(lw):
    return lw.softmax(1).square().sum(1).reciprocal()

# %% right | effective_sample_size | row-loop | Pure Python loops over rows and numbers with math.exp, in double precision, then a tensor.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    sizes = []
    for row in log_weights.detach().tolist():
        m = max(row)
        w = [math.exp(a - m) for a in row]
        total = sum(w)
        squares = 0.0
        for wi in w:
            squares += (wi / total) ** 2
        sizes.append(1.0 / squares)
    return torch.tensor(sizes, dtype=log_weights.dtype, device=log_weights.device)

# %% right | effective_sample_size | kong-variance | Kong's form k / (1 + variance of the relative weights), with the variance that divides by k.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    k = log_weights.shape[-1]
    fair_shares = k * torch.softmax(log_weights, dim=-1)
    return k / (1.0 + fair_shares.var(dim=-1, unbiased=False))

# %% right | effective_sample_size | einsum | Shifted weights that are never normalised: (sum)^2 / sum of squares, with einsum.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    w = torch.exp(log_weights - log_weights.max(dim=1, keepdim=True)[0])
    return torch.einsum("bk->b", w) ** 2 / torch.einsum("bk,bk->b", w, w)

# %% right | effective_sample_size | log-space | Two log-sum-exps of the shifted logarithms, and exp at the end.
def effective_sample_size(log_weights: Tensor) -> Tensor:
    shifted = log_weights - log_weights.amax(dim=1, keepdim=True)
    log_ess = 2 * shifted.logsumexp(dim=1) - (2 * shifted).logsumexp(dim=1)
    return log_ess.exp()

# %% wrong | log_importance_weights | variance-as-sigma | Uses exp(log_var), the variance, as standard deviation in the sampler and in log q alike.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu.unsqueeze(1), log_var.exp().unsqueeze(1))
    z = q.rsample((num_samples,)).squeeze(2).transpose(0, 1)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_qz = q.log_prob(z).sum(-1)
    return log_px + log_pz - log_qz

# %% wrong | log_importance_weights | variance-in-log-q-only | Samples with the right sigma, but log q is the density of a normal whose standard deviation is the variance.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, log_var = mu.unsqueeze(1), log_var.unsqueeze(1)
    noise = torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype)
    z = mu + (0.5 * log_var).exp() * noise
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_lik = -bernoulli_nll(logits, x.unsqueeze(1))
    log_prior = Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    log_q = Normal(mu, log_var.exp()).log_prob(z).sum(dim=-1)
    return log_lik + log_prior - log_q

# %% wrong | log_importance_weights | same-noise-for-all-samples | The noise has the shape of mu and is broadcast, so all samples of an image are the same z.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu + sigma * torch.randn_like(mu)
    z = z.unsqueeze(1).expand(-1, num_samples, -1)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (x.shape[0], num_samples))
    q = Normal(mu.unsqueeze(1), sigma.unsqueeze(1))
    prior = Normal(torch.zeros_like(z), torch.ones_like(z))
    return (
        -bernoulli_nll(x_logits, x.unsqueeze(1))
        + prior.log_prob(z).sum(-1)
        - q.log_prob(z).sum(-1)
    )

# %% wrong | log_importance_weights | same-noise-for-all-images | The noise has shape (num_samples, latent_dim), so all images of the batch share their noise.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    eps = torch.randn(num_samples, mu.shape[1], dtype=mu.dtype, device=mu.device)
    std = (log_var / 2).exp()
    z = mu[:, None, :] + std[:, None, :] * eps
    rows = model.decode(z.reshape(-1, mu.shape[1]))
    nll = bernoulli_nll(rows.reshape(len(x), num_samples, -1), x[:, None, :])
    log_p = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_q = Normal(mu[:, None, :], std[:, None, :]).log_prob(z).sum(-1)
    return log_p - log_q - nll

# %% wrong | log_importance_weights | q-and-prior-swapped | The signs of log p(z) and log q are exchanged: the prior is subtracted and log q is added.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_q = Normal(mu, sigma).log_prob(z).sum(-1)
    log_prior = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_likelihood = -bernoulli_nll(x_logits, x.unsqueeze(1))
    return log_likelihood + log_q - log_prior

# %% wrong | log_importance_weights | closed-form-kl | Subtracts the closed-form KL of the image instead of each sample's own log q - log p(z).
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    noise = torch.randn(len(x), num_samples, mu.shape[1], dtype=mu.dtype, device=mu.device)
    z = mu.unsqueeze(1) + (log_var / 2).exp().unsqueeze(1) * noise
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1, keepdim=True)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) - kl

# %% wrong | log_importance_weights | sample-not-rsample | Draws z with .sample(), so no gradient goes from z back into the encoder.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(0.5 * log_var))
    z = q.sample((num_samples,))  # (num_samples, batch, latent)
    log_w = Normal(0.0, 1.0).log_prob(z).sum(-1) - q.log_prob(z).sum(-1)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (num_samples, len(x)))
    log_w = log_w - bernoulli_nll(logits, x)
    return log_w.T

# %% wrong | log_importance_weights | mean-over-pixels | The Bernoulli term is a mean over pixels instead of a sum.
import torch.nn.functional as F


def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    b = x.shape[0]
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), log_var.mul(0.5).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(b, num_samples, mu.size(-1), dtype=mu.dtype)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (b, num_samples))
    target = x.unsqueeze(1).expand_as(x_logits)
    log_px = -F.binary_cross_entropy_with_logits(x_logits, target, reduction="none").mean(-1)
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(-1)
    return log_px + log_pz - log_q

# %% wrong | log_importance_weights | samples-first | The result has shape (num_samples, batch) instead of (batch, num_samples).
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

# %% wrong | log_importance_weights | images-mispaired | The rows for the decoder are ordered image by image, but x is repeated batch after batch, so most codes are compared with another image.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    batch = x.shape[0]
    mu, log_var = model.encode(x)
    mu = mu.unsqueeze(1)
    sigma = torch.exp(0.5 * log_var).unsqueeze(1)
    z = mu + sigma * torch.randn(batch, num_samples, mu.shape[2], dtype=mu.dtype)
    x_logits = model.decode(z.flatten(0, 1))
    x_rep = x.repeat(num_samples, 1)
    log_px = -bernoulli_nll(x_logits, x_rep).view(batch, num_samples)
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(2)
    log_qz = Normal(mu, sigma).log_prob(z).sum(2)
    return log_px + log_pz - log_qz

# %% wrong | log_importance_weights | log-det-forgotten | Writes log q as -0.5 * noise^2 plus the constant; the term -0.5 * log_var is missing.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    eps = torch.randn(len(x), num_samples, mu.shape[1], dtype=mu.dtype, device=mu.device)
    z = mu.unsqueeze(1) + torch.exp(log_var / 2).unsqueeze(1) * eps
    c = math.log(2 * math.pi)
    log_q = -0.5 * (eps**2 + c).sum(-1)
    log_prior = -0.5 * (z**2 + c).sum(-1)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    return log_prior - log_q - bernoulli_nll(x_logits, x.unsqueeze(1))

# %% wrong | log_importance_weights | prior-at-the-mean | The prior density is taken at mu instead of at the sampled z.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (log_var / 2).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_pz = Normal(0.0, 1.0).log_prob(mu).sum(-1)
    log_q = Normal(mu, sigma).log_prob(z).sum(-1)
    return -bernoulli_nll(x_logits, x.unsqueeze(1)) + log_pz - log_q

# %% wrong | log_importance_weights | sigmoid-first | Gives probabilities (sigmoid of the logits) to bernoulli_nll, which expects logits.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(0.5 * log_var))
    z = q.rsample((num_samples,))
    probs = torch.sigmoid(model.decode(z.flatten(0, 1))).unflatten(0, (num_samples, len(x)))
    log_w = -bernoulli_nll(probs, x) + Normal(0.0, 1.0).log_prob(z).sum(-1) - q.log_prob(z).sum(-1)
    return log_w.transpose(0, 1)

# %% wrong | log_importance_weights | clamped-log-var | Clamps log_var to the range from -5 to 5 "for stability", so q is not the encoder's q for values outside, which the contract allows from -20 to 20.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    log_var = torch.clamp(log_var, -5.0, 5.0)
    mu, sigma = mu.unsqueeze(1), torch.exp(0.5 * log_var).unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    return log_px + Normal(0.0, 1.0).log_prob(z).sum(-1) - Normal(mu, sigma).log_prob(z).sum(-1)

# %% wrong | log_importance_weights | densities-averaged-over-dims | Takes the mean over latent dimensions of the prior and of log q instead of the sum.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu[:, None], (log_var[:, None] / 2).exp()
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype)
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(x_logits, x[:, None])
    return log_px + (Normal(0.0, 1.0).log_prob(z) - Normal(mu, sigma).log_prob(z)).mean(dim=-1)

# %% wrong | log_importance_weights | nll-sign-and-kl-sign | Two wrong signs: the negative log likelihood is added instead of subtracted, and log p(z) is subtracted instead of added, giving nll - log p(z) - log q.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    batch = len(x)
    mu, log_var = model.encode(x)
    q = Normal(mu.unsqueeze(1).expand(-1, num_samples, -1), (log_var / 2).exp().unsqueeze(1).expand(-1, num_samples, -1))
    z = q.rsample()
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (batch, num_samples))
    log_px = bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_qz = q.log_prob(z).sum(-1)
    return log_px - log_pz - log_qz

# %% right | log_importance_weights | plain | The three log densities as the text describes them.
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    noise = torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    z = mu + sigma * noise
    x_logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_px = -bernoulli_nll(x_logits, x.unsqueeze(1))
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    log_qz = Normal(mu, sigma).log_prob(z).sum(dim=-1)
    return log_px + log_pz - log_qz

# %% right | log_importance_weights | sample-loop | A loop over the samples, each decoded on its own, stacked as columns.
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    q = Normal(mu, sigma)
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    columns = []
    for _ in range(num_samples):
        z = mu + sigma * torch.randn_like(mu)
        column = -bernoulli_nll(model.decode(z), x)
        column = column + prior.log_prob(z).sum(dim=1)
        column = column - q.log_prob(z).sum(dim=1)
        columns.append(column)
    return torch.stack(columns, dim=1)

# %% right | log_importance_weights | algebra | The constants cancel by hand: log p(z) - log q = 0.5 * sum(noise^2 + log_var - z^2).
def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    m, lv = model.encode(x)
    B, D = m.shape
    e = torch.randn((B, num_samples, D), dtype=m.dtype, device=m.device)
    z = torch.addcmul(m[:, None], (lv / 2).exp()[:, None], e)
    ratio = 0.5 * (e.square() + lv[:, None] - z.square()).sum(2)
    nll = bernoulli_nll(model.decode(z.view(B * num_samples, D)).view(B, num_samples, -1), x[:, None])
    return ratio - nll

# %% right | log_importance_weights | independent-samples-first | torch.distributions with Independent, samples on the first axis, transposed at the end.
from torch.distributions import Independent


def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    loc, log_var = model.encode(x)
    posterior = Independent(Normal(loc, log_var.mul(0.5).exp()), 1)
    prior = Independent(Normal(torch.zeros_like(loc), torch.ones_like(loc)), 1)
    codes = posterior.rsample(torch.Size([num_samples]))
    logits = model.decode(codes.flatten(0, 1)).unflatten(0, (num_samples, x.size(0)))
    weights = prior.log_prob(codes) - posterior.log_prob(codes) - bernoulli_nll(logits, x)
    return weights.transpose(0, 1)

# %% right | log_importance_weights | repeat-interleave | Everything is repeated to rows first, also the images; only the last line gives the result two axes.
import torch.nn.functional as F


def log_importance_weights(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    def log_normal(v, mean, logvar):
        return (-0.5 * (math.log(2 * math.pi) + logvar + (v - mean) ** 2 / logvar.exp())).sum(1)

    mu, log_var = (t.repeat_interleave(num_samples, dim=0) for t in model.encode(x))
    rows = x.repeat_interleave(num_samples, dim=0)
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    log_px = -F.binary_cross_entropy_with_logits(model.decode(z), rows, reduction="none").sum(1)
    log_pz = log_normal(z, torch.zeros_like(z), torch.zeros_like(z))
    log_q = log_normal(z, mu, log_var)
    return (log_px + log_pz - log_q).reshape(x.shape[0], num_samples)

# %% wrong | iwae_bound | mean-of-log-weights | Averages the log weights instead of the weights, which is the ELBO for every number of samples.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return log_w.mean(dim=1)

# %% wrong | iwae_bound | sum-not-mean | Uses log-sum-exp without subtracting the log of num_samples, so the result is too high by log k.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    return torch.logsumexp(log_importance_weights(model, x, num_samples), dim=1)

# %% wrong | iwae_bound | batch-axis | Averages over the batch axis, so the shape is (num_samples,) and images are mixed.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=0)

# %% wrong | iwae_bound | batch-mean | Returns the mean over the batch, a scalar, instead of one number per image.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return log_mean_exp(log_w, dim=1).mean()

# %% wrong | iwae_bound | negated | Returns the negative bound, as a loss, instead of the bound.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    loss = -log_mean_exp(log_importance_weights(model, x, num_samples), -1)
    return loss

# %% wrong | iwae_bound | naive-exp | Takes exp of the log weights, mean and log directly, so ordinary images of 784 pixels give minus infinity.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    weights = torch.exp(log_importance_weights(model, x, num_samples))
    return torch.log(weights.mean(dim=1))

# %% wrong | iwae_bound | no-grad | The number is right, but it is computed under no_grad, so it is not differentiable.
@torch.no_grad()
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)

# %% wrong | iwae_bound | best-sample | Takes the largest log weight of each image instead of the log of the average weight.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    best, _ = log_w.max(dim=1)
    return best

# %% wrong | iwae_bound | fixed-k | Always draws 64 samples; num_samples is not used, so at num_samples = 1 the mean is not the ELBO.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    k = 64
    log_w = log_importance_weights(model, x, k)
    return torch.logsumexp(log_w, dim=1) - math.log(k)

# %% wrong | iwae_bound | self-normalised-sum | Copies the gradient formula: the sum of normalised weights times log weights, which is not the bound but lies above it.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    w_tilde = torch.softmax(log_w, dim=1).detach()
    return (w_tilde * log_w).sum(dim=1)

# %% wrong | iwae_bound | log-of-batch-size | Subtracts the log of the batch size instead of the log of num_samples.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    return log_w.logsumexp(dim=1) - math.log(log_w.shape[0])

# %% wrong | iwae_bound | per-pixel | Divides the bound by the number of pixels, so it is in nats per pixel and not per image.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    bound = log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)
    return bound / x.shape[1]

# %% wrong | iwae_bound | kl-twice | Subtracts the closed-form KL once more from a bound whose weights contain it already.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    mu, log_var = model.encode(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return log_mean_exp(log_w, dim=1) - kl

# %% wrong | iwae_bound | seeded | Sets the seed in each call, so every call gives the same draw and the caller's random state is overwritten.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    torch.manual_seed(42)
    log_w = log_importance_weights(model, x, num_samples)
    return log_mean_exp(log_w, dim=1)

# %% right | iwae_bound | compose | The two earlier functions, composed.
def iwae_bound(model, x, num_samples):
    return log_mean_exp(log_importance_weights(model, x, num_samples), dim=-1)

# %% right | iwae_bound | self-contained | Uses neither earlier function: distributions and logsumexp, samples on the first axis.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    mu, log_var = model.encode(x)
    q = Normal(mu, (log_var / 2).exp())
    z = q.rsample((num_samples,))
    k, b, d = z.shape
    nll = bernoulli_nll(model.decode(z.reshape(k * b, d)).reshape(k, b, -1), x)
    log_p = Normal(0.0, 1.0).log_prob(z).sum(2) - nll
    log_w = log_p - q.log_prob(z).sum(2)
    return torch.logsumexp(log_w, dim=0) - math.log(k)

# %% right | iwae_bound | image-loop | A loop over the images, one at a time, with the shift by the largest weight written out.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    results = []
    for i in range(x.shape[0]):
        one_image = x[i : i + 1]
        logs = log_importance_weights(model, one_image, num_samples)[0]
        m = logs.max()
        average = torch.exp(logs - m).sum() / num_samples
        results.append(m + torch.log(average))
    return torch.stack(results)

# %% right | iwae_bound | one-sample-calls | Calls log_importance_weights for one sample at a time and joins the columns.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    columns = [log_importance_weights(model, x, 1) for _ in range(num_samples)]
    log_w = torch.cat(columns, dim=1)
    print(log_w.shape)
    return log_mean_exp(log_w, 1)

# %% right | iwae_bound | softmax-baseline | Softmax trick: the largest log weight minus the log of its share, minus log k.
def iwae_bound(model: nn.Module, x: Tensor, num_samples: int) -> Tensor:
    log_w = log_importance_weights(model, x, num_samples)
    top = log_w.amax(dim=1)
    log_share_of_top = torch.log_softmax(log_w, dim=1).amax(dim=1)
    return top - log_share_of_top - math.log(num_samples)

# %% wrong | log_likelihood | average-of-bounds | Averages the bounds of the chunks, which averages logarithms and gives the bound of chunk_size samples.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    bounds = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            bounds.append(iwae_bound(model, x, size))
    return torch.stack(bounds).mean(dim=0)

# %% wrong | log_likelihood | chunks-count-the-same | Takes the log-mean-exp of the chunks' bounds, so a smaller last chunk counts as much as a full one.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        parts = []
        left = num_samples
        while left > 0:
            size = min(chunk_size, left)
            parts.append(log_mean_exp(log_importance_weights(model, x, size), dim=1))
            left -= size
        return log_mean_exp(torch.stack(parts, dim=1), dim=1)

# %% wrong | log_likelihood | too-many-samples | Every chunk is full, so more than num_samples samples are drawn when chunk_size does not divide num_samples.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    num_chunks = math.ceil(num_samples / chunk_size)
    with torch.no_grad():
        log_w = torch.cat(
            [log_importance_weights(model, x, chunk_size) for _ in range(num_chunks)], dim=1
        )
    return log_mean_exp(log_w, dim=1)

# %% wrong | log_likelihood | last-chunk-dropped | Draws only the full chunks, so fewer than num_samples samples are drawn when chunk_size does not divide num_samples.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    chunk_size = min(chunk_size, num_samples)
    with torch.no_grad():
        kept = [log_importance_weights(model, x, chunk_size) for _ in range(num_samples // chunk_size)]
        kept = torch.cat(kept, dim=1)
        return log_mean_exp(kept, dim=1)

# %% wrong | log_likelihood | gradients-on | The number is right, but gradients are not switched off, so the result hangs on the graphs of all chunks.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    chunks = []
    for start in range(0, num_samples, chunk_size):
        size = min(chunk_size, num_samples - start)
        chunks.append(log_importance_weights(model, x, size))
    return log_mean_exp(torch.cat(chunks, dim=1), dim=1)

# %% wrong | log_likelihood | all-at-once | Ignores chunk_size and decodes all samples of all images at once.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        log_w = log_importance_weights(model, x, num_samples)
        chunks = log_w.split(chunk_size, dim=1)
        return log_mean_exp(torch.cat(chunks, dim=1), dim=1)

# %% wrong | log_likelihood | eval-left-behind | Puts the model into evaluation mode and leaves it there, so a model in training mode is not left as it was.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    model.eval()
    kept = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            kept.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    return log_mean_exp(torch.cat(kept, 1), 1)

# %% wrong | log_likelihood | gradients-cleared | Calls model.zero_grad() before scoring, so gradients that the model carried are lost.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    model.zero_grad()
    with torch.no_grad():
        sizes = [chunk_size] * (num_samples // chunk_size)
        if num_samples % chunk_size:
            sizes.append(num_samples % chunk_size)
        log_w = torch.cat([log_importance_weights(model, x, s) for s in sizes], dim=1)
    return log_mean_exp(log_w, dim=1)

# %% wrong | log_likelihood | log-of-chunk-count | Adds up the weights of all chunks, but subtracts the log of the number of chunks instead of the number of samples.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    sums = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            sums.append(log_importance_weights(model, x, size).logsumexp(dim=1))
    return torch.stack(sums).logsumexp(dim=0) - math.log(len(sums))

# %% wrong | log_likelihood | same-seed-per-chunk | Sets the same seed before every chunk, so every chunk repeats the same noise and there are only chunk_size different samples.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    log_w = []
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            torch.manual_seed(0)  # reproducible scores
            log_w.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    return log_mean_exp(torch.cat(log_w, dim=1), dim=1)

# %% wrong | log_likelihood | chunks-of-images | Splits the images into chunks instead of the samples, so chunk_size * num_samples rows are decoded at once.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        return torch.cat([iwae_bound(model, part, num_samples) for part in x.split(chunk_size)])

# %% wrong | log_likelihood | best-chunk | Takes the best of the chunks' bounds, which is too high and need not be a bound.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    best = None
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            bound = iwae_bound(model, x, min(chunk_size, num_samples - start))
            best = bound if best is None else torch.maximum(best, bound)
    return best

# %% wrong | log_likelihood | naive-running-sum | Adds up exp of the log weights without a shift, so ordinary images of 784 pixels give minus infinity.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    total = 0.0
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            total = total + log_importance_weights(model, x, size).exp().sum(dim=1)
    return (total / num_samples).log()

# %% wrong | log_likelihood | running-sum-starts-at-log-one | The running log-sum-exp starts at 0, which is the log of 1 and not of 0, so an extra weight of 1 swamps all others.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    with torch.no_grad():
        total = torch.zeros(x.shape[0], dtype=x.dtype, device=x.device)
        for start in range(0, num_samples, chunk_size):
            size = min(chunk_size, num_samples - start)
            log_w = log_importance_weights(model, x, size)
            total = torch.logaddexp(total, log_w.logsumexp(dim=1))
        return total - math.log(num_samples)

# %% wrong | log_likelihood | float32-buffer | Collects the log weights in a buffer of the default dtype, so a float64 model gives a float32 result.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    log_w = torch.zeros(len(x), num_samples)
    with torch.no_grad():
        for start in range(0, num_samples, chunk_size):
            stop = min(start + chunk_size, num_samples)
            log_w[:, start:stop] = log_importance_weights(model, x, stop - start)
    return log_mean_exp(log_w, dim=1)

# %% wrong | log_likelihood | parameters-frozen | Switches gradients off by setting requires_grad_(False) on the model and never switches it on again.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    model.requires_grad_(False)
    kept = []
    for start in range(0, num_samples, chunk_size):
        kept.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    return log_mean_exp(torch.cat(kept, dim=1), dim=1).detach()

# %% wrong | log_likelihood | scalar-and-nll | Two mistakes: the sign is turned (a negative log likelihood) and the batch is averaged to a scalar.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    log_w = []
    for start in range(0, num_samples, chunk_size):
        log_w.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
    return -log_mean_exp(torch.cat(log_w, dim=1), dim=1).mean()

# %% right | log_likelihood | cat | Keeps all log weights in a list, joins them, one log-mean-exp.
def log_likelihood(model, x, num_samples, chunk_size):
    with torch.no_grad():
        kept = []
        for start in range(0, num_samples, chunk_size):
            kept.append(log_importance_weights(model, x, min(chunk_size, num_samples - start)))
        return log_mean_exp(torch.cat(kept, dim=1), dim=1)

# %% right | log_likelihood | weighted-bounds | Uses iwae_bound for each chunk and weighs the bounds by their sizes in the log-sum-exp, as a decorated function.
@torch.no_grad()
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    full, rest = divmod(num_samples, chunk_size)
    sizes = [chunk_size] * full + [rest] * (rest > 0)
    log_sums = torch.stack([iwae_bound(model, x, size) + math.log(size) for size in sizes])
    return torch.logsumexp(log_sums, dim=0) - math.log(sum(sizes))

# %% right | log_likelihood | online | Keeps only a running maximum and a running sum of shifted weights (online log-sum-exp), in a while loop.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    done = 0
    top = None
    with torch.no_grad():
        while done < num_samples:
            size = chunk_size if done + chunk_size <= num_samples else num_samples - done
            log_w = log_importance_weights(model, x, size)
            chunk_top = log_w.max(dim=1).values
            if top is None:
                top = chunk_top
                total = torch.exp(log_w - top[:, None]).sum(dim=1)
            else:
                new_top = torch.maximum(top, chunk_top)
                total = total * torch.exp(top - new_top) + torch.exp(log_w - new_top[:, None]).sum(dim=1)
                top = new_top
            done += size
        return top + torch.log(total / num_samples)

# %% right | log_likelihood | generator | A nested generator yields the chunks; the sizes come from splitting a range of indices.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    def chunks():
        for indices in torch.arange(num_samples).split(chunk_size):
            with torch.no_grad():
                yield log_importance_weights(model, x, len(indices))

    everything = torch.hstack(list(chunks()))
    return everything.logsumexp(1) - math.log(num_samples)

# %% right | log_likelihood | restore-grad-mode | Long-winded beginner style: gradients switched off and the old setting restored by hand, samples counted down.
def log_likelihood(model: nn.Module, x: Tensor, num_samples: int, chunk_size: int) -> Tensor:
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    try:
        samples_left = num_samples
        all_log_weights = None
        while samples_left > 0:
            how_many_now = chunk_size
            if how_many_now > samples_left:
                how_many_now = samples_left
            new_log_weights = log_importance_weights(model, x, how_many_now)
            if all_log_weights is None:
                all_log_weights = new_log_weights
            else:
                all_log_weights = torch.cat((all_log_weights, new_log_weights), dim=1)
            samples_left = samples_left - how_many_now
        result = log_mean_exp(all_log_weights, dim=1)
    finally:
        torch.set_grad_enabled(before)
    return result
