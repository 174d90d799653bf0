# %% right | latent_grid | meshgrid-ij | Follows the hints: icdf of linspace, meshgrid in ij order, stack with z_1 first.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    """Points of a map at standard normal quantiles."""
    low = (1 - coverage) / 2
    high = (1 + coverage) / 2
    q = Normal(0.0, 1.0).icdf(torch.linspace(low, high, num_steps))
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% right | latent_grid | erfinv-repeat | Uses erfinv on a symmetric linspace and builds the two columns with repeat and repeat_interleave.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    # 2p - 1 runs evenly from -coverage to +coverage
    q = 2**0.5 * torch.erfinv(torch.linspace(-coverage, coverage, num_steps))
    z1 = q.repeat(num_steps)                                       # fast
    z2 = torch.flip(q, dims=[0]).repeat_interleave(num_steps)      # slow, downwards
    return torch.stack((z1, z2), dim=-1)


# %% right | latent_grid | stdlib-double-loop | NormalDist of the standard library in double precision, two plain loops, converted to float32 at the end.
from statistics import NormalDist


def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    prior = NormalDist(0.0, 1.0)
    first = (1 - coverage) / 2
    quantiles = []
    for i in range(num_steps):
        p = first + coverage * i / (num_steps - 1)
        quantiles.append(prior.inv_cdf(p))
    points = []
    for z_2 in reversed(quantiles):
        for z_1 in quantiles:
            points.append([z_1, z_2])
    return torch.tensor(points, dtype=torch.float32)


# %% right | latent_grid | cartesian-prod | cartesian_prod of (z_2 descending, z_1 ascending), then the two columns exchanged; quantiles with torch.special.ndtri.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps, dtype=torch.float64)
    q = torch.special.ndtri(p)
    z2_then_z1 = torch.cartesian_prod(q.flip(0), q)
    return z2_then_z1[:, [1, 0]].float()


# %% right | latent_grid | scipy-divmod | scipy's norm.ppf and index arithmetic with // and %.
from scipy.stats import norm


def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    tail = (1.0 - coverage) / 2.0
    q = norm.ppf(np.linspace(tail, 1.0 - tail, num_steps))
    index = np.arange(num_steps**2)
    row, col = index // num_steps, index % num_steps
    grid = np.column_stack([q[col], q[num_steps - 1 - row]])
    return torch.from_numpy(grid).to(torch.float32)


# %% wrong | latent_grid | upside-down | z_2 rises from row to row, so the map is upside down.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    low, high = (1 - coverage) / 2, (1 + coverage) / 2
    q = Normal(0.0, 1.0).icdf(torch.linspace(low, high, num_steps))
    z_2, z_1 = torch.meshgrid(q, q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% wrong | latent_grid | z2-first | The two coordinates are stacked in the wrong order, z_2 in the first column.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    low, high = (1 - coverage) / 2, (1 + coverage) / 2
    q = Normal(0.0, 1.0).icdf(torch.linspace(low, high, num_steps))
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_2.flatten(), z_1.flatten()], dim=1)


# %% wrong | latent_grid | column-by-column | Meshgrid the other way round: the points run down the columns instead of along the rows.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)
    q = Normal(0.0, 1.0).icdf(p)
    z_1, z_2 = torch.meshgrid(q, q.flip(0), indexing="ij")
    return torch.stack([z_1.reshape(-1), z_2.reshape(-1)], dim=1)


# %% wrong | latent_grid | equal-steps-in-z | Only the two outer quantiles are computed; between them the steps are equal in z and not in probability.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    normal = Normal(0.0, 1.0)
    z_min = normal.icdf(torch.tensor((1 - coverage) / 2)).item()
    z_max = normal.icdf(torch.tensor((1 + coverage) / 2)).item()
    q = torch.linspace(z_min, z_max, num_steps)
    return torch.stack([q.repeat(num_steps), q.flip(0).repeat_interleave(num_steps)], dim=1)


# %% wrong | latent_grid | tails-not-halved | Cuts 1 - coverage off each tail instead of half of it, so the axis covers only 2 coverage - 1.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    probs = torch.linspace(1 - coverage, coverage, num_steps)
    q = Normal(0.0, 1.0).icdf(probs)
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% wrong | latent_grid | float64 | The numpy quantiles go out as float64 instead of float32.
from scipy.stats import norm


def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    q = norm.ppf(np.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps))
    z1, z2 = np.meshgrid(q, q[::-1])
    return torch.from_numpy(np.stack([z1.ravel(), z2.ravel()], axis=1))


# %% wrong | latent_grid | cell-centres | Puts the points in the middles of num_steps equal cells, so the first and the last do not lie at the ends of the coverage.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    # one point in the centre of each cell of equal probability
    low = (1 - coverage) / 2
    p = low + coverage * (torch.arange(num_steps) + 0.5) / num_steps
    q = Normal(0.0, 1.0).icdf(p)
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% wrong | latent_grid | coverage-hard-coded | The probabilities 0.025 and 0.975 are typed in and the argument coverage is ignored.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    q = Normal(0.0, 1.0).icdf(torch.linspace(0.025, 0.975, num_steps))
    grid = []
    for z2 in q.flip(0):
        for z1 in q:
            grid.append(torch.stack([z1, z2]))
    return torch.stack(grid)


