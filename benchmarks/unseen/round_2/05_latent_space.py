# %% wrong | latent_grid | equal-steps-in-z | Steps are equal in z between the outer quantiles, not equal in probability.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    q = Normal(0.0, 1.0).icdf(torch.tensor((1 + coverage) / 2)).item()
    axis = torch.linspace(-q, q, num_steps)
    y, x = torch.meshgrid(axis.flip(0), axis, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], dim=1)

# %% wrong | latent_grid | bottom-row-first | z_2 rises from row to row, so the picture is upside down.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    tail = (1 - coverage) / 2
    p = torch.linspace(tail, 1 - tail, num_steps)
    q = Normal(0, 1).icdf(p)
    rows, cols = torch.meshgrid(q, q, indexing="ij")
    return torch.stack((cols.reshape(-1), rows.reshape(-1)), dim=-1)

# %% wrong | latent_grid | coordinates-swapped | The coordinate that changes from row to row stands first (z_1 and z_2 swapped).
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    lo = (1 - coverage) / 2
    hi = (1 + coverage) / 2
    quantiles = Normal(0, 1).icdf(torch.linspace(lo, hi, num_steps))
    a, b = torch.meshgrid(quantiles.flip(0), quantiles, indexing="ij")
    return torch.stack([a.flatten(), b.flatten()], dim=1)

# %% wrong | latent_grid | whole-rest-cut-at-each-end | Probabilities run from 1 - coverage to coverage, so twice too much is cut off.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    probs = torch.linspace(1 - coverage, coverage, num_steps)
    values = Normal(torch.tensor(0.0), torch.tensor(1.0)).icdf(probs)
    points = []
    for z2 in reversed(values.tolist()):
        for z1 in values.tolist():
            points.append([z1, z2])
    return torch.tensor(points)

# %% wrong | latent_grid | cdf-instead-of-icdf | Applies the distribution function instead of its inverse.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    z = Normal(0.0, 1.0).cdf(p)
    z2, z1 = torch.meshgrid(z.flip(0), z, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], 1)

# %% wrong | latent_grid | float64-from-scipy | Quantiles from SciPy are float64 and stay so.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    from scipy.stats import norm

    p = np.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = norm.ppf(p)
    xx, yy = np.meshgrid(q, q[::-1])
    return torch.from_numpy(np.column_stack([xx.ravel(), yy.ravel()]))

# %% wrong | latent_grid | grid-not-flattened | The result has shape (num_steps, num_steps, 2).
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0, 1).icdf(p)
    grid_y, grid_x = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([grid_x, grid_y], dim=-1)

# %% wrong | latent_grid | both-axes-reversed | Reverses z_1 too, so every row runs from right to left.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    tail = (1.0 - coverage) / 2.0
    q = Normal(0, 1).icdf(torch.linspace(1 - tail, tail, num_steps))
    z2, z1 = torch.meshgrid(q, q, indexing="ij")
    return torch.cat([z1.reshape(-1, 1), z2.reshape(-1, 1)], dim=1)

# %% wrong | latent_grid | coverage-of-the-square | Uses sqrt(coverage) per axis so that the square, not each axis, holds the coverage.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    # the square should hold `coverage` of the prior
    per_axis = coverage**0.5
    p = torch.linspace((1 - per_axis) / 2, (1 + per_axis) / 2, num_steps)
    q = Normal(0, 1).icdf(p)
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)

# %% wrong | latent_grid | cell-centres | Takes the centres of num_steps cells, so the ends do not lie at the coverage.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    lo = (1 - coverage) / 2
    step = coverage / num_steps
    p = torch.tensor([lo + (i + 0.5) * step for i in range(num_steps)])
    q = Normal(0.0, 1.0).icdf(p)
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)

# %% wrong | latent_grid | coverage-hard-coded | Ignores the argument and always uses 0.95.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    q = Normal(0, 1).icdf(torch.linspace(0.025, 0.975, num_steps))
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)

# %% right | latent_grid | meshgrid-ij | Meshgrid with ij indexing, rows reversed.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)

