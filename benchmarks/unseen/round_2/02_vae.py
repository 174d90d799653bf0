# %% wrong | VAE | variance-as-std | exp(log_var) is used as the standard deviation.
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
        std = torch.exp(log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        return self.out(torch.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | decode-sigmoid | decode returns probabilities after a sigmoid, not logits.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super(VAE, self).__init__()
        self.input_dim = input_dim
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


# %% wrong | VAE | no-noise-in-eval | In evaluation mode reparameterize returns mu without noise.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super(VAE, self).__init__()
        self.input_dim = input_dim
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        if self.training:
            std = torch.exp(0.5 * logvar)
            eps = torch.randn_like(std)
            return mu + eps * std
        else:
            return mu

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return self.fc4(h3)

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


# %% wrong | VAE | relu-on-heads | The heads pass through a ReLU, so mu and log_var cannot be negative.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super(VAE, self).__init__()
        self.input_dim = input_dim
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return F.relu(self.fc21(h1)), F.relu(self.fc22(h1))

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return self.fc4(h3)

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


# %% wrong | VAE | softplus-log-var | log_var goes through a softplus, so it is never negative.
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
        return self.mu(h), F.softplus(self.log_var(h))

    def reparameterize(self, mu, log_var):
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        return self.out(torch.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | no-relu-in-encoder | The encoder has no ReLU after its hidden layer.
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
        h = self.hidden(x)
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        return self.out(torch.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | no-relu-in-decoder | The decoder has no ReLU between its two linear layers.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        features = self.encoder(x)
        mu = self.mu_head(features)
        log_var = self.log_var_head(features)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        sigma = log_var.exp().sqrt()
        noise = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        return mu + sigma * noise

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        x_logits = self.decode(self.reparameterize(mu, log_var))
        return x_logits, mu, log_var


# %% wrong | VAE | one-head | One shared layer gives both mu and log_var, which are equal.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.back = nn.Linear(latent_dim, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = torch.relu(self.hidden(x))
        return self.mu(h), self.mu(h)

    def reparameterize(self, mu, log_var):
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        return self.out(torch.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | wrong-order | forward returns mu, log_var, x_logits: the wrong order.
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
        features = self.encoder(x)
        mu = self.mu_head(features)
        log_var = self.log_var_head(features)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        sigma = log_var.exp().sqrt()
        noise = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        return mu + sigma * noise

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        x_logits = self.decode(self.reparameterize(mu, log_var))
        return mu, log_var, x_logits


# %% wrong | VAE | forward-decodes-mu | forward decodes mu, not a sample of z.
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
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        return self.out(torch.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(mu), mu, log_var


# %% wrong | VAE | in-place-exp | mul_ and exp_ overwrite log_var before the KL reads it.
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
        std = log_var.mul_(0.5).exp_()
        return mu + std * torch.randn_like(mu)

    def decode(self, z):
        return self.out(torch.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | uniform-noise | The noise is uniform: rand_like in place of randn_like.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super(VAE, self).__init__()
        self.input_dim = input_dim
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.rand_like(std)
        return mu + eps * std

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return self.fc4(h3)

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


# %% wrong | VAE | sample-no-gradient | Normal.sample() passes no gradient to mu and log_var.
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
        features = self.encoder(x)
        mu = self.mu_head(features)
        log_var = self.log_var_head(features)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return Normal(mu, (log_var / 2).exp()).sample()

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        x_logits = self.decode(self.reparameterize(mu, log_var))
        return x_logits, mu, log_var


# %% wrong | VAE | hard-coded-sizes | The layer sizes are hard-coded, the arguments are ignored.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.hidden = nn.Linear(784, 400)
        self.mu = nn.Linear(400, 20)
        self.log_var = nn.Linear(400, 20)
        self.back = nn.Linear(20, 400)
        self.out = nn.Linear(400, 784)

    def encode(self, x):
        h = torch.relu(self.hidden(x))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        return self.out(torch.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | no-latent-dim | latent_dim is not kept as an attribute.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        features = self.encoder(x)
        mu = self.mu_head(features)
        log_var = self.log_var_head(features)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        sigma = log_var.exp().sqrt()
        noise = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        return mu + sigma * noise

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        x_logits = self.decode(self.reparameterize(mu, log_var))
        return x_logits, mu, log_var


# %% wrong | VAE | noise-per-image | One noise number per image is shared by all latent dimensions.
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
        std = torch.exp(log_var / 2)
        eps = torch.randn(mu.shape[0], 1, device=mu.device, dtype=mu.dtype)
        return mu + std * eps

    def decode(self, z):
        return self.out(torch.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | encode-returns-sigma | encode returns exp(log_var / 2), the standard deviation, in the place of log_var.
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
        features = self.encoder(x)
        mu = self.mu_head(features)
        log_var = torch.exp(0.5 * self.log_var_head(features))
        return mu, log_var

    def reparameterize(self, mu, log_var):
        sigma = log_var.exp().sqrt()
        noise = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        return mu + sigma * noise

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        x_logits = self.decode(self.reparameterize(mu, log_var))
        return x_logits, mu, log_var


# %% wrong | VAE | tanh | tanh stands where the drawing has a ReLU.
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
        h = torch.tanh(self.hidden(x))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        return self.out(torch.tanh(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | no-bias | The linear layers have no biases.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.hidden = nn.Linear(input_dim, hidden_dim, bias=False)
        self.mu = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.log_var = nn.Linear(hidden_dim, latent_dim, bias=False)
        self.back = nn.Linear(latent_dim, hidden_dim, bias=False)
        self.out = nn.Linear(hidden_dim, input_dim, bias=False)

    def encode(self, x):
        h = torch.relu(self.hidden(x))
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu, log_var):
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        return self.out(torch.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | dropout | A dropout layer makes encode random in training.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU(), nn.Dropout(0.2))
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        features = self.encoder(x)
        mu = self.mu_head(features)
        log_var = self.log_var_head(features)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        sigma = log_var.exp().sqrt()
        noise = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        return mu + sigma * noise

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        x_logits = self.decode(self.reparameterize(mu, log_var))
        return x_logits, mu, log_var


# %% right | VAE | plain | Five named layers, each method short.
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
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        return self.out(torch.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% right | VAE | pytorch-example-style | In the style of PyTorch's example, with fc1, fc21, fc22.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super(VAE, self).__init__()
        self.input_dim = input_dim
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return self.fc4(h3)

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


# %% right | VAE | sequential | nn.Sequential for both sides, sigma by a square root.
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
        features = self.encoder(x)
        mu = self.mu_head(features)
        log_var = self.log_var_head(features)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        sigma = log_var.exp().sqrt()
        noise = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        return mu + sigma * noise

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        x_logits = self.decode(self.reparameterize(mu, log_var))
        return x_logits, mu, log_var


# %% right | VAE | rsample | reparameterize by Normal.rsample.
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
        return Normal(mu, torch.exp(log_var / 2)).rsample()

    def decode(self, z):
        return self.out(torch.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% right | VAE | clamp-relu-module-dict | Layers in an nn.ModuleDict and the ReLU as a clamp.
class VAE(nn.Module):
    """A VAE with its layers in a dictionary."""

    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        sizes = {
            "hidden": (input_dim, hidden_dim),
            "mu": (hidden_dim, latent_dim),
            "log_var": (hidden_dim, latent_dim),
            "back": (latent_dim, hidden_dim),
            "logits": (hidden_dim, input_dim),
        }
        self.layers = nn.ModuleDict({name: nn.Linear(*size) for name, size in sizes.items()})
        self.latent_dim = latent_dim

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.layers["hidden"](x).clamp(min=0)
        return self.layers["mu"](h), self.layers["log_var"](h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        eps = torch.empty_like(mu).normal_()
        return torch.addcmul(mu, eps, (log_var * 0.5).exp())

    def decode(self, z: Tensor) -> Tensor:
        return self.layers["logits"](self.layers["back"](z).clamp(min=0))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | vae_loss | mean-over-everything | recon is PyTorch's default mean over all pixels.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | sum-over-batch | Both terms are summed over the batch, as in PyTorch's example.
def vae_loss(x_logits, x, mu, log_var):
    bce = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return bce + kld, bce, kld


# %% wrong | vae_loss | kl-summed-over-batch | recon is a mean over the batch, but the KL is a sum over it.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / x.shape[0]
    kl = -0.5 * torch.sum(1 + log_var - mu**2 - log_var.exp())
    return recon + kl, recon, kl


# %% wrong | vae_loss | kl-mean-over-latents | The KL is a mean over latent dimensions and batch.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    kl = torch.mean(-0.5 * (1 + log_var - mu.pow(2) - log_var.exp()))
    return recon + kl, recon, kl


# %% wrong | vae_loss | sigmoid-then-bce | Builds the probability and clamps, which is wrong for large logits.
def vae_loss(x_logits, x, mu, log_var):
    p = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy(p, x, reduction="none").sum(dim=1).mean()
    kl = (-0.5 * (1 + log_var - mu**2 - log_var.exp())).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | log-with-eps | Own logarithms of the sigmoid plus an epsilon.
def vae_loss(x_logits, x, mu, log_var):
    eps = 1e-7
    p = 1 / (1 + torch.exp(-x_logits))
    ll = x * torch.log(p + eps) + (1 - x) * torch.log(1 - p + eps)
    recon = -ll.sum(-1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - log_var - 1).sum(-1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | naive-softplus | log(1 + exp(l)) by hand overflows for large logits.
def vae_loss(x_logits, x, mu, log_var):
    recon = (torch.log(1 + torch.exp(x_logits)) - x * x_logits).sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | kl-sign | The KL is subtracted from the loss.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(-1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1).mean()
    return recon - kl, recon, kl


# %% wrong | vae_loss | kl-without-half | The factor one half of the KL is missing.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | vae_loss | order-of-results | Returns recon, kl, loss: the wrong order.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(1).mean()
    return recon, kl, recon + kl


# %% wrong | vae_loss | swapped-arguments | Logits and images are swapped in the cross-entropy.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x, x_logits, reduction="none").sum(1).mean()
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | per-image | The mean over the batch is missing: vectors are returned.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1)
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(dim=1)
    return recon + kl, recon, kl


# %% wrong | vae_loss | items | The two terms are returned as Python floats by item(), not as tensors.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(dim=1).mean()
    return recon + kl, recon.item(), kl.item()


# %% wrong | vae_loss | rounds-grey | Grey pixels are rounded to black and white first.
def vae_loss(x_logits, x, mu, log_var):
    target = (x > 0.5).float()
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="none").sum(1).mean()
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | std-in-kl | Normal gets exp(log_var), the variance, as its scale.
def vae_loss(x_logits, x, mu, log_var):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    q = Normal(mu, log_var.exp())
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, p).sum(1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | squared-error | recon is the squared error of the probabilities, not the Bernoulli cost.
def vae_loss(x_logits, x, mu, log_var):
    recon = ((x_logits.sigmoid() - x) ** 2).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | hard-coded-784 | A mean times a hard-coded 784, wrong for images of another size (hint 3 has two pixels), and the KL times 20.
def vae_loss(x_logits, x, mu, log_var):
    recon = 784 * F.binary_cross_entropy_with_logits(x_logits, x)
    kl = 20 * torch.mean(-0.5 * (1 + log_var - mu.pow(2) - log_var.exp()))
    return recon + kl, recon, kl


# %% right | vae_loss | bce-none | The built-in cost in logits, a sum over pixels, a mean over images.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | vae_loss | sum-by-batch | Sums over everything, divided by the batch size.
def vae_loss(x_logits, x, mu, log_var):
    batch = x.size(0)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / batch
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / batch
    loss = recon + kl
    return loss, recon, kl


# %% right | vae_loss | softplus | softplus(l) - x l and torch's kl_divergence.
def vae_loss(x_logits, x, mu, log_var):
    per_image = (F.softplus(x_logits) - x * x_logits).sum(-1)
    q = Normal(mu, torch.exp(0.5 * log_var))
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    per_image_kl = kl_divergence(q, prior).sum(-1)
    recon, kl = per_image.mean(), per_image_kl.mean()
    return recon + kl, recon, kl


# %% right | vae_loss | loop-over-images | A loop over the images.
def vae_loss(x_logits, x, mu, log_var):
    recons, kls = [], []
    for l, image, m, lv in zip(x_logits, x, mu, log_var):
        recons.append(-(image * F.logsigmoid(l) + (1 - image) * F.logsigmoid(-l)).sum())
        kls.append(0.5 * (m * m + lv.exp() - 1 - lv).sum())
    recon = torch.stack(recons).mean()
    kl = torch.stack(kls).mean()
    return recon + kl, recon, kl


# %% right | vae_loss | bernoulli | torch's Bernoulli in logits without validation, for grey values.
def vae_loss(x_logits, x, mu, log_var):
    from torch.distributions import Bernoulli

    p_x = Bernoulli(logits=x_logits, validate_args=False)
    recon = -p_x.log_prob(x).sum(dim=1).mean(dim=0)
    kl = ((mu.square() + torch.expm1(log_var) - log_var) / 2).sum(dim=1).mean(dim=0)
    return recon + kl, recon, kl


# %% wrong | train_step | no-zero-grad | The gradients are never cleared.
def train_step(model, x, optimizer):
    model.train()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | zero-after-backward | The gradients are cleared between backward and step.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | zero-only-after-step | Clears after the step only, so gradients left by somebody else count in the first one.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


# %% wrong | train_step | returns-tensor | Returns the tensor, with its graph.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)[0]
    loss.backward()
    optimizer.step()
    return loss


# %% wrong | train_step | no-step | optimizer.step() is forgotten.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    return float(loss)


# %% wrong | train_step | recon-only | Trains on recon, without the KL.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    recon.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | loss-after-update | Returns the loss after the update, not before it.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)[0]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        return vae_loss(x_logits, x, mu, log_var)[0].item()


# %% wrong | train_step | arguments-swapped | vae_loss gets the image before the logits.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x, x_logits, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | eval-mode-left | Leaves the model in evaluation mode.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.eval()
    return loss.item()


# %% wrong | train_step | two-updates | A loop makes two updates per call.
def train_step(model, x, optimizer):
    for _ in range(2):
        optimizer.zero_grad()
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
        loss.backward()
        optimizer.step()
    return loss.item()


# %% wrong | train_step | sum-returned | Returns the loss times the batch size.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item() * x.size(0)


# %% wrong | train_step | decodes-mu | Trains without a sample of z: it decodes mu.
def train_step(model, x, optimizer):
    optimizer.zero_grad()
    mu, log_var = model.encode(x)
    loss, _, _ = vae_loss(model.decode(mu), x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% right | train_step | standard | The usual order.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% right | train_step | zero-first | Switches to training mode and clears first.
def train_step(model, x, optimizer):
    model.train()
    optimizer.zero_grad()
    logits, mu, log_var = model(x)
    loss = vae_loss(logits, x, mu, log_var)[0]
    loss.backward()
    optimizer.step()
    return float(loss)


# %% right | train_step | set-to-none-false | Clears with zeros and keeps the value before the update.
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    value = loss.detach().cpu().item()
    optimizer.zero_grad(set_to_none=False)
    loss.backward()
    optimizer.step()
    return value


# %% right | train_step | helper | A helper computes the loss; gradients are also cleared after the step.
def train_step(model, x, optimizer):
    def compute_loss():
        x_logits, mu, log_var = model(x)
        total, _recon, _kl = vae_loss(x_logits=x_logits, x=x, mu=mu, log_var=log_var)
        return total

    optimizer.zero_grad()
    loss = compute_loss()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.tolist()


# %% right | train_step | clear-by-hand | Sets every .grad of the optimiser's parameter groups to None by hand.
def train_step(model, x, optimizer):
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None
    outputs = model(x)
    loss = vae_loss(outputs[0], x, outputs[1], outputs[2])[0]
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | evaluate | decodes-mu | The noise is switched off: mu is decoded.
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        loss, _, _ = vae_loss(model.decode(mu), x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% wrong | evaluate | always-train-after | Always goes back to training mode.
def evaluate(model, x):
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train()
    return loss.item()


# %% wrong | evaluate | left-in-eval | The mode is not restored.
def evaluate(model, x):
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        return vae_loss(x_logits, x, mu, log_var)[0].item()


# %% wrong | evaluate | mode-read-too-late | The mode is read after eval(), so it is always False.
def evaluate(model, x):
    model.eval()
    mode = model.training
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss = vae_loss(x_logits, x, mu, log_var)[0]
    model.train(mode)
    return float(loss)


# %% wrong | evaluate | grad-switched-off | torch.set_grad_enabled(False) stays off afterwards.
def evaluate(model, x):
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(mode)
    return loss.item()


# %% wrong | evaluate | with-graph | Gradients are recorded: no_grad is missing.
def evaluate(model, x):
    mode = model.training
    model.eval()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(mode)
    return loss.item()


# %% wrong | evaluate | recon-only | Returns the recon term, without the KL.
def evaluate(model, x):
    mode = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(mode)
    return recon.item()


# %% wrong | evaluate | elbo-sign | Returns the ELBO, not its negative.
def evaluate(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        out, mu, log_var = model(x)
        loss = vae_loss(out, x, mu, log_var)[0]
    model.train(was)
    return -loss.item()


# %% wrong | evaluate | returns-tensor | Returns a tensor, not a Python float.
def evaluate(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        out, mu, log_var = model(x)
        loss = vae_loss(out, x, mu, log_var)[0]
    model.train(was)
    return loss


# %% wrong | evaluate | unweighted-batches | Averages batch means although the last batch is smaller.
def evaluate(model, x):
    was = model.training
    model.eval()
    losses = []
    with torch.no_grad():
        for batch in x.split(100):
            x_logits, mu, log_var = model(batch)
            losses.append(vae_loss(x_logits, batch, mu, log_var)[0].item())
    model.train(was)
    return sum(losses) / len(losses)


# %% wrong | evaluate | last-batch-dropped | Full batches of 64 only: the rest of the images is left out.
def evaluate(model, x):
    mode = model.training
    model.eval()
    size = min(64, len(x))
    total, count = 0.0, 0
    with torch.no_grad():
        for start in range(0, len(x) - size + 1, size):
            xb = x[start : start + size]
            logits, mu, log_var = model(xb)
            total += vae_loss(logits, xb, mu, log_var)[0].item() * size
            count += size
    model.train(mode)
    return total / count


# %% wrong | evaluate | fixed-seed | Fixes the global seed, so that the noise is always the same and the caller's random state is changed.
def evaluate(model, x):
    torch.manual_seed(0)
    mode = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(mode)
    return loss.item()


# %% wrong | evaluate | clears-grad | Calls zero_grad on the model, which changes the caller's .grad.
def evaluate(model, x):
    mode = model.training
    model.eval()
    model.zero_grad()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(mode)
    return loss.item()


# %% right | evaluate | standard | Remember, switch, compute, go back.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% right | evaluate | decorator-finally | no_grad as a decorator and try/finally.
@torch.no_grad()
def evaluate(model, x):
    mode = model.training
    try:
        model.eval()
        outputs = model(x)
        return float(vae_loss(outputs[0], x, outputs[1], outputs[2])[0])
    finally:
        model.train(mode)


# %% right | evaluate | weighted-batches | In batches, weighted by their sizes.
def evaluate(model, x):
    training_before = model.training
    model.eval()
    total = 0.0
    with torch.no_grad():
        for batch in torch.split(x, 256):
            logits, mu, log_var = model(batch)
            loss = vae_loss(logits, batch, mu, log_var)[0]
            total += loss.item() * len(batch)
    if training_before:
        model.train()
    return total / len(x)


# %% right | evaluate | recon-plus-kl | Adds recon and kl itself, under inference_mode.
def evaluate(model, x):
    mode = model.training
    model.train(False)
    with torch.inference_mode():
        x_logits, mu, log_var = model(x)
        _, recon, kl = vae_loss(x_logits, x, mu, log_var)
        value = (recon + kl).item()
    model.train(mode)
    return value


# %% wrong | generate | logits-returned | Returns logits, not probabilities.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        return model.decode(torch.randn(num_images, model.latent_dim, device=device))


# %% wrong | generate | uniform | z is uniform.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.rand(num_images, model.latent_dim, device=device)
        return torch.sigmoid(model.decode(z))


# %% wrong | generate | with-gradients | Gradients are recorded.
def generate(model, num_images):
    z = torch.randn(num_images, model.latent_dim, device=next(model.parameters()).device)
    return torch.sigmoid(model.decode(z))


# %% wrong | generate | hard-coded-20 | The latent size 20 is hard-coded.
def generate(model, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, 20, device=next(model.parameters()).device)
        return model.decode(z).sigmoid()


# %% wrong | generate | binarised | Returns sampled black-and-white pixels, not probabilities.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return torch.bernoulli(torch.sigmoid(model.decode(z)))


# %% wrong | generate | same-z | One z is drawn and repeated for all images.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(1, model.latent_dim, device=device).repeat(num_images, 1)
        return torch.sigmoid(model.decode(z))


# %% wrong | generate | fixed-seed | A fixed seed gives the same images in each call.
def generate(model, num_images):
    torch.manual_seed(42)
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim).to(device)
        return torch.sigmoid(model.decode(z))


# %% wrong | generate | clamp | Logits are clamped to [0, 1] in place of a sigmoid.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z).clamp(0, 1)


# %% wrong | generate | softmax | A softmax over the pixels in place of a sigmoid.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return torch.softmax(model.decode(z), dim=1)


# %% wrong | generate | double-sigmoid | The sigmoid is applied twice.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        probs = model.decode(z).sigmoid()
    return torch.sigmoid(probs)


# %% wrong | generate | image-grid-shape | Reshapes the images to 28 x 28.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return torch.sigmoid(model.decode(z)).view(num_images, 28, 28)


# %% wrong | generate | noise-image-through-model | Sends noise images through the whole model, encoder included.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        x = torch.rand(num_images, 784, device=device)
        return torch.sigmoid(model(x)[0])


# %% wrong | generate | small-spread | z is scaled to a spread of 0.5 for nicer pictures.
def generate(model, num_images):
    device = next(model.parameters()).device
    with torch.no_grad():
        z = 0.5 * torch.randn(num_images, model.latent_dim, device=device)
        return torch.sigmoid(model.decode(z))


# %% right | generate | standard | The device of the first parameter, no_grad, sigmoid.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return torch.sigmoid(model.decode(z))


# %% right | generate | decorator | no_grad as a decorator.
@torch.no_grad()
def generate(model, num_images):
    z = torch.randn((num_images, model.latent_dim))
    z = z.to(next(model.parameters()).device)
    x_logits = model.decode(z)
    return x_logits.sigmoid()


# %% right | generate | normal-sample | Normal.sample, then 1 / (1 + exp(-l)).
def generate(model, num_images):
    weights = list(model.parameters())[0]
    prior = Normal(torch.zeros(model.latent_dim), torch.ones(model.latent_dim))
    with torch.no_grad():
        z = prior.sample((num_images,)).to(weights.device)
        logits = model.decode(z)
        return 1 / (1 + torch.exp(-logits))


# %% right | generate | loop | One image after the other.
def generate(model, num_images):
    device = next(model.parameters()).device
    pictures = []
    with torch.no_grad():
        for _ in range(num_images):
            z = torch.randn(1, model.latent_dim, device=device)
            pictures.append(model.decode(z).sigmoid())
    return torch.cat(pictures, dim=0)


# %% wrong | gaussian_nll | no-constants | Only the squared error over 2 sigma^2; the constants are missing.
def gaussian_nll(x_hat, x, sigma):
    return ((x - x_hat) ** 2).sum(dim=1) / (2 * sigma**2)


# %% wrong | gaussian_nll | constants-once | The constants are added once per image, not per pixel.
def gaussian_nll(x_hat, x, sigma):
    squared = ((x - x_hat) ** 2).sum(dim=1)
    return squared / (2 * sigma**2) + math.log(sigma) + 0.5 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | hard-coded-784 | 784 pixels are hard-coded.
def gaussian_nll(x_hat, x, sigma):
    se = (x - x_hat).pow(2).sum(-1)
    return se / (2 * sigma**2) + 784 * math.log(sigma) + 392 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | sigma-not-squared | Divides by 2 sigma in place of 2 sigma^2.
def gaussian_nll(x_hat, x, sigma):
    n = x.shape[1]
    return (
        (x - x_hat).square().sum(1) / (2 * sigma)
        + n * math.log(sigma)
        + n / 2 * math.log(2 * math.pi)
    )


# %% wrong | gaussian_nll | log-likelihood | Returns the log-density, not its negative.
def gaussian_nll(x_hat, x, sigma):
    return Normal(x_hat, sigma).log_prob(x).sum(dim=1)


# %% wrong | gaussian_nll | batch-mean | Averages over the batch and returns one number.
def gaussian_nll(x_hat, x, sigma):
    return -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()


# %% wrong | gaussian_nll | pixel-mean | Mean over the pixels in place of the sum.
def gaussian_nll(x_hat, x, sigma):
    return -Normal(x_hat, sigma).log_prob(x).mean(dim=1)


# %% wrong | gaussian_nll | scale-squared | Normal gets sigma^2 as its scale.
def gaussian_nll(x_hat, x, sigma):
    return -Normal(x_hat, sigma**2).log_prob(x).sum(-1)


# %% wrong | gaussian_nll | log-sigma-sign | The log sigma term has the wrong sign.
def gaussian_nll(x_hat, x, sigma):
    n = x.size(1)
    return (
        0.5 * ((x - x_hat) / sigma).pow(2).sum(1)
        - n * math.log(sigma)
        + 0.5 * n * math.log(2 * math.pi)
    )


# %% wrong | gaussian_nll | log-sigma-half | The log sigma term is halved as if it were log sigma^2.
def gaussian_nll(x_hat, x, sigma):
    z = (x - x_hat) / sigma
    return 0.5 * (z**2 + math.log(sigma) + math.log(2 * math.pi)).sum(dim=-1)


# %% wrong | gaussian_nll | torch-nll-not-full | F.gaussian_nll_loss without full=True leaves out log 2 pi.
def gaussian_nll(x_hat, x, sigma):
    var = torch.full_like(x, sigma**2)
    return F.gaussian_nll_loss(x_hat, x, var, reduction="none").sum(dim=1)


# %% wrong | gaussian_nll | clamped-at-zero | Negative values are cut off, although a density may exceed 1.
def gaussian_nll(x_hat, x, sigma):
    nll = -Normal(x_hat, sigma).log_prob(x).sum(dim=1)
    return torch.clamp(nll, min=0)


# %% wrong | gaussian_nll | in-place-difference | sub_ overwrites x_hat.
def gaussian_nll(x_hat, x, sigma):
    error = x_hat.sub_(x).pow(2).sum(dim=1)
    n = x.shape[1]
    return error / (2 * sigma**2) + n * math.log(sigma) + n / 2 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | no-half | The squared error is divided by sigma^2, without the 2.
def gaussian_nll(x_hat, x, sigma):
    n = x.shape[1]
    const = n * math.log(sigma * math.sqrt(2 * math.pi))
    return ((x - x_hat) ** 2 / sigma**2).sum(dim=1) + const


# %% right | gaussian_nll | formula | The text's formula for any number of pixels.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    num_pixels = x.shape[1]
    squared_error = (x - x_hat).square().sum(dim=1)
    constants = num_pixels * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    return squared_error / (2 * sigma**2) + constants


# %% right | gaussian_nll | normal | torch's Normal.
def gaussian_nll(x_hat, x, sigma):
    return -Normal(x_hat, sigma).log_prob(x).sum(dim=-1)


# %% right | gaussian_nll | per-pixel | The cost of each pixel, then a sum.
def gaussian_nll(x_hat, x, sigma):
    u = (x - x_hat) / sigma
    per_pixel = 0.5 * u**2 + math.log(sigma) + 0.5 * math.log(2 * math.pi)
    return per_pixel.sum(1)


# %% right | gaussian_nll | loop | A loop over images.
def gaussian_nll(x_hat, x, sigma):
    costs = []
    for prediction, image in zip(x_hat, x):
        d = image - prediction
        cost = torch.dot(d, d) / (2 * sigma * sigma)
        cost = cost + len(d) / 2 * math.log(2 * math.pi * sigma**2)
        costs.append(cost)
    return torch.stack(costs)


# %% wrong | effective_beta | inverted | The factors are upside down.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    beta = 1.0
    if recon_reduction == "mean":
        beta /= num_pixels
    if kl_reduction == "mean":
        beta *= latent_dim
    return beta


# %% wrong | effective_beta | means-cancel | Two means are taken to cancel.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == kl_reduction:
        return 1.0
    if recon_reduction == "mean":
        return float(num_pixels)
    return 1 / latent_dim


# %% wrong | effective_beta | integer-division | Integer division loses the fraction.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    r = num_pixels if recon_reduction == "mean" else 1
    k = latent_dim if kl_reduction == "mean" else 1
    return r // k


# %% wrong | effective_beta | always-ratio | Ignores the reductions.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    return num_pixels / latent_dim


# %% wrong | effective_beta | not-rescaled | Returns the weight of the KL without dividing by that of recon.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    return 1 / latent_dim if kl_reduction == "mean" else 1.0


# %% wrong | effective_beta | kl-mean-ignored | The mean over the latents is ignored.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == "mean":
        return float(num_pixels)
    return 1.0


# %% wrong | effective_beta | sum-mean-swapped | The roles of "sum" and "mean" are swapped.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    weight_recon = 1 / num_pixels if recon_reduction == "sum" else 1
    weight_kl = 1 / latent_dim if kl_reduction == "sum" else 1
    return weight_kl / weight_recon


# %% wrong | effective_beta | weights-multiplied | The two weights are multiplied in place of divided.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    weights = {"sum": (1, 1), "mean": (1 / num_pixels, 1 / latent_dim)}
    return weights[recon_reduction][0] * weights[kl_reduction][1]


# %% wrong | effective_beta | hard-coded-784 | 784 is hard-coded in the table.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    table = {
        ("sum", "sum"): 1.0,
        ("sum", "mean"): 1 / latent_dim,
        ("mean", "sum"): 784.0,
        ("mean", "mean"): 784 / latent_dim,
    }
    return table[recon_reduction, kl_reduction]


# %% wrong | effective_beta | sum-mean-latent | For sum and mean it returns latent_dim where 1 / latent_dim belongs.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == "sum" and kl_reduction == "sum":
        return 1.0
    elif recon_reduction == "sum" and kl_reduction == "mean":
        return float(latent_dim)
    elif recon_reduction == "mean" and kl_reduction == "sum":
        return float(num_pixels)
    else:
        return num_pixels / latent_dim


# %% wrong | effective_beta | elif-swallows | An elif skips the second factor when both are means.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    beta = 1.0
    if recon_reduction == "mean":
        beta = beta * num_pixels
    elif kl_reduction == "mean":
        beta = beta / latent_dim
    return beta


# %% wrong | effective_beta | rounded | The result is rounded to one decimal.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    beta = (num_pixels if recon_reduction == "mean" else 1) / (
        latent_dim if kl_reduction == "mean" else 1
    )
    return round(beta, 1)


# %% right | effective_beta | weights | The weight of each sum, then a ratio.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    recon_weight = 1 / num_pixels if recon_reduction == "mean" else 1.0
    kl_weight = 1 / latent_dim if kl_reduction == "mean" else 1.0
    return kl_weight / recon_weight


# %% right | effective_beta | factors | Two ifs.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    beta = 1.0
    if recon_reduction == "mean":
        beta *= num_pixels
    if kl_reduction == "mean":
        beta /= latent_dim
    return beta


# %% right | effective_beta | table | A table of the four cases.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    table = {
        ("sum", "sum"): 1.0,
        ("sum", "mean"): 1 / latent_dim,
        ("mean", "sum"): float(num_pixels),
        ("mean", "mean"): num_pixels / latent_dim,
    }
    return table[(recon_reduction, kl_reduction)]


# %% right | effective_beta | dict-lookups | Dictionaries for the numbers of averaged terms.
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    averaged_pixels = {"sum": 1, "mean": num_pixels}[recon_reduction]
    averaged_latents = {"sum": 1, "mean": latent_dim}[kl_reduction]
    return averaged_pixels / averaged_latents


# %% wrong | xavier_init | variance-as-std | Multiplies by the variance, not by the standard deviation.
def xavier_init(fan_in, fan_out):
    w = torch.randn(fan_in, fan_out) * (2 / (fan_in + fan_out))
    return w.requires_grad_()


# %% wrong | xavier_init | not-a-leaf | requires_grad before the product: no leaf.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / (fan_in + fan_out))
    return torch.randn(fan_in, fan_out, requires_grad=True) * std


# %% wrong | xavier_init | transposed | The shape is (fan_out, fan_in), as in nn.Linear.
def xavier_init(fan_in, fan_out):
    std = (2.0 / (fan_in + fan_out)) ** 0.5
    return (std * torch.randn(fan_out, fan_in)).requires_grad_()


# %% wrong | xavier_init | he | The rule of He: 2 / fan_in.
def xavier_init(fan_in, fan_out):
    return (torch.randn(fan_in, fan_out) * math.sqrt(2 / fan_in)).requires_grad_(True)


# %% wrong | xavier_init | uniform | Xavier's uniform variant, not normal numbers.
def xavier_init(fan_in, fan_out):
    w = torch.empty(fan_in, fan_out)
    nn.init.xavier_uniform_(w)
    return w.requires_grad_()


# %% wrong | xavier_init | no-grad | The tensor does not require gradients.
def xavier_init(fan_in, fan_out):
    return torch.randn(fan_in, fan_out) * math.sqrt(2 / (fan_in + fan_out))


# %% wrong | xavier_init | one-over-sum | Variance 1 / (fan_in + fan_out): the 2 is lost.
def xavier_init(fan_in, fan_out):
    std = 1 / math.sqrt(fan_in + fan_out)
    return torch.normal(0.0, std, size=(fan_in, fan_out)).requires_grad_()


# %% wrong | xavier_init | rand | Uniform numbers in [0, 1): the mean is not zero.
def xavier_init(fan_in, fan_out):
    w = torch.rand(fan_in, fan_out) * math.sqrt(2 / (fan_in + fan_out))
    w.requires_grad = True
    return w


# %% wrong | xavier_init | float64 | From numpy, so float64.
def xavier_init(fan_in, fan_out):
    import numpy as np

    w = np.random.randn(fan_in, fan_out) * np.sqrt(2 / (fan_in + fan_out))
    return torch.tensor(w, requires_grad=True)


# %% wrong | xavier_init | seeded | A fixed seed, so each matrix is the same.
def xavier_init(fan_in, fan_out):
    g = torch.Generator().manual_seed(0)
    std = math.sqrt(2 / (fan_in + fan_out))
    return (torch.randn(fan_in, fan_out, generator=g) * std).requires_grad_()


# %% wrong | xavier_init | fan-in-only | Variance 1 / fan_in, without the compromise.
def xavier_init(fan_in, fan_out):
    w = torch.randn(fan_in, fan_out) / math.sqrt(fan_in)
    w.requires_grad_(True)
    return w


# %% wrong | xavier_init | sum-of-halves | Operator precedence: 2 / fan_in + fan_out.
def xavier_init(fan_in, fan_out):
    std = math.sqrt(2 / fan_in + fan_out)
    return (torch.randn(fan_in, fan_out) * std).requires_grad_()


# %% wrong | xavier_init | sqrt-of-linear-swap | nn.Linear's weight, transposed and detached, with PyTorch's own default initialisation.
def xavier_init(fan_in, fan_out):
    layer = nn.Linear(fan_in, fan_out, bias=False)
    return layer.weight.detach().t().clone().requires_grad_()


# %% right | xavier_init | requires-grad-after | The product first, recording after it.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2 / (fan_in + fan_out))
    return (torch.randn(fan_in, fan_out, dtype=torch.float32) * std).requires_grad_()


# %% right | xavier_init | normal-in-place | An empty tensor filled by normal_.
def xavier_init(fan_in, fan_out):
    weights = torch.empty((fan_in, fan_out), dtype=torch.float32)
    weights.normal_(mean=0.0, std=(2 / (fan_in + fan_out)) ** 0.5)
    weights.requires_grad = True
    return weights


# %% right | xavier_init | nn-init | nn.init.xavier_normal_ under its own no_grad.
def xavier_init(fan_in, fan_out):
    w = torch.zeros(fan_in, fan_out, dtype=torch.float32, requires_grad=True)
    nn.init.xavier_normal_(w)
    return w


# %% right | xavier_init | distribution-sample | Normal.sample, detached and float.
def xavier_init(fan_in, fan_out):
    v = 2 / (fan_in + fan_out)
    sample = Normal(0.0, math.sqrt(v)).sample((fan_in, fan_out))
    return sample.float().detach().requires_grad_(True)
