"""Known right solutions of lesson 03, written in other ways than the reference."""
# ruff: noqa: F821 - `one_hot` and others are names of the lesson

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from autograder.exercises.known_answers import Bank

RIGHT = Bank("03_cvae")

# -------------------------------------------------------------------------------------- one_hot


@RIGHT.add("one_hot", "rows-of-the-identity")
def one_hot(labels, num_classes):
    labels = labels.flatten()
    if labels.min() < 0 or labels.max() > num_classes - 1:
        raise ValueError(f"label out of range: {labels.tolist()}")
    return torch.eye(num_classes, device=labels.device)[labels]


@RIGHT.add("one_hot", "scatter-into-zeros")
def one_hot(labels, num_classes):
    column = labels.view(-1, 1)
    if not bool(torch.all((column >= 0) & (column < num_classes))):
        raise ValueError
    y = torch.zeros(column.shape[0], num_classes, dtype=torch.float32, device=labels.device)
    y.scatter_(dim=1, index=column, value=1)
    return y


@RIGHT.add("one_hot", "comparison-with-all-classes")
def one_hot(labels, num_classes):
    labels = labels.squeeze(-1) if labels.dim() == 2 else labels
    y = (labels[:, None] == torch.arange(num_classes, device=labels.device)).to(torch.float32)
    if not torch.all(y.sum(dim=1) == 1):
        raise ValueError("a label matches no class")
    return y


@RIGHT.add("one_hot", "numpy-and-back")
def one_hot(labels, num_classes):
    numbers = labels.detach().cpu().numpy().ravel()
    if np.any(numbers < 0) or np.any(numbers >= num_classes):
        raise ValueError("out of range")
    rows = np.zeros((numbers.size, num_classes), dtype="float32")
    rows[np.arange(numbers.size), numbers] = 1
    return torch.from_numpy(rows).to(labels.device)


@RIGHT.add("one_hot", "loop-over-labels")
def one_hot(labels, num_classes):
    rows = []
    for label in labels.reshape(-1).tolist():
        if label not in range(num_classes):
            raise ValueError(f"{label} is not one of {num_classes} classes")
        rows.append([1.0 if label == c else 0.0 for c in range(num_classes)])
    return torch.tensor(rows, device=labels.device)


@RIGHT.add("one_hot", "moved-from-the-default-device")
def one_hot(labels, num_classes):
    class LabelError(ValueError):
        pass

    labels = labels.reshape(len(labels))
    if ((labels < 0) + (labels >= num_classes)).sum() > 0:
        raise LabelError("no such class")
    return torch.eye(num_classes).to(labels.device).index_select(0, labels)


@RIGHT.add("one_hot", "error-of-torch-passed-on")
def one_hot(labels, num_classes):
    try:
        return F.one_hot(labels.flatten().long(), num_classes=num_classes).to(torch.float32)
    except RuntimeError as error:
        raise ValueError("labels out of range") from error


RIGHT.edit(
    "one_hot",
    "hints-typed",
    edits={
        '    if ((labels < 0) | (labels >= num_classes)).any():\n        raise ValueError(f"labels must lie between 0 and {num_classes - 1}")\n': (
            "    bad = (labels < 0) | (labels >= num_classes)\n"
            '    if bad.any():\n        raise ValueError("...")\n'
        ),
    },
)

# ----------------------------------------------------------------------------------------- CVAE


