# %% wrong | latent_grid | equal-steps-in-z | Equal steps in z between the outer quantiles instead of equal steps in probability.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    edge = Normal(0.0, 1.0).icdf(torch.tensor((1 + coverage) / 2)).item()
    axis = torch.linspace(-edge, edge, num_steps)
    z2, z1 = torch.meshgrid(axis.flip(0), axis, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)

# %% wrong | latent_grid | cuts-all-at-each-end | Probabilities from 1 - coverage to coverage: the whole rest is cut off at each end.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace(1 - coverage, coverage, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    rows, cols = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([cols.flatten(), rows.flatten()], dim=1)

# %% wrong | latent_grid | zero-to-one | Probabilities from 0 to 1: the border is infinite.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    q = Normal(0.0, 1.0).icdf(torch.linspace(0, 1, num_steps))
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack((z_1, z_2), dim=-1).reshape(-1, 2)

# %% wrong | latent_grid | upside-down | Rows begin with the lowest z_2.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    tail = (1 - coverage) / 2
    q = Normal(0.0, 1.0).icdf(torch.linspace(tail, 1 - tail, num_steps))
    z_2, z_1 = torch.meshgrid(q, q, indexing="ij")
    return torch.stack((z_1, z_2), dim=-1).reshape(-1, 2)

# %% wrong | latent_grid | columns-swapped | The coordinate that changes from row to row stands in the first column.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    a, b = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([a.flatten(), b.flatten()], dim=1)

# %% wrong | latent_grid | square-not-flattened | Returns (num_steps, num_steps, 2).
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(torch.tensor(0.0), torch.tensor(1.0)).icdf(p)
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack((z_1, z_2), dim=-1)

# %% wrong | latent_grid | both-axes-reversed | Both lists are reversed, so each row runs from right to left.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 + coverage) / 2, (1 - coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z_2, z_1 = torch.meshgrid(q, q, indexing="ij")
    return torch.stack((z_1.flatten(), z_2.flatten()), dim=1)

# %% wrong | latent_grid | float64 | SciPy and NumPy all the way, so the points come back as float64.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    from scipy.stats import norm

    q = norm.ppf(np.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps))
    xx, yy = np.meshgrid(q, q[::-1])
    return torch.from_numpy(np.column_stack([xx.ravel(), yy.ravel()]))

