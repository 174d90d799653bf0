# %% wrong | latent_grid | bottom-first | The rows run from the lowest z_2 to the highest, so the first point is the bottom left one.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z2, z1 = torch.meshgrid(q, q, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)


# %% wrong | latent_grid | columns-swapped | The order of the points is right, but each row of the result is (z_2, z_1) instead of (z_1, z_2).
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    tail = (1 - coverage) / 2
    q = Normal(0.0, 1.0).icdf(torch.linspace(tail, 1 - tail, num_steps))
    rows, cols = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack((rows, cols), dim=-1).reshape(-1, 2)


# %% wrong | latent_grid | column-by-column | The picture is filled column by column: z_2 falls from point to point and z_1 changes only every num_steps points.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    lo = (1 - coverage) / 2
    hi = (1 + coverage) / 2
    quantiles = Normal(0.0, 1.0).icdf(torch.linspace(lo, hi, num_steps))
    points = []
    for z1 in quantiles:
        for z2 in reversed(quantiles):
            points.append([z1.item(), z2.item()])
    return torch.tensor(points)


# %% wrong | latent_grid | equal-steps-in-z | The ends are the right quantiles, but between them the points are evenly spaced in z, not in probability (the same only for 2 or 3 steps).
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    edge = Normal(0.0, 1.0).icdf(torch.tensor((1 + coverage) / 2)).item()
    axis = torch.linspace(-edge, edge, num_steps)
    y, x = torch.meshgrid(-axis, axis, indexing="ij")
    return torch.stack([x.reshape(-1), y.reshape(-1)], dim=1)


# %% wrong | latent_grid | whole-rest-at-each-end | The probabilities run from 1 - coverage to coverage, so the whole rest is cut off at each end instead of half of it.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace(1 - coverage, coverage, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)


# %% wrong | latent_grid | float64-result | The points are right, but the result is float64 because it comes from NumPy and SciPy unchanged.
from scipy.stats import norm


def latent_grid(num_steps, coverage=0.95):
    p = np.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = norm.ppf(p)
    xx, yy = np.meshgrid(q, q[::-1])
    return torch.from_numpy(np.column_stack([xx.ravel(), yy.ravel()]))


# %% wrong | latent_grid | cell-centres | The quantiles are taken at the middles of num_steps equal cells of probability, so the first and last points lie inside the covered range instead of at its ends.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    centres = (torch.arange(num_steps) + 0.5) / num_steps
    p = (1 - coverage) / 2 + coverage * centres
    q = Normal(0.0, 1.0).icdf(p)
    z_2 = q.flip(0).repeat_interleave(num_steps)
    z_1 = q.repeat(num_steps)
    return torch.stack([z_1, z_2], dim=1)


# %% wrong | latent_grid | last-point-missing | The probabilities stop one step before the upper end, so the highest quantile is never reached.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    start = (1 - coverage) / 2
    step = coverage / num_steps
    p = torch.tensor([start + i * step for i in range(num_steps)])
    q = Normal(0.0, 1.0).icdf(p)
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% wrong | latent_grid | coverage-ignored | The argument coverage is never used: the probabilities always run from 0.025 to 0.975.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace(0.025, 0.975, num_steps)
    q = Normal(torch.tensor(0.0), torch.tensor(1.0)).icdf(p)
    grid = torch.cartesian_prod(q.flip(0), q)
    return grid[:, [1, 0]]


# %% wrong | latent_grid | not-flattened | The points are right but come as (num_steps, num_steps, 2) instead of (num_steps**2, 2).
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1, z2], dim=-1)


# %% wrong | latent_grid | erfinv-without-root-two | The quantile is computed as erfinv(2p - 1) without the factor sqrt(2), so all points are too close to the origin by that factor.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = torch.erfinv(2 * p - 1)
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)


# %% wrong | latent_grid | coverage-of-the-square | The coverage is taken as the share of the whole square, so each axis covers its square root (0.975 instead of 0.95).
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    per_axis = coverage**0.5
    p = torch.linspace((1 - per_axis) / 2, (1 + per_axis) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)


# %% wrong | latent_grid | both-axes-reversed | The whole list of points was reversed to get the top first, so each row also runs from right to left and the first point is the top right one.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z2, z1 = torch.meshgrid(q, q, indexing="ij")
    grid = torch.stack([z1.flatten(), z2.flatten()], dim=1)
    return grid.flip(0)  # top row first


# %% wrong | latent_grid | cdf-not-icdf | The cumulative distribution function is used where its inverse is needed, so all values lie between 0.5 and 0.85.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    tail = (1 - coverage) / 2
    p = torch.linspace(tail, 1 - tail, num_steps)
    q = Normal(0.0, 1.0).cdf(p)
    z2, z1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z1.flatten(), z2.flatten()], dim=1)


# %% right | latent_grid | statistics-module-loops | Pure Python: quantiles from statistics.NormalDist and two nested loops.
from statistics import NormalDist


def latent_grid(num_steps, coverage=0.95):
    standard = NormalDist()
    low = (1 - coverage) / 2
    quantiles = []
    for i in range(num_steps):
        probability = low + coverage * i / (num_steps - 1)
        quantiles.append(standard.inv_cdf(probability))
    points = []
    for row in range(num_steps):
        height = quantiles[num_steps - 1 - row]
        for column in range(num_steps):
            points.append((quantiles[column], height))
    return torch.tensor(points, dtype=torch.float32)


# %% right | latent_grid | erfinv-cartesian | Uses erfinv with sqrt(2) in double precision, cartesian_prod and a flip of the columns.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    u = torch.linspace(-coverage, coverage, num_steps, dtype=torch.float64)
    q = 2**0.5 * torch.erfinv(u)
    return torch.cartesian_prod(q.flip(0), q).flip(1).float()


# %% right | latent_grid | scipy-meshgrid | SciPy and NumPy with meshgrid in its default xy order, cast to float32 at the end.
from scipy.special import ndtri


def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    q = ndtri(np.linspace(0.5 - coverage / 2, 0.5 + coverage / 2, num_steps))
    xx, yy = np.meshgrid(q, q[::-1])
    return torch.from_numpy(np.c_[xx.ravel(), yy.ravel()].astype(np.float32))


# %% right | latent_grid | bisection | Finds each quantile by bisection on the distribution function written with math.erf.
import math


def _phi(t):
    return 0.5 * (1 + math.erf(t / math.sqrt(2)))


