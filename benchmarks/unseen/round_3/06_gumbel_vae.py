# %% wrong | clustering_scores | purity | Each group takes its most frequent class, so a name may be used twice.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(y, a)
    correct = 0
    for g in np.unique(a):
        _, counts = np.unique(y[a == g], return_counts=True)
        correct += counts.max()
    return float(nmi), float(correct / len(y))

# %% wrong | clustering_scores | greedy | Takes the largest count first instead of the best matching.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, c = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((g.max() + 1, c.max() + 1), dtype=int)
    np.add.at(table, (g, c), 1)
    left, right = table.copy(), 0
    while left.max() > 0:
        row, col = np.unravel_index(left.argmax(), left.shape)
        right += left[row, col]
        left[row, :] = 0
        left[:, col] = 0
    return float(normalized_mutual_info_score(c, g)), float(right / len(c))

# %% wrong | clustering_scores | worst-matching | linear_sum_assignment minimises without maximize=True.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, c = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((g.max() + 1, c.max() + 1))
    np.add.at(table, (g, c), 1)
    rows, cols = linear_sum_assignment(table)
    accuracy = table[rows, cols].sum() / len(g)
    return float(normalized_mutual_info_score(c, g)), float(accuracy)

# %% wrong | clustering_scores | pairs-counted-once | table[g, c] += 1 counts every pair only once.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, c = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((g.max() + 1, c.max() + 1), dtype=np.int64)
    table[g, c] += 1
    rows, cols = linear_sum_assignment(table, maximize=True)
    nmi = normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy())
    return float(nmi), float(table[rows, cols].sum() / len(g))

# %% wrong | clustering_scores | ten-by-ten | A table of 10 by 10 with the numbers as they are: fails for group 17.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    table = np.zeros((10, 10), dtype=np.int64)
    for a, y in zip(assignments.tolist(), labels.tolist()):
        table[a, y] += 1
    row, col = linear_sum_assignment(table, maximize=True)
    accuracy = table[row, col].sum() / table.sum()
    nmi = normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy())
    return float(nmi), float(accuracy)

# %% wrong | clustering_scores | names-taken-as-given | Compares group numbers with class numbers directly.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    nmi = normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy())
    accuracy = (assignments == labels).double().mean().item()
    return float(nmi), accuracy

# %% wrong | clustering_scores | geometric-mean | NMI over the geometric mean of the entropies.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(y, a, average_method="geometric")
    groups, g = np.unique(a, return_inverse=True)
    classes, c = np.unique(y, return_inverse=True)
    table = np.zeros((len(groups), len(classes)), dtype=int)
    np.add.at(table, (g, c), 1)
    i, j = linear_sum_assignment(table, maximize=True)
    return float(nmi), float(table[i, j].sum() / len(y))

# %% wrong | clustering_scores | only-named-images | Divides by the images of named groups (and classes), not by all images.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    groups, g = np.unique(a, return_inverse=True)
    classes, c = np.unique(y, return_inverse=True)
    table = np.zeros((len(groups), len(classes)), dtype=int)
    np.add.at(table, (g, c), 1)
    i, j = linear_sum_assignment(table, maximize=True)
    named = table[i].sum()
    return float(normalized_mutual_info_score(y, a)), float(table[i, j].sum() / named)

# %% wrong | clustering_scores | accuracy-first | The two numbers come back in the other order.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    groups, g = np.unique(a, return_inverse=True)
    classes, c = np.unique(y, return_inverse=True)
    table = np.zeros((len(groups), len(classes)), dtype=int)
    np.add.at(table, (g, c), 1)
    best = linear_sum_assignment(table, maximize=True)
    return float(table[best].sum() / len(y)), float(normalized_mutual_info_score(y, a))

# %% wrong | clustering_scores | nmi-without-half | Own NMI divides by the sum of the entropies, not by half of it.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    groups, g = torch.unique(assignments.cpu(), return_inverse=True)
    classes, c = torch.unique(labels.cpu(), return_inverse=True)
    table = torch.bincount(g * len(classes) + c, minlength=len(groups) * len(classes))
    table = table.view(len(groups), len(classes)).double()
    p = table / table.sum()
    h = lambda q: -torch.special.xlogy(q, q).sum()
    mutual = h(p.sum(0)) + h(p.sum(1)) - h(p)
    nmi = mutual / (h(p.sum(0)) + h(p.sum(1)))
    i, j = linear_sum_assignment(table.numpy(), maximize=True)
    return float(nmi), float(table[i, j].sum() / len(labels))

