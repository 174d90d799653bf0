# %% wrong | clustering_scores | purity | Names every group after its most frequent class, so several groups may share a name.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    _, groups = np.unique(a, return_inverse=True)
    _, classes = np.unique(y, return_inverse=True)
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=int)
    np.add.at(table, (groups, classes), 1)
    accuracy = table.max(axis=1).sum() / len(y)
    return float(normalized_mutual_info_score(y, a)), float(accuracy)


# %% wrong | clustering_scores | one-group-per-class | Takes for every class the group that has most of it, so a group may get several names.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    right = 0
    for c in labels.unique():
        members = assignments[labels == c]
        right += max(int((members == g).sum()) for g in assignments.unique())
    nmi = normalized_mutual_info_score(labels.numpy(), assignments.numpy())
    return float(nmi), right / len(labels)


# %% wrong | clustering_scores | greedy | Takes the largest count first, which can miss the best matching.
def clustering_scores(assignments, labels):
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    _, g = np.unique(a, return_inverse=True)
    _, c = np.unique(y, return_inverse=True)
    table = np.zeros((g.max() + 1, c.max() + 1))
    np.add.at(table, (g, c), 1)
    hits = 0.0
    work = table.copy()
    for _ in range(min(table.shape)):
        i, j = np.unravel_index(work.argmax(), work.shape)
        hits += table[i, j]
        work[i, :] = -1
        work[:, j] = -1
    return float(normalized_mutual_info_score(y, a)), float(hits / len(y))


# %% wrong | clustering_scores | each-pair-counted-once | table[g, c] += 1 counts each pair only once.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    groups = np.unique(a, return_inverse=True)[1]
    classes = np.unique(y, return_inverse=True)[1]
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=np.int64)
    table[groups, classes] += 1
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(normalized_mutual_info_score(y, a)), float(table[rows, columns].sum() / len(y))


# %% wrong | clustering_scores | minimised | Forgets maximize=True and gets the worst matching.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    groups = np.unique(a, return_inverse=True)[1]
    classes = np.unique(y, return_inverse=True)[1]
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=np.int64)
    np.add.at(table, (groups, classes), 1)
    rows, columns = linear_sum_assignment(table)
    return float(normalized_mutual_info_score(y, a)), float(table[rows, columns].sum() / len(y))


# %% wrong | clustering_scores | unnamed-groups-left-out | Divides by the images of named groups only, so groups without a name do not count as wrong.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    groups = np.unique(a, return_inverse=True)[1]
    classes = np.unique(y, return_inverse=True)[1]
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=np.int64)
    np.add.at(table, (groups, classes), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, columns].sum() / table[rows].sum()
    return float(normalized_mutual_info_score(y, a)), float(accuracy)


# %% wrong | clustering_scores | ten-by-ten | Assumes that groups and classes are numbered from 0 to 9.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    table = np.zeros((10, 10), dtype=int)
    for g, c in zip(assignments.tolist(), labels.tolist()):
        table[g, c] += 1
    rows, cols = linear_sum_assignment(table, maximize=True)
    nmi = normalized_mutual_info_score(labels.tolist(), assignments.tolist())
    return float(nmi), float(table[rows, cols].sum() / len(labels))


# %% wrong | clustering_scores | no-negative-numbers | Counts pairs with bincount of g * K + c, which raises or mixes pairs up if a number is negative.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    num_groups = int(assignments.max()) + 1
    num_classes = int(labels.max()) + 1
    flat = assignments * num_classes + labels
    table = torch.bincount(flat, minlength=num_groups * num_classes)
    table = table.reshape(num_groups, num_classes).cpu().numpy()
    rows, cols = linear_sum_assignment(table, maximize=True)
    nmi = normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy())
    return float(nmi), float(table[rows, cols].sum() / len(labels))


# %% wrong | clustering_scores | results-swapped | Returns (accuracy, nmi).
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    groups = np.unique(a, return_inverse=True)[1]
    classes = np.unique(y, return_inverse=True)[1]
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=np.int64)
    np.add.at(table, (groups, classes), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, columns].sum() / len(y)
    return float(accuracy), float(normalized_mutual_info_score(y, a))


# %% wrong | clustering_scores | geometric-mean | Normalises the mutual information by the geometric mean of the entropies.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    from sklearn.metrics.cluster import contingency_matrix

    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    table = contingency_matrix(a, y)
    rows, cols = linear_sum_assignment(table, maximize=True)
    nmi = normalized_mutual_info_score(y, a, average_method="geometric")
    return float(nmi), float(table[rows, cols].sum() / len(y))


# %% wrong | clustering_scores | adjusted-mi | Uses the adjusted mutual information instead of the normalised one.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    from sklearn.metrics import adjusted_mutual_info_score
    from sklearn.metrics.cluster import contingency_matrix

    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    table = contingency_matrix(a, y)
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(adjusted_mutual_info_score(y, a)), float(table[rows, cols].sum() / len(y))


# %% wrong | clustering_scores | homogeneity | Divides the mutual information by the entropy of the classes alone.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    from sklearn.metrics import homogeneity_score
    from sklearn.metrics.cluster import contingency_matrix

    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    table = contingency_matrix(a, y)
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(homogeneity_score(y, a)), float(table[rows, cols].sum() / len(y))


