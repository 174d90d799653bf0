# %% right | clustering_scores | table-and-hungarian | As in the hints: np.unique, np.add.at, linear_sum_assignment, NMI of scikit-learn.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    """How well groups without names match the classes."""
    a = assignments.cpu().numpy()
    b = labels.cpu().numpy()
    _, groups = np.unique(a, return_inverse=True)
    _, classes = np.unique(b, return_inverse=True)
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=int)
    np.add.at(table, (groups, classes), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, columns].sum() / len(labels)
    nmi = normalized_mutual_info_score(b, a)
    return float(nmi), float(accuracy)


# %% right | clustering_scores | torch-bincount-own-nmi | Table by torch.unique and bincount; NMI from the three entropies, with the case of a single group and a single class.
def _entropy(counts: Tensor) -> float:
    p = counts.double().flatten()
    p = p[p > 0] / p.sum()
    return -(p * p.log()).sum().item()


def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    group_names, groups = torch.unique(assignments.cpu(), return_inverse=True)
    class_names, classes = torch.unique(labels.cpu(), return_inverse=True)
    num_groups, num_classes = len(group_names), len(class_names)
    table = torch.bincount(groups * num_classes + classes, minlength=num_groups * num_classes)
    table = table.view(num_groups, num_classes)

    h_group, h_class, h_both = _entropy(table.sum(1)), _entropy(table.sum(0)), _entropy(table)
    if h_group + h_class == 0:
        nmi = 1.0  # one group and one class: the same grouping
    else:
        nmi = (h_group + h_class - h_both) / (0.5 * (h_group + h_class))
    nmi = min(1.0, max(0.0, nmi))

    r, c = linear_sum_assignment(-table.numpy())
    hits = int(table[torch.as_tensor(r), torch.as_tensor(c)].sum())
    return nmi, hits / len(labels)


# %% right | clustering_scores | loops-over-pairs | Counts with plain Python loops over the list of pairs.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    groups = sorted(set(assignments.tolist()))
    classes = sorted(set(labels.tolist()))
    table = np.zeros((len(groups), len(classes)))
    for g, c in zip(assignments.tolist(), labels.tolist()):
        table[groups.index(g), classes.index(c)] += 1
    best = 0
    for i, j in zip(*linear_sum_assignment(table, maximize=True)):
        best += table[i, j]
    nmi = normalized_mutual_info_score(labels.tolist(), assignments.tolist(), average_method="arithmetic")
    return float(nmi), float(best / len(labels))


# %% right | clustering_scores | sklearn-contingency | The table comes from scikit-learn's contingency_matrix; the cost is what a match leaves over.
from sklearn.metrics.cluster import contingency_matrix


def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    truth, found = labels.cpu().numpy(), assignments.cpu().numpy()
    table = contingency_matrix(truth, found)
    row, col = linear_sum_assignment(table.max() - table)
    return (
        float(normalized_mutual_info_score(truth, found)),
        float(table[row, col].sum() / truth.size),
    )


# %% right | clustering_scores | one-hot-product | The table is a product of comparison matrices; groups are renamed by the matching and compared image by image.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    assignments, labels = assignments.cpu(), labels.cpu()
    group_ids, class_ids = assignments.unique(), labels.unique()
    is_group = (assignments[:, None] == group_ids).double()
    is_class = (labels[:, None] == class_ids).double()
    table = torch.einsum("ng,nk->gk", is_group, is_class)
    matched_groups, matched_classes = linear_sum_assignment(table.numpy(), maximize=True)
    correct = torch.zeros(len(labels), dtype=torch.bool)
    for g, k in zip(matched_groups, matched_classes):
        correct |= (assignments == group_ids[g]) & (labels == class_ids[k])
    nmi = normalized_mutual_info_score(labels.numpy(), assignments.numpy())
    return float(nmi), correct.double().mean().item()


# %% wrong | clustering_scores | purity | Every group takes the name of its most frequent class, so a name can be given twice.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, groups = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, classes = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=int)
    np.add.at(table, (groups, classes), 1)
    accuracy = table.max(axis=1).sum() / len(labels)
    return float(normalized_mutual_info_score(classes, groups)), float(accuracy)


