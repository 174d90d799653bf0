# %% wrong | one_hot | integers-left | The rows stay int64, the conversion to float32 is forgotten.
def one_hot(labels, num_classes):
    labels = labels.flatten()
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("label is no class")
    return F.one_hot(labels, num_classes)


# %% wrong | one_hot | width-from-the-sample | The number of classes is guessed from the largest label that occurs.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    bad = (labels < 0) | (labels > num_classes - 1)
    if bad.any():
        raise ValueError("there are labels outside of the sample space")
    indicators = F.one_hot(labels)
    return indicators.float()


# %% wrong | one_hot | off-by-one-above | The upper comparison lets label num_classes pass, so F.one_hot raises a RuntimeError and no ValueError.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    if torch.any(labels < 0) or torch.any(labels > num_classes):
        raise ValueError("label out of range")
    return F.one_hot(labels, num_classes).to(torch.float32)


# %% wrong | one_hot | minus-one-is-last | Negative labels are not refused and pick the last row of the identity.
def one_hot(labels, num_classes):
    k = labels.reshape(-1)
    if (k >= num_classes).any():
        raise ValueError("label too large")
    # rows of the identity matrix are the unit vectors e_k
    return torch.eye(num_classes, dtype=torch.float32, device=labels.device)[k]


# %% wrong | one_hot | all-instead-of-any | It refuses only if every label is bad.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    flat = labels.flatten()
    outside = (flat < 0) | (flat >= num_classes)
    if outside.all():
        raise ValueError("labels must lie in 0, ..., num_classes - 1")
    e = torch.eye(num_classes, device=labels.device)
    return e[flat.clamp(0, num_classes - 1)]


# %% wrong | one_hot | squeeze-eats-batch-of-one | squeeze() also removes the batch axis when there is a single label.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.squeeze()
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("not a class")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | column-makes-three-axes | A column of labels gives (batch, 1, num_classes) since it is never flattened.
def one_hot(labels, num_classes):
    if labels.min() < 0 or labels.max() > num_classes - 1:
        raise ValueError(f"labels must be in 0..{num_classes - 1}")
    return F.one_hot(labels, num_classes=num_classes).float()


# %% wrong | one_hot | clamp-not-refuse | Labels out of range are moved to the nearest class instead of refused.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten().clamp(min=0, max=num_classes - 1)
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | assertion-not-valueerror | A bad label raises an AssertionError where a ValueError is asked for.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    assert (labels >= 0).all(), "negative label"
    assert (labels < num_classes).all(), "label too large"
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | double-precision | The rows are float64, as in NumPy, not float32.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    y = labels.reshape(-1)
    if bool((y < 0).any()) or bool((y >= num_classes).any()):
        raise ValueError("label is not in the sample space")
    return torch.as_tensor(np.eye(num_classes)[y.cpu().numpy()], device=labels.device)


# %% wrong | one_hot | all-classes-must-occur | It refuses a batch in which a class is missing.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("label out of range")
    if len(labels.unique()) != num_classes:
        raise ValueError("number of distinct labels is not num_classes")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | reshapes-the-argument | unsqueeze_ works in place and changes the shape of the labels of the caller.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("label out of range")
    if labels.dim() == 1:
        labels.unsqueeze_(1)  # a column, as scatter wants it
    Y = torch.zeros(len(labels), num_classes, device=labels.device)
    return Y.scatter_(1, labels, 1.0)


# %% wrong | one_hot | error-returned | The ValueError is returned instead of raised.
def one_hot(labels, num_classes):
    labels = labels.reshape(-1)
    if torch.any((labels < 0) | (labels >= num_classes)):
        return ValueError("label is no class")
    return (labels[:, None] == torch.arange(num_classes, device=labels.device)).float()


# %% wrong | one_hot | classes-in-rows | The indicator matrix is transposed: (num_classes, batch).
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("label out of range")
    classes = torch.arange(num_classes, device=labels.device)
    # delta_{k, y_i}
    return (classes[:, None] == labels[None, :]).to(torch.float32)


# %% wrong | one_hot | trusts-f-one-hot | It relies on F.one_hot to complain, which raises RuntimeError.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    return F.one_hot(labels.reshape(-1), num_classes).float()


# %% wrong | one_hot | bool-not-float | The indicators are returned as True and False.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1, 1)
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("label out of range")
    return labels == torch.arange(num_classes, device=labels.device).reshape(1, -1)


# %% right | one_hot | plain-f-one-hot | The straightforward version with F.one_hot.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError(f"labels must lie between 0 and {num_classes - 1}")
    return F.one_hot(labels, num_classes).float()


# %% right | one_hot | kronecker-delta | Compares each label with each class number by broadcasting.
def one_hot(labels, num_classes):
    # Y_ik = delta(y_i, k)
    y_i = labels.reshape(-1, 1)
    k = torch.arange(num_classes, device=labels.device).reshape(1, -1)
    if torch.any(y_i < 0) or torch.any(y_i > num_classes - 1):
        raise ValueError("a label lies outside of the sample space {0, ..., K-1}")
    return (y_i == k).to(torch.float32)


# %% right | one_hot | scatter-of-ones | Writes ones into a matrix of zeros with scatter.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    column = labels.reshape(-1, 1)
    in_range = (column >= 0) & (column < num_classes)
    if not in_range.all():
        raise ValueError("labels out of range")
    Y = torch.zeros(column.shape[0], num_classes, dtype=torch.float32, device=labels.device)
    Y.scatter_(1, column, 1.0)
    return Y