# %% right | latent_grid | beginner-loops | Two nested loops over a list of quantiles.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    rest = 1 - coverage
    start = rest / 2
    stop = 1 - rest / 2
    normal = Normal(torch.tensor(0.0), torch.tensor(1.0))
    quantiles = []
    for i in range(num_steps):
        p = start + (stop - start) * i / (num_steps - 1)
        quantiles.append(normal.icdf(torch.tensor(p)).item())
    points = []
    for row in range(num_steps):
        for col in range(num_steps):
            points.append((quantiles[col], quantiles[num_steps - 1 - row]))
    return torch.tensor(points, dtype=torch.float32)

# %% right | latent_grid | scipy-numpy-meshgrid | SciPy quantiles and NumPy meshgrid, cast to float32 at the end.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    from scipy.stats import norm

    q = norm.ppf(np.linspace(0.5 - coverage / 2, 0.5 + coverage / 2, num_steps))
    xx, yy = np.meshgrid(q, q[::-1])
    return torch.tensor(np.column_stack([xx.ravel(), yy.ravel()]), dtype=torch.float32)

# %% right | latent_grid | erfinv-repeat | Quantiles through erfinv in double precision, then repeat and repeat_interleave.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    u = torch.linspace(-coverage, coverage, num_steps, dtype=torch.float64)  # 2p - 1
    q = (2**0.5 * torch.erfinv(u)).float()
    z1 = q.repeat(num_steps)
    z2 = q.flip(0).repeat_interleave(num_steps)
    return torch.stack((z1, z2), dim=-1)

# %% right | latent_grid | cartesian-prod | cartesian_prod of reversed and plain quantiles, columns exchanged.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    tail = (1 - coverage) / 2
    q = torch.special.ndtri(torch.linspace(tail, 1 - tail, num_steps))
    return torch.cartesian_prod(torch.flip(q, dims=[0]), q)[:, [1, 0]]

# %% wrong | interpolate | end-missing | t runs over i / num_steps, so the end is not reached.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = (torch.arange(num_steps, dtype=z_start.dtype, device=z_start.device) / num_steps)[:, None]
    return (1 - t) * z_start + t * z_end

# %% wrong | interpolate | counts-gaps | Makes num_steps + 1 points.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps + 1, dtype=z_start.dtype, device=z_start.device)
    return (1 - t[:, None]) * z_start + t[:, None] * z_end

# %% wrong | interpolate | reversed | The weights are swapped, so the path begins at the end.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps).to(z_start).unsqueeze(1)
    return t * z_start + (1 - t) * z_end

# %% wrong | interpolate | numpy-weights-to-float64 | NumPy weights are float64, so float32 codes become float64.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.from_numpy(np.linspace(0, 1, num_steps)).unsqueeze(1).to(z_start.device)
    return (1 - t) * z_start + t * z_end

# %% wrong | interpolate | empty-float32 | Fills a float32 tensor, whatever the dtype of the codes.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    path = torch.zeros(num_steps, z_start.shape[0])
    for i in range(num_steps):
        t = i / (num_steps - 1)
        path[i] = (1 - t) * z_start + t * z_end
    return path

# %% wrong | interpolate | columns-are-points | The result has one column per point instead of one row.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return torch.stack([(1 - w) * z_start + w * z_end for w in t], dim=1)

# %% wrong | interpolate | adds-whole-end | Adds t times z_end instead of t times the difference.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device).view(-1, 1)
    return z_start + t * z_end

# %% wrong | interpolate | both-ends-left-out | Takes only the points between the two ends.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps + 2, dtype=z_start.dtype, device=z_start.device)[1:-1, None]
    return torch.lerp(z_start[None], z_end[None], t)

# %% wrong | interpolate | list-of-tensors | Returns a list of tensors instead of one tensor.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    return [z_start + (z_end - z_start) * (i / (num_steps - 1)) for i in range(num_steps)]

# %% wrong | interpolate | eased-steps | t is smoothed (cosine), so the points are not evenly spaced.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    t = (1 - torch.cos(t * torch.pi)) / 2
    return (1 - t[:, None]) * z_start + t[:, None] * z_end

# %% right | interpolate | broadcast-column | A column of t from linspace in dtype and device of the codes.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - t) * z_start + t * z_end

# %% right | interpolate | beginner-loop | A Python loop over the points, stacked.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    points = []
    for i in range(num_steps):
        t = i / (num_steps - 1)
        points.append((1 - t) * z_start + t * z_end)
    return torch.stack(points)