# %% wrong | latent_grid | coverage-of-the-square | Takes coverage for the share of the square and uses its square root on each axis.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    per_axis = coverage**0.5
    p = torch.linspace((1 - per_axis) / 2, (1 + per_axis) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack((z_1.flatten(), z_2.flatten()), dim=1)

# %% wrong | latent_grid | cell-centres | Takes centres of num_steps cells of probability; the first and last point lie inside of the coverage.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    i = torch.arange(num_steps)
    p = (1 - coverage) / 2 + coverage * (i + 0.5) / num_steps
    q = Normal(0.0, 1.0).icdf(p)
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack((z_1.flatten(), z_2.flatten()), dim=1)

# %% wrong | latent_grid | root-two-forgotten | erfinv without the square root of 2.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    q = torch.erfinv(torch.linspace(-coverage, coverage, num_steps))
    z_1 = q.repeat(num_steps)
    z_2 = q.flip(0).repeat_interleave(num_steps)
    return torch.stack([z_1, z_2], dim=1)

# %% right | latent_grid | erfinv-repeat | Quantiles by erfinv, order by repeat and repeat_interleave.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    q = 2**0.5 * torch.erfinv(torch.linspace(-coverage, coverage, num_steps))
    z_1 = q.repeat(num_steps)
    z_2 = q.flip(0).repeat_interleave(num_steps)
    return torch.stack([z_1, z_2], dim=1)

# %% right | latent_grid | two-loops | Python's NormalDist and two loops.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    from statistics import NormalDist

    low, step = (1 - coverage) / 2, coverage / (num_steps - 1)
    quantiles = [NormalDist().inv_cdf(low + i * step) for i in range(num_steps)]
    points = []
    for z_2 in reversed(quantiles):
        for z_1 in quantiles:
            points.append([z_1, z_2])
    return torch.tensor(points, dtype=torch.float32)

# %% right | latent_grid | cartesian-prod | cartesian_prod of the two lists, columns exchanged at the end.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    rest = 1 - coverage
    q = Normal(0.0, 1.0).icdf(torch.linspace(rest / 2, 1 - rest / 2, num_steps))
    return torch.cartesian_prod(q.flip(0), q)[:, [1, 0]]

# %% right | latent_grid | numpy-scipy | SciPy's ppf with NumPy's meshgrid, cast to float32.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    from scipy import stats

    lower, upper = stats.norm.interval(coverage)
    probs = np.linspace(stats.norm.cdf(lower), stats.norm.cdf(upper), num_steps)
    q = stats.norm.ppf(probs)
    xs, ys = np.meshgrid(q, np.flip(q))
    grid = np.stack([xs, ys], axis=-1).reshape(num_steps**2, 2)
    return torch.tensor(grid, dtype=torch.float32)

# %% right | latent_grid | broadcast-and-fill | ndtri in float64, an empty picture filled by broadcasting, the rows flipped at the end.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace(0.5 - coverage / 2, 0.5 + coverage / 2, num_steps, dtype=torch.float64)
    q = torch.special.ndtri(p)
    picture = torch.empty(num_steps, num_steps, 2)
    picture[..., 0] = q
    picture[..., 1] = q[:, None]
    return picture.flip(0).view(-1, 2)

# %% wrong | interpolate | end-missing | t runs over 0, 1/n, ...: the end does not belong to the path.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.arange(num_steps, dtype=z_start.dtype, device=z_start.device) / num_steps
    t = t[:, None]
    return (1 - t) * z_start + t * z_end

# %% wrong | interpolate | gaps-not-points | num_steps is taken for the number of gaps: one point too many.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps + 1).to(z_start).unsqueeze(1)
    return (1 - t) * z_start + t * z_end

# %% wrong | interpolate | backwards | The weights are exchanged: the path runs from z_end to z_start.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return t * z_start + (1 - t) * z_end

# %% wrong | interpolate | one-column-per-point | The axes are exchanged, shape (latent_dim, num_steps).
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return torch.stack([z_start + ti * (z_end - z_start) for ti in t], dim=1)

# %% wrong | interpolate | no-column | t is not made a column, so it broadcasts against the dimensions.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)
    return (1 - t) * z_start + t * z_end

# %% wrong | interpolate | always-float32 | Ends with .float(), whatever the dtype of the codes.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    alphas = np.linspace(0, 1, num_steps)
    points = [(1 - a) * z_start + a * z_end for a in alphas]
    return torch.stack(points).float()

# %% wrong | interpolate | walks-in-place | The caller's z_start itself is moved along with +=.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    step = (z_end - z_start) / (num_steps - 1)
    points = [z_start.clone()]
    for _ in range(num_steps - 1):
        z_start += step
        points.append(z_start.clone())
    return torch.stack(points)

# %% wrong | interpolate | only-between | Leaves out both ends.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps + 2, dtype=z_start.dtype, device=z_start.device)[1:-1]
    return torch.lerp(z_start[None], z_end[None], t[:, None])

# %% wrong | interpolate | start-not-faded | z_start + t z_end: the start keeps its full weight.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, device=z_start.device, dtype=z_start.dtype).view(-1, 1)
    return z_start + t * z_end

# %% wrong | interpolate | list-of-points | Returns a Python list of tensors.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    path = []
    for i in range(num_steps):
        t = i / (num_steps - 1)
        path.append((1 - t) * z_start + t * z_end)
    return path

# %% wrong | interpolate | normalised-on-the-way | Scales every point to the length of the start, as for a sphere: not the straight line.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device).unsqueeze(1)
    path = (1 - t) * z_start + t * z_end
    return path / path.norm(dim=1, keepdim=True) * z_start.norm()

# %% right | interpolate | lerp | torch.lerp with a column of weights.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    weights = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return torch.lerp(z_start.unsqueeze(0), z_end.unsqueeze(0), weights.unsqueeze(1))

# %% right | interpolate | python-loop | A list of points with Python numbers as weights.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    gaps = num_steps - 1
    return torch.stack([(gaps - i) / gaps * z_start + i / gaps * z_end for i in range(num_steps)])

# %% right | interpolate | two-column-matrix | A matrix of the two weights times the two codes.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.arange(num_steps, device=z_start.device).to(z_start.dtype) / (num_steps - 1)
    weights = torch.stack([1 - t, t], dim=1)
    return weights @ torch.stack([z_start, z_end])

# %% right | interpolate | column-per-dimension | torch.linspace once for each dimension, stacked as columns.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    columns = [
        torch.linspace(a, b, num_steps, dtype=z_start.dtype, device=z_start.device)
        for a, b in zip(z_start.tolist(), z_end.tolist())
    ]
    return torch.stack(columns, dim=1)

# %% right | interpolate | outer-product | Start plus the outer product of t and the difference.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return torch.outer(1 - t, z_start) + torch.outer(t, z_end)

