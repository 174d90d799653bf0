# %% wrong | VAE | exp-is-std | reparameterize uses exp(log_var) as the standard deviation.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        std = torch.exp(log_var)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z: Tensor) -> Tensor:
        h3 = F.relu(self.fc3(z))
        return self.fc4(h3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | decode-with-sigmoid | decode returns probabilities, as in PyTorch's old example, not logits.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        std = torch.exp(0.5 * log_var)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z: Tensor) -> Tensor:
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | noise-off-in-eval | reparameterize returns mu after eval().
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.enc = nn.Linear(input_dim, hidden_dim)
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.relu(self.enc(x))
        return self.to_mu(h), self.to_log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        if self.training:
            std = torch.exp(0.5 * log_var)
            return mu + std * torch.randn_like(std)
        return mu

    def decode(self, z: Tensor) -> Tensor:
        return self.out(torch.relu(self.dec(z)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | relu-on-heads | Both heads end in a ReLU, so mu and log_var are never negative.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.hidden = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu_head = nn.Sequential(nn.Linear(hidden_dim, latent_dim), nn.ReLU())
        self.log_var_head = nn.Sequential(nn.Linear(hidden_dim, latent_dim), nn.ReLU())
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.hidden(x)
        return self.mu_head(h), self.log_var_head(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | tanh-hidden | tanh in place of ReLU in both hidden layers, as in the paper.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Linear(input_dim, hidden_dim)
        self.mean = nn.Linear(hidden_dim, latent_dim)
        self.logvar = nn.Linear(hidden_dim, latent_dim)
        self.decoder_in = nn.Linear(latent_dim, hidden_dim)
        self.decoder_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.tanh(self.encoder(x))
        return self.mean(h), self.logvar(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        eps = torch.randn_like(mu)
        return mu + torch.exp(0.5 * log_var) * eps

    def decode(self, z: Tensor) -> Tensor:
        h = torch.tanh(self.decoder_in(z))
        return self.decoder_out(h)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | decodes-the-mean | forward decodes mu; the sampler is never called.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.l1 = nn.Linear(input_dim, hidden_dim)
        self.l2_mu = nn.Linear(hidden_dim, latent_dim)
        self.l2_log_var = nn.Linear(hidden_dim, latent_dim)
        self.l3 = nn.Linear(latent_dim, hidden_dim)
        self.l4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.l1(x))
        mu = self.l2_mu(h)
        log_var = self.l2_log_var(h)
        return mu, log_var

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        sigma = torch.exp(log_var / 2)
        return mu + sigma * torch.randn_like(sigma)

    def decode(self, z: Tensor) -> Tensor:
        return self.l4(F.relu(self.l3(z)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        x_logits = self.decode(mu)
        return x_logits, mu, log_var


# %% wrong | VAE | forward-order | forward returns (mu, log_var, x_logits).
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc_in = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_z = nn.Linear(latent_dim, hidden_dim)
        self.fc_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.fc_in(x))
        return self.fc_mu(h), self.fc_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(log_var)

    def decode(self, z: Tensor) -> Tensor:
        return self.fc_out(F.relu(self.fc_z(z)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return mu, log_var, self.decode(z)


# %% wrong | VAE | one-head-twice | The same linear layer gives mu and log_var, so the two are equal.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.enc1 = nn.Linear(input_dim, hidden_dim)
        self.enc2 = nn.Linear(hidden_dim, latent_dim)
        self.dec1 = nn.Linear(latent_dim, hidden_dim)
        self.dec2 = nn.Linear(hidden_dim, input_dim)
        self.relu = nn.ReLU()

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.relu(self.enc1(x))
        mu = self.enc2(h)
        log_var = self.enc2(h)
        return mu, log_var

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z: Tensor) -> Tensor:
        return self.dec2(self.relu(self.dec1(z)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | log-var-before-relu | The log_var head reads the hidden layer before its ReLU.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.linear1 = nn.Linear(input_dim, hidden_dim)
        self.linear_mu = nn.Linear(hidden_dim, latent_dim)
        self.linear_log_var = nn.Linear(hidden_dim, latent_dim)
        self.linear2 = nn.Linear(latent_dim, hidden_dim)
        self.linear3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.linear1(x)
        mu = self.linear_mu(F.relu(hidden))
        log_var = self.linear_log_var(hidden)
        return mu, log_var

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        epsilon = torch.randn_like(mu)
        return mu + epsilon * torch.exp(log_var / 2)

    def decode(self, z: Tensor) -> Tensor:
        hidden = F.relu(self.linear2(z))
        return self.linear3(hidden)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | hard-coded-sizes | The layers have the sizes 784, 400 and 20 whatever is asked for.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(nn.Linear(784, 400), nn.ReLU())
        self.mu = nn.Linear(400, 20)
        self.log_var = nn.Linear(400, 20)
        self.decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.encoder(x)
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | linear-decoder | The ReLU between the two layers of the decoder is missing.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_lv = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = F.relu(self.fc1(x))
        return self.fc_mu(x), self.fc_lv(x)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        std = (log_var * 0.5).exp()
        return mu + torch.randn_like(std) * std

    def decode(self, z: Tensor) -> Tensor:
        z = self.fc2(z)
        return self.fc3(z)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | exp-in-place | log_var.mul_(0.5).exp_() overwrites the log_var that forward returns.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.head_mu = nn.Linear(hidden_dim, latent_dim)
        self.head_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.encoder(x)
        return self.head_mu(h), self.head_log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        std = log_var.mul_(0.5).exp_()
        return mu + std * torch.randn_like(std)

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | dropout-in-encoder | A dropout layer makes encode random in training mode.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(
            nn.Linear(input_dim, hidden_dim), nn.ReLU(), nn.Dropout(0.2)
        )
        self.z_mean = nn.Linear(hidden_dim, latent_dim)
        self.z_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.encoder(x)
        return self.z_mean(h), self.z_log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        eps = torch.randn_like(mu)
        return mu + torch.exp(0.5 * log_var) * eps

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z_mean, z_log_var = self.encode(x)
        z = self.reparameterize(z_mean, z_log_var)
        return self.decode(z), z_mean, z_log_var


# %% wrong | VAE | sample-without-gradient | Normal.sample cuts the gradient, so the encoder learns from the KL only.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.enc = nn.Linear(input_dim, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim, hidden_dim)
        self.dec_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.enc(x))
        return self.enc_mu(h), self.enc_log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return Normal(mu, torch.exp(0.5 * log_var)).sample()

    def decode(self, z: Tensor) -> Tensor:
        return self.dec_out(F.relu(self.dec(z)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | extra-hidden-layer | The encoder has a second hidden layer, six linear layers in all.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(
            nn.Linear(input_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, hidden_dim),
            nn.ReLU(),
        )
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.encoder(x)
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | noise-shared-by-batch | One noise vector of latent_dim numbers serves the whole batch.
class VAE(nn.Module):
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
        eps = torch.randn(self.latent_dim, device=mu.device)
        return mu + torch.exp(0.5 * log_var) * eps

    def decode(self, z: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | no-latent-dim | latent_dim is not kept as an attribute.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.back = nn.Linear(latent_dim, hidden_dim)
        self.logits = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.hidden(x).relu()
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + (log_var / 2).exp() * torch.randn_like(mu)

    def decode(self, z: Tensor) -> Tensor:
        return self.logits(self.back(z).relu())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% right | VAE | sequential | Two Sequential blocks and two heads; log_var / 2 in the exponent.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.trunk = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.heads = nn.ModuleList([nn.Linear(hidden_dim, latent_dim) for _ in range(2)])
        self.generator = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.trunk(x)
        mu, log_var = (head(hidden) for head in self.heads)
        return mu, log_var

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z: Tensor) -> Tensor:
        return self.generator(z)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% right | VAE | module-dict | The five layers in a ModuleDict, rsample for the noise.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        sizes = {
            "hidden": (input_dim, hidden_dim),
            "mu": (hidden_dim, latent_dim),
            "log_var": (hidden_dim, latent_dim),
            "back": (latent_dim, hidden_dim),
            "logits": (hidden_dim, input_dim),
        }
        self.layers = nn.ModuleDict({name: nn.Linear(*size) for name, size in sizes.items()})

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.layers["hidden"](x).clamp(min=0)
        return self.layers["mu"](h), self.layers["log_var"](h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return Normal(mu, log_var.mul(0.5).exp()).rsample()

    def decode(self, z: Tensor) -> Tensor:
        return self.layers["logits"](self.layers["back"](z).clamp(min=0))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(z)
        return x_logits, mu, log_var


# %% right | VAE | pytorch-example | In the style of PyTorch's example, with a ReLU module and the square root of the variance.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)
        self.activation = nn.ReLU()

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h1 = self.activation(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        var = log_var.exp()
        eps = torch.empty_like(var).normal_()
        return eps * var.sqrt() + mu

    def decode(self, z: Tensor) -> Tensor:
        h3 = self.activation(self.fc3(z))
        return self.fc4(h3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        q = self.encode(x)
        return (self.decode(self.reparameterize(*q)), *q)


# %% right | VAE | functional-relu | torch.relu in place of modules, the noise by torch.randn with the right type and device.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.input_dim, self.hidden_dim, self.latent_dim = input_dim, hidden_dim, latent_dim
        self.x_to_h = nn.Linear(in_features=input_dim, out_features=hidden_dim, bias=True)
        self.h_to_mu = nn.Linear(in_features=hidden_dim, out_features=latent_dim, bias=True)
        self.h_to_lv = nn.Linear(in_features=hidden_dim, out_features=latent_dim, bias=True)
        self.z_to_h = nn.Linear(in_features=latent_dim, out_features=hidden_dim, bias=True)
        self.h_to_x = nn.Linear(in_features=hidden_dim, out_features=input_dim, bias=True)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.relu(self.x_to_h(x))
        return self.h_to_mu(h), self.h_to_lv(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        noise = torch.randn(*mu.shape, dtype=mu.dtype, device=mu.device)
        sigma = torch.exp(0.5 * log_var)
        return torch.addcmul(mu, sigma, noise)

    def decode(self, z: Tensor) -> Tensor:
        return self.h_to_x(torch.relu(self.z_to_h(z)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | vae_loss | recon-mean | recon is a mean over everything, the KL a sum over latents.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | sigmoid-then-bce | F.binary_cross_entropy of the sigmoid is clamped at 100 for large logits.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy(x_hat, x, reduction="none").sum(dim=1).mean()
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | sum-over-batch | Both terms are summed over the batch too, never divided.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    BCE = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return BCE + KLD, BCE, KLD


# %% wrong | vae_loss | kl-mean-over-latents | The KL is averaged over the latent dimensions.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    kl = torch.mean(0.5 * (mu.square() + log_var.exp() - 1.0 - log_var))
    loss = recon + kl
    return loss, recon, kl


# %% wrong | vae_loss | recon-minus-kl | The loss subtracts the KL, as the ELBO does.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + torch.exp(log_var) - 1 - log_var).sum(dim=1).mean()
    return recon - kl, recon, kl


# %% wrong | vae_loss | log-one-plus-exp | Types log(1 + exp(l)), which overflows above a logit of 88.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = (torch.log(1 + torch.exp(x_logits)) - x * x_logits).sum(dim=1).mean()
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | sigmoid-twice | The logits go through a sigmoid before the loss that applies one itself.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    x_hat = x_logits.sigmoid()
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / x.shape[0]
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum() / x.shape[0]
    return recon + kl, recon, kl


# %% wrong | vae_loss | arguments-exchanged | The image is given as the logits and the logits as the target.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x, x_logits, reduction="none")
    recon = recon.sum(dim=1).mean()
    kl = (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean() / 2
    return recon + kl, recon, kl


# %% wrong | vae_loss | squared-error | Squared error of the probabilities in place of the Bernoulli cost.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.mse_loss(torch.sigmoid(x_logits), x, reduction="none").sum(dim=1).mean()
    kl = -0.5 * torch.sum(1 + log_var - mu**2 - log_var.exp(), dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | python-floats | Returns Python floats, so nothing can be differentiated.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean().item()
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(1).mean().item()
    return recon + kl, recon, kl


# %% wrong | vae_loss | wrong-axis | Sums over the batch and averages over pixels and latent dimensions.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    bce = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = bce.sum(dim=0).mean()
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=0).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | rounds-the-image | Grey pixels are rounded to black or white before the cost.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    target = (x > 0.5).to(x_logits.dtype)  # Bernoulli needs 0 or 1
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="none").sum(-1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | order-of-results | Returns (loss, kl, recon).
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    n = x.shape[0]
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / n
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / n
    return recon + kl, kl, recon


# %% wrong | vae_loss | in-place | exp_ and pow_ overwrite mu and log_var of the caller.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    kl = -0.5 * (1 + log_var.clone() - mu.pow_(2) - log_var.exp_()).sum(1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | clamped-logits | The logits are clamped to [-15, 15] "for stability"; the cost and its gradient are wrong beyond.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    p = torch.sigmoid(x_logits.clamp(-15, 15))
    recon = -(x * torch.log(p) + (1 - x) * torch.log(1 - p)).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | vae_loss | softplus | softplus(l) - x l, per image, and the mean last.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon_per_image = (F.softplus(x_logits) - x * x_logits).sum(dim=-1)
    kl_per_image = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=-1)
    recon, kl = recon_per_image.mean(), kl_per_image.mean()
    return recon + kl, recon, kl


# %% right | vae_loss | sum-divided | reduction="sum" divided by the number of images.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    batch_size = len(x)
    BCE = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / batch_size
    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / batch_size
    return BCE + KLD, BCE, KLD


# %% right | vae_loss | stable-by-hand | The stable formula with max and log1p, the images one by one.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    def bernoulli_cost(logit, pixel):
        return logit.clamp(min=0) - logit * pixel + torch.log1p(torch.exp(-logit.abs()))

    recons, kls = [], []
    for logit, image, m, lv in zip(x_logits, x, mu, log_var, strict=True):
        recons.append(bernoulli_cost(logit, image).sum())
        kls.append(0.5 * (m @ m + lv.exp().sum() - lv.sum() - len(m)))
    recon = torch.stack(recons).mean()
    kl = torch.stack(kls).mean()
    return recon + kl, recon, kl


# %% right | vae_loss | distributions | Bernoulli log_prob without validation (grey pixels) and kl_divergence of Normals.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    likelihood = torch.distributions.Bernoulli(logits=x_logits, validate_args=False)
    recon = -likelihood.log_prob(x).sum(dim=1).mean()
    q = Normal(mu, torch.exp(log_var / 2))
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, p).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | vae_loss | log-sigmoid | x log p + (1 - x) log(1 - p) with logsigmoid of plus and minus the logit.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    log_p = F.logsigmoid(x_logits)
    log_not_p = F.logsigmoid(-x_logits)
    recon = -(x * log_p + (1 - x) * log_not_p).sum(dim=1)
    kl = (mu**2 + torch.expm1(log_var) - log_var).sum(dim=1) / 2
    recon, kl = recon.mean(), kl.mean()
    loss = recon + kl
    return loss, recon, kl


# %% wrong | train_step | no-zero-grad | Old gradients are never cleared.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | zero-after-backward | The gradients are cleared between backward and step, so nothing moves.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | zero-at-the-end | Gradients are cleared after the step only, so those left by others count.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)[0]
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


# %% wrong | train_step | returns-tensor | Returns the loss as a tensor with its graph.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss


# %% wrong | train_step | loss-after-update | Returns the loss of the updated model.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    return loss.item()


# %% wrong | train_step | step-before-backward | The optimiser steps before the new gradients exist.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    optimizer.step()
    loss.backward()
    return float(loss)


# %% wrong | train_step | recon-only | Trains on recon and leaves the KL out.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    recon.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | left-in-eval | Leaves the model in evaluation mode.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    model.train()
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    model.eval()
    return loss.item()


# %% wrong | train_step | several-updates | Splits the batch and updates once for each part.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    losses = []
    for xb in x.chunk(2):
        x_logits, mu, log_var = model(xb)
        loss, _, _ = vae_loss(x_logits, xb, mu, log_var)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


# %% wrong | train_step | clipped-gradients | Gradients are clipped to norm 1, so the update is another one.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer.zero_grad(set_to_none=True)
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
    optimizer.step()
    return loss.item()


# %% wrong | train_step | own-optimizer | Makes a new Adam in every call and ignores the one it got.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | divided-by-batch | The returned number is divided by the batch size once more.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item() / len(x)


# %% wrong | train_step | sigmoid-before-loss | Probabilities are handed to vae_loss, which wants logits.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    x_hat = torch.sigmoid(x_logits)
    loss, _, _ = vae_loss(x_hat, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% right | train_step | loop-order | The order of the plain autoencoder's loop.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% right | train_step | closure | The four things in a closure that the optimiser calls.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    def closure():
        optimizer.zero_grad()
        logits, mu, log_var = model(x)
        loss = vae_loss(logits, x, mu, log_var)[0]
        loss.backward()
        return loss

    return float(optimizer.step(closure).detach())


# %% right | train_step | train-mode-first | Switches to training mode first, clears with set_to_none=False, float at the end.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    model.train()
    optimizer.zero_grad(set_to_none=False)
    out = model(x)
    total, recon, kl = vae_loss(out[0], x, *out[1:])
    total.backward()
    value = float(total)
    optimizer.step()
    return value


# %% right | train_step | by-param-groups | Clears .grad of the optimiser's parameters by hand.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = None
    x_logits, mu, log_var = model(x)
    losses = vae_loss(x_logits=x_logits, x=x, mu=mu, log_var=log_var)
    torch.autograd.backward(losses[0])
    optimizer.step()
    return losses[0].detach().cpu().tolist()


# %% wrong | evaluate | decodes-mu | Decodes mu; the noise is switched off.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        loss, _, _ = vae_loss(model.decode(mu), x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% wrong | evaluate | stays-in-eval | The model is left in evaluation mode.
def evaluate(model: nn.Module, x: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    return loss.item()


# %% wrong | evaluate | always-back-to-train | The model always ends in training mode, even if it came in evaluation mode.
def evaluate(model: nn.Module, x: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    model.train()
    return loss.item()


# %% wrong | evaluate | gradients-off-for-good | set_grad_enabled(False) is never taken back.
def evaluate(model: nn.Module, x: Tensor) -> float:
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(mode)
    return loss.item()


# %% wrong | evaluate | records-a-graph | no_grad is missing: the whole graph is recorded.
def evaluate(model: nn.Module, x: Tensor) -> float:
    training = model.training
    model.eval()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(training)
    return loss.item()


# %% wrong | evaluate | returns-tensor | Returns a tensor, not a Python float.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss


# %% wrong | evaluate | recon-only | Returns recon, without the KL.
def evaluate(model: nn.Module, x: Tensor) -> float:
    before = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(before)
    return recon.item()


# %% wrong | evaluate | mean-of-batch-means | Averages the means of batches of 128, although the last batch is smaller.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    losses = []
    with torch.no_grad():
        for batch in x.split(128):
            x_logits, mu, log_var = model(batch)
            losses.append(vae_loss(x_logits, batch, mu, log_var)[0].item())
    model.train(was_training)
    return sum(losses) / len(losses)


# %% wrong | evaluate | the-elbo-itself | Returns the ELBO, with the sign turned.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return -loss.item()


# %% wrong | evaluate | backward-left-in | Copied from train_step without the step: backward adds to .grad.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    model.train(was_training)
    return loss.item()


# %% wrong | evaluate | zeroes-grad | Clears the model's gradients, which are not its own.
def evaluate(model: nn.Module, x: Tensor) -> float:
    mode = model.training
    model.eval()
    model.zero_grad()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss = vae_loss(x_logits, x, mu, log_var)[0]
    model.train(mode)
    return float(loss)


# %% wrong | evaluate | fixed-seed | Seeds the global generator so that the score repeats, which also changes everybody else's noise.
def evaluate(model: nn.Module, x: Tensor) -> float:
    torch.manual_seed(0)  # otherwise the score jumps
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% right | evaluate | with-block | Mode remembered, no_grad block, mode put back.
def evaluate(model: nn.Module, x: Tensor) -> float:
    mode = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _recon, _kl = vae_loss(x_logits, x, mu, log_var)
    model.train(mode)
    return loss.item()


# %% right | evaluate | decorator-and-finally | no_grad as a decorator, try and finally around the mode.
@torch.no_grad()
def evaluate(model: nn.Module, x: Tensor) -> float:
    before = model.training
    try:
        model.train(False)
        x_logits, mu, log_var = model(x)
        return float(vae_loss(x_logits, x, mu, log_var)[0])
    finally:
        model.train(before)


# %% right | evaluate | weighted-batches | Batches of 500, each weighted by its number of images.
def evaluate(model: nn.Module, x: Tensor) -> float:
    def summed_over(part):
        x_logits, mu, log_var = model(part)
        return vae_loss(x_logits, part, mu, log_var)[0].item() * len(part)

    remembered = model.training
    model.eval()
    with torch.inference_mode():
        total = sum(summed_over(x[i : i + 500]) for i in range(0, len(x), 500))
    model.train(remembered)
    return total / len(x)


# %% right | evaluate | every-module | Remembers the mode of every submodule.
def evaluate(model: nn.Module, x: Tensor) -> float:
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    with torch.set_grad_enabled(False):
        output = model(x)
        neg_elbo = vae_loss(output[0], x, output[1], output[2])[0]
    for module, mode in modes:
        module.training = mode
    return neg_elbo.item()


# %% wrong | generate | uniform-z | z is uniform on [0, 1], not standard normal.
def generate(model: nn.Module, num_images: int) -> Tensor:
    with torch.no_grad():
        z = torch.rand(num_images, model.latent_dim)
        return torch.sigmoid(model.decode(z))


# %% wrong | generate | logits | The sigmoid is missing.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z)


# %% wrong | generate | with-gradients | Computed with gradients; the result has a graph.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    return model.decode(z).sigmoid()


# %% wrong | generate | twenty-latents | 20 latent dimensions are written into the code.
def generate(model: nn.Module, num_images: int) -> Tensor:
    with torch.no_grad():
        z = torch.randn(num_images, 20)
        return model.decode(z).sigmoid()


# %% wrong | generate | one-z-for-all | One z is repeated for all images, so they are equal.
def generate(model: nn.Module, num_images: int) -> Tensor:
    with torch.no_grad():
        z = torch.randn(1, model.latent_dim).repeat(num_images, 1)
        x_hat = torch.sigmoid(model.decode(z))
    return x_hat


# %% wrong | generate | binarised | Returns sampled black and white pixels in place of probabilities.
def generate(model: nn.Module, num_images: int) -> Tensor:
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        probs = torch.sigmoid(model.decode(z))
        return torch.bernoulli(probs)


# %% wrong | generate | softmax | softmax over the pixels in place of a sigmoid for each.
def generate(model: nn.Module, num_images: int) -> Tensor:
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        return F.softmax(model.decode(z), dim=1)


# %% wrong | generate | through-the-encoder | Sends random pixels through the whole model.
def generate(model: nn.Module, num_images: int) -> Tensor:
    with torch.no_grad():
        x = torch.rand(num_images, 784)
        x_logits, _, _ = model(x)
        return x_logits.sigmoid()


# %% wrong | generate | as-pictures | Returns pictures of shape (num_images, 28, 28).
def generate(model: nn.Module, num_images: int) -> Tensor:
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        return model.decode(z).sigmoid().view(-1, 28, 28)


# %% wrong | generate | clamped-logits | Logits are clamped to [0, 1] in place of a sigmoid.
def generate(model: nn.Module, num_images: int) -> Tensor:
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        return model.decode(z).clamp(0, 1)


# %% wrong | generate | fixed-seed | A seed inside: a second call gives the same images.
def generate(model: nn.Module, num_images: int) -> Tensor:
    torch.manual_seed(0)
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        return torch.sigmoid(model.decode(z))


# %% wrong | generate | numpy-result | Returns a NumPy array.
def generate(model: nn.Module, num_images: int) -> Tensor:
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        images = model.decode(z).sigmoid()
    return images.cpu().numpy()


# %% wrong | generate | gradients-off-for-good | set_grad_enabled(False) is never taken back.
def generate(model: nn.Module, num_images: int) -> Tensor:
    torch.set_grad_enabled(False)
    z = torch.randn(num_images, model.latent_dim, device=next(model.parameters()).device)
    return torch.sigmoid(model.decode(z))


# %% right | generate | device-aware | z on the device of the parameters, inside no_grad.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z).sigmoid()


# %% right | generate | decorator-normal | no_grad as a decorator, Normal.sample for the prior.
@torch.no_grad()
def generate(model: nn.Module, num_images: int) -> Tensor:
    weight = next(iter(model.parameters()))
    prior = Normal(torch.zeros(model.latent_dim), torch.ones(model.latent_dim))
    z = prior.sample((num_images,)).to(weight.device)
    return torch.sigmoid(model.decode(z))


# %% right | generate | one-by-one | Draws and decodes one image after the other.
def generate(model: nn.Module, num_images: int) -> Tensor:
    some_parameter = next(model.parameters())
    pictures = []
    with torch.no_grad():
        for _ in range(num_images):
            z = some_parameter.new_empty(1, model.latent_dim).normal_()
            logits = model.decode(z)
            pictures.append(1 / (1 + torch.exp(-logits)))
    return torch.cat(pictures)


# %% right | generate | detach-at-the-end | Gradients switched off with set_grad_enabled as a context, special.expit as the sigmoid.
def generate(model: nn.Module, num_images: int) -> Tensor:
    parameters = list(model.parameters())
    shape = (num_images, model.latent_dim)
    with torch.set_grad_enabled(False):
        z = torch.normal(0.0, 1.0, size=shape, device=parameters[0].device)
        x_hat = torch.special.expit(model.decode(z))
    return x_hat.detach()


# %% wrong | gaussian_nll | sigma-as-variance | Divides by 2 sigma in place of 2 sigma squared.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    sq = ((x - x_hat) ** 2).sum(dim=1)
    n = x.shape[1]
    return sq / (2 * sigma) + n * math.log(sigma) + n / 2 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | constants-once | The constants are added once per image, not once per pixel.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    squared_error = (x - x_hat).pow(2).sum(dim=1)
    return squared_error / (2 * sigma**2) + math.log(sigma) + 0.5 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | no-two-pi | The constant with 2 pi is dropped.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    nll = (x - x_hat) ** 2 / (2 * sigma**2) + math.log(sigma)
    return nll.sum(dim=1)


# %% wrong | gaussian_nll | mean-over-pixels | Mean over the pixels in place of the sum.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    per_pixel = (
        0.5 * ((x - x_hat) / sigma) ** 2 + math.log(sigma) + 0.5 * math.log(2 * math.pi)
    )
    return per_pixel.mean(dim=1)


# %% wrong | gaussian_nll | batch-mean | One number for the whole batch.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    dist = Normal(x_hat, sigma)
    return -dist.log_prob(x).sum(dim=1).mean()


# %% wrong | gaussian_nll | sign-of-log-sigma | log sigma is subtracted.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    d = x.shape[1]
    sse = torch.sum((x_hat - x) ** 2, dim=1)
    return sse / (2 * sigma**2) - d * math.log(sigma) + 0.5 * d * math.log(2 * math.pi)


# %% wrong | gaussian_nll | always-784 | 784 pixels are written into the code.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    sse = (x - x_hat).square().sum(dim=1)
    return sse / (2 * sigma**2) + 784 * math.log(sigma) + 784 / 2 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | torch-log-of-float | torch.log gets a Python float and fails.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    n = x.shape[1]
    sse = ((x - x_hat) ** 2).sum(dim=1)
    return sse / (2 * sigma**2) + n * torch.log(sigma) + n / 2 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | no-half | The squared error lacks its factor one half.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    z = (x - x_hat) / sigma
    return (z**2 + math.log(sigma) + 0.5 * math.log(2 * math.pi)).sum(dim=-1)


# %% wrong | gaussian_nll | log-variance-without-half | log sigma^2 without the half, so log sigma counts twice.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    var = sigma**2
    n = x.size(1)
    quad = torch.sum((x - x_hat) ** 2, 1) / (2 * var)
    return quad + n * math.log(var) + 0.5 * n * math.log(2 * math.pi)


# %% wrong | gaussian_nll | log-density | Returns the log-density, without the minus sign.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    return Normal(x_hat, sigma).log_prob(x).sum(dim=1)


# %% wrong | gaussian_nll | clamped-at-zero | Negative costs are set to zero ("a loss cannot be negative").
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    n = x.shape[1]
    sse = (x - x_hat).pow(2).sum(dim=1)
    nll = sse / (2 * sigma**2) + n * math.log(sigma) + 0.5 * n * math.log(2 * math.pi)
    return nll.clamp(min=0)


# %% wrong | gaussian_nll | in-place | sub_ and pow_ overwrite the caller's x_hat.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    sse = x_hat.sub_(x).pow_(2).sum(dim=1)
    n = x.shape[1]
    return 0.5 * sse / sigma**2 + n * math.log(sigma) + 0.5 * n * math.log(2 * math.pi)


# %% right | gaussian_nll | formula | The formula of the text with the number of pixels of x.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    num_pixels = x.shape[1]
    squared_error = (x - x_hat).square().sum(dim=1)
    constants = num_pixels * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    return squared_error / (2 * sigma**2) + constants


# %% right | gaussian_nll | normal | Minus the log_prob of a Normal, summed.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    return Normal(loc=x_hat, scale=sigma).log_prob(x).sum(-1).neg()


# %% right | gaussian_nll | einsum | Squared length by einsum, one logarithm of 2 pi sigma squared.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    residual = (x - x_hat) / sigma
    length2 = torch.einsum("bi,bi->b", residual, residual)
    return (length2 + residual.shape[1] * math.log(2 * math.pi * sigma**2)) / 2


# %% right | gaussian_nll | pixel-loop | Adds up the pixels in a loop.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    per_pixel_constant = 0.5 * math.log(2 * math.pi) + math.log(sigma)
    cost = torch.zeros_like(x[:, 0])
    for pixel, mean in zip(x.unbind(1), x_hat.unbind(1), strict=True):
        cost = cost + (pixel - mean) ** 2 / (2.0 * sigma * sigma) + per_pixel_constant
    return cost


# %% wrong | effective_beta | upside-down | The ratio is inverted: weight of recon over weight of the KL.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    recon_weight = 1.0 if recon_reduction == "sum" else 1.0 / num_pixels
    kl_weight = 1.0 if kl_reduction == "sum" else 1.0 / latent_dim
    return recon_weight / kl_weight


# %% wrong | effective_beta | means-cancel | Two equal reductions are believed to cancel.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    if recon_reduction == kl_reduction:
        return 1.0
    if recon_reduction == "mean":
        return float(num_pixels)
    return 1.0 / latent_dim


# %% wrong | effective_beta | kl-ignored | Only the reduction of recon is looked at.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    if recon_reduction == "mean":
        return float(num_pixels)
    return 1.0


# %% wrong | effective_beta | product | Multiplies by latent_dim where it must divide.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    beta = 1.0
    if recon_reduction == "mean":
        beta *= num_pixels
    if kl_reduction == "mean":
        beta *= latent_dim
    return beta


# %% wrong | effective_beta | not-rescaled | Returns the weight of the KL before the loss is rescaled.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    if kl_reduction == "mean":
        return 1 / latent_dim
    return 1.0


# %% wrong | effective_beta | integer-division | // cuts 784 / 20 to 39, and 1 / 20 to 0.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    p = num_pixels if recon_reduction == "mean" else 1
    d = latent_dim if kl_reduction == "mean" else 1
    return float(p // d)


# %% wrong | effective_beta | else-overwrites | The second if overwrites what the first one found.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    beta = 1.0
    if recon_reduction == "mean":
        beta = float(num_pixels)
    if kl_reduction == "mean":
        beta = 1.0 / latent_dim
    return beta


# %% wrong | effective_beta | case-forgotten | The case of a sum for recon and a mean for the KL returns 1.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    if recon_reduction == "mean" and kl_reduction == "mean":
        return num_pixels / latent_dim
    elif recon_reduction == "mean":
        return float(num_pixels)
    else:
        return 1.0


# %% wrong | effective_beta | returns-none | Two of the four cases have no return.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    if recon_reduction == "sum" and kl_reduction == "sum":
        return 1.0
    if recon_reduction == "mean" and kl_reduction == "mean":
        return num_pixels / latent_dim


# %% wrong | effective_beta | half-of-squared-error | A factor 1/2 is carried along from the squared error.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    beta = num_pixels / 2 if recon_reduction == "mean" else 1.0
    if kl_reduction == "mean":
        beta = beta / latent_dim
    return beta


# %% wrong | effective_beta | names-exchanged | The two reductions are mixed up: the KL's decides about the pixels.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    factor_pixels = num_pixels if kl_reduction == "mean" else 1
    factor_latent = latent_dim if recon_reduction == "mean" else 1
    return factor_pixels / factor_latent


# %% right | effective_beta | weights | The two weights, and their ratio.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    weight_of_recon = {"sum": 1.0, "mean": 1 / num_pixels}[recon_reduction]
    weight_of_kl = {"sum": 1.0, "mean": 1 / latent_dim}[kl_reduction]
    return weight_of_kl / weight_of_recon


# %% right | effective_beta | four-cases | All four cases one by one.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    if recon_reduction == "sum" and kl_reduction == "sum":
        return 1.0
    if recon_reduction == "sum" and kl_reduction == "mean":
        return 1.0 / latent_dim
    if recon_reduction == "mean" and kl_reduction == "sum":
        return float(num_pixels)
    return num_pixels / latent_dim


# %% right | effective_beta | step-by-step | Starts at 1 and multiplies or divides.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    beta = 1.0
    if recon_reduction == "mean":
        beta *= num_pixels
    if kl_reduction == "mean":
        beta /= latent_dim
    return beta


# %% right | effective_beta | powers | Booleans as exponents.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    return float(num_pixels) ** (recon_reduction == "mean") / latent_dim ** (kl_reduction == "mean")


# %% wrong | xavier_init | variance-as-std | The variance is used as the standard deviation.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = 2 / (fan_in + fan_out)
    return (torch.randn(fan_in, fan_out) * std).requires_grad_()


# %% wrong | xavier_init | no-leaf | requires_grad comes before the product, so the result is no leaf.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2 / (fan_in + fan_out))
    return torch.randn(fan_in, fan_out, requires_grad=True) * std


# %% wrong | xavier_init | transposed | Shape (fan_out, fan_in), as in nn.Linear.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2.0 / (fan_in + fan_out))
    W = torch.randn(fan_out, fan_in) * std
    W.requires_grad_()
    return W


# %% wrong | xavier_init | uniform | The uniform variant of Xavier's rule, not a normal one.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    bound = math.sqrt(6 / (fan_in + fan_out))
    return torch.empty(fan_in, fan_out).uniform_(-bound, bound).requires_grad_()


# %% wrong | xavier_init | he-rule | Variance 2 / fan_in, which is He's rule.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    xavier_stddev = 1.0 / math.sqrt(fan_in / 2.0)
    return (torch.randn(fan_in, fan_out) * xavier_stddev).requires_grad_(True)


# %% wrong | xavier_init | no-requires-grad | Recording is never switched on.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = (2 / (fan_in + fan_out)) ** 0.5
    return torch.randn(fan_in, fan_out) * std


# %% wrong | xavier_init | root-of-two-only | The square root covers the 2 only, not the sum of the fans.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2) / (fan_in + fan_out)
    w = torch.randn(fan_in, fan_out) * std
    return w.requires_grad_()


# %% wrong | xavier_init | two-forgotten | Variance 1 / (fan_in + fan_out), without the 2.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    w = torch.randn(fan_in, fan_out) / math.sqrt(fan_in + fan_out)
    w.requires_grad = True
    return w


# %% wrong | xavier_init | numpy-float64 | NumPy makes a float64 tensor.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    import numpy as np

    w = np.random.normal(0.0, np.sqrt(2.0 / (fan_in + fan_out)), size=(fan_in, fan_out))
    return torch.tensor(w, requires_grad=True)


# %% wrong | xavier_init | truncated | A truncated normal, as Keras has it: no values beyond two sigma, and a smaller variance.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2.0 / (fan_in + fan_out))
    w = torch.empty(fan_in, fan_out)
    nn.init.trunc_normal_(w, mean=0.0, std=std, a=-2 * std, b=2 * std)
    return w.requires_grad_()


# %% wrong | xavier_init | same-every-time | A seeded generator gives the same matrix in each call.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    g = torch.Generator().manual_seed(0)
    std = math.sqrt(2 / (fan_in + fan_out))
    return (std * torch.randn(fan_in, fan_out, generator=g)).requires_grad_()


# %% right | xavier_init | record-after-product | requires_grad_ after the product.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2 / (fan_in + fan_out))
    weights = std * torch.randn(fan_in, fan_out)
    return weights.requires_grad_()


# %% right | xavier_init | nn-init | nn.init.xavier_normal_ on an empty leaf.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    weights = torch.empty((fan_in, fan_out), dtype=torch.float32, requires_grad=True)
    return nn.init.xavier_normal_(weights)


# %% right | xavier_init | normal-in-place | normal_ inside no_grad, recording on from the beginning.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    W = torch.zeros(fan_in, fan_out, requires_grad=True)
    with torch.no_grad():
        W.normal_(mean=0.0, std=(2.0 / (fan_in + fan_out)) ** 0.5)
    return W


# %% right | xavier_init | detached | A product with recording, detached, then a fresh leaf.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    variance = torch.tensor(2.0 / (fan_in + fan_out))
    draw = Normal(0.0, variance.sqrt()).sample((fan_in, fan_out))
    leaf = draw.clone().detach().to(torch.float32)
    leaf.requires_grad = True
    return leaf