# %% wrong | clustering_scores | same-number-assumed | Tries all permutations of the classes as names of as many groups; fails with more groups than classes.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    from itertools import permutations

    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, c = np.unique(labels.cpu().numpy(), return_inverse=True)
    best = 0.0
    for names in permutations(range(c.max() + 1)):
        renamed = np.array(names)[g]
        best = max(best, (renamed == c).mean())
    return float(normalized_mutual_info_score(c, g)), float(best)

# %% wrong | clustering_scores | adjusted-rand | Another score, the adjusted Rand index, stands for the NMI.
from sklearn.metrics import adjusted_rand_score


def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    groups, g = np.unique(a, return_inverse=True)
    classes, c = np.unique(y, return_inverse=True)
    table = np.zeros((len(groups), len(classes)), dtype=int)
    np.add.at(table, (g, c), 1)
    i, j = linear_sum_assignment(table, maximize=True)
    return float(adjusted_rand_score(y, a)), float(table[i, j].sum() / len(y))

# %% wrong | clustering_scores | mean-over-classes | The accuracy is averaged over classes, so small classes weigh as much as large ones.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    groups, g = np.unique(a, return_inverse=True)
    classes, c = np.unique(y, return_inverse=True)
    table = np.zeros((len(groups), len(classes)))
    np.add.at(table, (g, c), 1)
    i, j = linear_sum_assignment(table, maximize=True)
    recalls = np.zeros(len(classes))
    recalls[j] = table[i, j] / table[:, j].sum(axis=0)
    return float(normalized_mutual_info_score(y, a)), float(recalls.mean())

# %% wrong | clustering_scores | renumbered-in-place | Shifts the caller's group numbers to begin at 0, in place.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    assignments -= assignments.min()
    labels -= labels.min()
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    table = np.zeros((a.max() + 1, y.max() + 1), dtype=int)
    np.add.at(table, (a, y), 1)
    i, j = linear_sum_assignment(table, maximize=True)
    return float(normalized_mutual_info_score(y, a)), float(table[i, j].sum() / len(y))

# %% right | clustering_scores | sklearn-contingency | contingency_matrix of scikit-learn, matching by a negative cost.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    from sklearn.metrics.cluster import contingency_matrix

    found = assignments.cpu().numpy()
    truth = labels.cpu().numpy()
    counts = contingency_matrix(truth, found)
    match = linear_sum_assignment(-counts)
    return float(normalized_mutual_info_score(truth, found)), float(counts[match].sum()) / len(truth)

# %% right | clustering_scores | dictionary-of-pairs | Counts in Python dictionaries and fills the table in a double loop.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    from collections import Counter

    a, y = assignments.tolist(), labels.tolist()
    pairs = Counter(zip(a, y))
    names, kinds = sorted(set(a)), sorted(set(y))
    table = [[pairs[g, k] for k in kinds] for g in names]
    rows, cols = linear_sum_assignment(table, maximize=True)
    hits = 0
    for r, c in zip(rows, cols):
        hits += table[r][c]
    return float(normalized_mutual_info_score(y, a)), hits / len(a)

# %% right | clustering_scores | one-hot-product | The table as a product of one-hot matrices in torch, own NMI.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, g = assignments.unique(return_inverse=True)
    _, c = labels.unique(return_inverse=True)
    table = F.one_hot(g).double().T @ F.one_hot(c).double()
    p = table / table.sum()
    group_entropy = torch.special.entr(p.sum(dim=1)).sum()
    class_entropy = torch.special.entr(p.sum(dim=0)).sum()
    mutual = group_entropy + class_entropy - torch.special.entr(p).sum()
    mean_entropy = (group_entropy + class_entropy) / 2
    if mean_entropy == 0:
        nmi = 1.0  # one group, one class: the same grouping
    else:
        nmi = (mutual / mean_entropy).clamp(0, 1).item()
    rows, cols = linear_sum_assignment(table.cpu().numpy(), maximize=True)
    return nmi, table[rows, cols].sum().item() / len(labels)

# %% right | clustering_scores | rename-then-compare | Builds the names from the matching, renames every image and compares.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.detach().cpu().numpy(), labels.detach().cpu().numpy()
    groups, classes = np.unique(a), np.unique(y)
    overlap = np.array([[np.sum((a == g) & (y == k)) for k in classes] for g in groups])
    i, j = linear_sum_assignment(overlap.max() - overlap)
    name = dict(zip(groups[i], classes[j]))
    right = [g in name and name[g] == k for g, k in zip(a, y)]
    return float(normalized_mutual_info_score(a, y, average_method="arithmetic")), float(np.mean(right))