def _quantile(p):
    left, right = -40.0, 40.0
    for _ in range(200):
        middle = (left + right) / 2
        if _phi(middle) < p:
            left = middle
        else:
            right = middle
    return (left + right) / 2


def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    ps = [(1 - coverage) / 2 + k * coverage / (num_steps - 1) for k in range(num_steps)]
    qs = [_quantile(p) for p in ps]
    return torch.tensor([[a, b] for b in qs[::-1] for a in qs])


# %% right | latent_grid | integer-arithmetic | Uses one running index with remainder and integer division, and negates the quantiles by symmetry instead of reversing them.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    n = num_steps
    q = Normal(0.0, 1.0).icdf(
        torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, n, dtype=torch.float64)
    )
    index = torch.arange(n * n)
    grid = torch.empty(n * n, 2, dtype=torch.float32)
    grid[:, 0] = q[index % n]
    grid[:, 1] = -q[index // n]
    return grid


# %% wrong | interpolate | counts-gaps | num_steps is taken as the number of gaps, so num_steps + 1 points are returned.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps + 1, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - t) * z_start + t * z_end


# %% wrong | interpolate | end-missing | t is i / num_steps, so the path stops one step before z_end.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    points = []
    for i in range(num_steps):
        t = i / num_steps
        points.append((1 - t) * z_start + t * z_end)
    return torch.stack(points)


# %% wrong | interpolate | backwards | The weights are exchanged, so the path begins at z_end and ends at z_start.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps).to(z_start).unsqueeze(1)
    return t * z_start + (1 - t) * z_end


# %% wrong | interpolate | always-float32 | The points are written into a float32 tensor, so codes in float64 come back as float32.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    path = torch.zeros(num_steps, z_start.shape[0], dtype=torch.float32)
    for i in range(num_steps):
        t = i / (num_steps - 1)
        path[i] = (1 - t) * z_start + t * z_end
    return path


# %% wrong | interpolate | transposed | The result has shape (latent_dim, num_steps): one row for each dimension instead of one for each point.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return z_start[:, None] * (1 - t) + z_end[:, None] * t


# %% wrong | interpolate | start-changed | The path is right, but it is walked with += on z_start itself, so afterwards the caller's z_start is past z_end.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    step = (z_end - z_start) / (num_steps - 1)
    z = z_start
    path = []
    for _ in range(num_steps):
        path.append(z.clone())
        z += step
    return torch.stack(path)


# %% wrong | interpolate | same-tensor-in-list | The same tensor is appended in every turn and then changed in place, so all rows of the result are equal.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    step = (z_end - z_start) / (num_steps - 1)
    z = z_start.clone()
    path = [z]
    for _ in range(num_steps - 1):
        z += step
        path.append(z)
    return torch.stack(path)


# %% wrong | interpolate | start-not-weighted | The weight (1 - t) of z_start is missing, so the path is z_start + t * z_end and ends at the sum of both codes.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return z_start + t.view(-1, 1) * z_end


# %% wrong | interpolate | lengths-rescaled | Each point of the line is rescaled to the interpolated length of the ends, so the path bends away from the straight line.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    line = (1 - t) * z_start + t * z_end
    length = (1 - t) * z_start.norm() + t * z_end.norm()
    return line / line.norm(dim=1, keepdim=True).clamp(min=1e-8) * length


# %% wrong | interpolate | floor-division | t is computed with floor division, so it is 0 everywhere but at the last point and the path jumps from start to end.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.tensor([i // (num_steps - 1) for i in range(num_steps)]).to(z_start)[:, None]
    return (1 - t) * z_start + t * z_end


# %% wrong | interpolate | ease-in-out | t follows a cosine (slow at both ends) instead of being evenly spaced; with 2 or 3 steps this makes no difference.
import math


def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    t = (1 - torch.cos(math.pi * t)) / 2
    return (1 - t)[:, None] * z_start + t[:, None] * z_end


# %% wrong | interpolate | only-between | Only points strictly between the codes are returned: neither z_start nor z_end belongs to the path.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps + 2, dtype=z_start.dtype, device=z_start.device)[1:-1]
    return torch.lerp(z_start, z_end, t[:, None])


# %% wrong | interpolate | numpy-result | The result is a NumPy array instead of a tensor (and codes that carry a graph raise an error).
def interpolate(z_start, z_end, num_steps):
    a, b = z_start.cpu().numpy(), z_end.cpu().numpy()
    return np.linspace(a, b, num_steps)


# %% wrong | interpolate | always-nine | num_steps is ignored: the path always has the nine points that the notebook uses.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, 9, dtype=z_start.dtype, device=z_start.device)[:, None]
    return z_start * (1 - t) + z_end * t


# %% right | interpolate | lerp | One call of torch.lerp with a column of weights.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    weight = torch.linspace(0.0, 1.0, num_steps, dtype=z_start.dtype, device=z_start.device)
    return torch.lerp(z_start, z_end, weight[:, None])


# %% right | interpolate | matrix-product | A matrix of weights times the matrix of the two ends.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.arange(num_steps, dtype=torch.float64, device=z_start.device) / (num_steps - 1)
    weights = torch.stack([1 - t, t], dim=1)
    ends = torch.stack([z_start, z_end]).double()
    return (weights @ ends).to(z_start.dtype)


# %% right | interpolate | comprehension | A list comprehension with Python floats as weights, no linspace.
def interpolate(a, b, n):
    gaps = n - 1
    return torch.stack([a * ((gaps - i) / gaps) + b * (i / gaps) for i in range(n)], dim=0)


# %% right | interpolate | f-interpolate | Treats the two codes as a signal of length two and lets F.interpolate resample it.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    signal = torch.stack([z_start, z_end], dim=1).unsqueeze(0)  # (1, latent_dim, 2)
    longer = F.interpolate(signal, size=num_steps, mode="linear", align_corners=True)
    return longer.squeeze(0).t()


# %% right | interpolate | outer-products | Two outer products, with helper functions and a stray print.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    def outer(u, v):
        return torch.einsum("i,j->ij", u, v)

    alphas = torch.linspace(0, 1, num_steps, device=z_start.device, dtype=z_start.dtype)
    result = outer(1 - alphas, z_start) + outer(alphas, z_end)
    print("path:", tuple(result.shape))
    return result


# %% wrong | slerp | mixes-unit-vectors | The normalised vectors are mixed instead of the given ones, so the path lies on the unit sphere.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    a = z_start / z_start.norm()
    b = z_end / z_end.norm()
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    theta = torch.acos((a @ b).clamp(-1, 1))
    if theta.sin() < 1e-6:
        return (1 - t) * z_start + t * z_end
    return (torch.sin((1 - t) * theta) * a + torch.sin(t * theta) * b) / torch.sin(theta)


# %% wrong | slerp | raw-dot-product-clamped | The dot product is taken of the vectors as they are and clamped to [-1, 1], so the angle is wrong for all but unit vectors.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    cos = torch.dot(z_start, z_end).clamp(-1.0, 1.0)
    theta = torch.acos(cos)
    sin = torch.sin(theta)
    if sin.abs() < 1e-6:
        return (1 - t) * z_start + t * z_end
    return torch.sin((1 - t) * theta) / sin * z_start + torch.sin(t * theta) / sin * z_end


# %% wrong | slerp | parallel-is-nan | There is no special case for codes of the same direction: where the cosine is (or is clamped to) 1 the formula divides 0 by 0 and the path is NaN.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = cos.acos()
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device).unsqueeze(1)
    return ((1 - t) * theta).sin() / theta.sin() * z_start + (t * theta).sin() / theta.sin() * z_end