# %% wrong | slerp | raw-dot-product | arccos of the dot product of the vectors as given.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = torch.acos(torch.dot(z_start, z_end).clamp(-1, 1))
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    a = torch.sin((1 - t) * theta) / torch.sin(theta)
    b = torch.sin(t * theta) / torch.sin(theta)
    return a * z_start + b * z_end

# %% wrong | slerp | mixes-unit-vectors | Mixes the normalised vectors: the path lies on the unit sphere.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    a = z_start / z_start.norm()
    b = z_end / z_end.norm()
    theta = torch.acos((a * b).sum().clamp(-1, 1))
    if torch.sin(theta) < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=a.dtype, device=a.device)[:, None]
    return (torch.sin((1 - t) * theta) * a + torch.sin(t * theta) * b) / torch.sin(theta)

# %% wrong | slerp | parallel-forgotten | No case for the same direction: 0/0.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1.0, 1.0)
    theta = torch.acos(cos)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device).unsqueeze(1)
    w_start = torch.sin((1 - t) * theta) / torch.sin(theta)
    w_end = torch.sin(t * theta) / torch.sin(theta)
    return w_start * z_start + w_end * z_end

# %% wrong | slerp | no-clamp | The cosine is not clamped: above 1 the angle is NaN and the test for parallel ends does not see it.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    u = z_start / torch.sqrt((z_start**2).sum())
    v = z_end / torch.sqrt((z_end**2).sum())
    theta = torch.acos(torch.dot(u, v))
    if torch.sin(theta) < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device).unsqueeze(1)
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)

# %% wrong | slerp | parallel-stands-still | For the same direction it repeats z_start instead of the straight line.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = cos.acos()
    if theta.sin() < 1e-6:
        return z_start.repeat(num_steps, 1)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return ((1 - t) * theta).sin() / theta.sin() * z_start + (t * theta).sin() / theta.sin() * z_end

# %% wrong | slerp | only-equal-ends | Tests for equal vectors, so the same direction with another length still divides 0 by 0.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    if torch.equal(z_start, z_end):
        return z_start.repeat(num_steps, 1)
    cos = (z_start / z_start.norm() * (z_end / z_end.norm())).sum()
    theta = torch.arccos(torch.clamp(cos, -1, 1))
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    so = torch.sin(theta)
    return torch.sin((1 - t) * theta) / so * z_start + torch.sin(t * theta) / so * z_end

# %% wrong | slerp | weights-exchanged | The path runs from z_end to z_start.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1).acos()
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin(t * theta) * z_start + torch.sin((1 - t) * theta) * z_end) / theta.sin()

# %% wrong | slerp | normalise-the-line | The straight line scaled to the lengths in between (nlerp): not an even pace, not the formula.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    line = interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    length = (1 - t) * z_start.norm() + t * z_end.norm()
    return line / line.norm(dim=1, keepdim=True) * length

# %% wrong | slerp | short-way-of-quaternions | Turns the end around if the dot product is negative, as for quaternions.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    dot = F.cosine_similarity(z_start, z_end, dim=0)
    if dot < 0:
        z_end = -z_end
        dot = -dot
    theta = torch.acos(dot.clamp(max=1.0))
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)

# %% wrong | slerp | epsilon-in-denominator | A small number added to the sine "for safety": parallel ends give 0/eps, all points zero.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cos)
    sin = torch.sin(theta) + 1e-8
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return torch.sin((1 - t) * theta) / sin * z_start + torch.sin(t * theta) / sin * z_end

# %% wrong | slerp | line-for-small-angles | The straight line is returned for every angle below half a radian.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    if cos > 0.9:
        return interpolate(z_start, z_end, num_steps)
    theta = torch.acos(cos)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)

# %% wrong | slerp | cosine-along-axis-one | cosine_similarity with its default dim=1, an IndexError for vectors.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = torch.acos(F.cosine_similarity(z_start, z_end).clamp(-1, 1))
    if torch.sin(theta) < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)

# %% wrong | slerp | denominator-missing | The weights are not divided by sin(theta).
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = torch.acos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1))
    if torch.sin(theta).abs() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end

# %% wrong | slerp | works-in-float32 | Converts the codes to float32 first and returns float32 for float64 codes.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    z_start, z_end = z_start.float(), z_end.float()
    theta = torch.acos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1))
    if torch.sin(theta) < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)

# %% right | slerp | sinc | sin(t theta)/sin(theta) as t sinc(t theta)/sinc(theta): no special case is needed.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    angle = cos.acos() / torch.pi
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    s = 1 - t
    w_start = s * torch.sinc(s * angle) / torch.sinc(angle)
    w_end = t * torch.sinc(t * angle) / torch.sinc(angle)
    return w_start * z_start + w_end * z_end