# %% right | interpolate | outer-products | Two outer products added.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return torch.outer(1 - t, z_start) + torch.outer(t, z_end)

# %% right | interpolate | lerp | torch.lerp with a column of weights.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    weights = torch.arange(num_steps, device=z_start.device).to(z_start.dtype) / (num_steps - 1)
    return torch.lerp(z_start.unsqueeze(0), z_end.unsqueeze(0), weights.unsqueeze(1))

# %% right | interpolate | einsum-of-weights | A (num_steps, 2) matrix of weights times the stacked ends.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    weights = torch.stack([1 - t, t], dim=1)
    ends = torch.stack([z_start, z_end])
    return torch.einsum("ne,ed->nd", weights, ends)

# %% wrong | slerp | raw-dot-product | The vectors are not normalised before the arccosine; the clamp hides it.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    theta = torch.acos((z_start @ z_end).clamp(-1, 1))
    if theta.sin() < 1e-6:
        return (1 - t) * z_start + t * z_end
    return ((1 - t) * theta).sin() / theta.sin() * z_start + (t * theta).sin() / theta.sin() * z_end

# %% wrong | slerp | mixes-normalised | Mixes the unit vectors, so the path ends on the unit sphere.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    a = z_start / z_start.norm()
    b = z_end / z_end.norm()
    theta = torch.acos(torch.clamp((a * b).sum(), -1, 1))
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device).unsqueeze(1)
    if torch.sin(theta) < 1e-6:
        return (1 - t) * z_start + t * z_end
    return torch.sin((1 - t) * theta) / torch.sin(theta) * a + torch.sin(t * theta) / torch.sin(theta) * b

# %% wrong | slerp | no-parallel-case | Divides by sin(theta) without looking, so the same direction gives NaN.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cos)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)

# %% wrong | slerp | no-clamp | Rounding can push the cosine above 1; acos is then NaN and the guard does not catch it.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = torch.dot(z_start, z_end) / (z_start.norm() * z_end.norm())
    theta = torch.acos(cos)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    if theta == 0:
        return interpolate(z_start, z_end, num_steps)
    return torch.sin((1 - t) * theta) / torch.sin(theta) * z_start + torch.sin(t * theta) / torch.sin(theta) * z_end

# %% wrong | slerp | only-equal-ends | The straight line is used only if both codes are equal, not for the same direction with other lengths.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    if torch.equal(z_start, z_end):
        return interpolate(z_start, z_end, num_steps)
    theta = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1).acos()
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (((1 - t) * theta).sin() * z_start + (t * theta).sin() * z_end) / theta.sin()

# %% wrong | slerp | parallel-stands-still | For parallel codes returns copies of the start instead of the straight line.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1).acos()
    if theta.sin() < 1e-6:
        return z_start.repeat(num_steps, 1)  # no angle to walk
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device).view(-1, 1)
    return (((1 - t) * theta).sin() * z_start + (t * theta).sin() * z_end) / theta.sin()

# %% wrong | slerp | weights-swapped | The two weights are swapped, so the path runs backwards.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1).acos()
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device).view(-1, 1)
    return (t * theta).sin() / theta.sin() * z_start + ((1 - t) * theta).sin() / theta.sin() * z_end

# %% wrong | slerp | no-division | Forgets to divide the weights by sin(theta).
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = torch.arccos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1))
    if torch.sin(theta) < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    path = []
    for i in range(num_steps):
        t = i / (num_steps - 1)
        path.append(torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end)
    return torch.stack(path)

# %% wrong | slerp | rescaled-straight-line | Normalises the straight line to an interpolated length (nlerp), which does not turn at an even pace.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    line = interpolate(z_start, z_end, num_steps)
    lengths = interpolate(z_start.norm()[None], z_end.norm()[None], num_steps)
    return F.normalize(line, dim=1) * lengths

# %% wrong | slerp | cosine-clamped-at-zero | Clamps the cosine to [0, 1], so angles above 90 degrees become 90.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(0, 1)
    theta = cos.acos()
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    if theta.sin() < 1e-6:
        return (1 - t) * z_start + t * z_end
    return (((1 - t) * theta).sin() * z_start + (t * theta).sin() * z_end) / theta.sin()

