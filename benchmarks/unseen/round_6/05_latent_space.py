# %% wrong | latent_grid | equal-steps-in-z | The end points are the right quantiles, but the points between them are evenly spaced in z and not in probability.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    normal = Normal(0.0, 1.0)
    low = normal.icdf(torch.tensor((1 - coverage) / 2)).item()
    high = normal.icdf(torch.tensor((1 + coverage) / 2)).item()
    axis = torch.linspace(low, high, num_steps)
    z_2, z_1 = torch.meshgrid(axis.flip(0), axis, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% wrong | latent_grid | whole-rest-at-each-end | Cuts off 1 - coverage at each end instead of half of it.
def latent_grid(num_steps, coverage=0.95):
    p = torch.linspace(1 - coverage, coverage, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    rows, cols = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([cols.reshape(-1), rows.reshape(-1)], dim=-1)


# %% wrong | latent_grid | rows-from-bottom | Forgets to reverse z_2, so the first row is the lowest one.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    tail = (1 - coverage) / 2
    quantiles = Normal(0.0, 1.0).icdf(torch.linspace(tail, 1 - tail, num_steps))
    z2, z1 = torch.meshgrid(quantiles, quantiles, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)


# %% wrong | latent_grid | coordinates-swapped | Puts z_2 into the first column and z_1 into the second.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    probs = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(torch.tensor(0.0), torch.tensor(1.0)).icdf(probs)
    a, b = torch.meshgrid(q.flip(0), q, indexing="ij")
    # flatten both and put side by side
    return torch.stack([a.flatten(), b.flatten()], dim=1)


# %% wrong | latent_grid | reversed-z1-instead | Reverses the columns (z_1) instead of the rows (z_2).
def latent_grid(num_steps, coverage=0.95):
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z2, z1 = torch.meshgrid(q, q.flip(0), indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], 1)


# %% wrong | latent_grid | filled-by-columns | The order is column by column: z_2 changes from point to point and z_1 from block to block.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    cut = (1 - coverage) / 2
    q = Normal(0.0, 1.0).icdf(torch.linspace(cut, 1 - cut, num_steps)).tolist()
    points = []
    for z_1 in q:
        for z_2 in reversed(q):
            points.append([z_1, z_2])
    return torch.tensor(points)


# %% wrong | latent_grid | float64 | Works with NumPy and SciPy and returns float64 instead of float32.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    from scipy.stats import norm

    q = norm.ppf(np.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps))
    z1, z2 = np.meshgrid(q, q[::-1])
    return torch.from_numpy(np.stack([z1.ravel(), z2.ravel()], axis=1))


# %% wrong | latent_grid | not-flattened | Returns (num_steps, num_steps, 2) instead of a list of points.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1, z2], dim=-1)


# %% wrong | latent_grid | coverage-hardcoded | Always keeps the middle 95 % and ignores the argument coverage.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace(0.025, 0.975, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)


# %% wrong | latent_grid | default-coverage-90 | The default of coverage is 0.9 (the share of the square) instead of 0.95.
def latent_grid(num_steps: int, coverage: float = 0.9) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)


# %% wrong | latent_grid | cdf-instead-of-icdf | Applies the distribution function to the probabilities instead of its inverse.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    normal = Normal(0.0, 1.0)
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = normal.cdf(p)
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)


# %% wrong | latent_grid | coverage-of-the-square | Takes coverage as the share of the whole square and gives each axis its square root.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    per_axis = coverage**0.5
    p = torch.linspace(0.5 - per_axis / 2, 0.5 + per_axis / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    grid = torch.empty(num_steps, num_steps, 2)
    grid[:, :, 0] = q
    grid[:, :, 1] = q.flip(0).unsqueeze(1)
    return grid.view(-1, 2)


# %% wrong | latent_grid | bin-centres | Takes the centres of num_steps equal bins, so the first and last point do not lie at the coverage quantiles.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    lower = (1 - coverage) / 2
    p = lower + coverage * (torch.arange(num_steps) + 0.5) / num_steps
    q = Normal(0.0, 1.0).icdf(p)
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)


# %% wrong | latent_grid | erfinv-without-root-two | Uses erfinv(2p - 1) and forgets the factor sqrt(2).
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = torch.erfinv(2 * p - 1)
    return torch.stack([q.repeat(num_steps), q.flip(0).repeat_interleave(num_steps)], dim=1)


# %% wrong | latent_grid | one-tail-only | Starts at probability 1 - coverage and ends near 1, so the map is not centred.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    eps = 1e-4
    p = torch.linspace(1 - coverage, 1 - eps, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)


# %% wrong | latent_grid | stacked-on-axis-0 | Stacks the coordinates along axis 0, so the shape is (2, num_steps**2).
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()])


# %% right | latent_grid | meshgrid-ij | The straightforward way with Normal.icdf and meshgrid.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% right | latent_grid | plain-python-loops | Two loops and the NormalDist of the standard library.
def latent_grid(num_steps, coverage=0.95):
    from statistics import NormalDist

    nd = NormalDist()
    first = (1 - coverage) / 2
    step = coverage / (num_steps - 1)
    axis = [nd.inv_cdf(first + i * step) for i in range(num_steps)]
    points = []
    for z2 in reversed(axis):  # top row first
        for z1 in axis:
            points.append((z1, z2))
    return torch.tensor(points, dtype=torch.float32)


# %% right | latent_grid | ndtri-cartesian-product | Uses torch.special.ndtri in float64 and a Cartesian product whose columns are swapped.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    half = coverage / 2
    q = torch.special.ndtri(torch.linspace(0.5 - half, 0.5 + half, num_steps, dtype=torch.float64))
    rows_then_columns = torch.cartesian_prod(q.flip(0), q)
    return rows_then_columns[:, [1, 0]].float()