# %% wrong | clustering_scores | greedy | Takes the largest entry of the table again and again, which can miss the best matching.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, groups = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, classes = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=int)
    np.add.at(table, (groups, classes), 1)
    left = table.copy()
    hits = 0
    for _ in range(min(table.shape)):
        g, c = np.unravel_index(left.argmax(), left.shape)
        hits += table[g, c]
        left[g, :] = -1
        left[:, c] = -1
    return float(normalized_mutual_info_score(classes, groups)), float(hits / len(labels))


# %% wrong | clustering_scores | minimised | Without maximize=True the matching is the worst instead of the best.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, groups = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, classes = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=int)
    np.add.at(table, (groups, classes), 1)
    rows, columns = linear_sum_assignment(table)
    accuracy = table[rows, columns].sum() / len(labels)
    return float(normalized_mutual_info_score(classes, groups)), float(accuracy)


# %% wrong | clustering_scores | order-of-returns | Returns (accuracy, nmi) instead of (nmi, accuracy).
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, groups = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, classes = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=int)
    np.add.at(table, (groups, classes), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, columns].sum() / len(labels)
    nmi = normalized_mutual_info_score(classes, groups)
    return float(accuracy), float(nmi)


# %% wrong | clustering_scores | pairs-counted-once | table[groups, classes] += 1 counts each pair once, however many images have it.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, groups = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, classes = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=int)
    table[groups, classes] += 1
    rows, columns = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, columns].sum() / len(labels)
    return float(normalized_mutual_info_score(classes, groups)), float(accuracy)


# %% wrong | clustering_scores | geometric-mean | The NMI is normalised by the geometric mean of the entropies.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, groups = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, classes = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=int)
    np.add.at(table, (groups, classes), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, columns].sum() / len(labels)
    nmi = normalized_mutual_info_score(classes, groups, average_method="geometric")
    return float(nmi), float(accuracy)


# %% wrong | clustering_scores | adjusted-mi | Uses the adjusted mutual information, which is another score than NMI.
from sklearn.metrics import adjusted_mutual_info_score