# %% right | slerp | atan2-angle | The angle from sum and difference of the unit vectors with atan2, a loop over the points.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    u = z_start / z_start.norm()
    v = z_end / z_end.norm()
    theta = 2 * torch.atan2((u - v).norm(), (u + v).norm())
    sine = torch.sin(theta)
    points = []
    for i in range(num_steps):
        t = i / (num_steps - 1)
        if sine < 1e-6:
            a, b = 1 - t, t
        else:
            a, b = torch.sin((1 - t) * theta) / sine, torch.sin(t * theta) / sine
        points.append(a * z_start + b * z_end)
    return torch.stack(points)

# %% right | slerp | python-floats | The angle in math (double precision), weights as a Python list, outer products.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    import math

    a, b = z_start.double(), z_end.double()
    cosine = float(a @ b) / math.sqrt(float(a @ a) * float(b @ b))
    theta = math.acos(max(-1.0, min(1.0, cosine)))
    ts = [k / (num_steps - 1) for k in range(num_steps)]
    if math.sin(theta) < 1e-7:
        left = [1 - t for t in ts]
        right = ts
    else:
        left = [math.sin((1 - t) * theta) / math.sin(theta) for t in ts]
        right = [math.sin(t * theta) / math.sin(theta) for t in ts]
    path = torch.outer(a.new_tensor(left), a) + torch.outer(b.new_tensor(right), b)
    return path.to(z_start.dtype)

# %% right | slerp | where | Both kinds of weights, the choice by torch.where with a safe denominator.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    directions = F.normalize(torch.stack([z_start, z_end]), dim=1)
    cos = torch.clamp(directions[0] @ directions[1], min=-1.0, max=1.0)
    theta = torch.arccos(cos)
    sin = torch.sin(theta)
    parallel = sin < 1e-6
    safe = torch.where(parallel, torch.ones_like(sin), sin)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    t = torch.stack([1 - t, t], dim=1)
    weights = torch.where(parallel, t, torch.sin(t * theta) / safe)
    return weights @ torch.stack([z_start, z_end])

# %% wrong | latent_traversal | moved-not-set | The values are added to the entry.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        rows = z.repeat(len(values), 1)
        rows[:, dimension] += values
        return model.decode(rows).sigmoid()

# %% wrong | latent_traversal | expand-then-write | Writes into an expanded view, which PyTorch refuses.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        codes = z.expand(len(values), -1)
        codes[:, dimension] = values
        return torch.sigmoid(model.decode(codes))

# %% wrong | latent_traversal | writes-into-z | detach shares memory, so the loop writes into the caller's z.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    pictures = []
    code = z.detach()
    with torch.no_grad():
        for value in values:
            code[dimension] = value
            pictures.append(model.decode(code[None]).sigmoid())
    return torch.cat(pictures)

# %% wrong | latent_traversal | logits-returned | No sigmoid: logits instead of probabilities.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        rows = z.repeat(len(values), 1)
        rows[:, dimension] = values
        return model.decode(rows)

# %% wrong | latent_traversal | graph-kept | No no_grad and no detach at the end: the pictures carry the graph of the decoder.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.detach().clone().unsqueeze(0).repeat(len(values), 1)
    rows[:, dimension] = values
    return torch.sigmoid(model.decode(rows))

# %% wrong | latent_traversal | left-in-eval | Calls model.eval() and does not restore the mode.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    model.eval()
    with torch.no_grad():
        rows = z.repeat(len(values), 1)
        rows[:, dimension] = values
        x_hat = model.decode(rows).sigmoid()
    return x_hat

# %% wrong | latent_traversal | row-instead-of-column | Sets row number dimension, not the column.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        rows = z.repeat(len(values), 1)
        rows[dimension] = values
        return model.decode(rows).sigmoid()

# %% wrong | latent_traversal | same-tensor-many-times | A list of the same copy: all rows end with the last value.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        rows = [z.clone()] * len(values)
        for row, value in zip(rows, values):
            row[dimension] = value
        return model.decode(torch.stack(rows)).sigmoid()

# %% wrong | latent_traversal | others-at-zero | All other entries are 0 instead of those of z.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        rows = torch.zeros(len(values), len(z), dtype=z.dtype, device=z.device)
        rows[:, dimension] = values
        return model.decode(rows).sigmoid()

# %% wrong | latent_traversal | float32-buffer | Collects the pictures in a float32 table, whatever the dtype of z.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    pictures = torch.zeros(len(values), 784)
    with torch.no_grad():
        for i in range(len(values)):
            code = z.clone()
            code[dimension] = values[i]
            pictures[i] = model.decode(code[None])[0].sigmoid()
    return pictures

