# %% right | VAE | five-linears | The five layers of the drawing.
class VAE(nn.Module):
    """A variational autoencoder with one hidden ReLU layer on each side."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.back = nn.Linear(latent_dim, hidden_dim)
        self.logits = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        sigma = torch.exp(0.5 * log_var)
        return mu + sigma * torch.randn_like(mu)

    def decode(self, z: Tensor) -> Tensor:
        return self.logits(F.relu(self.back(z)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var

# %% right | VAE | sequential-blocks | Encoder trunk and decoder as nn.Sequential, the draw by Normal.rsample.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_logvar = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.fc_mu(h), self.fc_logvar(h)

    def reparameterize(self, mu, log_var):
        return Normal(mu, (log_var / 2).exp()).rsample()

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var

# %% right | VAE | one-fused-head | Both linear heads fused into one layer of width 2 * latent_dim that is split in two.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.input_dim, self.hidden_dim, self.latent_dim = input_dim, hidden_dim, latent_dim
        self.enc = nn.Linear(input_dim, hidden_dim)
        self.heads = nn.Linear(hidden_dim, 2 * latent_dim)
        self.dec1 = nn.Linear(latent_dim, hidden_dim)
        self.dec2 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        mu, log_var = self.heads(torch.relu(self.enc(x))).chunk(2, dim=-1)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        eps = torch.randn(mu.shape, device=mu.device, dtype=mu.dtype)
        return torch.addcmul(mu, eps, torch.exp(0.5 * log_var))

    def decode(self, z):
        return self.dec2(torch.relu(self.dec1(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        x_logits = self.decode(self.reparameterize(mu, log_var))
        return x_logits, mu, log_var

# %% right | VAE | module-dict | The layers in an nn.ModuleDict, ReLU as clamp(min=0).
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        sizes = {
            "x_h": (input_dim, hidden_dim),
            "h_mu": (hidden_dim, latent_dim),
            "h_lv": (hidden_dim, latent_dim),
            "z_h": (latent_dim, hidden_dim),
            "h_x": (hidden_dim, input_dim),
        }
        self.layers = nn.ModuleDict({k: nn.Linear(*v) for k, v in sizes.items()})

    def encode(self, x):
        hidden = self.layers["x_h"](x).clamp(min=0)
        return self.layers["h_mu"](hidden), self.layers["h_lv"](hidden)

    def reparameterize(self, mu, log_var):
        variance = log_var.exp()
        return mu + variance.sqrt() * torch.empty_like(mu).normal_()

    def decode(self, z):
        hidden = self.layers["z_h"](z).clamp(min=0)
        return self.layers["h_x"](hidden)

    def forward(self, x):
        q = self.encode(x)
        return (self.decode(self.reparameterize(*q)), *q)

# %% right | VAE | helper-submodules | An Encoder and a Decoder class of the learner's own.
class Encoder(nn.Module):
    def __init__(self, d_in, d_h, d_z):
        super().__init__()
        self.trunk = nn.Linear(d_in, d_h)
        self.to_mu = nn.Linear(d_h, d_z)
        self.to_log_var = nn.Linear(d_h, d_z)
        self.act = nn.ReLU()

    def forward(self, x):
        h = self.act(self.trunk(x))
        return self.to_mu(h), self.to_log_var(h)


class Decoder(nn.Module):
    def __init__(self, d_z, d_h, d_out):
        super().__init__()
        self.l1 = nn.Linear(d_z, d_h)
        self.l2 = nn.Linear(d_h, d_out)

    def forward(self, z):
        return self.l2(self.l1(z).relu())


class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.encoder = Encoder(input_dim, hidden_dim, latent_dim)
        self.decoder = Decoder(latent_dim, hidden_dim, input_dim)
        self.latent_dim = latent_dim

    def encode(self, x):
        return self.encoder(x)

    def reparameterize(self, mu, log_var):
        return mu + torch.randn_like(log_var) * torch.exp(log_var / 2)

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(z)
        return x_logits, mu, log_var

# %% wrong | VAE | variance-as-sigma | exp(log_var) used as the standard deviation in the draw.
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
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var

# %% wrong | VAE | noise-only-in-training | The noise is switched off after eval().
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
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
            return mu + eps * std
        return mu

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return self.fc4(h3)

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var

# %% wrong | VAE | sigmoid-in-decode | decode returns probabilities instead of logits.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim), nn.Sigmoid()
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.mu_head(h), self.log_var_head(h)

    def reparameterize(self, mu, log_var):
        return mu + (0.5 * log_var).exp() * torch.randn_like(mu)

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var

# %% wrong | VAE | relu-behind-heads | A ReLU behind both heads, so mu and log_var cannot be negative.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.back = nn.Linear(latent_dim, hidden_dim)
        self.logits = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return F.relu(self.mu(h)), F.relu(self.log_var(h))

    def reparameterize(self, mu, log_var):
        sigma = torch.exp(0.5 * log_var)
        return mu + sigma * torch.randn_like(mu)

    def decode(self, z):
        return self.logits(F.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var

# %% wrong | VAE | softplus-log-var | Softplus on log_var ("a variance is positive"), so sigma is never below 1.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.back = nn.Linear(latent_dim, hidden_dim)
        self.logits = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), F.softplus(self.log_var(h))

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z):
        return self.logits(F.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var

# %% wrong | VAE | no-relu-in-decoder | The decoder is linear: its ReLU is missing.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
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
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.lin3(self.lin2(z))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var

# %% wrong | VAE | returns-mu-first | forward returns mu, log_var, x_logits: the wrong order.
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
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(z)
        return mu, log_var, x_logits

# %% wrong | VAE | forward-decodes-mu | forward decodes mu itself; reparameterize is written but never called.
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

# %% wrong | VAE | double-exponent-in-forward | forward hands sigma to reparameterize, which exponentiates it again.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.latent_dim = latent_dim
        self.enc = nn.Linear(input_dim, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.enc(x))
        return self.enc_mu(h), self.enc_log_var(h)

    def reparameterize(self, mu, log_var):
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        return self.out(F.relu(self.dec(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        sigma = torch.exp(0.5 * log_var)
        z = self.reparameterize(mu, sigma)
        return self.decode(z), mu, log_var

# %% wrong | VAE | hard-coded-sizes | The hidden width is hard-coded as 400 in the decoder and encoder; hidden_dim is ignored.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, 400)
        self.fc_mu = nn.Linear(400, latent_dim)
        self.fc_log_var = nn.Linear(400, latent_dim)
        self.fc2 = nn.Linear(latent_dim, 400)
        self.fc3 = nn.Linear(400, input_dim)

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

# %% wrong | VAE | latent-dim-not-kept | latent_dim is not kept as an attribute.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.back = nn.Linear(latent_dim, hidden_dim)
        self.logits = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        sigma = torch.exp(0.5 * log_var)
        return mu + sigma * torch.randn_like(mu)

    def decode(self, z):
        return self.logits(F.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var

# %% wrong | VAE | one-head-for-both | One layer serves for mu and log_var, so the two are always equal.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc_in = nn.Linear(input_dim, hidden_dim)
        self.fc_latent = nn.Linear(hidden_dim, latent_dim)
        self.fc_back = nn.Linear(latent_dim, hidden_dim)
        self.fc_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc_in(x))
        mu = self.fc_latent(h)
        log_var = self.fc_latent(h)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc_out(F.relu(self.fc_back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var

# %% wrong | VAE | sample-without-gradient | Normal.sample() in place of rsample(): no gradient reaches the encoder through z.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_logvar = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.fc_mu(h), self.fc_logvar(h)

    def reparameterize(self, mu, log_var):
        return Normal(mu, torch.exp(0.5 * log_var)).sample()

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var

# %% wrong | VAE | in-place-exp | exp_ overwrites log_var, so forward returns something else than the encoder said.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.back = nn.Linear(latent_dim, hidden_dim)
        self.logits = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        sigma = log_var.exp_().sqrt()
        return mu + sigma * torch.randn_like(mu)

    def decode(self, z):
        return self.logits(F.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var

# %% wrong | VAE | layers-in-a-list | The decoder layers sit in a plain Python list, so they are no parameters of the model.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = [nn.Linear(latent_dim, hidden_dim), nn.Linear(hidden_dim, input_dim)]

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.decoder[1](F.relu(self.decoder[0](z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var

# %% wrong | VAE | noise-shared-in-batch | One noise vector for the whole batch.
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
        eps = torch.randn(mu.shape[-1], device=mu.device)
        return mu + torch.exp(0.5 * log_var) * eps

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var

# %% wrong | VAE | dropout-in-encode | Dropout on the hidden layer: encode is random in training mode.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.drop = nn.Dropout(0.2)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = self.drop(F.relu(self.fc1(x)))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var

# %% wrong | VAE | tanh-hidden | tanh instead of ReLU in the encoder.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.back = nn.Linear(latent_dim, hidden_dim)
        self.logits = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = torch.tanh(self.hidden(x))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        sigma = torch.exp(0.5 * log_var)
        return mu + sigma * torch.randn_like(mu)

    def decode(self, z):
        return self.logits(F.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var

# %% right | vae_loss | bce-with-logits | The hint: reduction none, sum, mean.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)).mean()
    return recon + kl, recon, kl

# %% right | vae_loss | softplus | softplus(l) - x l, written out.
def vae_loss(x_logits, x, mu, log_var):
    recon_per_image = (F.softplus(x_logits) - x * x_logits).sum(dim=-1)
    kl_per_image = -0.5 * (1 + log_var - mu.square() - log_var.exp()).sum(dim=-1)
    recon, kl = recon_per_image.mean(), kl_per_image.mean()
    loss = recon + kl
    return loss, recon, kl

# %% right | vae_loss | sum-divided-by-batch | Everything summed, then divided by the batch size.
def vae_loss(x_logits, x, mu, log_var):
    n = x.shape[0]
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / n
    kl = 0.5 * torch.sum(mu.pow(2) + log_var.exp() - 1.0 - log_var) / n
    return recon + kl, recon, kl

# %% right | vae_loss | logsigmoid-and-normal | logsigmoid for both outcomes, torch's kl_divergence for two Normals.
def vae_loss(x_logits, x, mu, log_var):
    log_p1 = F.logsigmoid(x_logits)        # log p
    log_p0 = F.logsigmoid(-x_logits)       # log (1 - p)
    recon = -(x * log_p1 + (1 - x) * log_p0).sum(1).mean(0)
    q = Normal(mu, torch.exp(log_var / 2))
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(1).mean(0)
    return recon + kl, recon, kl

# %% right | vae_loss | logaddexp | logaddexp(l, 0) - x l, with expm1 in the KL.
def vae_loss(x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor):
    """Negative ELBO in nats per image."""
    l = x_logits
    pixel_cost = torch.logaddexp(l, torch.zeros_like(l)) - x * l
    recon = pixel_cost.sum(dim=1).mean()
    kl = ((torch.expm1(log_var) - log_var + mu * mu) / 2).sum(dim=1).mean()
    return (recon + kl, recon, kl)

# %% right | vae_loss | bernoulli-distribution | Bernoulli(logits) without argument validation, because of grey pixels.
from torch.distributions import Bernoulli

def vae_loss(x_logits, x, mu, log_var):
    nll = -Bernoulli(logits=x_logits, validate_args=False).log_prob(x).sum(dim=1)
    kls = 0.5 * (torch.einsum("bj,bj->b", mu, mu) + (log_var.exp() - log_var - 1).sum(dim=1))
    neg_elbo = nll + kls
    return neg_elbo.mean(), nll.mean(), kls.mean()

# %% wrong | vae_loss | default-mean-reduction | The default reduction averages recon over pixels too.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | vae_loss | kl-mean-over-latents | The KL is averaged over the latent dimensions as well.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * torch.mean(mu**2 + log_var.exp() - 1 - log_var)
    return recon + kl, recon, kl

# %% wrong | vae_loss | sigmoid-then-bce | Builds the probability and uses F.binary_cross_entropy, which saturates at large logits.
def vae_loss(x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor):
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy(x_hat, x, reduction="sum") / x.shape[0]
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / x.shape[0]
    return recon + kl, recon, kl

# %% wrong | vae_loss | eps-in-log | log(p + 1e-8) by hand: a false flat price of about 18 nats for confident errors.
def vae_loss(x_logits, x, mu, log_var):
    p = x_logits.sigmoid()
    eps = 1e-8
    recon = -(x * torch.log(p + eps) + (1 - x) * torch.log(1 - p + eps)).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | vae_loss | half-misses-log-var | The half covers only mu^2 + sigma^2 - 1.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * (mu**2 + log_var.exp() - 1) - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | vae_loss | kl-before-recon | Returns (loss, kl, recon).
def vae_loss(x_logits, x, mu, log_var):
    bce = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    kld = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(1).mean()
    return bce + kld, kld, bce

# %% wrong | vae_loss | arguments-swapped | Image and logits are swapped in the cross-entropy.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x, x_logits, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | vae_loss | sum-over-batch | Sums over the batch instead of averaging.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return recon + kl, recon, kl

# %% wrong | vae_loss | kl-sign | The KL has the wrong sign and is added.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | vae_loss | python-floats | Returns Python floats: the loss has no graph.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    loss = recon + kl
    return loss.item(), recon.item(), kl.item()

# %% wrong | vae_loss | binarised-target | Rounds the grey pixels to 0 and 1 first.
def vae_loss(x_logits, x, mu, log_var):
    target = (x > 0.5).float()
    recon = (F.softplus(x_logits) - target * x_logits).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | vae_loss | logits-clamped | Clamps the logits to [-10, 10], so more confident pixels get a wrong price and no gradient.
def vae_loss(x_logits, x, mu, log_var):
    x_logits = x_logits.clamp(-10, 10)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | vae_loss | log-var-as-log-sigma | sigma = exp(log_var) in the KL.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    q, p = Normal(mu, log_var.exp()), Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, p).sum(1).mean()
    return recon + kl, recon, kl

# %% wrong | vae_loss | elbo-not-negated | Returns recon - kl as the loss.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon - kl, recon, kl

# %% right | train_step | four-things | zero_grad, backward, step, item.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right | train_step | zero-first | Empties the gradients before the forward pass and returns float(loss).
def train_step(model, x, optimizer):
    optimizer.zero_grad(set_to_none=True)
    logits, *q = model(x)
    loss = vae_loss(logits, x, *q)[0]
    loss.backward()
    optimizer.step()
    return float(loss.detach())

# %% right | train_step | closure | Hands a closure to optimizer.step, which returns the loss.
def train_step(model, x, optimizer):
    def closure():
        optimizer.zero_grad()
        x_logits, mu, log_var = model(x)
        loss = vae_loss(x_logits, x, mu, log_var)[0]
        loss.backward()
        return loss

    return optimizer.step(closure).item()

# %% right | train_step | autograd-grad | Fresh gradients by autograd.grad, written into .grad of the optimiser's parameters.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    params = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    for p, g in zip(params, torch.autograd.grad(loss, params, allow_unused=True)):
        p.grad = g
    optimizer.step()
    return loss.item()

# %% right | train_step | grads-cleared-by-hand | Sets .grad to None by hand, with the value saved before the update.
def train_step(model, x, optimizer):
    for group in optimizer.param_groups:
        for param in group["params"]:
            param.grad = None
    total, _recon, _kl = (lambda out: vae_loss(out[0], x, out[1], out[2]))(model(x))
    value = total.item()
    total.backward()
    optimizer.step()
    return value

# %% wrong | train_step | no-zero-grad | Old gradients are never forgotten.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | train_step | zero-after-backward | zero_grad between backward and step: nothing is left to step with.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()

# %% wrong | train_step | zero-only-at-end | zero_grad after the step only: gradients left by other code count in the first call.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)[0]
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()

# %% wrong | train_step | returns-tensor | Returns the loss tensor with its graph.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss

# %% wrong | train_step | loss-after-update | Evaluates the loss again after the step and returns that.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    vae_loss(x_logits, x, mu, log_var)[0].backward()
    optimizer.step()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    return loss.item()

# %% wrong | train_step | step-before-backward | step comes before backward, so it finds no gradients.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.step()
    loss.backward()
    return loss.item()

# %% wrong | train_step | recon-only | Trains on recon alone; the KL is left out.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    _, recon, kl = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    recon.backward()
    optimizer.step()
    return recon.item()

# %% wrong | train_step | own-optimizer | Makes a new Adam and ignores the optimiser it was given.
def train_step(model, x, optimizer):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | train_step | summed-loss-returned | Returns the loss times the batch size.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item() * x.size(0)

# %% wrong | train_step | probabilities-to-loss | The loss gets the probabilities instead of the logits.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    x_hat = torch.sigmoid(x_logits)
    loss, _, _ = vae_loss(x_hat, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | train_step | two-updates | Steps once for each half of the batch: two updates instead of one.
def train_step(model, x, optimizer):
    losses = []
    for part in x.chunk(2):
        x_logits, mu, log_var = model(part)
        loss, _, _ = vae_loss(x_logits, part, mu, log_var)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item() * len(part))
    return sum(losses) / len(x)

# %% wrong | train_step | loss-plus-terms | Sums all three returned numbers, so recon and kl count twice.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss = sum(vae_loss(x_logits, x, mu, log_var))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong | train_step | averaged-per-pixel | Divides the loss by the number of pixels before backward and in the result.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)[0] / x.shape[1]
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right | evaluate | remember-and-restore | Hint 3.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss.item()

# %% right | evaluate | decorator-try-finally | no_grad as a decorator, the mode restored in finally.
@torch.no_grad()
def evaluate(model, x):
    mode = model.training
    try:
        model.eval()
        logits, mu, log_var = model(x)
        return float(vae_loss(logits, x, mu, log_var)[0])
    finally:
        model.train(mode)

# %% right | evaluate | weighted-chunks | In chunks, each mean weighted by its number of images.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    total = 0.0
    with torch.no_grad():
        for part in torch.split(x, 1000):
            x_logits, mu, log_var = model(part)
            total += vae_loss(x_logits, part, mu, log_var)[0].item() * part.shape[0]
    if was_training:
        model.train()
    return total / x.shape[0]

# %% right | evaluate | context-manager | A small context manager for the mode; every submodule gets its own mode back.
from contextlib import contextmanager

@contextmanager
def _eval_mode(model):
    modes = {m: m.training for m in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for m, mode in modes.items():
            m.training = mode

def evaluate(model: nn.Module, x: Tensor) -> float:
    with _eval_mode(model), torch.inference_mode():
        x_logits, mu, log_var = model(x)
        neg_elbo, _, _ = vae_loss(x_logits, x, mu, log_var)
        return neg_elbo.item()

# %% right | evaluate | grad-mode-restored | set_grad_enabled by hand, put back to what it was.
def evaluate(model, x):
    grad_before, mode_before = torch.is_grad_enabled(), model.training
    torch.set_grad_enabled(False)
    model.train(False)
    out = model(x)
    _, recon, kl = vae_loss(out[0], x, out[1], out[2])
    score = (recon + kl).item()
    model.train(mode_before)
    torch.set_grad_enabled(grad_before)
    return score

# %% wrong | evaluate | left-in-eval | Never goes back to the mode in which the model came.
def evaluate(model: nn.Module, x: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    return loss.item()

# %% wrong | evaluate | always-train-at-end | Always calls train() at the end, also for a model that came in eval mode.
def evaluate(model, x):
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train()
    return loss.item()

# %% wrong | evaluate | mode-read-too-late | Reads model.training after eval(), so it always restores eval mode.
def evaluate(model, x):
    model.eval()
    was_training = model.training
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss = vae_loss(x_logits, x, mu, log_var)[0]
    model.train(was_training)
    return loss.item()

# %% wrong | evaluate | decodes-the-mean | Decodes mu: the noise is switched off.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        loss, _, _ = vae_loss(model.decode(mu), x, mu, log_var)
    model.train(was_training)
    return loss.item()

# %% wrong | evaluate | graph-recorded | No no_grad: the whole pass is recorded with gradients.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss.item()

# %% wrong | evaluate | grad-switched-off-for-good | Switches gradients off globally and leaves them off.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss.item()

# %% wrong | evaluate | returns-tensor | Returns a tensor, not a float.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        loss, _, _ = vae_loss(*(lambda o: (o[0], x, o[1], o[2]))(model(x)))
    model.train(was_training)
    return loss

# %% wrong | evaluate | recon-only | Returns recon and forgets the KL.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return recon.item()

# %% wrong | evaluate | elbo-sign | Returns the ELBO, not its negative.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return -loss.item()

# %% wrong | evaluate | parameters-frozen | Sets requires_grad to False on all parameters to avoid the graph, and leaves it so.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    for p in model.parameters():
        p.requires_grad_(False)
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)[0].item()
    model.train(was_training)
    return loss

# %% wrong | evaluate | last-batch-dropped | Walks over full batches of 100 only; the images of the last partial batch are not scored.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    size = min(100, len(x))
    losses = []
    with torch.no_grad():
        for i in range(len(x) // size):
            xb = x[i * size : (i + 1) * size]
            x_logits, mu, log_var = model(xb)
            losses.append(vae_loss(x_logits, xb, mu, log_var)[0].item())
    model.train(was_training)
    return sum(losses) / len(losses)

# %% wrong | evaluate | unweighted-batch-means | Averages the means of batches of 64 unweighted, though the last batch is smaller.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        scores = []
        for xb in x.split(64):
            out = model(xb)
            scores.append(vae_loss(out[0], xb, *out[1:])[0])
        score = torch.stack(scores).mean().item()
    model.train(was_training)
    return score

# %% wrong | evaluate | also-trains | Copied from train_step: it updates the model on the test images.
def evaluate(model, x):
    was_training = model.training
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.train(was_training)
    return loss.item()

# %% wrong | evaluate | per-pixel | Divides the score by the number of pixels.
def evaluate(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(mode)
    return (loss / x.shape[1]).item()

# %% right | generate | plain | randn, decode, sigmoid under no_grad.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z).sigmoid()

# %% right | generate | decorator-expit | no_grad decorator and torch.special.expit.
@torch.no_grad()
def generate(model, num_images):
    noise = torch.randn((num_images, model.latent_dim))
    logits = model.decode(noise)
    return torch.special.expit(logits)

# %% right | generate | prior-object | Samples a Normal prior object, mean of a Bernoulli with these logits.
def generate(model, num_images):
    prior = Normal(torch.zeros(model.latent_dim), torch.ones(model.latent_dim))
    with torch.no_grad():
        z = prior.sample((num_images,))
        pixels = torch.distributions.Bernoulli(logits=model.decode(z))
        return pixels.mean

# %% right | generate | one-by-one | One image at a time in a loop, concatenated.
def generate(model: nn.Module, num_images: int) -> Tensor:
    pictures = []
    with torch.no_grad():
        for _ in range(num_images):
            z = torch.randn(1, model.latent_dim)
            x_logits = model.decode(z)
            pictures.append(1 / (1 + torch.exp(-x_logits)))
    return torch.cat(pictures, dim=0)

# %% right | generate | reparameterised-prior | Draws z with the model's own sampler at mu = 0, log_var = 0.
def generate(model, num_images):
    zeros = torch.zeros(num_images, model.latent_dim, device=next(model.parameters()).device)
    with torch.no_grad():
        z = model.reparameterize(zeros, zeros)
        x_hat = F.sigmoid(model.decode(z))
    return x_hat

# %% wrong | generate | logits-returned | The sigmoid is missing: logits instead of probabilities.
def generate(model: nn.Module, num_images: int) -> Tensor:
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        return model.decode(z)

# %% wrong | generate | uniform-z | Uniform noise in place of normal noise.
def generate(model, num_images):
    with torch.no_grad():
        z = torch.rand(num_images, model.latent_dim)
        return model.decode(z).sigmoid()

# %% wrong | generate | graph-kept | No no_grad: the images carry a graph.
def generate(model, num_images):
    z = torch.randn(num_images, model.latent_dim)
    return torch.sigmoid(model.decode(z))

# %% wrong | generate | hard-coded-twenty | The latent size is hard-coded as 20.
def generate(model, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, 20)
        return torch.sigmoid(model.decode(z))

# %% wrong | generate | binarised | Returns drawn black-and-white pixels instead of probabilities.
def generate(model, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        return torch.bernoulli(model.decode(z).sigmoid())

# %% wrong | generate | sigmoid-twice | The sigmoid is applied twice, so all values lie between 0.5 and 0.73.
def generate(model, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        probs = torch.sigmoid(model.decode(z))
    return probs.sigmoid()

# %% wrong | generate | clamp-for-sigmoid | Clamps the logits to [0, 1] instead of a sigmoid.
def generate(model, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        return model.decode(z).clamp(0, 1)

# %% wrong | generate | softmax-over-pixels | softmax over the pixels: the whole image adds up to 1.
def generate(model: nn.Module, num_images: int) -> Tensor:
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        logits = model.decode(z)
    return F.softmax(logits, dim=-1)

# %% wrong | generate | one-z-repeated | One z for all the images: the same picture num_images times.
def generate(model, num_images):
    with torch.no_grad():
        z = torch.randn(1, model.latent_dim).expand(num_images, -1)
        return model.decode(z).sigmoid()

# %% wrong | generate | seeded | Seeds the generator in the function, so every call returns the same "new" images.
def generate(model, num_images):
    torch.manual_seed(0)
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        return model.decode(z).sigmoid()

# %% wrong | generate | image-grid-shape | Reshapes the result to (num_images, 28, 28).
def generate(model, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        x_hat = model.decode(z).sigmoid()
    return x_hat.view(num_images, 28, 28)

# %% wrong | generate | truncated-z | Shrinks z by 0.7 for cleaner pictures: no longer N(0, I).
def generate(model, num_images):
    temperature = 0.7
    with torch.no_grad():
        z = temperature * torch.randn(num_images, model.latent_dim)
        return model.decode(z).sigmoid()

# %% wrong | generate | noise-images-encoded | Sends noise images through encoder and decoder instead of drawing z from the prior.
def generate(model, num_images):
    with torch.no_grad():
        noise_images = torch.rand(num_images, 784)
        x_logits, mu, log_var = model(noise_images)
        return x_logits.sigmoid()

# %% right | gaussian_nll | hint-formula | The formula of hint 3.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    num_pixels = x.shape[1]
    squared = (x - x_hat).square().sum(dim=1) / (2 * sigma**2)
    return squared + num_pixels * (math.log(sigma) + 0.5 * math.log(2 * math.pi))

# %% right | gaussian_nll | normal-log-prob | Minus the summed log_prob of a Normal.
def gaussian_nll(x_hat, x, sigma):
    return -Normal(x_hat, sigma).log_prob(x).sum(dim=-1)

# %% right | gaussian_nll | torch-loss | F.gaussian_nll_loss with full=True, summed over the pixels.
def gaussian_nll(x_hat, x, sigma):
    var = torch.full_like(x_hat, sigma**2)
    per_pixel = F.gaussian_nll_loss(x_hat, x, var, full=True, reduction="none", eps=1e-12)
    return per_pixel.sum(1)

# %% right | gaussian_nll | per-pixel-then-sum | One pixel's cost with its constants, then the sum.
def gaussian_nll(x_hat, x, sigma):
    z = (x - x_hat) / sigma
    pixel_cost = 0.5 * z * z + 0.5 * math.log(2 * math.pi * sigma**2)
    return pixel_cost.sum(dim=1)

# %% right | gaussian_nll | einsum-rows | Squared length of each error by einsum, constants times D.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    err = x_hat - x
    sq_len = torch.einsum("bi,bi->b", err, err)
    D = err.size(-1)
    log_norm = D * math.log(sigma * math.sqrt(2 * math.pi))
    return log_norm + sq_len / sigma / sigma / 2

# %% wrong | gaussian_nll | sigma-not-squared | Divides by 2 sigma, not by 2 sigma^2.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    num_pixels = x.shape[1]
    squared = (x - x_hat).square().sum(dim=1) / (2 * sigma)
    return squared + num_pixels * (math.log(sigma) + 0.5 * math.log(2 * math.pi))

# %% wrong | gaussian_nll | constants-once | log sigma and the constant are added once per image, not once per pixel.
def gaussian_nll(x_hat, x, sigma):
    sq = ((x - x_hat) ** 2).sum(dim=1) / (2 * sigma**2)
    return sq + math.log(sigma) + 0.5 * math.log(2 * math.pi)

# %% wrong | gaussian_nll | no-two-pi | Leaves out the constant with 2 pi.
def gaussian_nll(x_hat, x, sigma):
    return ((x - x_hat) ** 2).sum(1) / (2 * sigma**2) + x.shape[1] * math.log(sigma)

# %% wrong | gaussian_nll | hard-coded-784 | The number of pixels is hard-coded.
def gaussian_nll(x_hat, x, sigma):
    squared_error = (x - x_hat).pow(2).sum(dim=1)
    return squared_error / (2 * sigma**2) + 784 * math.log(sigma) + 784 / 2 * math.log(2 * math.pi)

# %% wrong | gaussian_nll | mean-over-pixels | Averages over the pixels.
def gaussian_nll(x_hat, x, sigma):
    per_pixel = (x - x_hat) ** 2 / (2 * sigma**2) + math.log(sigma) + 0.5 * math.log(2 * math.pi)
    return per_pixel.mean(dim=1)

# %% wrong | gaussian_nll | variance-to-normal | Passes sigma**2 to Normal as its scale.
def gaussian_nll(x_hat, x, sigma):
    return -Normal(x_hat, sigma**2).log_prob(x).sum(dim=1)

# %% wrong | gaussian_nll | log-sigma-halved | Half of log sigma, as if it were log of the variance.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    d = x.shape[1]
    quad = torch.sum((x - x_hat) ** 2, dim=1) / sigma**2
    return 0.5 * (quad + d * math.log(sigma) + d * math.log(2 * math.pi))

# %% wrong | gaussian_nll | batch-mean | One scalar: the mean over the batch.
def gaussian_nll(x_hat, x, sigma):
    nll = -Normal(x_hat, sigma).log_prob(x).sum(dim=1)
    return nll.mean()

# %% wrong | gaussian_nll | minus-log-sigma | The sign of log sigma is wrong.
def gaussian_nll(x_hat, x, sigma):
    n = x.shape[1]
    return (x - x_hat).square().sum(dim=1) / (2 * sigma**2) + n * (0.5 * math.log(2 * math.pi) - math.log(sigma))

# %% wrong | gaussian_nll | two-forgotten | Divides by sigma^2, the 2 is missing.
def gaussian_nll(x_hat, x, sigma):
    n = x.shape[1]
    sq = ((x_hat - x) / sigma).pow(2).sum(dim=1)
    return sq + n * math.log(sigma * math.sqrt(2 * math.pi))

# %% wrong | gaussian_nll | batch-size-for-pixels | Multiplies the constants by the batch size (x.shape[0]).
def gaussian_nll(x_hat, x, sigma):
    n = len(x)
    sq = (x - x_hat).square().sum(dim=1) / (2 * sigma**2)
    return sq + n * (math.log(sigma) + 0.5 * math.log(2 * math.pi))

# %% wrong | gaussian_nll | log-likelihood | Returns the log-likelihood, not its negative.
def gaussian_nll(x_hat, x, sigma):
    return Normal(x_hat, sigma).log_prob(x).sum(-1)

# %% wrong | gaussian_nll | torch-loss-not-full | F.gaussian_nll_loss without full=True leaves the constant out.
def gaussian_nll(x_hat, x, sigma):
    var = torch.full_like(x, sigma**2)
    return F.gaussian_nll_loss(x_hat, x, var, reduction="none").sum(dim=1)

# %% right | effective_beta | weights-ratio | Two weights and their ratio.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    recon_weight = 1 / num_pixels if recon_reduction == "mean" else 1
    kl_weight = 1 / latent_dim if kl_reduction == "mean" else 1
    return kl_weight / recon_weight

# %% right | effective_beta | step-by-step | Starts at 1 and corrects it twice.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    beta = 1.0
    if recon_reduction == "mean":
        beta *= num_pixels      # multiply the loss by num_pixels to get the sum back
    if kl_reduction == "mean":
        beta /= latent_dim
    return beta

# %% right | effective_beta | lookup-table | The four cases in a dictionary.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    table = {
        ("sum", "sum"): 1.0,
        ("sum", "mean"): 1.0 / latent_dim,
        ("mean", "sum"): float(num_pixels),
        ("mean", "mean"): num_pixels / latent_dim,
    }
    return table[recon_reduction, kl_reduction]

# %% right | effective_beta | match-statement | A match over the pair of reductions.
def effective_beta(recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int) -> float:
    match recon_reduction, kl_reduction:
        case "mean", "mean":
            return num_pixels / latent_dim
        case "mean", _:
            return num_pixels / 1
        case _, "mean":
            return 1 / latent_dim
        case _:
            return 1.0

# %% right | effective_beta | fractions | Exact weights with Fraction, turned into a float at the end.
from fractions import Fraction

def weight(reduction, n):
    return Fraction(1, n) if reduction == "mean" else Fraction(1)

def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    return float(weight(kl_reduction, latent_dim) / weight(recon_reduction, num_pixels))

# %% wrong | effective_beta | upside-down | recon weight over KL weight: the reciprocal.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    recon_weight = 1 / num_pixels if recon_reduction == "mean" else 1
    kl_weight = 1 / latent_dim if kl_reduction == "mean" else 1
    return recon_weight / kl_weight

# %% wrong | effective_beta | kl-weight-only | Returns the KL's weight without rescaling by recon.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if kl_reduction == "mean":
        return 1 / latent_dim
    return 1.0

# %% wrong | effective_beta | product-of-weights | Multiplies the two weights.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    recon_weight = 1 / num_pixels if recon_reduction == "mean" else 1.0
    kl_weight = 1 / latent_dim if kl_reduction == "mean" else 1.0
    return recon_weight * kl_weight

# %% wrong | effective_beta | both-means-cancel | Believes that two means cancel and returns 1.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == kl_reduction:
        return 1.0
    if recon_reduction == "mean":
        return float(num_pixels)
    return 1 / latent_dim

# %% wrong | effective_beta | integer-division | Integer division: 784 // 20 = 39 instead of 39.2.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    factor = num_pixels if recon_reduction == "mean" else 1
    divisor = latent_dim if kl_reduction == "mean" else 1
    return factor // divisor

# %% wrong | effective_beta | mean-is-times-n | Takes a mean for n times a sum, so both weights are inverted.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    recon_weight = num_pixels if recon_reduction == "mean" else 1
    kl_weight = latent_dim if kl_reduction == "mean" else 1
    return kl_weight / recon_weight

# %% wrong | effective_beta | sum-and-mean-exchanged | Tests for "sum" where it should test for "mean".
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    recon_weight = 1 / num_pixels if recon_reduction == "sum" else 1
    kl_weight = 1 / latent_dim if kl_reduction == "sum" else 1
    return kl_weight / recon_weight

# %% wrong | effective_beta | dimensions-exchanged | Recon is divided by latent_dim and the KL by num_pixels.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    recon_weight = 1 / latent_dim if recon_reduction == "mean" else 1
    kl_weight = 1 / num_pixels if kl_reduction == "mean" else 1
    return kl_weight / recon_weight

# %% wrong | effective_beta | elif-skips-both | An elif: when both are means, only recon is handled.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    beta = 1.0
    if recon_reduction == "mean":
        beta = beta * num_pixels
    elif kl_reduction == "mean":
        beta = beta / latent_dim
    return beta

# %% wrong | effective_beta | default-sizes | Uses 784 and 20 instead of its arguments.
def effective_beta(recon_reduction, kl_reduction, num_pixels=784, latent_dim=20):
    betas = {"sum": {"sum": 1.0, "mean": 0.05}, "mean": {"sum": 784.0, "mean": 39.2}}
    return betas[recon_reduction][kl_reduction]

# %% wrong | effective_beta | kl-mean-multiplies | A mean KL multiplies by latent_dim instead of dividing.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    beta = num_pixels if recon_reduction == "mean" else 1
    if kl_reduction == "mean":
        beta = beta * latent_dim
    return float(beta)

# %% wrong | effective_beta | recon-mean-ignored | A mean recon with a summed KL counts as 1; only the case of two means is rescaled.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == "mean" and kl_reduction == "mean":
        return num_pixels / latent_dim
    if kl_reduction == "mean":
        return 1 / latent_dim
    return 1.0

# %% right | xavier_init | scale-then-flag | Scale first, then requires_grad_.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2 / (fan_in + fan_out))
    return (torch.randn(fan_in, fan_out) * std).requires_grad_()

# %% right | xavier_init | nn-init | nn.init.xavier_normal_ on an empty tensor.
def xavier_init(fan_in, fan_out):
    w = torch.empty(fan_in, fan_out)
    nn.init.xavier_normal_(w)
    w.requires_grad = True
    return w

# %% right | xavier_init | parameter | Wraps the scaled tensor as an nn.Parameter, which is a leaf.
def xavier_init(fan_in, fan_out):
    variance = 2.0 / (fan_in + fan_out)
    return nn.Parameter(torch.randn(fan_in, fan_out) * variance**0.5)

# %% right | xavier_init | torch-normal | torch.normal with the right spread and requires_grad.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    spread = (2 / (fan_in + fan_out)) ** 0.5
    return torch.normal(0.0, spread, size=(fan_in, fan_out), requires_grad=True)

# %% right | xavier_init | in-place-under-no-grad | A leaf made first, filled in place under no_grad.
def xavier_init(fan_in, fan_out):
    W = torch.zeros(fan_in, fan_out, requires_grad=True)
    with torch.no_grad():
        W.normal_(mean=0.0, std=math.sqrt(2.0) / math.sqrt(fan_in + fan_out))
    return W

# %% right | xavier_init | distribution-detach | Samples a Normal distribution, detaches, and switches the flag on.
def xavier_init(fan_in, fan_out):
    dist = Normal(0.0, math.sqrt(2 / (fan_in + fan_out)))
    sample = dist.sample((fan_in, fan_out))
    return sample.detach().requires_grad_(True)

# %% wrong | xavier_init | variance-as-std | Scales by the variance instead of its square root.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    var = 2 / (fan_in + fan_out)
    return (torch.randn(fan_in, fan_out) * var).requires_grad_()

# %% wrong | xavier_init | he-init | He's variance 2 / fan_in.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / fan_in)
    return (torch.randn(fan_in, fan_out) * std).requires_grad_()

# %% wrong | xavier_init | not-a-leaf | requires_grad before the product: the result is no leaf.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / (fan_in + fan_out))
    return torch.randn(fan_in, fan_out, requires_grad=True) * std

# %% wrong | xavier_init | transposed | Shape (fan_out, fan_in), as nn.Linear stores it.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / (fan_in + fan_out))
    return (std * torch.randn(fan_out, fan_in)).requires_grad_()

# %% wrong | xavier_init | no-grad-flag | Does not require gradients.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2 / (fan_in + fan_out))
    return torch.randn(fan_in, fan_out) * std

# %% wrong | xavier_init | xavier-uniform | Uniform with the Glorot variance: not a normal distribution.
def xavier_init(fan_in, fan_out):
    w = torch.empty(fan_in, fan_out)
    nn.init.xavier_uniform_(w)
    return w.requires_grad_()

# %% wrong | xavier_init | precedence | 2 / fan_in + fan_out: the brackets are missing.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / fan_in + fan_out)
    return (torch.randn(fan_in, fan_out) * std).requires_grad_()

# %% wrong | xavier_init | rand-not-randn | torch.rand: positive numbers with a mean above zero.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / (fan_in + fan_out))
    return (torch.rand(fan_in, fan_out) * std).requires_grad_()

# %% wrong | xavier_init | one-over-sum | Variance 1 / (fan_in + fan_out): the 2 is missing.
def xavier_init(fan_in, fan_out):
    std = (fan_in + fan_out) ** -0.5
    w = torch.randn(fan_in, fan_out) * std
    w.requires_grad_()
    return w

# %% wrong | xavier_init | fixed-seed | A generator with a fixed seed: the matrix is not fresh.
def xavier_init(fan_in, fan_out):
    g = torch.Generator().manual_seed(0)
    std = math.sqrt(2 / (fan_in + fan_out))
    return torch.randn(fan_in, fan_out, generator=g).mul(std).requires_grad_()

# %% wrong | xavier_init | divided-by-std | Divides by the standard deviation instead of multiplying.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / (fan_in + fan_out))
    return (torch.randn(fan_in, fan_out) / std).requires_grad_()

# %% wrong | xavier_init | flag-lost-in-detach | detach() makes it a leaf but drops the gradient flag.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / (fan_in + fan_out))
    w = torch.randn(fan_in, fan_out, requires_grad=True) * std
    return w.detach()

# %% wrong | xavier_init | lecun-fan-in | Variance 1 / fan_in, which keeps the forward signal only.
def xavier_init(fan_in, fan_out):
    return (torch.randn(fan_in, fan_out) / math.sqrt(fan_in)).requires_grad_()