# %% wrong | clustering_scores | nmi-without-half | Divides by the sum of the entropies instead of by half of it, so the NMI is at most 0.5.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, g = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, c = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((g.max() + 1, c.max() + 1))
    np.add.at(table, (g, c), 1)
    joint = table / table.sum()
    pg, pc = joint.sum(1), joint.sum(0)
    outer = np.outer(pg, pc)
    mask = joint > 0
    mi = (joint[mask] * np.log(joint[mask] / outer[mask])).sum()
    total = -(pg * np.log(pg)).sum() - (pc * np.log(pc)).sum()
    nmi = mi / total if total > 0 else 0.0
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(nmi), float(table[rows, cols].sum() / table.sum())


# %% wrong | clustering_scores | numbers-as-names | Compares group numbers and labels directly, as if groups were named already.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    nmi = normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy())
    accuracy = (assignments == labels).float().mean().item()
    return float(nmi), accuracy


# %% wrong | clustering_scores | as-many-groups-as-classes | Tries all permutations of the classes, one for each group, which raises if there are more groups than classes.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    from itertools import permutations

    groups = assignments.unique().tolist()
    classes = labels.unique().tolist()
    best = 0.0
    for names in permutations(classes):
        named = {g: names[i] for i, g in enumerate(groups)}
        guess = torch.tensor([named[g] for g in assignments.tolist()])
        best = max(best, (guess == labels.cpu()).float().mean().item())
    nmi = normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy())
    return float(nmi), best


# %% wrong | clustering_scores | shifts-in-place | Makes the numbers start at 0 by subtracting the minimum in place, so the arguments change.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    assignments -= assignments.min()
    labels -= labels.min()
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    table = np.zeros((a.max() + 1, y.max() + 1), dtype=int)
    np.add.at(table, (a, y), 1)
    rows, cols = linear_sum_assignment(table, maximize=True)
    return float(normalized_mutual_info_score(y, a)), float(table[rows, cols].sum() / len(y))


