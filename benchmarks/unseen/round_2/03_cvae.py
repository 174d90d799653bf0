# %% wrong | one_hot | integers-left | F.one_hot is returned without the conversion to float32.
def one_hot(labels, num_classes):
    labels = labels.view(-1)
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("label out of range")
    return F.one_hot(labels, num_classes)

# %% wrong | one_hot | classes-guessed | The number of classes is left to F.one_hot to guess from the largest label.
def one_hot(labels, num_classes):
    labels = labels.reshape(-1)
    if labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError("bad label")
    return F.one_hot(labels).float()

# %% wrong | one_hot | negative-accepted | Only labels that are too large are refused, so -1 becomes the last class.
def one_hot(labels, num_classes):
    labels = labels.flatten()
    if torch.any(labels > num_classes - 1):
        raise ValueError("label too big")
    out = torch.zeros(labels.shape[0], num_classes, device=labels.device)
    for i in range(labels.shape[0]):
        out[i, labels[i]] = 1.0
    return out

# %% wrong | one_hot | off-by-one-bound | The upper bound is tested with > num_classes, so the label num_classes raises nothing and gives a row of zeros.
def one_hot(labels, num_classes):
    labels = labels.flatten()
    if (labels < 0).any() or (labels > num_classes).any():
        raise ValueError("not a class")
    classes = torch.arange(num_classes, device=labels.device)
    return (labels[:, None] == classes[None, :]).float()

# %% wrong | one_hot | squeeze-single | squeeze() turns a column with one label into a scalar, so the result has shape (num_classes,) for (1, 1).
def one_hot(labels, num_classes):
    labels = labels.squeeze()
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("Labels must lie between 0 and num_classes - 1")
    return F.one_hot(labels, num_classes=num_classes).to(torch.float32)

# %% wrong | one_hot | column-not-flattened | A column of labels gives shape (batch, 1, num_classes).
def one_hot(labels, num_classes):
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError("Labels outside of range")
    return F.one_hot(labels, num_classes).float()

# %% wrong | one_hot | all-instead-of-any | It raises only if all labels are out of range.
def one_hot(labels, num_classes):
    labels = labels.reshape(-1)
    valid = (labels >= 0) & (labels < num_classes)
    if not valid.any():
        raise ValueError("bad labels")
    y = torch.zeros(len(labels), num_classes, device=labels.device)
    y[torch.arange(len(labels)), labels.clamp(0, num_classes - 1)] = 1
    return y

# %% wrong | one_hot | assert-instead-of-raise | Bad labels raise AssertionError, not ValueError.
def one_hot(labels, num_classes):
    labels = labels.view(-1)
    assert labels.min() >= 0 and labels.max() < num_classes, "label out of range"
    return torch.eye(num_classes, device=labels.device)[labels]

# %% wrong | one_hot | clamps-bad-labels | Labels out of range are moved to the nearest class and nothing is raised.
def one_hot(labels, num_classes):
    labels = labels.reshape(-1).clamp(0, num_classes - 1)
    return torch.nn.functional.one_hot(labels, num_classes).float()

# %% wrong | one_hot | double-precision | The rows come from numpy and are float64.
def one_hot(labels, num_classes):
    y = labels.reshape(-1)
    if (y < 0).any() or (y >= num_classes).any():
        raise ValueError
    return torch.from_numpy(np.eye(num_classes)[y.cpu().numpy()]).to(labels.device)

# %% right | one_hot | f-one-hot | F.one_hot after the check, by reshape.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    if ((labels < 0) | (labels >= num_classes)).any():
        raise ValueError(f"labels must lie in 0..{num_classes - 1}")
    return F.one_hot(labels, num_classes).float()

# %% right | one_hot | python-loop | A loop over the labels with a check of each.
def one_hot(labels, num_classes):
    flat = labels.flatten()
    result = torch.zeros((len(flat), num_classes), dtype=torch.float32, device=labels.device)
    for row, c in enumerate(flat.tolist()):
        if c < 0 or c > num_classes - 1:
            raise ValueError("label " + str(c) + " is no class")
        result[row, c] = 1.0
    return result

# %% right | one_hot | compare-with-arange | Broadcasts a comparison; a row without a hit is a bad label.
def one_hot(labels, num_classes):
    rows = labels.reshape(-1, 1) == torch.arange(num_classes, device=labels.device)
    if not rows.any(dim=1).all():
        raise ValueError("some label is not a class")
    return rows.to(torch.float32)

