# %% wrong | clustering_scores | purity | Each group is named after its most frequent class, and several groups may share a name (purity), instead of a one-to-one matching.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, b = assignments.cpu().numpy(), labels.cpu().numpy()
    _, g = np.unique(a, return_inverse=True)
    _, c = np.unique(b, return_inverse=True)
    table = np.zeros((g.max() + 1, c.max() + 1), dtype=int)
    np.add.at(table, (g, c), 1)
    accuracy = table.max(axis=1).sum() / len(a)
    return float(normalized_mutual_info_score(b, a)), float(accuracy)


# %% wrong | clustering_scores | counts-each-pair-once | The table is filled with table[groups, classes] += 1, which counts each pair of group and class only once.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, b = assignments.cpu().numpy(), labels.cpu().numpy()
    groups, g = np.unique(a, return_inverse=True)
    classes, c = np.unique(b, return_inverse=True)
    table = np.zeros((len(groups), len(classes)), dtype=int)
    table[g, c] += 1
    rows, cols = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, cols].sum() / len(a)
    return float(normalized_mutual_info_score(b, a)), float(accuracy)


# %% wrong | clustering_scores | worst-matching | linear_sum_assignment is called without maximize=True, so it finds the matching with the fewest right images.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, b = assignments.cpu().numpy(), labels.cpu().numpy()
    groups, g = np.unique(a, return_inverse=True)
    classes, c = np.unique(b, return_inverse=True)
    table = np.zeros((len(groups), len(classes)), dtype=int)
    np.add.at(table, (g, c), 1)
    rows, cols = linear_sum_assignment(table)
    return float(normalized_mutual_info_score(b, a)), float(table[rows, cols].sum() / len(a))


# %% wrong | clustering_scores | ten-by-ten-table | The raw numbers index a fixed 10 by 10 table, so groups or classes numbered 10 or more raise an error.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    table = np.zeros((10, 10))
    for g, c in zip(assignments.tolist(), labels.tolist()):
        table[g, c] += 1
    rows, cols = linear_sum_assignment(table, maximize=True)
    nmi = normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy())
    return float(nmi), float(table[rows, cols].sum() / table.sum())


# %% wrong | clustering_scores | geometric-mean | The mutual information is divided by the geometric instead of the arithmetic mean of the two entropies.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, b = assignments.cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(b, a, average_method="geometric")
    _, g = np.unique(a, return_inverse=True)
    _, c = np.unique(b, return_inverse=True)
    table = np.zeros((g.max() + 1, c.max() + 1), dtype=np.int64)
    np.add.at(table, (g, c), 1)
    best = linear_sum_assignment(table, maximize=True)
    return float(nmi), float(table[best].sum() / len(a))


# %% wrong | clustering_scores | not-normalised | The first score is the mutual information in nats, not divided by the entropies, so it can exceed 1.
from sklearn.metrics import mutual_info_score


def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, b = assignments.cpu().numpy(), labels.cpu().numpy()
    mi = mutual_info_score(b, a)
    groups, classes = np.unique(a), np.unique(b)
    table = np.array([[((a == g) & (b == c)).sum() for c in classes] for g in groups])
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(mi), float(table[rows, cols].sum() / len(b))


# %% wrong | clustering_scores | adjusted-mi | The first score is the adjusted mutual information, corrected for chance, instead of the normalised one.
from sklearn.metrics import adjusted_mutual_info_score


def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, b = assignments.cpu().numpy(), labels.cpu().numpy()
    groups, classes = np.unique(a), np.unique(b)
    table = np.array([[((a == g) & (b == c)).sum() for c in classes] for g in groups])
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(adjusted_mutual_info_score(b, a)), float(table[rows, cols].sum() / len(b))


# %% wrong | clustering_scores | unnamed-groups-left-out | The right images are divided by the images of the named groups only, so groups without a name do not count as wrong.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, b = assignments.cpu().numpy(), labels.cpu().numpy()
    _, g = np.unique(a, return_inverse=True)
    _, c = np.unique(b, return_inverse=True)
    table = np.zeros((g.max() + 1, c.max() + 1))
    np.add.at(table, (g, c), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, cols].sum() / table[rows].sum()
    return float(normalized_mutual_info_score(b, a)), float(accuracy)


# %% wrong | clustering_scores | greedy | The names are given greedily, the largest count of the table first, which can miss the best matching.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, b = assignments.cpu().numpy(), labels.cpu().numpy()
    _, g = np.unique(a, return_inverse=True)
    _, c = np.unique(b, return_inverse=True)
    table = np.zeros((g.max() + 1, c.max() + 1), dtype=int)
    np.add.at(table, (g, c), 1)
    nmi = normalized_mutual_info_score(b, a)
    right = 0
    for _ in range(min(table.shape)):
        row, col = np.unravel_index(table.argmax(), table.shape)
        right += table[row, col]
        table[row, :] = 0
        table[:, col] = 0
    return float(nmi), float(right / len(a))


# %% wrong | clustering_scores | order-of-scores | The two scores are returned in the wrong order: accuracy first, NMI second.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, b = assignments.cpu().numpy(), labels.cpu().numpy()
    groups, g = np.unique(a, return_inverse=True)
    classes, c = np.unique(b, return_inverse=True)
    table = np.zeros((len(groups), len(classes)), dtype=int)
    np.add.at(table, (g, c), 1)
    rows, cols = linear_sum_assignment(-table)
    accuracy = table[rows, cols].sum() / len(a)
    return float(accuracy), float(normalized_mutual_info_score(a, b))


# %% wrong | clustering_scores | numbers-taken-as-names | There is no matching: an image counts as right if the number of its group happens to equal its class.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    nmi = normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy())
    accuracy = (assignments == labels).float().mean().item()
    return float(nmi), accuracy