# %% right | latent_grid | scipy-meshgrid-xy | SciPy's ppf and NumPy's default xy order, turned to float32 at the end.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    from scipy.stats import norm

    p = np.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    x, y = np.meshgrid(norm.ppf(p), norm.ppf(p)[::-1])
    return torch.from_numpy(np.column_stack([x.ravel(), y.ravel()])).to(torch.float32)


# %% right | latent_grid | erfinv-repeat | The quantile through erfinv, and repeat with repeat_interleave instead of a mesh.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    # Phi^{-1}(p) = sqrt(2) * erfinv(2p - 1), and 2p - 1 runs from -coverage to coverage
    axis = 2**0.5 * torch.erfinv(torch.linspace(-coverage, coverage, num_steps))
    across = axis.repeat(num_steps)
    down = axis.flip(0).repeat_interleave(num_steps)
    return torch.stack((across, down), dim=-1)


# %% right | latent_grid | symmetry-minus-q | Fills an array by broadcasting and uses -q for the falling axis, because the quantiles are symmetric.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    tail = 0.5 * (1.0 - coverage)
    q = Normal(0.0, 1.0).icdf(torch.linspace(tail, 1.0 - tail, num_steps))
    out = torch.empty(num_steps, num_steps, 2)
    out[..., 0] = q
    out[..., 1] = -q[:, None]
    return out.reshape(num_steps * num_steps, 2)


# %% wrong | interpolate | gaps-not-points | Takes num_steps as the number of gaps and returns one row too many.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps + 1, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - t) * z_start + t * z_end


# %% wrong | interpolate | end-missing | Divides by num_steps, so the path never arrives at z_end.
def interpolate(z_start, z_end, num_steps):
    t = torch.arange(num_steps, dtype=z_start.dtype, device=z_start.device) / num_steps
    return (1 - t[:, None]) * z_start + t[:, None] * z_end


# %% wrong | interpolate | walks-backwards | The weights are swapped: the path begins at z_end.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps).to(z_start)
    return torch.stack([w * z_start + (1 - w) * z_end for w in t])


# %% wrong | interpolate | both-ends-left-out | Returns only points strictly between the two codes.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps + 2, dtype=z_start.dtype, device=z_start.device)[1:-1]
    return z_start + t.unsqueeze(1) * (z_end - z_start)


# %% wrong | interpolate | no-column | t keeps shape (num_steps,), so it raises or mixes up dimensions and steps.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)
    return (1 - t) * z_start + t * z_end


# %% wrong | interpolate | float32-buffer | Fills a default float32 buffer, so codes in float64 come back as float32.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    path = torch.zeros(num_steps, z_start.shape[0])
    for i in range(num_steps):
        t = i / (num_steps - 1)
        path[i] = (1 - t) * z_start + t * z_end
    return path


# %% wrong | interpolate | transposed | Returns (latent_dim, num_steps).
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return z_start[:, None] * (1 - t) + z_end[:, None] * t


# %% wrong | interpolate | writes-into-z-end | Computes the difference in place and so changes the caller's z_end.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    direction = z_end
    direction -= z_start
    return z_start + t[:, None] * direction


# %% wrong | interpolate | one-minus-t-forgotten | The weight of z_start is 1 everywhere, so the path ends at the sum of both codes.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return z_start + torch.outer(t, z_end)


# %% wrong | interpolate | eased-steps | Uses smooth steps (3t^2 - 2t^3), so the points are not evenly spaced.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    t = t * t * (3 - 2 * t)  # smoother at the ends
    return torch.lerp(z_start, z_end, t[:, None])


# %% wrong | interpolate | list-of-points | Returns a Python list of vectors instead of one tensor.
def interpolate(z_start, z_end, num_steps):
    points = []
    for i in range(num_steps):
        t = i / (num_steps - 1)
        points.append((1 - t) * z_start + t * z_end)
    return points


# %% wrong | interpolate | accumulates-in-place | Moves one and the same tensor forwards in place: z_start is changed and all rows are equal before the stack.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    step = (z_end - z_start) / (num_steps - 1)
    here = z_start
    rows = []
    for _ in range(num_steps):
        rows.append(here)
        here += step
    return torch.stack(rows)


# %% wrong | interpolate | keeps-the-length | Rescales every point to the length of z_start, so it is no straight line.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    line = (1 - t) * z_start + t * z_end
    return F.normalize(line, dim=1) * z_start.norm()


# %% wrong | interpolate | batch-of-codes | Expects codes with a batch axis and takes the first entry of each, which is only a number here.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    a, b = z_start[0], z_end[0]
    t = torch.linspace(0, 1, num_steps, dtype=a.dtype, device=a.device)
    return (1 - t[:, None]) * a + t[:, None] * b


# %% right | interpolate | broadcast-column | The formula with t as a column.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - t) * z_start + t * z_end


# %% right | interpolate | loop-of-floats | A list of weighted sums with Python floats as weights, stacked.
def interpolate(z_start, z_end, num_steps):
    rows = []
    for i in range(num_steps):
        frac = i / (num_steps - 1)
        rows.append((1 - frac) * z_start + frac * z_end)
    return torch.stack(rows, dim=0)


# %% right | interpolate | torch-lerp | The built-in linear interpolation with a column of weights.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    weights = torch.linspace(0, 1, num_steps).to(z_start).unsqueeze(-1)
    return torch.lerp(z_start, z_end, weights)


# %% right | interpolate | einsum | Weights of both ends as a (num_steps, 2) matrix, contracted with the stacked codes.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0.0, 1.0, num_steps, dtype=z_start.dtype, device=z_start.device)
    weights = torch.stack([1 - t, t], dim=1)
    ends = torch.stack([z_start, z_end], dim=0)
    return torch.einsum("ne,ed->nd", weights, ends)


# %% right | interpolate | start-plus-difference | Start plus t times the difference, through an outer product.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    gap = z_end - z_start
    t = torch.arange(num_steps, dtype=z_start.dtype, device=z_start.device) / (num_steps - 1)
    return z_start + torch.outer(t, gap)