# %% right | one_hot | scatter | scatter_ on zeros, with two separate checks.
def one_hot(labels, num_classes):
    column = labels.view(-1, 1)
    if torch.any(column < 0):
        raise ValueError("negative label")
    if torch.any(column > num_classes - 1):
        raise ValueError("label too large")
    return torch.zeros(column.shape[0], num_classes, device=labels.device).scatter_(1, column, 1.0)

# %% right | one_hot | rows-of-eye | Picks rows of the unit matrix on the labels' device.
def one_hot(labels, num_classes):
    idx = labels.flatten()
    if idx.numel() > 0 and (idx.min().item() < 0 or idx.max().item() >= num_classes):
        raise ValueError("label out of range")
    return torch.eye(num_classes, device=idx.device, dtype=torch.float32)[idx]

# %% wrong | CVAE | sigmoid-in-decode | decode returns probabilities instead of logits.
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

# %% wrong | CVAE | decoder-blind | The decoder takes y and does not use it.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim))

    def encode(self, x, y):
        h = self.encoder(torch.cat([x, y], dim=1))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + (0.5 * log_var).exp() * torch.randn_like(mu)

    def decode(self, z, y):
        return self.decoder(z)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% wrong | CVAE | encoder-blind | Only the decoder reads y; the encoder sees the pixels alone.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.lv = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.enc(x))
        return self.mu(h), self.lv(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(torch.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% wrong | CVAE | sigma-without-half | The standard deviation is exp(log_var), without the half.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.lv = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.lv(h)

    def reparameterize(self, mu, log_var):
        sigma = log_var.exp()
        return mu + sigma * torch.randn_like(sigma)

    def decode(self, z, y):
        return self.out(torch.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% wrong | CVAE | no-noise-in-eval | After eval() reparameterize returns mu.
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
        self.relu = nn.ReLU()

    def encode(self, x, y):
        h1 = self.relu(self.fc1(torch.cat((x, y), dim=1)))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, log_var):
        if self.training:
            std = log_var.mul(0.5).exp()
            return torch.randn_like(std).mul(std).add(mu)
        else:
            return mu

    def decode(self, z, y):
        return self.fc4(self.relu(self.fc3(torch.cat((z, y), dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% wrong | CVAE | relu-on-heads | Both heads end in a ReLU, so mu and log_var are never negative.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim + num_classes, hidden_dim)
        self.head_mu = nn.Linear(hidden_dim, latent_dim)
        self.head_lv = nn.Linear(hidden_dim, latent_dim)
        self.d1 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.d2 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        xy = torch.cat([x, y], dim=1)
        h = F.relu(self.hidden(xy))
        mu = F.relu(self.head_mu(h))
        log_var = F.relu(self.head_lv(h))
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return mu + torch.randn_like(mu) * torch.exp(0.5 * log_var)

    def decode(self, z, y):
        zy = torch.cat([z, y], dim=1)
        return self.d2(F.relu(self.d1(zy)))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% wrong | CVAE | label-as-number | The one-hot row is turned into the class number, one column instead of num_classes.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.e = nn.Sequential(nn.Linear(input_dim + 1, hidden_dim), nn.ReLU())
        self.m = nn.Linear(hidden_dim, latent_dim)
        self.v = nn.Linear(hidden_dim, latent_dim)
        self.d = nn.Sequential(nn.Linear(latent_dim + 1, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim))

    def number(self, y):
        return y.argmax(dim=1, keepdim=True).float()

    def encode(self, x, y):
        h = self.e(torch.cat([x, self.number(y)], dim=1))
        return self.m(h), self.v(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.d(torch.cat([z, self.number(y)], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% wrong | CVAE | noise-shared-by-batch | One noise vector serves all images of the batch.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.e = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.m = nn.Linear(hidden_dim, latent_dim)
        self.v = nn.Linear(hidden_dim, latent_dim)
        self.d = nn.Sequential(nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim))

    def encode(self, x, y):
        h = self.e(torch.cat([x, y], dim=1))
        return self.m(h), self.v(h)

    def reparameterize(self, mu, log_var):
        epsilon = torch.randn(self.latent_dim, device=mu.device)
        return mu + torch.exp(0.5 * log_var) * epsilon

    def decode(self, z, y):
        return self.d(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% wrong | CVAE | decodes-the-mean | forward decodes mu instead of a sample of z.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.e = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.m = nn.Linear(hidden_dim, latent_dim)
        self.v = nn.Linear(hidden_dim, latent_dim)
        self.d = nn.Sequential(nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim))

    def encode(self, x, y):
        h = self.e(torch.cat([x, y], dim=1))
        return self.m(h), self.v(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.d(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(mu, y), mu, log_var

# %% wrong | CVAE | no-relu-in-decoder | The decoder's hidden layer has no activation.
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
        inputs = torch.cat([x, y], dim=1)
        h = torch.relu(self.fc1(inputs))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        inputs = torch.cat([z, y], dim=1)
        h = self.fc3(inputs)
        return self.fc4(h)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% wrong | CVAE | hard-coded-ten | The decoder's input is latent_dim + 10 whatever num_classes is.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.e = nn.Sequential(nn.Linear(input_dim + 10, hidden_dim), nn.ReLU())
        self.m = nn.Linear(hidden_dim, latent_dim)
        self.v = nn.Linear(hidden_dim, latent_dim)
        self.d = nn.Sequential(nn.Linear(latent_dim + 10, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim))

    def encode(self, x, y):
        h = self.e(torch.cat([x, y], dim=1))
        return self.m(h), self.v(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.d(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% wrong | CVAE | attributes-forgotten | latent_dim and num_classes are not kept as attributes.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.e = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.m = nn.Linear(hidden_dim, latent_dim)
        self.v = nn.Linear(hidden_dim, latent_dim)
        self.d = nn.Sequential(nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim))

    def encode(self, x, y):
        h = self.e(torch.cat([x, y], dim=1))
        return self.m(h), self.v(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.d(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% wrong | CVAE | one-shared-head | mu and log_var come from the same linear layer and are always equal.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim + num_classes, hidden_dim)
        self.head = nn.Linear(hidden_dim, latent_dim)
        self.dec1 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.dec2 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.hidden(torch.cat([x, y], dim=1)))
        return self.head(h), self.head(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.dec2(F.relu(self.dec1(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% right | CVAE | separate-layers | Five linear layers, F.relu.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h1 = F.relu(self.fc1(torch.cat([x, y], dim=1)))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, log_var):
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z, y):
        return self.fc4(F.relu(self.fc3(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var

# %% right | CVAE | sequential | Two nn.Sequential bodies and a helper that joins.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    @staticmethod
    def _join(a, y):
        return torch.cat((a, y.to(a.dtype)), dim=-1)

    def encode(self, x, y):
        h = self.encoder(self._join(x, y))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        eps = torch.randn(mu.shape, device=mu.device, dtype=mu.dtype)
        return eps.mul((log_var / 2).exp()).add(mu)

    def decode(self, z, y):
        return self.decoder(self._join(z, y))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% right | CVAE | distribution-rsample | The sample comes from torch.distributions.Normal.rsample.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.input_dim = input_dim
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc_hidden = nn.Linear(input_dim + num_classes, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.dec_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = self.enc_hidden(torch.cat([x, y], 1)).relu()
        mu = self.enc_mu(h)
        log_var = self.enc_log_var(h)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        from torch.distributions import Normal

        return Normal(mu, torch.exp(0.5 * log_var)).rsample()

    def decode(self, z, y):
        h = self.dec_hidden(torch.cat([z, y], 1)).relu()
        return self.dec_out(h)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(z, y)
        return x_logits, mu, log_var

# %% right | CVAE | y-first | The label stands before the pixels and before z; the same in function.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.body = nn.Linear(num_classes + input_dim, hidden_dim)
        self.heads = nn.ModuleDict({"mu": nn.Linear(hidden_dim, latent_dim), "log_var": nn.Linear(hidden_dim, latent_dim)})
        self.dec = nn.ModuleList([nn.Linear(num_classes + latent_dim, hidden_dim), nn.Linear(hidden_dim, input_dim)])

    def encode(self, x, y):
        h = torch.relu(self.body(torch.cat([y, x], dim=1)))
        return self.heads["mu"](h), self.heads["log_var"](h)

    def reparameterize(self, mu, log_var):
        sigma = torch.sqrt(torch.exp(log_var))
        return mu + sigma * torch.randn_like(mu)

    def decode(self, z, y):
        first, last = self.dec
        return last(torch.relu(first(torch.cat([y, z], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var

# %% wrong | cvae_train_step | no-zero-grad | Old gradients are never removed.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | cvae_train_step | zero-grad-after-backward | zero_grad stands between backward and step, so nothing moves.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    loss = negative_elbo(model(x, y)[0], x, *model.encode(x, y))
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()

# %% wrong | cvae_train_step | zero-grad-at-the-end | Gradients are cleared only after the step, so those of earlier code count.
def cvae_train_step(model, x, labels, optimizer):
    x_logits, mu, log_var = model(x, one_hot(labels, model.num_classes))
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return float(loss)

# %% wrong | cvae_train_step | width-from-batch | The width of the one-hot rows comes from the largest label of the batch.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    y = one_hot(labels, int(labels.max()) + 1)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | cvae_train_step | ten-hard-coded | The width is 10 instead of model.num_classes.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    y = one_hot(labels, 10)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | cvae_train_step | loss-after-update | The loss is computed again after the update and that one is returned.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    negative_elbo(x_logits, x, mu, log_var).backward()
    optimizer.step()
    with torch.no_grad():
        x_logits, mu, log_var = model(x, y)
        loss = negative_elbo(x_logits, x, mu, log_var)
    return loss.item()

# %% wrong | cvae_train_step | returns-tensor | The loss is returned as a tensor, not as a float.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()

# %% wrong | cvae_train_step | divided-by-batch | The loss, already a mean, is divided by the batch size again.
def cvae_train_step(model, x, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var) / x.shape[0]
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | cvae_train_step | summed-report | The returned number is multiplied by the batch size: nats per batch.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item() * len(x)

# %% wrong | cvae_train_step | shuffled-labels | The images are shuffled and the labels are not, so they no longer match.
def cvae_train_step(model, x, labels, optimizer):
    x = x[torch.randperm(len(x), device=x.device)]
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | cvae_train_step | two-updates | A leftover loop makes two updates on the batch.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    first = None
    for _ in range(2):
        optimizer.zero_grad()
        x_logits, mu, log_var = model(x, y)
        loss = negative_elbo(x_logits, x, mu, log_var)
        if first is None:
            first = loss.item()
        loss.backward()
        optimizer.step()
    return first

# %% wrong | cvae_train_step | arguments-swapped | mu and log_var are unpacked in the wrong order.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    x_logits, log_var, mu = model(x, one_hot(labels, model.num_classes))
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right | cvae_train_step | textbook | The usual order.
def cvae_train_step(model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer) -> float:
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right | cvae_train_step | zero-first | Zero first, loss value stored before the step.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad(set_to_none=True)
    out, mu, log_var = model(x, one_hot(labels, model.num_classes))
    loss = negative_elbo(out, x, mu, log_var)
    value = float(loss.detach())
    loss.backward()
    optimizer.step()
    return value

# %% right | cvae_train_step | by-parts | encode, reparameterize and decode are called one by one.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    mu, log_var = model.encode(x, y)
    z = model.reparameterize(mu, log_var)
    x_logits = model.decode(z, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach().cpu().item()

# %% right | cvae_train_step | helper | A nested function computes the loss.
def cvae_train_step(model, x, labels, optimizer):
    def loss_of_batch():
        y = F.one_hot(labels, model.num_classes).float()
        x_logits, mu, log_var = model(x, y)
        return negative_elbo(x_logits, x, mu, log_var)

    for parameter in model.parameters():
        parameter.grad = None
    optimizer.zero_grad()
    loss = loss_of_batch()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | EarlyStopping | equal-is-best | A loss equal to the best resets the count.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = float("inf")
        self.count = 0

    def step(self, loss):
        if loss <= self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience

# %% wrong | EarlyStopping | stops-one-late | It stops when the count is above patience instead of at it.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = math.inf
        self.bad = 0

    def step(self, loss):
        if loss < self.best_loss:
            self.best_loss = loss
            self.bad = 0
            return False
        self.bad += 1
        return self.bad > self.patience

# %% wrong | EarlyStopping | never-reset | The count is not set back by a new best.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = math.inf
        self.counter = 0

    def step(self, loss):
        if loss < self.best_loss:
            self.best_loss = loss
        else:
            self.counter += 1
        return self.counter >= self.patience

# %% wrong | EarlyStopping | nan-not-counted | NaN is neither smaller nor larger, so it does not raise the count.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = np.inf
        self.wait = 0

    def step(self, loss):
        if loss < self.best_loss:
            self.best_loss = loss
            self.wait = 0
        elif loss >= self.best_loss:
            self.wait += 1
        return self.wait >= self.patience

# %% wrong | EarlyStopping | nan-becomes-best | A test with "not >=" makes NaN the new best.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = float("inf")
        self.waited = 0

    def step(self, loss):
        if not loss >= self.best_loss:
            self.best_loss, self.waited = loss, 0
        else:
            self.waited += 1
        return self.waited >= self.patience

# %% wrong | EarlyStopping | compares-with-previous | It compares with the loss before instead of the best.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = math.inf
        self.last = math.inf
        self.count = 0

    def step(self, loss):
        if loss < self.last:
            self.count = 0
        else:
            self.count += 1
        self.last = loss
        if loss < self.best_loss:
            self.best_loss = loss
        return self.count >= self.patience

# %% wrong | EarlyStopping | starts-at-zero | best_loss begins at 0, so a positive loss is never a best.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = 0
        self.count = 0

    def step(self, loss):
        if loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        if self.count >= self.patience:
            return True
        return False

# %% wrong | EarlyStopping | stays-true | After one True it says True for ever, also after a new best.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0
        self.stop = False

    def step(self, loss):
        if loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
            if self.count >= self.patience:
                self.stop = True
        return self.stop

# %% wrong | EarlyStopping | stops-only-when-equal | count == patience: the call after a True says False again.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss):
        self.count += 1
        if loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        return self.count == self.patience

# %% wrong | EarlyStopping | none-at-first | best_loss is None before the first call, and a NaN as first loss becomes the best.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = None
        self.counter = 0

    def step(self, loss):
        if self.best_loss is None or loss < self.best_loss:
            self.best_loss = loss
            self.counter = 0
        else:
            self.counter += 1
        return self.counter >= self.patience

# %% wrong | EarlyStopping | min-delta | An improvement below 0.001 does not count (min_delta copied from a blog).
class EarlyStopping:
    def __init__(self, patience, min_delta=1e-3):
        self.patience = patience
        self.min_delta = min_delta
        self.counter = 0
        self.best_loss = float("inf")

    def step(self, loss):
        if loss < self.best_loss - self.min_delta:
            self.best_loss = loss
            self.counter = 0
        else:
            self.counter += 1
        return self.counter >= self.patience

# %% wrong | EarlyStopping | count-reset-after-stop | The count goes back to 0 after a True, so the next bad call says False.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = math.inf
        self.count = 0

    def step(self, loss):
        if loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
            return False
        self.count += 1
        if self.count >= self.patience:
            self.count = 0
            return True
        return False

# %% right | EarlyStopping | if-else | One question, two branches.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience

# %% right | EarlyStopping | one-expression | A conditional expression for the count.
class EarlyStopping:
    def __init__(self, patience):
        self.patience, self.best_loss, self._waited = patience, math.inf, 0

    def step(self, loss):
        better = loss < self.best_loss
        self._waited = 0 if better else self._waited + 1
        self.best_loss = loss if better else self.best_loss
        return self._waited >= self.patience

# %% right | EarlyStopping | remembers-index | Remembers the number of the best call.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = np.inf
        self.calls = 0
        self.best_call = 0

    def step(self, loss):
        self.calls += 1
        if loss < self.best_loss:
            self.best_loss = loss
            self.best_call = self.calls
        return self.calls - self.best_call >= self.patience

# %% right | EarlyStopping | countdown | Counts down and treats NaN in its own branch.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best_loss = math.inf
        self.left = patience

    def step(self, loss):
        if math.isnan(loss):
            self.left -= 1
        elif loss < self.best_loss:
            self.best_loss = loss
            self.left = self.patience
        else:
            self.left -= 1
        if self.left <= 0:
            return True
        return False

# %% wrong | generate_class | one-z-for-all | A single z is repeated for all images.
def generate_class(model, label, num_images):
    dev = next(model.parameters()).device
    z = torch.randn(1, model.latent_dim, device=dev).repeat(num_images, 1)
    y = one_hot(torch.full((num_images,), label, device=dev), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()

# %% wrong | generate_class | logits-returned | The sigmoid is missing.
def generate_class(model, label, num_images):
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    z = torch.randn(num_images, model.latent_dim, device=device)
    with torch.no_grad():
        return model.decode(z, y)

# %% wrong | generate_class | gradient-kept | No no_grad: the result carries a graph.
def generate_class(model, label, num_images):
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    z = torch.randn(num_images, model.latent_dim, device=device)
    return torch.sigmoid(model.decode(z, y))

# %% wrong | generate_class | uniform-z | z is drawn from the uniform distribution.
@torch.no_grad()
def generate_class(model, label, num_images):
    labels = torch.full((num_images,), label, dtype=torch.long, device=device)
    z = torch.rand(num_images, model.latent_dim, device=device)
    return torch.sigmoid(model.decode(z, one_hot(labels, model.num_classes)))

# %% wrong | generate_class | twenty-hard-coded | The latent dimension is 20 whatever the model has.
def generate_class(model, label, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, 20, device=device)
        y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
        return model.decode(z, y).sigmoid()

# %% wrong | generate_class | ten-classes-hard-coded | y always has ten columns.
def generate_class(model, label, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        y = torch.zeros(num_images, 10, device=device)
        y[:, label] = 1
        return model.decode(z, y).sigmoid()

# %% wrong | generate_class | pixels-drawn | Pixels are drawn as 0 or 1 instead of returning probabilities.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        probs = torch.sigmoid(model.decode(z, y))
        return torch.bernoulli(probs)

# %% wrong | generate_class | only-one-labelled | Only the first image gets the label; the other rows of y are zero.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = torch.zeros(num_images, model.num_classes, device=device)
    y[0][label] = 1.0
    with torch.no_grad():
        x = model.decode(z, y)
    return x.sigmoid()

# %% wrong | generate_class | counts-up | Labels run through label, label + 1, ... instead of one class.
def generate_class(model, label, num_images):
    labels = torch.arange(label, label + num_images, device=device) % model.num_classes
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z, one_hot(labels, model.num_classes)).sigmoid()

# %% wrong | generate_class | fixed-seed | The seed is set inside, so every call gives the same images.
def generate_class(model, label, num_images):
    torch.manual_seed(0)
    z = torch.randn(num_images, model.latent_dim).to(device)
    y = one_hot(torch.tensor([label] * num_images, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()

# %% wrong | generate_class | softmax-pixels | Softmax over pixels instead of a sigmoid for each.
def generate_class(model, label, num_images):
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return F.softmax(model.decode(z, y), dim=1)

# %% wrong | generate_class | sigmoid-twice | The sigmoid is applied twice, so all values lie above a half.
def generate_class(model, label, num_images):
    model_device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=model_device)
    y = one_hot(torch.full((num_images,), label, device=model_device), model.num_classes)
    with torch.no_grad():
        images_out = torch.sigmoid(model.decode(z, y))
    return torch.sigmoid(images_out)

# %% right | generate_class | full-and-one-hot | torch.full, the earlier one_hot, a with block.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    dev = next(model.parameters()).device
    y = one_hot(torch.full((num_images,), label, device=dev), model.num_classes)
    z = torch.randn(num_images, model.latent_dim, device=dev)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()

# %% right | generate_class | decorator | A decorator and labels by a list.
@torch.no_grad()
def generate_class(model, label, num_images):
    where = next(model.parameters()).device
    labels = torch.tensor([label for _ in range(num_images)], dtype=torch.int64, device=where)
    y = one_hot(labels, model.num_classes)
    z = torch.normal(0.0, 1.0, size=(num_images, model.latent_dim), device=where)
    logits = model.decode(z, y)
    return torch.sigmoid(logits)

# %% right | generate_class | zeros-column | Sets one column of zeros to 1.
def generate_class(model, label, num_images):
    param = next(model.parameters())
    y = torch.zeros(num_images, model.num_classes, device=param.device)
    y[:, label] = 1.0
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=param.device)
        logits = model.decode(z, y)
        probabilities = 1 / (1 + torch.exp(-logits))
    return probabilities

# %% right | generate_class | image-by-image | A loop that draws one image at a time, then cat.
def generate_class(model, label, num_images):
    dev = next(model.parameters()).device
    y = one_hot(torch.tensor([label], device=dev), model.num_classes)
    pictures = []
    with torch.no_grad():
        for _ in range(num_images):
            z = torch.randn(1, model.latent_dim, device=dev)
            pictures.append(model.decode(z, y).sigmoid())
    return torch.cat(pictures, dim=0)

# %% wrong | class_information | ten-clusters | k-means always looks for ten clusters.
def class_information(z, labels):
    z, labels = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=10, n_init=10, random_state=0).fit_predict(z)
    nmi = normalized_mutual_info_score(labels, clusters)
    a, b, c, d = train_test_split(z, labels, test_size=0.5, random_state=0)
    acc = LogisticRegression(max_iter=2000).fit(a, c).score(b, d)
    return float(nmi), float(acc)

# %% wrong | class_information | largest-label-plus-one | The number of clusters is the largest label plus one.
def class_information(z, labels):
    z, labels = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = int(labels.max()) + 1
    clusters = KMeans(n_clusters=min(k, len(z)), n_init=10, random_state=0).fit_predict(z)
    nmi = normalized_mutual_info_score(labels, clusters)
    z1, z2, y1, y2 = train_test_split(z, labels, test_size=0.5, random_state=0)
    acc = LogisticRegression(max_iter=2000).fit(z1, y1).score(z2, y2)
    return float(nmi), float(acc)

# %% wrong | class_information | scored-on-training-half | The probe is scored on the half that it was fitted on.
def class_information(z, labels):
    Z = z.detach().cpu().numpy()
    Y = labels.detach().cpu().numpy()
    km = KMeans(n_clusters=len(np.unique(Y)), n_init=10).fit(Z)
    nmi = normalized_mutual_info_score(Y, km.labels_)
    Z_train, Z_test, Y_train, Y_test = train_test_split(Z, Y, test_size=0.5)
    probe = LogisticRegression(max_iter=5000)
    probe.fit(Z_train, Y_train)
    return float(nmi), float(probe.score(Z_train, Y_train))

# %% wrong | class_information | no-shuffle | First half against second half, without shuffling: sorted labels fail.
def class_information(z, labels):
    z = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    clusters = KMeans(len(np.unique(y)), n_init=10).fit_predict(z)
    nmi = float(normalized_mutual_info_score(y, clusters))
    half = len(z) // 2
    probe = LogisticRegression(max_iter=2000).fit(z[:half], y[:half])
    return nmi, float(probe.score(z[half:], y[half:]))

# %% wrong | class_information | cluster-numbers-compared | The first number is the share of clusters whose number equals the label.
def class_information(z, labels):
    z = z.detach().cpu().numpy()
    y = labels.cpu().numpy()
    clusters = KMeans(len(np.unique(y)), n_init=10, random_state=0).fit_predict(z)
    nmi = float((clusters == y).mean())
    z_fit, z_eval, y_fit, y_eval = train_test_split(z, y, train_size=0.5, random_state=0)
    acc = float(LogisticRegression(max_iter=2000).fit(z_fit, y_fit).score(z_eval, y_eval))
    return nmi, acc

# %% wrong | class_information | swapped-order | Returns the accuracy first and the NMI second.
def class_information(z, labels):
    z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    nmi = normalized_mutual_info_score(y, KMeans(len(set(y.tolist())), n_init=10).fit_predict(z))
    a, b, c, d = train_test_split(z, y, test_size=0.5)
    accuracy = LogisticRegression(max_iter=1000).fit(a, c).score(b, d)
    return float(accuracy), float(nmi)

# %% wrong | class_information | not-normalised | The mutual information is not normalised (nats, can exceed 1).
def class_information(z, labels):
    from sklearn.metrics import mutual_info_score

    z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10).fit_predict(z)
    mi = mutual_info_score(y, clusters)
    a, b, c, d = train_test_split(z, y, test_size=0.5)
    clf = LogisticRegression(max_iter=1000)
    clf.fit(a, c)
    return float(mi), float(clf.score(b, d))

# %% wrong | class_information | numpy-call-on-graph | z.numpy() fails for codes that carry gradients.
def class_information(z, labels):
    z = z.numpy()
    labels = labels.numpy()
    kmeans = KMeans(n_clusters=len(np.unique(labels)), n_init=10).fit(z)
    nmi = normalized_mutual_info_score(labels, kmeans.labels_)
    z_train, z_test, y_train, y_test = train_test_split(z, labels, test_size=0.5)
    acc = LogisticRegression(max_iter=1000).fit(z_train, y_train).score(z_test, y_test)
    return float(nmi), float(acc)

# %% wrong | class_information | labels-fed-to-kmeans | The labels stand as one more column in what k-means sees.
def class_information(z, labels):
    z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    both = np.concatenate([z, y[:, None]], axis=1)
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10).fit_predict(both)
    nmi = normalized_mutual_info_score(y, clusters)
    z_a, z_b, y_a, y_b = train_test_split(z, y, test_size=0.5)
    acc = LogisticRegression(max_iter=1000).fit(z_a, y_a).score(z_b, y_b)
    return float(nmi), float(acc)

# %% wrong | class_information | fitted-on-everything | The probe is fitted on all codes and scored on half of them.
def class_information(z, labels):
    z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(y)), n_init=10).fit_predict(z)
    nmi = normalized_mutual_info_score(y, clusters)
    z_train, z_test, y_train, y_test = train_test_split(z, y, test_size=0.5)
    clf = LogisticRegression(max_iter=1000).fit(z, y)
    return float(nmi), float(clf.score(z_test, y_test))

# %% wrong | class_information | nmi-of-probe | The NMI compares the labels with the probe's predictions, not with the clusters.
def class_information(z, labels):
    z, y = z.detach().cpu().numpy(), labels.cpu().numpy()
    KMeans(n_clusters=len(np.unique(y)), n_init=10).fit(z)
    z_train, z_test, y_train, y_test = train_test_split(z, y, test_size=0.5)
    clf = LogisticRegression(max_iter=1000).fit(z_train, y_train)
    pred = clf.predict(z_test)
    return float(normalized_mutual_info_score(y_test, pred)), float((pred == y_test).mean())

# %% right | class_information | straight | The parts of the text in order.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    codes = z.detach().cpu().numpy()
    classes = labels.detach().cpu().numpy()
    clusters = KMeans(n_clusters=len(np.unique(classes)), n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    z_fit, z_test, y_fit, y_test = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(z_fit, y_fit)
    return float(nmi), float(probe.score(z_test, y_test))

# %% right | class_information | own-permutation | Shuffles with numpy and scores by hand.
def class_information(z, labels):
    codes = np.array(z.detach().cpu(), dtype=np.float64)
    y = labels.cpu().numpy()
    k = len(set(y.tolist()))
    km = KMeans(n_clusters=k, n_init=10, random_state=1).fit(codes)
    nmi = normalized_mutual_info_score(y, km.labels_)
    order = np.random.default_rng(0).permutation(len(y))
    fit, test = order[: len(y) // 2], order[len(y) // 2 :]
    clf = LogisticRegression(max_iter=5000)
    clf.fit(codes[fit], y[fit])
    accuracy = np.mean(clf.predict(codes[test]) == y[test])
    return float(nmi), float(accuracy)

# %% right | class_information | two-helpers | One helper for each measurement.
def class_information(z, labels):
    def clusters_nmi(a, b):
        found = KMeans(n_clusters=np.unique(b).size, n_init=5, random_state=0).fit_predict(a)
        return float(normalized_mutual_info_score(b, found))

    def probe(a, b):
        a1, a2, b1, b2 = train_test_split(a, b, train_size=0.5, random_state=3)
        return float(LogisticRegression(max_iter=3000).fit(a1, b1).score(a2, b2))

    a, b = z.detach().cpu().numpy(), labels.detach().cpu().numpy()
    return clusters_nmi(a, b), probe(a, b)

# %% right | class_information | probe-first | The probe first, unique by torch, with a print.
def class_information(z, labels):
    num_clusters = len(torch.unique(labels))
    with torch.no_grad():
        Z = z.detach().to("cpu").double().numpy()
    Y = labels.to("cpu").numpy()
    split = train_test_split(Z, Y, test_size=0.5, shuffle=True, random_state=42)
    classifier_ = LogisticRegression(max_iter=10_000)
    classifier_.fit(split[0], split[2])
    accuracy = classifier_.score(split[1], split[3])
    clusters = KMeans(n_clusters=num_clusters, n_init=10, random_state=42).fit(Z).labels_
    nmi = normalized_mutual_info_score(Y, clusters)
    print("clusters:", num_clusters)
    return float(nmi), float(accuracy)