# %% wrong | clustering_scores | negative-labels-wrap | The raw numbers index a table of the size of the largest number plus one, so a negative label wraps around and is counted with another class.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, b = assignments.cpu().numpy(), labels.cpu().numpy()
    table = np.zeros((a.max() + 1, b.max() + 1), dtype=np.int64)
    np.add.at(table, (a, b), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(normalized_mutual_info_score(b, a)), float(table[rows, cols].sum() / len(a))


# %% wrong | clustering_scores | table-cut-square | The table is cut to a square with as many groups as classes, so surplus groups (or classes) can never be matched even if they would be better.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, b = assignments.cpu().numpy(), labels.cpu().numpy()
    _, g = np.unique(a, return_inverse=True)
    _, c = np.unique(b, return_inverse=True)
    table = np.zeros((g.max() + 1, c.max() + 1), dtype=np.int64)
    np.add.at(table, (g, c), 1)
    n = min(table.shape)
    square = table[:n, :n]
    rows, cols = linear_sum_assignment(square, maximize=True)
    return float(normalized_mutual_info_score(b, a)), float(square[rows, cols].sum() / len(a))


# %% wrong | clustering_scores | renumbered-in-place | The scores are right, but the smallest number is subtracted with -= from the caller's tensors.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    assignments -= assignments.min()
    labels -= labels.min()
    table = torch.zeros(int(assignments.max()) + 1, int(labels.max()) + 1, dtype=torch.long)
    for g, c in zip(assignments.tolist(), labels.tolist()):
        table[g, c] += 1
    counts = table.numpy()
    rows, cols = linear_sum_assignment(counts, maximize=True)
    nmi = normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy())
    return float(nmi), float(counts[rows, cols].sum() / counts.sum())


# %% wrong | clustering_scores | nmi-halved | NMI is computed by hand and divided by the sum of the entropies instead of their mean, so a perfect grouping gets 0.5.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, b = assignments.cpu().numpy(), labels.cpu().numpy()
    _, g = np.unique(a, return_inverse=True)
    _, c = np.unique(b, return_inverse=True)
    table = np.zeros((g.max() + 1, c.max() + 1))
    np.add.at(table, (g, c), 1)
    p = table / table.sum()
    p_g, p_c = p.sum(1), p.sum(0)
    h_g, h_c = -(p_g * np.log(p_g)).sum(), -(p_c * np.log(p_c)).sum()
    seen = p > 0
    mi = (p[seen] * np.log(p[seen] / np.outer(p_g, p_c)[seen])).sum()
    rows, cols = linear_sum_assignment(table, maximize=True)
    nmi = mi / (h_g + h_c) if h_g + h_c > 0 else 1.0
    return float(max(nmi, 0.0)), float(table[rows, cols].sum() / table.sum())


# %% wrong | clustering_scores | each-class-picks-a-group | Each class is given the group that holds most of its images, and several classes may pick the same group.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, b = assignments.cpu().numpy(), labels.cpu().numpy()
    right = 0
    for k in np.unique(b):
        _, counts = np.unique(a[b == k], return_counts=True)
        right += counts.max()
    return float(normalized_mutual_info_score(b, a)), float(right / len(b))


# %% right | clustering_scores | counter-and-dict | Pure Python: collections.Counter for the pairs and a nested list as table.
from collections import Counter


def clustering_scores(assignments, labels):
    groups = assignments.tolist()
    classes = labels.tolist()
    pairs = Counter(zip(groups, classes))
    group_names = sorted(set(groups))
    class_names = sorted(set(classes))
    table = []
    for g in group_names:
        row = []
        for c in class_names:
            row.append(pairs[(g, c)])
        table.append(row)
    table = np.array(table)
    best_rows, best_columns = linear_sum_assignment(table, maximize=True)
    right = 0
    for r, c in zip(best_rows, best_columns):
        right = right + int(table[r][c])
    nmi = float(normalized_mutual_info_score(classes, groups))
    return nmi, right / len(classes)


# %% right | clustering_scores | one-hot-product | The table is a product of one-hot matrices in torch, and NMI is computed by hand from entropies.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    g = assignments.unique(return_inverse=True)[1]
    c = labels.unique(return_inverse=True)[1]
    table = F.one_hot(g).double().T @ F.one_hot(c).double()
    p = table / table.sum()

    def entropy(q: Tensor) -> Tensor:
        return torch.special.entr(q).sum()

    h_g, h_c, h_both = entropy(p.sum(dim=1)), entropy(p.sum(dim=0)), entropy(p)
    mean = (h_g + h_c) / 2
    nmi = 1.0 if mean == 0 else float(((h_g + h_c - h_both) / mean).clamp(0, 1))
    best = linear_sum_assignment(-table.cpu().numpy())
    return nmi, float(table.cpu().numpy()[best].sum()) / len(g)


# %% right | clustering_scores | contingency-matrix | Leaves the table to scikit-learn's contingency_matrix.
from sklearn.metrics.cluster import contingency_matrix


def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    y, g = (t.detach().cpu().numpy() for t in (labels, assignments))
    counts = contingency_matrix(y, g)  # classes in rows
    matched = counts[linear_sum_assignment(counts.max() - counts)].sum()
    return float(normalized_mutual_info_score(y, g)), float(matched) / y.size


# %% right | clustering_scores | flat-bincount | One bincount of group * number of classes + class, padded to a square table.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    names_g, g = torch.unique(assignments, return_inverse=True)
    names_c, c = torch.unique(labels, return_inverse=True)
    side = max(len(names_g), len(names_c))
    square = torch.bincount(g * side + c, minlength=side * side).view(side, side).cpu().numpy()
    who, what = linear_sum_assignment(square, maximize=True)
    accuracy = square[who, what].sum().item() / assignments.numel()
    nmi = normalized_mutual_info_score(c.cpu().numpy(), g.cpu().numpy(), average_method="arithmetic")
    print(f"nmi {nmi:.3f} accuracy {accuracy:.3f}")
    return float(nmi), accuracy


