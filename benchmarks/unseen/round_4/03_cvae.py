# %% wrong | one_hot | integers | Returns the int64 rows of F.one_hot; they are never turned into float32.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("label out of range")
    return F.one_hot(labels, num_classes)


# %% wrong | one_hot | guessed-width | num_classes is not passed to F.one_hot, so the width is the largest label plus one instead of num_classes.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    flat = labels.reshape(-1)
    if (flat < 0).any() or (flat > num_classes - 1).any():
        raise ValueError("not a class")
    return F.one_hot(flat).float()


# %% wrong | one_hot | negative-is-last | Only labels that are too large are refused; a label of -1 is used as an index and silently becomes the last class.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.view(-1)
    if torch.any(labels >= num_classes):
        raise ValueError(f"labels must be below {num_classes}")
    return torch.eye(num_classes, device=labels.device)[labels]


# %% wrong | one_hot | upper-off-by-one | The upper check is > num_classes instead of > num_classes - 1, so the label num_classes gives no ValueError but a row of zeros.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    if (labels < 0).any() or (labels > num_classes).any():
        raise ValueError("bad label")
    classes = torch.arange(num_classes, device=labels.device)
    return (labels[:, None] == classes).float()


# %% wrong | one_hot | all-not-any | Raises only if all labels are out of range (all instead of any); a single bad label among good ones gives a row of zeros.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    bad = (labels < 0) | (labels >= num_classes)
    if bad.all():
        raise ValueError("labels out of range")
    return (labels.unsqueeze(1) == torch.arange(num_classes, device=labels.device)).to(torch.float32)


# %% wrong | one_hot | and-for-or | The two range checks are joined by "and", so labels that are bad on one side only raise no ValueError (they become rows of zeros).
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if labels.min() < 0 and labels.max() > num_classes - 1:
        raise ValueError("Labels must be between 0 and num_classes - 1")
    out = torch.zeros(len(labels), num_classes, device=labels.device)
    for c in range(num_classes):
        out[labels == c, c] = 1.0
    return out


# %% wrong | one_hot | column-not-flattened | Labels of shape (batch, 1) are not flattened, so the result for a column is (batch, 1, num_classes).
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("labels must lie in [0, num_classes)")
    return F.one_hot(labels, num_classes=num_classes).float()


# %% wrong | one_hot | squeeze-loses-batch | Uses squeeze() without an axis, so a column with a single label, (1, 1), becomes a scalar and the result has shape (num_classes,) instead of (1, num_classes); the same for labels of shape (1,).
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.squeeze()
    if torch.any(labels < 0) or torch.any(labels >= num_classes):
        raise ValueError("invalid label")
    return F.one_hot(labels, num_classes).to(torch.float32)


# %% wrong | one_hot | clamped | Labels out of range are clamped to the nearest class instead of raising a ValueError.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten().clamp(0, num_classes - 1)
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | argument-reshaped | A column of labels is squeezed in place (squeeze_), so the tensor of the caller changes its shape from (batch, 1) to (batch,).
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    if labels.dim() == 2:
        labels.squeeze_(1)
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("label is no class")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | float64 | The rows come from np.eye and stay float64 instead of float32.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    idx = labels.cpu().numpy().ravel()
    if (idx < 0).any() or (idx >= num_classes).any():
        raise ValueError("labels out of range")
    return torch.from_numpy(np.eye(num_classes)[idx]).to(labels.device)


# %% wrong | one_hot | assertion | Refuses bad labels with assert, so an AssertionError is raised instead of a ValueError.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    assert (labels >= 0).all() and (labels < num_classes).all(), "labels out of range"
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | returned-error | The ValueError is returned instead of raised.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if (labels < 0).any() or (labels >= num_classes).any():
        return ValueError("label out of range")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | bad-dropped | Labels out of range are filtered out silently, so the result has fewer rows than the batch and no ValueError is raised.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    ok = (labels >= 0) & (labels < num_classes)
    labels = labels[ok]
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | transposed | The result has shape (num_classes, batch): one column instead of one row for each label.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1)
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("label out of range")
    out = torch.zeros(num_classes, labels.numel(), device=labels.device)
    out[labels, torch.arange(labels.numel(), device=labels.device)] = 1
    return out


# %% wrong | one_hot | counts-from-one | Takes the classes to be 1 to num_classes: label 0 is refused, and every other label sets the place one too far left.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if (labels < 1).any() or (labels > num_classes).any():
        raise ValueError("labels must be from 1 to num_classes")
    return F.one_hot(labels - 1, num_classes).float()


# %% wrong | one_hot | all-classes-needed | Raises a ValueError also when the highest class does not occur in the batch, although valid labels need not contain every class.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.flatten()
    if labels.min() < 0 or labels.max() != num_classes - 1:
        raise ValueError("labels do not fit num_classes")
    return F.one_hot(labels, num_classes).float()


# %% wrong | one_hot | no-lower-check-runtime-error | Negative labels are not checked; F.one_hot then raises a RuntimeError, not the ValueError that is asked for.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.ravel()
    if int(labels.max()) + 1 > num_classes:
        raise ValueError("too many classes")
    return F.one_hot(labels, num_classes).type(torch.float32)


# %% wrong | one_hot | value-not-one | Writes the label itself instead of 1 into its place, so class 3 gets a 3 and class 0 a row of zeros.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.view(-1, 1)
    if (labels < 0).any() or (labels >= num_classes).any():
        raise ValueError("label out of range")
    out = torch.zeros(labels.shape[0], num_classes, device=labels.device)
    return out.scatter_(1, labels, labels.float())


# %% wrong | one_hot | ten-classes-hard-coded | The upper bound of the check is the hard-coded 9 of MNIST, so with 3 classes the labels 3 to 9 give rows of zeros, and with more than 10 classes good labels are refused.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    labels = labels.reshape(-1, 1)
    if ((labels < 0) | (labels > 9)).any():
        raise ValueError("digits go from 0 to 9")
    return (labels == torch.arange(num_classes, device=labels.device)).float()


# %% right | one_hot | plain-loop | A loop over the labels as Python integers, with the check inside the loop.
def one_hot(labels, num_classes):
    values = labels.reshape(-1).tolist()
    rows = torch.zeros(len(values), num_classes, dtype=torch.float32, device=labels.device)
    for i, v in enumerate(values):
        if v < 0 or v > num_classes - 1:
            raise ValueError("label " + str(v) + " is not a class")
        rows[i][v] = 1.0
    return rows


# %% right | one_hot | scatter | scatter_ into zeros with a column index, and a check that compares the labels with their clamped copy.
def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    index = labels.reshape(-1, 1)
    if not torch.equal(index, index.clamp(0, num_classes - 1)):
        raise ValueError(f"labels must lie between 0 and {num_classes - 1}")
    return labels.new_zeros((index.size(0), num_classes), dtype=torch.float32).scatter_(1, index, 1.0)


# %% right | one_hot | compare-and-sum | Compares with arange and finds bad labels by a row sum that is not one.
def one_hot(labels, num_classes):
    hits = labels.reshape(-1, 1).eq(torch.arange(num_classes, device=labels.device)).to(torch.float32)
    if (hits.sum(dim=1) != 1).any():
        raise ValueError("A label is below 0 or above num_classes - 1.")
    return hits


