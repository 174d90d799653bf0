# %% wrong | one_hot | still-int64 | Forgets the cast, so the rows are int64 instead of float32.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    """Classes as unit vectors."""
    labels = labels.reshape(-1)
    if ((labels < 0) | (labels > num_classes - 1)).any():
        raise ValueError(f"labels must be between 0 and {num_classes - 1}")
    return F.one_hot(labels, num_classes)

# %% wrong | one_hot | minus-one-is-last | Checks only the upper end, so -1 silently becomes the last class.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if (labels >= num_classes).any():
        raise ValueError("label too large")
    return torch.eye(num_classes, device=labels.device)[labels]

# %% wrong | one_hot | width-from-batch | Lets F.one_hot guess the number of classes, so a batch without the last class is narrower.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    flat = labels.view(-1)
    bad = (flat < 0) | (flat >= num_classes)
    if bad.any():
        raise ValueError("There are labels out of range: " + str(flat[bad].tolist()))
    return F.one_hot(flat).float()

# %% wrong | one_hot | column-not-flattened | Labels of shape (batch, 1) give a result of shape (batch, 1, num_classes).
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    # refuse what is no label
    if torch.any(labels < 0) or torch.any(labels >= num_classes):
        raise ValueError("labels have to be in [0, num_classes - 1]")
    return F.one_hot(labels, num_classes=num_classes).to(torch.float32)

# %% wrong | one_hot | upper-off-by-one | The label num_classes passes the test and gets a row of zeros.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1, 1)
    if ((labels < 0) | (labels > num_classes)).any():
        raise ValueError("label out of range")
    classes = torch.arange(num_classes, device=labels.device)
    return (labels == classes).float()

# %% wrong | one_hot | all-instead-of-any | Refuses only if every label of the batch is out of range.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    y = labels.reshape(-1)
    if ((y < 0) | (y > num_classes - 1)).all():
        raise ValueError("labels must lie in 0..num_classes-1")
    out = torch.zeros(len(y), num_classes, device=y.device)
    out[torch.arange(len(y)), y] = 1.0
    return out

# %% wrong | one_hot | and-instead-of-or | A label cannot be both too small and too large, so nothing is ever refused; -1 becomes the last class.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    if ((labels < 0) & (labels >= num_classes)).any():
        raise ValueError("wrong label")
    return torch.eye(num_classes, device=labels.device)[labels]

# %% wrong | one_hot | squeeze-one-image | squeeze() also removes the batch axis of a batch of one in column form, and the result has the shape (num_classes,).
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.squeeze()  # (batch, 1) -> (batch,)
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("Labels must be in [0, num_classes).")
    return F.one_hot(labels, num_classes).float()

# %% wrong | one_hot | clamps-bad-labels | Moves labels that are out of range to the nearest class instead of raising.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1).clamp(0, num_classes - 1)  # so that no label can be out of range
    return F.one_hot(labels, num_classes).float()

# %% wrong | one_hot | float64-from-numpy | np.eye is float64 and nobody casts it.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    idx = labels.cpu().numpy().ravel()
    if np.any(idx < 0) or np.any(idx >= num_classes):
        raise ValueError("label out of range")
    rows = np.eye(num_classes)[idx]
    return torch.from_numpy(rows).to(labels.device)

# %% wrong | one_hot | assert-not-valueerror | Raises AssertionError, not ValueError.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    assert (labels >= 0).all() and (labels < num_classes).all(), "labels out of range"
    return F.one_hot(labels, num_classes).float()

# %% wrong | one_hot | boolean-mask | Returns the mask of the comparison, dtype bool.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    if (labels < 0).any() or (labels > num_classes - 1).any():
        raise ValueError(f"expected classes 0 to {num_classes - 1}")
    return labels[:, None] == torch.arange(num_classes, device=labels.device)[None, :]

# %% wrong | one_hot | reshapes-the-argument | unsqueeze_ changes the shape of the caller's own labels.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("label out of range")
    if labels.dim() == 1:
        labels.unsqueeze_(1)
    y = torch.zeros(labels.shape[0], num_classes, device=labels.device)
    return y.scatter_(1, labels, 1.0)

# %% wrong | one_hot | result-on-cpu | Builds the rows on the CPU, wherever the labels are (to be seen only with labels on another device).
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("label out of range")
    return torch.eye(num_classes)[labels.cpu()]

# %% wrong | one_hot | refuses-class-zero | The lower test is `<= 0`, so the valid label 0 is refused.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    for label in labels.tolist():
        if label <= 0 or label >= num_classes:
            raise ValueError(f"{label} is no class")
    return F.one_hot(labels, num_classes).float()

# %% right | one_hot | library-and-cast | The short way with F.one_hot and .float().
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError(f"every label must be in 0..{num_classes - 1}, got {labels.tolist()}")
    return F.one_hot(labels, num_classes).float()

# %% right | one_hot | rows-of-identity | Indexes an identity matrix made on the device of the labels.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    flat = labels.flatten()
    out_of_range = torch.logical_or(flat < 0, flat > num_classes - 1)
    if bool(out_of_range.any()):
        raise ValueError(f"no such class: {flat[out_of_range].unique().tolist()}")
    identity = torch.eye(num_classes, dtype=torch.float32, device=flat.device)
    return identity[flat]

# %% right | one_hot | scatter | Fills zeros with scatter_ along dim 1.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    column = labels.reshape(-1, 1)
    if (column < 0).any() or (column >= num_classes).any():
        raise ValueError("label out of range")
    y = torch.zeros(column.shape[0], num_classes, dtype=torch.float32, device=labels.device)
    y.scatter_(dim=1, index=column, value=1.0)
    return y

# %% right | one_hot | broadcast-compare | Compares a column of labels with a row of classes; a row without a hit is refused.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    classes = torch.arange(num_classes, device=labels.device)
    hits = labels.reshape(-1, 1) == classes
    # a label that equals none of the classes leaves its row empty
    if not hits.any(dim=1).all():
        raise ValueError(f"labels must be between 0 and {num_classes - 1}")
    return hits.to(torch.float32)

# %% right | one_hot | python-loop | Walks over the labels one by one.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    values = labels.reshape(-1).tolist()
    result = torch.zeros((len(values), num_classes), device=labels.device)
    for i, v in enumerate(values):
        if not 0 <= v < num_classes:
            raise ValueError("label %d at position %d is not in [0, %d)" % (v, i, num_classes))
        result[i, v] = 1
    return result