# %% wrong | slerp | parallel-stands-still | For codes of the same direction z_start is repeated instead of walking the straight line to z_end.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cos)
    if torch.sin(theta) < 1e-3:
        return z_start.repeat(num_steps, 1)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    w0 = torch.sin((1 - t) * theta) / torch.sin(theta)
    w1 = torch.sin(t * theta) / torch.sin(theta)
    return w0 * z_start + w1 * z_end


# %% wrong | slerp | cosine-above-one | The cosine is not limited to 1, so for many pairs of parallel codes rounding makes acos return NaN and the test for a zero angle does not notice.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    cos = (z_start * z_end).sum() / (z_start.norm() * z_end.norm())
    theta = torch.acos(cos)
    if theta < 1e-6:
        return (1 - t) * z_start + t * z_end
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | only-equal-codes-are-parallel | The straight line is taken only if both codes are (nearly) equal; codes of the same direction and different lengths give 0 / 0 = NaN.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    if torch.allclose(z_start, z_end):
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    theta = torch.acos(torch.clamp(F.cosine_similarity(z_start, z_end, dim=0), -1, 1))
    s = torch.sin(theta)
    return torch.sin((1 - t) * theta) / s * z_start + torch.sin(t * theta) / s * z_end


# %% wrong | slerp | straight-too-early | The straight line is taken as soon as the cosine is above 0.95, that is for all angles below 18 degrees, not only for the same direction.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    DOT_THRESHOLD = 0.95
    dot = F.cosine_similarity(z_start, z_end, dim=0)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    if dot > DOT_THRESHOLD:
        return (1 - t) * z_start + t * z_end
    theta_0 = torch.acos(dot)
    return (torch.sin((1 - t) * theta_0) * z_start + torch.sin(t * theta_0) * z_end) / torch.sin(
        theta_0
    )


# %% wrong | slerp | no-division | The weights are sin((1 - t) theta) and sin(t theta) without the division by sin(theta), so the path does not begin and end at the codes unless they are orthogonal.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1).acos()
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    if theta.sin() < 1e-6:
        return (1 - t) * z_start + t * z_end
    return torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end


# %% wrong | slerp | forgot-arccos | The cosine itself is used as the angle: the arccosine is missing.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    if 1 - theta < 1e-6:
        return (1 - t) * z_start + t * z_end
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | quaternion-flip | As for quaternions z_end is negated when the angle is obtuse, so such paths end at -z_end.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    dot = F.cosine_similarity(z_start, z_end, dim=0)
    if dot < 0:  # take the short way round
        z_end = -z_end
        dot = -dot
    dot = dot.clamp(max=1.0)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    theta = torch.acos(dot)
    if theta.sin() < 1e-6:
        return (1 - t) * z_start + t * z_end
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | rescaled-line | The straight line is rescaled to the interpolated length of the ends instead of using the sine weights, so the turn is not at an even pace (for equal lengths the middle is right).
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    line = (1 - t) * z_start + t * z_end
    radius = (1 - t) * z_start.norm() + t * z_end.norm()
    return radius * F.normalize(line, dim=1)


# %% wrong | slerp | unit-arc-times-length | The arc is made of unit vectors and then multiplied by a linearly interpolated length, which differs from mixing the given vectors whenever their lengths differ.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    r0, r1 = z_start.norm(), z_end.norm()
    u0, u1 = z_start / r0, z_end / r1
    theta = torch.acos(torch.dot(u0, u1).clamp(-1, 1))
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    if torch.sin(theta) < 1e-6:
        return (1 - t) * z_start + t * z_end
    direction = (torch.sin((1 - t) * theta) * u0 + torch.sin(t * theta) * u1) / torch.sin(theta)
    return ((1 - t) * r0 + t * r1) * direction


# %% wrong | slerp | arguments-normalised-in-place | The path is right, but both codes are divided by their lengths in place, so the caller's tensors become unit vectors.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    a, b = z_start.clone(), z_end.clone()
    z_start /= z_start.norm()
    z_end /= z_end.norm()
    theta = torch.acos(torch.dot(z_start, z_end).clamp(-1, 1))
    t = torch.linspace(0, 1, num_steps, dtype=a.dtype, device=a.device)[:, None]
    if torch.sin(theta) < 1e-6:
        return (1 - t) * a + t * b
    return (torch.sin((1 - t) * theta) * a + torch.sin(t * theta) * b) / torch.sin(theta)


# %% wrong | slerp | epsilon-in-denominator | Against 0 / 0 a small number is added to sin(theta), so for parallel codes all weights are 0 and the path is all zeros instead of the straight line.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cos)
    denominator = torch.sin(theta) + 1e-8
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (
        torch.sin((1 - t) * theta) / denominator * z_start + torch.sin(t * theta) / denominator * z_end
    )


# %% wrong | slerp | degrees | The angle is converted to degrees before the sines are taken, so the weights are meaningless.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.rad2deg(torch.acos(cos))
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    if theta < 1e-3:
        return (1 - t) * z_start + t * z_end
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% right | slerp | sinc | Writes the weights with torch.sinc, so that angle zero needs no special case.
import math


