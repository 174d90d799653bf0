# %% wrong | clustering_scores | purity | Every group takes its most frequent class, several groups may share a name.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    g, y = assignments.cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(y, g)
    right = 0
    for group in np.unique(g):
        _, counts = np.unique(y[g == group], return_counts=True)
        right += counts.max()
    return float(nmi), float(right / len(y))

# %% wrong | clustering_scores | greedy | Takes the largest count first, which can miss the best matching.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, y = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((g.max() + 1, y.max() + 1))
    np.add.at(table, (g, y), 1)
    right = 0
    work = table.copy()
    for _ in range(min(table.shape)):
        i, j = np.unravel_index(work.argmax(), work.shape)
        right += table[i, j]
        work[i, :] = -1
        work[:, j] = -1
    return float(normalized_mutual_info_score(y, g)), float(right / len(y))

# %% wrong | clustering_scores | counted-once | table[g, y] += 1 counts each pair only once.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    g = np.unique(assignments.cpu().numpy(), return_inverse=True)[1]
    y = np.unique(labels.cpu().numpy(), return_inverse=True)[1]
    table = np.zeros((g.max() + 1, y.max() + 1), dtype=int)
    table[g, y] += 1
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(normalized_mutual_info_score(y, g)), float(table[rows, cols].sum() / len(y))

# %% wrong | clustering_scores | minimised | Forgets maximize=True, so the worst matching is scored.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    groups, g = assignments.unique(return_inverse=True)
    classes, y = labels.unique(return_inverse=True)
    table = torch.zeros(len(groups), len(classes))
    for i, j in zip(g, y):
        table[i, j] += 1
    rows, cols = linear_sum_assignment(table.numpy())
    accuracy = table[rows, cols].sum().item() / len(labels)
    nmi = normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy())
    return float(nmi), accuracy

# %% wrong | clustering_scores | ten-by-ten | Assumes groups and classes 0 to 9, other numbers fail.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    table = np.zeros((10, 10), dtype=np.int64)
    for a, l in zip(assignments.tolist(), labels.tolist()):
        table[a, l] += 1
    r, c = linear_sum_assignment(table, maximize=True)
    acc = table[r, c].sum() / table.sum()
    return float(normalized_mutual_info_score(labels.cpu(), assignments.cpu())), float(acc)

# %% wrong | clustering_scores | divides-by-named | Divides by the images of the groups that have a name, not by all images.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    g = np.unique(assignments.cpu().numpy(), return_inverse=True)[1]
    y = np.unique(labels.cpu().numpy(), return_inverse=True)[1]
    table = np.zeros((g.max() + 1, y.max() + 1), dtype=int)
    np.add.at(table, (g, y), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, cols].sum() / table[rows].sum()
    return float(normalized_mutual_info_score(y, g)), float(accuracy)