# %% wrong | clustering_scores | tensors-out | Returns two tensors and not Python floats.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    groups = np.unique(a, return_inverse=True)[1]
    classes = np.unique(y, return_inverse=True)[1]
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=np.int64)
    np.add.at(table, (groups, classes), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    accuracy = torch.tensor(table[rows, columns].sum() / len(y))
    return torch.tensor(normalized_mutual_info_score(y, a)), accuracy


# %% right | clustering_scores | add-at | The way of the hints: rename, count, match, and scikit-learn's NMI.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    group_names, groups = np.unique(a, return_inverse=True)
    class_names, classes = np.unique(y, return_inverse=True)
    table = np.zeros((len(group_names), len(class_names)), dtype=np.int64)
    np.add.at(table, (groups, classes), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(normalized_mutual_info_score(y, a)), float(table[rows, columns].sum() / len(y))


# %% right | clustering_scores | contingency-matrix | The table from scikit-learn, and a minimum over minus the counts.
def clustering_scores(assignments, labels):
    from sklearn.metrics.cluster import contingency_matrix

    truth = labels.detach().cpu().numpy()
    found = assignments.detach().cpu().numpy()
    counts = contingency_matrix(truth, found)
    matching = linear_sum_assignment(-counts)
    nmi = normalized_mutual_info_score(truth, found, average_method="arithmetic")
    return float(nmi), float(counts[matching].sum()) / truth.size


# %% right | clustering_scores | own-nmi | Everything by hand from the joint distribution, with 0/0 set to 1.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, g = torch.unique(assignments, return_inverse=True)
    _, c = torch.unique(labels, return_inverse=True)
    one_hot_g = F.one_hot(g).double()
    one_hot_c = F.one_hot(c).double()
    joint = one_hot_g.T @ one_hot_c / len(labels)

    def entropy(p):
        return float(torch.special.entr(p).sum())

    h_group, h_class = entropy(joint.sum(dim=1)), entropy(joint.sum(dim=0))
    information = h_group + h_class - entropy(joint)
    mean_entropy = (h_group + h_class) / 2
    nmi = information / mean_entropy if mean_entropy > 0 else 1.0
    rows, cols = linear_sum_assignment(joint.cpu().numpy(), maximize=True)
    accuracy = joint[torch.as_tensor(rows), torch.as_tensor(cols)].sum().item()
    return min(1.0, max(0.0, nmi)), min(1.0, accuracy)


# %% right | clustering_scores | dictionary-loop | Counts with a Counter of pairs and renames by dictionaries.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    from collections import Counter

    pairs = Counter(zip(assignments.tolist(), labels.tolist()))
    row_of = {g: i for i, g in enumerate(sorted({g for g, _ in pairs}))}
    col_of = {c: j for j, c in enumerate(sorted({c for _, c in pairs}))}
    table = np.zeros((len(row_of), len(col_of)))
    for (g, c), count in pairs.items():
        table[row_of[g], col_of[c]] = count
    hits = sum(table[i, j] for i, j in zip(*linear_sum_assignment(table, maximize=True)))
    nmi = normalized_mutual_info_score(labels.tolist(), assignments.tolist())
    return float(nmi), float(hits / table.sum())


# %% right | clustering_scores | bincount-after-renaming | Counts with one bincount of renamed numbers in PyTorch.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    names_g, g = assignments.unique(return_inverse=True)
    names_c, c = labels.unique(return_inverse=True)
    shape = len(names_g), len(names_c)
    table = torch.bincount(g * shape[1] + c, minlength=shape[0] * shape[1]).view(shape).cpu().numpy()
    best = linear_sum_assignment(table, maximize=True)
    accuracy = table[best].sum() / len(labels)
    return float(normalized_mutual_info_score(c.cpu().numpy(), g.cpu().numpy())), float(accuracy)


# %% wrong | gumbel_softmax_sample | softmax-over-batch | The softmax runs over the batch axis.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp_min(1e-20)
    soft = ((logits - torch.log(-torch.log(u))) / temperature).softmax(dim=0)
    if not hard:
        return soft
    winner = F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(soft.dtype)
    return winner + (soft - soft.detach())


# %% wrong | gumbel_softmax_sample | one-noise-per-row | Draws one number for each row, which the softmax cancels.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand(logits.shape[0], 1, dtype=logits.dtype, device=logits.device).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=-1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=-1), logits.size(-1)).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | one-noise-for-all-rows | Draws one row of noise and uses it for the whole batch.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand(logits.shape[1], dtype=logits.dtype, device=logits.device).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=-1)
    if hard:
        one_hot = F.one_hot(soft.argmax(dim=-1), logits.size(-1)).to(soft.dtype)
        return one_hot + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | noise-sign | Leaves out the outer minus sign, so the noise is mirrored and the winners have the wrong probabilities.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        index = soft.argmax(dim=1)
        return F.one_hot(index, logits.shape[1]).to(soft) + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | one-minus-rand | Takes 1 - rand to avoid log 0, but then u can be exactly 1, which makes the noise infinite and the row NaN.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = 1 - torch.rand_like(logits)  # in (0, 1], so the log never sees 0
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | multiplies-by-temperature | Multiplies by the temperature instead of dividing.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) * temperature, dim=1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | noise-not-divided | The temperature divides the logits only; the noise is added afterwards.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax(logits / temperature + g, dim=1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | gaussian-noise | Adds normal noise, as for z, instead of Gumbel noise.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    eps = torch.randn_like(logits)
    soft = torch.softmax((logits + eps) / temperature, dim=-1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=-1), soft.shape[-1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | noise-on-probabilities | Adds the noise to the probabilities instead of to the logits.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    probs = logits.softmax(dim=1)
    u = torch.rand_like(logits).clamp(min=1e-20)
    soft = ((probs - (-u.log()).log()) / temperature).softmax(dim=1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | hard-without-gradient | The hard sample is only the one-hot row, through which no gradient flows.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        return F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(soft.dtype)
    return soft


# %% wrong | gumbel_softmax_sample | rounding-order | Adds one-hot and soft first and subtracts then, so a row can hold 0.99999994 instead of 1.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(soft.dtype)
        return winner + soft - soft.detach()
    return soft


# %% wrong | gumbel_softmax_sample | winner-of-the-logits | The hard winner is that of the logits without noise, so it is always the same word.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        winner = F.one_hot(logits.argmax(dim=1), logits.shape[1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | gradient-of-another-softmax | The hard sample gets the gradient of softmax(logits) and not that of the soft sample it was taken from.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if not hard:
        return soft
    probs = logits.softmax(dim=1)
    winner = F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(soft.dtype)
    return winner + (probs - probs.detach())


# %% wrong | gumbel_softmax_sample | threshold-at-half | Makes the hard row by a threshold at 0.5, so rows without a clear winner are all zero.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        return (soft > 0.5).to(soft.dtype) + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | one-hot-width | Lets one_hot guess the number of classes, which raises if the last class does not win anywhere.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        return F.one_hot(soft.argmax(dim=1)).to(soft.dtype) + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | writes-into-logits | Adds the noise to the caller's logits in place.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    logits += -torch.log(-torch.log(u))
    soft = F.softmax(logits / temperature, dim=1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | naive-softmax | Writes the softmax as exp over sum, which overflows for logits of 100 or small temperatures.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    e = torch.exp((logits + g) / temperature)
    soft = e / e.sum(dim=1, keepdim=True)
    if hard:
        winner = F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | fixed-seed | Seeds the generator in the function, so the noise is the same in every call.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    torch.manual_seed(0)
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | hard-by-default | The default of hard is True.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = True) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | temperature-floor | Never goes below a temperature of 0.1, though temperatures from 0.01 must work as given.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    temperature = max(temperature, 0.1)  # for stability
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=1), logits.shape[1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% right | gumbel_softmax_sample | clamped-uniform | The formula, with u kept at or above the smallest normal number.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=torch.finfo(logits.dtype).tiny)
    gumbel = -torch.log(-torch.log(u))
    soft = F.softmax((logits + gumbel) / temperature, dim=1)
    if not hard:
        return soft
    winner = F.one_hot(soft.argmax(dim=1), num_classes=logits.shape[1]).to(soft.dtype)
    return winner + (soft - soft.detach())


# %% right | gumbel_softmax_sample | exponential-noise | Gumbel noise as minus the logarithm of exponential noise, and the winner by scatter.
def gumbel_softmax_sample(logits, temperature, hard=False):
    noise = -torch.empty_like(logits).exponential_().log()
    y = torch.softmax((logits + noise) / temperature, dim=-1)
    if hard:
        index = y.max(dim=-1, keepdim=True).indices
        y_hard = torch.zeros_like(y).scatter_(-1, index, 1.0)
        zero = y - y.detach()
        y = y_hard + zero
    return y


# %% right | gumbel_softmax_sample | built-in | PyTorch's own function, which the text says is accepted.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    return F.gumbel_softmax(logits, tau=temperature, hard=hard, dim=-1)


# %% right | gumbel_softmax_sample | torch-distributions | Noise from torch.distributions.Gumbel, and a softmax by hand after subtracting the largest score.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    from torch.distributions import Gumbel

    standard = Gumbel(torch.zeros_like(logits), torch.ones_like(logits))
    scores = (logits + standard.sample()) / temperature
    weights = torch.exp(scores - scores.amax(dim=1, keepdim=True))
    soft = weights / weights.sum(dim=1, keepdim=True)
    if hard:
        eye = torch.eye(logits.shape[1], dtype=soft.dtype, device=soft.device)
        return (soft - soft.detach()) + eye[scores.argmax(dim=1)]
    return soft


# %% right | gumbel_softmax_sample | autograd-function | The straight-through step as a small autograd function whose backward is the identity.
class _OneHotOfWinner(torch.autograd.Function):
    @staticmethod
    def forward(ctx, soft):
        return torch.zeros_like(soft).scatter_(1, soft.argmax(dim=1, keepdim=True), 1.0)

    @staticmethod
    def backward(ctx, grad):
        return grad


def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    tiny = 1e-30
    u = torch.rand_like(logits)
    u = torch.where(u == 0, torch.full_like(u, tiny), u)
    soft = (logits - (-u.log()).log()).div(temperature).softmax(dim=1)
    return _OneHotOfWinner.apply(soft) if hard else soft


# %% right | gumbel_softmax_sample | relaxed-one-hot-categorical | The relaxed distribution of torch.distributions with rsample.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    from torch.distributions import RelaxedOneHotCategorical

    t = torch.as_tensor(temperature, dtype=logits.dtype, device=logits.device)
    relaxed = RelaxedOneHotCategorical(t, logits=logits).rsample()
    relaxed = relaxed / relaxed.sum(dim=-1, keepdim=True)  # rounding at small temperatures
    if hard:
        winners = relaxed.argmax(-1)
        return F.one_hot(winners, logits.shape[-1]).to(relaxed) + (relaxed - relaxed.detach())
    return relaxed


# %% wrong | categorical_kl | softmax-then-log | softmax(...).log() is minus infinity where a probability rounds to 0, and the product is NaN.
def categorical_kl(logits: Tensor) -> Tensor:
    q = logits.softmax(dim=1)
    return math.log(logits.shape[1]) + (q * q.log()).sum(dim=1)


# %% wrong | categorical_kl | no-floor | log_softmax without a floor: 0 times minus infinity is NaN for logits near 3e38.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=-1)
    return (log_q.exp() * (log_q + math.log(logits.shape[-1]))).sum(dim=-1)


# %% wrong | categorical_kl | entr-gradient | torch.special.entr is right in value, but its gradient at 0 is infinite and becomes NaN.
def categorical_kl(logits: Tensor) -> Tensor:
    q = torch.softmax(logits, dim=1)
    return math.log(logits.shape[1]) - torch.special.entr(q).sum(dim=1)


# %% wrong | categorical_kl | xlogy-gradient | torch.xlogy is finite, but its gradient is 0 / 0 where a probability is 0.
def categorical_kl(logits: Tensor) -> Tensor:
    num_classes = logits.shape[1]
    q = F.softmax(logits, dim=1)
    return torch.xlogy(q, q * num_classes).sum(dim=1)


# %% wrong | categorical_kl | reverse-kl | The KL of the uniform distribution from q, the wrong way round.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    return -math.log(logits.shape[1]) - log_q.mean(dim=1)


# %% wrong | categorical_kl | entropy | Returns the entropy instead of log K minus the entropy.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    return -(logits.softmax(dim=1) * log_q).sum(dim=1)


# %% wrong | categorical_kl | log-k-forgotten | Forgets log K, so the result is minus the entropy.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    q = F.softmax(logits, dim=1)
    return torch.sum(q * log_q, dim=1)


# %% wrong | categorical_kl | mean-over-batch | Returns the mean over the batch, a scalar, instead of one value per row.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    kl = (logits.softmax(dim=1) * (log_q + math.log(logits.shape[1]))).sum(dim=1)
    return kl.mean()


# %% wrong | categorical_kl | wrong-axis | Softmax and sum run over the batch axis.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=0).clamp(min=-1e30)
    return math.log(logits.shape[0]) + (logits.softmax(dim=0) * log_q).sum(dim=0)


# %% wrong | categorical_kl | bits | Uses logarithms to base 2.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    nats = math.log(logits.shape[1]) + (logits.softmax(dim=1) * log_q).sum(dim=1)
    return nats / math.log(2)


# %% wrong | categorical_kl | batch-size-as-k | Takes len(logits), the batch size, as the number of classes.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    return math.log(len(logits)) + (logits.softmax(dim=1) * log_q).sum(dim=1)


# %% wrong | categorical_kl | always-ten-words | Writes log 10 whatever the number of classes is.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    q = logits.softmax(dim=1)
    return math.log(10) + (q * log_q).sum(dim=1)


# %% wrong | categorical_kl | mean-over-words | Averages over the words instead of adding them up.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    return (logits.softmax(dim=1) * (log_q + math.log(logits.shape[1]))).mean(dim=1)


# %% wrong | categorical_kl | logits-clamped | Clamps the logits to [-20, 20], which changes the distribution: (100, 50) becomes uniform.
def categorical_kl(logits: Tensor) -> Tensor:
    safe = logits.clamp(-20, 20)
    log_q = F.log_softmax(safe, dim=1)
    return math.log(logits.shape[1]) + (log_q.exp() * log_q).sum(dim=1)


# %% wrong | categorical_kl | detached | Computes under no_grad, so no gradient reaches the logits.
@torch.no_grad()
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    return math.log(logits.shape[1]) + (logits.softmax(dim=1) * log_q).sum(dim=1)


# %% wrong | categorical_kl | shifts-in-place | Subtracts the largest logit from the caller's tensor in place.
def categorical_kl(logits: Tensor) -> Tensor:
    logits -= logits.max(dim=1, keepdim=True).values.detach()
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    return math.log(logits.shape[1]) + (log_q.exp() * log_q).sum(dim=1)


# %% wrong | categorical_kl | column-kept | Keeps the class axis, so the shape is (batch, 1).
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    return math.log(logits.shape[1]) + (log_q.exp() * log_q).sum(dim=1, keepdim=True)


# %% wrong | categorical_kl | sigmoid | Turns logits into probabilities by a sigmoid, which do not add up to 1.
def categorical_kl(logits: Tensor) -> Tensor:
    q = torch.sigmoid(logits)
    log_q = F.logsigmoid(logits).clamp(min=-1e30)
    return math.log(logits.shape[1]) + (q * log_q).sum(dim=1)


# %% wrong | categorical_kl | kl-div-arguments-swapped | Gives F.kl_div the logarithm of q as input and the uniform as target, which is the reverse KL.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    uniform = torch.full_like(log_q, 1 / logits.shape[1])
    return F.kl_div(log_q, uniform, reduction="none").sum(dim=1)


# %% right | categorical_kl | log-softmax-with-floor | log_softmax with the floor of the hint.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    q = logits.softmax(dim=1)
    return math.log(logits.shape[1]) + (q * log_q).sum(dim=1)


# %% right | categorical_kl | categorical-entropy | log K minus the entropy that torch.distributions gives.
def categorical_kl(logits: Tensor) -> Tensor:
    from torch.distributions import Categorical

    return math.log(logits.shape[-1]) - Categorical(logits=F.log_softmax(logits, dim=-1)).entropy()


# %% right | categorical_kl | kl-divergence-to-uniform | kl_divergence of two Categoricals, the second with equal logits.
def categorical_kl(logits):
    from torch.distributions import Categorical, kl_divergence

    uniform = Categorical(logits=torch.zeros_like(logits))
    return kl_divergence(Categorical(logits=logits.log_softmax(dim=1)), uniform)


# %% right | categorical_kl | small-number-in-the-log | Adds 1e-30 inside the logarithm; the product is then 0 where q is 0.
def categorical_kl(logits: Tensor) -> Tensor:
    K = logits.shape[1]
    q = F.softmax(logits, dim=1)
    entropy = -(q * torch.log(q + 1e-30)).sum(dim=1)
    return math.log(K) - entropy


# %% right | categorical_kl | entr-of-clamped | torch.special.entr of probabilities that are kept away from 0.
def categorical_kl(logits: Tensor) -> Tensor:
    q = logits.softmax(dim=-1).clamp(min=torch.finfo(logits.dtype).tiny)
    return math.log(logits.size(-1)) - torch.special.entr(q).sum(dim=-1)


# %% right | categorical_kl | shifted-logsumexp-einsum | Shifted logits with a floor: sum of q times logits, minus logsumexp, plus log K.
def categorical_kl(logits: Tensor) -> Tensor:
    top = logits.amax(dim=1, keepdim=True).detach()  # the softmax does not depend on a shift
    shifted = (logits - top).clamp(min=-1e30)
    q = torch.softmax(shifted, dim=1)
    mean_logit = torch.einsum("nk,nk->n", q, shifted)
    return mean_logit - torch.logsumexp(shifted, dim=1) + math.log(logits.shape[1])


# %% right | categorical_kl | kl-div-log-target | F.kl_div with both arguments as logarithms, in the right order.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=1).clamp(min=-1e30)
    log_p = torch.full_like(log_q, -math.log(logits.shape[1]))
    return F.kl_div(log_p, log_q, reduction="none", log_target=True).sum(dim=1)


# %% wrong | GumbelVAE | encode-returns-probabilities | encode puts a softmax on the logits.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h).softmax(dim=1)

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
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
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_log_var = nn.Linear(hidden_dim, latent_dim)
        self.to_logits = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(num_classes + latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.encoder(x)
        return self.to_mu(h), self.to_log_var(h), self.to_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.decoder(torch.cat([c, z], dim=1))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | decode-returns-probabilities | decode ends with a sigmoid instead of returning logits.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_lv = nn.Linear(hidden_dim, latent_dim)
        self.fc_c = nn.Linear(hidden_dim, num_classes)
        self.fc2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = torch.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_lv(h), self.fc_c(h)

    def decode(self, z, c):
        h = torch.relu(self.fc2(torch.cat((z, c), dim=-1)))
        return torch.sigmoid(self.fc3(h))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + torch.randn_like(mu) * (log_var / 2).exp()
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | deterministic-in-eval | After eval() forward uses mu and the softmax instead of fresh samples.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        if self.training:
            z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
            c = gumbel_softmax_sample(logits, temperature)
        else:
            z, c = mu, logits.softmax(dim=1)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | variance-as-sigma | Draws z with exp(log_var), the variance, as its standard deviation.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + log_var.exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | hard-samples | forward draws hard samples of c where soft ones are asked for.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature, hard=True)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | temperature-ignored | forward always samples at 0.67, whatever temperature it is given.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature=0.67):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, 0.67)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | softmax-instead-of-sample | forward decodes the softmax at the temperature, with no noise in c.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = torch.softmax(logits / temperature, dim=1)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | one-noise-for-the-batch | Draws one epsilon for z and uses it for all images.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        eps = torch.randn(self.latent_dim, dtype=mu.dtype, device=mu.device)
        z = mu + (0.5 * log_var).exp() * eps
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | attributes-not-kept | latent_dim and num_classes are not kept as attributes.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | decoder-without-relu | The decoder has two linear layers with no ReLU between them.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.Linear(hidden_dim, input_dim)
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


# %% wrong | GumbelVAE | heads-with-relu | The ReLU is also applied to what the three heads give.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return F.relu(self.mu(h)), F.relu(self.log_var(h)), F.relu(self.logits(h))

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | log-var-clamped | Clamps log_var to [-10, 10], though the text says that heads are not clamped.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h).clamp(-10, 10), self.logits(h)

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | log-var-overwritten | Makes sigma in place, so the returned log_var holds sigma.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        sigma = log_var.mul_(0.5).exp_()
        z = mu + sigma * torch.randn_like(sigma)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | logits-second | forward returns the logits right after the reconstruction instead of last.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), logits, mu, log_var


