# %% wrong | one_hot | integers | The result has the integer type of F.one_hot.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("label out of range")
    return F.one_hot(labels, num_classes)


# %% wrong | one_hot | width-guessed | num_classes is not handed on, so the width is guessed from the largest label.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    flat = labels.view(-1)
    if torch.any(flat < 0) or torch.any(flat > num_classes - 1):
        raise ValueError("no such class")
    return F.one_hot(flat).float()


# %% wrong | one_hot | no-refusal | Bad labels are not looked for; F.one_hot raises a RuntimeError, not a ValueError.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    return F.one_hot(labels.reshape(-1), num_classes=num_classes).float()


# %% wrong | one_hot | negative-passes | Only labels that are too large are refused; -1 becomes the last class.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if (labels >= num_classes).any():
        raise ValueError(f"labels must be below {num_classes}")
    return torch.eye(num_classes, device=labels.device)[labels]


# %% wrong | one_hot | off-by-one | The label num_classes itself passes the check, and F.one_hot then raises a RuntimeError.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if bool((labels < 0).any()) or bool((labels > num_classes).any()):
        raise ValueError("label out of range")
    return F.one_hot(labels, num_classes).to(torch.float32)


# %% wrong | one_hot | all-in-place-of-any | Refuses only if all labels are bad.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if ((labels < 0) | (labels >= num_classes)).all():
        raise ValueError("labels out of range")
    y = torch.zeros(len(labels), num_classes, device=labels.device)
    for i, label in enumerate(labels.tolist()):
        y[i, label] = 1.0
    return y


# %% wrong | one_hot | and-in-place-of-or | No label is below 0 and above the last class at once, so nothing is ever refused.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if ((labels < 0) & (labels >= num_classes)).any():
        raise ValueError("labels out of range")
    return torch.eye(num_classes, device=labels.device)[labels]


# %% wrong | one_hot | squeeze | squeeze() also removes the batch axis of a single column label.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.squeeze()
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("bad label")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | column-not-accepted | A column of labels gives (batch, 1, num_classes).
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    if labels.min() < 0 or labels.max() > num_classes - 1:
        raise ValueError("labels out of range")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | assert | An assert raises AssertionError, not ValueError.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    assert ((labels >= 0) & (labels < num_classes)).all(), "labels out of range"
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | clamped | Bad labels are moved into the range in place of refused.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten().clamp(0, num_classes - 1)
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | column-squeezed-in-place | squeeze_ changes the shape of the caller's labels.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    if labels.dim() == 2:
        labels.squeeze_(1)
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("labels out of range")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | numpy-eye | np.eye makes float64.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    index = labels.cpu().numpy().reshape(-1)
    if np.any(index < 0) or np.any(index >= num_classes):
        raise ValueError("labels out of range")
    return torch.from_numpy(np.eye(num_classes)[index]).to(labels.device)


# %% wrong | one_hot | error-returned | The ValueError is returned, not raised.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if (labels < 0).any() or (labels >= num_classes).any():
        return ValueError("labels must be between 0 and num_classes - 1")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | cpu-identity | The identity matrix lies on the CPU, so the result is not on the device of labels that lie on a GPU (shows on a GPU only).
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("labels out of range")
    return torch.eye(num_classes)[labels.cpu()]


# %% right | one_hot | f-one-hot | Flatten, refuse, F.one_hot, float.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    flat = labels.flatten()
    if ((flat < 0) | (flat >= num_classes)).any():
        raise ValueError(f"labels must lie between 0 and {num_classes - 1}")
    return F.one_hot(flat, num_classes).float()


# %% right | one_hot | scatter | Zeros with a one scattered into each row.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    index = labels.reshape(-1, 1)
    bad = torch.logical_or(index < 0, index > num_classes - 1)
    if bad.sum().item() > 0:
        raise ValueError(f"{int(bad.sum())} labels are no class")
    rows = torch.zeros(index.shape[0], num_classes, dtype=torch.float32, device=labels.device)
    return rows.scatter_(1, index, 1.0)


