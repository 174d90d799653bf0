# %% wrong | one_hot | no-refusal | Out-of-range labels raise the RuntimeError of F.one_hot, not a ValueError.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    return F.one_hot(labels.flatten(), num_classes).float()


# %% wrong | one_hot | stays-int64 | The rows are integers, not float32.
def one_hot(labels, num_classes):
    labels = labels.flatten()
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("label out of range")
    return F.one_hot(labels, num_classes=num_classes)


# %% wrong | one_hot | width-guessed | The number of classes is left to F.one_hot, so a batch without the last class gets too few columns.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    flat = labels.reshape(-1)
    if flat.min() < 0 or flat.max() > num_classes - 1:
        raise ValueError(f"labels must lie in 0..{num_classes - 1}")
    return F.one_hot(flat).to(torch.float32)


# %% wrong | one_hot | minus-one-is-last | Only the upper side is checked, and -1 silently indexes the last class.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if (labels >= num_classes).any():
        raise ValueError("unknown class")
    return torch.eye(num_classes, device=labels.device)[labels]


# %% wrong | one_hot | upper-off-by-one | The label num_classes passes the check (> instead of >=) and then raises another error.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if (labels < 0).any() or (labels > num_classes).any():
        raise ValueError("bad label")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | squeeze-eats-batch | squeeze() also removes a batch axis of size 1, so one label gives a vector instead of one row.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.squeeze()
    if torch.any(labels < 0) or torch.any(labels >= num_classes):
        raise ValueError("labels out of range")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | squeezes-argument-in-place | squeeze_ changes the shape of the caller's labels.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    if labels.dim() == 2:
        labels.squeeze_(1)
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("labels out of range")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | column-not-flattened | A column of labels gives (batch, 1, num_classes).
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("labels out of range")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | default-device | The rows are made on the default device, not on that of the labels.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    if bool((labels < 0).any()) or bool((labels >= num_classes).any()):
        raise ValueError("a label is no class")
    rows = torch.zeros(labels.numel(), num_classes)
    for i, label in enumerate(labels.flatten().tolist()):
        rows[i, label] = 1.0
    return rows


# %% wrong | one_hot | assert-instead-of-raise | Bad labels raise an AssertionError.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.view(-1)
    assert (labels >= 0).all() and (labels < num_classes).all(), "labels out of range"
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | all-instead-of-any | Refuses only if every label is bad.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    bad = (labels < 0) | (labels >= num_classes)
    if bad.all():
        raise ValueError("labels out of range")
    return torch.eye(num_classes, device=labels.device)[labels]


# %% wrong | one_hot | and-of-both-sides | Refuses only if some label is too small and some other is too large.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    if (labels < 0).any() and (labels >= num_classes).any():
        raise ValueError("labels out of range")
    classes = torch.arange(num_classes, device=labels.device)
    return (labels[:, None] == classes).float()


# %% wrong | one_hot | numpy-float64 | np.eye makes float64 rows.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    idx = labels.cpu().numpy().reshape(-1)
    if (idx < 0).any() or (idx >= num_classes).any():
        raise ValueError("labels out of range")
    return torch.from_numpy(np.eye(num_classes)[idx]).to(labels.device)


# %% wrong | one_hot | all-classes-must-occur | Raises if the batch lacks a class.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if len(labels.unique()) != num_classes:
        raise ValueError("wrong number of classes")
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("labels out of range")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | every-row-gets-all-labels | out[:, labels] = 1 sets the columns of all labels in each row.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("labels out of range")
    out = torch.zeros(len(labels), num_classes, device=labels.device)
    out[:, labels] = 1.0
    return out


# %% wrong | one_hot | transposed | One column per image instead of one row.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(1, -1)
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("labels out of range")
    out = torch.zeros(num_classes, labels.shape[1], device=labels.device)
    return out.scatter_(0, labels, 1.0)


# %% wrong | one_hot | clamps-the-labels | Bad labels are clamped in place instead of refused.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels.clamp_(0, num_classes - 1)
    return F.one_hot(labels.flatten(), num_classes).float()


# %% wrong | one_hot | returns-the-error | The ValueError is returned, not raised.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if torch.any(labels < 0) or torch.any(labels > num_classes - 1):
        return ValueError("labels out of range")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | counts-distinct-labels | Refuses only if there are more distinct labels than classes, so -1 becomes the last class.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    y = labels.flatten()
    if y.unique().numel() > num_classes:
        raise ValueError("more labels than classes")
    return torch.eye(num_classes, dtype=torch.float32, device=y.device)[y]


# %% right | one_hot | plain | F.one_hot on flat labels after a check of both sides.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError(f"labels must be from 0 to {num_classes - 1}")
    return F.one_hot(labels, num_classes).float()


# %% right | one_hot | broadcast-comparison | Compares a column of labels with all classes.
def one_hot(labels, num_classes):
    column = labels.reshape(-1, 1)
    if torch.any(column < 0) or torch.any(column > num_classes - 1):
        raise ValueError("there is a label that is no class")
    return (column == torch.arange(num_classes, device=labels.device)).to(torch.float32)


# %% right | one_hot | scatter | Writes ones into zeros with scatter_.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    idx = labels.reshape(-1, 1)
    ok = idx.ge(0) & idx.lt(num_classes)
    if not ok.all():
        raise ValueError("label out of range: " + str(idx[~ok].tolist()))
    out = torch.zeros((idx.shape[0], num_classes), dtype=torch.float32, device=labels.device)
    return out.scatter_(1, idx, 1.0)


# %% right | one_hot | rows-of-eye | Picks rows of a unit matrix.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    flat = labels.view(len(labels))
    if (flat < 0).sum() > 0 or (flat >= num_classes).sum() > 0:
        raise ValueError("invalid label")
    unit = torch.eye(num_classes, dtype=torch.float32, device=flat.device)
    return unit.index_select(0, flat)