# %% wrong | latent_grid | list-reversed | Reverses the finished list to get z_2 downwards, which turns z_1 from right to left as well.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    low, high = (1 - coverage) / 2, (1 + coverage) / 2
    q = Normal(0.0, 1.0).icdf(torch.linspace(low, high, num_steps))
    y, x = torch.meshgrid(q, q, indexing="ij")
    points = torch.stack([x.flatten(), y.flatten()], dim=1)
    return points.flip(0)  # highest z_2 first


# %% wrong | latent_grid | coverage-of-the-square | Takes coverage for the share of the whole square, so each axis gets the square root of it.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    per_axis = coverage**0.5
    q = Normal(0.0, 1.0).icdf(torch.linspace((1 - per_axis) / 2, (1 + per_axis) / 2, num_steps))
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


# %% wrong | latent_grid | last-point-missing | Steps of coverage / num_steps from the lower end, so the upper quantile is never reached.
def latent_grid(num_steps: int, coverage: float = 0.95) -> Tensor:
    low = (1 - coverage) / 2
    p = torch.tensor([low + i * coverage / num_steps for i in range(num_steps)])
    q = Normal(0.0, 1.0).icdf(p)
    return torch.stack([q.repeat(num_steps), q.flip(0).repeat_interleave(num_steps)], dim=1)


# %% right | interpolate | column-times-vector | As in the hint, with the device of the codes.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    """Points on the straight line between two codes."""
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - t) * z_start + t * z_end


# %% right | interpolate | list-and-stack | A list comprehension over Python fractions, stacked.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    fractions = [i / (num_steps - 1) for i in range(num_steps)]
    return torch.stack([(1 - t) * z_start + t * z_end for t in fractions])


# %% right | interpolate | lerp | torch.lerp with a column of weights.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    weights = torch.linspace(0.0, 1.0, num_steps).to(z_start)
    return torch.lerp(z_start.unsqueeze(0), z_end.unsqueeze(0), weights.unsqueeze(1))


# %% right | interpolate | weight-matrix | A (num_steps, 2) matrix of weights times the two codes.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps).type_as(z_start)
    weights = torch.stack([1 - t, t], dim=1)
    ends = torch.stack([z_start, z_end])
    return weights @ ends


# %% right | interpolate | filled-buffer | Allocates the result with new_empty and fills it row by row.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    path = z_start.new_empty(num_steps, z_start.shape[0])
    direction = z_end - z_start
    for i in range(num_steps):
        path[i] = z_start + direction * (i / (num_steps - 1))
    path[-1] = z_end  # no rounding at the end
    return path


# %% wrong | interpolate | one-too-many | Takes num_steps for gaps and returns num_steps + 1 points.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps + 1, dtype=z_start.dtype)[:, None]
    return (1 - t) * z_start + t * z_end


# %% wrong | interpolate | backwards | The two weights are exchanged, so the path runs from z_end to z_start.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    return t * z_start + (1 - t) * z_end


# %% wrong | interpolate | end-excluded | t = i / num_steps never reaches 1.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    rows = []
    for i in range(num_steps):
        t = i / num_steps
        rows.append((1 - t) * z_start + t * z_end)
    return torch.stack(rows)


# %% wrong | interpolate | inner-points-only | Reads num_steps as points strictly between the ends and leaves both ends out.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps + 2, dtype=z_start.dtype)[1:-1, None]
    return (1 - t) * z_start + t * z_end


# %% wrong | interpolate | numpy-float64 | The weights come from numpy as float64, so codes of float32 give a path of float64.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.from_numpy(np.linspace(0, 1, num_steps))[:, None]
    return (1 - t) * z_start + t * z_end


# %% wrong | interpolate | float-at-the-end | Casts the result to float32, also for codes of float64.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps).unsqueeze(1)
    path = z_start + t * (z_end - z_start)
    return path.float()


# %% wrong | interpolate | transposed | The codes are columns and t runs along the second axis: shape (latent_dim, num_steps).
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)
    return (1 - t) * z_start[:, None] + t * z_end[:, None]


# %% wrong | interpolate | start-not-faded | The factor 1 - t is missing at z_start.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    return z_start + t * z_end


# %% wrong | interpolate | same-tensor-appended | One tensor is moved in place and appended again and again, so all rows are the last one.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    step = (z_end - z_start) / (num_steps - 1)
    z = z_start.clone()
    path = []
    for _ in range(num_steps):
        path.append(z)
        z += step
    return torch.stack(path)


