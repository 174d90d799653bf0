# %% wrong | clustering_scores | fancy-index-counts-once | table[groups, classes] += 1 counts each pair only once.
def clustering_scores(assignments, labels):
    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, k = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((g.max() + 1, k.max() + 1))
    table[g, k] += 1
    rows, cols = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, cols].sum() / len(g)
    return float(normalized_mutual_info_score(k, g)), float(accuracy)


# %% wrong | clustering_scores | purity | Each group takes its most frequent class, so names are used twice: purity.
def clustering_scores(assignments, labels):
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    right = 0
    for g in np.unique(a):
        _, counts = np.unique(y[a == g], return_counts=True)
        right += counts.max()
    return float(normalized_mutual_info_score(y, a)), float(right / len(y))


# %% wrong | clustering_scores | greedy | The largest count is taken first, again and again, instead of the best matching.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, k = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((g.max() + 1, k.max() + 1), dtype=int)
    np.add.at(table, (g, k), 1)
    nmi = normalized_mutual_info_score(k, g)
    left, right = table.copy(), 0
    for _ in range(min(table.shape)):
        i, j = np.unravel_index(left.argmax(), left.shape)
        right += table[i, j]
        left[i, :] = -1
        left[:, j] = -1
    return float(nmi), float(right / len(g))


# %% wrong | clustering_scores | ten-by-ten-table | Groups and classes must be 0 to 9; other numbers raise or land in wrong cells.
def clustering_scores(assignments, labels):
    table = torch.bincount(10 * assignments + labels, minlength=100).reshape(10, 10).cpu().numpy()
    rows, cols = linear_sum_assignment(table, maximize=True)
    nmi = normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy())
    return float(nmi), float(table[rows, cols].sum() / len(labels))