# %% wrong | slerp | straight-too-early | Copied threshold: the straight line is taken from a cosine of 0.9 on, at angles up to 26 degrees.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    if cos > 0.9:
        return interpolate(z_start, z_end, num_steps)
    theta = cos.acos()
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (((1 - t) * theta).sin() * z_start + (t * theta).sin() * z_end) / theta.sin()

# %% wrong | slerp | shrunk-cosine | Multiplies the cosine by 0.99 to keep acos finite, which changes every angle.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = torch.acos(0.99 * F.cosine_similarity(z_start, z_end, dim=0))
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)

# %% right | slerp | cosine-similarity-guard | cosine_similarity, clamp, guard on sin(theta).
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1).acos()
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return ((1 - t) * theta).sin() / theta.sin() * z_start + (t * theta).sin() / theta.sin() * z_end

# %% right | slerp | python-math-loop | The angle as a Python float with math, and a loop over the points.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    import math

    a = z_start.double() / z_start.double().norm()
    b = z_end.double() / z_end.double().norm()
    cos = max(-1.0, min(1.0, float((a * b).sum())))
    theta = math.acos(cos)
    rows = []
    for i in range(num_steps):
        t = i / (num_steps - 1)
        if math.sin(theta) < 1e-7:
            w_start, w_end = 1 - t, t
        else:
            w_start = math.sin((1 - t) * theta) / math.sin(theta)
            w_end = math.sin(t * theta) / math.sin(theta)
        rows.append(w_start * z_start + w_end * z_end)
    return torch.stack(rows)

# %% right | slerp | double-inside | Everything in float64, cast back to the dtype of the codes.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    a, b = z_start.double(), z_end.double()
    cos = torch.dot(F.normalize(a, dim=0), F.normalize(b, dim=0))
    theta = torch.arccos(torch.clamp(cos, -1.0, 1.0))
    t = torch.linspace(0, 1, num_steps, dtype=torch.float64, device=a.device)
    if torch.sin(theta) < 1e-7:
        w0, w1 = 1 - t, t
    else:
        w0 = torch.sin((1 - t) * theta) / torch.sin(theta)
        w1 = torch.sin(t * theta) / torch.sin(theta)
    return (torch.outer(w0, a) + torch.outer(w1, b)).to(z_start.dtype)

# %% right | slerp | half-angle-atan2 | The angle from atan2 of the difference and sum of unit vectors; no arccosine.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    u = z_start / z_start.norm()
    v = z_end / z_end.norm()
    theta = 2 * torch.atan2((u - v).norm(), (u + v).norm())
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device).unsqueeze(1)
    s = torch.sin(theta)
    if s.abs() < 1e-6:
        return z_start + t * (z_end - z_start)
    return torch.sin((1 - t) * theta) / s * z_start + torch.sin(t * theta) / s * z_end

# %% wrong | latent_traversal | moved-not-set | Adds the value to the entry instead of setting it.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    codes = z.repeat(len(values), 1)
    codes[:, dimension] += values
    with torch.no_grad():
        return model.decode(codes).sigmoid()

# %% wrong | latent_traversal | logits | Returns the decoder's logits, without a sigmoid.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        codes = z.repeat(values.shape[0], 1)
        codes[:, dimension] = values
        return model.decode(codes)

# %% wrong | latent_traversal | writes-into-z | Sets the entry in z itself, so the caller's code is changed afterwards.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    pictures = []
    with torch.no_grad():
        for v in values:
            z[dimension] = v
            pictures.append(model.decode(z[None]).sigmoid()[0])
    return torch.stack(pictures)

# %% wrong | latent_traversal | with-graph | The result carries a graph: no no_grad and no detach.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    codes = z.detach().repeat(len(values), 1)
    codes[:, dimension] = values
    return torch.sigmoid(model.decode(codes))

# %% wrong | latent_traversal | eval-for-good | Calls model.eval() and leaves it there.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    model.eval()
    codes = z.repeat(len(values), 1)
    codes[:, dimension] = values
    return model.decode(codes).sigmoid()