def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    theta = F.cosine_similarity(z_start.double(), z_end.double(), dim=0).clamp(-1, 1).acos()
    t = torch.linspace(0, 1, num_steps, dtype=torch.float64, device=z_start.device)

    def weight(a):
        return a * torch.sinc(a * theta / math.pi) / torch.sinc(theta / math.pi)

    path = torch.outer(weight(1 - t), z_start.double()) + torch.outer(weight(t), z_end.double())
    return path.to(z_start.dtype)


# %% right | slerp | plain-math-loop | Beginner style: Python floats, the math module and one loop over the points.
import math


def slerp(z_start, z_end, num_steps):
    length_start = math.sqrt(sum(v * v for v in z_start.tolist()))
    length_end = math.sqrt(sum(v * v for v in z_end.tolist()))
    dot = 0.0
    for v, w in zip(z_start.tolist(), z_end.tolist()):
        dot = dot + v * w
    cosine = dot / (length_start * length_end)
    if cosine > 1:
        cosine = 1.0
    if cosine < -1:
        cosine = -1.0
    theta = math.acos(cosine)
    points = []
    for i in range(num_steps):
        t = i / (num_steps - 1)
        if math.sin(theta) < 1e-6:
            weight_start = 1 - t
            weight_end = t
        else:
            weight_start = math.sin((1 - t) * theta) / math.sin(theta)
            weight_end = math.sin(t * theta) / math.sin(theta)
        points.append(weight_start * z_start + weight_end * z_end)
    return torch.stack(points)


# %% right | slerp | half-angle-atan2 | Gets the angle from the sum and difference of the unit vectors with atan2, and falls back on interpolate.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    u = F.normalize(z_start, dim=0)
    v = F.normalize(z_end, dim=0)
    omega = 2 * torch.atan2((u - v).norm(), (u + v).norm())
    if omega < 1e-4:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    ws = torch.stack([torch.sin((1 - t) * omega), torch.sin(t * omega)]) / torch.sin(omega)
    return torch.einsum("en,ed->nd", ws, torch.stack([z_start, z_end]))


# %% right | slerp | clamp-below-one | Limits the cosine to just below 1, where the formula already gives the straight line to float32 accuracy.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    a, b = z_start.double(), z_end.double()
    cos = (a @ b / (a.norm() * b.norm())).clamp(-1 + 1e-10, 1 - 1e-10)
    th = cos.acos()
    t = torch.linspace(0, 1, num_steps, dtype=torch.double, device=z_start.device)[:, None]
    out = (((1 - t) * th).sin() * a + (t * th).sin() * b) / th.sin()
    return out.type_as(z_start)


# %% right | slerp | other-formula | Uses w_end = sin(t theta) / sin(theta) and w_start = cos(t theta) - cos(theta) w_end, chosen with torch.where.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    start, end = z_start.to(torch.float64), z_end.to(torch.float64)
    cosine = torch.clamp((start / start.norm() * (end / end.norm())).sum(), -1.0, 1.0)
    theta = torch.arccos(cosine)
    t = torch.linspace(0, 1, num_steps, dtype=torch.float64, device=start.device)
    parallel = theta < 1e-6
    safe = torch.where(parallel, torch.ones_like(theta), theta)
    w_end = torch.sin(t * safe) / torch.sin(safe)
    w_start = torch.cos(t * safe) - torch.cos(safe) * w_end
    w_end = torch.where(parallel, t, w_end)
    w_start = torch.where(parallel, 1 - t, w_start)
    return (w_start[:, None] * start + w_end[:, None] * end).to(z_start.dtype)


# %% wrong | latent_traversal | moved-not-set | The value is added to the entry instead of replacing it.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        rows = z.repeat(len(values), 1)
        rows[:, dimension] += values
        return torch.sigmoid(model.decode(rows))


# %% wrong | latent_traversal | logits | The decoder's logits are returned: the sigmoid is missing.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.repeat(len(values), 1)
    rows[:, dimension] = values
    return model.decode(rows)


# %% wrong | latent_traversal | writes-into-z | Each value is written into the caller's z, which holds the last value afterwards.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = []
    for value in values:
        z[dimension] = value
        rows.append(z.clone())
    return model.decode(torch.stack(rows)).sigmoid()


# %% wrong | latent_traversal | graph-kept | Nothing stops the gradients, so the result carries a graph to the parameters of the decoder.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.detach().clone().repeat(values.shape[0], 1)
    rows[:, dimension] = values
    return torch.sigmoid(model.decode(rows))


# %% wrong | latent_traversal | left-in-eval | The model is switched to eval mode and not switched back.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    model.eval()
    with torch.no_grad():
        rows = z.unsqueeze(0).repeat(len(values), 1)
        rows[:, dimension] = values
        probs = model.decode(rows).sigmoid()
    return probs


# %% wrong | latent_traversal | one-copy-for-all | The loop changes one copy and appends the same tensor each time, so all pictures belong to the last value.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    code = z.detach().clone()
    codes = []
    for v in values:
        code[dimension] = v
        codes.append(code)
    with torch.no_grad():
        return model.decode(torch.stack(codes)).sigmoid()


# %% wrong | latent_traversal | counts-from-one | Dimensions are counted from 1, so the entry before the wanted one is set.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        rows = z.repeat(len(values), 1)
        rows[:, dimension - 1] = values
        return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | others-zero | The other dimensions are set to 0 instead of keeping the values they have in z.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = torch.zeros(len(values), len(z), dtype=z.dtype, device=z.device)
    rows[:, dimension] = values
    return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | softmax-over-pixels | The logits go through a softmax over the pixels instead of a sigmoid for each pixel.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.repeat(len(values), 1)
    rows[:, dimension] = values
    return F.softmax(model.decode(rows), dim=-1)


# %% wrong | latent_traversal | freezes-the-model | To avoid a graph the parameters of the model are frozen with requires_grad_(False) and stay frozen.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    rows = z.detach().repeat(len(values), 1)
    rows[:, dimension] = values
    return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | z-loses-its-gradient | requires_grad is switched off on z itself, so a code that the caller wanted gradients for no longer requires them.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    z.requires_grad_(False)
    rows = z.repeat(len(values), 1)
    rows[:, dimension] = values
    return model.decode(rows).sigmoid().detach()