# %% right | one_hot | lambda-checker | A helper made with a lambda, a conditional for the column, and index_select from an identity matrix.
is_class = lambda t, k: bool(((t >= 0) & (t < k)).all())


def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    flat = labels[:, 0] if labels.ndim == 2 else labels
    if not is_class(flat, num_classes):
        raise ValueError("labels out of range")
    return torch.eye(num_classes, dtype=torch.float32, device=labels.device).index_select(0, flat)


# %% right | one_hot | numpy-round-trip | Does everything in NumPy and goes back to a float32 tensor on the device of the labels.
def one_hot(labels, num_classes):
    arr = labels.detach().cpu().numpy().reshape(-1)
    too_low = np.any(arr < 0)
    too_high = np.any(arr > num_classes - 1)
    if too_low:
        raise ValueError("a label is below 0")
    if too_high:
        raise ValueError("a label is above num_classes - 1")
    result = np.zeros((arr.shape[0], num_classes), dtype=np.float32)
    result[np.arange(arr.shape[0]), arr] = 1
    return torch.from_numpy(result).to(labels.device)


# %% right | one_hot | decorated | The check sits in a decorator that also flattens the labels; a print for debugging is left inside.
import functools


def checked(fn):
    @functools.wraps(fn)
    def inner(labels, num_classes):
        flat = labels.flatten()
        if flat.lt(0).any().item() or flat.gt(num_classes - 1).any().item():
            raise ValueError("bad labels")
        return fn(flat, num_classes)

    return inner


@checked
def one_hot(labels, num_classes):
    out = F.one_hot(labels.long(), num_classes=num_classes).float()
    print("one_hot:", tuple(out.shape))
    return out