# %% right | interpolate | numpy-linspace | NumPy's linspace takes vectors as ends; the result goes back to dtype and device of the codes.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    a = z_start.detach().cpu().numpy()
    b = z_end.detach().cpu().numpy()
    return torch.as_tensor(np.linspace(a, b, num_steps)).to(z_start)


# %% wrong | slerp | raw-dot-product | Takes the dot product of the given vectors as the cosine, without dividing by their lengths.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = torch.acos(z_start @ z_end)
    if torch.sin(theta).abs() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | raw-dot-clamped | Clamps the raw dot product to [-1, 1] instead of normalising the vectors, so most angles are 0 or pi.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = torch.acos(torch.dot(z_start, z_end).clamp(-1, 1))
    s = torch.sin(theta)
    if s < 1e-4:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return torch.sin((1 - t) * theta) / s * z_start + torch.sin(t * theta) / s * z_end


# %% wrong | slerp | mixes-unit-vectors | Uses the normalised vectors in the formula too, so the path lies on the unit sphere.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    z_start = F.normalize(z_start, dim=0)
    z_end = F.normalize(z_end, dim=0)
    theta = torch.acos((z_start * z_end).sum().clamp(-1, 1))
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (((1 - t) * theta).sin() * z_start + (t * theta).sin() * z_end) / theta.sin()


# %% wrong | slerp | parallel-not-handled | Divides by sin(theta) without a look at it, so codes of the same direction give NaN.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1.0, 1.0)
    theta = torch.acos(cos)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device).unsqueeze(1)
    w0 = torch.sin((1 - t) * theta) / torch.sin(theta)
    w1 = torch.sin(t * theta) / torch.sin(theta)
    return w0 * z_start + w1 * z_end


# %% wrong | slerp | cosine-not-clamped | A cosine a little above 1 gives NaN, and the comparison with NaN misses the parallel case.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    u = z_start / z_start.norm()
    v = z_end / z_end.norm()
    theta = torch.acos((u * v).sum())
    if theta.sin().abs() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return ((1 - t) * theta).sin() / theta.sin() * z_start + (t * theta).sin() / theta.sin() * z_end


# %% wrong | slerp | only-equal-codes-are-parallel | Catches equal codes only: the same direction with another length still divides 0 by 0.
def slerp(z_start, z_end, num_steps):
    if torch.equal(z_start, z_end):
        return interpolate(z_start, z_end, num_steps)
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    omega = cos.acos()
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return torch.sin((1 - t) * omega) / omega.sin() * z_start + torch.sin(t * omega) / omega.sin() * z_end


# %% wrong | slerp | parallel-stands-still | For codes of the same direction it repeats the start instead of walking the straight line.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cos)
    if torch.sin(theta) < 1e-4:
        return z_start.repeat(num_steps, 1)  # nothing to rotate
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | epsilon-in-denominator | Adds a small number to sin(theta): for parallel codes the path is all zeros instead of the line.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    eps = 1e-8
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cos)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    a = torch.sin((1 - t) * theta) / (torch.sin(theta) + eps)
    b = torch.sin(t * theta) / (torch.sin(theta) + eps)
    return a * z_start + b * z_end


# %% wrong | slerp | nan-to-zero | Replaces the NaN of the parallel case by zeros.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cos)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    path = torch.sin((1 - t) * theta) / theta.sin() * z_start + torch.sin(t * theta) / theta.sin() * z_end
    return torch.nan_to_num(path)


# %% wrong | slerp | weights-swapped | The path runs from z_end to z_start.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cos)
    if torch.sin(theta) < 1e-5:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin(t * theta) * z_start + torch.sin((1 - t) * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | divides-by-theta | Divides by the angle instead of by its sine.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cos)
    if theta < 1e-4:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return torch.sin((1 - t) * theta) / theta * z_start + torch.sin(t * theta) / theta * z_end


# %% wrong | slerp | normalised-lerp | Walks the straight line and rescales it to interpolated lengths, which does not turn at an even pace.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    line = interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    length = (1 - t) * z_start.norm() + t * z_end.norm()
    return F.normalize(line, dim=1) * length


# %% wrong | slerp | separate-length | Turns unit vectors and interpolates the length linearly, which is not the formula when the lengths differ.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    r0, r1 = z_start.norm(), z_end.norm()
    u, v = z_start / r0, z_end / r1
    theta = torch.acos((u @ v).clamp(-1, 1))
    if theta.sin() < 1e-4:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    direction = (torch.sin((1 - t) * theta) * u + torch.sin(t * theta) * v) / theta.sin()
    return ((1 - t) * r0 + t * r1) * direction


# %% wrong | slerp | cosine-clamped-at-zero | Clamps the cosine to [0, 1], so obtuse angles are treated as 90 degrees.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(0, 1)
    theta = torch.acos(cos)
    if torch.sin(theta) < 1e-4:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | straight-below-18-degrees | Calls directions with a cosine above 0.95 parallel and gives them the straight line.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0)
    if cos > 0.95:
        return interpolate(z_start, z_end, num_steps)
    theta = torch.acos(cos.clamp(-1, 1))
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | degrees | Converts the angle to degrees before taking sines.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.rad2deg(torch.acos(cos))
    if theta < 0.01:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | normalises-in-place | Divides the caller's vectors by their lengths in place.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    a, b = z_start.clone(), z_end.clone()
    z_start /= z_start.norm()
    z_end /= z_end.norm()
    theta = torch.acos((z_start * z_end).sum().clamp(-1, 1))
    if theta.sin() < 1e-4:
        return interpolate(a, b, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=a.dtype, device=a.device)[:, None]
    return (torch.sin((1 - t) * theta) * a + torch.sin(t * theta) * b) / theta.sin()