# %% wrong | interpolate | first-step-taken-too-early | The step is added before the point is stored, so the path begins one step after z_start and overshoots z_end.
def interpolate(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    step = (z_end - z_start) / (num_steps - 1)
    z = z_start
    path = []
    for _ in range(num_steps):
        z = z + step
        path.append(z)
    return torch.stack(path)


# %% right | slerp | hint-style | Cosine similarity, clamp, a test of the sine, own straight line.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    """Points on the spherical path between two codes."""
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    cosine = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cosine)
    if torch.sin(theta) < 1e-6:
        return (1 - t) * z_start + t * z_end
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% right | slerp | calls-interpolate | Uses the learner's interpolate of exercise 5.2 for codes of one direction; hand-made normalisation.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    a = z_start / z_start.norm()
    b = z_end / z_end.norm()
    omega = torch.arccos(torch.clamp((a * b).sum(), -1.0, 1.0))
    so = omega.sin()
    if so.abs() < 1e-6:
        return interpolate(z_start, z_end, num_steps)
    t = torch.linspace(0, 1, num_steps).to(z_start)
    return torch.outer(((1 - t) * omega).sin() / so, z_start) + torch.outer((t * omega).sin() / so, z_end)


# %% right | slerp | sinc-without-branch | Writes sin(t theta) / sin(theta) with sinc, which needs no special case at theta = 0.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    # sin(s * theta) / sin(theta) = s * sinc(s * theta / pi) / sinc(theta / pi), and sinc(0) = 1
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device).unsqueeze(1)
    cos = torch.dot(F.normalize(z_start, dim=0), F.normalize(z_end, dim=0)).clamp(-1, 1)
    turns = torch.acos(cos) / torch.pi

    def weight(s):
        return s * torch.sinc(s * turns) / torch.sinc(turns)

    return weight(1 - t) * z_start + weight(t) * z_end


# %% right | slerp | half-angle-atan2 | Gets the angle from atan2 of the difference and the sum of the unit vectors, which is exact for small angles.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    u, v = F.normalize(z_start, dim=0), F.normalize(z_end, dim=0)
    theta = 2 * torch.atan2((u - v).norm(), (u + v).norm())
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]
    if theta < 1e-5:
        w_start, w_end = 1 - t, t
    else:
        w_start = torch.sin((1 - t) * theta) / torch.sin(theta)
        w_end = torch.sin(t * theta) / torch.sin(theta)
    return w_start * z_start + w_end * z_end


# %% right | slerp | python-floats-loop | Angle and weights as Python floats, one row after the other.
import math


def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    dot = float(torch.dot(z_start, z_end))
    cosine = dot / (float(z_start.norm()) * float(z_end.norm()))
    theta = math.acos(max(-1.0, min(1.0, cosine)))
    rows = []
    for i in range(num_steps):
        t = i / (num_steps - 1)
        if math.sin(theta) < 1e-7:
            rows.append((1 - t) * z_start + t * z_end)
        else:
            a = math.sin((1 - t) * theta) / math.sin(theta)
            b = math.sin(t * theta) / math.sin(theta)
            rows.append(a * z_start + b * z_end)
    return torch.stack(rows)


# %% wrong | slerp | raw-dot-clamped | The cosine is the dot product of the vectors as they are; the clamp only hides it.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    theta = torch.acos(torch.dot(z_start, z_end).clamp(-1, 1))
    if torch.sin(theta) < 1e-6:
        return (1 - t) * z_start + t * z_end
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | mixes-unit-vectors | The normalised vectors are mixed too, so the path lies on the unit sphere.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    z_start = z_start / z_start.norm()
    z_end = z_end / z_end.norm()
    theta = torch.acos((z_start @ z_end).clamp(-1, 1))
    if torch.sin(theta) < 1e-6:
        return (1 - t) * z_start + t * z_end
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | no-parallel-case | No special case for equal directions: 0/0 gives NaN.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cos)
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | parallel-is-constant | For equal directions it repeats z_start, as if the lengths were equal as well.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    theta = torch.acos(cos)
    if torch.sin(theta) < 1e-6:
        return z_start.repeat(num_steps, 1)
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | no-clamp | The cosine is not clamped, so parallel vectors whose cosine is rounded above 1 give NaN.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    u = z_start / z_start.norm()
    v = z_end / z_end.norm()
    theta = torch.acos(torch.dot(u, v))
    if torch.sin(theta) < 1e-6:
        return (1 - t) * z_start + t * z_end
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | quaternion-short-way | Flips z_end when the dot product is negative, as one does with quaternions, so the path ends at -z_end.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    dot = F.cosine_similarity(z_start, z_end, dim=0)
    if dot < 0:  # take the shorter arc
        z_end = -z_end
        dot = -dot
    theta = torch.acos(dot.clamp(-1, 1))
    if torch.sin(theta) < 1e-6:
        return (1 - t) * z_start + t * z_end
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | only-identical-codes | The straight line is used only when the two codes are equal; the same direction with another length is NaN.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    if torch.allclose(z_start, z_end):
        return (1 - t) * z_start + t * z_end
    cosine = F.cosine_similarity(z_start, z_end, dim=0)
    theta = torch.acos(cosine.clamp(-1.0, 1.0))
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | lengths-interpolated | Turns the unit vectors and scales with the linearly interpolated length, which is another path when the lengths differ.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    len_a, len_b = z_start.norm(), z_end.norm()
    a, b = z_start / len_a, z_end / len_b
    theta = torch.acos(torch.dot(a, b).clamp(-1, 1))
    if torch.sin(theta) < 1e-6:
        return (1 - t) * z_start + t * z_end
    direction = (torch.sin((1 - t) * theta) * a + torch.sin(t * theta) * b) / torch.sin(theta)
    return direction * ((1 - t) * len_a + t * len_b)


