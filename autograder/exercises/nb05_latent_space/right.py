"""Known right solutions of lesson 05, written in other ways than the reference."""
# ruff: noqa: F821 - names of the lesson

import numpy as np
import torch
import torch.nn.functional as F

from autograder.exercises.known_answers import Bank

RIGHT = Bank("05_latent_space")

# -------------------------------------------------------------------------------------- latent_grid


@RIGHT.add("latent_grid", "two-loops-and-statistics")
def latent_grid(num_steps, coverage=0.95):
    import statistics

    normal = statistics.NormalDist()
    tail = (1 - coverage) / 2
    q = [normal.inv_cdf(tail + coverage * i / (num_steps - 1)) for i in range(num_steps)]
    return torch.tensor([[right, up] for up in reversed(q) for right in q])


@RIGHT.add("latent_grid", "scipy-and-numpy")
def latent_grid(num_steps, coverage=0.95):
    from scipy.stats import norm

    q = norm.ppf(np.linspace(0.5 - coverage / 2, 0.5 + coverage / 2, num_steps))
    x, y = np.meshgrid(q, q[::-1])
    return torch.from_numpy(np.c_[x.ravel(), y.ravel()]).float()


@RIGHT.add("latent_grid", "erfinv-and-cartesian-product")
def latent_grid(num_steps, coverage=0.95):
    u = torch.linspace(-coverage, coverage, num_steps, dtype=torch.float64)
    q = (2**0.5 * torch.erfinv(u)).to(torch.get_default_dtype())
    return torch.cartesian_prod(-q, q).flip(1)


@RIGHT.add("latent_grid", "repeat-and-interleave")
def latent_grid(num_steps, coverage=0.95):
    q = torch.special.ndtri(torch.linspace(0.5 - coverage / 2, 0.5 + coverage / 2, num_steps))
    grid = torch.empty(num_steps * num_steps, 2)
    grid[:, 0] = q.repeat(num_steps)
    grid[:, 1] = torch.flip(q, dims=[0]).repeat_interleave(num_steps)
    return grid


@RIGHT.add("latent_grid", "a-picture-of-codes-viewed-as-rows")
def latent_grid(num_steps, coverage=0.95):
    p = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, steps=num_steps)
    q = torch.distributions.Normal(torch.zeros(()), torch.ones(())).icdf(p)
    return torch.stack(torch.meshgrid(q, -q, indexing="xy"), dim=-1).view(-1, 2)


# -------------------------------------------------------------------------------------- interpolate


@RIGHT.add("interpolate", "torch-lerp")
def interpolate(z_start, z_end, num_steps):
    t = torch.linspace(0, 1, num_steps).to(z_start)
    return torch.lerp(z_start, z_end, t.unsqueeze(1))


@RIGHT.add("interpolate", "list-of-points")
def interpolate(z_start, z_end, num_steps):
    points = []
    for i in range(num_steps):
        t = i / (num_steps - 1)
        points.append(z_start + t * (z_end - z_start))
    return torch.stack(points)


@RIGHT.add("interpolate", "outer-products")
def interpolate(z_start, z_end, num_steps):
    t = torch.arange(num_steps, dtype=z_start.dtype) / (num_steps - 1)
    return torch.outer(1 - t, z_start) + torch.outer(t, z_end)


@RIGHT.add("interpolate", "numpy-linspace")
def interpolate(z_start, z_end, num_steps):
    return torch.from_numpy(np.linspace(z_start.numpy(), z_end.numpy(), num_steps)).to(
        z_start.dtype
    )


@RIGHT.add("interpolate", "weights-times-ends")
def interpolate(z_start, z_end, num_steps):
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    return torch.stack([1 - t, t], dim=1) @ torch.stack([z_start, z_end])


# -------------------------------------------------------------------------------------------- slerp


@RIGHT.add("slerp", "float-arithmetic-and-loop")
def slerp(z_start, z_end, num_steps):
    import math

    cosine = float(z_start @ z_end / (z_start.norm() * z_end.norm()))
    omega = math.acos(max(-1.0, min(1.0, cosine)))
    points = []
    for i in range(num_steps):
        t = i / (num_steps - 1)
        if math.sin(omega) < 1e-4:
            a, b = 1 - t, t
        else:
            a = math.sin((1 - t) * omega) / math.sin(omega)
            b = math.sin(t * omega) / math.sin(omega)
        points.append(a * z_start + b * z_end)
    return torch.stack(points)