# %% wrong | gumbel_softmax_sample | one-noise-for-all-rows | The same noise for each row of the batch.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand(logits.shape[1], dtype=logits.dtype, device=logits.device).clamp_min(1e-20)
    g = -torch.log(-torch.log(u))
    soft = ((logits + g) / temperature).softmax(dim=1)
    if not hard:
        return soft
    winner = F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(soft.dtype)
    return winner + (soft - soft.detach())

# %% wrong | gumbel_softmax_sample | noise-not-divided | Only the logits are divided by the temperature.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax(logits / temperature + g, dim=-1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=-1), soft.shape[-1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | noise-subtracted | log(-log u) without the outer minus: the noise has the wrong sign.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    noise = torch.log(-torch.log(u))
    soft = F.softmax((logits + noise) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | softmax-over-batch | The softmax runs along the batch.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits)
    g = -torch.log(-torch.log(u + 1e-20))
    soft = F.softmax((logits + g) / temperature, dim=0)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(logits.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | hard-without-gradient | The hard sample is the bare one-hot row: no gradient.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp_min(1e-20)
    soft = torch.softmax((logits - torch.log(-torch.log(u))) / temperature, dim=1)
    if hard:
        return F.one_hot(soft.argmax(dim=1), num_classes=logits.shape[1]).to(logits.dtype)
    return soft

# %% wrong | gumbel_softmax_sample | order-of-the-sum | one_hot + soft - soft.detach() from left to right: rows are not exactly one-hot.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp_min(1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), num_classes=logits.shape[1]).to(soft.dtype)
        return one_hot + soft - soft.detach()
    return soft

# %% wrong | gumbel_softmax_sample | normal-noise | Gaussian noise in place of Gumbel noise.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    noise = torch.randn_like(logits)
    soft = torch.softmax((logits + noise) / temperature, dim=1)
    if hard:
        one_hot = torch.zeros_like(soft).scatter_(1, soft.argmax(1, keepdim=True), 1.0)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | winner-of-the-logits | The hard row is the largest logit, not the winner of the draw.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp_min(1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(logits.argmax(dim=1), num_classes=logits.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | one-logarithm | -log(u) is exponential noise; the second logarithm is missing.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp_min(1e-20)
    g = -torch.log(u)
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.size(1)).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | times-temperature | Multiplies by the temperature instead of dividing.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp_min(1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) * temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.size(1)).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | rounding | Hard by rounding the soft sample: rows without an entry above one half are all zero.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp_min(1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        rounded = soft.detach().round()
        return rounded + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | fixed-seed | A generator with a fixed seed: the noise is the same in every call.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    generator = torch.Generator(device=logits.device).manual_seed(0)
    u = torch.rand(logits.shape, generator=generator, dtype=logits.dtype, device=logits.device)
    g = -torch.log(-torch.log(u.clamp_min(1e-20)))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.size(1)).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | gradient-of-the-winner-only | hard * soft / soft.detach() has the right value, but only the winner's entry passes a gradient.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp_min(1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.size(1)).to(soft.dtype)
        return one_hot * (soft / soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | noise-on-probabilities | Adds the noise to softmax(logits) instead of the logits.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    probs = F.softmax(logits, dim=1)
    u = torch.rand_like(probs).clamp_min(1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((probs + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.size(1)).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% wrong | gumbel_softmax_sample | noise-added-in-place | += writes the noise into the caller's logits.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp_min(1e-20)
    logits += -torch.log(-torch.log(u))
    soft = F.softmax(logits / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.size(1)).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft

# %% right | gumbel_softmax_sample | torch-gumbel-scatter | Noise from torch.distributions.Gumbel, the one-hot row by scatter.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    zeros = torch.zeros_like(logits.detach())
    noise = torch.distributions.Gumbel(zeros, torch.ones_like(zeros)).sample()
    soft = torch.softmax((logits + noise) / temperature, dim=-1)
    if not hard:
        return soft
    best = soft.detach().argmax(dim=-1, keepdim=True)
    one_hot = torch.zeros_like(zeros).scatter_(-1, best, 1.0)
    return one_hot + (soft - soft.detach())

# %% right | gumbel_softmax_sample | exponential-race | Minus the logarithm of exponential numbers; own softmax by logsumexp; torch.where for the hard value.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    waiting = torch.empty_like(logits, requires_grad=False).exponential_()
    waiting = waiting.clamp_min(torch.finfo(logits.dtype).tiny)
    score = (logits - waiting.log()) / temperature
    soft = (score - score.logsumexp(dim=1, keepdim=True)).exp()
    if hard:
        index = torch.arange(logits.shape[1], device=logits.device)
        winner = (index == score.argmax(dim=1).unsqueeze(1)).to(soft.dtype)
        zero = soft - soft.detach()
        return winner + zero
    return soft

# %% right | gumbel_softmax_sample | autograd-function | The straight-through step as an autograd function of its own.
class OneHotWinner(torch.autograd.Function):
    @staticmethod
    def forward(ctx, soft):
        return F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    eps = torch.finfo(logits.dtype).tiny
    u = torch.rand_like(logits)
    u = torch.where(u == 0, torch.full_like(u, eps), u)
    gumbel = u.log().neg().log().neg()
    y = F.softmax(torch.add(logits, gumbel).div(temperature), dim=1)
    return OneHotWinner.apply(y) if hard else y

# %% right | gumbel_softmax_sample | row-by-row | A loop over rows, noise by NumPy's formula with 1 - u, identity rows for the winners.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    eye = torch.eye(logits.shape[1], dtype=logits.dtype, device=logits.device)
    rows = []
    for l in logits:
        u = torch.rand(len(l), dtype=torch.float64, device=l.device).clamp(1e-300, 1 - 1e-16)
        g = -torch.log(-torch.log(u)).to(l.dtype)
        soft = torch.softmax((l + g) / temperature, dim=0)
        if hard:
            correction = soft - soft.detach()
            rows.append(eye[soft.argmax()] + correction)
        else:
            rows.append(soft)
    return torch.stack(rows)

# %% wrong | categorical_kl | log-of-softmax | softmax().log() is 0 times minus infinity for a certain row.
def categorical_kl(logits: Tensor) -> Tensor:
    q = logits.softmax(dim=1)
    return (q * (q.log() + math.log(logits.shape[1]))).sum(dim=1)

# %% wrong | categorical_kl | entropy-itself | Returns the entropy, not log K minus the entropy.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp_min(-1e30)
    return -(log_q.exp() * log_q).sum(dim=1)

# %% wrong | categorical_kl | negative | H - log K: the sign is wrong.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=-1).clamp_min(-1e30)
    entropy = -(log_q.exp() * log_q).sum(dim=-1)
    return entropy - math.log(logits.shape[-1])

# %% wrong | categorical_kl | batch-mean | Averages over the batch: one number.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp_min(-1e30)
    kl = (log_q.exp() * (log_q + math.log(logits.shape[1]))).sum(dim=1)
    return kl.mean()

# %% wrong | categorical_kl | bits | Logarithms to the base 2.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp_min(-1e30)
    q = log_q.exp()
    return math.log2(logits.shape[1]) + (q * log_q / math.log(2)).sum(dim=1)

# %% wrong | categorical_kl | reversed-kl | F.kl_div with the arguments as they come gives KL(uniform, q).
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1)
    uniform = torch.full_like(log_q, 1 / logits.shape[1])
    return F.kl_div(log_q, uniform, reduction="none").sum(dim=1)

# %% wrong | categorical_kl | xlogy-gradient | xlogy gives the right value, but its gradient is NaN where a probability is 0.
def categorical_kl(logits: Tensor) -> Tensor:
    q = torch.softmax(logits, dim=1)
    return math.log(logits.shape[1]) + torch.special.xlogy(q, q).sum(dim=1)

# %% wrong | categorical_kl | no-floor | log_softmax without a floor: at logits of 3e38 it is still 0 times minus infinity.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = torch.log_softmax(logits, dim=1)
    return (log_q.exp() * (log_q + math.log(logits.size(1)))).sum(dim=1)

# %% wrong | categorical_kl | log-of-batch-size | K is taken from the wrong axis.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    return math.log(len(logits)) + (log_q.exp() * log_q).sum(dim=1)

# %% wrong | categorical_kl | always-ten | log 10 is written into the code.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    entropy = -(log_q.exp() * log_q).sum(dim=1)
    return math.log(10) - entropy

# %% wrong | categorical_kl | mean-over-words | Mean over the words instead of the sum.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    kl = log_q.exp() * (log_q + math.log(logits.shape[1]))
    return kl.mean(dim=1)

# %% wrong | categorical_kl | logits-clamped | Clamps the logits to plus or minus 20, which changes the KL of larger logits and cuts their gradient.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits.clamp(-20, 20), dim=1)
    return math.log(logits.shape[1]) + (log_q.exp() * log_q).sum(dim=1)

# %% wrong | categorical_kl | probabilities-detached | The probabilities that weigh the logarithms are detached, so the gradient is wrong.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp_min(-1e30)
    q = log_q.exp().detach()
    return math.log(logits.shape[1]) + (q * log_q).sum(dim=1)

# %% right | categorical_kl | floor-on-log | log_softmax with a floor at the smallest finite number.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = torch.log_softmax(logits, dim=-1)
    log_q = torch.maximum(log_q, torch.full_like(log_q, -1e30))
    q = torch.exp(log_q)
    return torch.einsum("bk,bk->b", q, log_q) + math.log(logits.shape[-1])

# %% right | categorical_kl | clamped-probabilities | The logarithm of probabilities that are kept above the smallest normal number.
def categorical_kl(logits: Tensor) -> Tensor:
    q = F.softmax(logits, dim=1)
    floor = torch.finfo(q.dtype).tiny
    entropy = -(q * q.clamp_min(floor).log()).sum(dim=1)
    return math.log(q.shape[1]) - entropy

# %% right | categorical_kl | masked-where | torch.where twice: words of probability 0 are left out of value and gradient.
def categorical_kl(logits: Tensor) -> Tensor:
    k = logits.shape[1]
    q = logits.softmax(dim=1)
    there = q > 0
    safe = torch.where(there, q, torch.ones_like(q))
    terms = torch.where(there, safe * torch.log(k * safe), torch.zeros_like(q))
    return terms.sum(dim=1)

# %% right | categorical_kl | logsumexp | Centred logits, floor, logsumexp: log K plus mean logit minus log of the sum.
def categorical_kl(logits: Tensor) -> Tensor:
    centred = logits - logits.max(dim=1, keepdim=True).values
    centred = centred.clamp(min=-1e30)
    log_sum = centred.logsumexp(dim=1)
    q = (centred - log_sum[:, None]).exp()
    mean_logit = (q * centred).sum(dim=1)
    return mean_logit - log_sum + math.log(logits.shape[1])

# %% wrong | GumbelVAE | words-ignored | The decoder reads z only; c is not used.
class GumbelVAE(nn.Module):
    def __init__(
        self,
        input_dim: int = 784,
        hidden_dim: int = 400,
        latent_dim: int = 10,
        num_classes: int = 10,
    ):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.decoder(z)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | c-before-z | decode joins c first and z second.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_c = nn.Linear(hidden_dim, num_classes)
        self.fc2 = nn.Linear(num_classes + latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = torch.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_var(h), self.fc_c(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = torch.relu(self.fc2(torch.cat([c, z], dim=1)))
        return self.fc3(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | encode-returns-probabilities | encode ends with a softmax, and the sampler gets probabilities for logits.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_c = nn.Linear(hidden_dim, num_classes)
        self.fc2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_var(h), F.softmax(self.fc_c(h), dim=1)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.fc2(torch.cat([z, c], dim=1)))
        return self.fc3(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | sigma-is-exp-log-var | exp(log_var) is used as the standard deviation.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.logits_head = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.encoder(x)
        return self.mu_head(h), self.log_var_head(h), self.logits_head(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.decoder(torch.cat((z, c), dim=-1))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + log_var.exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | mean-in-eval | After eval() z is the mean, not a sample.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.logits_head = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.encoder(x)
        return self.mu_head(h), self.log_var_head(h), self.logits_head(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.decoder(torch.cat((z, c), dim=-1))

    def reparameterize(self, mu, log_var):
        if not self.training:
            return mu
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = self.reparameterize(mu, log_var)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | hard-words | forward draws hard samples of c instead of soft ones.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.input_layer = nn.Linear(input_dim, hidden_dim)
        self.heads = nn.ModuleList(
            [nn.Linear(hidden_dim, n) for n in (latent_dim, latent_dim, num_classes)]
        )
        self.latent_layer = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.output_layer = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.input_layer(x).relu()
        mu, log_var, logits = [head(h) for head in self.heads]
        return mu, log_var, logits

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.output_layer(self.latent_layer(torch.cat([z, c], 1)).relu())

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(log_var)
        c = gumbel_softmax_sample(logits, temperature, hard=True)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | sizes-written-in | 20 and 784 in the code instead of the arguments.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(784, 400)
        self.mu = nn.Linear(400, latent_dim)
        self.log_var = nn.Linear(400, latent_dim)
        self.logits = nn.Linear(400, num_classes)
        self.fc2 = nn.Linear(20, 400)
        self.fc3 = nn.Linear(400, 784)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | sigmoid-in-decode | decode returns probabilities instead of x_logits.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.body = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.words = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
            nn.Sigmoid(),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.body(x))
        return self.mu(h), self.log_var(h), self.words(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        return self.decode(z, gumbel_softmax_sample(logits, temperature)), mu, log_var, logits

# %% wrong | GumbelVAE | relu-on-heads | The ReLU stands behind the heads, so mu, log_var and logits are never negative.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_lv = nn.Linear(hidden_dim, latent_dim)
        self.fc_c = nn.Linear(hidden_dim, num_classes)
        self.fc2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)
        self.act = nn.ReLU()

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.act(self.fc1(x))
        return self.act(self.fc_mu(h)), self.act(self.fc_lv(h)), self.act(self.fc_c(h))

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.fc3(self.act(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | chained-head | The logits are read from mu, not from the hidden layer.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_lv = nn.Linear(hidden_dim, latent_dim)
        self.fc_c = nn.Linear(latent_dim, num_classes)
        self.fc2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        mu = self.fc_mu(h)
        return mu, self.fc_lv(h), self.fc_c(mu)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | heads-in-a-list | The heads are in a Python list: they are no parameters of the model and never train.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc_in = nn.Linear(input_dim, hidden_dim)
        self.heads = [nn.Linear(hidden_dim, d) for d in (latent_dim, latent_dim, num_classes)]
        self.fc_latent = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc_in(x))
        return tuple(head(h) for head in self.heads)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.fc_latent(torch.cat([z, c], dim=1)))
        return self.fc_out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | temperature-ignored | The sampler always gets temperature 1.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.enc_logits = nn.Linear(hidden_dim, num_classes)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.dec_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.enc(x).clamp(min=0)
        return self.enc_mu(h), self.enc_log_var(h), self.enc_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.dec_out(self.dec(torch.cat([z, c], dim=1)).clamp(min=0))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, 1.0)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | no-relu-in-decoder | The decoder has two linear layers without a ReLU between them.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.enc_logits = nn.Linear(hidden_dim, num_classes)
        self.dec = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.enc(x))
        return self.enc_mu(h), self.enc_log_var(h), self.enc_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.dec(torch.cat([z, c], dim=1))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        eps = torch.randn_like(mu)
        z = mu + eps * torch.exp(0.5 * log_var)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | returns-the-sample | The fourth thing that forward returns is the sample c, not the logits.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_log_var = nn.Linear(hidden_dim, latent_dim)
        self.to_logits = nn.Linear(hidden_dim, num_classes)
        self.dec = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.enc(x)
        return self.to_mu(h), self.to_log_var(h), self.to_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.dec(torch.cat([z, c], dim=1))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, c

# %% wrong | GumbelVAE | one-epsilon-for-the-batch | The same epsilon for all images of a batch.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.decoder_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, c], dim=1)))
        return self.decoder_out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        eps = torch.randn(self.latent_dim, device=x.device)
        z = mu + (0.5 * log_var).exp() * eps
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% wrong | GumbelVAE | word-detached | c is detached before the decoder, so the reconstruction never reaches the logits.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature).detach()
        return self.decode(z, c), mu, log_var, logits

# %% right | GumbelVAE | sequential | Sequential encoder and decoder, three heads.
class GumbelVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c."""

    def __init__(
        self,
        input_dim: int = 784,
        hidden_dim: int = 400,
        latent_dim: int = 10,
        num_classes: int = 10,
    ):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.body = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mean_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.word_head = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        features = self.body(x)
        return self.mean_head(features), self.log_var_head(features), self.word_head(features)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.decoder(torch.hstack([z, c]))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits

# %% right | GumbelVAE | module-dict | Layers in a ModuleDict, z by rsample of a Normal.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        sizes = {
            "hidden": (input_dim, hidden_dim),
            "mu": (hidden_dim, latent_dim),
            "log_var": (hidden_dim, latent_dim),
            "logits": (hidden_dim, num_classes),
            "back": (latent_dim + num_classes, hidden_dim),
            "pixels": (hidden_dim, input_dim),
        }
        self.layers = nn.ModuleDict({name: nn.Linear(*size) for name, size in sizes.items()})

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = torch.relu(self.layers["hidden"](x))
        return tuple(self.layers[name](h) for name in ("mu", "log_var", "logits"))

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = self.layers["back"](torch.cat([z, c], dim=-1))
        return self.layers["pixels"](torch.relu(h))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = torch.distributions.Normal(mu, log_var.mul(0.5).exp()).rsample()
        words = gumbel_softmax_sample(logits, temperature, hard=False)
        return self.decode(z, words), mu, log_var, logits

# %% right | GumbelVAE | helper-module | A small two-layer module in the cell and a draw method; the attributes are set last.
class TwoLayers(nn.Module):
    def __init__(self, a, b, c):
        super().__init__()
        self.first, self.second = nn.Linear(a, b), nn.Linear(b, c)

    def forward(self, inputs):
        return self.second(F.relu(self.first(inputs)))


class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.encoder = nn.Linear(input_dim, hidden_dim)
        self.heads = nn.ModuleList(
            nn.Linear(hidden_dim, width) for width in (latent_dim, latent_dim, num_classes)
        )
        self.decoder = TwoLayers(latent_dim + num_classes, hidden_dim, input_dim)
        self.latent_dim = latent_dim
        self.num_classes = num_classes

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden = F.relu(self.encoder(x))
        mu, log_var, logits = (head(hidden) for head in self.heads)
        return mu, log_var, logits

    def draw(self, mu, log_var, logits, temperature):
        epsilon = torch.empty_like(mu).normal_()
        return mu + epsilon * log_var.exp().sqrt(), gumbel_softmax_sample(logits, temperature)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        both = torch.concatenate((z, c), dim=1)
        return self.decoder(both)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        code = self.encode(x)
        x_logits = self.decode(*self.draw(*code, temperature))
        return (x_logits, *code)

# %% right | GumbelVAE | filled-buffer | decode fills one buffer for both latents; the ReLU by maximum with 0.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.in_to_hidden = nn.Linear(input_dim, hidden_dim, bias=True)
        self.hidden_to_mu = nn.Linear(hidden_dim, latent_dim, bias=True)
        self.hidden_to_log_var = nn.Linear(hidden_dim, latent_dim, bias=True)
        self.hidden_to_logits = nn.Linear(hidden_dim, num_classes, bias=True)
        self.code_to_hidden = nn.Linear(latent_dim + num_classes, hidden_dim, bias=True)
        self.hidden_to_pixels = nn.Linear(hidden_dim, input_dim, bias=True)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        a = self.in_to_hidden(x)
        h = torch.where(a > 0, a, torch.zeros_like(a))
        return self.hidden_to_mu(h), self.hidden_to_log_var(h), self.hidden_to_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        code = z.new_zeros(z.shape[0], self.latent_dim + self.num_classes)
        code[:, : self.latent_dim] = z
        code[:, self.latent_dim :] = c
        a = self.code_to_hidden(code)
        return self.hidden_to_pixels(torch.maximum(a, torch.zeros_like(a)))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        sigma = torch.exp(0.5 * log_var)
        z = torch.addcmul(mu, sigma, torch.randn_like(sigma))
        c = gumbel_softmax_sample(logits=logits, temperature=temperature)
        return self.decode(z=z, c=c), mu, log_var, logits

# %% wrong | joint_loss | kls-added-first | One absolute value for the sum of both distances, so one latent can fill both capacities.
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
    return recon + gamma * (kl_z + kl_c - capacity_z - capacity_c).abs()

# %% wrong | joint_loss | distance-per-image | Absolute values image by image, then the mean.
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
    kl_z = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    kl_c = categorical_kl(logits)
    loss = recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()
    return loss.mean()

# %% wrong | joint_loss | kl-z-mean-over-dims | The KL of z is averaged over the dimensions too.
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
    kl_z = -0.5 * torch.mean(1 + log_var - mu.pow(2) - log_var.exp())
    kl_c = torch.mean(categorical_kl(logits))
    return recon + gamma * torch.abs(kl_z - capacity_z) + gamma * torch.abs(kl_c - capacity_c)

# %% wrong | joint_loss | gamma-once | gamma multiplies only the distance of z.
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
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + (kl_c - capacity_c).abs()

# %% wrong | joint_loss | squared | Squares of the distances.
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
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * ((kl_z - capacity_z) ** 2 + (kl_c - capacity_c) ** 2)

# %% wrong | joint_loss | capacities-exchanged | The capacity of c is asked of z and the other way round.
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
    kls = [categorical_kl(logits).mean()]
    kls.append(0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean())
    fines = [abs(kl - capacity) for kl, capacity in zip(kls, (capacity_z, capacity_c))]
    return recon + gamma * sum(fines)

# %% wrong | joint_loss | kl-c-summed-over-batch | The KL of c is summed over the images.
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
    kl_c = categorical_kl(logits).sum()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()

# %% wrong | joint_loss | own-kl-with-nan | An own KL of c with softmax().log(): NaN for logits of several hundred.
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
    kl_z = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=1).mean()
    q = torch.softmax(logits, dim=1)
    kl_c = (q * torch.log(q * logits.shape[1])).sum(dim=1).mean()
    return recon + gamma * torch.abs(kl_z - capacity_z) + gamma * torch.abs(kl_c - capacity_c)

# %% wrong | joint_loss | kl-c-detached | The KL of c enters as a number (.item()), so no gradient of it reaches the logits.
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
    return recon + gamma * abs(kl_z - capacity_z) + gamma * abs(kl_c - capacity_c)

# %% wrong | joint_loss | one-sided-fines | relu instead of the absolute value: too little KL costs nothing.
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

# %% wrong | joint_loss | three-values | Returns the loss with its parts as a tuple.
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
    loss = recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()
    return loss, recon, kl_z, kl_c

# %% wrong | joint_loss | recon-per-pixel | The reconstruction is also averaged over the pixels.
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
    kl_z = torch.mean(-0.5 * torch.sum(1 + log_var - mu**2 - log_var.exp(), dim=1))
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * torch.abs(kl_z - capacity_z) + gamma * torch.abs(kl_c - capacity_c)

# %% wrong | joint_loss | logits-averaged-first | The logits are averaged over the batch before the KL of c, instead of the KLs.
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

# %% wrong | joint_loss | gamma-inside | gamma multiplies the KL inside of the absolute value and not the capacity.
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
    return recon + torch.abs(gamma * kl_z - capacity_z) + torch.abs(gamma * kl_c - capacity_c)

# %% right | joint_loss | distributions | Normal KL by torch.distributions, categorical_kl for the words, l1_loss for the distances.
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
    posterior = torch.distributions.Normal(mu, (0.5 * log_var).exp())
    prior = torch.distributions.Normal(torch.zeros_like(mu), 1.0)
    kl_z = torch.distributions.kl_divergence(posterior, prior).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    kls = torch.stack([kl_z, kl_c])
    wanted = kls.new_tensor([capacity_z, capacity_c])
    return bernoulli_nll(x_logits, x).mean() + gamma * F.l1_loss(kls, wanted, reduction="sum")

# %% right | joint_loss | helper-function | A fine() helper in the cell, reconstruction by the library's cross-entropy.
def fine(kl_per_image: Tensor, capacity: float) -> Tensor:
    return torch.abs(kl_per_image.mean() - capacity)


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
    bce = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").flatten(1).sum(1).mean()
    gaussian = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(-1)
    return bce + gamma * (fine(gaussian, capacity_z) + fine(categorical_kl(logits), capacity_c))

# %% right | joint_loss | totals-over-n | Totals over the batch divided by n, an own stable KL of c.
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
    n, num_classes = logits.shape
    total_recon = bernoulli_nll(x_logits, x).sum()
    total_kl_z = (mu * mu).sum() + log_var.exp().sum() - log_var.sum() - mu.numel()
    log_q = logits.log_softmax(dim=1)
    neg_entropy = (log_q.exp() * log_q).sum()
    kl_z = total_kl_z / (2 * n)
    kl_c = neg_entropy / n + math.log(num_classes)
    loss = total_recon / n
    loss = loss + gamma * abs(kl_z - capacity_z)
    loss = loss + gamma * abs(kl_c - capacity_c)
    return loss

# %% right | joint_loss | loop-over-images | Collects the three numbers of each image in a loop, the fine by the larger of two signs.
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
    table = []
    for i in range(len(x)):
        one = slice(i, i + 1)
        recon = bernoulli_nll(x_logits[one], x[one]).squeeze(0)
        kl_z = 0.5 * sum(m**2 + lv.exp() - 1 - lv for m, lv in zip(mu[i], log_var[i]))
        kl_c = categorical_kl(logits[one]).squeeze(0)
        table.append(torch.stack([recon, kl_z, kl_c]))
    recon, kl_z, kl_c = torch.stack(table).mean(dim=0)
    fine_z = torch.maximum(kl_z - capacity_z, capacity_z - kl_z)
    fine_c = torch.maximum(kl_c - capacity_c, capacity_c - kl_c)
    return recon + gamma * fine_z + gamma * fine_c