# %% wrong | latent_traversal | clears-gradients | model.zero_grad() is called on the way out, so the gradients of the parameters are lost.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        rows = z.expand(len(values), -1).clone()
        rows[:, dimension] = values
        x_hat = torch.sigmoid(model.decode(rows))
    model.zero_grad()
    return x_hat


# %% wrong | latent_traversal | sorted-values | The values are sorted first, so the pictures are not in the order of the values given.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    ordered, _ = values.sort()
    rows = z.repeat(len(ordered), 1)
    rows[:, dimension] = ordered
    return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | always-eleven | The number of rows is fixed to the 11 of the notebook, so any other number of values fails (one value is repeated eleven times).
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.repeat(11, 1)
    rows[:, dimension] = values
    return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | black-and-white | The probabilities are rounded to 0 and 1.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    with torch.no_grad():
        rows = z.repeat(len(values), 1)
        rows[:, dimension] = values
        probabilities = model.decode(rows).sigmoid()
    return (probabilities > 0.5).to(z.dtype)


# %% right | latent_traversal | one-by-one | Loops over the values, copies the code each time and decodes batches of one.
def latent_traversal(model, z, dimension, values):
    pictures = []
    for i in range(values.shape[0]):
        new_z = z.detach().clone()
        new_z[dimension] = values[i].item()
        with torch.no_grad():
            out = model.decode(new_z.reshape(1, -1))
        pictures.append(torch.sigmoid(out).squeeze(0))
    return torch.stack(pictures)


# %% right | latent_traversal | where-mask | Selects between value and code with torch.where and a one-hot mask; nothing is written into a tensor.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    chosen = torch.arange(z.numel(), device=z.device) == dimension
    rows = torch.where(chosen, values.to(z)[:, None], z)
    return torch.sigmoid(model.decode(rows))


# %% right | latent_traversal | cat-pieces | Puts the rows together from the entries before, the values and the entries after.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    n = len(values)
    with torch.no_grad():
        before = z[:dimension].expand(n, -1)
        after = z[dimension + 1 :].expand(n, -1)
        column = values.to(z).view(n, 1)
        return model.decode(torch.cat([before, column, after], dim=1)).sigmoid()


# %% right | latent_traversal | index-copy-transposed | Works on the transposed matrix with index_copy and detaches the result at the end as well.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    columns = z.detach().unsqueeze(1).repeat(1, values.numel())  # (latent_dim, num_values)
    where = torch.tensor([dimension], device=z.device)
    columns = columns.index_copy(0, where, values.detach().to(z)[None])
    with torch.set_grad_enabled(False):
        logits = model.decode(columns.T.contiguous())
    probabilities = 1 / (1 + torch.exp(-logits))
    return probabilities.detach()


# %% right | latent_traversal | lambda-chain | Functional style: one map over the values, with an inner function that builds each code from a list.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    base = z.tolist()
    turned = lambda v: [*base[:dimension], v, *base[dimension + 1 :]]  # noqa: E731
    codes = torch.tensor(list(map(turned, values.tolist())), dtype=z.dtype, device=z.device)
    no_graph = torch.no_grad()(lambda c: model.decode(c).sigmoid())
    return no_graph(codes)