# %% wrong | clustering_scores | max-plus-one-table | The table is indexed by the raw numbers, so negative ones collide or raise and huge ones need too much memory.
def clustering_scores(assignments, labels):
    g, k = assignments.cpu().numpy(), labels.cpu().numpy()
    table = np.zeros((g.max() + 1, k.max() + 1))
    np.add.at(table, (g, k), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(normalized_mutual_info_score(k, g)), float(table[rows, cols].sum() / len(g))


# %% wrong | clustering_scores | divided-by-matched | The hits are divided by the images of named groups, so groups without a name do not count as wrong.
def clustering_scores(assignments, labels):
    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, k = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((g.max() + 1, k.max() + 1))
    np.add.at(table, (g, k), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, cols].sum() / table[rows].sum()
    return float(normalized_mutual_info_score(k, g)), float(accuracy)


# %% wrong | clustering_scores | worst-matching | maximize=True is forgotten, so the worst matching is found.
def clustering_scores(assignments, labels):
    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, k = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((g.max() + 1, k.max() + 1), dtype=int)
    np.add.at(table, (g, k), 1)
    row_ind, col_ind = linear_sum_assignment(table)
    nmi = normalized_mutual_info_score(k, g)
    return float(nmi), float(table[row_ind, col_ind].sum() / table.sum())


# %% wrong | clustering_scores | geometric-mean | The mutual information is divided by the geometric mean of the entropies.
def clustering_scores(assignments, labels):
    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, k = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((g.max() + 1, k.max() + 1))
    np.add.at(table, (g, k), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    nmi = normalized_mutual_info_score(k, g, average_method="geometric")
    return float(nmi), float(table[rows, cols].sum() / len(g))


# %% wrong | clustering_scores | mutual-information-not-normalised | The mutual information in nats is returned, which may exceed 1.
def clustering_scores(assignments, labels):
    from sklearn.metrics import mutual_info_score

    g = np.unique(assignments.cpu().numpy(), return_inverse=True)[1]
    k = np.unique(labels.cpu().numpy(), return_inverse=True)[1]
    table = np.zeros((g.max() + 1, k.max() + 1))
    np.add.at(table, (g, k), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(mutual_info_score(k, g)), float(table[rows, cols].sum() / len(g))


# %% wrong | clustering_scores | adjusted-mi | The adjusted mutual information is used, which corrects for chance and can be negative.
def clustering_scores(assignments, labels):
    from sklearn.metrics import adjusted_mutual_info_score
    from sklearn.metrics.cluster import contingency_matrix

    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    table = contingency_matrix(y, a)
    rows, cols = linear_sum_assignment(-table)
    return float(adjusted_mutual_info_score(y, a)), float(table[rows, cols].sum() / len(y))


# %% wrong | clustering_scores | block-sum | table[rows][:, cols] is the whole block, not the entries of the matching.
def clustering_scores(assignments, labels):
    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, k = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((g.max() + 1, k.max() + 1))
    np.add.at(table, (g, k), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows][:, cols].sum() / len(g)
    return float(normalized_mutual_info_score(k, g)), float(accuracy)


# %% wrong | clustering_scores | no-matching | The group numbers are compared with the labels as if they were names.
def clustering_scores(assignments, labels):
    nmi = normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy())
    accuracy = (assignments == labels).float().mean().item()
    return float(nmi), accuracy


# %% wrong | clustering_scores | order-swapped | Accuracy comes first, NMI second.
def clustering_scores(assignments, labels):
    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, k = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((g.max() + 1, k.max() + 1))
    np.add.at(table, (g, k), 1)
    accuracy = table[linear_sum_assignment(table, maximize=True)].sum() / len(g)
    return float(accuracy), float(normalized_mutual_info_score(k, g))


# %% wrong | clustering_scores | relabels-in-place | The numbers of the groups are replaced in the NumPy view and so in the tensor of the caller.
def clustering_scores(assignments, labels):
    g, k = assignments.numpy(), labels.numpy()
    for new, old in enumerate(np.unique(g)):  # sorted, so new <= old for numbers from 0 on
        g[g == old] = new
    classes, k = np.unique(k, return_inverse=True)
    table = np.zeros((g.max() + 1, len(classes)))
    np.add.at(table, (g, k), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(normalized_mutual_info_score(k, g)), float(table[rows, cols].sum() / len(g))


# %% wrong | clustering_scores | best-group-per-class | Each class takes the group that holds most of it; two classes may share a group.
def clustering_scores(assignments, labels):
    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, k = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((g.max() + 1, k.max() + 1))
    np.add.at(table, (g, k), 1)
    accuracy = table.max(axis=0).sum() / len(g)
    return float(normalized_mutual_info_score(k, g)), float(accuracy)


# %% wrong | clustering_scores | table-cut-to-square | The table is cut to a square before the matching, so surplus groups or classes can never be named.
def clustering_scores(assignments, labels):
    groups, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    classes, k = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((len(groups), len(classes)))
    np.add.at(table, (g, k), 1)
    n = min(table.shape)
    square = table[:n, :n]  # the Hungarian algorithm needs a square
    rows, cols = linear_sum_assignment(square, maximize=True)
    accuracy = square[rows, cols].sum() / len(g)
    return float(normalized_mutual_info_score(k, g)), float(accuracy)


# %% wrong | clustering_scores | mean-of-class-rates | The accuracy is the mean of the rates of the matched groups, not the fraction of all images.
def clustering_scores(assignments, labels):
    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, k = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((g.max() + 1, k.max() + 1))
    np.add.at(table, (g, k), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    accuracy = np.mean([table[r, c] / table[r].sum() for r, c in zip(rows, cols)])
    return float(normalized_mutual_info_score(k, g)), float(accuracy)


# %% right | clustering_scores | unique-and-add-at | The way of the hints.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    groups, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    classes, k = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((len(groups), len(classes)), dtype=int)
    np.add.at(table, (g, k), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, columns].sum() / len(g)
    return float(normalized_mutual_info_score(k, g)), float(accuracy)


# %% right | clustering_scores | contingency-matrix | scikit-learn counts the table; the cost is its negative.
def clustering_scores(assignments, labels):
    from sklearn.metrics.cluster import contingency_matrix

    y_true, y_pred = labels.detach().cpu().numpy(), assignments.detach().cpu().numpy()
    counts = contingency_matrix(y_true, y_pred)
    r, c = linear_sum_assignment(-counts)
    nmi = normalized_mutual_info_score(y_true, y_pred, average_method="arithmetic")
    return float(nmi), float(counts[r, c].sum()) / y_true.size


# %% right | clustering_scores | torch-bincount | torch.unique renames, bincount counts.
def clustering_scores(assignments, labels):
    groups, g = assignments.unique(return_inverse=True)
    classes, k = labels.unique(return_inverse=True)
    G, K = groups.numel(), classes.numel()
    table = torch.bincount(g * K + k, minlength=G * K).view(G, K).cpu().numpy()
    hits = sum(int(table[i, j]) for i, j in zip(*linear_sum_assignment(table, maximize=True)))
    nmi = normalized_mutual_info_score(labels.tolist(), assignments.tolist())
    return float(nmi), hits / len(labels)


# %% right | clustering_scores | nmi-by-hand | NMI is computed from the table itself, with 0 log 0 = 0 and 0/0 = 1.
def _entropy(p):
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())


def clustering_scores(assignments, labels):
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    table = np.array(
        [[np.sum((a == g) & (y == k)) for k in np.unique(y)] for g in np.unique(a)], dtype=float
    )
    joint = table / table.sum()
    h_group, h_class = _entropy(joint.sum(axis=1)), _entropy(joint.sum(axis=0))
    mutual = h_group + h_class - _entropy(joint.ravel())
    mean = 0.5 * (h_group + h_class)
    nmi = 1.0 if mean == 0 else min(1.0, max(0.0, mutual / mean))
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(nmi), float(table[rows, cols].sum() / table.sum())


# %% right | clustering_scores | counter-and-dictionaries | A Counter counts the pairs, dictionaries rename the numbers.
def clustering_scores(assignments, labels):
    from collections import Counter

    pairs = Counter(zip(assignments.tolist(), labels.tolist()))
    row_of = {g: i for i, g in enumerate(sorted({g for g, _ in pairs}))}
    column_of = {k: j for j, k in enumerate(sorted({k for _, k in pairs}))}
    table = np.zeros((len(row_of), len(column_of)))
    for (g, k), n in pairs.items():
        table[row_of[g], column_of[k]] = n
    matched = table[linear_sum_assignment(table, maximize=True)].sum()
    nmi = normalized_mutual_info_score(assignments.tolist(), labels.tolist())
    return float(nmi), float(matched / len(labels))


# %% right | clustering_scores | one-hot-product | The table is a product of two one-hot matrices.
def clustering_scores(assignments, labels):
    g = F.one_hot(torch.unique(assignments, return_inverse=True)[1])
    k = F.one_hot(torch.unique(labels, return_inverse=True)[1])
    table = torch.einsum("ng,nk->gk", g.double(), k.double()).cpu().numpy()
    rows, cols = linear_sum_assignment(table, maximize=True)
    nmi = float(normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy()))
    return nmi, float(table[rows, cols].sum() / assignments.shape[0])


# %% wrong | gumbel_softmax_sample | noise-per-row | One Gumbel number per row is added to all its entries, where the softmax cancels it.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand(logits.shape[0], 1, dtype=logits.dtype, device=logits.device).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | noise-shared-by-rows | One row of noise is used for the whole batch.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits[0]).clamp(min=1e-20)
    gumbel = -torch.log(-torch.log(u))
    soft = ((logits + gumbel) / temperature).softmax(dim=-1)
    if not hard:
        return soft
    winner = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
    return winner + (soft - soft.detach())


# %% wrong | gumbel_softmax_sample | gaussian-noise | Normal noise in place of Gumbel noise.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    soft = torch.softmax((logits + torch.randn_like(logits)) / temperature, dim=1)
    if hard:
        index = soft.argmax(dim=1, keepdim=True)
        one_hot = torch.zeros_like(soft).scatter_(1, index, 1.0)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | softmax-over-batch | The softmax runs over the batch axis.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=0)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | temperature-multiplied | Multiplies by the temperature instead of dividing.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -(-u.log()).log()
    soft = ((logits + g) * temperature).softmax(dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | noise-not-divided | Only the logits are divided by the temperature, the noise is added afterwards.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax(logits / temperature + g, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | rounding-order | (one_hot + soft) - soft.detach() is not exactly one-hot in floating point.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + soft - soft.detach()
    return soft


# %% wrong | gumbel_softmax_sample | hard-without-gradient | The hard sample is the bare one-hot row and has no gradient.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp(min=1e-20)
    soft = torch.softmax((logits - torch.log(-torch.log(u))) / temperature, dim=1)
    if hard:
        return F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(logits.dtype)
    return soft


# %% wrong | gumbel_softmax_sample | hard-by-rounding | The hard row is soft.round(), which is all zeros when no entry exceeds one half.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=1)
    if hard:
        return soft.detach().round() + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | hard-argmax-of-logits | The hard winner is the largest logit, without the noise.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(logits.argmax(dim=1), logits.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | hard-from-another-draw | The hard word is drawn anew from the categorical, so it is not the winner of the soft sample whose gradient it has.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=1)
    if hard:
        word = torch.distributions.Categorical(logits=logits.detach()).sample()
        one_hot = F.one_hot(word, logits.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | hard-gradient-without-noise | The hard row has the gradient of softmax(logits / T) without the noise.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp(min=1e-20)
    noisy = logits - torch.log(-torch.log(u))
    if hard:
        one_hot = F.one_hot(noisy.argmax(dim=1), logits.shape[1]).to(logits.dtype)
        mean = torch.softmax(logits / temperature, dim=1)
        return one_hot + (mean - mean.detach())
    return torch.softmax(noisy / temperature, dim=1)


# %% wrong | gumbel_softmax_sample | float32-one-hot | Both kinds of sample are cast to float32 whatever the dtype of the logits.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=1).float()
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).float()
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | noise-added-in-place | The noise is added to the logits in place, so the argument changes.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp_(min=1e-20)
    logits += -torch.log(-torch.log(u))
    soft = torch.softmax(logits / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | sign-of-the-noise | A minus sign is missing: log(-log u) is the negative of Gumbel noise.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | softmax-by-hand-overflows | exp is divided by its sum without subtracting the maximum and overflows for large logits or small temperatures.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    weights = torch.exp((logits + g) / temperature)
    soft = weights / weights.sum(dim=1, keepdim=True)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | log-of-softmax-first | softmax(logits).log() is minus infinity at large differences, and its gradient is NaN.
def gumbel_softmax_sample(logits, temperature, hard=False):
    log_q = torch.softmax(logits, dim=1).log()
    u = torch.rand_like(logits).clamp(min=1e-20)
    soft = torch.softmax((log_q - torch.log(-torch.log(u))) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | one-hot-width-guessed | F.one_hot guesses the number of classes, so the row is too narrow if nobody drew the last word.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1)).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | temperature-floor | The temperature is never allowed below 0.1, although 0.01 must work.
def gumbel_softmax_sample(logits, temperature, hard=False):
    temperature = max(temperature, 0.1)  # avoid overflow
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | one-minus-u | u is replaced by 1 - u without a guard: at u = 0 the noise is plus infinity and the row NaN.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = 1 - torch.rand_like(logits)  # never 0
    g = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | soft-detached-twice | Both soft terms are detached, so the hard row has no gradient.
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=1)
    if hard:
        soft = soft.detach()
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | hard-by-default | hard is True by default.
def gumbel_softmax_sample(logits, temperature, hard=True):
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + g) / temperature, dim=1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% right | gumbel_softmax_sample | clamp-tiny | The formula with u kept above the smallest normal number.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=torch.finfo(logits.dtype).tiny)
    gumbel = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + gumbel) / temperature, dim=1)
    if not hard:
        return soft
    one_hot = F.one_hot(soft.argmax(dim=1), num_classes=logits.shape[1]).to(soft.dtype)
    return one_hot + (soft - soft.detach())