# %% wrong | slerp | rescaled-line | Not the arc at an even pace: the straight line pushed out to the interpolated length.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    line = (1 - t) * z_start + t * z_end
    length = (1 - t) * z_start.norm() + t * z_end.norm()
    return line / line.norm(dim=1, keepdim=True) * length


# %% wrong | slerp | weights-exchanged | The two sines are exchanged, so the path runs backwards (except for parallel codes).
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    theta = torch.acos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1))
    if torch.sin(theta) < 1e-6:
        return (1 - t) * z_start + t * z_end
    return (torch.sin(t * theta) * z_start + torch.sin((1 - t) * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | divides-by-theta | Divides by the angle instead of its sine, so the ends are missed.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    theta = torch.acos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1))
    if theta < 1e-6:
        return (1 - t) * z_start + t * z_end
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / theta


# %% wrong | slerp | float32-always | Casts the codes to float32, so float64 codes give a float32 path.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    z_start, z_end = z_start.float(), z_end.float()
    t = torch.linspace(0, 1, num_steps)[:, None]
    theta = torch.acos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1))
    if torch.sin(theta) < 1e-6:
        return (1 - t) * z_start + t * z_end
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% wrong | slerp | line-too-early | Falls back to the straight line for every cosine above 0.9, which is an angle of up to 26 degrees.
def slerp(z_start: Tensor, z_end: Tensor, num_steps: int) -> Tensor:
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    cos = F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)
    if cos > 0.9:  # nearly parallel
        return (1 - t) * z_start + t * z_end
    theta = torch.acos(cos)
    return (torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end) / torch.sin(theta)


# %% right | latent_traversal | repeat-and-column | As in the hints: copies, one column, no_grad, sigmoid.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    """Pictures of one code with one of its dimensions set to each of several values."""
    rows = z.repeat(len(values), 1)
    rows[:, dimension] = values
    with torch.no_grad():
        return model.decode(rows).sigmoid()


# %% right | latent_traversal | loop-with-clone | Decorated with no_grad, one clone and one decode per value.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    pictures = []
    for value in values:
        code = z.clone()
        code[dimension] = value
        logits = model.decode(code.unsqueeze(0))
        pictures.append(torch.sigmoid(logits).squeeze(0))
    return torch.stack(pictures)


# %% right | latent_traversal | mask-and-where | A boolean mask over the dimensions and torch.where, no writing at all.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    is_knob = torch.arange(z.shape[0], device=z.device) == dimension
    with torch.no_grad():
        codes = torch.where(is_knob, values[:, None], z)
        return torch.sigmoid(model.decode(codes))


# %% right | latent_traversal | three-pieces | Concatenates what stands left of the dimension, the values, and what stands right of it.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    n = values.shape[0]
    with torch.no_grad():
        left = z[:dimension].expand(n, -1)
        right = z[dimension + 1 :].expand(n, -1)
        codes = torch.cat([left, values.reshape(n, 1), right], dim=1)
        x_logits = model.decode(codes)
    return x_logits.sigmoid()


# %% right | latent_traversal | detach-at-the-end | Decodes with a graph and cuts it with detach; manual sigmoid.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    codes = torch.stack([z.detach()] * len(values))  # stack copies
    codes[:, dimension] = values.detach()
    logits = model.decode(codes).detach()
    return 1 / (1 + torch.exp(-logits))


# %% wrong | latent_traversal | added-not-set | The values are added to the dimension instead of replacing it.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.repeat(len(values), 1)
    rows[:, dimension] += values
    with torch.no_grad():
        return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | logits-returned | The sigmoid is missing: logits instead of probabilities.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.repeat(len(values), 1)
    rows[:, dimension] = values
    with torch.no_grad():
        return model.decode(rows)


# %% wrong | latent_traversal | writes-into-z | Sets the dimension in the caller's z and leaves the last value there.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    pictures = []
    with torch.no_grad():
        for value in values:
            z[dimension] = value
            pictures.append(model.decode(z[None]).sigmoid())
    return torch.cat(pictures)