# %% right | one_hot | comparison | Compares each label with 0, 1, 2, ...; a row without a True is a bad label.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    classes = torch.arange(num_classes, device=labels.device)
    hits = labels.reshape(-1).unsqueeze(1) == classes
    if not bool(hits.any(dim=1).all()):
        raise ValueError("a label is out of range")
    return hits.to(torch.float32)


# %% right | one_hot | python-loop | A loop over the labels as Python integers.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    rows = []
    for label in labels.flatten().tolist():
        if label not in range(num_classes):
            raise ValueError(f"{label} is no class")
        row = [0.0] * num_classes
        row[label] = 1.0
        rows.append(row)
    y = torch.tensor(rows, dtype=torch.float32, device=labels.device)
    return y.reshape(len(rows), num_classes)


# %% wrong | CVAE | decoder-ignores-y | Only the encoder gets the label; decode takes y and does not use it.
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
        self.fc1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.fc1(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.fc4(F.relu(self.fc3(z)))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | encoder-ignores-y | Only the decoder gets the label.
class CVAE(nn.Module):
    def __init__(
        self,
        input_dim: int = 784,
        hidden_dim: int = 400,
        latent_dim: int = 20,
        num_classes: int = 10,
    ):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = self.encoder(x)
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | exp-is-std | exp(log_var) is used as the standard deviation.
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
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.relu(self.enc(torch.cat((x, y), 1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        sigma = log_var.exp()
        return mu + sigma * torch.randn_like(sigma)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.out(torch.relu(self.dec(torch.cat((z, y), 1))))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | probabilities | decode ends in a sigmoid.
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
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mu_layer = nn.Linear(hidden_dim, latent_dim)
        self.log_var_layer = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
            nn.Sigmoid(),
        )

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = self.encoder(torch.cat([x, y], dim=1))
        return self.mu_layer(h), self.log_var_layer(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | no-num-classes | num_classes is not kept as an attribute.
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
        self.lin1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.lin_mu = nn.Linear(hidden_dim, latent_dim)
        self.lin_lv = nn.Linear(hidden_dim, latent_dim)
        self.lin2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.lin3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.lin1(torch.cat([x, y], dim=1)))
        return self.lin_mu(h), self.lin_lv(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.lin3(F.relu(self.lin2(torch.cat([z, y], dim=1))))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | ten-classes | The width of y is always ten.
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
        self.fc1 = nn.Linear(input_dim + 10, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim + 10, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.fc1(torch.cat([x, y], dim=1)))
        return self.fc21(h), self.fc22(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.fc4(F.relu(self.fc3(torch.cat([z, y], dim=1))))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | label-as-number | The class goes in as one number, its argmax, in place of the one-hot row.
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
        self.enc = nn.Linear(input_dim + 1, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + 1, hidden_dim)
        self.dec_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        label = y.argmax(dim=1, keepdim=True).to(x.dtype)
        h = F.relu(self.enc(torch.cat([x, label], dim=1)))
        return self.enc_mu(h), self.enc_log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        label = y.argmax(dim=1, keepdim=True).to(z.dtype)
        return self.dec_out(F.relu(self.dec(torch.cat([z, label], dim=1))))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | y-beside-the-hidden-layer | y is set beside the hidden layer, not beside the image.
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
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim + num_classes, latent_dim)
        self.log_var = nn.Linear(hidden_dim + num_classes, latent_dim)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.logits = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        h = torch.cat([h, y], dim=1)
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.logits(F.relu(self.back(torch.cat([z, y], dim=1))))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | remembers-y | decode uses the y that encode saw last, not its own argument.
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
        self.y = None
        self.fc1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_lv = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        self.y = y
        h = F.relu(self.fc1(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), self.fc_lv(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        if self.y is None:
            self.y = y
        return self.fc4(F.relu(self.fc3(torch.cat([z, self.y], dim=1))))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | mean-in-eval | After eval() reparameterize returns mu.
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
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = self.encoder(torch.cat([x, y], dim=1))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        if not self.training:
            return mu
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | activation-on-heads | Both heads end in a ReLU, so mu and log_var are never negative.
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
        self.enc_hidden = nn.Linear(input_dim + num_classes, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.dec_out = nn.Linear(hidden_dim, input_dim)
        self.act = nn.ReLU()

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = self.act(self.enc_hidden(torch.cat([x, y], dim=1)))
        mu = self.act(self.enc_mu(h))
        log_var = self.act(self.enc_log_var(h))
        return mu, log_var

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(log_var)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        h = self.act(self.dec_hidden(torch.cat([z, y], dim=1)))
        return self.dec_out(h)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | decodes-the-mean | forward decodes mu; no sample is taken.
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
        self.fc1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc2a = nn.Linear(hidden_dim, latent_dim)
        self.fc2b = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        xy = torch.cat([x, y], dim=1)
        h = F.relu(self.fc1(xy))
        return self.fc2a(h), self.fc2b(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        zy = torch.cat([z, y], dim=1)
        return self.fc4(F.relu(self.fc3(zy)))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(mu, y), mu, log_var


# %% wrong | CVAE | cat-rows | torch.cat along the first axis: more rows in place of longer rows, which fails.
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
        self.fc1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.fc1(torch.cat([x, y])))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(torch.cat([z, y]))))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | noise-shared-by-dims | The noise is one number per image, shared by all latent dimensions.
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
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = self.encoder(torch.cat([x, y], dim=-1))
        return self.to_mu(h), self.to_log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        eps = torch.randn(mu.shape[0], 1, device=mu.device)
        return mu + torch.exp(0.5 * log_var) * eps

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.decoder(torch.cat([z, y], dim=-1))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% right | CVAE | sequential | Two Sequential blocks; torch.cat in both networks.
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
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.encoder(torch.cat([x, y], dim=1))
        return self.mu(hidden), self.log_var(hidden)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% right | CVAE | five-layers-hstack | Five named layers, hstack, rsample.
class CVAE(nn.Module):
    def __init__(
        self,
        input_dim: int = 784,
        hidden_dim: int = 400,
        latent_dim: int = 20,
        num_classes: int = 10,
    ):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.fc1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h1 = self.fc1(torch.hstack((x, y))).relu()
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return torch.distributions.Normal(mu, log_var.mul(0.5).exp()).rsample()

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        h3 = self.fc3(torch.hstack((z, y))).relu()
        return self.fc4(h3)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(z, y)
        return x_logits, mu, log_var


# %% right | CVAE | helper-beside | A static helper sets two tensors side by side; the noise multiplies the square root of the variance.
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
        self.read = nn.Linear(input_dim + num_classes, hidden_dim)
        self.heads = nn.ModuleDict(
            {"mu": nn.Linear(hidden_dim, latent_dim), "log_var": nn.Linear(hidden_dim, latent_dim)}
        )
        self.write = nn.ModuleList(
            [nn.Linear(latent_dim + num_classes, hidden_dim), nn.Linear(hidden_dim, input_dim)]
        )

    @staticmethod
    def beside(a: Tensor, y: Tensor) -> Tensor:
        return torch.concat([a, y.to(a.dtype)], dim=-1)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.read(self.beside(x, y)))
        return self.heads["mu"](h), self.heads["log_var"](h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        noise = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        return noise * log_var.exp().sqrt() + mu

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        first, last = self.write
        return last(F.relu(first(self.beside(z, y))))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        q = self.encode(x, y)
        return (self.decode(self.reparameterize(*q), y), *q)


# %% right | CVAE | y-first | y stands in front of the pixels and of z, with an nn.ReLU module.
class CVAE(nn.Module):
    def __init__(
        self,
        input_dim: int = 784,
        hidden_dim: int = 400,
        latent_dim: int = 20,
        num_classes: int = 10,
    ):
        super().__init__()
        self.num_classes = num_classes
        self.latent_dim = latent_dim
        self.relu = nn.ReLU()
        self.enc_in = nn.Linear(num_classes + input_dim, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec_in = nn.Linear(num_classes + latent_dim, hidden_dim)
        self.dec_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = self.relu(self.enc_in(torch.cat((y, x), dim=1)))
        mu = self.enc_mu(h)
        log_var = self.enc_log_var(h)
        return mu, log_var

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        std = torch.exp(0.5 * log_var)
        eps = torch.empty_like(std).normal_()
        return torch.addcmul(mu, std, eps)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        h = self.relu(self.dec_in(torch.cat((y, z), dim=1)))
        return self.dec_out(h)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | cvae_train_step | no-zero-grad | Old gradients are never cleared.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | width-from-batch | The number of classes is taken from the largest label of the batch.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, int(labels.max()) + 1)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | always-ten | Ten classes are written into the code.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, one_hot(labels, 10))
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | returns-tensor | Returns the loss as a tensor with its graph.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss


# %% wrong | cvae_train_step | shuffled-images-only | The images are shuffled and the labels are not, so they do not match.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    x = x[torch.randperm(x.shape[0], device=x.device)]
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | zero-after-backward | zero_grad stands between backward and step, so nothing is learned.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | forces-train-mode | model.train() changes the mode of a model that came in evaluation mode.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    model.train()
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | loss-after-update | Returns the loss of the updated weights.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    optimizer.zero_grad()
    negative_elbo(x_logits, x, mu, log_var).backward()
    optimizer.step()
    with torch.no_grad():
        x_logits, mu, log_var = model(x, y)
        return negative_elbo(x_logits, x, mu, log_var).item()


# %% wrong | cvae_train_step | maximises | The negative ELBO gets another minus sign, so the loss is maximised.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    elbo = negative_elbo(x_logits, x, mu, log_var)
    loss = -elbo  # maximise the ELBO
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return elbo.item()


# %% wrong | cvae_train_step | probabilities-to-loss | The loss gets probabilities where it wants logits.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits.sigmoid(), x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | image-and-logits-swapped | negative_elbo gets the image first and the logits second.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x, x_logits, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | sum-over-images | The loss is multiplied by the batch size before backward and returned so.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var) * x.shape[0]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% right | cvae_train_step | plain | The step of lesson 02 with y.
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


# %% right | cvae_train_step | closure | A closure for the optimiser.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    y = one_hot(labels, num_classes=model.num_classes)
    seen = []

    def closure() -> Tensor:
        optimizer.zero_grad(set_to_none=True)
        logits, mu, log_var = model(x, y)
        loss = negative_elbo(logits, x, mu, log_var)
        loss.backward()
        seen.append(loss.item())
        return loss

    optimizer.step(closure)
    return seen[0]


# %% right | cvae_train_step | autograd-grad | torch.autograd.grad, the gradients put into place by hand.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    *outputs, log_var = model(x, one_hot(labels, model.num_classes))
    x_logits, mu = outputs
    loss = negative_elbo(x_logits, x, mu, log_var)
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    optimizer.step()
    return float(loss.detach())


# %% right | cvae_train_step | clear-first | Clears first with zeros, keeps the value before the move.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    optimizer.zero_grad(set_to_none=False)
    width = model.num_classes
    reconstruction, mean, log_variance = model(x, one_hot(labels, width))
    loss = negative_elbo(reconstruction, x, mean, log_variance)
    value = loss.detach().cpu().numpy().item()
    loss.backward()
    optimizer.step()
    return value


# %% wrong | EarlyStopping | equal-is-best | <= takes a loss equal to the best for a new best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.counter = 0

    def step(self, loss: float) -> bool:
        if loss <= self.best_loss:
            self.best_loss = loss
            self.counter = 0
        else:
            self.counter += 1
        return self.counter >= self.patience


# %% wrong | EarlyStopping | one-call-late | > patience stops one call too late.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.wait = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.wait = 0
            return False
        self.wait += 1
        return self.wait > self.patience


# %% wrong | EarlyStopping | count-never-reset | A new best does not set the count back to zero.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.bad_epochs = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
        else:
            self.bad_epochs += 1
        return self.bad_epochs >= self.patience


# %% wrong | EarlyStopping | nan-becomes-best | Asks whether the loss is bad (>=); NaN answers no and becomes the best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.counter = 0

    def step(self, loss: float) -> bool:
        if loss >= self.best_loss:
            self.counter += 1
        else:
            self.best_loss = loss
            self.counter = 0
        return self.counter >= self.patience


# %% wrong | EarlyStopping | previous-not-best | Compares with the previous loss, not with the best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.last = float("inf")
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


# %% wrong | EarlyStopping | best-starts-at-zero | The best loss starts at 0, so no positive loss is ever a best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = 0
        self.counter = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.counter = 0
        else:
            self.counter += 1
        return self.counter >= self.patience


# %% wrong | EarlyStopping | stays-true | After the first True it says True for ever.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.counter = 0
        self.early_stop = False

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.counter = 0
        else:
            self.counter += 1
            if self.counter >= self.patience:
                self.early_stop = True
        return self.early_stop


# %% wrong | EarlyStopping | min-delta | A new best must be lower by 1e-3, as in Keras' min_delta.
class EarlyStopping:
    def __init__(self, patience: int, min_delta: float = 1e-3):
        self.patience = patience
        self.min_delta = min_delta
        self.best_loss = float("inf")
        self.wait = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss - self.min_delta:
            self.best_loss = loss
            self.wait = 0
        else:
            self.wait += 1
        return self.wait >= self.patience


# %% wrong | EarlyStopping | other-name | The best loss is kept under the name best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best = float("inf")
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss < self.best:
            self.best = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | exactly-equal-patience | True only when the count equals the patience, False again after that.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss, self.count = loss, 0
        else:
            self.count += 1
        return self.count == self.patience


# %% wrong | EarlyStopping | reset-after-true | The count starts again after a stop, although no new best has come.
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


# %% wrong | EarlyStopping | nan-skipped | NaN is skipped: it is no best, but it is not counted either.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.counter = 0

    def step(self, loss: float) -> bool:
        if math.isnan(loss):
            return False
        if loss < self.best_loss:
            self.best_loss = loss
            self.counter = 0
        else:
            self.counter += 1
        return self.counter >= self.patience


# %% wrong | EarlyStopping | shared-history | The losses are kept in a list of the class, so all stoppers share it.
class EarlyStopping:
    losses = []

    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.count = 0

    def step(self, loss: float) -> bool:
        if all(loss < old or old != old for old in self.losses) and loss == loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        self.losses.append(loss)
        return self.count >= self.patience


# %% right | EarlyStopping | classic | Best loss and counter.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.num_bad = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.num_bad = 0
        else:
            self.num_bad += 1
        return self.num_bad >= self.patience


# %% right | EarlyStopping | call-numbers | Remembers the number of the call with the best loss.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.calls = 0
        self.best_call = 0

    def step(self, loss: float) -> bool:
        self.calls += 1
        new_best = loss < self.best_loss
        if new_best:
            self.best_loss, self.best_call = loss, self.calls
        return self.calls - self.best_call >= self.patience


# %% right | EarlyStopping | countdown | Counts the patience down, and fills it up at a new best.
class EarlyStopping:
    def __init__(self, patience: int):
        self._full = patience
        self._left = patience
        self.best_loss = np.inf

    def step(self, loss: float) -> bool:
        if not loss < self.best_loss:
            self._left -= 1
            return self._left <= 0
        self._left = self._full
        self.best_loss = float(loss)
        return False


# %% right | EarlyStopping | history-property | Keeps all losses; best_loss is a property.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.history = []

    @property
    def best_loss(self) -> float:
        return min((v for v in self.history if not math.isnan(v)), default=math.inf)

    def step(self, loss: float) -> bool:
        self.history.append(loss)
        best = math.inf
        waited = 0
        for value in self.history:
            waited = 0 if value < best else waited + 1
            best = value if value < best else best
        return waited >= self.patience


# %% wrong | generate_class | one-z-for-all | A single z is repeated, so all images are equal.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    z = torch.randn(1, model.latent_dim, device=device).expand(num_images, -1)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | logits | The sigmoid is missing.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
        return model.decode(z, y)


# %% wrong | generate_class | with-gradients | The result has a graph.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    return torch.sigmoid(model.decode(z, y))


# %% wrong | generate_class | hard-coded | 20 latent dimensions and 10 classes are written into the code.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    with torch.no_grad():
        z = torch.randn(num_images, 20)
        y = one_hot(torch.full((num_images,), label), 10)
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | uniform-z | z is uniform on [0, 1].
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    z = torch.rand(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | row-not-column | y[label] = 1 fills the row of one image, not the column of the class.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    z = torch.randn(num_images, model.latent_dim)
    y = torch.zeros(num_images, model.num_classes)
    y[label] = 1
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | black-and-white | Returns sampled pixels in place of probabilities.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
        p = model.decode(z, y).sigmoid()
        return torch.distributions.Bernoulli(probs=p).sample()


# %% wrong | generate_class | left-in-eval | model.eval() is never taken back, so the model does not stay as it was.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    model.eval()
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | gradients-off-for-good | set_grad_enabled(False) stays off after the call.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    torch.set_grad_enabled(False)
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    return model.decode(z, y).sigmoid()


# %% wrong | generate_class | narrower-prior | z is multiplied by 0.7, so it does not come from N(0, I).
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = 0.7 * torch.randn(num_images, model.latent_dim, device=device)
        y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | through-the-encoder | Random pixels go through the whole model.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    x = torch.rand(num_images, 784)
    y = one_hot(torch.full((num_images,), label), model.num_classes)
    with torch.no_grad():
        x_logits, _, _ = model(x, y)
    return x_logits.sigmoid()


# %% wrong | generate_class | classes-in-turn | The classes go round in place of the one that was asked for.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    labels = (label + torch.arange(num_images, device=device)) % model.num_classes
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z, one_hot(labels, model.num_classes)).sigmoid()


# %% wrong | generate_class | seeded | A seed inside: every call draws the same images.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    torch.manual_seed(label)
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
        return model.decode(z, y).sigmoid()


# %% right | generate_class | full-and-one-hot | torch.full, one_hot, decode, sigmoid.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    labels = torch.full((num_images,), label, dtype=torch.int64, device=device)
    y = one_hot(labels, model.num_classes)
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z, y).sigmoid()


# %% right | generate_class | column-of-ones | y as zeros with one column of ones, no_grad as a decorator.
@torch.no_grad()
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    weight = next(model.parameters())
    y = weight.new_zeros(num_images, model.num_classes)
    y[:, label] = 1.0
    z = weight.new_empty(num_images, model.latent_dim).normal_()
    return torch.sigmoid(model.decode(z, y))


# %% right | generate_class | image-by-image | One image after the other, joined at the end.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    y = one_hot(torch.tensor([label], device=device), model.num_classes)
    rows = []
    for _ in range(num_images):
        z = torch.distributions.Normal(0.0, 1.0).sample((1, model.latent_dim)).to(device)
        rows.append(model.decode(z, y).detach())
    return torch.cat(rows, dim=0).sigmoid()


# %% right | generate_class | eval-and-back | Evaluation mode for the call, then the old mode; y from a row of the identity.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    was_training = model.training
    device = next(model.parameters()).device
    model.eval()
    with torch.inference_mode():
        row = torch.eye(model.num_classes, device=device)[label]
        y = row.repeat(num_images, 1)
        z = torch.normal(0, 1, (num_images, model.latent_dim), device=device)
        logits = model.decode(z, y)
        probabilities = 1 / (1 + (-logits).exp())
    model.train(was_training)
    return probabilities


# %% wrong | class_information | scored-on-training-half | The probe is scored on the half that it was fitted on.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10).fit_predict(codes)
    nmi = normalized_mutual_info_score(y, clusters)
    train_z, test_z, train_y, test_y = train_test_split(codes, y, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(train_z, train_y)
    return float(nmi), float(probe.score(train_z, train_y))


# %% wrong | class_information | fitted-on-all | The probe is fitted on all codes and scored on one half of them.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    X, y = z.detach().cpu().numpy(), labels.detach().cpu().numpy()
    km = KMeans(n_clusters=len(set(y.tolist())), n_init=10, random_state=0).fit(X)
    nmi = normalized_mutual_info_score(y, km.labels_)
    _, X_test, _, y_test = train_test_split(X, y, test_size=0.5, random_state=0)
    clf = LogisticRegression(max_iter=1000)
    clf.fit(X, y)
    return float(nmi), float(clf.score(X_test, y_test))


# %% wrong | class_information | ten-clusters | k-means always makes ten clusters.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    clusters = KMeans(n_clusters=10, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(y, clusters)
    a, b, ya, yb = train_test_split(codes, y, test_size=0.5, random_state=0)
    accuracy = LogisticRegression(max_iter=1000).fit(a, ya).score(b, yb)
    return float(nmi), float(accuracy)


# %% wrong | class_information | largest-label | The number of clusters is the largest label plus one, not the number of distinct labels.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    clusters = KMeans(n_clusters=int(y.max()) + 1, n_init=10).fit_predict(codes)
    nmi = normalized_mutual_info_score(y, clusters)
    a, b, ya, yb = train_test_split(codes, y, test_size=0.5)
    accuracy = LogisticRegression(max_iter=1000).fit(a, ya).score(b, yb)
    return float(nmi), float(accuracy)


# %% wrong | class_information | not-shuffled | First half against second half: with sorted labels the probe never sees half of the classes.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(y))
    nmi = normalized_mutual_info_score(y, KMeans(k, n_init=10, random_state=0).fit_predict(codes))
    half = len(codes) // 2
    probe = LogisticRegression(max_iter=1000).fit(codes[:half], y[:half])
    return float(nmi), float(probe.score(codes[half:], y[half:]))


# %% wrong | class_information | cluster-numbers | Compares cluster numbers with labels directly, in place of the NMI.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(codes)
    score = float((clusters == y).mean())
    a, b, ya, yb = train_test_split(codes, y, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=1000).fit(a, ya)
    return score, float(probe.score(b, yb))


# %% wrong | class_information | order-of-results | Returns (accuracy, nmi).
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    a, b, ya, yb = train_test_split(codes, y, test_size=0.5, random_state=0)
    accuracy = LogisticRegression(max_iter=1000).fit(a, ya).score(b, yb)
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(y, clusters)
    return float(accuracy), float(nmi)


# %% wrong | class_information | not-normalised | The mutual information in nats, not normalised: it can exceed 1.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    from sklearn.metrics import mutual_info_score

    codes = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(codes)
    mi = mutual_info_score(y, clusters)
    a, b, ya, yb = train_test_split(codes, y, test_size=0.5, random_state=0)
    accuracy = LogisticRegression(max_iter=1000).fit(a, ya).score(b, yb)
    return float(mi), float(accuracy)


# %% wrong | class_information | default-split | train_test_split keeps its default: 75 % to learn from, 25 % to score.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(y, clusters)
    train_z, test_z, train_y, test_y = train_test_split(codes, y, random_state=0)
    probe = LogisticRegression(max_iter=1000)
    probe.fit(train_z, train_y)
    return float(nmi), float(probe.score(test_z, test_y))


# %% wrong | class_information | split-separately | Codes and labels are split in two calls, so they do not match any more.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10).fit_predict(codes)
    nmi = normalized_mutual_info_score(y, clusters)
    z_train, z_test = train_test_split(codes, test_size=0.5)
    y_train, y_test = train_test_split(y, test_size=0.5)
    probe = LogisticRegression(max_iter=1000).fit(z_train, y_train)
    return float(nmi), float(probe.score(z_test, y_test))


# %% wrong | class_information | percent | The accuracy is in percent.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(y, clusters)
    a, b, ya, yb = train_test_split(codes, y, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=1000).fit(a, ya)
    return float(nmi), 100.0 * float((probe.predict(b) == yb).mean())


# %% wrong | class_information | not-linear | A nearest-neighbour classifier in place of a linear one.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    from sklearn.neighbors import KNeighborsClassifier

    codes = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(y, clusters)
    a, b, ya, yb = train_test_split(codes, y, test_size=0.5, random_state=0)
    accuracy = KNeighborsClassifier(n_neighbors=5).fit(a, ya).score(b, yb)
    return float(nmi), float(accuracy)


# %% wrong | class_information | standardised-in-place | -= and /= standardise the caller's codes.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    z -= z.mean(dim=0)
    z /= z.std(dim=0)
    codes = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(y, clusters)
    a, b, ya, yb = train_test_split(codes, y, test_size=0.5, random_state=0)
    accuracy = LogisticRegression(max_iter=1000).fit(a, ya).score(b, yb)
    return float(nmi), float(accuracy)


# %% wrong | class_information | regression-on-labels | A linear regression on the label as a number, rounded.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    from sklearn.linear_model import LinearRegression

    codes = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(y, clusters)
    a, b, ya, yb = train_test_split(codes, y, test_size=0.5, random_state=0)
    predicted = LinearRegression().fit(a, ya).predict(b).round().astype(int)
    return float(nmi), float((predicted == yb).mean())


# %% right | class_information | sklearn-straight | KMeans, NMI, split in halves, LogisticRegression with more iterations.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes = z.detach().cpu().numpy()
    classes = labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    train_z, test_z, train_y, test_y = train_test_split(
        codes, classes, test_size=0.5, random_state=0
    )
    probe = LogisticRegression(max_iter=5000).fit(train_z, train_y)
    return float(nmi), float(probe.score(test_z, test_y))


# %% right | class_information | random-halves-by-hand | The halves from a random permutation in PyTorch; accuracy by hand.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    order = torch.randperm(len(z))
    first, second = order[: len(z) // 2], order[len(z) // 2 :]
    codes, names = z.detach().cpu(), labels.detach().cpu()

    model = LogisticRegression(max_iter=10_000)
    model.fit(codes[first].numpy(), names[first].numpy())
    predicted = torch.as_tensor(model.predict(codes[second].numpy()))
    accuracy = (predicted == names[second]).double().mean().item()

    groups = KMeans(names.unique().numel(), n_init=5).fit(codes.numpy()).labels_
    return float(normalized_mutual_info_score(names.numpy(), groups)), accuracy


# %% right | class_information | scaled-pipeline | The probe standardises its inputs in a pipeline; the labels become 0, 1, 2, ... first.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X = np.array(z.detach().cpu(), dtype=np.float64)
    names, y = np.unique(labels.cpu().numpy(), return_inverse=True)
    kmeans = KMeans(n_clusters=names.size, n_init=20, random_state=1)
    nmi = normalized_mutual_info_score(labels_true=y, labels_pred=kmeans.fit_predict(X))
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=3000))
    X_fit, X_score, y_fit, y_score = train_test_split(X, y, train_size=0.5, shuffle=True)
    probe.fit(X_fit, y_fit)
    return float(nmi), float(np.mean(probe.predict(X_score) == y_score))


# %% right | class_information | softmax-in-torch | A softmax regression in PyTorch, fitted by L-BFGS, as the linear classifier.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes = z.detach().to("cpu", torch.float64)
    names, y = torch.unique(labels.cpu(), return_inverse=True)
    k = len(names)

    groups = KMeans(n_clusters=k, init="k-means++", n_init=10).fit_predict(codes.numpy())
    nmi = normalized_mutual_info_score(groups, y.numpy())

    shuffled = np.random.default_rng().permutation(len(y))
    fit, held_out = (torch.from_numpy(part) for part in np.array_split(shuffled, 2))
    center, spread = codes[fit].mean(0), codes[fit].std(0) + 1e-6
    codes = (codes - center) / spread
    probe = nn.Linear(codes.shape[1], k).double()
    optimizer = torch.optim.LBFGS(probe.parameters(), max_iter=500, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        penalty = 1e-3 * probe.weight.square().sum()
        loss = F.cross_entropy(probe(codes[fit]), y[fit]) + penalty
        loss.backward()
        return loss

    optimizer.step(closure)
    guesses = probe(codes[held_out]).argmax(dim=1)
    return float(nmi), (guesses == y[held_out]).double().mean().item()