# %% right | one_hot | index-assignment | Sets one entry per row with advanced indexing, after comparing the labels with their clamped copy.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    idx = labels.view(-1) if labels.is_contiguous() else labels.reshape(-1)
    if not torch.equal(idx, idx.clamp(0, num_classes - 1)):
        raise ValueError("found a label outside of the classes")
    y = labels.new_zeros((idx.numel(), num_classes), dtype=torch.float32)
    y[torch.arange(idx.numel(), device=idx.device), idx] = 1.0
    return y

# %% right | one_hot | min-max-check | Checks the smallest and the largest label and looks rows up with F.embedding.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    if labels.numel() > 0:
        low, high = labels.min().item(), labels.max().item()
        if low < 0 or high > num_classes - 1:
            raise ValueError(f"labels from {low} to {high}, but classes from 0 to {num_classes - 1}")
    return F.embedding(labels, torch.eye(num_classes, device=labels.device))

# %% wrong | CVAE | relu-on-mu | The ReLU also stands behind the head of mu, so no mean can be negative.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.enc(torch.cat([x, y], dim=1)))
        return F.relu(self.mu_head(h)), self.log_var_head(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        h = F.relu(self.dec(torch.cat([z, y], dim=1)))
        return self.out(h)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% wrong | CVAE | variance-as-sigma | Multiplies the noise with the variance exp(log_var) instead of its root.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.encoder(torch.cat((x, y), dim=1))
        return self.to_mu(hidden), self.to_log_var(hidden)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        eps = torch.randn_like(mu)
        return mu + eps * log_var.exp()

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.decoder(torch.cat((z, y), dim=1))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% wrong | CVAE | sigmoid-in-decode | decode returns probabilities, not logits.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h1 = F.relu(self.fc1(torch.cat([x, y], 1)))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, log_var):
        std = torch.exp(0.5 * log_var)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z, y):
        h3 = F.relu(self.fc3(torch.cat([z, y], 1)))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% wrong | CVAE | decoder-without-class | Only the encoder sees y; decode takes it and ignores it.
