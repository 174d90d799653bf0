# %% wrong | latent_grid | equal-steps-in-value | Takes equal steps between the two quantiles and not equal steps in probability.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    edge = Normal(0.0, 1.0).icdf(torch.tensor((1 + coverage) / 2))
    q = torch.linspace(-edge.item(), edge.item(), num_steps)
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% wrong | latent_grid | bottom-row-first | Fills from the bottom: z_2 is not reversed.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z_2, z_1 = torch.meshgrid(q, q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% wrong | latent_grid | coordinates-swapped | Puts z_2 into the first column of the result.
def latent_grid(num_steps, coverage=0.95):
    probs = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(probs)
    return torch.cartesian_prod(q.flip(0), q)


# %% wrong | latent_grid | column-by-column | Walks down each column first, so the grid is filled in the wrong order.
def latent_grid(num_steps, coverage=0.95):
    low = (1 - coverage) / 2
    q = Normal(0.0, 1.0).icdf(torch.linspace(low, 1 - low, num_steps))
    points = []
    for z_1 in q:
        for z_2 in q.flip(0):
            points.append(torch.stack([z_1, z_2]))
    return torch.stack(points)


# %% wrong | latent_grid | z1-reversed-too | Reverses both axes, so each row runs from right to left.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 + coverage) / 2, (1 - coverage) / 2, num_steps)
    q = torch.special.ndtri(p)
    rows, cols = torch.meshgrid(q, q, indexing="ij")
    return torch.stack([cols.reshape(-1), rows.reshape(-1)], dim=-1)


# %% wrong | latent_grid | whole-rest-at-each-end | Cuts off the whole rest 1 - coverage at each end, not half of it.
def latent_grid(num_steps, coverage=0.95):
    q = Normal(0.0, 1.0).icdf(torch.linspace(1 - coverage, coverage, num_steps))
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], 1)


# %% wrong | latent_grid | zero-to-coverage | The probabilities begin at 0, whose quantile is minus infinity.
def latent_grid(num_steps, coverage=0.95):
    q = Normal(0.0, 1.0).icdf(torch.linspace(0, coverage, num_steps))
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], 1)


# %% wrong | latent_grid | coverage-ignored | The ends 0.025 and 0.975 are written into the code, so coverage has no effect.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    q = Normal(0.0, 1.0).icdf(torch.linspace(0.025, 0.975, num_steps))
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack((z_1, z_2), dim=-1).reshape(-1, 2)


# %% wrong | latent_grid | default-coverage | The default coverage is 0.9 in place of 0.95.
def latent_grid(num_steps: int, coverage: float = 0.9) -> Tensor:
    q = Normal(0.0, 1.0).icdf(
        torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    )
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack((z_1, z_2), dim=-1).reshape(-1, 2)


# %% wrong | latent_grid | float64 | SciPy's quantiles are float64 and are returned so.
def latent_grid(num_steps, coverage=0.95):
    from scipy.stats import norm

    q = norm.ppf(np.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps))
    x, y = np.meshgrid(q, q[::-1])
    return torch.from_numpy(np.stack([x.ravel(), y.ravel()], axis=1))


# %% wrong | latent_grid | not-flattened | Returns the shape (num_steps, num_steps, 2).
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1, z_2], dim=-1)


# %% wrong | latent_grid | cell-midpoints | Uses the midpoints of num_steps equal shares, so the ends lie inside the asked coverage.
def latent_grid(num_steps, coverage=0.95):
    p = (1 - coverage) / 2 + coverage * (torch.arange(num_steps) + 0.5) / num_steps
    q = Normal(0.0, 1.0).icdf(p)
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% wrong | latent_grid | coverage-of-square | Takes coverage as the share of the whole square, so each axis covers its square root.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    per_axis = coverage**0.5
    q = Normal(0.0, 1.0).icdf(torch.linspace((1 - per_axis) / 2, (1 + per_axis) / 2, num_steps))
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% wrong | latent_grid | cdf-not-icdf | Applies the distribution function to the probabilities in place of its inverse.
def latent_grid(num_steps, coverage=0.95):
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).cdf(p)
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% wrong | latent_grid | erfinv-no-root-two | Quantiles by erfinv without the factor square root of 2.
def latent_grid(num_steps, coverage=0.95):
    q = torch.erfinv(torch.linspace(-coverage, coverage, num_steps))
    z_2, z_1 = torch.meshgrid(-q, q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% wrong | latent_grid | last-point-missing | arange leaves out the upper end, and the step is for num_steps gaps.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    low = (1 - coverage) / 2
    p = low + coverage / num_steps * torch.arange(num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% right | latent_grid | meshgrid | meshgrid as in the hints.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% right | latent_grid | loops-statistics | Plain Python with the normal distribution of the standard library.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    from statistics import NormalDist

    start = (1 - coverage) / 2
    q = [
        NormalDist().inv_cdf(start + i * coverage / (num_steps - 1)) for i in range(num_steps)
    ]
    return torch.tensor([[z1, z2] for z2 in reversed(q) for z1 in q], dtype=torch.float32)


# %% right | latent_grid | erfinv | Quantiles by erfinv, put together with repeat and repeat_interleave.
def latent_grid(num_steps, coverage=0.95):
    q = 2**0.5 * torch.erfinv(torch.linspace(-coverage, coverage, num_steps))
    across = q.repeat(num_steps)
    down = q.flip(0).repeat_interleave(num_steps)
    return torch.stack((across, down), dim=-1)


# %% right | latent_grid | cartesian-prod | cartesian_prod with the columns exchanged afterwards.
def latent_grid(num_steps, coverage=0.95):
    tail = 0.5 * (1 - coverage)
    q = torch.special.ndtri(torch.linspace(tail, 1 - tail, num_steps))
    return torch.cartesian_prod(q.flip(0), q)[:, [1, 0]]


# %% right | latent_grid | scipy | SciPy and NumPy, cast to float32 at the end.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    from scipy.stats import norm

    q = norm.ppf(np.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps))
    x, y = np.meshgrid(q, q[::-1])
    return torch.from_numpy(np.stack([x.ravel(), y.ravel()], axis=1)).float()


# %% wrong | interpolate | end-missing | t runs from 0 to just below 1, so the end does not belong to the path.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.arange(num_steps, dtype=z_start.dtype, device=z_start.device) / num_steps
    return (1 - t)[:, None] * z_start + t[:, None] * z_end


# %% wrong | interpolate | one-point-too-many | Takes num_steps for the number of gaps and returns num_steps + 1 points.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps + 1, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - t) * z_start + t * z_end


# %% wrong | interpolate | backwards | The weights are exchanged, so the path runs from end to start.
def interpolate(z_start, z_end, num_steps):
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device).unsqueeze(1)
    return t * z_start + (1 - t) * z_end