# %% wrong | latent_traversal | train-afterwards | Switches to eval and afterwards always to train, whatever the mode was.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    model.eval()
    with torch.no_grad():
        codes = z.unsqueeze(0).repeat(values.numel(), 1)
        codes[:, dimension] = values
        out = torch.sigmoid(model.decode(codes))
    model.train()
    return out

# %% wrong | latent_traversal | others-zero | The other entries are 0 instead of those of z.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    codes = torch.zeros(len(values), z.shape[0], dtype=z.dtype, device=z.device)
    codes[:, dimension] = values
    with torch.no_grad():
        return model.decode(codes).sigmoid()

# %% wrong | latent_traversal | counted-from-one | Sets the entry before, as if dimensions were counted from 1.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    codes = z.repeat(len(values), 1)
    codes[:, dimension - 1] = values
    with torch.no_grad():
        return model.decode(codes).sigmoid()

# %% wrong | latent_traversal | expand-shares-memory | Writes into z.expand, whose rows share memory with each other and with z.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    codes = z[None].expand(len(values), -1)
    with torch.no_grad():
        for i, v in enumerate(values):
            codes[i, dimension] = v
        return model.decode(codes).sigmoid()

# %% wrong | latent_traversal | thresholded | Rounds the probabilities to black and white.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        codes = z.repeat(len(values), 1)
        codes[:, dimension] = values
        return (model.decode(codes).sigmoid() > 0.5).float()

# %% wrong | latent_traversal | sorted-values | Sorts the values, so the pictures are not in the order given.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    ordered, _ = torch.sort(values)
    codes = z.repeat(len(ordered), 1)
    codes[:, dimension] = ordered
    with torch.no_grad():
        return torch.sigmoid(model.decode(codes))

# %% wrong | latent_traversal | extra-axis | Decodes one row at a time and keeps its batch axis: (num_values, 1, 784).
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    out = []
    for value in values:
        code = z.clone()
        with torch.no_grad():
            code[dimension] = value
            out.append(model.decode(code.unsqueeze(0)).sigmoid())
    return torch.stack(out)

# %% right | latent_traversal | repeat-and-column | repeat, one column assignment, no_grad.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        codes = z.repeat(len(values), 1)
        codes[:, dimension] = values
        return model.decode(codes).sigmoid()

# %% right | latent_traversal | loop-of-clones | One clone for each value, decoded one by one and concatenated.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    pictures = []
    for value in values:
        code = z.clone()
        code[dimension] = value
        pictures.append(torch.sigmoid(model.decode(code.unsqueeze(0))))
    return torch.cat(pictures, dim=0)

# %% right | latent_traversal | where-mask | A mask of the dimension and torch.where, detached.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    mask = torch.arange(z.shape[0], device=z.device) == dimension
    codes = torch.where(mask[None, :], values[:, None], z[None, :])
    return torch.sigmoid(model.decode(codes)).detach()

# %% right | latent_traversal | expand-then-clone | expand and clone before writing; index_fill-like assignment.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.detach().expand(values.shape[0], -1).clone()
    rows[:, dimension] = values.detach()
    with torch.no_grad():
        logits = model.decode(rows)
    return 1 / (1 + torch.exp(-logits))

# %% right | latent_traversal | cat-of-columns | The columns before, the values, the columns after, side by side.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    n = len(values)
    before = z[:dimension].expand(n, -1)
    after = z[dimension + 1 :].expand(n, -1)
    with torch.no_grad():
        return model.decode(torch.cat([before, values.unsqueeze(1), after], dim=1)).sigmoid()

# %% wrong | offset_walk | starts-at-a-sample | Starts at a sample of q(z|x), so two calls differ.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, log_var = model.encode(x[None])
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        return model.decode(z + offsets[:, None]).sigmoid()

# %% wrong | offset_walk | first-dimension-only | The offset is added to the first dimension only.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x.unsqueeze(0))
        z = mu.repeat(len(offsets), 1)
        z[:, 0] += offsets
        return torch.sigmoid(model.decode(z))

# %% wrong | offset_walk | logits | Returns logits instead of probabilities.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        return model.decode(mu + offsets[:, None])

# %% wrong | offset_walk | with-graph | The result carries a graph.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu = model.encode(x[None])[0]
    return model.decode(mu + offsets.view(-1, 1)).sigmoid()