# %% wrong | offset_walk | starts-at-a-sample | The walk starts at a random sample mu + sigma * eps of q(z|x) instead of at mu.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, log_var = model.encode(x[None])
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    return model.decode(z + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | seeded-sample | The walk starts at a sample of q(z|x) that is the same in every call because the seed is fixed inside; it should start at mu.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    torch.manual_seed(0)  # same walk in every call
    with torch.no_grad():
        mu, log_var = model.encode(x.unsqueeze(0))
        eps = torch.randn_like(mu)
        z = mu + (0.5 * log_var).exp() * eps
        return torch.sigmoid(model.decode(z + offsets.unsqueeze(1)))


# %% wrong | offset_walk | logits | The decoder's logits are returned: the sigmoid is missing.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu = model.encode(x[None])[0]
        return model.decode(mu + offsets.view(-1, 1))


# %% wrong | offset_walk | graph-kept | Only the encoding is done without gradients, so the result carries a graph to the parameters of the decoder.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
    return model.decode(mu + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | back-in-train-mode | The model is put into eval mode and then always into train mode, so a model that was in eval mode changes its mode.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    model.eval()
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        result = model.decode(mu + offsets[:, None]).sigmoid()
    model.train()
    return result


# %% wrong | offset_walk | first-dimension-only | The offset is added to the first dimension of mu only.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    z = mu.repeat(len(offsets), 1)
    z[:, 0] += offsets
    return model.decode(z).sigmoid()


# %% wrong | offset_walk | multiplied | mu is multiplied by the offset instead of moved by it.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    return model.decode(offsets[:, None] * mu).sigmoid()


# %% wrong | offset_walk | offsets-add-up | The code is moved on from the last place in every turn of the loop, so the offsets accumulate.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    pictures = []
    with torch.no_grad():
        z, _ = model.encode(x[None])
        for o in offsets:
            z = z + o
            pictures.append(model.decode(z).sigmoid())
    return torch.cat(pictures)


# %% wrong | offset_walk | in-units-of-sigma | The offset is multiplied by sigma of q(z|x), so each dimension moves by o standard deviations instead of by o.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, log_var = model.encode(x[None])
    std = torch.exp(0.5 * log_var)
    z = mu + offsets.reshape(-1, 1) * std
    return torch.sigmoid(model.decode(z))


# %% wrong | offset_walk | moves-the-pixels | The offset is added to the pixels of the image before encoding instead of to the code.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    moved = x[None] + offsets[:, None]
    mu, _ = model.encode(moved)
    return model.decode(mu).sigmoid()


# %% wrong | offset_walk | extra-axis | The batch axis of one is left in the result, whose shape is (num_offsets, 1, 784).
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        return torch.stack([model.decode(mu + offset).sigmoid() for offset in offsets])


# %% wrong | offset_walk | from-log-var | The second output of encode is taken, so the walk starts at log_var instead of at mu.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    code = model.encode(x[None])[1]
    return model.decode(code + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | x-gets-an-axis | The pictures are right, but x.unsqueeze_ and offsets.unsqueeze_ change the shapes of the caller's tensors.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    x.unsqueeze_(0)
    offsets.unsqueeze_(1)
    mu, _ = model.encode(x)
    return model.decode(mu + offsets).sigmoid()


# %% wrong | offset_walk | step-of-unit-direction | The offset is divided by the square root of latent_dim, so the code moves by a total length of o instead of by o in every dimension.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    direction = torch.ones_like(mu) / mu.shape[1] ** 0.5
    return model.decode(mu + offsets[:, None] * direction).sigmoid()


# %% wrong | offset_walk | twenty-dimensions-only | The offsets are spread over 20 columns, so models with another latent_dim raise an error.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    z = mu.expand(len(offsets), 20) + offsets[:, None].expand(-1, 20)
    return model.decode(z).sigmoid()


# %% wrong | offset_walk | without-mu | The offset replaces the code: every dimension is set to o and the image plays no role.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x[None])
    z = torch.ones_like(mu) * offsets[:, None]
    return model.decode(z).sigmoid()


# %% right | offset_walk | loop-and-cat | Loops over the offsets as Python numbers and joins the pictures.
def offset_walk(model, x, offsets):
    batch = x.reshape(1, -1)
    with torch.no_grad():
        encoded = model.encode(batch)
        mean = encoded[0]
    result = []
    for offset in offsets.tolist():
        with torch.no_grad():
            logits = model.decode(mean + offset)
        result.append(torch.sigmoid(logits))
    return torch.cat(result, dim=0)


# %% right | offset_walk | outer-sum-decorator | A decorated function; the sum is made with an einsum over ones.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x.unsqueeze(0))
    shift = torch.einsum("n,d->nd", offsets.to(mu), torch.ones_like(mu[0]))
    return model.decode(mu + shift).sigmoid()


# %% right | offset_walk | detach-everywhere | No no_grad: the result is computed with a graph and detached before it is returned.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu = model.encode(x.detach()[None])[0].detach()
    rows = torch.stack([mu[0] + o for o in offsets.detach().to(mu)])
    return torch.sigmoid(model.decode(rows)).detach()


# %% right | offset_walk | repeated-image | Encodes as many copies of the image as there are offsets and adds one offset to each row, with unusual names.
def offset_walk(netz: nn.Module, bild: Tensor, schritte: Tensor) -> Tensor:
    with torch.inference_mode(False), torch.no_grad():
        bilder = bild.expand(schritte.shape[0], -1)
        mitte, _streuung = netz.encode(bilder)
        orte = (mitte.T + schritte.to(mitte)).T
        return netz.decode(orte).sigmoid()


# %% right | offset_walk | helper-functions | Split into three small helpers composed at the end.
def _mean_code(model, x):
    mu, _ = model.encode(x[None, :])
    return mu.squeeze(0)


def _codes(mu, offsets):
    n, d = len(offsets), len(mu)
    return mu.repeat(n).reshape(n, d).add(offsets.to(mu).repeat_interleave(d).reshape(n, d))


def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        z = _codes(_mean_code(model, x), offsets)
        print("codes", z.shape)
        return F.sigmoid(model.decode(z))


# %% wrong | embed_2d | default-perplexity | t-SNE keeps its default perplexity of 30, which is an error for 30 points or fewer.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2).fit_transform(latents)
    raise ValueError(f"unknown method {method!r}")


# %% wrong | embed_2d | no-detach | Tensors are converted without detach, so a tensor that carries a graph raises an error.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if torch.is_tensor(latents):
        latents = latents.cpu().numpy()
    if method == "pca":
        return PCA(2).fit_transform(latents)
    elif method == "tsne":
        return TSNE(2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    else:
        raise ValueError(method)


# %% wrong | embed_2d | silent-pca | Any method other than "tsne" gets a PCA instead of a ValueError.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    points = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    if method == "tsne":
        model = TSNE(n_components=2, perplexity=min(30, len(points) - 1), random_state=0)
    else:
        model = PCA(n_components=2)
    return model.fit_transform(points)


# %% wrong | embed_2d | prints-and-returns-none | An unknown method prints a message and returns None instead of raising a ValueError.
def embed_2d(latents, method):
    if isinstance(latents, torch.Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    elif method == "tsne":
        perplexity = min(30, latents.shape[0] - 1)
        return TSNE(n_components=2, perplexity=perplexity).fit_transform(latents)
    else:
        print("ValueError: method must be 'pca' or 'tsne'")


# %% wrong | embed_2d | key-error | An unknown method is looked up in a dictionary and raises a KeyError, which is not a ValueError.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else np.asarray(latents)
    reducers = {
        "pca": PCA(n_components=2),
        "tsne": TSNE(n_components=2, perplexity=min(30, len(x) - 1)),
    }
    return reducers[method].fit_transform(x)


# %% wrong | embed_2d | all-components | PCA is called without n_components, so the result has as many columns as the codes instead of two.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA().fit_transform(latents)
    if method == "tsne":
        return TSNE(perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError("method must be pca or tsne")


# %% wrong | embed_2d | perplexity-equals-n | The perplexity is min(30, n), which for 30 points or fewer equals n, where it must be below.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    n = len(latents)
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, n)).fit_transform(latents)
    raise ValueError(f"method {method} is not known")


# %% wrong | embed_2d | tensors-only | The input is always treated as a tensor, so a NumPy array raises an AttributeError.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if method not in ("pca", "tsne"):
        raise ValueError(method)
    latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)


# %% wrong | embed_2d | svd-without-centring | PCA is done by hand with an SVD of codes from which the mean was not subtracted, so the first direction mostly points at the mean.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    if method == "pca":
        _, _, vt = np.linalg.svd(x, full_matrices=False)
        return x @ vt[:2].T
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(method)


# %% wrong | embed_2d | whitened | PCA is called with whiten=True, so both coordinates are rescaled to variance 1 and distances are no longer those of the shadow.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    match method:
        case "pca":
            return PCA(n_components=2, whiten=True).fit_transform(latents)
        case "tsne":
            return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
        case _:
            raise ValueError(f"unknown method: {method}")


# %% wrong | embed_2d | centred-in-place | The codes are centred with -=, which changes the caller's array (and a CPU tensor, whose memory is shared).
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else latents
    x -= x.mean(axis=0)
    if method == "pca":
        return PCA(n_components=2).fit_transform(x)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(method)


# %% wrong | embed_2d | standardised-first | Every dimension is divided by its standard deviation before PCA, so the directions are not those in which the codes vary most.
from sklearn.preprocessing import StandardScaler


def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        scaled = StandardScaler().fit_transform(latents)
        return PCA(n_components=2).fit_transform(scaled)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(method)


# %% wrong | embed_2d | smallest-variance | PCA by hand takes the first two eigenvectors of eigh, which sorts upwards, so it keeps the directions of smallest variance.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else np.array(latents)
    if method == "pca":
        centred = x - x.mean(axis=0)
        covariance = centred.T @ centred / (len(x) - 1)
        _, vectors = np.linalg.eigh(covariance)
        return centred @ vectors[:, :2]
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    raise ValueError(method)


# %% wrong | embed_2d | tensor-result | The result is a torch tensor instead of a NumPy array.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = torch.as_tensor(latents).detach().cpu().numpy()
    if method == "pca":
        points = PCA(n_components=2).fit_transform(x)
    elif method == "tsne":
        points = TSNE(n_components=2, perplexity=min(30, len(x) - 1)).fit_transform(x)
    else:
        raise ValueError(method)
    return torch.from_numpy(points)


# %% wrong | embed_2d | misspelt-method | The code asks for "t-sne" with a hyphen, so the method "tsne" raises a ValueError.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "t-sne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(f"method must be 'pca' or 't-sne', not {method!r}")


# %% wrong | embed_2d | components-of-the-transpose | PCA is fitted to the transposed codes and its components are returned, so the coordinates have unit length and are not the projected codes.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        pca = PCA(n_components=2)
        pca.fit(latents.T)
        return pca.components_.T
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents) - 1)).fit_transform(latents)
    raise ValueError(method)