# %% wrong | interpolate | end-with-weight-one | Adds the whole end in place of t times the end.
def interpolate(z_start, z_end, num_steps):
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - t) * z_start + z_end


# %% wrong | interpolate | transposed | One column per point: the shape is (latent_dim, num_steps).
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return z_start[:, None] * (1 - t) + z_end[:, None] * t


# %% wrong | interpolate | no-new-axis | t has no second axis, so it does not broadcast unless num_steps equals latent_dim.
def interpolate(z_start, z_end, num_steps):
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return (1 - t) * z_start + t * z_end


# %% wrong | interpolate | lerp-float32-weight | torch.lerp with a float32 weight raises for float64 codes.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    weight = torch.linspace(0, 1, num_steps).unsqueeze(-1)
    return torch.lerp(z_start, z_end, weight)


# %% wrong | interpolate | empty-float32 | Fills a float32 tensor, so float64 codes come back as float32.
def interpolate(z_start, z_end, num_steps):
    path = torch.empty(num_steps, len(z_start))
    for i in range(num_steps):
        t = i / (num_steps - 1)
        path[i] = (1 - t) * z_start + t * z_end
    return path


# %% wrong | interpolate | moves-z-start | Steps z_start forward in place, which changes the caller's code.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    step = (z_end - z_start) / (num_steps - 1)
    points = []
    z = z_start
    for _ in range(num_steps):
        points.append(z.clone())
        z += step
    return torch.stack(points)


# %% wrong | interpolate | inner-points-only | Leaves out both ends.
def interpolate(z_start, z_end, num_steps):
    t = torch.linspace(0, 1, num_steps + 2, dtype=z_start.dtype, device=z_start.device)[1:-1, None]
    return (1 - t) * z_start + t * z_end


# %% wrong | interpolate | eased | A cosine easing makes the points crowd near the ends; they are not evenly spaced.
def interpolate(z_start, z_end, num_steps):
    s = torch.linspace(0, torch.pi, num_steps, dtype=z_start.dtype, device=z_start.device)
    t = (0.5 * (1 - torch.cos(s)))[:, None]
    return z_start + t * (z_end - z_start)


# %% wrong | interpolate | unit-vectors | Normalises both codes first, so the path does not begin and end at the given ones.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    a, b = F.normalize(z_start, dim=0), F.normalize(z_end, dim=0)
    t = torch.linspace(0, 1, num_steps, dtype=a.dtype, device=a.device)[:, None]
    return (1 - t) * a + t * b


# %% wrong | interpolate | integer-t | Floor division makes t 0 everywhere but at the last point.
def interpolate(z_start, z_end, num_steps):
    rows = []
    for i in range(num_steps):
        t = i // (num_steps - 1)
        rows.append((1 - t) * z_start + t * z_end)
    return torch.stack(rows)


# %% wrong | interpolate | difference-missing | Adds t times the end to the start, without subtracting the start.
def interpolate(z_start, z_end, num_steps):
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return z_start + t * z_end


# %% right | interpolate | formula | The formula with t as a column.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - t) * z_start + t * z_end


# %% right | interpolate | lerp | torch.lerp with weights of the dtype of the codes.
def interpolate(z_start, z_end, num_steps):
    w = torch.linspace(0.0, 1.0, num_steps, dtype=z_start.dtype, device=z_start.device)
    return torch.lerp(z_start, z_end, w.unsqueeze(1))


# %% right | interpolate | list | A list of points with Python numbers as weights.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    points = []
    for i in range(num_steps):
        t = i / (num_steps - 1)
        points.append((1 - t) * z_start + t * z_end)
    return torch.stack(points)


# %% right | interpolate | outer | Two outer products.
def interpolate(z_start, z_end, num_steps):
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return torch.outer(1 - t, z_start) + torch.outer(t, z_end)


# %% right | interpolate | matmul | A matrix of weights times the two stacked codes.
def interpolate(z_start, z_end, num_steps):
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    weights = torch.stack([t.flip(0), t], dim=1)  # (num_steps, 2)
    return weights @ torch.stack([z_start, z_end])


# %% right | interpolate | f-interpolate | F.interpolate along an axis of length two with aligned corners.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    ends = torch.stack([z_start, z_end], dim=-1)[None]  # (1, latent_dim, 2)
    return F.interpolate(ends, size=num_steps, mode="linear", align_corners=True)[0].T


# %% wrong | slerp | raw-dot-product | The angle comes from the raw dot product, which gives NaN for long codes.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = torch.acos(torch.dot(z_start, z_end))
    if theta.sin().abs() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / theta.sin()