# %% wrong | CVAE | encoder-blind | The encoder never sees y: encode uses x alone, and only the decoder is conditioned.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.fc4(F.relu(self.fc3(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | decoder-blind | The decoder ignores y: decode uses z alone, so nobody can ask for a class.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim))

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = self.encoder(torch.cat([x, y], dim=1))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        std = (0.5 * log_var).exp()
        return mu + std * torch.randn_like(std)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        return self.decoder(z)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | probabilities | decode ends with a sigmoid and returns probabilities instead of logits.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = torch.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.enc_mu(h), self.enc_log_var(h)

    def reparameterize(self, mu, log_var):
        eps = torch.randn_like(mu)
        return mu + eps * torch.exp(log_var / 2)

    def decode(self, z, y):
        h = torch.relu(self.dec(torch.cat([z, y], dim=1)))
        return torch.sigmoid(self.out(h))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | variance-as-sigma | reparameterize multiplies the noise by exp(log_var), the variance, instead of exp(log_var / 2).
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder_hidden = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.decoder_hidden = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.decoder_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.encoder_hidden(torch.cat([x, y], dim=1)))
        return self.mu_head(h), self.log_var_head(h)

    def reparameterize(self, mu, log_var):
        sigma = log_var.exp()
        return mu + sigma * torch.randn_like(sigma)

    def decode(self, z, y):
        h = F.relu(self.decoder_hidden(torch.cat([z, y], dim=1)))
        return self.decoder_out(h)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | relu-heads | Both heads go through a ReLU, so mu and log_var can never be negative.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.l1 = nn.Linear(input_dim + num_classes, hidden_dim)
        self.l2a = nn.Linear(hidden_dim, latent_dim)
        self.l2b = nn.Linear(hidden_dim, latent_dim)
        self.l3 = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.l4 = nn.Linear(hidden_dim, input_dim)
        self.relu = nn.ReLU()

    def encode(self, x, y):
        h = self.relu(self.l1(torch.cat((x, y), 1)))
        return self.relu(self.l2a(h)), self.relu(self.l2b(h))

    def reparameterize(self, mu, log_var):
        return mu + torch.randn_like(mu) * torch.exp(log_var / 2)

    def decode(self, z, y):
        return self.l4(self.relu(self.l3(torch.cat((z, y), 1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | mean-in-eval | After eval() reparameterize returns mu without noise, although fresh noise is asked for in every mode.
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
        if not self.training:
            return mu
        std = torch.exp(0.5 * log_var)
        return mu + torch.randn_like(std) * std

    def decode(self, z, y):
        h3 = F.relu(self.fc3(torch.cat([z, y], dim=1)))
        return self.fc4(h3)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | uniform-noise | The noise is uniform on [0, 1) (rand_like) instead of standard normal.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU())
        self.head_mu = nn.Linear(hidden_dim, latent_dim)
        self.head_lv = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = self.enc(torch.cat([x, y], dim=-1))
        return self.head_mu(h), self.head_lv(h)

    def reparameterize(self, mu, log_var):
        eps = torch.rand_like(mu)
        return mu + eps * torch.exp(0.5 * log_var)

    def decode(self, z, y):
        return self.dec(torch.cat([z, y], dim=-1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | one-noise-for-batch | One noise vector of length latent_dim is drawn and shared by all rows of the batch, instead of independent noise for each row.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.hidden = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.back = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.pixels = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.hidden(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        epsilon = torch.randn(self.latent_dim, device=mu.device)
        return mu + torch.exp(log_var / 2) * epsilon

    def decode(self, z, y):
        return self.pixels(F.relu(self.back(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | decodes-mu | forward decodes mu instead of a sample z, so nothing in forward is random.
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

    def encode(self, x, y):
        h = F.relu(self.fc1(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + (0.5 * log_var).exp() * torch.randn_like(mu)

    def decode(self, z, y):
        return self.fc3(F.relu(self.fc2(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(mu, y), mu, log_var


# %% wrong | CVAE | forward-order | forward returns (mu, log_var, x_logits) instead of x_logits first.
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

    def encode(self, x, y):
        h = F.relu(self.fc1(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + (0.5 * log_var).exp() * torch.randn_like(mu)

    def decode(self, z, y):
        return self.fc3(F.relu(self.fc2(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        x_logits = self.decode(self.reparameterize(mu, log_var), y)
        return mu, log_var, x_logits


# %% wrong | CVAE | class-as-number | Both networks read the class as a single number (the argmax of y) instead of the one-hot row; the first layers are only one column wider.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim + 1, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim + 1, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def with_label(self, a, y):
        number = y.argmax(dim=1, keepdim=True).float()
        return torch.cat([a, number], dim=1)

    def encode(self, x, y):
        h = F.relu(self.fc1(self.with_label(x, y)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.fc3(F.relu(self.fc2(self.with_label(z, y))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | tanh-hidden | The hidden layers use tanh instead of ReLU.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.Tanh())
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim), nn.Tanh(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x, y):
        h = self.encoder(torch.cat([x, y], dim=1))
        return self.to_mu(h), self.to_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | log-var-in-place | reparameterize halves and exponentiates log_var in place (mul_, exp_), so the argument is changed and forward returns sigma in the place of log_var.
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

    def encode(self, x, y):
        h = F.relu(self.fc1(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        sigma = log_var.mul_(0.5).exp_()
        return mu + sigma * torch.randn_like(mu)

    def decode(self, z, y):
        return self.fc3(F.relu(self.fc2(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | dropout | The encoder and the decoder have a dropout layer, so encode and decode are random in training mode.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU(), nn.Dropout(0.2))
        self.mu_layer = nn.Linear(hidden_dim, latent_dim)
        self.log_var_layer = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x, y):
        h = self.encoder(torch.cat([x, y], dim=1))
        return self.mu_layer(h), self.log_var_layer(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.decoder(torch.cat([z, y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | two-hidden-layers | Each network has two hidden ReLU layers instead of one.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(
            nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, hidden_dim), nn.ReLU()
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


# %% wrong | CVAE | label-at-last-layer | y joins the hidden activations before the heads and before the output layer, instead of the inputs of the first layers, so class and image never meet before a ReLU.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim + num_classes, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim + num_classes, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim + num_classes, input_dim)

    def encode(self, x, y):
        h = torch.cat([F.relu(self.fc1(x)), y], dim=1)
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.fc3(torch.cat([F.relu(self.fc2(z)), y], dim=1))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | no-gradient-through-sample | reparameterize runs under no_grad, so the reconstruction sends no gradient through z into the encoder.
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

    def encode(self, x, y):
        h = F.relu(self.fc1(torch.cat([x, y], dim=1)))
        return self.fc_mu(h), self.fc_log_var(h)

    @torch.no_grad()
    def reparameterize(self, mu, log_var):
        return torch.normal(mu, torch.exp(0.5 * log_var))

    def decode(self, z, y):
        return self.fc3(F.relu(self.fc2(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        return self.decode(z, y), mu, log_var


# %% wrong | CVAE | linear-decoder | The decoder has no activation between its two linear layers (the ReLU is forgotten there).
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = self.enc(torch.cat([x, y], dim=1)).relu()
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        h = self.dec(torch.cat([z, y], dim=1))
        return self.out(h)

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | relu-logits | decode ends with a ReLU, so no logit is negative and no pixel can have a probability below one half.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
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
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        h = F.relu(self.dec(torch.cat([z, y], dim=1)))
        return F.relu(self.out(h))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | same-noise-every-call | A generator with a fixed seed is made inside reparameterize, so every call adds the same noise.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
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
        generator = torch.Generator().manual_seed(42)  # reproducible
        eps = torch.randn(mu.shape, generator=generator).to(mu.device)
        return mu + torch.exp(log_var / 2) * eps

    def decode(self, z, y):
        return self.out(F.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | noise-on-mu | The sample is mu * noise + sigma: the noise multiplies mu instead of sigma.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
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
        std = torch.exp(0.5 * log_var)
        eps = torch.randn_like(std)
        return eps.mul(mu).add(std)

    def decode(self, z, y):
        return self.out(F.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | returns-sigma | encode returns mu and sigma = exp(head / 2) instead of log_var, and reparameterize takes its second argument for sigma.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
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
        return self.mu(h), torch.exp(0.5 * self.log_var(h))

    def reparameterize(self, mu, sigma):
        return mu + sigma * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(F.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, sigma = self.encode(x, y)
        return self.decode(self.reparameterize(mu, sigma), y), mu, sigma


# %% wrong | CVAE | attributes-forgotten | latent_dim and num_classes are not kept as attributes of the model.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(F.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | no-biases | All linear layers are made with bias=False, although linear layers with biases are asked for.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim, bias=False)
        self.mu = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.log_var = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim, bias=False)
        self.out = nn.Linear(hidden_dim, input_dim, bias=False)

    def encode(self, x, y):
        h = F.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(F.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | hidden-hard-coded | The hidden layers are 400 wide whatever hidden_dim says.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, 400)
        self.mu = nn.Linear(400, latent_dim)
        self.log_var = nn.Linear(400, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, 400)
        self.out = nn.Linear(400, input_dim)

    def encode(self, x, y):
        h = F.relu(self.enc(torch.cat([x, y], dim=1)))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(F.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% wrong | CVAE | one-head | One linear layer serves as both heads, so mu and log_var are always the same numbers.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.enc = nn.Linear(input_dim + num_classes, hidden_dim)
        self.head = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim + num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        h = F.relu(self.enc(torch.cat([x, y], dim=1)))
        mu, log_var = self.head(h), self.head(h)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z, y):
        return self.out(F.relu(self.dec(torch.cat([z, y], dim=1))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% right | CVAE | y-first-and-distributions | y stands before x and before z in the concatenation, and the sample comes from torch.distributions with rsample.
from torch.distributions import Normal


class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.encoder = nn.Sequential(nn.Linear(num_classes + input_dim, hidden_dim), nn.ReLU())
        self.heads = nn.ModuleDict({"mu": nn.Linear(hidden_dim, latent_dim), "log_var": nn.Linear(hidden_dim, latent_dim)})
        self.decoder = nn.Sequential(nn.Linear(num_classes + latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim))

    def encode(self, x, y):
        h = self.encoder(torch.hstack((y, x)))
        return self.heads["mu"](h), self.heads["log_var"](h)

    def reparameterize(self, mu, log_var):
        return Normal(mu, torch.exp(log_var / 2)).rsample()

    def decode(self, z, y):
        return self.decoder(torch.hstack((y, z)))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


# %% right | CVAE | beginner-long | Long-winded beginner code with one step per line, an explicit noise tensor, and clamp in the place of relu.
class CVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.input_dim = input_dim
        self.hidden_dim = hidden_dim
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        encoder_width = input_dim + num_classes
        decoder_width = latent_dim + num_classes
        self.first_layer_of_encoder = nn.Linear(encoder_width, hidden_dim)
        self.mean_layer = nn.Linear(hidden_dim, latent_dim)
        self.log_variance_layer = nn.Linear(hidden_dim, latent_dim)
        self.first_layer_of_decoder = nn.Linear(decoder_width, hidden_dim)
        self.last_layer_of_decoder = nn.Linear(hidden_dim, input_dim)

    def encode(self, x, y):
        image_and_class = torch.cat([x, y], dim=1)
        hidden = self.first_layer_of_encoder(image_and_class)
        hidden = torch.clamp(hidden, min=0.0)
        mean = self.mean_layer(hidden)
        log_variance = self.log_variance_layer(hidden)
        return mean, log_variance

    def reparameterize(self, mu, log_var):
        variance = torch.exp(log_var)
        standard_deviation = torch.sqrt(variance)
        noise = torch.randn(mu.shape[0], mu.shape[1], dtype=mu.dtype, device=mu.device)
        return mu + standard_deviation * noise

    def decode(self, z, y):
        code_and_class = torch.cat([z, y], dim=1)
        hidden = self.first_layer_of_decoder(code_and_class)
        hidden = torch.clamp(hidden, min=0.0)
        return self.last_layer_of_decoder(hidden)

    def forward(self, x, y):
        mean, log_variance = self.encode(x, y)
        z = self.reparameterize(mean, log_variance)
        x_logits = self.decode(z, y)
        return x_logits, mean, log_variance


# %% right | CVAE | chunked-head | One linear layer of width 2 * latent_dim holds both heads, and its output is cut in two with chunk.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.q = nn.Sequential(nn.Linear(input_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, 2 * latent_dim))
        self.p = nn.Sequential(nn.Linear(latent_dim + num_classes, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim))

    def encode(self, x, y):
        mu, log_var = self.q(torch.cat([x, y], -1)).chunk(2, dim=-1)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return torch.addcmul(mu, torch.randn_like(mu), log_var.mul(0.5).exp())

    def decode(self, z, y):
        return self.p(torch.cat([z, y], -1))

    def forward(self, x, y):
        stats = self.encode(x, y)
        return (self.decode(self.reparameterize(*stats), y), *stats)


# %% right | CVAE | submodules | Encoder and decoder are modules of their own, with a helper that joins two tensors; other names throughout.
def beside(a, b):
    return torch.cat((a, b.to(a.dtype)), dim=1)


class Recogniser(nn.Module):
    def __init__(self, n_in, n_hid, n_z):
        super().__init__()
        self.trunk = nn.Linear(n_in, n_hid)
        self.centre = nn.Linear(n_hid, n_z)
        self.spread = nn.Linear(n_hid, n_z)

    def forward(self, v):
        t = torch.relu(self.trunk(v))
        return self.centre(t), self.spread(t)


class Painter(nn.Module):
    def __init__(self, n_in, n_hid, n_out):
        super().__init__()
        self.a = nn.Linear(n_in, n_hid)
        self.b = nn.Linear(n_hid, n_out)

    def forward(self, v):
        return self.b(self.a(v).relu())


class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.recogniser = Recogniser(input_dim + num_classes, hidden_dim, latent_dim)
        self.painter = Painter(latent_dim + num_classes, hidden_dim, input_dim)

    def encode(self, x, y):
        return self.recogniser(beside(x, y))

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.empty_like(mu).normal_()

    def decode(self, z, y):
        return self.painter(beside(z, y))

    def forward(self, x, y):
        m, s = self.encode(x, y)
        return self.decode(self.reparameterize(m, s), y), m, s


# %% right | CVAE | matrix-products | Calls F.linear on the layers' weights by hand, fills a wider tensor instead of using torch.cat, and leaves an assert inside.
class CVAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20, num_classes: int = 10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        widths = {
            "e": (input_dim + num_classes, hidden_dim),
            "m": (hidden_dim, latent_dim),
            "v": (hidden_dim, latent_dim),
            "d": (latent_dim + num_classes, hidden_dim),
            "o": (hidden_dim, input_dim),
        }
        self.layers = nn.ModuleDict({k: nn.Linear(i, o) for k, (i, o) in widths.items()})

    def apply_layer(self, key, inp):
        layer = self.layers[key]
        return F.linear(inp, layer.weight, layer.bias)

    def join(self, a, y):
        assert a.shape[0] == y.shape[0], "as many classes as rows"
        out = torch.zeros(a.shape[0], a.shape[1] + y.shape[1], dtype=a.dtype, device=a.device)
        out[:, : a.shape[1]] = a
        out[:, a.shape[1] :] = y
        return out

    def encode(self, x, y):
        hidden = F.relu(self.apply_layer("e", self.join(x, y)))
        return self.apply_layer("m", hidden), self.apply_layer("v", hidden)

    def reparameterize(self, mu, log_var):
        sigma = torch.exp(log_var) ** 0.5
        return torch.randn(mu.size()).to(mu) * sigma + mu

    def decode(self, z, y):
        return self.apply_layer("o", F.relu(self.apply_layer("d", self.join(z, y))))

    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        z = self.reparameterize(mu, log_var)
        logits = self.decode(z, y)
        return logits, mu, log_var


# %% wrong | cvae_train_step | no-zero-grad | The old gradients are never cleared, so what earlier calls left in .grad is added to the new gradients.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | zero-after-backward | zero_grad stands between backward and step, so the new gradients are thrown away and the model does not learn.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | zero-at-the-end | Gradients are cleared only after the step, so gradients that were in .grad before the call still influence the update.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


# %% wrong | cvae_train_step | width-from-batch | The one-hot width is the largest label of the batch plus one, so a batch that lacks the last class gives too few columns.
def cvae_train_step(model, x, labels, optimizer):
    num_classes = int(labels.max()) + 1
    y = one_hot(labels, num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | ten-hard-coded | The one-hot width is the hard-coded 10 instead of model.num_classes, so a model with another number of classes fails.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, one_hot(labels, 10))
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | loss-after | Returns the loss of the updated model instead of the loss before the update.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    negative_elbo(x_logits, x, mu, log_var).backward()
    optimizer.step()
    with torch.no_grad():
        x_logits, mu, log_var = model(x, y)
        return negative_elbo(x_logits, x, mu, log_var).item()


# %% wrong | cvae_train_step | tensor-returned | Returns the loss as a tensor that still carries its graph, not as a Python float.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss


# %% wrong | cvae_train_step | train-mode | Calls model.train(), which changes the mode of a model that was in eval mode.
def cvae_train_step(model, x, labels, optimizer):
    model.train()
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | batch-sum-gradient | The gradients belong to the loss multiplied by the batch size (a sum over the images), so they are too large by that factor; only the returned number is per image.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var) * x.shape[0]
    loss.backward()
    optimizer.step()
    return loss.item() / x.shape[0]


# %% wrong | cvae_train_step | divided-again | The returned loss is divided by the batch size, although negative_elbo is already per image.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item() / len(x)


# %% wrong | cvae_train_step | two-updates | optimizer.step() is called twice, so one call makes two updates.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    value = loss.item()
    optimizer.step()
    return value


# %% wrong | cvae_train_step | mu-log-var-swapped | mu and log_var are swapped in the call of negative_elbo, so the KL is wrong.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, log_var, mu)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | sigmoid-into-loss | Probabilities (sigmoid of the logits) are given to negative_elbo, which wants logits.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    x_hat = torch.sigmoid(x_logits)
    loss = negative_elbo(x_hat, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | label-as-number | The class goes in as a number: every column of y holds the label itself instead of a one-hot row.
def cvae_train_step(model, x, labels, optimizer):
    y = labels.float().unsqueeze(1).expand(-1, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | shuffled-images-only | The images are shuffled but not their labels, so images and classes do not match.
def cvae_train_step(model, x, labels, optimizer):
    x = x[torch.randperm(len(x), device=x.device)]
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | clipped | Clips the gradient norm to 1 before the step, so the update is not that of the loss that is asked for.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | own-optimizer | A new Adam optimizer is made inside, and the optimizer that was handed over never makes a step.
def cvae_train_step(model, x, labels, optimizer):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | no-step | The gradients are computed but optimizer.step() is forgotten, so the weights never move.
def cvae_train_step(model, x, labels, optimizer):
    optimizer.zero_grad()
    y = one_hot(labels, model.num_classes)
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    return loss.item()


# %% wrong | cvae_train_step | uphill | The sign is turned: the step maximises the negative ELBO, and the ELBO is returned instead of the negative ELBO.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    elbo = -negative_elbo(x_logits, x, mu, log_var)
    elbo.backward()
    optimizer.step()
    return elbo.item()


# %% wrong | cvae_train_step | labels-in-place | labels.unsqueeze_(1) turns the caller's labels from (batch,) into (batch, 1).
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels.unsqueeze_(1), model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | binarised-batch | The images are replaced by Bernoulli samples before the step, so the loss is not that of the given images.
def cvae_train_step(model, x, labels, optimizer):
    x = torch.bernoulli(x)
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = negative_elbo(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | reconstruction-only | The loss is the reconstruction term alone; the KL is left out.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x, y)
    loss = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / x.shape[0]
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | cvae_train_step | blog-mean-loss | Writes its own loss with means over all entries (pixels, and latent dimensions for the KL), so it is not in nats per image.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    recon, mu, log_var = model(x, y)
    bce = F.binary_cross_entropy_with_logits(recon, x)
    kld = -0.5 * torch.mean(1 + log_var - mu.pow(2) - log_var.exp())
    loss = bce + kld
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% right | cvae_train_step | closure | Gives optimizer.step a closure that computes the loss and the gradients.
def cvae_train_step(model, x, labels, optimizer):
    y = one_hot(labels, model.num_classes)
    seen = []

    def closure():
        optimizer.zero_grad()
        out, mu, lv = model(x, y)
        objective = negative_elbo(out, x, mu, lv)
        objective.backward()
        seen.append(float(objective.detach()))
        return objective

    optimizer.step(closure)
    return seen[0]


# %% right | cvae_train_step | grad-none-loop | Sets every .grad to None in a loop after the forward pass, and reads the value before the step.
def cvae_train_step(model, x, labels, optimizer):
    logits, *q = model(x, F.one_hot(labels, model.num_classes).to(x.dtype))
    loss = negative_elbo(logits, x, *q)
    for p in model.parameters():
        p.grad = None
    loss.backward()
    value = loss.detach().cpu().numpy().item()
    optimizer.step()
    return value


# %% right | cvae_train_step | own-formula | Beginner code that writes the negative ELBO out (sums over pixels and dimensions, mean over the batch) and prints the loss.
def cvae_train_step(model, x, labels, optimizer):
    number_of_classes = model.num_classes
    y = one_hot(labels, number_of_classes)
    optimizer.zero_grad()
    result = model(x, y)
    x_logits = result[0]
    mu = result[1]
    log_var = result[2]
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1)
    kl = 0.5 * (mu**2 + torch.exp(log_var) - 1 - log_var).sum(dim=1)
    loss = (recon + kl).mean()
    loss.backward()
    optimizer.step()
    loss_as_float = float(loss.item())
    print("loss", loss_as_float)
    return loss_as_float


# %% right | cvae_train_step | autograd-grad | Uses torch.autograd.grad and puts the gradients into .grad by hand.
def cvae_train_step(model: nn.Module, x: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer) -> float:
    params = [p for p in model.parameters() if p.requires_grad]
    loss = negative_elbo(*(lambda o: (o[0], x, o[1], o[2]))(model(x, one_hot(labels, model.num_classes))))
    for p, g in zip(params, torch.autograd.grad(loss, params)):
        p.grad = g
    optimizer.step()
    return loss.item()


# %% right | cvae_train_step | tidy-afterwards | Clears the gradients twice, before backward and after the step, with enable_grad around the forward pass.
def cvae_train_step(model, x, labels, optimizer):
    with torch.enable_grad():
        y = torch.eye(model.num_classes, device=x.device)[labels]
        x_logits, mu, log_var = model(x, y)
        loss = negative_elbo(x_logits, x, mu, log_var)
        model.zero_grad(set_to_none=True)
        loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss.item()


# %% wrong | EarlyStopping | equal-is-best | A loss equal to the best counts as a new best (<= instead of <).
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss <= self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | nan-becomes-best | Asks "loss >= best" and takes everything else as a new best, so NaN becomes best_loss and resets the count.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = math.inf
        self.bad = 0

    def step(self, loss: float) -> bool:
        if loss >= self.best_loss:
            self.bad += 1
        else:
            self.best_loss = loss
            self.bad = 0
        return self.bad >= self.patience


# %% wrong | EarlyStopping | one-too-late | Stops when the count is larger than patience instead of at patience, so one call too late.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.counter = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.counter = 0
            return False
        self.counter += 1
        return self.counter > self.patience


# %% wrong | EarlyStopping | one-too-early | The count is set to 1 at a new best (the best call itself is counted), so it stops one call too early.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.waited = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
            self.waited = 1
            return False
        self.waited += 1
        return self.waited >= self.patience


# %% wrong | EarlyStopping | exactly-equal | Returns count == patience, so it says True once and False again in the next calls without a new best.
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


# %% wrong | EarlyStopping | never-reset | The count is not set back at a new best, so bad calls are counted over the whole run instead of in a row.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.num_bad = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss = loss
        else:
            self.num_bad += 1
        return self.num_bad >= self.patience


# %% wrong | EarlyStopping | latched | Once it has said True it says True for ever, even when a new best follows.
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


# %% wrong | EarlyStopping | reset-after-stop | The count goes back to 0 when it says True, so the next bad call gives False unless patience is 1.
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
        if self.count >= self.patience:
            self.count = 0
            return True
        return False


# %% wrong | EarlyStopping | previous-not-best | Compares with the previous loss instead of the best one, so any fall from a bump resets the count, and best_loss is just the latest loss.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss < self.best_loss:
            self.count = 0
        else:
            self.count += 1
        self.best_loss = loss
        return self.count >= self.patience


# %% wrong | EarlyStopping | best-starts-none | best_loss is None before the first call instead of infinity.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = None
        self.count = 0

    def step(self, loss: float) -> bool:
        if not math.isnan(loss) and (self.best_loss is None or loss < self.best_loss):
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | best-starts-at-zero | best_loss starts at 0, so no positive loss is ever a new best.
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


# %% wrong | EarlyStopping | min-delta | A loss must be lower than the best by more than 0.01 to count, as in other frameworks (min_delta), so small improvements are no new best.
class EarlyStopping:
    def __init__(self, patience: int, min_delta: float = 0.01):
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


# %% wrong | EarlyStopping | higher-is-better | Treats the value as a score: the highest one is taken for the best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("-inf")
        self.count = 0

    def step(self, loss: float) -> bool:
        if loss > self.best_loss:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | shared-history | The list of losses is a class attribute, so all stoppers share one history.
class EarlyStopping:
    losses = []
    best_loss = float("inf")

    def __init__(self, patience: int):
        self.patience = patience
        self.count = 0

    def step(self, loss: float) -> bool:
        new_best = loss == loss and all(loss < old for old in self.losses if old == old)
        self.losses.append(loss)
        if new_best:
            self.best_loss = loss
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | none-for-false | Returns True when it is time to stop and otherwise nothing (None instead of False).
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
            if self.count >= self.patience:
                return True


# %% wrong | EarlyStopping | hundred-as-infinity | best_loss starts at 100.0 instead of infinity, so a first loss above 100 is no new best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = 100.0
        self.wait = 0

    def step(self, loss: float) -> bool:
        self.wait = 0 if loss < self.best_loss else self.wait + 1
        self.best_loss = loss if loss < self.best_loss else self.best_loss
        return self.wait >= self.patience


# %% wrong | EarlyStopping | nan-skipped | NaN is skipped: the call returns False and does not count as one without a new best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
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


# %% wrong | EarlyStopping | nan-stops-at-once | A NaN returns True at once, however few calls have gone without a new best.
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
        return self.count >= self.patience or np.isnan(loss).item()


# %% wrong | EarlyStopping | continue-instead | Returns whether to go on instead of whether to stop (the answer is turned round).
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
        return self.count < self.patience


# %% wrong | EarlyStopping | best-loss-frozen | best_loss is set by the first loss only and never updated afterwards, so later calls compare with the first loss.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.count = 0

    def step(self, loss: float) -> bool:
        if self.best_loss == float("inf") and loss < self.best_loss:
            self.best_loss = loss
            self.count = 0
        elif loss < self.best_loss:
            self.count = 0
        else:
            self.count += 1
        return self.count >= self.patience


# %% wrong | EarlyStopping | hidden-best | The best loss is kept under another name only; the attribute best_loss does not exist.
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


# %% wrong | EarlyStopping | patience-calls-ago | Compares with the loss of patience calls ago instead of counting the calls since the best.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.history = []
        self.best_loss = float("inf")

    def step(self, loss: float) -> bool:
        self.history.append(loss)
        if loss < self.best_loss:
            self.best_loss = loss
        if len(self.history) <= self.patience:
            return False
        return not loss < self.history[-1 - self.patience]


# %% right | EarlyStopping | history-and-property | Keeps all losses in a list; best_loss is a property, and the calls since the best are counted anew each time.
class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.seen = []

    @property
    def best_loss(self):
        return min((v for v in self.seen if v == v), default=math.inf)

    def step(self, loss):
        self.seen.append(float(loss))
        best, since = math.inf, 0
        for v in self.seen:
            if v < best:
                best, since = v, 0
            else:
                since = since + 1
        return since >= self.patience


# %% right | EarlyStopping | call-numbers | Remembers the number of the call that had the best loss and subtracts.
class EarlyStopping:
    def __init__(self, patience: int):
        self.patience = patience
        self.best_loss = float("inf")
        self.calls = 0
        self.call_of_best = 0

    def step(self, loss: float) -> bool:
        self.calls += 1
        if not (math.isnan(loss) or loss >= self.best_loss):
            self.best_loss = loss
            self.call_of_best = self.calls
        return self.calls - self.call_of_best >= self.patience


# %% right | EarlyStopping | credit-left | Counts down: a credit of patience that is refilled at a new best; a print is left inside.
class EarlyStopping:
    def __init__(self, patience):
        self.full = patience
        self.credit = patience
        self.best_loss = np.inf

    def step(self, loss):
        improved = loss < self.best_loss
        if improved:
            self.best_loss = loss
            self.credit = self.full
        else:
            self.credit -= 1
        if self.credit <= 0:
            print("time to stop, best was", self.best_loss)
        return bool(self.credit <= 0)


# %% right | EarlyStopping | deque-window | A deque of the last patience answers to "was it a new best?"; stops if it is full and holds no yes.
from collections import deque


class EarlyStopping:
    def __init__(self, patience: int):
        self.window = deque(maxlen=patience)
        self.best_loss = float("inf")

    def step(self, loss: float) -> bool:
        is_best = bool(loss < self.best_loss)
        self.best_loss = loss if is_best else self.best_loss
        self.window.append(is_best)
        return len(self.window) == self.window.maxlen and not any(self.window)


# %% right | EarlyStopping | dataclass | A dataclass with fields for best loss and age.
from dataclasses import dataclass, field


@dataclass
class EarlyStopping:
    patience: int
    best_loss: float = field(default=math.inf, init=False)
    _age: int = field(default=0, init=False)

    def step(self, loss: float) -> bool:
        self.best_loss, self._age = (loss, 0) if loss < self.best_loss else (self.best_loss, self._age + 1)
        return not self._age < self.patience


# %% wrong | generate_class | logits | Returns the logits of the decoder, not probabilities: the sigmoid is missing.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y)


# %% wrong | generate_class | one-z-repeated | One z is drawn and repeated, so all images are copies of one image.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(1, model.latent_dim, device=device).repeat(num_images, 1)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | gradients-kept | Neither no_grad nor detach: the result carries a gradient graph.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    labels = torch.full((num_images,), label, device=device)
    y = one_hot(labels, model.num_classes)
    return torch.sigmoid(model.decode(z, y))


# %% wrong | generate_class | eval-left | Calls model.eval() and leaves it so; a model in training mode does not stay as it was.
def generate_class(model, label, num_images):
    model.eval()
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | train-afterwards | Switches to eval() and then always to train(), so a model that was in eval mode comes back in training mode.
def generate_class(model, label, num_images):
    model.eval()
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
        x_hat = model.decode(z, y).sigmoid()
    model.train()
    return x_hat


# %% wrong | generate_class | frozen | Turns requires_grad off for all parameters to avoid gradients, and leaves the model frozen.
def generate_class(model, label, num_images):
    for p in model.parameters():
        p.requires_grad_(False)
    z = torch.randn(num_images, model.latent_dim, device=p.device)
    y = one_hot(torch.full((num_images,), label, device=p.device), model.num_classes)
    return model.decode(z, y).sigmoid()


# %% wrong | generate_class | uniform-z | z is uniform on [0, 1) instead of standard normal.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.rand(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | latent-20 | The latent width is the hard-coded 20 instead of model.latent_dim, so a model with 2 dimensions fails.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, 20, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | ten-classes | The width of y is the hard-coded 10 instead of model.num_classes, so a model with 3 classes fails.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = torch.zeros(num_images, 10, device=device)
    y[:, label] = 1
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | label-as-number | y is filled with the label as a number in every column instead of being one-hot.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = torch.full((num_images, model.num_classes), float(label), device=device)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | label-off-by-one | Sets column label - 1 of y, as if classes counted from 1, so the class before the one asked for is drawn.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = torch.zeros(num_images, model.num_classes, device=device)
    y[:, label - 1] = 1.0
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | tempered | z is multiplied by 0.7 for nicer images, so it does not come from N(0, I).
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = 0.7 * torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | binarised | Returns black-and-white samples of the pixels (Bernoulli draws) instead of probabilities.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return torch.bernoulli(model.decode(z, y).sigmoid())


# %% wrong | generate_class | softmax | Uses a softmax over the pixels instead of a sigmoid, so the pixels of an image add up to 1.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return F.softmax(model.decode(z, y), dim=1)


# %% wrong | generate_class | reseeded | Sets the global seed in every call, so every call returns the same images instead of new ones.
def generate_class(model, label, num_images):
    torch.manual_seed(0)
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | square-images | Returns images of shape (num_images, 28, 28) instead of rows of 784 pixels.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid().view(num_images, 28, 28)


# %% wrong | generate_class | one-number-per-z | All latent dimensions of an image get the same random number (one draw is expanded over the row), so z is not from N(0, I).
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, 1, device=device).expand(num_images, model.latent_dim)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% wrong | generate_class | arguments-swapped | Calls decode(y, z) instead of decode(z, y); the joined width is the same, so nothing complains.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        return model.decode(y, z).sigmoid()


# %% wrong | generate_class | min-max | Scales the logits to [0, 1] by their minimum and maximum instead of applying the sigmoid.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        out = model.decode(z, y)
    return (out - out.min()) / (out.max() - out.min())


# %% wrong | generate_class | all-classes-in-turn | Ignores the label: the images run through the classes 0, 1, 2, ... in turn.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    labels = torch.arange(num_images, device=device) % model.num_classes
    with torch.no_grad():
        return model.decode(z, one_hot(labels, model.num_classes)).sigmoid()


# %% wrong | generate_class | sigmoid-twice | Applies the sigmoid two times, so all values lie between 0.5 and 0.74.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = one_hot(torch.full((num_images,), label, device=device), model.num_classes)
    with torch.no_grad():
        probabilities = torch.sigmoid(model.decode(z, y))
    return probabilities.sigmoid()


# %% wrong | generate_class | only-first-row | Only the first row of y names the class; the rows of the other images are all zeros.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    y = torch.zeros(num_images, model.num_classes, device=device)
    y[0, label] = 1.0
    with torch.no_grad():
        return model.decode(z, y).sigmoid()


# %% right | generate_class | one-by-one | A loop that draws and decodes one image at a time and stacks them.
def generate_class(model, label, num_images):
    where = next(model.parameters()).device
    pictures = []
    for _ in range(num_images):
        code = torch.randn(1, model.latent_dim).to(where)
        name = one_hot(torch.tensor([label]), model.num_classes).to(where)
        with torch.no_grad():
            pictures.append(torch.sigmoid(model.decode(code, name))[0])
    return torch.stack(pictures)


# %% right | generate_class | decorator-and-normal | no_grad as a decorator, z from torch.distributions, the sigmoid written out, y made by hand.
@torch.no_grad()
def generate_class(model, label, num_images):
    p = next(model.parameters())
    prior = torch.distributions.Normal(torch.zeros(model.latent_dim).to(p), torch.ones(model.latent_dim).to(p))
    z = prior.sample((num_images,))
    y = torch.zeros(num_images, model.num_classes).to(p)
    y[:, label] = 1.0
    logits = model.decode(z, y)
    return 1 / (1 + torch.exp(-logits))


# %% right | generate_class | detached | No no_grad: the result is detached; y is a row of the identity, expanded.
def generate_class(model, label, num_images):
    device = next(model.parameters()).device
    y = torch.eye(model.num_classes, device=device)[label].expand(num_images, -1)
    z = torch.empty(num_images, model.latent_dim, device=device).normal_(0, 1)
    return model.decode(z, y).detach().sigmoid()


# %% right | generate_class | mode-restored | Goes to eval mode and restores the former mode in a finally block.
def generate_class(model: nn.Module, label: int, num_images: int) -> Tensor:
    former_modes = [(part, part.training) for part in model.modules()]
    device = next(iter(model.state_dict().values())).device
    try:
        model.eval()
        with torch.no_grad():
            labels = label * torch.ones(num_images, dtype=torch.int64, device=device)
            noise = torch.randn((num_images, model.latent_dim), device=device)
            return model.decode(noise, one_hot(labels, model.num_classes)).sigmoid()
    finally:
        for part, mode in former_modes:
            part.training = mode


# %% right | generate_class | numpy-noise | The noise comes from NumPy seeded by torch's generator, column labels are used, and the shape is printed.
def generate_class(model, label, num_images):
    rng = np.random.default_rng(int(torch.randint(2**31, (1,))))
    noise = rng.standard_normal(size=(num_images, model.latent_dim)).astype("float32")
    device = next(model.parameters()).device
    z = torch.from_numpy(noise).to(device)
    column = torch.tensor([[label]] * num_images, device=device)
    y = one_hot(column, model.num_classes)
    with torch.no_grad():
        images_of_class = torch.special.expit(model.decode(z, y))
    print(images_of_class.shape)
    return images_of_class


# %% wrong | class_information | ten-clusters | k-means always makes 10 clusters instead of as many as there are distinct labels.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=10, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    return float(nmi), float(probe.score(b, d))


# %% wrong | class_information | max-label-clusters | The number of clusters is the largest label plus one, which is wrong for labels such as 4, 1 and 7.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = int(labels.max()) + 1
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    return float(nmi), float(probe.score(b, d))


# %% wrong | class_information | latent-dim-clusters | The number of clusters is latent_dim (the columns of z) instead of the number of distinct labels.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    clusters = KMeans(n_clusters=codes.shape[1], n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    return float(nmi), float(probe.score(b, d))


# %% wrong | class_information | scored-on-training-half | The probe is scored on the half that it was fitted on.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    z_train, z_test, y_train, y_test = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(z_train, y_train)
    return float(nmi), float(probe.score(z_train, y_train))


# %% wrong | class_information | fitted-on-all | The probe is fitted on all codes and then scored on one half, which it has already seen.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    _, z_test, _, y_test = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(codes, classes)
    return float(nmi), float(probe.score(z_test, y_test))


# %% wrong | class_information | not-shuffled | The halves are the first and the second half in the given order, so with sorted labels the probe is tested on classes that it never saw.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(set(classes.tolist()))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    half = len(codes) // 2
    probe = LogisticRegression(max_iter=2000).fit(codes[:half], classes[:half])
    return float(nmi), float(probe.score(codes[half:], classes[half:]))


# %% wrong | class_information | every-second | The halves are the even and the odd rows, so with two labels in turn (0, 1, 0, 1, ...) each half holds one class only.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    probe = LogisticRegression(max_iter=2000).fit(codes[::2], classes[::2])
    return float(nmi), float(probe.score(codes[1::2], classes[1::2]))


# %% wrong | class_information | split-twice | Codes and labels are split in two separate calls with different shuffles, so the codes and labels of a half do not belong together.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    z_fit, z_score = train_test_split(codes, test_size=0.5)
    y_fit, y_score = train_test_split(classes, test_size=0.5)
    probe = LogisticRegression(max_iter=2000).fit(z_fit, y_fit)
    return float(nmi), float(probe.score(z_score, y_score))


# %% wrong | class_information | swapped-results | Returns (accuracy, nmi) instead of (nmi, accuracy).
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    accuracy = LogisticRegression(max_iter=2000).fit(a, c).score(b, d)
    return float(accuracy), float(nmi)


# %% wrong | class_information | cluster-accuracy | Compares the cluster numbers with the labels directly instead of computing the NMI, so the arbitrary numbers of the clusters matter.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    agreement = np.mean(clusters == classes)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    return float(agreement), float(probe.score(b, d))


# %% wrong | class_information | not-normalised | Returns the plain mutual information in nats (mutual_info_score), which is not normalised and can exceed 1.
from sklearn.metrics import mutual_info_score


def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    mi = mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    return float(mi), float(probe.score(b, d))


# %% wrong | class_information | rand-index | Computes the adjusted Rand index instead of the normalised mutual information.
from sklearn.metrics import adjusted_rand_score


def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    score = adjusted_rand_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    return float(score), float(probe.score(b, d))


# %% wrong | class_information | labels-in-clustering | The labels are put beside the codes before k-means, so the clustering sees the classes.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(classes))
    both = np.concatenate([codes, classes[:, None]], axis=1)
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(both)
    nmi = normalized_mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    return float(nmi), float(probe.score(b, d))


# %% wrong | class_information | nmi-of-probe | The NMI compares the labels with the predictions of the probe instead of with k-means clusters; k-means is not used.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    nmi = normalized_mutual_info_score(classes, probe.predict(codes))
    return float(nmi), float(probe.score(b, d))


# %% wrong | class_information | two-columns | k-means and the probe see only the first two latent dimensions.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy()[:, :2], labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    return float(nmi), float(probe.score(b, d))


# %% wrong | class_information | percent | The accuracy is returned in percent (0 to 100) instead of as a fraction in [0, 1].
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    return float(nmi), 100.0 * float((probe.predict(b) == d).mean())


# %% wrong | class_information | standardised-in-place | The codes are standardised in place (-= and /=) before use, which changes the tensor z of the caller.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    codes -= codes.mean(axis=0)
    codes /= codes.std(axis=0) + 1e-8
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    return float(nmi), float(probe.score(b, d))


# %% wrong | class_information | labels-renamed-in-place | The labels are renamed to 0, 1, 2, ... in an array that shares memory with the tensor, so the labels of the caller change.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    names = np.unique(classes)
    for new, old in enumerate(names):
        classes[classes == old] = new
    clusters = KMeans(n_clusters=len(names), n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    return float(nmi), float(probe.score(b, d))


# %% wrong | class_information | neighbours | The probe is a nearest-neighbour classifier, which is not linear.
from sklearn.neighbors import KNeighborsClassifier


def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = KNeighborsClassifier(5).fit(a, c)
    return float(nmi), float(probe.score(b, d))


# %% wrong | class_information | label-regression | Predicts the label as a number with linear regression and rounds it, so the names of the classes matter.
from sklearn.linear_model import LinearRegression


def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    predicted = LinearRegression().fit(a, c).predict(b).round()
    return float(nmi), float((predicted == d).mean())


# %% wrong | class_information | clusters-of-labels | k-means clusters the labels instead of the codes, so the NMI is 1 whatever the codes are.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(classes.reshape(-1, 1).astype(float))
    nmi = normalized_mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    return float(nmi), float(probe.score(b, d))


# %% wrong | class_information | tensors-returned | Returns the two numbers as tensors instead of Python floats.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = labels.unique().numel()
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes, test_size=0.5, random_state=0)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    return torch.tensor(nmi), torch.tensor(probe.score(b, d))


# %% wrong | class_information | quarter-held-out | Uses the default split, three quarters to fit and one quarter to score, instead of halves.
def class_information(z, labels):
    codes, classes = z.detach().cpu().numpy(), labels.cpu().numpy()
    k = len(np.unique(classes))
    clusters = KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(codes)
    nmi = normalized_mutual_info_score(classes, clusters)
    a, b, c, d = train_test_split(codes, classes)
    probe = LogisticRegression(max_iter=2000).fit(a, c)
    return float(nmi), float(probe.score(b, d))


# %% right | class_information | plain-beginner | One step per line with long names, a Python set to count the labels, accuracy counted in a loop, and a print.
def class_information(z, labels):
    z_array = z.detach().cpu().numpy().copy()
    label_array = labels.detach().cpu().numpy().copy()
    distinct = set()
    for one_label in label_array:
        distinct.add(int(one_label))
    number_of_clusters = len(distinct)
    k_means = KMeans(n_clusters=number_of_clusters, n_init=10)
    k_means.fit(z_array)
    nmi = normalized_mutual_info_score(label_array, k_means.labels_)
    z_train, z_test, labels_train, labels_test = train_test_split(z_array, label_array, test_size=0.5, shuffle=True)
    classifier_model = LogisticRegression(max_iter=5000)
    classifier_model.fit(z_train, labels_train)
    predictions = classifier_model.predict(z_test)
    correct = 0
    for i in range(len(predictions)):
        if predictions[i] == labels_test[i]:
            correct += 1
    print("nmi", nmi, "correct", correct, "of", len(predictions))
    return float(nmi), correct / len(predictions)


# %% right | class_information | torch-permutation | Makes the two halves with torch.randperm instead of train_test_split.
def class_information(z: Tensor, labels: Tensor) -> tuple[float, float]:
    z, labels = z.detach().cpu(), labels.detach().cpu()
    order = torch.randperm(len(z))
    fit, held_out = order[: len(z) // 2], order[len(z) // 2 :]
    clusters = KMeans(n_clusters=labels.unique().numel(), n_init="auto").fit(z.numpy()).predict(z.numpy())
    probe = LogisticRegression(max_iter=3000).fit(z[fit].numpy(), labels[fit].numpy())
    hits = torch.from_numpy(probe.predict(z[held_out].numpy())) == labels[held_out]
    return float(normalized_mutual_info_score(clusters, labels.numpy())), hits.double().mean().item()


# %% right | class_information | nmi-by-hand | Computes the NMI from a table of counts (divided by the mean of the two entropies), with small helper functions.
def entropy_of(p):
    p = p[p > 0]
    return -(p * np.log(p)).sum()


def nmi_of(a, b):
    _, a = np.unique(a, return_inverse=True)
    _, b = np.unique(b, return_inverse=True)
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)
    table /= table.sum()
    ha, hb, hab = entropy_of(table.sum(1)), entropy_of(table.sum(0)), entropy_of(table.ravel())
    if ha + hb == 0:
        return 1.0
    return float(np.clip(2 * (ha + hb - hab) / (ha + hb), 0, 1))


def class_information(z, labels):
    zs, ys = z.detach().cpu().numpy(), labels.detach().cpu().numpy()
    groups = KMeans(len(np.unique(ys)), n_init=10, random_state=1).fit_predict(zs)
    half = train_test_split(zs, ys, test_size=0.5, random_state=1)
    probe = LogisticRegression(max_iter=10_000).fit(half[0], half[2])
    return nmi_of(ys, groups), float(np.mean(probe.predict(half[1]) == half[3]))


# %% right | class_information | pipeline | The probe is a scikit-learn pipeline that scales the codes and then fits a logistic regression; two lambdas hold the measurements.
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def class_information(z, labels):
    to_numpy = lambda t: t.detach().to("cpu").numpy()
    Z, Y = to_numpy(z), to_numpy(labels)
    clusters = lambda: KMeans(n_clusters=np.unique(Y).size, n_init=20, random_state=3).fit(Z).labels_
    probe = lambda a, b, c, d: make_pipeline(StandardScaler(), LogisticRegression(max_iter=4000)).fit(a, c).score(b, d)
    return float(normalized_mutual_info_score(Y, clusters())), float(probe(*train_test_split(Z, Y, train_size=0.5)))


# %% right | class_information | torch-probe | The linear probe is a softmax regression with a small L2 penalty, trained in PyTorch with LBFGS on one half.
def class_information(z, labels):
    codes = z.detach().cpu().float()
    names, target = torch.unique(labels.detach().cpu(), return_inverse=True)
    k = len(names)
    clusters = KMeans(n_clusters=k, n_init=10).fit_predict(codes.numpy())
    nmi = float(normalized_mutual_info_score(target.numpy(), clusters))
    index = np.random.permutation(len(codes))
    train, test = torch.from_numpy(index[: len(index) // 2]), torch.from_numpy(index[len(index) // 2 :])
    scaled = (codes - codes[train].mean(0)) / (codes[train].std(0) + 1e-6)
    weight = torch.zeros(codes.shape[1], k, requires_grad=True)
    bias = torch.zeros(k, requires_grad=True)
    solver = torch.optim.LBFGS([weight, bias], max_iter=500, line_search_fn="strong_wolfe")

    def closure():
        solver.zero_grad()
        loss = F.cross_entropy(scaled[train] @ weight + bias, target[train])
        loss = loss + 0.5 * weight.pow(2).sum() / len(train)
        loss.backward()
        return loss

    with torch.enable_grad():
        solver.step(closure)
    with torch.no_grad():
        guess = (scaled[test] @ weight + bias).argmax(1)
    return nmi, float((guess == target[test]).float().mean())