# %% wrong | latent_traversal | graph-kept | No no_grad and no detach: the pictures carry a graph.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.clone().repeat(len(values), 1)
    rows[:, dimension] = values
    return torch.sigmoid(model.decode(rows))


# %% wrong | latent_traversal | left-in-eval | Calls model.eval() and does not give the model its mode back.
@torch.no_grad()
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    model.eval()
    rows = z.repeat(len(values), 1)
    rows[:, dimension] = values
    return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | always-back-to-train | Ends with model.train(), also for a model that was in eval mode.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    model.eval()
    with torch.no_grad():
        rows = z.repeat(len(values), 1)
        rows[:, dimension] = values
        pictures = model.decode(rows).sigmoid()
    model.train()
    return pictures


# %% wrong | latent_traversal | one-copy-for-all | One copy outside the loop is written again and again, so all rows show the last value.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    code = z.clone()
    codes = []
    for v in values:
        code[dimension] = v
        codes.append(code)
    with torch.no_grad():
        return model.decode(torch.stack(codes)).sigmoid()


# %% wrong | latent_traversal | others-zeroed | The other dimensions are 0 instead of those of z.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = torch.zeros(len(values), len(z), dtype=z.dtype, device=z.device)
    rows[:, dimension] = values
    with torch.no_grad():
        return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | interleaved-copies | repeat_interleave with a reshape scrambles z over the rows instead of copying it.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.repeat_interleave(len(values)).view(len(values), -1)
    rows[:, dimension] = values
    with torch.no_grad():
        return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | counts-from-one | Takes dimension for a number counted from 1 and sets the one before it.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.repeat(len(values), 1)
    rows[:, dimension - 1] = values
    with torch.no_grad():
        return model.decode(rows).sigmoid()


# %% wrong | latent_traversal | softmax-over-pixels | A softmax over the pixels instead of a sigmoid for each.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.repeat(len(values), 1)
    rows[:, dimension] = values
    with torch.no_grad():
        return model.decode(rows).softmax(dim=-1)


# %% wrong | latent_traversal | black-and-white | Draws black or white pixels from the probabilities instead of returning them.
def latent_traversal(model: nn.Module, z: Tensor, dimension: int, values: Tensor) -> Tensor:
    rows = z.repeat(len(values), 1)
    rows[:, dimension] = values
    with torch.no_grad():
        return torch.bernoulli(torch.sigmoid(model.decode(rows)))


# %% right | offset_walk | batch-of-one | As in the hints.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    """Pictures of the mean code of an image, moved in every dimension."""
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        return model.decode(mu + offsets[:, None]).sigmoid()


# %% right | offset_walk | loop-per-offset | One decode per offset, collected in a list.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu = model.encode(x.unsqueeze(0))[0]
    frames = []
    for o in offsets:
        frames.append(torch.sigmoid(model.decode(mu + o)))
    return torch.cat(frames, dim=0)


# %% right | offset_walk | outer-product | The direction (1, ..., 1) written out, steps as an outer product with the offsets.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mean, _log_var = model.encode(x.reshape(1, -1))
        ones = torch.ones_like(mean[0])
        codes = mean + torch.outer(offsets.to(mean), ones)
        logits = model.decode(codes)
    return torch.sigmoid(logits)


# %% right | offset_walk | repeated-mean | Repeats the mean and adds a column; helper for the decoding.
def _probabilities(model, z):
    return F.sigmoid(model.decode(z))


def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, log_var = model.encode(x.view(1, -1))
        z = mu.repeat(len(offsets), 1)
        z += offsets.view(-1, 1)
        return _probabilities(model, z)


# %% right | offset_walk | detached | Detaches mu and the result instead of no_grad; the sigmoid by its formula.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu = model.encode(x[None, :])[0].detach().squeeze(0)
    z = torch.stack([mu + o for o in offsets.detach()])
    logits = model.decode(z).detach()
    return 0.5 * (1 + torch.tanh(0.5 * logits))