# %% wrong | slerp | raw-dot-clamped | Clamps the raw dot product, which hides the NaN and gives a wrong angle.
def slerp(z_start, z_end, num_steps):
    cos = torch.dot(z_start, z_end).clamp(-1, 1)
    theta = torch.acos(cos)
    if torch.sin(theta) < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | unit-sphere | Mixes the normalised vectors, so the path lies on the unit sphere.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    z_start = z_start / z_start.norm()
    z_end = z_end / z_end.norm()
    theta = torch.acos((z_start @ z_end).clamp(-1, 1))
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / theta.sin()


# %% wrong | slerp | parallel-not-handled | Codes of the same direction give 0/0.
def slerp(z_start, z_end, num_steps):
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cos)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | no-clamp | Does not clamp the cosine, and a NaN angle slips past the test for parallel codes.
def slerp(z_start, z_end, num_steps):
    a, b = z_start / z_start.norm(), z_end / z_end.norm()
    theta = torch.acos((a * b).sum())
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    w_a = torch.sin((1 - t) * theta) / theta.sin()
    w_b = torch.sin(t * theta) / theta.sin()
    return w_a * z_start + w_b * z_end


# %% wrong | slerp | equality-test | Tests whether the codes are equal, so parallel codes of different lengths still divide by zero.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    if torch.equal(z_start, z_end):
        return interpolate(z_start, z_end, num_steps)
    theta = torch.acos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1))
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / theta.sin()


# %% wrong | slerp | parallel-repeats-start | Parallel codes return z_start repeated, not the straight line.
def slerp(z_start, z_end, num_steps):
    theta = torch.acos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1))
    if theta.sin() < 1e-6:
        return z_start.repeat(num_steps, 1)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / theta.sin()


# %% wrong | slerp | threshold-too-wide | Calls everything below 25 degrees parallel and returns the straight line there.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0)
    if cos > 0.9:
        return interpolate(z_start, z_end, num_steps)
    theta = cos.clamp(-1, 1).acos()
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / theta.sin()


# %% wrong | slerp | clamp-too-tight | Clamps the cosine to 0.95 to avoid the division by zero, which makes small angles wrong.
def slerp(z_start, z_end, num_steps):
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-0.95, 0.95)
    theta = torch.acos(cos)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / theta.sin()


# %% wrong | slerp | weights-exchanged | The two weights are exchanged, so the path starts at z_end.
def slerp(z_start, z_end, num_steps):
    theta = torch.acos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1))
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin(t * theta) * z_start + torch.sin((1 - t) * theta) * z_end) / theta.sin()


# %% wrong | slerp | no-sine-below | Forgets to divide by the sine of theta.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = torch.acos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1))
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end


# %% wrong | slerp | projected-line | Stretches the straight line to the right length, which does not turn at an even pace.
def slerp(z_start, z_end, num_steps):
    line = interpolate(z_start, z_end, num_steps)
    lengths = interpolate(z_start.norm()[None], z_end.norm()[None], num_steps)
    return line / line.norm(dim=1, keepdim=True) * lengths


# %% wrong | slerp | length-interpolated | Walks on the unit sphere and multiplies by an interpolated length, which differs for codes of unequal length.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    r_a, r_b = z_start.norm(), z_end.norm()
    a, b = z_start / r_a, z_end / r_b
    theta = torch.acos((a @ b).clamp(-1, 1))
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    unit = (torch.sin((1 - t) * theta) * a + torch.sin(t * theta) * b) / theta.sin()
    return ((1 - t) * r_a + t * r_b) * unit


# %% wrong | slerp | similarity-dim-missing | Leaves out dim of cosine_similarity, whose default 1 raises for vectors.
def slerp(z_start, z_end, num_steps):
    theta = torch.acos(F.cosine_similarity(z_start, z_end).clamp(-1, 1))
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / theta.sin()


# %% wrong | slerp | normalised-in-place | Divides the caller's codes by their length in place.
def slerp(z_start, z_end, num_steps):
    a, b = z_start.clone(), z_end.clone()
    z_start /= z_start.norm()
    z_end /= z_end.norm()
    theta = torch.acos((z_start @ z_end).clamp(-1, 1))
    if theta.sin() < 1e-6:
        return interpolate(a, b, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=a.dtype, device=a.device)[:, None]
    return (torch.sin((1 - t) * theta) * a + torch.sin(t * theta) * b) / theta.sin()


# %% wrong | slerp | end-missing | t stops before 1, so the end does not belong to the path.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = torch.acos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1))
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = (torch.arange(num_steps, device=z_start.device).to(z_start.dtype) / num_steps)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / theta.sin()


