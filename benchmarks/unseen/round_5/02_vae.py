# %% wrong | VAE | exp-log-var-as-std | exp(log_var) is used as the standard deviation, without the half.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        sigma = torch.exp(log_var)
        eps = torch.randn_like(mu)
        return mu + sigma * eps

    def decode(self, z):
        return self.fc4(F.relu(self.fc3(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | log-var-overwritten | reparameterize works in place with mul_ and exp_ and so overwrites log_var.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.hidden(x).relu()
        return self.mu_head(h), self.log_var_head(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        std = log_var.mul_(0.5).exp_()
        return mu + std * torch.randn_like(std)

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | no-noise-in-eval | The noise is switched off after eval(), where mu itself is returned.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.latent_dim = latent_dim
        self.enc = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec1 = nn.Linear(latent_dim, hidden_dim)
        self.dec2 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = torch.relu(self.enc(x))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        if self.training:
            std = torch.exp(0.5 * log_var)
            return mu + std * torch.randn_like(std)
        return mu

    def decode(self, z):
        return self.dec2(torch.relu(self.dec1(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | relu-on-heads | mu and log_var pass a ReLU, so they can never be negative.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.layer1 = nn.Linear(input_dim, hidden_dim)
        self.layer2_mu = nn.Linear(hidden_dim, latent_dim)
        self.layer2_log_var = nn.Linear(hidden_dim, latent_dim)
        self.layer3 = nn.Linear(latent_dim, hidden_dim)
        self.layer4 = nn.Linear(hidden_dim, input_dim)
        self.relu = nn.ReLU()

    def encode(self, x):
        h = self.relu(self.layer1(x))
        mu = self.relu(self.layer2_mu(h))
        log_var = self.relu(self.layer2_log_var(h))
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z):
        return self.layer4(self.relu(self.layer3(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | decode-sigmoid | decode returns probabilities instead of logits.
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
        std = torch.exp(0.5 * log_var)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | shared-noise-over-batch | One row of noise is drawn and used for every image of the batch.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.latent_dim = latent_dim
        self.to_hidden = nn.Linear(input_dim, hidden_dim)
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_log_var = nn.Linear(hidden_dim, latent_dim)
        self.from_latent = nn.Linear(latent_dim, hidden_dim)
        self.to_pixels = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        hidden = F.relu(self.to_hidden(x))
        return self.to_mu(hidden), self.to_log_var(hidden)

    def reparameterize(self, mu, log_var):
        sigma = (log_var / 2).exp()
        eps = torch.randn(mu.shape[-1], device=mu.device)
        return mu + sigma * eps

    def decode(self, z):
        return self.to_pixels(F.relu(self.from_latent(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | noise-of-model-width | The noise has the width self.latent_dim instead of the shape of mu, so other widths fail.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc_in = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_lv = nn.Linear(hidden_dim, latent_dim)
        self.fc_z = nn.Linear(latent_dim, hidden_dim)
        self.fc_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc_in(x))
        return self.fc_mu(h), self.fc_lv(h)

    def reparameterize(self, mu, log_var):
        noise = torch.randn(mu.shape[0], self.latent_dim, device=mu.device)
        return mu + torch.exp(0.5 * log_var) * noise

    def decode(self, z):
        return self.fc_out(F.relu(self.fc_z(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | sample-without-gradient | Normal.sample is used, so no gradient reaches mu and log_var.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mean = nn.Linear(hidden_dim, latent_dim)
        self.log_variance = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.mean(h), self.log_variance(h)

    def reparameterize(self, mu, log_var):
        return Normal(mu, torch.exp(0.5 * log_var)).sample()

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | torch-normal | torch.normal(mu, sigma) draws the right values but gives zero gradients to mu and sigma.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.linear1 = nn.Linear(input_dim, hidden_dim)
        self.linear_mu = nn.Linear(hidden_dim, latent_dim)
        self.linear_log_var = nn.Linear(hidden_dim, latent_dim)
        self.linear2 = nn.Linear(latent_dim, hidden_dim)
        self.linear3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = torch.relu(self.linear1(x))
        return self.linear_mu(h), self.linear_log_var(h)

    def reparameterize(self, mu, log_var):
        return torch.normal(mu, torch.exp(log_var / 2))

    def decode(self, z):
        return self.linear3(torch.relu(self.linear2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | uniform-noise | The noise is uniform (rand_like) instead of standard normal.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.rand_like(mu)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | latent-dim-not-kept | The attribute latent_dim is never set.
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
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | std-floor | A floor of 1e-3 is added to sigma, which is far too large at log_var = -20.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.enc_hidden = nn.Linear(input_dim, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.dec_hidden = nn.Linear(latent_dim, hidden_dim)
        self.dec_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.enc_hidden(x))
        return self.enc_mu(h), self.enc_log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        sigma = torch.exp(0.5 * log_var) + 1e-3  # for stability
        return mu + sigma * torch.randn_like(mu)

    def decode(self, z: Tensor) -> Tensor:
        return self.dec_out(F.relu(self.dec_hidden(z)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | log-var-clamped-to-ten | reparameterize clamps log_var to [-10, 10], although it must be right up to 20 on both sides.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.latent_dim = latent_dim
        self.a = nn.Linear(input_dim, hidden_dim)
        self.b = nn.Linear(hidden_dim, latent_dim)
        self.c = nn.Linear(hidden_dim, latent_dim)
        self.d = nn.Linear(latent_dim, hidden_dim)
        self.e = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = self.a(x).relu()
        return self.b(h), self.c(h)

    def reparameterize(self, mu, log_var):
        log_var = torch.clamp(log_var, -10, 10)  # keeps exp from exploding
        return mu + (0.5 * log_var).exp() * torch.randn_like(mu)

    def decode(self, z):
        return self.e(self.d(z).relu())

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | no-relu-in-decoder | The ReLU of the decoder is missing, so the decoder is linear.
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
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        h = self.fc2(z)
        return self.fc3(h)

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | forward-decodes-mu | forward decodes mu instead of a sample of z.
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
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(mu)
        return x_logits, mu, log_var


# %% wrong | VAE | noise-scale-not-differentiable | sigma is computed under no_grad, so z has no gradient in log_var.
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
        with torch.no_grad():
            # all randomness sits in here, no gradient needed
            noise = torch.exp(0.5 * log_var) * torch.randn_like(mu)
        return mu + noise

    def decode(self, z):
        return self.logits(F.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | one-head-for-both | mu and log_var are both computed by the same head, so they are always equal.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        mu = self.fc_mu(h)
        log_var = self.fc_mu(h)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc4(F.relu(self.fc3(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | forward-order | forward returns mu, log_var, x_logits instead of x_logits first.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.heads = nn.Linear(hidden_dim, 2 * latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        return self.heads(F.relu(self.fc1(x))).chunk(2, dim=1)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        x_logits = self.decode(self.reparameterize(mu, log_var))
        return mu, log_var, x_logits


# %% wrong | VAE | encode-with-dropout | A dropout in the encoder makes encode random in training mode.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(
            nn.Linear(input_dim, hidden_dim), nn.ReLU(), nn.Dropout(0.1)
        )
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | hard-coded-sizes | The layers have the sizes 784, 400 and 20 whatever the arguments are.
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


# %% wrong | VAE | no-biases | All layers are made with bias=False.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.w1 = nn.Linear(input_dim, hidden_dim, bias=False)
        self.w_mu = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.w_log_var = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.w2 = nn.Linear(latent_dim, hidden_dim, bias=False)
        self.w3 = nn.Linear(hidden_dim, input_dim, bias=False)

    def encode(self, x):
        h = F.relu(self.w1(x))
        return self.w_mu(h), self.w_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.w3(F.relu(self.w2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | log-var-head-before-relu | The log_var head reads the hidden layer before its ReLU.
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
        return self.fc_mu(F.relu(h)), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | noise-drawn-once | The noise is drawn at the first call and kept for all later calls of the same shape.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)
        self.eps = None

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        if self.eps is None or self.eps.shape != mu.shape:
            self.eps = torch.randn_like(mu)
        return mu + torch.exp(0.5 * log_var) * self.eps

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% right | VAE | pytorch-example-style | The names and layout of PyTorch's own example, with logits.
class VAE(nn.Module):
    """A variational autoencoder with one hidden ReLU layer on each side."""

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
        return self.fc4(h3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% right | VAE | fused-head-sequential | One head of twice the width, cut with chunk; Sequential for both sides.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(
            nn.Linear(input_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, 2 * latent_dim)
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        mu, log_var = self.encoder(x).chunk(2, dim=-1)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return torch.addcmul(mu, log_var.mul(0.5).exp(), torch.randn_like(mu))

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        q = self.encode(x)
        return self.decode(self.reparameterize(*q)), *q


# %% right | VAE | rsample | The sample comes from Normal.rsample, which is differentiable.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.trunk = nn.Linear(input_dim, hidden_dim)
        self.mean_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.widen = nn.Linear(latent_dim, hidden_dim)
        self.paint = nn.Linear(hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.trunk(x).clamp(min=0)
        return self.mean_head(hidden), self.log_var_head(hidden)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        q = Normal(loc=mu, scale=torch.exp(log_var / 2))
        return q.rsample()

    def decode(self, z: Tensor) -> Tensor:
        return self.paint(self.widen(z).clamp(min=0))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% right | VAE | square-root-of-variance | sigma is written as the square root of exp(log_var), layers are kept in a ModuleDict.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.input_dim, self.hidden_dim, self.latent_dim = input_dim, hidden_dim, latent_dim
        self.layers = nn.ModuleDict(
            {
                "hidden": nn.Linear(input_dim, hidden_dim),
                "mu": nn.Linear(hidden_dim, latent_dim),
                "log_var": nn.Linear(hidden_dim, latent_dim),
                "back": nn.Linear(latent_dim, hidden_dim),
                "logits": nn.Linear(hidden_dim, input_dim),
            }
        )

    def encode(self, x):
        h = torch.maximum(self.layers["hidden"](x), torch.zeros(1, device=x.device))
        return self.layers["mu"](h), self.layers["log_var"](h)

    def reparameterize(self, mu, log_var):
        variance = log_var.exp()
        sigma = variance.sqrt()
        epsilon = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        return mu + sigma * epsilon

    def decode(self, z):
        h = self.layers["back"](z).relu()
        return self.layers["logits"](h)

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(z)
        return (x_logits, mu, log_var)


# %% right | VAE | normal-in-place-noise | The noise is filled by normal_ in a fresh tensor; the heads live in a ModuleList.
def _two_layers(n_in, n_mid, n_out):
    return nn.Sequential(nn.Linear(n_in, n_mid), nn.ReLU(inplace=True), nn.Linear(n_mid, n_out))


class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.latent_dim = latent_dim
        self.first = nn.Linear(input_dim, hidden_dim)
        self.heads = nn.ModuleList(nn.Linear(hidden_dim, latent_dim) for _ in range(2))
        self.dec = _two_layers(latent_dim, hidden_dim, input_dim)

    def encode(self, x):
        h = nn.functional.relu(self.first(x))
        return tuple(head(h) for head in self.heads)

    def reparameterize(self, mu, log_var):
        eps = torch.empty_like(mu).normal_()
        return eps.detach() * torch.exp(0.5 * log_var) + mu

    def decode(self, z):
        return self.dec(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | vae_loss | recon-mean-over-everything | recon keeps the default reduction and is a mean over the pixels too.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | kl-mean-over-latents | The KL is a mean over the latent dimensions instead of a sum.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * torch.mean(mu**2 + log_var.exp() - 1 - log_var)
    return recon + kl, recon, kl


# %% wrong | vae_loss | sum-over-batch | Both terms are summed over the batch, as in PyTorch's example, and never divided by its size.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return recon + kl, recon, kl


# %% wrong | vae_loss | kl-sign | The KL has the wrong sign: the minus of one form is put before the other.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    kl = -0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | kl-half-forgotten | The factor one half of the KL is missing.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1)
    kl_per_image = (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)
    recon, kl = nll.mean(), kl_per_image.mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | log-var-read-as-log-sigma | log_var is treated as log sigma, so the variance becomes exp(2 log_var).
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    sigma = log_var.exp()
    kl = 0.5 * (mu**2 + sigma**2 - 1 - torch.log(sigma**2)).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | bce-of-sigmoid | The probability is built first and F.binary_cross_entropy is used, which is clamped at 100 and loses its gradient.
def vae_loss(x_logits, x, mu, log_var):
    p = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy(p, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    loss = recon + kl
    return loss, recon, kl


# %% wrong | vae_loss | log-of-probability-with-eps | The logarithms are kept finite by 1e-8 beside the probability, so large logits cost too little or infinity.
def vae_loss(x_logits, x, mu, log_var):
    p = x_logits.sigmoid()
    eps = 1e-8
    recon = -(x * torch.log(p + eps) + (1 - x) * torch.log(1 - p + eps)).sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | exp-overflows | log(1 + exp(l)) is typed with log1p and overflows above a logit of 88.
def vae_loss(x_logits, x, mu, log_var):
    recon = (torch.log1p(torch.exp(x_logits)) - x * x_logits).sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | returned-order | The tuple is (recon, kl, loss) instead of (loss, recon, kl).
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon, kl, recon + kl


# %% wrong | vae_loss | minus-one-outside-sum | The -1 of the KL is subtracted once per image instead of once per dimension.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * ((mu**2).sum(dim=1) + log_var.exp().sum(dim=1) - 1 - log_var.sum(dim=1))
    kl = kl.mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | log-var-in-place | exp_ overwrites log_var, the argument, before it is subtracted.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    variance = log_var.exp_()
    kl = 0.5 * (mu.square() + variance - 1 - variance.log()).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | images-binarised | Grey values are rounded to black and white before they are scored.
def vae_loss(x_logits, x, mu, log_var):
    target = (x > 0.5).float()  # a Bernoulli is black or white
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="none").sum(1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | kl-without-gradient | The KL enters the loss detached, so it does not train the encoder.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    with torch.no_grad():
        kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | arguments-swapped | Logits and images are swapped in the cross entropy.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x, x_logits, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | bernoulli-rejects-grey | torch's Bernoulli checks its arguments and raises for grey pixels.
def vae_loss(x_logits, x, mu, log_var):
    from torch.distributions import Bernoulli

    recon = -Bernoulli(logits=x_logits).log_prob(x).sum(dim=1).mean()
    q = Normal(mu, torch.exp(0.5 * log_var))
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, p).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | kl-reversed | KL(p || q) is computed instead of KL(q || p).
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    q = Normal(mu, torch.exp(0.5 * log_var))
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(prior, q).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | logits-clamped | The logits are clamped to [-30, 30] first, which makes larger ones too cheap and kills their gradient.
def vae_loss(x_logits, x, mu, log_var):
    safe = x_logits.clamp(-30, 30)
    recon = (F.softplus(safe) - x * safe).sum(dim=-1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1.0 - log_var).sum(dim=-1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | one-value-per-image | The mean over the batch is forgotten; three tensors of shape (batch,) come back.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)
    return recon + kl, recon, kl


# %% wrong | vae_loss | sum-over-axis-zero | The sum runs over the batch and the mean over the pixels and latent dimensions.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=0).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=0).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | mean-times-784 | The mean is multiplied by 784, which is right only for images of 784 pixels.
def vae_loss(x_logits, x, mu, log_var):
    recon = 784 * F.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | python-floats | recon and kl are turned into floats before they are added, so nothing can be differentiated.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon.item() + kl.item(), recon.item(), kl.item()


# %% wrong | vae_loss | loss-is-elbo-mixed | The loss is recon minus kl, a mixture of ELBO and its negative.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    loss = recon - kl
    return loss, recon, kl


# %% right | vae_loss | bce-none-sum-mean | One number per image for as long as possible, with the built-in cost in logits.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | vae_loss | sum-over-batch-size | Everything is summed and divided by the number of images.
def vae_loss(x_logits, x, mu, log_var):
    n = x.size(0)
    bce = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / n
    kld = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / n
    return bce + kld, bce, kld


# %% right | vae_loss | softplus-by-hand | The cost is written with softplus, the KL with expm1.
def vae_loss(x_logits, x, mu, log_var):
    per_pixel = F.softplus(x_logits) - x * x_logits
    per_latent = 0.5 * (mu * mu + torch.expm1(log_var) - log_var)
    recon = per_pixel.sum(-1).mean()
    kl = per_latent.sum(-1).mean()
    loss = recon + kl
    return loss, recon, kl


# %% right | vae_loss | distributions | Bernoulli without validation and kl_divergence do the work.
def vae_loss(x_logits, x, mu, log_var):
    from torch.distributions import Bernoulli

    decoder = Bernoulli(logits=x_logits, validate_args=False)  # grey values are allowed
    q = Normal(mu, torch.exp(log_var / 2))
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    recon = -decoder.log_prob(x).sum(dim=1).mean()
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | vae_loss | logsigmoid | The two logarithms of a Bernoulli come from logsigmoid of l and -l; the sums over images are a Python loop.
def vae_loss(x_logits, x, mu, log_var):
    log_p, log_not_p = F.logsigmoid(x_logits), F.logsigmoid(-x_logits)
    cost = -(x * log_p + (1 - x) * log_not_p)
    recons, kls = [], []
    for i in range(len(x)):
        recons.append(cost[i].sum())
        kls.append(0.5 * (mu[i] ** 2 + log_var[i].exp() - 1 - log_var[i]).sum())
    recon = torch.stack(recons).mean()
    kl = torch.stack(kls).mean()
    return recon + kl, recon, kl


# %% right | vae_loss | loss-alone-differentiable | recon and kl are returned detached, which the docstring allows.
def vae_loss(x_logits, x, mu, log_var):
    nll = torch.logaddexp(x_logits, torch.zeros_like(x_logits)) - x * x_logits
    kl_j = (mu**2 + log_var.exp() - 1 - log_var) / 2
    recon, kl = nll.sum(1).mean(0), kl_j.sum(1).mean(0)
    return recon + kl, recon.detach(), kl.detach()


# %% wrong | train_step | no-zero-grad | Old gradients are never cleared.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | zero-after-backward | The gradients are cleared between backward and step, so nothing is learned.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | zero-only-at-the-end | Gradients are cleared after the step only, so those left by other calls enter the update.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)[0]
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()  # ready for the next batch
    return loss.item()


# %% wrong | train_step | zero-grad-not-called | The parentheses of zero_grad are missing, so it is never called.
def train_step(model, x, optimizer):
    model.train()
    optimizer.zero_grad
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | returns-tensor | The loss is returned as a tensor with its graph.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss


# %% wrong | train_step | returns-detached-tensor | The loss is detached but still a tensor, not a Python float.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    loss, _, _ = vae_loss(model(x)[0], x, *model(x)[1:])
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% wrong | train_step | no-step | optimizer.step is forgotten, so the parameters never move.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    return loss.item()


# %% wrong | train_step | step-before-backward | step reads the gradients before backward has filled them.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    optimizer.step()
    loss.backward()
    return loss.item()


# %% wrong | train_step | loss-after-update | The loss is computed again after the update and this one is returned.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    loss = vae_loss(model(x)[0], x, *model.encode(x))[0]
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    return loss.item()


# %% wrong | train_step | left-in-eval | The model is switched to evaluation mode to score the batch and stays there.
def train_step(model, x, optimizer):
    model.train()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.eval()
    return loss.item()


# %% wrong | train_step | all-three-added | The three numbers of vae_loss are added, so the loss is counted twice.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss = sum(vae_loss(x_logits, x, mu, log_var))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | backward-on-recon | Only recon is differentiated; the KL does not train.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    recon.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | decodes-mu | The step decodes mu and thus trains without a sample of z.
def train_step(model, x, optimizer):
    mu, log_var = model.encode(x)
    x_logits = model.decode(mu)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss)


# %% wrong | train_step | divided-by-batch | The loss is divided by the batch size although vae_loss is already a mean.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss = loss / x.shape[0]
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | own-optimizer | A new Adam is made in each call and the given optimizer is ignored.
def train_step(model, x, optimizer):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | one-update-per-image | The batch is walked through image by image, with an update for each.
def train_step(model, x, optimizer):
    total = 0.0
    for image in x:
        image = image.unsqueeze(0)
        x_logits, mu, log_var = model(image)
        loss, _, _ = vae_loss(x_logits, image, mu, log_var)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(x)


# %% wrong | train_step | reconstruction-as-target | The arguments of vae_loss come in the order of the model's output, without x between them.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x, x_logits, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% right | train_step | four-lines | The loop of the plain autoencoder with vae_loss.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% right | train_step | train-mode-first | Switches to training mode first and clears the gradients at the top.
def train_step(model, x, optimizer):
    model.train()
    optimizer.zero_grad(set_to_none=True)
    out = model(x)
    total, *_ = vae_loss(out[0], x, out[1], out[2])
    total.backward()
    value = float(total.detach())
    optimizer.step()
    return value


# %% right | train_step | closure | A closure does forward and backward; step returns its loss.
def train_step(model, x, optimizer):
    def closure():
        optimizer.zero_grad()
        x_logits, mu, log_var = model(x)
        loss = vae_loss(x_logits, x, mu, log_var)[0]
        loss.backward()
        return loss

    return optimizer.step(closure).item()


# %% right | train_step | clear-by-hand | The .grad of every parameter of the optimizer is set to None by hand, before and after.
def _forget(optimizer):
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None


def train_step(model, x, optimizer):
    _forget(optimizer)
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    _forget(optimizer)
    return loss.item()


# %% right | train_step | autograd-grad | torch.autograd.grad returns the gradients, which then replace whatever was in .grad.
def train_step(model, x, optimizer):
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    for p, g in zip(parameters, torch.autograd.grad(loss, parameters, allow_unused=True)):
        p.grad = g
    optimizer.step()
    return loss.tolist()


# %% wrong | evaluate | always-back-to-train | The model is put into training mode afterwards, even if it came in evaluation mode.
def evaluate(model, x):
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train()
    return loss.item()


# %% wrong | evaluate | left-in-eval | The model stays in evaluation mode.
def evaluate(model: nn.Module, x: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    return loss.item()


# %% wrong | evaluate | decodes-mu | The noise is switched off: mu itself is decoded.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        loss, _, _ = vae_loss(model.decode(mu), x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% wrong | evaluate | grad-stays-off | set_grad_enabled(False) is never undone, so PyTorch records nothing afterwards.
def evaluate(model, x):
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(mode)
    return loss.item()


# %% wrong | evaluate | returns-tensor | A tensor is returned instead of a Python float.
@torch.no_grad()
def evaluate(model, x):
    was_training = model.training
    model.eval()
    loss = vae_loss(model(x)[0], x, *model.encode(x))[0]
    model.train(was_training)
    return loss


# %% wrong | evaluate | mode-read-too-late | model.training is read after eval(), so it is always False.
def evaluate(model, x):
    model.eval()
    was_training = model.training
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% wrong | evaluate | restore-after-return | The line that restores the mode stands behind the return and is never reached.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
        return loss.item()
    model.train(was_training)


# %% wrong | evaluate | unweighted-batches | The means of batches of 128 are averaged without weights, so a small last batch counts too much.
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


# %% wrong | evaluate | parameters-frozen | requires_grad is switched off on the parameters and never on again.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    for p in model.parameters():
        p.requires_grad_(False)
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% wrong | evaluate | clears-grad | model.zero_grad() deletes the gradients that were stored in .grad.
def evaluate(model, x):
    training = model.training
    model.eval()
    model.zero_grad()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(training)
    return loss.item()


# %% wrong | evaluate | recon-only | Only the reconstruction term is returned.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return recon.item()


# %% wrong | evaluate | elbo-sign | The ELBO is returned, not its negative.
def evaluate(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        neg_elbo = vae_loss(x_logits, x, mu, log_var)[0]
    model.train(mode)
    return -neg_elbo.item()


# %% wrong | evaluate | trains-on-the-images | It calls train_step, so the parameters change on the test images.
def evaluate(model, x):
    was_training = model.training
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    loss = train_step(model, x, optimizer)
    model.train(was_training)
    return loss


# %% wrong | evaluate | best-of-ten | Ten samples are drawn and the lowest loss is kept.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    best = float("inf")
    with torch.no_grad():
        for _ in range(10):
            x_logits, mu, log_var = model(x)
            best = min(best, vae_loss(x_logits, x, mu, log_var)[0].item())
    model.train(was_training)
    return best


# %% wrong | evaluate | summed-over-images | Batches are weighted by their size but the total is never divided by the number of images.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    total = 0.0
    with torch.no_grad():
        for start in range(0, len(x), 500):
            batch = x[start : start + 500]
            x_logits, mu, log_var = model(batch)
            total += len(batch) * vae_loss(x_logits, batch, mu, log_var)[0].item()
    model.train(was_training)
    return total


# %% right | evaluate | remember-and-restore | The order of hint 3.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% right | evaluate | mode-untouched | The mode is not switched at all, which the docstring allows; a decorator stops the recording.
@torch.no_grad()
def evaluate(model, x):
    x_logits, mu, log_var = model(x)
    return float(vae_loss(x_logits, x, mu, log_var)[0])


# %% right | evaluate | try-finally-inference-mode | inference_mode instead of no_grad, and the mode is restored even after an error.
def evaluate(model, x):
    mode = model.training
    try:
        model.eval()
        with torch.inference_mode():
            out, mu, log_var = model(x)
            return vae_loss(out, x, mu, log_var)[0].item()
    finally:
        model.train(mode)


# %% right | evaluate | weighted-batches | Works in batches whose losses are weighted by their size.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    total = 0.0
    with torch.no_grad():
        for batch in torch.split(x, 1000):
            x_logits, mu, log_var = model(batch)
            total += vae_loss(x_logits, batch, mu, log_var)[0].item() * len(batch)
    if was_training:
        model.train()
    return total / len(x)


# %% right | evaluate | grad-mode-by-hand | The grad mode is read, set and restored by hand, like the mode of the model.
def evaluate(model, x):
    recording, training_mode = torch.is_grad_enabled(), model.training
    torch.set_grad_enabled(False)
    model.eval()
    x_logits, mu, log_var = model(x)
    loss, _recon, _kl = vae_loss(x_logits, x, mu, log_var)
    model.train(training_mode)
    torch.set_grad_enabled(recording)
    return loss.item()


# %% wrong | generate | logits-returned | The sigmoid is missing, logits come back.
def generate(model, num_images):
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    with torch.no_grad():
        return model.decode(z)


# %% wrong | generate | uniform-codes | The codes are uniform between 0 and 1.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.rand(num_images, model.latent_dim, device=device)
        return torch.sigmoid(model.decode(z))


# %% wrong | generate | twenty-latents | The width of z is 20 whatever model.latent_dim says.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, 20, device=device)
        return model.decode(z).sigmoid()


# %% wrong | generate | cpu-codes | z is always made on the CPU, so a model on another device fails.
@torch.no_grad()
def generate(model: nn.Module, num_images: int) -> Tensor:
    z = torch.randn(num_images, model.latent_dim)
    return model.decode(z).sigmoid()


# %% wrong | generate | records-gradients | no_grad is missing, so the result requires gradients.
def generate(model, num_images):
    device = next(model.parameters()).device
    z = torch.randn((num_images, model.latent_dim), device=device)
    x_logits = model.decode(z)
    return torch.sigmoid(x_logits)


# %% wrong | generate | pixels-drawn | Pixels are drawn from their Bernoulli distribution: zeros and ones instead of probabilities.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return torch.bernoulli(model.decode(z).sigmoid())


# %% wrong | generate | one-code-for-all | One code is drawn and repeated, so all images are the same.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(model.latent_dim, device=device).expand(num_images, -1)
        return model.decode(z).sigmoid()


# %% wrong | generate | softmax | A softmax over the pixels is used in place of the sigmoid.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z).softmax(dim=1)


# %% wrong | generate | fixed-seed | The seed is set inside, so every call gives the same images.
def generate(model, num_images):
    torch.manual_seed(0)  # reproducible
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z).sigmoid()


# %% wrong | generate | square-pictures | The result is reshaped to (num_images, 28, 28).
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        probs = model.decode(z).sigmoid()
    return probs.view(num_images, 28, 28)


# %% wrong | generate | clamp-not-sigmoid | The logits are clamped to [0, 1] instead of passed through the sigmoid.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z).clamp(0, 1)


# %% wrong | generate | through-the-encoder | Random pictures go through the whole model, so z is drawn from q(z|noise) and not from the prior.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        noise = torch.randn(num_images, 784, device=device)
        x_logits, mu, log_var = model(noise)
        return x_logits.sigmoid()


# %% wrong | generate | unit-length-codes | The codes are normalised to length one.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = F.normalize(torch.randn(num_images, model.latent_dim, device=device), dim=1)
        return model.decode(z).sigmoid()


# %% wrong | generate | model-moved-and-cleared | model.zero_grad() is called to be safe, which deletes the .grad of the parameters.
def generate(model, num_images):
    model.eval()
    model.zero_grad()
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    return torch.sigmoid(model.decode(z)).detach()


# %% wrong | generate | prior-reparameterized-twice | reparameterize gets a random mean and log_var 0, so z has variance 2.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        mu = torch.randn(num_images, model.latent_dim, device=device)
        z = model.reparameterize(mu, torch.zeros_like(mu))
        return model.decode(z).sigmoid()


# %% right | generate | plain | Codes on the device of the parameters, decode, sigmoid, no_grad.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z).sigmoid()


# %% right | generate | like-a-parameter | new_empty of the first parameter gives device and dtype.
@torch.no_grad()
def generate(model, num_images):
    some_weight = next(iter(model.parameters()))
    codes = some_weight.new_empty(num_images, model.latent_dim).normal_(0, 1)
    return torch.special.expit(model.decode(codes))


# %% right | generate | torch-normal | torch.normal draws z from mean 0 and spread 1, a helper makes probabilities of logits.
def to_probability(logits):
    return 0.5 * (1 + torch.tanh(logits / 2))


def generate(model, num_images):
    shape = (num_images, model.latent_dim)
    with torch.no_grad():
        z = torch.normal(0.0, 1.0, size=shape, device=next(model.parameters()).device)
        return to_probability(model.decode(z))


# %% right | generate | distribution-loop | The prior is a torch distribution; images are decoded one at a time.
def generate(model, num_images):
    device = next(model.parameters()).device
    prior = Normal(torch.zeros(model.latent_dim), torch.ones(model.latent_dim))
    pictures = []
    with torch.no_grad():
        for _ in range(num_images):
            z = prior.sample((1,)).to(device)
            pictures.append(1 / (1 + torch.exp(-model.decode(z))))
    return torch.cat(pictures, dim=0)


# %% right | generate | mode-restored | Evaluation mode in between and the old mode afterwards, which nobody asked for.
def generate(model, num_images):
    was_training = model.training
    model.eval()
    device = next(p.device for p in model.parameters())
    with torch.no_grad():
        z = torch.randn(size=(num_images, model.latent_dim)).to(device)
        x_hat = F.sigmoid(model.decode(z))
    model.train(was_training)
    return x_hat


# %% wrong | gaussian_nll | no-constants | Only the scaled squared error is returned; both constants are missing.
def gaussian_nll(x_hat, x, sigma):
    return ((x - x_hat) ** 2).sum(dim=1) / (2 * sigma**2)


# %% wrong | gaussian_nll | mean-over-pixels | The pixels are averaged instead of summed.
def gaussian_nll(x_hat, x, sigma):
    per_pixel = (x - x_hat) ** 2 / (2 * sigma**2) + math.log(sigma) + 0.5 * math.log(2 * math.pi)
    return per_pixel.mean(dim=1)


# %% wrong | gaussian_nll | constants-once | The constants are added once per image instead of once per pixel.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    squared_error = (x - x_hat).square().sum(dim=1)
    return squared_error / (2 * sigma**2) + math.log(sigma) + 0.5 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | sigma-not-squared | The squared error is divided by 2 sigma instead of 2 sigma squared.
def gaussian_nll(x_hat, x, sigma):
    n = x.shape[1]
    sse = (x - x_hat).pow(2).sum(dim=1)
    return sse / (2 * sigma) + n * math.log(sigma) + n / 2 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | sigma-as-variance | The variance sigma**2 is handed to Normal, which wants a standard deviation.
def gaussian_nll(x_hat, x, sigma):
    return -Normal(x_hat, sigma**2).log_prob(x).sum(dim=1)


# %% wrong | gaussian_nll | log-sigma-doubled | The term with log sigma is log sigma squared without the half.
def gaussian_nll(x_hat, x, sigma):
    d = x.shape[1]
    return (
        (x - x_hat).square().sum(1) / (2 * sigma**2)
        + d * math.log(sigma**2)
        + d / 2 * math.log(2 * math.pi)
    )


# %% wrong | gaussian_nll | pixels-hard-coded | The number 784 of the formula is copied, so other sizes are wrong.
def gaussian_nll(x_hat, x, sigma):
    error = ((x - x_hat) ** 2).sum(dim=1)
    return error / (2 * sigma**2) + 784 * math.log(sigma) + 784 / 2 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | batch-size-in-constants | The constants are multiplied by len(x), the batch size, instead of the number of pixels.
def gaussian_nll(x_hat, x, sigma):
    n = len(x)
    sse = (x - x_hat).square().sum(dim=1)
    return sse / (2 * sigma**2) + n * (math.log(sigma) + 0.5 * math.log(2 * math.pi))


# %% wrong | gaussian_nll | log-density-sign | The log-density is returned, not its negative.
def gaussian_nll(x_hat, x, sigma):
    return Normal(x_hat, sigma).log_prob(x).sum(dim=1)


# %% wrong | gaussian_nll | scalar-mean | The mean over the batch is taken too, a scalar is returned.
def gaussian_nll(x_hat, x, sigma):
    n = x.shape[1]
    sse = (x - x_hat).square().sum(dim=1)
    nll = sse / (2 * sigma**2) + n * math.log(sigma) + 0.5 * n * math.log(2 * math.pi)
    return nll.mean()


# %% wrong | gaussian_nll | in-place-difference | The difference is taken in place and overwrites x_hat.
def gaussian_nll(x_hat, x, sigma):
    n = x.shape[1]
    diff = x_hat.sub_(x)
    return diff.pow(2).sum(1) / (2 * sigma**2) + n * math.log(sigma * math.sqrt(2 * math.pi))


# %% wrong | gaussian_nll | clamped-at-zero | Negative costs are cut off, although a density may exceed 1.
def gaussian_nll(x_hat, x, sigma):
    nll = -Normal(x_hat, sigma).log_prob(x)
    return nll.sum(dim=1).clamp(min=0)


# %% wrong | gaussian_nll | product-of-densities | The densities are multiplied before the logarithm, which underflows or overflows with many pixels.
def gaussian_nll(x_hat, x, sigma):
    density = torch.exp(-((x - x_hat) ** 2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))
    return -density.prod(dim=1).log()


# %% wrong | gaussian_nll | torch-log-of-float | torch.log is called with the Python float sigma and raises.
def gaussian_nll(x_hat, x, sigma):
    n = x.shape[1]
    sse = (x - x_hat).square().sum(dim=1)
    return sse / (2 * sigma**2) + n * torch.log(sigma) + 0.5 * n * math.log(2 * math.pi)


# %% wrong | gaussian_nll | builtin-without-full | F.gaussian_nll_loss leaves out the constant with 2 pi unless full=True.
def gaussian_nll(x_hat, x, sigma):
    var = torch.full_like(x, sigma**2)
    return F.gaussian_nll_loss(x_hat, x, var, reduction="none").sum(dim=1)


# %% wrong | gaussian_nll | norm-not-squared | The norm of the difference is used without its square.
def gaussian_nll(x_hat, x, sigma):
    n = x.size(1)
    distance = torch.linalg.vector_norm(x - x_hat, dim=1)
    return distance / (2 * sigma**2) + n * math.log(sigma) + n * 0.5 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | half-missing | The half before the squared error is missing.
def gaussian_nll(x_hat, x, sigma):
    z = (x - x_hat) / sigma
    return (z**2 + math.log(sigma) + 0.5 * math.log(2 * math.pi)).sum(dim=1)


# %% right | gaussian_nll | the-formula | The formula of the text with x.shape[1] pixels.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    num_pixels = x.shape[1]
    squared_error = (x - x_hat).square().sum(dim=1)
    constants = num_pixels * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    return squared_error / (2 * sigma**2) + constants


# %% right | gaussian_nll | normal-log-prob | PyTorch's Normal does it.
def gaussian_nll(x_hat, x, sigma):
    return -Normal(x_hat, sigma).log_prob(x).sum(dim=-1)


# %% right | gaussian_nll | builtin-full | F.gaussian_nll_loss with full=True and no floor for the variance.
def gaussian_nll(x_hat, x, sigma):
    var = torch.full_like(x_hat, sigma**2)
    nll = F.gaussian_nll_loss(x_hat, x, var, full=True, eps=0.0, reduction="none")
    return nll.sum(1)


# %% right | gaussian_nll | einsum | The squared distance is an einsum, the constants are one logarithm.
def gaussian_nll(x_hat, x, sigma):
    z = (x - x_hat) / sigma
    log_normaliser = 0.5 * x.shape[-1] * math.log(2 * math.pi * sigma**2)
    return 0.5 * torch.einsum("bi,bi->b", z, z) + log_normaliser


# %% right | gaussian_nll | loop-over-pixels | Adds up one pixel after another.
def gaussian_nll(x_hat, x, sigma):
    def one_pixel(mean, value):
        return (value - mean) ** 2 / (2 * sigma**2) + math.log(sigma * math.sqrt(2 * math.pi))

    total = torch.zeros(len(x), dtype=x_hat.dtype, device=x_hat.device)
    for i in range(x.shape[1]):
        total = total + one_pixel(x_hat[:, i], x[:, i])
    return total


# %% wrong | effective_beta | inverted | The weights are divided the wrong way round.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    recon_weight = 1 if recon_reduction == "sum" else 1 / num_pixels
    kl_weight = 1 if kl_reduction == "sum" else 1 / latent_dim
    return recon_weight / kl_weight


# %% wrong | effective_beta | not-rescaled | Only the weight of the KL is returned, recon is never rescaled.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if kl_reduction == "mean":
        return 1 / latent_dim
    return 1.0


# %% wrong | effective_beta | means-cancel | Two means are said to cancel and give 1.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == kl_reduction:
        return 1.0
    if recon_reduction == "mean":
        return float(num_pixels)
    return 1 / latent_dim


# %% wrong | effective_beta | integer-division | Integer division drops the fraction of the beta.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    beta = num_pixels if recon_reduction == "mean" else 1
    if kl_reduction == "mean":
        beta = beta // latent_dim
    return float(beta)


# %% wrong | effective_beta | sizes-swapped | The number of pixels and the number of latents are swapped.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    w_recon = {"sum": 1.0, "mean": 1 / latent_dim}[recon_reduction]
    w_kl = {"sum": 1.0, "mean": 1 / num_pixels}[kl_reduction]
    return w_kl / w_recon


# %% wrong | effective_beta | mean-weight-is-n | A mean is given the weight n instead of 1/n.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    recon_weight = num_pixels if recon_reduction == "mean" else 1
    kl_weight = latent_dim if kl_reduction == "mean" else 1
    return kl_weight / recon_weight


# %% wrong | effective_beta | product-of-weights | The two weights are multiplied, not divided.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    recon_weight = 1.0
    kl_weight = 1.0
    if recon_reduction == "mean":
        recon_weight /= num_pixels
    if kl_reduction == "mean":
        kl_weight /= latent_dim
    return recon_weight * kl_weight


# %% wrong | effective_beta | numbers-of-the-lesson | 784 and 20 are typed in, the arguments are ignored.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    table = {
        ("sum", "sum"): 1.0,
        ("mean", "sum"): 784.0,
        ("sum", "mean"): 1 / 20,
        ("mean", "mean"): 784 / 20,
    }
    return table[recon_reduction, kl_reduction]


# %% wrong | effective_beta | only-one-case-per-call | With elif the second mean is ignored when both are means.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    beta = 1.0
    if recon_reduction == "mean":
        beta *= num_pixels
    elif kl_reduction == "mean":
        beta /= latent_dim
    return beta


# %% wrong | effective_beta | sum-means-average | The words "sum" and "mean" are swapped in the test for the KL.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    recon_weight = 1 / num_pixels if recon_reduction == "mean" else 1
    kl_weight = 1 / latent_dim if kl_reduction == "sum" else 1
    return kl_weight / recon_weight


# %% wrong | effective_beta | missing-case-none | The case "mean, mean" is not handled and returns None.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == "sum" and kl_reduction == "sum":
        return 1.0
    if recon_reduction == "mean" and kl_reduction == "sum":
        return float(num_pixels)
    if recon_reduction == "sum" and kl_reduction == "mean":
        return 1.0 / latent_dim


# %% right | effective_beta | ratio-of-weights | The weight of the KL over the weight of recon.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    recon_weight = 1 / num_pixels if recon_reduction == "mean" else 1.0
    kl_weight = 1 / latent_dim if kl_reduction == "mean" else 1.0
    return kl_weight / recon_weight


# %% right | effective_beta | table | A table of the four cases.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    return {
        ("sum", "sum"): 1.0,
        ("sum", "mean"): 1 / latent_dim,
        ("mean", "sum"): float(num_pixels),
        ("mean", "mean"): num_pixels / latent_dim,
    }[recon_reduction, kl_reduction]


# %% right | effective_beta | step-by-step | Starts at 1 and multiplies or divides.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    beta = 1.0
    if recon_reduction == "mean":
        beta *= num_pixels  # the whole loss times num_pixels
    if kl_reduction == "mean":
        beta /= latent_dim
    return beta


# %% right | effective_beta | helper-with-error | A helper gives the weight of a reduction and refuses other words.
def _weight(reduction: str, n: int) -> float:
    if reduction == "sum":
        return 1.0
    if reduction == "mean":
        return 1.0 / n
    raise ValueError(f"unknown reduction {reduction!r}")


def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    return _weight(kl_reduction, latent_dim) / _weight(recon_reduction, num_pixels)


# %% right | effective_beta | match-powers | Booleans as exponents.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    recon_is_mean, kl_is_mean = recon_reduction == "mean", kl_reduction == "mean"
    return float(num_pixels) ** recon_is_mean / float(latent_dim) ** kl_is_mean


# %% wrong | xavier_init | variance-as-spread | The variance is used as the standard deviation.
def xavier_init(fan_in, fan_out):
    v = 2 / (fan_in + fan_out)
    return (torch.randn(fan_in, fan_out) * v).requires_grad_()


# %% wrong | xavier_init | not-a-leaf | requires_grad is set before the product, so the result is no leaf.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2 / (fan_in + fan_out))
    return torch.randn(fan_in, fan_out, requires_grad=True) * std


# %% wrong | xavier_init | in-place-on-leaf | The leaf is scaled in place while it records gradients, which raises.
def xavier_init(fan_in, fan_out):
    w = torch.randn(fan_in, fan_out, requires_grad=True)
    w *= math.sqrt(2 / (fan_in + fan_out))
    return w


# %% wrong | xavier_init | he-variance | The variance is 2 / fan_in, He's rule.
def xavier_init(fan_in, fan_out):
    std = (2 / fan_in) ** 0.5
    return (std * torch.randn(fan_in, fan_out)).requires_grad_()


# %% wrong | xavier_init | transposed | The shape is (fan_out, fan_in), as in nn.Linear.
def xavier_init(fan_in, fan_out):
    w = torch.empty(fan_out, fan_in)
    nn.init.xavier_normal_(w)
    return w.requires_grad_()


# %% wrong | xavier_init | no-gradient | requires_grad is forgotten.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2.0 / (fan_in + fan_out))
    return torch.randn(fan_in, fan_out) * std


# %% wrong | xavier_init | uniform | Xavier's uniform variant is used instead of the normal one.
def xavier_init(fan_in, fan_out):
    return nn.init.xavier_uniform_(torch.empty(fan_in, fan_out)).requires_grad_()


# %% wrong | xavier_init | float64-from-numpy | NumPy draws the numbers, so the tensor is float64.
def xavier_init(fan_in, fan_out):
    import numpy as np

    std = np.sqrt(2 / (fan_in + fan_out))
    return torch.from_numpy(np.random.normal(0, std, (fan_in, fan_out))).requires_grad_()


# %% wrong | xavier_init | seeded | A generator with a fixed seed gives the same matrix in every call.
def xavier_init(fan_in, fan_out):
    g = torch.Generator().manual_seed(0)
    w = torch.randn(fan_in, fan_out, generator=g) * math.sqrt(2 / (fan_in + fan_out))
    return w.requires_grad_()


# %% wrong | xavier_init | two-forgotten | The 2 in the numerator is missing.
def xavier_init(fan_in, fan_out):
    w = torch.randn(fan_in, fan_out) / math.sqrt(fan_in + fan_out)
    w.requires_grad = True
    return w


# %% wrong | xavier_init | precedence | Missing parentheses: 2 / fan_in + fan_out.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / fan_in + fan_out)
    return (torch.randn(fan_in, fan_out) * std).requires_grad_(True)


# %% wrong | xavier_init | rand-not-randn | The numbers are uniform from 0 to 1 before they are scaled, so their mean is not zero.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / (fan_in + fan_out))
    return (torch.rand(fan_in, fan_out) * std).requires_grad_()


# %% wrong | xavier_init | mean-of-both-rules | The two variances 1/fan_in and 1/fan_out are averaged.
def xavier_init(fan_in, fan_out):
    v = (1 / fan_in + 1 / fan_out) / 2
    return (torch.randn(fan_in, fan_out) * math.sqrt(v)).requires_grad_()


# %% right | xavier_init | record-after-product | Recording starts after the product.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2 / (fan_in + fan_out))
    return (torch.randn(fan_in, fan_out) * std).requires_grad_()


# %% right | xavier_init | built-in | xavier_normal_ fills an empty tensor; the sum of the fans does not depend on the order.
def xavier_init(fan_in, fan_out):
    weights = torch.empty(fan_in, fan_out, dtype=torch.float32)
    nn.init.xavier_normal_(weights)
    return weights.requires_grad_(True)


# %% right | xavier_init | parameter | An nn.Parameter is a leaf tensor that requires gradients.
def xavier_init(fan_in, fan_out):
    variance = 2 / (fan_in + fan_out)
    return nn.Parameter(torch.normal(0.0, variance**0.5, size=(fan_in, fan_out)))


# %% right | xavier_init | scaled-under-no-grad | The leaf is scaled in place under no_grad.
def xavier_init(fan_in, fan_out):
    w = torch.randn((fan_in, fan_out), requires_grad=True)
    with torch.no_grad():
        w.mul_(math.sqrt(2.0 / (fan_in + fan_out)))
    return w


# %% right | xavier_init | distribution-detach | A torch distribution draws the numbers; detach makes sure of the leaf.
def xavier_init(fan_in, fan_out):
    q = Normal(torch.tensor(0.0), torch.tensor(2 / (fan_in + fan_out)).sqrt())
    w = q.sample((fan_in, fan_out)).detach().float()
    w.requires_grad = True
    return w