@RIGHT.add("slerp", "atan2-of-the-halves")
def slerp(z_start, z_end, num_steps):
    # Kahan's angle: exact for nearly parallel vectors too.
    u, v = F.normalize(z_start, dim=0), F.normalize(z_end, dim=0)
    theta = 2 * torch.atan2((u - v).norm(), (u + v).norm())
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)
    if theta < 1e-3:
        return torch.outer(1 - t, z_start) + torch.outer(t, z_end)
    weights = torch.stack([((1 - t) * theta).sin(), (t * theta).sin()], dim=1) / theta.sin()
    return weights @ torch.stack([z_start, z_end])


@RIGHT.add("slerp", "sinc-has-no-pole")
def slerp(z_start, z_end, num_steps):
    cosine = torch.nn.functional.cosine_similarity(z_start[None], z_end[None]).clamp(-1, 1)
    theta = torch.acos(cosine)
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]

    def weight(share):
        return share * torch.sinc(share * theta / torch.pi) / torch.sinc(theta / torch.pi)

    return weight(1 - t) * z_start + weight(t) * z_end


@RIGHT.add("slerp", "numpy-in-double-precision")
def slerp(z_start, z_end, num_steps):
    a, b = z_start.double().numpy(), z_end.double().numpy()
    cosine = np.dot(a / np.linalg.norm(a), b / np.linalg.norm(b))
    theta = np.arccos(np.clip(cosine, -1, 1))
    t = np.linspace(0, 1, num_steps)[:, None]
    if np.isclose(np.sin(theta), 0, atol=1e-7):
        path = (1 - t) * a + t * b
    else:
        path = (np.sin((1 - t) * theta) * a + np.sin(t * theta) * b) / np.sin(theta)
    return torch.tensor(path, dtype=z_start.dtype)


@RIGHT.add("slerp", "where-the-ends-are-parallel")
def slerp(z_start, z_end, num_steps):
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype).unsqueeze(-1)
    cosine = (z_start * z_end).sum() / (z_start.norm() * z_end.norm())
    omega = cosine.clip(-1.0, 1.0).arccos()
    straight = z_start.lerp(z_end, t)
    arc = (((1 - t) * omega).sin() * z_start + (t * omega).sin() * z_end) / omega.sin()
    return torch.where(cosine > 1 - 1e-6, straight, arc)


# --------------------------------------------------------------------------------- latent_traversal


@RIGHT.add("latent_traversal", "one-picture-at-a-time")
def latent_traversal(model, z, dimension, values):
    images = []
    for value in values:
        changed = z.clone()
        changed[dimension] = value
        with torch.no_grad():
            images.append(torch.sigmoid(model.decode(changed.unsqueeze(0))).squeeze(0))
    return torch.stack(images)


@RIGHT.add("latent_traversal", "where-a-mask-is-true")
def latent_traversal(model, z, dimension, values):
    mask = torch.arange(len(z)) == dimension
    rows = torch.where(mask, values[:, None], z)
    return model.decode(rows).sigmoid().detach()


@RIGHT.add("latent_traversal", "one-hot-and-difference")
def latent_traversal(model, z, dimension, values):
    axis = torch.zeros_like(z)
    axis[dimension] = 1
    with torch.inference_mode():
        rows = z + torch.outer(values - z[dimension], axis)
        images = torch.special.expit(model.decode(rows))
    return images.clone()


@RIGHT.add("latent_traversal", "index-fill-and-mode-restored")
def latent_traversal(model, z, dimension, values):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        rows = torch.stack([z.index_fill(0, torch.tensor([dimension]), float(v)) for v in values])
        images = F.sigmoid(model.decode(rows)).view(-1, 784)
    model.train(was_training)
    return images


@RIGHT.add("latent_traversal", "concatenated-columns")
def latent_traversal(model, z, dimension, values):
    n = values.shape[0]
    before, after = z[:dimension].expand(n, -1), z[dimension + 1 :].expand(n, -1)
    rows = torch.cat([before, values.reshape(n, 1), after], dim=1).detach()
    with torch.no_grad():
        return 1 / (1 + torch.exp(-model.decode(rows)))


# -------------------------------------------------------------------------------------- offset_walk