# %% wrong | slerp | degrees | Turns the angle into degrees before it takes the sine.
def slerp(z_start, z_end, num_steps):
    theta = torch.rad2deg(torch.acos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)))
    if theta < 1e-3:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | float32-result | Collects the points in a float32 tensor, so float64 codes lose their dtype.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = torch.acos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1))
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    path = torch.zeros(num_steps, z_start.shape[0])
    for i in range(num_steps):
        t = i / (num_steps - 1)
        path[i] = (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / theta.sin()
    return path


# %% right | slerp | formula | Cosine similarity, clamp, and the straight line for parallel ends.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cos)
    if theta.sin() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / theta.sin()


# %% right | slerp | sinc | Writes the weights with sinc, whose limit at angle 0 is the straight line, without a branch.
def slerp(z_start, z_end, num_steps):
    a, b = F.normalize(z_start, dim=0), F.normalize(z_end, dim=0)
    turns = torch.acos(torch.clamp(a @ b, -1.0, 1.0)) / torch.pi
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    # sin(t theta) / sin(theta) = t sinc(t theta / pi) / sinc(theta / pi)
    bottom = torch.sinc(turns)
    w_end = t * torch.sinc(t * turns) / bottom
    w_start = (1 - t) * torch.sinc((1 - t) * turns) / bottom
    return w_start * z_start + w_end * z_end


# %% right | slerp | python-math | The angle as a Python number, the points in a list.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    import math

    cos = (z_start @ z_end / (z_start.norm() * z_end.norm())).item()
    theta = math.acos(max(-1.0, min(1.0, cos)))
    if math.sin(theta) < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    path = []
    for i in range(num_steps):
        t = i / (num_steps - 1)
        path.append(
            math.sin((1 - t) * theta) / math.sin(theta) * z_start
            + math.sin(t * theta) / math.sin(theta) * z_end
        )
    return torch.stack(path)


# %% right | slerp | atan2 | The angle from the chord of the unit vectors by atan2, which needs no clamp.
def slerp(z_start, z_end, num_steps):
    u, v = z_start / z_start.norm(), z_end / z_end.norm()
    theta = 2 * torch.atan2((u - v).norm(), (u + v).norm())
    s = torch.sin(theta)
    if s.abs() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return torch.outer(torch.sin((1 - t) * theta) / s, z_start) + torch.outer(
        torch.sin(t * theta) / s, z_end
    )


# %% right | slerp | where | Computes both kinds of weights and selects with torch.where.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = F.cosine_similarity(z_start, z_end, dim=0).clamp(min=-1, max=1).acos()
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    s = torch.stack([1 - t, t], dim=1)  # straight weights, (num_steps, 2)
    arc = torch.sin(s * theta) / torch.sin(theta)
    weights = torch.where(torch.sin(theta) < 1e-6, s, arc)
    return weights @ torch.stack([z_start, z_end])


# %% wrong | latent_traversal | writes-into-z | Sets the entry of the caller's z itself, so z is changed afterwards.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    pictures = []
    with torch.no_grad():
        for value in values:
            z[dimension] = value
            pictures.append(model.decode(z[None]).sigmoid())
    return torch.cat(pictures)


# %% wrong | latent_traversal | moved-by-value | Adds the value to the entry in place of setting it.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    codes = z.detach().repeat(len(values), 1)
    codes[:, dimension] += values
    with torch.no_grad():
        return model.decode(codes).sigmoid()


# %% wrong | latent_traversal | logits | Returns the logits of the decoder, not probabilities.
@torch.no_grad()
def latent_traversal(model, z, dimension, values):
    codes = z.repeat(len(values), 1)
    codes[:, dimension] = values
    return model.decode(codes)


# %% wrong | latent_traversal | carries-graph | Runs with gradients, so the result carries the graph of the decoder.
def latent_traversal(model, z, dimension, values):
    codes = z.detach().repeat(len(values), 1)
    codes[:, dimension] = values
    return torch.sigmoid(model.decode(codes))


# %% wrong | latent_traversal | leaves-eval | Switches the model to eval mode and leaves it there.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    model.eval()
    codes = z.repeat(values.shape[0], 1)
    codes[:, dimension] = values
    return model.decode(codes).sigmoid()


# %% wrong | latent_traversal | always-train-again | Goes back to train mode in every case, also when the model was in eval mode before.
def latent_traversal(model, z, dimension, values):
    model.eval()
    with torch.no_grad():
        codes = z.repeat(len(values), 1)
        codes[:, dimension] = values
        pictures = model.decode(codes).sigmoid()
    model.train()
    return pictures


# %% wrong | latent_traversal | expand-not-copied | expand does not copy, and writing into the shared memory raises.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        codes = z.expand(len(values), -1)
        codes[:, dimension] = values
        return model.decode(codes).sigmoid()


# %% wrong | latent_traversal | same-object-appended | The same code is appended again and again, so all rows show the last value.
def latent_traversal(model, z, dimension, values):
    code = z.detach().clone()
    rows = []
    for value in values.detach():
        code[dimension] = value
        rows.append(code)
    with torch.no_grad():
        return model.decode(torch.stack(rows)).sigmoid()


# %% wrong | latent_traversal | softmax | Applies softmax over the pixels in place of the sigmoid.
@torch.no_grad()
def latent_traversal(model, z, dimension, values):
    codes = z.repeat(len(values), 1)
    codes[:, dimension] = values
    return model.decode(codes).softmax(dim=-1)


# %% wrong | latent_traversal | off-by-one | Counts dimensions from 1, so it sets the one before.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    codes = z.repeat(len(values), 1)
    codes[:, dimension - 1] = values
    return model.decode(codes).sigmoid()


# %% wrong | latent_traversal | others-zero | All other dimensions are 0 and not those of z.
@torch.no_grad()
def latent_traversal(model, z, dimension, values):
    codes = torch.zeros(len(values), len(z), dtype=z.dtype, device=z.device)
    codes[:, dimension] = values
    return torch.sigmoid(model.decode(codes))


# %% wrong | latent_traversal | sorted-values | Sorts the values, so the pictures are not in the order of the caller.
@torch.no_grad()
def latent_traversal(model, z, dimension, values):
    codes = z.repeat(len(values), 1)
    codes[:, dimension] = values.sort().values
    return model.decode(codes).sigmoid()


# %% wrong | latent_traversal | parameters-frozen | Switches off requires_grad of all parameters to avoid the graph, and leaves them so.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    model.requires_grad_(False)
    codes = z.detach().repeat(len(values), 1)
    codes[:, dimension] = values.detach()
    return model.decode(codes).sigmoid()


# %% wrong | latent_traversal | zero-grad | Calls zero_grad on the model, which deletes the gradients of its parameters.
def latent_traversal(model, z, dimension, values):
    codes = z.detach().repeat(len(values), 1)
    codes[:, dimension] = values.detach()
    model.zero_grad()
    with torch.no_grad():
        return model.decode(codes).sigmoid()


# %% wrong | latent_traversal | binarised | Rounds the probabilities to black and white.
@torch.no_grad()
def latent_traversal(model, z, dimension, values):
    codes = z.repeat(len(values), 1)
    codes[:, dimension] = values
    return (model.decode(codes).sigmoid() > 0.5).to(z.dtype)


# %% wrong | latent_traversal | float32-result | Casts the pictures to float32, also for a float64 code.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    codes = z.repeat(len(values), 1)
    codes[:, dimension] = values
    return model.decode(codes).sigmoid().float()


# %% wrong | latent_traversal | image-shape | Returns images of shape (num_values, 28, 28).
@torch.no_grad()
def latent_traversal(model, z, dimension, values):
    codes = z.repeat(len(values), 1)
    codes[:, dimension] = values
    return model.decode(codes).sigmoid().view(-1, 28, 28)


# %% wrong | latent_traversal | row-not-column | Writes a row of the matrix in place of a column.
@torch.no_grad()
def latent_traversal(model, z, dimension, values):
    codes = z.repeat(len(values), 1)
    for i, value in enumerate(values):
        codes[i] = value
    return model.decode(codes).sigmoid()


# %% right | latent_traversal | repeat | repeat, one assignment to the column, no_grad as a decorator.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    codes = z.repeat(len(values), 1)
    codes[:, dimension] = values
    return model.decode(codes).sigmoid()


# %% right | latent_traversal | loop | One decoding for each value.
def latent_traversal(model, z, dimension, values):
    pictures = []
    with torch.no_grad():
        for value in values:
            code = z.clone()
            code[dimension] = value
            pictures.append(torch.sigmoid(model.decode(code.unsqueeze(0))))
    return torch.cat(pictures)


# %% right | latent_traversal | where | torch.where chooses between the value and the code.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    turned = torch.arange(len(z), device=z.device) == dimension
    with torch.no_grad():
        codes = torch.where(turned, values[:, None], z)
        return model.decode(codes).sigmoid()


# %% right | latent_traversal | cat | Glues the columns before, the values and the columns after.
def latent_traversal(model, z, dimension, values):
    n = values.shape[0]
    before = z[:dimension].expand(n, -1)
    after = z[dimension + 1 :].expand(n, -1)
    with torch.no_grad():
        logits = model.decode(torch.cat([before, values.view(n, 1), after], dim=1))
    return logits.sigmoid()


# %% right | latent_traversal | expand-clone | expand followed by clone, and index_copy along the columns.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    base = z.detach().expand(len(values), len(z)).clone()
    index = torch.tensor([dimension], device=z.device)
    codes = base.index_copy(1, index, values.detach()[:, None])
    with torch.no_grad():
        return 1 / (1 + torch.exp(-model.decode(codes)))


# %% wrong | offset_walk | starts-at-sample | Starts at a sample of q(z|x), so every call gives other pictures.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, log_var = model.encode(x[None])
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    return model.decode(z + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | seeded-sample | Fixes the seed and starts at a sample: the same in every call, but not the mean.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    torch.manual_seed(0)
    mu, log_var = model.encode(x[None])
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    return model.decode(z + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | logits | Returns logits in place of probabilities.
@torch.no_grad()
def offset_walk(model, x, offsets):
    mu, _ = model.encode(x[None])
    return model.decode(mu + offsets[:, None])


# %% wrong | offset_walk | carries-graph | Runs with gradients, so the result carries a graph.
def offset_walk(model, x, offsets):
    mu, _ = model.encode(x.unsqueeze(0))
    return torch.sigmoid(model.decode(mu + offsets.unsqueeze(1)))


# %% wrong | offset_walk | leaves-eval | Leaves the model in eval mode.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    model.eval()
    mu = model.encode(x[None])[0]
    return model.decode(mu + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | always-train-again | Puts the model into train mode afterwards, whatever it was before.
def offset_walk(model, x, offsets):
    model.eval()
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        pictures = model.decode(mu + offsets[:, None]).sigmoid()
    model.train()
    return pictures


# %% wrong | offset_walk | first-dimension-only | Moves only the first dimension of the code.
@torch.no_grad()
def offset_walk(model, x, offsets):
    mu, _ = model.encode(x[None])
    z = mu.repeat(len(offsets), 1)
    z[:, 0] += offsets
    return model.decode(z).sigmoid()


# %% wrong | offset_walk | set-not-moved | Sets all dimensions to the offset in place of adding it.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    z = torch.zeros_like(mu) + offsets[:, None]
    return model.decode(z).sigmoid()


# %% wrong | offset_walk | scaled-code | Multiplies the mean code by the offset.
@torch.no_grad()
def offset_walk(model, x, offsets):
    mu, _ = model.encode(x[None])
    return model.decode(mu * offsets[:, None]).sigmoid()


# %% wrong | offset_walk | unit-direction | Walks along a unit vector, so each dimension moves by only offset / sqrt(latent_dim).
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    direction = F.normalize(torch.ones_like(mu), dim=1)
    return model.decode(mu + offsets[:, None] * direction).sigmoid()


# %% wrong | offset_walk | in-units-of-sigma | Moves by offset times sigma in place of by the offset.
@torch.no_grad()
def offset_walk(model, x, offsets):
    mu, log_var = model.encode(x[None])
    return model.decode(mu + offsets[:, None] * (0.5 * log_var).exp()).sigmoid()


# %% wrong | offset_walk | offset-on-pixels | Adds the offset to the image and reconstructs it.
@torch.no_grad()
def offset_walk(model, x, offsets):
    mu, _ = model.encode(x[None] + offsets[:, None])
    return model.decode(mu).sigmoid()


# %% wrong | offset_walk | cumulative | The offsets pile up, because mu itself is moved in each turn.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    pictures = []
    for offset in offsets:
        mu = mu + offset
        pictures.append(model.decode(mu).sigmoid())
    return torch.cat(pictures)


# %% wrong | offset_walk | extra-axis | Stacks pictures of shape (1, 784), so the result is (num_offsets, 1, 784).
@torch.no_grad()
def offset_walk(model, x, offsets):
    mu, _ = model.encode(x[None])
    return torch.stack([model.decode(mu + o).sigmoid() for o in offsets])


# %% wrong | offset_walk | second-result | Takes the second result of encode, the log variance, for the code.
@torch.no_grad()
def offset_walk(model, x, offsets):
    code = model.encode(x[None])[1]
    return model.decode(code + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | x-unsqueezed-in-place | unsqueeze_ gives the caller's image a batch axis.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x.unsqueeze_(0))
    return model.decode(mu + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | offsets-as-row | Offsets stay a row, so they meet the dimensions and do not broadcast (or mix when the sizes agree).
@torch.no_grad()
def offset_walk(model, x, offsets):
    mu, _ = model.encode(x[None])
    return model.decode(mu + offsets[None, :]).sigmoid()


# %% wrong | offset_walk | kept-inside-prior | Clamps the code to [-3, 3], although the walk is meant to leave the prior.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    z = (mu + offsets[:, None]).clamp(-3, 3)
    return model.decode(z).sigmoid()


# %% wrong | offset_walk | parameters-frozen | Switches off requires_grad of the parameters in place of using no_grad.
def offset_walk(model, x, offsets):
    for p in model.parameters():
        p.requires_grad = False
    mu, _ = model.encode(x[None])
    return model.decode(mu + offsets[:, None]).sigmoid()


# %% right | offset_walk | broadcast | A batch of one plus a column of offsets.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    return model.decode(mu + offsets[:, None]).sigmoid()


# %% right | offset_walk | loop-cat | One decoding for each offset, concatenated.
def offset_walk(model, x, offsets):
    with torch.no_grad():
        mean, _log_var = model.encode(x.unsqueeze(0))
        return torch.cat([torch.sigmoid(model.decode(mean + o)) for o in offsets])


# %% right | offset_walk | outer | The moves as an outer product with a vector of ones.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        code = model.encode(x.view(1, -1))[0].squeeze(0)
        moves = torch.outer(offsets, torch.ones_like(code))
        logits = model.decode(code + moves)
    return logits.sigmoid()


# %% right | offset_walk | preallocated | Fills a tensor row by row.
def offset_walk(model, x, offsets):
    out = torch.empty(len(offsets), x.shape[0], dtype=x.dtype, device=x.device)
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        for i, offset in enumerate(offsets.tolist()):
            out[i] = torch.special.expit(model.decode(mu + offset)[0])
    return out


# %% right | offset_walk | detach-at-the-end | Repeats the image for each offset and cuts the graph with detach at the end.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x.repeat(len(offsets), 1))
    moved = mu + offsets.reshape(-1, 1)
    return model.decode(moved).sigmoid().detach()


# %% wrong | embed_2d | no-detach | A tensor that carries a graph raises in numpy().
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        perplexity = min(30, len(latents) - 1)
        return TSNE(n_components=2, perplexity=perplexity).fit_transform(latents)
    raise ValueError(method)


# %% wrong | embed_2d | no-cpu | A tensor on a GPU raises, because it is not moved to the CPU.
def embed_2d(latents, method):
    if torch.is_tensor(latents):
        latents = latents.detach().numpy()
    if method == "pca":
        return PCA(2).fit_transform(latents)
    elif method == "tsne":
        return TSNE(2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    else:
        raise ValueError(f"unknown method {method}")


# %% wrong | embed_2d | arrays-not-handled | Calls detach on everything, so a NumPy array raises.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    points = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(points)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(points) - 1)).fit_transform(points)
    raise ValueError("method must be pca or tsne")


# %% wrong | embed_2d | default-perplexity | Keeps the default perplexity of 30, an error with 30 points or fewer.
def embed_2d(latents, method):
    if isinstance(latents, torch.Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2).fit_transform(latents)
    raise ValueError(method)


# %% wrong | embed_2d | perplexity-n | The perplexity is min(30, n), which is not below n for 30 points or fewer.
def embed_2d(latents, method):
    if isinstance(latents, torch.Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents))).fit_transform(latents)
    raise ValueError(method)


# %% wrong | embed_2d | perplexity-always-five | The perplexity is always 5, which is not below n for the 5 points that are allowed.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=5).fit_transform(latents)
    raise ValueError(f"unknown method: {method!r}")


# %% wrong | embed_2d | max-not-min | Takes the larger of the two numbers, which is never below n for few points.
def embed_2d(latents, method):
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(2).fit_transform(latents)
    if method == "tsne":
        return TSNE(2, perplexity=max(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(method)


# %% wrong | embed_2d | silent-pca | Every method but t-SNE is a silent PCA.
def embed_2d(latents, method):
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    return PCA(n_components=2).fit_transform(latents)


# %% wrong | embed_2d | silent-tsne | Every method but PCA is a silent t-SNE.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    data = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    if method == "pca":
        reducer = PCA(n_components=2)
    else:
        reducer = TSNE(n_components=2, perplexity=min(30, data.shape[0] - 1))
    return reducer.fit_transform(data)


# %% wrong | embed_2d | key-error | An unknown method is a KeyError of the dictionary, not a ValueError.
def embed_2d(latents, method):
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    reducers = {
        "pca": PCA(n_components=2),
        "tsne": TSNE(n_components=2, perplexity=min(30, len(x) - 1)),
    }
    return reducers[method].fit_transform(x)


# %% wrong | embed_2d | error-returned | Returns the ValueError in place of raising it.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    return ValueError(f"unknown method {method}")


# %% wrong | embed_2d | assert | An unknown method is an AssertionError.
def embed_2d(latents, method):
    assert method in ("pca", "tsne"), f"unknown method {method}"
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)


# %% wrong | embed_2d | substring-test | Tests with "in" on strings, so "p" or an empty method passes as PCA.
def embed_2d(latents, method):
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method in "pca":
        return PCA(n_components=2).fit_transform(latents)
    elif method in "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(method)


# %% wrong | embed_2d | whitened | PCA with whiten=True scales both directions to variance 1, so distances are not those of the shadow.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2, whiten=True).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(method)


# %% wrong | embed_2d | standardised | Scales every dimension to variance 1 before PCA, so the directions are not those of largest variance.
def embed_2d(latents, method):
    from sklearn.preprocessing import StandardScaler

    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    scaled = StandardScaler().fit_transform(latents)
    if method == "pca":
        return PCA(n_components=2).fit_transform(scaled)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(scaled) - 1)).fit_transform(scaled)
    raise ValueError(method)


# %% wrong | embed_2d | not-centred | TruncatedSVD does not centre, so it does not find the directions of largest variance.
def embed_2d(latents, method):
    from sklearn.decomposition import TruncatedSVD

    x = latents.detach().cpu().numpy() if torch.is_tensor(latents) else latents
    if method == "pca":
        return TruncatedSVD(n_components=2, algorithm="arpack").fit_transform(x)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(method)


# %% wrong | embed_2d | all-components | PCA without n_components returns all dimensions.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA().fit_transform(latents)
    if method == "tsne":
        return TSNE(perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(method)


# %% wrong | embed_2d | centred-in-place | Centres the codes in place, which changes the caller's array or tensor.
def embed_2d(latents, method):
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    latents -= latents.mean(axis=0)
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(method)


# %% wrong | embed_2d | pca-copy-false | PCA with copy=False and the full solver may overwrite the caller's codes.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    if method == "pca":
        return PCA(n_components=2, copy=False, svd_solver="full").fit_transform(x)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(f"{method} is not a method")


# %% wrong | embed_2d | returns-tensor | Returns a tensor and not a NumPy array.
def embed_2d(latents, method):
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        points = PCA(n_components=2).fit_transform(latents)
    elif method == "tsne":
        points = TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    else:
        raise ValueError(method)
    return torch.from_numpy(points)


# %% wrong | embed_2d | perplexity-fifty | Uses a perplexity of up to 50, although 30 or a smaller one is asked for.
def embed_2d(latents, method):
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(50, len(latents) - 1)).fit_transform(latents)
    raise ValueError(method)


# %% right | embed_2d | if-chain | The usual chain of ifs.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        perplexity = min(30, len(latents) - 1)
        return TSNE(n_components=2, perplexity=perplexity).fit_transform(latents)
    raise ValueError(f"unknown method {method!r}: use 'pca' or 'tsne'")


# %% right | embed_2d | match | A match statement, and a fixed random state.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    points = torch.as_tensor(latents).detach().cpu().numpy()
    match method:
        case "pca":
            reducer = PCA(2)
        case "tsne":
            reducer = TSNE(2, perplexity=min(30.0, len(points) - 1.0), random_state=0)
        case _:
            raise ValueError(f"method must be 'pca' or 'tsne', not {method}")
    return reducer.fit_transform(points)


# %% right | embed_2d | dictionary | A dictionary of reducers after a test of the name.
def embed_2d(latents, method):
    if method not in ("pca", "tsne"):
        raise ValueError(method)
    x = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    n = x.shape[0]
    makers = {
        "pca": lambda: PCA(n_components=2),
        "tsne": lambda: TSNE(n_components=2, perplexity=30 if n > 30 else n - 1),
    }
    return makers[method]().fit_transform(x)


# %% right | embed_2d | small-perplexity | A perplexity of a third of the points, at most 30, and a private float64 copy.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if hasattr(latents, "detach"):
        latents = latents.detach().cpu()
    codes = np.array(latents, dtype=np.float64)
    if method == "tsne":
        return TSNE(perplexity=min(30.0, (len(codes) - 1) / 3)).fit_transform(codes)
    elif method == "pca":
        return PCA(n_components=2, svd_solver="full").fit(codes).transform(codes)
    else:
        raise ValueError("I know only pca and tsne")


# %% wrong | knn_accuracy | farthest | topk takes the largest distances, so the farthest points vote.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    neighbours = torch.cdist(test_z, train_z).topk(k, dim=1).indices
    votes = train_labels[neighbours].mode(dim=1).values
    return (votes == test_labels).float().mean().item()


# %% wrong | knn_accuracy | any-neighbour | Counts a point as right if any of its neighbours has the right class.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    neighbours = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    hits = (train_labels[neighbours] == test_labels[:, None]).any(dim=1)
    return hits.float().mean().item()


# %% wrong | knn_accuracy | share-of-neighbours | Averages the share of neighbours with the right class in place of letting them vote.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    neighbours = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    return (train_labels[neighbours] == test_labels[:, None]).float().mean().item()


# %% wrong | knn_accuracy | absolute-majority | Demands more than half of the votes, although the most frequent class wins with however few.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    idx = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    right_votes = (train_labels[idx] == test_labels[:, None]).sum(dim=1)
    return (right_votes > k / 2).float().mean().item()


# %% wrong | knn_accuracy | k-ignored | Always asks five neighbours, whatever k is.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    idx = torch.cdist(test_z, train_z).topk(5, largest=False).indices
    return (train_labels[idx].mode(dim=1).values == test_labels).double().mean().item()


# %% wrong | knn_accuracy | default-one | The default of k is 1 and not 5.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 1
) -> float:
    idx = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    return (train_labels[idx].mode(dim=1).values == test_labels).double().mean().item()


# %% wrong | knn_accuracy | mean-label | Takes the rounded mean of the neighbours' labels as their vote.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    idx = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    guess = train_labels[idx].double().mean(dim=1).round().long()
    return (guess == test_labels).double().mean().item()


# %% wrong | knn_accuracy | median-label | Takes the median of the neighbours' labels in place of the most frequent one.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    idx = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    guess = train_labels[idx].median(dim=1).values
    return (guess == test_labels).float().mean().item()


# %% wrong | knn_accuracy | returns-tensor | Returns a tensor of zero dimensions in place of a Python float.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    neighbours = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    votes = train_labels[neighbours].mode(dim=1).values
    return (votes == test_labels).float().mean()


# %% wrong | knn_accuracy | percent | Returns percent in place of a fraction.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    neighbours = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    votes = train_labels[neighbours].mode(dim=1).values
    return 100 * (votes == test_labels).float().mean().item()


# %% wrong | knn_accuracy | error-rate | Returns the share of wrong answers.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    neighbours = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    votes = train_labels[neighbours].mode(dim=1).values
    return (votes != test_labels).float().mean().item()


# %% wrong | knn_accuracy | skips-nearest | Leaves out the nearest point as if it were the test point itself.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    order = torch.cdist(test_z, train_z).argsort(dim=1)[:, 1 : k + 1]
    votes = train_labels[order].mode(dim=1).values
    return (votes == test_labels).float().mean().item()


# %% wrong | knn_accuracy | manhattan | Measures with the sum of absolute differences, not the Euclidean distance.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    idx = torch.cdist(test_z, train_z, p=1).topk(k, largest=False).indices
    return (train_labels[idx].mode(dim=1).values == test_labels).double().mean().item()


# %% wrong | knn_accuracy | cosine | Takes the neighbours of largest cosine similarity in place of smallest Euclidean distance.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    similarity = F.normalize(test_z, dim=1) @ F.normalize(train_z, dim=1).T
    idx = similarity.topk(k, dim=1).indices
    return (train_labels[idx].mode(dim=1).values == test_labels).double().mean().item()


# %% wrong | knn_accuracy | mode-indices | Takes the second result of mode, the positions, for the classes.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    idx = torch.cdist(test_z, train_z).topk(k, largest=False)[1]
    votes = torch.mode(train_labels[idx], dim=1)[1]
    return (votes == test_labels).float().mean().item()


# %% wrong | knn_accuracy | k-classes | Counts the votes in k boxes in place of one box per class, which raises for labels of k or more.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    idx = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    counts = F.one_hot(train_labels[idx], k).sum(dim=1)
    return (counts.argmax(dim=1) == test_labels).float().mean().item()


# %% wrong | knn_accuracy | nine-classes | One box too few: class 9 raises.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    idx = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    counts = F.one_hot(train_labels[idx], num_classes=9).sum(dim=1)
    return (counts.argmax(dim=1) == test_labels).float().mean().item()


# %% wrong | knn_accuracy | rounded | Rounds the fraction to two digits.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    idx = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    accuracy = (train_labels[idx].mode(dim=1).values == test_labels).float().mean().item()
    return round(accuracy, 2)


# %% wrong | knn_accuracy | weighted-by-distance | Weights the votes by one over the distance, so the most frequent class need not win.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    near = torch.cdist(test_z, train_z).topk(k, largest=False)
    weights = 1 / (near.values + 1e-8)
    scores = torch.zeros(len(test_z), 10, dtype=weights.dtype, device=test_z.device)
    scores.scatter_add_(1, train_labels[near.indices], weights)
    return (scores.argmax(dim=1) == test_labels).float().mean().item()


# %% wrong | knn_accuracy | standardised-in-place | Scales all coordinates in place, which changes the caller's tensors and the distances.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    mean, std = train_z.mean(0), train_z.std(0) + 1e-8
    train_z.sub_(mean).div_(std)
    test_z.sub_(mean).div_(std)
    idx = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    return (train_labels[idx].mode(dim=1).values == test_labels).double().mean().item()


# %% wrong | knn_accuracy | roles-exchanged | Each training point asks the test points.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    idx = torch.cdist(train_z, test_z).topk(k, largest=False).indices
    votes = test_labels[idx].mode(dim=1).values
    return (votes == train_labels).float().mean().item()


# %% right | knn_accuracy | cdist-mode | cdist, topk and mode.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    votes = train_labels[nearest].mode(dim=1).values
    return (votes == test_labels).double().mean().item()


# %% right | knn_accuracy | one-hot-votes | Counts the votes in ten boxes and takes the fullest.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    distances = torch.cdist(test_z, train_z, compute_mode="donot_use_mm_for_euclid_dist")
    voters = train_labels[distances.argsort(dim=1)[:, :k]]
    ballot = F.one_hot(voters, num_classes=10).sum(dim=1)
    return float((ballot.argmax(1) == test_labels).sum().item() / len(test_labels))


# %% right | knn_accuracy | counter-loop | One test point after the other, with a Counter.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    from collections import Counter

    right = 0
    for point, truth in zip(test_z, test_labels.tolist()):
        order = (train_z - point).norm(dim=1).argsort()[:k]
        winner = Counter(train_labels[order].tolist()).most_common(1)[0][0]
        right += winner == truth
    return right / len(test_z)


# %% right | knn_accuracy | sklearn | scikit-learn's classifier with uniform weights.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    from sklearn.neighbors import KNeighborsClassifier

    def to_numpy(t):
        return t.detach().cpu().numpy()

    knn = KNeighborsClassifier(n_neighbors=k).fit(to_numpy(train_z), to_numpy(train_labels))
    return float(knn.score(to_numpy(test_z), to_numpy(test_labels)))


# %% right | knn_accuracy | squared-distances-in-portions | Squared distances in portions, votes by scatter_add.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    hits = 0
    for part, truth in zip(test_z.split(50), test_labels.split(50)):
        squared = (part[:, None] - train_z[None]).pow(2).sum(-1)
        classes = train_labels[squared.topk(k, largest=False).indices]
        votes = torch.zeros(len(part), 10, dtype=torch.long, device=classes.device)
        votes.scatter_add_(1, classes, torch.ones_like(classes))
        hits += (votes.argmax(dim=1) == truth).sum().item()
    return hits / len(test_z)