# %% wrong | slerp | always-float32 | Converts the codes to float32, so the result does not have their dtype.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    a, b = z_start.float(), z_end.float()
    theta = torch.acos(F.cosine_similarity(a, b, dim=0).clamp(-1, 1))
    if theta.sin() < 1e-4:
        return interpolate(a, b, num_steps)
    t = torch.linspace(0, 1, num_steps, device=a.device)[:, None]
    return (torch.sin((1 - t) * theta) * a + torch.sin(t * theta) * b) / theta.sin()


# %% wrong | slerp | last-point-missing | The end is not on the path, because the last of num_steps + 1 values of t is dropped.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = torch.acos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1))
    if theta.sin() < 1e-4:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps + 1, dtype=z_start.dtype, device=z_start.device)[:-1, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / theta.sin()


# %% right | slerp | as-in-the-hints | Cosine similarity, clamp, and the straight line if the sine is almost 0.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1.0, 1.0)
    theta = torch.acos(cos)
    sin = torch.sin(theta)
    if sin < 1e-4:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return torch.sin((1 - t) * theta) / sin * z_start + torch.sin(t * theta) / sin * z_end


# %% right | slerp | sinc-without-branch | Writes sin(t theta) / sin(theta) as t sinc(t theta) / sinc(theta), which has the right limit at 0 without an if.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    u = F.normalize(z_start, dim=0)
    v = F.normalize(z_end, dim=0)
    turns = torch.acos((u @ v).clamp(-1, 1)) / torch.pi  # torch.sinc(x) = sin(pi x) / (pi x)

    def weight(s):
        return s * torch.sinc(s * turns) / torch.sinc(turns)

    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return torch.outer(weight(1 - t), z_start) + torch.outer(weight(t), z_end)


# %% right | slerp | half-angle-atan2 | The angle by Kahan's formula with atan2, which needs no clamp.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    a = z_start / z_start.norm()
    b = z_end / z_end.norm()
    theta = 2 * torch.atan2((a - b).norm(), (a + b).norm())
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device).reshape(-1, 1)
    if theta.sin() < 1e-5:
        return torch.lerp(z_start, z_end, t)
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% right | slerp | python-floats-in-a-loop | The angle as a Python float from math, then one row after the other.
def slerp(z_start, z_end, num_steps):
    import math

    a, b = z_start.double(), z_end.double()
    cosine = float(a @ b) / (float(a.norm()) * float(b.norm()))
    theta = math.acos(max(-1.0, min(1.0, cosine)))
    rows = []
    for i in range(num_steps):
        t = i / (num_steps - 1)
        if math.sin(theta) < 1e-4:
            w_a, w_b = 1 - t, t
        else:
            w_a = math.sin((1 - t) * theta) / math.sin(theta)
            w_b = math.sin(t * theta) / math.sin(theta)
        rows.append(w_a * z_start + w_b * z_end)
    return torch.stack(rows)


# %% right | slerp | torch-where-on-weights | Chooses between the weights of the arc and those of the line with torch.where and a safe sine.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    weights = torch.stack([1 - t, t], dim=1)  # of the straight line
    angle = F.cosine_similarity(z_start[None], z_end[None]).clamp(-1, 1).acos()
    parallel = angle.sin() < 1e-4
    safe_sin = torch.where(parallel, torch.ones_like(angle), angle.sin())
    weights = torch.where(parallel, weights, torch.sin(weights * angle) / safe_sin)
    return weights @ torch.stack([z_start, z_end])


# %% wrong | latent_traversal | added-not-set | Moves the entry by the value instead of setting it.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.repeat(len(values), 1)
    rows[:, dimension] += values
    return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | expand-does-not-copy | Writes into an expanded view, which raises for more than one value and changes z for one.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.expand(len(values), -1)
    rows[:, dimension] = values
    return torch.sigmoid(model.decode(rows))


# %% wrong | latent_traversal | writes-into-z | Sets the entry in the caller's z for each value.
def latent_traversal(model, z, dimension, values):
    pictures = []
    with torch.no_grad():
        for value in values:
            z[dimension] = value
            pictures.append(torch.sigmoid(model.decode(z[None]))[0])
    return torch.stack(pictures)


# %% wrong | latent_traversal | logits | Returns the logits of the decoder instead of probabilities.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        codes = z.unsqueeze(0).repeat(values.shape[0], 1)
        codes[:, dimension] = values
        return model.decode(codes)


# %% wrong | latent_traversal | graph-kept | Decodes with gradients, so the result carries a graph to the parameters.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    codes = z.repeat(len(values), 1)
    codes[:, dimension] = values
    return model.decode(codes).sigmoid()


# %% wrong | latent_traversal | only-z-detached | Detaches z, but the parameters still put a graph onto the result.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = torch.stack([z.detach()] * len(values))
    rows[:, dimension] = values
    return torch.sigmoid(model.decode(rows))


# %% wrong | latent_traversal | leaves-eval | Switches the model to eval() and does not switch back.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    model.eval()
    rows = z.repeat(len(values), 1)
    rows[:, dimension] = values
    return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | always-back-to-train | Ends with model.train(), also if the model came in evaluation mode.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    model.eval()
    with torch.no_grad():
        rows = z.repeat(len(values), 1)
        rows[:, dimension] = values
        x_hat = torch.sigmoid(model.decode(rows))
    model.train()
    return x_hat


# %% wrong | latent_traversal | row-instead-of-column | Assigns the values to a row instead of to a column.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.repeat(len(values), 1)
    rows[dimension] = values
    return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | others-zero | Sets all other dimensions to 0 instead of keeping those of z.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    codes = torch.zeros(len(values), z.shape[0], dtype=z.dtype, device=z.device)
    codes[:, dimension] = values
    return torch.sigmoid(model.decode(codes))


# %% wrong | latent_traversal | same-row-appended | Appends one and the same clone for every value, so all rows hold the last value.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    row = z.clone()
    rows = []
    for v in values:
        row[dimension] = v
        rows.append(row)
    return torch.sigmoid(model.decode(torch.stack(rows)))