@RIGHT.add("offset_walk", "one-offset-at-a-time")
def offset_walk(model, x, offsets):
    @torch.no_grad()
    def picture(offset):
        mu = model.encode(x.view(1, -1))[0]
        return torch.sigmoid(model.decode(mu + offset))

    return torch.cat([picture(offset) for offset in offsets])


@RIGHT.add("offset_walk", "no-batch-axis")
def offset_walk(model, x, offsets):
    mu, _ = model.encode(x)
    z = torch.add(*torch.broadcast_tensors(mu, offsets.unsqueeze(-1)))
    return model.decode(z).sigmoid().detach()


@RIGHT.add("offset_walk", "repeated-images")
def offset_walk(model, x, offsets):
    with torch.no_grad():
        mu, log_var = model.encode(x.repeat(len(offsets), 1))
        del log_var
        mu += offsets.view(-1, 1)
        return torch.special.expit(model.decode(mu))


@RIGHT.add("offset_walk", "outer-product-and-mode-restored")
def offset_walk(model, x, offsets):
    training = model.training
    try:
        model.eval()
        with torch.no_grad():
            mu = model.encode(x[None, :])[0].squeeze(0)
            z = mu + torch.outer(offsets, torch.ones_like(mu))
            x_logits = model.decode(z)
    finally:
        model.train(training)
    return x_logits.sigmoid()


@RIGHT.add("offset_walk", "half-a-tanh")
def offset_walk(model, x, offsets):
    with torch.no_grad():
        (mu, _) = model.encode(x.reshape(1, 784))
        codes = torch.stack([mu[0] + o.item() for o in offsets])
        return 0.5 + 0.5 * torch.tanh(0.5 * model.decode(codes)).reshape(-1, 784)


# ----------------------------------------------------------------------------------------- embed_2d


@RIGHT.add("embed_2d", "numpy-svd-and-exact-tsne")
def embed_2d(latents, method):
    if torch.is_tensor(latents):
        latents = latents.detach().cpu().double().numpy()
    if method == "pca":
        centred = latents - latents.mean(axis=0, keepdims=True)
        u, s, _ = np.linalg.svd(centred, full_matrices=False)
        return u[:, :2] * s[:2]
    elif method == "tsne":
        tsne = TSNE(
            n_components=2, perplexity=min(30, len(latents) - 1), method="exact", init="random"
        )
        return tsne.fit_transform(latents)
    else:
        raise ValueError(method)