# %% right | gumbel_softmax_sample | pytorch-function | PyTorch's own function, which the text accepts.
def gumbel_softmax_sample(logits, temperature, hard=False):
    return F.gumbel_softmax(logits, tau=temperature, hard=hard, dim=-1)


# %% right | gumbel_softmax_sample | gumbel-distribution | The noise comes from torch.distributions.Gumbel, the one-hot row from scatter.
def gumbel_softmax_sample(logits, temperature, hard=False):
    from torch.distributions import Gumbel

    with torch.no_grad():
        noise = Gumbel(torch.zeros_like(logits), torch.ones_like(logits)).sample()
    y = F.softmax((logits + noise) / temperature, dim=-1)
    if hard:
        index = y.argmax(dim=-1, keepdim=True)
        y_hard = torch.zeros_like(y).scatter(-1, index, 1.0)
        y = y_hard + (y - y.detach())
    return y


# %% right | gumbel_softmax_sample | autograd-function | Straight-through is an autograd function that passes the gradient on.
class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, soft):
        return F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


def gumbel_softmax_sample(logits, temperature, hard=False):
    eps = 1e-20
    u = torch.rand_like(logits)
    noise = -torch.log(-torch.log(u + eps) + eps)
    soft = ((logits + noise) / temperature).softmax(dim=1)
    return _StraightThrough.apply(soft) if hard else soft