@RIGHT.add("CVAE", "sequential-and-one-wide-head")
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.encoder = nn.Sequential(
            nn.Linear(input_dim + num_classes, hidden_dim),
            nn.ReLU(inplace=True),
            nn.Linear(hidden_dim, 2 * latent_dim),
        )
        self.decoder = nn.Sequential(
            nn.Linear(num_classes + latent_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x, y):
        return torch.chunk(self.encoder(torch.hstack((y, x))), 2, dim=-1)

    def reparameterize(self, mu, log_var):
        return torch.distributions.Normal(mu, torch.exp(log_var / 2)).rsample()

    def decode(self, z, y):
        return self.decoder(torch.concat((y, z), -1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


@RIGHT.add("CVAE", "a-linear-layer-of-its-own-for-y")
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.x_in, self.y_in = nn.Linear(input_dim, hidden_dim), nn.Linear(num_classes, hidden_dim)
        self.mu, self.log_var = nn.Linear(hidden_dim, latent_dim), nn.Linear(hidden_dim, latent_dim)
        self.z_in, self.y_back = (
            nn.Linear(latent_dim, hidden_dim),
            nn.Linear(num_classes, hidden_dim),
        )
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        hidden = torch.relu(self.x_in(x) + self.y_in(y))
        return self.mu(hidden), self.log_var(hidden)

    def reparameterize(self, mu, log_var):
        eps = torch.empty_like(mu).normal_()
        return torch.addcmul(mu, eps, log_var.exp().sqrt())

    def decode(self, z, y):
        return self.out((self.z_in(z) + self.y_back(y)).clamp(min=0))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu=mu, log_var=log_var)
        return [self.decode(z=z, y=y), mu, log_var]


@RIGHT.add("CVAE", "raw-parameters-and-einsum")
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.sizes = latent_dim, num_classes
        shapes = {
            "hidden": (input_dim + num_classes, hidden_dim),
            "heads": (hidden_dim, 2 * latent_dim),
            "back": (latent_dim + num_classes, hidden_dim),
            "logits": (hidden_dim, input_dim),
        }
        self.weights = nn.ParameterDict(
            {k: nn.Parameter(torch.randn(s) / s[0] ** 0.5) for k, s in shapes.items()}
        )
        self.biases = nn.ParameterDict(
            {k: nn.Parameter(torch.zeros(s[1])) for k, s in shapes.items()}
        )

    latent_dim = property(lambda self: self.sizes[0])
    num_classes = property(lambda self: self.sizes[1])

    def layer(self, name, *inputs):
        h = torch.cat(inputs, dim=-1)
        return torch.einsum("bi,ij->bj", h, self.weights[name]) + self.biases[name]

    def encode(self, x, y):
        h = self.layer("hidden", x, y)
        return self.layer("heads", h * (h > 0)).split(self.latent_dim, dim=1)

    def reparameterize(self, mu, log_var):
        return mu + torch.randn(mu.shape, dtype=mu.dtype, device=mu.device) * (log_var * 0.5).exp()

    def decode(self, z, y):
        return self.layer("logits", self.layer("back", z, y).relu())

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


@RIGHT.add("CVAE", "embedding-of-the-classes-without-bias")
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes, self.input_dim = latent_dim, num_classes, input_dim
        self.register_buffer("calls", torch.zeros(()))
        self.fc1, self.table1 = (
            nn.Linear(input_dim, hidden_dim),
            nn.Linear(num_classes, hidden_dim, bias=False),
        )
        self.fc21, self.fc22 = nn.Linear(hidden_dim, latent_dim), nn.Linear(hidden_dim, latent_dim)
        self.table2 = nn.Parameter(0.1 * torch.randn(num_classes, hidden_dim))
        self.fc3, self.fc4 = nn.Linear(latent_dim, hidden_dim), nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.fc1(x.reshape(-1, self.input_dim)) + self.table1(y.to(x.dtype)))
        return self.fc21(h), self.fc22(h)

    @staticmethod
    def reparameterize(mu, log_var):
        std = log_var.mul(0.5).exp_()
        return torch.randn_like(std).mul_(std.detach()) * 0 + mu + std * torch.randn_like(std)

    def decode(self, z, y):
        return self.fc4(F.relu(self.fc3(z) + y @ self.table2))

    def forward(self, x, y):
        self.calls += 1
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


RIGHT.edit(
    "CVAE",
    "class-numbers-and-tables",
    edits={
        "self.encoder_hidden = nn.Linear(input_dim + num_classes, hidden_dim)": "self.encoder_hidden = nn.Linear(input_dim, hidden_dim)\n        self.of_x, self.of_z = (nn.Embedding(num_classes, hidden_dim) for _ in range(2))",
        "nn.Linear(latent_dim + num_classes, hidden_dim)": "nn.Linear(latent_dim, hidden_dim)",
        "F.relu(self.encoder_hidden(torch.cat([x, y], dim=1)))": "F.relu(self.encoder_hidden(x) + self.of_x(y.argmax(dim=1)))",
        "self.decoder_hidden(torch.cat([z, y], dim=1))": "self.decoder_hidden(z) + self.of_z(y.argmax(dim=1))",
    },
)
RIGHT.edit(
    "CVAE",
    "heads-that-start-at-zero",
    edits={
        "self.decoder_hidden = ": "nn.init.zeros_(self.log_var_head.weight)\n        nn.init.zeros_(self.log_var_head.bias)\n        self.decoder_hidden = ",
    },
)

# ------------------------------------------------------------------------------ cvae_train_step


@RIGHT.add("cvae_train_step", "loss-by-hand")
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad(set_to_none=True)
    x_logits, mu, log_var = model(x, one_hot(labels=labels, num_classes=model.num_classes))
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(-1)
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(-1)
    loss = (recon + kl).mean()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


@RIGHT.add("cvae_train_step", "encode-sample-decode")
def cvae_train_step(model, x, labels, optimizer):
    y = torch.eye(model.num_classes, device=x.device, dtype=x.dtype)[labels]
    mu, log_var = model.encode(x, y)
    z = model.reparameterize(mu, log_var)
    loss = negative_elbo(model.decode(z, y), x, mu, log_var)
    model.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach().cpu().numpy().item()


@RIGHT.add("cvae_train_step", "closure")
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    seen = []

    def closure():
        optimizer.zero_grad()
        loss = negative_elbo(*(lambda out: (out[0], x, out[1], out[2]))(model(x, y)))
        loss.backward()
        seen.append(loss.item())
        return loss

    optimizer.step(closure)
    return seen[0]


@RIGHT.add("cvae_train_step", "torch-distributions-and-autograd-grad")
def cvae_train_step(model, x, labels, optimizer):
    from torch.distributions import Bernoulli, Normal, kl_divergence

    x_logits, mu, log_var = model(x, F.one_hot(labels, model.num_classes).to(x))
    likelihood = Bernoulli(logits=x_logits, validate_args=False)
    q, prior = Normal(mu, (log_var / 2).exp()), Normal(torch.zeros_like(mu), 1.0)
    loss = (kl_divergence(q, prior).sum(1) - likelihood.log_prob(x).sum(1)).mean()
    parameters = list(model.parameters())
    for p, g in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        p.grad = g
    optimizer.step()
    return loss.item()


# -------------------------------------------------------------------------------- EarlyStopping


@RIGHT.add("EarlyStopping", "whole-history")
class EarlyStopping:
    def __init__(self, patience):
        self.patience, self.losses = patience, []

    @property
    def best_loss(self):
        return min((v for v in self.losses if v == v), default=float("inf"))

    def step(self, loss):
        is_new_best = loss < self.best_loss
        self.losses.append(loss)
        self.last = len(self.losses) if is_new_best else getattr(self, "last", 0)
        return len(self.losses) - self.last >= self.patience


@RIGHT.add("EarlyStopping", "counting-down")
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = self.left = patience
        self.best_loss = np.inf

    def step(self, loss: float) -> bool:
        self.left -= 1
        if np.less(loss, self.best_loss):
            self.best_loss, self.left = loss, self.patience
        return not self.left > 0


@RIGHT.add("EarlyStopping", "window-of-recent-calls")
class EarlyStopping:
    def __init__(self, patience):
        from collections import deque

        self.recent = deque([True] * patience, maxlen=patience)
        self.best_loss = math.inf

    def step(self, loss):
        improved = bool(np.float64(loss) < self.best_loss)
        self.recent.append(improved)
        if improved:
            self.best_loss = np.float64(loss)
        return np.bool_(not any(self.recent))


@RIGHT.add("EarlyStopping", "dataclass")
class EarlyStopping:
    __slots__ = ("age", "best_loss", "patience")

    def __init__(self, patience):
        self.patience, self.age, self.best_loss = patience, 0, float("inf")

    def step(self, loss):
        self.age = 0 if (new := loss < self.best_loss) else self.age + 1
        self.best_loss = loss if new else self.best_loss
        return self.age >= self.patience


# ------------------------------------------------------------------------------- generate_class


@RIGHT.add("generate_class", "decorator-and-eye")
def generate_class(model, label, num_images):
    @torch.no_grad()
    def draw():
        y = torch.zeros(num_images, model.num_classes)
        y[:, label] = 1
        z = torch.randn((num_images, model.latent_dim))
        return torch.sigmoid(model.decode(z, y))

    return draw()


@RIGHT.add("generate_class", "one-image-at-a-time-in-chunks")
def generate_class(model, label, num_images):
    with torch.inference_mode():
        z = torch.distributions.Normal(0.0, 1.0).sample((num_images, model.latent_dim))
        y = one_hot(torch.tensor([label]), model.num_classes).expand(num_images, -1)
        images = 1 / (1 + torch.exp(-model.decode(z, y)))
    return images.clone()


@RIGHT.add("generate_class", "repeated-row")
def generate_class(model, label, num_images):
    weight = next(iter(model.parameters()))
    y = one_hot(torch.tensor([label] * num_images, device=weight.device), model.num_classes)
    z = weight.new_empty(num_images, model.latent_dim).normal_()
    return model.decode(z=z, y=y).sigmoid().detach()


@RIGHT.add("generate_class", "numpy-noise")
def generate_class(model, label, num_images):
    noise = np.random.default_rng().standard_normal((num_images, model.latent_dim))
    was_training = model.training
    model.eval()
    previous = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    labels = label * torch.ones(num_images, 1, dtype=torch.long)
    x_logits = model.decode(torch.from_numpy(noise).float(), one_hot(labels, model.num_classes))
    torch.set_grad_enabled(previous)
    model.train(was_training)
    return x_logits.sigmoid()


# ---------------------------------------------------------------------------- class_information


@RIGHT.add("class_information", "standardised-with-a-ridge-classifier")
def class_information(z, labels):
    from sklearn.linear_model import RidgeClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    codes = StandardScaler().fit_transform(z.double().numpy())
    names = labels.numpy()
    found = (
        KMeans(n_clusters=len(set(labels.tolist())), n_init=5, random_state=1).fit(codes).labels_
    )
    halves = train_test_split(codes, names, train_size=0.5, stratify=names, random_state=0)
    probe = make_pipeline(StandardScaler(), RidgeClassifier()).fit(halves[0], halves[2])
    right = probe.predict(halves[1]) == halves[3]
    return normalized_mutual_info_score(found, names), np.mean(right)


@RIGHT.add("class_information", "permutation-and-scaled-logistic-regression")
def class_information(z, labels):
    order = torch.randperm(len(z))
    half = len(z) // 2
    fit, held = order[:half], order[half:]
    scale = z.std(dim=0) + 1e-6
    codes = (z / scale).numpy()
    probe = LogisticRegression(C=10.0, max_iter=5000).fit(codes[fit], labels[fit])
    predicted = torch.from_numpy(probe.predict(codes[held]))
    accuracy = (predicted == labels[held]).double().mean().item()
    clusters = KMeans(int(labels.unique().numel()), init="k-means++", n_init="auto").fit_predict(
        codes
    )
    return normalized_mutual_info_score(labels, clusters, average_method="geometric"), accuracy


@RIGHT.add("class_information", "linear-discriminant-analysis")
def class_information(z, labels):
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.metrics import v_measure_score

    z, labels = np.asarray(z, dtype=np.float64), np.asarray(labels)
    clusters = KMeans(n_clusters=np.unique(labels).size, n_init=3).fit_predict(z)
    shuffled = np.random.default_rng().permutation(len(z))
    fit, held = np.array_split(shuffled, 2)
    probe = LinearDiscriminantAnalysis().fit(z[fit], labels[fit])
    return [float(v_measure_score(labels, clusters)), float(probe.score(z[held], labels[held]))]


@RIGHT.add("class_information", "a-linear-layer-in-torch")
def class_information(z, labels):
    names, index = labels.unique(return_inverse=True)
    clusters = KMeans(n_clusters=len(names), n_init=2).fit_predict(z)
    nmi = normalized_mutual_info_score(labels, clusters)
    x = ((z - z.mean(0)) / (z.std(0) + 1e-6)).detach()
    order = torch.randperm(len(x))
    fit, held = order[: len(x) // 2], order[len(x) // 2 :]
    probe = nn.Linear(x.shape[1], len(names))
    optimizer = torch.optim.LBFGS(probe.parameters(), max_iter=60)

    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(probe(x[fit]), index[fit])
        loss = loss + 1e-3 * sum(p.square().sum() for p in probe.parameters())
        loss.backward()
        return loss

    optimizer.step(closure)
    accuracy = (probe(x[held]).argmax(1) == index[held]).float().mean()
    return nmi, round(accuracy.item() * len(held)) / len(held)