# %% wrong | offset_walk | graph-in-the-decoder | Only the encoder runs under no_grad; the decoder's graph stays.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x.view(1, -1))
    codes = mu + offsets.unsqueeze(1)
    return torch.sigmoid(model.decode(codes))

# %% wrong | offset_walk | eval-for-good | Puts the model into eval mode and leaves it there.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    model.eval()
    mu, _ = model.encode(x[None])
    return model.decode(mu + offsets[:, None]).sigmoid()

# %% wrong | offset_walk | offsets-pile-up | The offsets are accumulated from step to step.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    out = []
    with torch.no_grad():
        z, _ = model.encode(x[None])
        for o in offsets:
            z = z + o
            out.append(model.decode(z).sigmoid())
    return torch.cat(out)

# %% wrong | offset_walk | set-not-added | Sets every dimension to the offset, without mu.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        z = offsets[:, None].repeat(1, mu.shape[1])
        return model.decode(z).sigmoid()

# %% wrong | offset_walk | scaled-by-sigma | The offset is counted in standard deviations of q(z|x).
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, log_var = model.encode(x[None])
        sigma = (log_var / 2).exp()
        return model.decode(mu + offsets[:, None] * sigma).sigmoid()

# %% wrong | offset_walk | moves-the-image | Adds the offset to the pixels before encoding.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None] + offsets[:, None])
        return model.decode(mu).sigmoid()

# %% wrong | offset_walk | direction-normalised | Moves by a total distance of the offset (divided by sqrt of latent_dim), not by the offset in each dimension.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        direction = F.normalize(torch.ones_like(mu), dim=1)
        return torch.sigmoid(model.decode(mu + offsets[:, None] * direction))

# %% right | offset_walk | column-of-offsets | A batch of one plus a column of offsets.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        return model.decode(mu + offsets[:, None]).sigmoid()

# %% right | offset_walk | loop-and-stack | A loop over the offsets.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu = model.encode(x.unsqueeze(0))[0]
    rows = []
    for offset in offsets:
        z = mu + offset
        rows.append(torch.sigmoid(model.decode(z)).squeeze(0))
    return torch.stack(rows, dim=0)

# %% right | offset_walk | repeat-then-add | mu repeated, offsets expanded to the same shape, detached at the end.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mean, _log_var = model.encode(x.reshape(1, -1))
    start = mean.repeat(offsets.shape[0], 1)
    shift = offsets.unsqueeze(-1).expand_as(start)
    return torch.sigmoid(model.decode(start + shift)).detach()

# %% right | offset_walk | outer-with-ones | Offsets times a vector of ones as an outer product.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        (mu,) = model.encode(torch.stack([x]))[0]
        codes = mu + torch.outer(offsets.to(mu.dtype), torch.ones_like(mu))
        logits = model.decode(codes)
        probabilities = F.sigmoid(logits)
    return probabilities

# %% wrong | embed_2d | default-perplexity | Leaves the perplexity at 30, an error for 30 points or fewer.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    elif method == "tsne":
        return TSNE(n_components=2).fit_transform(latents)
    raise ValueError(f"unknown method {method}")

# %% wrong | embed_2d | perplexity-equal-n | min(30, n) is equal to n for few points, and must be smaller.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents))).fit_transform(latents)
    raise ValueError(method)

# %% wrong | embed_2d | silent-pca | Every method that is not tsne is PCA, without an error.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else latents
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(z) - 1)).fit_transform(z)
    else:
        return PCA(n_components=2).fit_transform(z)

# %% wrong | embed_2d | key-error | An unknown method raises KeyError from a dictionary.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, torch.Tensor):
        latents = latents.detach().cpu().numpy()
    n = latents.shape[0]
    reducers = {"pca": PCA(n_components=2), "tsne": TSNE(n_components=2, perplexity=min(30, n - 1))}
    return reducers[method].fit_transform(latents)

# %% wrong | embed_2d | graph-not-cut | Calls .cpu().numpy() without detach, an error for a tensor with a graph.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.cpu().numpy()
    if method not in ("pca", "tsne"):
        raise ValueError("method must be pca or tsne")
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)

# %% wrong | embed_2d | tensors-only | Calls detach on everything, so an array fails.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    points = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(2).fit_transform(points)
    if method == "tsne":
        return TSNE(2, perplexity=min(30, len(points) - 1)).fit_transform(points)
    raise ValueError("unknown method: " + method)