# %% wrong | GumbelVAE | c-detached | Detaches c, so no gradient of the reconstruction reaches the logits.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        with torch.no_grad():
            c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | z-by-sample | Draws z with Normal(...).sample(), through which no gradient flows.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = torch.distributions.Normal(mu, (0.5 * log_var).exp()).sample()
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | heads-without-bias | The three heads have no biases.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.trunk = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu_head = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.logits_head = nn.Linear(hidden_dim, num_classes, bias=False)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        h = self.trunk(x)
        return self.mu_head(h), self.log_var_head(h), self.logits_head(h)

    def decode(self, z, c):
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        return self.decode(z, gumbel_softmax_sample(logits, temperature)), mu, log_var, logits


# %% wrong | GumbelVAE | fixed-sizes | Writes 784 pixels and 10 words into the layers instead of using the arguments.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.trunk = nn.Sequential(nn.Linear(784, hidden_dim), nn.ReLU())
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.logits_head = nn.Linear(hidden_dim, 10)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + 10, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, 784)
        )

    def encode(self, x):
        h = self.trunk(x)
        return self.mu_head(h), self.log_var_head(h), self.logits_head(h)

    def decode(self, z, c):
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        return self.decode(z, gumbel_softmax_sample(logits, temperature)), mu, log_var, logits