# %% wrong | offset_walk | starts-at-a-sample | Starts at a sample of q(z given x), so two calls give different walks.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, log_var = model.encode(x[None])
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        return model.decode(z + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | seeded-sample | Fixes a seed and still starts at a sample: repeatable, but not mu(x).
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        mu, log_var = model.encode(x[None])
        eps = torch.randn(mu.shape, generator=generator).to(mu)
        z = mu + torch.exp(0.5 * log_var) * eps
        return model.decode(z + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | one-dimension-only | The offset is added to the first dimension only.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        z = mu.repeat(len(offsets), 1)
        z[:, 0] += offsets
        return model.decode(z).sigmoid()


# %% wrong | offset_walk | no-sigmoid | Returns the logits of the decoder.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    mu, _ = model.encode(x.unsqueeze(0))
    z = mu + offsets.unsqueeze(1)
    return model.decode(z)


# %% wrong | offset_walk | scaled-mean | Multiplies mu by the offset instead of adding it.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        return model.decode(mu * offsets[:, None]).sigmoid()


# %% wrong | offset_walk | graph-not-cut | no_grad covers the encoder only; the decoded pictures carry a graph.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        z = mu + offsets[:, None]
    return model.decode(z).sigmoid()


# %% wrong | offset_walk | eval-and-forgotten | Switches the model to eval mode and leaves it there.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    model.eval()
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        return model.decode(mu + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | log-var-for-mu | Unpacks the outputs of encode in the wrong order and walks from log_var.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        _, mu = model.encode(x[None])
        return model.decode(mu + offsets[:, None]).sigmoid()


# %% wrong | offset_walk | offsets-accumulate | The code is moved in place in the loop, so each offset comes on top of those before it.
@torch.no_grad()
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    z, _ = model.encode(x[None])
    out = []
    for offset in offsets:
        z = z + offset
        out.append(model.decode(z).sigmoid()[0])
    return torch.stack(out)


# %% wrong | offset_walk | moves-the-pixels | Adds the offsets to the image before the encoder instead of to its code.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None] + offsets[:, None])
        return model.decode(mu).sigmoid()


# %% wrong | offset_walk | in-units-of-sigma | Moves by offset times sigma of each dimension instead of by the offset.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, log_var = model.encode(x[None])
        sigma = (0.5 * log_var).exp()
        return model.decode(mu + offsets[:, None] * sigma).sigmoid()


# %% wrong | offset_walk | unit-direction | Divides by the root of latent_dim so that the whole step has the length of the offset.
def offset_walk(model: nn.Module, x: Tensor, offsets: Tensor) -> Tensor:
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        direction = torch.ones_like(mu)
        direction = direction / direction.norm()
        return model.decode(mu + offsets[:, None] * direction).sigmoid()


# %% right | embed_2d | two-ifs | As in the hints.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    """Codes on paper: (n, latent_dim), tensor or array -> float array (n, 2)."""
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        perplexity = min(30.0, (len(latents) - 1) / 3)
        return TSNE(n_components=2, perplexity=perplexity).fit_transform(latents)
    raise ValueError(f"unknown method: {method!r}")


# %% right | embed_2d | check-first | The name is checked first; perplexity min(30, n - 1) and a fixed random state.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if method not in ("pca", "tsne"):
        raise ValueError("method must be 'pca' or 'tsne'")
    points = latents.detach().cpu().numpy() if torch.is_tensor(latents) else np.asarray(latents)
    n = points.shape[0]
    if method == "pca":
        reducer = PCA(n_components=2)
    else:
        reducer = TSNE(n_components=2, perplexity=min(30, n - 1), init="pca", random_state=0)
    return reducer.fit_transform(points)


# %% right | embed_2d | match-statement | A match statement and double precision.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, torch.Tensor):
        latents = latents.detach().to("cpu", torch.float64).numpy()
    match method:
        case "pca":
            model = PCA(2, svd_solver="full")
        case "tsne":
            model = TSNE(2, perplexity=30 if len(latents) > 90 else len(latents) / 3)
        case _:
            raise ValueError(f"I know pca and tsne, not {method}")
    return np.asarray(model.fit_transform(latents), dtype=float)


# %% right | embed_2d | dictionary-of-makers | A dictionary of functions, with the KeyError avoided by a test.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.cpu().detach().numpy()
    num = len(latents)
    makers = {
        "pca": lambda: PCA(n_components=2),
        "tsne": lambda: TSNE(perplexity=min(30.0, num / 4), random_state=0),
    }
    if method not in makers:
        raise ValueError(f"unknown method {method}, choose from {sorted(makers)}")
    return makers[method]().fit_transform(latents)


# %% right | embed_2d | fit-then-transform | PCA by fit and transform in two steps on a copy; elif chain ending in raise.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    data = np.array(latents.detach().cpu() if isinstance(latents, Tensor) else latents, dtype=np.float32)
    if method == "pca":
        pca = PCA(n_components=2)
        pca.fit(data)
        result = pca.transform(data)
    elif method == "tsne":
        n = data.shape[0]
        perplexity = 30 if n > 30 else n - 1
        result = TSNE(n_components=2, perplexity=perplexity).fit_transform(data)
    else:
        raise ValueError(method)
    return result


# %% wrong | embed_2d | no-detach | Converts a tensor without detach, so a tensor that carries a graph raises a RuntimeError.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(perplexity=min(30.0, (len(latents) - 1) / 3)).fit_transform(latents)
    raise ValueError(method)


# %% wrong | embed_2d | else-is-pca | Every name that is not tsne gets a silent PCA.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "tsne":
        perplexity = min(30.0, (len(latents) - 1) / 3)
        return TSNE(n_components=2, perplexity=perplexity).fit_transform(latents)
    return PCA(n_components=2).fit_transform(latents)


# %% wrong | embed_2d | none-for-unknown | An unknown method falls through and gives None instead of a ValueError.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    elif method == "tsne":
        return TSNE(n_components=2, perplexity=min(30.0, (len(latents) - 1) / 3)).fit_transform(latents)


# %% wrong | embed_2d | default-perplexity | Keeps the default perplexity of 30, which is an error for 30 points or fewer.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2).fit_transform(latents)
    raise ValueError(f"unknown method {method}")


# %% wrong | embed_2d | perplexity-n | min(30, n) is not below n for 30 points or fewer.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30, len(latents))).fit_transform(latents)
    raise ValueError(f"unknown method {method}")


# %% wrong | embed_2d | perplexity-five | A perplexity of 5 for all small sets fails for five points, which are allowed.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        perplexity = 30 if len(latents) > 30 else 5
        return TSNE(n_components=2, perplexity=perplexity).fit_transform(latents)
    raise ValueError(f"unknown method {method}")


# %% wrong | embed_2d | key-error | An unknown method raises the KeyError of a dictionary instead of a ValueError.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    models = {
        "pca": PCA(n_components=2),
        "tsne": TSNE(n_components=2, perplexity=min(30.0, (len(latents) - 1) / 3)),
    }
    return models[method].fit_transform(latents)


# %% wrong | embed_2d | error-returned | Returns the ValueError instead of raising it.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(perplexity=min(30.0, (len(latents) - 1) / 3)).fit_transform(latents)
    return ValueError(f"unknown method {method}")


# %% wrong | embed_2d | tensor-returned | Converts the result back to a tensor; the contract asks for an array.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        points = PCA(n_components=2).fit_transform(latents)
    elif method == "tsne":
        points = TSNE(n_components=2, perplexity=min(30.0, (len(latents) - 1) / 3)).fit_transform(latents)
    else:
        raise ValueError(f"unknown method {method}")
    return torch.from_numpy(points)


# %% wrong | embed_2d | smallest-directions | Eigenvectors of eigh come in rising order, and the first two are those of the smallest variance.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        centred = latents - latents.mean(axis=0)
        _, vectors = np.linalg.eigh(np.cov(centred, rowvar=False))
        return centred @ vectors[:, :2]
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30.0, (len(latents) - 1) / 3)).fit_transform(latents)
    raise ValueError(f"unknown method {method}")