# %% right | embed_2d | svd-by-hand | PCA by hand with a centred SVD in NumPy; t-SNE from scikit-learn.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    x = latents.detach().cpu().numpy() if isinstance(latents, Tensor) else np.asarray(latents)
    if method == "pca":
        centred = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
        u, s, _ = np.linalg.svd(centred, full_matrices=False)
        return u[:, :2] * s[:2]
    if method == "tsne":
        perplexity = 30.0 if len(x) > 30 else len(x) - 1.0
        return TSNE(n_components=2, perplexity=perplexity, random_state=0).fit_transform(x)
    raise ValueError(f"no such method: {method!r}")


# %% right | embed_2d | dictionary-of-lambdas | A dictionary of lambdas; the KeyError is turned into a ValueError.
def embed_2d(latents, method):
    array = np.array(latents.detach().cpu() if hasattr(latents, "detach") else latents)
    makers = {
        "pca": lambda: PCA(n_components=2),
        "tsne": lambda: TSNE(n_components=2, perplexity=min(30, array.shape[0] - 1)),
    }
    try:
        maker = makers[method]
    except KeyError as error:
        raise ValueError(f"unknown method {method!r}, choose from {sorted(makers)}") from error
    return maker().fit_transform(array)


# %% right | embed_2d | match-statement | A match statement with the error first by an early test, and a smaller perplexity for few points.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if method not in {"pca", "tsne"}:
        raise ValueError("method must be 'pca' or 'tsne'")
    match latents:
        case torch.Tensor():
            codes = latents.detach().to("cpu").numpy().copy()
        case _:
            codes = np.array(latents, copy=True)
    n = codes.shape[0]
    reducer = PCA(2) if method == "pca" else TSNE(2, perplexity=min(30, (n - 1) / 2), init="pca")
    return reducer.fit_transform(codes)


# %% right | embed_2d | torch-eigh | PCA with torch.linalg.eigh, taking the last two eigenvectors, largest first.
def _pca(x):
    x = torch.tensor(x, dtype=torch.float64)
    x = x - x.mean(dim=0, keepdim=True)
    _values, vectors = torch.linalg.eigh(x.T @ x)
    return (x @ vectors[:, [-1, -2]]).numpy()


def _tsne(x):
    few = min(30, x.shape[0] - 1)
    return TSNE(n_components=2, perplexity=few).fit_transform(x)


def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if torch.is_tensor(latents):
        with torch.no_grad():
            latents = latents.detach().cpu().numpy()
    if method == "pca":
        return _pca(latents)
    elif method == "tsne":
        return _tsne(latents)
    raise ValueError("The method " + str(method) + " is not known.")


# %% wrong | knn_accuracy | farthest-points | topk takes the largest distances, so the k farthest training points vote.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    distances = torch.cdist(test_z, train_z)
    indices = distances.topk(k, dim=1).indices
    votes = train_labels[indices].mode(dim=1).values
    return (votes == test_labels).float().mean().item()


# %% wrong | knn_accuracy | median-of-labels | The median of the neighbours' labels is taken as their vote instead of the most frequent label, which differs where no class has more than half of the votes.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    indices = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    vote = train_labels[indices].median(dim=1).values
    return (vote == test_labels).double().mean().item()


# %% wrong | knn_accuracy | one-neighbour | Only the single nearest neighbour decides: the argument k is ignored.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).argmin(dim=1)
    return (train_labels[nearest] == test_labels).float().mean().item()


# %% wrong | knn_accuracy | tensor-result | The result is a tensor with one element instead of a Python float.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    indices = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    predicted, _ = train_labels[indices].mode(dim=1)
    return (predicted == test_labels).float().mean()


# %% wrong | knn_accuracy | percent | The accuracy is returned in percent, from 0 to 100.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    indices = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    predicted = torch.mode(train_labels[indices], dim=1)[0]
    correct = (predicted == test_labels).sum().item()
    return 100.0 * correct / len(test_labels)


# %% wrong | knn_accuracy | manhattan | Neighbours are chosen by the sum of absolute differences (p=1) instead of by the Euclidean distance.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    distances = torch.cdist(test_z, train_z, p=1)
    neighbours = distances.topk(k, largest=False).indices
    vote = train_labels[neighbours].mode(dim=-1).values
    return vote.eq(test_labels).float().mean().item()


# %% wrong | knn_accuracy | cosine | Neighbours are chosen by the largest cosine similarity instead of by the smallest Euclidean distance.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    similarity = F.normalize(test_z, dim=1) @ F.normalize(train_z, dim=1).T
    neighbours = similarity.topk(k, dim=1).indices
    vote = train_labels[neighbours].mode(dim=1).values
    return (vote == test_labels).float().mean().item()


# %% wrong | knn_accuracy | any-neighbour | A test point counts as right if at least one of its k neighbours has the right class; there is no vote.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    indices = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    hits = train_labels[indices] == test_labels[:, None]
    return hits.any(dim=1).float().mean().item()