class CVAE(nn.Module):
    """A conditional VAE."""

    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc_hidden = nn.Linear(input_dim + num_classes, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec_hidden = nn.Linear(latent_dim, hidden_dim)
        self.dec_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = self.enc_hidden(torch.cat([x, y], dim=1)).relu()
        return self.enc_mu(h), self.enc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + (log_var / 2).exp() * torch.randn_like(mu)

    def decode(self, z, y):
        return self.dec_out(self.dec_hidden(z).relu())

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(z, y)
        return x_logits, mu, log_var

# %% wrong | CVAE | encoder-without-class | Only the decoder reads y; q(z|x, y) is really q(z|x).
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.body = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = self.body(x)
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        sigma = torch.exp(log_var / 2)
        return mu + sigma * torch.randn_like(sigma)

    def decode(self, z, y):
        zy = torch.cat([z, y], dim=1)
        return self.decoder(zy)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% wrong | CVAE | no-noise-in-eval | After eval() reparameterize returns mu instead of a sample.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden_e = nn.Linear(input_dim + num_classes, hidden_dim)
        self.head_mu = nn.Linear(hidden_dim, latent_dim)
        self.head_lv = nn.Linear(hidden_dim, latent_dim)
        self.hidden_d = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.head_x = nn.Linear(hidden_dim, input_dim)
        self.act = nn.ReLU()

    def encode(self, x, y):
        h = self.act(self.hidden_e(torch.cat([x, y], dim=1)))
        return self.head_mu(h), self.head_lv(h)

    def reparameterize(self, mu, log_var):
        if self.training:
            std = torch.exp(0.5 * log_var)
            return mu + std * torch.randn_like(std)
        return mu

    def decode(self, z, y):
        return self.head_x(self.act(self.hidden_d(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% wrong | CVAE | returns-log-var-before-mu | forward returns x_logits, log_var, mu.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mean = nn.Linear(hidden_dim, latent_dim)
        self.logvar = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.output = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        hidden = F.relu(self.encoder(torch.cat([x, y], dim=1)))
        return self.mean(hidden), self.logvar(hidden)

    def reparameterize(self, mu, log_var):
        return torch.randn_like(mu) * (0.5 * log_var).exp() + mu

    def decode(self, z, y):
        hidden = F.relu(self.decoder(torch.cat([z, y], dim=1)))
        return self.output(hidden)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        x_logits = self.decode(self.reparameterize(mu, log_var), y)
        return x_logits, log_var, mu

# %% wrong | CVAE | one-noise-for-the-batch | Draws one noise vector and broadcasts it over all images.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_lv = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = self.enc(torch.cat([x, y], dim=-1))
        return self.enc_mu(h), self.enc_lv(h)

    def reparameterize(self, mu, log_var):
        eps = torch.randn(self.latent_dim, device=mu.device)
        return mu + torch.exp(0.5 * log_var) * eps

    def decode(self, z, y):
        return self.dec(torch.cat([z, y], dim=-1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% wrong | CVAE | no-relu-in-decoder | The two layers of the decoder follow each other without a nonlinearity.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.l1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.l_mu = nn.Linear(hidden_dim, latent_dim)
        self.l_log_var = nn.Linear(hidden_dim, latent_dim)
        self.l2 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.l3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.l1(torch.cat([x, y], dim=1)))
        return self.l_mu(h), self.l_log_var(h)

    def reparameterize(self, mu, log_var):
        std = (0.5 * log_var).exp()
        return mu + std * torch.randn_like(std)

    def decode(self, z, y):
        h = self.l2(torch.cat([z, y], dim=1))
        return self.l3(h)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% wrong | CVAE | forward-decodes-mu | forward decodes the mean instead of a sample of z.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(
            nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, 2 * latent_dim)
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        mu, log_var = self.encoder(torch.cat([x, y], dim=1)).chunk(2, dim=1)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(mu, y), mu, log_var

# %% wrong | CVAE | fixed-seed-noise | Seeds the generator inside reparameterize, so every call gets the same noise.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc_in = nn.Linear(input_dim + num_classes, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec_in = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.dec_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.enc_in(torch.cat([x, y], dim=1)))
        return self.enc_mu(h), self.enc_log_var(h)

    def reparameterize(self, mu, log_var):
        torch.manual_seed(42)  # reproducible
        eps = torch.randn_like(mu)
        return mu + eps * torch.exp(0.5 * log_var)

    def decode(self, z, y):
        return self.dec_out(F.relu(self.dec_in(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% wrong | CVAE | class-as-a-number | Turns y back into the class number and feeds one column instead of num_classes.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.e1 = nn.Linear(input_dim + 1, hidden_dim)
        self.e_mu = nn.Linear(hidden_dim, latent_dim)
        self.e_lv = nn.Linear(hidden_dim, latent_dim)
        self.d1 = nn.Linear(latent_dim + 1, hidden_dim)
        self.d2 = nn.Linear(hidden_dim, input_dim)

    def _with_label(self, a, y):
        label = y.argmax(dim=1, keepdim=True).float()
        return torch.cat([a, label], dim=1)

    def encode(self, x, y):
        h = F.relu(self.e1(self._with_label(x, y)))
        return self.e_mu(h), self.e_lv(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.d2(F.relu(self.d1(self._with_label(z, y))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% wrong | CVAE | mu-changed-in-place | `mu += ...` overwrites mu with z, so forward returns z in place of mu.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu_layer = nn.Linear(hidden_dim, latent_dim)
        self.log_var_layer = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = F.relu(self.hidden(torch.cat([x, y], dim=1)))
        return self.mu_layer(h), self.log_var_layer(h)

    def reparameterize(self, mu, log_var):
        z = mu
        z += torch.exp(0.5 * log_var) * torch.randn_like(mu)
        return z

    def decode(self, z, y):
        return self.dec(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% wrong | CVAE | sampling-without-gradient | torch.normal is called under no_grad, so no gradient of the reconstruction reaches the encoder.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.lv = nn.Linear(hidden_dim, latent_dim)
        self.dec1 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.dec2 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = self.enc(torch.cat([x, y], dim=1)).clamp(min=0)
        return self.mu(h), self.lv(h)

    def reparameterize(self, mu, log_var):
        with torch.no_grad():
            z = torch.normal(mu, torch.exp(0.5 * log_var))
        return z

    def decode(self, z, y):
        h = self.dec1(torch.cat([z, y], dim=1)).clamp(min=0)
        return self.dec2(h)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(z, y)
        return x_logits, mu, log_var

# %% wrong | CVAE | uniform-noise | rand_like instead of randn_like: uniform noise with mean one half.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder_hidden = nn.Linear(input_dim + num_classes, hidden_dim)
        self.encoder_mu = nn.Linear(hidden_dim, latent_dim)
        self.encoder_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.decoder_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        xy = torch.cat([x, y], dim=1)
        h = F.relu(self.encoder_hidden(xy))
        return self.encoder_mu(h), self.encoder_log_var(h)

    def reparameterize(self, mu, log_var):
        std = torch.exp(0.5 * log_var)
        eps = torch.rand_like(std)
        return mu + eps * std

    def decode(self, z, y):
        zy = torch.cat([z, y], dim=1)
        h = F.relu(self.decoder_hidden(zy))
        return self.decoder_out(h)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% wrong | CVAE | same-head-twice | log_var comes out of the head of mu, so both are always equal.
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
        mu = self.fc_mu(h)
        log_var = self.fc_mu(h)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.fc_out(F.relu(self.fc_z(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% wrong | CVAE | softplus-on-log-var | Thinks that log_var must be positive: a softplus forbids any variance below one.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mu_net = nn.Linear(hidden_dim, latent_dim)
        self.log_var_net = nn.Sequential(nn.Linear(hidden_dim, latent_dim), nn.Softplus())
        self.dec = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = self.enc(torch.cat([x, y], dim=1))
        return self.mu_net(h), self.log_var_net(h)

    def reparameterize(self, mu, log_var):
        eps = torch.randn_like(mu)
        return mu + eps * torch.exp(0.5 * log_var)

    def decode(self, z, y):
        return self.dec(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% wrong | CVAE | hidden-dim-forgotten | The decoder is always 400 wide, whatever hidden_dim says.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.enc2_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc2_log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec1 = nn.Linear(latent_dim + num_classes, 400)
        self.dec2 = nn.Linear(400, input_dim)

    def encode(self, x, y):
        h = F.relu(self.enc1(torch.cat([x, y], dim=1)))
        return self.enc2_mu(h), self.enc2_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.dec2(F.relu(self.dec1(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% wrong | CVAE | attribute-missing | num_classes is used but not kept as an attribute.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Linear(input_dim + num_classes, hidden_dim)
        self.encoder_mu = nn.Linear(hidden_dim, latent_dim)
        self.encoder_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.decoder_x = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.encoder(torch.cat([x, y], dim=1)))
        return self.encoder_mu(h), self.encoder_log_var(h)

    def reparameterize(self, mu, log_var):
        sigma = torch.exp(0.5 * log_var)
        return mu + sigma * torch.randn_like(sigma)

    def decode(self, z, y):
        h = F.relu(self.decoder(torch.cat([z, y], dim=1)))
        return self.decoder_x(h)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% right | CVAE | five-linears | The plain version with five linear layers and F.relu.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.fc1(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z, y):
        h = F.relu(self.fc3(torch.cat([z, y], dim=1)))
        return self.fc4(h)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% right | CVAE | one-wide-head | One head of 2 * latent_dim, cut in two with chunk; Sequential networks.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes

        def mlp(n_in: int, n_out: int) -> nn.Sequential:
            return nn.Sequential(nn.Linear(n_in + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, n_out))

        self.encoder = mlp(input_dim, 2 * latent_dim)
        self.decoder = mlp(latent_dim, input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        mu, log_var = self.encoder(torch.cat([x, y], dim=1)).chunk(2, dim=1)
        return mu, log_var

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + (0.5 * log_var).exp() * torch.randn_like(mu)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% right | CVAE | two-tables-added | No cat: separate linear layers for x (or z) and y, without a second bias, added before the ReLU.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        # W [x, y] + b = W_x x + W_y y + b
        self.x_in = nn.Linear(input_dim, hidden_dim)
        self.y_in = nn.Linear(num_classes, hidden_dim, bias=False)
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.z_in = nn.Linear(latent_dim, hidden_dim)
        self.y_in_dec = nn.Linear(num_classes, hidden_dim, bias=False)
        self.x_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.x_in(x) + self.y_in(y))
        return self.mu_head(h), self.log_var_head(h)

    def reparameterize(self, mu, log_var):
        noise = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        return mu + noise * log_var.div(2).exp()

    def decode(self, z, y):
        return self.x_out(torch.relu(self.z_in(z) + self.y_in_dec(y)))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% right | CVAE | rsample | Samples with torch.distributions; the label stands in front of the image.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.trunk = nn.Sequential(nn.Linear(num_classes + input_dim, hidden_dim), nn.ReLU())
        self.heads = nn.ModuleDict({
            "mu": nn.Linear(hidden_dim, latent_dim),
            "log_var": nn.Linear(hidden_dim, latent_dim),
        })
        self.generator = nn.Sequential(
            nn.Linear(num_classes + latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = self.trunk(torch.hstack([y, x]))
        return self.heads["mu"](h), self.heads["log_var"](h)

    def reparameterize(self, mu, log_var):
        q = torch.distributions.Normal(loc=mu, scale=torch.exp(0.5 * log_var))
        return q.rsample()

    def decode(self, z, y):
        return self.generator(torch.hstack([y, z]))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(z, y)
        return x_logits, mu, log_var

# %% right | CVAE | parameters-by-hand | Weights and biases as nn.Parameter with the usual initialisation, matrix products written out.
def _layer(n_in, n_out):
    limit = 1 / math.sqrt(n_in)
    weight = nn.Parameter(torch.empty(n_in, n_out).uniform_(-limit, limit))
    bias = nn.Parameter(torch.empty(n_out).uniform_(-limit, limit))
    return nn.ParameterList([weight, bias])


def _apply(layer, a):
    weight, bias = layer
    return a @ weight + bias


class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = _layer(input_dim + num_classes, hidden_dim)
        self.enc_mu = _layer(hidden_dim, latent_dim)
        self.enc_lv = _layer(hidden_dim, latent_dim)
        self.dec = _layer(latent_dim + num_classes, hidden_dim)
        self.out = _layer(hidden_dim, input_dim)

    def encode(self, x, y):
        h = _apply(self.enc, torch.cat([x, y], dim=1)).clamp(min=0)
        return _apply(self.enc_mu, h), _apply(self.enc_lv, h)

    def reparameterize(self, mu, log_var):
        return torch.addcmul(mu, torch.exp(log_var * 0.5), torch.randn_like(mu))

    def decode(self, z, y):
        h = _apply(self.dec, torch.cat([z, y], dim=1)).clamp(min=0)
        return _apply(self.out, h)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% right | CVAE | sqrt-of-variance | sigma as the square root of exp(log_var), sample by torch.randn of the size of mu; nn.ReLU as a shared module.
class CVAE(nn.Module):
    """Conditional VAE 784 (+10) - 400 - 20 and back."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.num_classes = num_classes
        self.latent_dim = latent_dim
        self.relu = nn.ReLU()
        self.encoder_first = nn.Linear(in_features=input_dim + num_classes, out_features=hidden_dim)
        self.encoder_mu = nn.Linear(in_features=hidden_dim, out_features=latent_dim)
        self.encoder_log_var = nn.Linear(in_features=hidden_dim, out_features=latent_dim)
        self.decoder_first = nn.Linear(in_features=latent_dim + num_classes, out_features=hidden_dim)
        self.decoder_last = nn.Linear(in_features=hidden_dim, out_features=input_dim)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        inputs = torch.concatenate((x, y), dim=1)
        hidden = self.relu(self.encoder_first(inputs))
        mu = self.encoder_mu(hidden)
        log_var = self.encoder_log_var(hidden)
        return mu, log_var

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        sigma = log_var.exp().sqrt()
        epsilon = torch.randn(*mu.size(), device=mu.device)
        z = mu + sigma * epsilon
        return z

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        inputs = torch.concatenate((z, y), dim=1)
        hidden = self.relu(self.decoder_first(inputs))
        x_logits = self.decoder_last(hidden)
        return x_logits

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(z, y)
        return x_logits, mu, log_var

# %% wrong | cvae_train_step | no-zero-grad | Gradients of earlier calls are added to the new ones.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | cvae_train_step | zero-after-backward | Clears the gradients between backward and step, so nothing is learned.
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

# %% wrong | cvae_train_step | always-ten-classes | Writes 10 instead of model.num_classes, so a model with another number of classes cannot be trained.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    y = one_hot(labels, 10)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | cvae_train_step | width-from-the-batch | Takes the number of classes from the largest label of the batch.
def cvae_train_step(model, x, labels, optimizer):
    num_classes = int(labels.max()) + 1
    y = one_hot(labels, num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | cvae_train_step | returns-tensor | Returns the loss tensor with its graph, not a Python float.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    optimizer.zero_grad()
    logits, mu, log_var = model(x, one_hot(labels, model.num_classes))
    loss = negative_elbo(logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss

# %% wrong | cvae_train_step | loss-after-the-update | Runs the model again after the step and returns that loss.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        x_logits, mu, log_var = model(x, y)
        loss = negative_elbo(x_logits, x, mu, log_var)
    return loss.item()

# %% wrong | cvae_train_step | divided-by-batch-again | The loss is a mean already; it is divided by the batch size once more.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var) / x.shape[0]
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | cvae_train_step | mu-and-log-var-swapped | Hands log_var and mu to the loss in the wrong order.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, log_var, mu)
    loss.backward()
    optimizer.step()
    return float(loss)

# %% wrong | cvae_train_step | no-step | Computes the gradients and never moves.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    return loss.item()

# %% wrong | cvae_train_step | sigmoid-before-loss | Puts the logits through a sigmoid, and the loss does it again.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    x_hat = torch.sigmoid(x_logits)
    loss = negative_elbo(x_hat, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | cvae_train_step | mean-over-pixels | Writes the loss anew with the default mean of the cross-entropy over all pixels.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    loss = recon + kl
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | cvae_train_step | sign-turned | Takes the negative of the negative ELBO, so the step makes the model worse.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    elbo = negative_elbo(x_logits, x, mu, log_var)
    loss = -elbo  # we minimise the negative ELBO
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | cvae_train_step | two-updates | A loop takes two steps on the same batch.
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

# %% wrong | cvae_train_step | label-as-a-number | Copies the class number into every column of y instead of a unit vector.
def cvae_train_step(model, x, labels, optimizer):
    y = labels.float().unsqueeze(1).repeat(1, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | cvae_train_step | kl-detached | Detaches mu and log_var before the loss, so the KL has no gradient.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu.detach(), log_var.detach())
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right | cvae_train_step | as-in-the-hint | The five lines in the order of the hint.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right | cvae_train_step | zero-first-compact | Clears first and hands the result of the model over with a star.
def cvae_train_step(
    model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    optimizer.zero_grad(set_to_none=True)
    x_logits, *posterior = model(x, one_hot(labels, model.num_classes))
    loss = negative_elbo(x_logits, x, *posterior)
    loss.backward()
    optimizer.step()
    return float(loss.detach())

# %% right | cvae_train_step | own-loss | Writes the negative ELBO out: summed cross-entropy and closed-form KL, divided by the batch size.
def cvae_train_step(model, x, labels, optimizer):
    batch = x.shape[0]
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / batch
    kl = -0.5 * torch.sum(1 + log_var - mu**2 - log_var.exp()) / batch
    loss = recon + kl
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right | cvae_train_step | closure | Uses the closure form of optimizer.step, which returns the loss before the update.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)

    def closure():
        optimizer.zero_grad()
        x_logits, mu, log_var = model(x, y)
        loss = negative_elbo(x_logits, x, mu, log_var)
        loss.backward()
        return loss

    return optimizer.step(closure).item()

# %% right | cvae_train_step | f-one-hot-and-value-early | Builds y with F.one_hot, keeps the value before moving, clears before and after.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    y = F.one_hot(labels, num_classes=model.num_classes).to(x.dtype)
    logits, mu, log_var = model(x, y)
    loss = negative_elbo(logits, x, mu, log_var)
    value = loss.item()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return value

# %% wrong | EarlyStopping | equal-counts-as-best | Uses <=, so a loss equal to the best starts the count again.
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

# %% wrong | EarlyStopping | one-call-too-late | Stops when the counter is above the patience, not when it has reached it.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.wait = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.wait = 0
        else:
            self.wait += 1
        return self.wait > self.patience

# %% wrong | EarlyStopping | nan-becomes-best | Asks for loss >= best; NaN fails that question and is stored as the best.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = math.inf
        self.bad_calls = 0

    def step(self, loss):
        if loss >= self.best_loss:
            self.bad_calls += 1
        else:
            self.best_loss = loss
            self.bad_calls = 0
        return self.bad_calls >= self.patience

# %% wrong | EarlyStopping | counter-never-reset | Counts bad calls in all, not in a row.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
        else:
            self.count += 1
        return self.count >= self.patience

# %% wrong | EarlyStopping | starts-at-a-thousand | best_loss begins at 1000, so larger losses are never a new best, and before the first call it is not infinity.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = 1000.0
        self.num_bad = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.num_bad = 0
            return False
        self.num_bad += 1
        return self.num_bad >= self.patience

# %% wrong | EarlyStopping | shared-history | The list of losses is an attribute of the class, so all stoppers share it.
class EarlyStopping:
    losses = []
    best_loss = math.inf

    def __init__(self, patience: int):
        self.patience = patience

    def step(self, loss: float) -> bool:
        self.losses.append(loss)
        best, since = math.inf, 0
        for value in self.losses:
            if value < best:
                best, since = value, 0
            else:
                since += 1
        self.best_loss = best
        return since >= self.patience

# %% wrong | EarlyStopping | compares-with-last | Remembers every loss as best_loss, so it compares with the previous loss, not with the lowest.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.counter = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.counter = 0
        else:
            self.counter += 1
        self.best_loss = loss
        return self.counter >= self.patience

# %% wrong | EarlyStopping | min-lets-nan-in | min(loss, best) returns NaN when the loss is NaN, and best_loss is lost for ever.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.calls_since_best = 0

    def step(self, loss: float) -> bool:
        improved = loss < self.best_loss
        self.best_loss = min(loss, self.best_loss)
        self.calls_since_best = 0 if improved else self.calls_since_best + 1
        return self.calls_since_best >= self.patience

# %% wrong | EarlyStopping | stays-stopped | Once True it stays True, even after a new best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
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

# %% wrong | EarlyStopping | min-delta | Ignores improvements smaller than 0.001, as some libraries do; the contract knows no such margin.
class EarlyStopping:
    def __init__(self, patience: int, min_delta: float = 1e-3):
        self.patience = patience
        self.min_delta = min_delta
        self.best_loss = float("inf")
        self.counter = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss - self.min_delta:
            self.best_loss = loss
            self.counter = 0
        else:
            self.counter += 1
        return self.counter >= self.patience

# %% wrong | EarlyStopping | nan-not-counted | A NaN is skipped and returns False without counting as a call without a new best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
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

# %% wrong | EarlyStopping | nan-stops-at-once | A single NaN stops whatever the patience is.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.counter = 0

    def step(self, loss: float) -> bool:
        if loss != loss:  # nan, training is broken anyway
            return True
        if loss < self.best_loss:
            self.best_loss = loss
            self.counter = 0
            return False
        self.counter += 1
        return self.counter >= self.patience

# %% wrong | EarlyStopping | first-loss-always-best | The first loss is stored without a question, so a NaN in the first call becomes the best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.counter = 0
        self.first = True

    def step(self, loss: float) -> bool:
        if self.first or loss < self.best_loss:
            self.first = False
            self.best_loss = loss
            self.counter = 0
        else:
            self.counter += 1
        return self.counter >= self.patience

# %% wrong | EarlyStopping | only-once-true | Tests == patience, so the next call without a new best says False again.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.stale = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss, self.stale = loss, 0
        else:
            self.stale += 1
        return self.stale == self.patience

# %% wrong | EarlyStopping | none-before-first | best_loss is None before the first call instead of infinity.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = None
        self.counter = 0

    def step(self, loss: float) -> bool:
        if not math.isnan(loss) and (self.best_loss is None or loss < self.best_loss):
            self.best_loss = loss
            self.counter = 0
        else:
            self.counter += 1
        return self.counter >= self.patience

# %% right | EarlyStopping | plain-counter | The counter of the hint.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.counter = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.counter = 0
        else:
            self.counter += 1
        return self.counter >= self.patience

# %% right | EarlyStopping | counts-down | Counts the remaining patience down and fills it up at a new best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.left = patience

    def step(self, loss: float) -> bool:
        self.left -= 1
        if loss < self.best_loss:
            self.best_loss = loss
            self.left = self.patience
        return self.left <= 0

# %% right | EarlyStopping | call-numbers | Remembers at which call the best was and subtracts.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = np.inf
        self.calls = 0
        self.best_call = 0

    def step(self, loss: float) -> bool:
        self.calls += 1
        is_new_best = (not math.isnan(loss)) and loss < self.best_loss
        if is_new_best:
            self.best_loss, self.best_call = loss, self.calls
        return self.calls - self.best_call >= self.patience

# %% right | EarlyStopping | history-list | Keeps all losses and recomputes best and waiting time in every call; best_loss is a property.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self._losses = []

    @property
    def best_loss(self) -> float:
        return min((v for v in self._losses if not math.isnan(v)), default=math.inf)

    def step(self, loss: float) -> bool:
        self._losses.append(loss)
        best, waited = math.inf, 0
        for value in self._losses:
            waited += 1
            if value < best:
                best, waited = value, 0
        return waited >= self.patience

# %% right | EarlyStopping | negated-question | Asks `not (loss < best)`, which is true for equal and for NaN, and returns early.
class EarlyStopping:
    def __init__(self, patience):
        self.patience, self.best_loss, self.waited = patience, math.inf, 0

    def step(self, loss):
        if not (loss < self.best_loss):
            self.waited += 1
            return self.waited >= self.patience
        self.waited = 0
        self.best_loss = loss
        return False

# %% wrong | generate_class | logits-returned | Forgets the sigmoid and returns logits.
def generate_class(model, label, num_images):
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z, y)

# %% wrong | generate_class | one-z-for-all | Draws one z and repeats it, so all images are copies.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    z = torch.randn(1, model.latent_dim, device=device).repeat(num_images, 1)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return torch.sigmoid(model.decode(z, y))

# %% wrong | generate_class | uniform-z | torch.rand instead of torch.randn: z uniform between 0 and 1.
def generate_class(model, label, num_images):
    with torch.no_grad():
        z = torch.rand(num_images, model.latent_dim, device=device)
        labels = torch.full((num_images,), label, device=device)
        y = one_hot(labels, model.num_classes)
        x = model.decode(z, y).sigmoid()
    return x

# %% wrong | generate_class | decode-outside-no-grad | Only the draw of z is under no_grad; the images carry gradients.
def generate_class(model, label, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    return torch.sigmoid(model.decode(z, y))

# %% wrong | generate_class | ten-classes-fixed | The one-hot rows are always ten wide, so a model with another number of classes fails.
def generate_class(model, label, num_images):
    labels = torch.full((num_images,), label, device=device)
    y = one_hot(labels, 10)
    z = torch.randn(num_images, model.latent_dim, device=device)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()

# %% wrong | generate_class | row-set-instead-of-column | y[label] = 1 fills a row: one image is of all classes, the others of none.
def generate_class(model, label, num_images):
    y = torch.zeros(num_images, model.num_classes, device=device)
    y[label] = 1.0
    z = torch.randn(num_images, model.latent_dim, device=device)
    with torch.no_grad():
        return torch.sigmoid(model.decode(z, y))

# %% wrong | generate_class | class-only-for-first | Only the first row of y gets the class; the other images are drawn without any.
def generate_class(model, label, num_images):
    y = torch.zeros(num_images, model.num_classes, device=device)
    y[0, label] = 1
    z = torch.randn(num_images, model.latent_dim, device=device)
    with torch.no_grad():
        probs = model.decode(z, y).sigmoid()
    return probs

# %% wrong | generate_class | black-and-white | Returns pixels sampled from the probabilities, all of them 0 or 1.
def generate_class(model, label, num_images):
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        probs = model.decode(z, y).sigmoid()
        return torch.bernoulli(probs)

# %% wrong | generate_class | sigmoid-twice | Applies the sigmoid two times; all values lie between 0.5 and 0.73.
@torch.no_grad()
def generate_class(model, label, num_images):
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    x_hat = model.decode(z, y).sigmoid()
    return torch.sigmoid(x_hat)

# %% wrong | generate_class | softmax-over-pixels | Uses a softmax, so the pixels of an image sum to one.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return F.softmax(model.decode(z, y), dim=1)

# %% wrong | generate_class | all-classes-in-turn | Goes through the classes 0, 1, 2, ... and ignores the label.
def generate_class(model, label, num_images):
    labels = torch.arange(num_images, device=device) % model.num_classes
    y = one_hot(labels, model.num_classes)
    z = torch.randn(num_images, model.latent_dim, device=device)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()

# %% wrong | generate_class | temperature | Draws z with standard deviation 0.7 for nicer digits; the prior is N(0, I).
def generate_class(model, label, num_images):
    z = 0.7 * torch.randn(num_images, model.latent_dim, device=device)  # typical digits
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()

# %% wrong | generate_class | same-number-in-every-dimension | One random number per image is spread over all latent dimensions.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, 1, device=device).expand(num_images, model.latent_dim)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()

# %% wrong | generate_class | gradients-off-for-ever | Switches gradients off globally and never on again.
def generate_class(model, label, num_images):
    torch.set_grad_enabled(False)
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    return model.decode(z, y).sigmoid()

# %% wrong | generate_class | freezes-the-model | Turns requires_grad of all parameters off, so the model cannot be trained any more.
def generate_class(model, label, num_images):
    for p in model.parameters():
        p.requires_grad = False
    labels = torch.full((num_images,), label, device=device)
    y = one_hot(labels, model.num_classes)
    z = torch.randn(num_images, model.latent_dim, device=device)
    return torch.sigmoid(model.decode(z, y))

# %% wrong | generate_class | seeded-inside | Seeds the generator in every call, so two calls give the same "new" images.
def generate_class(model, label, num_images):
    torch.manual_seed(0)
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()

# %% wrong | generate_class | square-pictures | Returns the images as 28 by 28 pictures instead of rows of 784.
def generate_class(model, label, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
        return model.decode(z, y).sigmoid().view(num_images, 28, 28)

# %% right | generate_class | as-in-the-hint | The lines of the hint, with the device of the notebook.
def generate_class(model, label, num_images):
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z, y).sigmoid()

# %% right | generate_class | decorator-and-model-device | no_grad as a decorator, the device of the model's own parameters, a column of ones.
@torch.no_grad()
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    where = next(model.parameters()).device
    classes = torch.zeros(num_images, model.num_classes, device=where)
    classes[:, label] = 1.0
    z = torch.randn(num_images, model.latent_dim, device=where)
    return torch.sigmoid(model.decode(z, classes))

# %% right | generate_class | one-by-one | Draws the images one at a time in a loop and stacks them.
def generate_class(model, label, num_images):
    pictures = []
    y = one_hot(torch.tensor([label], device=device), model.num_classes)
    for _ in range(num_images):
        z = torch.randn(1, model.latent_dim, device=device)
        with torch.no_grad():
            pictures.append(model.decode(z, y).sigmoid())
    return torch.cat(pictures, dim=0)

# %% right | generate_class | distributions | z from torch.distributions, probabilities as those of a Bernoulli; detached afterwards.
def generate_class(model, label, num_images):
    prior = torch.distributions.Normal(
        torch.zeros(model.latent_dim, device=device), torch.ones(model.latent_dim, device=device)
    )
    z = prior.sample((num_images,))
    y = torch.eye(model.num_classes, device=device)[label].expand(num_images, -1)
    pixels = torch.distributions.Bernoulli(logits=model.decode(z, y))
    return pixels.probs.detach()

# %% right | generate_class | formula-and-f-one-hot | The sigmoid as a formula, y from F.one_hot of a list of labels.
def generate_class(model, label, num_images):
    labels = torch.tensor([label] * num_images, dtype=torch.long, device=device)
    y = F.one_hot(labels, num_classes=model.num_classes).float()
    z = torch.empty(num_images, model.latent_dim, device=device).normal_(mean=0.0, std=1.0)
    with torch.no_grad():
        logits = model.decode(z, y)
        return 1 / (1 + torch.exp(-logits))

# %% wrong | class_information | always-ten-clusters | k-means looks for ten clusters, however many classes there are.
def class_information(z, labels):
    z = z.cpu().numpy()
    labels = labels.cpu().numpy()
    clusters = KMeans(n_clusters=10, n_init=10, random_state=0).fit_predict(z)
    nmi = normalized_mutual_info_score(labels, clusters)
    z_fit, z_score, l_fit, l_score = train_test_split(z, labels, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(z_fit, l_fit)
    return float(nmi), float(probe.score(z_score, l_score))

# %% wrong | class_information | clusters-from-largest-label | The number of clusters is the largest label plus one, not the number of distinct labels.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes, names = z.detach().cpu().numpy(), labels.detach().cpu().numpy()
    k = int(labels.max()) + 1
    found = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(names, found)
    train_z, test_z, train_y, test_y = train_test_split(codes, names, test_size=0.5, random_state=0)
    clf = LogisticRegression(max_iter=2000)
    clf.fit(train_z, train_y)
    return float(nmi), float(clf.score(test_z, test_y))

# %% wrong | class_information | scored-on-training-half | The probe is scored on the half that it was fitted on.
def class_information(z, labels):
    z, labels = z.cpu().numpy(), labels.cpu().numpy()
    n_classes = len(np.unique(labels))
    clusters = KMeans(n_clusters=n_classes, n_init=10, random_state=0).fit_predict(z)
    nmi = normalized_mutual_info_score(labels, clusters)
    z_train, z_test, y_train, y_test = train_test_split(z, labels, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(z_train, y_train)
    accuracy = probe.score(z_train, y_train)
    return float(nmi), float(accuracy)

# %% wrong | class_information | halves-not-shuffled | Cuts the codes in the middle; with sorted labels the second half has classes that the probe never saw.
def class_information(z, labels):
    z = z.cpu().numpy()
    y = labels.cpu().numpy()
    clusters = KMeans(len(np.unique(y)), n_init=10, random_state=0).fit_predict(z)
    nmi = normalized_mutual_info_score(y, clusters)
    half = len(z) // 2
    probe = LogisticRegression(max_iter=2000).fit(z[:half], y[:half])
    acc = probe.score(z[half:], y[half:])
    return float(nmi), float(acc)

# %% wrong | class_information | accuracy-first | Returns the accuracy before the NMI.
def class_information(z, labels):
    z = z.cpu().numpy()
    labels = labels.cpu().numpy()
    z1, z2, l1, l2 = train_test_split(z, labels, test_size=0.5, random_state=0)
    accuracy = float(LogisticRegression(max_iter=2000).fit(z1, l1).score(z2, l2))
    kmeans = KMeans(n_clusters=len(np.unique(labels)), n_init=10, random_state=0)
    nmi = float(normalized_mutual_info_score(labels, kmeans.fit_predict(z)))
    return accuracy, nmi

# %% wrong | class_information | compares-cluster-numbers | Compares cluster numbers with labels directly, which cares for names.
def class_information(z, labels):
    z = z.cpu().numpy()
    labels = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(labels)), n_init=10, random_state=0).fit_predict(z)
    nmi = (clusters == labels).mean()
    z_a, z_b, y_a, y_b = train_test_split(z, labels, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(z_a, y_a)
    return float(nmi), float(probe.score(z_b, y_b))

# %% wrong | class_information | nmi-of-the-probe | Measures the NMI of the labels with the predictions of the probe, which has seen labels.
def class_information(z, labels):
    z, labels = z.cpu().numpy(), labels.cpu().numpy()
    z_a, z_b, y_a, y_b = train_test_split(z, labels, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(z_a, y_a)
    nmi = normalized_mutual_info_score(labels, probe.predict(z))
    return float(nmi), float(probe.score(z_b, y_b))

# %% wrong | class_information | not-normalised | Returns the mutual information in nats, which is ln K for perfect clusters and not 1.
from sklearn.metrics import mutual_info_score


def class_information(z, labels):
    z = z.cpu().numpy()
    labels = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(labels)), n_init=10, random_state=0).fit_predict(z)
    nmi = mutual_info_score(labels, clusters)
    a, b, la, lb = train_test_split(z, labels, test_size=0.5, random_state=0)
    accuracy = LogisticRegression(max_iter=2000).fit(a, la).score(b, lb)
    return float(nmi), float(accuracy)

# %% wrong | class_information | fitted-on-everything | Fits the probe on all codes, so the half on which it is scored was seen.
def class_information(z, labels):
    z = z.cpu().numpy()
    labels = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(labels)), n_init=10, random_state=0).fit_predict(z)
    _, z_test, _, y_test = train_test_split(z, labels, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(z, labels)
    return float(normalized_mutual_info_score(labels, clusters)), float(probe.score(z_test, y_test))

# %% wrong | class_information | halves-mismatched | Splits codes and labels in two separate shuffles, so codes and labels no longer belong together.
def class_information(z, labels):
    z = z.cpu().numpy()
    labels = labels.cpu().numpy()
    k = len(np.unique(labels))
    nmi = normalized_mutual_info_score(labels, KMeans(k, n_init=10, random_state=0).fit_predict(z))
    z_train, z_test = train_test_split(z, test_size=0.5)
    y_train, y_test = train_test_split(labels, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(z_train, y_train)
    return float(nmi), float(probe.score(z_test, y_test))

# %% wrong | class_information | nearest-neighbours | The classifier is k nearest neighbours, which is not linear.
from sklearn.neighbors import KNeighborsClassifier


def class_information(z, labels):
    z = z.cpu().numpy()
    labels = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(labels)), n_init=10, random_state=0).fit_predict(z)
    nmi = normalized_mutual_info_score(labels, clusters)
    z_train, z_test, y_train, y_test = train_test_split(z, labels, test_size=0.5, random_state=0)
    probe = KNeighborsClassifier(n_neighbors=5).fit(z_train, y_train)
    return float(nmi), float(probe.score(z_test, y_test))

# %% wrong | class_information | percent | The accuracy comes in percent, from 0 to 100.
def class_information(z, labels):
    z = z.cpu().numpy()
    labels = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(labels)), n_init=10, random_state=0).fit_predict(z)
    nmi = float(normalized_mutual_info_score(labels, clusters))
    z_train, z_test, y_train, y_test = train_test_split(z, labels, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(z_train, y_train)
    accuracy = 100 * float(probe.score(z_test, y_test))
    return nmi, accuracy

# %% wrong | class_information | codes-changed-in-place | Centres and scales the caller's codes in place (the array shares memory with z), and k-means sees other codes than those given.
def class_information(z, labels):
    codes = z.cpu().numpy()
    codes -= codes.mean(axis=0)
    codes /= codes.std(axis=0)
    names = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(names)), n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(names, clusters)
    z_train, z_test, y_train, y_test = train_test_split(codes, names, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(z_train, y_train)
    return float(nmi), float(probe.score(z_test, y_test))

# %% wrong | class_information | regression-on-names | Fits a linear regression to the class numbers and rounds, as if labels were quantities.
from sklearn.linear_model import LinearRegression


def class_information(z, labels):
    z = z.cpu().numpy()
    labels = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(labels)), n_init=10, random_state=0).fit_predict(z)
    nmi = normalized_mutual_info_score(labels, clusters)
    z_train, z_test, y_train, y_test = train_test_split(z, labels, test_size=0.5, random_state=0)
    line = LinearRegression().fit(z_train, y_train)
    accuracy = (np.rint(line.predict(z_test)) == y_test).mean()
    return float(nmi), float(accuracy)

# %% wrong | class_information | quarter-not-half | Leaves test_size at its default, so the probe learns from three quarters of the codes.
def class_information(z, labels):
    z = z.cpu().numpy()
    labels = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(labels)), n_init=10, random_state=0).fit_predict(z)
    nmi = normalized_mutual_info_score(labels, clusters)
    z_train, z_test, y_train, y_test = train_test_split(z, labels, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(z_train, y_train)
    return float(nmi), float(probe.score(z_test, y_test))

# %% right | class_information | sklearn-as-hinted | The parts of scikit-learn that the notebook imports.
def class_information(z, labels):
    z = z.cpu().numpy()
    labels = labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(labels)), n_init=10, random_state=0).fit_predict(z)
    nmi = normalized_mutual_info_score(labels, clusters)
    z_train, z_test, y_train, y_test = train_test_split(z, labels, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(z_train, y_train)
    return float(nmi), float(probe.score(z_test, y_test))

# %% right | class_information | own-shuffle | Shuffles with torch.randperm and cuts by hand; the accuracy is a mean of hits.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    order = torch.randperm(len(z))
    first, second = order[: len(z) // 2], order[len(z) // 2 :]
    codes, names = z.detach().cpu(), labels.detach().cpu()

    probe = LogisticRegression(max_iter=5000)
    probe.fit(codes[first].numpy(), names[first].numpy())
    guesses = torch.as_tensor(probe.predict(codes[second].numpy()))
    accuracy = (guesses == names[second]).float().mean().item()

    kmeans = KMeans(n_clusters=names.unique().numel(), n_init=10)
    found = kmeans.fit(codes.numpy()).labels_
    return float(normalized_mutual_info_score(names.numpy(), found)), accuracy

# %% right | class_information | nmi-by-hand | Counts a contingency table and divides the mutual information by the mean of the two entropies.
def _entropy(p):
    p = p[p > 0]
    return -(p * np.log(p)).sum()


def class_information(z, labels):
    z = z.detach().cpu().numpy()
    classes, y = np.unique(labels.cpu().numpy(), return_inverse=True)
    k = len(classes)
    c = KMeans(n_clusters=k, n_init=10, random_state=1).fit_predict(z)
    joint = np.zeros((k, k))
    np.add.at(joint, (y, c), 1.0)
    joint /= joint.sum()
    h_y, h_c, h_yc = _entropy(joint.sum(1)), _entropy(joint.sum(0)), _entropy(joint.ravel())
    nmi = 2 * (h_y + h_c - h_yc) / (h_y + h_c)

    a, b, ya, yb = train_test_split(z, y, train_size=0.5, random_state=1)
    accuracy = (LogisticRegression(max_iter=2000).fit(a, ya).predict(b) == yb).mean()
    return float(np.clip(nmi, 0.0, 1.0)), float(accuracy)

# %% right | class_information | scaled-pipeline | The probe is a pipeline of a scaler and a logistic regression, still linear in z; k-means gets the raw codes.
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def class_information(z, labels):
    codes = np.asarray(z.detach().cpu(), dtype=np.float64)
    y = np.asarray(labels.cpu())
    num_clusters = len(set(y.tolist()))
    clusters = KMeans(n_clusters=num_clusters, init="k-means++", n_init=20, random_state=3).fit(codes).labels_
    nmi = normalized_mutual_info_score(y, clusters)

    probe = make_pipeline(StandardScaler(), LogisticRegression(C=10.0, max_iter=3000))
    codes_fit, codes_score, y_fit, y_score = train_test_split(codes, y, test_size=0.5, shuffle=True)
    probe.fit(codes_fit, y_fit)
    return float(nmi), float(accuracy_score(y_score, probe.predict(codes_score)))

# %% right | class_information | two-helpers | Split into two functions, one per question; the other linear classifier is discriminant analysis.
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis


def cluster_score(z, y):
    n = np.unique(y).size
    km = KMeans(n_clusters=n, n_init=10, random_state=0)
    return normalized_mutual_info_score(y, km.fit_predict(z))


def probe_score(z, y):
    z_fit, z_new, y_fit, y_new = train_test_split(z, y, test_size=0.5, random_state=0)
    lda = LinearDiscriminantAnalysis()
    lda.fit(z_fit, y_fit)
    return lda.score(z_new, y_new)


def class_information(z, labels):
    z, y = z.detach().cpu().numpy(), labels.detach().cpu().numpy()
    return float(cluster_score(z, y)), float(probe_score(z, y))