# %% wrong | embed_2d | standardised-first | Gives every dimension variance 1 before the PCA, so the directions are not those of largest variance of the codes.
from sklearn.preprocessing import StandardScaler


def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        latents = StandardScaler().fit_transform(latents)
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30.0, (len(latents) - 1) / 3)).fit_transform(latents)
    raise ValueError(f"unknown method {method}")


# %% wrong | embed_2d | tsne-of-the-pca-map | Reduces to two principal components before t-SNE, so it sees the neighbours of the shadow and not of the codes.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method not in ("pca", "tsne"):
        raise ValueError(f"unknown method {method}")
    latents = PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        latents = TSNE(perplexity=min(30.0, (len(latents) - 1) / 3)).fit_transform(latents)
    return latents


# %% wrong | embed_2d | components-returned | Returns the two directions themselves, (latent_dim, 2), instead of the codes projected on them.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit(latents).components_.T
    if method == "tsne":
        return TSNE(n_components=2, perplexity=min(30.0, (len(latents) - 1) / 3)).fit_transform(latents)
    raise ValueError(f"unknown method {method}")


# %% wrong | embed_2d | substring-test | Tests whether the name contains pca or tsne, so an unknown name such as kernel_pca gets a silent PCA.
def embed_2d(latents: Tensor | np.ndarray, method: str) -> np.ndarray:
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if "pca" in method:
        return PCA(n_components=2).fit_transform(latents)
    if "tsne" in method:
        return TSNE(n_components=2, perplexity=min(30.0, (len(latents) - 1) / 3)).fit_transform(latents)
    raise ValueError(f"unknown method {method}")


# %% right | knn_accuracy | cdist-mode | As in the hints.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    """Fraction of test points whose k nearest training points vote for the right class."""
    distances = torch.cdist(test_z, train_z)
    nearest = distances.topk(k, dim=1, largest=False).indices
    winners = train_labels[nearest].mode(dim=1).values
    return (winners == test_labels).float().mean().item()


# %% right | knn_accuracy | bincount-loop | One test point after the other, votes counted with bincount.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    right = 0
    for point, truth in zip(test_z, test_labels):
        distance = ((train_z - point) ** 2).sum(dim=1)
        order = torch.argsort(distance)
        votes = torch.bincount(train_labels[order[:k]])
        right += int(votes.argmax() == truth)
    return right / len(test_z)


# %% right | knn_accuracy | one-hot-votes | Squared distances by broadcasting, votes as a sum of one-hot rows.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    d2 = (test_z[:, None, :] - train_z[None, :, :]).square().sum(dim=2)
    nearest = torch.sort(d2, dim=1).indices[:, :k]
    votes = F.one_hot(train_labels, int(train_labels.max()) + 1)[nearest].sum(dim=1)
    predicted = votes.argmax(dim=1)
    return float((predicted == test_labels).double().mean())