# %% wrong | knn_accuracy | share-of-neighbours | The share of neighbours with the right class is averaged instead of letting the majority of each point decide.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    indices = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    hits = train_labels[indices] == test_labels.unsqueeze(1)
    return hits.float().mean().item()


# %% wrong | knn_accuracy | nearest-left-out | The nearest training point is skipped as if it were the test point itself, and the next k vote.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    order = torch.cdist(test_z, train_z).argsort(dim=1)
    neighbours = order[:, 1 : k + 1]
    vote = train_labels[neighbours].mode(dim=1).values
    return (vote == test_labels).float().mean().item()


# %% wrong | knn_accuracy | weighted-by-distance | The votes are weighted by one over the distance, so two near neighbours can outvote three farther ones; a plain majority is asked.
from sklearn.neighbors import KNeighborsClassifier


def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    knn = KNeighborsClassifier(n_neighbors=k, weights="distance")
    knn.fit(train_z.detach().cpu().numpy(), train_labels.cpu().numpy())
    return float(knn.score(test_z.detach().cpu().numpy(), test_labels.cpu().numpy()))


# %% wrong | knn_accuracy | standardised | All dimensions are divided by their standard deviation first, so the distances are not the Euclidean ones between the given points.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    mean, std = train_z.mean(dim=0), train_z.std(dim=0) + 1e-8
    a, b = (train_z - mean) / std, (test_z - mean) / std
    neighbours = torch.cdist(b, a).topk(k, largest=False).indices
    vote = train_labels[neighbours].mode(dim=1).values
    return (vote == test_labels).float().mean().item()


# %% wrong | knn_accuracy | centred-in-place | The accuracy is right, but the mean of the training points is subtracted with -= from the caller's tensors.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    centre = train_z.mean(dim=0)
    train_z -= centre
    test_z -= centre
    neighbours = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    vote = train_labels[neighbours].mode(dim=1).values
    return (vote == test_labels).float().mean().item()


# %% wrong | knn_accuracy | divided-by-num-train | The number of right answers is divided by the number of training points instead of test points, which is the same only if both are equal.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    right = 0
    for z, label in zip(test_z, test_labels):
        distance = (train_z - z).norm(dim=1)
        near = distance.argsort()[:k]
        if train_labels[near].mode().values == label:
            right += 1
    return right / len(train_labels)


# %% wrong | knn_accuracy | dot-product | Neighbours are those with the largest dot product, which favours long codes and is not the smallest Euclidean distance.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    scores = test_z @ train_z.T
    neighbours = scores.topk(k, dim=1).indices
    vote = train_labels[neighbours].mode(dim=1).values
    return (vote == test_labels).float().mean().item()


# %% wrong | knn_accuracy | mode-indices | The second result of torch.mode, the position of the winner among the k neighbours, is compared with the labels instead of the winning class.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    _, neighbours = torch.topk(torch.cdist(test_z, train_z), k, dim=1, largest=False)
    _, vote = torch.mode(train_labels[neighbours], dim=1)
    return (vote == test_labels).float().mean().item()


# %% wrong | knn_accuracy | ten-classes-only | The votes are counted in ten columns, so labels of 10 or more raise an error.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    neighbours = torch.cdist(test_z, train_z).topk(k, largest=False).indices
    votes = F.one_hot(train_labels[neighbours], num_classes=10).sum(dim=1)
    return (votes.argmax(dim=1) == test_labels).float().mean().item()


# %% right | knn_accuracy | counter-loops | Pure Python: sorted distances and collections.Counter for each test point.
from collections import Counter


def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    correct = 0
    classes = train_labels.tolist()
    for i in range(len(test_z)):
        squared = ((train_z - test_z[i]) ** 2).sum(dim=1).tolist()
        order = sorted(range(len(squared)), key=squared.__getitem__)
        counts = Counter(classes[j] for j in order[:k])
        winner, _ = counts.most_common(1)[0]
        if winner == int(test_labels[i]):
            correct += 1
    return correct / len(test_z)


# %% right | knn_accuracy | scikit-learn | Leaves the work to scikit-learn's KNeighborsClassifier with brute force.
from sklearn.neighbors import KNeighborsClassifier


def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    array = lambda tensor: tensor.detach().cpu().numpy()  # noqa: E731
    judge = KNeighborsClassifier(n_neighbors=k, algorithm="brute")
    judge.fit(array(train_z), array(train_labels))
    return float(np.mean(judge.predict(array(test_z)) == array(test_labels)))


# %% right | knn_accuracy | one-hot-ballots | Squared distances in a comprehension; the classes are renumbered and the votes counted with one-hot rows.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    squared = torch.stack([(train_z - z).square().sum(dim=1) for z in test_z])
    neighbours = squared.argsort(dim=1)[:, :k]
    classes, numbers = torch.unique(train_labels, return_inverse=True)
    ballots = F.one_hot(numbers[neighbours], num_classes=len(classes)).sum(dim=1)
    elected = classes[ballots.argmax(dim=1)]
    return float((elected == test_labels).sum()) / test_labels.numel()


# %% right | knn_accuracy | numpy-argpartition | NumPy: expanded squared distances in double precision, argpartition and a bincount for each row.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    a = test_z.detach().cpu().numpy().astype(np.float64)
    b = train_z.detach().cpu().numpy().astype(np.float64)
    d2 = (a**2).sum(1)[:, None] - 2 * a @ b.T + (b**2).sum(1)[None, :]
    near = np.argpartition(d2, k - 1, axis=1)[:, :k]
    names, codes = np.unique(train_labels.cpu().numpy(), return_inverse=True)
    votes = np.array([np.bincount(row, minlength=len(names)).argmax() for row in codes[near]])
    return float((names[votes] == test_labels.cpu().numpy()).mean())


# %% right | knn_accuracy | portions | Asks in portions of 256 points, sorts the distances and uses mode; the type hints are gone.
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    hits = []
    for z, truth in zip(test_z.split(256), test_labels.split(256)):
        ranked = torch.cdist(z, train_z, compute_mode="donot_use_mm_for_euclid_dist").sort(dim=1)
        vote = train_labels[ranked.indices[:, :k]].mode(dim=1).values
        hits.append(vote == truth)
    result = torch.cat(hits).double().mean().item()
    print(f"{result:.1%} right")
    return result