# %% wrong | latent_traversal | softmax | Softmax over the pixels instead of a sigmoid for each.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        codes = torch.stack([z] * len(values))
        codes[:, dimension] = values
        return F.softmax(model.decode(codes), dim=1)

# %% wrong | latent_traversal | freezes-the-model | Turns requires_grad of all parameters off to get rid of the graph.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    rows = z.detach().repeat(len(values), 1)
    rows[:, dimension] = values
    return model.decode(rows).sigmoid()

# %% right | latent_traversal | loop-with-clone | One clone for each value, stacked.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    codes = []
    for value in values:
        code = z.detach().clone()
        code[dimension] = value
        codes.append(code)
    with torch.no_grad():
        logits = model.decode(torch.stack(codes))
    return torch.sigmoid(logits)

# %% right | latent_traversal | one-hot-arithmetic | z without the entry plus the values times a one-hot row; detach at the end.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    e = torch.zeros_like(z)
    e[dimension] = 1
    rows = (1 - e) * z + values.to(z)[:, None] * e
    return model.decode(rows).sigmoid().detach()

# %% right | latent_traversal | where-mask | torch.where with a mask of the column, no_grad as a decorator.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    is_it = torch.arange(z.shape[0], device=z.device) == dimension
    rows = torch.where(is_it, values.to(z).unsqueeze(-1), z)
    return 1 / (1 + torch.exp(-model.decode(rows)))

# %% right | latent_traversal | eval-and-back | Evaluation mode meanwhile and back; the rows are put together with cat.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            n = len(values)
            before = z[:dimension].expand(n, -1)
            after = z[dimension + 1 :].expand(n, -1)
            rows = torch.cat([before, values.to(z.dtype).reshape(n, 1), after], dim=1)
            return model.decode(rows).sigmoid()
    finally:
        model.train(was_training)

# %% wrong | offset_walk | from-a-sample | Starts at a sample of the posterior, another walk in every call.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, log_var = model.encode(x[None])
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        return model.decode(z + offsets[:, None]).sigmoid()

# %% wrong | offset_walk | seeded-sample | A sample again, made repeatable by a fixed seed.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    torch.manual_seed(0)
    with torch.no_grad():
        mu, log_var = model.encode(x.unsqueeze(0))
        std = (0.5 * log_var).exp()
        z = mu + std * torch.randn_like(std)
        return torch.sigmoid(model.decode(z + offsets.unsqueeze(1)))

# %% wrong | offset_walk | set-not-added | The code becomes the offset itself; mu only gives the shape.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        z = mu.repeat(len(offsets), 1)
        z[:] = offsets[:, None]
        return model.decode(z).sigmoid()

# %% wrong | offset_walk | offsets-along-dimensions | The offsets are not a column: they broadcast along the latent dimensions.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        return model.decode(mu + offsets).sigmoid()

# %% wrong | offset_walk | first-dimension-only | Only one dimension is moved, as in a traversal.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu = model.encode(x[None])[0]
        z = mu.repeat(len(offsets), 1)
        z[:, 0] += offsets
        return model.decode(z).sigmoid()

# %% wrong | offset_walk | no-sigmoid | Logits come back.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        return model.decode(mu + offsets.view(-1, 1))

# %% wrong | offset_walk | with-graph | The result carries the graph of encoder and decoder.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    return model.decode(mu + offsets[:, None]).sigmoid()

# %% wrong | offset_walk | ends-in-train | Switches to eval and back to train, also if the model came in evaluation mode.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    model.eval()
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        x_hat = model.decode(mu + offsets[:, None]).sigmoid()
    model.train()
    return x_hat

# %% wrong | offset_walk | in-units-of-sigma | Each offset is multiplied by the standard deviation of q.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, log_var = model.encode(x[None])
        sigma = (log_var / 2).exp()
        return model.decode(mu + offsets[:, None] * sigma).sigmoid()

# %% wrong | offset_walk | adds-up | += in the loop: the offsets accumulate.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    pictures = []
    with torch.no_grad():
        z, _ = model.encode(x[None])
        for offset in offsets:
            z += offset
            pictures.append(model.decode(z).sigmoid())
    return torch.cat(pictures)

# %% wrong | offset_walk | batch-axis-in-place | unsqueeze_ changes the shape of the caller's image.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x.unsqueeze_(0))
        return model.decode(mu + offsets[:, None]).sigmoid()

# %% wrong | offset_walk | extra-axis | Stacks pictures of shape (1, 784): the result is (num_offsets, 1, 784).
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        return torch.stack([model.decode(mu + o).sigmoid() for o in offsets])

# %% wrong | offset_walk | second-output | Walks from log_var, the second thing that encode returns.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu = model.encode(x[None])[1]
        return model.decode(mu + offsets[:, None]).sigmoid()