# %% right | one_hot | loop-over-rows | An explicit loop that sets one entry per row.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    values = labels.reshape(-1).tolist()
    rows = torch.zeros((len(values), num_classes), dtype=torch.float32)
    for i, k in enumerate(values):
        if k < 0 or k >= num_classes:
            raise ValueError("label " + str(k) + " is no class")
        rows[i, k] = 1.0
    return rows.to(labels.device)


# %% right | one_hot | numpy-identity | Detour over NumPy, cast to float32 and put back on the device of the labels.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    import numpy

    y = labels.detach().cpu().numpy().ravel()
    if not numpy.isin(y, numpy.arange(num_classes)).all():
        raise ValueError("there is a label that is no class")
    return torch.from_numpy(numpy.eye(num_classes, dtype=numpy.float32)[y]).to(labels.device)


# %% right | one_hot | rows-of-the-identity | Selects rows of the identity with index_select after an isin test.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    identity = torch.eye(num_classes, dtype=torch.float32, device=labels.device)
    sample_space = torch.arange(num_classes, device=labels.device)
    if not bool(torch.isin(labels, sample_space).all()):
        raise ValueError("labels must be classes")
    return identity.index_select(0, labels.reshape(-1))


# %% wrong | CVAE | encoder-without-y | Only the decoder reads y: q(z|x) instead of q(z|x, y).
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.enc(x))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(torch.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | decoder-without-y | Only the encoder reads y, so nobody can ask for a class.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = self.encoder(torch.cat([x, y], dim=1))
        return self.to_mu(h), self.to_log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + (log_var / 2).exp() * torch.randn_like(mu)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        # the code z was made with y, so the class is already in there
        return self.decoder(z)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | cat-of-rows | Image and class are put below each other (dim=0), which raises.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_lv = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.fc1(torch.cat([x, y])))
        return self.fc_mu(h), self.fc_lv(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.fc3(F.relu(self.fc2(torch.cat([z, y]))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | variance-as-sigma | The noise is multiplied by the variance exp(log_var), not by its root.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden_enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.hidden_dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.logits = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.hidden_enc(torch.cat([x, y], dim=1)))
        return self.mu_head(h), self.log_var_head(h)

    def reparameterize(self, mu, log_var):
        eps = torch.randn_like(mu)
        sigma = torch.exp(log_var)
        return mu + sigma * eps

    def decode(self, z, y):
        h = torch.relu(self.hidden_dec(torch.cat([z, y], dim=1)))
        return self.logits(h)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | decode-gives-probabilities | decode applies a sigmoid although logits are asked for.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.W1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.W_mu = nn.Linear(hidden_dim, latent_dim)
        self.W_lv = nn.Linear(hidden_dim, latent_dim)
        self.V1 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.V2 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = self.W1(torch.cat([x, y], dim=1)).relu()
        return self.W_mu(h), self.W_lv(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(log_var)

    def decode(self, z, y):
        h = self.V1(torch.cat([z, y], dim=1)).relu()
        return torch.sigmoid(self.V2(h))  # Bernoulli means

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | label-as-a-number | The class goes in as one number (argmax), so the layers are one input wider instead of num_classes.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + 1, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + 1, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    @staticmethod
    def _number(y):
        return y.argmax(dim=1, keepdim=True).float()

    def encode(self, x, y):
        h = torch.relu(self.enc(torch.cat([x, self._number(y)], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(torch.relu(self.dec(torch.cat([z, self._number(y)], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | forward-order | forward returns mu and log_var first and the logits last.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mean = nn.Linear(hidden_dim, latent_dim)
        self.logvar = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x, y):
        h = F.relu(self.encoder(torch.cat((x, y), 1)))
        return self.mean(h), self.logvar(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.randn_like(mu) * torch.exp(log_var / 2)

    def decode(self, z, y):
        return self.decoder(torch.cat((z, y), 1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return mu, log_var, self.decode(z, y)


# %% wrong | CVAE | mean-in-eval | After eval() reparameterize returns mu, no sample.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.e1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.e_mu = nn.Linear(hidden_dim, latent_dim)
        self.e_lv = nn.Linear(hidden_dim, latent_dim)
        self.d1 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.d2 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.e1(torch.cat([x, y], dim=1)))
        return self.e_mu(h), self.e_lv(h)

    def reparameterize(self, mu, log_var):
        if not self.training:
            return mu
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.d2(torch.relu(self.d1(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | attributes-missing | latent_dim and num_classes are not kept as attributes.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = self.enc(torch.cat([x, y], dim=1))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.dec(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | one-epsilon-for-all-rows | The same noise vector is used for every image of the batch.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        # epsilon ~ N(0, I_d)
        epsilon = torch.randn(self.latent_dim, device=mu.device)
        return mu + torch.exp(0.5 * log_var) * epsilon

    def decode(self, z, y):
        return self.out(torch.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | relu-on-mu | The head of mu has a ReLU, so no mean can be negative.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu_layer = nn.Linear(hidden_dim, latent_dim)
        self.lv_layer = nn.Linear(hidden_dim, latent_dim)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.pixels = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.hidden(torch.cat([x, y], dim=1)))
        mu = F.relu(self.mu_layer(h))
        log_var = self.lv_layer(h)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return mu + (0.5 * log_var).exp() * torch.randn_like(mu)

    def decode(self, z, y):
        return self.pixels(F.relu(self.back(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | torch-normal-no-gradient | torch.normal gives a sample through which no gradient reaches mu and log_var.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return torch.normal(mean=mu, std=torch.exp(log_var / 2))

    def decode(self, z, y):
        return self.out(torch.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | decodes-with-uniform-y | forward decodes with the prior 1/K of the classes instead of the same y.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(torch.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        p_y = torch.full_like(y, 1 / self.num_classes)
        return self.decode(z, p_y), mu, log_var


# %% wrong | CVAE | linear-decoder | The ReLU of the hidden layer of the decoder is forgotten.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = self.enc(torch.cat([x, y], dim=1))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.dec(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | log-var-overwritten | reparameterize works in place and turns the caller's log_var into sigma.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        sigma = log_var.mul_(0.5).exp_()
        return mu + sigma * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(torch.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | ten-classes-hard-coded | The widths use 10 and not num_classes.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + 10, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + 10, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(torch.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | forward-decodes-mean | forward decodes mu instead of a sample of z.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(torch.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        # E[z | x, y] = mu has less Monte Carlo error than a draw
        return self.decode(mu, y), mu, log_var


# %% wrong | CVAE | uniform-noise | The noise is uniform on [0, 1] (torch.rand_like), not standard normal.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.lin_in = nn.Linear(input_dim + num_classes, hidden_dim)
        self.lin_mu = nn.Linear(hidden_dim, latent_dim)
        self.lin_lv = nn.Linear(hidden_dim, latent_dim)
        self.lin_back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.lin_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.lin_in(torch.cat([x, y], dim=1)))
        return self.lin_mu(h), self.lin_lv(h)

    def reparameterize(self, mu, log_var):
        eps = torch.rand_like(mu)
        return mu + torch.exp(log_var / 2) * eps

    def decode(self, z, y):
        return self.lin_out(torch.relu(self.lin_back(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% right | CVAE | plain-layers | Five named linear layers, as in lesson 02.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.fc1(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        sigma = torch.exp(0.5 * log_var)
        return mu + sigma * torch.randn_like(sigma)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        h = F.relu(self.fc2(torch.cat([z, y], dim=1)))
        return self.fc3(h)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% right | CVAE | rsample | nn.Sequential for the networks and rsample of torch.distributions for the draw.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.q_hidden = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.q_mu = nn.Linear(hidden_dim, latent_dim)
        self.q_log_var = nn.Linear(hidden_dim, latent_dim)
        self.p = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x, y):
        h = self.q_hidden(torch.hstack([x, y]))
        return self.q_mu(h), self.q_log_var(h)

    def reparameterize(self, mu, log_var):
        q = torch.distributions.Normal(mu, torch.exp(log_var / 2), validate_args=False)
        return q.rsample()  # sample() would cut the gradient

    def decode(self, z, y):
        return self.p(torch.hstack([z, y]))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% right | CVAE | both-heads-in-one-layer | Both heads are one linear layer of width 2 * latent_dim that is cut in two.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(
            nn.Linear(input_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, 2 * latent_dim),  # mu | log_var
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x, y):
        both = self.encoder(torch.cat([x, y], dim=-1))
        mu, log_var = both.chunk(2, dim=-1)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return torch.addcmul(mu, (0.5 * log_var).exp(), torch.randn_like(mu))

    def decode(self, z, y):
        return self.decoder(torch.cat([z, y], dim=-1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        x_logits = self.decode(self.reparameterize(mu, log_var), y)
        return x_logits, mu, log_var


# %% right | CVAE | class-before-image | y stands to the left of x and of z, and the hidden layers are written with clamp.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        d, h, k, c = input_dim, hidden_dim, latent_dim, num_classes
        self.latent_dim = k
        self.num_classes = c
        self.A = nn.Linear(c + d, h)
        self.M = nn.Linear(h, k)
        self.S = nn.Linear(h, k)
        self.B = nn.Linear(c + k, h)
        self.L = nn.Linear(h, d)

    def encode(self, x, y):
        hidden = self.A(torch.column_stack((y, x))).clamp(min=0)
        return self.M(hidden), self.S(hidden)

    def reparameterize(self, mu, log_var):
        noise = torch.empty_like(mu).normal_(0.0, 1.0)
        return mu + noise * torch.exp(log_var / 2)

    def decode(self, z, y):
        hidden = self.B(torch.column_stack((y, z))).clamp(min=0)
        return self.L(hidden)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% right | CVAE | module-dict | The layers live in a ModuleDict and one helper joins and activates.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        widths = {
            "x to h": (input_dim + num_classes, hidden_dim),
            "h to mu": (hidden_dim, latent_dim),
            "h to log_var": (hidden_dim, latent_dim),
            "z to h": (latent_dim + num_classes, hidden_dim),
            "h to x": (hidden_dim, input_dim),
        }
        self.layers = nn.ModuleDict({name: nn.Linear(a, b) for name, (a, b) in widths.items()})

    def _hidden(self, name: str, data: Tensor, y: Tensor) -> Tensor:
        """One hidden layer that reads the data and, beside it, the class."""
        return torch.relu(self.layers[name](torch.concat([data, y], dim=1)))

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = self._hidden("x to h", x, y)
        return self.layers["h to mu"](h), self.layers["h to log_var"](h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        eps = torch.randn(mu.shape, device=mu.device, dtype=mu.dtype)
        return mu + torch.exp(log_var / 2) * eps

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.layers["h to x"](self._hidden("z to h", z, y))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | cvae_train_step | no-zero-grad | Old gradients are added to the new ones, since nothing clears them.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | loss-after-the-update | The loss is computed again after the step and this one is returned.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    negative_elbo(x_logits, x, mu, log_var).backward()
    optimizer.step()
    with torch.no_grad():
        x_logits, mu, log_var = model(x, y)
        return negative_elbo(x_logits, x, mu, log_var).item()


# %% wrong | cvae_train_step | returns-tensor | The loss is returned as a tensor with its graph, no Python float.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    loss = negative_elbo(*_order(model(x, one_hot(labels, model.num_classes)), x))
    loss.backward()
    optimizer.step()
    return loss


def _order(output, x):
    x_logits, mu, log_var = output
    return x_logits, x, mu, log_var


# %% wrong | cvae_train_step | width-from-batch | The width of y is the largest label of the batch plus one.
def cvae_train_step(model, x, labels, optimizer):
    num_classes = int(labels.max()) + 1
    y = one_hot(labels, num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | always-ten-columns | The width of y is written as 10, so a model with another number of classes fails.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, 10)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss)


# %% wrong | cvae_train_step | zero-after-backward | The gradients are cleared between backward and step, so nothing is learned.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | zero-grad-not-called | The parentheses of zero_grad are missing, so it is never called.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | switches-to-train | model.train() changes the mode of a model that came in eval.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    model.train()
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | gradient-ascent | The sign is turned: the step maximises the negative ELBO.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    neg_elbo = negative_elbo(x_logits, x, mu, log_var)
    elbo = -neg_elbo
    elbo.backward()  # the ELBO is what we want to be large
    optimizer.step()
    return neg_elbo.item()


# %% wrong | cvae_train_step | images-and-logits-swapped | negative_elbo gets x where it wants the logits.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x, x_logits, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | sum-over-the-batch | The loss is multiplied by the batch size, so it is not per image.
def cvae_train_step(model, x, labels, optimizer):
    n = x.shape[0]
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    # total log likelihood of the sample: sum of n terms
    loss = n * negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | raw-labels-to-model | The integers go into the model without one-hot rows, and the cat fails.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, labels)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | plug-in-mean | The loss is taken at z = mu and not at a sample of z.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    mu, log_var = model.encode(x, y)
    x_logits = model.decode(mu, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | step-before-backward | The optimizer moves before the new gradients exist.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    optimizer.step()
    loss.backward()
    return loss.item()


# %% wrong | cvae_train_step | two-updates | The step is made twice with the same gradient.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    # and the decoder
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | shuffled-labels | The labels are permuted against the images, so they do not match.
def cvae_train_step(model, x, labels, optimizer):
    order = torch.randperm(len(x), device=x.device)
    y = one_hot(labels[order], model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | binarises-in-place | The images of the caller are rounded in place.
def cvae_train_step(model, x, labels, optimizer):
    x.round_()  # a Bernoulli likelihood wants zeros and ones
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% right | cvae_train_step | as-in-lesson-02 | The plain step.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% right | cvae_train_step | grads-to-none-by-hand | Clears each gradient in a loop instead of with zero_grad.
def cvae_train_step(model, x, labels, optimizer):
    for parameter in model.parameters():
        parameter.grad = None
    x_logits, mu, log_var = model(x, one_hot(labels, model.num_classes))
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return float(loss.detach())


# %% right | cvae_train_step | autograd-grad | Computes the gradients with torch.autograd.grad and writes them into .grad.
def cvae_train_step(model, x, labels, optimizer):
    theta = [p for p in model.parameters() if p.requires_grad]
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    score = torch.autograd.grad(loss, theta, allow_unused=True)
    for p, g in zip(theta, score):
        p.grad = g
    optimizer.step()
    return loss.item()


# %% right | cvae_train_step | with-a-closure | Hands a closure to optimizer.step.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, model.num_classes)

    def closure():
        optimizer.zero_grad(set_to_none=True)
        x_logits, mu, log_var = model(x, y)
        loss = negative_elbo(x_logits, x, mu, log_var)
        loss.backward()
        return loss

    return float(optimizer.step(closure))


# %% right | cvae_train_step | both-terms-by-hand | Writes the negative ELBO out, with F.one_hot for the classes.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    y = F.one_hot(labels, num_classes=model.num_classes).to(x.dtype)
    x_logits, mu, log_var = model(x, y)
    # -E log p(x|z,y), one draw of z
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1)
    # KL(q(z|x,y) || p(z)) in closed form
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    loss = (recon + kl).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | EarlyStopping | equal-is-new-best | A loss equal to the best counts as a new best.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss):
        if loss <= self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | one-call-too-late | The comparison is > patience, so it stops one call late.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.bad_epochs = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.bad_epochs = 0
        else:
            self.bad_epochs += 1
        return self.bad_epochs > self.patience


# %% wrong | EarlyStopping | never-resets | The count is never set to zero by a new best: it counts all failures, not those in a row.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.failures = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
        else:
            self.failures += 1
        return self.failures >= self.patience


# %% wrong | EarlyStopping | restarts-after-true | After a True the count starts again, so the next bad call says False.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = math.inf
        self.wait = 0

    def step(self, loss):
        if loss < self.best_loss:
            self.best_loss = loss
            self.wait = 0
            return False
        self.wait += 1
        if self.wait >= self.patience:
            self.wait = 0
            return True
        return False


# %% wrong | EarlyStopping | true-for-ever | Once it has said stop it never takes it back, even after a new best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.n = 0
        self.stopped = False

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss, self.n = loss, 0
        else:
            self.n += 1
        if self.n >= self.patience:
            self.stopped = True
        return self.stopped


# %% wrong | EarlyStopping | nan-is-new-best | The question is asked the other way round, so NaN falls into the branch of the new best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.since = 0

    def step(self, loss: float) -> bool:
        if loss >= self.best_loss:
            self.since += 1
        else:
            self.best_loss = loss
            self.since = 0
        return self.since >= self.patience


# %% wrong | EarlyStopping | min-swallows-nan | min(loss, best) returns NaN for a NaN loss, and then nothing is ever a new best.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = float("inf")
        self.count = 0

    def step(self, loss):
        improved = loss < self.best_loss
        self.best_loss = min(loss, self.best_loss)
        self.count = 0 if improved else self.count + 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | against-the-last-loss | It compares with the previous loss and not with the best one.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.last = math.inf
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss < self.last:
            self.count = 0
        else:
            self.count += 1
        self.last = loss
        if loss < self.best_loss:
            self.best_loss = loss
        return self.count >= self.patience


# %% wrong | EarlyStopping | starts-at-zero | The best loss starts at 0, which no positive loss can beat.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = 0.0
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | needs-a-clear-gain | Gains below one per mille are no new best, which nobody asked for.
class EarlyStopping:
    def __init__(self, patience, min_delta=1e-3):
        self.patience = patience
        self.min_delta = min_delta
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss):
        # smaller differences are noise
        if loss < self.best_loss * (1 - self.min_delta):
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | best-under-another-name | The lowest loss is kept as best, so the attribute best_loss does not exist.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best = math.inf
        self.counter = 0

    def step(self, loss: float) -> bool:
        if loss < self.best:
            self.best = loss
            self.counter = 0
        else:
            self.counter += 1
        return self.counter >= self.patience


# %% wrong | EarlyStopping | best-belongs-to-the-class | The best loss is a class attribute that all stoppers share.
class EarlyStopping:
    best_loss = math.inf
    count = 0

    def __init__(self, patience: int):
        self.patience = patience

    def step(self, loss: float) -> bool:
        if loss < EarlyStopping.best_loss:
            EarlyStopping.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | nan-is-skipped | A NaN returns False without being counted.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss: float) -> bool:
        if math.isnan(loss):
            return False  # a missing value carries no information
        if loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | true-means-go-on | The answer is turned round: True as long as training should go on.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count < self.patience


# %% wrong | EarlyStopping | only-at-equality | It says stop only when the count equals patience, so the next bad call says False again.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss, self.count = loss, 0
        else:
            self.count += 1
        return self.count == self.patience


# %% right | EarlyStopping | counter | Best loss and a counter.
class EarlyStopping:
    """Says when to stop."""

    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% right | EarlyStopping | number-of-the-best-call | Remembers the number of the call with the best loss and subtracts.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = float("inf")
        self.t = 0
        self.t_best = 0

    def step(self, loss):
        self.t += 1
        if loss < self.best_loss:
            self.best_loss = loss
            self.t_best = self.t
        return self.t - self.t_best >= self.patience


# %% right | EarlyStopping | window-of-flags | Keeps the last `patience` answers to "new best?" in a deque.
from collections import deque


class EarlyStopping:
    def __init__(self, patience: int):
        self.best_loss = math.inf
        self.records = deque(maxlen=patience)

    def step(self, loss: float) -> bool:
        record = loss < self.best_loss
        if record:
            self.best_loss = loss
        self.records.append(record)
        full = len(self.records) == self.records.maxlen
        return full and not any(self.records)


# %% right | EarlyStopping | whole-history | Stores every loss and walks through the record lows again in each call; best_loss is a property.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self._losses = []

    @property
    def best_loss(self) -> float:
        return min((v for v in self._losses if not math.isnan(v)), default=math.inf)

    def step(self, loss: float) -> bool:
        self._losses.append(loss)
        lowest, since = math.inf, 0
        for v in self._losses:
            if v < lowest:
                lowest, since = v, 0
            else:
                since = since + 1
        return since >= self.patience


# %% right | EarlyStopping | counts-down | A dataclass that counts the remaining patience down.
from dataclasses import dataclass, field


@dataclass
class EarlyStopping:
    patience: int
    best_loss: float = field(default=math.inf, init=False)

    def __post_init__(self):
        self.left = self.patience

    def step(self, loss: float) -> bool:
        is_best = (not math.isnan(loss)) and loss < self.best_loss
        self.best_loss = loss if is_best else self.best_loss
        self.left = self.patience if is_best else self.left - 1
        return self.left <= 0


# %% wrong | generate_class | one-z-for-all | A single z is repeated, so all images are copies.
def generate_class(model, label, num_images):
    where = next(model.parameters()).device
    z = torch.randn(1, model.latent_dim, device=where).expand(num_images, -1)
    y = one_hot(torch.full((num_images,), label, device=where), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | logits-returned | The sigmoid is missing: logits instead of probabilities.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    dev = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=dev)
    y = one_hot(torch.full((num_images,), label, device=dev), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y)


# %% wrong | generate_class | gradients-kept | Nothing switches the gradients off, so the result still has a graph.
def generate_class(model, label, num_images):
    dev = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=dev)
    y = one_hot(torch.full((num_images,), label, device=dev), model.num_classes)
    return torch.sigmoid(model.decode(z, y))


# %% wrong | generate_class | left-in-eval | model.eval() is never undone.
@torch.no_grad()
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    model.eval()
    dev = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=dev)
    y = one_hot(torch.full((num_images,), label, device=dev), model.num_classes)
    return model.decode(z, y).sigmoid()


# %% wrong | generate_class | y-has-one-row | There is one row of y for many rows of z, so decode fails.
def generate_class(model, label, num_images):
    dev = next(model.parameters()).device
    y = one_hot(torch.tensor([label], device=dev), model.num_classes)
    z = torch.randn(num_images, model.latent_dim, device=dev)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | seed-inside | A fixed seed makes every call give the same images.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    torch.manual_seed(1)  # reproducible
    dev = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=dev)
    y = one_hot(torch.full((num_images,), label, device=dev), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | uniform-codes | z is uniform on the unit cube and not standard normal.
def generate_class(model, label, num_images):
    dev = next(model.parameters()).device
    z = torch.rand(num_images, model.latent_dim, device=dev)
    y = one_hot(torch.full((num_images,), label, device=dev), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | twenty-hard-coded | The latent width is 20 whatever the model says.
def generate_class(model, label, num_images):
    dev = next(model.parameters()).device
    z = torch.randn(num_images, 20, device=dev)
    y = one_hot(torch.full((num_images,), label, device=dev), model.num_classes)
    with torch.no_grad():
        x_hat = torch.sigmoid(model.decode(z, y))
    return x_hat


# %% wrong | generate_class | zeros-and-ones | It draws pixels from the Bernoulli distribution instead of returning their probabilities.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    dev = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=dev)
        y = one_hot(torch.full((num_images,), label, device=dev), model.num_classes)
        p = model.decode(z, y).sigmoid()
        return torch.bernoulli(p)  # an image is a draw from p(x|z,y)


# %% wrong | generate_class | prior-mean | z is the mean of the prior for every image.
def generate_class(model, label, num_images):
    dev = next(model.parameters()).device
    z = torch.zeros(num_images, model.latent_dim, device=dev)
    y = one_hot(torch.full((num_images,), label, device=dev), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | parameters-frozen | The parameters are frozen for good to avoid gradients.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    for p in model.parameters():
        p.requires_grad_(False)
    dev = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=dev)
    y = one_hot(torch.full((num_images,), label, device=dev), model.num_classes)
    return model.decode(z, y).sigmoid()


# %% wrong | generate_class | clears-the-gradients | zero_grad removes the .grad that the model had.
def generate_class(model, label, num_images):
    model.zero_grad()
    dev = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=dev)
    y = one_hot(torch.full((num_images,), label, device=dev), model.num_classes)
    return model.decode(z, y).sigmoid().detach()


# %% wrong | generate_class | softmax-over-pixels | softmax makes the pixels of an image sum to one.
def generate_class(model, label, num_images):
    dev = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=dev)
    y = one_hot(torch.full((num_images,), label, device=dev), model.num_classes)
    with torch.no_grad():
        return torch.softmax(model.decode(z, y), dim=1)


# %% wrong | generate_class | one-number-per-image | Each image gets one normal number, repeated in all latent dimensions: the covariance is no identity.
def generate_class(model, label, num_images):
    dev = next(model.parameters()).device
    z = torch.randn(num_images, 1, device=dev).expand(num_images, model.latent_dim)
    y = one_hot(torch.full((num_images,), label, device=dev), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | classes-from-one | It counts the classes from 1, so label 7 draws the class with index 6.
def generate_class(model, label, num_images):
    dev = next(model.parameters()).device
    y = torch.zeros(num_images, model.num_classes, device=dev)
    y[:, label - 1] = 1.0
    z = torch.randn(num_images, model.latent_dim, device=dev)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | float-labels | The labels are a float tensor, which F.one_hot refuses.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    dev = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=dev)
    labels = label * torch.ones(num_images, device=dev)
    y = F.one_hot(labels, model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% right | generate_class | no-grad-block | The plain version.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    labels = torch.full((num_images,), label, device=device)
    y = one_hot(labels, model.num_classes)
    z = torch.randn(num_images, model.latent_dim, device=device)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% right | generate_class | column-of-ones | Sets one column of y to one and detaches the result.
def generate_class(model, label, num_images):
    some_weight = next(model.parameters())
    z = torch.randn(num_images, model.latent_dim).to(some_weight)
    y = torch.zeros(num_images, model.num_classes).to(some_weight)
    y[:, label] = 1
    return torch.sigmoid(model.decode(z, y)).detach()


# %% right | generate_class | image-by-image | A loop that draws one image after the other.
@torch.no_grad()
def generate_class(model, label, num_images):
    dev = next(model.parameters()).device
    y = one_hot(torch.tensor([label], device=dev), model.num_classes)
    pictures = []
    for _ in range(num_images):
        z = torch.randn(1, model.latent_dim, device=dev)
        pictures.append(model.decode(z, y).sigmoid()[0])
    return torch.stack(pictures)


# %% right | generate_class | distributions | z from a Normal of torch.distributions and the probabilities from a Bernoulli.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    from torch.distributions import Bernoulli, Normal

    like = next(model.parameters())
    prior = Normal(torch.zeros(model.latent_dim).to(like), torch.ones(model.latent_dim).to(like))
    y = torch.eye(model.num_classes).to(like)[label].repeat(num_images, 1)
    with torch.no_grad():
        z = prior.sample((num_images,))
        return Bernoulli(logits=model.decode(z, y)).probs


# %% right | generate_class | mode-put-back | Goes to eval and comes back, with the logistic function written out by tanh.
def generate_class(model, label, num_images):
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            dev = next(model.parameters()).device
            z = torch.randn((num_images, model.latent_dim), device=dev)
            y = one_hot(torch.tensor([label] * num_images, device=dev), model.num_classes)
            logits = model.decode(z, y)
            p = 0.5 * (1 + torch.tanh(logits / 2))
    finally:
        model.train(was_training)
    return p


# %% wrong | class_information | scored-on-its-own-half | The probe is scored on the half that it was fitted on.
def class_information(z, labels):
    Z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(Z)
    nmi = normalized_mutual_info_score(y, clusters)
    Z1, Z2, y1, y2 = train_test_split(Z, y, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=5000).fit(Z1, y1)
    return float(nmi), float(probe.score(Z1, y1))


# %% wrong | class_information | fitted-on-everything | The probe is fitted on all codes and scored on a part of them.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes = z.detach().cpu().numpy()
    classes = labels.detach().cpu().numpy()
    k = len(set(classes.tolist()))
    km = KMeans(n_clusters=k, n_init=10, random_state=0).fit(codes)
    nmi = normalized_mutual_info_score(classes, km.labels_)
    _, codes_test, _, classes_test = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000)
    probe.fit(codes, classes)
    return float(nmi), float(probe.score(codes_test, classes_test))


# %% wrong | class_information | clusters-from-largest-label | The number of clusters is the largest label plus one.
def class_information(z, labels):
    Z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    K = int(y.max()) + 1
    clusters = KMeans(n_clusters=K, n_init=10, random_state=0).fit_predict(Z)
    nmi = normalized_mutual_info_score(y, clusters)
    Z_fit, Z_held, y_fit, y_held = train_test_split(Z, y, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=5000).fit(Z_fit, y_fit)
    return float(nmi), float(probe.score(Z_held, y_held))


# %% wrong | class_information | always-ten-clusters | There are ten clusters whatever the labels are.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    Z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=10, n_init=10, random_state=0).fit_predict(Z)
    nmi = normalized_mutual_info_score(y, clusters)
    Z_fit, Z_held, y_fit, y_held = train_test_split(Z, y, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=5000).fit(Z_fit, y_fit)
    return float(nmi), float(probe.score(Z_held, y_held))


# %% wrong | class_information | first-and-second-half | The halves are not shuffled, so sorted labels put different classes into them.
def class_information(z, labels):
    Z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(Z)
    nmi = normalized_mutual_info_score(y, clusters)
    n = len(Z) // 2
    probe = LogisticRegression(max_iter=5000).fit(Z[:n], y[:n])
    return float(nmi), float(probe.score(Z[n:], y[n:]))


# %% wrong | class_information | cluster-number-is-class | Instead of the NMI it returns how often cluster number and label agree.
def class_information(z, labels):
    Z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(Z)
    agreement = (clusters == y).mean()
    Z_fit, Z_held, y_fit, y_held = train_test_split(Z, y, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=5000).fit(Z_fit, y_fit)
    return float(agreement), float(probe.score(Z_held, y_held))


# %% wrong | class_information | not-normalised | The mutual information is in nats, nothing divides it by the entropies.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    from sklearn.metrics import mutual_info_score

    Z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(Z)
    mi = mutual_info_score(y, clusters)
    Z_fit, Z_held, y_fit, y_held = train_test_split(Z, y, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=5000).fit(Z_fit, y_fit)
    return float(mi), float(probe.score(Z_held, y_held))


# %% wrong | class_information | order-of-results | The accuracy comes first and the NMI second.
def class_information(z, labels):
    Z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(Z)
    nmi = normalized_mutual_info_score(y, clusters)
    Z_fit, Z_held, y_fit, y_held = train_test_split(Z, y, test_size=0.5, random_state=0)
    accuracy = LogisticRegression(max_iter=5000).fit(Z_fit, y_fit).score(Z_held, y_held)
    return float(accuracy), float(nmi)


# %% wrong | class_information | no-detach | Codes that carry a gradient cannot become an array without detach.
def class_information(z, labels):
    Z, y = z.cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(Z)
    nmi = normalized_mutual_info_score(y, clusters)
    Z_fit, Z_held, y_fit, y_held = train_test_split(Z, y, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=5000).fit(Z_fit, y_fit)
    return float(nmi), float(probe.score(Z_held, y_held))


# %% wrong | class_information | split-unpacked-wrongly | The four parts of train_test_split are unpacked in the wrong order.
def class_information(z, labels):
    Z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(Z)
    nmi = normalized_mutual_info_score(y, clusters)
    Z_fit, y_fit, Z_held, y_held = train_test_split(Z, y, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=5000).fit(Z_fit, y_fit)
    return float(nmi), float(probe.score(Z_held, y_held))


# %% wrong | class_information | regression-not-classification | A linear regression on the class number is scored by R squared.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    from sklearn.linear_model import LinearRegression

    Z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(Z)
    nmi = normalized_mutual_info_score(y, clusters)
    Z_fit, Z_held, y_fit, y_held = train_test_split(Z, y, test_size=0.5, random_state=0)
    probe = LinearRegression().fit(Z_fit, y_fit)
    return float(nmi), float(probe.score(Z_held, y_held))


# %% wrong | class_information | centres-the-argument | The codes are centred in place, which changes z for the caller.
def class_information(z, labels):
    with torch.no_grad():
        z -= z.mean(dim=0)
    Z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(Z)
    nmi = normalized_mutual_info_score(y, clusters)
    Z_fit, Z_held, y_fit, y_held = train_test_split(Z, y, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=5000).fit(Z_fit, y_fit)
    return float(nmi), float(probe.score(Z_held, y_held))


# %% wrong | class_information | nmi-of-the-probe | The NMI compares the labels with what the probe predicts, no k-means is run.
def class_information(z, labels):
    Z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    Z_fit, Z_held, y_fit, y_held = train_test_split(Z, y, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=5000).fit(Z_fit, y_fit)
    nmi = normalized_mutual_info_score(y, probe.predict(Z))
    return float(nmi), float(probe.score(Z_held, y_held))


# %% wrong | class_information | clusters-see-the-labels | k-means gets the labels as one more column.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    Z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    both = np.column_stack([Z, y])
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(both)
    nmi = normalized_mutual_info_score(y, clusters)
    Z_fit, Z_held, y_fit, y_held = train_test_split(Z, y, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=5000).fit(Z_fit, y_fit)
    return float(nmi), float(probe.score(Z_held, y_held))


# %% wrong | class_information | nearest-neighbour-probe | The probe is a nearest-neighbour rule, which is no linear classifier.
def class_information(z, labels):
    from sklearn.neighbors import KNeighborsClassifier

    Z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(Z)
    nmi = normalized_mutual_info_score(y, clusters)
    Z_fit, Z_held, y_fit, y_held = train_test_split(Z, y, test_size=0.5, random_state=0)
    probe = KNeighborsClassifier(n_neighbors=1).fit(Z_fit, y_fit)
    return float(nmi), float(probe.score(Z_held, y_held))


# %% wrong | class_information | error-rate | The second number is the share of errors and not the accuracy.
def class_information(z, labels):
    Z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(Z)
    nmi = normalized_mutual_info_score(y, clusters)
    Z_fit, Z_held, y_fit, y_held = train_test_split(Z, y, test_size=0.5, random_state=0)
    y_hat = LogisticRegression(max_iter=5000).fit(Z_fit, y_fit).predict(Z_held)
    return float(nmi), float(np.mean(y_hat != y_held))


# %% right | class_information | plain-sklearn | The four imported functions in a row.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes, classes = z.detach().cpu().numpy(), labels.detach().cpu().numpy()
    num_clusters = len(np.unique(classes))
    clusters = KMeans(n_clusters=num_clusters, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    z_train, z_test, y_train, y_test = train_test_split(
        codes, classes, test_size=0.5, random_state=0
    )
    probe = LogisticRegression(max_iter=5000).fit(z_train, y_train)
    return float(nmi), float(probe.score(z_test, y_test))


# %% right | class_information | standardised-probe | The probe standardises the codes in a pipeline before the logistic regression.
def class_information(z, labels):
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    Z = z.detach().to("cpu", torch.float64).numpy()
    y = labels.detach().to("cpu").numpy()
    K = np.unique(y).size

    kmeans = KMeans(n_clusters=K, n_init=10)
    kmeans.fit(Z)
    nmi = normalized_mutual_info_score(labels_true=y, labels_pred=kmeans.labels_)

    A, B, a, b = train_test_split(Z, y, train_size=0.5)
    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=10_000))
    linear.fit(A, a)
    accuracy = np.mean(linear.predict(B) == b)
    return float(nmi), float(accuracy)


# %% right | class_information | softmax-regression-by-hand | The probe is a multinomial logit with a small ridge penalty, fitted by L-BFGS in torch.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    Z = z.detach().cpu().double()
    names, y = labels.detach().cpu().unique(return_inverse=True)
    K = len(names)

    C = KMeans(K, n_init=20, random_state=1).fit_predict(Z.numpy())
    nmi = normalized_mutual_info_score(y.numpy(), C)

    n = len(Z)
    perm = torch.from_numpy(np.random.RandomState(1).permutation(n))
    fit, held = perm[: n // 2], perm[n // 2 :]
    X = (Z - Z[fit].mean(dim=0)) / Z[fit].std(dim=0).clamp_min(1e-6)

    W = torch.zeros(X.shape[1], K, dtype=torch.float64, requires_grad=True)
    b = torch.zeros(K, dtype=torch.float64, requires_grad=True)
    newton = torch.optim.LBFGS([W, b], max_iter=300, line_search_fn="strong_wolfe")

    def penalised_nll():
        newton.zero_grad()
        nll = F.cross_entropy(X[fit] @ W + b, y[fit]) + 1e-4 * (W**2).sum()
        nll.backward()
        return nll

    newton.step(penalised_nll)
    y_hat = (X[held] @ W + b).argmax(dim=1)
    return float(nmi), (y_hat == y[held]).double().mean().item()


# %% right | class_information | own-nmi-own-split | Writes the NMI from the contingency table and shuffles the halves with a permutation.
def class_information(z, labels):
    Z, y = z.detach().cpu().numpy(), labels.detach().cpu().numpy()
    names, y = np.unique(y, return_inverse=True)
    K, n = len(names), len(y)

    c = KMeans(n_clusters=K, n_init=10, random_state=0).fit_predict(Z)
    joint = np.zeros((K, K))
    np.add.at(joint, (y, c), 1.0 / n)
    p, q = joint.sum(axis=1), joint.sum(axis=0)

    def entropy(prob):
        prob = prob[prob > 0]
        return -(prob * np.log(prob)).sum()

    shared = entropy(p) + entropy(q) - entropy(joint.ravel())  # I = H(y) + H(c) - H(y, c)
    mean_entropy = 0.5 * (entropy(p) + entropy(q))
    nmi = min(1.0, max(0.0, shared / mean_entropy)) if mean_entropy > 0 else 1.0

    order = np.random.default_rng(0).permutation(n)
    fit, held = order[: n // 2], order[n // 2 :]
    probe = LogisticRegression(max_iter=5000).fit(Z[fit], y[fit])
    return float(nmi), float((probe.predict(Z[held]) == y[held]).mean())


# %% right | class_information | two-helpers | One helper per measurement, with k-means++ restarts and random halves of torch.
def _clusters_nmi(Z: np.ndarray, y: np.ndarray) -> float:
    k = int(np.unique(y).shape[0])
    guess = KMeans(n_clusters=k, init="k-means++", n_init=15, random_state=3).fit(Z).labels_
    return float(normalized_mutual_info_score(y, guess, average_method="arithmetic"))


def _probe_accuracy(Z: np.ndarray, y: np.ndarray) -> float:
    shuffled = torch.randperm(len(y), generator=torch.Generator().manual_seed(0)).numpy()
    one, other = np.array_split(shuffled, 2)
    probe = LogisticRegression(max_iter=3000)
    probe.fit(Z[one], y[one])
    return float(probe.score(Z[other], y[other]))


def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    with torch.no_grad():
        Z = z.detach().cpu().numpy().copy()
        y = labels.cpu().numpy().copy()
    return _clusters_nmi(Z, y), _probe_accuracy(Z, y)