# %% wrong | latent_traversal | softmax-over-pixels | Turns logits into probabilities with a softmax over the pixels.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.repeat(len(values), 1)
    rows[:, dimension] = values
    return model.decode(rows).softmax(dim=1)


# %% wrong | latent_traversal | float32-codes | Builds the rows in float32, which fails or loses the dtype for a model and a code in float64.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = torch.empty(len(values), len(z))
    rows[:] = z
    rows[:, dimension] = values
    return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | clears-gradients | Calls zero_grad, so the gradients of the parameters are not as before.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    model.zero_grad()
    with torch.no_grad():
        rows = z.repeat(len(values), 1)
        rows[:, dimension] = values
        return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | freezes-parameters | Turns requires_grad of the parameters off to get rid of the graph, and leaves it off.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    for p in model.parameters():
        p.requires_grad_(False)
    rows = z.detach().repeat(len(values), 1)
    rows[:, dimension] = values
    return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | sorted-values | Sorts the values first, so the pictures are not in the given order.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    ordered, _ = values.sort()
    rows = z.repeat(len(values), 1)
    rows[:, dimension] = ordered
    return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | counts-from-one | Takes the dimension as counted from 1.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.repeat(len(values), 1)
    rows[:, dimension - 1] = values
    return model.decode(rows).sigmoid()


# %% right | latent_traversal | repeat-and-column | no_grad, repeat, one column assignment.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.repeat(len(values), 1)
    rows[:, dimension] = values
    return torch.sigmoid(model.decode(rows))


# %% right | latent_traversal | where-with-a-mask | Chooses between value and z with a mask, then detaches the result.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    is_turned = torch.arange(z.shape[0], device=z.device) == dimension
    codes = torch.where(is_turned, values[:, None], z)
    return model.decode(codes).sigmoid().detach()


# %% right | latent_traversal | one-picture-at-a-time | A loop over clones, each decoded as a batch of one.
def latent_traversal(model, z, dimension, values):
    pictures = []
    with torch.no_grad():
        for value in values:
            knob = z.detach().clone()
            knob[dimension] = value
            pictures.append(model.decode(knob.unsqueeze(0)).sigmoid())
    return torch.cat(pictures, dim=0)


# %% right | latent_traversal | glued-from-three-parts | Glues the columns before, at and after the dimension together, in inference mode.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.inference_mode():
        n = values.shape[0]
        before = z[:dimension].expand(n, -1)
        after = z[dimension + 1 :].expand(n, -1)
        codes = torch.cat([before, values.unsqueeze(1), after], dim=1)
        return torch.sigmoid(model.decode(codes))


# %% right | latent_traversal | difference-along-unit-vector | Adds (value - z[dimension]) along a one-hot direction, which sets the entry up to rounding.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    direction = F.one_hot(torch.tensor(dimension, device=z.device), z.numel()).to(z.dtype)
    codes = z + torch.outer(values - z[dimension], direction)
    logits = model.decode(codes)
    return 1 / (1 + torch.exp(-logits))


# %% right | latent_traversal | eval-and-back-per-module | Decodes in evaluation mode and restores the mode of every submodule.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            rows = torch.stack([z] * len(values))
            rows[:, dimension] = values
            return model.decode(rows).sigmoid()
    finally:
        for module, mode in modes:
            module.training = mode