# %% wrong | offset_walk | distance-as-offset | Divides by the square root of the dimension, so an offset becomes the distance moved.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        direction = torch.ones_like(mu) / mu.shape[1] ** 0.5
        return model.decode(mu + offsets[:, None] * direction).sigmoid()

# %% right | offset_walk | loop-and-cat | One offset at a time.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    pictures = []
    with torch.no_grad():
        start, _ = model.encode(x.reshape(1, -1))
        for o in offsets.tolist():
            pictures.append(torch.sigmoid(model.decode(start + o)))
    return torch.cat(pictures, dim=0)

# %% right | offset_walk | outer-with-ones | Repeated mu plus the outer product of offsets and ones; decorator.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu = model.encode(x.unsqueeze(0))[0].squeeze(0)
    steps = torch.outer(offsets.to(mu), torch.ones_like(mu))
    z = mu.repeat(offsets.numel(), 1) + steps
    return model.decode(z).sigmoid()

# %% right | offset_walk | detach-at-end | With the graph inside, detached at the end.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mean_code, *_ = model.encode(x[None, :])
    moved = torch.add(mean_code, offsets.unsqueeze(-1))
    logits = model.decode(moved)
    return logits.detach().sigmoid()

# %% right | offset_walk | all-modes-restored | Evaluation mode meanwhile, the mode of each module put back.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    modes = {m: m.training for m in model.modules()}
    model.eval()
    with torch.no_grad():
        mu, _log_var = model.encode(torch.stack([x]))
        x_hat = model.decode(mu.expand(len(offsets), -1) + offsets[:, None]).sigmoid()
    for m, training in modes.items():
        m.training = training
    return x_hat

# %% wrong | embed_2d | else-pca | Every other method is a silent PCA.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    return PCA(n_components=2).fit_transform(latents)

# %% wrong | embed_2d | unknown-gives-none | An unknown method prints a line and returns None.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    z = latents.detach().cpu().numpy() if torch.is_tensor(latents) else latents
    if method == "pca":
        return PCA(2).fit_transform(z)
    elif method == "tsne":
        return TSNE(2, perplexity=min(30, len(z) - 1)).fit_transform(z)
    else:
        print("Unknown method:", method)

# %% wrong | embed_2d | default-perplexity | Leaves the perplexity at 30, an error for 30 points or fewer.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, random_state=0).fit_transform(latents)
    raise ValueError(method)

# %% wrong | embed_2d | no-detach | .cpu().numpy() without detach fails for a tensor that carries a graph.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        perplexity = min(30.0, (len(latents) - 1) / 2)
        return TSNE(n_components=2, perplexity=perplexity).fit_transform(latents)
    raise ValueError(f"unknown method {method}")

# %% wrong | embed_2d | tensors-only | Calls detach on arrays too.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    z = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(z)
    elif method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(z) - 1)).fit_transform(z)
    raise ValueError("method must be 'pca' or 'tsne'")

# %% wrong | embed_2d | first-two-coordinates | Takes the first two latent dimensions for the two largest directions.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    z = np.asarray(latents.detach().cpu() if isinstance(latents, Tensor) else latents)
    if method == "pca":
        return z[:, :2] - z[:, :2].mean(axis=0)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(z) - 1)).fit_transform(z)
    raise ValueError(method)

# %% wrong | embed_2d | directions-not-points | Returns the two directions of PCA instead of the points.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit(latents).components_
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(method)

# %% wrong | embed_2d | all-components | PCA without n_components: all dimensions come back.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA().fit_transform(latents)
    if method == "tsne":
        return TSNE(perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(method)

# %% wrong | embed_2d | perplexity-of-n | min(30, n) is not below n when there are 30 points or fewer.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method not in ("pca", "tsne"):
        raise ValueError(f"method must be pca or tsne, not {method}")
    if method == "pca":
        reducer = PCA(n_components=2)
    else:
        reducer = TSNE(n_components=2, perplexity=min(30, latents.shape[0]))
    return reducer.fit_transform(latents)

# %% wrong | embed_2d | key-error | A dictionary of methods raises KeyError for an unknown one.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    z = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    reducers = {
        "pca": PCA(n_components=2),
        "tsne": TSNE(n_components=2, perplexity=min(30, len(z) - 1)),
    }
    return reducers[method].fit_transform(z)

# %% wrong | embed_2d | names-in-capitals | Knows only "PCA" and "t-SNE", so both documented names raise ValueError.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "PCA":
        return PCA(n_components=2).fit_transform(latents)
    elif method == "t-SNE":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError("unknown method")