# %% wrong | embed_2d | returns-tensor | Turns the result back into a tensor, where an array is asked.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        out = PCA(n_components=2).fit_transform(latents)
    elif method == "tsne":
        out = TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    else:
        raise ValueError(method)
    return torch.from_numpy(out)

# %% wrong | embed_2d | whitened-pca | whiten=True rescales both axes to unit variance, so it is no longer a shadow.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2, whiten=True).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(f"method {method!r}")

# %% wrong | embed_2d | standardised-first | Standardises each dimension first, so PCA finds other directions than those of largest variance.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    from sklearn.preprocessing import StandardScaler

    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    scaled = StandardScaler().fit_transform(latents)
    if method == "pca":
        return PCA(n_components=2).fit_transform(scaled)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(scaled) - 1)).fit_transform(scaled)
    raise ValueError(f"unknown method {method!r}")

# %% wrong | embed_2d | smaller-and-larger-mixed-up | Takes max(30, n - 1), too large for few points and huge for many.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=max(30, latents.shape[0] - 1)).fit_transform(latents)
    raise ValueError(f"unknown method {method!r}")

# %% wrong | embed_2d | first-two-of-all-components | Returns the directions (components_) instead of the coordinates of the points.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit(latents).components_.T
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(f"unknown method {method!r}")

# %% wrong | embed_2d | error-returned | Returns a ValueError instead of raising it.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    elif method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    else:
        return ValueError("method must be 'pca' or 'tsne'")

# %% right | embed_2d | if-elif-raise | Plain branches, min(30, n - 1).
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    elif method == "tsne":
        perplexity = min(30, len(latents) - 1)
        return TSNE(n_components=2, perplexity=perplexity).fit_transform(latents)
    else:
        raise ValueError(f"unknown method {method!r}: use 'pca' or 'tsne'")

# %% right | embed_2d | guard-first-as-tensor | Checks the method first, brings everything to a tensor and back, fixed random state.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if method not in {"pca", "tsne"}:
        raise ValueError(f"method must be 'pca' or 'tsne', not {method}")
    points = torch.as_tensor(latents).detach().cpu().double().numpy()
    if method == "pca":
        reducer = PCA(n_components=2, random_state=0)
    else:
        reducer = TSNE(n_components=2, perplexity=min(30.0, len(points) - 1.0), random_state=0)
    return reducer.fit_transform(points)

# %% right | embed_2d | match-statement | A match statement, perplexity at most a third of the points.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    array = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    n = array.shape[0]
    match method:
        case "pca":
            model = PCA(n_components=2)
            model.fit(array)
            return model.transform(array)
        case "tsne":
            return TSNE(n_components=2, init="pca", perplexity=min(30, (n - 1) / 3)).fit_transform(array)
        case _:
            raise ValueError(method)

# %% right | embed_2d | dictionary-with-get | A dictionary of factories; a missing one is a ValueError. Prints what it does.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    factories = {
        "pca": lambda n: PCA(2),
        "tsne": lambda n: TSNE(2, perplexity=30 if n > 30 else n - 1),
    }
    factory = factories.get(method)
    if factory is None:
        raise ValueError(f"{method} is none of {sorted(factories)}")
    z = latents
    if isinstance(z, Tensor):
        z = z.detach().to("cpu").numpy()
    print(f"{method}: {z.shape[0]} codes of {z.shape[1]} dimensions")
    return factory(len(z)).fit_transform(z)

# %% wrong | knn_accuracy | farthest | topk takes the largest distances.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    distances = torch.cdist(test_z, train_z)
    indices = distances.topk(k, dim=1).indices
    votes = train_labels[indices].mode(dim=1).values
    return (votes == test_labels).float().mean().item()

# %% wrong | knn_accuracy | nearest-only | Uses one neighbour, whatever k.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).argmin(dim=1)
    return (train_labels[nearest] == test_labels).double().mean().item()

# %% wrong | knn_accuracy | percent | Returns a percentage.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    idx = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    pred = torch.mode(train_labels[idx], dim=1).values
    return 100 * (pred == test_labels).float().mean().item()