# %% wrong | clustering_scores | geometric-mean | NMI over the geometric mean of the entropies.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    g = np.unique(assignments.cpu().numpy(), return_inverse=True)[1]
    y = np.unique(labels.cpu().numpy(), return_inverse=True)[1]
    table = np.zeros((g.max() + 1, y.max() + 1), dtype=int)
    np.add.at(table, (g, y), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    nmi = normalized_mutual_info_score(y, g, average_method="geometric")
    return float(nmi), float(table[rows, cols].sum() / len(y))

# %% wrong | clustering_scores | mutual-information-not-normalised | Returns the mutual information in nats, which can exceed 1.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    from sklearn.metrics import mutual_info_score

    g = np.unique(assignments.cpu().numpy(), return_inverse=True)[1]
    y = np.unique(labels.cpu().numpy(), return_inverse=True)[1]
    table = np.zeros((g.max() + 1, y.max() + 1), dtype=int)
    np.add.at(table, (g, y), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(mutual_info_score(y, g)), float(table[rows, cols].sum() / len(y))

# %% wrong | clustering_scores | order-swapped | Returns (accuracy, nmi) instead of (nmi, accuracy).
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    g = np.unique(assignments.cpu().numpy(), return_inverse=True)[1]
    y = np.unique(labels.cpu().numpy(), return_inverse=True)[1]
    table = np.zeros((g.max() + 1, y.max() + 1), dtype=int)
    np.add.at(table, (g, y), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(table[rows, cols].sum() / len(y)), float(normalized_mutual_info_score(y, g))

# %% wrong | clustering_scores | percent | The accuracy is a percentage.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    g = np.unique(assignments.cpu().numpy(), return_inverse=True)[1]
    y = np.unique(labels.cpu().numpy(), return_inverse=True)[1]
    table = np.zeros((g.max() + 1, y.max() + 1), dtype=int)
    np.add.at(table, (g, y), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(normalized_mutual_info_score(y, g)), float(100 * table[rows, cols].sum() / len(y))

# %% wrong | clustering_scores | no-matching | Compares the numbers of groups and classes directly.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    nmi = normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy())
    accuracy = (assignments == labels).float().mean().item()
    return float(nmi), accuracy

# %% wrong | clustering_scores | renames-in-place | Renames the groups inside the caller's tensor while it counts.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    for new, old in enumerate(assignments.unique()):
        assignments[assignments == old] = new
    classes = labels.unique()
    table = np.zeros((len(assignments.unique()), len(classes)))
    for g in range(table.shape[0]):
        for j, k in enumerate(classes):
            table[g, j] = ((assignments == g) & (labels == k)).sum().item()
    rows, cols = linear_sum_assignment(table, maximize=True)
    nmi = normalized_mutual_info_score(labels.numpy(), assignments.numpy())
    return float(nmi), float(table[rows, cols].sum() / len(labels))

# %% right | clustering_scores | numpy-add-at | np.unique, np.add.at, Hungarian, scikit-learn's NMI.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    groups = assignments.cpu().numpy()
    classes = labels.cpu().numpy()
    g_names, g = np.unique(groups, return_inverse=True)
    y_names, y = np.unique(classes, return_inverse=True)
    table = np.zeros((len(g_names), len(y_names)), dtype=np.int64)
    np.add.at(table, (g, y), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    nmi = float(normalized_mutual_info_score(classes, groups))
    return min(max(nmi, 0.0), 1.0), float(table[rows, cols].sum() / len(classes))

# %% right | clustering_scores | bincount-in-torch | The table from a bincount over combined numbers in torch.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    names_g, g = torch.unique(assignments, return_inverse=True)
    names_y, y = torch.unique(labels, return_inverse=True)
    n_g, n_y = len(names_g), len(names_y)
    table = torch.bincount(g * n_y + y, minlength=n_g * n_y).view(n_g, n_y).cpu().numpy()
    r, c = linear_sum_assignment(-table)
    right = int(table[r, c].sum())
    nmi = normalized_mutual_info_score(y.cpu().numpy(), g.cpu().numpy(), average_method="arithmetic")
    return max(0.0, min(1.0, float(nmi))), right / assignments.numel()

# %% right | clustering_scores | by-hand-nmi | NMI written from the table of probabilities, with the case of one group and one class.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    groups = sorted(set(assignments.tolist()))
    classes = sorted(set(labels.tolist()))
    table = np.zeros((len(groups), len(classes)))
    for a, b in zip(assignments.tolist(), labels.tolist()):
        table[groups.index(a), classes.index(b)] += 1
    n = table.sum()
    joint = table / n
    p, q = joint.sum(axis=1), joint.sum(axis=0)
    outer = np.outer(p, q)
    seen = joint > 0
    information = float((joint[seen] * np.log(joint[seen] / outer[seen])).sum())
    h_group = float(-(p * np.log(p)).sum())
    h_class = float(-(q * np.log(q)).sum())
    mean = 0.5 * (h_group + h_class)
    nmi = 1.0 if mean == 0 else min(1.0, max(0.0, information / mean))
    rows, cols = linear_sum_assignment(table, maximize=True)
    return nmi, float(table[rows, cols].sum() / n)

# %% right | clustering_scores | contingency-matrix | scikit-learn's contingency matrix.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    from sklearn.metrics.cluster import contingency_matrix

    a = assignments.detach().cpu().numpy()
    b = labels.detach().cpu().numpy()
    counts = contingency_matrix(a, b)  # rows: groups, columns: classes
    best = counts[linear_sum_assignment(counts, maximize=True)].sum()
    nmi = np.clip(normalized_mutual_info_score(a, b), 0, 1)
    return float(nmi), float(best) / len(a)

# %% wrong | gumbel_softmax_sample | log-of-zero | No care for u = 0: the noise can be infinite.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits)
    g = -torch.log(-torch.log(u))
    y = F.softmax((logits + g) / temperature, dim=-1)
    if hard:
        one = F.one_hot(y.argmax(dim=-1), logits.shape[-1]).to(y.dtype)
        y = one + (y - y.detach())
    return y

# %% wrong | gumbel_softmax_sample | softmax-over-batch | The softmax runs over the batch (dim 0).
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    gumbel = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + gumbel) / temperature, dim=0)
    if not hard:
        return soft
    winner = F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(soft.dtype)
    return winner + (soft - soft.detach())

# %% wrong | gumbel_softmax_sample | temperature-on-logits-only | Divides only the logits by the temperature, the noise keeps its size.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    eps = 1e-10
    noise = -torch.log(-torch.log(torch.rand_like(logits) + eps) + eps)
    soft = F.softmax(logits / temperature + noise, dim=1)
    if hard:
        index = soft.argmax(dim=1, keepdim=True)
        one_hot = torch.zeros_like(soft).scatter_(1, index, 1.0)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | multiplies-by-temperature | Multiplies by the temperature instead of dividing.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp_min(1e-20)
    y = (temperature * (logits - (-u.log()).log())).softmax(dim=1)
    if hard:
        h = F.one_hot(y.argmax(1), y.shape[1]).type_as(y)
        return h + (y - y.detach())
    return y

# %% wrong | gumbel_softmax_sample | normal-noise | Gaussian noise instead of Gumbel noise.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    noise = torch.randn_like(logits)
    soft = torch.softmax((logits + noise) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | one-noise-for-all-rows | One row of noise is shared by the batch.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand(logits.shape[1], dtype=logits.dtype, device=logits.device).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | hard-without-gradient | The hard sample has no gradient.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    soft = F.softmax((logits - torch.log(-torch.log(u))) / temperature, dim=1)
    if hard:
        return F.one_hot(soft.argmax(dim=1), num_classes=logits.shape[1]).to(logits.dtype)
    return soft

# %% wrong | gumbel_softmax_sample | sum-from-the-left | one_hot + soft - soft.detach() rounds, so rows are not exactly one-hot.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), num_classes=logits.shape[1]).to(soft.dtype)
        return one_hot + soft - soft.detach()
    return soft

# %% wrong | gumbel_softmax_sample | library-hard | PyTorch's own function, whose hard rows are not exactly one-hot.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    return F.gumbel_softmax(logits, tau=temperature, hard=hard, dim=-1)

# %% wrong | gumbel_softmax_sample | winner-of-the-logits | The hard winner is that of the logits without noise.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(logits.argmax(dim=1), num_classes=logits.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | sign-of-the-noise | The outer minus is missing, the noise has the wrong sign.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), num_classes=logits.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | adds-into-logits | Adds the noise into the caller's logits in place.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    with torch.no_grad():
        u = torch.rand_like(logits).clamp_(min=1e-20)
        logits += -torch.log(-torch.log(u))
    soft = F.softmax(logits / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), num_classes=logits.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | seeded | Sets a seed inside, so every call has the same noise.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    torch.manual_seed(0)
    u = torch.rand_like(logits).clamp(min=1e-20)
    soft = F.softmax((logits - torch.log(-torch.log(u))) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), num_classes=logits.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | noise-on-probabilities | Adds the noise to softmax(logits) instead of to the logits.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    probs = F.softmax(logits, dim=1)
    u = torch.rand_like(logits).clamp(min=1e-20)
    soft = F.softmax((probs - torch.log(-torch.log(u))) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), num_classes=logits.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% right | gumbel_softmax_sample | clamped-uniform | Clamped uniform noise, F.one_hot, difference in brackets.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=torch.finfo(logits.dtype).tiny)
    gumbel = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + gumbel) / temperature, dim=1)
    if not hard:
        return soft
    one_hot = F.one_hot(soft.argmax(dim=1), num_classes=logits.shape[1]).to(soft.dtype)
    return one_hot + (soft - soft.detach())

# %% right | gumbel_softmax_sample | torch-distributions | Noise from torch.distributions.Gumbel, one-hot by scatter.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    from torch.distributions import Gumbel

    noise = Gumbel(torch.zeros_like(logits), torch.ones_like(logits)).sample()
    y = ((logits + noise) / temperature).softmax(dim=-1)
    if hard:
        winner = torch.zeros_like(y).scatter_(-1, y.argmax(dim=-1, keepdim=True), 1.0)
        zero_with_gradient = y - y.detach()
        y = winner + zero_with_gradient
    return y

# %% right | gumbel_softmax_sample | exponential-noise | The logarithm of an exponential draw is minus Gumbel noise.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    with torch.no_grad():
        e = torch.empty_like(logits).exponential_().clamp(min=torch.finfo(logits.dtype).tiny)
        noise = -e.log()
    soft = F.softmax((logits + noise) / temperature, dim=1)
    if hard:
        rows = torch.arange(len(soft), device=soft.device)
        one_hot = torch.zeros_like(soft)
        one_hot[rows, soft.argmax(dim=1)] = 1
        return (soft - soft.detach()) + one_hot
    return soft

# %% right | gumbel_softmax_sample | autograd-function | Straight-through as an autograd Function, softmax through logsumexp.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    class StraightThrough(torch.autograd.Function):
        @staticmethod
        def forward(ctx, soft):
            return torch.eye(soft.shape[1], dtype=soft.dtype, device=soft.device)[soft.argmax(dim=1)]

        @staticmethod
        def backward(ctx, grad):
            return grad

    u = torch.rand_like(logits)
    u = torch.where(u == 0, torch.full_like(u, 1e-7), u)
    scores = (logits - (-u.log()).log()) / temperature
    soft = (scores - scores.logsumexp(dim=1, keepdim=True)).exp()
    return StraightThrough.apply(soft) if hard else soft

# %% wrong | categorical_kl | softmax-then-log | softmax(...).log() gives 0 * -inf = NaN for certain rows.
def categorical_kl(logits: Tensor) -> Tensor:
    q = F.softmax(logits, dim=1)
    return (q * (q.log() + math.log(logits.shape[1]))).sum(dim=1)

# %% wrong | categorical_kl | epsilon-in-the-log | log(q + 1e-3) instead of a log-softmax: finite, but the value is off.
def categorical_kl(logits: Tensor) -> Tensor:
    q = torch.softmax(logits, dim=-1)
    k = logits.size(-1)
    return torch.sum(q * (torch.log(q + 1e-3) - math.log(1.0 / k)), dim=-1)

# %% wrong | categorical_kl | entropy-sign | Adds the entropy to log K instead of subtracting it.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    entropy = -(log_q.exp() * log_q).sum(dim=1)
    return math.log(logits.shape[1]) + entropy

# %% wrong | categorical_kl | ten-classes | log 10 is written in, whatever the number of classes.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    return math.log(10) + (log_q.exp() * log_q).sum(dim=1)

# %% wrong | categorical_kl | bits | Logarithms to base 2.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    nats = (log_q.exp() * log_q).sum(dim=1) + math.log(logits.shape[1])
    return nats / math.log(2)

# %% wrong | categorical_kl | mean-over-batch | Returns the mean over the batch, a scalar.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = torch.log_softmax(logits, dim=1).clamp(min=-1e30)
    kl = (log_q.exp() * (log_q + math.log(logits.shape[1]))).sum(dim=1)
    return kl.mean()

# %% wrong | categorical_kl | mean-over-words | Means over words where a sum is asked.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = torch.log_softmax(logits, dim=1).clamp(min=-1e30)
    return (log_q.exp() * (log_q + math.log(logits.shape[1]))).mean(dim=1)

# %% wrong | categorical_kl | reversed-kl | KL of the uniform distribution from q instead of the other way round.
def categorical_kl(logits: Tensor) -> Tensor:
    k = logits.shape[1]
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    return (1 / k * (-math.log(k) - log_q)).sum(dim=1)

# %% wrong | categorical_kl | no-floor | log_softmax without a floor: NaN for logits near 3e38.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1)
    return (log_q.exp() * (log_q + math.log(logits.shape[1]))).sum(dim=1)

# %% wrong | categorical_kl | entr-gradient | The value of special.entr is finite but its gradient is NaN where a probability is 0.
def categorical_kl(logits: Tensor) -> Tensor:
    q = logits.softmax(dim=1)
    return math.log(logits.shape[1]) - torch.special.entr(q).sum(dim=1)

# %% wrong | categorical_kl | nan-replaced-afterwards | Replaces NaN after the product, so the gradient is NaN all the same.
def categorical_kl(logits: Tensor) -> Tensor:
    q = torch.softmax(logits, dim=1)
    terms = torch.nan_to_num(q * q.log(), nan=0.0)
    return terms.sum(dim=1) + math.log(logits.shape[1])

# %% wrong | categorical_kl | softmax-over-batch | Normalises over the batch (dim 0).
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=0).clamp(min=-1e30)
    return (log_q.exp() * (log_q + math.log(logits.shape[1]))).sum(dim=1)