# %% right | one_hot | python-loop | A Python loop that refuses the first bad label.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    values = labels.flatten().tolist()
    y = torch.zeros(len(values), num_classes, dtype=torch.float32, device=labels.device)
    for row, value in enumerate(values):
        if not 0 <= value < num_classes:
            raise ValueError(f"label {value} is not in 0..{num_classes - 1}")
        y[row, value] = 1
    return y


# %% right | one_hot | empty-row-means-bad | Finds bad labels afterwards: their rows have no one.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    classes = torch.arange(num_classes, device=labels.device)
    hits = torch.eq(labels.flatten().unsqueeze(1), classes.unsqueeze(0))
    if not bool(hits.any(dim=1).all()):
        raise ValueError("some labels belong to no class")
    return hits.float()


# %% wrong | CVAE | decoder-ignores-y | The decoder never sees the label.
class CVAE(nn.Module):
    def __init__(
        self,
        input_dim: int = 784,
        hidden_dim: int = 400,
        latent_dim: int = 20,
        num_classes: int = 10,
    ):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + (0.5 * log_var).exp() * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(F.relu(self.dec(z)))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | encoder-ignores-y | Only the decoder reads the label.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.hidden = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x, y):
        h = self.hidden(x)
        return self.mu_head(h), self.log_var_head(h)

    def reparameterize(self, mu, log_var):
        eps = torch.randn_like(mu)
        return mu + torch.exp(0.5 * log_var) * eps

    def decode(self, z, y):
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | label-as-number | The class goes in as one number, argmax of y, through layers that are one input wider.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim + 1, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim + 1, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def _with_label(self, a, y):
        return torch.cat([a, y.argmax(dim=1, keepdim=True).to(a.dtype)], dim=1)

    def encode(self, x, y):
        h = torch.relu(self.fc1(self._with_label(x, y)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.randn_like(mu) * (log_var / 2).exp()

    def decode(self, z, y):
        return self.fc3(torch.relu(self.fc2(self._with_label(z, y))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | cat-along-batch | torch.cat along dim 0 makes more rows and raises.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.encoder(torch.cat([x, y])))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(F.relu(self.decoder(torch.cat([z, y]))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | sigma-is-variance | The noise is multiplied by exp(log_var), the variance.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.encoder(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        sigma = torch.exp(log_var)
        return mu + sigma * torch.randn_like(sigma)

    def decode(self, z, y):
        return self.out(F.relu(self.decoder(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | no-noise-in-eval | After eval() reparameterize returns mu.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = self.encoder(torch.cat([x, y], dim=1))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        if not self.training:
            return mu
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | decode-returns-probabilities | decode ends with a sigmoid instead of logits.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
            nn.Sigmoid(),
        )

    def encode(self, x, y):
        h = self.encoder(torch.cat([x, y], dim=1))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | relu-on-log-var | The log_var head has a ReLU, so sigma is never below 1.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc_in = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_z = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.fc_in(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), F.relu(self.fc_log_var(h))

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.fc_out(F.relu(self.fc_z(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | num-classes-not-kept | The model has no attribute num_classes.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc_in = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_z = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.fc_in(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.fc_out(F.relu(self.fc_z(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | forward-order | forward returns mu, log_var, x_logits.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc_in = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_z = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.fc_in(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.fc_out(F.relu(self.fc_z(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        x_logits = self.decode(self.reparameterize(mu, log_var), y)
        return mu, log_var, x_logits


# %% wrong | CVAE | forward-decodes-mu | forward decodes the mean, there is no sample of z.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc_in = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_z = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.fc_in(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.fc_out(F.relu(self.fc_z(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(mu, y), mu, log_var


# %% wrong | CVAE | torch-normal-has-no-gradient | torch.normal gives no useful gradient for mu and log_var.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc_in = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_z = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.fc_in(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return torch.normal(mu, torch.exp(0.5 * log_var))

    def decode(self, z, y):
        return self.fc_out(F.relu(self.fc_z(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | one-noise-per-image | The noise has the shape (batch, 1), all latent dimensions share it.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc_in = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_z = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.fc_in(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        eps = torch.randn(mu.shape[0], 1, device=mu.device)
        return mu + (0.5 * log_var).exp() * eps

    def decode(self, z, y):
        return self.fc_out(F.relu(self.fc_z(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | one-noise-per-batch | The noise has the shape (latent_dim,), all images share it.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.heads = nn.ModuleList([nn.Linear(hidden_dim, latent_dim) for _ in range(2)])
        self.dec = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = self.enc(torch.cat([x, y], dim=1))
        return self.heads[0](h), self.heads[1](h)

    def reparameterize(self, mu, log_var):
        noise = torch.randn(self.latent_dim, device=mu.device)
        return mu + torch.exp(0.5 * log_var) * noise

    def decode(self, z, y):
        return self.dec(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | ten-hardcoded | The layers are ten columns wider, whatever num_classes is.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc_in = nn.Linear(input_dim + 10, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_z = nn.Linear(latent_dim + 10, hidden_dim)
        self.fc_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.fc_in(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.fc_out(F.relu(self.fc_z(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | decoder-without-relu | The decoder is two linear layers without an activation between them.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = self.encoder(torch.cat([x, y], dim=1))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | two-hidden-layers | Each side has a second hidden layer.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(
            nn.Linear(input_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, hidden_dim),
            nn.ReLU(),
        )
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x, y):
        h = self.encoder(torch.cat([x, y], dim=1))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | adds-into-mu | reparameterize adds the noise to mu in place, so the returned mu is the sample.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = self.encoder(torch.cat([x, y], dim=1))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        z = mu
        z += torch.exp(0.5 * log_var) * torch.randn_like(mu)
        return z

    def decode(self, z, y):
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | seeded-noise | reparameterize sets the seed, so every call draws the same noise.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = self.encoder(torch.cat([x, y], dim=1))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        torch.manual_seed(0)
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | uniform-noise | The noise is uniform in [0, 1).
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = self.encoder(torch.cat([x, y], dim=1))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.rand_like(mu)

    def decode(self, z, y):
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | label-after-hidden-layer | The label is set beside the hidden units, so the heads and the output change instead of the first layers.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim + num_classes, latent_dim)
        self.log_var = nn.Linear(hidden_dim + num_classes, latent_dim)
        self.dec = nn.Linear(latent_dim, hidden_dim)
        self.out = nn.Linear(hidden_dim + num_classes, input_dim)

    def encode(self, x, y):
        h = torch.cat([F.relu(self.enc(x)), y], dim=1)
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(torch.cat([F.relu(self.dec(z)), y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | one-head-for-both | mu and log_var come from the same layer and are equal.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.head = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.head(h), self.head(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(F.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | dropout-in-encoder | Dropout makes encode random in training mode.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Sequential(
            nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU(), nn.Dropout(0.1)
        )
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


# %% wrong | CVAE | layers-in-plain-list | The heads live in a Python list, so they are not among the parameters and never learn.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.heads = [nn.Linear(hidden_dim, latent_dim), nn.Linear(hidden_dim, latent_dim)]
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.enc(torch.cat([x, y], dim=1)))
        mu, log_var = (head(h) for head in self.heads)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(F.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | no-biases | The linear layers have no biases.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim, bias=False)
        self.mu = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.log_var = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim, bias=False)
        self.out = nn.Linear(hidden_dim, input_dim, bias=False)

    def encode(self, x, y):
        h = F.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(F.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | decoder-width-fixed | The hidden layer of the decoder has 400 units, whatever hidden_dim is.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Sequential(
            nn.Linear(latent_dim + num_classes, 400), nn.ReLU(), nn.Linear(400, input_dim)
        )

    def encode(self, x, y):
        h = F.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.dec(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | sigma-in-place-on-log-var | reparameterize overwrites log_var with sigma.
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
        h = F.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        sigma = log_var.mul_(0.5).exp_()
        return mu + sigma * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(F.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | decoder-reads-mean-of-y | decode reads only the mean of y, which is the same for each one-hot row, so the class is invisible.
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
        h = F.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        label = y.mean(dim=1, keepdim=True).expand(-1, self.num_classes)
        return self.out(F.relu(self.dec(torch.cat([z, label], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% right | CVAE | plain-layers | Five named linear layers.
class CVAE(nn.Module):
    def __init__(
        self,
        input_dim: int = 784,
        hidden_dim: int = 400,
        latent_dim: int = 20,
        num_classes: int = 10,
    ):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.output = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.hidden(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        sigma = torch.exp(0.5 * log_var)
        return mu + sigma * torch.randn_like(sigma)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        h = F.relu(self.decoder_hidden(torch.cat([z, y], dim=1)))
        return self.output(h)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% right | CVAE | one-wide-head | One linear layer of twice the width holds both heads; chunk splits it.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.encoder = nn.Sequential(
            nn.Linear(input_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, 2 * latent_dim),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x, y):
        mu, log_var = self.encoder(torch.cat((x, y), dim=-1)).chunk(2, dim=-1)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        eps = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        return eps.mul((log_var / 2).exp()).add(mu)

    def decode(self, z, y):
        return self.decoder(torch.cat((z, y), dim=-1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% right | CVAE | torch-distributions | The sample comes from Normal.rsample.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.input_dim = input_dim
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.trunk = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mean_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.generator = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        features = self.trunk(torch.hstack([x, y]))
        return self.mean_head(features), self.log_var_head(features)

    def reparameterize(self, mu, log_var):
        return torch.distributions.Normal(mu, torch.exp(log_var / 2)).rsample()

    def decode(self, z, y):
        return self.generator(torch.hstack([z, y]))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(z, y)
        return x_logits, mu, log_var


# %% right | CVAE | helper-class | A small helper module for a ReLU layer with a label; y comes first in the rows.
class _LabelledHidden(nn.Module):
    def __init__(self, width, num_classes, hidden_dim):
        super().__init__()
        self.linear = nn.Linear(num_classes + width, hidden_dim)

    def forward(self, values, y):
        return self.linear(torch.cat([y, values], dim=1)).relu()


class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.q_hidden = _LabelledHidden(input_dim, num_classes, hidden_dim)
        self.q = nn.ModuleDict(
            {"mu": nn.Linear(hidden_dim, latent_dim), "log_var": nn.Linear(hidden_dim, latent_dim)}
        )
        self.p_hidden = _LabelledHidden(latent_dim, num_classes, hidden_dim)
        self.p = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = self.q_hidden(x, y)
        return self.q["mu"](h), self.q["log_var"](h)

    def reparameterize(self, mu, log_var):
        return torch.addcmul(mu, torch.randn_like(mu), log_var.mul(0.5).exp())

    def decode(self, z, y):
        return self.p(self.p_hidden(z, y))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% right | CVAE | ordered-dict-sequential | Named layers in an OrderedDict, a loop-free forward in one expression.
from collections import OrderedDict


def _two_layers(n_in: int, n_hidden: int, n_out: int) -> nn.Sequential:
    return nn.Sequential(
        OrderedDict(hidden=nn.Linear(n_in, n_hidden), relu=nn.ReLU(), out=nn.Linear(n_hidden, n_out))
    )


class CVAE(nn.Module):
    """Conditional VAE."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.inference = _two_layers(input_dim + num_classes, hidden_dim, 2 * latent_dim)
        self.generation = _two_layers(latent_dim + num_classes, hidden_dim, input_dim)

    def encode(self, x, y):
        both = self.inference(torch.concat([x, y], dim=1))
        return both[:, : self.latent_dim], both[:, self.latent_dim :]

    def reparameterize(self, mu, log_var):
        sigma = (0.5 * log_var).exp()
        return mu + sigma * torch.empty_like(mu).normal_()

    def decode(self, z, y):
        return self.generation(torch.concat([z, y], dim=1))

    def forward(self, x, y):
        q = self.encode(x, y)
        return (self.decode(self.reparameterize(*q), y), *q)


# %% wrong | cvae_train_step | old-gradients-added | Gradients are never cleared, so those of earlier calls are added.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | zeroed-before-step | zero_grad between backward and step removes the new gradients.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | cleared-only-afterwards | The gradients are cleared after the step, so those set before the first call still count.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, model.num_classes)
    loss = negative_elbo(*(lambda out: (out[0], x, out[1], out[2]))(model(x, y)))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


# %% wrong | cvae_train_step | width-from-batch | The width of y comes from the largest label of the batch.
def cvae_train_step(model, x, labels, optimizer):
    num_classes = int(labels.max()) + 1
    y = one_hot(labels, num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | always-ten-classes | One-hot rows of width 10 for every model.
def cvae_train_step(model, x, labels, optimizer):
    y = F.one_hot(labels, 10).float()
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | returns-a-tensor | The loss is a tensor with a graph, not a float.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss


# %% wrong | cvae_train_step | loss-after-update | The returned loss belongs to the weights after the update.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    negative_elbo(x_logits, x, mu, log_var).backward()
    optimizer.step()
    with torch.no_grad():
        x_logits, mu, log_var = model(x, y)
        return negative_elbo(x_logits, x, mu, log_var).item()


# %% wrong | cvae_train_step | switches-to-train-mode | model.train() changes the mode of the model.
def cvae_train_step(model, x, labels, optimizer):
    model.train()
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | nats-per-pixel | The returned number is divided by the number of pixels.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item() / x.shape[1]


# %% wrong | cvae_train_step | mean-twice | The loss, already a mean over images, is divided by the batch size again.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var) / len(x)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | probabilities-as-logits | negative_elbo gets probabilities where it wants logits.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    x_hat = torch.sigmoid(x_logits)
    loss = negative_elbo(x_hat, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | mu-and-log-var-swapped | The loss gets log_var and mu in the wrong order.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, log_var, mu)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | image-and-logits-swapped | negative_elbo(x, x_logits, ...) takes the images as logits.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x, x_logits, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | two-updates | Two updates in one call.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        x_logits, mu, log_var = model(x, y)
        loss = negative_elbo(x_logits, x, mu, log_var)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses[0]


# %% wrong | cvae_train_step | labels-not-one-hot | The model gets the integer labels.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, labels)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | binarises-x-in-place | The images are rounded to 0 and 1 in place.
def cvae_train_step(model, x, labels, optimizer):
    x.round_()
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | shuffled-labels | The labels are shuffled, so images and classes do not match.
def cvae_train_step(model, x, labels, optimizer):
    order = torch.randperm(len(labels), device=labels.device)
    x, y = x, one_hot(labels[order], model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | classes-renumbered | The labels are renumbered by their rank in the batch, so a batch without a class gets other rows.
def cvae_train_step(model, x, labels, optimizer):
    _, ids = labels.unique(return_inverse=True)
    y = one_hot(ids, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | no-kl | The loss is the reconstruction alone.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | decodes-the-mean | The code is mu, there is no sample of z.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    mu, log_var = model.encode(x, y)
    x_logits = model.decode(mu, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | no-backward | backward is missing: nothing is learned.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.step()
    return loss.item()


# %% right | cvae_train_step | plain | Zero, loss, backward, step.
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


# %% right | cvae_train_step | closure | The optimizer calls a closure and returns its loss.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)

    def closure():
        optimizer.zero_grad()
        x_logits, mu, log_var = model(x, y)
        loss = negative_elbo(x_logits, x, mu, log_var)
        loss.backward()
        return loss

    return optimizer.step(closure).item()


# %% right | cvae_train_step | autograd-grad | Gradients from torch.autograd.grad are put into .grad by hand.
def cvae_train_step(model, x, labels, optimizer):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)

    optimizer.zero_grad(set_to_none=True)
    params = [p for p in model.parameters() if p.requires_grad]
    for p, g in zip(params, torch.autograd.grad(loss, params), strict=True):
        p.grad = g
    optimizer.step()
    return loss.detach().item()


# %% right | cvae_train_step | grads-to-none-by-hand | Sets every .grad to None and picks rows of a unit matrix.
def cvae_train_step(model, x, labels, optimizer):
    for parameter in model.parameters():
        parameter.grad = None
    y = torch.eye(model.num_classes, device=labels.device)[labels]
    out, mu, log_var = model(x, y)
    loss = negative_elbo(out, x, mu, log_var)
    value = loss.item()
    loss.backward()
    optimizer.step()
    return value


# %% right | cvae_train_step | loss-written-out | Bernoulli cross entropy plus torch.distributions KL instead of negative_elbo.
def cvae_train_step(model, x, labels, optimizer):
    from torch.distributions import Normal, kl_divergence

    y = one_hot(labels, model.num_classes)
    logits, mu, log_var = model(x, y)
    recon = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(Normal(mu, (0.5 * log_var).exp()), prior).sum(dim=1)
    loss = (recon + kl).mean()
    model.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | EarlyStopping | equal-counts-as-best | A loss equal to the best starts the count again.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss <= self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | one-call-late | Stops only after more than patience calls.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.bad = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.bad = 0
        else:
            self.bad += 1
        return self.bad > self.patience


# %% wrong | EarlyStopping | nan-becomes-best | The question is turned round (loss >= best), so NaN falls into the branch of a new best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.waited = 0

    def step(self, loss: float) -> bool:
        if loss >= self.best_loss:
            self.waited += 1
        else:
            self.best_loss = loss
            self.waited = 0
        return self.waited >= self.patience


# %% wrong | EarlyStopping | min-takes-nan | min(nan, best) is nan, so the best loss is lost after a NaN.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss):
        self.count = 0 if loss < self.best_loss else self.count + 1
        self.best_loss = min(loss, self.best_loss)
        return self.count >= self.patience


# %% wrong | EarlyStopping | stays-stopped | Once True, always True: a new best after a stop does not start again.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0
        self.stopped = False

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        if self.count >= self.patience:
            self.stopped = True
        return self.stopped


# %% wrong | EarlyStopping | count-reset-after-stop | The count starts again after a True, so the next bad loss says False.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
            return False
        self.count += 1
        if self.count >= self.patience:
            self.count = 0
            return True
        return False


# %% wrong | EarlyStopping | true-only-once | The count is compared with ==, so the calls after the first True say False.
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
        return self.count == self.patience


# %% wrong | EarlyStopping | never-reset | Counts all calls without a new best, not those in a row.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.num_bad = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
        else:
            self.num_bad += 1
        return self.num_bad >= self.patience


# %% wrong | EarlyStopping | against-the-last-loss | Compares with the loss before instead of the best.
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
        if loss < self.best_loss:
            self.best_loss = loss
        self.last = loss
        return self.count >= self.patience


# %% wrong | EarlyStopping | nan-not-counted | NaN is skipped: it returns False and does not count.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss: float) -> bool:
        if math.isnan(loss):
            return False
        if loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | nan-stops-at-once | NaN says stop, whatever the patience.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss != loss:  # nan: no hope
            return True
        if loss < self.best_loss:
            self.best_loss, self.count = loss, 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | best-is-none-at-first | best_loss is None before the first call, not infinity.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = None
        self.count = 0

    def step(self, loss: float) -> bool:
        if self.best_loss is None or loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | begins-at-zero | The best loss begins at 0, so no positive loss is ever a new best.
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


# %% wrong | EarlyStopping | large-number-for-infinity | The best loss begins at 1000, so a first loss above it is no new best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = 1000.0
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | shared-history | The list of losses belongs to the class, so all stoppers share it.
class EarlyStopping:
    losses = []
    best_loss = math.inf

    def __init__(self, patience: int):
        self.patience = patience

    def step(self, loss: float) -> bool:
        self.losses.append(loss)
        valid = [v for v in self.losses if not math.isnan(v)]
        if not valid:
            return len(self.losses) >= self.patience
        self.best_loss = min(valid)
        return len(self.losses) - 1 - self.losses.index(self.best_loss) >= self.patience


# %% wrong | EarlyStopping | returns-the-count | step returns how many calls the best is old.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss: float) -> int:
        if loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count


# %% wrong | EarlyStopping | needs-a-margin | A loss must be better by 0.001 to count as a new best.
class EarlyStopping:
    def __init__(self, patience: int, min_delta: float = 1e-3):
        self.patience = patience
        self.min_delta = min_delta
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss - self.min_delta:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | higher-is-better | Keeps the highest loss as the best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = -math.inf
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss > self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | best-not-updated | The count is right but best_loss keeps the first loss.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss: float) -> bool:
        if self.best_loss == math.inf:
            self.best_loss = loss
            return False
        if loss < self.best_loss:
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | other-attribute-name | The best loss is kept under another name.
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


# %% wrong | EarlyStopping | first-call-never-stops | The first call always returns False, also for NaN with patience 1, and a first NaN is kept as the best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.count = None

    def step(self, loss: float) -> bool:
        if self.count is None:
            self.best_loss = loss
            self.count = 0
        elif loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% right | EarlyStopping | plain | One question, is this a new best?
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.calls_without_best = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.calls_without_best = 0
        else:
            self.calls_without_best += 1
        return self.calls_without_best >= self.patience


# %% right | EarlyStopping | dataclass | A dataclass with the patience as its only argument.
from dataclasses import dataclass, field


@dataclass
class EarlyStopping:
    patience: int
    best_loss: float = field(default=float("inf"), init=False)
    waited: int = field(default=0, init=False)

    def step(self, loss: float) -> bool:
        new_best = loss < self.best_loss
        self.waited = 0 if new_best else self.waited + 1
        if new_best:
            self.best_loss = loss
        return self.waited >= self.patience


# %% right | EarlyStopping | epoch-numbers | Remembers the number of the call of the best loss instead of a count.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = np.inf
        self._now = 0
        self._best_at = 0

    def step(self, loss: float) -> bool:
        self._now += 1
        if loss < self.best_loss:
            self.best_loss, self._best_at = loss, self._now
        return self._now - self._best_at >= self.patience


# %% right | EarlyStopping | whole-history | Keeps a list of all answers to "new best?" and looks at its last entries.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.was_best = []

    def step(self, loss: float) -> bool:
        improved = bool(loss < self.best_loss)
        self.was_best.append(improved)
        if improved:
            self.best_loss = loss
        recent = self.was_best[-self.patience :]
        return len(recent) == self.patience and not any(recent)


# %% right | EarlyStopping | countdown-with-property | Counts the remaining patience down; best_loss is a property.
class EarlyStopping:
    def __init__(self, patience: int):
        self._patience = patience
        self._left = patience
        self._best = float("inf")

    @property
    def best_loss(self) -> float:
        return self._best

    def step(self, loss: float) -> bool:
        if not math.isnan(loss) and loss < self._best:
            self._best = loss
            self._left = self._patience
            return False
        self._left -= 1
        return self._left <= 0


# %% right | EarlyStopping | itertools-count | An iterator counts the bad calls and is replaced by a new one at every best.
import itertools


class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self._bad_calls = itertools.count(1)

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self._bad_calls = itertools.count(1)
            return False
        return next(self._bad_calls) >= self.patience


# %% wrong | generate_class | one-z-for-all | A single z is repeated, so all images are the same.
def generate_class(model, label, num_images):
    z = torch.randn(1, model.latent_dim, device=device).expand(num_images, -1)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | returns-logits | The logits are returned without a sigmoid.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y)


# %% wrong | generate_class | keeps-gradients | The result hangs on the graph of the decoder.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    z = torch.randn(num_images, model.latent_dim, device=device)
    labels = torch.full((num_images,), label, device=device)
    return torch.sigmoid(model.decode(z, one_hot(labels, model.num_classes)))


# %% wrong | generate_class | left-in-eval-mode | model.eval() changes the mode of the model.
@torch.no_grad()
def generate_class(model, label, num_images):
    model.eval()
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    return model.decode(z, y).sigmoid()


# %% wrong | generate_class | back-to-train-mode | The model is put into training mode at the end, also if it was in eval mode.
def generate_class(model, label, num_images):
    model.eval()
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        images_ = model.decode(z, y).sigmoid()
    model.train()
    return images_


# %% wrong | generate_class | uniform-z | z is uniform in [0, 1) instead of standard normal.
def generate_class(model, label, num_images):
    z = torch.rand(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | binary-pixels | Draws 0 or 1 for every pixel instead of giving probabilities.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return torch.bernoulli(model.decode(z, y).sigmoid())


# %% wrong | generate_class | fixed-seed | A generator with a fixed seed gives the same images in every call.
def generate_class(model, label, num_images):
    g = torch.Generator().manual_seed(label)
    z = torch.randn(num_images, model.latent_dim, generator=g).to(device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | twenty-and-ten-hardcoded | Works only for 20 latent dimensions and ten classes.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, 20, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), 10)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | ten-classes-always | The width of y is 10, not that of the model.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = F.one_hot(torch.tensor([label] * num_images, device=device), 10).float()
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | one-row-of-y | y has one row, which torch.cat cannot set beside many rows of z.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.tensor([label], device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | label-not-one-hot | The decoder gets a column of integers.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = torch.full((num_images, 1), float(label), device=device)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | freezes-the-model | requires_grad of the parameters is switched off and stays off.
def generate_class(model, label, num_images):
    for p in model.parameters():
        p.requires_grad_(False)
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    return model.decode(z, y).sigmoid()


# %% wrong | generate_class | clears-gradients | model.zero_grad() removes the .grad of the parameters.
def generate_class(model, label, num_images):
    model.zero_grad()
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    return model.decode(z, y).sigmoid().detach()


# %% wrong | generate_class | softmax-over-pixels | Softmax makes the 784 numbers of an image sum to 1.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).softmax(dim=1)


# %% wrong | generate_class | picture-shape | The result has the shape (num_images, 28, 28).
def generate_class(model, label, num_images):
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid().view(-1, 28, 28)


# %% wrong | generate_class | one-number-per-z | All latent dimensions of an image share one random number.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, 1, device=device).repeat(1, model.latent_dim)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | narrow-prior | z is multiplied by 0.5, which makes nicer images but is not N(0, I).
def generate_class(model, label, num_images):
    z = 0.5 * torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | all-classes-in-turn | The images go through the classes in turn, whatever the label is.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, model.latent_dim, device=device)
    labels = torch.arange(label, label + num_images, device=device) % model.num_classes
    with torch.no_grad():
        return model.decode(z, one_hot(labels, model.num_classes)).sigmoid()


# %% wrong | generate_class | gradients-off-for-good | Gradients are switched off globally and never on again.
def generate_class(model, label, num_images):
    torch.set_grad_enabled(False)
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    return model.decode(z, y).sigmoid()


# %% wrong | generate_class | counts-from-one | Takes the label as a number from 1 and draws the class before it.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = torch.zeros(num_images, model.num_classes, device=device)
    y[:, label - 1] = 1
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% right | generate_class | plain | torch.full, one_hot, decode, sigmoid under no_grad.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% right | generate_class | decorator-and-model-device | no_grad as a decorator; the device comes from the parameters.
@torch.no_grad()
def generate_class(model, label, num_images):
    where = next(model.parameters()).device
    labels = torch.tensor([label] * num_images, device=where)
    noise = torch.randn((num_images, model.latent_dim), device=where)
    return torch.sigmoid(model.decode(noise, one_hot(labels, model.num_classes)))


# %% right | generate_class | detached | Builds the graph and detaches the result; y is filled by hand.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    dev = next(model.parameters()).device
    y = torch.zeros(num_images, model.num_classes, device=dev)
    y[:, label] = 1.0
    z = torch.empty(num_images, model.latent_dim, device=dev).normal_()
    x_logits = model.decode(z, y)
    return torch.special.expit(x_logits).detach()


# %% right | generate_class | image-by-image | One image at a time in a loop.
def generate_class(model, label, num_images):
    param = next(iter(model.parameters()))
    y = one_hot(torch.tensor([label], device=param.device), model.num_classes)
    rows = []
    with torch.no_grad():
        for _ in range(num_images):
            z = torch.randn(1, model.latent_dim, device=param.device)
            rows.append(model.decode(z, y).sigmoid())
    return torch.cat(rows, dim=0)


# %% right | generate_class | distributions | Prior and pixel probabilities from torch.distributions.
def generate_class(model, label, num_images):
    from torch.distributions import Bernoulli, Normal

    dev = next(model.parameters()).device
    prior = Normal(torch.zeros(model.latent_dim, device=dev), torch.ones(model.latent_dim, device=dev))
    z = prior.sample((num_images,))
    y = torch.eye(model.num_classes, device=dev)[label].expand(num_images, -1)
    with torch.no_grad():
        return Bernoulli(logits=model.decode(z, y)).probs


# %% wrong | class_information | scored-on-its-own-half | The probe is scored on the codes that it was fitted on.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(b))
    nmi = normalized_mutual_info_score(b, KMeans(k, n_init=10).fit_predict(a))
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(a1, b1)
    return float(nmi), float(probe.score(a1, b1))


# %% wrong | class_information | fitted-on-everything | The probe is fitted on all codes and scored on a half of them.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(b)), n_init=10).fit(a).labels_
    nmi = normalized_mutual_info_score(b, clusters)
    _, a_test, _, b_test = train_test_split(a, b, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(a, b)
    return float(nmi), float(probe.score(a_test, b_test))


# %% wrong | class_information | always-ten-clusters | Ten clusters, however many distinct labels there are.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(b, KMeans(10, n_init=10).fit_predict(a))
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a1, b1)
    return float(nmi), float(probe.score(a2, b2))


# %% wrong | class_information | clusters-from-largest-label | The number of clusters is the largest label plus one.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes_ = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    k = int(y.max()) + 1
    nmi = normalized_mutual_info_score(y, KMeans(k, n_init=10).fit_predict(codes_))
    a, b, c, d = train_test_split(codes_, y, test_size=0.5)
    return float(nmi), float(LogisticRegression(max_iter=5000).fit(a, c).score(b, d))


# %% wrong | class_information | halves-without-shuffling | The first half is for fitting, the second for scoring, which fails for sorted labels.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(b, KMeans(len(set(b.tolist())), n_init=10).fit_predict(a))
    half = len(a) // 2
    probe = LogisticRegression(max_iter=2000).fit(a[:half], b[:half])
    return float(nmi), float(probe.score(a[half:], b[half:]))


# %% wrong | class_information | split-with-shuffle-off | train_test_split with shuffle=False keeps sorted labels sorted.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(b, KMeans(len(np.unique(b)), n_init=10).fit_predict(a))
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5, shuffle=False)
    probe = LogisticRegression(max_iter=2000).fit(a1, b1)
    return float(nmi), float(probe.score(a2, b2))


# %% wrong | class_information | cluster-numbers-compared | The first number is how often the cluster number equals the label.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(len(np.unique(b)), n_init=10, random_state=0).fit_predict(a)
    nmi = (clusters == b).mean()
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a1, b1)
    return float(nmi), float(probe.score(a2, b2))


# %% wrong | class_information | returned-the-other-way | Returns (accuracy, nmi).
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(b, KMeans(len(np.unique(b)), n_init=10).fit_predict(a))
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5)
    accuracy = LogisticRegression(max_iter=2000).fit(a1, b1).score(a2, b2)
    return float(accuracy), float(nmi)


# %% wrong | class_information | gradient-not-detached | z.numpy() raises for codes that require a gradient.
def class_information(z, labels):
    a, b = z.cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(b, KMeans(len(np.unique(b)), n_init=10).fit_predict(a))
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(a1, b1)
    return float(nmi), float(probe.score(a2, b2))


# %% wrong | class_information | standardised-in-place | The array shares the memory of z, and standardising it changes z.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    a -= a.mean(axis=0)
    a /= a.std(axis=0) + 1e-8
    nmi = normalized_mutual_info_score(b, KMeans(len(np.unique(b)), n_init=10).fit_predict(a))
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(a1, b1)
    return float(nmi), float(probe.score(a2, b2))


# %% wrong | class_information | not-normalised | The mutual information is not normalised and exceeds 1 for three or more clear classes.
def class_information(z, labels):
    from sklearn.metrics import mutual_info_score

    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    mi = mutual_info_score(b, KMeans(len(np.unique(b)), n_init=10).fit_predict(a))
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(a1, b1)
    return float(mi), float(probe.score(a2, b2))


# %% wrong | class_information | nmi-of-the-probe | The NMI compares the labels with the answers of the probe, there is no k-means.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(a1, b1)
    guessed = probe.predict(a2)
    return float(normalized_mutual_info_score(b2, guessed)), float((guessed == b2).mean())


# %% wrong | class_information | quarter-for-scoring | The default split scores on a quarter of the codes and fits on three quarters.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(b, KMeans(len(np.unique(b)), n_init=10).fit_predict(a))
    a1, a2, b1, b2 = train_test_split(a, b)
    probe = LogisticRegression(max_iter=2000).fit(a1, b1)
    return float(nmi), float(probe.score(a2, b2))


# %% wrong | class_information | kmeans-sees-the-labels | The labels are one more column of the data for k-means.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    with_labels = np.column_stack([a, 10.0 * b])
    nmi = normalized_mutual_info_score(b, KMeans(len(np.unique(b)), n_init=10).fit_predict(with_labels))
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(a1, b1)
    return float(nmi), float(probe.score(a2, b2))


# %% wrong | class_information | four-parts-in-wrong-order | The four results of train_test_split are unpacked as train, train, test, test.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(b, KMeans(len(np.unique(b)), n_init=10).fit_predict(a))
    train_z, train_y, test_z, test_y_ = train_test_split(a, b, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(train_z, train_y)
    return float(nmi), float(probe.score(test_z, test_y_))


# %% wrong | class_information | shuffled-apart | Codes and labels are shuffled by different permutations.
def class_information(z, labels):
    n = len(z)
    nmi = normalized_mutual_info_score(
        labels.cpu().numpy(),
        KMeans(len(labels.unique()), n_init=10).fit_predict(z.detach().cpu().numpy()),
    )
    z, labels = z.detach().cpu()[torch.randperm(n)], labels.cpu()[torch.randperm(n)]
    probe = LogisticRegression(max_iter=2000).fit(z[: n // 2].numpy(), labels[: n // 2].numpy())
    return float(nmi), float(probe.score(z[n // 2 :].numpy(), labels[n // 2 :].numpy()))


# %% wrong | class_information | max-normalised | The mutual information is divided by the larger of the two entropies, not by their mean.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(len(np.unique(b)), n_init=10).fit_predict(a)
    nmi = normalized_mutual_info_score(b, clusters, average_method="max")
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(a1, b1)
    return float(nmi), float(probe.score(a2, b2))


# %% wrong | class_information | probe-is-not-linear | The probe is a nearest-neighbour classifier.
def class_information(z, labels):
    from sklearn.neighbors import KNeighborsClassifier

    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(b, KMeans(len(np.unique(b)), n_init=10).fit_predict(a))
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5)
    probe = KNeighborsClassifier(n_neighbors=3).fit(a1, b1)
    return float(nmi), float(probe.score(a2, b2))


# %% wrong | class_information | percent | The accuracy is in percent.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(b, KMeans(len(np.unique(b)), n_init=10).fit_predict(a))
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(a1, b1)
    return float(nmi), 100.0 * float((probe.predict(a2) == b2).mean())


# %% wrong | class_information | returns-tensors | The two numbers are tensors.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(b, KMeans(len(np.unique(b)), n_init=10).fit_predict(a))
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5)
    guessed = torch.from_numpy(LogisticRegression(max_iter=2000).fit(a1, b1).predict(a2))
    return torch.tensor(nmi), (guessed == torch.from_numpy(b2)).float().mean()


# %% wrong | class_information | adjusted-rand | The first number is the adjusted Rand index, not the NMI.
def class_information(z, labels):
    from sklearn.metrics import adjusted_rand_score

    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    score = adjusted_rand_score(b, KMeans(len(np.unique(b)), n_init=10).fit_predict(a))
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(a1, b1)
    return float(score), float(probe.score(a2, b2))


# %% wrong | class_information | one-cluster-per-dimension | As many clusters as latent dimensions.
def class_information(z, labels):
    a, b = z.detach().cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(b, KMeans(z.shape[1], n_init=10).fit_predict(a))
    a1, a2, b1, b2 = train_test_split(a, b, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(a1, b1)
    return float(nmi), float(probe.score(a2, b2))


# %% right | class_information | plain | k-means on all codes, a probe on shuffled halves.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes_np = z.detach().cpu().numpy()
    labels_np = labels.cpu().numpy()

    kmeans = KMeans(n_clusters=len(np.unique(labels_np)), n_init=10, random_state=0)
    nmi = normalized_mutual_info_score(labels_np, kmeans.fit_predict(codes_np))

    z_fit, z_new, y_fit, y_new = train_test_split(codes_np, labels_np, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=5000).fit(z_fit, y_fit)
    return float(nmi), float(probe.score(z_new, y_new))


# %% right | class_information | pipeline-with-scaler | The probe is a pipeline of a scaler and logistic regression, still linear.
def class_information(z, labels):
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    Z, Y = (t.detach().cpu().numpy() for t in (z, labels))
    clusters = KMeans(len(set(Y.tolist())), n_init=10).fit(Z).labels_
    nmi = normalized_mutual_info_score(Y, clusters)
    parts = train_test_split(Z, Y, train_size=0.5)
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=10_000))
    probe.fit(parts[0], parts[2])
    accuracy = np.mean(probe.predict(parts[1]) == parts[3])
    return float(nmi), float(accuracy)


# %% right | class_information | randperm-halves | Halves by a torch permutation.
def class_information(z, labels):
    z = z.detach().cpu().double()
    labels = labels.detach().cpu()
    num_clusters = labels.unique().numel()
    found = KMeans(num_clusters, n_init=20).fit_predict(z.numpy())
    nmi = normalized_mutual_info_score(labels.numpy(), found)

    order = torch.randperm(len(z))
    first, second = order[: len(z) // 2], order[len(z) // 2 :]
    clf = LogisticRegression(max_iter=3000)
    clf.fit(z[first].numpy(), labels[first].numpy())
    predicted = torch.from_numpy(clf.predict(z[second].numpy()))
    return float(nmi), (predicted == labels[second]).double().mean().item()


# %% right | class_information | own-nmi | The NMI from a table of counts, written out.
def class_information(z, labels):
    codes_ = z.detach().cpu().numpy()
    names, y = np.unique(labels.cpu().numpy(), return_inverse=True)
    k = len(names)
    clusters = KMeans(k, n_init=10, random_state=1).fit_predict(codes_)

    joint = np.zeros((k, k))
    np.add.at(joint, (y, clusters), 1.0)
    joint /= joint.sum()
    p, q = joint.sum(axis=1), joint.sum(axis=0)

    def entropy(values):
        values = values[values > 0]
        return -(values * np.log(values)).sum()

    information_ = entropy(p) + entropy(q) - entropy(joint)
    mean_entropy = 0.5 * (entropy(p) + entropy(q))
    nmi = min(max(information_ / mean_entropy, 0.0), 1.0) if mean_entropy > 0 else 1.0

    a, b, c, d = train_test_split(codes_, y, test_size=0.5, random_state=1)
    probe = LogisticRegression(max_iter=5000).fit(a, c)
    return float(nmi), float(probe.score(b, d))


# %% right | class_information | helper-functions | Two helpers; the codes become an array by way of lists, and the halves are halves of the indices.
def _cluster_score(codes_array, y):
    groups = KMeans(n_clusters=np.unique(y).size, init="k-means++", n_init=25).fit_predict(codes_array)
    return float(normalized_mutual_info_score(groups, y))


def _probe_score(codes_array, y):
    index_fit, index_score = train_test_split(np.arange(len(y)), test_size=0.5, shuffle=True)
    probe = LogisticRegression(C=10.0, max_iter=10000)
    probe.fit(codes_array[index_fit], y[index_fit])
    return float(np.mean(probe.predict(codes_array[index_score]) == y[index_score]))


def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    with torch.no_grad():
        codes_array = np.array(z.cpu().tolist())
    y = np.array(labels.tolist())
    return _cluster_score(codes_array, y), _probe_score(codes_array, y)