# %% wrong | GumbelVAE | decoder-reads-z-only | The decoder ignores c.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.trunk = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.logits_head = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        h = self.trunk(x)
        return self.mu_head(h), self.log_var_head(h), self.logits_head(h)

    def decode(self, z, c):
        return self.decoder(z)

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | two-trunks | The logits have a hidden layer of their own instead of reading the same hidden numbers.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.trunk = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.classifier = nn.Sequential(
            nn.Linear(input_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, num_classes)
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        h = self.trunk(x)
        return self.mu_head(h), self.log_var_head(h), self.classifier(x)

    def decode(self, z, c):
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | probabilities-into-the-sampler | forward gives softmax(logits) to the sampler, which wants logits.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z, c):
        return self.out(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(F.softmax(logits, dim=1), temperature)
        return self.decode(z, c), mu, log_var, logits


# %% right | GumbelVAE | six-named-layers | Six linear layers by name and functional ReLUs.
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
        self.enc_hidden = nn.Linear(input_dim, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.enc_logits = nn.Linear(hidden_dim, num_classes)
        self.dec_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.dec_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.enc_hidden(x))
        return self.enc_mu(h), self.enc_log_var(h), self.enc_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.dec_hidden(torch.cat([z, c], dim=1)))
        return self.dec_out(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% right | GumbelVAE | sequential-and-module-dict | Sequential parts, heads in a ModuleDict, z by rsample.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.body = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.heads = nn.ModuleDict(
            {
                "mu": nn.Linear(hidden_dim, latent_dim),
                "log_var": nn.Linear(hidden_dim, latent_dim),
                "logits": nn.Linear(hidden_dim, num_classes),
            }
        )
        self.generator = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        features = self.body(x)
        return tuple(self.heads[name](features) for name in ("mu", "log_var", "logits"))

    def decode(self, z, c):
        return self.generator(torch.hstack((z, c)))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = torch.distributions.Normal(mu, log_var.mul(0.5).exp()).rsample()
        soft_word = gumbel_softmax_sample(logits, temperature, hard=False)
        return self.decode(z, soft_word), mu, log_var, logits


# %% right | GumbelVAE | static-draw-helper | A static helper with addcmul for z, and PyTorch's own sampler for c.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.l1 = nn.Linear(input_dim, hidden_dim)
        self.l2_mu = nn.Linear(hidden_dim, latent_dim)
        self.l2_lv = nn.Linear(hidden_dim, latent_dim)
        self.l2_c = nn.Linear(hidden_dim, num_classes)
        self.l3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.l4 = nn.Linear(hidden_dim, input_dim)

    @staticmethod
    def _draw(mean: Tensor, log_variance: Tensor) -> Tensor:
        noise = torch.randn_like(mean)
        return torch.addcmul(mean, torch.exp(log_variance / 2), noise)

    def encode(self, x):
        hidden = self.l1(x).relu()
        return self.l2_mu(hidden), self.l2_lv(hidden), self.l2_c(hidden)

    def decode(self, z, c):
        both = torch.cat((z, c), dim=-1)
        return self.l4(self.l3(both).clamp(min=0))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        c = F.gumbel_softmax(logits, tau=temperature, hard=False, dim=-1)
        return self.decode(self._draw(mu, log_var), c), mu, log_var, logits


# %% right | GumbelVAE | helper-function-for-mlp | Builds both sides with small helper functions and passes everything by keyword.
def two_layers(n_in: int, n_hidden: int, n_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(n_in, n_hidden), nn.ReLU(), nn.Linear(n_hidden, n_out))


class GumbelVAE(nn.Module):
    def __init__(
        self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10
    ):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.activation = nn.ReLU()
        self.first = nn.Linear(input_dim, hidden_dim)
        self.heads = nn.ModuleList(
            [nn.Linear(hidden_dim, size) for size in (latent_dim, latent_dim, num_classes)]
        )
        self.decoder = two_layers(latent_dim + num_classes, hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.activation(self.first(x))
        mu, log_var, logits = [head(h) for head in self.heads]
        return mu, log_var, logits

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.decoder(torch.concat([z, c], dim=1))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        eps = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        z = mu + eps * (log_var / 2).exp()
        c = gumbel_softmax_sample(logits=logits, temperature=temperature)
        return self.decode(z=z, c=c), mu, log_var, logits


# %% wrong | joint_loss | distance-before-mean | Takes the absolute value for each image and the mean afterwards.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)
    kl_c = categorical_kl(logits)
    penalty = (kl_z - capacity_z).abs() + (kl_c - capacity_c).abs()
    return recon + gamma * penalty.mean()


# %% wrong | joint_loss | kls-added-first | Adds both KLs and both capacities before the absolute value.
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


# %% wrong | joint_loss | no-absolute-value | Leaves out the absolute values, so a KL below its capacity is rewarded.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z) + gamma * (kl_c - capacity_c)


# %% wrong | joint_loss | squared-distance | Squares the distances instead of taking their absolute values.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z) ** 2 + gamma * (kl_c - capacity_c) ** 2


# %% wrong | joint_loss | one-sided | Penalises only a KL above its capacity.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * F.relu(kl_z - capacity_z) + gamma * F.relu(kl_c - capacity_c)


# %% wrong | joint_loss | gamma-on-z-only | The second penalty has no gamma.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * abs(kl_z - capacity_z) + abs(kl_c - capacity_c)


# %% wrong | joint_loss | capacities-swapped | Uses the capacity of c for z and the other way round.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * ((kl_z - capacity_c).abs() + (kl_c - capacity_z).abs())


# %% wrong | joint_loss | recon-mean-over-pixels | The reconstruction is a mean over images and pixels.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * ((kl_z - capacity_z).abs() + (kl_c - capacity_c).abs())


# %% wrong | joint_loss | recon-summed-over-batch | The reconstruction is summed over the batch, so it is not per image.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * ((kl_z - capacity_z).abs() + (kl_c - capacity_c).abs())


# %% wrong | joint_loss | kl-z-mean-over-dimensions | The KL of z is averaged over the dimensions too.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * ((kl_z - capacity_z).abs() + (kl_c - capacity_c).abs())


# %% wrong | joint_loss | kl-z-without-half | Forgets the factor one half in the KL of z.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * ((kl_z - capacity_z).abs() + (kl_c - capacity_c).abs())


# %% wrong | joint_loss | log-var-as-log-sigma | Treats log_var as the logarithm of the standard deviation.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + (2 * log_var).exp() - 1 - 2 * log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * ((kl_z - capacity_z).abs() + (kl_c - capacity_c).abs())


# %% wrong | joint_loss | gamma-times-everything | A misplaced bracket lets gamma multiply the reconstruction as well.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return gamma * (recon + (kl_z - capacity_z).abs() + (kl_c - capacity_c).abs())


# %% wrong | joint_loss | kl-of-the-mean-logits | Averages the logits over the batch first and takes one KL of the result.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits.mean(dim=0, keepdim=True)).squeeze()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | kl-of-the-average-word | Uses the KL of q(c), the waste, instead of the mean KL of q(c given x).
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    overall = logits.softmax(dim=1).mean(dim=0)
    kl_c = (overall * (overall.clamp(min=1e-30).log() + math.log(logits.shape[1]))).sum()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | nan-for-certain-encoders | Writes the KL of c with softmax().log(), which is NaN for logits of several thousand.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    q = logits.softmax(dim=1)
    kl_c = (q * (q * logits.shape[1]).log()).sum(dim=1).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | log-of-sigmoid | Computes the reconstruction from log(sigmoid), which is infinite or NaN for large x_logits.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    p = torch.sigmoid(x_logits)
    recon = -(x * p.log() + (1 - x) * (1 - p).log()).sum(dim=1).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | probabilities-into-the-kl | Gives softmax(logits) to categorical_kl, which wants logits.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits.softmax(dim=1)).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | python-float | Returns a Python float, through which no gradient flows.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    loss = recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()
    return loss.item()


# %% wrong | joint_loss | kl-c-as-a-number | Turns the KL of c into a float before the distance, so the logits get no gradient.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = float(categorical_kl(logits).mean())
    return recon + gamma * abs(kl_z - capacity_z) + gamma * abs(kl_c - capacity_c)


# %% wrong | joint_loss | overwrites-log-var | Computes the variance in place, so log_var is changed for the caller and the formula.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kept = log_var.clone()
    variance = log_var.exp_()
    kl_z = 0.5 * (mu.pow(2) + variance - 1 - kept).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | recon-not-averaged | Forgets the mean of the reconstruction, so the result has shape (batch,).
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x)
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | squared-error | The reconstruction is a squared error of the probabilities instead of the Bernoulli likelihood.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = (x_logits.sigmoid() - x).square().sum(dim=1).mean()
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% right | joint_loss | three-numbers-first | The way of the hints.
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