# %% right | gumbel_softmax_sample | exponential-noise | Minus the logarithm of exponential noise is Gumbel noise; the zero is added first.
def gumbel_softmax_sample(logits, temperature, hard=False):
    e = torch.empty_like(logits).exponential_().clamp(min=torch.finfo(logits.dtype).tiny)
    scores = (logits - e.log()) / temperature
    soft = torch.exp(scores - scores.max(dim=1, keepdim=True).values)
    soft = soft / soft.sum(dim=1, keepdim=True)
    if hard:
        zero = soft - soft.detach()
        words = torch.arange(logits.shape[1], device=logits.device)
        return zero + (words == scores.argmax(dim=1)[:, None]).to(logits.dtype)
    return soft


# %% right | gumbel_softmax_sample | row-by-row | A loop over the rows, with the identity matrix for the hard rows.
def gumbel_softmax_sample(logits, temperature, hard=False):
    eye = torch.eye(logits.shape[1], dtype=logits.dtype, device=logits.device)
    samples = []
    for row in logits:
        u = torch.rand_like(row).clamp(1e-30, 1 - 1e-7)
        soft = torch.softmax((row - (-u.log()).log()) / temperature, dim=0)
        if hard:
            soft = eye[soft.argmax()] + (soft - soft.detach())
        samples.append(soft)
    return torch.stack(samples)


# %% wrong | categorical_kl | log-of-softmax | softmax(...).log() is minus infinity for a certain row, and 0 times it is NaN.
def categorical_kl(logits):
    q = logits.softmax(dim=1)
    return (q * (q.log() + math.log(logits.shape[1]))).sum(dim=1)


# %% wrong | categorical_kl | no-floor | log_softmax alone is minus infinity where the difference of two logits overflows, so the result is NaN there.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1)
    return (log_q.exp() * log_q).sum(dim=1) + math.log(logits.shape[1])


# %% wrong | categorical_kl | entr-gradient | torch.special.entr is finite at 0, but its gradient is infinite there and becomes NaN behind the softmax.
def categorical_kl(logits):
    q = torch.softmax(logits, dim=1)
    return math.log(logits.shape[1]) - torch.special.entr(q).sum(dim=1)


# %% wrong | categorical_kl | where-gradient | torch.where hides the NaN of 0 log 0 in the value, but not in the gradient.
def categorical_kl(logits):
    q = logits.softmax(dim=-1)
    terms = torch.where(q > 0, q * q.log(), torch.zeros_like(q))
    return math.log(logits.shape[-1]) + terms.sum(dim=-1)


# %% wrong | categorical_kl | log-k-forgotten | Only the negative entropy is returned, log K is missing.
def categorical_kl(logits):
    log_q = logits.log_softmax(dim=1).clamp(min=-1e30)
    return (logits.softmax(dim=1) * log_q).sum(dim=1)


# %% wrong | categorical_kl | sign-of-entropy | The entropy is added to log K instead of subtracted.
def categorical_kl(logits):
    log_q = logits.log_softmax(dim=1).clamp(min=-1e30)
    entropy = -(logits.softmax(dim=1) * log_q).sum(dim=1)
    return math.log(logits.shape[1]) + entropy


# %% wrong | categorical_kl | ten-words | log 10 is typed in, whatever the number of classes.
def categorical_kl(logits):
    log_q = logits.log_softmax(dim=1).clamp(min=-1e30)
    return math.log(10) + (log_q.exp() * log_q).sum(dim=1)


# %% wrong | categorical_kl | mean-over-batch | One number, the mean over the batch, is returned.
def categorical_kl(logits):
    log_q = logits.log_softmax(dim=1).clamp(min=-1e30)
    kl = (log_q.exp() * (log_q + math.log(logits.shape[1]))).sum(dim=1)
    return kl.mean()