# %% right | clustering_scores | name-dictionary | Turns the matching into a dictionary of names for the groups and counts the images that carry the right name.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a = np.array(assignments.tolist())
    b = np.array(labels.tolist())
    groups, classes = list(dict.fromkeys(a.tolist())), list(dict.fromkeys(b.tolist()))
    table = [[int(np.sum((a == g) * (b == k))) for k in classes] for g in groups]
    rows, cols = linear_sum_assignment(np.asarray(table), maximize=True)
    name_of = {groups[r]: classes[c] for r, c in zip(rows, cols)}
    right = [g in name_of and name_of[g] == k for g, k in zip(a.tolist(), b.tolist())]
    return float(normalized_mutual_info_score(b, a)), float(np.mean(right))


# %% wrong | gumbel_softmax_sample | gaussian-noise | The noise is standard normal instead of Gumbel.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    noise = torch.randn_like(logits)
    soft = F.softmax((logits + noise) / temperature, dim=-1)
    if not hard:
        return soft
    winner = F.one_hot(soft.argmax(dim=-1), soft.shape[-1]).to(soft.dtype)
    return winner + (soft - soft.detach())


# %% wrong | gumbel_softmax_sample | one-noise-per-row | One noise value is drawn for each row and added to all its entries, so it cancels in the softmax and the sample is not random.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand(logits.shape[0], 1, dtype=logits.dtype, device=logits.device).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = ((logits + g) / temperature).softmax(dim=1)
    if hard:
        index = soft.argmax(dim=1)
        one_hot = F.one_hot(index, logits.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | noise-shared-by-batch | One noise vector of length num_classes is drawn and shared by all rows of the batch.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits[0]).clamp_min(1e-20)
    gumbel = -torch.log(-torch.log(u))
    soft = F.softmax((logits + gumbel) / temperature, dim=1)
    if hard:
        y = torch.zeros_like(soft).scatter_(1, soft.argmax(1, keepdim=True), 1.0)
        return y + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | sign-of-the-noise | The outer minus sign is missing: the noise is log(-log u), the negative of Gumbel noise.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=-1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=-1), soft.size(-1)).to(soft)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | only-logits-divided | Only the logits are divided by the temperature; the noise is added afterwards at full size.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax(logits / temperature + g, dim=-1)
    if not hard:
        return soft
    one_hot = F.one_hot(soft.argmax(dim=-1), soft.size(-1)).to(soft.dtype)
    return one_hot + (soft - soft.detach())


# %% wrong | gumbel_softmax_sample | multiplied-by-temperature | Logits and noise are multiplied by the temperature instead of divided by it.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -(-u.log()).log()
    soft = F.softmax((logits + g) * temperature, dim=-1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=-1), soft.size(-1)).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | softmax-over-batch | The softmax (and the winner) is taken along the batch axis, so columns instead of rows add up to 1.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=0)
    if hard:
        one_hot = torch.zeros_like(soft).scatter_(0, soft.argmax(dim=0, keepdim=True), 1.0)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | hard-without-gradient | The hard sample is the plain one-hot row of the winner, through which no gradient flows.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=-1)
    if hard:
        return F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
    return soft


# %% wrong | gumbel_softmax_sample | order-of-the-three-terms | The hard sample is computed as (one-hot + soft) - soft.detach(), which rounding makes 0.99999994 or the like instead of exactly one-hot.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=-1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return one_hot + soft - soft.detach()
    return soft