# %% right | knn_accuracy | sklearn-classifier | The nearest-neighbour classifier of scikit-learn with uniform votes.
from sklearn.neighbors import KNeighborsClassifier


def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    def as_array(t):
        return t.detach().cpu().numpy()

    knn = KNeighborsClassifier(n_neighbors=k)
    knn.fit(as_array(train_z), as_array(train_labels))
    return float(knn.score(as_array(test_z), as_array(test_labels)))


# %% right | knn_accuracy | counter | numpy distances and a Counter of the standard library.
from collections import Counter


def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    voters, classes = train_z.detach().cpu().numpy(), train_labels.cpu().numpy()
    hits = []
    for z, truth in zip(test_z.detach().cpu().numpy(), test_labels.tolist()):
        nearest = np.argsort(np.linalg.norm(voters - z, axis=1))[:k]
        winner, _ = Counter(classes[nearest].tolist()).most_common(1)[0]
        hits.append(winner == truth)
    return float(np.mean(hits))


# %% wrong | knn_accuracy | farthest | topk without largest=False: the k farthest points vote.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1).indices
    winners = train_labels[nearest].mode(dim=1).values
    return (winners == test_labels).float().mean().item()


# %% wrong | knn_accuracy | any-neighbour | Counts a point as right as soon as one of its k neighbours has its class; nobody votes.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    hits = train_labels[nearest] == test_labels[:, None]
    return hits.any(dim=1).float().mean().item()


# %% wrong | knn_accuracy | share-of-neighbours | The mean share of neighbours with the right class instead of the share of right majorities.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    neighbour_classes = train_labels[nearest]
    return (neighbour_classes == test_labels.unsqueeze(1)).float().mean().item()


# %% wrong | knn_accuracy | k-ignored | Only the single nearest neighbour is asked, whatever k is.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).argmin(dim=1)
    return (train_labels[nearest] == test_labels).float().mean().item()


# %% wrong | knn_accuracy | skips-the-nearest | Leaves out the nearest point as if it were the test point itself.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    order = torch.cdist(test_z, train_z).argsort(dim=1)
    nearest = order[:, 1 : k + 1]  # the first one is the point itself
    winners = train_labels[nearest].mode(dim=1).values
    return (winners == test_labels).float().mean().item()


# %% wrong | knn_accuracy | percent | Returns percent instead of a fraction.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    winners = train_labels[nearest].mode(dim=1).values
    return 100 * (winners == test_labels).float().mean().item()


# %% wrong | knn_accuracy | tensor-returned | Returns a tensor of no dimensions instead of a float.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    winners = train_labels[nearest].mode(dim=1).values
    return (winners == test_labels).float().mean()


# %% wrong | knn_accuracy | city-block | p=1 measures the city-block distance instead of the Euclidean.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z, p=1).topk(k, dim=1, largest=False).indices
    winners = train_labels[nearest].mode(dim=1).values
    return (winners == test_labels).float().mean().item()


# %% wrong | knn_accuracy | cosine | Neighbours by cosine similarity instead of Euclidean distance.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    similarity = F.normalize(test_z, dim=1) @ F.normalize(train_z, dim=1).T
    nearest = similarity.topk(k, dim=1).indices
    winners = train_labels[nearest].mode(dim=1).values
    return (winners == test_labels).float().mean().item()


# %% wrong | knn_accuracy | median-class | Takes the median of the neighbours' class numbers instead of the most frequent one.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    winners = train_labels[nearest].median(dim=1).values
    return (winners == test_labels).float().mean().item()


# %% wrong | knn_accuracy | k-hard-coded | Always asks 5 neighbours and ignores the argument k.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(min(5, len(train_z)), dim=1, largest=False).indices
    winners = train_labels[nearest].mode(dim=1).values
    return (winners == test_labels).float().mean().item()


# %% wrong | knn_accuracy | sum-before-square | Adds up the coordinate differences before squaring, so opposite differences cancel.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    difference = test_z[:, None, :] - train_z[None, :, :]
    distance = difference.sum(dim=-1).square().sqrt()
    nearest = distance.topk(k, dim=1, largest=False).indices
    winners = train_labels[nearest].mode(dim=1).values
    return (winners == test_labels).float().mean().item()


# %% wrong | knn_accuracy | weighted-by-distance | Votes are weighted by 1 / distance, so a near minority can beat the majority.
from sklearn.neighbors import KNeighborsClassifier


def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    knn = KNeighborsClassifier(n_neighbors=k, weights="distance")
    knn.fit(train_z.cpu().numpy(), train_labels.cpu().numpy())
    return float(knn.score(test_z.cpu().numpy(), test_labels.cpu().numpy()))


# %% wrong | knn_accuracy | count-returned | Returns the number of right points instead of their fraction.
def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    winners = train_labels[nearest].mode(dim=1).values
    return float((winners == test_labels).sum())
