# %% wrong | VAE | variance-as-std | Uses exp(log_var), the variance, as the standard deviation in reparameterize.
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
        std = torch.exp(log_var)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        return self.fc4(F.relu(self.fc3(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | sigmoid-in-decode | decode applies the sigmoid, so it returns probabilities and not logits.
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
        mu, log_var = self.encode(x.view(-1, x.shape[-1]))
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | no-noise-in-eval | reparameterize returns mu without noise after eval().
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.hidden = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.mu = nn.Linear(hidden_dim, latent_dim)
        self.log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.hidden(x)
        return self.mu(h), self.log_var(h)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        if self.training:
            std = torch.exp(0.5 * log_var)
            return mu + std * torch.randn_like(std)
        return mu

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | forward-order | forward returns x_logits, log_var, mu: the last two are swapped.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.latent_dim = latent_dim
        self.enc = nn.Linear(input_dim, hidden_dim)
        self.enc_mu = nn.Linear(hidden_dim, latent_dim)
        self.enc_lv = nn.Linear(hidden_dim, latent_dim)
        self.dec = nn.Linear(latent_dim, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = torch.relu(self.enc(x))
        return self.enc_mu(h), self.enc_lv(h)

    def reparameterize(self, mu, log_var):
        return mu + (log_var / 2).exp() * torch.randn_like(mu)

    def decode(self, z):
        return self.out(torch.relu(self.dec(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        x_logits = self.decode(self.reparameterize(mu, log_var))
        return x_logits, log_var, mu


# %% wrong | VAE | encoder-without-relu | The encoder's hidden layer has no ReLU: both heads read it before the ReLU, so the encoder is linear.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = self.fc1(x)
        return self.fc_mu(h), self.fc_var(h)

    def reparameterize(self, mu, log_var):
        sigma = torch.exp(log_var * 0.5)
        return mu + sigma * torch.randn_like(sigma)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


# %% wrong | VAE | decoder-without-relu | The decoder has no ReLU between its two linear layers.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(nn.Linear(latent_dim, hidden_dim), nn.Linear(hidden_dim, input_dim))

    def encode(self, x):
        h = self.fc1(x).relu()
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return torch.distributions.Normal(mu, torch.exp(log_var / 2)).rsample()

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | shared-head | One linear layer serves as the head for both mu and log_var, so the two are always equal and there are four layers only.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.hidden = nn.Linear(input_dim, hidden_dim)
        self.head = nn.Linear(hidden_dim, latent_dim)
        self.back = nn.Linear(latent_dim, hidden_dim)
        self.logits = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        mu = self.head(h)
        log_var = self.head(h)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.logits(F.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | softplus-head | log_var goes through a softplus, so it can never be negative; both heads should be plain linear layers.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Linear(input_dim, hidden_dim)
        self.mu_head = nn.Linear(hidden_dim, latent_dim)
        self.log_var_head = nn.Linear(hidden_dim, latent_dim)
        self.decoder1 = nn.Linear(latent_dim, hidden_dim)
        self.decoder2 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.encoder(x))
        return self.mu_head(h), F.softplus(self.log_var_head(h))  # a variance is positive

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.decoder2(F.relu(self.decoder1(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | sizes-hard-coded | The layers always have the sizes 784, 400 and 20, whatever the arguments say.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(784, 400)
        self.fc2 = nn.Linear(400, 20)
        self.fc3 = nn.Linear(400, 20)
        self.fc4 = nn.Linear(20, 400)
        self.fc5 = nn.Linear(400, 784)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc2(h), self.fc3(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc5(F.relu(self.fc4(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | no-biases | All five linear layers are made with bias=False.
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


# %% wrong | VAE | tanh | Uses tanh in both hidden layers, as in the paper, where the exercise asks for ReLU.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.body = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.Tanh())
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.Tanh(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        h = self.body(x)
        return self.to_mu(h), self.to_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | decodes-mu | forward decodes mu in place of a sample of z.
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
        return self.fc_mu(h), self.fc_lv(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(mu)
        return x_logits, mu, log_var


# %% wrong | VAE | log-var-overwritten | reparameterize computes the standard deviation in place with mul_ and exp_, so log_var is overwritten before the KL reads it.
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
        h = F.relu(self.fc1(x))
        return self.fc21(h), self.fc22(h)

    def reparameterize(self, mu, log_var):
        std = log_var.mul_(0.5).exp_()
        eps = torch.randn(std.shape, device=std.device)
        return eps.mul(std).add(mu)

    def decode(self, z):
        return self.fc4(F.relu(self.fc3(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | dropout-in-encoder | The encoder has a dropout layer, so encode is random in training mode.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU(), nn.Dropout(0.2))
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


# %% wrong | VAE | noise-in-init | Draws the noise once in __init__, one vector for all images, and uses it in every call.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)
        self.register_buffer("eps", torch.randn(latent_dim))

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * self.eps

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | latent-dim-not-kept | Everything works, but latent_dim is not kept as an attribute.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.encoder_hidden = nn.Linear(input_dim, hidden_dim)
        self.encoder_mu = nn.Linear(hidden_dim, latent_dim)
        self.encoder_log_var = nn.Linear(hidden_dim, latent_dim)
        self.decoder_hidden = nn.Linear(latent_dim, hidden_dim)
        self.decoder_out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.encoder_hidden(x))
        return self.encoder_mu(h), self.encoder_log_var(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.decoder_out(F.relu(self.decoder_hidden(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | noise-shared-by-batch | Draws one noise vector of length latent_dim per call and uses it for all images of the batch.
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
        eps = torch.randn(self.latent_dim, device=mu.device)
        return mu + torch.exp(0.5 * log_var) * eps

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | log-var-from-mu | The head of log_var reads mu and not the hidden layer.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(latent_dim, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        mu = self.fc_mu(h)
        return mu, self.fc_log_var(mu)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def decode(self, z):
        return self.fc3(F.relu(self.fc2(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | VAE | layers-in-list | Keeps the layers in a plain Python list, so they are not registered and parameters() is empty.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.layers = [
            nn.Linear(input_dim, hidden_dim),
            nn.Linear(hidden_dim, latent_dim),
            nn.Linear(hidden_dim, latent_dim),
            nn.Linear(latent_dim, hidden_dim),
            nn.Linear(hidden_dim, input_dim),
        ]

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


# %% wrong | VAE | sample-no-gradient | reparameterize uses Normal.sample, through which no gradient reaches mu and log_var.
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


# %% right | VAE | sequential-rsample | nn.Sequential on both sides, Normal.rsample for the sample, everything short.
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.trunk = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.heads = nn.ModuleList(nn.Linear(hidden_dim, latent_dim) for _ in range(2))
        self.decode_net = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        hidden = self.trunk(x)
        return tuple(head(hidden) for head in self.heads)

    def reparameterize(self, mu, log_var):
        return Normal(mu, log_var.exp().sqrt()).rsample()

    def decode(self, z):
        return self.decode_net(z)

    def forward(self, x):
        q = self.encode(x)
        return self.decode(self.reparameterize(*q)), *q


# %% right | VAE | beginner-long | Long-winded beginner code with one name per step, clamp in place of relu, and a print in __init__.
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.input_dim = input_dim
        self.hidden_dim = hidden_dim
        self.latent_dim = latent_dim
        self.linear_one = nn.Linear(self.input_dim, self.hidden_dim)
        self.linear_two = nn.Linear(self.hidden_dim, self.latent_dim)
        self.linear_three = nn.Linear(self.hidden_dim, self.latent_dim)
        self.linear_four = nn.Linear(self.latent_dim, self.hidden_dim)
        self.linear_five = nn.Linear(self.hidden_dim, self.input_dim)
        print("made a VAE with", latent_dim, "latent dimensions")

    def encode(self, x):
        step_one = self.linear_one(x)
        step_two = torch.clamp(step_one, min=0)
        mu = self.linear_two(step_two)
        log_var = self.linear_three(step_two)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        variance = torch.exp(log_var)
        standard_deviation = torch.sqrt(variance)
        noise = torch.randn(mu.size(), device=mu.device, dtype=mu.dtype)
        stretched = standard_deviation * noise
        z = mu + stretched
        return z

    def decode(self, z):
        step_one = self.linear_four(z)
        step_two = torch.clamp(step_one, min=0)
        x_logits = self.linear_five(step_two)
        return x_logits

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(z)
        return x_logits, mu, log_var


# %% right | VAE | submodules | Separate Encoder and Decoder modules, to which the methods delegate.
class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.shared = nn.Linear(n_in, n_hidden)
        self.mean = nn.Linear(n_hidden, n_out)
        self.log_variance = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        h = F.relu(self.shared(x))
        return self.mean(h), self.log_variance(h)


class Decoder(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.first, self.second = nn.Linear(n_in, n_hidden), nn.Linear(n_hidden, n_out)

    def forward(self, z):
        return self.second(F.relu(self.first(z)))


class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = Encoder(input_dim, hidden_dim, latent_dim)
        self.decoder = Decoder(latent_dim, hidden_dim, input_dim)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.encoder(x)

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return torch.addcmul(mu, torch.exp(log_var / 2), torch.randn_like(mu))

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encoder(x)
        return self.decoder(self.reparameterize(mu, log_var)), mu, log_var


# %% right | VAE | module-dict | The five layers live in an nn.ModuleDict that is built from a table of sizes.
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
        self.parts = nn.ModuleDict({name: nn.Linear(*size) for name, size in sizes.items()})

    def encode(self, x):
        h = self.parts["hidden"](x).relu()
        return self.parts["mu"](h), self.parts["log_var"](h)

    def reparameterize(self, mu, log_var):
        sigma = (0.5 * log_var).exp()
        eps = torch.empty_like(mu).normal_()
        return mu + sigma * eps

    def decode(self, z):
        return self.parts["logits"](self.parts["back"](z).relu())

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% right | VAE | own-dense-layer | Uses a linear layer written by hand from two nn.Parameters in place of nn.Linear.
class Dense(nn.Module):
    def __init__(self, fan_in: int, fan_out: int):
        super().__init__()
        bound = 1 / math.sqrt(fan_in)
        self.weight = nn.Parameter(torch.empty(fan_out, fan_in).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(fan_out).uniform_(-bound, bound))

    def forward(self, h: Tensor) -> Tensor:
        return h @ self.weight.T + self.bias


class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        self.into = Dense(input_dim, hidden_dim)
        self.mu_layer = Dense(hidden_dim, latent_dim)
        self.log_var_layer = Dense(hidden_dim, latent_dim)
        self.back = Dense(latent_dim, hidden_dim)
        self.out = Dense(hidden_dim, input_dim)

    def encode(self, x):
        h = torch.maximum(self.into(x), torch.zeros((), dtype=x.dtype, device=x.device))
        return self.mu_layer(h), self.log_var_layer(h)

    def reparameterize(self, mu, log_var):
        return mu + torch.exp(log_var / 2) * torch.randn_like(mu)

    def decode(self, z):
        return self.out(F.relu(self.back(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


# %% wrong | vae_loss | recon-mean | recon is averaged over the pixels (the default reduction of the PyTorch function) and not summed.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | kl-mean | The KL is averaged over the latent dimensions and not summed.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    kl = torch.mean(-0.5 * torch.mean(1 + log_var - mu.pow(2) - log_var.exp(), dim=1))
    return recon + kl, recon, kl


# %% wrong | vae_loss | double-sigmoid | Applies the sigmoid first and then calls the function that expects logits, so the sigmoid is applied twice.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / x.shape[0]
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / x.shape[0]
    return recon + kl, recon, kl


# %% wrong | vae_loss | bce-of-probabilities | Computes probabilities and calls F.binary_cross_entropy, which saturates at 100 for large logits and has no gradient there.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy(x_logits.sigmoid(), x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | overflow | Types log(1 + exp(l)) literally, which overflows to infinity for logits above 88.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    cost = torch.log(1 + torch.exp(x_logits)) - x * x_logits
    recon = cost.sum(dim=1).mean()
    kl = 0.5 * (mu**2 + torch.exp(log_var) - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | sum-over-batch | Sums both terms over the batch too, so the loss is for the whole batch and not per image.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return recon + kl, recon, kl


# %% wrong | vae_loss | kl-sign | The KL has the wrong sign: the minus in front of the one half is missing.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | sigma-in-kl | The KL uses exp(log_var / 2), the standard deviation, where the variance belongs.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    sigma = torch.exp(0.5 * log_var)
    kl = 0.5 * (mu**2 + sigma - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | return-order | Returns (loss, kl, recon): the two terms are swapped.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    bce = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kld = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return bce + kld, kld, bce


# %% wrong | vae_loss | loss-is-difference | The two terms are right, but the loss is recon - kl.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(-1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1).mean()
    loss = recon - kl
    return loss, recon, kl


# %% wrong | vae_loss | batch-of-128 | Divides the sums by 128, a fixed batch size, and not by the number of images.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    batch_size = 128
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / batch_size
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum() / batch_size
    return recon + kl, recon, kl


# %% wrong | vae_loss | squared-error | recon is the summed squared error of the probabilities in place of the Bernoulli cost.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.mse_loss(torch.sigmoid(x_logits), x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | kl-summed-over-batch | recon is a mean over the batch, but the KL is summed over the whole batch.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return recon + kl, recon, kl


# %% wrong | vae_loss | terms-as-floats | recon and kl come back as Python floats and not as tensors.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    loss = recon + kl
    return loss, recon.item(), kl.item()


# %% wrong | vae_loss | binarised-x | Rounds the images to 0 and 1 first, so grey values do not count.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    target = (x > 0.5).float()
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | arguments-swapped | Calls the cost function with the image and the logits swapped.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x, x_logits, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | entropy-subtracted | Subtracts the entropy of the grey pixels, the floor of a perfect copy, from recon, so it is no longer the Bernoulli cost.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    cost = F.softplus(x_logits) - x * x_logits
    floor = torch.special.entr(x) + torch.special.entr(1 - x)
    recon = (cost - floor).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | vae_loss | log-var-overwritten | The numbers are right, but log_var.exp_() overwrites the caller's log_var.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp_()).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | vae_loss | softplus-helpers | Two helpers that return one number per image, with softplus for the cost.
def bernoulli_cost(logits, target):
    return (F.softplus(logits) - target * logits).sum(dim=-1)


def gaussian_kl(mu, log_var):
    return (mu**2 + torch.expm1(log_var) - log_var).sum(dim=-1) / 2


def vae_loss(x_logits, x, mu, log_var):
    recon, kl = bernoulli_cost(x_logits, x).mean(), gaussian_kl(mu, log_var).mean()
    return recon + kl, recon, kl


# %% right | vae_loss | distributions | torch.distributions for both terms: a Bernoulli without argument validation (for grey pixels) and the KL of two normals.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    likelihood = torch.distributions.Bernoulli(logits=x_logits, validate_args=False)
    recon = -likelihood.log_prob(x).sum(-1).mean()
    q = Normal(mu, torch.exp(0.5 * log_var))
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(-1).mean()
    return recon + kl, recon, kl


# %% right | vae_loss | image-loop | A loop over the images that adds up recon and kl and divides at the end.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    number_of_images = x.shape[0]
    recon = 0
    kl = 0
    for i in range(number_of_images):
        recon = recon + F.binary_cross_entropy_with_logits(x_logits[i], x[i], reduction="sum")
        kl = kl + 0.5 * torch.sum(mu[i] ** 2 + torch.exp(log_var[i]) - 1 - log_var[i])
    recon = recon / number_of_images
    kl = kl / number_of_images
    loss = recon + kl
    print("loss", loss.item())
    return loss, recon, kl


# %% right | vae_loss | logsigmoid | Writes the cost with F.logsigmoid of plus and minus the logit, and means before sums.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    log_p, log_not_p = F.logsigmoid(x_logits), F.logsigmoid(-x_logits)
    recon = -(x * log_p + (1 - x) * log_not_p).mean(dim=0).sum()
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).mean(dim=0).sum()
    return recon + kl, recon, kl


# %% right | vae_loss | logaddexp-einsum | logaddexp for log(1 + e^l), and einsum for the sum of the costs and for the squared means.
def vae_loss(
    x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    n, d = mu.shape
    cost = torch.logaddexp(x_logits, torch.zeros_like(x_logits)) - x * x_logits
    recon = torch.einsum("bp->", cost) / n
    norm = torch.einsum("bd,bd->b", mu, mu)
    kl = ((norm + log_var.exp().sum(1) - log_var.sum(1) - d) / 2).sum() / n
    return torch.stack([recon, kl]).sum(), recon, kl


# %% wrong | train_step | no-zero-grad | Never clears the gradients, so those of earlier batches add up.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | zero-grad-after-backward | Clears the gradients between backward and step, so the update uses none.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | zero-grad-at-end | Clears the gradients only after the update, so gradients left in .grad before the call still influence it.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    loss = vae_loss(*_reorder(model(x), x))[0]
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def _reorder(output, x):
    x_logits, mu, log_var = output
    return x_logits, x, mu, log_var


# %% wrong | train_step | returns-tensor | Returns the loss as a tensor with its graph and not as a Python float.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


# %% wrong | train_step | loss-after-update | Computes the loss again after the update and returns that one.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)[0]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        new_loss = vae_loss(x_logits, x, mu, log_var)[0]
    return new_loss.item()


# %% wrong | train_step | minibatches | Splits the batch into chunks of 32 and updates once for each, so a larger batch gives several updates.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    total = 0.0
    for part in x.split(32):
        x_logits, mu, log_var = model(part)
        loss, _, _ = vae_loss(x_logits, part, mu, log_var)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(part)
    return total / len(x)


# %% wrong | train_step | switches-to-train | Calls model.train() and so changes the mode of a model that came in evaluation mode.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    model.train()
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | image-and-logits-swapped | Passes the image and the logits to vae_loss in the wrong order.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x, x_logits, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | recon-only-backward | Runs backward on recon only, so the KL has no part in the update, while the full loss is returned.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    recon.backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | no-step | Forgets optimizer.step(), so the parameters never change.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    return loss.item()


# %% wrong | train_step | returns-batch-sum | Returns the loss multiplied by the number of images, which is not in nats per image.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    loss.backward()
    optimizer.step()
    return loss.item() * x.size(0)


# %% wrong | train_step | own-optimizer | Makes a new Adam optimiser in every call and ignores the one that it was given.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


# %% wrong | train_step | divides-by-batch-again | Divides the loss by the batch size before backward, although it is a mean already, so the gradients are too small.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    (loss / len(x)).backward()
    optimizer.step()
    return loss.item()


# %% wrong | train_step | climbs | Runs backward on the negative of the loss, so the loss is raised and not lowered.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x_logits, mu, log_var = model(x)
    neg_elbo, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    (-neg_elbo).backward()  # maximise the ELBO
    optimizer.step()
    return neg_elbo.item()


# %% wrong | train_step | rescales-x | Divides the pixels by 255, although they lie between 0 and 1 already.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    x = x / 255.0
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %% right | train_step | closure | Gives optimizer.step a closure that clears, computes and returns the loss.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    def closure():
        optimizer.zero_grad()
        out, mu, log_var = model(x)
        loss = vae_loss(out, x, mu, log_var)[0]
        loss.backward()
        return loss

    return optimizer.step(closure).item()


# %% right | train_step | autograd-grad | Computes the gradients with torch.autograd.grad and writes them into .grad, so nothing old can remain.
def train_step(model, x, optimizer):
    params = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
    logits, *gaussian = model(x)
    loss, *_ = vae_loss(logits, x, *gaussian)
    for p, g in zip(params, torch.autograd.grad(loss, params, allow_unused=True)):
        p.grad = g
    optimizer.step()
    return loss.item()


# %% right | train_step | grads-to-none-by-hand | Sets every .grad of the optimiser's parameters to None by hand and keeps the loss as a float before the update.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    number = float(loss.detach())
    loss.backward()
    optimizer.step()
    return number


# %% right | train_step | recon-plus-kl | Beginner code that adds the two terms itself, clears the gradients with set_to_none=False first, and has a print left inside.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer.zero_grad(set_to_none=False)
    result = model(x)
    x_logits = result[0]
    mu = result[1]
    log_var = result[2]
    losses = vae_loss(x_logits=x_logits, x=x, mu=mu, log_var=log_var)
    my_loss = losses[1] + losses[2]
    my_loss.backward()
    optimizer.step()
    answer = my_loss.detach().cpu().numpy().item()
    print("step done")
    return answer


# %% right | train_step | two-backwards | Runs backward twice, once on recon and once on kl, and lets the gradients add up within the call.
def train_step(model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer.zero_grad()
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    recon.backward(retain_graph=True)
    kl.backward()
    optimizer.step()
    return loss.tolist()


# %% wrong | evaluate | decodes-mu | Switches the noise off: it decodes mu in place of a sample.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        loss, _, _ = vae_loss(model.decode(mu), x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% wrong | evaluate | mode-read-too-late | Reads model.training after it has called eval(), so the model always stays in evaluation mode.
def evaluate(model: nn.Module, x: Tensor) -> float:
    model.eval()
    mode = model.training
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(mode)
    return loss.item()


# %% wrong | evaluate | always-train | Always ends with model.train(), so a model that came in evaluation mode leaves in training mode.
def evaluate(model: nn.Module, x: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss = vae_loss(x_logits, x, mu, log_var)[0].item()
    model.train()
    return loss


# %% wrong | evaluate | grad-stays-off | Calls torch.set_grad_enabled(False) and never switches it on again, so PyTorch records no gradients after the call.
def evaluate(model: nn.Module, x: Tensor) -> float:
    training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    x_logits, mu, log_var = model(x)
    loss, recon, kl = vae_loss(x_logits, x, mu, log_var)
    model.train(training)
    return loss.item()


# %% wrong | evaluate | sum-over-images | Returns the sum over all images and not nats per image.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    total = 0.0
    with torch.no_grad():
        for batch in x.split(500):
            x_logits, mu, log_var = model(batch)
            total += vae_loss(x_logits, batch, mu, log_var)[0].item() * len(batch)
    model.train(was_training)
    return total


# %% wrong | evaluate | recon-only | Returns the reconstruction term only; the KL is missing.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return recon.item()


# %% wrong | evaluate | returns-tensor | Returns a tensor and not a Python float.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss


# %% wrong | evaluate | mean-of-batch-means | Averages the means of batches of 100 with equal weights, so the images of a smaller last batch count too much.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    losses = []
    with torch.no_grad():
        for batch in torch.split(x, 100):
            x_logits, mu, log_var = model(batch)
            losses.append(vae_loss(x_logits, batch, mu, log_var)[0].item())
    model.train(was_training)
    return sum(losses) / len(losses)


# %% wrong | evaluate | first-batch-only | Scores only the first 128 images, because the return stands inside the loop over batches.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        for start in range(0, len(x), 128):
            batch = x[start : start + 128]
            x_logits, mu, log_var = model(batch)
            loss, _, _ = vae_loss(x_logits, batch, mu, log_var)
            model.train(was_training)
            return loss.item()


# %% wrong | evaluate | freezes-parameters | Switches requires_grad off for all parameters and never on again.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    for p in model.parameters():
        p.requires_grad_(False)
    x_logits, mu, log_var = model(x)
    loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% wrong | evaluate | clears-grad | Calls model.zero_grad(), which deletes the gradients that the model had in .grad.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    model.zero_grad()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% wrong | evaluate | train-step-lr-zero | Calls train_step with a learning rate of 0 to get the loss, which computes gradients and writes them into .grad.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    no_update = torch.optim.SGD(model.parameters(), lr=0.0)
    loss = train_step(model, x, no_update)
    model.train(was_training)
    return loss


# %% wrong | evaluate | elbo-sign | Returns the ELBO, the negative of the number that is asked for.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss, _, _ = vae_loss(x_logits, x, mu, log_var)
    model.train(was_training)
    return -loss.item()


# %% wrong | evaluate | prior-samples | Decodes z from the prior and not from q(z|x) to score the reconstruction.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = torch.randn_like(mu)
        loss, _, _ = vae_loss(model.decode(z), x, mu, log_var)
    model.train(was_training)
    return loss.item()


# %% wrong | evaluate | iwae | Computes the importance-weighted bound of 10 samples, which is lower than the negative ELBO of one sample.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    log_w = []
    with torch.no_grad():
        mu, log_var = model.encode(x)
        q, p = Normal(mu, torch.exp(0.5 * log_var)), Normal(torch.zeros_like(mu), 1.0)
        for _ in range(10):
            z = q.sample()
            cost = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(1)
            log_w.append(p.log_prob(z).sum(1) - q.log_prob(z).sum(1) - cost)
        bound = torch.logsumexp(torch.stack(log_w), dim=0) - math.log(10)
    model.train(was_training)
    return -bound.mean().item()


# %% right | evaluate | decorator-finally | A no_grad decorator, and try / finally to bring the mode back.
@torch.no_grad()
def evaluate(model: nn.Module, x: Tensor) -> float:
    mode = model.training
    model.eval()
    try:
        x_logits, *q = model(x)
        return vae_loss(x_logits, x, *q)[0].item()
    finally:
        model.train(mode)


# %% right | evaluate | weighted-chunks | Scores chunks of 256 images and weights each by its size.
def evaluate(model: nn.Module, x: Tensor) -> float:
    remembered = model.training
    model.train(False)
    weighted = 0.0
    with torch.no_grad():
        for part in torch.split(x, 256):
            x_logits, mu, log_var = model(part)
            loss, _, _ = vae_loss(x_logits, part, mu, log_var)
            weighted += loss.item() * part.shape[0]
    model.train(remembered)
    return weighted / x.shape[0]


# %% right | evaluate | contextmanager | A context manager of its own that switches the mode and the recording.
from contextlib import contextmanager


@contextmanager
def evaluating(net):
    before = net.training
    net.eval()
    try:
        with torch.inference_mode():
            yield net
    finally:
        net.train(before)


def evaluate(model, x):
    with evaluating(model) as net:
        out, m, lv = net(x)
        neg_elbo = vae_loss(out, x, m, lv)[0]
        return float(neg_elbo)


# %% right | evaluate | per-module-modes | Remembers the mode of every submodule one by one and sets them back one by one.
def evaluate(model: nn.Module, x: Tensor) -> float:
    modes = {module: module.training for module in model.modules()}
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = vae_loss(x_logits, x, mu, log_var)
    for module, mode in modes.items():
        module.training = mode
    return (recon + kl).item()


# %% right | evaluate | grad-switch-restored | Beginner code that switches recording off and on again by hand and uses if / else for the mode.
def evaluate(model: nn.Module, x: Tensor) -> float:
    was_recording = torch.is_grad_enabled()
    if model.training:
        mode_before = "train"
    else:
        mode_before = "eval"
    model.eval()
    torch.set_grad_enabled(False)
    output = model(x)
    x_logits, mu, log_var = output[0], output[1], output[2]
    three_numbers = vae_loss(x_logits, x, mu, log_var)
    torch.set_grad_enabled(was_recording)
    if mode_before == "train":
        model.train()
    else:
        model.eval()
    print("evaluated", len(x), "images")
    return three_numbers[0].item()


# %% wrong | generate | uniform-z | Draws z from the uniform distribution on 0 to 1 (torch.rand) in place of the normal one.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.rand(num_images, model.latent_dim, device=device)
        return torch.sigmoid(model.decode(z))


# %% wrong | generate | logits | Returns the decoder's logits without the sigmoid, so the numbers are no probabilities.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z)


# %% wrong | generate | with-gradients | Forgets torch.no_grad, so the images carry a graph and require gradients.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    z = torch.randn(num_images, model.latent_dim, device=device)
    return model.decode(z).sigmoid()


# %% wrong | generate | twenty-latents | Always draws 20 latent numbers and not model.latent_dim of them.
@torch.no_grad()
def generate(model: nn.Module, num_images: int) -> Tensor:
    z = torch.randn(num_images, 20, device=next(model.parameters()).device)
    return torch.sigmoid(model.decode(z))


# %% wrong | generate | binarised | Draws black-and-white pixels from the probabilities and returns those zeros and ones in place of the probabilities.
@torch.no_grad()
def generate(model: nn.Module, num_images: int) -> Tensor:
    z = torch.randn(num_images, model.latent_dim, device=next(model.parameters()).device)
    return torch.bernoulli(model.decode(z).sigmoid())


# %% wrong | generate | one-z-for-all | Draws one z and expands it, so all images are the same.
@torch.no_grad()
def generate(model: nn.Module, num_images: int) -> Tensor:
    z = torch.randn(1, model.latent_dim, device=next(model.parameters()).device)
    z = z.expand(num_images, -1)
    return torch.sigmoid(model.decode(z))


# %% wrong | generate | seeded | Sets the seed in every call, so a second call gives the same images.
def generate(model: nn.Module, num_images: int) -> Tensor:
    torch.manual_seed(0)
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return torch.sigmoid(model.decode(z))


# %% wrong | generate | softmax | Uses a softmax over the pixels in place of the sigmoid.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return F.softmax(model.decode(z), dim=1)


# %% wrong | generate | clamped-logits | Clamps the logits to the range from 0 to 1 in place of applying the sigmoid.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return model.decode(z).clamp(0, 1)


# %% wrong | generate | truncated | Shrinks z by a factor of 0.7 for cleaner pictures, so it does not come from N(0, I).
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    temperature = 0.7
    with torch.no_grad():
        z = temperature * torch.randn(num_images, model.latent_dim, device=device)
        return torch.sigmoid(model.decode(z))


# %% wrong | generate | square-images | Reshapes the result to (num_images, 1, 28, 28) in place of (num_images, 784).
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim, device=device)
        return torch.sigmoid(model.decode(z)).view(num_images, 1, 28, 28)


# %% wrong | generate | grid-of-z | Takes an evenly spaced grid from -2 to 2 along the diagonal in place of random z.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        line = torch.linspace(-2, 2, num_images, device=device)
        z = line[:, None].repeat(1, model.latent_dim)
        return torch.sigmoid(model.decode(z))


# %% wrong | generate | log-var-one | Calls reparameterize with log_var = 1 in place of 0, so the variance of z is e and not 1.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        mu = torch.zeros(num_images, model.latent_dim, device=device)
        log_var = torch.ones(num_images, model.latent_dim, device=device)
        z = model.reparameterize(mu, log_var)
        return torch.sigmoid(model.decode(z))


# %% wrong | generate | through-encoder | Sends random noise images through the whole model, encoder included, in place of decoding z from the prior.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    with torch.no_grad():
        noise = torch.rand(num_images, 784, device=device)
        x_logits, _, _ = model(noise)
        return torch.sigmoid(x_logits)


# %% wrong | generate | grad-stays-off | Switches gradient recording off for the whole program and never on again.
def generate(model: nn.Module, num_images: int) -> Tensor:
    torch.set_grad_enabled(False)
    z = torch.randn(num_images, model.latent_dim, device=next(model.parameters()).device)
    return model.decode(z).sigmoid()


# %% wrong | generate | sigmoid-twice | Applies the sigmoid twice, so all values lie between 0.5 and 0.73.
@torch.no_grad()
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    z = torch.randn((num_images, model.latent_dim), device=device)
    x_hat = torch.sigmoid(model.decode(z))
    return x_hat.sigmoid()


# %% right | generate | distribution-sample | Uses torch.distributions for the prior and for the mean of the pixels.
@torch.no_grad()
def generate(model, num_images):
    where = next(model.parameters()).device
    prior = Normal(torch.zeros(model.latent_dim, device=where), 1.0)
    return torch.distributions.Bernoulli(logits=model.decode(prior.sample((num_images,)))).probs


# %% right | generate | one-at-a-time | A loop that decodes one image at a time and concatenates them.
def generate(model: nn.Module, num_images: int) -> Tensor:
    device = next(model.parameters()).device
    pictures = []
    for _ in range(num_images):
        with torch.no_grad():
            z = torch.randn(1, model.latent_dim, device=device)
            pictures.append(torch.sigmoid(model.decode(z)))
    return torch.cat(pictures, dim=0)


# %% right | generate | hand-written-sigmoid | Fills an empty tensor with normal_, writes the sigmoid by hand, and has a print left inside.
def squash(logits):
    return 1 / (1 + torch.exp(-logits))


def generate(model: nn.Module, num_images: int) -> Tensor:
    first_parameter = list(model.parameters())[0]
    with torch.no_grad():
        z = torch.empty(num_images, model.latent_dim, device=first_parameter.device)
        z.normal_(mean=0, std=1)
        print("z:", z.shape)
        images_made = squash(model.decode(z))
    return images_made


# %% right | generate | torch-normal-tanh | Draws with torch.normal from tensors of means and standard deviations, and uses tanh for the sigmoid.
def generate(model: nn.Module, num_images: int) -> Tensor:
    weights = next(iter(model.parameters()))
    with torch.no_grad():
        means = torch.zeros((num_images, model.latent_dim), dtype=weights.dtype, device=weights.device)
        logits = model.decode(torch.normal(means, torch.ones_like(means)))
        return 0.5 * (1 + torch.tanh(0.5 * logits))


# %% right | generate | columns | Functional style: one random column per latent dimension, stacked, and the steps composed with reduce.
from functools import reduce


def generate(model, num_images):
    place = {"device": next(model.parameters()).device}
    columns = [torch.randn(num_images, **place) for _ in range(model.latent_dim)]
    steps = (lambda cols: torch.stack(cols, dim=1), model.decode, torch.sigmoid)
    with torch.no_grad():
        return reduce(lambda value, step: step(value), steps, columns)


# %% wrong | gaussian_nll | squared-error-only | Leaves both constants out and returns only the squared error over 2 sigma^2.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    return ((x - x_hat) ** 2).sum(dim=1) / (2 * sigma**2)


# %% wrong | gaussian_nll | constants-once | Adds the constants log sigma and 0.5 log(2 pi) once per image and not once per pixel.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    sq = ((x - x_hat) ** 2).sum(dim=1) / (2 * sigma**2)
    return sq + math.log(sigma) + 0.5 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | sigma-as-variance | Passes sigma to F.gaussian_nll_loss as the variance, without squaring it.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    var = torch.full_like(x, sigma)
    return F.gaussian_nll_loss(x_hat, x, var, full=True, reduction="none").sum(dim=1)


# %% wrong | gaussian_nll | mean-over-pixels | Takes the mean over the pixels in place of the sum.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    return -Normal(x_hat, sigma).log_prob(x).mean(dim=1)


# %% wrong | gaussian_nll | scalar | Averages over the batch and returns one scalar in place of one value per image.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    n = x.shape[1]
    sq = ((x - x_hat) ** 2).sum(dim=1).mean()
    return sq / (2 * sigma**2) + n * math.log(sigma) + n / 2 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | always-784 | Uses 784 pixels in the constants, whatever the size of the image.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    squared = torch.sum((x - x_hat) ** 2, dim=1)
    return squared / (2 * sigma**2) + 784 * math.log(sigma) + 784 / 2 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | log-likelihood | Returns the log-likelihood: the minus sign is missing.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    return torch.distributions.Normal(x_hat, sigma).log_prob(x).sum(dim=-1)


# %% wrong | gaussian_nll | half-missing | Divides the squared error by sigma^2 in place of 2 sigma^2.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    d = x.shape[1]
    return ((x - x_hat) / sigma).pow(2).sum(1) + d * (math.log(sigma) + 0.5 * math.log(2 * math.pi))


# %% wrong | gaussian_nll | half-log-sigma | Halves the log sigma term, as if sigma were the variance there.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    d = x.shape[1]
    squared = ((x - x_hat) ** 2).sum(1) / sigma**2
    return 0.5 * (squared + d * math.log(sigma) + d * math.log(2 * math.pi))


# %% wrong | gaussian_nll | log-two-pi-not-halved | Adds a whole log(2 pi) per pixel in place of half of it.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    per_pixel = (x - x_hat) ** 2 / (2 * sigma**2) + math.log(sigma) + math.log(2 * math.pi)
    return per_pixel.sum(dim=-1)


# %% wrong | gaussian_nll | x-hat-overwritten | Subtracts x from x_hat in place, so the caller's x_hat is changed.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    n = x.shape[1]
    x_hat -= x
    return (x_hat**2).sum(1) / (2 * sigma**2) + n * math.log(sigma) + n / 2 * math.log(2 * math.pi)


# %% wrong | gaussian_nll | absolute-error | Uses the absolute error in place of the squared error.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    n = x.shape[1]
    error = F.l1_loss(x_hat, x, reduction="none").sum(dim=1)
    return error / (2 * sigma**2) + n * math.log(sigma) + 0.5 * n * math.log(2 * math.pi)


# %% wrong | gaussian_nll | clamped-at-zero | Clamps the result at 0, because a cost should not be negative.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    nll = -Normal(x_hat, sigma).log_prob(x).sum(dim=1)
    return nll.clamp(min=0)


# %% wrong | gaussian_nll | not-full | Calls F.gaussian_nll_loss without full=True, so the term with log(2 pi) is missing.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    var = torch.full_like(x, sigma**2)
    return F.gaussian_nll_loss(x_hat, x, var, reduction="none").sum(dim=1)


# %% wrong | gaussian_nll | sum-over-images | Sums over axis 0, the images, so there is one value per pixel.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    cost = (x - x_hat) ** 2 / (2 * sigma**2) + math.log(sigma) + 0.5 * math.log(2 * math.pi)
    return cost.sum(dim=0)


# %% right | gaussian_nll | independent-normal | An Independent normal of torch.distributions, without type hints.
def gaussian_nll(x_hat, x, sigma):
    return -torch.distributions.Independent(Normal(x_hat, sigma), 1).log_prob(x)


# %% right | gaussian_nll | gaussian-nll-loss | F.gaussian_nll_loss with full=True, a tiny eps and the squared sigma.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    variance = torch.full_like(x, sigma * sigma)
    return F.gaussian_nll_loss(x_hat, x, variance, full=True, eps=1e-30, reduction="none").sum(-1)


# %% right | gaussian_nll | pixel-loop | Beginner code with a loop over the pixels and a helper for one pixel.
def cost_of_a_pixel(mean, value, sigma):
    distance = value - mean
    return distance * distance / (2 * sigma * sigma) + math.log(sigma) + math.log(2 * math.pi) / 2


def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    total = torch.zeros(x.shape[0], device=x.device, dtype=x.dtype)
    for pixel in range(x.shape[1]):
        total = total + cost_of_a_pixel(x_hat[:, pixel], x[:, pixel], sigma)
    return total


# %% right | gaussian_nll | norm | The squared vector norm of the scaled error, and one constant for all pixels.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    pixels = x.size(-1)
    constant = pixels * math.log(sigma * math.sqrt(2 * math.pi))
    return torch.linalg.vector_norm((x - x_hat) / sigma, dim=-1).square() / 2 + constant


# %% right | gaussian_nll | einsum | einsum for the squared error, with the precision as a name of its own.
def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    residual = x_hat - x
    precision = sigma**-2
    log_det = -x.shape[1] * math.log(precision)
    quadratic = precision * torch.einsum("np,np->n", residual, residual)
    return 0.5 * (quadratic + log_det + x.shape[1] * math.log(math.tau))


# %% wrong | effective_beta | upside-down | The ratio is upside down: it divides by num_pixels and multiplies by latent_dim.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    recon_weight = 1 / num_pixels if recon_reduction == "mean" else 1.0
    kl_weight = 1 / latent_dim if kl_reduction == "mean" else 1.0
    return recon_weight / kl_weight


# %% wrong | effective_beta | means-cancel | Believes that two means cancel and returns 1 for them.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    if recon_reduction == kl_reduction:
        return 1.0
    if recon_reduction == "mean":
        return float(num_pixels)
    return 1 / latent_dim


# %% wrong | effective_beta | kl-ignored | Looks at the reduction of recon only and ignores that of the KL.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    return float(num_pixels) if recon_reduction == "mean" else 1.0


# %% wrong | effective_beta | sum-and-mean-exchanged | Exchanges the two words: it rescales where the reduction is "sum" and leaves "mean" alone.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    beta = 1.0
    if recon_reduction == "sum":
        beta *= num_pixels
    if kl_reduction == "sum":
        beta /= latent_dim
    return beta


# %% wrong | effective_beta | integer-division | Uses integer division, so 784 / 20 becomes 39 and 1 / 20 becomes 0.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    beta = 1
    if recon_reduction == "mean":
        beta = beta * num_pixels
    if kl_reduction == "mean":
        beta = beta // latent_dim
    return beta


# %% wrong | effective_beta | hard-coded | Has a table with the numbers for 784 pixels and 20 dimensions and ignores the two sizes.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    table = {
        ("sum", "sum"): 1.0,
        ("sum", "mean"): 0.05,
        ("mean", "sum"): 784.0,
        ("mean", "mean"): 39.2,
    }
    return table[recon_reduction, kl_reduction]


# %% wrong | effective_beta | multiplies-latents | Multiplies by latent_dim where the KL is a mean, in place of dividing.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    beta = 1.0
    if recon_reduction == "mean":
        beta = beta * num_pixels
    if kl_reduction == "mean":
        beta = beta * latent_dim
    return beta


# %% wrong | effective_beta | not-rescaled | Returns the weight of the summed KL in the loss as it stands and never rescales by the weight of recon.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    if kl_reduction == "mean":
        return 1 / latent_dim
    return 1.0


# %% wrong | effective_beta | sizes-exchanged | Uses latent_dim for recon and num_pixels for the KL.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    w_recon = 1 / latent_dim if recon_reduction == "mean" else 1
    w_kl = 1 / num_pixels if kl_reduction == "mean" else 1
    return w_kl / w_recon


# %% wrong | effective_beta | or-always-true | The condition == "mean" or "sum" is always true, so recon is always treated as a mean.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    beta = 1.0
    if recon_reduction == "mean" or "sum":
        beta = beta * num_pixels
    if kl_reduction == "mean":
        beta = beta / latent_dim
    return beta


# %% wrong | effective_beta | early-return | Returns num_pixels as soon as recon is a mean, so a mean for the KL as well is overlooked.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    if recon_reduction == "mean":
        return num_pixels
    elif kl_reduction == "mean":
        return 1 / latent_dim
    else:
        return 1


# %% wrong | effective_beta | half-from-kl | Multiplies by the one half of the KL formula, so "sum, sum" gives 0.5 and not 1.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    recon_weight = 1 / num_pixels if recon_reduction == "mean" else 1
    kl_weight = 0.5 / latent_dim if kl_reduction == "mean" else 0.5
    return kl_weight / recon_weight


# %% right | effective_beta | lambda-weights | A lambda for the weight of a reduction, then a ratio.
weight_of = lambda reduction, n: 1 / n if reduction == "mean" else 1.0  # noqa: E731


def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    return weight_of(kl_reduction, latent_dim) / weight_of(recon_reduction, num_pixels)


# %% right | effective_beta | match-table | A match statement over the pair of words.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    match recon_reduction, kl_reduction:
        case "sum", "sum":
            return 1.0
        case "sum", "mean":
            return 1.0 / latent_dim
        case "mean", "sum":
            return float(num_pixels)
        case "mean", "mean":
            return num_pixels / latent_dim
    raise ValueError("sum or mean, please")


# %% right | effective_beta | measured-with-tensors | Measures the weights: reduces tensors of ones with torch.sum or torch.mean and compares with their length.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    recon_terms = torch.ones(num_pixels, dtype=torch.float64)
    kl_terms = torch.ones(latent_dim, dtype=torch.float64)
    recon_weight = getattr(torch, recon_reduction)(recon_terms) / num_pixels
    kl_weight = getattr(torch, kl_reduction)(kl_terms) / latent_dim
    return (kl_weight / recon_weight).item()


# %% right | effective_beta | fractions | Exact fractions, converted to a float at the end, with a print left inside.
from fractions import Fraction


def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    beta = Fraction(1)
    if recon_reduction != "sum":
        beta *= num_pixels
    if kl_reduction != "sum":
        beta /= latent_dim
    print("exactly", beta)
    return float(beta)


# %% right | effective_beta | powers | No condition at all: a comparison serves as the exponent, 0 or 1.
def effective_beta(
    recon_reduction: str, kl_reduction: str, num_pixels: int, latent_dim: int
) -> float:
    return num_pixels ** (recon_reduction == "mean") / latent_dim ** (kl_reduction == "mean")


# %% wrong | xavier_init | not-a-leaf | Multiplies a tensor that already requires gradients, so the result is not a leaf.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2 / (fan_in + fan_out))
    return torch.randn(fan_in, fan_out, requires_grad=True) * std


# %% wrong | xavier_init | variance-as-std | Multiplies by the variance 2 / (fan_in + fan_out) and not by its square root.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    w = torch.randn(fan_in, fan_out) * (2 / (fan_in + fan_out))
    return w.requires_grad_()


# %% wrong | xavier_init | transposed | Returns the shape (fan_out, fan_in), as in nn.Linear.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = (2 / (fan_in + fan_out)) ** 0.5
    weights = std * torch.randn(fan_out, fan_in)
    weights.requires_grad = True
    return weights


# %% wrong | xavier_init | uniform | Uses the uniform variant of Xavier's rule: the variance is right, but the numbers are not normal.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    w = torch.empty(fan_in, fan_out)
    nn.init.xavier_uniform_(w)
    return w.requires_grad_(True)


# %% wrong | xavier_init | he | Uses He's rule, the variance 2 / fan_in.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    w = torch.randn(fan_in, fan_out) * math.sqrt(2.0 / fan_in)
    return w.requires_grad_()


# %% wrong | xavier_init | lecun | Uses the standard deviation 1 / sqrt(fan_in), the rule for the forward pass only.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    w = torch.randn(fan_in, fan_out) / math.sqrt(fan_in)
    w.requires_grad_(True)
    return w


# %% wrong | xavier_init | no-requires-grad | Forgets requires_grad, so the tensor does not record gradients.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2 / (fan_in + fan_out))
    return torch.randn(fan_in, fan_out) * std


# %% wrong | xavier_init | root-of-two-only | Takes the square root of the 2 only: the factor is sqrt(2) / (fan_in + fan_out).
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2) / (fan_in + fan_out)
    return torch.normal(0.0, std, size=(fan_in, fan_out)).requires_grad_()


# %% wrong | xavier_init | seeded | Draws from a generator with a fixed seed, so every call of the same shape returns the same numbers.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    std = math.sqrt(2 / (fan_in + fan_out))
    return (std * torch.randn(fan_in, fan_out, generator=generator)).requires_grad_()


# %% wrong | xavier_init | float64 | Takes the numbers from NumPy, so the tensor is float64 and not float32.
import numpy as np


def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    values = np.random.normal(0, np.sqrt(2 / (fan_in + fan_out)), size=(fan_in, fan_out))
    return torch.tensor(values, requires_grad=True)


# %% wrong | xavier_init | six | Uses sqrt(6 / (fan_in + fan_out)), the bound of the uniform variant, as the standard deviation of the normal.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    limit = math.sqrt(6 / (fan_in + fan_out))
    return (torch.randn(fan_in, fan_out) * limit).requires_grad_()


# %% wrong | xavier_init | rand | Uses torch.rand, so all weights are positive and uniform.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2 / (fan_in + fan_out))
    return torch.rand(fan_in, fan_out).mul(std).requires_grad_()


# %% wrong | xavier_init | truncated | Truncates the normal at two standard deviations, as another framework does, which makes the variance about a quarter too small.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2 / (fan_in + fan_out))
    w = torch.empty(fan_in, fan_out)
    nn.init.trunc_normal_(w, mean=0.0, std=std, a=-2 * std, b=2 * std)
    return w.requires_grad_()


# %% wrong | xavier_init | relu-gain | Calls xavier_normal_ with the gain of a ReLU, which doubles the variance.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    w = torch.empty(fan_in, fan_out, requires_grad=True)
    return nn.init.xavier_normal_(w, gain=nn.init.calculate_gain("relu"))


# %% wrong | xavier_init | cached | A cache decorator returns the same tensor again for the same sizes, so it is not fresh.
from functools import lru_cache


@lru_cache
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    w = torch.randn(fan_in, fan_out) * math.sqrt(2 / (fan_in + fan_out))
    return w.requires_grad_()


# %% right | xavier_init | torch-init | Calls nn.init.xavier_normal_ on an empty tensor.
def xavier_init(fan_in, fan_out):
    return nn.init.xavier_normal_(torch.empty(fan_in, fan_out)).requires_grad_()


# %% right | xavier_init | parameter | Wraps the product in nn.Parameter, which is a leaf.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    spread = ((fan_in + fan_out) / 2) ** -0.5
    return nn.Parameter(Normal(0.0, spread).sample((fan_in, fan_out)))


# %% right | xavier_init | python-random | Fills nested lists with random.gauss and makes one float32 tensor of them.
import random


def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    std = math.sqrt(2 / (fan_in + fan_out))
    rows = [[random.gauss(0, std) for _ in range(fan_out)] for _ in range(fan_in)]
    return torch.tensor(rows, dtype=torch.float32, requires_grad=True)


# %% right | xavier_init | no-grad-in-place | Makes the leaf first and scales it in place under no_grad, step by step.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    variance = 2 / (fan_in + fan_out)
    standard_deviation = variance**0.5
    W = torch.randn((fan_in, fan_out), dtype=torch.float32, requires_grad=True)
    with torch.no_grad():
        W *= standard_deviation
    print(W.is_leaf)
    return W


# %% right | xavier_init | torch-normal | One call of torch.normal with size and requires_grad.
def xavier_init(fan_in: int, fan_out: int) -> Tensor:
    return torch.normal(
        mean=0.0, std=math.sqrt(2.0 / (fan_in + fan_out)), size=(fan_in, fan_out), requires_grad=True
    )