# %% wrong | categorical_kl | axis-zero | Softmax and sum run over the batch axis, and the batch size is taken for K.
def categorical_kl(logits):
    log_q = F.log_softmax(logits, dim=0).clamp(min=-1e30)
    return math.log(len(logits)) + (log_q.exp() * log_q).sum(dim=0)


# %% wrong | categorical_kl | reversed | The KL of the uniform distribution from q is computed.
def categorical_kl(logits):
    K = logits.shape[1]
    log_q = logits.log_softmax(dim=1).clamp(min=-1e30)
    return (-math.log(K) - log_q).mean(dim=1)


# %% wrong | categorical_kl | bits | The logarithms have base 2, so the result is in bits.
def categorical_kl(logits):
    log_q = logits.log_softmax(dim=1).clamp(min=-1e30)
    entropy = -(log_q.exp() * log_q / math.log(2)).sum(dim=1)
    return math.log2(logits.shape[1]) - entropy


# %% wrong | categorical_kl | maximum-subtracted-in-place | The maximum is subtracted from the logits in place, so the argument changes.
def categorical_kl(logits):
    logits -= logits.detach().max(dim=1, keepdim=True).values
    log_q = logits.log_softmax(dim=1).clamp(min=-1e30)
    return (log_q.exp() * log_q).sum(dim=1) + math.log(logits.shape[1])


# %% wrong | categorical_kl | logits-clamped | The logits are clamped to [-50, 50], so rows such as (1001, 1000) lose their difference.
def categorical_kl(logits):
    logits = logits.clamp(-50, 50)
    log_q = torch.log_softmax(logits, dim=1)
    return math.log(logits.shape[1]) + (log_q.exp() * log_q).sum(dim=1)


# %% wrong | categorical_kl | float64-result | The result is computed in float64 and never cast back to the dtype of the logits.
def categorical_kl(logits):
    log_q = logits.double().log_softmax(dim=1)  # no overflow in float64
    log_q = log_q.clamp(min=-1e30)
    return math.log(logits.shape[1]) + (log_q.exp() * log_q).sum(dim=1)


# %% wrong | categorical_kl | nan-to-num-at-the-end | The NaN of the whole row is replaced by 0, so a certain word gets KL 0 instead of log K.
def categorical_kl(logits):
    q = logits.softmax(dim=1)
    kl = (q * (q.log() + math.log(logits.shape[1]))).sum(dim=1)
    return torch.nan_to_num(kl)


# %% wrong | categorical_kl | mean-over-words | The mean over the words is taken instead of the sum.
def categorical_kl(logits):
    log_q = logits.log_softmax(dim=1).clamp(min=-1e30)
    return (log_q.exp() * (log_q + math.log(logits.shape[1]))).mean(dim=1)


# %% wrong | categorical_kl | no-gradient | Under no_grad nothing can be differentiated.
@torch.no_grad()
def categorical_kl(logits):
    log_q = logits.log_softmax(dim=1).clamp(min=-1e30)
    return math.log(logits.shape[1]) + (log_q.exp() * log_q).sum(dim=1)


# %% wrong | categorical_kl | kl-div-arguments | F.kl_div gets its two arguments in the wrong order.
def categorical_kl(logits):
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    log_p = torch.full_like(log_q, -math.log(logits.shape[1]))
    return F.kl_div(log_q, log_p, reduction="none", log_target=True).sum(dim=1)


# %% right | categorical_kl | floor | log_softmax with the floor of hint 2.
def categorical_kl(logits: Tensor) -> Tensor:
    q = logits.softmax(dim=1)
    log_q = logits.log_softmax(dim=1).clamp(min=-1e30)
    return math.log(logits.shape[1]) + (q * log_q).sum(dim=1)


# %% right | categorical_kl | masked-fill | The logarithm is set to 0 wherever the probability is 0.
def categorical_kl(logits):
    log_q = F.log_softmax(logits, dim=-1)
    q = log_q.exp().masked_fill(log_q == -math.inf, 0.0)
    log_q = log_q.masked_fill(q == 0, 0.0)
    entropy = -torch.einsum("bk,bk->b", q, log_q)
    return math.log(logits.size(-1)) - entropy


# %% right | categorical_kl | probabilities-clamped | The probability is kept above 1e-30 inside the logarithm only.
def categorical_kl(logits):
    num_classes = logits.shape[1]
    q = torch.softmax(logits, dim=1)
    ratio = q.clamp(min=1e-30) * num_classes
    return (q * ratio.log()).sum(dim=1)


# %% right | categorical_kl | kl-div | F.kl_div with both arguments as logarithms: first the uniform prior, then q.
def categorical_kl(logits):
    log_q = torch.log_softmax(logits, dim=1).clamp_min(-1e30)
    log_prior = torch.full_like(log_q, -math.log(logits.shape[1]))
    return F.kl_div(log_prior, log_q, reduction="none", log_target=True).sum(dim=1)


# %% right | categorical_kl | by-hand-from-shifted | The softmax is written by hand from logits below their maximum, with a floor of -500.
def categorical_kl(logits):
    shifted = (logits - logits.max(dim=1, keepdim=True).values).clamp(min=-500.0)
    weights = shifted.exp()
    total = weights.sum(dim=1, keepdim=True)
    log_q = shifted - total.log()
    return (weights / total * log_q).sum(dim=1) + math.log(logits.shape[1])