# %% wrong | offset_walk | starts-at-a-sample | Starts at a sample of q(z given x) instead of at mu, so each call differs.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, log_var = model.encode(x[None])
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    return model.decode(z + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | sample-with-fixed-seed | Samples with a fixed seed: repeatable, but it starts not at mu and resets the global generator.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    torch.manual_seed(0)
    mu, log_var = model.encode(x.unsqueeze(0))
    z = Normal(mu, torch.exp(0.5 * log_var)).sample()
    return torch.sigmoid(model.decode(z + offsets.unsqueeze(1)))


# %% wrong | offset_walk | logits | Returns logits instead of probabilities.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        return model.decode(mu + offsets[:, None])


# %% wrong | offset_walk | graph-kept | No no_grad and no detach: the result carries a graph.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    return torch.sigmoid(model.decode(mu + offsets[:, None]))


# %% wrong | offset_walk | no-grad-only-for-encode | The encoder runs without gradients, the decoder with them.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu = model.encode(x[None])[0]
    codes = mu + offsets.view(-1, 1)
    return model.decode(codes).sigmoid()


# %% wrong | offset_walk | leaves-eval | Puts the model into evaluation mode and leaves it there.
def offset_walk(model, x, offsets):
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x[None])
        return model.decode(mu + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | offsets-as-a-row | Adds the offsets along the latent dimensions: raises, or mixes up axes if the numbers agree.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    return model.decode(mu + offsets).sigmoid()


# %% wrong | offset_walk | first-dimension-only | Moves only the first dimension of the code.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    codes = mu.repeat(len(offsets), 1)
    codes[:, 0] += offsets
    return torch.sigmoid(model.decode(codes))


# %% wrong | offset_walk | offsets-add-up | Moves the same tensor in place, so each offset is added on top of the earlier ones.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    pictures = []
    for o in offsets:
        mu += o
        pictures.append(model.decode(mu).sigmoid())
    return torch.cat(pictures)


# %% wrong | offset_walk | offset-times-sigma | Moves by offset times the standard deviation of each dimension.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, log_var = model.encode(x[None])
    sigma = (0.5 * log_var).exp()
    return model.decode(mu + offsets[:, None] * sigma).sigmoid()


# %% wrong | offset_walk | unit-direction | Divides the step by the square root of the dimension, so the code moves by o in all and not in every dimension.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    direction = F.normalize(torch.ones_like(mu), dim=1)
    return model.decode(mu + offsets[:, None] * direction).sigmoid()


# %% wrong | offset_walk | scales-instead | Multiplies the code by the offset instead of adding it.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    return model.decode(mu * offsets[:, None]).sigmoid()


# %% wrong | offset_walk | extra-axis | Decodes batches of one and stacks them, so the shape is (num_offsets, 1, 784).
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    return torch.stack([model.decode(mu + o).sigmoid() for o in offsets])


# %% wrong | offset_walk | unsqueezes-x-in-place | Adds the batch axis to the caller's x in place.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x.unsqueeze_(0))
    return model.decode(mu + offsets.unsqueeze(1)).sigmoid()


# %% wrong | offset_walk | takes-log-var | Unpacks the encoder's outputs the wrong way round and walks from log_var.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    _, mu = model.encode(x[None])
    return model.decode(mu + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | moves-the-pixels | Adds the offsets to the image before encoding, not to the code.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    moved = x[None] + offsets[:, None]
    mu, _ = model.encode(moved)
    return torch.sigmoid(model.decode(mu))


# %% right | offset_walk | broadcast | A column of offsets is broadcast against mu.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    return torch.sigmoid(model.decode(mu + offsets[:, None]))


# %% right | offset_walk | loop-and-cat | One offset after the other, put together along the batch axis.
def offset_walk(model, x, offsets):
    with torch.no_grad():
        center = model.encode(x.unsqueeze(0))[0]
        frames = [model.decode(center + o).sigmoid() for o in offsets]
    return torch.cat(frames)


# %% right | offset_walk | detach-at-the-end | Builds a graph and cuts it off from the result.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu = model.encode(x.view(1, -1))[0].squeeze(0)
    codes = torch.stack([mu + o for o in offsets.to(mu)])
    return model.decode(codes).sigmoid().detach()


# %% right | offset_walk | outer-with-ones | Inference mode, and the offsets as an outer product with ones.
@torch.inference_mode()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    (mu, _log_var) = model.encode(x.reshape(1, -1))
    shift = torch.outer(offsets.to(mu.dtype), mu.new_ones(mu.shape[1]))
    return model.decode(mu.expand_as(shift) + shift).sigmoid()


# %% right | offset_walk | bernoulli-probs | Repeats mu, adds in place to the copy, and takes probabilities from torch.distributions.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    from torch.distributions import Bernoulli

    with torch.no_grad():
        mean_code, _ = model.encode(x[None, :])
        batch = mean_code.repeat(offsets.numel(), 1)
        batch += offsets.reshape(-1, 1)
        return Bernoulli(logits=model.decode(batch)).probs


# %% wrong | embed_2d | unknown-is-pca | Every method other than "tsne" silently gets PCA.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    return PCA(n_components=2).fit_transform(latents)


# %% wrong | embed_2d | default-perplexity | Leaves the perplexity at 30, which is an error for 30 points or fewer.
def embed_2d(latents, method):
    if torch.is_tensor(latents):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    elif method == "tsne":
        return TSNE(n_components=2).fit_transform(latents)
    else:
        raise ValueError(f"unknown method {method!r}")


# %% wrong | embed_2d | perplexity-equals-n | min(30, n) is not below n for 30 points or fewer.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    points = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    if method == "pca":
        return PCA(2).fit_transform(points)
    if method == "tsne":
        return TSNE(2, perplexity=min(30, len(points))).fit_transform(points)
    raise ValueError(method)


# %% wrong | embed_2d | perplexity-five-for-five | Takes the smaller of 5 and n, which fails for exactly 5 points.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    points = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    if method == "pca":
        return PCA(2).fit_transform(points)
    if method == "tsne":
        n = points.shape[0]
        return TSNE(2, perplexity=30 if n > 30 else min(5, n)).fit_transform(points)
    raise ValueError(f"method must be 'pca' or 'tsne', not {method}")


# %% wrong | embed_2d | max-instead-of-min | Takes the larger of 30 and n - 1 as the perplexity.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        perplexity = max(30, len(latents) - 1)
        return TSNE(n_components=2, perplexity=perplexity).fit_transform(latents)
    raise ValueError("method must be pca or tsne")


# %% wrong | embed_2d | perplexity-above-30 | Uses a perplexity of 50 for many points, where the docstring asks for 30 or less.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(50, len(latents) - 1)).fit_transform(latents)
    raise ValueError("method must be pca or tsne")


# %% wrong | embed_2d | graph-not-removed | Calls numpy() on a tensor that may still carry a graph, which raises.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(f"unknown method: {method}")


# %% wrong | embed_2d | tensors-only | Calls detach() on arrays as well, which they do not have.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(x)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(f"unknown method: {method}")


# %% wrong | embed_2d | arrays-only | Has no conversion for tensors except np.asarray, which raises if the tensor requires a gradient.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = np.asarray(latents)
    if method == "pca":
        return PCA(n_components=2).fit_transform(x)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(f"unknown method: {method}")


# %% wrong | embed_2d | not-centred | Does the PCA by an SVD of data that were not centred.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    if method == "pca":
        _, _, directions = np.linalg.svd(x, full_matrices=False)
        return x @ directions[:2].T
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(f"unknown method: {method}")


# %% wrong | embed_2d | whitened | PCA with whitening: both axes get variance 1 and the unit of the codes is lost.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    if method == "pca":
        return PCA(n_components=2, whiten=True).fit_transform(x)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(f"unknown method: {method}")


# %% wrong | embed_2d | standardised-first | Standardises each dimension before the PCA, so it is not the directions of largest variance of the codes.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    from sklearn.preprocessing import StandardScaler

    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    x = StandardScaler().fit_transform(x)
    if method == "pca":
        return PCA(n_components=2).fit_transform(x)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(f"unknown method: {method}")


# %% wrong | embed_2d | smallest-variance | Takes the first two eigenvectors of eigh, which belong to the smallest eigenvalues.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else np.asarray(latents)
    if method == "pca":
        centred = x - x.mean(axis=0)
        _, vectors = np.linalg.eigh(centred.T @ centred)
        return centred @ vectors[:, :2]
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(f"unknown method: {method}")


# %% wrong | embed_2d | returns-the-directions | Returns the principal directions (latent_dim, 2) instead of the projected codes.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    if method == "pca":
        return PCA(n_components=2).fit(x).components_.T
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(f"unknown method: {method}")


# %% wrong | embed_2d | key-error | Looks the method up in a dictionary, so an unknown one is a KeyError.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    models_2d = {
        "pca": PCA(n_components=2),
        "tsne": TSNE(n_components=2, perplexity=min(30, len(x) - 1)),
    }
    return models_2d[method].fit_transform(x)


# %% wrong | embed_2d | returns-the-error | Returns a ValueError instead of raising it.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    if method == "pca":
        return PCA(n_components=2).fit_transform(x)
    elif method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    return ValueError(f"unknown method: {method}")


# %% wrong | embed_2d | centres-in-place | Subtracts the mean in place, which changes the caller's array or tensor.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    x -= x.mean(axis=0)
    if method == "pca":
        return PCA(n_components=2).fit_transform(x)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(f"unknown method: {method}")


# %% wrong | embed_2d | pca-50-before-tsne | Reduces to 50 dimensions before t-SNE, which raises for codes with fewer dimensions or points.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    if method == "pca":
        return PCA(n_components=2).fit_transform(x)
    if method == "tsne":
        x = PCA(n_components=50).fit_transform(x)
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(f"unknown method: {method}")


# %% wrong | embed_2d | all-components | Forgets n_components for PCA, so the result has as many columns as the codes.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    if method == "pca":
        return PCA().fit_transform(x)
    if method == "tsne":
        return TSNE(perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(f"unknown method: {method}")


# %% wrong | embed_2d | returns-a-tensor | Turns the result back into a tensor, though an array is asked for.
def embed_2d(latents, method):
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    if method == "pca":
        out = PCA(n_components=2).fit_transform(x)
    elif method == "tsne":
        out = TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    else:
        raise ValueError(f"unknown method: {method}")
    return torch.from_numpy(out)


# %% right | embed_2d | two-ifs | Converts a tensor, then one branch for each method.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(f"unknown method {method!r}: use 'pca' or 'tsne'")


# %% right | embed_2d | match-with-random-state | A match statement, a fixed random state and perplexity (n - 1) / 3 for few points.
def embed_2d(latents, method):
    points = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    match method:
        case "pca":
            reducer = PCA(n_components=2, random_state=0)
        case "tsne":
            reducer = TSNE(n_components=2, perplexity=min(30.0, (len(points) - 1) / 3), random_state=0)
        case _:
            raise ValueError(f"no such method: {method}")
    return reducer.fit_transform(points)


# %% right | embed_2d | svd-by-hand | PCA by an SVD of the centred codes in float64; scikit-learn only for t-SNE.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if method not in ("pca", "tsne"):
        raise ValueError(method)
    x = torch.as_tensor(latents).detach().cpu().double()
    if method == "pca":
        centred = x - x.mean(dim=0, keepdim=True)
        _, _, vh = torch.linalg.svd(centred, full_matrices=False)
        return (centred @ vh[:2].T).numpy()
    n = x.shape[0]
    return TSNE(n_components=2, perplexity=30 if n > 30 else n // 2).fit_transform(x.numpy())


# %% right | embed_2d | dispatch-with-get | A dictionary of functions, and a ValueError where the name is not in it.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    def pca(a):
        return PCA(n_components=2).fit(a).transform(a)

    def tsne(a):
        return TSNE(n_components=2, perplexity=min(30, a.shape[0] - 1), init="random").fit_transform(a)

    embed = {"pca": pca, "tsne": tsne}.get(method)
    if embed is None:
        raise ValueError(f"method must be pca or tsne, got {method}")
    if hasattr(latents, "detach"):
        latents = latents.detach().cpu().numpy()
    return embed(latents)


# %% right | embed_2d | eigh-descending | PCA from the covariance matrix, with the last two eigenvectors in reverse order.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    codes = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    codes = np.array(codes, dtype=np.float64)  # a copy
    if method == "pca":
        codes -= codes.mean(axis=0)
        _, vectors = np.linalg.eigh(np.cov(codes, rowvar=False))
        return codes @ vectors[:, [-1, -2]]
    elif method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(codes) - 1)).fit_transform(codes)
    else:
        raise ValueError("I know only pca and tsne.")


# %% wrong | knn_accuracy | farthest-points | topk takes the largest distances, so the farthest points vote.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    distances = torch.cdist(test_z, train_z)
    nearest = distances.topk(k, dim=1).indices
    votes = train_labels[nearest].mode(dim=1).values
    return (votes == test_labels).float().mean().item()


# %% wrong | knn_accuracy | manhattan | Uses the sum of absolute differences (p=1) instead of the Euclidean distance.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    d = torch.cdist(test_z, train_z, p=1)
    idx = d.topk(k, largest=False).indices
    guess = train_labels[idx].mode(dim=1).values
    return (guess == test_labels).double().mean().item()


# %% wrong | knn_accuracy | mean-of-classes | Averages the class numbers and rounds, instead of taking the most frequent one.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    vote = train_labels[nearest].float().mean(dim=1).round().long()
    return (vote == test_labels).float().mean().item()


# %% wrong | knn_accuracy | median-of-classes | Takes the median of the neighbours' class numbers as the vote.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    vote = train_labels[nearest].median(dim=1).values
    return float((vote == test_labels).float().mean())


# %% wrong | knn_accuracy | returns-tensor | Returns a tensor instead of a Python float.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k: int = 5):
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    vote = train_labels[nearest].mode(dim=1).values
    return (vote == test_labels).float().mean()


# %% wrong | knn_accuracy | percent | Returns percent instead of a fraction.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    vote = train_labels[nearest].mode(dim=1).values
    return 100 * (vote == test_labels).float().mean().item()


# %% wrong | knn_accuracy | no-vote | Averages how many neighbours have the right class, without any vote.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    same = train_labels[nearest] == test_labels[:, None]
    return same.float().mean().item()


# %% wrong | knn_accuracy | any-neighbour | Counts a point as right if at least one of its neighbours has its class.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    hit = (train_labels[nearest] == test_labels[:, None]).any(dim=1)
    return hit.float().mean().item()


# %% wrong | knn_accuracy | absolute-majority | Asks for more than half of the votes, though the most frequent class wins with however few.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    right_votes = (train_labels[nearest] == test_labels[:, None]).sum(dim=1)
    return (right_votes > k / 2).float().mean().item()


# %% wrong | knn_accuracy | skips-the-nearest | Drops the first neighbour as if the test point were in the training set.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    order = torch.cdist(test_z, train_z).argsort(dim=1)
    nearest = order[:, 1 : k + 1]  # the first one is the point itself
    vote = train_labels[nearest].mode(dim=1).values
    return (vote == test_labels).float().mean().item()


# %% wrong | knn_accuracy | distance-weighted | Weighs votes by 1 / distance, so one near point can beat a majority.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    distances, nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False)
    weights = 1 / (distances + 1e-8)
    scores = torch.zeros(len(test_z), 10, dtype=weights.dtype, device=weights.device)
    scores.scatter_add_(1, train_labels[nearest], weights)
    return (scores.argmax(dim=1) == test_labels).float().mean().item()


# %% wrong | knn_accuracy | rows-and-columns-swapped | Computes (num_train, num_test) distances and takes neighbours along the wrong axis.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    distances = torch.cdist(train_z, test_z)
    nearest = distances.topk(k, dim=1, largest=False).indices
    vote = train_labels[nearest].mode(dim=1).values
    return (vote == test_labels).float().mean().item()


# %% wrong | knn_accuracy | cosine-similarity | Finds neighbours by the angle instead of the Euclidean distance.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    similarity = F.normalize(test_z, dim=1) @ F.normalize(train_z, dim=1).T
    nearest = similarity.topk(k, dim=1).indices
    vote = train_labels[nearest].mode(dim=1).values
    return (vote == test_labels).float().mean().item()


# %% wrong | knn_accuracy | classes-counted-as-they-occur | Makes one-hot rows with as many classes as occur, which raises for classes such as 5 and 7.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    num_classes = len(train_labels.unique())
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    counts = F.one_hot(train_labels[nearest], num_classes).sum(dim=1)
    return (counts.argmax(dim=1) == test_labels).float().mean().item()


# %% wrong | knn_accuracy | centres-in-place | Subtracts the training mean from both sets in place, so the arguments change.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    mean = train_z.mean(dim=0)
    train_z -= mean
    test_z -= mean
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    vote = train_labels[nearest].mode(dim=1).values
    return (vote == test_labels).float().mean().item()


# %% wrong | knn_accuracy | default-k-one | The default of k is 1 instead of 5.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 1
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    vote = train_labels[nearest].mode(dim=1).values
    return (vote == test_labels).float().mean().item()


# %% wrong | knn_accuracy | divides-by-num-train | Divides the number of right answers by the number of training points.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    right = 0
    for z, label in zip(test_z, test_labels):
        nearest = (train_z - z).norm(dim=1).topk(k, largest=False).indices
        right += int(train_labels[nearest].mode().values == label)
    return right / len(train_z)


# %% wrong | knn_accuracy | standardised-dimensions | Divides each dimension by its standard deviation first, so the distance is not the Euclidean one of the given points.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    mean, std = train_z.mean(dim=0), train_z.std(dim=0) + 1e-8
    d = torch.cdist((test_z - mean) / std, (train_z - mean) / std)
    vote = train_labels[d.topk(k, dim=1, largest=False).indices].mode(dim=1).values
    return (vote == test_labels).float().mean().item()


# %% right | knn_accuracy | cdist-topk-mode | Distances, the k smallest, the mode of their classes.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    votes = train_labels[nearest].mode(dim=1).values
    return (votes == test_labels).double().mean().item()


# %% right | knn_accuracy | counter-loop | One test point after the other with a Counter.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    from collections import Counter

    hits = 0
    for point, truth in zip(test_z, test_labels.tolist()):
        squared = (train_z - point).square().sum(dim=1)
        closest = squared.argsort()[:k]
        winner, _ = Counter(train_labels[closest].tolist()).most_common(1)[0]
        hits += winner == truth
    return hits / len(test_labels)


# %% right | knn_accuracy | scikit-learn | KNeighborsClassifier with the default (uniform) weights.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    from sklearn.neighbors import KNeighborsClassifier

    def to_numpy(tensor):
        return tensor.detach().cpu().numpy()

    knn = KNeighborsClassifier(n_neighbors=k)
    knn.fit(to_numpy(train_z), to_numpy(train_labels))
    return float(knn.score(to_numpy(test_z), to_numpy(test_labels)))


# %% right | knn_accuracy | one-hot-counts | Squared distances by broadcasting, and votes counted in ten columns.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    squared = (test_z[:, None, :] - train_z[None, :, :]).pow(2).sum(dim=-1)
    order = torch.argsort(squared, dim=1)[:, :k]
    counts = F.one_hot(train_labels[order], num_classes=10).sum(dim=1)
    return float((counts.argmax(dim=1) == test_labels).float().mean())


# %% right | knn_accuracy | expanded-squares-in-double | Squared distances through the expanded square in float64, then bincount for each row.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    a, b = test_z.double(), train_z.double()
    d2 = (a * a).sum(1)[:, None] + (b * b).sum(1)[None, :] - 2 * torch.einsum("id,jd->ij", a, b)
    neighbours = torch.topk(-d2, k, dim=1).indices
    predicted = [torch.bincount(row).argmax().item() for row in train_labels[neighbours]]
    return sum(p == t for p, t in zip(predicted, test_labels.tolist())) / len(predicted)