# %% wrong | gumbel_softmax_sample | winner-of-the-logits | The hard sample takes the largest logit without noise, so the winner of a row is always the same.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=-1)
    if hard:
        one_hot = F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | separate-hard-draw | The hard row is a separate draw with torch.multinomial, not the winner of the soft sample whose gradient it carries.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=-1)
    if hard:
        index = torch.multinomial(logits.detach().softmax(dim=-1), 1).squeeze(-1)
        one_hot = F.one_hot(index, logits.shape[-1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | fixed-seed | The random seed is set inside the function, so every call draws the same noise.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    torch.manual_seed(42)
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=-1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | probabilities-for-logits | The logits go through a softmax first and the noise is added to the probabilities, so the winners do not follow softmax(logits).
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    probs = F.softmax(logits, dim=-1)
    u = torch.rand_like(probs).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((probs + g) / temperature, dim=-1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | noise-added-in-place | The noise is added to the logits in place, so the caller's tensor changes (and a leaf that requires gradients raises an error).
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    logits += -torch.log(-torch.log(u))
    soft = F.softmax(logits / temperature, dim=-1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | all-without-gradients | The no_grad that was meant for the noise covers the softmax as well, so no sample, soft or hard, has a gradient.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    with torch.no_grad():
        u = torch.rand_like(logits).clamp(min=1e-20)
        g = -torch.log(-torch.log(u))
        soft = F.softmax((logits + g) / temperature, dim=-1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | gradient-of-the-logits | The hard sample adds logits - logits.detach(), so its gradient is passed straight to the logits instead of through the soft sample.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=-1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return one_hot + (logits - logits.detach())
    return soft


# %% wrong | gumbel_softmax_sample | threshold-at-one-half | The hard sample sets entries above 0.5 to 1, so a row whose largest entry is below 0.5 has no 1 at all.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=-1)
    if hard:
        return (soft > 0.5).to(soft.dtype) + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | hard-and-soft-exchanged | The branches are exchanged: hard=True returns the soft sample and the default returns one-hot rows.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=-1)
    if hard:
        return soft
    one_hot = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
    return one_hot + (soft - soft.detach())


# %% right | gumbel_softmax_sample | exponential-noise | Makes Gumbel noise as minus the logarithm of exponential noise and the one-hot row with scatter.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    tiny = torch.finfo(logits.dtype).tiny
    noise = -torch.empty_like(logits).detach().exponential_().clamp_min(tiny).log()
    y = torch.softmax((logits + noise) / temperature, dim=1)
    if not hard:
        return y
    zeros = torch.zeros_like(y).detach()
    one_hot = zeros.scatter(1, y.detach().max(dim=1, keepdim=True).indices, 1.0)
    return (y - y.detach()) + one_hot


# %% right | gumbel_softmax_sample | autograd-function | Straight-through as a custom autograd Function whose backward hands the gradient on unchanged.
class _Winner(torch.autograd.Function):
    @staticmethod
    def forward(ctx, soft):
        return torch.zeros_like(soft).scatter_(-1, soft.argmax(dim=-1, keepdim=True), 1.0)

    @staticmethod
    def backward(ctx, grad):
        return grad


def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    uniform = torch.rand_like(logits).clamp(min=torch.finfo(logits.dtype).tiny)
    gumbel = uniform.log().neg().log().neg()
    soft = logits.add(gumbel).div(temperature).softmax(dim=-1)
    return _Winner.apply(soft) if hard else soft


# %% right | gumbel_softmax_sample | relaxed-distribution | Draws the soft sample with torch.distributions.RelaxedOneHotCategorical.
from torch.distributions import RelaxedOneHotCategorical


def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    t = torch.tensor(float(temperature), dtype=logits.dtype, device=logits.device)
    soft = RelaxedOneHotCategorical(temperature=t, logits=logits).rsample()
    if hard:
        largest = soft.argmax(dim=1)
        rows = torch.eye(logits.shape[1], dtype=soft.dtype, device=soft.device)[largest]
        nothing = soft - soft.detach()
        return rows + nothing
    return soft


# %% right | gumbel_softmax_sample | pytorch-for-soft-only | Takes the soft sample from F.gumbel_softmax and makes the hard one itself, so that it is exact.
def gumbel_softmax_sample(logits, temperature, hard=False):
    soft = F.gumbel_softmax(logits, tau=temperature, hard=False, dim=-1)
    if hard is False:
        return soft
    stopped = soft.detach()
    winners = stopped.argmax(dim=-1)
    one_hot = F.one_hot(winners, num_classes=logits.shape[-1]).type_as(soft)
    zero_with_gradient = soft - stopped
    return one_hot + zero_with_gradient


# %% right | gumbel_softmax_sample | by-hand-exponentials | Long-winded: the softmax is written out with exponentials after the largest entry of each row is subtracted.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand(logits.shape, dtype=logits.dtype, device=logits.device)
    u = torch.where(u == 0, torch.full_like(u, 1e-30), u)
    first_log = torch.log(u)
    second_log = torch.log(-first_log)
    g = -second_log
    scores = (logits + g) / temperature
    scores = scores - scores.max(dim=1, keepdim=True).values.detach()
    exponentials = torch.exp(scores)
    total = exponentials.sum(dim=1, keepdim=True)
    soft = exponentials / total
    if hard == True:  # noqa: E712
        one_hot = torch.zeros(soft.shape, dtype=soft.dtype, device=soft.device)
        for row in range(soft.shape[0]):
            one_hot[row, int(torch.argmax(soft[row]))] = 1.0
        difference = soft - soft.detach()
        return one_hot + difference
    else:
        return soft


# %% wrong | categorical_kl | zero-times-log-zero | softmax and log are taken one after the other, so a probability that rounds to 0 makes the row NaN.
def categorical_kl(logits: Tensor) -> Tensor:
    q = logits.softmax(dim=-1)
    return (q * (q.log() + math.log(logits.shape[-1]))).sum(dim=-1)


# %% wrong | categorical_kl | reversed | The KL is taken in the other direction, of the uniform distribution from q, as F.kl_div with log q as input does.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    uniform = torch.full_like(logits, 1.0 / logits.shape[1])
    return F.kl_div(log_q, uniform, reduction="none").sum(dim=1)


# %% wrong | categorical_kl | entropy-only | The entropy of q is returned instead of log K minus the entropy.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = logits.log_softmax(dim=1).clamp(min=-1e30)
    return -(log_q.exp() * log_q).sum(dim=1)


# %% wrong | categorical_kl | mean-over-batch | The KL is averaged over the batch, so a scalar is returned instead of one value per row.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    kl = (log_q.exp() * (log_q + math.log(logits.shape[-1]))).sum(dim=-1)
    return kl.mean()


# %% wrong | categorical_kl | mean-over-classes | The terms of the sum over words are averaged instead of added, so each value is too small by the factor K.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    return (log_q.exp() * (log_q + math.log(logits.shape[-1]))).mean(dim=-1)


# %% wrong | categorical_kl | bits | The logarithms are to the base 2, so the KL is in bits instead of nats.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    entropy_bits = -(log_q.exp() * log_q / math.log(2)).sum(dim=-1)
    return math.log2(logits.shape[-1]) - entropy_bits


# %% wrong | categorical_kl | always-ten-words | log 10 is written into the function, so the KL is wrong for any other number of classes.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    entropy = -(log_q.exp() * log_q).sum(dim=1)
    return math.log(10) - entropy


# %% wrong | categorical_kl | log-of-batch-size | log K is taken of the size of the batch (shape[0]) instead of the number of classes.
def categorical_kl(logits: Tensor) -> Tensor:
    k = logits.shape[0]
    log_q = torch.log_softmax(logits, dim=1).clamp(min=-1e30)
    return math.log(k) + (log_q.exp() * log_q).sum(dim=1)


# %% wrong | categorical_kl | softmax-over-batch | The softmax is taken along the batch axis instead of over the classes of each row.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = torch.log_softmax(logits, dim=0).clamp(min=-1e30)
    return (log_q.exp() * (log_q + math.log(logits.shape[1]))).sum(dim=1)


# %% wrong | categorical_kl | infinite-log | log_softmax is used without a floor, so logits whose difference overflows (3e38 and -3e38) give 0 times minus infinity, NaN.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=-1)
    q = log_q.exp()
    return (q * log_q).sum(dim=-1) + math.log(logits.shape[-1])


# %% wrong | categorical_kl | logits-clamped | The logits are limited to [-20, 20] for stability, so that (100, 50) counts as (20, 20) and gets KL 0.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits.clamp(-20, 20), dim=-1)
    return math.log(logits.shape[-1]) + (log_q.exp() * log_q).sum(dim=-1)


# %% wrong | categorical_kl | nan-gradient | NaN terms are replaced by 0 after the fact, so the value is right but the gradient is NaN as soon as a probability rounds to 0.
def categorical_kl(logits: Tensor) -> Tensor:
    q = F.softmax(logits, dim=-1)
    terms = torch.nan_to_num(q * q.log(), nan=0.0)
    return math.log(logits.shape[-1]) + terms.sum(dim=-1)


# %% wrong | categorical_kl | always-float64 | The computation is done in double precision and not cast back, so float32 logits give a float64 result.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits.double(), dim=-1).clamp(min=-1e30)
    return math.log(logits.shape[-1]) + (log_q.exp() * log_q).sum(dim=-1)


# %% wrong | categorical_kl | logits-shifted-in-place | The value is right, but the largest logit is subtracted in place, which changes the caller's tensor.
def categorical_kl(logits: Tensor) -> Tensor:
    logits -= logits.detach().max(dim=-1, keepdim=True).values
    log_q = F.log_softmax(logits.clamp(min=-1e30), dim=-1)
    return math.log(logits.shape[-1]) + (log_q.exp() * log_q).sum(dim=-1)


# %% wrong | categorical_kl | sign | The sign is wrong: the entropy minus log K is returned, which is never positive.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    entropy = -(log_q.exp() * log_q).sum(dim=-1)
    return entropy - math.log(logits.shape[-1])


# %% wrong | categorical_kl | prior-is-one-over-k-upside-down | q is divided by K instead of by 1/K inside the logarithm, so the result is minus the entropy minus log K.
def categorical_kl(logits: Tensor) -> Tensor:
    k = logits.shape[-1]
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    return (log_q.exp() * (log_q - math.log(k))).sum(dim=-1)


# %% wrong | categorical_kl | kept-axis | The summed axis is kept, so the result has shape (batch, 1) instead of (batch,).
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    kl = (log_q.exp() * log_q).sum(dim=1, keepdim=True) + math.log(logits.shape[1])
    return kl


# %% right | categorical_kl | distribution-entropy | Takes the entropy from torch.distributions.Categorical, which floors its logarithms itself.
from torch.distributions import Categorical


def categorical_kl(logits: Tensor) -> Tensor:
    return math.log(logits.shape[1]) - Categorical(logits=logits).entropy()


# %% right | categorical_kl | tiny-floor-of-q | Uses the softmax with a floor inside the logarithm, and einsum for the sum.
def categorical_kl(logits: Tensor) -> Tensor:
    q = torch.softmax(logits, dim=-1)
    log_q = q.clamp(min=1e-30).log()
    log_k = math.log(q.shape[-1])
    return torch.einsum("nk,nk->n", q, log_q + log_k)


# %% right | categorical_kl | row-by-row | Beginner style: a loop over rows with the softmax written out after subtracting the largest logit.
def categorical_kl(logits):
    results = []
    for row in logits:
        shifted = row - row.max().detach()
        shifted = torch.clamp(shifted, min=-1e30)
        exps = torch.exp(shifted)
        total = exps.sum()
        q = exps / total
        log_q = shifted - torch.log(total)
        kl = 0.0
        for i in range(len(row)):
            kl = kl + q[i] * (log_q[i] + np.log(len(row)).item())
        results.append(kl)
    return torch.stack(results)


# %% right | categorical_kl | safe-where | Masks the impossible words before and after the product, so that neither value nor gradient is NaN.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = torch.log_softmax(logits, dim=-1)
    alive = log_q > -1e4
    safe = torch.where(alive, log_q, torch.zeros_like(log_q))
    terms = torch.where(alive, safe.exp() * safe, torch.zeros_like(log_q))
    return terms.sum(dim=-1).add(math.log(logits.size(-1)))


# %% right | categorical_kl | double-and-back | Computes in double precision with lambdas and casts back to the dtype of the logits.
def categorical_kl(logits: Tensor) -> Tensor:
    floor = lambda t: t.clamp_min(-1e30)  # noqa: E731
    plogp = lambda lq: torch.mul(torch.exp(lq), lq)  # noqa: E731
    negative_entropy = plogp(floor(F.log_softmax(logits.to(torch.float64), dim=1))).sum(1)
    return (negative_entropy + math.log(logits.shape[1])).to(logits.dtype)


# %% wrong | GumbelVAE | encode-returns-probabilities | encode puts a softmax on the third head, so probabilities are returned (and sampled from) where logits are asked for.
class GumbelVAE(nn.Module):
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
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.dec_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), F.softmax(self.logits(h), dim=1)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.dec_hidden(torch.cat([z, c], dim=1)))
        return self.out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | c-before-z | The decoder joins c and z in the wrong order: c first, z second.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_log_var = nn.Linear(hidden_dim, latent_dim)
        self.to_logits = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(num_classes + latent_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.to_mu(h), self.to_log_var(h), self.to_logits(h)

    def decode(self, z, c):
        return self.decoder(torch.cat([c, z], dim=-1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        std = torch.exp(0.5 * log_var)
        z = mu + std * torch.randn_like(std)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | hard-sample | forward draws c with hard=True, so the decoder gets one-hot rows instead of a soft sample.
class GumbelVAE(nn.Module):
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
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_logits = nn.Linear(hidden_dim, num_classes)
        self.fc2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = torch.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z, c):
        return self.fc3(torch.relu(self.fc2(torch.cat((z, c), 1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature, hard=True)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | mean-in-eval-mode | After eval() forward uses mu for z and softmax(logits) for c, so nothing is drawn, although draws are asked for in both modes.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.body = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.logits_head = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x):
        h = self.body(x)
        return self.mu_head(h), self.log_var_head(h), self.logits_head(h)

    def decode(self, z, c):
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        if self.training:
            z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
            c = gumbel_softmax_sample(logits, temperature)
        else:
            z = mu
            c = logits.softmax(dim=1)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | variance-as-sigma | The noise of z is multiplied by exp(log_var), the variance, instead of by the standard deviation.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.dec1 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.dec2 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.enc(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        zc = torch.cat([z, c], dim=1)
        return self.dec2(F.relu(self.dec1(zc)))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        eps = torch.randn_like(mu)
        z = mu + torch.exp(log_var) * eps
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | decode-returns-probabilities | decode ends in a sigmoid, so probabilities are returned where x_logits are asked for.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
            nn.Sigmoid(),
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | c-without-noise | c is softmax(logits / temperature) without Gumbel noise, so it is not a sample.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc_in = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_c = nn.Linear(hidden_dim, num_classes)
        self.fc_z = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc_out = nn.Linear(hidden_dim, input_dim)

    def reparameterize(self, mu, log_var):
        return mu + torch.randn_like(mu) * torch.exp(0.5 * log_var)

    def encode(self, x):
        h = F.relu(self.fc_in(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_c(h)

    def decode(self, z, c):
        return self.fc_out(F.relu(self.fc_z(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = self.reparameterize(mu, log_var)
        c = F.softmax(logits / temperature, dim=-1)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | decoder-without-relu | The decoder has no ReLU between its two linear layers.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.decoder_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = self.hidden(x).relu()
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        h = self.decoder_hidden(torch.cat([z, c], dim=1))
        return self.decoder_out(h)

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | logits-from-mu | The third head reads mu instead of the hidden numbers.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.trunk = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.classifier = nn.Linear(latent_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x):
        h = self.trunk(x)
        mu = self.mu(h)
        return mu, self.log_var(h), self.classifier(mu)

    def decode(self, z, c):
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | temperature-ignored | forward always samples c at the temperature 0.67 instead of the one that it is given.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.temperature = 0.67
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc23 = nn.Linear(hidden_dim, num_classes)
        self.fc3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1), self.fc23(h1)

    def decode(self, z, c):
        h3 = F.relu(self.fc3(torch.cat([z, c], dim=1)))
        return self.fc4(h3)

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, self.temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | log-var-through-relu | The head of log_var is followed by a ReLU, so log_var is never negative and sigma never below 1.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Sequential(nn.Linear(hidden_dim, latent_dim), nn.ReLU())
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | returns-the-sample | forward returns the soft sample c as its fourth result instead of the logits.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.heads = nn.ModuleList(
            [nn.Linear(hidden_dim, n) for n in (latent_dim, latent_dim, num_classes)]
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x):
        h = self.encoder(x)
        mu, log_var, logits = [head(h) for head in self.heads]
        return mu, log_var, logits

    def decode(self, z, c):
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, c


# %% wrong | GumbelVAE | attributes-missing | latent_dim and num_classes are not kept as attributes of the model.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.encoder = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder1 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.decoder2 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.encoder(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.decoder2(F.relu(self.decoder1(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        return self.decode(z, gumbel_softmax_sample(logits, temperature)), mu, log_var, logits


# %% wrong | GumbelVAE | twenty-inputs | The decoder always reads 20 numbers, so other values of latent_dim or num_classes raise an error in decode.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(20, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | heads-without-bias | The three heads are linear layers without biases.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.log_var = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.logits = nn.Linear(hidden_dim, num_classes, bias=False)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | one-noise-for-the-batch | A single noise vector of length latent_dim is drawn for z and shared by all images of the batch.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc_hidden = nn.Linear(input_dim, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.enc_logits = nn.Linear(hidden_dim, num_classes)
        self.dec_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.dec_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.enc_hidden(x))
        return self.enc_mu(h), self.enc_log_var(h), self.enc_logits(h)

    def decode(self, z, c):
        h = F.relu(self.dec_hidden(torch.cat([z, c], dim=1)))
        return self.dec_out(h)

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        eps = torch.randn(self.latent_dim, device=x.device)
        z = mu + torch.exp(0.5 * log_var) * eps
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | decodes-the-logits | forward gives the logits themselves to the decoder instead of a sample of c.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        x_logits = self.decode(z, logits)
        return x_logits, mu, log_var, logits


# %% wrong | GumbelVAE | tanh-encoder | The hidden layer of the encoder uses tanh instead of ReLU.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.Tanh())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% right | GumbelVAE | module-list | The heads live in a ModuleList and encode returns them through a tuple comprehension.
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
        self.trunk = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        sizes = (latent_dim, latent_dim, num_classes)
        self.heads = nn.ModuleList(nn.Linear(hidden_dim, size) for size in sizes)
        self.generator = nn.Sequential(
            nn.Linear(sum(sizes[1:]), hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.trunk(x)
        return tuple(head(h) for head in self.heads)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.generator(torch.hstack((z, c)))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        q = self.encode(x)
        z = torch.addcmul(q[0], torch.randn_like(q[0]), q[1].div(2).exp())
        return (self.decode(z, gumbel_softmax_sample(q[2], temperature)), *q)


# %% right | GumbelVAE | distributions-rsample | z is drawn with torch.distributions.Normal(...).rsample(); names are numbered as in the PyTorch examples.
from torch.distributions import Normal


class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super(GumbelVAE, self).__init__()
        self.input_dim = input_dim
        self.hidden_dim = hidden_dim
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc23 = nn.Linear(hidden_dim, num_classes)
        self.fc3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        mu = self.fc21(h1)
        log_var = self.fc22(h1)
        logits = self.fc23(h1)
        return mu, log_var, logits

    def decode(self, z, c):
        both = torch.cat((z, c), dim=1)
        h3 = F.relu(self.fc3(both))
        return self.fc4(h3)

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        sigma = torch.sqrt(torch.exp(log_var))
        z = Normal(mu, sigma).rsample()
        c = gumbel_softmax_sample(logits, temperature=temperature, hard=False)
        x_logits = self.decode(z, c)
        return x_logits, mu, log_var, logits


# %% right | GumbelVAE | separate-modules | Encoder and decoder are modules of their own, and a static method draws z.
class _Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, n_z, n_c):
        super().__init__()
        self.hidden = nn.Linear(n_in, n_hidden)
        self.activation = nn.ReLU()
        self.mean = nn.Linear(n_hidden, n_z)
        self.log_variance = nn.Linear(n_hidden, n_z)
        self.words = nn.Linear(n_hidden, n_c)

    def forward(self, x):
        h = self.activation(self.hidden(x))
        return self.mean(h), self.log_variance(h), self.words(h)


class _Decoder(nn.Module):
    def __init__(self, n_z, n_c, n_hidden, n_out):
        super().__init__()
        self.hidden = nn.Linear(n_z + n_c, n_hidden)
        self.pixels = nn.Linear(n_hidden, n_out)

    def forward(self, z, c):
        return self.pixels(self.hidden(torch.cat([z, c], dim=-1)).clamp(min=0))


class GumbelVAE(nn.Module):
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
        self.encoder = _Encoder(input_dim, hidden_dim, latent_dim, num_classes)
        self.decoder = _Decoder(latent_dim, num_classes, hidden_dim, input_dim)

    @staticmethod
    def draw(mu: Tensor, log_var: Tensor) -> Tensor:
        eps = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        return mu + eps * torch.exp(log_var * 0.5)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.encoder(x)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.decoder(z, c)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z, c = self.draw(mu, log_var), gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% right | GumbelVAE | module-dict | A ModuleDict with names as keys, one ReLU module shared by both sides, and a stray print in the constructor.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.relu = nn.ReLU()
        self.layers = nn.ModuleDict()
        self.layers["encoder"] = nn.Linear(input_dim, hidden_dim)
        self.layers["mu"] = nn.Linear(hidden_dim, latent_dim)
        self.layers["log_var"] = nn.Linear(hidden_dim, latent_dim)
        self.layers["logits"] = nn.Linear(hidden_dim, num_classes)
        self.layers["decoder"] = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.layers["pixels"] = nn.Linear(hidden_dim, input_dim)
        print("parameters:", sum(p.numel() for p in self.parameters()))

    def encode(self, x):
        hidden = self.relu(self.layers["encoder"](x))
        return (
            self.layers["mu"](hidden),
            self.layers["log_var"](hidden),
            self.layers["logits"](hidden),
        )

    def decode(self, z, c):
        joined = torch.concat([z, c], dim=1)
        hidden = self.relu(self.layers["decoder"](joined))
        x_logits = self.layers["pixels"](hidden)
        return x_logits

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        std = log_var.mul(0.5).exp()
        epsilon = torch.randn_like(std)
        z = mu + std * epsilon
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | joint_loss | kls-added-first | Both KLs are added and compared with the sum of the capacities in one absolute value, so z can fill both.
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
    return recon + gamma * (kl_z + kl_c - capacity_z - capacity_c).abs()


# %% wrong | joint_loss | distance-before-mean | The distance from the capacity is taken for each image and then averaged, instead of averaging the KL first.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x)
    kl_z = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    kl_c = categorical_kl(logits)
    loss = recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()
    return loss.mean()


# %% wrong | joint_loss | recon-mean-over-pixels | The reconstruction is averaged over pixels as well as images, so it is too small by the factor 784.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl_z = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * torch.abs(kl_z - capacity_z) + gamma * torch.abs(kl_c - capacity_c)


# %% wrong | joint_loss | recon-sum-over-batch | The reconstruction is summed over the images of the batch instead of averaged.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    kl_z = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | only-above-capacity | Only a KL above its capacity is penalised (ReLU instead of the absolute value).
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * F.relu(kl_z - capacity_z) + gamma * F.relu(kl_c - capacity_c)


# %% wrong | joint_loss | squared-distance | The distances from the capacities are squared instead of taken as absolute values.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z) ** 2 + gamma * (kl_c - capacity_c) ** 2


# %% wrong | joint_loss | capacities-exchanged | The capacities are exchanged: the KL of z is compared with capacity_c and that of c with capacity_z.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    total = recon
    for kl, capacity in ((kl_z, capacity_c), (kl_c, capacity_z)):
        total = total + gamma * (kl - capacity).abs()
    return total


# %% wrong | joint_loss | log-var-as-log-sigma | log_var is read as log sigma, so the KL of z uses exp(2 log_var) and 2 log_var.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + (2 * log_var).exp() - 1 - 2 * log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | half-missing | The factor one half of the KL of z is missing.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | kl-z-mean-over-dimensions | The KL of z is averaged over the latent dimensions instead of summed.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = torch.mean(-0.5 * (1 + log_var - mu.square() - log_var.exp()))
    kl_c = torch.mean(categorical_kl(logits))
    return recon + gamma * torch.abs(kl_z - capacity_z) + gamma * torch.abs(kl_c - capacity_c)


# %% wrong | joint_loss | gamma-for-z-only | gamma multiplies only the penalty of z; that of c has the weight 1.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + (kl_c - capacity_c).abs()


# %% wrong | joint_loss | kl-c-without-log-k | The KL of c is the negative entropy of q: log of the number of words is missing.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    log_q = logits.log_softmax(dim=1)
    kl_c = (log_q.exp() * log_q).sum(dim=1).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | nan-for-large-logits | The KL of c is written with softmax and log one after the other, so the loss is NaN for logits of several hundred.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    q = torch.softmax(logits, dim=1)
    kl_c = (q * torch.log(q * logits.shape[1])).sum(dim=1).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | python-number | The terms are turned into Python numbers with item() and wrapped in a new tensor, so no gradient flows through the result.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean().item()
    kl_z = (0.5 * (mu.square() + log_var.exp() - 1 - log_var)).sum(dim=1).mean().item()
    kl_c = categorical_kl(logits).mean().item()
    loss = recon + gamma * abs(kl_z - capacity_z) + gamma * abs(kl_c - capacity_c)
    return torch.tensor(loss)


# %% wrong | joint_loss | no-absolute-value | The absolute values are missing, so a KL below its capacity is rewarded.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z) + gamma * (kl_c - capacity_c)


# %% wrong | joint_loss | squared-error | The reconstruction is the squared error between sigmoid(x_logits) and x instead of the Bernoulli negative log likelihood.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = F.mse_loss(torch.sigmoid(x_logits), x, reduction="sum") / x.shape[0]
    kl_z = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | sigmoid-twice | x_logits go through a sigmoid before a loss that expects logits, so the sigmoid is applied twice.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits.sigmoid(), x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | images-and-logits-exchanged | The arguments of bernoulli_nll are exchanged: the images are taken as logits and the logits as images.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x, x_logits).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | gamma-times-everything | gamma multiplies the reconstruction too, because the brackets are in the wrong place.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return gamma * (recon + (kl_z - capacity_z).abs() + (kl_c - capacity_c).abs())


# %% wrong | joint_loss | binarised-in-place | The images are rounded to 0 and 1 in place, which changes the caller's x and the loss of grey pixels.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    x.round_()
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | batch-of-128 | The sums over the batch are divided by 128, the usual batch size, instead of the number of images given.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    batch_size = 128
    recon = bernoulli_nll(x_logits, x).sum() / batch_size
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum() / batch_size
    kl_c = categorical_kl(logits).sum() / batch_size
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% right | joint_loss | torch-distributions | Both KLs come from torch.distributions.kl_divergence.
from torch.distributions import Categorical, Normal, kl_divergence


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
    q_z = Normal(mu, (0.5 * log_var).exp())
    p_z = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl_z = kl_divergence(q_z, p_z).sum(dim=1).mean()
    kl_c = kl_divergence(Categorical(logits=logits), Categorical(logits=torch.zeros_like(logits)))
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c.mean() - capacity_c).abs()


# %% right | joint_loss | softplus | The reconstruction is written as softplus(l) - x l and the sums with einsum.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    n = x.shape[0]
    recon = (F.softplus(x_logits).sum() - torch.einsum("np,np->", x, x_logits)) / n
    kl_z = (torch.einsum("nd,nd->", mu, mu) + (log_var.exp() - log_var - 1).sum()) / (2 * n)
    kl_c = categorical_kl(logits).sum() / n
    penalty = torch.stack([kl_z - capacity_z, kl_c - capacity_c]).abs().sum()
    return recon + gamma * penalty


# %% right | joint_loss | image-by-image | Beginner style: a loop over the images, with three running sums.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = 0
    kl_z = 0
    kl_c = 0
    how_many = len(x)
    per_image_c = categorical_kl(logits)
    for i in range(how_many):
        recon = recon + F.binary_cross_entropy_with_logits(x_logits[i], x[i], reduction="sum")
        variance = torch.exp(log_var[i])
        kl_z = kl_z - 0.5 * torch.sum(1 + log_var[i] - mu[i] * mu[i] - variance)
        kl_c = kl_c + per_image_c[i]
    recon = recon / how_many
    kl_z = kl_z / how_many
    kl_c = kl_c / how_many
    distance_z = torch.abs(kl_z - capacity_z)
    distance_c = torch.abs(kl_c - capacity_c)
    loss = recon + gamma * distance_z + gamma * distance_c
    return loss


# %% right | joint_loss | helpers-and-norm | Small helper functions; the two distances are added as an L1 norm of a vector.
def _kl_normal(m: Tensor, s: Tensor) -> Tensor:
    return torch.sum(m.pow(2) + torch.expm1(s) - s, dim=-1).mul(0.5)


def _kl_uniform(l: Tensor) -> Tensor:  # noqa: E741
    log_q = torch.log_softmax(l, -1).clamp_min(-1e30)
    return torch.sum(log_q.exp() * log_q, -1) + math.log(l.shape[-1])


def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    kls = torch.stack([_kl_normal(mu, log_var).mean(), _kl_uniform(logits).mean()])
    wanted = torch.tensor([capacity_z, capacity_c], dtype=kls.dtype, device=kls.device)
    return bernoulli_nll(x_logits, x).mean() + gamma * F.l1_loss(kls, wanted, reduction="sum")


# %% right | joint_loss | max-for-absolute-value | The absolute value is the larger of the difference and its negative; lambdas throughout and a stray print.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    away = lambda kl, target: torch.maximum(kl - target, target - kl)  # noqa: E731
    average = lambda per_image: per_image.sum() / per_image.numel()  # noqa: E731
    nll = average(bernoulli_nll(x_logits, x))
    z = average((mu * mu - log_var + log_var.exp() - 1).sum(1) / 2)
    c = average(categorical_kl(logits))
    print(f"recon {nll.item():.1f} kl_z {z.item():.2f} kl_c {c.item():.2f}")
    return nll + gamma * away(z, capacity_z) + gamma * away(c, capacity_c)