@RIGHT.add("embed_2d", "table-of-methods")
def embed_2d(latents, method):
    latents = torch.as_tensor(latents).detach().cpu().numpy()
    n = latents.shape[0]
    methods = {
        "pca": lambda: PCA(2),
        "tsne": lambda: TSNE(2, perplexity=max(1, min(30, n // 4)), random_state=0),
    }
    if method not in methods:
        raise ValueError(f"unknown method {method}")
    return methods[method]().fit_transform(latents)


@RIGHT.add("embed_2d", "eigenvectors-of-the-covariance")
def embed_2d(latents, method):
    if method not in {"pca", "tsne"}:
        raise ValueError("method")
    if hasattr(latents, "detach"):
        latents = latents.detach()
    latents = np.asarray(latents, dtype=np.float64)
    if method == "tsne":
        return TSNE(perplexity=min(15.0, len(latents) - 1.5), init="pca").fit_transform(latents)
    centred = latents - latents.mean(0)
    _, vectors = np.linalg.eigh(np.cov(centred, rowvar=False))
    return centred @ vectors[:, ::-1][:, :2]


@RIGHT.add("embed_2d", "torch-pca-lowrank-free")
def embed_2d(latents, method):
    tensor = torch.tensor(latents) if isinstance(latents, np.ndarray) else latents.detach().cpu()
    if method == "pca":
        tensor = tensor - tensor.mean(dim=0)
        _, _, v = torch.linalg.svd(tensor, full_matrices=False)
        return (tensor @ v[:2].T).numpy()
    if method == "tsne":
        perplexity = 30 if len(tensor) > 30 else len(tensor) - 1
        return TSNE(n_components=2, perplexity=perplexity).fit_transform(tensor.numpy())
    raise ValueError("choose pca or tsne")


# ------------------------------------------------------------------------------------- knn_accuracy


@RIGHT.add("knn_accuracy", "scikit-learn")
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(n_neighbors=k).fit(train_z.cpu(), train_labels.cpu())
    return float(model.score(test_z.cpu(), test_labels.cpu()))


@RIGHT.add("knn_accuracy", "loop-and-counter")
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    from collections import Counter

    right = 0
    for z, label in zip(test_z, test_labels):
        order = ((train_z - z) ** 2).sum(1).argsort()[:k]
        winner, _ = Counter(train_labels[order].tolist()).most_common(1)[0]
        right += winner == label.item()
    return right / len(test_labels)


@RIGHT.add("knn_accuracy", "squares-and-one-hot")
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    squares = (test_z**2).sum(1)[:, None] - 2 * test_z @ train_z.T + (train_z**2).sum(1)
    nearest = torch.topk(-squares, k).indices
    votes = F.one_hot(train_labels, 10)[nearest].sum(1)
    return (votes.argmax(1) == test_labels).float().mean().item()


@RIGHT.add("knn_accuracy", "numpy-bincount")
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    a, b = test_z.cpu().numpy(), train_z.cpu().numpy()
    labels = train_labels.cpu().numpy()
    distances = np.linalg.norm(a[:, None] - b[None], axis=-1)
    nearest = np.argpartition(distances, k - 1, axis=1)[:, :k]
    winners = np.array([np.bincount(labels[row]).argmax() for row in nearest])
    return np.mean(winners == test_labels.cpu().numpy())


@RIGHT.add("knn_accuracy", "tree-and-statistics-mode")
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    import statistics

    from scipy.spatial import cKDTree

    _, nearest = cKDTree(train_z.numpy()).query(test_z.numpy(), k=list(range(1, k + 1)))
    votes = [statistics.mode(train_labels[torch.as_tensor(row)].tolist()) for row in nearest]
    return sum(v == y for v, y in zip(votes, test_labels.tolist())) / len(votes)


# ------------------------------------------------------------------- the code of the hints, as typed


@RIGHT.add("latent_grid", "hints-typed")
def latent_grid(num_steps, coverage=0.95):
    # latent_grid(2) and latent_grid(3) are easily written on paper.
    low, high = (1 - coverage) / 2, (1 + coverage) / 2
    q = Normal(0.0, 1.0).icdf(torch.linspace(low, high, num_steps))
    z_2, z_1 = torch.meshgrid(q.flip(0), q, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


@RIGHT.add("interpolate", "hints-typed")
def interpolate(z_start, z_end, num_steps):
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    return (1 - t) * z_start + t * z_end


@RIGHT.add("slerp", "hints-typed")
def slerp(z_start, z_end, num_steps):
    t = torch.linspace(0, 1, num_steps, dtype=z_start.dtype)[:, None]
    theta = torch.acos(F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1))
    if torch.sin(theta) < 1e-4:
        return interpolate(z_start, z_end, num_steps)
    arc = torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end
    return arc / torch.sin(theta)


@RIGHT.add("latent_traversal", "hints-typed")
def latent_traversal(model, z, dimension, values):
    # With values = z[dimension][None] the one picture is that of z.
    with torch.no_grad():
        rows = z.repeat(len(values), 1)
        rows[:, dimension] = values
    with torch.no_grad():
        return model.decode(rows).sigmoid()


@RIGHT.add("offset_walk", "hints-typed")
def offset_walk(model, x, offsets):
    with torch.no_grad():
        mu, _ = model.encode(x[None])
        return model.decode(mu + offsets[:, None]).sigmoid()


@RIGHT.add("embed_2d", "hints-typed")
def embed_2d(latents, method):
    if isinstance(latents, Tensor):
        latents = latents.detach().cpu().numpy()
    if method == "pca":
        return PCA(n_components=2).fit_transform(latents)
    if method == "tsne":
        perplexity = min(30.0, (len(latents) - 1) / 3)
        return TSNE(n_components=2, perplexity=perplexity).fit_transform(latents)
    raise ValueError("method must be 'pca' or 'tsne'")


@RIGHT.add("knn_accuracy", "hints-typed")
def knn_accuracy(train_z, train_labels, test_z, test_labels, k=5):
    nearest = torch.cdist(test_z, train_z).topk(k, dim=1, largest=False).indices
    winners = train_labels[nearest].mode(dim=1).values
    return (winners == test_labels).float().mean().item()