# %% wrong | categorical_kl | logits-clamped | Clamps the logits to [-10, 10], which changes the distribution.
def categorical_kl(logits: Tensor) -> Tensor:
    q = F.softmax(logits.clamp(-10, 10), dim=1)
    return (q * (q * logits.shape[1]).log()).sum(dim=1)

# %% right | categorical_kl | log-softmax-floor | log_softmax with a floor, log K minus entropy.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    entropy = -(log_q.exp() * log_q).sum(dim=1)
    return math.log(logits.shape[1]) - entropy

# %% right | categorical_kl | torch-distributions | Entropy of torch.distributions.Categorical, which has a floor inside.
def categorical_kl(logits: Tensor) -> Tensor:
    from torch.distributions import Categorical

    return math.log(logits.shape[-1]) - Categorical(logits=logits).entropy()

# %% right | categorical_kl | shift-and-logsumexp | Shifts by the maximum, a floor on the shifted logits, then logsumexp; einsum for the sum.
def categorical_kl(logits: Tensor) -> Tensor:
    top = logits.max(dim=1, keepdim=True).values.detach()
    shifted = (logits - top).clamp(min=torch.finfo(logits.dtype).min / 4)
    log_q = shifted - torch.logsumexp(shifted, dim=1, keepdim=True)
    q = torch.exp(log_q)
    return torch.einsum("bk,bk->b", q, log_q) + math.log(logits.shape[1])