# %% right | joint_loss | torch-distributions | Both KLs from kl_divergence of torch.distributions.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    from torch.distributions import Categorical, Normal, kl_divergence

    q_z = Normal(mu, (0.5 * log_var).exp())
    p_z = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl_z = kl_divergence(q_z, p_z).sum(-1).mean()
    q_c = Categorical(logits=logits.log_softmax(-1))
    kl_c = kl_divergence(q_c, Categorical(logits=torch.zeros_like(logits))).mean()
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(-1).mean()
    return recon + gamma * (torch.abs(kl_z - capacity_z) + torch.abs(kl_c - capacity_c))


# %% right | joint_loss | sums-over-batch-size | Sums over everything, divided by the batch size; the penalty in a helper.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    n = x.shape[0]

    def penalty(kl: Tensor, wanted: float) -> Tensor:
        gap = kl - wanted
        return gamma * torch.maximum(gap, -gap)

    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / n
    kl_z = -0.5 * torch.sum(1 + log_var - mu**2 - log_var.exp()) / n
    kl_c = categorical_kl(logits).sum() / n
    return recon + penalty(kl_z, capacity_z) + penalty(kl_c, capacity_c)


# %% right | joint_loss | softplus-and-expm1 | The likelihood as softplus minus x times logit, expm1 in the KL, and a loop over the two latents.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    loss = (F.softplus(x_logits) - x * x_logits).sum(dim=1).mean()
    kls = (
        (mu * mu + torch.expm1(log_var) - log_var).sum(dim=1).mean() / 2,
        categorical_kl(logits).mean(),
    )
    for kl, capacity in zip(kls, (capacity_z, capacity_c), strict=True):
        loss = loss + gamma * abs(kl - capacity)
    return loss


# %% right | joint_loss | stacked-vector | Both mean KLs as one vector, its distance from the capacities by an L1 norm.
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    kl_per_image = torch.stack(
        [
            0.5 * (mu.square() + log_var.exp() - log_var - 1).sum(dim=1),
            categorical_kl(logits),
        ]
    )
    wanted = torch.tensor([capacity_z, capacity_c], dtype=mu.dtype, device=mu.device)
    distance = (kl_per_image.mean(dim=1) - wanted).norm(p=1)
    return bernoulli_nll(x_logits, x).mean() + gamma * distance