# %% wrong | knn_accuracy | share-of-neighbours | The mean share of neighbours of the right class, no majority vote.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    neighbours = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    right = train_labels[neighbours] == test_labels[:, None]
    return right.float().mean().item()

# %% wrong | knn_accuracy | any-neighbour | Counts a point as right if any neighbour has its class.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    idx = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False)[1]
    hit = (train_labels[idx] == test_labels.unsqueeze(1)).any(dim=1)
    return float(hit.float().mean())

# %% wrong | knn_accuracy | mean-of-labels | Averages and rounds the class numbers, as in regression.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    correct = 0
    for z, label in zip(test_z, test_labels):
        d = ((train_z - z) ** 2).sum(dim=1)
        nearest = d.argsort()[:k]
        prediction = train_labels[nearest].float().mean().round().long()
        if prediction == label:
            correct += 1
    return correct / len(test_z)

# %% wrong | knn_accuracy | cosine-distance | Neighbours by cosine similarity, not by Euclidean distance.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    similarity = F.normalize(test_z, dim=1) @ F.normalize(train_z, dim=1).T
    idx = similarity.topk(k, dim=1).indices
    pred = train_labels[idx].mode(dim=1).values
    return (pred == test_labels).float().mean().item()

# %% wrong | knn_accuracy | skips-the-nearest | Drops the nearest neighbour as if it were the point itself.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    order = torch.cdist(test_z, train_z).argsort(dim=1)[:, 1 : k + 1]
    pred = train_labels[order].mode(dim=1).values
    return (pred == test_labels).float().mean().item()

# %% wrong | knn_accuracy | returns-tensor | Returns a tensor, not a Python float.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    idx = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    pred = train_labels[idx].mode(dim=1).values
    return (pred == test_labels).float().mean()

# %% wrong | knn_accuracy | count-not-fraction | Returns the number of right points, not the fraction.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    idx = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    pred = train_labels[idx].mode(dim=1).values
    return float((pred == test_labels).sum())

# %% wrong | knn_accuracy | roles-swapped | The test points vote for the class of the training points.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    k = min(k, len(test_z))
    idx = torch.cdist(train_z, test_z).topk(k, dim=1, largest=False).indices
    pred = test_labels[idx].mode(dim=1).values
    return (pred == train_labels).float().mean().item()

# %% wrong | knn_accuracy | manhattan | Uses the sum of absolute differences instead of the Euclidean distance.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    idx = torch.cdist(test_z, train_z, p=1).topk(k, largest=False).indices
    pred = train_labels[idx].mode(dim=1).values
    return (pred == test_labels).float().mean().item()

# %% right | knn_accuracy | cdist-topk-mode | cdist, topk of the smallest, mode.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    votes = train_labels[nearest].mode(dim=1).values
    return (votes == test_labels).double().mean().item()

# %% right | knn_accuracy | loop-and-counter | A loop over test points with collections.Counter.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    from collections import Counter

    right = 0
    for point, label in zip(test_z, test_labels.tolist()):
        distances = (train_z - point).norm(dim=1)
        nearest = distances.argsort()[:k]
        winner, _ = Counter(train_labels[nearest].tolist()).most_common(1)[0]
        right += winner == label
    return right / len(test_labels)

# %% right | knn_accuracy | scikit-learn | KNeighborsClassifier and its score.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    from sklearn.neighbors import KNeighborsClassifier

    def to_numpy(t):
        return t.detach().cpu().numpy()

    classifier = KNeighborsClassifier(n_neighbors=k)
    classifier.fit(to_numpy(train_z), to_numpy(train_labels))
    return float(classifier.score(to_numpy(test_z), to_numpy(test_labels)))

# %% right | knn_accuracy | one-hot-votes | Squared distances in double precision, one-hot votes over renamed classes, argmax.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    a, b = test_z.double(), train_z.double()
    squared = torch.stack([((b - row) ** 2).sum(dim=1) for row in a])
    nearest = squared.sort(dim=1).indices[:, :k]
    kinds, renamed = train_labels.unique(return_inverse=True)
    votes = F.one_hot(renamed[nearest], num_classes=len(kinds)).sum(dim=1)
    winners = kinds[votes.argmax(dim=1)]
    return (winners == test_labels).sum().item() / test_labels.numel()