# %% right | categorical_kl | row-by-row | A loop over the rows, each with its own log_softmax, stacked.
def categorical_kl(logits: Tensor) -> Tensor:
    num_classes = logits.shape[1]
    result = []
    for row in logits:
        log_q = torch.log_softmax(row, dim=0)
        log_q = torch.clamp(log_q, min=-1e30)
        q = log_q.exp()
        result.append(torch.sum(q * (log_q - math.log(1 / num_classes))))
    return torch.stack(result)

# %% right | categorical_kl | f-kl-div | F.kl_div with the uniform log-probabilities as input and log_target=True.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    log_p = torch.full_like(log_q, -math.log(logits.shape[1]))
    return F.kl_div(log_p, log_q, reduction="none", log_target=True).sum(dim=1)

# %% wrong | GumbelVAE | only-noisy-in-training | Draws z only in training mode; after eval() z is mu.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu
        if self.training:
            z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | variance-as-sigma | Multiplies the noise by exp(log_var), the variance.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | softmax-in-encode | encode returns probabilities instead of logits.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), F.softmax(self.logits(h), dim=1)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | hard-in-forward | forward draws a hard sample where a soft one is asked.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature, hard=True)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | temperature-ignored | The temperature is fixed at 0.67, the argument is not used.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, 0.67)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | c-not-drawn | c is softmax(logits / T) without noise, so it is not a sample.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = F.softmax(logits / temperature, dim=1)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | sigmoid-out | decode ends with a sigmoid, where logits are asked.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return torch.sigmoid(self.out(h))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | c-before-z | decode joins c before z.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([c, z], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | decoder-without-relu | The decoder's hidden layer has no ReLU.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = self.decoder_hidden(torch.cat([z, c], dim=1))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | relu-on-heads | A ReLU on mu, so means cannot be negative.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return F.relu(self.mu(h)), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | one-noise-for-the-batch | One noise vector is shared by all images.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn(self.latent_dim, device=mu.device)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | sizes-not-kept | num_classes is not kept as an attribute.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | out-of-order | forward returns logits before mu and log_var.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), logits, mu, log_var

# %% wrong | GumbelVAE | no-bias | The heads have no biases.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.log_var = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.logits = nn.Linear(hidden_dim, num_classes, bias=False)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | shared-head | log_var is read from the head of mu.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.mu(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | hidden-dim-hard-coded | The decoder's hidden layer has 400 units whatever hidden_dim is.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, 400)
        self.out = nn.Linear(400, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% right | GumbelVAE | named-layers | Six named layers, functional ReLU.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% right | GumbelVAE | sequential | nn.Sequential for trunk and decoder, z from torch.distributions.
class GumbelVAE(nn.Module):
    """Continuous z, categorical c."""

    def __init__(
        self,
        input_dim: int = 784,
        hidden_dim: int = 400,
        latent_dim: int = 10,
        num_classes: int = 10,
    ):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.trunk = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.head_mu = nn.Linear(hidden_dim, latent_dim)
        self.head_log_var = nn.Linear(hidden_dim, latent_dim)
        self.head_logits = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        features = self.trunk(x)
        return self.head_mu(features), self.head_log_var(features), self.head_logits(features)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.decoder(torch.cat((z, c), dim=-1))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = torch.distributions.Normal(mu, (log_var / 2).exp()).rsample()
        c = gumbel_softmax_sample(logits, temperature, hard=False)
        x_logits = self.decode(z, c)
        return x_logits, mu, log_var, logits

# %% right | GumbelVAE | reparameterize-method | A helper method for z, clamp as ReLU, hstack in decode, prints its size.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_logits = nn.Linear(hidden_dim, num_classes)
        self.fc3 = nn.Linear(num_classes + latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        print("parameters:", sum(p.numel() for p in self.parameters()))

    def reparameterize(self, mu, log_var):
        std = torch.exp(log_var / 2)
        eps = torch.randn_like(std)
        return eps * std + mu

    def encode(self, x):
        h1 = torch.relu(self.fc1(x))
        mu = self.fc_mu(h1)
        log_var = self.fc_log_var(h1)
        logits = self.fc_logits(h1)
        return mu, log_var, logits

    def decode(self, z, c):
        h3 = self.fc3(torch.hstack([z, c])).clamp(min=0)
        return self.fc4(h3)

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        c = gumbel_softmax_sample(logits, temperature)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, c), mu, log_var, logits

# %% right | GumbelVAE | module-dict | Layers in a ModuleDict, ReLU as a module, c drawn before z.
class GumbelVAE(nn.Module):
    """One hidden ReLU layer on each side, three heads."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.layers = nn.ModuleDict(
            {
                "enc": nn.Linear(input_dim, hidden_dim),
                "mu": nn.Linear(hidden_dim, latent_dim),
                "log_var": nn.Linear(hidden_dim, latent_dim),
                "logits": nn.Linear(hidden_dim, num_classes),
                "dec": nn.Linear(latent_dim + num_classes, hidden_dim),
                "pixels": nn.Linear(hidden_dim, input_dim),
            }
        )
        self.relu = nn.ReLU()

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.relu(self.layers["enc"](x))
        return tuple(self.layers[head](h) for head in ("mu", "log_var", "logits"))

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        both = torch.cat([z, c], dim=1)
        return self.layers["pixels"](self.relu(self.layers["dec"](both)))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        c = gumbel_softmax_sample(logits, temperature)
        noise = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        z = mu + noise * log_var.mul(0.5).exp()
        return self.decode(z, c), mu, log_var, logits

# %% wrong | joint_loss | kls-added-before-bars | Adds both KLs and both capacities before one pair of bars.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * torch.abs(kl_z + kl_c - capacity_z - capacity_c)

# %% wrong | joint_loss | bars-per-image | Takes the distance for each image and the mean afterwards.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = bernoulli_nll(x_logits, x)
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1)
    kl_c = categorical_kl(logits)
    return (recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()).mean()

# %% wrong | joint_loss | no-bars | Leaves out the bars, so a KL below the capacity is rewarded.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z) + gamma * (kl_c - capacity_c)

# %% wrong | joint_loss | only-above-capacity | Penalises only a KL above its capacity (relu instead of the absolute value).
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * F.relu(kl_z - capacity_z) + gamma * F.relu(kl_c - capacity_c)

# %% wrong | joint_loss | squared-distance | Squares the distance.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z) ** 2 + gamma * (kl_c - capacity_c) ** 2

# %% wrong | joint_loss | gamma-on-z-only | gamma multiplies only the first distance.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + (kl_c - capacity_c).abs()

# %% wrong | joint_loss | capacities-swapped | The two capacities are exchanged.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    rec = bernoulli_nll(x_logits, x).mean()
    klz = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1).mean()
    klc = categorical_kl(logits).mean()
    return rec + gamma * abs(klz - capacity_c) + gamma * abs(klc - capacity_z)

# %% wrong | joint_loss | mean-over-dimensions | The KL of z is a mean over dimensions, not a sum.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = torch.mean(0.5 * (mu**2 + log_var.exp() - 1 - log_var))
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()

# %% wrong | joint_loss | mean-over-pixels | The reconstruction is a mean over pixels too, not nats per image.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl_z = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()

# %% wrong | joint_loss | sum-over-batch | Sums over the batch, so the loss grows with its size.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).sum()
    kl_z = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
    kl_c = categorical_kl(logits).sum()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()

# %% wrong | joint_loss | half-forgotten | The factor one half of the Gaussian KL is missing.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()

# %% wrong | joint_loss | log-var-as-sigma | Treats log_var as the logarithm of sigma.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu**2 + (2 * log_var).exp() - 1 - 2 * log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()

# %% wrong | joint_loss | nan-for-certain-words | The KL of c with softmax(...).log() is NaN for logits of several hundred.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    q = logits.softmax(dim=1)
    kl_c = (q * torch.log(q * logits.shape[1])).sum(dim=1).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()

# %% wrong | joint_loss | out-of-the-graph | The KL of c is taken as a Python number, so it has no gradient.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean().item()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * abs(kl_c - capacity_c)

# %% wrong | joint_loss | kl-of-the-average-word | The KL of c is that of the logits averaged over the batch.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits.mean(dim=0, keepdim=True)).squeeze()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()

# %% right | joint_loss | three-numbers | Three means first, then the sum.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()

# %% right | joint_loss | bce-with-logits | Reconstruction by F.binary_cross_entropy_with_logits, gamma outside both bars, prints.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    batch = x.shape[0]
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / batch
    kl_z = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / batch
    kl_c = categorical_kl(logits).sum() / batch
    print(f"recon {recon.item():.2f}, KL z {kl_z.item():.2f}, KL c {kl_c.item():.2f}")
    return recon + gamma * (abs(kl_z - capacity_z) + abs(kl_c - capacity_c))

# %% right | joint_loss | torch-distributions | KL of z from torch.distributions, KL of c from the entropy of a Categorical.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    from torch.distributions import Categorical, Normal, kl_divergence

    posterior = Normal(mu, torch.exp(0.5 * log_var))
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl_z = kl_divergence(posterior, prior).sum(dim=1).mean()
    kl_c = (math.log(logits.shape[1]) - Categorical(logits=logits).entropy()).mean()
    recon = torch.mean(bernoulli_nll(x_logits, x))
    return recon + gamma * torch.abs(kl_z - capacity_z) + gamma * torch.abs(kl_c - capacity_c)

# %% right | joint_loss | helper-and-max | An inner helper; the absolute value as a maximum of both signs; softplus reconstruction.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    def fine(kl_per_image: Tensor, capacity: float) -> Tensor:
        distance = kl_per_image.mean() - capacity
        return gamma * torch.maximum(distance, -distance)

    nll = (F.softplus(x_logits) - x * x_logits).sum(dim=1)
    var = log_var.exp()
    kl_z = ((mu * mu + var - log_var - 1) / 2).sum(dim=1)
    return nll.mean() + fine(kl_z, capacity_z) + fine(categorical_kl(logits), capacity_c)

# %% right | joint_loss | l1-loss-loop | A loop over both latents with F.l1_loss against the capacity.
def joint_loss(
    x_logits: Tensor,
    x: Tensor,
    mu: Tensor,
    log_var: Tensor,
    logits: Tensor,
    gamma: float,
    capacity_z: float,
    capacity_c: float,
) -> Tensor:
    total = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * torch.einsum("bd->b", mu.square() + log_var.exp() - 1 - log_var).mean()
    kl_c = categorical_kl(logits).mean()
    for kl, capacity in ((kl_z, capacity_z), (kl_c, capacity_c)):
        total = total + gamma * F.l1_loss(kl, torch.as_tensor(capacity, dtype=kl.dtype, device=kl.device))
    return total