# %% wrong | embed_2d | standardised-in-place | Centres the caller's array in place before PCA.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    latents -= latents.mean(axis=0)
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(method)

# %% wrong | embed_2d | smallest-directions | eigh sorts upwards; the first two columns are the directions of smallest variance.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        centred = latents - latents.mean(axis=0)
        _, vectors = np.linalg.eigh(np.cov(centred.T))
        return centred @ vectors[:, :2]
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(method)

# %% wrong | embed_2d | svd-without-centring | The SVD of the codes as they are: the first direction is mostly the mean.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    z = torch.as_tensor(latents).detach().cpu().numpy()
    if method == "pca":
        _, _, directions = np.linalg.svd(z, full_matrices=False)
        return z @ directions[:2].T
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(z) - 1)).fit_transform(z)
    raise ValueError(method)

# %% wrong | embed_2d | perplexity-five | A perplexity of 5 for any number of points: not 30 where there are many, and an error for 5 points.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=5).fit_transform(latents)
    raise ValueError(f"unknown method {method!r}")

# %% right | embed_2d | svd | PCA by an SVD of the centred codes, t-SNE from scikit-learn.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if method not in {"pca", "tsne"}:
        raise ValueError(f"unknown method: {method!r}")
    points = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.array(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(points) - 1), random_state=0).fit_transform(points)
    centred = points - points.mean(axis=0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    return u[:, :2] * s[:2]

# %% right | embed_2d | match-statement | match with one case for each method, perplexity a third of the points.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    codes = torch.as_tensor(latents).detach().cpu().numpy()
    match method:
        case "pca":
            reducer = PCA(n_components=2)
        case "tsne":
            reducer = TSNE(n_components=2, perplexity=min(30.0, len(codes) / 3))
        case _:
            raise ValueError("method is 'pca' or 'tsne'")
    return reducer.fit_transform(codes)

# %% right | embed_2d | eigh | The two last eigenvectors of the covariance; try/except around a dictionary.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    def by_pca(z):
        z = z - z.mean(axis=0, keepdims=True)
        _, vectors = np.linalg.eigh(z.T @ z)
        return z @ vectors[:, [-1, -2]]

    def by_tsne(z):
        few = z.shape[0] - 1
        return TSNE(perplexity=30 if few > 30 else few).fit_transform(z)

    array = latents
    if not isinstance(array, np.ndarray):
        array = array.cpu().detach().numpy()
    try:
        how = {"pca": by_pca, "tsne": by_tsne}[method]
    except KeyError:
        raise ValueError(f"no such method: {method}") from None
    return how(array)

# %% right | embed_2d | fit-then-transform | fit and embedding_ apart, double precision.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        with torch.no_grad():
            latents = np.asarray(latents.detach().to("cpu", torch.float64))
    x = latents.astype(np.float64)
    n = x.shape[0]
    if method == "pca":
        pca = PCA(n_components=2, svd_solver="full").fit(x)
        return pca.transform(x)
    if method == "tsne":
        tsne = TSNE(n_components=2, perplexity=float(np.minimum(30, n - 1)), init="random")
        tsne.fit(x)
        return tsne.embedding_
    raise ValueError(method)

# %% wrong | knn_accuracy | farthest | topk takes the largest distances.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1).indices
    votes = train_labels[nearest].mode(dim=1).values
    return (votes == test_labels).float().mean().item()

# %% wrong | knn_accuracy | mean-of-labels | The vote is the rounded mean of the class numbers.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    dist = torch.cdist(test_z, train_z)
    idx = dist.topk(k, dim=1, largest=False).indices
    predicted = train_labels[idx].float().mean(dim=1).round().long()
    return (predicted == test_labels).float().mean().item()

# %% wrong | knn_accuracy | any-neighbour | Right as soon as one of the k neighbours has the class (recall at k).
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    idx = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    hit = (train_labels[idx] == test_labels[:, None]).any(dim=1)
    return hit.double().mean().item()

# %% wrong | knn_accuracy | share-of-neighbours | Mean share of neighbours with the right class, no vote.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    idx = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    return (train_labels[idx] == test_labels[:, None]).float().mean().item()

# %% wrong | knn_accuracy | test-points-vote | cdist with the arguments exchanged: neighbours are looked up along the wrong axis.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    dist = torch.cdist(train_z, test_z)
    idx = dist.topk(k, dim=1, largest=False).indices
    votes = test_labels[idx].mode(dim=1).values
    return (votes == train_labels).double().mean().item()

# %% wrong | knn_accuracy | zero-dim-tensor | Returns a tensor, not a Python float.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    distances = torch.cdist(test_z, train_z)
    _, neighbours = distances.topk(k, largest=False)
    votes, _ = train_labels[neighbours].mode(dim=1)
    return (votes == test_labels).float().mean()

# %% wrong | knn_accuracy | k-ignored | Only the nearest neighbour is asked.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).argmin(dim=1)
    return (train_labels[nearest] == test_labels).float().mean().item()

# %% wrong | knn_accuracy | skips-the-nearest | Leaves out the first neighbour, as one does when the points are their own neighbours.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    order = torch.cdist(test_z, train_z).argsort(dim=1)
    neighbours = order[:, 1 : k + 1]
    votes = train_labels[neighbours].mode(dim=1).values
    return float((votes == test_labels).float().mean())

# %% wrong | knn_accuracy | mode-of-columns | mode along dim 0: one vote for each rank, not for each test point.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    idx = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    votes = train_labels[idx].mode(dim=0).values
    return (votes == test_labels).float().mean().item()

# %% wrong | knn_accuracy | weighted-by-distance | Near neighbours count more, so it is no majority.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(n_neighbors=k, weights="distance")
    model.fit(train_z.detach().cpu().numpy(), train_labels.cpu().numpy())
    return float(model.score(test_z.detach().cpu().numpy(), test_labels.cpu().numpy()))

# %% wrong | knn_accuracy | cosine-neighbours | Neighbours by cosine similarity instead of Euclidean distance.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    similarity = F.normalize(test_z, dim=1) @ F.normalize(train_z, dim=1).T
    idx = similarity.topk(k, dim=1).indices
    votes = torch.mode(train_labels[idx], dim=1).values
    return (votes == test_labels).float().mean().item()

# %% wrong | knn_accuracy | percent | Multiplied by 100.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    idx = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    votes = train_labels[idx].mode(dim=1).values
    correct = (votes == test_labels).sum().item()
    return 100.0 * correct / len(test_labels)

# %% wrong | knn_accuracy | city-block | Distances with p=1.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    dist = (test_z[:, None, :] - train_z[None, :, :]).abs().sum(dim=-1)
    idx = dist.topk(k, largest=False).indices
    votes = train_labels[idx].mode(dim=1).values
    return (votes == test_labels).float().mean().item()

# %% wrong | knn_accuracy | median-label | The median of the class numbers is taken for the majority.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    idx = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    votes = train_labels[idx].median(dim=1).values
    return (votes == test_labels).float().mean().item()

# %% wrong | knn_accuracy | place-of-the-mode | Takes the second output of mode, the place of the value in the row, for the class.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    dist = torch.cdist(test_z, train_z)
    neighbours = dist.argsort(dim=1)[:, :k]
    votes = torch.mode(train_labels[neighbours], dim=1)[1]
    return (votes == test_labels).float().mean().item()

# %% right | knn_accuracy | scikit-learn | KNeighborsClassifier does it all.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    from sklearn.neighbors import KNeighborsClassifier

    train_x, train_y, test_x, test_y = (
        t.detach().cpu().numpy() for t in (train_z, train_labels, test_z, test_labels)
    )
    return float(KNeighborsClassifier(k).fit(train_x, train_y).score(test_x, test_y))

# %% right | knn_accuracy | counter | One test point at a time, the vote with Counter.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    from collections import Counter

    right = 0
    for point, truth in zip(test_z, test_labels.tolist()):
        distance = (train_z - point).square().sum(dim=1)
        nearest = distance.argsort()[:k]
        winner, _ = Counter(train_labels[nearest].tolist()).most_common(1)[0]
        right += winner == truth
    return right / len(test_z)

# %% right | knn_accuracy | one-hot-counts | Votes counted for each class that occurs, then the class with the most.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    with torch.no_grad():
        classes = train_labels.unique()
        neighbours = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False, sorted=False)[1]
        votes = train_labels[neighbours]
        counts = (votes.unsqueeze(-1) == classes).sum(dim=1)
        winners = classes[counts.argmax(dim=1)]
        return winners.eq(test_labels).double().mean().item()

# %% right | knn_accuracy | numpy-expanded-squares | NumPy with the expanded square in float64, argpartition and bincount.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    a = train_z.detach().cpu().numpy().astype(np.float64)
    b = test_z.detach().cpu().numpy().astype(np.float64)
    _, names = np.unique(train_labels.cpu().numpy(), return_inverse=True)
    kinds = np.unique(train_labels.cpu().numpy())
    squares = (b**2).sum(1)[:, None] + (a**2).sum(1)[None] - 2 * b @ a.T
    nearest = np.argpartition(squares, k - 1, axis=1)[:, :k]
    guesses = np.array([kinds[np.bincount(names[row]).argmax()] for row in nearest])
    return float(np.mean(guesses == test_labels.cpu().numpy()))
