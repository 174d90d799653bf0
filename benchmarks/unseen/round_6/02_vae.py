# %% wrong | VAE | variance-as-std | reparameterize uses exp(log_var) as the standard deviation.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | exp-in-place | reparameterize overwrites log_var with exp_.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.back = nn.Linear(latent_dim, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = torch.relu(self.hidden(x))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        sigma = log_var.exp_().sqrt()
        return mu + sigma * torch.randn_like(mu)

    def decode(self, z):
        return self.out(torch.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | no-noise-in-eval | reparameterize returns mu when the model is in evaluation mode.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, log_var):
        if self.training:
            std = torch.exp(0.5 * log_var)
            eps = torch.randn_like(std)
            return eps.mul(std).add_(mu)
        return mu

    def decode(self, z):
        return self.fc4(F.relu(self.fc3(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | sigmoid-in-decode | decode applies the sigmoid and returns probabilities instead of logits.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.mu_head(h), self.log_var_head(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z):
        return torch.sigmoid(self.decoder(z))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | relu-on-heads | Both heads end with a ReLU, so mu and log_var can never be negative.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_lv = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return F.relu(self.fc_mu(h)), F.relu(self.fc_lv(h))

    def reparameterize(self, mu, log_var):
        sigma = torch.exp(0.5 * log_var)
        return mu + sigma * torch.randn_like(sigma)

    def decode(self, z):
        h = F.relu(self.fc2(z))
        return self.fc3(h)

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | encoder-without-relu | The encoder's hidden layer has no ReLU, so the whole encoder is linear.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_lv = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = self.fc1(x)
        return self.fc_mu(h), self.fc_lv(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc3(torch.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | decoder-without-relu | The decoder has no ReLU between its two linear layers.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.enc = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.lv = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Sequential(nn.Linear(latent_dim, hidden_dim), nn.Linear(hidden_dim, input_dim))

    def encode(self, x):
        h = self.enc(x).relu()
        return self.mu(h), self.lv(h)

    def reparameterize(self, mu, log_var):
        return mu + (log_var / 2).exp() * torch.randn_like(mu)

    def decode(self, z):
        return self.dec(z)

    def forward(self, x):
        mu, lv = self.encode(x)
        return self.decode(self.reparameterize(mu, lv)), mu, lv


# %% wrong | VAE | no-latent-dim-attribute | Forgets to keep latent_dim as an attribute.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | hard-coded-sizes | Ignores the arguments and always builds 784-400-20.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(784, 400)
        self.fc_mu = nn.Linear(400, 20)
        self.fc_log_var = nn.Linear(400, 20)
        self.fc2 = nn.Linear(20, 400)
        self.fc3 = nn.Linear(400, 784)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | noise-per-dimension | All images of a batch share one noise vector.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.mu_layer = nn.Linear(hidden_dim, latent_dim)
        self.log_var_layer = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.mu_layer(h), self.log_var_layer(h)

    def reparameterize(self, mu, log_var):
        eps = torch.randn(mu.shape[1], device=mu.device)
        return mu + torch.exp(log_var / 2) * eps

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | wrong-return-order | forward returns mu, log_var, x_logits.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        x_logits = self.decode(self.reparameterize(mu, log_var))
        return mu, log_var, x_logits


# %% wrong | VAE | forward-decodes-mu | forward draws no sample and decodes mu.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(mu), mu, log_var


# %% wrong | VAE | one-head-for-both | mu and log_var come from the same linear layer and are equal: four layers in place of five.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc2 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = torch.relu(self.fc1(x))
        return self.fc2(h), self.fc2(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc4(torch.relu(self.fc3(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | normal-sample | reparameterize uses Normal.sample, which passes no gradient.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return Normal(mu, torch.exp(0.5 * log_var)).sample()

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | own-latent-width | The noise always has the width self.latent_dim and not the shape of mu.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.lin1 = nn.Linear(input_dim, hidden_dim)
        self.lin_mu = nn.Linear(hidden_dim, latent_dim)
        self.lin_lv = nn.Linear(hidden_dim, latent_dim)
        self.lin2 = nn.Linear(latent_dim, hidden_dim)
        self.lin3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = self.lin1(x).relu()
        return self.lin_mu(h), self.lin_lv(h)

    def reparameterize(self, mu, log_var):
        eps = torch.randn(mu.shape[0], self.latent_dim, device=mu.device)
        return mu + torch.exp(log_var / 2) * eps

    def decode(self, z):
        return self.lin3(self.lin2(z).relu())

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | layers-in-plain-list | Keeps the layers in a Python list, so parameters() is empty.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        sizes = [
            (input_dim, hidden_dim),
            (hidden_dim, latent_dim),
            (hidden_dim, latent_dim),
            (latent_dim, hidden_dim),
            (hidden_dim, input_dim),
        ]
        self.layers = [nn.Linear(a, b) for a, b in sizes]

    def encode(self, x):
        h = F.relu(self.layers[0](x))
        return self.layers[1](h), self.layers[2](h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.layers[4](F.relu(self.layers[3](z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | no-biases | All layers are built with bias=False.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim, bias=False)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.fc2 = nn.Linear(latent_dim, hidden_dim, bias=False)
        self.fc3 = nn.Linear(hidden_dim, input_dim, bias=False)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | encode-returns-variance | encode exponentiates the second head and returns the variance.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.body = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mean = nn.Linear(hidden_dim, latent_dim)
        self.var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        h = self.body(x)
        return self.mean(h), torch.exp(self.var(h))

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | mu-head-before-relu | The mu head reads the hidden layer before its ReLU, the other head after it.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = self.fc1(x)
        mu = self.fc_mu(h)
        log_var = self.fc_log_var(F.relu(h))
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | dropout-in-encoder | A dropout layer makes encode random in training mode.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU(), nn.Dropout(0.1))
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% right | VAE | plain-five-layers | Five linear layers as drawn.
class VAE(nn.Module):
    """A variational autoencoder with one hidden ReLU layer on each side."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        sigma = torch.exp(0.5 * log_var)
        return mu + sigma * torch.randn_like(mu)

    def decode(self, z: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% right | VAE | shared-head-chunk | One head twice as wide, split with chunk, inside nn.Sequential.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(
            nn.Linear(input_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, 2 * latent_dim),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x):
        mu, log_var = self.encoder(x).chunk(2, dim=-1)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        eps = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        return mu + log_var.exp().sqrt() * eps

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% right | VAE | rsample-moduledict | A ModuleDict of layers, and Normal.rsample.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.net = nn.ModuleDict(
            {
                "hidden": nn.Linear(input_dim, hidden_dim),
                "mu": nn.Linear(hidden_dim, latent_dim),
                "log_var": nn.Linear(hidden_dim, latent_dim),
                "back": nn.Linear(latent_dim, hidden_dim),
                "logits": nn.Linear(hidden_dim, input_dim),
            }
        )

    def encode(self, x):
        hidden = self.net["hidden"](x).clamp(min=0)
        return self.net["mu"](hidden), self.net["log_var"](hidden)

    def reparameterize(self, mu, log_var):
        return Normal(mu, torch.exp(log_var / 2)).rsample()

    def decode(self, z):
        return self.net["logits"](self.net["back"](z).clamp(min=0))

    def forward(self, x):
        q = self.encode(x)
        return self.decode(self.reparameterize(*q)), *q


# %% right | VAE | helper-mlp | A helper builds the hidden layers, one ReLU module serves both sides.
def hidden_layer(n_in, n_out):
    return nn.Sequential(nn.Linear(n_in, n_out), nn.ReLU())


class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.up = hidden_layer(input_dim, hidden_dim)
        self.loc, self.logvar = (nn.Linear(hidden_dim, latent_dim) for _ in range(2))
        self.down = hidden_layer(latent_dim, hidden_dim)
        self.pixels = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = self.up(x)
        return self.loc(h), self.logvar(h)

    def reparameterize(self, mu, log_var):
        noise = torch.empty_like(mu).normal_()
        return torch.addcmul(mu, noise, torch.exp(log_var * 0.5))

    def decode(self, z):
        return self.pixels(self.down(z))

    def forward(self, x):
        mu, log_var = self.encode(x)
        x_logits = self.decode(self.reparameterize(mu, log_var))
        return x_logits, mu, log_var


# %% right | VAE | shared-head-slices | A shared head cut by slices; log_var comes from its first half.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.relu = nn.ReLU()
        self.enc1 = nn.Linear(input_dim, hidden_dim)
        self.enc2 = nn.Linear(hidden_dim, latent_dim * 2)
        self.dec1 = nn.Linear(latent_dim, hidden_dim)
        self.dec2 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        out = self.enc2(self.relu(self.enc1(x)))
        return out[:, self.latent_dim :], out[:, : self.latent_dim]

    def reparameterize(self, mu, log_var):
        std = (log_var / 2).exp()
        return torch.randn_like(std) * std + mu

    def decode(self, z):
        return self.dec2(self.relu(self.dec1(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | vae_loss | default-mean-recon | The default reduction averages recon over the pixels too.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | sum-over-batch | Sums both terms over the batch and takes no mean.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return recon + kl, recon, kl


# %% wrong | vae_loss | kl-mean | Averages the KL over the latent dimensions.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | sigmoid-then-bce | Builds the probability first; F.binary_cross_entropy clamps the cost at 100 and loses the gradient.
def vae_loss(x_logits, x, mu, log_var):
    p = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy(p, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | log-of-one-plus-exp | Types log(1 + exp(l)), which overflows for logits above 88.
def vae_loss(x_logits, x, mu, log_var):
    cost = torch.log(1 + torch.exp(x_logits)) - x * x_logits
    recon = cost.sum(dim=-1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=-1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | log-p-with-epsilon | Adds 1e-8 inside the logarithms of the probabilities, which limits the cost of a wrong pixel.
def vae_loss(x_logits, x, mu, log_var):
    eps = 1e-8
    p = x_logits.sigmoid()
    recon = -(x * torch.log(p + eps) + (1 - x) * torch.log(1 - p + eps)).sum(1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | double-sigmoid | Applies the sigmoid before the function that expects logits.
def vae_loss(x_logits, x, mu, log_var):
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / x.shape[0]
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | swapped-arguments | Passes the image as the logits and the logits as the target.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x, x_logits, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    loss = recon + kl
    return loss, recon, kl


# %% wrong | vae_loss | kl-sign | The KL has the wrong sign, so the loss rewards a distance from the prior.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(-1).mean()
    kl = 0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(-1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | kl-without-half | Forgets the factor one half of the KL.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(-1).mean()
    kl = (mu**2 + log_var.exp() - 1 - log_var).sum(-1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | order-loss-kl-recon | Returns the two terms in the wrong order.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    kl = 0.5 * torch.sum(mu**2 + log_var.exp() - 1 - log_var, dim=1).mean()
    return recon + kl, kl, recon


# %% wrong | vae_loss | per-image-vectors | Returns one value per image and takes no mean over the batch.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1)
    kl = 0.5 * torch.sum(mu**2 + log_var.exp() - 1 - log_var, dim=1)
    return recon + kl, recon, kl


# %% wrong | vae_loss | bernoulli-validation | torch.distributions.Bernoulli refuses grey values, so it raises on ordinary images.
def vae_loss(x_logits, x, mu, log_var):
    from torch.distributions import Bernoulli

    recon = -Bernoulli(logits=x_logits).log_prob(x).sum(dim=1).mean()
    kl = kl_divergence(Normal(mu, torch.exp(log_var / 2)), Normal(0.0, 1.0)).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | binarises-x | Rounds the grey values to black and white first.
def vae_loss(x_logits, x, mu, log_var):
    target = (x > 0.5).float()
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="none").sum(1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | times-784 | Multiplies the mean by 784, right only for images of this size.
def vae_loss(x_logits, x, mu, log_var):
    recon = 784 * F.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | squared-error | Uses a squared error in place of the Bernoulli cost.
def vae_loss(x_logits, x, mu, log_var):
    recon = ((x_logits.sigmoid() - x) ** 2).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | floats-for-terms | Returns recon and kl as Python floats where the docstring asks for three scalar tensors.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon.item(), kl.item()


# %% wrong | vae_loss | exp-in-place | exp_ overwrites the caller's log_var.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    log_det = log_var.sum(dim=1)
    kl = 0.5 * ((mu**2 + log_var.exp_() - 1).sum(dim=1) - log_det).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | kl-detached | Detaches the KL in the loss, so mu and log_var get no gradient from it.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    with torch.no_grad():
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | vae_loss | bce-with-logits | PyTorch's cost in logits without reduction, then sum and mean.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | vae_loss | softplus | The cost in logits with softplus, and the KL in the form of the paper.
def vae_loss(x_logits, x, mu, log_var):
    recon = torch.sum(F.softplus(x_logits) - x * x_logits, dim=-1)
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=-1)
    return (recon + kl).mean(), recon.mean(), kl.mean()


# %% right | vae_loss | sums-over-batch-size | Sums over everything, divided by the batch size.
def vae_loss(x_logits, x, mu, log_var):
    batch_size = x.size(0)
    bce = nn.BCEWithLogitsLoss(reduction="sum")
    recon = bce(x_logits, x) / batch_size
    kl = (mu.square() + torch.expm1(log_var) - log_var).sum() / (2 * batch_size)
    loss = recon + kl
    return loss, recon, kl


# %% right | vae_loss | distributions | torch.distributions for both terms, with validation switched off for grey values.
def vae_loss(x_logits, x, mu, log_var):
    from torch.distributions import Bernoulli

    p_x = Bernoulli(logits=x_logits, validate_args=False)
    q_z = Normal(mu, torch.exp(0.5 * log_var))
    p_z = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    recon = -p_x.log_prob(x).sum(dim=1).mean()
    kl = kl_divergence(q_z, p_z).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | vae_loss | logsigmoid | Two logsigmoids; the reported terms are detached, which the docstring allows.
def vae_loss(x_logits, x, mu, log_var):
    log_p, log_not_p = F.logsigmoid(x_logits), F.logsigmoid(-x_logits)
    nll = -(x * log_p + (1 - x) * log_not_p).sum(1)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1)
    loss = nll.mean() + kl.mean()
    return loss, nll.mean().detach(), kl.mean().detach()


# %% right | vae_loss | loop-over-images | One image after the other, with logaddexp.
def vae_loss(x_logits, x, mu, log_var):
    recons, kls = [], []
    for logit, image, m, lv in zip(x_logits, x, mu, log_var):
        softplus = torch.logaddexp(logit, torch.zeros_like(logit))
        recons.append((softplus - image * logit).sum())
        kls.append(0.5 * (m @ m + lv.exp().sum() - lv.sum() - len(m)))
    recon, kl = torch.stack(recons).mean(), torch.stack(kls).mean()
    return recon + kl, recon, kl


# %% wrong | train_step | no-zero-grad | Never clears the gradients, so they add up over the calls.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | zero-grad-after-backward | Clears the gradients between backward and step, so nothing is updated.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | no-step | Computes the gradients and forgets optimizer.step.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)[0]
    loss.backward()
    return loss.item()


# %% wrong | train_step | returns-tensor | Returns the loss tensor with its graph.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


# %% wrong | train_step | detached-tensor | Returns a detached tensor, which is still not a Python float.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% wrong | train_step | image-first | Passes the image as the logits to vae_loss.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x, x_logits, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | recon-only | Trains on recon alone and leaves out the KL.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    recon.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | returns-recon | Trains on the loss but returns recon.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return recon.item()


# %% wrong | train_step | loss-after-update | Computes the loss again after the step and returns this one.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    return loss.item()


# %% wrong | train_step | left-in-eval-mode | Switches the model to evaluation mode and leaves it there.
def train_step(model, x, optimizer):
    model.eval()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | own-optimizer | Makes a new Adam in every call and ignores the optimizer it was given.
def train_step(model, x, optimizer):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss)


# %% wrong | train_step | two-steps | Calls optimizer.step twice.
def train_step(model, x, optimizer):
    model.train()
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | decodes-mu | Trains without noise, on the decoded mean.
def train_step(model, x, optimizer):
    mu, log_var = model.encode(x)
    loss, _, _ = vae_loss(model.decode(mu), x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | summed-over-batch | Returns the loss times the batch size, so it is not per image.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item() * len(x)


# %% wrong | train_step | forward-without-graph | Runs the model under no_grad, so backward raises.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | negated-loss | Takes the loss for the ELBO and ascends instead of descending.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    elbo, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    (-elbo).backward()
    optimizer.step()
    return elbo.item()


# %% wrong | train_step | tuple-backward | Takes the whole tuple of vae_loss for the loss, so backward raises.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% right | train_step | like-the-autoencoder | The four steps of the loop above.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% right | train_step | zero-first-train-mode | Switches to training mode and clears the gradients first.
def train_step(model, x, optimizer):
    model.train()
    optimizer.zero_grad(set_to_none=False)
    out = model(x)
    loss = vae_loss(out[0], x, *out[1:])[0]
    loss.backward()
    optimizer.step()
    return float(loss.detach())


# %% right | train_step | closure | Hands a closure to the optimizer and returns what step returns.
def train_step(model, x, optimizer):
    def closure():
        optimizer.zero_grad()
        x_logits, mu, log_var = model(x)
        negative_elbo = vae_loss(x_logits, x, mu, log_var)[0]
        negative_elbo.backward()
        return negative_elbo

    return optimizer.step(closure).item()


# %% right | train_step | autograd-grad | Computes the gradients with autograd.grad and sets .grad itself.
def train_step(model, x, optimizer):
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    x_logits, mu, log_var = model(x)
    loss, _recon, _kl = vae_loss(x_logits, x, mu, log_var)
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    for p, g in zip(parameters, gradients):
        p.grad = g
    optimizer.step()
    return loss.item()


# %% right | train_step | grad-none-by-hand | Sets the gradients to None by hand before backward and clears them once more at the end.
def train_step(model, x, optimizer):
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = None
    logits, mean, logvar = model(x)
    loss, *_ = vae_loss(x_logits=logits, x=x, mu=mean, log_var=logvar)
    value = loss.item()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return value


# %% wrong | evaluate | left-in-eval | Switches to evaluation mode and does not switch back.
def evaluate(model: nn.Module, x: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    return loss.item()


# %% wrong | evaluate | always-train-at-end | Puts the model into training mode at the end, even if it came in evaluation mode.
def evaluate(model, x):
    model.eval()
    with torch.no_grad():
        loss, recon, kl = vae_loss(*_insert(model(x), x))
    model.train()
    return loss.item()


def _insert(outputs, x):
    x_logits, mu, log_var = outputs
    return x_logits, x, mu, log_var


# %% wrong | evaluate | decodes-mu | Switches the noise off and decodes mu.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        loss, _, _ = vae_loss(model.decode(mu), x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% wrong | evaluate | grad-mode-left-off | Switches the recording of gradients off for good.
def evaluate(model, x):
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)[0]
    model.train(mode)
    return loss.item()


# %% wrong | evaluate | grad-mode-forced-on | Switches the recording on at the end, even if it was off before.
def evaluate(model, x):
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)[0]
    torch.set_grad_enabled(True)
    model.train(mode)
    return loss.item()


# %% wrong | evaluate | returns-tensor | Returns a tensor and not a Python float.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss


# %% wrong | evaluate | elbo-sign | Returns the ELBO, which is minus the value asked for.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        neg_elbo, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return -neg_elbo.item()


# %% wrong | evaluate | recon-only | Returns the reconstruction term without the KL.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return recon.item()


# %% wrong | evaluate | per-pixel | Divides by the number of pixels, so the result is in nats per pixel.
def evaluate(model, x):
    training_mode = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(training_mode)
    return loss.item() / x.shape[1]


# %% wrong | evaluate | unweighted-batches | Averages the means of batches of unequal size without weights.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    losses = []
    with torch.no_grad():
        for batch in x.split(128):
            x_logits, mu, log_var = model(batch)
            losses.append(vae_loss(x_logits, batch, mu, log_var)[0].item())
    model.train(was_training)
    return sum(losses) / len(losses)


# %% wrong | evaluate | drops-the-rest | Scores whole batches of 100 only, so the remaining images are left out, and fewer than 100 images raise.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    total, n = 0.0, len(x) // 100
    with torch.no_grad():
        for i in range(n):
            batch = x[100 * i : 100 * (i + 1)]
            x_logits, mu, log_var = model(batch)
            total += vae_loss(x_logits, batch, mu, log_var)[0].item()
    model.train(was_training)
    return total / n


# %% wrong | evaluate | zero-grad | Clears the gradients of the model, which changes their .grad.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    model.zero_grad()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% wrong | evaluate | backward-too | Computes gradients, which land in .grad.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    model.train(was_training)
    return loss.item()


# %% wrong | evaluate | freezes-parameters | Switches off requires_grad of all parameters and leaves them frozen.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    for p in model.parameters():
        p.requires_grad_(False)
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% wrong | evaluate | mode-read-too-late | Reads the mode after switching to evaluation, so the model always stays in evaluation mode.
def evaluate(model, x):
    model.eval()
    mode = model.training
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(mode)
    return loss.item()


# %% wrong | evaluate | calls-train-step | Uses train_step to get the loss, which updates the parameters on the test images.
def evaluate(model, x):
    was_training = model.training
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    loss = train_step(model, x, optimizer)
    model.train(was_training)
    return loss


# %% wrong | evaluate | return-before-restore | Returns before the line that restores the mode is reached.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        return vae_loss(x_logits, x, mu, log_var)[0].item()
    model.train(was_training)


# %% right | evaluate | remember-and-restore | The way of the hints.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% right | evaluate | decorator-no-mode | no_grad as a decorator, and the mode is never touched.
@torch.no_grad()
def evaluate(model, x):
    x_logits, mu, log_var = model(x)
    return float(vae_loss(x_logits, x, mu, log_var)[0])


# %% right | evaluate | weighted-batches | Batches of 500, weighted with their sizes.
def evaluate(model, x):
    before = model.training
    model.eval()
    total = 0.0
    with torch.no_grad():
        for part in x.split(500):
            x_logits, mu, log_var = model(part)
            total += vae_loss(x_logits, part, mu, log_var)[0].item() * len(part)
    model.train(before)
    return total / len(x)


# %% right | evaluate | inference-mode-finally | inference_mode, with the mode restored in a finally block.
def evaluate(model, x):
    mode = model.training
    try:
        model.eval()
        with torch.inference_mode():
            logits, m, lv = model(x)
            return vae_loss(logits, x, m, lv)[0].item()
    finally:
        model.train(mode)


# %% right | evaluate | set-grad-enabled-restored | Remembers both switches and restores both.
def evaluate(model, x):
    recording, training_mode = torch.is_grad_enabled(), model.training
    torch.set_grad_enabled(False)
    model.train(False)
    x_logits, mu, log_var = model(x)
    score = sum(vae_loss(x_logits, x, mu, log_var)[1:])  # recon + kl
    model.train(training_mode)
    torch.set_grad_enabled(recording)
    return score.item()


# %% wrong | generate | no-sigmoid | Returns the logits and no probabilities.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z)


# %% wrong | generate | uniform-z | Draws z with torch.rand, which is uniform and not normal.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.rand(num_images, model.latent_dim, device=device)
        return torch.sigmoid(model.decode(z))


# %% wrong | generate | hard-coded-20 | Always draws 20 latent numbers, whatever model.latent_dim is.
def generate(model, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, 20, device=next(model.parameters()).device)
        return model.decode(z).sigmoid()


# %% wrong | generate | with-gradients | Forgets no_grad, so the result carries a graph.
def generate(model, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    return model.decode(z).sigmoid()


# %% wrong | generate | binarised | Draws black and white pixels and does not return the probabilities.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return torch.bernoulli(model.decode(z).sigmoid())


# %% wrong | generate | fixed-seed | Sets the seed inside, so every call gives the same images.
@torch.no_grad()
def generate(model, num_images):
    torch.manual_seed(42)
    z = torch.randn(num_images, model.latent_dim, device=next(model.parameters()).device)
    return torch.sigmoid(model.decode(z))


# %% wrong | generate | one-z-for-all | Repeats one z, so all images are equal.
@torch.no_grad()
def generate(model, num_images):
    device = next(model.parameters()).device
    z = torch.randn(1, model.latent_dim, device=device).expand(num_images, -1)
    return torch.sigmoid(model.decode(z))


# %% wrong | generate | clamp-for-sigmoid | Clamps the logits to [0, 1] in place of the sigmoid.
@torch.no_grad()
def generate(model, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    return model.decode(z).clamp(0, 1)


# %% wrong | generate | softmax | Uses a softmax over the pixels, so the probabilities of an image add up to one.
@torch.no_grad()
def generate(model, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    return F.softmax(model.decode(z), dim=1)


# %% wrong | generate | through-the-encoder | Feeds noise images through the whole model and does not start from the prior.
@torch.no_grad()
def generate(model, num_images):
    device = next(model.parameters()).device
    x_logits, _, _ = model(torch.randn(num_images, 784, device=device))
    return x_logits.sigmoid()


# %% wrong | generate | encodes-the-mean | Takes z = 0, the mean of the prior, for every image.
@torch.no_grad()
def generate(model, num_images):
    z = torch.zeros(num_images, model.latent_dim, device=next(model.parameters()).device)
    return model.decode(z).sigmoid()


# %% wrong | generate | numpy-array | Returns a NumPy array and no tensor.
def generate(model, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=next(model.parameters()).device)
        return model.decode(z).sigmoid().cpu().numpy()


# %% wrong | generate | image-shape | Reshapes the result to (num_images, 28, 28).
def generate(model, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=next(model.parameters()).device)
        return model.decode(z).sigmoid().view(num_images, 28, 28)


# %% wrong | generate | default-device | Makes z on the default device and not on that of the model, which raises on a GPU.
def generate(model, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        return torch.sigmoid(model.decode(z))


# %% wrong | generate | freezes-parameters | Switches off requires_grad of the parameters for good.
def generate(model, num_images):
    model.requires_grad_(False)
    z = torch.randn(num_images, model.latent_dim, device=next(model.parameters()).device)
    return model.decode(z).sigmoid()


# %% wrong | generate | zero-grad | Clears the gradients of the model, though .grad must stay as it is.
def generate(model, num_images):
    model.zero_grad()
    z = torch.randn(num_images, model.latent_dim, device=next(model.parameters()).device)
    return model.decode(z).sigmoid().detach()


# %% wrong | generate | swapped-axes | Draws z of shape (latent_dim, num_images), which raises unless the two are equal.
@torch.no_grad()
def generate(model, num_images):
    device = next(model.parameters()).device
    z = torch.randn(model.latent_dim, num_images, device=device)
    return torch.sigmoid(model.decode(z))


# %% right | generate | plain | Normal numbers on the device of the model, decode, sigmoid.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return torch.sigmoid(model.decode(z))


# %% right | generate | prior-distribution | Samples the prior with torch.distributions, under a decorator.
@torch.no_grad()
def generate(model, num_images):
    p = next(model.parameters())
    prior = Normal(torch.zeros(model.latent_dim, device=p.device), 1.0)
    return model.decode(prior.sample((num_images,))).sigmoid()


# %% right | generate | reparameterize-of-prior | Uses the model's own reparameterize with mu = 0 and log_var = 0.
def generate(model, num_images):
    weights = next(iter(model.parameters()))
    mu = torch.zeros(num_images, model.latent_dim, device=weights.device)
    with torch.no_grad():
        z = model.reparameterize(mu, torch.zeros_like(mu))
        x_logits = model.decode(z)
    return 1 / (1 + torch.exp(-x_logits))


# %% right | generate | one-by-one | A loop over the images, concatenated, under inference_mode.
def generate(model, num_images):
    dev = list(model.parameters())[0].device
    pictures = []
    with torch.inference_mode():
        for _ in range(num_images):
            z = torch.randn(1, model.latent_dim).to(dev)
            pictures.append(torch.special.expit(model.decode(z)))
        return torch.cat(pictures, dim=0)


# %% right | generate | eval-and-back | Fills z in place; the mode is switched to evaluation and back.
def generate(model, num_images):
    was_training = model.training
    model.eval()
    param = next(model.parameters())
    noise = torch.empty(num_images, model.latent_dim, device=param.device, dtype=param.dtype)
    with torch.no_grad():
        x = F.sigmoid(model.decode(noise.normal_()))
    model.train(was_training)
    return x


# %% wrong | gaussian_nll | constants-once | The constants are added once per image and not once per pixel.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    sq = ((x - x_hat) ** 2).sum(dim=1)
    return sq / (2 * sigma**2) + math.log(sigma) + 0.5 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | hard-coded-784 | Counts 784 pixels, whatever the size of the images is.
def gaussian_nll(x_hat, x, sigma):
    sq = ((x - x_hat) ** 2).sum(dim=1)
    return sq / (2 * sigma**2) + 784 * math.log(sigma) + 392 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | sigma-as-variance | Takes sigma for the variance.
def gaussian_nll(x_hat, x, sigma):
    n = x.shape[1]
    sq = (x - x_hat).square().sum(dim=1)
    return sq / (2 * sigma) + n / 2 * math.log(sigma) + n / 2 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | no-half | Forgets the one half in front of the squared error.
def gaussian_nll(x_hat, x, sigma):
    n = x.shape[1]
    error = ((x_hat - x) / sigma).pow(2).sum(1)
    return error + n * math.log(sigma) + 0.5 * n * math.log(2 * math.pi)


# %% wrong | gaussian_nll | no-constants | Keeps the squared error only, as costs at one fixed sigma would allow.
def gaussian_nll(x_hat, x, sigma):
    return ((x_hat - x) ** 2).sum(dim=1) / (2 * sigma**2)


# %% wrong | gaussian_nll | no-two-pi | Keeps log sigma but drops log 2 pi.
def gaussian_nll(x_hat, x, sigma):
    per_pixel = (x - x_hat) ** 2 / (2 * sigma**2) + math.log(sigma)
    return per_pixel.sum(dim=-1)


# %% wrong | gaussian_nll | mean-over-pixels | Averages over the pixels.
def gaussian_nll(x_hat, x, sigma):
    per_pixel = (x - x_hat) ** 2 / (2 * sigma**2) + math.log(sigma) + 0.5 * math.log(2 * math.pi)
    return per_pixel.mean(dim=1)


# %% wrong | gaussian_nll | scalar | Takes the mean over the batch, too.
def gaussian_nll(x_hat, x, sigma):
    per_pixel = (x - x_hat) ** 2 / (2 * sigma**2) + math.log(sigma) + 0.5 * math.log(2 * math.pi)
    return per_pixel.sum(dim=1).mean()


# %% wrong | gaussian_nll | log-prob-sign | Returns the log-density without the minus.
def gaussian_nll(x_hat, x, sigma):
    return Normal(x_hat, sigma).log_prob(x).sum(dim=1)


# %% wrong | gaussian_nll | torch-log-of-float | torch.log of a Python float raises.
def gaussian_nll(x_hat, x, sigma):
    n = x.shape[1]
    sq = ((x - x_hat) ** 2).sum(dim=1)
    return sq / (2 * sigma**2) + n * torch.log(sigma) + n / 2 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | clamped-at-zero | Clamps the cost at zero, though a density may exceed 1.
def gaussian_nll(x_hat, x, sigma):
    nll = -Normal(x_hat, sigma).log_prob(x).sum(dim=1)
    return nll.clamp(min=0)


# %% wrong | gaussian_nll | log-sigma-squared-twice | Counts log sigma^2 per pixel without its half.
def gaussian_nll(x_hat, x, sigma):
    n = x.shape[1]
    sq = ((x - x_hat) ** 2).sum(dim=1)
    return 0.5 * sq / sigma**2 + n * math.log(sigma**2) + 0.5 * n * math.log(2 * math.pi)


# %% wrong | gaussian_nll | builtin-without-full | F.gaussian_nll_loss leaves out log 2 pi unless full=True.
def gaussian_nll(x_hat, x, sigma):
    var = torch.full_like(x, sigma**2)
    return F.gaussian_nll_loss(x_hat, x, var, reduction="none").sum(dim=1)


# %% wrong | gaussian_nll | batch-for-pixels | Counts x.shape[0], the batch size, where the number of pixels belongs.
def gaussian_nll(x_hat, x, sigma):
    n = x.shape[0]
    sq = ((x - x_hat) ** 2).sum(dim=1)
    return sq / (2 * sigma**2) + n * math.log(sigma) + n / 2 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | in-place-difference | Subtracts in place and changes the caller's x.
def gaussian_nll(x_hat, x, sigma):
    n = x.shape[1]
    diff = x.sub_(x_hat)
    return (diff**2).sum(1) / (2 * sigma**2) + n * (math.log(sigma) + 0.5 * math.log(2 * math.pi))


# %% wrong | gaussian_nll | summed-over-batch | Sums over axis 0 and returns one value per pixel.
def gaussian_nll(x_hat, x, sigma):
    nll = -Normal(x_hat, sigma).log_prob(x)
    return nll.sum(dim=0)


# %% wrong | gaussian_nll | not-differentiable | Detaches x_hat, so no gradient reaches the decoder.
def gaussian_nll(x_hat, x, sigma):
    return -Normal(x_hat.detach(), sigma).log_prob(x).sum(dim=1)


# %% right | gaussian_nll | full-cost | The full cost of the text with x.shape[1] in place of 784.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    num_pixels = x.shape[1]
    squared = ((x - x_hat) ** 2).sum(dim=1)
    return (
        squared / (2 * sigma**2)
        + num_pixels * math.log(sigma)
        + num_pixels / 2 * math.log(2 * math.pi)
    )


# %% right | gaussian_nll | torch-normal | Minus the log_prob of torch.distributions.Normal.
def gaussian_nll(x_hat, x, sigma):
    return -Normal(x_hat, sigma).log_prob(x).sum(-1)


# %% right | gaussian_nll | builtin-full | F.gaussian_nll_loss with full=True and a negligible eps.
def gaussian_nll(x_hat, x, sigma):
    var = torch.full_like(x, sigma * sigma)
    return F.gaussian_nll_loss(x_hat, x, var, full=True, eps=1e-20, reduction="none").sum(dim=1)


# %% right | gaussian_nll | mse-einsum | einsum for the squared norm, and one constant per pixel.
def gaussian_nll(x_hat, x, sigma):
    u = (x - x_hat) / sigma
    half_norm = 0.5 * torch.einsum("bp,bp->b", u, u)
    constant = math.log(sigma * math.sqrt(2 * math.pi))
    return half_norm + x.size(1) * constant


# %% right | gaussian_nll | loop-over-images | One image after the other with a helper for the pixels.
def gaussian_nll(x_hat, x, sigma):
    def pixel_cost(difference):
        return difference**2 / (2 * sigma**2) + math.log(sigma) + 0.5 * math.log(2 * math.pi)

    return torch.stack([pixel_cost(a - b).sum() for a, b in zip(x, x_hat)])


# %% wrong | effective_beta | upside-down | Divides the weight of recon by that of the KL.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    recon_weight = 1.0 if recon_reduction == "sum" else 1 / num_pixels
    kl_weight = 1.0 if kl_reduction == "sum" else 1 / latent_dim
    return recon_weight / kl_weight


# %% wrong | effective_beta | product-of-weights | Multiplies the two weights.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    w_recon = 1 / num_pixels if recon_reduction == "mean" else 1
    w_kl = 1 / latent_dim if kl_reduction == "mean" else 1
    return w_kl * w_recon


# %% wrong | effective_beta | means-cancel | Says that two means cancel and returns 1.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == kl_reduction:
        return 1.0
    if recon_reduction == "mean":
        return float(num_pixels)
    return 1 / latent_dim


# %% wrong | effective_beta | latent-over-pixels | Returns latent_dim / num_pixels for two means.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == "sum" and kl_reduction == "sum":
        return 1.0
    if recon_reduction == "mean" and kl_reduction == "sum":
        return float(num_pixels)
    if recon_reduction == "sum" and kl_reduction == "mean":
        return 1 / latent_dim
    return latent_dim / num_pixels


# %% wrong | effective_beta | missing-case | Has no branch for two means and returns None there.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == "sum" and kl_reduction == "sum":
        return 1.0
    elif recon_reduction == "mean" and kl_reduction == "sum":
        return float(num_pixels)
    elif recon_reduction == "sum" and kl_reduction == "mean":
        return 1.0 / latent_dim


# %% wrong | effective_beta | integer-division | Uses integer division, so 1 // latent_dim is 0.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    beta = num_pixels if recon_reduction == "mean" else 1
    if kl_reduction == "mean":
        beta = beta // latent_dim
    return beta


# %% wrong | effective_beta | ignores-kl-reduction | Looks at the reduction of recon only.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    return float(num_pixels) if recon_reduction == "mean" else 1.0


# %% wrong | effective_beta | ignores-recon-reduction | Looks at the reduction of the KL only and does not rescale.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if kl_reduction == "mean":
        return 1 / latent_dim
    return 1.0


# %% wrong | effective_beta | pixels-for-both | Divides the KL by the number of pixels where it has latent_dim terms.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    recon_weight = 1 if recon_reduction == "sum" else 1 / num_pixels
    kl_weight = 1 if kl_reduction == "sum" else 1 / num_pixels
    return kl_weight / recon_weight


# %% wrong | effective_beta | mean-multiplies | Gives a mean over n terms the weight n.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    recon_weight = num_pixels if recon_reduction == "mean" else 1.0
    kl_weight = latent_dim if kl_reduction == "mean" else 1.0
    return kl_weight / recon_weight


# %% wrong | effective_beta | hard-coded-mnist | Uses 784 and 20 and not its arguments.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    table = {
        ("sum", "sum"): 1.0,
        ("sum", "mean"): 1 / 20,
        ("mean", "sum"): 784.0,
        ("mean", "mean"): 784 / 20,
    }
    return table[recon_reduction, kl_reduction]


# %% wrong | effective_beta | swapped-keys | The table mixes up the two mixed cases.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    table = {
        ("sum", "sum"): 1.0,
        ("mean", "sum"): 1 / latent_dim,
        ("sum", "mean"): float(num_pixels),
        ("mean", "mean"): num_pixels / latent_dim,
    }
    return table[(recon_reduction, kl_reduction)]


# %% wrong | effective_beta | rounded | Rounds to one digit, so 1 / 20 becomes 0.1 or 0.0.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    r = num_pixels if recon_reduction == "mean" else 1
    k = latent_dim if kl_reduction == "mean" else 1
    return round(r / k, 1)


# %% wrong | effective_beta | capital-letters | Compares with "Mean", which never matches, so all cases give 1.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    beta = 1.0
    if recon_reduction == "Mean":
        beta *= num_pixels
    if kl_reduction == "Mean":
        beta /= latent_dim
    return beta


# %% wrong | effective_beta | truthy-or | The condition `== "mean" or "average"` is always true, so all cases count as two means.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    recon_weight = 1 / num_pixels if recon_reduction == "mean" or "average" else 1.0
    kl_weight = 1 / latent_dim if kl_reduction == "mean" or "average" else 1.0
    return kl_weight / recon_weight


# %% right | effective_beta | two-weights | The two weights of the hints, divided.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    recon_weight = 1.0 if recon_reduction == "sum" else 1 / num_pixels
    kl_weight = 1.0 if kl_reduction == "sum" else 1 / latent_dim
    return kl_weight / recon_weight


# %% right | effective_beta | table | A table of the four cases.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    betas = {
        ("sum", "sum"): 1.0,
        ("sum", "mean"): 1 / latent_dim,
        ("mean", "sum"): float(num_pixels),
        ("mean", "mean"): num_pixels / latent_dim,
    }
    return betas[recon_reduction, kl_reduction]


# %% right | effective_beta | step-by-step | Starts at 1 and multiplies or divides.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    beta = 1.0
    if recon_reduction == "mean":
        beta *= num_pixels  # the whole loss times num_pixels
    if kl_reduction == "mean":
        beta /= latent_dim
    return beta


# %% right | effective_beta | match-statement | A match over the pair.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    match (recon_reduction, kl_reduction):
        case ("sum", "sum"):
            return 1.0
        case ("sum", "mean"):
            return 1.0 / latent_dim
        case ("mean", "sum"):
            return float(num_pixels)
        case ("mean", "mean"):
            return num_pixels / latent_dim
        case _:
            raise ValueError(f"unknown reductions: {recon_reduction}, {kl_reduction}")


# %% right | effective_beta | powers | Booleans as exponents.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    return num_pixels ** (recon_reduction == "mean") / latent_dim ** (kl_reduction == "mean")


# %% wrong | xavier_init | variance-as-spread | Multiplies by the variance and not by its square root.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    variance = 2 / (fan_in + fan_out)
    return (torch.randn(fan_in, fan_out) * variance).requires_grad_()


# %% wrong | xavier_init | not-a-leaf | Records before the product, so the result is no leaf.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / (fan_in + fan_out))
    return torch.randn(fan_in, fan_out, requires_grad=True) * std


# %% wrong | xavier_init | no-requires-grad | Forgets to switch recording on.
def xavier_init(fan_in, fan_out):
    std = (2 / (fan_in + fan_out)) ** 0.5
    return std * torch.randn(fan_in, fan_out)


# %% wrong | xavier_init | transposed | Has the shape (fan_out, fan_in), as nn.Linear stores its weight.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / (fan_in + fan_out))
    return (std * torch.randn(fan_out, fan_in)).requires_grad_()


# %% wrong | xavier_init | he-rule | Uses He's variance, 2 / fan_in.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / fan_in)
    return (std * torch.randn(fan_in, fan_out)).requires_grad_()


# %% wrong | xavier_init | forward-only | Uses the variance 1 / fan_in, without the compromise.
def xavier_init(fan_in, fan_out):
    w = torch.randn(fan_in, fan_out) / math.sqrt(fan_in)
    return w.requires_grad_(True)


# %% wrong | xavier_init | two-missing | Uses 1 / (fan_in + fan_out).
def xavier_init(fan_in, fan_out):
    w = torch.randn(fan_in, fan_out) * math.sqrt(1 / (fan_in + fan_out))
    w.requires_grad = True
    return w


# %% wrong | xavier_init | sqrt-of-sum-only | Takes 2 / sqrt(fan_in + fan_out): the two is outside the root.
def xavier_init(fan_in, fan_out):
    std = 2 / math.sqrt(fan_in + fan_out)
    return (torch.randn(fan_in, fan_out) * std).requires_grad_()


# %% wrong | xavier_init | xavier-uniform | Has the right variance but a uniform distribution.
def xavier_init(fan_in, fan_out):
    w = torch.empty(fan_in, fan_out, requires_grad=True)
    return nn.init.xavier_uniform_(w)


# %% wrong | xavier_init | rand-not-randn | Draws uniform numbers from 0 to 1, so the mean is not zero.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / (fan_in + fan_out))
    return (std * torch.rand(fan_in, fan_out)).requires_grad_()


# %% wrong | xavier_init | numpy-float64 | Draws with NumPy and keeps its float64.
def xavier_init(fan_in, fan_out):
    import numpy as np

    w = np.random.normal(0, np.sqrt(2 / (fan_in + fan_out)), size=(fan_in, fan_out))
    return torch.from_numpy(w).requires_grad_()


# %% wrong | xavier_init | in-place-on-leaf | Multiplies a recording leaf in place, which raises.
def xavier_init(fan_in, fan_out):
    w = torch.randn(fan_in, fan_out, requires_grad=True)
    w *= math.sqrt(2 / (fan_in + fan_out))
    return w


# %% wrong | xavier_init | fixed-seed | Sets the seed, so every matrix of a shape is the same.
def xavier_init(fan_in, fan_out):
    torch.manual_seed(0)
    std = math.sqrt(2 / (fan_in + fan_out))
    return (std * torch.randn(fan_in, fan_out)).requires_grad_()


# %% wrong | xavier_init | cached | lru_cache returns the same tensor for the same sizes.
from functools import lru_cache


@lru_cache
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / (fan_in + fan_out))
    return (std * torch.randn(fan_in, fan_out)).requires_grad_()


# %% wrong | xavier_init | retain-grad | Calls retain_grad on the product, which does not make it a leaf.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / (fan_in + fan_out))
    w = torch.randn(fan_in, fan_out, requires_grad=True) * std
    w.retain_grad()
    return w


# %% right | xavier_init | scale-then-record | Scales first and switches recording on afterwards.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2 / (fan_in + fan_out))
    return (std * torch.randn(fan_in, fan_out)).requires_grad_()


# %% right | xavier_init | nn-init-normal | PyTorch's own xavier_normal_, whose rule is symmetric in the two sizes.
def xavier_init(fan_in, fan_out):
    w = torch.empty(fan_in, fan_out, requires_grad=True)
    nn.init.xavier_normal_(w)
    return w


# %% right | xavier_init | parameter | Returns an nn.Parameter, which is a leaf tensor.
def xavier_init(fan_in, fan_out):
    sigma = (2.0 / (fan_in + fan_out)) ** 0.5
    return nn.Parameter(torch.normal(0.0, sigma, size=(fan_in, fan_out)))


# %% right | xavier_init | no-grad-in-place | A recording leaf, scaled in place under no_grad.
def xavier_init(fan_in, fan_out):
    weight = torch.randn(fan_in, fan_out, requires_grad=True)
    with torch.no_grad():
        weight.mul_(math.sqrt(2 / (fan_in + fan_out)))
    return weight


# %% right | xavier_init | numpy-cast | Draws with NumPy, casts to float32 and switches recording on last.
def xavier_init(fan_in, fan_out):
    import numpy as np

    scale = np.sqrt(2 / (fan_in + fan_out))
    values = np.random.default_rng().normal(0.0, scale, size=(fan_in, fan_out))
    return torch.tensor(values, dtype=torch.float32, requires_grad=True)


# %% right | xavier_init | distribution-detach | Samples torch.distributions.Normal, then detaches.
def xavier_init(fan_in, fan_out):
    variance = torch.tensor(2 / (fan_in + fan_out))
    sample = Normal(torch.tensor(0.0), variance.sqrt()).sample((fan_in, fan_out))
    return sample.detach().clone().requires_grad_(True)