# %% right | categorical_kl | row-loop-nan-to-num | A loop over the rows; minus infinity is replaced before the product.
def categorical_kl(logits):
    def one(row):
        log_q = torch.nan_to_num(row.log_softmax(0), neginf=-1e30)
        return (row.softmax(0) * (log_q + math.log(len(row)))).sum()

    return torch.stack([one(row) for row in logits])


# %% wrong | GumbelVAE | softmax-in-encode | encode returns probabilities instead of logits.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.pixels = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), F.softmax(self.logits(h), dim=1)

    def decode(self, z, c):
        return self.pixels(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | sigma-is-exp-log-var | exp(log_var) is used as the standard deviation of z.
class GumbelVAE(nn.Module):
    def __init__(
        self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10
    ):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_logits = nn.Linear(hidden_dim, num_classes)
        self.fc3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z, c):
        h = F.relu(self.fc3(torch.cat((z, c), dim=1)))
        return self.fc4(h)

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + log_var.exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | words-before-z | decode joins c and z with c first.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.head_mu = nn.Linear(hidden_dim, latent_dim)
        self.head_log_var = nn.Linear(hidden_dim, latent_dim)
        self.head_logits = nn.Linear(hidden_dim, num_classes)
        self.dec = nn.Sequential(
            nn.Linear(num_classes + latent_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x):
        h = self.enc(x)
        return self.head_mu(h), self.head_log_var(h), self.head_logits(h)

    def decode(self, z, c):
        return self.dec(torch.cat([c, z], dim=1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (log_var / 2).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | joined-along-batch | z and c are joined along the batch axis, which fails or mixes images.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc23 = nn.Linear(hidden_dim, num_classes)
        self.fc3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = torch.relu(self.fc1(x))
        return self.fc21(h), self.fc22(h), self.fc23(h)

    def decode(self, z, c):
        zc = torch.cat([z, c])
        return self.fc4(torch.relu(self.fc3(zc)))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | hard-sample-in-forward | forward draws a hard, one-hot c instead of a soft sample.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.first = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = self.first(x).relu()
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.out(self.back(torch.cat([z, c], dim=-1)).relu())

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature, hard=True)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | temperature-ignored | forward samples c at temperature 0.67 whatever it is given.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.temperature = 0.67
        self.to_hidden = nn.Linear(input_dim, hidden_dim)
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_log_var = nn.Linear(hidden_dim, latent_dim)
        self.to_logits = nn.Linear(hidden_dim, num_classes)
        self.from_latents = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.to_pixels = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.to_hidden(x))
        return self.to_mu(h), self.to_log_var(h), self.to_logits(h)

    def decode(self, z, c):
        return self.to_pixels(F.relu(self.from_latents(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, self.temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | no-noise-in-eval | After eval() mu and softmax(logits) are decoded without noise.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_c = nn.Linear(hidden_dim, num_classes)
        self.fc2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_c(h)

    def decode(self, z, c):
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        if self.training:
            z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
            c = gumbel_softmax_sample(logits, temperature)
        else:
            z, c = mu, logits.softmax(dim=1)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | num-classes-not-kept | The attribute num_classes is missing.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_logits = nn.Linear(hidden_dim, num_classes)
        self.fc2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z, c):
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | log-var-clamped | encode clamps log_var, although heads are returned as they are.
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
        log_var = self.log_var(h).clamp(-10, 10)  # for stability
        return self.mu(h), log_var, self.logits(h)

    def decode(self, z, c):
        return self.dec2(F.relu(self.dec1(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | returns-c-not-logits | forward returns the sample c as its last value instead of the logits.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.layer1 = nn.Linear(input_dim, hidden_dim)
        self.layer_mu = nn.Linear(hidden_dim, latent_dim)
        self.layer_log_var = nn.Linear(hidden_dim, latent_dim)
        self.layer_c = nn.Linear(hidden_dim, num_classes)
        self.layer3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.layer4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = torch.relu(self.layer1(x))
        return self.layer_mu(h), self.layer_log_var(h), self.layer_c(h)

    def decode(self, z, c):
        return self.layer4(torch.relu(self.layer3(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, c


# %% wrong | GumbelVAE | c-detached | The sample of c is detached, so no gradient reaches the logits.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
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
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z, c):
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        with torch.no_grad():
            c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | decode-takes-winner | decode makes c one-hot by its argmax, so mixtures of words are lost and gradients stop.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
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
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z, c):
        word = F.one_hot(c.argmax(dim=1), self.num_classes).to(z.dtype)
        return self.fc3(F.relu(self.fc2(torch.cat([z, word], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | decode-sigmoid | decode returns probabilities instead of logits.
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
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | logits-of-pixels | The head of the logits is read from the image itself and not from the hidden layer.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_logits = nn.Linear(input_dim, num_classes)
        self.fc2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(x)

    def decode(self, z, c):
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | ten-words-hard-coded | The sizes 10 and 20 are typed in, so other latent_dim and num_classes fail.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_logits = nn.Linear(hidden_dim, 10)
        self.fc2 = nn.Linear(20, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z, c):
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | images-centred-in-place | encode moves the pixels to [-1, 1] in place and so changes its argument.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
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
        x = x.mul_(2).sub_(1)  # centred inputs
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z, c):
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | no-relu-in-encoder | The ReLU of the encoder is missing.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Linear(input_dim, hidden_dim)
        self.heads = nn.ModuleList(
            [
                nn.Linear(hidden_dim, latent_dim),
                nn.Linear(hidden_dim, latent_dim),
                nn.Linear(hidden_dim, num_classes),
            ]
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x):
        h = self.encoder(x)
        mu, log_var, logits = (head(h) for head in self.heads)
        return mu, log_var, logits

    def decode(self, z, c):
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        return self.decode(z, gumbel_softmax_sample(logits, temperature)), mu, log_var, logits


# %% wrong | GumbelVAE | one-code-for-the-batch | One row of noise is used for z of all images of the batch.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
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
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z, c):
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        eps = torch.randn(1, self.latent_dim, device=x.device)
        z = mu + torch.exp(0.5 * log_var) * eps
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | softmax-in-place-of-sample | c is softmax(logits / T) without noise, so c is not drawn.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
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
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z, c):
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = torch.softmax(logits / temperature, dim=1)
        return self.decode(z, c), mu, log_var, logits


# %% right | GumbelVAE | six-layers | The drawing, layer by layer.
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
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.pixels = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.back(torch.cat([z, c], dim=1)))
        return self.pixels(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% right | GumbelVAE | sequential-and-rsample | Sequential networks, z by rsample, c by PyTorch's gumbel_softmax.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.trunk = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_log_var = nn.Linear(hidden_dim, latent_dim)
        self.to_logits = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x):
        features = self.trunk(x)
        return self.to_mu(features), self.to_log_var(features), self.to_logits(features)

    def decode(self, z, c):
        return self.decoder(torch.cat((z, c), dim=-1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = torch.distributions.Normal(mu, (log_var / 2).exp()).rsample()
        c = F.gumbel_softmax(logits, tau=temperature)
        return self.decode(z, c), mu, log_var, logits


# %% right | GumbelVAE | module-dict | The heads live in a ModuleDict; hstack joins z and c.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        sizes = {"mu": latent_dim, "log_var": latent_dim, "logits": num_classes}
        self.first = nn.Linear(input_dim, hidden_dim)
        self.heads = nn.ModuleDict({k: nn.Linear(hidden_dim, n) for k, n in sizes.items()})
        self.up = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = self.first(x).clamp(min=0)
        return tuple(self.heads[k](h) for k in ("mu", "log_var", "logits"))

    def decode(self, z, c):
        return self.out(self.up(torch.hstack([z, c])).clamp(min=0))

    def forward(self, x, temperature):
        q = self.encode(x)
        mu, log_var, logits = q
        eps = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        z = torch.addcmul(mu, log_var.mul(0.5).exp(), eps)
        return (self.decode(z, gumbel_softmax_sample(logits, temperature, hard=False)), *q)


# %% right | GumbelVAE | helper-methods | Own methods draw z and c; sigma is the root of the variance.
class GumbelVAE(nn.Module):
    """One hidden ReLU layer on each side, three heads."""

    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.input_dim = input_dim
        self.hidden_dim = hidden_dim
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.activation = nn.ReLU()
        self.enc1 = nn.Linear(input_dim, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.enc_logits = nn.Linear(hidden_dim, num_classes)
        self.dec1 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.dec2 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = self.activation(self.enc1(x))
        mu = self.enc_mu(h)
        log_var = self.enc_log_var(h)
        logits = self.enc_logits(h)
        return mu, log_var, logits

    def reparameterize(self, mu, log_var):
        return mu + log_var.exp().sqrt() * torch.randn_like(mu)

    def decode(self, z, c):
        both = torch.cat([z, c.to(z.dtype)], dim=1)
        return self.dec2(self.activation(self.dec1(both)))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = self.reparameterize(mu, log_var)
        c = gumbel_softmax_sample(logits, temperature)
        x_logits = self.decode(z, c)
        return x_logits, mu, log_var, logits


# %% right | GumbelVAE | gumbel-by-hand-in-forward | forward draws the Gumbel noise itself, with exponential numbers.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.l1 = nn.Linear(input_dim, hidden_dim)
        self.l2 = nn.ModuleList(
            nn.Linear(hidden_dim, n) for n in (latent_dim, latent_dim, num_classes)
        )
        self.l3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.l4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = torch.relu(self.l1(x))
        mu, log_var, logits = [layer(h) for layer in self.l2]
        return mu, log_var, logits

    def decode(self, z, c):
        return self.l4(torch.relu(self.l3(torch.concat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        gumbel = -torch.empty_like(logits).exponential_().clamp(min=1e-30).log()
        c = torch.softmax((logits + gumbel.detach()) / temperature, dim=1)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | joint_loss | distance-before-mean | The distance from the capacity is taken per image, the mean afterwards.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x)
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)
    kl_c = categorical_kl(logits)
    loss = recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()
    return loss.mean()


# %% wrong | joint_loss | no-absolute-value | The absolute values are missing.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z) + gamma * (kl_c - capacity_c)


# %% wrong | joint_loss | kls-added-first | Both KLs are added before the absolute value, so z can fill both capacities.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * torch.abs(kl_z + kl_c - capacity_z - capacity_c)


# %% wrong | joint_loss | gamma-on-one-term | gamma multiplies the distance of z only.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * abs(kl_z - capacity_z) + abs(kl_c - capacity_c)


# %% wrong | joint_loss | squared-distance | The distances are squared.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z) ** 2 + gamma * (kl_c - capacity_c) ** 2


# %% wrong | joint_loss | capacities-swapped | The capacity of c is used for z and the other way round.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_c).abs() + gamma * (kl_c - capacity_z).abs()


# %% wrong | joint_loss | only-excess-penalised | A ReLU penalises only a KL above its capacity, not one below.
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
    return recon + gamma * (F.relu(kl_z - capacity_z) + F.relu(kl_c - capacity_c))


# %% wrong | joint_loss | kl-z-mean-over-dimensions | The KL of z is a mean over its dimensions.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | half-forgotten | The half of the KL of z is missing.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | nll-of-probabilities | bernoulli_nll gets the sigmoid of the logits instead of the logits.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(torch.sigmoid(x_logits), x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | recon-per-pixel | recon is a mean over the pixels as well.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl_z = -0.5 * (1 + log_var - mu.square() - log_var.exp()).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | sums-over-batch | Everything is summed over the batch and never divided by its size.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum()
    kl_c = categorical_kl(logits).sum()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | own-kl-with-log-of-softmax | The KL of c is written anew with softmax(...).log() and is NaN for large logits.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    q = logits.softmax(dim=1)
    kl_c = (q * (q * logits.shape[1]).log()).sum(dim=1).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | kls-as-floats | item() and abs() of Python cut the KLs off the graph, so only recon has gradients.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean().item()
    kl_c = categorical_kl(logits).mean().item()
    return recon + gamma * abs(kl_z - capacity_z) + gamma * abs(kl_c - capacity_c)


# %% wrong | joint_loss | log-var-in-place | exp_ overwrites log_var, and the KL then reads the variance where the logarithm belongs.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    var = log_var.exp_()
    kl_z = 0.5 * (mu.square() + var - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | entropy-for-kl | The entropy of q(c|x) is compared with the capacity instead of its KL.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    entropy_c = torch.distributions.Categorical(logits=logits).entropy().mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (entropy_c - capacity_c).abs()


# %% wrong | joint_loss | kl-of-the-mean | The KL of c is taken of the mean q(c), not the mean of the KLs of the images.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    overall = logits.softmax(dim=1).mean(dim=0, keepdim=True)
    kl_c = categorical_kl(overall.clamp(min=1e-30).log()).squeeze()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | gamma-on-recon | gamma multiplies everything, recon included.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return gamma * (recon + (kl_z - capacity_z).abs() + (kl_c - capacity_c).abs())


# %% wrong | joint_loss | recon-not-averaged | The mean over the batch is forgotten for recon, so a vector is returned.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x)
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | capacity-of-c-capped-at-log-ten | The capacity of c is cut at log 10 whatever the number of classes, a slip for more than ten words.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    capacity_c = min(capacity_c, math.log(10))
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% right | joint_loss | three-means | Three means, then the distances.
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
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% right | joint_loss | sums-over-batch-size | Sums over everything, divided by the number of images; Python's abs works on tensors.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    n = x.shape[0]
    bce = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / n
    kl_z = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / n
    kl_c = categorical_kl(logits).sum() / n
    penalty = abs(kl_z - capacity_z) + abs(kl_c - capacity_c)
    return bce + gamma * penalty


# %% right | joint_loss | distributions | The KL of z comes from torch.distributions, the distances from l1_loss.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    from torch.distributions import Independent, Normal, kl_divergence

    q = Independent(Normal(mu, torch.exp(log_var / 2)), 1)
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    kl_z = kl_divergence(q, p).mean()
    kl_c = categorical_kl(logits).mean()
    far_z = F.l1_loss(kl_z, torch.full_like(kl_z, capacity_z))
    far_c = F.l1_loss(kl_c, torch.full_like(kl_c, capacity_c))
    return bernoulli_nll(x_logits, x).mean() + gamma * far_z + gamma * far_c


# %% right | joint_loss | helper-and-softplus | A helper for the penalty, the cost of a pixel with softplus.
def _penalty(kl_per_image, capacity):
    return torch.abs(kl_per_image.mean() - capacity)


def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    nll = (F.softplus(x_logits) - x * x_logits).sum(dim=1)
    kl_z = 0.5 * (mu**2 + torch.expm1(log_var) - log_var).sum(dim=1)
    return nll.mean() + gamma * (
        _penalty(kl_z, capacity_z) + _penalty(categorical_kl(logits), capacity_c)
    )


# %% right | joint_loss | kl-c-inline | The KL of c is written out with a floored log_softmax; the distances are one vector.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    log_q = logits.log_softmax(dim=-1).clamp(min=-1e30)
    kl_c = math.log(logits.shape[-1]) + (log_q.exp() * log_q).sum(dim=-1)
    kl_z = 0.5 * (torch.einsum("bj,bj->b", mu, mu) + (log_var.exp() - 1 - log_var).sum(-1))
    kls = torch.stack([kl_z.mean(), kl_c.mean()])
    wanted = torch.tensor([capacity_z, capacity_c], dtype=kls.dtype, device=kls.device)
    return bernoulli_nll(x_logits, x).mean() + gamma * (kls - wanted).abs().sum()