def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    _, groups = np.unique(a, return_inverse=True)
    _, classes = np.unique(y, return_inverse=True)
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=int)
    np.add.at(table, (groups, classes), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(adjusted_mutual_info_score(y, a)), float(table[rows, columns].sum() / len(y))


# %% wrong | clustering_scores | not-normalised | The mutual information in nats, not divided by the entropies.
from sklearn.metrics import mutual_info_score


def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    _, groups = np.unique(a, return_inverse=True)
    _, classes = np.unique(y, return_inverse=True)
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=int)
    np.add.at(table, (groups, classes), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(mutual_info_score(y, a)), float(table[rows, columns].sum() / len(y))


# %% wrong | clustering_scores | nameless-groups-left-out | Divides by the images of the named groups only, so groups without a name do not count as wrong.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, groups = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, classes = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((groups.max() + 1, classes.max() + 1), dtype=int)
    np.add.at(table, (groups, classes), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, columns].sum() / table[rows].sum()
    return float(normalized_mutual_info_score(classes, groups)), float(accuracy)


# %% wrong | clustering_scores | names-taken-literally | Compares the numbers of groups and classes directly, without any matching.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    nmi = normalized_mutual_info_score(labels.cpu().numpy(), assignments.cpu().numpy())
    accuracy = (assignments == labels).float().mean().item()
    return float(nmi), accuracy


# %% wrong | clustering_scores | matched-on-shares | The matching is the best one for the shares within each group, not for the number of images.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    _, groups = np.unique(assignments.cpu().numpy(), return_inverse=True)
    _, classes = np.unique(labels.cpu().numpy(), return_inverse=True)
    table = np.zeros((groups.max() + 1, classes.max() + 1))
    np.add.at(table, (groups, classes), 1)
    shares = table / table.sum(axis=1, keepdims=True)
    rows, columns = linear_sum_assignment(shares, maximize=True)
    accuracy = table[rows, columns].sum() / len(labels)
    return float(normalized_mutual_info_score(classes, groups)), float(accuracy)


# %% wrong | clustering_scores | negative-numbers-collide | Uses the numbers as indices without renaming them, so a group called -1 falls together with the largest one.
def clustering_scores(assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    a, y = assignments.cpu().numpy(), labels.cpu().numpy()
    table = np.zeros((a.max() + 1, y.max() + 1), dtype=int)
    np.add.at(table, (a, y), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, columns].sum() / len(y)
    return float(normalized_mutual_info_score(y, a)), float(accuracy)


# %% right | gumbel_softmax_sample | clamp-and-brackets | As in the hints.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    """A relaxed sample of a category for each row, differentiable in the logits."""
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = ((logits + g) / temperature).softmax(dim=-1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% right | gumbel_softmax_sample | distributions-gumbel | The noise from torch.distributions.Gumbel; the winner by scatter.
from torch.distributions import Gumbel


def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    noise = Gumbel(torch.zeros_like(logits), torch.ones_like(logits)).sample()
    y = F.softmax((logits + noise) / temperature, dim=1)
    if not hard:
        return y
    one_hot = torch.zeros_like(y).scatter(1, y.argmax(dim=1, keepdim=True), 1.0)
    return one_hot + (y - y.detach())


# %% right | gumbel_softmax_sample | exponential-race | Gumbel noise as minus the logarithm of exponential noise, softmax by hand.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    e = torch.empty_like(logits).exponential_()
    tiny = torch.finfo(logits.dtype).tiny
    scores = (logits - e.clamp_min(tiny).log()) / temperature
    scores = scores - scores.amax(dim=-1, keepdim=True).detach()
    weights = scores.exp()
    soft = weights / weights.sum(dim=-1, keepdim=True)
    if hard:
        k = soft.shape[-1]
        words = torch.eye(k, dtype=soft.dtype, device=soft.device)[soft.argmax(dim=-1)]
        soft = words + (soft - soft.detach())
    return soft


# %% right | gumbel_softmax_sample | autograd-function | Straight-through as a small autograd Function, so forwards the row is exactly the winner.
class _Winner(torch.autograd.Function):
    @staticmethod
    def forward(ctx, soft):
        return F.one_hot(soft.argmax(dim=-1), soft.shape[-1]).to(soft.dtype)

    @staticmethod
    def backward(ctx, grad):
        return grad


def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    tiny = torch.finfo(logits.dtype).tiny
    uniform = torch.rand(logits.shape, dtype=logits.dtype, device=logits.device).clamp(min=tiny)
    gumbel = -(-uniform.log()).log()
    soft = torch.softmax((logits + gumbel) / temperature, dim=-1)
    return _Winner.apply(soft) if hard else soft


# %% right | gumbel_softmax_sample | relaxed-one-hot | The relaxed sample is drawn by torch's RelaxedOneHotCategorical.
from torch.distributions import RelaxedOneHotCategorical


def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    t = torch.as_tensor(temperature, dtype=logits.dtype, device=logits.device)
    soft = RelaxedOneHotCategorical(t, logits=logits).rsample()
    if hard:
        winner = torch.zeros_like(soft)
        winner[torch.arange(len(soft)), soft.argmax(dim=1)] = 1
        soft = winner + (soft - soft.detach())
    return soft


# %% right | gumbel_softmax_sample | eps-in-both-logs | The usual tiny constant inside both logarithms instead of a clamp.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    eps = 1e-20
    u = torch.rand_like(logits)
    gumbel_noise = -torch.log(-torch.log(u + eps) + eps)
    z = (logits + gumbel_noise) / temperature
    soft = torch.exp(F.log_softmax(z, dim=-1))
    if hard:
        index = soft.max(dim=-1, keepdim=True).indices
        straight_through = soft - soft.detach()  # zero in value
        return torch.zeros_like(soft).scatter_(-1, index, 1.0) + straight_through
    return soft


# %% wrong | gumbel_softmax_sample | minus-forgotten | One minus sign is missing, so the noise is a negative Gumbel and the winners do not have the softmax probabilities.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = torch.log(-torch.log(u))
    soft = ((logits + g) / temperature).softmax(dim=-1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | softmax-over-batch | The softmax runs over the batch, so the columns add up to 1 and the rows do not.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = F.softmax((logits + g) / temperature, dim=0)
    if hard:
        winner = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | only-logits-divided | The temperature divides the logits and not the noise.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = (logits / temperature + g).softmax(dim=-1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | multiplied-by-temperature | Multiplies by the temperature instead of dividing.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    gumbel = -torch.log(-torch.log(u))
    soft = torch.softmax((logits + gumbel) * temperature, dim=-1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | hard-without-gradient | Hard returns the bare one-hot row, through which no gradient passes.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = ((logits + g) / temperature).softmax(dim=-1)
    if hard:
        return F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
    return soft


# %% wrong | gumbel_softmax_sample | order-of-the-sum | winner + soft - soft.detach() adds soft first, so rows are often 0.99999994 and not exactly one-hot.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = ((logits + g) / temperature).softmax(dim=-1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return winner + soft - soft.detach()
    return soft


# %% wrong | gumbel_softmax_sample | winner-of-the-logits | The hard winner is the largest logit, without noise: always the most probable class.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = ((logits + g) / temperature).softmax(dim=-1)
    if hard:
        winner = F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | second-draw-for-the-winner | The winner comes from a second draw of noise, so its gradient belongs to another soft sample.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    def gumbel():
        u = torch.rand_like(logits).clamp(min=1e-20)
        return -torch.log(-torch.log(u))

    soft = ((logits + gumbel()) / temperature).softmax(dim=-1)
    if hard:
        index = (logits + gumbel()).argmax(dim=-1)
        winner = F.one_hot(index, logits.shape[-1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | one-noise-for-all-rows | One vector of noise is shared by all rows of the batch.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand(logits.shape[-1], dtype=logits.dtype, device=logits.device).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = ((logits + g) / temperature).softmax(dim=-1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | one-noise-per-row | One number of noise for each row, which the softmax cancels: nothing is random.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand(logits.shape[0], 1, dtype=logits.dtype, device=logits.device).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = ((logits + g) / temperature).softmax(dim=-1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | gaussian-noise | Gaussian noise instead of Gumbel noise.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    g = torch.randn_like(logits)
    soft = ((logits + g) / temperature).softmax(dim=-1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | probabilities-plus-noise | Adds the noise to the probabilities instead of to the logits.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    probs = logits.softmax(dim=-1)
    u = torch.rand_like(probs).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = ((probs + g) / temperature).softmax(dim=-1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | same-noise-every-call | A generator with a fixed seed gives the same noise in every call.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    u = torch.rand(logits.shape, generator=generator).to(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = ((logits + g) / temperature).softmax(dim=-1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | threshold-for-the-winner | Hard rows by a threshold of one half, so a row without a majority is all zeros.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand_like(logits).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = ((logits + g) / temperature).softmax(dim=-1)
    if hard:
        winner = (soft > 0.5).to(soft.dtype)
        return winner + (soft - soft.detach())
    return soft


# %% wrong | gumbel_softmax_sample | float32-out | Casts the sample to float32, so logits of float64 do not give a sample of their dtype.
def gumbel_softmax_sample(logits: Tensor, temperature: float, hard: bool = False) -> Tensor:
    u = torch.rand(logits.shape, device=logits.device).clamp(min=1e-20)
    g = -torch.log(-torch.log(u))
    soft = ((logits.float() + g) / temperature).softmax(dim=-1)
    if hard:
        winner = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).float()
        return winner + (soft - soft.detach())
    return soft


# %% right | categorical_kl | log-softmax-with-floor | As in the hints.
def categorical_kl(logits: Tensor) -> Tensor:
    """KL of softmax(logits) from the uniform distribution, in nats."""
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    q = log_q.exp()
    return (q * (log_q + math.log(logits.shape[-1]))).sum(dim=-1)


# %% right | categorical_kl | ln-k-minus-entropy | Distances to the largest logit, cut at -1e4 where the probability is 0 anyway; then ln K minus the entropy.
def categorical_kl(logits: Tensor) -> Tensor:
    num_classes = logits.size(1)
    below = (logits - logits.max(dim=1, keepdim=True).values).clamp(min=-1e4)
    log_z = torch.logsumexp(below, dim=1)
    q = torch.exp(below - log_z[:, None])
    entropy = log_z - (q * below).sum(dim=1)
    return math.log(num_classes) - entropy


# %% right | categorical_kl | distributions-categorical | The entropy of torch.distributions.Categorical.
from torch.distributions import Categorical


def categorical_kl(logits: Tensor) -> Tensor:
    return math.log(logits.shape[-1]) - Categorical(logits=logits).entropy()


# %% right | categorical_kl | f-kl-div | F.kl_div in log space with the uniform distribution as its first argument.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = torch.log_softmax(logits, dim=-1).clamp_min(-1e30)
    log_p = torch.full_like(log_q, -math.log(logits.shape[-1]))
    # F.kl_div(input, target) is KL(target || input)
    return F.kl_div(log_p, log_q, reduction="none", log_target=True).sum(dim=-1)


# %% right | categorical_kl | tiny-in-the-log | A constant of 1e-30 inside the logarithm of the softmax.
def categorical_kl(logits: Tensor) -> Tensor:
    q = logits.softmax(dim=-1)
    log_q = (q + 1e-30).log()
    log_p = math.log(1 / logits.shape[-1])
    return torch.sum(q * (log_q - log_p), dim=-1)


# %% right | categorical_kl | einsum | The products of q and log q summed with einsum, ln K added once for each row.
def categorical_kl(logits: Tensor) -> Tensor:
    batch, k = logits.shape
    log_q = torch.maximum(F.log_softmax(logits, dim=1), logits.new_tensor(-1e30))
    negative_entropy = torch.einsum("bk,bk->b", log_q.exp(), log_q)
    return negative_entropy + np.log(k).item()


# %% wrong | categorical_kl | log-of-softmax | softmax then log: a probability that rounds to 0 gives NaN.
def categorical_kl(logits: Tensor) -> Tensor:
    q = logits.softmax(dim=-1)
    return (q * (q.log() + math.log(logits.shape[-1]))).sum(dim=-1)


# %% wrong | categorical_kl | no-floor | log_softmax without a floor gives NaN for logits near 3e38.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=-1)
    return (log_q.exp() * (log_q + math.log(logits.shape[-1]))).sum(dim=-1)


# %% wrong | categorical_kl | entr-gradient | The value is right, but the gradient of entr at 0 is infinite and becomes NaN for a certain encoder.
def categorical_kl(logits: Tensor) -> Tensor:
    q = logits.softmax(dim=-1)
    entropy = torch.special.entr(q).sum(dim=-1)
    return math.log(logits.shape[-1]) - entropy


# %% wrong | categorical_kl | nan-to-num | Replaces the NaNs of the values by 0; the gradient is still NaN.
def categorical_kl(logits: Tensor) -> Tensor:
    q = torch.softmax(logits, dim=-1)
    terms = torch.nan_to_num(q * torch.log(q), nan=0.0)
    return terms.sum(dim=-1) + math.log(logits.shape[-1])


# %% wrong | categorical_kl | ln-k-missing | Minus the entropy only; ln K is missing.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    return (log_q.exp() * log_q).sum(dim=-1)


# %% wrong | categorical_kl | sign-of-the-entropy | Entropy minus ln K: the sign is turned round.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    entropy = -(log_q.exp() * log_q).sum(dim=-1)
    return entropy - math.log(logits.shape[-1])


# %% wrong | categorical_kl | mean-over-classes | Mean over the classes instead of the sum.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    return (log_q.exp() * (log_q + math.log(logits.shape[-1]))).mean(dim=-1)


# %% wrong | categorical_kl | averaged-over-batch | Returns the mean over the batch, a scalar, instead of one number for each row.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    kl = (log_q.exp() * (log_q + math.log(logits.shape[-1]))).sum(dim=-1)
    return kl.mean()


# %% wrong | categorical_kl | direction-reversed | The KL of the uniform distribution from q, the other way round.
def categorical_kl(logits: Tensor) -> Tensor:
    k = logits.shape[-1]
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    uniform = torch.full_like(log_q, 1 / k)
    return F.kl_div(log_q, uniform, reduction="none").sum(dim=-1)


# %% wrong | categorical_kl | wrong-axis | Softmax and sum run over the batch instead of the classes.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=0).clamp(min=-1e30)
    return (log_q.exp() * (log_q + math.log(logits.shape[1]))).sum(dim=1)


# %% wrong | categorical_kl | in-bits | Base-2 logarithms: bits instead of nats.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    nats = (log_q.exp() * (log_q + math.log(logits.shape[-1]))).sum(dim=-1)
    return nats / math.log(2)


# %% wrong | categorical_kl | logits-clamped | Clamps the logits to 50 in size before the softmax, which makes 500 and 400 the same.
def categorical_kl(logits: Tensor) -> Tensor:
    logits = logits.clamp(-50, 50)  # keeps exp() from overflowing
    log_q = F.log_softmax(logits, dim=-1)
    return (log_q.exp() * (log_q + math.log(logits.shape[-1]))).sum(dim=-1)


# %% wrong | categorical_kl | ten-hard-coded | ln 10 is typed in, so it is wrong for any other number of classes.
def categorical_kl(logits: Tensor) -> Tensor:
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    return math.log(10) + (log_q.exp() * log_q).sum(dim=-1)


# %% right | GumbelVAE | plain-layers | Six layers as attributes, calls gumbel_softmax_sample of exercise 6.2.
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
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_logits = nn.Linear(hidden_dim, num_classes)
        self.fc2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.relu(self.fc2(torch.cat([z, c], dim=1)))
        return self.fc3(h)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% right | GumbelVAE | sequentials | Body and decoder as nn.Sequential, a reparameterise method, the relaxed sample written in the class.
class GumbelVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 10, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.body = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_log_var = nn.Linear(hidden_dim, latent_dim)
        self.to_logits = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden = self.body(x)
        return self.to_mu(hidden), self.to_log_var(hidden), self.to_logits(hidden)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.decoder(torch.cat((z, c), dim=-1))

    @staticmethod
    def reparameterise(mu, log_var):
        sigma = log_var.mul(0.5).exp()
        return mu + sigma * torch.randn_like(sigma)

    @staticmethod
    def soft_word(logits, temperature):
        u = torch.rand_like(logits).clamp(min=1e-20)
        return torch.softmax((logits - torch.log(-torch.log(u))) / temperature, dim=-1)

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        x_logits = self.decode(self.reparameterise(mu, log_var), self.soft_word(logits, temperature))
        return x_logits, mu, log_var, logits


# %% right | GumbelVAE | distributions | rsample of Normal and of RelaxedOneHotCategorical.
from torch.distributions import Normal, RelaxedOneHotCategorical


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
        self.enc = nn.Linear(input_dim, hidden_dim)
        self.mean_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.class_head = nn.Linear(hidden_dim, num_classes)
        self.dec_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.dec_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = torch.relu(self.enc(x))
        return self.mean_head(h), self.log_var_head(h), self.class_head(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        zc = torch.hstack([z, c])
        return self.dec_out(self.dec_hidden(zc).relu())

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = Normal(mu, (log_var / 2).exp()).rsample()
        c = RelaxedOneHotCategorical(torch.tensor(temperature).to(logits), logits=logits).rsample()
        return self.decode(z, c), mu, log_var, logits


# %% right | GumbelVAE | module-dict | The three heads in an nn.ModuleDict, encode as a tuple over them.
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
        sizes = {"mu": latent_dim, "log_var": latent_dim, "logits": num_classes}
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.heads = nn.ModuleDict({name: nn.Linear(hidden_dim, size) for name, size in sizes.items()})
        self.decoder = nn.ModuleList(
            [nn.Linear(latent_dim + num_classes, hidden_dim), nn.Linear(hidden_dim, input_dim)]
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.hidden(x).clamp(min=0)
        return tuple(self.heads[name](h) for name in ("mu", "log_var", "logits"))

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        first, last = self.decoder
        return last(first(torch.cat([z, c], dim=1)).clamp(min=0))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        eps = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        z = mu + eps * log_var.exp().sqrt()
        c = gumbel_softmax_sample(logits, temperature, hard=False)
        return self.decode(z, c), mu, log_var, logits


# %% right | GumbelVAE | encoder-submodule | The encoder is a module of its own inside the VAE; named intermediate results.
class _Encoder(nn.Module):
    def __init__(self, input_dim, hidden_dim, latent_dim, num_classes):
        super().__init__()
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.relu = nn.ReLU()
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)

    def forward(self, x):
        h = self.relu(self.hidden(x))
        return self.mu(h), self.log_var(h), self.logits(h)


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
        self.decoder_in = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.decoder_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encoder(x)
        return mu, log_var, logits

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        latent = torch.cat([z, c], dim=1)
        return self.decoder_out(F.relu(self.decoder_in(latent)))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        std = torch.exp(log_var / 2)
        z = torch.randn_like(std) * std + mu
        gumbel = -torch.empty_like(logits).exponential_().clamp(min=1e-30).log()
        c = F.softmax((logits + gumbel) / temperature, dim=1)
        x_logits = self.decode(z, c)
        return x_logits, mu, log_var, logits


# %% wrong | GumbelVAE | variance-for-std | The noise is multiplied by the variance: exp(log_var) without the half.
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
        return self.pixels(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + log_var.exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | decoder-without-relu | The decoder has no ReLU between its two linear layers.
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
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.logits = nn.Linear(hidden_dim, num_classes)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.encoder(x)
        return self.mu(h), self.log_var(h), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | softmax-in-encode | The class head ends in a softmax, so encode and forward return probabilities instead of logits.
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
        return self.mu(h), self.log_var(h), F.softmax(self.logits(h), dim=-1)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.pixels(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | relu-on-log-var | The log_var head goes through a ReLU, so a variance below 1 is impossible.
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
        return self.mu(h), F.relu(self.log_var(h)), self.logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.pixels(F.relu(self.back(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | sigmoid-in-decode | The decoder ends in a sigmoid: probabilities instead of x_logits.
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
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc23 = nn.Linear(hidden_dim, num_classes)
        self.fc3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1), self.fc23(h1)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        h3 = F.relu(self.fc3(torch.cat([z, c], dim=1)))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        std = torch.exp(0.5 * log_var)
        z = mu + std * torch.randn_like(std)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | no-noise-in-eval | After eval() it decodes mu and the softmax instead of fresh samples.
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

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        if self.training:
            z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
            c = gumbel_softmax_sample(logits, temperature)
        else:
            z, c = mu, logits.softmax(dim=-1)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | mu-and-log-var-exchanged | forward returns log_var before mu.
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

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), log_var, mu, logits


# %% wrong | GumbelVAE | hard-words | forward draws a hard, one-hot word instead of a soft one.
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

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature, hard=True)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | temperature-fixed | The temperature is 0.67 whatever forward is given.
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

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float = 0.67) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, 0.67)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | decoder-deaf-to-c | decode takes c and never uses it; the decoder reads z alone.
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
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | word-not-sampled | c is the softmax of the logits at the temperature, without noise.
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

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = torch.softmax(logits / temperature, dim=-1)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | heads-in-a-plain-list | The heads are in a Python list, so their parameters are not registered and never learn.
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
        self.heads = [nn.Linear(hidden_dim, size) for size in (latent_dim, latent_dim, num_classes)]
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        mu, log_var, logits = (head(h) for head in self.heads)
        return mu, log_var, logits

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | one-eps-per-image | One random number per image moves all dimensions of z together.
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

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        eps = torch.randn(len(x), 1, dtype=mu.dtype, device=mu.device)
        z = mu + torch.exp(0.5 * log_var) * eps
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | returns-the-word | The fourth output is the sampled c instead of the logits.
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

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, c


# %% wrong | GumbelVAE | hidden-width-fixed | The hidden layers have 400 units whatever hidden_dim says.
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
        self.fc1 = nn.Linear(input_dim, 400)
        self.fc_mu = nn.Linear(400, latent_dim)
        self.fc_log_var = nn.Linear(400, latent_dim)
        self.fc_logits = nn.Linear(400, num_classes)
        self.fc2 = nn.Linear(latent_dim + num_classes, 400)
        self.fc3 = nn.Linear(400, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | shared-head | mu and log_var come out of one and the same layer.
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

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        mu = self.fc_mu(h)
        log_var = self.fc_mu(h)
        logits = self.fc_logits(h)
        return mu, log_var, logits

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% wrong | GumbelVAE | attribute-missing | num_classes is not kept as an attribute.
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
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_logits = nn.Linear(hidden_dim, num_classes)
        self.fc2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_logits(h)

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(torch.cat([z, c], dim=1))))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_var, logits = self.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        c = gumbel_softmax_sample(logits, temperature)
        return self.decode(z, c), mu, log_var, logits


# %% right | joint_loss | hint-style | As in the hints, with categorical_kl of exercise 6.3 and bernoulli_nll of the course.
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
    """recon + gamma |KL_z - capacity_z| + gamma |KL_c - capacity_c|."""
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% right | joint_loss | self-contained | Nothing from other exercises: binary cross-entropy with logits, the KL of c written out.
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
    kl_z = -0.5 * torch.sum(1 + log_var - mu**2 - torch.exp(log_var)) / batch
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    kl_c = torch.sum(log_q.exp() * (log_q + math.log(logits.shape[-1]))) / batch
    fine = torch.abs(kl_z - capacity_z) + torch.abs(kl_c - capacity_c)
    return recon + gamma * fine


# %% right | joint_loss | distributions | Bernoulli, Normal and Categorical of torch.distributions.
from torch.distributions import Bernoulli, Categorical, Normal, kl_divergence


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
    log_p = Bernoulli(logits=x_logits, validate_args=False).log_prob(x).sum(dim=1)
    q_z = Normal(mu, (0.5 * log_var).exp())
    p_z = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl_z = kl_divergence(q_z, p_z).sum(dim=1).mean()
    kl_c = math.log(logits.shape[1]) - Categorical(logits=logits).entropy().mean()
    return -log_p.mean() + gamma * abs(kl_z - capacity_z) + gamma * abs(kl_c - capacity_c)


# %% right | joint_loss | softplus | The reconstruction as softplus(l) - x l, einsum for the KL of c, the bars as max of both signs.
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
    def distance(kl, wanted):
        gap = kl - wanted
        return torch.maximum(gap, -gap)

    recon = (F.softplus(x_logits) - x * x_logits).sum(dim=-1).mean()
    variance = torch.exp(log_var)
    kl_z = (0.5 * (variance + mu * mu - log_var - 1.0)).sum(dim=-1).mean()
    log_q = logits.log_softmax(dim=-1).clamp(min=-1e30)
    kl_c = math.log(logits.shape[-1]) + torch.einsum("bk,bk->b", log_q.exp(), log_q).mean()
    return recon + gamma * (distance(kl_z, capacity_z) + distance(kl_c, capacity_c))


# %% right | joint_loss | loop-over-latents | A loop over the pairs of KL and capacity that adds the fines up.
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
    per_pixel = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    loss = per_pixel.sum(1).mean(0)
    kl_z = 0.5 * (mu.pow(2) + log_var.exp() - log_var - 1).sum(1)
    kl_c = categorical_kl(logits)
    for kl, capacity in ((kl_z, capacity_z), (kl_c, capacity_c)):
        loss = loss + gamma * F.l1_loss(kl.mean(), torch.full_like(kl.mean(), capacity))
    return loss


# %% wrong | joint_loss | one-pair-of-bars | The two KLs and the two capacities are added before the absolute value.
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


# %% wrong | joint_loss | bars-per-image | The distance is taken for each image and averaged afterwards.
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
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)
    kl_c = categorical_kl(logits)
    loss = recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()
    return loss.mean()


# %% wrong | joint_loss | mean-over-pixels | The reconstruction is a mean over the pixels instead of a sum.
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
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | no-bars | The differences without absolute values: a KL below its capacity is rewarded.
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
    return recon + gamma * (kl_z - capacity_z) + gamma * (kl_c - capacity_c)


# %% wrong | joint_loss | half-missing | The factor one half of the KL of z is missing.
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
    kl_z = (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | mean-over-dimensions | The KL of z is averaged over its dimensions too instead of summed.
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
    kl_z = (0.5 * (mu.square() + log_var.exp() - 1 - log_var)).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | gamma-once | gamma multiplies the fine for z only.
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


# %% wrong | joint_loss | capacities-exchanged | The KL of z is measured against the capacity of c and the other way round.
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
    return recon + gamma * (kl_z - capacity_c).abs() + gamma * (kl_c - capacity_z).abs()


# %% wrong | joint_loss | squared-distance | Squares instead of absolute values.
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
    return recon + gamma * (kl_z - capacity_z) ** 2 + gamma * (kl_c - capacity_c) ** 2


# %% wrong | joint_loss | one-sided-fine | relu instead of bars: a KL below its capacity costs nothing, so nothing is demanded.
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
    return recon + gamma * F.relu(kl_z - capacity_z) + gamma * F.relu(kl_c - capacity_c)


# %% wrong | joint_loss | sign-hidden-by-the-bars | The KL of z has the wrong sign, which the bars hide only while its capacity is 0.
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
    kl_z = 0.5 * (1 + log_var - mu.square() - log_var.exp()).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | entropy-for-kl | Uses the entropy of q(c given x) where its KL belongs.
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
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    log_q = F.log_softmax(logits, dim=-1)
    kl_c = -(log_q.exp() * log_q).sum(dim=-1).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | kl-without-gradient | The KLs are turned into Python numbers, so the fines have the right value and no gradient.
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
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean().item()
    kl_c = categorical_kl(logits).mean().item()
    return recon + gamma * abs(kl_z - capacity_z) + gamma * abs(kl_c - capacity_c)


# %% wrong | joint_loss | log-var-as-log-std | Takes log_var for the logarithm of the standard deviation.
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
    kl_z = 0.5 * (mu.square() + (2 * log_var).exp() - 1 - 2 * log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()


# %% wrong | joint_loss | sigmoid-twice | Applies a sigmoid before the cross-entropy with logits, which applies one itself.
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
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="none").sum(dim=1).mean()
    kl_z = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()
